/* Random plans, on a real daemon: trees, channels, products, periods, bounds, closed and moved units, versions on their
 * way. After every step the laws are asked in SQL (support/laws): sums over units, channels, products and periods, and
 * the ledger. What a manifest breaks the check must find, and nothing broken is handed in.
 *
 *   BIHUAN_SEED   the first seed, printed; else the time
 *   BIHUAN_SEEDS  how many, 4
 *   BIHUAN_STEPS  edits of each, 40
 *   BIHUAN_SHOW   prints each step, and what it leaves
 */
#include "support/check.h"
#include "support/laws.h"
#include "support/random_plan.h"
#include "support/seed.h"
#include "support/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_organisation.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"
#include "text/pbjson.h"

#define WANTED "'consents':['targets_unbalanced']" /* moves and closures are wanted whatever they do to plans */

static bool show;
static struct counts {
    int done, refused, broken, mended, stuck, published;
} counts;

/* False where it is refused for what it is. */
static bool try_do(const char *kind, uint32_t type, const char *json)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request;
    struct err err;
    bool taken;

    if (pbjson_parse(message->payload, quoted(json), strlen(json), &stack.arena, &request, &err) != 0)
        fail_msg("%s: %s", json, err.text);
    taken = stack_ask(&stack, "planning", type, request, NULL, &err) == 0;
    if (show)
        printf("  %s %s%s%s\n", message->name, json, taken ? "" : ": ", taken ? "" : err.text);
    if (!taken && err.cls != ERR_CONFLICT && err.cls != ERR_INVALID && err.cls != ERR_FORBIDDEN &&
        err.cls != ERR_NOT_FOUND)
        fail_msg("%s: %s", json, err.text);
    tally_add(kind, taken ? NULL : err.code);
    return taken;
}

static bool holds(char *(*law)(const char *measure), const char **what)
{
    static char text[2000];
    char *found = law(plan.measure);

    snprintf(text, sizeof text, "%s", found);
    free(found);
    *what = text;
    return !text[0];
}

static bool is_fine(const char **what)
{
    return holds(laws_broken, what) && (!plan.weeks || holds(laws_broken_days, what));
}

static bool is_fine_in_force(const char **what)
{
    return holds(laws_broken_in_force, what) && (!plan.weeks || holds(laws_broken_days_in_force, what));
}

/* Only a unit without children goes, from the first day of the quarter or of a later month. */
static void close_unit(void)
{
    int u = draw_leaf();
    const char *from = plan.day[draw(3)];

    if (!plan.children[u] && u && !plan.gone[u] &&
        try_do("close", MSG(CLOSE_UNIT),
               words("{'unit':'%s','from':'%s','reason':'closed'," WANTED "}", plan.unit[u], from))) {
        plan.gone[u] = true;
        plan.children[plan.parent[u]]--;
        laws_gone(plan.unit[u], from);
        laws_rebuild();
    }
}

static void move_unit(void)
{
    int u = draw_leaf(), to = (int)draw((unsigned)plan.units);
    const char *from = plan.day[draw(3)];

    /* not to who had nobody below: what that one has of its own in the longer period stays its own in the shorter */
    if (!plan.children[u] && u && !plan.gone[u] && plan.children[to] && to != u && to != plan.parent[u] &&
        try_do("move", MSG(MOVE_UNIT),
               words("{'unit':'%s','parent':'%s','from':'%s','reason':'moved'," WANTED "}", plan.unit[u], plan.unit[to],
                     from))) {
        plan.children[plan.parent[u]]--;
        plan.children[to]++;
        plan.parent[u] = to;
        laws_parent(plan.unit[u], plan.unit[to], from);
        laws_rebuild();
    }
}

/* --- random steps ---------------------------------------------------------------------------------------------------
 */
static bool set(void)
{
    struct at at = draw_at();
    bool keep = draw(2);

    return try_do(keep ? "set" : "set, keep none", MSG(SET_TARGET),
                  words("{%s,'amount':'%u','keep':'%s','reason':'x'}", at_words(&at), draw(4) ? draw(400) : 0,
                        keep ? "parent" : "none"));
}

static bool move_between(const char *kind, const struct at *from, const struct at *to)
{
    return try_do(kind, MSG(TRANSFER_TARGET),
                  words("{'measure':'%s','period':'%s','from_unit':'%s','from_channel':'%s','from_product':'%s',"
                        "'to_period':'%s','to_unit':'%s','to_channel':'%s','to_product':'%s','amount':'%u','reason':"
                        "'t%u'}",
                        plan.measure, from->period, from->unit, from->channel, from->product, to->period, to->unit,
                        to->channel, to->product, 1 + draw(30), draw(1000000000)));
}

static bool transfer(void)
{
    struct at from = draw_at(), to = draw_at();

    return move_between("transfer", &from, &to);
}

/* Between targets that are beside each other on one axis: most of the above are refused. */
static bool transfer_beside(void)
{
    static const char *const KINDS[] = { "transfer periods", "transfer units", "transfer channels",
                                         "transfer products" };
    static const char *const FROM[] = { "period LIKE '%-%'", "unit NOT LIKE '%-0'", "channel <> ''", "product <> ''" };
    unsigned axis = draw(4);
    struct at from, to;

    return draw_cell(FROM[axis], &from) &&
           draw_cell(words("(period %s '%s') AND (unit %s '%s') AND (channel %s '%s') AND (product %s '%s') AND %s",
                           axis == 0 ? "<>" : "=", from.period, axis == 1 ? "<>" : "=", from.unit,
                           axis == 2 ? "<>" : "=", from.channel, axis == 3 ? "<>" : "=", from.product, FROM[axis]),
                     &to) &&
           move_between(KINDS[axis], &from, &to);
}

/* --- weeks beside months --- */
static bool set_week(void)
{
    bool keep = draw(2);
    struct at at;

    return plan.weeks && draw_week_cell("true", &at) &&
           try_do(
               keep ? "week set" : "week set, keep none", MSG(SET_TARGET),
               words("{%s,'amount':'%u','keep':'%s','reason':'x'}", at_words(&at), draw(60), keep ? "parent" : "none"));
}

/* To another week of the same unit, or to another unit in the same week. */
static bool transfer_week(void)
{
    bool periods = draw(2);
    struct at from, to;

    return plan.weeks && draw_week_cell("unit NOT LIKE '%-0'", &from) &&
           draw_week_cell(words("(period %s '%s') AND (unit %s '%s') AND channel = '%s' AND product = '%s' AND unit NOT"
                                " LIKE '%%-0'",
                                periods ? "<>" : "=", from.period, periods ? "=" : "<>", from.unit, from.channel,
                                from.product),
                          &to) &&
           move_between(periods ? "week transfer, periods" : "week transfer, units", &from, &to);
}

static bool decompose(void)
{
    static const char *const mixes[] = { "'mix':[{'kind':'equal','share':1}]",
                                         "'mix':[{'kind':'equal','share':3},{'kind':'plan','share':7}]",
                                         "'mix':[{'kind':'plan','share':1}],'over':'leaves'", "'levels':1" };
    struct at at = draw_at();
    bool hedge = draw(2), total = draw(2);
    int u = plan_unit(at.unit);

    if (!plan.children[u] && u && draw(8)) /* who has nobody below can't hand anything on */
        snprintf(at.unit, sizeof at.unit, "%s", plan.unit[plan.parent[u]]);

    if (draw(3) == 0)
        return try_do("decompose every slice", MSG(DECOMPOSE),
                      words("{'period':'%s','unit':'%s','measure':'%s','every_slice':true,%s,'reason':'x'}", at.period,
                            at.unit, plan.measure, DRAW(mixes)));
    return try_do(hedge   ? "decompose, hedge"
                  : total ? "decompose, total"
                          : "decompose",
                  MSG(DECOMPOSE),
                  words("{%s,%s%s,'hedge_ppm':%u,'keep':'%s','reason':'x'}", at_words(&at), DRAW(mixes),
                        total ? words(",'total':'%u'", draw(600)) : "", hedge ? draw(200000) : 0,
                        draw(2) ? "none" : "parent"));
}

static bool cut_across(void)
{
    static const char *const mixes[] = { "", ",'mix':[{'kind':'plan','share':1}]", ",'into':['hall','online']" };
    bool channels = draw(2);
    struct at at;

    if (draw(5) == 0 || !draw_cell(channels ? "channel = ''" : "product IN ('', 'mobile')", &at))
        at = draw_at();
    return try_do(channels ? "cut channels" : "cut products", MSG(DECOMPOSE),
                  words("{%s,'over':'%s','reason':'x'%s}", at_words(&at), channels ? "channels" : "products",
                        mixes[draw(channels ? 3 : 2)]));
}

static bool cut_periods(void)
{
    const char *into = words("'into':['%s','%s','%s']", plan.period[1], plan.period[2], plan.period[3]);
    bool every = draw(2);
    struct at at;

    if (draw(5) == 0 || !draw_cell("period NOT LIKE '%-%'", &at))
        at = draw_at();
    return try_do(every ? "cut periods, every" : "cut periods", MSG(DECOMPOSE),
                  words("{'period':'%s','unit':'%s','measure':'%s','channel':'%s','product':'%s','over':'periods',%s,"
                        "'every_slice':%s,'reason':'x'}",
                        plan.period[0], at.unit, plan.measure, every ? "" : at.channel, every ? "" : at.product, into,
                        every ? "true" : "false"));
}

static bool cut_weeks(void)
{
    bool every = draw(2);
    struct at at;

    return plan.weeks && draw_cell("period NOT LIKE '%-%'", &at) &&
           try_do("cut weeks", MSG(DECOMPOSE),
                  words("{'period':'%s','unit':'%s','measure':'%s','channel':'%s','product':'%s','over':'periods',"
                        "'kind':'week','every_slice':%s,'reason':'x'}",
                        plan.period[0], draw(3) ? plan.unit[0] : at.unit, plan.measure, every ? "" : at.channel,
                        every ? "" : at.product, every ? "true" : "false"));
}

/* A manifest's lines; or a sheet's, with the revisions that it was read at: these can say 0. */
static bool apply_sheet(void)
{
    struct at a = draw_at(), b = draw_at();
    bool shown = draw(2);

    if (plan.weeks && draw(2))
        (void)draw_week_cell("true", &a);

    return try_do(shown ? "sheet" : "manifest", MSG(APPLY_TARGETS),
                  words("{'items':[{%s,'amount':'%u','revision':%ld},{%s,'amount':'%u','revision':%ld}],'reason':"
                        "'sheet','check_revision':%s}",
                        at_words(&a), 1 + draw(300), shown ? at_revision(&a) : 0, at_words(&b),
                        shown ? draw(2) * draw(200) : 1 + draw(200), shown ? at_revision(&b) : 0,
                        shown ? "true" : "false"));
}

static bool bound(void)
{
    static const char *const bounds[] = { ",'lock':'yes'", ",'floor':'20'", ",'ceiling':'150'", "", "" };
    struct at at = draw_at();

    return try_do("bound", MSG(APPLY_BOUNDS), words("{'items':[{%s%s}]}", at_words(&at), DRAW(bounds)));
}

/* The period has such a version. */
static bool version_in(const char *which, const char *of)
{
    return pg_number(&stack.pg, words("SELECT count(*) FROM planning.plan_version WHERE %s AND period_id ="
                                      " law_id('period', '%s')",
                                      which, of)) > 0;
}

/* --- negotiation ---------------------------------------------------------------------------------------------------
 */
static bool answer(const char *person, const char *word, const char *of, int u, const char *more)
{
    bool taken;

    as(person, NULL, NULL);
    taken = try_do(word, MSG(ANSWER_TARGETS),
                   words("{'period':'%s','unit':'%s','answer':'%s','reason':'w'%s}", of, plan.unit[u], word, more));
    as("planner", NULL, NULL);
    return taken;
}

/* Who hands targets on has accepted them: from the root down. */
static void hand_down(const char *of, int u)
{
    if (plan.parent[u] < 0)
        return;
    hand_down(of, plan.parent[u]);
    (void)answer("planner", "propose", of, plan.parent[u], "");
    if (draw(8))
        (void)answer("asker", "accept", of, u, "");
}

static bool negotiate(void)
{
    int u = 1 + (int)draw((unsigned)plan.units - 1);
    const char *of = draw_period();
    struct at at;

    if (draw(8) && draw_cell("unit NOT LIKE '%-0'", &at)) {
        of = words("%s", at.period);
        u = plan_unit(at.unit);
    } else {
        at = draw_at();
    }
    if (!version_in("state = 'draft'", of))
        return false;
    hand_down(of, plan.parent[u]);
    return answer("planner", "propose", of, plan.parent[u], "") &&
           answer("asker", "ask", of, u,
                  words(",'asks':[{'measure':'%s','channel':'%s','product':'%s','amount':'%u'}]", plan.measure,
                        at.channel, at.product, draw(200))) &&
           answer("planner", draw(5) ? "grant" : "decline", of, u, "");
}

/* --- versions ------------------------------------------------------------------------------------------------------
 */
/* Handed in, and sent back or put in force; then perhaps opened again. */
static bool publish(void)
{
    const char *of = draw_period();
    bool taken;

    if (!version_in("state <> 'superseded'", of) ||
        !try_do("submit", MSG(SUBMIT_PLAN),
                words("{'period':'%s','reason':'r','consents':[%s]}", of, plan_warnings(of))))
        return false;
    as("boss", NULL, NULL);
    if (draw(3) == 0) {
        taken = try_do("return", MSG(RETURN_PLAN), words("{'period':'%s','reason':'once more'}", of));
    } else {
        (void)try_do("approve", MSG(APPROVE_PLAN), words("{'period':'%s'}", of));
        taken = try_do("publish", MSG(PUBLISH_PLAN), words("{'period':'%s','reason':'r'}", of));
        counts.published += taken;
        if (!taken)
            (void)try_do("return", MSG(RETURN_PLAN), words("{'period':'%s','reason':'not so'}", of));
    }
    as("planner", NULL, NULL);
    if (draw(3) == 0)
        (void)try_do("revise", MSG(REVISE_PLAN), words("{'period':'%s','reason':'more'}", of));
    return taken;
}

/* --- what a manifest, or another tree, breaks -----------------------------------------------------------------------
 */
static uint32_t errors_in(const char *of)
{
    if (!version_in("state <> 'superseded'", of))
        return 0;
    return ((const Bihuan__LintPlanReply *)plan_do(MSG(LINT_PLAN), words("{'period':'%s'}", of)))->errors;
}

static bool check_finds(void)
{
    uint32_t errors = 0;

    for (int p = 0; p < 4; p++)
        errors += errors_in(plan.period[p]);
    return errors > 0;
}

/* Over units: the total first, which a cut over products has dropped from all slices otherwise (it follows its parts).
 * All slices from the root, or from every unit where that has no target, or not of each slice. */
static void mend_units(int p, bool all)
{
    (void)try_do("mend total", MSG(DECOMPOSE),
                 words("{'period':'%s','measure':'%s','unit':'%s','reason':'mend','mix':[{'kind':'plan','share':1}]}",
                       plan.period[p], plan.measure, plan.unit[0]));
    for (int u = 0; u < plan.units; u++)
        if (try_do("mend units", MSG(DECOMPOSE),
                   words("{'period':'%s','measure':'%s','unit':'%s','reason':'mend','every_slice':true,'mix':[{'kind':"
                         "'plan','share':1}]}",
                         plan.period[p], plan.measure, plan.unit[u])) &&
            u == 0 && !all)
            return;
}

/* What was said to be cut completely is cut anew; months before weeks. */
static void mend_cuts(int p, bool periods, bool weeks)
{
    const Bihuan__ListCutsReply *cuts = (const Bihuan__ListCutsReply *)plan_do(
        MSG(LIST_CUTS), words("{'period':'%s','measure':'%s','page':{'limit':500}}", plan.period[p], plan.measure));

    for (size_t i = 0; i < cuts->n_items; i++) {
        const Bihuan__TargetCut *cut = cuts->items[i];

        if (periods == (cut->n_into > 0) && weeks == (cut->n_into > 3))
            (void)try_do("mend cut", MSG(DECOMPOSE),
                         words("{'period':'%s','measure':'%s','unit':'%s','channel':'%s','product':'%s','over':'%s',"
                               "'reason':'mend'%s}",
                               plan.period[p], plan.measure, cut->unit, cut->channel, cut->product, cut->over,
                               weeks ? ",'kind':'week'"
                               : cut->n_into
                                   ? words(",'into':['%s','%s','%s']", plan.period[1], plan.period[2], plan.period[3])
                                   : ""));
    }
}

/* What is there cut anew over everything, from the top; what is part over most axes last. */
static void mend(void)
{
    const char *what;

    for (int round = 0; round < 3 && !is_fine(&what); round++) {
        if (round)
            mend_cuts(0, true, false);
        for (int p = 3; p >= 0; p--)
            if (errors_in(plan.period[p])) {
                mend_units(p, round > 0);
                mend_cuts(p, false, false);
            }
        if (plan.weeks)
            mend_cuts(0, true, true);
    }
}

/* A step that may break sums. False: they stay broken, and nobody can hand it in. */
static bool after_breaking(const char *step)
{
    const char *what;
    bool kept = false;

    if (is_fine(&what))
        return true;
    counts.broken++;
    if (!check_finds())
        fail_msg("%s: the check misses %s", step, what);
    mend();
    if (is_fine(&what)) {
        counts.mended++;
        return true;
    }
    if (show)
        printf("  stuck: %s\n", what);
    counts.stuck++;
    for (int p = 0; p < 4; p++)
        kept = kept || (errors_in(plan.period[p]) && !try_do("submit broken", MSG(SUBMIT_PLAN),
                                                             words("{'period':'%s','reason':'r','consents':[%s]}",
                                                                   plan.period[p], plan_warnings(plan.period[p]))));
    assert_true(kept);
    return false;
}

struct step {
    const char *name;
    bool (*act)(void);
    int weight;
    bool breaks; /* it says what it says: sums may be left open, and the check must find it */
};

/* Weeks are asked of units that stay where they are. */
static bool reorganise(void)
{
    if (plan.weeks)
        return false;
    if (draw(2))
        close_unit();
    else
        move_unit();
    return true;
}

static const struct step STEPS[] = {
    { "set", set, 8, false },
    { "transfer", transfer, 4, false },
    { "transfer beside", transfer_beside, 8, false },
    { "decompose", decompose, 5, true }, /* to fewer levels: what lies deeper stays */
    { "cut across", cut_across, 6, false },
    { "cut periods", cut_periods, 4, false },
    { "cut weeks", cut_weeks, 4, false },
    { "set week", set_week, 4, false },
    { "transfer week", transfer_week, 4, false },
    { "sheet", apply_sheet, 2, true },
    { "bound", bound, 3, false },
    { "negotiate", negotiate, 3, false },
    { "publish", publish, 3, false },
    { "reorganise", reorganise, 2, true },
};

static const struct step *draw_step(void)
{
    int all = 0, at;

    for (size_t i = 0; i < COUNT(STEPS); i++)
        all += STEPS[i].weight;
    at = (int)draw((unsigned)all);
    for (size_t i = 0;; i++)
        if ((at -= STEPS[i].weight) < 0)
            return &STEPS[i];
}

/* Parts of their own, which nobody cut, are more than there is: the whole is cut into them. */
static void fit_parts(const char *of)
{
    for (int round = 0; round < 3 && errors_in(of); round++) {
        const Bihuan__LintPlanReply *found = (const Bihuan__LintPlanReply *)plan_do(MSG(LINT_PLAN),
                                                                                    words("{'period':'%s'}", of));
        char json[8][500];
        size_t count = 0;

        for (size_t i = 0; i < found->n_items && count < COUNT(json); i++) {
            const Bihuan__LintFinding *item = found->items[i];
            bool channels = strcmp(item->code, "channels_differ") == 0;

            if (channels || strcmp(item->code, "products_differ") == 0)
                snprintf(json[count++], sizeof json[0],
                         "{'period':'%s','unit':'%s','measure':'%s','channel':'%s','product':'%s','over':'%s','mix':"
                         "[{'kind':'plan','share':1}],'reason':'fit'}",
                         of, item->unit, item->measure, item->channel, item->product,
                         channels ? "channels" : "products");
        }
        for (size_t i = 0; i < count; i++)
            (void)try_do("fit", MSG(DECOMPOSE), json[i]);
    }
}

/* All that is in the works, as far as it is taken. */
static bool put_in_force(void)
{
    bool any = false;

    for (int p = 0; p < 4; p++)
        fit_parts(plan.period[p]);

    for (int p = 0; p < 4; p++) {
        const char *of = plan.period[p];

        if (!version_in("state = 'draft'", of) ||
            !try_do("submit last", MSG(SUBMIT_PLAN),
                    words("{'period':'%s','reason':'r','consents':[%s]}", of, plan_warnings(of))))
            continue;
        as("boss", NULL, NULL);
        plan_do(MSG(APPROVE_PLAN), words("{'period':'%s'}", of));
        plan_do(MSG(PUBLISH_PLAN), words("{'period':'%s','reason':'r'}", of));
        as("planner", NULL, NULL);
        any = true;
    }
    counts.published += any;
    return any;
}

/* What must occur is there from the start: a version in force, weeks beside months, a week that was set. */
static void begin(void)
{
    const char *root = words("'unit':'%s','measure':'%s','reason':'x'", plan.unit[0], plan.measure);
    const char *what;

    plan_do(MSG(DECOMPOSE), words("{'period':'%s','total':'%u',%s}", plan.period[0], 100 + draw(2000), root));
    if (plan.weeks) {
        plan_do(MSG(DECOMPOSE), words("{'period':'%s','over':'periods','into':['%s','%s','%s'],%s}", plan.period[0],
                                      plan.period[1], plan.period[2], plan.period[3], root));
        plan_do(MSG(DECOMPOSE), words("{'period':'%s','over':'periods','kind':'week',%s}", plan.period[0], root));
        plan_do(MSG(SET_TARGET),
                words("{'period':'%sw05','amount':'%u','keep':'none',%s}", plan.period[0], draw(300), root));
    }
    if (plan.no % 3 == 0 && !put_in_force())
        fail_msg("what was just cut doesn't come into force");
    if (!is_fine(&what))
        fail_msg("seed's beginning leaves %s", what);
}

static void run_seed(uint64_t seed, unsigned no, int steps)
{
    const char *what;

    counts = (struct counts) { 0 };
    plan_draw(seed, no);
    begin();
    for (int i = 0; i < steps; i++) {
        const struct step *step = draw_step();
        bool done = step->act();

        if (show)
            plan_show();
        counts.done += done;
        counts.refused += !done;
        if (step->breaks) {
            if (!after_breaking(step->name))
                break;
        } else if (!is_fine(&what)) {
            fail_msg("seed %llu, step %d, %s leaves %s", (unsigned long long)seed, i, step->name, what);
        }
        if (step->act == publish && done && !is_fine_in_force(&what))
            fail_msg("seed %llu, step %d, in force: %s", (unsigned long long)seed, i, what);
    }
    if (put_in_force() && !is_fine_in_force(&what))
        fail_msg("seed %llu, in force in the end: %s", (unsigned long long)seed, what);
    printf("seed %llu: %d units; %d steps done, %d refused, %d published; sums broken %d times, mended %d, stuck %d\n",
           (unsigned long long)seed, plan.units, counts.done, counts.refused, counts.published, counts.broken,
           counts.mended, counts.stuck);
}

static long setting(const char *name, long otherwise)
{
    const char *given = getenv(name);

    return given ? strtol(given, NULL, 10) : otherwise;
}

/* Steps that are all refused test nothing: draws that miss what there is are a fault of the test. */
static void check_kinds(void)
{
    static const char *const KINDS[] = { "set", "transfer", "cut", "decompose", "grant", "sheet", "submit" };

    for (size_t i = 0; i < COUNT(KINDS); i++)
        if (tally_made(KINDS[i]) >= 20 && tally_taken(KINDS[i]) * 10 < tally_made(KINDS[i]))
            fail_msg("%s: %d of %d taken", KINDS[i], tally_taken(KINDS[i]), tally_made(KINDS[i]));
}

static void test_random_plans(void **state)
{
    uint64_t seed = test_seed();
    long seeds = setting("BIHUAN_SEEDS", 4);
    int done = 0;

    (void)state;
    show = getenv("BIHUAN_SHOW") != NULL;
    plans_prepare();
    laws_prepare();
    plan_do(MSG(APPLY_PRODUCTS), "{'items':[{'code':'tv','name':'t'}]}");
    laws_product("mobile", "");
    laws_product("tv", "");
    laws_product("5g", "mobile");
    for (long s = 0; s < seeds; s++) {
        run_seed(seed + (uint64_t)s, (unsigned)s, (int)setting("BIHUAN_STEPS", 40));
        done += counts.done;
    }
    check_kinds();
    if (seeds >= 4 && tally_taken("submit") == 0)
        fail_msg("nothing came into force in any of the plans");
    assert_true(done > seeds);
}

/* The table comes of failures too. */
static int stop(void **state)
{
    tally_print();
    return plans_stop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_plans),
    };

    return cmocka_run_group_tests_name("target laws", tests, plans_start, stop);
}
