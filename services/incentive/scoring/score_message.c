/* score_message: a score as a message: numbers only. See score.h. */
#include "incentive/scoring/score.h"

#include "text/dates.h"

static Bihuan__ScoreLine *line_message(const struct card_line *card, const struct score_line *line, struct arena *arena)
{
    static const char *const gates[] = { "", "passed", "failed" };
    Bihuan__ScoreLine *out = arena_new(arena, Bihuan__ScoreLine);

    bihuan__score_line__init(out);
    out->measure = card->doc->measure;
    out->channel = card->doc->channel;
    out->product = card->doc->product;
    out->join = (char *)(uintptr_t)(card->deducts ? "deduct" : card->doc->join);
    out->part_of = (uint32_t)card->part_of;
    out->deducted_milli = line->deducted;
    out->carried_milli = line->carried;
    out->excess_milli = line->excess;
    out->actual = line->actual;
    out->target = line->target;
    out->planned = line->planned;
    out->attainment_ppm = (uint32_t)fixed_clamp(line->attainment.ppm, 0, UINT32_MAX);
    out->undefined = card->gate == GATE_NONE && !card->deducts && !line->attainment.defined;
    out->points_milli = line->points;
    out->weight_bp = line->weight;
    out->weighted_milli = line->weighted;
    out->gate = (char *)(uintptr_t)gates[line->gate];
    out->scale = (uint32_t)card->scale;
    if (!card->ratio)
        return out;
    out->level = card->level;
    if (card->level)
        return out;
    out->ratio = true;
    out->no_value = line->no_value;
    out->of = line->parts[0];
    out->over = line->parts[1];
    out->of_measure = (char *)(uintptr_t)card->part_codes[0];
    out->over_measure = (char *)(uintptr_t)card->part_codes[1];
    out->of_scale = (uint32_t)card->unit.of_scale;
    out->over_scale = (uint32_t)card->unit.over_scale;
    return out;
}

Bihuan__Score *score_message(const struct scored_unit *unit, const struct refdata *refdata,
                             const struct ref_period *period, int32_t as_of, struct arena *arena)
{
    Bihuan__Score *out = arena_new(arena, Bihuan__Score);
    const struct ref_unit *ref = refdata_unit(refdata, unit->unit_id);
    const struct ref_unit *peers = unit->peers_id ? refdata_unit(refdata, unit->peers_id) : NULL;
    char day[DATE_TEXT_MAX];

    date_print(day, as_of);
    bihuan__score__init(out);
    out->unit = ref->code;
    out->unit_type = ref->type;
    out->period = period->code;
    out->scorecard = unit->card->doc->code;
    out->score_milli = unit->outcome.score;
    out->rank = unit->rank;
    out->of = unit->of;
    out->grade = (char *)(uintptr_t)(unit->grade ? unit->grade : "");
    out->honoured = unit->honoured;
    out->peers = peers ? peers->code : (char *)(uintptr_t) "";
    out->deducted_milli = unit->outcome.deducted;
    out->unranked = (char *)(uintptr_t)(unit->unranked ? unit->unranked : "");
    out->as_of = arena_strdup(arena, day);
    out->reason = (char *)(uintptr_t)unit->outcome.reason;
    out->lines = arena_array(arena, Bihuan__ScoreLine *, unit->card->line_count);
    out->n_lines = unit->card->line_count;
    for (size_t i = 0; i < out->n_lines; i++)
        out->lines[i] = line_message(&unit->card->lines[i], &unit->lines[i], arena);
    return out;
}
