/* patterns: reports on what a plan may have caused: bunching at thresholds, orders of the last days that are cancelled
 * later, activations without traffic. Each with its figures and the lines behind them; for those units alone that the
 * principal may see.
 */
#ifndef BIHUAN_INCENTIVE_PATTERNS_H
#define BIHUAN_INCENTIVE_PATTERNS_H

#include "incentive/crediting/credit_queries.h"
#include "incentive/state.h"

#include "bihuan/incentive_patterns.pb-c.h"

#define PATTERNS_MAX 200

/* One question, with what was asked filled in. */
struct pattern_call {
    struct incentive *state;
    struct tx *tx;
    const Bihuan__FindPatternsRequest *request;
    const struct ref_period *period;
    struct credit_scope scope; /* units that may be seen, the period's days */
    uint32_t limit;            /* lines of a pattern */
    bool locked;               /* the lock is held */
    Bihuan__FindPatternsReply *reply;
};

/* A new one in the reply, NULL where it is full; and a line of it, NULL where it has its limit. In the call's arena. */
Bihuan__Pattern *pattern_add(struct pattern_call *call);
Bihuan__PatternLine *pattern_line(struct pattern_call *call, Bihuan__Pattern *pattern, uint32_t unit_id,
                                  const char *sender, const char *record_key, int32_t day);
char *pattern_day(struct pattern_call *call, int32_t day);
/* The measure of a field of the request, or ERR_INVALID. */
int pattern_measure(struct pattern_call *call, const char *code, const char *field, const struct ref_measure **out,
                    struct err *err);

/* The three kinds, called with the lock. One that reads for long gives it up meanwhile (patterns_unlock,
 * patterns_lock), so that facts don't wait for a report: rows are those of the snapshot, pointers into reference data
 * are gone. */
void patterns_unlock(struct pattern_call *call);
int patterns_lock(struct pattern_call *call, struct err *err);
int patterns_thresholds(struct pattern_call *call, struct err *err);
int patterns_cancelled(struct pattern_call *call, struct err *err);
int patterns_traffic(struct pattern_call *call, struct err *err);

/* FIND_PATTERNS */
int patterns_find(struct tx *tx, const void *message, struct err *err);

#endif
