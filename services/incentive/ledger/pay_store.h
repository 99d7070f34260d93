/* pay_store: the SQL of the ledger of pay: calculations, what they went by, entries, periods. */
#ifndef BIHUAN_INCENTIVE_PAY_STORE_H
#define BIHUAN_INCENTIVE_PAY_STORE_H

#include "incentive/ledger/pay_eval.h"
#include "incentive/ledger/pay_kinds.h"

/* --- what a calculation reads --- */
typedef void pay_score_fn(void *arg, uint32_t unit_id, int64_t score_milli, uint32_t rank);
int pay_store_scores(struct tx *tx, uint32_t period_id, pay_score_fn *each, void *arg, struct err *err);

/* Sums of PAY_CARRIED for a period. */
typedef void pay_carried_fn(void *arg, uint32_t unit_id, uint32_t plan_id, const char *component, int64_t amount);
int pay_store_carried(struct tx *tx, uint32_t period_id, pay_carried_fn *each, void *arg, struct err *err);

/* For draws, of one period: what is booked in it for other periods, and what advances of other periods are owed; with
 * entries of calculations up to run_id. */
typedef void pay_standing_fn(void *arg, uint32_t unit_id, uint32_t plan_id, int64_t other, int64_t owed);
int pay_store_standing(struct tx *tx, uint32_t period_id, uint32_t run_id, pay_standing_fn *each, void *arg,
                       struct err *err);

/* --- parts --- */
struct pay_part_row {
    uint32_t unit_id, plan_id, plan_version;
    const char *component;     /* borrowed */
    struct pay_basis basis;    /* `places` is set when it is written; read by pay_part_places */
    struct payplan_output out; /* volume, attainment, earned, carried_out, held, reason */
    uint32_t lines;
    size_t axis_count;   /* of places that are written */
    const uint8_t *axes; /* places as they were read; borrowed */
    size_t axes_len;
};
/* What the axes went by, for a component that has them; in the arena, NULL without. */
struct payplan_place *pay_part_places(const struct pay_part_row *row, const struct payplan_component *component,
                                      struct arena *arena);
typedef void pay_part_fn(void *arg, const struct pay_part_row *row);
/* As the calculation left them, whichever it was that kept them. In order of unit, plan, component. unit_id 0: all. */
int pay_store_parts(struct tx *tx, uint32_t run_id, uint32_t unit_id, pay_part_fn *each, void *arg, struct err *err);
/* Appends one encoded row; pay_store_put_parts writes them. */
void pay_store_encode_part(struct copy_in *out, uint32_t run_id, const struct pay_part_row *row);
int pay_store_put_parts(struct tx *tx, struct copy_in *encoded, uint64_t count, struct err *err);

/* --- runs --- */
struct pay_run_row {
    uint32_t run_id, period_id;
    int64_t at;
    const char *by;
    int32_t as_of;
    uint64_t *seq; /* in the call's arena when read */
    uint32_t buckets;
    uint32_t crediting; /* last run of crediting whose entries were read */
    uint32_t base_run;  /* the full calculation that it builds on; itself where it is one */
    uint64_t basis;     /* hash of what all went by and came to */
    uint32_t entries;
};
int pay_store_put_run(struct tx *tx, const struct pay_run_row *row, struct err *err);
/* *found false where there is none. */
int pay_store_run(struct tx *tx, uint32_t run_id, struct pay_run_row *row, bool *found, struct err *err);
/* The period's last calculation up to `run_id`; 0 none. */
int pay_store_run_of(struct tx *tx, uint32_t period_id, uint32_t run_id, uint32_t *out, struct err *err);
/* The last run of crediting, and whether one is under way. */
int pay_store_crediting(struct tx *tx, uint32_t *last, bool *under_way, struct err *err);
/* Highest numbers used. */
int pay_store_last(struct tx *tx, uint32_t *run_id, uint64_t *entry_id, struct err *err);

/* --- entries --- */
struct pay_entry_row {
    uint64_t entry_id;
    uint32_t run_id, period_id, booked_in, unit_id, plan_id, plan_version;
    const char *component;
    enum pay_kind kind;
    int64_t amount;
    int digits;
    const char *cause;
    int64_t at;
    const char *by;
    uint64_t reference;
    const uint8_t *lines; /* packed; NULL none */
    size_t lines_len;
};
int pay_store_begin_entries(struct tx *tx, struct copy_in *copy, struct err *err);
int pay_store_copy_entry(struct copy_in *copy, const struct pay_entry_row *row, struct err *err);
int pay_store_put_entry(struct tx *tx, const struct pay_entry_row *row, struct err *err);

typedef int pay_entry_fn(void *arg, const struct pay_entry_row *row, struct err *err);
/* Of calculations for a period (no adjustments and payments), by calculations up to run_id; texts and lines borrowed
 * for the call. units NULL: all. In no order. */
int pay_store_booked(struct tx *tx, uint32_t period_id, uint32_t run_id, const uint32_t *units, size_t unit_count,
                     pay_entry_fn *each, void *arg, struct err *err);

/* All that is booked in a period up to a calculation but payments, with lines where it is for another one; texts and
 * lines borrowed for the call. unit_id 0: all. In order of unit and entry. */
int pay_store_booked_in(struct tx *tx, uint32_t period_id, uint32_t run_id, uint32_t unit_id, pay_entry_fn *each,
                        void *arg, struct err *err);

struct pay_entry_page {
    uint32_t booked_in, period_id; /* 0 any */
    uint32_t run_id;               /* up to; 0 any */
    const uint32_t *units;         /* NULL all */
    size_t unit_count;
    enum pay_kind kind; /* PAY_NONE any */
    uint64_t after;
    uint32_t limit;
};
int pay_store_entries(struct tx *tx, const struct pay_entry_page *page, pay_entry_fn *each, void *arg, struct err *err);

/* --- sums for lists --- */
struct pay_sum_row {
    uint32_t unit_id, plan_id, plan_version;
    int digits;
    int64_t earned, held, draw, other, paid;
};
typedef void pay_sum_fn(void *arg, const struct pay_sum_row *row);
/* What is booked in a period, by unit and plan, behind (after_unit, after_plan). */
int pay_store_sums(struct tx *tx, uint32_t period_id, uint32_t run_id, const uint32_t *units, size_t unit_count,
                   uint32_t plan_id, uint32_t after_unit, uint32_t after_plan, uint32_t limit, pay_sum_fn *each,
                   void *arg, struct err *err);

#endif
