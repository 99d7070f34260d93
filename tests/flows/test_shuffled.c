/* Replayed and shuffled streams come to the same state (BIHUAN_SEED chooses the sales; the seed is printed): the same
 * records, some corrected, some taken back, shared by a rule, are sent to two installations: to the first as they
 * happened, to the second in a random order of records, in pieces, with the daemon killed in the midst so that streams
 * are read again. Credits, scores, ranks and the ledger of pay with its lines are compared by SQL, and so is a
 * statement's body but for the numbers of its entries. */
#include "support/check.h"
#include "support/credits.h"
#include "support/seed.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/incentive_pay.pb-c.h"

#define RECORDS 60
#define PIECES  5

/* What became of one record: sold; and corrected; and taken back. */
struct record {
    char key[16], day[12];
    struct credit_sale sold;
    bool corrected, gone;
};

static struct credit_scene scene;
static struct record records[RECORDS];
static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static void make_records(void)
{
    static const char *const units[] = { "S1", "S2", "S3", "V1", "C1" }, *const products[] = { "F", "F1", "G", "" };

    for (size_t i = 0; i < RECORDS; i++) {
        struct record *record = &records[i];
        bool is_new = i % 2 == 0;

        snprintf(record->key, sizeof record->key, "X-%zu", i);
        snprintf(record->day, sizeof record->day, "2026-09-%02u", 1 + draw(28));
        record->corrected = i % 5 == 1; /* forced: every kind occurs */
        record->gone = i % 7 == 2;
        record->sold = (struct credit_sale) { (uint16_t)draw(16),
                                              record->key,
                                              1,
                                              units[draw(5)],
                                              "",
                                              products[draw(4)],
                                              record->day,
                                              is_new ? "new" : "rev",
                                              is_new ? 1 + draw(9) : 10000 * (1 + draw(900)),
                                              false };
    }
}

/* A record's own messages keep their order, as they do on a stream. */
static void say(struct fake_events *events, const struct record *record)
{
    struct credit_sale sale = record->sold;

    credits_add(&scene, events, &sale);
    if (record->corrected) {
        sale.taken_back = true;
        sale.value = -sale.value;
        credits_add(&scene, events, &sale);
        sale.taken_back = false;
        sale.value = -sale.value * 2;
        sale.version++;
        sale.unit = "S3";
        credits_add(&scene, events, &sale);
    }
    if (record->gone) {
        sale.taken_back = true;
        sale.value = -sale.value;
        credits_add(&scene, events, &sale);
    }
}

static void apply_rules(void)
{
    stack_apply(
        &scene.stack, MSG(APPLY_PAY_PLANS),
        "{\"items\":[{\"code\":\"shop\",\"from\":\"2026-09-01\",\"unit_types\":[\"outlet\",\"city\"],\"cadence\":"
        "\"month\",\"consents\":[\"cliff\",\"rich\"],\"components\":[{\"code\":\"grid\",\"kind\":\"rate\",\"measure\":"
        "\"new\",\"over\":\"volume\",\"rate\":\"slab\",\"hold_ppm\":300000,\"hold_days\":9,\"bands\":[{\"from\":\"0\"}"
        ",{\"from\":\"20\"}],\"axes\":[{\"by\":\"volume\",\"measure\":\"rev\",\"bands\":[{},{\"from\":\"500\"}]}],"
        "\"rows\":[{\"at\":[1],\"amounts\":[\"1\",\"2\"]},{\"at\":[2],\"amounts\":[\"3\",\"4.5\"]}]},{\"code\":"
        "\"share\",\"kind\":\"rate\",\"measure\":\"rev\",\"over\":\"volume\",\"bands\":[{\"from\":\"0\",\"rate_ppm\":"
        "12345},{\"from\":\"300\",\"rate_ppm\":54321}]},{\"code\":\"mix\",\"kind\":\"score\",\"measure\":\"new\","
        "\"amount\":\"777.77\",\"base_ppm\":600000},{\"code\":\"race\",\"kind\":\"contest\",\"measure\":\"new\","
        "\"from\":\"2026-09-03\",\"until\":\"2026-09-20\",\"rewards\":[{\"from_rank\":1,\"to_rank\":2,\"amount\":"
        "\"33.33\"}]}]}]}");
    credits_rules(&scene,
                  "{\"code\":\"team\",\"order\":10,\"from\":\"2026-09-05\",\"when\":{\"measures\":[\"rev\",\"new\"],"
                  "\"units\":[\"S1\"]},\"shares\":[{\"to\":\"unit\",\"ppm\":333333},{\"to\":\"named\",\"unit\":\"S2\","
                  "\"ppm\":666667}]}");
}

static bool is_scored(void *arg)
{
    (void)arg;
    return pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive.score WHERE as_of = '2026-09-30'") > 0;
}

static char *state_of_all(void)
{
    return pg_value(
        &scene.stack.pg,
        "SELECT (SELECT string_agg(x::text, E'\\n' ORDER BY x::text) FROM (SELECT unit, key, measure, kind, day, "
        "counts_day,"
        " sum(value) FROM incentive.test_pair GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(value) <> 0) x) || E'\\n' ||"
        " (SELECT string_agg(s::text, E'\\n' ORDER BY s::text) FROM (SELECT unit_id, score_milli, rank, as_of FROM"
        " incentive.score) s) || E'\\n' || (SELECT string_agg(p::text, E'\\n' ORDER BY p::text) FROM (SELECT unit_id,"
        " component, kind, sum(amount) FROM incentive.pay_entry GROUP BY 1, 2, 3) p) || E'\\n' || (SELECT string_agg("
        "q::text, E'\\n' ORDER BY q::text) FROM (SELECT unit_id, component, target, days_in_force, score_milli, rank,"
        " axes, volume, earned, held, lines, reason FROM incentive.pay_part) q)");
}

/* A statement up to its entries: plans, inputs, every component with every line. */
static char *statement_of(const char *unit)
{
    char json[80], *text, *end;

    snprintf(json, sizeof json, "{\"period\":\"2026M09\",\"unit\":\"%s\"}", unit);
    text = strstr(((const Bihuan__GetPayStatementReply *)stack_apply(&scene.stack, MSG(GET_PAY_STATEMENT), json))->file,
                  "\"body\":");
    assert_non_null(text);
    end = strstr(text, "\"entries\":");
    assert_non_null(end);
    return strndup(text, (size_t)(end - text));
}

static void finish(char **state, char **statement)
{
    struct fake_events events = { 0 };

    credits_settle(&scene);
    credits_complete(&scene, &events, "2026-10-02");
    credits_send(&scene, &events);
    assert_true(stack_until(is_scored, NULL, 20));
    stack_apply(&scene.stack, MSG(CALCULATE_PAY), "{\"period\":\"2026M09\"}");
    CHECK_INT(((const Bihuan__VerifyPayReply *)stack_apply(&scene.stack, MSG(VERIFY_PAY), "{}"))->different, 0);
    credits_verify(&scene, "at the end");
    *state = state_of_all();
    *statement = statement_of("S2");
}

static void come_back(void)
{
    scene.stack.extra[0] = "--score_interval_ms=100";
    stack_start(&scene.stack, "incentive", "a");
    scene.stack.extra[0] = NULL;
    stack_wait_ready(&scene.stack, "incentive");
}

static void as_it_happened(char **state, char **statement)
{
    struct fake_events events = { 0 };

    credits_start(&scene);
    apply_rules();
    for (size_t i = 0; i < RECORDS; i++)
        say(&events, &records[i]);
    credits_send(&scene, &events);
    finish(state, statement);
    credits_stop(&scene);
}

/* The rule comes when half of the records are there, so that they are worked out anew. */
static void shuffled(char **state, char **statement)
{
    size_t order[RECORDS] = { 0 };

    for (size_t i = 0; i < RECORDS; i++) {
        size_t at = draw((uint32_t)i + 1);

        order[i] = order[at];
        order[at] = i;
    }
    credits_start(&scene);
    for (size_t piece = 0; piece < PIECES; piece++) {
        struct fake_events events = { 0 };

        for (size_t i = piece * RECORDS / PIECES; i < (piece + 1) * RECORDS / PIECES; i++)
            say(&events, &records[order[i]]);
        if (piece == 3)
            stack_kill(&scene.stack, "incentive", "a", SIGKILL); /* it reads this one when it is back */
        if (piece == 3)
            fake_feedback_send(&scene.stack, &events);
        else
            credits_send(&scene, &events);
        if (piece == 1)
            apply_rules();
        if (piece == 3)
            come_back();
    }
    finish(state, statement);
    credits_stop(&scene);
}

static void test_same_state(void **unused)
{
    char *state[2], *statement[2];

    (void)unused;
    make_records();
    as_it_happened(&state[0], &statement[0]);
    shuffled(&state[1], &statement[1]);
    if (strcmp(state[0], state[1]) != 0)
        fail_msg("as it happened:\n%s\n\nshuffled:\n%s", state[0], state[1]);
    if (strcmp(statement[0], statement[1]) != 0)
        fail_msg("as it happened:\n%s\n\nshuffled:\n%s", statement[0], statement[1]);
    for (int i = 0; i < 2; i++) {
        free(state[i]);
        free(statement[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_same_state) };

    seed = test_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
