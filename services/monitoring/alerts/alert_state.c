/* alert_state: see alert_state.h. */
#include "monitoring/alerts/alert_state.h"

#include <string.h>

static const char *const WORDS[] = { "ok", "pending", "firing", "taken", "acting", "resolved", "expired" };

const char *alert_state_word(enum alert_state state)
{
    return WORDS[state];
}

enum alert_state alert_state_parse(const char *word)
{
    for (int i = 0; i <= ALERT_EXPIRED; i++)
        if (strcmp(WORDS[i], word) == 0)
            return (enum alert_state)i;
    return ALERT_OK;
}

bool alert_state_is_open(enum alert_state state)
{
    return state == ALERT_FIRING || state == ALERT_TAKEN || state == ALERT_ACTING;
}

enum alert_state alert_state_next(enum alert_state state, struct alert_dwell *dwell, bool breach, bool clear,
                                  bool critical, uint32_t dwell_days, uint32_t clear_days)
{
    dwell->breach_days = breach ? dwell->breach_days + 1 : 0;
    dwell->clear_days = clear ? dwell->clear_days + 1 : 0;
    if (alert_state_is_open(state))
        return dwell->clear_days >= (clear_days ? clear_days : 1) ? ALERT_RESOLVED : state;
    if (!breach)
        return state == ALERT_PENDING ? ALERT_OK : state;
    if (dwell->breach_days >= dwell_days || critical)
        return ALERT_FIRING;
    return ALERT_PENDING;
}
