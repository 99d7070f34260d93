/* pay_booking: one calculation at work: what each period's payees come to now, booked as differences to the ledger. */
#ifndef BIHUAN_INCENTIVE_PAY_BOOKING_H
#define BIHUAN_INCENTIVE_PAY_BOOKING_H

#include "incentive/ledger/pay_due.h"
#include "incentive/ledger/pay_ledger.h"
#include "incentive/ledger/pay_period_store.h"
#include "incentive/ledger/pay_store.h"

struct pay_booking {
    struct incentive *state;
    struct tx *tx;
    const struct ref_period *period;  /* it is for */
    const struct ref_period *open_in; /* it is booked in */
    uint32_t run_id;
    uint64_t next_entry;
    uint32_t entries, changed; /* changed: payees */
    uint32_t last_unit, last_worked;
    const char *by;
    struct copy_in copy;
    bool copying;
    struct pay_packer packer;
    struct buf lines;
    struct pay_ledger ledger;
    struct copy_in parts; /* used for its buffer only */
    uint64_t part_count;
    bool kept;           /* they are written: there was something new */
    bool full;           /* everybody, whatever is known */
    uint32_t worked_out; /* payees of the open period */
    struct pay_due *due; /* of the closed periods that were worked out, and of the open one: remembered at the end */
    size_t due_count;
    Bihuan__PayCost **costs;
    uint32_t crediting, base_run;
    struct pay_period_row *looked; /* closed periods that were looked at */
    size_t looked_count;
};

/* What was found out about the period that was worked out last. */
static inline struct pay_due *pay_booking_due(const struct pay_booking *booking)
{
    return &booking->due[booking->due_count - 1];
}

/* One period's differences; `run_id` 0: by what is known now, else by what that calculation went by. */
int pay_booking_period(struct pay_booking *booking, const struct ref_period *period, const struct pay_plans *plans,
                       uint32_t run_id, int32_t as_of, struct err *err);
/* What the period worked out last costs, those included who weren't worked out this time. */
int pay_booking_costs(struct pay_booking *booking, const struct pay_plans *plans, struct phasing_point at,
                      struct err *err);
void pay_booking_fini(struct pay_booking *booking);

#endif
