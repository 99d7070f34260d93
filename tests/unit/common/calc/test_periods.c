/* Kinds of periods by their dates, and which go before which. */
#include "calc_test.h"

#include "calc/calendar.h"
#include "calc/periods.h"

static int32_t day(int32_t date)
{
    return calendar_day_from_date(date / 10000, date / 100 % 100, date % 100);
}

static void tells_kinds(void **state)
{
    static const struct {
        const char *why;
        int32_t from, until;
        enum period_kind want;
    } rows[] = {
        { "a year", 20260101, 20270101, PERIOD_YEAR },
        { "not the calendar's", 20260401, 20270401, PERIOD_OTHER },
        { "a half", 20260701, 20270101, PERIOD_HALF },
        { "six months across", 20260401, 20261001, PERIOD_OTHER },
        { "a quarter", 20261001, 20270101, PERIOD_QUARTER },
        { "three months across", 20261101, 20270201, PERIOD_OTHER },
        { "a month", 20261201, 20270101, PERIOD_MONTH },
        { "February of a leap year", 20240201, 20240301, PERIOD_MONTH },
        { "all but its last day", 20240201, 20240229, PERIOD_OTHER },
        { "Monday to Sunday", 20261005, 20261012, PERIOD_WEEK },
        { "what Q4 2026 has of its first: Thursday 1 to Sunday 4 October", 20261001, 20261005, PERIOD_WEEK },
        { "what it has of its last: Monday 28 to Thursday 31 December", 20261228, 20270101, PERIOD_WEEK },
        { "Thursday to Wednesday", 20261001, 20261008, PERIOD_OTHER },
        { "ten days", 20261001, 20261011, PERIOD_OTHER },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        EXPECT_INT(rows[i].why, period_kind_of(day(rows[i].from), day(rows[i].until)), rows[i].want);
    for (int kind = 0; kind < PERIOD_KINDS; kind++)
        EXPECT_INT("words go both ways", period_kind_parse(period_kind_word((enum period_kind)kind)), kind);
    EXPECT_INT("no such word", period_kind_parse("fortnight"), PERIOD_KINDS);
}

static void orders(void **state)
{
    int32_t oct = day(20261001), nov = day(20261101), week = day(20261005), q = day(20270101);
    (void)state;
    EXPECT_INT("months before weeks", period_goes_before(oct, nov, week, week + 7), 1);
    EXPECT_INT("weeks behind months", period_goes_before(week, week + 7, oct, nov), 0);
    EXPECT_INT("quarters before months", period_goes_before(oct, q, oct, nov), 1);
    EXPECT_INT("of one kind the earlier", period_goes_before(week, week + 7, week + 7, week + 14), 1);
    EXPECT_INT("whole weeks before clipped ones", period_goes_before(week, week + 7, oct, week), 1);
    EXPECT_INT("within", period_lies_within(oct, nov, oct, q), 1);
    EXPECT_INT("not within itself", period_lies_within(oct, q, oct, q), 0);
    EXPECT_INT("across", period_lies_within(day(20260928), week, oct, q), 0);
    EXPECT_INT("the week of 1 October ends with Sunday", period_step_end(oct, PERIOD_STEP_WEEK), week);
    EXPECT_INT("a Monday's is a whole one", period_step_end(week, PERIOD_STEP_WEEK), week + 7);
    EXPECT_INT("a Sunday's ends there", period_step_end(week - 1, PERIOD_STEP_WEEK), week);
    EXPECT_INT("month", period_step_end(week, PERIOD_STEP_MONTH), nov);
    EXPECT_INT("day", period_step_end(week, PERIOD_STEP_DAY), week + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(tells_kinds), cmocka_unit_test(orders) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
