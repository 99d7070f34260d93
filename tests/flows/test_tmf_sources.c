/* Senders that are asked for what no event told: an event that was never delivered is found, what events brought counts
 * once, no fault of the sender and no kill loses or doubles anything, and feeds are registered at hubs. */
#include "support/asking.h"
#include "support/check.h"
#include "support/command.h"
#include "support/seed.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MANY 120

static void post_event(const char *feed, const char *type, int minutes, const char *body)
{
    struct buf json = { 0 };
    struct web_reply reply;
    char path[64];

    buf_printf(&json, "{'eventId':'1','eventType':'%s','eventTime':'%s','event':{'productOrder':%s}}", type,
               asking_ago(minutes), body);
    for (size_t i = 0; i < json.len; i++)
        if (json.data[i] == '\'')
            json.data[i] = '"';
    snprintf(path, sizeof path, "/tmf/%s", feed);
    reply = web_ask(&asking_web, "POST", path, asking_web.token, NULL, buf_text(&json));
    CHECK_INT(reply.status, 204);
    web_reply_free(&reply);
    buf_fini(&json);
}

/* --- tests ---------------------------------------------------------------------------------------------------------
 */

static void what_no_event_told_is_found(void **state)
{
    (void)state;
    /* told by an event and found again; never told; told as placed, but not that it was done */
    fake_sender_put(&asking_sender, "productOrder", asking_order("A", "S0", 300, 10, "acknowledged", ""));
    fake_sender_put(&asking_sender, "productOrder", asking_order("B", "S0", 290, 20, "completed", ""));
    fake_sender_put(&asking_sender, "productOrder",
                    asking_order("C", "S0", 20 * 24 * 60, 40, "completed",
                                 arena_printf(&asking_stack.arena, ",'completionDate':'%s'", asking_ago(100))));
    fake_sender_put(&asking_sender, "productOrder", asking_order("D", "S0", 280, 80, "cancelled", ""));
    fake_sender_put(&asking_sender, "productOrder", asking_order("E", "S0", 270, 160, "acknowledged", ""));
    loop_apply_soon(&asking_stack, MSG(APPLY_FEEDS), "{'items':[" FEED("crm", "'token_file':'crm.token'") "]}");
    loop_catch_up(&asking_stack);
    post_event("crm", "ProductOrderCreateEvent", 300, asking_order("A", "S0", 300, 10, "acknowledged", ""));
    post_event("crm", "ProductOrderCreateEvent", 20 * 24 * 60,
               asking_order("C", "S0", 20 * 24 * 60, 40, "acknowledged", ""));
    post_event("crm", "ProductOrderCreateEvent", 280, asking_order("D", "S0", 280, 80, "acknowledged", ""));
    CHECK_INT(asking_sum("S0", "ordered"), (10 + 40 + 80) * YUAN);
    loop_apply(&asking_stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("crm", "'url':'%s','token_file':'crm.token','every_minutes':60") "]}",
               asking_sender.url);
    asking_wait_until("crm", "through IS NOT NULL");
    CHECK_INT(asking_sum("S0", "ordered"), (10 + 20 + 40 + 160) * YUAN);
    CHECK_INT(asking_sum("S0", "done"), (20 + 40) * YUAN);
    CHECK_INT(asking_source("crm", "missed"), 4); /* B, C, D, E */
    CHECK_INT(asking_sender.unauthorized, 0);
    /* an event that comes after all changes nothing; nor does asking again */
    post_event("crm", "ProductOrderCreateEvent", 290, asking_order("B", "S0", 290, 20, "acknowledged", ""));
    asking_now("crm");
    CHECK_INT(asking_source("crm", "missed"), 4);
    CHECK_INT(asking_sum("S0", "ordered"), (10 + 20 + 40 + 160) * YUAN);
    CHECK_INT(asking_sum("S0", "done"), (20 + 40) * YUAN);
    CHECK_INT(pg_number(&asking_stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
    command_expect("feed sources crm", 0, "crm");
    command_expect("feed sources -o json", 0, "\"missed\": 4");
}

/* Without X-Total-Count, by a sender that heeds no window: everything each time, until a page is empty. */
static void a_sender_that_heeds_nothing_is_read_to_its_end(void **state)
{
    long seen = asking_source("crm", "seen");

    (void)state;
    pthread_mutex_lock(&asking_sender.lock);
    asking_sender.tells_total = false;
    asking_sender.ignores_times = true;
    pthread_mutex_unlock(&asking_sender.lock);
    asking_now("crm");
    CHECK_INT(asking_source("crm", "seen") - seen, 3 * 5); /* by three times, five orders */
    CHECK_INT(asking_source("crm", "missed"), 4);
    pthread_mutex_lock(&asking_sender.lock);
    asking_sender.tells_total = true;
    asking_sender.ignores_times = false;
    pthread_mutex_unlock(&asking_sender.lock);
}

static void make_older(void)
{
    pg_number(&asking_stack.pg,
              "WITH x AS (UPDATE feedback.tmf_resource SET since = since - interval '2 minutes' RETURNING 1)"
              " SELECT count(*) FROM x");
}

static void a_reference_is_looked_up(void **state)
{
    (void)state;
    fake_sender_put(&asking_sender, "productOrder", asking_order("R", "S0", 30 * 24 * 60, 5, "completed", ""));
    post_event("crm", "productOrderStateChangeEvent", 1, "{'id':'R','href':'/x/R','state':'completed'}");
    post_event("crm", "productOrderStateChangeEvent", 1, "{'id':'gone','state':'completed'}");
    asking_now("crm");
    CHECK_INT(asking_sum("S0", "done"), (20 + 40) * YUAN); /* not at once: its create may be on its way */
    make_older();
    asking_now("crm");
    CHECK_INT(asking_sum("S0", "done"), (20 + 40 + 5) * YUAN);
    CHECK_INT(asking_source("crm", "failures"), 0);
    CHECK_INT(pg_number(&asking_stack.pg, "SELECT count(*) FROM feedback.tmf_resource WHERE held"), 1); /* gone */
}

/* The sender fails whenever it is asked for one: the other is found, what is asked for by time goes on. */
static void one_that_cant_be_given_holds_up_no_other(void **state)
{
    long done = asking_sum("S0", "done");
    int64_t through;

    (void)state;
    fake_sender_put(&asking_sender, "productOrder", asking_order("V", "S0", 31 * 24 * 60, 7, "completed", ""));
    fake_sender_put(&asking_sender, "productOrder", asking_order("W", "S0", 31 * 24 * 60, 9, "completed", ""));
    post_event("crm", "productOrderStateChangeEvent", 1, "{'id':'W','state':'completed'}");
    post_event("crm", "productOrderStateChangeEvent", 1, "{'id':'V','state':'completed'}");
    make_older();
    through = asking_source("crm", "extract(epoch FROM through)");
    pthread_mutex_lock(&asking_sender.lock);
    asking_sender.bad_id = "W";
    pthread_mutex_unlock(&asking_sender.lock);
    usleep(1100000); /* so that it shows whether it went on */
    asking_now("crm");
    CHECK_INT(asking_sum("S0", "done"), done + 7 * YUAN);
    CHECK_INT(asking_source("crm", "failures"), 0);
    assert_true(asking_source("crm", "extract(epoch FROM through)") > through);
    pthread_mutex_lock(&asking_sender.lock);
    asking_sender.bad_id = NULL;
    pthread_mutex_unlock(&asking_sender.lock);
    asking_now("crm");
    CHECK_INT(asking_sum("S0", "done"), done + 16 * YUAN);
}

/* Rejected, without a time that a window could be asked for: an order under way is asked for by its id a day later. */
static void a_state_without_a_time_is_found(void **state)
{
    long ordered = asking_sum("S0", "ordered");

    (void)state;
    post_event("crm", "ProductOrderCreateEvent", 40 * 24 * 60,
               asking_order("X", "S0", 40 * 24 * 60, 3, "acknowledged", ""));
    CHECK_INT(asking_sum("S0", "ordered"), ordered + 3 * YUAN);
    fake_sender_put(&asking_sender, "productOrder", asking_order("X", "S0", 40 * 24 * 60, 3, "rejected", ""));
    asking_now("crm");
    CHECK_INT(asking_sum("S0", "ordered"), ordered + 3 * YUAN); /* it has been heard of today */
    pg_number(&asking_stack.pg, "WITH x AS (UPDATE feedback.tmf_resource SET since = since - interval '2 days' WHERE"
                                " resource_id = 'X' RETURNING 1) SELECT count(*) FROM x");
    asking_now("crm");
    CHECK_INT(asking_sum("S0", "ordered"), ordered);
    CHECK_INT(asking_source("crm", "failures"), 0);
}

static bool no_events(void *arg)
{
    return pg_number(&asking_stack.pg, arg) == 0;
}

/* 500 days later all but the newest are in the archive, and one that comes again changes nothing. */
static void old_events_leave_for_the_archive(void **state)
{
    static char old[] = "SELECT count(*) FROM feedback.tmf_event WHERE received_at < now() - interval '450 days'";
    long events, known = asking_sum("S0", "ordered"), done = asking_sum("S0", "done");
    char line[200];

    (void)state;
    events = pg_number(&asking_stack.pg, "WITH x AS (UPDATE feedback.tmf_event SET received_at = received_at - interval"
                                         " '500 days' RETURNING 1) SELECT count(*) FROM x");
    assert_true(events >= 6);
    post_event("crm", "ProductOrderCreateEvent", 200, asking_order("NEW", "S0", 200, 1, "acknowledged", ""));
    assert_true(stack_until(no_events, old, 30));
    CHECK_INT(pg_number(&asking_stack.pg, "SELECT count(*) FROM feedback.tmf_event"), 1);
    snprintf(line, sizeof line, "test $(cat %s/data/archive/crm/events-20* | grep -c '^# [0-9a-f]\\{32,\\} ') = %ld",
             asking_stack.dir, events);
    CHECK_INT(command_run(line), 0);
    snprintf(line, sizeof line, "grep -q ProductOrderCreateEvent %s/data/archive/crm/events-20*", asking_stack.dir);
    CHECK_INT(command_run(line), 0);
    post_event("crm", "ProductOrderCreateEvent", 300, asking_order("A", "S0", 300, 10, "acknowledged", ""));
    post_event("crm", "ProductOrderCreateEvent", 280, asking_order("D", "S0", 280, 80, "acknowledged", ""));
    CHECK_INT(asking_sum("S0", "ordered"), known + YUAN);
    CHECK_INT(asking_sum("S0", "done"), done);
    asking_now("crm");
    CHECK_INT(asking_sum("S0", "ordered"), known + YUAN);
}

static void a_fault_is_shown_and_loses_nothing(void **state)
{
    static const struct {
        enum fake_fault fault;
        const char *words;
    } cases[] = { { FAKE_STATUS, "HTTP status 503" },
                  { FAKE_REDIRECT, "redirects are not followed" },
                  { FAKE_GARBAGE, "not JSON" },
                  { FAKE_CUT, "productOrder" },
                  { FAKE_SECOND, "offset=2" } };
    long wanted = asking_sum("S0", "ordered");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t through = asking_source("crm", "extract(epoch FROM through)");
        char id[3][16];

        for (int k = 0; k < 3; k++) {
            snprintf(id[k], sizeof id[k], "F%zu-%d", i, k);
            fake_sender_put(&asking_sender, "productOrder", asking_order(id[k], "S0", 5, 1, "acknowledged", ""));
        }
        fake_sender_break(&asking_sender, cases[i].fault);
        asking_now("crm");
        CHECK_INT(asking_source("crm", "failures"), 1);
        CHECK_INT(asking_source("crm", "extract(epoch FROM through)"), through);
        command_expect("feed sources crm -o json", 0, cases[i].words);
        fake_sender_break(&asking_sender, FAKE_NONE);
        asking_now("crm");
        CHECK_INT(asking_source("crm", "failures"), 0);
        wanted += 3 * YUAN;
        CHECK_INT(asking_sum("S0", "ordered"), wanted);
    }
    asking_sender.token = "another";
    asking_now("crm");
    command_expect("feed sources crm -o json", 0, "HTTP status 401");
    asking_sender.token = "s3cret";
}

static void only_hosts_that_are_listed_are_asked(void **state)
{
    struct web_reply reply;

    (void)state;
    loop_apply(&asking_stack, MSG(APPLY_FEEDS), "{'items':[" FEED("evil", "'url':'http://localhost:%d/x'") "]}",
               asking_sender.port);
    asking_wait_until("evil", "failures = 1");
    command_expect("feed sources evil -o json", 0, "tmf_hosts");
    loop_apply(&asking_stack, MSG(APPLY_FEEDS), "{'items':[" FEED("evil", "") "]}");
    command_expect("feed ask evil", 1, "asks.url");
    command_put("bad.yaml", "kind: Feeds\nitems:\n- {code: bad, title: b, sender: b, fact: order_line, key: [order],"
                            " columns: [{field: time, column: t}, {field: unit, column: u}],"
                            " asks: {url: 'ftp://x', token_file: ../../etc/passwd, callback: 'http://u:p@h/'}}\n");
    command_expect("apply -f bad.yaml", 1, "asks/url");
    command_expect("apply -f bad.yaml", 1, "asks/token_file");
    command_expect("apply -f bad.yaml", 1, "asks/callback");
    reply = web_ask(&asking_web, "POST", "/api/v1/feeds/nobody/ask", asking_web.token, "k", "{}");
    CHECK_INT(reply.status, 404);
    web_reply_free(&reply);
}

static void a_feed_is_registered_and_leaves(void **state)
{
    (void)state;
    loop_apply(&asking_stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("crm", "'url':'%s','token_file':'crm.token','every_minutes':60,'callback':"
                                        "'https://bihuan.example/tmf/crm','query':'eventType=X'") "]}",
               asking_sender.url);
    loop_catch_up(&asking_stack);
    asking_now("crm");
    asking_wait_until("crm", "hub = 'registered'");
    assert_string_equal(asking_sender.hub_body,
                        "{\"callback\":\"https://bihuan.example/tmf/crm\",\"query\":\"eventType=X\"}");
    asking_now("crm");
    CHECK_INT(asking_sender.hub_count, 1);
    loop_apply(&asking_stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("crm", "'url':'%s','token_file':'crm.token','every_minutes':60,'callback':"
                                        "'https://bihuan.example/tmf/other'") "]}",
               asking_sender.url);
    asking_now("crm");
    asking_wait_until("crm", "hub_id = 'hub 2'");
    CHECK_INT(asking_sender.hub_left, 1);
    /* the sender forgot it: what is missed shows that, and it is registered anew, though not more than once an hour */
    fake_sender_put(&asking_sender, "productOrder", asking_order("H1", "S0", 5, 1, "acknowledged", ""));
    asking_now("crm");
    CHECK_INT(asking_sender.hub_count, 2);
    pg_number(&asking_stack.pg,
              "WITH x AS (UPDATE feedback.tmf_source SET hub_at = hub_at - interval '2 hours' RETURNING 1)"
              " SELECT count(*) FROM x");
    fake_sender_put(&asking_sender, "productOrder", asking_order("H2", "S0", 5, 1, "acknowledged", ""));
    asking_now("crm");
    CHECK_INT(asking_sender.hub_count, 3);
    /* taken by someone else */
    asking_sender.hub_taken = true;
    loop_apply(&asking_stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("crm", "'url':'%s','token_file':'crm.token','every_minutes':60,'callback':"
                                        "'https://bihuan.example/tmf/third'") "]}",
               asking_sender.url);
    asking_now("crm");
    asking_wait_until("crm", "hub = 'taken'");
    command_expect("feed sources crm", 0, "409");
    asking_sender.hub_taken = false;
    loop_apply(&asking_stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("crm", "'url':'%s','token_file':'crm.token','every_minutes':60,'callback':"
                                        "'https://bihuan.example/tmf/fourth'") "]}",
               asking_sender.url);
    asking_now("crm");
    asking_wait_until("crm", "hub = 'registered'");
    /* asks nobody any more */
    loop_apply(&asking_stack, MSG(APPLY_FEEDS), "{'items':[" FEED("crm", "'token_file':'crm.token'") "]}");
    asking_wait_until("crm", "hub = ''");
    CHECK_INT(asking_sender.hub_left, 4);
}

/* Killed while it asks, again and again: each order once. */
static void a_kill_neither_loses_nor_doubles(void **state)
{
    unsigned seed = (unsigned)test_seed();
    long wanted = 0;
    char id[16];

    (void)state;
    srand(seed);
    for (int i = 0; i < MANY; i++) {
        int yuan = 1 + rand() % 500;

        snprintf(id, sizeof id, "M%d", i);
        fake_sender_put(&asking_sender, "productOrder",
                        asking_order(id, "S1", 1 + rand() % 5000, yuan, "acknowledged", ""));
        wanted += (long)yuan * YUAN;
    }
    loop_apply(&asking_stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("many", "'url':'%s','token_file':'crm.token','times':['orderDate']") "]}",
               asking_sender.url);
    for (int i = 0; i < 5; i++) {
        (void)usleep((useconds_t)(100000 + rand() % 900000));
        stack_kill(&asking_stack, "feedback", "a", SIGKILL);
        stack_start(&asking_stack, "feedback", "a");
        stack_wait_ready(&asking_stack, "feedback");
    }
    asking_wait_until("many", "through IS NOT NULL");
    CHECK_INT(asking_sum("S1", "ordered"), wanted);
    CHECK_INT(pg_number(&asking_stack.pg,
                        "SELECT count(*) FROM feedback.order_line l JOIN feedback.sender s ON s.id = l.sender"
                        " WHERE s.name = 'many' AND record_key LIKE 'M%'"),
              MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_no_event_told_is_found),
        cmocka_unit_test(a_sender_that_heeds_nothing_is_read_to_its_end),
        cmocka_unit_test(a_reference_is_looked_up),
        cmocka_unit_test(one_that_cant_be_given_holds_up_no_other),
        cmocka_unit_test(a_state_without_a_time_is_found),
        cmocka_unit_test(old_events_leave_for_the_archive),
        cmocka_unit_test(a_fault_is_shown_and_loses_nothing),
        cmocka_unit_test(only_hosts_that_are_listed_are_asked),
        cmocka_unit_test(a_feed_is_registered_and_leaves),
        cmocka_unit_test(a_kill_neither_loses_nor_doubles),
    };

    return cmocka_run_group_tests(tests, asking_set_up, asking_tear_down);
}
