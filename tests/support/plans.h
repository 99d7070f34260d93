/* plans: planning alone on a real daemon, with a small tree, and what tests of its targets say and check.
 *
 * Units: P over C1 (over S1, S2) and C2 (over S3). Periods: Q4 of M10, M11, M12 of 2026. Measures new, old. Channels
 * hall, online, agent. "planner" holds a role at P, "city-1" at C1, "city-2" at C2. Approval is required.
 */
#ifndef BIHUAN_TESTS_SUPPORT_PLANS_H
#define BIHUAN_TESTS_SUPPORT_PLANS_H

#include "support/stack.h"

extern struct stack stack;

/* Fixtures of a group of tests. */
int plans_start(void **state);
int plans_stop(void **state);
void plans_prepare(void);

/* Who speaks from now on; right NULL: all. */
void as(const char *person, const char *right, const char *subtree);
/* ' stands for ". */
const char *quoted(const char *json);
ProtobufCMessage *plan_do(uint32_t type, const char *json);
/* The test fails when it is taken, or when the refusal doesn't say the words. */
void refused(const char *why, uint32_t type, const char *json, const char *words);

/* Refused with exactly this code, and the words. */
void denied(const char *code, uint32_t type, const char *json, const char *words);

/* The planner submits, the boss approves and publishes; consents: words in quotes, by commas. */
void publish_plan(const char *period, const char *consents);
/* What the check warns of in the period's latest version and in those of its set, as consents: words in quotes, by
 * commas. Good until it is asked again. */
const char *plan_warnings(const char *period);

/* Every cell is what the ledger's acts add up to; every transfer's own entries sum to zero over both periods. */
void check_ledger(void);
/* That, and: children that all have a cell are their parent in every version, and never more; so are their hedges. */
void check_laws(void);
/* How many parents are not what their children are; `which`: SQL over period_id and version. */
long wrong_sums(const char *which);
long wrong_hedges(const char *which);

/* `version` is SQL. */
long amount(const char *period, const char *unit, const char *measure, const char *channel, const char *version);
#define LATEST "(SELECT max(version) FROM planning.plan_version v WHERE v.period_id = target_cell.period_id)"

#endif
