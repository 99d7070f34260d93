/* reversal_store: see reversal_store.h. */
#include "feedback/facts/reversal_store.h"

static const struct stmt KEEP = { "reversal_keep",
                                  "INSERT INTO reversal (file_id, row_no, feed_id, line_no, file_offset, raw)"
                                  " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING" };
/* A row that waited before has its place there still, with what somebody mended. */
static const struct stmt WAIT = {
    "reversal_wait",
    "WITH gone AS (DELETE FROM reversal WHERE file_id = $1 AND row_no = $2 RETURNING *)"
    " INSERT INTO reject (file_id, row_no, feed_id, line_no, file_offset, reason, column_name, value, message, raw,"
    " amount, sums, record_hash) SELECT file_id, row_no, feed_id, line_no, file_offset, $3, '', '', $4, raw, $5,"
    " $6::bigint[], $7 FROM gone ON CONFLICT (file_id, row_no) DO UPDATE SET released = false, due = false,"
    " reason = excluded.reason, column_name = '', value = '', message = excluded.message, amount = excluded.amount,"
    " sums = excluded.sums, record_hash = excluded.record_hash"
};
/* What an earlier reading stored and this one doesn't stand behind yet is no part of the file's counts: it is kept
 * apart. $4: it's being read this moment, wherever that is. */
static const struct stmt UNREAD = {
    "reversal_unread", "UPDATE feed_file SET kept_rows = kept_rows - 1, kept_amount = kept_amount - $2::bigint,"
                       " totals = CASE WHEN totals = 1 THEN 0 ELSE totals END"
                       " WHERE id = $1 AND kept_rows > 0 AND ($4 OR (from_row <= $3 AND done_row <= $3))"
};
static const struct stmt UNREAD_SUMS = {
    "reversal_unread_sums", "UPDATE file_sum s SET kept = s.kept - n.v FROM unnest($2::bigint[]) WITH ORDINALITY"
                            " n(v, place) WHERE s.file_id = $1 AND s.place = n.place"
};
static const struct stmt FORGET = { "reversal_forget", "DELETE FROM reversal WHERE file_id = $1 AND row_no = $2" };
/* What a file that was read again stored before is no part of its counts (kept_rows): there the row was a duplicate,
 * or was passed over. */
static const struct stmt COUNT = {
    "reversal_count",
    "UPDATE feed_file SET suspended = suspended + 1, suspended_amount = suspended_amount + $2::bigint,"
    " accepted = accepted - CASE WHEN stored_rows > 0 AND accepted > 0 THEN 1 ELSE 0 END,"
    " superseded = superseded - CASE WHEN stored_rows > 0 AND accepted = 0 THEN 1 ELSE 0 END,"
    " duplicate = duplicate - CASE WHEN stored_rows = 0 AND from_row <= $3 THEN 1 ELSE 0 END,"
    " rows_read = rows_read + CASE WHEN stored_rows = 0 AND from_row > $3 THEN 1 ELSE 0 END,"
    " stored_amount = stored_amount - CASE WHEN stored_rows > 0 THEN $2::bigint ELSE 0 END,"
    " duplicate_amount = duplicate_amount - CASE WHEN stored_rows = 0 AND from_row <= $3 THEN $2::bigint ELSE 0 END,"
    " read_amount = read_amount + CASE WHEN stored_rows = 0 AND from_row > $3 THEN $2::bigint ELSE 0 END,"
    " kept_rows = kept_rows - CASE WHEN stored_rows = 0 THEN 1 ELSE 0 END,"
    " kept_amount = kept_amount - CASE WHEN stored_rows = 0 THEN $2::bigint ELSE 0 END,"
    " stored_rows = stored_rows - CASE WHEN stored_rows > 0 THEN 1 ELSE 0 END,"
    " totals = CASE WHEN totals = 1 THEN 0 ELSE totals END,"
    " state = CASE WHEN state = 'loaded' THEN 'partial' ELSE state END WHERE id = $1"
};
static const struct stmt COUNT_SUMS = {
    "reversal_count_sums",
    "UPDATE file_sum s SET suspended = s.suspended + n.v, stored = s.stored - CASE WHEN x.stored_rows > 0 THEN n.v ELSE"
    " 0 END, duplicate = s.duplicate - CASE WHEN x.stored_rows = 0 AND x.from_row <= $3 THEN n.v ELSE 0 END,"
    " read = s.read + CASE WHEN x.stored_rows = 0 AND x.from_row > $3 THEN n.v ELSE 0 END,"
    " kept = s.kept - CASE WHEN x.stored_rows = 0 THEN n.v ELSE 0 END"
    " FROM feed_file x, unnest($2::bigint[]) WITH ORDINALITY n(v, place)"
    " WHERE x.id = $1 AND s.file_id = x.id AND s.place = n.place"
};
static const struct stmt WAKE = { "reversal_wake", "UPDATE reject SET due = true WHERE record_hash ="
                                                   " ANY($1::bigint[]) AND NOT released" };

int reversal_store_keep(struct tx *tx, uint64_t file_id, uint32_t feed_id, const struct row_place *place,
                        struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)file_id);
    db_arg_i64(&args, (int64_t)place->row);
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_i64(&args, (int64_t)place->line);
    db_arg_i64(&args, (int64_t)place->offset);
    db_arg_bytes(&args, place->raw, place->raw_len);
    return db_later(tx_db(tx), &KEEP, &args, NULL, err);
}

static int wait_for(struct tx *tx, const struct order_line *line, const char *reason, const char *message,
                    bool *withdrawn, struct err *err)
{
    struct db_args args;
    int64_t affected;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)line->file_id);
    db_arg_i64(&args, (int64_t)line->row);
    db_arg_text(&args, reason);
    db_arg_text(&args, message);
    db_arg_i64(&args, line->amount);
    if (line->sum_count)
        db_arg_i64_array(&args, line->sums, line->sum_count);
    else
        db_arg_null(&args);
    db_arg_i64(&args, (int64_t)line->record_hash);
    if (db_exec(tx_db(tx), &WAIT, &args, &affected, err) != 0)
        return -1;
    *withdrawn = affected > 0;
    return 0;
}

static int count_sums(struct tx *tx, const struct order_line *line, struct err *err)
{
    struct db_args args;

    if (!line->sum_count)
        return 0;
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)line->file_id);
    db_arg_i64_array(&args, line->sums, line->sum_count);
    db_arg_i64(&args, (int64_t)line->row);
    return db_exec(tx_db(tx), &COUNT_SUMS, &args, NULL, err);
}

/* Its file is read again and comes to the row yet, or is at it: that says where it goes. *left false: it doesn't. */
static int leave_to_reading(struct tx *tx, const struct order_line *line, bool now, bool *left, struct err *err)
{
    struct db_args args;
    int64_t affected;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)line->file_id);
    db_arg_i64(&args, line->amount);
    db_arg_i64(&args, (int64_t)line->row);
    db_arg_bool(&args, now);
    if (db_exec(tx_db(tx), &UNREAD, &args, &affected, err) != 0)
        return -1;
    *left = affected > 0;
    if (!*left)
        return 0;
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)line->file_id);
    db_arg_i64(&args, (int64_t)line->row);
    if (db_exec(tx_db(tx), &FORGET, &args, NULL, err) != 0)
        return -1;
    if (!line->sum_count)
        return 0;
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)line->file_id);
    db_arg_i64_array(&args, line->sums, line->sum_count);
    return db_exec(tx_db(tx), &UNREAD_SUMS, &args, NULL, err);
}

int reversal_store_reread(struct tx *tx, const struct order_line *line, struct err *err)
{
    bool left;

    return leave_to_reading(tx, line, true, &left, err);
}

int reversal_store_withdraw(struct tx *tx, const struct order_line *line, const char *reason, const char *message,
                            struct err *err)
{
    struct db_args args;
    bool withdrawn, left;

    if (leave_to_reading(tx, line, false, &left, err) != 0)
        return -1;
    if (left)
        return 0;
    if (wait_for(tx, line, reason, message, &withdrawn, err) != 0)
        return -1;
    if (!withdrawn)
        return err_set(err, "row %llu of file %llu, a reversal, is not kept", (unsigned long long)line->row,
                       (unsigned long long)line->file_id);
    if (count_sums(tx, line, err) != 0) /* before the file's own counts, by which it judges */
        return -1;
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)line->file_id);
    db_arg_i64(&args, line->amount);
    db_arg_i64(&args, (int64_t)line->row);
    return db_exec(tx_db(tx), &COUNT, &args, NULL, err);
}

int reversal_store_wake(struct tx *tx, const int64_t *hashes, size_t count, struct err *err)
{
    struct db_args args;

    if (!count)
        return 0;
    db_args_init(&args, tx_arena(tx));
    db_arg_i64_array(&args, hashes, count);
    return db_exec(tx_db(tx), &WAKE, &args, NULL, err);
}
