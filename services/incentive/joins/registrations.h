/* registrations: who registered a customer before the deal was made. No I/O.
 *
 * A registration holds from its day on, for the days that it says, and ends when it is taken back. Of those that hold
 * on a day for the product (or one above it, or for all), the one that was registered first has the customer.
 */
#ifndef BIHUAN_INCENTIVE_REGISTRATIONS_H
#define BIHUAN_INCENTIVE_REGISTRATIONS_H

#include "base/arena.h"
#include "refdata/refdata.h"

struct registration {
    const char *customer;
    uint32_t product_id; /* 0 all */
    uint32_t unit_id;
    int32_t from_day;
    int32_t ended_day; /* the day on which it was taken back; INT32_MAX none */
    int32_t days;      /* 0: as the rule says */
};

struct registrations {
    struct registration *list; /* by customer, then in the order of registering */
    size_t count, cap;
    struct arena texts;
    bool started;
};

/* Zeroed is empty. Takes the text over; to be added in order of customer (bytewise), then of registering. */
void registrations_add(struct registrations *registrations, const struct registration *registration);
void registrations_clear(struct registrations *registrations);
/* The unit that has the customer for the product on the day; 0 none, and *lapsed whether one had it before. `days`: of
 * those that don't say for how long. */
uint32_t registrations_unit(const struct registrations *registrations, const struct refdata *refdata,
                            const char *customer, size_t len, uint32_t product_id, int32_t day, int32_t days,
                            bool *lapsed);
/* The day after its last. */
int32_t registration_until(const struct registration *registration, int32_t days);

#endif
