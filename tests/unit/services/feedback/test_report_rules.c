/* Reports from the field: periods and due days, what fields take, and scores worked out by hand. */
#include "feedback/reports/report_rules.h"
#include "support/check.h"
#include "text/dates.h"

#include <string.h>

static int32_t day(const char *text)
{
    struct err err;
    int32_t out = 0;

    if (date_parse(text, strlen(text), &out, &err) != 0)
        fail_msg("%s", err.text);
    return out;
}

static void periods(void **state)
{
    static const struct {
        enum report_recurrence recurrence;
        const char *day, *key, *from, *until; /* of the period that the day lies in */
        const char *next;                     /* key of the first that begins on the day or later */
        int due_days;
        const char *due;
    } rows[] = {
        { REPORT_WEEKLY, "2026-11-24", "2026-W48", "2026-11-23", "2026-11-30", "2026-W49", 2, "2026-12-01" },
        { REPORT_WEEKLY, "2026-11-23", "2026-W48", "2026-11-23", "2026-11-30", "2026-W48", 0, "2026-11-29" },
        { REPORT_WEEKLY, "2026-11-29", "2026-W48", "2026-11-23", "2026-11-30", "2026-W49", -2, "2026-11-27" },
        { REPORT_WEEKLY, "2027-01-01", "2026-W53", "2026-12-28", "2027-01-04", "2027-W01", 1, "2027-01-04" },
        { REPORT_MONTHLY, "2028-02-29", "2028-02", "2028-02-01", "2028-03-01", "2028-03", 5, "2028-03-05" },
        { REPORT_MONTHLY, "2026-12-01", "2026-12", "2026-12-01", "2027-01-01", "2026-12", 0, "2026-12-31" },
        { REPORT_MONTHLY, "2026-12-31", "2026-12", "2026-12-01", "2027-01-01", "2027-01", -31, "2026-11-30" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct report_period period, next;

        report_period_of(rows[i].recurrence, day(rows[i].day), &period);
        report_period_from(rows[i].recurrence, day(rows[i].day), &next);
        assert_string_equal(period.key, rows[i].key);
        assert_string_equal(next.key, rows[i].next);
        CHECK_INT(period.from_day, day(rows[i].from));
        CHECK_INT(period.until_day, day(rows[i].until));
        CHECK_INT(report_due_day(&period, rows[i].due_days), day(rows[i].due));
    }
    CHECK_INT(report_recurrence_of("weekly"), REPORT_WEEKLY);
    CHECK_INT(report_recurrence_of("daily"), -1);
    CHECK_INT(report_recurrence_of("cycle"), REPORT_CYCLE);
    CHECK_INT(report_cycle_due(day("2027-01-01"), -60, day("2026-10-20")), day("2026-11-02"));
    CHECK_INT(report_cycle_due(day("2027-01-01"), -60, day("2026-11-02")), day("2026-11-02"));
    CHECK_INT(report_cycle_due(day("2027-01-01"), -60, day("2026-12-24")), day("2026-12-24")); /* opened behind it */
    CHECK_INT(report_cycle_due(day("2027-01-01"), 7, day("2026-12-24")), day("2027-01-08"));
}

static void fields(void **state)
{
    static const struct {
        const char *kind, *min, *max;
        uint32_t length;
        const char *text, *code; /* code "": it is taken */
        int64_t number;
    } rows[] = {
        { "number", "0", "100", 0, "100", "", 100 },
        { "number", "0", "100", 0, "101", "too_large", 0 },
        { "number", "0", "", 0, "-1", "too_small", 0 },
        { "number", "", "", 0, "1.5", "too_precise", 0 },
        { "number", "", "", 0, "many", "bad_number", 0 },
        { "money", "0.01", "", 0, "38.5", "", 385000 },
        { "money", "0.01", "", 0, "0", "too_small", 0 },
        { "date", "2026-11-01", "2026-11-30", 0, "2026-11-30", "", 20787 },
        { "date", "2026-11-01", "2026-11-30", 0, "2026-12-01", "too_large", 0 },
        { "date", "", "", 0, "2026-02-30", "bad_date", 0 },
        { "choice", "", "", 0, "up", "", 0 },
        { "choice", "", "", 0, "UP", "unknown_choice", 0 },
        { "text", "", "", 3, "降价了", "", 0 },
        { "text", "", "", 3, "又降价了", "too_long", 0 },
    };
    Bihuan__ReportChoice up = BIHUAN__REPORT_CHOICE__INIT, down = BIHUAN__REPORT_CHOICE__INIT;
    Bihuan__ReportChoice *choices[] = { &up, &down };

    (void)state;
    up.code = (char *)(uintptr_t) "up";
    down.code = (char *)(uintptr_t) "down";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Bihuan__ReportField field = BIHUAN__REPORT_FIELD__INIT;
        int64_t number = 0;
        struct err err = { 0 };
        int rc;

        field.kind = (char *)(uintptr_t)rows[i].kind;
        field.min = (char *)(uintptr_t)rows[i].min;
        field.max = (char *)(uintptr_t)rows[i].max;
        field.length_max = rows[i].length;
        field.choices = choices;
        field.n_choices = 2;
        rc = report_field_take(&field, rows[i].text, 4, &number, &err);
        if (strcmp(rc ? err.code : "", rows[i].code) != 0 || (!rc && number != rows[i].number))
            fail_msg("%s \"%s\": \"%s\" %s %lld", rows[i].kind, rows[i].text, rc ? err.code : "", rc ? err.text : "",
                     (long long)number);
    }
}

static void scores(void **state)
{
    static const struct {
        const char *why;
        struct report_totals totals; /* due, on_time, submitted, filled, wanted, slots, told, rated, ratings */
        uint32_t weights[4];
        const char *judged; /* one letter a part, - not */
        uint32_t ppm[4];
        bool has_score;
        uint32_t score;
    } rows[] = {
        { "30*0.75 + 20*0.75 + 20*1 + 30*0.75 = 80 of 100",
          { 4, 3, 4, 18, 24, 4, 4, 2, 150 },
          { 0 },
          "tafq",
          { 750000, 750000, 1000000, 750000 },
          true,
          800000 },
        { "nothing rated: 57.5 of 70",
          { 4, 3, 4, 18, 24, 4, 4, 0, 0 },
          { 0 },
          "taf-",
          { 750000, 750000, 1000000, 0 },
          true,
          821429 },
        { "nothing owed: (20*1 + 20*0.333333 + 30*0.67) of 70; more values than wanted are as many as wanted",
          { 0, 0, 1, 5, 4, 3, 1, 1, 67 },
          { 0 },
          "-afq",
          { 0, 1000000, 333333, 670000 },
          true,
          668095 },
        { "nothing at all", { 0 }, { 0 }, "----", { 0 }, false, 0 },
        { "owed and never written", { 2, 0, 0, 0, 8, 2, 0, 0, 0 }, { 0 }, "taf-", { 0 }, true, 0 },
        { "own weights: two thirds round up",
          { 3, 2, 2, 2, 3, 3, 0, 0, 0 },
          { 50, 50, 0, 0 },
          "taf-",
          { 666667, 666667, 0, 0 },
          true,
          666667 },
        { "only quality counts, and none was rated",
          { 3, 2, 2, 2, 3, 3, 2, 0, 0 },
          { 0, 0, 0, 100 },
          "taf-",
          { 666667, 666667, 666667, 0 },
          false,
          0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Bihuan__ReportWeights weights = BIHUAN__REPORT_WEIGHTS__INIT;
        struct report_score score;

        weights.timeliness = rows[i].weights[0];
        weights.amount = rows[i].weights[1];
        weights.frequency = rows[i].weights[2];
        weights.quality = rows[i].weights[3];
        score = report_score_of(&rows[i].totals, &weights);
        for (int part = 0; part < REPORT_PARTS; part++)
            if (score.judged[part] != (rows[i].judged[part] != '-') || score.ppm[part] != rows[i].ppm[part])
                fail_msg("%s: part %d is %d %u", rows[i].why, part, score.judged[part], score.ppm[part]);
        if (score.has_score != rows[i].has_score || score.score_ppm != rows[i].score)
            fail_msg("%s: %d %u", rows[i].why, score.has_score, score.score_ppm);
    }
}

static void wanted(void **state)
{
    (void)state;
    CHECK_INT(report_values_wanted(2, 10, 4), 4); /* two thirds of a report are one */
    CHECK_INT(report_values_wanted(2, 30, 4), 8);
    CHECK_INT(report_values_wanted(2, 31, 4), 12);                    /* 62 thirtieths */
    CHECK_INT(report_weeks(day("2026-11-22"), day("2026-11-24")), 2); /* a Sunday and a Monday */
    CHECK_INT(report_weeks(day("2026-11-23"), day("2026-11-30")), 1);
    CHECK_INT(report_weeks(day("2026-11-23"), day("2026-11-23")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(periods), cmocka_unit_test(fields), cmocka_unit_test(scores),
                                        cmocka_unit_test(wanted) };

    return cmocka_run_group_tests_name("report_rules", tests, NULL, NULL);
}
