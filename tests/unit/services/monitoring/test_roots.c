/* One cause, one alert: trees drawn by hand, and what holds for any tree. */
#include "support/check.h"
#include "support/seed.h"

#include "monitoring/judging/roots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NODES_MAX    40
#define NONE         ROOTS_NONE

static uint32_t children_at[NODES_MAX + 1], child[NODES_MAX];

static void check_children(const struct roots_node *nodes, size_t count);

static struct roots_limits limits = { 800000, 3 };

static void find(struct roots_node *nodes, size_t count)
{
    roots_find(nodes, count, children_at, child, &limits);
    check_children(nodes, count);
}

static void check(const char *why, struct roots_node *nodes, size_t count, const char *want)
{
    char got[NODES_MAX + 1] = "";

    /* A announced, m only mentioned, g gathered under a root, . not in breach */
    find(nodes, count);
    for (size_t i = 0; i < count; i++)
        got[i] = (char)(nodes[i].gathered != NONE ? 'g' : nodes[i].mention ? 'm' : nodes[i].breach ? 'A' : '.');
    if (strcmp(got, want) != 0)
        fail_msg("%s: got %s, wanted %s", why, got, want);
}

/* Whatever was found, the children of each node are those that name it. */
static void check_children(const struct roots_node *nodes, size_t count)
{
    for (uint32_t at = 0; at < count; at++) {
        size_t want = 0, got;
        const uint32_t *children = roots_children(nodes, count, children_at, child, at, &got);

        for (size_t i = 0; i < count; i++)
            want += nodes[i].parent == at;
        CHECK_INT(got, want);
        for (size_t i = 0; i < got; i++)
            CHECK_INT(nodes[children[i]].parent, at);
    }
}

static void finds_the_root(void **state)
{
    struct roots_node alone[] = { { NONE, true, 100, false, 0 } };
    struct roots_node spread[] = { { NONE, true, 400, false, 0 },
                                   { 0, true, 100, false, 0 },
                                   { 0, true, 100, false, 0 },
                                   { 0, true, 100, false, 0 },
                                   { 0, true, 100, false, 0 } };
    struct roots_node one[] = { { NONE, true, 100, false, 0 }, { 0, true, 80, false, 0 }, { 0, true, 20, false, 0 } };
    struct roots_node almost[] = { { NONE, true, 100, false, 0 },
                                   { 0, true, 79, false, 0 },
                                   { 0, true, 21, false, 0 } };
    struct roots_node quiet[] = { { NONE, true, 100, false, 0 },
                                  { 0, false, 90, false, 0 },
                                  { 0, false, 10, false, 0 } };
    struct roots_node other[] = { { NONE, true, 100, false, 0 },
                                  { 0, false, 85, false, 0 },
                                  { 0, true, 15, false, 0 } };
    struct roots_node only[] = { { NONE, true, 100, false, 0 }, { 0, true, 100, false, 0 } };
    struct roots_node three[] = { { NONE, true, 100, false, 0 }, { 0, true, 30, false, 0 }, { 0, true, 30, false, 0 },
                                  { 0, true, 30, false, 0 },     { 0, false, 5, false, 0 }, { 0, false, 5, false, 0 },
                                  { 0, false, 0, false, 0 } };
    /* parents stand behind their children here */
    struct roots_node chain[] = { { 1, true, 90, false, 0 }, { 2, true, 95, false, 0 }, { NONE, true, 100, false, 0 },
                                  { 2, false, 5, false, 0 }, { 1, false, 5, false, 0 }, { 0, true, 90, false, 0 } };
    struct roots_node calm_top[] = { { NONE, false, 0, false, 0 },
                                     { 0, true, 50, false, 0 },
                                     { 1, true, 50, false, 0 } };
    struct roots_node gap[] = { { NONE, true, 100, false, 0 }, { 0, false, 0, false, 0 }, { 1, true, 60, false, 0 } };

    (void)state;
    check("a single node", alone, COUNT(alone), "A");
    check("spread over all children", spread, COUNT(spread), "Agggg");
    check("80 % in one of two", one, COUNT(one), "mAA");
    check("79 % in one of two", almost, COUNT(almost), "Agg");
    check("no child is in breach", quiet, COUNT(quiet), "A..");
    check("who lacks most isn't in breach, and would be told by nobody", other, COUNT(other), "A.g");
    check("an only child is not the half", only, COUNT(only), "Ag");
    check("three of six", three, COUNT(three), "mAAA...");
    check("down a chain", chain, COUNT(chain), "Amm..g");
    check("a top that is well", calm_top, COUNT(calm_top), ".Ag");
    check("gathered across one that is well", gap, COUNT(gap), "A.g");
}

/* Of 100 that four lack, the worst have 50 and 25. */
static void by_other_limits(void **state)
{
    static const struct {
        const char *why, *want;
        struct roots_limits limits;
    } rows[] = { { "80 % of two is more", "Agggg", { 800000, 3 } },
                 { "75 % of two isn't", "mAAAA", { 750000, 3 } },
                 { "one has only 50", "Agggg", { 750000, 1 } },
                 { "which is half", "mAAAA", { 500000, 1 } } };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct roots_node nodes[] = { { NONE, true, 100, false, 0 },
                                      { 0, true, 50, false, 0 },
                                      { 0, true, 25, false, 0 },
                                      { 0, true, 15, false, 0 },
                                      { 0, true, 10, false, 0 } };

        limits = rows[i].limits;
        check(rows[i].why, nodes, COUNT(nodes), rows[i].want);
    }
    limits = (struct roots_limits) { 800000, 3 };
}

static void says_which_root(void **state)
{
    struct roots_node nodes[] = {
        { NONE, true, 100, true, 7 }, { 0, false, 50, true, 7 }, { 1, true, 50, true, 7 }, { NONE, true, 1, true, 7 }
    };

    (void)state;
    find(nodes, COUNT(nodes));
    assert_int_equal(nodes[2].gathered, 0);
    assert_int_equal(nodes[0].gathered, NONE);
    assert_int_equal(nodes[1].gathered, NONE); /* not in breach: in no alert */
    assert_int_equal(nodes[3].gathered, NONE);
    assert_false(nodes[2].mention);
}

static bool is_above(const struct roots_node *nodes, uint32_t root, uint32_t at)
{
    while (nodes[at].parent != NONE) {
        at = nodes[at].parent;
        if (at == root)
            return true;
    }
    return false;
}

/* Every node in breach is announced, mentioned or gathered, and only those are; who is gathered has an announced root
 * above it and none between; a mention leads down to something announced. */
static void no_breach_is_lost(void **state)
{
    unsigned seed = (unsigned)test_seed();

    (void)state;
    for (int round = 0; round < 5000; round++) {
        struct roots_node nodes[NODES_MAX];
        size_t count = 1 + (size_t)rand_r(&seed) % NODES_MAX;

        for (size_t i = 0; i < count; i++)
            nodes[i] = (struct roots_node) { .parent = i && rand_r(&seed) % 8 ? (uint32_t)rand_r(&seed) % (uint32_t)i
                                                                              : NONE,
                                             .breach = rand_r(&seed) % 2,
                                             .deficit = rand_r(&seed) % 4 ? rand_r(&seed) % 1000 : 0 };
        find(nodes, count);
        for (uint32_t i = 0; i < count; i++) {
            bool announced_below = false;

            if (nodes[i].gathered != NONE) {
                assert_true(nodes[i].breach && !nodes[i].mention);
                assert_true(is_above(nodes, nodes[i].gathered, i));
                assert_true(nodes[nodes[i].gathered].breach && !nodes[nodes[i].gathered].mention);
                assert_int_equal(nodes[nodes[i].gathered].gathered, NONE);
            }
            for (uint32_t k = 0; nodes[i].mention && k < count; k++)
                announced_below = announced_below || (is_above(nodes, i, k) && nodes[k].breach && !nodes[k].mention &&
                                                      nodes[k].gathered == NONE);
            assert_true(!nodes[i].mention || (nodes[i].breach && announced_below));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(finds_the_root), cmocka_unit_test(by_other_limits),
                                        cmocka_unit_test(says_which_root), cmocka_unit_test(no_breach_is_lost) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
