/* pay_source: the one way in which pay reads credits, so that who receives a credit can change behind it. What
 * a payee is credited is the sum of all rows at its unit: what it sold, what was given away of it, shares and overlays
 * received. */
#ifndef BIHUAN_INCENTIVE_PAY_SOURCE_H
#define BIHUAN_INCENTIVE_PAY_SOURCE_H

#include "runtime/runtime.h"

/* One fact or its reversal as it was credited. Texts and pairs are borrowed for the call. */
struct pay_credit {
    uint32_t unit_id, product_id;
    int32_t day, counts_day; /* that it belongs to, and the one on which it counts: of what takes back, the day of what
                                it takes back */
    uint32_t version;
    const char *sender, *record_key;
    const uint8_t *pairs; /* crediting/credit.h */
    size_t pairs_len;
    bool elimination; /* takes an overlay out of a sum above it: of nobody's own sales */
};

typedef int pay_credit_fn(void *arg, const struct pay_credit *credit, struct err *err);

struct pay_reading {
    int32_t from_day, until_day; /* that credits belong to; until is exclusive */
    const uint32_t *units;       /* NULL all */
    size_t unit_count;
    const uint64_t *seq; /* by bucket: up to these positions of feedback's streams; NULL all */
    uint32_t buckets;
    uint32_t crediting; /* with seq: entries of crediting runs up to this one */
};

/* In no order. */
int pay_source_each(struct tx *tx, const struct pay_reading *reading, pay_credit_fn *each, void *arg, struct err *err);

#endif
