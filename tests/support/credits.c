/* credits: see credits.h. */
#include "support/credits.h"

#include "support/check.h"

#include "bihuan/incentive.pb-c.h"
#include "refdata/fact_rows.h"
#include "runtime/clock.h"
#include "text/dates.h"
#include "text/pbjson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 16

/* Pairs of measure and value of all rows, decoded by SQL alone. */
static const char VIEW[] =
    "CREATE VIEW incentive.test_pair AS SELECT u.code AS unit, c.record_key AS key, c.sender, c.version,"
    " c.taken_back AS back, m.code AS measure,"
    " ('x' || encode(substr(c.contributions, i * 10 + 3, 8), 'hex'))::bit(64)::bigint AS value,"
    " coalesce(c.entry, 0) AS kind, coalesce(c.rule_id, 0) AS rule, coalesce(c.rule_version, 0) AS rule_version,"
    " coalesce(c.reason, '') AS reason, c.day, c.counts_day, coalesce(c.late_for, 0) AS late, coalesce(c.run, 0) AS"
    " run, (c.bucket, c.source_seq, c.source_row)::text AS at, coalesce((SELECT p.code FROM incentive.document p"
    " WHERE p.kind = 'product' AND p.id = c.product_id), '') AS product FROM incentive.credit c"
    " CROSS JOIN LATERAL generate_series(0, octet_length(c.contributions) / 10 - 1) i"
    " JOIN incentive.document u ON u.kind = 'unit' AND u.id = c.unit_id JOIN incentive.document m ON m.kind = 'measure'"
    " AND m.id = ('x' || encode(substr(c.contributions, i * 10 + 1, 2), 'hex'))::bit(16)::int";

static const struct {
    uint32_t type;
    const char *json;
} plan[] = {
    { MSG(APPLY_PRODUCTS),
      "{\"items\":[{\"code\":\"F\",\"name\":\"融合\"},{\"code\":\"F1\",\"name\":\"融合一\",\"parent\":"
      "\"F\"},{\"code\":\"G\",\"name\":\"礼品\"}]}" },
    { MSG(APPLY_CHANNELS), "{\"items\":[{\"code\":\"hall\",\"name\":\"厅\"}]}" },
    { MSG(APPLY_MEASURES),
      "{\"items\":[{\"code\":\"rev\",\"title_zh\":\"收入\",\"title_en\":\"Revenue\",\"value\":\"amount\",\"unit\":"
      "\"元\"},"
      "{\"code\":\"new\",\"title_zh\":\"新增\",\"title_en\":\"New users\",\"value\":\"count\",\"unit\":\"户\"},"
      "{\"code\":\"paid\",\"title_zh\":\"回款\",\"title_en\":\"Paid\",\"fact\":\"payment\",\"value\":\"amount\","
      "\"unit\":\"元\"},"
      "{\"code\":\"signed\",\"title_zh\":\"在约\",\"title_en\":\"Signed\",\"value\":\"amount\",\"unit\":\"元\",\"over_"
      "time\":\"last\"},"
      "{\"code\":\"per\",\"title_zh\":\"户均\",\"title_en\":\"Per "
      "user\",\"value\":\"ratio\",\"unit\":\"元\",\"ratio\":{\"of\":\"rev\","
      "\"over\":\"new\"}}]}" },
    { MSG(APPLY_CALENDARS), "{\"items\":[{\"code\":\"flat\",\"classes\":[{\"class\":\"working\",\"weight\":1},"
                            "{\"class\":\"weekend\",\"weight\":1}]}]}" },
    { MSG(APPLY_PERIODS),
      "{\"items\":[{\"code\":\"2026M09\",\"from\":\"2026-09-01\",\"until\":\"2026-10-01\",\"calendar\":\"flat\"},"
      "{\"code\":\"2026M10\",\"from\":\"2026-10-01\",\"until\":\"2026-11-01\",\"calendar\":\"flat\"}]}" },
    { MSG(APPLY_UNITS),
      "{\"items\":[{\"code\":\"P\",\"name\":\"省\",\"type\":\"province\"},"
      "{\"code\":\"C1\",\"name\":\"一市\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-01-01\"}]}"
      ","
      "{\"code\":\"C2\",\"name\":\"二市\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-01-01\"}]}"
      ","
      "{\"code\":\"E\",\"name\":\"政企\",\"type\":\"office\",\"relations\":[{\"parent\":\"P\",\"from\":\"2026-01-01\"}]"
      "},"
      "{\"code\":\"S1\",\"name\":\"一厅\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C1\",\"from\":\"2026-01-"
      "01\"}]},"
      "{\"code\":\"S2\",\"name\":\"二厅\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C1\",\"from\":\"2026-01-"
      "01\"}]},"
      "{\"code\":\"S3\",\"name\":\"三厅\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C2\",\"from\":\"2026-01-"
      "01\"}]},"
      "{\"code\":\"V1\",\"name\":\"销售\",\"type\":\"salesperson\",\"relations\":[{\"parent\":\"S1\",\"from\":"
      "\"2026-01-01\"}]}]}" },
    { MSG(APPLY_PEOPLE),
      "{\"items\":[{\"code\":\"PM\",\"name\":\"产品经理\",\"roles\":[{\"role\":\"pm\",\"unit\":\"C1\","
      "\"from\":\"2026-01-01\"},{\"role\":\"sells\",\"unit\":\"V1\",\"from\":\"2026-01-01\"}]}]}" },
    { MSG(APPLY_TARGETS), "{\"items\":[{\"period\":\"2026M09\",\"unit\":\"C1\",\"measure\":\"new\",\"amount\":\"300\"},"
                          "{\"period\":\"2026M10\",\"unit\":\"C1\",\"measure\":\"new\",\"amount\":\"300\"}]}" },
    { MSG(PUBLISH_PLAN), "{\"period\":\"2026M09\",\"reason\":\"test\",\"consents\":[\"empty_leaf\"]}" },
    { MSG(PUBLISH_PLAN), "{\"period\":\"2026M10\",\"reason\":\"test\",\"consents\":[\"empty_leaf\"]}" },
};

int credits_ask(struct credit_scene *scene, uint32_t type, const char *json, ProtobufCMessage **reply, struct err *err)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request;

    err_clear(err);
    if (pbjson_parse(message->payload, json, strlen(json), &scene->stack.arena, &request, err) != 0)
        return -1;
    return stack_ask(&scene->stack, message->service, type, request, reply, err);
}

/* incentive has read all of the above: the plan is its last part. */
static bool knows_plan(void *arg)
{
    struct credit_scene *scene = arg;

    return pg_number(&scene->stack.pg, "SELECT count(*) FROM incentive.target_version") == 2 &&
           pg_number(&scene->stack.pg, "SELECT count(*) FROM incentive.document WHERE kind = 'person'") == 1;
}

void credits_start(struct credit_scene *scene)
{
    struct stack *stack = &scene->stack;

    memset(scene, 0, sizeof *scene);
    stack_new(stack);
    stack_start(stack, "planning", "a");
    fake_feedback_start(stack);
    stack->extra[0] = "--score_interval_ms=100";
    stack_start(stack, "incentive", "a");
    stack->extra[0] = NULL;
    stack_wait_ready(stack, "planning");
    stack_wait_ready(stack, "feedback");
    stack_wait_ready(stack, "incentive");
    for (size_t i = 0; i < sizeof plan / sizeof plan[0]; i++)
        stack_apply(stack, plan[i].type, plan[i].json);
    if (!stack_until(knows_plan, scene, 20))
        fail_msg("incentive doesn't read the plan");
    free(pg_value(&stack->pg, VIEW));
    stack_apply(stack, MSG(APPLY_SCORECARDS),
                "{\"items\":[{\"code\":\"city\",\"unit_type\":\"city\",\"lines\":["
                "{\"measure\":\"new\",\"weight_bp\":10000}]}]}");
}

void credits_stop(struct credit_scene *scene)
{
    stack_free(&scene->stack);
}

/* --- facts -----------------------------------------------------------------------------------------------------------
 */

static uint32_t id_of(struct credit_scene *scene, const char *kind, const char *code)
{
    char sql[200];

    if (!code || !code[0])
        return 0;
    snprintf(sql, sizeof sql, "SELECT id FROM incentive.document WHERE kind = '%s' AND code = '%s'", kind, code);
    return (uint32_t)pg_number(&scene->stack.pg, sql);
}

uint32_t credits_unit(struct credit_scene *scene, const char *code)
{
    return id_of(scene, "unit", code);
}

void credits_add(struct credit_scene *scene, struct fake_events *events, const struct credit_sale *sale)
{
    Bihuan__FactsRecorded facts = BIHUAN__FACTS_RECORDED__INIT;
    char *keys[] = { (char *)(uintptr_t)sale->key };
    uint32_t version[] = { sale->version ? sale->version : 1 }, one[] = { 1 }, channel[] = { 0 };
    uint32_t units[] = { id_of(scene, "unit", sale->unit) }, sellers[] = { id_of(scene, "unit", sale->seller) };
    uint32_t products[] = { id_of(scene, "product", sale->product) };
    uint32_t measures[] = { id_of(scene, "measure", sale->measure) };
    protobuf_c_boolean back[] = { sale->taken_back };
    int64_t values[] = { sale->value }, at[] = { 0 };
    int32_t days[1];

    assert_int_equal(date_parse(sale->day, 10, &days[0], NULL), 0);
    facts.sender = (char *)(uintptr_t) "crm";
    facts.n_record_key = facts.n_version = facts.n_taken_back = facts.n_unit_id = facts.n_seller_id = 1;
    facts.n_channel_id = facts.n_product_id = facts.n_day = facts.n_contributions = facts.n_occurred_at = 1;
    facts.n_measure_id = facts.n_value = 1;
    facts.record_key = keys;
    facts.version = version;
    facts.taken_back = back;
    facts.unit_id = units;
    facts.seller_id = sellers;
    facts.channel_id = channel;
    facts.product_id = products;
    facts.day = days;
    facts.contributions = one;
    facts.measure_id = measures;
    facts.value = values;
    facts.occurred_at = at;
    fake_feedback_add(events, sale->bucket, MSG(FACTS_RECORDED), &facts.base);
    scene->published[sale->bucket]++;
}

void credits_say(struct credit_scene *scene, struct fake_events *events, const struct credit_record *record)
{
    credits_say_of(scene, events, record, "crm");
}

void credits_say_of(struct credit_scene *scene, struct fake_events *events, const struct credit_record *record,
                    const char *of)
{
    Bihuan__FactsRecorded facts = BIHUAN__FACTS_RECORDED__INIT;
    const struct fact_kind_info *kind = fact_kind_info(fact_kind_parse(record->fact));
    char sender[FACT_SENDER_MAX], *keys[] = { (char *)(uintptr_t)record->key };
    uint32_t version[] = { record->version ? record->version : 1 }, count[] = { record->measure != NULL },
             none[] = { 0 };
    uint32_t units[] = { id_of(scene, "unit", record->unit) },
             products[] = { id_of(scene, "product", record->product) };
    uint32_t measures[] = { id_of(scene, "measure", record->measure) };
    uint32_t customer_len[] = { record->customer ? (uint32_t)strlen(record->customer) : 0 };
    uint32_t reference_len[] = { record->reference ? (uint32_t)strlen(record->reference) : 0 };
    protobuf_c_boolean back[] = { record->undoes };
    int64_t values[] = { record->value }, at[] = { 0 }, amount[] = { record->amount },
            quantity[] = { record->quantity };
    uint8_t state[] = { (uint8_t)((record->state ? record->state : kind->usual) |
                                  (record->undoes ? FACT_ROW_UNDOES : 0)) };
    int32_t days[1];

    assert_int_equal(date_parse(record->day, 10, &days[0], NULL), 0);
    fact_sender_name(sender, "crm", fact_kind_parse(record->fact));
    facts.sender = sender;
    facts.fact = (char *)(uintptr_t)record->fact;
    facts.n_record_key = facts.n_version = facts.n_taken_back = facts.n_unit_id = facts.n_seller_id = 1;
    facts.n_channel_id = facts.n_product_id = facts.n_day = facts.n_contributions = facts.n_occurred_at = 1;
    facts.n_measure_id = facts.n_value = record->measure != NULL;
    facts.record_key = keys;
    facts.version = version;
    facts.taken_back = back;
    facts.unit_id = units;
    facts.seller_id = facts.channel_id = none;
    facts.product_id = products;
    facts.day = days;
    facts.contributions = count;
    facts.measure_id = measures;
    facts.value = values;
    facts.occurred_at = at;
    facts.state = (ProtobufCBinaryData) { 1, state };
    facts.n_amount = facts.n_quantity = 1;
    facts.amount = amount;
    facts.quantity = quantity;
    facts.n_customer_len = customer_len[0] != 0;
    facts.customer_len = customer_len;
    facts.customer = (ProtobufCBinaryData) { customer_len[0], (uint8_t *)(uintptr_t)record->customer };
    facts.n_reference_len = reference_len[0] != 0;
    facts.reference_len = reference_len;
    facts.reference = (ProtobufCBinaryData) { reference_len[0], (uint8_t *)(uintptr_t)record->reference };
    facts.reference_sender = (char *)(uintptr_t)of;
    fake_feedback_add(events, record->bucket, MSG(FACTS_RECORDED), &facts.base);
    scene->published[record->bucket]++;
}

void credits_complete(struct credit_scene *scene, struct fake_events *events, const char *day_text)
{
    Bihuan__WatermarkMoved mark = BIHUAN__WATERMARK_MOVED__INIT;
    struct clock clock;
    int32_t day;

    assert_int_equal(clock_parse(&clock, "real", "+08:00", NULL), 0);
    assert_int_equal(date_parse(day_text, 10, &day, NULL), 0);
    mark.feed_id = 1;
    mark.feed = (char *)(uintptr_t) "orders";
    mark.through = clock_day_start(&clock, day);
    mark.n_seq = BUCKETS;
    mark.seq = scene->published;
    fake_feedback_add(events, 0, MSG(WATERMARK_MOVED), &mark.base);
    scene->published[0]++;
}

static bool has_read(void *arg)
{
    struct credit_scene *scene = arg;
    long sum = 0;

    for (int b = 0; b < BUCKETS; b++)
        sum += (long)scene->published[b];
    return pg_number(&scene->stack.pg,
                     "SELECT coalesce(sum(seq), 0)::bigint FROM incentive.bus_position WHERE source = 'feedback'") >=
           sum;
}

void credits_send(struct credit_scene *scene, struct fake_events *events)
{
    fake_feedback_send(&scene->stack, events);
    if (!stack_until(has_read, scene, 30))
        fail_msg("incentive doesn't read on");
}

/* --- rules -----------------------------------------------------------------------------------------------------------
 */

static bool is_settled(void *arg)
{
    struct credit_scene *scene = arg;

    /* at once: what is joined may want credits worked out anew */
    return pg_number(
               &scene->stack.pg,
               "SELECT (SELECT count(*) FROM incentive.crediting_run WHERE NOT done) + (SELECT count(*) FROM"
               " incentive.credit_due) + (SELECT count(*) FROM incentive.registration_row WHERE NOT effective)") == 0;
}

void credits_settle(struct credit_scene *scene)
{
    if (!stack_until(is_settled, scene, 30))
        fail_msg("credits aren't worked out anew");
}

void credits_rules(struct credit_scene *scene, const char *items)
{
    char *json = malloc(strlen(items) + 32);

    assert_non_null(json);
    sprintf(json, "{\"items\":[%s]}", items);
    stack_apply(&scene->stack, MSG(APPLY_CREDITING_RULES), json);
    free(json);
    credits_settle(scene);
}

/* --- reading ---------------------------------------------------------------------------------------------------------
 */

long credits_number(struct credit_scene *scene, const char *sql)
{
    char text[1600];

    snprintf(text, sizeof text, "SELECT %s", sql);
    return pg_number(&scene->stack.pg, text);
}

long credits_kind(struct credit_scene *scene, const char *unit, const char *key, const char *measure, int kind)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "coalesce(sum(value), 0)::bigint FROM incentive.test_pair WHERE (unit = '%s' OR '%s' = '') AND (key = '%s'"
             " OR '%s' = '') AND (measure = '%s' OR '%s' = '') AND (kind = %d OR %d < 0)",
             unit, unit, key, key, measure, measure, kind, kind);
    return credits_number(scene, sql);
}

long credits_of(struct credit_scene *scene, const char *unit, const char *key, const char *measure)
{
    return credits_kind(scene, unit, key, measure, -1);
}

void credits_verify(struct credit_scene *scene, const char *why)
{
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
        ProtobufCMessage *reply = NULL;
        Bihuan__VerifyScoresReply *verified;
        struct err err;
        char json[64];

        snprintf(json, sizeof json, "{\"bucket\":%d}", bucket);
        if (credits_ask(scene, MSG(VERIFY_SCORES), json, &reply, &err) != 0)
            fail_msg("%s: verify: %s", why, err.text);
        verified = (Bihuan__VerifyScoresReply *)reply;
        if (verified->n_differences)
            fail_msg("%s: %zu differences, first: %s", why, verified->n_differences, verified->differences[0]);
    }
}
