/* trial: a definition counted on recorded facts, record by record, without anything being published. */
#ifndef BIHUAN_FEEDBACK_TRIAL_H
#define BIHUAN_FEEDBACK_TRIAL_H

#include "calc/ratio.h"
#include "feedback/measures/distinct.h"
#include "runtime/runtime.h"

#include <uthash.h>

#include "bihuan/feedback_measures.pb-c.h"

/* A definition made ready: one measure, or the two parts of a ratio, under ids 1 and 2 in a reference of its own. */
struct trial_definition {
    struct reference *reference; /* the world, without measures of its own */
    bool ratio;
    struct ratio_unit unit; /* of a ratio */
    int scale;              /* decimals of the value */
};

/* Checks it (tx_problem) and adds its measures; seals the reference. */
int trial_define(struct tx *tx, struct trial_definition *definition, const Bihuan__Measure *given, struct err *err);

struct trial_sum {
    int64_t parts[2];
    uint64_t lines;
};

struct trial_unit {
    UT_hash_handle hh;
    uint32_t unit;
    struct trial_sum sum;
};

struct trial_readings; /* of levels */
struct trial_group;    /* of a distinct count: the line that counts so far */

struct trial {
    struct tx *tx;
    struct trial_definition definition;
    int32_t from, until;    /* days that count, until exclusive */
    uint32_t below;         /* unit, 0 everywhere */
    struct trial_sum *days; /* by day from `from`, NULL not asked */
    struct arena *arena;    /* of the piece */
    struct trial_group *groups;
    struct trial_readings *readings;
    int32_t today; /* the last day that a level without `until` is shown at */
    struct trial_unit *units;
    struct trial_sum total;
    uint64_t records, without_key;
    uint32_t unit_count, buckets, buckets_read;
};

/* Walks bucket by bucket until the time is over; the first is always read to its end. */
int trial_run(struct trial *trial, int64_t until_us, struct err *err);
/* Whether a part (0, 1) shows the end of a day: then `days` hold that, of each day. */
bool trial_is_running(const struct trial *trial, int part);
/* Units by the size of their sums, largest first. */
struct trial_unit *trial_sort(struct trial *trial);
void trial_fini(struct trial *trial);

#endif
