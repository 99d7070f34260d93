/* verdict: what a rule says of one unit on one day, condition by condition, so that the same words tell why it fired
 * and why it didn't. Each kind of rule that is judged by the day is one pure function over a case. See kind.h.
 */
#ifndef BIHUAN_SERVICES_MONITORING_VERDICT_H
#define BIHUAN_SERVICES_MONITORING_VERDICT_H

#include "monitoring/judging/node.h"
#include "monitoring/rules/rule.h"

#define CONDITIONS_MAX 6
#define CLEARS_MAX     2

enum condition_unit { IN_POINTS, IN_SHARE, IN_AMOUNT, IN_DAYS, IN_MILLI };
enum condition_compare { AT_MOST, BELOW, AT_LEAST, ABOVE };

/* Points in basis points, shares in ppm, amounts in value units, days; thousandths of deviations or of units. */
struct condition {
    char what[20];
    int64_t value, limit;
    enum condition_unit unit;
    enum condition_compare compare;
    bool met;
};

/* In both languages; static. */
struct words {
    const char *en, *zh;
};

struct verdict {
    const struct words *not_judged; /* where nothing can be said: the alert stays as it is; NULL: judged */
    bool breach, clear;
    bool critical; /* needs a single day of breach */
    int severity;  /* by severity_rank(); the rule's own where it is higher */
    struct condition conditions[CONDITIONS_MAX];
    int count;
    struct condition clears[CLEARS_MAX]; /* one of which has to hold for it to be clear */
    int clear_count;
    double chance; /* of so low a result by accident; 1 where it wasn't worked out */
};

/* How the unit's fellows of the same type stand. */
struct verdict_peers {
    uint32_t count;   /* that have an attainment of the plan to date */
    double median;    /* of SPI, 1 is on plan */
    double deviation; /* 1.4826 * median absolute deviation, at least VERDICT_DEVIATION_LEAST */
};
#define VERDICT_DEVIATION_LEAST 0.05

/* What a verdict rests on. All borrowed. */
struct verdict_case {
    const struct rule *rule;
    const struct node *node;           /* pace; landing where the kind wants a forecast */
    const struct phasing_curve *curve; /* the target's own */
    const int64_t *days;               /* what was done on each day from the period's first on */
    int32_t day_count;
    double sigma; /* spread of daily ratios, 0 where unknown */
    bool money;
    const struct verdict_peers *peers; /* outlier */
    const struct node *against;        /* ahead: NULL where the other measure has no target */
};

typedef void verdict_fn(const struct verdict_case *input, struct verdict *out);

/* Adds a condition; returns whether it is met. */
bool verdict_add(struct verdict *verdict, const char *what, int64_t value, enum condition_compare compare,
                 int64_t limit, enum condition_unit unit);
/* The same of what clears it. */
bool verdict_clear(struct verdict *verdict, const char *what, int64_t value, enum condition_compare compare,
                   int64_t limit, enum condition_unit unit);
/* What a condition is called by people; in English with spaces in place of underscores. `out` has CONDITION_NAME_MAX
 * bytes; returns it. */
#define CONDITION_NAME_MAX 48
const char *condition_name(const char *what, bool zh, char out[CONDITION_NAME_MAX]);
/* By how much a condition isn't met, 0 where it is. */
int64_t condition_lacking(const struct condition *condition);
/* As people read it: -5.00, 2.00%, 1,027 ... `out` has DECIMAL_TEXT_MAX bytes; amounts with `scale` decimals. */
void condition_number(char *out, int64_t value, enum condition_unit unit, int scale);
const char *condition_unit_word(enum condition_unit unit);
const char *condition_compare_word(enum condition_compare compare);
/* "gap -15.29 points (at most -5.00), ..." into out; amounts with `scale` decimals. */
void verdict_words(const struct verdict *verdict, int scale, char *out, size_t cap);

/* What is lacking: "gap -2.50, 2.50 short of at most -5.00"; "" where nothing is. In Chinese where `zh`. */
void verdict_lacking(const struct verdict *verdict, int scale, bool zh, char *out, size_t cap);

uint32_t verdict_ppm(double p);
/* Chance alone, by the rule's significance: of counts and of money. Significant where the rule has no such gate. */
struct breach_significance verdict_chance(const struct verdict_case *input);

/* --- the kinds --- */

verdict_fn lag_decide;
verdict_fn ratio_decide; /* lag of what doesn't add up */
verdict_fn trajectory_decide;
verdict_fn early_warning_decide;
verdict_fn zero_sales_decide;
verdict_fn outlier_decide;
verdict_fn ahead_decide;
verdict_fn limit_decide;

/* Median and spread of `count` values of SPI; reorders them. */
struct verdict_peers outlier_peers(double *values, uint32_t count);

#endif
