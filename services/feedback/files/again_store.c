/* again_store: see again_store.h. */
#include "feedback/files/again_store.h"

static const struct stmt NOTE = { "again_note", "INSERT INTO feed_again SELECT id FROM feed WHERE code = $1"
                                                " ON CONFLICT DO NOTHING" };
static const struct stmt TAKE = { "again_take", "DELETE FROM feed_again RETURNING feed_id" };

int again_store_note(struct tx *tx, const char *feed, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, feed);
    return db_exec(tx_db(tx), &NOTE, &args, NULL, err);
}

int again_store_take(struct tx *tx, uint32_t **feeds, size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &TAKE, NULL, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *feeds = arena_array(tx_arena(tx), uint32_t, *count + 1);
    for (size_t i = 0; i < *count; i++)
        (*feeds)[i] = (uint32_t)db_i32(&rows, (int)i, 0);
    db_rows_fini(&rows);
    return 0;
}
