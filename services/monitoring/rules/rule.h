/* rule: a rule as the engine uses it, and the kinds there are. Defaults are filled in when a rule is applied. */
#ifndef BIHUAN_SERVICES_MONITORING_RULE_H
#define BIHUAN_SERVICES_MONITORING_RULE_H

#include <stdbool.h>
#include <stdint.h>

#define RULE_LEVELS_MAX 16

enum rule_kind {
    RULE_NONE = 0,
    RULE_LAG,
    RULE_THRESHOLD,
    RULE_TRAJECTORY,
    RULE_EARLY_WARNING,
    RULE_ZERO_SALES,
    RULE_OUTLIER,
    RULE_AHEAD,
    RULE_FEED_SILENT,
    RULE_FEED_LATE,
    RULE_FEED_SUSPECT,
    RULE_DELIVERABLE_OVERDUE,
    RULE_GUIDE_UNACKNOWLEDGED,
    RULE_TASK_OVERDUE,
    RULE_REPORT_OVERDUE,
    RULE_CERTIFICATE_EXPIRED,
    RULE_FILE_MISSING,
    RULE_TOTALS_DIFFER,
    RULE_OPPORTUNITY_STILL,
    RULE_SHARED_CUSTOMER,
    RULE_DELIVERABLE_DUE,
    RULE_QUOTE_SHARED,
    RULE_QUOTE_UNDERCUT,
};

struct rule {
    uint32_t id;
    char code[65];
    char title[2][160]; /* English, Chinese; "" not given */
    enum rule_kind kind;
    char measure[65];
    char unit_types[160];    /* ",city,county," ; "" is everywhere */
    char unit_channels[160]; /* the same of channels' codes */
    char subtree[65];
    uint32_t levels; /* bit n: n steps below the root; 0 any */
    char channel[65], product[65];
    char against[65];
    int32_t enter_gap_bp, clear_gap_bp;
    uint32_t dwell_days, clear_days, significance_ppm;
    uint32_t hit_below_ppm, landing_below_ppm, ahead_bp, deviations_milli, peers_least, days, undercut_bp;
    uint32_t hit_critical_ppm, catch_up_critical_milli, hit_back_ppm, landing_back_ppm;
    uint32_t ewma_weight_ppm, ewma_limit_milli, attainment_least_ppm;
    int64_t min_shortfall; /* in value units of the measure */
    int64_t least;         /* of a ratio: no judgement below this, in value units of what it divides by */
    int64_t limit;
    char severity[16];
    char ladder[65];
    bool through_quiet;
    bool off, every_node;
    uint32_t reopen_days; /* in breach again within so many days of a verified action reopens it */
};

/* Of a lag: below what chance it is no accident, unless the rule says so itself (RULES.md: what that costs people). */
#define RULE_SIGNIFICANCE_PPM 2500
/* As significance: no such gate. Rules applied before there was a default say 0. */
#define RULE_NO_GATE_PPM 1000000

/* What a rule has unless it says otherwise, also one that was applied before it could. */
#define RULE_HIT_BELOW_PPM        500000
#define RULE_LANDING_BELOW_PPM    950000
#define RULE_HIT_CRITICAL_PPM     100000
#define RULE_CATCH_UP_MILLI       1500
#define RULE_HIT_BACK_PPM         100000
#define RULE_LANDING_BACK_PPM     20000
#define RULE_EWMA_WEIGHT_PPM      200000
#define RULE_EWMA_LIMIT_MILLI     2700
#define RULE_ATTAINMENT_LEAST_PPM 1100000

static inline uint32_t rule_or(uint32_t value, uint32_t usual)
{
    return value ? value : usual;
}

static inline bool rule_has_chance(const struct rule *rule)
{
    return rule->significance_ppm > 0 && rule->significance_ppm < RULE_NO_GATE_PPM;
}

#endif
