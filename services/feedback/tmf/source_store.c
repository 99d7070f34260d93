/* source_store: see source_store.h. */
#include "feedback/tmf/source_store.h"

/* Of resources r: what is to be asked for at once. */
#define REFERRED                                                                                                       \
    "r.referred_at IS NOT NULL AND r.prompted_at IS DISTINCT FROM r.referred_at"                                       \
    " AND r.resource_id NOT LIKE 'external:%'"
static const struct stmt LIST = {
    "source_list",
    "SELECT s.feed_id, f.code, s.url, s.through, s.asked_at, s.seen, s.missed, s.failures, s.error, s.hub,"
    " s.hub_for, s.hub_id, s.hub_error, s.hub_at, s.hurried, s.served,"
    " EXISTS (SELECT 1 FROM tmf_resource r WHERE r.feed_id = s.feed_id AND " REFERRED ")"
    " FROM tmf_source s JOIN feed f ON f.id = s.feed_id"
    " WHERE $1 = '' OR f.code = $1 ORDER BY f.code"
};
static const struct stmt PUT = {
    "source_put",
    "INSERT INTO tmf_source (feed_id, url, through, asked_at, seen, missed, failures, error, hub, hub_for,"
    " hub_id, hub_error, hub_at, served) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    " ON CONFLICT (feed_id) DO UPDATE SET url = excluded.url, through = excluded.through,"
    " asked_at = excluded.asked_at, seen = excluded.seen, missed = excluded.missed,"
    " failures = excluded.failures, error = excluded.error, hub = excluded.hub,"
    " hub_for = excluded.hub_for, hub_id = excluded.hub_id, hub_error = excluded.hub_error,"
    " hub_at = excluded.hub_at, served = excluded.served"
};
/* Counted, so that a wish that comes while the feed is asked is heard afterwards. */
static const struct stmt HURRY = {
    "source_hurry",
    "INSERT INTO tmf_source (feed_id, url, asked_at, seen, missed, failures, error, hub, hub_for, hub_id,"
    " hub_error, hurried) VALUES ($1, '', 'epoch', 0, 0, 0, '', '', '', '', '', 1)"
    " ON CONFLICT (feed_id) DO UPDATE SET hurried = tmf_source.hurried + 1"
};
static const struct stmt HELD = { "source_held",
                                  "SELECT kind, resource_id, referred_at FROM tmf_resource WHERE feed_id = $1"
                                  " AND (held AND since < $2 OR NOT held AND referred_at IS NOT NULL)"
                                  " AND resource_id NOT LIKE 'external:%'"
                                  " ORDER BY tried_at NULLS FIRST, since, kind, resource_id LIMIT $3::int" };

static const struct stmt LIST_OPEN = {
    "source_open",
    "SELECT kind, resource_id, referred_at FROM tmf_resource WHERE feed_id = $1 AND kind = 'productOrder'"
    " AND NOT held AND referred_at IS NULL AND state IN ('placed', 'accepted', 'in_progress')"
    " AND coalesce(tried_at, since) < $2 AND since >= $3 AND resource_id NOT LIKE 'external:%'"
    " ORDER BY coalesce(tried_at, since) LIMIT $4::int"
};

static const struct stmt LIST_REFERRED = { "source_referred",
                                           "SELECT r.kind, r.resource_id, r.referred_at FROM tmf_resource r"
                                           " WHERE r.feed_id = $1 AND " REFERRED
                                           " ORDER BY r.referred_at, r.kind, r.resource_id LIMIT $2::int" };

static void read_row(struct source_row *out, const struct db_rows *rows, int i, struct arena *arena)
{
    *out = (struct source_row) { .feed_id = (uint32_t)db_i32(rows, i, 0),
                                 .feed = arena_strdup(arena, db_text(rows, i, 1)),
                                 .url = arena_strdup(arena, db_text(rows, i, 2)),
                                 .through = db_is_null(rows, i, 3) ? 0 : db_time(rows, i, 3),
                                 .asked_at = db_time(rows, i, 4),
                                 .seen = (uint64_t)db_i64(rows, i, 5),
                                 .missed = (uint64_t)db_i64(rows, i, 6),
                                 .failures = (uint32_t)db_i32(rows, i, 7),
                                 .error = arena_strdup(arena, db_text(rows, i, 8)),
                                 .hub = arena_strdup(arena, db_text(rows, i, 9)),
                                 .hub_for = arena_strdup(arena, db_text(rows, i, 10)),
                                 .hub_id = arena_strdup(arena, db_text(rows, i, 11)),
                                 .hub_error = arena_strdup(arena, db_text(rows, i, 12)),
                                 .hub_at = db_is_null(rows, i, 13) ? 0 : db_time(rows, i, 13),
                                 .hurried = (uint64_t)db_i64(rows, i, 14),
                                 .served = (uint64_t)db_i64(rows, i, 15),
                                 .referred = db_bool(rows, i, 16) };
}

int source_store_list(struct db *db, struct arena *arena, const char *code, struct source_row **out, size_t *count,
                      struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_text(&args, code);
    if (db_query(db, &LIST, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(arena, struct source_row, *count + 1);
    for (int i = 0; i < rows.count; i++)
        read_row(&(*out)[i], &rows, i, arena);
    db_rows_fini(&rows);
    return 0;
}

static void arg_time_or_null(struct db_args *args, int64_t at)
{
    if (at)
        db_arg_time(args, at);
    else
        db_arg_null(args);
}

int source_store_put(struct tx *tx, const struct source_row *row, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)row->feed_id);
    db_arg_text(&args, row->url);
    arg_time_or_null(&args, row->through);
    db_arg_time(&args, row->asked_at);
    db_arg_i64(&args, (int64_t)row->seen);
    db_arg_i64(&args, (int64_t)row->missed);
    db_arg_i32(&args, (int32_t)row->failures);
    db_arg_text(&args, row->error);
    db_arg_text(&args, row->hub);
    db_arg_text(&args, row->hub_for);
    db_arg_text(&args, row->hub_id);
    db_arg_text(&args, row->hub_error);
    arg_time_or_null(&args, row->hub_at);
    db_arg_i64(&args, (int64_t)row->served);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

int source_store_hurry(struct tx *tx, uint32_t feed_id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    return db_exec(tx_db(tx), &HURRY, &args, NULL, err);
}

static int list_held(struct db *db, const struct stmt *stmt, const struct db_args *args, struct arena *arena,
                     struct source_held **out, size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(db, stmt, args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(arena, struct source_held, *count + 1);
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct source_held) { arena_strdup(arena, db_text(&rows, i, 0)),
                                           arena_strdup(arena, db_text(&rows, i, 1)),
                                           db_is_null(&rows, i, 2) ? 0 : db_time(&rows, i, 2) };
    db_rows_fini(&rows);
    return 0;
}

int source_store_held(struct db *db, struct arena *arena, uint32_t feed_id, int64_t before, uint32_t limit,
                      struct source_held **out, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_time(&args, before);
    db_arg_i32(&args, (int32_t)limit);
    return list_held(db, &HELD, &args, arena, out, count, err);
}

int source_store_open(struct db *db, struct arena *arena, uint32_t feed_id, int64_t before, int64_t not_before,
                      uint32_t limit, struct source_held **out, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_time(&args, before);
    db_arg_time(&args, not_before);
    db_arg_i32(&args, (int32_t)limit);
    return list_held(db, &LIST_OPEN, &args, arena, out, count, err);
}

int source_store_referred(struct db *db, struct arena *arena, uint32_t feed_id, uint32_t limit,
                          struct source_held **out, size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_i32(&args, (int32_t)limit);
    return list_held(db, &LIST_REFERRED, &args, arena, out, count, err);
}
