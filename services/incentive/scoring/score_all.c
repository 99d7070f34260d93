/* score_all: the scores of all units of a period, and of one, from the sums. See score.h. */
#include "incentive/scoring/score.h"

#include "incentive/scoring/ranking.h"
#include "refdata/sums.h"

#include <string.h>

/* What one number of a line is the sum of. */
struct source {
    uint32_t measure_id; /* 0: is 1, see measure_sum */
    uint32_t slice;      /* 0: of everything */
};

static struct source source_of(const struct card_line *line, int part)
{
    return (struct source) { line->ratio ? line->part_ids[part] : line->measure_id, line->slices[part] };
}

/* A slice is summed as its measure, in its own place. */
static const struct ref_measure *summed(const struct refdata *refdata, struct source source, struct ref_measure *room)
{
    const struct ref_measure *measure = refdata_measure(refdata, source.measure_id);

    if (!source.slice || !measure)
        return measure;
    *room = *measure;
    room->id = source.slice;
    return room;
}

struct sums {
    struct source source;
    int64_t *by_unit;
};

struct sums_all {
    struct sums *list;
    size_t count;
    uint32_t unit_limit;
};

static const int64_t *sums_of(const struct sums_all *sums, struct source source)
{
    for (size_t i = 0; i < sums->count; i++)
        if (sums->list[i].source.measure_id == source.measure_id && sums->list[i].source.slice == source.slice)
            return sums->list[i].by_unit;
    return NULL;
}

static uint32_t unit_limit_of(const struct refdata *refdata)
{
    uint32_t limit = tree_unit_limit(refdata_tree(refdata));

    return refdata_unit_limit(refdata) > limit ? refdata_unit_limit(refdata) : limit;
}

static int sum_measure(const struct refdata *refdata, const struct score_sums *have, struct source source, int32_t from,
                       int32_t to, struct arena *arena, struct sums_all *out, struct err *err)
{
    struct ref_measure room;
    struct arena scratch;
    int64_t *sums;
    int rc;

    if (sums_of(out, source))
        return 0;
    sums = arena_array(arena, int64_t, out->unit_limit + 1);
    arena_init(&scratch);
    rc = measure_sum_all(refdata, source.slice ? have->slices : have->cube, summed(refdata, source, &room), from, to,
                         &scratch, sums, out->unit_limit, err);
    arena_fini(&scratch);
    if (rc == 0)
        out->list[out->count++] = (struct sums) { source, sums };
    return rc;
}

/* Every measure of every card, and what ratios are made of, rolled up once. */
static int sum_measures(const struct refdata *refdata, const struct score_sums *have, struct card *const *cards,
                        size_t card_count, int32_t from, int32_t to, struct arena *arena, struct sums_all *out,
                        struct err *err)
{
    size_t lines = 0;

    for (size_t c = 0; c < card_count; c++)
        lines += cards[c]->line_count;
    *out = (struct sums_all) { arena_array(arena, struct sums, lines * 2 + 1), 0, unit_limit_of(refdata) };
    for (size_t c = 0; c < card_count; c++)
        for (size_t i = 0; i < cards[c]->line_count; i++) {
            const struct card_line *line = &cards[c]->lines[i];

            for (int p = 0; line->join == JOIN_NONE && p < (line->ratio ? 2 : 1); p++)
                if (sum_measure(refdata, have, source_of(line, p), from, to, arena, out, err) != 0)
                    return -1;
        }
    return 0;
}

const struct card *score_card(const struct refdata *refdata, struct card *const *cards, size_t count,
                              const struct ref_unit *unit, int32_t day)
{
    const struct tree *tree = refdata_tree(refdata);
    const struct card *base = NULL;
    bool refined = false;

    for (size_t c = 0; c < count; c++) {
        if (strcmp(cards[c]->doc->unit_type, unit->type) != 0)
            continue;
        refined = refined || cards[c]->under_id;
        base = cards[c]->under_id ? base : cards[c];
    }
    for (uint32_t at = unit->id; refined && at != TREE_NONE; at = tree_parent(tree, at, day))
        for (size_t c = 0; c < count; c++)
            if (cards[c]->under_id == at && strcmp(cards[c]->doc->unit_type, unit->type) == 0)
                return cards[c];
    return base;
}

static struct score_input input_of(const struct card_line *line, const struct sums_all *sums, uint32_t unit)
{
    if (line->join != JOIN_NONE)
        return (struct score_input) { 0 };
    if (!line->ratio)
        return (struct score_input) { .actual = sums_of(sums, source_of(line, 0))[unit] };
    return (struct score_input) { .parts = { sums_of(sums, source_of(line, 0))[unit],
                                             sums_of(sums, source_of(line, 1))[unit] } };
}

static void take_carried(const struct score_sums *have, const struct ref_period *period, uint32_t unit_id,
                         const struct card_line *line, struct score_input *input)
{
    if (line->carries)
        input->carried = carries_of(have->carries, period->id, unit_id, line->measure_id, line->channel_id,
                                    line->product_id);
}

/* The unit's target; where shorter periods have their own, the plan to date goes through them. */
static void take_target(const struct refdata *refdata, const struct ref_period *period, uint32_t unit_id,
                        const struct card_line *line, int32_t as_of, struct arena *scratch, struct score_input *input)
{
    const struct ref_key key = { unit_id, line->measure_id, line->channel_id, line->product_id };
    struct phased plan;

    if (line->join != JOIN_NONE)
        return;
    input->target = refdata_target(refdata, period->id, unit_id, line->measure_id, line->channel_id, line->product_id);
    if (line->ratio || !period->inner_count || !refdata_phase(refdata, period, &key, REF_IN_FORCE, scratch, &plan) ||
        !plan.part_count)
        return;
    input->plan = phased_at_day_end(&plan, as_of);
}

int score_all(const struct refdata *refdata, const struct score_sums *have, struct card *const *cards,
              size_t card_count, const struct ref_period *period, int32_t as_of, struct arena *arena,
              struct scoring *out, struct err *err)
{
    struct score_input inputs[CARD_LINES_MAX];
    struct sums_all sums;

    *out = (struct scoring) { .period = period, .as_of = as_of, .at = phasing_at_day_end(&period->curve, as_of) };
    out->units = arena_array(arena, struct scored_unit, refdata_unit_limit(refdata) + 1);
    if (sum_measures(refdata, have, cards, card_count, period->from_day, as_of, arena, &sums, err) != 0)
        return -1;
    for (uint32_t u = 1; u < refdata_unit_limit(refdata); u++) {
        const struct ref_unit *unit = refdata_unit(refdata, u);
        const struct card *card = unit ? score_card(refdata, cards, card_count, unit, as_of) : NULL;
        struct scored_unit *scored;

        if (!card)
            continue;
        scored = &out->units[out->count++];
        *scored = (struct scored_unit) { .card = card, .unit_id = u };
        scored->lines = arena_array(arena, struct score_line, card->line_count);
        for (size_t i = 0; i < card->line_count; i++) {
            inputs[i] = input_of(&card->lines[i], &sums, u);
            take_target(refdata, period, u, &card->lines[i], as_of, arena, &inputs[i]);
            take_carried(have, period, u, &card->lines[i], &inputs[i]);
        }
        score_unit(card, inputs, out->at, scored->lines, &scored->outcome);
    }
    rank_units(refdata, cards, card_count, period, as_of, out->units, out->count);
    return 0;
}

int score_one(const struct refdata *refdata, const struct score_sums *have, const struct card *card, uint32_t unit_id,
              const struct ref_period *period, int32_t as_of, struct arena *arena, struct scored_unit *out,
              struct err *err)
{
    struct score_input inputs[CARD_LINES_MAX];

    *out = (struct scored_unit) { .card = card, .unit_id = unit_id };
    out->lines = arena_array(arena, struct score_line, card->line_count);
    for (size_t i = 0; i < card->line_count; i++) {
        const struct card_line *line = &card->lines[i];
        int64_t *sums[2] = { line->ratio ? &inputs[i].parts[0] : &inputs[i].actual, &inputs[i].parts[1] };

        inputs[i] = (struct score_input) { 0 };
        if (line->join != JOIN_NONE)
            continue;
        for (int p = 0; p < (line->ratio ? 2 : 1); p++) {
            struct source source = source_of(line, p);
            struct ref_measure room;

            if (measure_sum(refdata, source.slice ? have->slices : have->cube, summed(refdata, source, &room), unit_id,
                            period->from_day, as_of, sums[p], err) != 0)
                return -1;
        }
        take_target(refdata, period, unit_id, line, as_of, arena, &inputs[i]);
        take_carried(have, period, unit_id, line, &inputs[i]);
    }
    score_unit(card, inputs, phasing_at_day_end(&period->curve, as_of), out->lines, &out->outcome);
    return 0;
}
