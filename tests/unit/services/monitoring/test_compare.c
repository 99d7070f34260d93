/* A unit among its peers: by hand. */
#include "support/check.h"

#include "monitoring/progress/compare.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void standing_by_hand(void **state)
{
    static const struct {
        const char *why;
        int32_t gaps[5];
        size_t count, own;
        uint32_t rank;
        int32_t median;
        size_t best;
    } rows[] = {
        { "alone", { -700 }, 1, 0, 1, -700, 0 },
        { "second of three", { -700, 100, 300 }, 3, 1, 2, 100, 2 },
        { "of an even number the lower in the middle", { 400, -100, 200, -300 }, 4, 3, 4, -100, 0 },
        { "equal gaps share a rank", { 50, 50, 10, 90, 50 }, 5, 4, 2, 50, 3 },
        { "the first of equals is best", { 5, 5 }, 2, 1, 1, 5, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int32_t scratch[5];
        struct compare_standing is = compare_stand(rows[i].gaps, rows[i].count, rows[i].own, scratch);

        if (is.rank != rows[i].rank || is.median_bp != rows[i].median || is.best != rows[i].best)
            fail_msg("%s: rank %u, median %d, best %zu", rows[i].why, is.rank, is.median_bp, is.best);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(standing_by_hand) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
