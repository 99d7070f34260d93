/* Chances by hand: small cases counted out. */
#include "support/check.h"

#include "incentive/detectors/chance.h"

static void test_half(void **state)
{
    (void)state;
    CHECK_INT(chance_of_half(0, 0), 1000000);
    CHECK_INT(chance_of_half(0, 7), 1000000);
    CHECK_INT(chance_of_half(1, 1), 500000);
    CHECK_INT(chance_of_half(2, 2), 250000);
    CHECK_INT(chance_of_half(9, 10), 10742);  /* (10 + 1) / 1024 */
    CHECK_INT(chance_of_half(5, 10), 623047); /* (252 + 210 + 120 + 45 + 10 + 1) / 1024 */
    assert_true(chance_of_half(5100, 10000) < 25000 && chance_of_half(5100, 10000) > 20000); /* 2 sigma: 2.28 % */
}

static void test_more(void **state)
{
    (void)state;
    CHECK_INT(chance_of_more(0, 4, 3, 20), 1000000);
    CHECK_INT(chance_of_more(2, 2, 0, 2), 166667);    /* 1 of the 6 pairs of 4 */
    CHECK_INT(chance_of_more(1, 2, 0, 2), 500000);    /* the marked one is among the 2 drawn */
    CHECK_INT(chance_of_more(3, 4, 1, 20), 7623);     /* (4 x 20 + 1) / 10626 */
    CHECK_INT(chance_of_more(4, 4, 20, 20), 1000000); /* all are marked everywhere */
    CHECK_INT(chance_of_more(3, 3, 0, 0), 1000000);   /* nothing to compare with */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_half),
        cmocka_unit_test(test_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
