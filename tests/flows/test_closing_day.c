/* A unit's closing day that is moved, on real daemons: rows that wait since their unit was closed are recorded by
 * themselves as soon as the day lies behind theirs, whoever forgot to release them, and those of later days go on
 * waiting. Sums and numbers of rows are worked out by hand.
 *
 * O1 sells for 100.00 on each day from 18 to 25 October 2026, but is closed as from the 21st; O2 is closed as from the
 * 1st, and its rows stand in front, more than are read in one go; so is O3, with three rows that are given up. */
#include "support/check.h"
#include "support/command.h"
#include "support/delivery.h"
#include "support/loop.h"

#include "bihuan/feedback.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_organisation.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IN_FRONT 4100

static struct stack stack;
static struct web web;

static void apply_all(void)
{
    static const char *const units[][3] = { { "O1", "outlet", "P" },      { "O2", "outlet", "P" },
                                            { "O3", "outlet", "P" },      { "O4", "outlet", "P" },
                                            { "A", "salesperson", "O4" }, { "B", "salesperson", "O4" } };

    loop_apply(&stack, MSG(APPLY_UNITS), "{'items':[{'code':'P','name':'p','type':'province'}]}");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        loop_apply(&stack, MSG(APPLY_UNITS),
                   "{'items':[{'code':'%s','name':'n','type':'%s','relations':[{'parent':'%s','from':'2026-01-01'}]}]}",
                   units[i][0], units[i][1], units[i][2]);
    loop_apply(&stack, MSG(APPLY_PEOPLE),
               "{'items':[{'code':'ann','name':'a','roles':[{'role':'seller','unit':'A','from':'2026-01-01'}]},"
               "{'code':'ben','name':'b','roles':[{'role':'seller','unit':'B','from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'sold','title_zh':'s','title_en':'s','value':'amount'}]}");
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders','title':'o','sender':'bss','fact':'order_line','watermark':'none',"
                    "'files':'{n+}.csv','key':['no'],'columns':[{'field':'time','column':'day','format':'yyyy-MM-dd'},"
                    "{'field':'unit','column':'unit'},{'field':'seller','column':'seller'},{'field':'amount','column':'"
                    "amount'}]}]}");
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-31T10:00:00+08:00@%lld", (long long)time(NULL));
    loop_start(&stack);
    web_start(&web, &stack);
    command_open(&stack, &web, "cli");
    apply_all();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

/* from "": opens it. */
static void close_unit(const char *unit, const char *from)
{
    loop_apply(&stack, MSG(CLOSE_UNIT), "{'unit':'%s','from':'%s','reason':'rent'}", unit, from);
}

static void drop(const char *name, const struct buf *rows)
{
    loop_drop(&stack, "orders", name, rows->data, rows->len);
    loop_wait_inbox(&stack, "orders", 60);
}

static long long sold(const char *unit)
{
    struct loop_sums sums;

    loop_catch_up(&stack);
    sums = loop_agree(&stack, "", "");
    return loop_sum_of(&sums, loop_unit(&stack, unit), loop_measure(&stack, "sold"));
}

/* The minute for which rows are left alone is over. */
static void rested(void)
{
    free(pg_value(&stack.pg, "UPDATE feedback.reopening SET asked_at = asked_at - interval '1 minute'"));
    delivery_await(&stack, "SELECT count(*) FROM feedback.reopening", "0");
}

/* Rows that wait then: of O1, of O2; and what the file's counts say. */
static void await(long waits1, long waits2, const char *file)
{
    rested();
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject WHERE NOT released AND value = 'O1'"), waits1);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject WHERE NOT released AND value = 'O2'"), waits2);
    delivery_await(&stack,
                   "SELECT rows_read || ' ' || accepted || ' ' || suspended || ' ' || suspended_amount || ' ' || state"
                   " FROM feedback.feed_file WHERE name = '1.csv'",
                   file);
}

static void what_a_closed_unit_sold_waits(void **state)
{
    struct buf rows = { 0 };

    (void)state;
    close_unit("O1", "2026-10-21");
    close_unit("O2", "2026-10-01");
    close_unit("O3", "2026-10-01");
    loop_catch_up(&stack);
    buf_append_text(&rows, "no,day,unit,seller,amount\n");
    buf_append_text(&rows, "y1,2026-10-05,O3,,1\ny2,2026-10-05,O3,,1\ny3,2026-10-05,O3,,1\n");
    for (int i = 0; i < IN_FRONT; i++)
        buf_printf(&rows, "x%d,2026-10-05,O2,,1\n", i);
    for (int day = 18; day <= 25; day++)
        buf_printf(&rows, "d%d,2026-10-%d,O1,,100\n", day, day);
    drop("1.csv", &rows);
    buf_fini(&rows);
    await(5, IN_FRONT, "4111 3 4108 46030000 partial");
    CHECK_INT(sold("O1"), 3000000);
}

/* 21 to 23 are recorded, 24 and 25 wait on, though the unit stood open in between. */
static void a_later_day_releases_what_lies_before_it(void **state)
{
    (void)state;
    close_unit("O1", "");
    close_unit("O1", "2026-10-24");
    loop_catch_up(&stack);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reopening"), 1);
    await(2, IN_FRONT, "4111 6 4105 43030000 partial");
    CHECK_INT(sold("O1"), 6000000);
}

/* Killed in between, feedback goes on where it was. */
static void an_open_unit_releases_the_rest(void **state)
{
    (void)state;
    close_unit("O1", "");
    loop_catch_up(&stack);
    stack_kill(&stack, "feedback", "a", 9);
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
    await(0, IN_FRONT, "4111 8 4103 41030000 partial");
    CHECK_INT(sold("O1"), 8000000);
}

/* What was given up stays so; what wasn't is recorded. */
static void what_was_given_up_stays_so(void **state)
{
    (void)state;
    loop_apply(&stack, MSG(WRITE_OFF_REJECTS), "{'feed':'orders','value':'O3','note':'theirs'}");
    close_unit("O2", "");
    close_unit("O3", "");
    loop_catch_up(&stack);
    await(0, 0, "4111 4108 0 0 loaded");
    CHECK_INT(sold("O2"), IN_FRONT * 10000);
    CHECK_INT(sold("O3"), 0);
}

/* Closed as from a day that is past: what was recorded stays, and what comes from then on waits. */
static void an_earlier_day_takes_nothing_back(void **state)
{
    struct buf rows = { 0 };

    (void)state;
    close_unit("O1", "2026-10-21");
    loop_catch_up(&stack);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reopening"), 0);
    buf_append_text(&rows, "no,day,unit,seller,amount\ne20,2026-10-20,O1,,100\ne22,2026-10-22,O1,,100\n");
    drop("2.csv", &rows);
    buf_fini(&rows);
    await(1, 0, "4111 4108 0 0 loaded");
    CHECK_INT(sold("O1"), 9000000);
}

/* What was taken of the days behind an earlier closing day, and stays, is said before and after; by hand: of O1 the
 * 21st to the 25th in the first file, and e20 too from the 20th on, less what is cancelled. */
static void what_stays_is_counted(void **state)
{
    struct web_reply reply;
    static const char cancel[] = "no,day,unit,amount,state\nd25,2026-10-25,O1,100,cancelled\n";

    (void)state;
    loop_apply(
        &stack, MSG(APPLY_FEEDS),
        "{'items':[{'code':'cancels','title':'c','sender':'bss','fact':'order_line','watermark':'none','key':['no'],"
        "'columns':[{'field':'time','column':'day','format':'yyyy-MM-dd'},{'field':'unit','column':'unit'},{'field':"
        "'amount','column':'amount'},{'field':'state','column':'state'}]}]}");
    command_expect("feed closed O1 -o csv", 0, "bss,order_line,5,500.0000,2026-10-21,2026-10-25");
    command_expect("feed closed O1 --from 2026-10-20 -o csv", 0, "bss,order_line,7,700.0000,2026-10-20,2026-10-25");
    loop_drop(&stack, "cancels", "4.csv", cancel, strlen(cancel));
    loop_wait_inbox(&stack, "cancels", 60);
    reply = web_do(&web, "GET", "/api/v1/units/O1/closed-facts", NULL);
    assert_string_equal(web_text(&reply, "records"), "4");
    assert_string_equal(web_text(&reply, "closed"), "2026-10-21");
    assert_string_equal(web_text(&reply, "items.0.amount"), "4000000");
    web_reply_free(&reply);
    CHECK_INT(pg_number(&stack.pg, arena_printf(&stack.arena,
                                                "SELECT count(*) FROM feedback.order_line WHERE unit_id = %u AND day >="
                                                " '2026-10-21' AND operation = 0 AND record_key <> 'd25'",
                                                loop_unit(&stack, "O1"))),
              4);
    close_unit("O1", "");
    command_expect("unit close O1 --from 2026-10-20 --reason rent --dry-run", 0,
                   "6 records of O1 from 2026-10-20 on came before and stay");
    command_expect("unit close O1 --from 2026-10-19 --reason rent", 0,
                   "7 records of O1 from 2026-10-19 on came before and stay");
    loop_catch_up(&stack);
    CHECK_INT(sold("O1"), 8000000);
    command_expect("feed closed P", 1, "isn't closed");
    command_expect("feed closed nowhere", 1, "is not known");
}

/* A row of 12 October names the seat of Ann, closed on that day; who is told of late to have taken it over on the 11th
 * has sold it. */
static void a_seat_handed_over_late_releases_too(void **state)
{
    static const char waiting[] = "SELECT count(*) FROM feedback.reject WHERE NOT released AND value = 'A'";
    struct buf rows = { 0 };

    (void)state;
    close_unit("A", "2026-10-12");
    loop_catch_up(&stack);
    buf_append_text(&rows, "no,day,unit,seller,amount\ns1,2026-10-09,O4,A,100\ns2,2026-10-12,O4,A,100\n");
    drop("3.csv", &rows);
    buf_fini(&rows);
    CHECK_INT(pg_number(&stack.pg, waiting), 1);
    CHECK_INT(sold("A"), 1000000);
    loop_apply(&stack, MSG(HAND_OVER), "{'person':'ann','successor':'ben','from':'2026-10-11','reason':'leaves'}");
    loop_catch_up(&stack);
    rested();
    CHECK_INT(pg_number(&stack.pg, waiting), 0);
    CHECK_INT(sold("A"), 1000000);
    CHECK_INT(sold("B"), 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_closed_unit_sold_waits),
        cmocka_unit_test(a_later_day_releases_what_lies_before_it),
        cmocka_unit_test(an_open_unit_releases_the_rest),
        cmocka_unit_test(what_was_given_up_stays_so),
        cmocka_unit_test(an_earlier_day_takes_nothing_back),
        cmocka_unit_test(what_stays_is_counted),
        cmocka_unit_test(a_seat_handed_over_late_releases_too),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
