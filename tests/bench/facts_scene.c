/* facts_scene: see facts_scene.h. */
#include "bench/facts_scene.h"

#include "base/buf.h"
#include "bench/judge.h"
#include "runtime/clock.h"
#include "support/check.h"
#include "support/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define UNITS_A_TIME 2000
#define SENT_LEN     (2U << 20) /* a request takes no more */

/* --- the stack --- */

void facts_start(struct facts_scene *scene, const char *now)
{
    struct stack *stack = &scene->stack;

    stack_new_measured(stack);
    snprintf(stack->clock, sizeof stack->clock, "%s+08:00@%lld", now, (long long)time(NULL));
    fake_feedback_start(stack);
    stack_start(stack, "planning", "a");
    stack_start(stack, "monitoring", "a");
    stack_wait_ready(stack, "planning");
    stack_wait_ready(stack, "monitoring");
}

void facts_stop(struct facts_scene *scene)
{
    stack_free(&scene->stack);
}

void facts_flat_period(struct facts_scene *scene, const char *code, const char *from, const char *until)
{
    loop_apply(&scene->stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(&scene->stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'%s','from':'%s','until':'%s','calendar':'flat'}]}", code, from, until);
}

void facts_units_end(struct facts_scene *scene, struct facts_units *units)
{
    if (units->count) {
        buf_append_text(&units->json, "]}");
        stack_apply(&scene->stack, MSG(APPLY_UNITS), buf_text(&units->json));
    }
    buf_fini(&units->json);
    *units = (struct facts_units) { .count = 0 };
}

void facts_unit(struct facts_scene *scene, struct facts_units *units, const char *code, const char *type,
                const char *parent)
{
    buf_printf(&units->json, "%s{\"code\":\"%s\",\"name\":\"u\",\"type\":\"%s\"", units->count ? "," : "{\"items\":[",
               code, type);
    if (parent[0])
        buf_printf(&units->json, ",\"relations\":[{\"parent\":\"%s\",\"from\":\"2026-01-01\"}]", parent);
    buf_append_text(&units->json, "}");
    if (++units->count == UNITS_A_TIME)
        facts_units_end(scene, units);
}

/* --- facts --- */

void facts_row(struct facts_scene *scene, uint32_t unit, int32_t day)
{
    if (scene->rows == FACTS_ROWS)
        abort();
    scene->unit[scene->rows] = unit;
    scene->day[scene->rows] = day;
    scene->contributions[scene->rows++] = 0;
}

void facts_value(struct facts_scene *scene, uint32_t measure, int64_t value)
{
    if (scene->contributions[scene->rows - 1]++ == FACTS_VALUES)
        abort();
    scene->measure[scene->values] = measure;
    scene->value[scene->values++] = value;
}

void facts_end(struct facts_scene *scene, uint16_t bucket)
{
    static uint32_t none[FACTS_ROWS], one[FACTS_ROWS];
    static char *keys[FACTS_ROWS];
    static protobuf_c_boolean back[FACTS_ROWS];
    static int64_t at[FACTS_ROWS];
    Bihuan__FactsRecorded facts = BIHUAN__FACTS_RECORDED__INIT;
    size_t n = scene->rows;

    for (size_t i = 0; i < n; i++) {
        keys[i] = (char *)(uintptr_t) "k";
        one[i] = 1;
    }
    facts.sender = (char *)(uintptr_t) "bss";
    facts.n_record_key = facts.n_version = facts.n_taken_back = facts.n_unit_id = facts.n_seller_id = n;
    facts.n_channel_id = facts.n_product_id = facts.n_day = facts.n_contributions = facts.n_occurred_at = n;
    facts.n_measure_id = facts.n_value = scene->values;
    facts.record_key = keys;
    facts.version = one;
    facts.taken_back = back;
    facts.unit_id = scene->unit;
    facts.seller_id = facts.channel_id = facts.product_id = none;
    facts.day = scene->day;
    facts.contributions = scene->contributions;
    facts.measure_id = scene->measure;
    facts.value = scene->value;
    facts.occurred_at = at;
    fake_feedback_add(&scene->events, bucket, MSG(FACTS_RECORDED), &facts.base);
    scene->published[bucket]++;
    scene->rows = scene->values = 0;
    if (scene->events.packed.len > SENT_LEN)
        facts_send(scene);
}

void facts_mark(struct facts_scene *scene, int32_t day)
{
    Bihuan__WatermarkMoved event = BIHUAN__WATERMARK_MOVED__INIT;
    struct clock clock;

    if (clock_parse(&clock, "real", "+08:00", NULL) != 0)
        abort();
    event.feed_id = 1;
    event.feed = event.sender = (char *)(uintptr_t) "bss";
    event.fact = (char *)(uintptr_t) "order_line";
    event.through = clock_day_start(&clock, day + 1);
    event.n_seq = FACTS_BUCKETS;
    event.seq = scene->published;
    fake_feedback_add(&scene->events, 0, MSG(WATERMARK_MOVED), &event.base);
    scene->published[0]++;
}

void facts_send(struct facts_scene *scene)
{
    fake_feedback_send(&scene->stack, &scene->events);
}

static bool has_read(void *arg)
{
    struct facts_scene *scene = arg;

    return pg_number(
               &scene->stack.pg,
               "SELECT count(*) FROM (SELECT 'feedback' source, bucket, seq FROM feedback.bus_head"
               " UNION ALL SELECT 'planning', bucket, seq FROM planning.bus_head) h WHERE h.seq > coalesce((SELECT"
               " p.seq FROM monitoring.bus_position p WHERE p.bucket = h.bucket AND p.source = h.source), 0)") == 0;
}

void facts_wait_read(struct facts_scene *scene, int seconds)
{
    if (stack_until(has_read, scene, seconds))
        return;
    fprintf(stderr, "monitoring doesn't read its streams\n");
    exit(1);
}

/* --- figures --- */

double facts_worked(struct facts_scene *scene)
{
    return judge_worked((int)stack_pid(&scene->stack, "monitoring", "a"));
}
