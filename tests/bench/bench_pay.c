/* bench_pay: how long pay takes for a whole province: a quarter calculated from its credits, again in full and again
 * after a little, verified, facts booked in batches until they are committed, and the close with a sealed statement for
 * each payee. Beside a plain SQL sum over the same credits by payee and record, in the same run. Usage: bench_pay
 * [contributions, 5000000] [payees, 20000] [--smoke]
 *
 * Fails where a target is clearly missed: by more than a quarter, after what the machine itself is slower than
 * SUM_SECONDS for the whole. With --smoke times aren't judged, what came out is. */
#include "bench/pay_scene.h"
#include "bench/scene.h"

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
#define CLEARLY            1.25
#define SUM_SECONDS        2.0 /* the plain SQL sum over 5,000,000 contributions where these targets were set */
#define BATCHES            200

static struct stack stack;
static PGconn *conn; /* superuser; kept open, so that looking costs little */
static bool smoke;
static int missed;

/* --- judging ---------------------------------------------------------------------------------------------------------
 */

static void expect(const char *what, uint64_t is, uint64_t want)
{
    if (is == want)
        return;
    printf("WRONG: %s: %llu, not %llu\n", what, (unsigned long long)is, (unsigned long long)want);
    missed++;
}

static void judge(const char *what, double is, double target, double slower)
{
    double limit = target * CLEARLY * (slower > 1 ? slower : 1);

    if (smoke || is <= limit)
        return;
    printf("MISSED: %s: %.2f, target %.2f (judged at %.2f)\n", what, is, target, limit);
    missed++;
}

/* What a process has worked so far, in seconds of a processor. */
static double worked_by(int pid)
{
    char path[64], line[1024] = "", *rest;
    unsigned long user = 0, kernel = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    file = fopen(path, "r");
    if (file && fgets(line, sizeof line, file) && (rest = strrchr(line, ')')))
        (void)sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel);
    if (file)
        fclose(file);
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

/* The daemon, and the data base for it. */
struct work {
    double own, base;
};

static struct work worked(void)
{
    struct work work = { .own = worked_by((int)stack_pid(&stack, "incentive", "a")) };
    PGresult *result = PQexec(conn, "SELECT pid FROM pg_stat_activity WHERE usename = 'bihuan_incentive'");

    for (int i = 0; i < PQntuples(result); i++)
        work.base += worked_by((int)strtol(PQgetvalue(result, i, 0), NULL, 10));
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

static long memory_mb(const char *field)
{
    char path[64], line[256];
    long kb = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", (int)stack_pid(&stack, "incentive", "a"));
    file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0)
            kb = strtol(line + strlen(field), NULL, 10);
    if (file)
        fclose(file);
    return kb / 1024;
}

static void judge_memory(const char *when)
{
    long most = memory_mb("VmHWM:");

    printf("memory %s: %ld MB, at most so far %ld MB (target below %.0f)\n", when, memory_mb("VmRSS:"), most,
           MEMORY_MB);
    judge("memory, MB", (double)most, MEMORY_MB, 1);
}

/* --- what is measured ------------------------------------------------------------------------------------------------
 */

static double seconds_since(int64_t begin)
{
    return (double)(clock_monotonic_us() - begin) / 1e6;
}

/* The yardstick: each payee's records netted by one plain statement. */
static double plain_sum(void)
{
    int64_t begin = clock_monotonic_us();

    free(pg_value(&stack.pg,
                  "SELECT count(*) FROM (SELECT unit_id, sender, record_key, sum(octet_length(contributions))"
                  " FROM incentive.credit GROUP BY 1, 2, 3) x"));
    return seconds_since(begin);
}

static ProtobufCMessage *timed(const char *what, uint32_t type, const char *json, double *seconds)
{
    struct work before = worked();
    int64_t begin = clock_monotonic_us();
    ProtobufCMessage *reply = stack_apply(&stack, type, json);

    *seconds = seconds_since(begin);
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

    printf("verified: %.2f s; %s; %llu lines of %u payees, %u differences\n", seconds_since(begin), since(before),
           (unsigned long long)verified->lines, verified->payees, verified->different);
    fflush(stdout);
    expect("differences of the ledger", verified->different, 0);
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
        if (seconds_since(begin) > 60) {
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
    return seconds_since(begin) * 1e3;
}

static void measure_batches(uint32_t payees, double slower)
{
    double ms[BATCHES];
    uint32_t count = smoke ? 10 : BATCHES;
    struct work before = worked();

    for (uint32_t n = 0; n < count; n++)
        ms[n] = batch_ms(n, payees);
    printf("%u batches of %d contributions, from receipt to commit: median %.1f ms, p99 %.1f ms (target 60), most %.1f "
           "ms; %s\n",
           count, PAY_SCENE_BATCH, scene_median(ms, count), scene_quantile(ms, count, 0.99),
           scene_quantile(ms, count, 1), since(before));
    judge("a batch, p99 in ms", scene_quantile(ms, count, 0.99), BATCH_MS, slower);
}

/* --- the whole -------------------------------------------------------------------------------------------------------
 */

static void measure_changes(uint32_t payees, double full)
{
    const Bihuan__CalculatePayReply *reply;
    double one, batch, again;

    wait_committed(pay_scene_order(&stack, 1));
    reply = calculate("calculated after one order", false, &one);
    expect("payees worked out after one order", reply->worked_out, 1);
    wait_committed(pay_scene_batch(&stack, 0, payees));
    reply = calculate("calculated after one batch", false, &batch);
    reply = calculate("calculated again in full", true, &again);
    expect("entries that were missing", reply->entries, 0);
    printf("after one order %.3f of a full calculation, after a batch %.3f\n", one / full, batch / full);
}

static void close_all(double slower)
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
    judge("statements of all, s", seconds, STATEMENTS_SECONDS, slower);
    timed("one statement", MSG(GET_PAY_STATEMENT), "{\"unit\":\"U1\",\"period\":\"2026Q4\"}", &seconds);
}

static void measure(uint64_t contributions, uint32_t payees)
{
    double sum = plain_sum(), slower = sum / (SUM_SECONDS * (double)contributions / 5e6), full;
    const Bihuan__CalculatePayReply *reply;

    printf("plain SQL sum of the same credits by payee and record: %.2f s\n", sum);
    reply = calculate("calculated and booked in full", false, &full);
    expect("payees of the first calculation", reply->changed, payees);
    printf("  %.2f plain sums (target 10 s)\n", full / sum);
    judge("a full calculation, s", full, FULL_SECONDS, slower);
    judge_memory("after it");
    verify();
    judge_memory("after verifying");
    measure_changes(payees, full);
    measure_batches(payees, slower);
    calculate("calculated after all batches", false, &full);
    verify();
    close_all(slower);
    judge_memory("at the end");
}

int main(int argc, char **argv)
{
    uint64_t numbers[2] = { 5000000, 20000 };
    int given = 0;

    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--smoke") == 0)
            smoke = true;
        else if (given < 2)
            numbers[given++] = strtoull(argv[i], NULL, 10);
    if (smoke && !given) {
        numbers[0] = 20000;
        numbers[1] = 200;
    }
    pay_scene_start(&stack, numbers[0], (uint32_t)numbers[1]);
    conn = PQconnectdb(stack.pg.url);
    printf("%llu contributions, %u payees, %d measures; load %.1f\n", (unsigned long long)numbers[0],
           (uint32_t)numbers[1], PAY_SCENE_MEASURES, scene_load_average());
    judge_memory("after the start");
    measure(numbers[0], (uint32_t)numbers[1]);
    PQfinish(conn);
    stack_free(&stack);
    return missed ? 1 : 0;
}
