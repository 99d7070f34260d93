/* replay: a rule over feeds or over what happens, tried over the turns that are kept of them: at each moment at which
 * something was said, and at the beginning of each day, by what was known then. Units, routes and receivers are those
 * of now. The rules themselves are those that judge (feeds/feed_alerts.h, duties/duty.h). */
#ifndef BIHUAN_SERVICES_MONITORING_REPLAY_H
#define BIHUAN_SERVICES_MONITORING_REPLAY_H

#include "monitoring/rules/trial.h"

/* Whether rules of this kind are tried so. */
bool replay_can(const struct rule *rule);
/* The days from..until, until the moment it is now; what had begun before is open then. *cut_us: where there was too
 * much to look at, the moment up to which it was done; 0 all. trial_fini() frees it, whatever came of it. */
int replay_run(struct trial *trial, int32_t from, int32_t until, int64_t *cut_us, struct err *err);
/* What the answer can't know, in the asked language: sentences in the call's arena. */
int replay_unknown(struct tx *tx, const struct rule *rule, int32_t from, int64_t cut_us, char ***out, size_t *count,
                   struct err *err);

/* explain_turns.c: why the rule has an alert at the unit trial->only at the end of the day, or doesn't; answers. */
int explain_turns(struct trial *trial, int32_t day, Bihuan__ExplainRuleReply *reply, struct err *err);

#endif
