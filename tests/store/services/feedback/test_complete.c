/* To when a feed is complete, in all the ways in which senders say so: by calendar without jumping over a day, by a
 * value in the file, by a file of its own, by word. A mark never goes back, and never beyond now. */
#include "support/check.h"
#include "support/seed.h"
#include "support/stack.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bihuan/feedback.pb-c.h"
#include "bihuan/feedback_conditions.pb-c.h"

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
    setenv("BIHUAN_MISSING_MS", "0", 1);
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
    (void)sleep(3);                         /* the timer looks every second */
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

/* Which file holds the mark, why it waits and what to do, by what an operator asks. */
static const Bihuan__FeedConditionState *condition_of_feed(const char *feed)
{
    Bihuan__ListFeedConditionsRequest request = BIHUAN__LIST_FEED_CONDITIONS_REQUEST__INIT;
    const Bihuan__ListFeedConditionsReply *reply;
    ProtobufCMessage *message;
    struct err err;

    request.feed = (char *)(uintptr_t)feed;
    CHECK_INT(stack_ask(&stack, "feedback", MSG(LIST_FEED_CONDITIONS), &request.base, &message, &err), 0);
    reply = (const Bihuan__ListFeedConditionsReply *)message;
    CHECK_INT(reply->n_items, 1);
    return reply->items[0];
}

static void the_file_that_holds_is_named(void **state)
{
    const Bihuan__FeedConditionState *condition;
    Bihuan__ActOnFileRequest act = BIHUAN__ACT_ON_FILE_REQUEST__INIT;
    struct err err;
    char words[80];

    (void)state;
    assert_string_equal(condition_of_feed("dated")->held_by, "");
    put("dated", "f_20261118.csv", ROW("h"));
    put("dated", "f_20261119.csv", ROW("i"));
    companion("20261120", "1\n");
    deliver("dated", "20261120", ROW("j"));
    wait_mark("dated", "2026-11-18 00:00");
    condition = condition_of_feed("dated");
    assert_string_equal(condition->held_by, "f_20261118.csv");
    assert_int_not_equal(condition->held_by_id, 0);
    assert_non_null(strstr(condition->remedy, "2026-11-18"));
    assert_non_null(strstr(condition->remedy, "companion \"f_20261118.ctl\" is not there yet"));
    snprintf(words, sizeof words, "bihuan feed file %llu --release", (unsigned long long)condition->held_by_id);
    assert_non_null(strstr(condition->remedy, words));
    /* as it says */
    act.id = condition->held_by_id;
    act.action = (char *)(uintptr_t) "release";
    act.reason = (char *)(uintptr_t) "checked";
    CHECK_INT(stack_ask(&stack, "feedback", MSG(ACT_ON_FILE), &act.base, NULL, &err), 0);
    wait_mark("dated", "2026-11-19 00:00");
    condition = condition_of_feed("dated");
    assert_string_equal(condition->held_by, "f_20261119.csv");
    act.id = condition->held_by_id;
    act.action = (char *)(uintptr_t) "write_off";
    CHECK_INT(stack_ask(&stack, "feedback", MSG(ACT_ON_FILE), &act.base, NULL, &err), 0);
    wait_mark("dated", "2026-11-21 00:00");
    assert_string_equal(condition_of_feed("dated")->held_by, "");
}

/* What files said by their names is no more, when names say nothing any more: the mark stays where it was. */
static void add_to(const char *feed, const char *name, const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/data/inbox/%s/%s", stack.dir, feed, name);
    file = fopen(path, "ae");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* A companion is read when it is whole, and one without its file is nothing that waits. */
static void companions_rest_too_and_hold_no_mark(void **state)
{
    static char waits[] = "SELECT count(*) FROM feedback.feed_file WHERE name = 'f_20261012.csv' AND state = 'waiting'";
    static char done[] =
        "SELECT count(*) FROM feedback.feed_file WHERE name = 'f_20261012.csv' AND state IN ('refused',"
        " 'loaded', 'partial')";

    (void)state;
    stack_apply(&stack, MSG(APPLY_FEEDS),
                FEED("slow", "told",
                     "\"end_mark\":\"end_{yyyyMMdd}.ok\",\"control\":{\"by\":\"companion\",\"delimiter\":\"|\","
                     "\"values\":[{\"what\":\"rows\",\"position\":1}]},"));
    put("slow", "f_20261012.csv",
        ROW("1") ROW("2") ROW("3") ROW("4") ROW("5") ROW("6") ROW("7") ROW("8") ROW("9") ROW("a") ROW("b") ROW("c"));
    assert_true(stack_until(is_one, waits, SOON_S));
    put("slow", "f_20261012.ctl", "1");
    usleep(100000); /* some looks, and far from the half second of rest */
    add_to("slow", "f_20261012.ctl", "2\n");
    assert_true(stack_until(is_one, done, SOON_S));
    CHECK_INT(pg_number(&stack.pg, "SELECT rows_read FROM feedback.feed_file WHERE name = 'f_20261012.csv'"), 12);
    put("slow", "f_20261013.ctl", "1\n");
    put("slow", "end_20261012.ok", "");
    wait_mark("slow", "2026-10-13 00:00");
}

static void a_feed_that_is_dated_no_more_forgets_what_was_said(void **state)
{
    static char none[] = "SELECT (count(*) = 0)::int FROM feedback.feed_claim";

    (void)state;
    put("dated", "f_20261122.csv", ROW("k"));
    companion("20261124", "1\n");
    deliver("dated", "20261124", ROW("l"));
    wait_mark("dated", "2026-11-22 00:00");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_claim"), 1);
    stack_apply(&stack, MSG(APPLY_FEEDS),
                FEED("dated", "told",
                     "\"control\":{\"by\":\"companion\",\"delimiter\":\"|\",\"values\":["
                     "{\"what\":\"rows\",\"position\":1}]},"));
    assert_true(stack_until(is_one, none, SOON_S));
    check_mark("dated", "2026-11-22 00:00");
}

/* --- files in packs --------------------------------------------------------------------------------------------------
 */

#define PACKED 12 /* files of the days from 2026-11-01 on */

/* Just written to, or long ago: then it is complete. */
static void touch(int day, bool just_now)
{
    static const struct timespec long_ago[2] = { { 1, 0 }, { 1, 0 } };
    char path[256];

    snprintf(path, sizeof path, "%s/data/inbox/packed/f_202611%02d.csv", stack.dir, day);
    CHECK_INT(utimensat(AT_FDCWD, path, just_now ? NULL : long_ago, 0), 0);
}

static void drop_day(int day, bool just_now)
{
    char name[32], text[64];

    snprintf(name, sizeof name, ".f_202611%02d.csv", day); /* hidden until it is as it should be */
    snprintf(text, sizeof text, "p%d,2026-11-01 09:00:00,unknown\n", day);
    put("packed", name, text);
    {
        char from[256], to[256];
        const struct timespec long_ago[2] = { { 1, 0 }, { 1, 0 } };

        snprintf(from, sizeof from, "%s/data/inbox/packed/%s", stack.dir, name);
        snprintf(to, sizeof to, "%s/data/inbox/packed/%s", stack.dir, name + 1);
        CHECK_INT(utimensat(AT_FDCWD, from, just_now ? NULL : long_ago, 0), 0);
        CHECK_INT(rename(from, to), 0);
    }
}

static struct packs {
    bool waits[PACKED + 1];
    int left; /* files that are still written to */
} packs;

/* Keeps what waits fresh, so that it isn't taken; true once all others are loaded. */
static bool others_are_loaded(void *arg)
{
    (void)arg;
    for (int day = 1; day <= PACKED; day++)
        if (packs.waits[day])
            touch(day, true);
    return pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file x JOIN feedback.feed f ON f.id = x.feed_id"
                                " WHERE f.code = 'packed' AND x.state IN ('loaded', 'partial')") == PACKED - packs.left;
}

/* The day before the first that waits. */
static void expect_packed_mark(void)
{
    char wanted[32];
    int first = 1;

    while (first <= PACKED && !packs.waits[first])
        first++;
    snprintf(wanted, sizeof wanted, "2026-11-%02d 00:00", first);
    for (int i = 0; i < 44; i++) { /* longer than the timer takes */
        for (int day = 1; day <= PACKED; day++)
            if (packs.waits[day])
                touch(day, true);
        if (i > 40)
            check_mark("packed", wanted);
        usleep(50000);
    }
}

/* The loader has made the feed's folder. */
static bool is_seen(void *arg)
{
    char path[256];

    (void)arg;
    snprintf(path, sizeof path, "%s/data/inbox/packed", stack.dir);
    return access(path, F_OK) == 0;
}

/* Small files come in groups, recorded together: the mark of none passes a day whose file is still written to,
 * whichever these are, and follows as they come, whatever the order. */
static void packs_pass_no_day_that_waits(void **state)
{
    uint64_t random = test_seed();

    (void)state;
    stack_apply(&stack, MSG(APPLY_FEEDS), FEED("packed", "file_date", ""));
    assert_true(stack_until(is_seen, NULL, SOON_S));
    packs = (struct packs) { .left = 2 };
    for (int left = packs.left; left;) {
        int day = 2 + (int)random_below(&random, PACKED - 1);

        left -= !packs.waits[day];
        packs.waits[day] = true;
    }
    for (int day = PACKED; day >= 1; day--)
        drop_day(day, packs.waits[day]);
    while (packs.left) {
        assert_true(stack_until(others_are_loaded, NULL, SOON_S));
        expect_packed_mark();
        for (int day = 1 + (int)random_below(&random, PACKED);; day = day % PACKED + 1) {
            if (!packs.waits[day])
                continue;
            packs.waits[day] = false;
            packs.left--;
            touch(day, false);
            break;
        }
    }
    assert_true(stack_until(others_are_loaded, NULL, SOON_S));
    expect_packed_mark();
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_claim"), 0);
}

static void put_day(const char *feed, int day, const char *text)
{
    char name[32];

    snprintf(name, sizeof name, "f_202611%02d.csv", day);
    put(feed, name, text);
}

static void wait_files(const char *feed, const char *wanted)
{
    char sql[400];

    snprintf(
        sql, sizeof sql,
        "SELECT count(*) FROM (SELECT string_agg(state, ' ' ORDER BY x.name, x.id) AS s FROM feedback.feed_file x JOIN"
        " feedback.feed f ON f.id = x.feed_id WHERE f.code = '%s') t WHERE s = '%s'",
        feed, wanted);
    if (!stack_until(is_one, sql, SOON_S))
        fail_msg("files of %s are not %s", feed, wanted);
}

#define EMPTY "id,day,shop\n"

static bool is_gone(void *arg)
{
    return access(arg, F_OK) != 0;
}

/* A file of the same name as one that was just read. */
static void put_again(const char *feed, const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof path, "%s/data/inbox/%s/%s", stack.dir, feed, name);
    assert_true(stack_until(is_gone, path, SOON_S));
    put(feed, name, text);
}

/* Days without sales come as files of the same bytes: each says of its own day that nothing was sold. So does a copy
 * of another day's rows, which are counted once. */
static void days_without_sales_are_days(void **state)
{
    (void)state;
    stack_apply(&stack, MSG(APPLY_FEEDS), FEED("calm", "file_date", "\"skip_lines\":1,"));
    stack_apply(&stack, MSG(APPLY_FEEDS),
                FEED("still", "calendar",
                     "\"skip_lines\":1,\"expected\":{\"days\":\"weekdays\",\"by\":\"08:00\",\"lag_days\":1},"));
    assert_true(stack_until(is_one,
                            (void *)(uintptr_t) "SELECT (count(*) = 2)::int FROM feedback.feed WHERE code IN"
                                                " ('calm', 'still')",
                            SOON_S));
    deliver("calm", "20261118", EMPTY);
    wait_mark("calm", "2026-11-19 00:00");
    deliver("calm", "20261119", EMPTY);
    wait_mark("calm", "2026-11-20 00:00");
    put_again("calm", "f_20261119.csv", EMPTY); /* the same day again is a copy */
    wait_files("calm", "loaded loaded duplicate");
    put_day("calm", 20, EMPTY ROW("a"));
    put_day("calm", 21, EMPTY ROW("a"));
    wait_files("calm", "loaded loaded duplicate partial duplicate");
    wait_mark("calm", "2026-11-22 00:00");
    put_day("calm", 28, EMPTY ROW("a")); /* not here yet: says nothing */
    wait_files("calm", "loaded loaded duplicate partial duplicate duplicate");
    check_mark("calm", "2026-11-22 00:00");
    for (int day = 19; day < 24; day++)
        if (day < 21 || day > 22)
            put_day("still", day, EMPTY);
    wait_files("still", "loaded loaded loaded");
    wait_mark("still", "2026-11-24 00:00");
    put_day("still", 24, EMPTY ROW("a"));
    put_day("still", 25, EMPTY ROW("a"));
    wait_files("still", "loaded loaded loaded partial duplicate");
    wait_mark("still", "2026-11-26 00:00");
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
        cmocka_unit_test(the_file_that_holds_is_named),
        cmocka_unit_test(companions_rest_too_and_hold_no_mark),
        cmocka_unit_test(a_feed_that_is_dated_no_more_forgets_what_was_said),
        cmocka_unit_test(packs_pass_no_day_that_waits),
        cmocka_unit_test(days_without_sales_are_days),
        cmocka_unit_test(a_word_says_it),
        cmocka_unit_test(a_feed_that_says_it_impossibly_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
