/* Further columns of money through a real feedback daemon: added up for each file by what became of its rows, and
 * compared with trailer and ledger as the amount is. Expected sums are worked out by hand from the rows below. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "support/delivery.h"
#include "support/receiving.h"

#include "bihuan/feedback.pb-c.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct stack stack;

/* Amount in fen, tax in fen, fee in yuan; the trailer says rows, fen and the tax. `%s`: entries of the map; `%s` sums.
 */
#define FEED                                                                                                           \
    "{\"items\":[{\"code\":\"m\",\"title\":\"t\",\"sender\":\"m\",\"fact\":\"order_line\",\"key\":[\"id\"],"           \
    "\"files\":\"m_{yyyyMMdd}_{nn}.txt\",\"no_header\":true,\"delimiter\":\"|\",\"layout\":[{\"name\":\"mark\"},"      \
    "{\"name\":\"id\"},{\"name\":\"day\"},{\"name\":\"shop\"},{\"name\":\"fen\"},{\"name\":\"tax\"},"                  \
    "{\"name\":\"fee\"},{\"name\":\"what\"}],\"marks\":{\"data\":\"D\",\"trailer\":\"T\"},"                            \
    "\"control\":{\"by\":\"lines\",\"values\":[{\"what\":\"rows\",\"line\":\"trailer\",\"position\":2},"               \
    "{\"what\":\"sum\",\"line\":\"trailer\",\"position\":3,\"money\":\"fen\"},"                                        \
    "{\"what\":\"sum\",\"line\":\"trailer\",\"position\":4,\"money\":\"fen\",\"column\":\"tax\"}]},"                   \
    "\"columns\":[{\"field\":\"time\",\"column\":\"day\",\"format\":\"yyyyMMdd\"},"                                    \
    "{\"field\":\"unit\",\"column\":\"shop\",\"map\":\"shops\"},"                                                      \
    "{\"field\":\"amount\",\"column\":\"fen\",\"money\":\"fen\"}],\"sums\":[%s],"                                      \
    "\"filters\":[{\"column\":\"what\",\"values\":[\"sale\"]}],"                                                       \
    "\"maps\":[{\"name\":\"shops\",\"entries\":[{\"from\":\"one\",\"to\":\"S1\"}%s]}]}]}"
#define TAX "{\"name\":\"tax\",\"money\":\"fen\"}"
#define FEE "{\"name\":\"charge\",\"column\":\"fee\"}"

/*                                  mark id day shop fen tax fee(yuan) what       becomes
 * in units of 10^-4 yuan: 1 fen = 100 */
static const char ROWS[] = "D|a|20261120|one|1000|60|1.5|sale\n"     /* accepted */
                           "D|b|20261120|one|2000|120|0.0025|sale\n" /* accepted */
                           "D|a|20261120|one|1000|60|1.5|sale\n"     /* duplicate */
                           "D|c|20261120|two|4000|240|4|sale\n"      /* waits: unmapped */
                           "D|d|20261120|one|8000|x|8|sale\n"        /* waits: tax can't be read; its fee can */
                           "D|e|20261120|one|1600|96||gift\n"        /* filtered */
                           "D|f|20261120|one|-500|-30|-0.5|sale\n"   /* accepted */
                           "T|7|17100|546\n";

static void apply(const char *sums, const char *entries)
{
    char text[4000];

    snprintf(text, sizeof text, FEED, sums, entries);
    stack_apply(&stack, MSG(APPLY_FEEDS), text);
}

static void await_sums(const char *name, const char *want)
{
    char sql[500];

    snprintf(sql, sizeof sql,
             "SELECT string_agg(s.name || ': ' || read || ' ' || stored || ' ' || s.duplicate || ' ' || s.suspended ||"
             " ' ' || s.filtered || ' ' || s.written_off || ' ' || kept || coalesce(' of ' || control, ''), ', ' ORDER"
             " BY place) FROM feedback.file_sum s JOIN feedback.feed_file x ON x.id = s.file_id WHERE x.name = '%s'",
             name);
    delivery_await(&stack, sql, want);
}

static void await_differing(const char *want)
{
    delivery_await(&stack, "SELECT count(*) FROM feedback.bus_stream WHERE type = 105", want);
}

static int set_up(void **state)
{
    static const struct receiving scene = { .flags = { "--batch-rows=2", "--audit-ms=100" } };

    (void)state;
    receiving_start(&stack, &scene);
    apply(TAX "," FEE, "");
    return 0;
}

RECEIVING_TEAR_DOWN(stack)

static const Bihuan__FeedTotals *totals(void)
{
    Bihuan__ListTotalsRequest request = BIHUAN__LIST_TOTALS_REQUEST__INIT;
    const Bihuan__ListTotalsReply *reply;
    ProtobufCMessage *message;
    struct err err;

    assert_int_equal(stack_ask(&stack, "feedback", MSG(LIST_TOTALS), &request.base, &message, &err), 0);
    reply = (const Bihuan__ListTotalsReply *)message;
    assert_int_equal(reply->n_items, 1);
    assert_int_equal(reply->items[0]->n_columns, 2);
    assert_string_equal(reply->items[0]->columns[0]->column, "tax");
    return reply->items[0];
}

static void test_sample(void **state)
{
    Bihuan__TryFeedRequest request = BIHUAN__TRY_FEED_REQUEST__INIT;
    const Bihuan__TryFeedReply *reply;
    ProtobufCMessage *message;
    struct err err;

    (void)state;
    request.feed = receiving_text("m");
    request.name = receiving_text("m_20261120_01.txt");
    request.data.data = (uint8_t *)(uintptr_t)ROWS;
    request.data.len = sizeof ROWS - 1;
    assert_int_equal(stack_ask(&stack, "feedback", MSG(TRY_FEED), &request.base, &message, &err), 0);
    reply = (const Bihuan__TryFeedReply *)message;
    assert_int_equal(reply->n_sums, 2);
    assert_string_equal(reply->sums[1]->column, "charge");
    assert_int_equal(reply->sums[0]->amount, 54600);
    assert_int_equal(reply->sums[1]->amount, 145025);
    assert_int_equal(reply->rows[1]->sums[1]->amount, 25);
    assert_string_equal(reply->rows[4]->reason, "bad_number");
    assert_string_equal(reply->rows[4]->column, "tax");
}

static void test_counted(void **state)
{
    (void)state;
    delivery_put(&stack, "m", "m_20261120_01.txt", ROWS);
    delivery_await_file(&stack, "m_20261120_01.txt", "partial 7 3 1 ");
    await_sums("m_20261120_01.txt", "tax: 54600 15000 6000 24000 9600 0 0 of 54600,"
                                    " charge: 145025 10025 15000 120000 0 0 0");
    assert_true(totals()->agrees);
    assert_true(totals()->columns[0]->has_control);
    assert_int_equal(totals()->columns[0]->control_amount, 54600);
    assert_int_equal(totals()->columns[0]->ledger_amount, 15000);
    assert_int_equal(totals()->columns[1]->ledger_amount, 10025);
    assert_int_equal(totals()->columns[1]->suspended_amount, 120000);
    assert_false(totals()->columns[1]->has_control);
}

static void test_fact(void **state)
{
    Bihuan__GetFactRequest request = BIHUAN__GET_FACT_REQUEST__INIT;
    const Bihuan__GetFactReply *reply;
    ProtobufCMessage *message;
    struct err err;

    (void)state;
    request.sender = receiving_text("m");
    request.record_key = receiving_text("b");
    assert_int_equal(stack_ask(&stack, "feedback", MSG(GET_FACT), &request.base, &message, &err), 0);
    reply = (const Bihuan__GetFactReply *)message;
    assert_int_equal(reply->n_items, 1);
    assert_int_equal(reply->items[0]->n_sums, 2);
    assert_string_equal(reply->items[0]->sums[0]->column, "tax");
    assert_int_equal(reply->items[0]->sums[0]->amount, 12000);
    assert_int_equal(reply->items[0]->sums[1]->amount, 25);
}

/* Equal in all but the tax isn't the same row: it contradicts what is known. */
static void test_conflict(void **state)
{
    (void)state;
    delivery_put(&stack, "m", "m_20261120_02.txt", "D|a|20261120|one|1000|61|1.5|sale\nT|1|1000|61\n");
    delivery_await_file(&stack, "m_20261120_02.txt", "partial 1 0 0 ");
    delivery_await(&stack,
                   "SELECT reason FROM feedback.reject r JOIN feedback.feed_file x ON x.id = r.file_id"
                   " WHERE x.name = 'm_20261120_02.txt'",
                   "version_conflict");
    await_sums("m_20261120_02.txt", "tax: 6100 0 0 6100 0 0 0 of 6100, charge: 15000 0 0 15000 0 0 0");
}

static void test_trailer_differs(void **state)
{
    (void)state;
    delivery_put(&stack, "m", "m_20261120_03.txt", "D|g|20261120|one|100|7|0|sale\nT|1|100|8\n");
    delivery_await_file(&stack, "m_20261120_03.txt", "refused 0 0 0 sum of tax: the control says 0.0800, found 0.0700");
}

static void test_released_and_given_up(void **state)
{
    Bihuan__WriteOffRejectsRequest write_off = BIHUAN__WRITE_OFF_REJECTS_REQUEST__INIT;
    Bihuan__ReleaseRejectsRequest release = BIHUAN__RELEASE_REJECTS_REQUEST__INIT;
    ProtobufCMessage *message;
    struct err err;

    (void)state;
    apply(TAX "," FEE, ",{\"from\":\"two\",\"to\":\"S1\"}");
    release.feed = write_off.feed = receiving_text("m");
    release.reason = receiving_text("unmapped");
    assert_int_equal(stack_ask(&stack, "feedback", MSG(RELEASE_REJECTS), &release.base, &message, &err), 0);
    assert_int_equal(((const Bihuan__ReleaseRejectsReply *)message)->released, 1);
    await_sums("m_20261120_01.txt", "tax: 54600 39000 6000 0 9600 0 0 of 54600,"
                                    " charge: 145025 50025 15000 80000 0 0 0");
    write_off.reason = receiving_text("bad_number");
    write_off.note = receiving_text("theirs");
    assert_int_equal(stack_ask(&stack, "feedback", MSG(WRITE_OFF_REJECTS), &write_off.base, &message, &err), 0);
    await_sums("m_20261120_01.txt", "tax: 54600 39000 6000 0 9600 0 0 of 54600,"
                                    " charge: 145025 50025 15000 0 0 80000 0");
}

/* Read again: what the first reading stored is kept apart, the rows are known. */
static void test_read_again(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(receiving_act(&stack, "m_20261120_01.txt", "retry", 0, "", &err), 0);
    delivery_await_file(&stack, "m_20261120_01.txt", "partial 7 0 5 ");
    await_sums("m_20261120_01.txt", "tax: 54600 0 45000 0 9600 0 39000 of 54600,"
                                    " charge: 145025 0 65025 80000 0 0 50025");
    assert_true(totals()->agrees);
}

/* The ledger is looked at itself. */
static void test_ledger_differs(void **state)
{
    (void)state;
    await_differing("0");
    delivery_await(&stack, "SELECT totals <> 0 FROM feedback.feed_file WHERE name = 'm_20261120_01.txt'",
                   "t");     /* an audit that is under way would settle it by what it saw before */
    free(pg_value(&stack.pg, /* at once: the daemon may look at any moment */
                  "UPDATE feedback.order_line SET sums[1] = sums[1] + 1 WHERE record_key = 'b';"
                  "UPDATE feedback.feed_file SET totals = 0 WHERE name = 'm_20261120_01.txt'"));
    await_differing("1");
    delivery_await(&stack, "SELECT totals FROM feedback.feed_file WHERE name = 'm_20261120_01.txt'", "2");
    assert_false(totals()->agrees);
    assert_true(totals()->amount_agrees);
    assert_false(totals()->columns[0]->agrees);
    assert_true(totals()->columns[1]->agrees);
    assert_int_equal(totals()->columns[0]->ledger_amount, 39001);
    delivery_await(&stack,
                   "SELECT convert_from(substring(payload FROM position('tax'::bytea IN payload) FOR 3), 'UTF8')"
                   " FROM feedback.bus_stream WHERE type = 105",
                   "tax");
}

/* What is stored knows the columns by their place. */
static void test_places_stay(void **state)
{
    char text[4000];
    struct err err;

    (void)state;
    snprintf(text, sizeof text, FEED, FEE "," TAX, "");
    assert_int_equal(stack_try(&stack, MSG(APPLY_FEEDS), text, &err), -1);
    assert_non_null(strstr(err.text, "\"tax\""));
    apply(TAX "," FEE ",{\"name\":\"gift\",\"column\":\"fee\"}", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_counted),
        cmocka_unit_test(test_fact),
        cmocka_unit_test(test_conflict),
        cmocka_unit_test(test_trailer_differs),
        cmocka_unit_test(test_released_and_given_up),
        cmocka_unit_test(test_read_again),
        cmocka_unit_test(test_ledger_differs),
        cmocka_unit_test(test_places_stay),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
