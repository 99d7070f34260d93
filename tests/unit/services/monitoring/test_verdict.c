/* Whether corrective actions kept their word: by hand. */
#include "support/check.h"

#include "monitoring/actions/actions.h"

static void without_the_action(void **state)
{
    (void)state;
    /* 1,000 to reach; 300 done at C 40 %, at 75 % of the pace (300 of 400 planned). Going on so, C 60 % finds
     * 300 + 1000 * 0.2 * 0.75 = 450. */
    CHECK_INT(action_counterfactual(300, 1000, 400000, 600000, 750000), 450);
    CHECK_INT(action_counterfactual(300, 1000, 400000, 400000, 750000), 300); /* no time has gone */
    CHECK_INT(action_counterfactual(0, 1000, 0, 1000000, 0), 0);              /* it stood still before */
    /* sums of money at four decimals go beyond 64 bits on the way: 10^15 * 10^6 * 10^6 */
    CHECK_INT(action_counterfactual(0, 1000000000000000, 0, 1000000, 1000000), 1000000000000000);
}

static void kept_or_not(void **state)
{
    (void)state;
    assert_true(action_kept(-299, -300, 0, 100, 800000));   /* the gap is closed */
    assert_false(action_kept(-300, -300, 79, 100, 800000)); /* at the limit isn't above it; 79 of 100 */
    assert_true(action_kept(-900, -300, 80, 100, 800000));  /* 80 % of the promise */
    assert_false(action_kept(-900, -300, 500, 0, 800000));  /* nothing was promised */
    assert_false(action_kept(-900, -300, -5, 100, 800000));
    assert_true(action_kept(-900, -300, 50, 100, 500000)); /* where half is enough */
    assert_false(action_kept(-900, -300, 49, 100, 500000));
}

static void another_round(void **state)
{
    (void)state;
    CHECK_INT(action_next_due(100, 110, 112), 122); /* ten days again */
    CHECK_INT(action_next_due(100, 100, 102), 103); /* one at least */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_action),
        cmocka_unit_test(kept_or_not),
        cmocka_unit_test(another_round),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
