/* A brief on real daemons, over HTTP and from the command line. Two cities have 920 each to sell in 92 days of equal
 * weight: 10 a day. C1 sells 11 a day, C2 sells 4, up to Monday 19 October: the province has done 285 of 380 planned,
 * 285/1840 - 19/92 = -5.16 points. */
#include "support/check.h"
#include "support/loop.h"
#include "support/web.h"

#include "bihuan/monitoring.pb-c.h"
#include "bihuan/monitoring_brief.pb-c.h"
#include "bihuan/monitoring_desk.pb-c.h"
#include "runtime/clock.h"
#include "text/dates.h"
#include "text/xlsx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct stack stack;
static struct web web;
static char output[65536];

/* Runs `bihuan` with the first token; what it prints is in `output`. */
static void run(const char *arguments)
{
    const char *bin = getenv("BIHUAN_BIN");
    char command[600];
    FILE *pipe;
    size_t len;

    snprintf(command, sizeof command,
             "cd '%s' && BIHUAN_URL=http://127.0.0.1:%d BIHUAN_TOKEN=%s '%s/bihuan' --lang en %s 2>&1", stack.dir,
             web.port, web.token, bin ? bin : "build/debug/bin", arguments);
    pipe = popen(command, "r");
    len = fread(output, 1, sizeof output - 1, pipe);
    output[len] = 0;
    if (pclose(pipe) != 0)
        fail_msg("%s: %s", arguments, output);
}

static void says(const char *words)
{
    if (!strstr(output, words))
        fail_msg("no \"%s\" in:\n%s", words, output);
}

static const Bihuan__Brief *brief(const char *json)
{
    return ((Bihuan__GetBriefReply *)stack_apply(&stack, MSG(GET_BRIEF), json))->brief;
}

static bool has_alert(void *arg)
{
    (void)arg;
    return ((Bihuan__ListAlertsReply *)stack_apply(&stack, MSG(LIST_ALERTS), "{}"))->n_items == 1;
}

static void figures_by_hand(void **state)
{
    const Bihuan__Brief *is;
    const Bihuan__BriefMeasure *m;

    (void)state;
    assert_true(stack_until(has_alert, NULL, 20));
    is = brief("{\"unit\":\"P\",\"span\":\"week\",\"as_of\":\"2026-10-18\"}");
    assert_string_equal(is->from, "2026-10-12");
    CHECK_INT(is->n_measures, 1);
    m = is->measures[0];
    CHECK_INT(m->done, 7 * 15);
    CHECK_INT(m->before, 7 * 15);
    assert_true(m->before_known);
    assert_false(m->last_year_known); /* nobody sold anything then, as far as anybody knows */
    CHECK_INT(m->n_days, 7);
    for (size_t i = 0; i < 7; i++) {
        CHECK_INT(m->days[i]->done, 15);
        CHECK_INT(m->days[i]->planned, 20);
    }
    is = brief("{\"unit\":\"P\"}");
    assert_string_equal(is->as_of, "2026-10-19");
    m = is->measures[0];
    CHECK_INT(m->actual, 285);
    CHECK_INT(m->planned, 380);
    CHECK_INT(m->gap_bp, -516);
    CHECK_INT(m->done, 15); /* its Monday alone */
    CHECK_INT(m->n_behind, 1);
    assert_string_equal(m->behind[0]->unit, "C2");
    CHECK_INT(m->behind[0]->share_ppm, 1000000);
    CHECK_INT(m->n_ahead, 1);
    assert_string_equal(m->ahead[0]->unit, "C1");
    CHECK_INT(m->ahead[0]->gap_bp, 206); /* 19/920 */
    CHECK_INT(is->alert_count, 1);
    assert_string_equal(is->alerts[0]->unit, "C2");
}

static void beside_others(void **state)
{
    const Bihuan__CompareProgressReply *reply = (const Bihuan__CompareProgressReply *)stack_apply(
        &stack, MSG(COMPARE_PROGRESS), "{\"unit\":\"C2\"}");
    const Bihuan__GetProgressReply *children;
    const Bihuan__Comparison *is = reply->items[0];

    (void)state;
    CHECK_INT(reply->n_items, 1);
    CHECK_INT(is->actual, 76);
    CHECK_INT(is->gap_bp, -1239);
    CHECK_INT(is->peers, 2);
    CHECK_INT(is->rank, 2);
    CHECK_INT(is->median_gap_bp, -1239);
    assert_string_equal(is->best, "C1");
    CHECK_INT(is->best_gap_bp, 206);
    assert_string_equal(is->last_period, "2026Q3");
    assert_string_equal(is->last_period_as_of, "2026-07-19");
    CHECK_INT(is->last_period_actual, 3); /* sold on 2 July; those of 20 July aren't among them */
    assert_false(is->last_period_target);
    assert_false(is->last_year_known);
    children = (const Bihuan__GetProgressReply *)stack_apply(
        &stack, MSG(GET_PROGRESS), "{\"unit\":\"P\",\"measure\":\"new\",\"by\":\"children\"}");
    CHECK_INT(children->items[0]->share_ppm, 1000000); /* C2 lacks all that anybody lacks */
    CHECK_INT(children->items[1]->share_ppm, 0);
}

static void what_was_promised(void **state)
{
    const Bihuan__ListAlertsReply *alerts = (const Bihuan__ListAlertsReply *)stack_apply(&stack, MSG(LIST_ALERTS),
                                                                                         "{}");
    const Bihuan__Brief *is;
    char json[300];

    (void)state;
    snprintf(json, sizeof json,
             "{\"alert\":\"%s\",\"cause\":\"two sellers ill\",\"owner\":\"li\",\"due\":\"2026-10-25\","
             "\"promised_gain\":\"30\"}",
             alerts->items[0]->id);
    stack_apply(&stack, MSG(OPEN_ACTION), json);
    is = brief("{\"unit\":\"P\"}");
    CHECK_INT(is->n_promised, 1);
    assert_string_equal(is->promised[0]->cause, "two sellers ill");
    CHECK_INT(is->n_kept, 0);
    CHECK_INT(is->n_broken, 0);
    CHECK_INT(brief("{\"unit\":\"C1\"}")->n_promised, 0);
}

static void as_text_and_page(void **state)
{
    struct web_reply reply;

    (void)state;
    run("brief P --week");
    says("P & <Co>, week, 2026-10-19 to 2026-10-19");
    says("New users: 285, planned 380, target 1,840; gap -5.16 points");
    says("behind: C2 -12.39 (100.0 %)");
    says("stands out: C1 +2.06");
    says("C2 new: two sellers ill; li, 2026-10-25");
    run("brief P --html page.html --xlsx sheet.xlsx");
    says("written to page.html");
    reply = web_ask(&web, "GET", "/api/v1/briefs/P?format=html&span=month", web.token, NULL, NULL);
    CHECK_INT(reply.status, 200);
    assert_non_null(strstr(reply.content_type, "text/html"));
    assert_non_null(strstr(reply.text, "P &amp; &lt;Co&gt;"));
    assert_non_null(strstr(reply.text, "<svg"));
    web_reply_free(&reply);
    reply = web_ask(&web, "GET", "/api/v1/briefs/P?format=pdf", web.token, NULL, NULL);
    CHECK_INT(reply.status, 422);
    web_reply_free(&reply);
    reply = web_ask(&web, "GET", "/api/v1/briefs/nowhere", web.token, NULL, NULL);
    CHECK_INT(reply.status, 404);
    web_reply_free(&reply);
}

static int read_row(void *arg, uint32_t number, const char *const *cells, size_t count, struct err *err)
{
    char *found = arg;

    (void)err;
    if (number == 2 && count > 6)
        snprintf(found, 200, "%s|%s|%s|%s|%s", cells[0], cells[3], cells[4], cells[5], cells[6]);
    return 0;
}

static void as_a_spreadsheet(void **state)
{
    char path[128], found[200] = "";
    struct xlsx *xlsx;
    struct err err;

    (void)state;
    snprintf(path, sizeof path, "%s/sheet.xlsx", stack.dir);
    assert_int_equal(xlsx_open(&xlsx, path, &err), 0);
    CHECK_INT(xlsx_sheet_count(xlsx), 5);
    assert_int_equal(xlsx_read(xlsx, 0, 100, read_row, found, &err), 0);
    assert_string_equal(found, "new|1840|380|285|-5.16");
    xlsx_close(&xlsx);
}

#define QUARTER_BEFORE                                                                                                 \
    "no,day,unit,product,amount\nq1,2026-07-02,C2,5g,100\nq2,2026-07-02,C2,5g,100\nq3,2026-07-02,C2,5g,100\n"          \
    "q4,2026-07-20,C2,5g,100\n"

static void drop_days(void)
{
    static char bytes[8000];

    for (int d = 1; d <= 19; d++) {
        char name[40];
        size_t len = (size_t)snprintf(bytes, sizeof bytes, "no,day,unit,product,amount\n");

        for (int i = 0; i < 15; i++)
            len += (size_t)snprintf(bytes + len, sizeof bytes - len, "%d-%d,2026-10-%02d,%s,5g,100\n", d, i, d,
                                    i < 11 ? "C1" : "C2");
        snprintf(name, sizeof name, "orders_202610%02d.csv", d);
        loop_drop(&stack, "orders", name, bytes, len);
    }
    loop_drop(&stack, "orders", "orders_20260720.csv", QUARTER_BEFORE, strlen(QUARTER_BEFORE));
    loop_wait_inbox(&stack, "orders", 60);
    loop_catch_up(&stack);
}

static int setup(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-20T10:00:00+08:00@%ld", (long)(clock_real_us() / 1000000));
    loop_start(&stack);
    web_start(&web, &stack);
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'5g','name':'5G','list_price':'100'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'new','title_zh':'新增','title_en':'New users','value':'count'}]}");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'2026Q3','from':'2026-07-01','until':'2026-10-01','calendar':'flat'},"
               "{'code':'2026Q4','from':'2026-10-01','until':'2027-01-01','calendar':'flat'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'P & <Co>','type':'province'},{'code':'C1','name':'C1','type':'city',"
               "'relations':[{'parent':'P','from':'2026-01-01'}]},{'code':'C2','name':'C2','type':'city','relations':[{"
               "'parent':'P','from':'2026-01-01'}]}]}");
    loop_apply(
        &stack, MSG(APPLY_TARGETS),
        "{'items':[{'period':'2026Q4','unit':'P','measure':'new','amount':'1840'},{'period':'2026Q4','unit':'C1',"
        "'measure':'new','amount':'920'},{'period':'2026Q4','unit':'C2','measure':'new','amount':'920'}]}");
    loop_publish(&stack, "2026Q4");
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[{'code':'orders','title':'orders','sender':'bss','fact':'order_line',"
               "'files':'orders_{yyyyMMdd}.csv','key':['no'],'columns':["
               "{'field':'time','column':'day','format':'yyyy-MM-dd'},{'field':'unit','column':'unit'},"
               "{'field':'product','column':'product'},{'field':'amount','column':'amount'}]}]}");
    loop_apply_soon(&stack, MSG(APPLY_RULES),
                    "{'items':[{'code':'lag','title_zh':'滞后','title_en':'Lag','kind':'lag','measure':'new',"
                    "'severity':'warning'}]}");
    drop_days();
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
        cmocka_unit_test(figures_by_hand),  cmocka_unit_test(beside_others),    cmocka_unit_test(what_was_promised),
        cmocka_unit_test(as_text_and_page), cmocka_unit_test(as_a_spreadsheet),
    };

    return cmocka_run_group_tests_name("brief", tests, setup, teardown);
}
