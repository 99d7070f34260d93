/* Two senders of the same orders, compared record by record; the one that is a witness counts for nothing, and counts
 * once it is none any more. Wanted figures by hand, from the rows below. */
#include "support/check.h"
#include "support/command.h"
#include "support/loop.h"
#include "support/web.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct stack stack;
static struct web web;

#define SALE                                                                                                           \
    ",{'field':'seller','column':'who'},{'field':'channel','column':'via'},{'field':'customer','column':'buyer'}"
#define FEED(code, more, sale)                                                                                         \
    "{'code':'" code "','title':'t','sender':'" code "','fact':'order_line','watermark':'none','key':['id']," more     \
    "'columns':[{'field':'time','column':'at'},{'field':'unit','column':'shop'},{'field':'amount','column':'money'},"  \
    "{'field':'quantity','column':'n'},{'field':'product','column':'what'},{'field':'state','column':'state'},"        \
    "{'field':'version','column':'v'}" sale "],'optional_columns':3}"
#define HEAD "id,at,shop,what,n,money,state,v,who,via,buyer\n"

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-26T10:00:00+08:00@%lld", (long long)time(NULL));
    loop_start(&stack);
    web_start(&web, &stack);
    command_open(&stack, &web, "cli");
    loop_apply(
        &stack, MSG(APPLY_UNITS),
        "{'items':[{'code':'P','name':'p','type':'province'},{'code':'S1','name':'s','type':'outlet','relations':"
        "[{'parent':'P','from':'2026-01-01'}]},{'code':'S2','name':'s','type':'outlet','relations':[{'parent':'P',"
        "'from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'h'},{'code':'web','name':'w'}]}");
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'A','name':'a'},{'code':'B','name':'b'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'money','title_zh':'m','title_en':'m','value':'amount'}]}");
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[" FEED("crm", "", SALE) "," FEED("boss", "'witness':true,", SALE) "," FEED(
                        "till", "'witness':true,", "") ",{'code':'bills','title':'b',"
                                                       "'sender':'boss','fact':'bill','watermark':'none','key':['id'],'"
                                                       "columns':[{'field':'time','column':"
                                                       "'at'},{'field':'unit','column':'shop'}]}]}");
    loop_catch_up(&stack);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

static void deliver(const char *feed, const char *name, const char *rows)
{
    char text[2000];

    snprintf(text, sizeof text, HEAD "%s", rows);
    loop_drop(&stack, feed, name, text, strlen(text));
    loop_wait_file(&stack, feed, name, 20);
}

static long total(const char *unit)
{
    struct loop_sums sums;

    loop_catch_up(&stack);
    sums = loop_agree(&stack, "", "");
    return (long)loop_sum_of(&sums, loop_unit(&stack, unit), loop_measure(&stack, "money"));
}

#define Y(yuan) ((yuan)*10000L)

static void records_are_paired_by_key(void **state)
{
    struct web_reply reply;

    (void)state;
    deliver("crm", "c.csv",
            "k1,2026-11-10 09:00:00,S1,A,1,10,completed,1\n" /* the same */
            "k2,2026-11-10 09:00:00,S1,A,1,20,completed,1\n" /* corrected to what the other says */
            "k2,2026-11-10 09:00:00,S1,A,1,25,completed,2\n"
            "k3,2026-11-11 09:00:00,S1,A,2,40,completed,1\n" /* another amount, product and shop */
            "k4,2026-11-12 09:00:00,S2,B,1,80,completed,1\n" /* cancelled here */
            "k4,2026-11-13 09:00:00,S2,B,1,80,cancelled,2\n"
            "k5,2026-11-14 09:00:00,S2,B,1,160,completed,1\n" /* here only */
            "k7,2026-10-31 23:00:00,S2,B,1,5,completed,1\n"   /* another day, in the month before */
            "k9,2026-11-20 09:00:00,S1,A,1,0,placed,1\n"      /* not as far as there */
            "k8,2026-10-02 09:00:00,S2,B,1,7,completed,1\n"); /* not in the range */
    deliver("boss", "b.csv",
            "k1,2026-11-10 18:00:00,S1,A,1,10,completed,1\n"
            "k2,2026-11-10 09:00:00,S1,A,1,25,completed,1\n"
            "k3,2026-11-11 09:00:00,S2,B,2,41,completed,1\n"
            "k4,2026-11-12 09:00:00,S2,B,1,80,completed,1\n"
            "k6,2026-11-15 09:00:00,S1,A,1,320,completed,1\n" /* there only */
            "k9,2026-11-20 09:00:00,S1,A,1,0,completed,1\n"
            "k7,2026-11-01 00:30:00,S2,B,1,5,completed,1\n");
    CHECK_INT(total("S1"), Y(10 + 25 + 40));
    CHECK_INT(total("S2"), Y(160 + 5 + 7));
    reply = web_do(&web, "GET", "/api/v1/feeds/crm/compare?with=boss&from=2026-11-01&until=2026-12-01", NULL);
    assert_string_equal(web_text(&reply, "both"), "6");
    assert_string_equal(web_text(&reply, "same"), "2");
    assert_string_equal(web_text(&reply, "only_feed"), "1");
    assert_string_equal(web_text(&reply, "only_with"), "1");
    assert_string_equal(web_text(&reply, "amount"), "2350000");      /* 10 + 25 + 40 + 160 */
    assert_string_equal(web_text(&reply, "amount_with"), "4810000"); /* 10 + 25 + 41 + 80 + 320 + 5 */
    assert_string_equal(web_text(&reply, "items.0.key"), "k3");
    assert_string_equal(web_text(&reply, "items.0.what"), "differs");
    assert_string_equal(web_text(&reply, "items.0.fields.0"), "unit");
    assert_string_equal(web_text(&reply, "items.0.fields.1"), "product");
    assert_string_equal(web_text(&reply, "items.0.fields.2"), "amount");
    assert_string_equal(web_text(&reply, "items.0.with.unit"), "S2");
    assert_string_equal(web_text(&reply, "items.0.feed.file"), "c.csv");
    assert_string_equal(web_text(&reply, "items.0.feed.row"), "4");
    assert_string_equal(web_text(&reply, "items.1.key"), "k4");
    assert_string_equal(web_text(&reply, "items.1.fields.0"), "cancelled");
    assert_string_equal(web_text(&reply, "items.2.key"), "k5");
    assert_string_equal(web_text(&reply, "items.2.what"), "only_feed");
    assert_string_equal(web_text(&reply, "items.3.key"), "k6");
    assert_string_equal(web_text(&reply, "items.3.what"), "only_with");
    assert_string_equal(web_text(&reply, "items.4.key"), "k7");
    assert_string_equal(web_text(&reply, "items.4.fields.0"), "day");
    assert_string_equal(web_text(&reply, "items.5.key"), "k9");
    assert_string_equal(web_text(&reply, "items.5.fields.0"), "state");
    assert_string_equal(web_text(&reply, "items.5.fields.1"), "");
    assert_string_equal(web_text(&reply, "items.5.feed.state"), "placed");
    assert_string_equal(web_text(&reply, "items.5.with.state"), "completed");
    assert_string_equal(web_text(&reply, "items.6.key"), "");
    web_reply_free(&reply);
    reply = web_do(&web, "GET", "/api/v1/feeds/crm/compare?with=boss&from=2026-11-01&until=2026-12-01&limit=2", NULL);
    assert_string_equal(web_text(&reply, "next"), "k4");
    web_reply_free(&reply);
    reply = web_do(&web, "GET",
                   "/api/v1/feeds/crm/compare?with=boss&from=2026-11-01&until=2026-12-01&limit=2&cursor=k4", NULL);
    assert_string_equal(web_text(&reply, "items.0.key"), "k5");
    web_reply_free(&reply);
    command_expect("feed compare crm boss --from 2026-11-01 --until 2026-12-01", 0, "6 in both, 2 of them the same");
    command_expect("feed compare crm boss -o csv", 0, "k6");
}

/* Who sold, by which channel and to whom; of a system that knows none of it the same records are no contradiction. */
static void who_sold_to_whom_is_compared(void **state)
{
    static const char *const fields[] = { "seller", "channel", "customer" };
    struct web_reply reply;
    char key[40];

    (void)state;
    deliver("crm", "c8.csv",
            "n0,2026-08-10 09:00:00,S1,A,1,0,completed,1,S1,hall,Li\n"
            "n1,2026-08-10 09:00:00,S1,A,1,0,completed,1,S1,hall,Li\n"
            "n2,2026-08-10 09:00:00,S1,A,1,0,completed,1,S1,hall,Li\n"
            "n3,2026-08-10 09:00:00,S1,A,1,0,completed,1,S1,hall,Li\n"
            "n4,2026-08-10 09:00:00,S1,A,1,0,completed,1,,,\n");
    deliver("boss", "b8.csv",
            "n0,2026-08-10 09:00:00,S1,A,1,0,completed,1,S1,hall,Li\n"
            "n1,2026-08-10 09:00:00,S1,A,1,0,completed,1,S2,hall,Li\n"
            "n2,2026-08-10 09:00:00,S1,A,1,0,completed,1,S1,web,Li\n"
            "n3,2026-08-10 09:00:00,S1,A,1,0,completed,1,S1,hall,Wu\n"
            "n4,2026-08-10 09:00:00,S1,A,1,0,completed,1,,,Wu\n");
    deliver("till", "t8.csv", "n1,2026-08-10 09:00:00,S1,A,1,0,completed,1\n");
    reply = web_do(&web, "GET", "/api/v1/feeds/crm/compare?with=boss&from=2026-08-01&until=2026-09-01", NULL);
    assert_string_equal(web_text(&reply, "both"), "5");
    assert_string_equal(web_text(&reply, "same"), "1");
    for (int i = 0; i < 3; i++) {
        snprintf(key, sizeof key, "items.%d.fields.0", i);
        assert_string_equal(web_text(&reply, key), fields[i]);
        snprintf(key, sizeof key, "items.%d.fields.1", i);
        assert_string_equal(web_text(&reply, key), "");
    }
    assert_string_equal(web_text(&reply, "items.0.feed.seller"), "S1");
    assert_string_equal(web_text(&reply, "items.0.with.seller"), "S2");
    assert_string_equal(web_text(&reply, "items.1.feed.channel"), "hall");
    assert_string_equal(web_text(&reply, "items.1.with.channel"), "web");
    assert_string_equal(web_text(&reply, "items.2.feed.customer"), "Li");
    assert_string_equal(web_text(&reply, "items.2.with.customer"), "Wu");
    assert_string_equal(web_text(&reply, "items.3.key"), "n4");
    assert_string_equal(web_text(&reply, "items.3.fields.0"), "customer");
    web_reply_free(&reply);
    reply = web_do(&web, "GET", "/api/v1/feeds/crm/compare?with=till&from=2026-08-01&until=2026-09-01", NULL);
    assert_string_equal(web_text(&reply, "both"), "1");
    assert_string_equal(web_text(&reply, "same"), "1");
    web_reply_free(&reply);
    command_expect("feed compare crm boss --from 2026-08-01 --until 2026-09-01 -o csv", 0, "Wu");
}

static void what_cannot_be_compared_is_refused(void **state)
{
    (void)state;
    command_expect("feed compare crm bills", 1, "order_line");
    command_expect("feed compare crm crm", 1, "their records are one");
    command_expect("feed compare crm nobody", 1, "nobody");
    command_expect("feed compare crm boss --from 2026-01-01 --until 2026-11-01", 1, "92 days");
    command_expect("feed compare crm boss --from soon", 1, "soon");
}

static void a_witness_counts_once_it_is_none(void **state)
{
    (void)state;
    loop_apply(&stack, MSG(APPLY_FEEDS), "{'items':[" FEED("boss", "", SALE) "]}");
    for (int i = 0; i < 50 && total("S1") != Y(75 + 10 + 25 + 320); i++)
        (void)nanosleep(&(struct timespec) { 0, 200000000 }, NULL);
    CHECK_INT(total("S1"), Y(75 + 10 + 25 + 320));
    CHECK_INT(total("S2"), Y(172 + 41 + 80 + 5));
    loop_apply(&stack, MSG(APPLY_FEEDS), "{'items':[" FEED("boss", "'witness':true,", SALE) "]}");
    for (int i = 0; i < 50 && total("S1") != Y(75); i++)
        (void)nanosleep(&(struct timespec) { 0, 200000000 }, NULL);
    CHECK_INT(total("S1"), Y(75));
    CHECK_INT(total("S2"), Y(172));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_paired_by_key),
        cmocka_unit_test(who_sold_to_whom_is_compared),
        cmocka_unit_test(what_cannot_be_compared_is_refused),
        cmocka_unit_test(a_witness_counts_once_it_is_none),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
