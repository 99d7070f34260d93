/* plan_edits: see plan_edits.h. */
#include "bench/plan_edits.h"

#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"
#include "runtime/clock.h"

#include <stdio.h>
#include <stdlib.h>

#define CHANNELS 10
#define TOTAL    2000000

static void apply_catalog(struct stack *stack)
{
    struct buf json = { 0 };

    buf_append_text(&json, "{\"items\":[");
    for (int i = 0; i < CHANNELS; i++)
        buf_printf(&json, "%s{\"code\":\"h%d\",\"name\":\"h%d\"}", i ? "," : "", i, i);
    buf_append_text(&json, "]}");
    stack_apply(stack, MSG(APPLY_CHANNELS), buf_text(&json));
    buf_fini(&json);
    stack_apply(stack, MSG(APPLY_MEASURES),
                "{\"items\":[{\"code\":\"e\",\"title_zh\":\"e\",\"title_en\":\"e\",\"value\":\"count\"}]}");
    stack_apply(
        stack, MSG(APPLY_PERIODS),
        "{\"items\":[{\"code\":\"2027Q1\",\"from\":\"2027-01-01\",\"until\":\"2027-04-01\",\"calendar\":\"flat\"},"
        "{\"code\":\"N1\",\"from\":\"2027-01-01\",\"until\":\"2027-02-01\",\"calendar\":\"flat\"},"
        "{\"code\":\"N2\",\"from\":\"2027-02-01\",\"until\":\"2027-03-01\",\"calendar\":\"flat\"},"
        "{\"code\":\"N3\",\"from\":\"2027-03-01\",\"until\":\"2027-04-01\",\"calendar\":\"flat\"}]}");
}

#define CUT(more) "{\"period\":\"2027Q1\",\"unit\":\"P\",\"measure\":\"e\"," more ",\"reason\":\"bench\"}"

static void cut_all(struct stack *stack)
{
    char total[200];

    snprintf(total, sizeof total, CUT("\"total\":\"%d\",\"mix\":[{\"kind\":\"set\",\"set\":\"last\",\"share\":1}]"),
             TOTAL);
    stack_apply(stack, MSG(DECOMPOSE), total);
    stack_apply(stack, MSG(DECOMPOSE), CUT("\"over\":\"channels\""));
    stack_apply(stack, MSG(DECOMPOSE), CUT("\"over\":\"periods\",\"every_slice\":true"));
}

static double set(struct stack *stack, const char *where, long amount, long *changed)
{
    char json[300];
    const Bihuan__LedgerReply *reply;
    int64_t begin;

    snprintf(json, sizeof json, "{%s,\"measure\":\"e\",\"amount\":\"%ld\",\"reason\":\"bench\"}", where, amount);
    begin = clock_monotonic_us();
    reply = (const Bihuan__LedgerReply *)stack_apply(stack, MSG(SET_TARGET), json);
    if (changed)
        *changed = reply->changed;
    return (double)(clock_monotonic_us() - begin) / 1e6;
}

/* The cells, and what the ledger says they come to, as tables that the planner knows the size of; whose parent is which
 * is told from its name. */
static const char *const TABLES[] = {
    "SET enable_nestloop = off; CREATE TABLE edit_cell AS WITH doc AS MATERIALIZED (SELECT kind, id, code FROM "
    "planning.document WHERE kind IN ('unit', "
    "'period',"
    " 'measure')) SELECT p.code AS period, u.code AS unit, t.channel_id, t.amount, t.unit_id, t.period_id,"
    "  CASE left(u.code, 1) WHEN 'S' THEN 'D' || substr(u.code, 2)::int % 200 WHEN 'D' THEN 'C' ||"
    "  substr(u.code, 2)::int / 10 WHEN 'C' THEN 'P' END AS parent FROM planning.target_cell t"
    "  JOIN doc m ON m.kind = 'measure' AND m.id = t.measure_id AND m.code = 'e'"
    "  JOIN doc p ON p.kind = 'period' AND p.id = t.period_id JOIN doc u ON u.kind = 'unit' AND u.id = t.unit_id",
    "SET enable_nestloop = off; CREATE TABLE edit_entry AS SELECT b.period_id, b.channel_id, x.u AS unit_id, sum(x.d) "
    "AS have"
    " FROM planning.ledger_block b, unnest(b.unit_id, b.delta) x(u, d) WHERE b.measure_id = (SELECT id FROM"
    " planning.document WHERE kind = 'measure' AND code = 'e') GROUP BY 1, 2, 3",
    "ANALYZE edit_cell",
    "ANALYZE edit_entry",
};

/* What isn't the sum of those below it, of its channels, of its months, or of its entries. */
static const char BROKEN[] =
    "WITH below AS (SELECT a.amount, b.have FROM edit_cell a JOIN (SELECT period, channel_id, parent, sum(amount) AS"
    "  have FROM edit_cell GROUP BY 1, 2, 3) b ON b.parent = a.unit AND b.period = a.period"
    "  AND b.channel_id = a.channel_id),"
    " across AS (SELECT sum(amount) FILTER (WHERE channel_id = 0) AS amount, sum(amount) FILTER (WHERE channel_id > 0)"
    "  AS have FROM edit_cell GROUP BY period, unit),"
    " months AS (SELECT sum(amount) FILTER (WHERE period = '2027Q1') AS amount, sum(amount) FILTER (WHERE period <>"
    "  '2027Q1') AS have FROM edit_cell GROUP BY unit, channel_id),"
    " booked AS (SELECT c.amount, e.have FROM edit_cell c LEFT JOIN edit_entry e USING (period_id, channel_id,"
    "  unit_id))"
    " SELECT count(*) FROM (SELECT * FROM below UNION ALL SELECT * FROM across UNION ALL SELECT * FROM months UNION ALL"
    "  SELECT * FROM booked) s WHERE amount IS DISTINCT FROM have";

static const char IS[] = "SELECT count(*) FROM planning.target_cell t WHERE channel_id = %s AND amount = %ld"
                         " AND period_id = (SELECT id FROM planning.document WHERE kind = 'period' AND code = '%s')"
                         " AND unit_id = (SELECT id FROM planning.document WHERE kind = 'unit' AND code = '%s')";

/* 1 where the target isn't that. */
static long differs(struct stack *stack, const char *period, const char *unit, const char *channel, long amount)
{
    char sql[600];

    snprintf(sql, sizeof sql, IS, channel, amount, period, unit);
    return pg_number(&stack->pg, sql) != 1;
}

void plan_edits_run(struct stack *stack, long outlets, struct plan_edits *out)
{
    static const char channel[] = "(SELECT id FROM planning.document WHERE kind = 'channel' AND code = 'h3')";

    apply_catalog(stack);
    cut_all(stack);
    *out = (struct plan_edits) { 0 };
    out->cells = pg_number(&stack->pg, "SELECT count(*) FROM planning.target_cell WHERE measure_id = (SELECT id FROM"
                                       " planning.document WHERE kind = 'measure' AND code = 'e')");
    out->top = set(stack, "\"period\":\"2027Q1\",\"unit\":\"P\"", TOTAL + 100003, &out->top_changed);
    out->broken = differs(stack, "2027Q1", "P", "0", TOTAL + 100003);
    out->month = set(stack, "\"period\":\"N2\",\"unit\":\"P\"", TOTAL / 3 + 7, NULL);
    out->broken += differs(stack, "N2", "P", "0", TOTAL / 3 + 7);
    out->leaf = set(stack, "\"period\":\"N3\",\"unit\":\"S7\",\"channel\":\"h3\"", outlets > 1000 ? 9 : 90, NULL);
    out->broken += differs(stack, "N3", "S7", channel, outlets > 1000 ? 9 : 90);
    for (size_t i = 0; i < sizeof TABLES / sizeof TABLES[0]; i++)
        free(pg_value(&stack->pg, TABLES[i]));
    out->broken += pg_number(&stack->pg, BROKEN);
}
