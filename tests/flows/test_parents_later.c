/* A manifest may name a parent before it defines it, and what planning publishes comes in pieces: a unit's parent, and
 * a product's, may then come in a later event than the unit and the product. Sums at the parent are those of what is
 * beneath it all the same, at once and after a restart. The wanted figure is the number of rows. */
#include "support/check.h"
#include "support/loop.h"

#include "bihuan/monitoring.pb-c.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MANY 300 /* more than one event of planning carries */
#define SOLD 12

static struct stack stack;

/* Children first, each with its parent; the parents last. */
static void apply_units(void)
{
    struct buf json = { 0 };

    for (int i = 0; i < MANY; i++)
        buf_printf(&json,
                   "{'code':'O%d','name':'o','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},", i);
    buf_append_text(&json, "{'code':'C1','name':'c','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
                           "{'code':'P','name':'p','type':'province'}");
    loop_apply(&stack, MSG(APPLY_UNITS), "{'items':[%s]}", buf_text(&json));
    buf_fini(&json);
}

static void apply_products(void)
{
    struct buf json = { 0 };

    for (int i = 0; i < MANY; i++)
        buf_printf(&json, "{'code':'p%d','name':'p','parent':'F'},", i);
    buf_append_text(&json, "{'code':'F','name':'family','parent':'ALL'},{'code':'ALL','name':'all'}");
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[%s]}", buf_text(&json));
    buf_fini(&json);
}

static void sell(void)
{
    struct buf file = { 0 };

    buf_append_text(&file, "id,day,shop,what\n");
    for (int i = 0; i < SOLD; i++)
        buf_printf(&file, "n%d,2026-09-%02d,O%d,p%d\n", i, 1 + i, i * 20, i * 25);
    loop_drop(&stack, "orders", "orders_20260924.csv", file.data, file.len);
    buf_fini(&file);
    loop_wait_inbox(&stack, "orders", 60);
    loop_catch_up(&stack);
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-09-25T10:00:00+08:00@%lld", (long long)time(NULL));
    loop_start(&stack);
    apply_products();
    apply_units();
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'M09','from':'2026-09-01','until':'2026-10-01','calendar':'flat'}]}");
    loop_apply(
        &stack, MSG(APPLY_MEASURES),
        "{'items':[{'code':'lines','title_zh':'l','title_en':'l','value':'count'},{'code':'family','title_zh':'f',"
        "'title_en':'f','value':'count','filter':{'products':['F']}},{'code':'buyers','title_zh':'b','title_en':"
        "'b','value':'distinct','distinct':{'key':'customer','window':'year','within':'city'}}]}");
    loop_apply(
        &stack, MSG(APPLY_TARGETS),
        "{'items':[{'period':'M09','unit':'P','measure':'lines','amount':'100'},{'period':'M09','unit':'C1',"
        "'measure':'lines','amount':'100'},{'period':'M09','unit':'P','measure':'lines','product':'ALL','amount':"
        "'100'}]}");
    loop_publish(&stack, "M09");
    loop_apply_soon(&stack, MSG(APPLY_RULES),
                    "{'items':[{'code':'few','title_zh':'f','title_en':'f','kind':'lag','measure':'lines','product':"
                    "'ALL','severity':'major','every_node':true}]}");
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders','title':'o','sender':'s','fact':'order_line','files':"
                    "'orders_{yyyyMMdd}.csv','key':['id'],'columns':[{'field':'time','column':'day','format':"
                    "'yyyy-MM-dd'},{'field':'unit','column':'shop'},{'field':'product','column':'what'},{'field':"
                    "'customer','column':'id'}]}]}");
    sell();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

/* At the unit and all beneath it. */
static void expect_progress(const char *unit)
{
    char json[160];
    const Bihuan__GetProgressReply *reply;

    snprintf(json, sizeof json, "{\"unit\":\"%s\",\"measure\":\"lines\",\"period\":\"M09\"}", unit);
    reply = (const Bihuan__GetProgressReply *)stack_apply(&stack, MSG(GET_PROGRESS), json);
    CHECK_INT(reply->n_items, 1);
    CHECK_INT(reply->items[0]->actual, SOLD);
}

/* Told of a product and all beneath it: what was sold of its children's children. */
static bool has_fired(void *arg)
{
    const Bihuan__ListAlertsReply *reply = (const Bihuan__ListAlertsReply *)stack_apply(
        &stack, MSG(LIST_ALERTS), "{\"state\":\"all\",\"inhibited\":true}");

    (void)arg;
    for (size_t i = 0; i < reply->n_items; i++)
        if (strcmp(reply->items[i]->product, "ALL") == 0 && reply->items[i]->inputs &&
            reply->items[i]->inputs->actual == SOLD)
            return true;
    return false;
}

static void sums_are_those_of_what_is_beneath(void **state)
{
    struct loop_sums sums = loop_agree(&stack, "", "");
    int64_t family = 0, buyers = 0;

    (void)state;
    expect_progress("P");
    expect_progress("C1");
    for (size_t i = 0; i < sums.count; i++) {
        family += sums.items[i].measure == loop_measure(&stack, "family") ? sums.items[i].value : 0;
        buyers += sums.items[i].measure == loop_measure(&stack, "buyers") ? sums.items[i].value : 0;
    }
    CHECK_INT(family, SOLD); /* by the filter's product, whose children came before it */
    CHECK_INT(buyers, SOLD); /* within the city, which came behind its shops */
    assert_true(stack_until(has_fired, NULL, 20));
}

static void a_restart_reads_them_alike(void **state)
{
    (void)state;
    stack_kill(&stack, "monitoring", "a", SIGKILL);
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "monitoring");
    loop_catch_up(&stack);
    expect_progress("P");
    expect_progress("C1");
    (void)loop_agree(&stack, "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_what_is_beneath),
        cmocka_unit_test(a_restart_reads_them_alike),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
