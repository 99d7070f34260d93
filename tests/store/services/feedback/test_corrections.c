/* Corrections as feeds declare them, through a real feedback daemon: rows that take others back, delete files, files
 * that replace their day. What should count is worked out here from the rows themselves. */
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
#include <signal.h>
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

static const char FEEDS[] = "{\"items\":[{\"code\":\"back\",\"sender\":\"a\"," FIELDS
                            ",\"files\":\"b_{yyyyMMdd}_{nn}.csv\","
                            "\"deletes\":\"del_{yyyyMMdd}_{nn}.csv\",\"original\":[\"odoc\",\"oline\"]},"
                            "{\"code\":\"days\",\"sender\":\"b\"," FIELDS
                            ",\"files\":\"d_{yyyyMMdd}_{nn}.csv\",\"sequence\":{\"daily\":true},"
                            "\"replaces\":\"day\"},"
                            "{\"code\":\"zipped\",\"sender\":\"c\"," FIELDS
                            ",\"files\":\"z_{yyyyMMdd}_{nn}.csv.gz\",\"sequence\":{\"daily\":true},"
                            "\"replaces\":\"day\"}]}";

static void put_measure(void)
{
    receiving_put_measure(&stack, 1, "amount", "amount");
}

/* Sum of the amounts that count, in yuan, from..until. */
static int64_t recount(const char *from, const char *until)
{
    return receiving_recount(&stack, 0, 0, from, until) / 10000;
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

RECEIVING_TEAR_DOWN(stack)

#define HEAD "doc,line,day,shop,yuan,odoc,oline\n"

static void test_reversals(void **state)
{
    (void)state;
    /* a reversal of a record that isn't there yet, one of a record in the same file, one named in part */
    delivery_put(&stack, "back", "b_20261101_01.csv",
                 HEAD "r1,1,20261103,S1,-100,s1,1\ns2,1,20261101,S1,50,,\nr2,1,20261102,S1,-50,s2,1\n"
                      "r3,1,20261102,S1,-1,s3,\n");
    delivery_await_file(&stack, "b_20261101_01.csv", "partial 4 3 0 ");
    delivery_await(&stack, "SELECT reason || ' ' || line_no FROM feedback.reject", "bad_original 5");
    assert_int_equal(recount("2026-11-01", "2026-11-02"), 50);
    assert_int_equal(recount("2026-11-02", "2026-11-03"), -50);
    delivery_put(&stack, "back", "b_20261101_02.csv", HEAD "s1,1,20261101,S1,100,,\n");
    delivery_await_file(&stack, "b_20261101_02.csv", "loaded 1 1 0 ");
    assert_int_equal(recount("2026-11-01", "2026-11-02"), 150);
    assert_int_equal(recount("2026-11-03", "2026-11-04"), -100);
    /* the same reversal again is a duplicate; another one of the same record contradicts it */
    delivery_put(&stack, "back", "b_20261101_03.csv", HEAD "r1,1,20261103,S1,-100,s1,1\nr9,1,20261103,S1,-100,s1,1\n");
    delivery_await_file(&stack, "b_20261101_03.csv", "partial 2 0 1 ");
    assert_int_equal(recount("", ""), 0);
}

static void test_delete_file(void **state)
{
    (void)state;
    delivery_put(&stack, "back", "del_20261106_01.csv", "doc,line\nx1,1\nx2,1\n");
    delivery_put(&stack, "back", "b_20261105_01.csv", HEAD "x1,1,20261105,S1,7,,\nx2,2,20261105,S1,9,,\n");
    delivery_await_file(&stack, "del_20261106_01.csv", "loaded 2 2 0 ");
    delivery_await_file(&stack, "b_20261105_01.csv", "loaded 2 2 0 ");
    assert_int_equal(recount("2026-11-05", "2026-11-06"), 16);
    assert_int_equal(recount("2026-11-06", "2026-11-07"), -7); /* x2 line 1 is not x2 line 2 */
}

static void put_zipped(const char *name, const char *text, size_t cut)
{
    char aside[256], path[256];
    struct buf bytes = { 0 };
    FILE *file;

    gzip_append(&bytes, text, strlen(text));
    snprintf(aside, sizeof aside, "%s/data/inbox/zipped/.new", stack.dir);
    snprintf(path, sizeof path, "%s/data/inbox/zipped/%s", stack.dir, name);
    file = fopen(aside, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.len - cut, file), bytes.len - cut);
    fclose(file);
    buf_fini(&bytes);
    assert_int_equal(rename(aside, path), 0);
}

/* --- days that are replaced ------------------------------------------------------------------------------------------
 */

#define FILES 5
#define KEYS  8

struct day_file {
    int number;
    int amounts[KEYS]; /* 0: not in it */
};

/* Files of every other day are packed: another feed's. */
static void put_day(int day, const struct day_file *file)
{
    bool packed = day % 2 == 1;
    char name[80], text[1000];
    int at = snprintf(text, sizeof text, "%s", HEAD);

    for (int k = 0; k < KEYS; k++)
        if (file->amounts[k])
            at += snprintf(text + at, sizeof text - (size_t)at, "k%d-%d,1,202611%02d,S1,%d,,\n", day, k, day,
                           file->amounts[k]);
    snprintf(name, sizeof name, packed ? "z_202611%02d_%02d.csv.gz" : "d_202611%02d_%02d.csv", day, file->number);
    if (packed)
        put_zipped(name, text, 0);
    else
        delivery_put(&stack, "days", name, text);
    snprintf(text, sizeof text,
             "SELECT count(*) FROM feedback.feed_file WHERE name = '%s' AND state IN ('loaded', 'superseded')", name);
    delivery_await(&stack, text, "1");
}

/* Files in any order: after each, the day is what the highest number so far says. */
static void play_day(int day)
{
    struct day_file files[FILES];
    int highest = -1, count = 0;
    char from[24], until[24], sql[300], want[16];

    for (int i = 0; i < FILES; i++) {
        files[i] = (struct day_file) { .number = i + 1 };
        for (int k = 0; k < KEYS; k++)
            files[i].amounts[k] = random() % 3 ? 1 + (int)(random() % 90) : 0;
        files[i].amounts[random() % KEYS] = 100 + i; /* none is empty, no two are the same */
    }
    for (int i = FILES - 1; i > 0; i--) {
        int j = (int)(random() % (i + 1));
        struct day_file kept = files[i];

        files[i] = files[j];
        files[j] = kept;
    }
    snprintf(from, sizeof from, "2026-11-%02d", day);
    snprintf(until, sizeof until, "2026-11-%02d", day + 1);
    for (int i = 0; i < FILES; i++) {
        int64_t sum = 0;

        put_day(day, &files[i]);
        if (random() % 3 == 0) /* a copy changes nothing, whatever came since */
            put_day(day, &files[random() % (i + 1)]);
        if (highest < 0 || files[i].number > files[highest].number)
            highest = i;
        for (int k = 0; k < KEYS; k++)
            sum += files[highest].amounts[k];
        if (recount(from, until) != sum)
            fail_msg("day %d after file %d: %ld, not %ld (seed %u)", day, files[i].number, (long)recount(from, until),
                     (long)sum, seed);
        count++;
        snprintf(sql, sizeof sql,
                 "SELECT string_agg(sequence_no::text, ' ') FROM feedback.feed_file WHERE state = 'loaded' AND"
                 " file_day = '%s'",
                 from);
        snprintf(want, sizeof want, "%d", files[highest].number);
        delivery_await(&stack, sql, want);
    }
}

static void test_days_replaced(void **state)
{
    (void)state;
    for (int day = 10; day < 16; day++)
        play_day(day);
}

#define LONG_ROWS 3000 /* a thousand batches */

/* Rows of one yuan each. first: number of the first key. */
static void put_long(int number, int first)
{
    char *text = malloc((size_t)LONG_ROWS * 40 + 100), name[80];
    int at = sprintf(text, "%s", HEAD);

    for (int i = 0; i < LONG_ROWS; i++)
        at += sprintf(text + at, "w%d,1,20261117,S1,1,,\n", first + i);
    snprintf(name, sizeof name, "d_20261117_%02d.csv", number);
    delivery_put(&stack, "days", name, text);
    free(text);
}

#define ROWS_OF_SECOND                                                                                                 \
    "SELECT count(*) FROM feedback.order_line l JOIN feedback.feed_file f ON f.id = l.file_id WHERE f.name ="          \
    " 'd_20261117_02.csv' AND l.row_no > 0"

/* What counts of that day, in yuan, at one moment: of each record its highest version. */
#define DAY_NOW                                                                                                        \
    "SELECT (coalesce(sum(amount), 0) / 10000)::bigint FROM (SELECT DISTINCT ON (record_key) amount FROM"              \
    " feedback.order_line WHERE day = '2026-11-17' AND operation = 0 AND record_key LIKE 'w%' ORDER BY record_key,"    \
    " version DESC) x"

/* While a file replaces another, by other keys all of them, there is one of them or the other, never both or a part;
 * also where the daemon is killed in the midst of it, again and again. */
static void test_no_halves(void **state)
{
    int kills = 0;

    (void)state;
    put_long(1, 0);
    delivery_await(&stack, "SELECT state FROM feedback.feed_file WHERE name = 'd_20261117_01.csv'", "loaded");
    assert_int_equal(recount("2026-11-17", "2026-11-18"), LONG_ROWS);
    put_long(2, 100000);
    for (int i = 0; i < 3000 && pg_number(&stack.pg, ROWS_OF_SECOND) == 0; i++) {
        if (i % 20 == 0 && kills < 4) {
            (void)usleep((useconds_t)(random() % 400000));
            stack_kill(&stack, "feedback", "a", SIGKILL);
            kills++;
            assert_true(pg_number(&stack.pg, ROWS_OF_SECOND) == 0 || pg_number(&stack.pg, ROWS_OF_SECOND) == LONG_ROWS);
            stack_start(&stack, "feedback", "a");
            stack_wait_ready(&stack, "feedback");
        }
        assert_int_equal(pg_number(&stack.pg, DAY_NOW), LONG_ROWS);
        (void)usleep(10000);
    }
    assert_int_equal(pg_number(&stack.pg, ROWS_OF_SECOND), LONG_ROWS);
    assert_int_equal(recount("2026-11-17", "2026-11-18"), LONG_ROWS);
    delivery_await(&stack,
                   "SELECT string_agg(state || ' ' || accepted, ', ' ORDER BY id) FROM feedback.feed_file WHERE name"
                   " LIKE 'd\\_20261117%' AND state <> 'duplicate'",
                   "superseded 3000, loaded 3000");
}

/* A damaged file replaces nothing; whole, it does. */
static void test_damage_replaces_nothing(void **state)
{
    static const char second[] = HEAD "u1,1,20261118,S1,5,,\nu3,1,20261118,S1,6,,\nu4,1,20261118,S1,7,,\n"
                                      "u5,1,20261118,S1,8,,\n";

    (void)state;
    put_zipped("z_20261118_01.csv.gz", HEAD "u1,1,20261118,S1,1,,\nu2,1,20261118,S1,2,,\n", 0);
    delivery_await_file(&stack, "z_20261118_01.csv.gz", "loaded 2 2 0 ");
    put_zipped("z_20261118_02.csv.gz", second, 9);
    delivery_await(&stack,
                   "SELECT state || ' ' || rows_read || ' ' || (error <> '')::int FROM feedback.feed_file WHERE name ="
                   " 'z_20261118_02.csv.gz'",
                   "refused 0 1");
    assert_int_equal(recount("2026-11-18", "2026-11-19"), 3);
    put_zipped("z_20261118_02.csv.gz", second, 0);
    delivery_await_file(&stack, "z_20261118_02.csv.gz", "loaded 4 4 0 ");
    assert_int_equal(recount("2026-11-18", "2026-11-19"), 26);
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
    assert_true(reply->n_items >= 8);
    for (size_t i = 0; i < reply->n_items; i++)
        if (!reply->items[i]->agrees)
            fail_msg("feed %s, day %s: the ledger differs", reply->items[i]->feed, reply->items[i]->day);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reversals),
        cmocka_unit_test(test_delete_file),
        cmocka_unit_test(test_days_replaced),
        cmocka_unit_test(test_no_halves),
        cmocka_unit_test(test_damage_replaces_nothing),
        cmocka_unit_test(test_totals_agree),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
