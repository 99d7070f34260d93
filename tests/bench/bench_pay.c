/* bench_pay: how long pay takes for a whole province: a quarter calculated from its credits, again in full and again
 * after a little, verified, facts booked in batches until they are committed, and the close with a sealed statement for
 * each payee. Beside a plain SQL sum over the same credits by payee and record, a bare insert and commit, and raw
 * binary COPY of the same statements, in the same run. Usage: bench_pay [contributions, 5000000] [payees, 20000]
 * [--smoke]
 *
 * Fails where a target is clearly missed: by more than a quarter, after what the machine itself is slower now
 * (judge.h); for memory there is no such allowance. With --smoke times aren't judged, what came out is. */
#include "bench/judge.h"
#include "bench/pay_scene.h"
#include "bench/scene.h"
#include "bench/yardstick.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "bihuan/incentive_pay.pb-c.h"
#include "runtime/clock.h"

#define FULL_SECONDS       10.0
#define STATEMENTS_SECONDS 60.0
#define BATCH_MS           60.0
#define MEMORY_MB          500.0
#define BATCHES            200
#define SUM_SECONDS        1.26 /* measured, see judge.h: of 5,000,000 contributions in 1,250,000 rows */

static struct stack stack;
static PGconn *conn; /* superuser; kept open, so that looking costs little */
static struct judge judge = { .slower = 1 };

/* The daemon, and the data base for it. */
struct work {
    double own, base;
};

static struct work worked(void)
{
    struct work work = { .own = judge_worked((int)stack_pid(&stack, "incentive", "a")) };
    PGresult *result = PQexec(conn, "SELECT pid FROM pg_stat_activity WHERE usename = 'bihuan_incentive'");

    for (int i = 0; i < PQntuples(result); i++)
        work.base += judge_worked((int)strtol(PQgetvalue(result, i, 0), NULL, 10));
    PQclear(result);
    return work;
}

static const char *since(struct work before)
{
    static char text[100];
    struct work now = worked();

    snprintf(text, sizeof text, "work of the daemon %.2f s, of its data base %.2f s", now.own - before.own,
             now.base - before.base);
    return text;
}

static void memory(const char *when)
{
    judge_memory(&judge, when, (int)stack_pid(&stack, "incentive", "a"), MEMORY_MB);
}

/* --- what is measured ------------------------------------------------------------------------------------------------
 */

static ProtobufCMessage *timed(const char *what, uint32_t type, const char *json, double *seconds)
{
    struct work before = worked();
    int64_t begin = clock_monotonic_us();
    ProtobufCMessage *reply = stack_apply(&stack, type, json);

    *seconds = judge_seconds(begin);
    printf("%s: %.2f s; %s\n", what, *seconds, since(before));
    fflush(stdout);
    return reply;
}

static const Bihuan__CalculatePayReply *calculate(const char *what, bool full, double *seconds)
{
    const Bihuan__CalculatePayReply *reply = (const Bihuan__CalculatePayReply *)timed(
        what, MSG(CALCULATE_PAY), full ? "{\"period\":\"2026Q4\",\"full\":true}" : "{\"period\":\"2026Q4\"}", seconds);

    printf("  %u payees worked out, %u entries for %u payees\n", reply->worked_out, reply->entries, reply->changed);
    return reply;
}

/* Asked once: a query that is asked again after some seconds would be answered twice. */
static const Bihuan__VerifyPayReply *ask_verify(void)
{
    Bihuan__VerifyPayRequest request = BIHUAN__VERIFY_PAY_REQUEST__INIT;
    void *socket = stack_send(&stack, "incentive", "a", MSG(VERIFY_PAY), "", &request.base);
    ProtobufCMessage *reply = NULL;
    struct buf out = { 0 };
    uint32_t status = 0;
    struct err err;

    if (!socket || stack_receive(socket, 300000, &status, &out) != 0 || status >= 400 ||
        message_unpack(&bihuan__verify_pay_reply__descriptor, out.data, out.len, &stack.arena, &reply, &err) != 0) {
        fprintf(stderr, "not verified: status %u\n", status);
        exit(1);
    }
    zmq_close(socket);
    buf_fini(&out);
    return (const Bihuan__VerifyPayReply *)reply;
}

static void verify(void)
{
    struct work before = worked();
    int64_t begin = clock_monotonic_us();
    const Bihuan__VerifyPayReply *verified = ask_verify();
    double seconds = judge_seconds(begin);

    printf("verified: %.2f s, %.2f of the plain sum above; %s; %llu lines of %u payees, %u differences\n", seconds,
           seconds / judge.sum, since(before), (unsigned long long)verified->lines, verified->payees,
           verified->different);
    fflush(stdout);
    judge_exact(&judge, "differences of the ledger", verified->different, 0);
}

/* --- batches ---------------------------------------------------------------------------------------------------------
 */

static bool committed(long events)
{
    PGresult *result = PQexec(conn,
                              "SELECT coalesce(sum(seq), 0) FROM incentive.bus_position WHERE source = 'feedback'");
    bool done = PQntuples(result) == 1 && strtol(PQgetvalue(result, 0, 0), NULL, 10) >= events;

    PQclear(result);
    return done;
}

static void wait_committed(long events)
{
    int64_t begin = clock_monotonic_us();

    while (!committed(events)) {
        if (judge_seconds(begin) > 60) {
            fprintf(stderr, "facts aren't booked\n");
            exit(1);
        }
        usleep(200);
    }
}

/* From feedback's commit, which is when the batch is sent out, to incentive's. */
static double batch_ms(uint32_t n, uint32_t payees)
{
    long events = pay_scene_batch(&stack, n, payees);
    int64_t begin = clock_monotonic_us();

    wait_committed(events);
    return judge_seconds(begin) * 1e3;
}

static void measure_batches(uint32_t payees)
{
    double ms[BATCHES];
    uint32_t count = judge.smoke ? 10 : BATCHES;
    struct work before = worked();
    double commit = yardstick_commit_ms(conn);

    for (uint32_t n = 0; n < count; n++)
        ms[n] = batch_ms(n, payees);
    printf("%u batches of %d contributions, from receipt to commit: median %.1f ms, p99 %.1f ms (target 60), most %.1f "
           "ms; %s\n",
           count, PAY_SCENE_BATCH, scene_median(ms, count), scene_quantile(ms, count, 0.99),
           scene_quantile(ms, count, 1), since(before));
    printf("  a bare insert and commit %.2f ms: the median is %.1f of these\n", commit,
           scene_median(ms, count) / commit);
    judge_time(&judge, "a batch, p99 in ms", scene_quantile(ms, count, 0.99), BATCH_MS);
}

/* --- the whole -------------------------------------------------------------------------------------------------------
 */

static void measure_changes(uint32_t payees, double full)
{
    const Bihuan__CalculatePayReply *reply;
    double one, batch, again;

    wait_committed(pay_scene_order(&stack, 1));
    reply = calculate("calculated after one order", false, &one);
    judge_exact(&judge, "payees worked out after one order", reply->worked_out, 1);
    wait_committed(pay_scene_batch(&stack, 0, payees));
    reply = calculate("calculated after one batch", false, &batch);
    reply = calculate("calculated again in full", true, &again);
    judge_exact(&judge, "entries that were missing", reply->entries, 0);
    printf("after one order %.3f of a full calculation, after a batch %.3f\n", one / full, batch / full);
}

static void close_all(void)
{
    double seconds;

    timed("scores closed", MSG(CLOSE_PERIOD), "{\"period\":\"2026Q4\",\"force\":true}", &seconds);
    calculate("calculated after it", false, &seconds);
    stack.person = "second";
    stack_apply(&stack, MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026Q4\",\"step\":\"review\"}");
    timed("statements of all", MSG(MOVE_PAY_PERIOD), "{\"period\":\"2026Q4\",\"step\":\"close\"}", &seconds);
    printf("  %ld statements, %ld MB (target 60 s)\n",
           pg_number(&stack.pg, "SELECT count(*) FROM incentive.pay_statement"),
           pg_number(&stack.pg, "SELECT sum(octet_length(file)) / 1048576 FROM incentive.pay_statement"));
    printf("  %.1f times raw COPY of these\n", seconds / yardstick_copy(conn, stack.pg.dir, "incentive.pay_statement"));
    judge_time(&judge, "statements of all, s", seconds, STATEMENTS_SECONDS);
    timed("one statement", MSG(GET_PAY_STATEMENT), "{\"unit\":\"U1\",\"period\":\"2026Q4\"}", &seconds);
}

static void measure(uint64_t contributions, uint32_t payees)
{
    double full;
    const Bihuan__CalculatePayReply *reply;

    judge_machine(&judge, conn, SUM_SECONDS * (double)contributions / 5e6);
    reply = calculate("calculated and booked in full", false, &full);
    judge_exact(&judge, "payees of the first calculation", reply->changed, payees);
    printf("  %.2f plain sums (target 10 s)\n", full / judge.sum);
    judge_time(&judge, "a full calculation, s", full, FULL_SECONDS);
    memory("after it");
    verify();
    memory("after verifying");
    measure_changes(payees, full);
    measure_batches(payees);
    calculate("calculated after all batches", false, &full);
    verify();
    close_all();
    memory("at the end");
}

int main(int argc, char **argv)
{
    uint64_t numbers[2] = { 5000000, 20000 };
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
    pay_scene_start(&stack, numbers[0], (uint32_t)numbers[1]);
    conn = PQconnectdb(stack.pg.url);
    printf("%llu contributions, %u payees, %d measures; load %.1f\n", (unsigned long long)numbers[0],
           (uint32_t)numbers[1], PAY_SCENE_MEASURES, scene_load_average());
    memory("after the start");
    measure(numbers[0], (uint32_t)numbers[1]);
    PQfinish(conn);
    stack_free(&stack);
    return judge.missed ? 1 : 0;
}
