/* judge: one rule on one day of one period, over all units it is about. judge_rule() does the same for what is recorded
 * and for what is only tried; the two differ in the book of alerts that it moves and in whether moves are written.
 */
#ifndef BIHUAN_SERVICES_MONITORING_JUDGE_H
#define BIHUAN_SERVICES_MONITORING_JUDGE_H

#include "monitoring/alerts/alert_book.h"
#include "monitoring/judging/outlook.h"
#include "monitoring/kinds/kind.h"

struct judgement;

/* A judgement that is only tried (rules/trial.c). */
struct judge_trial {
    struct alerts *book;
    uint32_t only; /* one unit alone; 0 all */
    /* A move that would have been written; alert->state is set behind it. */
    void (*moved)(void *arg, const struct judgement *j, const struct alert *alert, enum alert_state to,
                  const char *note);
    /* Every verdict, of whom nothing is to be said as well; may be NULL. */
    void (*judged)(void *arg, const struct judgement *j, const struct node *node, const struct verdict *verdict,
                   const struct alert *alert);
    void *arg;
};

/* Set tx, m, rule, period, day, and trial where it is one; the rest is judge_rule()'s. */
struct judgement {
    struct tx *tx;
    struct monitoring *m;
    const struct rule *rule;
    const struct ref_period *period;
    int32_t day;
    const struct judge_trial *trial; /* NULL: for real */
    struct node_series series;       /* where its sums are; cube NULL: the measure's own, or the rule's slice */

    const struct kind *kind;
    const struct ref_measure *measure;
    uint32_t channel_id, product_id; /* of a slice */
    struct node *nodes;
    struct node *against;  /* parallel, of the other measure; bac 0 where it has no target. NULL: not wanted */
    struct alert **alerts; /* parallel; NULL where all is well */
    const char **moves;    /* parallel; note of a move that is to be written, NULL none: alerts[i]->state is set */
    size_t count;
    uint32_t *index_of; /* by unit id, below unit_limit: index + 1 */
    uint32_t unit_limit;
    struct verdict_peers *peers;
    uint8_t *standing; /* by unit id, enum standing; NULL: all feeds are live */
    uint8_t *peers_of; /* parallel: index of its type among peers */
    struct outlook outlook;
    struct arena scratch; /* of this judgement: a quarter of days would not fit the call's arena */
};

/* judge_rule.c */
int judge_rule(struct judgement *j, struct err *err);
/* What an alert was judged by: figures, words, conditions. */
void judge_note(const struct judgement *j, const struct node *node, const struct verdict *verdict, struct alert *alert);
/* judge_collect.c: the nodes with their figures. */
int judge_collect(struct judgement *j, struct err *err);
/* judge_gather.c: which of the open alerts is the root of others; who is behind. */
int judge_gather(struct judgement *j, struct err *err);
/* Writes the moves of the day, once it is known who is behind and what is gathered. */
int judge_write_moves(struct judgement *j, struct err *err);
/* Writes a move, or tells the trial. */
int judge_move(struct judgement *j, struct alert *alert, enum alert_state to, const char *note, struct err *err);

/* scope.c: whether the rule is about the unit. */
bool judge_covers(const struct monitoring *m, const struct rule *rule, const struct ref_unit *unit, int32_t day);

/* judge_ratio.c: the nodes of a rule over a ratio; j->nodes and j->index_of have room for `limit` units. */
int judge_ratio_collect(struct judgement *j, uint32_t limit, struct err *err);
void judge_ratio_inputs(const struct judgement *j, const struct node *node, struct alert *alert);

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
