/* control_store: see control_store.h. */
#include "feedback/control/control_store.h"

#include <string.h>

static const struct stmt TAG = { "control_tag", "UPDATE feed_file SET file_day = $2, sequence_no = $3, companion = $4,"
                                                " city = $5, deletes = $6 WHERE id = $1" };
static const struct stmt LAST = { "control_last",
                                  "SELECT sequence_no FROM feed_file WHERE feed_id = $1"
                                  " AND city = $2 AND sequence_no IS NOT NULL ORDER BY id DESC LIMIT 1" };
static const struct stmt HOLDER = {
    "control_holder",
    "SELECT name FROM feed_file WHERE feed_id = $1 AND id <> $2 AND sequence_no = $3"
    " AND ($4::date IS NULL OR file_day = $4) AND city = $5 AND state NOT IN ('refused', 'duplicate', 'waiting',"
    " 'written_off') ORDER BY id LIMIT 1"
};
/* Or one that an operator wants read again. */
static const struct stmt WAITING = {
    "control_waiting",
    "SELECT id, released OR again FROM feed_file WHERE feed_id = $1 AND name = $2 AND (state = 'waiting' OR"
    " ((released OR again) AND state IN ('seen', 'verified', 'loading'))) ORDER BY state = 'waiting', id LIMIT 1"
};
static const struct stmt ADOPT = { "control_adopt", "UPDATE feed_file SET sha256 = $2, bytes = $3, state = $4,"
                                                    " error = '', done_at = $5 WHERE id = $1" };
static const struct stmt VERIFIED = { "control_verified",
                                      "UPDATE feed_file SET state = 'verified', control_rows = $2, control_amount = $3,"
                                      " control_through = $4"
                                      " WHERE id = $1 AND state IN ('seen', 'loading', 'verified')" };
static const struct stmt THROUGH = { "control_through", "SELECT control_through FROM feed_file WHERE id = $1" };
#define BROUGHT "(state IN ('loaded', 'partial', 'superseded') OR marks_day)"
static const struct stmt DONE_DAYS = { "control_done_days",
                                       "SELECT DISTINCT file_day FROM feed_file WHERE feed_id = $1 AND file_day >= $2"
                                       " AND city = $3 AND " BROUGHT " ORDER BY 1" };
static const struct stmt FIRST_DAY = { "control_first_day", "SELECT min(file_day) FROM feed_file WHERE feed_id = $1"
                                                            " AND city = $2 AND " BROUGHT };
static const struct stmt HELD = {
    "control_held", "SELECT DISTINCT CASE WHEN $2 THEN file_day ELSE '1900-01-01' END, sequence_no FROM feed_file"
                    " WHERE feed_id = $1 AND sequence_no IS NOT NULL AND state <> 'refused'"
                    " AND seen_at > $3 AND city = $4 ORDER BY 1, 2"
};
static const struct stmt HELD_DAYS = {
    "control_held_days",
    "SELECT DISTINCT file_day, 0::bigint FROM feed_file WHERE feed_id = $1 AND file_day IS NOT NULL"
    " AND state <> 'refused' AND seen_at > $2 AND city = $3 ORDER BY 1"
};
static const struct stmt NOTICE = { "missing_notice",
                                    "INSERT INTO feed_missing (feed_id, what, city, file_day, number, since)"
                                    " SELECT $1, $2, $3, n.d, n.n, $6 FROM unnest($4::date[], $5::bigint[]) n(d, n)"
                                    " ON CONFLICT DO NOTHING" };
static const struct stmt OPEN = { "missing_open", "SELECT file_day, number FROM feed_missing WHERE feed_id = $1"
                                                  " AND what = $2 AND city = $3 ORDER BY 1, 2" };
/* However long ago it was seen. A number is missing as long as a higher one is held: one that was only looked at, and
 * refused, tells nothing. */
static const struct stmt CAME = {
    "missing_came",
    "SELECT d, n, came FROM (SELECT n.d, n.n, CASE WHEN $2 = 'day' THEN EXISTS (SELECT 1 FROM feed_file f WHERE"
    " f.feed_id = $1 AND f.file_day = n.d AND f.city = $3 AND f.state <> 'refused') ELSE EXISTS (SELECT 1 FROM"
    " feed_file f WHERE f.feed_id = $1 AND f.sequence_no = n.n AND f.city = $3 AND f.state <> 'refused'"
    " AND (n.d = '1900-01-01' OR f.file_day = n.d)) END AS came FROM unnest($4::date[], $5::bigint[]) n(d, n)) g"
    " WHERE came OR ($2 <> 'day' AND NOT EXISTS (SELECT 1 FROM feed_file f WHERE f.feed_id = $1 AND f.sequence_no > g.n"
    " AND f.city = $3 AND f.state <> 'refused' AND (g.d = '1900-01-01' OR f.file_day = g.d)))"
};
static const struct stmt CLOSE = {
    "missing_close",
    "DELETE FROM feed_missing m WHERE feed_id = $1 AND what = $2 AND city = $3 AND NOT EXISTS"
    " (SELECT 1 FROM unnest($4::date[], $5::bigint[]) n(d, n) WHERE n.d = m.file_day AND n.n = m.number)"
    " RETURNING file_day, number, told_at IS NOT NULL"
};
static const struct stmt TELL = { "missing_tell",
                                  "UPDATE feed_missing SET told_at = $5 WHERE feed_id = $1 AND what = $2 AND city = $3"
                                  " AND told_at IS NULL AND since <= $4 RETURNING file_day, number, true" };
static const struct stmt LIST = { "missing_list",
                                  "SELECT f.code, m.what, m.file_day, m.number, m.since, m.told_at,"
                                  " coalesce(u.code, '') FROM feed_missing m JOIN feed f ON f.id = m.feed_id"
                                  " LEFT JOIN ref_unit u ON u.id = m.city WHERE $1 = '' OR f.code = $1"
                                  " ORDER BY f.code, m.what, m.file_day, m.number, m.city LIMIT $2::int" };

#define HELD_FOR (INT64_C(62) * 86400 * 1000000) /* what was seen longer ago opens no gap any more */

/* --- numbers -------------------------------------------------------------------------------------------------------
 */

int control_store_tag(struct tx *tx, uint64_t id, const struct file_number *number, const char *companion,
                      struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    if (number->has_day)
        db_arg_date(&args, number->day);
    else
        db_arg_null(&args);
    if (number->has_number)
        db_arg_i64(&args, number->number);
    else
        db_arg_null(&args);
    db_arg_text(&args, companion);
    db_arg_i32(&args, (int32_t)number->city);
    db_arg_bool(&args, number->deletes);
    return db_later(tx_db(tx), &TAG, &args, NULL, err);
}

int control_store_last_number(struct tx *tx, uint32_t feed_id, uint32_t city, bool *found, int64_t *number,
                              struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_i32(&args, (int32_t)city);
    if (db_query(tx_db(tx), &LAST, &args, &rows, err) != 0)
        return -1;
    *found = rows.count > 0;
    *number = *found ? db_i64(&rows, 0, 0) : 0;
    db_rows_fini(&rows);
    return 0;
}

int control_store_holder(struct tx *tx, uint32_t feed_id, uint64_t id, bool daily, const struct file_number *number,
                         const char **name, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_i64(&args, (int64_t)id);
    db_arg_i64(&args, number->number);
    if (daily)
        db_arg_date(&args, number->day);
    else
        db_arg_null(&args);
    db_arg_i32(&args, (int32_t)number->city);
    if (db_query(tx_db(tx), &HOLDER, &args, &rows, err) != 0)
        return -1;
    *name = rows.count ? arena_strdup(tx_arena(tx), db_text(&rows, 0, 0)) : "";
    db_rows_fini(&rows);
    return 0;
}

/* --- files that wait -------------------------------------------------------------------------------------------------
 */

int control_store_waiting(struct tx *tx, uint32_t feed_id, const char *name, uint64_t *id, bool *released,
                          struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_text(&args, name);
    if (db_query(tx_db(tx), &WAITING, &args, &rows, err) != 0)
        return -1;
    *id = rows.count ? (uint64_t)db_i64(&rows, 0, 0) : 0;
    *released = rows.count && db_bool(&rows, 0, 1);
    db_rows_fini(&rows);
    return 0;
}

int control_store_adopt(struct tx *tx, uint64_t id, const uint8_t sha256[SHA256_LEN], uint64_t bytes, const char *state,
                        int64_t done_at, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    db_arg_bytes(&args, sha256, SHA256_LEN);
    db_arg_i64(&args, (int64_t)bytes);
    db_arg_text(&args, state);
    if (done_at)
        db_arg_time(&args, done_at);
    else
        db_arg_null(&args);
    return db_exec(tx_db(tx), &ADOPT, &args, NULL, err);
}

int control_store_verified(struct tx *tx, uint64_t id, const struct control_said *said, struct err *err)
{
    static const enum control_what kept[] = { CONTROL_ROWS, CONTROL_SUM };
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    for (int i = 0; i < 2; i++) {
        if (said->has[kept[i]])
            db_arg_i64(&args, said->number[kept[i]]);
        else
            db_arg_null(&args);
    }
    if (said->has[CONTROL_THROUGH])
        db_arg_time(&args, said->number[CONTROL_THROUGH]);
    else
        db_arg_null(&args);
    return db_exec(tx_db(tx), &VERIFIED, &args, NULL, err);
}

int control_store_through(struct tx *tx, uint64_t id, bool *has, int64_t *through, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    if (db_query(tx_db(tx), &THROUGH, &args, &rows, err) != 0)
        return -1;
    *has = rows.count > 0 && !db_is_null(&rows, 0, 0);
    if (*has)
        *through = db_time(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int control_store_first_day(struct tx *tx, uint32_t feed_id, uint32_t city, bool *has, int32_t *day, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_i32(&args, (int32_t)city);
    if (db_query(tx_db(tx), &FIRST_DAY, &args, &rows, err) != 0)
        return -1;
    *has = !db_is_null(&rows, 0, 0);
    if (*has)
        *day = db_date(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int control_store_done_days(struct tx *tx, uint32_t feed_id, uint32_t city, int32_t from, int32_t **out, size_t *count,
                            struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_date(&args, from);
    db_arg_i32(&args, (int32_t)city);
    if (db_query(tx_db(tx), &DONE_DAYS, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(tx_arena(tx), int32_t, *count + 1);
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = db_date(&rows, i, 0);
    db_rows_fini(&rows);
    return 0;
}

/* --- what is missing -------------------------------------------------------------------------------------------------
 */

static int32_t day_of(const struct db_rows *rows, int row, int column)
{
    int32_t day = db_date(rows, row, column);

    return day == NO_FILE_DAY ? NO_DAY : day;
}

static void take_numbers(struct tx *tx, const struct db_rows *rows, bool only_told, struct held_number **out,
                         size_t *count)
{
    *out = arena_array(tx_arena(tx), struct held_number, rows->count + 1);
    *count = 0;
    for (int i = 0; i < rows->count; i++)
        if (!only_told || db_bool(rows, i, 2))
            (*out)[(*count)++] = (struct held_number) { day_of(rows, i, 0), db_i64(rows, i, 1) };
}

int control_store_held(struct tx *tx, uint32_t feed_id, uint32_t city, bool daily, struct held_number **out,
                       size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_bool(&args, daily);
    db_arg_time(&args, tx_now(tx) - HELD_FOR);
    db_arg_i32(&args, (int32_t)city);
    if (db_query(tx_db(tx), &HELD, &args, &rows, err) != 0)
        return -1;
    take_numbers(tx, &rows, false, out, count);
    db_rows_fini(&rows);
    return 0;
}

int control_store_held_days(struct tx *tx, uint32_t feed_id, uint32_t city, struct held_number **out, size_t *count,
                            struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_time(&args, tx_now(tx) - HELD_FOR);
    db_arg_i32(&args, (int32_t)city);
    if (db_query(tx_db(tx), &HELD_DAYS, &args, &rows, err) != 0)
        return -1;
    take_numbers(tx, &rows, false, out, count);
    db_rows_fini(&rows);
    return 0;
}

static void begin_args(struct tx *tx, struct db_args *args, uint32_t feed_id, uint32_t city, const char *what)
{
    db_args_init(args, tx_arena(tx));
    db_arg_i32(args, (int32_t)feed_id);
    db_arg_text(args, what);
    db_arg_i32(args, (int32_t)city);
}

/* The two arrays that NOTICE and CLOSE read side by side. */
static void arg_numbers(struct tx *tx, struct db_args *args, const struct held_number *now, size_t count)
{
    int32_t *days = arena_array(tx_arena(tx), int32_t, count + 1);
    int64_t *numbers = arena_array(tx_arena(tx), int64_t, count + 1);

    for (size_t i = 0; i < count; i++) {
        days[i] = now[i].day == NO_DAY ? NO_FILE_DAY : now[i].day;
        numbers[i] = now[i].number;
    }
    db_arg_date_array(args, days, count);
    db_arg_i64_array(args, numbers, count);
}

static int ask_numbers(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct held_number **out,
                       size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), stmt, args, &rows, err) != 0)
        return -1;
    take_numbers(tx, &rows, true, out, count);
    db_rows_fini(&rows);
    return 0;
}

int control_store_open_gaps(struct tx *tx, uint32_t feed_id, uint32_t city, const char *what, struct held_number **out,
                            size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    begin_args(tx, &args, feed_id, city, what);
    if (db_query(tx_db(tx), &OPEN, &args, &rows, err) != 0)
        return -1;
    take_numbers(tx, &rows, false, out, count);
    db_rows_fini(&rows);
    return 0;
}

int control_store_came(struct tx *tx, uint32_t feed_id, uint32_t city, const char *what, const struct held_number *gaps,
                       size_t count, struct held_number **closing, size_t *closing_count, struct held_number **came,
                       size_t *came_count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    begin_args(tx, &args, feed_id, city, what);
    arg_numbers(tx, &args, gaps, count);
    if (db_query(tx_db(tx), &CAME, &args, &rows, err) != 0)
        return -1;
    take_numbers(tx, &rows, false, closing, closing_count);
    take_numbers(tx, &rows, true, came, came_count);
    db_rows_fini(&rows);
    return 0;
}

int control_store_missing(struct tx *tx, uint32_t feed_id, uint32_t city, const char *what,
                          const struct held_number *now, size_t count, int64_t before, struct held_number **opened,
                          size_t *opened_count, struct held_number **closed, size_t *closed_count, struct err *err)
{
    struct db_args args;

    begin_args(tx, &args, feed_id, city, what);
    arg_numbers(tx, &args, now, count);
    if (ask_numbers(tx, &CLOSE, &args, closed, closed_count, err) != 0)
        return -1;
    db_arg_time(&args, tx_now(tx));
    if (count && db_exec(tx_db(tx), &NOTICE, &args, NULL, err) != 0)
        return -1;
    begin_args(tx, &args, feed_id, city, what);
    db_arg_time(&args, before);
    db_arg_time(&args, tx_now(tx));
    return ask_numbers(tx, &TELL, &args, opened, opened_count, err);
}

int control_store_list_missing(struct tx *tx, const char *feed, uint32_t limit, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, feed);
    db_arg_i32(&args, (int32_t)limit);
    return db_query(tx_db(tx), &LIST, &args, rows, err);
}
