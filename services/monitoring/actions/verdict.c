/* verdict: whether an action kept its word; see actions.h. */
#include "monitoring/actions/actions.h"

#include "calc/fixed.h"

#define MILLION 1000000

int64_t action_counterfactual(int64_t ev_base, int64_t bac, int64_t curve_base_ppm, int64_t curve_ppm, int64_t pace_ppm)
{
    __int128 more = (__int128)bac * (curve_ppm - curve_base_ppm) * pace_ppm;
    int64_t rounded;

    if (fixed_div_round(more, (__int128)MILLION * MILLION, ROUND_HALF_UP, &rounded, NULL) != 0)
        return ev_base; /* beyond 64 bits: no pace gets there */
    return fixed_add_saturated(ev_base, rounded);
}

bool action_kept(int64_t gap_bp, int64_t clear_gap_bp, int64_t gain, int64_t promised, uint32_t kept_ppm)
{
    return gap_bp > clear_gap_bp || (promised > 0 && (__int128)gain * MILLION >= (__int128)promised * kept_ppm);
}

int32_t action_next_due(int32_t opened_day, int32_t due, int32_t day)
{
    return day + (due > opened_day ? due - opened_day : 1);
}
