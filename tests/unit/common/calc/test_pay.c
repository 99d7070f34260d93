/* Pay mix, linked pay, draw and recovery, hold-back. */
#include "calc_test.h"

#include "calc/pay.h"

static void mixes_and_links(void **state)
{
    struct pay_mix mix;
    struct err err;
    int64_t got;
    (void)state;
    EXPECT_OK("60/40 at 110 %", pay_mix_compute(1000000, 600000, 1100000, ROUND_HALF_UP, &mix, &err), err);
    EXPECT_INT("fixed", mix.fixed, 600000);
    EXPECT_INT("40 % * 1.1", mix.variable, 440000);
    EXPECT_INT("total", mix.total, 1040000);
    EXPECT_OK("odd amount at 100 %", pay_mix_compute(101, 333333, 1000000, ROUND_HALF_UP, &mix, &err), err);
    EXPECT_INT("nothing is lost", mix.total, 101);
    EXPECT_OK("linked", pay_linked(500000, 100000, 800000, ROUND_HALF_UP, &got, &err), err);
    EXPECT_INT("500,000 * (0.90 + 0.10 * 0.8)", got, 490000);
    EXPECT_OK("held back", pay_hold_back(-101, 300000, ROUND_HALF_UP, &got, &mix.total, &err), err);
    EXPECT_INT("30 % of -101", got, -30);
    EXPECT_INT("the rest", mix.total, -71);
    EXPECT_REFUSED("share", pay_mix_compute(1, 1000001, 0, ROUND_DOWN, &mix, &err), err, "bad_share");
    EXPECT_REFUSED("factor", pay_mix_compute(1, 0, -1, ROUND_DOWN, &mix, &err), err, "bad_share");
    EXPECT_REFUSED("linked", pay_linked(1, -1, 0, ROUND_DOWN, &got, &err), err, "bad_share");
}

static void draws_and_recovers(void **state)
{
    static const struct {
        const char *why;
        bool recoverable;
        int64_t earned, balance, draw, recovery, after, paid;
    } rows[] = {
        { "300 of least 500: 200 advanced", true, 300, 0, 200, 0, 200, 500 },
        { "900: half of 400 over is 200", true, 900, 500, 0, 200, 300, 700 },
        { "no more than is owed", true, 900, 50, 0, 50, 0, 850 },
        { "exactly the least: nothing moves", true, 500, 80, 0, 0, 80, 500 },
        { "not recoverable: nothing is owed", false, 300, 0, 200, 0, 0, 500 },
        { "a clawback month", true, -100, 10, 600, 0, 610, 500 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pay_draw_rule rule = { 500, 500000, rows[i].recoverable };
        struct pay_draw d;
        struct err err;

        EXPECT_OK(rows[i].why, pay_draw_compute(&rule, rows[i].earned, rows[i].balance, ROUND_HALF_UP, &d, &err), err);
        EXPECT_INT(rows[i].why, d.draw, rows[i].draw);
        EXPECT_INT(rows[i].why, d.recovery, rows[i].recovery);
        EXPECT_INT(rows[i].why, d.balance_after, rows[i].after);
        EXPECT_INT(rows[i].why, d.paid, rows[i].paid);
    }
    struct pay_draw d;
    struct err err;
    EXPECT_REFUSED("owing below 0",
                   pay_draw_compute(&(struct pay_draw_rule) { 1, 1, true }, 1, -1, ROUND_DOWN, &d, &err), err,
                   "bad_draw");
}

/* What was paid and what is owed always add up to what was earned. */
static void properties(void **state)
{
    (void)state;
    for (int n = 0; n < 500; n++) {
        struct pay_draw_rule rule = { draw_int(0, 1000), draw_int(0, 1000000), true };
        int64_t balance = 0, earned = 0, paid = 0;

        for (int month = 0; month < 24; month++) {
            int64_t e = draw_int(-200, 2500);
            struct pay_draw d;

            assert_int_equal(pay_draw_compute(&rule, e, balance, ROUND_HALF_EVEN, &d, NULL), 0);
            assert_true(d.paid >= rule.pay_min && d.balance_after >= 0);
            balance = d.balance_after;
            earned += e;
            paid += d.paid;
        }
        assert_int_equal(paid - balance, earned);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(mixes_and_links), cmocka_unit_test(draws_and_recovers),
                                        cmocka_unit_test(properties) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
