/* Distinct counts: windows, keys, units within, and which line of a group comes first. */
#include "support/check.h"

#include "feedback/measures/distinct.h"

#include "text/dates.h"

#include <string.h>

static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void windows(void **state)
{
    static const struct {
        const char *why;
        enum distinct_window window;
        int32_t day[3], first[3];
    } rows[] = {
        { "a day", WINDOW_DAY, { 2026, 2, 28 }, { 2026, 2, 28 } },
        { "a week's Sunday", WINDOW_WEEK, { 2026, 3, 1 }, { 2026, 2, 23 } },
        { "a week's Monday", WINDOW_WEEK, { 2026, 2, 23 }, { 2026, 2, 23 } },
        { "a month's last", WINDOW_MONTH, { 2026, 2, 28 }, { 2026, 2, 1 } },
        { "a month's first", WINDOW_MONTH, { 2026, 3, 1 }, { 2026, 3, 1 } },
        { "a quarter's last", WINDOW_QUARTER, { 2026, 6, 30 }, { 2026, 4, 1 } },
        { "the last quarter", WINDOW_QUARTER, { 2026, 12, 31 }, { 2026, 10, 1 } },
        { "a leap year", WINDOW_YEAR, { 2024, 2, 29 }, { 2024, 1, 1 } },
        { "ever", WINDOW_EVER, { 2026, 6, 30 }, { 1970, 1, 1 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (distinct_window_day(rows[i].window, date_of(rows[i].day[0], rows[i].day[1], rows[i].day[2])) !=
            date_of(rows[i].first[0], rows[i].first[1], rows[i].first[2]))
            fail_msg("%s", rows[i].why);
}

/* Province 1 over city 2 over shop 3; shop 4 below the province; from May on shop 3 is there too. */
static struct reference *make_reference(const char *key, const char *window, const char *within)
{
    struct reference *reference = reference_new(4);
    Bihuan__Measure measure = BIHUAN__MEASURE__INIT;
    Bihuan__MeasureDistinct distinct = BIHUAN__MEASURE_DISTINCT__INIT;
    struct err err;

    assert_int_equal(reference_add_unit(reference, 1, "P", "province", "", INT32_MAX, &err), 0);
    assert_int_equal(reference_add_unit(reference, 2, "C", "city", "", INT32_MAX, &err), 0);
    assert_int_equal(reference_add_unit(reference, 3, "S3", "outlet", "", INT32_MAX, &err), 0);
    assert_int_equal(reference_add_unit(reference, 4, "S4", "outlet", "", INT32_MAX, &err), 0);
    assert_int_equal(reference_add_relation(reference, 2, "P", 0, INT32_MAX, &err), 0);
    assert_int_equal(reference_add_relation(reference, 3, "C", 0, date_of(2026, 5, 1), &err), 0);
    assert_int_equal(reference_add_relation(reference, 3, "P", date_of(2026, 5, 1), INT32_MAX, &err), 0);
    assert_int_equal(reference_add_relation(reference, 4, "P", 0, INT32_MAX, &err), 0);
    distinct.key = text_of(key);
    distinct.window = text_of(window);
    distinct.within = text_of(within);
    measure.id = 7;
    measure.code = text_of("d");
    measure.fact = text_of("order_line");
    measure.value = text_of("distinct");
    measure.distinct = &distinct;
    assert_int_equal(reference_add_measure(reference, &measure, &err), 0);
    reference_seal(reference);
    assert_true(reference_has_distinct(reference));
    return reference;
}

static struct order_line line_of(uint32_t unit, int month, const char *customer)
{
    return (struct order_line) { .key = "k",
                                 .key_len = 1,
                                 .customer = customer,
                                 .customer_len = (uint32_t)strlen(customer),
                                 .sender = 1,
                                 .state = STATE_COMPLETED,
                                 .version = order_version(1, STATE_COMPLETED),
                                 .day = date_of(2026, month, 15),
                                 .unit = unit,
                                 .site = unit,
                                 .seller = 9 };
}

static void groups(void **state)
{
    static const struct {
        const char *why, *key, *window, *within, *customer;
        uint32_t unit;
        int month;
        size_t count;
        uint32_t in;
        const char *text;
        uint64_t without_key;
    } rows[] = {
        { "a customer in the city", "customer", "month", "city", "amy", 3, 4, 1, 2, "amy", 0 },
        { "no city above", "customer", "month", "city", "amy", 4, 4, 0, 0, "", 1 },
        { "moved away from the city", "customer", "month", "city", "amy", 3, 5, 0, 0, "", 1 },
        { "the shop itself", "customer", "month", "outlet", "amy", 3, 4, 1, 3, "amy", 0 },
        { "everywhere", "customer", "month", "", "amy", 3, 4, 1, 0, "amy", 0 },
        { "nobody's", "customer", "month", "", "", 3, 4, 0, 0, "", 1 },
        { "the seller", "seller", "ever", "province", "", 3, 4, 1, 1, "9", 0 },
        { "no product", "product", "ever", "", "amy", 3, 4, 0, 0, "", 1 },
        { "the unit", "unit", "year", "", "", 4, 4, 1, 0, "4", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reference *reference = make_reference(rows[i].key, rows[i].window, rows[i].within);
        struct order_line line = line_of(rows[i].unit, rows[i].month, rows[i].customer);
        struct distinct_line *found;
        uint64_t without_key = 0;
        struct arena arena;
        size_t count;

        arena_init(&arena);
        count = distinct_groups(reference, &line, &arena, &found, &without_key);
        if (count != rows[i].count || without_key != rows[i].without_key ||
            (count && (found->within != rows[i].in || strcmp(found->key, rows[i].text) != 0 || found->measure != 7)))
            fail_msg("%s: %zu, %lu without", rows[i].why, count, (unsigned long)without_key);
        arena_fini(&arena);
        reference_destroy(&reference);
    }
}

/* By day, then time, then sender, then record: each decides where all before it are the same. */
static void who_comes_first(void **state)
{
    static const struct distinct_line ascending[] = {
        { .day = 1, .occurred_at = 9, .sender = 9, .record_key = "z" },
        { .day = 2, .occurred_at = 1, .sender = 9, .record_key = "z" },
        { .day = 2, .occurred_at = 2, .sender = 1, .record_key = "z" },
        { .day = 2, .occurred_at = 2, .sender = 2, .record_key = "B" },
        { .day = 2, .occurred_at = 2, .sender = 2, .record_key = "a" },
        { .day = 2, .occurred_at = 2, .sender = 2, .record_key = "a1" },
    };
    size_t count = sizeof ascending / sizeof ascending[0];

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            int order = distinct_compare_lines(&ascending[i], &ascending[j]);

            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
}

/* Texts are compared, not only their hash. */
static void groups_of_one_hash_are_two(void **state)
{
    struct distinct_line a = { .key_hash = 5, .measure = 1, .key = "amy" }, b = a;

    (void)state;
    assert_int_equal(distinct_compare_groups(&a, &b), 0);
    b.key = "bob";
    assert_true(distinct_compare_groups(&a, &b) < 0);
    b = a;
    b.within = 2;
    assert_true(distinct_compare_groups(&a, &b) < 0);
    b = a;
    b.window_day = 3;
    assert_true(distinct_compare_groups(&a, &b) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows),
        cmocka_unit_test(groups),
        cmocka_unit_test(who_comes_first),
        cmocka_unit_test(groups_of_one_hash_are_two),
    };

    return cmocka_run_group_tests_name("distinct", tests, NULL, NULL);
}
