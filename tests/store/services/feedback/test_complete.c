/* To when a feed is complete, in all the ways in which senders say so: by calendar without jumping over a day, by a
 * value in the file, by a file of its own, by word. A mark never goes back, and never beyond now. */
#include "support/check.h"
#include "support/stack.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bihuan/feedback.pb-c.h"

#define SOON_S 20

static struct stack stack;

#define FEED(code, watermark, more)                                                                                    \
    "{\"items\":[{\"code\":\"" code "\",\"title\":\"t\",\"sender\":\"" code "\",\"fact\":\"order_line\","              \
    "\"files\":\"f_{yyyyMMdd}.csv\",\"watermark\":\"" watermark "\",\"key\":[\"1\"],\"no_header\":true," more          \
    "\"columns\":[{\"field\":\"time\",\"column\":\"2\"},{\"field\":\"unit\",\"column\":\"3\"}]}]}"

/* Thursday 2026-11-26, 10:00 */
static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-26T10:00:00+08:00@%lld", (long long)time(NULL));
    setenv("BIHUAN_SCAN_MS", "50", 1);
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "feedback");
    stack_apply(
        &stack, MSG(APPLY_FEEDS),
        FEED("byday", "calendar",
             "\"expected\":{\"days\":\"weekdays\",\"without\":[\"2026-11-24\"],\"by\":\"08:00\",\"lag_days\":1},"));
    stack_apply(&stack, MSG(APPLY_FEEDS),
                FEED("inside", "control",
                     "\"marks\":{\"header\":\"H\",\"trailer\":\"T\"},\"control\":{\"by\":\"lines\",\"values\":["
                     "{\"what\":\"rows\",\"line\":\"trailer\",\"position\":2},"
                     "{\"what\":\"through\",\"line\":\"trailer\",\"position\":3}]},"));
    stack_apply(&stack, MSG(APPLY_FEEDS), FEED("marked", "told", "\"end_mark\":\"end_{yyyyMMdd}.ok\","));
    stack_apply(&stack, MSG(APPLY_FEEDS), FEED("plain", "none", ""));
    stack_apply(&stack, MSG(APPLY_FEEDS),
                FEED("dated", "file_date",
                     "\"control\":{\"by\":\"companion\",\"delimiter\":\"|\",\"values\":["
                     "{\"what\":\"rows\",\"position\":1}]},"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

static void put(const char *feed, const char *name, const char *text)
{
    char aside[256], path[256];
    FILE *file;

    snprintf(aside, sizeof aside, "%s/data/inbox/%s/.new", stack.dir, feed);
    snprintf(path, sizeof path, "%s/data/inbox/%s/%s", stack.dir, feed, name);
    file = fopen(aside, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    CHECK_INT(rename(aside, path), 0);
}

static bool is_one(void *arg)
{
    return pg_number(&stack.pg, arg) == 1;
}

static void deliver(const char *feed, const char *date, const char *text)
{
    char name[32], sql[256];

    snprintf(name, sizeof name, "f_%s.csv", date);
    put(feed, name, text);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM feedback.feed_file f JOIN feedback.feed d ON d.id = f.feed_id WHERE d.code = '%s'"
             " AND f.name = '%s' AND f.state IN ('loaded', 'partial')",
             feed, name);
    assert_true(stack_until(is_one, sql, SOON_S));
}

/* "2026-11-21 00:00", in the installation's zone; "none". */
static char *mark(const char *feed)
{
    char sql[256];

    snprintf(sql, sizeof sql,
             "SELECT coalesce(to_char(through AT TIME ZONE INTERVAL '08:00', 'YYYY-MM-DD HH24:MI'), 'none') FROM "
             "feedback.feed WHERE"
             " code = '%s'",
             feed);
    return pg_value(&stack.pg, sql);
}

static void wait_mark(const char *feed, const char *wanted)
{
    char sql[320];
    char *is;

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM feedback.feed WHERE code = '%s' AND to_char(through AT TIME ZONE INTERVAL '08:00',"
             " 'YYYY-MM-DD HH24:MI') = '%s'",
             feed, wanted);
    if (stack_until(is_one, sql, SOON_S))
        return;
    is = mark(feed);
    fail_msg("%s is complete to %s, not %s", feed, is, wanted);
}

static void check_mark(const char *feed, const char *wanted)
{
    char sql[320];

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM feedback.feed WHERE code = '%s' AND coalesce(to_char(through AT TIME ZONE INTERVAL"
             " '08:00', 'YYYY-MM-DD HH24:MI'), 'none') = '%s'",
             feed, wanted);
    if (pg_number(&stack.pg, sql) != 1)
        fail_msg("%s isn't complete to %s", feed, wanted);
}

static int say(const char *feed, const char *through, struct err *err)
{
    Bihuan__CompleteFeedRequest request = BIHUAN__COMPLETE_FEED_REQUEST__INIT;

    request.feed = (char *)(uintptr_t)feed;
    request.through = (char *)(uintptr_t)through;
    return stack_ask(&stack, "feedback", MSG(COMPLETE_FEED), &request.base, NULL, err);
}

#define ROW(n) n ",2026-11-20 09:00:00,unknown\n" /* a row that waits doesn't hold the day up */

/* Weekdays without the 24th: 19 (Thu), 20 (Fri), 23 (Mon), 25 (Wed), 26 (Thu, today). */
static void a_calendar_jumps_over_no_day(void **state)
{
    (void)state;
    deliver("byday", "20261120", ROW("a"));
    wait_mark("byday", "2026-11-23 00:00"); /* the weekend has no files */
    deliver("byday", "20261125", ROW("b"));
    deliver("byday", "20261119", ROW("c")); /* before it began: nothing new */
    (void)sleep(6);                         /* the timer looks every 5 s */
    check_mark("byday", "2026-11-23 00:00");
    deliver("byday", "20261123", ROW("d"));
    wait_mark("byday", "2026-11-26 00:00"); /* over the 24th, and the 25th that came before */
}

static void a_value_in_the_file_says_it(void **state)
{
    (void)state;
    deliver("inside", "20261120", "H,x\na,2026-11-20 09:00:00,unknown\nT,1,20261120\n");
    wait_mark("inside", "2026-11-21 00:00");
    deliver("inside", "20261122", "H,x\nb,2026-11-20 09:00:00,unknown\nT,1,20261122143000\n");
    wait_mark("inside", "2026-11-22 14:30");
    deliver("inside", "20261123", "H,x\nc,2026-11-20 09:00:00,unknown\nT,1,20261121\n"); /* less than is known */
    check_mark("inside", "2026-11-22 14:30");
    put("inside", "f_20261124.csv", "H,x\nd,2026-11-20 09:00:00,unknown\nT,1,soon\n");
    assert_true(stack_until(is_one,
                            (void *)(uintptr_t) "SELECT count(*) FROM feedback.feed_file WHERE name = 'f_20261124.csv'"
                                                " AND state = 'refused' AND error LIKE '%through%'",
                            SOON_S));
    check_mark("inside", "2026-11-22 14:30");
}

static void a_mark_counts_when_nothing_else_waits(void **state)
{
    char aside[256], path[256];

    (void)state;
    deliver("marked", "20261120", ROW("a"));
    check_mark("marked", "none");
    /* a file that somebody is still writing holds the mark up */
    snprintf(path, sizeof path, "%s/data/inbox/marked/f_20261121.csv", stack.dir);
    snprintf(aside, sizeof aside, "%s/data/inbox/marked/end_20261121.ok", stack.dir);
    put("marked", "f_20261121.csv.tmp", "");
    for (int i = 0; i < 20; i++) {
        FILE *file = fopen(path, "ae");

        fprintf(file, "x%d,2026-11-20 09:00:00,unknown\n", i);
        fclose(file);
        if (i == 2)
            put("marked", "end_20261121.ok", "");
        (void)usleep(100000);
        if (i > 2)
            check_mark("marked", "none");
    }
    wait_mark("marked", "2026-11-22 00:00");
    CHECK_INT(access(aside, F_OK), -1);
    /* the same empty content for every day, and an older one after all */
    put("marked", "end_20261123.ok", "");
    wait_mark("marked", "2026-11-24 00:00");
    put("marked", "end_20261122.ok", "");
    (void)usleep(500000);
    check_mark("marked", "2026-11-24 00:00");
    put("marked", "end_20261127.ok", ""); /* of tomorrow: waits for its day */
    (void)usleep(500000);
    check_mark("marked", "2026-11-24 00:00");
}

static void companion(const char *date, const char *rows)
{
    char name[48];

    snprintf(name, sizeof name, "f_%s.ctl", date);
    put("dated", name, rows);
}

/* Files wait for their companions: those of the 12th and the 14th, while the 16th's is loaded. */
static void a_file_that_waits_holds_the_mark(void **state)
{
    static const char *const waiting[] = { "f_20261114.csv", "f_20261112.csv" };

    (void)state;
    companion("20261110", "1\n");
    deliver("dated", "20261110", ROW("a"));
    wait_mark("dated", "2026-11-11 00:00");
    for (size_t i = 0; i < sizeof waiting / sizeof waiting[0]; i++)
        put("dated", waiting[i], i ? ROW("b") : ROW("c"));
    companion("20261116", "1\n");
    deliver("dated", "20261116", ROW("d"));
    check_mark("dated", "2026-11-12 00:00");
    (void)sleep(3); /* the timer looks every 2 s */
    check_mark("dated", "2026-11-12 00:00");
    companion("20261112", "1\n");
    wait_mark("dated", "2026-11-14 00:00");
    companion("20261114", "9\n"); /* its control says another count: it is refused, and waits no longer */
    wait_mark("dated", "2026-11-17 00:00");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_claim"), 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE name = 'f_20261114.csv' AND state ="
                                   " 'refused'"),
              1);
}

static void a_word_says_it(void **state)
{
    struct err err;

    (void)state;
    CHECK_INT(say("marked", "2026-11-24", &err), 0);
    check_mark("marked", "2026-11-25 00:00");
    CHECK_INT(say("marked", "2026-11-25T09:00:00+08:00", &err), 0);
    check_mark("marked", "2026-11-25 09:00");
    CHECK_INT(say("marked", "2026-11-23", &err), 0);
    check_mark("marked", "2026-11-25 09:00");
    CHECK_INT(say("marked", "2026-11-27", &err), -1);
    assert_string_equal(err.code, "in_future");
    CHECK_INT(say("marked", "tomorrow", &err), -1);
    assert_string_equal(err.code, "bad_date");
    CHECK_INT(say("plain", "2026-11-24", &err), -1);
    assert_string_equal(err.code, "no_watermark");
    CHECK_INT(say("nobody", "2026-11-24", &err), -1);
    assert_string_equal(err.code, "unknown_feed");
    CHECK_INT(say("byday", "2026-11-26", &err), 0); /* the day that goes on: to now */
    CHECK_INT(pg_number(&stack.pg, "SELECT (through < '2026-11-26 11:00+08' AND through >= '2026-11-26 10:00+08')::int"
                                   " FROM feedback.feed WHERE code = 'byday'"),
              1);
}

static void a_feed_that_says_it_impossibly_is_refused(void **state)
{
    static const struct {
        const char *json, *code;
    } cases[] = {
        { FEED("x", "calendar", ""), "missing" },
        { FEED("x", "control", ""), "missing" },
        { FEED("x", "sometimes", ""), "unknown_watermark" },
        { FEED("x", "told", "\"end_mark\":\"end.ok\","), "no_file_date" },
        { FEED("x", "none", "\"end_mark\":\"end_{yyyyMMdd}.ok\","), "no_watermark" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err;

        CHECK_INT(stack_try(&stack, MSG(APPLY_FEEDS), cases[i].json, &err), -1);
        if (!strstr(err.text, cases[i].code) && strcmp(err.code, cases[i].code) != 0)
            fail_msg("case %zu: %s: %s", i, err.code, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calendar_jumps_over_no_day),
        cmocka_unit_test(a_value_in_the_file_says_it),
        cmocka_unit_test(a_mark_counts_when_nothing_else_waits),
        cmocka_unit_test(a_file_that_waits_holds_the_mark),
        cmocka_unit_test(a_word_says_it),
        cmocka_unit_test(a_feed_that_says_it_impossibly_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
