/* payplan_axes_check: the axes of a rate table: no gap, no overlap, no cell missing. See payplan_checking.h. */
#include "payplan/payplan_checking.h"
#include "payplan/payplan_words.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 8 /* rows that are missing, each named */

/* The axis that is looked at. */
struct axis_check {
    struct payplan_checking *check;
    const Bihuan__PayAxis *doc;
    enum payplan_axis_kind kind;
    size_t number;
    int scale;
};

static void report_at(const struct axis_check *axis, size_t band, const char *field, const char *code,
                      const char *message)
{
    char at[64];

    snprintf(at, sizeof at, "axes/%zu/bands/%zu/%s", axis->number, band, field);
    payplan_report(axis->check, at, code, "%s", message);
}

/* --- numbers: half-open, from 0 on ----------------------------------------------------------------------------------
 */

static int64_t edge_of(const struct axis_check *axis, size_t band, bool until)
{
    const Bihuan__PayAxisBand *doc = axis->doc->bands[band];
    char field[64];

    if (axis->kind == AXIS_ATTAINMENT)
        return until ? doc->until_ppm : doc->from_ppm;
    snprintf(field, sizeof field, "axes/%zu/bands/%zu/%s", axis->number, band, until ? "until" : "from");
    return payplan_check_amount(axis->check, field, until ? doc->until : doc->from, axis->scale, false);
}

static void check_fields(const struct axis_check *axis, size_t band)
{
    const Bihuan__PayAxisBand *doc = axis->doc->bands[band];
    bool attainment = axis->kind == AXIS_ATTAINMENT;

    if (doc->n_is)
        report_at(axis, band, "is", "not_used", "only type and channel have classes: give from");
    if (attainment ? doc->from[0] || doc->until[0] : doc->from_ppm || doc->until_ppm)
        report_at(axis, band, attainment ? "from" : "from_ppm", "not_used",
                  attainment ? "an attainment begins at from_ppm of the target" : "a band of this axis begins at from");
}

/* An end that is given is where the next band begins. */
static void check_end(const struct axis_check *axis, size_t band, int64_t next)
{
    const Bihuan__PayAxisBand *doc = axis->doc->bands[band];
    const char *field = axis->kind == AXIS_ATTAINMENT ? "until_ppm" : "until";
    int64_t end;

    if (axis->kind == AXIS_ATTAINMENT ? !doc->until_ppm : !doc->until[0])
        return;
    end = edge_of(axis, band, true);
    if (band + 1 == axis->doc->n_bands)
        report_at(axis, band, field, "axis_last_closed", "the last band has no end: leave it out");
    else if (end < next)
        report_at(axis, band, field, "axis_gap", "nothing covers what is between this end and the next band");
    else if (end > next)
        report_at(axis, band, field, "axis_overlap", "this end lies within the next band");
}

static void check_numbers(const struct axis_check *axis)
{
    const char *field = axis->kind == AXIS_ATTAINMENT ? "from_ppm" : "from";
    int64_t before = -1;

    for (size_t i = 0; i < axis->doc->n_bands; i++) {
        int64_t from = edge_of(axis, i, false);

        check_fields(axis, i);
        if (i == 0 && from > 0)
            report_at(axis, i, field, "axis_gap", "nothing covers what is below the first band: let it begin at 0");
        if (i > 0 && from <= before)
            report_at(axis, i, field, "axis_overlap", "the band doesn't begin above the one before it: sort them");
        if (i > 0)
            check_end(axis, i - 1, from);
        before = from;
    }
    check_end(axis, axis->doc->n_bands - 1, 0);
}

/* --- classes: each in one band, all in some --------------------------------------------------------------------------
 */

static bool named_before(const Bihuan__PayAxis *doc, size_t band, size_t at)
{
    for (size_t i = 0; i <= band; i++)
        for (size_t j = 0; j < doc->bands[i]->n_is && (i < band || j < at); j++)
            if (strcmp(doc->bands[i]->is[j], doc->bands[band]->is[at]) == 0)
                return true;
    return false;
}

static bool names(const Bihuan__PayAxis *doc, const char *class)
{
    for (size_t i = 0; i < doc->n_bands; i++)
        for (size_t j = 0; j < doc->bands[i]->n_is; j++)
            if (strcmp(doc->bands[i]->is[j], class) == 0)
                return true;
    return false;
}

static void check_classes(const struct axis_check *axis)
{
    const Bihuan__PayAxis *doc = axis->doc;
    const Bihuan__PayPlan *plan = axis->check->doc;
    bool rest = !doc->bands[doc->n_bands - 1]->n_is;
    char message[160];

    for (size_t i = 0; i < doc->n_bands; i++) {
        const Bihuan__PayAxisBand *band = doc->bands[i];

        if (band->from_ppm || band->from[0] || band->until_ppm || band->until[0])
            report_at(axis, i, "from", "not_used", "classes have no beginning: give `is`");
        if (!band->n_is && i + 1 < doc->n_bands)
            report_at(axis, i, "is", "axis_overlap", "it takes all others, and more bands follow: put it last");
        for (size_t j = 0; j < band->n_is; j++)
            if (named_before(doc, i, j)) {
                snprintf(message, sizeof message, "\"%s\" stands twice", band->is[j]);
                report_at(axis, i, "is", "axis_overlap", message);
            }
    }
    if (rest)
        return;
    if (axis->kind == AXIS_CHANNEL)
        report_at(axis, doc->n_bands - 1, "is", "axis_gap", "other channels have no band: end with one without `is`");
    for (size_t t = 0; axis->kind == AXIS_TYPE && t < plan->n_unit_types; t++)
        if (!names(doc, plan->unit_types[t])) {
            snprintf(message, sizeof message, "units of type \"%s\" are paid and have no band", plan->unit_types[t]);
            report_at(axis, doc->n_bands - 1, "is", "axis_gap", message);
        }
}

/* --- an axis ---------------------------------------------------------------------------------------------------------
 */

static bool check_axis(struct payplan_checking *check, const Bihuan__PayAxis *doc, size_t number)
{
    struct axis_check axis = { check, doc, payplan_axis_of(doc->by), number, 0 };
    bool measured = axis.kind == AXIS_ATTAINMENT || axis.kind == AXIS_VOLUME;
    struct payplan_measure measure = { 0 };
    char field[64];

    snprintf(field, sizeof field, "axes/%zu/by", number);
    if (axis.kind == AXIS_NONE) {
        payplan_report(check, field, "bad_axis",
                       "\"%s\" isn't known: use attainment, volume, score, months, type or channel", doc->by);
        return false;
    }
    snprintf(field, sizeof field, "axes/%zu/measure", number);
    if (measured && !payplan_check_measure(check, field, doc->measure, &measure))
        return false;
    if (!measured && (doc->measure[0] || doc->n_products))
        payplan_report(check, field, "not_used", "only attainment and volume go by a measure and products");
    axis.scale = axis.kind == AXIS_SCORE ? 3 : measure.scale;
    snprintf(field, sizeof field, "axes/%zu/bands", number);
    if (doc->n_bands == 0 || doc->n_bands > PAYPLAN_BANDS_MAX) {
        payplan_report(check, field, "band_count", "give 1 to %d bands", PAYPLAN_BANDS_MAX);
        return false;
    }
    if (axis.kind == AXIS_TYPE || axis.kind == AXIS_CHANNEL)
        check_classes(&axis);
    else
        check_numbers(&axis);
    return true;
}

/* --- cells -----------------------------------------------------------------------------------------------------------
 */

static void check_cell(struct payplan_checking *check, const Bihuan__PayRow *row, size_t r, size_t k, bool by_amount,
                       int scale)
{
    char field[64];

    snprintf(field, sizeof field, "rows/%zu/%s/%zu", r, by_amount ? "amounts" : "rates_ppm", k);
    if (by_amount)
        payplan_check_amount(check, field, row->amounts[k], scale, true);
    else if (row->rates_ppm[k] < 0 || row->rates_ppm[k] > FIXED_PPM)
        payplan_report(check, field, "bad_rate", "a rate of %lld isn't between 0 and 1000000",
                       (long long)row->rates_ppm[k]);
}

static void check_cells(struct payplan_checking *check, const Bihuan__PayComponent *doc, size_t r, bool by_amount,
                        bool flat)
{
    const Bihuan__PayRow *row = doc->rows[r];
    size_t count = by_amount ? row->n_amounts : row->n_rates_ppm;
    char field[64];

    snprintf(field, sizeof field, "rows/%zu/%s", r, by_amount ? "rates_ppm" : "amounts");
    if (by_amount ? row->n_rates_ppm : row->n_amounts)
        payplan_report(check, field, "not_used", "%s",
                       by_amount ? "a count is paid by amounts for one: give amounts"
                                 : "an amount is paid by its shares: give rates_ppm");
    snprintf(field, sizeof field, "rows/%zu/%s", r, by_amount ? "amounts" : "rates_ppm");
    if (count != doc->n_bands)
        payplan_report(check, field, count < doc->n_bands ? "cell_missing" : "cell_surplus",
                       "the row has %zu cells for %zu bands", count, doc->n_bands);
    for (size_t k = 0; k < count && k < doc->n_bands; k++)
        check_cell(check, row, r, k, by_amount, flat ? check->digits : check->digits + 6);
}

/* Number of the row, or SIZE_MAX where it isn't one. */
static size_t row_number(struct payplan_checking *check, const Bihuan__PayComponent *doc, size_t r)
{
    const Bihuan__PayRow *row = doc->rows[r];
    size_t number = 0;
    char field[64];

    snprintf(field, sizeof field, "rows/%zu/at", r);
    if (row->n_at != doc->n_axes) {
        payplan_report(check, field, "bad_row", "name one band for each of the %zu axes, counted from 1", doc->n_axes);
        return SIZE_MAX;
    }
    for (size_t a = 0; a < doc->n_axes; a++) {
        if (row->at[a] < 1 || row->at[a] > doc->axes[a]->n_bands) {
            payplan_report(check, field, "bad_row", "axis %zu has bands 1 to %zu, not %u", a + 1, doc->axes[a]->n_bands,
                           row->at[a]);
            return SIZE_MAX;
        }
        number = number * doc->axes[a]->n_bands + row->at[a] - 1;
    }
    return number;
}

static void report_missing(struct payplan_checking *check, const Bihuan__PayComponent *doc, size_t number)
{
    size_t bands[RATE_GRID_AXES_MAX];
    char at[64] = "";
    size_t len = 0;

    for (size_t a = doc->n_axes; a-- > 0; number /= doc->axes[a]->n_bands)
        bands[a] = number % doc->axes[a]->n_bands + 1;
    for (size_t a = 0; a < doc->n_axes; a++)
        len += (size_t)snprintf(at + len, sizeof at - len, "%s%zu", a ? ", " : "", bands[a]);
    payplan_report(check, "rows", "cell_missing", "no row is given for bands [%s] of the axes", at);
}

static void check_rows(struct payplan_checking *check, const Bihuan__PayComponent *doc,
                       const struct payplan_measure *of, size_t rows)
{
    bool flat = payplan_rate_of(doc->rate) == RATE_FLAT, by_amount = flat || !of->money;
    bool seen[RATE_GRID_CELLS_MAX] = { false };
    size_t missing = 0;

    for (size_t r = 0; r < doc->n_rows; r++) {
        size_t number = row_number(check, doc, r);
        char field[64];

        snprintf(field, sizeof field, "rows/%zu/at", r);
        if (number != SIZE_MAX && seen[number])
            payplan_report(check, field, "cell_twice", "the row is given twice");
        if (number != SIZE_MAX)
            seen[number] = true;
        check_cells(check, doc, r, by_amount, flat);
    }
    for (size_t number = 0; number < rows; number++)
        if (!seen[number] && missing++ < SHOWN_MAX)
            report_missing(check, doc, number);
}

void payplan_check_axes(struct payplan_checking *check, const Bihuan__PayComponent *doc,
                        const struct payplan_measure *of)
{
    size_t rows = 1;
    bool known = true;

    if (!doc->n_axes) {
        if (doc->n_rows)
            payplan_report(check, "rows", "not_used", "without axes the bands have rates of their own");
        return;
    }
    if (doc->n_axes > RATE_GRID_AXES_MAX) {
        payplan_report(check, "axes", "axis_count", "give at most %d axes", RATE_GRID_AXES_MAX);
        return;
    }
    for (size_t a = 0; a < doc->n_axes; a++) {
        known = check_axis(check, doc->axes[a], a) && known;
        rows *= doc->axes[a]->n_bands;
        if (rows > RATE_GRID_CELLS_MAX)
            rows = RATE_GRID_CELLS_MAX + 1;
    }
    if (rows * doc->n_bands > RATE_GRID_CELLS_MAX)
        payplan_report(check, "axes", "cell_count", "the table has more than %d cells", RATE_GRID_CELLS_MAX);
    else if (known)
        check_rows(check, doc, of, rows);
}
