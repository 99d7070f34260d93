/* Weights from history, worked out by hand. */
#include "calc_test.h"

#include "calc/calendar_learn.h"

#include <string.h>

#define WEEKS 6
#define DAYS  (WEEKS * 7)

/* Mondays first: five working days, two of the weekend. */
static void weeks(enum day_class *classes)
{
    for (int i = 0; i < DAYS; i++)
        classes[i] = i % 7 < 5 ? DAY_WORKING : DAY_WEEKEND;
}

/* Every working day sells 100, every weekend day 150, prior 1.2: without any spread the mean is certain, so V = 0 and
 * the own weight stands. */
static void certain_history_speaks_for_itself(void **state)
{
    const int64_t prior[DAY_CLASS_COUNT] = { 0, 1000, 1200, 500, -1, -1, -1 };
    struct calendar_learned learned[DAY_CLASS_COUNT];
    enum day_class classes[DAYS];
    int64_t values[DAYS];
    struct err err;

    (void)state;
    weeks(classes);
    for (int i = 0; i < DAYS; i++)
        values[i] = classes[i] == DAY_WORKING ? 100 : 150;
    EXPECT_OK("learn", calendar_learn(values, classes, DAYS, prior, learned, &err), err);
    EXPECT_INT("working is the measure", learned[DAY_WORKING].weight_ppm, 1000000);
    EXPECT_INT("weekend days", learned[DAY_WEEKEND].days, WEEKS * 2);
    EXPECT_INT("own", learned[DAY_WEEKEND].own_ppm, 1500000);
    EXPECT_INT("prior", learned[DAY_WEEKEND].prior_ppm, 1200000);
    EXPECT_INT("no shrinkage", learned[DAY_WEEKEND].shrink_ppm, 0);
    EXPECT_INT("weight", learned[DAY_WEEKEND].weight_ppm, 1500000);
    EXPECT_INT("a holiday never seen keeps its prior", learned[DAY_HOLIDAY].weight_ppm, 500000);
    EXPECT_INT("all of it", learned[DAY_HOLIDAY].shrink_ppm, 1000000);
    EXPECT_INT("what nobody knows", learned[DAY_CAMPAIGN].weight_ppm, CALENDAR_WEIGHT_MISSING);
}

/* Growth falls out: the level doubles at the end of a reach, but ratios are to the days around. With a linear rise by 1
 * a day, the mean of the working days within 21 days of a day in the middle is that day's own level but for the few
 * that the week's edge leaves over: within 1 in 100. */
static void growth_is_no_weekend(void **state)
{
    enum { LONG = 40 * 7 };
    const int64_t prior[DAY_CLASS_COUNT] = { 0, 1, 1, -1, -1, -1, -1 };
    struct calendar_learned learned[DAY_CLASS_COUNT];
    enum day_class classes[LONG];
    int64_t values[LONG];
    struct err err;

    (void)state;
    for (int i = 0; i < LONG; i++) {
        classes[i] = i % 7 < 5 ? DAY_WORKING : DAY_WEEKEND;
        values[i] = (1000 + i) * (classes[i] == DAY_WORKING ? 2 : 3);
    }
    EXPECT_OK("learn", calendar_learn(values, classes, LONG, prior, learned, &err), err);
    assert_in_range(learned[DAY_WEEKEND].own_ppm, 1490000, 1510000);
    assert_in_range(learned[DAY_WEEKEND].weight_ppm, 1490000, 1510000);
}

/* Four working days of 100 about one weekend day of 100 + d and one of 100 - d; own mean 1. Days 0..5: W W E E W W.
 * Ratios of the working days: 100 / 100 = 1 each, variance 0 with 3 degrees of freedom; of the weekend 1 + d and 1 - d:
 * sum of squares 2 d^2 with 1. Pooled: 2 d^2 / 4 = d^2 / 2; V = d^2 / 4. Prior 1.1, gap 0.1.
 *   d = 0.1: T = 0.01 - 0.0025 = 0.0075, B = 0.0025 / 0.01 = 0.25, w = 0.75 * 1 + 0.25 * 1.1 = 1.025
 *   d = 0.2: V = 0.01, T = 0: the gap is no more than chance: all prior, 1.1 */
static void uncertain_history_leans_on_the_prior(void **state)
{
    static const struct {
        const char *why;
        int64_t d, shrink, weight;
    } rows[] = {
        { "a quarter of the prior", 10, 250000, 1025000 },
        { "chance alone", 20, 1000000, 1100000 },
        { "no spread", 0, 0, 1000000 },
    };
    const enum day_class classes[] = { DAY_WORKING, DAY_WORKING, DAY_WEEKEND, DAY_WEEKEND, DAY_WORKING, DAY_WORKING };
    const int64_t prior[DAY_CLASS_COUNT] = { 0, 100, 110, -1, -1, -1, -1 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const int64_t values[] = { 100, 100, 100 + rows[i].d, 100 - rows[i].d, 100, 100 };
        struct calendar_learned learned[DAY_CLASS_COUNT];
        struct err err;

        EXPECT_OK(rows[i].why, calendar_learn(values, classes, 6, prior, learned, &err), err);
        EXPECT_INT(rows[i].why, learned[DAY_WEEKEND].own_ppm, 1000000);
        EXPECT_INT(rows[i].why, learned[DAY_WEEKEND].shrink_ppm, rows[i].shrink);
        EXPECT_INT(rows[i].why, learned[DAY_WEEKEND].weight_ppm, rows[i].weight);
    }
}

static void what_cannot_be_learned(void **state)
{
    const int64_t prior[DAY_CLASS_COUNT] = { 0, 1000, 1200, 500, -1, -1, -1 }, none[DAY_CLASS_COUNT] = { 0 };
    struct calendar_learned learned[DAY_CLASS_COUNT];
    enum day_class classes[DAYS];
    int64_t values[DAYS] = { 0 };
    struct err err;

    (void)state;
    weeks(classes);
    EXPECT_OK("nothing was sold: nothing is learned", calendar_learn(values, classes, DAYS, prior, learned, &err), err);
    EXPECT_INT("no day", learned[DAY_WEEKEND].days, 0);
    EXPECT_INT("the prior", learned[DAY_WEEKEND].weight_ppm, 1200000);
    EXPECT_REFUSED("no days", calendar_learn(values, classes, 0, prior, learned, &err), err, "bad_history");
    EXPECT_REFUSED("no working weight", calendar_learn(values, classes, DAYS, none, learned, &err), err, "bad_history");
    classes[3] = DAY_UNSET;
    EXPECT_REFUSED("a day without class", calendar_learn(values, classes, DAYS, prior, learned, &err), err,
                   "bad_history");
}

/* A weight lies between what was seen and what was believed, whatever the history. */
static void properties(void **state)
{
    uint64_t seed = 20261122, z;

    (void)state;
    for (int round = 0; round < 300; round++) {
        const int64_t prior[DAY_CLASS_COUNT] = { 0, 1000, 1300, 700, 900, 1100, 1500 };
        struct calendar_learned learned[DAY_CLASS_COUNT];
        enum day_class classes[DAYS];
        int64_t values[DAYS];
        struct err err;

        for (int i = 0; i < DAYS; i++) {
            seed += UINT64_C(0x9E3779B97F4A7C15);
            z = (seed ^ (seed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
            classes[i] = (enum day_class)(1 + (z >> 40) % 6);
            values[i] = (int64_t)(z >> 20) % 5000;
        }
        EXPECT_OK("learn", calendar_learn(values, classes, DAYS, prior, learned, &err), err);
        for (int c = 1; c < DAY_CLASS_COUNT; c++) {
            int64_t low = learned[c].own_ppm < learned[c].prior_ppm ? learned[c].own_ppm : learned[c].prior_ppm;
            int64_t high = learned[c].own_ppm < learned[c].prior_ppm ? learned[c].prior_ppm : learned[c].own_ppm;

            if (learned[c].days && (learned[c].weight_ppm < low || learned[c].weight_ppm > high))
                fail_msg("round %d, class %d: %lld is not within %lld and %lld", round, c,
                         (long long)learned[c].weight_ppm, (long long)low, (long long)high);
            assert_in_range(learned[c].shrink_ppm, 0, 1000000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certain_history_speaks_for_itself),
        cmocka_unit_test(growth_is_no_weekend),
        cmocka_unit_test(uncertain_history_leans_on_the_prior),
        cmocka_unit_test(what_cannot_be_learned),
        cmocka_unit_test(properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
