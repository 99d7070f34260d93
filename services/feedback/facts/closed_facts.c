/* closed_facts: what was recorded of a unit on days on which it is closed, or would be: a closing day that is moved
 * earlier takes none of it back. */
#include "feedback/facts/closed_store.h"
#include "feedback/handlers.h"
#include "feedback/reports/reports.h"
#include "feedback/state.h"
#include "text/dates.h"

#include "bihuan/feedback.pb-c.h"

#include <string.h>

struct listing {
    struct tx *tx;
    const struct snapshot *snapshot;
    uint32_t unit;
    Bihuan__ListClosedFactsReply reply;
};

static char *date_text(struct tx *tx, int32_t day)
{
    char text[DATE_TEXT_MAX];

    date_print(text, day);
    return arena_strdup(tx_arena(tx), text);
}

/* The last item where it is that sender's, else a new one. */
static Bihuan__ClosedFacts *item_of(struct listing *l, int16_t sender, int32_t day)
{
    const struct fact_kind_info *kind = fact_kind_info(fact_kind_of_sender(sender));
    char *name = arena_strdup(tx_arena(l->tx), snapshot_sender_name(l->snapshot, sender));
    Bihuan__ClosedFacts *item = l->reply.n_items ? l->reply.items[l->reply.n_items - 1] : NULL;

    if (item && strcmp(item->sender, name) == 0)
        return item;
    item = arena_new(tx_arena(l->tx), Bihuan__ClosedFacts);
    bihuan__closed_facts__init(item);
    item->sender = name;
    item->fact = (char *)(uintptr_t)(kind ? kind->word : "");
    item->first = date_text(l->tx, day);
    item->scale = (uint32_t)runtime_money_scale(tx_runtime(l->tx));
    l->reply.items[l->reply.n_items++] = item;
    return item;
}

/* A seat that was handed over by that day still takes what names it, for who took it over. */
static void add(struct listing *l, const struct db_rows *rows, int i)
{
    int32_t day = db_date(rows, i, 1);
    Bihuan__ClosedFacts *item;

    if (db_bool(rows, i, 2) && reference_holder(l->snapshot->reference, l->unit, day) != l->unit)
        return;
    item = item_of(l, db_i16(rows, i, 0), day);
    item->last = date_text(l->tx, day);
    item->records += (uint64_t)db_i64(rows, i, 3);
    item->amount += db_i64(rows, i, 4);
    l->reply.records += (uint64_t)db_i64(rows, i, 3);
}

/* The day that is asked for, else the unit's own. */
static int read_day(struct listing *l, const Bihuan__ListClosedFactsRequest *request, int32_t *day, struct err *err)
{
    const struct ref_unit *unit = reference_unit(l->snapshot->reference, l->unit);

    if (unit->closed_day != INT32_MAX)
        l->reply.closed = date_text(l->tx, unit->closed_day);
    *day = unit->closed_day;
    if (request->from[0] && date_parse(request->from, strlen(request->from), day, err) != 0)
        return -1;
    return *day != INT32_MAX ? 0
                             : err_fail(err, ERR_INVALID, "not_closed",
                                        "unit \"%s\" isn't closed: say from which day on it would be", request->unit);
}

static int list(struct listing *l, const Bihuan__ListClosedFactsRequest *request, struct err *err)
{
    struct db_rows rows;
    int32_t from;

    l->unit = reference_unit_id(l->snapshot->reference, request->unit, strlen(request->unit));
    if (!l->unit || !report_in_scope(l->tx, l->snapshot->reference, l->unit))
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", request->unit);
    if (read_day(l, request, &from, err) != 0 || closed_store_facts(l->tx, l->unit, from, &rows, err) != 0)
        return -1;
    l->reply.unit = request->unit;
    l->reply.from = date_text(l->tx, from);
    l->reply.items = arena_array(tx_arena(l->tx), Bihuan__ClosedFacts *, rows.count + 1);
    for (int i = 0; i < rows.count; i++)
        add(l, &rows, i);
    db_rows_fini(&rows);
    return tx_reply(l->tx, &l->reply.base, err);
}

int on_list_closed_facts(struct tx *tx, const void *message, struct err *err)
{
    struct snapshot *snapshot = state_shown(tx_state(tx));
    struct listing l = { .tx = tx, .snapshot = snapshot, .reply = BIHUAN__LIST_CLOSED_FACTS_REPLY__INIT };
    int rc = snapshot ? list(&l, message, err)
                      : err_fail(err, ERR_UNAVAILABLE, "not_loaded", "feedback isn't loaded yet; try again");

    snapshot_drop(&snapshot);
    return rc;
}
