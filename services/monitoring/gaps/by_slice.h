/* by_slice: of which channels, products and units below a gap is made: those with a target by their own plan, the
 * others by their part of what is left. */
#ifndef BIHUAN_SERVICES_MONITORING_BY_SLICE_H
#define BIHUAN_SERVICES_MONITORING_BY_SLICE_H

#include "monitoring/monitoring.h"

struct by_slice {
    uint32_t unit_id;
    const struct ref_measure *measure; /* adds up */
    const struct ref_period *period;   /* with a curve */
    int32_t day;
    bool by_product; /* else by channel; of by_child neither */
};

/* The ten that are behind most, worst first, in the call's arena. */
int by_slice(struct tx *tx, const struct by_slice *of, Bihuan__SliceContributor ***items, size_t *count,
             struct err *err);
/* by_child.c: the same of the units directly below, where one without a target lacks something; none elsewhere. */
int by_child(struct tx *tx, const struct by_slice *of, Bihuan__SliceContributor ***items, size_t *count,
             struct err *err);

/* --- for both: a list that is being gathered --- */
struct member_sums {
    const char *code, *name;
    uint32_t id;          /* 0: all that has no name of its own */
    int64_t actual, last; /* so far, and in as many days before the period */
};
struct gathering {
    struct tx *tx;
    const struct by_slice *of;
    Bihuan__SliceContributor **items; /* room for all members and one more */
    size_t count, estimated;
    int64_t planned, actual; /* of members with targets, none beneath another */
};
/* A member with a target: `counts` where none above it has one. */
int gathering_add(struct gathering *g, const struct phased *plan, const struct member_sums *member, bool counts,
                  struct err *err);
/* Shares what the unit's own plan leaves out among those without. */
int gathering_share(struct gathering *g, const struct member_sums *members, size_t count, struct err *err);
/* Sorts, gives shares, cuts to ten. */
void gathering_end(struct gathering *g);
/* The first of as many days before the period as have gone by in it. */
int32_t by_slice_last_from(const struct by_slice *of);

#endif
