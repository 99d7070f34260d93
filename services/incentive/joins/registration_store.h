/* registration_store: the SQL of registered deals and of who holds which customer. */
#ifndef BIHUAN_INCENTIVE_REGISTRATION_STORE_H
#define BIHUAN_INCENTIVE_REGISTRATION_STORE_H

#include "incentive/joins/customers.h"
#include "incentive/joins/registrations.h"
#include "runtime/runtime.h"

struct registration_row {
    uint16_t bucket;
    uint64_t source_seq;
    int16_t source_row;
    const char *sender, *key;
    const char *customer; /* not terminated */
    size_t customer_len;
    uint32_t product_id, unit_id;
    int32_t day, days;
    int64_t occurred_at;
    bool undoes;
};
/* Rows encoded and not yet written. Zeroed is empty. */
struct registration_rows {
    struct copy_in encoded;
    uint64_t count;
};
void registration_rows_add(struct registration_rows *rows, const struct registration_row *row);
int registration_rows_write(struct registration_rows *rows, struct tx *tx, struct err *err);
void registration_rows_drop(struct registration_rows *rows);

/* Whether any row isn't in effect yet. */
int registration_store_any_new(struct tx *tx, bool *any, struct err *err);
/* Lets all of them take effect; *first_day is the earliest of their days, *any whether there was one. */
int registration_store_take(struct tx *tx, int32_t *first_day, bool *any, struct err *err);
/* All that are in effect, in the place of what *out holds. */
int registration_store_load(struct tx *tx, struct registrations *out, struct err *err);

/* One as it is listed; texts in the call's arena. */
struct registration_found {
    const char *sender, *key;
    struct registration is;
};
/* At most `limit`, behind `skip`, by customer and order of registering. customer "" all, unit_id 0 all; day INT32_MIN
 * all, else those that hold then, where those that don't say it hold for `days`. */
int registration_store_page(struct tx *tx, const char *customer, uint32_t unit_id, int32_t day, int32_t days,
                            uint32_t skip, uint32_t limit, struct registration_found **rows, size_t *count,
                            struct err *err);

/* --- holdings --- */
int holding_store_put(struct tx *tx, const struct customer_holding *holding, struct err *err);
/* The one of that customer and day; *found false where there is none. Text in the call's arena. */
int holding_store_get(struct tx *tx, const char *customer, int32_t from_day, struct customer_holding *out, bool *found,
                      struct err *err);
/* All, in the place of what *out holds. */
int holding_store_load(struct tx *tx, struct customers *out, struct err *err);
/* At most `limit`, behind (customer, from_day) of `after`; customer and holder "" all; day INT32_MIN all. */
int holding_store_page(struct tx *tx, const char *customer, const char *holder, int32_t day,
                       const struct customer_holding *after, uint32_t limit, struct customer_holding **rows,
                       size_t *count, struct err *err);

#endif
