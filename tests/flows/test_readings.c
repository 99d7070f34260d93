/* Levels through the whole loop: readings of stock and of open bills, with corrections, cancels and repetitions, cut
 * into files at random. For each measure, unit and day from August to February the sum of all changes up to the
 * day must be what plain SQL says of the rows: of each series the latest reading up to that day, where it is of the age
 * asked and still fresh. After each wave, after a kill, after measures were redefined; incentive's sums and the recount
 * agree. Then progress, a ratio over a level, an alert, the score and the statement of September's end.
 * BIHUAN_SEED repeats a run. */
#include "base/buf.h"
#include "calc/fixed.h"
#include "support/check.h"
#include "support/loop.h"
#include "support/seed.h"
#include "text/pbjson.h"

#include "bihuan/feedback.pb-c.h"
#include "bihuan/feedback_measures.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "bihuan/monitoring.pb-c.h"
#include "bihuan/planning.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define READINGS  100 /* a wave and feed */
#define FILES     4
#define FEEDS     2
#define DATE_TEXT 40

static const char *const feeds[FEEDS] = { "stock", "arrears" };
static struct stack stack;
static uint64_t seed, state_of_random;
static int wave;

static int pick(int n)
{
    return random_below(&state_of_random, n);
}

/* --- the independent way --------------------------------------------------------------------------------------------
 */

/* What each measure says, in SQL over r, a reading, and d, the day on which it is looked at. */
struct said {
    const char *code, *feed, *value, *holds;
};

static struct said measures[] = {
    { "stock", "stock", "n", "true" },
    { "fresh", "stock", "n", "d < r.day + 9" },
    { "phones", "stock", "n", "product = 'phone'" },
    { "kept", "stock", "1", "d - since >= 20" },
    { "open", "arrears", "n", "state = 'open'" },
    { "due", "arrears", "n", "state = 'open' AND d - since <= 0" },
    { "month", "arrears", "n", "state = 'open' AND d - since BETWEEN 1 AND 30" },
    { "bad", "arrears", "1", "state = 'open' AND d - since > 90" },
};
#define MEASURES (sizeof measures / sizeof measures[0])

/* Into a table: of each series the latest reading up to each day, which is a day's last until the next one's. */
static const char FIND_AT[] =
    "SET client_min_messages = error; DROP TABLE IF EXISTS at; CREATE TABLE at AS WITH live AS (SELECT DISTINCT ON "
    "(feed, id) * FROM raw r WHERE op = 'record' AND NOT EXISTS (SELECT 1 FROM raw x"
    " WHERE x.feed = r.feed AND x.id = r.id AND x.op = 'cancel') ORDER BY feed, id, v DESC, rank DESC),"
    " last AS (SELECT DISTINCT ON (feed, series, day) * FROM live"
    " ORDER BY feed, series, day, at DESC, id COLLATE \"C\" DESC),"
    " span AS (SELECT *, lead(day) OVER (PARTITION BY feed, series ORDER BY day) AS next FROM last)"
    " SELECT d::date AS d, r.* FROM generate_series(date '2026-08-01', date '2027-02-10', '1 day') d"
    " JOIN span r ON r.day <= d AND (r.next IS NULL OR d < r.next)";

/* (unit, day)s whose level isn't what SQL says of the raw rows. */
static int64_t count_different(const struct said *m)
{
    struct buf sql = { 0 };
    int64_t count;

    buf_printf(
        &sql,
        "WITH want AS (SELECT shop AS unit, d, sum(%s) AS n FROM at r WHERE feed = '%s' AND (%s) GROUP BY 1, 2),"
        " changes AS (SELECT u.code AS unit, g.day, sum(s.n) AS n FROM monitoring.progress g"
        " JOIN feedback.ref_unit u ON u.id = g.unit_id, unnest(g.measures, g.sums) s(m, n) WHERE s.m = %u"
        " GROUP BY 1, 2), have AS (SELECT unit, d::date AS d, sum(n) AS n FROM"
        " generate_series(date '2026-08-01', date '2027-02-10', '1 day') d JOIN changes ON day <= d GROUP BY 1, 2)"
        " SELECT (SELECT count(*) FROM (SELECT * FROM want WHERE n <> 0 EXCEPT SELECT * FROM have) a)"
        " + (SELECT count(*) FROM (SELECT * FROM have WHERE n <> 0 EXCEPT SELECT * FROM want) b)"
        " + CASE WHEN EXISTS (SELECT 1 FROM want WHERE n <> 0) THEN 0 ELSE 1000000 END",
        m->value, m->feed, m->holds, loop_measure(&stack, m->code));
    count = pg_number(&stack.pg, buf_text(&sql));
    buf_fini(&sql);
    return count;
}

/* What a measure's level is at units where `where` holds, by the raw rows. */
static int64_t level_of_rows(const char *code, const char *day, const char *where)
{
    struct buf sql = { 0 };
    int64_t value = -1;

    for (size_t i = 0; i < MEASURES; i++)
        if (strcmp(measures[i].code, code) == 0) {
            buf_printf(&sql,
                       "SELECT coalesce(sum(%s), 0)::bigint FROM at r JOIN place USING (shop) WHERE feed = '%s'"
                       " AND d = '%s' AND (%s) AND (%s)",
                       measures[i].value, measures[i].feed, day, measures[i].holds, where);
            value = pg_number(&stack.pg, buf_text(&sql));
        }
    buf_fini(&sql);
    return value;
}

static void check_all(const char *when)
{
    static const char *const ranges[][2] = { { "", "" }, { "2026-09-01", "2026-09-12" } };

    for (int f = 0; f < FEEDS; f++)
        loop_wait_inbox(&stack, feeds[f], 60);
    loop_catch_up_reissued(&stack);
    for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++)
        (void)loop_agree(&stack, ranges[r][0], ranges[r][1]);
    free(pg_value(&stack.pg, FIND_AT));
    for (size_t i = 0; i < MEASURES; i++) {
        int64_t different = count_different(&measures[i]);

        if (different)
            fail_msg("seed %" PRIu64 ", %s: %" PRId64 " levels of \"%s\" aren't what the rows say", seed, when,
                     different, measures[i].code);
    }
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.reject"), 0);
}

/* --- rows ----------------------------------------------------------------------------------------------------------
 */

struct files {
    struct buf text[FEEDS][FILES];
    struct buf raw; /* VALUES of the test's own table */
};

struct row {
    int feed, id, v, day, since, n;
    const char *shop, *product, *bill, *state;
};

static const char *date_text(int n, char out[DATE_TEXT])
{
    static const int lengths[] = { 31, 31, 30, 31, 30, 31 }; /* from July on */
    int month = 0;

    while (n >= lengths[month])
        n -= lengths[month++];
    snprintf(out, DATE_TEXT, "2026-%02d-%02d", 7 + month, n + 1);
    return out;
}

static void put_row(struct files *files, const struct row *r)
{
    int hour = 8 + pick(2); /* ties in time are common */
    int file = pick(FILES), again = pick(8) ? file : pick(FILES);
    char line[320], day[DATE_TEXT], since[DATE_TEXT];

    date_text(r->day, day);
    date_text(r->since, since);
    snprintf(line, sizeof line, "r-%d,%s %02d:00:00,%s,%s,%s,%s,%d,%s,%d\n", r->id, day, hour, r->shop, r->product,
             r->bill, since, r->n, r->state, r->v);
    buf_append_text(&files->text[r->feed][file], line);
    if (again != file)
        buf_append_text(&files->text[r->feed][again], line);
    buf_printf(&files->raw, "%s('%s','r-%d',%d,'%s','%s',%d,date '%s',%d,'%s','%s','%s%s%s',date '%s',%d)",
               buf_text(&files->raw)[files->raw.len - 1] == ')' ? "," : "", feeds[r->feed], r->id, r->v,
               strcmp(r->state, "cancelled") == 0 ? "cancel" : "record", r->state, strcmp(r->state, "open") != 0, day,
               hour, r->shop, r->product, r->bill, r->bill[0] ? "" : r->shop, r->bill[0] ? "" : r->product, since,
               r->n);
}

/* Days are of August and September; dates from which age counts lie before them or, of bills, around them. */
static void make_reading(struct files *files, int feed, int id)
{
    static const char *const shops[] = { "O1", "O2", "O3", "O4" }, *const whats[] = { "phone", "tv", "sim" };
    static const char *const bills[] = { "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9" };
    int versions = 1 + (pick(3) == 0) + (pick(6) == 0);
    struct row r = { .feed = feed, .id = id, .day = 31 + pick(56) };

    for (r.v = 1; r.v <= versions; r.v++) {
        r.shop = shops[pick(4)];
        r.product = whats[pick(3)];
        r.bill = feed ? bills[pick(9)] : "";
        r.since = feed ? pick(120) : pick(60);
        r.n = pick(6) ? pick(900) : 0;
        r.state = !feed ? "counted" : pick(4) ? "open" : "settled";
        if (r.v > 1 && pick(2))
            r.day = 31 + pick(56);
        put_row(files, &r);
    }
    r.v = versions;
    r.state = "cancelled";
    if (pick(5) == 0)
        put_row(files, &r);
}

static void send_wave(bool killed)
{
    struct files files = { 0 };
    char name[40];

    buf_append_text(&files.raw, "INSERT INTO raw VALUES ");
    for (int f = 0; f < FEEDS; f++)
        for (int i = 0; i < READINGS; i++)
            make_reading(&files, f, wave * READINGS + i);
    free(pg_value(&stack.pg, buf_text(&files.raw)));
    for (int s = 0; s < FEEDS; s++)
        for (int f = 0; f < FILES; f++) {
            struct buf text = { 0 };

            buf_append_text(&text, "id,when,shop,what,bill,since,n,state,v\n");
            buf_append(&text, files.text[s][f].data, files.text[s][f].len);
            snprintf(name, sizeof name, "readings_%d.csv", wave * FILES + f);
            loop_drop(&stack, feeds[s], name, text.data, text.len);
            buf_fini(&text);
            buf_fini(&files.text[s][f]);
        }
    buf_fini(&files.raw);
    wave++;
    if (killed) {
        stack_kill(&stack, "feedback", "a", 9);
        stack_start(&stack, "feedback", "a");
        stack_wait_ready(&stack, "feedback");
    }
}

/* --- tests ---------------------------------------------------------------------------------------------------------
 */

static void any_order_of_arrival(void **state)
{
    (void)state;
    send_wave(false);
    check_all("the first wave");
    send_wave(true);
    check_all("a second wave, killed");
}

static void redefined(void **state)
{
    (void)state;
    send_wave(false);
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'redefine':true,'items':[{'code':'fresh','title_zh':'f','title_en':'f','fact':'stock_on_hand',"
               "'value':'quantity','filter':{'holds_days':25}},"
               "{'code':'month','title_zh':'m','title_en':'m','fact':'arrears','value':'quantity',"
               "'direction':'lower','filter':{'states':['open'],'age':'31..60'}}]}");
    measures[1].holds = "d < r.day + 25";
    measures[6].holds = "state = 'open' AND d - since BETWEEN 31 AND 60";
    send_wave(true);
    check_all("two measures were redefined in the midst of files");
}

/* A trial says the level at the end of its range. */
static void a_trial_says_the_same(void **state)
{
    static const char *const days[][2] = { { "2026-08-20", "2026-08-21" }, { "2026-09-24", "2026-09-25" } };

    (void)state;
    for (size_t i = 0; i < MEASURES; i++)
        for (size_t d = 0; d < 2; d++) {
            const Bihuan__TryMeasureReply *reply;
            char json[200];

            snprintf(json, sizeof json, "{\"measure\":\"%s\",\"from\":\"2026-08-15\",\"until\":\"%s\",\"by_day\":true}",
                     measures[i].code, days[d][1]);
            reply = (const Bihuan__TryMeasureReply *)stack_apply(&stack, MSG(TRY_MEASURE), json);
            CHECK_INT(reply->total, level_of_rows(measures[i].code, days[d][0], "true"));
            if (reply->n_days)
                CHECK_INT(reply->days[reply->n_days - 1]->value, reply->total);
        }
}

static size_t count_found(const char *says)
{
    size_t found = 0;

    for (int b = 0; b < stack.buckets; b++) {
        const Bihuan__RecountReply *reply;
        char json[40];

        snprintf(json, sizeof json, "{\"bucket\":%d}", b);
        reply = (const Bihuan__RecountReply *)stack_apply(&stack, MSG(RECOUNT), json);
        for (size_t i = 0; i < reply->n_differences; i++)
            if (strstr(reply->differences[i], says))
                found++;
            else
                fail_msg("\"%s\" doesn't say \"%s\"", reply->differences[i], says);
    }
    return found;
}

static void a_recount_finds_what_is_kept_wrongly(void **state)
{
#define ONE "(SELECT min(ctid) FROM feedback.level_line WHERE cardinality(told_days) > 0)"
    static const struct {
        const char *spoil, *says;
    } rows[] = {
        { "UPDATE feedback.level_line SET unit_id = unit_id + 1 WHERE ctid = " ONE " RETURNING 1",
          "otherwise than the fact says" },
        { "UPDATE feedback.level_line SET told_values[1] = told_values[1] + 1 WHERE ctid = " ONE " RETURNING 1",
          "isn't what holds" },
    };

    (void)state;
    free(pg_value(&stack.pg, "CREATE TABLE kept AS SELECT * FROM feedback.level_line"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_INT(pg_number(&stack.pg, rows[i].spoil), 1);
        CHECK_INT(count_found(rows[i].says), 1);
        free(pg_value(&stack.pg, "DELETE FROM feedback.level_line;"
                                 "INSERT INTO feedback.level_line SELECT * FROM kept"));
        CHECK_INT(count_found(""), 0);
    }
}

/* --- readers -------------------------------------------------------------------------------------------------------
 */

static const Bihuan__GetProgressReply *progress(const char *unit, const char *measure, const char *by, const char *day)
{
    char json[240];

    snprintf(json, sizeof json,
             "{\"unit\":\"%s\",\"measure\":\"%s\",\"by\":\"%s\",\"depth\":2,\"period\":\"M09\",\"as_of\":\"%s\"}", unit,
             measure, by, day);
    return (const Bihuan__GetProgressReply *)stack_apply(&stack, MSG(GET_PROGRESS), json);
}

static const char *where_of(const char *unit, char out[80])
{
    if (strcmp(unit, "P") == 0)
        snprintf(out, 80, "true");
    else
        snprintf(out, 80, "%s = '%s'", unit[0] == 'C' ? "city" : "shop", unit);
    return out;
}

/* A shop that moved takes all of its stock along: it counts where the shop stands at the day's end. */
static void progress_is_what_there_is(void **state)
{
    static const char *const units[] = { "P", "C1", "C2", "O2", "O4" }, *const days[] = { "2026-09-10", "2026-09-24" };
    const Bihuan__GetProgressReply *reply;
    char where[80], both[160];

    (void)state;
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'O2','name':'O','type':'outlet','relations':[{'parent':'C1','from':'2026-01-01'},"
               "{'parent':'C2','from':'2026-09-15'}]}]}");
    loop_catch_up(&stack);
    for (size_t d = 0; d < 2; d++) {
        free(pg_value(&stack.pg, d ? "UPDATE place SET city = 'C2' WHERE shop = 'O2'" : "SELECT 1"));
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            for (size_t m = 0; m < MEASURES; m++) {
                const Bihuan__Progress *row = progress(units[i], measures[m].code, "", days[d])->items[0];

                CHECK_INT(row->actual, level_of_rows(measures[m].code, days[d], where_of(units[i], where)));
                assert_true(row->level);
                assert_false(row->ratio);
            }
    }
    reply = progress("C2", "stock", "product", "2026-09-24");
    assert_true(reply->n_items > 1);
    for (size_t i = 0; i < reply->n_items; i++) {
        snprintf(both, sizeof both, "city = 'C2' AND product = '%s'", reply->items[i]->product);
        CHECK_INT(reply->items[i]->actual, level_of_rows("stock", "2026-09-24", both));
    }
    /* old stock of all stock, in per cent */
    reply = progress("P", "share", "", "2026-09-24");
    CHECK_INT(reply->items[0]->of, level_of_rows("phones", "2026-09-24", "true"));
    CHECK_INT(reply->items[0]->over, level_of_rows("stock", "2026-09-24", "true"));
}

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

static const Bihuan__Alert *alert_of(const char *rule)
{
    const Bihuan__ListAlertsReply *reply = alerts();

    for (size_t i = 0; i < reply->n_items; i++)
        if (strcmp(reply->items[i]->rule, rule) == 0)
            return reply->items[i];
    fail_msg("seed %" PRIu64 ": no alert of \"%s\"", seed, rule);
    return NULL;
}

/* Lower is better: an outlet whose open bills are more than the level. */
static void too_much_raises_an_alert(void **state)
{
    static const char file[] = "id,when,shop\nv1,2026-09-24,O1\n";
    const Bihuan__Alert *alert;
    char where[80];

    (void)state;
    loop_apply_soon(&stack, MSG(APPLY_RULES),
                    "{'items':[{'code':'much','title_zh':'多','title_en':'Much','kind':'lag','measure':'open',"
                    "'severity':'major','every_node':true},{'code':'limit','title_zh':'限','title_en':'Limit',"
                    "'kind':'threshold','measure':'stock','limit':'1','unit_types':['province'],"
                    "'severity':'major'}]}");
    loop_drop(&stack, "clock", "clock_20260924.csv", file, sizeof file - 1);
    loop_wait_inbox(&stack, "clock", 60);
    loop_catch_up(&stack);
    assert_true(stack_until(has_fired, NULL, 30));
    alert = alert_of("limit"); /* a limit is watched day by day */
    CHECK_INT(alert->inputs->actual, level_of_rows("stock", alert->inputs->as_of, "true"));
    alert = alert_of("much");
    assert_string_equal(alert->measure, "open");
    assert_true(alert->inputs->level);
    assert_false(alert->inputs->ratio);
    CHECK_INT(alert->inputs->actual, level_of_rows("open", alert->inputs->as_of, where_of(alert->unit, where)));
    /* too much, or no longer: then it is on its way to be cleared */
    assert_true((alert->inputs->actual > alert->inputs->target) == (alert->inputs->gap_bp < 0));
    assert_non_null(strstr(alert->inputs->reason, "at the end of the day, level 1: gap"));
}

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
    return reply->n_items == 4 && strcmp(reply->items[0]->as_of, "2026-09-24") == 0;
}

/* Lines of a statement that aren't credits: what there was when the period began, which isn't said where it was
 * nothing. */
static size_t opening_lines(const char *where)
{
    return level_of_rows("stock", "2026-08-31", where) != 0;
}

/* What there was when the period began, and each change since, come to what there is; however small the pages are. */
static void check_statement(const char *unit)
{
    const Bihuan__Statement *s = statement(unit, ",\"measure\":\"stock\",\"page\":{\"limit\":500}", NULL);
    char where[80], more[400], *next = NULL;
    int64_t sum = 0, seen = 0, opening = 0;

    CHECK_INT(s->score->lines[0]->actual, level_of_rows("stock", "2026-09-24", where_of(unit, where)));
    assert_true(s->score->lines[0]->level);
    CHECK_INT(s->score->lines[0]->planned, 500); /* the same on every day */
    CHECK_INT(s->score->lines[0]->attainment_ppm, s->score->lines[0]->actual * FIXED_PPM / 500);
    assert_non_null(strstr(s->score->lines[0]->explanation, "what there is at the end of the day"));
    for (size_t i = 0; i < s->n_credits; i++) {
        assert_string_equal(s->credits[i]->reason, "level");
        opening += s->credits[i]->opening ? s->credits[i]->value : 0;
        CHECK_INT(s->credits[i]->opening, i < opening_lines(where));
        sum += s->credits[i]->value;
    }
    CHECK_INT(opening, level_of_rows("stock", "2026-08-31", where));
    CHECK_INT(sum, s->score->lines[0]->actual);
    CHECK_INT(s->n_credits, s->credit_count + opening_lines(where));
    snprintf(more, sizeof more, ",\"measure\":\"stock\",\"page\":{\"limit\":7}");
    do {
        s = statement(unit, more, &next);
        seen += (int64_t)s->n_credits;
        snprintf(more, sizeof more, ",\"measure\":\"stock\",\"page\":{\"limit\":7,\"cursor\":\"%s\"}", next);
    } while (next[0]);
    CHECK_INT(seen, s->credit_count + opening_lines(where));
}

static void scores_and_statements(void **state)
{
    const Bihuan__Statement *open, *closed;
    int64_t sum = 0;

    (void)state;
    assert_true(stack_until(is_scored, NULL, 30));
    check_statement("O1");
    check_statement("O2");
    open = statement("O1", ",\"page\":{\"limit\":500}", NULL);
    stack_apply(&stack, MSG(CLOSE_PERIOD), "{\"period\":\"M09\",\"force\":true}");
    closed = statement("O1", ",\"page\":{\"limit\":500}", NULL);
    assert_true(closed->score->closed);
    for (size_t i = 0; i < closed->n_credits; i++)
        sum += closed->credits[i]->value;
    CHECK_INT(sum, closed->score->lines[0]->actual);
    CHECK_INT(closed->n_credits, closed->credit_count + opening_lines("shop = 'O1'"));
    assert_true(closed->credit_count >= open->credit_count); /* those of the last days as well */
    CHECK_INT(closed->score->lines[0]->actual, level_of_rows("stock", "2026-09-30", "shop = 'O1'"));
}

static void definitions_are_checked(void **state)
{
    static const struct {
        const char *why, *fields, *says;
    } rows[] = {
        { "days of a level don't add up", "'fact':'stock_on_hand','value':'quantity','over_time':'sum'",
          "/items/0/over_time" },
        { "an unknown word", "'value':'count','over_time':'mean'", "/items/0/over_time" },
        { "distinct readings", "'fact':'arrears','value':'distinct','distinct':{'key':'subject','window':'day'}",
          "/items/0/value" },
        { "no range", "'value':'count','filter':{'age':'old'}", "/items/0/filter/age" },
        { "an order doesn't hold", "'value':'count','filter':{'holds_days':3}", "/items/0/filter/holds_days" },
        { "nothing that can be given", "'value':'count','filter':{'has':['money']}", "/items/0/filter/has" },
        { "a published one sums", "'code':'stock','fact':'stock_on_hand','value':'quantity','over_time':'sum'",
          "/items/0" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ProtobufCMessage *parsed;
        char json[500];
        struct err err;

        snprintf(json, sizeof json, "{\"items\":[{'title_zh':'x','title_en':'x',%s%s}]}",
                 strstr(rows[i].fields, "'code'") ? "" : "'code':'x',", rows[i].fields);
        for (char *at = json; *at; at++)
            *at = *at == '\'' ? '"' : *at;
        err_clear(&err);
        assert_int_equal(
            pbjson_parse(&bihuan__apply_measures_request__descriptor, json, strlen(json), &stack.arena, &parsed, &err),
            0);
        if (stack_ask(&stack, "planning", MSG(APPLY_MEASURES), parsed, NULL, &err) == 0)
            fail_msg("%s was taken", rows[i].why);
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].why, err.text, rows[i].says);
    }
}

/* --- ages ----------------------------------------------------------------------------------------------------------
 */

/* Bills read once, on 2026-09-10, on which they are 0, 1, 30, 31, 60, 61, 90 and 91 days old; each has a digit of its
 * own, so that a sum shows which are in it. Worked out by hand. */
static void each_day_of_age_is_in_one_range(void **state)
{
    static const char bills[] = "id,when,shop,bill,since,n,state\n"
                                "0,2026-09-10 09:00:00,O4,age/0,2026-09-10,1,open\n"
                                "1,2026-09-10 09:00:00,O4,age/1,2026-09-09,10,open\n"
                                "30,2026-09-10 09:00:00,O4,age/30,2026-08-11,100,open\n"
                                "31,2026-09-10 09:00:00,O4,age/31,2026-08-10,1000,open\n"
                                "60,2026-09-10 09:00:00,O4,age/60,2026-07-12,10000,open\n"
                                "61,2026-09-10 09:00:00,O4,age/61,2026-07-11,100000,open\n"
                                "90,2026-09-10 09:00:00,O4,age/90,2026-06-12,1000000,open\n"
                                "91,2026-09-10 09:00:00,O4,age/91,2026-06-11,10000000,open\n";
    static const char *const ranges[] = { "..0", "1..30", "31..60", "61..90", "91.." };
    static const struct {
        const char *behind; /* the day looked at */
        int64_t sums[5];
    } days[] = {
        { "2026-09-10", { 0, 0, 0, 0, 0 } }, /* the day before the reading */
        { "2026-09-11", { 1, 110, 11000, 1100000, 10000000 } },
        { "2026-09-12", { 0, 11, 1100, 110000, 11000000 } },
        { "2026-10-11", { 0, 1, 110, 11000, 11100000 } },
        { "2026-10-12", { 0, 0, 11, 1100, 11110000 } },
        { "2026-12-10", { 0, 0, 0, 1, 11111110 } },
        { "2026-12-11", { 0, 0, 0, 0, 11111111 } },
    };

    (void)state;
    for (int r = 0; r < 5; r++)
        loop_apply(&stack, MSG(APPLY_MEASURES),
                   "{'items':[{'code':'aged%d','title_zh':'a','title_en':'a','fact':'arrears','value':'quantity',"
                   "'direction':'lower','filter':{'states':['open'],'subjects':['age/*'],'age':'%s'}}]}",
                   r, ranges[r]);
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[{'code':'bills','title':'o','sender':'ages','fact':'arrears','watermark':'none','key':['id'],"
               "'columns':[{'field':'time','column':'when','format':'yyyy-MM-dd HH:mm:ss'},{'field':'unit','column':"
               "'shop'},{'field':'subject','column':'bill'},{'field':'since','column':'since','format':'yyyy-MM-dd'},"
               "{'field':'quantity','column':'n'},{'field':'state','column':'state'}]}]}");
    loop_catch_up_reissued(&stack);
    loop_drop(&stack, "bills", "bills.csv", bills, sizeof bills - 1);
    loop_wait_file(&stack, "bills", "bills.csv", 60);
    loop_catch_up(&stack);
    for (size_t d = 0; d < sizeof days / sizeof days[0]; d++) {
        struct loop_sums sums = loop_agree(&stack, "", days[d].behind);

        for (int r = 0; r < 5; r++) {
            char code[16];

            snprintf(code, sizeof code, "aged%d", r);
            if (loop_sum_of(&sums, loop_unit(&stack, "O4"), loop_measure(&stack, code)) != days[d].sums[r])
                fail_msg("%s days old before %s: not %" PRId64, ranges[r], days[d].behind, days[d].sums[r]);
        }
    }
}

/* --- scene ---------------------------------------------------------------------------------------------------------
 */

static void apply_targets(void)
{
    struct buf json = { 0 };

    buf_append_text(&json, "{'items':[");
    for (int i = 1; i <= 4; i++)
        buf_printf(&json,
                   "%s{'period':'M09','unit':'O%d','measure':'stock','amount':'500'},"
                   "{'period':'M09','unit':'O%d','measure':'open','amount':'1'}",
                   i > 1 ? "," : "", i, i);
    buf_append_text(&json, "]}");
    loop_apply(&stack, MSG(APPLY_TARGETS), "%s", buf_text(&json));
    loop_apply(&stack, MSG(PUBLISH_PLAN), "{'period':'M09'}");
    buf_fini(&json);
}

static void apply_feeds(void)
{
    for (int f = 0; f < FEEDS; f++)
        loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                        "{'items':[{'code':'%s','title':'o','sender':'s','fact':'%s','watermark':'none',"
                        "'files':'readings_{n+}.csv','key':['id'],'columns':["
                        "{'field':'time','column':'when','format':'yyyy-MM-dd HH:mm:ss'},"
                        "{'field':'unit','column':'shop'},{'field':'product','column':'what'},%s"
                        "{'field':'since','column':'since','format':'yyyy-MM-dd'},"
                        "{'field':'quantity','column':'n'},{'field':'state','column':'state'},"
                        "{'field':'version','column':'v'}]}]}",
                        feeds[f], f ? "arrears" : "stock_on_hand", f ? "{'field':'subject','column':'bill'}," : "");
    /* says up to when all is known */
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'clock','title':'o','sender':'s','fact':'visit',"
                    "'files':'clock_{yyyyMMdd}.csv','key':['id'],'columns':["
                    "{'field':'time','column':'when','format':'yyyy-MM-dd'},{'field':'unit','column':'shop'}]}]}");
}

static void apply_measures(void)
{
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'stock','title_zh':'s','title_en':'s','fact':'stock_on_hand','value':'quantity'},"
               "{'code':'fresh','title_zh':'f','title_en':'f','fact':'stock_on_hand','value':'quantity',"
               "'filter':{'holds_days':9}},"
               "{'code':'phones','title_zh':'p','title_en':'p','fact':'stock_on_hand','value':'quantity',"
               "'filter':{'products':['phone']}},"
               "{'code':'kept','title_zh':'k','title_en':'k','fact':'stock_on_hand','value':'count',"
               "'filter':{'age':'20..'}},"
               "{'code':'open','title_zh':'o','title_en':'o','fact':'arrears','value':'quantity','direction':'lower',"
               "'filter':{'states':['open']}},"
               "{'code':'due','title_zh':'d','title_en':'d','fact':'arrears','value':'quantity','direction':'lower',"
               "'filter':{'states':['open'],'age':'..0'}},"
               "{'code':'month','title_zh':'m','title_en':'m','fact':'arrears','value':'quantity',"
               "'direction':'lower','filter':{'states':['open'],'age':'1..30'}},"
               "{'code':'bad','title_zh':'b','title_en':'b','fact':'arrears','value':'count','direction':'lower',"
               "'filter':{'states':['open'],'age':'91..'}},"
               "{'code':'share','title_zh':'s','title_en':'s','value':'ratio',"
               "'ratio':{'of':'phones','over':'stock','times':100,'decimals':1}}]}");
}

static int setup(void **state)
{
    (void)state;
    seed = test_seed();
    state_of_random = seed;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-09-25T10:00:00+08:00@%lld", (long long)time(NULL));
    free(pg_value(&stack.pg,
                  "CREATE TABLE raw (feed text, id text, v int, op text, state text, rank int, day date, at int,"
                  " shop text, product text, series text, since date, n int);"
                  "CREATE TABLE place (shop text, city text); INSERT INTO place VALUES ('O1', 'C1'), ('O2', 'C1'),"
                  " ('O3', 'C2'), ('O4', 'C2')"));
    loop_start(&stack);
    loop_apply(&stack, MSG(APPLY_PRODUCTS),
               "{'items':[{'code':'phone','name':'p'},{'code':'tv','name':'t'},{'code':'sim','name':'s'}]}");
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
               "{'code':'O4','name':'O','type':'outlet','relations':[{'parent':'C2','from':'2026-01-01'}]}]}");
    apply_measures();
    apply_targets();
    loop_apply_soon(&stack, MSG(APPLY_SCORECARDS),
                    "{'items':[{'code':'shop','title_zh':'s','title_en':'s','unit_type':'outlet','lines':["
                    "{'measure':'stock','weight_bp':10000}]}]}");
    apply_feeds();
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
        cmocka_unit_test(any_order_of_arrival),
        cmocka_unit_test(redefined),
        cmocka_unit_test(a_trial_says_the_same),
        cmocka_unit_test(a_recount_finds_what_is_kept_wrongly),
        cmocka_unit_test(definitions_are_checked),
        cmocka_unit_test(progress_is_what_there_is),
        cmocka_unit_test(too_much_raises_an_alert),
        cmocka_unit_test(scores_and_statements),
        cmocka_unit_test(each_day_of_age_is_in_one_range),
    };

    return cmocka_run_group_tests_name("readings", tests, setup, teardown);
}
