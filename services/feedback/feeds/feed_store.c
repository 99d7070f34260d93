/* feed_store: see feed_store.h. */
#include "feedback/feeds/feed_store.h"

#include "feedback/feeds/code_map_store.h"
#include "feedback/state.h"

#include <stdio.h>
#include <string.h>

static const struct stmt ALLOT = { "feed_allot", "UPDATE allotted SET last = last + 1 WHERE what = $1 RETURNING last" };
static const struct stmt ALLOTTED = { "feed_allotted", "SELECT last FROM allotted WHERE what = $1" };
static const struct stmt SET_ALLOTTED = { "feed_set_allotted", /* a fence, see db_later */
                                          "UPDATE allotted SET last = CASE WHEN last < $2::bigint THEN $2::bigint"
                                          " ELSE $2::bigint / (last - last) END WHERE what = $1" };
static const struct stmt LOAD = { "feed_load", "SELECT id, sender, body FROM feed ORDER BY id" };
static const struct stmt SENDERS = { "feed_senders", "SELECT id, name FROM sender ORDER BY id" };
static const struct stmt GET = { "feed_get", "SELECT id, body FROM feed WHERE code = $1" };
static const struct stmt SENDER = { "feed_sender", "SELECT id FROM sender WHERE name = $1" };
static const struct stmt LAST_SENDER = { "feed_last_sender", "SELECT coalesce(max(id), 0)::smallint FROM sender"
                                                             " WHERE id BETWEEN $1 AND $2" };
static const struct stmt PUT_SENDER = { "feed_put_sender", "INSERT INTO sender (id, name) VALUES ($1, $2)" };
static const struct stmt PUT = { "feed_put",
                                 "INSERT INTO feed (id, code, sender, body, spoke_at, silent)"
                                 " VALUES ($1, $2, $3, $4, $5, false)"
                                 " ON CONFLICT (id) DO UPDATE SET sender = excluded.sender, body = excluded.body" };
static const struct stmt MARK = { "feed_mark", "SELECT code, through, spoke_at, silent FROM feed WHERE id = $1" };
static const struct stmt SENDER_OF = { "feed_sender_of",
                                       "SELECT s.id, s.name FROM feed f JOIN sender s ON s.id = f.sender"
                                       " WHERE f.id = $1" };
static const struct stmt SET_MARK = { "feed_set_mark",
                                      "UPDATE feed SET through = $2, spoke_at = $3, silent = $4 WHERE id = $1" };
static const struct stmt LIST = {
    "feed_list", "SELECT f.id, f.body, f.through, f.silent,"
                 " (SELECT count(*) FROM feed_file x WHERE x.feed_id = f.id),"
                 " (SELECT coalesce(sum(x.accepted), 0)::bigint FROM feed_file x WHERE x.feed_id = f.id),"
                 " (SELECT count(*) FROM reject r WHERE r.feed_id = f.id AND NOT r.released)"
                 " FROM feed f WHERE ($1 = '' OR f.code = $1) AND f.code > $2 ORDER BY f.code LIMIT $3::int"
};

bool feed_equal(struct arena *arena, const Bihuan__Feed *a, const Bihuan__Feed *b)
{
    size_t len = bihuan__feed__get_packed_size(a);
    uint8_t *x, *y;

    if (len != bihuan__feed__get_packed_size(b))
        return false;
    x = arena_alloc(arena, len + 1);
    y = arena_alloc(arena, len + 1);
    bihuan__feed__pack(a, x);
    bihuan__feed__pack(b, y);
    return memcmp(x, y, len) == 0;
}

int feed_store_allot(struct tx *tx, const char *what, uint64_t *out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, what);
    if (db_query(tx_db(tx), &ALLOT, &args, &rows, err) != 0)
        return -1;
    *out = rows.count ? (uint64_t)db_i64(&rows, 0, 0) : 0;
    db_rows_fini(&rows);
    return *out ? 0 : err_set(err, "no numbers are allotted for \"%s\"", what);
}

static int last_allotted(struct tx *tx, const char *what, uint64_t *out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    bool found;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, what);
    if (db_query(tx_db(tx), &ALLOTTED, &args, &rows, err) != 0)
        return -1;
    found = rows.count > 0;
    if (found)
        *out = (uint64_t)db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return found ? 0 : err_set(err, "no numbers are allotted for \"%s\"", what);
}

int feed_store_allot_file(struct tx *tx, uint64_t *out, struct err *err)
{
    struct feedback *feedback = tx_state(tx);
    struct db_args args;

    if (!feedback->last_file && last_allotted(tx, "file", &feedback->last_file, err) != 0)
        return -1;
    *out = ++feedback->last_file;
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, "file");
    db_arg_i64(&args, (int64_t)*out);
    return db_later(tx_db(tx), &SET_ALLOTTED, &args, "the last number allotted", err);
}

static int load_senders(struct tx *tx, struct snapshot *snapshot, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &SENDERS, NULL, &rows, err) != 0)
        return -1;
    snapshot->senders = arena_array(&snapshot->arena, struct snapshot_sender, rows.count + 1);
    for (int i = 0; i < rows.count; i++)
        snapshot->senders[snapshot->sender_count++] = (struct snapshot_sender) {
            .id = db_i16(&rows, i, 0), .name = arena_strdup(&snapshot->arena, db_text(&rows, i, 1))
        };
    db_rows_fini(&rows);
    return 0;
}

static void set_subject_sender(struct snapshot *snapshot, const struct mapping *mapping)
{
    const Bihuan__Feed *feed = mapping->feed;
    char name[FACT_SENDER_MAX];

    if (!feed->subject_of[0])
        fact_sender_name(name, feed->sender, fact_kind_info(mapping->kind)->refers);
    for (size_t i = 0; i < snapshot->sender_count; i++)
        if (snapshot->senders[i].id == mapping->sender_id)
            snapshot->senders[i].subject_of = feed->subject_of[0] ? feed->subject_of
                                                                  : arena_strdup(&snapshot->arena, name);
}

static int compile(struct tx *tx, struct snapshot *snapshot, const struct db_rows *rows, int row, struct err *err)
{
    struct mapping *mapping = &snapshot->mappings[snapshot->mapping_count];
    struct zone zone;
    size_t len;
    const uint8_t *body = db_bytes(rows, row, 2, &len);
    Bihuan__Feed *feed = bihuan__feed__unpack(&snapshot->arena.allocator, len, body);

    if (!feed)
        return err_set(err, "could not decode stored feed %d", db_i32(rows, row, 0));
    if (zone_parse(runtime_setting(tx_runtime(tx), "utc_offset"), &zone, err) != 0)
        return -1;
    snapshot->mapping_count++; /* also when it fails: its tables are freed with the snapshot */
    if (mapping_compile(mapping, snapshot_with_maps(snapshot, feed, &snapshot->arena), &zone,
                        runtime_money_scale(tx_runtime(tx)), runtime_bucket_count(tx_runtime(tx)), &snapshot->arena,
                        NULL, NULL) != 0)
        return err_set(err, "stored feed \"%s\" is not valid", feed->code);
    mapping->feed_id = (uint32_t)db_i32(rows, row, 0);
    mapping->sender_id = db_i16(rows, row, 1);
    if (feed->witness)
        reference_set_witness(snapshot->reference, mapping->sender_id);
    set_subject_sender(snapshot, mapping);
    return 0;
}

int feed_store_load(struct tx *tx, struct snapshot *snapshot, struct err *err)
{
    struct db_rows rows;
    int rc = 0;

    if (load_senders(tx, snapshot, err) != 0 ||
        code_map_store_list(tx, "", "", "", "", CODE_MAPS_ALL, &snapshot->arena, &snapshot->code_maps,
                            &snapshot->code_map_count, err) != 0 ||
        db_query(tx_db(tx), &LOAD, NULL, &rows, err) != 0)
        return -1;
    snapshot->mappings = arena_array(&snapshot->arena, struct mapping, rows.count + 1);
    for (int i = 0; rc == 0 && i < rows.count; i++)
        rc = compile(tx, snapshot, &rows, i, err);
    db_rows_fini(&rows);
    return rc;
}

int feed_store_get(struct tx *tx, const char *code, Bihuan__Feed **out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    size_t len;

    *out = NULL;
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code);
    if (db_query(tx_db(tx), &GET, &args, &rows, err) != 0)
        return -1;
    if (rows.count) {
        const uint8_t *body = db_bytes(&rows, 0, 1, &len);

        *out = bihuan__feed__unpack(&tx_arena(tx)->allocator, len, body);
        if (*out)
            (*out)->id = (uint32_t)db_i32(&rows, 0, 0);
    }
    db_rows_fini(&rows);
    return 0;
}

/* The number behind the last one from `first` on that is in use for the kind. */
static int last_sender(struct tx *tx, int16_t first, int16_t *next, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i16(&args, first);
    db_arg_i16(&args, (int16_t)(first + FACT_SENDERS_MAX - 1));
    if (db_query(tx_db(tx), &LAST_SENDER, &args, &rows, err) != 0)
        return -1;
    *next = (int16_t)(db_i16(&rows, 0, 0) ? db_i16(&rows, 0, 0) + 1 : first);
    db_rows_fini(&rows);
    return 0;
}

static int sender_id(struct tx *tx, const char *name, enum fact_kind kind, int16_t *out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int16_t next = fact_kind_sender(kind);

    *out = 0;
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, name);
    if (db_query(tx_db(tx), &SENDER, &args, &rows, err) != 0)
        return -1;
    if (rows.count)
        *out = db_i16(&rows, 0, 0);
    db_rows_fini(&rows);
    if (*out)
        return 0;
    if (last_sender(tx, next, &next, err) != 0)
        return -1;
    if (fact_kind_of_sender(next) != kind)
        return err_fail(err, ERR_CONFLICT, "too_many_senders", "there are %d senders of such facts already",
                        FACT_SENDERS_MAX);
    *out = next;
    db_args_init(&args, tx_arena(tx));
    db_arg_i16(&args, *out);
    db_arg_text(&args, name);
    return db_exec(tx_db(tx), &PUT_SENDER, &args, NULL, err);
}

int feed_store_put(struct tx *tx, Bihuan__Feed *feed, struct err *err)
{
    struct db_args args;
    enum fact_kind kind = fact_kind_parse(feed->fact);
    char name[FACT_SENDER_MAX];
    uint64_t id = feed->id;
    int16_t sender;
    uint8_t *body;
    size_t len;

    if ((!id && feed_store_allot(tx, "feed", &id, err) != 0) ||
        sender_id(tx, fact_sender_name(name, feed->sender, kind), kind, &sender, err) != 0)
        return -1;
    feed->id = (uint32_t)id;
    len = bihuan__feed__get_packed_size(feed);
    body = arena_alloc(tx_arena(tx), len + 1);
    bihuan__feed__pack(feed, body);
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed->id);
    db_arg_text(&args, feed->code);
    db_arg_i16(&args, sender);
    db_arg_bytes(&args, body, len);
    db_arg_time(&args, tx_now(tx));
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

int feed_store_ask_mark(struct tx *tx, uint32_t feed_id, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    return db_query_later(tx_db(tx), &MARK, &args, rows, err);
}

void feed_store_take_mark(struct tx *tx, uint32_t feed_id, struct db_rows *rows, struct feed_mark *out)
{
    *out = (struct feed_mark) { .feed_id = feed_id, .code = "" };
    if (rows->count) {
        out->code = arena_strdup(tx_arena(tx), db_text(rows, 0, 0));
        out->has_mark = !db_is_null(rows, 0, 1);
        out->through = out->has_mark ? db_time(rows, 0, 1) : 0;
        out->spoke_at = db_time(rows, 0, 2);
        out->silent = db_bool(rows, 0, 3);
    }
    db_rows_fini(rows);
}

int feed_store_mark(struct tx *tx, uint32_t feed_id, struct feed_mark *out, struct err *err)
{
    struct db_rows rows;

    if (feed_store_ask_mark(tx, feed_id, &rows, err) != 0 || db_flush(tx_db(tx), err) != 0) {
        db_rows_fini(&rows);
        return -1;
    }
    feed_store_take_mark(tx, feed_id, &rows, out);
    return 0;
}

int feed_store_sender(struct tx *tx, uint32_t feed_id, char **sender, const char **fact, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    if (db_query(tx_db(tx), &SENDER_OF, &args, &rows, err) != 0)
        return -1;
    *sender = (char *)(uintptr_t) "";
    *fact = "";
    if (rows.count) {
        const struct fact_kind_info *info = fact_kind_info(fact_kind_of_sender(db_i16(&rows, 0, 0)));

        *sender = arena_strdup(tx_arena(tx), db_text(&rows, 0, 1));
        *fact = info ? info->word : "";
    }
    db_rows_fini(&rows);
    return 0;
}

int feed_store_set_mark(struct tx *tx, const struct feed_mark *mark, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)mark->feed_id);
    if (mark->has_mark)
        db_arg_time(&args, mark->through);
    else
        db_arg_null(&args);
    db_arg_time(&args, mark->spoke_at);
    db_arg_bool(&args, mark->silent);
    return db_later(tx_db(tx), &SET_MARK, &args, NULL, err);
}

int feed_store_list(struct tx *tx, const char *code, const char *after, uint32_t limit, struct db_rows *rows,
                    struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code);
    db_arg_text(&args, after);
    db_arg_i32(&args, (int32_t)limit);
    return db_query(tx_db(tx), &LIST, &args, rows, err);
}
