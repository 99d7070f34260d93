/* certificate_store: the SQL of certificates. Results in the call's arena; -1 loses the transaction. */
#ifndef BIHUAN_SERVICES_PLANNING_CERTIFICATE_STORE_H
#define BIHUAN_SERVICES_PLANNING_CERTIFICATE_STORE_H

#include "runtime/runtime.h"

struct certificate {
    const char *person;
    uint32_t product_id;
    int32_t from_day, until_day;
    uint32_t unit_id;
    const char *issued_by;
    int64_t issued_at;
    const char *note;
};
/* There is one of this person, product and first day. */
int certificate_store_has(struct tx *tx, const struct certificate *row, bool *has, struct err *err);
int certificate_store_put(struct tx *tx, const struct certificate *row, struct err *err);
/* By person, product, from; person "", product 0, day INT32_MIN: any. `people` NULL: all, else only these. Behind the
 * first `skip`. */
int certificate_store_page(struct tx *tx, const char *person, uint32_t product_id, int32_t day,
                           const char *const *people, size_t people_count, int64_t skip, uint32_t limit,
                           struct certificate **rows, size_t *count, struct err *err);
/* Those that ended on the day or before and weren't announced, earliest first; goes_on: another one holds then. */
int certificate_store_ended(struct tx *tx, int32_t day, uint32_t limit, struct certificate **rows, bool **goes_on,
                            size_t *count, struct err *err);
/* Marks it as announced. */
int certificate_store_announce(struct tx *tx, const struct certificate *row, struct err *err);

#endif
