/* All streams of a running loop archived and pruned: replay over the bus gives them byte for byte as they were
 * published; monitoring and incentive, emptied, come to the same from files alone; a file that is missing or damaged
 * makes its reader wait and say which one, until it is put back; killed while archiving nothing is lost. What rows were
 * is kept by SQL beside the daemons; what sums must be is worked out of the facts by SQL. */
#include "base/buf.h"
#include "support/check.h"
#include "support/command.h"
#include "support/loop.h"
#include "support/seed.h"
#include "support/web.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bihuan/archive.pb-c.h"
#include "bihuan/envelope.pb-c.h"

static const char *const services[] = { "planning", "feedback", "monitoring", "incentive", NULL };

static struct stack stack;
static struct web web;
static uint64_t seed;
static int rows, files; /* dropped so far */

static long number(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static long number(const char *fmt, ...)
{
    char sql[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(sql, sizeof sql, fmt, ap);
    va_end(ap);
    return pg_number(&stack.pg, sql);
}

static void run_sql(const char *sql)
{
    free(pg_value(&stack.pg, sql));
}

static void drop(int count)
{
    struct buf file = { 0 };
    char name[64];

    buf_append_text(&file, "id,when,shop,what,qty,money\n");
    for (int i = 0; i < count; i++, rows++)
        buf_printf(&file, "order-%d,2026-09-%02d 10:00:00,S%d,phone,%d,%d.5\n", rows, rows % 30 + 1, rows % 3 + 1,
                   rows % 2 + 1, rows);
    snprintf(name, sizeof name, "f_20261001_%d.csv", ++files);
    loop_drop(&stack, "orders", name, file.data, file.len);
    buf_fini(&file);
    loop_wait_inbox(&stack, "orders", 60);
    loop_catch_up(&stack);
}

/* --- the oracle: every row that a stream ever had -------------------------------------------------------------------
 */

static void remember(void)
{
    for (int i = 0; services[i]; i++) {
        char sql[320];

        snprintf(
            sql, sizeof sql,
            "SET client_min_messages = warning; CREATE TABLE IF NOT EXISTS public.was_%1$s AS SELECT * FROM "
            "%1$s.bus_stream LIMIT 0;"
            "INSERT INTO public.was_%1$s SELECT * FROM %1$s.bus_stream s WHERE seq > coalesce((SELECT max(seq) FROM"
            " public.was_%1$s w WHERE w.bucket = s.bucket), 0)",
            services[i]);
        run_sql(sql);
    }
}

static void put_hex(struct buf *out, const ProtobufCBinaryData *bytes)
{
    buf_append_text(out, "'\\x");
    for (size_t i = 0; i < bytes->len; i++)
        buf_printf(out, "%02x", bytes->data[i]);
    buf_append_text(out, "'::bytea");
}

/* How many rows of the answer are those that were published, from a sequence on. */
static long published(const char *service, uint32_t bucket, uint64_t from, const Bihuan__ReplayReply *reply)
{
    struct buf sql = { 0 };
    long count;

    buf_printf(&sql, "SELECT count(*) FROM public.was_%s w JOIN (VALUES ", service);
    for (size_t i = 0; i < reply->n_envelope; i++) {
        buf_printf(&sql, "%s(%lu,", i ? "," : "", (unsigned long)(from + i));
        put_hex(&sql, &reply->envelope[i]);
        buf_append_text(&sql, ",");
        put_hex(&sql, &reply->payload[i]);
        buf_append_text(&sql, ")");
    }
    buf_printf(&sql, ") r(seq, envelope, payload) USING (seq, envelope, payload) WHERE w.bucket = %u", bucket);
    count = pg_number(&stack.pg, buf_text(&sql));
    buf_fini(&sql);
    return count;
}

/* What the daemon answers to REPLAY, row for row, against what was remembered. */
static long replayed(const char *service, uint32_t bucket)
{
    Bihuan__ReplayRequest request = BIHUAN__REPLAY_REQUEST__INIT;
    uint64_t head = (uint64_t)number("SELECT coalesce(max(seq), 0) FROM public.was_%s WHERE bucket = %u", service,
                                     bucket);

    request.bucket = bucket;
    request.max_bytes = 1 << 20;
    for (request.from_seq = 1; request.from_seq <= head;) {
        ProtobufCMessage *message;
        const Bihuan__ReplayReply *reply;
        struct err err;

        if (stack_ask(&stack, service, MSG(REPLAY), &request.base, &message, &err) != 0)
            fail_msg("%s/%u from %lu: %s", service, bucket, (unsigned long)request.from_seq, err.text);
        reply = (const Bihuan__ReplayReply *)message;
        assert_true(reply->n_envelope > 0);
        CHECK_INT(published(service, bucket, request.from_seq, reply), reply->n_envelope);
        request.from_seq += reply->n_envelope;
    }
    return (long)head;
}

static void check_replay(const char *service)
{
    long count = 0;

    for (int b = 0; b < stack.buckets; b++)
        count += replayed(service, (uint32_t)b);
    CHECK_INT(count, number("SELECT count(*) FROM public.was_%s", service));
}

/* --- archiving -------------------------------------------------------------------------------------------------------
 */

/* They say so every few seconds; a run that finds nothing as old keeps what they said. */
static bool readers_known(void *arg)
{
    (void)arg;
    command_expect("archive run feedback --days 3650", 0, "feedback");
    return number("SELECT count(*) FROM feedback.bus_reader WHERE seq >= (SELECT max(seq) FROM public.was_feedback w"
                  " WHERE w.bucket = bus_reader.bucket)") == 3 * stack.buckets; /* planning, monitoring, incentive */
}

static bool all_pruned(void *arg)
{
    long left = 0;

    (void)arg;
    command_expect("archive run --all", 0, "feedback");
    for (int i = 0; services[i]; i++)
        left += number("SELECT count(*) FROM %s.bus_stream", services[i]);
    return left == 0;
}

static void test_all_rows_go_to_files(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        drop(500);
    command_expect("archive list", 0, "feedback");
    command_expect("archive run feedback --all --keep-rows", 0, "feedback");
    remember();
    assert_true(number("SELECT count(*) FROM feedback.bus_archive") > 0);
    CHECK_INT(number("SELECT count(*) FROM feedback.bus_stream"), number("SELECT count(*) FROM public.was_feedback"));
    if (!stack_until(readers_known, NULL, 20))
        fail_msg("readers don't say how far they are");
    CHECK_INT(number("SELECT count(*) FROM feedback.bus_stream"), number("SELECT count(*) FROM public.was_feedback"));
    if (!stack_until(all_pruned, NULL, 15))
        fail_msg("rows are left: %s", command_output);
    for (int i = 0; services[i]; i++)
        check_replay(services[i]);
    CHECK_INT(number("SELECT count(DISTINCT reader) FROM feedback.bus_reader"), 3);
    command_expect("archive list feedback --readers", 0, "monitoring");
    command_expect("archive list feedback", 0, "READ BY ALL");
    command_expect("archive list feedback --files", 0, "000/0000000000000001-");
    command_expect("archive list -o json", 0, "\"archived\":");
    command_expect("archive verify", 0, "rows are whole");
    command_expect("verify", 0, "archived files of the streams were read");
    command_expect("archive run feedback --days 3 --all", 1, "give one of both");
    command_expect("archive run --days soon", 2, "not a number");
    command_expect("archive run nobody --all", 1, "nobody");
}

/* --- readers below the horizon ---------------------------------------------------------------------------------------
 */

static void empty(const char *service)
{
    char sql[240];

    stack_kill(&stack, service, "a", SIGTERM);
    snprintf(sql, sizeof sql, "ALTER SCHEMA %1$s RENAME TO %1$s_before; CREATE SCHEMA %1$s AUTHORIZATION bihuan_%1$s",
             service);
    run_sql(sql);
}

static void check_sums(void)
{
    struct loop_sums sums = loop_agree(&stack, "2026-09-01", "2026-10-01");

    /* by hand: order i is of shop i % 3 + 1 and has i % 2 + 1 pieces */
    for (int shop = 0; shop < 3; shop++) {
        char code[8];
        int64_t want = 0;

        for (int i = 0; i < rows; i++)
            want += i % 3 == shop ? i % 2 + 1 : 0;
        snprintf(code, sizeof code, "S%d", shop + 1);
        CHECK_INT(loop_sum_of(&sums, loop_unit(&stack, code), loop_measure(&stack, "pieces")), want);
    }
}

#define PROGRESS                                                                                                       \
    "SELECT unit_id, day, m, sum(v) FROM %s.progress p, unnest(p.measures, p.sums) u(m, v) GROUP BY 1, 2, 3"

static void start_empty(const char *service)
{
    stack.extra[0] = "--restore-streams=1";
    stack.extra[1] = strcmp(service, "incentive") == 0 ? "--rebuild=1" : NULL;
    stack_start(&stack, service, "a");
    stack.extra[0] = stack.extra[1] = NULL;
}

static void test_monitoring_emptied(void **state)
{
    (void)state;
    empty("monitoring");
    start_empty("monitoring");
    stack_wait_ready(&stack, "monitoring");
    loop_catch_up(&stack);
    CHECK_INT(number("SELECT count(*) FROM feedback.bus_stream") + number("SELECT count(*) FROM planning.bus_stream"),
              0); /* it had nothing but files */
    check_sums();
    /* by unit, day and measure: rows are parts of sums, as facts happened to come together */
    CHECK_INT(number("WITH b AS (" PROGRESS "), n AS (" PROGRESS ") SELECT count(*) FROM ((TABLE b EXCEPT ALL TABLE n)"
                     " UNION ALL (TABLE n EXCEPT ALL TABLE b)) d",
                     "monitoring_before", "monitoring"),
              0);
    assert_true(number("SELECT count(*) FROM monitoring.progress") > 0);
}

/* --- files that are gone ---------------------------------------------------------------------------------------------
 */

static char damaged_path[256];

/* A file of feedback's that has rows; the last of a bucket that has one. */
static int find_file(void)
{
    char *name = pg_value(&stack.pg, "SELECT lpad(bucket::text, 3, '0') || '/' || lpad(from_seq::text, 16, '0') || '-'"
                                     " || lpad(to_seq::text, 16, '0') || '.stream' FROM feedback.bus_archive ORDER BY"
                                     " bucket DESC, from_seq DESC LIMIT 1");
    int bucket = atoi(name);

    snprintf(damaged_path, sizeof damaged_path, "%s/data/streams/feedback/%s", stack.dir, name);
    free(name);
    return bucket;
}

static char said[512]; /* by incentive, when it was asked last */

static bool says_why(void *arg)
{
    Bihuan__StatusRequest request = BIHUAN__STATUS_REQUEST__INIT;
    ProtobufCMessage *reply;
    struct err err;

    if (stack_ask(&stack, "incentive", MSG(STATUS), &request.base, &reply, &err) != 0) {
        snprintf(said, sizeof said, "%s", err.text);
        return false;
    }
    snprintf(said, sizeof said, "%s", ((const Bihuan__StatusReply *)reply)->reason);
    return strstr(said, arg) && strstr(said, "waits at") && strstr(said, "streams/feedback/");
}

static void expect_waiting(const char *why, int bucket)
{
    char word[24];

    snprintf(word, sizeof word, "%s", why);
    if (!stack_until(says_why, word, 60)) /* it reads the rest of the streams first */
        fail_msg(
            "incentive doesn't say that a file is %s, but \"%s\"; it is at %ld of bucket %d", why, said,
            number("SELECT max(seq) FROM incentive.bus_position WHERE source = 'feedback' AND bucket = %d", bucket),
            bucket);
    assert_true(number("SELECT count(*) FROM incentive.bus_position WHERE source = 'feedback' AND bucket = %d AND seq"
                       " >= (SELECT max(to_seq) FROM feedback.bus_archive WHERE bucket = %d)",
                       bucket, bucket) == 0);
    command_expect("archive verify feedback", 1, why);
}

static void flip(void)
{
    FILE *file = fopen(damaged_path, "r+");
    int byte;

    assert_non_null(file);
    assert_int_equal(fseek(file, -1, SEEK_END), 0);
    byte = fgetc(file);
    assert_int_equal(fseek(file, -1, SEEK_END), 0);
    fputc(byte ^ 0x10, file);
    fclose(file);
}

static void test_a_missing_file_is_waited_for(void **state)
{
    int bucket = find_file();
    char away[280];

    (void)state;
    snprintf(away, sizeof away, "%s.away", damaged_path);
    empty("incentive");
    stack_kill(&stack, "feedback", "a", SIGTERM); /* its threads remember the file that they read last */
    assert_int_equal(rename(damaged_path, away), 0);
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
    start_empty("incentive");
    expect_waiting("missing", bucket);
    assert_int_equal(rename(away, damaged_path), 0);
    flip();
    expect_waiting("damaged", bucket);
    flip();
    stack_wait_ready(&stack, "incentive"); /* by itself */
    loop_catch_up(&stack);
    check_sums();
    command_expect("verify", 0, "agree");
}

/* --- killed ----------------------------------------------------------------------------------------------------------
 */

static void order_run(const char *service)
{
    Bihuan__RunArchiveRequest request = BIHUAN__RUN_ARCHIVE_REQUEST__INIT;
    struct err err;

    request.all = true;
    if (stack_ask(&stack, service, MSG(RUN_ARCHIVE), &request.base, NULL, &err) != 0)
        fail_msg("%s: %s", service, err.text);
}

static void test_killed_while_archiving(void **state)
{
    (void)state;
    for (int round = 0; round < 4; round++) {
        drop(300);
        remember();
        order_run("feedback");
        usleep((unsigned)random_below(&seed, 60000));
        stack_kill(&stack, "feedback", "a", SIGKILL);
        stack_start(&stack, "feedback", "a");
        stack_wait_ready(&stack, "feedback");
    }
    check_replay("feedback");
    if (!stack_until(all_pruned, NULL, 15))
        fail_msg("rows are left: %s", command_output);
    remember();
    check_replay("feedback");
    command_expect("archive verify", 0, "rows are whole");
    loop_catch_up(&stack);
    check_sums();
}

/* --- scene -----------------------------------------------------------------------------------------------------------
 */

static void apply_plan(void)
{
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'phone','name':'Phone'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'amount','title_zh':'金额','title_en':'Amount','value':'amount'},"
               "{'code':'pieces','title_zh':'件数','title_en':'Pieces','value':'quantity'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS), "{'items':[{'code':'P','name':'Province','type':'province'}]}");
    for (int i = 1; i <= 3; i++)
        loop_apply(&stack, MSG(APPLY_UNITS),
                   "{'items':[{'code':'S%d','name':'Shop','type':'outlet','relations':[{'parent':'P',"
                   "'from':'2026-01-01'}]}]}",
                   i);
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders','title':'Orders','sender':'boss','fact':'order_line',"
                    "'files':'f_{yyyyMMdd}_{n+}.csv','key':['id'],'columns':["
                    "{'field':'time','column':'when','format':'yyyy-MM-dd HH:mm:ss'},"
                    "{'field':'unit','column':'shop'},{'field':'product','column':'what'},"
                    "{'field':'quantity','column':'qty'},{'field':'amount','column':'money'}]}]}");
}

static int set_up(void **state)
{
    (void)state;
    seed = test_seed();
    stack_new(&stack);
    stack.buckets = 4;
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:00:00+08:00@%lld", (long long)time(NULL));
    web_start(&web, &stack);
    loop_start(&stack);
    apply_plan();
    loop_catch_up(&stack); /* or rows would wait for units that feedback hasn't heard of */
    command_open(&stack, &web, "commands");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_rows_go_to_files),
        cmocka_unit_test(test_monitoring_emptied),
        cmocka_unit_test(test_a_missing_file_is_waited_for),
        cmocka_unit_test(test_killed_while_archiving),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
