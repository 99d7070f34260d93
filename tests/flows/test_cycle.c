/* The quarterly cycle from opening to execution, played through the gateway by people of five roles: what each may do,
 * and what each may not, with the reason that is given. The clock is moved by starting planning again. */
#include "support/check.h"
#include "support/web.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static struct stack stack;
static struct web web;

/* --- people --- */

enum who { MARKETING, CHANNEL, BRAND, CENTRE, CITY1, CITY2, BOSS, OUTLET, WHO_COUNT };

static struct {
    const char *name, *roles, *permissions, *subtree;
    char token[64];
} people[WHO_COUNT] = {
    [MARKETING] = { "ma", "{\"role\":\"marketing_office\",\"unit\":\"O-MK\",\"from\":\"2026-01-01\"}",
                    "\"plan.read\",\"plan.act\"", "", "" },
    [CHANNEL] = { "chen", "{\"role\":\"channel_office\",\"unit\":\"O-CH\",\"from\":\"2026-01-01\"}",
                  "\"plan.read\",\"plan.act\",\"plan.write\"", "", "" },
    [BRAND] = { "bai", "{\"role\":\"brand_office\",\"unit\":\"O-BR\",\"from\":\"2026-01-01\"}",
                "\"plan.read\",\"plan.act\"", "", "" },
    [CENTRE] = { "ke", "{\"role\":\"customer_centre\",\"unit\":\"CC\",\"from\":\"2026-01-01\"}",
                 "\"plan.read\",\"plan.act\"", "", "" },
    [CITY1] = { "yi", "{\"role\":\"city_company\",\"unit\":\"C1\",\"from\":\"2026-01-01\"}",
                "\"plan.read\",\"plan.act\"", "C1", "" },
    [CITY2] = { "er", "{\"role\":\"city_company\",\"unit\":\"C2\",\"from\":\"2026-01-01\"}",
                "\"plan.read\",\"plan.act\"", "", "" },
    /* holds two roles, and may open stages early */
    [BOSS] = { "zong",
               "{\"role\":\"channel_office\",\"unit\":\"O-CH\",\"from\":\"2026-01-01\"},"
               "{\"role\":\"customer_centre\",\"unit\":\"CC\",\"from\":\"2026-01-01\"}",
               "\"plan.read\",\"plan.act\",\"plan.override\"", "", "" },
    [OUTLET] = { "dian", "{\"role\":\"outlet_manager\",\"unit\":\"T1\",\"from\":\"2026-01-01\"}",
                 "\"plan.read\",\"plan.act\"", "T1", "" },
};

static struct web_reply ask(enum who who, const char *method, const char *path, const char *body)
{
    static unsigned number;
    char key[32], full[300];

    snprintf(key, sizeof key, "cycle-%u", ++number);
    snprintf(full, sizeof full, "/api/v1/%s", path);
    return web_ask(&web, method, full, people[who].token, key, body);
}

/* The request is granted; `where` = `want` in the answer. */
static void does(enum who who, const char *path, const char *body, const char *where, const char *want)
{
    struct web_reply reply = ask(who, "POST", path, body);

    if (reply.status != 200)
        fail_msg("%s: POST %s: %ld %s", people[who].name, path, reply.status, reply.text);
    if (where && strcmp(web_text(&reply, where), want) != 0)
        fail_msg("%s: POST %s: %s is \"%s\", not \"%s\"", people[who].name, path, where, web_text(&reply, where), want);
    web_reply_free(&reply);
}

static void sees(enum who who, const char *path, const char *where, const char *want)
{
    struct web_reply reply = ask(who, "GET", path, NULL);

    if (reply.status != 200 || strcmp(web_text(&reply, where), want) != 0)
        fail_msg("%s: GET %s: %ld, %s is \"%s\", not \"%s\": %.2000s", people[who].name, path, reply.status, where,
                 web_text(&reply, where), want, reply.text);
    web_reply_free(&reply);
}

/* The request is refused with the status, the code, and words that help. */
static void cannot(enum who who, const char *path, const char *body, long status, const char *code, const char *words)
{
    struct web_reply reply = ask(who, "POST", path, body);

    if (reply.status != status || !strstr(reply.text, code) || !strstr(reply.text, words))
        fail_msg("%s: POST %s: %ld %s, not %ld %s %s", people[who].name, path, reply.status, reply.text, status, code,
                 words);
    web_reply_free(&reply);
}

/* --- the province --- */

static void apply(const char *what, const char *items)
{
    char path[64], *body = malloc(strlen(items) + 32);

    snprintf(path, sizeof path, "/api/v1/apply/%s", what);
    sprintf(body, "{\"items\":[%s]}", items);
    {
        struct web_reply reply = web_do(&web, "POST", path, body);
        web_reply_free(&reply);
    }
    free(body);
}

static void make_province(void)
{
    static const char *const units[][4] = {
        { "O-MK", "营销室", "office", "P" }, { "O-CH", "渠道室", "office", "P" }, { "O-BR", "品牌室", "office", "P" },
        { "CC", "客户中心", "centre", "P" }, { "C1", "一市", "city", "P" },       { "C2", "二市", "city", "P" },
        { "T1", "厅", "outlet", "C1" },
    };

    apply("channels", "{\"code\":\"hall\",\"name\":\"自有营业厅\"}");
    apply("products", "{\"code\":\"mobile\",\"name\":\"移动\"}");
    apply("measures", "{\"code\":\"new\",\"title_zh\":\"新增用户\",\"title_en\":\"New\",\"value\":\"count\"}");
    apply("calendars", "{\"code\":\"cn\",\"classes\":[{\"class\":\"working\",\"weight\":100},{\"class\":\"weekend\","
                       "\"weight\":120}]}");
    apply("periods", "{\"code\":\"2026Q4\",\"from\":\"2026-10-01\",\"until\":\"2027-01-01\",\"calendar\":\"cn\"},"
                     "{\"code\":\"2027Q1\",\"from\":\"2027-01-01\",\"until\":\"2027-04-01\",\"calendar\":\"cn\"}");
    apply("units", "{\"code\":\"P\",\"name\":\"省\",\"type\":\"province\"}");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        char item[300];

        snprintf(item, sizeof item,
                 "{\"code\":\"%s\",\"name\":\"%s\",\"type\":\"%s\",\"relations\":[{\"parent\":\"%s\","
                 "\"from\":\"2026-01-01\"}]}",
                 units[i][0], units[i][1], units[i][2], units[i][3]);
        apply("units", item);
    }
}

static void make_people(void)
{
    for (int i = 0; i < WHO_COUNT; i++) {
        struct web_reply reply;
        char body[600];

        snprintf(body, sizeof body, "{\"code\":\"%s\",\"name\":\"%s\",\"roles\":[%s]}", people[i].name, people[i].name,
                 people[i].roles);
        apply("people", body);
        snprintf(body, sizeof body, "{\"name\":\"%s\",\"permissions\":[%s],\"subtree\":\"%s\"}", people[i].name,
                 people[i].permissions, people[i].subtree);
        reply = web_do(&web, "POST", "/api/v1/tokens", body);
        snprintf(people[i].token, sizeof people[i].token, "%s", web_text(&reply, "token.secret"));
        web_reply_free(&reply);
    }
}

static void apply_templates(void)
{
    char command[600];

    snprintf(command, sizeof command,
             "BIHUAN_URL=http://127.0.0.1:%d BIHUAN_TOKEN_FILE=%s/data/admin.token '%s/bihuan' apply -f "
             "'%s/deploy/templates' --lang en -o csv",
             web.port, stack.dir, getenv("BIHUAN_BIN"), getenv("BIHUAN_SOURCE"));
    if (system(command) != 0)
        fail_msg("%s", command);
}

/* Starts planning at noon of a day. */
static void go_to(const char *day)
{
    stack_kill(&stack, "planning", "a", SIGTERM);
    snprintf(stack.clock, sizeof stack.clock, "%sT12:00:00+08:00@%lld", day, (long long)time(NULL));
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
}

/* --- scenes --- */

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
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 32"), 34);
    go_to("2026-07-28");
    sees(CITY1, D("market-report", "C1"), "deliverable.state", "due");
    for (int i = 0; i < 2; i++) { /* the timer published both cities', once; a restart publishes nothing again */
        for (int n = 0;
             n < 500 && pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 32") < 36; n++)
            nanosleep(&(struct timespec) { .tv_nsec = 20000000 }, NULL);
        nanosleep(&(struct timespec) { .tv_sec = i ? 2 : 0, .tv_nsec = 200000000 }, NULL);
        CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 32"), 36);
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

static void attach(enum who who, const char *path, const char *bytes, long status, const char *where, const char *want)
{
    struct web_reply reply;
    char full[300];

    snprintf(full, sizeof full, "/api/v1/%s", path);
    reply = web_ask(&web, "PUT", full, people[who].token, NULL, bytes);
    if (reply.status != status || (where && strcmp(web_text(&reply, where), want) != 0))
        fail_msg("%s: PUT %s: %ld %s", people[who].name, path, reply.status, reply.text);
    web_reply_free(&reply);
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
    does(CENTRE, D("operation-guide", "CC") "/submit", "{\"revision\":2,\"text\":\"指引\"}", NULL, NULL);
    does(CHANNEL, D("operation-guide", "CC") "/approve", "{\"revision\":3}", NULL, NULL);
}

static void publish_plan(void)
{
    struct web_reply reply;

    apply("targets", "{\"period\":\"2026Q4\",\"unit\":\"P\",\"measure\":\"new\",\"amount\":\"100\"},"
                     "{\"period\":\"2026Q4\",\"unit\":\"C1\",\"measure\":\"new\",\"amount\":\"60\"}");
    reply = web_do(&web, "POST", "/api/v1/plans/publish", "{\"period\":\"2026Q4\"}");
    web_reply_free(&reply);
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
    publish_plan();
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

/* --- guides --- */

#define GUIDE(more)                                                                                                              \
    "{\"guide\":{\"code\":\"g1\",\"kind\":\"operation_guide\",\"title_zh\":\"四季度操作指引\",\"text\":\"先测网速\"," \
    "\"unit\":\"CC\",\"due\":\"2026-09-20\",\"training\":true,\"to\":{\"types\":[\"city\",\"outlet\"]}" more "}}"
#define QUESTION ",\"question\":{\"text\":\"先做什么\",\"options\":[\"推套餐\",\"测网速\"],\"right\":2}"

static void test_guide_is_issued(void **state)
{
    (void)state;
    cannot(CITY1, "guides", GUIDE(QUESTION), 404, "unknown_unit", "CC"); /* out of its subtree */
    cannot(CITY2, "guides", GUIDE(QUESTION), 403, "wrong_unit", "holds no role at");
    cannot(CENTRE, "guides", GUIDE(",\"question\":{\"text\":\"?\",\"options\":[\"a\"],\"right\":2}"), 422, "bad_count",
           "/guide/question/options");
    does(CENTRE, "guides", GUIDE(QUESTION), "guide.addressed", "3");
    sees(CITY1, "guides/g1", "guide.question.right", "0"); /* nobody is told */
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 33"), 1);
    /* a city addresses its own units only */
    cannot(CITY2, "guides",
           "{\"guide\":{\"code\":\"g2\",\"kind\":\"policy\",\"title_zh\":\"x\",\"text\":\"x\",\"unit\":\"C2\","
           "\"due\":\"2026-09-20\",\"to\":{\"types\":[\"outlet\"]}}}",
           422, "out_of_reach", "T1");
    /* a practice card keeps the measure and the days of its baseline */
    cannot(CHANNEL, "guides",
           "{\"guide\":{\"code\":\"p1\",\"kind\":\"practice_card\",\"title_zh\":\"标杆\",\"text\":\"x\","
           "\"unit\":\"O-CH\",\"due\":\"2026-09-20\",\"to\":{\"units\":[\"C2\"]}}}",
           422, "missing_value", "/guide/practice");
    does(CHANNEL, "guides",
         "{\"guide\":{\"code\":\"p1\",\"kind\":\"practice_card\",\"title_zh\":\"标杆\",\"text\":\"x\","
         "\"unit\":\"O-CH\",\"due\":\"2026-09-20\",\"to\":{\"units\":[\"C2\"]},\"practice\":{\"unit\":\"C1\","
         "\"measure\":\"new\",\"baseline_from\":\"2026-08-01\",\"baseline_until\":\"2026-09-01\","
         "\"effect_until\":\"2026-11-01\"}}}",
         "guide.practice.measure", "new");
}

/* Six versions of 90 bytes: 400 bytes are kept in all, so the first two are forgotten and the third is not. */
static void test_replaced_files_are_forgotten(void **state)
{
    char ids[6][24], path[200], bytes[91];

    (void)state;
    for (int i = 0; i < 6; i++) {
        struct web_reply reply;

        memset(bytes, '0' + i, 90);
        bytes[90] = '\0';
        reply = web_ask(&web, "PUT", "/api/v1/guides/g1/attachments/guide.txt?last=true", people[CENTRE].token, NULL,
                        bytes);
        CHECK_INT(reply.status, 200);
        snprintf(ids[i], sizeof ids[i], "%s", web_text(&reply, "attachment.id"));
        web_reply_free(&reply);
    }
    sees(CITY1, "guides/g1", "attachments.0.id", ids[5]);
    sees(CITY1, "guides/g1", "attachments.1.id", "");
    for (int i = 0; i < 6; i++) {
        struct web_reply reply;

        snprintf(path, sizeof path, "attachments/%s", ids[i]);
        reply = ask(CITY1, "GET", path, NULL);
        CHECK_INT(reply.status, i < 2 ? 404 : 200);
        assert_string_equal(web_text(&reply, "code"), i < 2 ? "attachment_gone" : "");
        web_reply_free(&reply);
    }
}

static void test_guide_is_acknowledged(void **state)
{
    (void)state;
    cannot(CITY2, "guides/g1/acknowledge", "{\"unit\":\"C1\",\"answer\":2}", 403, "wrong_unit", "C1");
    cannot(CHANNEL, "guides/g1/acknowledge", "{\"unit\":\"O-CH\",\"answer\":2}", 403, "not_addressed", "O-CH");
    cannot(CITY1, "guides/g1/acknowledge", "{\"unit\":\"C1\"}", 422, "no_answer", "先做什么");
    cannot(CITY1, "guides/g1/acknowledge", "{\"unit\":\"C1\",\"answer\":1}", 422, "wrong_answer", "先做什么");
    does(CITY1, "guides/g1/acknowledge", "{\"unit\":\"C1\",\"answer\":2,\"version\":1}", "unit.acknowledged_by", "yi");
    cannot(CITY1, "guides/g1/acknowledge", "{\"unit\":\"C1\",\"answer\":2}", 409, "acknowledged", "by \\\"yi\\\"");
    does(OUTLET, "guides/g1/acknowledge", "{\"unit\":\"T1\",\"answer\":2}", NULL, NULL);
    cannot(OUTLET, "guides/g1/ready", "{\"unit\":\"T1\",\"materials\":true}", 409, "not_asked", "no such readiness");
    does(OUTLET, "guides/g1/ready", "{\"unit\":\"T1\",\"training\":true}", "unit.trained", "1");
    /* C1 and its outlet of three; one of the three is trained */
    sees(CHANNEL, "guides/g1/readiness", "items.0.acknowledged_ppm", "666666");
    sees(CHANNEL, "guides/g1/readiness", "items.0.ready_ppm", "333333");
    sees(CHANNEL, "guides/g1/readiness", "items.1.unit", "C1");
    sees(CHANNEL, "guides/g1/readiness", "items.1.acknowledged", "2");
    sees(CHANNEL, "guides/g1/readiness", "items.2.acknowledged_ppm", "0");
    sees(CITY1, "guides/g1/readiness", "items.0.addressed", "2"); /* its own subtree */
    sees(CHANNEL, "guides/g1/readiness?each=true&unit=C1", "items.1.acknowledged_by", "dian");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 34"), 3);
    /* the next version is acknowledged anew; the old one cannot be */
    does(CENTRE, "guides", GUIDE(""), "guide.version", "2");
    cannot(CITY1, "guides/g1/acknowledge", "{\"unit\":\"C1\",\"version\":1}", 409, "stale_version", "version 2");
    sees(CHANNEL, "guides/g1", "guide.acknowledged", "0");
    sees(CHANNEL, "guides/g1?version=1", "guide.acknowledged", "2");
    does(CITY1, "guides/g1/acknowledge", "{\"unit\":\"C1\",\"version\":2}", NULL, NULL);
}

/* --- tasks --- */

static void test_tasks(void **state)
{
    (void)state;
    /* yi owes what of C1 is open: execution, monitoring and incentive are */
    sees(CITY1, "tasks", "items.0.id", "q:local-indicators:C1");
    sees(CITY1, "tasks", "items.0.due", "2026-10-01");
    sees(CITY1, "tasks", "items.0.kind", "submit");
    sees(CITY1, "tasks", "total", "3");
    /* er has a practice card and version 2 of the guide to acknowledge, before all */
    sees(CITY2, "tasks", "items.0.kind", "acknowledge");
    sees(CITY2, "tasks", "items.1.kind", "acknowledge");
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

/* --- materials and certificates --- */

static void test_material_reaches_the_outlets(void **state)
{
    static const char asked[] =
        "{\"material\":{\"code\":\"m1\",\"kind\":\"material\",\"title_zh\":\"海报\",\"text\":\"新套餐海报\",\"unit\":"
        "\"CC\",\"needed_by\":\"2026-09-25\",\"design_unit\":\"O-BR\",\"localise_unit\":\"C1\",\"ship_unit\":\"CC\","
        "\"to\":{\"types\":[\"outlet\"]}}}";

    (void)state;
    cannot(BRAND, "materials", asked, 403, "wrong_unit", "CC");
    does(CENTRE, "materials", asked, "material.state", "requested");
    cannot(CENTRE, "materials", asked, 409, "material_exists", "m1");
    cannot(CENTRE, "materials/m1/move", "{\"revision\":1}", 403, "wrong_unit", "O-BR");
    cannot(BRAND, "materials/m1/move", "{\"revision\":2}", 409, "stale_revision", "revision 1");
    does(BRAND, "materials/m1/move", "{\"revision\":1}", "material.state", "designed");
    cannot(CITY1, "materials/m1/move", "{\"revision\":2,\"back\":true}", 422, "missing_value", "/note");
    does(CITY1, "materials/m1/move", "{\"revision\":2,\"back\":true,\"note\":\"尺寸不对\"}", "material.state",
         "requested");
    does(BRAND, "materials/m1/move", "{\"revision\":3}", NULL, NULL);
    does(CITY1, "materials/m1/move", "{\"revision\":4}", "material.state", "localised");
    cannot(OUTLET, "materials/m1/confirm", "{\"unit\":\"T1\"}", 409, "wrong_state", "shipped");
    does(CENTRE, "materials/m1/move", "{\"revision\":5}", "material.state", "shipped");
    cannot(CENTRE, "materials/m1/move", "{\"revision\":6}", 409, "wrong_state", "confirm");
    cannot(CITY1, "materials/m1/confirm", "{\"unit\":\"T1\"}", 403, "wrong_unit", "T1");
    cannot(CITY1, "materials/m1/confirm", "{\"unit\":\"C1\"}", 403, "not_addressed", "C1");
    sees(OUTLET, "materials/m1", "missing.0", "T1");
    {
        struct web_reply reply = ask(OUTLET, "GET", "tasks", NULL);
        assert_non_null(strstr(reply.text, "\"kind\":\"material\",\"id\":\"m1\""));
        web_reply_free(&reply);
    }
    does(OUTLET, "materials/m1/confirm", "{\"unit\":\"T1\"}", "material.state", "confirmed");
    cannot(OUTLET, "materials/m1/confirm", "{\"unit\":\"T1\"}", 409, "confirmed", "already");
    sees(OUTLET, "materials/m1", "history.2.note", "尺寸不对");
    sees(OUTLET, "materials/m1", "history.6.state", "confirmed");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 35"), 7);
}

static void test_certificates_gate_training(void **state)
{
#define CERTIFY(person, from)                                                                                          \
    "{\"certificate\":{\"person\":\"" person "\",\"product\":\"mobile\",\"from\":\"" from                              \
    "\",\"until\":\"2027-01-01\",\"unit\":\"CC\"}}"
    (void)state;
    does(CENTRE, "guides",
         "{\"guide\":{\"code\":\"g3\",\"kind\":\"policy\",\"title_zh\":\"x\",\"text\":\"x\",\"unit\":\"CC\",\"due\":"
         "\"2026-09-20\",\"training\":true,\"certificate\":\"mobile\",\"to\":{\"units\":[\"T1\"]}}}",
         NULL, NULL);
    cannot(OUTLET, "guides/g3/ready", "{\"unit\":\"T1\",\"training\":true}", 409, "no_certificate",
           "nobody at \\\"T1\\\"");
    cannot(CITY2, "certificates", CERTIFY("dian", "2026-09-01"), 403, "wrong_unit", "CC");
    cannot(CENTRE, "certificates", CERTIFY("ke", "2026-09-01"), 403, "own_certificate", "own training");
    cannot(CENTRE, "certificates", CERTIFY("nobody", "2026-09-01"), 422, "unknown_person", "/certificate/person");
    does(CENTRE, "certificates", CERTIFY("dian", "2026-10-01"), NULL, NULL); /* not valid yet */
    cannot(OUTLET, "guides/g3/ready", "{\"unit\":\"T1\",\"training\":true}", 409, "no_certificate", "mobile");
    does(CENTRE, "certificates", CERTIFY("dian", "2026-09-01"), NULL, NULL);
    cannot(CENTRE, "certificates", CERTIFY("dian", "2026-09-01"), 409, "certificate_exists", "dian");
    does(OUTLET, "guides/g3/ready", "{\"unit\":\"T1\",\"training\":true}", "unit.trained", "1");
    sees(OUTLET, "certificates?day=2026-09-10", "items.0.from", "2026-09-01");
    sees(OUTLET, "certificates?day=2026-09-10", "items.1.from", "");
    sees(CITY2, "certificates?person=dian", "items.1.from", "2026-10-01");
}

/* --- local and account plans --- */

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
    /* revised in mid-year: negotiated anew, the first version stays */
    does(CITY1, "work-plans/a1/revise", "{\"reason\":\"客户重组\"}", "plan.figures.agreed", "");
    sees(CITY1, "work-plans/a1?version=1", "plan.figures.agreed", "200");
    sees(CITY1, "work-plans?kind=account", "items.0.version", "2");
    sees(CITY2, "work-plans?kind=account&state=approved", "items.0.code", "");
}

/* --- the same by command line --- */

/* Runs `bihuan` with a person's token in the folder of the stack; exit code and words must be as wanted. */
static void runs(enum who who, const char *arguments, int code, const char *words)
{
    static char output[65536];
    char command[1400];
    size_t len;
    FILE *pipe;
    int status;

    snprintf(command, sizeof command,
             "cd '%s' && BIHUAN_URL=http://127.0.0.1:%d BIHUAN_TOKEN=%s LC_ALL=C.UTF-8 '%s/bihuan' %s 2>&1", stack.dir,
             web.port, people[who].token, getenv("BIHUAN_BIN"), arguments);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    len = fread(output, 1, sizeof output - 1, pipe);
    output[len] = '\0';
    status = pclose(pipe);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code || !strstr(output, words))
        fail_msg("bihuan %s: %d \"%s\", wanted %d and \"%s\"", arguments, status, output, code, words);
}

static void put(const char *name, const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", stack.dir, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_command_line(void **state)
{
    (void)state;
    runs(CHANNEL,
         "cycle open pricing --period 2027Q1 --code pr --seat product_manager=O-MK --seat finance_department=O-BR"
         " --seat channel_office=O-CH --seat market_department=P,O-MK --seat general_manager=P"
         " --seat key_account_department=O-CH --seat brand_office=O-BR --seat technical_support=CC",
         0, "cycle opened");
    runs(CHANNEL, "cycle open pricing --period 2027Q1 --seat x", 2, "is not like");
    runs(CHANNEL, "cycle list", 0, "pricing");
    runs(CITY1, "cycle show pr", 0, "pr:market-prices:C1");
    runs(CITY1, "cycle show pr --lang zh", 0, "竞争对手价格采集");
    runs(CITY1, "cycle submit pr:market-prices:C1 --text 价格表 --revision 3", 1, "revision 1");
    put("prices.csv", "a,1\n");
    runs(CITY1, "cycle attach pr:market-prices:C1 prices.csv", 0, "attached prices.csv, 4 bytes");
    runs(CITY1, "cycle submit pr:market-prices:C1 --text 价格表", 0, "submitted");
    runs(CITY1, "cycle approve pr:market-prices:C1", 1, "product_manager at O-MK");
    runs(CITY1, "cycle show pr:market-prices:C1", 0, "prices.csv");
    runs(CITY1, "cycle fetch 9 back.csv && cmp prices.csv back.csv && echo same", 0, "same");
    runs(CENTRE, "guide issue g9 --kind policy --title-zh 新政策 --text 内容 --unit CC --due 2026-12-01 --type city", 0,
         "issued");
    runs(CENTRE, "guide attach g9 prices.csv", 0, "attached");
    runs(CITY1, "guide attach g9 prices.csv", 1, "CC");
    runs(CITY1, "guide ack g9 --unit C1", 0, "acknowledged");
    runs(CHANNEL, "guide readiness g9 -o csv", 0, "C1,一市,1,1,100.00");
    runs(CITY1, "guide show g9", 0, "prices.csv");
    runs(CITY2, "task list --lang zh", 0, "阅读并确认");
    put("plan.yaml", "code: l9\nkind: local\ntitle: 二市方案\nunit: C2\nperiod: 2026Q4\napprover: CC\nsections:\n"
                     "- {code: situation, text: 现状}\nsteps:\n- {text: 铺货, owner: er, due: 2026-10-10}\n");
    runs(CITY2, "plan save plan.yaml", 0, "saved");
    runs(CITY2, "plan save plan.yaml", 0, "saved");
    runs(CITY2, "plan submit l9", 1, "volume_target");
    runs(CITY2, "plan show l9 --lang zh", 0, "现状分析");
    runs(CITY2, "plan list --kind local", 0, "l9");
    runs(CHANNEL, "material list", 0, "m1");
    runs(CENTRE, "certificate issue yi mobile --from 2026-09-01 --unit CC", 0, "certified");
    runs(CENTRE, "certificate list --person yi -o csv", 0, "yi,mobile,2026-09-01");
    runs(CHANNEL, "get deliverables pr --filter state=submitted", 0, "market-prices");
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-07-20T12:00:00+08:00@%lld", (long long)time(NULL));
    web_start(&web, &stack);
    setenv("BIHUAN_ATTACHMENT_MAX_BYTES", "100", 1);
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    make_province();
    make_people();
    apply_templates();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
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
        cmocka_unit_test(test_guide_is_issued),
        cmocka_unit_test(test_replaced_files_are_forgotten),
        cmocka_unit_test(test_guide_is_acknowledged),
        cmocka_unit_test(test_tasks),
        cmocka_unit_test(test_material_reaches_the_outlets),
        cmocka_unit_test(test_certificates_gate_training),
        cmocka_unit_test(test_local_plan),
        cmocka_unit_test(test_steps_are_followed),
        cmocka_unit_test(test_account_plan),
        cmocka_unit_test(test_command_line),
    };

    return cmocka_run_group_tests_name("cycle", tests, set_up, tear_down);
}
