/* The effect of a practice card on real daemons: issued by planning, shown by monitoring out of what was sold, through
 * the gateway and by the command.
 *
 * Each outlet has 920 for 92 days of equal weight: 10 a day. Sold a day: S1 4, S2 6, S3 5, S4 12 up to 20 October, on
 * which the card is issued to S1 and S2; then 9, 8, 6, 12. The baseline is 1 to 10 October. */
#include "bus/message.h"
#include "support/check.h"
#include "support/command.h"
#include "support/loop.h"
#include "support/web.h"

#include "text/dates.h"

#include "bihuan/monitoring.pb-c.h"
#include "bihuan/planning_cycle.pb-c.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct stack stack;
static struct web web;

static void at_noon(const char *day)
{
    snprintf(stack.clock, sizeof stack.clock, "%sT12:00:00+08:00@%lld", day, (long long)time(NULL));
}

static void make_province(void)
{
    loop_apply(&stack, MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'h'}]}");
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'5g','name':'5'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'new','title_zh':'新','title_en':'n','value':'count'},"
               "{'code':'lines','title_zh':'行','title_en':'l','value':'count'},"
               "{'code':'money','title_zh':'元','title_en':'m','value':'amount'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'each','title_zh':'均','title_en':'e','value':'ratio','ratio':{'of':'money','over':"
               "'lines','decimals':2}}]}");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'2026Q4','from':'2026-10-01','until':'2027-01-01','calendar':'flat'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'p','type':'province'},"
               "{'code':'O','name':'o','type':'office','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'C1','name':'c','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'C2','name':'c','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'C3','name':'c','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'S1','name':'一厅','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
               "{'code':'S2','name':'二厅','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]},"
               "{'code':'S3','name':'s','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]},"
               "{'code':'S4','name':'s','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]},"
               "{'code':'S5','name':'no targets','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_PEOPLE),
               "{'items':[{'code':'tester','name':'t','roles':[{'role':'office','unit':'O',"
               "'from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_TARGETS),
               "{'items':[{'period':'2026Q4','unit':'S1','measure':'new','amount':'920'},"
               "{'period':'2026Q4','unit':'S2','measure':'new','amount':'920'},"
               "{'period':'2026Q4','unit':'S3','measure':'new','amount':'920'},"
               "{'period':'2026Q4','unit':'S4','measure':'new','amount':'920'}]}");
    loop_apply(&stack, MSG(PUBLISH_PLAN), "{'period':'2026Q4','consents':['empty_leaf']}");
}

static void issue(const char *code, const char *measure)
{
    loop_apply(&stack, MSG(ISSUE_GUIDE),
               "{'guide':{'code':'%s','kind':'practice_card','title_zh':'卡','title_en':'Card','text':'t','unit':'O',"
               "'due':'2026-11-20','to':{'units':['S1','S2']},'practice':{'unit':'S4','measure':'%s',"
               "'baseline_from':'2026-10-01','baseline_until':'2026-10-11','effect_until':'2026-10-29'}}}",
               code, measure);
}

/* A file a day; numbers of a day go on from outlet to outlet. */
static void drop_day(int32_t day)
{
    static const int before[] = { 4, 6, 5, 12 }, after[] = { 9, 8, 6, 12 };
    bool behind = day > date_of(2026, 10, 20);
    char date[DATE_TEXT_MAX], name[64];
    struct buf file = { 0 };
    int year, month, dom;

    date_print(date, day);
    date_split(day, &year, &month, &dom);
    buf_append_text(&file, "no,day,unit,product,amount\n");
    for (int s = 0; s < 4; s++)
        for (int i = 0; i < (behind ? after[s] : before[s]); i++)
            buf_printf(&file, "%d-%d-%d,%s,S%d,5g,%d\n", day, s, i, date, s + 1, behind && s < 2 && i < 2 ? 5 : 1);
    snprintf(name, sizeof name, "orders_%04d%02d%02d.csv", year, month, dom);
    loop_drop(&stack, "orders", name, file.data, file.len);
    buf_fini(&file);
}

static Bihuan__GetPracticeEffectReply *effect(const char *json)
{
    return (Bihuan__GetPracticeEffectReply *)stack_apply(&stack, MSG(GET_PRACTICE_EFFECT), json);
}

static bool is_judged(void *arg)
{
    (void)arg;
    return strcmp(effect("{\"code\":\"card\"}")->state, "measured") == 0;
}

/* Lines sold by two outlets, out of feedback's facts. */
static long sold(const char *units, const char *from, const char *until)
{
    char sql[500];

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM feedback.order_line WHERE day >= '%s' AND day < '%s' AND unit_id IN (SELECT id FROM"
             " planning.document WHERE kind = 'unit' AND code IN (%s))",
             from, until, units);
    return pg_number(&stack.pg, sql);
}

static void test_the_effect_is_shown(void **state)
{
    Bihuan__GetPracticeEffectReply *reply;

    (void)state;
    assert_true(stack_until(is_judged, NULL, 30));
    reply = effect("{\"code\":\"card\"}");
    assert_string_equal(reply->effect_from, "2026-10-21");
    assert_string_equal(reply->effect_until, "2026-10-29");
    assert_string_equal(reply->basis, "attainment");
    CHECK_INT(reply->addressed->units, 2);
    CHECK_INT(reply->addressed->before->actual, sold("'S1','S2'", "2026-10-01", "2026-10-11"));
    CHECK_INT(reply->addressed->before->actual, 100);
    CHECK_INT(reply->addressed->before->planned, 200);
    CHECK_INT(reply->addressed->after->actual, sold("'S1','S2'", "2026-10-21", "2026-10-29"));
    CHECK_INT(reply->addressed->after->actual, 136);
    CHECK_INT(reply->addressed->after->planned, 160);
    CHECK_INT(reply->addressed->change_ppm, 350000); /* 85 less 50 % */
    CHECK_INT(reply->others->units, 1);              /* S3: S4 is learned from, S5 has no targets */
    CHECK_INT(reply->others->after->actual, sold("'S3'", "2026-10-21", "2026-10-29"));
    CHECK_INT(reply->others->change_ppm, 100000); /* 48 of 80 less 50 of 100 */
    assert_true(reply->known);
    CHECK_INT(reply->effect_ppm, 250000);
    CHECK_INT(reply->n_items, 2);
    assert_string_equal(reply->items[0]->unit, "S1");
    CHECK_INT(reply->items[0]->group->before->attainment_ppm, 400000);
    CHECK_INT(reply->items[0]->group->after->attainment_ppm, 900000);
    CHECK_INT(reply->items[1]->group->change_ppm, 200000);
}

static void test_as_it_stood(void **state)
{
    Bihuan__GetPracticeEffectReply *reply = effect("{\"code\":\"card\",\"as_of\":\"2026-10-25\"}");

    (void)state;
    assert_string_equal(reply->state, "running");
    CHECK_INT(reply->addressed->after->actual, 5 * 17);
    CHECK_INT(reply->addressed->after->planned, 100);
    reply = effect("{\"code\":\"card\",\"as_of\":\"2026-10-20\"}");
    assert_string_equal(reply->state, "waiting");
    assert_false(reply->known);
    /* without targets: from 10 to 17 a day, the others (S3, and S5 with nothing) from 5 to 6 */
    reply = effect("{\"code\":\"daily\"}");
    assert_string_equal(reply->basis, "daily");
    CHECK_INT(reply->addressed->change_ppm, 700000);
    CHECK_INT(reply->others->units, 2);
    CHECK_INT(reply->others->change_ppm, 200000);
    CHECK_INT(reply->effect_ppm, 500000);
}

/* Each line costs 1; behind the 20th the first two of a day at S1 and S2 cost 5: 33 for 17 lines. */
static void test_of_a_ratio(void **state)
{
    Bihuan__GetPracticeEffectReply *reply = effect("{\"code\":\"ratio\"}");

    (void)state;
    assert_string_equal(reply->basis, "ratio");
    CHECK_INT(reply->measure_scale, 2);
    CHECK_INT(reply->addressed->before->value, 100);
    CHECK_INT(reply->addressed->after->value, 194);  /* 33 / 17 = 1.941 */
    CHECK_INT(reply->addressed->change_ppm, 941176); /* 16 / 17 */
    CHECK_INT(reply->others->change_ppm, 0);
    CHECK_INT(reply->effect_ppm, 941176);
    CHECK_INT(reply->items[0]->group->after->value, 189); /* 17 / 9 */
}

static void test_who_sees_it(void **state)
{
    Bihuan__GetPracticeEffectRequest request = BIHUAN__GET_PRACTICE_EFFECT_REQUEST__INIT;
    Bihuan__GetPracticeEffectReply *reply;
    struct err err;

    (void)state;
    stack.subtree = "C1";
    stack.right = "plan.read";
    reply = effect("{\"code\":\"card\"}");
    CHECK_INT(reply->addressed->units, 1);
    CHECK_INT(reply->others->units, 0);
    assert_false(reply->known); /* nobody to compare with */
    stack.subtree = "C3";
    request.code = (char *)(uintptr_t) "card";
    assert_int_not_equal(stack_ask(&stack, "monitoring", MSG(GET_PRACTICE_EFFECT), &request.base, NULL, &err), 0);
    assert_string_equal(err.code, "unknown_guide");
    stack.subtree = NULL;
    stack.right = NULL;
    request.code = (char *)(uintptr_t) "nothing";
    assert_int_not_equal(stack_ask(&stack, "monitoring", MSG(GET_PRACTICE_EFFECT), &request.base, NULL, &err), 0);
    assert_string_equal(err.code, "unknown_guide");
}

static void test_by_route_and_command(void **state)
{
    struct web_reply reply = web_do(&web, "GET", "/api/v1/guides/card/effect?version=1", NULL);

    (void)state;
    assert_string_equal(web_text(&reply, "effect_ppm"), "250000");
    web_reply_free(&reply);
    command_expect("guide effect card", 0, "25.0");
    command_expect("-o csv guide effect card", 0, "S1,一厅,40,100,40.0000,72,80,90.0000,0,0,50.0000");
    command_expect("-o json guide effect card --as-of 2026-10-25", 0, "\"state\": \"running\"");
    command_expect("guide effect other", 1, "is not known");
}

/* S1 falls six of 920 behind with each day to the 20th, 0.652 points: 5.2 on the 8th, 5.9 on the 9th, and three more
 * with each fifth day from when it is told, be that the 8th or the 9th: twice by the 20th (13.04), and with one a day
 * from then on (14.1 on the 30th) not a third time. */
static void test_a_rule_tried_by_command(void **state)
{
    (void)state;
    command_put("rule.yaml", "kind: Rules\nitems:\n- code: lag\n  kind: lag\n  measure: new\n  subtree: S1\n"
                             "  severity: critical\n");
    command_expect("rule try -f rule.yaml --days 35", 0, "notices that it fired: 1\n");
    command_expect("rule try -f rule.yaml --days 35", 0,
                   "notices that it got worse: 2\nby a step of the gap: 2\nby half of the chance: 0\n");
    command_expect("rule try -f rule.yaml --days 35", 0, "gap_step");
    command_expect("-o json rule try -f rule.yaml --days 35", 0, "\"worsened\": 2");
    command_expect("-o json rule try -f rule.yaml --days 35", 0, "\"news\": \"gap_step\"");
}

/* Killed and started again, it knows the cards. */
static void test_after_a_crash(void **state)
{
    (void)state;
    stack_kill(&stack, "monitoring", "a", SIGKILL);
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "monitoring");
    CHECK_INT(effect("{\"code\":\"card\"}")->effect_ppm, 250000);
}

static int set_up(void **state)
{
    (void)state;
    setenv("BIHUAN_WORSE_STEP_BP", "300", 1); /* three points */
    stack_new(&stack);
    at_noon("2026-10-20");
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    make_province();
    issue("card", "new");
    issue("daily", "lines");
    issue("ratio", "each");
    stack_kill(&stack, "planning", "a", SIGTERM);
    at_noon("2026-11-01");
    loop_start(&stack);
    web_start(&web, &stack);
    command_open(&stack, &web, "files");
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders','title':'o','sender':'bss','fact':'order_line','files':"
                    "'orders_{yyyyMMdd}.csv','key':['no'],'columns':[{'field':'time','column':'day','format':"
                    "'yyyy-MM-dd'},{'field':'unit','column':'unit'},{'field':'product','column':'product'},"
                    "{'field':'amount','column':'amount'}]}]}");
    for (int32_t day = date_of(2026, 10, 1); day < date_of(2026, 10, 31); day++)
        drop_day(day);
    loop_wait_inbox(&stack, "orders", 60);
    loop_catch_up(&stack);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_effect_is_shown),  cmocka_unit_test(test_as_it_stood),
        cmocka_unit_test(test_of_a_ratio),           cmocka_unit_test(test_who_sees_it),
        cmocka_unit_test(test_by_route_and_command), cmocka_unit_test(test_a_rule_tried_by_command),
        cmocka_unit_test(test_after_a_crash),
    };

    return cmocka_run_group_tests_name("practice", tests, set_up, tear_down);
}
