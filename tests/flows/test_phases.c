/* A target day by day on real daemons: planning's view, monitoring and incentive say the same number from the quarter
 * and from its months; weeks cross the ends of months and of the quarter; a new calendar touches nothing published
 * until the plan is moved to it, and both curves stay.
 *
 * By the first calendar all days weigh the same, and it is estimated. Q3 and Q4 2026 have 92 days each.
 *              Q3            Q4           M10          M11          M12
 *   P     1840 (20 a day) 920 (10)     372 (12)     300 (10)     248 (8)
 *   S1     920 (10)       552 (6)      248 (8)      180 (6)      124 (4)
 *   S2     920 (10)       368 (4)      124 (4)      120 (4)      124 (4)
 * It is 21 October, and data is complete to the end of the 19th.
 */
#include "support/check.h"
#include "support/command.h"
#include "support/loop.h"
#include "support/web.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bihuan/incentive.pb-c.h"
#include "bihuan/monitoring.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"
#include "text/dates.h"

static struct stack stack;
static struct web web;

static void targets(const char *period, int p, int s1, int s2)
{
    loop_apply(&stack, MSG(APPLY_TARGETS),
               "{'reason':'as it is','items':[{'period':'%s','unit':'P','measure':'new','amount':'%d'},"
               "{'period':'%s','unit':'S1','measure':'new','amount':'%d'},"
               "{'period':'%s','unit':'S2','measure':'new','amount':'%d'}]}",
               period, p, period, s1, period, s2);
}

static void publish(const char *period, const char *consents)
{
    loop_apply(&stack, MSG(PUBLISH_PLAN), "{'period':'%s','reason':'published','consents':[%s]}", period, consents);
}

static ProtobufCMessage *ask(const char *service, uint32_t type, ProtobufCMessage *request)
{
    ProtobufCMessage *reply = NULL;
    struct err err;

    if (stack_ask(&stack, service, type, request, &reply, &err) != 0)
        fail_msg("%s", err.text);
    return reply;
}

static const Bihuan__Progress *progress(const char *unit, const char *period, const char *as_of)
{
    Bihuan__GetProgressRequest request = BIHUAN__GET_PROGRESS_REQUEST__INIT;
    const Bihuan__GetProgressReply *reply;

    request.unit = (char *)(uintptr_t)unit;
    request.period = (char *)(uintptr_t)period;
    request.measure = (char *)(uintptr_t) "new";
    request.as_of = (char *)(uintptr_t)as_of;
    reply = (const Bihuan__GetProgressReply *)ask("monitoring", MSG(GET_PROGRESS), &request.base);
    CHECK_INT(reply->n_items, 1);
    return reply->items[0];
}

static const Bihuan__PhaseTargetsReply *phase(const char *unit, const char *period, const char *by)
{
    Bihuan__PhaseTargetsRequest request = BIHUAN__PHASE_TARGETS_REQUEST__INIT;

    request.unit = (char *)(uintptr_t)unit;
    request.period = (char *)(uintptr_t)period;
    request.measure = (char *)(uintptr_t) "new";
    request.by = (char *)(uintptr_t)by;
    return (const Bihuan__PhaseTargetsReply *)ask("planning", MSG(PHASE_TARGETS), &request.base);
}

static const Bihuan__PhasedRow *row_of(const Bihuan__PhaseTargetsReply *reply, const char *from)
{
    for (size_t i = 0; i < reply->n_items; i++)
        if (strcmp(reply->items[i]->from, from) == 0)
            return reply->items[i];
    fail_msg("no row from %s", from);
    return NULL;
}

static void refused(uint32_t type, ProtobufCMessage *request, const char *words)
{
    struct err err;

    if (stack_ask(&stack, "planning", type, request, NULL, &err) == 0)
        fail_msg("it wasn't refused: %s", words);
    if (!strstr(err.text, words) && strcmp(err.code, words) != 0)
        fail_msg("refused as %s: %s", err.code, err.text);
}

static bool warns(const char *period, const char *code)
{
    Bihuan__LintPlanRequest request = BIHUAN__LINT_PLAN_REQUEST__INIT;
    const Bihuan__LintPlanReply *reply;
    bool found = false;

    request.period = (char *)(uintptr_t)period;
    reply = (const Bihuan__LintPlanReply *)ask("planning", MSG(LINT_PLAN), &request.base);
    for (size_t i = 0; i < reply->n_items; i++)
        found = found || strcmp(reply->items[i]->code, code) == 0;
    return found;
}

/* --- an estimated year, by the calendar alone ------------------------------------------------------------------------
 */
static void test_an_estimated_year(void **state)
{
    const Bihuan__PhaseTargetsReply *weeks;

    (void)state;
    targets("Q3", 1840, 920, 920);
    targets("Q4", 920, 552, 368);
    assert_true(warns("Q4", "estimated_calendar"));
    publish("Q3", "'estimated_calendar'");
    publish("Q4", "'estimated_calendar'");
    loop_catch_up(&stack);
    CHECK_INT(progress("P", "Q4", "2026-10-19")->planned, 190);
    assert_true(progress("P", "Q4", "2026-10-19")->estimated);
    weeks = phase("P", "Q4", "week");
    assert_true(weeks->estimated);
    CHECK_INT(weeks->n_items,
              14); /* Thursday 1 to Sunday 4 October, 12 whole weeks, Monday 28 to Thursday 31 December */
    assert_string_equal(weeks->items[0]->until, "2026-10-05");
    assert_string_equal(weeks->items[0]->planned, "40");
    assert_true(weeks->items[0]->clipped);
    assert_string_equal(weeks->items[0]->whole, "100"); /* three days of the third quarter, four of the fourth */
    assert_string_equal(weeks->items[0]->parts[0]->planned, "60");
    assert_string_equal(weeks->items[0]->parts[1]->planned, "40");
    assert_string_equal(weeks->items[13]->planned, "40");
    assert_string_equal(weeks->items[13]->to_date, "920");
}

/* --- days = weeks = months = quarter ---------------------------------------------------------------------------------
 */
static bool is_scored(void *arg)
{
    Bihuan__GetStatementRequest request = BIHUAN__GET_STATEMENT_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;
    struct err err;

    request.period = (char *)(uintptr_t) "Q4";
    request.unit = (char *)(uintptr_t) "S1";
    if (stack_ask(&stack, "incentive", MSG(GET_STATEMENT), &request.base, &reply, &err) != 0)
        return false;
    *(const Bihuan__Statement **)arg = ((const Bihuan__GetStatementReply *)reply)->statement;
    return strcmp((*(const Bihuan__Statement **)arg)->score->as_of, "2026-10-19") == 0;
}

static void test_months_bend_the_quarter(void **state)
{
    const Bihuan__PhaseTargetsReply *quarter, *month;
    const Bihuan__Statement *statement = NULL;
    char as_of[DATE_TEXT_MAX];
    int32_t first;

    (void)state;
    targets("M10", 372, 248, 124);
    targets("M11", 300, 180, 120);
    targets("M12", 248, 124, 124);
    publish("M10", "'estimated_calendar'");
    publish("M11", "'estimated_calendar'");
    publish("M12", "'estimated_calendar'");
    loop_catch_up(&stack);
    CHECK_INT(progress("P", "Q4", "2026-10-19")->planned, 228);
    CHECK_INT(progress("P", "M10", "2026-10-19")->planned, 228);
    CHECK_INT(progress("S1", "Q4", "2026-10-19")->planned, 152);
    CHECK_INT(progress("S2", "Q4", "2026-10-19")->planned, 76);
    quarter = phase("P", "Q4", "day");
    month = phase("P", "M10", "day");
    CHECK_INT(month->n_items, 31);
    assert_int_equal(date_parse("2026-10-01", 10, &first, NULL), 0);
    for (int32_t i = 0; i < 19; i++) {
        date_print(as_of, first + i);
        assert_string_equal(quarter->items[i]->planned, "12");
        assert_string_equal(month->items[i]->planned, "12");
        CHECK_INT(progress("P", "Q4", as_of)->planned, atoi(month->items[i]->to_date));
        CHECK_INT(progress("P", "Q4", as_of)->planned, 12 * (i + 1));
    }
    assert_string_equal(quarter->items[30]->to_date, "372");
    assert_string_equal(quarter->items[60]->to_date, "672");
    assert_string_equal(row_of(phase("P", "Q4", "month"), "2026-11-01")->planned, "300");
    assert_string_equal(row_of(phase("P", "Q4", "week"), "2026-10-26")->planned, "82"); /* six of 12, one of 10 */
    assert_string_equal(row_of(phase("S1", "Q4", "week"), "2026-10-26")->planned, "54");
    assert_string_equal(row_of(phase("S2", "Q4", "week"), "2026-10-26")->planned, "28");
    assert_string_equal(row_of(phase("P", "Q4", "week"), "2026-10-01")->whole, "108");
    assert_true(stack_until(is_scored, &statement, 30));
    CHECK_INT(statement->score->lines[0]->planned, 152);
    assert_non_null(strstr(statement->score->lines[0]->explanation, "152"));
}

/* --- weeks as periods ------------------------------------------------------------------------------------------------
 */
static void week(int number, int32_t from, int32_t until)
{
    char begins[DATE_TEXT_MAX], ends[DATE_TEXT_MAX];

    date_print(begins, from);
    date_print(ends, until);
    loop_apply(&stack, MSG(APPLY_PERIODS), "{'items':[{'code':'W%d','from':'%s','until':'%s','calendar':'cal'}]}",
               number, begins, ends);
}

static void decompose(const char *kind, const char *into, const char *words)
{
    Bihuan__DecomposeRequest request = BIHUAN__DECOMPOSE_REQUEST__INIT;

    request.period = (char *)(uintptr_t) "Q4";
    request.unit = (char *)(uintptr_t) "P";
    request.measure = (char *)(uintptr_t) "new";
    request.over = (char *)(uintptr_t) "periods";
    request.kind = (char *)(uintptr_t)kind;
    request.into = (char **)(uintptr_t)&into;
    request.n_into = into[0] ? 1 : 0;
    request.reason = (char *)(uintptr_t) "weeks";
    if (words)
        refused(MSG(DECOMPOSE), &request.base, words);
    else
        (void)ask("planning", MSG(DECOMPOSE), &request.base);
}

static long cell(const char *unit, const char *period)
{
    char sql[500];

    snprintf(sql, sizeof sql,
             "SELECT c.amount FROM planning.target_cell c JOIN planning.document u ON u.kind = 'unit'"
             " AND u.id = c.unit_id JOIN planning.document p ON p.kind = 'period' AND p.id = c.period_id"
             " WHERE u.code = '%s' AND p.code = '%s' AND c.channel_id = 0 AND c.product_id = 0"
             " ORDER BY c.version DESC LIMIT 1",
             unit, period);
    return pg_number(&stack.pg, sql);
}

static long in_force(const char *period)
{
    char sql[300];

    snprintf(
        sql, sizeof sql,
        "SELECT coalesce(max(version), 0) FROM planning.plan_version v JOIN planning.document p ON p.kind = 'period'"
        " AND p.id = v.period_id WHERE p.code = '%s' AND v.state = 'published'",
        period);
    return pg_number(&stack.pg, sql);
}

/* A reader took months and weeks into use in the same transaction. */
static void one_transaction(const char *service)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "SELECT count(DISTINCT v.xmin::text) + 100 * count(*) FROM %s.target_version v JOIN planning.document p"
             " ON p.kind = 'period' AND p.id = v.period_id AND p.code ~ '^[MW][0-9]+$'",
             service);
    CHECK_INT(pg_number(&stack.pg, sql), 100 * (3 + 14) + 1);
}

/* Not even with a consent to what differs. */
static void cant_publish(const char *period, const char *words, const char *more)
{
    Bihuan__PublishPlanRequest request = BIHUAN__PUBLISH_PLAN_REQUEST__INIT;
    char *consents[] = { (char *)(uintptr_t) "estimated_calendar" };

    request.period = (char *)(uintptr_t)period;
    request.consents = consents;
    request.n_consents = 1;
    request.reason = (char *)(uintptr_t) "as it is";
    refused(MSG(PUBLISH_PLAN), &request.base, words);
    refused(MSG(PUBLISH_PLAN), &request.base, more);
}

static void test_weeks_follow_the_months(void **state)
{
    int32_t first, day, end;
    long sum = 0;
    int n = 0;

    (void)state;
    assert_int_equal(date_parse("2026-10-01", 10, &first, NULL), 0);
    week(99, first - 3, first + 4);
    decompose("", "W99", "doesn't lie within");
    decompose("week", "", "define one from 2026-10-01 until 2026-10-05");
    for (day = first, end = first + 4; day < first + 92; day = end, end += 7)
        week(++n, day, end < first + 92 ? end : first + 92);
    CHECK_INT(n, 14);
    decompose("week", "", NULL);
    CHECK_INT(cell("P", "W1"), 48);
    CHECK_INT(cell("P", "W5"), 82); /* 26 October to 1 November */
    CHECK_INT(cell("S1", "W5"), 54);
    CHECK_INT(cell("S2", "W5"), 28);
    CHECK_INT(cell("P", "W14"), 32); /* 28 to 31 December */
    for (int i = 1; i <= n; i++) {
        char code[16];

        snprintf(code, sizeof code, "W%d", i);
        sum += cell("P", code);
        CHECK_INT(cell("P", code), cell("S1", code) + cell("S2", code));
    }
    CHECK_INT(sum, 920);
    publish("W1", "'estimated_calendar'"); /* all weeks are one set */
    CHECK_INT(in_force("W14"), 1);
    assert_false(warns("Q4", "weeks_differ"));
    /* with months and weeks there, the months are what a quarter is cut into; they have what it says */
    decompose("", "", NULL);
    CHECK_INT(cell("P", "M10") + cell("P", "M11") + cell("P", "M12"), 920);
    CHECK_INT(cell("P", "M10"), 310); /* anew, by the calendar */
    targets("M10", 372, 248, 124);
    targets("M11", 300, 180, 120);
    targets("M12", 248, 124, 124);
}

static void test_weeks_that_were_left_behind(void **state)
{
    (void)state;
    targets("M10", 382, 258, 124);
    targets("M11", 290, 170, 120);
    assert_true(warns("M10", "weeks_differ"));
    assert_false(warns("M10", "periods_differ")); /* beside the draft of November, with which it goes */
    cant_publish("M10", "W5", "its days have");
    CHECK_INT(in_force("M10"), 1);
    decompose("week", "", NULL);
    assert_false(warns("M10", "weeks_differ"));
    CHECK_INT(cell("P", "W1") + cell("P", "W2") + cell("P", "W3") + cell("P", "W4"), 308); /* 25 of 31 days: 308.06 */
    publish("M10", "'estimated_calendar'");
    CHECK_INT(in_force("M10"), 2);
    CHECK_INT(in_force("M11"), 2);
    CHECK_INT(in_force("M12"), 2); /* cut anew before, and said to be what it was */
    CHECK_INT(in_force("W5"), 2);
    loop_catch_up(&stack);
    one_transaction("monitoring");
    one_transaction("incentive");
    CHECK_INT(progress("P", "Q4", "2026-10-19")->planned, 234); /* 382 * 19 / 31 = 234.1 */
    CHECK_INT(progress("P", "M10", "2026-10-19")->planned, 234);
    assert_false(warns("Q4", "weeks_differ"));
    targets("M10", 372, 248, 124);
    targets("M11", 300, 180, 120);
    decompose("week", "", NULL);
    publish("W2", "'estimated_calendar'");
    CHECK_INT(in_force("M11"), 3);
    loop_catch_up(&stack);
}

static void move(const char *from, const char *to, int amount)
{
    loop_apply(&stack, MSG(TRANSFER_TARGET),
               "{'measure':'new','period':'%s','from_unit':'S1','to_period':'%s','to_unit':'S1','amount':'%d',"
               "'reason':'moved'}",
               from, to, amount);
}

static void check_weeks(void)
{
    char code[16];
    long sum = 0, of_s1 = 0;

    for (int i = 1; i <= 14; i++) {
        snprintf(code, sizeof code, "W%d", i);
        CHECK_INT(cell("P", code), cell("S1", code) + cell("S2", code));
        sum += cell("P", code);
        of_s1 += cell("S1", code);
    }
    CHECK_INT(sum, cell("P", "Q4"));
    CHECK_INT(of_s1, cell("S1", "Q4"));
    CHECK_INT(cell("S1", "M10") + cell("S1", "M11") + cell("S1", "M12"), of_s1);
    assert_false(warns("Q4", "weeks_differ"));
}

/* S1 had 8 a day in October, 6 in November, 4 in December. Whatever is changed, weeks are the sums of their days. */
static void test_weeks_follow_their_days(void **state)
{
    (void)state;
    move("M10", "M11", 62); /* the quarter stays: 186 in October are 6 a day, 242 in November 8.07 */
    CHECK_INT(cell("S1", "Q4"), 552);
    CHECK_INT(cell("S1", "W1"), 24);
    CHECK_INT(cell("S1", "W2"), 42);
    CHECK_INT(cell("S1", "W5"), 44); /* six days of October, one of November */
    CHECK_INT(cell("S1", "W7"), 56); /* 56.47 */
    CHECK_INT(cell("S1", "W13"), 28);
    CHECK_INT(cell("S2", "W2"), 28); /* who isn't concerned stays */
    check_weeks();
    loop_apply(&stack, MSG(SET_TARGET),
               "{'period':'M12','unit':'S2','measure':'new','amount':'248','keep':'none','reason':'doubled'}");
    CHECK_INT(cell("P", "Q4"), 1044);
    CHECK_INT(cell("S2", "W13"), 56);
    CHECK_INT(cell("S2", "W2"), 28);
    CHECK_INT(cell("S1", "W5"), 44);
    check_weeks();
    loop_apply(&stack, MSG(SET_TARGET),
               "{'period':'Q4','unit':'S1','measure':'new','amount':'1104','keep':'none','reason':'twice of all'}");
    CHECK_INT(cell("S1", "M10"), 372);
    CHECK_INT(cell("S1", "W1"), 48);
    check_weeks();
    loop_apply(&stack, MSG(SET_TARGET),
               "{'period':'Q4','unit':'S1','measure':'new','amount':'552','keep':'none','reason':'back'}");
    loop_apply(&stack, MSG(SET_TARGET),
               "{'period':'M12','unit':'S2','measure':'new','amount':'124','keep':'none','reason':'back'}");
    move("M11", "M10", 62);
    CHECK_INT(cell("S1", "W1"), 32);
    CHECK_INT(cell("S1", "W5"), 54);
    CHECK_INT(cell("P", "W5"), 82);
    CHECK_INT(cell("P", "W14"), 32);
    check_weeks();
    publish("Q4", "'estimated_calendar'");
    loop_catch_up(&stack);
}

/* Of the plan in force, days from..until-1 as planning shows them. */
static long days_of(const char *unit, const char *period, const char *from, const char *until)
{
    Bihuan__PhaseTargetsRequest request = BIHUAN__PHASE_TARGETS_REQUEST__INIT;
    const Bihuan__PhaseTargetsReply *reply;
    long sum = 0;

    request.unit = (char *)(uintptr_t)unit;
    request.period = (char *)(uintptr_t)period;
    request.measure = (char *)(uintptr_t) "new";
    request.by = (char *)(uintptr_t) "day";
    reply = (const Bihuan__PhaseTargetsReply *)ask("planning", MSG(PHASE_TARGETS), &request.base);
    for (size_t i = 0; i < reply->n_items; i++)
        if (strcmp(reply->items[i]->from, from) >= 0 && strcmp(reply->items[i]->from, until) < 0)
            sum += strtol(reply->items[i]->planned, NULL, 10);
    return sum;
}

static void set_target(const char *period, const char *unit, int amount, const char *code)
{
    Bihuan__SetTargetRequest request = BIHUAN__SET_TARGET_REQUEST__INIT;
    char text[20];

    snprintf(text, sizeof text, "%d", amount);
    request.period = (char *)(uintptr_t)period;
    request.unit = (char *)(uintptr_t)unit;
    request.measure = (char *)(uintptr_t) "new";
    request.amount = text;
    request.keep = (char *)(uintptr_t) "none";
    request.reason = (char *)(uintptr_t) "a week";
    if (code)
        refused(MSG(SET_TARGET), &request.base, code);
    else
        (void)ask("planning", MSG(SET_TARGET), &request.base);
}

/* A week that is edited takes the months of its days with it, and nothing else; days are what weeks and months have.
 * S1 has 8 a day in October, 6 in November, 4 in December: W2 56 (5 to 11 October), W5 54 (26 October to 1 November).
 */
static void test_months_follow_a_week(void **state)
{
    (void)state;
    set_target("W2", "S1", 66, NULL); /* all of it in October */
    CHECK_INT(cell("S1", "M10"), 258);
    CHECK_INT(cell("P", "M10"), 382);
    CHECK_INT(cell("S1", "M11"), 180);
    CHECK_INT(cell("S1", "Q4"), 562);
    CHECK_INT(cell("P", "W2"), 94);
    CHECK_INT(cell("S1", "W1"), 32); /* the other weeks stay */
    CHECK_INT(cell("S1", "W3"), 56);
    CHECK_INT(cell("S1", "W5"), 54);
    check_weeks();
    set_target("W5", "S1", 68, NULL); /* 14 more: six days of October, one of November */
    CHECK_INT(cell("S1", "M10"), 270);
    CHECK_INT(cell("S1", "M11"), 182);
    CHECK_INT(cell("S1", "M12"), 124);
    CHECK_INT(cell("S1", "W6"), 42);
    check_weeks();
    move("W3", "W8", 20); /* 16 to 22 November */
    CHECK_INT(cell("S1", "Q4"), 576);
    CHECK_INT(cell("S1", "M10"), 250);
    CHECK_INT(cell("S1", "M11"), 202);
    CHECK_INT(cell("S1", "W3"), 36);
    CHECK_INT(cell("S1", "W8"), 62);
    check_weeks();
    move("W3", "W4", 6); /* within October: no month changes */
    CHECK_INT(cell("S1", "M10"), 250);
    CHECK_INT(cell("S1", "W4"), 62);
    check_weeks();
    publish("Q4", "'estimated_calendar'");
    loop_catch_up(&stack);
    CHECK_INT(days_of("S1", "Q4", "2026-10-12", "2026-10-19"), 30); /* W3 */
    CHECK_INT(days_of("S1", "Q4", "2026-10-19", "2026-10-26"), 62);
    CHECK_INT(days_of("S1", "Q4", "2026-10-26", "2026-11-02"), 68); /* W5, over the end of the month */
    CHECK_INT(days_of("S1", "Q4", "2026-10-01", "2026-11-01"), 250);
    CHECK_INT(days_of("S1", "M11", "2026-11-01", "2026-12-01"), 202);
    CHECK_INT(days_of("S1", "M10", "2026-10-26", "2026-11-01") + days_of("S1", "M11", "2026-11-01", "2026-11-02"), 68);
    CHECK_INT(days_of("S1", "W5", "2026-10-26", "2026-11-02"), 68);
    CHECK_INT(days_of("S1", "W5", "2026-11-01", "2026-11-02"), days_of("S1", "Q4", "2026-11-01", "2026-11-02"));
    CHECK_INT(progress("S1", "Q4", "2026-10-18")->planned, 32 + 66 + 30);
    CHECK_INT(progress("S1", "M10", "2026-10-19")->planned, 137); /* and a seventh of 62 */
    /* back to where it was */
    set_target("M10", "S1", 248, NULL);
    set_target("M11", "S1", 180, NULL);
    decompose("week", "", NULL);
    CHECK_INT(cell("S1", "Q4"), 552);
    check_weeks();
    publish("Q4", "'estimated_calendar','jump'");
    loop_catch_up(&stack);
}

/* One of two plans alone would differ from the longer one, though nothing ties them: named together they go. */
static void test_plans_that_nothing_ties(void **state)
{
    Bihuan__PublishPlanRequest request = BIHUAN__PUBLISH_PLAN_REQUEST__INIT;
    Bihuan__PlanSeen other = BIHUAN__PLAN_SEEN__INIT, *others[] = { &other };
    const Bihuan__PublishPlanReply *reply;

    (void)state;
    targets("H", 100, 60, 40);
    targets("H1", 50, 30, 20);
    targets("H2", 50, 30, 20);
    publish("H", "'estimated_calendar'");
    publish("H1", "'estimated_calendar'");
    publish("H2", "'estimated_calendar'");
    targets("H1", 55, 35, 20);
    targets("H2", 45, 25, 20);
    cant_publish("H1", "add up to 105, not 100", "H");
    request.period = (char *)(uintptr_t) "H1";
    request.version = request.revision = 2; /* opened, changed */
    other.period = (char *)(uintptr_t) "H2";
    other.version = 2;
    other.revision = 1;
    request.set = others;
    request.n_set = 1;
    request.reason = (char *)(uintptr_t) "both";
    request.consents = (char *[]) { (char *)(uintptr_t) "estimated_calendar" };
    request.n_consents = 1;
    refused(MSG(PUBLISH_PLAN), &request.base, "version 2 of period \"H2\" is at revision 2, you saw 1");
    other.revision = 2;
    reply = (const Bihuan__PublishPlanReply *)ask("planning", MSG(PUBLISH_PLAN), &request.base);
    CHECK_INT(reply->n_set, 1);
    assert_string_equal(reply->set[0]->period, "H2");
    CHECK_INT(reply->set[0]->version, 2);
    CHECK_INT(reply->set[0]->revision, 3);
    CHECK_INT(in_force("H1"), 2);
    CHECK_INT(in_force("H2"), 2);
}

/* --- another calendar ------------------------------------------------------------------------------------------------
 * Weekends weigh twice: the third quarter has 66 working days and 26 of weekends, together 118. Up to 12 July 8 and 4,
 * 16 of 118: of 1840 it is 249.49.
 */
static void rephase(const char *period, const char *reason, const char *words)
{
    Bihuan__RephasePeriodRequest request = BIHUAN__REPHASE_PERIOD_REQUEST__INIT;

    request.period = (char *)(uintptr_t)period;
    request.reason = (char *)(uintptr_t)reason;
    if (words)
        refused(MSG(REPHASE_PERIOD), &request.base, words);
    else
        (void)ask("planning", MSG(REPHASE_PERIOD), &request.base);
}

static void check_july(int64_t planned, int64_t target, uint32_t version)
{
    const Bihuan__Progress *row = progress("P", "Q3", "2026-07-12");

    CHECK_INT(row->planned, planned);
    CHECK_INT(row->target, target);
    CHECK_INT(row->plan_version, version);
    CHECK_INT(row->first_version, 1);
    CHECK_INT(row->first_planned, 240);
    CHECK_INT(row->first_target, 1840);
}

static void test_a_calendar_is_a_revision(void **state)
{
    Bihuan__ApplyPeriodsRequest other = BIHUAN__APPLY_PERIODS_REQUEST__INIT;
    Bihuan__Period period = BIHUAN__PERIOD__INIT, *items[] = { &period };

    (void)state;
    rephase("Q3", "announced", "same_calendar");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'cal','title':'announced','classes':[{'class':'working','weight':1},"
               "{'class':'weekend','weight':2}]},{'code':'else','classes':[{'class':'working','weight':1},"
               "{'class':'weekend','weight':0}]}]}");
    loop_catch_up(&stack);
    check_july(240, 1840, 1); /* as it was published */
    CHECK_INT(progress("P", "Q4", "2026-10-19")->planned, 228);
    assert_string_equal(row_of(phase("P", "Q3", "week"), "2026-07-06")->to_date, "240");
    rephase("Q3", "", "needs a reason");
    period.code = (char *)(uintptr_t) "Q3";
    period.from = (char *)(uintptr_t) "2026-07-01";
    period.until = (char *)(uintptr_t) "2026-10-01";
    period.calendar = (char *)(uintptr_t) "else";
    other.items = items;
    other.n_items = 1;
    refused(MSG(APPLY_PERIODS), &other.base, "move the plan to it");
    rephase("Q3", "the year is announced", NULL);
    rephase("Q3", "again", "same_calendar");
    assert_false(warns("Q3", "estimated_calendar"));
    assert_true(warns("Q4", "estimated_calendar"));
    loop_catch_up(&stack);
    check_july(240, 1840, 1); /* a draft touches nothing */
    publish("Q3", "");
    loop_catch_up(&stack);
    check_july(249, 1840, 2);
    assert_false(progress("P", "Q3", "2026-07-12")->estimated);
    assert_string_equal(row_of(phase("P", "Q3", "week"), "2026-07-06")->to_date, "249");
    CHECK_INT(progress("P", "Q4", "2026-10-19")->planned, 228);
}

/* 1930 * 16 / 118 = 261.69. */
static void test_a_target_is_a_revision(void **state)
{
    (void)state;
    targets("Q3", 1930, 1010, 920);
    publish("Q3", "");
    loop_catch_up(&stack);
    check_july(262, 1930, 3);
    CHECK_INT(progress("S1", "Q3", "2026-07-12")->first_target, 920);
    stack_kill(&stack, "monitoring", "a", SIGKILL);
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "monitoring");
    check_july(262, 1930, 3);
    CHECK_INT(progress("P", "Q4", "2026-10-19")->planned, 228);
    stack_kill(&stack, "planning", "a", SIGKILL);
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    assert_string_equal(row_of(phase("P", "Q3", "week"), "2026-07-06")->to_date, "262");
    assert_string_equal(row_of(phase("P", "Q4", "week"), "2026-10-26")->planned, "82");
}

/* --- long lists ------------------------------------------------------------------------------------------------------
 * Read some at a time, from page to page, they are what the tables hold, newest first; each page but the last is full,
 * and the last says that it is.
 */
static void check_pages(const char *path, size_t limit, const char *key, const char *sql)
{
    char *want = pg_value(&stack.pg, sql), next[64] = "", got[2000] = "";
    size_t len = 0, pages = 0, count;

    do {
        struct web_reply reply;
        char from[200];

        snprintf(from, sizeof from, "%slimit=%zu&cursor=%s", path, limit, next);
        reply = web_do(&web, "GET", from, NULL);
        count = json_array_size(json_object_get(reply.json, "items"));
        for (size_t i = 0; i < count; i++) {
            const json_t *item = json_array_get(json_object_get(reply.json, "items"), i);

            len += (size_t)snprintf(got + len, sizeof got - len, "%s%s/%lld", len ? " " : "",
                                    json_string_value(json_object_get(item, key)),
                                    (long long)json_integer_value(json_object_get(item, "version")));
        }
        snprintf(next, sizeof next, "%s", web_text(&reply, "next"));
        web_reply_free(&reply);
        assert_true(*next ? count == limit : count <= limit);
    } while (*next && count && ++pages < 20);
    assert_string_equal(got, want);
    free(want);
}

#define OF_PLANS                                                                                                       \
    "SELECT string_agg(d.code || '/' || v.version, ' ' ORDER BY v.period_id DESC, v.version DESC)"                     \
    " FROM planning.plan_version v JOIN planning.document d ON d.kind = 'period' AND d.id = v.period_id WHERE "

static void test_long_lists(void **state)
{
    (void)state;
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.calendar_version WHERE code = 'cal'"), 2);
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'cal','title':'announced again','classes':[{'class':'working','weight':1},"
               "{'class':'weekend','weight':2}]}]}");
    check_pages("/api/v1/calendars/cal/versions?", 2, "code", "SELECT 'cal/3 cal/2 cal/1'");
    check_pages("/api/v1/plans?", 20, "period", OF_PLANS "v.published_at IS NOT NULL");
    check_pages("/api/v1/plans?period=Q3&", 2, "period", "SELECT 'Q3/3 Q3/2 Q3/1'");
    check_pages("/api/v1/plans/versions?", 20, "period", OF_PLANS "true");
    check_pages("/api/v1/plans/versions?version=1&", 4, "period", OF_PLANS "v.version = 1");
    check_pages("/api/v1/plans/versions?version=3&period=H&", 1, "period", "SELECT ''");
}

static void test_by_route_and_command(void **state)
{
    struct web_reply reply = web_do(&web, "GET", "/api/v1/progress?unit=P&measure=new&period=Q3&as_of=2026-07-12",
                                    NULL);

    (void)state;
    assert_string_equal(web_text(&reply, "items.0.planned"), "262");
    assert_string_equal(web_text(&reply, "items.0.first_planned"), "240");
    web_reply_free(&reply);
    reply = web_do(&web, "GET", "/api/v1/targets/phase?unit=P&measure=new&from=2026-09-28&until=2026-10-05&by=week",
                   NULL);
    assert_string_equal(web_text(&reply, "items.0.parts.1.planned"), "48");
    web_reply_free(&reply);
    command_expect("-o csv progress P --period Q3 --measure new --as-of 2026-07-12 --first", 0,
                   "P,p,new,1,1840,240,3,1930,262,");
    command_expect("target phase P --period Q4 --measure new", 0, "2026-10-26  2026-11-02  82");
    command_expect("target phase P --period Q3 --measure new --by month --version 1", 0, "yes");
    command_expect("target rephase Q4", 1, "needs a reason");
    command_expect("target rephase Q4 --reason announced", 0, "Q4: version 4 goes by version 2 of calendar cal");
    command_expect("-o csv calendar versions cal", 0, "2,announced,false");
    command_expect("-o json target versions Q3", 0, "\"calendar_version\": 2");
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-21T08:00:00+08:00@%lld", (long long)time(NULL));
    loop_start(&stack);
    web_start(&web, &stack);
    command_open(&stack, &web, "files");
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'5g','name':'5'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'new','title_zh':'新','title_en':'n','value':'count'}]}");
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'cal','title':'guessed','estimated':true,'classes':[{'class':'working','weight':1},"
               "{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'Q3','from':'2026-07-01','until':'2026-10-01','calendar':'cal'},"
               "{'code':'Q4','from':'2026-10-01','until':'2027-01-01','calendar':'cal'},"
               "{'code':'M10','from':'2026-10-01','until':'2026-11-01','calendar':'cal'},"
               "{'code':'M11','from':'2026-11-01','until':'2026-12-01','calendar':'cal'},"
               "{'code':'M12','from':'2026-12-01','until':'2027-01-01','calendar':'cal'},"
               "{'code':'H','from':'2027-07-01','until':'2027-09-01','calendar':'cal'},"
               "{'code':'H1','from':'2027-07-01','until':'2027-08-01','calendar':'cal'},"
               "{'code':'H2','from':'2027-08-01','until':'2027-09-01','calendar':'cal'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS),
               "{'items':[{'code':'P','name':'p','type':'province'},"
               "{'code':'S1','name':'s','type':'outlet','relations':[{'parent':'P','from':'2026-01-01'}]},"
               "{'code':'S2','name':'s','type':'outlet','relations':[{'parent':'P','from':'2026-01-01'}]}]}");
    loop_apply_soon(&stack, MSG(APPLY_SCORECARDS),
                    "{'items':[{'code':'shop','title_zh':'s','title_en':'s','unit_type':'outlet','lines':["
                    "{'measure':'new','weight_bp':10000}]}]}");
    loop_apply_soon(&stack, MSG(APPLY_FEEDS),
                    "{'items':[{'code':'orders','title':'o','sender':'bss','fact':'order_line','files':'orders.csv',"
                    "'watermark':'last_event','key':['no'],'columns':[{'field':'time','column':'at','format':"
                    "'yyyy-MM-dd HH:mm:ss'},{'field':'unit','column':'unit'},{'field':'product','column':"
                    "'product'},{'field':'amount','column':'amount'}]}]}");
    loop_drop(&stack, "orders", "orders.csv", "no,at,unit,product,amount\n1,2026-10-20 18:00:00,S1,5g,1\n", 56);
    loop_wait_inbox(&stack, "orders", 60);
    loop_catch_up(&stack);
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
        cmocka_unit_test(test_an_estimated_year),
        cmocka_unit_test(test_months_bend_the_quarter),
        cmocka_unit_test(test_weeks_follow_the_months),
        cmocka_unit_test(test_weeks_that_were_left_behind),
        cmocka_unit_test(test_weeks_follow_their_days),
        cmocka_unit_test(test_months_follow_a_week),
        cmocka_unit_test(test_plans_that_nothing_ties),
        cmocka_unit_test(test_a_calendar_is_a_revision),
        cmocka_unit_test(test_a_target_is_a_revision),
        cmocka_unit_test(test_by_route_and_command),
        cmocka_unit_test(test_long_lists),
    };

    return cmocka_run_group_tests_name("phases", tests, set_up, tear_down);
}
