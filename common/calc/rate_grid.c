/* rate_grid: see rate_grid.h. */
#include "calc/rate_grid.h"

#include <string.h>

size_t rate_grid_rows(const struct rate_grid *grid)
{
    size_t rows = 1;

    for (size_t a = 0; a < grid->axis_count; a++) {
        rows *= grid->axes[a].count;
        if (rows > RATE_GRID_CELLS_MAX)
            return 0;
    }
    return rows;
}

static int check_axis(const struct rate_grid *grid, size_t a, struct err *err)
{
    const struct rate_axis *axis = &grid->axes[a];

    if (axis->count == 0)
        return err_fail(err, ERR_INVALID, "axis_empty", "axis %zu has no band", a + 1);
    for (size_t i = 1; i < axis->count; i++)
        if (axis->from[i] <= axis->from[i - 1])
            return err_fail(err, ERR_INVALID, "axis_unsorted",
                            "band %zu of axis %zu begins at %lld, not above the one before it", i + 1, a + 1,
                            (long long)axis->from[i]);
    return 0;
}

static int check_row(const struct rate_grid *grid, size_t row, struct arena *scratch, struct err *err)
{
    size_t width = grid->table.band_count;
    struct rate_table table;

    for (size_t k = 0; grid->given && k < width; k++)
        if (!grid->given[row * width + k])
            return err_fail(err, ERR_INVALID, "cell_missing", "row %zu has no rate for band %zu", row + 1, k + 1);
    rate_grid_slice(grid, row, scratch, &table);
    return rate_table_check(&table, err);
}

int rate_grid_check(const struct rate_grid *grid, struct arena *scratch, struct err *err)
{
    size_t rows;

    if (grid->axis_count > RATE_GRID_AXES_MAX)
        return err_fail(err, ERR_INVALID, "axis_count", "%zu axes are more than %d", grid->axis_count,
                        RATE_GRID_AXES_MAX);
    for (size_t a = 0; a < grid->axis_count; a++)
        if (check_axis(grid, a, err) != 0)
            return -1;
    rows = rate_grid_rows(grid);
    if (!rows || rows * grid->table.band_count > RATE_GRID_CELLS_MAX)
        return err_fail(err, ERR_INVALID, "cell_count", "the table has more than %d cells", RATE_GRID_CELLS_MAX);
    for (size_t row = 0; row < rows; row++)
        if (check_row(grid, row, scratch, err) != 0)
            return -1;
    return 0;
}

size_t rate_axis_band(const struct rate_axis *axis, int64_t value)
{
    size_t lo = 0, hi = axis->count; /* bands before lo begin at or below the value */

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (axis->from[mid] <= value)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo == 0 ? 0 : lo - 1;
}

size_t rate_grid_row(const struct rate_grid *grid, const size_t *bands)
{
    size_t row = 0;

    for (size_t a = 0; a < grid->axis_count; a++)
        row = row * grid->axes[a].count + bands[a];
    return row;
}

void rate_grid_bands_of(const struct rate_grid *grid, size_t row, size_t *bands)
{
    for (size_t a = grid->axis_count; a-- > 0; row /= grid->axes[a].count)
        bands[a] = row % grid->axes[a].count;
}

void rate_grid_slice(const struct rate_grid *grid, size_t row, struct arena *arena, struct rate_table *out)
{
    size_t width = grid->table.band_count;
    struct rate_band *bands = arena_array(arena, struct rate_band, width + 1);
    const int64_t *cells = grid->cells + row * width;

    memcpy(bands, grid->table.bands, width * sizeof *bands);
    for (size_t k = 0; k < width; k++) {
        bands[k].rate = cells[k];
        bands[k].rate_hi = k + 1 < width ? cells[k + 1] : 0;
    }
    *out = grid->table;
    out->bands = bands;
}
