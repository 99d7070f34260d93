/* Briefs: which days they are about, how figures are written, and that names in a page cannot be more than names. */
#include "support/check.h"

#include "monitoring/briefs/brief.h"

#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void spans(void **state)
{
    static const struct {
        const char *word, *as_of, *from, *chart_from;
    } rows[] = {
        { "day", "2026-11-22", "2026-11-22", "2026-11-09" },
        { "week", "2026-11-22", "2026-11-16", "2026-11-16" }, /* a Sunday: the whole week */
        { "", "2026-11-23", "2026-11-23", "2026-11-23" },     /* a Monday: its first day */
        { "month", "2026-11-22", "2026-11-01", "2026-11-01" },
    };
    struct brief_span span;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[DATE_TEXT_MAX];
        int32_t day;

        assert_int_equal(date_parse(rows[i].as_of, 10, &day, NULL), 0);
        assert_true(brief_span_of(rows[i].word, day, &span));
        date_print(text, span.from);
        assert_string_equal(text, rows[i].from);
        date_print(text, span.chart_from);
        assert_string_equal(text, rows[i].chart_from);
        CHECK_INT(span.as_of, day);
    }
    assert_false(brief_span_of("year", 0, &span));
    assert_false(brief_span_of("weekly and more", 0, &span));
}

static void figures(void **state)
{
    char out[48];

    (void)state;
    assert_string_equal(brief_amount(out, 1234567, 0), "1,234,567");
    assert_string_equal(brief_amount(out, -1234567, 2), "-12,345.67");
    assert_string_equal(brief_amount(out, 1000000, 4), "100");
    assert_string_equal(brief_amount(out, 15000, 4), "1.5");
    assert_string_equal(brief_amount(out, 0, 4), "0");
    assert_string_equal(brief_amount(out, 999, 0), "999");
    assert_string_equal(brief_points(out, -783), "-7.83");
    assert_string_equal(brief_points(out, 5), "+0.05");
    assert_string_equal(brief_percent(out, 123456), "12.3 %");
    assert_string_equal(brief_change(out, 110, 100, true), "+10.0 %");
    assert_string_equal(brief_change(out, 95, 200, true), "-52.5 %");
    assert_string_equal(brief_change(out, 95, 200, false), "");
    assert_string_equal(brief_change(out, 95, 0, true), "");
    assert_string_equal(brief_change(out, 1000000, 1, true), ""); /* no percentage means anything there */
}

static char *own(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void names_are_only_names(void **state)
{
    Bihuan__Brief brief = BIHUAN__BRIEF__INIT;
    Bihuan__BriefMeasure measure = BIHUAN__BRIEF_MEASURE__INIT;
    Bihuan__BriefMeasure *measures[] = { &measure };
    struct buf out = { 0 };

    (void)state;
    brief.unit_name = own("<script>alert(1)</script>");
    measure.title = own("a \"b\" & c");
    brief.measures = measures;
    brief.n_measures = 1;
    for (int zh = 0; zh < 2; zh++) {
        brief_html(&brief, zh, &out);
        assert_null(strstr(buf_text(&out), "<script"));
        assert_non_null(strstr(buf_text(&out), "&lt;script&gt;"));
        assert_non_null(strstr(buf_text(&out), "a &quot;b&quot; &amp; c"));
        assert_null(strstr(buf_text(&out), "http")); /* nothing from elsewhere */
        assert_null(strstr(buf_text(&out), "src="));
        buf_reset(&out);
    }
    buf_fini(&out);
}

/* By hand: bars are 128 high for the highest of all, as wide as the days allow. */
static void a_chart(void **state)
{
    Bihuan__Brief brief = BIHUAN__BRIEF__INIT;
    Bihuan__BriefMeasure measure = BIHUAN__BRIEF_MEASURE__INIT;
    Bihuan__BriefMeasure *measures[] = { &measure };
    Bihuan__BriefDay first = BIHUAN__BRIEF_DAY__INIT, second = BIHUAN__BRIEF_DAY__INIT;
    Bihuan__BriefDay *days[] = { &first, &second };
    struct buf out = { 0 };

    (void)state;
    first.day = own("2026-11-21");
    first.done = 10;
    first.planned = 20;
    second.day = own("2026-11-22");
    second.done = 5;
    second.planned = 20;
    measure.days = days;
    measure.n_days = 2;
    brief.measures = measures;
    brief.n_measures = 1;
    brief_html(&brief, false, &out);
    assert_non_null(strstr(buf_text(&out), "<rect x=\"47\" y=\"76\" width=\"234\" height=\"64\"")); /* 10 of 20 */
    assert_non_null(strstr(buf_text(&out), "y=\"108\" width=\"234\" height=\"32\""));               /* 5 of 20 */
    assert_non_null(strstr(buf_text(&out), "points=\"164,12 476,12\""));
    assert_non_null(strstr(buf_text(&out), ">11-22<"));
    buf_fini(&out);
}

/* A lag by its gap, anything else by its reason; what isn't about a measure by its subject. */
static void open_alerts(void **state)
{
    Bihuan__Brief brief = BIHUAN__BRIEF__INIT;
    Bihuan__Alert lag = BIHUAN__ALERT__INIT, quote = BIHUAN__ALERT__INIT;
    Bihuan__AlertInputs behind = BIHUAN__ALERT_INPUTS__INIT, cheap = BIHUAN__ALERT_INPUTS__INIT;
    Bihuan__Alert *alerts[] = { &lag, &quote };
    struct buf out = { 0 };

    (void)state;
    lag.kind = own("lag");
    lag.severity = own("critical");
    lag.unit_name = own("二市");
    lag.measure_title = own("新增");
    lag.taken_by = own("cora");
    lag.state = own("taken");
    lag.inputs = &behind;
    behind.gap_bp = -1529;
    quote.kind = own("quote_undercut");
    quote.severity = own("major");
    quote.unit_name = own("省");
    quote.subject = own("K1");
    quote.state = own("firing");
    quote.inputs = &cheap;
    cheap.reason = own("below");
    cheap.reason_zh = own("低10%");
    brief.alerts = alerts;
    brief.n_alerts = 2;
    brief.alert_count = 2;
    brief_text(&brief, true, &out);
    assert_non_null(strstr(buf_text(&out), "  [紧急] 二市 新增: -15.29个百分点，认领 cora\n  [重要] 省 K1: 低10%\n"));
    buf_reset(&out);
    brief_text(&brief, false, &out);
    assert_non_null(
        strstr(buf_text(&out), "  [critical] 二市 新增: -15.29 points, in hand of cora\n  [major] 省 K1: below\n"));
    buf_reset(&out);
    brief_html(&brief, true, &out);
    assert_non_null(strstr(buf_text(&out), "<td>K1</td><td>未认领</td><td></td><td>低10%</td>"));
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans),   cmocka_unit_test(figures),     cmocka_unit_test(names_are_only_names),
        cmocka_unit_test(a_chart), cmocka_unit_test(open_alerts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
