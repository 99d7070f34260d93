/* life: see life.h. */
#include "monitoring/alerts/life.h"

#include <stdio.h>
#include <string.h>

static void begin(struct alert_life *life, int64_t now_us)
{
    life->assigned_to[0] = life->outcome[0] = life->ladder[0] = 0;
    life->taken_us = life->touched_us = life->lapses_us = 0;
    life->climbed = life->ladder_base_day = 0;
    life->ladder_base_us = now_us;
    life->failed_untold = false;
}

void life_move(struct alert_life *life, enum alert_state from, enum alert_state to, bool reached, int64_t now_us)
{
    if (to == ALERT_FIRING && !alert_state_is_open(from))
        begin(life, now_us);
    if (to != ALERT_TAKEN)
        life->lapses_us = 0;
    if (to == ALERT_EXPIRED)
        snprintf(life->outcome, sizeof life->outcome, "%s", reached ? "closed_hit" : "closed_missed");
}

bool life_day(struct alert_life *life, bool open, const struct flap_limits *limits, int64_t now_us)
{
    bool changed = flap_push(&life->flap, open, limits);

    if (changed)
        life->flap_since_us = life->flap.on ? now_us : 0;
    return changed;
}

bool life_turn(struct alert_life *life, const struct flap_span *span, int64_t now_us)
{
    if (!flap_turn(&life->flap, &life->turns, now_us, span))
        return false;
    life->flap_since_us = now_us;
    return true;
}

bool life_rest(struct alert_life *life, const struct flap_span *span, int64_t now_us)
{
    if (flap_rests_us(&life->flap, &life->turns, span) > now_us)
        return false;
    life->flap.on = false;
    life->flap_since_us = 0;
    return true;
}

void life_forget_flap(struct alert_life *life)
{
    life->flap = (struct flap) { 0 };
    life->turns = (struct flap_turns) { .count = 0 };
    life->flap_since_us = 0;
}

Bihuan__AlertLife *life_message(const struct alert_life *life, struct arena *arena)
{
    Bihuan__AlertLife *out = arena_new(arena, Bihuan__AlertLife);

    bihuan__alert_life__init(out);
    out->assigned_to = arena_strdup(arena, life->assigned_to);
    out->taken_at = life->taken_us;
    out->touched_at = life->touched_us;
    out->lapses_at = life->lapses_us;
    out->silenced_by = arena_strdup(arena, life->silenced_by);
    out->flapping = life->flap.on;
    out->flap_ppm = life->flap.share_ppm;
    out->flap_bits = life->flap.bits;
    out->flap_since = life->flap_since_us;
    out->outcome = arena_strdup(arena, life->outcome);
    out->ladder = arena_strdup(arena, life->ladder);
    out->climbed = life->climbed;
    out->ladder_base = life->ladder_base_us;
    out->ladder_base_day = life->ladder_base_day;
    out->failed_untold = life->failed_untold;
    out->back_since = life->back_us;
    out->n_turns_at = (size_t)life->turns.count;
    out->turns_at = arena_array(arena, int64_t, out->n_turns_at + 1);
    memcpy(out->turns_at, life->turns.at_us, out->n_turns_at * sizeof *out->turns_at);
    return out;
}

void life_take(struct alert_life *life, const Bihuan__AlertLife *message)
{
    *life = (struct alert_life) { 0 };
    if (!message)
        return;
    snprintf(life->assigned_to, sizeof life->assigned_to, "%.64s", message->assigned_to);
    snprintf(life->silenced_by, sizeof life->silenced_by, "%.16s", message->silenced_by);
    snprintf(life->outcome, sizeof life->outcome, "%.15s", message->outcome);
    snprintf(life->ladder, sizeof life->ladder, "%.64s", message->ladder);
    life->taken_us = message->taken_at;
    life->touched_us = message->touched_at;
    life->lapses_us = message->lapses_at;
    life->flap = (struct flap) { message->flap_bits, message->flapping, message->flap_ppm };
    life->flap_since_us = message->flap_since;
    life->climbed = message->climbed;
    life->ladder_base_us = message->ladder_base;
    life->ladder_base_day = message->ladder_base_day;
    life->failed_untold = message->failed_untold;
    life->back_us = message->back_since;
    for (size_t i = 0; i < message->n_turns_at && i < FLAP_TURNS_MAX; i++)
        life->turns.at_us[life->turns.count++] = message->turns_at[i];
}
