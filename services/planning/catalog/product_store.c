/* product_store: see product_store.h. */
#include "planning/catalog/product_store.h"

/* 0: it was taken away. */
static const struct stmt PLANS = {
    "product_plans",
    "SELECT v.period_id, v.version, c.product_id, v.state FROM plan_version v JOIN (SELECT DISTINCT period_id, version,"
    " product_id FROM target_cell WHERE period_id = ANY($1::int[]) AND product_id = ANY($2::int[]) AND amount <> 0) c"
    " USING (period_id, version) WHERE v.state <> 'superseded' ORDER BY 1, 2, 3 LIMIT $3::int"
};

int product_store_plans(struct tx *tx, const int32_t *periods, size_t period_count, const int32_t *products,
                        size_t product_count, uint32_t limit, struct product_plan **rows, size_t *count,
                        struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32_array(&args, periods, period_count);
    db_arg_i32_array(&args, products, product_count);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &PLANS, &args, &found, err) != 0)
        return -1;
    *rows = arena_array(tx_arena(tx), struct product_plan, found.count);
    *count = (size_t)found.count;
    for (int i = 0; i < found.count; i++)
        (*rows)[i] = (struct product_plan) { (uint32_t)db_i32(&found, i, 0), (uint32_t)db_i32(&found, i, 1),
                                             (uint32_t)db_i32(&found, i, 2),
                                             arena_strdup(tx_arena(tx), db_text(&found, i, 3)) };
    db_rows_fini(&found);
    return 0;
}
