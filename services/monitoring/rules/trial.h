/* trial: a rule replayed over recorded facts, day by day, with a book of alerts of its own; nothing is written. */
#ifndef BIHUAN_SERVICES_MONITORING_TRIAL_H
#define BIHUAN_SERVICES_MONITORING_TRIAL_H

#include "monitoring/judging/judge.h"
#include "monitoring/rules/tried.h"

struct trial {
    struct tx *tx;
    struct rule rule;
    uint32_t only; /* one unit alone, without roots; 0 all */
    /* Something that people would have been told: that an alert fired which isn't gathered, got worse, or is over.
     * Called behind the day's judgement; may be NULL. */
    void (*told)(void *arg, int32_t day, const struct alert *alert, const struct tried_notice *notice,
                 uint32_t gathered);
    /* Every verdict; may be NULL. */
    void (*judged)(void *arg, const struct judgement *j, const struct node *node, const struct verdict *verdict,
                   const struct alert *alert);
    void *arg;

    struct alerts *book; /* out: as the last day left it; trial_fini() frees it */
    struct cube *slice;
    struct tried *tried; /* what was told of which alert */
    uint32_t days;       /* out: judged */
    uint32_t flapping;   /* out: how often an alert began to come and go */
};

/* The last day that the feeds have completed; INT32_MIN none. Under the lock. */
int32_t trial_last_day(struct tx *tx);
/* Whether rules of this kind can be replayed. */
bool trial_can(const struct rule *rule);
/* Judges the days of every period with a plan in force that reaches into from..until, each from its beginning on. Takes
 * the read lock day by day, so that the writer gets on. The rule has an id that no other has. */
int trial_run(struct trial *trial, int32_t from, int32_t until, struct err *err);
/* Tells (trial->told) of each alert of the book what changed since. Under the lock. */
int trial_tell(struct trial *trial, int32_t day, struct err *err);
void trial_fini(struct trial *trial);

#endif
