/* What a night holds back and what it doesn't: of an outlet that sells far below the list price the duty officer hears
 * at once, on a Friday at ten in the evening, for that is critical; of another whose rule is sent in quiet hours as
 * well too; of a single sale on Monday morning. Who gets one message a day gets what is critical beside it. And a
 * severity that goes down isn't announced as worse, nor one that comes back; what got worse overnight is in the
 * morning's message, and in no other. */
#include "support/check.h"
#include "support/fake_receiver.h"
#include "support/loop.h"
#include "support/shops.h"

#include "bihuan/monitoring.pb-c.h"
#include "runtime/clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INFO, WARNING, MAJOR, CRITICAL };

static struct stack stack;
static struct fake_receiver fake;

/* Messages that reached the receiver, of alerts that it was told of with the severity. */
static void heard(const char *receiver, const char *event, int severity, long want)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM monitoring.delivery d JOIN monitoring.told t USING (alert_id, receiver) WHERE"
             " receiver = '%s' AND d.event = '%s' AND t.severity = %d AND d.state IN ('sent', 'waiting')",
             receiver, event, severity);
    loop_wait_number(&stack, sql, want);
}

static void held(const char *receiver, long want)
{
    char sql[400];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM monitoring.held WHERE receiver = '%s'", receiver);
    loop_wait_number(&stack, sql, want);
}

/* So many sales off the list's price at an outlet. */
static void sell(const char *unit, int day, int sales)
{
    struct buf text = { 0 };
    char file[40];

    buf_append_text(&text, "no,v,day,unit,product,amount\n");
    for (int i = 0; i < sales; i++)
        buf_printf(&text, "%s-%d-%d,1,2026-10-%02d,%s,5g,33.00\n", unit, day, i, day, unit);
    snprintf(file, sizeof file, "orders_202610%02d.csv", day);
    loop_drop(&stack, "orders", file, text.data, text.len);
    loop_wait_file(&stack, "orders", file, 30);
    buf_fini(&text);
}

static void apply_hard(const char *severity)
{
    loop_apply_soon(&stack, MSG(APPLY_RULES),
                    "{'items':[{'code':'off-hard','title_zh':'多次异价','title_en':'Often off list','kind':'threshold',"
                    "'measure':'off','subtree':'O2','unit_types':['outlet'],'limit':'2','severity':'%s'}]}",
                    severity);
}

static void apply_soft(const char *severity)
{
    loop_apply_soon(&stack, MSG(APPLY_RULES),
                    "{'items':[{'code':'off-list','title_zh':'异价','title_en':'Off list','kind':'threshold',"
                    "'measure':'off','unit_types':['outlet'],'limit':'1','severity':'%s'}]}",
                    severity);
}

static int setup(void **state)
{
    (void)state;
    stack_new(&stack);
    fake_receiver_start(&fake);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-23T22:00:00+08:00@%ld", (long)(clock_real_us() / 1000000));
    loop_start(&stack);
    shops_apply(&stack, 2);
    apply_soft("warning");
    loop_apply_soon(
        &stack, MSG(APPLY_RULES),
        "{'items':[{'code':'off-through','title_zh':'异价','title_en':'Off list','kind':'threshold','measure':'off',"
        "'subtree':'O1','unit_types':['outlet'],'limit':'1','severity':'info','through_quiet':true}]}");
    apply_hard("critical");
    loop_apply(&stack, MSG(APPLY_RECEIVERS),
               "{'items':[{'code':'duty','kind':'feishu','url':'http://127.0.0.1:%d/feishu/hook/duty'},"
               "{'code':'chief','kind':'feishu','url':'http://127.0.0.1:%d/feishu/hook/chief'},"
               "{'code':'am','kind':'alertmanager','url':'http://127.0.0.1:%d/am'}]}",
               fake.port, fake.port, fake.port);
    loop_apply_soon(
        &stack, MSG(APPLY_ROUTES),
        "{'items':[{'code':'all','receivers':['duty','am'],'go_on':true},"
        "{'code':'chief','rank':1,'subtree':'O2','receivers':['chief'],'one_a_day':true,'quiet_from':'00:00',"
        "'quiet_until':'00:00'}]}");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stack_free(&stack);
    fake_receiver_stop(&fake);
    return 0;
}

static void a1_11_a_warning_waits(void **state)
{
    (void)state;
    sell("O1", 18, 1);
    held("duty", 1);
    heard("duty", "fired", WARNING, 0);
    heard("duty", "fired", INFO, 1); /* its rule is sent in quiet hours as well */
}

/* Rows that wait on, of many receivers, don't keep those behind them from being looked at: the last is of no alert that
 * there is, and dropped. */
static void what_waits_holds_up_nobody(void **state)
{
    (void)state;
    free(pg_value(&stack.pg,
                  "INSERT INTO monitoring.held (alert_id, receiver, reason, since) SELECT alert_id, 'a' || n,"
                  " reason, since FROM monitoring.held, generate_series(1, 5001) n WHERE receiver = 'duty'"));
    free(pg_value(&stack.pg, "INSERT INTO monitoring.held VALUES ('of-none', 'zed', 'quiet', now())"));
    apply_hard("critical"); /* the clock looks again */
    held("zed", 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.held WHERE receiver LIKE 'a%'"), 5001);
    free(pg_value(&stack.pg, "DELETE FROM monitoring.held WHERE receiver LIKE 'a%'"));
}

static void a1_12_what_is_critical_does_not(void **state)
{
    (void)state;
    sell("O2", 19, 1);
    heard("chief", "fired", WARNING, 1); /* its message of the day; it has no quiet hours */
    held("duty", 2);
    sell("O2", 20, 1);
    heard("duty", "fired", CRITICAL, 1);
    heard("chief", "fired", CRITICAL, 1);
    held("duty", 2);
    heard("duty", "fired", WARNING, 0);
}

static void a1_11_in_the_morning_the_rest(void **state)
{
    static const char *const services[] = { "monitoring", NULL };

    (void)state;
    loop_go_to(&stack, services, "2026-10-26T08:05:00");
    loop_wait_number(&stack,
                     "SELECT count(*) FROM monitoring.delivery WHERE receiver = 'duty' AND event = 'digest'"
                     " AND state = 'sent'",
                     1);
    held("duty", 0);
    heard("duty", "fired", CRITICAL, 1);
}

static bool has_severity(void *arg)
{
    const Bihuan__ListAlertsReply *reply = (const Bihuan__ListAlertsReply *)stack_apply(
        &stack, MSG(LIST_ALERTS), "{\"unit\":\"O2\",\"rule\":\"off-hard\"}");

    return reply->n_items == 1 && strcmp(reply->items[0]->severity, arg) == 0;
}

static void becomes(char *severity, int day)
{
    apply_hard(severity);
    sell("O2", day, 1);
    if (!stack_until(has_severity, severity, 20))
        fail_msg("O2 isn't %s", severity);
}

/* The ledger keeps the highest that was told; an Alertmanager has it as it is. */
static void a1_14_less_severe_is_not_worse(void **state)
{
    static char lower[] = "warning", higher[] = "critical";

    (void)state;
    heard("am", "fired", CRITICAL, 1);
    becomes(lower, 21);
    heard("am", "reminded", WARNING, 1);
    becomes(higher, 22);
    heard("am", "worsened", CRITICAL, 1);
    heard("duty", "worsened", CRITICAL, 0);
    heard("duty", "reminded", CRITICAL, 0);
    heard("duty", "fired", CRITICAL, 1);
}

/* Two that were told as warnings are major by the evening: the morning's message tells that, and nothing follows it;
 * the ledger goes on in the thread of the first one. */
static void a1_11_the_morning_tells_what_got_worse(void **state)
{
    static const char *const services[] = { "monitoring", NULL };

    (void)state;
    loop_go_to(&stack, services, "2026-10-26T22:00:00");
    apply_soft("major");
    sell("O1", 16, 1);
    sell("O2", 17, 1);
    held("duty", 2);
    loop_go_to(&stack, services, "2026-10-27T08:05:00");
    loop_wait_number(&stack,
                     "SELECT count(*) FROM monitoring.delivery WHERE receiver = 'duty' AND event = 'digest'"
                     " AND state = 'sent'",
                     2);
    loop_wait_number(&stack, "SELECT count(*) FROM monitoring.delivery WHERE receiver = 'duty' AND event = 'worsened'",
                     0);
    loop_wait_number(
        &stack,
        "SELECT count(*) FROM monitoring.told WHERE receiver = 'duty' AND open AND severity = 2 AND thread ="
        " (SELECT id FROM monitoring.delivery WHERE receiver = 'duty' AND event = 'digest'"
        " ORDER BY queued_at LIMIT 1)",
        2);
    held("duty", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a1_11_a_warning_waits),           cmocka_unit_test(what_waits_holds_up_nobody),
        cmocka_unit_test(a1_12_what_is_critical_does_not), cmocka_unit_test(a1_11_in_the_morning_the_rest),
        cmocka_unit_test(a1_14_less_severe_is_not_worse),  cmocka_unit_test(a1_11_the_morning_tells_what_got_worse),
    };

    return cmocka_run_group_tests_name("quiet hours", tests, setup, teardown);
}
