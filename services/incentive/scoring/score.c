/* score: see score.h. */
#include "incentive/scoring/score.h"

#include "incentive/cards/card_axes.h"

#include <string.h>

#define DEDUCTED_MAX INT64_C(1000000000000)

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

/* Points for each whole step above the limit. */
static int64_t deduction(const struct card_line *line, const struct score_line *shown)
{
    int64_t above, points;

    if (shown->no_value || shown->actual <= line->deduct_over ||
        fixed_sub(shown->actual, line->deduct_over, &above, NULL) != 0)
        return 0;
    points = above / line->deduct_per > DEDUCTED_MAX / line->doc->deduct_milli
                 ? DEDUCTED_MAX
                 : above / line->deduct_per * line->doc->deduct_milli;
    return line->doc->deduct_cap_milli && points > line->doc->deduct_cap_milli ? line->doc->deduct_cap_milli : points;
}

struct attainment score_join(const struct card_line *index, const struct score_line *parts)
{
    int64_t least = FIXED_PPM, product = FIXED_PPM, sum = 0, weights = 0;

    for (size_t i = 0; i < index->part_count; i++) {
        int64_t ppm = fixed_clamp(parts[i].attainment.ppm, 0, FIXED_PPM);

        if (!parts[i].attainment.defined)
            continue;
        least = ppm < least ? ppm : least;
        product = product * ppm / FIXED_PPM;
        sum += ppm * (int64_t)index->doc->parts[i]->weight_bp;
        weights += index->join == JOIN_MEAN ? index->doc->parts[i]->weight_bp : 1;
    }
    if (!weights)
        return (struct attainment) { false, ATTAINMENT_NO_TARGET, 0 };
    return (struct attainment) { true, ATTAINMENT_OK,
                                 index->join == JOIN_LEAST     ? least
                                 : index->join == JOIN_PRODUCT ? product
                                                               : sum / weights };
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

/* A measure's line, whatever it is there for. */
static struct score_line judge_line(const struct card_line *line, const struct score_input *input,
                                    struct phasing_point at)
{
    struct phased_point plan = plan_of(line, input, at);
    struct score_line out = begin_line(line, input);

    if (line->gate != GATE_NONE) {
        out.gate = out.no_value || gate_holds(line, out.actual) ? GATE_PASSED : GATE_FAILED;
    } else if (line->deducts) {
        out.deducted = deduction(line, &out);
    } else {
        if (input->target > 0)
            out.planned = plan.shown;
        out.by_parts = !line->ratio && input->plan.pv.den != 0;
        out.attainment = attainment_of_line(line, &out, plan.pv);
    }
    return out;
}

struct attainment score_line_attainment(const void *lines, size_t line)
{
    return ((const struct score_line *)lines)[line].attainment;
}

/* The tables of the rows that hold. A line that has none is as without target. */
static void choose_rows(const struct card *card, struct score_line *lines, const struct rate_table **tables)
{
    size_t k = 0, row;

    for (size_t i = 0; i < card->line_count; i++)
        if (card_line_weighs(&card->lines[i])) {
            tables[k] = card_axes_table(&card->lines[i], score_line_attainment, lines, &row);
            lines[i].no_row = !tables[k];
            tables[k] = tables[k] ? tables[k] : &card->lines[i].table;
            k++;
        }
    /* axes are lines without axes, so what is set here moves no row */
    for (size_t i = 0; i < card->line_count; i++)
        if (lines[i].no_row)
            lines[i].attainment = (struct attainment) { false, ATTAINMENT_NO_TARGET, 0 };
}

struct judged {
    struct attainment attainments[CARD_LINES_MAX]; /* of the lines that weigh */
    int64_t carried[CARD_LINES_MAX];               /* the same */
    struct scorecard_gate gates[CARD_LINES_MAX];
    size_t weighed, gate_count;
    int64_t deducted;
    const struct rate_table *tables[CARD_LINES_MAX]; /* of the lines that weigh, where the card has axes */
};

/* All lines; indexes after their parts, which stand behind them. */
static void judge(const struct card *card, const struct score_input *inputs, struct phasing_point at,
                  struct score_line *lines, struct judged *out)
{
    for (size_t i = 0; i < card->line_count; i++)
        lines[i] = card->lines[i].join == JOIN_NONE ? judge_line(&card->lines[i], &inputs[i], at)
                                                    : (struct score_line) { 0 };
    *out = (struct judged) { 0 };
    for (size_t i = 0; i < card->line_count; i++)
        if (card->lines[i].join != JOIN_NONE)
            lines[i].attainment = score_join(&card->lines[i], &lines[i + 1]);
    if (card->has_axes)
        choose_rows(card, lines, out->tables);
    for (size_t i = 0; i < card->line_count; i++) {
        const struct card_line *line = &card->lines[i];

        if (line->gate != GATE_NONE)
            out->gates[out->gate_count++] = (struct scorecard_gate) { lines[i].gate == GATE_PASSED,
                                                                      line->gate_factor_ppm == 0,
                                                                      line->gate_factor_ppm };
        else if (card_line_weighs(line)) {
            out->carried[out->weighed] = inputs[i].carried;
            out->attainments[out->weighed++] = lines[i].attainment;
        }
        out->deducted = fixed_add_saturated(out->deducted, lines[i].deducted);
    }
}

/* What was carried here and found no attainment to go with is carried on. */
static int64_t excess_of(const struct card_line *line, const struct scorecard_line *calc, int64_t carried)
{
    if (!line->carries)
        return 0;
    if (!calc->attainment.defined)
        return carried;
    return calc->points_raw > line->doc->cap_milli ? calc->points_raw - line->doc->cap_milli : 0;
}

/* What the card says of each weighed line, put to the lines in such figures as add up. */
static void show_lines(const struct card *card, const struct scorecard_line *calc, const struct scorecard_result *r,
                       const int64_t *carried, struct score_line *lines)
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
        if (!card_line_weighs(&card->lines[i]))
            continue;
        lines[i].points = calc[k].points;
        lines[i].carried = carried[k];
        lines[i].excess = excess_of(&card->lines[i], &calc[k], carried[k]);
        lines[i].weight = (uint32_t)weight_parts[k];
        lines[i].weighted = weighted_parts[k];
        k++;
    }
}

void score_unit(const struct card *card, const struct score_input *inputs, struct phasing_point at,
                struct score_line *lines, struct score_outcome *out)
{
    struct scorecard_measure measures[CARD_LINES_MAX];
    struct scorecard_line calc[CARD_LINES_MAX];
    struct scorecard scorecard = card->calc;
    struct scorecard_result r;
    struct judged judged;

    judge(card, inputs, at, lines, &judged);
    for (size_t k = 0; card->has_axes && k < judged.weighed; k++) {
        measures[k] = card->calc.measures[k];
        measures[k].points = judged.tables[k];
        scorecard.measures = measures;
    }
    *out = (struct score_outcome) { .reason = "overflow" };
    if (scorecard_score_carried(&scorecard, judged.attainments, judged.carried, judged.gates, judged.gate_count,
                                judged.deducted, calc, &r, NULL) != 0)
        return;
    out->reason = "no_target";
    if (!r.defined)
        return;
    show_lines(card, calc, &r, judged.carried, lines);
    *out = (struct score_outcome) { true, r.vetoed ? "gate_failed" : "", r.weighted_score, r.score, judged.deducted };
}
