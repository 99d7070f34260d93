/* What changes beside a plan that has targets, on a real daemon: products that go to another family, units that go to
 * another parent or are closed. No plan stops adding up without somebody who wants it by name. */
#include "support/check.h"
#include "support/plans.h"

#include <stdio.h>
#include <string.h>

#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_cycle.pb-c.h"
#include "bihuan/planning_organisation.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

/* --- products -------------------------------------------------------------------------------------------------------
 */
#define PRODUCT(code, parent) "'items':[{'code':'" code "','name':'n','parent':'" parent "'}]}"

static void test_a_product_with_targets_stays_in_its_family(void **state)
{
    (void)state;
    plans_prepare();
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_PRODUCTS), "{'items':[{'code':'fixed','name':'f'},{'code':'tv','name':'t','parent':'fixed'},"
                                 "{'code':'5g-pro','name':'p','parent':'5g'}]}");
    plan_do(MSG(APPLY_PERIODS),
            "{'items':[{'code':'N25','from':'2025-11-01','until':'2025-12-01','calendar':'flat'}]}");
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'N25','unit':'P','measure':'new','product':'tv','amount':'5'},"
                                "{'period':'N25','unit':'P','measure':'new','product':'mobile','amount':'5'}]}");
    /* a period that is over holds nothing up, and a request that moves nothing is none */
    plan_do(MSG(APPLY_PRODUCTS), "{" PRODUCT("tv", "mobile"));
    plan_do(MSG(APPLY_PRODUCTS), "{" PRODUCT("tv", "fixed"));
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'M12','unit':'P','measure':'new','product':'5g-pro','amount':'6'},"
                                "{'period':'M12','unit':'P','measure':'old','amount':'7'}]}");
    plan_do(MSG(APPLY_PRODUCTS), "{" PRODUCT("5g-pro", "5g"));
    refused("the product itself", MSG(APPLY_PRODUCTS), "{" PRODUCT("5g-pro", "fixed"),
            "M12 version 1 (draft, \"5g-pro\"); make a new product there, or take these targets away");
    refused("in a dry run, too", MSG(APPLY_PRODUCTS), "{'dry_run':true," PRODUCT("5g-pro", ""), "M12 version 1 (draft");
    refused("one above it", MSG(APPLY_PRODUCTS), "{" PRODUCT("5g", "fixed"), "\"5g-pro\"");
    publish_plan("M12", "");
    refused("of a published plan", MSG(APPLY_PRODUCTS), "{" PRODUCT("5g-pro", "fixed"), "M12 version 1 (published");
    /* neither line has a target of its own: they go on counting what they counted */
    plan_do(MSG(APPLY_PRODUCTS), "{" PRODUCT("tv", "mobile"));
    plan_do(MSG(APPLY_TARGETS),
            "{'items':[{'period':'Q4','unit':'P','measure':'new','product':'mobile','amount':'9'}]}");
    refused("the family that it leaves", MSG(APPLY_PRODUCTS), "{" PRODUCT("tv", "fixed"),
            "Q4 version 1 (draft, \"mobile\")");
    plan_do(MSG(APPLY_TARGETS),
            "{'items':[{'period':'Q4','unit':'P','measure':'new','product':'fixed','amount':'9'}]}");
    refused("both", MSG(APPLY_PRODUCTS), "{" PRODUCT("tv", "fixed"), "Q4 version 1 (draft, \"mobile\")");
}

static void test_the_remedy_works(void **state)
{
    (void)state;
    plan_do(MSG(SET_TARGET),
            "{'period':'M12','unit':'P','measure':'new','product':'5g-pro','amount':'0','reason':'gone'}");
    refused("still in force", MSG(APPLY_PRODUCTS), "{" PRODUCT("5g-pro", "tv"), "M12 version 1 (published");
    publish_plan("M12", "'jump','zero_target'");
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_PRODUCTS), "{" PRODUCT("5g-pro", "mobile")); /* mobile had it before, by 5g */
}

/* --- units ----------------------------------------------------------------------------------------------------------
 */
#define CONSENT "'consents':['targets_unbalanced']"

static const Bihuan__Task *task(const char *kind, const char *id)
{
    const Bihuan__ListTasksReply *reply = (const Bihuan__ListTasksReply *)plan_do(MSG(LIST_TASKS), "{}");

    for (size_t i = 0; i < reply->n_items; i++)
        if (strcmp(reply->items[i]->kind, kind) == 0 && strcmp(reply->items[i]->id, id) == 0)
            return reply->items[i];
    return NULL;
}

static long revision(const char *period)
{
    char sql[200];

    snprintf(sql, sizeof sql,
             "SELECT revision FROM planning.plan_version v JOIN planning.document p ON p.kind = 'period' AND p.id = "
             "v.period_id"
             " WHERE p.code = '%s' ORDER BY version DESC LIMIT 1",
             period);
    return pg_number(&stack.pg, sql);
}

static void holds(const Bihuan__Reorganisation *change, size_t at, const char *code, const char *unit,
                  const char *target, const char *below)
{
    assert_true(at < change->n_unbalanced);
    assert_string_equal(change->unbalanced[at]->period, "M11");
    assert_string_equal(change->unbalanced[at]->code, code);
    assert_string_equal(change->unbalanced[at]->unit, unit);
    assert_string_equal(change->unbalanced[at]->target, target);
    assert_string_equal(change->unbalanced[at]->below, below);
}

/* M11 has 400 for P: C1 200 of S1 100 and S2 100, C2 200 of S3. S2 goes to C2: 100 below 200, and 300 below 200. */
static void test_a_move_that_unbalances_needs_consent(void **state)
{
    const Bihuan__ReorganiseReply *reply;
    long before;

    (void)state;
    plan_do(MSG(DECOMPOSE), "{'period':'M11','unit':'P','measure':'new','total':'400','reason':'plan'}");
    CHECK_INT(amount("M11", "S2", "new", "", LATEST), 100);
    publish_plan("M11", "");
    as("planner", NULL, NULL);
    before = revision("M11");
    /* within the period its plan goes by the tree of the first day */
    reply = (const Bihuan__ReorganiseReply *)plan_do(
        MSG(MOVE_UNIT), "{'dry_run':true,'unit':'S2','parent':'C2','from':'2026-11-02','reason':'r'}");
    CHECK_INT(reply->change->unbalanced_count, 0);
    reply = (const Bihuan__ReorganiseReply *)plan_do(
        MSG(MOVE_UNIT), "{'dry_run':true,'unit':'S2','parent':'C2','from':'2026-11-01','reason':'r'}");
    CHECK_INT(reply->change->unbalanced_count, 2);
    holds(reply->change, 0, "sum_differs", "C1", "200", "100");
    holds(reply->change, 1, "sum_differs", "C2", "200", "300");
    refused("no consent", MSG(MOVE_UNIT), "{'unit':'S2','parent':'C2','from':'2026-11-01','reason':'r'}",
            "2 targets of plans would no longer add up");
    refused("another consent", MSG(MOVE_UNIT),
            "{'unit':'S2','parent':'C2','from':'2026-11-01','reason':'r','consents':['jump']}", "\"jump\" is none");
    CHECK_INT(revision("M11"), before);
    assert_null(task("plan", "M11/1"));
    plan_do(MSG(MOVE_UNIT), "{'unit':'S2','parent':'C2','from':'2026-11-01','reason':'r'," CONSENT "}");
    CHECK_INT(revision("M11"), before + 1);
    assert_non_null(task("plan", "M11/1"));
    as("reader", "plan.read", NULL);
    assert_null(task("plan", "M11/1"));
}

static void test_moving_back_balances(void **state)
{
    (void)state;
    as("planner", NULL, NULL);
    /* consent may be given where nothing needs it */
    plan_do(MSG(MOVE_UNIT), "{'unit':'S2','parent':'C1','from':'2026-11-01','reason':'back'," CONSENT "}");
    assert_null(task("plan", "M11/1"));
}

#define BY_MANIFEST(more)                                                                                              \
    "{" more "'items':[{'code':'S2','name':'s','type':'outlet','relations':[{'parent':'C2','from':'2026-11-01'}]}]}"

/* The same by a manifest. */
static void test_a_manifest_that_unbalances_needs_consent(void **state)
{
    const Bihuan__ApplyReply *reply;
    long before = revision("M11");

    (void)state;
    reply = (const Bihuan__ApplyReply *)plan_do(MSG(APPLY_UNITS), BY_MANIFEST("'dry_run':true,"));
    CHECK_INT(reply->n_warnings, 2);
    assert_string_equal(reply->warnings[0],
                        "plan M11 version 1 (published): unit \"C1\" has 200 of \"new\", those below "
                        "it would have 100");
    refused("no consent", MSG(APPLY_UNITS), BY_MANIFEST(""), "2 targets of plans would no longer add up");
    refused("another consent", MSG(APPLY_UNITS), BY_MANIFEST("'consents':['jump'],"), "\"jump\" is none");
    CHECK_INT(revision("M11"), before);
    plan_do(MSG(APPLY_UNITS), BY_MANIFEST(CONSENT ","));
    CHECK_INT(revision("M11"), before + 1);
    assert_non_null(task("plan", "M11/1"));
    plan_do(MSG(APPLY_UNITS),
            "{" CONSENT ",'items':[{'code':'S2','name':'s','type':'outlet','relations':[{'parent':'C1',"
            "'from':'2026-11-01'}]}]}");
    assert_null(task("plan", "M11/1"));
}

/* S1 is closed: it has a target and isn't there, and C1 has 200 over the 100 of S2 alone. */
static void test_a_closure_that_unbalances_needs_consent(void **state)
{
    const Bihuan__ReorganiseReply *reply;

    (void)state;
    reply = (const Bihuan__ReorganiseReply *)plan_do(MSG(CLOSE_UNIT),
                                                     "{'dry_run':true,'unit':'S1','from':'2026-10-15','reason':'r'}");
    CHECK_INT(reply->change->unbalanced_count, 2);
    holds(reply->change, 0, "sum_differs", "C1", "200", "100");
    holds(reply->change, 1, "unit_closed", "S1", "", "");
    refused("no consent", MSG(CLOSE_UNIT), "{'unit':'S1','from':'2026-10-15','reason':'r'}",
            "name \"targets_unbalanced\" in consents");
    plan_do(MSG(CLOSE_UNIT), "{'unit':'S1','from':'2026-10-15','reason':'r'," CONSENT "}");
    assert_non_null(task("plan", "M11/1"));
    /* the revision that the task asks for ends it */
    plan_do(MSG(DECOMPOSE), "{'period':'M11','unit':'P','measure':'new','total':'400','reason':'S1 is closed'}");
    assert_non_null(task("plan", "M11/1"));
    publish_plan("M11", "'jump'");
    as("planner", NULL, NULL);
    assert_null(task("plan", "M11/1"));
    assert_null(task("plan", "M11/2"));
}

/* S3 goes with all that C2 has: one above holds them both, so C1 alone gets more than its own. */
static void test_a_merger_that_unbalances_needs_consent(void **state)
{
    const Bihuan__ReorganiseReply *reply;

    (void)state;
    reply = (const Bihuan__ReorganiseReply *)plan_do(
        MSG(MERGE_UNITS), "{'dry_run':true,'unit':'C2','into':'C1','from':'2026-10-20','reason':'r'}");
    CHECK_INT(reply->change->unbalanced_count, 3);
    holds(reply->change, 0, "sum_differs", "P", "400", "200");
    holds(reply->change, 1, "sum_differs", "C1", "200", "400");
    holds(reply->change, 2, "unit_closed", "C2", "", "");
    refused("no consent", MSG(MERGE_UNITS), "{'unit':'C2','into':'C1','from':'2026-10-20','reason':'r'}",
            "3 targets of plans would no longer add up");
}

/* --- whose unit it is ----------------------------------------------------------------------------------------------
 */
#define SAY(unit, answer) "{'period':'29Q1','unit':'" unit "','answer':'" answer "'}"

/* S2 goes from C1 to C2 on 1 January 2029; today it is C1's. In the plan of that quarter C2 answers above it: C1 200
 * without anything below it, C2 200 of S2 100 and S3 100. */
static void test_a_plan_goes_by_its_own_day(void **state)
{
    (void)state;
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_PEOPLE), "{'items':[{'code':'shop-2','name':'s','roles':[{'role':'shop','unit':'S2','from':"
                               "'2026-01-01'}]}]}");
    plan_do(MSG(APPLY_PERIODS),
            "{'items':[{'code':'29Q1','from':'2029-01-01','until':'2029-04-01','calendar':'flat'}]}");
    plan_do(MSG(MOVE_UNIT), "{'unit':'S2','parent':'C2','from':'2029-01-01','reason':'r'}");
    plan_do(MSG(DECOMPOSE), "{'period':'29Q1','unit':'P','measure':'new','total':'400','reason':'plan'}");
    CHECK_INT(amount("29Q1", "S2", "new", "", LATEST), 100);
    plan_do(MSG(ANSWER_TARGETS), SAY("P", "propose"));
    as("city-2", NULL, NULL);
    plan_do(MSG(ANSWER_TARGETS), SAY("C2", "accept"));
    as("city-1", NULL, NULL);
    refused("C1 offers what C2 has", MSG(ANSWER_TARGETS), SAY("C2", "propose"), "but not those of unit \"C2\"");
    as("city-2", NULL, "C2");
    plan_do(MSG(ANSWER_TARGETS), SAY("C2", "propose"));
    as("shop-2", NULL, NULL);
    plan_do(MSG(ANSWER_TARGETS), "{'period':'29Q1','unit':'S2','answer':'ask','reason':'less',"
                                 "'asks':[{'measure':'new','amount':'80'}]}");
    as("city-1", NULL, NULL);
    plan_do(MSG(ANSWER_TARGETS), SAY("C1", "accept")); /* its own wait no more */
    assert_null(task("targets", "29Q1/1"));
    refused("C1 grants", MSG(ANSWER_TARGETS), SAY("S2", "grant"), "but not those of unit \"S2\"");
    as("city-1", NULL, "C1");
    refused("C1's token grants", MSG(ANSWER_TARGETS), SAY("S2", "grant"), "not responsible above unit \"S2\"");
    refused("C1's token applies", MSG(APPLY_TARGETS),
            "{'items':[{'period':'29Q1','unit':'S2','measure':'new','amount':'1'}]}",
            "a token for \"C1\" changes targets below it, not of \"S2\"");
    as("city-2", NULL, NULL);
    assert_non_null(task("targets", "29Q1/1"));
    plan_do(MSG(ANSWER_TARGETS), SAY("S2", "grant"));
    CHECK_INT(amount("29Q1", "S2", "new", "", LATEST), 80);
    CHECK_INT(amount("29Q1", "S3", "new", "", LATEST), 120);
}

/* A new unit has no targets: in between it changes no sum. */
static void test_a_new_unit_in_between(void **state)
{
    const Bihuan__ApplyReply *reply;

    (void)state;
    as("planner", NULL, NULL);
    reply = (const Bihuan__ApplyReply *)plan_do(
        MSG(APPLY_UNITS), "{'items':[{'code':'K','name':'k','type':'county','relations':[{'parent':'C2','from':"
                          "'2029-01-01'}]},{'code':'S3','name':'s','type':'outlet','relations':[{'parent':'K','from':"
                          "'2029-01-01'}]}]}");
    CHECK_INT(reply->created, 1);
    CHECK_INT(reply->changed, 1);
    refused("a new unit elsewhere", MSG(APPLY_UNITS),
            "{'items':[{'code':'L','name':'l','type':'county','relations':[{'parent':'C1','from':'2029-01-01'}]},"
            "{'code':'S2','name':'s','type':'outlet','relations':[{'parent':'L','from':'2029-01-01'}]}]}",
            "targets of plans would no longer add up");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_product_with_targets_stays_in_its_family),
        cmocka_unit_test(test_the_remedy_works),
        cmocka_unit_test(test_a_move_that_unbalances_needs_consent),
        cmocka_unit_test(test_moving_back_balances),
        cmocka_unit_test(test_a_manifest_that_unbalances_needs_consent),
        cmocka_unit_test(test_a_closure_that_unbalances_needs_consent),
        cmocka_unit_test(test_a_merger_that_unbalances_needs_consent),
        cmocka_unit_test(test_a_plan_goes_by_its_own_day),
        cmocka_unit_test(test_a_new_unit_in_between),
    };

    return cmocka_run_group_tests_name("target moves", tests, plans_start, plans_stop);
}
