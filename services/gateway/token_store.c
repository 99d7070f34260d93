/* token_store: see token_store.h. */
#include "gateway/token_store.h"

#include <string.h>

/* Permissions travel as one text: they are words without a comma. */
#define COLUMNS                                                                                                        \
    "id, name, hash, array_to_string(permissions, ','), subtree, created_at, ends_at, revoked_at IS NOT NULL"

static const struct stmt insert_stmt = {
    "token_insert", "INSERT INTO token (id, name, hash, permissions, subtree, created_at, ends_at, made_by, made_key)"
                    " SELECT coalesce(max(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8 FROM token"
                    " ON CONFLICT (made_by, made_key) DO UPDATE SET hash = token.hash"
                    " WHERE token.hash = EXCLUDED.hash RETURNING id"
};
static const struct stmt revoke_stmt = {
    "token_revoke", "UPDATE token SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING " COLUMNS
};
static const struct stmt list_stmt = { "token_list",
                                       "SELECT " COLUMNS " FROM token WHERE id > $1 ORDER BY id LIMIT $2" };

int token_store_insert(struct db *db, struct arena *arena, struct token_row *row, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_text(&args, row->name);
    db_arg_bytes(&args, row->hash.bytes, sizeof row->hash.bytes);
    db_arg_text_array(&args, row->permissions, row->permission_count);
    db_arg_text(&args, row->subtree);
    db_arg_time(&args, row->created_at_us);
    if (row->ends_at_us)
        db_arg_time(&args, row->ends_at_us);
    else
        db_arg_null(&args);
    db_arg_text(&args, row->made_by);
    db_arg_text(&args, row->made_key);
    if (db_query(db, &insert_stmt, &args, &rows, err) != 0)
        return -1;
    row->id = rows.count == 1 ? (uint32_t)db_i32(&rows, 0, 0) : 0;
    db_rows_fini(&rows);
    return 0;
}

/* "a,b" to an array in the arena. */
static void split(struct arena *arena, const char *text, struct token_row *row)
{
    const char **words = arena_array(arena, const char *, strlen(text) / 2 + 1);

    while (*text) {
        size_t len = strcspn(text, ",");
        words[row->permission_count++] = arena_strndup(arena, text, len);
        text += len;
        text += *text == ',';
    }
    row->permissions = words;
}

static void read_row(const struct db_rows *rows, int i, struct arena *arena, struct token_row *row)
{
    size_t len;
    const uint8_t *hash = db_bytes(rows, i, 2, &len);

    *row = (struct token_row) { .id = (uint32_t)db_i32(rows, i, 0) };
    row->name = arena_strdup(arena, db_text(rows, i, 1));
    if (len == sizeof row->hash.bytes)
        memcpy(row->hash.bytes, hash, len);
    split(arena, db_text(rows, i, 3), row);
    row->subtree = arena_strdup(arena, db_text(rows, i, 4));
    row->created_at_us = db_time(rows, i, 5);
    row->ends_at_us = db_is_null(rows, i, 6) ? 0 : db_time(rows, i, 6);
    row->revoked = db_bool(rows, i, 7);
}

int token_store_revoke(struct db *db, struct arena *arena, uint32_t id, int64_t now_us, struct token_row *row,
                       struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int count;

    db_args_init(&args, arena);
    db_arg_i32(&args, (int32_t)id);
    db_arg_time(&args, now_us);
    if (db_query(db, &revoke_stmt, &args, &rows, err) != 0)
        return -1;
    count = rows.count;
    if (count == 1)
        read_row(&rows, 0, arena, row);
    db_rows_fini(&rows);
    return count == 1 ? 0 : err_fail(err, ERR_NOT_FOUND, "unknown_token", "there is no token %u", id);
}

int token_store_list(struct db *db, struct arena *arena, uint32_t after, uint32_t limit, struct token_row **out,
                     size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_i32(&args, (int32_t)after);
    db_arg_i64(&args, limit);
    if (db_query(db, &list_stmt, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(arena, struct token_row, rows.count);
    for (int i = 0; i < rows.count; i++)
        read_row(&rows, i, arena, &(*out)[i]);
    db_rows_fini(&rows);
    return 0;
}
