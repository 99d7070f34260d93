/* apportion: see apportion.h. */
#include "calc/apportion.h"

#include <stdlib.h>

/* One cut: |total| among weights of sum `weight_sum`; with equal_split all weights count as one. */
struct cut {
    const struct apportion_part *parts;
    __int128 total;
    __int128 weight_sum;
    bool equal_split;
};

static __int128 cut_product(const struct cut *cut, size_t i)
{
    return cut->total * (cut->equal_split ? 1 : cut->parts[i].weight);
}

static __int128 cut_floor(const struct cut *cut, size_t i)
{
    __int128 product = cut_product(cut, i), quotient = product / cut->weight_sum;

    return quotient - (product % cut->weight_sum < 0);
}

static __int128 cut_remainder(const struct cut *cut, size_t i)
{
    __int128 rest = cut_product(cut, i) % cut->weight_sum;

    return rest < 0 ? rest + cut->weight_sum : rest;
}

static int by_remainder(const void *a, const void *b, void *arg)
{
    const struct cut *cut = arg;
    uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    __int128 ri = cut_remainder(cut, i), rj = cut_remainder(cut, j);

    if (ri != rj)
        return ri > rj ? -1 : 1;
    if (cut->parts[i].id != cut->parts[j].id)
        return cut->parts[i].id < cut->parts[j].id ? -1 : 1;
    return 0;
}

/* With weights of both signs a share can exceed the total, so it is checked before anything is written. */
static int check_shares(const struct cut *cut, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        __int128 share = cut_floor(cut, i);

        if (share >= INT64_MAX || share <= INT64_MIN)
            return err_fail(err, ERR_INVALID, "overflow", "could not apportion: a share exceeds 64 bits");
    }
    return 0;
}

static int cut_shares(struct cut *cut, struct apportion_part *parts, size_t count, int sign, struct arena *scratch,
                      struct err *err)
{
    uint32_t *order = arena_array(scratch, uint32_t, count);
    __int128 rest = cut->total;

    if (check_shares(cut, count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        order[i] = (uint32_t)i;
        parts[i].share = (int64_t)cut_floor(cut, i);
        rest -= parts[i].share;
    }
    if (rest > 0)
        qsort_r(order, count, sizeof *order, by_remainder, cut);
    for (size_t k = 0; k < (size_t)rest; k++)
        parts[order[k]].share += 1;
    for (size_t i = 0; i < count; i++)
        parts[i].share *= sign;
    return 0;
}

static int start_cut(struct cut *cut, int64_t total, const struct apportion_part *parts, size_t count, struct err *err)
{
    if (count > UINT32_MAX)
        return err_fail(err, ERR_TOO_LARGE, "too_many", "could not apportion among %zu parts", count);
    *cut = (struct cut) { .parts = parts, .total = total < 0 ? -(__int128)total : total };
    for (size_t i = 0; i < count; i++)
        cut->weight_sum += parts[i].weight;
    return 0;
}

int apportion_split(int64_t total, struct apportion_part *parts, size_t count, enum apportion_zero zero,
                    struct arena *scratch, struct err *err)
{
    struct cut cut;

    if (start_cut(&cut, total, parts, count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (parts[i].weight < 0)
            return err_fail(err, ERR_INVALID, "negative_weight", "could not apportion: part %llu has a weight below 0",
                            (unsigned long long)parts[i].id);
    if (cut.weight_sum == 0) {
        if (zero != APPORTION_ZERO_EQUAL || count == 0)
            return err_fail(err, ERR_INVALID, "no_weight", "could not apportion: %zu parts have no weight", count);
        cut.equal_split = true;
        cut.weight_sum = (__int128)count;
    }
    return cut_shares(&cut, parts, count, total < 0 ? -1 : 1, scratch, err);
}

int apportion_split_signed(int64_t total, struct apportion_part *parts, size_t count, struct arena *scratch,
                           struct err *err)
{
    struct cut cut;

    if (start_cut(&cut, total, parts, count, err) != 0)
        return -1;
    if (cut.weight_sum <= 0)
        return err_fail(err, ERR_INVALID, "no_weight", "could not apportion: the weights do not sum above zero");
    return cut_shares(&cut, parts, count, total < 0 ? -1 : 1, scratch, err);
}

int apportion_prorate(int64_t value, int32_t days_in_force, int32_t days_in_interval, enum rounding mode, int64_t *out,
                      struct err *err)
{
    if (days_in_interval <= 0 || days_in_force < 0 || days_in_force > days_in_interval)
        return err_fail(err, ERR_INVALID, "bad_interval", "could not prorate: %d days in force of %d", days_in_force,
                        days_in_interval);
    return fixed_mul_div(value, days_in_force, days_in_interval, mode, out, err);
}

int32_t apportion_days_in_force(int32_t from_day, int32_t until_day, int32_t first_day, int32_t last_day)
{
    int64_t lo = from_day > first_day ? from_day : first_day;
    int64_t hi = (int64_t)until_day < (int64_t)last_day + 1 ? until_day : (int64_t)last_day + 1;

    return hi > lo ? (int32_t)(hi - lo < INT32_MAX ? hi - lo : INT32_MAX) : 0;
}
