/* Where one alert about a feed stands for many, by hand: P over C1 and C2, C1 over A and B, C2 over C. */
#include "support/check.h"

#include "monitoring/feeds/highest.h"

#include <string.h>

enum { P = 1, C1, C2, A, B, C };

static struct tree *tree;

static int begin(void **state)
{
    static const uint32_t parents[][2] = { { C1, P }, { C2, P }, { A, C1 }, { B, C1 }, { C, C2 } };

    (void)state;
    tree = tree_new();
    for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++)
        if (tree_add(tree, parents[i][0], parents[i][1], 0, TREE_OPEN, NULL) != 0)
            return -1;
    return 0;
}

static int end(void **state)
{
    (void)state;
    tree_destroy(&tree);
    return 0;
}

static void finds_the_highest(void **state)
{
    static const struct {
        const char *why;
        struct highest_part parts[4];
        size_t count;
        uint32_t want[3];
        size_t want_count;
    } rows[] = {
        { "nothing is down", { { A, false }, { B, false } }, 2, { 0 }, 0 },
        { "no parts", { { 0, false } }, 0, { 0 }, 0 },
        { "one of two", { { A, true }, { B, false } }, 2, { A }, 1 },
        { "both of a city, another lives", { { A, true }, { B, true }, { C, false } }, 3, { C1 }, 1 },
        { "all of them", { { A, true }, { B, true }, { C, true } }, 3, { P }, 1 },
        { "the only part there is stands for all", { { C, true } }, 1, { P }, 1 },
        { "one here, one there", { { A, true }, { B, false }, { C, true } }, 3, { A, C2 }, 2 },
        { "a part above others that lives", { { P, false }, { A, true }, { B, true } }, 3, { C1 }, 1 },
        { "a part above others that is down", { { C1, true }, { A, false } }, 2, { 0 }, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t got[4] = { 0 };
        size_t count = highest_find(tree, 10, rows[i].parts, rows[i].count, NULL, NULL, got);

        if (count != rows[i].want_count || memcmp(got, rows[i].want, count * sizeof *got) != 0)
            fail_msg("%s: %zu, first %u", rows[i].why, count, got[0]);
    }
}

static bool is_below_c1(const void *arg, uint32_t unit)
{
    (void)arg;
    return unit == C1 || unit == A || unit == B;
}

static bool is_city(const void *arg, uint32_t unit)
{
    (void)arg;
    return unit == C1 || unit == C2;
}

/* All are down: a rule about some units has its alert at the highest of these. */
static void finds_the_highest_of_those_it_is_about(void **state)
{
    const struct highest_part parts[] = { { A, true }, { B, true }, { C, true } };
    uint32_t got[4] = { 0 };

    (void)state;
    CHECK_INT(highest_find(tree, 10, parts, 3, is_below_c1, NULL, got), 1);
    CHECK_INT(got[0], C1);
    CHECK_INT(highest_find(tree, 10, parts, 3, is_city, NULL, got), 2);
    CHECK_INT(got[0], C1);
    CHECK_INT(got[1], C2);
    CHECK_INT(
        highest_find(tree, 10, (const struct highest_part[]) { { A, true }, { B, false } }, 2, is_city, NULL, got), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(finds_the_highest),
                                        cmocka_unit_test(finds_the_highest_of_those_it_is_about) };

    return cmocka_run_group_tests(tests, begin, end);
}
