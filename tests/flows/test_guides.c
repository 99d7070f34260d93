/* Guides and their acknowledgement, materials and certificates on real daemons; the same and cycles by command line. */
#include "support/check.h"
#include "support/office.h"

#include <stdio.h>
#include <string.h>

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
    CHECK_INT(pg_number(&office_stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 33"), 1);
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
        reply = upload(CENTRE, "guides/g1/attachments/guide.txt?last=true", bytes);
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
    CHECK_INT(pg_number(&office_stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 34"), 3);
    /* the next version is acknowledged anew; the old one cannot be */
    does(CENTRE, "guides", GUIDE(""), "guide.version", "2");
    cannot(CITY1, "guides/g1/acknowledge", "{\"unit\":\"C1\",\"version\":1}", 409, "stale_version", "version 2");
    sees(CHANNEL, "guides/g1", "guide.acknowledged", "0");
    sees(CHANNEL, "guides/g1?version=1", "guide.acknowledged", "2");
    does(CITY1, "guides/g1/acknowledge", "{\"unit\":\"C1\",\"version\":2}", NULL, NULL);
    /* er has a practice card and version 2 of the guide to acknowledge */
    sees(CITY2, "tasks", "items.0.kind", "acknowledge");
    sees(CITY2, "tasks", "items.1.kind", "acknowledge");
    sees(CITY2, "tasks", "total", "2");
}

/* The centre's own people see all of what it issued, also with a token of the centre's subtree alone. */
static void test_issuer_sees_its_guide(void **state)
{
    struct web_reply reply;

    (void)state;
    sees(TRAINER, "guides?kind=operation_guide", "items.0.code", "g1");
    sees(TRAINER, "guides?kind=operation_guide", "items.0.addressed", "3");
    sees(TRAINER, "guides?kind=practice_card", "items.0.code", ""); /* O-CH to C2 */
    sees(TRAINER, "guides/g1?version=1", "guide.acknowledged", "2");
    sees(TRAINER, "guides/g1/readiness", "items.0.unit", "P");
    sees(TRAINER, "guides/g1/readiness", "items.0.addressed", "3");
    sees(TRAINER, "guides/g1/readiness", "items.2.unit", "C2");
    sees(TRAINER, "guides/g1/readiness?each=true&unit=C1", "items.1.unit", "T1");
    sees(TRAINER, "attachments/6", "attachment.name", "guide.txt");
    /* others' scope stays what it was */
    sees(CITY1, "guides/g1/readiness", "items.0.unit", "C1");
    reply = ask(CITY1, "GET", "guides/g1/readiness?unit=C2", NULL);
    CHECK_INT(reply.status, 404);
    web_reply_free(&reply);
    reply = ask(TRAINER, "GET", "guides/p1", NULL);
    CHECK_INT(reply.status, 404);
    web_reply_free(&reply);
    reply = ask(TRAINER, "GET", "guides/p1/readiness", NULL);
    CHECK_INT(reply.status, 404);
    web_reply_free(&reply);
}

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
    CHECK_INT(pg_number(&office_stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 35"), 7);
}

static void test_materials_of_others_are_hidden(void **state)
{
    static const char *const asks[][3] = {
        { "GET", "materials/m2", NULL },
        { "POST", "materials/m2/move", "{\"revision\":1}" },
        { "POST", "materials/m2/confirm", "{\"unit\":\"T1\"}" },
    };

    (void)state;
    does(CENTRE, "materials",
         "{\"material\":{\"code\":\"m2\",\"kind\":\"tool\",\"title_zh\":\"x\",\"text\":\"x\",\"unit\":\"CC\",\"needed_"
         "by\":"
         "\"2026-09-25\",\"design_unit\":\"O-BR\",\"ship_unit\":\"CC\",\"to\":{\"units\":[\"C2\"]}}}",
         NULL, NULL);
    for (int i = 0; i < 3; i++) {
        struct web_reply reply = ask(OUTLET, asks[i][0], asks[i][1], asks[i][2]);

        CHECK_INT(reply.status, 404);
        assert_string_equal(web_text(&reply, "code"), "unknown_material");
        web_reply_free(&reply);
    }
    sees(OUTLET, "materials", "items.0.code", "m1"); /* as the list has it */
    sees(TRAINER, "materials/m2", "history.0.person", "ke");
    sees(CITY2, "materials/m2", "missing.0", "C2");
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

/* Whoever certifies stands above the person, or in an office: two of a rank can't certify each other. */
static void test_certificates_come_from_above(void **state)
{
#define AT(person, unit)                                                                                               \
    "{\"certificate\":{\"person\":\"" person "\",\"product\":\"mobile\",\"from\":\"2026-08-01\",\"unit\":\"" unit "\"" \
    "}}"
    (void)state;
    cannot(OUTLET, "certificates", AT("er", "T1"), 403, "out_of_reach", "er");
    cannot(OUTLET, "certificates", AT("yi", "T1"), 403, "out_of_reach", "yi");
    cannot(CITY2, "certificates", AT("dian", "C2"), 403, "out_of_reach", "dian");
    does(CITY1, "certificates", AT("dian", "C1"), "certificate.issued_by", "yi");
    does(CHANNEL, "certificates", AT("er", "O-CH"), "certificate.unit", "O-CH");
}

static bool three_are_overdue(void *arg)
{
    (void)arg;
    return pg_number(&office_stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 38") >= 3;
}

static bool long_enough(void *arg)
{
    return ++*(int *)arg > 150;
}

/* p1 (C2 hasn't), g3 (T1 hasn't) and version 2 of g1 (C2 and T1 haven't), once each, across a crash as well. */
static void test_overdue_guides_are_published_once(void **state)
{
    int waited = 0;

    (void)state;
    CHECK_INT(pg_number(&office_stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 38"), 0);
    go_to("2026-09-21");
    assert_true(stack_until(three_are_overdue, NULL, 10));
    sees(CHANNEL, "guides/g1/readiness", "items.0.overdue", "2");
    go_to("2026-09-22");
    (void)stack_until(long_enough, &waited, 5); /* longer than the timer's period */
    CHECK_INT(pg_number(&office_stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 38"), 3);
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
    runs(CITY1, "cycle fetch 7 back.csv && cmp prices.csv back.csv && echo same", 0, "same");
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

/* What a unit acknowledged stays as it was: another file needs another version. */
static void test_acknowledged_files_stay(void **state)
{
    (void)state;
    put("other.csv", "b,2\n");
    attach(CENTRE, "guides/g9/attachments/prices.csv?last=true", "b,2\n", 409, "code", "acknowledged");
    runs(CENTRE, "guide attach g9 other.csv", 1, "issue a new version");
    /* an answer that was lost is given again */
    attach(CENTRE, "guides/g9/attachments/prices.csv?last=true", "a,1\n", 200, "complete", "true");
    runs(CENTRE, "guide issue g9 --kind policy --title-zh 新政策 --text 内容 --unit CC --due 2026-12-01 --type city", 0,
         "issued");
    runs(CENTRE, "guide attach g9 other.csv", 0, "attached");
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
        cmocka_unit_test(test_guide_is_issued),
        cmocka_unit_test(test_replaced_files_are_forgotten),
        cmocka_unit_test(test_guide_is_acknowledged),
        cmocka_unit_test(test_issuer_sees_its_guide),
        cmocka_unit_test(test_material_reaches_the_outlets),
        cmocka_unit_test(test_materials_of_others_are_hidden),
        cmocka_unit_test(test_certificates_gate_training),
        cmocka_unit_test(test_certificates_come_from_above),
        cmocka_unit_test(test_overdue_guides_are_published_once),
        cmocka_unit_test(test_command_line),
        cmocka_unit_test(test_acknowledged_files_stay),
    };

    return cmocka_run_group_tests_name("guides", tests, set_up, tear_down);
}
