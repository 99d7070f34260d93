/* Rules over what happens, on real daemons: files, reports and opportunities by feedback's events, guides by
 * planning's. What has begun before a rule was applied is found by it; a restart loses nothing; what is done is over.
 */
#include "support/check.h"
#include "support/month.h"

#include "bihuan/feedback_reports.pb-c.h"
#include "bihuan/planning_cycle.pb-c.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TEXT(text) ((char *)(uintptr_t)(text))
#define FIRST_DAY  20758 /* 2026-11-01 */

static struct month month;

static uint32_t unit(const char *code)
{
    char sql[120];

    snprintf(sql, sizeof sql, "SELECT id FROM planning.document WHERE kind = 'unit' AND code = '%s'", code);
    return (uint32_t)pg_number(&month.stack.pg, sql);
}

static void say(uint32_t type, const ProtobufCMessage *message)
{
    fake_feedback_add(&month.events, 0, type, message);
    month.published[0]++;
}

static void file(uint64_t number, bool missing)
{
    Bihuan__FileMissing event = BIHUAN__FILE_MISSING__INIT;

    event.feed_id = 1;
    event.feed = TEXT("orders");
    event.what = TEXT("sequence");
    event.day = TEXT("2026-11-24");
    event.number = number;
    event.missing = missing;
    say(MSG(FILE_MISSING), &event.base);
}

static void report(const char *id, const char *of, bool overdue)
{
    Bihuan__Report body = BIHUAN__REPORT__INIT;
    Bihuan__ReportDue due = BIHUAN__REPORT_DUE__INIT;
    Bihuan__ReportSubmitted submitted = BIHUAN__REPORT_SUBMITTED__INIT;

    body.id = TEXT(id);
    body.template_ = TEXT("market");
    body.unit = TEXT(of);
    body.due = TEXT("2026-11-20");
    due.report = submitted.report = &body;
    due.unit_id = unit(of);
    say(overdue ? MSG(REPORT_OVERDUE) : MSG(REPORT_SUBMITTED), overdue ? &due.base : &submitted.base);
}

static void opportunity(const char *key, const char *seller, const char *customer, int moved, bool open)
{
    Bihuan__OpportunityChanged event = BIHUAN__OPPORTUNITY_CHANGED__INIT;

    event.sender = TEXT("crm");
    event.key = TEXT(key);
    event.unit_id = event.seller_id = unit(seller);
    event.customer = TEXT(customer);
    event.state = TEXT(open ? "proposal" : "won");
    event.moved_day = FIRST_DAY + moved - 1;
    event.open = open;
    say(MSG(OPPORTUNITY_CHANGED), &event.base);
}

/* Before there is any rule: a file and two reports are missing, and three sellers have something open. */
static void what_had_begun(void)
{
    file(3, true);
    report("market.C1", "C1", true);
    report("market.C2", "C2", true);
    opportunity("o1", "S1", "K1", 20, true);
    opportunity("o2", "S3", "K1", 22, true); /* the same customer, in the other city */
    opportunity("o3", "S2", "K2", 1, true);  /* has stood still since the 1st */
    month_send(&month);
    month_ask(&month, MSG(APPLY_RULES),
              "{'items':[{'code':'files','kind':'file_missing'},{'code':'totals','kind':'totals_differ'},"
              "{'code':'reports','kind':'report_overdue','unit_types':['city']},"
              "{'code':'still','kind':'opportunity_still','days':14},"
              "{'code':'shared','kind':'shared_customer'},{'code':'guides','kind':'guide_unacknowledged'},"
              "{'code':'guides-city','kind':'guide_unacknowledged','unit_types':['city']}]}");
    usleep(2200000); /* looked at with the next second */
}

static void a_rule_finds_what_had_begun(void **state)
{
    (void)state;
    CHECK_INT(month_count(&month, "files", "", "P"), 1);
    assert_string_equal(month_alert(&month, "files", "P")->subject, "orders:2026-11-24:3");
    assert_string_equal(month_alert(&month, "files", "P")->inputs->reason,
                        "file number 3 of feed orders is missing on 2026-11-24");
    CHECK_INT(month_count(&month, "reports", "", ""), 2);
    CHECK_INT(month_count(&month, "reports", "", "C1"), 1);
    CHECK_INT(month_count(&month, "still", "", ""), 1);
    assert_string_equal(month_alert(&month, "still", "S2")->inputs->reason, "1 open, the longest since 2026-11-01");
    CHECK_INT(month_count(&month, "shared", "", ""), 1);
    assert_string_equal(month_alert(&month, "shared", "P")->subject, "K1");
    CHECK_INT(month_count(&month, "totals", "all", ""), 0);
}

static void what_is_done_is_over(void **state)
{
    (void)state;
    file(3, false);
    report("market.C1", "C1", false);
    opportunity("o3", "S2", "K2", 25, true);
    opportunity("o2", "S3", "K1", 25, false);
    month_send(&month);
    usleep(1100000);
    assert_string_equal(month_alert(&month, "files", "P")->state, "resolved");
    CHECK_INT(month_count(&month, "reports", "", "C1"), 0);
    CHECK_INT(month_count(&month, "reports", "", "C2"), 1);
    CHECK_INT(month_count(&month, "still", "", ""), 0);
    CHECK_INT(month_count(&month, "shared", "", ""), 0);
}

static void nothing_shows_that_an_action_helped(void **state)
{
    char json[200];
    struct err err;

    (void)state;
    snprintf(
        json, sizeof json,
        "{\"alert\":\"%s\",\"cause\":\"c\",\"steps\":\"s\",\"owner\":\"o\",\"due\":\"2026-11-28\",\"promised_gain\":"
        "\"1\"}",
        month_alert(&month, "reports", "C2")->id);
    assert_int_not_equal(stack_try(&month.stack, MSG(OPEN_ACTION), json, &err), 0);
    assert_string_equal(err.code, "not_measured");
}

static bool has_cycle(void *arg)
{
    (void)arg;
    return month_count(&month, "due", "", "C1") == 1 && month_count(&month, "due", "", "C2") == 1;
}

/* Two reports of each city, due on the 27th and on the 30th: on the 25th the first is three days away at most. */
static void what_is_due_soon(void **state)
{
    (void)state;
    month_ask(&month, MSG(APPLY_RULES),
              "{'items':[{'code':'due','kind':'deliverable_due','unit_types':['city']},"
              "{'code':'overdue','kind':'deliverable_overdue','unit_types':['city']}]}");
    month_ask(&month, MSG(APPLY_CYCLE_TEMPLATES),
              "{'items':[{'code':'small','title_zh':'小','title_en':'Small','roles':["
              "{'code':'city_company','title_zh':'市','title_en':'City','unit_type':'city'},"
              "{'code':'office','title_zh':'室','title_en':'Office','units':['P']}],"
              "'stages':[{'code':'report','title_zh':'报','title_en':'Report','deliverables':["
              "{'code':'r1','title_zh':'一','title_en':'One','role':'city_company','due':'start+26d',"
              "'responsibilities':[{'role':'city_company','does':['draft']},{'role':'office','does':['approve']}]},"
              "{'code':'r2','title_zh':'二','title_en':'Two','role':'city_company','due':'start+29d',"
              "'responsibilities':[{'role':'city_company','does':['draft']},{'role':'office','does':['approve']}]}]}"
              "]}]}");
    month_ask(&month, MSG(OPEN_CYCLE), "{'template':'small','period':'2026M11','code':'c'}");
    month_catch_up(&month);
    assert_true(stack_until(has_cycle, NULL, 20));
    assert_string_equal(month_alert(&month, "due", "C1")->inputs->reason, "One of cycle c is due on 2026-11-27");
    CHECK_INT(month_count(&month, "overdue", "all", ""), 0);
}

static bool is_overdue(void *arg)
{
    (void)arg;
    return month_count(&month, "overdue", "", "C1") == 1 && month_count(&month, "overdue", "", "C2") == 1;
}

/* Three days later, behind the clock of the test before: the first is overdue and the second due soon. */
static void what_was_due(void **state)
{
    (void)state;
    assert_true(stack_until(is_overdue, NULL, 20));
    assert_true(stack_until(has_cycle, NULL, 20));
    CHECK_INT(month_count(&month, "due", "all", "C1"), 2);
    assert_string_equal(month_alert(&month, "overdue", "C1")->inputs->reason, "One of cycle c was due on 2026-11-27");
}

/* The clock goes on to the 28th behind a restart: nobody has acknowledged what was due on the 26th. Then S1 does. */
static void a_guide_that_nobody_acknowledges(void **state)
{
    static const char *const services[] = { "planning", "monitoring", "feedback" };

    (void)state;
    month_ask(&month, MSG(ISSUE_GUIDE),
              "{'guide':{'code':'g1','kind':'policy','title_zh':'x','text':'x','unit':'P','due':'2026-11-26',"
              "'to':{'types':['outlet']}}}");
    for (int i = 0; i < 3; i++)
        stack_kill(&month.stack, services[i], "a", 9);
    snprintf(month.stack.clock, sizeof month.stack.clock, "2026-11-28T10:00:00+08:00@%lld", (long long)time(NULL));
    fake_feedback_start(&month.stack);
    stack_start(&month.stack, "planning", "a");
    stack_start(&month.stack, "monitoring", "a");
    for (int i = 0; i < 3; i++)
        stack_wait_ready(&month.stack, services[i]);
    usleep(3000000);
    month_catch_up(&month);
    CHECK_INT(month_alert(&month, "guides", "P")->inputs->actual, 4);
    CHECK_INT(month_count(&month, "guides-city", "", ""), 2);
    month_ask(&month, MSG(ACKNOWLEDGE_GUIDE), "{'code':'g1','unit':'S3'}");
    month_ask(&month, MSG(ACKNOWLEDGE_GUIDE), "{'code':'g1','unit':'S4'}");
    month_catch_up(&month);
    CHECK_INT(month_count(&month, "guides-city", "", "C2"), 0);
    CHECK_INT(month_alert(&month, "guides-city", "C1")->inputs->actual, 2);
    CHECK_INT(month_count(&month, "reports", "", "C2"), 1); /* and what was there before is there */
}

static int set_up(void **state)
{
    (void)state;
    month_begin(&month,
                &(struct month_scene) {
                    .people = "{'code':'tester','name':'t','roles':[{'role':'channel_office','unit':'P','from':"
                              "'2026-01-01'},{'role':'outlet','unit':'S3','from':'2026-01-01'},{'role':'outlet',"
                              "'unit':'S4','from':'2026-01-01'}]}",
                    .facts = what_had_begun });
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    month_stop(&month);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_finds_what_had_begun),         cmocka_unit_test(what_is_done_is_over),
        cmocka_unit_test(nothing_shows_that_an_action_helped), cmocka_unit_test(what_is_due_soon),
        cmocka_unit_test(a_guide_that_nobody_acknowledges),    cmocka_unit_test(what_was_due),
    };

    return cmocka_run_group_tests_name("event rules", tests, set_up, tear_down);
}
