/* common: codes, amounts and cursors that the handlers of this room share. See targets.h. */
#include "planning/targets/targets.h"

#include "text/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- codes to ids --------------------------------------------------------------------------------------------------
 */
static void unknown(struct tx *tx, const char *pointer, const char *prefix, const char *field, const char *code)
{
    tx_problem(tx, place(tx, pointer, arena_printf(tx_arena(tx), "%s%s", prefix, field)), "unknown_code",
               "%s \"%s\" is not known; apply it first", field, code);
}

void read_cell_name(struct tx *tx, const char *pointer, const char *prefix, const struct cell_name *name,
                    struct cell_ref *out)
{
    const struct refdata *refdata = refdata_of(tx);
    const struct ref_channel *channel = refdata_channel_by_code(refdata, name->channel);
    const struct ref_product *product = refdata_product_by_code(refdata, name->product);

    *out = (struct cell_ref) { .measure = refdata_measure_by_code(refdata, name->measure) };
    if (name->period && !(out->period = refdata_period_by_code(refdata, name->period)))
        unknown(tx, pointer, prefix, "period", name->period);
    if (name->unit && !(out->unit = refdata_unit_by_code(refdata, name->unit)))
        unknown(tx, pointer, prefix, "unit", name->unit);
    if (!out->measure)
        unknown(tx, pointer, "", "measure", name->measure);
    if (name->channel[0] && !channel)
        unknown(tx, pointer, prefix, "channel", name->channel);
    if (name->product[0] && !product)
        unknown(tx, pointer, prefix, "product", name->product);
    out->key = (struct slice_key) { out->measure ? out->measure->id : 0, channel ? channel->id : 0,
                                    product ? product->id : 0 };
}

#define FIND(what)                                                                                                     \
    int find_##what(struct tx *tx, const char *code, const struct ref_##what **out, struct err *err)                   \
    {                                                                                                                  \
        *out = code[0] ? refdata_##what##_by_code(refdata_of(tx), code) : NULL;                                        \
        return code[0] && !*out ? err_fail(err, ERR_NOT_FOUND, "unknown_" #what, #what " \"%s\" is not known", code)   \
                                : 0;                                                                                   \
    }
FIND(period)
FIND(unit)
FIND(measure)

#define CODE(what)                                                                                                     \
    char *code_of_##what(struct tx *tx, uint32_t id)                                                                   \
    {                                                                                                                  \
        const struct ref_##what *entry = id ? refdata_##what(refdata_of(tx), id) : NULL;                               \
                                                                                                                       \
        return arena_strdup(tx_arena(tx), entry ? entry->code : "");                                                   \
    }
CODE(unit)
CODE(channel)
CODE(product)
CODE(measure)
CODE(period)

/* --- amounts -------------------------------------------------------------------------------------------------------
 */
int scale_of(struct tx *tx, uint32_t measure_id)
{
    const struct ref_measure *measure = refdata_measure(refdata_of(tx), measure_id);

    return ref_measure_scale(measure, runtime_money_scale(tx_runtime(tx)));
}

bool adds_up(struct tx *tx, uint32_t measure_id, enum axis over)
{
    const struct ref_measure *measure = refdata_measure(refdata_of(tx), measure_id);

    return !measure || measure->additive || (measure->level && over != AXIS_PERIODS);
}

char *amount_text(struct tx *tx, uint32_t measure_id, int64_t amount)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_print(text, amount, scale_of(tx, measure_id), 0);
    return arena_strdup(tx_arena(tx), text);
}

char *signed_text(struct tx *tx, uint32_t measure_id, int64_t amount)
{
    return arena_printf(tx_arena(tx), "%s%s", amount > 0 ? "+" : "", amount_text(tx, measure_id, amount));
}

bool read_amount(struct tx *tx, const char *pointer, uint32_t measure_id, const char *text, int64_t least, int64_t *out)
{
    struct err why;

    if (decimal_parse(text, strlen(text), scale_of(tx, measure_id), 0, out, &why) != 0) {
        tx_problem(tx, pointer, why.code, "%s", why.text);
        return false;
    }
    if (*out > AMOUNT_MAX) {
        tx_problem(tx, pointer, "too_large", "an amount is at most %s; is it written in the measure's unit?",
                   amount_text(tx, measure_id, AMOUNT_MAX));
        return false;
    }
    if (*out >= least)
        return true;
    tx_problem(tx, pointer, least > 0 ? "not_positive" : "below_zero", "an amount must %s",
               least > 0 ? "be above 0; leave the line out where there is none" : "not be below 0");
    return false;
}

char *slice_words(struct tx *tx, const struct slice_key *key, const struct ref_period *period)
{
    const char *channel = code_of_channel(tx, key->channel_id), *product = code_of_product(tx, key->product_id);

    return arena_printf(tx_arena(tx), "measure \"%s\"%s%s%s%s%s%s in period \"%s\"",
                        code_of_measure(tx, key->measure_id), channel[0] ? ", channel \"" : "", channel,
                        channel[0] ? "\"" : "", product[0] ? ", product \"" : "", product, product[0] ? "\"" : "",
                        period->code);
}

/* --- who sees what -------------------------------------------------------------------------------------------------
 */
static bool in_scope_on(struct tx *tx, int32_t day, uint32_t unit_id, bool strictly)
{
    const char *subtree = tx_principal(tx)->subtree;
    const struct ref_unit *top = refdata_unit_by_code(refdata_of(tx), subtree);

    if (!subtree[0])
        return true;
    return top && (!strictly || top->id != unit_id) &&
           tree_is_under(refdata_tree(refdata_of(tx)), unit_id, top->id, day);
}

bool in_scope(struct tx *tx, uint32_t unit_id, bool strictly)
{
    return in_scope_on(tx, clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx)), unit_id, strictly);
}

bool in_scope_of(struct tx *tx, const struct ref_period *period, uint32_t unit_id, bool strictly)
{
    return period ? in_scope_on(tx, period->from_day, unit_id, strictly) : in_scope(tx, unit_id, strictly);
}

bool *closed_units(struct tx *tx, int32_t day)
{
    const struct refdata *refdata = refdata_of(tx);
    uint32_t limit = refdata_unit_limit(refdata), placed = tree_unit_limit(refdata_tree(refdata));
    bool *closed = arena_array(tx_arena(tx), bool, limit > placed ? limit : placed);

    for (uint32_t id = 1; id < limit; id++) {
        const struct ref_unit *unit = refdata_unit(refdata, id);

        closed[id] = unit && unit->closed_day <= day;
    }
    return closed;
}

void period_outline(struct tx *tx, const struct ref_period *period, struct outline *out)
{
    const struct refdata *refdata = refdata_of(tx);
    uint32_t limit = refdata_unit_limit(refdata);
    uint32_t *ids = arena_array(tx_arena(tx), uint32_t, limit);
    size_t count = 0;

    for (uint32_t id = 1; id < limit; id++)
        if (refdata_unit(refdata, id))
            ids[count++] = id;
    outline_all(out, refdata_tree(refdata), period->from_day, ids, count, closed_units(tx, period->from_day),
                tx_arena(tx));
}

/* --- cursors -------------------------------------------------------------------------------------------------------
 */
int read_cursor(const Bihuan__Page *page, uint32_t *numbers, size_t count, struct err *err)
{
    const char *at = page ? page->cursor : "";

    for (size_t i = 0; i < count; i++)
        numbers[i] = 0;
    for (size_t i = 0; *at && i < count; i++) {
        char *end;

        numbers[i] = (uint32_t)strtoul(at, &end, 10);
        if (end == at || *end != (i + 1 < count ? '.' : '\0'))
            return err_fail(err, ERR_INVALID, "bad_cursor", "the cursor is not one of ours");
        at = *end ? end + 1 : end;
    }
    return 0;
}

char *make_cursor(struct tx *tx, const uint32_t *numbers, size_t count)
{
    struct buf text = { 0 };
    char *out;

    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%s%" PRIu32, i ? "." : "", numbers[i]);
    out = arena_strdup(tx_arena(tx), buf_text(&text));
    buf_fini(&text);
    return out;
}
