/* totals_store: see totals_store.h. */
#include "feedback/control/totals_store.h"

#include "text/dates.h"

#include <inttypes.h>
#include <string.h>

static const struct stmt DUE = { "totals_due",
                                 "SELECT id, stored_rows + kept_rows, stored_amount + kept_amount, rows_read"
                                 " FROM feed_file WHERE totals = 0"
                                 " AND state IN ('loaded', 'partial', 'superseded') ORDER BY id LIMIT $1::int" };
/* A file that was moved on since it was looked at is looked at again. */
static const struct stmt SETTLE = {
    "totals_settle",
    "WITH done AS (UPDATE feed_file x SET totals = CASE WHEN v.stored_rows = v.n AND v.stored_amount = v.a"
    " AND (x.released OR x.from_row > 1 OR (coalesce(x.control_rows, x.rows_read) = x.rows_read"
    " AND coalesce(x.control_amount, x.read_amount) = x.read_amount)) THEN 1 ELSE 2 END"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])"
    " v(id, stored_rows, stored_amount, n, a) WHERE x.id = v.id AND x.totals = 0"
    " AND x.stored_rows + x.kept_rows = v.stored_rows AND x.stored_amount + x.kept_amount = v.stored_amount AND "
    "x.state IN ('loaded', 'partial', 'superseded')"
    " RETURNING x.id, x.feed_id, x.name, v.stored_rows, v.n, v.stored_amount, v.a, x.totals)"
    " SELECT d.id, f.code, d.name, d.stored_rows, d.n, d.stored_amount, d.a FROM done d JOIN feed f ON f.id = d.feed_id"
    " WHERE d.totals = 2 ORDER BY d.id"
};
static const struct stmt REPORT = {
    "totals_report",
    "WITH x AS (SELECT f.code, s.name AS sender, " TOTALS_DAY " AS day, x.* FROM feed_file x"
    " JOIN feed f ON f.id = x.feed_id JOIN sender s ON s.id = f.sender"
    " WHERE ($1 = '' OR f.code = $1) AND x.state IN ('loading', 'loaded', 'partial', 'superseded', 'refused')"
    " AND " TOTALS_DAY " >= $2 AND " TOTALS_DAY " < $3),"
    " l AS (SELECT file_id, count(*) AS n, sum(amount)::bigint AS a FROM order_line"
    " WHERE file_id BETWEEN (SELECT min(id) FROM x) AND (SELECT max(id) FROM x) AND row_no > 0 GROUP BY 1)"
    " SELECT x.sender, x.code, x.day, count(*), sum(rows_read)::bigint, sum(accepted)::bigint, sum(duplicate)::bigint,"
    " sum(superseded)::bigint, sum(suspended)::bigint, sum(filtered)::bigint, sum(written_off)::bigint,"
    " sum(control_rows)::bigint, sum(control_amount)::bigint, sum(read_amount)::bigint,"
    " sum(stored_amount + kept_amount)::bigint,"
    " sum(duplicate_amount)::bigint, sum(suspended_amount)::bigint, sum(filtered_amount)::bigint,"
    " sum(written_off_amount)::bigint, coalesce(sum(l.n), 0)::bigint, coalesce(sum(l.a), 0)::bigint,"
    " bool_and(CASE WHEN totals = 3 THEN true ELSE stored_rows + kept_rows = coalesce(l.n, 0)"
    " AND stored_amount + kept_amount = coalesce(l.a, 0) AND (released OR from_row > 1 OR state = 'refused' OR "
    "(coalesce(control_rows, rows_read) = rows_read"
    " AND coalesce(control_amount, read_amount) = read_amount)) END)"
    " FROM x LEFT JOIN l ON l.file_id = x.id GROUP BY 1, 2, 3 ORDER BY 3 DESC, 1, 2 LIMIT $5::int"
};

int totals_store_find(struct db *db, struct arena *arena, uint32_t limit, struct totals_found *out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    *out = (struct totals_found) { .count = 0 };
    db_args_init(&args, arena);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(db, &DUE, &args, &rows, err) != 0)
        return -1;
    out->count = (size_t)rows.count;
    for (int c = 0; c < TOTALS_COLUMNS; c++) {
        out->columns[c] = arena_array(arena, int64_t, out->count + 1);
        for (int i = 0; c <= TOTALS_STORED_AMOUNT && i < rows.count; i++)
            out->columns[c][i] = db_i64(&rows, i, c);
    }
    out->rows_read = arena_array(arena, int64_t, out->count + 1);
    for (int i = 0; i < rows.count; i++)
        out->rows_read[i] = db_i64(&rows, i, TOTALS_STORED_AMOUNT + 1);
    out->ledger_sums = arena_alloc(arena, (out->count + 1) * sizeof out->ledger_sums[0]);
    memset(out->ledger_sums, 0, (out->count + 1) * sizeof out->ledger_sums[0]);
    db_rows_fini(&rows);
    return 0;
}

int totals_store_settle(struct tx *tx, const struct totals_found *found, struct totals_row **out, size_t *count,
                        struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    for (int c = 0; c < TOTALS_COLUMNS; c++)
        db_arg_i64_array(&args, found->columns[c], found->count);
    if (db_query(tx_db(tx), &SETTLE, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(arena, struct totals_row, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct totals_row) { .file_id = (uint64_t)db_i64(&rows, i, 0),
                                          .feed = arena_strdup(arena, db_text(&rows, i, 1)),
                                          .file = arena_strdup(arena, db_text(&rows, i, 2)),
                                          .stored_rows = db_i64(&rows, i, 3),
                                          .ledger_rows = db_i64(&rows, i, 4),
                                          .stored_amount = db_i64(&rows, i, 5),
                                          .ledger_amount = db_i64(&rows, i, 6) };
    db_rows_fini(&rows);
    return 0;
}

static Bihuan__FeedTotals *take_row(struct arena *arena, const struct db_rows *rows, int i)
{
    Bihuan__FeedTotals *t = arena_new(arena, Bihuan__FeedTotals);
    char day[DATE_TEXT_MAX];

    bihuan__feed_totals__init(t);
    date_print(day, db_date(rows, i, 2));
    t->sender = arena_strdup(arena, db_text(rows, i, 0));
    t->feed = arena_strdup(arena, db_text(rows, i, 1));
    t->day = arena_strdup(arena, day);
    t->files = (uint64_t)db_i64(rows, i, 3);
    t->read = (uint64_t)db_i64(rows, i, 4);
    t->accepted = (uint64_t)db_i64(rows, i, 5);
    t->duplicate = (uint64_t)db_i64(rows, i, 6);
    t->superseded = (uint64_t)db_i64(rows, i, 7);
    t->suspended = (uint64_t)db_i64(rows, i, 8);
    t->filtered = (uint64_t)db_i64(rows, i, 9);
    t->written_off = (uint64_t)db_i64(rows, i, 10);
    t->has_control = !db_is_null(rows, i, 11) || !db_is_null(rows, i, 12);
    t->control_rows = db_is_null(rows, i, 11) ? 0 : db_i64(rows, i, 11);
    t->control_amount = db_is_null(rows, i, 12) ? 0 : db_i64(rows, i, 12);
    t->read_amount = db_i64(rows, i, 13);
    t->stored_amount = db_i64(rows, i, 14);
    t->duplicate_amount = db_i64(rows, i, 15);
    t->suspended_amount = db_i64(rows, i, 16);
    t->filtered_amount = db_i64(rows, i, 17);
    t->written_off_amount = db_i64(rows, i, 18);
    t->ledger_rows = (uint64_t)db_i64(rows, i, 19);
    t->ledger_amount = db_i64(rows, i, 20);
    t->agrees = t->amount_agrees = db_bool(rows, i, 21);
    return t;
}

int totals_store_report(struct tx *tx, const char *feed, int32_t from, int32_t until, uint32_t limit,
                        Bihuan__FeedTotals ***out, size_t *count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_text(&args, feed);
    db_arg_date(&args, from);
    db_arg_date(&args, until);
    db_arg_i32(&args, runtime_clock(tx_runtime(tx))->utc_offset_s);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &REPORT, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(arena, Bihuan__FeedTotals *, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = take_row(arena, &rows, i);
    db_rows_fini(&rows);
    return 0;
}
