/* What a plan may have caused, on real daemons; figures by hand beside the data. Twelve outlets are paid more from
 * their hundredth on: nine end at 100 or 101, one at 99; one sells on the last days what comes back later; two activate
 * what nobody uses. */
#include "support/check.h"
#include "support/command.h"
#include "support/credits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/incentive_patterns.pb-c.h"

#define OUTLETS 12

static struct credit_scene scene;
static struct web web;
static char codes[OUTLETS][8], keys[400][16];
static size_t key_count;

static ProtobufCMessage *must(uint32_t type, const char *json)
{
    ProtobufCMessage *reply = NULL;
    struct err err;

    if (credits_ask(&scene, type, json, &reply, &err) != 0)
        fail_msg("%s: %s (%s)", json, err.text, err.code);
    return reply;
}

static const Bihuan__FindPatternsReply *patterns(const char *rest)
{
    char json[240];

    snprintf(json, sizeof json, "{\"period\":\"2026M09\",%s}", rest);
    return (const Bihuan__FindPatternsReply *)must(MSG(FIND_PATTERNS), json);
}

static const char *new_key(void)
{
    snprintf(keys[key_count], sizeof keys[0], "K-%03zu", key_count);
    return keys[key_count++];
}

static void put(struct fake_events *events, const char *key, uint32_t version, const char *unit, const char *day,
                const char *measure, int64_t value)
{
    const struct credit_sale sale = {
        (uint16_t)(strtol(key + 2, NULL, 10) % 16), key, version, unit, "", "", day, measure, value, value < 0
    };

    credits_add(&scene, events, &sale);
}

static void sell_outlets(struct fake_events *events)
{
    /* the second order is the one that carries over 100 */
    static const int ends[OUTLETS] = { 100, 101, 100, 100, 101, 101, 100, 100, 101, 99, 50, 103 };

    for (int i = 0; i < OUTLETS; i++) {
        int64_t each = i == 0 ? 0 : i == 1 ? 4500 : i == 2 ? 5000 : 50000;

        put(events, new_key(), 1, codes[i], "2026-09-05", "new", 30);
        put(events, new_key(), 1, codes[i], "2026-09-29", "new", ends[i] - 30);
        if (each)
            put(events, new_key(), 1, codes[i], "2026-09-30", "rev", each * ends[i]);
    }
}

/* S1: 20 orders on the days before, one of them cancelled and one corrected; 4 on the last five, 3 of them cancelled.
 */
static void sell_and_cancel(struct fake_events *events)
{
    const char *key = NULL;

    for (int i = 0; i < 20; i++) {
        key = new_key();
        put(events, key, 1, "S1", "2026-09-10", "new", 1);
        if (i < 2)
            put(events, key, 1, "S1", "2026-09-10", "new", -1);
        if (i == 1)
            put(events, key, 2, "S1", "2026-09-11", "new", 1);
    }
    for (int i = 0; i < 4; i++) {
        key = new_key();
        put(events, key, 1, "S1", "2026-09-26", "new", 1);
        if (i < 3)
            put(events, key, 1, "S1", "2026-09-26", "new", -1);
        put(events, new_key(), 1, "S3", "2026-09-27", "new", 1); /* as many on the last days, and all stay */
    }
    put(events, new_key(), 1, "S1", "2026-09-30", "rev", 50000 * (INT64_C(19) + 1));
    put(events, new_key(), 1, "S3", "2026-09-30", "rev", INT64_C(50000) * 4);
}

static void test_thresholds(void **state)
{
    const Bihuan__FindPatternsReply *reply;
    const Bihuan__Pattern *found;

    (void)state;
    must(MSG(CALCULATE_PAY), "{\"period\":\"2026M09\"}");
    reply = patterns("\"kind\":\"thresholds\"");
    CHECK_INT(reply->looked, OUTLETS + 3);
    CHECK_INT(reply->n_items, 1);
    found = reply->items[0];
    assert_string_equal(found->threshold, "100");
    CHECK_INT(found->count, 9);
    CHECK_INT(found->of, 10); /* 99 is within 2 % below, 103 isn't within 2 % above */
    CHECK_INT(found->chance_ppm, 10742);
    CHECK_INT(found->n_lines, 9);
    for (size_t i = 0; i < found->n_lines; i++) {
        assert_string_equal(found->lines[i]->day, "2026-09-29");
        assert_true(found->lines[i]->volume == 100 || found->lines[i]->volume == 101);
        CHECK_INT(found->lines[i]->value, found->lines[i]->volume - 30);
    }
    CHECK_INT(patterns("\"kind\":\"thresholds\",\"window_ppm\":40000")->items[0]->count, 10); /* 103 too */
}

static void test_cancelled(void **state)
{
    const Bihuan__FindPatternsReply *reply = patterns("\"kind\":\"cancelled\",\"measure\":\"new\"");
    const Bihuan__Pattern *found;

    (void)state;
    CHECK_INT(reply->n_items, 1);
    found = reply->items[0];
    assert_string_equal(found->unit, "S1");
    CHECK_INT(found->count, 3);
    CHECK_INT(found->of, 4);
    CHECK_INT(found->rest, 1);
    CHECK_INT(found->rest_of, 20);
    CHECK_INT(found->chance_ppm, 7623);
    CHECK_INT(found->n_lines, 3);
    assert_string_equal(found->lines[0]->day, "2026-09-26");
    CHECK_INT(found->lines[0]->value, 1);
    CHECK_INT(patterns("\"kind\":\"cancelled\",\"measure\":\"new\",\"limit\":2")->items[0]->n_lines, 2);
    CHECK_INT(patterns("\"kind\":\"cancelled\",\"measure\":\"new\",\"days\":2")->n_items,
              0); /* none on the 29th, 30th */
}

static void test_traffic(void **state)
{
    const Bihuan__FindPatternsReply *reply = patterns("\"kind\":\"traffic\",\"measure\":\"new\",\"traffic\":\"rev\"");

    (void)state;
    CHECK_INT(reply->looked, OUTLETS + 2); /* S2 activated nothing */
    CHECK_INT(reply->n_items, 2);          /* a tenth of the median is enough */
    for (size_t i = 0; i < 2; i++) {
        bool first = strcmp(reply->items[i]->unit, "T01") == 0;

        assert_string_equal(reply->items[i]->unit, first ? "T01" : "T02");
        CHECK_INT(reply->items[i]->count, first ? 100 : 101);
        CHECK_INT(reply->items[i]->traffic, first ? 0 : 4500 * 101);
        CHECK_INT(reply->items[i]->expected, first ? 5000000 : 5050000);
        CHECK_INT(reply->items[i]->n_lines, 2);
        CHECK_INT(reply->items[i]->lines[0]->value, 30);
    }
}

static void test_rights_and_mistakes(void **state)
{
    struct err err;

    (void)state;
    scene.stack.subtree = "C2"; /* S1 and the outlets stand below C1 */
    CHECK_INT(patterns("\"kind\":\"cancelled\",\"measure\":\"new\"")->n_items, 0);
    CHECK_INT(patterns("\"kind\":\"traffic\",\"measure\":\"new\",\"traffic\":\"rev\"")->n_items, 0);
    CHECK_INT(patterns("\"kind\":\"thresholds\"")->looked, 1);
    scene.stack.subtree = NULL;
    assert_int_equal(credits_ask(&scene, MSG(FIND_PATTERNS), "{\"period\":\"2026M09\",\"kind\":\"x\"}", NULL, &err),
                     -1);
    assert_string_equal(err.code, "bad_kind");
    assert_int_equal(
        credits_ask(&scene, MSG(FIND_PATTERNS), "{\"period\":\"2026M10\",\"kind\":\"thresholds\"}", NULL, &err), -1);
    assert_string_equal(err.code, "not_calculated");
    assert_int_equal(credits_ask(&scene, MSG(FIND_PATTERNS),
                                 "{\"period\":\"2026M09\",\"kind\":\"cancelled\",\"measure\":\"per\"}", NULL, &err),
                     -1);
    assert_string_equal(err.code, "unknown_measure");
}

static void test_by_command(void **state)
{
    (void)state;
    web_start(&web, &scene.stack);
    command_open(&scene.stack, &web, "commands");
    command_expect("pay patterns thresholds 2026M09", 0, "1.07%");
    command_expect("pay patterns cancelled 2026M09 --measure new", 0, "crm|K-");
    command_expect("pay patterns traffic 2026M09 --measure new --traffic rev -o csv", 0, "T01");
    command_expect("pay patterns cancelled 2026M09", 1, "measure");
}

static bool knows_outlets(void *arg)
{
    (void)arg;
    return pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive.document WHERE kind = 'unit' AND code = 'T12'") ==
           1;
}

static int set_up(void **state)
{
    struct fake_events events = { 0 };
    char json[4000];
    size_t at;

    (void)state;
    credits_start(&scene);
    at = (size_t)snprintf(json, sizeof json, "{\"items\":[");
    for (int i = 0; i < OUTLETS; i++) {
        snprintf(codes[i], sizeof codes[0], "T%02d", i + 1);
        at += (size_t)snprintf(json + at, sizeof json - at,
                               "%s{\"code\":\"%s\",\"name\":\"厅\",\"type\":\"outlet\",\"relations\":[{\"parent\":"
                               "\"C1\",\"from\":\"2026-01-01\"}]}",
                               i ? "," : "", codes[i]);
    }
    snprintf(json + at, sizeof json - at, "]}");
    stack_apply(&scene.stack, MSG(APPLY_UNITS), json);
    assert_true(stack_until(knows_outlets, NULL, 15));
    must(MSG(APPLY_PAY_PLANS),
         "{\"items\":[{\"code\":\"outlets\",\"from\":\"2026-09-01\",\"unit_types\":[\"outlet\"],\"cadence\":\"month\","
         "\"components\":[{\"code\":\"sales\",\"kind\":\"rate\",\"measure\":\"new\",\"over\":\"volume\",\"bands\":["
         "{\"from\":\"0\",\"amount\":\"5\"},{\"from\":\"100\",\"amount\":\"9\"}]}]}]}");
    sell_outlets(&events);
    sell_and_cancel(&events);
    credits_complete(&scene, &events, "2026-10-01");
    credits_send(&scene, &events);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scene.stack.subtree = NULL;
    credits_stop(&scene);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thresholds),          cmocka_unit_test(test_cancelled),  cmocka_unit_test(test_traffic),
        cmocka_unit_test(test_rights_and_mistakes), cmocka_unit_test(test_by_command),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
