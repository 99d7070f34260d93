/* Every kind of bad row is put among good ones and found again, with its line, byte, bytes and reason; and files, small
 * and large, are counted once however often the daemon is killed while it reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "support/delivery.h"
#include "support/receiving.h"
#include "support/seed.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct stack stack;
static unsigned seed;

static const char FEEDS[] =
    "{\"items\":[{\"code\":\"orders\",\"responses\":true,\"title\":\"t\",\"sender\":\"a\",\"fact\":\"order_line\","
    "\"key\":[\"id\"],"
    "\"encoding\":\"GBK\",\"files\":\"o_{yyyyMMdd}_{n+}.csv\",\"maps\":[{\"name\":\"m\",\"entries\":[{\"from\":\"one\","
    "\"to\":\"S1\"},{\"from\":\"gone\",\"to\":\"S2\"},{\"from\":\"lost\",\"to\":\"S9\"}]}],\"columns\":["
    "{\"field\":\"time\",\"column\":\"day\",\"format\":\"yyyyMMdd\"},"
    "{\"field\":\"unit\",\"column\":\"shop\",\"map\":\"m\"},{\"field\":\"amount\",\"column\":\"yuan\"},"
    "{\"field\":\"quantity\",\"column\":\"n\"},{\"field\":\"state\",\"column\":\"state\"}]}]}";

#define HEAD "id,day,shop,yuan,n,state\n"

static int set_up(void **state)
{
    static const struct receiving scene = { .feeds = FEEDS, .flags = { "--batch-rows=7" } };

    (void)state;
    seed = test_seed();
    srandom(seed);
    receiving_start(&stack, &scene);
    return 0;
}

RECEIVING_TEAR_DOWN(stack)

/* --- bad rows --------------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *bytes, *reason, *column;
    int lines; /* that the bytes take up */
} kinds[] = {
    { ",20261101,one,1,1,", "missing_value", "id", 1 },
    { "b1,,one,1,1,", "missing_value", "day", 1 },
    { "b2,2026-11-01,one,1,1,", "bad_date", "day", 1 },
    { "b3,20270101,one,1,1,", "date_out_of_range", "day", 1 },
    { "b4,20261101,two,1,1,", "unmapped", "shop", 1 },
    { "b5,20261101,lost,1,1,", "unknown_unit", "shop", 1 },
    { "b6,20261101,gone,1,1,", "unit_closed", "shop", 1 },
    { "b7,20261101,one,1.2.3,1,", "bad_number", "yuan", 1 },
    { "b8,20261101,one,0.00001,1,", "too_precise", "yuan", 1 },
    { "b9,20261101,one,99999999999999999999,1,", "out_of_range", "yuan", 1 },
    { "b10,20261101,one,1,half,", "bad_number", "n", 1 },
    { "b11,20261101,one,1,1,sold", "bad_state", "state", 1 },
    { "b12,20261101,one", "field_count", "", 1 },
    { "b13,20261101,one,1,1,completed,more", "field_count", "", 1 },
    { "b14,20261101,\"one\"x,1,1,", "bad_quote", "", 1 },
    { "b15,20261101,\xAC\xFF,1,1,", "bad_encoding", "", 1 },
    { "b16,20261101,\xAC,1,1,", "bad_encoding", "", 1 },
    { "b17,20261101,\"t\nwo\",1,1,", "unmapped", "shop", 2 },
    { "g0,20261101,one,7,1,", "version_conflict", "", 1 },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static void hex_of(const char *bytes, char *out)
{
    for (; *bytes; bytes++)
        out += sprintf(out, "%02x", (unsigned char)*bytes);
}

static void test_bad_rows(void **state)
{
    size_t order[KINDS], at, line = 2, row = 1, lines[KINDS], rows[KINDS], offsets[KINDS];
    char text[4000], sql[400], want[400], hex[200];

    (void)state;
    for (size_t i = 0; i < KINDS; i++)
        order[i] = i;
    for (size_t i = KINDS - 1; i > 0; i--) { /* in any order, with good rows between */
        size_t j = (size_t)random() % (i + 1), kept = order[i];

        order[i] = order[j];
        order[j] = kept;
    }
    at = (size_t)snprintf(text, sizeof text, HEAD "g0,20261101,one,1,1,\n");
    line++;
    row++;
    for (size_t i = 0; i < KINDS; i++) {
        size_t k = order[i];

        if (random() % 2) {
            at += (size_t)snprintf(text + at, sizeof text - at, "g%zu,20261101,one,1,1,\r\n", i + 1);
            line++;
            row++;
        }
        lines[k] = line;
        rows[k] = row++;
        offsets[k] = at;
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\n", kinds[k].bytes);
        line += (size_t)kinds[k].lines;
    }
    delivery_put(&stack, "orders", "o_20261101_1.csv", text);
    snprintf(want, sizeof want, "%zu", KINDS);
    delivery_await(&stack,
                   "SELECT suspended FROM feedback.feed_file WHERE name = 'o_20261101_1.csv' AND state ="
                   " 'partial'",
                   want);
    for (size_t k = 0; k < KINDS; k++) {
        hex_of(kinds[k].bytes, hex);
        snprintf(sql, sizeof sql,
                 "SELECT line_no || ' ' || file_offset || ' ' || reason || ' ' || column_name || ' ' || encode(raw,"
                 " 'hex') FROM feedback.reject WHERE row_no = %zu",
                 rows[k]);
        snprintf(want, sizeof want, "%zu %zu %s %s %s", lines[k], offsets[k], kinds[k].reason, kinds[k].column, hex);
        delivery_await(&stack, sql, want);
    }
}

/* What the outbox has under that name; "" where there is nothing. */
static const char *response(const char *name)
{
    static char text[8000];
    char path[256];
    size_t len = 0;
    FILE *file;

    snprintf(path, sizeof path, "%s/data/outbox/orders/%s", stack.dir, name);
    file = fopen(path, "r");
    if (file) {
        len = fread(text, 1, sizeof text - 1, file);
        fclose(file);
    }
    text[len] = 0;
    return text;
}

static bool is_answered(void *arg)
{
    return *response(arg) != 0;
}

static void expect_response(const char *name, const char *want)
{
    char copy[64];

    snprintf(copy, sizeof copy, "%s", name);
    if (!stack_until(is_answered, copy, 20) || strcmp(response(name), want) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", name, response(name), want);
}

static void test_responses(void **state)
{
    (void)state;
    delivery_put(&stack, "orders", "o_20261103_1.csv", HEAD "r1,20261103,one,1,1,\n");
    delivery_put(&stack, "orders", "o_20261103_2.csv",
                 HEAD "r2,20261103,one,1,1,\nr3,20261103,x\xAC\x7C,1,1,\r\nr4,20261103,one\n");
    delivery_put(&stack, "orders", "o_20261103_3.csv", "id,when\n1,2\n");
    expect_response("o_20261103_1.csv.right", "o_20261103_1.csv^1^1^0^0^0^0\n");
    expect_response("o_20261103_2.csv.wrong", "o_20261103_2.csv^3^1^0^0^2^0\nr3,20261103,x\xAC\x7C,1,1,^unmapped^shop\n"
                                              "r4,20261103,one^field_count^\n");
    expect_response("o_20261103_3.csv.bad",
                    "o_20261103_3.csv^the file has no column \"day\"; mend the feed or ask the sender, then deliver the"
                    " file again\n");
    assert_string_equal(response("o_20261101_1.csv.bad"), "");
}

/* --- kills -----------------------------------------------------------------------------------------------------------
 */

/* Forty small files and a large one; the daemon dies at any moment, again and again. */
static void test_kills(void **state)
{
    char name[64], *text = malloc(1 << 17);
    const int small = 40, large = 1500;
    size_t at;

    (void)state;
    assert_non_null(text);
    for (int f = 0; f <= small; f++) {
        int count = f < small ? 3 : large;

        at = (size_t)sprintf(text, HEAD);
        for (int i = 0; i < count; i++)
            at += (size_t)sprintf(text + at, "f%d-%d,20261110,one,%d,1,\n", f, i, f + 1);
        snprintf(name, sizeof name, "o_20261110_%d.csv", f);
        delivery_put(&stack, "orders", name, text);
        if (f % 8 == 7) {
            usleep((useconds_t)(random() % 60000));
            stack_kill(&stack, "feedback", "a", SIGKILL);
            stack_start(&stack, "feedback", "a");
        }
    }
    for (int i = 0; i < 4; i++) {
        usleep((useconds_t)(20000 + random() % 300000));
        stack_kill(&stack, "feedback", "a", SIGKILL);
        stack_start(&stack, "feedback", "a");
    }
    free(text);
    stack_wait_ready(&stack, "feedback");
    delivery_await(&stack,
                   "SELECT count(*) || ' ' || sum(rows_read) || ' ' || sum(accepted) FROM feedback.feed_file"
                   " WHERE name LIKE 'o_20261110%' AND state = 'loaded'",
                   "41 1620 1620");
    /* 3 rows of f + 1 yuan for f < 40, 1,500 rows of 41 yuan */
    delivery_await(&stack,
                   "SELECT count(*) || ' ' || sum(amount)::bigint / 10000 FROM feedback.order_line WHERE day ="
                   " '2026-11-10'",
                   "1620 63960");
    delivery_await(&stack, "SELECT count(*) FROM feedback.feed_file WHERE state = 'duplicate'", "0");
    delivery_await(&stack, "SELECT count(*) FROM feedback.feed_file WHERE response <> 2", "0");
    for (int f = 0; f <= small; f++) {
        char want[80];

        snprintf(name, sizeof name, "o_20261110_%d.csv.right", f);
        snprintf(want, sizeof want, "o_20261110_%d.csv^%d^%d^0^0^0^0\n", f, f < small ? 3 : large,
                 f < small ? 3 : large);
        assert_string_equal(response(name), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_bad_rows), cmocka_unit_test(test_responses),
                                        cmocka_unit_test(test_kills) };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
