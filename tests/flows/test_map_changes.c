/* A code map that changes its mind: what was recorded by it is told anew, in whatever measures, as if the codes had
 * always meant that; what didn't depend on it stands. The wanted sums are worked out beside the rows by the map as it
 * is. Rows come in versions, are cancelled, and are read again while the daemon is killed; they come as files, by
 * request, as files that replace each other and as TM Forum events. */
#include "base/buf.h"
#include "support/check.h"
#include "support/command.h"
#include "support/loop.h"
#include "support/seed.h"
#include "support/web.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FEEDS   5
#define CODES   3
#define UNITS   3
#define RECORDS 60 /* of a feed */
#define FILES   6
#define YUAN    10000

static struct stack stack;
static struct web web;
static uint64_t state_of_random;

/* What the codes x0, x1, x2 mean: units S0..S2. Of the feed's own map; of SHARED of the one that its sender's feeds
 * share. */
enum { OWN, SHARED, ASKED, DAILY, EVENTS };
static int meaning[FEEDS][CODES] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 }, { 0, 2, 1 }, { 2, 0, 1 } };

static struct record {
    int code, yuan;
    bool cancelled;
} records[FEEDS][RECORDS];

static const char *const feeds[] = { "own", "shared", "asked", "daily", "events" };

/* --- rows ----------------------------------------------------------------------------------------------------------
 */

/* A note of rows that was torn when the power went, as it stands among the others. */
static void tear(void)
{
    char path[200];
    FILE *file;

    snprintf(path, sizeof path, "%s/data/archive/asked/appended-2026-09-25", stack.dir);
    file = fopen(path, "a");
    assert_non_null(file);
    fputs("# 4711 900 torn.csv\nid,day,shop,y", file);
    fclose(file);
}

static void append(int feed, const char *name, struct buf *rows)
{
    struct web_reply reply;
    char path[80];

    snprintf(path, sizeof path, "/api/v1/feeds/%s/records/%s", feeds[feed], name);
    reply = web_do(&web, "PUT", path, buf_text(rows));
    web_reply_free(&reply);
}

static void put_files(int feed)
{
    struct buf files[FILES] = { 0 };
    char name[40];

    for (int f = 0; f < FILES; f++)
        buf_append_text(&files[f], "id,day,shop,yuan,v,who,state\n");
    for (int i = 0; i < RECORDS; i++) {
        struct record *r = &records[feed][i];

        r->code = i % CODES; /* each code occurs */
        r->yuan = 1 + random_below(&state_of_random, 900);
        r->cancelled = random_below(&state_of_random, 6) == 0;
        if (random_below(&state_of_random, 3) == 0) /* what a higher version says otherwise counts for nothing */
            buf_printf(&files[random_below(&state_of_random, FILES)], "%s-%d,20260901,x%d,7,1,c%d,completed\n",
                       feeds[feed], i, (r->code + 1) % CODES, i % 7);
        buf_printf(&files[random_below(&state_of_random, FILES)], "%s-%d,20260901,x%d,%d,2,c%d,completed\n",
                   feeds[feed], i, r->code, r->yuan, i % 7);
        if (r->cancelled)
            buf_printf(&files[random_below(&state_of_random, FILES)], "%s-%d,20260902,x%d,%d,2,c%d,cancelled\n",
                       feeds[feed], i, r->code, r->yuan, i % 7);
    }
    for (int f = 0; f < FILES; f++) {
        snprintf(name, sizeof name, "%s_%d.csv", feeds[feed], f);
        if (feed == ASKED)
            append(feed, name, &files[f]);
        else
            loop_drop(&stack, feeds[feed], name, files[f].data, files[f].len);
        if (feed == ASKED && f == FILES / 2)
            tear();
        buf_fini(&files[f]);
    }
}

/* The third says what counts; some records stand in none but those before it. */
static void put_days(void)
{
    struct record *all = records[DAILY];
    char name[40];

    for (int f = 1; f <= 3; f++) {
        struct buf file = { 0 };

        buf_append_text(&file, "id,day,shop,yuan,who\n");
        for (int i = 0; i < RECORDS; i++) {
            all[i] = (struct record) { i % CODES, 1 + random_below(&state_of_random, 900),
                                       random_below(&state_of_random, 4) == 0 };
            if (!all[i].cancelled)
                buf_printf(&file, "daily-%d,20260901,x%d,%d,c%d\n", i, all[i].code, all[i].yuan, i % 7);
        }
        snprintf(name, sizeof name, "daily_20260901_%d.csv", f);
        loop_drop(&stack, "daily", name, file.data, file.len);
        loop_wait_file(&stack, "daily", name, 60);
        buf_fini(&file);
    }
}

static void post_events(void)
{
    for (int i = 0; i < RECORDS; i++) {
        struct record *r = &records[EVENTS][i];
        struct web_reply reply;
        char body[600];

        *r = (struct record) { i % CODES, 1 + random_below(&state_of_random, 900), false };
        snprintf(body, sizeof body,
                 "{\"eventType\":\"ProductOrderCreateEvent\",\"eventTime\":\"2026-09-02T10:00:00Z\",\"event\":{"
                 "\"productOrder\":{\"id\":\"T%d\",\"orderDate\":\"2026-09-01T10:00:00Z\",\"state\":\"completed\","
                 "\"channel\":[{\"id\":\"x%d\"}],\"relatedParty\":[{\"id\":\"c%d\",\"role\":\"customer\"}],"
                 "\"productOrderItem\":[{\"id\":\"1\",\"action\":\"add\",\"quantity\":1,\"state\":\"completed\","
                 "\"itemTotalPrice\":[{\"price\":{\"taxIncludedAmount\":{\"value\":%d,\"unit\":\"CNY\"}}}]}]}}}",
                 i, r->code, i % 7, r->yuan);
        reply = web_ask(&web, "POST", "/tmf/events/x", web.token, NULL, body);
        CHECK_INT(reply.status, 204);
        web_reply_free(&reply);
    }
}

/* --- the independent way -------------------------------------------------------------------------------------------
 */

static long wanted_amount(int unit)
{
    long sum = 0;

    for (int feed = 0; feed < FEEDS; feed++)
        for (int i = 0; i < RECORDS; i++)
            if (!records[feed][i].cancelled && meaning[feed][records[feed][i].code] == unit)
                sum += (long)records[feed][i].yuan * YUAN;
    return sum;
}

/* Customers c0..c6, each once a shop. */
static long wanted_buyers(int unit)
{
    bool has[7] = { false };
    long count = 0;

    for (int feed = 0; feed < FEEDS; feed++)
        for (int i = 0; i < RECORDS; i++)
            if (!records[feed][i].cancelled && meaning[feed][records[feed][i].code] == unit)
                has[i % 7] = true;
    for (int c = 0; c < 7; c++)
        count += has[c];
    return count;
}

static bool nothing_waits(void *arg)
{
    (void)arg;
    return pg_number(&stack.pg, "SELECT (SELECT count(*) FROM feedback.feed_again) + (SELECT count(*) FROM"
                                " feedback.appended_again) + (SELECT count(*) FROM feedback.feed_file WHERE state"
                                " NOT IN ('loaded', 'partial', 'superseded'))") == 0;
}

static void check(const char *when)
{
    struct loop_sums sums;
    char unit[8];

    assert_true(stack_until(nothing_waits, NULL, 60));
    for (int feed = 0; feed < FEEDS; feed++)
        loop_wait_inbox(&stack, feeds[feed], 60);
    loop_catch_up(&stack);
    sums = loop_agree(&stack, "", "");
    for (int u = 0; u < UNITS; u++) {
        snprintf(unit, sizeof unit, "S%d", u);
        print_message("%s: %s\n", when, unit);
        CHECK_INT(loop_sum_of(&sums, loop_unit(&stack, unit), loop_measure(&stack, "yuan")), wanted_amount(u));
        CHECK_INT(loop_sum_of(&sums, loop_unit(&stack, unit), loop_measure(&stack, "buyers")), wanted_buyers(u));
    }
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.bus_stream WHERE type = 105"), 0); /* totals differ */
}

/* --- maps ----------------------------------------------------------------------------------------------------------
 */

static void entries_of(int feed, struct buf *out)
{
    for (int c = 0; c < CODES; c++)
        buf_printf(out, "%s{'from':'x%d','to':'S%d'}", c ? "," : "", c, meaning[feed][c]);
}

#define UNVERSIONED                                                                                                    \
    "'key':['id'],'columns':[{'field':'time','column':'day','format':'yyyyMMdd'},{'field':'unit','column':'shop',"     \
    "'map':'shops'},{'field':'amount','column':'yuan'},{'field':'customer','column':'who'}"
#define COLUMNS UNVERSIONED ",{'field':'version','column':'v'},{'field':'state','column':'state'}]"

/* A feed with a map of its own. */
static void apply_feed(int feed, const char *says)
{
    struct buf entries = { 0 };

    entries_of(feed, &entries);
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[{'code':'%s','title':'t','sender':'%s','fact':'order_line','watermark':'none',%s,'maps':"
               "[{'name':'shops','entries':[%s]}]}]}",
               feeds[feed], feeds[feed], says, buf_text(&entries));
    buf_fini(&entries);
}

static void apply_own(void)
{
    apply_feed(OWN, COLUMNS);
}

/* Feeds whose rows don't come as plain files. */
static void apply_others(void)
{
    apply_feed(ASKED, COLUMNS);
    apply_feed(DAILY,
               "'files':'daily_{yyyyMMdd}_{n+}.csv','sequence':{'daily':true},'replaces':'day'," UNVERSIONED "]");
    apply_feed(EVENTS, "'format':'json_lines','key':['order','item'],'tmf_answer':204,'columns':[{'field':'time',"
                       "'column':'booked_at','format':'iso'},{'field':'unit','column':'channel','map':'shops'},"
                       "{'field':'amount','column':'amount'},{'field':'state','column':'state'},{'field':'version',"
                       "'column':'version'},{'field':'customer','column':'customer'}]");
}

static void apply_shared(void)
{
    struct buf entries = { 0 };

    entries_of(1, &entries);
    loop_apply(&stack, MSG(APPLY_CODE_MAPS), "{'items':[{'sender':'b','name':'shops','entries':[%s]}]}",
               buf_text(&entries));
    buf_fini(&entries);
}

static int set_up(void **state)
{
    (void)state;
    state_of_random = test_seed();
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-09-25T10:00:00+08:00@%lld", (long long)time(NULL));
    loop_start(&stack);
    web_start(&web, &stack);
    command_open(&stack, &web, "cli");
    loop_apply(
        &stack, MSG(APPLY_UNITS),
        "{'items':[{'code':'P','name':'p','type':'province'},{'code':'S0','name':'s','type':'outlet','relations':"
        "[{'parent':'P','from':'2026-01-01'}]},{'code':'S1','name':'s','type':'outlet','relations':[{'parent':"
        "'P','from':'2026-01-01'}]},{'code':'S2','name':'s','type':'outlet','relations':[{'parent':'P','from':"
        "'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'yuan','title_zh':'y','title_en':'y','value':'amount'},{'code':'buyers','title_zh':"
               "'b','title_en':'b','value':'distinct','distinct':{'key':'customer','window':'year','within':'outlet'}}"
               "]}");
    loop_catch_up(&stack);
    apply_shared();
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[{'code':'shared','title':'t','sender':'b','fact':'order_line','watermark':'none'," COLUMNS
               "}]}");
    apply_own();
    apply_others();
    for (int feed = OWN; feed <= ASKED; feed++)
        put_files(feed);
    put_days();
    post_events();
    check("as it was");
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

static void a_feeds_own_map_changes(void **state)
{
    (void)state;
    meaning[0][0] = 1; /* x0 is S1 as well */
    apply_own();
    check("own map");
    meaning[0][1] = 0;
    meaning[0][0] = 0;
    apply_own();
    check("own map again");
}

static void a_map_of_the_sender_changes(void **state)
{
    (void)state;
    meaning[1][0] = 0;
    meaning[1][2] = 2;
    apply_shared();
    check("shared map");
    /* by one value, and said what it comes to */
    meaning[1][1] = 2;
    command_expect("feed map b shops x1 S2", 0, "mapped");
    check("shared map, one value");
}

/* What is new in a map was by none: nothing is read again. */
static void new_entries_read_nothing_again(void **state)
{
    (void)state;
    command_expect("feed map b shops x9 S2", 0, "mapped");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_again"), 0);
    check("a new entry");
}

/* Rows that came by request, as events and as files that replace each other, and how many are to be read. */
static void whatever_way_they_came(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        for (int feed = ASKED; feed < FEEDS; feed++)
            for (int c = 0; c < CODES; c++)
                meaning[feed][c] = (meaning[feed][c] + 1 + i) % UNITS;
        apply_others();
        check("by request, by day, by event");
    }
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE name LIKE 'asked\\_%' AND again"),
              FILES);
}

/* Killed again and again while files are read again. */
static void a_kill_neither_loses_nor_doubles(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        for (int feed = 0; feed < FEEDS; feed++)
            for (int c = 0; c < CODES; c++)
                meaning[feed][c] = (meaning[feed][c] + 1) % UNITS;
        apply_own();
        apply_shared();
        apply_others();
        (void)usleep((useconds_t)random_below(&state_of_random, 1600000));
        stack_kill(&stack, "feedback", "a", SIGKILL);
        stack_start(&stack, "feedback", "a");
        stack_wait_ready(&stack, "feedback");
    }
    check("killed");
    /* each row is there once, with the file and the line that it came from */
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) - count(DISTINCT (file_id, row_no)) FROM feedback.order_line"
                                   " WHERE row_no > 0"),
              0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_feeds_own_map_changes),          cmocka_unit_test(a_map_of_the_sender_changes),
        cmocka_unit_test(new_entries_read_nothing_again),   cmocka_unit_test(whatever_way_they_came),
        cmocka_unit_test(a_kill_neither_loses_nor_doubles),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
