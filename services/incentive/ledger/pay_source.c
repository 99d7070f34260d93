/* pay_source: see pay_source.h. */
#include "incentive/ledger/pay_source.h"

#include "text/dates.h"

#include <inttypes.h>
#include <string.h>

#define LOOK_BACK_DAYS 400 /* what is taken back later than that stays on its own day */
#define ELIMINATION    4   /* of column entry, see schema/0240_crediting.sql */
#define FEW_UNITS      8   /* found by the index; it would try each of more in each of its ranges */

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

/* What a reading covers, of a row named `alias`. */
static void write_scope(const struct pay_reading *reading, const char *alias, bool by_unit, struct buf *sql)
{
    if (reading->units && by_unit) {
        buf_printf(sql, " AND %s.unit_id%s = ANY('{", alias, reading->unit_count > FEW_UNITS ? " + 0" : "");
        for (size_t i = 0; i < reading->unit_count; i++)
            buf_printf(sql, "%s%u", i ? "," : "", reading->units[i]);
        buf_append_text(sql, "}'::int[])");
    }
    if (reading->seq) {
        buf_printf(sql, " AND %s.source_seq <= ('{", alias);
        for (uint32_t b = 0; b < reading->buckets; b++)
            buf_printf(sql, "%s%" PRIu64, b ? "," : "", reading->seq[b]);
        buf_printf(sql, "}'::bigint[])[%s.bucket + 1] AND coalesce(%s.run, 0) <= %u", alias, alias, reading->crediting);
    }
}

/* A credit counts on its own day or behind it, so the newest days' index serves. What takes back (a cancellation has a
 * day of its own) belongs to the day of what it takes back: that of the highest version before it. What a receipt
 * released is taken back on the day on which that receipt released it. */
static void write_sql(const struct pay_reading *reading, struct buf *sql)
{
    char from[DATE_TEXT_MAX], until[DATE_TEXT_MAX], before[DATE_TEXT_MAX];

    date_print(from, reading->from_day);
    date_print(until, reading->until_day);
    date_print(before, reading->from_day - LOOK_BACK_DAYS);
    buf_printf(
        sql,
        "COPY (WITH back AS MATERIALIZED (SELECT DISTINCT b.sender, b.record_key, b.version, b.day, b.receipt FROM"
        " credit b"
        " WHERE b.taken_back AND b.counts_day >= '%s' AND b.day >= '%s'",
        from, from);
    write_scope(reading, "b", true, sql);
    buf_printf(sql,
               "), home AS MATERIALIZED (SELECT DISTINCT ON (b.sender, b.record_key, b.version, b.day, b.receipt)"
               " b.sender, b.record_key, b.version, b.day, b.receipt, o.day AS home FROM back b JOIN credit o ON "
               "o.sender = b.sender AND"
               " o.record_key = b.record_key AND o.version <= b.version AND NOT o.taken_back AND o.day <= b.day AND"
               " o.receipt IS NOT DISTINCT FROM b.receipt AND"
               " o.counts_day >= '%s'",
               before);
    write_scope(reading, "o", false, sql);
    buf_printf(sql,
               " ORDER BY b.sender, b.record_key, b.version, b.day, b.receipt, o.version DESC, o.day DESC)"
               " SELECT c.unit_id, c.product_id, coalesce(h.home, c.day), c.counts_day, c.version, c.sender,"
               " c.record_key, c.contributions, coalesce(c.entry, 0) FROM credit c LEFT JOIN home h ON c.taken_back AND"
               " h.sender = c.sender AND h.record_key = c.record_key AND h.version = c.version AND h.day = c.day"
               " AND h.receipt IS NOT DISTINCT FROM c.receipt"
               " WHERE c.counts_day >= '%s' AND c.day >= '%s' AND (c.day < '%s' OR c.taken_back) AND"
               " coalesce(h.home, c.day) >= '%s' AND coalesce(h.home, c.day) < '%s'",
               from, from, until, from, until);
    write_scope(reading, "c", true, sql);
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
