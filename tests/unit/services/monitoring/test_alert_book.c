/* Alerts in memory: whatever was made before, in whatever order, an alert is found by its rule and unit exactly when it
 * was made, and asking for it makes none. Beside a table of flags kept by the test. */
#include "support/check.h"
#include "support/seed.h"

#include "monitoring/alerts/alert_book.h"
#include "refdata/refdata_internal.h"

#include <stdio.h>
#include <string.h>

#define RULES    3
#define UNITS    40
#define DRAWS    2000
#define FAR_UNIT 100000 /* far beyond what the book has room for by then */

static struct monitoring m;
static struct rule rules[RULES];

static uint32_t unit_id(int i)
{
    return i == UNITS - 1 ? FAR_UNIT : (uint32_t)(1 + 7 * i);
}

static void name_all(void)
{
    char code[32];

    for (int i = 0; i < UNITS; i++) {
        snprintf(code, sizeof code, "U%d", i);
        code_table_entry(&m.refdata->units, unit_id(i), code, sizeof(struct ref_unit));
    }
    code_table_entry(&m.refdata->measures, 1, "revenue", sizeof(struct ref_measure));
    code_table_entry(&m.refdata->periods, 1, "2026Q4", sizeof(struct ref_period));
    for (int i = 0; i < RULES; i++) {
        rules[i].id = (uint32_t)i + 1;
        snprintf(rules[i].code, sizeof rules[i].code, "rule%d", i);
    }
}

static int set_up(void **state)
{
    (void)state;
    m.refdata = refdata_new();
    m.alerts = alerts_new();
    name_all();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    alerts_destroy(&m.alerts);
    refdata_destroy(&m.refdata);
    return 0;
}

static void test_found_when_made(void **state)
{
    bool made[RULES][UNITS] = { { false } };
    uint64_t seed = test_seed();

    (void)state;
    for (int draw = 0; draw < DRAWS; draw++) {
        int rule = random_below(&seed, RULES), unit = random_below(&seed, UNITS);
        bool make = random_below(&seed, 20) == 0;
        const struct alert *alert = alerts_get(&m, &rules[rule], unit_id(unit), 1, 1, make);

        made[rule][unit] = made[rule][unit] || make;
        if ((alert != NULL) != made[rule][unit])
            fail_msg("draw %d, rule %d, unit %d: %s", draw, rule, unit, alert ? "found, never made" : "not found");
        if (alert && (alert->unit_id != unit_id(unit) || alert->rule_id != rules[rule].id))
            fail_msg("draw %d: another alert was found", draw);
    }
}

/* One that is about a customer isn't the unit's own. */
static void test_about_somebody(void **state)
{
    (void)state;
    assert_null(alerts_get_about(&m, &rules[0], unit_id(3), "c1", false));
    assert_non_null(alerts_get_about(&m, &rules[0], unit_id(3), "c1", true));
    assert_non_null(alerts_get_about(&m, &rules[0], unit_id(3), "c1", false));
    assert_null(alerts_get_about(&m, &rules[0], unit_id(3), "c2", false));
    assert_null(alerts_get(&m, &rules[0], unit_id(3), 1, 1, false));
    assert_null(alerts_get(&m, &rules[0], 99999999, 1, 1, true)); /* nobody knows that unit */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_found_when_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_about_somebody, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
