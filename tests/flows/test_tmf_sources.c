/* Senders that are asked for what no event told: an event that was never delivered is found, what events brought counts
 * once, no fault of the sender and no kill loses or doubles anything, and feeds are registered at hubs. */
#include "support/check.h"
#include "support/command.h"
#include "support/fake_sender.h"
#include "support/loop.h"
#include "support/web.h"

#include "text/dates.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MANY 120

static struct stack stack;
static struct web web;
static struct fake_sender sender;

#define FEED(code, more)                                                                                               \
    "{'code':'" code "','title':'orders','sender':'" code "','fact':'order_line','format':'json_lines',"               \
    "'watermark':'last_event','key':['order','item'],'tmf_answer':204,'columns':["                                     \
    "{'field':'time','column':'booked_at','format':'iso'},{'field':'unit','column':'channel'},"                        \
    "{'field':'product','column':'offering'},{'field':'quantity','column':'quantity'},"                                \
    "{'field':'amount','column':'amount'},{'field':'state','column':'state'},{'field':'version','column':'version'}"   \
    "],'asks':{" more "}}"

static int set_up(void **state)
{
    char folder[128], path[160];
    FILE *file;

    (void)state;
    fake_sender_start(&sender);
    sender.token = "s3cret";
    sender.page_max = 2;
    setenv("BIHUAN_TMF_HOSTS", "crm.example, 127.0.0.1", 1);
    stack_new(&stack);
    snprintf(folder, sizeof folder, "%s/data", stack.dir);
    (void)mkdir(folder, 0700);
    snprintf(folder, sizeof folder, "%s/data/secrets", stack.dir);
    (void)mkdir(folder, 0700);
    snprintf(path, sizeof path, "%s/crm.token", folder);
    file = fopen(path, "we");
    assert_non_null(file);
    fputs("s3cret\n", file);
    fclose(file);
    loop_start(&stack);
    web_start(&web, &stack);
    command_open(&stack, &web, "cli");
    loop_apply(&stack, MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'h'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'p','type':'province'},{'code':'S0','name':'s','type':'outlet','channel':"
               "'hall','relations':[{'parent':'P','from':'2026-01-01'}]},{'code':'S1','name':'t','type':'outlet',"
               "'channel':'hall','relations':[{'parent':'P','from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'5G-A','name':'a'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'done','title_zh':'d','title_en':'d','value':'amount'},"
               "{'code':'ordered','title_zh':'o','title_en':'o','value':'amount','filter':{'states':['placed',"
               "'accepted','in_progress','completed']}}]}");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    fake_sender_stop(&sender);
    return 0;
}

/* --- what the sender has --------------------------------------------------------------------------------------------
 */

/* "2026-11-22T01:00:00Z", so many minutes ago. */
static const char *ago(int minutes)
{
    static char texts[8][32];
    static int next;
    char *out = texts[next++ % 8];
    time_t at = time(NULL) - minutes * 60;
    struct tm parts;

    gmtime_r(&at, &parts);
    strftime(out, sizeof texts[0], "%Y-%m-%dT%H:%M:%SZ", &parts);
    return out;
}

/* An order of one item for `yuan`. more: further members. */
static char *order(const char *id, const char *unit, int minutes, int yuan, const char *state, const char *more)
{
    static char text[1000];

    snprintf(text, sizeof text,
             "{'id':'%s','orderDate':'%s','state':'%s','channel':[{'id':'%s'}],'productOrderItem':[{'id':'1','action':"
             "'add','quantity':1,'productOffering':{'id':'5G-A'},'itemPrice':[{'priceType':'nonRecurring','price':{"
             "'taxIncludedAmount':{'unit':'CNY','value':%d}}}]}]%s}",
             id, ago(minutes), state, unit, yuan, more);
    return text;
}

static void post_event(const char *feed, const char *type, int minutes, const char *body)
{
    struct buf json = { 0 };
    struct web_reply reply;
    char path[64];

    buf_printf(&json, "{'eventId':'1','eventType':'%s','eventTime':'%s','event':{'productOrder':%s}}", type,
               ago(minutes), body);
    for (size_t i = 0; i < json.len; i++)
        if (json.data[i] == '\'')
            json.data[i] = '"';
    snprintf(path, sizeof path, "/tmf/%s", feed);
    reply = web_ask(&web, "POST", path, web.token, NULL, buf_text(&json));
    CHECK_INT(reply.status, 204);
    web_reply_free(&reply);
    buf_fini(&json);
}

/* --- what feedback says --------------------------------------------------------------------------------------------
 */

static long source(const char *feed, const char *column)
{
    return (long)pg_number(&stack.pg,
                           arena_printf(&stack.arena,
                                        "SELECT coalesce((SELECT (%s)::bigint FROM feedback.tmf_source WHERE feed_id ="
                                        " (SELECT id FROM feedback.feed WHERE code = '%s')), 0)",
                                        column, feed));
}

struct wish {
    const char *feed, *condition;
};

static bool is_so(void *arg)
{
    const struct wish *wish = arg;

    return source(wish->feed, arena_printf(&stack.arena, "CASE WHEN %s THEN 1 ELSE 0 END", wish->condition)) == 1;
}

static void wait_until(const char *feed, const char *condition)
{
    struct wish wish = { feed, condition };

    if (stack_until(is_so, &wish, 20))
        return;
    command_bihuan("feed sources");
    fail_msg("not within 20 s: %s\n%s", condition, command_output);
}

/* Asks and waits until that was done, however it ended. */
static void ask(const char *feed)
{
    int64_t before = (int64_t)time(NULL);
    char line[64], condition[120];

    snprintf(line, sizeof line, "feed ask %s", feed);
    command_expect(line, 0, "asked now");
    snprintf(condition, sizeof condition, "extract(epoch FROM asked_at) >= %" PRId64, before);
    wait_until(feed, condition);
}

static long sum(const char *unit, const char *measure)
{
    struct loop_sums sums;

    loop_catch_up(&stack);
    sums = loop_agree(&stack, "", "");
    return (long)loop_sum_of(&sums, loop_unit(&stack, unit), loop_measure(&stack, measure));
}

#define YUAN 10000

/* --- tests ---------------------------------------------------------------------------------------------------------
 */

static void what_no_event_told_is_found(void **state)
{
    (void)state;
    /* told by an event and found again; never told; told as placed, but not that it was done */
    fake_sender_put(&sender, "productOrder", order("A", "S0", 300, 10, "acknowledged", ""));
    fake_sender_put(&sender, "productOrder", order("B", "S0", 290, 20, "completed", ""));
    fake_sender_put(&sender, "productOrder",
                    order("C", "S0", 20 * 24 * 60, 40, "completed",
                          arena_printf(&stack.arena, ",'completionDate':'%s'", ago(100))));
    fake_sender_put(&sender, "productOrder", order("D", "S0", 280, 80, "cancelled", ""));
    fake_sender_put(&sender, "productOrder", order("E", "S0", 270, 160, "acknowledged", ""));
    loop_apply_soon(&stack, MSG(APPLY_FEEDS), "{'items':[" FEED("crm", "'token_file':'crm.token'") "]}");
    loop_catch_up(&stack);
    post_event("crm", "ProductOrderCreateEvent", 300, order("A", "S0", 300, 10, "acknowledged", ""));
    post_event("crm", "ProductOrderCreateEvent", 20 * 24 * 60, order("C", "S0", 20 * 24 * 60, 40, "acknowledged", ""));
    post_event("crm", "ProductOrderCreateEvent", 280, order("D", "S0", 280, 80, "acknowledged", ""));
    CHECK_INT(sum("S0", "ordered"), (10 + 40 + 80) * YUAN);
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("crm", "'url':'%s','token_file':'crm.token','every_minutes':60") "]}", sender.url);
    wait_until("crm", "through IS NOT NULL");
    CHECK_INT(sum("S0", "ordered"), (10 + 20 + 40 + 160) * YUAN);
    CHECK_INT(sum("S0", "done"), (20 + 40) * YUAN);
    CHECK_INT(source("crm", "missed"), 4); /* B, C, D, E */
    CHECK_INT(sender.unauthorized, 0);
    /* an event that comes after all changes nothing; nor does asking again */
    post_event("crm", "ProductOrderCreateEvent", 290, order("B", "S0", 290, 20, "acknowledged", ""));
    ask("crm");
    CHECK_INT(source("crm", "missed"), 4);
    CHECK_INT(sum("S0", "ordered"), (10 + 20 + 40 + 160) * YUAN);
    CHECK_INT(sum("S0", "done"), (20 + 40) * YUAN);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
    command_expect("feed sources crm", 0, "crm");
    command_expect("feed sources -o json", 0, "\"missed\": 4");
}

/* Without X-Total-Count, by a sender that heeds no window: everything each time, until a page is empty. */
static void a_sender_that_heeds_nothing_is_read_to_its_end(void **state)
{
    long seen = source("crm", "seen");

    (void)state;
    pthread_mutex_lock(&sender.lock);
    sender.tells_total = false;
    sender.ignores_times = true;
    pthread_mutex_unlock(&sender.lock);
    ask("crm");
    CHECK_INT(source("crm", "seen") - seen, 3 * 5); /* by three times, five orders */
    CHECK_INT(source("crm", "missed"), 4);
    pthread_mutex_lock(&sender.lock);
    sender.tells_total = true;
    sender.ignores_times = false;
    pthread_mutex_unlock(&sender.lock);
}

static void a_reference_is_looked_up(void **state)
{
    (void)state;
    fake_sender_put(&sender, "productOrder", order("R", "S0", 30 * 24 * 60, 5, "completed", ""));
    post_event("crm", "productOrderStateChangeEvent", 1, "{'id':'R','href':'/x/R','state':'completed'}");
    post_event("crm", "productOrderStateChangeEvent", 1, "{'id':'gone','state':'completed'}");
    ask("crm");
    CHECK_INT(sum("S0", "done"), (20 + 40) * YUAN); /* not at once: its create may be on its way */
    pg_number(&stack.pg, "WITH x AS (UPDATE feedback.tmf_resource SET since = since - interval '2 minutes' RETURNING 1)"
                         " SELECT count(*) FROM x");
    ask("crm");
    CHECK_INT(sum("S0", "done"), (20 + 40 + 5) * YUAN);
    CHECK_INT(source("crm", "failures"), 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.tmf_resource WHERE held"), 1); /* gone */
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
    long wanted = sum("S0", "ordered");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t through = source("crm", "extract(epoch FROM through)");
        char id[3][16];

        for (int k = 0; k < 3; k++) {
            snprintf(id[k], sizeof id[k], "F%zu-%d", i, k);
            fake_sender_put(&sender, "productOrder", order(id[k], "S0", 5, 1, "acknowledged", ""));
        }
        fake_sender_break(&sender, cases[i].fault);
        ask("crm");
        CHECK_INT(source("crm", "failures"), 1);
        CHECK_INT(source("crm", "extract(epoch FROM through)"), through);
        command_expect("feed sources crm -o json", 0, cases[i].words);
        fake_sender_break(&sender, FAKE_NONE);
        ask("crm");
        CHECK_INT(source("crm", "failures"), 0);
        wanted += 3 * YUAN;
        CHECK_INT(sum("S0", "ordered"), wanted);
    }
    sender.token = "another";
    ask("crm");
    command_expect("feed sources crm -o json", 0, "HTTP status 401");
    sender.token = "s3cret";
}

static void only_hosts_that_are_listed_are_asked(void **state)
{
    struct web_reply reply;

    (void)state;
    loop_apply(&stack, MSG(APPLY_FEEDS), "{'items':[" FEED("evil", "'url':'http://localhost:%d/x'") "]}", sender.port);
    wait_until("evil", "failures = 1");
    command_expect("feed sources evil -o json", 0, "tmf_hosts");
    loop_apply(&stack, MSG(APPLY_FEEDS), "{'items':[" FEED("evil", "") "]}");
    command_expect("feed ask evil", 1, "asks.url");
    command_put("bad.yaml", "kind: Feeds\nitems:\n- {code: bad, title: b, sender: b, fact: order_line, key: [order],"
                            " columns: [{field: time, column: t}, {field: unit, column: u}],"
                            " asks: {url: 'ftp://x', token_file: ../../etc/passwd, callback: 'http://u:p@h/'}}\n");
    command_expect("apply -f bad.yaml", 1, "asks/url");
    command_expect("apply -f bad.yaml", 1, "asks/token_file");
    command_expect("apply -f bad.yaml", 1, "asks/callback");
    reply = web_ask(&web, "POST", "/api/v1/feeds/nobody/ask", web.token, "k", "{}");
    CHECK_INT(reply.status, 404);
    web_reply_free(&reply);
}

static void a_feed_is_registered_and_leaves(void **state)
{
    (void)state;
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("crm", "'url':'%s','token_file':'crm.token','every_minutes':60,'callback':"
                                        "'https://bihuan.example/tmf/crm','query':'eventType=X'") "]}",
               sender.url);
    loop_catch_up(&stack);
    ask("crm");
    wait_until("crm", "hub = 'registered'");
    assert_string_equal(sender.hub_body, "{\"callback\":\"https://bihuan.example/tmf/crm\",\"query\":\"eventType=X\"}");
    ask("crm");
    CHECK_INT(sender.hub_count, 1);
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("crm", "'url':'%s','token_file':'crm.token','every_minutes':60,'callback':"
                                        "'https://bihuan.example/tmf/other'") "]}",
               sender.url);
    ask("crm");
    wait_until("crm", "hub_id = 'hub 2'");
    CHECK_INT(sender.hub_left, 1);
    /* the sender forgot it: what is missed shows that, and it is registered anew, though not more than once an hour */
    fake_sender_put(&sender, "productOrder", order("H1", "S0", 5, 1, "acknowledged", ""));
    ask("crm");
    CHECK_INT(sender.hub_count, 2);
    pg_number(&stack.pg, "WITH x AS (UPDATE feedback.tmf_source SET hub_at = hub_at - interval '2 hours' RETURNING 1)"
                         " SELECT count(*) FROM x");
    fake_sender_put(&sender, "productOrder", order("H2", "S0", 5, 1, "acknowledged", ""));
    ask("crm");
    CHECK_INT(sender.hub_count, 3);
    /* taken by someone else */
    sender.hub_taken = true;
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("crm", "'url':'%s','token_file':'crm.token','every_minutes':60,'callback':"
                                        "'https://bihuan.example/tmf/third'") "]}",
               sender.url);
    ask("crm");
    wait_until("crm", "hub = 'taken'");
    command_expect("feed sources crm", 0, "409");
    sender.hub_taken = false;
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("crm", "'url':'%s','token_file':'crm.token','every_minutes':60,'callback':"
                                        "'https://bihuan.example/tmf/fourth'") "]}",
               sender.url);
    ask("crm");
    wait_until("crm", "hub = 'registered'");
    /* asks nobody any more */
    loop_apply(&stack, MSG(APPLY_FEEDS), "{'items':[" FEED("crm", "'token_file':'crm.token'") "]}");
    wait_until("crm", "hub = ''");
    CHECK_INT(sender.hub_left, 4);
}

/* Killed while it asks, again and again: each order once. */
static void a_kill_neither_loses_nor_doubles(void **state)
{
    const char *given = getenv("BIHUAN_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    long wanted = 0;
    char id[16];

    (void)state;
    printf("seed %u\n", seed);
    srand(seed);
    for (int i = 0; i < MANY; i++) {
        int yuan = 1 + rand() % 500;

        snprintf(id, sizeof id, "M%d", i);
        fake_sender_put(&sender, "productOrder", order(id, "S1", 1 + rand() % 5000, yuan, "acknowledged", ""));
        wanted += (long)yuan * YUAN;
    }
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[" FEED("many", "'url':'%s','token_file':'crm.token','times':['orderDate']") "]}", sender.url);
    for (int i = 0; i < 5; i++) {
        (void)usleep((useconds_t)(100000 + rand() % 900000));
        stack_kill(&stack, "feedback", "a", SIGKILL);
        stack_start(&stack, "feedback", "a");
        stack_wait_ready(&stack, "feedback");
    }
    wait_until("many", "through IS NOT NULL");
    CHECK_INT(sum("S1", "ordered"), wanted);
    CHECK_INT(pg_number(&stack.pg,
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
        cmocka_unit_test(a_fault_is_shown_and_loses_nothing),
        cmocka_unit_test(only_hosts_that_are_listed_are_asked),
        cmocka_unit_test(a_feed_is_registered_and_leaves),
        cmocka_unit_test(a_kill_neither_loses_nor_doubles),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
