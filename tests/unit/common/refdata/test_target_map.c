/* Targets found again: whatever ids units have, and however full the map is. */
#include "support/check.h"
#include "support/seed.h"

#include "refdata/target_map.h"

#include <stdlib.h>

enum { PERIODS = 3, MEASURES = 4, UNITS = 4000 };

/* Amounts by key; 0 none. */
static int64_t known[PERIODS][MEASURES][UNITS];

/* Ids `step` apart, each with a few odds out of ten of a target; looked for with the neighbours that have none. */
static void check(uint64_t *random, uint32_t step, int odds)
{
    struct target_map map = { 0 };

    for (uint32_t p = 0; p < PERIODS; p++)
        for (uint32_t m = 0; m < MEASURES; m++)
            for (uint32_t u = 0; u < UNITS; u++) {
                const struct target_key key = { p, u * step, m, u % 3, 0 };

                known[p][m][u] = random_below(random, 10) < odds ? 1 + random_below(random, 1000) : 0;
                if (known[p][m][u])
                    target_map_put(&map, &key, known[p][m][u]);
            }
    for (uint32_t p = 0; p < PERIODS; p++)
        for (uint32_t m = 0; m < MEASURES; m++)
            for (uint32_t u = 0; u < UNITS; u++) {
                const struct target_key key = { p, u * step, m, u % 3, 0 };
                const struct target_key other = { p, u * step, m, u % 3, 1 };

                target_map_fetch(&map, &key);
                assert_int_equal(target_map_get(&map, &key), known[p][m][u]);
                assert_int_equal(target_map_get(&map, &other), 0);
            }
    target_map_fini(&map);
}

/* Neighbours lie together, so ids that are all multiples of a number are the worst there is. */
static void whatever_the_ids(void **state)
{
    uint64_t random = test_seed();

    (void)state;
    for (uint32_t step = 1; step <= 64; step *= 2)
        check(&random, step, 1 + random_below(&random, 10));
    check(&random, 1000003, 5);
}

static void the_last_amount_counts(void **state)
{
    const struct target_key key = { 1, 2, 3, 4, 5 };
    struct target_map map = { 0 };

    (void)state;
    assert_int_equal(target_map_get(&map, &key), 0);
    target_map_put(&map, &key, 7);
    target_map_put(&map, &key, 9);
    assert_int_equal(target_map_get(&map, &key), 9);
    assert_int_equal(map.used, 1);
    target_map_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(whatever_the_ids), cmocka_unit_test(the_last_amount_counts) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
