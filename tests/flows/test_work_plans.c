/* Local plans and account plans on real daemons: sections, approval, steps followed to the end, revisions, figures. */
#include "support/check.h"
#include "support/office.h"

#include <stdio.h>
#include <string.h>

/* A request that saves the plan l1; sections are words parted by spaces, steps are text|owner|due. */
static const char *local_plan(int revision, const char *sections, const char *const *steps)
{
    static char body[4000];
    char code[32];
    int used,
        len = snprintf(body, sizeof body,
                       "{\"revision\":%d,\"plan\":{\"code\":\"l1\",\"kind\":\"local\",\"title\":\"一市四季度方案\","
                       "\"unit\":\"C1\",\"approver\":\"CC\",\"period\":\"2026Q4\",\"sections\":[",
                       revision);

    for (const char *at = sections; sscanf(at, "%31s%n", code, &used) == 1; at += used)
        len += snprintf(body + len, sizeof body - (size_t)len, "%s{\"code\":\"%s\",\"text\":\"x\"}",
                        at == sections ? "" : ",", code);
    len += snprintf(body + len, sizeof body - (size_t)len, "],\"steps\":[");
    for (size_t i = 0; steps && steps[i]; i += 3)
        len += snprintf(body + len, sizeof body - (size_t)len, "%s{\"text\":\"%s\",\"owner\":\"%s\",\"due\":\"%s\"}",
                        i ? "," : "", steps[i], steps[i + 1], steps[i + 2]);
    (void)snprintf(body + len, sizeof body - (size_t)len, "]}}");
    return body;
}

#define NINE "situation volume_target cost_target areas time strategy organisation control evaluation"

static void test_local_plan(void **state)
{
    (void)state;
    cannot(CITY2, "work-plans", local_plan(0, NINE, NULL), 403, "wrong_unit", "C1");
    cannot(CITY1, "work-plans", local_plan(0, "dreams", (const char *const[]) { "铺货", "nobody", "2026-10-10", NULL }),
           422, "unknown_person", "/plan/steps/0/owner");
    does(CITY1, "work-plans", local_plan(0, "situation", NULL), "plan.state", "draft");
    cannot(CITY1, "work-plans/l1/move", "{\"act\":\"submit\",\"revision\":1}", 422, "missing_value",
           "/sections/volume_target");
    cannot(CITY1, "work-plans", local_plan(0, NINE, NULL), 409, "stale_revision", "revision 1");
    does(CITY1, "work-plans",
         local_plan(1, NINE, (const char *const[]) { "铺货", "yi", "2026-09-15", "培训", "dian", "2026-10-20", NULL }),
         "plan.steps.1.number", "2");
    cannot(CENTRE, "work-plans/l1/move", "{\"act\":\"approve\",\"revision\":2}", 409, "wrong_state", "it is draft");
    does(CITY1, "work-plans/l1/move", "{\"act\":\"submit\",\"revision\":2}", "plan.state", "submitted");
    cannot(CITY1, "work-plans/l1/move", "{\"act\":\"approve\",\"revision\":3}", 403, "wrong_unit", "CC");
    cannot(CENTRE, "work-plans/l1/move", "{\"act\":\"return\",\"revision\":3}", 422, "missing_value", "/text");
    does(CENTRE, "work-plans/l1/move", "{\"act\":\"return\",\"revision\":3,\"text\":\"缺费用\"}", "plan.state",
         "returned");
    does(CITY1, "work-plans/l1/move", "{\"act\":\"submit\",\"revision\":4}", NULL, NULL);
    cannot(CENTRE, "work-plans/l1/move", "{\"act\":\"approve\",\"revision\":4}", 409, "stale_revision", "revision 5");
    does(CENTRE, "work-plans/l1/move", "{\"act\":\"approve\",\"revision\":5}", "plan.state", "approved");
}

static void test_steps_are_followed(void **state)
{
    struct web_reply reply = ask(OUTLET, "GET", "tasks", NULL);

    (void)state;
    assert_non_null(strstr(reply.text, "{\"kind\":\"step\",\"id\":\"l1/2\""));
    web_reply_free(&reply);
    go_to("2026-09-20");
    sees(CITY1, "work-plans/l1", "plan.steps.0.overdue", "true");
    sees(CITY1, "work-plans/l1", "plan.steps.1.overdue", "false");
    cannot(CITY2, "work-plans/l1/steps/2/finish", "{\"result\":\"x\"}", 403, "wrong_unit", "C1");
    cannot(CITY1, "work-plans/l1/steps/1/finish", "{}", 422, "missing_value", "/result");
    cannot(CITY1, "work-plans/l1/steps/9/finish", "{\"result\":\"x\"}", 404, "unknown_step", "no step 9");
    does(CITY1, "work-plans/l1/steps/1/finish", "{\"result\":\"已铺货\"}", "plan.steps.0.state", "done");
    cannot(CITY1, "work-plans/l1/steps/1/finish", "{\"result\":\"x\"}", 409, "wrong_state", "done already");
    /* a revision: the version in force stays until the next is approved; what is done stays done */
    cannot(CITY1, "work-plans/l1/revise", "{}", 422, "reason_needed", "/reason");
    does(CITY1, "work-plans/l1/revise", "{\"reason\":\"对手降价\"}", "plan.version", "2");
    does(CITY1, "work-plans",
         local_plan(1, NINE, (const char *const[]) { "铺货", "yi", "2026-09-15", "降价", "yi", "2026-10-25", NULL }),
         NULL, NULL);
    sees(CITY1, "work-plans/l1?version=1", "plan.state", "approved");
    does(CITY1, "work-plans/l1/move", "{\"act\":\"submit\",\"revision\":2}", NULL, NULL);
    does(CENTRE, "work-plans/l1/move", "{\"act\":\"approve\",\"revision\":3}", "plan.steps.0.result", "已铺货");
    sees(CITY1, "work-plans/l1?version=1", "plan.state", "superseded");
    sees(CITY1, "work-plans/l1", "plan.reason", "对手降价");
    sees(CITY1, "work-plans/l1", "plan.steps.1.text", "降价");
}

static void test_account_plan(void **state)
{
    static const char plan[] =
        "\"plan\":{\"code\":\"a1\",\"kind\":\"account\",\"title\":\"一汽客户计划\",\"unit\":\"C1\",\"period\":"
        "\"2026Q4\","
        "\"customer\":\"一汽\",\"sections\":[{\"code\":\"business\",\"text\":\"x\"},{\"code\":\"outlook\",\"text\":"
        "\"x\"},"
        "{\"code\":\"competition\",\"text\":\"x\"},{\"code\":\"weak_points\",\"text\":\"x\"},{\"code\":\"visits\","
        "\"text\":\"x\"}],\"steps\":[{\"text\":\"高层互访\",\"owner\":\"yi\",\"due\":\"2026-10-20\"}],"
        "\"figures\":{\"measure\":\"new\",\"sales\":[\"100\",\"120\",\"150\"],\"spend\":\"400\",\"proposed\":\"999\","
        "\"agreed\":\"999\"}}";
    char body[1200];

    (void)state;
    snprintf(body, sizeof body, "{%s}", plan);
    does(CITY1, "work-plans", body, "plan.figures.agreed", ""); /* agreed by offers only */
    sees(CITY1, "work-plans/a1", "plan.approver", "P");
    sees(CITY1, "work-plans/a1", "plan.figures.share_ppm", "375000"); /* 150 of 400 */
    snprintf(body, sizeof body, "{\"revision\":1,%.*s,\"approver\":\"O-CH\"}}", (int)sizeof plan - 2, plan);
    does(CITY1, "work-plans", body, "plan.approver", "O-CH");
    cannot(CITY1, "work-plans/a1/move", "{\"act\":\"submit\",\"revision\":2}", 422, "missing_value", "propose");
    cannot(CITY2, "work-plans/a1/offer", "{\"revision\":2,\"amount\":\"170\"}", 403, "wrong_unit", "C1");
    cannot(CITY1, "work-plans/a1/offer", "{\"revision\":2,\"amount\":\"1.5\"}", 422, "", "");
    does(CITY1, "work-plans/a1/offer", "{\"revision\":2,\"amount\":\"170\"}", "plan.figures.proposed", "170");
    does(CITY1, "work-plans/a1/move", "{\"act\":\"submit\",\"revision\":3}", NULL, NULL);
    does(CHANNEL, "work-plans/a1/offer", "{\"revision\":4,\"amount\":\"200\"}", "plan.figures.agreed", "");
    cannot(CHANNEL, "work-plans/a1/move", "{\"act\":\"approve\",\"revision\":5}", 409, "not_agreed",
           "C1 proposes \\\"170\\\", O-CH offers \\\"200\\\"");
    does(CITY1, "work-plans/a1/offer", "{\"revision\":5,\"amount\":\"200\"}", "plan.figures.agreed", "200");
    does(CHANNEL, "work-plans/a1/move", "{\"act\":\"approve\",\"revision\":6}", "plan.state", "approved");
    /* what was agreed is what the unit hands in, in the ledger: the sum over its customers */
    CHECK_INT(pg_number(&office_stack.pg, "SELECT sum(amount) FROM planning.unit_draft"), 200);
    snprintf(body, sizeof body, "{%.*s,\"approver\":\"O-CH\"}}", (int)sizeof plan - 2, plan);
    memcpy(strstr(body, "\"a1\""), "\"a2\"", 4);
    does(CITY1, "work-plans", body, NULL, NULL);
    does(CITY1, "work-plans/a2/offer", "{\"revision\":1,\"amount\":\"55\"}", NULL, NULL);
    does(CITY1, "work-plans/a2/move", "{\"act\":\"submit\",\"revision\":2}", NULL, NULL);
    does(CHANNEL, "work-plans/a2/offer", "{\"revision\":3,\"amount\":\"55\"}", NULL, NULL);
    CHECK_INT(pg_number(&office_stack.pg, "SELECT sum(amount) FROM planning.unit_draft"), 200);
    does(CHANNEL, "work-plans/a2/move", "{\"act\":\"approve\",\"revision\":4}", NULL, NULL);
    CHECK_INT(pg_number(&office_stack.pg, "SELECT sum(amount) FROM planning.unit_draft"), 255);
    /* revised in mid-year: negotiated anew, the first version stays */
    does(CITY1, "work-plans/a1/revise", "{\"reason\":\"客户重组\"}", "plan.figures.agreed", "");
    sees(CITY1, "work-plans/a1?version=1", "plan.figures.agreed", "200");
    sees(CITY1, "work-plans?kind=account", "items.0.version", "2");
    CHECK_INT(pg_number(&office_stack.pg, "SELECT sum(amount) FROM planning.unit_draft"), 255);
    sees(CITY2, "work-plans?kind=account&state=approved", "items.0.code", "a2");
    does(CITY1, "work-plans/a1/offer", "{\"revision\":1,\"amount\":\"160\"}", NULL, NULL);
    does(CITY1, "work-plans/a1/move", "{\"act\":\"submit\",\"revision\":2}", NULL, NULL);
    does(CHANNEL, "work-plans/a1/offer", "{\"revision\":3,\"amount\":\"160\"}", NULL, NULL);
    does(CHANNEL, "work-plans/a1/move", "{\"act\":\"approve\",\"revision\":4}", NULL, NULL);
    CHECK_INT(pg_number(&office_stack.pg, "SELECT sum(amount) FROM planning.unit_draft"), 160 + 55);
}

#define PLAN(code, unit, approver)                                                                                     \
    "\"plan\":{\"code\":\"" code "\",\"kind\":\"local\",\"title\":\"x\",\"unit\":\"" unit                              \
    "\",\"approver\":\"" approver                                                                                      \
    "\",\"period\":\"2026Q4\",\"steps\":[{\"text\":\"x\",\"owner\":\"ke\",\"due\":\"2026-10-20\"}],\"sections\":["     \
    "{\"code\":\"situation\",\"text\":\"x\"},{\"code\":\"volume_target\",\"text\":\"x\"},{\"code\":\"cost_target\","   \
    "\"text\":\"x\"},{\"code\":\"areas\",\"text\":\"x\"},{\"code\":\"time\",\"text\":\"x\"},{\"code\":\"strategy\","   \
    "\"text\":\"x\"},{\"code\":\"organisation\",\"text\":\"x\"},{\"code\":\"control\",\"text\":\"x\"},"                \
    "{\"code\":\"evaluation\",\"text\":\"x\"}]}}"

/* zong works for the centre that writes and for the office that approves. */
static void test_who_wrote_does_not_approve(void **state)
{
    (void)state;
    does(BOSS, "work-plans", "{" PLAN("l3", "CC", "O-CH"), NULL, NULL);
    does(CENTRE, "work-plans/l3/move", "{\"act\":\"submit\",\"revision\":1}", NULL, NULL);
    cannot(BOSS, "work-plans/l3/move", "{\"act\":\"approve\",\"revision\":2}", 403, "own_draft", "another of O-CH can");
    {
        struct web_reply reply = ask(BOSS, "GET", "tasks", NULL);
        assert_null(strstr(reply.text, "\"kind\":\"agree\",\"id\":\"l3\""));
        web_reply_free(&reply);
    }
    does(CHANNEL, "work-plans/l3/move", "{\"act\":\"approve\",\"revision\":2}", "plan.state", "approved");
    /* a revision is its own version: who began it doesn't approve it either */
    does(BOSS, "work-plans/l3/revise", "{\"reason\":\"x\"}", NULL, NULL);
    does(CENTRE, "work-plans/l3/move", "{\"act\":\"submit\",\"revision\":1}", NULL, NULL);
    cannot(BOSS, "work-plans/l3/move", "{\"act\":\"approve\",\"revision\":2}", 403, "own_draft", "O-CH");
    does(CHANNEL, "work-plans/l3/move", "{\"act\":\"approve\",\"revision\":2}", NULL, NULL);
}

static void test_approver_stands_above(void **state)
{
    (void)state;
    cannot(CITY1, "work-plans", "{" PLAN("l4", "C1", "C2"), 422, "bad_approver", "/plan/approver");
    cannot(CITY1, "work-plans", "{" PLAN("l4", "C1", "T1"), 422, "bad_approver", "/plan/approver");
    does(CITY1, "work-plans", "{" PLAN("l4", "C1", "O-CH"), NULL, NULL);
    does(CITY1, "work-plans", "{\"revision\":1," PLAN("l4", "C1", "CC"), "plan.approver", "CC");
    does(CITY1, "work-plans/l4/move", "{\"act\":\"submit\",\"revision\":2}", NULL, NULL);
    does(CENTRE, "work-plans/l4/move", "{\"act\":\"return\",\"revision\":3,\"text\":\"x\"}", NULL, NULL);
    /* nobody looks for a milder one after a return */
    cannot(CITY1, "work-plans", "{\"revision\":4," PLAN("l4", "C1", "O-CH"), 422, "approver_fixed", "\\\"CC\\\"");
    does(CITY1, "work-plans", "{\"revision\":4," PLAN("l4", "C1", "CC"), NULL, NULL);
    does(CITY1, "work-plans/l4/move", "{\"act\":\"submit\",\"revision\":5}", NULL, NULL);
    does(CENTRE, "work-plans/l4/move", "{\"act\":\"approve\",\"revision\":6}", NULL, NULL);
    does(CITY1, "work-plans/l4/revise", "{\"reason\":\"x\"}", NULL, NULL);
    does(CITY1, "work-plans", "{\"revision\":1," PLAN("l4", "C1", "O-CH"), "plan.approver", "O-CH");
}

/* An offer is for a measure, by the approving unit: it doesn't outlive either. */
static void test_offers_end_with_their_measure(void **state)
{
#define ACCOUNT(revision, approver, measure)                                                                           \
    "{\"revision\":" revision ",\"plan\":{\"code\":\"a5\",\"kind\":\"account\",\"title\":\"x\",\"unit\":\"C1\","       \
    "\"customer\":\"x\",\"approver\":\"" approver "\",\"period\":\"2026Q4\",\"figures\":{\"measure\":\"" measure       \
    "\"}}}"
    (void)state;
    apply("measures", "{\"code\":\"lines\",\"title_zh\":\"专线\",\"title_en\":\"Lines\",\"value\":\"count\"}");
    does(CITY1, "work-plans", ACCOUNT("0", "O-CH", "new"), NULL, NULL);
    does(CHANNEL, "work-plans/a5/offer", "{\"revision\":1,\"amount\":\"200\"}", "plan.figures.offered", "200");
    does(CITY1, "work-plans", ACCOUNT("2", "O-CH", "new"), "plan.figures.offered", "200");
    does(CITY1, "work-plans", ACCOUNT("3", "O-CH", "lines"), "plan.figures.offered", "");
    does(CITY1, "work-plans/a5/offer", "{\"revision\":4,\"amount\":\"200\"}", "plan.figures.agreed", "");
    does(CHANNEL, "work-plans/a5/offer", "{\"revision\":5,\"amount\":\"200\"}", "plan.figures.agreed", "200");
    cannot(CITY1, "work-plans", ACCOUNT("6", "O-CH", "new"), 422, "agreed", "lines");
    /* what O-CH agreed to, O-MK didn't */
    does(CITY1, "work-plans", ACCOUNT("6", "O-MK", "lines"), "plan.figures.agreed", "");
    sees(CITY1, "work-plans/a5", "plan.figures.offered", "");
    does(CITY1, "work-plans/a5/offer", "{\"revision\":7,\"amount\":\"200\"}", "plan.figures.agreed", "");
}

/* Who proposed for the city and holds a role of the office today agrees with nobody but themselves. */
static void test_a_change_of_sides(void **state)
{
#define NOTE                                                                                                           \
    "\"code\":\"a6\",\"kind\":\"account\",\"title\":\"x\",\"unit\":\"C1\",\"customer\":\"x\","                         \
    "\"approver\":\"O-CH\",\"period\":\"2026Q4\",\"sections\":[{\"code\":\"business\",\"text\":\"x\"},"                \
    "{\"code\":\"outlook\",\"text\":\"x\"},{\"code\":\"competition\",\"text\":\"x\"},{\"code\":\"weak_points\","       \
    "\"text\":\"x\"},{\"code\":\"visits\",\"text\":\"x\"}],\"steps\":[{\"text\":\"x\",\"owner\":\"yi\",\"due\":"       \
    "\"2026-10-20\"}],\"figures\":{\"measure\":\"new\",\"sales\":[\"1\",\"2\",\"3\"],\"spend\":\"9\"}"
    (void)state;
    apply("people", "{\"code\":\"bai\",\"name\":\"b\",\"roles\":[{\"role\":\"city_company\",\"unit\":\"C1\",\"from\":"
                    "\"2026-01-01\"}]}");
    does(CITY1, "work-plans", "{\"plan\":{" NOTE "}}", NULL, NULL);
    does(BRAND, "work-plans/a6/offer", "{\"revision\":1,\"amount\":\"70\"}", "plan.figures.proposed", "70");
    does(CITY1, "work-plans/a6/move", "{\"act\":\"submit\",\"revision\":2}", NULL, NULL);
    apply("people", "{\"code\":\"bai\",\"name\":\"b\",\"roles\":[{\"role\":\"city_company\",\"unit\":\"C1\",\"from\":"
                    "\"2026-01-01\",\"until\":\"2026-01-01\"},{\"role\":\"channel_office\",\"unit\":\"O-CH\",\"from\":"
                    "\"2026-01-01\"}]}");
    cannot(BRAND, "work-plans/a6/offer", "{\"revision\":3,\"amount\":\"70\"}", 403, "both_sides", "another must agree");
    does(CHANNEL, "work-plans/a6/offer", "{\"revision\":3,\"amount\":\"70\"}", "plan.figures.agreed", "70");
    cannot(BRAND, "work-plans/a6/move", "{\"act\":\"approve\",\"revision\":4}", 403, "own_draft", "proposed it");
    does(CHANNEL, "work-plans/a6/move", "{\"act\":\"approve\",\"revision\":4}", "plan.state", "approved");
    sees(CITY1, "work-plans/a6", "history.1.act", "propose");
    sees(CITY1, "work-plans/a6", "history.3.act", "offer");
}

static int set_up(void **state)
{
    (void)state;
    office_start("2026-09-10");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    office_stop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_local_plan),
        cmocka_unit_test(test_steps_are_followed),
        cmocka_unit_test(test_account_plan),
        cmocka_unit_test(test_who_wrote_does_not_approve),
        cmocka_unit_test(test_approver_stands_above),
        cmocka_unit_test(test_offers_end_with_their_measure),
        cmocka_unit_test(test_a_change_of_sides),
    };

    return cmocka_run_group_tests_name("work plans", tests, set_up, tear_down);
}
