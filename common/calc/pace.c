/* pace: see pace.h. */
#include "calc/pace.h"

/* EV against the curve: how much EV/BAC is above C_t, as a fraction over BAC * den. */
static int curve_excess(const struct pace_input *in, struct fixed_ratio *out, struct err *err)
{
    __int128 earned;

    if (fixed_mul128(in->at.pv.den, in->plan->target, &out->den, err) != 0 ||
        fixed_mul128(in->at.pv.den, in->ev, &earned, err) != 0)
        return -1;
    return fixed_add128(earned, -in->at.pv.num, &out->num, err);
}

static int fill_gap(const struct pace_input *in, struct fixed_ratio excess, struct pace *out, struct err *err)
{
    __int128 scaled;

    out->pv = in->at.pv;
    out->sv = (struct fixed_ratio) { excess.num, in->at.pv.den };
    out->pv_shown = in->at.shown;
    if (fixed_mul128(excess.num, 10000, &scaled, err) != 0 ||
        fixed_div_round(scaled, excess.den, ROUND_DOWN, &out->gap_bp, err) != 0 ||
        fixed_sub(in->ev, out->pv_shown, &out->sv_shown, err) != 0)
        return -1;
    out->curve_ppm = phased_share_ppm(in->plan, in->at.pv);
    return 0;
}

static int fill_spi(const struct pace_input *in, struct pace *out, struct err *err)
{
    __int128 scaled, least, planned;

    /* the limit on the curve is held against the exact C_t */
    if (out->pv.num <= 0 || out->pv.num < in->spi_pv_min * in->at.pv.den)
        return 0;
    if (fixed_mul128(in->at.pv.num, FIXED_PPM, &planned, err) != 0 ||
        fixed_mul128(in->at.pv.den * in->plan->target, in->spi_curve_min_ppm, &least, err) != 0)
        return -1;
    if (planned < least)
        return 0;
    out->spi.defined = true;
    if (fixed_mul128(in->ev * in->at.pv.den, FIXED_PPM, &scaled, err) != 0)
        return -1;
    return fixed_div_round(scaled, out->pv.num, ROUND_FLOOR, &out->spi.ppm, err);
}

static int fill_tspi(const struct pace_input *in, struct pace *out, struct err *err)
{
    __int128 left_to_plan = in->plan->target * in->at.pv.den - in->at.pv.num; /* (BAC - PV) * den */
    __int128 scaled;

    if (left_to_plan == 0)
        return 0;
    out->tspi.defined = true;
    if (in->ev >= in->plan->target)
        return 0;
    if (fixed_mul128(((__int128)in->plan->target - in->ev) * in->at.pv.den, FIXED_PPM, &scaled, err) != 0)
        return -1;
    return fixed_div_round(scaled, left_to_plan, ROUND_UP, &out->tspi.ppm, err);
}

/* On a level stretch of the curve (closed days) the day nearest to now answers, so that it adds no lag. */
static void fill_schedule(const struct pace_input *in, __int128 excess, struct pace *out)
{
    int32_t position = in->at.position_millidays;

    if (excess == 0) {
        out->es_millidays = position;
        return;
    }
    out->es_millidays = phased_inverse(in->plan, in->ev, excess < 0 ? PHASING_LATEST : PHASING_EARLIEST);
    out->behind_millidays = position - out->es_millidays;
    if (excess > 0 && out->behind_millidays > 0)
        out->behind_millidays = 0; /* over 100 %, on closed days at the period's end */
    if (excess < 0 && out->behind_millidays < 0)
        out->behind_millidays = 0; /* less than nothing sold, on closed days at the period's beginning */
}

/* EV / C_t = EV * (BAC * den) / PV's num. The product may leave 128 bits, of numbers whose last bits don't count by
 * then.
 */
static int run_rate(const struct pace_input *in, int64_t *out, struct err *err)
{
    __int128 num = in->plan->target * in->at.pv.den, den = in->at.pv.num, scaled;

    while (__builtin_mul_overflow(num, (__int128)in->ev, &scaled) && den > 1) {
        num /= 2;
        den /= 2;
    }
    return fixed_mul128(num, in->ev, &scaled, err) != 0 ? -1 : fixed_div_round(scaled, den, ROUND_HALF_UP, out, err);
}

static int fill_landing(const struct pace_input *in, struct pace *out, struct err *err)
{
    int64_t left;

    if (fixed_sub(in->plan->target, out->pv_shown, &left, err) != 0 ||
        fixed_add(in->ev, left, &out->landing_kept, err) != 0)
        return -1;
    if (in->at.pv.num == 0)
        return 0;
    out->run_rate_defined = true;
    return run_rate(in, &out->landing_run_rate, err);
}

static int glance(const struct pace_input *in, struct fixed_ratio *excess, struct pace *out, struct err *err)
{
    *out = (struct pace) { .pv_shown = 0 };
    if (in->plan->target <= 0)
        return err_fail(err, ERR_INVALID, "no_target", "could not work out pace: the target isn't above 0");
    return curve_excess(in, excess, err) != 0 ? -1 : fill_gap(in, *excess, out, err);
}

int pace_glance(const struct pace_input *input, struct pace *out, struct err *err)
{
    struct fixed_ratio excess;

    return glance(input, &excess, out, err);
}

int pace_compute(const struct pace_input *input, struct pace *out, struct err *err)
{
    struct fixed_ratio excess;
    struct pace pace;

    if (glance(input, &excess, &pace, err) != 0 || fill_spi(input, &pace, err) != 0 ||
        fill_tspi(input, &pace, err) != 0 || fill_landing(input, &pace, err) != 0)
        return -1;
    fill_schedule(input, excess.num, &pace);
    *out = pace;
    return 0;
}

int pace_cost_compute(int64_t bac, int64_t ev, int64_t ac, struct pace_cost *out, struct err *err)
{
    struct pace_cost cost = { 0 };

    if (ev > 0 && ac > 0) {
        cost.cpi.defined = true;
        if (fixed_ratio_ppm(ev, ac, ROUND_HALF_UP, &cost.cpi.ppm, err) != 0 ||
            fixed_mul_div(bac, ac, ev, ROUND_HALF_UP, &cost.eac, err) != 0)
            return -1;
    }
    *out = cost;
    return 0;
}
