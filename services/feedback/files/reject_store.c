/* reject_store: the SQL of rows in quarantine. See file_store.h. */
#include "feedback/files/file_store.h"

#include <string.h>

static const char COPY_REJECTS[] =
    "COPY reject (file_id, row_no, feed_id, line_no, file_offset, reason, column_name, value, message, raw, amount,"
    " sums, nth, record_hash) FROM STDIN (FORMAT binary)";
#define COLUMNS                                                                                                        \
    "SELECT r.file_id, r.row_no, r.line_no, r.file_offset, r.reason, r.column_name, r.value, r.message, r.raw,"        \
    " r.released, f.code, x.name, r.amount, r.written_off, r.mended, r.nth FROM reject r JOIN feed f ON"               \
    " f.id = r.feed_id JOIN feed_file x ON x.id = r.file_id "
static const struct stmt REJECTS = {
    "reject_list", COLUMNS "WHERE NOT r.released AND ($1 = '' OR f.code = $1)"
                           " AND ($2 = '' OR r.reason = $2) AND ($3::bigint = 0 OR r.file_id = $3)"
                           " AND (r.file_id, r.row_no) > ($4::bigint, $5::bigint) AND ($7 = '' OR r.value = $7)"
                           " ORDER BY r.file_id, r.row_no LIMIT $6::int"
};
static const struct stmt DUE = { "reject_due", COLUMNS "WHERE r.due AND NOT r.released ORDER BY r.file_id, r.row_no"
                                                       " LIMIT $1::int" };
static const struct stmt READ = { "reject_read",
                                  "UPDATE reject SET due = false WHERE due AND NOT released AND (file_id, row_no) <="
                                  " ($1::bigint, $2::bigint)" };
static const struct stmt SUMMARY = {
    "reject_summary",
    "SELECT f.code, r.reason, r.column_name, r.value, count(*), sum(r.amount)::bigint, count(DISTINCT r.file_id),"
    " min(r.message) FROM reject r JOIN feed f ON f.id = r.feed_id WHERE NOT r.released AND ($1 = '' OR f.code = $1)"
    " AND ($2 = '' OR r.reason = $2) GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT $3::int"
};
static const struct stmt WRITE_OFF = {
    "reject_write_off",
    "WITH gone AS (UPDATE reject r SET released = true, written_off = $5, settled_by = $6 FROM feed f"
    " WHERE f.id = r.feed_id AND NOT r.released AND f.code = $1 AND ($2 = '' OR r.reason = $2)"
    " AND ($3 = '' OR r.value = $3) AND ($4::bigint = 0 OR r.file_id = $4) RETURNING r.file_id, r.amount),"
    " per AS (SELECT file_id, count(*) AS n, sum(amount)::bigint AS a FROM gone GROUP BY 1)"
    " UPDATE feed_file x SET suspended = suspended - per.n, written_off = written_off + per.n,"
    " suspended_amount = suspended_amount - per.a, written_off_amount = written_off_amount + per.a,"
    " state = CASE WHEN state = 'partial' AND suspended = per.n THEN 'loaded' ELSE state END"
    " FROM per WHERE x.id = per.file_id RETURNING per.n"
};
static const struct stmt MEND = { "reject_mend", "UPDATE reject SET mended = $3, mended_by = $4, mend_note = $5"
                                                 " WHERE file_id = $1 AND row_no = $2 AND NOT released" };
static const struct stmt RELEASED = { "reject_released", "UPDATE reject SET released = true WHERE file_id = $1"
                                                         " AND row_no = ANY($2::bigint[])" };
static const struct stmt AGAIN = {
    "reject_again", "UPDATE reject SET reason = $3, column_name = $4, value = $5,"
                    " message = $6, record_hash = nullif($7::bigint, 0) WHERE file_id = $1 AND row_no = $2"
};
static const struct stmt COUNT = { "reject_count",
                                   "SELECT count(*) FROM reject r JOIN feed f ON f.id = r.feed_id WHERE NOT r.released"
                                   " AND ($1 = '' OR f.code = $1) AND ($2 = '' OR r.reason = $2)" };

static void copy_string(struct copy_in *copy, const char *text)
{
    copy_text(copy, text, strlen(text));
}

int reject_store_add(struct tx *tx, uint64_t file_id, uint32_t feed_id, const struct reject_row *rejects, size_t count,
                     struct err *err)
{
    struct copy_in copy;

    if (!count)
        return 0;
    if (copy_in_begin(&copy, tx_db(tx), COPY_REJECTS, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct reject_row *r = &rejects[i];

        if (copy_row(&copy, 14, err) != 0)
            return -1;
        copy_i64(&copy, (int64_t)file_id);
        copy_i64(&copy, (int64_t)r->place.row);
        copy_i32(&copy, (int32_t)feed_id);
        copy_i64(&copy, (int64_t)r->place.line);
        copy_i64(&copy, (int64_t)r->place.offset);
        copy_string(&copy, r->why.reason);
        copy_string(&copy, r->why.column);
        copy_string(&copy, r->why.value);
        copy_string(&copy, r->why.message);
        copy_bytes(&copy, r->place.raw, r->place.raw_len);
        copy_i64(&copy, r->amount);
        if (r->sum_count)
            copy_i64_array(&copy, r->sums, r->sum_count);
        else
            copy_null(&copy);
        copy_i32(&copy, (int32_t)r->place.nth);
        if (r->record_hash)
            copy_i64(&copy, (int64_t)r->record_hash);
        else
            copy_null(&copy);
    }
    return copy_in_end(&copy, err);
}

int reject_store_list(struct tx *tx, const struct reject_filter *filter, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, filter->feed);
    db_arg_text(&args, filter->reason);
    db_arg_i64(&args, (int64_t)filter->file_id);
    db_arg_i64(&args, (int64_t)filter->after_file);
    db_arg_i64(&args, (int64_t)filter->after_row);
    db_arg_i32(&args, (int32_t)filter->limit);
    db_arg_text(&args, filter->value ? filter->value : "");
    return db_query(tx_db(tx), &REJECTS, &args, rows, err);
}

int reject_store_due(struct tx *tx, uint32_t limit, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &DUE, &args, rows, err) != 0)
        return -1;
    if (!rows->count)
        return 0;
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, db_i64(rows, rows->count - 1, 0));
    db_arg_i64(&args, db_i64(rows, rows->count - 1, 1));
    if (db_exec(tx_db(tx), &READ, &args, NULL, err) == 0)
        return 0;
    db_rows_fini(rows);
    return -1;
}

int reject_store_summary(struct tx *tx, const char *feed, const char *reason, uint32_t limit, struct db_rows *rows,
                         struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, feed);
    db_arg_text(&args, reason);
    db_arg_i32(&args, (int32_t)limit);
    return db_query(tx_db(tx), &SUMMARY, &args, rows, err);
}

int reject_store_write_off(struct tx *tx, const struct reject_filter *filter, const char *note, const char *who,
                           uint64_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, filter->feed);
    db_arg_text(&args, filter->reason);
    db_arg_text(&args, filter->value ? filter->value : "");
    db_arg_i64(&args, (int64_t)filter->file_id);
    db_arg_text(&args, note);
    db_arg_text(&args, who);
    if (db_query(tx_db(tx), &WRITE_OFF, &args, &rows, err) != 0)
        return -1;
    *count = 0;
    for (int i = 0; i < rows.count; i++)
        *count += (uint64_t)db_i64(&rows, i, 0);
    db_rows_fini(&rows);
    return 0;
}

int reject_store_mend(struct tx *tx, uint64_t file_id, uint64_t row, const char *data, const char *who,
                      const char *note, bool *found, struct err *err)
{
    struct db_args args;
    int64_t affected;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)file_id);
    db_arg_i64(&args, (int64_t)row);
    db_arg_bytes(&args, data, strlen(data));
    db_arg_text(&args, who);
    db_arg_text(&args, note);
    if (db_exec(tx_db(tx), &MEND, &args, &affected, err) != 0)
        return -1;
    *found = affected > 0;
    return 0;
}

int reject_store_released(struct tx *tx, uint64_t file_id, const int64_t *rows, size_t count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)file_id);
    db_arg_i64_array(&args, rows, count);
    return db_exec(tx_db(tx), &RELEASED, &args, NULL, err);
}

int reject_store_again(struct tx *tx, uint64_t file_id, const struct reject_row *reject, struct err *err)
{
    const struct reject_reason *why = &reject->why;
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)file_id);
    db_arg_i64(&args, (int64_t)reject->place.row);
    db_arg_text(&args, why->reason);
    db_arg_text(&args, why->column);
    db_arg_text(&args, why->value);
    db_arg_text(&args, why->message);
    db_arg_i64(&args, (int64_t)reject->record_hash);
    return db_exec(tx_db(tx), &AGAIN, &args, NULL, err);
}

int reject_store_count(struct tx *tx, const char *feed, const char *reason, uint64_t *out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, feed);
    db_arg_text(&args, reason);
    if (db_query(tx_db(tx), &COUNT, &args, &rows, err) != 0)
        return -1;
    *out = (uint64_t)db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}
