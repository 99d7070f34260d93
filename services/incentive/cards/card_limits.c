/* card_limits: what a refinement and a ranking must keep to; see card.h. */
#include "incentive/cards/card.h"

#include "text/decimal.h"

#include <stdio.h>
#include <string.h>

/* --- refinement ------------------------------------------------------------------------------------------------------
 */

static bool is_gate_or_deduction(const Bihuan__ScorecardLine *line)
{
    return line->gate[0] || line->deduct_milli;
}

/* The same but for the weight and its limits. */
static bool same_but_weight(const Bihuan__ScorecardLine *a, const Bihuan__ScorecardLine *b)
{
    Bihuan__ScorecardLine x = *a, y = *b;
    struct arena scratch;
    uint8_t *p, *q;
    size_t len;
    bool same;

    x.weight_bp = y.weight_bp = 0;
    x.weight_from_bp = y.weight_from_bp = x.weight_to_bp = y.weight_to_bp = 0;
    len = bihuan__scorecard_line__get_packed_size(&x);
    if (len != bihuan__scorecard_line__get_packed_size(&y))
        return false;
    arena_init(&scratch);
    p = arena_alloc(&scratch, len + 1);
    q = arena_alloc(&scratch, len + 1);
    bihuan__scorecard_line__pack(&x, p);
    bihuan__scorecard_line__pack(&y, q);
    same = memcmp(p, q, len) == 0;
    arena_fini(&scratch);
    return same;
}

static const Bihuan__ScorecardLine *find_same(const Bihuan__Scorecard *doc, const Bihuan__ScorecardLine *line,
                                              size_t *at)
{
    for (*at = 0; *at < doc->n_lines; (*at)++)
        if (same_but_weight(doc->lines[*at], line))
            return doc->lines[*at];
    return NULL;
}

static const char *name_of(const Bihuan__ScorecardLine *line)
{
    return line->measure[0] ? line->measure : line->join;
}

static void check_kept(const Bihuan__Scorecard *doc, const Bihuan__ScorecardLine *line, card_report_fn *report,
                       void *check)
{
    uint32_t from = line->weight_from_bp, to = line->weight_to_bp;
    const Bihuan__ScorecardLine *own;
    char pointer[64];
    size_t at;

    if (!from && !to)
        from = to = line->weight_bp;
    own = find_same(doc, line, &at);
    if (!own) {
        report(check, "/lines", "line_missing",
               "line \"%s\" of the refined card is missing or changed: take it as it is, but for its weight",
               name_of(line));
        return;
    }
    snprintf(pointer, sizeof pointer, "/lines/%zu/weight_bp", at);
    if (own->weight_bp < from || own->weight_bp > to)
        report(check, pointer, "weight_bound", "a weight of %u isn't within %u to %u, which the refined card allows",
               own->weight_bp, from, to);
}

void card_check_refinement(const Bihuan__Scorecard *doc, const Bihuan__Scorecard *base, card_report_fn *report,
                           void *check)
{
    uint64_t own_bp = 0;
    size_t own_lines = 0, at;

    if (base->refines[0])
        report(check, "/refines", "refines_refined", "\"%s\" is a refinement itself: refine \"%s\"", base->code,
               base->refines);
    if (!base->refine) {
        report(check, "/refines", "not_refinable", "scorecard \"%s\" sets no limits for refining: it stays as it is",
               base->code);
        return;
    }
    if (strcmp(doc->unit_type, base->unit_type) != 0)
        report(check, "/unit_type", "refine_type", "scorecard \"%s\" is for type \"%s\"", base->code, base->unit_type);
    if (doc->floor_milli != base->floor_milli || doc->cap_milli != base->cap_milli)
        report(check, "/cap_milli", "refine_limits", "floor and cap of the whole score stay those of the refined card");
    if (doc->refine || doc->ranking)
        report(check, doc->refine ? "/refine" : "/ranking", "refine_own",
               "limits and ranking are those of the refined card: leave them out");
    for (size_t i = 0; i < base->n_lines; i++)
        check_kept(doc, base->lines[i], report, check);
    for (size_t i = 0; i < doc->n_lines; i++)
        if (!find_same(base, doc->lines[i], &at) && !is_gate_or_deduction(doc->lines[i])) {
            own_bp += doc->lines[i]->weight_bp;
            own_lines++;
        }
    if (own_bp > base->refine->own_bp)
        report(check, "/lines", "own_weight_bound",
               "lines of its own weigh %llu, more than the %u that the refined card"
               " allows",
               (unsigned long long)own_bp, base->refine->own_bp);
    if (own_lines > base->refine->own_lines)
        report(check, "/lines", "own_lines_bound",
               "%zu lines of its own are more than the %u that the refined card"
               " allows",
               own_lines, base->refine->own_lines);
}

/* --- ranking ---------------------------------------------------------------------------------------------------------
 */

static void check_grades(const Bihuan__ScorecardRanking *ranking, card_report_fn *report, void *check)
{
    bool by_share = ranking->n_grades && ranking->grades[0]->share_ppm;
    uint64_t sum = 0;
    char pointer[64];

    for (size_t i = 0; i < ranking->n_grades; i++) {
        const Bihuan__ScorecardGrade *grade = ranking->grades[i];

        snprintf(pointer, sizeof pointer, "/ranking/grades/%zu", i);
        if (!grade->grade[0])
            report(check, pointer, "missing", "name the grade");
        if ((grade->share_ppm != 0) != by_share || (grade->share_ppm && grade->from_milli))
            report(check, pointer, "grades_mixed", "grades go by points or by shares, all of them");
        if (!by_share && i && grade->from_milli >= ranking->grades[i - 1]->from_milli)
            report(check, pointer, "grades_unsorted", "grade %zu begins no lower than the one before: best first",
                   i + 1);
        sum += grade->share_ppm;
    }
    if (by_share && sum != FIXED_PPM)
        report(check, "/ranking/grades", "grades_sum", "the shares come to %llu ppm, not to 1000000",
               (unsigned long long)sum);
}

void card_check_ranking(const Bihuan__Scorecard *doc, const struct refdata *refdata, int money_scale,
                        card_report_fn *report, void *check)
{
    const Bihuan__ScorecardRanking *ranking = doc->ranking;
    const struct ref_measure *measure;
    int64_t least;

    if (!ranking)
        return;
    measure = refdata_measure_by_code(refdata, ranking->min_measure);
    if (ranking->min_measure[0] && !measure)
        report(check, "/ranking/min_measure", "unknown_measure", "measure \"%s\" isn't defined", ranking->min_measure);
    if ((ranking->min_measure[0] != 0) != (ranking->min_target[0] != 0))
        report(check, "/ranking/min_target", "missing", "a least target needs its measure, and the measure a target");
    if (measure && decimal_parse(ranking->min_target, strlen(ranking->min_target),
                                 ref_measure_scale(measure, money_scale), 0, &least, NULL) != 0)
        report(check, "/ranking/min_target", "bad_number", "\"%s\" isn't a number of %s", ranking->min_target,
               measure->code);
    if (ranking->n_ties > CARD_TIES_MAX)
        report(check, "/ranking/ties", "too_many", "%zu are more than %d", ranking->n_ties, CARD_TIES_MAX);
    for (size_t i = 0; i < ranking->n_ties; i++) {
        bool weighed = false;

        for (size_t k = 0; k < doc->n_lines; k++)
            weighed = weighed ||
                      (!is_gate_or_deduction(doc->lines[k]) && strcmp(doc->lines[k]->measure, ranking->ties[i]) == 0);
        if (!weighed)
            report(check, "/ranking/ties", "tie_measure", "\"%s\" isn't weighed by this card", ranking->ties[i]);
    }
    check_grades(ranking, report, check);
}
