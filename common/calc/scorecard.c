/* scorecard: see scorecard.h. */
#include "calc/scorecard.h"

static int check_measure(const struct scorecard_measure *m, struct err *err)
{
    if (m->weight < 0 || m->weight > SCORECARD_WEIGHT_SUM)
        return err_fail(err, ERR_INVALID, "weight_range", "a weight of %d isn't between 0 and 10000", m->weight);
    if (m->points_lo > m->points_hi)
        return err_fail(err, ERR_INVALID, "points_range", "the least points are above the most");
    if (m->undefined != SCORECARD_UNDEFINED_EXCLUDE && m->undefined != SCORECARD_UNDEFINED_ZERO)
        return err_fail(err, ERR_INVALID, "undefined_policy", "no policy for an undefined attainment");
    return rate_table_check(m->points, err);
}

int scorecard_check(const struct scorecard *card, struct err *err)
{
    int64_t sum = 0;

    for (size_t i = 0; i < card->measure_count; i++) {
        if (check_measure(&card->measures[i], err) != 0)
            return err_prefix(err, "measure %u of the scorecard", card->measures[i].measure_id);
        sum += card->measures[i].weight;
    }
    if (sum != SCORECARD_WEIGHT_SUM)
        return err_fail(err, ERR_INVALID, "weights_sum", "the weights sum to %lld, not 10000", (long long)sum);
    if (card->score_lo > card->score_hi)
        return err_fail(err, ERR_INVALID, "score_range", "the least score is above the most");
    return 0;
}

static int score_line(const struct scorecard_measure *m, struct attainment a, int64_t carried, enum rounding mode,
                      struct scorecard_line *line, struct err *err)
{
    __int128 weighted;

    *line = (struct scorecard_line) { .measure_id = m->measure_id, .attainment = a, .weight = m->weight };
    line->counted = a.defined || m->undefined == SCORECARD_UNDEFINED_ZERO;
    if (!a.defined)
        return 0; /* zero points: no clamp lifts them */
    if (rate_table_payout(m->points, a.ppm, mode, &line->points_raw, err) != 0 ||
        fixed_add(line->points_raw, carried, &line->points_raw, err) != 0)
        return -1;
    line->points = fixed_clamp(line->points_raw, m->points_lo, m->points_hi);
    weighted = (__int128)m->weight * line->points;
    return fixed_div_round(weighted, 1, mode, &line->weighted, err);
}

static int score_lines(const struct scorecard *card, const struct attainment *attainments, const int64_t *carried,
                       struct scorecard_line *lines, struct scorecard_result *r, struct err *err)
{
    for (size_t i = 0; i < card->measure_count; i++) {
        if (score_line(&card->measures[i], attainments[i], carried ? carried[i] : 0, card->rounding, &lines[i], err) !=
            0)
            return err_prefix(err, "measure %u of the scorecard", card->measures[i].measure_id);
        if (!lines[i].counted)
            continue;
        r->weight_counted += lines[i].weight;
        if (fixed_add(r->weighted_sum, lines[i].weighted, &r->weighted_sum, err) != 0)
            return -1;
    }
    for (size_t i = 0; r->weight_counted > 0 && i < card->measure_count; i++)
        if (lines[i].counted &&
            fixed_div_round(lines[i].weighted, r->weight_counted, ROUND_FLOOR, &lines[i].share, err) != 0)
            return -1;
    return 0;
}

static int apply_gates(const struct scorecard_gate *gates, size_t count, struct fixed_ratio *score, bool *vetoed,
                       struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (gates[i].passed)
            continue;
        if (gates[i].factor_ppm < 0)
            return err_fail(err, ERR_INVALID, "gate_factor", "gate %zu has a factor below 0", i + 1);
        if (gates[i].veto || gates[i].factor_ppm == 0) {
            *vetoed = *vetoed || gates[i].veto;
            *score = (struct fixed_ratio) { 0, 1 };
        } else if (gates[i].factor_ppm != FIXED_PPM &&
                   (fixed_mul128(score->num, gates[i].factor_ppm, &score->num, err) != 0 ||
                    fixed_mul128(score->den, FIXED_PPM, &score->den, err) != 0)) {
            return err_prefix(err, "gate %zu of the scorecard", i + 1);
        }
    }
    return 0;
}

static int finish(const struct scorecard *card, struct fixed_ratio gated, struct scorecard_result *r, struct err *err)
{
    __int128 deducted;

    /* subtracting whole milli-points before or after the rounding is the same only before it: halves of both signs */
    if (fixed_ratio_round(gated, card->rounding, &r->gated_score, err) != 0 ||
        fixed_mul128(r->deductions, gated.den, &deducted, err) != 0 ||
        fixed_add128(gated.num, -deducted, &gated.num, err) != 0 ||
        fixed_ratio_round(gated, card->rounding, &r->unclamped, err) != 0)
        return -1;
    r->score = fixed_clamp(r->unclamped, card->score_lo, card->score_hi);
    return 0;
}

int scorecard_score_carried(const struct scorecard *card, const struct attainment *attainments, const int64_t *carried,
                            const struct scorecard_gate *gates, size_t gate_count, int64_t deductions,
                            struct scorecard_line *lines, struct scorecard_result *result, struct err *err)
{
    struct scorecard_result r = { .deductions = deductions };
    struct fixed_ratio score;

    if (deductions < 0)
        return err_fail(err, ERR_INVALID, "deductions", "deductions are below 0");
    if (scorecard_check(card, err) != 0 || score_lines(card, attainments, carried, lines, &r, err) != 0)
        return -1;
    if (r.weight_counted > 0) {
        r.defined = true;
        score = (struct fixed_ratio) { r.weighted_sum, r.weight_counted };
        if (fixed_ratio_round(score, card->rounding, &r.weighted_score, err) != 0 ||
            apply_gates(gates, gate_count, &score, &r.vetoed, err) != 0 || finish(card, score, &r, err) != 0)
            return -1;
    }
    *result = r;
    return 0;
}

int scorecard_score(const struct scorecard *card, const struct attainment *attainments,
                    const struct scorecard_gate *gates, size_t gate_count, int64_t deductions,
                    struct scorecard_line *lines, struct scorecard_result *result, struct err *err)
{
    return scorecard_score_carried(card, attainments, NULL, gates, gate_count, deductions, lines, result, err);
}
