/* calendar_learn: see calendar_learn.h. */
#include "calc/calendar_learn.h"

#include <math.h>

struct class_sum {
    int64_t count;
    double sum, squares;
};

static int64_t value_of(const int64_t *values, size_t i)
{
    return values[i] > 0 ? values[i] : 0;
}

/* The day over its ordinary surroundings, in ppm; -1: there are none. The day itself isn't among them. */
static int64_t ratio_of(const int64_t *values, const enum day_class *classes, size_t count, size_t day)
{
    size_t from = day > CALENDAR_LEARN_REACH ? day - CALENDAR_LEARN_REACH : 0;
    size_t to = day + CALENDAR_LEARN_REACH < count ? day + CALENDAR_LEARN_REACH : count - 1;
    __int128 sum = 0;
    int64_t n = 0, ratio;

    for (size_t i = from; i <= to; i++)
        if (i != day && classes[i] == DAY_WORKING) {
            sum += value_of(values, i);
            n++;
        }
    if (sum == 0 ||
        fixed_div_round((__int128)value_of(values, day) * n * FIXED_PPM, sum, ROUND_HALF_UP, &ratio, NULL) != 0)
        return -1;
    return ratio;
}

static void add_ratios(const int64_t *values, const enum day_class *classes, size_t count,
                       struct class_sum sums[DAY_CLASS_COUNT])
{
    for (size_t i = 0; i < count; i++) {
        int64_t ratio = ratio_of(values, classes, count, i);

        if (ratio < 0)
            continue;
        sums[classes[i]].count++;
        sums[classes[i]].sum += (double)ratio;
        sums[classes[i]].squares += (double)ratio * (double)ratio;
    }
}

/* Variance within the classes, all of them together: a class of two holidays says little of its own. */
static double pooled_variance(const struct class_sum sums[DAY_CLASS_COUNT])
{
    double squares = 0;
    int64_t freedom = 0;

    for (int c = 1; c < DAY_CLASS_COUNT; c++)
        if (sums[c].count > 1) {
            double within = sums[c].squares - sums[c].sum * sums[c].sum / (double)sums[c].count;

            squares += within > 0 ? within : 0;
            freedom += sums[c].count - 1;
        }
    return freedom ? squares / (double)freedom : 0;
}

/* T: how far own means lie from their priors beyond what chance explains. */
static double true_variance(const struct calendar_learned learned[DAY_CLASS_COUNT], double variance)
{
    double sum = 0;
    int classes = 0;

    for (int c = DAY_WORKING + 1; c < DAY_CLASS_COUNT; c++)
        if (learned[c].days && learned[c].prior_ppm != CALENDAR_WEIGHT_MISSING) {
            double gap = (double)(learned[c].own_ppm - learned[c].prior_ppm);

            sum += gap * gap - variance / learned[c].days;
            classes++;
        }
    return classes && sum > 0 ? sum / classes : 0;
}

static void shrink(struct calendar_learned *learned, double variance, double between)
{
    double own = learned->days ? variance / learned->days : 0;
    int64_t weight;

    if (!learned->days || learned->prior_ppm == CALENDAR_WEIGHT_MISSING) {
        learned->shrink_ppm = learned->days ? 0 : FIXED_PPM;
        learned->weight_ppm = learned->days ? learned->own_ppm : learned->prior_ppm;
        return;
    }
    learned->shrink_ppm = own + between > 0 ? (int32_t)llround(own / (own + between) * FIXED_PPM) : FIXED_PPM;
    if (fixed_div_round((__int128)learned->own_ppm * (FIXED_PPM - learned->shrink_ppm) +
                            (__int128)learned->prior_ppm * learned->shrink_ppm,
                        FIXED_PPM, ROUND_HALF_UP, &weight, NULL) == 0)
        learned->weight_ppm = weight;
}

int calendar_learn(const int64_t *values, const enum day_class *classes, size_t count,
                   const int64_t prior[DAY_CLASS_COUNT], struct calendar_learned out[DAY_CLASS_COUNT], struct err *err)
{
    struct class_sum sums[DAY_CLASS_COUNT] = { { 0, 0, 0 } };
    double variance, between;

    if (count == 0 || count > CALENDAR_LEARN_DAYS_MAX || prior[DAY_WORKING] <= 0)
        return err_fail(err, ERR_INVALID, "bad_history",
                        "learning needs 1 to %d days and a weight above 0 for working days", CALENDAR_LEARN_DAYS_MAX);
    for (size_t i = 0; i < count; i++)
        if (classes[i] <= DAY_UNSET || classes[i] >= DAY_CLASS_COUNT)
            return err_fail(err, ERR_INVALID, "bad_history", "day %zu of the history has no class", i + 1);
    add_ratios(values, classes, count, sums);
    for (int c = 1; c < DAY_CLASS_COUNT; c++) {
        out[c] = (struct calendar_learned) { .days = (int32_t)sums[c].count,
                                             .own_ppm = sums[c].count ? llround(sums[c].sum / (double)sums[c].count)
                                                                      : 0,
                                             .prior_ppm = CALENDAR_WEIGHT_MISSING,
                                             .weight_ppm = CALENDAR_WEIGHT_MISSING };
        if (prior[c] >= 0 && fixed_div_round((__int128)prior[c] * FIXED_PPM, prior[DAY_WORKING], ROUND_HALF_UP,
                                             &out[c].prior_ppm, err) != 0)
            return -1;
    }
    variance = pooled_variance(sums);
    between = true_variance(out, variance);
    for (int c = DAY_WORKING + 1; c < DAY_CLASS_COUNT; c++)
        shrink(&out[c], variance, between);
    out[DAY_WORKING].weight_ppm = out[DAY_WORKING].prior_ppm; /* 1,000,000: the measure of the others */
    out[DAY_WORKING].shrink_ppm = FIXED_PPM;
    return 0;
}
