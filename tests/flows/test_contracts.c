/* Internal contracts on real daemons: orders between units, claims, counter-claims, a trip and its decision; the
 * balance in the score, in the pay, and told by command. By hand:
 *
 *   1  C1 of C2, 1,000 yuan: delivered, all of it claimed, 700 countered and accepted; terms say: into pay
 *   2  C1 of C2, 500: not delivered by the 10th, damages of 300 claimed and accepted
 *   3  C1 of C3, 200: neither delivered nor claimed: trips behind the 17th; O finds that C2 caused it: 150 damages by
 * C2 4  C1 of C3: nobody answers: lapses behind the 10th
 *
 *   C2: earned 700, owes 300 + 150: 250 of a target of 500 are 50 points; 5 less for each of its 2 failures: 40
 *   C1: pays 700, is compensated with 450: -250. Both together: nothing. */
#include "support/check.h"
#include "support/command.h"
#include "support/loop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bihuan/incentive.pb-c.h"
#include "bihuan/incentive_contracts.pb-c.h"

static struct stack stack;
static struct web web;

/* --- asking ----------------------------------------------------------------------------------------------------------
 */

/* Who asks from now on: a person with one right, who sees one unit and what is below it. */
static void as(const char *person, const char *right, const char *unit)
{
    stack.person = person;
    stack.right = right;
    stack.subtree = unit;
}

static void as_admin(void)
{
    as(NULL, NULL, NULL);
}

static const Bihuan__InternalOrder *take(uint32_t type, const char *json)
{
    return ((Bihuan__InternalOrderReply *)stack_apply(&stack, type, json))->order;
}

static const Bihuan__InternalOrder *step(unsigned id, const char *rest)
{
    char json[400];

    snprintf(json, sizeof json, "{\"id\":%u,%s}", id, rest);
    return take(MSG(MOVE_INTERNAL_ORDER), json);
}

static void refused(uint32_t type, const char *json, const char *code)
{
    struct err err;

    if (stack_try(&stack, type, json, &err) == 0)
        fail_msg("%s: wasn't refused", json);
    if (strcmp(err.code, code) != 0)
        fail_msg("%s: refused as \"%s\" (%s), want \"%s\"", json, err.code, err.text, code);
}

static const Bihuan__InternalOrder *order(unsigned id)
{
    Bihuan__ListInternalOrdersReply *reply;
    char json[40];

    as_admin();
    snprintf(json, sizeof json, "{\"id\":%u}", id);
    reply = (Bihuan__ListInternalOrdersReply *)stack_apply(&stack, MSG(LIST_INTERNAL_ORDERS), json);
    CHECK_INT(reply->n_items, 1);
    return reply->items[0];
}

/* It is another day at incentive. */
static void on_day(const char *day)
{
    static bool runs;

    if (runs)
        stack_kill(&stack, "incentive", "a", SIGTERM);
    snprintf(stack.clock, sizeof stack.clock, "%sT12:00:00+08:00@%ld", day, (long)time(NULL));
    stack_start(&stack, "incentive", "a");
    stack_wait_ready(&stack, "incentive");
    runs = true;
}

/* --- the scene -------------------------------------------------------------------------------------------------------
 */

static void apply_all(void)
{
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'claims','title_zh':'索酬','title_en':'Claims','fact':'claim','value':'amount',"
               "'class':'process'},{'code':'settled','title_zh':'结余','title_en':'Balance','fact':'claim','value':"
               "'amount','class':'process','filter':{'states':['earned','paid','owed','compensated']}},"
               "{'code':'failures','title_zh':'失约','title_en':'Failures','fact':'claim','value':'count','class':"
               "'process','direction':'lower','filter':{'states':['owed']}}]}");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'2026M10','from':'2026-10-01','until':'2026-11-01','calendar':'flat'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'省','type':'province'},{'code':'C1','name':'一市','type':'city',"
               "'relations':[{'parent':'P','from':'2026-01-01'}]},{'code':'C2','name':'二市','type':'city',"
               "'relations':[{'parent':'P','from':'2026-01-01'}]},{'code':'C3','name':'三市','type':'city',"
               "'relations':[{'parent':'P','from':'2026-01-01'}]},{'code':'O','name':'渠道室','type':'office',"
               "'relations':[{'parent':'P','from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_TARGETS),
               "{'items':[{'period':'2026M10','unit':'C1','measure':'claims','amount':'500'},{'period':'2026M10',"
               "'unit':'C2','measure':'claims','amount':'500'}]}");
    loop_publish(&stack, "2026M10");
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[{'code':'orders','title':'orders','sender':'bss','fact':'order_line','files':"
               "'orders_{yyyyMMdd}.csv','key':['no'],'columns':[{'field':'time','column':'day','format':'yyyy-MM-dd'},"
               "{'field':'unit','column':'unit'},{'field':'amount','column':'amount'}]}]}");
    loop_apply_soon(&stack, MSG(APPLY_SCORECARDS),
                    "{'items':[{'code':'city','unit_type':'city','lines':[{'measure':'claims','weight_bp':10000},"
                    "{'measure':'failures','deduct_over':'0','deduct_per':'1','deduct_milli':5000}]}]}");
    loop_apply_soon(&stack, MSG(APPLY_PAY_PLANS),
                    "{'items':[{'code':'city-pay','from':'2026-10-01','unit_types':['city'],'cadence':'month',"
                    "'components':[{'code':'base','kind':'score','amount':'1000','base_ppm':1000000}]}]}");
}

#define PLACE(seller, title, rest)                                                                                     \
    "{\"order\":{\"buyer\":\"C1\",\"seller\":\"" seller "\",\"arbiter\":\"O\",\"title\":\"" title                      \
    "\",\"due\":\"2026-10-10\"," rest "}}"

/* --- tests -----------------------------------------------------------------------------------------------------------
 */

static void test_terms(void **state)
{
    (void)state;
    as("c1", "contract.act", "C1");
    refused(MSG(PLACE_INTERNAL_ORDER), PLACE("C1", "x", "\"amount\":\"1\""), "same_unit");
    refused(MSG(PLACE_INTERNAL_ORDER), PLACE("C2", "", "\"amount\":\"1\""), "missing_value");
    refused(MSG(PLACE_INTERNAL_ORDER), PLACE("C2", "x", "\"amount\":\"0\""), "bad_amount");
    refused(MSG(PLACE_INTERNAL_ORDER), PLACE("C2", "x", "\"amount\":\"1\",\"pay_plan\":\"none\""), "unknown_plan");
    refused(MSG(PLACE_INTERNAL_ORDER), PLACE("C2", "x", "\"amount\":\"1.005\",\"pay_plan\":\"city-pay\""),
            "bad_amount");
    CHECK_INT(take(MSG(PLACE_INTERNAL_ORDER),
                   PLACE("C2", "fusion campaign",
                         "\"amount\":\"1000\",\"damages\":\"400\",\"pay_plan\":\"city-pay\",\"quality\":\"9 of 10\""))
                  ->id,
              1);
    CHECK_INT(take(MSG(PLACE_INTERNAL_ORDER), PLACE("C2", "training", "\"amount\":\"500\""))->id, 2);
    CHECK_INT(take(MSG(PLACE_INTERNAL_ORDER), PLACE("C3", "materials", "\"amount\":\"200\""))->id, 3);
    CHECK_INT(take(MSG(PLACE_INTERNAL_ORDER), PLACE("C3", "never mind", "\"amount\":\"10\""))->id, 4);
    as("c2", "contract.act", "C2"); /* orders for C1 are C1's to place */
    refused(MSG(PLACE_INTERNAL_ORDER), PLACE("C3", "x", "\"amount\":\"1\""), "no_such_unit");
}

/* Each side its own steps, and nothing of others' orders. */
static void test_rights(void **state)
{
    Bihuan__ListInternalOrdersReply *reply;

    (void)state;
    as("c1", "contract.act", "C1");
    refused(MSG(MOVE_INTERNAL_ORDER), "{\"id\":1,\"step\":\"agree\"}", "not_yours");
    as("c3", "contract.act", "C3");
    refused(MSG(MOVE_INTERNAL_ORDER), "{\"id\":1,\"step\":\"agree\"}", "no_such_order");
    as("c2", "contract.act", "C2");
    assert_string_equal(step(1, "\"step\":\"agree\"")->state, "agreed");
    assert_string_equal(step(2, "\"step\":\"agree\"")->deadline, "2026-10-17");
    refused(MSG(MOVE_INTERNAL_ORDER), "{\"id\":2,\"step\":\"agree\"}", "bad_step");
    refused(MSG(DECIDE_INTERNAL_ORDER), "{\"id\":2,\"step\":\"trip\"}", "permission");
    as("c3", "contract.act", "C3");
    step(3, "\"step\":\"agree\"");
    as("o", "contract.decide", "O");
    refused(MSG(DECIDE_INTERNAL_ORDER), "{\"id\":2,\"step\":\"trip\"}", "not_due");
    as("c3", "score.read", "C3");
    reply = (Bihuan__ListInternalOrdersReply *)stack_apply(&stack, MSG(LIST_INTERNAL_ORDERS), "{}");
    CHECK_INT(reply->n_items, 2);
    as("o", "score.read", "O");
    reply = (Bihuan__ListInternalOrdersReply *)stack_apply(&stack, MSG(LIST_INTERNAL_ORDERS), "{\"side\":\"arbiter\"}");
    CHECK_INT(reply->n_items, 4);
    as("o", "score.read", "C2");
    reply = (Bihuan__ListInternalOrdersReply *)stack_apply(&stack, MSG(LIST_INTERNAL_ORDERS),
                                                           "{\"side\":\"buyer\","
                                                           "\"unit\":\"C2\"}");
    CHECK_INT(reply->n_items, 0);
}

static void test_claims(void **state)
{
    (void)state;
    on_day("2026-10-09");
    as("c2", "contract.act", "C2");
    step(1, "\"step\":\"deliver\",\"evidence\":\"list of halls\"");
    refused(MSG(MOVE_INTERNAL_ORDER), "{\"id\":1,\"step\":\"claim\",\"amount\":\"1000.5\",\"words\":\"x\"}",
            "bad_amount");
    refused(MSG(MOVE_INTERNAL_ORDER), "{\"id\":1,\"step\":\"claim\"}", "missing_value");
    assert_string_equal(step(1, "\"step\":\"claim\",\"words\":\"delivered on terms\"")->claim->amount, "1000.0000");
    as("c1", "contract.act", "C1");
    refused(MSG(MOVE_INTERNAL_ORDER), "{\"id\":2,\"step\":\"claim\",\"words\":\"late\"}", "not_due");
    assert_string_equal(
        step(1, "\"step\":\"counter\",\"kind\":\"payment\",\"amount\":\"700\",\"words\":\"7 of 10\"")->state,
        "countered");
    refused(MSG(MOVE_INTERNAL_ORDER), "{\"id\":1,\"step\":\"accept\"}", "not_yours");
    as("c1", "contract.act", NULL); /* who sees everything may speak for both sides, but not answer themselves */
    refused(MSG(MOVE_INTERNAL_ORDER), "{\"id\":1,\"step\":\"accept\"}", "own_work");
    as("c2", "contract.act", "C2");
    assert_string_equal(step(1, "\"step\":\"accept\"")->settlement->amount, "700.0000");
    on_day("2026-10-12");
    as("c1", "contract.act", "C1");
    step(2, "\"step\":\"claim\",\"amount\":\"300\",\"words\":\"never delivered\"");
    as("c2", "contract.act", "C2");
    step(2, "\"step\":\"accept\"");
}

static bool is_in_state(void *arg)
{
    const char *const *want = arg;

    return strcmp(order((unsigned)atoi(want[0]))->state, want[1]) == 0;
}

static void test_trip(void **state)
{
    const char *tripped[] = { "3", "tripped" }, *lapsed[] = { "4", "lapsed" };

    (void)state;
    assert_true(stack_until(is_in_state, lapsed, 15));
    assert_string_equal(order(3)->state, "agreed"); /* the 12th: five days are left */
    on_day("2026-10-18");
    assert_true(stack_until(is_in_state, tripped, 15));
    assert_string_equal(order(3)->steps[2]->by, "");
    as("o", "contract.decide", "O");
    refused(MSG(DECIDE_INTERNAL_ORDER),
            "{\"id\":3,\"step\":\"decide\",\"kind\":\"damages\",\"amount\":\"150\",\"cause\":\"C1\",\"words\":\"x\"}",
            "same_unit");
    take(MSG(DECIDE_INTERNAL_ORDER), "{\"id\":3,\"step\":\"decide\",\"kind\":\"damages\",\"amount\":\"150\",\"cause\":"
                                     "\"C2\",\"words\":\"C2 held the materials back\"}");
    refused(MSG(DECIDE_INTERNAL_ORDER),
            "{\"id\":3,\"step\":\"decide\",\"kind\":\"damages\",\"amount\":\"1\",\"words\":\"x\"}", "bad_step");
    assert_string_equal(order(3)->settlement->from, "C2");
    assert_string_equal(order(3)->settlement->to, "C1");
}

static long fact_sum(const char *measure, const char *unit)
{
    struct loop_sums sums = loop_agree(&stack, "2026-10-01", "2026-11-01"); /* three services by their own ways */

    return (long)loop_sum_of(&sums, loop_unit(&stack, unit), loop_measure(&stack, measure));
}

static bool is_scored(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM incentive.score WHERE as_of = '2026-10-31'") > 0;
}

static long score_of(const char *unit)
{
    char sql[200];

    snprintf(sql, sizeof sql,
             "SELECT score_milli FROM incentive.score WHERE unit_id = (SELECT id FROM incentive.document WHERE kind ="
             " 'unit' AND code = '%s')",
             unit);
    return pg_number(&stack.pg, sql);
}

static void test_into_the_score(void **state)
{
    static const char file[] = "no,day,unit,amount\n1,2026-10-31,C3,1\n";

    (void)state;
    as_admin();
    loop_drop(&stack, "orders", "orders_20261031.csv", file, sizeof file - 1);
    loop_catch_up(&stack);
    CHECK_INT(fact_sum("claims", "C2"), (700 - 300 - 150) * 10000);
    CHECK_INT(fact_sum("claims", "C1"), 0);
    CHECK_INT(fact_sum("settled", "C1"), (-700 + 300 + 150) * 10000);
    CHECK_INT(fact_sum("settled", "C2"), 250 * 10000);
    CHECK_INT(fact_sum("failures", "C2"), 2);
    assert_true(stack_until(is_scored, NULL, 20));
    CHECK_INT(score_of("C2"), 40000);
    CHECK_INT(score_of("C1"), 0);
}

/* Only the first order's terms say so; both entries together come to nothing. */
static void test_into_the_pay(void **state)
{
    (void)state;
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM incentive.pay_entry WHERE cause = 'contract'"), 2);
    CHECK_INT(pg_number(&stack.pg, "SELECT sum(amount)::bigint FROM incentive.pay_entry WHERE cause = 'contract'"), 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT amount FROM incentive.pay_entry WHERE cause = 'contract' AND unit_id ="
                                   " (SELECT id FROM incentive.document WHERE kind = 'unit' AND code = 'C2') AND kind ="
                                   " 9 AND reference = 1"),
              70000);
    as_admin();
    stack_apply(&stack, MSG(CALCULATE_PAY), "{\"period\":\"2026M10\"}");
    CHECK_INT(pg_number(&stack.pg, "SELECT sum(amount)::bigint FROM incentive.pay_entry WHERE unit_id = (SELECT id"
                                   " FROM incentive.document WHERE kind = 'unit' AND code = 'C1')"),
              100000 - 70000);
}

static void test_by_command(void **state)
{
    (void)state;
    as_admin();
    web_start(&web, &stack);
    command_open(&stack, &web, "commands");
    command_expect("contract list", 0, "fusion campaign");
    command_expect("contract show 3", 0, "C2 held the materials back");
    command_expect("contract balance --unit C1 --from 2026-10-01", 0, "-250.0000");
    command_expect("contract balance --unit C2 --until 2026-10-12 -o csv", 0, "C1,1,700.0000,0.0000,0.0000,0.0000");
    command_expect("contract offer C2 --buyer C3 --arbiter O --title more --amount 5 --due 2026-10-30", 0, "offered");
    command_expect("contract withdraw 5", 0, "done");
    command_expect("contract withdraw 5", 1, "withdrawn");
    command_expect("contract decide 5 --kind payment --amount 0", 1, "isn't a step");
    command_expect("pay entries 2026M10 --unit C1 -o csv", 0, "contract");
}

static int set_up(void **state)
{
    (void)state;
    setenv("BIHUAN_SCAN_MS", "50", 1);
    setenv("BIHUAN_QUIET_MS", "0", 1);
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-02T12:00:00+08:00@%ld", (long)time(NULL));
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "feedback", "a");
    stack_start(&stack, "monitoring", "a");
    on_day("2026-10-05");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "feedback");
    apply_all();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    as_admin();
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terms),      cmocka_unit_test(test_rights),         cmocka_unit_test(test_claims),
        cmocka_unit_test(test_trip),       cmocka_unit_test(test_into_the_score), cmocka_unit_test(test_into_the_pay),
        cmocka_unit_test(test_by_command),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
