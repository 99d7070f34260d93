/* state_cards: the scorecards in memory: all versions, which score a period, what they carry from one into the next.
 * See state.h. */
#include "incentive/state.h"

#include "incentive/cards/card_store.h"
#include "incentive/scoring/score_store.h"
#include "obs/log.h"

#include <stdlib.h>
#include <string.h>

void state_drop_cards(struct incentive *state)
{
    for (size_t i = 0; i < state->card_count; i++)
        card_destroy(&state->cards[i]);
    free(state->cards);
    state->cards = NULL;
    state->card_count = 0;
}

struct card_call {
    struct incentive *state;
    int money_scale;
};

/* Slices that the card's lines are over; false where there are too many. */
static bool number_slices(struct incentive *state, struct card *card)
{
    for (size_t i = 0; i < card->line_count; i++) {
        struct card_line *line = &card->lines[i];
        uint32_t ids[2] = { line->ratio ? line->part_ids[0] : line->measure_id, line->ratio ? line->part_ids[1] : 0 };

        for (int p = 0; (line->channel_id || line->product_id) && p < 2; p++) {
            if (!ids[p])
                continue;
            line->slices[p] = slices_number(&state->slices, ids[p], line->channel_id, line->product_id);
            if (!line->slices[p])
                return false;
        }
    }
    return true;
}

static int load_card(void *arg, const Bihuan__Scorecard *doc, struct err *err)
{
    struct card_call *call = arg;
    struct incentive *state = call->state;
    struct card *card = NULL;

    if (card_new(&card, doc, state->refdata, call->money_scale, err) != 0) {
        /* a measure that planning changed under it: the rest goes on, scores of this type wait */
        log_error("scorecard_unusable", "error=\"%s\"", err->text);
        err_clear(err);
        return 0;
    }
    if (!number_slices(state, card)) {
        log_error("scorecard_unusable", "error=\"more slices than %d\"", SLICES_MAX);
        card_destroy(&card);
        return 0;
    }
    state->cards = realloc(state->cards, (state->card_count + 1) * sizeof(struct card *));
    if (!state->cards)
        abort();
    state->cards[state->card_count++] = card;
    return 0;
}

int state_load_cards(struct incentive *state, struct tx *tx, struct err *err)
{
    struct card_call call = { state, runtime_money_scale(tx_runtime(tx)) };

    state_drop_cards(state);
    return card_store_each(tx, load_card, &call, err);
}

const struct card *state_card(const struct incentive *state, const char *unit_type)
{
    const struct card *newest = NULL;

    for (size_t i = 0; i < state->card_count; i++)
        if (strcmp(state->cards[i]->doc->unit_type, unit_type) == 0 && !state->cards[i]->doc->refines[0])
            newest = state->cards[i];
    return newest;
}

bool state_is_newest(const struct incentive *state, const Bihuan__Scorecard *card)
{
    for (size_t i = 0; i < state->card_count; i++)
        if (state->cards[i]->doc->id == card->id && state->cards[i]->doc->version > card->version)
            return false;
    return true;
}

struct card_choice state_cards_of(const struct incentive *state, const struct ref_period *period, struct arena *arena)
{
    struct card_choice out = { arena_array(arena, struct card *, state->card_count + 1), 0 };

    for (size_t i = 0; i < state->card_count; i++) { /* ascending by version: a later one takes the place of its code */
        struct card *card = state->cards[i];
        size_t at = 0;

        if (card->from_day > period->from_day)
            continue;
        while (at < out.count && out.cards[at]->doc->id != card->doc->id)
            at++;
        out.cards[at] = card;
        out.count += at == out.count;
    }
    return out;
}

/* --- what is carried -------------------------------------------------------------------------------------------------
 */

static bool any_carries(const struct incentive *state)
{
    for (size_t c = 0; c < state->card_count; c++)
        for (size_t i = 0; i < state->cards[c]->line_count; i++)
            if (state->cards[c]->lines[i].carries)
                return true;
    return false;
}

static int load_carries(struct incentive *state, struct tx *tx, const struct closed_period *from,
                        const struct ref_period *into, struct err *err)
{
    struct score_page page = { .period_id = from->period_id, .unit_type = "", .by_unit = true, .limit = INT32_MAX };
    uint32_t *units, *ranks;
    Bihuan__Score **scores;
    size_t count;

    if (score_store_page(tx, &page, &scores, &units, &ranks, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        carries_add(&state->carries, state->refdata, into->id, units[i], scores[i]);
    return 0;
}

int state_load_carries(struct incentive *state, struct tx *tx, struct err *err)
{
    carries_clear(&state->carries);
    for (size_t i = 0; any_carries(state) && i < state->closed_count; i++) {
        const struct closed_period *from = &state->closed[i];
        const struct ref_period *into = carry_period(state->refdata, from->from_day, from->until_day);

        if (into && !state_is_closed(state, into->id) && load_carries(state, tx, from, into, err) != 0)
            return -1;
    }
    carries_settle(&state->carries);
    return 0;
}
