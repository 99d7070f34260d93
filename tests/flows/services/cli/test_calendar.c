/* Calendars and definitions from the command line, on a real gateway, planning and feedback.
 *
 * July and August 2026: every working day sold 10 lines, every weekend day 20, the campaign of 18 August 30. So a
 * weekend day is worth two working days and the campaign three, whatever was believed before; there is no spread, so
 * nothing is drawn to the prior. */
#include "base/buf.h"
#include "calc/calendar.h"
#include "support/check.h"
#include "support/command.h"
#include "support/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct stack stack;
static struct web web;

static void the_years_are_applied(void **state)
{
    char arguments[400];

    (void)state;
    snprintf(arguments, sizeof arguments, "-o json apply -f '%s/deploy/calendars'", getenv("BIHUAN_SOURCE"));
    command_expect(arguments, 0, "\"created\": 3");
    command_expect("calendar show cn-2026", 0, "国办发明电〔2025〕7号");
    command_expect("-o csv calendar show cn-2026", 0, "2026-02-14,makeup,春节调休上班");
    command_expect("--lang zh calendar show cn-2026", 0, "法定节假日");
    command_expect("calendar show cn-2031", 1, "there is no calendar \"cn-2031\"");
    /* 10 October is worked in exchange, the 11th is a Sunday */
    command_expect("-o csv calendar show cn-2026 --from 2026-10-07 --until 2026-10-12", 0,
                   "2026-10-07,holiday,国庆节,80000,");
    assert_non_null(strstr(command_output, "2026-10-10,makeup,国庆节调休上班,90000,"));
    assert_non_null(strstr(command_output, "2026-10-11,weekend,,115000,"));
    assert_non_null(strstr(command_output, ",100.0000\n"));
    command_expect("calendar show cn-2026 --from 2026-10-07", 2, "yyyy-MM-dd");
}

static void a_calendar_is_edited(void **state)
{
    (void)state;
    command_expect("calendar set cn-2026 --day 2026-08-18=campaign:促销 --dry-run", 0, "+ {date: \"2026-08-18\"");
    command_expect("-o csv calendar show cn-2026 --from 2026-08-18 --until 2026-08-19", 0, "2026-08-18,working");
    command_expect(
        "calendar set cn-2026 --day 2026-08-18=campaign:促销 --weight campaign=140000 --month-end 1200000,1100000", 0,
        "Calendars");
    command_expect("-o csv calendar show cn-2026 --from 2026-08-18 --until 2026-08-19", 0,
                   "2026-08-18,campaign,促销,140000");
    command_expect("-o csv calendar show cn-2026 --from 2026-08-30 --until 2026-09-01", 0,
                   "2026-08-30,weekend,,126500");
    assert_non_null(strstr(command_output, "2026-08-31,working,,120000"));
    command_expect("calendar set cn-2026 --day 2026-08-19=campaign", 0, "Calendars");
    command_expect("calendar set cn-2026 --day 2026-08-19=", 0, "Calendars");
    command_expect("-o csv calendar show cn-2026 --from 2026-08-19 --until 2026-08-20", 0, "2026-08-19,working");
    command_expect("calendar set cn-2026 --estimated yes", 0, "Calendars");
    command_expect("-o csv get calendars cn-2026", 0, "true");
    command_expect("calendar set cn-2026 --estimated no", 0, "Calendars");
    command_expect("calendar set cn-2026 --weight sunday=5", 2, "\"sunday=5\" is not understood");
    command_expect("calendar set cn-2026 --day 2026-13-01=eve", 2, "not understood");
    command_expect("calendar set cn-2026 --weight weekend=1000001", 1, "a weight is 0 to 1000000");
    command_expect("calendar set cn-2026 --month-end 99000000", 1, "a factor is 0 to 10000000 ppm");
    command_expect("calendar set cn-2031 --estimated yes", 1, "there is no calendar");
    command_expect(
        "calendar set cn-2026 --hours 0,0,0,0,0,0,0,0,0,200000,300000,100000,0,0,100000,100000,200000,0,0,0,0,0,0,0", 0,
        "Calendars");
    command_expect("calendar show cn-2026", 0, "20.00%, 30.00%, 10.00%");
    command_expect("calendar set cn-2026 --hours 500000,500000", 1,
                   "24 shares that sum to 1000000 ppm, or none: these 2 sum to");
    command_expect(
        "calendar set cn-2026 --hours 0,0,0,0,0,0,0,0,0,200000,300000,100000,0,0,100000,100000,199999,0,0,0,0,0,0,0", 1,
        "these 24 sum to 999999");
    command_expect("calendar set cn-2026 --hours ''", 0, "Calendars");
    command_expect("calendar show cn-2026", 0, "cn-2026");
    assert_null(strstr(command_output, "hours:"));
}

static void load_orders(void)
{
    struct buf file = { 0 };
    int number = 0;

    buf_append_text(&file, "no,day,unit,product,amount\n");
    for (int32_t day = calendar_day_from_date(2026, 7, 1); day < calendar_day_from_date(2026, 9, 1); day++) {
        int weekday = calendar_weekday(day), lines = weekday == 0 || weekday == 6 ? 20 : 10;
        int32_t y, m, d;

        calendar_date_from_day(day, &y, &m, &d);
        if (m == 8 && d == 18)
            lines = 30;
        for (int i = 0; i < lines; i++)
            buf_printf(&file, "%d,%d-%02d-%02d,%s,5g,100\n", number++, y, m, d, i % 10 < 7 ? "O1" : "O2");
    }
    command_put("orders_20260831.csv", buf_text(&file));
    buf_fini(&file);
    command_put("feed.yaml", "kind: Channels\nitems: [{code: own, name: 厅}]\n---\n"
                             "kind: Products\nitems: [{code: 5g, name: 5G}]\n---\n"
                             "kind: Measures\nitems: [{code: new, title_zh: 新增, title_en: New, value: count}]\n---\n"
                             "kind: Units\nitems: [{code: P, name: 省, type: province},"
                             " {code: O1, name: 一, type: outlet, parent: P, from: 2026-01-01},"
                             " {code: O2, name: 二, type: outlet, parent: P, from: 2026-01-01}]\n---\n"
                             "kind: Feeds\nitems:\n- code: orders\n  title: o\n  sender: s\n  fact: order_line\n"
                             "  files: orders_{yyyyMMdd}.csv\n  key: [no]\n  columns:\n"
                             "  - {field: time, column: day, format: yyyy-MM-dd}\n  - {field: unit, column: unit}\n"
                             "  - {field: product, column: product}\n  - {field: amount, column: amount}\n");
    command_expect("apply -f feed.yaml", 0, "Feeds");
    command_expect("feed load orders orders_20260831.csv", 0, "loaded");
}

static void definitions_are_tried(void **state)
{
    (void)state;
    load_orders();
    command_put("try.yaml", "kind: Measures\nitems:\n"
                            "- {code: money, title_zh: 收入, title_en: Money, value: amount}\n"
                            "- {code: lines, title_zh: 笔数, title_en: Lines, value: count}\n");
    /* 62 days: 18 of weekends, 1 campaign, 43 others: 360 + 30 + 430 = 820 lines of 100.00, seven of ten in O1 */
    command_expect("measure try -f try.yaml", 0, "82,000.0000");
    assert_non_null(strstr(command_output, "820"));
    assert_non_null(strstr(command_output, "574"));
    command_expect("-o json measure try -f try.yaml --code lines --from 2026-08-18 --until 2026-08-19", 0,
                   "\"total\": 30");
    command_expect("-o csv measure try --code new --top 1", 0, "O1,574,574");
    command_expect("measure try --code new --unit O2 --from 2026-08-18 --until 2026-08-19", 0, "total: 9");
    command_expect("measure try -f try.yaml --code other", 1, "no such measure");
    command_expect("measure try", 2, "-f FILE or --code MEASURE");
    command_expect("get measures money", 1, "there is no \"money\"");
}

static void weights_are_learned(void **state)
{
    (void)state;
    command_expect("-o csv calendar learn cn-2026 --measure new --from 2026-07-01 --until 2026-09-01", 0,
                   "weekend,18,200.0000,115.0000,0.0000,200000");
    assert_non_null(strstr(command_output, "campaign,1,300.0000,140.0000,0.0000,300000"));
    assert_non_null(strstr(command_output, "working,43,100.0000,100.0000,100.0000,100000"));
    assert_non_null(strstr(command_output, "holiday,0,0.0000,80.0000,100.0000,80000")); /* never seen: as it was */
    command_expect("-o csv calendar show cn-2026 --from 2026-08-18 --until 2026-08-19", 0,
                   ",140000,"); /* only proposed */
    command_expect("calendar learn cn-2026 --measure new --from 2026-07-01 --until 2026-09-01 --set", 0, "Calendars");
    command_expect("-o csv calendar show cn-2026 --from 2026-08-18 --until 2026-08-19", 0, ",300000,");
    command_expect("calendar learn cn-2026 --measure nothing --from 2026-07-01 --until 2026-09-01", 1, "is not known");
    command_expect("calendar learn cn-2026 --from 2026-07-01 --until 2026-09-01", 2, "--measure M");
    command_expect("calendar learn cn-2026 --measure new --from 2026-07-01 --until 2026-09-01 --parent cn-1", 1,
                   "there is no calendar \"cn-1\"");
}

static void what_a_measure_counts_is_changed_knowingly(void **state)
{
    (void)state;
    command_put("new.yaml", "kind: Measures\nitems: [{code: new, title_zh: 新增, title_en: New, value: count,"
                            " filter: {channels: [own]}}]\n");
    command_expect("apply -f new.yaml", 1, "apply it with redefine");
    command_expect("apply -f new.yaml --redefine --dry-run", 0, "filter: {} -> {channels: \"own\"}");
    command_expect("apply -f new.yaml --redefine", 0, "Measures");
}

static int set_up(void **state)
{
    (void)state;
    setenv("BIHUAN_SCAN_MS", "50", 1);
    setenv("BIHUAN_QUIET_MS", "0", 1);
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:00:00+08:00@%lld", (long long)time(NULL));
    web_start(&web, &stack);
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "feedback");
    command_open(&stack, &web, "files");
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
        cmocka_unit_test(the_years_are_applied),
        cmocka_unit_test(a_calendar_is_edited),
        cmocka_unit_test(definitions_are_tried),
        cmocka_unit_test(weights_are_learned),
        cmocka_unit_test(what_a_measure_counts_is_changed_knowingly),
    };

    return cmocka_run_group_tests_name("calendar", tests, set_up, tear_down);
}
