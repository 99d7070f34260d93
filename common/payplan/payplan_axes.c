/* payplan_axes: see payplan_axes.h. This file: axes made ready, and the row that a payee has reached; what may be
 * applied stands in payplan_axes_check.c. */
#include "payplan/payplan_axes.h"

#include "payplan/payplan_words.h"
#include "text/decimal.h"

#include <stdio.h>
#include <string.h>

#define SCORE_SCALE 3 /* points are kept in thousandths */

/* --- making ----------------------------------------------------------------------------------------------------------
 */

int payplan_axes_read(struct payplan_component *component, payplan_measure_fn *measure, void *measure_arg,
                      struct err *err)
{
    const Bihuan__PayComponent *doc = component->doc;

    if (doc->n_axes > RATE_GRID_AXES_MAX)
        return err_fail(err, ERR_INVALID, "axis_count", "%zu axes are more than %d", doc->n_axes, RATE_GRID_AXES_MAX);
    for (size_t a = 0; a < doc->n_axes; a++) {
        struct payplan_axis *axis = &component->axes[a];

        *axis = (struct payplan_axis) { .doc = doc->axes[a], .kind = payplan_axis_of(doc->axes[a]->by) };
        if (axis->kind == AXIS_NONE)
            return err_fail(err, ERR_INVALID, "bad_axis", "axis %zu of component %s goes by \"%s\"", a + 1, doc->code,
                            doc->axes[a]->by);
        if (payplan_axis_measured(axis->kind) && !measure(measure_arg, axis->doc->measure, &axis->measure))
            return err_fail(err, ERR_INVALID, "unknown_measure", "measure \"%s\" isn't known", axis->doc->measure);
    }
    return 0;
}

static int scale_of(const struct payplan_axis *axis)
{
    return axis->kind == AXIS_VOLUME ? axis->measure.scale : axis->kind == AXIS_SCORE ? SCORE_SCALE : 0;
}

int payplan_axis_begin(const struct payplan_axis *axis, size_t band, int64_t *out, struct err *err)
{
    const Bihuan__PayAxisBand *doc = axis->doc->bands[band];
    bool given;

    if (payplan_axis_by_class(axis->kind)) {
        *out = (int64_t)band;
        return 0;
    }
    if (axis->kind == AXIS_ATTAINMENT) {
        *out = doc->from_ppm;
        return 0;
    }
    return payplan_decimal(doc->from, scale_of(axis), &given, out, err);
}

static int make_axis(struct payplan *plan, const struct payplan_axis *axis, struct rate_axis *out, struct err *err)
{
    int64_t *from = arena_array(&plan->arena, int64_t, axis->doc->n_bands + 1);

    for (size_t i = 0; i < axis->doc->n_bands; i++)
        if (payplan_axis_begin(axis, i, &from[i], err) != 0)
            return -1;
    *out = (struct rate_axis) { from, axis->doc->n_bands };
    return 0;
}

/* One row's cells, where they belong. */
static int make_row(struct payplan *plan, const struct payplan_component *component, const Bihuan__PayRow *row,
                    int64_t *cells, bool *given, struct err *err)
{
    const struct rate_grid *grid = component->grid;
    size_t bands[RATE_GRID_AXES_MAX], width = grid->table.band_count, at;

    if (row->n_at != grid->axis_count)
        return err_fail(err, ERR_INVALID, "bad_row", "a row names %zu bands, of %zu axes", row->n_at, grid->axis_count);
    for (size_t a = 0; a < grid->axis_count; a++) {
        if (row->at[a] < 1 || row->at[a] > grid->axes[a].count)
            return err_fail(err, ERR_INVALID, "bad_row", "axis %zu has no band %u", a + 1, row->at[a]);
        bands[a] = row->at[a] - 1;
    }
    at = rate_grid_row(grid, bands) * width;
    for (size_t k = 0; k < width; k++) {
        Bihuan__PayBand band = BIHUAN__PAY_BAND__INIT;

        if (k < row->n_rates_ppm)
            band.rate_ppm = row->rates_ppm[k];
        if (k < row->n_amounts)
            band.amount = row->amounts[k];
        given[at + k] = k < (row->n_amounts ? row->n_amounts : row->n_rates_ppm);
        if (payplan_band_rate(&band, grid->table.kind, &component->measure, plan->digits, &cells[at + k], err) != 0)
            return -1;
    }
    return 0;
}

int payplan_axes_make(struct payplan *plan, struct payplan_component *component, struct err *err)
{
    struct rate_grid *grid = arena_new(&plan->arena, struct rate_grid);
    size_t cells;
    int64_t *values;
    bool *given;

    component->grid = grid;
    grid->table = component->table;
    grid->axis_count = component->axis_count;
    for (size_t a = 0; a < grid->axis_count; a++)
        if (make_axis(plan, &component->axes[a], &grid->axes[a], err) != 0)
            return -1;
    cells = rate_grid_rows(grid) * grid->table.band_count;
    values = arena_array(&plan->arena, int64_t, cells + 1);
    given = arena_array(&plan->arena, bool, cells + 1);
    grid->cells = values;
    grid->given = given;
    for (size_t i = 0; cells && i < component->doc->n_rows; i++)
        if (make_row(plan, component, component->doc->rows[i], values, given, err) != 0)
            return -1;
    return rate_grid_check(grid, &plan->arena, err);
}

/* --- classes ---------------------------------------------------------------------------------------------------------
 */

int64_t payplan_axis_class(const struct payplan_axis *axis, const char *code)
{
    for (size_t i = 0; i < axis->doc->n_bands; i++) {
        const Bihuan__PayAxisBand *band = axis->doc->bands[i];

        for (size_t j = 0; j < band->n_is; j++)
            if (strcmp(band->is[j], code) == 0)
                return (int64_t)i;
        if (!band->n_is)
            return (int64_t)i;
    }
    return -1;
}

/* --- the row of a payee ----------------------------------------------------------------------------------------------
 */

/* By the line a closed period's row stands, as all else of it does; recomputed, it is as if all had come in time. */
static int value_of(const struct payplan_component *component, const struct payplan_input *input, size_t a,
                    int64_t *value, const char **reason, struct err *err)
{
    const struct payplan_place *place = &input->places[a];
    int64_t volume = place->volume + (component->clawback == CLAWBACK_LINE ? 0 : place->late);
    __int128 num, den;

    switch (component->axes[a].kind) {
    case AXIS_VOLUME:
        *value = volume;
        return 0;
    case AXIS_ATTAINMENT:
        *value = 0;
        if (place->given <= 0 || input->days_in_force <= 0) {
            *reason = "no_target";
            return 0;
        }
        if (fixed_mul128((__int128)volume * FIXED_PPM, input->days, &num, err) != 0 ||
            fixed_mul128(place->given, input->days_in_force, &den, err) != 0)
            return -1;
        return fixed_div_round(num, den, ROUND_FLOOR, value, err);
    case AXIS_SCORE:
        *value = place->given;
        *reason = place->known ? *reason : "no_score";
        return 0;
    case AXIS_MONTHS:
        *value = place->given;
        return 0;
    case AXIS_TYPE:
    case AXIS_CHANNEL:
        *value = place->given;
        *reason = place->known ? *reason : "no_class";
        return 0;
    case AXIS_NONE:
        break;
    }
    return err_fail(err, ERR_INVALID, "bad_axis", "axis %zu goes by nothing", a + 1);
}

int payplan_axes_place(const struct payplan_component *component, const struct payplan_input *input,
                       struct payplan_output *out, const char **reason, struct err *err)
{
    *reason = "";
    out->row = 0;
    if (!component->grid)
        return 0;
    if (!input->places)
        return err_fail(err, ERR_INVALID, "no_places", "nothing is said of the axes");
    for (size_t a = 0; a < component->axis_count; a++) {
        if (value_of(component, input, a, &out->value[a], reason, err) != 0)
            return -1;
        out->band[a] = rate_axis_band(&component->grid->axes[a], out->value[a]);
    }
    out->row = rate_grid_row(component->grid, out->band);
    return 0;
}

/* --- words -----------------------------------------------------------------------------------------------------------
 */

static const char *number_words(const struct payplan_axis *axis, int64_t value, struct arena *arena)
{
    char text[DECIMAL_TEXT_MAX];

    if (axis->kind == AXIS_ATTAINMENT) {
        decimal_print(text, value / 100, 2, ','); /* hundredths of a percent */
        return arena_printf(arena, "%s%%", text);
    }
    decimal_print(text, value, scale_of(axis), ',');
    return arena_strdup(arena, text);
}

static const char *name_words(const struct payplan_axis *axis, bool zh)
{
    switch (axis->kind) {
    case AXIS_SCORE:
        return zh ? "得分" : "score";
    case AXIS_MONTHS:
        return zh ? "在岗月数" : "months of service";
    case AXIS_TYPE:
        return zh ? "单元类型" : "type";
    case AXIS_CHANNEL:
        return zh ? "渠道" : "channel";
    default:
        return axis->doc->measure;
    }
}

static const char *class_words(const struct payplan_axis *axis, size_t band, bool zh, struct arena *arena)
{
    const Bihuan__PayAxisBand *doc = axis->doc->bands[band];
    const char *words = "";

    for (size_t i = 0; i < doc->n_is; i++)
        words = arena_printf(arena, "%s%s%s", words, i ? ", " : "", doc->is[i]);
    return doc->n_is ? words : zh ? "其余" : "any other";
}

static const char *band_words(const struct payplan_component *component, size_t a, size_t band, bool zh,
                              struct arena *arena)
{
    const struct payplan_axis *axis = &component->axes[a];
    const struct rate_axis *bands = &component->grid->axes[a];
    const char *from;

    if (payplan_axis_by_class(axis->kind))
        return class_words(axis, band, zh, arena);
    from = number_words(axis, bands->from[band], arena);
    if (band + 1 == bands->count)
        return arena_printf(arena, zh ? "%s 及以上" : "%s and above", from);
    return arena_printf(arena, zh ? "%s 至不足 %s" : "%s to below %s", from,
                        number_words(axis, bands->from[band + 1], arena));
}

const char *payplan_axes_words(const struct payplan_component *component, size_t row, const struct payplan_output *out,
                               bool zh, struct arena *arena)
{
    size_t bands[RATE_GRID_AXES_MAX];
    const char *words = "";

    rate_grid_bands_of(component->grid, row, bands);
    for (size_t a = 0; a < component->axis_count; a++) {
        const struct payplan_axis *axis = &component->axes[a];
        const char *band = band_words(component, a, bands[a], zh, arena), *name = name_words(axis, zh);

        words = out && !payplan_axis_by_class(axis->kind)
                    ? arena_printf(arena, "%s%s%s %s (%s)", words, a ? "; " : "", name,
                                   number_words(axis, out->value[a], arena), band)
                    : arena_printf(arena, "%s%s%s %s", words, a ? "; " : "", name, band);
    }
    return words;
}
