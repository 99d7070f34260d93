/* Control of files through a real feedback daemon: companions, trailers, numbers, gaps, and what operators do. Expected
 * digests come from md5sum, expected totals from what is written here. */
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
#include <unistd.h>

#define COMPANION_MAX 65536

static struct stack stack;

#define FIELDS                                                                                                         \
    "\"title\":\"t\",\"fact\":\"order_line\",\"columns\":[{\"field\":\"time\",\"column\":\"2\",\"format\":"            \
    "\"yyyyMMdd\"},"                                                                                                   \
    "{\"field\":\"unit\",\"column\":\"3\"},{\"field\":\"amount\",\"column\":\"4\",\"money\":\"fen\"}]"

/* ctl: rows, bytes, digest and name beside the file. lines: header with day and number, trailer with rows and fen. */
static const char FEEDS[] =
    "{\"items\":[{\"code\":\"ctl\",\"sender\":\"a\"," FIELDS ",\"key\":[\"1\"],\"no_header\":true,\"delimiter\":\"|\","
    "\"files\":\"c_{yyyyMMdd}_{nn}.txt\",\"control\":{\"by\":\"companion\",\"delimiter\":\"|\",\"values\":["
    "{\"what\":\"rows\",\"position\":2},{\"what\":\"bytes\",\"position\":3},{\"what\":\"md5\",\"position\":4},"
    "{\"what\":\"name\",\"position\":5}]}},"
    "{\"code\":\"lines\",\"sender\":\"b\"," FIELDS ",\"key\":[\"1\"],\"no_header\":true,\"delimiter\":\"|\","
    "\"layout\":[{\"name\":\"m\"},{\"name\":\"1\"},{\"name\":\"2\"},{\"name\":\"3\"},{\"name\":\"4\"}],"
    "\"files\":\"l_{yyyyMMdd}_{nn}.txt\",\"marks\":{\"header\":\"H\",\"data\":\"D\",\"trailer\":\"T\"},"
    "\"control\":{\"by\":\"lines\",\"values\":[{\"what\":\"day\",\"line\":\"header\",\"position\":2},"
    "{\"what\":\"sequence\",\"line\":\"header\",\"position\":3},{\"what\":\"rows\",\"line\":\"trailer\",\"position\":2}"
    ","
    "{\"what\":\"sum\",\"line\":\"trailer\",\"position\":3,\"money\":\"fen\"}]},"
    "\"sequence\":{\"daily\":true,\"gap_minutes\":1}}]}";

static void deliver(const char *feed, const char *name, const char *text)
{
    delivery_put(&stack, feed, name, text);
}

static void await(const char *sql, const char *want)
{
    delivery_await(&stack, sql, want);
}

static void await_file(const char *name, const char *want)
{
    delivery_await_file(&stack, name, want);
}

static uint64_t id_of(const char *name)
{
    char sql[200];

    snprintf(sql, sizeof sql, "SELECT max(id) FROM feedback.feed_file WHERE name = '%s'", name);
    return (uint64_t)pg_number(&stack.pg, sql);
}

static int act(const char *name, const char *action, uint64_t row, const char *reason, struct err *err)
{
    return receiving_act(&stack, name, action, row, reason, err);
}

static void md5sum(const char *text, char out[64])
{
    char command[700];
    FILE *pipe;

    snprintf(command, sizeof command, "printf '%s' | md5sum", text);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%32s", out), 1);
    pclose(pipe);
}

RECEIVING_GROUP(stack, .feeds = FEEDS,
                .flags = { "--batch-rows=2", "--audit-ms=100", "--missing-ms=0", "--orphan-ms=1500" })

static void test_companion(void **state)
{
    static const char DATA[] = "k1|20261101|S1|100\nk2|20261101|S1|250\n";
    char control[300], digest[64];

    (void)state;
    deliver("ctl", "c_20261101_01.txt", DATA);
    await_file("c_20261101_01.txt", "waiting 0 0 0 its companion \"c_20261101_01.ctl\" is not there yet");
    md5sum("k1|20261101|S1|100\\nk2|20261101|S1|250\\n", digest);
    snprintf(control, sizeof control, "now|2|%zu|%s|c_20261101_01.txt\n", sizeof DATA - 1, digest);
    deliver("ctl", "c_20261101_01.ctl", control);
    await_file("c_20261101_01.txt", "loaded 2 2 0 ");
    delivery_await(&stack, "SELECT count(*) FROM feedback.feed_file",
                   "1"); /* the row that waited is the one that was loaded */
    delivery_await(&stack, "SELECT control_rows || ' ' || read_amount || ' ' || stored_amount FROM feedback.feed_file",
                   "2 35000 35000");
}

static void test_companion_differs(void **state)
{
    static const struct {
        const char *name, *control, *error;
    } rows[] = {
        { "c_20261102_01", "now|2|19|DIGEST|c_20261102_01.txt\n", "rows: the control says 2, found 1" },
        { "c_20261102_02", "now|1|20|DIGEST|c_20261102_02.txt\n", "bytes: the control says 20, found 19" },
        { "c_20261102_03", "now|1|19|00112233445566778899aabbccddeeff|c_20261102_03.txt\n",
          "md5: the control says 00112233445566778899aabbccddeeff, found DIGEST" },
        { "c_20261102_04", "now|1|19|DIGEST|c_20261102_05.txt\n",
          "name: the control says c_20261102_05.txt, found c_20261102_04.txt" },
        { "c_20261102_06", "now|x\n", "companion \"c_20261102_06.ctl\": the control value rows can't be read: \"x\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[64], companion[64], data[64], escaped[64], digest[64], control[300], want[400];
        const char *at = strstr(rows[i].control, "DIGEST"), *in = strstr(rows[i].error, "DIGEST");

        snprintf(name, sizeof name, "%s.txt", rows[i].name);
        snprintf(companion, sizeof companion, "%s.ctl", rows[i].name);
        snprintf(data, sizeof data, "d%zu|20261102|S1|100\n", i);
        snprintf(escaped, sizeof escaped, "d%zu|20261102|S1|100\\n", i);
        md5sum(escaped, digest);
        snprintf(control, sizeof control, "%.*s%s%s", at ? (int)(at - rows[i].control) : (int)strlen(rows[i].control),
                 rows[i].control, at ? digest : "", at ? at + 6 : "");
        snprintf(want, sizeof want, "refused 0 0 0 %.*s%s", in ? (int)(in - rows[i].error) : 300, rows[i].error,
                 in ? digest : "");
        deliver("ctl", companion, control); /* in either order */
        deliver("ctl", name, data);
        await_file(name, want);
    }
    delivery_await(&stack, "SELECT count(*) FROM feedback.order_line WHERE day = '2026-11-02'", "0");
}

/* A companion as large as one may be is read, a larger one refuses its file; neither stops the daemon. */
static void test_companion_is_too_long(void **state)
{
    static const char *const data[] = { "v1|20261104|S1|100\n", "v2|20261104|S1|100\n" };
    static const char *const escaped[] = { "v1|20261104|S1|100\\n", "v2|20261104|S1|100\\n" };
    char digest[64], *control = malloc(COMPANION_MAX + 2);

    (void)state;
    assert_non_null(control);
    for (size_t more = 0; more < 2; more++) {
        char name[32], companion[32];
        int len;

        snprintf(name, sizeof name, "c_20261104_%02zu.txt", 2 - more);
        snprintf(companion, sizeof companion, "c_20261104_%02zu.ctl", 2 - more);
        md5sum(escaped[more], digest);
        len = snprintf(control, COMPANION_MAX, "now|1|%zu|%s|%s\n", strlen(data[more]), digest, name);
        memset(control + len, '\n', COMPANION_MAX + more - (size_t)len);
        control[COMPANION_MAX + more] = 0;
        deliver("ctl", companion, control);
        deliver("ctl", name, data[more]);
        if (more)
            delivery_await(&stack,
                           "SELECT state || ' ' || (error LIKE 'companion%larger than 65536 bytes%') FROM"
                           " feedback.feed_file WHERE name = 'c_20261104_01.txt'",
                           "refused true");
        else
            await_file(name, "loaded 1 1 0 ");
    }
    free(control);
}

static void test_operators(void **state)
{
    struct err err;

    (void)state;
    deliver("ctl", "c_20261103_01.txt", "o1|20261103|S1|100\n");
    deliver("ctl", "c_20261103_02.txt", "o2|20261103|S1|100\n");
    await_file("c_20261103_01.txt", "waiting 0 0 0 its companion \"c_20261103_01.ctl\" is not there yet");
    await_file("c_20261103_02.txt", "waiting 0 0 0 its companion \"c_20261103_02.ctl\" is not there yet");
    assert_int_equal(act("c_20261103_01.txt", "retry", 0, "", &err), -1);
    assert_string_equal(err.code, "wrong_state");
    assert_int_equal(act("c_20261103_02.txt", "write_off", 0, "", &err), -1);
    assert_int_equal(act("c_20261103_02.txt", "write_off", 0, "sent by mistake", &err), 0);
    assert_int_equal(act("c_20261103_01.txt", "release", 0, "checked by telephone", &err), 0);
    await_file("c_20261103_01.txt", "loaded 1 1 0 ");
    await_file("c_20261103_02.txt", "written_off 0 0 0 its companion \"c_20261103_02.ctl\" is not there yet");
    assert_int_equal(act("c_20261103_01.txt", "retry", 0, "again", &err), 0);
    await_file("c_20261103_01.txt", "loaded 1 0 1 ");
    delivery_await(&stack, "SELECT count(*) FROM feedback.order_line WHERE day = '2026-11-03'", "1");
}

/* A refused file is read in spite of its control; a file is read again from its third row on. */
static void test_release_and_retry(void **state)
{
    struct err err;

    (void)state;
    deliver("lines", "l_20261104_01.txt",
            "H|20261104|01\nD|r1|20261104|S1|1\nD|r2|20261104|S1|2\nD|r3|20261104|S1|3\n"
            "D|r4|20261104|S9|4\nT|3|10\n");
    await_file("l_20261104_01.txt", "refused 0 0 0 rows: the control says 3, found 4");
    assert_int_equal(act("l_20261104_01.txt", "release", 0, "", &err), 0);
    await_file("l_20261104_01.txt", "partial 4 3 0 ");
    delivery_await(
        &stack,
        "SELECT line_no || ' ' || row_no || ' ' || reason || ' ' || convert_from(raw, 'UTF8') FROM feedback.reject"
        " WHERE NOT released",
        "5 4 unknown_unit D|r4|20261104|S9|4");
    assert_int_equal(act("l_20261104_01.txt", "retry", 3, "", &err), 0);
    await_file("l_20261104_01.txt", "partial 2 0 1 ");
    delivery_await(&stack, "SELECT count(*) FROM feedback.reject WHERE NOT released", "1");
}

/* What is read again is compared again: with its control, and with the ledger, in which is what each reading stored. */
static void test_retry_is_compared(void **state)
{
    static const char TOTALS[] = "SELECT totals || ' ' || kept_rows || ' ' || kept_amount || ' ' || stored_rows FROM"
                                 " feedback.feed_file WHERE name = 'l_20261107_01.txt'";
    struct err err;

    (void)state;
    deliver("lines", "l_20261107_01.txt",
            "H|20261107|01\nD|q1|20261107|S1|100\nD|q2|20261107|S9|200\nD|q3|20261107|S1|300\nT|3|600\n");
    await_file("l_20261107_01.txt", "partial 3 2 0 ");
    delivery_await(&stack, TOTALS, "1 0 0 2");
    assert_int_equal(act("l_20261107_01.txt", "retry", 0, "", &err), 0);
    await_file("l_20261107_01.txt", "partial 3 0 2 ");
    delivery_await(&stack, TOTALS, "1 2 40000 0"); /* 4 yuan */
    free(pg_value(&stack.pg, "INSERT INTO feedback.ref_unit VALUES (9, 'S9', 'outlet', '')"));
    receiving_again(&stack);
    assert_int_equal(act("l_20261107_01.txt", "retry", 0, "", &err), 0);
    await_file("l_20261107_01.txt", "loaded 3 1 2 ");
    delivery_await(&stack, TOTALS, "1 2 40000 1");
    /* what its control said of it is another sum: told, though the ledger agrees */
    free(pg_value(&stack.pg, "UPDATE feedback.feed_file SET control_amount = 1 WHERE name = 'l_20261107_01.txt'"));
    assert_int_equal(act("l_20261107_01.txt", "retry", 0, "", &err), 0);
    await_file("l_20261107_01.txt", "loaded 3 0 3 ");
    delivery_await(&stack, TOTALS, "2 3 60000 0");
    free(pg_value(&stack.pg, "UPDATE feedback.feed_file SET control_amount = 60000, totals = 1 WHERE name ="
                             " 'l_20261107_01.txt'"));
    free(pg_value(&stack.pg, "DELETE FROM feedback.ref_unit WHERE id = 9"));
}

/* A file that was refused is judged again, its companion with it. */
static void test_refused_is_judged_again(void **state)
{
    struct err err;

    (void)state;
    deliver("lines", "l_20261107_02.txt", "H|20261107|02\nD|q4|20261107|S1|100\nT|2|100\n");
    await_file("l_20261107_02.txt", "refused 0 0 0 rows: the control says 2, found 1");
    assert_int_equal(act("l_20261107_02.txt", "retry", 0, "once more", &err), 0);
    delivery_await(
        &stack,
        "SELECT state || ' ' || note || ' ' || rows_read FROM feedback.feed_file WHERE name = 'l_20261107_02.txt'",
        "refused once more 0");
    deliver("ctl", "c_20261107_01.ctl", "x|2|||\n");
    deliver("ctl", "c_20261107_01.txt", "q5|20261107|S1|100\n");
    delivery_await(&stack, "SELECT state FROM feedback.feed_file WHERE name = 'c_20261107_01.txt'", "refused");
    assert_int_equal(act("c_20261107_01.txt", "retry", 0, "once more", &err), 0);
    delivery_await(
        &stack,
        "SELECT string_agg(state || ' ' || note, ', ') FROM feedback.feed_file WHERE name = 'c_20261107_01.txt'",
        "refused once more");
    delivery_await(&stack, "SELECT count(*) FROM feedback.order_line WHERE record_key IN ('q4', 'q5')", "0");
}

static void test_trailer(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        { "l_20261105_01.txt", "H|20261105|01\nD|t1|20261105|S1|150\nT|1|150\n", "loaded 1 1 0 " },
        { "l_20261105_02.txt", "H|20261105|02\nD|t2|20261105|S1|150\nT|1|149\n",
          "refused 0 0 0 sum: the control says 1.4900, found 1.5000" },
        { "l_20261105_03.txt", "H|20261105|03\nD|t3|20261105|S1|150\n",
          "refused 0 0 0 the trailer line with the control value rows is missing: was the file cut short?" },
        { "l_20261105_04.txt", "H|20261105|05\nD|t4|20261105|S1|1\nT|1|1\n",
          "refused 0 0 0 sequence: the control says 5, found 4" },
        { "l_20261105_05.txt", "H|20261106|05\nD|t5|20261105|S1|1\nT|1|1\n",
          "refused 0 0 0 day: the control says 2026-11-06, found 2026-11-05" },
        { "l_20261105_06.txt", "H|20261105|06\nD|t6|20261105|S1|1\nT|1|1\nD|t7|20261105|S1|0\n",
          "refused 0 0 0 rows: the control says 1, found 2" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        deliver("lines", rows[i].name, rows[i].text);
        await_file(rows[i].name, rows[i].want);
    }
}

static void test_numbers(void **state)
{
    struct err err;

    (void)state;
    deliver("lines", "l_20261110_01.txt", "H|20261110|01\nD|n1|20261110|S1|1\nT|1|1\n");
    await_file("l_20261110_01.txt", "loaded 1 1 0 ");
    /* the same content under its number: a copy; other content: refused until an operator says so */
    deliver("lines", "l_20261110_01.txt", "H|20261110|01\nD|n1|20261110|S1|1\nT|1|1\n");
    delivery_await(&stack,
                   "SELECT state || ' ' || rows_read || ' ' || (error LIKE 'the same bytes as file %')::int FROM"
                   " feedback.feed_file WHERE name = 'l_20261110_01.txt' ORDER BY id DESC LIMIT 1",
                   "duplicate 0 1");
    deliver("lines", "l_20261110_01.txt", "H|20261110|01\nD|n2|20261110|S1|1\nT|1|1\n");
    await_file("l_20261110_01.txt",
               "refused 0 0 0 number 1 came before with other content, as file \"l_20261110_01.txt\": a resend keeps"
               " content and number; ask the sender, then release this file or write off that one");
    assert_int_equal(act("l_20261110_01.txt", "release", 0, "", &err), 0);
    await_file("l_20261110_01.txt", "loaded 1 1 0 ");
}

static const char ROUND[] = "{\"items\":[{\"code\":\"round\",\"sender\":\"r\"," FIELDS
                            ",\"key\":[\"1\"],\"no_header\":true,\"delimiter\":\"|\",\"watermark\":\"none\","
                            "\"files\":\"r_{n+}.txt\",\"sequence\":{\"last\":5}}]}";

/* Numbers begin anew after 5: what stands in the table counts on. */
static void test_numbers_begin_anew(void **state)
{
    static const int numbers[] = { 3, 4, 5, 1, 2, 4, 3, 5, 1 };
    static const char *const want[] = { "3", "4", "5", "6", "7", "9", "8", "10", "11" };

    (void)state;
    stack_apply(&stack, MSG(APPLY_FEEDS), ROUND);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char name[32], text[64], wanted[32];

        snprintf(wanted, sizeof wanted, "%s loaded", want[i]);
        snprintf(name, sizeof name, "r_%d.txt", numbers[i]);
        snprintf(text, sizeof text, "w%zu|20261114|S1|1\n", i);
        delivery_put(&stack, "round", name, text);
        delivery_await(
            &stack,
            "SELECT sequence_no || ' ' || state FROM feedback.feed_file WHERE feed_id = (SELECT id FROM feedback.feed"
            " WHERE code = 'round') ORDER BY id DESC LIMIT 1",
            wanted);
    }
    delivery_put(&stack, "round", "r_1.txt", "w9|20261114|S1|1\n"); /* 11 again */
    delivery_await(
        &stack,
        "SELECT state || ' ' || left(error, 46) FROM feedback.feed_file WHERE feed_id = (SELECT id FROM feedback.feed"
        " WHERE code = 'round') ORDER BY id DESC LIMIT 1",
        "refused number 11 came before with other content, as f");
}

static void await_missing(const char *want)
{
    delivery_await(
        &stack,
        "SELECT coalesce(string_agg(file_day || '/' || number || (told_at IS NOT NULL)::text, ' ' ORDER BY number),"
        " '') FROM feedback.feed_missing WHERE file_day = '2026-11-12'",
        want);
}

/* Numbers left out are told after a while and closed by the file that brings them. */
static void test_gaps(void **state)
{
    (void)state;
    deliver("lines", "l_20261112_04.txt", "H|20261112|04\nD|g4|20261112|S1|1\nT|1|1\n");
    await_file("l_20261112_04.txt", "loaded 1 1 0 ");
    await_missing("2026-11-12/1false 2026-11-12/2false 2026-11-12/3false");
    deliver("lines", "l_20261112_02.txt", "H|20261112|02\nD|g2|20261112|S1|1\nT|1|1\n");
    await_missing("2026-11-12/1false 2026-11-12/3false");
    free(pg_value(&stack.pg, "UPDATE feedback.feed_missing SET since = since - interval '1 hour'"));
    await_missing("2026-11-12/1true 2026-11-12/3true");
    deliver("lines", "l_20261112_01.txt", "H|20261112|01\nD|g1|20261112|S1|1\nT|1|1\n");
    deliver("lines", "l_20261112_03.txt", "H|20261112|03\nD|g3|20261112|S1|1\nT|1|1\n");
    await_missing("");
    delivery_await(&stack, "SELECT count(*) FROM feedback.bus_stream WHERE type = 104", "4");
}

static const char CALENDAR[] = "{\"items\":[{\"code\":\"days\",\"sender\":\"d\"," FIELDS
                               ",\"key\":[\"1\"],\"no_header\":true,\"delimiter\":\"|\",\"files\":\"d_{yyyyMMdd}.txt\","
                               "\"expected\":{\"days\":\"daily\"%s}}]}";

static void apply_calendar(const char *without)
{
    char json[sizeof CALENDAR + 100];

    snprintf(json, sizeof json, CALENDAR, without);
    stack_apply(&stack, MSG(APPLY_FEEDS), json);
}

/* Gaps of days, and of numbers seen months ago, are open until a file closes them, or nobody expects it any more. */
static void test_old_gaps(void **state)
{
    static const char OPEN[] =
        "SELECT coalesce(string_agg(file_day || '/' || number, ' ' ORDER BY file_day, number), '') FROM"
        " feedback.feed_missing WHERE file_day IN ('2026-09-01', '2026-09-02') OR (file_day = '2026-11-13' AND number "
        "> 0)";

    struct err err;

    (void)state;
    apply_calendar("");
    deliver("lines", "l_20261113_03.txt", "H|20261113|03\nD|h3|20261113|S1|1\nT|1|1\n");
    deliver("days", "d_20261121.txt", "h4|20261121|S1|1\n");
    await_file("d_20261121.txt", "loaded 1 1 0 ");
    await("SELECT count(*) FROM feedback.feed_missing WHERE file_day > '2026-11-20'", "4"); /* today is 2026-11-25 */
    await(OPEN, "2026-11-13/1 2026-11-13/2");
    free(pg_value(&stack.pg, "UPDATE feedback.feed_missing SET told_at = since WHERE file_day = '2026-11-13'"));
    free(pg_value(&stack.pg, "INSERT INTO feedback.feed_missing (feed_id, what, city, file_day, number, since, told_at)"
                             " SELECT id, 'day', 0, d, 0, '2026-09-03', '2026-09-03' FROM feedback.feed,"
                             " unnest(ARRAY['2026-09-01', '2026-09-02']::date[]) d WHERE code = 'days'"));
    free(pg_value(&stack.pg, "UPDATE feedback.feed_file SET seen_at = '2026-06-01' WHERE name = 'l_20261113_03.txt'"));
    usleep(2200000); /* looked for every second */
    await(OPEN, "2026-09-01/0 2026-09-02/0 2026-11-13/1 2026-11-13/2");
    apply_calendar(",\"without\":[\"2026-09-02\"]");
    deliver("lines", "l_20261113_01.txt", "H|20261113|01\nD|h1|20261113|S1|1\nT|1|1\n");
    deliver("days", "d_20260901.txt", "h5|20260901|S1|1\n");
    await(OPEN, "2026-11-13/2");
    await("SELECT count(*) FROM feedback.feed_missing WHERE file_day = '2026-11-13' AND number > 0 AND told_at IS NOT "
          "NULL",
          "1");
    /* or until a person gives it up: in its place comes what is written off */
    deliver("lines", "l_20261113_02.txt", "H|20261113|02\n");
    await("SELECT state FROM feedback.feed_file WHERE name = 'l_20261113_02.txt'", "refused");
    usleep(1200000);
    await(OPEN, "2026-11-13/2");
    assert_int_equal(act("l_20261113_02.txt", "write_off", 0, "lost at the sender", &err), 0);
    await(OPEN, "");
}

/* --- what waits, totals, a sample ------------------------------------------------------------------------------------
 */

static const char PLAIN[] =
    "{\"items\":[{\"code\":\"plain\",\"title\":\"t\",\"sender\":\"c\",\"fact\":\"order_line\",\"key\":[\"id\"],"
    "\"watermark\":\"none\",\"filters\":[{\"column\":\"kind\",\"values\":[\"sale\"]}],"
    "\"maps\":[{\"name\":\"shops\",\"entries\":[{\"from\":\"one\",\"to\":\"S1\"}]}],\"columns\":["
    "{\"field\":\"time\",\"column\":\"day\",\"format\":\"yyyyMMdd\"},{\"field\":\"unit\",\"column\":\"shop\",\"map\":"
    "\"shops\"},{\"field\":\"amount\",\"column\":\"yuan\"},{\"field\":\"version\",\"column\":\"v\"}]}]}";
static const char SAMPLE[] = "id,day,shop,yuan,v,kind\n"
                             "a,20261120,one,1.5,1,sale\n"
                             "b,20261120,two,2,1,sale\n"
                             "c,20261120,two,4,1,sale\n"
                             "d,20261120,three,8,1,sale\n"
                             "e,20261120,one,16,1,gift\n"
                             "a,20261120,one,1.5,1,sale\n"
                             "f,20261120,one,32,2,sale\n"
                             "f,20261120,one,64,1,sale\n"
                             "g,20261120,one,x,1,sale\n";

/* rows, then amounts: read stored duplicate suspended filtered written_off */
static void expect_sums(const char *want)
{
    delivery_await(
        &stack,
        "SELECT rows_read || ' ' || accepted || ' ' || duplicate || ' ' || superseded || ' ' || suspended || ' ' ||"
        " filtered || ' ' || written_off || ' | ' || read_amount || ' ' || stored_amount || ' ' || duplicate_amount ||"
        " ' ' || suspended_amount || ' ' || filtered_amount || ' ' || written_off_amount FROM feedback.feed_file WHERE"
        " name = 'plain.csv'",
        want);
}

static const Bihuan__RejectGroup *first_cause(size_t *count)
{
    Bihuan__SummarizeRejectsRequest request = BIHUAN__SUMMARIZE_REJECTS_REQUEST__INIT;
    ProtobufCMessage *message;
    const Bihuan__SummarizeRejectsReply *reply;
    struct err err;

    request.feed = receiving_text("plain");
    assert_int_equal(stack_ask(&stack, "feedback", MSG(SUMMARIZE_REJECTS), &request.base, &message, &err), 0);
    reply = (const Bihuan__SummarizeRejectsReply *)message;
    *count = reply->n_items;
    return reply->n_items ? reply->items[0] : NULL;
}

static const Bihuan__FeedTotals *totals_of(const char *feed)
{
    Bihuan__ListTotalsRequest request = BIHUAN__LIST_TOTALS_REQUEST__INIT;
    ProtobufCMessage *message;
    const Bihuan__ListTotalsReply *reply;
    struct err err;

    request.feed = receiving_text(feed);
    assert_int_equal(stack_ask(&stack, "feedback", MSG(LIST_TOTALS), &request.base, &message, &err), 0);
    reply = (const Bihuan__ListTotalsReply *)message;
    assert_int_equal(reply->n_items, 1);
    return reply->items[0];
}

static void test_sample(void **state)
{
    Bihuan__TryFeedRequest request = BIHUAN__TRY_FEED_REQUEST__INIT;
    ProtobufCMessage *message;
    const Bihuan__TryFeedReply *reply;
    struct err err;

    (void)state;
    stack_apply(&stack, MSG(APPLY_FEEDS), PLAIN);
    request.feed = receiving_text("plain");
    request.name = receiving_text("plain.csv");
    request.data.data = (uint8_t *)(uintptr_t)SAMPLE;
    request.data.len = sizeof SAMPLE - 1;
    request.limit = 3;
    assert_int_equal(stack_ask(&stack, "feedback", MSG(TRY_FEED), &request.base, &message, &err), 0);
    reply = (const Bihuan__TryFeedReply *)message;
    assert_string_equal(reply->error, "");
    assert_int_equal(reply->read, 9);
    assert_int_equal(reply->taken, 4); /* a, a, f, f */
    assert_int_equal(reply->filtered, 1);
    assert_int_equal(reply->bad, 4);
    assert_int_equal(reply->n_rows, 3);
    assert_string_equal(reply->rows[0]->record_key, "a");
    assert_string_equal(reply->rows[0]->unit, "S1");
    assert_int_equal(reply->rows[0]->amount, 15000);
    assert_int_equal(reply->rows[1]->line, 3);
    assert_string_equal(reply->rows[1]->reason, "unmapped");
    assert_int_equal(reply->n_problems, 3);
    assert_string_equal(reply->problems[0]->value, "two");
    assert_int_equal(reply->problems[0]->rows, 2);
    delivery_await(&stack, "SELECT count(*) FROM feedback.order_line WHERE day = '2026-11-20'",
                   "0");   /* nothing is stored */
    request.data.len = 60; /* cut in the middle of a row */
    request.cut = true;
    assert_int_equal(stack_ask(&stack, "feedback", MSG(TRY_FEED), &request.base, &message, &err), 0);
    assert_string_equal(((const Bihuan__TryFeedReply *)message)->error, "");
    request.feed = receiving_text("plian");
    assert_int_equal(stack_ask(&stack, "feedback", MSG(TRY_FEED), &request.base, &message, &err), -1);
    assert_non_null(strstr(err.text, "\"plain\""));
}

static void test_quarantine(void **state)
{
    Bihuan__ReleaseRejectsRequest release = BIHUAN__RELEASE_REJECTS_REQUEST__INIT;
    Bihuan__WriteOffRejectsRequest write_off = BIHUAN__WRITE_OFF_REJECTS_REQUEST__INIT;
    const Bihuan__RejectGroup *cause;
    ProtobufCMessage *message;
    char mended[sizeof PLAIN + 100];
    const char *at = strstr(PLAIN, "{\"from\"");
    struct err err;
    size_t count;

    (void)state;
    deliver("plain", "plain.csv", SAMPLE);
    expect_sums("9 2 1 1 4 1 0 | 1290000 975000 15000 140000 160000 0");
    cause = first_cause(&count);
    assert_int_equal(count, 3);
    assert_string_equal(cause->reason, "unmapped");
    assert_string_equal(cause->value, "two");
    assert_int_equal(cause->rows, 2);
    assert_int_equal(cause->amount, 60000);
    snprintf(mended, sizeof mended, "%.*s{\"from\":\"two\",\"to\":\"S1\"},%s", (int)(at - PLAIN), PLAIN, at);
    stack_apply(&stack, MSG(APPLY_FEEDS), mended);
    release.feed = receiving_text("plain");
    release.value = receiving_text("two");
    assert_int_equal(stack_ask(&stack, "feedback", MSG(RELEASE_REJECTS), &release.base, &message, &err), 0);
    assert_int_equal(((const Bihuan__ReleaseRejectsReply *)message)->released, 2);
    expect_sums("9 4 1 1 2 1 0 | 1290000 1035000 15000 80000 160000 0");
    write_off.feed = receiving_text("plain");
    assert_int_equal(stack_ask(&stack, "feedback", MSG(WRITE_OFF_REJECTS), &write_off.base, &message, &err), -1);
    write_off.note = receiving_text("a test of theirs");
    write_off.value = receiving_text("three");
    assert_int_equal(stack_ask(&stack, "feedback", MSG(WRITE_OFF_REJECTS), &write_off.base, &message, &err), 0);
    assert_int_equal(((const Bihuan__WriteOffRejectsReply *)message)->written_off, 1);
    expect_sums("9 4 1 1 1 1 1 | 1290000 1035000 15000 0 160000 80000");
    delivery_await(&stack, "SELECT settled_by || ': ' || written_off FROM feedback.reject WHERE value = 'three'",
                   "tester: a test of theirs");
    write_off.value = receiving_text("x");
    assert_int_equal(stack_ask(&stack, "feedback", MSG(WRITE_OFF_REJECTS), &write_off.base, &message, &err), 0);
    await_file("plain.csv", "loaded 9 4 1 ");
}

/* The ledger is looked at itself: rows taken out of it are noticed. */
static void test_totals(void **state)
{
    const Bihuan__FeedTotals *totals = totals_of("plain");

    (void)state;
    assert_int_equal(totals->ledger_rows, 5);
    assert_int_equal(totals->ledger_amount, 1035000);
    assert_int_equal(totals->stored_amount, 1035000);
    assert_true(totals->agrees);
    assert_false(totals->has_control);
    delivery_await(&stack, "SELECT totals FROM feedback.feed_file WHERE name = 'plain.csv'", "1");
    delivery_await(&stack, "SELECT count(*) FROM feedback.bus_stream WHERE type = 105", "0");
    free(pg_value(&stack.pg, "DELETE FROM feedback.order_line WHERE record_key = 'b' AND sender = (SELECT id FROM"
                             " feedback.sender WHERE name = 'c')"));
    free(pg_value(&stack.pg, "UPDATE feedback.feed_file SET totals = 0 WHERE name = 'plain.csv'"));
    assert_false(totals_of("plain")->agrees);
    delivery_await(&stack, "SELECT totals FROM feedback.feed_file WHERE name = 'plain.csv'", "2");
    delivery_await(&stack, "SELECT count(*) FROM feedback.bus_stream WHERE type = 105", "1");
}

/* --- files that can't be taken ---------------------------------------------------------------------------------------
 */

static const char ASIDE[] = "{\"items\":[{\"code\":\"aside\",\"sender\":\"s\"," FIELDS
                            ",\"key\":[\"1\"],\"no_header\":true,\"delimiter\":\"|\",\"watermark\":\"none\"}]}";

static void inbox(const char *feed, const char *name, char out[256])
{
    snprintf(out, 256, "%s/data/inbox/%s/%s", stack.dir, feed, name);
}

/* A file that can't be read, whoever asks, holds up neither its feed nor others; mended, it's the same file. */
static void test_unreadable(void **state)
{
    char path[256];

    (void)state;
    stack_apply(&stack, MSG(APPLY_FEEDS), ASIDE);
    inbox("lines", "l_20261115_01.txt", path);
    assert_int_equal(symlink("/proc/self/mem", path), 0);
    await("SELECT state || ' ' || (error LIKE 'could not read %: Input/output error') FROM feedback.feed_file"
          " WHERE name = 'l_20261115_01.txt'",
          "waiting true");
    deliver("lines", "l_20261115_02.txt", "H|20261115|02\nD|u2|20261115|S1|1\nT|1|1\n");
    deliver("aside", "a1.txt", "u3|20261115|S1|1\n");
    await_file("l_20261115_02.txt", "loaded 1 1 0 ");
    await_file("a1.txt", "loaded 1 1 0 ");
    deliver("lines", "l_20261115_01.txt", "H|20261115|01\nD|u1|20261115|S1|1\nT|1|1\n");
    await_file("l_20261115_01.txt", "loaded 1 1 0 ");
    await("SELECT count(*) FROM feedback.feed_file WHERE name = 'l_20261115_01.txt'", "1");
}

/* Names in GBK, and ones that are too long, are taken under others. */
static void test_names(void **state)
{
    char name[200];

    (void)state;
    memset(name, 'x', sizeof name);
    memcpy(name + 190, ".txt", 5);
    deliver("aside", "\xB6\xAB\n1.txt", "nv1|20261115|S1|1\n"); /* dong1 */
    deliver("aside", name, "nv2|20261115|S1|1\n");
    deliver("aside", "a2.txt", "nv3|20261115|S1|1\n");
    await_file("a2.txt", "loaded 1 1 0 ");
    await_file("\\xB6\\xAB\\x0A1.txt", "loaded 1 1 0 ");
    await("SELECT string_agg(state, ' ') FROM feedback.feed_file WHERE name LIKE 'xxxxxxxxxx%~________.txt' AND"
          " length(name) <= 180",
          "loaded");
    await("SELECT count(*) FROM feedback.order_line WHERE record_key IN ('nv1', 'nv2', 'nv3')", "3");
}

/* gbk: its companions say a title, rows and name. plain: rows first. */
static const char COMPANIONS[] =
    "{\"items\":[{\"code\":\"gbk\",\"sender\":\"g\"," FIELDS ",\"key\":[\"1\"],\"no_header\":true,\"delimiter\":\"|\","
    "\"encoding\":\"GBK\",\"quote\":\"none\",\"watermark\":\"none\",\"control\":{\"by\":\"companion\",\"delimiter\":\"|"
    "\","
    "\"values\":[{\"what\":\"rows\",\"position\":2},{\"what\":\"name\",\"position\":3}]}},"
    "{\"code\":\"plain8\",\"sender\":\"p\"," FIELDS ",\"key\":[\"1\"],\"no_header\":true,\"delimiter\":\"|\","
    "\"watermark\":\"none\",\"control\":{\"by\":\"companion\",\"delimiter\":\"|\",\"values\":["
    "{\"what\":\"rows\",\"position\":1}]}}]}";

/* Companions are text as their files are: a second byte that is a | cuts nothing, marks are no digits. */
static void test_companions_in_characters(void **state)
{
    static const char WIDE[] = "\xFF\xFE"
                               "1\0|\0x\0\n"; /* the last NUL is the text's own */
    static char longer[70000];
    char aside[256], path[256];
    FILE *file;

    (void)state;
    stack_apply(&stack, MSG(APPLY_FEEDS), COMPANIONS);
    deliver("gbk", "w1.ctl", "\xAC\x7C|1|w1.txt\n"); /* wei */
    deliver("gbk", "w1.txt", "w1|20261115|S1|1\n");
    await_file("w1.txt", "loaded 1 1 0 ");
    deliver("gbk", "w2.ctl", "\xE7\x91\x8B\xE4\xBD\xA0\xE5\xA5\xBD\xE5\x90\x97|1|w2.txt\n"); /* in UTF-8 */
    deliver("gbk", "w2.txt", "w2|20261115|S1|1\n");
    await_file("w2.txt", "loaded 1 1 0 ");
    deliver("plain8", "w3.ctl",
            "\xEF\xBB\xBF"
            "1|x\n");
    deliver("plain8", "w3.txt", "w3|20261115|S1|1\n");
    await_file("w3.txt", "loaded 1 1 0 ");
    inbox("plain8", ".aside", aside);
    inbox("plain8", "w4.ctl", path);
    file = fopen(aside, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(WIDE, 1, sizeof WIDE, file), sizeof WIDE);
    fclose(file);
    assert_int_equal(rename(aside, path), 0);
    deliver("plain8", "w4.txt", "w4|20261115|S1|1\n");
    await_file("w4.txt", "loaded 1 1 0 ");
    deliver("gbk",
            "\xAC\x7C"
            "5.ctl",
            "\xAC\x7C|1|\xAC\x7C"
            "5.txt\n"); /* names as well */
    deliver("gbk",
            "\xAC\x7C"
            "5.txt",
            "w5|20261115|S1|1\n");
    await_file("\xE7\x91\x8B"
               "5.txt",
               "loaded 1 1 0 ");
    memset(longer, ' ', sizeof longer - 1); /* a file that was sent as its own companion, perhaps */
    memcpy(longer, "1|x\n", 4);
    deliver("plain8", "w6.ctl", longer);
    deliver("plain8", "w6.txt", "w6|20261115|S1|1\n");
    await("SELECT state FROM feedback.feed_file WHERE name = 'w6.txt'", "refused");
}

static bool is_there(void *arg)
{
    return access(arg, F_OK) == 0;
}

/* A companion alone is told after a while, and its file takes it along; one that was left behind is put where its file
 * went. */
static void test_orphans(void **state)
{
    char control[300], digest[64], name[64], from[256], to[300];

    (void)state;
    md5sum("o7|20261117|S1|100\\n", digest);
    snprintf(control, sizeof control, "now|1|19|%s|c_20261117_01.txt\n", digest);
    deliver("ctl", "c_20261117_01.ctl", control);
    await_file("c_20261117_01.ctl", "waiting 0 0 0 the file that it is the companion of is not there yet");
    deliver("ctl", "c_20261117_01.txt", "o7|20261117|S1|100\n");
    await_file("c_20261117_01.txt", "loaded 1 1 0 ");
    await("SELECT count(*) FROM feedback.feed_file WHERE name = 'c_20261117_01.ctl'", "0");
    snprintf(name, sizeof name, "%llu-c_20261117_01.ctl", (unsigned long long)id_of("c_20261117_01.txt"));
    snprintf(to, sizeof to, "%s/data/archive/ctl/%s", stack.dir, name);
    assert_true(stack_until(is_there, to, 20));
    inbox("ctl", "c_20261117_01.ctl", from);
    assert_int_equal(rename(to, from), 0);
    assert_true(stack_until(is_there, to, 20));
    await("SELECT count(*) FROM feedback.feed_file WHERE name = 'c_20261117_01.ctl'", "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_companion),
        cmocka_unit_test(test_companion_differs),
        cmocka_unit_test(test_companion_is_too_long),
        cmocka_unit_test(test_operators),
        cmocka_unit_test(test_release_and_retry),
        cmocka_unit_test(test_refused_is_judged_again),
        cmocka_unit_test(test_trailer),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_numbers_begin_anew),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_old_gaps),
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_quarantine),
        cmocka_unit_test(test_totals),
        cmocka_unit_test(test_retry_is_compared),
        cmocka_unit_test(test_companions_in_characters),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_orphans),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
