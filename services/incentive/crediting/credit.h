/* credit: the rules by which a recorded fact is credited. No I/O.
 *
 * A fact is credited to the unit that sold, with its contributions as they are. It counts on its own day unless that
 * day lies in a closed period; then it counts on the first open day behind it and is kept as late for that period.
 */
#ifndef BIHUAN_INCENTIVE_CREDIT_H
#define BIHUAN_INCENTIVE_CREDIT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bihuan/feedback.pb-c.h"

/* Days that are summed in memory: 1995 to 2039. A fact outside is credited, but counts in no period. */
#define CREDIT_FIRST_DAY 9131
#define CREDIT_LAST_DAY  (CREDIT_FIRST_DAY + 16383)

#define CREDIT_PAIR_LEN 10 /* measure, value */

struct closed_period {
    uint32_t period_id;
    int32_t from_day, until_day; /* until is exclusive */
};

/* The day on which a fact of `day` counts; *late_for is the shortest closed period that holds `day`, 0 none. */
int32_t credit_counts_day(const struct closed_period *closed, size_t count, int32_t day, uint32_t *late_for);

/* Refuses an event whose columns don't fit each other, before anything is changed. */
int credit_check(const Bihuan__FactsRecorded *batch, struct err *err);

static inline bool credit_in_window(int32_t day)
{
    return day >= CREDIT_FIRST_DAY && day <= CREDIT_LAST_DAY;
}

/* Pairs of measure and value as stored: big-endian, CREDIT_PAIR_LEN bytes each. */
void credit_pack_pair(uint8_t out[CREDIT_PAIR_LEN], uint16_t measure, int64_t value);
void credit_read_pair(const uint8_t pair[CREDIT_PAIR_LEN], uint16_t *measure, int64_t *value);

/* Share of the running sum `c` in `points`, of all that sum to `total`: round(points * c / total), 0 where total isn't
 * above 0. Differences of successive sums are the credits' shares: they add up to `points` exactly, and an order and
 * its reversal side by side cancel out. */
int64_t credit_share_to(int64_t points, int64_t total, int64_t c);

#endif
