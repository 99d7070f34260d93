/* Reversals that say how much they take back, returns by themselves, and the same bytes under names that mean something
 * else, through a real feedback daemon. What should count is worked out here from the rows themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "support/delivery.h"
#include "support/gzip.h"
#include "support/receiving.h"
#include "support/seed.h"

#include "bihuan/feedback.pb-c.h"
#include "bihuan/planning.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct stack stack;
static unsigned seed;

#define FIELDS                                                                                                         \
    "\"title\":\"t\",\"fact\":\"order_line\",\"columns\":[{\"field\":\"time\",\"column\":\"day\",\"format\":"          \
    "\"yyyyMMdd\"},"                                                                                                   \
    "{\"field\":\"unit\",\"column\":\"shop\"},{\"field\":\"amount\",\"column\":\"yuan\"}],\"key\":[\"doc\",\"line\"]"

/* With quantities, versions and taxes, and rows that take others back. */
#define SHOP_OF                                                                                                        \
    "\"title\":\"t\",\"fact\":\"order_line\",\"watermark\":\"none\",\"key\":[\"doc\"],\"original\":[\"of\"],"          \
    "\"columns\":["                                                                                                    \
    "{\"field\":\"time\",\"column\":\"day\",\"format\":\"yyyyMMdd\"},{\"field\":\"unit\",\"column\":\"shop\""
#define GIVING                                                                                                         \
    "},{\"field\":\"amount\",\"column\":\"yuan\"},{\"field\":\"quantity\",\"column\":\"pieces\"},"                     \
    "{\"field\":\"version\",\"column\":\"v\"}],\"sums\":[{\"name\":\"tax\"}]"

/* Its shops come behind a map. */
#define MAPPED(entries)                                                                                                \
    "{\"items\":[{\"code\":\"mapped\",\"sender\":\"f\"," SHOP_OF ",\"map\":\"shops\"" GIVING ",\"maps\":[{\"name\":"   \
    "\"shops\",\"entries\":[{\"from\":\"S1\",\"to\":\"S1\"}" entries "]}]}]}"

static const char FEEDS[] = "{\"items\":[{\"code\":\"back\",\"sender\":\"a\"," FIELDS
                            ",\"files\":\"b_{yyyyMMdd}_{nn}.csv\","
                            "\"deletes\":\"del_{yyyyMMdd}_{nn}.csv\",\"original\":[\"odoc\",\"oline\"]},"
                            "{\"code\":\"days\",\"sender\":\"b\"," FIELDS
                            ",\"files\":\"d_{yyyyMMdd}_{nn}.csv\",\"sequence\":{\"daily\":true},"
                            "\"replaces\":\"day\"},"
                            "{\"code\":\"some\",\"sender\":\"d\"," SHOP_OF GIVING "},"
                            "{\"code\":\"own\",\"sender\":\"e\",\"returns\":\"own\"," SHOP_OF GIVING "}]}";

static void put_measure(void)
{
    Bihuan__Measure measure = BIHUAN__MEASURE__INIT;
    char sql[600];
    uint8_t bytes[200];
    size_t len;
    int at;

    measure.id = 1;
    measure.code = receiving_text("amount");
    measure.fact = receiving_text("order_line");
    measure.value = receiving_text("amount");
    len = bihuan__measure__pack(&measure, bytes);
    at = snprintf(sql, sizeof sql, "INSERT INTO feedback.ref_measure VALUES (1, '\\x");
    for (size_t b = 0; b < len; b++)
        at += snprintf(sql + at, sizeof sql - (size_t)at, "%02x", bytes[b]);
    snprintf(sql + at, sizeof sql - (size_t)at, "')");
    free(pg_value(&stack.pg, sql));
}

/* Sum of the amounts that count, in yuan, from..until. */
static int64_t recount(const char *from, const char *until)
{
    int64_t sum = 0;

    for (uint32_t b = 0; b < 16; b++) {
        Bihuan__RecountRequest request = BIHUAN__RECOUNT_REQUEST__INIT;
        const Bihuan__RecountReply *reply;
        ProtobufCMessage *message;
        struct err err;

        request.from = receiving_text(from);
        request.until = receiving_text(until);
        request.bucket = b;
        assert_int_equal(stack_ask(&stack, "feedback", MSG(RECOUNT), &request.base, &message, &err), 0);
        reply = (const Bihuan__RecountReply *)message;
        for (size_t i = 0; i < reply->n_value; i++)
            sum += reply->value[i];
    }
    return sum / 10000;
}

static int set_up(void **state)
{
    static const struct receiving scene = { .feeds = FEEDS,
                                            .put = put_measure,
                                            .flags = { "--batch-rows=3", "--audit-ms=100" } };

    (void)state;
    seed = test_seed();
    srandom(seed);
    receiving_start(&stack, &scene);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

#define HEAD "doc,line,day,shop,yuan,odoc,oline\n"

/* --- reversals that say how much -------------------------------------------------------------------------------------
 */

#define GIVEN "doc,day,shop,yuan,pieces,v,tax,of\n"

/* Reason and rows that wait of the feed. */
static void await_waiting(const char *feed, const char *want)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "SELECT coalesce(string_agg(reason || ' ' || split_part(convert_from(raw, 'UTF8'), ',', 1), ', ' ORDER BY"
             " file_id, row_no), '') FROM feedback.reject r JOIN feedback.feed f ON f.id = r.feed_id WHERE NOT released"
             " AND f.code = '%s'",
             feed);
    delivery_await(&stack, sql, want);
}

/* A file of one row. */
static void put_given(const char *feed, const char *name, const char *row, const char *want)
{
    char text[300];

    snprintf(text, sizeof text, "%s%s\n", GIVEN, row);
    delivery_put(&stack, feed, name, text);
    if (want)
        delivery_await_file(&stack, name, want);
}

static void test_parts_of_a_sale(void **state)
{
    (void)state;
    /* the sale first */
    put_given("some", "p1.csv", "A1,20261001,S1,129,2,1,9,", "loaded 1 1 0 ");
    put_given("some", "p2.csv", "A2,20261001,S1,-50,,1,,A1", "partial 1 0 0 ");
    put_given("some", "p3.csv", "A3,20261001,S1,-129,-1,1,,A1", "partial 1 0 0 ");
    put_given("some", "p4.csv", "A4,20261001,S1,-129,-2,1,-8,A1", "partial 1 0 0 ");
    await_waiting("some", "reversal_differs A2, reversal_differs A3, reversal_differs A4");
    assert_int_equal(recount("2026-10-01", "2026-10-02"), 129);
    put_given("some", "p5.csv", "A5,20261001,S1,-129,2,1,-9,A1", "loaded 1 1 0 ");
    assert_int_equal(recount("2026-10-01", "2026-10-02"), 0);
    /* a reversal that came before: it is held until the sale comes, and waits then */
    put_given("some", "p6.csv", "B2,20261002,S1,-50,,1,-1,B1", "loaded 1 1 0 ");
    put_given("some", "p7.csv", "B1,20261002,S1,129,1,1,1,", "loaded 1 1 0 ");
    delivery_await_file(&stack, "p6.csv", "partial 1 0 0 ");
    await_waiting("some", "reversal_differs A2, reversal_differs A3, reversal_differs A4, reversal_differs B2");
    assert_int_equal(recount("2026-10-02", "2026-10-03"), 129);
    /* the sale is corrected to what the reversal says, and to something else again */
    put_given("some", "p8.csv", "B1,20261002,S1,50,1,2,1,", "loaded 1 1 0 ");
    delivery_await_file(&stack, "p6.csv", "loaded 1 1 0 ");
    assert_int_equal(recount("2026-10-02", "2026-10-03"), 0);
    put_given("some", "p9.csv", "B1,20261002,S1,60,1,3,1,", "loaded 1 1 0 ");
    delivery_await_file(&stack, "p6.csv", "partial 1 0 0 ");
    assert_int_equal(recount("2026-10-02", "2026-10-03"), 60);
    /* nothing said: all of it; both in one file, the reversal first */
    delivery_put(&stack, "some", "p10.csv",
                 GIVEN "C2,20261003,S1,,,1,,C1\nC1,20261003,S1,7,3,1,1,\n"
                       "D2,20261003,S1,-3,,1,,D1\nD1,20261003,S1,9,1,1,1,\n");
    delivery_await_file(&stack, "p10.csv", "partial 4 3 0 ");
    assert_int_equal(recount("2026-10-03", "2026-10-04"), 9);
}

static void read_again(const char *file)
{
    Bihuan__ActOnFileRequest request = BIHUAN__ACT_ON_FILE_REQUEST__INIT;
    ProtobufCMessage *reply;
    struct err err;
    char sql[200];

    snprintf(sql, sizeof sql, "SELECT max(id) FROM feedback.feed_file WHERE name = '%s'", file);
    request.id = (uint64_t)pg_number(&stack.pg, sql);
    request.action = receiving_text("retry");
    assert_int_equal(stack_ask(&stack, "feedback", MSG(ACT_ON_FILE), &request.base, &reply, &err), 0);
}

/* A file that was read again knows its rows; one that waits then is counted as waiting, and once. */
static void test_parts_read_again(void **state)
{
    (void)state;
    put_given("some", "q1.csv", "E2,20261005,S1,-5,,1,-2,E1", "loaded 1 1 0 ");
    read_again("q1.csv");
    delivery_await_file(&stack, "q1.csv", "loaded 1 0 1 ");
    put_given("some", "q2.csv", "E1,20261005,S1,6,1,1,2,", "loaded 1 1 0 ");
    delivery_await_file(&stack, "q1.csv", "partial 1 0 0 ");
    assert_int_equal(recount("2026-10-05", "2026-10-06"), 6);
    read_again("q1.csv");
    delivery_await_file(&stack, "q1.csv", "partial 1 0 0 ");
    put_given("some", "q3.csv", "E1,20261005,S1,5,1,2,2,", "loaded 1 1 0 ");
    delivery_await_file(&stack, "q1.csv", "loaded 1 1 0 ");
    assert_int_equal(recount("2026-10-05", "2026-10-06"), 0);
}

/* A file is read again and brings originals now that are others than its own reversals, which are recorded: one before,
 * one behind the end of the originals' batch. Each waits, once. */
static void test_withdrawn_while_read_again(void **state)
{
    (void)state;
    stack_apply(&stack, MSG(APPLY_FEEDS), MAPPED(""));
    delivery_put(&stack, "mapped", "m1.csv",
                 GIVEN "M1,20261006,X,9,1,1,1,\nN1,20261006,X,8,1,1,2,\nM2,20261006,S1,-4,,1,-1,M1\n"
                       "F1,20261006,S1,1,1,1,3,\nF2,20261006,S1,1,1,1,4,\nN2,20261006,S1,-5,,1,-2,N1\n");
    delivery_await_file(&stack, "m1.csv", "partial 6 4 0 ");
    await_waiting("mapped", "unmapped M1, unmapped N1");
    stack_apply(&stack, MSG(APPLY_FEEDS), MAPPED(",{\"from\":\"X\",\"to\":\"S1\"}"));
    read_again("m1.csv");
    delivery_await_file(&stack, "m1.csv", "partial 6 2 2 ");
    await_waiting("mapped", "reversal_differs M2, reversal_differs N2");
    assert_int_equal(recount("2026-10-06", "2026-10-07"), 19);
    put_given("mapped", "m2.csv", "M1,20261006,S1,4,1,2,1,", "loaded 1 1 0 ");
    delivery_await_file(&stack, "m1.csv", "partial 6 3 2 ");
    assert_int_equal(recount("2026-10-06", "2026-10-07"), 10);
}

/* As reversals were recorded before it was compared how much they take back. */
static void make_old(const char *original)
{
    char sql[300];

    snprintf(sql, sizeof sql,
             "WITH l AS (UPDATE feedback.order_line SET gives = NULL WHERE record_key = '%s' AND operation = 1"
             " RETURNING file_id, row_no) DELETE FROM feedback.reversal r USING l WHERE r.file_id = l.file_id AND"
             " r.row_no = l.row_no",
             original);
    free(pg_value(&stack.pg, sql));
}

/* Such a row counts, whatever its original is, until its file is read again; then it waits as any other does. */
static void test_recorded_before_it_was_compared(void **state)
{
    (void)state;
    put_given("some", "k1.csv", "K2,20261007,S1,-5,,1,-2,K1", "loaded 1 1 0 ");
    make_old("K1");
    put_given("some", "k2.csv", "K1,20261007,S1,6,1,1,2,", "loaded 1 1 0 ");
    delivery_put(&stack, "some", "k3.csv", GIVEN "K2,20261007,S1,-5,,1,-2,K1\n\n");
    delivery_await_file(&stack, "k3.csv", "loaded 1 0 1 "); /* it does count */
    assert_int_equal(recount("2026-10-07", "2026-10-08"), 0);
    read_again("k1.csv");
    delivery_await_file(&stack, "k1.csv", "partial 1 0 0 ");
    assert_int_equal(recount("2026-10-07", "2026-10-08"), 6);
    put_given("some", "k4.csv", "K1,20261007,S1,5,1,2,2,", "loaded 1 1 0 ");
    delivery_await_file(&stack, "k1.csv", "loaded 1 1 0 ");
    assert_int_equal(recount("2026-10-07", "2026-10-08"), 0);
}

#define SALES 12

/* Rows of sales and what takes them back, in any order and some twice: what counts is a function of the rows. */
struct given {
    char text[120];
    bool twice;
};

static void shuffle(struct given *rows, size_t count)
{
    for (size_t i = count - 1; i > 0; i--) {
        size_t j = (size_t)random() % (i + 1);
        struct given kept = rows[i];

        rows[i] = rows[j];
        rows[j] = kept;
    }
}

static void deliver_given(const char *feed, struct given *rows, size_t count)
{
    char name[40], text[300], want[16];
    int files = 0;

    shuffle(rows, count);
    for (size_t i = 0; i < count; i++) {
        int at = snprintf(text, sizeof text, "%s%s\n", GIVEN, rows[i].text);

        if (i + 1 < count && random() % 2)
            snprintf(text + at, sizeof text - (size_t)at, "%s\n", rows[++i].text);
        snprintf(name, sizeof name, "%s-%zu.csv", feed, i);
        delivery_put(&stack, feed, name, text);
        files++;
        if (!rows[i].twice)
            continue;
        snprintf(name, sizeof name, "%s-%zu-again.csv", feed, i);
        snprintf(text, sizeof text, "%s%s\n\n", GIVEN, rows[i].text); /* no copy of that file */
        delivery_put(&stack, feed, name, text);
        files++;
    }
    snprintf(want, sizeof want, "%d", files);
    snprintf(text, sizeof text,
             "SELECT count(*) FROM feedback.feed_file WHERE name LIKE '%s-%%' AND state IN ('loaded', 'partial')",
             feed);
    delivery_await(&stack, text, want);
}

static void test_parts_in_any_order(void **state)
{
    struct given rows[SALES * 3];
    size_t count = 0;
    int sum = 0, waiting = 0;
    char want[40];

    (void)state;
    for (int i = 0; i < SALES; i++) {
        int first = 10 + i, second = 40 + i, last = random() % 2 ? second : first;
        int back = i % 3 == 0 ? first : i % 3 == 1 ? second : 5;

        snprintf(rows[count].text, sizeof rows[count].text, "x%d,20261004,S1,%d,1,1,1,", i, first);
        rows[count++].twice = random() % 3 == 0;
        if (last == second) {
            snprintf(rows[count].text, sizeof rows[count].text, "x%d,20261004,S1,%d,1,2,1,", i, second);
            rows[count++].twice = random() % 3 == 0;
        }
        snprintf(rows[count].text, sizeof rows[count].text, "y%d,20261004,S1,-%d,,1,,x%d", i, back, i);
        rows[count++].twice = false;
        sum += back == last ? 0 : last;
        waiting += back != last;
    }
    deliver_given("some", rows, count);
    snprintf(want, sizeof want, "%d", waiting);
    delivery_await(&stack,
                   "SELECT count(*) FROM feedback.reject WHERE NOT released AND reason = 'reversal_differs' AND"
                   " convert_from(raw, 'UTF8') LIKE 'y%'",
                   want);
    if (recount("2026-10-04", "2026-10-05") != sum)
        fail_msg("%ld, not %d (seed %u)", (long)recount("2026-10-04", "2026-10-05"), sum, seed);
}

/* Returns that stand by themselves: of each day the sum of its rows. */
static void test_returns_of_their_own(void **state)
{
    struct given rows[SALES * 3];
    size_t count = 0;
    int sums[3] = { 0 };

    (void)state;
    for (int i = 0; i < SALES; i++) {
        for (int k = 0; k < 3; k++) {
            int day = (int)(random() % 3), amount = k ? -(int)(random() % 30) : 60 + i;
            char of[16] = "";

            if (k)
                snprintf(of, sizeof of, "s%d-0", i);
            snprintf(rows[count].text, sizeof rows[count].text, "s%d-%d,202610%02d,S1,%d,%s,1,,%s", i, k, 10 + day,
                     amount,
                     k == 0   ? "2"
                     : k == 1 ? "-1"
                              : "",
                     of);
            rows[count++].twice = random() % 3 == 0;
            sums[day] += amount;
        }
    }
    deliver_given("own", rows, count);
    for (int day = 0; day < 3; day++) {
        char from[24], until[24];

        snprintf(from, sizeof from, "2026-10-%02d", 10 + day);
        snprintf(until, sizeof until, "2026-10-%02d", 11 + day);
        if (recount(from, until) != sums[day])
            fail_msg("%s: %ld, not %d (seed %u)", from, (long)recount(from, until), sums[day], seed);
    }
    await_waiting("own", "");
    assert_int_equal(pg_number(&stack.pg, "SELECT count(*) FROM feedback.order_line WHERE record_key LIKE 's%-%' AND"
                                          " operation = 0 AND (quantity = -1 AND subject = split_part(record_key, '-',"
                                          " 1) || '-0' OR quantity = 2 AND subject IS NULL)"),
                     SALES * 3);
}

/* The state of the file and what counts of its day, in yuan. */
static void expect_day(const char *name, const char *text, const char *want, int64_t sum)
{
    delivery_put(&stack, "days", name, text);
    delivery_await_file(&stack, name, want);
    assert_int_equal(recount("2026-11-19", "2026-11-21"), sum);
}

/* A file's bytes are known under their day and number: the same ones bring a day back to what it was, or empty it. */
static void test_same_bytes_replace(void **state)
{
    static const char x[] = HEAD "v1,1,20261119,S1,3,,\nv2,1,20261119,S1,4,,\n", y[] = HEAD "v1,1,20261119,S1,30,,\n";

    (void)state;
    expect_day("d_20261119_01.csv", x, "loaded 2 2 0 ", 7);
    expect_day("d_20261119_02.csv", y, "loaded 1 1 0 ", 30);
    expect_day("d_20261119_03.csv", x, "loaded 2 2 0 ", 7);
    delivery_put(&stack, "days", "d_20261119_03.csv", x); /* the same meaning: a copy */
    delivery_await(&stack,
                   "SELECT string_agg(state, ' ' ORDER BY id) FROM feedback.feed_file WHERE name LIKE"
                   " 'd\\_20261119%'",
                   "superseded superseded loaded duplicate");
    assert_int_equal(recount("2026-11-19", "2026-11-21"), 7);
    expect_day("d_20261119_04.csv", HEAD, "loaded 0 0 0 ", 0);
    expect_day("d_20261120_01.csv", HEAD "v3,1,20261120,S1,5,,\n", "loaded 1 1 0 ", 5);
    expect_day("d_20261120_02.csv", HEAD, "loaded 0 0 0 ", 0);
    expect_day("d_20261119_05.csv", y, "loaded 1 1 0 ", 30);
}

/* The file itself, sent again by the name of a delete file. */
static void test_same_bytes_delete(void **state)
{
    static const char rows[] = HEAD "z1,1,20261108,S1,3,,\nz2,1,20261108,S1,4,,\n";

    (void)state;
    delivery_put(&stack, "back", "b_20261108_01.csv", rows);
    delivery_await_file(&stack, "b_20261108_01.csv", "loaded 2 2 0 ");
    delivery_put(&stack, "back", "b_20261108_02.csv", rows); /* under another name: counted once */
    delivery_await(&stack, "SELECT state FROM feedback.feed_file WHERE name = 'b_20261108_02.csv'", "duplicate");
    delivery_put(&stack, "back", "del_20261108_01.csv", rows);
    delivery_await_file(&stack, "del_20261108_01.csv", "loaded 2 2 0 ");
    assert_int_equal(recount("2026-11-08", "2026-11-09"), 0);
    delivery_put(&stack, "back", "del_20261108_02.csv", rows);
    delivery_await(&stack, "SELECT state FROM feedback.feed_file WHERE name = 'del_20261108_02.csv'", "duplicate");
}

/* What was published adds up to what is recorded. */
static void test_totals_agree(void **state)
{
    Bihuan__ListTotalsRequest request = BIHUAN__LIST_TOTALS_REQUEST__INIT;
    const Bihuan__ListTotalsReply *reply;
    ProtobufCMessage *message;
    struct err err;

    (void)state;
    assert_int_equal(stack_ask(&stack, "feedback", MSG(LIST_TOTALS), &request.base, &message, &err), 0);
    reply = (const Bihuan__ListTotalsReply *)message;
    assert_true(reply->n_items >= 3);
    for (size_t i = 0; i < reply->n_items; i++)
        if (!reply->items[i]->agrees)
            fail_msg("feed %s, day %s: the ledger differs", reply->items[i]->feed, reply->items[i]->day);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_of_a_sale),
        cmocka_unit_test(test_parts_read_again),
        cmocka_unit_test(test_withdrawn_while_read_again),
        cmocka_unit_test(test_recorded_before_it_was_compared),
        cmocka_unit_test(test_parts_in_any_order),
        cmocka_unit_test(test_returns_of_their_own),
        cmocka_unit_test(test_same_bytes_replace),
        cmocka_unit_test(test_same_bytes_delete),
        cmocka_unit_test(test_totals_agree),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
