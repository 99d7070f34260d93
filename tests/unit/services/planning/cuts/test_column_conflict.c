/* Bounds over columns that contradict each other: which set is named, worked out by hand. Units: 1 above 2 and 3; three
 * columns. */
#include "../../../common/calc/calc_test.h"

#include "calc/decompose.h"
#include "planning/cuts/column_conflict.h"

#define COLUMNS 3
#define FREE    DECOMPOSE_FREE

struct bound {
    uint32_t unit;
    size_t column;
    int64_t lower, upper;
};

struct named {
    uint32_t unit;
    size_t column;
    bool is_upper, amount;
    int64_t value;
};

struct row {
    const char *why;
    int64_t amount[3]; /* of units 1, 2, 3; -1: none */
    struct bound bounds[6];
    uint32_t unit; /* whose amount it is about; 0: nothing is found */
    bool total_counts;
    struct named set[6];
};

static const struct row rows[] = {
    { "two floors of one unit are more than it has",
      { 900, -1, -1 },
      { { 1, 0, 800, FREE }, { 1, 1, 800, FREE } },
      1,
      true,
      { { 1, 0, false, false, 800 }, { 1, 1, false, false, 800 } } },
    { "floors that leave room", { 900, -1, -1 }, { { 1, 0, 800, FREE }, { 1, 1, 100, FREE } }, 0, false, { { 0 } } },
    { "a third floor beside them is none of it: the two large ones are enough",
      { 900, -1, -1 },
      { { 1, 0, 10, FREE }, { 1, 1, 600, FREE }, { 1, 2, 500, FREE } },
      1,
      true,
      { { 1, 1, false, false, 600 }, { 1, 2, false, false, 500 } } },
    { "ceilings of all columns are less than it has",
      { 100, -1, -1 },
      { { 1, 0, 0, 30 }, { 1, 1, 0, 30 }, { 1, 2, 0, 30 } },
      1,
      true,
      { { 1, 0, true, false, 30 }, { 1, 1, true, false, 30 }, { 1, 2, true, false, 30 } } },
    { "one column has no ceiling", { 100, -1, -1 }, { { 1, 0, 0, 30 }, { 1, 1, 0, 30 } }, 0, false, { { 0 } } },
    { "floors below a ceiling, in one column: 6 + 6 > 10",
      { 40, 20, 20 },
      { { 1, 0, 0, 10 }, { 2, 0, 6, FREE }, { 3, 0, 6, FREE } },
      1,
      false,
      { { 1, 0, true, false, 10 }, { 2, 0, false, false, 6 }, { 3, 0, false, false, 6 } } },
    { "a floor above: 2 may have 2, and 3 has no more than 10 at all",
      { 20, 10, 10 },
      { { 1, 0, 15, FREE }, { 2, 0, 0, 2 } },
      1,
      false,
      { { 1, 0, false, false, 15 }, { 2, 0, true, false, 2 }, { 3, 0, true, true, 10 } } },
    { "the same where 1 keeps 10 of its own: 1 + 5 + 10 < 18",
      { 20, 5, 5 },
      { { 1, 0, 18, FREE }, { 2, 0, 0, 1 } },
      1,
      false,
      { { 1, 0, false, false, 18 }, { 2, 0, true, false, 1 }, { 3, 0, true, true, 5 }, { 1, 0, true, true, 10 } } },
    { "floors of different units in different columns: 4 + 4 + 3 > 10",
      { 10, 5, 5 },
      { { 2, 0, 4, FREE }, { 3, 1, 4, FREE }, { 1, 2, 3, FREE } },
      1,
      true,
      { { 1, 2, false, false, 3 }, { 2, 0, false, false, 4 }, { 3, 1, false, false, 4 } } },
    { "of two sets the smaller one: 2's two floors, not 1's three ceilings",
      { 100, 10, 90 },
      { { 1, 0, 0, 30 }, { 1, 1, 0, 30 }, { 1, 2, 0, 30 }, { 2, 0, 6, FREE }, { 2, 1, 6, FREE } },
      2,
      true,
      { { 2, 0, false, false, 6 }, { 2, 1, false, false, 6 } } },
    { "a lock above a floor of one below it, in one column",
      { 50, 30, 20 },
      { { 1, 1, 7, 7 }, { 3, 1, 8, FREE } },
      1,
      false,
      { { 1, 1, true, false, 7 }, { 3, 1, false, false, 8 } } },
};

static bool is_named(const struct row *row, const struct outline *o, const struct column_bound *bound)
{
    for (size_t i = 0; i < COUNT_OF(row->set) && row->set[i].unit; i++)
        if (row->set[i].unit == o->unit[bound->node] && row->set[i].column == bound->column &&
            row->set[i].is_upper == bound->is_upper && row->set[i].amount == bound->amount &&
            row->set[i].value == bound->value)
            return true;
    return false;
}

static void check_row(const struct row *row, const struct outline *o, struct arena *arena)
{
    int64_t amount[3], lower[3 * COLUMNS] = { 0 }, upper[3 * COLUMNS];
    struct spread spread = { .outline = o, .columns = COLUMNS, .amount = amount, .lower = lower, .upper = upper };
    struct column_conflict found;
    size_t want = 0;

    for (uint32_t n = 0; n < 3; n++)
        amount[n] = row->amount[o->unit[n] - 1];
    for (size_t i = 0; i < COUNT_OF(upper); i++)
        upper[i] = FREE;
    for (size_t i = 0; i < COUNT_OF(row->bounds) && row->bounds[i].unit; i++) {
        size_t at = outline_node(o, row->bounds[i].unit) * COLUMNS + row->bounds[i].column;

        lower[at] = row->bounds[i].lower;
        upper[at] = row->bounds[i].upper;
    }
    if (column_conflict_find(&spread, arena, &found) != (row->unit != 0))
        fail_msg("%s: %zu bounds found", row->why, found.count);
    while (want < COUNT_OF(row->set) && row->set[want].unit)
        want++;
    EXPECT_INT(row->why, found.count, want);
    if (!row->unit)
        return;
    EXPECT_INT(row->why, o->unit[found.node], row->unit);
    EXPECT_INT(row->why, found.total_counts, row->total_counts);
    for (size_t i = 0; i < found.count; i++)
        if (!is_named(row, o, &found.bounds[i]))
            fail_msg("%s: unit %u, column %zu, %s %lld", row->why, o->unit[found.bounds[i].node],
                     found.bounds[i].column, found.bounds[i].is_upper ? "at most" : "at least",
                     (long long)found.bounds[i].value);
}

static void the_smallest_set_is_named(void **state)
{
    struct tree *tree = tree_new();
    struct outline o;
    struct arena arena;
    struct err err;

    (void)state;
    arena_init(&arena);
    EXPECT_OK("2 below 1", tree_add(tree, 2, 1, 0, TREE_OPEN, &err), err);
    EXPECT_OK("3 below 1", tree_add(tree, 3, 1, 0, TREE_OPEN, &err), err);
    outline_below(&o, tree, 10, 1, 0, NULL, &arena);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_row(&rows[i], &o, &arena);
    arena_fini(&arena);
    tree_destroy(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_smallest_set_is_named) };

    return cmocka_run_group_tests_name("column_conflict", tests, NULL, NULL);
}
