/* Laws of the ledger of pay over random sales, reversals, corrections, targets, plans, rules of crediting, moves of
 * units and products, watermarks, a close and crashes (BIHUAN_SEED chooses them; the seed is printed):
 *
 *   what a calculation of those alone whose pay may have changed books is what a full one comes to: the full one that
 *   follows books nothing, and `verify` finds no difference
 *   what is paid at a flat rate is that rate of the credits, by SQL of the test's own
 *   what a past calculation came to is shown as it was then, whatever plans and facts have become
 *   what a table of two dimensions pays is, by SQL of the test's own, the rate of the row that the sums reach
 *   killed in the midst, a calculation has changed nothing */
#include "support/check.h"
#include "support/credits.h"
#include "support/loop.h"
#include "support/seed.h"

#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "bihuan/incentive.pb-c.h"
#include "bihuan/incentive_pay.pb-c.h"
#include "payplan/paysheet.h"

#define SALES_MAX 300
#define RUNS_MAX  80
#define PAYEES    5

static const char *const payees[PAYEES] = { "C1", "C2", "S1", "S2", "S3" };

struct sold {
    char key[24], day[12];
    struct credit_sale sale;
    bool gone;
};

/* A calculation, and what it came to when it was the last. */
struct run {
    uint32_t id;
    const char *period;
    struct buf results[PAYEES];
};

static struct credit_scene scene;
static struct sold sales[SALES_MAX];
static size_t sale_count, run_count;
static struct run runs[RUNS_MAX];
static const char *open_period = "2026M09";
static unsigned marked = 2, few, steps; /* few: calculations that left somebody out */
static bool goods_below;                /* product G stands below F */
static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static ProtobufCMessage *must(uint32_t type, const char *json)
{
    return stack_apply(&scene.stack, type, json);
}

/* --- plans -----------------------------------------------------------------------------------------------------------
 */

/* Tables of two and three dimensions: new users by the revenue of all beneath, and by the city's score; revenue by the
 * outlet's own new users of F and below, by months of service and by type. */
#define GRID_CITY                                                                                                      \
    "{\"code\":\"grid\",\"kind\":\"rate\",\"measure\":\"new\",\"over\":\"volume\",\"bands\":[{\"from\":\"0\"},{"       \
    "\"from\":"                                                                                                        \
    "\"15\"}],\"axes\":[{\"by\":\"volume\",\"measure\":\"rev\",\"bands\":[{},{\"from\":\"1500\"},{\"from\":\"4000\"}]" \
    "},{"                                                                                                              \
    "\"by\":\"score\",\"bands\":[{},{\"from\":\"10\"}]}],\"rows\":[{\"at\":[1,1],\"amounts\":[\"1\",\"2\"]},{\"at\":[" \
    "2,1],"                                                                                                            \
    "\"amounts\":[\"3\",\"4\"]},{\"at\":[3,1],\"amounts\":[\"5\",\"6\"]},{\"at\":[1,2],\"amounts\":[\"2\",\"3\"]},{"   \
    "\"at\":["                                                                                                         \
    "2,2],\"amounts\":[\"4\",\"5\"]},{\"at\":[3,2],\"amounts\":[\"6\",\"7\"]}]},"
#define GRID_OUTLET                                                                                                    \
    "{\"code\":\"grid\",\"kind\":\"rate\",\"measure\":\"rev\",\"of\":\"own\",\"over\":\"volume\",\"rate\":\"slab\","   \
    "\"clawback\""                                                                                                     \
    ":\"line\",\"bands\":[{\"from\":\"0\"}],\"axes\":[{\"by\":\"volume\",\"measure\":\"new\",\"products\":[\"F\"],"    \
    "\"bands\":["                                                                                                      \
    "{},{\"from\":\"10\"}]},{\"by\":\"months\",\"bands\":[{},{\"from\":\"9\"}]},{\"by\":\"type\",\"bands\":[{\"is\":[" \
    "\"outlet\""                                                                                                       \
    "]},{}]}],\"rows\":[{\"at\":[1,1,1],\"rates_ppm\":[1000]},{\"at\":[2,1,1],\"rates_ppm\":[2000]},{\"at\":[1,2,1],"  \
    "\"rates_ppm\":[3000]},{\"at\":[2,2,1],\"rates_ppm\":[4000]},{\"at\":[1,1,2],\"rates_ppm\":[5000]},{\"at\":[2,1,"  \
    "2]"                                                                                                               \
    ",\"rates_ppm\":[6000]},{\"at\":[1,2,2],\"rates_ppm\":[7000]},{\"at\":[2,2,2],\"rates_ppm\":[8000]}]},"

/* Every kind of component; what moves when a plan changes is `rate`. */
static void apply_plans(unsigned rate, bool more)
{
    char json[4400];

    snprintf(
        json, sizeof json,
        "{\"items\":[{\"code\":\"city-pay\",\"from\":\"2026-09-01\",\"unit_types\":[\"city\"],\"cadence\":\"month\","
        "\"draw\":{\"least\":\"300\"},\"consents\":[\"rich\",\"cliff\"],\"components\":[" GRID_CITY
        "{\"code\":\"sales\",\"kind\":\"rate\",\"measure\":\"new\",\"cap\":\"200\",\"excess\":\"carried\",\"hold_ppm\":"
        "300000,\"hold_days\":5,\"bands\":[{\"from_ppm\":0,\"amount\":\"%u\"},{\"from_ppm\":100000,\"amount\":\"%u\"}]}"
        ",{\"code\":\"base\",\"kind\":\"score\",\"measure\":\"new\",\"amount\":\"100\",\"base_ppm\":600000},"
        "{\"code\":\"best\",\"kind\":\"rank\",\"rewards\":[{\"from_rank\":1,\"to_rank\":1,\"amount\":\"50\"}]}]},"
        "{\"code\":\"outlet-pay\",\"from\":\"2026-09-01\",\"unit_types\":[\"outlet\"],\"cadence\":\"month\","
        "\"consents\":[\"rich\",\"cliff\"],\"components\":[" GRID_OUTLET
        "{\"code\":\"flat\",\"kind\":\"rate\",\"measure\":\"rev\",\"of\":\"own\",\"over\":\"volume\",\"bands\":["
        "{\"from\":\"0\",\"rate_ppm\":10000}]},"
        "{\"code\":\"push\",\"kind\":\"spiff\",\"measure\":\"new\",\"amount\":\"%u\",\"products\":[\"F\"]},"
        "{\"code\":\"kept\",\"kind\":\"rate\",\"measure\":\"new\",\"of\":\"own\",\"over\":\"volume\",\"hold_ppm\":"
        "500000,\"hold_days\":3,\"hold_measure\":\"new\",\"hold_limit\":\"30\",\"bands\":[{\"from\":\"0\",\"amount\":"
        "\"1\"}]}%s,"
        "{\"code\":\"city\",\"kind\":\"linked\",\"amount\":\"100\",\"linked_ppm\":200000,\"linked_to\":\"parent\"}]}]}",
        rate, rate + 3, rate,
        more ? ",{\"code\":\"extra\",\"kind\":\"spiff\",\"measure\":\"new\",\"amount\":\"1\"}" : "");
    must(MSG(APPLY_PAY_PLANS), json);
}

/* --- steps -----------------------------------------------------------------------------------------------------------
 */

static const char *month_of(void)
{
    return strcmp(open_period, "2026M09") == 0 || draw(3) == 0 ? "2026-09" : "2026-10"; /* some come late */
}

static void sell(struct fake_events *events, const char *unit, const char *day)
{
    static const char *const products[] = { "F", "F1", "G", "" };
    struct sold *sold = &sales[sale_count];
    bool is_new = draw(2) == 0;

    assert_true(sale_count < SALES_MAX);
    snprintf(sold->key, sizeof sold->key, "K-%zu", sale_count);
    snprintf(sold->day, sizeof sold->day, "%s", day);
    sold->gone = false;
    sold->sale = (struct credit_sale) { (uint16_t)draw(16),
                                        sold->key,
                                        1,
                                        unit,
                                        "",
                                        products[draw(4)],
                                        sold->day,
                                        is_new ? "new" : "rev",
                                        is_new ? 5 * (1 + draw(2)) : 5000000 * (1 + draw(4)),
                                        false };
    credits_add(&scene, events, &sold->sale);
    sale_count++;
}

static void sell_some(void)
{
    static const char *const units[] = { "S1", "S2", "S3", "V1", "C1" };
    struct fake_events events = { 0 };
    char day[40];

    for (uint32_t i = 0, n = 1 + draw(4); i < n; i++) {
        snprintf(day, sizeof day, "%s-%02u", month_of(), 1 + draw(28));
        sell(&events, units[draw(5)], day);
    }
    credits_send(&scene, &events);
}

static struct sold *any_left(void)
{
    for (size_t i = 0, at = draw((uint32_t)sale_count); i < sale_count; i++, at = (at + 1) % sale_count)
        if (!sales[at].gone)
            return &sales[at];
    return NULL;
}

static void take_back(void)
{
    struct fake_events events = { 0 };
    struct sold *sold = any_left();

    if (!sold)
        return;
    sold->gone = true;
    sold->sale.taken_back = true;
    sold->sale.value = -sold->sale.value;
    credits_add(&scene, &events, &sold->sale);
    credits_send(&scene, &events);
}

/* Taken back, and there again at another outlet. */
static void correct(void)
{
    struct fake_events events = { 0 };
    struct sold *sold = any_left();

    if (!sold)
        return;
    sold->sale.taken_back = true;
    sold->sale.value = -sold->sale.value;
    credits_add(&scene, &events, &sold->sale);
    sold->sale.taken_back = false;
    sold->sale.value = -sold->sale.value * 2;
    sold->sale.version++;
    sold->sale.unit = strcmp(sold->sale.unit, "S3") == 0 ? "S1" : "S3";
    credits_add(&scene, &events, &sold->sale);
    credits_send(&scene, &events);
}

/* Days pass: scores are of more days, and what was held back comes free. */
static void pass_days(void)
{
    struct fake_events events = { 0 };
    char day[40];

    marked += 1 + draw(5);
    marked = marked < 58 ? marked : 58;
    snprintf(day, sizeof day, "2026-%02u-%02u", marked > 30 ? 10U : 9U, marked > 30 ? marked - 30 : marked);
    credits_complete(&scene, &events, day);
    credits_send(&scene, &events);
}

static void set_target(void)
{
    char json[200];

    snprintf(json, sizeof json, "{\"period\":\"%s\",\"reason\":\"r\"}", open_period);
    must(MSG(REVISE_PLAN), json);
    snprintf(json, sizeof json,
             "{\"items\":[{\"period\":\"%s\",\"unit\":\"C1\",\"measure\":\"new\",\"amount\":\"%u\"}]}", open_period,
             100 + steps);
    must(MSG(APPLY_TARGETS), json);
    loop_publish(&scene.stack, open_period);
}

static void change_plan(void)
{
    apply_plans(1 + steps, steps % 2 == 1);
}

static void share_credits(void)
{
    char json[400];

    snprintf(json, sizeof json,
             "{\"code\":\"r%u\",\"order\":%u,\"from\":\"%s-%02u\",\"when\":{\"measures\":[\"rev\",\"new\"],\"units\":["
             "\"S%u\"]},\"shares\":[{\"to\":\"unit\",\"ppm\":400000},{\"to\":\"named\",\"unit\":\"S%u\",\"ppm\":"
             "600000}]}",
             steps, 40 - steps, strcmp(open_period, "2026M09") == 0 ? "2026-09" : "2026-10", 1 + draw(9), 1 + draw(2),
             2 + draw(2));
    credits_rules(&scene, json);
}

/* From the open period on, so that no closed day is touched. */
static void move_unit(void)
{
    char json[300];

    snprintf(json, sizeof json,
             "{\"items\":[{\"code\":\"S2\",\"name\":\"二厅\",\"type\":\"outlet\",\"relations\":[{\"parent\":\"C1\","
             "\"from\":\"2026-01-01\",\"until\":\"2026-%s-10\"},{\"parent\":\"C2\",\"from\":\"2026-%s-10\"}]}]}",
             strcmp(open_period, "2026M09") == 0 ? "09" : "10", strcmp(open_period, "2026M09") == 0 ? "09" : "10");
    must(MSG(APPLY_UNITS), json);
}

static void move_product(void)
{
    goods_below = steps % 2 == 1;
    must(MSG(APPLY_PRODUCTS), goods_below ? "{\"items\":[{\"code\":\"G\",\"name\":\"礼品\",\"parent\":\"F\"}]}"
                                          : "{\"items\":[{\"code\":\"G\",\"name\":\"礼品\"}]}");
}

/* From then on credits are read in as many passes as there are payees. */
static void crash(void)
{
    stack_kill(&scene.stack, "incentive", "a", SIGKILL);
    scene.stack.extra[0] = "--score_interval_ms=100";
    scene.stack.extra[1] = "--pay_credits_kb=1";
    stack_start(&scene.stack, "incentive", "a");
    scene.stack.extra[0] = scene.stack.extra[1] = NULL;
    stack_wait_ready(&scene.stack, "incentive");
}

static const struct {
    const char *name;
    void (*fn)(void);
} kinds[] = {
    { "sell", sell_some },       { "take back", take_back }, { "correct", correct },         { "pass days", pass_days },
    { "target", set_target },    { "plan", change_plan },    { "crediting", share_credits }, { "move", move_unit },
    { "product", move_product }, { "crash", crash },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

/* --- laws ------------------------------------------------------------------------------------------------------------
 */

static bool has_read(void *arg)
{
    (void)arg;
    return pg_number(&scene.stack.pg,
                     "SELECT count(*) FROM (SELECT 'feedback' source, bucket, seq FROM feedback.bus_head UNION ALL"
                     " SELECT 'planning', bucket, seq FROM planning.bus_head) h WHERE h.seq > coalesce((SELECT p.seq"
                     " FROM incentive.bus_position p WHERE p.bucket = h.bucket AND p.source = h.source), 0)") == 0 &&
           pg_number(&scene.stack.pg, "SELECT count(*) FROM incentive.crediting_run WHERE NOT done") == 0;
}

static const Bihuan__CalculatePayReply *calculate(bool full)
{
    char json[100];

    snprintf(json, sizeof json, "{\"period\":\"%s\",\"full\":%s}", open_period, full ? "true" : "false");
    return (const Bihuan__CalculatePayReply *)must(MSG(CALCULATE_PAY), json);
}

/* Scores follow by themselves; what is compared must have gone by the same. */
static char *scores(void)
{
    return pg_value(&scene.stack.pg,
                    "SELECT coalesce(md5(string_agg(s::text, '' ORDER BY period_id, unit_id)), '') FROM"
                    " (SELECT period_id, unit_id, score_milli, rank FROM incentive.score) s");
}

static const Bihuan__CalculatePayReply *check_full(const char *what)
{
    for (int tries = 0; tries < 20; tries++) {
        char *before = scores(), *after;
        const Bihuan__CalculatePayReply *some = calculate(false), *full = calculate(true);
        bool still;

        after = scores();
        still = strcmp(before, after) == 0;
        free(before);
        free(after);
        few += some->worked_out < full->worked_out;
        if (still && full->entries)
            fail_msg("%s: %u of %u payees worked out, %u entries were missing", what, some->worked_out,
                     full->worked_out, full->entries);
        if (still)
            return full;
    }
    fail_msg("%s: scores don't come to rest", what);
    return NULL;
}

static void check_verify(const char *what)
{
    const Bihuan__VerifyPayReply *reply = (const Bihuan__VerifyPayReply *)must(MSG(VERIFY_PAY), "{}");

    if (reply->different)
        fail_msg("%s: verify: %u differences, first: %s", what, reply->different, reply->differences[0]);
}

/* A hundredth of what each outlet is credited itself, in fen: a yuan is 10^4 units of a credit. */
static void check_flat(const char *what)
{
    char *wrong = pg_value(
        &scene.stack.pg,
        "SELECT string_agg(format('%s in %s: %s of %s', unit, period, e.fen, c.fen), ', ') FROM (SELECT unit,"
        " to_char(day, 'YYYY\"M\"MM') AS period, sum(value) / 10000 AS fen FROM"
        " incentive.test_pair WHERE measure = 'rev' AND kind <> 4 AND unit LIKE 'S%' GROUP BY 1, 2) c FULL JOIN"
        " (SELECT u.code AS unit, p.code AS period, sum(e.amount) AS fen FROM incentive.pay_entry e JOIN"
        " incentive.document u ON u.kind = 'unit' AND u.id = e.unit_id JOIN incentive.document p ON p.kind = 'period'"
        " AND p.id = e.period_id WHERE e.component = 'flat' AND e.kind IN (1, 2, 3) GROUP BY 1, 2) e"
        " USING (unit, period) WHERE coalesce(c.fen, 0) <> coalesce(e.fen, 0) AND period IN (SELECT p.code FROM"
        " incentive.pay_run r JOIN incentive.document p ON p.kind = 'period' AND p.id = r.period_id)");

    if (wrong && wrong[0])
        fail_msg("%s: fen at a flat rate: %s", what, wrong);
    free(wrong);
}

/* Outlets' own revenue in the open period at the rate of their row: 0.1 % or 0.2 % in the first nine months of service
 * (September ends the ninth of a unit that is there since January), then 0.3 % or 0.4 %; the second of each where they
 * sold 10 new users of F and below. Which products stand below F is asked of the catalogue. */
static void check_grid(const char *what)
{
    char sql[2200], *wrong;

    snprintf(
        sql, sizeof sql,
        "WITH own AS (SELECT unit, coalesce(sum(value) FILTER (WHERE measure = 'rev'), 0) rev, coalesce(sum(value)"
        " FILTER (WHERE measure = 'new' AND product IN (%s)), 0) users FROM incentive.test_pair WHERE kind <> 4 AND"
        " unit LIKE 'S%%' AND to_char(day, 'YYYY\"M\"MM') = '%s' GROUP BY 1), due AS (SELECT unit,"
        " round(rev * (CASE WHEN users >= 10 THEN 4000 ELSE 3000 END) / 100000000.0) fen FROM own), booked AS ("
        "SELECT u.code unit, sum(e.amount) fen FROM incentive.pay_entry e JOIN incentive.document u ON u.kind ="
        " 'unit' AND u.id = e.unit_id JOIN incentive.document p ON p.kind = 'period' AND p.id = e.period_id WHERE"
        " e.component = 'grid' AND e.kind IN (1, 2, 3) AND p.code = '%s' AND u.code LIKE 'S%%' GROUP BY 1) SELECT"
        " string_agg(format('%%s: %%s of %%s', unit, booked.fen, due.fen), ', ') FROM due FULL JOIN booked USING"
        " (unit) WHERE coalesce(due.fen, 0) <> coalesce(booked.fen, 0)",
        goods_below ? "'F', 'F1', 'G'" : "'F', 'F1'", open_period, open_period);
    wrong = pg_value(&scene.stack.pg, sql);
    if (wrong && wrong[0])
        fail_msg("%s: fen by two dimensions: %s", what, wrong);
    free(wrong);
}

static void results_of(const char *period, const char *unit, uint32_t run, struct buf *out)
{
    char json[120];
    ProtobufCMessage *reply;

    snprintf(json, sizeof json, "{\"period\":\"%s\",\"unit\":\"%s\",\"run\":%u}", period, unit, run);
    reply = must(MSG(LIST_PAY), json);
    buf_reserve(out, protobuf_c_message_get_packed_size(reply));
    out->len += protobuf_c_message_pack(reply, out->data + out->len);
}

static void remember_run(uint32_t id)
{
    struct run *run = &runs[run_count];

    if (run_count && runs[run_count - 1].id == id)
        return;
    assert_true(run_count < RUNS_MAX);
    *run = (struct run) { .id = id, .period = open_period };
    run_count++;
    for (size_t i = 0; i < PAYEES; i++)
        results_of(open_period, payees[i], 0, &run->results[i]);
}

static void check(const char *what)
{
    const Bihuan__CalculatePayReply *full;

    assert_true(stack_until(has_read, NULL, 20));
    credits_settle(&scene);
    full = check_full(what);
    check_verify(what);
    check_flat(what);
    check_grid(what);
    remember_run(full->period->run);
}

/* Every kind once, in any order, and some of them again. */
static void run_steps(unsigned again)
{
    size_t order[KINDS] = { 0 };

    for (size_t i = 0; i < KINDS; i++) {
        size_t at = draw((uint32_t)i + 1);

        order[i] = order[at];
        order[at] = i;
    }
    for (size_t i = 0; i < KINDS + again; i++) {
        size_t kind = i < KINDS ? order[i] : draw(4); /* facts and days again: the rest makes all be worked out */

        steps++;
        kinds[kind].fn();
        check(kinds[kind].name);
    }
}

/* --- the tests -------------------------------------------------------------------------------------------------------
 */

static void test_open(void **state)
{
    (void)state;
    apply_plans(1, false);
    sell_some();
    check("first");
    run_steps(6);
}

/* An order of one outlet, and nothing after it. False: scores moved meanwhile, so that others are due as well. */
static bool sell_one(void)
{
    struct fake_events events = { 0 };
    char *before = scores(), *after;
    uint32_t some, none;
    bool still;

    check("before one order");
    sell(&events, "S3", "2026-09-30"); /* no rule shares what it sells */
    credits_send(&scene, &events);
    assert_true(stack_until(has_read, NULL, 20));
    some = calculate(false)->worked_out;
    none = calculate(false)->worked_out;
    after = scores();
    still = strcmp(before, after) == 0;
    free(before);
    free(after);
    if (still) {
        CHECK_INT(some, 2);
        CHECK_INT(none, 0);
    }
    return still;
}

/* It is worked out for its outlet and for the city above, and for nobody else. */
static void test_one_order(void **state)
{
    int tries = 0;

    (void)state;
    while (!sell_one())
        assert_true(++tries < 20);
    check("one order");
}

static void test_close(void **state)
{
    (void)state;
    marked = marked > 33 ? marked : 33;
    pass_days();
    check("the month is over");
    must(MSG(CLOSE_PERIOD), "{\"period\":\"2026M09\",\"force\":true}");
    check("scores are closed");
    scene.stack.person = "second";
    must(MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026M09\",\"step\":\"review\"}");
    must(MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026M09\",\"step\":\"close\"}");
    scene.stack.person = NULL;
    open_period = "2026M10";
    sell_some();
    check("the next month");
    run_steps(6);
}

/* --- killed in the midst ---------------------------------------------------------------------------------------------
 */

static char *ledger(void)
{
    return pg_value(&scene.stack.pg, "SELECT format('%s %s %s %s', (SELECT count(*) FROM incentive.pay_entry), (SELECT"
                                     " count(*) FROM incentive.pay_part), (SELECT count(*) FROM incentive.pay_run),"
                                     " (SELECT md5(string_agg(p::text, '' ORDER BY period_id)) FROM"
                                     " incentive.pay_period p))");
}

static bool waits(void *arg)
{
    (void)arg;
    return pg_number(&scene.stack.pg, "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE"
                                      " c.relname = 'pay_entry' AND NOT l.granted") == 1;
}

static void test_killed(void **state)
{
    PGconn *other = PQconnectdb(scene.stack.pg.url);
    Bihuan__CalculatePayRequest request = BIHUAN__CALCULATE_PAY_REQUEST__INIT;
    char *before, *after;
    void *socket;

    (void)state;
    sell_some();
    assert_true(stack_until(has_read, NULL, 20));
    before = ledger();
    PQclear(PQexec(other, "BEGIN"));
    PQclear(PQexec(other, "LOCK TABLE incentive.pay_entry IN EXCLUSIVE MODE"));
    request.period = (char *)(uintptr_t)open_period;
    request.full = true;
    socket = stack_send(&scene.stack, "incentive", "a", MSG(CALCULATE_PAY), "killed", &request.base);
    assert_non_null(socket);
    assert_true(stack_until(waits, NULL, 20)); /* it has read everything and is about to book */
    crash();
    zmq_close(socket);
    PQfinish(other);
    after = ledger();
    assert_string_equal(before, after);
    check("after it was killed");
    free(before);
    free(after);
}

/* A draft is recomputed from itself: components, lines, entries and totals agree. Where products have moved since, it
 * isn't given, rather than wrong. */
static unsigned check_draft(const struct run *run, const char *unit)
{
    ProtobufCMessage *reply = NULL;
    struct paysheet_report report;
    struct paysheet sheet = { 0 };
    const char *file;
    char json[120];
    struct err err;

    snprintf(json, sizeof json, "{\"period\":\"%s\",\"unit\":\"%s\",\"run\":%u}", run->period, unit, run->id);
    if (credits_ask(&scene, MSG(GET_PAY_STATEMENT), json, &reply, &err) != 0) {
        assert_string_equal(err.code, "moved");
        return 0;
    }
    assert_true(((const Bihuan__GetPayStatementReply *)reply)->draft);
    file = ((const Bihuan__GetPayStatementReply *)reply)->file;
    if (paysheet_read(&sheet, file, strlen(file), &err) != 0 || paysheet_recompute(&sheet, &report, &err) != 0)
        fail_msg("%s after calculation %u of %s: %s", unit, run->id, run->period, err.text);
    paysheet_fini(&sheet);
    return 1;
}

static void test_past_runs(void **state)
{
    (void)state;
    assert_true(run_count > 10);
    for (size_t i = 0; i < run_count; i += 3)
        check_draft(&runs[i], payees[i % PAYEES]);
    CHECK_INT(check_draft(&runs[run_count - 1], "S3"), 1);
    for (size_t i = 0; i < run_count; i++)
        for (size_t p = 0; p < PAYEES; p++) {
            struct buf now = { 0 }, *then = &runs[i].results[p];

            results_of(runs[i].period, payees[p], runs[i].id, &now);
            if (now.len != then->len || memcmp(now.data, then->data, now.len) != 0)
                fail_msg("%s after calculation %u of %s isn't what it was", payees[p], runs[i].id, runs[i].period);
            buf_fini(&now);
            buf_fini(then);
        }
    assert_true(few > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),   cmocka_unit_test(test_one_order), cmocka_unit_test(test_close),
        cmocka_unit_test(test_killed), cmocka_unit_test(test_past_runs),
    };
    int failed;

    seed = test_seed();
    credits_start(&scene);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    credits_stop(&scene);
    return failed;
}
