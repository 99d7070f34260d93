/* Who may do what with a plan, on a real daemon: what was seen is named, consents stand for what was found, answers
 * need a role at the right unit, and an office with a token for its subtree works there and nowhere else. */
#include "support/check.h"
#include "support/plans.h"

#include <stdio.h>
#include <string.h>

#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

#define NEW(period, unit) "'period':'" period "','unit':'" unit "','measure':'new'"

static const Bihuan__PlanVersion *newest(const char *period)
{
    const Bihuan__ListPlanVersionsReply *reply;
    char json[60];

    snprintf(json, sizeof json, "{'period':'%s'}", period);
    reply = (const Bihuan__ListPlanVersionsReply *)plan_do(MSG(LIST_PLAN_VERSIONS), json);
    assert_true(reply->n_items > 0);
    return reply->items[0];
}

/* {"period":"Q4","version":1,"revision":N, more} of the newest version. */
static const char *seen(const char *period, unsigned revision, const char *more)
{
    static char json[400];

    snprintf(json, sizeof json, "{'period':'%s','version':%u,'revision':%u%s}", period, newest(period)->version,
             revision, more);
    return json;
}

/* --- what was seen --------------------------------------------------------------------------------------------------
 */
static void test_steps_name_what_was_seen(void **state)
{
    unsigned before;

    (void)state;
    plans_prepare();
    as("planner", NULL, NULL);
    plan_do(MSG(DECOMPOSE), "{" NEW("Q4", "P") ",'total':'1000','reason':'plan'}");
    before = newest("Q4")->revision;
    denied("missing_value", MSG(SUBMIT_PLAN), "{'period':'Q4','version':1}", "/revision: name the revision");
    denied("missing_value", MSG(SUBMIT_PLAN), "{'period':'Q4','revision':1}", "/version: name the version");
    plan_do(MSG(SET_TARGET), "{" NEW("Q4", "S1") ",'amount':'260','reason':'a new hall'}");
    CHECK_INT(newest("Q4")->revision, before + 1);
    denied("stale", MSG(SUBMIT_PLAN), seen("Q4", before, ""), "Since then: set by \"planner\" (a new hall)");
    denied("stale", MSG(SUBMIT_PLAN), seen("Q4", before + 7, ""), "was never at");
    denied("stale", MSG(SUBMIT_PLAN), "{'period':'Q4','version':3,'revision':1}", "you saw version 3");
    plan_do(MSG(SUBMIT_PLAN), seen("Q4", before + 1, ""));
    as("boss", NULL, NULL);
    denied("stale", MSG(APPROVE_PLAN), seen("Q4", before + 1, ""), "submitted by \"planner\"");
    denied("stale", MSG(RETURN_PLAN), seen("Q4", before, ",'reason':'x'"),
           "set by \"planner\" (a new hall); submitted");
    plan_do(MSG(APPROVE_PLAN), seen("Q4", before + 2, ""));
    denied("stale", MSG(PUBLISH_PLAN), seen("Q4", before + 2, ""), "approved by \"boss\"");
    as("planner", NULL, NULL);
    denied("own_submission", MSG(PUBLISH_PLAN), seen("Q4", before + 3, ""), "can't publish it; somebody else must");
    as("boss", NULL, NULL);
    plan_do(MSG(PUBLISH_PLAN), seen("Q4", before + 3, ""));
    denied("stale", MSG(PUBLISH_PLAN), seen("Q4", before + 3, ""), "published by \"boss\"");
}

/* --- history --------------------------------------------------------------------------------------------------------
 */
static const Bihuan__LintPlanReply *lint(const char *period)
{
    char json[60];

    snprintf(json, sizeof json, "{'period':'%s'}", period);
    return (const Bihuan__LintPlanReply *)plan_do(MSG(LINT_PLAN), json);
}

static void test_a_first_version_has_history(void **state)
{
    const Bihuan__LintPlanReply *found;

    (void)state;
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_PERIODS), "{'items':[{'code':'N25','from':'2025-11-01','until':'2025-12-01','calendar':'flat'},"
                                "{'code':'M09','from':'2026-09-01','until':'2026-10-01','calendar':'flat'}]}");
    plan_do(MSG(DECOMPOSE), "{" NEW("M11", "P") ",'total':'600','reason':'plan'}");
    plan_do(MSG(DECOMPOSE), "{'period':'M11','unit':'P','measure':'old','total':'600','reason':'plan'}");
    found = lint("M11");
    CHECK_INT(found->warnings, 0);
    CHECK_INT(found->notices, 2);
    assert_string_equal(found->items[0]->code, "no_history");
    assert_string_equal(found->items[0]->severity, "notice");
    /* 600 equally is 300 for C1 and C2, 150 for S1 and S2, 300 for S3. November 2025: 150 of 60 and 300 of 190 are
     * more than half as much again, 150 of 140 isn't */
    plan_do(MSG(APPLY_WEIGHT_SETS),
            "{'items':[{'code':'h','title':'h','kind':'history','measure':'new','period':'N25'},"
            "{'code':'o','title':'o','kind':'history','measure':'old','period':'M10'},"
            "{'code':'f','title':'f','kind':'history','measure':'old','period':'M09'}]}");
    plan_do(MSG(APPLY_WEIGHTS), "{'items':[{'set':'h','unit':'S1','value':'60'},{'set':'h','unit':'S2','value':'140'},"
                                "{'set':'h','unit':'S3','value':'190'}]}");
    found = lint("M11");
    CHECK_INT(found->notices, 1);
    CHECK_INT(found->warnings, 2);
    assert_string_equal(found->items[0]->unit, "S1");
    assert_string_equal(found->items[1]->unit, "S3");
    /* of the other measure the last month counts, not the one before it: 300 of 40 can't be reached */
    plan_do(MSG(APPLY_WEIGHTS),
            "{'items':[{'set':'o','unit':'S3','value':'40'},{'set':'f','unit':'S3','value':'300'}]}");
    found = lint("M11");
    CHECK_INT(found->notices, 0);
    CHECK_INT(found->warnings, 3);
    assert_string_equal(found->items[2]->code, "unreachable");
    assert_string_equal(found->items[2]->measure, "old");
    denied("unknown_code", MSG(APPLY_WEIGHT_SETS),
           "{'items':[{'code':'i','title':'h','kind':'history','measure':'new','period':'nil'}]}", "/period");
}

/* --- consents -------------------------------------------------------------------------------------------------------
 */
#define BOTH ",'consents':['jump','unreachable']"

static void test_a_consent_is_for_what_was_found(void **state)
{
    const Bihuan__LintPlanReply *found;

    (void)state;
    denied("consent_needed", MSG(SUBMIT_PLAN), "{'period':'M11','consents':['jump']}", "\"unreachable\"");
    plan_do(MSG(SUBMIT_PLAN), "{'period':'M11'" BOTH "}");
    CHECK_INT(lint("M11")->n_consented, 2);
    as("boss", NULL, NULL);
    plan_do(MSG(RETURN_PLAN), "{'period':'M11','reason':'why so much?'}");
    CHECK_INT(lint("M11")->n_consented, 0);
    as("planner", NULL, NULL);
    denied("consent_needed", MSG(SUBMIT_PLAN), "{'period':'M11'}", "\"jump\"");
    plan_do(MSG(SUBMIT_PLAN), "{'period':'M11'" BOTH "}");
    as("boss", NULL, NULL);
    plan_do(MSG(APPROVE_PLAN), "{'period':'M11'}");
    /* what is measured against changes under an approved version: its jump is another one, the rest is as it was */
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_WEIGHTS), "{'items':[{'set':'h','unit':'S1','value':'61'}]}");
    found = lint("M11");
    CHECK_INT(found->n_consented, 1);
    assert_string_equal(found->consented[0], "unreachable");
    as("boss", NULL, NULL);
    denied("consent_needed", MSG(PUBLISH_PLAN), "{'period':'M11'}", "\"jump\"");
    denied("no_such_warning", MSG(PUBLISH_PLAN), "{'period':'M11','consents':['jump','zero_target']}", "/consents/1");
    plan_do(MSG(PUBLISH_PLAN), "{'period':'M11','consents':['jump']}");
    /* all that was ever stood for is kept: two by who submitted first, which ended; two by the second time, of which
     * one was followed by the publisher's */
    CHECK_INT(newest("M11")->n_consents, 5);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.plan_consent WHERE ended_at IS NULL"), 2);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.plan_consent WHERE ended_at IS NULL AND code = 'jump'"
                                   " AND person = 'boss'"),
              1);
}

/* --- answers --------------------------------------------------------------------------------------------------------
 */
#define SAY(unit, answer) "{'period':'Q4','unit':'" unit "','answer':'" answer "'}"
#define ASK(unit, measure_amount)                                                                                      \
    "{'period':'Q4','unit':'" unit                                                                                     \
    "','answer':'ask','reason':'why','asks':[{'measure':'new','amount':'" measure_amount "'}]}"

static void test_answers_need_a_role_at_the_unit(void **state)
{
    (void)state;
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_UNITS), "{'items':[{'code':'O','name':'o','type':'office','relations':[{'parent':'P','from':"
                              "'2026-01-01'}]}]}");
    plan_do(MSG(APPLY_PEOPLE), "{'items':[{'code':'officer','name':'o','roles':[{'role':'office','unit':'O','from':"
                               "'2026-01-01'}]},{'code':'clerk','name':'k','roles':[{'role':'clerk','unit':'C1','from':"
                               "'2026-01-01'}]},{'code':'both','name':'b','roles':[{'role':'office','unit':'P','from':"
                               "'2026-01-01'},{'role':'city','unit':'C2','from':'2026-01-01'}]},{'code':'gone','name':"
                               "'g','roles':[{'role':'city','unit':'C1','from':'2026-01-01','until':'2026-02-01'}]}]}");
    denied("unknown_word", MSG(APPLY_TARGET_ROLES), "{'items':[{'code':'x','does':['approve']}]}", "/items/0/does/0");
    plan_do(MSG(APPLY_TARGET_ROLES),
            "{'items':[{'code':'office','does':['offer']},{'code':'city','does':['answer','offer']}]}");
    plan_do(MSG(REVISE_PLAN), "{'period':'Q4','reason':'talk'}");
    as("nobody", NULL, NULL); /* every permission, and no subtree: no role */
    denied("wrong_role", MSG(ANSWER_TARGETS), SAY("P", "propose"), "right to offer (office, city)");
    as("city-1", NULL, NULL);
    denied("wrong_unit", MSG(ANSWER_TARGETS), SAY("P", "propose"), "must be held at it, above it");
    as("officer", NULL, NULL);
    plan_do(MSG(ANSWER_TARGETS), SAY("P", "propose")); /* an office speaks for the unit that it belongs to */
    denied("wrong_role", MSG(ANSWER_TARGETS), SAY("C1", "accept"), "right to answer (city), held at it");
    as("clerk", NULL, NULL);
    denied("wrong_role", MSG(ANSWER_TARGETS), SAY("C1", "accept"), "\"clerk\" holds no role that gives");
    as("gone", NULL, NULL);
    denied("wrong_role", MSG(ANSWER_TARGETS), SAY("C1", "accept"), "\"gone\" holds no role that gives");
    as("city-2", NULL, NULL);
    denied("wrong_unit", MSG(ANSWER_TARGETS), SAY("C1", "accept"), "not those of unit \"C1\"");
    as("city-2", NULL, "C2");
    denied("not_yours", MSG(ANSWER_TARGETS), SAY("C1", "accept"), "not responsible for unit \"C1\"");
    as("city-1", NULL, "C2"); /* a role without the subtree isn't enough either */
    denied("not_yours", MSG(ANSWER_TARGETS), SAY("C1", "accept"), "not responsible for unit \"C1\"");
    as("city-1", NULL, NULL);
    plan_do(MSG(ANSWER_TARGETS), ASK("C1", "480"));
    denied("wrong_unit", MSG(ANSWER_TARGETS), SAY("C1", "grant"), "held above it");
    as("planner", NULL, NULL);
    plan_do(MSG(ANSWER_TARGETS), SAY("C1", "grant"));
    as("city-1", NULL, NULL);
    plan_do(MSG(ANSWER_TARGETS), SAY("C1", "accept"));
}

#define DRAFT(unit) "{" NEW("Q4", unit) ",'amount':'1','reason':'r'}"

static long drafts(void)
{
    return pg_number(&stack.pg, "SELECT count(*) FROM planning.unit_draft");
}

static void test_drafts_need_a_role_at_the_unit(void **state)
{
    (void)state;
    as("nobody", NULL, NULL); /* every permission, and no subtree: no role */
    denied("wrong_role", MSG(APPLY_DRAFTS), "{'items':[" DRAFT("C1") "]}", "/items/0/unit: \"nobody\" holds no role");
    as("clerk", NULL, NULL);
    denied("wrong_role", MSG(APPLY_DRAFTS), "{'items':[" DRAFT("C1") "]}", "right to answer (city), held at it");
    as("officer", NULL, NULL); /* offers only */
    denied("wrong_role", MSG(APPLY_DRAFTS), "{'items':[" DRAFT("C1") "]}", "right to answer (city), held at it");
    as("gone", NULL, NULL);
    denied("wrong_role", MSG(APPLY_DRAFTS), "{'items':[" DRAFT("C1") "]}", "\"gone\" holds no role");
    as("city-1", NULL, "C2");
    denied("not_yours", MSG(APPLY_DRAFTS), "{'items':[" DRAFT("C1") "]}", "not responsible for unit \"C1\"");
    as("city-1", NULL, NULL);
    denied("wrong_unit", MSG(APPLY_DRAFTS), "{'items':[" DRAFT("C1") "," DRAFT("C2") "]}",
           "/items/1/unit: \"city-1\" may hand in drafts, but not those of unit \"C2\"");
    denied("wrong_unit", MSG(APPLY_DRAFTS), "{'dry_run':true,'items':[" DRAFT("S1") "]}", "must be held at it");
    CHECK_INT(drafts(), 0);
    plan_do(MSG(APPLY_DRAFTS), "{'items':[" DRAFT("C1") "]}");
    as("both", NULL, NULL); /* what they say as an office doesn't keep them from it */
    plan_do(MSG(APPLY_DRAFTS), "{'items':[" DRAFT("C2") "]}");
    CHECK_INT(drafts(), 2);
}

static void test_nobody_speaks_for_both_sides(void **state)
{
    (void)state;
    as("both", NULL, NULL); /* in the office, and at C2 */
    plan_do(MSG(ANSWER_TARGETS), ASK("C2", "530"));
    denied("own_request", MSG(ANSWER_TARGETS), SAY("C2", "grant"), "somebody else must");
    denied("own_request", MSG(ANSWER_TARGETS), "{'period':'Q4','unit':'C2','answer':'decline','reason':'x'}",
           "can't decline it");
    as("officer", NULL, NULL);
    plan_do(MSG(ANSWER_TARGETS), "{'period':'Q4','unit':'C2','answer':'decline','reason':'no'}");
    as("both", NULL, NULL);
    plan_do(MSG(ANSWER_TARGETS), SAY("C2", "remind"));
    denied("own_offer", MSG(ANSWER_TARGETS), SAY("C2", "accept"), "somebody else must");
    as("city-2", NULL, NULL);
    plan_do(MSG(ANSWER_TARGETS), SAY("C2", "accept"));
}

static void test_answers_name_what_was_seen(void **state)
{
    unsigned before;
    char json[200];

    (void)state;
    as("city-1", NULL, "C1");
    before = newest("Q4")->revision;
    as("officer", NULL, NULL);
    plan_do(MSG(ANSWER_TARGETS), SAY("C2", "recall"));
    plan_do(MSG(ANSWER_TARGETS), SAY("P", "propose"));
    as("planner", NULL, NULL);
    plan_do(MSG(TRANSFER_TARGET), "{'period':'Q4','measure':'new','from_unit':'S1','to_unit':'S3','amount':'5',"
                                  "'reason':'moved customers'}");
    as("city-1", NULL, "C1");
    denied("missing_value", MSG(ANSWER_TARGETS), "{'period':'Q4','unit':'C1','answer':'accept','version':2}",
           "/revision");
    snprintf(json, sizeof json, "{'period':'Q4','unit':'C1','answer':'accept','version':2,'revision':%u}", before);
    denied("stale", MSG(ANSWER_TARGETS), json, "transfer by \"planner\" (moved customers)");
    before = newest("Q4")->revision;
    as("planner", NULL, NULL); /* what others do to others makes nothing stale */
    plan_do(MSG(SET_TARGET), "{" NEW("Q4", "S3") ",'amount':'700','keep':'none','reason':'elsewhere'}");
    as("city-1", NULL, "C1");
    snprintf(json, sizeof json, "{'period':'Q4','unit':'C1','answer':'accept','version':2,'revision':%u}", before);
    plan_do(MSG(ANSWER_TARGETS), json);
    /* who grants names the request that was read */
    before = newest("Q4")->revision;
    as("city-2", NULL, "C2");
    plan_do(MSG(ANSWER_TARGETS), ASK("C2", "600"));
    as("officer", NULL, NULL);
    snprintf(json, sizeof json, "{'period':'Q4','unit':'C2','answer':'grant','version':2,'revision':%u}", before);
    denied("stale", MSG(ANSWER_TARGETS), json, "Since then: asked");
    plan_do(MSG(ANSWER_TARGETS), SAY("C2", "recall"));
}

/* An edit that names what was seen of the second version, in words of JSON. */
enum edit { CUT, MOVE, MARK };

static const char *edit_seen(enum edit edit, const char *named)
{
    static const char *const edits[] = {
        "{" NEW("Q4", "C1") ",'reason':'again',",
        "{'period':'Q4','measure':'new','from_unit':'S1','to_unit':'S2','amount':'1','reason':'x',",
        "{" NEW("Q4", "S1") ",'over':'periods','into':['M10','M11','M12'],'complete':'no','reason':'x',",
    };
    static char json[300];

    snprintf(json, sizeof json, "%s%s}", edits[edit], named);
    return json;
}

static const char *edit_at(enum edit edit, unsigned revision)
{
    char named[60];

    snprintf(named, sizeof named, "'version':2,'revision':%u", revision);
    return edit_seen(edit, named);
}

/* Who cuts, moves or marks may name what they read; then nothing of it may have changed. */
static void test_edits_may_name_what_was_seen(void **state)
{
    static const uint32_t types[] = { [CUT] = MSG(DECOMPOSE), [MOVE] = MSG(TRANSFER_TARGET), [MARK] = MSG(MARK_CUT) };
    unsigned before;

    (void)state;
    as("planner", NULL, NULL);
    before = newest("Q4")->revision;
    plan_do(MSG(SET_TARGET), "{" NEW("Q4", "S3") ",'amount':'690','keep':'none','reason':'elsewhere'}");
    plan_do(MSG(SET_TARGET), "{" NEW("Q4", "S1") ",'amount':'201','reason':'two shops'}");
    for (enum edit i = CUT; i <= MARK; i++) {
        denied("missing_value", types[i], edit_seen(i, "'revision':1"), "/version: name the version");
        denied("missing_value", types[i], edit_seen(i, "'version':2"), "/revision: name the revision");
        denied("stale", types[i], edit_seen(i, "'version':1,'revision':2"), "you saw version 1");
        denied("stale", types[i], edit_at(i, before), "Since then: set by \"planner\" (two shops). Read it again");
    }
    before = newest("Q4")->revision;
    plan_do(MSG(SET_TARGET), "{" NEW("Q4", "S3") ",'amount':'700','keep':'none','reason':'elsewhere'}");
    plan_do(MSG(TRANSFER_TARGET), edit_at(MOVE, before)); /* what is done elsewhere doesn't matter */
    denied("stale", MSG(TRANSFER_TARGET), edit_at(MOVE, before), "transfer by \"planner\""); /* sent twice: done once */
    before = newest("Q4")->revision;
    plan_do(MSG(DECOMPOSE), edit_at(CUT, before));
    denied("stale", MSG(DECOMPOSE), edit_at(CUT, before), "decomposed by \"planner\" (again)");
    denied("no_cut", MSG(MARK_CUT), edit_at(MARK, newest("Q4")->revision), "it isn't said of this target");
}

/* --- a subtree ------------------------------------------------------------------------------------------------------
 */
static void test_an_office_reads_its_own(void **state)
{
    const Bihuan__ListTargetsReply *list;
    const Bihuan__ExplainTargetReply *why;
    const Bihuan__DiffPlansReply *diff;
    size_t all;

    (void)state;
    as("planner", NULL, NULL);
    all = ((const Bihuan__DiffPlansReply *)plan_do(MSG(DIFF_PLANS), "{'period':'Q4'}"))->n_items;
    CHECK_INT(all, 6); /* every target of the six units moved */
    as("city-1", NULL, "C1");
    list = (const Bihuan__ListTargetsReply *)plan_do(MSG(LIST_TARGETS), "{'period':'Q4','draft':true}");
    CHECK_INT(list->n_items, 3);
    for (size_t i = 0; i < list->n_items; i++)
        assert_non_null(strstr("C1 S1 S2", list->items[i]->unit));
    CHECK_INT(list->revision, newest("Q4")->revision);
    CHECK_INT(newest("Q4")->lines, 3);
    denied("unknown_unit", MSG(LIST_TARGETS), "{'period':'Q4','unit':'C2'}", "unit \"C2\" is not known");
    denied("unknown_unit", MSG(LIST_TARGETS), "{'period':'Q4','unit':'P'}", "unit \"P\" is not known");
    why = (const Bihuan__ExplainTargetReply *)plan_do(MSG(EXPLAIN_TARGET), "{" NEW("Q4", "S1") "}");
    assert_string_equal(why->cut->parent, "C1");
    why = (const Bihuan__ExplainTargetReply *)plan_do(MSG(EXPLAIN_TARGET), "{" NEW("Q4", "C1") "}");
    assert_true(why->n_entries > 0);
    assert_null(why->cut); /* it would say what others got */
    denied("unknown_unit", MSG(EXPLAIN_TARGET), "{" NEW("Q4", "P") "}", "unit \"P\" is not known");
    denied("unknown_unit", MSG(EXPLAIN_TARGET), "{" NEW("Q4", "S3") "}", "unit \"S3\" is not known");
    diff = (const Bihuan__DiffPlansReply *)plan_do(MSG(DIFF_PLANS), "{'period':'Q4'}");
    CHECK_INT(diff->n_items, 3);
    CHECK_INT(diff->changed, 3);
    diff = (const Bihuan__DiffPlansReply *)plan_do(MSG(DIFF_PLANS), "{'period':'Q4','unit':'C1'}");
    CHECK_INT(diff->n_items, 3);
    denied("unknown_unit", MSG(DIFF_PLANS), "{'period':'Q4','unit':'P'}", "not known");
    plan_do(MSG(WHAT_IF), "{'decompose':{" NEW("Q4", "C1") "}}");
    denied("unknown_unit", MSG(WHAT_IF), "{'decompose':{" NEW("Q4", "P") "}}", "not known");
    denied("unknown_unit", MSG(WHAT_IF), "{'decompose':{" NEW("Q4", "C2") "}}", "not known");
}

static void test_an_office_is_told_what_is_wrong_below_it(void **state)
{
    const Bihuan__LintPlanReply *found;

    (void)state;
    as("planner", NULL, NULL);
    plan_do(MSG(SET_TARGET), "{" NEW("Q4", "S3") ",'amount':'0','keep':'none','reason':'shut'}");
    plan_do(MSG(SET_TARGET), "{" NEW("Q4", "S2") ",'amount':'0','reason':'shut'}");
    found = lint("Q4");
    for (size_t i = 0; i < found->n_items && strcmp(found->items[i]->unit, "S3") != 0; i++)
        assert_true(i + 1 < found->n_items);
    as("city-1", NULL, "C1");
    found = lint("Q4");
    assert_true(found->warnings > 0);
    for (size_t i = 0; i < found->n_items; i++)
        assert_non_null(strstr("C1 S1 S2", found->items[i]->unit));
}

static void test_an_office_changes_what_is_below_it(void **state)
{
    long own = amount("Q4", "C1", "new", "", LATEST), all = amount("Q4", "P", "new", "", LATEST);
    char json[200];

    (void)state;
    as("city-1", NULL, "C1");
    plan_do(MSG(DECOMPOSE), "{" NEW("Q4", "C1") ",'reason':'ours'}");
    CHECK_INT(amount("Q4", "S1", "new", "", LATEST), own - own / 2);
    plan_do(MSG(SET_TARGET), "{" NEW("Q4", "S1") ",'amount':'200','reason':'ours'}");
    CHECK_INT(amount("Q4", "S2", "new", "", LATEST), own - 200);
    plan_do(MSG(TRANSFER_TARGET),
            "{'period':'Q4','measure':'new','from_unit':'S2','to_unit':'S1','amount':'7','reason':'ours'}");
    snprintf(json, sizeof json, "{'items':[{" NEW("Q4", "S1") ",'amount':'207'},{" NEW("Q4", "S2") ",'amount':'%ld'}]}",
             own - 207);
    plan_do(MSG(APPLY_TARGETS), json);
    CHECK_INT(amount("Q4", "C1", "new", "", LATEST), own);
    CHECK_INT(amount("Q4", "P", "new", "", LATEST), all);
    check_ledger();
}

static void test_an_office_changes_nothing_else(void **state)
{
    long acts = pg_number(&stack.pg, "SELECT count(*) FROM planning.ledger_act");

    (void)state;
    as("city-1", NULL, "C1");
    denied("not_yours", MSG(DECOMPOSE), "{" NEW("Q4", "P") ",'reason':'x'}", "the token is for \"C1\"");
    denied("not_yours", MSG(DECOMPOSE), "{" NEW("Q4", "C2") ",'reason':'x'}", "not responsible for unit \"C2\"");
    denied("not_yours", MSG(DECOMPOSE), "{" NEW("Q4", "C1") ",'total':'10','reason':'x'}",
           "would change what is given to \"C1\"");
    denied("not_yours", MSG(DECOMPOSE), "{" NEW("Q4", "C1") ",'hedge_ppm':50000,'reason':'x'}",
           "would change what is given to \"C1\"");
    denied("not_yours", MSG(SET_TARGET), "{" NEW("Q4", "C1") ",'amount':'1','reason':'x'}", "are given from above");
    denied("not_yours", MSG(SET_TARGET), "{" NEW("Q4", "S3") ",'amount':'1','reason':'x'}", "not responsible");
    denied("not_yours", MSG(SET_TARGET), "{" NEW("Q4", "S1") ",'amount':'1','keep':'none','reason':'x'}",
           "would change what is given to \"C1\"");
    denied("not_yours", MSG(TRANSFER_TARGET),
           "{'period':'Q4','measure':'new','from_unit':'S1','to_unit':'S3','amount':'1','reason':'x'}",
           "not responsible for unit \"S3\"");
    denied("not_yours", MSG(TRANSFER_TARGET),
           "{'period':'Q4','measure':'new','from_unit':'C2','to_unit':'S1','amount':'1','reason':'x'}",
           "not responsible for unit \"C2\"");
    denied("not_yours", MSG(TRANSFER_TARGET),
           "{'period':'Q4','measure':'new','from_unit':'S1','to_unit':'C1','amount':'1','reason':'x'}",
           "are given from above");
    denied("not_yours", MSG(APPLY_TARGETS), "{'items':[{" NEW("Q4", "S3") ",'amount':'1'}]}", "/items/0/unit");
    denied("not_yours", MSG(APPLY_TARGETS), "{'dry_run':true,'items':[{" NEW("Q4", "C1") ",'amount':'1'}]}",
           "/items/0/unit");
    denied("not_yours", MSG(SET_TARGET), "{" NEW("M11", "S1") ",'amount':'1','reason':'x'}", "opens none");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.ledger_act"), acts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_name_what_was_seen),
        cmocka_unit_test(test_a_first_version_has_history),
        cmocka_unit_test(test_a_consent_is_for_what_was_found),
        cmocka_unit_test(test_answers_need_a_role_at_the_unit),
        cmocka_unit_test(test_drafts_need_a_role_at_the_unit),
        cmocka_unit_test(test_nobody_speaks_for_both_sides),
        cmocka_unit_test(test_answers_name_what_was_seen),
        cmocka_unit_test(test_edits_may_name_what_was_seen),
        cmocka_unit_test(test_an_office_reads_its_own),
        cmocka_unit_test(test_an_office_is_told_what_is_wrong_below_it),
        cmocka_unit_test(test_an_office_changes_what_is_below_it),
        cmocka_unit_test(test_an_office_changes_nothing_else),
    };

    return cmocka_run_group_tests_name("plan rights", tests, plans_start, plans_stop);
}
