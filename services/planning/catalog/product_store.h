/* product_store: the SQL that tells which plans have targets of products. */
#ifndef BIHUAN_SERVICES_PLANNING_PRODUCT_STORE_H
#define BIHUAN_SERVICES_PLANNING_PRODUCT_STORE_H

#include "runtime/runtime.h"

/* A version that is in the works or in force, and one of the products that it has targets of. */
struct product_plan {
    uint32_t period_id, version, product_id;
    const char *state;
};
/* In these periods of these products, by period, version and product; at most `limit`; in the call's arena. */
int product_store_plans(struct tx *tx, const int32_t *periods, size_t period_count, const int32_t *products,
                        size_t product_count, uint32_t limit, struct product_plan **rows, size_t *count,
                        struct err *err);

#endif
