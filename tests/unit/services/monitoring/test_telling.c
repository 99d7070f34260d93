/* Who climbs which ladder when, what is news to whom, and which route an alert takes: tables by hand. */
#include "support/check.h"

#include "monitoring/telling/ladder.h"
#include "monitoring/telling/retell.h"
#include "monitoring/telling/route_match.h"

#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HOUR         INT64_C(3600000000)

/* --- the ladder: outlet manager at once, centre after one working day, city after two, province after four --- */

static bool weekdays(const void *arg, int32_t day)
{
    (void)arg;
    return date_weekday(day) <= 5;
}

static const struct worktime worktime = { 8 * 3600, weekdays, NULL };
static const uint32_t after[] = { 0, 1, 2, 4 };

/* Hours since Thursday 5 November 2026, 10:00 local, when the alert fired. */
static int64_t hours(int64_t h)
{
    return worktime_at(&worktime, date_of(2026, 11, 5), 10 * 3600) + h * HOUR;
}

static void ladder_by_hand(void **state)
{
    static const struct {
        const char *why;
        enum alert_state state;
        size_t climbed;
        int base_h, now_h, end_h; /* end: of the period */
        uint32_t base_day;
        enum ladder_move want;
        int due_h; /* where it waits or climbs */
    } rows[] = {
        { "the first step at once", ALERT_FIRING, 0, 0, 0, 600, 0, LADDER_CLIMB, 0 },
        { "the second a working day later", ALERT_FIRING, 1, 0, 23, 600, 0, LADDER_WAIT, 24 },
        { "Friday 10:00", ALERT_FIRING, 1, 0, 24, 600, 0, LADDER_CLIMB, 24 },
        { "the third over the weekend", ALERT_FIRING, 2, 0, 25, 600, 0, LADDER_WAIT, 96 },
        { "Monday 10:00", ALERT_FIRING, 2, 0, 96, 600, 0, LADDER_CLIMB, 96 },
        { "the fourth on Wednesday", ALERT_FIRING, 3, 0, 100, 600, 0, LADDER_WAIT, 144 },
        { "none is left", ALERT_FIRING, 4, 0, 900, 2000, 0, LADDER_REST, 0 },
        { "not after it was taken", ALERT_TAKEN, 1, 0, 90, 600, 0, LADDER_REST, 0 },
        { "not while somebody acts", ALERT_ACTING, 1, 0, 90, 600, 0, LADDER_REST, 0 },
        { "not after it is over", ALERT_RESOLVED, 1, 0, 90, 600, 0, LADDER_REST, 0 },
        { "not after its period", ALERT_FIRING, 2, 0, 97, 96, 0, LADDER_REST, 0 },
        { "nor is a step waited for that lies behind it", ALERT_FIRING, 3, 0, 100, 120, 0, LADDER_REST, 0 },
        { "lapsed after the second: one more day from there", ALERT_FIRING, 2, 96, 96, 600, 1, LADDER_WAIT, 120 },
        { "and two more to the fourth", ALERT_FIRING, 3, 96, 120, 600, 1, LADDER_WAIT, 168 },
        { "lapsed before any step", ALERT_FIRING, 0, 96, 97, 600, 0, LADDER_CLIMB, 96 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct ladder_view view = { .state = rows[i].state,
                                          .after_days = after,
                                          .step_count = COUNT(after),
                                          .climbed = rows[i].climbed,
                                          .base_us = hours(rows[i].base_h),
                                          .base_day = rows[i].base_day,
                                          .end_us = hours(rows[i].end_h) };
        int64_t due = 0;
        enum ladder_move move = ladder_next(&view, &worktime, hours(rows[i].now_h), &due);

        if (move != rows[i].want || (move != LADDER_REST && due != hours(rows[i].due_h)))
            fail_msg("%s: move %d, due %ld h", rows[i].why, (int)move, (long)((due - hours(0)) / HOUR));
    }
}

/* --- what is news --- */

static const struct {
    const char *why;
    struct retell_told told;
    struct retell_now now;
    enum retell want;
} news[] = {
    { "it fires", { 0 }, { .open = true, .lag = true, .severity = 1, .step_bp = 300 }, RETELL_FIRED },
    { "silenced", { 0 }, { .open = true, .quieted = true, .lag = true, .step_bp = 300 }, RETELL_NOTHING },
    { "the same again",
      { .open = true, .severity = 1, .gap_bp = -600, .hit_ppm = 400000 },
      { .open = true, .lag = true, .severity = 1, .gap_bp = -600, .hit_ppm = 400000, .step_bp = 300 },
      RETELL_NOTHING },
    { "a little worse",
      { .open = true, .severity = 1, .gap_bp = -600, .hit_ppm = 400000 },
      { .open = true, .lag = true, .severity = 1, .gap_bp = -899, .hit_ppm = 200001, .step_bp = 300 },
      RETELL_NOTHING },
    { "three points worse",
      { .open = true, .severity = 1, .gap_bp = -600, .hit_ppm = 400000 },
      { .open = true, .lag = true, .severity = 1, .gap_bp = -900, .hit_ppm = 400000, .step_bp = 300 },
      RETELL_WORSE },
    { "half the chance",
      { .open = true, .severity = 1, .gap_bp = -600, .hit_ppm = 400000 },
      { .open = true, .lag = true, .severity = 1, .gap_bp = -700, .hit_ppm = 200000, .step_bp = 300 },
      RETELL_WORSE },
    { "half of next to nothing",
      { .open = true, .severity = 1, .gap_bp = -600, .hit_ppm = 19999 },
      { .open = true, .lag = true, .severity = 1, .gap_bp = -600, .hit_ppm = 0, .step_bp = 300 },
      RETELL_NOTHING },
    { "better",
      { .open = true, .severity = 1, .gap_bp = -900, .hit_ppm = 100000 },
      { .open = true, .lag = true, .severity = 1, .gap_bp = -400, .hit_ppm = 700000, .step_bp = 300 },
      RETELL_NOTHING },
    { "a higher severity",
      { .open = true, .severity = 1, .gap_bp = -600 },
      { .open = true, .lag = true, .severity = 2, .gap_bp = -600, .step_bp = 300 },
      RETELL_SEVERITY },
    { "a lower severity is no news",
      { .open = true, .severity = 3, .gap_bp = -900 },
      { .open = true, .lag = true, .severity = 2, .gap_bp = -900, .step_bp = 300 },
      RETELL_NOTHING },
    { "the lowest, nor of what has no gap",
      { .open = true, .severity = 3 },
      { .open = true, .severity = 0, .step_bp = 300 },
      RETELL_NOTHING },
    { "lower, but three points worse",
      { .open = true, .severity = 3, .gap_bp = -600 },
      { .open = true, .lag = true, .severity = 2, .gap_bp = -900, .step_bp = 300 },
      RETELL_WORSE },
    { "lower, to who takes state",
      { .open = true, .severity = 3, .gap_bp = -900 },
      { .open = true, .lag = true, .state = true, .severity = 2, .gap_bp = -900, .step_bp = 300 },
      RETELL_EASED },
    { "higher, to who takes state",
      { .open = true, .severity = 1, .gap_bp = -900 },
      { .open = true, .lag = true, .state = true, .severity = 2, .gap_bp = -900, .step_bp = 300 },
      RETELL_SEVERITY },
    { "worse, but silenced",
      { .open = true, .severity = 1, .gap_bp = -600 },
      { .open = true, .quieted = true, .lag = true, .severity = 3, .gap_bp = -1900, .step_bp = 300 },
      RETELL_NOTHING },
    { "no gap, no step",
      { .open = true, .severity = 1 },
      { .open = true, .lag = false, .severity = 1, .gap_bp = -1900, .step_bp = 300 },
      RETELL_NOTHING },
    { "over", { .open = true, .severity = 1 }, { .lag = true, .step_bp = 300 }, RETELL_OVER },
    { "over under a silence",
      { .open = true, .severity = 1 },
      { .quieted = true, .lag = true, .step_bp = 300 },
      RETELL_OVER },
    { "over, never told", { 0 }, { .lag = true, .step_bp = 300 }, RETELL_NOTHING },
    { "it begins to come and go",
      { .open = true, .severity = 1 },
      { .open = true, .flapping = true, .lag = true, .severity = 1, .step_bp = 300 },
      RETELL_FLAPPING },
    { "told once",
      { .open = true, .flapping = true, .severity = 1 },
      { .open = true, .flapping = true, .lag = true, .severity = 2, .gap_bp = -3000, .step_bp = 300 },
      RETELL_NOTHING },
    { "gone, while it comes and goes",
      { .open = true, .flapping = true, .severity = 1 },
      { .flapping = true, .lag = true, .step_bp = 300 },
      RETELL_NOTHING },
    { "gone, come to rest",
      { .open = true, .flapping = true, .severity = 1 },
      { .lag = true, .step_bp = 300 },
      RETELL_OVER },
    { "its period ended while it came and went",
      { .open = true, .flapping = true, .severity = 1 },
      { .expired = true, .flapping = true, .lag = true, .step_bp = 300 },
      RETELL_OVER },
};

static void news_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(news); i++) {
        struct retell_now now = news[i].now;

        now.hit_least_ppm = 20000;
        if (retell_next(&news[i].told, &now) != news[i].want)
            fail_msg("%s: %d, not %d", news[i].why, (int)retell_next(&news[i].told, &now), (int)news[i].want);
    }
}

/* As the ledger keeps it. */
static struct retell_told after_telling(const struct retell_told *told, enum retell what, const struct retell_now *now)
{
    int severity = retell_severity(told->open, told->severity, now->severity, now->state);

    return (struct retell_told) { what != RETELL_OVER, now->flapping, severity, now->gap_bp, now->hit_ppm };
}

/* Whatever happens: nothing is news twice, no severity is announced twice before it is over; at the end a receiver
 * knows that it is over if it ever heard that it fired. */
static void nothing_twice_and_every_end(void **state)
{
    (void)state;
    srand(20261122);
    for (int run = 0; run < 2000; run++) {
        struct retell_told told = { 0 };
        struct retell_now now = { .lag = true, .step_bp = 300, .hit_least_ppm = 20000 };
        int highest = -1; /* that was told since it fired */

        for (int step = 0; step < 40; step++) {
            enum retell what;

            now.open = rand() % 3 != 0;
            now.quieted = rand() % 4 == 0;
            now.flapping = rand() % 8 == 0;
            now.severity = rand() % 4;
            now.gap_bp = -(rand() % 2000);
            now.hit_ppm = (uint32_t)(rand() % 1000000);
            what = retell_next(&told, &now);
            assert_true(what != RETELL_OVER || told.open);
            assert_true(what != RETELL_FIRED || !told.open);
            assert_true(what != RETELL_SEVERITY || now.severity > highest);
            if (what == RETELL_NOTHING)
                continue;
            told = after_telling(&told, what, &now);
            highest = !told.open ? -1 : now.severity > highest ? now.severity : highest;
            assert_int_equal(retell_next(&told, &now), RETELL_NOTHING);
        }
        now = (struct retell_now) { .expired = true, .lag = true, .step_bp = 300 };
        assert_int_equal(retell_next(&told, &now), told.open ? RETELL_OVER : RETELL_NOTHING);
    }
}

/* --- routes --- */

static char *one(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void routes_by_hand(void **state)
{
    static const char *const o1[] = { "O1", "C1", "P" }, *const c2[] = { "C2", "P" };
    Bihuan__Route city1 = BIHUAN__ROUTE__INIT, outlets = BIHUAN__ROUTE__INIT, rest = BIHUAN__ROUTE__INIT,
                  off = BIHUAN__ROUTE__INIT;
    char *types[] = { one("outlet") };
    const Bihuan__Route *routes[] = { &off, &outlets, &city1, &rest };
    static const int severities[] = { 0, 0, 2, 0 };
    static const struct {
        const char *why;
        struct route_subject subject;
        size_t count, picked[4];
    } rows[] = {
        { "an outlet of C1, major: outlets go on, C1 ends it",
          { o1, 3, "outlet", "new", "lag", "own", 2 },
          2,
          { 1, 2 } },
        { "only a warning: C1 wants major", { o1, 3, "outlet", "new", "lag", "own", 1 }, 2, { 1, 3 } },
        { "another channel", { o1, 3, "outlet", "new", "lag", "agent", 2 }, 1, { 2 } },
        { "a city", { c2, 2, "city", "new", "lag", "own", 3 }, 1, { 3 } },
        { "the rest is for one measure", { c2, 2, "city", "bills", "lag", "own", 3 }, 0, { 0 } },
    };

    (void)state;
    off.off = true;
    outlets.unit_types = types;
    outlets.n_unit_types = 1;
    outlets.channel = one("own");
    outlets.go_on = true;
    city1.subtree = one("C1");
    rest.measure = one("new");
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t picked[4];
        size_t count = routes_pick(routes, severities, 4, &rows[i].subject, picked);

        if (count != rows[i].count || memcmp(picked, rows[i].picked, count * sizeof *picked) != 0)
            fail_msg("%s: %zu routes, first %zu", rows[i].why, count, count ? picked[0] : 99);
    }
}

static void routes_in_order(void **state)
{
    Bihuan__Route a = BIHUAN__ROUTE__INIT, b = BIHUAN__ROUTE__INIT;

    (void)state;
    a.code = one("a");
    b.code = one("b");
    assert_true(route_order(&a, &b) < 0);
    a.rank = 2;
    assert_true(route_order(&a, &b) > 0);
    b.rank = -5;
    assert_true(route_order(&b, &a) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ladder_by_hand),
        cmocka_unit_test(news_by_hand),
        cmocka_unit_test(nothing_twice_and_every_end),
        cmocka_unit_test(routes_by_hand),
        cmocka_unit_test(routes_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
