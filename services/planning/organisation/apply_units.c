/* apply_units: units that are applied as a manifest says, with what that does to the sums of plans. See units.h. */
#include "planning/organisation/unbalanced.h"
#include "planning/organisation/units.h"

#include "text/dates.h"

#define SAID_MAX 20

/* Units that are there already, and change: what is new is in no plan. */
static void take_changed(struct reorganise *r, const struct documents_result *result)
{
    r->units = arena_array(tx_arena(r->tx), Bihuan__Unit *, result->changed_count);
    for (size_t i = 0; i < result->changed_count; i++)
        r->units[r->unit_count++] = (Bihuan__Unit *)result->changed[i];
    if (r->unit_count)
        r->change->unit = r->units[0]->code;
}

static void begin(struct reorganise *r, struct tx *tx, const Bihuan__ApplyUnitsRequest *request)
{
    char *today = arena_alloc(tx_arena(tx), DATE_TEXT_MAX);
    Bihuan__Reorganisation *change = arena_new(tx_arena(tx), Bihuan__Reorganisation);

    bihuan__reorganisation__init(change);
    *r = (struct reorganise) { .tx = tx,
                               .refdata = refdata_of(tx),
                               .dry_run = request->dry_run,
                               .day = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx)),
                               .from = today,
                               .change = change,
                               .consents = request->consents,
                               .consent_count = request->n_consents,
                               .applied = true };
    date_print(today, r->day);
    change->kind = (char *)(uintptr_t) "applied";
    change->reason = (char *)(uintptr_t) "a manifest";
}

/* In a dry run: which sums, in words. */
static void say(const struct reorganise *r, Bihuan__ApplyReply *reply)
{
    const Bihuan__Reorganisation *change = r->change;

    reply->warnings = arena_array(tx_arena(r->tx), char *, SAID_MAX);
    for (size_t i = 0; i < change->n_unbalanced && i < SAID_MAX; i++) {
        const Bihuan__UnbalancedTarget *u = change->unbalanced[i];

        reply->warnings[reply->n_warnings++] = unbalanced_words(r->tx, u);
    }
}

int on_apply_units(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyUnitsRequest *request = message;
    struct documents_result result;
    struct unbalanced found = { 0 };
    struct reorganise r;

    if (units_apply(tx, true, false, request->items, request->n_items, &result, err) != 0)
        return -1;
    begin(&r, tx, request);
    take_changed(&r, &result);
    if (r.unit_count && unbalanced_find(&r, &found, err) != 0)
        return -1;
    unbalanced_check(&r);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (!request->dry_run && units_apply(tx, false, false, request->items, request->n_items, &result, err) != 0)
        return -1;
    if (request->dry_run)
        say(&r, result.reply);
    else if (unbalanced_book(&r, &found, err) != 0)
        return -1;
    return tx_reply(tx, &result.reply->base, err);
}
