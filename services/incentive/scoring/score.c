/* score: see score.h. */
#include "incentive/scoring/score.h"

#include "calc/rank.h"
#include "refdata/sums.h"
#include "text/dates.h"

#include <string.h>

/* Where a ratio's curve stands on every day. */
static const struct phasing_point LEVEL = { .num = 1, .den = 1 };

/* --- one unit --------------------------------------------------------------------------------------------------------
 */

static __int128 gcd(__int128 a, __int128 b)
{
    while (b) {
        __int128 t = a % b;

        a = b;
        b = t;
    }
    return a;
}

static struct attainment limit(int64_t ppm)
{
    bool beyond = ppm > ATTAINMENT_PPM_MAX || ppm < -ATTAINMENT_PPM_MAX;

    return (struct attainment) { true, beyond ? ATTAINMENT_SATURATED : ATTAINMENT_OK,
                                 fixed_clamp(ppm, -ATTAINMENT_PPM_MAX, ATTAINMENT_PPM_MAX) };
}

struct attainment score_attainment(bool lower_is_better, int64_t actual, struct fixed_ratio plan)
{
    __int128 common, num, twice;
    int64_t ppm;

    if (plan.num <= 0)
        return (struct attainment) { false, ATTAINMENT_NO_TARGET, 0 };
    common = gcd(plan.num, plan.den);
    plan.num /= common;
    plan.den /= common;
    if (fixed_mul128(actual, plan.den, &num, NULL) != 0)
        return limit((actual > 0) != lower_is_better ? INT64_MAX : INT64_MIN);
    if (lower_is_better && (fixed_mul128(plan.num, 2, &twice, NULL) != 0 || fixed_add128(twice, -num, &num, NULL) != 0))
        return limit(actual > 0 ? INT64_MIN : INT64_MAX);
    if (fixed_mul128(num, FIXED_PPM, &num, NULL) != 0 || fixed_div_round(num, plan.num, ROUND_FLOOR, &ppm, NULL) != 0)
        return limit(num > 0 ? INT64_MAX : INT64_MIN);
    return limit(ppm);
}

void score_cut(int64_t total, const int64_t *num, size_t count, int64_t den, int64_t *parts)
{
    int64_t left = total;

    for (size_t i = 0; i < count; i++) {
        parts[i] = num[i] / den - (num[i] % den < 0);
        left -= parts[i];
    }
    /* left is below count + 1; each round serves the largest remainder not yet served: parts[i] says whether it was */
    for (; left > 0; left--) {
        size_t best = count;
        __int128 best_rest = 0;

        for (size_t i = 0; i < count; i++) {
            __int128 rest = (__int128)num[i] - (__int128)parts[i] * den;

            if (rest > best_rest) {
                best = i;
                best_rest = rest;
            }
        }
        if (best == count)
            break;
        parts[best]++;
    }
}

static bool gate_holds(const struct card_line *line, int64_t actual)
{
    return line->gate == GATE_AT_MOST ? actual <= line->gate_limit : actual >= line->gate_limit;
}

/* A ratio's value from its parts; its plan to date is the level. */
static struct score_line begin_line(const struct card_line *line, const struct score_input *input)
{
    struct score_line out = { .actual = input->actual, .target = input->target };
    struct ratio_value value;

    if (!line->ratio)
        return out;
    value = ratio_of(&line->unit, input->parts[0], input->parts[1]);
    out.actual = value.defined ? value.value : 0;
    out.no_value = !value.defined;
    out.parts[0] = input->parts[0];
    out.parts[1] = input->parts[1];
    return out;
}

static struct attainment attainment_of_line(const struct card_line *line, const struct score_line *shown,
                                            struct fixed_ratio plan)
{
    if (shown->no_value)
        return (struct attainment) { false, ATTAINMENT_NO_DATA, 0 };
    return score_attainment(line->lower_is_better, shown->actual, plan);
}

static struct phased_point plan_of(const struct card_line *line, const struct score_input *input,
                                   struct phasing_point at)
{
    struct phasing_point day = line->ratio ? LEVEL : at;

    if (!line->ratio && input->plan.pv.den)
        return input->plan;
    return (struct phased_point) { phasing_plan(input->target, day), phasing_plan_shown(input->target, day), 0 };
}

/* Attainments of the weighed lines and states of the gates. */
static size_t judge(const struct card *card, const struct score_input *inputs, struct phasing_point at,
                    struct score_line *lines, struct attainment *attainments, struct scorecard_gate *gates)
{
    size_t weighed = 0, gate_count = 0;

    for (size_t i = 0; i < card->line_count; i++) {
        const struct card_line *line = &card->lines[i];
        struct phased_point plan = plan_of(line, &inputs[i], at);

        lines[i] = begin_line(line, &inputs[i]);
        if (line->gate != GATE_NONE) {
            bool passed = lines[i].no_value || gate_holds(line, lines[i].actual);

            lines[i].gate = passed ? GATE_PASSED : GATE_FAILED;
            gates[gate_count++] = (struct scorecard_gate) { passed, line->gate_factor_ppm == 0, line->gate_factor_ppm };
            continue;
        }
        if (inputs[i].target > 0)
            lines[i].planned = plan.shown;
        lines[i].by_parts = !line->ratio && inputs[i].plan.pv.den != 0;
        lines[i].attainment = attainment_of_line(line, &lines[i], plan.pv);
        attainments[weighed++] = lines[i].attainment;
    }
    return gate_count;
}

/* What the card says of each weighed line, put to the lines in such figures as add up. */
static void show_lines(const struct card *card, const struct scorecard_line *calc, const struct scorecard_result *r,
                       struct score_line *lines)
{
    int64_t weights[CARD_LINES_MAX], weighted[CARD_LINES_MAX];
    int64_t weight_parts[CARD_LINES_MAX] = { 0 }, weighted_parts[CARD_LINES_MAX] = { 0 };
    size_t n = card->calc.measure_count, k = 0;

    for (size_t i = 0; i < n; i++) {
        weights[i] = calc[i].counted ? (int64_t)calc[i].weight * SCORECARD_WEIGHT_SUM : 0;
        weighted[i] = calc[i].counted ? calc[i].weighted : 0;
    }
    score_cut(SCORECARD_WEIGHT_SUM, weights, n, r->weight_counted, weight_parts);
    score_cut(r->weighted_score, weighted, n, r->weight_counted, weighted_parts);
    for (size_t i = 0; i < card->line_count; i++) {
        if (card->lines[i].gate != GATE_NONE)
            continue;
        lines[i].points = calc[k].points;
        lines[i].weight = (uint32_t)weight_parts[k];
        lines[i].weighted = weighted_parts[k];
        k++;
    }
}

void score_unit(const struct card *card, const struct score_input *inputs, struct phasing_point at,
                struct score_line *lines, struct score_outcome *out)
{
    struct attainment attainments[CARD_LINES_MAX];
    struct scorecard_gate gates[CARD_LINES_MAX];
    struct scorecard_line calc[CARD_LINES_MAX];
    struct scorecard_result r;
    size_t gate_count = judge(card, inputs, at, lines, attainments, gates);

    *out = (struct score_outcome) { .reason = "overflow" };
    if (scorecard_score(&card->calc, attainments, gates, gate_count, 0, calc, &r, NULL) != 0)
        return;
    out->reason = "no_target";
    if (!r.defined)
        return;
    show_lines(card, calc, &r, lines);
    *out = (struct score_outcome) { true, r.vetoed ? "gate_failed" : "", r.weighted_score, r.score };
}

/* --- all units -------------------------------------------------------------------------------------------------------
 */

struct sums {
    uint32_t measure_id;
    int64_t *by_unit;
};

struct sums_all {
    struct sums *list;
    size_t count;
    uint32_t unit_limit;
};

static const int64_t *sums_of(const struct sums_all *sums, uint32_t measure_id)
{
    for (size_t i = 0; i < sums->count; i++)
        if (sums->list[i].measure_id == measure_id)
            return sums->list[i].by_unit;
    return NULL;
}

static uint32_t unit_limit_of(const struct refdata *refdata)
{
    uint32_t limit = tree_unit_limit(refdata_tree(refdata));

    return refdata_unit_limit(refdata) > limit ? refdata_unit_limit(refdata) : limit;
}

static int sum_measure(const struct refdata *refdata, const struct cube *cube, uint32_t id, int32_t from, int32_t to,
                       struct arena *arena, struct sums_all *out, struct err *err)
{
    struct arena scratch;
    int64_t *sums;
    int rc;

    if (sums_of(out, id))
        return 0;
    sums = arena_array(arena, int64_t, out->unit_limit + 1);
    arena_init(&scratch);
    rc = measure_sum_all(refdata, cube, refdata_measure(refdata, id), from, to, &scratch, sums, out->unit_limit, err);
    arena_fini(&scratch);
    if (rc == 0)
        out->list[out->count++] = (struct sums) { id, sums };
    return rc;
}

/* Every measure of every card, and what ratios are made of, rolled up once. */
static int sum_measures(const struct refdata *refdata, const struct cube *cube, struct card *const *cards,
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
            uint32_t ids[2] = { line->measure_id, line->measure_id };

            if (line->ratio)
                memcpy(ids, line->part_ids, sizeof ids);
            for (int p = 0; p < 2; p++)
                if (sum_measure(refdata, cube, ids[p], from, to, arena, out, err) != 0)
                    return -1;
        }
    return 0;
}

static void rank_all(struct scored_unit *units, size_t count, struct card *const *cards, size_t card_count)
{
    struct rank_entry *entries;
    struct rank_rule rule = { .target_min = INT64_MIN };
    struct arena scratch;

    arena_init(&scratch);
    entries = arena_array(&scratch, struct rank_entry, count + 1);
    for (size_t i = 0; i < count; i++) {
        uint64_t group = 0;

        while (group < card_count && cards[group] != units[i].card)
            group++;
        entries[i] = (struct rank_entry) {
            .id = i, .peer_group = group, .score = units[i].outcome.score, .excluded = !units[i].outcome.defined
        };
    }
    rank_assign(entries, count, &rule);
    for (size_t i = 0; i < count; i++) {
        units[entries[i].id].rank = entries[i].rank;
        units[entries[i].id].of = entries[i].group_size;
    }
    arena_fini(&scratch);
}

static const struct card *card_for(struct card *const *cards, size_t count, const char *type)
{
    for (size_t c = 0; c < count; c++)
        if (strcmp(cards[c]->doc->unit_type, type) == 0)
            return cards[c];
    return NULL;
}

static struct score_input input_of(const struct card_line *line, const struct sums_all *sums, uint32_t unit)
{
    if (!line->ratio)
        return (struct score_input) { .actual = sums_of(sums, line->measure_id)[unit] };
    return (struct score_input) { .parts = { sums_of(sums, line->part_ids[0])[unit],
                                             sums_of(sums, line->part_ids[1])[unit] } };
}

/* The unit's target; where shorter periods have their own, the plan to date goes through them. */
static void take_target(const struct refdata *refdata, const struct ref_period *period, uint32_t unit_id,
                        const struct card_line *line, int32_t as_of, struct arena *scratch, struct score_input *input)
{
    const struct ref_key key = { unit_id, line->measure_id, 0, 0 };
    struct phased plan;

    input->target = refdata_target(refdata, period->id, unit_id, line->measure_id, 0, 0);
    if (line->ratio || !period->inner_count || !refdata_phase(refdata, period, &key, REF_IN_FORCE, scratch, &plan) ||
        !plan.part_count)
        return;
    input->plan = phased_at_day_end(&plan, as_of);
}

int score_all(const struct refdata *refdata, const struct cube *cube, struct card *const *cards, size_t card_count,
              const struct ref_period *period, int32_t as_of, struct arena *arena, struct scoring *out, struct err *err)
{
    struct score_input inputs[CARD_LINES_MAX];
    struct sums_all sums;

    *out = (struct scoring) { .period = period, .as_of = as_of, .at = phasing_at_day_end(&period->curve, as_of) };
    out->units = arena_array(arena, struct scored_unit, refdata_unit_limit(refdata) + 1);
    if (sum_measures(refdata, cube, cards, card_count, period->from_day, as_of, arena, &sums, err) != 0)
        return -1;
    for (uint32_t u = 1; u < refdata_unit_limit(refdata); u++) {
        const struct ref_unit *unit = refdata_unit(refdata, u);
        const struct card *card = unit ? card_for(cards, card_count, unit->type) : NULL;
        struct scored_unit *scored;

        if (!card)
            continue;
        scored = &out->units[out->count++];
        *scored = (struct scored_unit) { .card = card, .unit_id = u };
        scored->lines = arena_array(arena, struct score_line, card->line_count);
        for (size_t i = 0; i < card->line_count; i++) {
            inputs[i] = input_of(&card->lines[i], &sums, u);
            take_target(refdata, period, u, &card->lines[i], as_of, arena, &inputs[i]);
        }
        score_unit(card, inputs, out->at, scored->lines, &scored->outcome);
    }
    rank_all(out->units, out->count, cards, card_count);
    return 0;
}

int score_one(const struct refdata *refdata, const struct cube *cube, const struct card *card, uint32_t unit_id,
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
        for (int p = 0; p < (line->ratio ? 2 : 1); p++)
            if (measure_sum(refdata, cube, refdata_measure(refdata, line->ratio ? line->part_ids[p] : line->measure_id),
                            unit_id, period->from_day, as_of, sums[p], err) != 0)
                return -1;
        take_target(refdata, period, unit_id, line, as_of, arena, &inputs[i]);
    }
    score_unit(card, inputs, phasing_at_day_end(&period->curve, as_of), out->lines, &out->outcome);
    return 0;
}

/* --- as a message ----------------------------------------------------------------------------------------------------
 */

static Bihuan__ScoreLine *line_message(const struct card_line *card, const struct score_line *line, struct arena *arena)
{
    static const char *const gates[] = { "", "passed", "failed" };
    Bihuan__ScoreLine *out = arena_new(arena, Bihuan__ScoreLine);

    bihuan__score_line__init(out);
    out->measure = card->doc->measure;
    out->actual = line->actual;
    out->target = line->target;
    out->planned = line->planned;
    out->attainment_ppm = (uint32_t)fixed_clamp(line->attainment.ppm, 0, UINT32_MAX);
    out->undefined = card->gate == GATE_NONE && !line->attainment.defined;
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
    out->as_of = arena_strdup(arena, day);
    out->reason = (char *)(uintptr_t)unit->outcome.reason;
    out->lines = arena_array(arena, Bihuan__ScoreLine *, unit->card->line_count);
    out->n_lines = unit->card->line_count;
    for (size_t i = 0; i < out->n_lines; i++)
        out->lines[i] = line_message(&unit->card->lines[i], &unit->lines[i], arena);
    return out;
}
