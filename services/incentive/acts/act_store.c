/* act_store: see act_store.h. */
#include "incentive/acts/act_store.h"

#include "bus/wire.h"

static const struct stmt NEXT = { "act_next",
                                  "SELECT seq, envelope, payload FROM bus_stream WHERE bucket = 0 AND seq >= $1 AND seq"
                                  " <= $2 AND type = $3 ORDER BY seq LIMIT 1" };
static const struct stmt REBUILD = { "rebuild", "SELECT next, last FROM rebuild" };
static const struct stmt PUT_REBUILD = { "rebuild_put", "INSERT INTO rebuild (next, last) VALUES ($1, $2) ON CONFLICT"
                                                        " (one) DO UPDATE SET next = EXCLUDED.next" };
static const struct stmt IS_EMPTY = {
    "rebuild_is_empty", "SELECT NOT EXISTS (SELECT FROM bus_position WHERE seq > 0) AND NOT EXISTS (SELECT FROM"
                        " document) AND NOT EXISTS (SELECT FROM credit) AND NOT EXISTS (SELECT FROM closing) AND NOT"
                        " EXISTS (SELECT FROM pay_entry) AND NOT EXISTS (SELECT FROM internal_order)"
};

static int open_act(const struct db_rows *rows, struct arena *arena, const Bihuan__ActTaken **out, struct err *err)
{
    const uint8_t *bytes, *raw;
    size_t len, raw_len;
    Bihuan__Envelope *envelope;

    bytes = db_bytes(rows, 0, 1, &len);
    envelope = bihuan__envelope__unpack(&arena->allocator, len, bytes);
    if (!envelope)
        return err_set(err, "could not decode an envelope of the own stream");
    bytes = db_bytes(rows, 0, 2, &len);
    if (wire_open_payload(envelope, bytes, len, arena, &raw, &raw_len, err) != 0)
        return -1;
    *out = bihuan__act_taken__unpack(&arena->allocator, raw_len, raw);
    return *out ? 0 : err_set(err, "could not decode an act of the own stream");
}

int act_store_next(struct tx *tx, uint64_t from, uint64_t to, struct arena *arena, const Bihuan__ActTaken **out,
                   uint64_t *seq, bool *found, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)from);
    db_arg_i64(&args, (int64_t)to);
    db_arg_i32(&args, (int32_t)MSG(ACT_TAKEN));
    if (db_query(tx_db(tx), &NEXT, &args, &rows, err) != 0)
        return -1;
    *found = rows.count == 1;
    if (*found)
        *seq = (uint64_t)db_i64(&rows, 0, 0);
    rc = *found ? open_act(&rows, arena, out, err) : 0;
    db_rows_fini(&rows);
    return rc;
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
