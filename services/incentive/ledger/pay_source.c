/* pay_source: see pay_source.h. */
#include "incentive/ledger/pay_source.h"

#include "text/dates.h"

#include <inttypes.h>
#include <string.h>

#define ELIMINATION 4 /* of column entry, see schema/0240_crediting.sql */

struct call {
    pay_credit_fn *each;
    void *arg;
    struct buf texts;
};

static int take(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    struct call *call = arg;
    struct pay_credit credit = { .unit_id = (uint32_t)copy_cell_int(&cells[0]),
                                 .product_id = (uint32_t)copy_cell_int(&cells[1]),
                                 .day = copy_cell_date(&cells[2]),
                                 .counts_day = copy_cell_date(&cells[3]),
                                 .version = (uint32_t)copy_cell_int(&cells[4]),
                                 .pairs = cells[7].bytes,
                                 .pairs_len = (size_t)cells[7].len,
                                 .elimination = copy_cell_int(&cells[8]) == ELIMINATION };

    (void)count;
    buf_reset(&call->texts);
    buf_append(&call->texts, cells[5].bytes, (size_t)cells[5].len);
    buf_put_u8(&call->texts, 0);
    buf_append(&call->texts, cells[6].bytes, (size_t)cells[6].len);
    buf_put_u8(&call->texts, 0);
    credit.sender = (const char *)call->texts.data;
    credit.record_key = credit.sender + cells[5].len + 1;
    return call->each(call->arg, &credit, err);
}

/* A credit counts on its own day or behind it, so the newest days' index serves. */
static void write_sql(const struct pay_reading *reading, struct buf *sql)
{
    char from[DATE_TEXT_MAX], until[DATE_TEXT_MAX];

    date_print(from, reading->from_day);
    date_print(until, reading->until_day);
    buf_printf(sql,
               "COPY (SELECT unit_id, product_id, day, counts_day, version, sender, record_key, contributions,"
               " coalesce(entry, 0) FROM credit WHERE counts_day >= '%s' AND day >= '%s' AND day < '%s'",
               from, from, until);
    if (reading->units) {
        buf_append_text(sql, " AND unit_id = ANY('{");
        for (size_t i = 0; i < reading->unit_count; i++)
            buf_printf(sql, "%s%u", i ? "," : "", reading->units[i]);
        buf_append_text(sql, "}'::int[])");
    }
    if (reading->seq) {
        buf_append_text(sql, " AND source_seq <= ('{");
        for (uint32_t b = 0; b < reading->buckets; b++)
            buf_printf(sql, "%s%" PRIu64, b ? "," : "", reading->seq[b]);
        buf_printf(sql, "}'::bigint[])[bucket + 1] AND coalesce(run, 0) <= %u", reading->crediting);
    }
    buf_append_text(sql, ") TO STDOUT (FORMAT binary)");
}

int pay_source_each(struct tx *tx, const struct pay_reading *reading, pay_credit_fn *each, void *arg, struct err *err)
{
    struct call call = { each, arg, { 0 } };
    struct buf sql = { 0 };
    int rc;

    write_sql(reading, &sql);
    if (db_scan(tx_db(tx), true, err) != 0) {
        buf_fini(&sql);
        return -1;
    }
    rc = copy_out(tx_db(tx), buf_text(&sql), take, &call, NULL, err);
    if (rc == 0)
        rc = db_scan(tx_db(tx), false, err);
    buf_fini(&sql);
    buf_fini(&call.texts);
    return rc;
}
