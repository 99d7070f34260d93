/* Payout to the order line: lines are the total, a reversal undoes its order. */
#include "calc_test.h"

#include "calc/telescope.h"

static const struct rate_band tiers[] = { { 0, 100000, 60000, 0 },
                                          { 100000, 150000, 80000, 0 },
                                          { 150000, RATE_OPEN, 100000, 0 } };
static const struct rate_table slab = { .kind = RATE_SLAB, .bands = tiers, .band_count = 3 };
static const struct rate_table graduated = { .kind = RATE_GRADUATED, .bands = tiers, .band_count = 3 };

static struct telescope_sum run(const struct rate_table *table, enum telescope_lift lift, struct telescope_line *lines,
                                size_t count)
{
    struct telescope_sum sum;
    struct arena arena;
    struct err err;

    arena_init(&arena);
    EXPECT_OK("lines", telescope_lines(table, lift, ROUND_HALF_UP, lines, count, &arena, &sum, &err), err);
    arena_fini(&arena);
    return sum;
}

static void attributes_by_hand(void **state)
{
    (void)state;
    /* given out of order; 90,000 at 6 % = 5,400; with 20,000 more all is at 8 % = 8,800 */
    struct telescope_line lines[] = { { 2, "b", 20000, 0, 0 }, { 1, "a", 90000, 0, 0 } };
    struct telescope_sum sum = run(&slab, TELESCOPE_LIFT_ON_CROSSING, lines, 2);
    EXPECT_INT("total", sum.total, 8800);
    assert_string_equal(lines[0].id, "a");
    EXPECT_INT("first line at 6 %", lines[0].payout, 5400);
    EXPECT_INT("crossing line", lines[1].payout, 3400);
    EXPECT_INT("of which 2 % of 90,000 is lift", lines[1].lift, 1800);
    run(&slab, TELESCOPE_LIFT_SPREAD, lines, 2);
    EXPECT_INT("spread: 8 % of 90,000", lines[0].payout, 7200);
    EXPECT_INT("spread: 8 % of 20,000", lines[1].payout, 1600);
    run(&graduated, TELESCOPE_LIFT_SPREAD, lines, 2);
    EXPECT_INT("graduated: 10,000 at 6 % and 10,000 at 8 %", lines[1].payout, 1400);
    EXPECT_INT("no lift", lines[1].lift, 0);
}

static void gives_what_is_paid_for_nothing_as_opening(void **state)
{
    static const struct rate_band bands[] = { { 0, 10, 50, 0 }, { 10, RATE_OPEN, 90, 0 } };
    struct rate_table flat = { .kind = RATE_FLAT, .bands = bands, .band_count = 2 };
    struct telescope_line lines[] = { { 1, "a", 12, 0, 0 }, { 2, "a", -12, 0, 0 } };
    struct telescope_sum sum = run(&flat, TELESCOPE_LIFT_UNSET, lines, 2);
    (void)state;
    EXPECT_INT("opening", sum.opening, 50);
    EXPECT_INT("the step", lines[0].payout, 40);
    EXPECT_INT("taken back", lines[1].payout, -40);
    EXPECT_INT("total", sum.total, 50);
}

static void refuses_a_line_twice(void **state)
{
    struct telescope_line lines[] = { { 1, "a", 1, 0, 0 }, { 1, "a", 1, 0, 0 } };
    struct telescope_sum sum;
    struct err err;
    (void)state;
    EXPECT_REFUSED("twice", telescope_lines(&slab, 0, ROUND_DOWN, lines, 2, NULL, &sum, &err), err, "duplicate_line");
}

static void claws_back_by_either_policy(void **state)
{
    struct err err;
    int64_t got;
    (void)state;
    /* 90,000 then 20,000 under slab, the first (paid 5,400) is cancelled */
    EXPECT_OK("line", telescope_clawback(&slab, CLAWBACK_LINE, ROUND_HALF_UP, 110000, 90000, 5400, &got, &err), err);
    EXPECT_INT("its own payout", got, -5400);
    EXPECT_OK("recompute",
              telescope_clawback(&slab, CLAWBACK_RECOMPUTE, ROUND_HALF_UP, 110000, 90000, 5400, &got, &err), err);
    EXPECT_INT("6 % of 20,000 - 8,800", got, -7600);
    EXPECT_REFUSED("no policy", telescope_clawback(&slab, CLAWBACK_UNSET, ROUND_DOWN, 1, 1, 1, &got, &err), err,
                   "clawback_policy");
}

static void draw_table(struct rate_table *table, struct rate_band *bands)
{
    int64_t at = 0;

    *table = (struct rate_table) { .kind = (enum rate_kind)draw_int(RATE_GRADUATED, RATE_LINEAR),
                                   .bands = bands,
                                   .band_count = (size_t)draw_int(1, 5) };
    for (size_t k = 0; k < table->band_count; k++) {
        bands[k] = (struct rate_band) { at, at + draw_int(1, 5000), draw_int(0, 200000), draw_int(0, 200000) };
        at = bands[k].hi;
    }
    bands[table->band_count - 1].hi = RATE_OPEN;
    table->has_cap = draw() % 4 == 0;
    table->cap = draw_int(100, 1000);
    table->has_threshold = draw() % 4 == 0;
    table->threshold = draw_int(0, 3000);
    table->has_floor = draw() % 4 == 0;
    table->floor = draw_int(0, 100);
}

#define LINES 30

static int64_t paid(const struct telescope_line *lines, size_t count)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += lines[i].payout;
    return sum;
}

/* lines = total = direct; shuffled lines pay the same each; orders with all their reversals come to nothing. */
static void properties(void **state)
{
    static char ids[2 * LINES][16];
    (void)state;
    for (int i = 0; i < 2 * LINES; i++)
        snprintf(ids[i], sizeof ids[i], "L%d", i);
    for (int n = 0; n < 2000; n++) {
        struct telescope_line lines[2 * LINES] = { 0 }, other[2 * LINES];
        struct rate_band bands[5];
        struct rate_table table;
        size_t count = (size_t)draw_int(1, LINES);
        enum telescope_lift lift = draw() % 2 ? TELESCOPE_LIFT_ON_CROSSING : TELESCOPE_LIFT_SPREAD;
        int64_t amount = 0, direct;

        draw_table(&table, bands);
        for (size_t i = 0; i < count; i++) {
            lines[i] = (struct telescope_line) { draw_int(0, 20), ids[i], draw_int(-800, 2000), 0, 0 };
            amount += lines[i].amount;
        }
        for (size_t i = 0; i < count; i++)
            other[i] = lines[count - 1 - i];
        struct telescope_sum sum = run(&table, lift, lines, count);
        run(&table, lift, other, count);
        assert_int_equal(sum.amount, amount);
        assert_int_equal(rate_table_payout(&table, amount, ROUND_HALF_UP, &direct, NULL), 0);
        assert_int_equal(sum.total, direct);
        assert_int_equal(sum.opening + paid(lines, count), direct);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(lines[i].payout, other[i].payout);
        for (size_t i = 0; i < count; i++) /* reversals arrive in any order, even before their order */
            lines[count + i] = (struct telescope_line) { draw_int(0, 40), ids[LINES + i], -lines[i].amount, 0, 0 };
        run(&table, lift, lines, 2 * count);
        assert_int_equal(paid(lines, 2 * count), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_by_hand),   cmocka_unit_test(gives_what_is_paid_for_nothing_as_opening),
        cmocka_unit_test(refuses_a_line_twice), cmocka_unit_test(claws_back_by_either_policy),
        cmocka_unit_test(properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
