/* held_store: see held_store.h. */
#include "monitoring/telling/held_store.h"

#include "monitoring/telling/telling.h"

static const struct stmt PUT = { "held_put", "INSERT INTO held (alert_id, receiver, reason, since)"
                                             " VALUES ($1, $2, $3, $4) ON CONFLICT (alert_id, receiver) DO NOTHING" };
static const struct stmt DROP = { "held_drop", "DELETE FROM held WHERE alert_id = $1 AND receiver = $2" };
static const struct stmt PAGE = { "held_page", "SELECT alert_id, receiver, reason, since FROM held"
                                               " WHERE (receiver, since, alert_id) > ($1, $2::timestamptz, $3)"
                                               " ORDER BY receiver, since, alert_id LIMIT $4::int" };
static const struct stmt ALERTS = { "held_alerts", "SELECT DISTINCT alert_id COLLATE \"C\" FROM held ORDER BY 1" };
static const struct stmt OF = { "held_of", "SELECT alert_id, receiver, reason, since FROM held WHERE alert_id = $1"
                                           " ORDER BY receiver" };
static const struct stmt HAD = { "daily_had", "SELECT 1 FROM daily_message WHERE receiver = $1 AND measure_id = $2"
                                              " AND day = $3" };
static const struct stmt NOTE = { "daily_note", "INSERT INTO daily_message (receiver, measure_id, day)"
                                                " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING" };
static const struct stmt FORGET = { "daily_forget", "DELETE FROM daily_message WHERE receiver = $1 AND day < $2" };
static const struct stmt DIGEST = { "digest_day", "SELECT day FROM digest WHERE route = $1" };
static const struct stmt PUT_DIGEST = { "digest_put", "INSERT INTO digest (route, day) VALUES ($1, $2)"
                                                      " ON CONFLICT (route) DO UPDATE SET day = excluded.day" };

int held_store_put(struct tx *tx, const char *alert, const char *receiver, const char *reason, struct err *err)
{
    struct db_args args;

    monitoring_of(tx)->telling->held_none = false;
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, alert);
    db_arg_text(&args, receiver);
    db_arg_text(&args, reason);
    db_arg_time(&args, tx_now(tx));
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

int held_store_drop(struct tx *tx, const char *alert, const char *receiver, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, alert);
    db_arg_text(&args, receiver);
    return db_exec(tx_db(tx), &DROP, &args, NULL, err);
}

int held_store_alerts(struct tx *tx, const char ***out, size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &ALERTS, NULL, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), const char *, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = arena_strdup(tx_arena(tx), db_text(&rows, i, 0));
    db_rows_fini(&rows);
    return 0;
}

static int read_held(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct held **out,
                     size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), stmt, args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct held, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct held) { arena_strdup(tx_arena(tx), db_text(&rows, i, 0)),
                                    arena_strdup(tx_arena(tx), db_text(&rows, i, 1)),
                                    arena_strdup(tx_arena(tx), db_text(&rows, i, 2)), db_time(&rows, i, 3) };
    db_rows_fini(&rows);
    return 0;
}

int held_store_all(struct tx *tx, const char *alert, struct held **out, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, alert);
    return read_held(tx, &OF, &args, out, count, err);
}

int held_store_page(struct tx *tx, const struct held *after, struct held **out, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, after ? after->receiver : "");
    db_arg_time(&args, after ? after->since_us : 0);
    db_arg_text(&args, after ? after->alert : "");
    db_arg_i32(&args, HELD_PAGE);
    return read_held(tx, &PAGE, &args, out, count, err);
}

int daily_store_had(struct tx *tx, const char *receiver, uint32_t measure_id, int32_t day, bool *had, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, receiver);
    db_arg_i32(&args, (int32_t)measure_id);
    db_arg_date(&args, day);
    if (db_query(tx_db(tx), &HAD, &args, &rows, err) != 0)
        return -1;
    *had = rows.count > 0;
    db_rows_fini(&rows);
    return 0;
}

int daily_store_note(struct tx *tx, const char *receiver, uint32_t measure_id, int32_t day, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, receiver);
    db_arg_i32(&args, (int32_t)measure_id);
    db_arg_date(&args, day);
    if (db_exec(tx_db(tx), &NOTE, &args, NULL, err) != 0)
        return -1;
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, receiver);
    db_arg_date(&args, day);
    return db_exec(tx_db(tx), &FORGET, &args, NULL, err);
}

int digest_store_day(struct tx *tx, const char *route, int32_t *day, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, route);
    if (db_query(tx_db(tx), &DIGEST, &args, &rows, err) != 0)
        return -1;
    *day = rows.count ? db_date(&rows, 0, 0) : INT32_MIN;
    db_rows_fini(&rows);
    return 0;
}

int digest_store_put(struct tx *tx, const char *route, int32_t day, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, route);
    db_arg_date(&args, day);
    return db_exec(tx_db(tx), &PUT_DIGEST, &args, NULL, err);
}
