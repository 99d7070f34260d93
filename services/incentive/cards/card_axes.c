/* card_axes: see card_axes.h. */
#include "incentive/cards/card_axes.h"

#include <stdio.h>
#include <string.h>

#define RATE_PER_PPM 10 /* 100 % gives 1,000,000 ppm of 100 points = 100,000 milli-points */
#define POINTS_MAX   INT64_C(1000000000000)
#define SHOWN_MAX    8 /* rows that are missing, each named */

/* Whether a line is the one that an axis names. */
static bool is_named(const Bihuan__ScorecardLine *line, const Bihuan__ScorecardAxis *axis)
{
    return strcmp(line->measure, axis->measure) == 0 && strcmp(line->channel, axis->channel) == 0 &&
           strcmp(line->product, axis->product) == 0 && !line->gate[0] && !line->deduct_milli && !line->join[0];
}

/* --- checking --------------------------------------------------------------------------------------------------------
 */

struct check {
    const Bihuan__Scorecard *doc;
    const Bihuan__ScorecardLine *line;
    size_t at;
    card_report_fn *report;
    void *arg;
};

static void report(const struct check *check, const char *field, const char *code, const char *message)
{
    char pointer[128];

    snprintf(pointer, sizeof pointer, "/lines/%zu/%s", check->at, field);
    check->report(check->arg, pointer, code, "%s", message);
}

static void check_axis(const struct check *check, size_t a)
{
    const Bihuan__ScorecardAxis *axis = check->line->axes[a];
    const Bihuan__ScorecardLine *named = NULL;
    char field[64];

    for (size_t i = 0; i < check->doc->n_lines; i++)
        if (i != check->at && is_named(check->doc->lines[i], axis))
            named = check->doc->lines[i];
    snprintf(field, sizeof field, "axes/%zu/measure", a);
    if (!named)
        report(check, field, "no_such_line", "name the measure of another line of this card that weighs");
    else if (named->n_axes)
        report(check, field, "bad_axis", "that line has axes of its own: only lines without can be one");
    snprintf(field, sizeof field, "axes/%zu/from_ppm", a);
    if (!axis->n_from_ppm)
        report(check, field, "axis_empty", "say where the bands begin: the first at 0");
    else if (axis->from_ppm[0])
        report(check, field, "axis_gap", "nothing covers what is below the first band: let it begin at 0");
    for (size_t i = 1; i < axis->n_from_ppm; i++)
        if (axis->from_ppm[i] <= axis->from_ppm[i - 1])
            report(check, field, "axis_overlap", "a band doesn't begin above the one before it: sort them");
}

static void check_cells(const struct check *check, size_t r)
{
    bool points = card_pays_points(card_rate_of(check->line->rate));
    const Bihuan__ScorecardRow *row = check->line->rows[r];
    size_t count = points ? row->n_points_milli : row->n_rates_ppm;
    char field[64];

    snprintf(field, sizeof field, "rows/%zu/%s", r, points ? "points_milli" : "rates_ppm");
    if (points ? row->n_rates_ppm : row->n_points_milli)
        report(check, field, "not_used", points ? "this rate gives points: give points_milli" : "give rates_ppm");
    if (count != check->line->n_bands)
        report(check, field, count < check->line->n_bands ? "cell_missing" : "cell_surplus",
               "a row has one cell for each band");
    for (size_t k = 0; k < count; k++) {
        int64_t value = points ? row->points_milli[k] : row->rates_ppm[k];

        if (value > POINTS_MAX || value < -POINTS_MAX || (!points && value % RATE_PER_PPM))
            report(check, field, "points_range", "a cell is out of range, or finer than a thousandth of a point");
    }
}

/* Number of the row; SIZE_MAX where it isn't one. */
static size_t row_number(const Bihuan__ScorecardLine *line, const Bihuan__ScorecardRow *row)
{
    size_t number = 0;

    if (row->n_at != line->n_axes)
        return SIZE_MAX;
    for (size_t a = 0; a < line->n_axes; a++) {
        if (row->at[a] < 1 || row->at[a] > line->axes[a]->n_from_ppm)
            return SIZE_MAX;
        number = number * line->axes[a]->n_from_ppm + row->at[a] - 1;
    }
    return number;
}

static void check_rows(const struct check *check, size_t rows)
{
    bool seen[RATE_GRID_CELLS_MAX] = { false };
    size_t missing = 0;
    char text[64];

    for (size_t r = 0; r < check->line->n_rows; r++) {
        size_t number = row_number(check->line, check->line->rows[r]);

        snprintf(text, sizeof text, "rows/%zu/at", r);
        if (number == SIZE_MAX)
            report(check, text, "bad_row", "name one band of each axis, counted from 1");
        else if (seen[number])
            report(check, text, "cell_twice", "the row is given twice");
        if (number != SIZE_MAX)
            seen[number] = true;
        check_cells(check, r);
    }
    for (size_t number = 0; number < rows; number++)
        if (!seen[number] && missing++ < SHOWN_MAX) {
            snprintf(text, sizeof text, "row %zu of %zu isn't given", number + 1, rows);
            report(check, "rows", "cell_missing", text);
        }
}

static void check_band_rates(const struct check *check)
{
    for (size_t k = 0; k < check->line->n_bands; k++)
        if (check->line->bands[k]->points_milli || check->line->bands[k]->rate_ppm)
            report(check, "bands", "not_used", "with axes the points and rates stand in the rows");
}

void card_axes_check(const Bihuan__Scorecard *doc, size_t at, card_report_fn *report_fn, void *arg)
{
    const struct check check = { doc, doc->lines[at], at, report_fn, arg };
    const Bihuan__ScorecardLine *line = check.line;
    size_t rows = 1;

    if (!line->n_axes && !line->n_rows)
        return;
    if (!line->n_axes || line->gate[0] || line->deduct_milli || line->join[0]) {
        report(&check, line->n_axes ? "axes" : "rows", "not_used",
               line->n_axes ? "only a measure that weighs has a table" : "without axes the bands have points");
        return;
    }
    if (line->n_axes > RATE_GRID_AXES_MAX || !line->n_bands) {
        report(&check, line->n_bands ? "axes" : "bands", "axis_count", "give bands, and at most 4 axes");
        return;
    }
    check_band_rates(&check);
    for (size_t a = 0; a < line->n_axes; a++) {
        check_axis(&check, a);
        rows = rows * line->axes[a]->n_from_ppm > RATE_GRID_CELLS_MAX ? RATE_GRID_CELLS_MAX + 1
                                                                      : rows * line->axes[a]->n_from_ppm;
    }
    if (rows * line->n_bands > RATE_GRID_CELLS_MAX)
        report(&check, "axes", "cell_count", "the table has too many cells");
    else
        check_rows(&check, rows);
}

/* --- making ----------------------------------------------------------------------------------------------------------
 */

static int find_line(const struct card *card, const struct card_line *of, const Bihuan__ScorecardAxis *axis,
                     size_t *out, struct err *err)
{
    for (size_t i = 0; i < card->line_count; i++)
        if (&card->lines[i] != of && !card->lines[i].part_of && is_named(card->lines[i].doc, axis)) {
            *out = i;
            return 0;
        }
    return err_fail(err, ERR_INVALID, "no_such_line", "scorecard %s has no line of measure \"%s\"", card->doc->code,
                    axis->measure);
}

static int make_axis(struct card *card, const struct card_line *line, size_t a, struct card_axes *axes, struct err *err)
{
    const Bihuan__ScorecardAxis *doc = line->doc->axes[a];
    int64_t *from = arena_array(&card->arena, int64_t, doc->n_from_ppm + 1);

    for (size_t i = 0; i < doc->n_from_ppm; i++)
        from[i] = doc->from_ppm[i];
    axes->grid.axes[a] = (struct rate_axis) { from, doc->n_from_ppm };
    return find_line(card, line, doc, &axes->lines[a], err);
}

static int make_cells(struct card *card, const struct card_line *line, struct card_axes *axes, struct err *err)
{
    bool points = card_pays_points(line->table.kind);
    size_t width = line->table.band_count, count = rate_grid_rows(&axes->grid) * width;
    int64_t *cells = arena_array(&card->arena, int64_t, count + 1);
    bool *given = arena_array(&card->arena, bool, count + 1);

    axes->grid.cells = cells;
    axes->grid.given = given;
    for (size_t r = 0; r < line->doc->n_rows; r++) {
        const Bihuan__ScorecardRow *row = line->doc->rows[r];
        size_t number = row_number(line->doc, row), cell_count = points ? row->n_points_milli : row->n_rates_ppm;

        for (size_t k = 0; number < count / width && k < width && k < cell_count; k++) {
            cells[number * width + k] = points ? row->points_milli[k] : row->rates_ppm[k] / RATE_PER_PPM;
            given[number * width + k] = true;
        }
    }
    return rate_grid_check(&axes->grid, &card->arena, err);
}

static int make_line(struct card *card, struct card_line *line, struct err *err)
{
    struct card_axes *axes = arena_new(&card->arena, struct card_axes);

    if (line->doc->n_axes > RATE_GRID_AXES_MAX)
        return err_fail(err, ERR_INVALID, "axis_count", "a line of scorecard %s has too many axes", card->doc->code);
    axes->grid.table = line->table;
    axes->grid.axis_count = line->doc->n_axes;
    for (size_t a = 0; a < axes->grid.axis_count; a++)
        if (make_axis(card, line, a, axes, err) != 0)
            return -1;
    if (make_cells(card, line, axes, err) != 0)
        return -1;
    axes->rows = arena_array(&card->arena, struct rate_table, rate_grid_rows(&axes->grid));
    for (size_t row = 0; row < rate_grid_rows(&axes->grid); row++)
        rate_grid_slice(&axes->grid, row, &card->arena, &axes->rows[row]);
    line->axes = axes;
    line->table = axes->rows[0];
    card->has_axes = true;
    return 0;
}

int card_axes_make(struct card *card, struct err *err)
{
    for (size_t i = 0; i < card->line_count; i++)
        if (card->lines[i].doc->n_axes && card_line_weighs(&card->lines[i]) &&
            make_line(card, &card->lines[i], err) != 0)
            return -1;
    return 0;
}

/* --- the row ---------------------------------------------------------------------------------------------------------
 */

const struct rate_table *card_axes_table(const struct card_line *line, card_attainment_fn *of, const void *lines,
                                         size_t *row)
{
    const struct card_axes *axes = line->axes;
    size_t bands[RATE_GRID_AXES_MAX];

    *row = 0;
    if (!axes)
        return &line->table;
    for (size_t a = 0; a < axes->grid.axis_count; a++) {
        struct attainment attainment = of(lines, axes->lines[a]);

        if (!attainment.defined)
            return NULL;
        bands[a] = rate_axis_band(&axes->grid.axes[a], attainment.ppm);
    }
    *row = rate_grid_row(&axes->grid, bands);
    return &axes->rows[*row];
}
