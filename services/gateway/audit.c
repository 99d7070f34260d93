/* audit: see audit.h. */
#include "gateway/audit.h"

#include <endian.h>
#include <sodium.h>
#include <string.h>

static const struct stmt head_stmt = { "audit_head", "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1" };
static const struct stmt append_stmt = {
    "audit_append", "INSERT INTO audit (id, at, stage, request_id, person, address, method, path, status, body_hash,"
                    " previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
                    " ON CONFLICT (request_id, stage) DO NOTHING"
};
static const struct stmt range_stmt = {
    "audit_range", "SELECT id, at, stage, request_id, person, address, method, path, status, body_hash, hash"
                   " FROM audit WHERE id > $1 ORDER BY id LIMIT 1000"
};

static void add_bytes(crypto_generichash_state *hash, const void *bytes, size_t len)
{
    uint64_t be = htobe64(len);

    crypto_generichash_update(hash, (const unsigned char *)&be, sizeof be);
    crypto_generichash_update(hash, bytes, len);
}

static void add_text(crypto_generichash_state *hash, const char *text)
{
    add_bytes(hash, text, strlen(text));
}

static void add_int(crypto_generichash_state *hash, int64_t value)
{
    uint64_t be = htobe64((uint64_t)value);

    add_bytes(hash, &be, sizeof be);
}

struct audit_head audit_next(const struct audit_head *head, const struct audit_row *row)
{
    struct audit_head next = { .id = head->id + 1 };
    crypto_generichash_state hash;

    crypto_generichash_init(&hash, NULL, 0, AUDIT_HASH_LEN);
    add_bytes(&hash, head->hash, AUDIT_HASH_LEN);
    add_int(&hash, next.id);
    add_int(&hash, row->at_us);
    add_text(&hash, row->stage);
    add_text(&hash, row->request_id);
    add_text(&hash, row->person);
    add_text(&hash, row->address);
    add_text(&hash, row->method);
    add_text(&hash, row->path);
    add_int(&hash, row->status);
    add_bytes(&hash, row->body_hash, AUDIT_HASH_LEN);
    crypto_generichash_final(&hash, next.hash, AUDIT_HASH_LEN);
    return next;
}

void audit_hash_body(uint8_t out[AUDIT_HASH_LEN], const uint8_t *body, size_t len)
{
    crypto_generichash(out, AUDIT_HASH_LEN, body, len, NULL, 0);
}

/* A hash column; zeros where it has another length. */
static void read_hash(const struct db_rows *rows, int row, int column, uint8_t out[AUDIT_HASH_LEN])
{
    size_t len;
    const uint8_t *bytes = db_bytes(rows, row, column, &len);

    memset(out, 0, AUDIT_HASH_LEN);
    if (len == AUDIT_HASH_LEN)
        memcpy(out, bytes, len);
}

int audit_store_head(struct db *db, struct audit_head *out, struct err *err)
{
    struct db_rows rows;

    if (db_query(db, &head_stmt, NULL, &rows, err) != 0)
        return -1;
    memset(out, 0, sizeof *out);
    if (rows.count == 1) {
        out->id = db_i64(&rows, 0, 0);
        read_hash(&rows, 0, 1, out->hash);
    }
    db_rows_fini(&rows);
    return 0;
}

int audit_store_append(struct db *db, struct arena *arena, struct audit_head *head, const struct audit_row *row,
                       struct err *err)
{
    struct audit_head next = audit_next(head, row);
    struct db_args args;
    int64_t added;

    db_args_init(&args, arena);
    db_arg_i64(&args, next.id);
    db_arg_time(&args, row->at_us);
    db_arg_text(&args, row->stage);
    db_arg_text(&args, row->request_id);
    db_arg_text(&args, row->person);
    db_arg_text(&args, row->address);
    db_arg_text(&args, row->method);
    db_arg_text(&args, row->path);
    db_arg_i32(&args, row->status);
    db_arg_bytes(&args, row->body_hash, AUDIT_HASH_LEN);
    db_arg_bytes(&args, head->hash, AUDIT_HASH_LEN);
    db_arg_bytes(&args, next.hash, AUDIT_HASH_LEN);
    if (db_exec(db, &append_stmt, &args, &added, err) != 0)
        return -1;
    if (added)
        *head = next;
    return 0;
}

/* True when the row stands where the chain expects it. Moves *head. */
static bool check_row(const struct db_rows *rows, int i, struct audit_head *head)
{
    struct audit_row row = { .at_us = db_time(rows, i, 1),
                             .stage = db_text(rows, i, 2),
                             .request_id = db_text(rows, i, 3),
                             .person = db_text(rows, i, 4),
                             .address = db_text(rows, i, 5),
                             .method = db_text(rows, i, 6),
                             .path = db_text(rows, i, 7),
                             .status = db_i32(rows, i, 8) };
    uint8_t stored[AUDIT_HASH_LEN];

    read_hash(rows, i, 9, row.body_hash);
    read_hash(rows, i, 10, stored);
    *head = audit_next(head, &row);
    return head->id == db_i64(rows, i, 0) && memcmp(head->hash, stored, AUDIT_HASH_LEN) == 0;
}

int audit_store_check(struct db *db, struct arena *arena, int64_t *count, int64_t *broken_id, struct err *err)
{
    struct audit_head head = { .id = 0 };
    struct db_rows rows;

    *broken_id = 0;
    do {
        struct db_args args;
        db_args_init(&args, arena);
        db_arg_i64(&args, head.id);
        if (db_query(db, &range_stmt, &args, &rows, err) != 0)
            return -1;
        for (int i = 0; i < rows.count && !*broken_id; i++)
            if (!check_row(&rows, i, &head))
                *broken_id = db_i64(&rows, i, 0);
        db_rows_fini(&rows);
    } while (rows.count == 1000 && !*broken_id);
    *count = head.id;
    return 0;
}
