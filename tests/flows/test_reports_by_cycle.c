/* Reports that are owed once in each cycle, with real daemons: the city's market report sixty days before the quarter,
 * whatever came first, the cycle or the template; a cycle opened late, other cycles, and nothing twice after kill -9.
 */
#include "support/check.h"
#include "support/loop.h"
#include "support/stack.h"

#include "bihuan/common.pb-c.h"
#include "bihuan/feedback_reports.pb-c.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct stack stack;

static void set_clock(const char *day)
{
    snprintf(stack.clock, sizeof stack.clock, "%sT12:00:00+08:00@%ld", day, (long)time(NULL));
}

#define TEMPLATE(code, from, more)                                                                                     \
    "{'items':[{'code':'" code "','title_zh':'市场','title_en':'Market','theme':'market','unit_types':['city'],"     \
    "'recurrence':'cycle','from':'" from "'," more ",'fields':[{'name':'what','title_zh':'内容','title_en':'What',"  \
    "'kind':'text','required':true}]}]}"

#define CYCLE(code)                                                                                                      \
    "{'items':[{'code':'" code "','title_zh':'小','title_en':'Small','roles':[{'code':'city_company','title_zh':"       \
    "'市','title_en':'City','unit_type':'city'},{'code':'office','title_zh':'室','title_en':'Office','units':['O']}]," \
    "'stages':[{'code':'report','title_zh':'报','title_en':'Report','deliverables':[{'code':'r1','title_zh':'一',"     \
    "'title_en':'One','role':'city_company','due':'start+5d','responsibilities':[{'role':'city_company','does':["        \
    "'draft']},{'role':'office','does':['approve']}]}]}]}]}"

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    set_clock("2026-10-20");
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "feedback");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'cn','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'2026Q4','from':'2026-10-01','until':'2027-01-01','calendar':'cn'},"
               "{'code':'2027Q1','from':'2027-01-01','until':'2027-04-01','calendar':'cn'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'owed','title_zh':'x','title_en':'x','fact':'report','value':'count','filter':"
               "{'states':['placed']}},{'code':'in_time','title_zh':'x','title_en':'x','fact':'report','value':"
               "'quantity','filter':{'states':['completed']}}]}");
    loop_apply(
        &stack, MSG(APPLY_UNITS),
        "{'items':[{'code':'P','name':'P','type':'province'},{'code':'O','name':'O','type':'office','relations':["
        "{'parent':'P','from':'2026-01-01'}]},{'code':'C1','name':'C1','type':'city','relations':[{'parent':'P',"
        "'from':'2026-01-01'}]},{'code':'C2','name':'C2','type':'city','relations':[{'parent':'P','from':"
        "'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_CYCLE_TEMPLATES), CYCLE("quarter"));
    loop_apply(&stack, MSG(APPLY_CYCLE_TEMPLATES), CYCLE("promotion"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

/* "id from due state", in the order of ids. */
static const char SEEN[] = "SELECT string_agg(concat_ws(' ', id, from_day, due_day, state), ', ' ORDER BY id)"
                           " FROM feedback.report";
static const char *wanted;

static bool is_seen(void *arg)
{
    char *got = pg_value(&stack.pg, arg);
    bool same = got && strcmp(got, wanted) == 0;

    free(got);
    return same;
}

static void await(const char *sql, const char *want)
{
    char *got;

    wanted = want;
    if (stack_until(is_seen, (void *)(uintptr_t)sql, 20))
        return;
    got = pg_value(&stack.pg, sql);
    fail_msg("\"%s\", not \"%s\"", got ? got : "", want);
}

static void restart(const char *day)
{
    stack_kill(&stack, "feedback", "a", SIGKILL);
    set_clock(day);
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
}

/* 2 November is sixty days before 1 January. */
#define Q1 "season.C1.q1 2026-10-20 2026-11-02 0, season.C2.q1 2026-10-20 2026-11-02 0"

static void test_template_first(void **state)
{
    (void)state;
    loop_apply(&stack, MSG(APPLY_REPORT_TEMPLATES),
               TEMPLATE("season", "2026-10-01", "'due_days':-60,'cycles':['quarter']"));
    loop_apply(&stack, MSG(OPEN_CYCLE), "{'template':'quarter','period':'2027Q1','code':'q1'}");
    loop_apply(&stack, MSG(OPEN_CYCLE), "{'template':'promotion','period':'2027Q1','code':'gifts'}");
    await(SEEN, Q1);
}

/* The quarter has begun: it is due on the day of opening. */
static void test_opened_late(void **state)
{
    (void)state;
    loop_apply(&stack, MSG(OPEN_CYCLE), "{'template':'quarter','period':'2026Q4','code':'q4'}");
    await(SEEN, "season.C1.q1 2026-10-20 2026-11-02 0, season.C1.q4 2026-10-20 2026-10-20 0,"
                " season.C2.q1 2026-10-20 2026-11-02 0, season.C2.q4 2026-10-20 2026-10-20 0");
}

/* Of all cycles, those that are open already among them; one that begins later owes nothing for these. */
static void test_cycle_first(void **state)
{
    (void)state;
    loop_apply(&stack, MSG(APPLY_REPORT_TEMPLATES), TEMPLATE("each", "2026-10-20", "'due_days':7"));
    loop_apply(&stack, MSG(APPLY_REPORT_TEMPLATES), TEMPLATE("later", "2026-10-21", "'due_days':7"));
    await("SELECT string_agg(id || ' ' || due_day, ', ' ORDER BY id) FROM feedback.report WHERE template <> 'season'",
          "each.C1.gifts 2027-01-08, each.C1.q1 2027-01-08, each.C1.q4 2026-10-20, each.C2.gifts 2027-01-08,"
          " each.C2.q1 2027-01-08, each.C2.q4 2026-10-20");
}

/* Told again from the beginning, nothing is owed twice; what is late is told once and counts as owed. */
static void test_overdue(void **state)
{
    (void)state;
    loop_apply(&stack, MSG(SUBMIT_REPORT), "{'id':'season.C1.q1','values':[{'name':'what','value':'x'}]}");
    stack_kill(&stack, "feedback", "a", SIGKILL);
    free(pg_value(&stack.pg, "DELETE FROM feedback.bus_position WHERE source = 'planning'"));
    stack_start(&stack, "feedback", "a");
    restart("2026-11-03");
    await("SELECT count(*) FROM feedback.report", "10");
    /* season.C2.q1, and the four of q4 */
    await("SELECT count(*) FROM feedback.bus_stream WHERE type = 2101", "5");
    await("SELECT count(*) || ' ' || sum(quantity) FROM feedback.order_line WHERE record_key LIKE 'season.C1.q1%'"
          " AND state = 4",
          "1 1");
    restart("2026-11-03");
    await("SELECT count(*) FROM feedback.bus_stream WHERE type = 2101", "5");
}

static void test_words(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(
        stack_try(&stack, MSG(APPLY_REPORT_TEMPLATES),
                  "{\"items\":[{\"code\":\"w\",\"title_zh\":\"w\",\"title_en\":\"w\",\"theme\":\"market\","
                  "\"unit_types\":[\"city\"],\"recurrence\":\"weekly\",\"from\":\"2026-10-01\","
                  "\"due_days\":-60,\"cycles\":[\"quarter\"],\"fields\":[{\"name\":\"a\",\"title_zh\":\"a\","
                  "\"title_en\":\"a\",\"kind\":\"text\"}]}]}",
                  &err),
        -1);
    assert_non_null(strstr(err.text, "-60 is not within -31 to 62"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_template_first), cmocka_unit_test(test_opened_late),
                                        cmocka_unit_test(test_cycle_first), cmocka_unit_test(test_overdue),
                                        cmocka_unit_test(test_words) };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
