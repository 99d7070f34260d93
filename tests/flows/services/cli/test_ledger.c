/* The target ledger from the command line, by its people: results of a past month become weights, a quarter is cut by
 * them, a city asks, somebody else approves; what isn't theirs is refused. */
#include "base/buf.h"
#include "support/check.h"
#include "support/command.h"
#include "support/loop.h"
#include "support/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct stack stack;
static struct web web;
static char planner[128], boss[128], office[128], city[128];

/* `token` "": the administrator's. */
static void expect(const char *token, const char *arguments, int code, const char *words)
{
    char line[1024];

    snprintf(line, sizeof line, "%s%s %s", *token ? "--token " : "", token, arguments);
    command_expect(line, code, words);
}

static void make_token(const char *arguments, char *out, size_t cap)
{
    const char *at;

    expect("", arguments, 0, "bih_");
    at = strstr(command_output, "bih_");
    snprintf(out, cap, "%.*s", (int)strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."),
             at);
}

static void test_results_become_weights(void **state)
{
    static const char facts[] = "id,when,shop,what,qty,money\n"
                                "1,2026-09-01 10:00:00,S1,phone,4,1\n"
                                "2,2026-09-02 10:00:00,S1,phone,2,1\n"
                                "3,2026-09-02 10:00:00,S2,phone,2,1\n"
                                "4,2026-09-30 10:00:00,S3,phone,4,1\n";

    (void)state;
    loop_drop(&stack, "orders", "f_20261001_1.csv", facts, sizeof facts - 1);
    loop_wait_inbox(&stack, "orders", 60);
    loop_catch_up(&stack);
    make_token("token create planner -p plan.write -p plan.read", planner, sizeof planner);
    make_token("token create boss -p plan.approve -p plan.publish -p plan.read", boss, sizeof boss);
    make_token("token create office -p plan.answer -p plan.read", office, sizeof office);
    make_token("token create city -p plan.answer -p plan.read --subtree C1", city, sizeof city);
    expect(planner, "weights learn --measure pieces --period M09", 0, "pieces-M09: 5 units");
    expect(planner, "-o csv weights list pieces-M09", 0, "S1,,,6.0000,true\n");
    expect(planner, "weights learn --measure pieces", 2, "--period");
    /* what was typed in goes before what facts say, also when they are asked again */
    expect(planner, "weights learn --measure pieces --period M09 --kind skill --set skill", 0, "skill: 5 units");
    command_put("skill.yaml", "kind: Weights\nitems:\n- { set: skill, unit: S1, value: \"9\" }\n");
    expect(planner, "apply -f skill.yaml", 0, "");
    expect(planner, "weights learn --measure pieces --period M09 --kind skill --set skill", 0, "skill: 5 units");
    expect(planner, "-o csv weights list skill", 0, "S1,,,9.0000,false\n");
    expect(planner, "-o csv weights list skill", 0, "S2,,,2.0000,true\n");
    expect(planner, "get weight-sets", 0, "pieces M09");
    expect(planner, "get bounds Q4", 1, "there is no");
}

static void test_a_quarter_is_cut(void **state)
{
    (void)state;
    expect(planner,
           "target decompose P --period Q4 --measure pieces --total 121 --mix pieces-M09=80 --mix equal=20 "
           "--reason plan",
           0, "C1");
    /* 12 pieces; C1 has 8: 0.8 * 2/3 + 0.2 / 2 = 63.33 %: 76.63 of 121 */
    expect(planner, "-o csv target list C1 --period Q4 --draft", 0, "C1,pieces,,,77,,1\n");
    expect(planner, "target explain C1 --period Q4 --measure pieces", 0, "quotient: 76");
    /* 0.8 * 8 of 12 and 0.2 / 2 of 121 is 76.6333; the larger remainder of two */
    expect(planner, "target explain C1 --period Q4 --measure pieces", 0, "exact share: 76.633333");
    expect(planner, "target explain C1 --period Q4 --measure pieces", 0, "pieces-M09     80  8");
    expect(planner, "--lang zh target explain S1 --period Q4 --measure pieces", 0, "按权重");
    expect(planner, "-o json target explain S1 --period Q4 --measure pieces", 0, "\"how\": \"total\"");
    expect(planner, "-o csv target explain C1 --period Q4 --measure pieces", 0, "decomposed,+77,");
    expect(planner, "target whatif P --period Q4 --measure pieces --total 1000 --history pieces-M09", 0, "500");
    expect(planner, "-o csv target list C1 --period Q4 --draft", 0, ",77,");
    expect(planner, "target decompose P --period Q4 --measure pieces --mix =3", 2, "not like last-year=70");
    expect(city, "target decompose P --period Q4 --measure pieces", 1, "lacks the permission plan.write");
}

static void test_a_city_asks(void **state)
{
    (void)state;
    expect("", "target propose P --period Q4", 1, "it takes one with the right to offer (any role)");
    expect(office, "target propose P --period Q4", 0, "proposed");
    expect(city, "target draft C1 70 --period Q4 --measure pieces", 0, "handed in");
    expect(city, "-o csv target gap C1 --period Q4", 0, "C1,pieces,,,77,70,,+7,proposed,");
    expect(city, "target ask C1 --period Q4 --ask pieces=71 --reason 'one shop less'", 0, "asked");
    expect(city, "target grant C1 --period Q4", 1, "not responsible above");
    expect(office, "target grant C1 --period Q4", 0, "proposed");
    expect(office, "target accept C1 --period Q4", 1, "the role must be held at it");
    expect(city, "target accept C1 --period Q4 --revision 2", 1, "Since then: request by");
    expect(city, "target accept C1 --period Q4", 0, "accepted");
    expect(city, "-o csv target talks --period Q4", 0, "C1,accepted,");
    expect(planner, "target transfer S1 S3 3 --period Q4 --measure pieces --reason moved --revision 2", 1,
           "Since then: request by");
    expect(planner, "target decompose C1 --period Q4 --measure pieces --revision 2", 1, "Since then: request by");
    expect(planner, "target whatif C1 --period Q4 --measure pieces --revision 2", 1, "Since then: request by");
    expect(planner, "target mark C1 --period Q4 --measure pieces --over channels --reason x --version 7", 1,
           "you saw version 7");
    expect(planner, "target transfer S1 S3 3 --period Q4 --measure pieces --reason moved --version 1", 0, "changed: 4");
    expect(planner, "-o csv target list P --period Q4 --draft", 0, "P,pieces,,,121,,");
}

static void test_on_its_way_into_force(void **state)
{
    (void)state;
    expect(planner, "target lint Q4", 0, "errors: 0");
    expect(planner, "target publish Q4", 1, "lacks the permission plan.publish");
    expect(planner, "target submit Q4", 0, "Q4: version 1 is submitted");
    expect(planner, "target approve Q4", 1, "lacks the permission plan.approve");
    expect(boss, "tasks", 0, "approve the targets or return them");
    expect(boss, "--lang zh tasks", 0, "批准目标，或说明原因退回");
    expect(boss, "-o json tasks", 0, "\"id\": \"Q4/1\"");
    expect("", "task remind boss plan Q4/1", 1, "has no task"); /* rights are a token's: only they see it */
    expect("", "-o json person holdings S1 --day 2026-09-30", 0, "\"day\": \"2026-09-30\"");
    expect("", "person holdings nowhere", 1, "is not known");
    expect(boss, "target approve Q4 --revision 3", 1, "Since then: ");
    expect(boss, "target approve Q4", 0, "submitted by: planner");
    expect(boss, "target publish Q4", 0, "Q4: version 1 is published");
    expect(planner, "target revise Q4", 1, "needs a reason");
    expect(planner, "target revise Q4 --reason storm", 0, "version 2 is draft");
    expect(planner, "target set S2 20 --period Q4 --measure pieces --reason storm", 0, "changed: 2");
    expect(planner, "-o csv target diff Q4 --unit C1", 0, "S2,pieces,");
    expect(planner, "target versions Q4", 0, "published");
    expect(planner, "--lang zh target versions Q4", 0, "版本");
    loop_catch_up(&stack);
    expect(planner, "progress P --measure pieces --period Q4", 0, "121");
}

static void apply_plan(void)
{
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'phone','name':'Phone'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'pieces','title_zh':'件数','title_en':'Pieces','value':'quantity'}]}");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'M09','from':'2026-09-01','until':'2026-10-01','calendar':'flat'},"
               "{'code':'Q4','from':'2026-10-01','until':'2027-01-01','calendar':'flat'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS), "{'items':[{'code':'P','name':'Province','type':'province'}]}");
    for (int i = 1; i <= 2; i++)
        loop_apply(&stack, MSG(APPLY_UNITS),
                   "{'items':[{'code':'C%d','name':'City','type':'city','relations':[{'parent':'P','from':"
                   "'2026-01-01'}]}]}",
                   i);
    for (int i = 1; i <= 3; i++)
        loop_apply(&stack, MSG(APPLY_UNITS),
                   "{'items':[{'code':'S%d','name':'Shop','type':'outlet','relations':[{'parent':'C%d','from':"
                   "'2026-01-01'}]}]}",
                   i, i < 3 ? 1 : 2);
    loop_apply(&stack, MSG(APPLY_PEOPLE),
               "{'items':[{'code':'office','name':'b','roles':[{'role':'head','unit':'P','from':'2026-01-01'}]},"
               "{'code':'city','name':'c','roles':[{'role':'city','unit':'C1','from':'2026-01-01'}]}]}");
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders','title':'Orders','sender':'boss','fact':'order_line',"
                    "'files':'f_{yyyyMMdd}_{n+}.csv','key':['id'],'columns':["
                    "{'field':'time','column':'when','format':'yyyy-MM-dd HH:mm:ss'},"
                    "{'field':'unit','column':'shop'},{'field':'product','column':'what'},"
                    "{'field':'quantity','column':'qty'},{'field':'amount','column':'money'}]}]}");
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:00:00+08:00@%lld", (long long)time(NULL));
    web_start(&web, &stack);
    loop_start(&stack);
    apply_plan();
    loop_catch_up(&stack);
    command_open(&stack, &web, "files");
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
        cmocka_unit_test(test_results_become_weights),
        cmocka_unit_test(test_a_quarter_is_cut),
        cmocka_unit_test(test_a_city_asks),
        cmocka_unit_test(test_on_its_way_into_force),
    };

    return cmocka_run_group_tests_name("ledger", tests, set_up, tear_down);
}
