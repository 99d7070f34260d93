/* Pace, landing and breach against examples worked by hand. */
#include "calc_test.h"

#include <math.h>

#include "calc/breach.h"

static struct phasing_curve curve_of(const int64_t *weights, size_t count, int64_t *cumulative)
{
    struct phasing_curve curve;
    struct err err;

    EXPECT_OK("curve", phasing_curve_init(&curve, 0, weights, count, cumulative, &err), err);
    return curve;
}

static struct pace pace_of(const struct phasing_curve *curve, int32_t day, int64_t bac, int64_t ev,
                           struct pace_input *input)
{
    static struct phased plans[2];
    static int turn;
    struct phased *plan = &plans[turn ^= 1];
    struct pace pace;
    struct err err;

    *plan = phased_plain(curve, bac);
    *input = (struct pace_input) { plan, phased_at_day_end(plan, day), ev, PACE_SPI_UNITS_MIN, PACE_SPI_CURVE_MIN_PPM };
    EXPECT_OK("pace", pace_compute(input, &pace, &err), err);
    return pace;
}

static void follows_the_curve(void **state)
{
    int64_t weights[] = { 5, 7, 8, 10 }, cumulative[5];
    struct phasing_curve curve = curve_of(weights, 4, cumulative);
    struct pace_input input;
    (void)state;
    struct pace p = pace_of(&curve, 2, 30, 15, &input); /* PV 20, EV 15 */
    EXPECT_INT("PV", p.pv_shown, 20);
    EXPECT_INT("SV", p.sv_shown, -5);
    EXPECT_INT("G = 100 * (15/30 - 20/30) = -16.66..", p.gap_bp, -1666);
    EXPECT_INT("C_t 2/3", p.curve_ppm, 666666);
    EXPECT_INT("SPI 15/20", p.spi.ppm, 750000);
    EXPECT_INT("TSPI 15/10", p.tspi.ppm, 1500000);
    EXPECT_INT("ES 2 + 3/8", p.es_millidays, 2375);
    EXPECT_INT("behind 3 - 2.375", p.behind_millidays, 625);
    EXPECT_INT("run rate 15 / (2/3) = 22.5", p.landing_run_rate, 23);
    EXPECT_INT("shortfall not repeated 15 + 10", p.landing_kept, 25);

    p = pace_of(&curve, 3, 30, 15, &input); /* the textbook case: EV 15 at time 4 */
    EXPECT_INT("ES 2.375", p.es_millidays, 2375);
    EXPECT_INT("1.6 periods behind", p.behind_millidays, 1625);
    EXPECT_INT("SPI at the end is attainment", p.spi.ppm, 500000);
    EXPECT_INT("nothing left to plan", p.tspi.defined, 0);

    p = pace_of(&curve, 1, 30, 20, &input); /* PV 12 */
    EXPECT_INT("a day ahead", p.behind_millidays, -1000);
    EXPECT_INT("G 8/30", p.gap_bp, 2666);
    p = pace_of(&curve, 1, 30, 30, &input);
    EXPECT_INT("target reached: nothing required", p.tspi.defined && p.tspi.ppm == 0, 1);
}

static void marks_what_has_no_meaning(void **state)
{
    int64_t weights[] = { 0, 4, 96, 0, 0 }, cumulative[6];
    struct phasing_curve curve = curve_of(weights, 5, cumulative);
    struct pace_input input;
    struct pace p = pace_of(&curve, 0, 1000, 0, &input);
    struct err err;
    (void)state;
    EXPECT_INT("closed so far: no SPI", p.spi.defined, 0);
    EXPECT_INT("closed so far: no run rate", p.run_rate_defined, 0);
    EXPECT_INT("closed so far: not behind", p.behind_millidays, 0);
    p = pace_of(&curve, 1, 1000, 20, &input);
    EXPECT_INT("4 % of the curve: no SPI", p.spi.defined, 0);
    EXPECT_INT("but behind by half a day", p.behind_millidays, 500);
    p = pace_of(&curve, 2, 4, 1, &input);
    EXPECT_INT("4 units planned: no SPI", p.spi.defined, 0);
    p = pace_of(&curve, 3, 1000, 1000, &input);
    EXPECT_INT("all done, closed days: on time", p.behind_millidays, 0);
    p = pace_of(&curve, 4, 1000, 1500, &input);
    EXPECT_INT("over 100 %, closed days: not behind", p.behind_millidays, 0);
    p = pace_of(&curve, 2, 1000, -50, &input);
    EXPECT_INT("more taken back than sold: behind from the first open day", p.behind_millidays, 2000);
    struct phased none = phased_plain(&curve, 0), huge = phased_plain(&curve, INT64_MAX);
    input.plan = &none;
    EXPECT_REFUSED("no target", pace_compute(&input, &p, &err), err, "no_target");
    input.plan = &huge;
    input.at = phased_at_day_end(&huge, 2);
    input.ev = INT64_MIN;
    EXPECT_REFUSED("out of range", pace_compute(&input, &p, &err), err, "overflow");
}

static void reckons_cost(void **state)
{
    struct pace_cost cost;
    struct err err;
    (void)state;
    EXPECT_OK("cost", pace_cost_compute(1000, 400, 50, &cost, &err), err);
    EXPECT_INT("CPI 400/50", cost.cpi.ppm, 8000000);
    EXPECT_INT("EAC 1000/8", cost.eac, 125);
    EXPECT_OK("no cost", pace_cost_compute(1000, 400, 0, &cost, &err), err);
    EXPECT_INT("undefined", cost.cpi.defined, 0);
}

static struct landing landing_of(const struct phasing_curve *curve, int32_t days, int64_t bac, const int64_t *actual,
                                 int64_t unit, struct landing_rule rule)
{
    struct landing_input in = { curve, phasing_at_day_end(curve, days - 1), bac, 0, actual, days, unit, 1 };

    for (int32_t i = 0; i < days; i++)
        in.ev += actual[i];
    return landing_forecast(&in, &rule);
}

static void forecasts_the_landing(void **state)
{
    int64_t weights[] = { 1, 1, 1, 1 }, cumulative[5];
    struct phasing_curve curve = curve_of(weights, 4, cumulative);
    int64_t even[] = { 20, 20 }, uneven[] = { 30, 20 }, few[] = { 3, 2 };
    struct landing_rule plain = { .prior_ratio = 1, .widen = 1.1 };
    (void)state;
    /* q = 0.9330330, 1: R = (0.2 * 1.933033 + 0.15) / (0.25 * 1.933033 + 0.15) */
    struct landing l = landing_of(&curve, 2, 100, even, 0, landing_rule_default());
    EXPECT_NEAR("R leans on the prior", l.ratio, 0.84737403, 1e-6);
    EXPECT_INT("F = 40 + 50 R", l.value, 82);
    l = landing_of(&curve, 2, 100, even, 0, plain);
    EXPECT_INT("no prior, no ageing: 40 + 50 * 0.8", l.value, 80);
    EXPECT_INT("no spread at all: no chance", l.hit_probability > 0, 0);
    EXPECT_NEAR("catch-up: (60/50) / 0.8", l.catch_up, 1.5, 1e-9);
    /* R 1; s^2 = (5^2 + 5^2) / 0.25 = 200; Var = 0.5 * 200 + 0.25 * 200 * 0.5 / 0.25 = 200; 3.0777 * 1.1 * 14.142 */
    l = landing_of(&curve, 2, 100, uneven, 0, plain);
    EXPECT_INT("F", l.value, 100);
    EXPECT_INT("low 100 - 47.88", l.low, 52);
    EXPECT_INT("high 100 + 47.88", l.high, 148);
    EXPECT_NEAR("even chance", l.hit_probability, 0.5, 1e-9);
    /* five more expected; R = 1 has a variance of 0.5 / 10 / 0.25 = 0.2, so the count has one of 5 + 0.2 * 25 = 10:
     * negative binomial of size 5 with p = 1/2. P(X <= 0) = 1/32, P(X <= 1) = 0.109, P(X <= 2) = 0.227, so the middle
     * of 1 is 0.070 and that of 2 0.168; P(X <= 8) = 0.867, P(X <= 9) = 0.910, P(X <= 10) = 0.941: 9 is at 0.888, 10 at
     * 0.925; P(X <= 4) = 1/2 */
    l = landing_of(&curve, 2, 10, few, 1, plain);
    EXPECT_INT("by count", l.by_count, 1);
    EXPECT_INT("5 + 2", l.low, 7);
    EXPECT_INT("5 + 9", l.high, 14);
    EXPECT_NEAR("P(X >= 5)", l.hit_probability, 0.5, 1e-7);
    l = landing_of(&curve, 0, 100, NULL, 0, landing_rule_default());
    EXPECT_INT("nothing elapsed: the prior", l.value, 100);
    EXPECT_INT("and no band", l.band_defined, 0);
    l = landing_of(&curve, 4, 100, (int64_t[]) { 30, 30, 30, 30 }, 0, plain);
    EXPECT_INT("at the end: what is", l.value, 120);
    EXPECT_NEAR("and certain", l.hit_probability, 1, 0);
}

static void tests_significance(void **state)
{
    static const struct {
        const char *why;
        int64_t pv, ev, unit;
        double dispersion, want_p;
        bool significant;
    } rows[] = {
        { "PV 8, EV 6", 8, 6, 1, 1, 0.31337428, false },
        { "PV 80, EV 60", 80, 60, 1, 1, 0.01192157, true },
        { "the same in hundredths", 8000, 6000, 100, 1, 0.01192157, true },
        { "nothing planned", 0, 0, 1, 1, 1, false },
        { "dispersion 1.2 is still Poisson", 80, 60, 1, 1.2, 0.01192157, true },
        { "taken back below 0", 8, -1, 1, 1, 0, true },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct breach_significance s = breach_test_count((struct fixed_ratio) { rows[i].pv, 1 }, rows[i].ev,
                                                         rows[i].unit, rows[i].dispersion, 0.02);

        EXPECT_NEAR(rows[i].why, s.p, rows[i].want_p, 1e-7);
        EXPECT_INT(rows[i].why, s.significant, rows[i].significant);
    }
    struct breach_significance wide = breach_test_count((struct fixed_ratio) { 80, 1 }, 60, 1, 3, 0.02);
    EXPECT_INT("variance three times the mean: noise", wide.significant, 0);
    EXPECT_INT("negative binomial", wide.test, BREACH_TEST_NEGBIN);
    EXPECT_INT("an outlet planned at 3 and at 1: z -1.2", breach_guard_count(3, 1, 2), 0);
    EXPECT_INT("a county at 300 and 240: z -3.5", breach_guard_count(300, 240, 2), 1);
    EXPECT_NEAR("county", breach_test_count((struct fixed_ratio) { 300, 1 }, 240, 1, 1, 0.02).z, -3.4641016, 1e-6);
    EXPECT_NEAR("outlet", breach_test_count((struct fixed_ratio) { 3, 1 }, 1, 1, 1, 0.02).z, -1.1547005, 1e-6);

    int64_t weights[] = { 1, 1, 1, 1 }, cumulative[5];
    struct phasing_curve curve = curve_of(weights, 4, cumulative);
    struct pace_input input;
    struct pace p = pace_of(&curve, 1, 1000, 300, &input);
    struct phasing_point at = phasing_at_day_end(&curve, 1);
    /* -200 / (0.5 * 1000 * sqrt(2/16)); two days leave one degree of freedom: p = 1/2 - atan(|z|) / pi */
    EXPECT_NEAR("money", breach_test_money(&curve, at, 1000, &p, 0.5, 0.2).z, -1.1313708, 1e-6);
    EXPECT_NEAR("a spread of two days", breach_test_money(&curve, at, 1000, &p, 0.5, 0.2).p, 0.2304052, 1e-6);
    EXPECT_INT("not significant", breach_test_money(&curve, at, 1000, &p, 0.5, 0.2).significant, 0);
    EXPECT_NEAR("a steady unit", breach_test_money(&curve, at, 1000, &p, 0.2, 0.2).p, 0.1081734, 1e-6);
    EXPECT_INT("a steady unit is", breach_test_money(&curve, at, 1000, &p, 0.2, 0.2).significant, 1);
    EXPECT_INT("no spread known", breach_test_money(&curve, at, 1000, &p, 0, 0.2).significant, 0);
    EXPECT_INT("a single day has none",
               breach_test_money(&curve, phasing_at_day_end(&curve, 0), 1000, &p, 0.2, 0.5).significant, 0);
}

static void decides_on_breach(void **state)
{
    static const struct {
        const char *why;
        int64_t ev; /* of PV 800, BAC 1000 */
        bool significant, has_landing;
        double hit, catch_up;
        int64_t landing;
        bool warned, lag, clear;
        enum breach_severity want;
    } rows[] = {
        { "on plan", 800, false, false, 1, 1, 1000, false, false, true, BREACH_NONE },
        { "on plan, chart alarms", 800, false, false, 1, 1, 1000, true, false, true, BREACH_INFO },
        { "five points, exactly", 750, true, false, 1, 1, 1000, false, true, false, BREACH_WARNING },
        { "just under five points", 751, true, false, 1, 1, 1000, false, false, false, BREACH_NONE },
        { "three points don't clear", 770, false, false, 1, 1, 1000, false, false, false, BREACH_NONE },
        { "just under three do", 771, false, false, 1, 1, 1000, false, false, true, BREACH_NONE },
        { "five points of noise", 750, false, true, 0.01, 2, 800, false, false, false, BREACH_NONE },
        { "lag, landing in reach", 750, true, true, 0.6, 1.2, 940, false, true, false, BREACH_WARNING },
        { "lag, unlikely yet nearly there", 750, true, true, 0.3, 1.2, 950, false, true, false, BREACH_WARNING },
        { "lag and trajectory", 750, true, true, 0.3, 1.5, 949, false, true, false, BREACH_MAJOR },
        { "hardly a chance", 750, true, true, 0.09, 1.2, 900, false, true, false, BREACH_CRITICAL },
        { "not recoverable by pace", 750, true, true, 0.3, 1.6, 900, false, true, false, BREACH_CRITICAL },
    };
    int64_t weights[] = { 8, 2 }, cumulative[3];
    struct phasing_curve curve = curve_of(weights, 2, cumulative);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pace_input input;
        struct pace p = pace_of(&curve, 0, 1000, rows[i].ev, &input);
        struct breach_significance s = { .significant = rows[i].significant };
        struct landing l = { .value = rows[i].landing,
                             .band_defined = true,
                             .hit_probability = rows[i].hit,
                             .catch_up_defined = true,
                             .catch_up = rows[i].catch_up };
        struct breach_rule rule = breach_rule_default(1);
        struct breach b = breach_decide(1000, &p, &s, rows[i].has_landing ? &l : NULL, rows[i].warned, &rule);

        EXPECT_INT(rows[i].why, b.lag, rows[i].lag);
        EXPECT_INT(rows[i].why, b.clear, rows[i].clear);
        EXPECT_INT(rows[i].why, b.severity, rows[i].want);
        rule.sv_floor = 51;
        b = breach_decide(1000, &p, &s, NULL, false, &rule);
        EXPECT_INT("50 units under a floor of 51", b.lag, 0);
    }
}

/* Signs agree, EV = PV is on time, more sold is never further behind. */
/* The first day is closed; before it one more was cancelled than sold: behind by nothing, not ahead by a day. */
static void less_than_nothing_at_the_beginning(void **state)
{
    int64_t weights[2] = { 0, 5 }, cumulative[3];
    struct phasing_curve curve = curve_of(weights, 2, cumulative);
    struct pace_input input;

    (void)state;
    assert_int_equal(pace_of(&curve, -1, 100, -1, &input).behind_millidays, 0);
}

static void properties(void **state)
{
    (void)state;
    for (int n = 0; n < 5000; n++) {
        int64_t weights[31], cumulative[32], bac = draw_int(1, 100000), ev = draw_int(-100, 120000);
        struct pace_input input;

        for (int i = 0; i < 31; i++)
            weights[i] = draw() % 3 ? draw_int(1, 1000) : 0;
        weights[draw_int(0, 30)] = 5;
        struct phasing_curve curve = curve_of(weights, 31, cumulative);
        int32_t day = (int32_t)draw_int(-1, 31);
        struct pace p = pace_of(&curve, day, bac, ev, &input), q = pace_of(&curve, day, bac, ev + 1, &input);

        assert_true(p.sv.num == (__int128)ev * p.sv.den - p.pv.num);
        assert_true(p.gap_bp == 0 || (p.gap_bp < 0) == (p.sv.num < 0));
        assert_true(p.sv.num < 0 ? p.behind_millidays >= 0 : p.behind_millidays <= 0);
        assert_true(q.behind_millidays <= p.behind_millidays && q.gap_bp >= p.gap_bp);
        assert_int_equal(p.pv_shown + p.sv_shown, ev);

        struct pace g;
        assert_int_equal(pace_glance(&input, &g, NULL), 0);
        assert_true(g.pv.num == q.pv.num && g.sv.num == q.sv.num && g.gap_bp == q.gap_bp);
        assert_true(g.pv_shown == q.pv_shown && g.sv_shown == q.sv_shown && g.curve_ppm == q.curve_ppm);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_curve),
        cmocka_unit_test(marks_what_has_no_meaning),
        cmocka_unit_test(reckons_cost),
        cmocka_unit_test(forecasts_the_landing),
        cmocka_unit_test(tests_significance),
        cmocka_unit_test(decides_on_breach),
        cmocka_unit_test(less_than_nothing_at_the_beginning),
        cmocka_unit_test(properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
