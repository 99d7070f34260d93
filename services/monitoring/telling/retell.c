/* retell: see retell.h. */
#include "monitoring/telling/retell.h"

static bool is_worse(const struct retell_told *told, const struct retell_now *now)
{
    if (!now->lag)
        return false;
    if ((int64_t)told->gap_bp - now->gap_bp >= now->step_bp)
        return true;
    return told->hit_ppm > 0 && told->hit_ppm >= now->hit_least_ppm && (uint64_t)now->hit_ppm * 2 <= told->hit_ppm;
}

enum retell retell_next(const struct retell_told *told, const struct retell_now *now)
{
    if (!now->open) {
        if (!told->open)
            return RETELL_NOTHING;
        /* it will be back before long; how it ends is told when it has come to rest */
        return now->flapping && !now->expired ? RETELL_NOTHING : RETELL_OVER;
    }
    if (now->quieted)
        return RETELL_NOTHING;
    if (!told->open)
        return now->flapping ? RETELL_FLAPPING : RETELL_FIRED;
    if (now->flapping)
        return told->flapping ? RETELL_NOTHING : RETELL_FLAPPING;
    if (now->severity > told->severity)
        return RETELL_SEVERITY;
    if (is_worse(told, now))
        return RETELL_WORSE;
    return now->state && now->severity < told->severity ? RETELL_EASED : RETELL_NOTHING;
}

int retell_severity(bool open, int told, int now, bool state)
{
    return open && !state && told > now ? told : now;
}
