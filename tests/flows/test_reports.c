/* Reports from the field with real daemons: duties by the business clock, a draft that outlives kill -9, one submission
 * however often it is asked for, a return, ratings, what is overdue told once, and what all that comes to as facts. */
#include "bus/message.h"
#include "support/check.h"
#include "support/stack.h"

#include "text/pbjson.h"

#include "bihuan/envelope.pb-c.h"
#include "bihuan/feedback_reports.pb-c.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

static struct stack stack;

/* --- asking --------------------------------------------------------------------------------------------------------
 */
static void be(const char *person, const char *subtree, const char *right)
{
    stack.person = person;
    stack.subtree = subtree;
    stack.right = right;
}

/* JSON with ' for ". */
static ProtobufCMessage *request_of(uint32_t type, const char *json)
{
    char *text = arena_strdup(&stack.arena, json);
    ProtobufCMessage *request;
    struct err err;

    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    if (pbjson_parse(message_type_find(type)->payload, text, strlen(text), &stack.arena, &request, &err) != 0)
        fail_msg("%s", err.text);
    return request;
}

static void *ask(uint32_t type, const char *json)
{
    ProtobufCMessage *reply = NULL;
    struct err err;

    if (stack_ask(&stack, message_type_find(type)->service, type, request_of(type, json), &reply, &err) != 0)
        fail_msg("%s", err.text);
    return reply;
}

static void refuses(uint32_t type, const char *json, const char *code)
{
    struct err err;

    if (stack_ask(&stack, "feedback", type, request_of(type, json), NULL, &err) == 0)
        fail_msg("%s is taken", json);
    if (strcmp(err.code, code) != 0)
        fail_msg("%s: %s \"%s\", not %s", json, err.code, err.text, code);
}

/* The status of a request under an idempotency key, and its answer. */
static uint32_t ask_under(const char *key, uint32_t type, const char *json, struct buf *out)
{
    void *socket = stack_send(&stack, "feedback", "a", type, key, request_of(type, json));
    uint32_t status = 0;

    assert_non_null(socket);
    CHECK_INT(stack_receive(socket, 20000, &status, out), 0);
    zmq_close(socket);
    return status;
}

static long events(uint32_t type)
{
    char sql[100];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM feedback.bus_stream WHERE type = %u", type);
    return pg_number(&stack.pg, sql);
}

struct wanted_events {
    uint32_t type;
    long count;
};

static bool are_there(void *arg)
{
    const struct wanted_events *wanted = arg;

    return events(wanted->type) >= wanted->count;
}

static void wait_events(uint32_t type, long count)
{
    struct wanted_events wanted = { type, count };

    if (!stack_until(are_there, &wanted, 20))
        fail_msg("%ld events of type %u, not %ld", events(type), type, count);
    CHECK_INT(events(type), count);
}

static void restart(const char *day, int signal)
{
    snprintf(stack.clock, sizeof stack.clock, "%sT12:00:00+08:00@%ld", day, (long)time(NULL));
    stack_kill(&stack, "feedback", "a", signal);
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
}

/* --- tests ---------------------------------------------------------------------------------------------------------
 */
#define ID "week.C1.2026-W48"

static void duties_are_made_and_overdue_ones_told(void **state)
{
    const Bihuan__ListReportsReply *list;

    (void)state;
    be("zhao", NULL, NULL);
    wait_events(MSG(REPORT_OVERDUE), 2); /* W47 of both cities, due on the 24th */
    list = ask(MSG(LIST_REPORTS), "{'state':'open'}");
    CHECK_INT(list->n_items, 4);
    assert_string_equal(list->items[0]->id, "week.C1.2026-W47");
    assert_string_equal(list->items[0]->due, "2026-11-24");
    assert_true(list->items[0]->overdue);
    assert_string_equal(list->items[2]->id, ID);
    assert_string_equal(list->items[2]->due, "2026-12-01");
    assert_false(list->items[2]->overdue);
    be("yi", "C1", "report.read");
    CHECK_INT(((const Bihuan__ListReportsReply *)ask(MSG(LIST_REPORTS), "{}"))->n_items, 2);
    refuses(MSG(LIST_REPORTS), "{'unit':'C2'}", "unknown_unit");
}

static void pages_follow_each_other(void **state)
{
    const Bihuan__ListReportsReply *list;
    char json[200];

    (void)state;
    be("zhao", NULL, NULL);
    list = ask(MSG(LIST_REPORTS), "{'page':{'limit':3}}");
    CHECK_INT(list->n_items, 3);
    snprintf(json, sizeof json, "{'page':{'limit':3,'cursor':'%s'}}", list->next);
    list = ask(MSG(LIST_REPORTS), json);
    CHECK_INT(list->n_items, 1);
    assert_string_equal(list->items[0]->id, "week.C2.2026-W48");
    assert_string_equal(list->next, "");
}

static void a_draft_outlives_a_kill(void **state)
{
    const Bihuan__SaveReportReply *saved;
    const Bihuan__GetReportReply *got;

    (void)state;
    be("yi", "C1", "report.write");
    saved = ask(MSG(SAVE_REPORT), "{'id':'" ID "','values':[{'name':'moves','value':'电信降价'},"
                                  "{'name':'share','value':'120'}]}");
    assert_string_equal(saved->report->state, "draft");
    CHECK_INT(saved->n_missing, 1); /* a draft may be wrong */
    assert_string_equal(saved->missing[0]->code, "too_large");
    refuses(MSG(SAVE_REPORT), "{'id':'" ID "','values':[{'name':'mood','value':'x'}]}", "unknown_field");
    restart("2026-11-25", SIGKILL);
    be("yi", "C1", "report.read");
    got = ask(MSG(GET_REPORT), "{'id':'" ID "'}");
    CHECK_INT(got->report->n_values, 2);
    assert_string_equal(got->report->values[0]->value, "电信降价");
    be("er", NULL, "report.read");
    CHECK_INT(((const Bihuan__GetReportReply *)ask(MSG(GET_REPORT), "{'id':'" ID "'}"))->report->n_values, 0);
    be("er", "C2", "report.write");
    refuses(MSG(SAVE_REPORT), "{'id':'" ID "'}", "unknown_report");
    be("ya", "C1", "report.write");
    refuses(MSG(SAVE_REPORT), "{'id':'" ID "','values':[{'name':'share','value':'1'}]}", "other_author");
}

static void all_problems_come_at_once(void **state)
{
    static const struct {
        const char *pointer, *code;
    } wants[] = { { "/values/0/value", "missing_value" },
                  { "/report/share", "too_large" },
                  { "/values/1/value", "unknown_choice" },
                  { "/values/2/value", "bad_number" } };
    Bihuan__Problem *problem;
    struct buf out = { 0 };

    (void)state;
    be("yi", "C1", "report.write");
    CHECK_INT(ask_under("bad", MSG(SUBMIT_REPORT),
                        "{'id':'" ID "','values':[{'name':'moves','value':''},{'name':'tone','value':'sideways'},"
                        "{'name':'price','value':'cheap'}]}",
                        &out),
              422);
    problem = bihuan__problem__unpack(&stack.arena.allocator, out.len, out.data);
    CHECK_INT(problem->n_errors, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(problem->errors[i]->pointer, wants[i].pointer);
        assert_string_equal(problem->errors[i]->code, wants[i].code);
    }
    buf_fini(&out);
}

static void submitted_once(void **state)
{
    static const char json[] = "{'id':'" ID "','values':[{'name':'share','value':'40'},{'name':'tone','value':'up'},"
                               "{'name':'price','value':'38.50'}]}";
    struct buf first = { 0 }, second = { 0 };

    (void)state;
    be("yi", "C1", "report.write");
    CHECK_INT(ask_under("once", MSG(SUBMIT_REPORT), json, &first), 200);
    CHECK_INT(ask_under("once", MSG(SUBMIT_REPORT), json, &second), 200);
    CHECK_INT(first.len, second.len);
    assert_memory_equal(first.data, second.data, first.len);
    refuses(MSG(SUBMIT_REPORT), json, "submitted");
    refuses(MSG(SAVE_REPORT), "{'id':'" ID "'}", "submitted");
    CHECK_INT(events(MSG(REPORT_SUBMITTED)), 1);
    buf_fini(&first);
    buf_fini(&second);
}

static void rated_returned_and_handed_in_again(void **state)
{
    const Bihuan__ReportReply *reply;
    const Bihuan__GetReportReply *got;

    (void)state;
    be("yi", NULL, "report.rate");
    refuses(MSG(RATE_REPORT), "{'id':'" ID "','rating':100,'reason':'mine'}", "own_report");
    refuses(MSG(RETURN_REPORT), "{'id':'" ID "','reason':'mine'}", "own_report");
    be("qian", NULL, "report.rate");
    refuses(MSG(RATE_REPORT), "{'id':'" ID "','rating':101,'reason':'x'}", "out_of_range");
    reply = ask(MSG(RATE_REPORT), "{'id':'" ID "','rating':80,'reason':'clear'}");
    CHECK_INT(reply->report->rating, 80);
    refuses(MSG(RETURN_REPORT), "{'id':'" ID "'}", "missing_value");
    refuses(MSG(RETURN_REPORT), "{'id':'" ID "','revision':1,'reason':'which shop?'}", "stale_version");
    reply = ask(MSG(RETURN_REPORT), "{'id':'" ID "','reason':'which shop?'}");
    assert_string_equal(reply->report->state, "returned");
    assert_string_equal(reply->report->due, "2026-12-01"); /* three days from now are earlier */
    assert_false(reply->report->rated);
    be("yi", "C1", "report.write");
    (void)ask(MSG(SUBMIT_REPORT), "{'id':'" ID "','values':[{'name':'moves','value':'东门店降价'}]}");
    be("qian", NULL, "report.rate");
    (void)ask(MSG(RATE_REPORT), "{'id':'" ID "','rating':70,'reason':'better'}");
    (void)ask(MSG(RATE_REPORT), "{'id':'" ID "','rating':90,'reason':'on reflection'}");
    be("qian", NULL, "report.read");
    got = ask(MSG(GET_REPORT), "{'id':'" ID "'}");
    CHECK_INT(got->n_steps, 7); /* draft, submit, rate, return, submit, rate, rate */
    assert_string_equal(got->steps[1]->values[0]->value, "电信降价");
    assert_string_equal(got->report->values[0]->value, "东门店降价");
}

static void late_and_free_ones(void **state)
{
    const Bihuan__SaveReportReply *saved;
    const Bihuan__ReportReply *reply;

    (void)state;
    be("er", "C2", "report.write");
    saved = ask(MSG(SAVE_REPORT), "{'template':'week','unit':'C2','values':[{'name':'moves','value':'无'},"
                                  "{'name':'share','value':'30'}]}");
    assert_string_equal(saved->report->id, "week.C2.2026-W47"); /* the oldest that is open */
    reply = ask(MSG(SUBMIT_REPORT), "{'id':'week.C2.2026-W47'}");
    assert_true(reply->report->late);
    refuses(MSG(SAVE_REPORT), "{'template':'idea','unit':'S1'}", "unknown_unit");
    refuses(MSG(SAVE_REPORT), "{'template':'idea','unit':'C2'}", "wrong_type");
    be("s1", "S1", "report.write");
    saved = ask(MSG(SAVE_REPORT), "{'template':'idea','unit':'S1','values':[{'name':'what','value':'一码通办'}]}");
    assert_string_equal(saved->report->id, "idea.S1.2026-11-25-1");
    saved = ask(MSG(SAVE_REPORT), "{'template':'idea','unit':'S1'}");
    assert_string_equal(saved->report->id, "idea.S1.2026-11-25-2");
    (void)ask(MSG(SUBMIT_REPORT), "{'id':'idea.S1.2026-11-25-1'}");
}

/* --- what it comes to ----------------------------------------------------------------------------------------------
 */
static const struct want {
    const char *measure, *unit;
    long sum;
} wants[] = {
    { "owed", "C1", 2 },    { "owed", "C2", 1 },     { "owed", "S1", 0 },    { "done", "C1", 1 },
    { "done", "C2", 1 },    { "done", "S1", 1 },     { "in_time", "C1", 1 }, { "in_time", "C2", 0 },
    { "in_time", "S1", 1 }, { "quality", "C1", 90 }, { "quality", "C2", 0 },
};

static long sum_of(const struct want *want)
{
    char sql[500];

    snprintf(
        sql, sizeof sql,
        "SELECT coalesce(sum(v.sum), 0)::bigint FROM monitoring.progress p, unnest(p.measures, p.sums) v(measure, sum)"
        " WHERE v.measure = (SELECT id FROM monitoring.document WHERE kind = 'measure' AND code = '%s')"
        " AND p.unit_id = (SELECT id FROM monitoring.document WHERE kind = 'unit' AND code = '%s')",
        want->measure, want->unit);
    return pg_number(&stack.pg, sql);
}

static bool is_counted(void *arg)
{
    const struct want **wrong = arg;

    for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++) {
        *wrong = &wants[i];
        if (sum_of(&wants[i]) != wants[i].sum)
            return false;
    }
    return true;
}

static void they_are_facts_of_the_loop(void **state)
{
    const struct want *wrong = NULL;

    (void)state;
    if (!stack_until(is_counted, &wrong, 20))
        fail_msg("%s at %s is %ld, not %ld", wrong->measure, wrong->unit, sum_of(wrong), wrong->sum);
}

static void told_once_after_restarts(void **state)
{
    (void)state;
    restart("2026-12-02", SIGTERM);
    wait_events(MSG(REPORT_OVERDUE), 3); /* W48 of C2, due on 1 December */
    restart("2026-12-02", SIGKILL);
    restart("2026-12-07", SIGTERM);
    wait_events(MSG(REPORT_DUE_SOON), 2); /* W49 of both, due on the 8th */
    restart("2026-12-09", SIGKILL);
    wait_events(MSG(REPORT_OVERDUE), 5); /* and these are overdue; what was told before isn't told again */
    wait_events(MSG(REPORT_DUE_SOON), 2);
}

/* By hand, of the two weeks from 16 November. */
static void summaries(void **state)
{
    const Bihuan__SummarizeReportsReply *s;

    (void)state;
    be("zhao", NULL, "report.read");
    s = ask(MSG(SUMMARIZE_REPORTS), "{'from':'2026-11-16','until':'2026-11-30','template':'week'}");
    CHECK_INT(s->n_counts, 2);
    assert_string_equal(s->counts[0]->city, "C1");
    CHECK_INT(s->counts[0]->reports, 1);
    CHECK_INT(s->counts[0]->due, 2);
    CHECK_INT(s->counts[0]->on_time, 1);
    CHECK_INT(s->counts[0]->overdue, 1);
    CHECK_INT(s->counts[0]->rated, 1);
    CHECK_INT(s->counts[1]->reports, 1);
    CHECK_INT(s->counts[1]->due, 2);
    CHECK_INT(s->counts[1]->on_time, 0);
    CHECK_INT(s->n_tallies, 1);
    assert_string_equal(s->tallies[0]->choice, "up");
    CHECK_INT(s->tallies[0]->count, 1);
    CHECK_INT(s->n_numbers, 3); /* C1 price and share, C2 share */
    CHECK_INT(s->numbers[0]->median, 385000);
    CHECK_INT(s->numbers[0]->scale, 4);
    CHECK_INT(s->numbers[1]->median, 40);
    CHECK_INT(s->n_texts, 2);
    assert_string_equal(s->texts[0]->text, "东门店降价");
    CHECK_INT(s->n_scores, 2);
    CHECK_INT(s->scores[0]->timeliness_ppm, 500000); /* one of two */
    CHECK_INT(s->scores[0]->amount_ppm, 500000);     /* four values of two reports with four fields */
    CHECK_INT(s->scores[0]->frequency_ppm, 500000);
    CHECK_INT(s->scores[0]->quality_ppm, 900000);
    CHECK_INT(s->scores[0]->score_ppm, 620000); /* 15 + 10 + 10 + 27 */
    CHECK_INT(s->scores[1]->amount_ppm, 250000);
    assert_false(s->scores[1]->has_quality);
    CHECK_INT(s->scores[1]->score_ppm, 214286); /* (0 + 5 + 10) of 70 */
    be("er", "C2", "report.read");
    s = ask(MSG(SUMMARIZE_REPORTS), "{}");
    CHECK_INT(s->n_counts, 1);
    assert_string_equal(s->counts[0]->city, "C2");
}

/* --- set-up --------------------------------------------------------------------------------------------------------
 */
#define MEASURE(code, fact, value, state)                                                                              \
    "{'code':'" code "','title_zh':'x','title_en':'x','class':'process','fact':'" fact "','value':'" value             \
    "','filter':{'states':['" state "']}}"
#define UNIT(code, type, parent)                                                                                       \
    "{'code':'" code "','name':'" code "','type':'" type "','relations':[{'parent':'" parent "','from':'2026-01-01'}]" \
    "}"

static bool knows_units(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM feedback.ref_unit") == 4 &&
           pg_number(&stack.pg, "SELECT count(*) FROM feedback.ref_measure") == 4;
}

static void apply_templates(void)
{
    refuses(MSG(APPLY_REPORT_TEMPLATES),
            "{'items':[{'code':'bad','theme':'weather','recurrence':'daily','fields':[{'name':'a','kind':'choice'}]}]}",
            "missing_value");
    (void)ask(
        MSG(APPLY_REPORT_TEMPLATES),
        "{'items':[{'code':'week','title_zh':'周报','title_en':'Weekly','theme':'competitor','unit_types':['city'],"
        "'recurrence':'weekly','due_days':2,'due_soon_days':1,'from':'2026-11-16','fields':["
        "{'name':'moves','title_zh':'动向','title_en':'Moves','kind':'text','required':true},"
        "{'name':'share','title_zh':'份额','title_en':'Share','kind':'number','required':true,'min':'0','max':'100'},"
        "{'name':'tone','title_zh':'趋势','title_en':'Tone','kind':'choice','choices':["
        "{'code':'up','title_zh':'升','title_en':'Up'},{'code':'down','title_zh':'降','title_en':'Down'}]},"
        "{'name':'price','title_zh':'价格','title_en':'Price','kind':'money'}]},"
        "{'code':'idea','title_zh':'建议','title_en':'Idea','theme':'idea','unit_types':['outlet'],"
        "'recurrence':'free','fields':[{'name':'what','title_zh':'内容','title_en':'What','kind':'text',"
        "'required':true}]}]}");
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-25T12:00:00+08:00@%ld", (long)time(NULL));
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "feedback", "a");
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "feedback");
    stack_wait_ready(&stack, "monitoring");
    be(NULL, NULL, NULL);
    (void)ask(MSG(APPLY_UNITS), "{'items':[{'code':'P','name':'P','type':'province'}," UNIT("C1", "city", "P") "," UNIT(
                                    "C2", "city", "P") "," UNIT("S1", "outlet", "C1") "]}");
    (void)ask(MSG(APPLY_MEASURES), "{'items':[" MEASURE("owed", "report", "count", "placed") "," MEASURE(
                                       "done", "report", "count",
                                       "completed") "," MEASURE("in_time", "report", "quantity",
                                                                "completed") "," MEASURE("quality", "report_rating",
                                                                                         "quantity", "completed") "]}");
    assert_true(stack_until(knows_units, NULL, 20));
    apply_templates();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duties_are_made_and_overdue_ones_told),
        cmocka_unit_test(pages_follow_each_other),
        cmocka_unit_test(a_draft_outlives_a_kill),
        cmocka_unit_test(all_problems_come_at_once),
        cmocka_unit_test(submitted_once),
        cmocka_unit_test(rated_returned_and_handed_in_again),
        cmocka_unit_test(late_and_free_ones),
        cmocka_unit_test(they_are_facts_of_the_loop),
        cmocka_unit_test(told_once_after_restarts),
        cmocka_unit_test(summaries),
    };

    return cmocka_run_group_tests_name("reports", tests, set_up, tear_down);
}
