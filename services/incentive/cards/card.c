/* card: see card.h. */
#include "incentive/cards/card.h"

#include "bus/message.h"
#include "text/decimal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE_PER_PPM 10 /* 100 % gives 1,000,000 ppm of 100 points = 100,000 milli-points */
#define POINTS_MAX   INT64_C(1000000000000)
#define BANDS_MAX    64
#define FULL_POINTS  100000

static const struct {
    const char *word;
    enum rate_kind kind;
} rates[] = {
    { "", RATE_LINEAR },   { "interpolated", RATE_LINEAR }, { "slab", RATE_FLAT }, { "graduated", RATE_GRADUATED },
    { "flat", RATE_SLAB },
};

static enum rate_kind rate_of(const char *word)
{
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
        if (strcmp(rates[i].word, word) == 0)
            return rates[i].kind;
    return RATE_UNSET;
}

static bool pays_points(enum rate_kind kind)
{
    return kind == RATE_LINEAR || kind == RATE_FLAT;
}

static enum gate_kind gate_of(const char *word)
{
    return strcmp(word, "at_most") == 0 ? GATE_AT_MOST : strcmp(word, "at_least") == 0 ? GATE_AT_LEAST : GATE_NONE;
}

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

    if (gate_of(line->gate) == GATE_NONE)
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
    snprintf(field, sizeof field, "bands/%zu/%s", i, pays_points(kind) ? "points_milli" : "rate_ppm");
    if (pays_points(kind) && (band->points_milli > POINTS_MAX || band->points_milli < -POINTS_MAX))
        report(check, field, "points_range", "%lld points are out of range", (long long)band->points_milli / 1000);
    if (!pays_points(kind) &&
        (band->rate_ppm % RATE_PER_PPM || band->rate_ppm > POINTS_MAX || band->rate_ppm < -POINTS_MAX))
        report(check, field, "bad_rate", "rate %lld must be a multiple of %d: points are kept to a thousandth",
               (long long)band->rate_ppm, RATE_PER_PPM);
}

static void check_weighed(struct check *check, const Bihuan__ScorecardLine *line)
{
    enum rate_kind kind = rate_of(line->rate);

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
    if (line->without_target[0] && strcmp(line->without_target, "excluded") != 0 &&
        strcmp(line->without_target, "zero") != 0)
        report(check, "without_target", "undefined_policy", "\"%s\" isn't known: use excluded or zero",
               line->without_target);
}

static void check_line(struct check *check, const Bihuan__ScorecardLine *line)
{
    const struct ref_measure *measure = refdata_measure_by_code(check->refdata, line->measure);

    if (!measure)
        report(check, "measure", "unknown_measure", "measure \"%s\" isn't defined: define it in planning first",
               line->measure);
    if (line->gate[0])
        check_gate(check, line, measure);
    else
        check_weighed(check, line);
}

static void check_twice(struct check *check, const Bihuan__Scorecard *doc)
{
    for (size_t i = 1; i < doc->n_lines; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(doc->lines[i]->measure, doc->lines[j]->measure) == 0 &&
                strcmp(doc->lines[i]->gate, doc->lines[j]->gate) == 0) {
                check->line = i;
                report(check, "measure", "duplicate_measure", "measure \"%s\" stands twice: keep one line",
                       doc->lines[i]->measure);
            }
    check->line = SIZE_MAX;
}

size_t card_check(const Bihuan__Scorecard *doc, const struct refdata *refdata, int money_scale,
                  card_problem_fn *problem, void *arg)
{
    struct check check = { refdata, money_scale, problem, arg, 0, SIZE_MAX };
    uint64_t sum = 0;

    if (!doc->unit_type[0])
        report(&check, "unit_type", "missing", "a scorecard names the type of unit that it is for");
    if (doc->cap_milli && doc->floor_milli > doc->cap_milli)
        report(&check, "floor_milli", "score_range", "the least score is above the most");
    if (doc->n_lines > CARD_LINES_MAX)
        report(&check, "lines", "too_many", "%zu lines are more than %d", doc->n_lines, CARD_LINES_MAX);
    for (size_t i = 0; i < doc->n_lines && i < CARD_LINES_MAX; i++) {
        check.line = i;
        check_line(&check, doc->lines[i]);
        sum += doc->lines[i]->gate[0] ? 0 : doc->lines[i]->weight_bp;
    }
    check.line = SIZE_MAX;
    if (doc->n_lines <= CARD_LINES_MAX)
        check_twice(&check, doc);
    if (sum != SCORECARD_WEIGHT_SUM)
        report(&check, "lines", "weights_sum", "the weights sum to %llu, not to 10000: adjust them",
               (unsigned long long)sum);
    return check.count;
}

/* --- making ----------------------------------------------------------------------------------------------------------
 */

static int64_t band_value(const Bihuan__RateBand *band, enum rate_kind kind)
{
    return pays_points(kind) ? band->points_milli : band->rate_ppm / RATE_PER_PPM;
}

/* The bands that hold where a line gives none; see card.h. */
static void default_bands(struct rate_table *table, struct arena *arena)
{
    struct rate_band *bands = arena_array(arena, struct rate_band, 2);

    table->bands = bands;
    if (pays_points(table->kind)) {
        bands[0] = (struct rate_band) { 0, FIXED_PPM, 0, FULL_POINTS };
        bands[1] = (struct rate_band) { FIXED_PPM, RATE_OPEN, FULL_POINTS, 0 };
        table->band_count = 2;
    } else {
        bands[0] = (struct rate_band) { 0, RATE_OPEN, FIXED_PPM / RATE_PER_PPM, 0 };
        table->band_count = 1;
    }
}

static void make_table(struct rate_table *table, const Bihuan__ScorecardLine *line, struct arena *arena)
{
    struct rate_band *bands;

    table->kind = rate_of(line->rate);
    if (!line->n_bands) {
        default_bands(table, arena);
        return;
    }
    bands = arena_array(arena, struct rate_band, line->n_bands);
    for (size_t i = 0; i < line->n_bands; i++) {
        bool last = i + 1 == line->n_bands;

        bands[i].lo = line->bands[i]->from_ppm;
        bands[i].hi = last ? RATE_OPEN : line->bands[i + 1]->from_ppm;
        bands[i].rate = band_value(line->bands[i], table->kind);
        bands[i].rate_hi = last ? 0 : band_value(line->bands[i + 1], table->kind);
    }
    table->bands = bands;
    table->band_count = line->n_bands;
}

static int take_ratio(struct card *card, struct card_line *line, const struct refdata *refdata,
                      const struct ref_measure *measure, int money_scale, struct err *err)
{
    struct ref_ratio ratio;

    if (!refdata_ratio(refdata, measure, money_scale, &ratio))
        return err_fail(err, ERR_INVALID, "unknown_measure", "scorecard %s: a part of ratio \"%s\" isn't known",
                        card->doc->code, measure->code);
    line->ratio = true;
    line->unit = ratio.unit;
    line->part_ids[0] = ratio.of->id;
    line->part_codes[0] = arena_strdup(&card->arena, ratio.of->code);
    line->level = measure->level;
    line->part_codes[1] = "";
    if (measure->level)
        return 0;
    line->part_ids[1] = ratio.over->id;
    line->part_codes[1] = arena_strdup(&card->arena, ratio.over->code);
    return 0;
}

static int make_line(struct card *card, size_t i, const struct refdata *refdata, int money_scale, struct err *err)
{
    const Bihuan__ScorecardLine *doc = card->doc->lines[i];
    const struct ref_measure *measure = refdata_measure_by_code(refdata, doc->measure);
    struct card_line *line = &card->lines[i];

    if (!measure)
        return err_fail(err, ERR_INVALID, "unknown_measure", "scorecard %s: measure \"%s\" isn't known",
                        card->doc->code, doc->measure);
    *line = (struct card_line) { .doc = doc,
                                 .measure_id = measure->id,
                                 .scale = ref_measure_scale(measure, money_scale),
                                 .lower_is_better = measure->lower_is_better,
                                 .gate = gate_of(doc->gate),
                                 .gate_factor_ppm = doc->gate_factor_ppm };
    if (!measure->additive && take_ratio(card, line, refdata, measure, money_scale, err) != 0)
        return -1;
    if (line->gate != GATE_NONE)
        return decimal_parse(doc->gate_limit, strlen(doc->gate_limit), line->scale, 0, &line->gate_limit, err);
    make_table(&line->table, doc, &card->arena);
    return 0;
}

static void make_calc(struct card *card)
{
    struct scorecard_measure *measures = arena_array(&card->arena, struct scorecard_measure, card->line_count + 1);
    size_t n = 0;

    for (size_t i = 0; i < card->line_count; i++) {
        const struct card_line *line = &card->lines[i];

        if (line->gate != GATE_NONE)
            continue;
        measures[n++] = (struct scorecard_measure) {
            .measure_id = line->measure_id,
            .weight = (int32_t)line->doc->weight_bp,
            .points = &line->table,
            .points_lo = line->doc->floor_milli,
            .points_hi = line->doc->cap_milli ? line->doc->cap_milli : INT64_MAX,
            .undefined = strcmp(line->doc->without_target, "zero") == 0 ? SCORECARD_UNDEFINED_ZERO
                                                                        : SCORECARD_UNDEFINED_EXCLUDE,
        };
    }
    card->calc = (struct scorecard) { .measures = measures,
                                      .measure_count = n,
                                      .score_lo = card->doc->floor_milli,
                                      .score_hi = card->doc->cap_milli ? card->doc->cap_milli : INT64_MAX,
                                      .rounding = ROUND_HALF_UP };
}

static int copy_doc(struct card *card, const Bihuan__Scorecard *doc, struct err *err)
{
    size_t len = bihuan__scorecard__get_packed_size(doc);
    uint8_t *bytes = arena_alloc(&card->arena, len + 1);
    ProtobufCMessage *copy = NULL;

    bihuan__scorecard__pack(doc, bytes);
    if (message_unpack(&bihuan__scorecard__descriptor, bytes, len, &card->arena, &copy, err) != 0)
        return -1;
    card->doc = (const Bihuan__Scorecard *)copy;
    return 0;
}

int card_new(struct card **out, const Bihuan__Scorecard *doc, const struct refdata *refdata, int money_scale,
             struct err *err)
{
    struct card *card = calloc(1, sizeof *card);
    int rc;

    if (!card)
        abort();
    arena_init(&card->arena);
    rc = copy_doc(card, doc, err);
    card->line_count = doc->n_lines;
    card->lines = arena_array(&card->arena, struct card_line, doc->n_lines + 1);
    for (size_t i = 0; rc == 0 && i < card->line_count; i++)
        rc = make_line(card, i, refdata, money_scale, err);
    if (rc == 0) {
        make_calc(card);
        rc = scorecard_check(&card->calc, err);
    }
    if (rc != 0) {
        card_destroy(&card);
        return -1;
    }
    *out = card;
    return 0;
}

void card_destroy(struct card **card)
{
    if (!*card)
        return;
    arena_fini(&(*card)->arena);
    free(*card);
    *card = NULL;
}
