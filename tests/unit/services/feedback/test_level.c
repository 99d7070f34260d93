/* Levels: what readings hold from when to when, worked out by hand, and that all changes up to a day are the level on
 * it, whatever came when. */
#include "support/check.h"

#include "feedback/levels/level.h"

#include "text/dates.h"

#include <string.h>

#define STOCK 7 /* measures */
#define OLD   8
#define FRESH 9
#define RIPE  10

static struct arena arena;

static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void add_measure(struct reference *reference, uint32_t id, const char *age, uint32_t holds_days)
{
    Bihuan__MeasureFilter filter = BIHUAN__MEASURE_FILTER__INIT;
    Bihuan__Measure measure = BIHUAN__MEASURE__INIT;
    struct err err;

    filter.age = text_of(age);
    filter.holds_days = holds_days;
    measure.id = id;
    measure.code = text_of("m");
    measure.fact = text_of("stock_on_hand");
    measure.value = text_of("quantity");
    measure.filter = &filter;
    assert_int_equal(reference_add_measure(reference, &measure, &err), 0);
}

static struct reference *make_reference(void)
{
    struct reference *reference = reference_new(4);

    add_measure(reference, STOCK, "", 0);
    add_measure(reference, OLD, "31..", 0);
    add_measure(reference, FRESH, "", 10);
    add_measure(reference, RIPE, "1..30", 0);
    reference_seal(reference);
    return reference;
}

/* Days are counted from 2026-01-01. */
static int32_t day_of(int n)
{
    return date_of(2026, 1, 1) + n;
}

static void holds_from_when_to_when(void **state)
{
    static const struct {
        const char *why;
        int16_t measure;
        int day, since, next; /* since -1: not said; next -1: none */
        int from, until;      /* from -1: never; until -1: open */
    } rows[] = {
        { "until the next", STOCK, 5, -1, 9, 5, 9 },
        { "for ever", STOCK, 5, -1, -1, 5, -1 },
        { "not where the next is of that day", STOCK, 5, -1, 5, -1, -1 },
        { "ten days and no longer", FRESH, 5, -1, -1, 5, 15 },
        { "the next comes before that", FRESH, 5, -1, 8, 5, 8 },
        { "old on the 31st day after", OLD, 5, 0, -1, 31, -1 },
        { "old when it was read", OLD, 40, 0, 50, 40, 50 },
        { "gone before it was old", OLD, 5, 0, 31, -1, -1 },
        { "no age without a date", OLD, 5, -1, -1, -1, -1 },
        { "from the first day after to the thirtieth", RIPE, 0, 3, -1, 4, 34 },
        { "read in the midst", RIPE, 10, 3, -1, 10, 34 },
        { "replaced in the midst", RIPE, 0, 3, 12, 4, 12 },
        { "read after it", RIPE, 34, 3, -1, -1, -1 },
        { "read on its last day", RIPE, 33, 3, -1, 33, 34 },
    };
    struct reference *reference = make_reference();

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int16_t measure = rows[i].measure;
        int64_t value = 12;
        struct level_line line = { .day = day_of(rows[i].day),
                                   .since = rows[i].since < 0 ? DAY_NONE : day_of(rows[i].since),
                                   .holds = { &measure, &value, 1 } };
        struct level_change *told;
        size_t count = level_tell(reference, &line, rows[i].next < 0 ? LEVEL_OPEN : day_of(rows[i].next), &arena,
                                  &told);
        size_t want = rows[i].from < 0 ? 0 : rows[i].until < 0 ? 1 : 2;

        if (count != want || (want > 0 && (told[0].day != day_of(rows[i].from) || told[0].value != 12)) ||
            (want > 1 && (told[1].day != day_of(rows[i].until) || told[1].value != -12)))
            fail_msg("%s", rows[i].why);
    }
    reference_destroy(&reference);
}

static void series_and_order(void **state)
{
    struct order_line row = {
        .key = "a", .sender = 25001, .state = 4, .site = 3, .product = 2, .customer = "", .subject = ""
    };
    struct level_line plain, other, named, again;

    (void)state;
    assert_true(level_line_of(&row, &arena, &plain));
    row.key = "b"; /* another record, channel and day, the same shelf */
    row.day = 4;
    row.channel = 9;
    assert_true(level_line_of(&row, &arena, &again));
    assert_int_equal(level_compare_series(&plain, &again), 0);
    assert_true(level_compare_readings(&plain, &again) < 0);
    row.product = 1;
    assert_true(level_line_of(&row, &arena, &other));
    assert_int_not_equal(level_compare_series(&plain, &other), 0);
    row.subject = "card 17";
    row.subject_len = 7;
    assert_true(level_line_of(&row, &arena, &named));
    row.site = 4; /* the same card at another shop */
    assert_true(level_line_of(&row, &arena, &again));
    assert_int_equal(level_compare_series(&named, &again), 0);
    row.state = 0;
    assert_false(level_line_of(&row, &arena, &again));
}

static void differences_add_up(void **state)
{
    struct level_change old[] = { { 1, 7, 5 }, { 4, 7, -5 } }, now[] = { { 1, 7, 5 }, { 2, 7, -5 }, { 4, 8, 3 } };
    struct level_change *out;

    (void)state;
    assert_int_equal(level_difference(old, 2, now, 3, &arena, &out), 3);
    assert_int_equal(out[0].day, 2);
    assert_int_equal(out[0].value, -5);
    assert_int_equal(out[1].measure, 7); /* what ended on the 4th ends no more */
    assert_int_equal(out[1].value, 5);
    assert_int_equal(out[2].measure, 8);
    assert_int_equal(level_difference(old, 2, old, 2, &arena, &out), 0);
    assert_int_equal(level_difference(NULL, 0, now, 3, &arena, &out), 3);
}

static void ranges_of_age(void **state)
{
    static const struct {
        const char *text;
        bool good;
        int32_t from, to;
    } rows[] = {
        { "1..30", true, 1, 30 },     { "..0", true, INT32_MIN, 0 }, { "91..", true, 91, INT32_MAX },
        { "-5..-1", true, -5, -1 },   { "7..7", true, 7, 7 },        { "", false, 0, 0 },
        { "..", false, 0, 0 },        { "30..1", false, 0, 0 },      { "1-30", false, 0, 0 },
        { "1..x", false, 0, 0 },      { "-..3", false, 0, 0 },       { "99999..", false, 0, 0 },
        { "1..30..40", false, 0, 0 }, { "+1..30", false, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct age_range got = { 0, 0 };
        bool good = age_range_parse(rows[i].text, &got);

        if (good != rows[i].good || (good && (got.from != rows[i].from || got.to != rows[i].to)))
            fail_msg("\"%s\"", rows[i].text);
    }
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_from_when_to_when),
        cmocka_unit_test(series_and_order),
        cmocka_unit_test(differences_add_up),
        cmocka_unit_test(ranges_of_age),
    };

    return cmocka_run_group_tests_name("level", tests, setup, teardown);
}
