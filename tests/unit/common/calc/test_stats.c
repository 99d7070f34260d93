/* Distribution functions against sums and published values. */
#include "calc_test.h"

#include <math.h>

#include "calc/control.h"
#include "calc/stats.h"

static void gives_known_values(void **state)
{
    (void)state;
    EXPECT_NEAR("PV 8, EV 6: noise", stats_poisson_lower(8, 6), 0.31337428, 1e-8);
    EXPECT_NEAR("PV 80, EV 60: not noise", stats_poisson_lower(80, 60), 0.01192157, 1e-8);
    EXPECT_NEAR("none of seven expected: e^-7", stats_poisson_lower(7, 0), exp(-7), 1e-15);
    EXPECT_NEAR("normal 5 %", stats_normal_lower(-1.959963985), 0.025, 1e-9);
    EXPECT_NEAR("normal middle", stats_normal_lower(0), 0.5, 1e-15);
    /* dispersion 2, mean 1: r = 1, p = 1/2: the geometric distribution, P(X <= k) = 1 - 2^-(k+1) */
    EXPECT_NEAR("geometric 0", stats_negbin_lower(1, 2, 0), 0.5, 1e-12);
    EXPECT_NEAR("geometric 3", stats_negbin_lower(1, 2, 3), 0.9375, 1e-12);
    EXPECT_NEAR("beta(2, 3) at .5 = 11/16", stats_beta_lower(2, 3, 0.5), 0.6875, 1e-12);
    EXPECT_NEAR("student, one degree is an arc tangent", stats_student_lower(-1, 1), 0.25, 1e-12);
    EXPECT_NEAR("student, four degrees", stats_student_lower(-5.597568, 4), 0.0025, 1e-7); /* printed tables */
    EXPECT_NEAR("student, ten degrees, upper", stats_student_lower(1.812461, 10), 0.95, 1e-7);
    EXPECT_NEAR("student, many degrees are normal", stats_student_lower(-2, 100000000), stats_normal_lower(-2), 1e-7);
    EXPECT_NEAR("t, one degree", stats_band80(1), 3.0777, 1e-9);
    EXPECT_NEAR("t, nineteen degrees", stats_band80(19), 1.3277, 1e-9);
    EXPECT_NEAR("normal from twenty on", stats_band80(20), 1.2816, 1e-9);
    EXPECT_NEAR("nothing lies below nothing", stats_poisson_lower(3, -1), 0, 0);
    EXPECT_NEAR("nothing expected", stats_poisson_lower(0, 0), 1, 0);
}

static void holds_for_large_means(void **state)
{
    (void)state;
    /* normal approximation with continuity correction is good to 1e-4 here */
    EXPECT_NEAR("median of 1e7", stats_poisson_lower(1e7, 10000000), 0.5, 1e-3);
    EXPECT_NEAR("-2 sigma of 1e7", stats_poisson_lower(1e7, 10000000 - 6325), stats_normal_lower(-2), 1e-4);
    EXPECT_NEAR("-2 sigma of 1e7, dispersion 4", stats_negbin_lower(1e7, 4, 10000000 - 12649), stats_normal_lower(-2),
                1e-4);
    EXPECT_NEAR("far below", stats_poisson_lower(1e7, 1000), 0, 1e-300);
    EXPECT_NEAR("far above", stats_poisson_lower(10, INT64_MAX / 2), 1, 1e-12);
}

/* Against the plain sum of probabilities; quantiles invert. */
static void properties(void **state)
{
    (void)state;
    for (int n = 0; n < 400; n++) {
        double mean = (double)draw_int(1, 40000) / 100, dispersion = 1 + (double)draw_int(1, 500) / 100;
        double poisson = 0, negbin = 0, r = mean / (dispersion - 1), p = 1 / dispersion;
        int64_t upto = draw_int(0, (int64_t)mean * 2);

        for (int64_t k = 0; k <= upto; k++) {
            double x = (double)k;

            poisson += exp(-mean + x * log(mean) - lgamma(x + 1));
            negbin += exp(lgamma(x + r) - lgamma(r) - lgamma(x + 1) + r * log(p) + x * log1p(-p));
        }
        EXPECT_NEAR("Poisson", stats_poisson_lower(mean, upto), poisson, 1e-9);
        EXPECT_NEAR("negative binomial", stats_negbin_lower(mean, dispersion, upto), negbin, 1e-9);

        double share = (double)draw_int(1, 999) / 1000;
        int64_t q = stats_count_mid_quantile(mean, dispersion, share);
        double below[3];
        for (int i = 0; i < 3; i++)
            below[i] = stats_count_lower(mean, dispersion, q - 2 + i);
        assert_true((below[1] + below[2]) / 2 >= share);
        assert_true((below[0] + below[1]) / 2 < share || q == 0);
    }
}

static void charts_warn(void **state)
{
    const struct control_rule usual = control_rule_default();
    struct control quiet = { 0 }, shifted = { 0 };
    (void)state;
    control_add(&quiet, 0, &usual);
    control_add(&quiet, NAN, &usual); /* no data is passed over */
    EXPECT_INT("one day counted", quiet.n, 1);
    EXPECT_INT("no alarm", quiet.ewma_alarm || quiet.cusum_alarm, 0);
    /* first day, z = -2.8: 0.2 * -2.8 = -0.56 < -2.7 * sqrt(1/9 * 0.36) = -0.54 */
    control_add(&shifted, -2.8, &usual);
    EXPECT_INT("ewma", shifted.ewma_alarm, 1);
    EXPECT_NEAR("cusum 2.8 - 0.5", shifted.cusum, 2.3, 1e-12);
    control_add(&shifted, -2.8, &usual);
    EXPECT_INT("cusum 4.6", shifted.cusum_alarm, 0);
    control_add(&shifted, -2.8, &usual);
    EXPECT_INT("cusum 6.9", shifted.cusum_alarm, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_known_values),
        cmocka_unit_test(holds_for_large_means),
        cmocka_unit_test(properties),
        cmocka_unit_test(charts_warn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
