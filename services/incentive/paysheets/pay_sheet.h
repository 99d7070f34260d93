/* pay_sheet: a payee's statement put together: components as they were computed, entries as they are booked. */
#ifndef BIHUAN_INCENTIVE_PAY_SHEET_H
#define BIHUAN_INCENTIVE_PAY_SHEET_H

#include "incentive/ledger/pay_eval.h"
#include "incentive/ledger/pay_lines.h"
#include "incentive/ledger/pay_store.h"
#include "payplan/paysheet.h"

/* Entries booked in a period up to a calculation, by unit; copied, so that they outlive the reading. With their lines
 * where they are for another period: the lines of the period itself stand in its components. */
struct pay_sheet_entries {
    struct arena arena;
    struct pay_entry_row *rows;
    size_t count, cap;
};
int pay_sheet_entries_load(struct pay_sheet_entries *entries, struct tx *tx, uint32_t period_id, uint32_t run_id,
                           uint32_t unit_id, struct err *err);
void pay_sheet_entries_fini(struct pay_sheet_entries *entries);

/* One statement in the making: begin, plan (each), end. */
struct pay_sheet {
    const struct incentive *state;
    const struct ref_period *period;
    const struct pay_plans *plans;
    uint32_t run_id;
    int money_scale;
    int format; /* lowest that can say it */
    struct buf body;
    struct json_out json;
    struct pay_packer packer;
};
void pay_sheet_fini(struct pay_sheet *sheet);
void pay_sheet_begin(struct pay_sheet *sheet, uint32_t unit_id);
void pay_sheet_plan(struct pay_sheet *sheet, const struct pay_slot *slot, const struct pay_result *results,
                    struct arena *scratch);
/* The unit's entries are `count` from `rows`; then the body is complete. */
int pay_sheet_end(struct pay_sheet *sheet, const struct pay_entry_row *rows, size_t count, struct arena *scratch,
                  struct err *err);

#endif
