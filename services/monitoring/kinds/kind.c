/* kind: see kind.h. */
#include "monitoring/kinds/kind.h"

#include <stdio.h>
#include <string.h>

static const struct kind kinds[] = {
    { .kind = RULE_LAG,
      .word = "lag",
      .by = KIND_BY_DAY,
      .decide = lag_decide,
      .forecast = true,
      .days = true,
      .ratios = true,
      .severity = "warning",
      .dwell_days = 2,
      .clear_days = 2 },
    { .kind = RULE_THRESHOLD,
      .word = "threshold",
      .by = KIND_BY_LIMIT,
      .decide = limit_decide,
      .ratios = true,
      .no_roots = true,
      .severity = "warning" },
    { .kind = RULE_TRAJECTORY,
      .word = "trajectory",
      .by = KIND_BY_DAY,
      .decide = trajectory_decide,
      .forecast = true,
      .days = true,
      .severity = "warning",
      .dwell_days = 2,
      .clear_days = 2 },
    { .kind = RULE_EARLY_WARNING,
      .word = "early_warning",
      .by = KIND_BY_DAY,
      .decide = early_warning_decide,
      .days = true,
      .severity = "info",
      .dwell_days = 1,
      .clear_days = 2 },
    { .kind = RULE_ZERO_SALES,
      .word = "zero_sales",
      .by = KIND_BY_DAY,
      .decide = zero_sales_decide,
      .days = true,
      .counts = true,
      .severity = "warning",
      .dwell_days = 1,
      .clear_days = 1 },
    { .kind = RULE_OUTLIER,
      .word = "outlier",
      .by = KIND_BY_DAY,
      .decide = outlier_decide,
      .days = true,
      .peers = true,
      .no_roots = true,
      .severity = "info",
      .dwell_days = 2,
      .clear_days = 2 },
    { .kind = RULE_AHEAD,
      .word = "ahead",
      .by = KIND_BY_DAY,
      .decide = ahead_decide,
      .against = true,
      .severity = "warning",
      .dwell_days = 2,
      .clear_days = 2 },
    { .kind = RULE_FEED_SILENT, .word = "feed_silent", .by = KIND_BY_FEED, .no_roots = true, .severity = "major" },
    { .kind = RULE_FEED_LATE, .word = "feed_late", .by = KIND_BY_FEED, .no_roots = true, .severity = "info" },
    { .kind = RULE_FEED_SUSPECT, .word = "feed_suspect", .by = KIND_BY_FEED, .no_roots = true, .severity = "warning" },
    { .kind = RULE_DELIVERABLE_OVERDUE,
      .word = "deliverable_overdue",
      .by = KIND_BY_EVENT,
      .no_roots = true,
      .severity = "warning" },
    { .kind = RULE_DELIVERABLE_DUE,
      .word = "deliverable_due",
      .by = KIND_BY_EVENT,
      .no_roots = true,
      .severity = "info" },
    { .kind = RULE_GUIDE_UNACKNOWLEDGED,
      .word = "guide_unacknowledged",
      .by = KIND_BY_EVENT,
      .no_roots = true,
      .severity = "warning" },
    { .kind = RULE_TASK_OVERDUE, .word = "task_overdue", .by = KIND_BY_EVENT, .no_roots = true, .severity = "info" },
    { .kind = RULE_REPORT_OVERDUE,
      .word = "report_overdue",
      .by = KIND_BY_EVENT,
      .no_roots = true,
      .severity = "warning" },
    { .kind = RULE_CERTIFICATE_EXPIRED,
      .word = "certificate_expired",
      .by = KIND_BY_EVENT,
      .no_roots = true,
      .severity = "warning" },
    { .kind = RULE_FILE_MISSING, .word = "file_missing", .by = KIND_BY_EVENT, .no_roots = true, .severity = "warning" },
    { .kind = RULE_TOTALS_DIFFER, .word = "totals_differ", .by = KIND_BY_EVENT, .no_roots = true, .severity = "major" },
    { .kind = RULE_OPPORTUNITY_STILL,
      .word = "opportunity_still",
      .by = KIND_BY_EVENT,
      .no_roots = true,
      .severity = "info" },
    { .kind = RULE_SHARED_CUSTOMER,
      .word = "shared_customer",
      .by = KIND_BY_EVENT,
      .no_roots = true,
      .severity = "warning" },
    { .kind = RULE_QUOTE_SHARED,
      .word = "quote_shared",
      .by = KIND_BY_EVENT,
      .products = true,
      .no_roots = true,
      .severity = "warning" },
    { .kind = RULE_QUOTE_UNDERCUT,
      .word = "quote_undercut",
      .by = KIND_BY_EVENT,
      .products = true,
      .no_roots = true,
      .severity = "major" },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

const struct kind *kind_of(enum rule_kind kind)
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].kind == kind)
            return &kinds[i];
    return NULL;
}

const struct kind *kind_parse(const char *word)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].word, word) == 0)
            return &kinds[i];
    return NULL;
}

const char *kind_words(char *out, size_t cap)
{
    size_t len = 0;

    out[0] = 0;
    for (size_t i = 0; i < KINDS && len < cap; i++)
        len += (size_t)snprintf(out + len, cap - len, "%s%s", i ? ", " : "", kinds[i].word);
    return out;
}
