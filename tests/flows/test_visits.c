/* Visits planned and not made, on real daemons: from the file of visits to the alert at who didn't make them. Today is
 * 25 November 2026. */
#include "support/check.h"
#include "support/loop.h"

#include "bihuan/monitoring.pb-c.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct stack stack;

static const Bihuan__ListAlertsReply *alerts(const char *state)
{
    char json[80];

    snprintf(json, sizeof json, "{\"rule\":\"missed\",\"state\":\"%s\"}", state);
    return (const Bihuan__ListAlertsReply *)stack_apply(&stack, MSG(LIST_ALERTS), json);
}

static bool one_fires(void *arg)
{
    (void)arg;
    return alerts("firing")->n_items == 1;
}

static bool none_fires(void *arg)
{
    (void)arg;
    return alerts("firing")->n_items == 0;
}

static void visits(const char *name, const char *rows)
{
    char bytes[600];

    snprintf(bytes, sizeof bytes, "no,day,seller,customer,state\n%s", rows);
    loop_drop(&stack, "visits", name, bytes, strlen(bytes));
    loop_wait_inbox(&stack, "visits", 30);
}

/* S1 missed two of three, S2 one of three: the rule bears one. */
static void who_misses_two_is_told_of(void **state)
{
    const Bihuan__Alert *alert;

    (void)state;
    visits("visits_1.csv", "v1,2026-11-20,S1,K1,done\nv2,2026-11-21,S1,K2,missed\nv3,2026-11-22,S1,K3,missed\n"
                           "v4,2026-11-20,S2,K1,done\nv5,2026-11-21,S2,K2,missed\nv6,2026-11-24,S2,K3,planned\n");
    assert_true(stack_until(one_fires, NULL, 20));
    alert = alerts("firing")->items[0];
    assert_string_equal(alert->unit, "S1");
    CHECK_INT(alert->inputs->actual, 2);
    assert_string_equal(alert->inputs->reason_zh, "合计2，限值2");
    CHECK_INT(alerts("all")->n_items, 1);
}

/* v3 was called off by the customer: a missed visit less. */
static void called_off(void **state)
{
    (void)state;
    visits("visits_2.csv", "v3,2026-11-23,S1,K3,cancelled\n");
    assert_true(stack_until(none_fires, NULL, 20));
    assert_string_equal(alerts("all")->items[0]->state, "resolved");
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-25T10:00:00+08:00@%lld", (long long)time(NULL));
    loop_start(&stack);
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'missed','title_zh':'未完成走访','title_en':'Visits missed','value':'count',"
               "'fact':'visit','direction':'lower','filter':{'states':['missed']}}]}");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'2026M11','from':'2026-11-01','until':'2026-12-01','calendar':'flat'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'省','type':'province'},"
               "{'code':'S1','name':'甲','type':'salesperson','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'S2','name':'乙','type':'salesperson','relations':[{'parent':'P','from':'2026-01-01'}]}]}");
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'visits','title':'visits','sender':'crm','fact':'visit','files':"
                    "'visits_{n+}.csv','watermark':'last_event','key':['no'],'columns':["
                    "{'field':'time','column':'day','format':'yyyy-MM-dd'},{'field':'unit','column':'seller'},"
                    "{'field':'customer','column':'customer'},{'field':'state','column':'state'}]}]}");
    loop_apply_soon(&stack, MSG(APPLY_RULES),
                    "{'items':[{'code':'missed','title_zh':'走访未完成','title_en':'Visits missed','kind':'threshold',"
                    "'measure':'missed','unit_types':['salesperson'],'limit':'2'}]}");
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
        cmocka_unit_test(who_misses_two_is_told_of),
        cmocka_unit_test(called_off),
    };

    return cmocka_run_group_tests_name("visits", tests, set_up, tear_down);
}
