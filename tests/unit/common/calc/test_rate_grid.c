/* Rate tables of several dimensions: rows by hand, half-open edges, refusals; each row is the table that somebody would
 * have written for it alone, and its lines telescope. */
#include "calc_test.h"

#include "calc/rate_grid.h"
#include "calc/telescope.h"

static struct arena arena;

/* Quota 100; below it, and from it on. Beside it: quality below 80, to 95, above; and months below 12, from 12 on. */
static const struct rate_band bands[] = { { 0, 100, 0, 0 }, { 100, RATE_OPEN, 0, 0 } };
static const int64_t quality[] = { 0, 80, 95 }, months[] = { 0, 12 };
static const int64_t cells[] = {
    10, 15, /* below 80, below 12 months */
    11, 16, /* below 80, from 12 months on */
    20, 30, /* 80 to 95 ... */
    22, 33, 40, 60, 44, 66,
};

static struct rate_grid grid_of(enum rate_kind kind)
{
    return (struct rate_grid) { .table = { .kind = kind, .bands = bands, .band_count = 2 },
                                .axes = { { quality, 3 }, { months, 2 } },
                                .axis_count = 2,
                                .cells = cells };
}

/* Amounts of FLAT tables are what the cell says. */
static void the_cell_by_hand(void **state)
{
    static const struct {
        const char *why;
        int64_t quality, months, x, want;
    } rows[] = {
        { "the first of all", 0, 0, 0, 10 },
        { "below everything counts as the first", -5, -1, 0, 10 },
        { "one below each edge", 79, 11, 99, 10 },
        { "at the edge of the first dimension", 79, 11, 100, 15 },
        { "at the edge of the second", 80, 11, 99, 20 },
        { "at the edge of the third", 79, 12, 99, 11 },
        { "at all edges", 80, 12, 100, 33 },
        { "one below the last band of quality", 94, 12, 100, 33 },
        { "the last of all", 95, 12, 100, 66 },
        { "far beyond", INT64_MAX, INT64_MAX, INT64_MAX, 66 },
    };
    struct rate_grid grid = grid_of(RATE_FLAT);
    struct err err;

    (void)state;
    EXPECT_OK("the grid", rate_grid_check(&grid, &arena, &err), err);
    EXPECT_INT("rows", rate_grid_rows(&grid), 6);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t at[] = { rate_axis_band(&grid.axes[0], rows[i].quality), rate_axis_band(&grid.axes[1], rows[i].months) };
        struct rate_table table;
        int64_t got;

        rate_grid_slice(&grid, rate_grid_row(&grid, at), &arena, &table);
        EXPECT_OK(rows[i].why, rate_table_payout(&table, rows[i].x, ROUND_HALF_UP, &got, &err), err);
        EXPECT_INT(rows[i].why, got, rows[i].want);
    }
}

static void rows_and_back(void **state)
{
    struct rate_grid grid = grid_of(RATE_FLAT);
    size_t at[2];

    (void)state;
    for (size_t row = 0; row < 6; row++) {
        rate_grid_bands_of(&grid, row, at);
        EXPECT_INT("the last axis runs fastest", at[1], row % 2);
        EXPECT_INT("there and back", rate_grid_row(&grid, at), row);
    }
}

static void refusals(void **state)
{
    static const int64_t falling[] = { 0, 12, 12 };
    struct rate_grid grid = grid_of(RATE_SLAB);
    bool given[COUNT_OF(cells)];
    struct err err;

    (void)state;
    memset(given, 1, sizeof given);
    grid.given = given;
    EXPECT_OK("all are given", rate_grid_check(&grid, &arena, &err), err);
    given[7] = false;
    EXPECT_REFUSED("a hole", rate_grid_check(&grid, &arena, &err), err, "cell_missing");
    given[7] = true;
    grid.axes[1] = (struct rate_axis) { falling, 3 };
    EXPECT_REFUSED("two bands begin there", rate_grid_check(&grid, &arena, &err), err, "axis_unsorted");
    grid.axes[1] = (struct rate_axis) { months, 0 };
    EXPECT_REFUSED("no band", rate_grid_check(&grid, &arena, &err), err, "axis_empty");
    grid = grid_of(RATE_UNSET);
    EXPECT_REFUSED("no kind", rate_grid_check(&grid, &arena, &err), err, "rate_kind");
    grid.axis_count = RATE_GRID_AXES_MAX + 1;
    EXPECT_REFUSED("five axes", rate_grid_check(&grid, &arena, &err), err, "axis_count");
}

/* --- properties ------------------------------------------------------------------------------------------------------
 */

struct drawn {
    struct rate_grid grid;
    struct rate_band bands[4];
    int64_t from[RATE_GRID_AXES_MAX][4];
    int64_t cells[256];
};

static void draw_ascending(int64_t *from, size_t count)
{
    from[0] = 0;
    for (size_t i = 1; i < count; i++)
        from[i] = from[i - 1] + draw_int(1, 50);
}

/* `axes` of them; rates rise along the bands and along each axis. */
static void draw_grid(struct drawn *drawn, enum rate_kind kind, size_t axes)
{
    size_t width = (size_t)draw_int(1, 4), at[RATE_GRID_AXES_MAX];
    int64_t from[4];

    *drawn = (struct drawn) { .grid = { .table = { .kind = kind, .bands = drawn->bands, .band_count = width },
                                        .axis_count = axes,
                                        .cells = drawn->cells } };
    draw_ascending(from, width);
    for (size_t k = 0; k < width; k++)
        drawn->bands[k] = (struct rate_band) { from[k], k + 1 < width ? from[k + 1] : RATE_OPEN, 0, 0 };
    for (size_t a = 0; a < axes; a++) {
        drawn->grid.axes[a] = (struct rate_axis) { drawn->from[a], (size_t)draw_int(2, 3) };
        draw_ascending(drawn->from[a], drawn->grid.axes[a].count);
    }
    for (size_t row = 0; row < rate_grid_rows(&drawn->grid); row++) {
        int64_t sum = 0;

        rate_grid_bands_of(&drawn->grid, row, at);
        for (size_t a = 0; a < axes; a++)
            sum += 30000 * (int64_t)at[a];
        for (size_t k = 0; k < width; k++)
            drawn->cells[row * width + k] = sum + 10000 * (int64_t)(k + 1) + draw_int(0, 9999);
    }
}

static void lines_telescope_in_every_row(void **state)
{
    static const enum rate_kind kinds[] = { RATE_GRADUATED, RATE_SLAB, RATE_INTERPOLATED, RATE_FLAT };

    (void)state;
    for (int round = 0; round < 400; round++) {
        struct telescope_line lines[12];
        struct telescope_sum sum;
        struct rate_table table;
        struct drawn drawn;
        int64_t total = 0, paid = 0, whole;
        struct err err;

        draw_grid(&drawn, kinds[round % 4], 1 + (size_t)round / 4 % 3); /* every kind with every number of axes */
        EXPECT_OK("a good grid", rate_grid_check(&drawn.grid, &arena, &err), err);
        rate_grid_slice(&drawn.grid, (size_t)draw_int(0, (int64_t)rate_grid_rows(&drawn.grid) - 1), &arena, &table);
        for (size_t i = 0; i < COUNT_OF(lines); i++) {
            lines[i] = (struct telescope_line) { draw_int(0, 9), arena_printf(&arena, "l%zu", i), draw_int(-5, 40), 0,
                                                 0 };
            total += lines[i].amount;
        }
        EXPECT_OK("lines",
                  telescope_lines(&table, TELESCOPE_LIFT_ON_CROSSING, ROUND_HALF_UP, lines, COUNT_OF(lines), &arena,
                                  &sum, &err),
                  err);
        for (size_t i = 0; i < COUNT_OF(lines); i++)
            paid += lines[i].payout;
        EXPECT_OK("whole", rate_table_payout(&table, total, ROUND_HALF_UP, &whole, &err), err);
        EXPECT_INT("lines are the whole", sum.opening + paid, whole);
        arena_reset(&arena);
    }
}

/* Where the cells rise along an axis, so does what is paid. */
static void rises_with_its_cells(void **state)
{
    (void)state;
    for (int round = 0; round < 400; round++) {
        int64_t x = draw_int(0, 300), before = INT64_MIN;
        size_t at[RATE_GRID_AXES_MAX];
        struct drawn drawn;
        struct err err;

        draw_grid(&drawn, round % 2 ? RATE_GRADUATED : RATE_SLAB, 2);
        at[0] = (size_t)draw_int(0, (int64_t)drawn.grid.axes[0].count - 1);
        for (int64_t value = 0; value < 160; value += 3) {
            struct rate_table table;
            int64_t paid;

            at[1] = rate_axis_band(&drawn.grid.axes[1], value);
            rate_grid_slice(&drawn.grid, rate_grid_row(&drawn.grid, at), &arena, &table);
            EXPECT_OK("paid", rate_table_payout(&table, x, ROUND_HALF_UP, &paid, &err), err);
            if (paid < before)
                fail_msg("%lld pays %lld, less than %lld below it", (long long)value, (long long)paid,
                         (long long)before);
            before = paid;
        }
        arena_reset(&arena);
    }
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cell_by_hand),
        cmocka_unit_test(rows_and_back),
        cmocka_unit_test(refusals),
        cmocka_unit_test(lines_telescope_in_every_row),
        cmocka_unit_test(rises_with_its_cells),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
