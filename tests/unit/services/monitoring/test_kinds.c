/* Each kind of rule by hand: what is in breach, what is lacking where it isn't, what clears it. */
#include "support/check.h"

#include "monitoring/kinds/kind.h"

#include <stdio.h>
#include <string.h>

#define DAYS  30
#define FIRST 20000

static int64_t cumulative[DAYS + 1];
static struct phasing_curve curve;
static int64_t days[DAYS];

static int begin(void **state)
{
    int64_t weights[DAYS];

    (void)state;
    for (int i = 0; i < DAYS; i++)
        weights[i] = 1;
    return phasing_curve_init(&curve, FIRST, weights, DAYS, cumulative, NULL);
}

/* A unit with this target after `count` days of what `days` says. */
static struct node node_of(int64_t bac, int count)
{
    struct phased plan = phased_plain(&curve, bac);
    struct node node;
    int64_t ev = 0;

    for (int i = 0; i < count; i++)
        ev += days[i];
    assert_int_equal(node_pace(&plan, FIRST + count - 1, ev, false, &node, NULL), 0);
    return node;
}

static void fill(int from, int until, int64_t value)
{
    for (int i = from; i < until; i++)
        days[i] = value;
}

static struct verdict decide(const struct rule *rule, const struct node *node, int count)
{
    struct verdict_case input = { .rule = rule, .node = node, .curve = &curve, .days = days, .day_count = count };
    struct verdict out = { .chance = 1 };

    kind_of(rule->kind)->decide(&input, &out);
    return out;
}

static const struct condition *condition(const struct verdict *verdict, const char *what)
{
    for (int i = 0; i < verdict->count; i++)
        if (strcmp(verdict->conditions[i].what, what) == 0)
            return &verdict->conditions[i];
    fail_msg("no condition \"%s\"", what);
    return NULL;
}

/* 8 planned, 6 done has p = 0.31; 80 and 60 has 0.012: the same share, but the second isn't chance. */
static void a_lag_is_more_than_chance(void **state)
{
    const struct rule rule = {
        .kind = RULE_LAG, .enter_gap_bp = -500, .clear_gap_bp = -300, .significance_ppm = 20000
    };
    struct verdict verdict;
    struct node node;

    (void)state;
    fill(0, 10, 0);
    days[0] = 6;
    node = node_of(24, 10); /* 8 planned */
    verdict = decide(&rule, &node, 10);
    assert_false(verdict.breach);
    assert_true(condition(&verdict, "gap")->met);
    CHECK_INT(condition(&verdict, "gap")->value, -833);
    assert_false(condition(&verdict, "chance")->met);
    CHECK_INT(condition(&verdict, "chance")->value / 1000, 313);
    CHECK_INT(condition_lacking(condition(&verdict, "chance")) / 1000, 293);
    days[0] = 60;
    node = node_of(240, 10);
    verdict = decide(&rule, &node, 10);
    assert_true(verdict.breach);
    CHECK_INT(condition(&verdict, "chance")->value / 1000, 11); /* 0.0119 */
    assert_false(verdict.clear);
    days[0] = 74; /* 2.5 points behind: neither in breach nor behind the clear limit */
    node = node_of(240, 10);
    verdict = decide(&rule, &node, 10);
    assert_false(verdict.breach);
    assert_true(verdict.clear);
    CHECK_INT(condition_lacking(condition(&verdict, "gap")), 250);
}

static void a_shortfall_of_a_unit_is_none(void **state)
{
    const struct rule rule = { .kind = RULE_LAG, .enter_gap_bp = -500, .clear_gap_bp = -300, .min_shortfall = 3 };
    struct node node;
    struct verdict verdict;

    (void)state;
    fill(0, 10, 0);
    days[3] = 2;
    node = node_of(12, 10); /* 4 planned, 2 behind */
    verdict = decide(&rule, &node, 10);
    assert_false(verdict.breach);
    CHECK_INT(condition_lacking(condition(&verdict, "shortfall")), 1);
}

static void a_trajectory_needs_both(void **state)
{
    static const struct {
        const char *why;
        double hit;
        int64_t landing;
        bool breach, clear;
        int severity;
    } rows[] = {
        { "both are low", 0.40, 940, true, false, 0 },          { "the landing is near", 0.40, 950, false, false, 0 },
        { "the chance is even", 0.50, 940, false, false, 0 },   { "the chance came back", 0.60, 940, false, true, 0 },
        { "the landing came back", 0.40, 970, false, true, 0 }, { "all but lost is major", 0.05, 800, true, false, 2 },
    };
    struct rule rule = { .kind = RULE_TRAJECTORY,
                         .hit_below_ppm = 500000,
                         .landing_below_ppm = 950000,
                         .hit_critical_ppm = 100000,
                         .catch_up_critical_milli = 1500,
                         .hit_back_ppm = 100000,
                         .landing_back_ppm = 20000 };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct node node = { .bac = 1000,
                             .forecast = true,
                             .landing = {
                                 .band_defined = true, .hit_probability = rows[i].hit, .value = rows[i].landing } };
        struct verdict verdict = decide(&rule, &node, 10);

        if (verdict.breach != rows[i].breach || verdict.clear != rows[i].clear || verdict.severity != rows[i].severity)
            fail_msg("%s", rows[i].why);
    }
    {
        const struct node early = { .bac = 1000 };

        assert_non_null(decide(&rule, &early, 1).not_judged);
    }
    { /* 30 %, a landing of 900, a pace of 1.2 needed: bad by the usual limits; by others lost, or over */
        const struct node node = { .bac = 1000,
                                   .forecast = true,
                                   .landing = { .band_defined = true,
                                                .hit_probability = 0.3,
                                                .value = 900,
                                                .catch_up_defined = true,
                                                .catch_up = 1.2 } };
        struct verdict verdict = decide(&rule, &node, 10);

        CHECK_INT(verdict.severity, 0);
        CHECK_INT(verdict.clear_count, 2);
        CHECK_INT(verdict.clears[0].limit, 600000);
        CHECK_INT(verdict.clears[1].limit, 970000);
        rule.hit_critical_ppm = 300001;
        CHECK_INT(decide(&rule, &node, 10).severity, 2);
        rule.hit_critical_ppm = 1;
        rule.catch_up_critical_milli = 1199;
        CHECK_INT(decide(&rule, &node, 10).severity, 2);
        rule.hit_below_ppm = 200000;
        assert_true(decide(&rule, &node, 10).clear);
    }
}

/* What makes a lag major and critical are limits of the rule: 60 of 80 planned, a chance of 30 % and a landing of 90 %.
 */
static void how_bad_a_lag_is(void **state)
{
    static const struct {
        uint32_t below, critical, catch_up;
        int severity;
    } rows[] = { { 500000, 100000, 1500, 2 },
                 { 300000, 100000, 1500, 1 },
                 { 500000, 300001, 1500, 3 },
                 { 500000, 100000, 1199, 3 } };

    (void)state;
    fill(0, 10, 6);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct rule rule = { .kind = RULE_LAG,
                                   .enter_gap_bp = -500,
                                   .clear_gap_bp = -300,
                                   .hit_below_ppm = rows[i].below,
                                   .landing_below_ppm = 950000,
                                   .hit_critical_ppm = rows[i].critical,
                                   .catch_up_critical_milli = rows[i].catch_up };
        struct node node = node_of(240, 10);
        struct verdict verdict;

        node.forecast = true;
        node.landing = (struct landing) {
            .band_defined = true, .hit_probability = 0.3, .value = 216, .catch_up_defined = true, .catch_up = 1.2
        };
        verdict = decide(&rule, &node, 10);
        CHECK_INT(verdict.severity, rows[i].severity);
        CHECK_INT(verdict.critical, rows[i].severity == 3);
        CHECK_INT(verdict.clear_count, 1);
        CHECK_INT(verdict.clears[0].limit, -300);
        assert_false(verdict.clears[0].met);
    }
}

/* 80 planned, 60 done is no accident (1.2 %) of what varies as chance has it; of what varies three times as much it is:
 * -20 is 1.29 deviations. */
static void a_lag_by_good_and_bad_days(void **state)
{
    const struct rule rule = {
        .kind = RULE_LAG, .enter_gap_bp = -500, .clear_gap_bp = -300, .significance_ppm = 20000
    };
    struct node node;

    (void)state;
    fill(0, 10, 6);
    node = node_of(240, 10);
    node.dispersion = 1;
    assert_true(decide(&rule, &node, 10).breach);
    node.dispersion = 3;
    assert_false(decide(&rule, &node, 10).breach);
}

/* 100 a day expected, so one deviation is 10. At 85 a day z is -1.5: the average passes its limit on the fourth day. */
static void an_early_warning_sees_a_change_of_pace(void **state)
{
    struct rule rule = { .kind = RULE_EARLY_WARNING, .ewma_weight_ppm = 200000, .ewma_limit_milli = 2700 };
    struct verdict other;
    struct node node;

    (void)state;
    fill(0, DAYS, 85);
    for (int n = 1; n <= 4; n++) {
        struct verdict verdict;

        node = node_of(3000, n);
        verdict = decide(&rule, &node, n);
        if (verdict.breach != (n == 4))
            fail_msg("day %d: %s", n, verdict.breach ? "too early" : "too late");
        CHECK_INT(verdict.severity, 0);
        if (n == 4) {
            CHECK_INT(condition(&verdict, "average")->value, -886); /* -1.5 * (1 - 0.8^4) */
            CHECK_INT(condition(&verdict, "average")->limit, -821); /* -2.7 * sqrt(1/9 * (1 - 0.8^8)) */
        }
    }
    fill(4, DAYS, 100);
    node = node_of(3000, 10);
    assert_true(decide(&rule, &node, 10).clear); /* -0.886 * 0.8^6 is above half of the limit */
    /* with a weight of a half two days of z -1.5 are -1.125; 1.8 deviations of sqrt(1/3 * (1 - 0.5^4)) are -1.006 */
    rule.ewma_weight_ppm = 500000;
    rule.ewma_limit_milli = 1800;
    node = node_of(3000, 2);
    other = decide(&rule, &node, 2);
    assert_true(other.breach);
    CHECK_INT(condition(&other, "average")->value, -1125);
    CHECK_INT(condition(&other, "average")->limit, -1006);
}

/* One a day is expected. e^-7 is 0.09 %, e^-6 is 0.25 %. */
static void seven_silent_days_at_one_a_day(void **state)
{
    const struct rule rule = { .kind = RULE_ZERO_SALES, .significance_ppm = 1000 };
    struct verdict verdict;
    struct node node;

    (void)state;
    fill(0, 13, 1);
    fill(13, DAYS, 0);
    node = node_of(30, 19);
    verdict = decide(&rule, &node, 19);
    assert_false(verdict.breach);
    CHECK_INT(condition(&verdict, "silent_days")->value, 6);
    CHECK_INT(condition(&verdict, "expected")->value, 6000);
    CHECK_INT(condition_lacking(condition(&verdict, "expected")), 908); /* ln 1000 = 6.908 */
    node = node_of(30, 20);
    verdict = decide(&rule, &node, 20);
    assert_true(verdict.breach);
    assert_true(verdict.critical);
    days[20] = 1;
    node = node_of(30, 21);
    assert_true(decide(&rule, &node, 21).clear);
    /* Who did 6 of 11 is expected to go on like that, 0.05 of the period on plan beside it: (6 + 1.5) / (11 + 1.5). */
    fill(0, 12, 0);
    for (int i = 0; i < 12; i += 2)
        days[i] = 1;
    fill(12, DAYS, 0);
    node = node_of(30, 19);
    verdict = decide(&rule, &node, 19);
    assert_false(verdict.breach);
    CHECK_INT(condition(&verdict, "silent_days")->value, 8);
    CHECK_INT(condition(&verdict, "expected")->value, 4800);
}

static void an_outlier_stands_out_and_isnt_chance(void **state)
{
    static const double spi[] = { 0.90, 0.95, 0.95, 1.0, 1.0, 1.0, 1.05, 1.05, 1.10 };
    struct rule rule = {
        .kind = RULE_OUTLIER, .deviations_milli = 3000, .peers_least = 8, .attainment_least_ppm = 1100000
    };
    struct verdict_case input = { .rule = &rule, .curve = &curve, .days = days, .day_count = 10 };
    double values[9];
    struct verdict_peers peers;
    struct verdict verdict = { .chance = 1 }, small = { .chance = 1 }, few = { .chance = 1 };
    struct node node;

    (void)state;
    memcpy(values, spi, sizeof spi);
    peers = outlier_peers(values, 9);
    CHECK_INT(peers.median * 1000 + 0.5, 1000);
    CHECK_INT(peers.deviation * 100000 + 0.5, 7413); /* 1.4826 * 0.05 */
    fill(0, 10, 13);
    node = node_of(300, 10); /* 130 of 100 */
    input.node = &node;
    input.peers = &peers;
    outlier_decide(&input, &verdict);
    assert_true(verdict.breach);
    CHECK_INT(condition(&verdict, "deviation")->value, 4047); /* 0.3 / 0.07413 */
    fill(0, 10, 1);
    days[0] = 4;
    node = node_of(30, 10); /* 13 of 10: P(X >= 13) is 0.21 */
    outlier_decide(&input, &small);
    assert_false(small.breach);
    CHECK_INT(condition(&small, "chance")->value / 10000, 20);
    rule.attainment_least_ppm = 1300001; /* 130 % isn't enough then */
    fill(0, 10, 13);
    node = node_of(300, 10);
    small = (struct verdict) { .chance = 1 };
    outlier_decide(&input, &small);
    assert_false(small.breach);
    peers.count = 7;
    outlier_decide(&input, &few);
    assert_non_null(few.not_judged);
    assert_false(few.breach);
}

static void a_budget_runs_ahead(void **state)
{
    static const struct {
        int64_t spent, sold;
        bool breach, clear;
    } rows[] = {
        { 60, 450, true, false }, { 60, 500, true, false }, { 54, 450, false, false }, { 49, 450, false, true }
    };
    const struct rule rule = { .kind = RULE_AHEAD, .ahead_bp = 1000 };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct node spent = { .bac = 100, .ev = rows[i].spent }, sold = { .bac = 1000, .ev = rows[i].sold };
        const struct verdict_case input = { .rule = &rule, .node = &spent, .against = &sold };
        struct verdict verdict = { .chance = 1 };

        ahead_decide(&input, &verdict);
        if (verdict.breach != rows[i].breach || verdict.clear != rows[i].clear)
            fail_msg("row %zu", i);
    }
}

static void words_say_what_is_lacking(void **state)
{
    struct verdict verdict = { .chance = 1 };
    char words[200];

    (void)state;
    (void)verdict_add(&verdict, "gap", -1529, AT_MOST, -500, IN_POINTS);
    (void)verdict_add(&verdict, "chance", 40000, BELOW, 20000, IN_SHARE);
    (void)verdict_add(&verdict, "silent_days", 3, AT_LEAST, 3, IN_DAYS);
    verdict_words(&verdict, 0, words, sizeof words);
    assert_string_equal(words, "gap -15.29 (at most -5.00); chance 4.00% (below 2.00%); silent days 3 (at least 3)");
    CHECK_INT(condition_lacking(&verdict.conditions[0]), 0);
    CHECK_INT(condition_lacking(&verdict.conditions[1]), 20000);
    verdict = (struct verdict) { .chance = 1 };
    (void)verdict_add(&verdict, "gap", -33, AT_MOST, -500, IN_POINTS);
    (void)verdict_add(&verdict, "silent_days", 1, AT_LEAST, 3, IN_DAYS);
    verdict_lacking(&verdict, 0, false, words, sizeof words);
    assert_string_equal(words,
                        "gap is -0.33, has to be at most -5.00: lacks 4.67; silent days is 1, has to be at least "
                        "3: lacks 2");
    verdict_lacking(&verdict, 0, true, words, sizeof words);
    assert_string_equal(words, "时序差（百分点）为-0.33，应不高于-5.00，差4.67；连续零销售天数为1，应不低于3，差2");
    verdict_words(&verdict, 0, words, 12); /* cut, not overrun */
    CHECK_INT(strlen(words), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lag_is_more_than_chance),
        cmocka_unit_test(a_shortfall_of_a_unit_is_none),
        cmocka_unit_test(how_bad_a_lag_is),
        cmocka_unit_test(a_lag_by_good_and_bad_days),
        cmocka_unit_test(a_trajectory_needs_both),
        cmocka_unit_test(an_early_warning_sees_a_change_of_pace),
        cmocka_unit_test(seven_silent_days_at_one_a_day),
        cmocka_unit_test(an_outlier_stands_out_and_isnt_chance),
        cmocka_unit_test(a_budget_runs_ahead),
        cmocka_unit_test(words_say_what_is_lacking),
    };

    return cmocka_run_group_tests(tests, begin, NULL);
}
