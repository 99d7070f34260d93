/* attachment_store: see attachment_store.h. */
#include "planning/cycle/attachment_store.h"

#define COLUMNS "id, owner_kind, owner_id, name, size, hash, complete, added_by, added_at"

static const struct stmt FIND = { "attachment_find",
                                  "SELECT " COLUMNS " FROM attachment WHERE owner_kind = $1 AND owner_id = $2"
                                  " AND name = $3 AND complete = $4 AND NOT replaced" };
static const struct stmt GET = { "attachment_get", "SELECT " COLUMNS " FROM attachment WHERE id = $1" };
static const struct stmt LIST = { "attachment_list",
                                  "SELECT " COLUMNS " FROM attachment WHERE owner_kind = $1 AND owner_id = $2"
                                  " AND complete AND NOT replaced ORDER BY name" };
static const struct stmt NEXT_ID = { "attachment_next_id", "SELECT coalesce(max(id), 0) + 1 FROM attachment" };
static const struct stmt BEGIN = { "attachment_begin",
                                   "INSERT INTO attachment (id, owner_kind, owner_id, name, size, hash, complete,"
                                   " replaced, added_by, added_at) VALUES ($1, $2, $3, $4, 0, '', false, false, $5,"
                                   " $6)" };
static const struct stmt DROP_PIECES = { "attachment_drop_pieces",
                                         "DELETE FROM attachment_piece WHERE attachment_id = $1" };
static const struct stmt DROP = { "attachment_drop", "DELETE FROM attachment WHERE id = $1" };
static const struct stmt APPEND = { "attachment_append",
                                    "INSERT INTO attachment_piece (attachment_id, at, data) VALUES ($1, $2, $3)" };
static const struct stmt GROW = { "attachment_grow", "UPDATE attachment SET size = $2 WHERE id = $1" };
static const struct stmt REPLACE = { "attachment_replace",
                                     "UPDATE attachment SET replaced = true WHERE owner_kind = $1 AND owner_id = $2"
                                     " AND name = $3 AND id <> $4" };
static const struct stmt OTHERS_SIZE = { "attachment_others_size",
                                         "SELECT coalesce(sum(size), 0)::bigint FROM attachment WHERE owner_kind = $1"
                                         " AND owner_id = $2 AND name <> $3 AND NOT replaced" };
static const struct stmt FORGET = {
    "attachment_forget",
    "DELETE FROM attachment_piece WHERE attachment_id IN (SELECT id FROM (SELECT id, replaced, sum(size) OVER"
    " (ORDER BY replaced, id DESC) AS total FROM attachment WHERE owner_kind = $1 AND owner_id = $2 AND complete) f"
    " WHERE f.replaced AND f.total > $3::bigint)"
};
static const struct stmt FINISH = {
    "attachment_finish",
    "UPDATE attachment SET complete = true, hash = (SELECT encode(sha256(string_agg(data, ''::bytea ORDER BY at)),"
    " 'hex') FROM attachment_piece WHERE attachment_id = $1) WHERE id = $1 RETURNING hash"
};
static const struct stmt READ = {
    "attachment_read", "SELECT substring(data FROM (1 + $2::bigint - at)::int FOR $3::int) FROM attachment_piece"
                       " WHERE attachment_id = $1 AND at <= $2::bigint AND at + length(data) > $2::bigint"
};

static struct attachment take(struct tx *tx, const struct db_rows *rows, int row)
{
    return (struct attachment) { .id = db_i64(rows, row, 0),
                                 .kind = (enum attachment_owner)db_i16(rows, row, 1),
                                 .owner = db_i64(rows, row, 2),
                                 .name = arena_strdup(tx_arena(tx), db_text(rows, row, 3)),
                                 .size = db_i64(rows, row, 4),
                                 .hash = arena_strdup(tx_arena(tx), db_text(rows, row, 5)),
                                 .complete = db_bool(rows, row, 6),
                                 .added_by = arena_strdup(tx_arena(tx), db_text(rows, row, 7)),
                                 .added_at = db_time(rows, row, 8) };
}

static int query(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct attachment **rows,
                 size_t *count, struct err *err)
{
    struct db_rows found;

    if (db_query(tx_db(tx), stmt, args, &found, err) != 0)
        return -1;
    *count = (size_t)found.count;
    *rows = arena_array(tx_arena(tx), struct attachment, found.count + 1);
    for (int i = 0; i < found.count; i++)
        (*rows)[i] = take(tx, &found, i);
    db_rows_fini(&found);
    return 0;
}

int attachment_store_find(struct tx *tx, enum attachment_owner kind, int64_t owner, const char *name, bool complete,
                          struct attachment **out, struct err *err)
{
    struct db_args args;
    size_t count;

    db_args_init(&args, tx_arena(tx));
    db_arg_i16(&args, (int16_t)kind);
    db_arg_i64(&args, owner);
    db_arg_text(&args, name);
    db_arg_bool(&args, complete);
    if (query(tx, &FIND, &args, out, &count, err) != 0)
        return -1;
    if (!count)
        *out = NULL;
    return 0;
}

int attachment_store_get(struct tx *tx, int64_t id, struct attachment **out, struct err *err)
{
    struct db_args args;
    size_t count;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, id);
    if (query(tx, &GET, &args, out, &count, err) != 0)
        return -1;
    if (!count)
        *out = NULL;
    return 0;
}

int attachment_store_list(struct tx *tx, enum attachment_owner kind, int64_t owner, struct attachment **rows,
                          size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i16(&args, (int16_t)kind);
    db_arg_i64(&args, owner);
    return query(tx, &LIST, &args, rows, count, err);
}

int attachment_store_begin(struct tx *tx, struct attachment *attachment, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    if (db_query(tx_db(tx), &NEXT_ID, NULL, &rows, err) != 0)
        return -1;
    attachment->id = db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, attachment->id);
    db_arg_i16(&args, (int16_t)attachment->kind);
    db_arg_i64(&args, attachment->owner);
    db_arg_text(&args, attachment->name);
    db_arg_text(&args, attachment->added_by);
    db_arg_time(&args, attachment->added_at);
    return db_exec(tx_db(tx), &BEGIN, &args, NULL, err);
}

int attachment_store_drop(struct tx *tx, int64_t id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, id);
    return db_exec(tx_db(tx), &DROP_PIECES, &args, NULL, err) != 0 ? -1 : db_exec(tx_db(tx), &DROP, &args, NULL, err);
}

int attachment_store_append(struct tx *tx, struct attachment *attachment, const void *data, size_t len, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, attachment->id);
    db_arg_i64(&args, attachment->size);
    db_arg_bytes(&args, data, len);
    if (db_exec(tx_db(tx), &APPEND, &args, NULL, err) != 0)
        return -1;
    attachment->size += (int64_t)len;
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, attachment->id);
    db_arg_i64(&args, attachment->size);
    return db_exec(tx_db(tx), &GROW, &args, NULL, err);
}

int attachment_store_others_size(struct tx *tx, enum attachment_owner kind, int64_t owner, const char *name,
                                 int64_t *size, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i16(&args, (int16_t)kind);
    db_arg_i64(&args, owner);
    db_arg_text(&args, name);
    if (db_query(tx_db(tx), &OTHERS_SIZE, &args, &rows, err) != 0)
        return -1;
    *size = db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

static int forget(struct tx *tx, const struct attachment *attachment, int64_t keep, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i16(&args, (int16_t)attachment->kind);
    db_arg_i64(&args, attachment->owner);
    db_arg_i64(&args, keep);
    return db_exec(tx_db(tx), &FORGET, &args, NULL, err);
}

int attachment_store_finish(struct tx *tx, struct attachment *attachment, int64_t keep, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i16(&args, (int16_t)attachment->kind);
    db_arg_i64(&args, attachment->owner);
    db_arg_text(&args, attachment->name);
    db_arg_i64(&args, attachment->id);
    if (db_exec(tx_db(tx), &REPLACE, &args, NULL, err) != 0)
        return -1;
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, attachment->id);
    if (db_query(tx_db(tx), &FINISH, &args, &rows, err) != 0)
        return -1;
    attachment->hash = arena_strdup(tx_arena(tx), db_text(&rows, 0, 0));
    attachment->complete = true;
    db_rows_fini(&rows);
    return forget(tx, attachment, keep, err);
}

int attachment_store_read(struct tx *tx, int64_t id, int64_t offset, int32_t limit, ProtobufCBinaryData *out,
                          struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    *out = (ProtobufCBinaryData) { 0 };
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, id);
    db_arg_i64(&args, offset);
    db_arg_i32(&args, limit);
    if (db_query(tx_db(tx), &READ, &args, &rows, err) != 0)
        return -1;
    if (rows.count) {
        const uint8_t *bytes = db_bytes(&rows, 0, 0, &out->len);

        out->data = arena_memdup(tx_arena(tx), bytes, out->len);
    }
    db_rows_fini(&rows);
    return 0;
}
