/* Files that are disturbed while a real feedback daemon reads them: cut, replaced, written to, the daemon killed. */
#include "support/check.h"
#include "support/gzip.h"
#include "support/orders.h"

#include "base/buf.h"
#include "bihuan/feedback.pb-c.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Rows of a file that is long to read: 400 batches, in any of which it may be disturbed. */
#define LONG 10000

/* A file cut short: what came before the damage counts, the file is refused; whole again, the rest is added. */
static void test_truncated_gzip(void **state)
{
    struct buf rows = { 0 }, bytes = { 0 };

    (void)state;
    buf_append_text(&rows, ORDERS_HEAD);
    for (int i = 0; i < 3000; i++)
        buf_printf(&rows, "z%d,2026-11-08 09:00:%02d,S1,,plan5g,%d,completed,1\n", i * 7919, i % 60, i % 97 + 1);
    gzip_append(&bytes, rows.data, rows.len);
    orders_put("orders_20261108_1.csv.gz", bytes.data, bytes.len / 2);
    orders_wait("orders_20261108_1.csv.gz", 20);
    assert_int_equal(pg_number(&orders_stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state = 'refused'"
                                                 " AND name = 'orders_20261108_1.csv.gz' AND rows_read > 500"
                                                 " AND rows_read = accepted AND error LIKE '%after byte%'"),
                     1);
    orders_put("orders_20261108_2.csv.gz", bytes.data, bytes.len);
    orders_wait("orders_20261108_2.csv.gz", 20);
    assert_int_equal(orders_recount(4, 2, "2026-11-08", "2026-11-09"), 3000);
    buf_fini(&rows);
    buf_fini(&bytes);
}

/* A small file that was read in part when the daemon died is gone on with, though others wait beside it. */
static void test_begun_among_small_files(void **state)
{
    static const char FIRST[] = ORDERS_HEAD "beg1,2026-11-17 09:00:00,S1,,plan5g,1,completed,1\n";
    static const char TEXT[] = ORDERS_HEAD "beg1,2026-11-17 09:00:00,S1,,plan5g,1,completed,1\n"
                                           "beg2,2026-11-17 10:00:00,S1,,plan5g,1,completed,1\n";
    static const char OTHER[] = ORDERS_HEAD "beg3,2026-11-17 11:00:00,S1,,plan5g,1,completed,1\n";
    char sql[300];

    (void)state;
    orders_deliver("orders_20261117_1.csv", TEXT);
    stack_kill(&orders_stack, "feedback", "a", SIGKILL);
    snprintf(sql, sizeof sql,
             "UPDATE feedback.feed_file SET state = 'loading', done_at = NULL, done_offset = %zu, done_line = 3,"
             " done_row = 2 WHERE name = 'orders_20261117_1.csv'",
             strlen(FIRST));
    free(pg_value(&orders_stack.pg, sql));
    orders_put("orders_20261117_0.csv", OTHER, strlen(OTHER));
    orders_put("orders_20261117_1.csv", TEXT, strlen(TEXT));
    orders_put("orders_20261117_2.csv", FIRST, strlen(FIRST));
    stack_start(&orders_stack, "feedback", "a");
    stack_wait_ready(&orders_stack, "feedback");
    for (int i = 0; i < 3; i++) {
        snprintf(sql, sizeof sql, "orders_20261117_%d.csv", i);
        orders_wait(sql, 20);
    }
    orders_expect("orders_20261117_0.csv", "loaded", 1, 1, 0, 0, 0);
    orders_expect("orders_20261117_1.csv", "loaded", 3, 2, 1, 0, 0); /* its second row came twice */
    orders_expect("orders_20261117_2.csv", "loaded", 1, 0, 1, 0, 0);
    assert_int_equal(orders_recount(4, 2, "2026-11-17", "2026-11-18"), 3);
}

static bool is_loading(void *arg)
{
    (void)arg;
    return pg_number(&orders_stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state = 'loading'") > 0;
}

static bool are_two_loaded(void *arg)
{
    char sql[200];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM feedback.feed_file WHERE name = '%s' AND state = 'loaded'",
             (const char *)arg);
    return pg_number(&orders_stack.pg, sql) == 2;
}

/* LONG lines at one shop, one of each key, handed over and begun to be read. */
static void deliver_long(const char *name, const char *day, char key)
{
    static char text[8 << 20];
    size_t len = (size_t)snprintf(text, sizeof text, "%s", ORDERS_HEAD);

    for (int i = 0; i < LONG; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%c%d,%s 09:00:00,S1,,plan5g,1,completed,1\n", key, i,
                                day);
    orders_put(name, text, len);
    assert_true(stack_until(is_loading, NULL, 20));
}

/* Another file takes its name while it is read: both are read, each as what it is. */
static void test_replaced_while_read(void **state)
{
    static const char NAME[] = "orders_20261115_1.csv";
    static const char NEXT[] = ORDERS_HEAD "v,2026-11-15 09:00:00,S2,,plan5g,1,completed,1\n";

    (void)state;
    deliver_long(NAME, "2026-11-15", 'v');
    orders_upload(NAME, 0, NEXT, true, "name_waits");
    orders_put(NAME, NEXT, sizeof NEXT - 1);
    assert_true(stack_until(are_two_loaded, receiving_text(NAME), 60));
    orders_wait(NAME, 20);
    assert_int_equal(orders_recount(4, 2, "2026-11-15", "2026-11-16"), LONG);
    assert_int_equal(orders_recount(5, 2, "2026-11-15", "2026-11-16"), 1);
}

/* A line is added while it is read: it isn't what its hash says, and is read once more as what it has become. */
static void test_written_to_while_read(void **state)
{
    static const char NAME[] = "orders_20261116_1.csv";
    char path[256];
    FILE *file;

    (void)state;
    deliver_long(NAME, "2026-11-16", 'g');
    orders_inbox(NAME, path);
    file = fopen(path, "a");
    assert_non_null(file);
    fputs("g,2026-11-16 09:00:00,S2,,plan5g,1,completed,1\n", file);
    fclose(file);
    orders_wait(NAME, 60);
    assert_int_equal(pg_number(&orders_stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state = 'refused'"
                                                 " AND name = 'orders_20261116_1.csv' AND error LIKE '%written to%'"),
                     1);
    assert_int_equal(pg_number(&orders_stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state = 'loaded'"
                                                 " AND name = 'orders_20261116_1.csv' AND rows_read = 10001"),
                     1);
    assert_int_equal(orders_recount(4, 2, "2026-11-16", "2026-11-17"), LONG);
    assert_int_equal(orders_recount(5, 2, "2026-11-16", "2026-11-17"), 1);
}

/* Sent again with the same bytes while it is read: it counts as disturbed, and is read to its end all the same. */
static void test_touched_while_read(void **state)
{
    static const char NAME[] = "orders_20261121_1.csv";
    char path[256];

    (void)state;
    deliver_long(NAME, "2026-11-21", 't');
    orders_inbox(NAME, path);
    assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
    orders_wait(NAME, 60);
    assert_int_equal(pg_number(&orders_stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state = 'loaded'"
                                                 " AND name = 'orders_20261121_1.csv' AND rows_read = 10000"),
                     1);
    assert_int_equal(pg_number(&orders_stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE state <> 'loaded'"
                                                 " AND name = 'orders_20261121_1.csv'"),
                     0);
    assert_int_equal(orders_recount(4, 2, "2026-11-21", "2026-11-22"), LONG);
}

/* Killed while it reads, again and again: every row counts once. */
static void test_kill_while_loading(void **state)
{
    static char text[8 << 20];
    size_t len = (size_t)snprintf(text, sizeof text, "%s", ORDERS_HEAD);

    (void)state;
    for (int i = 0; i < LONG; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "x%d,2026-11-12 09:00:00,S1,,plan5g,1,completed,1\n", i);
    orders_put("orders_20261112_1.csv", text, len);
    for (int i = 0; i < 4; i++) {
        usleep(150000);
        stack_kill(&orders_stack, "feedback", "a", SIGKILL);
        stack_start(&orders_stack, "feedback", "a");
        stack_wait_ready(&orders_stack, "feedback");
    }
    orders_wait("orders_20261112_1.csv", 60);
    orders_expect("orders_20261112_1.csv", "loaded", LONG, LONG, 0, 0, 0);
    assert_int_equal(orders_recount(4, 2, "2026-11-12", "2026-11-13"), LONG);
}

static void test_streams_carry_the_same_sums(void **state)
{
    (void)state;
    orders_expect_streams();
}

static void archived_path(const char *name, const char *kind, char out[300])
{
    char sql[200];

    snprintf(sql, sizeof sql, "SELECT %s(id) FROM feedback.feed_file WHERE name = '%s'", kind, name);
    snprintf(out, 300, "%s/data/archive/orders/%llu-%s", orders_stack.dir,
             (unsigned long long)pg_number(&orders_stack.pg, sql), name);
}

static bool are_two_archived(void *arg)
{
    char first[300], second[300];

    archived_path(arg, "min", first);
    archived_path(arg, "max", second);
    return strcmp(first, second) != 0 && access(second, F_OK) == 0;
}

/* Lines are added when it was read and moved already, by a sender that had it open all the time. */
static void test_written_to_afterwards(void **state)
{
    static char name[] = "orders_20261030_1.csv";
    static const char FIRST[] = ORDERS_HEAD "af1,2026-10-30 09:00:00,S1,,plan5g,1,completed,1\n";
    char path[300], read[sizeof FIRST + 1];
    struct stat at;
    FILE *file;

    (void)state;
    orders_deliver(name, FIRST);
    archived_path(name, "min", path);
    file = fopen(path, "a");
    assert_non_null(file);
    fputs("af2,2026-10-30 09:00:00,S2,,plan5g,1,completed,1\n", file);
    fclose(file);
    assert_true(stack_until(are_two_archived, name, 20));
    orders_expect(name, "loaded", 2, 1, 1, 0, 0);
    assert_int_equal(orders_recount(5, 2, "2026-10-30", "2026-10-31"), 1);
    assert_int_equal(stat(path, &at), 0); /* what was read first is kept as it was */
    file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(read, 1, sizeof read, file), sizeof FIRST - 1);
    fclose(file);
    assert_memory_equal(read, FIRST, sizeof FIRST - 1);
    assert_int_equal(pg_number(&orders_stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE name ="
                                                 " 'orders_20261030_1.csv' AND note LIKE 'it was written to after%'"),
                     1);
    archived_path(name, "max", path);
    assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0); /* only touched: nothing new */
    usleep(800000);
    assert_int_equal(pg_number(&orders_stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE name ="
                                                 " 'orders_20261030_1.csv'"),
                     2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncated_gzip),      cmocka_unit_test(test_begun_among_small_files),
        cmocka_unit_test(test_replaced_while_read), cmocka_unit_test(test_written_to_while_read),
        cmocka_unit_test(test_touched_while_read),  cmocka_unit_test(test_written_to_afterwards),
        cmocka_unit_test(test_kill_while_loading),  cmocka_unit_test(test_streams_carry_the_same_sums),
    };

    return cmocka_run_group_tests(tests, orders_set_up, orders_tear_down);
}
