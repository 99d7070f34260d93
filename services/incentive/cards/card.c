/* card: see card.h. This file: cards made ready; card_check.c: what may be applied. */
#include "incentive/cards/card.h"

#include "bus/message.h"
#include "incentive/cards/card_axes.h"
#include "text/dates.h"
#include "text/decimal.h"

#include <stdlib.h>
#include <string.h>

#define RATE_PER_PPM 10 /* 100 % gives 1,000,000 ppm of 100 points = 100,000 milli-points */
#define FULL_POINTS  100000

static const struct {
    const char *word;
    enum rate_kind kind;
} rates[] = {
    { "", RATE_LINEAR },   { "interpolated", RATE_LINEAR }, { "slab", RATE_FLAT }, { "graduated", RATE_GRADUATED },
    { "flat", RATE_SLAB },
};

enum rate_kind card_rate_of(const char *word)
{
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
        if (strcmp(rates[i].word, word) == 0)
            return rates[i].kind;
    return RATE_UNSET;
}

bool card_pays_points(enum rate_kind kind)
{
    return kind == RATE_LINEAR || kind == RATE_FLAT;
}

enum gate_kind card_gate_of(const char *word)
{
    return strcmp(word, "at_most") == 0 ? GATE_AT_MOST : strcmp(word, "at_least") == 0 ? GATE_AT_LEAST : GATE_NONE;
}

enum index_join card_join_of(const char *word)
{
    return strcmp(word, "least") == 0     ? JOIN_LEAST
           : strcmp(word, "product") == 0 ? JOIN_PRODUCT
           : strcmp(word, "mean") == 0    ? JOIN_MEAN
                                          : JOIN_NONE;
}

int card_from_day(const Bihuan__Scorecard *doc, int32_t *from_day)
{
    *from_day = INT32_MIN;
    return doc->from[0] ? date_parse(doc->from, strlen(doc->from), from_day, NULL) : 0;
}

/* --- making ----------------------------------------------------------------------------------------------------------
 */

static int64_t band_value(const Bihuan__RateBand *band, enum rate_kind kind)
{
    return card_pays_points(kind) ? band->points_milli : band->rate_ppm / RATE_PER_PPM;
}

/* The bands that hold where a line gives none; see card.h. */
static void default_bands(struct rate_table *table, struct arena *arena)
{
    struct rate_band *bands = arena_array(arena, struct rate_band, 2);

    table->bands = bands;
    if (card_pays_points(table->kind)) {
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

    table->kind = card_rate_of(line->rate);
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

static void make_threshold(struct card_line *line)
{
    if (!line->threshold_ppm)
        return;
    line->table.has_threshold = true;
    line->table.threshold = line->threshold_ppm;
    line->table.has_floor = line->doc->floor_milli > 0;
    line->table.floor = line->doc->floor_milli;
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

static int take_slice(struct card *card, struct card_line *line, const Bihuan__ScorecardLine *doc,
                      const struct refdata *refdata, struct err *err)
{
    const struct ref_channel *channel = refdata_channel_by_code(refdata, doc->channel);
    const struct ref_product *product = refdata_product_by_code(refdata, doc->product);

    if ((doc->channel[0] && !channel) || (doc->product[0] && !product))
        return err_fail(err, ERR_INVALID, "unknown_slice", "scorecard %s: channel \"%s\" or product \"%s\" isn't known",
                        card->doc->code, doc->channel, doc->product);
    line->channel_id = channel ? channel->id : 0;
    line->product_id = product ? product->id : 0;
    return 0;
}

static int make_measure(struct card *card, struct card_line *line, const Bihuan__ScorecardLine *doc,
                        const struct refdata *refdata, int money_scale, struct err *err)
{
    const struct ref_measure *measure = refdata_measure_by_code(refdata, doc->measure);

    if (!measure)
        return err_fail(err, ERR_INVALID, "unknown_measure", "scorecard %s: measure \"%s\" isn't known",
                        card->doc->code, doc->measure);
    *line = (struct card_line) { .doc = doc,
                                 .measure_id = measure->id,
                                 .scale = ref_measure_scale(measure, money_scale),
                                 .lower_is_better = measure->lower_is_better,
                                 .threshold_ppm = doc->threshold_ppm,
                                 .carries = strcmp(doc->excess, "carried") == 0,
                                 .gate = card_gate_of(doc->gate),
                                 .gate_factor_ppm = doc->gate_factor_ppm };
    if (take_slice(card, line, doc, refdata, err) != 0)
        return -1;
    return measure->additive ? 0 : take_ratio(card, line, refdata, measure, money_scale, err);
}

static int read_number(const char *text, int scale, int64_t *out, struct err *err)
{
    return decimal_parse(text, strlen(text), scale, 0, out, err);
}

/* A part of an index as a line of its own. */
static int make_part(struct card *card, size_t index, const Bihuan__ScorecardPart *part, const struct refdata *refdata,
                     int money_scale, struct err *err)
{
    Bihuan__ScorecardLine *doc = arena_new(&card->arena, Bihuan__ScorecardLine);
    struct card_line *line = &card->lines[card->line_count];

    bihuan__scorecard_line__init(doc);
    doc->measure = part->measure;
    doc->channel = part->channel;
    doc->product = part->product;
    doc->title_zh = part->title_zh;
    doc->title_en = part->title_en;
    if (make_measure(card, line, doc, refdata, money_scale, err) != 0)
        return -1;
    line->part_of = index + 1;
    line->part_weight = part->weight_bp;
    card->line_count++;
    return 0;
}

static int make_index(struct card *card, const Bihuan__ScorecardLine *doc, const struct refdata *refdata,
                      int money_scale, struct err *err)
{
    size_t index = card->line_count++;

    card->lines[index] = (struct card_line) {
        .doc = doc, .join = card_join_of(doc->join), .threshold_ppm = doc->threshold_ppm, .part_count = doc->n_parts
    };
    make_table(&card->lines[index].table, doc, &card->arena);
    make_threshold(&card->lines[index]);
    for (size_t i = 0; i < doc->n_parts; i++)
        if (make_part(card, index, doc->parts[i], refdata, money_scale, err) != 0)
            return -1;
    return 0;
}

static int make_line(struct card *card, const Bihuan__ScorecardLine *doc, const struct refdata *refdata,
                     int money_scale, struct err *err)
{
    struct card_line *line = &card->lines[card->line_count];

    if (doc->join[0])
        return make_index(card, doc, refdata, money_scale, err);
    if (make_measure(card, line, doc, refdata, money_scale, err) != 0)
        return -1;
    card->line_count++;
    line->deducts = doc->deduct_over[0] != 0;
    if (line->deducts)
        return read_number(doc->deduct_over, line->scale, &line->deduct_over, err) != 0
                   ? -1
                   : read_number(doc->deduct_per, line->scale, &line->deduct_per, err);
    if (line->gate != GATE_NONE)
        return read_number(doc->gate_limit, line->scale, &line->gate_limit, err);
    make_table(&line->table, doc, &card->arena);
    make_threshold(line);
    return 0;
}

static void make_calc(struct card *card)
{
    struct scorecard_measure *measures = arena_array(&card->arena, struct scorecard_measure, card->line_count + 1);
    size_t n = 0;

    for (size_t i = 0; i < card->line_count; i++) {
        const struct card_line *line = &card->lines[i];

        if (!card_line_weighs(line))
            continue;
        measures[n++] = (struct scorecard_measure) {
            .measure_id = line->measure_id,
            .weight = (int32_t)line->doc->weight_bp,
            .points = &line->table,
            /* below a threshold not even the floor is given, so there the table gives it */
            .points_lo = line->threshold_ppm && line->doc->floor_milli > 0 ? 0 : line->doc->floor_milli,
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

/* Names that planning no longer knows rank as if they weren't there. */
static void make_ranking(struct card *card, const struct refdata *refdata, int money_scale)
{
    const Bihuan__ScorecardRanking *doc = card->doc->ranking;
    const struct ref_measure *measure;

    card->ranking = (struct card_ranking) { .doc = doc };
    if (!doc)
        return;
    measure = refdata_measure_by_code(refdata, doc->min_measure);
    if (measure && decimal_parse(doc->min_target, strlen(doc->min_target), ref_measure_scale(measure, money_scale), 0,
                                 &card->ranking.min_target, NULL) == 0)
        card->ranking.min_measure = measure->id;
    for (size_t i = 0; i < doc->n_ties && i < CARD_TIES_MAX; i++) {
        const struct ref_measure *tie = refdata_measure_by_code(refdata, doc->ties[i]);

        if (tie)
            card->ranking.ties[card->ranking.tie_count++] = tie->id;
    }
}

static int make_lines(struct card *card, const struct refdata *refdata, int money_scale, struct err *err)
{
    size_t count = card->doc->n_lines;

    for (size_t i = 0; i < card->doc->n_lines; i++)
        count += card->doc->lines[i]->n_parts;
    card->lines = arena_array(&card->arena, struct card_line, count + 1);
    for (size_t i = 0; i < card->doc->n_lines; i++)
        if (make_line(card, card->doc->lines[i], refdata, money_scale, err) != 0)
            return -1;
    if (card_axes_make(card, err) != 0)
        return -1;
    make_calc(card);
    return scorecard_check(&card->calc, err);
}

static int make_scope(struct card *card, const struct refdata *refdata, struct err *err)
{
    const struct ref_unit *under = refdata_unit_by_code(refdata, card->doc->under);

    if (card->doc->under[0] && !under)
        return err_fail(err, ERR_INVALID, "unknown_unit", "scorecard %s: unit \"%s\" isn't known", card->doc->code,
                        card->doc->under);
    card->under_id = under ? under->id : 0;
    return card_from_day(card->doc, &card->from_day);
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
    if (rc == 0)
        rc = make_scope(card, refdata, err);
    if (rc == 0)
        rc = make_lines(card, refdata, money_scale, err);
    if (rc != 0) {
        card_destroy(&card);
        return -1;
    }
    make_ranking(card, refdata, money_scale);
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
