/* telescope: a rate table's payout attributed to the order lines that earned it, exact to the last unit.
 *
 * Lines are put in order of (event time, id); c_n is the running sum of their amounts and
 * line_n = round(F(c_n)) - round(F(c_{n-1})). The lines sum to round(F(total)) - round(F(0)); F(0) is 0 unless the
 * table pays something for nothing (a floor, a flat first band), and is then given as `opening`. Amounts may be
 * negative (reversals): an order and its full reversal come to 0 under every kind of table, in any order.
 */
#ifndef BIHUAN_CALC_TELESCOPE_H
#define BIHUAN_CALC_TELESCOPE_H

#include "base/arena.h"
#include "calc/rate_table.h"

/* Where a slab table's retroactive lift goes; the plan states which. Other kinds have no lift and ignore it. */
enum telescope_lift {
    TELESCOPE_LIFT_UNSET = 0,   /* as ON_CROSSING */
    TELESCOPE_LIFT_ON_CROSSING, /* on the line that reached the band, shown in `lift` */
    TELESCOPE_LIFT_SPREAD,      /* all lines share the total by largest remainder of their amounts */
};

struct telescope_line {
    int64_t event_time; /* any unit, the same for all lines */
    const char *id;     /* borrowed; unique among lines of one time (error "duplicate_line"); compared by bytes */
    int64_t amount;     /* in the table's x units */
    int64_t payout;     /* out */
    int64_t lift;       /* out: part of payout that is the change of rate on what was there before; SLAB ON_CROSSING */
};

struct telescope_sum {
    int64_t amount;  /* sum of amounts */
    int64_t opening; /* round(F(0)) */
    int64_t total;   /* round(F(amount)) = opening + sum of payouts */
};

/* Sorts the lines in place and fills payout and lift. SPREAD falls back to ON_CROSSING when the amounts sum to 0 or
 * below (there is nothing to be in proportion to). scratch: 40 bytes a line, for SPREAD only. */
int telescope_lines(const struct rate_table *table, enum telescope_lift lift, enum rounding mode,
                    struct telescope_line *lines, size_t count, struct arena *scratch, struct telescope_sum *sum,
                    struct err *err);

/* How a clawback is reckoned; the plan names one. They differ when a tier was crossed. */
enum clawback_policy {
    CLAWBACK_UNSET = 0, /* refused: "clawback_policy" */
    CLAWBACK_LINE,      /* take back what the line was paid */
    CLAWBACK_RECOMPUTE, /* F(total without it) - F(total) */
};

/* The signed earning to book in the open period. `total` is the running sum with the line in it. */
int telescope_clawback(const struct rate_table *table, enum clawback_policy policy, enum rounding mode, int64_t total,
                       int64_t line_amount, int64_t line_payout, int64_t *out, struct err *err);

#endif
