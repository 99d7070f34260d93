/* known_store: see known_store.h. */
#include "feedback/files/known_store.h"

#include <sodium.h>
#include <string.h>

/* One content, and one name, after the other, so that each is found by the index. */
static const struct stmt KNOWN = {
    "file_known", "SELECT n.i FROM unnest($2::text[]) WITH ORDINALITY n(hex, i) CROSS JOIN LATERAL (SELECT 1"
                  " FROM feed_file x WHERE x.feed_id = $1 AND x.sha256 = decode(n.hex, 'hex')"
                  " AND x.state NOT IN ('duplicate', 'waiting') OFFSET 0) f"
                  " UNION SELECT n.i FROM unnest($3::text[]) WITH ORDINALITY n(name, i) CROSS JOIN LATERAL (SELECT 1"
                  " FROM feed_file x WHERE x.feed_id = $1 AND x.name = n.name AND x.state = 'waiting' OFFSET 0) w"
};

static const struct stmt WAITING = { "file_waiting", "SELECT id FROM feed_file WHERE feed_id = $1 AND name = $2"
                                                     " AND state = 'waiting' ORDER BY id LIMIT 1" };
static const struct stmt DROP_WAITING = { "file_drop_waiting",
                                          "DELETE FROM feed_file WHERE id = $1 AND state = 'waiting'" };
static const struct stmt OF_COMPANION = { "file_of_companion",
                                          "SELECT id FROM feed_file WHERE feed_id = $1 AND CASE WHEN $3 THEN"
                                          " split_part(name, '.', 1) ELSE name END = $2 AND done_at IS NOT NULL"
                                          " ORDER BY id DESC LIMIT 1" };
static const struct stmt NOTE = { "file_note", "UPDATE feed_file SET note = $2 WHERE id = $1" };
static const struct stmt SAY_WHY = { "file_say_why", "UPDATE feed_file SET error = $2 WHERE id = $1 AND state IN"
                                                     " ('waiting', 'seen', 'verified', 'loading')" };

int known_store_waiting(struct tx *tx, uint32_t feed_id, const char *name, uint64_t *id, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_text(&args, name);
    if (db_query(tx_db(tx), &WAITING, &args, &rows, err) != 0)
        return -1;
    *id = rows.count ? (uint64_t)db_i64(&rows, 0, 0) : 0;
    db_rows_fini(&rows);
    return 0;
}

int known_store_forget_waiting(struct tx *tx, uint32_t feed_id, const char *name, struct err *err)
{
    uint64_t id;

    if (known_store_waiting(tx, feed_id, name, &id, err) != 0)
        return -1;
    return id ? known_store_drop_waiting(tx, id, err) : 0;
}

int known_store_of_companion(struct tx *tx, uint32_t feed_id, const char *of, bool of_base, uint64_t *id,
                             struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_text(&args, of);
    db_arg_bool(&args, of_base);
    if (db_query(tx_db(tx), &OF_COMPANION, &args, &rows, err) != 0)
        return -1;
    *id = rows.count ? (uint64_t)db_i64(&rows, 0, 0) : 0;
    db_rows_fini(&rows);
    return 0;
}

int known_store_drop_waiting(struct tx *tx, uint64_t id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    return db_exec(tx_db(tx), &DROP_WAITING, &args, NULL, err);
}

int known_store_say_why(struct tx *tx, uint64_t id, const char *why, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    db_arg_text(&args, why);
    return db_exec(tx_db(tx), &SAY_WHY, &args, NULL, err);
}

int known_store_note(struct tx *tx, uint64_t id, const char *note, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, (int64_t)id);
    db_arg_text(&args, note);
    return db_exec(tx_db(tx), &NOTE, &args, NULL, err);
}

int known_store_contents(struct tx *tx, uint32_t feed_id, const uint8_t (*sha256)[SHA256_LEN], const char *const *names,
                         size_t count, bool *known, struct err *err)
{
    const char **hex = arena_array(tx_arena(tx), const char *, count);
    struct db_args args;
    struct db_rows rows;

    for (size_t i = 0; i < count; i++) {
        char *text = arena_alloc(tx_arena(tx), 2 * SHA256_LEN + 1);

        hex[i] = sodium_bin2hex(text, 2 * SHA256_LEN + 1, sha256[i], SHA256_LEN);
        known[i] = false;
    }
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_text_array(&args, hex, count);
    db_arg_text_array(&args, names, count);
    if (db_query(tx_db(tx), &KNOWN, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++)
        known[db_i64(&rows, i, 0) - 1] = true;
    db_rows_fini(&rows);
    return 0;
}
