/* Feeds that are complete by city: each city's part has its mark, its silence and its volume, and one that says nothing
 * doesn't hold up the others. Numbers come from SQL over the recorded rows, or from the files written here. */
#include "support/check.h"
#include "support/command.h"
#include "support/events.h"
#include "support/loop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bihuan/feedback.pb-c.h"
#include "bihuan/feedback_conditions.pb-c.h"

#define SOON_S 30 /* feedback looks every 2 s */

#define SQL(text) ((void *)(uintptr_t)(text))

static struct stack stack;
static struct web web;
static time_t began;

/* Friday 2026-11-27 10:00 and `hours` when the test begins. */
static void set_clock(int hours)
{
    snprintf(stack.clock, sizeof stack.clock, "2026-11-%02dT%02d:00:00+08:00@%lld", 27 + (10 + hours) / 24,
             (10 + hours) % 24, (long long)began);
}

/* --- what is delivered ---------------------------------------------------------------------------------------------
 */

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

static void wait_state(const char *feed, const char *name, const char *states)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM feedback.feed_file f JOIN feedback.feed d ON d.id = f.feed_id WHERE d.code = '%s'"
             " AND f.name = '%s' AND f.state IN (%s)",
             feed, name, states);
    if (!stack_until(is_one, sql, SOON_S)) {
        command_bihuan("feed files");
        fail_msg("%s is not %s\n%s", name, states, command_output);
    }
}

static void deliver(const char *feed, const char *name, const char *text)
{
    put(feed, name, text);
    wait_state(feed, name, "'loaded', 'partial'");
}

/* So many rows of a shop on a day of November, with keys of their own. */
static void rows_of(char *out, size_t cap, const char *shop, int day, int count)
{
    static int number;
    size_t at = strlen(out);

    for (int i = 0; i < count; i++, at = strlen(out))
        snprintf(out + at, cap - at, "K%d,2026-11-%02d 09:00:00,%s\n", ++number, day, shop);
}

/* --- what is told --------------------------------------------------------------------------------------------------
 */

/* The last FEED_CONDITION of a feed and a unit. */
static const Bihuan__FeedCondition *told(const char *feed, const char *unit)
{
    const Bihuan__FeedCondition *found = NULL;
    ProtobufCMessage **events;
    size_t count = events_of(&stack, "feedback", MSG(FEED_CONDITION), &events);

    for (size_t i = 0; i < count; i++) {
        const Bihuan__FeedCondition *event = (const void *)events[i];

        if (strcmp(event->feed, feed) == 0 && strcmp(event->unit, unit) == 0)
            found = event;
    }
    return found;
}

struct wish {
    const char *feed, *unit;
    Bihuan__FeedConditionKind kind;
    const char *through; /* "2026-11-27"; NULL whatever; "" none */
};

static int64_t midnight(const char *date)
{
    char sql[160];

    if (!*date)
        return 0;
    snprintf(sql, sizeof sql, "SELECT extract(epoch FROM timestamptz '%s 00:00:00+08')::bigint", date);
    return pg_number(&stack.pg, sql) * 1000000;
}

static bool is_so(void *arg)
{
    const struct wish *wish = arg;
    const Bihuan__FeedCondition *event = told(wish->feed, wish->unit);

    return event && event->condition == wish->kind && (!wish->through || event->through == midnight(wish->through));
}

#define KIND(name) BIHUAN__FEED_CONDITION_KIND__FEED_CONDITION_KIND_##name

static void wait_condition(const char *feed, const char *unit, Bihuan__FeedConditionKind kind, const char *through)
{
    struct wish wish = { feed, unit, kind, through };
    const Bihuan__FeedCondition *is;

    if (stack_until(is_so, &wish, SOON_S))
        return;
    is = told(feed, unit);
    command_bihuan("feed conditions");
    fail_msg("%s/%s is %d through %lld, not %d %s\n%s", feed, unit, is ? (int)is->condition : -1,
             is ? (long long)is->through : 0, (int)kind, through ? through : "", command_output);
}

/* The feed's own watermark, as WATERMARK_MOVED told it last. */
static int64_t moved(const char *feed)
{
    ProtobufCMessage **events;
    size_t count = events_of(&stack, "feedback", MSG(WATERMARK_MOVED), &events);
    int64_t through = -1;

    for (size_t i = 0; i < count; i++) {
        const Bihuan__WatermarkMoved *event = (const void *)events[i];

        if (strcmp(event->feed, feed) == 0)
            through = event->through;
    }
    return through;
}

/* --- the scene -----------------------------------------------------------------------------------------------------
 */

#define COLUMNS                                                                                                        \
    "\"key\":[\"1\"],\"no_header\":true,\"columns\":[{\"field\":\"time\",\"column\":\"2\",\"format\":"                 \
    "\"yyyy-MM-dd HH:mm:ss\"},{\"field\":\"unit\",\"column\":\"3\"}]"
#define FEED(code, files, more)                                                                                        \
    "{\"items\":[{\"code\":\"" code "\",\"title\":\"t\",\"sender\":\"" code "\",\"fact\":\"order_line\","              \
    "\"files\":\"" files "\"," more "," COLUMNS "}]}"

static int set_up(void **state)
{
    (void)state;
    began = time(NULL);
    stack_new(&stack);
    set_clock(0);
    setenv("BIHUAN_SCAN_MS", "50", 1);
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "feedback");
    web_start(&web, &stack);
    command_open(&stack, &web, "cli");
    stack_apply(&stack, MSG(APPLY_UNITS), LOOP_CITIES);
    /* Monday the 23rd is none of the working days */
    stack_apply(&stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"cn\",\"title\":\"cn\",\"source\":\"test\",\"classes\":[{\"class\":\"working\","
                "\"weight\":100},{\"class\":\"weekend\",\"weight\":100},{\"class\":\"holiday\",\"weight\":100}],"
                "\"days\":[{\"date\":\"2026-11-23\",\"class\":\"holiday\"}]}]}");
    assert_true(stack_until(is_one, SQL("SELECT count(*) FROM feedback.ref_day WHERE class = 'holiday'"), SOON_S));
    stack_apply(&stack, MSG(APPLY_FEEDS),
                FEED("sales", "sales_{city}_{yyyyMMdd}_{nnn}.csv",
                     "\"silent_after_hours\":30,\"sequence\":{\"daily\":true},\"maps\":[{\"name\":\"cities\","
                     "\"entries\":[{\"from\":\"甲\",\"to\":\"C1\"},{\"from\":\"乙\",\"to\":\"C2\"},{\"from\":\"丙\","
                     "\"to\":\"C3\"}]}],\"cities\":{\"by\":\"name\",\"map\":\"cities\",\"units\":[\"C1\",\"C2\","
                     "\"C3\"]}"));
    stack_apply(&stack, MSG(APPLY_FEEDS), FEED("mix", "mix_{yyyyMMdd}.csv", "\"cities\":{\"by\":\"unit\"}"));
    stack_apply(&stack, MSG(APPLY_FEEDS),
                FEED("flow", "flow_{*}.csv",
                     "\"watermark\":\"last_event\",\"cities\":{\"by\":"
                     "\"unit\"}"));
    stack_apply(&stack, MSG(APPLY_FEEDS),
                FEED("calm", "calm_{yyyyMMdd}.csv", "\"silent_after_hours\":24,\"end_mark\":\"end_{yyyyMMdd}.ok\""));
    pg_number(&stack.pg,
              "WITH x AS (INSERT INTO feedback.feed_age SELECT id, 0, date '2026-11-10' + i, (20 + i) *"
              " 3600000000::bigint FROM feedback.feed, generate_series(0, 9) i WHERE code = 'mix' RETURNING 1)"
              " SELECT count(*) FROM x");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

/* --- tests ---------------------------------------------------------------------------------------------------------
 */

static void deliver_city(const char *city, const char *shop, int day, int number, int count)
{
    char name[80], text[4000] = "";

    snprintf(name, sizeof name, "sales_%s_202611%02d_%03d.csv", city, day, number);
    rows_of(text, sizeof text, shop, day, count);
    deliver("sales", name, text);
}

/* C2 is silent: 34 hours behind, 30 allowed. C3 never spoke, and is waited for. */
static void one_city_doesnt_hold_up_the_others(void **state)
{
    (void)state;
    wait_condition("sales", "C1", KIND(LIVE), "");
    deliver_city("甲", "S1", 25, 1, 3);
    deliver_city("乙", "S2", 25, 1, 2); /* the same number: it is another city's */
    deliver_city("甲", "S1", 26, 1, 3);
    wait_condition("sales", "C1", KIND(LIVE), "2026-11-27");
    wait_condition("sales", "C2", KIND(SILENT), "2026-11-26");
    wait_condition("sales", "C3", KIND(LIVE), "");
    CHECK_INT(moved("sales"), 0); /* C3 will speak */
    deliver_city("丙", "S3", 26, 1, 1);
    wait_condition("sales", "C3", KIND(LIVE), "2026-11-27");
    wait_condition("sales", "", KIND(LIVE), "2026-11-27"); /* of those that speak */
    CHECK_INT(moved("sales"), midnight("2026-11-27"));
    command_expect("feed conditions sales", 0, "silent");
    command_expect("feed conditions sales --unit C2 -o json", 0, "\"condition\": \"silent\"");
    command_expect("feed conditions --condition silent -o csv", 0, "sales,C2,silent");
    command_expect("feed conditions --condition broken", 1, "is none of live");
    /* it speaks again */
    deliver_city("乙", "S2", 26, 1, 2);
    wait_condition("sales", "C2", KIND(LIVE), "2026-11-27");
    CHECK_INT(moved("sales"), midnight("2026-11-27"));
}

static void a_name_without_a_city_of_ours_is_refused(void **state)
{
    (void)state;
    put("sales", "sales_丁_20261126_001.csv", "Z1,2026-11-26 09:00:00,S1\n");
    wait_state("sales", "sales_丁_20261126_001.csv", "'refused'");
    command_expect("feed files -o json", 0, "is no unit of type city");
    command_expect("feed complete sales 2026-11-26 --unit S1", 1, "no unit of type city");
    command_expect("feed complete calm 2026-11-26 --unit C1", 1, "complete by city");
}

/* Number 2 of C1 is missing; C2 and C3 have their 1 alone. */
static void numbers_are_a_citys_own(void **state)
{
    (void)state;
    deliver_city("甲", "S1", 26, 3, 1);
    assert_true(stack_until(is_one,
                            SQL("SELECT count(*) FROM feedback.feed_missing m JOIN feedback.ref_unit u ON u.id = m.city"
                                " WHERE u.code = 'C1' AND what = 'sequence' AND number = 2"),
                            SOON_S));
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_missing"), 1);
    command_expect("feed missing --feed sales -o csv", 0, "sales,C1,sequence,2026-11-26,2");
}

/* What SQL says was usual on the working days before the 26th, of the rows as they are recorded. */
static long usual(const char *feed, const char *unit)
{
    char sql[900];

    snprintf(
        sql, sizeof sql,
        "SELECT coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY n), 0)::bigint FROM (SELECT d, (SELECT count(*)"
        " FROM feedback.order_line l JOIN feedback.feed f ON f.sender = l.sender JOIN feedback.ref_unit u ON u.id ="
        " l.site_id WHERE f.code = '%s' AND l.day = d::date AND u.code LIKE '%s') AS n FROM"
        " generate_series(date '2026-11-12', date '2026-11-25', interval '1 day') d WHERE extract(isodow FROM d) < 6"
        " AND d <> date '2026-11-23') x",
        feed, unit);
    return (long)pg_number(&stack.pg, sql);
}

static void twice(char *text)
{
    char *once = strdup(text);

    strcat(text, once);
    free(once);
}

static bool c3_has(void *arg)
{
    return told("mix", "C3")->volume == *(const uint64_t *)arg;
}

static void wait_volume(uint64_t wanted)
{
    if (!stack_until(c3_has, &wanted, SOON_S))
        fail_msg("C3 has %lu", (unsigned long)told("mix", "C3")->volume);
}

/* Ten days at 25 rows a shop, more at C2, nothing on the holiday; on the 26th C3 has 2 rows and the others as always.
 */
static void a_day_far_below_its_like_is_suspect(void **state)
{
    const Bihuan__FeedCondition *c3;
    char name[40], text[16000];

    (void)state;
    for (int day = 12; day <= 26; day++) {
        text[0] = '\0';
        if (day != 23 && day != 14 && day != 15 && day != 21 && day != 22) {
            rows_of(text, sizeof text, "S1", day, 25);
            rows_of(text, sizeof text, "S2", day, 20 + day);
            rows_of(text, sizeof text, "S3", day, day == 26 ? 2 : 25);
        } else {
            rows_of(text, sizeof text, "S1", day, 1);
        }
        snprintf(name, sizeof name, "mix_202611%02d.csv", day);
        deliver("mix", name, text);
    }
    wait_condition("mix", "C3", KIND(SUSPECT), "2026-11-27");
    wait_condition("mix", "C1", KIND(LIVE), "2026-11-27");
    wait_condition("mix", "", KIND(LIVE), "2026-11-27");
    c3 = told("mix", "C3");
    CHECK_INT(c3->volume, 2);
    CHECK_INT(c3->expected, usual("mix", "S3"));
    CHECK_INT(c3->expected, 25);
    assert_string_equal(c3->day, "2026-11-26");
    assert_string_equal(c3->day_class, "working");
    assert_string_equal(c3->fact, "order_line");
    CHECK_INT(told("mix", "C2")->expected, usual("mix", "S2"));
    CHECK_INT(told("mix", "")->expected, usual("mix", "%"));
    CHECK_INT(told("mix", "")->volume, 25 + 46 + 2);
    /* rows of that day come late, one of them twice: 10 of 25 are no longer less than 40 per cent */
    text[0] = '\0';
    rows_of(text, sizeof text, "S3", 26, 7);
    deliver("mix", "mix_20261111.csv", text);
    wait_volume(9);
    CHECK_INT(told("mix", "C3")->condition, KIND(SUSPECT));
    text[0] = '\0';
    rows_of(text, sizeof text, "S3", 26, 1);
    twice(text);
    deliver("mix", "mix_20261110.csv", text);
    wait_volume(10);
    CHECK_INT(told("mix", "C3")->condition, KIND(LIVE));
}

/* Where rows tell whose they are, each city is complete to its own latest event. */
static void each_city_comes_as_far_as_its_events(void **state)
{
    (void)state;
    deliver("flow", "flow_1.csv", "F1,2026-11-26 08:00:00,S1\nF2,2026-11-25 23:59:59,S2\nF3,2026-11-27 09:30:00,S1\n");
    CHECK_INT(told("flow", "C2")->through, midnight("2026-11-26") - 1000000 + 1);
    CHECK_INT(told("flow", "C1")->through, (midnight("2026-11-27") + INT64_C(34200000000) + 1));
    CHECK_INT(moved("flow"), midnight("2026-11-26") - 1000000 + 1);
    assert_null(told("flow", "C3")); /* nothing of it was ever seen */
}

/* A mark of a day to come waits in the inbox, and its feed is silent all the same. */
static void a_mark_of_a_day_to_come_doesnt_keep_a_feed_from_silence(void **state)
{
    (void)state;
    deliver("calm", "calm_20261125.csv", "A1,2026-11-25 09:00:00,S1\n"); /* complete to 34 hours ago */
    put("calm", "end_20261130.ok", "");
    wait_condition("calm", "", KIND(SILENT), "2026-11-26");
    command_expect("feed status calm", 0, "calm");
}

/* On each of ten days the mark got 20 to 29 hours old; 36 hours behind is late. Then a file that says more makes it
 * live. What was loaded in one go tells no ages. */
static void a_mark_older_than_usual_is_late(void **state)
{
    char text[8000] = "";

    (void)state;
    command_expect("feed complete mix 2026-11-27", 0, "noted"); /* to now: 10 hours behind */
    wait_condition("mix", "", KIND(LIVE), NULL);
    stack_kill(&stack, "feedback", "a", SIGTERM);
    set_clock(36);
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
    wait_condition("mix", "", KIND(LATE), NULL);
    rows_of(text, sizeof text, "S1", 27, 25);
    rows_of(text, sizeof text, "S2", 27, 46);
    deliver("mix", "mix_20261128.csv", text);
    wait_condition("mix", "", KIND(LIVE), NULL);
}

/* A feed that says no cities any more has no parts. */
static void parts_go_with_the_cities(void **state)
{
    (void)state;
    stack_apply(&stack, MSG(APPLY_FEEDS), FEED("mix", "mix_{yyyyMMdd}.csv", "\"suspect_drop_percent\":100"));
    assert_true(stack_until(is_one,
                            SQL("SELECT count(*) FROM feedback.feed_part p JOIN feedback.feed f ON f.id = p.feed_id"
                                " WHERE f.code = 'mix'"),
                            SOON_S));
    assert_true(told("mix", "C1")->gone);
    assert_false(told("mix", "")->gone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_city_doesnt_hold_up_the_others),
        cmocka_unit_test(a_name_without_a_city_of_ours_is_refused),
        cmocka_unit_test(numbers_are_a_citys_own),
        cmocka_unit_test(a_day_far_below_its_like_is_suspect),
        cmocka_unit_test(each_city_comes_as_far_as_its_events),
        cmocka_unit_test(a_mark_of_a_day_to_come_doesnt_keep_a_feed_from_silence),
        cmocka_unit_test(a_mark_older_than_usual_is_late),
        cmocka_unit_test(parts_go_with_the_cities),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
