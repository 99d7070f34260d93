/* act_store: see act_store.h. */
#include "incentive/acts/act_store.h"

static const struct stmt REBUILD = { "rebuild", "SELECT next, last FROM rebuild" };
static const struct stmt PUT_REBUILD = { "rebuild_put", "INSERT INTO rebuild (next, last) VALUES ($1, $2) ON CONFLICT"
                                                        " (one) DO UPDATE SET next = EXCLUDED.next" };
static const struct stmt IS_EMPTY = {
    "rebuild_is_empty", "SELECT NOT EXISTS (SELECT FROM bus_position WHERE seq > 0) AND NOT EXISTS (SELECT FROM"
                        " document) AND NOT EXISTS (SELECT FROM credit) AND NOT EXISTS (SELECT FROM closing) AND NOT"
                        " EXISTS (SELECT FROM pay_entry) AND NOT EXISTS (SELECT FROM internal_order)"
};

int act_store_next(struct tx *tx, uint64_t from, uint64_t to, struct arena *arena, const Bihuan__ActTaken **out,
                   uint64_t *seq, bool *found, struct err *err)
{
    struct own_event event;

    if (tx_own_event(tx, 0, from, to, MSG(ACT_TAKEN), arena, &event, found, err) != 0)
        return -1;
    if (!*found)
        return 0;
    *seq = event.seq;
    *out = bihuan__act_taken__unpack(&arena->allocator, event.payload_len, event.payload);
    return *out ? 0 : err_set(err, "could not decode an act of the own stream");
}

int act_store_rebuild(struct tx *tx, bool *begun, uint64_t *next, uint64_t *last, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &REBUILD, NULL, &rows, err) != 0)
        return -1;
    *begun = rows.count == 1;
    *next = *begun ? (uint64_t)db_i64(&rows, 0, 0) : 0;
    *last = *begun ? (uint64_t)db_i64(&rows, 0, 1) : 0;
    db_rows_fini(&rows);
    return 0;
}

int act_store_put_rebuild(struct tx *tx, uint64_t next, uint64_t last, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)next);
    db_arg_i64(&args, (int64_t)last);
    return db_exec(tx_db(tx), &PUT_REBUILD, &args, NULL, err);
}

int act_store_is_empty(struct tx *tx, bool *empty, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &IS_EMPTY, NULL, &rows, err) != 0)
        return -1;
    *empty = db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}
