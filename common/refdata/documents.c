/* documents: see documents.h. */
#include "refdata/documents.h"

#include "refdata/documents_diff.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CHANGES_SHOWN 200
#define LIMIT_DEFAULT 100
#define LIMIT_MAX     500

static const struct stmt BY_CODES = { "document_by_codes",
                                      "SELECT code, body FROM document WHERE kind = $1 AND code = ANY($2::text[])" };
static const struct stmt ALL = { "document_all", "SELECT code, body FROM document WHERE kind = $1 ORDER BY id" };
static const struct stmt PAGE = { "document_page", "SELECT code, body FROM document WHERE kind = $1 AND code > $2"
                                                   " ORDER BY code LIMIT $3::int" };
static const struct stmt LAST_ID = { "document_last_id", "SELECT coalesce(max(id), 0) FROM document WHERE kind = $1" };
static const struct stmt PUT = { "document_put",
                                 "INSERT INTO document (kind, code, id, body) VALUES ($1, $2, $3, $4)"
                                 " ON CONFLICT (kind, code) DO UPDATE SET id = excluded.id, body = excluded.body" };

bool code_valid(const char *code)
{
    size_t len = strlen(code);

    if (len < 1 || len > 64 || !isalnum((unsigned char)code[0]))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)code[i]) && !strchr("._-", code[i]))
            return false;
    return true;
}

uint32_t page_limit(const Bihuan__Page *page)
{
    if (!page || !page->limit)
        return LIMIT_DEFAULT;
    return page->limit < LIMIT_MAX ? page->limit : LIMIT_MAX;
}

/* --- fields by name --- */

static void *member(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

    return field ? (char *)(uintptr_t)message + field->offset : NULL;
}

static const char *code_of(const ProtobufCMessage *message)
{
    return *(char **)member(message, "code");
}

static uint32_t *id_of(const ProtobufCMessage *message)
{
    return member(message, "id");
}

static uint8_t *pack(struct arena *arena, const ProtobufCMessage *message, size_t *len)
{
    uint8_t *out;

    *len = protobuf_c_message_get_packed_size(message);
    out = arena_alloc(arena, *len + 1);
    protobuf_c_message_pack(message, out);
    return out;
}

/* --- applying --- */

struct stored {
    const char *code;
    ProtobufCMessage *message;
    const uint8_t *body;
    size_t body_len;
};

static int load_existing(struct tx *tx, const struct documents_kind *kind, ProtobufCMessage **items, size_t count,
                         struct stored **out, size_t *out_count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    const char **codes = arena_array(arena, const char *, count);
    struct db_args args;
    struct db_rows rows;

    for (size_t i = 0; i < count; i++)
        codes[i] = code_of(items[i]);
    db_args_init(&args, arena);
    db_arg_text(&args, kind->kind);
    db_arg_text_array(&args, codes, count);
    if (db_query(tx_db(tx), &BY_CODES, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(arena, struct stored, rows.count);
    *out_count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++) {
        struct stored *stored = &(*out)[i];
        size_t len;
        const uint8_t *body = db_bytes(&rows, i, 1, &len);

        stored->code = arena_strdup(arena, db_text(&rows, i, 0));
        stored->body = arena_memdup(arena, body, len);
        stored->body_len = len;
        if (message_unpack(kind->type, stored->body, len, arena, &stored->message, err) != 0) {
            db_rows_fini(&rows);
            return -1;
        }
    }
    db_rows_fini(&rows);
    return 0;
}

static const struct stored *find_stored(const struct stored *stored, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(stored[i].code, code) == 0)
            return &stored[i];
    return NULL;
}

static int last_id(struct tx *tx, const char *kind, uint32_t *out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, kind);
    if (db_query(tx_db(tx), &LAST_ID, &args, &rows, err) != 0)
        return -1;
    *out = (uint32_t)db_i32(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

static int check_item(struct tx *tx, const struct documents_kind *kind, ProtobufCMessage **items, size_t index,
                      const struct stored *stored, struct err *err)
{
    char pointer[64];
    char code_pointer[80];
    const char *code = code_of(items[index]);

    snprintf(pointer, sizeof pointer, "/items/%zu", index);
    snprintf(code_pointer, sizeof code_pointer, "%s/code", pointer);
    if (!code_valid(code))
        tx_problem(tx, code_pointer, "bad_code",
                   "code \"%s\" must be 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit",
                   code);
    for (size_t i = 0; i < index; i++)
        if (strcmp(code_of(items[i]), code) == 0) {
            tx_problem(tx, code_pointer, "duplicate_code", "code \"%s\" stands twice in this request; keep one", code);
            break;
        }
    return kind->check ? kind->check(tx, items[index], stored ? stored->message : NULL, pointer, err) : 0;
}

static void note_change(struct tx *tx, struct documents_result *out, const struct stored *stored,
                        ProtobufCMessage *item)
{
    struct arena *arena = tx_arena(tx);
    Bihuan__Change *change;

    out->changed[out->changed_count++] = item;
    if (stored)
        out->reply->changed++;
    else
        out->reply->created++;
    if (out->reply->n_changes == CHANGES_SHOWN)
        return;
    change = arena_new(arena, Bihuan__Change);
    bihuan__change__init(change);
    change->code = arena_strdup(arena, code_of(item));
    change->action = (char *)(uintptr_t)(stored ? "changed" : "created");
    change->difference = stored ? documents_diff(arena, stored->message, item) : (char *)(uintptr_t) "";
    out->reply->changes[out->reply->n_changes++] = change;
}

static int write_changed(struct tx *tx, const char *kind, const struct documents_result *out, struct err *err)
{
    for (size_t i = 0; i < out->changed_count; i++)
        if (documents_put(tx, kind, out->changed[i], err) != 0)
            return -1;
    return 0;
}

static void result_init(struct tx *tx, struct documents_result *out, size_t count, bool dry_run)
{
    struct arena *arena = tx_arena(tx);

    *out = (struct documents_result) { .changed = arena_array(arena, ProtobufCMessage *, count) };
    out->reply = arena_new(arena, Bihuan__ApplyReply);
    bihuan__apply_reply__init(out->reply);
    out->reply->dry_run = dry_run;
    out->reply->changes = arena_array(arena, Bihuan__Change *, CHANGES_SHOWN);
}

int documents_apply(struct tx *tx, const struct documents_kind *kind, bool dry_run, ProtobufCMessage **items,
                    size_t count, struct documents_result *out, struct err *err)
{
    struct stored *stored = NULL;
    size_t stored_count = 0;
    uint32_t id = 0;

    result_init(tx, out, count, dry_run);
    if (load_existing(tx, kind, items, count, &stored, &stored_count, err) != 0 ||
        last_id(tx, kind->kind, &id, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct stored *old = find_stored(stored, stored_count, code_of(items[i]));
        const uint8_t *body;
        size_t len;

        if (check_item(tx, kind, items, i, old, err) != 0)
            return -1;
        *id_of(items[i]) = old ? *id_of(old->message) : ++id;
        body = pack(tx_arena(tx), items[i], &len);
        if (old && old->body_len == len && memcmp(old->body, body, len) == 0)
            out->reply->unchanged++;
        else
            note_change(tx, out, old, items[i]);
    }
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    return dry_run ? 0 : write_changed(tx, kind->kind, out, err);
}

int documents_put(struct tx *tx, const char *kind, const ProtobufCMessage *item, struct err *err)
{
    struct db_args args;
    size_t len;
    const uint8_t *body = pack(tx_arena(tx), item, &len);

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, kind);
    db_arg_text(&args, code_of(item));
    db_arg_i32(&args, (int32_t)*id_of(item));
    db_arg_bytes(&args, body, len);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

/* --- reading --- */

static int unpack_row(struct tx *tx, const ProtobufCMessageDescriptor *type, const struct db_rows *rows, int row,
                      ProtobufCMessage **out, struct err *err)
{
    size_t len;
    const uint8_t *body = db_bytes(rows, row, 1, &len);

    return message_unpack(type, arena_memdup(tx_arena(tx), body, len), len, tx_arena(tx), out, err);
}

int documents_each(struct tx *tx, const char *kind, const ProtobufCMessageDescriptor *type, documents_each_fn *each,
                   void *arg, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, kind);
    if (db_query(tx_db(tx), &ALL, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        ProtobufCMessage *message;

        rc = unpack_row(tx, type, &rows, i, &message, err);
        if (rc == 0)
            rc = each(arg, message, err);
    }
    db_rows_fini(&rows);
    return rc;
}

int documents_get(struct tx *tx, const char *kind, const ProtobufCMessageDescriptor *type, const char *code,
                  ProtobufCMessage **out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, kind);
    db_arg_text_array(&args, &code, 1);
    if (db_query(tx_db(tx), &BY_CODES, &args, &rows, err) != 0)
        return -1;
    *out = NULL;
    if (rows.count)
        rc = unpack_row(tx, type, &rows, 0, out, err);
    db_rows_fini(&rows);
    return rc;
}

/* Reads on behind `cursor` until `limit` are kept. More than one round only where `keep` leaves most out. */
static int fill_page(struct tx *tx, const char *kind, const ProtobufCMessageDescriptor *type, const char *cursor,
                     uint32_t limit, documents_keep_fn *keep, const void *arg, ProtobufCMessage **items, size_t *count,
                     char **next, struct err *err)
{
    for (;;) {
        struct db_args args;
        struct db_rows rows;
        int rc = 0;

        db_args_init(&args, tx_arena(tx));
        db_arg_text(&args, kind);
        db_arg_text(&args, cursor);
        db_arg_i32(&args, LIMIT_MAX + 1);
        if (db_query(tx_db(tx), &PAGE, &args, &rows, err) != 0)
            return -1;
        for (int i = 0; rc == 0 && i < rows.count; i++) {
            ProtobufCMessage *message;

            rc = unpack_row(tx, type, &rows, i, &message, err);
            if (rc != 0 || (keep && !keep(arg, message)))
                continue;
            if (*count == limit) {
                *next = arena_strdup(tx_arena(tx), code_of(items[limit - 1]));
                db_rows_fini(&rows);
                return 0;
            }
            items[(*count)++] = message;
        }
        if (rows.count)
            cursor = arena_strdup(tx_arena(tx), db_text(&rows, rows.count - 1, 0));
        if (rc != 0 || rows.count <= LIMIT_MAX) {
            db_rows_fini(&rows);
            return rc;
        }
        db_rows_fini(&rows);
    }
}

int documents_list(struct tx *tx, const char *kind, const ProtobufCMessageDescriptor *type, const Bihuan__Page *page,
                   documents_keep_fn *keep, const void *arg, ProtobufCMessage ***items, size_t *count, char **next,
                   struct err *err)
{
    uint32_t limit = page_limit(page);

    *items = arena_array(tx_arena(tx), ProtobufCMessage *, limit);
    *count = 0;
    *next = (char *)(uintptr_t) "";
    return fill_page(tx, kind, type, page && page->cursor ? page->cursor : "", limit, keep, arg, *items, count, next,
                     err);
}
