/* How fast and when: no minute sees more than 80 % of what a vendor takes, whatever the pattern; retries; full hours.
 */
#include "monitoring/delivery/rate.h"

#include "support/check.h"
#include "support/seed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (60 * MINUTE_US)
#define START     INT64_C(1700000000000000)
#define SENT_MAX  20000

static uint64_t seed;

static uint64_t next_random(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return seed >> 33;
}

static int64_t sent[SENT_MAX];

/* Asks at random moments, in crowds and after silences; counts the most that any 60 s saw. */
static int most_in_a_minute(int per_minute, int at_once, int *total)
{
    struct rate rate = { 0, 0 };
    int64_t now = START;
    int count = 0, most = 0, first = 0;

    while (now < START + 120 * MINUTE_US && count < SENT_MAX) {
        uint64_t pattern = next_random() % 10;

        now += pattern == 0 ? (int64_t)(next_random() % 200) * SECOND_US : (int64_t)(next_random() % 400000);
        rate_fill(&rate, per_minute, at_once, now);
        if (rate_take(&rate, per_minute))
            sent[count++] = now;
    }
    for (int i = 0; i < count; i++) {
        while (sent[i] - sent[first] >= MINUTE_US)
            first++;
        if (i - first + 1 > most)
            most = i - first + 1;
    }
    *total = count;
    return most;
}

static void no_minute_sees_more_than_four_fifths(void **state)
{
    static const struct {
        int per_minute, at_once, most;
    } rows[] = { { 20, 4, 16 }, { 100, 2, 80 }, { 60, 10, 48 } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int round = 0; round < 50; round++) {
            int total, most = most_in_a_minute(rows[i].per_minute, rows[i].at_once, &total);

            if (most > rows[i].most)
                fail_msg("%d in a minute of at most %d", most, rows[i].most);
            assert_true(total > rows[i].most); /* the bucket does let through */
        }
}

/* By hand: 20 a minute, 4 at once: 16 less 4 are gained in a minute, one every 5 s. */
static void a_token_comes_every_five_seconds(void **state)
{
    struct rate rate = { 0, START };

    (void)state;
    CHECK_INT(rate_ready_us(&rate, 20, 4, START), START + 5 * SECOND_US);
    rate_fill(&rate, 20, 4, START + 4999 * 1000);
    assert_false(rate_take(&rate, 20));
    rate_fill(&rate, 20, 4, START + 5 * SECOND_US);
    assert_true(rate_take(&rate, 20));
    assert_false(rate_take(&rate, 20));
    rate_fill(&rate, 20, 4, START - HOUR_US); /* a clock that goes back gives nothing */
    assert_false(rate_take(&rate, 20));
    rate_fill(&rate, 20, 4, START + HOUR_US);
    for (int i = 0; i < 4; i++)
        assert_true(rate_take(&rate, 20));
    assert_false(rate_take(&rate, 20));
    assert_true(rate_take(&rate, 0)); /* no limit */
}

static void retries_follow_the_schedule(void **state)
{
    static const int64_t want_s[] = { 1, 5, 30, 120, 600, 1800, 3600, 3600 };

    (void)state;
    for (int failed = 1; failed <= 8; failed++) {
        int64_t base = want_s[failed - 1] * SECOND_US;

        CHECK_INT(retry_pause_us(SECOND_US, failed, 0, 0), base * 8 / 10);
        CHECK_INT(retry_pause_us(SECOND_US, failed, 0, 500), base);
        assert_true(retry_pause_us(SECOND_US, failed, 0, 999) < base * 12 / 10 &&
                    retry_pause_us(SECOND_US, failed, 0, 999) > base * 119 / 100);
    }
    CHECK_INT(retry_pause_us(SECOND_US, 1, 7, 999), 7 * SECOND_US);      /* what the receiver asks for */
    CHECK_INT(retry_pause_us(SECOND_US, 5, 7, 500), 600 * SECOND_US);    /* never sooner than the schedule */
    CHECK_INT(retry_pause_us(SECOND_US, 1, 90000, 0), 3600 * SECOND_US); /* an hour at most */
    CHECK_INT(lane_pause_us(SECOND_US, 1), SECOND_US / 2);
    CHECK_INT(lane_pause_us(SECOND_US, 2), SECOND_US);
    CHECK_INT(lane_pause_us(SECOND_US, 100), MINUTE_US);
    CHECK_INT(retry_pause_us(2 * SECOND_US, 2, 0, 500), 10 * SECOND_US);
    CHECK_INT(retry_pause_us(20 * SECOND_US, 5, 0, 500), 3600 * SECOND_US); /* 600 times 20 s */
    CHECK_INT(lane_pause_us(SECOND_US / 10, 3), SECOND_US / 5);
}

/* What waited for days before its first try has its tries all the same. */
static void it_is_given_up_after_a_day_of_tries(void **state)
{
    const int64_t day = 24 * HOUR_US;

    (void)state;
    assert_false(retry_is_over(30 * day, 1));
    assert_false(retry_is_over(30 * day, 7));
    assert_true(retry_is_over(30 * day, 8));
    assert_false(retry_is_over(day - 1, 30));
    assert_true(retry_is_over(day, 30));
}

/* Hours from 00:00 UTC of a day: 480000 * HOUR_US is one. */
static void full_hours_are_spread(void **state)
{
    const int64_t hour = 480000 * HOUR_US;

    (void)state;
    CHECK_INT(spread_us(hour - 181 * SECOND_US, 3600, 180, 99, 0), hour - 181 * SECOND_US); /* outside */
    CHECK_INT(spread_us(hour + 180 * SECOND_US, 3600, 180, 99, 0), hour + 180 * SECOND_US);
    CHECK_INT(spread_us(hour, 3600, 180, 0, 0), hour);                               /* its place is past: at once */
    CHECK_INT(spread_us(hour, 3600, 180, 300 * 1000000, 0), hour + 120 * SECOND_US); /* 300 s into the span of 360 */
    CHECK_INT(spread_us(hour - 180 * SECOND_US, 3600, 180, 1000000, 0), hour - 179 * SECOND_US);
    CHECK_INT(spread_us(hour, 3600, 0, 300 * 1000000, 0), hour); /* off */
    /* 05:30 east of UTC: its full hours are UTC's half hours */
    CHECK_INT(spread_us(hour, 3600, 180, 300 * 1000000, 19800), hour);
    CHECK_INT(spread_us(hour + 30 * MINUTE_US, 3600, 180, 300 * 1000000, 19800),
              hour + 30 * MINUTE_US + 120 * SECOND_US);
    /* half hours too: 300 s into the span of 360 around :30, and around :00 */
    CHECK_INT(spread_us(hour + 30 * MINUTE_US, 3600, 180, 300 * 1000000, 0), hour + 30 * MINUTE_US);
    CHECK_INT(spread_us(hour + 30 * MINUTE_US, 1800, 180, 300 * 1000000, 0), hour + 32 * MINUTE_US);
    CHECK_INT(spread_us(hour, 1800, 180, 300 * 1000000, 0), hour + 2 * MINUTE_US);
    CHECK_INT(spread_us(hour + 15 * MINUTE_US, 1800, 180, 300 * 1000000, 0), hour + 15 * MINUTE_US);
    /* more than half of the time between them is half of it: :15 belongs to :30, whose span begins there */
    CHECK_INT(spread_us(hour + 15 * MINUTE_US, 1800, 1500, 1000000, 0), hour + 15 * MINUTE_US + SECOND_US);
}

/* Of many robots no second gets more than its share by much, and all come within three minutes. */
static void robots_do_not_come_all_at_once(void **state)
{
    const int64_t hour = 480000 * HOUR_US;
    int seconds[400] = { 0 }, most = 0;

    (void)state;
    for (uint64_t i = 0; i < 3600; i++) {
        int64_t at = spread_us(hour - 180 * SECOND_US, 3600, 180, i * UINT64_C(0x9e3779b97f4a7c15), 0);
        int64_t second = (at - hour) / SECOND_US + 180;

        assert_true(second >= 0 && second <= 360);
        if (++seconds[second] > most)
            most = seconds[second];
    }
    assert_true(most <= 30); /* ten on average */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_minute_sees_more_than_four_fifths), cmocka_unit_test(a_token_comes_every_five_seconds),
        cmocka_unit_test(retries_follow_the_schedule),          cmocka_unit_test(full_hours_are_spread),
        cmocka_unit_test(it_is_given_up_after_a_day_of_tries),  cmocka_unit_test(robots_do_not_come_all_at_once),
    };

    seed = test_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
