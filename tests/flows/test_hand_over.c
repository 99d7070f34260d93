/* What a person has to do, in one list, whoever owns it; and what becomes of it when they leave. Ann and Ben sell from
 * the sales persons' units A and B; on 4 November Ben takes over from Ann. What is dated before stays hers, whatever
 * day it arrives; what is dated from then on and names her counts for him, whether it came before or after the
 * hand-over.
 */
#include "support/check.h"
#include "support/loop.h"

#include "text/pbjson.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bihuan/feedback.pb-c.h"
#include "bihuan/monitoring.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_cycle.pb-c.h"
#include "bihuan/planning_organisation.pb-c.h"

static struct stack stack;

static ProtobufCMessage *say(const char *person, const char *right, uint32_t type, const char *json)
{
    char quoted[1000];
    ProtobufCMessage *reply;

    snprintf(quoted, sizeof quoted, "%s", json);
    for (char *c = quoted; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    stack.person = person;
    stack.right = right;
    reply = stack_apply(&stack, type, quoted);
    stack.person = stack.right = NULL;
    return reply;
}

static void refused(const char *person, const char *right, uint32_t type, const char *json, const char *words)
{
    const struct message_type *message = message_type_find(type);
    char quoted[1000];
    ProtobufCMessage *request;
    struct err err;

    snprintf(quoted, sizeof quoted, "%s", json);
    for (char *c = quoted; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    stack.person = person;
    stack.right = right;
    if (pbjson_parse(message->payload, quoted, strlen(quoted), &stack.arena, &request, &err) == 0 &&
        stack_ask(&stack, message->service, type, request, NULL, &err) == 0)
        fail_msg("\"%s\" was allowed %s", person, json);
    stack.person = stack.right = NULL;
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

/* "kind:id" of the person's tasks, in order, with ! where overdue. */
static const char *tasks_of(const char *person)
{
    static char text[2000];
    const Bihuan__ListTasksReply *reply = (const Bihuan__ListTasksReply *)say(person, NULL, MSG(LIST_TASKS), "{}");
    size_t len = 0;

    text[0] = 0;
    for (size_t i = 0; i < reply->n_items; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s:%s%s", i ? " " : "", reply->items[i]->kind,
                                strcmp(reply->items[i]->kind, "action") == 0 ? "" : reply->items[i]->id,
                                reply->items[i]->overdue ? "!" : "");
    return text;
}

struct wait {
    const char *person, *want;
};

static bool has_tasks(void *arg)
{
    const struct wait *wait = arg;

    return strcmp(tasks_of(wait->person), wait->want) == 0;
}

static void wait_tasks(const char *person, const char *want)
{
    struct wait wait = { person, want };

    if (!stack_until(has_tasks, &wait, 30))
        fail_msg("%s has \"%s\", not \"%s\"", person, tasks_of(person), want);
}

static bool reminded(void *arg)
{
    return pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 1291") >= *(long *)arg;
}

static void wait_reminders(long count)
{
    (void)stack_until(reminded, &count, 30);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 1291"), count);
}

static void drop(const char *feed, const char *name, const char *rows)
{
    char bytes[2000];

    snprintf(bytes, sizeof bytes, "no,day,unit,seller,product,customer,amount,state\n%s", rows);
    loop_drop(&stack, feed, name, bytes, strlen(bytes));
    loop_wait_inbox(&stack, feed, 60);
    loop_catch_up(&stack);
}

/* --- one list ------------------------------------------------------------------------------------------------------
 */
static void one_list_whoever_owns_it(void **state)
{
    const Bihuan__ListAlertsReply *alerts;
    const Bihuan__ListTasksReply *list;
    char json[400];

    (void)state;
    drop("orders", "orders_20261103.csv",
         "a1,2026-10-20,O1,A,5g,k1,100,completed\n"
         "a2,2026-10-21,O1,A,5g,k2,100,completed\n"
         "a3,2026-10-22,O1,A,5g,k3,100,completed\n"
         "b0,2026-10-25,O1,B,5g,k3,100,completed\n" /* k3 went to B */
         "b1,2026-10-26,O1,B,5g,k9,55,completed\n" /* off the list: an alert */);
    drop("opp", "opp_20261103.csv",
         "x,2026-10-28,O1,A,5g,k1,900,lead\n" /* due a week later: 4 November */
         "y,2026-10-10,O1,A,5g,k2,500,won\n"
         "z,2026-11-03,O1,B,5g,k9,70,qualified\n");
    alerts = (const Bihuan__ListAlertsReply *)stack_apply(&stack, MSG(LIST_ALERTS), "{}");
    CHECK_INT(alerts->n_items, 1);
    snprintf(json, sizeof json, "{'alert':'%s','cause':'cheap','owner':'ann','due':'2026-11-09','promised_gain':'1'}",
             alerts->items[0]->id);
    say("cho", NULL, MSG(OPEN_ACTION), json);
    wait_tasks("ann", "opportunity:crm/opportunity/x! action:");
    wait_tasks("ben", "opportunity:crm/opportunity/z");
    list = (const Bihuan__ListTasksReply *)say("ann", NULL, MSG(LIST_TASKS), "{}");
    assert_string_equal(list->items[0]->due, "2026-11-04");
    assert_string_equal(list->items[0]->unit, "A");
    assert_string_equal(list->items[0]->title_en, "k1");
    assert_string_equal(list->items[1]->due, "2026-11-09");
    assert_string_equal(list->items[1]->title_en, "cheap");
}

/* x is overdue, the action and z are due within a week; each is said once, also after a crash. */
static void reminded_once(void **state)
{
    (void)state;
    wait_reminders(3);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.task_reminder WHERE stage = 'overdue'"), 1);
    stack_kill(&stack, "planning", "a", 9);
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    wait_reminders(3);
}

static void reminded_by_hand(void **state)
{
    const Bihuan__RemindTaskReply *reply;

    (void)state;
    reply = (const Bihuan__RemindTaskReply *)say(
        "cho", "plan.act", MSG(REMIND_TASK),
        "{'person':'ben','kind':'opportunity','id':'crm/opportunity/z','note':'call them'}");
    CHECK_INT(reply->task->reminders, 1);
    wait_reminders(4);
    refused("ann", "plan.act", MSG(REMIND_TASK), "{'person':'ben','kind':'opportunity','id':'crm/opportunity/z'}",
            "no role above");
    refused("cho", "plan.act", MSG(REMIND_TASK), "{'person':'cho','kind':'plan','id':'x'}", "reminds themselves");
    refused("boss", NULL, MSG(REMIND_TASK), "{'person':'ben','kind':'opportunity','id':'x'}", "has no task");
    CHECK_INT(((const Bihuan__ListTasksReply *)say("ben", NULL, MSG(LIST_TASKS), "{}"))->items[0]->reminders, 1);
}

/* What waits with targets: for an answer, for approval, for publication; and a certificate that ends. */
static void targets_and_certificates(void **state)
{
    (void)state;
    say("planner", NULL, MSG(APPLY_TARGETS),
        "{'items':[{'period':'2026Q4','unit':'P','measure':'sold','amount':'10'},"
        "{'period':'2026Q4','unit':'C1','measure':'sold','amount':'10'}]}");
    say("planner", NULL, MSG(ANSWER_TARGETS), "{'period':'2026Q4','unit':'P','answer':'propose'}");
    wait_tasks("cho", "targets:2026Q4/1");
    say("cho", NULL, MSG(ANSWER_TARGETS), "{'period':'2026Q4','unit':'C1','answer':'accept'}");
    wait_tasks("cho", "");
    say("planner", NULL, MSG(SUBMIT_PLAN), "{'period':'2026Q4'}");
    wait_tasks("planner", ""); /* not by who wrote them */
    wait_tasks("boss", "plan:2026Q4/1");
    say("boss", NULL, MSG(APPROVE_PLAN), "{'period':'2026Q4'}");
    wait_tasks("boss", "plan:2026Q4/1");
    wait_tasks("planner", "plan:2026Q4/1"); /* approval is optional here, so who wrote them may publish them */
    say("boss", NULL, MSG(PUBLISH_PLAN), "{'period':'2026Q4'}");
    wait_tasks("boss", "");
    say("trainer", NULL, MSG(ISSUE_CERTIFICATE),
        "{'certificate':{'person':'dee','product':'5g','from':'2026-01-01','until':'2026-11-20','unit':'P'}}");
    wait_tasks("dee", "certificate:5g/2026-11-20");
    wait_reminders(5);
}

/* --- the hand-over -------------------------------------------------------------------------------------------------
 */
static long sold(const char *unit, const char *measure)
{
    struct loop_sums sums = loop_agree(&stack, "2026-10-01", "2026-12-01");

    return (long)loop_sum_of(&sums, loop_unit(&stack, unit), loop_measure(&stack, measure));
}

static void a_preview(void **state)
{
    const Bihuan__ListHoldingsReply *holdings;
    const Bihuan__Reorganisation *change;

    (void)state;
    change = ((const Bihuan__ReorganiseReply *)say(
                  NULL, NULL, MSG(HAND_OVER), "{'dry_run':true,'person':'ann','successor':'ben','from':'2026-11-04'}"))
                 ->change;
    CHECK_INT(change->work_count, 2);
    assert_string_equal(change->work[0]->kind, "action");
    assert_string_equal(change->work[0]->after, "ben");
    assert_string_equal(change->work[1]->id, "crm/opportunity/x");
    assert_string_equal(change->work[1]->after, "B");
    CHECK_INT(change->n_sales_units, 1);
    assert_string_equal(change->sales_units[0], "A");
    assert_string_equal(change->sales_unit_after, "B");
    holdings = (const Bihuan__ListHoldingsReply *)say(NULL, NULL, MSG(LIST_HOLDINGS), "{'unit':'A'}");
    CHECK_INT(holdings->opportunity_count, 1);
    assert_string_equal(holdings->opportunities[0]->key, "x");
    CHECK_INT(holdings->customer_count, 2); /* k1, k2; the last fact about k3 names B */
    assert_string_equal(holdings->customers[0]->customer, "k1");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 52"), 0);
    /* a token for a subtree sees what is held below its top, and knows of no other */
    stack.subtree = "A";
    holdings = (const Bihuan__ListHoldingsReply *)say("ann", NULL, MSG(LIST_HOLDINGS), "{'unit':'A'}");
    CHECK_INT(holdings->opportunity_count, 1);
    stack.subtree = "B";
    refused("ann", NULL, MSG(LIST_HOLDINGS), "{'unit':'A'}", "unit \"A\" is not known");
    stack.subtree = NULL;
}

static void from_the_day_on(void **state)
{
    (void)state;
    /* came before the hand-over: the one of the 4th goes, that of the 3rd stays */
    drop("orders", "orders_20261104.csv",
         "a4,2026-11-03,O1,A,5g,k1,100,completed\n"
         "a5,2026-11-04,O1,A,5g,k1,100,completed\n");
    CHECK_INT(sold("A", "sold"), 5);
    CHECK_INT(sold("B", "sold"), 2);
    say("boss", NULL, MSG(HAND_OVER), "{'person':'ann','successor':'ben','from':'2026-11-04','reason':'leaves'}");
    loop_catch_up(&stack);
    /* came after it: late ones of before, new ones, a cancel of an old one, and what was won */
    drop("orders", "orders_20261105.csv",
         "a6,2026-10-30,O1,A,5g,k2,100,completed\n"
         "a7,2026-11-05,O1,A,5g,k2,100,completed\n"
         "a1,2026-11-05,O1,A,5g,k1,100,cancelled\n");
    drop("opp", "opp_20261105.csv",
         "x,2026-11-05,O1,A,5g,k1,950,won\n"
         "w,2026-10-20,O1,A,5g,k2,20,lead\n"); /* open, heard of late: his by now */
    wait_tasks("ben", "opportunity:crm/opportunity/w! action: opportunity:crm/opportunity/z");
    wait_tasks("ann", "");
    loop_catch_up(&stack);
}

static void the_sums(void **state)
{
    (void)state;
    /* A: a1 a2 a3 a4 a6, less a1 = 4; B: b0 b1 a5 a7 = 4. Won: y is Ann's, x is Ben's. */
    CHECK_INT(sold("A", "sold"), 4);
    CHECK_INT(sold("B", "sold"), 4);
    CHECK_INT(sold("A", "won"), 1);
    CHECK_INT(sold("B", "won"), 1);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.order_line WHERE record_key IN ('a5', 'a7', 'x')"
                                   " AND day >= '2026-11-04' AND seller_id = (SELECT id FROM planning.document WHERE"
                                   " kind = 'unit' AND code = 'B')"),
              3);
    CHECK_INT(((const Bihuan__ListHoldingsReply *)say(NULL, NULL, MSG(LIST_HOLDINGS), "{'unit':'B'}"))->customer_count,
              4); /* k1, k2 taken over, k3, k9 */
    assert_string_equal(
        ((const Bihuan__ListActionsReply *)stack_apply(&stack, MSG(LIST_ACTIONS), "{}"))->items[0]->owner, "ben");
}

static void holds(const char *unit, const char *day, const char *want)
{
    const Bihuan__ListHoldingsReply *reply;
    char json[80], got[200] = "";
    size_t len = 0;

    snprintf(json, sizeof json, "{'unit':'%s','day':'%s'}", unit, day);
    reply = (const Bihuan__ListHoldingsReply *)say(NULL, NULL, MSG(LIST_HOLDINGS), json);
    CHECK_INT(reply->opportunity_count, reply->n_opportunities);
    for (size_t i = 0; i < reply->n_opportunities; i++)
        len += (size_t)snprintf(got + len, sizeof got - len, "%s%s:%s:%s:%s", i ? " " : "",
                                reply->opportunities[i]->key, reply->opportunities[i]->state,
                                reply->opportunities[i]->amount, reply->opportunities[i]->moved);
    assert_string_equal(got, want);
}

/* As the opportunities stood then, by their moves, and by who had taken over whose. */
static void held_on_a_day(void **state)
{
    (void)state;
    holds("A", "2026-10-19", "");
    holds("A", "2026-10-27", "w:lead:20.0000:2026-10-20");
    holds("A", "2026-11-03", "w:lead:20.0000:2026-10-20 x:lead:900.0000:2026-10-28");
    holds("B", "2026-11-03", "z:qualified:70.0000:2026-11-03");
    holds("A", "2026-11-04", ""); /* from this day on all is Ben's */
    holds("B", "2026-11-04", "w:lead:20.0000:2026-10-20 x:lead:900.0000:2026-10-28 z:qualified:70.0000:2026-11-03");
    holds("B", "2026-11-05", "w:lead:20.0000:2026-10-20 z:qualified:70.0000:2026-11-03"); /* x is won; today */
    holds("B", "", "w:lead:20.0000:2026-10-20 z:qualified:70.0000:2026-11-03");
    holds("B", "2026-11-30", "w:lead:20.0000:2026-10-20 z:qualified:70.0000:2026-11-03");
    holds("D", "2026-11-30", "");
    holds("D", "2026-12-01", "w:lead:20.0000:2026-10-20 z:qualified:70.0000:2026-11-03");
    /* one that is taken back was open until then */
    drop("opp", "opp_20261106.csv",
         "w,2026-11-05,O1,A,5g,k2,20,cancelled\n"
         "v,2026-10-25,O1,A,5g,k2,5,proposed\n"
         "v,2026-11-02,O1,A,5g,k2,6,lost\n");
    holds("A", "2026-10-26", "v:proposed:5.0000:2026-10-25 w:lead:20.0000:2026-10-20");
    holds("A", "2026-11-02", "w:lead:20.0000:2026-10-20 x:lead:900.0000:2026-10-28");
    holds("B", "2026-11-05", "z:qualified:70.0000:2026-11-03");
}

/* Ben goes in December: until then all is his. */
static void not_before_the_day(void **state)
{
    (void)state;
    say("boss", NULL, MSG(HAND_OVER), "{'person':'ben','successor':'dee','from':'2026-12-01','reason':'moves'}");
    loop_catch_up(&stack);
    wait_tasks("ben", "opportunity:crm/opportunity/w! action: opportunity:crm/opportunity/z");
    wait_tasks("dee", "certificate:5g/2026-11-20");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.hand_over WHERE NOT applied"), 1);
}

#define COLUMNS                                                                                                        \
    "'watermark':'last_event','key':['no'],'columns':[{'field':'time','column':'day','format':'yyyy-MM-dd'},"          \
    "{'field':'unit','column':'unit'},{'field':'seller','column':'seller'},{'field':'product','column':'product'},"    \
    "{'field':'customer','column':'customer'},{'field':'amount','column':'amount'},"                                   \
    "{'field':'state','column':'state'}]"

static int setup(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-05T10:00:00+08:00@%lld", (long long)time(NULL));
    loop_start(&stack);
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'5g','name':'5G','list_price':'100'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'sold','title_zh':'销量','title_en':'Sold','value':'count'},"
               "{'code':'won','title_zh':'赢单','title_en':'Won','fact':'opportunity','value':'count'},"
               "{'code':'off','title_zh':'异价','title_en':'Off','value':'count','direction':'lower',"
               "'filter':{'price':'off_list','price_band_ppm':50000}}]}");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},"
               "{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'2026Q4','from':'2026-10-01','until':'2027-01-01','calendar':'flat'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'省','type':'province'},"
               "{'code':'C1','name':'一市','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'O1','name':'1','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
               "{'code':'A','name':'A','type':'salesperson','relations':[{'parent':'O1','from':'2026-01-01'}]},"
               "{'code':'B','name':'B','type':'salesperson','relations':[{'parent':'O1','from':'2026-01-01'}]},"
               "{'code':'D','name':'D','type':'salesperson','relations':[{'parent':'O1','from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_PEOPLE),
               "{'items':[{'code':'ann','name':'安','roles':[{'role':'seller','unit':'A','from':'2026-01-01'}]},"
               "{'code':'ben','name':'本','roles':[{'role':'seller','unit':'B','from':'2026-01-01'}]},"
               "{'code':'dee','name':'迪','roles':[{'role':'seller','unit':'D','from':'2026-01-01'}]},"
               "{'code':'cho','name':'周','roles':[{'role':'manager','unit':'C1','from':'2026-01-01'}]},"
               "{'code':'planner','name':'划','roles':[{'role':'channel_office','unit':'P','from':'2026-01-01'}]},"
               "{'code':'trainer','name':'师','roles':[{'role':'trainer','unit':'P','from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_RULES),
               "{'items':[{'code':'off-list','title_zh':'异价','title_en':'Off list','kind':'threshold',"
               "'measure':'off','unit_types':['salesperson'],'limit':'1','severity':'major'}]}");
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders','title':'orders','sender':'bss','fact':'order_line',"
                    "'files':'orders_{yyyyMMdd}.csv'," COLUMNS "},{'code':'opp','title':'opp','sender':'crm',"
                    "'fact':'opportunity','files':'opp_{yyyyMMdd}.csv'," COLUMNS "}]}");
    loop_catch_up(&stack);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_list_whoever_owns_it),
        cmocka_unit_test(reminded_once),
        cmocka_unit_test(reminded_by_hand),
        cmocka_unit_test(targets_and_certificates),
        cmocka_unit_test(a_preview),
        cmocka_unit_test(from_the_day_on),
        cmocka_unit_test(the_sums),
        cmocka_unit_test(not_before_the_day),
        cmocka_unit_test(held_on_a_day),
    };

    return cmocka_run_group_tests_name("hand_over", tests, setup, teardown);
}
