/* pay_ledger: what is booked for a period beside what it comes to now: the difference is what there is to book. Since
 * every calculation books differences to the whole, entry after entry adds up to the full recomputation by
 * construction, and `verify` is the same comparison with nothing booked.
 */
#ifndef BIHUAN_INCENTIVE_PAY_LEDGER_H
#define BIHUAN_INCENTIVE_PAY_LEDGER_H

#include "incentive/ledger/pay_cash.h"
#include "incentive/ledger/pay_eval.h"
#include "incentive/ledger/pay_kinds.h"
#include "incentive/ledger/pay_lines.h"

struct pay_booked {
    uint64_t entry_id;
    uint32_t unit_id, plan_id, plan_version;
    const char *component;
    enum pay_group group;
    int64_t amount;
    int digits;
    const uint8_t *lines;
    size_t lines_len;
    bool seen;
};

struct pay_ledger {
    const struct ref_period *period;
    int32_t as_of; /* releases go by it */
    bool drawn;    /* advances are reckoned too: of the period that is open */
    struct arena arena;
    struct pay_cash cash; /* where a plan releases by it */
    struct pay_packer packer;
    struct pay_booked *booked; /* in order of unit, plan, entry */
    size_t booked_count, booked_cap;
    struct pay_standing *standings; /* in order of unit and plan */
    size_t standing_count, standing_cap;
};

/* For draws: what is booked in the period for others, and what is owed. */
struct pay_standing {
    uint32_t unit_id, plan_id;
    int64_t other, owed;
};

/* One difference; everything is borrowed for the call. first: nothing was booked of it before. */
struct pay_difference {
    uint32_t unit_id, plan_id, plan_version;
    int digits;
    const char *component;
    enum pay_group group;
    int64_t amount;
    const struct pay_line *lines;
    size_t line_count;
    bool first;
    bool by_cash; /* released by what was collected */
};
typedef int pay_difference_fn(void *arg, const struct pay_difference *difference, struct err *err);

/* Reads what calculations up to run_id booked for the period. units NULL: of all. */
int pay_ledger_load(struct pay_ledger *ledger, struct tx *tx, const struct ref_period *period, uint32_t run_id,
                    const struct pay_plans *plans, const uint32_t *units, size_t unit_count, bool drawn, int32_t as_of,
                    struct err *err);
/* Then, where a plan releases by cash: what was collected by the ledger's day; seq: as pay_cash_load. */
int pay_ledger_cash(struct pay_ledger *ledger, struct tx *tx, const struct pay_plans *plans, const uint64_t *seq,
                    uint32_t buckets, struct err *err);
void pay_ledger_fini(struct pay_ledger *ledger);

/* Differences of one payee; `payable`, may be NULL: what it comes to in the period, of the plan's own. */
int pay_ledger_slot(struct pay_ledger *ledger, const struct pay_slot *slot, const struct pay_result *results,
                    struct arena *scratch, pay_difference_fn *fn, void *arg, int64_t *payable, struct err *err);
/* After the last payee: what is booked for those that are no longer paid, to be taken back. */
int pay_ledger_rest(struct pay_ledger *ledger, pay_difference_fn *fn, void *arg, struct err *err);

#endif
