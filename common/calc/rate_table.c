/* rate_table: see rate_table.h. */
#include "calc/rate_table.h"

static int check_band(const struct rate_table *table, size_t k, struct err *err)
{
    const struct rate_band *band = &table->bands[k], *next = band + 1;
    bool last = k + 1 == table->band_count;

    if (band->lo >= band->hi)
        return err_fail(err, ERR_INVALID, "rate_empty_band", "band %zu [%lld, %lld) is empty", k + 1,
                        (long long)band->lo, (long long)band->hi);
    if (last)
        return band->hi == RATE_OPEN ? 0
                                     : err_fail(err, ERR_INVALID, "rate_last_closed",
                                                "the last band ends at %lld; it must be open", (long long)band->hi);
    if (next->lo < band->lo)
        return err_fail(err, ERR_INVALID, "rate_unsorted", "band %zu begins at %lld, before band %zu", k + 2,
                        (long long)next->lo, k + 1);
    if (next->lo < band->hi)
        return err_fail(err, ERR_INVALID, "rate_overlap", "bands %zu and %zu overlap from %lld", k + 1, k + 2,
                        (long long)next->lo);
    if (next->lo > band->hi)
        return err_fail(err, ERR_INVALID, "rate_gap", "no band covers %lld to %lld", (long long)band->hi,
                        (long long)next->lo);
    return 0;
}

int rate_table_check(const struct rate_table *table, struct err *err)
{
    if (table->kind < RATE_GRADUATED || table->kind > RATE_LINEAR)
        return err_fail(err, ERR_INVALID, "rate_kind", "the rate table names no kind");
    if (table->band_count == 0)
        return err_fail(err, ERR_INVALID, "rate_empty", "the rate table has no band");
    for (size_t k = 0; k < table->band_count; k++)
        if (check_band(table, k, err) != 0)
            return -1;
    if (table->has_floor && table->has_cap && table->floor > table->cap)
        return err_fail(err, ERR_INVALID, "rate_limits", "the floor %lld is above the cap %lld",
                        (long long)table->floor, (long long)table->cap);
    return 0;
}

size_t rate_table_band(const struct rate_table *table, int64_t x)
{
    size_t lo = 0, hi = table->band_count; /* bands before lo begin at or below x */

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (table->bands[mid].lo <= x)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo == 0 ? RATE_NO_BAND : lo - 1;
}

static __int128 rate_unit(const struct rate_table *table)
{
    return (__int128)FIXED_PPM * (table->per > 0 ? table->per : 1);
}

static int graduated(const struct rate_table *table, int64_t x, struct fixed_ratio *out, struct err *err)
{
    __int128 sum = 0;

    for (size_t k = 0; k < table->band_count && table->bands[k].lo < x; k++) {
        const struct rate_band *band = &table->bands[k];
        __int128 inside = (__int128)(x < band->hi ? x : band->hi) - band->lo, part;

        if (fixed_mul128(inside, band->rate, &part, err) != 0 || fixed_add128(sum, part, &sum, err) != 0)
            return -1;
    }
    *out = (struct fixed_ratio) { sum, rate_unit(table) };
    return 0;
}

/* r(x) inside band k; lo <= x <= hi. */
static int interpolated_rate(const struct rate_band *band, int64_t x, struct fixed_ratio *out, struct err *err)
{
    __int128 width = (__int128)band->hi - band->lo, start, rise;

    if (band->hi == RATE_OPEN) {
        *out = (struct fixed_ratio) { band->rate, 1 };
        return 0;
    }
    if (fixed_mul128(band->rate, width, &start, err) != 0 ||
        fixed_mul128((__int128)band->rate_hi - band->rate, (__int128)x - band->lo, &rise, err) != 0 ||
        fixed_add128(start, rise, &out->num, err) != 0)
        return -1;
    out->den = width;
    return 0;
}

/* rate * base / 1,000,000 / per */
static int paid_on(const struct rate_table *table, struct fixed_ratio rate, int64_t base, struct fixed_ratio *out,
                   struct err *err)
{
    if (fixed_mul128(rate.num, base, &out->num, err) != 0)
        return -1;
    return fixed_mul128(rate.den, rate_unit(table), &out->den, err);
}

/* The band's rule at x, which may be the band's own upper end (the limit from below). */
static int band_value(const struct rate_table *table, size_t k, int64_t x, struct fixed_ratio *out, struct err *err)
{
    const struct rate_band *band = &table->bands[k];
    struct fixed_ratio rate;

    switch (table->kind) {
    case RATE_GRADUATED:
        return graduated(table, x, out, err);
    case RATE_SLAB:
        return paid_on(table, (struct fixed_ratio) { band->rate, 1 }, x, out, err);
    case RATE_INTERPOLATED:
        return interpolated_rate(band, x, &rate, err) != 0 ? -1 : paid_on(table, rate, x, out, err);
    case RATE_FLAT:
        *out = (struct fixed_ratio) { band->rate, 1 };
        return 0;
    case RATE_LINEAR:
        return interpolated_rate(band, x, out, err);
    case RATE_UNSET:
        break;
    }
    return err_fail(err, ERR_INVALID, "rate_kind", "the rate table names no kind");
}

static struct fixed_ratio limited(const struct rate_table *table, struct fixed_ratio value)
{
    __int128 edge;

    /* a limit times the denominator that overflows is beyond every value */
    if (table->has_floor && fixed_mul128(table->floor, value.den, &edge, NULL) == 0 && value.num < edge)
        return (struct fixed_ratio) { table->floor, 1 };
    if (table->has_cap && fixed_mul128(table->cap, value.den, &edge, NULL) == 0 && value.num > edge)
        return (struct fixed_ratio) { table->cap, 1 };
    return value;
}

int rate_table_exact(const struct rate_table *table, int64_t x, struct fixed_ratio *out, struct err *err)
{
    size_t k = rate_table_band(table, x);
    struct fixed_ratio value = { 0, 1 };

    if (k != RATE_NO_BAND && !(table->has_threshold && x < table->threshold)) {
        if (band_value(table, k, x, &value, err) != 0)
            return -1;
        value = limited(table, value);
    }
    *out = value;
    return 0;
}

int rate_table_payout(const struct rate_table *table, int64_t x, enum rounding mode, int64_t *out, struct err *err)
{
    struct fixed_ratio value;

    if (rate_table_exact(table, x, &value, err) != 0)
        return -1;
    return fixed_ratio_round(value, mode, out, err);
}

int rate_table_payout_on(const struct rate_table *table, int64_t position, int64_t base, enum rounding mode,
                         int64_t *out, struct err *err)
{
    size_t k = rate_table_band(table, position);
    struct fixed_ratio rate, value = { 0, 1 };

    if (table->kind == RATE_GRADUATED)
        return err_fail(err, ERR_INVALID, "rate_kind", "a graduated table has no single rate to pay on another base");
    if (k != RATE_NO_BAND && !(table->has_threshold && position < table->threshold)) {
        rate = (struct fixed_ratio) { table->bands[k].rate, 1 };
        if ((table->kind == RATE_INTERPOLATED || table->kind == RATE_LINEAR) &&
            interpolated_rate(&table->bands[k], position, &rate, err) != 0)
            return -1;
        if (paid_on(table, rate, base, &value, err) != 0)
            return -1;
        value = limited(table, value);
    }
    return fixed_ratio_round(value, mode, out, err);
}

/* The limit of F from below at `at`. */
static int value_before(const struct rate_table *table, int64_t at, struct fixed_ratio *out, struct err *err)
{
    size_t k = rate_table_band(table, at);

    *out = (struct fixed_ratio) { 0, 1 };
    if (k == RATE_NO_BAND || (table->has_threshold && at <= table->threshold))
        return 0;
    if (table->bands[k].lo == at) {
        if (k == 0)
            return 0;
        k -= 1;
    }
    if (band_value(table, k, at, out, err) != 0)
        return -1;
    *out = limited(table, *out);
    return 0;
}

static int difference(struct fixed_ratio a, struct fixed_ratio b, int64_t *out, struct err *err)
{
    __int128 left, right, den, num;

    if (fixed_mul128(a.num, b.den, &left, err) != 0 || fixed_mul128(b.num, a.den, &right, err) != 0 ||
        fixed_mul128(a.den, b.den, &den, err) != 0 || fixed_add128(left, -right, &num, err) != 0)
        return -1;
    if (num == 0) {
        *out = 0;
        return 0;
    }
    /* a jump below half a unit is still a jump: away from zero */
    if (fixed_div_round(num, den, ROUND_HALF_UP, out, err) != 0)
        return -1;
    return *out != 0 ? 0 : fixed_div_round(num, den, ROUND_UP, out, err);
}

static int add_cliff(const struct rate_table *table, int64_t at, struct rate_cliff *cliffs, size_t max, size_t *count,
                     struct err *err)
{
    struct fixed_ratio before, after;
    struct rate_cliff cliff = { .at = at };

    if (at <= 0)
        return 0;
    if (value_before(table, at, &before, err) != 0 || rate_table_exact(table, at, &after, err) != 0 ||
        difference(after, before, &cliff.jump, err) != 0)
        return -1;
    if (cliff.jump == 0)
        return 0;
    if (fixed_ratio_round(before, ROUND_HALF_UP, &cliff.before, err) != 0 ||
        fixed_ratio_round(after, ROUND_HALF_UP, &cliff.after, err) != 0)
        return -1;
    if (*count < max)
        cliffs[*count] = cliff;
    *count += 1;
    return 0;
}

int rate_table_cliffs(const struct rate_table *table, struct rate_cliff *cliffs, size_t max, size_t *count,
                      struct err *err)
{
    bool threshold_done = !table->has_threshold;
    size_t found = 0;

    for (size_t k = 0; k < table->band_count; k++) {
        int64_t at = table->bands[k].lo;

        if (!threshold_done && table->threshold <= at) {
            threshold_done = true;
            if (table->threshold < at && add_cliff(table, table->threshold, cliffs, max, &found, err) != 0)
                return -1;
        }
        if (add_cliff(table, at, cliffs, max, &found, err) != 0)
            return -1;
    }
    if (!threshold_done && add_cliff(table, table->threshold, cliffs, max, &found, err) != 0)
        return -1;
    *count = found;
    return 0;
}
