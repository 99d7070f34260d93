/* phased: see phased.h. */
#include "calc/phased.h"

#include <assert.h>
#include <math.h>

/* --- fractions --- */

static __int128 gcd(__int128 a, __int128 b)
{
    while (b) {
        __int128 t = a % b;

        a = b;
        b = t;
    }
    return a;
}

static struct fixed_ratio reduced(struct fixed_ratio r)
{
    __int128 common = gcd(r.num, r.den);

    return common > 1 ? (struct fixed_ratio) { r.num / common, r.den / common } : r;
}

static struct fixed_ratio whole(int64_t value)
{
    return (struct fixed_ratio) { value, 1 };
}

static int64_t shown(struct fixed_ratio plan_to_date)
{
    int64_t out = 0;
    int rc = fixed_ratio_round(plan_to_date, PHASING_ROUNDING, &out, NULL);

    assert(rc == 0 && "a plan to date is at most its target");
    (void)rc;
    return out;
}

/* a + b, both >= 0 and at most a target. Denominators are weights of a period, so the sum has room; should weights be
 * so odd that it hasn't, the second is rounded, the same for everybody. */
static struct fixed_ratio sum_of(struct fixed_ratio a, struct fixed_ratio b)
{
    __int128 x, y, sum, den;

    if (a.num == 0)
        return b;
    if (b.num == 0)
        return a;
    if (a.den == b.den)
        return (struct fixed_ratio) { a.num + b.num, a.den };
    a = reduced(a);
    b = reduced(b);
    if (!__builtin_mul_overflow(a.num, b.den, &x) && !__builtin_mul_overflow(b.num, a.den, &y) &&
        !__builtin_mul_overflow(a.den, b.den, &den) && !__builtin_add_overflow(x, y, &sum))
        return (struct fixed_ratio) { sum, den };
    return (struct fixed_ratio) { a.num + shown(b) * a.den, a.den };
}

/* a compared with a whole number. */
static int compare(struct fixed_ratio a, int64_t value)
{
    __int128 scaled = (__int128)value * a.den;

    return a.num < scaled ? -1 : a.num > scaled;
}

/* --- making --- */

struct phased phased_plain(const struct phasing_curve *curve, int64_t target)
{
    return (struct phased) { .curve = curve, .target = target };
}

static int32_t end_of(const struct phased *plan)
{
    return plan->curve->first_day + plan->curve->day_count;
}

/* Weight of the days from..until-1. */
static int64_t weight_between(const struct phasing_curve *curve, int32_t from, int32_t until)
{
    return curve->cumulative[until - curve->first_day] - curve->cumulative[from - curve->first_day];
}

bool phased_init(struct phased *plan, const struct phasing_curve *curve, int64_t target, struct phased_part *parts,
                 size_t count)
{
    int32_t day = curve->first_day;
    int64_t before = 0, open = 0;

    *plan = phased_plain(curve, target);
    for (size_t i = 0; i < count; i++) {
        int32_t from = parts[i].plan.curve->first_day;

        assert(from >= day && end_of(&parts[i].plan) <= curve->first_day + curve->day_count && "parts are in order");
        open += weight_between(curve, day, from);
        day = end_of(&parts[i].plan);
        parts[i].before = before;
        parts[i].open_before = open;
        if (parts[i].plan.target > target - before)
            return false; /* more than the whole */
        before += parts[i].plan.target;
    }
    open += weight_between(curve, day, curve->first_day + curve->day_count);
    if (count == 0 || (before < target && open == 0))
        return count == 0;
    plan->parts = parts;
    plan->part_count = count;
    plan->rest = target - before;
    plan->open = open;
    return true;
}

/* --- plan to date --- */

static struct phased_point point(struct fixed_ratio pv, int32_t position)
{
    return (struct phased_point) { pv, shown(pv), position };
}

/* The last part that has begun by the end of the day; NULL: none. */
static const struct phased_part *part_at(const struct phased *plan, int32_t day)
{
    size_t i = plan->part_count;

    while (i > 0 && plan->parts[i - 1].plan.curve->first_day > day)
        i--;
    return i > 0 ? &plan->parts[i - 1] : NULL;
}

/* What the parts left over has planned where `open` of the weight of the days of no part is over. */
static struct fixed_ratio rest_of(const struct phased *plan, int64_t open)
{
    return plan->rest && open ? (struct fixed_ratio) { (__int128)plan->rest * open, plan->open } : whole(0);
}

/* A moment of a part, as one of the whole. */
static struct phased_point of_whole(const struct phased *plan, const struct phased_part *part, struct phased_point at)
{
    struct fixed_ratio rest = rest_of(plan, part->open_before);

    at.pv.num += (__int128)part->before * at.pv.den;
    at.pv = sum_of(at.pv, rest);
    at.shown += part->before + shown(rest);
    at.position_millidays += (part->plan.curve->first_day - plan->curve->first_day) * 1000;
    return at;
}

struct phased_point phased_at_day_end(const struct phased *plan, int32_t day)
{
    const struct phased_part *part = part_at(plan, day);
    struct phasing_point at = phasing_at_day_end(plan->curve, day);
    int32_t from = plan->curve->first_day;
    struct fixed_ratio pv = whole(0);
    int64_t open = 0;

    if (!plan->part_count)
        return point(phasing_plan(plan->target, at), at.position_millidays);
    if (day < from || day >= end_of(plan) - 1)
        return point(whole(day < from ? 0 : plan->target), at.position_millidays);
    if (part && day < end_of(&part->plan))
        return of_whole(plan, part, phased_at_day_end(&part->plan, day));
    if (part) {
        from = end_of(&part->plan);
        open = part->open_before;
        pv = whole(part->before + part->plan.target);
    }
    return point(sum_of(pv, rest_of(plan, open + weight_between(plan->curve, from, day + 1))), at.position_millidays);
}

int phased_at_time(const struct phased *plan, int32_t day, int32_t second_of_day,
                   const int32_t hour_share[PHASING_HOURS], struct phased_point *out, struct err *err)
{
    static const int64_t one_day[] = { 0, 1 };
    struct phasing_curve curve = { day, 1, one_day };
    const struct phased_part *part = part_at(plan, day);
    struct fixed_ratio before = phased_at_day_end(plan, day - 1).pv, after = phased_at_day_end(plan, day).pv;
    struct phasing_point at;

    if (part && day < end_of(&part->plan)) {
        if (phased_at_time(&part->plan, day, second_of_day, hour_share, out, err) != 0)
            return -1;
        *out = of_whole(plan, part, *out);
        return 0;
    }
    if (phasing_at_time(&curve, day, second_of_day, hour_share, &at, err) != 0)
        return -1;
    /* before * (1 - share) + after * share: both terms are >= 0 */
    before = (struct fixed_ratio) { before.num * (at.den - at.num), before.den * at.den };
    after = (struct fixed_ratio) { after.num * at.num, after.den * at.den };
    *out = point(sum_of(before, after), phasing_at_day_end(plan->curve, day - 1).position_millidays);
    if (day >= plan->curve->first_day && day < end_of(plan))
        out->position_millidays += at.position_millidays;
    return 0;
}

int64_t phased_range(const struct phased *plan, int32_t from_day, int32_t to_day)
{
    if (to_day < from_day)
        return 0;
    int64_t before = from_day == INT32_MIN ? 0 : phased_at_day_end(plan, from_day - 1).shown;

    return phased_at_day_end(plan, to_day).shown - before;
}

int64_t phased_share_ppm(const struct phased *plan, struct fixed_ratio plan_to_date)
{
    __int128 scaled;
    int64_t share = 0;

    if (plan->target <= 0)
        return 0;
    if (fixed_mul128(plan_to_date.num, FIXED_PPM, &scaled, NULL) != 0 ||
        fixed_div_round(scaled, plan_to_date.den * plan->target, ROUND_FLOOR, &share, NULL) != 0)
        return 0;
    return share;
}

/* --- the other way round --- */

static struct fixed_ratio after_days(const struct phased *plan, int32_t days)
{
    return phased_at_day_end(plan, plan->curve->first_day + days - 1).pv;
}

/* The last (or first) number of whole days whose plan to date is reached. */
static int32_t whole_days(const struct phased *plan, int64_t value, enum phasing_edge edge)
{
    int32_t lo = 0, hi = plan->curve->day_count;

    while (lo < hi) {
        int32_t mid = lo + (hi - lo + 1) / 2;

        if (compare(after_days(plan, mid), value) <= 0)
            lo = mid;
        else
            hi = mid - 1;
    }
    if (edge == PHASING_EARLIEST && compare(after_days(plan, lo), value) == 0)
        while (lo > 0 && compare(after_days(plan, lo - 1), value) == 0)
            lo--;
    return lo;
}

int32_t phased_inverse(const struct phased *plan, int64_t value, enum phasing_edge edge)
{
    int64_t held = fixed_clamp(value, 0, plan->target);
    struct fixed_ratio low, high;
    __int128 num, den;
    int64_t part = 0;
    int32_t n;

    if (!plan->part_count)
        return phasing_inverse(plan->curve, held, plan->target, edge);
    n = whole_days(plan, held, edge);
    low = reduced(after_days(plan, n));
    if (n >= plan->curve->day_count || compare(low, held) == 0)
        return n * 1000;
    high = reduced(after_days(plan, n + 1));
    /* (value - low) / (high - low), both over low.den * high.den */
    if (fixed_mul128(((__int128)held * low.den - low.num) * 1000, high.den, &num, NULL) != 0 ||
        fixed_mul128(high.num, low.den, &den, NULL) != 0 ||
        fixed_div_round(num, den - low.num * high.den, ROUND_DOWN, &part, NULL) != 0)
        return n * 1000;
    return n * 1000 + (int32_t)part;
}

struct phasing_curve phased_curve(const struct phased *plan, int64_t *cumulative)
{
    int32_t days = plan->curve->day_count;

    if (!plan->part_count)
        return *plan->curve;
    cumulative[0] = 0;
    for (int32_t i = 1; i <= days; i++) {
        struct fixed_ratio at = after_days(plan, i);
        double share = (double)at.num / (double)at.den / (double)plan->target;

        cumulative[i] = fixed_clamp(llround(share * (double)PHASED_SCALE), cumulative[i - 1], PHASED_SCALE);
    }
    cumulative[days] = PHASED_SCALE;
    return (struct phasing_curve) { plan->curve->first_day, days, cumulative };
}
