/* card_check: what may be applied as a scorecard; see card.h. */
#include "incentive/cards/card.h"

#include "incentive/cards/card_axes.h"
#include "text/decimal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RATE_PER_PPM 10 /* 100 % gives 1,000,000 ppm of 100 points = 100,000 milli-points */
#define POINTS_MAX   INT64_C(1000000000000)
#define BANDS_MAX    64

/* --- checking --------------------------------------------------------------------------------------------------------
 */

struct check {
    const struct refdata *refdata;
    int money_scale;
    card_problem_fn *problem;
    void *arg;
    size_t count;
    size_t line; /* SIZE_MAX: the card itself */
};

static void report(struct check *check, const char *field, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void report(struct check *check, const char *field, const char *code, const char *fmt, ...)
{
    char pointer[96];
    char message[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    if (check->line == SIZE_MAX)
        snprintf(pointer, sizeof pointer, "/%s", field);
    else
        snprintf(pointer, sizeof pointer, "/lines/%zu/%s", check->line, field);
    check->problem(check->arg, pointer, code, message);
    check->count++;
}

static void check_gate(struct check *check, const Bihuan__ScorecardLine *line, const struct ref_measure *measure)
{
    int64_t limit;
    struct err err;

    if (card_gate_of(line->gate) == GATE_NONE)
        report(check, "gate", "bad_gate", "gate \"%s\" isn't known: use at_most or at_least", line->gate);
    if (line->weight_bp)
        report(check, "weight_bp", "gate_weight", "a gate weighs nothing: give the measure a second line to count it");
    if (line->gate_factor_ppm > FIXED_PPM)
        report(check, "gate_factor_ppm", "gate_factor", "a failed gate can't raise the score: give 0 to 1000000");
    if (measure && decimal_parse(line->gate_limit, strlen(line->gate_limit),
                                 ref_measure_scale(measure, check->money_scale), 0, &limit, &err) != 0)
        report(check, "gate_limit", "bad_gate_limit", "limit \"%s\" isn't a number of %s: %s", line->gate_limit,
               measure->code, err.text);
}

static void check_band(struct check *check, const Bihuan__ScorecardLine *line, size_t i, enum rate_kind kind)
{
    const Bihuan__RateBand *band = line->bands[i];
    char field[64];

    snprintf(field, sizeof field, "bands/%zu/from_ppm", i);
    if (i == 0 && band->from_ppm != 0)
        report(check, field, "rate_gap", "no band covers 0 to %u: the first band begins at 0", band->from_ppm);
    if (i > 0 && band->from_ppm <= line->bands[i - 1]->from_ppm)
        report(check, field, "rate_unsorted", "band %zu begins at %u, not above the band before it: sort them", i + 1,
               band->from_ppm);
    snprintf(field, sizeof field, "bands/%zu/%s", i, card_pays_points(kind) ? "points_milli" : "rate_ppm");
    if (card_pays_points(kind) && (band->points_milli > POINTS_MAX || band->points_milli < -POINTS_MAX))
        report(check, field, "points_range", "%lld points are out of range", (long long)band->points_milli / 1000);
    if (!card_pays_points(kind) &&
        (band->rate_ppm % RATE_PER_PPM || band->rate_ppm > POINTS_MAX || band->rate_ppm < -POINTS_MAX))
        report(check, field, "bad_rate", "rate %lld must be a multiple of %d: points are kept to a thousandth",
               (long long)band->rate_ppm, RATE_PER_PPM);
}

static void check_weighed(struct check *check, const Bihuan__ScorecardLine *line)
{
    enum rate_kind kind = card_rate_of(line->rate);

    if (line->weight_bp > SCORECARD_WEIGHT_SUM)
        report(check, "weight_bp", "weight_range", "a weight of %u isn't between 0 and 10000", line->weight_bp);
    if (kind == RATE_UNSET)
        report(check, "rate", "bad_rate", "rate \"%s\" isn't known: use interpolated, slab, graduated or flat",
               line->rate);
    if (line->n_bands > BANDS_MAX)
        report(check, "bands", "too_many", "%zu bands are more than %d", line->n_bands, BANDS_MAX);
    for (size_t i = 0; i < line->n_bands && i < BANDS_MAX; i++)
        check_band(check, line, i, kind);
    if (line->cap_milli && line->floor_milli > line->cap_milli)
        report(check, "floor_milli", "points_range", "the floor is above the cap");
    if (line->excess[0] && strcmp(line->excess, "lost") != 0 && strcmp(line->excess, "carried") != 0)
        report(check, "excess", "bad_excess", "excess \"%s\" isn't known: use lost or carried", line->excess);
    else if (strcmp(line->excess, "carried") == 0 && (!line->cap_milli || line->join[0]))
        report(check, "excess", "bad_excess", "only a measure with a cap carries what is above it");
    if (line->without_target[0] && strcmp(line->without_target, "excluded") != 0 &&
        strcmp(line->without_target, "zero") != 0)
        report(check, "without_target", "undefined_policy", "\"%s\" isn't known: use excluded or zero",
               line->without_target);
}

static void check_slice(struct check *check, const char *channel, const char *product, const char *at)
{
    char field[64];

    snprintf(field, sizeof field, "%schannel", at);
    if (channel[0] && !refdata_channel_by_code(check->refdata, channel))
        report(check, field, "unknown_channel", "there is no channel \"%s\"", channel);
    snprintf(field, sizeof field, "%sproduct", at);
    if (product[0] && !refdata_product_by_code(check->refdata, product))
        report(check, field, "unknown_product", "there is no product \"%s\"", product);
}

static void check_index(struct check *check, const Bihuan__ScorecardLine *line)
{
    uint64_t sum = 0;
    char field[64];

    if (card_join_of(line->join) == JOIN_NONE)
        report(check, "join", "bad_join", "join \"%s\" isn't known: use least, product or mean", line->join);
    if (line->n_parts < 2 || line->n_parts > CARD_PARTS_MAX)
        report(check, "parts", "parts", "an index joins 2 to %d measures, not %zu", CARD_PARTS_MAX, line->n_parts);
    if (!line->title_zh[0] && !line->title_en[0])
        report(check, "title_zh", "missing", "an index needs a title: 执行力, say");
    if (line->measure[0] || line->channel[0] || line->product[0])
        report(check, "measure", "index_measure", "an index has no measure of its own: name it in its parts");
    for (size_t i = 0; i < line->n_parts && i < CARD_PARTS_MAX; i++) {
        snprintf(field, sizeof field, "parts/%zu/measure", i);
        if (!refdata_measure_by_code(check->refdata, line->parts[i]->measure))
            report(check, field, "unknown_measure", "measure \"%s\" isn't defined: define it in planning first",
                   line->parts[i]->measure);
        snprintf(field, sizeof field, "parts/%zu/", i);
        check_slice(check, line->parts[i]->channel, line->parts[i]->product, field);
        sum += line->parts[i]->weight_bp;
    }
    if (card_join_of(line->join) == JOIN_MEAN && sum != SCORECARD_WEIGHT_SUM)
        report(check, "parts", "weights_sum", "the parts' weights sum to %llu, not to 10000: adjust them",
               (unsigned long long)sum);
}

static void check_deduction(struct check *check, const Bihuan__ScorecardLine *line, const struct ref_measure *measure)
{
    int scale = ref_measure_scale(measure, check->money_scale);
    int64_t over, per;
    struct err err;

    if (line->weight_bp)
        report(check, "weight_bp", "deduction_weight", "a deduction weighs nothing: give the measure a second line");
    if (line->gate[0])
        report(check, "gate", "deduction_gate", "a line is a gate or deducts, not both");
    if (measure && decimal_parse(line->deduct_over, strlen(line->deduct_over), scale, 0, &over, &err) != 0)
        report(check, "deduct_over", "bad_number", "\"%s\" isn't a number of %s: %s", line->deduct_over, measure->code,
               err.text);
    if (measure && (decimal_parse(line->deduct_per, strlen(line->deduct_per), scale, 0, &per, &err) != 0 || per <= 0))
        report(check, "deduct_per", "bad_number", "\"%s\" isn't a number of %s above 0", line->deduct_per,
               measure->code);
    if (line->deduct_milli <= 0 || line->deduct_milli > POINTS_MAX || line->deduct_cap_milli < 0)
        report(check, "deduct_milli", "points_range", "a deduction takes points: more than 0");
}

static void check_line(struct check *check, const Bihuan__ScorecardLine *line)
{
    const struct ref_measure *measure = refdata_measure_by_code(check->refdata, line->measure);

    if (line->join[0]) {
        check_index(check, line);
        check_weighed(check, line);
        return;
    }
    if (line->n_parts)
        report(check, "parts", "join_missing", "say how the parts are joined: least, product or mean");
    if (!measure)
        report(check, "measure", "unknown_measure", "measure \"%s\" isn't defined: define it in planning first",
               line->measure);
    check_slice(check, line->channel, line->product, "");
    if (line->deduct_over[0] || line->deduct_per[0] || line->deduct_milli)
        check_deduction(check, line, measure);
    else if (line->gate[0])
        check_gate(check, line, measure);
    else
        check_weighed(check, line);
}

/* What makes a line another one than others of the same measure. */
static bool same_line(const Bihuan__ScorecardLine *a, const Bihuan__ScorecardLine *b)
{
    return strcmp(a->measure, b->measure) == 0 && strcmp(a->gate, b->gate) == 0 && strcmp(a->join, b->join) == 0 &&
           strcmp(a->channel, b->channel) == 0 && strcmp(a->product, b->product) == 0 &&
           !a->deduct_milli == !b->deduct_milli;
}

static void check_twice(struct check *check, const Bihuan__Scorecard *doc)
{
    for (size_t i = 1; i < doc->n_lines; i++)
        for (size_t j = 0; j < i; j++)
            if (same_line(doc->lines[i], doc->lines[j])) {
                check->line = i;
                report(check, "measure", "duplicate_measure", "measure \"%s\" stands twice: keep one line",
                       doc->lines[i]->measure);
            }
    check->line = SIZE_MAX;
}

static void report_to(void *arg, const char *pointer, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void report_to(void *arg, const char *pointer, const char *code, const char *fmt, ...)
{
    struct check *check = arg;
    char message[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    check->problem(check->arg, pointer, code, message);
    check->count++;
}

/* Lines with the parts of indexes. */
static size_t line_count(const Bihuan__Scorecard *doc)
{
    size_t count = doc->n_lines;

    for (size_t i = 0; i < doc->n_lines; i++)
        count += doc->lines[i]->n_parts;
    return count;
}

static void check_whole(struct check *check, const Bihuan__Scorecard *doc, const Bihuan__Scorecard *base)
{
    int32_t day;

    if (card_from_day(doc, &day) != 0)
        report(check, "from", "bad_date", "from is a date as 2026-10-01, or empty");
    if (doc->refines[0] && !base)
        report(check, "refines", "unknown_scorecard", "there is no scorecard \"%s\" to refine", doc->refines);
    if (doc->under[0] && !refdata_unit_by_code(check->refdata, doc->under))
        report(check, "under", "unknown_unit", "there is no unit \"%s\"", doc->under);
    if ((doc->refines[0] != 0) != (doc->under[0] != 0))
        report(check, "under", "refine_under", "a refinement names the card and the unit: give both, or neither");
    if (base)
        card_check_refinement(doc, base, report_to, check);
    card_check_ranking(doc, check->refdata, check->money_scale, report_to, check);
}

size_t card_check(const Bihuan__Scorecard *doc, const struct refdata *refdata, int money_scale,
                  const Bihuan__Scorecard *base, card_problem_fn *problem, void *arg)
{
    struct check check = { refdata, money_scale, problem, arg, 0, SIZE_MAX };
    uint64_t sum = 0;

    if (!doc->unit_type[0])
        report(&check, "unit_type", "missing", "a scorecard names the type of unit that it is for");
    if (doc->cap_milli && doc->floor_milli > doc->cap_milli)
        report(&check, "floor_milli", "score_range", "the least score is above the most");
    if (line_count(doc) > CARD_LINES_MAX)
        report(&check, "lines", "too_many", "%zu lines and parts are more than %d", line_count(doc), CARD_LINES_MAX);
    check_whole(&check, doc, base);
    for (size_t i = 0; i < doc->n_lines && i < CARD_LINES_MAX; i++) {
        check.line = i;
        check_line(&check, doc->lines[i]);
        card_axes_check(doc, i, report_to, &check);
        sum += doc->lines[i]->gate[0] || doc->lines[i]->deduct_milli ? 0 : doc->lines[i]->weight_bp;
    }
    check.line = SIZE_MAX;
    if (doc->n_lines <= CARD_LINES_MAX)
        check_twice(&check, doc);
    if (sum != SCORECARD_WEIGHT_SUM)
        report(&check, "lines", "weights_sum", "the weights sum to %llu, not to 10000: adjust them",
               (unsigned long long)sum);
    return check.count;
}
