/* Why an alert is as it is, in Chinese, by hand. */
#include "support/check.h"

#include "monitoring/alerts/alert_book.h"

#include <string.h>

#define TEXT(text) ((char *)(uintptr_t)(text))

static struct arena arena;
static Bihuan__Alert alert;
static Bihuan__AlertInputs inputs;

static int fresh(void **state)
{
    (void)state;
    arena_init(&arena);
    bihuan__alert__init(&alert);
    bihuan__alert_inputs__init(&inputs);
    alert.inputs = &inputs;
    return 0;
}

static int gone(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static void a_lag(void **state)
{
    (void)state;
    alert.kind = TEXT("lag");
    inputs.gap_bp = -1529;
    inputs.planned = 405250;
    inputs.actual = 302500;
    inputs.scale = 2;
    inputs.probability_ppm = 2500;
    assert_string_equal(alert_reason_zh(&arena, &alert),
                        "时序差-15.29个百分点；应完成4052.50，实际3025.00；偶然如此之低的概率0.25%");
    inputs.ratio = true;
    inputs.target = 500000;
    inputs.gap_bp = -3950;
    assert_string_equal(alert_reason_zh(&arena, &alert), "实际3025.00，目标水平5000.00，相差-39.50个百分点");
}

static void a_limit(void **state)
{
    (void)state;
    alert.kind = TEXT("threshold");
    inputs.actual = 18;
    inputs.target = 15;
    assert_string_equal(alert_reason_zh(&arena, &alert), "合计18，限值15");
    inputs.level = true;
    assert_string_equal(alert_reason_zh(&arena, &alert), "当日末18，限值15");
}

/* What its kind judged by, each with the limit that it passed; a word that has no translation stays as it is. */
static void conditions(void **state)
{
    Bihuan__Condition silent = BIHUAN__CONDITION__INIT, other = BIHUAN__CONDITION__INIT;
    Bihuan__Condition *both[] = { &silent, &other };

    (void)state;
    alert.kind = TEXT("zero_sales");
    assert_string_equal(alert_reason_zh(&arena, &alert), "");
    silent.what = TEXT("silent_days");
    silent.value_text = TEXT("8");
    silent.limit_text = TEXT("1");
    silent.compare = TEXT("at_least");
    other.what = TEXT("new_word");
    other.value_text = TEXT("2.00");
    other.limit_text = TEXT("3.00");
    other.compare = TEXT("below");
    alert.conditions = both;
    alert.n_conditions = 2;
    assert_string_equal(alert_reason_zh(&arena, &alert),
                        "连续零销售天数8（限：不低于1）；new_word2.00（限：低于3.00）");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lag, fresh, gone),
        cmocka_unit_test_setup_teardown(a_limit, fresh, gone),
        cmocka_unit_test_setup_teardown(conditions, fresh, gone),
    };

    return cmocka_run_group_tests_name("reason", tests, NULL, NULL);
}
