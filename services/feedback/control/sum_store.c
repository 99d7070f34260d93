/* sum_store: see sum_store.h. */
#include "feedback/control/sum_store.h"

#include "text/dates.h"

#include <string.h>

static const struct stmt ADD = {
    "sum_add",
    "INSERT INTO file_sum AS s (file_id, place, name, read, stored, duplicate, suspended, filtered)"
    " SELECT $1, n.place, n.name, n.stored + n.duplicate + n.suspended + n.filtered, n.stored, n.duplicate, "
    "n.suspended,"
    " n.filtered FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) WITH ORDINALITY"
    " n(name, stored, duplicate, suspended, filtered, place) ON CONFLICT (file_id, place) DO UPDATE"
    " SET read = s.read + excluded.read, stored = s.stored + excluded.stored,"
    " duplicate = s.duplicate + excluded.duplicate, suspended = s.suspended + excluded.suspended,"
    " filtered = s.filtered + excluded.filtered"
};
static const struct stmt CONTROL = {
    "sum_control", "INSERT INTO file_sum (file_id, place, name, control)"
                   " SELECT $1, n.place, n.name, n.control FROM unnest($2::smallint[], $3::text[], $4::bigint[])"
                   " n(place, name, control) ON CONFLICT (file_id, place) DO UPDATE SET control = excluded.control"
};
static const struct stmt WAITING = {
    "sum_waiting", "SELECT o.place, sum(o.v)::bigint FROM reject r, unnest(r.sums) WITH ORDINALITY o(v, place)"
                   " WHERE r.file_id = $1 AND r.row_no = ANY($2::bigint[]) GROUP BY 1"
};
static const struct stmt WRITE_OFF = {
    "sum_write_off",
    "UPDATE file_sum s SET suspended = s.suspended - d.a, written_off = s.written_off + d.a FROM"
    " (SELECT r.file_id, o.place, sum(o.v)::bigint AS a FROM reject r JOIN feed f ON f.id = r.feed_id,"
    " unnest(r.sums) WITH ORDINALITY o(v, place) WHERE NOT r.released AND f.code = $1 AND ($2 = '' OR r.reason = $2)"
    " AND ($3 = '' OR r.value = $3) AND ($4::bigint = 0 OR r.file_id = $4) GROUP BY 1, 2) d"
    " WHERE s.file_id = d.file_id AND s.place = d.place"
};
static const struct stmt RETRY = {
    "sum_retry",
    "UPDATE file_sum s SET kept = s.kept + s.stored, stored = 0, duplicate = 0, filtered = 0, written_off = 0,"
    " suspended = r.a, read = r.a FROM (SELECT s.place, coalesce(sum(r.sums[s.place]), 0)::bigint AS a FROM file_sum s"
    " LEFT JOIN reject r ON r.file_id = s.file_id WHERE s.file_id = $1 GROUP BY 1) r"
    " WHERE s.file_id = $1 AND s.place = r.place"
};
#define IS_CONTROLLED "NOT (x.released OR x.from_row > 1 OR x.state = 'refused')"
static const struct stmt DIFFERING = {
    "sum_differing",
    "SELECT x.id, f.code, x.name, s.name, s.stored + s.kept, coalesce(v.a, 0), s.read, s.control FROM file_sum s"
    " JOIN feed_file x ON x.id = s.file_id AND x.totals <> 0 JOIN feed f ON f.id = x.feed_id"
    " LEFT JOIN unnest($2::bigint[], $3::smallint[], $4::bigint[]) v(id, place, a) ON v.id = s.file_id"
    " AND v.place = s.place WHERE s.file_id = ANY($1::bigint[]) AND (s.stored + s.kept <> coalesce(v.a, 0)"
    " OR (" IS_CONTROLLED " AND coalesce(s.control, s.read) <> s.read)) ORDER BY x.id, s.place"
};
static const struct stmt MARK = { "sum_mark", "UPDATE feed_file SET totals = 2 WHERE id = ANY($1::bigint[])" };
static const struct stmt REPORT = {
    "sum_report",
    "WITH x AS (SELECT f.code, n.name AS sender, " TOTALS_DAY " AS day, x.id, s.*,"
    " " IS_CONTROLLED " AS controlled FROM feed_file x JOIN feed f ON f.id = x.feed_id JOIN sender n ON n.id = f.sender"
    " JOIN file_sum s ON s.file_id = x.id WHERE ($1 = '' OR f.code = $1)"
    " AND x.state IN ('loading', 'loaded', 'partial', 'superseded', 'refused')"
    " AND " TOTALS_DAY " >= $2 AND " TOTALS_DAY " < $3),"
    " l AS (SELECT o.file_id, v.place, sum(v.v)::bigint AS a FROM order_line o, unnest(o.sums) WITH ORDINALITY"
    " v(v, place) WHERE o.file_id BETWEEN (SELECT min(id) FROM x) AND (SELECT max(id) FROM x) AND o.row_no > 0"
    " AND EXISTS (SELECT 1 FROM x) GROUP BY 1, 2)"
    " SELECT x.sender, x.code, x.day, x.name, sum(x.read)::bigint, sum(x.stored + x.kept)::bigint,"
    " sum(x.duplicate)::bigint, sum(x.suspended)::bigint, sum(x.filtered)::bigint, sum(x.written_off)::bigint,"
    " coalesce(sum(l.a), 0)::bigint, sum(x.control)::bigint, bool_and(x.stored + x.kept = coalesce(l.a, 0)"
    " AND (NOT x.controlled OR coalesce(x.control, x.read) = x.read)) FROM x LEFT JOIN l ON l.file_id = x.file_id"
    " AND l.place = x.place GROUP BY 1, 2, 3, 4 ORDER BY 3 DESC, 1, 2, min(x.place), 4"
};
static const struct stmt NAMES = { "sum_names", "SELECT place, name FROM file_sum WHERE file_id = $1 AND place <= $2" };

/* --- what became of a file's rows ------------------------------------------------------------------------------------
 */

static int add(struct tx *tx, const struct mapping *mapping, uint64_t file_id, const struct sum_counts *sums,
               struct err *err)
{
    const char *names[SUMS_MAX];
    int64_t columns[4][SUMS_MAX];
    struct db_args args;

    for (size_t i = 0; i < mapping->sum_count; i++) {
        names[i] = mapping->sums[i].name;
        columns[0][i] = sums[i].stored;
        columns[1][i] = sums[i].duplicate;
        columns[2][i] = sums[i].suspended;
        columns[3][i] = sums[i].filtered;
    }
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)file_id);
    db_arg_text_array(&args, names, mapping->sum_count);
    for (int c = 0; c < 4; c++)
        db_arg_i64_array(&args, columns[c], mapping->sum_count);
    return db_exec(tx_db(tx), &ADD, &args, NULL, err);
}

int sum_store_add(struct tx *tx, const struct mapping *mapping, uint64_t file_id, const struct record_counts *counts,
                  struct err *err)
{
    return mapping && mapping->sum_count ? add(tx, mapping, file_id, counts->sums, err) : 0;
}

int sum_store_control(struct tx *tx, const struct mapping *mapping, uint64_t file_id, const struct control_said *said,
                      struct err *err)
{
    const char *names[SUMS_MAX];
    int16_t places[SUMS_MAX];
    int64_t values[SUMS_MAX];
    struct db_args args;
    size_t count = 0;

    for (size_t i = 0; mapping && i < mapping->sum_count; i++) {
        if (!said->has_sum[i])
            continue;
        places[count] = (int16_t)(i + 1);
        names[count] = mapping->sums[i].name;
        values[count++] = said->sums[i];
    }
    if (!count)
        return 0;
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)file_id);
    db_arg_i16_array(&args, places, count);
    db_arg_text_array(&args, names, count);
    db_arg_i64_array(&args, values, count);
    return db_exec(tx_db(tx), &CONTROL, &args, NULL, err);
}

int sum_store_release(struct tx *tx, const struct mapping *mapping, uint64_t file_id,
                      const struct record_counts *counts, const int64_t *rows, size_t count, struct err *err)
{
    struct sum_counts sums[SUMS_MAX];
    struct db_args args;
    struct db_rows found;

    if (!mapping->sum_count)
        return 0;
    memcpy(sums, counts->sums, sizeof sums);
    for (size_t i = 0; i < SUMS_MAX; i++)
        sums[i].suspended = 0; /* rows that go on waiting are counted already */
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)file_id);
    db_arg_i64_array(&args, rows, count);
    if (db_query(tx_db(tx), &WAITING, &args, &found, err) != 0)
        return -1;
    for (int i = 0; i < found.count; i++) {
        int64_t place = db_i64(&found, i, 0);

        if (place >= 1 && place <= (int64_t)mapping->sum_count)
            sums[place - 1].suspended = -db_i64(&found, i, 1);
    }
    db_rows_fini(&found);
    return add(tx, mapping, file_id, sums, err);
}

int sum_store_write_off(struct tx *tx, const struct reject_filter *filter, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, filter->feed);
    db_arg_text(&args, filter->reason);
    db_arg_text(&args, filter->value ? filter->value : "");
    db_arg_i64(&args, (int64_t)filter->file_id);
    return db_exec(tx_db(tx), &WRITE_OFF, &args, NULL, err);
}

int sum_store_retry(struct tx *tx, uint64_t file_id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)file_id);
    return db_exec(tx_db(tx), &RETRY, &args, NULL, err);
}

/* --- beside the ledger -----------------------------------------------------------------------------------------------
 */

static void arg_found(struct tx *tx, struct db_args *args, const struct totals_found *found)
{
    size_t cap = found->count * SUMS_MAX + 1, count = 0;
    int64_t *ids = arena_array(tx_arena(tx), int64_t, cap), *values = arena_array(tx_arena(tx), int64_t, cap);
    int16_t *places = arena_array(tx_arena(tx), int16_t, cap);

    for (size_t i = 0; i < found->count; i++)
        for (int k = 0; k < SUMS_MAX; k++) {
            if (!found->ledger_sums[i][k])
                continue;
            ids[count] = found->columns[0][i];
            places[count] = (int16_t)(k + 1);
            values[count++] = found->ledger_sums[i][k];
        }
    db_arg_i64_array(args, found->columns[0], found->count);
    db_arg_i64_array(args, ids, count);
    db_arg_i16_array(args, places, count);
    db_arg_i64_array(args, values, count);
}

static int mark(struct tx *tx, const struct sum_difference *items, size_t count, struct err *err)
{
    int64_t *ids = arena_array(tx_arena(tx), int64_t, count + 1);
    struct db_args args;

    for (size_t i = 0; i < count; i++)
        ids[i] = (int64_t)items[i].file_id;
    db_args_init(&args, tx_arena(tx));
    db_arg_i64_array(&args, ids, count);
    return db_exec(tx_db(tx), &MARK, &args, NULL, err);
}

int sum_store_settle(struct tx *tx, const struct totals_found *found, struct sum_difference **out, size_t *count,
                     struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    arg_found(tx, &args, found);
    if (db_query(tx_db(tx), &DIFFERING, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(arena, struct sum_difference, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct sum_difference) { .file_id = (uint64_t)db_i64(&rows, i, 0),
                                              .feed = arena_strdup(arena, db_text(&rows, i, 1)),
                                              .file = arena_strdup(arena, db_text(&rows, i, 2)),
                                              .name = arena_strdup(arena, db_text(&rows, i, 3)),
                                              .stored = db_i64(&rows, i, 4),
                                              .ledger = db_i64(&rows, i, 5),
                                              .read = db_i64(&rows, i, 6),
                                              .control = db_is_null(&rows, i, 7) ? 0 : db_i64(&rows, i, 7),
                                              .has_control = !db_is_null(&rows, i, 7) };
    db_rows_fini(&rows);
    return *count ? mark(tx, *out, *count, err) : 0;
}

/* --- the report ------------------------------------------------------------------------------------------------------
 */

static Bihuan__ColumnTotals *take_column(struct arena *arena, const struct db_rows *rows, int i)
{
    Bihuan__ColumnTotals *t = arena_new(arena, Bihuan__ColumnTotals);

    bihuan__column_totals__init(t);
    t->column = arena_strdup(arena, db_text(rows, i, 3));
    t->read_amount = db_i64(rows, i, 4);
    t->stored_amount = db_i64(rows, i, 5);
    t->duplicate_amount = db_i64(rows, i, 6);
    t->suspended_amount = db_i64(rows, i, 7);
    t->filtered_amount = db_i64(rows, i, 8);
    t->written_off_amount = db_i64(rows, i, 9);
    t->ledger_amount = db_i64(rows, i, 10);
    t->has_control = !db_is_null(rows, i, 11);
    t->control_amount = t->has_control ? db_i64(rows, i, 11) : 0;
    t->agrees = db_bool(rows, i, 12);
    return t;
}

/* Rows of the totals that `row` belongs to; both are sorted alike, and rows without a total were cut off. */
static Bihuan__FeedTotals *total_of(Bihuan__FeedTotals *const *totals, size_t count, const struct db_rows *rows,
                                    int row)
{
    char day[DATE_TEXT_MAX];

    date_print(day, db_date(rows, row, 2));
    for (size_t i = 0; i < count; i++)
        if (strcmp(totals[i]->day, day) == 0 && strcmp(totals[i]->feed, db_text(rows, row, 1)) == 0 &&
            strcmp(totals[i]->sender, db_text(rows, row, 0)) == 0)
            return totals[i];
    return NULL;
}

int sum_store_report(struct tx *tx, const char *feed, int32_t from, int32_t until, Bihuan__FeedTotals *const *totals,
                     size_t count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_text(&args, feed);
    db_arg_date(&args, from);
    db_arg_date(&args, until);
    db_arg_i32(&args, runtime_clock(tx_runtime(tx))->utc_offset_s);
    if (db_query(tx_db(tx), &REPORT, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++) {
        Bihuan__FeedTotals *total = total_of(totals, count, &rows, i);
        Bihuan__ColumnTotals *column;

        if (!total)
            continue;
        if (!total->columns)
            total->columns = arena_array(arena, Bihuan__ColumnTotals *, rows.count + 1);
        column = take_column(arena, &rows, i);
        total->columns[total->n_columns++] = column;
        total->agrees = total->agrees && column->agrees;
    }
    db_rows_fini(&rows);
    return 0;
}

int sum_store_names(struct tx *tx, uint64_t file_id, const char *names[SUMS_MAX], struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    memset(names, 0, SUMS_MAX * sizeof names[0]);
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)file_id);
    db_arg_i16(&args, SUMS_MAX);
    if (db_query(tx_db(tx), &NAMES, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++)
        names[db_i16(&rows, i, 0) - 1] = arena_strdup(tx_arena(tx), db_text(&rows, i, 1));
    db_rows_fini(&rows);
    return 0;
}
