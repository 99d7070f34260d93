/* Alerts that come and go: shares worked out by hand, and what holds for any sequence of days. */
#include "support/check.h"

#include "monitoring/alerts/flap.h"

#include <stdlib.h>
#include <string.h>

static const struct flap_limits usual = { 21, 300000, 250000 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* o open, . not; returns the flap after all of these days. */
static struct flap days(const char *text)
{
    struct flap flap = { 0 };

    for (; *text; text++)
        (void)flap_push(&flap, *text == 'o', &usual);
    return flap;
}

/* The share of 20 possible changes with weights 1.25 - 0.5 * age / 19, age 0 the newest, by hand:
 * one change at age 0 is 1.25 / 20 = 6.25 %; at age 19 0.75 / 20 = 3.75 %; all twenty are 100 %. */
static void share_by_hand(void **state)
{
    static const struct {
        const char *why, *days;
        uint32_t want_ppm;
    } rows[] = {
        { "never open", ".....................", 0 },
        { "open all the time: one change, 20 days old", ".oooooooooooooooooooo", 37500 },
        { "opened yesterday", "....................o", 62500 },
        { "the change has left the window", ".ooooooooooooooooooooo", 0 },
        { "every day another", "o.o.o.o.o.o.o.o.o.o.o", 1000000 },
        { "opened and closed: 1.25 + 1.25 - 0.5/19 of 20", "...................o.", 123684 },
        { "six newest: 6 * 1.25 - 0.5 * 15 / 19 of 20", "...............o.o.o.", 355263 },
        { "five newest: 5 * 1.25 - 0.5 * 10 / 19 of 20", "................o.o.o", 299342 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct flap flap = days(rows[i].days);

        if (flap.share_ppm != rows[i].want_ppm)
            fail_msg("%s: %u ppm, not %u", rows[i].why, flap.share_ppm, rows[i].want_ppm);
    }
}

/* Of five changes within seven days: hours of changes in, whether it flaps after the last of them, and the hour at
 * which it comes to rest: when the third newest is seven days (168 h) old. */
static void turns_by_hand(void **state)
{
    static const struct flap_span span = { 5, 7 };
    static const struct {
        const char *why;
        int hours[20], count;
        bool on;
        int rests;
    } rows[] = {
        { "four are none too many", { 0, 1, 24, 25 }, 4, false, 0 },
        { "five in two days", { 0, 1, 24, 25, 48 }, 5, true, 24 + 168 },
        { "the first is seven days old", { 0, 1, 24, 25, 168 }, 5, false, 0 },
        { "not quite", { 0, 1, 24, 25, 167 }, 5, true, 24 + 168 },
        { "it goes on", { 0, 1, 2, 3, 4, 100, 101, 102 }, 8, true, 100 + 168 },
        { "more than are kept", { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 }, 18, true, 15 + 168 },
    };
    const int64_t hour = 3600000000LL;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct flap flap = { 0 };
        struct flap_turns turns = { .count = 0 };
        int begun = 0;

        for (int t = 0; t < rows[i].count; t++)
            begun += flap_turn(&flap, &turns, rows[i].hours[t] * hour, &span);
        if (flap.on != rows[i].on || begun != rows[i].on)
            fail_msg("%s: flapping %d, begun %d times", rows[i].why, flap.on, begun);
        if (flap_rests_us(&flap, &turns, &span) != (rows[i].on ? rows[i].rests * hour : INT64_MAX))
            fail_msg("%s: rests after %lld h", rows[i].why, (long long)(flap_rests_us(&flap, &turns, &span) / hour));
    }
}

static void begins_at_30_ends_below_25(void **state)
{
    struct flap flap = days("................o.o.o"); /* 29.93 % */
    int quiet = 0;

    (void)state;
    assert_false(flap.on);
    assert_true(flap_push(&flap, false, &usual)); /* the sixth change: 35.5 % */
    assert_true(flap.on);
    while (flap.on && quiet < 30) {
        assert_true(flap.share_ppm >= usual.off_ppm);
        (void)flap_push(&flap, false, &usual);
        quiet++;
    }
    /* Six changes at ages n .. n+5 weigh 7.5 - 0.5 * (6n + 15) / 19; below 5 (25 %) from n = 14 on: 7.5 - 99/38. That
     * is where the oldest is still in the window (age 19). */
    CHECK_INT(quiet, 14);
    assert_true(flap.share_ppm < usual.off_ppm);
}

/* Whatever the days: the share is within 0 .. 1, the flag follows it with its two limits, equal days end it. */
static void holds_for_any_days(void **state)
{
    (void)state;
    srand(20261122);
    for (int run = 0; run < 200; run++) {
        struct flap flap = { 0 };

        for (int d = 0; d < 100; d++) {
            bool was = flap.on;
            bool changed = flap_push(&flap, rand() % (run % 7 + 2) == 0, &usual);
            uint32_t share = flap.share_ppm;

            assert_true(share <= 1000000);
            CHECK_INT(changed, was != flap.on);
            CHECK_INT(flap.on, was ? share >= 250000 : share >= 300000);
        }
        for (int d = 0; d < 21; d++)
            (void)flap_push(&flap, true, &usual);
        assert_false(flap.on);
        CHECK_INT(flap.share_ppm, 0);
    }
}

/* Of five days there are four changes, with weights 1.25, 1.0833, 0.9167, 0.75: opened and closed within the last two
 * days is 2.3333 of 4, 58.33 %. */
static void by_other_limits(void **state)
{
    static const struct flap_limits five = { 5, 583333, 583333 }, more = { 5, 583334, 583334 };
    struct flap flap = { 0 }, other = { 0 };

    (void)state;
    for (int d = 0; d < 8; d++) {
        (void)flap_push(&flap, d == 6, &five);
        (void)flap_push(&other, d == 6, &more);
    }
    CHECK_INT(flap.share_ppm, 583333);
    assert_true(flap.on);
    assert_false(other.on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(share_by_hand),
        cmocka_unit_test(turns_by_hand),
        cmocka_unit_test(begins_at_30_ends_below_25),
        cmocka_unit_test(holds_for_any_days),
        cmocka_unit_test(by_other_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
