/* Finished files are compared with the ledger beside everything else: the next file doesn't wait for that, no
 * transaction lasts as long as a large file takes, and what is missing in the midst of it is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "support/delivery.h"
#include "support/receiving.h"

#include "base/buf.h"
#include "bihuan/feedback.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Four parts with a rest of a second behind each. */
#define LARGE_ROWS 70000

static struct stack stack;

static const char FEEDS[] =
    "{\"items\":[{\"code\":\"f\",\"sender\":\"a\",\"watermark\":\"last_event\",\"title\":\"t\",\"fact\":\"order_line\","
    "\"no_header\":true,"
    "\"delimiter\":\"|\",\"key\":[\"1\"],\"columns\":[{\"field\":\"time\",\"column\":\"2\",\"format\":\"yyyyMMdd\"},"
    "{\"field\":\"unit\",\"column\":\"3\"},{\"field\":\"amount\",\"column\":\"4\",\"money\":\"fen\"}]}]}";

RECEIVING_GROUP(stack, .feeds = FEEDS, .flags = { "--audit-ms=100", "--audit-rest-ms=1000" })

/* Row n of a file is worth n fen. */
static void deliver(const char *name, char mark, int rows)
{
    struct buf text = { 0 };

    for (int n = 1; n <= rows; n++)
        buf_printf(&text, "%c%d|20261110|S1|%d\n", mark, n, n);
    delivery_put(&stack, "f", name, buf_text(&text));
    buf_fini(&text);
}

static long totals_of(const char *name)
{
    char sql[128];

    snprintf(sql, sizeof sql, "SELECT totals FROM feedback.feed_file WHERE name = '%s'", name);
    return pg_number(&stack.pg, sql);
}

static void await_totals(const char *name, const char *want)
{
    char sql[128];

    snprintf(sql, sizeof sql, "SELECT totals FROM feedback.feed_file WHERE name = '%s'", name);
    delivery_await(&stack, sql, want);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* The age in ms of the oldest transaction in which the ledger was seen read until the file was compared; -1: none was.
 */
static long oldest_reading(const char *name)
{
    long oldest = -1;

    while (totals_of(name) == 0) {
        long age = pg_number(&stack.pg, "SELECT coalesce((1000 * max(extract(epoch FROM clock_timestamp() -"
                                        " xact_start)))::bigint, -1) FROM pg_stat_activity"
                                        " WHERE usename = 'bihuan_feedback' AND query LIKE 'SELECT file_id, count%'"
                                        " AND xact_start IS NOT NULL");

        oldest = age > oldest ? age : oldest;
    }
    return oldest;
}

static void test_next_file_does_not_wait(void **state)
{
    int64_t began;
    long oldest;

    (void)state;
    deliver("small.csv", 's', 3);
    deliver("large.csv", 'l', LARGE_ROWS);
    delivery_await_file(&stack, "large.csv", "loaded 70000 70000 0 ");
    deliver("next.csv", 'n', 5);
    delivery_await_file(&stack, "next.csv", "loaded 5 5 0 ");
    assert_int_equal(totals_of("large.csv"), 0);
    began = now_ms();
    oldest = oldest_reading("large.csv");
    assert_in_range(oldest, 0, (now_ms() - began) / 2);
    assert_int_equal(totals_of("large.csv"), 1);
    await_totals("small.csv", "1");
    await_totals("next.csv", "1");
}

/* Of the index by which a part is found all page ranges that are full have a summary: PostgreSQL, asked to summarise
 * them, has nothing to do. */
static void test_full_page_ranges_are_summarised(void **state)
{
    (void)state;
    assert_true(pg_number(&stack.pg, "SELECT pg_relation_size('feedback.order_line') / current_setting('block_size')"
                                     "::int") > 4 * 64);
    assert_int_equal(pg_number(&stack.pg,
                               "SELECT sum(brin_summarize_range('feedback.order_line_file', b)) FROM generate_series("
                               "0, pg_relation_size('feedback.order_line') / current_setting('block_size')::int - 64,"
                               " 64) b"),
                     0);
}

/* A row in each part is taken out, one of a small file gets another amount. */
static void test_each_part_is_looked_at(void **state)
{
    (void)state;
    free(pg_value(&stack.pg, "DELETE FROM feedback.order_line WHERE record_key IN ('l33333', 'l70000')"));
    free(pg_value(&stack.pg, "UPDATE feedback.order_line SET amount = amount + 100 WHERE record_key = 'n5'"));
    free(pg_value(&stack.pg, "UPDATE feedback.feed_file SET totals = 0"));
    await_totals("large.csv", "2");
    await_totals("next.csv", "2");
    await_totals("small.csv", "1");
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM feedback.bus_stream WHERE type = 105"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next_file_does_not_wait),
        cmocka_unit_test(test_full_page_ranges_are_summarised),
        cmocka_unit_test(test_each_part_is_looked_at),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
