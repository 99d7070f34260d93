/* Attainment in each reading; undefined stays undefined. */
#include "calc_test.h"

#include "calc/attainment.h"

static void attains(void **state)
{
    static const struct {
        const char *why;
        enum attainment_kind kind;
        int64_t actual, target;
        bool defined;
        enum attainment_reason reason;
        int64_t ppm;
    } rows[] = {
        { "on target", ATTAINMENT_HIGHER, 100, 100, true, ATTAINMENT_OK, 1000000 },
        { "two thirds, never rounded up", ATTAINMENT_HIGHER, 2, 3, true, ATTAINMENT_OK, 666666 },
        { "just short isn't 100 %", ATTAINMENT_HIGHER, 9999999, 10000000, true, ATTAINMENT_OK, 999999 },
        { "more was taken back than sold", ATTAINMENT_HIGHER, -1, 3, true, ATTAINMENT_OK, -333334 },
        { "target 0 is undefined, never 100 %", ATTAINMENT_HIGHER, 5, 0, false, ATTAINMENT_NO_TARGET, 0 },
        { "0 of 0 too", ATTAINMENT_HIGHER, 0, 0, false, ATTAINMENT_NO_TARGET, 0 },
        { "churn 8 against 10, ratio", ATTAINMENT_LOWER_RATIO, 8, 10, true, ATTAINMENT_OK, 1250000 },
        { "churn 20 against 10, ratio", ATTAINMENT_LOWER_RATIO, 20, 10, true, ATTAINMENT_OK, 500000 },
        { "no churn at all, ratio", ATTAINMENT_LOWER_RATIO, 0, 10, true, ATTAINMENT_SATURATED, ATTAINMENT_PPM_MAX },
        { "lower is better, target 0", ATTAINMENT_LOWER_RATIO, 0, 0, false, ATTAINMENT_NO_TARGET, 0 },
        { "churn 8 against 10, linear", ATTAINMENT_LOWER_LINEAR, 8, 10, true, ATTAINMENT_OK, 1200000 },
        { "churn 25 against 10, linear", ATTAINMENT_LOWER_LINEAR, 25, 10, true, ATTAINMENT_OK, -500000 },
        { "no churn at all, linear", ATTAINMENT_LOWER_LINEAR, 0, 10, true, ATTAINMENT_OK, 2000000 },
        { "no kind named", ATTAINMENT_UNSET, 1, 1, false, ATTAINMENT_BAD_KIND, 0 },
        { "out of reach is held", ATTAINMENT_HIGHER, INT64_MAX, 1, true, ATTAINMENT_SATURATED, ATTAINMENT_PPM_MAX },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct attainment got = attainment_of(rows[i].kind, rows[i].actual, rows[i].target);

        EXPECT_INT(rows[i].why, got.defined, rows[i].defined);
        EXPECT_INT(rows[i].why, got.reason, rows[i].reason);
        EXPECT_INT(rows[i].why, got.ppm, rows[i].ppm);
    }
    assert_string_equal(attainment_reason_name(ATTAINMENT_NO_TARGET), "no_target");
}

/* More of a good thing never attains less, more of a bad one never more. */
static void properties(void **state)
{
    (void)state;
    for (int n = 0; n < 20000; n++) {
        int64_t target = draw_int(1, 1000), actual = draw_int(-1000, 5000), more = actual + draw_int(0, 100);

        assert_true(attainment_of(ATTAINMENT_HIGHER, more, target).ppm >=
                    attainment_of(ATTAINMENT_HIGHER, actual, target).ppm);
        for (enum attainment_kind k = ATTAINMENT_LOWER_RATIO; k <= ATTAINMENT_LOWER_LINEAR; k++)
            assert_true(attainment_of(k, more, target).ppm <= attainment_of(k, actual, target).ppm);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(attains), cmocka_unit_test(properties) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
