/* known_store: see known_store.h. */
#include "feedback/files/known_store.h"

#include <sodium.h>
#include <string.h>

/* One content after the other, so that each is found by the index. */
static const struct stmt KNOWN = {
    "file_known", "SELECT n.i FROM unnest($2::text[]) WITH ORDINALITY n(hex, i) CROSS JOIN LATERAL (SELECT 1"
                  " FROM feed_file x WHERE x.feed_id = $1 AND x.sha256 = decode(n.hex, 'hex')"
                  " AND x.state NOT IN ('duplicate', 'waiting') OFFSET 0) f"
};

int known_store_contents(struct tx *tx, uint32_t feed_id, const uint8_t (*sha256)[SHA256_LEN], size_t count,
                         bool *known, struct err *err)
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
    if (db_query(tx_db(tx), &KNOWN, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++)
        known[db_i64(&rows, i, 0) - 1] = true;
    db_rows_fini(&rows);
    return 0;
}
