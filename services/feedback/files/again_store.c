/* again_store: see again_store.h. */
#include "feedback/files/again_store.h"

#include <stdio.h>

static const struct stmt NOTE = { "again_note", "INSERT INTO feed_again SELECT id FROM feed WHERE code = $1"
                                                " ON CONFLICT DO NOTHING" };
static const struct stmt REOPEN = { "again_reopen",
                                    "INSERT INTO reopening (asked_at, after_file, after_row) VALUES ($1, 0, 0)"
                                    " ON CONFLICT (one) DO UPDATE SET asked_at = excluded.asked_at, after_file = 0,"
                                    " after_row = 0" };
/* What was said in the future was said before the clock was set. */
static const struct stmt REOPENING = { "again_reopening", "SELECT after_file, after_row FROM reopening"
                                                          " WHERE asked_at <= $1 OR asked_at > $2" };
static const struct stmt MOVE = { "again_reopen_move", "UPDATE reopening SET after_file = $1, after_row = $2" };
static const struct stmt END = { "again_reopen_end", "DELETE FROM reopening" };
static const struct stmt TAKE = { "again_take", "DELETE FROM feed_again RETURNING feed_id" };

static const struct stmt APPENDED = { "again_appended", "SELECT feed_id, until, day, place FROM appended_again"
                                                        " ORDER BY feed_id LIMIT 1" };
static const struct stmt APPENDED_BEGIN = {
    "again_appended_begin", "INSERT INTO appended_again (feed_id, until, day, place)"
                            " SELECT $1, coalesce(max(id), 0), '', 0 FROM feed_file"
                            " ON CONFLICT (feed_id) DO UPDATE SET until = excluded.until, day = '', place = 0"
};
static const struct stmt APPENDED_MOVE = { "again_appended_move",
                                           "UPDATE appended_again SET day = $2, place = $3 WHERE feed_id = $1" };
static const struct stmt APPENDED_END = { "again_appended_end", "DELETE FROM appended_again WHERE feed_id = $1" };

int again_store_note(struct tx *tx, const char *feed, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, feed);
    return db_exec(tx_db(tx), &NOTE, &args, NULL, err);
}

int again_store_take(struct tx *tx, uint32_t **feeds, size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &TAKE, NULL, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *feeds = arena_array(tx_arena(tx), uint32_t, *count + 1);
    for (size_t i = 0; i < *count; i++)
        (*feeds)[i] = (uint32_t)db_i32(&rows, (int)i, 0);
    db_rows_fini(&rows);
    return 0;
}

int again_store_appended(struct tx *tx, struct appended_place *out, bool *found, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &APPENDED, NULL, &rows, err) != 0)
        return -1;
    *found = rows.count > 0;
    if (*found) {
        *out = (struct appended_place) { .feed_id = (uint32_t)db_i32(&rows, 0, 0),
                                         .until = (uint64_t)db_i64(&rows, 0, 1),
                                         .at = (uint64_t)db_i64(&rows, 0, 3) };
        snprintf(out->day, sizeof out->day, "%s", db_text(&rows, 0, 2));
    }
    db_rows_fini(&rows);
    return 0;
}

int again_store_appended_begin(struct tx *tx, uint32_t feed_id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    return db_exec(tx_db(tx), &APPENDED_BEGIN, &args, NULL, err);
}

int again_store_appended_move(struct tx *tx, const struct appended_place *place, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)place->feed_id);
    db_arg_text(&args, place->day);
    db_arg_i64(&args, (int64_t)place->at);
    return db_exec(tx_db(tx), &APPENDED_MOVE, &args, NULL, err);
}

int again_store_appended_end(struct tx *tx, uint32_t feed_id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    return db_exec(tx_db(tx), &APPENDED_END, &args, NULL, err);
}

int again_store_reopen(struct tx *tx, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_time(&args, tx_now(tx));
    return db_exec(tx_db(tx), &REOPEN, &args, NULL, err);
}

int again_store_reopening(struct tx *tx, int64_t before, struct reject_filter *filter, bool *due, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_time(&args, before);
    db_arg_time(&args, tx_now(tx));
    if (db_query(tx_db(tx), &REOPENING, &args, &rows, err) != 0)
        return -1;
    *due = rows.count > 0;
    if (*due) {
        filter->after_file = (uint64_t)db_i64(&rows, 0, 0);
        filter->after_row = (uint64_t)db_i64(&rows, 0, 1);
    }
    db_rows_fini(&rows);
    return 0;
}

int again_store_reopened(struct tx *tx, const struct reject_filter *filter, bool ended, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    if (ended)
        return db_exec(tx_db(tx), &END, &args, NULL, err);
    db_arg_i64(&args, (int64_t)filter->after_file);
    db_arg_i64(&args, (int64_t)filter->after_row);
    return db_exec(tx_db(tx), &MOVE, &args, NULL, err);
}
