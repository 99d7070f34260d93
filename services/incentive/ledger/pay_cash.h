/* pay_cash: what was collected of each record of a period, for what is held back until then. */
#ifndef BIHUAN_INCENTIVE_PAY_CASH_H
#define BIHUAN_INCENTIVE_PAY_CASH_H

#include "incentive/plans/pay_plans.h"
#include "incentive/state.h"

struct pay_cash_record {
    const char *id; /* "sender|record" */
    int64_t collected, due;
};

/* By id; records that nothing came in for aren't there. */
struct pay_cash {
    struct pay_cash_record *list;
    size_t count, cap;
    struct arena arena;
    bool loaded;
};

/* Whether any component of the plans releases by cash. */
bool pay_cash_wanted(const struct pay_plans *plans);

/* Payments of the records of the period's days, up to the end of as_of: those that name the record, and those that name
 * a bill of it. With `seq` (by bucket) only what had been read by then. Zeroed is empty. */
int pay_cash_load(struct pay_cash *cash, struct tx *tx, const struct ref_period *period, int32_t as_of,
                  const uint64_t *seq, uint32_t buckets, struct err *err);
void pay_cash_fini(struct pay_cash *cash);

/* The part of `held` that what was collected of the record releases: in proportion, all of it once all is paid, and
 * nothing of a record that nothing came in for. */
int pay_cash_released(const struct pay_cash *cash, const char *id, int64_t held, int64_t *out, struct err *err);

#endif
