/* stream_store: see stream_store.h. */
#include "bus/stream_store.h"

#include <stdio.h>
#include <string.h>

static const struct stmt INSTALLATION = { "bus_installation", "SELECT buckets, incarnation, money_scale, utc_offset"
                                                              " FROM bus_installation" };
static const struct stmt FIX = { "bus_fix_installation", "UPDATE bus_installation SET money_scale = $1, utc_offset = $2"
                                                         " WHERE money_scale IS NULL" };
static const struct stmt HEADS = { "bus_heads", "SELECT bucket, seq FROM bus_head" };
static const struct stmt POSITIONS = { "bus_positions", "SELECT bucket, source, seq, incarnation FROM bus_position" };
/* Fences (see db_later): where another instance has moved the number, or taken the bucket, they divide by zero. */
static const struct stmt MOVE_HEADS = {
    "bus_move_heads",
    "UPDATE bus_head h SET seq = CASE WHEN h.seq = v.old AND h.epoch = $4 THEN v.new ELSE v.new / (h.seq - h.seq) END"
    " FROM unnest($1::smallint[], $2::bigint[], $3::bigint[]) v(bucket, old, new) WHERE h.bucket = v.bucket"
};
static const struct stmt MOVE_HEAD = {
    "bus_move_head", "UPDATE bus_head SET seq = CASE WHEN seq = $2::bigint AND epoch = $4::bigint THEN $3::bigint"
                     " ELSE $3::bigint / (seq - seq) END WHERE bucket = $1"
};
static const struct stmt MOVE_POSITIONS = {
    "bus_move_positions",
    "INSERT INTO bus_position AS p (bucket, source, seq, incarnation)"
    " SELECT * FROM unnest($1::smallint[], $2::text[], $4::bigint[], $5::bigint[])"
    " ON CONFLICT (bucket, source) DO UPDATE SET incarnation = excluded.incarnation, seq = CASE WHEN p.seq <"
    " excluded.seq AND p.seq = ($3::bigint[])[array_position($1::smallint[], p.bucket)] THEN excluded.seq"
    " ELSE excluded.seq / (p.seq - p.seq) END"
};
static const char COPY_STREAM[] = "COPY bus_stream (bucket, seq, type, envelope, payload) FROM STDIN (FORMAT binary)";
static const struct stmt READ = { "bus_stream_read", "SELECT seq, envelope, payload FROM bus_stream WHERE bucket = $1"
                                                     " AND seq >= $2 ORDER BY seq LIMIT $3::int" };
static const struct stmt NEXT = { "bus_stream_next",
                                  "SELECT seq, envelope, payload FROM bus_stream WHERE bucket = $1"
                                  " AND seq >= $2 AND seq <= $3 AND type = $4 ORDER BY seq LIMIT 1" };
static const struct stmt EXTENT = {
    "bus_stream_extent",
    "SELECT h.seq, coalesce((SELECT min(seq) FROM bus_stream WHERE bucket = $1), h.seq + 1) FROM bus_head h"
    " WHERE h.bucket = $1"
};
static const struct stmt PARK = {
    "bus_park", "INSERT INTO bus_parked (bucket, source, seq, type, envelope, payload, error, parked_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"
};
static const struct stmt PARKED = { "bus_parked", "SELECT bucket, source, seq, type, error, parked_at FROM bus_parked"
                                                  " ORDER BY parked_at, bucket, seq LIMIT $1::int" };
static const struct stmt PARKED_COUNT = { "bus_parked_count", "SELECT count(*) FROM bus_parked" };
static const struct stmt PARKED_GET = { "bus_parked_get", "SELECT envelope, payload FROM bus_parked WHERE bucket = $1"
                                                          " AND source = $2 AND seq = $3" };
static const struct stmt UNPARK = { "bus_unpark",
                                    "DELETE FROM bus_parked WHERE bucket = $1 AND source = $2 AND seq = $3" };
static const struct stmt ANSWER = { "bus_answer", "SELECT body_hash, status, reply FROM bus_request WHERE bucket = 0"
                                                  " AND person = $1 AND key = $2" };
static const struct stmt ANSWERED = { "bus_answered", "SELECT 1 / (count(*) = 0)::int FROM bus_request"
                                                      " WHERE bucket = 0 AND person = $1 AND key = $2" };
static const struct stmt KEEP_ANSWER = { "bus_keep_answer",
                                         "INSERT INTO bus_request (bucket, person, key, body_hash, status, reply, at)"
                                         " VALUES (0, $1, $2, $3, $4, $5, $6)" };
static const struct stmt FORGET = { "bus_forget_answers", "DELETE FROM bus_request WHERE bucket = 0 AND at < $1" };

/* Instances that start together wait for each other's row: the first one's values stay. */
static int fix_installation(struct db *db, int32_t money_scale, const char *utc_offset, struct err *err)
{
    struct arena arena;
    struct db_args args;
    int rc;

    arena_init(&arena);
    db_args_init(&args, &arena);
    db_arg_i32(&args, money_scale);
    db_arg_text(&args, utc_offset);
    rc = db_exec(db, &FIX, &args, NULL, err);
    arena_fini(&arena);
    return rc;
}

int stream_store_installation(struct db *db, int32_t money_scale, const char *utc_offset, struct installation *out,
                              struct err *err)
{
    struct db_rows rows;

    *out = (struct installation) { .buckets = 0 };
    if (fix_installation(db, money_scale, utc_offset, err) != 0 || db_query(db, &INSTALLATION, NULL, &rows, err) != 0)
        return -1;
    if (rows.count > 0) {
        out->buckets = (uint32_t)db_i32(&rows, 0, 0);
        out->incarnation = (uint64_t)db_i64(&rows, 0, 1);
        out->money_scale = db_i32(&rows, 0, 2);
        snprintf(out->utc_offset, sizeof out->utc_offset, "%s", db_text(&rows, 0, 3));
    }
    db_rows_fini(&rows);
    return 0;
}

int stream_store_heads(struct db *db, uint64_t *seq, uint32_t buckets, struct err *err)
{
    uint32_t found = 0;
    struct db_rows rows;

    if (db_query(db, &HEADS, NULL, &rows, err) != 0)
        return -1;
    memset(seq, 0, buckets * sizeof *seq);
    for (int i = 0; i < rows.count; i++) {
        uint32_t bucket = (uint32_t)db_i32(&rows, i, 0);

        found += bucket < buckets;
        if (bucket < buckets)
            seq[bucket] = (uint64_t)db_i64(&rows, i, 1);
    }
    db_rows_fini(&rows);
    return found == buckets ? 0
                            : err_set(err, "bus_head holds %u of %u buckets: a restore was partial; restore all of it",
                                      found, buckets);
}

int stream_store_positions(struct db *db, stream_store_position_fn *set, void *arg, struct err *err)
{
    struct db_rows rows;

    if (db_query(db, &POSITIONS, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++)
        set(arg, (uint16_t)db_i32(&rows, i, 0), db_text(&rows, i, 1), (uint64_t)db_i64(&rows, i, 2),
            (uint64_t)db_i64(&rows, i, 3));
    db_rows_fini(&rows);
    return 0;
}

int stream_store_move_heads(struct db *db, struct arena *arena, const struct head_move *moves, size_t count,
                            uint64_t epoch, struct err *err)
{
    struct db_args args;

    if (!count)
        return 0;
    db_args_init(&args, arena);
    if (count == 1) {
        db_arg_i16(&args, (int16_t)moves[0].bucket);
        db_arg_i64(&args, (int64_t)moves[0].from);
        db_arg_i64(&args, (int64_t)moves[0].to);
    } else {
        int16_t *buckets = arena_array(arena, int16_t, count);
        int64_t *from = arena_array(arena, int64_t, count);
        int64_t *to = arena_array(arena, int64_t, count);

        for (size_t i = 0; i < count; i++) {
            buckets[i] = (int16_t)moves[i].bucket;
            from[i] = (int64_t)moves[i].from;
            to[i] = (int64_t)moves[i].to;
        }
        db_arg_i16_array(&args, buckets, count);
        db_arg_i64_array(&args, from, count);
        db_arg_i64_array(&args, to, count);
    }
    db_arg_i64(&args, (int64_t)epoch);
    return db_later(db, count == 1 ? &MOVE_HEAD : &MOVE_HEADS, &args, "a stream's head", err);
}

/* Positions of one source. */
static int move_source(struct db *db, struct arena *arena, const struct position_move *moves, size_t count,
                       struct err *err)
{
    struct db_args args;
    int16_t *buckets = arena_array(arena, int16_t, count);
    const char **sources = arena_array(arena, const char *, count);
    int64_t *from = arena_array(arena, int64_t, count);
    int64_t *to = arena_array(arena, int64_t, count);
    int64_t *incarnations = arena_array(arena, int64_t, count);

    for (size_t i = 0; i < count; i++) {
        buckets[i] = (int16_t)moves[i].bucket;
        sources[i] = moves[i].source;
        from[i] = (int64_t)moves[i].from;
        to[i] = (int64_t)moves[i].to;
        incarnations[i] = (int64_t)moves[i].incarnation;
    }
    db_args_init(&args, arena);
    db_arg_i16_array(&args, buckets, count);
    db_arg_text_array(&args, sources, count);
    db_arg_i64_array(&args, from, count);
    db_arg_i64_array(&args, to, count);
    db_arg_i64_array(&args, incarnations, count);
    return db_later(db, &MOVE_POSITIONS, &args, "a reader's position", err);
}

int stream_store_move_positions(struct db *db, struct arena *arena, const struct position_move *moves, size_t count,
                                struct err *err)
{
    size_t start = 0;

    for (size_t i = 1; i <= count; i++) {
        if (i < count && moves[i].source == moves[start].source)
            continue;
        if (move_source(db, arena, moves + start, i - start, err) != 0)
            return -1;
        start = i;
    }
    return 0;
}

int stream_store_append(struct db *db, const struct stream_row *rows, size_t count, struct err *err)
{
    struct copy_in copy;

    if (copy_in_begin(&copy, db, COPY_STREAM, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (copy_row(&copy, 5, err) != 0)
            return -1;
        copy_i16(&copy, (int16_t)rows[i].bucket);
        copy_i64(&copy, (int64_t)rows[i].seq);
        copy_i32(&copy, (int32_t)rows[i].type);
        copy_bytes(&copy, rows[i].envelope, rows[i].envelope_len);
        copy_bytes(&copy, rows[i].payload, rows[i].payload_len);
    }
    return copy_in_end(&copy, err);
}

int stream_store_extent(struct db *db, struct arena *arena, uint16_t bucket, uint64_t *head, uint64_t *horizon,
                        struct err *err)
{
    struct db_args args;
    struct db_rows extent;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    if (db_query(db, &EXTENT, &args, &extent, err) != 0)
        return -1;
    *head = extent.count ? (uint64_t)db_i64(&extent, 0, 0) : 0;
    *horizon = extent.count ? (uint64_t)db_i64(&extent, 0, 1) : 1;
    db_rows_fini(&extent);
    return 0;
}

int stream_store_read(struct db *db, struct arena *arena, uint16_t bucket, uint64_t from, uint32_t max_rows,
                      struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_i64(&args, (int64_t)from);
    db_arg_i32(&args, (int32_t)max_rows);
    return db_query(db, &READ, &args, rows, err);
}

int stream_store_next(struct db *db, struct arena *arena, uint16_t bucket, uint64_t from, uint64_t to, uint32_t type,
                      struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_i64(&args, (int64_t)from);
    db_arg_i64(&args, (int64_t)to);
    db_arg_i32(&args, (int32_t)type);
    return db_query(db, &NEXT, &args, rows, err);
}

int stream_store_park(struct db *db, struct arena *arena, uint16_t bucket, const char *source, uint64_t seq,
                      uint32_t type, const uint8_t *envelope, size_t envelope_len, const uint8_t *payload,
                      size_t payload_len, const char *error, int64_t now_us, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i16(&args, (int16_t)bucket);
    db_arg_text(&args, source);
    db_arg_i64(&args, (int64_t)seq);
    db_arg_i32(&args, (int32_t)type);
    db_arg_bytes(&args, envelope, envelope_len);
    db_arg_bytes(&args, payload, payload_len);
    db_arg_text(&args, error);
    db_arg_time(&args, now_us);
    return db_exec(db, &PARK, &args, NULL, err);
}

int stream_store_parked(struct db *db, struct arena *arena, uint32_t limit, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i32(&args, (int32_t)limit);
    return db_query(db, &PARKED, &args, rows, err);
}

int stream_store_parked_count(struct db *db, uint64_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(db, &PARKED_COUNT, NULL, &rows, err) != 0)
        return -1;
    *count = (uint64_t)db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

static void parked_key(struct db_args *args, struct arena *arena, uint16_t bucket, const char *source, uint64_t seq)
{
    db_args_init(args, arena);
    db_arg_i16(args, (int16_t)bucket);
    db_arg_text(args, source);
    db_arg_i64(args, (int64_t)seq);
}

int stream_store_parked_get(struct db *db, struct arena *arena, uint16_t bucket, const char *source, uint64_t seq,
                            struct db_rows *rows, struct err *err)
{
    struct db_args args;

    parked_key(&args, arena, bucket, source, seq);
    return db_query(db, &PARKED_GET, &args, rows, err);
}

int stream_store_unpark(struct db *db, struct arena *arena, uint16_t bucket, const char *source, uint64_t seq,
                        struct err *err)
{
    struct db_args args;

    parked_key(&args, arena, bucket, source, seq);
    return db_exec(db, &UNPARK, &args, NULL, err);
}

int stream_store_answer(struct db *db, struct arena *arena, const char *person, const char *key, bool *found,
                        uint64_t *body_hash, uint32_t *status, const uint8_t **reply, size_t *reply_len,
                        struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_text(&args, person);
    db_arg_text(&args, key);
    if (db_query(db, &ANSWER, &args, &rows, err) != 0)
        return -1;
    *found = rows.count == 1;
    if (*found) {
        const uint8_t *bytes = db_bytes(&rows, 0, 2, reply_len);

        *body_hash = (uint64_t)db_i64(&rows, 0, 0);
        *status = (uint32_t)db_i32(&rows, 0, 1);
        *reply = arena_memdup(arena, bytes, *reply_len);
    }
    db_rows_fini(&rows);
    return 0;
}

int stream_store_expect_unanswered(struct db *db, struct arena *arena, const char *person, const char *key,
                                   struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_text(&args, person);
    db_arg_text(&args, key);
    return db_later(db, &ANSWERED, &args, NULL, err);
}

int stream_store_keep_answer(struct db *db, struct arena *arena, const char *person, const char *key,
                             uint64_t body_hash, uint32_t status, const uint8_t *reply, size_t reply_len,
                             int64_t now_us, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_text(&args, person);
    db_arg_text(&args, key);
    db_arg_i64(&args, (int64_t)body_hash);
    db_arg_i32(&args, (int32_t)status);
    db_arg_bytes(&args, reply, reply_len);
    db_arg_time(&args, now_us);
    return db_later(db, &KEEP_ANSWER, &args, NULL, err);
}

int stream_store_forget_answers(struct db *db, struct arena *arena, int64_t before_us, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_time(&args, before_us);
    return db_exec(db, &FORGET, &args, NULL, err);
}
