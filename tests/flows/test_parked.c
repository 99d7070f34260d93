/* An event that cannot be applied: where order doesn't matter it is set aside with its error and the rest goes on;
 * where it does, its stream waits, says why, and the other streams go on. */
#include "support/check.h"
#include "support/fake_feedback.h"
#include "support/stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bihuan/envelope.pb-c.h"
#include "bihuan/feedback.pb-c.h"

static struct stack stack;

struct wanted {
    int bucket;
    long seq;
};

static bool has_read(void *arg)
{
    const struct wanted *wanted = arg;
    char sql[160];

    snprintf(sql, sizeof sql, "SELECT seq FROM monitoring.bus_position WHERE source = 'feedback' AND bucket = %d",
             wanted->bucket);
    return pg_number(&stack.pg, sql) >= wanted->seq;
}

static void add_mark(struct fake_events *events, uint16_t bucket)
{
    Bihuan__WatermarkMoved mark = BIHUAN__WATERMARK_MOVED__INIT;

    mark.feed_id = 1;
    mark.feed = (char *)(uintptr_t) "orders";
    fake_feedback_add(events, bucket, MSG(WATERMARK_MOVED), &mark.base);
}

static void add_odd_file(struct fake_events *events, uint16_t bucket)
{
    Bihuan__FileFinished event = BIHUAN__FILE_FINISHED__INIT;
    Bihuan__FeedFile file = BIHUAN__FEED_FILE__INIT;

    file.state = (char *)(uintptr_t) "nonsense";
    event.file = &file;
    fake_feedback_add(events, bucket, MSG(FILE_FINISHED), &event.base);
}

/* One row, but no columns beside its key. */
static void add_odd_facts(struct fake_events *events, uint16_t bucket)
{
    Bihuan__FactsRecorded event = BIHUAN__FACTS_RECORDED__INIT;
    char *key = (char *)(uintptr_t) "K1";

    event.record_key = &key;
    event.n_record_key = 1;
    fake_feedback_add(events, bucket, MSG(FACTS_RECORDED), &event.base);
}

static void test_loose_events_are_set_aside(void **state)
{
    struct fake_events events = { 0 };
    struct wanted wanted = { 0, 3 };
    Bihuan__ParkedRequest ask = BIHUAN__PARKED_REQUEST__INIT;
    Bihuan__ParkedReply *parked;
    Bihuan__RetryParkedRequest retry = BIHUAN__RETRY_PARKED_REQUEST__INIT;
    struct err err;

    (void)state;
    add_mark(&events, 0);
    add_odd_file(&events, 0);
    add_mark(&events, 0);
    fake_feedback_send(&stack, &events);
    assert_true(stack_until(has_read, &wanted, 30));
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.feed_mark"), 1);
    err_clear(&err);
    assert_int_equal(stack_ask(&stack, "monitoring", MSG(PARKED), &ask.base, (ProtobufCMessage **)&parked, &err), 0);
    CHECK_INT(parked->n_items, 1);
    CHECK_INT(parked->items[0]->seq, 2);
    assert_string_equal(parked->items[0]->stream, "feedback");
    retry.stream = (char *)(uintptr_t) "feedback";
    retry.seq = 2;
    assert_int_equal(stack_ask(&stack, "monitoring", MSG(RETRY_PARKED), &retry.base, NULL, &err), -1);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.bus_parked"), 1);
}

/* A page is what was asked for, and at most 500: more isn't the default of 100. */
static void test_a_page_of_them(void **state)
{
    struct fake_events events = { 0 };
    struct wanted wanted = { 1, 110 };
    static const struct {
        uint32_t limit;
        size_t want;
    } cases[] = { { 0, 100 }, { 1, 1 }, { 500, 111 }, { 2000, 111 } }; /* with the one of before */

    (void)state;
    for (int i = 0; i < 110; i++)
        add_odd_file(&events, 1);
    fake_feedback_send(&stack, &events);
    assert_true(stack_until(has_read, &wanted, 60));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Bihuan__ParkedRequest ask = BIHUAN__PARKED_REQUEST__INIT;
        Bihuan__ParkedReply *parked;
        struct err err;

        ask.limit = cases[i].limit;
        assert_int_equal(stack_ask(&stack, "monitoring", MSG(PARKED), &ask.base, (ProtobufCMessage **)&parked, &err),
                         0);
        CHECK_INT(parked->n_items, cases[i].want);
    }
}

static Bihuan__StatusReply *status(void)
{
    Bihuan__StatusRequest ask = BIHUAN__STATUS_REQUEST__INIT;
    Bihuan__StatusReply *reply;
    struct err err;

    assert_int_equal(stack_ask(&stack, "monitoring", MSG(STATUS), &ask.base, (ProtobufCMessage **)&reply, &err), 0);
    return reply;
}

static const Bihuan__RetryParkedReply *retry(const char *stream, uint64_t seq)
{
    Bihuan__RetryParkedRequest ask = BIHUAN__RETRY_PARKED_REQUEST__INIT;
    Bihuan__RetryParkedReply *reply;
    struct err err;

    ask.stream = (char *)(uintptr_t)stream;
    ask.seq = seq;
    if (stack_ask(&stack, "monitoring", MSG(RETRY_PARKED), &ask.base, (ProtobufCMessage **)&reply, &err) != 0)
        fail_msg("%s", err.text);
    return reply;
}

/* Planning's own event, put aside by hand twice: as planning's, which is read here, and as if it were feedback's, of
 * which such events are not. */
static void test_says_what_came_of_it(void **state)
{
    const Bihuan__RetryParkedReply *reply;
    char sql[400];

    (void)state;
    stack_apply(&stack, MSG(APPLY_CHANNELS), "{\"items\":[{\"code\":\"hall\",\"name\":\"Hall\"}]}");
    for (int i = 0; i < 2; i++) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO monitoring.bus_parked (bucket, source, seq, type, envelope, payload, error, parked_at)"
                 " SELECT bucket, '%s', %d, type, envelope, payload, 'by hand', now() FROM planning.bus_stream"
                 " WHERE type = %u LIMIT 1",
                 i ? "feedback" : "planning", 1000 + i, MSG(CHANNELS_CHANGED));
        free(pg_value(&stack.pg, sql));
    }
    reply = retry("planning", 1000);
    assert_true(reply->applied);
    assert_string_equal(reply->error, "");
    CHECK_INT(reply->type, MSG(CHANNELS_CHANGED));
    CHECK_INT(reply->remaining, 112); /* 111 files, and the second */
    reply = retry("feedback", 1001);
    assert_false(reply->applied);
    assert_non_null(strstr(reply->error, "nothing here reads events of type"));
    CHECK_INT(reply->remaining, 111);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.bus_parked"), 111);
    CHECK_INT(status()->parked, 111);
}

static const Bihuan__ReaderStatus *reader_of(const char *stream, uint32_t bucket)
{
    const Bihuan__StatusReply *reply = status();

    for (size_t i = 0; i < reply->n_readers; i++)
        if (strcmp(reply->readers[i]->stream, stream) == 0 && reply->readers[i]->bucket == bucket)
            return reply->readers[i];
    fail_msg("no reader of %s/%u", stream, bucket);
    return NULL;
}

static bool says_why(void *arg)
{
    const Bihuan__StatusReply *reply = status();

    (void)arg;
    return !reply->ready && strstr(reply->reason, "stream feedback/5 waits at 1");
}

static bool knows_both(void *arg)
{
    (void)arg;
    return reader_of("feedback", 5)->head == 2;
}

static void test_a_stream_waits_alone(void **state)
{
    struct fake_events events = { 0 };
    struct wanted other = { 6, 2 };

    (void)state;
    add_odd_facts(&events, 5);
    add_mark(&events, 5);
    add_mark(&events, 6);
    add_mark(&events, 6);
    fake_feedback_send(&stack, &events);
    assert_true(stack_until(has_read, &other, 30));
    assert_true(stack_until(says_why, NULL, 20));
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.bus_position WHERE bucket = 5"), 0);
    /* how far it is, and how far it would have to be; also while the writer is away */
    assert_true(stack_until(knows_both, NULL, 10));
    CHECK_INT(reader_of("feedback", 5)->position, 0);
    CHECK_INT(reader_of("feedback", 6)->position, 2);
    CHECK_INT(reader_of("feedback", 6)->head, 2);
    CHECK_INT(reader_of("feedback", 7)->head, 0);
    stack_kill(&stack, "feedback", "a", 9);
    CHECK_INT(reader_of("feedback", 5)->head, 2);
}

static int setup(void **state)
{
    (void)state;
    stack_new(&stack);
    stack_start(&stack, "planning", "a");
    fake_feedback_start(&stack);
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "monitoring");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_loose_events_are_set_aside),
                                        cmocka_unit_test(test_a_page_of_them),
                                        cmocka_unit_test(test_says_what_came_of_it),
                                        cmocka_unit_test(test_a_stream_waits_alone) };

    return cmocka_run_group_tests_name("parked", tests, setup, teardown);
}
