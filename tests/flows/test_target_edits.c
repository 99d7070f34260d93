/* Targets changed one after another, on a real daemon: hedges follow up the tree, new targets find room, what is
 * applied is checked, and after any sequence of edits children are their parent and months their quarter in every
 * version. */
#include "support/check.h"
#include "support/plans.h"
#include "support/seed.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"
#include "text/pbjson.h"

/* --- hedges ---------------------------------------------------------------------------------------------------------
 */
static long hedge(const char *unit)
{
    char sql[300];

    snprintf(sql, sizeof sql,
             "SELECT hedge FROM planning.target_cell WHERE period_id = (SELECT id FROM planning.document WHERE kind ="
             " 'period' AND code = 'Q3') AND unit_id = (SELECT id FROM planning.document WHERE kind = 'unit' AND code ="
             " '%s') AND measure_id = 1",
             unit);
    return pg_number(&stack.pg, sql);
}

static void test_hedges_follow_up_the_tree(void **state)
{
    (void)state;
    plans_prepare();
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'Q3','from':'2026-07-01','until':'2026-10-01','calendar':'flat'}]}");
    plan_do(MSG(DECOMPOSE), "{'period':'Q3','unit':'P','measure':'new','total':'90000','hedge_ppm':100000,'reason':'h',"
                            "'mix':[{'kind':'set','set':'y1','share':1}]}");
    CHECK_INT(hedge("C1"), 6000); /* a tenth of 45,000 and of 15,000 */
    CHECK_INT(hedge("P"), 9000);
    /* C1 again, with a hundredth: 450 and 150 */
    plan_do(MSG(DECOMPOSE), "{'period':'Q3','unit':'C1','measure':'new','hedge_ppm':10000,'reason':'less',"
                            "'mix':[{'kind':'set','set':'y1','share':1}]}");
    CHECK_INT(hedge("C1"), 600);
    CHECK_INT(hedge("P"), 3600);
    check_laws();
    /* and without: what P keeps is C2's */
    plan_do(MSG(DECOMPOSE), "{'period':'Q3','unit':'C1','measure':'new','reason':'none'}");
    CHECK_INT(hedge("S1"), 0);
    CHECK_INT(hedge("P"), 3000);
    check_laws();
    /* straight to the cities: they keep what their outlets have, the outlets stay as they are */
    plan_do(MSG(DECOMPOSE), "{'period':'Q3','unit':'P','measure':'new','levels':1,'hedge_ppm':200000,'reason':'cities',"
                            "'mix':[{'kind':'plan','share':1}]}");
    CHECK_INT(hedge("C2"), 3000);
    CHECK_INT(hedge("P"), 3000);
    check_laws();
}

/* --- new targets ----------------------------------------------------------------------------------------------------
 */
#define SET(unit, amount, rest)                                                                                        \
    "{'period':'Q3','unit':'" unit "','measure':'old','amount':'" amount "','reason':'n'" rest "}"

static void test_a_new_target_finds_room(void **state)
{
    (void)state;
    plan_do(MSG(SET_TARGET), SET("P", "1000", "")); /* nobody above: free */
    plan_do(MSG(SET_TARGET), SET("C2", "400", ""));
    refused("more than P has left", MSG(SET_TARGET), SET("C1", "601", ""),
            "\"P\" above it has 1000, others hold 400 of that; set at most 600, raise \"P\" first");
    refused("less: C1 is the last one", MSG(SET_TARGET), SET("C1", "599", ""),
            "takes what is left: 1000 less 400 of the others is 600, not 599");
    plan_do(MSG(SET_TARGET), SET("S1", "250", ""));
    refused("C1 has none, P's counts", MSG(SET_TARGET), SET("S2", "351", ""),
            "\"P\" above it has 1000, others hold 650");
    plan_do(MSG(SET_TARGET), SET("S2", "300", ""));
    refused("S1 and S2 have more", MSG(SET_TARGET), SET("C1", "549", ""), "those below it have 550 together");
    refused("and they are all", MSG(SET_TARGET), SET("C1", "551", ",'keep':'none'"), "550 together, and each of them");
    check_laws();
    /* those above follow: 550 and 400 */
    plan_do(MSG(SET_TARGET), SET("C1", "550", ",'keep':'none'"));
    CHECK_INT(amount("Q3", "P", "old", "", LATEST), 950);
    refused("C2 has 400", MSG(SET_TARGET), SET("S3", "401", ""), "\"C2\" above it has 400, others hold 0");
    check_laws();
}

/* A manifest says what it says; what it leaves open or has too much of is found before it is handed in. */
static void test_what_is_applied_is_checked(void **state)
{
    (void)state;
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'Q3','unit':'S3','measure':'old','amount':'401'}],'reason':'m'}");
    refused("401 of 400", MSG(SUBMIT_PLAN), "{'period':'Q3'}", "its children's targets add up to 401");
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'Q3','unit':'S3','measure':'old','amount':'400'}],'reason':'m'}");
    check_laws();
    /* products: 600 and 351 of 950 for all of them */
    plan_do(MSG(APPLY_PRODUCTS), "{'items':[{'code':'tv','name':'t'}]}");
    plan_do(MSG(APPLY_TARGETS),
            "{'items':[{'period':'Q3','unit':'P','measure':'old','product':'mobile','amount':'600'},"
            "{'period':'Q3','unit':'P','measure':'old','product':'tv','amount':'351'}],'reason':'m'}");
    refused("products", MSG(SUBMIT_PLAN), "{'period':'Q3'}",
            "unit \"P\", measure \"old\": its products add up to 951, which is more than its 950");
    plan_do(MSG(APPLY_TARGETS),
            "{'items':[{'period':'Q3','unit':'P','measure':'old','product':'tv','amount':'350'},"
            "{'period':'Q3','unit':'P','measure':'old','product':'5g','amount':'601'}],'reason':'m'}");
    refused("one below another", MSG(SUBMIT_PLAN), "{'period':'Q3'}",
            "its products below \"mobile\" add up to 601, which is more than its 600");
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'Q3','unit':'P','measure':'old','product':'5g','amount':'600'}],"
                                "'reason':'m'}");
    publish_plan("Q3", "");
}

/* --- any sequence of edits ------------------------------------------------------------------------------------------
 */
static const char *const UNITS[] = { "P", "C1", "C2", "S1", "S2", "S3" };
static const char *const PERIODS[] = { "Q4", "M10", "M11", "M12" };
static const char *const MEASURES[] = { "new", "old" };
#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define DRAW(array)  ((array)[draw((unsigned)(sizeof(array) / sizeof((array)[0])))]) /* one of them */
#define EDITS        90

static uint64_t seed;

static unsigned draw(unsigned below)
{
    return (unsigned)random_below(&seed, (int)below);
}

/* Good until eight more were made. */
__attribute__((format(printf, 1, 2))) static char *words(const char *format, ...)
{
    static char text[8][900];
    static size_t next;
    char *out = text[next++ % 8];
    va_list args;

    va_start(args, format);
    vsnprintf(out, sizeof text[0], format, args);
    va_end(args);
    return out;
}

static long number(const char *format, const char *a, const char *b, const char *c)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    char sql[1200];

    snprintf(sql, sizeof sql, format, a, b, c);
    return pg_number(&stack.pg, sql);
#pragma GCC diagnostic pop
}

/* Of codes, in SQL. */
#define PERIOD_ID  "(SELECT id FROM planning.document WHERE kind = 'period' AND code = '%s')"
#define MEASURE_ID "(SELECT id FROM planning.document WHERE kind = 'measure' AND code = '%s')"
#define UNIT_ID    "(SELECT id FROM planning.document WHERE kind = 'unit' AND code = '%s')"
#define NEWEST     "(SELECT max(version) FROM planning.plan_version v WHERE v.period_id = " PERIOD_ID ")"

static bool has_cell(const char *period, const char *measure, const char *unit)
{
    return number("SELECT count(*) FROM planning.target_cell WHERE channel_id = 0 AND product_id = 0 AND period_id "
                  "= " PERIOD_ID " AND measure_id = " MEASURE_ID " AND unit_id = " UNIT_ID,
                  period, measure, unit) > 0;
}

/* False where it is refused for what it is. */
static bool edit(uint32_t type, const char *json)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request;
    struct err err;

    if (pbjson_parse(message->payload, quoted(json), strlen(json), &stack.arena, &request, &err) != 0)
        fail_msg("%s: %s", json, err.text);
    if (stack_ask(&stack, "planning", type, request, NULL, &err) == 0)
        return true;
    if (err.cls != ERR_CONFLICT && err.cls != ERR_INVALID)
        fail_msg("%s: %s", json, err.text);
    if (getenv("BIHUAN_SHOW"))
        printf("%s: %s\n", json, err.text);
    return false;
}

static const Bihuan__LintPlanReply *lint(const char *period)
{
    return (const Bihuan__LintPlanReply *)plan_do(MSG(LINT_PLAN), words("{'period':'%s'}", period));
}

/* A random request in the words of the API. *keeps: it may not break sums that hold. */
static uint32_t draw_edit(char **json, bool *keeps)
{
    static const char *const mixes[] = { "'mix':[{'kind':'set','set':'y1','share':1}]",
                                         "'mix':[{'kind':'equal','share':3},{'kind':'plan','share':7}]",
                                         "'mix':[{'kind':'drafts','share':1}],'over':'leaves'", "'levels':1" };
    static const char *const overs[] = { "channels", "products" };
    const char *period = DRAW(PERIODS), *unit = DRAW(UNITS), *measure = DRAW(MEASURES);

    *keeps = false;
    switch (draw(7)) {
    case 0:
        *keeps = true;
        *json = words("{'period':'%s','unit':'%s','measure':'%s','amount':'%u','keep':'%s','reason':'x'}", period, unit,
                      measure, draw(400), draw(2) ? "none" : "parent");
        return MSG(SET_TARGET);
    case 1:
        *json = words("{'items':[{'period':'%s','unit':'%s','measure':'%s','amount':'%u'},"
                      "{'period':'%s','unit':'%s','measure':'%s','amount':'%u'}],'reason':'x'}",
                      period, unit, measure, draw(300), DRAW(PERIODS), DRAW(UNITS), measure, draw(3) * draw(200));
        return MSG(APPLY_TARGETS);
    case 2: /* of what there is, or a total for a unit anywhere in the tree */
        *json = words("{'period':'%s','unit':'%s','measure':'%s','hedge_ppm':%u,'reason':'x',%s%s}", period, unit,
                      measure, draw(2) * draw(200000), DRAW(mixes), draw(2) ? words(",'total':'%u'", draw(500)) : "");
        return MSG(DECOMPOSE);
    case 3:
        *json = words("{'period':'%s','unit':'%s','measure':'%s','over':'%s','hedge_ppm':%u,'reason':'x'}", period,
                      unit, measure, DRAW(overs), draw(2) * draw(200000));
        return MSG(DECOMPOSE);
    case 4:
        *json = words("{'period':'Q4','unit':'%s','measure':'%s','over':'periods','reason':'x'}", unit, measure);
        return MSG(DECOMPOSE);
    default:
        *keeps = true;
        *json = words("{'period':'%s','measure':'%s','from_unit':'%s','to_unit':'%s','to_period':'%s','amount':'%u',"
                      "'reason':'t%u'}",
                      period, measure, unit, DRAW(UNITS), DRAW(PERIODS), 1 + draw(60), draw(1000000000));
        return MSG(TRANSFER_TARGET);
    }
}

/* The unit's targets cut anew: those of channels and products first, all of them where that isn't enough. */
static bool cut_anew(const char *period, const char *measure, const char *unit, bool all)
{
    char of[200];

    snprintf(of, sizeof of, "'period':'%s','unit':'%s','measure':'%s','reason':'repair'", period, unit, measure);
    if (!has_cell(period, measure, unit))
        return false;
    if (all)
        (void)edit(MSG(DECOMPOSE), words("{%s,'mix':[{'kind':'plan','share':1}]}", of));
    (void)edit(MSG(DECOMPOSE), words("{%s,'over':'channels'}", of));
    (void)edit(MSG(DECOMPOSE), words("{%s,'over':'products'}", of));
    if (strcmp(period, "Q4") == 0)
        (void)edit(MSG(DECOMPOSE), words("{%s,'over':'periods'}", of));
    return true;
}

static int cuts_opened; /* how often the last resort was needed */

/* The last resort: what was cut may leave something open from now on. Only where nothing else is wrong than sums of
 * what was cut, which laws that meet in a circle leave no way to mend. */
static void forget_cuts(const char *json, const Bihuan__LintPlanReply *left)
{
    static const char *const of_cuts[] = { "cut_differs", "periods_differ", "channels_differ", "products_differ" };
    const char *why = left->items[0]->message;

    for (size_t i = 0; i < left->n_items; i++) {
        bool known = strcmp(left->items[i]->severity, "error") != 0;

        for (size_t c = 0; c < COUNT(of_cuts); c++)
            known = known || strcmp(left->items[i]->code, of_cuts[c]) == 0;
        if (!known)
            fail_msg("%s: cutting anew doesn't mend %s: %s", json, left->items[i]->code, left->items[i]->message);
    }
    cuts_opened++;
    printf("cuts are said to be open: %s\n", why);
    for (size_t p = 0; p < COUNT(PERIODS); p++) {
        const Bihuan__ListCutsReply *cuts = (const Bihuan__ListCutsReply *)plan_do(
            MSG(LIST_CUTS), words("{'period':'%s'}", PERIODS[p]));

        for (size_t i = 0; i < cuts->n_items; i++) {
            const Bihuan__TargetCut *cut = cuts->items[i];

            (void)edit(MSG(MARK_CUT),
                       words("{'period':'%s','unit':'%s','measure':'%s','channel':'%s','product':'%s','over':'%s',"
                             "'complete':'no','reason':'open'%s}",
                             PERIODS[p], cut->unit, cut->measure, cut->channel, cut->product, cut->over,
                             cut->n_into ? ",'into':['M10','M11','M12']" : ""));
        }
    }
}

/* What the check finds in the period; NULL: no versions, or nothing. Sums that differ must be among it. */
static const Bihuan__LintPlanReply *errors_of(const char *json, const char *period)
{
    const Bihuan__LintPlanReply *found;
    char which[400];

    if (!number("SELECT count(*) FROM planning.plan_version WHERE period_id = " PERIOD_ID, period, "", ""))
        return NULL;
    snprintf(which, sizeof which, "version = " NEWEST " AND period_id = " PERIOD_ID, period, period);
    found = lint(period);
    if (!found->errors && wrong_sums(which))
        fail_msg("%s: the check misses it in %s", json, period);
    return found->errors ? found : NULL;
}

static bool has_error(const Bihuan__LintPlanReply *found, const char *measure)
{
    bool has = false;

    for (size_t i = 0; i < found->n_items; i++)
        has = has ||
              (strcmp(found->items[i]->severity, "error") == 0 && strcmp(found->items[i]->measure, measure) == 0);
    return has;
}

#define LAST_RESORT 4 /* rounds without */

/* A total for a part of the tree, or lines that are applied, can leave sums that differ. The check says so, and cutting
 * them anew from the top brings them together: all periods in turn, as a cut over periods needs sums that hold in the
 * shorter ones. */
static void repair(const char *json)
{
    for (int round = 0;; round++) {
        const Bihuan__LintPlanReply *left = NULL;
        bool wrong[COUNT(MEASURES)] = { false };

        for (size_t p = 0; p < COUNT(PERIODS); p++) {
            const Bihuan__LintPlanReply *found = errors_of(json, PERIODS[p]);

            left = found ? found : left;
            for (size_t m = 0; found && m < COUNT(MEASURES); m++)
                wrong[m] = wrong[m] || has_error(found, MEASURES[m]);
        }
        if (!left)
            break;
        for (size_t p = 0; p < COUNT(PERIODS); p++) /* what a draft of a month breaks in a quarter in force, too */
            for (size_t m = 0; m < COUNT(MEASURES); m++)
                for (size_t u = 0; wrong[m] && u < COUNT(UNITS); u++)
                    (void)cut_anew(PERIODS[p], MEASURES[m], UNITS[u], round > 0);
        if (round == LAST_RESORT)
            forget_cuts(json, left);
        if (round == LAST_RESORT + 2)
            fail_msg("%s: %s can't be mended", json, left->items[0]->message);
    }
}

/* --- published versions --- */
static struct published {
    int version[COUNT(PERIODS)];
} published[EDITS];
static size_t published_count;

static void publish_period(const char *period)
{
    if (number("SELECT count(*) FROM planning.plan_version WHERE state = 'draft' AND period_id = " PERIOD_ID, period,
               "", "") == 0)
        return;
    publish_plan(period, plan_warnings(period));
}

/* The quarter cut into its months, and all four put in force: this is how they stay. */
static void publish_all(void)
{
    struct published *now = &published[published_count];

    if (!edit(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','over':'periods','reason':'months'}"))
        return;
    repair("months");
    for (size_t p = 0; p < COUNT(PERIODS); p++) {
        publish_period(PERIODS[p]);
        now->version[p] = (int)number("SELECT " NEWEST, PERIODS[p], "", "");
    }
    published_count++;
}

static void check_published(void)
{
    for (size_t i = 0; i < published_count; i++)
        for (size_t u = 0; u < COUNT(UNITS); u++) {
            long months = 0;

            for (size_t p = 1; p < COUNT(PERIODS); p++)
                months += amount(PERIODS[p], UNITS[u], "new", "", words("%d", published[i].version[p]));
            CHECK_INT(months, amount("Q4", UNITS[u], "new", "", words("%d", published[i].version[0])));
        }
}

#define OF_NOW "version = (SELECT max(version) FROM planning.plan_version v WHERE v.period_id = sums.period_id)"

static bool one_edit(void)
{
    char *drawn, json[900];
    bool keeps, done;
    uint32_t type = draw_edit(&drawn, &keeps);

    snprintf(json, sizeof json, "%s", drawn);
    done = edit(type, json);
    if (done && !keeps)
        repair(json);
    if (done && (wrong_sums(OF_NOW) || wrong_hedges(OF_NOW)))
        fail_msg("%s leaves %ld sums, %ld hedges wrong", json, wrong_sums(OF_NOW), wrong_hedges(OF_NOW));
    return done;
}

static void test_any_sequence_of_edits(void **state)
{
    int done = 0;

    (void)state;
    seed = test_seed();
    as("planner", NULL, NULL);
    plan_do(MSG(DECOMPOSE), "{'period':'Q4','unit':'P','measure':'new','total':'1000','hedge_ppm':50000,'reason':'x'}");
    for (int i = 0; i < EDITS; i++) {
        done += one_edit();
        if (i % 30 == 29) {
            publish_all();
            check_published();
            check_laws();
        }
    }
    check_published();
    check_laws();
    printf("%d of %d edits done, %zu times published, %d times cuts had to be opened\n", done, EDITS, published_count,
           cuts_opened);
    assert_true(done > EDITS / 4 && published_count > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hedges_follow_up_the_tree),
        cmocka_unit_test(test_a_new_target_finds_room),
        cmocka_unit_test(test_what_is_applied_is_checked),
        cmocka_unit_test(test_any_sequence_of_edits),
    };

    return cmocka_run_group_tests_name("target edits", tests, plans_start, plans_stop);
}
