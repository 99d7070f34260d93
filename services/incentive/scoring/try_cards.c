/* try_cards: see try_cards.h. */
#include "incentive/scoring/try_cards.h"

#include "incentive/scoring/scoring.h"

#include <stdlib.h>
#include <string.h>

/* --- making ----------------------------------------------------------------------------------------------------------
 */

struct problem_call {
    struct tx *tx;
    const char *pointer;
};

static void add_problem(void *arg, const char *pointer, const char *code, const char *message)
{
    struct problem_call *call = arg;

    tx_problem(call->tx, arena_printf(tx_arena(call->tx), "%s%s", call->pointer, pointer), code, "%s", message);
}

/* The newest in force with this code; NULL none. */
static const Bihuan__Scorecard *in_force(const struct incentive *state, const char *code)
{
    for (size_t i = state->card_count; i-- > 0;)
        if (strcmp(state->cards[i]->doc->code, code) == 0)
            return state->cards[i]->doc;
    return NULL;
}

static const Bihuan__Scorecard *base_of(const struct incentive *state, Bihuan__Scorecard *const *docs, size_t count,
                                        const Bihuan__Scorecard *doc)
{
    for (size_t i = 0; doc->refines[0] && i < count; i++)
        if (strcmp(docs[i]->code, doc->refines) == 0)
            return docs[i];
    return doc->refines[0] ? in_force(state, doc->refines) : NULL;
}

/* The numbers of the slices that are kept. */
static void find_slices(const struct incentive *state, struct card *card, struct problem_call *call)
{
    for (size_t i = 0; i < card->line_count; i++) {
        struct card_line *line = &card->lines[i];
        uint32_t ids[2] = { line->ratio ? line->part_ids[0] : line->measure_id, line->ratio ? line->part_ids[1] : 0 };

        for (int p = 0; (line->channel_id || line->product_id) && p < 2; p++) {
            if (!ids[p])
                continue;
            line->slices[p] = slices_find(&state->slices, ids[p], line->channel_id, line->product_id);
            if (!line->slices[p])
                tx_problem(call->tx, arena_printf(tx_arena(call->tx), "%s/lines", call->pointer), "slice_unknown",
                           "no card in force has a line of this channel or product of \"%s\", so its sums aren't kept: "
                           "apply a card with it for a later day first",
                           line->doc->measure);
        }
    }
}

static int make(struct incentive *state, struct tx *tx, Bihuan__Scorecard *const *docs, size_t count, size_t at,
                struct try_cards *out, struct err *err)
{
    struct problem_call call = { tx, arena_printf(tx_arena(tx), "/scorecards/%zu", at) };
    int scale = runtime_money_scale(tx_runtime(tx));
    const Bihuan__Scorecard *same = in_force(state, docs[at]->code);
    struct card *card = NULL;

    if (card_check(docs[at], state->refdata, scale, base_of(state, docs, count, docs[at]), add_problem, &call))
        return 0;
    docs[at]->id = same ? same->id : UINT32_MAX - (uint32_t)at; /* only to tell them apart */
    if (card_new(&card, docs[at], state->refdata, scale, err) != 0)
        return -1;
    find_slices(state, card, &call);
    out->made[out->made_count++] = card;
    return 0;
}

int try_cards_make(struct incentive *state, struct tx *tx, Bihuan__Scorecard *const *docs, size_t count,
                   struct try_cards *out, struct err *err)
{
    out->made = calloc(count + 1, sizeof(struct card *));
    if (!out->made)
        abort();
    for (size_t i = 0; i < count; i++)
        if (make(state, tx, docs, count, i, out, err) != 0)
            return -1;
    return 0;
}

void try_cards_fini(struct try_cards *cards)
{
    for (size_t i = 0; i < cards->made_count; i++)
        card_destroy(&cards->made[i]);
    free(cards->made);
    *cards = (struct try_cards) { 0 };
}

/* --- scoring ---------------------------------------------------------------------------------------------------------
 */

static bool takes_place_of(const struct card *tried, const struct card *other)
{
    if (strcmp(tried->doc->code, other->doc->code) == 0)
        return true;
    return !tried->doc->refines[0] && !other->doc->refines[0] &&
           strcmp(tried->doc->unit_type, other->doc->unit_type) == 0;
}

static void choose(struct incentive *state, struct tx *tx, const struct ref_period *period, struct try_cards *cards)
{
    struct card_choice now = state_cards_of(state, period, tx_arena(tx));

    cards->cards = arena_array(tx_arena(tx), struct card *, now.count + cards->made_count + 1);
    cards->count = 0;
    for (size_t i = 0; i < now.count; i++) {
        bool taken = false;

        for (size_t m = 0; m < cards->made_count; m++)
            taken = taken || takes_place_of(cards->made[m], now.cards[i]);
        if (!taken)
            cards->cards[cards->count++] = now.cards[i];
    }
    for (size_t m = 0; m < cards->made_count; m++) /* whatever their `from`: they are tried on this period */
        cards->cards[cards->count++] = cards->made[m];
}

int try_cards_score(struct incentive *state, struct tx *tx, const struct ref_period *period, struct try_cards *cards,
                    struct scoring *out, struct err *err)
{
    struct score_sums have = scoring_sums(state);
    int32_t as_of = scoring_as_of(state, period);

    if (state->as_of == NO_DAY || as_of < period->from_day)
        return err_fail(err, ERR_CONFLICT, "not_begun", "no day of period %s is complete yet: nothing can be scored",
                        period->code);
    choose(state, tx, period, cards);
    return score_all(state->refdata, &have, cards->cards, cards->count, period, as_of, tx_arena(tx), out, err);
}
