/* tmf_store: see tmf_store.h. */
#include "feedback/tmf/tmf_store.h"

#include <stdlib.h>
#include <string.h>

static const struct stmt EVENT = { "tmf_event",
                                   "INSERT INTO tmf_event (feed_id, digest, kind, resource_id, received_at, body)"
                                   " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING" };
static const struct stmt TAKE_OLD = {
    "tmf_take_old",
    "WITH old AS (SELECT feed_id, digest FROM tmf_event WHERE received_at < $1 ORDER BY received_at LIMIT $2::int),"
    " gone AS (DELETE FROM tmf_event e USING old WHERE e.feed_id = old.feed_id AND e.digest = old.digest"
    " RETURNING e.feed_id, e.digest, e.kind, e.resource_id, e.received_at, e.body)"
    " SELECT f.code, g.digest, g.kind, g.resource_id, g.received_at, g.body FROM gone g JOIN feed f ON f.id = g.feed_id"
    " ORDER BY f.code, g.received_at, g.digest"
};
/* Where a feed has none there is nothing to note. */
static const struct stmt RETAKE = {
    "tmf_retake", "INSERT INTO tmf_retake SELECT id, '', 'epoch', '' FROM feed f WHERE ($1::int = 0 OR id = $1)"
                  " AND EXISTS (SELECT 1 FROM tmf_event e WHERE e.feed_id = f.id AND e.kind = 'unknown')"
                  " ON CONFLICT (feed_id) DO UPDATE SET after_type = '', after_at = 'epoch', after_digest = ''"
};
static const struct stmt RETAKING = { "tmf_retaking",
                                      "SELECT feed_id, after_type, after_at, after_digest FROM tmf_retake"
                                      " ORDER BY feed_id LIMIT 1" };
static const struct stmt RETAKE_MOVE = { "tmf_retake_move", "UPDATE tmf_retake SET after_type = $2, after_at = $3,"
                                                            " after_digest = $4 WHERE feed_id = $1" };
static const struct stmt RETAKE_END = { "tmf_retake_end", "DELETE FROM tmf_retake WHERE feed_id = $1" };
static const struct stmt UNKNOWN = {
    "tmf_unknown", "SELECT resource_id, received_at, digest, body FROM tmf_event WHERE feed_id = $1"
                   " AND kind = 'unknown' AND (resource_id, received_at, digest) > ($2, $3::timestamptz, $4::bytea)"
                   " ORDER BY resource_id, received_at, digest LIMIT $5::int"
};
static const struct stmt KNOWN = {
    "tmf_known", "WITH was AS (DELETE FROM tmf_event WHERE feed_id = $1 AND digest = $4 RETURNING received_at, body)"
                 " INSERT INTO tmf_event (feed_id, digest, kind, resource_id, received_at, body)"
                 " SELECT $1, $5, $2, $3, received_at, body FROM was ON CONFLICT DO NOTHING"
};
static const struct stmt IGNORED = { "tmf_ignored",
                                     "UPDATE tmf_event SET kind = 'ignored' WHERE feed_id = $1 AND digest = $2" };
static const struct stmt BY_EXTERNAL = { "tmf_by_external",
                                         "SELECT resource_id FROM tmf_resource WHERE feed_id = $1 AND kind = $2"
                                         " AND external_id = $3 AND external_id <> '' ORDER BY resource_id LIMIT 1" };
static const struct stmt GET = { "tmf_get", "SELECT known FROM tmf_resource WHERE feed_id = $1 AND kind = $2"
                                            " AND resource_id = $3" };
static const struct stmt PUT = {
    "tmf_put", "INSERT INTO tmf_resource (feed_id, kind, resource_id, external_id, state, held, events, since, known,"
               " referred_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $10 THEN $8::timestamptz END)"
               " ON CONFLICT (feed_id, kind, resource_id) DO UPDATE SET"
               " external_id = CASE WHEN excluded.external_id <> '' THEN excluded.external_id"
               " ELSE tmf_resource.external_id END, state = excluded.state, held = excluded.held,"
               " events = tmf_resource.events + excluded.events, known = excluded.known,"
               " referred_at = coalesce(excluded.referred_at, tmf_resource.referred_at)"
};
/* An event that came while the answer was on its way is asked for once more. */
static const struct stmt TRIED = { "tmf_tried",
                                   "UPDATE tmf_resource SET tried_at = $4, referred_at = CASE WHEN referred_at <= $5"
                                   " THEN NULL ELSE referred_at END WHERE feed_id = $1 AND kind = $2"
                                   " AND resource_id = $3" };
static const struct stmt PROMPTED = { "tmf_prompted", "UPDATE tmf_resource SET prompted_at = $4 WHERE feed_id = $1"
                                                      " AND kind = $2 AND resource_id = $3" };
static const struct stmt DROP = { "tmf_drop", "DELETE FROM tmf_resource WHERE feed_id = $1 AND kind = $2"
                                              " AND resource_id = $3" };
/* What is held or referred to, and events of types that nobody knows, a row for each type. */
#define WAITING                                                                                                        \
    "SELECT f.code, r.kind, r.resource_id, r.state, r.events, r.since FROM tmf_resource r JOIN feed f"                 \
    " ON f.id = r.feed_id WHERE (r.held OR r.referred_at IS NOT NULL) AND ($1 = '' OR f.code = $1)"                    \
    " UNION ALL SELECT f.code, 'unknown', e.resource_id, '', count(*)::int, min(e.received_at) FROM tmf_event e"       \
    " JOIN feed f ON f.id = e.feed_id WHERE e.kind = 'unknown' AND ($1 = '' OR f.code = $1) GROUP BY 1, 3"
static const struct stmt HELD = { "tmf_held", "SELECT * FROM (" WAITING ") w (code, kind, resource_id, state, events,"
                                              " since) WHERE (code, kind, resource_id) > ($2, $3, $4)"
                                              " ORDER BY code, kind, resource_id LIMIT $5::int" };
static const struct stmt COUNT_HELD = { "tmf_count_held", "SELECT count(*) FROM (" WAITING ") w" };

static const char *kind_of(enum tmf_resource resource)
{
    return resource == TMF_NONE ? "unknown" : tmf_resource_name(resource);
}

static void key_args(struct db_args *args, struct tx *tx, const struct tmf_key *key)
{
    db_args_init(args, tx_arena(tx));
    db_arg_i32(args, (int32_t)key->feed_id);
    db_arg_text(args, tmf_resource_name(key->resource));
    db_arg_text(args, key->id);
}

int tmf_store_event(struct tx *tx, const struct tmf_key *key, const uint8_t digest[TMF_DIGEST_LEN], const uint8_t *body,
                    size_t len, bool *is_new, struct err *err)
{
    struct db_args args;
    int64_t affected;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)key->feed_id);
    db_arg_bytes(&args, digest, TMF_DIGEST_LEN);
    db_arg_text(&args, kind_of(key->resource));
    db_arg_text(&args, key->id);
    db_arg_time(&args, tx_now(tx));
    db_arg_bytes(&args, body, len);
    if (db_exec(tx_db(tx), &EVENT, &args, &affected, err) != 0)
        return -1;
    *is_new = affected > 0;
    return 0;
}

int tmf_store_retake(struct tx *tx, uint32_t feed_id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    return db_exec(tx_db(tx), &RETAKE, &args, NULL, err);
}

static void take_digest(const struct db_rows *rows, int i, int column, uint8_t out[TMF_DIGEST_LEN])
{
    size_t len;
    const uint8_t *bytes = db_bytes(rows, i, column, &len);

    memset(out, 0, TMF_DIGEST_LEN);
    if (len == TMF_DIGEST_LEN)
        memcpy(out, bytes, len);
}

int tmf_store_retaking(struct tx *tx, struct tmf_retake_place *place, bool *found, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &RETAKING, NULL, &rows, err) != 0)
        return -1;
    *found = rows.count > 0;
    if (*found) {
        place->feed_id = (uint32_t)db_i32(&rows, 0, 0);
        place->type = arena_strdup(tx_arena(tx), db_text(&rows, 0, 1));
        place->at = db_time(&rows, 0, 2);
        take_digest(&rows, 0, 3, place->digest);
    }
    db_rows_fini(&rows);
    return 0;
}

static void place_args(struct db_args *args, struct tx *tx, const struct tmf_retake_place *place)
{
    db_args_init(args, tx_arena(tx));
    db_arg_i32(args, (int32_t)place->feed_id);
    db_arg_text(args, place->type);
    db_arg_time(args, place->at);
    db_arg_bytes(args, place->digest, TMF_DIGEST_LEN);
}

int tmf_store_retake_move(struct tx *tx, const struct tmf_retake_place *place, struct err *err)
{
    struct db_args args;

    place_args(&args, tx, place);
    return db_exec(tx_db(tx), &RETAKE_MOVE, &args, NULL, err);
}

int tmf_store_retake_end(struct tx *tx, uint32_t feed_id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    return db_exec(tx_db(tx), &RETAKE_END, &args, NULL, err);
}

int tmf_store_unknown(struct tx *tx, const struct tmf_retake_place *place, uint32_t limit, struct tmf_unknown **out,
                      size_t *count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_args args;
    struct db_rows rows;

    place_args(&args, tx, place);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &UNKNOWN, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(arena, struct tmf_unknown, *count + 1);
    for (int i = 0; i < rows.count; i++) {
        struct tmf_unknown *event = &(*out)[i];
        const uint8_t *body = db_bytes(&rows, i, 3, &event->len);

        event->type = arena_strdup(arena, db_text(&rows, i, 0));
        event->received_at = db_time(&rows, i, 1);
        take_digest(&rows, i, 2, event->digest);
        event->body = arena_memdup(arena, body, event->len);
    }
    db_rows_fini(&rows);
    return 0;
}

int tmf_store_known(struct tx *tx, const struct tmf_key *key, const uint8_t was[TMF_DIGEST_LEN],
                    const uint8_t digest[TMF_DIGEST_LEN], bool *is_new, struct err *err)
{
    struct db_args args;
    int64_t affected;

    key_args(&args, tx, key);
    db_arg_bytes(&args, was, TMF_DIGEST_LEN);
    db_arg_bytes(&args, digest, TMF_DIGEST_LEN);
    if (db_exec(tx_db(tx), &KNOWN, &args, &affected, err) != 0)
        return -1;
    *is_new = affected > 0;
    return 0;
}

int tmf_store_ignored(struct tx *tx, uint32_t feed_id, const uint8_t digest[TMF_DIGEST_LEN], struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_bytes(&args, digest, TMF_DIGEST_LEN);
    return db_exec(tx_db(tx), &IGNORED, &args, NULL, err);
}

int tmf_store_take_old(struct tx *tx, int64_t before, uint32_t limit, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_time(&args, before);
    db_arg_i32(&args, (int32_t)limit);
    return db_query(tx_db(tx), &TAKE_OLD, &args, rows, err);
}

int tmf_store_by_external(struct tx *tx, uint32_t feed_id, enum tmf_resource resource, const char *external,
                          const char **id, struct err *err)
{
    const struct tmf_key key = { feed_id, resource, external };
    struct db_args args;
    struct db_rows rows;

    key_args(&args, tx, &key);
    if (db_query(tx_db(tx), &BY_EXTERNAL, &args, &rows, err) != 0)
        return -1;
    *id = rows.count ? arena_strdup(tx_arena(tx), db_text(&rows, 0, 0)) : NULL;
    db_rows_fini(&rows);
    return 0;
}

int tmf_store_get(struct tx *tx, const struct tmf_key *key, json_t **known, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    const uint8_t *text;
    size_t len;

    key_args(&args, tx, key);
    if (db_query(tx_db(tx), &GET, &args, &rows, err) != 0)
        return -1;
    *known = NULL;
    if (rows.count) {
        text = db_bytes(&rows, 0, 0, &len);
        *known = json_loadb((const char *)text, len, 0, NULL);
    }
    len = (size_t)rows.count;
    db_rows_fini(&rows);
    return len && !*known
               ? err_set(err, "what is known of %s \"%s\" is damaged", tmf_resource_name(key->resource), key->id)
               : 0;
}

int tmf_store_put(struct tx *tx, const struct tmf_key *key, const struct tmf_stored *stored, const json_t *known,
                  struct err *err)
{
    char *text = json_dumps(known, JSON_COMPACT);
    struct db_args args;

    if (!text)
        abort(); /* no memory */
    key_args(&args, tx, key);
    db_arg_text(&args, stored->external);
    db_arg_text(&args, stored->state);
    db_arg_bool(&args, stored->held);
    db_arg_i32(&args, (int32_t)stored->events);
    db_arg_time(&args, tx_now(tx));
    db_arg_bytes(&args, text, strlen(text));
    db_arg_bool(&args, stored->referred);
    free(text);
    return db_later(tx_db(tx), &PUT, &args, NULL, err);
}

int tmf_store_tried(struct tx *tx, const struct tmf_key *key, int64_t referred_at, struct err *err)
{
    struct db_args args;

    key_args(&args, tx, key);
    db_arg_time(&args, tx_now(tx));
    db_arg_time(&args, referred_at);
    return db_later(tx_db(tx), &TRIED, &args, NULL, err);
}

int tmf_store_prompted(struct tx *tx, const struct tmf_key *key, int64_t referred_at, struct err *err)
{
    struct db_args args;

    key_args(&args, tx, key);
    db_arg_time(&args, referred_at);
    return db_later(tx_db(tx), &PROMPTED, &args, NULL, err);
}

int tmf_store_drop(struct tx *tx, const struct tmf_key *key, struct err *err)
{
    struct db_args args;

    key_args(&args, tx, key);
    return db_later(tx_db(tx), &DROP, &args, NULL, err);
}

int tmf_store_held(struct tx *tx, const struct tmf_page *page, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, page->feed);
    db_arg_text(&args, page->after_feed);
    db_arg_text(&args, page->after_kind);
    db_arg_text(&args, page->after_id);
    db_arg_i32(&args, (int32_t)page->limit);
    return db_query(tx_db(tx), &HELD, &args, rows, err);
}

int tmf_store_count_held(struct tx *tx, const char *feed, uint64_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, feed);
    if (db_query(tx_db(tx), &COUNT_HELD, &args, &rows, err) != 0)
        return -1;
    *count = (uint64_t)db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}
