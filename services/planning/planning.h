/* planning: what the files of this service share: its state and its handlers, by topic. */
#ifndef BIHUAN_SERVICES_PLANNING_PLANNING_H
#define BIHUAN_SERVICES_PLANNING_PLANNING_H

#include "refdata/documents.h"
#include "refdata/refdata.h"

#include <pthread.h>

/* Written by the writer thread under the lock, read by queries. */
struct planning {
    pthread_rwlock_t lock;
    struct refdata *refdata;
};

/* What planning knows, as of this transaction. */
static inline const struct refdata *refdata_of(struct tx *tx)
{
    return ((const struct planning *)tx_state(tx))->refdata;
}

/* catalog.c: channels, products, measures, calendars, periods */
int on_apply_channels(struct tx *tx, const void *message, struct err *err);
int on_apply_products(struct tx *tx, const void *message, struct err *err);
int on_apply_measures(struct tx *tx, const void *message, struct err *err);
int on_apply_calendars(struct tx *tx, const void *message, struct err *err);
int on_apply_periods(struct tx *tx, const void *message, struct err *err);

/* organisation.c: units */
int on_apply_units(struct tx *tx, const void *message, struct err *err);

/* targets/: the ledger of targets */
int on_apply_targets(struct tx *tx, const void *message, struct err *err);
int on_publish_plan(struct tx *tx, const void *message, struct err *err);
int on_list_targets(struct tx *tx, const void *message, struct err *err);
int on_list_plans(struct tx *tx, const void *message, struct err *err);
int on_submit_plan(struct tx *tx, const void *message, struct err *err);
int on_approve_plan(struct tx *tx, const void *message, struct err *err);
int on_return_plan(struct tx *tx, const void *message, struct err *err);
int on_revise_plan(struct tx *tx, const void *message, struct err *err);
int on_list_plan_versions(struct tx *tx, const void *message, struct err *err);
int on_apply_weight_sets(struct tx *tx, const void *message, struct err *err);
int on_apply_weights(struct tx *tx, const void *message, struct err *err);
int on_apply_bounds(struct tx *tx, const void *message, struct err *err);
int on_apply_fits(struct tx *tx, const void *message, struct err *err);
int on_apply_drafts(struct tx *tx, const void *message, struct err *err);
int on_list_weight_sets(struct tx *tx, const void *message, struct err *err);
int on_list_weights(struct tx *tx, const void *message, struct err *err);
int on_list_bounds(struct tx *tx, const void *message, struct err *err);
int on_list_fits(struct tx *tx, const void *message, struct err *err);
int on_list_gaps(struct tx *tx, const void *message, struct err *err);
int on_decompose(struct tx *tx, const void *message, struct err *err);
int on_what_if(struct tx *tx, const void *message, struct err *err);
int on_set_target(struct tx *tx, const void *message, struct err *err);
int on_transfer_target(struct tx *tx, const void *message, struct err *err);
int on_mark_cut(struct tx *tx, const void *message, struct err *err);
int on_list_cuts(struct tx *tx, const void *message, struct err *err);
int on_explain_target(struct tx *tx, const void *message, struct err *err);
int on_diff_plans(struct tx *tx, const void *message, struct err *err);
int on_lint_plan(struct tx *tx, const void *message, struct err *err);
int on_answer_targets(struct tx *tx, const void *message, struct err *err);
int on_list_negotiations(struct tx *tx, const void *message, struct err *err);
int on_apply_target_roles(struct tx *tx, const void *message, struct err *err);
int on_list_target_roles(struct tx *tx, const void *message, struct err *err);

/* baselines/: calendars of plans, and targets by day, week and month */
int on_rephase_period(struct tx *tx, const void *message, struct err *err);
int on_phase_targets(struct tx *tx, const void *message, struct err *err);
int on_list_calendar_versions(struct tx *tx, const void *message, struct err *err);

/* lists.c */
int on_list_units(struct tx *tx, const void *message, struct err *err);
int on_list_channels(struct tx *tx, const void *message, struct err *err);
int on_list_products(struct tx *tx, const void *message, struct err *err);
int on_list_measures(struct tx *tx, const void *message, struct err *err);
int on_list_calendars(struct tx *tx, const void *message, struct err *err);
int on_list_periods(struct tx *tx, const void *message, struct err *err);

/* After documents changed: memory from the tables of this transaction. */
int planning_reload(struct tx *tx, struct err *err);

/* Text of a problem's place: "/items/3" + "/parent". In the call's arena. */
const char *place(struct tx *tx, const char *pointer, const char *field);

/* The word is one of `words` (NULL-terminated), else a problem that lists them. */
void check_word(struct tx *tx, const char *pointer, const char *field, const char *word, const char *const *words);
/* A date yyyy-MM-dd; else a problem, and `otherwise`. Empty gives `otherwise` too, without a problem unless required.
 */
int32_t check_date(struct tx *tx, const char *pointer, const char *field, const char *text, bool required,
                   int32_t otherwise);

#endif
