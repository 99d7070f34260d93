/* rule_store: the SQL of rules' versions, and of the runs that work credits out anew. */
#ifndef BIHUAN_INCENTIVE_RULE_STORE_H
#define BIHUAN_INCENTIVE_RULE_STORE_H

#include "runtime/runtime.h"

#include "bihuan/incentive_crediting.pb-c.h"

int rule_store_put(struct tx *tx, const Bihuan__CreditingRule *rule, const char *by, struct err *err);

/* All versions, by rule and version; messages live in the call's arena. */
typedef int rule_version_fn(void *arg, const Bihuan__CreditingRule *rule, int64_t applied_at, const char *applied_by,
                            struct err *err);
int rule_store_each(struct tx *tx, rule_version_fn *each, void *arg, struct err *err);

#define RUN_TEXT 64
struct credit_run {
    uint32_t id; /* 0 none */
    int64_t at;
    char by[RUN_TEXT], cause[RUN_TEXT];
    int32_t from_day, next_day, until_day; /* until exclusive */
    uint64_t looked, changed, entries, kept;
    bool done;
};
/* Puts it in the place of what is stored under its id; id 0 gets the next one. */
int run_store_put(struct tx *tx, struct credit_run *run, struct err *err);
/* The one that isn't done; id 0 where all are. */
int run_store_open(struct tx *tx, struct credit_run *out, struct err *err);
/* At most `limit`, newest first, below `before` (0: all). In the call's arena. */
int run_store_page(struct tx *tx, uint32_t before, uint32_t limit, struct credit_run **runs, size_t *count,
                   struct err *err);

#endif
