/* How judged days move an alert: tables by hand, and what holds for any sequence of days. */
#include "support/check.h"
#include "support/seed.h"

#include "monitoring/alerts/alert_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum alert_state day(enum alert_state state, struct alert_dwell *dwell, char what, bool critical,
                            uint32_t dwell_days, uint32_t clear_days)
{
    return alert_state_next(state, dwell, what == 'b', what == 'c', critical, dwell_days, clear_days);
}

/* b a day in breach, c a clear one, - one between the two limits. */
static void follows_the_days(void **state)
{
    static const struct {
        const char *why, *days, *want; /* want: first letters of the states, X is resolved */
        uint32_t dwell, clear;
        bool critical;
    } rows[] = {
        { "two days of breach", "bb", "pf", 2, 2, false },
        { "one day is enough where the rule says so", "b", "f", 1, 1, false },
        { "no dwell is one day", "b", "f", 0, 1, false },
        { "a critical one needs no dwell", "b", "f", 5, 1, true },
        { "breach, not breach, breach", "b-b", "pop", 2, 1, false },
        { "between the limits it stays", "bb--", "pfff", 2, 1, false },
        { "over by measurement", "bbcc", "pffX", 2, 2, false },
        { "clear days in a row", "bbc-cc", "pffffX", 2, 2, false },
        { "no clear days is one", "bbc", "pfX", 2, 0, false },
        { "never in breach", "c-c", "ooo", 1, 1, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum alert_state at = ALERT_OK;
        struct alert_dwell dwell = { 0, 0 };

        for (size_t d = 0; rows[i].days[d]; d++) {
            at = day(at, &dwell, rows[i].days[d], rows[i].critical, rows[i].dwell, rows[i].clear);
            if ((at == ALERT_RESOLVED ? 'X' : alert_state_word(at)[0]) != rows[i].want[d])
                fail_msg("%s: day %zu is %s", rows[i].why, d + 1, alert_state_word(at));
        }
    }
}

static void taking_does_not_end_it(void **state)
{
    static const enum alert_state open[] = { ALERT_FIRING, ALERT_TAKEN, ALERT_ACTING };

    (void)state;
    for (size_t i = 0; i < COUNT(open); i++) {
        struct alert_dwell dwell = { 3, 0 };

        CHECK_INT(day(open[i], &dwell, 'b', true, 1, 2), open[i]);
        CHECK_INT(day(open[i], &dwell, 'c', false, 1, 2), open[i]);
        CHECK_INT(day(open[i], &dwell, 'c', false, 1, 2), ALERT_RESOLVED);
    }
}

static void words_and_back(void **state)
{
    (void)state;
    for (int s = ALERT_OK; s <= ALERT_EXPIRED; s++)
        CHECK_INT(alert_state_parse(alert_state_word((enum alert_state)s)), s);
    CHECK_INT(alert_state_parse("on fire"), ALERT_OK);
    CHECK_INT(alert_state_parse(""), ALERT_OK);
    assert_string_equal(alert_state_word(ALERT_ACTING), "acting");
    assert_true(alert_state_is_open(ALERT_FIRING) && alert_state_is_open(ALERT_TAKEN) &&
                alert_state_is_open(ALERT_ACTING));
    assert_false(alert_state_is_open(ALERT_OK) || alert_state_is_open(ALERT_PENDING) ||
                 alert_state_is_open(ALERT_RESOLVED) || alert_state_is_open(ALERT_EXPIRED));
}

/* It fires on the day that ends `dwell` days of breach in a row and on no other; ends likewise. */
static void fires_exactly_after_its_dwell(void **state)
{
    unsigned seed = (unsigned)test_seed();

    (void)state;
    for (int round = 0; round < 2000; round++) {
        uint32_t need = 1 + (uint32_t)rand_r(&seed) % 4;
        uint32_t clear = 1 + (uint32_t)rand_r(&seed) % 4;
        enum alert_state at = ALERT_OK;
        struct alert_dwell dwell = { 0, 0 };
        uint32_t breaches = 0;
        uint32_t clears = 0;

        for (int d = 0; d < 40; d++) {
            char what = "bbc-"[rand_r(&seed) % 4];
            enum alert_state before = at;

            breaches = what == 'b' ? breaches + 1 : 0;
            clears = what == 'c' ? clears + 1 : 0;
            at = day(at, &dwell, what, false, need, clear);
            if (alert_state_is_open(before)) {
                assert_int_equal(at == ALERT_RESOLVED, clears >= clear);
            } else {
                assert_int_equal(at == ALERT_FIRING, breaches >= need);
                assert_int_equal(at == ALERT_PENDING, breaches > 0 && breaches < need);
            }
            if (at == ALERT_RESOLVED) {
                at = ALERT_OK;
                dwell = (struct alert_dwell) { 0, 0 };
                breaches = clears = 0;
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(follows_the_days), cmocka_unit_test(taking_does_not_end_it),
                                        cmocka_unit_test(words_and_back),
                                        cmocka_unit_test(fires_exactly_after_its_dwell) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
