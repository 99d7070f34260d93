/* plan_codes: see plan_codes.h. */
#include "bench/plan_codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The codes of what the check finds, errors and warnings, in quotes, by commas, as consents name them; those of one
 * code stand together. */
static const char *found_codes(struct stack *stack, const Bihuan__LintPlanReply *found)
{
    const char *codes = "", *last = "";

    for (size_t i = 0; i < found->n_items; i++) {
        const char *code = found->items[i]->code;

        if (strcmp(found->items[i]->severity, "notice") == 0 || strcmp(code, last) == 0)
            continue;
        codes = arena_printf(&stack->arena, "%s%s\"%s\"", codes, *codes ? "," : "", code);
        last = code;
    }
    return codes;
}

/* What the tables say the check of the period's last version is to find: targets of 0, and against the version before
 * those more than three times as high, and others that are more than half away from it. */
static const char *expected_codes(struct stack *stack, const char *period)
{
    char sql[1200];
    char *codes;
    const char *out;

    snprintf(
        sql, sizeof sql,
        "SET enable_nestloop = off; WITH v AS (SELECT v.period_id AS p, max(v.version) AS last, (array_agg(v.base"
        " ORDER BY v.version DESC))[1] AS base FROM planning.plan_version v JOIN planning.document d ON"
        " d.kind = 'period' AND d.id = v.period_id AND d.code = '%s' GROUP BY 1),"
        " c AS (SELECT t.* FROM planning.target_cell t, v WHERE period_id = p AND version = last),"
        " b AS (SELECT t.* FROM planning.target_cell t, v WHERE period_id = p AND version = base),"
        " j AS (SELECT c.amount AS now, b.amount AS past FROM c JOIN b USING (measure_id, channel_id, product_id,"
        " unit_id) WHERE b.amount > 0)"
        " SELECT concat_ws(',', (SELECT '\"jump\"' FROM j WHERE now <= 3 * past AND 2 * abs(now - past) > past LIMIT"
        " 1), (SELECT '\"unreachable\"' FROM j WHERE now > 3 * past LIMIT 1),"
        " (SELECT '\"zero_target\"' FROM c WHERE amount = 0 LIMIT 1))",
        period);
    codes = pg_value(&stack->pg, sql);
    out = arena_strdup(&stack->arena, codes ? codes : "");
    free(codes);
    return out;
}

const char *plan_codes(struct stack *stack, const char *period, const Bihuan__LintPlanReply *lint, int *wrong)
{
    const char *is = found_codes(stack, lint), *want = expected_codes(stack, period);

    if (strcmp(is, want) != 0) {
        printf("WRONG: the check of %s finds %s, not %s\n", period, *is ? is : "nothing", *want ? want : "nothing");
        ++*wrong;
    }
    return want;
}

const char *plan_consents(struct stack *stack, const char *const *periods, int *wrong)
{
    const char *codes = "";

    for (size_t i = 0; periods[i]; i++) {
        const Bihuan__LintPlanReply *lint = (const Bihuan__LintPlanReply *)stack_apply(
            stack, MSG(LINT_PLAN), arena_printf(&stack->arena, "{\"period\":\"%s\"}", periods[i]));
        const char *more = plan_codes(stack, periods[i], lint, wrong);

        codes = arena_printf(&stack->arena, "%s%s%s", codes, *codes && *more ? "," : "", more);
    }
    return arena_printf(&stack->arena, "{\"period\":\"%s\",\"consents\":[%s]}", periods[0], codes);
}
