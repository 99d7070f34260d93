/* closed_store: see closed_store.h. */
#include "feedback/facts/closed_store.h"

static const struct stmt FACTS = {
    "closed_facts",
    "SELECT o.sender, o.day, o.site_id <> $1, count(*), coalesce(sum(o.amount), 0)::bigint FROM order_line o"
    " WHERE (o.site_id = $1 OR o.seller_id = $1) AND o.day >= $2 AND o.operation = 0 AND NOT EXISTS (SELECT 1 FROM"
    " order_line x WHERE x.bucket = o.bucket AND x.sender = o.sender AND x.record_key = o.record_key"
    " AND (x.operation = 1 OR x.version > o.version)) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
};

int closed_store_facts(struct tx *tx, uint32_t unit, int32_t from, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)unit);
    db_arg_date(&args, from);
    return db_query(tx_db(tx), &FACTS, &args, rows, err);
}
