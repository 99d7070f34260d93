/* orders: see orders.h. */
#include "support/check.h"

#include "support/orders.h"

#include "bus/wire.h"

#include "bihuan/feedback.pb-c.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct stack orders_stack;

static const char REFERENCE[] =
    "SET search_path TO feedback;"
    "INSERT INTO ref_unit VALUES (1, 'P', 'province', ''), (2, 'C1', 'city', ''), (3, 'C2', 'city', ''),"
    " (4, 'S1', 'outlet', 'store'), (5, 'S2', 'outlet', 'store'), (6, 'ann', 'salesperson', '');"
    "INSERT INTO ref_relation (unit_id, parent, from_day, until_day) VALUES (2, 'P', '2000-01-01', 'infinity'),"
    " (3, 'P', '2000-01-01', 'infinity'), (4, 'C1', '2000-01-01', 'infinity'),"
    " (5, 'C2', '2000-01-01', 'infinity'), (6, 'S1', '2000-01-01', 'infinity');"
    "INSERT INTO ref_channel VALUES (1, 'store'), (2, 'web');"
    "INSERT INTO ref_product VALUES (1, 'mobile', '', ''), (2, 'plan5g', 'mobile', '100');";

const char orders_feed[] =
    "{\"items\":[{\"code\":\"orders\",\"title\":\"Orders\",\"sender\":\"boss\",\"fact\":\"order_line\","
    "\"files\":\"orders_{yyyyMMdd}_{n+}.csv{*}\",\"key\":[\"id\"],\"columns\":["
    "{\"field\":\"time\",\"column\":\"when\",\"format\":\"yyyy-MM-dd HH:mm:ss\"},"
    "{\"field\":\"unit\",\"column\":\"shop\",\"map\":\"shops\"},{\"field\":\"seller\",\"column\":\"who\"},"
    "{\"field\":\"product\",\"column\":\"what\"},{\"field\":\"amount\",\"column\":\"money\"},"
    "{\"field\":\"state\",\"column\":\"state\"},{\"field\":\"version\",\"column\":\"v\",\"default\":\"1\"}],"
    "\"maps\":[{\"name\":\"shops\",\"pass\":true,\"entries\":[{\"from\":\"one\",\"to\":\"S1\"}]}]}]}";

static void put_measures(void)
{
    receiving_put_measure(&orders_stack, 1, "amount", "amount");
    receiving_put_measure(&orders_stack, 2, "lines", "count");
}

int orders_set_up(void **state)
{
    static const struct receiving scene = {
        .feeds = orders_feed, .reference = REFERENCE, .put = put_measures, .flags = { "--batch-rows=25" }
    };

    (void)state;
    receiving_start(&orders_stack, &scene);
    return 0;
}

int orders_tear_down(void **state)
{
    (void)state;
    stack_free(&orders_stack);
    return 0;
}

void orders_inbox(const char *name, char out[256])
{
    snprintf(out, 256, "%s/data/inbox/orders/%s", orders_stack.dir, name);
}

void orders_put(const char *name, const void *bytes, size_t len)
{
    char aside[256], path[256];
    FILE *file;

    orders_inbox(".delivery", aside);
    orders_inbox(name, path);
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
    return pg_number(&orders_stack.pg, sql) > 0;
}

static bool is_gone(void *arg)
{
    char path[256];

    orders_inbox(arg, path);
    return access(path, F_OK) != 0;
}

void orders_wait(const char *name, int seconds)
{
    if (!stack_until(is_finished, receiving_text(name), seconds) ||
        !stack_until(is_gone, receiving_text(name), seconds))
        fail_msg("%s isn't read after %d s", name, seconds);
}

void orders_deliver(const char *name, const char *text)
{
    orders_put(name, text, strlen(text));
    orders_wait(name, 20);
}

void orders_expect(const char *name, const char *state, long read, long accepted, long duplicate, long superseded,
                   long suspended)
{
    char sql[300], want[100];
    char *got;

    snprintf(sql, sizeof sql,
             "SELECT state || ' ' || rows_read || ' ' || accepted || ' ' || duplicate || ' ' || superseded || ' '"
             " || suspended FROM feedback.feed_file WHERE name = '%s' ORDER BY id DESC LIMIT 1",
             name);
    snprintf(want, sizeof want, "%s %ld %ld %ld %ld %ld", state, read, accepted, duplicate, superseded, suspended);
    got = pg_value(&orders_stack.pg, sql);
    assert_string_equal(got, want);
    free(got);
}

int64_t orders_recount(uint32_t unit, uint32_t measure, const char *from, const char *until)
{
    return receiving_recount(&orders_stack, unit, measure, from, until);
}

void orders_upload(const char *name, uint64_t offset, const char *text, bool last, const char *want_code)
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
    if (stack_ask(&orders_stack, "feedback", MSG(UPLOAD_CHUNK), &chunk.base, &reply, &err) == 0)
        assert_int_equal(((Bihuan__UploadChunkReply *)reply)->offset, offset + strlen(text));
    assert_string_equal(err.code, want_code);
}

/* --- streams -------------------------------------------------------------------------------------------------------
 */

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
    PGconn *conn = PQconnectdb(pg_url(&orders_stack.pg, "", url, sizeof url));
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

void orders_expect_streams(void)
{
    sum_streams();
    for (uint32_t unit = 4; unit <= 6; unit++)
        for (uint32_t measure = 1; measure <= 3; measure++)
            assert_int_equal(streamed[unit][measure], orders_recount(unit, measure, "", ""));
}
