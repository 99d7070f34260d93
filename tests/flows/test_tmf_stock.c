/* Dealer stock by TM Forum events: each level that is told is a reading at its time, of what others described, in any
 * order and however often; a reading that isn't told again stays. Levels are worked out here from the events by hand.
 */
#include "support/asking.h"
#include "support/check.h"
#include "support/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY (24 * 60)
#define SHELF                                                                                                          \
    "{'items':[{'code':'shelf','title':'stock','sender':'erp','fact':'stock_on_hand','format':'json_lines',"           \
    "'watermark':'last_event','key':['stock','reading'],'tmf_answer':204,'columns':["                                  \
    "{'field':'time','column':'booked_at','format':'iso'},{'field':'unit','column':'place'},"                          \
    "{'field':'product','column':'offering'},{'field':'subject','column':'stock'},"                                    \
    "{'field':'quantity','column':'quantity'},{'field':'state','column':'state'},"                                     \
    "{'field':'version','column':'version'}],'filters':[{'column':'usage','values':['inShop']}],"                      \
    "'asks':{'url':'%s','token_file':'crm.token','every_minutes':60}}]}"

static void post(const char *type, int minutes, const char *body)
{
    struct buf json = { 0 };
    struct web_reply reply;

    buf_printf(&json, "{'eventId':'1','eventType':'%s','eventTime':'%s','event':{'productStock':%s}}", type,
               asking_ago(minutes), body);
    for (size_t i = 0; i < json.len; i++)
        if (json.data[i] == '\'')
            json.data[i] = '"';
    reply = web_ask(&asking_web, "POST", "/tmf/shelf/listener", asking_web.token, NULL, buf_text(&json));
    if (reply.status != 204)
        fail_msg("%s: %ld %s", type, reply.status, reply.text);
    web_reply_free(&reply);
    buf_fini(&json);
}

#define DESCRIBED(id, unit, usage)                                                                                     \
    "'id':'" id "','place':{'id':'" unit "','role':'shop'},'stockedProduct':{'productOffering':{'id':'5G-A'}},"        \
    "'productStockUsageType':'" usage "'"
#define LEVEL(n) "'productStockLevel':{'amount':" n ",'units':'piece'}"

/* The level of a shop at the end of the day that was so many days ago. */
static long level(const char *unit, int days_ago)
{
    time_t at = time(NULL) + 8 * 3600 - (days_ago - 1) * 86400;
    struct loop_sums sums;
    struct tm parts;
    char until[16];

    gmtime_r(&at, &parts);
    strftime(until, sizeof until, "%Y-%m-%d", &parts);
    loop_catch_up(&asking_stack);
    sums = loop_agree(&asking_stack, "", until);
    return (long)loop_sum_of(&sums, loop_unit(&asking_stack, unit), loop_measure(&asking_stack, "stock"));
}

static void levels_are_readings_at_their_times(void **state)
{
    (void)state;
    loop_apply(&asking_stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'stock','title_zh':'s','title_en':'s','fact':'stock_on_hand','value':'quantity',"
               "'over_time':'last'}]}");
    loop_apply_soon(&asking_stack, MSG(APPLY_FEEDS), SHELF, "");
    loop_catch_up(&asking_stack);
    /* the level of two days ago comes before anybody said of what and where */
    post("ProductStockAttributeValueChangeEvent", 2 * DAY, "{'id':'k1'," LEVEL("7") "}");
    CHECK_INT(pg_number(&asking_stack.pg, "SELECT count(*) FROM feedback.order_line"), 0);
    command_expect("feed held shelf", 0, "productStock");
    post("ProductStockCreateEvent", 5 * DAY, "{" DESCRIBED("k1", "S0", "inShop") "," LEVEL("20.00") "}");
    CHECK_INT(level("S0", 6), 0);
    CHECK_INT(level("S0", 5), 20);
    CHECK_INT(level("S0", 3), 20);
    CHECK_INT(level("S0", 2), 7);
    CHECK_INT(level("S0", 0), 7);
    /* late, twice, in another use (which the feed doesn't take), and at another shop */
    post("ProductStockAttributeValueChangeEvent", 3 * DAY, "{'id':'k1'," LEVEL("11") "}");
    post("productStockAttributeValueChangeNotification", 3 * DAY, "{'id':'k1'," LEVEL("11") "}");
    post("ProductStockCreateEvent", 4 * DAY, "{" DESCRIBED("k2", "S0", "damaged") "," LEVEL("3") "}");
    post("ProductStockCreateEvent", 4 * DAY, "{" DESCRIBED("k3", "S1", "inShop") "," LEVEL("5") "}");
    post("ProductStockStateChangeEvent", DAY, "{'id':'k3','productStockStatusType':'unavailable'}");
    CHECK_INT(level("S0", 4), 20);
    CHECK_INT(level("S0", 3), 11);
    CHECK_INT(level("S0", 2), 7);
    CHECK_INT(level("S1", 0), 5);
    /* gone from the shop */
    post("ProductStockDeleteEvent", DAY, "{'id':'k3'}");
    CHECK_INT(level("S1", 2), 5);
    CHECK_INT(level("S1", 1), 0);
    CHECK_INT(level("S1", 0), 0);
    CHECK_INT(pg_number(&asking_stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
}

/* What no event told is found by asking: as of now; asking again says nothing new. */
static void what_the_sender_says_now_is_a_reading(void **state)
{
    long rows;

    (void)state;
    fake_sender_put(&asking_sender, "productStock", "{" DESCRIBED("k1", "S0", "inShop") "," LEVEL("7") "}");
    fake_sender_put(&asking_sender, "productStock", "{" DESCRIBED("k4", "S1", "inShop") "," LEVEL("40") "}");
    loop_apply(&asking_stack, MSG(APPLY_FEEDS), SHELF, asking_sender.url);
    loop_catch_up(&asking_stack);
    asking_now("shelf");
    CHECK_INT(level("S0", 0), 7);
    CHECK_INT(level("S1", 1), 0);
    CHECK_INT(level("S1", 0), 40);
    rows = pg_number(&asking_stack.pg, "SELECT count(*) FROM feedback.order_line");
    asking_now("shelf");
    CHECK_INT(pg_number(&asking_stack.pg, "SELECT count(*) FROM feedback.order_line"), rows);
    /* k1's 7 was known: no reading more; of k3 nothing vanished, though the answer doesn't name it */
    CHECK_INT(rows, 3 + 2 + 1);
    CHECK_INT(level("S1", 2), 5);
}

/* More readings than are kept beside the stock: each of 60 is a fact, also one that comes late. */
static void many_readings_are_facts(void **state)
{
    char body[120];

    (void)state;
    post("ProductStockCreateEvent", 70, "{" DESCRIBED("k9", "S0", "inShop") "," LEVEL("1000") "}");
    for (int i = 0; i < 60; i++) {
        snprintf(body, sizeof body, "{'id':'k9'," LEVEL("%d") "}", 999 - i);
        if (i != 5)
            post("ProductStockAttributeValueChangeEvent", 65 - i, body);
    }
    post("ProductStockAttributeValueChangeEvent", 60, "{'id':'k9'," LEVEL("994") "}");
    CHECK_INT(pg_number(&asking_stack.pg, "SELECT count(*) FROM feedback.order_line WHERE record_key LIKE '%k9%'"), 61);
    CHECK_INT(level("S0", 0), 7 + 940);
    CHECK_INT(pg_number(&asking_stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_readings_at_their_times),
        cmocka_unit_test(what_the_sender_says_now_is_a_reading),
        cmocka_unit_test(many_readings_are_facts),
    };

    return cmocka_run_group_tests(tests, asking_set_up, asking_tear_down);
}
