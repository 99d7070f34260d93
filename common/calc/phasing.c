/* phasing: see phasing.h. */
#include "calc/phasing.h"

#include <assert.h>

int phasing_curve_init(struct phasing_curve *curve, int32_t first_day, const int64_t *weights, size_t day_count,
                       int64_t *cumulative, struct err *err)
{
    int64_t sum = 0;

    if (day_count == 0 || day_count > PHASING_DAYS_MAX || first_day > INT32_MAX - (int32_t)day_count)
        return err_fail(err, ERR_INVALID, "bad_period", "could not make a curve of %zu days", day_count);
    for (size_t i = 0; i < day_count; i++) {
        if (weights[i] < 0)
            return err_fail(err, ERR_INVALID, "negative_weight", "day %zu of the curve has a weight below 0", i + 1);
        if (weights[i] > PHASING_WEIGHT_TOTAL_MAX - sum)
            return err_fail(err, ERR_INVALID, "overflow", "the weights of the curve sum to more than %lld",
                            (long long)PHASING_WEIGHT_TOTAL_MAX);
        sum += weights[i];
    }
    if (sum == 0)
        return err_fail(err, ERR_INVALID, "no_weight", "could not make a curve: no day has a weight");
    cumulative[0] = 0;
    for (size_t i = 0; i < day_count; i++)
        cumulative[i + 1] = cumulative[i] + weights[i];
    *curve = (struct phasing_curve) { first_day, (int32_t)day_count, cumulative };
    return 0;
}

/* Days of the period that are over at the end of `day`. */
static int32_t days_over(const struct phasing_curve *curve, int32_t day)
{
    int64_t over = (int64_t)day - curve->first_day + 1;

    return over < 0 ? 0 : over > curve->day_count ? curve->day_count : (int32_t)over;
}

int64_t phasing_day_weight(const struct phasing_curve *curve, int32_t day)
{
    int64_t i = (int64_t)day - curve->first_day;

    return i < 0 || i >= curve->day_count ? 0 : curve->cumulative[i + 1] - curve->cumulative[i];
}

struct phasing_point phasing_at_day_end(const struct phasing_curve *curve, int32_t day)
{
    int32_t over = days_over(curve, day);

    return (struct phasing_point) { curve->cumulative[over], phasing_total(curve), over * 1000 };
}

/* Share of the day that is over, in ppm, rounded down. */
static int day_share(int32_t second_of_day, const int32_t *hour_share, int32_t *share, struct err *err)
{
    int64_t sum = 0, before = 0;
    int32_t hour = second_of_day / 3600;

    for (int32_t h = 0; h < PHASING_HOURS; h++) {
        if (hour_share[h] < 0)
            return err_fail(err, ERR_INVALID, "bad_hours", "hour %d has a share below 0", h);
        if (h < hour)
            before += hour_share[h];
        sum += hour_share[h];
    }
    if (sum != FIXED_PPM)
        return err_fail(err, ERR_INVALID, "bad_hours", "the hours of the day sum to %lld ppm, not 1000000",
                        (long long)sum);
    if (hour < PHASING_HOURS)
        before += (int64_t)hour_share[hour] * (second_of_day % 3600) / 3600;
    *share = (int32_t)before;
    return 0;
}

int phasing_at_time(const struct phasing_curve *curve, int32_t day, int32_t second_of_day,
                    const int32_t hour_share[PHASING_HOURS], struct phasing_point *out, struct err *err)
{
    int64_t i = (int64_t)day - curve->first_day, weight = phasing_day_weight(curve, day);
    int32_t share = 0;

    if (second_of_day < 0 || second_of_day > PHASING_DAY_SECONDS)
        return err_fail(err, ERR_INVALID, "bad_time", "a day has no second %d", second_of_day);
    if (day_share(second_of_day, hour_share, &share, err) != 0)
        return -1;
    if (i < 0 || i >= curve->day_count) {
        *out = phasing_at_day_end(curve, day);
        return 0;
    }
    *out = (struct phasing_point) { curve->cumulative[i] * FIXED_PPM + weight * share, phasing_total(curve) * FIXED_PPM,
                                    (int32_t)i * 1000 + share / 1000 };
    return 0;
}

struct fixed_ratio phasing_plan(int64_t target, struct phasing_point at)
{
    return (struct fixed_ratio) { (__int128)target * at.num, at.den };
}

int64_t phasing_plan_shown(int64_t target, struct phasing_point at)
{
    int64_t shown = 0;
    int rc = fixed_ratio_round(phasing_plan(target, at), PHASING_ROUNDING, &shown, NULL);

    assert(rc == 0 && "C lies in 0..1, so |T * C| <= |T|");
    (void)rc;
    return shown;
}

int64_t phasing_plan_range(const struct phasing_curve *curve, int64_t target, int32_t from_day, int32_t to_day)
{
    if (to_day < from_day)
        return 0;
    int64_t before = from_day == INT32_MIN ? 0 : phasing_plan_shown(target, phasing_at_day_end(curve, from_day - 1));

    return phasing_plan_shown(target, phasing_at_day_end(curve, to_day)) - before;
}

/* The number of whole days whose cumulative weight is reached: the last (or first) k with cumulative[k] <= share. */
static int32_t whole_days(const struct phasing_curve *curve, __int128 scaled, int64_t den, enum phasing_edge edge)
{
    int32_t lo = 0, hi = curve->day_count; /* cumulative[lo] * den <= scaled always holds */

    while (lo < hi) {
        int32_t mid = lo + (hi - lo + 1) / 2;

        if ((__int128)curve->cumulative[mid] * den <= scaled)
            lo = mid;
        else
            hi = mid - 1;
    }
    if (edge == PHASING_EARLIEST && (__int128)curve->cumulative[lo] * den == scaled)
        while (lo > 0 && curve->cumulative[lo - 1] == curve->cumulative[lo])
            lo--;
    return lo;
}

int32_t phasing_inverse(const struct phasing_curve *curve, int64_t num, int64_t den, enum phasing_edge edge)
{
    int64_t held = fixed_clamp(num, 0, den);
    __int128 scaled = (__int128)held * phasing_total(curve);
    int32_t n = whole_days(curve, scaled, den, edge);

    if (n >= curve->day_count || (__int128)curve->cumulative[n] * den == scaled)
        return n * 1000;
    int64_t weight = curve->cumulative[n + 1] - curve->cumulative[n];
    __int128 part = (scaled - (__int128)curve->cumulative[n] * den) * 1000 / ((__int128)weight * den);

    return n * 1000 + (int32_t)part;
}
