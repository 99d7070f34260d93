/* Rules over feeds and over what happens, tried before they are switched on, on real daemons: over a history written by
 * hand, whose notices are counted by hand, and over what the same daemon just told by the same rules. What the record
 * can't say is said. Today is 25 November. */
#include "support/check.h"
#include "support/month.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(text) ((char *)(uintptr_t)(text))

static struct month month;

static void run(const char *sql)
{
    free(pg_value(&month.stack.pg, sql));
}

#define UNIT(code) "(SELECT id FROM planning.document WHERE kind = 'unit' AND code = '" code "')"
#define FEED(at, unit, condition)                                                                                      \
    run("INSERT INTO monitoring.feed_turn (at, feed_id, unit_id, feed, condition, through, volume, expected) VALUES"   \
        " ('2026-11-" at "+08', 9, " unit ", 'crm', " condition ", '2026-11-02+08', 7, 40)")
#define TURN(at, kind, subject, unit, begins, since)                                                                   \
    run("INSERT INTO monitoring.happening_turn (at, kind, subject, unit_id, begins, since, detail, detail_zh) VALUES"  \
        " ('2026-11-" at "+08', '" kind "', '" subject "', " unit ", " begins ", '2026-11-" since "', 'in words',"     \
        " '中文')")
#define OPPORTUNITY(at, key, unit, customer, moved, open)                                                              \
    run("INSERT INTO monitoring.opportunity_turn (at, sender, key, open, unit_id, seller_id, customer, moved_day)"     \
        " VALUES ('2026-11-" at "+08', 'crm', '" key "', " open ", " unit ", 0, '" customer "', '2026-11-" moved "')")
#define QUOTE(key, unit, amount, day)                                                                                  \
    run("INSERT INTO monitoring.quote (sender, record_key, unit_id, seller_id, product_id, customer, amount, "         \
        "quantity,"                                                                                                    \
        " occurred_us, day, file, row) SELECT 'crm', '" key "', " unit ", 0, id, 'K9', " amount ", 1, extract(epoch"   \
        " FROM '2026-11-" day " 10:00+08'::timestamptz) * 1000000, '2026-11-" day "', 'q.csv', 1 FROM"                 \
        " planning.document WHERE kind = 'product' AND code = 'a'")

static void write_history(void)
{
    run("INSERT INTO monitoring.turns_since VALUES ('2026-11-05 00:00+08')");
    FEED("03 08:00", "0", "1");
    FEED("03 08:00", UNIT("C1"), "1");
    FEED("03 08:00", UNIT("C2"), "1");
    FEED("10 09:00", UNIT("C1"), "4");
    FEED("11 09:00", UNIT("C2"), "4");
    FEED("12 15:00", UNIT("C1"), "1");
    FEED("12 18:00", UNIT("C2"), "1");
    TURN("06 10:00", "report_overdue", "market", UNIT("C1"), "true", "05");
    TURN("07 10:00", "report_overdue", "market", UNIT("C2"), "true", "05");
    TURN("08 10:00", "report_overdue", "market", UNIT("C1"), "false", "05");
    TURN("10 10:00", "deliverable_due", "plan", UNIT("S1"), "true", "20");
    TURN("19 16:00", "deliverable_due", "plan", UNIT("S1"), "false", "20");
    OPPORTUNITY("01 10:00", "o3", UNIT("S2"), "", "01", "true");
    OPPORTUNITY("18 10:20", "o3", UNIT("S2"), "", "18", "false");
    OPPORTUNITY("04 10:00", "o1", UNIT("S1"), "K1", "24", "true");
    OPPORTUNITY("06 12:30", "o2", UNIT("S3"), "K1", "24", "true");
    OPPORTUNITY("09 09:10", "o2", UNIT("S3"), "K1", "24", "false");
    QUOTE("q1", UNIT("S1"), "10000", "10");
    QUOTE("q2", UNIT("S3"), "9000", "12");
}

/* "12 fired C2 crm;12 resolved P crm", in the order told; reply kept by the stack. */
static const Bihuan__TryRuleReply *try_it(const char *rule, int days, char *out, size_t cap)
{
    const Bihuan__TryRuleReply *reply = (const Bihuan__TryRuleReply *)month_ask(
        &month, MSG(TRY_RULE), "{'rule':{'code':'tried',%s},'days':%d}", rule, days);
    size_t len = 0;

    out[0] = 0;
    for (size_t i = 0; i < reply->n_items && len < cap; i++)
        len += (size_t)snprintf(out + len, cap - len, "%s%s %s %s %s", i ? ";" : "", reply->items[i]->day + 8,
                                reply->items[i]->event, reply->items[i]->unit, reply->items[i]->subject);
    return reply;
}

/* What each would have told, by hand. Days: 25 is from the 1st on. */
static void a1_16_over_a_written_history(void **state)
{
    static const struct {
        const char *why, *rule;
        int days;
        const char *told;
        uint32_t open;
    } rows[] = {
        { "C1 is silent, then both: one alert at P, which takes C1's in; then C2 alone", "'kind':'feed_silent'", 25,
          "10 fired C1 crm;11 fired P crm;12 resolved C1 crm;12 resolved P crm;12 fired C2 crm;12 resolved C2 crm", 0 },
        { "what had fired before isn't told, its end is", "'kind':'feed_silent'", 14,
          "12 resolved C1 crm;12 resolved P crm;12 fired C2 crm;12 resolved C2 crm", 0 },
        { "of one city", "'kind':'feed_silent','subtree':'C1'", 25, "10 fired C1 crm;12 resolved C1 crm", 0 },
        { "each city, though all of P is silent on the 11th", "'kind':'feed_silent','unit_types':['city']", 25,
          "10 fired C1 crm;11 fired C2 crm;12 resolved C1 crm;12 resolved C2 crm", 0 },
        { "it was never late", "'kind':'feed_late'", 25, "", 0 },
        { "each city by itself", "'kind':'report_overdue','unit_types':['city']", 25,
          "06 fired C1 market;07 fired C2 market;08 resolved C1 market", 1 },
        { "one alert above all places", "'kind':'report_overdue'", 25,
          "06 fired C1 market;07 resolved C1 market;07 fired P market;08 resolved P market;08 fired C2 market", 1 },
        { "due on the 20th, said three days before", "'kind':'deliverable_due'", 25,
          "17 fired S1 plan;19 resolved S1 plan", 0 },
        { "or seven", "'kind':'deliverable_due','days':7", 25, "13 fired S1 plan;19 resolved S1 plan", 0 },
        { "it hasn't moved since the 1st", "'kind':'opportunity_still','days':14", 25,
          "15 fired S2 opportunities;18 resolved S2 opportunities", 0 },
        { "two sellers at K1 for three days", "'kind':'shared_customer'", 25, "06 fired P K1;09 resolved P K1", 0 },
        { "both quoted K9, and do so still", "'kind':'quote_shared'", 25, "12 fired P K9", 1 },
        { "within five days: to the 14th", "'kind':'quote_shared','days':5", 25, "12 fired P K9;15 resolved P K9", 0 },
        { "a tenth below", "'kind':'quote_undercut','undercut_bp':1000", 25, "12 fired P K9", 1 },
        { "no more than a tenth", "'kind':'quote_undercut','undercut_bp':1001", 25, "", 0 },
    };
    long written = pg_number(&month.stack.pg, "SELECT count(*) FROM monitoring.alert_transition");
    char told[600];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const Bihuan__TryRuleReply *reply = try_it(rows[i].rule, rows[i].days, told, sizeof told);

        if (strcmp(told, rows[i].told) != 0)
            fail_msg("%s: %s; told: %s", rows[i].why, rows[i].rule, told);
        CHECK_INT(reply->still_open, rows[i].open);
        CHECK_INT(reply->messages, reply->fired + reply->over); /* one receiver */
        if (reply->n_items)
            assert_string_equal(reply->items[0]->receivers[0], "ops");
    }
    CHECK_INT(pg_number(&month.stack.pg, "SELECT count(*) FROM monitoring.alert_transition"), written);
    CHECK_INT(pg_number(&month.stack.pg, "SELECT count(*) FROM monitoring.delivery"), 0);
}

static void what_isnt_known_is_said(void **state)
{
    char told[600];
    const Bihuan__TryRuleReply *reply = try_it("'kind':'feed_silent'", 25, told, sizeof told);

    (void)state;
    CHECK_INT(reply->n_unknown, 2);
    assert_string_equal(reply->unknown[0],
                        "how feeds stood is recorded since 2026-11-03 alone: nothing is known of before");
    assert_string_equal(reply->unknown[1], "units, routes and receivers are those of now");
    assert_string_equal(reply->until, "2026-11-25");
    CHECK_INT(reply->busiest, 4);
    assert_string_equal(reply->busiest_day, "2026-11-12");
    CHECK_INT(try_it("'kind':'feed_silent'", 14, told, sizeof told)->n_unknown, 1);
    reply = try_it("'kind':'report_overdue'", 25, told, sizeof told);
    assert_string_equal(
        reply->unknown[0],
        "what became of duties and files is recorded since 2026-11-05 alone: nothing is known of before");
    reply = try_it("'kind':'quote_undercut'", 25, told, sizeof told);
    assert_non_null(strstr(reply->unknown[0], "those withdrawn since aren't known"));
    assert_string_equal(
        reply->items[0]->reason,
        "customer K9, a: S3 3 quoted 0.90 (2026-11-12, q.csv row 1), against S1 1 with 1.00 (2026-11-10, "
        "q.csv row 1): 10.00 % below");
}

/* --- why not --- */

static void a1_15_why_there_is_none(void **state)
{
    static const struct {
        const char *rule, *unit, *day, *why;
        bool breach;
    } rows[] = {
        { "x-silent", "C1", "2026-11-10", "", true },
        { "x-silent", "C2", "2026-11-10", "was so at the unit", false },
        { "x-silent", "P", "2026-11-10", "at 1 below, such as C1: feed crm is silent", false },
        { "x-silent", "C1", "2026-11-11", "stands for more than this unit, at P: feed crm is silent", false },
        { "x-silent", "P", "2026-11-11", "", true },
        { "x-silent", "P", "2026-11-12", "was so at the unit", false },
        { "x-reports", "C2", "2026-11-07", "", true },
        { "x-reports", "P", "2026-11-07", "isn't about this unit", false },
        { "x-reports", "C1", "2026-11-09", "was so at the unit", false },
        { "x-reports", "C2", "", "", true }, /* it is still missing */
    };

    (void)state;
    month_ask(&month, MSG(APPLY_RULES),
              "{'items':[{'code':'x-silent','kind':'feed_silent','subtree':'P'},"
              "{'code':'x-reports','kind':'report_overdue','unit_types':['city']}]}");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const Bihuan__ExplainRuleReply *reply = (const Bihuan__ExplainRuleReply *)month_ask(
            &month, MSG(EXPLAIN_RULE), "{'unit':'%s','rule':'%s','day':'%s'}", rows[i].unit, rows[i].rule, rows[i].day);

        if (reply->breach != rows[i].breach || !strstr(reply->why_not, rows[i].why) ||
            !*reply->why_not != rows[i].breach)
            fail_msg("%s, %s, %s: breach %d, %s", rows[i].rule, rows[i].unit, rows[i].day, reply->breach,
                     reply->why_not);
        assert_true(*reply->clears_when);
    }
}

/* --- as it was told --- */

static void file(uint64_t number, bool missing)
{
    Bihuan__FileMissing event = BIHUAN__FILE_MISSING__INIT;

    event.feed_id = 1;
    event.feed = TEXT("orders");
    event.what = TEXT("sequence");
    event.day = TEXT("2026-11-24");
    event.number = number;
    event.missing = missing;
    fake_feedback_add(&month.events, 0, MSG(FILE_MISSING), &event.base);
    month.published[0]++;
    month_send(&month);
}

static void silent(const char *unit, bool is)
{
    month_condition(&month, 1, "order_line", unit,
                    is ? BIHUAN__FEED_CONDITION_KIND__FEED_CONDITION_KIND_SILENT
                       : BIHUAN__FEED_CONDITION_KIND__FEED_CONDITION_KIND_LIVE,
                    24);
    month_send(&month);
}

/* What the recorded rule told and what the same one, tried, would have: events with the units they are about. */
static void check_as_told(const char *code, const char *kind, const char *about)
{
    char json[80], sql[900], told[600], *was, *would;

    snprintf(json, sizeof json, "'kind':'%s'", kind);
    (void)try_it(json, 1, told, sizeof told);
    snprintf(sql, sizeof sql,
             "SELECT string_agg(d.event || ' ' || u.code, ';' ORDER BY d.event, u.code) FROM monitoring.delivery d JOIN"
             " monitoring.alert a ON a.id = d.alert_id JOIN monitoring.document r ON r.kind = 'rule' AND r.id ="
             " a.rule_id AND r.code = '%s' JOIN planning.document u ON u.kind = 'unit' AND u.id = a.unit_id",
             code);
    was = pg_value(&month.stack.pg, sql);
    snprintf(
        sql, sizeof sql,
        "SELECT string_agg(one, ';' ORDER BY one) FROM (SELECT regexp_replace(one, '^25 (.*) %s$', '\\1') AS one FROM"
        " unnest(string_to_array('%s', ';')) one) o",
        about, told);
    would = pg_value(&month.stack.pg, sql);
    assert_string_equal(would, was);
    free(was);
    free(would);
}

static void as_it_was_told(void **state)
{
    (void)state;
    month_ask(&month, MSG(APPLY_RULES),
              "{'items':[{'code':'files','kind':'file_missing'},{'code':'silent','kind':'feed_silent'}]}");
    file(3, true);
    file(4, true);
    file(3, false);
    silent("C1", false);
    silent("C2", false);
    silent("C1", true);
    silent("C2", true);
    silent("C1", false);
    check_as_told("files", "file_missing", "orders:2026-11-24:.");
    check_as_told("silent", "feed_silent", "feed-1");
}

/* A route that names the rule is taken for it before it is there; what another rule's route leads to isn't. */
static void a1_16_to_whom(void **state)
{
    static const struct {
        const char *rule;
        const char *to;
    } rows[] = {
        { "'kind':'feed_silent'", "night" },
        { "'kind':'lag','measure':'new','significance_ppm':1000000,'dwell_days':1", "night" },
    };

    (void)state;
    month_plan(&month, "S1 new 300");
    month_complete(&month, 24);
    month_ask(&month, MSG(APPLY_RECEIVERS),
              "{'items':[{'code':'night','url':'http://127.0.0.1:9/night','secret':"
              "'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'}]}");
    month_ask(&month, MSG(APPLY_ROUTES),
              "{'items':[{'code':'others','rank':1,'rule':'x-silent','receivers':['ops'],'go_on':true},"
              "{'code':'mine','rank':2,'rule':'tried','receivers':['night']},"
              "{'code':'rest','rank':3,'receivers':['ops']}]}");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char told[600];
        const Bihuan__TryRuleReply *reply = try_it(rows[i].rule, 25, told, sizeof told);

        assert_true(reply->n_items > 0);
        for (size_t k = 0; k < reply->n_items; k++) {
            CHECK_INT(reply->items[k]->n_receivers, 1);
            assert_string_equal(reply->items[k]->receivers[0], rows[i].to);
        }
    }
}

/* Payments, known of C1 alone, are late each morning from the 13th to the 17th, from eight to nine; on the 13th they
 * seem to be back for ten minutes. A feed has to be back for a quarter of an hour here, so that is one alert a day. On
 * the 15th it fires for the third time, the fifth change in seven days: it comes and goes, and nothing more is told
 * until the 23rd at a quarter past nine, when but two changes are left. */
static void a1_03_of_a_feed_that_comes_and_goes(void **state)
{
    char told[600];
    const Bihuan__TryRuleReply *reply;

    (void)state;
    run("INSERT INTO monitoring.feed_turn (at, feed_id, unit_id, feed, condition, through, volume, expected)"
        " SELECT day + at, 8, " UNIT("C1") ", 'bill', condition, '2026-11-02+08', 7, 40 FROM"
                                           " generate_series('2026-11-13+08'::timestamptz, '2026-11-17+08', '1 day') "
                                           "day, (VALUES ('8:00'::interval, 2),"
                                           " ('9:00', 1)) c (at, condition)");
    run("INSERT INTO monitoring.feed_turn (at, feed_id, unit_id, feed, condition, through, volume, expected) VALUES"
        " ('2026-11-13 08:20+08', 8, " UNIT("C1") ", 'bill', 1, '2026-11-02+08', 7, 40),"
                                                  " ('2026-11-13 08:30+08', 8, " UNIT(
                                                      "C1") ", 'bill', 2, '2026-11-02+08', 7, 40)");
    setenv("BIHUAN_FEED_CLEAR_S", "900", 1);
    month_go_to(&month, 25);
    reply = try_it("'kind':'feed_late'", 25, told, sizeof told);
    assert_string_equal(told, "13 fired P bill;13 resolved P bill;14 fired P bill;14 resolved P bill;"
                              "15 fired P bill;23 resolved P bill");
    CHECK_INT(reply->flapping, 1);
    CHECK_INT(reply->still_open, 0);
}

static int set_up(void **state)
{
    (void)state;
    setenv("BIHUAN_FEED_CLEAR_S", "0", 1); /* a feed that is back is back */
    month_begin(&month, &(struct month_scene) { .receivers = "{'code':'ops','url':'http://127.0.0.1:9/ops','secret':"
                                                             "'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw','language':'en',"
                                                             "'min_severity':'info'}",
                                                .facts = write_history });
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    month_stop(&month);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a1_16_over_a_written_history),
        cmocka_unit_test(what_isnt_known_is_said),
        cmocka_unit_test(as_it_was_told),
        cmocka_unit_test(a1_15_why_there_is_none),
        cmocka_unit_test(a1_16_to_whom),
        cmocka_unit_test(a1_03_of_a_feed_that_comes_and_goes),
    };

    return cmocka_run_group_tests_name("try events", tests, set_up, tear_down);
}
