/* pay_scene: see pay_scene.h. */
#include "bench/pay_scene.h"

#include "support/fake_feedback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/incentive_pay.pb-c.h"

#define FIRST_DAY 20727 /* 2026-10-01 */
#define ROWS      250   /* of an event: five make a batch */
#define BUCKETS   16

/* --- the plan --------------------------------------------------------------------------------------------------------
 */

static void apply_measures(struct stack *stack)
{
    struct buf json = { 0 };

    for (int m = 1; m <= PAY_SCENE_MEASURES; m++)
        buf_printf(&json, "%s{\"code\":\"m%d\",\"title_zh\":\"m\",\"title_en\":\"m\",\"value\":\"%s\"}",
                   m > 1 ? "," : "{\"items\":[", m, m % 2 ? "count" : "amount");
    buf_append_text(&json, "]}");
    stack_apply(stack, MSG(APPLY_MEASURES), buf_text(&json));
    buf_fini(&json);
}

static void apply_units(struct stack *stack, uint32_t units)
{
    struct buf json = { 0 };

    for (uint32_t at = 0; at <= units; at += 2000) {
        buf_append_text(&json, "{\"items\":[");
        for (uint32_t i = at; i < at + 2000 && i <= units; i++)
            buf_printf(&json,
                       i ? "%s{\"code\":\"U%u\",\"name\":\"u\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"U0\","
                           "\"from\":\"2026-01-01\"}]}"
                         : "%s{\"code\":\"U%u\",\"name\":\"u\",\"type\":\"province\"}",
                       i > at ? "," : "", i);
        buf_append_text(&json, "]}");
        stack_apply(stack, MSG(APPLY_UNITS), buf_text(&json));
        buf_reset(&json);
    }
    buf_fini(&json);
}

static void apply_targets(struct stack *stack, uint32_t units)
{
    struct buf json = { 0 };

    for (uint32_t at = 1; at <= units; at += 2000) {
        buf_append_text(&json, "{\"items\":[");
        for (uint32_t i = at; i < at + 2000 && i <= units; i++)
            buf_printf(&json, "%s{\"period\":\"2026Q4\",\"unit\":\"U%u\",\"measure\":\"m1\",\"amount\":\"40\"}",
                       i > at ? "," : "", i);
        buf_append_text(&json, "]}");
        stack_apply(stack, MSG(APPLY_TARGETS), buf_text(&json));
        buf_reset(&json);
    }
    stack_apply(stack, MSG(PUBLISH_PLAN), "{\"period\":\"2026Q4\",\"reason\":\"bench\"}");
    buf_fini(&json);
}

/* A component a measure: the first over its target, the others over volume; the second is held back in part. */
static void apply_pay_plan(struct stack *stack)
{
    struct buf json = { 0 };

    buf_append_text(&json, "{\"items\":[{\"code\":\"pay\",\"from\":\"2026-01-01\",\"unit_types\":[\"outlet\"],"
                           "\"components\":[{\"code\":\"c1\",\"kind\":\"rate\",\"measure\":\"m1\",\"bands\":[{\"from_"
                           "ppm\":0,\"amount\":\"5\"},{\"from_ppm\":1000000,\"amount\":\"8\"}]}");
    for (int m = 2; m <= PAY_SCENE_MEASURES; m++)
        buf_printf(
            &json,
            ",{\"code\":\"c%d\",\"kind\":\"rate\",\"measure\":\"m%d\",\"over\":\"volume\",%s\"bands\":[{\"from\":"
            "\"0\",%s},{\"from\":\"30\",%s}]}",
            m, m, m == 2 ? "\"hold_ppm\":300000,\"hold_days\":90," : "",
            m % 2 ? "\"amount\":\"1.5\"" : "\"rate_ppm\":30000", m % 2 ? "\"amount\":\"2\"" : "\"rate_ppm\":40000");
    buf_append_text(&json, "]}]}");
    stack_apply(stack, MSG(APPLY_PAY_PLANS), buf_text(&json));
    buf_fini(&json);
}

static bool takes_card(void *arg)
{
    struct stack *stack = arg;
    struct err err;

    return stack_try(
               stack, MSG(APPLY_SCORECARDS),
               "{\"items\":[{\"code\":\"o\",\"unit_type\":\"outlet\",\"lines\":[{\"measure\":\"m1\",\"weight_bp\":"
               "10000}]}]}",
               &err) == 0;
}

/* Records in order of day, as they come in; pairs big-endian. */
static void write_credits(struct stack *stack, uint64_t contributions, uint32_t units)
{
    char sql[2000];
    uint64_t records = contributions / PAY_SCENE_PAIRS;

    snprintf(sql, sizeof sql,
             "INSERT INTO incentive.credit (source_seq, counts_day, day, unit_id, seller_id, channel_id, product_id,"
             " version, bucket, source_row, taken_back, sender, record_key, contributions)"
             " SELECT 0, d, d, (SELECT id FROM incentive.document WHERE kind = 'unit' AND code = 'U1')"
             " + (n * 7919 %% %u)::int, 0, 0, 0, 1, (n %% 16)::int, (n %% 256)::int, false, 'crm', 'ORD2026' || "
             "lpad(n::text, 10, '0'),"
             " (SELECT string_agg(int2send((m + p + n %% 2 * %d)::int2) || int8send(CASE (m + p) %% 2 WHEN 0 THEN"
             " 100000 + n %% 900000 ELSE 1 END), '' ORDER BY p) FROM generate_series(0, %d) p)"
             " FROM generate_series(0::bigint, %llu - 1) n CROSS JOIN LATERAL (SELECT '2026-10-01'::date + (n * 92 / "
             "%llu)::int"
             " AS d) x CROSS JOIN (SELECT min(id) AS m FROM incentive.document WHERE kind = 'measure') y",
             units, PAY_SCENE_PAIRS, PAY_SCENE_PAIRS - 1, (unsigned long long)records, (unsigned long long)records);
    free(pg_value(&stack->pg, sql));
    free(pg_value(&stack->pg, "ANALYZE incentive.credit"));
}

void pay_scene_start(struct stack *stack, uint64_t contributions, uint32_t payees)
{
    stack_new_measured(stack);
    stack->extra[0] = NULL;
    stack_start(stack, "planning", "a");
    fake_feedback_start(stack);
    stack_start(stack, "incentive", "a");
    stack_wait_ready(stack, "planning");
    stack_wait_ready(stack, "feedback");
    stack_wait_ready(stack, "incentive");
    stack_apply(stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"flat\",\"classes\":[{\"class\":\"working\","
                "\"weight\":1},{\"class\":\"weekend\",\"weight\":1}]}]}");
    stack_apply(stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"2026Q4\",\"from\":\"2026-10-01\",\"until\":"
                "\"2027-01-01\",\"calendar\":\"flat\"}]}");
    apply_measures(stack);
    apply_units(stack, payees);
    apply_targets(stack, payees);
    if (!stack_until(takes_card, stack, 60))
        exit(1);
    apply_pay_plan(stack);
    stack_kill(stack, "incentive", "a", 9);
    write_credits(stack, contributions, payees);
    stack_start(stack, "incentive", "a");
    stack_wait_ready(stack, "incentive");
}

/* --- facts -----------------------------------------------------------------------------------------------------------
 */

/* What facts name. */
struct ids {
    uint32_t first_unit, first_measure;
    long events; /* published so far */
    uint64_t next;
};

static struct ids *ids_of(struct stack *stack)
{
    static struct ids ids;

    if (!ids.first_unit) {
        ids.first_unit = (uint32_t)pg_number(&stack->pg,
                                             "SELECT id FROM incentive.document WHERE kind = 'unit' AND code = 'U1'");
        ids.first_measure = (uint32_t)pg_number(&stack->pg,
                                                "SELECT min(id) FROM incentive.document WHERE kind = 'measure'");
    }
    return &ids;
}

static void add_event(struct fake_events *events, struct ids *ids, const uint32_t *units, size_t count)
{
    static char names[ROWS][24];
    static char *keys[ROWS];
    static uint32_t version[ROWS], unit[ROWS], none[ROWS], pairs[ROWS], measure[PAY_SCENE_PAIRS * ROWS];
    static protobuf_c_boolean back[ROWS];
    static int32_t day[ROWS];
    static int64_t value[PAY_SCENE_PAIRS * ROWS], at[ROWS];
    Bihuan__FactsRecorded facts = BIHUAN__FACTS_RECORDED__INIT;

    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "NEW2026%010lu", (unsigned long)ids->next++);
        keys[i] = names[i];
        version[i] = 1;
        unit[i] = ids->first_unit + units[i];
        pairs[i] = PAY_SCENE_PAIRS;
        day[i] = FIRST_DAY + 91;
        for (size_t p = 0; p < PAY_SCENE_PAIRS; p++) {
            measure[PAY_SCENE_PAIRS * i + p] = ids->first_measure + (uint32_t)p;
            value[PAY_SCENE_PAIRS * i + p] = p % 2 ? 500000 : 1;
        }
    }
    facts.sender = (char *)(uintptr_t) "crm";
    facts.n_record_key = facts.n_version = facts.n_taken_back = facts.n_unit_id = facts.n_seller_id = count;
    facts.n_channel_id = facts.n_product_id = facts.n_day = facts.n_contributions = facts.n_occurred_at = count;
    facts.n_measure_id = facts.n_value = PAY_SCENE_PAIRS * count;
    facts.record_key = keys;
    facts.version = version;
    facts.taken_back = back;
    facts.unit_id = unit;
    facts.seller_id = facts.channel_id = facts.product_id = none;
    facts.day = day;
    facts.contributions = pairs;
    facts.measure_id = measure;
    facts.value = value;
    facts.occurred_at = at;
    fake_feedback_add(events, (uint16_t)(ids->events++ % BUCKETS), MSG(FACTS_RECORDED), &facts.base);
}

long pay_scene_batch(struct stack *stack, uint32_t n, uint32_t payees)
{
    struct fake_events events = { 0 };
    struct ids *ids = ids_of(stack);

    for (uint32_t e = 0; e < PAY_SCENE_BATCH / PAY_SCENE_PAIRS / ROWS; e++) {
        uint32_t units[ROWS];

        for (uint32_t i = 0; i < ROWS; i++)
            units[i] = (n * 104729 + e * ROWS * 7919 + i * 7919) % payees;
        add_event(&events, ids, units, ROWS);
    }
    fake_feedback_send(stack, &events);
    return ids->events;
}

long pay_scene_order(struct stack *stack, uint32_t payee)
{
    struct fake_events events = { 0 };
    struct ids *ids = ids_of(stack);

    add_event(&events, ids, &payee, 1);
    fake_feedback_send(stack, &events);
    return ids->events;
}
