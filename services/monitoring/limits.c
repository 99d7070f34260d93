/* limits: see limits.h. */
#include "monitoring/limits.h"

struct limits limits_read(limits_get_fn *get, void *arg)
{
    struct limits limits = {
        .dispersion_most = (double)get(arg, "dispersion_most"),
        .flap = { (int)get(arg, "flap_days"), (uint32_t)get(arg, "flap_on_ppm"), (uint32_t)get(arg, "flap_off_ppm") },
        .span = { (int)get(arg, "flap_turns"), (int)get(arg, "flap_turn_days") },
        .feed_clear_us = get(arg, "feed_clear_s") * 1000000,
        .roots = { (uint32_t)get(arg, "root_share_ppm"), (size_t)get(arg, "root_few") },
        .verify_days = (int32_t)get(arg, "action_verify_days"),
        .kept_ppm = (uint32_t)get(arg, "action_kept_ppm"),
        .tell_days = (int32_t)get(arg, "recent_days"),
        .frozen_ppm = (uint32_t)get(arg, "frozen_ppm"),
        .hit_least_ppm = (uint32_t)get(arg, "worse_hit_least_ppm"),
        .lapse_days = (uint32_t)get(arg, "lapse_days"),
    };

    if (limits.flap.off_ppm > limits.flap.on_ppm) /* else it would begin and end every day */
        limits.flap.off_ppm = limits.flap.on_ppm;
    return limits;
}
