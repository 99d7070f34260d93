/* totals: what files brought, what became of it, and what the ledger of facts has of it. */
#include "feedback/control/totals.h"

#include "feedback/control/sum_store.h"
#include "feedback/control/totals_store.h"
#include "feedback/files/file_store.h"
#include "obs/log.h"
#include "text/dates.h"

#include <inttypes.h>
#include <string.h>

#define ROWS_MAX 1000
#define AHEAD    31 /* days */

/* --- comparing -----------------------------------------------------------------------------------------------------
 */

static int publish(struct tx *tx, const struct totals_row *row, struct err *err)
{
    Bihuan__TotalsDiffer event = BIHUAN__TOTALS_DIFFER__INIT;

    log_warn("totals_differ",
             "feed=%s file=\"%s\" rows=%" PRId64 " ledger_rows=%" PRId64 " amount=%" PRId64 " ledger_amount=%" PRId64,
             row->feed, row->file, row->stored_rows, row->ledger_rows, row->stored_amount, row->ledger_amount);
    event.feed = (char *)(uintptr_t)row->feed;
    event.file_id = row->file_id;
    event.file = (char *)(uintptr_t)row->file;
    event.rows = row->stored_rows;
    event.ledger_rows = row->ledger_rows;
    event.amount = row->stored_amount;
    event.ledger_amount = row->ledger_amount;
    event.scale = (uint32_t)runtime_money_scale(tx_runtime(tx));
    return tx_publish(tx, 0, MSG(TOTALS_DIFFER), row->feed, &event.base, err);
}

static int publish_column(struct tx *tx, const struct sum_difference *found, struct err *err)
{
    Bihuan__TotalsDiffer event = BIHUAN__TOTALS_DIFFER__INIT;

    log_warn("totals_differ",
             "feed=%s file=\"%s\" column=\"%s\" amount=%" PRId64 " ledger_amount=%" PRId64 " read=%" PRId64
             " control=%" PRId64,
             found->feed, found->file, found->name, found->stored, found->ledger, found->read, found->control);
    event.feed = (char *)(uintptr_t)found->feed;
    event.file_id = found->file_id;
    event.file = (char *)(uintptr_t)found->file;
    event.column = (char *)(uintptr_t)found->name;
    event.amount = found->stored;
    event.ledger_amount = found->ledger;
    event.has_control = found->has_control;
    event.control_amount = found->control;
    event.read_amount = found->read;
    event.scale = (uint32_t)runtime_money_scale(tx_runtime(tx));
    return tx_publish(tx, 0, MSG(TOTALS_DIFFER), found->feed, &event.base, err);
}

int totals_settle(struct tx *tx, const void *message, struct err *err)
{
    struct sum_difference *columns;
    struct totals_row *rows;
    size_t count;

    if (totals_store_settle(tx, message, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (publish(tx, &rows[i], err) != 0)
            return -1;
    if (sum_store_settle(tx, message, &columns, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (publish_column(tx, &columns[i], err) != 0)
            return -1;
    return 0;
}

/* --- the report ------------------------------------------------------------------------------------------------------
 */

static int read_day(struct tx *tx, const char *text, const char *pointer, int32_t fallback, int32_t *out)
{
    struct err why;

    *out = fallback;
    if (*text && date_parse(text, strlen(text), out, &why) != 0)
        tx_problem(tx, pointer, why.code, "%s", why.text);
    return 0;
}

int on_list_totals(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListTotalsRequest *request = message;
    Bihuan__ListTotalsReply reply = BIHUAN__LIST_TOTALS_REPLY__INIT;
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx)), from, until;

    read_day(tx, request->from, "/from", today - AHEAD, &from);
    read_day(tx, request->until, "/until", today + 1, &until);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (totals_store_report(tx, request->feed, from, until, ROWS_MAX, &reply.items, &reply.n_items, err) != 0 ||
        sum_store_report(tx, request->feed, from, until, reply.items, reply.n_items, err) != 0)
        return -1;
    for (size_t i = 0; i < reply.n_items; i++)
        reply.items[i]->scale = (uint32_t)runtime_money_scale(tx_runtime(tx));
    return tx_reply(tx, &reply.base, err);
}
