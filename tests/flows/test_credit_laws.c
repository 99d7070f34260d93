/* Laws of crediting on random rules, sales, reversals, moves, closes and crashes (BIHUAN_SEED chooses them; the seed is
 * printed):
 *
 *   shares of a contribution come to one; overlays are in no roll-up; recorded = credited + excluded
 *   what is taken back comes to nothing at every unit, in any order of arrival, either side of a close
 *   what was booked as things came is what the same rules make of the same sales at once, in another order
 *   closed credits never change
 *
 * Sums are SQL of the test's own; incentive's verify is looked at beside them. */
#include "support/check.h"
#include "support/credits.h"
#include "support/seed.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/incentive.pb-c.h"

#define SALES_MAX 400
#define RULES_MAX 24

struct sold {
    char key[24];
    struct credit_sale sale;
    char day[12];
    bool reversed;
};

static struct credit_scene scene;
static struct sold sales[SALES_MAX];
static size_t sale_count;
static char rules[RULES_MAX][900]; /* as applied, in order */
static size_t rule_count;
static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

/* --- random things ---------------------------------------------------------------------------------------------------
 */

static const char *const units[] = { "S1", "S2", "S3", "V1", "C1", "E" };
static const char *const products[] = { "F", "F1", "G", "" };
static const char *const receivers[] = {
    "\"to\":\"unit\"",
    "\"to\":\"seller\"",
    "\"to\":\"above\",\"unit_type\":\"city\"",
    "\"to\":\"above\",\"unit_type\":\"outlet\"",
    "\"to\":\"named\",\"unit\":\"E\"",
    "\"to\":\"named\",\"unit\":\"S3\"",
    "\"to\":\"named\",\"unit\":\"C2\"",
    "\"to\":\"role\",\"role\":\"pm\",\"unit_type\":\"city\"",
    "\"to\":\"owner\",\"owners\":[{\"product\":\"F\",\"unit\":\"E\"},{\"product\":\"G\",\"unit\":\"C2\"}]",
};

static size_t put_shares(char *out, size_t cap, const char *field, bool whole)
{
    uint32_t count = 1 + draw(whole ? 4 : 2), left = 1000000;
    size_t at = (size_t)snprintf(out, cap, ",\"%s\":[", field);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t ppm = whole && i + 1 == count ? left : 1 + draw(left - (count - i));

        at += (size_t)snprintf(out + at, cap - at, "%s{%s,\"ppm\":%u}", i ? "," : "",
                               receivers[draw(sizeof receivers / sizeof receivers[0])], ppm);
        left -= whole ? ppm : 0;
    }
    return at + (size_t)snprintf(out + at, cap - at, "]");
}

static void make_rule(char *out, size_t cap, int first_day)
{
    static const char *const whens[] = { "",
                                         ",\"products\":[\"F\"]",
                                         ",\"units\":[\"C1\"]",
                                         ",\"unit_types\":[\"outlet\"]",
                                         ",\"seller\":\"known\"",
                                         ",\"min\":\"0.005\"" };
    uint32_t kind = draw(8), when = draw(6);
    size_t at = (size_t)snprintf(out, cap,
                                 "{\"code\":\"r%u\",\"order\":%u,\"from\":\"%s-%02d\",\"when\":{\"measures\":"
                                 "[\"rev\"%s]%s}",
                                 draw(5), 1 + draw(3), first_day > 30 ? "2026-10" : "2026-09",
                                 first_day > 30 ? first_day - 30 : first_day + (int)draw(12),
                                 draw(2) && when != 5 ? ",\"new\"" : "", whens[when]);

    if (kind == 0)
        at += (size_t)snprintf(out + at, cap - at, ",\"exclude\":\"x%u\"", draw(2));
    if (kind >= 1 && kind <= 5)
        at += put_shares(out + at, cap - at, "shares", true);
    if (kind >= 4)
        at += put_shares(out + at, cap - at, "overlays", false);
    snprintf(out + at, cap - at, "}");
}

static void add_rule(int first_day)
{
    assert_true(rule_count < RULES_MAX);
    make_rule(rules[rule_count], sizeof rules[0], first_day);
    credits_rules(&scene, rules[rule_count++]);
}

/* Before all others and for a few sales only, so that each kind of entry occurs whatever is drawn. */
static void add_sure_rules(void)
{
    static const char *const sure[] = {
        "{\"code\":\"out\",\"order\":0,\"from\":\"2026-09-01\",\"when\":{\"measures\":[\"new\"],\"products\":"
        "[\"G\"],\"units\":[\"S1\"]},\"exclude\":\"x9\"}",
        "{\"code\":\"both\",\"order\":0,\"from\":\"2026-09-01\",\"when\":{\"measures\":[\"rev\"],\"products\":"
        "[\"G\"],\"units\":[\"S1\"]},\"shares\":[{\"to\":\"unit\",\"ppm\":400000},{\"to\":\"named\",\"unit\":"
        "\"C2\",\"ppm\":600000}],\"overlays\":[{\"to\":\"named\",\"unit\":\"E\",\"ppm\":1000000}]}",
    };

    for (size_t i = 0; i < sizeof sure / sizeof sure[0]; i++) {
        snprintf(rules[rule_count], sizeof rules[0], "%s", sure[i]);
        credits_rules(&scene, rules[rule_count++]);
    }
}

/* One that add_sure_rules() means. */
static void sell_surely(struct fake_events *events, const char *measure)
{
    struct sold *sold = &sales[sale_count];

    snprintf(sold->key, sizeof sold->key, "K-%zu", sale_count);
    snprintf(sold->day, sizeof sold->day, "2026-09-28");
    sold->reversed = false;
    sold->sale = (struct credit_sale) { 1, sold->key, 1, "S1", "", "G", sold->day, measure, 7, false };
    credits_add(&scene, events, &sold->sale);
    sale_count++;
}

static void sell(struct fake_events *events, const char *month, int days)
{
    struct sold *sold = &sales[sale_count];
    bool is_new = draw(3) == 0;

    assert_true(sale_count < SALES_MAX);
    snprintf(sold->key, sizeof sold->key, "K-%zu", sale_count);
    snprintf(sold->day, sizeof sold->day, "%s-%02u", month, 1 + draw((uint32_t)days));
    sold->reversed = false;
    sold->sale = (struct credit_sale) { (uint16_t)draw(16),
                                        sold->key,
                                        1,
                                        units[draw(6)],
                                        draw(3) ? "" : "V1",
                                        products[draw(4)],
                                        sold->day,
                                        is_new ? "new" : "rev",
                                        is_new ? 1 + draw(2) : 1 + draw(200),
                                        false };
    credits_add(&scene, events, &sold->sale);
    sale_count++;
}

static void take_back(struct fake_events *events, struct sold *sold)
{
    struct credit_sale back = sold->sale;

    back.value = -back.value;
    back.taken_back = true;
    credits_add(&scene, events, &back);
    sold->reversed = true;
}

/* --- laws ------------------------------------------------------------------------------------------------------------
 */

static void check_none(const char *law, const char *rows)
{
    char sql[1200];
    long count;

    snprintf(sql, sizeof sql, "count(*) FROM (%s) broken", rows);
    count = credits_number(&scene, sql);
    if (count)
        fail_msg("%s: %ld times: %s", law, count, rows);
}

static void check_laws(void)
{
    check_none("shares come to one", "SELECT at, measure FROM incentive.test_pair WHERE kind IN (1, 2) GROUP BY at,"
                                     " measure HAVING sum(value) <> 0");
    check_none(
        "recorded = credited + excluded",
        "SELECT at, measure FROM incentive.test_pair GROUP BY at, measure HAVING sum(value) FILTER (WHERE kind IN"
        " (0, 1, 2, 5)) <> sum(value) FILTER (WHERE kind = 0) + coalesce(sum(value) FILTER (WHERE kind = 5), 0)");
    check_none("excluded once, whole", "SELECT at, measure FROM incentive.test_pair GROUP BY at, measure HAVING"
                                       " coalesce(sum(value) FILTER (WHERE kind = 5), 0) NOT IN (0, -sum(value) FILTER"
                                       " (WHERE kind = 0))");
    /* all units stand below P: what is beside comes to nothing there */
    check_none("overlays in no roll-up", "SELECT at, measure FROM incentive.test_pair WHERE kind IN (3, 4) GROUP BY at,"
                                         " measure HAVING sum(value) <> 0");
    check_none("no entry without its rule", "SELECT 1 FROM incentive.test_pair WHERE kind <> 0 AND (rule = 0 OR"
                                            " rule_version = 0)");
    credits_verify(&scene, "laws");
}

/* Taken back: nothing is left at any unit. Eliminations follow the tree of the day that counts; see `moved`. */
static void check_reversed(bool moved)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "SELECT key, unit FROM incentive.test_pair WHERE key IN (SELECT key FROM incentive.test_pair WHERE back)%s"
             " GROUP BY key, unit, measure HAVING sum(value) <> 0",
             moved ? " AND kind <> 4" : "");
    check_none("order + reversal = 0", sql);
}

/* What each record is credited by kind, rule and unit, whenever it was booked. */
static char *state_text(void)
{
    return pg_value(
        &scene.stack.pg,
        "SELECT coalesce(string_agg(format('%s %s %s %s %s %s %s %s', key, measure, unit, n.kind, r.code,"
        " rule_version, reason, value), E'\\n' ORDER BY key, measure, unit, n.kind, r.code, rule_version,"
        " reason), '') FROM (SELECT key, measure, unit, kind, rule, rule_version, reason, sum(value) AS value"
        " FROM incentive.test_pair GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(value) <> 0) n LEFT JOIN"
        " incentive.document r ON r.kind = 'crediting_rule' AND r.id = n.rule");
}

/* --- the tests -------------------------------------------------------------------------------------------------------
 */

static void crash(void)
{
    stack_kill(&scene.stack, "incentive", "a", SIGKILL);
    stack_start(&scene.stack, "incentive", "a");
    stack_wait_ready(&scene.stack, "incentive");
}

/* Rules between sales, reversals before and after, a crash while credits are worked out anew. */
static void run_mixed(void)
{
    sale_count = rule_count = 0;
    add_sure_rules();
    for (int round = 0; round < 5; round++) {
        struct fake_events events = { 0 };

        if (round == 4) {
            sell_surely(&events, "new");
            sell_surely(&events, "rev");
        }
        for (int i = 0; i < 16; i++)
            sell(&events, "2026-09", 28);
        for (int i = 0; i < 4; i++) {
            struct sold *sold = &sales[draw((uint32_t)sale_count)];

            if (!sold->reversed)
                take_back(&events, sold);
        }
        credits_send(&scene, &events);
        add_rule(1);
        if (round == 3) {
            make_rule(rules[rule_count], sizeof rules[0], 1);
            char json[1000];

            snprintf(json, sizeof json, "{\"items\":[%s]}", rules[rule_count++]);
            stack_apply(&scene.stack, MSG(APPLY_CREDITING_RULES), json);
            crash();
            credits_settle(&scene);
        }
        check_laws();
        check_reversed(false);
    }
}

/* The same rules first, then the same sales in another order; a reversal behind what it takes back. */
static void run_at_once(void)
{
    size_t order[SALES_MAX];
    struct fake_events events = { 0 };

    for (size_t i = 0; i < rule_count; i++)
        credits_rules(&scene, rules[i]);
    for (size_t i = 0; i < sale_count; i++)
        order[i] = i;
    for (size_t i = sale_count; i > 1; i--) {
        size_t k = draw((uint32_t)i), t = order[i - 1];

        order[i - 1] = order[k];
        order[k] = t;
    }
    for (size_t i = 0; i < sale_count; i++)
        credits_add(&scene, &events, &sales[order[i]].sale);
    for (size_t i = sale_count; i > 0; i--)
        if (sales[order[i - 1]].reversed)
            take_back(&events, &sales[order[i - 1]]);
    credits_send(&scene, &events);
    check_laws();
}

static void test_incremental_is_full(void **state)
{
    char *mixed, *at_once;

    (void)state;
    credits_start(&scene);
    run_mixed();
    mixed = state_text();
    assert_true(credits_number(&scene, "count(*) FROM incentive.test_pair WHERE run > 0") > 0);
    credits_stop(&scene);
    credits_start(&scene);
    run_at_once();
    at_once = state_text();
    CHECK_INT(credits_number(&scene, "count(*) FROM incentive.test_pair WHERE run > 0"), 0);
    assert_true(credits_number(&scene, "count(DISTINCT kind) FROM incentive.test_pair") == 6);
    if (strcmp(mixed, at_once) != 0)
        fail_msg("booked as things came:\n%s\nat once:\n%s", mixed, at_once);
    free(mixed);
    free(at_once);
    credits_stop(&scene);
}

static void close_september(void)
{
    struct fake_events events = { 0 };
    ProtobufCMessage *reply = NULL;
    struct err err;

    credits_complete(&scene, &events, "2026-10-10");
    credits_send(&scene, &events);
    if (credits_ask(&scene, MSG(CLOSE_PERIOD), "{\"period\":\"2026M09\"}", &reply, &err) != 0)
        fail_msg("close: %s", err.text);
}

static char *closed_text(void)
{
    return pg_value(&scene.stack.pg,
                    "SELECT md5(string_agg(p::text, '' ORDER BY p::text)) || (SELECT string_agg(hash, ',' ORDER BY"
                    " unit_id) FROM incentive.statement) FROM incentive.test_pair p WHERE counts_day < '2026-10-01'");
}

/* September closes between orders and what takes them back; outlets move to the other city, from before their orders.
 */
static void test_either_side_of_a_close(void **state)
{
    struct fake_events events = { 0 };
    char *before, *after;

    (void)state;
    credits_start(&scene);
    sale_count = rule_count = 0;
    for (int i = 0; i < 5; i++)
        add_rule(1);
    for (int i = 0; i < 60; i++)
        sell(&events, "2026-09", 28);
    credits_send(&scene, &events);
    close_september();
    before = closed_text();
    for (int i = 0; i < 3; i++)
        add_rule(31 + i);
    stack_apply(&scene.stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"S2\",\"name\":\"二厅\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C2\","
                "\"from\":\"2026-09-01\"}]}]}");
    for (int i = 0; i < 20; i++) {
        sell(&events, "2026-10", 9);
        sell(&events, "2026-09", 28); /* late */
    }
    for (size_t i = 0; i < sale_count; i += 2)
        take_back(&events, &sales[i]);
    credits_send(&scene, &events);
    stack_apply(&scene.stack, MSG(APPLY_UNITS),
                "{\"items\":[{\"code\":\"S3\",\"name\":\"三厅\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C1\","
                "\"from\":\"2026-10-01\"}]}]}");
    add_rule(34);
    credits_settle(&scene);
    check_laws();
    check_reversed(true);
    after = closed_text();
    assert_string_equal(before, after);
    free(before);
    free(after);
    credits_stop(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_incremental_is_full),
        cmocka_unit_test(test_either_side_of_a_close),
    };

    seed = test_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
