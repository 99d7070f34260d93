/* credit_queries: see credit_queries.h. This file: what is asked about, and the list; credit_explain.c and
 * credit_totals.c the others. */
#include "incentive/crediting/credit_queries.h"

#include "refdata/documents.h"
#include "text/dates.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DAYS_MAX 366

/* --- units and days --------------------------------------------------------------------------------------------------
 */

static int read_days(const struct incentive *state, struct tx *tx, const char *from, const char *until,
                     struct credit_scope *out, struct err *err)
{
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
    int32_t last = state->as_of != NO_DAY ? state->as_of : today;
    char month[DATE_TEXT_MAX];

    date_print(month, last);
    memcpy(month + 8, "01", 2);
    if (date_parse(from[0] ? from : month, strlen(from[0] ? from : month), &out->from_day, err) != 0)
        return -1;
    out->until_day = (from[0] && out->from_day > last ? out->from_day : last) + 1;
    if (until[0] && date_parse(until, strlen(until), &out->until_day, err) != 0)
        return -1;
    if (out->until_day - out->from_day > DAYS_MAX)
        return err_fail(err, ERR_INVALID, "too_long", "ask for at most %d days at once", DAYS_MAX);
    if (out->until_day < out->from_day)
        return err_fail(err, ERR_INVALID, "bad_days", "until lies before from");
    return 0;
}

int credit_scope_read(struct incentive *state, struct tx *tx, const char *unit, const char *from, const char *until,
                      struct credit_scope *out, struct err *err)
{
    const Bihuan__Principal *principal = tx_principal(tx);
    const char *own = principal && principal->subtree ? principal->subtree : "";
    const char *code = unit[0] ? unit : own;
    const struct ref_unit *found;
    struct subtree subtree;

    *out = (struct credit_scope) { 0 };
    if (read_days(state, tx, from, until, out, err) != 0)
        return -1;
    if (!code[0])
        return 0;
    if (state_visible_unit(state, tx, code, &found, err) != 0)
        return -1;
    state_subtree(state, tx, found->id, out->from_day, out->until_day - 1, &subtree);
    out->units = subtree.units;
    out->unit_count = subtree.count;
    return 0;
}

bool credit_scope_has(const struct credit_scope *scope, uint32_t unit_id)
{
    size_t lo = 0, hi = scope->unit_count;

    if (!scope->units)
        return true;
    while (lo < hi) { /* ascending, see state_subtree */
        size_t mid = lo + (hi - lo) / 2;

        if (scope->units[mid] < unit_id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < scope->unit_count && scope->units[lo] == unit_id;
}

/* --- an entry told ---------------------------------------------------------------------------------------------------
 */

static char *day_text(struct arena *arena, int32_t day)
{
    char text[DATE_TEXT_MAX];

    date_print(text, day);
    return arena_strdup(arena, text);
}

Bihuan__CreditEntry *credit_entry_message(const struct incentive *state, struct tx *tx, const struct credit_found *row,
                                          uint16_t measure_id, int64_t value)
{
    const struct ref_measure *measure = refdata_measure(state->refdata, measure_id);
    const struct ref_unit *unit = refdata_unit(state->refdata, row->unit_id);
    const struct ref_product *product = refdata_product(state->refdata, row->product_id);
    const struct ref_channel *channel = refdata_channel(state->refdata, row->channel_id);
    struct arena *arena = tx_arena(tx);
    Bihuan__CreditEntry *out = arena_new(arena, Bihuan__CreditEntry);

    bihuan__credit_entry__init(out);
    out->sender = (char *)(uintptr_t)row->sender;
    out->record_key = (char *)(uintptr_t)row->record_key;
    out->version = (uint32_t)row->version;
    out->taken_back = row->taken_back;
    out->day = day_text(arena, row->day);
    out->counts_day = day_text(arena, row->counts_day);
    out->measure = measure ? arena_strdup(arena, measure->code) : out->measure;
    out->value = value;
    out->scale = (uint32_t)ref_measure_scale(measure, runtime_money_scale(tx_runtime(tx)));
    out->unit = unit ? arena_strdup(arena, unit->code) : out->unit;
    out->unit_name = unit ? arena_strdup(arena, unit->name) : out->unit_name;
    out->product = product ? arena_strdup(arena, product->code) : out->product;
    out->channel = channel ? arena_strdup(arena, channel->code) : out->channel;
    out->kind = (char *)(uintptr_t)entry_kind_word(row->kind);
    out->rule = crediting_code(&state->crediting, row->rule_id, arena);
    out->rule_version = row->rule_version;
    out->reason = (char *)(uintptr_t)row->reason;
    out->run = row->run;
    return out;
}

/* --- the list --------------------------------------------------------------------------------------------------------
 */

static char *print_place(struct arena *arena, const struct credit_found *row)
{
    return arena_printf(arena, "%d:%d:%d:%u:%" PRIu64 ":%hd:%d:%zu:%s%s", row->counts_day, row->version,
                        row->taken_back, row->unit_id, row->source_seq, row->source_row, row->entry_no,
                        strlen(row->sender), row->sender, row->record_key);
}

static int parse_place(const char *text, struct arena *arena, struct credit_place *out, struct err *err)
{
    size_t sender_len = 0;
    int taken_back = 0, at = 0;

    if (sscanf(text, "%d:%d:%d:%u:%" SCNu64 ":%hd:%d:%zu:%n", &out->counts_day, &out->version, &taken_back,
               &out->unit_id, &out->source_seq, &out->source_row, &out->entry_no, &sender_len, &at) != 8 ||
        !at || strlen(text + at) < sender_len)
        return err_fail(err, ERR_INVALID, "bad_cursor", "the cursor isn't one that was given: begin without one");
    out->taken_back = taken_back != 0;
    out->sender = arena_strndup(arena, text + at, sender_len);
    out->record_key = arena_strdup(arena, text + at + sender_len);
    return 0;
}

static int read_filter(struct incentive *state, const Bihuan__ListCreditsRequest *request, struct credit_filter *out,
                       struct err *err)
{
    const struct ref_measure *measure = refdata_measure_by_code(state->refdata, request->measure);

    *out = (struct credit_filter) { .kind = -1, .rule = request->rule, .reason = request->reason };
    if (request->measure[0] && !measure)
        return err_fail(err, ERR_NOT_FOUND, "no_such_measure", "there is no measure \"%s\"", request->measure);
    out->measure_id = measure ? measure->id : 0;
    if (!request->kind[0])
        return 0;
    out->kind = entry_kind_of(request->kind);
    return out->kind >= 0 ? 0
                          : err_fail(err, ERR_INVALID, "bad_kind",
                                     "kind \"%s\" isn't known: use recorded, given, share, overlay, elimination or"
                                     " excluded",
                                     request->kind);
}

/* A row with several measures is told as several entries. */
static void tell_row(const struct incentive *state, struct tx *tx, const struct credit_found *row, uint32_t measure_id,
                     Bihuan__ListCreditsReply *reply)
{
    for (size_t at = 0; at + CREDIT_PAIR_LEN <= row->pairs_len; at += CREDIT_PAIR_LEN) {
        uint16_t measure;
        int64_t value;

        credit_read_pair(row->pairs + at, &measure, &value);
        if (!measure_id || measure == measure_id)
            reply->items[reply->n_items++] = credit_entry_message(state, tx, row, measure, value);
    }
}

static int fill_list(struct incentive *state, struct tx *tx, const Bihuan__ListCreditsRequest *request,
                     Bihuan__ListCreditsReply *reply, struct err *err)
{
    struct credit_place after = { .sender = "", .record_key = "", .version = -1 };
    uint32_t limit = page_limit(request->page);
    struct credit_filter filter;
    struct credit_scope scope;
    struct credit_found *rows;
    size_t count, pairs = 0;

    if (credit_scope_read(state, tx, request->unit, request->from, request->until, &scope, err) != 0 ||
        read_filter(state, request, &filter, err) != 0)
        return -1;
    after.counts_day = scope.from_day;
    if (request->page && request->page->cursor[0] && parse_place(request->page->cursor, tx_arena(tx), &after, err) != 0)
        return -1;
    if (credit_store_ledger(tx, scope.units, scope.unit_count, scope.from_day, scope.until_day - 1, &filter, &after,
                            limit + 1, &rows, &count, err) != 0)
        return -1;
    if (count > limit) {
        count = limit;
        reply->next = print_place(tx_arena(tx), &rows[limit - 1]);
    }
    for (size_t i = 0; i < count; i++)
        pairs += rows[i].pairs_len / CREDIT_PAIR_LEN;
    reply->items = arena_array(tx_arena(tx), Bihuan__CreditEntry *, pairs + 1);
    for (size_t i = 0; i < count; i++)
        tell_row(state, tx, &rows[i], filter.measure_id, reply);
    return 0;
}

int credits_list(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__ListCreditsReply reply = BIHUAN__LIST_CREDITS_REPLY__INIT;
    struct incentive *state = state_of(tx);
    int rc;

    if (state_read(state, err) != 0)
        return -1;
    rc = fill_list(state, tx, message, &reply, err);
    state_read_done(state);
    return rc != 0 ? -1 : tx_reply(tx, &reply.base, err);
}
