/* An event that cannot be applied: where order doesn't matter it is set aside with its error and the rest goes on;
 * where it does, its stream waits, says why, and the other streams go on. */
#include "support/check.h"
#include "support/fake_feedback.h"
#include "support/stack.h"

#include <stdio.h>

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
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM monitoring.bus_position WHERE bucket = 5"), 0);
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
                                        cmocka_unit_test(test_a_stream_waits_alone) };

    return cmocka_run_group_tests_name("parked", tests, setup, teardown);
}
