/* calc_test: what the tests of common/calc share: cmocka, checks that name their row, and a repeatable generator.
 *
 * Property tests draw from draw_*(), seeded once from BIHUAN_SEED or the time; the seed is printed so that a failure
 * can be repeated with BIHUAN_SEED=<it>.
 */
#ifndef BIHUAN_CALC_TEST_H
#define BIHUAN_CALC_TEST_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/hash.h"
#include "support/seed.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Fails the row, with its reason, unless got is want. */
#define EXPECT_INT(why, got, want)                                                                                     \
    do {                                                                                                               \
        long long got_ = (long long)(got), want_ = (long long)(want);                                                  \
        if (got_ != want_)                                                                                             \
            fail_msg("%s: got %lld, want %lld", (why), got_, want_);                                                   \
    } while (0)

#define EXPECT_NEAR(why, got, want, tolerance)                                                                         \
    do {                                                                                                               \
        double got_ = (got), want_ = (want);                                                                           \
        if (!(got_ - want_ <= (tolerance) && want_ - got_ <= (tolerance)))                                             \
            fail_msg("%s: got %.9g, want %.9g", (why), got_, want_);                                                   \
    } while (0)

#define EXPECT_OK(why, call, err)                                                                                      \
    do {                                                                                                               \
        if ((call) != 0)                                                                                               \
            fail_msg("%s: %s", (why), (err).text);                                                                     \
    } while (0)

#define EXPECT_REFUSED(why, call, err, want_code)                                                                      \
    do {                                                                                                               \
        if ((call) != -1)                                                                                              \
            fail_msg("%s: wasn't refused", (why));                                                                     \
        if (strcmp((err).code, (want_code)) != 0)                                                                      \
            fail_msg("%s: refused as \"%s\", want \"%s\"", (why), (err).code, (want_code));                            \
    } while (0)

static inline uint64_t *draw_state(void)
{
    static uint64_t state;
    static int seeded;

    if (!seeded) {
        state = test_seed();
        seeded = 1;
    }
    return &state;
}

static inline uint64_t draw(void)
{
    uint64_t *state = draw_state();

    *state += 0x9e3779b97f4a7c15ULL;
    return hash_mix(*state);
}

/* lo..hi, both possible. */
static inline int64_t draw_int(int64_t lo, int64_t hi)
{
    return lo + (int64_t)(draw() % ((uint64_t)(hi - lo) + 1));
}

#endif
