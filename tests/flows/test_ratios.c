/* Ratios and averages through the whole loop: progress by tree, channel and product, alerts and scores are what plain
 * SQL says of the same rows; statements go down to the lines of both parts; nothing is judged of too little.
 *
 * Share: phones of all lines, in per cent with one decimal. Ticket: an average amount, two decimals. Loyal: lines for
 * each customer of the province. City C2 sells few phones, its shop O4 hardly anything. BIHUAN_SEED repeats a run. */
#include "base/buf.h"
#include "support/check.h"
#include "calc/fixed.h"
#include "support/loop.h"
#include "support/seed.h"
#include "text/pbjson.h"

#include "bihuan/incentive.pb-c.h"
#include "bihuan/monitoring.pb-c.h"
#include "bihuan/planning.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct stack stack;
static uint64_t seed, state_of_random;

static int pick(int n)
{
    return random_below(&state_of_random, n);
}

/* --- rows ----------------------------------------------------------------------------------------------------------
 */

/* 300 orders of September up to the 24th, a few cancelled; O4 has 8 of them. History is judged day by day: a shop that
 * sells well must be above its level on every day, and one in ten beside nine in ten leaves no chance of the other. */
static void drop_orders(void)
{
    static const char *const shops[] = { "O1", "O2", "O3" }, *const channels[] = { "hall", "online" };
    struct buf file = { 0 }, raw = { 0 };

    buf_append_text(&file, "id,when,shop,channel,what,who,money,state\n");
    buf_append_text(&raw, "INSERT INTO raw VALUES ");
    for (int i = 0; i < 300; i++) {
        const char *shop = i < 8 ? "O4" : shops[pick(3)], *channel = channels[pick(2)];
        bool poor = strcmp(shop, "O3") == 0 || strcmp(shop, "O4") == 0, gone = pick(12) == 0;
        const char *what = pick(100) < (poor ? 10 : 90) ? "phone" : "tv";
        int day = 1 + pick(24), money = 1 + pick(30000), who = pick(60);

        buf_printf(&file, "n-%d,2026-09-%02d,%s,%s,%s,c%d,%d.%02d,completed\n", i, day, shop, channel, what, who,
                   money / 100, money % 100);
        if (gone)
            buf_printf(&file, "n-%d,2026-09-24,%s,%s,%s,c%d,%d.%02d,cancelled\n", i, shop, channel, what, who,
                       money / 100, money % 100);
        else
            buf_printf(&raw, "%s('n-%d',%d,'%s','%s','%s','c%d',%d)", buf_text(&raw)[raw.len - 1] == ')' ? "," : "", i,
                       day, shop, channel, what, who, money);
    }
    free(pg_value(&stack.pg, buf_text(&raw)));
    loop_drop(&stack, "orders", "orders_20260924.csv", file.data, file.len);
    buf_fini(&file);
    buf_fini(&raw);
    loop_wait_inbox(&stack, "orders", 60);
    loop_catch_up(&stack);
}

/* Of the rows where `where` holds: `what` in SQL, rounded half up by numeric. */
static long of_rows(const char *what, const char *where)
{
    char sql[600];

    snprintf(sql, sizeof sql, "SELECT coalesce(%s, -1)::bigint FROM raw JOIN shop USING (shop) WHERE %s", what, where);
    return pg_number(&stack.pg, sql);
}

#define SHARE  "round(1000.0 * count(*) FILTER (WHERE product = 'phone') / nullif(count(*), 0))"
#define TICKET "round(sum(money)::numeric / nullif(count(*), 0))" /* fen are hundredths */

static const char *where_of(const char *unit, char out[80])
{
    if (strcmp(unit, "P") == 0)
        snprintf(out, 80, "true");
    else
        snprintf(out, 80, "%s = '%s'", unit[0] == 'C' ? "city" : "shop", unit);
    return out;
}

/* --- progress ------------------------------------------------------------------------------------------------------
 */

static const Bihuan__GetProgressReply *progress(const char *unit, const char *measure, const char *by)
{
    char json[200];

    snprintf(json, sizeof json, "{\"unit\":\"%s\",\"measure\":\"%s\",\"by\":\"%s\",\"depth\":2,\"period\":\"M09\"}",
             unit, measure, by);
    return (const Bihuan__GetProgressReply *)stack_apply(&stack, MSG(GET_PROGRESS), json);
}

static void check_row(const Bihuan__Progress *row, const char *what, const char *where)
{
    long value = of_rows(what, where);

    assert_true(row->ratio);
    CHECK_INT(row->no_value, value < 0);
    CHECK_INT(row->actual, value < 0 ? 0 : value);
    CHECK_INT(row->over, of_rows("count(*)", where));
    if (!row->target || row->no_value)
        return;
    CHECK_INT(row->planned, row->target); /* the same on every day */
    CHECK_INT(row->landing, row->actual);
    CHECK_INT(row->gap_bp, (row->actual - row->target) * 10000 / row->target);
    CHECK_INT(row->attainment_ppm, FIXED_PPM + (row->actual - row->target) * FIXED_PPM / row->target);
}

static void progress_is_what_the_rows_say(void **state)
{
    static const char *const units[] = { "P", "C1", "C2", "O1", "O2", "O3", "O4", "O5" };
    const Bihuan__GetProgressReply *reply;
    char where[80], both[160];

    (void)state;
    drop_orders();
    (void)loop_agree(&stack, "", "");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        reply = progress(units[i], "share", "");
        CHECK_INT(reply->n_items, 1);
        check_row(reply->items[0], SHARE, where_of(units[i], where));
        CHECK_INT(reply->items[0]->measure_scale, 1);
        check_row(progress(units[i], "ticket", "")->items[0], TICKET, where_of(units[i], where));
    }
    assert_string_equal(progress("O5", "share", "")->items[0]->status, "no_data"); /* has a level and sold nothing */
    reply = progress("P", "share", "children");
    CHECK_INT(reply->n_items, 7);
    for (size_t i = 0; i < reply->n_items; i++)
        check_row(reply->items[i], SHARE, where_of(reply->items[i]->unit, where));
    reply = progress("C1", "share", "channel");
    CHECK_INT(reply->n_items, 2);
    for (size_t i = 0; i < reply->n_items; i++) {
        snprintf(both, sizeof both, "city = 'C1' AND channel = '%s'", reply->items[i]->channel);
        check_row(reply->items[i], SHARE, both);
    }
    reply = progress("P", "share", "product");
    CHECK_INT(reply->n_items, 2);
    for (size_t i = 0; i < reply->n_items; i++)
        CHECK_INT(reply->items[i]->actual, strcmp(reply->items[i]->product, "phone") == 0 ? 1000 : 0);
    /* a ratio over a distinct count, in the province, where each customer counts once */
    CHECK_INT(progress("P", "loyal", "")->items[0]->actual,
              of_rows("round(100.0 * count(*) / count(DISTINCT customer))", "true"));
}

/* --- alerts --------------------------------------------------------------------------------------------------------
 */

static const Bihuan__ListAlertsReply *alerts(void)
{
    return (const Bihuan__ListAlertsReply *)stack_apply(&stack, MSG(LIST_ALERTS),
                                                        "{\"state\":\"all\",\"inhibited\":true}");
}

static bool has_fired(void *arg)
{
    (void)arg;
    return alerts()->n_items > 0;
}

/* C2 and its shop O3 lag; O4 sold too little to be judged by, O5 nothing. */
static void too_little_is_not_judged(void **state)
{
    const Bihuan__ExplainAlertReply *why;
    const Bihuan__ListAlertsReply *reply;
    char json[80], words[120];

    (void)state;
    assert_true(stack_until(has_fired, NULL, 30));
    reply = alerts();
    for (size_t i = 0; i < reply->n_items; i++) {
        const Bihuan__Alert *alert = reply->items[i];

        if (strcmp(alert->unit, "C2") != 0 && strcmp(alert->unit, "O3") != 0 && strcmp(alert->unit, "P") != 0)
            fail_msg("seed %" PRIu64 ": %s has an alert", seed, alert->unit);
        CHECK_INT(alert->inputs->ratio, true);
        assert_true(alert->inputs->over >= 20);
    }
    for (size_t i = 0; i < reply->n_items; i++)
        if (strcmp(reply->items[i]->unit, "C2") == 0) {
            snprintf(json, sizeof json, "{\"id\":\"%s\"}", reply->items[i]->id);
            why = (const Bihuan__ExplainAlertReply *)stack_apply(&stack, MSG(EXPLAIN_ALERT), json);
            CHECK_INT(why->alert->inputs->of, of_rows("count(*)", "city = 'C2' AND product = 'phone'"));
            CHECK_INT(why->alert->inputs->over, of_rows("count(*)", "city = 'C2'"));
            snprintf(words, sizeof words, "= %ld of phones over %ld of lines, level 40.0", (long)why->alert->inputs->of,
                     (long)why->alert->inputs->over);
            if (!strstr(why->alert->inputs->reason, words))
                fail_msg("\"%s\" doesn't say \"%s\"", why->alert->inputs->reason, words);
            return;
        }
    fail_msg("seed %" PRIu64 ": C2 has no alert", seed);
}

static void rules_are_checked(void **state)
{
    static const struct {
        const char *why, *fields, *says;
    } rows[] = {
        { "a threshold of a ratio", "\"kind\":\"threshold\",\"measure\":\"share\",\"limit\":\"5\"", "/items/0/kind" },
        { "significance of a ratio", "\"kind\":\"lag\",\"measure\":\"share\",\"significance_ppm\":20000",
          "/items/0/significance_ppm" },
        { "least of a sum", "\"kind\":\"lag\",\"measure\":\"lines\",\"least\":\"5\"", "/items/0/least" },
        { "what is no number", "\"kind\":\"lag\",\"measure\":\"share\",\"least\":\"few\"", "/items/0/least" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char json[500];
        struct err err;
        ProtobufCMessage *parsed;

        snprintf(json, sizeof json, "{\"items\":[{\"code\":\"x\",%s}]}", rows[i].fields);
        assert_int_equal(
            pbjson_parse(&bihuan__apply_rules_request__descriptor, json, strlen(json), &stack.arena, &parsed, &err), 0);
        err_clear(&err);
        if (stack_ask(&stack, "monitoring", MSG(APPLY_RULES), parsed, NULL, &err) == 0)
            fail_msg("%s was taken", rows[i].why);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why, err.text, rows[i].says);
    }
}

/* --- scores --------------------------------------------------------------------------------------------------------
 */

static const Bihuan__Statement *statement(const char *unit, const char *more, char **next)
{
    char json[500];
    const Bihuan__GetStatementReply *reply;

    snprintf(json, sizeof json, "{\"unit\":\"%s\",\"period\":\"M09\"%s}", unit, more);
    reply = (const Bihuan__GetStatementReply *)stack_apply(&stack, MSG(GET_STATEMENT), json);
    if (next)
        *next = reply->next;
    return reply->statement;
}

static bool is_scored(void *arg)
{
    const Bihuan__ListScoresReply *reply = (const Bihuan__ListScoresReply *)stack_apply(
        &stack, MSG(LIST_SCORES), "{\"period\":\"M09\",\"unit_type\":\"outlet\"}");

    (void)arg;
    return reply->n_items == 5 && strcmp(reply->items[0]->as_of, "2026-09-24") == 0;
}

/* Half for the share, half for the ticket, straight to 100 points at the level. */
static void check_score(const char *unit)
{
    const Bihuan__Statement *s = statement(unit, "", NULL);
    char where[80];
    long share = of_rows(SHARE, where_of(unit, where)), ticket = of_rows(TICKET, where);
    long share_ppm = share * 1000000 / 400, ticket_ppm = ticket * 1000000 / 15000;
    long points[2] = { share_ppm > 1000000 ? 100000 : (share_ppm * 100000 + 500000) / 1000000,
                       ticket_ppm > 1000000 ? 100000 : (ticket_ppm * 100000 + 500000) / 1000000 };

    CHECK_INT(s->score->n_lines, 2);
    CHECK_INT(s->score->lines[0]->actual, share);
    CHECK_INT(s->score->lines[0]->planned, 400);
    CHECK_INT(s->score->lines[0]->attainment_ppm, share_ppm);
    CHECK_INT(s->score->lines[0]->points_milli, points[0]);
    CHECK_INT(s->score->lines[1]->actual, ticket);
    CHECK_INT(s->score->lines[1]->points_milli, points[1]);
    assert_true(labs((long)s->score->score_milli - (points[0] + points[1]) / 2) <= 1);
}

static void scores_are_of_the_level(void **state)
{
    const Bihuan__Statement *s;

    (void)state;
    assert_true(stack_until(is_scored, NULL, 30));
    check_score("O1");
    check_score("O2");
    check_score("O3");
    s = statement("O5", "", NULL); /* nothing to divide by: no score, and it says why */
    CHECK_INT(s->score->lines[0]->no_value, true);
    assert_string_equal(s->score->reason, "no_target");
    assert_non_null(strstr(s->score->lines[0]->explanation, "nothing to divide by"));
    s = statement("O1", "", NULL);
    assert_non_null(strstr(s->score->lines[0]->explanation, "phones "));
}

/* The credits of a line are those of both parts, all of them however small the pages are, and add up to them. */
static void statements_go_down_to_the_lines(void **state)
{
    const Bihuan__Statement *s = statement("O1", ",\"measure\":\"share\",\"page\":{\"limit\":500}", NULL);
    int64_t of = 0, over = 0, seen = 0;
    char more[400], *next = NULL;

    (void)state;
    for (size_t i = 0; i < s->n_credits; i++) {
        assert_string_equal(s->credits[i]->reason, "ratio");
        if (strcmp(s->credits[i]->measure, "phones") == 0)
            of += s->credits[i]->value;
        else
            over += s->credits[i]->value;
    }
    CHECK_INT(s->n_credits, s->credit_count);
    CHECK_INT(of, s->score->lines[0]->of);
    CHECK_INT(over, s->score->lines[0]->over);
    CHECK_INT(over, of_rows("count(*)", "shop = 'O1'"));
    snprintf(more, sizeof more, ",\"measure\":\"share\",\"page\":{\"limit\":7}");
    do {
        s = statement("O1", more, &next);
        seen += (int64_t)s->n_credits;
        snprintf(more, sizeof more, ",\"measure\":\"share\",\"page\":{\"limit\":7,\"cursor\":\"%s\"}", next);
    } while (next[0]);
    CHECK_INT(seen, s->credit_count);
}

static void a_close_keeps_them(void **state)
{
    const Bihuan__Statement *open = statement("O1", ",\"page\":{\"limit\":500}", NULL), *closed;

    (void)state;
    stack_apply(&stack, MSG(CLOSE_PERIOD), "{\"period\":\"M09\",\"force\":true}");
    closed = statement("O1", ",\"page\":{\"limit\":500}", NULL);
    assert_true(closed->score->closed);
    CHECK_INT(closed->credit_count, open->credit_count);
    CHECK_INT(closed->n_credits, open->n_credits);
    CHECK_INT(closed->score->score_milli, open->score->score_milli);
    CHECK_INT(closed->score->lines[0]->of, open->score->lines[0]->of);
}

/* --- scene ---------------------------------------------------------------------------------------------------------
 */

static void apply_targets(void)
{
    static const char *const units[] = { "P", "C1", "C2", "O1", "O2", "O3", "O4", "O5" };
    struct buf json = { 0 };

    buf_append_text(&json, "{'items':[");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        buf_printf(&json,
                   "%s{'period':'M09','unit':'%s','measure':'share','amount':'40'},"
                   "{'period':'M09','unit':'%s','measure':'ticket','amount':'150.00'}",
                   i ? "," : "", units[i], units[i]);
    buf_append_text(&json, "]}");
    loop_apply(&stack, MSG(APPLY_TARGETS), "%s", buf_text(&json));
    loop_apply(&stack, MSG(PUBLISH_PLAN), "{'period':'M09'}");
    buf_fini(&json);
}

static int setup(void **state)
{
    (void)state;
    seed = test_seed();
    state_of_random = seed;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-09-25T10:00:00+08:00@%lld", (long long)time(NULL));
    free(
        pg_value(&stack.pg,
                 "CREATE TABLE raw (id text, day int, shop text, channel text, product text, customer text, money int);"
                 "CREATE TABLE shop (shop text, city text); INSERT INTO shop VALUES ('O1', 'C1'), ('O2', 'C1'),"
                 " ('O3', 'C2'), ('O4', 'C2'), ('O5', 'C2')"));
    loop_start(&stack);
    loop_apply(&stack, MSG(APPLY_CHANNELS), "{'items':[{'code':'hall','name':'h'},{'code':'online','name':'o'}]}");
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'phone','name':'p'},{'code':'tv','name':'t'}]}");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'M09','from':'2026-09-01','until':'2026-10-01','calendar':'flat'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'P','type':'province'},"
               "{'code':'C1','name':'C','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'C2','name':'C','type':'city','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'O1','name':'O','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
               "{'code':'O2','name':'O','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'}]},"
               "{'code':'O3','name':'O','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]},"
               "{'code':'O4','name':'O','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]},"
               "{'code':'O5','name':'O','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'lines','title_zh':'l','title_en':'l','value':'count'},"
               "{'code':'phones','title_zh':'p','title_en':'p','value':'count','filter':{'products':['phone']}},"
               "{'code':'buyers','title_zh':'b','title_en':'b','value':'distinct',"
               "'distinct':{'key':'customer','window':'year','within':'province'}},"
               "{'code':'share','title_zh':'占比','title_en':'Share','value':'ratio','unit':'%%',"
               "'ratio':{'of':'phones','over':'lines','times':100,'decimals':1}},"
               "{'code':'loyal','title_zh':'y','title_en':'y','value':'ratio',"
               "'ratio':{'of':'lines','over':'buyers','decimals':2}},"
               "{'code':'ticket','title_zh':'客单价','title_en':'Ticket','value':'average','average_of':'amount'}]}");
    apply_targets();
    loop_apply_soon(&stack, MSG(APPLY_RULES),
                    "{'items':[{'code':'few','title_zh':'少','title_en':'Few','kind':'lag','measure':'share',"
                    "'least':'20','severity':'major','every_node':true}]}");
    loop_apply_soon(&stack, MSG(APPLY_SCORECARDS),
                    "{'items':[{'code':'shop','title_zh':'s','title_en':'s','unit_type':'outlet','lines':["
                    "{'measure':'share','weight_bp':5000},{'measure':'ticket','weight_bp':5000}]}]}");
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders','title':'o','sender':'s','fact':'order_line',"
                    "'files':'orders_{yyyyMMdd}.csv','key':['id'],'columns':["
                    "{'field':'time','column':'when','format':'yyyy-MM-dd'},"
                    "{'field':'unit','column':'shop'},{'field':'channel','column':'channel'},"
                    "{'field':'product','column':'what'},{'field':'customer','column':'who'},"
                    "{'field':'quantity','column':'','default':'1'},{'field':'amount','column':'money'},"
                    "{'field':'operation','column':'state','map':'operation'}],"
                    "'maps':[{'name':'operation','entries':[{'from':'completed','to':'record'},"
                    "{'from':'cancelled','to':'cancel'}]}]}]}");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_is_what_the_rows_say),
        cmocka_unit_test(too_little_is_not_judged),
        cmocka_unit_test(rules_are_checked),
        cmocka_unit_test(scores_are_of_the_level),
        cmocka_unit_test(statements_go_down_to_the_lines),
        cmocka_unit_test(a_close_keeps_them),
    };

    return cmocka_run_group_tests_name("ratios", tests, setup, teardown);
}
