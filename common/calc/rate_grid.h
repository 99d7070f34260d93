/* rate_grid: rate tables of several dimensions: which rates hold depends on more than the quantity that is paid for.
 *
 * The first dimension is that of the table itself (rate_table.h): a volume or an attainment in half-open bands. Each
 * further one, an axis, has bands of its own, [from[i], from[i + 1]) with the last one open, over whatever its value is
 * (the attainment of another measure, months, the number of a class). One band of each axis together are a row; a row
 * has one rate, a cell, for each band of the first dimension. So
 *
 *   F(x; v1 .. vn) = F of the table whose rates are those of the row that (v1 .. vn) reaches, at x
 *
 * Rows are numbered with the last axis running fastest: row = (b1 * count2 + b2) * count3 + b3 ... The values choose
 * the row once for the whole sum; so x alone runs along the order lines, and what telescope.h promises of one table
 * holds of each row: lines come to the total exactly, and an order and its full reversal to nothing. Pure; integers
 * only. Errors: "axis_count", "axis_empty", "axis_unsorted", "cell_count", "cell_missing", and those of
 * rate_table_check().
 */
#ifndef BIHUAN_CALC_RATE_GRID_H
#define BIHUAN_CALC_RATE_GRID_H

#include "base/arena.h"
#include "calc/rate_table.h"

#define RATE_GRID_AXES_MAX  4
#define RATE_GRID_CELLS_MAX 4096

struct rate_axis {
    const int64_t *from; /* beginnings, ascending; the first band takes what is below it as well */
    size_t count;
};

/* Borrows all that it points to. */
struct rate_grid {
    struct rate_table table; /* kind, limits, `per`, and bands; the bands' rates aren't read */
    struct rate_axis axes[RATE_GRID_AXES_MAX];
    size_t axis_count;    /* 0: the grid is one row */
    const int64_t *cells; /* row after row, each of table.band_count rates or amounts */
    const bool *given;    /* by cell; NULL: all are */
};

/* How many rows the axes make; 0 where that overflows RATE_GRID_CELLS_MAX. */
size_t rate_grid_rows(const struct rate_grid *grid);

/* 0 when the grid may be published: sorted axes, a cell for each band of each row, and each row a good table. */
int rate_grid_check(const struct rate_grid *grid, struct arena *scratch, struct err *err);

/* The band of an axis that holds the value. */
size_t rate_axis_band(const struct rate_axis *axis, int64_t value);

/* The row of one band of each axis, and back. */
size_t rate_grid_row(const struct rate_grid *grid, const size_t *bands);
void rate_grid_bands_of(const struct rate_grid *grid, size_t row, size_t *bands);

/* The row's table; its bands in the arena. */
void rate_grid_slice(const struct rate_grid *grid, size_t row, struct arena *arena, struct rate_table *out);

#endif
