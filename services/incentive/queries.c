/* queries: see queries.h. */
#include "incentive/queries.h"

#include "incentive/closing/closing_store.h"
#include "incentive/scoring/explain.h"
#include "incentive/scoring/score_store.h"
#include "incentive/state.h"
#include "refdata/documents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- scores ----------------------------------------------------------------------------------------------------------
 */

/* The units asked for that the principal may see; page->units stays NULL for all. Needs the lock. */
int query_units(struct incentive *state, struct tx *tx, const char *unit_code, const char *under_code, int32_t day,
                struct score_page *page, struct err *err)
{
    const char *own = tx_principal(tx) && tx_principal(tx)->subtree ? tx_principal(tx)->subtree : "";
    const char *under = under_code[0] ? under_code : own;
    const struct ref_unit *unit;
    struct subtree subtree;
    uint32_t *one;

    if (unit_code[0]) {
        if (state_visible_unit(state, tx, unit_code, &unit, err) != 0)
            return -1;
        one = arena_new(tx_arena(tx), uint32_t);
        *one = unit->id;
        page->units = one;
        page->unit_count = 1;
    }
    if (!under[0] || unit_code[0])
        return 0;
    if (state_visible_unit(state, tx, under, &unit, err) != 0)
        return -1;
    state_subtree(state, tx, unit->id, day, day, &subtree);
    page->units = subtree.units;
    page->unit_count = subtree.count;
    return 0;
}

int query_period(struct incentive *state, struct tx *tx, const char *code, const struct ref_period **out,
                 struct err *err)
{
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));

    *out = code[0] ? refdata_period_by_code(state->refdata, code)
                   : refdata_period_of(state->refdata, state->as_of != NO_DAY ? state->as_of : today);
    if (*out)
        return 0;
    return code[0] ? err_fail(err, ERR_NOT_FOUND, "no_such_period", "there is no period \"%s\"", code)
                   : err_fail(err, ERR_NOT_FOUND, "no_open_period", "no period holds today: name one");
}

static int read_place(const char *cursor, struct score_page *page, struct err *err)
{
    if (!cursor[0] || sscanf(cursor, "%u.%u", &page->after_rank, &page->after_unit) == 2)
        return 0;
    return err_fail(err, ERR_INVALID, "bad_cursor", "the cursor isn't one that was given: begin without one");
}

static int fill_scores(struct incentive *state, struct tx *tx, const Bihuan__ListScoresRequest *request,
                       Bihuan__ListScoresReply *reply, struct err *err)
{
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
    struct score_page page = { .unit_type = request->unit_type, .limit = page_limit(request->page) + 1 };
    const struct ref_period *period;
    uint32_t *units, *ranks;
    int32_t day;

    if (strcmp(request->order, "unit") != 0 && request->order[0] && strcmp(request->order, "rank") != 0)
        return err_fail(err, ERR_INVALID, "bad_order", "order \"%s\" isn't known: use rank or unit", request->order);
    page.by_unit = strcmp(request->order, "unit") == 0;
    if (query_period(state, tx, request->period, &period, err) != 0)
        return -1;
    day = today < period->from_day ? period->from_day : today >= period->until_day ? period->until_day - 1 : today;
    page.period_id = period->id;
    if (query_units(state, tx, request->unit, request->under, day, &page, err) != 0 ||
        read_place(request->page ? request->page->cursor : "", &page, err) != 0 ||
        score_store_page(tx, &page, &reply->items, &units, &ranks, &reply->n_items, err) != 0)
        return -1;
    if (reply->n_items == page.limit) {
        reply->n_items--;
        reply->next = arena_printf(tx_arena(tx), "%u.%u", ranks[reply->n_items - 1], units[reply->n_items - 1]);
    }
    for (size_t i = 0; i < reply->n_items; i++) {
        reply->items[i]->closed = state_is_closed(state, period->id);
        explain_names(reply->items[i], state->refdata, strcmp(tx_language(tx), "zh") == 0, tx_arena(tx));
    }
    return tx_reply(tx, &reply->base, err);
}

int query_scores(struct tx *tx, const void *message, struct err *err)
{
    struct incentive *state = state_of(tx);
    Bihuan__ListScoresReply reply = BIHUAN__LIST_SCORES_REPLY__INIT;
    int rc;

    if (state_read(state, err) != 0)
        return -1;
    rc = fill_scores(state, tx, message, &reply, err);
    state_read_done(state);
    return rc;
}

/* --- closings --------------------------------------------------------------------------------------------------------
 */

struct closings_call {
    struct tx *tx;
    uint32_t after, limit;
    Bihuan__Closing **items;
    size_t count;
    uint32_t last_id;
    bool more;
};

static int take_closing(void *arg, const struct closing_row *row, struct err *err)
{
    struct closings_call *call = arg;
    struct arena *arena = tx_arena(call->tx);
    Bihuan__Closing *item;

    if (row->period_id <= call->after || call->count == call->limit) {
        call->more = call->more || row->period_id > call->after;
        return 0;
    }
    item = arena_new(arena, Bihuan__Closing);
    bihuan__closing__init(item);
    item->period = arena_strdup(arena, row->period);
    item->closed_at = row->closed_at;
    item->closed_by = arena_strdup(arena, row->closed_by);
    item->statements = row->statements;
    item->hash = arena_strdup(arena, row->hash);
    call->last_id = row->period_id;
    call->items[call->count++] = item;
    return credit_store_late_count(call->tx, row->period_id, &item->late_lines, err);
}

int query_closings(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListClosingsRequest *request = message;
    Bihuan__ListClosingsReply reply = BIHUAN__LIST_CLOSINGS_REPLY__INIT;
    struct closings_call call = { .tx = tx, .limit = page_limit(request->page) };

    if (request->page && request->page->cursor[0])
        call.after = (uint32_t)strtoul(request->page->cursor, NULL, 10);
    call.items = arena_array(tx_arena(tx), Bihuan__Closing *, call.limit);
    if (closing_store_each(tx, take_closing, &call, err) != 0)
        return -1;
    reply.items = call.items;
    reply.n_items = call.count;
    if (call.more)
        reply.next = arena_printf(tx_arena(tx), "%u", call.last_id);
    return tx_reply(tx, &reply.base, err);
}
