/* lease_store: see lease_store.h. */
#include "bus/lease_store.h"

static const struct stmt CLAIM = {
    "lease_claim",
    "WITH mine AS (SELECT bucket FROM bus_lease WHERE owner = $1 OR owner IS NULL OR until <= clock_timestamp()"
    " ORDER BY bucket FOR UPDATE)"
    " UPDATE bus_lease l SET owner = $1, epoch = (SELECT max(epoch) + 1 FROM bus_lease),"
    " until = clock_timestamp() + make_interval(secs => $2::int)"
    " FROM mine WHERE l.bucket = mine.bucket AND (SELECT count(*) FROM mine) = $3::int RETURNING l.epoch"
};
static const struct stmt FENCE = { "lease_fence", "UPDATE bus_head SET epoch = $1 WHERE epoch < $1" };
static const struct stmt RENEW = {
    "lease_renew", "UPDATE bus_lease SET until = clock_timestamp() + make_interval(secs => $3::int)"
                   " WHERE owner = $1 AND epoch = $2"
};
static const struct stmt RELEASE = { "lease_release", "UPDATE bus_lease SET owner = NULL, until = '-infinity'"
                                                      " WHERE owner = $1 AND epoch = $2" };

static int claim_rows(struct db *db, struct arena *arena, const char *owner, int ttl_s, uint32_t buckets, bool *held,
                      uint64_t *epoch, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_text(&args, owner);
    db_arg_i32(&args, ttl_s);
    db_arg_i32(&args, (int32_t)buckets);
    if (db_query(db, &CLAIM, &args, &rows, err) != 0)
        return -1;
    *held = rows.count == (int)buckets;
    if (*held)
        *epoch = (uint64_t)db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

static int fence_heads(struct db *db, struct arena *arena, uint64_t epoch, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i64(&args, (int64_t)epoch);
    return db_exec(db, &FENCE, &args, NULL, err);
}

int lease_store_claim(struct db *db, const char *owner, int ttl_s, uint32_t buckets, bool *held, uint64_t *epoch,
                      struct err *err)
{
    struct arena arena;
    int rc;

    *held = false;
    arena_init(&arena);
    rc = claim_rows(db, &arena, owner, ttl_s, buckets, held, epoch, err);
    if (rc == 0 && *held)
        rc = fence_heads(db, &arena, *epoch, err);
    arena_fini(&arena);
    return rc;
}

static int owned(struct db *db, const struct stmt *stmt, const char *owner, uint64_t epoch, int ttl_s,
                 int64_t *affected, struct err *err)
{
    struct arena arena;
    struct db_args args;
    int rc;

    arena_init(&arena);
    db_args_init(&args, &arena);
    db_arg_text(&args, owner);
    db_arg_i64(&args, (int64_t)epoch);
    if (ttl_s)
        db_arg_i32(&args, ttl_s);
    rc = db_exec(db, stmt, &args, affected, err);
    arena_fini(&arena);
    return rc;
}

int lease_store_renew(struct db *db, const char *owner, uint64_t epoch, int ttl_s, uint32_t buckets, bool *held,
                      struct err *err)
{
    int64_t affected = 0;

    if (owned(db, &RENEW, owner, epoch, ttl_s, &affected, err) != 0)
        return -1;
    *held = affected == (int64_t)buckets;
    return 0;
}

int lease_store_release(struct db *db, const char *owner, uint64_t epoch, struct err *err)
{
    return owned(db, &RELEASE, owner, epoch, 0, NULL, err);
}
