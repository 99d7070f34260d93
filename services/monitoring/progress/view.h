/* view: where units stand, as it is asked for: rows of one measure in one period, filled from sums. For the files of
 * this room. */
#ifndef BIHUAN_SERVICES_MONITORING_VIEW_H
#define BIHUAN_SERVICES_MONITORING_VIEW_H

#include "monitoring/judging/outlook.h"

struct view {
    struct tx *tx;
    struct monitoring *m;
    const struct ref_period *period;
    const struct ref_measure *measure;
    struct ref_ratio ratio; /* where the measure doesn't add up */
    int32_t day;
    int32_t second;    /* of that day, up to which it is judged; 0: the whole of it */
    bool forecast;     /* of children too */
    int32_t known;     /* as it was known on this day; 0: as it is */
    struct cube *late; /* what came later; NULL nothing is taken out */
    struct outlook outlook;
    uint32_t limit;
    Bihuan__GetProgressReply reply;
};

/* A row of the unit without figures, in the call's arena. */
Bihuan__Progress *view_row_new(struct view *view, const struct ref_unit *unit, int depth);
/* Its figures from what was done. sums[1] is of a ratio alone. The landing with its band costs a walk through the days,
 * so only where it is asked. */
int view_row_fill(struct view *view, Bihuan__Progress *row, const struct ref_key *key, const int64_t sums[2],
                  bool forecast, struct err *err);
/* Into the reply; false: it is full, which the reply then says. */
bool view_push(struct view *view, Bihuan__Progress *row);

#endif
