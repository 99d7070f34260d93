/* The quarterly cycle from opening to execution, played through the gateway by people of five roles: what each may do,
 * and what each may not, with the reason that is given. The clock is moved by killing planning and starting it again.
 */
#include "support/check.h"
#include "support/office.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define D(code, unit) "deliverables/q:" code ":" unit

static void test_opening(void **state)
{
    (void)state;
    /* the four offices must be named; the cities are all cities */
    cannot(CHANNEL, "cycles", "{\"template\":\"quarterly\",\"period\":\"2026Q4\"}", 422, "no_unit",
           "role \\\"marketing_office\\\" has no unit");
    cannot(CITY1, "cycles", "{\"template\":\"quarterly\",\"period\":\"2026Q4\"}", 403, "permission", "plan.write");
    does(CHANNEL, "cycles",
         "{\"template\":\"quarterly\",\"period\":\"2026Q4\",\"code\":\"q\",\"seats\":["
         "{\"role\":\"marketing_office\",\"units\":[\"O-MK\"]},{\"role\":\"channel_office\",\"units\":[\"O-CH\"]},"
         "{\"role\":\"brand_office\",\"units\":[\"O-BR\"]},{\"role\":\"customer_centre\",\"units\":[\"CC\"]}]}",
         /* 22 of the offices and the centre, 6 of each city */
         "deliverables", "34");
    cannot(CHANNEL, "cycles", "{\"template\":\"quarterly\",\"period\":\"2026Q4\",\"code\":\"q\"}", 409, "cycle_exists",
           "another code");
    sees(CITY1, "cycles/q", "cycle.stages.0.state", "open");
    sees(CITY1, "cycles/q", "cycle.stages.1.state", "waiting");
    sees(CHANNEL, "cycles/q", "cycle.stages.1.waits_for.1", "q:market-report:C2");
    sees(CITY1, "cycles/q", "cycle.stages.1.waits_for.0", "q:market-report:C1");
    sees(CITY1, "cycles/q", "cycle.stages.1.waits_for.1", "");
    sees(CITY1, "cycles/q", "deliverables.0.due", "2026-08-02");
    sees(CITY1, "cycles/q", "deliverables.0.state", "not_due"); /* on 2026-07-20, seven days' lead */
    /* a city sees its own only */
    {
        struct web_reply reply = ask(CITY1, "GET", "deliverables?cycle=q&unit=C2", NULL);
        CHECK_INT(reply.status, 404);
        web_reply_free(&reply);
    }
    sees(CITY1, "deliverables?cycle=q", "items.5.unit", "C1");
    sees(CITY1, "deliverables?cycle=q", "items.6.unit", "");
}

static void test_time_moves_once(void **state)
{
    (void)state;
    CHECK_INT(pg_number(&office_stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 32"), 34);
    go_to("2026-07-28");
    sees(CITY1, D("market-report", "C1"), "deliverable.state", "due");
    for (int i = 0; i < 2; i++) { /* the timer published both cities', once; a restart publishes nothing again */
        for (int n = 0;
             n < 500 && pg_number(&office_stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 32") < 36;
             n++)
            nanosleep(&(struct timespec) { .tv_nsec = 20000000 }, NULL);
        nanosleep(&(struct timespec) { .tv_sec = i ? 2 : 0, .tv_nsec = 200000000 }, NULL);
        CHECK_INT(pg_number(&office_stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 32"), 36);
        if (i == 0)
            go_to("2026-07-28");
    }
}

static void test_reports(void **state)
{
    (void)state;
    /* wrong role, wrong unit, no role at all, stale, nothing in it */
    cannot(CHANNEL, D("market-report", "C1") "/submit", "{\"revision\":1,\"text\":\"x\"}", 403, "wrong_role",
           "city_company at C1 (yi) can. \\\"chen\\\" holds channel_office at O-CH");
    cannot(CITY2, D("market-report", "C1") "/submit", "{\"revision\":1,\"text\":\"x\"}", 403, "wrong_unit",
           "city_company at C1 (yi) can");
    cannot(CITY1, D("market-report", "C2") "/submit", "{\"revision\":1,\"text\":\"x\"}", 404, "unknown_deliverable",
           "C2");
    cannot(OUTLET, D("market-report", "C1") "/submit", "{\"revision\":1,\"text\":\"x\"}", 404, "unknown_deliverable",
           "C1");
    cannot(CITY1, D("market-report", "C1") "/submit", "{\"revision\":7,\"text\":\"x\"}", 409, "stale_revision",
           "revision 1");
    cannot(CITY1, D("market-report", "C1") "/submit", "{\"revision\":1,\"text\":\"\"}", 422, "missing_value", "/text");
    cannot(CITY1, D("market-report", "C1") "/submit", "{\"revision\":1,\"text\":\"x\",\"plan\":\"plan:2026Q4/9\"}", 422,
           "unknown_plan", "/plan");
    does(CITY1, D("market-report", "C1") "/submit", "{\"revision\":1,\"text\":\"对手降价10%\"}", "deliverable.state",
         "submitted");
    cannot(CITY1, D("market-report", "C1") "/submit", "{\"revision\":2,\"text\":\"x\"}", 409, "wrong_state",
           "it is submitted");
    /* returned by the reviewer with a reason, mended, approved by the approver only */
    cannot(CENTRE, D("market-report", "C1") "/approve", "{\"revision\":2}", 403, "wrong_role",
           "channel_office at O-CH (chen, zong) can");
    cannot(CENTRE, D("market-report", "C1") "/return", "{\"revision\":2}", 422, "missing_value", "/reason");
    does(CENTRE, D("market-report", "C1") "/return", "{\"revision\":2,\"reason\":\"缺渠道承载能力\"}",
         "deliverable.state", "returned");
    does(CITY1, D("market-report", "C1") "/submit", "{\"revision\":3,\"text\":\"已补充\"}", "deliverable.returns", "1");
    cannot(CHANNEL, D("market-report", "C1") "/approve", "{\"revision\":2}", 409, "stale_revision", "revision 4");
    does(CHANNEL, D("market-report", "C1") "/approve", "{\"revision\":4}", "deliverable.state", "approved");
    sees(CITY1, D("market-report", "C1"), "history.1.text", "缺渠道承载能力");
    sees(CITY1, D("market-report", "C1"), "history.1.role", "customer_centre");
    sees(CITY1, D("market-report", "C1"), "deliverable.late", "false");
}

static void test_own_draft_and_closed_stage(void **state)
{
    (void)state;
    cannot(CHANNEL, D("channel-strategy", "O-CH") "/submit", "{\"revision\":1,\"text\":\"x\"}", 409, "stage_closed",
           "stage \\\"design\\\" isn't open yet");
    /* zong holds the drafting and the approving role */
    does(BOSS, D("centre-summary", "CC") "/submit", "{\"revision\":1,\"text\":\"汇总\"}", "deliverable.state",
         "submitted");
    cannot(BOSS, D("centre-summary", "CC") "/approve", "{\"revision\":2}", 403, "own_draft",
           "another of channel_office at O-CH (chen, zong) can");
    does(CHANNEL, D("centre-summary", "CC") "/approve", "{\"revision\":2}", "deliverable.state", "approved");
    does(CHANNEL, D("channel-diagnosis", "O-CH") "/submit", "{\"revision\":1,\"text\":\"诊断\"}", NULL, NULL);
    does(MARKETING, D("channel-diagnosis", "O-CH") "/approve", "{\"revision\":2}", NULL, NULL);
    /* the second city still owes its report: the stage waits for that alone */
    sees(CHANNEL, "cycles/q", "cycle.stages.1.state", "waiting");
    sees(CHANNEL, "cycles/q", "cycle.stages.1.waits_for.0", "q:market-report:C2");
    sees(CHANNEL, "cycles/q", "cycle.stages.1.waits_for.1", "");
}

static void test_overdue_and_override(void **state)
{
    (void)state;
    go_to("2026-08-28");
    sees(CHANNEL, D("market-report", "C2"), "deliverable.state", "overdue");
    sees(CHANNEL, "deliverables?cycle=q&state=overdue&role=city_company", "items.0.unit", "C2");
    sees(CHANNEL, "deliverables?cycle=q&state=overdue&role=city_company", "items.1.unit", "");
    cannot(CHANNEL, "cycles/q/stages/design/override", "{\"reason\":\"二市台风\"}", 403, "permission", "plan.override");
    cannot(BOSS, "cycles/q/stages/design/override", "{}", 422, "reason_needed", "/reason");
    does(BOSS, "cycles/q/stages/design/override", "{\"reason\":\"二市台风\"}", "cycle.stages.1.state", "open");
    cannot(BOSS, "cycles/q/stages/design/override", "{\"reason\":\"again\"}", 409, "stage_open", "open already");
    sees(CITY1, "cycles/q", "cycle.stages.1.overridden_by", "zong");
    sees(CITY1, "cycles/q", "cycle.stages.1.reason", "二市台风");
    /* it is still owed, and late */
    does(CITY2, D("market-report", "C2") "/submit", "{\"revision\":1,\"text\":\"补报\"}", "deliverable.late", "true");
}

static void test_files(void **state)
{
#define D_GUIDE    "deliverables/q:operation-guide:CC"
#define GUIDE_FILE D_GUIDE "/attachments/guide.txt"
    (void)state;
    cannot(CENTRE, D("operation-guide", "CC") "/submit", "{\"revision\":1,\"text\":\"指引\"}", 409, "no_attachment",
           "attach the file first");
    attach(CITY1, GUIDE_FILE "?revision=1&last=true", "x", 404, "code", "unknown_deliverable");
    attach(MARKETING, GUIDE_FILE "?revision=1&last=true", "x", 403, "code", "wrong_role");
    attach(CENTRE, GUIDE_FILE "?revision=1&offset=5", "x", 409, "code", "bad_offset");
    attach(CENTRE, GUIDE_FILE "?revision=1", "hello ", 200, "offset", "6");
    attach(CENTRE, GUIDE_FILE "?revision=1&offset=6&last=true", "world", 200, "revision", "2");
    attach(CENTRE, GUIDE_FILE "?revision=1&offset=6&last=true", "world", 200, "revision",
           "2"); /* its answer was lost */
    attach(CENTRE, D("operation-guide", "CC") "/attachments/big.bin?revision=2&offset=90", "123456789 123456789 1", 413,
           "code", "attachments_too_large"); /* 11 + 90 > 100, before anything else */
    /* an upload that is not finished counts as well, and is begun again by its name */
    attach(CENTRE, D_GUIDE "/attachments/half.bin?revision=2",
           "0123456789 0123456789 0123456789 0123456789 "
           "0123456789 0123456789 01234567",
           200, "complete", "false");
    attach(CENTRE, D_GUIDE "/attachments/more.bin?revision=2&last=true", "0123456789 01234", 413, "code",
           "attachments_too_large"); /* 11 + 74 + 16 */
    attach(CENTRE, D_GUIDE "/attachments/half.bin?revision=2", "0", 200, "offset", "1");
    /* sha256("hello world") */
    sees(CENTRE, D("operation-guide", "CC"), "attachments.0.hash",
         "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
    sees(CENTRE, "attachments/1?offset=6", "data", "d29ybGQ="); /* base64 of world */
    sees(CENTRE, "attachments/1?offset=6", "last", "true");
    {
        struct web_reply reply = ask(CITY1, "GET", "attachments/1", NULL); /* not of its subtree */
        CHECK_INT(reply.status, 404);
        web_reply_free(&reply);
    }
    /* an upload is finished by who began it */
    attach(BOSS, D_GUIDE "/attachments/half.bin?revision=2&offset=1&last=true", "1", 409, "code", "other_upload");
    /* what zong attached, zong doesn't approve, whoever submits it */
    attach(BOSS, D_GUIDE "/attachments/annex.txt?revision=2&last=true", "x", 200, "revision", "3");
    does(CENTRE, D("operation-guide", "CC") "/submit", "{\"revision\":3,\"text\":\"指引\"}", NULL, NULL);
    cannot(BOSS, D("operation-guide", "CC") "/approve", "{\"revision\":4}", 403, "own_draft",
           "another of channel_office at O-CH (chen, zong) can");
    {
        struct web_reply reply = ask(BOSS, "GET", "tasks", NULL);
        assert_null(strstr(reply.text, "\"kind\":\"approve\",\"id\":\"q:operation-guide:CC\""));
        web_reply_free(&reply);
    }
    does(CHANNEL, D("operation-guide", "CC") "/approve", "{\"revision\":4}", NULL, NULL);
}

static void test_design_opens_execution(void **state)
{
    (void)state;
    go_to("2026-09-10");
    does(CHANNEL, D("channel-strategy", "O-CH") "/submit", "{\"revision\":1,\"text\":\"策略\"}", NULL, NULL);
    cannot(BRAND, D("channel-strategy", "O-CH") "/approve", "{\"revision\":2}", 403, "wrong_role",
           "marketing_office at O-MK (ma) can");
    does(BRAND, D("channel-strategy", "O-CH") "/return", "{\"revision\":2,\"reason\":\"与推广冲突\"}", NULL, NULL);
    does(CHANNEL, D("channel-strategy", "O-CH") "/submit", "{\"revision\":3,\"text\":\"策略二稿\"}", NULL, NULL);
    does(MARKETING, D("channel-strategy", "O-CH") "/approve", "{\"revision\":4}", NULL, NULL);
    does(BRAND, D("promotion-plan", "O-BR") "/submit", "{\"revision\":1,\"text\":\"推广\"}", NULL, NULL);
    does(MARKETING, D("promotion-plan", "O-BR") "/approve", "{\"revision\":2}", NULL, NULL);
    /* a plan's version, here still in the works, is named by the plan that it belongs to */
    apply("targets", "{\"period\":\"2026Q4\",\"unit\":\"P\",\"measure\":\"new\",\"amount\":\"100\"}");
    does(CHANNEL, D("sales-organisation-plan", "O-CH") "/submit",
         "{\"revision\":1,\"text\":\"方案\",\"plan\":\"plan:2026Q4/1\"}", "deliverable.plan", "plan:2026Q4/1");
    does(MARKETING, D("sales-organisation-plan", "O-CH") "/approve", "{\"revision\":2}", NULL, NULL);
    sees(CHANNEL, "cycles/q", "cycle.stages.2.state", "waiting"); /* local plans gate it */
    does(CITY1, D("local-plan", "C1") "/submit", "{\"revision\":1,\"text\":\"一市方案\"}", NULL, NULL);
    does(CHANNEL, D("local-plan", "C1") "/approve", "{\"revision\":2}", NULL, NULL);
    does(CITY2, D("local-plan", "C2") "/submit", "{\"revision\":1,\"text\":\"二市方案\"}", NULL, NULL);
    sees(CHANNEL, "cycles/q", "cycle.stages.2.state", "waiting");
    does(CHANNEL, D("local-plan", "C2") "/approve", "{\"revision\":2}", NULL, NULL);
    /* the last gate: execution, monitoring and incentive open together */
    sees(CITY1, "cycles/q", "cycle.stages.2.state", "open");
    sees(CITY1, "cycles/q", "cycle.stages.3.state", "open");
    sees(CITY1, "cycles/q", "cycle.stages.4.state", "open");
    does(CITY1, D("sales-plan", "C1") "/submit", "{\"revision\":1,\"text\":\"销售计划\"}", NULL, NULL);
    does(CENTRE, D("sales-plan", "C1") "/approve", "{\"revision\":2,\"note\":\"好\"}", NULL, NULL);
    cannot(CITY2, D("sales-plan", "C1") "/notes", "{\"revision\":3,\"text\":\"x\"}", 403, "wrong_unit",
           "city_company at C1 (yi)");
    does(CENTRE, D("sales-plan", "C1") "/notes", "{\"revision\":3,\"text\":\"每周跟进\"}", "deliverable.state",
         "approved");
}

/* A small process: outlets owe something that their own city approves, on the line of the tree. */
static void test_a_role_of_many_units(void **state)
{
#define SMALL(title)                                                                                                   \
    "{\"code\":\"small\",\"title_zh\":\"" title "\",\"title_en\":\"x\",\"roles\":[{\"code\":\"outlet_manager\","       \
    "\"title_zh\":\"店长\",\"title_en\":\"x\",\"unit_type\":\"outlet\"},{\"code\":\"city_company\",\"title_zh\":"    \
    "\"地市\","                                                                                                      \
    "\"title_en\":\"x\",\"unit_type\":\"city\"}],\"stages\":[{\"code\":\"one\",\"title_zh\":\"一\",\"title_en\":"     \
    "\"x\","                                                                                                           \
    "\"deliverables\":[{\"code\":\"d\",\"title_zh\":\"物\",\"title_en\":\"x\",\"role\":\"outlet_manager\",\"due\":"   \
    "\"end\",\"responsibilities\":[{\"role\":\"outlet_manager\",\"does\":[\"draft\"]},{\"role\":\"city_company\","     \
    "\"does\":[\"approve\"]}]}]}]}"
    (void)state;
    apply("cycle-templates", SMALL("小流程"));
    does(CHANNEL, "cycles", "{\"template\":\"small\",\"period\":\"2026Q4\",\"code\":\"s\"}", "deliverables", "1");
    apply("cycle-templates", SMALL("改名")); /* what is open keeps the template that it was opened with */
    sees(CHANNEL, "cycles/s", "cycle.title_zh", "小流程");
    does(OUTLET, "deliverables/s:d:T1/submit", "{\"revision\":1,\"text\":\"x\"}", NULL, NULL);
    cannot(CITY2, "deliverables/s:d:T1/approve", "{\"revision\":2}", 403, "wrong_unit", "city_company at C1 (yi) can");
    does(CITY1, "deliverables/s:d:T1/approve", "{\"revision\":2}", "deliverable.stage_state", "done");
    sees(CHANNEL, "cycles/s", "cycle.state", "done");
    sees(CHANNEL, "cycles?state=done", "items.0.code", "s");
    sees(CHANNEL, "cycles?state=open", "items.0.code", "q");
}

static void test_tasks(void **state)
{
    (void)state;
    /* yi owes what of C1 is open: execution, monitoring and incentive are */
    sees(CITY1, "tasks", "items.0.id", "q:local-indicators:C1");
    sees(CITY1, "tasks", "items.0.due", "2026-10-01");
    sees(CITY1, "tasks", "items.0.kind", "submit");
    sees(CITY1, "tasks", "total", "3");
    does(CITY1, D("problem-analysis", "C1") "/submit", "{\"revision\":1,\"text\":\"x\"}", NULL, NULL);
    sees(CITY1, "tasks", "total", "2");
    {
        struct web_reply reply = ask(CENTRE, "GET", "tasks", NULL);
        assert_non_null(strstr(reply.text, "{\"kind\":\"approve\",\"id\":\"q:problem-analysis:C1\""));
        web_reply_free(&reply);
    }
    does(CENTRE, D("problem-analysis", "C1") "/return", "{\"revision\":2,\"reason\":\"没有数据\"}", NULL, NULL);
    {
        struct web_reply reply = ask(CITY1, "GET", "tasks", NULL);
        assert_non_null(strstr(reply.text, "mend it and submit it again: 没有数据"));
        web_reply_free(&reply);
    }
    /* others' tasks are for those who write plans */
    {
        struct web_reply reply = ask(CITY1, "GET", "tasks?person=er", NULL);
        CHECK_INT(reply.status, 403);
        web_reply_free(&reply);
    }
    sees(CHANNEL, "tasks?person=yi", "total", "3");
}

static int set_up(void **state)
{
    (void)state;
    office_start("2026-07-20");
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
        cmocka_unit_test(test_opening),
        cmocka_unit_test(test_time_moves_once),
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_own_draft_and_closed_stage),
        cmocka_unit_test(test_overdue_and_override),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_design_opens_execution),
        cmocka_unit_test(test_a_role_of_many_units),
        cmocka_unit_test(test_tasks),
    };

    return cmocka_run_group_tests_name("cycle", tests, set_up, tear_down);
}
