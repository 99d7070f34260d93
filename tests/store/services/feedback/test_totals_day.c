/* The day under which totals stand is the business day of arrival where a name has no date: what came at 03:00 in the
 * installation's zone, when it is still the day before in UTC, stands under the day on which it came. */
#include "support/check.h"
#include "support/delivery.h"
#include "support/receiving.h"

#include "bihuan/feedback.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct stack stack;

/* Amounts in fen, and the tax in fen beside them; file names have no date. */
static const char FEEDS[] =
    "{\"items\":[{\"code\":\"m\",\"title\":\"t\",\"sender\":\"m\",\"fact\":\"order_line\",\"key\":[\"id\"],"
    "\"watermark\":\"none\",\"files\":\"m_{n+}.csv\",\"columns\":[{\"field\":\"time\",\"column\":\"day\",\"format\":"
    "\"yyyyMMdd\"},{\"field\":\"unit\",\"column\":\"shop\"},{\"field\":\"amount\",\"column\":\"fen\",\"money\":"
    "\"fen\"}],\"sums\":[{\"name\":\"tax\",\"money\":\"fen\"}]}]}";

static int set_up(void **state)
{
    static const struct receiving scene = { .feeds = FEEDS };

    (void)state;
    receiving_start(&stack, &scene);
    /* 2026-11-25 19:00 UTC */
    snprintf(stack.clock, sizeof stack.clock, "2026-11-26T03:00:00+08:00@%lld", (long long)time(NULL));
    receiving_again(&stack);
    return 0;
}

RECEIVING_TEAR_DOWN(stack)

static const Bihuan__ListTotalsReply *totals(const char *from, const char *until)
{
    Bihuan__ListTotalsRequest request = BIHUAN__LIST_TOTALS_REQUEST__INIT;
    ProtobufCMessage *message;
    struct err err;

    request.from = receiving_text(from);
    request.until = receiving_text(until);
    assert_int_equal(stack_ask(&stack, "feedback", MSG(LIST_TOTALS), &request.base, &message, &err), 0);
    return (const Bihuan__ListTotalsReply *)message;
}

static void append(const char *rows)
{
    Bihuan__AppendRecordsRequest request = BIHUAN__APPEND_RECORDS_REQUEST__INIT;
    struct err err;

    request.feed = receiving_text("m");
    request.name = receiving_text("one");
    request.data.data = (uint8_t *)(uintptr_t)rows;
    request.data.len = strlen(rows);
    if (stack_ask(&stack, "feedback", MSG(APPEND_RECORDS), &request.base, NULL, &err) != 0)
        fail_msg("%s", err.text);
}

/* A file of 10 and 20 yuan with 0.60 and 1.20 of tax, and an appended row of 5 yuan with 0.30. */
static void what_came_at_three_stands_under_that_day(void **state)
{
    const Bihuan__ListTotalsReply *reply;

    (void)state;
    delivery_put(&stack, "m", "m_1.csv", "id,day,shop,fen,tax\na,20261120,S1,1000,60\nb,20261120,S1,2000,120\n");
    delivery_await_file(&stack, "m_1.csv", "loaded 2 2 0 ");
    append("id,day,shop,fen,tax\nc,20261120,S1,500,30\n");
    reply = totals("2026-11-26", "2026-11-27");
    CHECK_INT(reply->n_items, 1);
    assert_string_equal(reply->items[0]->day, "2026-11-26");
    CHECK_INT(reply->items[0]->files, 2);
    CHECK_INT(reply->items[0]->read_amount, 350000);
    assert_true(reply->items[0]->agrees);
    CHECK_INT(reply->items[0]->n_columns, 1);
    CHECK_INT(reply->items[0]->columns[0]->read_amount, 21000);
    CHECK_INT(totals("2026-11-25", "2026-11-26")->n_items, 0);
    CHECK_INT(totals("", "")->n_items, 1);
}

/* One that came at 07:59:59 of the 27th stands under the 27th, one of a second before midnight under the 26th. */
static void days_end_at_local_midnight(void **state)
{
    const Bihuan__ListTotalsReply *reply;

    (void)state;
    free(pg_value(&stack.pg,
                  "UPDATE feedback.feed_file SET seen_at = '2026-11-27 07:59:59+08' WHERE name = 'm_1.csv';"
                  "UPDATE feedback.feed_file SET seen_at = '2026-11-26 23:59:59+08' WHERE name <> 'm_1.csv'"));
    reply = totals("2026-11-26", "2026-11-28");
    CHECK_INT(reply->n_items, 2);
    assert_string_equal(reply->items[0]->day, "2026-11-27");
    CHECK_INT(reply->items[0]->read_amount, 300000);
    CHECK_INT(reply->items[0]->columns[0]->read_amount, 18000);
    assert_string_equal(reply->items[1]->day, "2026-11-26");
    CHECK_INT(reply->items[1]->read_amount, 50000);
    CHECK_INT(reply->items[1]->columns[0]->read_amount, 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_at_three_stands_under_that_day),
        cmocka_unit_test(days_end_at_local_midnight),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
