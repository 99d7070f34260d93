/* code_map_store: see code_map_store.h. */
#include "feedback/feeds/code_map_store.h"

static const struct stmt LIST = { "code_map_list",
                                  "SELECT body FROM code_map WHERE ($1 = '' OR sender = $1) AND ($2 = '' OR name = $2)"
                                  " AND (sender, name) > ($3, $4) ORDER BY sender, name LIMIT $5::int" };
static const struct stmt PUT = { "code_map_put", "INSERT INTO code_map (sender, name, body) VALUES ($1, $2, $3)"
                                                 " ON CONFLICT (sender, name) DO UPDATE SET body = excluded.body" };

int code_map_store_list(struct tx *tx, const char *sender, const char *name, const char *after_sender,
                        const char *after_name, uint32_t limit, struct arena *arena, Bihuan__SenderCodeMap ***out,
                        size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, sender);
    db_arg_text(&args, name);
    db_arg_text(&args, after_sender);
    db_arg_text(&args, after_name);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &LIST, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(arena, Bihuan__SenderCodeMap *, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        size_t len;
        const uint8_t *body = db_bytes(&rows, i, 0, &len);

        (*out)[i] = bihuan__sender_code_map__unpack(&arena->allocator, len, body);
        rc = (*out)[i] ? 0 : err_set(err, "could not decode a stored code map");
    }
    db_rows_fini(&rows);
    return rc;
}

int code_map_store_put(struct tx *tx, const Bihuan__SenderCodeMap *map, struct err *err)
{
    size_t len = bihuan__sender_code_map__get_packed_size(map);
    uint8_t *body = arena_alloc(tx_arena(tx), len + 1);
    struct db_args args;

    bihuan__sender_code_map__pack(map, body);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, map->sender);
    db_arg_text(&args, map->name);
    db_arg_bytes(&args, body, len);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}
