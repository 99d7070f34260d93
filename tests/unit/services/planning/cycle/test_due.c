/* When something is due, and what its state looks like on a day; worked out on a calendar by hand. */
#include "planning/cycle/due.h"

#include "support/check.h"
#include "text/dates.h"

#include <stdio.h>
#include <string.h>

/* The offsets of the quarterly loop for the fourth quarter of 2026: 2026-10-01 to 2027-01-01. */
static void offsets_give_days(void **state)
{
    static const struct {
        const char *text, *day;
    } rows[] = {
        { "start-60d", "2026-08-02" }, { "start-35d", "2026-08-27" },    { "start-30d", "2026-09-01" },
        { "start-15d", "2026-09-16" }, { "start-5d", "2026-09-26" },     { "start", "2026-10-01" },
        { "end+10d", "2027-01-11" },   { "start+3m+10d", "2027-01-11" }, { "end", "2027-01-01" },
        { "start-1m", "2026-09-01" },  { "end-1d", "2026-12-31" },       { "end-2m-1d", "2026-10-31" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct due_offset offset;
        char day[DATE_TEXT_MAX];
        struct err err;

        if (due_parse(rows[i].text, &offset, &err) != 0)
            fail_msg("%s: %s", rows[i].text, err.text);
        date_print(day, due_day(&offset, date_of(2026, 10, 1), date_of(2027, 1, 1)));
        if (strcmp(day, rows[i].day) != 0)
            fail_msg("%s is %s, not %s", rows[i].text, day, rows[i].day);
    }
}

static void what_is_no_offset(void **state)
{
    static const char *const texts[] = { "",         "Q-60d",       "begin",     "start-",
                                         "start60d", "start-60",    "start-60w", "start-0d",
                                         "start+d",  "end +10d",    "end+10d ",  "start-4000d",
                                         "end+121m", "start+1d+1m", "end+1d+1d", "start+1m+1m",
                                         "start--1d" };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct due_offset offset;
        struct err err;

        if (due_parse(texts[i], &offset, &err) == 0)
            fail_msg("\"%s\" was taken", texts[i]);
        assert_string_equal(err.code, "bad_due");
        CHECK_INT(err.cls, ERR_INVALID);
    }
}

/* Due on day 100, seven days' lead. */
static void time_moves_states(void **state)
{
    static const struct {
        enum work_state is;
        int32_t today;
        enum shown_state shown;
        int32_t next;
    } rows[] = {
        { WORK_OPEN, 92, SHOWN_NOT_DUE, 93 },
        { WORK_OPEN, 93, SHOWN_DUE, 101 },
        { WORK_OPEN, 100, SHOWN_DUE, 101 },
        { WORK_OPEN, 101, SHOWN_OVERDUE, INT32_MAX },
        { WORK_RETURNED, 50, SHOWN_RETURNED, 101 },
        { WORK_RETURNED, 100, SHOWN_RETURNED, 101 },
        { WORK_RETURNED, 101, SHOWN_OVERDUE, INT32_MAX },
        { WORK_SUBMITTED, 92, SHOWN_SUBMITTED, INT32_MAX },
        { WORK_SUBMITTED, 200, SHOWN_SUBMITTED, INT32_MAX },
        { WORK_APPROVED, 200, SHOWN_APPROVED, INT32_MAX },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (due_shown(rows[i].is, 100, 7, rows[i].today) != rows[i].shown)
            fail_msg("row %zu: %s", i, due_word(due_shown(rows[i].is, 100, 7, rows[i].today)));
        if (due_next_change(rows[i].is, 100, 7, rows[i].today) != rows[i].next)
            fail_msg("row %zu: next %d", i, due_next_change(rows[i].is, 100, 7, rows[i].today));
    }
}

/* Going by next changes shows every change that looking at each day shows. */
static void next_change_misses_none(void **state)
{
    (void)state;
    for (int is = WORK_OPEN; is <= WORK_APPROVED; is++)
        for (int32_t lead = 0; lead < 10; lead++) {
            int32_t jump = due_next_change((enum work_state)is, 20, lead, 0);

            for (int32_t day = 1; day < 40; day++) {
                bool changed = due_shown((enum work_state)is, 20, lead, day) !=
                               due_shown((enum work_state)is, 20, lead, day - 1);

                if (changed != (day == jump))
                    fail_msg("state %d, lead %d: day %d, said %d", is, lead, day, jump);
                if (day == jump)
                    jump = due_next_change((enum work_state)is, 20, lead, day);
            }
        }
}

static void words_there_and_back(void **state)
{
    (void)state;
    for (int i = SHOWN_NOT_DUE; i <= SHOWN_OVERDUE; i++)
        CHECK_INT(due_state_of(due_word((enum shown_state)i)), i);
    CHECK_INT(due_state_of("late"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_give_days),    cmocka_unit_test(what_is_no_offset),
        cmocka_unit_test(time_moves_states),    cmocka_unit_test(next_change_misses_none),
        cmocka_unit_test(words_there_and_back),
    };

    return cmocka_run_group_tests_name("due", tests, NULL, NULL);
}
