/* Random plans, on a real daemon: trees, channels, products, periods, bounds, closed and moved units, versions on their
 * way. After every step the laws are asked in SQL (support/laws): sums over units, channels, products and periods, and
 * the ledger. What a manifest breaks the check must find, and nothing broken is handed in.
 *
 *   BIHUAN_SEED   the first seed, printed; else the time
 *   BIHUAN_SEEDS  how many, 4
 *   BIHUAN_STEPS  edits of each, 40
 *   BIHUAN_SHOW   prints each step
 */
#include "support/check.h"
#include "support/laws.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "bihuan/common.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_organisation.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"
#include "text/pbjson.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define DRAW(array)  ((array)[draw((unsigned)(sizeof(array) / sizeof((array)[0])))]) /* one of them */
#define UNITS_MAX    24

static uint64_t random_state;
static bool show;

static unsigned draw(unsigned below)
{
    random_state += 0x9e3779b97f4a7c15ULL;
    return (unsigned)(hash_mix(random_state) % below);
}

/* One seed's plan: codes of its own, in a quarter of its own. */
static struct plan {
    unsigned no;
    char measure[16];
    char period[4][32]; /* the quarter, its months */
    char day[4][40];    /* first days of the months, and of what follows */
    char unit[UNITS_MAX][32];
    int parent[UNITS_MAX], children[UNITS_MAX];
    bool gone[UNITS_MAX];
    int units;
    int done, refused, broken, mended, stuck, published;
} plan;

static const char *const CHANNELS[] = { "", "", "hall", "online", "agent" };
static const char *const PRODUCTS[] = { "", "", "", "mobile", "5g", "tv" };

/* Good until sixteen more were made. */
__attribute__((format(printf, 1, 2))) static char *words(const char *format, ...)
{
    static char text[16][1200];
    static size_t next;
    char *out = text[next++ % 16];
    va_list args;

    va_start(args, format);
    vsnprintf(out, sizeof text[0], format, args);
    va_end(args);
    return out;
}

/* False where it is refused for what it is. */
static bool try_do(uint32_t type, const char *json)
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
    return taken;
}

static bool is_fine(const char **what)
{
    static char text[2000];
    char *found = laws_broken(plan.measure);

    snprintf(text, sizeof text, "%s", found);
    free(found);
    *what = text;
    return !text[0];
}

/* --- random organisation --------------------------------------------------------------------------------------------
 */
static void draw_periods(void)
{
    unsigned year = 2030 + plan.no / 4, month = 1 + 3 * (plan.no % 4);

    for (unsigned m = 0; m < 4; m++)
        snprintf(plan.day[m], sizeof plan.day[m], "%u-%02u-01", month + m > 12 ? year + 1 : year,
                 month + m > 12 ? 1 : month + m);
    for (unsigned p = 0; p < 4; p++) {
        const char *from = plan.day[p ? p - 1 : 0], *until = plan.day[p ? p : 3];

        snprintf(plan.period[p], sizeof plan.period[p], p ? "L%u-%u" : "L%u", plan.no, p);
        plan_do(MSG(APPLY_PERIODS), words("{'items':[{'code':'%s','from':'%s','until':'%s','calendar':'flat'}]}",
                                          plan.period[p], from, until));
        laws_period(plan.period[p], from, until);
    }
}

static const char *const TYPES[] = { "province", "city", "county", "outlet" };

static void draw_tree(void)
{
    int depth[UNITS_MAX] = { 0 };
    int fan = 1 + (int)draw(6);

    plan.units = 3 + (int)draw(UNITS_MAX - 2);
    for (int u = 0; u < plan.units; u++) {
        snprintf(plan.unit[u], sizeof plan.unit[u], "U%u-%d", plan.no, u);
        plan.parent[u] = -1;
        do
            plan.parent[u] = u ? (int)draw((unsigned)u) : -1;
        while (u && (depth[plan.parent[u]] > 2 || (plan.children[plan.parent[u]] >= fan && draw(4))));
        depth[u] = u ? depth[plan.parent[u]] + 1 : 0;
        if (u)
            plan.children[plan.parent[u]]++;
        plan_do(MSG(APPLY_UNITS),
                u ? words("{'items':[{'code':'%s','name':'u','type':'%s','relations':[{'parent':'%s','from':"
                          "'2026-01-01'}]}]}",
                          plan.unit[u], TYPES[depth[u]], plan.unit[plan.parent[u]])
                  : words("{'items':[{'code':'%s','name':'u','type':'province'}]}", plan.unit[u]));
        if (u)
            laws_parent(plan.unit[u], plan.unit[plan.parent[u]], "2026-01-01");
    }
    laws_rebuild();
}

static const char *unit(void)
{
    return plan.unit[draw(3) ? draw((unsigned)plan.units) : 0];
}

static const char *period(void)
{
    return plan.period[draw(4)];
}

/* Only a unit without children goes, from the first day of the quarter or of a later month. */
static void close_unit(void)
{
    int u = (int)draw((unsigned)plan.units);
    const char *from = plan.day[draw(3)];

    if (!plan.children[u] && u && !plan.gone[u] &&
        try_do(MSG(CLOSE_UNIT), words("{'unit':'%s','from':'%s','reason':'closed'}", plan.unit[u], from))) {
        plan.gone[u] = true;
        plan.children[plan.parent[u]]--;
        laws_gone(plan.unit[u], from);
        laws_rebuild();
    }
}

static void move_unit(void)
{
    int u = (int)draw((unsigned)plan.units), to = (int)draw((unsigned)plan.units);
    const char *from = plan.day[draw(3)];

    /* not to who had nobody below: what that one has of its own in the longer period stays its own in the shorter */
    if (!plan.children[u] && u && !plan.gone[u] && plan.children[to] && to != u && to != plan.parent[u] &&
        try_do(MSG(MOVE_UNIT),
               words("{'unit':'%s','parent':'%s','from':'%s','reason':'moved'}", plan.unit[u], plan.unit[to], from))) {
        plan.children[plan.parent[u]]--;
        plan.children[to]++;
        plan.parent[u] = to;
        laws_parent(plan.unit[u], plan.unit[to], from);
        laws_rebuild();
    }
}

/* --- random steps ---------------------------------------------------------------------------------------------------
 */
static const char *cell(void)
{
    return words("'period':'%s','unit':'%s','measure':'%s','channel':'%s','product':'%s'", period(), unit(),
                 plan.measure, DRAW(CHANNELS), DRAW(PRODUCTS));
}

static bool set(void)
{
    return try_do(MSG(SET_TARGET), words("{%s,'amount':'%u','keep':'%s','reason':'x'}", cell(), draw(4) ? draw(400) : 0,
                                         draw(2) ? "none" : "parent"));
}

static bool transfer(void)
{
    return try_do(MSG(TRANSFER_TARGET),
                  words("{'measure':'%s','period':'%s','from_unit':'%s','from_channel':'%s','from_product':'%s',"
                        "'to_period':'%s','to_unit':'%s','to_channel':'%s','to_product':'%s','amount':'%u','reason':"
                        "'t%u'}",
                        plan.measure, period(), unit(), DRAW(CHANNELS), DRAW(PRODUCTS), period(), unit(),
                        DRAW(CHANNELS), DRAW(PRODUCTS), 1 + draw(30), draw(1000000000)));
}

/* Between targets that are beside each other on one axis: most of the above are refused. */
static bool transfer_beside(void)
{
    const char *channel = DRAW(CHANNELS), *product = DRAW(PRODUCTS), *of = period(), *at = unit();
    unsigned axis = draw(4);

    return try_do(MSG(TRANSFER_TARGET),
                  words("{'measure':'%s','period':'%s','from_unit':'%s','from_channel':'%s','from_product':'%s',"
                        "'to_period':'%s','to_unit':'%s','to_channel':'%s','to_product':'%s','amount':'%u','reason':"
                        "'t%u'}",
                        plan.measure, of, at, channel, product, axis == 0 ? period() : of, axis == 1 ? unit() : at,
                        axis == 2 ? DRAW(CHANNELS) : channel, axis == 3 ? DRAW(PRODUCTS) : product, 1 + draw(30),
                        draw(1000000000)));
}

static bool decompose(void)
{
    static const char *const mixes[] = { "'mix':[{'kind':'equal','share':1}]",
                                         "'mix':[{'kind':'equal','share':3},{'kind':'plan','share':7}]",
                                         "'mix':[{'kind':'plan','share':1}],'over':'leaves'", "'levels':1" };

    if (draw(3) == 0)
        return try_do(MSG(DECOMPOSE), words("{'period':'%s','unit':'%s','measure':'%s','every_slice':true,%s,'reason':"
                                            "'x'}",
                                            period(), unit(), plan.measure, DRAW(mixes)));
    return try_do(MSG(DECOMPOSE), words("{%s,%s%s,'hedge_ppm':%u,'keep':'%s','reason':'x'}", cell(), DRAW(mixes),
                                        draw(2) ? words(",'total':'%u'", draw(600)) : "", draw(2) * draw(200000),
                                        draw(2) ? "none" : "parent"));
}

static bool cut_across(void)
{
    static const char *const mixes[] = { "", ",'mix':[{'kind':'plan','share':1}]", ",'into':['hall','online']" };
    bool channels = draw(2);

    return try_do(MSG(DECOMPOSE), words("{%s,'over':'%s','reason':'x'%s}", cell(), channels ? "channels" : "products",
                                        mixes[draw(channels ? 3 : 2)]));
}

static bool cut_periods(void)
{
    const char *into = words("'into':['%s','%s','%s']", plan.period[1], plan.period[2], plan.period[3]);

    return try_do(MSG(DECOMPOSE),
                  words("{'period':'%s','unit':'%s','measure':'%s','channel':'%s','product':'%s','over':'periods',%s,"
                        "'every_slice':%s,'reason':'x'}",
                        plan.period[0], unit(), plan.measure, draw(2) ? "" : DRAW(CHANNELS),
                        draw(2) ? "" : DRAW(PRODUCTS), into, draw(2) ? "true" : "false"));
}

static bool apply_sheet(void)
{
    return try_do(MSG(APPLY_TARGETS), words("{'items':[{%s,'amount':'%u'},{%s,'amount':'%u'}],'reason':'sheet'}",
                                            cell(), draw(300), cell(), draw(2) * draw(200)));
}

static bool bound(void)
{
    static const char *const bounds[] = { ",'lock':'yes'", ",'floor':'20'", ",'ceiling':'150'", "", "" };

    return try_do(MSG(APPLY_BOUNDS), words("{'items':[{%s%s}]}", cell(), DRAW(bounds)));
}

static bool negotiate(void)
{
    int u = (int)draw((unsigned)plan.units);
    const char *of = period();
    bool granted;

    if (!u || !try_do(MSG(ANSWER_TARGETS),
                      words("{'period':'%s','unit':'%s','answer':'propose'}", of, plan.unit[plan.parent[u]])))
        return false;
    as("asker", NULL, NULL);
    granted = try_do(MSG(ANSWER_TARGETS),
                     words("{'period':'%s','unit':'%s','answer':'%s','reason':'w'%s}", of, plan.unit[u],
                           draw(3) ? "ask" : "accept",
                           words(",'asks':[{'measure':'%s','channel':'%s','product':'%s','amount':'%u'}]", plan.measure,
                                 DRAW(CHANNELS), DRAW(PRODUCTS), draw(200))));
    as("planner", NULL, NULL);
    return granted && try_do(MSG(ANSWER_TARGETS),
                             words("{'period':'%s','unit':'%s','answer':'grant','reason':'g'}", of, plan.unit[u]));
}

static const char *consents(const char *of)
{
    static char text[400];
    const Bihuan__LintPlanReply *found = (const Bihuan__LintPlanReply *)plan_do(MSG(LINT_PLAN),
                                                                                words("{'period':'%s'}", of));

    text[0] = '\0';
    for (size_t i = 0; i < found->n_items; i++)
        if (strcmp(found->items[i]->severity, "warning") == 0 && !strstr(text, words("'%s'", found->items[i]->code)))
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s'%s'", text[0] ? "," : "",
                     found->items[i]->code);
    return text;
}

static bool has_targets(const char *of)
{
    char sql[200];

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM planning.plan_version WHERE state <> 'superseded' AND period_id = law_id('period',"
             " '%s')",
             of);
    return pg_number(&stack.pg, sql) > 0;
}

/* Handed in, and sent back or put in force; then perhaps opened again. */
static bool publish(void)
{
    const char *of = period();
    bool taken;

    if (!has_targets(of) ||
        !try_do(MSG(SUBMIT_PLAN), words("{'period':'%s','reason':'r','consents':[%s]}", of, consents(of))))
        return false;
    as("boss", NULL, NULL);
    if (draw(3) == 0) {
        taken = try_do(MSG(RETURN_PLAN), words("{'period':'%s','reason':'once more'}", of));
    } else {
        (void)try_do(MSG(APPROVE_PLAN), words("{'period':'%s'}", of));
        taken = try_do(MSG(PUBLISH_PLAN), words("{'period':'%s','reason':'r'}", of));
        plan.published += taken;
        if (!taken)
            (void)try_do(MSG(RETURN_PLAN), words("{'period':'%s','reason':'not so'}", of));
    }
    as("planner", NULL, NULL);
    if (draw(3) == 0)
        (void)try_do(MSG(REVISE_PLAN), words("{'period':'%s','reason':'more'}", of));
    return taken;
}

/* --- what a manifest, or another tree, breaks -----------------------------------------------------------------------
 */
static uint32_t errors_in(const char *of)
{
    if (!has_targets(of))
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

static void mend_period(int p)
{
    char of[200];

    snprintf(of, sizeof of, "'period':'%s','measure':'%s','unit':'%s','reason':'mend'", plan.period[p], plan.measure,
             plan.unit[0]);
    (void)try_do(MSG(DECOMPOSE), words("{%s,'every_slice':true,'mix':[{'kind':'plan','share':1}]}", of));
    (void)try_do(MSG(DECOMPOSE), words("{%s,'over':'channels'}", of));
    for (size_t c = 1; c < COUNT(CHANNELS); c++)
        for (size_t m = 2; m < 4; m++) /* all, and those of one family */
            (void)try_do(MSG(DECOMPOSE),
                         words("{%s,'over':'products','channel':'%s','product':'%s'}", of, CHANNELS[c], PRODUCTS[m]));
}

/* What is there cut anew over everything, from the top. */
static void mend(void)
{
    const char *what;

    for (int round = 0; round < 2 && !is_fine(&what); round++) {
        for (int p = 3; p >= 0; p--)
            if (errors_in(plan.period[p]))
                mend_period(p);
        if (!is_fine(&what))
            (void)try_do(MSG(DECOMPOSE), words("{'period':'%s','unit':'%s','measure':'%s','reason':'mend','over':"
                                               "'periods','into':['%s','%s','%s']}",
                                               plan.period[0], plan.unit[0], plan.measure, plan.period[1],
                                               plan.period[2], plan.period[3]));
    }
}

/* A step that may break sums. False: they stay broken, and nobody can hand it in. */
static bool after_breaking(const char *step)
{
    const char *what;
    bool kept = false;

    if (is_fine(&what))
        return true;
    plan.broken++;
    if (!check_finds())
        fail_msg("%s: the check misses %s", step, what);
    mend();
    if (is_fine(&what)) {
        plan.mended++;
        return true;
    }
    if (show)
        printf("  stuck: %s\n", what);
    plan.stuck++;
    for (int p = 0; p < 4; p++)
        kept = kept || (errors_in(plan.period[p]) &&
                        !try_do(MSG(SUBMIT_PLAN), words("{'period':'%s','reason':'r','consents':[%s]}", plan.period[p],
                                                        consents(plan.period[p]))));
    assert_true(kept);
    return false;
}

struct step {
    const char *name;
    bool (*act)(void);
    int weight;
    bool breaks; /* it says what it says: sums may be left open, and the check must find it */
};

static bool reorganise(void)
{
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
    { "sheet", apply_sheet, 2, true },
    { "bound", bound, 3, false },
    { "negotiate", negotiate, 3, false },
    { "publish", publish, 3, false },
    { "reorganise", reorganise, 1, true },
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

static void run_seed(uint64_t seed, unsigned no, int steps)
{
    const char *what;

    random_state = seed;
    plan = (struct plan) { .no = no };
    snprintf(plan.measure, sizeof plan.measure, "m%u", no);
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_MEASURES),
            words("{'items':[{'code':'%s','title_zh':'新','title_en':'n','value':'count'}]}", plan.measure));
    draw_periods();
    draw_tree();
    plan_do(MSG(DECOMPOSE), words("{'period':'%s','unit':'%s','measure':'%s','total':'%u','reason':'x'}",
                                  plan.period[0], plan.unit[0], plan.measure, 100 + draw(2000)));
    for (int i = 0; i < steps; i++) {
        const struct step *step = draw_step();
        bool done = step->act();

        plan.done += done;
        plan.refused += !done;
        if (step->breaks) {
            if (!after_breaking(step->name))
                break;
        } else if (!is_fine(&what)) {
            fail_msg("seed %llu, step %d, %s leaves %s", (unsigned long long)seed, i, step->name, what);
        }
    }
    printf("seed %llu: %d units; %d steps done, %d refused, %d published; sums broken %d times, mended %d, stuck %d\n",
           (unsigned long long)seed, plan.units, plan.done, plan.refused, plan.published, plan.broken, plan.mended,
           plan.stuck);
}

static long setting(const char *name, long otherwise)
{
    const char *given = getenv(name);

    return given ? strtol(given, NULL, 10) : otherwise;
}

static void test_random_plans(void **state)
{
    uint64_t seed = (uint64_t)setting("BIHUAN_SEED", (long)time(NULL));
    long seeds = setting("BIHUAN_SEEDS", 4);
    int done = 0;

    (void)state;
    show = getenv("BIHUAN_SHOW") != NULL;
    printf("BIHUAN_SEED=%llu\n", (unsigned long long)seed);
    plans_prepare();
    laws_prepare();
    plan_do(MSG(APPLY_PRODUCTS), "{'items':[{'code':'tv','name':'t'}]}");
    laws_product("mobile", "");
    laws_product("tv", "");
    laws_product("5g", "mobile");
    for (long s = 0; s < seeds; s++) {
        run_seed(seed + (uint64_t)s, (unsigned)s, (int)setting("BIHUAN_STEPS", 40));
        done += plan.done;
    }
    assert_true(done > seeds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_plans),
    };

    return cmocka_run_group_tests_name("target laws", tests, plans_start, plans_stop);
}
