/* pay_cash: see pay_cash.h. How receipts go to records is joins/receipts.h; here their sum alone counts. */
#include "incentive/ledger/pay_cash.h"

#include "incentive/joins/receipts.h"
#include "refdata/fact_kinds.h"
#include "text/dates.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A bill that was taken back carries nothing on. Of a record's rows those that take back count against it. */
static const char CASH[] =
    "COPY (WITH money AS (SELECT of_sender AS sender, of_key AS key, sum(amount) AS amount FROM receipt_row r WHERE"
    " kind = %d AND day <= '%s'%s GROUP BY 1, 2), bills AS (SELECT sender, record_key, of_sender, of_key FROM "
    "receipt_row"
    " WHERE kind = %d GROUP BY 1, 2, 3, 4 HAVING sum(CASE WHEN undoes THEN -1 ELSE 1 END) > 0), paid AS (SELECT sender,"
    " key, sum(amount) AS amount FROM (SELECT * FROM money UNION ALL SELECT b.of_sender, b.of_key, m.amount FROM bills "
    "b"
    " JOIN money m ON m.sender = b.sender AND m.key = b.record_key) x GROUP BY 1, 2) SELECT p.sender || '|' || p.key,"
    " p.amount::bigint, sum(CASE WHEN c.taken_back THEN -c.amount ELSE c.amount END)::bigint FROM paid p JOIN credit c "
    "ON"
    " c.sender = p.sender AND c.record_key = p.key AND c.entry IS NULL AND c.amount IS NOT NULL AND c.counts_day >= "
    "'%s'"
    " AND c.day >= '%s' AND c.day < '%s' GROUP BY p.sender, p.key, p.amount) TO STDOUT (FORMAT binary)";

bool pay_cash_wanted(const struct pay_plans *plans)
{
    for (size_t p = 0; p < plans->count; p++)
        for (size_t c = 0; c < plans->list[p]->component_count; c++)
            if (plans->list[p]->components[c].doc->hold_cash)
                return true;
    return false;
}

static int take(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    struct pay_cash *cash = arg;

    (void)count;
    (void)err;
    if (cash->count == cash->cap) {
        cash->cap = cash->cap ? cash->cap * 2 : 256;
        cash->list = realloc(cash->list, cash->cap * sizeof *cash->list);
        if (!cash->list)
            abort();
    }
    cash->list[cash->count++] = (struct pay_cash_record) { arena_strndup(&cash->arena, (const char *)cells[0].bytes,
                                                                         (size_t)cells[0].len),
                                                           copy_cell_int(&cells[1]), copy_cell_int(&cells[2]) };
    return 0;
}

static int by_id(const void *pa, const void *pb)
{
    return strcmp(((const struct pay_cash_record *)pa)->id, ((const struct pay_cash_record *)pb)->id);
}

static void write_scope(const uint64_t *seq, uint32_t buckets, struct buf *out)
{
    if (!seq)
        return;
    buf_append_text(out, " AND r.source_seq <= ('{");
    for (uint32_t b = 0; b < buckets; b++)
        buf_printf(out, "%s%" PRIu64, b ? "," : "", seq[b]);
    buf_append_text(out, "}'::bigint[])[r.bucket + 1]");
}

int pay_cash_load(struct pay_cash *cash, struct tx *tx, const struct ref_period *period, int32_t as_of,
                  const uint64_t *seq, uint32_t buckets, struct err *err)
{
    char through[DATE_TEXT_MAX], from[DATE_TEXT_MAX], until[DATE_TEXT_MAX];
    struct buf scope = { 0 }, sql = { 0 };
    int rc;

    arena_init(&cash->arena);
    cash->loaded = true;
    if (as_of == NO_DAY)
        return 0;
    date_print(through, as_of);
    date_print(from, period->from_day);
    date_print(until, period->until_day);
    write_scope(seq, buckets, &scope);
    buf_printf(&sql, CASH, FACT_PAYMENT, through, buf_text(&scope), FACT_BILL, from, from, until);
    rc = copy_out(tx_db(tx), buf_text(&sql), take, cash, NULL, err);
    if (cash->count)
        qsort(cash->list, cash->count, sizeof *cash->list, by_id);
    buf_fini(&scope);
    buf_fini(&sql);
    return rc;
}

void pay_cash_fini(struct pay_cash *cash)
{
    if (cash->loaded)
        arena_fini(&cash->arena);
    free(cash->list);
    *cash = (struct pay_cash) { 0 };
}

int pay_cash_released(const struct pay_cash *cash, const char *id, int64_t held, int64_t *out, struct err *err)
{
    const struct pay_cash_record key = { .id = id }, *found;
    int64_t collected;

    *out = 0;
    found = cash->count ? bsearch(&key, cash->list, cash->count, sizeof key, by_id) : NULL;
    if (!found || found->due == 0)
        return 0;
    collected = found->due > 0 ? fixed_clamp(found->collected, 0, found->due)
                               : fixed_clamp(found->collected, found->due, 0);
    return receipts_released(held, collected, found->due, out, err);
}
