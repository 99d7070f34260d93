/* bench_incentive: crediting and scores of a whole province: how fast the daemon books facts that wait in feedback's
 * streams (two contributions each), all scores made again from the credits after a crash, verified, and the close of
 * the quarter with a frozen statement for each unit. Beside raw binary COPY of the same credits and statements, and a
 * plain SQL sum over the same credits by unit and record, in the same run. Usage: bench_incentive [facts, 2500000]
 * [units, 20000] [--smoke]
 *
 * Fails where a sum isn't exactly that of what was sent, where verification finds a difference, and where a target is
 * clearly missed (judge.h). With --smoke times aren't judged, what came out is. */
#include "bench/judge.h"
#include "bench/yardstick.h"
#include "support/check.h"
#include "support/fake_feedback.h"
#include "support/stack.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "bihuan/envelope.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "runtime/clock.h"
#include "text/pbjson.h"

#define ROWS    256
#define BUCKETS 16

#define BATCH              5000 /* contributions; so many in BATCH_MS is the rate that intake must keep */
#define BATCH_MS           60.0
#define FULL_SECONDS       10.0 /* all scores of a quarter from 5,000,000 contributions */
#define STATEMENTS_SECONDS 60.0
#define MEMORY_MB          500.0
#define SUM_SECONDS        3.73 /* measured, see judge.h: of 5,000,000 contributions in 2,500,000 rows */

static struct stack stack;
static PGconn *conn; /* superuser */
static struct judge judge = { .slower = 1 };
static uint64_t published[BUCKETS];
static int64_t sent[2]; /* of new users, of revenue */

static void batch_of(struct fake_events *events, uint16_t bucket, uint64_t first, uint32_t units)
{
    static char names[ROWS][24];
    static char *keys[ROWS];
    static uint32_t version[ROWS], unit[ROWS], none[ROWS], product[ROWS], contributions[ROWS], measure[2 * ROWS];
    static protobuf_c_boolean back[ROWS];
    static int32_t day[ROWS];
    static int64_t value[2 * ROWS], at[ROWS];
    Bihuan__FactsRecorded facts = BIHUAN__FACTS_RECORDED__INIT;

    for (size_t i = 0; i < ROWS; i++) {
        uint64_t n = first + i;

        snprintf(names[i], sizeof names[i], "ORD2026%010lu", (unsigned long)n);
        keys[i] = names[i];
        version[i] = 1;
        unit[i] = (uint32_t)(2 + hash_mix(n) % (units - 1));
        product[i] = 1;
        contributions[i] = 2;
        day[i] = 20727 + (int32_t)(n / 40000 % 91); /* from 2026-10-01 */
        measure[2 * i] = 1;
        measure[2 * i + 1] = 2;
        value[2 * i] = 1;
        value[2 * i + 1] = 990000 + (int64_t)(n % 100) * 10000;
        sent[0] += value[2 * i];
        sent[1] += value[2 * i + 1];
        at[i] = (int64_t)n;
    }
    facts.sender = (char *)(uintptr_t) "crm";
    facts.n_record_key = facts.n_version = facts.n_taken_back = facts.n_unit_id = facts.n_seller_id = ROWS;
    facts.n_channel_id = facts.n_product_id = facts.n_day = facts.n_contributions = facts.n_occurred_at = ROWS;
    facts.n_measure_id = facts.n_value = 2 * ROWS;
    facts.record_key = keys;
    facts.version = version;
    facts.taken_back = back;
    facts.unit_id = unit;
    facts.seller_id = facts.channel_id = none;
    facts.product_id = product;
    facts.day = day;
    facts.contributions = contributions;
    facts.measure_id = measure;
    facts.value = value;
    facts.occurred_at = at;
    fake_feedback_add(events, bucket, MSG(FACTS_RECORDED), &facts.base);
    published[bucket]++;
}

/* All of the quarter has come. */
static void complete(struct fake_events *events)
{
    Bihuan__WatermarkMoved mark = BIHUAN__WATERMARK_MOVED__INIT;
    struct clock clock;

    if (clock_parse(&clock, "real", "+08:00", NULL) != 0)
        exit(1);
    mark.feed_id = 1;
    mark.feed = (char *)(uintptr_t) "orders";
    mark.through = clock_day_start(&clock, 20727 + 93);
    mark.n_seq = BUCKETS;
    mark.seq = published;
    fake_feedback_add(events, 0, MSG(WATERMARK_MOVED), &mark.base);
    published[0]++;
}

static void publish(uint64_t facts, uint32_t units)
{
    struct fake_events events = { 0 };

    for (uint64_t n = 0; n < facts; n += ROWS) {
        batch_of(&events, (uint16_t)(n / ROWS % BUCKETS), n, units);
        if (events.packed.len > (3U << 20))
            fake_feedback_send(&stack, &events);
    }
    complete(&events);
    fake_feedback_send(&stack, &events);
}

static void plan(uint32_t units)
{
    struct buf json = { 0 };

    stack_apply(&stack, MSG(APPLY_MEASURES),
                "{\"items\":[{\"code\":\"new\",\"title_zh\":\"新\",\"title_en\":\"n\",\"value\":\"count\"},"
                "{\"code\":\"rev\",\"title_zh\":\"收入\",\"title_en\":\"r\",\"value\":\"amount\"}]}");
    stack_apply(&stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"flat\",\"classes\":[{\"class\":\"working\","
                "\"weight\":1},{\"class\":\"weekend\",\"weight\":1}]}]}");
    stack_apply(&stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"2026Q4\",\"from\":\"2026-10-01\",\"until\":"
                "\"2027-01-01\",\"calendar\":\"flat\"}]}");
    for (uint32_t at = 0; at < units; at += 2000) {
        buf_append_text(&json, "{\"items\":[");
        for (uint32_t i = at; i < at + 2000 && i < units; i++)
            buf_printf(&json,
                       i ? "%s{\"code\":\"U%u\",\"name\":\"u\",\"type\":\"outlet\",\"relations\":[{\"parent\":"
                           "\"U0\",\"from\":\"2026-01-01\"}]}"
                         : "%s{\"code\":\"U%u\",\"name\":\"u\",\"type\":\"province\"}",
                       i > at ? "," : "", i);
        buf_append_text(&json, "]}");
        stack_apply(&stack, MSG(APPLY_UNITS), buf_text(&json));
        buf_reset(&json);
    }
    for (uint32_t at = 1; at < units; at += 2000) {
        buf_append_text(&json, "{\"items\":[");
        for (uint32_t i = at; i < at + 2000 && i < units; i++)
            buf_printf(&json, "%s{\"period\":\"2026Q4\",\"unit\":\"U%u\",\"measure\":\"new\",\"amount\":\"100\"}",
                       i > at ? "," : "", i);
        buf_append_text(&json, "]}");
        stack_apply(&stack, MSG(APPLY_TARGETS), buf_text(&json));
        buf_reset(&json);
    }
    stack_apply(&stack, MSG(PUBLISH_PLAN), "{\"period\":\"2026Q4\",\"reason\":\"bench\"}");
    buf_fini(&json);
}

static bool caught_up(void *arg)
{
    Bihuan__StatusRequest request = BIHUAN__STATUS_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    const Bihuan__StatusReply *status;
    struct err err;
    int done = 0;

    (void)arg;
    if (stack_ask(&stack, "incentive", MSG(STATUS), &request.base, &message, &err) != 0)
        return false;
    status = (const Bihuan__StatusReply *)message;
    for (size_t i = 0; i < status->n_readers; i++)
        if (strcmp(status->readers[i]->stream, "feedback") == 0 && status->readers[i]->bucket < BUCKETS)
            done += status->readers[i]->position == published[status->readers[i]->bucket];
    return done == BUCKETS;
}

static ProtobufCMessage *timed(const char *what, uint32_t type, const char *json, double *seconds)
{
    int64_t begin = clock_monotonic_us();
    ProtobufCMessage *reply = stack_apply(&stack, type, json);

    *seconds = judge_seconds(begin);
    printf("%s: %.3f s\n", what, *seconds);
    fflush(stdout);
    return reply;
}

static int daemon_pid(void)
{
    return (int)stack_pid(&stack, "incentive", "a");
}

static void show_process(const char *when)
{
    printf("work of the daemon %s: %.2f s of a processor\n", when, judge_worked(daemon_pid()));
    judge_memory(&judge, when, daemon_pid(), MEMORY_MB);
}

/* --- what is measured ------------------------------------------------------------------------------------------------
 */

static void book(uint64_t facts)
{
    int64_t begin = clock_monotonic_us();
    double seconds;

    stack_start(&stack, "incentive", "a");
    stack_wait_ready(&stack, "incentive");
    if (!stack_until(caught_up, NULL, 600)) {
        fprintf(stderr, "facts aren't booked\n");
        exit(1);
    }
    seconds = judge_seconds(begin);
    printf("booked %llu facts in %.2f s: %.0f facts/s (start and replay by feedback included)\n",
           (unsigned long long)facts, seconds, (double)facts / seconds);
    printf("  %.2f of raw COPY of their credits\n", yardstick_copy(conn, stack.pg.dir, "incentive.credit") / seconds);
    show_process("after booking");
    judge_machine(&judge, conn, SUM_SECONDS * (double)facts / 2.5e6);
    judge_time(&judge, "a batch of 5,000 contributions in ms", seconds * 1e3 * BATCH / (2 * (double)facts), BATCH_MS);
}

/* Every bucket's sums against the table, and all of them together against what was sent. */
static void verify(void)
{
    int64_t begin = clock_monotonic_us(), sum[2] = { 0 };
    uint64_t differences = 0;
    double seconds;

    for (int b = 0; b < BUCKETS; b++) {
        char json[32];
        const Bihuan__VerifyScoresReply *reply;

        snprintf(json, sizeof json, "{\"bucket\":%d}", b);
        reply = (const Bihuan__VerifyScoresReply *)stack_apply(&stack, MSG(VERIFY_SCORES), json);
        differences += reply->n_differences;
        for (size_t i = 0; i < reply->n_value; i++)
            if (reply->measure_id[i] == 1 || reply->measure_id[i] == 2)
                sum[reply->measure_id[i] - 1] += reply->value[i];
    }
    seconds = judge_seconds(begin);
    printf("verified: %.2f s, %.2f plain sums\n", seconds, seconds / judge.sum);
    judge_exact(&judge, "differences", differences, 0);
    judge_exact(&judge, "new users", (uint64_t)sum[0], (uint64_t)sent[0]);
    judge_exact(&judge, "revenue", (uint64_t)sum[1], (uint64_t)sent[1]);
}

static bool has_scores(void *arg)
{
    const Bihuan__ListScoresReply *reply = (const Bihuan__ListScoresReply *)stack_apply(
        &stack, MSG(LIST_SCORES), "{\"period\":\"2026Q4\",\"unit\":\"U1\"}");

    (void)arg;
    return reply->n_items == 1;
}

/* After a crash everything is made again from the credits: sums, then the scores of all units. */
static void crash(void)
{
    int64_t begin;
    double seconds;

    stack_kill(&stack, "incentive", "a", SIGKILL);
    begin = clock_monotonic_us();
    stack_start(&stack, "incentive", "a");
    stack_wait_ready(&stack, "incentive");
    if (!stack_until(has_scores, NULL, 60)) {
        fprintf(stderr, "there are no scores\n");
        exit(1);
    }
    seconds = judge_seconds(begin);
    printf("all scores made again from the credits after a crash: %.2f s, %.2f plain sums\n", seconds,
           seconds / judge.sum);
    judge_time(&judge, "all scores again, s", seconds, FULL_SECONDS);
    show_process("after loading");
}

static void close_quarter(uint32_t units)
{
    const Bihuan__ClosePeriodReply *closed;
    double seconds;

    closed = (const Bihuan__ClosePeriodReply *)timed("the quarter closed, a statement for each unit", MSG(CLOSE_PERIOD),
                                                     "{\"period\":\"2026Q4\",\"force\":true}", &seconds);
    printf("  %.1f times raw COPY of these\n", seconds / yardstick_copy(conn, stack.pg.dir, "incentive.statement"));
    judge_time(&judge, "statements of all, s", seconds, STATEMENTS_SECONDS);
    judge_exact(&judge, "statements", closed->closing->statements, units - 1);
    timed("statement of one outlet, first page", MSG(GET_STATEMENT), "{\"period\":\"2026Q4\",\"unit\":\"U1\"}",
          &seconds);
    show_process("at the end");
}

int main(int argc, char **argv)
{
    uint64_t numbers[2] = { 2500000, 20000 };
    int given = 0;

    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--smoke") == 0)
            judge.smoke = true;
        else if (given < 2)
            numbers[given++] = strtoull(argv[i], NULL, 10);
    if (judge.smoke && !given) {
        numbers[0] = 20000;
        numbers[1] = 200;
    }
    numbers[0] = (numbers[0] + ROWS - 1) / ROWS * ROWS; /* whole batches */
    stack_new_measured(&stack);
    conn = PQconnectdb(stack.pg.url);
    stack_start(&stack, "planning", "a");
    fake_feedback_start(&stack);
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "feedback");
    plan((uint32_t)numbers[1]);
    publish(numbers[0], (uint32_t)numbers[1]);
    book(numbers[0]);
    stack_apply(&stack, MSG(APPLY_SCORECARDS),
                "{\"items\":[{\"code\":\"o\",\"unit_type\":\"outlet\",\"lines\":["
                "{\"measure\":\"new\",\"weight_bp\":10000}]}]}");
    crash();
    verify();
    close_quarter((uint32_t)numbers[1]);
    PQfinish(conn);
    stack_free(&stack);
    return judge.missed ? 1 : 0;
}
