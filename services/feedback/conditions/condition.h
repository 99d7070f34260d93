/* condition: how a feed, or one city's part of it, stands. Pure.
 *
 * See proto/bihuan/feedback_conditions.proto for what each condition means to readers. Times are microseconds UTC of
 * the business clock, days are days since 1970-01-01.
 */
#ifndef BIHUAN_FEEDBACK_CONDITIONS_CONDITION_H
#define BIHUAN_FEEDBACK_CONDITIONS_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bihuan/feedback_conditions.pb-c.h"

typedef Bihuan__FeedConditionKind condition_kind;
#define CONDITION(name) BIHUAN__FEED_CONDITION_KIND__FEED_CONDITION_KIND_##name

#define AGE_DAYS       60 /* of whose largest ages a usual one is made */
#define AGE_DAYS_LEAST 10 /* below that nothing is usual yet */
#define AGE_PERCENT    98 /* so many of a hundred days are not later than usual */
#define VOLUME_DAYS    70 /* ten weeks, in which days of the same class are looked for */
#define VOLUME_LEAST   4  /* days of the class that must be known */
#define EXPECTED_LEAST                                                                                                 \
    20 /* below that a small day is chance: of 20 expected, 7 or fewer come in less than one day of a thousand */
#define DROP_PERCENT  60 /* usual suspect_drop_percent */
#define DAY_CLASS_MAX 16

/* What is known of a feed or a part. */
struct condition_facts {
    bool silent;
    bool missing; /* a file that its calendar or its numbers want is told as missing */
    bool has_mark;
    int64_t through, now;
    int64_t usual_age;        /* 0 not known */
    int64_t volume, expected; /* of its last complete day; expected 0: too little is known */
    uint32_t drop_percent;    /* 1..99; 100: never suspect */
};

/* The worst that holds: silent, late, suspect, live. */
condition_kind condition_of(const struct condition_facts *facts);
/* "live", "late", "suspect", "silent"; "" of none. */
const char *condition_word(condition_kind kind);
/* NONE where no condition is called so. */
condition_kind condition_parse(const char *word);

/* The feed's setting, 0 as usual, above 100 as 100. */
uint32_t condition_drop_percent(uint32_t setting);

/* The age that `percent` of a hundred of the ages don't exceed (nearest rank, so it is one of them); 0 where there are
 * fewer than AGE_DAYS_LEAST. Sorts `ages`. */
int64_t condition_usual_age(int64_t *ages, size_t count);

/* The lower median of the days' volumes; 0 where there are fewer than VOLUME_LEAST, or it is below EXPECTED_LEAST.
 * Sorts `volumes`. */
int64_t condition_expected(int64_t *volumes, size_t count);

#endif
