/* effects: what somebody knows who has followed a service's stream and nothing else, beside what its tables say. */
#ifndef BIHUAN_TESTS_SUPPORT_EFFECTS_H
#define BIHUAN_TESTS_SUPPORT_EFFECTS_H

#include "support/pg.h"

/* Monitoring: each alert stands as its last event says, and had as many events as it had turns. */
void effects_check_alerts(const struct pg *pg);
/* Incentive: each unit's score, rank and day are those of the last event that named it. */
void effects_check_scores(const struct pg *pg);

#endif
