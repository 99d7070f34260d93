/* queries: lists of cycles and deliverables, within the asker's subtree. */
#include "planning/cycle/cycle.h"
#include "planning/planning.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define READ_AT_ONCE 500
#define SHOWN_MAX    1000 /* deliverables in one answer about a cycle; an answer is bounded */
#define WAITS_MAX    50

/* --- cycles --- */

/* Id of a period's code, 0 for "". */
static int period_id(struct tx *tx, const char *code, uint32_t *out, struct err *err)
{
    const struct ref_period *period = refdata_period_by_code(refdata_of(tx), code);

    if (code[0] && !period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known", code);
    *out = period ? period->id : 0;
    return 0;
}

/* What is owed by units beyond the asker's subtree isn't named, only counted. */
static Bihuan__Cycle *view_in_scope(struct tx *tx, const struct cycle *cycle, const struct deliverable *rows,
                                    size_t count)
{
    Bihuan__Cycle *view = cycle_view(tx, cycle, rows, count);

    for (size_t s = 0; s < view->n_stages; s++) {
        Bihuan__StageState *stage = view->stages[s];
        size_t kept = 0;

        for (size_t i = 0; i < stage->n_waits_for; i++) {
            const char *code = strrchr(stage->waits_for[i], ':');
            const struct ref_unit *unit = code ? refdata_unit_by_code(refdata_of(tx), code + 1) : NULL;

            if (unit && kept < WAITS_MAX && cycle_in_scope(tx, unit->id))
                stage->waits_for[kept++] = stage->waits_for[i];
        }
        stage->n_waits_for = kept;
    }
    return view;
}

static int list_cycles(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListCyclesRequest *request = message;
    Bihuan__ListCyclesReply reply = BIHUAN__LIST_CYCLES_REPLY__INIT;
    uint32_t limit = page_limit(request->page), period = 0;
    const char *after = request->page && request->page->cursor ? request->page->cursor : "";
    const char **codes;
    int done = strcmp(request->state, "done") == 0 ? 1 : strcmp(request->state, "open") == 0 ? 0 : -1;

    if (done < 0 && request->state[0])
        return err_fail(err, ERR_INVALID, "unknown_word", "state \"%s\" is none of open, done", request->state);
    if (period_id(tx, request->period, &period, err) != 0 ||
        cycle_store_codes(tx, done, period, after, limit, &codes, &reply.n_items, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Cycle *, reply.n_items + 1);
    for (size_t i = 0; i < reply.n_items; i++) {
        struct deliverable *rows;
        struct cycle *cycle;
        size_t count;

        if (cycle_store_get(tx, codes[i], 0, &cycle, err) != 0 ||
            cycle_deliverables(tx, cycle, &rows, &count, err) != 0)
            return -1;
        reply.items[i] = view_in_scope(tx, cycle, rows, count);
    }
    if (reply.n_items == limit)
        reply.next = (char *)(uintptr_t)codes[limit - 1];
    return tx_reply(tx, &reply.base, err);
}

int on_list_cycles(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, list_cycles, message, err);
}

static int get_cycle(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__GetCycleRequest *request = message;
    Bihuan__GetCycleReply reply = BIHUAN__GET_CYCLE_REPLY__INIT;
    struct deliverable *rows;
    struct cycle *cycle;
    size_t count;

    if (cycle_store_get(tx, request->code, 0, &cycle, err) != 0)
        return -1;
    if (!cycle)
        return err_fail(err, ERR_NOT_FOUND, "unknown_cycle", "cycle \"%s\" is not known", request->code);
    if (cycle_deliverables(tx, cycle, &rows, &count, err) != 0)
        return -1;
    reply.cycle = view_in_scope(tx, cycle, rows, count);
    reply.deliverables = arena_array(tx_arena(tx), Bihuan__Deliverable *, SHOWN_MAX);
    for (size_t i = 0; i < count && !reply.more; i++) {
        if (!cycle_in_scope(tx, rows[i].unit_id))
            continue;
        reply.more = reply.n_deliverables == SHOWN_MAX;
        if (!reply.more)
            reply.deliverables[reply.n_deliverables++] = deliverable_view(tx, cycle, &rows[i]);
    }
    return tx_reply(tx, &reply.base, err);
}

int on_get_cycle(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, get_cycle, message, err);
}

/* --- deliverables --- */

struct listing {
    struct tx *tx;
    const Bihuan__ListDeliverablesRequest *request;
    uint32_t cycle_id, unit_id;
    uint32_t limit;
    struct cycle *cycle; /* of the row looked at last */
    int64_t last;        /* id of the row kept last */
};

static int prepare(struct listing *listing, struct err *err)
{
    const Bihuan__ListDeliverablesRequest *request = listing->request;
    const struct ref_unit *unit = refdata_unit_by_code(refdata_of(listing->tx), request->unit);

    if (request->state[0] && due_state_of(request->state) < 0)
        return err_fail(err, ERR_INVALID, "unknown_word",
                        "state \"%s\" is none of not_due, due, submitted, returned, approved, overdue", request->state);
    if (request->unit[0] && (!unit || !cycle_in_scope(listing->tx, unit->id)))
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", request->unit);
    listing->unit_id = unit ? unit->id : 0;
    if (!request->cycle[0])
        return 0;
    if (cycle_store_get(listing->tx, request->cycle, 0, &listing->cycle, err) != 0)
        return -1;
    if (!listing->cycle)
        return err_fail(err, ERR_NOT_FOUND, "unknown_cycle", "cycle \"%s\" is not known", request->cycle);
    listing->cycle_id = listing->cycle->id;
    return 0;
}

static bool is_wanted(const struct listing *listing, const Bihuan__Deliverable *view)
{
    const Bihuan__ListDeliverablesRequest *request = listing->request;

    return (!request->role[0] || strcmp(request->role, view->role) == 0) &&
           (!request->state[0] || strcmp(request->state, view->state) == 0) &&
           (!request->stage[0] || strcmp(request->stage, view->stage) == 0);
}

/* One row more than the page shows that there is a next one. */
static int take_rows(struct listing *listing, const struct deliverable *rows, size_t count,
                     Bihuan__ListDeliverablesReply *reply, struct err *err)
{
    struct tx *tx = listing->tx;

    for (size_t i = 0; i < count; i++) {
        Bihuan__Deliverable *view;

        if ((!listing->cycle || listing->cycle->id != rows[i].cycle_id) &&
            cycle_store_get(tx, NULL, rows[i].cycle_id, &listing->cycle, err) != 0)
            return -1;
        if (!listing->cycle || !cycle_in_scope(tx, rows[i].unit_id))
            continue;
        view = deliverable_view(tx, listing->cycle, &rows[i]);
        if (!is_wanted(listing, view))
            continue;
        if (reply->n_items == listing->limit) {
            reply->next = arena_printf(tx_arena(tx), "%" PRId64, listing->last);
            return 0;
        }
        reply->items[reply->n_items++] = view;
        listing->last = rows[i].id;
    }
    return 0;
}

static int list_deliverables(struct tx *tx, const void *message, struct err *err)
{
    struct listing listing = { .tx = tx, .request = message };
    Bihuan__ListDeliverablesReply reply = BIHUAN__LIST_DELIVERABLES_REPLY__INIT;
    const Bihuan__Page *page = listing.request->page;
    int64_t after = page && page->cursor ? strtoll(page->cursor, NULL, 10) : 0;
    struct deliverable *rows;
    size_t count = READ_AT_ONCE;

    if (prepare(&listing, err) != 0)
        return -1;
    listing.limit = page_limit(page);
    reply.items = arena_array(tx_arena(tx), Bihuan__Deliverable *, listing.limit + 1);
    while (count == READ_AT_ONCE && !reply.next[0]) {
        if (deliverable_store_page(tx, listing.cycle_id, listing.unit_id, after, READ_AT_ONCE, &rows, &count, err) !=
                0 ||
            take_rows(&listing, rows, count, &reply, err) != 0)
            return -1;
        if (count)
            after = rows[count - 1].id;
    }
    return tx_reply(tx, &reply.base, err);
}

int on_list_deliverables(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, list_deliverables, message, err);
}

static int add_history(struct tx *tx, const struct deliverable *row, Bihuan__GetDeliverableReply *reply,
                       struct err *err)
{
    struct deliverable_move *moves;
    size_t count;

    if (deliverable_store_moves(tx, row->id, &moves, &count, err) != 0)
        return -1;
    reply->history = arena_array(tx_arena(tx), Bihuan__DeliverableMove *, count + 1);
    for (size_t i = 0; i < count; i++) {
        Bihuan__DeliverableMove *out = arena_new(tx_arena(tx), Bihuan__DeliverableMove);

        bihuan__deliverable_move__init(out);
        out->revision = moves[i].revision;
        out->action = (char *)(uintptr_t)move_word(moves[i].move);
        out->person = (char *)(uintptr_t)moves[i].person;
        out->role = (char *)(uintptr_t)moves[i].role;
        out->at = moves[i].at;
        out->text = (char *)(uintptr_t)moves[i].body;
        reply->history[reply->n_history++] = out;
    }
    return 0;
}

static int get_deliverable(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__GetDeliverableRequest *request = message;
    Bihuan__GetDeliverableReply reply = BIHUAN__GET_DELIVERABLE_REPLY__INIT;
    struct deliverable *row;
    struct cycle *cycle;

    if (deliverable_find(tx, request->id, &cycle, &row, err) != 0 || add_history(tx, row, &reply, err) != 0 ||
        attachments_of(tx, OWNER_DELIVERABLE, row->id, &reply.attachments, &reply.n_attachments, err) != 0)
        return -1;
    reply.deliverable = deliverable_view(tx, cycle, row);
    return tx_reply(tx, &reply.base, err);
}

int on_get_deliverable(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, get_deliverable, message, err);
}
