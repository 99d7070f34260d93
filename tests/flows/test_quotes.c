/* Quotes, on real daemons, from a seller's file to the message: two sellers who quote one customer are one alert at the
 * lowest unit above both, one who undercuts another a second one that says who, whom, both prices and where they
 * stand. A quote that is withdrawn, or older than the rule's days, ends it. Today is 25 November 2026. */
#include "support/check.h"
#include "support/fake_receiver.h"
#include "support/loop.h"

#include "bihuan/monitoring.pb-c.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static struct stack stack;
static struct fake_receiver fake;

struct wanted {
    const char *rule, *state, *subject, *unit;
    const Bihuan__Alert *found;
};

static bool is_there(void *arg)
{
    struct wanted *wanted = arg;
    char json[160];
    const Bihuan__ListAlertsReply *reply;

    snprintf(json, sizeof json, "{\"rule\":\"%s\",\"state\":\"%s\"}", wanted->rule, wanted->state);
    reply = (const Bihuan__ListAlertsReply *)stack_apply(&stack, MSG(LIST_ALERTS), json);
    for (size_t i = 0; i < reply->n_items; i++)
        if (strcmp(reply->items[i]->subject, wanted->subject) == 0 &&
            strcmp(reply->items[i]->unit, wanted->unit) == 0) {
            wanted->found = reply->items[i];
            return true;
        }
    return false;
}

static const Bihuan__Alert *wait_alert(const char *rule, const char *state, const char *subject, const char *unit)
{
    struct wanted wanted = { rule, state, subject, unit, NULL };

    if (!stack_until(is_there, &wanted, 20))
        fail_msg("rule %s has no %s alert about %s at %s", rule, state, subject, unit);
    return wanted.found;
}

static size_t count(const char *rule)
{
    char json[160];

    snprintf(json, sizeof json, "{\"rule\":\"%s\",\"state\":\"all\"}", rule);
    return ((const Bihuan__ListAlertsReply *)stack_apply(&stack, MSG(LIST_ALERTS), json))->n_items;
}

static void quotes(const char *name, const char *rows)
{
    char bytes[1000];

    snprintf(bytes, sizeof bytes, "no,v,day,seller,customer,product,amount,n,state\n%s", rows);
    loop_drop(&stack, "quotes", name, bytes, strlen(bytes));
    loop_wait_inbox(&stack, "quotes", 30);
}

/* K2 is quoted by S1 and S2 of C1, for two products; K1 by S1 alone; K3 twice by S1; K5 by S1 and S3, but seven weeks
 * apart. */
static void two_sellers_at_one_customer(void **state)
{
    const Bihuan__Alert *alert;

    (void)state;
    quotes("quotes_1.csv", "q1,1,2026-11-20,S1,K1,5g,100,1,offered\n"
                           "q2,1,2026-11-20,S2,K2,5g,100,1,offered\n"
                           "q3,1,2026-11-21,S1,K2,fix,80,1,offered\n"
                           "q5,1,2026-11-20,S1,K3,5g,100,1,offered\n"
                           "q6,1,2026-11-21,S1,K3,5g,50,1,offered\n"
                           "q8,1,2026-10-01,S1,K5,5g,100,1,offered\n"
                           "q9,1,2026-11-20,S3,K5,5g,10,1,offered\n");
    alert = wait_alert("shared", "firing", "K2", "C1");
    assert_string_equal(alert->inputs->reason,
                        "customer K2 was quoted within 30 days by 2 sellers: S2 乙 5g at 100.00"
                        " (2026-11-20, quotes_1.csv row 2); S1 甲 fix at 80.00 (2026-11-21, quotes_1.csv row 3)");
    assert_string_equal(alert->inputs->reason_zh,
                        "客户K2在30天内有2个销售方报价：S2 乙 5g报100.00（2026-11-20，quotes_1.csv 第2行）；S1 甲"
                        " fix报80.00（2026-11-21，quotes_1.csv 第3行）");
    CHECK_INT(count("shared"), 1);
    CHECK_INT(count("shared-fix"), 0); /* one seller alone quoted fix */
    CHECK_INT(count("undercut"), 0);
}

/* S3 of the other city offers K1 a tenth less. Four for 400 are as dear as one for 100. */
static void one_undercuts_another(void **state)
{
    const Bihuan__Alert *alert;

    (void)state;
    quotes("quotes_2.csv", "q4,1,2026-11-22,S3,K1,5g,90,1,offered\n"
                           "q10,1,2026-11-23,S3,K4,5g,400,4,offered\n"
                           "q11,1,2026-11-23,S1,K4,5g,100,1,offered\n");
    alert = wait_alert("undercut", "firing", "K1", "P");
    assert_string_equal(alert->severity, "major");
    assert_string_equal(
        alert->inputs->reason,
        "customer K1, 5g: S3 丙 quoted 90.00 (2026-11-22, quotes_2.csv row 1), against S1 甲 with 100.00"
        " (2026-11-20, quotes_1.csv row 1): 10.00 % below");
    assert_string_equal(alert->inputs->reason_zh,
                        "客户K1 5g：S3 丙报90.00（2026-11-22，quotes_2.csv 第1行），比S1 甲的100.00（2026-11-20，"
                        "quotes_1.csv 第1行）低10.00%");
    (void)wait_alert("shared", "firing", "K1", "P");
    (void)wait_alert("shared", "firing", "K4", "P");
    CHECK_INT(count("undercut"), 1);
}

/* Its words name a lower price once there is one: 85 of S1 is 15 % below the 100 of nobody but itself, 5.56 below 90.
 */
static void it_goes_on(void **state)
{
    (void)state;
    quotes("quotes_3.csv", "q12,1,2026-11-24,S3,K4,5g,75,1,offered\n");
    assert_non_null(strstr(wait_alert("undercut", "firing", "K4", "P")->inputs->reason, "25.00 % below"));
    quotes("quotes_4.csv", "q12,2,2026-11-24,S3,K4,5g,70,1,offered\n");
    for (int i = 0; i < 50 && !strstr(wait_alert("undercut", "firing", "K4", "P")->inputs->reason, "30.00 %"); i++)
        nanosleep(&(struct timespec) { .tv_nsec = 100000000 }, NULL);
    assert_non_null(strstr(wait_alert("undercut", "firing", "K4", "P")->inputs->reason, "30.00 % below"));
}

static bool has_heard(void *arg)
{
    const char *text = arg;
    json_t *one;
    size_t i;
    bool found = false;

    pthread_mutex_lock(&fake.lock);
    json_array_foreach(fake.got, i, one) found |= strstr(json_string_value(json_object_get(one, "body")), text) != NULL;
    pthread_mutex_unlock(&fake.lock);
    return found;
}

static void it_is_told_in_both_languages(void **state)
{
    (void)state;
    assert_true(stack_until(has_heard, (void *)(uintptr_t) "【预警】省 压价：K1", 20));
    assert_true(stack_until(has_heard, (void *)(uintptr_t) "[alert] 省: Undercut, K1", 20));
    assert_true(stack_until(has_heard, (void *)(uintptr_t) "重要。客户K1 5g：S3 丙报90.00", 20));
    assert_true(stack_until(has_heard, (void *)(uintptr_t) "major. customer K1, 5g: S3 丙 quoted 90.00", 20));
}

/* S3 withdraws: q4 is cancelled, in a version of its own. */
static void withdrawn_is_over(void **state)
{
    (void)state;
    quotes("quotes_5.csv", "q4,2,2026-11-22,S3,K1,5g,90,1,cancelled\n");
    (void)wait_alert("undercut", "resolved", "K1", "P");
    (void)wait_alert("shared", "resolved", "K1", "P");
    (void)wait_alert("shared", "firing", "K2", "C1");
}

/* Five weeks later, behind a crash: nothing of it lies within the rule's 30 days. */
static void old_quotes_are_over(void **state)
{
    (void)state;
    stack_kill(&stack, "monitoring", "a", SIGKILL);
    snprintf(stack.clock, sizeof stack.clock, "2026-12-29T10:00:00+08:00@%lld", (long long)time(NULL));
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "monitoring");
    (void)wait_alert("shared", "resolved", "K2", "C1");
    (void)wait_alert("undercut", "resolved", "K4", "P");
}

static void what_makes_no_rule(void **state)
{
    static const char *const bad[][2] = {
        { "{\"items\":[{\"code\":\"x\",\"kind\":\"quote_shared\",\"days\":401}]}", "/items/0/days" },
        { "{\"items\":[{\"code\":\"x\",\"kind\":\"quote_undercut\",\"undercut_bp\":10001}]}", "/items/0/undercut_bp" },
        { "{\"items\":[{\"code\":\"x\",\"kind\":\"quote_undercut\",\"channel\":\"hall\"}]}", "/items/0/channel" },
        { "{\"items\":[{\"code\":\"x\",\"kind\":\"shared_customer\",\"product\":\"5g\"}]}", "/items/0/product" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err;

        assert_int_not_equal(stack_try(&stack, MSG(APPLY_RULES), bad[i][0], &err), 0);
        if (!strstr(err.text, bad[i][1]))
            fail_msg("%s: %s", bad[i][0], err.text);
    }
}

/* --- the scene --- */

static void apply_all(void)
{
    loop_apply(&stack, MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'厅'}]}");
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'5g','name':'5G'},{'code':'fix','name':'宽带'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'省','type':'province'},"
               "{'code':'C1','name':'一','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'C2','name':'二','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'S1','name':'甲','type':'salesperson','channel':'hall','relations':[{'parent':'C1','from':'"
               "2026-01-01'}]},"
               "{'code':'S2','name':'乙','type':'salesperson','channel':'hall','relations':[{'parent':'C1','from':'"
               "2026-01-01'}]},"
               "{'code':'S3','name':'丙','type':'salesperson','channel':'hall','relations':[{'parent':'C2','from':'"
               "2026-01-01'}]}]}");
    loop_apply_soon(
        &stack, MSG(APPLY_FEEDS),
        "{'items':[{'code':'quotes','title':'quotes','sender':'crm','fact':'quote','files':'quotes_{n+}.csv',"
        "'watermark':'last_event','key':['no'],'columns':["
        "{'field':'time','column':'day','format':'yyyy-MM-dd'},{'field':'unit','column':'seller'},"
        "{'field':'customer','column':'customer'},{'field':'product','column':'product'},"
        "{'field':'amount','column':'amount'},{'field':'quantity','column':'n'},"
        "{'field':'state','column':'state'},{'field':'version','column':'v'}]}]}");
    loop_apply(&stack, MSG(APPLY_RECEIVERS),
               "{'items':[{'code':'zh','url':'http://127.0.0.1:%d/zh','secret':'" SECRET "','language':'zh'},"
               "{'code':'en','url':'http://127.0.0.1:%d/en','secret':'" SECRET "','language':'en'}]}",
               fake.port, fake.port);
    loop_apply_soon(
        &stack, MSG(APPLY_RULES),
        "{'items':[{'code':'shared','kind':'quote_shared'},"
        "{'code':'shared-fix','kind':'quote_shared','product':'fix'},"
        "{'code':'undercut','title_zh':'压价','title_en':'Undercut','kind':'quote_undercut','undercut_bp':500}]}");
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    fake_receiver_start(&fake);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-25T10:00:00+08:00@%lld", (long long)time(NULL));
    loop_start(&stack);
    apply_all();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_receiver_stop(&fake);
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_sellers_at_one_customer),
        cmocka_unit_test(one_undercuts_another),
        cmocka_unit_test(it_goes_on),
        cmocka_unit_test(it_is_told_in_both_languages),
        cmocka_unit_test(withdrawn_is_over),
        cmocka_unit_test(what_makes_no_rule),
        cmocka_unit_test(old_quotes_are_over),
    };

    return cmocka_run_group_tests_name("quotes", tests, set_up, tear_down);
}
