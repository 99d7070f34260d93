/* scoring: see scoring.h. */
#include "incentive/scoring/scoring.h"

#include "incentive/crediting/recredit.h"
#include "incentive/scoring/score_store.h"
#include "obs/log.h"

#include <stdlib.h>
#include <string.h>

#define MOVED_MAX 256 /* scores a message */

int32_t scoring_complete_day(struct incentive *state, struct tx *tx)
{
    uint32_t buckets = runtime_bucket_count(tx_runtime(tx));
    uint64_t positions[BUCKETS_MAX];
    int64_t through;

    for (uint32_t b = 0; b < buckets; b++)
        positions[b] = tx_position(tx, "feedback", (uint16_t)b);
    through = marks_through(&state->marks, positions, buckets);
    return through ? clock_day(runtime_clock(tx_runtime(tx)), through) - 1 : NO_DAY;
}

struct score_sums scoring_sums(const struct incentive *state)
{
    return (struct score_sums) { state->cube, state->slices.cube, &state->carries };
}

int32_t scoring_as_of(const struct incentive *state, const struct ref_period *period)
{
    return state->as_of < period->until_day - 1 ? state->as_of : period->until_day - 1;
}

const uint8_t *scoring_pack(const struct scored_unit *unit, const struct refdata *refdata,
                            const struct ref_period *period, int32_t as_of, struct arena *arena, size_t *len)
{
    Bihuan__Score *message = score_message(unit, refdata, period, as_of, arena);
    uint8_t *body;

    *len = bihuan__score__get_packed_size(message);
    body = arena_alloc(arena, *len + 1);
    bihuan__score__pack(message, body);
    return body;
}

static int publish_moved(struct incentive *state, struct tx *tx, const struct scoring *scoring, const size_t *moved,
                         size_t count, struct err *err)
{
    for (size_t at = 0; at < count; at += MOVED_MAX) {
        Bihuan__ScoresMoved event = BIHUAN__SCORES_MOVED__INIT;

        event.n_items = count - at < MOVED_MAX ? count - at : MOVED_MAX;
        event.items = arena_array(tx_arena(tx), Bihuan__Score *, event.n_items);
        for (size_t i = 0; i < event.n_items; i++) {
            event.items[i] = score_message(&scoring->units[moved[at + i]], state->refdata, scoring->period,
                                           scoring->as_of, tx_arena(tx));
            event.items[i]->n_lines = 0;
            event.items[i]->closed = state_is_closed(state, scoring->period->id);
        }
        if (tx_publish(tx, 0, MSG(SCORES_MOVED), scoring->period->code, &event.base, err) != 0)
            return -1;
    }
    return 0;
}

/* Units that had a score and aren't scored any more: their type changed. */
static int drop_gone(struct standing *standing, struct tx *tx, const struct scoring *scoring, struct err *err)
{
    uint32_t *gone = arena_array(tx_arena(tx), uint32_t, standing->unit_limit + 1);
    size_t count = 0, next = 0;

    for (uint32_t u = 0; u < standing->unit_limit; u++) { /* both ascend by id */
        bool scored = next < scoring->count && scoring->units[next].unit_id == u;

        next += scored;
        if (!scored && standing->by_unit[u]) {
            standing->by_unit[u] = 0;
            gone[count++] = u;
        }
    }
    return score_store_drop(tx, scoring->period->id, gone, count, err);
}

int scoring_store(struct incentive *state, struct tx *tx, const struct scoring *scoring, struct err *err)
{
    struct standing *standing = state_standing(state, scoring->period->id);
    struct score_row *rows = arena_array(tx_arena(tx), struct score_row, scoring->count + 1);
    size_t *moved = arena_array(tx_arena(tx), size_t, scoring->count + 1);
    size_t count = 0;

    for (size_t i = 0; i < scoring->count; i++) {
        const struct scored_unit *unit = &scoring->units[i];
        struct score_row row = { .unit_id = unit->unit_id,
                                 .unit_type = unit->card->doc->unit_type,
                                 .score_milli = unit->outcome.score,
                                 .rank = unit->rank,
                                 .as_of = scoring->as_of };
        uint64_t hash;

        row.body = scoring_pack(unit, state->refdata, scoring->period, scoring->as_of, tx_arena(tx), &row.body_len);
        hash = score_hash(row.body, row.body_len);
        if (standing->by_unit[unit->unit_id] == hash)
            continue;
        standing->by_unit[unit->unit_id] = hash;
        rows[count] = row;
        moved[count++] = i;
    }
    if (drop_gone(standing, tx, scoring, err) != 0 || score_store_put(tx, scoring->period->id, rows, count, err) != 0)
        return -1;
    return publish_moved(state, tx, scoring, moved, count, err);
}

static int score_period(struct incentive *state, struct tx *tx, const struct ref_period *period, struct err *err)
{
    struct card_choice chosen = state_cards_of(state, period, tx_arena(tx));
    struct score_sums have = scoring_sums(state);
    struct scoring scoring;

    if (score_all(state->refdata, &have, chosen.cards, chosen.count, period, scoring_as_of(state, period), tx_arena(tx),
                  &scoring, err) != 0)
        return err_prefix(err, "scores of period %s", period->code);
    return scoring_store(state, tx, &scoring, err);
}

static bool is_behind(const struct incentive *state, int32_t as_of)
{
    return as_of != state->as_of || state->dirty;
}

static int score_all_periods(struct incentive *state, struct tx *tx, int32_t as_of, struct err *err)
{
    state_write(state);
    if (state->slices.stale &&
        (credit_rows_write(&state->rows, tx, err) != 0 || entry_rows_write(&state->crediting.rows, tx, err) != 0 ||
         state_fill_slices(state, tx, err) != 0))
        return -1;
    state->as_of = as_of;
    for (uint32_t i = 1; i < refdata_period_limit(state->refdata); i++) {
        const struct ref_period *period = refdata_period(state->refdata, i);

        if (state_period_runs(state, period) && score_period(state, tx, period, err) != 0)
            return -1;
    }
    state->dirty = false;
    state->scored_at_us = clock_monotonic_us();
    return 0;
}

int scoring_bring_up(struct incentive *state, struct tx *tx, struct err *err)
{
    int32_t as_of = scoring_complete_day(state, tx);

    return is_behind(state, as_of) ? score_all_periods(state, tx, as_of, err) : 0;
}

int scoring_timer(struct tx *tx, const void *unused, struct err *err)
{
    struct incentive *state = state_of(tx);
    int64_t now = clock_monotonic_us();
    int32_t as_of = scoring_complete_day(state, tx);

    (void)unused;
    if (!is_behind(state, as_of) || recredit_under_way(state) || acts_hold(&state->acts))
        return 0;
    if (now - state->scored_at_us < runtime_setting_int(tx_runtime(tx), "score_interval_ms") * 1000)
        return 0;
    if (score_all_periods(state, tx, as_of, err) != 0)
        return -1;
    metrics_observe(runtime_metrics(tx_runtime(tx)), "scoring_seconds", "Duration of scoring all units.", "",
                    (double)(state->scored_at_us - now) / 1e6);
    return 0;
}

const struct card *state_card_of(const struct incentive *state, struct tx *tx, const struct ref_period *period,
                                 const struct ref_unit *unit)
{
    struct card_choice chosen = state_cards_of(state, period, tx_arena(tx));

    return score_card(state->refdata, chosen.cards, chosen.count, unit, scoring_as_of(state, period));
}
