/* plan_test: plans as JSON for tests, with two measures: "rev" is money with four decimals, "new" counts. */
#ifndef BIHUAN_TESTS_PLAN_TEST_H
#define BIHUAN_TESTS_PLAN_TEST_H

#include "../calc/calc_test.h"

#include "payplan/payplan_compute.h"
#include "text/pbjson.h"

#define FEN  1
#define YUAN 10000 /* stored units of money */

static inline bool plan_test_measure(void *arg, const char *code, struct payplan_measure *out)
{
    (void)arg;
    *out = (struct payplan_measure) { .money = strcmp(code, "rev") == 0, .scale = strcmp(code, "rev") == 0 ? 4 : 0 };
    return strcmp(code, "rev") == 0 || strcmp(code, "new") == 0;
}

static inline Bihuan__PayPlan *plan_test_doc(struct arena *arena, const char *components)
{
    char *json = arena_printf(arena, "{\"code\":\"p\",\"from\":\"2026-01-01\",\"unit_types\":[\"outlet\"],%s}",
                              components);
    ProtobufCMessage *doc = NULL;
    struct err err;

    for (char *c = json; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    EXPECT_OK(json, pbjson_parse(&bihuan__pay_plan__descriptor, json, strlen(json), arena, &doc, &err), err);
    return (Bihuan__PayPlan *)doc;
}

static inline struct payplan *plan_test_new(struct arena *arena, const char *components)
{
    struct payplan *plan = NULL;
    struct err err;

    EXPECT_OK(components, payplan_new(&plan, plan_test_doc(arena, components), plan_test_measure, NULL, 4, &err), err);
    return plan;
}

static inline struct payplan_output plan_test_run(const struct payplan *plan, size_t component,
                                                  struct payplan_input *input)
{
    struct payplan_output out;
    struct arena arena;
    struct err err;

    arena_init(&arena);
    if (!input->days)
        input->days = input->days_in_force = 92;
    EXPECT_OK("compute", payplan_compute(plan, &plan->components[component], input, &arena, &out, &err), err);
    arena_fini(&arena);
    return out;
}

#endif
