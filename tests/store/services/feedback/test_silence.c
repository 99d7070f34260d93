/* Silence is counted from a feed's watermark on the business clock: not from when files arrive. */
#include "bus/wire.h"
#include "support/check.h"
#include "support/stack.h"

#include <libpq-fe.h>
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

static const uint8_t *payload_of(const PGresult *row, int i, struct arena *arena, size_t *len)
{
    Bihuan__Envelope *envelope = bihuan__envelope__unpack(&arena->allocator, (size_t)PQgetlength(row, i, 0),
                                                          (const uint8_t *)PQgetvalue(row, i, 0));
    const uint8_t *payload;
    struct err err;

    CHECK_INT(wire_open_payload(envelope, (const uint8_t *)PQgetvalue(row, i, 1), (size_t)PQgetlength(row, i, 1), arena,
                                &payload, len, &err),
              0);
    return payload;
}

/* Of all FEED_SILENT events "feed+" or "feed-" in order; of the last WATERMARK_MOVED of each feed the same. */
static const char *told(uint32_t type)
{
    static char text[256];
    char url[256], sql[128];
    PGconn *conn = PQconnectdb(pg_url(&stack.pg, "", url, sizeof url));
    PGresult *rows;
    struct arena arena;

    snprintf(sql, sizeof sql, "SELECT envelope, payload FROM feedback.bus_stream WHERE type = %u ORDER BY seq", type);
    rows = PQexecParams(conn, sql, 0, NULL, NULL, NULL, NULL, 1);
    arena_init(&arena);
    text[0] = '\0';
    for (int i = 0; i < PQntuples(rows); i++) {
        size_t len, at = strlen(text);
        const uint8_t *payload = payload_of(rows, i, &arena, &len);

        if (type == MSG(FEED_SILENT)) {
            const Bihuan__FeedSilent *event = bihuan__feed_silent__unpack(&arena.allocator, len, payload);

            snprintf(text + at, sizeof text - at, "%s%c ", event->feed, event->silent ? '+' : '-');
        } else {
            const Bihuan__WatermarkMoved *event = bihuan__watermark_moved__unpack(&arena.allocator, len, payload);

            if (strcmp(event->feed, "late") == 0)
                snprintf(text, sizeof text, "%lld%c", (long long)(event->through / 1000000), event->silent ? '+' : '-');
        }
    }
    arena_fini(&arena);
    PQclear(rows);
    PQfinish(conn);
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
