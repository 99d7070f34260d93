/* file_store: see file_store.h. */
#include "feedback/files/file_store.h"

#include "feedback/control/control_store.h"
#include "feedback/feeds/feed_store.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                                                        \
    "x.id, x.feed_id, f.code, x.name, x.state, x.error, x.sha256, x.bytes, x.rows_read, x.accepted, x.duplicate,"      \
    " x.superseded, x.suspended, x.done_offset, x.done_line, x.done_row, x.last_event, x.header, x.seen_at, "          \
    "x.done_at,"                                                                                                       \
    " x.filtered, x.read_amount, x.stored_amount, x.duplicate_amount, x.suspended_amount, x.filtered_amount,"          \
    " x.released, x.from_row, x.written_off, x.note, x.control_rows, x.control_amount, x.city, x.again"
#define FROM " FROM feed_file x JOIN feed f ON f.id = x.feed_id "

/* Day, number and city of the name belong to what a file is where the files of the feed replace days ($7), and where it
 * has no rows: then the name is all that it says. One that is being read is the file of that name whatever they were.
 */
#define SAME_NAME                                                                                                      \
    "(x.city = $4 AND x.file_day IS NOT DISTINCT FROM $5::date AND x.sequence_no IS NOT DISTINCT FROM $6::bigint)"
#define SAME_OPEN "(x.name = $8 AND x.state IN ('seen', 'verified', 'loading'))"
static const struct stmt BY_CONTENT = {
    "file_by_content",
    "SELECT " COLUMNS FROM "WHERE x.feed_id = $1 AND x.sha256 = $2 AND x.state NOT IN ('duplicate', 'waiting')"
    " AND x.deletes = $3 AND (" SAME_NAME " OR " SAME_OPEN " OR x.state IN ('refused', 'written_off')"
    " OR NOT ($7 OR (x.state = 'loaded' AND x.rows_read = 0))) ORDER BY " SAME_NAME " DESC, x.id LIMIT 1"
};
static const struct stmt BY_CONTENT_OR_NAME = {
    "file_by_content_or_name",
    "(SELECT " COLUMNS FROM "WHERE x.feed_id = $1 AND x.sha256 = $2 AND x.state NOT IN ('duplicate', 'waiting')"
    " AND x.deletes = $4 ORDER BY x.id LIMIT 1) UNION ALL"
    " (SELECT " COLUMNS FROM "WHERE x.feed_id = $1 AND x.name = $3 ORDER BY x.id DESC LIMIT 1) LIMIT 1"
};
static const struct stmt GET = { "file_get", "SELECT " COLUMNS FROM "WHERE x.id = $1" };
static const struct stmt BY_NAME = { "file_by_name", "SELECT " COLUMNS FROM "WHERE x.feed_id = $1 AND x.name = $2"
                                                     " ORDER BY x.id DESC LIMIT 1" };
/* What is stored in one transaction with all of its rows agrees with the ledger: nothing to compare (audit.h). */
static const struct stmt INSERT = {
    "file_insert",
    "INSERT INTO feed_file (id, feed_id, name, state, error, sha256, bytes, seen_at, done_at, rows_read, accepted,"
    " duplicate, superseded, suspended, filtered, read_amount, stored_amount, duplicate_amount, suspended_amount,"
    " filtered_amount, stored_rows, done_offset, done_line, done_row, last_event, header, totals)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
    " $16::bigint + $17::bigint + $18::bigint + $19::bigint, $16, $17, $18, $19, $11::bigint + $13::bigint, $20, $21,"
    " $22, $23, $24, CASE WHEN $4 IN ('loaded', 'partial') THEN 1 ELSE 0 END)"
};
static const struct stmt SET_STATE = { "file_set_state",
                                       "UPDATE feed_file SET state = $2, error = $3, done_at = $4 WHERE id = $1" };
static const struct stmt MARK_DAY = { "file_mark_day", "UPDATE feed_file SET marks_day = true WHERE id = $1" };
static const struct stmt REOPEN = {
    "file_reopen", "UPDATE feed_file SET name = $2, state = 'loading', error = '', done_at = NULL WHERE id = $1"
};
static const struct stmt ADVANCE = {
    "file_advance", "UPDATE feed_file SET done_offset = $3, done_line = $4, done_row = $5, rows_read = rows_read + $6,"
                    " accepted = accepted + $7, duplicate = duplicate + $8, superseded = superseded + $9,"
                    " suspended = suspended + $10, filtered = filtered + $11,"
                    " read_amount = read_amount + $12::bigint + $13::bigint + $14::bigint + $15::bigint,"
                    " stored_amount = stored_amount + $12::bigint, duplicate_amount = duplicate_amount + $13::bigint,"
                    " suspended_amount = suspended_amount + $14::bigint,"
                    " filtered_amount = filtered_amount + $15::bigint,"
                    " stored_rows = stored_rows + $7 + $9, last_event = greatest(last_event, $16),"
                    " header = CASE WHEN length($17::bytea) > 0 THEN $17 ELSE header END,"
                    " state = 'loading' WHERE id = $1 AND done_offset = $2 AND state IN ('seen', 'verified', 'loading')"
};
static const struct stmt RELEASE = {
    "file_release", "UPDATE feed_file SET accepted = accepted + $2, duplicate = duplicate + $3,"
                    " superseded = superseded + $4, suspended = suspended - $5, filtered = filtered + $6,"
                    " stored_amount = stored_amount + $7, duplicate_amount = duplicate_amount + $8,"
                    " filtered_amount = filtered_amount + $9, read_amount = read_amount + $7 + $8 + $9 - $10::bigint,"
                    " suspended_amount = suspended_amount - $10::bigint, stored_rows = stored_rows + $2 + $4,"
                    " totals = CASE WHEN totals = 1 THEN 0 ELSE totals END,"
                    " state = CASE WHEN state = 'partial' AND suspended = $5 THEN 'loaded' ELSE state END"
                    " WHERE id = $1"
};
static const struct stmt RELEASE_FILE = { "file_release_file",
                                          "UPDATE feed_file SET released = true, state = $2, note = $3, error = CASE"
                                          " WHEN $2 = 'loading' THEN '' ELSE error END, done_at = NULL WHERE id = $1" };
static const struct stmt FORGET_REJECTS = { "file_forget_rejects",
                                            "DELETE FROM reject WHERE file_id = $1 AND (row_no >= $2 OR released)" };
static const struct stmt RETRY = {
    "file_retry", "UPDATE feed_file SET state = 'loading', error = '', done_at = NULL, again = state <> 'refused',"
                  " from_row = $2, note = $3, totals = CASE WHEN totals = 3 THEN 3 ELSE 0 END,"
                  " kept_rows = kept_rows + stored_rows, kept_amount = kept_amount + stored_amount, done_offset = 0, "
                  "done_line = 1, done_row = 1, rows_read = r.n, accepted = 0,"
                  " duplicate = 0, superseded = 0, suspended = r.n, filtered = 0, written_off = 0, stored_rows = 0,"
                  " read_amount = r.amount, stored_amount = 0, duplicate_amount = 0, suspended_amount = r.amount,"
                  " filtered_amount = 0, written_off_amount = 0 FROM (SELECT count(*) AS n, coalesce(sum(amount),"
                  " 0)::bigint AS amount FROM reject WHERE file_id = $1) r WHERE id = $1"
};
static const struct stmt WRITE_OFF_FILE = {
    "file_write_off", "UPDATE feed_file SET state = 'written_off', note = $2, done_at = $3 WHERE id = $1"
};
static const struct stmt SET_RESPONSE = { "file_set_response", "UPDATE feed_file SET response = $2 WHERE id = $1" };
static const struct stmt DUE_RESPONSES = { "file_due_responses",
                                           "SELECT " COLUMNS FROM
                                           "WHERE x.response = 1 AND x.state IN ('loaded', 'partial', 'refused',"
                                           " 'superseded') AND x.id > $2::bigint ORDER BY x.id LIMIT $1::int" };
static const struct stmt LIST = {
    "file_list", "SELECT " COLUMNS FROM "WHERE ($1 = '' OR f.code = $1) AND ($2 = '' OR x.name = $2)"
                 " AND ($3 = '' OR x.state = $3) AND ($4::bigint = 0 OR x.id = $4) AND ($5::bigint = 0 OR x.id < $5)"
                 " ORDER BY x.id DESC LIMIT $6::int"
};
/* --- files ---------------------------------------------------------------------------------------------------------
 */

static void decode_amounts(const struct db_rows *rows, int row, struct record_counts *counts)
{
    counts->filtered = (uint64_t)db_i64(rows, row, 20);
    counts->read_amount = db_i64(rows, row, 21);
    counts->stored_amount = db_i64(rows, row, 22);
    counts->duplicate_amount = db_i64(rows, row, 23);
    counts->suspended_amount = db_i64(rows, row, 24);
    counts->filtered_amount = db_i64(rows, row, 25);
}

static void decode(const struct db_rows *rows, int row, struct arena *arena, struct file_row *out)
{
    size_t len;
    const uint8_t *sha = db_bytes(rows, row, 6, &len);

    *out = (struct file_row) { .id = (uint64_t)db_i64(rows, row, 0),
                               .feed_id = (uint32_t)db_i32(rows, row, 1),
                               .feed = arena_strdup(arena, db_text(rows, row, 2)),
                               .name = arena_strdup(arena, db_text(rows, row, 3)),
                               .state = arena_strdup(arena, db_text(rows, row, 4)),
                               .error = arena_strdup(arena, db_text(rows, row, 5)),
                               .bytes = (uint64_t)db_i64(rows, row, 7),
                               .counts = { .read = (uint64_t)db_i64(rows, row, 8),
                                           .accepted = (uint64_t)db_i64(rows, row, 9),
                                           .duplicate = (uint64_t)db_i64(rows, row, 10),
                                           .superseded = (uint64_t)db_i64(rows, row, 11),
                                           .suspended = (uint64_t)db_i64(rows, row, 12) },
                               .done = { (uint64_t)db_i64(rows, row, 13), (uint64_t)db_i64(rows, row, 14),
                                         (uint64_t)db_i64(rows, row, 15) },
                               .has_event = !db_is_null(rows, row, 16),
                               .seen_at = db_time(rows, row, 18) };
    if (len == SHA256_LEN)
        memcpy(out->sha256, sha, SHA256_LEN);
    if (out->has_event)
        out->last_event = db_time(rows, row, 16);
    out->header = db_bytes(rows, row, 17, &out->header_len);
    out->header = arena_memdup(arena, out->header, out->header_len);
    if (!db_is_null(rows, row, 19))
        out->done_at = db_time(rows, row, 19);
    decode_amounts(rows, row, &out->counts);
    out->released = db_bool(rows, row, 26);
    out->from_row = (uint64_t)db_i64(rows, row, 27);
    out->written_off = (uint64_t)db_i64(rows, row, 28);
    out->note = arena_strdup(arena, db_text(rows, row, 29));
    out->city = (uint32_t)db_i32(rows, row, 32);
    out->again = db_bool(rows, row, 33);
}

bool file_store_take_known(struct tx *tx, struct db_rows *rows, struct file_row *out)
{
    bool found = rows->count > 0;

    if (found)
        decode(rows, 0, tx_arena(tx), out);
    db_rows_fini(rows);
    return found;
}

static int get_one(struct tx *tx, const struct stmt *stmt, const struct db_args *args, bool *found,
                   struct file_row *out, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), stmt, args, &rows, err) != 0)
        return -1;
    *found = file_store_take_known(tx, &rows, out);
    return 0;
}

int file_store_by_content(struct tx *tx, uint32_t feed_id, const uint8_t sha256[SHA256_LEN], const char *name,
                          const struct file_number *number, bool replaces, bool *found, struct file_row *out,
                          struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_bytes(&args, sha256, SHA256_LEN);
    db_arg_bool(&args, number->deletes);
    db_arg_i32(&args, (int32_t)number->city);
    if (number->has_day)
        db_arg_date(&args, number->day);
    else
        db_arg_null(&args);
    if (number->has_number)
        db_arg_i64(&args, number->number);
    else
        db_arg_null(&args);
    db_arg_bool(&args, replaces);
    db_arg_text(&args, name);
    return get_one(tx, &BY_CONTENT, &args, found, out, err);
}

int file_store_ask_known(struct tx *tx, uint32_t feed_id, const uint8_t sha256[SHA256_LEN], const char *name,
                         bool deletes, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_bytes(&args, sha256, SHA256_LEN);
    db_arg_text(&args, name);
    db_arg_bool(&args, deletes);
    return db_query_later(tx_db(tx), &BY_CONTENT_OR_NAME, &args, rows, err);
}

int file_store_get(struct tx *tx, uint64_t id, bool *found, struct file_row *out, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    return get_one(tx, &GET, &args, found, out, err);
}

int file_store_by_name(struct tx *tx, uint32_t feed_id, const char *name, bool *found, struct file_row *out,
                       struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_text(&args, name);
    return get_one(tx, &BY_NAME, &args, found, out, err);
}

static void arg_moment(struct db_args *args, bool known, int64_t moment)
{
    if (known)
        db_arg_time(args, moment);
    else
        db_arg_null(args);
}

static void arg_counts(struct db_args *args, const struct record_counts *counts)
{
    db_arg_i64(args, (int64_t)counts->read);
    db_arg_i64(args, (int64_t)counts->accepted);
    db_arg_i64(args, (int64_t)counts->duplicate);
    db_arg_i64(args, (int64_t)counts->superseded);
    db_arg_i64(args, (int64_t)counts->suspended);
    db_arg_i64(args, (int64_t)counts->filtered);
    db_arg_i64(args, counts->stored_amount);
    db_arg_i64(args, counts->duplicate_amount);
    db_arg_i64(args, counts->suspended_amount);
    db_arg_i64(args, counts->filtered_amount);
}

static void arg_place(struct db_args *args, const struct csv_pos *place)
{
    db_arg_i64(args, (int64_t)place->offset);
    db_arg_i64(args, (int64_t)place->line);
    db_arg_i64(args, (int64_t)place->row);
}

int file_store_allot(struct tx *tx, struct file_row *row, struct err *err)
{
    row->seen_at = tx_now(tx);
    row->done = (struct csv_pos) { 0, 1, 1 };
    return feed_store_allot_file(tx, &row->id, err);
}

int file_store_insert(struct tx *tx, const struct file_row *row, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)row->id);
    db_arg_i32(&args, (int32_t)row->feed_id);
    db_arg_text(&args, row->name);
    db_arg_text(&args, row->state);
    db_arg_text(&args, row->error ? row->error : "");
    db_arg_bytes(&args, row->sha256, SHA256_LEN);
    db_arg_i64(&args, (int64_t)row->bytes);
    db_arg_time(&args, row->seen_at);
    arg_moment(&args, row->done_at != 0, row->done_at);
    arg_counts(&args, &row->counts);
    arg_place(&args, &row->done);
    arg_moment(&args, row->has_event, row->last_event);
    db_arg_bytes(&args, row->header ? row->header : (const uint8_t *)"", row->header ? row->header_len : 0);
    return db_later(tx_db(tx), &INSERT, &args, NULL, err);
}

int file_store_set_state(struct tx *tx, uint64_t id, const char *state, const char *error, int64_t done_at,
                         struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    db_arg_text(&args, state);
    db_arg_text(&args, error);
    arg_moment(&args, done_at != 0, done_at);
    return db_exec(tx_db(tx), &SET_STATE, &args, NULL, err);
}

int file_store_mark_day(struct tx *tx, uint64_t id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    return db_exec(tx_db(tx), &MARK_DAY, &args, NULL, err);
}

int file_store_reopen(struct tx *tx, uint64_t id, const char *name, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    db_arg_text(&args, name);
    return db_exec(tx_db(tx), &REOPEN, &args, NULL, err);
}

int file_store_release_file(struct tx *tx, uint64_t id, const char *state, const char *note, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    db_arg_text(&args, state);
    db_arg_text(&args, note);
    return db_exec(tx_db(tx), &RELEASE_FILE, &args, NULL, err);
}

int file_store_retry(struct tx *tx, uint64_t id, uint64_t row, const char *note, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    db_arg_i64(&args, (int64_t)row);
    if (db_exec(tx_db(tx), &FORGET_REJECTS, &args, NULL, err) != 0)
        return -1;
    db_arg_text(&args, note);
    return db_exec(tx_db(tx), &RETRY, &args, NULL, err);
}

int file_store_write_off(struct tx *tx, uint64_t id, const char *note, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    db_arg_text(&args, note);
    db_arg_time(&args, tx_now(tx));
    return db_exec(tx_db(tx), &WRITE_OFF_FILE, &args, NULL, err);
}

int file_store_advance(struct tx *tx, const struct row_batch *batch, const struct record_counts *counts, bool *moved,
                       struct err *err)
{
    struct db_args args;
    int64_t affected = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)batch->file_id);
    db_arg_i64(&args, (int64_t)batch->from.offset);
    arg_place(&args, &batch->to);
    arg_counts(&args, counts);
    arg_moment(&args, batch->has_event, batch->last_event);
    db_arg_bytes(&args, batch->header ? batch->header : (const uint8_t *)"", batch->header ? batch->header_len : 0);
    if (db_exec(tx_db(tx), &ADVANCE, &args, &affected, err) != 0)
        return -1;
    *moved = affected == 1;
    return 0;
}

int file_store_release(struct tx *tx, uint64_t id, const struct record_counts *counts, uint64_t released,
                       int64_t amount, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    db_arg_i64(&args, (int64_t)counts->accepted);
    db_arg_i64(&args, (int64_t)counts->duplicate);
    db_arg_i64(&args, (int64_t)counts->superseded);
    db_arg_i64(&args, (int64_t)released);
    db_arg_i64(&args, (int64_t)counts->filtered);
    db_arg_i64(&args, counts->stored_amount);
    db_arg_i64(&args, counts->duplicate_amount);
    db_arg_i64(&args, counts->filtered_amount);
    db_arg_i64(&args, amount);
    return db_exec(tx_db(tx), &RELEASE, &args, NULL, err);
}

int file_store_set_response(struct tx *tx, uint64_t id, enum response_state state, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    db_arg_i16(&args, (int16_t)state);
    return db_exec(tx_db(tx), &SET_RESPONSE, &args, NULL, err);
}

static int get_list(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct file_row **out,
                    size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), stmt, args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct file_row, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        decode(&rows, i, tx_arena(tx), &(*out)[i]);
    db_rows_fini(&rows);
    return 0;
}

int file_store_due_responses(struct tx *tx, uint64_t after, uint32_t limit, struct file_row **out, size_t *count,
                             struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)limit);
    db_arg_i64(&args, (int64_t)after);
    return get_list(tx, &DUE_RESPONSES, &args, out, count, err);
}

int file_store_list(struct tx *tx, const struct file_filter *filter, struct file_row **out, size_t *count,
                    struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, filter->feed);
    db_arg_text(&args, filter->name);
    db_arg_text(&args, filter->state);
    db_arg_i64(&args, (int64_t)filter->id);
    db_arg_i64(&args, (int64_t)filter->before);
    db_arg_i32(&args, (int32_t)filter->limit);
    return get_list(tx, &LIST, &args, out, count, err);
}

void file_row_to_message(const struct file_row *row, struct arena *arena, Bihuan__FeedFile *out)
{
    char *hex = arena_alloc(arena, SHA256_LEN * 2 + 1);

    for (int i = 0; i < SHA256_LEN; i++)
        snprintf(hex + 2 * i, 3, "%02x", row->sha256[i]);
    bihuan__feed_file__init(out);
    out->id = row->id;
    out->feed = arena_strdup(arena, row->feed);
    out->name = arena_strdup(arena, row->name);
    out->state = arena_strdup(arena, row->state);
    out->error = arena_strdup(arena, row->error);
    out->bytes = row->bytes;
    out->read = row->counts.read;
    out->accepted = row->counts.accepted;
    out->duplicate = row->counts.duplicate;
    out->superseded = row->counts.superseded;
    out->suspended = row->counts.suspended;
    out->filtered = row->counts.filtered;
    out->written_off = row->written_off;
    out->note = arena_strdup(arena, row->note ? row->note : "");
    out->done_bytes = row->done.offset;
    out->sha256 = hex;
    out->seen_at = row->seen_at;
    out->done_at = row->done_at;
}
