/* payday: see payday.h. */
#include "support/payday.h"

#include "support/check.h"
#include "support/command.h"
#include "support/web.h"

#include <stdio.h>
#include <string.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "runtime/clock.h"
#include "text/dates.h"
#include "text/pbjson.h"

struct payday payday;
static struct web web;

static int ask(uint32_t type, const char *json, ProtobufCMessage **reply, struct err *err)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request;

    err_clear(err);
    if (pbjson_parse(message->payload, json, strlen(json), &payday.stack.arena, &request, err) != 0)
        return -1;
    return stack_ask(&payday.stack, message->service, type, request, reply, err);
}

ProtobufCMessage *payday_must(uint32_t type, const char *json)
{
    ProtobufCMessage *reply = NULL;
    struct err err;

    if (ask(type, json, &reply, &err) != 0)
        fail_msg("%s: %s (%s)", json, err.text, err.code);
    return reply;
}

void payday_refused(uint32_t type, const char *json, const char *code)
{
    struct err err;

    if (ask(type, json, NULL, &err) == 0)
        fail_msg("%s: wasn't refused", json);
    if (strcmp(err.code, code) != 0)
        fail_msg("%s: refused as \"%s\" (%s), want \"%s\"", json, err.code, err.text, code);
}

/* --- the scene -------------------------------------------------------------------------------------------------------
 */

static void apply_plan(void)
{
    stack_apply(&payday.stack, MSG(APPLY_PRODUCTS), "{\"items\":[{\"code\":\"mobile\",\"name\":\"移动\"}]}");
    stack_apply(&payday.stack, MSG(APPLY_MEASURES),
                "{\"items\":[{\"code\":\"new\",\"title_zh\":\"新增用户\",\"title_en\":\"New users\",\"value\":"
                "\"count\",\"unit\":\"户\"}]}");
    stack_apply(&payday.stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"flat\",\"classes\":[{\"class\":\"working\",\"weight\":1},"
                "{\"class\":\"weekend\",\"weight\":1}]}]}");
    stack_apply(&payday.stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"2026M09\",\"from\":\"2026-09-01\",\"until\":\"2026-10-01\",\"calendar\":"
                "\"flat\"},{\"code\":\"2026M10\",\"from\":\"2026-10-01\",\"until\":\"2026-11-01\",\"calendar\":"
                "\"flat\"}]}");
    stack_apply(&payday.stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"P\",\"name\":\"省\",\"type\":\"province\"},"
                "{\"code\":\"C1\",\"name\":\"一市\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":"
                "\"2026-01-01\"}]},{\"code\":\"C2\",\"name\":\"二市\",\"type\":\"city\",\"relations\":[{\"parent\":"
                "\"P\",\"from\":\"2026-01-01\"}]}]}");
    for (int m = 9; m <= 10; m++) {
        char json[512];

        snprintf(json, sizeof json,
                 "{\"items\":[{\"period\":\"2026M%02d\",\"unit\":\"C1\",\"measure\":\"new\",\"amount\":\"100\"},"
                 "{\"period\":\"2026M%02d\",\"unit\":\"C2\",\"measure\":\"new\",\"amount\":\"100\"}]}",
                 m, m);
        stack_apply(&payday.stack, MSG(APPLY_TARGETS), json);
        snprintf(json, sizeof json, "{\"period\":\"2026M%02d\",\"reason\":\"test\"}", m);
        stack_apply(&payday.stack, MSG(PUBLISH_PLAN), json);
    }
}

static const char CARD[] = "{\"items\":[{\"code\":\"city\",\"unit_type\":\"city\",\"lines\":[{\"measure\":\"new\","
                           "\"weight_bp\":10000}]}]}";

static bool takes_card(void *arg)
{
    struct err err;

    (void)arg;
    return ask(MSG(APPLY_SCORECARDS), CARD, NULL, &err) == 0;
}

void payday_version(struct fake_events *events, uint16_t bucket, const char *key, const char *unit, const char *day,
                    int64_t count, bool taken_back, uint32_t number)
{
    Bihuan__FactsRecorded facts = BIHUAN__FACTS_RECORDED__INIT;
    char *keys[] = { (char *)(uintptr_t)key }, sql[160];
    uint32_t one[] = { 1 }, version[] = { number }, none[] = { 0 }, units[1], measures[1];
    protobuf_c_boolean back[] = { taken_back };
    int64_t values[] = { count }, at[] = { 0 };
    int32_t days[1];

    snprintf(sql, sizeof sql, "SELECT id FROM incentive.document WHERE kind = 'unit' AND code = '%s'", unit);
    units[0] = (uint32_t)pg_number(&payday.stack.pg, sql);
    measures[0] = (uint32_t)pg_number(&payday.stack.pg,
                                      "SELECT id FROM incentive.document WHERE kind = 'measure' AND code = 'new'");
    assert_int_equal(date_parse(day, 10, &days[0], NULL), 0);
    facts.sender = (char *)(uintptr_t) "crm";
    facts.n_record_key = facts.n_version = facts.n_taken_back = facts.n_unit_id = facts.n_seller_id = 1;
    facts.n_channel_id = facts.n_product_id = facts.n_day = facts.n_contributions = facts.n_occurred_at = 1;
    facts.n_measure_id = facts.n_value = 1;
    facts.record_key = keys;
    facts.version = version;
    facts.product_id = facts.contributions = one;
    facts.taken_back = back;
    facts.unit_id = units;
    facts.seller_id = facts.channel_id = none;
    facts.day = days;
    facts.measure_id = measures;
    facts.value = values;
    facts.occurred_at = at;
    fake_feedback_add(events, bucket, MSG(FACTS_RECORDED), &facts.base);
    payday.published[bucket]++;
}

void payday_fact(struct fake_events *events, uint16_t bucket, const char *key, const char *unit, const char *day,
                 int64_t count, bool taken_back)
{
    payday_version(events, bucket, key, unit, day, count, taken_back, 1);
}

void payday_complete(struct fake_events *events, const char *day_after)
{
    Bihuan__WatermarkMoved mark = BIHUAN__WATERMARK_MOVED__INIT;
    struct clock clock;
    int32_t day;

    assert_int_equal(clock_parse(&clock, "real", "+08:00", NULL), 0);
    assert_int_equal(date_parse(day_after, 10, &day, NULL), 0);
    mark.feed_id = 1;
    mark.feed = (char *)(uintptr_t) "orders";
    mark.through = clock_day_start(&clock, day);
    mark.n_seq = PAYDAY_BUCKETS;
    mark.seq = payday.published;
    fake_feedback_add(events, 0, MSG(WATERMARK_MOVED), &mark.base);
    payday.published[0]++;
}

static bool is_booked(void *arg)
{
    return pg_number(&payday.stack.pg, "SELECT count(*) FROM incentive.credit") == *(long *)arg;
}

/* Both cities are scored up to the day. */
static bool is_scored(void *arg)
{
    char sql[160];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM incentive.score WHERE rank > 0 AND as_of = '%s'", (char *)arg);
    return pg_number(&payday.stack.pg, sql) == 2;
}

bool payday_scored(const char *day)
{
    return stack_until(is_scored, (void *)(uintptr_t)day, 15);
}

void payday_send(struct fake_events *events, long credits)
{
    fake_feedback_send(&payday.stack, events);
    assert_true(stack_until(is_booked, &credits, 15));
}

/* --- asking ----------------------------------------------------------------------------------------------------------
 */

Bihuan__CalculatePayReply *payday_calculate(const char *period)
{
    char json[80];

    snprintf(json, sizeof json, "{\"period\":\"%s\"}", period);
    return (Bihuan__CalculatePayReply *)payday_must(MSG(CALCULATE_PAY), json);
}

Bihuan__PayResult *payday_pay(const char *unit, const char *period, uint32_t run)
{
    Bihuan__ListPayReply *reply;
    char json[160];

    snprintf(json, sizeof json, "{\"period\":\"%s\",\"unit\":\"%s\",\"run\":%u}", period, unit, run);
    reply = (Bihuan__ListPayReply *)payday_must(MSG(LIST_PAY), json);
    assert_int_equal(reply->n_items, 1);
    return reply->items[0];
}

void payday_verified(void)
{
    Bihuan__VerifyPayReply *reply = (Bihuan__VerifyPayReply *)payday_must(MSG(VERIFY_PAY), "{}");

    if (reply->different)
        fail_msg("verify: %u differences, first: %s", reply->different, reply->differences[0]);
    assert_true(reply->payees > 0);
}

long payday_sum(const char *where)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "SELECT coalesce(sum(amount), 0)::bigint FROM incentive.pay_entry e JOIN"
             " incentive.document u ON u.kind = 'unit' AND u.id = e.unit_id WHERE %s",
             where);
    return pg_number(&payday.stack.pg, sql);
}

Bihuan__GetPayStatementReply *payday_statement(const char *unit, const char *period)
{
    char json[120];

    snprintf(json, sizeof json, "{\"unit\":\"%s\",\"period\":\"%s\"}", unit, period);
    return (Bihuan__GetPayStatementReply *)payday_must(MSG(GET_PAY_STATEMENT), json);
}

int payday_start(void **state)
{
    (void)state;
    stack_new(&payday.stack);
    payday.stack.extra[0] = NULL;
    stack_start(&payday.stack, "planning", "a");
    fake_feedback_start(&payday.stack);
    stack_start(&payday.stack, "incentive", "a");
    stack_wait_ready(&payday.stack, "planning");
    stack_wait_ready(&payday.stack, "feedback");
    stack_wait_ready(&payday.stack, "incentive");
    apply_plan();
    if (!stack_until(takes_card, NULL, 20))
        fail_msg("the scorecard isn't taken");
    web_start(&web, &payday.stack);
    command_open(&payday.stack, &web, "commands");
    return 0;
}

int payday_stop(void **state)
{
    (void)state;
    stack_free(&payday.stack);
    return 0;
}
