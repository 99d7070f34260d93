/* judge: what judge.c shares with judge_ratio.c: one rule on one day of one period. */
#ifndef BIHUAN_SERVICES_MONITORING_JUDGE_H
#define BIHUAN_SERVICES_MONITORING_JUDGE_H

#include "monitoring/alerts/alert_book.h"
#include "monitoring/judging/node.h"

struct judgement {
    struct tx *tx;
    struct monitoring *m;
    const struct rule *rule;
    const struct ref_period *period;
    const struct ref_measure *measure;
    int32_t day;
    struct node *nodes;
    struct alert **alerts; /* parallel; NULL where all is well */
    size_t count;
    uint32_t *index_of;   /* by unit id: index + 1 */
    struct arena scratch; /* of this judgement: a quarter of days would not fit the call's arena */
};

bool judge_covers(const struct rule *rule, const struct ref_unit *unit);

/* The nodes of a rule over a ratio; j->nodes and j->index_of have room for `limit` units. */
int judge_ratio_collect(struct judgement *j, uint32_t limit, struct err *err);
/* One of them: nothing is judged without a value, or with less than `least` to divide by; an alert that is there then
 * stays as it is. */
int judge_ratio_step(struct judgement *j, size_t i, struct alert *alert, struct err *err);

/* --- limits: threshold rules --- */

/* A threshold rule in a period. */
struct limit_rule {
    struct tx *tx;
    const struct rule *rule;
    const struct ref_period *period;
    const struct ref_measure *measure;
};
/* Raises or ends the unit's alert by its value on the day; *moved is set where it does. */
int judge_limit(const struct limit_rule *at, uint32_t unit_id, int64_t value, int32_t day, bool *moved,
                struct err *err);
/* A threshold rule over a level, at the end of a day that is complete; nothing where the measure is none. */
int judge_level_limits(struct tx *tx, const struct rule *rule, const struct ref_period *period, int32_t day,
                       struct err *err);

#endif
