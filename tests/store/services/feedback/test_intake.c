/* Files and rows through a real feedback daemon: effect, counts, quarantine, watermark, and what readers are told. */
#include "support/check.h"
#include "support/orders.h"

#include "bihuan/feedback.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_rows_become_facts(void **state)
{
    (void)state;
    orders_deliver("orders_20261101_1.csv", ORDERS_HEAD "k1,2026-11-01 09:00:00,one,ann,plan5g,10.5,completed,1\n"
                                                        "k2,2026-11-01 10:00:00,S2,,plan5g,100,completed,1\n"
                                                        "k3,2026-11-01 10:00:00,S2,,plan5g,7,placed,1\n"
                                                        "k2,2026-11-01 10:00:00,S2,,plan5g,100,completed,1\n"
                                                        "k4,2026-11-01 10:00:00,S9,,plan5g,7,placed,1\n"
                                                        "k5,2026-11-01,S2,,plan5g,7,placed,1\n");
    orders_expect("orders_20261101_1.csv", "partial", 6, 3, 1, 0, 2);
    assert_int_equal(orders_recount(6, 1, "", ""), 105000);
    assert_int_equal(orders_recount(5, 1, "", ""), 1000000);
    assert_int_equal(orders_recount(5, 2, "2026-11-01", "2026-11-02"), 1);
}

static void test_same_content_under_another_name(void **state)
{
    char *said;

    (void)state;
    orders_deliver("orders_20261102_1.csv", ORDERS_HEAD "d1,2026-11-02 09:00:00,S1,,plan5g,1,completed,1\n");
    orders_deliver("orders_20261102_2.csv", ORDERS_HEAD "d1,2026-11-02 09:00:00,S1,,plan5g,1,completed,1\n");
    orders_expect("orders_20261102_1.csv", "loaded", 1, 1, 0, 0, 0);
    orders_expect("orders_20261102_2.csv", "duplicate", 0, 0, 0, 0, 0);
    said = pg_value(&orders_stack.pg,
                    "SELECT d.error = format('the same bytes as file %s, \"%s\"', o.id, o.name) FROM "
                    "feedback.feed_file d, feedback.feed_file o WHERE d.name = 'orders_20261102_2.csv' AND "
                    "o.name = 'orders_20261102_1.csv'");
    assert_string_equal(said, "t");
    free(said);
    assert_int_equal(orders_recount(4, 2, "2026-11-02", "2026-11-03"), 1);
}

static void test_versions_and_cancels(void **state)
{
    (void)state;
    /* The cancel comes first and waits. */
    orders_deliver("orders_20261104_1.csv", ORDERS_HEAD "c1,2026-11-05 09:00:00,S1,,plan5g,,cancelled,1\n");
    assert_int_equal(orders_recount(4, 1, "2026-11-04", "2026-11-06"), 0);
    orders_deliver("orders_20261104_2.csv", ORDERS_HEAD "c1,2026-11-04 09:00:00,S1,,plan5g,30,completed,1\n"
                                                        "c2,2026-11-04 09:00:00,S1,,plan5g,5,completed,3\n"
                                                        "c2,2026-11-04 09:00:00,S1,,plan5g,4,completed,2\n"
                                                        "c2,2026-11-04 09:00:00,S1,,plan5g,6,completed,3\n");
    orders_expect("orders_20261104_2.csv", "partial", 4, 2, 0, 1, 1);
    assert_int_equal(orders_recount(4, 1, "2026-11-04", "2026-11-05"), 350000);
    assert_int_equal(orders_recount(4, 1, "2026-11-05", "2026-11-06"), -300000);
    orders_deliver("orders_20261104_3.csv", ORDERS_HEAD "c2,2026-11-04 09:00:00,S2,,plan5g,8,completed,4\n");
    assert_int_equal(orders_recount(4, 1, "2026-11-04", "2026-11-05"), 300000);
    assert_int_equal(orders_recount(5, 1, "2026-11-04", "2026-11-05"), 80000);
}

static void test_quarantine_is_released(void **state)
{
    Bihuan__ReleaseRejectsRequest release = BIHUAN__RELEASE_REJECTS_REQUEST__INIT;
    Bihuan__ListRejectsRequest list = BIHUAN__LIST_REJECTS_REQUEST__INIT;
    ProtobufCMessage *reply;
    struct err err;

    (void)state;
    orders_deliver("orders_20261107_1.csv", ORDERS_HEAD "q1,2026-11-07 09:00:00,shop-two,,plan5g,1,completed,1\n"
                                                        "q2,2026-11-07 09:00:00,S2,,plan5g,2,completed,1\n");
    orders_expect("orders_20261107_1.csv", "partial", 2, 1, 0, 0, 1);
    list.feed = receiving_text("orders");
    list.reason = receiving_text("unknown_unit");
    assert_int_equal(stack_ask(&orders_stack, "feedback", MSG(LIST_REJECTS), &list.base, &reply, &err), 0);
    assert_true(((Bihuan__ListRejectsReply *)reply)->n_items >= 1);
    {
        char mended[2000];
        const char *at = strstr(orders_feed, "{\"from\":\"one\"");

        snprintf(mended, sizeof mended, "%.*s{\"from\":\"shop-two\",\"to\":\"S2\"},%s", (int)(at - orders_feed),
                 orders_feed, at);
        stack_apply(&orders_stack, MSG(APPLY_FEEDS), mended);
    }
    release.feed = receiving_text("orders");
    release.reason = receiving_text("unknown_unit");
    assert_int_equal(stack_ask(&orders_stack, "feedback", MSG(RELEASE_REJECTS), &release.base, &reply, &err), 0);
    assert_int_equal(((Bihuan__ReleaseRejectsReply *)reply)->released, 1);
    orders_expect("orders_20261107_1.csv", "loaded", 2, 2, 0, 0, 0);
    assert_int_equal(orders_recount(5, 1, "2026-11-07", "2026-11-08"), 30000);
}

static void test_missing_column_and_name(void **state)
{
    (void)state;
    orders_deliver("orders_20261109_1.csv", "id,when,shop\nx,2026-11-09 09:00:00,S1\n");
    orders_expect("orders_20261109_1.csv", "refused", 0, 0, 0, 0, 0);
    orders_deliver("other.csv", ORDERS_HEAD "x,2026-11-09 09:00:00,S1,,plan5g,1,completed,1\n");
    orders_expect("other.csv", "refused", 0, 0, 0, 0, 0);
}

static void test_watermark(void **state)
{
    (void)state;
    orders_deliver("orders_20261120_1.csv", ORDERS_HEAD "w1,2026-11-20 09:00:00,S1,,plan5g,1,completed,1\n");
    assert_int_equal(pg_number(&orders_stack.pg, "SELECT count(*) FROM feedback.feed"
                                                 " WHERE through = '2026-11-21 00:00:00+08'"),
                     1);
    assert_true(pg_number(&orders_stack.pg, "SELECT count(*) FROM feedback.bus_stream WHERE type = 101") > 0);
}

/* The clock says 25 November. */
static void test_file_from_the_future(void **state)
{
    static const char TEXT[] = ORDERS_HEAD "y1,2026-11-21 09:00:00,S1,,plan5g,1,completed,1\n"
                                           "y2,2026-12-21 09:00:00,S1,,plan5g,1,completed,1\n";
    char *error;

    (void)state;
    orders_deliver("orders_20261221_1.csv", TEXT);
    orders_expect("orders_20261221_1.csv", "refused", 0, 0, 0, 0, 0);
    error = pg_value(&orders_stack.pg, "SELECT error FROM feedback.feed_file WHERE name = 'orders_20261221_1.csv'");
    assert_non_null(strstr(error, "orders_20261221_1.csv\" is dated 2026-12-21, and today is 2026-11-25"));
    free(error);
    orders_deliver("orders_20261121_1.csv", TEXT); /* under its right name */
    orders_expect("orders_20261121_1.csv", "partial", 2, 1, 0, 0, 1);
    assert_int_equal(pg_number(&orders_stack.pg, "SELECT count(*) FROM feedback.feed"
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
    assert_int_equal(stack_ask(&orders_stack, "feedback", MSG(APPLY_FEEDS), &request.base, NULL, &err), -1);
    assert_string_equal(err.code, "unknown_fact");
    assert_non_null(strstr(err.text, "/items/0/fact"));
}

/* What readers add up is what the facts say when they are counted again. */
static void test_streams_carry_the_same_sums(void **state)
{
    Bihuan__GetFactRequest request = BIHUAN__GET_FACT_REQUEST__INIT;
    ProtobufCMessage *reply;
    struct err err;

    (void)state;
    orders_expect_streams();
    request.sender = receiving_text("boss");
    request.record_key = receiving_text("c2");
    assert_int_equal(stack_ask(&orders_stack, "feedback", MSG(GET_FACT), &request.base, &reply, &err), 0);
    assert_int_equal(((Bihuan__GetFactReply *)reply)->n_items, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(((Bihuan__GetFactReply *)reply)->items[i]->effective, i == 2);
}

static bool is_reissued(void *arg)
{
    (void)arg;
    return pg_number(&orders_stack.pg, "SELECT count(*) FROM feedback.reissue") == 0;
}

/* A measure that is defined when facts are there already counts them too. */
static void test_measure_defined_late(void **state)
{
    (void)state;
    receiving_put_measure(&orders_stack, 3, "pieces", "quantity");
    free(pg_value(&orders_stack.pg, "INSERT INTO feedback.reissue SELECT b, 0, '' FROM generate_series(0, 15) b"));
    receiving_again(&orders_stack);
    assert_true(stack_until(is_reissued, NULL, 60));
    assert_int_equal(orders_recount(4, 3, "", ""), orders_recount(4, 2, "", "")); /* one piece a line */
    orders_expect_streams();
    assert_int_equal(pg_number(&orders_stack.pg,
                               "SELECT count(*) FROM feedback.order_line WHERE operation = 0 AND state = 4"
                               " AND NOT measures @> '{3}'"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_become_facts),           cmocka_unit_test(test_same_content_under_another_name),
        cmocka_unit_test(test_versions_and_cancels),        cmocka_unit_test(test_quarantine_is_released),
        cmocka_unit_test(test_missing_column_and_name),     cmocka_unit_test(test_watermark),
        cmocka_unit_test(test_file_from_the_future),        cmocka_unit_test(test_bad_feed_is_pointed_at),
        cmocka_unit_test(test_streams_carry_the_same_sums), cmocka_unit_test(test_measure_defined_late),
    };

    return cmocka_run_group_tests(tests, orders_set_up, orders_tear_down);
}
