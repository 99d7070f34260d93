/* closing_store: the SQL of closed periods and their statements. */
#ifndef BIHUAN_INCENTIVE_CLOSING_STORE_H
#define BIHUAN_INCENTIVE_CLOSING_STORE_H

#include "runtime/runtime.h"

#define DIGEST_LEN 32
#define HASH_TEXT  65 /* hex and NUL */

struct closing_row {
    uint32_t period_id;
    const char *period;
    int32_t from_day, until_day;
    int64_t closed_at;
    const char *closed_by;
    uint32_t statements;
    const char *hash;
};

struct statement_row {
    uint32_t unit_id;
    uint64_t credit_count;
    uint8_t digest[DIGEST_LEN];
    const uint8_t *body[2]; /* zh, en; packed Statement */
    size_t body_len[2];
    char hash[HASH_TEXT];
};

int closing_store_put(struct tx *tx, const struct closing_row *closing, const struct statement_row *statements,
                      struct err *err);

/* By period id; texts are borrowed for the call. */
typedef int closing_fn(void *arg, const struct closing_row *row, struct err *err);
int closing_store_each(struct tx *tx, closing_fn *each, void *arg, struct err *err);

/* The statement in a language, in the call's arena; *found false where there is none. */
int closing_store_statement(struct tx *tx, uint32_t period_id, uint32_t unit_id, bool zh, struct statement_row *out,
                            const uint8_t **body, size_t *body_len, bool *found, struct err *err);

#endif
