/* What a token for a subtree changes and reads of targets that lie on several axes, on a real daemon: all that follows
 * from an edit stays below its top, or nothing is done. */
#include "support/check.h"
#include "support/laws.h"
#include "support/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"
#include "text/pbjson.h"

#define NEW(period, unit)          "'period':'" period "','unit':'" unit "','measure':'new'"
#define OLD(period, unit)          "'period':'" period "','unit':'" unit "','measure':'old'"
#define NOW(period, unit, channel) amount(period, unit, "new", channel, LATEST)

#define CHECK_LAWS()                                                                                                   \
    do {                                                                                                               \
        char *broken = laws_broken("new");                                                                             \
                                                                                                                       \
        assert_string_equal(broken, "");                                                                               \
        free(broken);                                                                                                  \
    } while (0)

/* C1's own targets of channels and products are for itself to part, where nobody did. */
#define PARTS_OF_C1                                                                                                    \
    "(channel_id > 0 OR product_id > 0) AND unit_id = (SELECT id FROM planning.document WHERE kind = 'unit' AND code " \
    "="                                                                                                                \
    " 'C1')"
static long others_and_given(void)
{
    return pg_number(&stack.pg, "SELECT coalesce(hashtextextended(string_agg(t::text, ';' ORDER BY t::text), 0)"
                                " & 4294967295, 0) FROM planning.target_cell t WHERE NOT (" PARTS_OF_C1
                                ") AND unit_id NOT IN (SELECT id FROM planning.document WHERE kind = 'unit' AND code IN"
                                " ('S1', 'S2'))");
}

/* A number for all that `table` has of units; `below`: of S1 and S2 only, else of all others. */
static long print_of(const char *table, bool below)
{
    char sql[600];

    snprintf(sql, sizeof sql,
             "SELECT coalesce(hashtextextended(string_agg(t::text, ';' ORDER BY t::text), 0) & 4294967295, 0)"
             " FROM planning.%s t WHERE unit_id %s (SELECT id FROM planning.document WHERE kind = 'unit' AND code IN"
             " ('S1', 'S2'))",
             table, below ? "IN" : "NOT IN");
    return pg_number(&stack.pg, sql);
}

static long acts(void)
{
    return pg_number(&stack.pg, "SELECT count(*) FROM planning.ledger_act");
}

/* Taken, and only S1 and S2 have other targets; all laws hold. */
static void stays_below(uint32_t type, const char *json)
{
    long others = print_of("target_cell", false), own = print_of("target_cell", true);

    plan_do(type, json);
    CHECK_INT(print_of("target_cell", false), others);
    assert_true(print_of("target_cell", true) != own);
    CHECK_LAWS();
}

/* Not taken, and nothing at all was done. */
static void is_kept_out(uint32_t type, const char *json, const char *words)
{
    long others = print_of("target_cell", false), own = print_of("target_cell", true), before = acts();
    long cuts = print_of("plan_cut", false) + print_of("plan_cut", true);

    denied("not_yours", type, json, words);
    CHECK_INT(print_of("target_cell", false), others);
    CHECK_INT(print_of("target_cell", true), own);
    CHECK_INT(print_of("plan_cut", false) + print_of("plan_cut", true), cuts);
    CHECK_INT(acts(), before);
}

/* Q4 of P: 900 = C1 600 (S1 450, S2 150) + C2 300; over all channels 300 each, and over the months by days. */
static void prepare(void)
{
    plans_prepare();
    laws_prepare();
    laws_period("Q4", "2026-10-01", "2027-01-01");
    laws_period("M10", "2026-10-01", "2026-11-01");
    laws_period("M11", "2026-11-01", "2026-12-01");
    laws_period("M12", "2026-12-01", "2027-01-01");
    laws_parent("C1", "P", "2026-01-01");
    laws_parent("C2", "P", "2026-01-01");
    laws_parent("S1", "C1", "2026-01-01");
    laws_parent("S2", "C1", "2026-01-01");
    laws_parent("S3", "C2", "2026-01-01");
    laws_product("mobile", "");
    laws_product("5g", "mobile");
    laws_rebuild();
    as("planner", NULL, NULL);
    plan_do(MSG(DECOMPOSE), "{" NEW("Q4", "P") ",'total':'900','reason':'x',"
                                               "'mix':[{'kind':'set','set':'y1','share':1}]}");
    plan_do(MSG(DECOMPOSE), "{" NEW("Q4", "P") ",'over':'channels','reason':'x'}");
    plan_do(MSG(DECOMPOSE), "{" NEW("Q4", "P") ",'over':'periods','into':['M10','M11','M12'],'reason':'x'}");
    CHECK_INT(NOW("Q4", "S1", ""), 450);
    CHECK_INT(NOW("Q4", "C1", "hall"), 200);
}

/* --- what follows over other axes -----------------------------------------------------------------------------------
 */
static void test_edits_follow_below_the_top(void **state)
{
    (void)state;
    prepare();
    as("city-1", NULL, "C1");
    stays_below(MSG(SET_TARGET), "{" NEW("Q4", "S1") ",'amount':'470','reason':'ours'}");
    CHECK_INT(NOW("Q4", "S2", ""), 130);
    CHECK_INT(NOW("Q4", "S1", "hall") + NOW("Q4", "S1", "online") + NOW("Q4", "S1", "agent"), 470);
    CHECK_INT(NOW("M10", "S1", "") + NOW("M11", "S1", "") + NOW("M12", "S1", ""), 470);
    stays_below(MSG(SET_TARGET), "{" NEW("Q4", "S1") ",'channel':'hall','amount':'140','reason':'ours'}");
    stays_below(MSG(SET_TARGET), "{" NEW("M11", "S2") ",'amount':'50','reason':'ours'}");
    stays_below(MSG(TRANSFER_TARGET), "{'measure':'new','period':'M10','from_unit':'S1','to_unit':'S2','amount':'5',"
                                      "'reason':'ours'}");
    stays_below(MSG(TRANSFER_TARGET), "{'measure':'new','period':'Q4','from_unit':'S1','from_channel':'hall','to_unit':"
                                      "'S2','to_channel':'hall','amount':'5','reason':'ours'}");
    stays_below(MSG(DECOMPOSE), "{" NEW("Q4", "C1") ",'every_slice':true,'reason':'ours'}");
    CHECK_INT(NOW("Q4", "S1", ""), 300);
}

static void test_what_would_reach_others_is_kept_out(void **state)
{
    (void)state;
    as("city-1", NULL, "C1");
    is_kept_out(MSG(SET_TARGET), "{" NEW("Q4", "S1") ",'amount':'310','keep':'none','reason':'x'}",
                "what is given to \"C1\" (measure \"new\" in period \"Q4\", from 600 to 610; ");
    is_kept_out(MSG(SET_TARGET), "{" NEW("M10", "S1") ",'amount':'1','keep':'none','reason':'x'}",
                "what is given to \"C1\"");
    is_kept_out(MSG(SET_TARGET), "{" NEW("Q4", "S1") ",'channel':'hall','amount':'90','keep':'none','reason':'x'}",
                "channel \"hall\" in period \"Q4\"");
    is_kept_out(MSG(TRANSFER_TARGET),
                "{'measure':'new','period':'M10','to_period':'M11','from_unit':'S1','to_unit':'S1','amount':'5',"
                "'reason':'x'}",
                "in period \"M10\", from ");
    is_kept_out(MSG(TRANSFER_TARGET),
                "{'measure':'new','period':'Q4','from_unit':'S1','from_channel':'hall','to_unit':'S2',"
                "'to_channel':'online','amount':'5','reason':'x'}",
                "channel \"hall\" in period \"Q4\", from 200 to 195");
    is_kept_out(MSG(DECOMPOSE), "{" NEW("Q4", "C1") ",'total':'700','keep':'none','reason':'x'}",
                "what is given to \"C1\"");
    is_kept_out(MSG(DECOMPOSE),
                "{" NEW("Q4", "C1") ",'over':'channels','mix':[{'kind':'equal','share':1}],'into':['hall','online'],"
                                    "'reason':'x'}",
                "channel \"hall\"");
    is_kept_out(MSG(DECOMPOSE), "{" NEW("Q4", "C1") ",'every_slice':true,'hedge_ppm':50000,'reason':'x'}",
                "channel \"hall\" in period \"Q4\", its hedge from 0 to 10");
    is_kept_out(MSG(APPLY_TARGETS),
                "{'items':[{" NEW("M10", "S1") ",'amount':'1'},{" NEW("M10", "S3") ",'amount':'1'}]}", "/items/1/unit");
}

/* --- what is cut completely -----------------------------------------------------------------------------------------
 */
#define MARK(unit, word) "{" OLD("Q4", unit) ",'over':'channels','complete':'" word "','reason':'said at " unit "'}"

static const Bihuan__ListCutsReply *cuts_of(const char *measure)
{
    char json[80];

    snprintf(json, sizeof json, "{'period':'Q4','measure':'%s'}", measure);
    return (const Bihuan__ListCutsReply *)plan_do(MSG(LIST_CUTS), json);
}

static void test_cuts_are_said_below_the_top(void **state)
{
    const Bihuan__MarkCutReply *marked;
    const Bihuan__ListCutsReply *cuts;

    (void)state;
    as("planner", NULL, NULL);
    plan_do(MSG(DECOMPOSE), "{" OLD("Q4", "P") ",'total':'80','reason':'x'}"); /* C1 40: S1 20, S2 20 */
    plan_do(MSG(APPLY_TARGETS),
            "{'items':[{" OLD(
                "Q4", "S1") ",'channel':'hall','amount':'15'},"
                            "{" OLD("Q4", "S1") ",'channel':'online','amount':'5'},"
                                                "{" OLD("Q4", "S3") ",'channel':'hall','amount':'40'}],'reason':'m'}");
    plan_do(MSG(MARK_CUT), MARK("S3", "yes"));
    as("city-1", NULL, "C1");
    is_kept_out(MSG(MARK_CUT), MARK("S3", "no"), "not responsible for unit \"S3\"");
    is_kept_out(MSG(MARK_CUT), MARK("P", "yes"), "not responsible for unit \"P\"");
    is_kept_out(MSG(MARK_CUT), MARK("C1", "yes"), "are given from above");
    CHECK_INT(cuts_of("old")->n_items, 0); /* S3's isn't theirs to see */
    marked = (const Bihuan__MarkCutReply *)plan_do(MSG(MARK_CUT), MARK("S1", "yes"));
    assert_true(marked->changed);
    cuts = cuts_of("old");
    CHECK_INT(cuts->n_items, 1);
    assert_string_equal(cuts->items[0]->unit, "S1");
    assert_string_equal(cuts->items[0]->reason, "said at S1");
    stays_below(MSG(SET_TARGET), "{" OLD("Q4", "S1") ",'amount':'24','reason':'ours'}"); /* by it the channels follow */
    CHECK_INT(amount("Q4", "S1", "old", "hall", LATEST), 18);
    CHECK_INT(amount("Q4", "S1", "old", "online", LATEST), 6);
    plan_do(MSG(MARK_CUT), MARK("S1", "no"));
    CHECK_INT(cuts_of("old")->n_items, 0);
    cuts = cuts_of("new"); /* said of the province, and so of the city: over channels and periods */
    CHECK_INT(cuts->n_items, 2);
    assert_string_equal(cuts->items[0]->unit, "C1");
    assert_string_equal(cuts->items[1]->unit, "C1");
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_TARGETS),
            "{'items':[{" OLD("Q4", "C1") ",'channel':'hall','amount':'20'},"
                                          "{" OLD("Q4", "C1") ",'channel':'online','amount':'20'}],'reason':'m'}");
    as("city-1", NULL, "C1"); /* it changes what is below only, but says something of what is given */
    is_kept_out(MSG(DECOMPOSE), "{" OLD("Q4", "C1") ",'over':'channels','into':['hall','online'],'reason':'x'}",
                "whether the target is cut completely over channels is said from above");
    as("planner", NULL, NULL);
    CHECK_INT(cuts_of("old")->n_items, 1);
    assert_string_equal(cuts_of("new")->items[0]->unit, "P");
}

/* --- reading --------------------------------------------------------------------------------------------------------
 */
static void test_only_their_own_is_read(void **state)
{
    const Bihuan__ExplainTargetReply *why;
    const Bihuan__PhaseTargetsReply *days;

    (void)state;
    as("city-1", NULL, "C1");
    denied("unknown_unit", MSG(LIST_GAPS), "{'period':'Q4','unit':'C2'}", "unit \"C2\" is not known");
    denied("unknown_unit", MSG(LIST_NEGOTIATIONS), "{'period':'Q4','unit':'S3'}", "unit \"S3\" is not known");
    denied("unknown_unit", MSG(PHASE_TARGETS), "{" NEW("Q4", "P") ",'version':1}", "unit \"P\" is not known");
    denied("unknown_unit", MSG(PHASE_TARGETS), "{" NEW("Q4", "nowhere") ",'version':1}", "\"nowhere\" is not known");
    denied("unknown_unit", MSG(WHAT_IF), "{'decompose':{" NEW("Q4", "C1") ",'show':'S3'}}", "\"S3\" is not known");
    days = (const Bihuan__PhaseTargetsReply *)plan_do(MSG(PHASE_TARGETS), "{" NEW("Q4", "C1") ",'version':1}");
    assert_string_equal(days->target, "600");
    why = (const Bihuan__ExplainTargetReply *)plan_do(MSG(EXPLAIN_TARGET), "{" NEW("Q4", "C1") ",'channel':'hall'}");
    assert_true(why->n_entries > 0);
    for (size_t i = 0; i < why->n_chain; i++)
        assert_non_null(strstr("C1 S1 S2", why->chain[i]->unit));
    denied("whole_only", MSG(LIST_BOUNDS), "{'period':'Q4'}", "needs somebody who sees everything");
    denied("whole_only", MSG(LIST_WEIGHTS), "{'set':'y1'}", "needs somebody who sees everything");
    denied("whole_only", MSG(LIST_FITS), "{}", "needs somebody who sees everything");
    denied("whole_only", MSG(LIST_CALENDAR_VERSIONS), "{'code':'flat'}", "needs somebody who sees everything");
}

/* --- drafts in other periods ----------------------------------------------------------------------------------------
 */
static void test_other_periods_need_their_drafts(void **state)
{
    static const char *const edit = "{" NEW("Q4", "S1") ",'amount':'333','reason':'ours'}";

    (void)state;
    as("planner", NULL, NULL);
    publish_plan("M10", ""); /* and the quarter, and the other months */
    plan_do(MSG(REVISE_PLAN), "{'period':'Q4','reason':'r'}");
    plan_do(MSG(REVISE_PLAN), "{'period':'M12','reason':'r'}");
    as("city-1", NULL, "C1");
    is_kept_out(MSG(SET_TARGET), edit, "period \"M10\" has no draft");
    stays_below(MSG(TRANSFER_TARGET), "{'measure':'new','period':'M12','from_unit':'S1','to_unit':'S2','amount':'5',"
                                      "'reason':'October and November have no part in it'}");
    is_kept_out(MSG(APPLY_TARGETS), "{'dry_run':true,'items':[{" NEW("M11", "S1") ",'amount':'1'}]}", "opens none");
    as("planner", NULL, NULL);
    plan_do(MSG(REVISE_PLAN), "{'period':'M10','reason':'r'}");
    as("city-1", NULL, "C1");
    is_kept_out(MSG(SET_TARGET), edit, "period \"M11\" has no draft");
    as("planner", NULL, NULL);
    plan_do(MSG(REVISE_PLAN), "{'period':'M11','reason':'r'}");
    as("city-1", NULL, "C1");
    stays_below(MSG(SET_TARGET), edit);
}

/* --- hedges ---------------------------------------------------------------------------------------------------------
 */
static long hedge(const char *unit)
{
    char sql[600];

    snprintf(sql, sizeof sql,
             "SELECT hedge FROM planning.target_cell t WHERE unit_id = (SELECT id FROM planning.document WHERE kind ="
             " 'unit' AND code = '%s') AND measure_id = (SELECT id FROM planning.document WHERE kind = 'measure' AND"
             " code = 'old') AND channel_id = 0 AND version = (SELECT max(version) FROM planning.plan_version v WHERE"
             " v.period_id = t.period_id) AND period_id = (SELECT id FROM planning.document WHERE kind = 'period' AND"
             " code = 'M12')",
             unit);
    return pg_number(&stack.pg, sql);
}

static void test_a_hedge_given_from_above_is_kept(void **state)
{
    (void)state;
    as("planner", NULL, NULL);
    plan_do(MSG(DECOMPOSE), "{" OLD("M12", "P") ",'total':'800','hedge_ppm':100000,'reason':'x'}");
    CHECK_INT(hedge("C1"), 40); /* 400, of which S1 and S2 have 200 and 20 each */
    as("city-1", NULL, "C1");
    stays_below(MSG(DECOMPOSE), "{" OLD("M12", "C1") ",'mix':[{'kind':'set','set':'y1','share':1}],'reason':'ours'}");
    CHECK_INT(amount("M12", "S1", "old", "", LATEST), 300); /* 300 to 100 */
    CHECK_INT(hedge("C1"), 40);
    CHECK_INT(hedge("S1"), 30);
    CHECK_INT(hedge("S2"), 10);
    is_kept_out(MSG(DECOMPOSE), "{" OLD("M12", "C1") ",'hedge_ppm':200000,'reason':'x'}",
                "measure \"old\" in period \"M12\", its hedge from 40 to 80");
    plan_do(MSG(DECOMPOSE), "{" OLD("M12", "C1") ",'hedge_ppm':100000,'reason':'as it was'}");
    CHECK_INT(hedge("S1"), 20);
    CHECK_INT(wrong_hedges("true"), 0);
    as("planner", NULL, NULL); /* who sees everything and names none takes it away */
    plan_do(MSG(DECOMPOSE), "{" OLD("M12", "C1") ",'reason':'x'}");
    CHECK_INT(hedge("C1"), 0);
}

/* --- granting, tasks ------------------------------------------------------------------------------------------------
 */
#define SAY(unit, answer, more) "{'period':'Q4','unit':'" unit "','answer':'" answer "'" more "}"

static void test_a_grant_stays_below(void **state)
{
    (void)state;
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_PEOPLE),
            "{'items':[{'code':'shop-1','name':'s','roles':[{'role':'shop','unit':'S1','from':'2026-01-01'}]}]}");
    plan_do(MSG(ANSWER_TARGETS), SAY("P", "propose", ""));
    as("city-1", NULL, "C1");
    plan_do(MSG(ANSWER_TARGETS), SAY("C1", "accept", ""));
    plan_do(MSG(ANSWER_TARGETS), SAY("C1", "propose", ""));
    as("shop-1", NULL, "S1");
    plan_do(MSG(ANSWER_TARGETS), SAY("S1", "ask", ",'reason':'a fair','asks':[{'measure':'new','amount':'350'}]"));
    as("city-1", NULL, "C1");
    stays_below(MSG(ANSWER_TARGETS), SAY("S1", "grant", ""));
    CHECK_INT(NOW("Q4", "S1", ""), 350);
    denied("permission", MSG(LIST_TASKS), "{'person':'planner'}", "may see the own tasks only");
}

/* --- any sequence ---------------------------------------------------------------------------------------------------
 */
static uint64_t seed;

static unsigned pick(unsigned below)
{
    return (unsigned)random_below(&seed, (int)below);
}

#define ANY(words) (words)[pick(sizeof(words) / sizeof *(words))]

static const char *const periods[] = { "Q4", "Q4", "M10", "M11", "M12" };
static const char *const units[] = { "S1", "S2", "S1", "S2", "C1", "S3" };
static const char *const channels[] = { "", "", "hall", "online" };

static uint32_t any_set(char *json, size_t size)
{
    snprintf(json, size,
             "{'measure':'new','period':'%s','unit':'%s','channel':'%s','amount':'%u','keep':'%s','reason':'r'}",
             ANY(periods), ANY(units), ANY(channels), pick(400), pick(4) ? "parent" : "none");
    return MSG(SET_TARGET);
}

static uint32_t any_transfer(char *json, size_t size)
{
    const char *period = ANY(periods), *channel = ANY(channels);

    snprintf(json, size,
             "{'measure':'new','period':'%s','to_period':'%s','from_unit':'%s','to_unit':'%s','from_channel':'%s',"
             "'to_channel':'%s','amount':'%u','reason':'r'}",
             period, pick(4) ? period : ANY(periods), ANY(units), ANY(units), channel,
             pick(4) ? channel : ANY(channels), 1 + pick(20));
    return MSG(TRANSFER_TARGET);
}

static uint32_t any_cut(char *json, size_t size)
{
    static const char *const overs[] = { "units", "units", "leaves", "channels", "periods" };
    static const char *const more[] = { "", "", "'hedge_ppm':10000,", "'total':'500','keep':'none'," };

    snprintf(json, size,
             "{'measure':'new','period':'%s','unit':'C1','over':'%s',%s%s'mix':[{'kind':'set','set':'%s','share':1}],"
             "'reason':'r'}",
             ANY(periods), ANY(overs), pick(2) ? "'every_slice':true," : "", ANY(more), pick(2) ? "y1" : "y2");
    return MSG(DECOMPOSE);
}

static bool try_do(uint32_t type, const char *json)
{
    const struct message_type *message = message_type_find(type);
    const char *text = quoted(json);
    ProtobufCMessage *request;
    struct err err;

    if (pbjson_parse(message->payload, text, strlen(text), &stack.arena, &request, &err) != 0)
        fail_msg("%s: %s", json, err.text);
    return stack_ask(&stack, message->service, type, request, NULL, &err) == 0;
}

#define TRIES 50

/* Whatever is tried: it is done below the top, or not at all. */
static void test_any_sequence_stays_below(void **state)
{
    static uint32_t (*const any[])(char *, size_t) = { any_set, any_transfer, any_cut };
    long others = others_and_given(), own = print_of("target_cell", true);
    unsigned taken = 0;

    (void)state;
    seed = test_seed();
    as("city-1", NULL, "C1");
    for (int i = 0; i < TRIES; i++) {
        char json[400];
        uint32_t type = ANY(any)(json, sizeof json);
        bool done = try_do(type, json);
        long now = print_of("target_cell", true);

        taken += done;
        if (others_and_given() != others)
            fail_msg("others have other targets: %s", json);
        if (!done && now != own)
            fail_msg("refused and done: %s", json);
        own = now;
    }
    check_ledger();
    printf("%u of %d edits done\n", taken, TRIES);
    assert_in_range(taken, 2, TRIES - 2);
}

/* --- whose a unit is -------------------------------------------------------------------------------------------------
 */
/* S2 moves to C2 at the beginning of 2029: of that year's plan it is C2's, whatever today is. */
static void test_units_are_whose_they_are_in_the_period(void **state)
{
    const Bihuan__ListTargetsReply *listed;

    (void)state;
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'N','from':'2029-01-01','until':'2029-04-01','calendar':'flat'}]}");
    plan_do(MSG(MOVE_UNIT), "{'unit':'S2','parent':'C2','from':'2029-01-01','reason':'nearer'}");
    plan_do(MSG(APPLY_TARGETS),
            "{'reason':'p','items':[{" NEW("N", "P") ",'amount':'100'},{" NEW(
                "N", "C1") ",'amount':"
                           "'30'},{" NEW("N", "S1") ",'amount':'30'},{" NEW(
                               "N", "C2") ",'amount':'70'},"
                                          "{" NEW("N", "S2") ",'amount':'20'},{" NEW("N", "S3") ",'amount':'50'}]}");
    as("city-1", NULL, "C1");
    is_kept_out(MSG(SET_TARGET), "{" NEW("N", "S2") ",'amount':'1','reason':'mine today'}", "is not responsible for");
    is_kept_out(MSG(APPLY_TARGETS), "{'reason':'x','items':[{" NEW("N", "S2") ",'amount':'1'}]}", "S2");
    denied("unknown_unit", MSG(EXPLAIN_TARGET), "{" NEW("N", "S2") "}", "is not known");
    denied("unknown_unit", MSG(LIST_GAPS), "{'period':'N','unit':'S2'}", "is not known");
    listed = (const Bihuan__ListTargetsReply *)plan_do(MSG(LIST_TARGETS), "{'period':'N'}");
    CHECK_INT(listed->n_items, 2);
    plan_do(MSG(EXPLAIN_TARGET), "{" NEW("Q4", "S2") "}"); /* it is theirs in 2026 */
    as("city-2", NULL, "C2");
    listed = (const Bihuan__ListTargetsReply *)plan_do(MSG(LIST_TARGETS), "{'period':'N'}");
    CHECK_INT(listed->n_items, 3);
    plan_do(MSG(EXPLAIN_TARGET), "{" NEW("N", "S2") "}");
    plan_do(MSG(SET_TARGET), "{" NEW("N", "S2") ",'amount':'25','reason':'ours then'}");
    CHECK_INT(NOW("N", "S3", ""), 45);
    plan_do(MSG(DECOMPOSE), "{" NEW("N", "C2") ",'mix':[{'kind':'equal','share':1}],'reason':'equally'}");
    CHECK_INT(NOW("N", "S2", ""), 35);
    denied("unknown_unit", MSG(EXPLAIN_TARGET), "{" NEW("Q4", "S2") "}", "is not known");
    as("planner", NULL, NULL);
}

/* What was given to the top stays; how it is parted over channels was said by nobody, so it is theirs to say. */
static void test_the_first_cut_of_the_top_is_theirs(void **state)
{
    (void)state;
    as("city-2", NULL, "C2");
    plan_do(MSG(DECOMPOSE), "{" NEW("N", "C2") ",'over':'channels','into':['hall','online'],'reason':'ours'}");
    CHECK_INT(NOW("N", "C2", ""), 70);
    CHECK_INT(NOW("N", "C2", "hall") + NOW("N", "C2", "online"), 70);
    CHECK_INT(NOW("N", "S2", "hall") + NOW("N", "S2", "online"), 35);
    CHECK_INT(pg_number(&stack.pg,
                        "SELECT count(*) FROM planning.plan_cut k JOIN planning.document u ON u.kind = 'unit'"
                        " AND u.id = k.unit_id AND u.code = 'C2' JOIN planning.document p ON p.kind ="
                        " 'period' AND p.id = k.period_id AND p.code = 'N' WHERE axis = 'channels'"),
              1);
    /* once more, otherwise: it was said of the top itself */
    plan_do(MSG(DECOMPOSE), "{" NEW("N", "C2") ",'over':'channels','into':['hall'],'reason':'ours'}");
    CHECK_INT(NOW("N", "C2", "hall"), 70);
    CHECK_INT(NOW("N", "C2", "online"), 0);
    /* not what they were given, and not a part that isn't all of it */
    is_kept_out(MSG(DECOMPOSE), "{" NEW("N", "C2") ",'total':'80','keep':'none','reason':'more'}", "given");
    is_kept_out(MSG(MARK_CUT), "{" NEW("N", "C2") ",'over':'channels','complete':'no','reason':'x'}",
                "given from above");
    as("city-1", NULL, "C1");
    is_kept_out(MSG(SET_TARGET), "{" NEW("N", "C1") ",'channel':'hall','amount':'10','reason':'x'}",
                "given from above");
    as("planner", NULL, NULL);
    check_ledger();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edits_follow_below_the_top),
        cmocka_unit_test(test_what_would_reach_others_is_kept_out),
        cmocka_unit_test(test_cuts_are_said_below_the_top),
        cmocka_unit_test(test_only_their_own_is_read),
        cmocka_unit_test(test_other_periods_need_their_drafts),
        cmocka_unit_test(test_a_hedge_given_from_above_is_kept),
        cmocka_unit_test(test_a_grant_stays_below),
        cmocka_unit_test(test_any_sequence_stays_below),
        cmocka_unit_test(test_units_are_whose_they_are_in_the_period),
        cmocka_unit_test(test_the_first_cut_of_the_top_is_theirs),
    };

    return cmocka_run_group_tests_name("plan subtree", tests, plans_start, plans_stop);
}
