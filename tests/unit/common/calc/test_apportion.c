/* Largest remainder: exact, fair to less than one unit, ties by id; proration. */
#include "calc_test.h"

#include "calc/apportion.h"

static void cuts_by_largest_remainder(void **state)
{
    static const struct {
        const char *why;
        int64_t total;
        int64_t weights[4];
        size_t count;
        enum apportion_zero zero;
        int64_t want[4];
    } rows[] = {
        { "10 among 6, 6, 2: 4.29 4.29 1.43, the last has the largest remainder",
          10,
          { 6, 6, 2 },
          3,
          APPORTION_ZERO_REFUSE,
          { 4, 4, 2 } },
        { "11: 4.71 4.71 1.57: a raised total lowers the last part",
          11,
          { 6, 6, 2 },
          3,
          APPORTION_ZERO_REFUSE,
          { 5, 5, 1 } },
        { "a tie goes to the smaller id", 1, { 1, 1 }, 2, APPORTION_ZERO_REFUSE, { 1, 0 } },
        { "below zero as its mirror image", -10, { 6, 6, 2 }, 3, APPORTION_ZERO_REFUSE, { -4, -4, -2 } },
        { "a part of no weight gets nothing", 7, { 0, 3, 0, 1 }, 4, APPORTION_ZERO_REFUSE, { 0, 5, 0, 2 } },
        { "no weights, equal split", 7, { 0, 0, 0 }, 3, APPORTION_ZERO_EQUAL, { 3, 2, 2 } },
        { "nothing to cut", 0, { 5, 3 }, 2, APPORTION_ZERO_REFUSE, { 0, 0 } },
        { "the largest weights", 1000, { INT64_MAX, INT64_MAX }, 2, APPORTION_ZERO_REFUSE, { 500, 500 } },
    };
    struct arena arena;
    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct apportion_part parts[4] = { 0 };
        struct err err;

        for (size_t k = 0; k < rows[i].count; k++)
            parts[k] = (struct apportion_part) { 10 + k, rows[i].weights[k], 0 };
        EXPECT_OK(rows[i].why, apportion_split(rows[i].total, parts, rows[i].count, rows[i].zero, &arena, &err), err);
        for (size_t k = 0; k < rows[i].count; k++)
            EXPECT_INT(rows[i].why, parts[k].share, rows[i].want[k]);
    }
    arena_fini(&arena);
}

static void refuses(void **state)
{
    struct apportion_part parts[2] = { { 1, 0, 0 }, { 2, 0, 0 } };
    struct arena arena;
    struct err err;
    int64_t got;
    (void)state;
    arena_init(&arena);
    EXPECT_REFUSED("no weight", apportion_split(5, parts, 2, APPORTION_ZERO_REFUSE, &arena, &err), err, "no_weight");
    EXPECT_REFUSED("no parts", apportion_split(5, parts, 0, APPORTION_ZERO_EQUAL, &arena, &err), err, "no_weight");
    parts[0].weight = -1;
    EXPECT_REFUSED("negative", apportion_split(5, parts, 2, APPORTION_ZERO_REFUSE, &arena, &err), err,
                   "negative_weight");
    EXPECT_REFUSED("signed sum below 0", apportion_split_signed(5, parts, 2, &arena, &err), err, "no_weight");
    EXPECT_REFUSED("more days in force than there are", apportion_prorate(1, 8, 7, ROUND_DOWN, &got, &err), err,
                   "bad_interval");
    EXPECT_REFUSED("no interval", apportion_prorate(1, 0, 0, ROUND_DOWN, &got, &err), err, "bad_interval");
    arena_fini(&arena);
}

static void prorates(void **state)
{
    struct err err;
    int64_t got;
    (void)state;
    EXPECT_OK("45 of 90 days", apportion_prorate(9001, 45, 90, ROUND_HALF_UP, &got, &err), err);
    EXPECT_INT("4500.5 half up", got, 4501);
    EXPECT_INT("wholly inside", apportion_days_in_force(105, 110, 100, 189), 5);
    EXPECT_INT("joined midway, open end", apportion_days_in_force(180, INT32_MAX, 100, 189), 10);
    EXPECT_INT("both ends count", apportion_days_in_force(0, INT32_MAX, 100, 189), 90);
    EXPECT_INT("left before", apportion_days_in_force(0, 100, 100, 189), 0);
}

static int64_t draw_total(void)
{
    return draw() % 8 ? draw_int(-10000, 10000) : draw_int(-INT64_MAX / 2, INT64_MAX / 2);
}

/* children = parent; each off by less than one; no dependence on order. */
static void properties(void **state)
{
    struct arena arena;
    (void)state;
    arena_init(&arena);
    for (int n = 0; n < 3000; n++) {
        struct apportion_part parts[40], shuffled[40];
        size_t count = (size_t)draw_int(1, 40);
        int64_t total = draw_total(), limit = draw() % 4 ? 20 : INT64_C(1) << 40;
        __int128 sum = 0, weights = 0;

        for (size_t i = 0; i < count; i++) {
            parts[i] = (struct apportion_part) { i, draw_int(0, limit), 0 };
            shuffled[count - 1 - i] = parts[i];
            weights += parts[i].weight;
        }
        assert_int_equal(apportion_split(total, parts, count, APPORTION_ZERO_EQUAL, &arena, NULL), 0);
        assert_int_equal(apportion_split(total, shuffled, count, APPORTION_ZERO_EQUAL, &arena, NULL), 0);
        for (size_t i = 0; i < count; i++) {
            __int128 w = weights ? parts[i].weight : 1, all = weights ? weights : (__int128)count;
            __int128 off = (__int128)parts[i].share * all - (__int128)total * w;

            assert_true(off < all && off > -all);
            assert_int_equal(parts[i].share, shuffled[count - 1 - i].share);
            sum += parts[i].share;
        }
        assert_true(sum == total);
        arena_reset(&arena);
    }
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_by_largest_remainder),
        cmocka_unit_test(refuses),
        cmocka_unit_test(prorates),
        cmocka_unit_test(properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
