/* rate: see rate.h. */
#include "monitoring/delivery/rate.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (60 * MINUTE_US)

/* Thousandths of a message gained in a minute: what 80 % leave beside those that may come at once. */
static int64_t gain_milli(int per_minute, int at_once)
{
    int64_t gain = (int64_t)per_minute * 800 - (int64_t)at_once * 1000;

    return gain > 1000 ? gain : 1000;
}

void rate_fill(struct rate *rate, int per_minute, int at_once, int64_t now_us)
{
    int64_t most = (int64_t)at_once * 1000, gain, passed = now_us - rate->filled_us;

    if (!per_minute || passed <= 0)
        return;
    if (passed > 10 * MINUTE_US || !rate->filled_us) {
        *rate = (struct rate) { most, now_us };
        return;
    }
    gain = passed * gain_milli(per_minute, at_once) / MINUTE_US;
    if (gain == 0)
        return; /* nothing is lost by rounding: filled_us stays */
    rate->filled_us += gain * MINUTE_US / gain_milli(per_minute, at_once);
    rate->tokens_milli += gain;
    if (rate->tokens_milli >= most)
        *rate = (struct rate) { most, now_us };
}

bool rate_take(struct rate *rate, int per_minute)
{
    if (!per_minute)
        return true;
    if (rate->tokens_milli < 1000)
        return false;
    rate->tokens_milli -= 1000;
    return true;
}

int64_t rate_ready_us(const struct rate *rate, int per_minute, int at_once, int64_t now_us)
{
    int64_t lacks = 1000 - rate->tokens_milli;

    if (!per_minute || lacks <= 0)
        return now_us;
    return rate->filled_us +
           (lacks * MINUTE_US + gain_milli(per_minute, at_once) - 1) / gain_milli(per_minute, at_once);
}

bool retry_is_over(int64_t waited_us, int failed)
{
    return waited_us >= RETRY_DAY_US && failed >= RETRY_LEAST;
}

int64_t retry_pause_us(int64_t first_us, int failed, int64_t after_s, unsigned chance)
{
    static const int64_t steps[] = { 1, 5, 30, 120, 600, 1800 };
    int64_t base = first_us * (failed >= 1 && failed <= 6 ? steps[failed - 1] : 3600), pause;

    if (base > HOUR_US)
        base = HOUR_US;
    pause = base * 4 / 5 + base * 2 / 5 * (chance % 1000) / 1000;
    if (after_s > RETRY_AFTER_MAX_S)
        after_s = RETRY_AFTER_MAX_S;
    return after_s * SECOND_US > pause ? after_s * SECOND_US : pause;
}

int64_t lane_pause_us(int64_t first_us, int failed)
{
    int64_t pause = first_us / 2;

    while (--failed > 0 && pause < MINUTE_US)
        pause *= 2;
    return pause < MINUTE_US ? pause : MINUTE_US;
}

int64_t spread_us(int64_t ready_us, int64_t every_s, int64_t spread_s, uint64_t place, int32_t offset_s)
{
    int64_t every = every_s * SECOND_US, spread = (spread_s < every_s / 2 ? spread_s : every_s / 2) * SECOND_US;
    int64_t local = ready_us + offset_s * SECOND_US, busy, at;

    if (spread <= 0)
        return ready_us;
    busy = (local + every / 2) / every * every; /* the nearest */
    if (local < busy - spread || local >= busy + spread)
        return ready_us;
    at = busy - spread + (int64_t)(place % (uint64_t)(2 * spread)) - offset_s * SECOND_US;
    return at > ready_us ? at : ready_us;
}
