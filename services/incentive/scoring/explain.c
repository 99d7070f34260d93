/* explain: see explain.h. */
#include "incentive/scoring/explain.h"

#include "incentive/cards/card_axes.h"
#include "text/decimal.h"

#include <inttypes.h>
#include <string.h>

struct words {
    bool zh;
    const struct card *card;
    const struct score_line *lines; /* of the card; a row goes by the attainments of some */
    struct buf out;
};

static void say(struct words *w, const char *zh, const char *en)
{
    buf_append_text(&w->out, w->zh ? zh : en);
}

static void number(struct words *w, int64_t value, int scale)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_print_rounded(text, value, scale, scale > 2 ? 2 : scale, ',');
    buf_append_text(&w->out, text);
}

/* A figure of a line: money with two digits, a ratio with all it is defined with. */
static void figure(struct words *w, const struct card_line *card, int64_t value)
{
    char text[DECIMAL_TEXT_MAX];

    if (card->ratio) {
        decimal_print(text, value, card->scale, ',');
        buf_append_text(&w->out, text);
    } else {
        number(w, value, card->scale);
    }
}

/* Thousandths of a point. */
static void points(struct words *w, int64_t milli)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_print(text, milli, 3, 0);
    buf_append_text(&w->out, text);
    say(w, " 分", " points");
}

/* ppm as per cent, all digits that count. */
static void per_cent(struct words *w, int64_t ppm)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_print(text, ppm, 4, 0);
    buf_append_text(&w->out, text);
    say(w, "%", " %");
}

static void stop(struct words *w)
{
    say(w, "。", ". ");
}

static const char *title_of(const struct ref_measure *measure, bool zh, const char *code)
{
    const char *title = measure ? (zh ? measure->title_zh : measure->title_en) : NULL;

    if (measure && (!title || !title[0]))
        title = zh ? measure->title_en : measure->title_zh;
    return title && title[0] ? title : code;
}

/* --- the steps -------------------------------------------------------------------------------------------------------
 */

static void tell_actual(struct words *w, const struct card_line *card, const struct score_line *line, const char *unit)
{
    if (line->no_value) {
        say(w, "没有可除的数", "There is nothing to divide by");
    } else {
        say(w, "实际 ", "Actual ");
        figure(w, card, line->actual);
        if (unit[0])
            buf_printf(&w->out, " %s", unit);
    }
    if (!card->ratio)
        return;
    if (card->level) {
        say(w, "（日终存量）", " (what there is at the end of the day)");
        return;
    }
    buf_append_text(&w->out, w->zh ? "（" : " (");
    if (card->unit.times != 1)
        buf_printf(&w->out, "%" PRId64 " × ", card->unit.times);
    buf_printf(&w->out, "%s ", card->part_codes[0]);
    number(w, line->parts[0], card->unit.of_scale);
    buf_printf(&w->out, " / %s ", card->part_codes[1]);
    number(w, line->parts[1], card->unit.over_scale);
    buf_append_text(&w->out, w->zh ? "）" : ")");
}

/* The level holds on every day. */
static void tell_level(struct words *w, const struct card_line *card, const struct score_line *line)
{
    say(w, "；目标水平 ", "; level to reach ");
    figure(w, card, line->target);
    stop(w);
}

static void tell_plan(struct words *w, const struct card_line *card, const struct score_line *line,
                      struct phasing_point at, const char *as_of)
{
    int64_t share = 0;

    say(w, "；周期目标 ", "; target of the period ");
    figure(w, card, line->target);
    stop(w);
    if (at.num == at.den) {
        say(w, "进度曲线已满，应达 ", "The curve of the period is complete: planned to date ");
    } else if (line->by_parts) {
        buf_printf(&w->out,
                   w->zh ? "按较短周期的目标和日历，截至 %s 日终应达 "
                         : "By the targets of shorter periods and the calendar, planned by the end of %s: ",
                   as_of);
    } else {
        (void)fixed_ratio_ppm(at.num, at.den, ROUND_HALF_UP, &share, NULL);
        buf_printf(&w->out, w->zh ? "截至 %s 日终曲线走到 " : "At the end of %s the curve stands at ", as_of);
        per_cent(w, share);
        buf_printf(&w->out, " (%" PRId64 "/%" PRId64 ")", at.num, at.den);
        say(w, "，应达 ", ": planned to date ");
    }
    figure(w, card, line->planned);
    stop(w);
}

static void tell_attainment(struct words *w, const struct card_line *card, const struct score_line *line)
{
    say(w, "达成率 = ", "Attainment = ");
    if (card->lower_is_better)
        buf_append_text(&w->out, "2 - ");
    figure(w, card, line->actual);
    buf_append_text(&w->out, " / ");
    figure(w, card, line->planned);
    buf_append_text(&w->out, " = ");
    per_cent(w, line->attainment.ppm);
    if (card->lower_is_better)
        say(w, "（越低越好）", " (lower is better)");
    stop(w);
}

static void tell_rate(struct words *w, const struct rate_table *table, const struct rate_band *band)
{
    bool open = band->hi == RATE_OPEN;

    switch (table->kind) {
    case RATE_LINEAR:
        points(w, band->rate);
        if (!open) {
            say(w, "线性升至 ", " rising in a straight line to ");
            points(w, band->rate_hi);
        }
        break;
    case RATE_FLAT:
        points(w, band->rate);
        break;
    case RATE_GRADUATED:
        say(w, "段内每 100% 计 ", "inside it each 100 % gives ");
        points(w, band->rate);
        break;
    default:
        say(w, "每 100% 计 ", "each 100 % gives ");
        points(w, band->rate);
    }
}

static const char *own_title(const Bihuan__ScorecardLine *doc, bool zh);

static const char *line_name(const struct words *w, size_t at)
{
    const Bihuan__ScorecardLine *doc = w->card->lines[at].doc;
    const char *own = own_title(doc, w->zh);

    return own[0] ? own : doc->measure;
}

/* The row that holds, and by what: "Row: revenue 93.2 % (90 % to below 100 %)". */
static void tell_row(struct words *w, const struct card_axes *axes, size_t row)
{
    size_t bands[RATE_GRID_AXES_MAX];

    rate_grid_bands_of(&axes->grid, row, bands);
    say(w, "费率所在行：", "Row of the table: ");
    for (size_t a = 0; a < axes->grid.axis_count; a++) {
        const struct rate_axis *axis = &axes->grid.axes[a];

        buf_printf(&w->out, "%s%s ", a ? (w->zh ? "，" : ", ") : "", line_name(w, axes->lines[a]));
        per_cent(w, w->lines[axes->lines[a]].attainment.ppm);
        say(w, "（", " (");
        per_cent(w, axis->from[bands[a]]);
        if (bands[a] + 1 < axis->count) {
            say(w, " 至不足 ", " to below ");
            per_cent(w, axis->from[bands[a] + 1]);
        } else {
            say(w, " 及以上", " and above");
        }
        say(w, "）", ")");
    }
    stop(w);
}

static void tell_band(struct words *w, const struct card_line *card, const struct score_line *line)
{
    size_t row, k = rate_table_band(&card->table, line->attainment.ppm);
    const struct rate_table *table = card_axes_table(card, score_line_attainment, w->lines, &row);
    const struct rate_band *band = k == RATE_NO_BAND || !table ? NULL : &table->bands[k];

    if (!band) {
        say(w, "低于首档，计 0 分", "Below the first band: 0 points");
        stop(w);
        return;
    }
    if (card->axes)
        tell_row(w, card->axes, row);
    say(w, "所在档 ", "Band from ");
    per_cent(w, band->lo);
    if (band->hi == RATE_OPEN) {
        say(w, " 以上：", " on: ");
    } else {
        say(w, " 至 ", " to ");
        per_cent(w, band->hi);
        say(w, "：", ": ");
    }
    tell_rate(w, table, band);
    stop(w);
}

static void tell_limits(struct words *w, const struct card_line *card, const struct score_line *line)
{
    if (card->doc->cap_milli && line->points == card->doc->cap_milli) {
        say(w, "封顶 ", "Capped at ");
        points(w, card->doc->cap_milli);
        stop(w);
    } else if (card->doc->floor_milli && line->points == card->doc->floor_milli) {
        say(w, "保底 ", "Lifted to ");
        points(w, card->doc->floor_milli);
        stop(w);
    }
}

static void tell_weight(struct words *w, const struct card_line *card, const struct score_line *line)
{
    say(w, "得 ", "Gives ");
    points(w, line->points);
    buf_printf(&w->out, w->zh ? "；权重 %u/10000" : "; weight %u of 10000", line->weight);
    if (line->weight != card->doc->weight_bp)
        buf_printf(&w->out, w->zh ? "（原 %u，因其他项无目标而放大）" : " (%u, scaled up for lines without a target)",
                   card->doc->weight_bp);
    say(w, "，折合 ", ", so ");
    points(w, line->weighted);
    stop(w);
}

static void tell_gate(struct words *w, const struct card_line *card, const struct score_line *line)
{
    if (card->gate == GATE_AT_MOST)
        say(w, "，门槛：不高于 ", "; gate: at most ");
    else
        say(w, "，门槛：不低于 ", "; gate: at least ");
    figure(w, card, card->gate_limit);
    if (line->gate == GATE_PASSED) {
        say(w, "，通过", ": passed");
    } else if (card->gate_factor_ppm == 0) {
        say(w, "，未通过，总分记 0", ": failed, the score is 0");
    } else {
        say(w, "，未通过，总分乘以 ", ": failed, the score is multiplied by ");
        per_cent(w, card->gate_factor_ppm);
    }
    stop(w);
}

static void tell_deduction(struct words *w, const struct card_line *card, const struct score_line *line)
{
    say(w, "；超过 ", "; above ");
    figure(w, card, card->deduct_over);
    say(w, " 的部分，每 ", " each whole ");
    figure(w, card, card->deduct_per);
    say(w, " 扣 ", " takes ");
    points(w, card->doc->deduct_milli);
    if (card->doc->deduct_cap_milli) {
        say(w, "，最多 ", ", at most ");
        points(w, card->doc->deduct_cap_milli);
    }
    say(w, "：共扣 ", ": taken ");
    points(w, line->deducted);
    stop(w);
}

/* An index, from the parts that stand behind it. */
static void tell_index(struct words *w, const struct card_line *card, const struct score_line *line)
{
    static const char *const zh[] = { "", "各项达成率中最低者 = ", "各项达成率之积 = ", "各项达成率的加权平均 = " };
    static const char *const en[] = { "", "The least attainment of its parts = ",
                                      "The product of its parts' attainments = ",
                                      "The mean of its parts' attainments = " };

    if (!line->attainment.defined) {
        say(w, "各项均无达成率，本项无定义", "None of its parts has an attainment, so the index is undefined");
        stop(w);
        return;
    }
    say(w, zh[card->join], en[card->join]);
    per_cent(w, line->attainment.ppm);
    say(w, "（每项计 0 至 100%，无定义者不计）", " (each held to 0..100 %, undefined ones left out)");
    stop(w);
}

/* Points from the attainment. */
static void tell_points(struct words *w, const struct card_line *card, const struct score_line *line)
{
    if (card->threshold_ppm && line->attainment.ppm < card->threshold_ppm) {
        say(w, "低于起付线 ", "Below the threshold of ");
        per_cent(w, card->threshold_ppm);
        stop(w);
    } else {
        tell_band(w, card, line);
        tell_limits(w, card, line);
    }
    if (line->carried) {
        say(w, "上期结转 ", "From the period before: ");
        points(w, line->carried);
        stop(w);
    }
    if (line->excess) {
        say(w, "超出封顶的部分关账后结转下期：", "Above the cap, for the next period once this one is closed: ");
        points(w, line->excess);
        stop(w);
    }
    tell_weight(w, card, line);
}

static void tell_undefined(struct words *w, const struct card_line *card, const struct score_line *line)
{
    bool zero = strcmp(card->doc->without_target, "zero") == 0;

    if (line->no_row)
        say(w, "；费率表所依据的另一项没有达成率，无法定行",
            "; another line that its table goes by has no attainment, so no row of the table holds");
    else if (line->no_value)
        say(w, "，达成率无定义", ", so attainment is undefined");
    else
        say(w, "；没有目标，达成率无定义", "; there is no target to date, so attainment is undefined");
    if (card->part_of)
        say(w, "，不计入指数", ": it isn't in the index");
    else
        say(w, zero ? "，计 0 分" : "，本项不计，权重由其他项分担",
            zero ? ": 0 points" : ": the line is left out and the other weights are scaled up");
    stop(w);
}

static void tell_line(struct words *w, const struct card_line *card, const struct score_line *line,
                      struct phasing_point at, const char *as_of, const char *unit)
{
    if (card->join != JOIN_NONE) {
        tell_index(w, card, line);
        if (line->attainment.defined)
            tell_points(w, card, line);
        return;
    }
    tell_actual(w, card, line, unit);
    if (card->gate != GATE_NONE) {
        tell_gate(w, card, line);
        return;
    }
    if (card->deducts) {
        tell_deduction(w, card, line);
        return;
    }
    if (!line->attainment.defined) {
        tell_undefined(w, card, line);
        return;
    }
    if (card->ratio)
        tell_level(w, card, line);
    else
        tell_plan(w, card, line, at, as_of);
    tell_attainment(w, card, line);
    if (!card->part_of)
        tell_points(w, card, line);
}

/* A title of the line's own; "" where it has none. */
static const char *own_title(const Bihuan__ScorecardLine *doc, bool zh)
{
    const char *title = zh ? doc->title_zh : doc->title_en;

    return title[0] ? title : zh ? doc->title_en : doc->title_zh;
}

void explain_score(Bihuan__Score *score, const struct scored_unit *unit, const struct refdata *refdata,
                   struct phasing_point at, bool zh, struct arena *arena)
{
    explain_names(score, refdata, zh, arena);
    for (size_t i = 0; i < score->n_lines; i++) {
        const char *own = own_title(unit->card->lines[i].doc, zh);

        score->lines[i]->title = own[0] ? (char *)(uintptr_t)own : score->lines[i]->title;
    }
    for (size_t i = 0; i < score->n_lines; i++) {
        const struct ref_measure *measure = refdata_measure_by_code(refdata, score->lines[i]->measure);
        struct words words = { .zh = zh, .card = unit->card, .lines = unit->lines };

        tell_line(&words, &unit->card->lines[i], &unit->lines[i], at, score->as_of, measure ? measure->unit : "");
        while (words.out.len && words.out.data[words.out.len - 1] == ' ')
            words.out.len--;
        score->lines[i]->explanation = arena_strdup(arena, buf_text(&words.out));
        buf_fini(&words.out);
    }
}

/* "Revenue · hall · F1" of a slice; an index is called by its own title, which its card has. */
static char *line_title(const Bihuan__ScoreLine *line, const struct refdata *refdata, bool zh, struct arena *arena)
{
    const struct ref_channel *channel = refdata_channel_by_code(refdata, line->channel);
    const struct ref_product *product = refdata_product_by_code(refdata, line->product);
    const char *title = title_of(refdata_measure_by_code(refdata, line->measure), zh, line->measure);

    if (!line->measure[0])
        title = zh ? "指数" : "Index";
    if (!line->channel[0] && !line->product[0])
        return (char *)(uintptr_t)title;
    return arena_printf(arena, "%s%s%s%s%s", title, channel ? " · " : "", channel ? channel->name : "",
                        product ? " · " : "", product ? product->name : "");
}

void explain_names(Bihuan__Score *score, const struct refdata *refdata, bool zh, struct arena *arena)
{
    const struct ref_unit *unit = refdata_unit_by_code(refdata, score->unit);

    if (unit)
        score->unit_name = unit->name;
    for (size_t i = 0; i < score->n_lines; i++)
        score->lines[i]->title = line_title(score->lines[i], refdata, zh, arena);
}

const char *explain_no_points(const Bihuan__ScoreLine *line)
{
    if (line->gate[0])
        return "gate";
    if (line->part_of)
        return "index"; /* points are those of the index that it is a part of */
    if (strcmp(line->join, "deduct") == 0)
        return "deduction";
    if (line->undefined)
        return line->no_value ? "no_value" : "no_target";
    if (line->level)
        return "level"; /* points are those of what there is in the end, however it came about */
    if (line->ratio)
        return "ratio"; /* points are those of the quotient, no credit has a share of its own */
    if (!line->weighted_milli)
        return line->weight_bp ? "no_points" : "no_weight";
    return line->actual > 0 ? "" : "points_not_from_credits";
}
