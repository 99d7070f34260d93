/* pay_entry_store: entries of the ledger and their sums; see pay_store.h. */
#include "incentive/ledger/pay_store.h"

#include "text/dates.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS 16
#define LISTED                                                                                                         \
    "entry_id, run_id, period_id, booked_in, unit_id, plan_id, plan_version, component, kind, amount, digits, cause,"  \
    " at, booked_by, reference, lines"

static const char COPY_SQL[] = "COPY pay_entry (" LISTED ") FROM STDIN (FORMAT binary)";
static const struct stmt PUT = { "pay_entry_put",
                                 "INSERT INTO pay_entry (" LISTED ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
                                 " $11, $12, $13, $14, $15, NULL)" };
static const struct stmt PAGE = {
    "pay_entry_page", "SELECT " LISTED " FROM pay_entry WHERE ($1::int = 0 OR booked_in = $1::int) AND ($2::int = 0 OR"
                      " period_id = $2::int) AND ($3::int = 0 OR run_id <= $3::int) AND ($4::int[] IS NULL OR unit_id ="
                      " ANY($4::int[])) AND ($5::int = 0 OR kind = $5::int) AND entry_id > $6::bigint"
                      " ORDER BY entry_id LIMIT $7::int"
};
static const struct stmt SUMS = {
    "pay_sums",
    "SELECT unit_id, plan_id, max(plan_version), max(digits), coalesce(sum(amount) FILTER (WHERE kind IN (1, 2, 3) AND"
    " period_id = $1), 0)::bigint, coalesce(sum(amount) FILTER (WHERE kind IN (4, 5) AND period_id = $1), 0)::bigint,"
    " coalesce(sum(amount) FILTER (WHERE kind IN (7, 8)), 0)::bigint, coalesce(sum(amount) FILTER (WHERE kind = 9 OR"
    " (kind IN (1, 2, 3, 4, 5) AND period_id <> $1)), 0)::bigint, coalesce(sum(amount) FILTER (WHERE kind = 10), 0)"
    "::bigint FROM pay_entry WHERE booked_in = $1 AND ($2::int = 0 OR run_id <= $2::int) AND ($3::int[] IS NULL OR"
    " unit_id = ANY($3::int[])) AND ($4::int = 0 OR plan_id = $4::int) AND (unit_id, plan_id) > ($5::int, $6::int)"
    " GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $7::int"
};

int pay_store_begin_entries(struct tx *tx, struct copy_in *copy, struct err *err)
{
    return copy_in_begin(copy, tx_db(tx), COPY_SQL, err);
}

int pay_store_copy_entry(struct copy_in *copy, const struct pay_entry_row *row, struct err *err)
{
    if (copy_row(copy, COLUMNS, err) != 0)
        return -1;
    copy_i64(copy, (int64_t)row->entry_id);
    copy_i32(copy, (int32_t)row->run_id);
    copy_i32(copy, (int32_t)row->period_id);
    copy_i32(copy, (int32_t)row->booked_in);
    copy_i32(copy, (int32_t)row->unit_id);
    copy_i32(copy, (int32_t)row->plan_id);
    copy_i32(copy, (int32_t)row->plan_version);
    copy_text(copy, row->component, strlen(row->component));
    copy_i16(copy, (int16_t)row->kind);
    copy_i64(copy, row->amount);
    copy_i16(copy, (int16_t)row->digits);
    copy_text(copy, row->cause, strlen(row->cause));
    copy_time(copy, row->at);
    copy_text(copy, row->by, strlen(row->by));
    copy_i64(copy, (int64_t)row->reference);
    if (row->lines)
        copy_bytes(copy, row->lines, row->lines_len);
    else
        copy_null(copy);
    return 0;
}

int pay_store_put_entry(struct tx *tx, const struct pay_entry_row *row, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)row->entry_id);
    db_arg_i32(&args, (int32_t)row->run_id);
    db_arg_i32(&args, (int32_t)row->period_id);
    db_arg_i32(&args, (int32_t)row->booked_in);
    db_arg_i32(&args, (int32_t)row->unit_id);
    db_arg_i32(&args, (int32_t)row->plan_id);
    db_arg_i32(&args, (int32_t)row->plan_version);
    db_arg_text(&args, row->component);
    db_arg_i16(&args, (int16_t)row->kind);
    db_arg_i64(&args, row->amount);
    db_arg_i16(&args, (int16_t)row->digits);
    db_arg_text(&args, row->cause);
    db_arg_time(&args, row->at);
    db_arg_text(&args, row->by);
    db_arg_i64(&args, (int64_t)row->reference);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

/* --- reading ---------------------------------------------------------------------------------------------------------
 */

static struct pay_entry_row read_entry(const struct db_rows *rows, int r)
{
    struct pay_entry_row row = { .entry_id = (uint64_t)db_i64(rows, r, 0),
                                 .run_id = (uint32_t)db_i32(rows, r, 1),
                                 .period_id = (uint32_t)db_i32(rows, r, 2),
                                 .booked_in = (uint32_t)db_i32(rows, r, 3),
                                 .unit_id = (uint32_t)db_i32(rows, r, 4),
                                 .plan_id = (uint32_t)db_i32(rows, r, 5),
                                 .plan_version = (uint32_t)db_i32(rows, r, 6),
                                 .component = db_text(rows, r, 7),
                                 .kind = (enum pay_kind)db_i16(rows, r, 8),
                                 .amount = db_i64(rows, r, 9),
                                 .digits = db_i16(rows, r, 10),
                                 .cause = db_text(rows, r, 11),
                                 .at = db_time(rows, r, 12),
                                 .by = db_text(rows, r, 13),
                                 .reference = (uint64_t)db_i64(rows, r, 14) };

    if (!db_is_null(rows, r, 15))
        row.lines = db_bytes(rows, r, 15, &row.lines_len);
    return row;
}

int pay_store_entries(struct tx *tx, const struct pay_entry_page *page, pay_entry_fn *each, void *arg, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)page->booked_in);
    db_arg_i32(&args, (int32_t)page->period_id);
    db_arg_i32(&args, (int32_t)page->run_id);
    if (page->units)
        db_arg_i32_array(&args, (const int32_t *)page->units, page->unit_count);
    else
        db_arg_null(&args);
    db_arg_i32(&args, (int32_t)page->kind);
    db_arg_i64(&args, (int64_t)page->after);
    db_arg_i32(&args, (int32_t)page->limit);
    if (db_query(tx_db(tx), &PAGE, &args, &rows, err) != 0)
        return -1;
    for (int r = 0; rc == 0 && r < rows.count; r++) {
        struct pay_entry_row row = read_entry(&rows, r);

        rc = each(arg, &row, err);
    }
    db_rows_fini(&rows);
    return rc;
}

struct booked_call {
    pay_entry_fn *each;
    void *arg;
    struct buf component;
};

static int take_booked(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    struct booked_call *call = arg;
    struct pay_entry_row row = { .entry_id = (uint64_t)copy_cell_int(&cells[0]),
                                 .booked_in = (uint32_t)copy_cell_int(&cells[1]),
                                 .unit_id = (uint32_t)copy_cell_int(&cells[2]),
                                 .plan_id = (uint32_t)copy_cell_int(&cells[3]),
                                 .plan_version = (uint32_t)copy_cell_int(&cells[4]),
                                 .kind = (enum pay_kind)copy_cell_int(&cells[6]),
                                 .amount = copy_cell_int(&cells[7]),
                                 .digits = (int)copy_cell_int(&cells[8]),
                                 .cause = "",
                                 .by = "" };

    (void)count;
    buf_reset(&call->component);
    buf_append(&call->component, cells[5].bytes, (size_t)cells[5].len);
    row.component = buf_text(&call->component);
    row.lines = cells[9].bytes;
    row.lines_len = cells[9].bytes ? (size_t)cells[9].len : 0;
    return call->each(call->arg, &row, err);
}

int pay_store_booked(struct tx *tx, uint32_t period_id, uint32_t run_id, const uint32_t *units, size_t unit_count,
                     pay_entry_fn *each, void *arg, struct err *err)
{
    struct booked_call call = { each, arg, { 0 } };
    struct buf sql = { 0 };
    int rc;

    buf_printf(
        &sql,
        "COPY (SELECT entry_id, booked_in, unit_id, plan_id, plan_version, component, kind, amount, digits, lines"
        " FROM pay_entry WHERE period_id = %u AND run_id <= %u AND kind <= 8",
        period_id, run_id);
    for (size_t i = 0; units && i < unit_count; i++)
        buf_printf(&sql, "%s%u", i ? "," : " AND unit_id = ANY('{", units[i]);
    buf_append_text(&sql, units && unit_count ? "}'::int[])" : units ? " AND false" : "");
    buf_append_text(&sql, ") TO STDOUT (FORMAT binary)");
    rc = copy_out(tx_db(tx), buf_text(&sql), take_booked, &call, NULL, err);
    buf_fini(&sql);
    buf_fini(&call.component);
    return rc;
}

static int take_booked_in(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    struct booked_call *call = arg;
    struct pay_entry_row row = { .entry_id = (uint64_t)copy_cell_int(&cells[0]),
                                 .period_id = (uint32_t)copy_cell_int(&cells[1]),
                                 .unit_id = (uint32_t)copy_cell_int(&cells[2]),
                                 .plan_id = (uint32_t)copy_cell_int(&cells[3]),
                                 .plan_version = (uint32_t)copy_cell_int(&cells[4]),
                                 .kind = (enum pay_kind)copy_cell_int(&cells[5]),
                                 .amount = copy_cell_int(&cells[6]),
                                 .digits = (int)copy_cell_int(&cells[7]),
                                 .at = copy_cell_time(&cells[8]),
                                 .lines = cells[12].bytes };

    (void)count;
    row.lines_len = cells[12].bytes ? (size_t)cells[12].len : 0;
    buf_reset(&call->component);
    for (int i = 9; i <= 11; i++) { /* component, cause, by */
        buf_append(&call->component, cells[i].bytes, (size_t)cells[i].len);
        buf_put_u8(&call->component, 0);
    }
    row.component = (const char *)call->component.data;
    row.cause = row.component + cells[9].len + 1;
    row.by = row.cause + cells[10].len + 1;
    return call->each(call->arg, &row, err);
}

int pay_store_booked_in(struct tx *tx, uint32_t period_id, uint32_t run_id, uint32_t unit_id, pay_entry_fn *each,
                        void *arg, struct err *err)
{
    struct booked_call call = { each, arg, { 0 } };
    char only[48] = "", sql[512];
    int rc;

    if (unit_id)
        snprintf(only, sizeof only, " AND unit_id = %u", unit_id);
    snprintf(sql, sizeof sql,
             "COPY (SELECT entry_id, period_id, unit_id, plan_id, plan_version, kind, amount, digits, at, component,"
             " cause, booked_by, CASE WHEN period_id <> booked_in THEN lines END FROM pay_entry WHERE booked_in = %u"
             " AND run_id <= %u AND kind <> 10%s ORDER BY unit_id, entry_id) TO STDOUT (FORMAT binary)",
             period_id, run_id, only);
    rc = copy_out(tx_db(tx), sql, take_booked_in, &call, NULL, err);
    buf_fini(&call.component);
    return rc;
}

int pay_store_sums(struct tx *tx, uint32_t period_id, uint32_t run_id, const uint32_t *units, size_t unit_count,
                   uint32_t plan_id, uint32_t after_unit, uint32_t after_plan, uint32_t limit, pay_sum_fn *each,
                   void *arg, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)run_id);
    if (units)
        db_arg_i32_array(&args, (const int32_t *)units, unit_count);
    else
        db_arg_null(&args);
    db_arg_i32(&args, (int32_t)plan_id);
    db_arg_i32(&args, (int32_t)after_unit);
    db_arg_i32(&args, (int32_t)after_plan);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &SUMS, &args, &rows, err) != 0)
        return -1;
    for (int r = 0; r < rows.count; r++) {
        struct pay_sum_row row = { .unit_id = (uint32_t)db_i32(&rows, r, 0),
                                   .plan_id = (uint32_t)db_i32(&rows, r, 1),
                                   .plan_version = (uint32_t)db_i32(&rows, r, 2),
                                   .digits = db_i32(&rows, r, 3),
                                   .earned = db_i64(&rows, r, 4),
                                   .held = db_i64(&rows, r, 5),
                                   .draw = db_i64(&rows, r, 6),
                                   .other = db_i64(&rows, r, 7),
                                   .paid = db_i64(&rows, r, 8) };

        each(arg, &row);
    }
    db_rows_fini(&rows);
    return 0;
}
