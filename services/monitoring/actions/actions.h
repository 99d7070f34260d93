/* actions: corrective actions: opened on an alert, claimed done by their owner, verified by data.
 *
 * Verified so many feed days (2) after it was due: the gap is above the rule's clear limit, or the gain against the
 * counterfactual EV0 = EV_base + BAC * (C - C_base) * pace_base (a ratio: its value then) is at least 80 % of the
 * promise. Sums and target are those of what the alert is about: where its rule has a channel or a product, theirs
 * alone. Otherwise it failed: it begins another round with the same promise, and its alert goes up a level. In breach
 * again soon after it was verified, the same action is reopened from where things stand then. Every turn is kept; its
 * counts go to scoring.
 */
#ifndef BIHUAN_SERVICES_MONITORING_ACTIONS_H
#define BIHUAN_SERVICES_MONITORING_ACTIONS_H

#include "monitoring/alerts/alert_book.h"

#include "bihuan/monitoring_desk.pb-c.h"

#define ACTION_REOPEN_DAYS 14 /* unless the rule says otherwise */

/* Columns beside the body. */
struct action_keys {
    uint32_t rule_id, unit_id, measure_id, period_id;
    int32_t due;
    int64_t pace_ppm;
};

/* --- action_store.c --- */

struct action_row {
    Bihuan__Action *action; /* in the call's arena, as are all below */
    struct action_keys keys;
};
/* Writes it and publishes it as it is now. */
int action_store_put(struct tx *tx, const Bihuan__Action *action, const struct action_keys *keys, struct err *err);
/* ERR_NOT_FOUND where there is none, or not in the asker's subtree. */
int action_store_get(struct tx *tx, const char *id, struct action_row *out, struct err *err);
/* Open or done, due on or before the day. */
int action_store_due(struct tx *tx, int32_t day, struct action_row **out, size_t *count, struct err *err);
/* Verified for the same rule, unit and measure, the latest one; out->action NULL: none. */
int action_store_last(struct tx *tx, const struct alert *alert, struct action_row *out, struct err *err);
int action_store_page(struct tx *tx, const Bihuan__ListActionsRequest *request, uint32_t limit, struct action_row **out,
                      size_t *count, struct err *err);
int action_store_count(struct tx *tx, const char *alert, int64_t *out, struct err *err);
int action_store_turns(struct tx *tx, const char *id, Bihuan__ActionTurn ***out, size_t *count, struct err *err);

/* --- turns.c --- */

enum action_event {
    ACTION_OPENED = 0,
    ACTION_STEP,
    ACTION_DONE,
    ACTION_VERIFIED,
    ACTION_FAILED,
    ACTION_REOPENED,
    ACTION_OVERDUE,
    ACTION_HANDED_OVER,
};
/* Keeps the turn, counts it, and stores the action as it is now. */
int action_turn(struct tx *tx, Bihuan__Action *action, const struct action_keys *keys, enum action_event event,
                const char *actor, const char *note, struct err *err);

/* --- verdict.c, pure --- */

/* What there would have been at the curve's C without the action. */
int64_t action_counterfactual(int64_t ev_base, int64_t bac, int64_t curve_base_ppm, int64_t curve_ppm,
                              int64_t pace_ppm);
/* Whether the action kept its word: `kept_ppm` of the promise is enough. */
bool action_kept(int64_t gap_bp, int64_t clear_gap_bp, int64_t gain, int64_t promised, uint32_t kept_ppm);
/* The day due of another round: as many days as the first had, 1 at least. */
int32_t action_next_due(int32_t opened_day, int32_t due, int32_t day);

/* --- verify.c --- */

/* Unfinished ones whose day due is over are marked so; *next_us is lowered to the next midnight. */
int actions_overdue(struct tx *tx, int64_t *next_us, struct err *err);
/* The alert's action failed at night, and nobody was told: they are once quiet hours are over; else *next_us is lowered
 * to then. */
int actions_tell_failed(struct tx *tx, struct alert *alert, int64_t *next_us, struct err *err);
/* An alert that fires: reopens the action that was verified for the same thing shortly before. */
int actions_rebreach(struct tx *tx, struct alert *alert, struct err *err);

/* --- actions.c --- */
int on_step_action(struct tx *tx, const void *message, struct err *err);
int on_get_action(struct tx *tx, const void *message, struct err *err);
int on_list_action_figures(struct tx *tx, const void *message, struct err *err);

#endif
