/* From two files, of orders and of payments, to the lines of a pay statement, through real daemons: orders of a
 * customer are credited to who holds it and to the outlet as they are paid, part by part, and pay follows. All figures
 * by hand.
 *
 *   order o1  100.00, paid 33.33 on 10 September, 33.33 on the 20th, 33.34 on 2 October
 *   order o2   60.00, paid 70.00 on 15 September: 10.00 too much
 *   order o3   50.00, paid 20.00 on 12 September, which were voided on the 14th
 *   order o4   80.00, whose payment is pending; and a payment of an order that nobody knows
 *
 * ANN holds the customer and has 70 %, the outlet S1 the rest; both are paid 5 % of what they are credited.
 *   September, ANN: o1 46.662, o2 42.00: 88.662 in all, of which 5 % are 4.43: 2.33 and 2.10
 *              S1:  o1 19.998, o2 18.00: 37.998, 1.90: 1.00 and 0.90
 *   October,   ANN: o1 23.338: 1.17    S1: o1 10.002: 0.50
 */
#include "support/check.h"
#include "support/loop.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bihuan/feedback.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "bihuan/incentive_crediting.pb-c.h"
#include "bihuan/incentive_pay.pb-c.h"
#include "bihuan/planning.pb-c.h"

static struct stack stack;

static const char ORDERS[] = "id,when,shop,customer,money,state\n"
                             "o1,2026-09-03 10:00:00,S1,Acme,100,completed\n"
                             "o2,2026-09-05 10:00:00,S1,Acme,60,completed\n"
                             "o3,2026-09-06 10:00:00,S1,Acme,50,completed\n"
                             "o4,2026-09-07 10:00:00,S1,Acme,80,completed\n";
static const char PAYMENTS[] = "id,when,shop,order,money,state\n"
                               "p1,2026-09-10 10:00:00,S1,o1,33.33,received\n"
                               "p2,2026-09-20 10:00:00,S1,o1,33.33,received\n"
                               "p3,2026-10-02 10:00:00,S1,o1,33.34,received\n"
                               "p4,2026-09-15 10:00:00,S1,o2,70,received\n"
                               "p5,2026-09-12 10:00:00,S1,o3,20,received\n"
                               "p6,2026-09-16 10:00:00,S1,o4,80,pending\n"
                               "p7,2026-09-17 10:00:00,S1,o9,15,received\n";
static const char TAKEN_BACK[] = "id,when,shop,order,money,state\n"
                                 "p5,2026-09-14 10:00:00,S1,o3,20,cancelled\n";

#define FEED(code, fact, more, columns)                                                                                \
    "{'code':'" code "','title':'" code "','sender':'boss','fact':'" fact "','files':'{*}.csv','watermark':'told',"    \
    "'key':['id']," more "'columns':[{'field':'time','column':'when','format':'yyyy-MM-dd HH:mm:ss'},"                 \
    "{'field':'unit','column':'shop'},{'field':'amount','column':'money'},{'field':'state','column':'state'}" columns  \
    "]}"

static void plan(void)
{
    loop_apply(
        &stack, MSG(APPLY_UNITS),
        "{'items':[{'code':'P','name':'p','type':'province'},{'code':'S1','name':'s','type':'outlet','relations':"
        "[{'parent':'P','from':'2026-01-01'}]},{'code':'ANN','name':'a','type':'salesperson','relations':"
        "[{'parent':'P','from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'rev','title_zh':'r','title_en':'r','value':'amount'}]}");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},"
               "{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'2026M09','from':'2026-09-01','until':'2026-10-01','calendar':'flat'},"
               "{'code':'2026M10','from':'2026-10-01','until':'2026-11-01','calendar':'flat'}]}");
    loop_apply_soon(&stack, MSG(APPLY_CREDITING_RULES),
                    "{'items':[{'code':'cash','from':'2026-09-01','earns':'cash','when':{'measures':['rev']},'shares':["
                    "{'to':'holder','ppm':700000,'otherwise':'exclude'},{'to':'unit','ppm':300000}]}]}");
    loop_apply_soon(&stack, MSG(APPLY_CUSTOMER_HOLDINGS),
                    "{'items':[{'customer':'Acme','holder':'ANN','from':'2026-09-01'}]}");
    loop_apply_soon(
        &stack, MSG(APPLY_PAY_PLANS),
        "{'items':[{'code':'pay','from':'2026-09-01','unit_types':['outlet','salesperson'],'cadence':'month',"
        "'components':[{'code':'sales','kind':'rate','measure':'rev','over':'volume','bands':[{'from':'0',"
        "'rate_ppm':50000}]}]}]}");
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[" FEED("orders", "order_line", "",
                                      ",{'field':'customer','column':'customer'}") "," FEED("payments", "payment", "",
                                                                                            ",{'field':'subject',"
                                                                                            "'column':'order'}") "]}");
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:00:00+08:00@%ld", (long)time(NULL));
    loop_start(&stack);
    plan();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

static bool is_joined(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM incentive.credit_due") == 0;
}

static void load(const char *feed, const char *name, const char *text)
{
    loop_drop(&stack, feed, name, text, strlen(text));
    loop_wait_file(&stack, feed, name, 20);
    loop_catch_up(&stack);
    assert_true(stack_until(is_joined, NULL, 20));
}

/* Lines of the sealed form of a statement: "o1 233 o2 210", in cents. */
static const char *lines_of(const char *unit, const char *period)
{
    static char text[400];
    Bihuan__GetPayStatementRequest request = BIHUAN__GET_PAY_STATEMENT_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;
    json_t *file, *lines, *line;
    size_t i, len = 0;
    struct err err;

    text[0] = 0;
    request.unit = (char *)(uintptr_t)unit;
    request.period = (char *)(uintptr_t)period;
    if (stack_ask(&stack, "incentive", MSG(GET_PAY_STATEMENT), &request.base, &reply, &err) != 0)
        fail_msg("%s in %s: %s", unit, period, err.text);
    file = json_loads(((Bihuan__GetPayStatementReply *)reply)->file, 0, NULL);
    assert_non_null(file);
    lines = json_object_get(
        json_array_get(
            json_object_get(json_array_get(json_object_get(json_object_get(file, "body"), "plans"), 0), "components"),
            0),
        "lines");
    assert_true(json_is_array(lines));
    json_array_foreach(lines, i, line)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s %lld", i ? " " : "",
                                strrchr(json_string_value(json_array_get(line, 0)), '|') + 1,
                                (long long)json_integer_value(json_array_get(line, 4)));
    json_decref(file);
    return text;
}

static void expect_line(const char *unit, const char *period, const char *line)
{
    const char *have = lines_of(unit, period);

    if (!strstr(have, line))
        fail_msg("%s in %s has \"%s\", want \"%s\" in it", unit, period, have, line);
}

static long earned(const char *unit, const char *period)
{
    char sql[400];

    snprintf(
        sql, sizeof sql,
        "SELECT coalesce(sum(e.amount), 0)::bigint FROM incentive.pay_entry e JOIN incentive.document u ON u.kind ="
        " 'unit' AND u.id = e.unit_id JOIN incentive.document p ON p.kind = 'period' AND p.id = e.period_id WHERE"
        " u.code = '%s' AND p.code = '%s' AND e.kind = 1",
        unit, period);
    return pg_number(&stack.pg, sql);
}

static void test_paid_as_it_comes_in(void **state)
{
    (void)state;
    load("payments", "payments.csv", PAYMENTS); /* before the orders that they name */
    load("payments", "taken-back.csv", TAKEN_BACK);
    load("orders", "orders.csv", ORDERS);
    loop_apply_soon(&stack, MSG(CALCULATE_PAY), "{'period':'2026M09'}");
    loop_apply_soon(&stack, MSG(CALCULATE_PAY), "{'period':'2026M10'}");
    CHECK_INT(earned("ANN", "2026M09"), 443);
    CHECK_INT(earned("S1", "2026M09"), 190);
    CHECK_INT(earned("ANN", "2026M10"), 117);
    CHECK_INT(earned("S1", "2026M10"), 50);
    expect_line("ANN", "2026M09", "o1 233");
    expect_line("ANN", "2026M09", "o2 210");
    expect_line("S1", "2026M09", "o1 100");
    expect_line("S1", "2026M09", "o2 90");
    expect_line("ANN", "2026M10", "o1 117");
    expect_line("S1", "2026M10", "o1 50");
}

/* What releases nothing is said, with the reason. */
static void test_what_is_left_is_said(void **state)
{
    Bihuan__ListReceiptsRequest request = BIHUAN__LIST_RECEIPTS_REQUEST__INIT;
    const Bihuan__ListReceiptsReply *reply;
    ProtobufCMessage *message = NULL;
    char text[400] = "";
    size_t len = 0;
    struct err err;

    (void)state;
    assert_int_equal(stack_ask(&stack, "incentive", MSG(LIST_RECEIPTS), &request.base, &message, &err), 0);
    reply = (const Bihuan__ListReceiptsReply *)message;
    for (size_t i = 0; i < reply->n_items; i++)
        if (*reply->items[i]->reason)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s:%ld:%s ", reply->items[i]->record_key,
                                    (long)reply->items[i]->excess, reply->items[i]->reason);
    assert_string_equal(text, "p4:100000:overpaid p7:150000:waits ");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
    loop_agree(&stack, "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paid_as_it_comes_in),
        cmocka_unit_test(test_what_is_left_is_said),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
