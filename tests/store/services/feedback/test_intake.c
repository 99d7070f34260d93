/* Files and rows through a real feedback daemon: effect, counts, quarantine, restart, watermark. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "bus/wire.h"
#include "support/receiving.h"

#include "bihuan/feedback.pb-c.h"
#include "bihuan/planning.pb-c.h"

#include <fcntl.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>
#include <zlib.h>

/* Rows of a file that is long to read: 400 batches, in any of which it may be disturbed. */
#define LONG 10000

static struct stack stack;

/* What planning would have published. */
static const char REFERENCE[] =
    "SET search_path TO feedback;"
    "INSERT INTO ref_unit VALUES (1, 'P', 'province', ''), (2, 'C1', 'city', ''), (3, 'C2', 'city', ''),"
    " (4, 'S1', 'outlet', 'store'), (5, 'S2', 'outlet', 'store'), (6, 'ann', 'salesperson', '');"
    "INSERT INTO ref_relation (unit_id, parent, from_day, until_day) VALUES (2, 'P', '2000-01-01', 'infinity'),"
    " (3, 'P', '2000-01-01', 'infinity'), (4, 'C1', '2000-01-01', 'infinity'),"
    " (5, 'C2', '2000-01-01', 'infinity'), (6, 'S1', '2000-01-01', 'infinity');"
    "INSERT INTO ref_channel VALUES (1, 'store'), (2, 'web');"
    "INSERT INTO ref_product VALUES (1, 'mobile', '', ''), (2, 'plan5g', 'mobile', '100');";

/* Sums over the whole stream of facts, as a reader would make them: by unit and measure. */
static int64_t streamed[16][8];

static void add_message(const Bihuan__FactsRecorded *facts)
{
    size_t at = 0;

    for (size_t i = 0; i < facts->n_unit_id; i++)
        for (uint32_t c = 0; c < facts->contributions[i]; c++, at++)
            streamed[facts->unit_id[i]][facts->measure_id[at]] += facts->value[at];
    assert_int_equal(at, facts->n_value);
}

static void sum_streams(void)
{
    char url[256];
    PGconn *conn = PQconnectdb(pg_url(&stack.pg, "", url, sizeof url));
    PGresult *rows = PQexecParams(conn, "SELECT envelope, payload FROM feedback.bus_stream WHERE type = 100", 0, NULL,
                                  NULL, NULL, NULL, 1);

    memset(streamed, 0, sizeof streamed);
    assert_true(PQntuples(rows) > 0);
    for (int i = 0; i < PQntuples(rows); i++) {
        Bihuan__Envelope *envelope = bihuan__envelope__unpack(NULL, (size_t)PQgetlength(rows, i, 0),
                                                              (const uint8_t *)PQgetvalue(rows, i, 0));
        const uint8_t *payload;
        size_t len;
        struct arena arena;
        struct err err;

        arena_init(&arena);
        assert_int_equal(wire_open_payload(envelope, (const uint8_t *)PQgetvalue(rows, i, 1),
                                           (size_t)PQgetlength(rows, i, 1), &arena, &payload, &len, &err),
                         0);
        add_message(bihuan__facts_recorded__unpack(&arena.allocator, len, payload));
        arena_fini(&arena);
        bihuan__envelope__free_unpacked(envelope, NULL);
    }
    PQclear(rows);
    PQfinish(conn);
}

static void put_measure_sql(const Bihuan__Measure *measure)
{
    char sql[2000];
    uint8_t bytes[400];
    size_t len = bihuan__measure__pack(measure, bytes);
    int at = snprintf(sql, sizeof sql, "INSERT INTO feedback.ref_measure VALUES (%u, '\\x", measure->id);

    for (size_t b = 0; b < len; b++)
        at += snprintf(sql + at, sizeof sql - (size_t)at, "%02x", bytes[b]);
    snprintf(sql + at, sizeof sql - (size_t)at, "')");
    free(pg_value(&stack.pg, sql));
}

static void put_measures(void)
{
    Bihuan__Measure amount = BIHUAN__MEASURE__INIT, lines = BIHUAN__MEASURE__INIT;

    amount.id = 1;
    amount.code = receiving_text("amount");
    amount.fact = lines.fact = receiving_text("order_line");
    amount.value = receiving_text("amount");
    lines.id = 2;
    lines.code = receiving_text("lines");
    lines.value = receiving_text("count");
    put_measure_sql(&amount);
    put_measure_sql(&lines);
}

static const char FEED[] =
    "{\"items\":[{\"code\":\"orders\",\"title\":\"Orders\",\"sender\":\"boss\",\"fact\":\"order_line\","
    "\"files\":\"orders_{yyyyMMdd}_{n+}.csv{*}\",\"key\":[\"id\"],\"columns\":["
    "{\"field\":\"time\",\"column\":\"when\",\"format\":\"yyyy-MM-dd HH:mm:ss\"},"
    "{\"field\":\"unit\",\"column\":\"shop\",\"map\":\"shops\"},{\"field\":\"seller\",\"column\":\"who\"},"
    "{\"field\":\"product\",\"column\":\"what\"},{\"field\":\"amount\",\"column\":\"money\"},"
    "{\"field\":\"state\",\"column\":\"state\"},{\"field\":\"version\",\"column\":\"v\",\"default\":\"1\"}],"
    "\"maps\":[{\"name\":\"shops\",\"pass\":true,\"entries\":[{\"from\":\"one\",\"to\":\"S1\"}]}]}]}";

#define HEAD "id,when,shop,who,what,money,state,v\n"

static void inbox(const char *name, char out[256])
{
    snprintf(out, 256, "%s/data/inbox/orders/%s", stack.dir, name);
}

/* Written aside and renamed in, with an old time of writing: complete at once. */
static void deliver(const char *name, const void *bytes, size_t len)
{
    char aside[256], path[256];
    FILE *file;

    inbox(".delivery", aside);
    inbox(name, path);
    file = fopen(aside, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
    assert_int_equal(rename(aside, path), 0);
}

static bool is_finished(void *arg)
{
    char sql[300];

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM feedback.feed_file WHERE name = '%s' AND state NOT IN ('loading', 'waiting')",
             (const char *)arg);
    return pg_number(&stack.pg, sql) > 0;
}

static bool is_gone(void *arg)
{
    char path[256];

    inbox(arg, path);
    return access(path, F_OK) != 0;
}

static void deliver_text(const char *name, const char *text)
{
    deliver(name, text, strlen(text));
    assert_true(stack_until(is_finished, receiving_text(name), 20));
    assert_true(stack_until(is_gone, receiving_text(name), 20));
}

static void expect_file(const char *name, const char *state, long read, long accepted, long duplicate, long superseded,
                        long suspended)
{
    char sql[300], want[100];
    char *got;

    snprintf(sql, sizeof sql,
             "SELECT state || ' ' || rows_read || ' ' || accepted || ' ' || duplicate || ' ' || superseded || ' '"
             " || suspended FROM feedback.feed_file WHERE name = '%s' ORDER BY id DESC LIMIT 1",
             name);
    snprintf(want, sizeof want, "%s %ld %ld %ld %ld %ld", state, read, accepted, duplicate, superseded, suspended);
    got = pg_value(&stack.pg, sql);
    assert_string_equal(got, want);
    free(got);
}

/* Sum of a measure at a unit over all buckets, by recount, from..until. */
static int64_t recount(uint32_t unit, uint32_t measure, const char *from, const char *until)
{
    int64_t sum = 0;

    for (uint32_t b = 0; b < 16; b++) {
        Bihuan__RecountRequest request = BIHUAN__RECOUNT_REQUEST__INIT;
        ProtobufCMessage *message;
        const Bihuan__RecountReply *reply;
        struct err err;

        request.from = receiving_text(from);
        request.until = receiving_text(until);
        request.bucket = b;
        for (int i = 0; i < 100; i++) {
            if (stack_ask(&stack, "feedback", MSG(RECOUNT), &request.base, &message, &err) == 0)
                break;
            assert_string_equal(err.code, "reissue_running");
            usleep(100000);
        }
        reply = (const Bihuan__RecountReply *)message;
        for (size_t i = 0; i < reply->n_unit_id; i++)
            if (reply->unit_id[i] == unit && reply->measure_id[i] == measure)
                sum += reply->value[i];
    }
    return sum;
}

static int set_up(void **state)
{
    static const struct receiving scene = {
        .feeds = FEED, .reference = REFERENCE, .put = put_measures, .flags = { "--batch-rows=25" }
    };

    (void)state;
    receiving_start(&stack, &scene);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

static void test_rows_become_facts(void **state)
{
    (void)state;
    deliver_text("orders_20261101_1.csv", HEAD "k1,2026-11-01 09:00:00,one,ann,plan5g,10.5,completed,1\n"
                                               "k2,2026-11-01 10:00:00,S2,,plan5g,100,completed,1\n"
                                               "k3,2026-11-01 10:00:00,S2,,plan5g,7,placed,1\n"
                                               "k2,2026-11-01 10:00:00,S2,,plan5g,100,completed,1\n"
                                               "k4,2026-11-01 10:00:00,S9,,plan5g,7,placed,1\n"
                                               "k5,2026-11-01,S2,,plan5g,7,placed,1\n");
    expect_file("orders_20261101_1.csv", "partial", 6, 3, 1, 0, 2);
    assert_int_equal(recount(6, 1, "", ""), 105000);
    assert_int_equal(recount(5, 1, "", ""), 1000000);
    assert_int_equal(recount(5, 2, "2026-11-01", "2026-11-02"), 1);
}

static void test_same_content_under_another_name(void **state)
{
    char *said;

    (void)state;
    deliver_text("orders_20261102_1.csv", HEAD "d1,2026-11-02 09:00:00,S1,,plan5g,1,completed,1\n");
    deliver_text("orders_20261102_2.csv", HEAD "d1,2026-11-02 09:00:00,S1,,plan5g,1,completed,1\n");
    expect_file("orders_20261102_1.csv", "loaded", 1, 1, 0, 0, 0);
    expect_file("orders_20261102_2.csv", "duplicate", 0, 0, 0, 0, 0);
    said = pg_value(&stack.pg, "SELECT d.error = format('the same bytes as file %s, \"%s\"', o.id, o.name) FROM "
                               "feedback.feed_file d, feedback.feed_file o WHERE d.name = 'orders_20261102_2.csv' AND "
                               "o.name = 'orders_20261102_1.csv'");
    assert_string_equal(said, "t");
    free(said);
    assert_int_equal(recount(4, 2, "2026-11-02", "2026-11-03"), 1);
}

static void test_versions_and_cancels(void **state)
{
    (void)state;
    /* The cancel comes first and waits. */
    deliver_text("orders_20261104_1.csv", HEAD "c1,2026-11-05 09:00:00,S1,,plan5g,,cancelled,1\n");
    assert_int_equal(recount(4, 1, "2026-11-04", "2026-11-06"), 0);
    deliver_text("orders_20261104_2.csv", HEAD "c1,2026-11-04 09:00:00,S1,,plan5g,30,completed,1\n"
                                               "c2,2026-11-04 09:00:00,S1,,plan5g,5,completed,3\n"
                                               "c2,2026-11-04 09:00:00,S1,,plan5g,4,completed,2\n"
                                               "c2,2026-11-04 09:00:00,S1,,plan5g,6,completed,3\n");
    expect_file("orders_20261104_2.csv", "partial", 4, 2, 0, 1, 1);
    assert_int_equal(recount(4, 1, "2026-11-04", "2026-11-05"), 350000);
    assert_int_equal(recount(4, 1, "2026-11-05", "2026-11-06"), -300000);
    deliver_text("orders_20261104_3.csv", HEAD "c2,2026-11-04 09:00:00,S2,,plan5g,8,completed,4\n");
    assert_int_equal(recount(4, 1, "2026-11-04", "2026-11-05"), 300000);
    assert_int_equal(recount(5, 1, "2026-11-04", "2026-11-05"), 80000);
}

static void test_quarantine_is_released(void **state)
{
    Bihuan__ReleaseRejectsRequest release = BIHUAN__RELEASE_REJECTS_REQUEST__INIT;
    Bihuan__ListRejectsRequest list = BIHUAN__LIST_REJECTS_REQUEST__INIT;
    ProtobufCMessage *reply;
    struct err err;

    (void)state;
    deliver_text("orders_20261107_1.csv", HEAD "q1,2026-11-07 09:00:00,shop-two,,plan5g,1,completed,1\n"
                                               "q2,2026-11-07 09:00:00,S2,,plan5g,2,completed,1\n");
    expect_file("orders_20261107_1.csv", "partial", 2, 1, 0, 0, 1);
    list.feed = receiving_text("orders");
    list.reason = receiving_text("unknown_unit");
    assert_int_equal(stack_ask(&stack, "feedback", MSG(LIST_REJECTS), &list.base, &reply, &err), 0);
    assert_true(((Bihuan__ListRejectsReply *)reply)->n_items >= 1);
    {
        char mended[sizeof FEED + 100];
        const char *at = strstr(FEED, "{\"from\":\"one\"");

        snprintf(mended, sizeof mended, "%.*s{\"from\":\"shop-two\",\"to\":\"S2\"},%s", (int)(at - FEED), FEED, at);
        stack_apply(&stack, MSG(APPLY_FEEDS), mended);
    }
    release.feed = receiving_text("orders");
    release.reason = receiving_text("unknown_unit");
    assert_int_equal(stack_ask(&stack, "feedback", MSG(RELEASE_REJECTS), &release.base, &reply, &err), 0);
    assert_int_equal(((Bihuan__ReleaseRejectsReply *)reply)->released, 1);
    expect_file("orders_20261107_1.csv", "loaded", 2, 2, 0, 0, 0);
    assert_int_equal(recount(5, 1, "2026-11-07", "2026-11-08"), 30000);
}

/* A file cut short: what came before the damage counts, the file is refused; whole again, the rest is added. */
static void test_truncated_gzip(void **state)
{
    char path[256];
    char *bytes = malloc(1 << 20);
    gzFile gz;
    FILE *file;
    size_t len;

    (void)state;
    inbox(".whole", path);
    gz = gzopen(path, "w");
    gzputs(gz, HEAD);
    for (int i = 0; i < 3000; i++)
        gzprintf(gz, "z%d,2026-11-08 09:00:%02d,S1,,plan5g,%d,completed,1\n", i * 7919, i % 60, i % 97 + 1);
    gzclose(gz);
    file = fopen(path, "r");
    len = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    deliver("orders_20261108_1.csv.gz", bytes, len / 2);
    assert_true(stack_until(is_finished, receiving_text("orders_20261108_1.csv.gz"), 20));
    assert_true(stack_until(is_gone, receiving_text("orders_20261108_1.csv.gz"), 20));
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state = 'refused'"
                                          " AND name = 'orders_20261108_1.csv.gz' AND rows_read > 500"
                                          " AND rows_read = accepted AND error LIKE '%after byte%'"),
                     1);
    deliver("orders_20261108_2.csv.gz", bytes, len);
    assert_true(stack_until(is_finished, receiving_text("orders_20261108_2.csv.gz"), 20));
    assert_int_equal(recount(4, 2, "2026-11-08", "2026-11-09"), 3000);
    free(bytes);
}

/* A small file that was read in part when the daemon died is gone on with, though others wait beside it. */
static void test_begun_among_small_files(void **state)
{
    static const char FIRST[] = HEAD "beg1,2026-11-17 09:00:00,S1,,plan5g,1,completed,1\n";
    static const char TEXT[] = HEAD "beg1,2026-11-17 09:00:00,S1,,plan5g,1,completed,1\n"
                                    "beg2,2026-11-17 10:00:00,S1,,plan5g,1,completed,1\n";
    static const char OTHER[] = HEAD "beg3,2026-11-17 11:00:00,S1,,plan5g,1,completed,1\n";
    char sql[300];

    (void)state;
    deliver_text("orders_20261117_1.csv", TEXT);
    stack_kill(&stack, "feedback", "a", SIGKILL);
    snprintf(sql, sizeof sql,
             "UPDATE feedback.feed_file SET state = 'loading', done_at = NULL, done_offset = %zu, done_line = 3,"
             " done_row = 2 WHERE name = 'orders_20261117_1.csv'",
             strlen(FIRST));
    free(pg_value(&stack.pg, sql));
    deliver("orders_20261117_0.csv", OTHER, strlen(OTHER));
    deliver("orders_20261117_1.csv", TEXT, strlen(TEXT));
    deliver("orders_20261117_2.csv", FIRST, strlen(FIRST));
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
    for (int i = 0; i < 3; i++) {
        snprintf(sql, sizeof sql, "orders_20261117_%d.csv", i);
        assert_true(stack_until(is_finished, sql, 20));
        assert_true(stack_until(is_gone, sql, 20));
    }
    expect_file("orders_20261117_0.csv", "loaded", 1, 1, 0, 0, 0);
    expect_file("orders_20261117_1.csv", "loaded", 3, 2, 1, 0, 0); /* its second row came twice */
    expect_file("orders_20261117_2.csv", "loaded", 1, 0, 1, 0, 0);
    assert_int_equal(recount(4, 2, "2026-11-17", "2026-11-18"), 3);
}

static void test_missing_column_and_name(void **state)
{
    (void)state;
    deliver_text("orders_20261109_1.csv", "id,when,shop\nx,2026-11-09 09:00:00,S1\n");
    expect_file("orders_20261109_1.csv", "refused", 0, 0, 0, 0, 0);
    deliver_text("other.csv", HEAD "x,2026-11-09 09:00:00,S1,,plan5g,1,completed,1\n");
    expect_file("other.csv", "refused", 0, 0, 0, 0, 0);
}

static void test_upload_and_append(void **state)
{
    static const char TEXT[] = HEAD "u1,2026-11-10 09:00:00,S1,,plan5g,1,completed,1\n";
    Bihuan__UploadChunkRequest chunk = BIHUAN__UPLOAD_CHUNK_REQUEST__INIT;
    Bihuan__AppendRecordsRequest append = BIHUAN__APPEND_RECORDS_REQUEST__INIT;
    ProtobufCMessage *reply;
    struct err err;

    (void)state;
    chunk.feed = append.feed = receiving_text("orders");
    chunk.name = receiving_text("orders_20261110_1.csv");
    chunk.data = (ProtobufCBinaryData) { 20, (uint8_t *)(uintptr_t)TEXT };
    for (int i = 0; i < 2; i++) /* the same piece twice */
        assert_int_equal(stack_ask(&stack, "feedback", MSG(UPLOAD_CHUNK), &chunk.base, &reply, &err), 0);
    chunk.offset = 21;
    assert_int_equal(stack_ask(&stack, "feedback", MSG(UPLOAD_CHUNK), &chunk.base, &reply, &err), -1);
    assert_string_equal(err.code, "bad_offset");
    chunk.offset = 20;
    chunk.last = true;
    chunk.data = (ProtobufCBinaryData) { sizeof TEXT - 21, (uint8_t *)(uintptr_t)TEXT + 20 };
    assert_int_equal(stack_ask(&stack, "feedback", MSG(UPLOAD_CHUNK), &chunk.base, &reply, &err), 0);
    assert_true(stack_until(is_finished, receiving_text("orders_20261110_1.csv"), 20));
    assert_int_equal(stack_ask(&stack, "feedback", MSG(UPLOAD_CHUNK), &chunk.base, &reply, &err), 0);
    expect_file("orders_20261110_1.csv", "loaded", 1, 1, 0, 0, 0);

    append.name = receiving_text("live-1.csv");
    append.data = (ProtobufCBinaryData) { strlen(HEAD "a1,2026-11-11 09:00:00,S1,,plan5g,1,completed,1\n"),
                                          (uint8_t *)(uintptr_t)HEAD
                                          "a1,2026-11-11 09:00:00,S1,,plan5g,1,completed,1\n" };
    for (int i = 0; i < 2; i++) {
        assert_int_equal(stack_ask(&stack, "feedback", MSG(APPEND_RECORDS), &append.base, &reply, &err), 0);
        assert_int_equal(((Bihuan__AppendRecordsReply *)reply)->file->accepted, 1);
    }
    append.data.len--;
    assert_int_equal(stack_ask(&stack, "feedback", MSG(APPEND_RECORDS), &append.base, &reply, &err), -1);
    assert_string_equal(err.code, "name_in_use");
    assert_int_equal(recount(4, 2, "2026-11-10", "2026-11-12"), 2);
}

/* Rows by request with a key; the status, and what was accepted or the problem's code. */
static uint32_t append_keyed(const char *key, const char *name, const char *text, char *code)
{
    Bihuan__AppendRecordsRequest append = BIHUAN__APPEND_RECORDS_REQUEST__INIT;
    struct buf out = { 0 };
    uint32_t status = 0;
    void *socket;

    append.feed = receiving_text("orders");
    append.name = receiving_text(name);
    append.data = (ProtobufCBinaryData) { strlen(text), (uint8_t *)(uintptr_t)text };
    socket = stack_send(&stack, "feedback", "a", MSG(APPEND_RECORDS), key, &append.base);
    assert_non_null(socket);
    assert_int_equal(stack_receive(socket, 10000, &status, &out), 0);
    zmq_close(socket);
    if (status == 200) {
        Bihuan__AppendRecordsReply *reply = bihuan__append_records_reply__unpack(NULL, out.len, out.data);

        snprintf(code, 32, "%s %d", reply->file->name, (int)reply->file->accepted);
        bihuan__append_records_reply__free_unpacked(reply, NULL);
    } else {
        Bihuan__Problem *problem = bihuan__problem__unpack(NULL, out.len, out.data);

        snprintf(code, 32, "%s", problem->code);
        bihuan__problem__free_unpacked(problem, NULL);
    }
    buf_fini(&out);
    return status;
}

/* A request is answered once for its key, whatever it was, whether it counts, is refused or comes again changed. */
static void test_appended_again(void **state)
{
    static const char ROW[] = HEAD "again1,2026-11-13 09:00:00,S1,,plan5g,1,completed,1\n";
    static const char OTHER[] = HEAD "again2,2026-11-13 09:00:00,S1,,plan5g,1,completed,1\n";
    char code[32];

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(append_keyed("key-1", "keyed-1.csv", ROW, code), 200);
        assert_string_equal(code, "keyed-1.csv 1");
    }
    assert_int_equal(append_keyed("key-1", "keyed-2.csv", OTHER, code), 422);
    assert_string_equal(code, "idempotency_key_reused");
    assert_int_equal(append_keyed("key-2", "keyed-1.csv", OTHER, code), 409);
    assert_string_equal(code, "name_in_use");
    assert_int_equal(append_keyed("key-2", "keyed-2.csv", OTHER, code), 200); /* a refusal keeps no key */
    assert_string_equal(code, "keyed-2.csv 1");
    assert_int_equal(append_keyed("key-3", "keyed-2.csv", OTHER, code), 200); /* the same file under a new key */
    assert_int_equal(recount(4, 2, "2026-11-13", "2026-11-14"), 2);
}

static void upload(const char *name, uint64_t offset, const char *text, bool last, const char *want_code)
{
    Bihuan__UploadChunkRequest chunk = BIHUAN__UPLOAD_CHUNK_REQUEST__INIT;
    ProtobufCMessage *reply;
    struct err err;

    chunk.feed = receiving_text("orders");
    chunk.name = receiving_text(name);
    chunk.offset = offset;
    chunk.data = (ProtobufCBinaryData) { strlen(text), (uint8_t *)(uintptr_t)text };
    chunk.last = last;
    err_clear(&err);
    if (stack_ask(&stack, "feedback", MSG(UPLOAD_CHUNK), &chunk.base, &reply, &err) == 0)
        assert_int_equal(((Bihuan__UploadChunkReply *)reply)->offset, offset + strlen(text));
    assert_string_equal(err.code, want_code);
}

/* Of two uploads under one name only one comes through, and as it was sent. */
static void test_two_uploads_of_one_name(void **state)
{
    static const char NAME[] = "orders_20261114_1.csv", ROW[] = "t1,2026-11-14 09:00:00,S1,,plan5g,1,completed,1\n";
    static const char OTHER[] = "t2,2026-11-14 09:00:00,S1,,plan5g,2,completed,1\n";
    size_t head = strlen(HEAD);

    (void)state;
    upload(NAME, 0, "xx,", false, "");
    upload(NAME, 0, HEAD, false, "upload_under_way");
    {
        char part[256];
        struct timespec long_ago[2] = { { 1, 0 }, { 1, 0 } };

        inbox(".orders_20261114_1.csv.part", part);
        assert_int_equal(utimensat(AT_FDCWD, part, long_ago, 0), 0);
    }
    upload(NAME, 0, HEAD, false, ""); /* the first was given up */
    upload(NAME, 0, HEAD, false, ""); /* a second one begins the same ... */
    upload(NAME, head, ROW, false, "");
    upload(NAME, head, OTHER, false, "upload_under_way"); /* ... and goes on otherwise */
    upload(NAME, 0, HEAD, false, "");
    upload(NAME, head, ROW, true, "");
    assert_true(stack_until(is_finished, receiving_text(NAME), 20));
    assert_true(stack_until(is_gone, receiving_text(NAME), 20));
    upload(NAME, head, ROW, true, ""); /* the answer was lost */
    upload(NAME, head, OTHER, true, "bad_offset");
    expect_file(NAME, "loaded", 1, 1, 0, 0, 0);
    assert_int_equal(recount(4, 1, "2026-11-14", "2026-11-15"), 10000);
}

static bool is_loading(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state = 'loading'") > 0;
}

static bool are_two_loaded(void *arg)
{
    char sql[200];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM feedback.feed_file WHERE name = '%s' AND state = 'loaded'",
             (const char *)arg);
    return pg_number(&stack.pg, sql) == 2;
}

/* LONG lines at one shop, one of each key, handed over and begun to be read. */
static void deliver_long(const char *name, const char *day, char key)
{
    static char text[8 << 20];
    size_t len = (size_t)snprintf(text, sizeof text, "%s", HEAD);

    for (int i = 0; i < LONG; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%c%d,%s 09:00:00,S1,,plan5g,1,completed,1\n", key, i,
                                day);
    deliver(name, text, len);
    assert_true(stack_until(is_loading, NULL, 20));
}

/* Another file takes its name while it is read: both are read, each as what it is. */
static void test_replaced_while_read(void **state)
{
    static const char NAME[] = "orders_20261115_1.csv";
    static const char NEXT[] = HEAD "v,2026-11-15 09:00:00,S2,,plan5g,1,completed,1\n";

    (void)state;
    deliver_long(NAME, "2026-11-15", 'v');
    upload(NAME, 0, NEXT, true, "name_waits");
    deliver(NAME, NEXT, sizeof NEXT - 1);
    assert_true(stack_until(are_two_loaded, receiving_text(NAME), 60));
    assert_true(stack_until(is_gone, receiving_text(NAME), 20));
    assert_int_equal(recount(4, 2, "2026-11-15", "2026-11-16"), LONG);
    assert_int_equal(recount(5, 2, "2026-11-15", "2026-11-16"), 1);
}

/* A line is added while it is read: it isn't what its hash says, and is read once more as what it has become. */
static void test_written_to_while_read(void **state)
{
    static const char NAME[] = "orders_20261116_1.csv";
    char path[256];
    FILE *file;

    (void)state;
    deliver_long(NAME, "2026-11-16", 'g');
    inbox(NAME, path);
    file = fopen(path, "a");
    assert_non_null(file);
    fputs("g,2026-11-16 09:00:00,S2,,plan5g,1,completed,1\n", file);
    fclose(file);
    assert_true(stack_until(is_gone, receiving_text(NAME), 60));
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state = 'refused'"
                                          " AND name = 'orders_20261116_1.csv' AND error LIKE '%written to%'"),
                     1);
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state = 'loaded'"
                                          " AND name = 'orders_20261116_1.csv' AND rows_read = 10001"),
                     1);
    assert_int_equal(recount(4, 2, "2026-11-16", "2026-11-17"), LONG);
    assert_int_equal(recount(5, 2, "2026-11-16", "2026-11-17"), 1);
}

/* Killed while it reads, again and again: every row counts once. */
static void test_kill_while_loading(void **state)
{
    static char text[8 << 20];
    size_t len = (size_t)snprintf(text, sizeof text, "%s", HEAD);

    (void)state;
    for (int i = 0; i < LONG; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "x%d,2026-11-12 09:00:00,S1,,plan5g,1,completed,1\n", i);
    deliver("orders_20261112_1.csv", text, len);
    for (int i = 0; i < 4; i++) {
        usleep(150000);
        stack_kill(&stack, "feedback", "a", SIGKILL);
        stack_start(&stack, "feedback", "a");
        stack_wait_ready(&stack, "feedback");
    }
    assert_true(stack_until(is_finished, receiving_text("orders_20261112_1.csv"), 60));
    expect_file("orders_20261112_1.csv", "loaded", LONG, LONG, 0, 0, 0);
    assert_int_equal(recount(4, 2, "2026-11-12", "2026-11-13"), LONG);
}

static void test_watermark(void **state)
{
    (void)state;
    deliver_text("orders_20261120_1.csv", HEAD "w1,2026-11-20 09:00:00,S1,,plan5g,1,completed,1\n");
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed"
                                          " WHERE through = '2026-11-21 00:00:00+08'"),
                     1);
    assert_true(pg_number(&stack.pg, "SELECT count(*) FROM feedback.bus_stream WHERE type = 101") > 0);
}

/* The clock says 25 November. */
static void test_file_from_the_future(void **state)
{
    static const char TEXT[] = HEAD "y1,2026-11-21 09:00:00,S1,,plan5g,1,completed,1\n"
                                    "y2,2026-12-21 09:00:00,S1,,plan5g,1,completed,1\n";
    char *error;

    (void)state;
    deliver_text("orders_20261221_1.csv", TEXT);
    expect_file("orders_20261221_1.csv", "refused", 0, 0, 0, 0, 0);
    error = pg_value(&stack.pg, "SELECT error FROM feedback.feed_file WHERE name = 'orders_20261221_1.csv'");
    assert_non_null(strstr(error, "orders_20261221_1.csv\" is dated 2026-12-21, and today is 2026-11-25"));
    free(error);
    deliver_text("orders_20261121_1.csv", TEXT); /* under its right name */
    expect_file("orders_20261121_1.csv", "partial", 2, 1, 0, 0, 1);
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed"
                                          " WHERE through = '2026-11-22 00:00:00+08'"),
                     1);
}

static void test_bad_feed_is_pointed_at(void **state)
{
    Bihuan__ApplyFeedsRequest request = BIHUAN__APPLY_FEEDS_REQUEST__INIT;
    Bihuan__Feed feed = BIHUAN__FEED__INIT, *items[] = { &feed };
    struct err err;

    (void)state;
    feed.code = receiving_text("x");
    feed.sender = receiving_text("y");
    feed.fact = receiving_text("order_lines");
    request.n_items = 1;
    request.items = items;
    assert_int_equal(stack_ask(&stack, "feedback", MSG(APPLY_FEEDS), &request.base, NULL, &err), -1);
    assert_string_equal(err.code, "unknown_fact");
    assert_non_null(strstr(err.text, "/items/0/fact"));
}

static void expect_streams_equal_recount(void)
{
    sum_streams();
    for (uint32_t unit = 4; unit <= 6; unit++)
        for (uint32_t measure = 1; measure <= 3; measure++)
            assert_int_equal(streamed[unit][measure], recount(unit, measure, "", ""));
}

/* What readers add up is what the facts say when they are counted again. */
static void test_streams_carry_the_same_sums(void **state)
{
    Bihuan__GetFactRequest request = BIHUAN__GET_FACT_REQUEST__INIT;
    ProtobufCMessage *reply;
    struct err err;

    (void)state;
    expect_streams_equal_recount();
    request.sender = receiving_text("boss");
    request.record_key = receiving_text("c2");
    assert_int_equal(stack_ask(&stack, "feedback", MSG(GET_FACT), &request.base, &reply, &err), 0);
    assert_int_equal(((Bihuan__GetFactReply *)reply)->n_items, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(((Bihuan__GetFactReply *)reply)->items[i]->effective, i == 2);
}

static bool is_reissued(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT count(*) FROM feedback.reissue") == 0;
}

/* A measure that is defined when facts are there already counts them too. */
static void test_measure_defined_late(void **state)
{
    Bihuan__Measure pieces = BIHUAN__MEASURE__INIT;

    (void)state;
    pieces.id = 3;
    pieces.code = receiving_text("pieces");
    pieces.fact = receiving_text("order_line");
    pieces.value = receiving_text("quantity");
    put_measure_sql(&pieces);
    free(pg_value(&stack.pg, "INSERT INTO feedback.reissue SELECT b, 0, '' FROM generate_series(0, 15) b"));
    receiving_again(&stack);
    assert_true(stack_until(is_reissued, NULL, 60));
    assert_true(recount(4, 3, "", "") > 3 * LONG);
    expect_streams_equal_recount();
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM feedback.order_line WHERE operation = 0 AND state = 4"
                                          " AND NOT measures @> '{3}'"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_become_facts),
        cmocka_unit_test(test_same_content_under_another_name),
        cmocka_unit_test(test_versions_and_cancels),
        cmocka_unit_test(test_quarantine_is_released),
        cmocka_unit_test(test_truncated_gzip),
        cmocka_unit_test(test_begun_among_small_files),
        cmocka_unit_test(test_missing_column_and_name),
        cmocka_unit_test(test_upload_and_append),
        cmocka_unit_test(test_appended_again),
        cmocka_unit_test(test_two_uploads_of_one_name),
        cmocka_unit_test(test_replaced_while_read),
        cmocka_unit_test(test_written_to_while_read),
        cmocka_unit_test(test_kill_while_loading),
        cmocka_unit_test(test_watermark),
        cmocka_unit_test(test_file_from_the_future),
        cmocka_unit_test(test_bad_feed_is_pointed_at),
        cmocka_unit_test(test_streams_carry_the_same_sums),
        cmocka_unit_test(test_measure_defined_late),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
