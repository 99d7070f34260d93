/* kind: the kinds of rules there are, as a table: what each is driven by, what it wants to know, its defaults. */
#ifndef BIHUAN_SERVICES_MONITORING_KIND_H
#define BIHUAN_SERVICES_MONITORING_KIND_H

#include "monitoring/kinds/verdict.h"

enum kind_by {
    KIND_BY_DAY = 1, /* judged at the end of each complete day by `decide` */
    KIND_BY_LIMIT,   /* a sum or a level against a limit, at once */
    KIND_BY_FEED,    /* how a feed stands, at once; without a measure */
    KIND_BY_EVENT,   /* what happens, at once; without a measure */
};

struct kind {
    enum rule_kind kind;
    const char *word;
    enum kind_by by;
    verdict_fn *decide; /* of KIND_BY_DAY; of KIND_BY_LIMIT at the end of a day, for what is only tried */
    bool forecast;      /* wants the landing */
    bool days;          /* wants what was done on each day */
    bool peers, against;
    bool ratios;   /* judges ratios and levels as well, against their level */
    bool counts;   /* of counted measures alone */
    bool products; /* what happens can be that of one product alone */
    bool no_roots; /* an alert of a unit stands for itself: nothing is gathered */
    const char *severity;
    uint32_t dwell_days, clear_days;
};

/* NULL where there is none. */
const struct kind *kind_of(enum rule_kind kind);
const struct kind *kind_parse(const char *word);
/* "lag, threshold, ..." into out. */
const char *kind_words(char *out, size_t cap);

#endif
