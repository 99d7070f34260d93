/* The cube against plain arrays. */
#include "calc_test.h"

#include "calc/cube.h"

#define FIRST 20454
#define DAYS  92

static struct cube *cube_of(int32_t first, int32_t last)
{
    struct cube *cube;
    struct err err;

    EXPECT_OK("cube", cube_new(&cube, first, last, &err), err);
    return cube;
}

static void sums_by_hand(void **state)
{
    struct cube *cube = cube_of(FIRST, FIRST + DAYS - 1);
    struct err err;
    int64_t days[3];
    (void)state;
    EXPECT_OK("sale", cube_add(cube, 7, 2, 3, 4, FIRST + 1, 10, &err), err);
    EXPECT_OK("sale elsewhere", cube_add(cube, 7, 2, 5, 0, FIRST + 40, 5, &err), err);
    EXPECT_OK("cancelled", cube_add(cube, 7, 2, 3, 4, FIRST + 2, -4, &err), err);
    EXPECT_INT("all", cube_sum(cube, 7, 2, 0, INT32_MAX), 11);
    EXPECT_INT("first day alone", cube_sum(cube, 7, 2, FIRST + 1, FIRST + 1), 10);
    EXPECT_INT("empty range", cube_sum(cube, 7, 2, FIRST + 2, FIRST + 1), 0);
    EXPECT_INT("another measure", cube_sum(cube, 7, 3, 0, INT32_MAX), 0);
    EXPECT_INT("another unit", cube_sum(cube, 900000, 2, 0, INT32_MAX), 0);
    EXPECT_INT("channel 3", cube_sum_slice(cube, 7, 2, CUBE_CHANNEL, 3, 0, INT32_MAX), 6);
    EXPECT_INT("channel 5", cube_sum_slice(cube, 7, 2, CUBE_CHANNEL, 5, 0, INT32_MAX), 5);
    EXPECT_INT("product 4", cube_sum_slice(cube, 7, 2, CUBE_PRODUCT, 4, FIRST, FIRST + 1), 10);
    EXPECT_INT("no product", cube_sum_slice(cube, 7, 2, CUBE_PRODUCT, 0, 0, INT32_MAX), 0);
    cube_days(cube, 7, 2, FIRST, FIRST + 2, days);
    EXPECT_INT("days", days[0] == 0 && days[1] == 10 && days[2] == -4, 1);
    assert_true(cube_memory(cube) > 0);
    cube_clear(cube);
    EXPECT_INT("cleared", cube_sum(cube, 7, 2, 0, INT32_MAX), 0);
    EXPECT_INT("slices cleared", cube_sum_slice(cube, 7, 2, CUBE_CHANNEL, 3, 0, INT32_MAX), 0);
    cube_destroy(&cube);
    assert_null(cube);
    cube_destroy(&cube);
}

static void refuses_and_changes_nothing(void **state)
{
    struct cube *cube = cube_of(FIRST, FIRST + 9), *none;
    struct err err;
    (void)state;
    EXPECT_REFUSED("after the window", cube_add(cube, 1, 1, 0, 0, FIRST + 10, 1, &err), err, "cube_day");
    EXPECT_REFUSED("unit", cube_add(cube, CUBE_UNIT_MAX, 1, 0, 0, FIRST, 1, &err), err, "cube_key");
    EXPECT_REFUSED("measure", cube_add(cube, 1, CUBE_MEASURE_MAX, 0, 0, FIRST, 1, &err), err, "cube_key");
    EXPECT_OK("full", cube_add(cube, 1, 1, 2, 0, FIRST, CUBE_CELL_MAX, &err), err);
    EXPECT_OK("total relieved", cube_add(cube, 1, 1, 0, 0, FIRST, -5, &err), err);
    EXPECT_REFUSED("the slice is full", cube_add(cube, 1, 1, 2, 0, FIRST, 1, &err), err, "cube_cell");
    EXPECT_INT("the total is as it was", cube_sum(cube, 1, 1, FIRST, FIRST), CUBE_CELL_MAX - 5);
    EXPECT_OK("wider", cube_grow(cube, FIRST - 40, FIRST + 50, &err), err);
    EXPECT_OK("now inside", cube_add(cube, 1, 1, 0, 0, FIRST - 40, 3, &err), err);
    EXPECT_INT("both", cube_sum(cube, 1, 1, FIRST - 40, FIRST), CUBE_CELL_MAX - 2);
    EXPECT_REFUSED("too wide", cube_grow(cube, 0, FIRST, &err), err, "cube_window");
    EXPECT_REFUSED("before 1970", cube_new(&none, -1, 5, &err), err, "cube_window");
    cube_destroy(&cube);
}

enum { UNITS = 6, MEASURES = 3, MEMBERS = 4 };
struct naive {
    int64_t total[UNITS][MEASURES][DAYS];
    int64_t slice[2][UNITS][MEASURES][MEMBERS][DAYS];
    int64_t iterated;
};

static int64_t naive_sum(const int64_t *days, int64_t from, int64_t to)
{
    int64_t sum = 0;

    for (int64_t d = from < 0 ? 0 : from; d <= to && d < DAYS; d++)
        sum += days[d];
    return sum;
}

static const uint32_t unit_ids[UNITS] = { 0, 1, 1023, 1024, 5000, CUBE_UNIT_MAX - 1 };

static void check_series(uint32_t unit, uint32_t measure, int32_t first_day, const int64_t *values, int32_t day_count,
                         void *arg)
{
    struct naive *naive = arg;
    size_t u = 0;

    while (unit_ids[u] != unit)
        u++;
    for (int32_t i = 0; i < day_count; i++) {
        int32_t d = first_day + i - FIRST;

        assert_int_equal(values[i], d >= 0 && d < DAYS ? naive->total[u][measure][d] : 0);
        naive->iterated += values[i];
    }
}

static void check_slice(uint32_t unit, uint32_t measure, enum cube_dimension dimension, uint16_t member,
                        int32_t first_day, const int64_t *values, void *arg)
{
    struct naive *naive = arg;
    size_t u = 0;

    while (unit_ids[u] != unit)
        u++;
    for (int32_t i = 0; i < CUBE_CHUNK_DAYS; i++) {
        int32_t d = first_day + i - FIRST;

        if (values[i])
            assert_int_equal(values[i], naive->slice[dimension][u][measure][member][d]);
    }
}

static void properties(void **state)
{
    struct cube *cube = cube_of(FIRST, FIRST + DAYS - 1);
    struct naive *naive = calloc(1, sizeof *naive);
    int64_t all = 0;
    (void)state;
    assert_non_null(naive);
    for (int n = 0; n < 100000; n++) {
        int64_t u = draw_int(0, UNITS - 1), m = draw_int(0, MEASURES - 1), d = draw_int(0, DAYS - 1);
        int64_t c = draw_int(0, MEMBERS - 1), p = draw_int(0, MEMBERS - 1), delta = draw_int(-1000, 2000);

        assert_int_equal(
            cube_add(cube, unit_ids[u], (uint32_t)m, (uint16_t)c, (uint16_t)p, FIRST + (int32_t)d, delta, NULL), 0);
        naive->total[u][m][d] += delta;
        naive->slice[CUBE_CHANNEL][u][m][c][d] += delta;
        naive->slice[CUBE_PRODUCT][u][m][p][d] += delta;
        all += delta;
    }
    for (int n = 0; n < 20000; n++) {
        int64_t u = draw_int(0, UNITS - 1), m = draw_int(0, MEASURES - 1), k = draw_int(1, MEMBERS - 1);
        int64_t from = draw_int(-20, DAYS + 20), to = draw_int(-20, DAYS + 20), dim = draw_int(0, 1);

        assert_int_equal(cube_sum(cube, unit_ids[u], (uint32_t)m, FIRST + (int32_t)from, FIRST + (int32_t)to),
                         naive_sum(naive->total[u][m], from, to));
        assert_int_equal(cube_sum_slice(cube, unit_ids[u], (uint32_t)m, (enum cube_dimension)dim, (uint16_t)k,
                                        FIRST + (int32_t)from, FIRST + (int32_t)to),
                         naive_sum(naive->slice[dim][u][m][k], from, to));
    }
    for (int n = 0; n < 100; n++) {
        static int64_t sums[5500];
        int64_t m = draw_int(0, MEASURES), from = draw_int(-20, DAYS + 20), to = draw_int(-20, DAYS + 20);

        cube_sums(cube, (uint32_t)m, FIRST + (int32_t)from, FIRST + (int32_t)to, sums, 5500);
        for (uint32_t u = 0; u < 5500; u++)
            assert_int_equal(sums[u], cube_sum(cube, u, (uint32_t)m, FIRST + (int32_t)from, FIRST + (int32_t)to));
    }
    cube_each(cube, check_series, naive);
    assert_int_equal(naive->iterated, all);
    cube_each_slice(cube, check_slice, naive);
    free(naive);
    cube_destroy(&cube);
}

/* More periods than a measure keeps, each asked day after day, some from further on than before, while facts come in on
 * days before and behind, of units that weren't there: always what the days add up to. */
static void going_on_is_summing_anew(void **state)
{
    static int64_t kept[2200], anew[2200];
    struct cube *cube = cube_of(FIRST, FIRST + DAYS - 1);
    (void)state;
    for (int32_t day = 0; day < DAYS; day++)
        for (int n = 0; n < 12; n++) {
            int64_t from = draw_int(0, 5) * 7, to = day - draw_int(0, 1);
            uint32_t units = (uint32_t)(draw_int(0, 1) ? 2200 : 1 + day * 20), m = (uint32_t)draw_int(0, MEASURES - 1);

            for (int k = 0; k < 40; k++)
                assert_int_equal(cube_add(cube, (uint32_t)draw_int(0, 2199), (uint32_t)draw_int(0, MEASURES - 1), 0, 0,
                                          FIRST + (int32_t)draw_int(0, day), draw_int(-9, 20), NULL),
                                 0);
            cube_sums_on(cube, m, FIRST + (int32_t)from, FIRST + (int32_t)to, kept, units);
            cube_sums(cube, m, FIRST + (int32_t)from, FIRST + (int32_t)to, anew, units);
            assert_memory_equal(kept, anew, units * sizeof kept[0]);
        }
    assert_int_equal(cube_sums_off(cube), 0);
    cube_sums_on(cube, MEASURES + 1, FIRST, FIRST + 5, kept, 10); /* a measure without anything */
    assert_int_equal(kept[0] | kept[9], 0);
    cube_clear(cube);
    cube_sums_on(cube, 0, FIRST, FIRST + 5, kept, 10);
    assert_int_equal(kept[0] | kept[9], 0);
    cube_destroy(&cube);
}

/* Past what it may keep it sums up anew, and holds no more memory. */
static void going_on_has_a_limit(void **state)
{
    enum { MANY = 1 << 20 };
    int64_t *sums = calloc(MANY, sizeof *sums);
    struct cube *cube = cube_of(FIRST, FIRST + DAYS - 1);
    size_t before, with_one;
    (void)state;
    assert_non_null(sums);
    for (uint32_t m = 0; m < 4; m++)
        assert_int_equal(cube_add(cube, MANY - 1, m, 0, 0, FIRST, 7, NULL), 0);
    before = cube_memory(cube);
    cube_sums_on(cube, 0, FIRST, FIRST + 1, sums, MANY);
    with_one = cube_memory(cube);
    assert_int_equal(with_one - before, MANY * sizeof *sums);
    for (uint32_t m = 0; m < 4; m++) {
        cube_sums_on(cube, m, FIRST, FIRST + 1, sums, MANY);
        assert_int_equal(sums[MANY - 1], 7);
    }
    assert_true(cube_memory(cube) - before <= (size_t)16 << 20);
    free(sums);
    cube_destroy(&cube);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(sums_by_hand), cmocka_unit_test(refuses_and_changes_nothing),
                                        cmocka_unit_test(properties), cmocka_unit_test(going_on_is_summing_anew),
                                        cmocka_unit_test(going_on_has_a_limit) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
