/* A closed period made again: incentive's schema is put aside, an empty one gets nothing but incentive's own stream,
 * and from that, planning's and feedback's streams come the same credits, scores, ledger and sealed statements, hash
 * for hash and byte for byte. And once more when no stream has a row left in the data base: from archived files alone.
 * What is compared is SQL over both schemas; sales are random (the seed is printed), rules of crediting change between
 * them, outlets move, orders are taken back on both sides of the close. */
#include "support/check.h"
#include "support/credits.h"
#include "support/seed.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bihuan/archive.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "bihuan/incentive_contracts.pb-c.h"
#include "bihuan/incentive_pay.pb-c.h"

#define SALES_MAX 200

static struct credit_scene scene;
static struct {
    char key[16], day[12];
    struct credit_sale sale;
    bool back;
} sales[SALES_MAX];
static size_t sale_count;
static size_t earned;
static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

/* --- what happens ----------------------------------------------------------------------------------------------------
 */

/* Credits may be worked out anew just then. */
static ProtobufCMessage *must(uint32_t type, const char *json)
{
    ProtobufCMessage *reply = NULL;
    struct err err;

    for (int i = 0; i < 200; i++) {
        if (credits_ask(&scene, type, json, &reply, &err) == 0)
            return reply;
        if (strcmp(err.code, "wait") != 0 && strcmp(err.code, "credits_under_way") != 0)
            break;
        usleep(50000);
    }
    fail_msg("%s: %s (%s)", json, err.text, err.code);
    return NULL;
}

static void by(const char *person, uint32_t type, const char *json)
{
    scene.stack.person = person;
    must(type, json);
    scene.stack.person = NULL;
}

static void sell(struct fake_events *events, const char *month, uint32_t days)
{
    static const char *const units[] = { "S1", "S2", "S3", "V1", "C1" };
    static const char *const products[] = { "F", "F1", "G", "" };
    size_t i = sale_count++;
    bool new = draw(3) == 0;

    assert_true(i < SALES_MAX);
    snprintf(sales[i].key, sizeof sales[i].key, "K-%zu", i);
    snprintf(sales[i].day, sizeof sales[i].day, "%s-%02u", month, 1 + draw(days));
    sales[i].back = false;
    sales[i].sale = (struct credit_sale) { (uint16_t)draw(16),
                                           sales[i].key,
                                           1,
                                           units[draw(5)],
                                           draw(2) ? "" : "V1",
                                           products[draw(4)],
                                           sales[i].day,
                                           new ? "new" : "rev",
                                           new ? 1 + draw(3) : 1000 + draw(900000),
                                           false };
    credits_add(&scene, events, &sales[i].sale);
}

static void take_back(struct fake_events *events, size_t i)
{
    struct credit_sale back = sales[i].sale;

    if (sales[i].back)
        return;
    sales[i].back = back.taken_back = true;
    back.value = -back.value;
    credits_add(&scene, events, &back);
}

/* An order that is earned by cash, part payments of it (some before it, one voided), and a registration. */
static void earn(struct fake_events *events, const char *month, uint32_t days)
{
    char keys[5][16], day[5][12];
    struct credit_record order = { .fact = "order_line",
                                   .unit = "S1",
                                   .product = "F1",
                                   .measure = "rev",
                                   .amount = 10000 + draw(90000),
                                   .quantity = 1,
                                   .customer = "Acme" };
    struct credit_record deal = { .fact = "registration", .unit = "S3", .customer = "Acme", .quantity = 1 + draw(20) };

    for (int i = 0; i < 5; i++) {
        snprintf(keys[i], sizeof keys[i], "E-%zu-%d", earned, i);
        snprintf(day[i], sizeof day[i], "%s-%02u", month, 1 + draw(days));
    }
    earned++;
    deal.key = keys[4];
    deal.day = day[4];
    deal.bucket = (uint16_t)draw(16);
    credits_say(&scene, events, &deal);
    for (int i = 1; i < 4; i++) {
        struct credit_record part = { .bucket = (uint16_t)draw(16),
                                      .fact = "payment",
                                      .key = keys[i],
                                      .day = day[i],
                                      .unit = "S1",
                                      .reference = keys[0],
                                      .amount = 1 + draw(40000),
                                      .quantity = 1 };

        credits_say(&scene, events, &part);
        part.undoes = true;
        if (draw(4) == 0)
            credits_say(&scene, events, &part);
    }
    order.bucket = (uint16_t)draw(16);
    order.key = keys[0];
    order.day = day[0];
    order.value = order.amount;
    credits_say(&scene, events, &order);
}

static void trade(const char *month, uint32_t days, int sold, int returned, const char *complete)
{
    struct fake_events events = { 0 };

    for (int i = 0; i < sold; i++)
        sell(&events, month, days);
    for (int i = 0; i < sold / 4; i++)
        earn(&events, month, days);
    for (int i = 0; i < returned; i++)
        take_back(&events, draw((uint32_t)sale_count));
    if (complete)
        credits_complete(&scene, &events, complete);
    credits_send(&scene, &events);
}

static bool has_read_planning(void *arg)
{
    (void)arg;
    return pg_number(&scene.stack.pg,
                     "SELECT h.seq - p.seq FROM planning.bus_head h JOIN incentive.bus_position p USING"
                     " (bucket) WHERE h.bucket = 0 AND p.source = 'planning'") == 0;
}

static void move(const char *outlet, const char *city)
{
    char json[240];

    snprintf(json, sizeof json,
             "{\"items\":[{\"code\":\"%s\",\"name\":\"厅\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"%s\","
             "\"from\":\"2026-09-05\"}]}]}",
             outlet, city);
    stack_apply(&scene.stack, MSG(APPLY_UNITS), json);
    assert_true(stack_until(has_read_planning, NULL, 15));
    credits_settle(&scene);
}

static void on_day(const char *day)
{
    stack_kill(&scene.stack, "incentive", "a", SIGTERM);
    snprintf(scene.stack.clock, sizeof scene.stack.clock, "%sT12:00:00+08:00@%ld", day, (long)time(NULL));
    stack_start(&scene.stack, "incentive", "a");
    stack_wait_ready(&scene.stack, "incentive");
}

static void rules_and_plans(void)
{
    must(MSG(APPLY_PAY_PLANS),
         "{\"items\":[{\"code\":\"pay\",\"from\":\"2026-09-01\",\"unit_types\":[\"city\",\"outlet\"],\"cadence\":"
         "\"month\",\"components\":[{\"code\":\"sales\",\"kind\":\"rate\",\"measure\":\"rev\",\"over\":\"volume\","
         "\"hold_ppm\":300000,\"hold_days\":20,\"bands\":[{\"from\":\"0\",\"rate_ppm\":50000},{\"from\":\"200\","
         "\"rate_ppm\":80000}]},{\"code\":\"score\",\"kind\":\"score\",\"amount\":\"1000\",\"base_ppm\":600000}]}]}");
    credits_rules(&scene,
                  "{\"code\":\"team\",\"from\":\"2026-09-01\",\"order\":1,\"when\":{\"measures\":[\"rev\"]},"
                  "\"shares\":[{\"to\":\"unit\",\"ppm\":600000},{\"to\":\"above\",\"unit_type\":\"city\","
                  "\"ppm\":400000}]},{\"code\":\"cash\",\"from\":\"2026-09-01\",\"order\":0,\"earns\":\"cash\","
                  "\"when\":{\"measures\":[\"rev\"],\"products\":[\"F1\"]},\"shares\":[{\"to\":\"holder\",\"ppm\":"
                  "300000},{\"to\":\"registration\",\"ppm\":300000,\"otherwise\":\"exclude\"},{\"to\":\"unit\","
                  "\"ppm\":400000}]}");
    must(MSG(APPLY_CUSTOMER_HOLDINGS), "{\"items\":[{\"customer\":\"Acme\",\"holder\":\"PM\",\"from\":"
                                       "\"2026-09-10\"}]}");
}

static bool is_tripped(void *arg)
{
    (void)arg;
    return pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive.internal_order WHERE state = 'tripped'") == 1;
}

static void contracts(void)
{
    by("buyer", MSG(PLACE_INTERNAL_ORDER),
       "{\"order\":{\"buyer\":\"C1\",\"seller\":\"C2\",\"arbiter\":\"E\",\"title\":\"t\",\"amount\":\"50\",\"due\":"
       "\"2026-10-02\",\"pay_plan\":\"pay\"}}");
    by("buyer", MSG(PLACE_INTERNAL_ORDER),
       "{\"order\":{\"buyer\":\"C1\",\"seller\":\"C2\",\"arbiter\":\"E\",\"title\":\"u\",\"amount\":\"9\",\"due\":"
       "\"2026-10-02\"}}");
    by("seller", MSG(MOVE_INTERNAL_ORDER), "{\"id\":1,\"step\":\"agree\"}");
    by("seller", MSG(MOVE_INTERNAL_ORDER), "{\"id\":2,\"step\":\"agree\"}");
    by("seller", MSG(MOVE_INTERNAL_ORDER), "{\"id\":1,\"step\":\"deliver\"}");
    by("seller", MSG(MOVE_INTERNAL_ORDER), "{\"id\":1,\"step\":\"claim\",\"kind\":\"payment\",\"words\":\"done\"}");
    by("buyer", MSG(MOVE_INTERNAL_ORDER), "{\"id\":1,\"step\":\"accept\"}");
}

static void verified(void)
{
    const Bihuan__VerifyPayReply *reply = (const Bihuan__VerifyPayReply *)must(MSG(VERIFY_PAY), "{}");

    if (reply->different)
        fail_msg("the ledger isn't what is to be paid: %s", reply->differences[0]);
}

static void close_september(void)
{
    struct err err;

    must(MSG(CALCULATE_PAY), "{\"period\":\"2026M09\"}");
    trade("2026-09", 30, 10, 3, NULL);
    must(MSG(CALCULATE_PAY), "{\"period\":\"2026M09\"}");
    by("maker", MSG(PROPOSE_ADJUSTMENT),
       "{\"adjustment\":{\"unit\":\"C2\",\"period\":\"2026M09\",\"plan\":\"pay\",\"amount\":\"-12.50\",\"reason\":"
       "\"travel\"}}");
    by("second", MSG(DECIDE_ADJUSTMENT), "{\"id\":1,\"approve\":true}");
    must(MSG(CLOSE_PERIOD), "{\"period\":\"2026M09\"}");
    must(MSG(CALCULATE_PAY), "{\"period\":\"2026M09\"}");
    /* what is refused is no act */
    assert_int_equal(
        credits_ask(&scene, MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026M09\",\"step\":\"review\"}", NULL, &err), -1);
    by("second", MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026M09\",\"step\":\"review\"}");
    by("second", MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026M09\",\"step\":\"close\"}");
    by("second", MSG(EXPORT_PAYMENTS), "{\"period\":\"2026M09\"}");
    by("second", MSG(ACKNOWLEDGE_PAYMENTS), "{\"batch\":1,\"reference\":\"PR-1\"}");
}

static void after_the_close(void)
{
    trade("2026-10", 12, 20, 6, NULL);
    trade("2026-09", 30, 8, 6, "2026-10-13"); /* late */
    move("S3", "C1");
    by("maker", MSG(RAISE_DISPUTE),
       "{\"dispute\":{\"unit\":\"C2\",\"period\":\"2026M09\",\"about\":\"missing\",\"words\":\"K-x is missing\"}}");
    by("second", MSG(MOVE_DISPUTE), "{\"id\":1,\"step\":\"accept\",\"amount\":\"10\",\"reason\":\"found\"}");
    by("third", MSG(DECIDE_ADJUSTMENT), "{\"id\":2,\"approve\":true,\"reason\":\"seen it\"}");
    must(MSG(CALCULATE_PAY), "{\"period\":\"2026M10\"}");
    verified();
}

/* --- what is compared ------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *what, *table, *text; /* text NULL: all columns */
} compared[] = {
    { "closings", "closing", "x.period || x.hash || x.closed_at || x.closed_by" },
    { "statements of scores", "statement", "format('%s %s %s', x.period_id, x.unit_id, x.hash)" },
    { "credits", "credit", NULL },
    { "runs of crediting", "crediting_run", NULL },
    { "versions of rules", "crediting_version", NULL },
    { "versions of cards", "scorecard_version", NULL },
    { "scores", "score",
      "format('%s %s %s %s %s %s', x.period_id, x.unit_id, x.score_milli, x.rank, x.as_of, md5(x.body))" },
    { "plans of pay", "pay_plan_version", NULL },
    /* which one worked out everybody depends on restarts: base_run, and in which run unchanged parts stand */
    { "calculations", "pay_run",
      "format('%s %s %s %s %s %s %s %s %s', x.run_id, x.period_id, x.at, x.run_by, x.as_of,"
      " x.seq, x.crediting, x.basis, x.entries)" },
    { "parts", "pay_part",
      "DISTINCT format('%s %s %s %s %s %s %s %s %s %s %s', x.unit_id, x.plan_id, x.plan_version,"
      " x.component, x.target, x.days, x.score_milli, x.volume, x.earned, x.carried_out, x.held)" },
    { "periods of pay", "pay_period", NULL },
    { "steps of pay", "pay_period_step", NULL },
    { "the ledger", "pay_entry", NULL },
    { "sealed statements", "pay_statement", "format('%s %s %s %s', x.period_id, x.unit_id, x.hash, md5(x.file))" },
    { "adjustments", "pay_adjustment", NULL },
    { "payments", "pay_payment", NULL },
    { "batches", "pay_batch", NULL },
    { "disputes", "dispute", NULL },
    { "steps of disputes", "dispute_step", NULL },
    { "internal orders", "internal_order", NULL },
    { "receipts", "receipt_row", NULL },
    { "registrations", "registration_row", NULL },
    { "holdings of customers", "customer_holding", NULL },
    { "steps of internal orders", "internal_order_step", NULL },
};

/* Rows that only one of both schemas has; the first of them in *one, NULL where there is none. */
static long differing(const char *table, const char *text, long *count, char **one)
{
    struct arena *arena = &scene.stack.arena;
    const char *of = text ? text : "x::text";
    const char *before = arena_printf(arena, "SELECT %s AS t FROM incentive_before.%s x", of, table);
    const char *now = arena_printf(arena, "SELECT %s AS t FROM incentive.%s x", of, table);
    const char *both = arena_printf(arena,
                                    "(SELECT 'before: ' || t FROM (%s EXCEPT ALL %s) b UNION ALL SELECT 'now: '"
                                    " || t FROM (%s EXCEPT ALL %s) n) d(t)",
                                    before, now, now, before);

    *count = pg_number(&scene.stack.pg, arena_printf(arena, "SELECT count(*) FROM incentive_before.%s", table));
    *one = pg_value(&scene.stack.pg, arena_printf(arena, "SELECT string_agg(t, E'\\n') FROM %s", both));
    return pg_number(&scene.stack.pg, arena_printf(arena, "SELECT count(*) FROM %s", both));
}

static bool is_done(void *arg)
{
    (void)arg;
    return pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive.rebuild WHERE next > last") == 1 &&
           pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive_before.bus_position b JOIN incentive.bus_position"
                                      " n USING (source, bucket) WHERE b.seq <> n.seq") == 0 &&
           pg_number(&scene.stack.pg, "SELECT count(*) FROM (SELECT period_id, max(as_of) FROM incentive_before.score"
                                      " GROUP BY 1 EXCEPT SELECT period_id, max(as_of) FROM incentive.score GROUP BY"
                                      " 1) d") == 0;
}

/* As the README says: the schema put aside, an empty one made, the own stream copied into it, state made anew. */
static void make_anew(void)
{
    struct stack *stack = &scene.stack;
    struct err err;

    stack_kill(stack, "incentive", "a", SIGTERM);
    free(pg_value(&stack->pg, "ALTER SCHEMA incentive RENAME TO incentive_before"));
    free(pg_value(&stack->pg, "CREATE SCHEMA incentive AUTHORIZATION bihuan_incentive"));
    snprintf(stack->clock, sizeof stack->clock, "real"); /* the time of day is of no matter */
    stack->extra[0] = "--rebuild=1";
    stack_start(stack, "incentive", "a");
    stack_wait_ready(stack, "incentive");
    CHECK_INT(pg_number(&stack->pg, "SELECT count(*) FROM incentive.bus_position WHERE seq > 0"), 0); /* it waits */
    assert_int_equal(credits_ask(&scene, MSG(CLOSE_PERIOD), "{\"period\":\"2026M09\"}", NULL, &err), -1);
    assert_string_equal(err.code, "rebuilding");
    stack_kill(stack, "incentive", "a", SIGTERM);
    free(pg_value(&stack->pg, "INSERT INTO incentive.bus_stream SELECT * FROM incentive_before.bus_stream"));
    free(pg_value(&stack->pg, "UPDATE incentive.bus_head h SET seq = b.seq FROM incentive_before.bus_head b WHERE"
                              " b.bucket = h.bucket"));
    free(pg_value(&stack->pg, "UPDATE incentive.bus_installation SET incarnation = (SELECT incarnation FROM"
                              " incentive_before.bus_installation)"));
    stack_start(stack, "incentive", "a");
    stack_wait_ready(stack, "incentive");
}

static void crash(void)
{
    stack_kill(&scene.stack, "incentive", "a", SIGKILL);
    stack_start(&scene.stack, "incentive", "a");
    stack_wait_ready(&scene.stack, "incentive");
}

/* --- from files alone ------------------------------------------------------------------------------------------------
 */

static const char *const streams[] = { "planning", "feedback", "incentive" };

static void archive_all(const char *service)
{
    Bihuan__RunArchiveRequest request = BIHUAN__RUN_ARCHIVE_REQUEST__INIT;
    struct err err;

    request.all = true;
    if (stack_ask(&scene.stack, service, MSG(RUN_ARCHIVE), &request.base, NULL, &err) != 0)
        fail_msg("%s: %s", service, err.text);
}

static long rows_left(const char *service)
{
    return pg_number(&scene.stack.pg, arena_printf(&scene.stack.arena, "SELECT count(*) FROM %s.bus_stream", service));
}

/* Readers say every few seconds how far they are: rows go when they have. */
static bool all_pruned(void *arg)
{
    (void)arg;
    for (size_t i = 0; i < 3; i++)
        if (rows_left(streams[i])) {
            archive_all(streams[i]);
            return false;
        }
    return true;
}

static void from_files(void)
{
    struct stack *stack = &scene.stack;

    free(pg_value(&stack->pg, "SET client_min_messages = warning; DROP SCHEMA incentive_before CASCADE"));
    stack->extra[0] = NULL;
    stack_kill(stack, "incentive", "a", SIGTERM);
    stack_start(stack, "incentive", "a");
    stack_wait_ready(stack, "incentive");
    if (!stack_until(all_pruned, NULL, 30))
        fail_msg("streams still have %ld, %ld, %ld rows", rows_left("planning"), rows_left("feedback"),
                 rows_left("incentive"));
    stack_kill(stack, "incentive", "a", SIGTERM);
    for (size_t i = 0; i < 3; i++)
        CHECK_INT(rows_left(streams[i]), 0);
    free(pg_value(&stack->pg, "ALTER SCHEMA incentive RENAME TO incentive_before"));
    free(pg_value(&stack->pg, "CREATE SCHEMA incentive AUTHORIZATION bihuan_incentive"));
    stack->extra[0] = "--rebuild=1";
    stack->extra[1] = "--restore-streams=1";
    stack_start(stack, "incentive", "a");
    stack_wait_ready(stack, "incentive");
}

/* --- tests -----------------------------------------------------------------------------------------------------------
 */

static void same_again(void)
{
    if (!stack_until(is_done, NULL, 60))
        fail_msg("it isn't done: %ld of %ld", pg_number(&scene.stack.pg, "SELECT max(next) FROM incentive.rebuild"),
                 pg_number(&scene.stack.pg, "SELECT max(last) FROM incentive.rebuild"));
    for (size_t i = 0; i < sizeof compared / sizeof compared[0]; i++) {
        char *rows = NULL;
        long count, different = differing(compared[i].table, compared[i].text, &count, &rows);

        if (!count)
            fail_msg("%s: there is none to compare", compared[i].what);
        if (different)
            fail_msg("%s: %ld of %ld rows differ:\n%s", compared[i].what, different, count, rows ? rows : "");
        free(rows);
    }
}

static void test_same_again(void **state)
{
    (void)state;
    rules_and_plans();
    trade("2026-09", 28, 40, 4, NULL);
    move("S2", "C2");
    credits_rules(&scene, "{\"code\":\"beside\",\"from\":\"2026-09-03\",\"when\":{\"measures\":[\"rev\"],\"products\":"
                          "[\"F\"]},\"overlays\":[{\"to\":\"named\",\"unit\":\"E\",\"ppm\":1000000}]}");
    trade("2026-09", 28, 20, 4, "2026-10-01");
    on_day("2026-10-01");
    contracts();
    close_september();
    on_day("2026-10-14");
    assert_true(stack_until(is_tripped, NULL, 15));
    after_the_close();
    assert_true(credits_number(&scene, "count(*) FROM incentive.test_pair WHERE run > 0") > 0);
    assert_true(credits_number(&scene, "count(*) FROM incentive.credit WHERE receipt IS NOT NULL") > 20);
    make_anew();
    crash(); /* in the middle of it, or behind: it goes on */
    same_again();
}

static void test_same_from_files_alone(void **state)
{
    (void)state;
    from_files();
    crash();
    same_again();
    for (size_t i = 0; i < 2; i++) /* what it read */
        CHECK_INT(rows_left(streams[i]), 0);
}

/* It goes on from there as if nothing had been: requests are taken, acts are kept behind those that were. */
static void test_goes_on(void **state)
{
    long acts = pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive.bus_stream WHERE type = 323");

    (void)state;
    CHECK_INT(acts, pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive_before.bus_stream WHERE type = 323"));
    must(MSG(CALCULATE_PAY), "{\"period\":\"2026M10\"}");
    CHECK_INT(pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive.pay_entry"),
              pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive_before.pay_entry"));
    CHECK_INT(pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive.bus_stream WHERE type = 323"), acts + 1);
}

static int set_up(void **state)
{
    (void)state;
    seed = test_seed();
    credits_start(&scene);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scene.stack.person = NULL;
    credits_stop(&scene);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_again),
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_same_from_files_alone),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
