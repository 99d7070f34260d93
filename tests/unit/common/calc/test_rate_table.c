/* Tiers: each kind by hand, cliffs, limits, refusals, and against a naive evaluation. */
#include "calc_test.h"

#include "calc/rate_table.h"

/* Quota 100,000: below 100 % 6 %, to 150 % 8 %, above 10 %. */
static const struct rate_band tiers[] = { { 0, 100000, 60000, 0 },
                                          { 100000, 150000, 80000, 0 },
                                          { 150000, RATE_OPEN, 100000, 0 } };
/* The same in fen. */
static const struct rate_band tiers_fen[] = { { 0, 10000000, 60000, 0 },
                                              { 10000000, 15000000, 80000, 0 },
                                              { 15000000, RATE_OPEN, 100000, 0 } };
/* 0 % rising to 10 % at 100,000, then 10 %. */
static const struct rate_band ramp[] = { { 0, 100000, 0, 100000 }, { 100000, RATE_OPEN, 100000, 0 } };
static const struct rate_band steps[] = { { 50, 80, 1000, 0 }, { 80, RATE_OPEN, 2500, 0 } };

static void pays_by_each_kind(void **state)
{
    static const struct {
        const char *why;
        struct rate_table table;
        int64_t x, want;
    } rows[] = {
        { "graduated 6000 + 4000 + 1000", { .kind = RATE_GRADUATED, .bands = tiers, .band_count = 3 }, 160000, 11000 },
        { "slab 10 % of all", { .kind = RATE_SLAB, .bands = tiers, .band_count = 3 }, 160000, 16000 },
        { "slab just below the tier: 5,999.94",
          { .kind = RATE_SLAB, .bands = tiers_fen, .band_count = 3 },
          9999900,
          599994 },
        { "slab on the tier: 8,000", { .kind = RATE_SLAB, .bands = tiers_fen, .band_count = 3 }, 10000000, 800000 },
        { "graduated on the tier: no jump", { .kind = RATE_GRADUATED, .bands = tiers, .band_count = 3 }, 100000, 6000 },
        { "interpolated 5 % at half way", { .kind = RATE_INTERPOLATED, .bands = ramp, .band_count = 2 }, 50000, 2500 },
        { "interpolated in the open band",
          { .kind = RATE_INTERPOLATED, .bands = ramp, .band_count = 2 },
          200000,
          20000 },
        { "linear amount at half way", { .kind = RATE_LINEAR, .bands = ramp, .band_count = 2 }, 50000, 50000 },
        { "linear amount beyond", { .kind = RATE_LINEAR, .bands = ramp, .band_count = 2 }, 900000, 100000 },
        { "flat below the first band", { .kind = RATE_FLAT, .bands = steps, .band_count = 2 }, 49, 0 },
        { "flat first step", { .kind = RATE_FLAT, .bands = steps, .band_count = 2 }, 50, 1000 },
        { "flat second step, half-open", { .kind = RATE_FLAT, .bands = steps, .band_count = 2 }, 80, 2500 },
        { "below the threshold nothing, not even the floor",
          { .kind = RATE_SLAB,
            .bands = tiers,
            .band_count = 3,
            .has_threshold = true,
            .threshold = 50000,
            .has_floor = true,
            .floor = 4000 },
          49999,
          0 },
        { "from the threshold on the floor",
          { .kind = RATE_SLAB,
            .bands = tiers,
            .band_count = 3,
            .has_threshold = true,
            .threshold = 50000,
            .has_floor = true,
            .floor = 4000 },
          50000,
          4000 },
        { "the cap",
          { .kind = RATE_SLAB, .bands = tiers, .band_count = 3, .has_cap = true, .cap = 9000 },
          160000,
          9000 },
        { "taken back below nothing", { .kind = RATE_SLAB, .bands = tiers, .band_count = 3 }, -500, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err;
        int64_t got;

        EXPECT_OK(rows[i].why, rate_table_check(&rows[i].table, &err), err);
        EXPECT_OK(rows[i].why, rate_table_payout(&rows[i].table, rows[i].x, ROUND_HALF_UP, &got, &err), err);
        EXPECT_INT(rows[i].why, got, rows[i].want);
    }
}

static void pays_on_another_base(void **state)
{
    /* attainment decides the rate, revenue earns it: 110 % reaches 8 % of 50,000 */
    static const struct rate_band by_attainment[] = { { 0, 1000000, 60000, 0 }, { 1000000, RATE_OPEN, 80000, 0 } };
    struct rate_table table = { .kind = RATE_SLAB, .bands = by_attainment, .band_count = 2 };
    struct err err;
    int64_t got;
    (void)state;
    EXPECT_OK("slab", rate_table_payout_on(&table, 1100000, 50000, ROUND_HALF_UP, &got, &err), err);
    EXPECT_INT("8 %", got, 4000);
    table.kind = RATE_GRADUATED;
    EXPECT_REFUSED("graduated", rate_table_payout_on(&table, 1100000, 50000, ROUND_HALF_UP, &got, &err), err,
                   "rate_kind");
}

static void refuses_bad_tables(void **state)
{
    static const struct {
        const char *why;
        struct rate_band bands[2];
        size_t count;
        const char *code;
    } rows[] = {
        { "no band", { { 0 } }, 0, "rate_empty" },
        { "a gap", { { 0, 10, 1, 0 }, { 11, RATE_OPEN, 2, 0 } }, 2, "rate_gap" },
        { "an overlap", { { 0, 10, 1, 0 }, { 9, RATE_OPEN, 2, 0 } }, 2, "rate_overlap" },
        { "out of order", { { 10, 20, 1, 0 }, { 0, RATE_OPEN, 2, 0 } }, 2, "rate_unsorted" },
        { "an empty band", { { 5, 5, 1, 0 }, { 5, RATE_OPEN, 2, 0 } }, 2, "rate_empty_band" },
        { "the last one ends", { { 0, 10, 1, 0 }, { 10, 20, 2, 0 } }, 2, "rate_last_closed" },
    };
    struct rate_table table = { .kind = RATE_SLAB };
    struct err err;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        table.bands = rows[i].bands;
        table.band_count = rows[i].count;
        EXPECT_REFUSED(rows[i].why, rate_table_check(&table, &err), err, rows[i].code);
    }
    table = (struct rate_table) {
        .kind = RATE_SLAB, .bands = tiers, .band_count = 3, .has_cap = true, .has_floor = true, .cap = 1, .floor = 2
    };
    EXPECT_REFUSED("floor above cap", rate_table_check(&table, &err), err, "rate_limits");
    table = (struct rate_table) { .bands = tiers, .band_count = 3 };
    EXPECT_REFUSED("no kind", rate_table_check(&table, &err), err, "rate_kind");
}

static void reports_cliffs(void **state)
{
    struct rate_table table = { .kind = RATE_SLAB, .bands = tiers, .band_count = 3 };
    struct rate_cliff cliffs[4];
    struct err err;
    size_t count;
    (void)state;
    EXPECT_OK("slab", rate_table_cliffs(&table, cliffs, 4, &count, &err), err);
    EXPECT_INT("two cliffs", count, 2);
    EXPECT_INT("first at", cliffs[0].at, 100000);
    EXPECT_INT("6 % of it before", cliffs[0].before, 6000);
    EXPECT_INT("8 % of it after", cliffs[0].after, 8000);
    EXPECT_INT("a jump of", cliffs[0].jump, 2000);
    EXPECT_INT("second jump", cliffs[1].jump, 3000);
    table.kind = RATE_GRADUATED;
    EXPECT_OK("graduated", rate_table_cliffs(&table, cliffs, 4, &count, &err), err);
    EXPECT_INT("no cliff", count, 0);
    table.has_threshold = true;
    table.threshold = 50000;
    EXPECT_OK("threshold", rate_table_cliffs(&table, cliffs, 4, &count, &err), err);
    EXPECT_INT("the threshold is one", count == 1 && cliffs[0].at == 50000 && cliffs[0].jump == 3000, 1);
    table = (struct rate_table) { .kind = RATE_SLAB, .bands = tiers, .band_count = 3, .has_cap = true, .cap = 6000 };
    EXPECT_OK("cap", rate_table_cliffs(&table, cliffs, 4, &count, &err), err);
    EXPECT_INT("a cap levels them", count, 0);
    table = (struct rate_table) { .kind = RATE_FLAT, .bands = steps, .band_count = 2 };
    EXPECT_OK("flat", rate_table_cliffs(&table, cliffs, 1, &count, &err), err);
    EXPECT_INT("both counted though one fits", count == 2 && cliffs[0].at == 50 && cliffs[0].jump == 1000, 1);
}

/* F(x) * 1,000,000 by walking: graduated unit by unit, others from the band found by scanning. */
static __int128 naive_ppm(const struct rate_table *t, int64_t x)
{
    __int128 sum = 0;

    for (size_t k = 0; k < t->band_count; k++) {
        if (t->kind == RATE_GRADUATED)
            for (int64_t u = t->bands[k].lo; u < x && u < t->bands[k].hi; u++)
                sum += t->bands[k].rate;
        else if (t->bands[k].lo <= x && x < t->bands[k].hi)
            sum = (__int128)t->bands[k].rate * (t->kind == RATE_SLAB ? x : FIXED_PPM);
    }
    return sum;
}

/* As walked; monotone where rates never fall; interpolated within its band's ends. */
static void properties(void **state)
{
    static const enum rate_kind kinds[] = { RATE_GRADUATED, RATE_SLAB, RATE_FLAT };
    (void)state;
    for (int n = 0; n < 2000; n++) {
        struct rate_band bands[5];
        struct rate_table t = { .kind = kinds[n % 3], .bands = bands, .band_count = (size_t)draw_int(1, 5) };
        int64_t at = draw_int(0, 20), rate = 0, x = draw_int(0, 600), a, b;
        struct fixed_ratio exact;

        for (size_t k = 0; k < t.band_count; k++) {
            bands[k] = (struct rate_band) { at, at + draw_int(1, 100), rate += draw_int(0, 100000), 0 };
            bands[k].rate_hi = rate + draw_int(0, 1000);
            at = bands[k].hi;
        }
        bands[t.band_count - 1].hi = RATE_OPEN;
        assert_int_equal(rate_table_check(&t, NULL), 0);
        assert_int_equal(rate_table_exact(&t, x, &exact, NULL), 0);
        assert_true(exact.num * FIXED_PPM == naive_ppm(&t, x) * exact.den);
        assert_int_equal(rate_table_payout(&t, x, ROUND_HALF_UP, &a, NULL), 0);
        assert_int_equal(rate_table_payout(&t, x + draw_int(0, 50), ROUND_HALF_UP, &b, NULL), 0);
        assert_true(b >= a);
        t.kind = RATE_LINEAR;
        size_t k = rate_table_band(&t, x);
        assert_int_equal(rate_table_payout(&t, x, ROUND_HALF_UP, &a, NULL), 0);
        if (k != RATE_NO_BAND)
            assert_true(a >= bands[k].rate && a <= bands[k].rate_hi);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pays_by_each_kind),  cmocka_unit_test(pays_on_another_base),
        cmocka_unit_test(refuses_bad_tables), cmocka_unit_test(reports_cliffs),
        cmocka_unit_test(properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
