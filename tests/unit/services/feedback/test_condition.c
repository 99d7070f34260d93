/* How a feed stands: which condition goes first, when a day is far below its like, which age is usual; cities in names.
 */
#include "support/check.h"

#include "feedback/conditions/condition.h"
#include "feedback/mapping/mapping.h"

#include <string.h>

#define HOUR INT64_C(3600000000)

static void the_worst_that_holds_is_told(void **state)
{
    static const struct {
        const char *why;
        struct condition_facts facts;
        condition_kind want;
    } rows[] = {
        { "nothing is known yet", { .now = 100 * HOUR, .drop_percent = 60 }, CONDITION(LIVE) },
        { "it has no usual age yet", { .has_mark = true, .now = 900 * HOUR }, CONDITION(LIVE) },
        { "as old as usual",
          { .has_mark = true, .through = 10 * HOUR, .now = 40 * HOUR, .usual_age = 30 * HOUR },
          CONDITION(LIVE) },
        { "older than usual",
          { .has_mark = true, .through = 10 * HOUR, .now = 40 * HOUR + 1, .usual_age = 30 * HOUR },
          CONDITION(LATE) },
        { "a file is missing", { .missing = true }, CONDITION(LATE) },
        { "late goes before suspect",
          { .missing = true, .volume = 1, .expected = 100, .drop_percent = 60 },
          CONDITION(LATE) },
        { "silent goes before all",
          { .silent = true, .missing = true, .volume = 1, .expected = 100, .drop_percent = 60 },
          CONDITION(SILENT) },
        { "60 per cent less is not over 60", { .volume = 40, .expected = 100, .drop_percent = 60 }, CONDITION(LIVE) },
        { "over 60 per cent less", { .volume = 39, .expected = 100, .drop_percent = 60 }, CONDITION(SUSPECT) },
        { "nothing at all", { .volume = 0, .expected = 20, .drop_percent = 60 }, CONDITION(SUSPECT) },
        { "too little is known", { .volume = 0, .expected = 0, .drop_percent = 60 }, CONDITION(LIVE) },
        { "the feed says never", { .volume = 0, .expected = 1000, .drop_percent = 100 }, CONDITION(LIVE) },
        { "the feed says 90", { .volume = 11, .expected = 100, .drop_percent = 90 }, CONDITION(LIVE) },
        { "large numbers",
          { .volume = INT64_MAX / 5 * 2 - 2, .expected = INT64_MAX, .drop_percent = 60 },
          CONDITION(SUSPECT) },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (condition_of(&rows[i].facts) != rows[i].want)
            fail_msg("%s: %s, not %s", rows[i].why, condition_word(condition_of(&rows[i].facts)),
                     condition_word(rows[i].want));
}

static void settings_and_words(void **state)
{
    (void)state;
    CHECK_INT(condition_drop_percent(0), 60);
    CHECK_INT(condition_drop_percent(1), 1);
    CHECK_INT(condition_drop_percent(99), 99);
    CHECK_INT(condition_drop_percent(100), 100);
    CHECK_INT(condition_drop_percent(4000000000U), 100);
    CHECK_INT(condition_parse("suspect"), CONDITION(SUSPECT));
    CHECK_INT(condition_parse(""), CONDITION(NONE));
    CHECK_INT(condition_parse("dead"), CONDITION(NONE));
    assert_string_equal(condition_word((condition_kind)99), "");
}

/* Nearest rank: of 10 the 10th (9.8), of 49 the 49th (48.02), of 50 the 49th, of 60 the 59th (58.8). */
static void the_usual_age_is_one_of_them(void **state)
{
    static const struct {
        size_t count;
        int64_t want;
    } rows[] = { { 9, 0 }, { 10, 10 }, { 49, 49 }, { 50, 49 }, { 60, 59 } };
    int64_t ages[60];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t k = 0; k < rows[i].count; k++)
            ages[k] = (int64_t)(rows[i].count - k); /* the largest first */
        CHECK_INT(condition_usual_age(ages, rows[i].count), rows[i].want);
    }
}

static void what_is_expected_is_the_lower_median(void **state)
{
    int64_t three[] = { 100, 100, 100 }, four[] = { 500, 20, 30, 0 }, five[] = { 0, 90, 0, 70, 80 };
    int64_t few[] = { 19, 19, 19, 1000 }, closed[] = { 0, 0, 0, 50, 50 };

    (void)state;
    CHECK_INT(condition_expected(three, 3), 0); /* too few days */
    CHECK_INT(condition_expected(four, 4), 20); /* 0 20 | 30 500 */
    CHECK_INT(condition_expected(five, 5), 70);
    CHECK_INT(condition_expected(few, 4), 0); /* 19 is chance */
    CHECK_INT(condition_expected(closed, 5), 0);
}

/* --- cities --------------------------------------------------------------------------------------------------------
 */

static void a_pattern_finds_the_city(void **state)
{
    static const struct {
        const char *pattern, *name, *city;
    } rows[] = {
        { "orders_{city}_{yyyyMMdd}.csv", "orders_C1_20261124.csv", "C1" },
        { "{city}{yyyyMMdd}.csv", "深圳20261124.csv", "深圳" },
        { "{city}_{nnn}.csv", "a_b_007.csv", "a_b" },
        { "{city}-{*}.csv", "C1-x-y.csv", "C1-x" }, /* the longest first */
        { "o_{city}.csv", "o_.csv", NULL },         /* a character at least */
    };
    struct zone zone;
    struct pattern pattern;
    struct pattern_match match;
    struct err err;

    (void)state;
    CHECK_INT(zone_parse("+08:00", &zone, &err), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_INT(pattern_parse(rows[i].pattern, &pattern, &err), 0);
        if (!rows[i].city) {
            CHECK_INT(pattern_match(&pattern, rows[i].name, &zone, &match, &err), -1);
            continue;
        }
        CHECK_INT(pattern_match(&pattern, rows[i].name, &zone, &match, &err), 0);
        CHECK_INT(match.city_len, strlen(rows[i].city));
        assert_memory_equal(match.city, rows[i].city, match.city_len);
    }
    CHECK_INT(pattern_parse("{city}_{city}.csv", &pattern, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_that_holds_is_told), cmocka_unit_test(settings_and_words),
        cmocka_unit_test(the_usual_age_is_one_of_them), cmocka_unit_test(what_is_expected_is_the_lower_median),
        cmocka_unit_test(a_pattern_finds_the_city),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
