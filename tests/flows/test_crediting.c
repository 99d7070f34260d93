/* Crediting by rules on real daemons, each kind of rule worked out by hand; versions, exclusions, closes and late
 * reversals; refusals. Sums are read by SQL of the test's own. */
#include "support/check.h"
#include "support/credits.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/incentive.pb-c.h"

static struct credit_scene scene;

/* Sells on the day, books it, and looks. */
static void sell(const char *key, const char *unit, const char *seller, const char *product, const char *day,
                 int64_t value)
{
    struct fake_events events = { 0 };
    const struct credit_sale sale = { 3, key, 1, unit, seller, product, day, "rev", value, value < 0 };

    credits_add(&scene, &events, &sale);
    credits_send(&scene, &events);
}

struct wanted {
    const char *unit;
    long value;
};

static void check_units(const char *why, const char *key, const struct wanted *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        long have = credits_of(&scene, wanted[i].unit, key, "rev");

        if (have != wanted[i].value)
            fail_msg("%s: %s of record %s has %ld, want %ld", why, wanted[i].unit, key, have, wanted[i].value);
    }
}

#define CHECK_UNITS(why, key, ...)                                                                                     \
    do {                                                                                                               \
        const struct wanted wanted_[] = { __VA_ARGS__ };                                                               \
        check_units(why, key, wanted_, sizeof wanted_ / sizeof wanted_[0]);                                            \
    } while (0)

/* --- each kind by hand -----------------------------------------------------------------------------------------------
 */

/* Each rule fits one product of its own day, so that they don't meet. */
static void test_shares(void **state)
{
    (void)state;
    sell("D-0", "S1", "", "F", "2026-09-01", 100); /* no rule yet */
    CHECK_UNITS("without rules", "D-0", { "S1", 100 }, { "", 100 });
    CHECK_INT(credits_number(&scene, "count(*) FROM incentive.test_pair WHERE kind <> 0"), 0);

    credits_rules(&scene, "{\"code\":\"team\",\"from\":\"2026-09-02\",\"until\":\"2026-09-03\",\"when\":{\"measures\":"
                          "[\"rev\"]},\"shares\":[{\"to\":\"unit\",\"ppm\":600000},{\"to\":\"above\",\"unit_type\":"
                          "\"city\",\"ppm\":400000}]}");
    /* 60.6 and 40.4: 60 and 40, and the one that is left to the larger remainder */
    sell("T-1", "S1", "", "F", "2026-09-02", 101);
    CHECK_UNITS("60/40 of 101", "T-1", { "S1", 61 }, { "C1", 40 }, { "", 101 });
    CHECK_INT(credits_kind(&scene, "S1", "T-1", "rev", 1), -101);
    CHECK_INT(credits_kind(&scene, "S1", "T-1", "rev", 2), 61);
    sell("T-2", "S1", "", "F", "2026-09-02", 1); /* .6 and .4 */
    CHECK_UNITS("one piece", "T-2", { "S1", 1 }, { "C1", 0 }, { "", 1 });
    sell("T-3", "C2", "", "F", "2026-09-02", 10); /* no city above a city: its share stays */
    CHECK_UNITS("nobody above", "T-3", { "C2", 10 });
    CHECK_INT(credits_number(&scene, "sum(value)::bigint FROM incentive.test_pair WHERE key = 'T-3' AND reason ="
                                     " 'no_receiver'"),
              4);

    credits_rules(&scene,
                  "{\"code\":\"thirds\",\"from\":\"2026-09-03\",\"until\":\"2026-09-04\",\"when\":{\"facts\":"
                  "[\"order_line\"],\"measures\":[\"rev\"]},\"shares\":[{\"to\":\"seller\",\"ppm\":333334},"
                  "{\"to\":\"role\",\"role\":\"pm\",\"unit_type\":\"city\",\"ppm\":333333},{\"to\":\"named\",\"unit\":"
                  "\"E\",\"ppm\":333333}]}");
    /* 33.3334, 33.3333, 33.3333: the seller V1 34; the product manager of C1 sells by V1 as well: 34 + 33 */
    sell("H-1", "S1", "V1", "F", "2026-09-03", 100);
    CHECK_UNITS("thirds", "H-1", { "V1", 67 }, { "E", 33 }, { "S1", 0 }, { "", 100 });
    sell("H-2", "S3", "", "F", "2026-09-03", 100); /* neither seller nor product manager at C2 */
    CHECK_UNITS("two find nobody", "H-2", { "S3", 67 }, { "E", 33 }, { "", 100 });
    sell("H-3", "S1", "", "F", "2026-09-04", 100); /* the rule ended */
    CHECK_UNITS("ended", "H-3", { "S1", 100 }, { "", 100 });
    credits_verify(&scene, "shares");
}

/* What is beside is in a unit's sum and those above it, up to where the lines meet. */
static void test_overlays(void **state)
{
    (void)state;
    credits_rules(&scene, "{\"code\":\"cross\",\"from\":\"2026-09-05\",\"until\":\"2026-09-06\",\"when\":{\"measures\":"
                          "[\"rev\"],\"products\":[\"F\"]},\"overlays\":[{\"to\":\"owner\",\"ppm\":1000000,\"owners\":["
                          "{\"product\":\"F\",\"unit\":\"E\"}]}]}");
    sell("O-1", "S1", "", "F1", "2026-09-05", 100); /* F1 is below F */
    /* S1 and E in full; they meet in the province, which has it once */
    CHECK_UNITS("owner", "O-1", { "S1", 100 }, { "E", 100 }, { "C1", 0 }, { "P", -100 }, { "", 100 });
    sell("O-2", "S1", "", "G", "2026-09-05", 100);
    CHECK_UNITS("another product", "O-2", { "S1", 100 }, { "E", 0 }, { "P", 0 });

    credits_rules(
        &scene, "{\"code\":\"pair\",\"from\":\"2026-09-06\",\"until\":\"2026-09-07\",\"when\":{\"measures\":[\"rev\"]},"
                "\"shares\":[{\"to\":\"unit\",\"ppm\":500000},{\"to\":\"named\",\"unit\":\"S3\",\"ppm\":500000}]},"
                "{\"code\":\"beside\",\"from\":\"2026-09-06\",\"until\":\"2026-09-07\",\"when\":{\"measures\":"
                "[\"rev\"]},\"overlays\":[{\"to\":\"named\",\"unit\":\"S3\",\"ppm\":1000000},{\"to\":\"named\","
                "\"unit\":\"S2\",\"ppm\":100000}]}");
    /* S1 and S3 share 100. S3's overlay of 100 meets its own half at S3 (-50) and S1's at P (-50): S3 has 100, C2 100.
     * S2's of 10 meets S1's half at C1 (-5), S3's at P (-5): S2 has 10, C1 50 + 10 - 5 = 55, P 100. */
    sell("O-3", "S1", "", "F", "2026-09-06", 100);
    CHECK_UNITS("two who share, two beside", "O-3", { "S1", 50 }, { "S3", 100 }, { "S2", 10 }, { "C1", -5 },
                { "P", -55 }, { "", 100 });
    credits_verify(&scene, "overlays");
}

/* The lowest order decides; a range looks at the size; what is excluded keeps its reason. */
static void test_exclusions_and_ranges(void **state)
{
    (void)state;
    credits_rules(&scene, "{\"code\":\"gift\",\"from\":\"2026-09-07\",\"until\":\"2026-09-08\",\"order\":1,\"when\":{"
                          "\"measures\":[\"rev\"],\"products\":[\"G\"]},\"exclude\":\"gift\"},"
                          "{\"code\":\"large\",\"from\":\"2026-09-07\",\"until\":\"2026-09-08\",\"order\":2,\"when\":{"
                          "\"measures\":[\"rev\"],\"min\":\"0.01\",\"max\":\"0.02\",\"unit_types\":[\"outlet\"],"
                          "\"units\":[\"C1\"]},\"shares\":[{\"to\":\"named\",\"unit\":\"C2\",\"ppm\":1000000}]}");
    sell("X-1", "S1", "", "G", "2026-09-07", 150); /* gift goes before large */
    CHECK_UNITS("excluded", "X-1", { "S1", 0 }, { "C2", 0 }, { "", 0 });
    CHECK_INT(credits_kind(&scene, "S1", "X-1", "rev", 0), 150); /* recorded all the same */
    CHECK_INT(credits_kind(&scene, "S1", "X-1", "rev", 5), -150);
    sell("X-2", "S1", "", "F", "2026-09-07", 99); /* 0.01 yuan are 100 units */
    CHECK_UNITS("below", "X-2", { "S1", 99 });
    sell("X-3", "S1", "", "F", "2026-09-07", 100);
    CHECK_UNITS("at the beginning", "X-3", { "S1", 0 }, { "C2", 100 });
    sell("X-4", "S1", "", "F", "2026-09-07", 200);
    CHECK_UNITS("at the end", "X-4", { "S1", 200 }, { "C2", 0 });
    sell("X-3", "S1", "", "F", "2026-09-07", -100); /* its reversal */
    CHECK_UNITS("reversed", "X-3", { "S1", 0 }, { "C2", 0 }, { "", 0 });
    sell("X-5", "S3", "", "F", "2026-09-07", 100); /* below C2 */
    CHECK_UNITS("elsewhere", "X-5", { "S3", 100 });
    sell("X-6", "V1", "", "F", "2026-09-07", 100); /* below C1, but no outlet */
    CHECK_UNITS("no outlet", "X-6", { "V1", 100 });
    credits_verify(&scene, "exclusions");
}

/* --- versions --------------------------------------------------------------------------------------------------------
 */

/* A version counts from its day; what it changes is booked beside what was there. */
static void test_versions(void **state)
{
    ProtobufCMessage *reply = NULL;
    Bihuan__ListCreditingRulesReply *list;
    Bihuan__ListCreditingRunsReply *runs;
    struct err err;
    long rows;

    (void)state;
    credits_rules(&scene, "{\"code\":\"v\",\"from\":\"2026-09-10\",\"when\":{\"measures\":[\"rev\"]},\"shares\":["
                          "{\"to\":\"unit\",\"ppm\":500000},{\"to\":\"named\",\"unit\":\"E\",\"ppm\":500000}]}");
    sell("V-1", "S1", "", "F", "2026-09-10", 100);
    sell("V-2", "S1", "", "F", "2026-09-12", 100);
    CHECK_UNITS("version 1", "V-2", { "S1", 50 }, { "E", 50 });
    rows = credits_number(&scene, "count(*) FROM incentive.test_pair");
    credits_rules(&scene, "{\"code\":\"v\",\"from\":\"2026-09-12\",\"when\":{\"measures\":[\"rev\"]},\"shares\":["
                          "{\"to\":\"unit\",\"ppm\":900000},{\"to\":\"named\",\"unit\":\"E\",\"ppm\":100000}]}");
    CHECK_UNITS("before its day", "V-1", { "S1", 50 }, { "E", 50 });
    CHECK_UNITS("from its day", "V-2", { "S1", 90 }, { "E", 10 });
    /* given and two shares of version 1 taken back, given and two of version 2 booked */
    CHECK_INT(credits_number(&scene, "count(*) FROM incentive.test_pair"), rows + 6);
    CHECK_INT(credits_number(&scene, "count(*) FROM incentive.test_pair WHERE key = 'V-2' AND run > 0"), 6);
    credits_verify(&scene, "version 2");

    assert_int_equal(credits_ask(&scene, MSG(LIST_CREDITING_RULES), "{\"code\":\"v\",\"versions\":true}", &reply, &err),
                     0);
    list = (Bihuan__ListCreditingRulesReply *)reply;
    CHECK_INT(list->n_items, 2);
    assert_string_equal(list->items[0]->holds_from, "2026-09-10");
    assert_string_equal(list->items[0]->holds_until, "2026-09-12");
    assert_string_equal(list->items[1]->holds_from, "2026-09-12");
    CHECK_INT(list->items[1]->rule->version, 2);
    assert_int_equal(credits_ask(&scene, MSG(LIST_CREDITING_RUNS), "{\"page\":{\"limit\":1}}", &reply, &err), 0);
    runs = (Bihuan__ListCreditingRunsReply *)reply;
    CHECK_INT(runs->n_items, 1);
    CHECK_INT(runs->items[0]->changed, 1);
    CHECK_INT(runs->items[0]->entries, 6);
    assert_true(runs->items[0]->done);

    /* the same once more changes nothing; a version that ends on its day takes the rule away from then on */
    credits_rules(&scene, "{\"code\":\"v\",\"from\":\"2026-09-12\",\"when\":{\"measures\":[\"rev\"]},\"shares\":["
                          "{\"to\":\"unit\",\"ppm\":900000},{\"to\":\"named\",\"unit\":\"E\",\"ppm\":100000}]}");
    CHECK_INT(credits_number(&scene, "count(*) FROM incentive.crediting_version WHERE version = 3"), 0);
    credits_rules(&scene, "{\"code\":\"v\",\"from\":\"2026-09-11\",\"until\":\"2026-09-11\",\"when\":{\"measures\":"
                          "[\"rev\"]}}");
    CHECK_UNITS("ended: before", "V-1", { "S1", 50 }, { "E", 50 });
    CHECK_UNITS("ended: after", "V-2", { "S1", 100 }, { "E", 0 });
    credits_verify(&scene, "version 3");
}

/* --- what people see -------------------------------------------------------------------------------------------------
 */

static void test_asking(void **state)
{
    ProtobufCMessage *reply = NULL;
    Bihuan__ExplainCreditReply *explained;
    Bihuan__ListCreditTotalsReply *totals;
    Bihuan__ListCreditsReply *list;
    struct err err;

    (void)state;
    assert_int_equal(
        credits_ask(&scene, MSG(EXPLAIN_CREDIT), "{\"sender\":\"crm\",\"record_key\":\"T-1\"}", &reply, &err), 0);
    explained = (Bihuan__ExplainCreditReply *)reply;
    CHECK_INT(explained->n_items, 4);
    assert_string_equal(explained->items[0]->kind, "recorded");
    CHECK_INT(explained->n_reasons, 1);
    assert_string_equal(explained->reasons[0]->rule, "team");
    CHECK_INT(explained->reasons[0]->credited, 101);
    assert_non_null(strstr(explained->reasons[0]->explanation, "S1 +0.0061, C1 +0.0040"));
    assert_int_equal(credits_ask(&scene, MSG(EXPLAIN_CREDIT),
                                 "{\"sender\":\"crm\",\"record_key\":\"X-1\",\"day\":\"2026-09-07\"}", &reply, &err),
                     0);
    explained = (Bihuan__ExplainCreditReply *)reply;
    CHECK_INT(explained->reasons[0]->excluded, 150);
    CHECK_INT(explained->reasons[0]->credited, 0);
    assert_int_equal(
        credits_ask(&scene, MSG(EXPLAIN_CREDIT), "{\"sender\":\"crm\",\"record_key\":\"X-99\"}", NULL, &err), -1);
    assert_string_equal(err.code, "no_such_record");

    assert_int_equal(credits_ask(&scene, MSG(LIST_CREDITS),
                                 "{\"from\":\"2026-09-01\",\"until\":\"2026-10-01\",\"kind\":\"excluded\"}", &reply,
                                 &err),
                     0);
    list = (Bihuan__ListCreditsReply *)reply;
    CHECK_INT(list->n_items, 1);
    assert_string_equal(list->items[0]->reason, "gift");
    assert_int_equal(
        credits_ask(&scene, MSG(LIST_CREDITS),
                    "{\"from\":\"2026-09-01\",\"until\":\"2026-10-01\",\"unit\":\"E\",\"measure\":\"rev\"}", &reply,
                    &err),
        0);
    CHECK_INT(((Bihuan__ListCreditsReply *)reply)->n_items,
              credits_number(&scene, "count(*) FROM incentive.test_pair WHERE unit = 'E' AND measure = 'rev'"));

    assert_int_equal(credits_ask(&scene, MSG(LIST_CREDIT_TOTALS),
                                 "{\"from\":\"2026-09-07\",\"until\":\"2026-09-08\",\"by\":\"unit\"}", &reply, &err),
                     0);
    totals = (Bihuan__ListCreditTotalsReply *)reply;
    CHECK_INT(totals->n_items, 3); /* by what sold: S1, S3, V1 */
    for (size_t i = 0; i < totals->n_items; i++)
        CHECK_INT(totals->items[i]->recorded, totals->items[i]->credited + totals->items[i]->excluded);
    assert_string_equal(totals->items[0]->unit, "S1");
    CHECK_INT(totals->items[0]->recorded, 150 + 99 + 100 + 200 - 100);
    CHECK_INT(totals->items[0]->excluded, 150);
    assert_int_equal(credits_ask(&scene, MSG(LIST_CREDIT_TOTALS),
                                 "{\"from\":\"2026-09-07\",\"until\":\"2026-09-08\",\"by\":\"reason\"}", &reply, &err),
                     0);
    totals = (Bihuan__ListCreditTotalsReply *)reply;
    CHECK_INT(totals->n_items, 1);
    assert_string_equal(totals->items[0]->reason, "gift");
}

/* Who sees C1 only sees what is credited there. */
static void test_subtree(void **state)
{
    ProtobufCMessage *reply = NULL;
    struct err err;

    (void)state;
    scene.stack.subtree = "C1";
    assert_int_equal(
        credits_ask(&scene, MSG(LIST_CREDITS), "{\"from\":\"2026-09-05\",\"until\":\"2026-09-06\"}", &reply, &err), 0);
    CHECK_INT(((Bihuan__ListCreditsReply *)reply)->n_items, 2); /* O-1 and O-2 at S1; not E, not P */
    assert_int_equal(credits_ask(&scene, MSG(LIST_CREDITS), "{\"unit\":\"E\"}", NULL, &err), -1);
    assert_string_equal(err.code, "no_such_unit");
    assert_int_equal(
        credits_ask(&scene, MSG(EXPLAIN_CREDIT), "{\"sender\":\"crm\",\"record_key\":\"H-2\"}", NULL, &err), -1);
    assert_string_equal(err.code, "no_such_record");
    scene.stack.subtree = NULL;
}

static void test_refusals(void **state)
{
    static const struct {
        const char *rule, *place;
    } rows[] = {
        { "\"when\":{\"measures\":[\"rev\"]},\"shares\":[{\"to\":\"unit\",\"ppm\":999999}]",
          "/items/0/shares: the shares" },
        { "\"when\":{\"measures\":[\"per\"]},\"exclude\":\"x\"", "/items/0/when/measures/0: \"per\" is a ratio" },
        { "\"when\":{\"measures\":[\"signed\"]},\"overlays\":[{\"to\":\"named\",\"unit\":\"E\",\"ppm\":1000000}]",
          "/items/0/when/measures/0: \"signed\" is what there is" },
        { "\"when\":{\"measures\":[\"rev\",\"new\"],\"min\":\"1\"},\"exclude\":\"x\"", "/items/0/when/min: an amount" },
        { "\"when\":{\"measures\":[\"rev\"]},\"shares\":[{\"to\":\"named\",\"unit\":\"Z\",\"ppm\":1000000}]",
          "/items/0/shares/0: there is no unit \"Z\"" },
        { "\"when\":{},\"exclude\":\"x\"", "/items/0/when: name the measures" },
        { "\"when\":{\"measures\":[\"rev\"]},\"exclude\":\"x\",\"shares\":[{\"to\":\"unit\",\"ppm\":1000000}]",
          "/items/0/exclude: what is excluded" },
        { "\"when\":{\"measures\":[\"rev\"]}", "/items/0/shares: give shares" },
        { "\"from\":\"2026-09-31\",\"when\":{\"measures\":[\"rev\"]},\"exclude\":\"x\"",
          "/items/0/from: from and until" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err;
        char json[400];

        snprintf(json, sizeof json, "{\"items\":[{\"code\":\"bad\",%s}]}", rows[i].rule);
        assert_int_equal(credits_ask(&scene, MSG(APPLY_CREDITING_RULES), json, NULL, &err), -1);
        if (!strstr(err.text, rows[i].place))
            fail_msg("row %zu: \"%s\" doesn't say \"%s\"", i, err.text, rows[i].place);
    }
    CHECK_INT(credits_number(&scene, "count(*) FROM incentive.document WHERE code = 'bad'"), 0);
}

/* --- a close ---------------------------------------------------------------------------------------------------------
 */

/* September is closed. Its credits stay whatever changes; an order of September taken back in October takes back what
 * it was credited, though S1 has moved to C2 from before the order on. */
static void test_close(void **state)
{
    struct fake_events events = { 0 };
    ProtobufCMessage *reply = NULL;
    struct err err;
    char *before, *after;
    static const char CLOSED[] = "SELECT md5(string_agg(p::text, '' ORDER BY p::text)) FROM incentive.test_pair p WHERE"
                                 " counts_day < '2026-10-01'";

    (void)state;
    credits_complete(&scene, &events, "2026-10-05");
    credits_send(&scene, &events);
    if (credits_ask(&scene, MSG(CLOSE_PERIOD), "{\"period\":\"2026M09\"}", &reply, &err) != 0)
        fail_msg("close: %s", err.text);
    before = pg_value(&scene.stack.pg, CLOSED);
    assert_int_equal(credits_ask(&scene, MSG(APPLY_CREDITING_RULES),
                                 "{\"items\":[{\"code\":\"team\",\"from\":\"2026-09-30\",\"when\":{\"measures\":"
                                 "[\"rev\"]},\"exclude\":\"x\"}]}",
                                 NULL, &err),
                     -1);
    assert_non_null(strstr(err.text, "/items/0/from: days before 2026-10-01 lie in closed periods"));
    credits_rules(&scene, "{\"code\":\"all\",\"from\":\"2026-10-01\",\"when\":{\"measures\":[\"rev\"]},\"shares\":["
                          "{\"to\":\"above\",\"unit_type\":\"city\",\"ppm\":1000000}]}");
    sell("L-1", "S1", "", "F", "2026-10-02", 70);
    CHECK_UNITS("by the new rule", "L-1", { "C1", 70 }, { "S1", 0 });
    stack_apply(&scene.stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"S1\",\"name\":\"一厅\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C2\","
                "\"from\":\"2026-09-01\"}]}]}");
    {
        struct credit_sale back = { 3, "T-1", 1, "S1", "", "F", "2026-09-02", "rev", -101, true };
        struct credit_sale late = { 3, "L-2", 1, "S1", "", "F", "2026-09-02", "rev", 10, false };
        struct credit_sale over = { 3, "O-3", 1, "S1", "", "F", "2026-09-06", "rev", -100, true };

        credits_add(&scene, &events, &back);
        credits_add(&scene, &events, &late);
        credits_add(&scene, &events, &over);
        credits_send(&scene, &events);
    }
    credits_settle(&scene);
    CHECK_UNITS("worked out by the tree of its day", "L-1", { "C2", 70 }, { "C1", 0 }, { "S1", 0 });
    CHECK_UNITS("taken back where it was", "T-1", { "S1", 0 }, { "C1", 0 }, { "C2", 0 }, { "", 0 });
    /* new, though of September: by September's rules and the tree as it is known now; 6 and 4 */
    CHECK_UNITS("late", "L-2", { "S1", 6 }, { "C2", 4 }, { "C1", 0 });
    CHECK_INT(credits_kind(&scene, "S3", "O-3", "rev", 2), 0);
    CHECK_INT(credits_kind(&scene, "S3", "O-3", "rev", 3), 0);
    CHECK_UNITS("all of it", "O-3", { "", 0 });
    after = pg_value(&scene.stack.pg, CLOSED);
    assert_string_equal(before, after);
    credits_verify(&scene, "after the close");
    free(before);
    free(after);

    stack_kill(&scene.stack, "incentive", "a", SIGKILL);
    stack_start(&scene.stack, "incentive", "a");
    stack_wait_ready(&scene.stack, "incentive");
    credits_verify(&scene, "started again");
}

static int set_up(void **state)
{
    (void)state;
    credits_start(&scene);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    credits_stop(&scene);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),   cmocka_unit_test(test_overlays), cmocka_unit_test(test_exclusions_and_ranges),
        cmocka_unit_test(test_versions), cmocka_unit_test(test_asking),   cmocka_unit_test(test_subtree),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_close),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
