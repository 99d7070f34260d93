/* claim_store: see claim_store.h. */
#include "feedback/feeds/claim_store.h"

static const struct stmt PUT = { "claim_put", "INSERT INTO feed_claim (feed_id, unit_id, through) VALUES ($1, $2, $3)"
                                              " ON CONFLICT (feed_id, unit_id) DO UPDATE"
                                              " SET through = greatest(feed_claim.through, excluded.through)" };
static const struct stmt LIST = { "claim_list",
                                  "SELECT feed_id, unit_id, through FROM feed_claim ORDER BY feed_id, unit_id" };
static const struct stmt DROP = { "claim_drop", "DELETE FROM feed_claim WHERE feed_id = $1 AND unit_id = $2" };

static void arg_claim(struct db_args *args, struct tx *tx, const struct claim *claim)
{
    db_args_init(args, tx_arena(tx));
    db_arg_i32(args, (int32_t)claim->feed_id);
    db_arg_i32(args, (int32_t)claim->unit);
}

int claim_store_put(struct tx *tx, const struct claim *claim, struct err *err)
{
    struct db_args args;

    arg_claim(&args, tx, claim);
    db_arg_time(&args, claim->through);
    return db_later(tx_db(tx), &PUT, &args, NULL, err);
}

int claim_store_list(struct tx *tx, struct claim **out, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    if (db_query(tx_db(tx), &LIST, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(tx_arena(tx), struct claim, *count + 1);
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct claim) { (uint32_t)db_i32(&rows, i, 0), (uint32_t)db_i32(&rows, i, 1),
                                     db_time(&rows, i, 2) };
    db_rows_fini(&rows);
    return 0;
}

int claim_store_drop(struct tx *tx, const struct claim *claim, struct err *err)
{
    struct db_args args;

    arg_claim(&args, tx, claim);
    return db_later(tx_db(tx), &DROP, &args, NULL, err);
}
