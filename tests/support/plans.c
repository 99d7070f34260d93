/* plans: planning alone on a real daemon, with a small tree, and what tests of its targets say and check. See plans.h.
 */
#include "support/plans.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"
#include "text/pbjson.h"

struct stack stack;

/* Who speaks from now on; right NULL: all. */
void as(const char *person, const char *right, const char *subtree)
{
    stack.person = person;
    stack.right = right;
    stack.subtree = subtree;
}

/* ' stands for ". */
const char *quoted(const char *json)
{
    static char out[4096];
    size_t n = 0;

    for (; json[n] && n + 1 < sizeof out; n++)
        out[n] = (char)(json[n] == '\'' ? '"' : json[n]);
    out[n] = '\0';
    return out;
}

ProtobufCMessage *plan_do(uint32_t type, const char *json)
{
    return stack_apply(&stack, type, quoted(json));
}

void refused(const char *why, uint32_t type, const char *json, const char *words)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request;
    struct err err;

    if (pbjson_parse(message->payload, quoted(json), strlen(json), &stack.arena, &request, &err) == 0 &&
        stack_ask(&stack, message->service, type, request, NULL, &err) == 0)
        fail_msg("%s was taken", why);
    if (!strstr(err.text, words))
        fail_msg("%s: \"%s\" does not say \"%s\"", why, err.text, words);
}

void denied(const char *code, uint32_t type, const char *json, const char *words)
{
    const struct message_type *message = message_type_find(type);
    const char *text = quoted(json);
    ProtobufCMessage *request;
    struct err err;

    if (pbjson_parse(message->payload, text, strlen(text), &stack.arena, &request, &err) != 0)
        fail_msg("%s: %s", json, err.text);
    if (stack_ask(&stack, message->service, type, request, NULL, &err) == 0)
        fail_msg("%s was taken: %s", message->name, json);
    if (strcmp(err.code, code) != 0 || !strstr(err.text, words))
        fail_msg("%s: %s: \"%s\" (%s), not %s with \"%s\"", message->name, json, err.text, err.code, code, words);
}

/* Every cell is what the ledger's acts add up to; every transfer's own entries sum to zero over both periods. */
void check_ledger(void)
{
    CHECK_INT(pg_number(&stack.pg,
                        "SELECT count(*) FROM planning.target_cell c WHERE c.amount <> (SELECT coalesce(sum(u.d), 0)"
                        " FROM planning.ledger_block b JOIN planning.ledger_act a USING (period_id, act),"
                        " unnest(b.unit_id, b.delta) u(u, d) WHERE b.period_id = c.period_id AND a.version <= c.version"
                        " AND b.measure_id = c.measure_id AND b.channel_id = c.channel_id"
                        " AND b.product_id = c.product_id AND u.u = c.unit_id)"),
              0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM (SELECT a.spec FROM planning.ledger_act a"
                                   " JOIN planning.ledger_block b USING (period_id, act), unnest(b.delta) d"
                                   " WHERE a.kind = 'transfer' AND b.part = 0 GROUP BY a.spec, a.reason"
                                   " HAVING sum(d) <> 0) s"),
              0);
}

/* Of the small tree's cells: parents whose children have more, or, all of them having a cell, anything else. */
#define WRONG_SUMS                                                                                                     \
    "WITH tree(parent, child) AS (SELECT p.id, c.id FROM (VALUES ('P', 'C1'), ('P', 'C2'), ('C1', 'S1'),"              \
    " ('C1', 'S2'), ('C2', 'S3'), ('R', 'A1'), ('R', 'A2'), ('R', 'A3')) v(p, c)"                                      \
    " JOIN planning.document p ON p.kind = 'unit' AND p.code = v.p"                                                    \
    " JOIN planning.document c ON c.kind = 'unit' AND c.code = v.c),"                                                  \
    " kids AS (SELECT parent, count(*) n FROM tree GROUP BY parent),"                                                  \
    " sums AS (SELECT p.period_id, p.version, p.amount, p.hedge, sum(c.amount) below, sum(c.hedge) hedges,"            \
    " count(*) = (SELECT n FROM kids WHERE parent = p.unit_id) AS complete"                                            \
    " FROM planning.target_cell p JOIN tree t ON t.parent = p.unit_id JOIN planning.target_cell c"                     \
    " ON c.period_id = p.period_id AND c.version = p.version AND c.measure_id = p.measure_id"                          \
    " AND c.channel_id = p.channel_id AND c.product_id = p.product_id AND c.unit_id = t.child"                         \
    " GROUP BY p.period_id, p.version, p.measure_id, p.channel_id, p.product_id, p.unit_id, p.amount, p.hedge)"        \
    " SELECT count(*) FROM sums WHERE "

long wrong_sums(const char *which)
{
    char sql[1500];

    snprintf(sql, sizeof sql, WRONG_SUMS "(below > amount OR (below <> amount AND complete)) AND %s", which);
    return pg_number(&stack.pg, sql);
}

long wrong_hedges(const char *which)
{
    char sql[1500];

    snprintf(sql, sizeof sql, WRONG_SUMS "(hedges > hedge OR (hedges <> hedge AND complete)) AND %s", which);
    return pg_number(&stack.pg, sql);
}

void check_laws(void)
{
    check_ledger();
    CHECK_INT(wrong_sums("true"), 0);
    CHECK_INT(wrong_hedges("true"), 0);
}

void publish_plan(const char *period, const char *consents)
{
    char json[300];

    as("planner", NULL, NULL);
    snprintf(json, sizeof json, "{'period':'%s','reason':'r','consents':[%s]}", period, consents);
    plan_do(MSG(SUBMIT_PLAN), json);
    as("boss", NULL, NULL);
    snprintf(json, sizeof json, "{'period':'%s'}", period);
    plan_do(MSG(APPROVE_PLAN), json);
    plan_do(MSG(PUBLISH_PLAN), json);
    as("planner", NULL, NULL);
}

static void add_warnings(const char *period, char *text, size_t size)
{
    char json[60];
    const Bihuan__LintPlanReply *found;

    snprintf(json, sizeof json, "{'period':'%s'}", period);
    found = (const Bihuan__LintPlanReply *)plan_do(MSG(LINT_PLAN), json);
    for (size_t i = 0; i < found->n_items; i++) {
        char code[60];

        snprintf(code, sizeof code, "'%s'", found->items[i]->code);
        if (strcmp(found->items[i]->severity, "warning") == 0 && !strstr(text, code))
            snprintf(text + strlen(text), size - strlen(text), "%s%s", text[0] ? "," : "", code);
    }
}

const char *plan_warnings(const char *period)
{
    static char text[600];
    const Bihuan__ListPlanVersionsReply *versions;
    char json[80];

    text[0] = '\0';
    snprintf(json, sizeof json, "{'period':'%s','page':{'limit':1}}", period);
    versions = (const Bihuan__ListPlanVersionsReply *)plan_do(MSG(LIST_PLAN_VERSIONS), json);
    add_warnings(period, text, sizeof text);
    for (size_t i = 0; versions->n_items && i < versions->items[0]->n_set; i++)
        add_warnings(versions->items[0]->set[i]->period, text, sizeof text);
    return text;
}

long amount(const char *period, const char *unit, const char *measure, const char *channel, const char *version)
{
    char sql[900];

    snprintf(sql, sizeof sql,
             "SELECT amount FROM planning.target_cell WHERE period_id = (SELECT id FROM planning.document WHERE kind ="
             " 'period' AND code = '%s') AND unit_id = (SELECT id FROM planning.document WHERE kind = 'unit' AND code ="
             " '%s') AND measure_id = (SELECT id FROM planning.document WHERE kind = 'measure' AND code = '%s') AND"
             " channel_id = coalesce((SELECT id FROM planning.document WHERE kind = 'channel' AND code = '%s'), 0)"
             " AND version = %s",
             period, unit, measure, channel, version);
    return pg_number(&stack.pg, sql);
}

void plans_prepare(void)
{
    plan_do(MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'h'},{'code':'online','name':'o'},"
                                 "{'code':'agent','name':'a'}]}");
    plan_do(MSG(APPLY_PRODUCTS), "{'items':[{'code':'mobile','name':'m'},{'code':'5g','name':'5','parent':'mobile'}]}");
    plan_do(MSG(APPLY_MEASURES), "{'items':[{'code':'new','title_zh':'新','title_en':'n','value':'count'},"
                                 "{'code':'old','title_zh':'旧','title_en':'o','value':'count'}]}");
    plan_do(MSG(APPLY_CALENDARS),
            "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'Q4','from':'2026-10-01','until':'2027-01-01','calendar':'flat'},"
                                "{'code':'M10','from':'2026-10-01','until':'2026-11-01','calendar':'flat'},"
                                "{'code':'M11','from':'2026-11-01','until':'2026-12-01','calendar':'flat'},"
                                "{'code':'M12','from':'2026-12-01','until':'2027-01-01','calendar':'flat'}]}");
    plan_do(MSG(APPLY_UNITS),
            "{'items':[{'code':'P','name':'p','type':'province'},"
            "{'code':'C1','name':'c','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
            "{'code':'C2','name':'c','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
            "{'code':'S1','name':'s','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
            "{'code':'S2','name':'s','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
            "{'code':'S3','name':'s','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]}]}");
    plan_do(MSG(APPLY_PEOPLE), "{'items':[{'code':'planner','name':'p','roles':[{'role':'office','unit':'P','from':"
                               "'2026-01-01'}]},{'code':'city-1','name':'c','roles':[{'role':'city','unit':'C1','from':"
                               "'2026-01-01'}]},{'code':'city-2','name':'c','roles':[{'role':'city','unit':'C2','from':"
                               "'2026-01-01'}]}]}");
    plan_do(MSG(APPLY_WEIGHT_SETS), "{'items':[{'code':'y1','title':'last year','kind':'history','measure':'new'},"
                                    "{'code':'y2','title':'the year before','kind':'history','measure':'new'}]}");
    plan_do(MSG(APPLY_WEIGHTS),
            "{'items':[{'set':'y1','unit':'S1','value':'300'},{'set':'y1','unit':'S2','value':'100'},"
            "{'set':'y1','unit':'S3','value':'200'},{'set':'y2','unit':'S1','value':'200'},"
            "{'set':'y2','unit':'S2','value':'200'},{'set':'y2','unit':'S3','value':'200'}]}");
}

int plans_start(void **state)
{
    (void)state;
    stack_new(&stack);
    stack.one_person = false;
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    return 0;
}

int plans_stop(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}
