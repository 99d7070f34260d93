/* pay_statement_store: the SQL of frozen statements of pay. */
#ifndef BIHUAN_INCENTIVE_PAY_STATEMENT_STORE_H
#define BIHUAN_INCENTIVE_PAY_STATEMENT_STORE_H

#include "runtime/runtime.h"

int pay_statement_store_begin(struct tx *tx, struct copy_in *copy, struct err *err);
/* The file is compressed here. */
int pay_statement_store_copy(struct copy_in *copy, uint32_t period_id, uint32_t unit_id, const char *hash,
                             const struct buf *file, struct err *err);
/* In the call's arena, with a 0 behind it; NULL in *file where there is none. */
int pay_statement_store_get(struct tx *tx, uint32_t period_id, uint32_t unit_id, char **file, struct err *err);

#endif
