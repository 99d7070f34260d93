/* By itself, without being asked: rows that are older than stream_keep_days leave the data base for files soon after
 * the start, younger ones stay; with stream_keep_days = 0 all stay. */
#include "support/check.h"
#include "support/fake_feedback.h"
#include "support/stack.h"

#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "bihuan/archive.pb-c.h"
#include "bihuan/envelope.pb-c.h"
#include "bihuan/feedback.pb-c.h"

#define DAY (INT64_C(86400) * 1000000)

static struct stack stack;

static void publish(int count)
{
    struct fake_events events = { 0 };

    for (int i = 0; i < count; i++) {
        Bihuan__WatermarkMoved mark = BIHUAN__WATERMARK_MOVED__INIT;

        mark.feed_id = 1;
        mark.feed = (char *)(uintptr_t) "orders";
        fake_feedback_add(&events, 3, MSG(WATERMARK_MOVED), &mark.base);
    }
    fake_feedback_send(&stack, &events);
}

/* Makes a row as if it had been published so many days ago. */
static void age(PGconn *conn, const char *seq, const uint8_t *bytes, size_t len, int days)
{
    Bihuan__Envelope *envelope = bihuan__envelope__unpack(NULL, len, bytes);
    const char *values[2] = { seq, NULL };
    int lengths[2] = { 0 }, formats[2] = { 0, 1 };
    uint8_t packed[1024];
    PGresult *result;

    assert_non_null(envelope);
    envelope->published_at -= days * DAY;
    assert_true(bihuan__envelope__get_packed_size(envelope) <= sizeof packed);
    lengths[1] = (int)bihuan__envelope__pack(envelope, packed);
    values[1] = (const char *)packed;
    bihuan__envelope__free_unpacked(envelope, NULL);
    result = PQexecParams(conn, "UPDATE feedback.bus_stream SET envelope = $2 WHERE bucket = 3 AND seq = $1::bigint", 2,
                          NULL, values, lengths, formats, 0);
    assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
    PQclear(result);
}

static void age_all(int days)
{
    PGconn *conn = PQconnectdb(stack.pg.url);
    PGresult *rows;

    assert_int_equal(PQstatus(conn), CONNECTION_OK);
    rows = PQexec(conn, "SELECT seq, envelope FROM feedback.bus_stream WHERE bucket = 3 ORDER BY seq");
    assert_int_equal(PQresultStatus(rows), PGRES_TUPLES_OK);
    for (int i = 0; i < PQntuples(rows); i++) {
        size_t len;
        uint8_t *bytes = PQunescapeBytea((const uint8_t *)PQgetvalue(rows, i, 1), &len);

        age(conn, PQgetvalue(rows, i, 0), bytes, len, days);
        PQfreemem(bytes);
    }
    PQclear(rows);
    PQfinish(conn);
}

static void restart(const char *keep_days)
{
    stack_kill(&stack, "feedback", "a", SIGTERM);
    setenv("BIHUAN_STREAM_KEEP_DAYS", keep_days, 1);
    fake_feedback_start(&stack);
    stack_wait_ready(&stack, "feedback");
}

static bool are_pruned(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT min(seq) FROM feedback.bus_stream WHERE bucket = 3") == 11;
}

static void test_old_rows_go_by_themselves(void **state)
{
    (void)state;
    publish(10);
    stack_kill(&stack, "feedback", "a", SIGTERM);
    age_all(3);
    fake_feedback_start(&stack);
    stack_wait_ready(&stack, "feedback");
    publish(5);
    restart("2");
    if (!stack_until(are_pruned, NULL, 20))
        fail_msg("the first row is %ld", pg_number(&stack.pg, "SELECT min(seq) FROM feedback.bus_stream"));
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.bus_stream"), 5);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.bus_archive WHERE from_seq = 1 AND to_seq = 10"), 1);
}

/* The first look, some seconds after the start, is over. */
static bool has_looked(void *arg)
{
    Bihuan__ListArchiveRequest request = BIHUAN__LIST_ARCHIVE_REQUEST__INIT;
    ProtobufCMessage *reply;
    struct err err;

    (void)arg;
    return stack_ask(&stack, "feedback", MSG(LIST_ARCHIVE), &request.base, &reply, &err) == 0 &&
           ((const Bihuan__ListArchiveReply *)reply)->last_run_at > 0;
}

static void test_for_ever(void **state)
{
    (void)state;
    stack_kill(&stack, "feedback", "a", SIGTERM);
    age_all(1000);
    restart("0");
    assert_true(stack_until(has_looked, NULL, 20));
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.bus_stream"), 5);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.bus_archive"), 1);
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    setenv("BIHUAN_STREAM_KEEP_DAYS", "0", 1);
    fake_feedback_start(&stack);
    stack_wait_ready(&stack, "feedback");
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
        cmocka_unit_test(test_old_rows_go_by_themselves),
        cmocka_unit_test(test_for_ever),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
