/* Silence is counted from a feed's watermark on the business clock: not from when files arrive. */
#include "support/check.h"
#include "support/events.h"
#include "support/stack.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "bihuan/feedback.pb-c.h"

#define TIMER_S 30 /* feedback looks every 10 s */
#define HEAD    "id,when,shop\n"

static struct stack stack;
static time_t began;

/* Business time is `hours` behind 2026-11-26 10:00 when the test begins. */
static void set_clock(int hours)
{
    snprintf(stack.clock, sizeof stack.clock, "2026-11-%02dT%02d:00:00+08:00@%lld", 26 + (10 + hours) / 24,
             (10 + hours) % 24, (long long)began);
}

static void apply_feed(const char *code, int hours)
{
    char json[1024];

    snprintf(json, sizeof json,
             "{\"items\":[{\"code\":\"%s\",\"title\":\"t\",\"sender\":\"%s\",\"fact\":\"order_line\","
             "\"files\":\"f_{yyyyMMdd}.csv\",\"key\":[\"id\"],\"silent_after_hours\":%d,\"columns\":["
             "{\"field\":\"time\",\"column\":\"when\",\"format\":\"yyyy-MM-dd HH:mm:ss\"},"
             "{\"field\":\"unit\",\"column\":\"shop\"}]}]}",
             code, code, hours);
    stack_apply(&stack, MSG(APPLY_FEEDS), json);
}

static bool is_loaded(void *arg)
{
    return pg_number(&stack.pg, arg) > 0;
}

static void deliver(const char *feed, const char *date)
{
    char aside[256], path[256], sql[256];
    FILE *file;

    snprintf(aside, sizeof aside, "%s/data/inbox/%s/.new", stack.dir, feed);
    snprintf(path, sizeof path, "%s/data/inbox/%s/f_%s.csv", stack.dir, feed, date);
    file = fopen(aside, "w");
    assert_non_null(file);
    fprintf(file, HEAD "%s,2026-11-01 09:00:00,unknown\n", date); /* a row that waits doesn't hold the day up */
    fclose(file);
    CHECK_INT(rename(aside, path), 0);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM feedback.feed_file f JOIN feedback.feed d ON d.id = f.feed_id"
             " WHERE d.code = '%s' AND f.name = 'f_%s.csv' AND f.state IN ('loaded', 'partial')",
             feed, date);
    assert_true(stack_until(is_loaded, sql, 20));
}

static bool is_silent(const char *feed)
{
    char sql[128];

    snprintf(sql, sizeof sql, "SELECT silent::int FROM feedback.feed WHERE code = '%s'", feed);
    return pg_number(&stack.pg, sql) == 1;
}

static bool late_is_silent(void *arg)
{
    (void)arg;
    return is_silent("late");
}

/* --- what others are told --------------------------------------------------------------------------------------------
 */

/* Of all FEED_SILENT events "feed+" or "feed-" in order; of the last WATERMARK_MOVED of each feed the same. */
static const char *told(uint32_t type)
{
    static char text[256];
    ProtobufCMessage **events;
    size_t count = events_of(&stack, "feedback", type, &events);

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const Bihuan__FeedSilent *silent = (const void *)events[i];
        const Bihuan__WatermarkMoved *moved = (const void *)events[i];
        size_t at = strlen(text);

        if (type == MSG(FEED_SILENT))
            snprintf(text + at, sizeof text - at, "%s%c ", silent->feed, silent->silent ? '+' : '-');
        else if (strcmp(moved->feed, "late") == 0)
            snprintf(text, sizeof text, "%lld%c", (long long)(moved->through / 1000000), moved->silent ? '+' : '-');
    }
    return text;
}

/* --- tests -----------------------------------------------------------------------------------------------------------
 */

/* Both files come now, and both feeds are complete up to 2026-11-25 00:00: 34 hours ago. */
static void test_silence_counts_from_the_watermark(void **state)
{
    (void)state;
    deliver("late", "20261124");
    deliver("calm", "20261124");
    assert_true(stack_until(late_is_silent, NULL, TIMER_S));
    assert_false(is_silent("calm"));  /* may keep quiet for 48 hours */
    assert_false(is_silent("mute"));  /* has not spoken yet: counts from when it was defined */
    assert_false(is_silent("never")); /* may keep quiet for ever */
    assert_string_equal(told(MSG(FEED_SILENT)), "late+ ");
    assert_string_equal(told(MSG(WATERMARK_MOVED)), "1795536000+"); /* 2026-11-25T00:00:00+08:00 */
}

static void test_a_newer_watermark_speaks(void **state)
{
    (void)state;
    deliver("late", "20261123"); /* older than what it said before: nothing new */
    assert_true(is_silent("late"));
    deliver("late", "20261125");
    assert_false(is_silent("late"));
    assert_string_equal(told(MSG(FEED_SILENT)), "late+ late- ");
    assert_string_equal(told(MSG(WATERMARK_MOVED)), "1795622400-");
}

/* 24 hours later by the business clock, a moment later by the machine's. */
static void test_silence_follows_the_business_clock(void **state)
{
    (void)state;
    stack_kill(&stack, "feedback", "a", SIGTERM);
    set_clock(24);
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
    assert_true(stack_until(late_is_silent, NULL, TIMER_S));
    assert_true(is_silent("calm")); /* 58 hours */
    assert_true(is_silent("mute")); /* 24 hours since it was defined */
    assert_false(is_silent("never"));
    deliver("late", "20261126");
    assert_false(is_silent("late"));
}

static int set_up(void **state)
{
    (void)state;
    began = time(NULL);
    stack_new(&stack);
    set_clock(0);
    stack.extra[0] = "--quiet-ms=0";
    stack.extra[1] = "--scan-ms=100";
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
    apply_feed("late", 24);
    apply_feed("calm", 48);
    apply_feed("mute", 24);
    apply_feed("never", 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silence_counts_from_the_watermark),
        cmocka_unit_test(test_a_newer_watermark_speaks),
        cmocka_unit_test(test_silence_follows_the_business_clock),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
