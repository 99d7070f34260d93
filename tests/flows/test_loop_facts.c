/* The loop measures itself: guides acknowledged and deliverables approved are facts, counted by the same measures, in
 * monitoring and in incentive, as orders are. */
#include "bus/message.h"
#include "support/check.h"
#include "support/stack.h"

#include "text/pbjson.h"

#include "bihuan/planning_cycle.pb-c.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct stack stack;

static ProtobufCMessage *ask(const char *person, uint32_t type, const char *json)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request, *reply = NULL;
    struct err err;

    stack.person = person;
    if (pbjson_parse(message->payload, json, strlen(json), &stack.arena, &request, &err) != 0 ||
        stack_ask(&stack, message->service, type, request, &reply, &err) != 0)
        fail_msg("%s: %s", person, err.text);
    return reply;
}

/* What monitoring holds of a measure at a unit, over all days. */
static long sum_of(const char *measure, const char *unit)
{
    char sql[500];

    snprintf(
        sql, sizeof sql,
        "SELECT coalesce(sum(v.sum), 0)::bigint FROM monitoring.progress p, unnest(p.measures, p.sums) v(measure, sum)"
        " WHERE v.measure = (SELECT id FROM monitoring.document WHERE kind = 'measure' AND code = '%s')"
        " AND p.unit_id = (SELECT id FROM monitoring.document WHERE kind = 'unit' AND code = '%s')",
        measure, unit);
    return pg_number(&stack.pg, sql);
}

static const struct want {
    const char *measure, *unit;
    long sum;
} wants[] = {
    { "guides_asked", "S1", 1 },   { "guides_asked", "S2", 1 },   { "guides_asked", "C1", 0 },
    { "guides_done", "S1", 1 },    { "guides_done", "S2", 1 },    { "guides_in_time", "S1", 1 },
    { "guides_in_time", "S2", 0 }, { "trained", "S1", 1 },        { "trained", "S2", 0 },
    { "certified", "S1", 3 },      { "certified", "C1", 1 },      { "certified_tv", "S1", 1 },
    { "lapsed", "S1", 1 },         { "lapsed", "C1", 0 },         { "duties_owed", "C1", 2 },
    { "duties_done", "C1", 1 },    { "duties_in_time", "C1", 0 },
};

static bool is_counted(void *arg)
{
    const struct want **wrong = arg;

    for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++) {
        *wrong = &wants[i];
        if (sum_of(wants[i].measure, wants[i].unit) != wants[i].sum)
            return false;
    }
    return true;
}

static void start_planning(const char *day)
{
    snprintf(stack.clock, sizeof stack.clock, "%sT12:00:00+08:00@%ld", day, (long)time(NULL));
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
}

static void guides(void)
{
    ask("chen", MSG(ISSUE_GUIDE),
        "{\"guide\":{\"code\":\"g1\",\"kind\":\"operation_guide\",\"title_zh\":\"指引\",\"title_en\":\"Guide\","
        "\"text\":\"t\","
        "\"unit\":\"O\",\"due\":\"2026-10-25\",\"training\":true,\"to\":{\"types\":[\"outlet\"]}}}");
    ask("s1", MSG(ACKNOWLEDGE_GUIDE), "{\"code\":\"g1\",\"version\":1,\"unit\":\"S1\"}");
    ask("s1", MSG(READY_GUIDE), "{\"code\":\"g1\",\"version\":1,\"unit\":\"S1\",\"training\":true}");
    stack_kill(&stack, "planning", "a", SIGTERM);
    start_planning("2026-10-28"); /* behind the due day */
    ask("s2", MSG(ACKNOWLEDGE_GUIDE), "{\"code\":\"g1\",\"version\":1,\"unit\":\"S2\"}");
}

static void certify(const char *person, const char *product, const char *from, const char *until)
{
    char json[300];

    snprintf(json, sizeof json,
             "{\"certificate\":{\"person\":\"%s\",\"product\":\"%s\",\"from\":\"%s\",\"until\":\"%s\",\"unit\":\"O\"}}",
             person, product, from, until);
    ask("chen", MSG(ISSUE_CERTIFICATE), json);
}

/* Of s1's two, the one for 5g ends on the 25th, behind it begins another; the one for tv ends without another. yi works
 * at C1, and has one that doesn't end. */
static void certificates(void)
{
    certify("s1", "tv", "2026-10-20", "2026-10-25");
    certify("s1", "5g", "2026-10-20", "2026-10-25");
    certify("s1", "5g", "2026-10-24", "");
    certify("yi", "5g", "2026-10-20", "");
}

static bool is_overdue(void *arg)
{
    Bihuan__ListDeliverablesReply *reply = (Bihuan__ListDeliverablesReply *)ask("chen", MSG(LIST_DELIVERABLES), "{}");

    (void)arg;
    CHECK_INT(reply->n_items, 2);
    return strcmp(reply->items[0]->state, "overdue") == 0 && strcmp(reply->items[1]->state, "overdue") == 0;
}

/* Two reports of the city were due on 6 October; one of them comes late, the other never. */
static void duties(void)
{
    ask("chen", MSG(APPLY_CYCLE_TEMPLATES),
        "{\"items\":[{\"code\":\"small\",\"title_zh\":\"小\",\"title_en\":\"Small\",\"roles\":["
        "{\"code\":\"city_company\",\"title_zh\":\"市\",\"title_en\":\"City\",\"unit_type\":\"city\"},"
        "{\"code\":\"office\",\"title_zh\":\"室\",\"title_en\":\"Office\",\"units\":[\"O\"]}],"
        "\"stages\":[{\"code\":\"report\",\"title_zh\":\"报\",\"title_en\":\"Report\",\"deliverables\":["
        "{\"code\":\"r1\",\"title_zh\":\"一\",\"title_en\":\"One\",\"role\":\"city_company\",\"due\":\"start+5d\","
        "\"responsibilities\":[{\"role\":\"city_company\",\"does\":[\"draft\"]},{\"role\":\"office\",\"does\":["
        "\"approve\"]}]},"
        "{\"code\":\"r2\",\"title_zh\":\"二\",\"title_en\":\"Two\",\"role\":\"city_company\",\"due\":\"start+5d\","
        "\"responsibilities\":[{\"role\":\"city_company\",\"does\":[\"draft\"]},{\"role\":\"office\",\"does\":["
        "\"approve\"]}]}]}"
        "]}]}");
    ask("chen", MSG(OPEN_CYCLE), "{\"template\":\"small\",\"period\":\"2026Q4\",\"code\":\"c\"}");
    assert_true(stack_until(is_overdue, NULL, 20));
    {
        Bihuan__ListDeliverablesReply *list = (Bihuan__ListDeliverablesReply *)ask("yi", MSG(LIST_DELIVERABLES), "{}");
        Bihuan__MoveDeliverableReply *moved;
        char json[200];

        snprintf(json, sizeof json, "{\"id\":\"%s\",\"revision\":%u,\"text\":\"late\"}", list->items[0]->id,
                 list->items[0]->revision);
        moved = (Bihuan__MoveDeliverableReply *)ask("yi", MSG(SUBMIT_DELIVERABLE), json);
        snprintf(json, sizeof json, "{\"id\":\"%s\",\"revision\":%u}", moved->deliverable->id,
                 moved->deliverable->revision);
        ask("chen", MSG(APPROVE_DELIVERABLE), json);
    }
}

static long credits(void)
{
    return pg_number(&stack.pg, "SELECT count(*) FROM incentive.credit");
}

static bool is_credited(void *arg)
{
    (void)arg;
    return credits() == pg_number(&stack.pg, "SELECT count(*) FROM feedback.order_line WHERE measures <> '{}'");
}

static void test_the_loop_is_counted(void **state)
{
    const struct want *wrong = NULL;

    (void)state;
    certificates();
    guides();
    duties();
    if (!stack_until(is_counted, &wrong, 30))
        fail_msg("%s at %s is %ld, not %ld", wrong->measure, wrong->unit, sum_of(wrong->measure, wrong->unit),
                 wrong->sum);
    if (!stack_until(is_credited, NULL, 20))
        fail_msg("%ld credits", credits());
}

/* Everything told again from the beginning of the stream changes nothing. */
static void test_told_again(void **state)
{
    const struct want *wrong = NULL;
    long facts = pg_number(&stack.pg, "SELECT count(*) FROM feedback.order_line");

    (void)state;
    stack_kill(&stack, "feedback", "a", SIGKILL);
    free(pg_value(&stack.pg, "DELETE FROM feedback.bus_position WHERE source = 'planning'"));
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
    sleep(1);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.order_line"), facts);
    assert_true(is_counted(&wrong));
}

static void refuses(const char *measure, const char *words)
{
    const struct message_type *message = message_type_find(MSG(APPLY_MEASURES));
    ProtobufCMessage *request;
    struct err err;
    char json[400];

    snprintf(json, sizeof json, "{\"items\":[{\"code\":\"x\",\"title_zh\":\"x\",\"title_en\":\"x\",%s}]}", measure);
    assert_int_equal(pbjson_parse(message->payload, json, strlen(json), &stack.arena, &request, &err), 0);
    if (stack_ask(&stack, "planning", MSG(APPLY_MEASURES), request, NULL, &err) == 0 || !strstr(err.text, words))
        fail_msg("%s: %s", measure, err.text);
}

static void test_what_never_counts_is_refused(void **state)
{
    (void)state;
    refuses("\"value\":\"count\",\"filter\":{\"states\":[\"cancelled\"]}", "of a \"certificate\" it is the end");
    refuses("\"fact\":\"guide\",\"value\":\"count\",\"filter\":{\"products\":[\"tv\"]}", "has no product, price or");
    refuses("\"fact\":\"certificate\",\"value\":\"amount\"", "has no amount");
    refuses("\"fact\":\"certificate\",\"value\":\"count\",\"filter\":{\"price\":\"off_list\"}",
            "has no price or place");
}

#define COUNT(code, fact, value, states)                                                                               \
    "{\"code\":\"" code "\",\"title_zh\":\"x\",\"title_en\":\"x\",\"class\":\"process\",\"fact\":\"" fact              \
    "\",\"value\":\"" value "\",\"filter\":{\"states\":[\"" states "\"]}}"

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    start_planning("2026-10-20");
    stack_start(&stack, "feedback", "a");
    stack_start(&stack, "monitoring", "a");
    stack_start(&stack, "incentive", "a");
    stack_wait_ready(&stack, "feedback");
    stack_wait_ready(&stack, "monitoring");
    stack_wait_ready(&stack, "incentive");
    ask("tester", MSG(APPLY_CALENDARS),
        "{\"items\":[{\"code\":\"cn\",\"classes\":[{\"class\":\"working\",\"weight\":1},{\"class\":\"weekend\","
        "\"weight\":1}]}]}");
    ask("tester", MSG(APPLY_PERIODS),
        "{\"items\":[{\"code\":\"2026Q4\",\"from\":\"2026-10-01\",\"until\":\"2027-01-01\",\"calendar\":\"cn\"}]}");
    ask("tester", MSG(APPLY_PRODUCTS),
        "{\"items\":[{\"code\":\"5g\",\"name\":\"5\"},{\"code\":\"tv\",\"name\":\"t\"}]}");
    ask("tester", MSG(APPLY_MEASURES),
        "{\"items\":[" COUNT("certified", "certificate", "count", "completed") "," COUNT(
            "lapsed", "certificate", "quantity",
            "cancelled") ",{\"code\":\"certified_tv\",\"title_zh\":\"x\",\"title_en\":\"x\",\"class\":\"process\","
                         "\"fact\":"
                         "\"certificate\",\"value\":\"count\",\"filter\":{\"products\":[\"tv\"]}}]}");
    ask("tester", MSG(APPLY_MEASURES),
        "{\"items\":[" COUNT("guides_asked", "guide", "count", "placed") "," COUNT("guides_done", "guide", "count", "completed") "," COUNT(
            "guides_in_time", "guide", "quantity",
            "completed") "," COUNT("trained", "training", "count",
                                   "completed") "," COUNT("duties_owed", "deliverable", "count",
                                                          "placed") "," COUNT("duties_done", "deliverable", "count",
                                                                              "completed") "," COUNT("duties_in_time",
                                                                                                     "deliverable",
                                                                                                     "quantity",
                                                                                                     "completed") "]}");
    ask("tester", MSG(APPLY_UNITS),
        "{\"items\":[{\"code\":\"P\",\"name\":\"省\",\"type\":\"province\"},"
        "{\"code\":\"O\",\"name\":\"室\",\"type\":\"office\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-01-01\"}]"
        "},"
        "{\"code\":\"C1\",\"name\":\"市\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-01-01\"}]}"
        ","
        "{\"code\":\"S1\",\"name\":\"厅\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C1\",\"from\":\"2026-01-"
        "01\"}]},"
        "{\"code\":\"S2\",\"name\":\"厅\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C1\",\"from\":\"2026-01-"
        "01\"}]}]}");
    ask("tester", MSG(APPLY_PEOPLE),
        "{\"items\":[{\"code\":\"chen\",\"name\":\"a\",\"roles\":[{\"role\":\"office\",\"unit\":\"O\",\"from\":\"2026-"
        "01-01\"}]},"
        "{\"code\":\"yi\",\"name\":\"b\",\"roles\":[{\"role\":\"city_company\",\"unit\":\"C1\",\"from\":\"2026-01-01\"}"
        "]},"
        "{\"code\":\"s1\",\"name\":\"c\",\"roles\":[{\"role\":\"manager\",\"unit\":\"S1\",\"from\":\"2026-01-01\"}]},"
        "{\"code\":\"s2\",\"name\":\"d\",\"roles\":[{\"role\":\"manager\",\"unit\":\"S2\",\"from\":\"2026-01-01\"}]}]"
        "}");
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
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_the_loop_is_counted), cmocka_unit_test(test_told_again),
                                        cmocka_unit_test(test_what_never_counts_is_refused) };

    return cmocka_run_group_tests_name("loop_facts", tests, set_up, tear_down);
}
