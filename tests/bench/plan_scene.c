/* plan_scene: see plan_scene.h. */
#include "bench/plan_scene.h"

#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

#include <stdio.h>

#define CITIES   20
#define COUNTIES 10 /* each */
#define MEASURES PLAN_SCENE_MEASURES
#define PIECE    2000

static void add_unit(struct stack *stack, struct buf *json, long *count, const char *code, const char *type,
                     const char *parent)
{
    buf_printf(json, "%s{\"code\":\"%s\",\"name\":\"%s\",\"type\":\"%s\"", *count % PIECE ? "," : "{\"items\":[", code,
               code, type);
    if (parent)
        buf_printf(json, ",\"relations\":[{\"parent\":\"%s\",\"from\":\"2026-01-01\"}]", parent);
    buf_append_text(json, "}");
    if (++*count % PIECE == 0) {
        buf_append_text(json, "]}");
        stack_apply(stack, MSG(APPLY_UNITS), buf_text(json));
        buf_reset(json);
    }
}

static void apply_units(struct stack *stack, long outlets)
{
    struct buf json = { 0 };
    char code[32], parent[32];
    long count = 0;

    add_unit(stack, &json, &count, "P", "province", NULL);
    for (long c = 0; c < CITIES; c++) {
        snprintf(code, sizeof code, "C%ld", c);
        add_unit(stack, &json, &count, code, "city", "P");
    }
    for (long c = 0; c < CITIES * COUNTIES; c++) {
        snprintf(code, sizeof code, "D%ld", c);
        snprintf(parent, sizeof parent, "C%ld", c / COUNTIES);
        add_unit(stack, &json, &count, code, "county", parent);
    }
    for (long i = 0; i < outlets; i++) {
        snprintf(code, sizeof code, "S%ld", i);
        snprintf(parent, sizeof parent, "D%ld", i % (CITIES * COUNTIES));
        add_unit(stack, &json, &count, code, "outlet", parent);
    }
    if (count % PIECE) {
        buf_append_text(&json, "]}");
        stack_apply(stack, MSG(APPLY_UNITS), buf_text(&json));
    }
    buf_fini(&json);
}

static void apply_list(struct stack *stack, uint32_t type, long count, const char *format)
{
    struct buf json = { 0 };

    buf_append_text(&json, "{\"items\":[");
    for (long i = 0; i < count; i++) {
        buf_append_text(&json, i ? "," : "");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        buf_printf(&json, format, i, i, i);
#pragma GCC diagnostic pop
    }
    buf_append_text(&json, "]}");
    stack_apply(stack, type, buf_text(&json));
    buf_fini(&json);
}

static void apply_weights(struct stack *stack, long outlets)
{
    struct buf json = { 0 };

    stack_apply(stack, MSG(APPLY_WEIGHT_SETS),
                "{\"items\":[{\"code\":\"last\",\"title\":\"last year\",\"kind\":\"history\"},"
                "{\"code\":\"before\",\"title\":\"the year before\",\"kind\":\"history\"},"
                "{\"code\":\"skill\",\"title\":\"skill\",\"kind\":\"skill\"}]}");
    for (long at = 0; at < outlets; at += PIECE) {
        buf_append_text(&json, "{\"items\":[");
        for (long i = at; i < at + PIECE && i < outlets; i++)
            buf_printf(&json,
                       "%s{\"set\":\"last\",\"unit\":\"S%ld\",\"value\":\"%ld\"},"
                       "{\"set\":\"before\",\"unit\":\"S%ld\",\"value\":\"%ld\"},"
                       "{\"set\":\"skill\",\"unit\":\"S%ld\",\"value\":\"%ld.5\"}",
                       i > at ? "," : "", i, 1 + i * 7919 % 1000, i, 1 + i * 104729 % 900, i, i * 31 % 7);
        buf_append_text(&json, "]}");
        stack_apply(stack, MSG(APPLY_WEIGHTS), buf_text(&json));
        buf_reset(&json);
    }
    buf_fini(&json);
}

void plan_scene_totals(struct stack *stack, long slices, long factor)
{
    struct buf json = { 0 };

    buf_append_text(&json, "{\"items\":[");
    for (long s = 0; s < slices; s++)
        buf_printf(&json,
                   "%s{\"period\":\"2026Q4\",\"unit\":\"P\",\"measure\":\"m%ld\",\"product\":\"p%ld\",\"amount\":"
                   "\"%ld\"}",
                   s ? "," : "", s % MEASURES, s / MEASURES, (1000003 + s) * factor);
    buf_append_text(&json, "]}");
    stack_apply(stack, MSG(APPLY_TARGETS), buf_text(&json));
    buf_fini(&json);
}

/* Of every hundredth outlet of each slice: kinds take turns. */
static void apply_bounds(struct stack *stack, long slices, long outlets, const char *const *kinds, long kind_count)
{
    struct buf json = { 0 };
    long count = 0;

    for (long s = 0; s < slices; s++)
        for (long i = s % 100; i < outlets; i += 100) {
            buf_printf(&json,
                       "%s{\"period\":\"2026Q4\",\"unit\":\"S%ld\",\"measure\":\"m%ld\",\"product\":\"p%ld\",%s}",
                       count % PIECE ? "," : "{\"items\":[", i, s % MEASURES, s / MEASURES, kinds[count % kind_count]);
            if (++count % PIECE == 0) {
                buf_append_text(&json, "]}");
                stack_apply(stack, MSG(APPLY_BOUNDS), buf_text(&json));
                buf_reset(&json);
            }
        }
    if (count % PIECE) {
        buf_append_text(&json, "]}");
        stack_apply(stack, MSG(APPLY_BOUNDS), buf_text(&json));
    }
    buf_fini(&json);
}

static const char *const BOUNDS[] = { "\"floor_ppm\":200000,\"against\":\"last\"",
                                      "\"ceiling_ppm\":150000,\"against\":\"last\"", "\"floor\":\"90\"",
                                      "\"ceiling\":\"40\"" };
void plan_scene_locks(struct stack *stack, long slices, long outlets)
{
    static const char *const locks[] = { "\"lock\":\"yes\"" };

    apply_bounds(stack, slices, outlets, locks, 1);
}

void plan_scene_prepare(struct stack *stack, long slices, long outlets)
{
    apply_list(stack, MSG(APPLY_PRODUCTS), (slices + MEASURES - 1) / MEASURES, "{\"code\":\"p%ld\",\"name\":\"p%ld\"}");
    apply_list(stack, MSG(APPLY_MEASURES), MEASURES,
               "{\"code\":\"m%ld\",\"title_zh\":\"m%ld\",\"title_en\":\"m%ld\",\"value\":\"count\"}");
    stack_apply(stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"flat\",\"classes\":[{\"class\":\"working\","
                "\"weight\":1},{\"class\":\"weekend\",\"weight\":1}]}]}");
    stack_apply(stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"2026Q4\",\"from\":\"2026-10-01\",\"until\":"
                "\"2027-01-01\",\"calendar\":\"flat\"}]}");
    apply_units(stack, outlets);
    apply_weights(stack, outlets);
    plan_scene_totals(stack, slices, 1);
    apply_bounds(stack, slices, outlets, BOUNDS, 4);
}
