/* The dated tree: refusals, moves, and rolling up against a day-by-day walk. */
#include "calc_test.h"

#include "calc/tree.h"

enum { PROVINCE = 1, XINING = 2, HAIDONG = 3, HALL = 4 };

static struct tree *small_tree(void)
{
    struct tree *tree = tree_new();
    struct err err;

    EXPECT_OK("city", tree_add(tree, XINING, PROVINCE, 0, TREE_OPEN, &err), err);
    EXPECT_OK("city", tree_add(tree, HAIDONG, PROVINCE, 0, TREE_OPEN, &err), err);
    EXPECT_OK("hall", tree_add(tree, HALL, XINING, 0, TREE_OPEN, &err), err);
    EXPECT_OK("hall leaves on day 10", tree_end(tree, HALL, 10, &err), err);
    EXPECT_OK("hall moves on day 10", tree_add(tree, HALL, HAIDONG, 10, TREE_OPEN, &err), err);
    return tree;
}

static void knows_the_tree_of_the_day(void **state)
{
    struct tree *tree = small_tree();
    uint32_t children[4];
    struct arena arena;
    uint32_t *order;
    size_t count;
    (void)state;
    EXPECT_INT("before the move", tree_parent(tree, HALL, 9), XINING);
    EXPECT_INT("from the day of the move", tree_parent(tree, HALL, 10), HAIDONG);
    EXPECT_INT("before everything", tree_parent(tree, HALL, -1), TREE_NONE);
    EXPECT_INT("root", tree_parent(tree, PROVINCE, 5), TREE_NONE);
    EXPECT_INT("unknown", tree_parent(tree, 999, 5), TREE_NONE);
    EXPECT_INT("two cities", tree_children(tree, PROVINCE, 5, children, 4), 2);
    EXPECT_INT("ascending", children[0] == XINING && children[1] == HAIDONG, 1);
    EXPECT_INT("count beyond the room", tree_children(tree, PROVINCE, 5, children, 1), 2);
    EXPECT_INT("left", tree_children(tree, XINING, 10, children, 4), 0);
    EXPECT_INT("under the province", tree_is_under(tree, HALL, PROVINCE, 9), 1);
    EXPECT_INT("under itself", tree_is_under(tree, HALL, HALL, 9), 1);
    EXPECT_INT("no longer under Xining", tree_is_under(tree, HALL, XINING, 10), 0);
    arena_init(&arena);
    tree_post_order(tree, 9, &arena, &order, &count);
    EXPECT_INT("all units", count, 4);
    EXPECT_INT("children first", order[0] == HALL && order[1] == XINING && order[2] == HAIDONG && order[3] == PROVINCE,
               1);
    arena_fini(&arena);
    tree_destroy(&tree);
    tree_destroy(&tree);
}

static void gives_results_to_the_parent_of_the_day(void **state)
{
    struct tree *tree = small_tree();
    struct cube *cube;
    struct err err;
    int64_t got;
    (void)state;
    EXPECT_OK("cube", cube_new(&cube, 0, 99, &err), err);
    EXPECT_OK("in Xining", cube_add(cube, HALL, 1, 0, 0, 9, 5, &err), err);
    EXPECT_OK("in Haidong", cube_add(cube, HALL, 1, 0, 0, 10, 7, &err), err);
    EXPECT_OK("the city's own", cube_add(cube, HAIDONG, 1, 0, 0, 3, 100, &err), err);
    EXPECT_OK("Xining", tree_roll_up(tree, cube, XINING, 1, 0, 99, &got, &err), err);
    EXPECT_INT("Xining keeps what was sold there", got, 5);
    EXPECT_OK("Haidong", tree_roll_up(tree, cube, HAIDONG, 1, 0, 99, &got, &err), err);
    EXPECT_INT("Haidong", got, 107);
    EXPECT_OK("province", tree_roll_up(tree, cube, PROVINCE, 1, 0, 99, &got, &err), err);
    EXPECT_INT("province counts all once", got, 112);
    cube_destroy(&cube);
    tree_destroy(&tree);
}

/* All of a level is where its unit stands in the end: 5 of day 9 and 7 of day 10 moved along. */
static void takes_a_level_along(void **state)
{
    static const struct {
        int32_t to, tree_day;
        int64_t xining, haidong, province;
    } rows[] = {
        { 8, 8, 0, 0, 0 }, { 9, 9, 5, 0, 5 }, { 10, 10, 0, 12, 12 }, { 9, 10, 0, 5, 5 }, { 99, 9, 12, 0, 12 }
    };
    struct tree *tree = small_tree();
    struct arena arena;
    struct cube *cube;
    struct err err;
    (void)state;
    arena_init(&arena);
    EXPECT_OK("cube", cube_new(&cube, 0, 99, &err), err);
    EXPECT_OK("of day 9", cube_add(cube, HALL, 1, 0, 0, 9, 5, &err), err);
    EXPECT_OK("of day 10", cube_add(cube, HALL, 1, 0, 0, 10, 7, &err), err);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t all[HALL + 1], one;

        EXPECT_OK("all", tree_level_all(tree, cube, 1, rows[i].to, rows[i].tree_day, &arena, all, HALL + 1, &err), err);
        EXPECT_INT("Xining", all[XINING], rows[i].xining);
        EXPECT_INT("Haidong", all[HAIDONG], rows[i].haidong);
        EXPECT_INT("province", all[PROVINCE], rows[i].province);
        for (uint32_t u = PROVINCE; u <= HALL; u++) {
            EXPECT_OK("one", tree_level(tree, cube, u, 1, rows[i].to, rows[i].tree_day, &one, &err), err);
            EXPECT_INT("one as all", one, all[u]);
        }
    }
    arena_fini(&arena);
    cube_destroy(&cube);
    tree_destroy(&tree);
}

static void refuses(void **state)
{
    struct tree *tree = small_tree();
    struct err err;
    (void)state;
    EXPECT_REFUSED("a second parent", tree_add(tree, XINING, HAIDONG, 50, 60, &err), err, "tree_overlap");
    EXPECT_REFUSED("itself", tree_add(tree, 9, 9, 0, 1, &err), err, "tree_cycle");
    EXPECT_REFUSED("under its own hall, on some days", tree_add(tree, PROVINCE, HALL, -5, 1, &err), err, "tree_cycle");
    EXPECT_OK("on other days it may be", tree_add(tree, PROVINCE, HALL, -5, 0, &err), err);
    EXPECT_REFUSED("no day", tree_add(tree, 9, PROVINCE, 5, 5, &err), err, "tree_days");
    EXPECT_REFUSED("no such unit", tree_add(tree, CUBE_UNIT_MAX, PROVINCE, 0, 1, &err), err, "tree_unit");
    EXPECT_REFUSED("nothing to end", tree_end(tree, HALL, -3, &err), err, "tree_relation");
    EXPECT_INT("a refusal changes nothing", tree_parent(tree, XINING, 55), PROVINCE);
    tree_destroy(&tree);
    tree = tree_new();
    for (uint32_t u = 1; u < TREE_DEPTH_MAX; u++)
        EXPECT_OK("chain", tree_add(tree, u, u - 1, 0, TREE_OPEN, &err), err);
    EXPECT_REFUSED("deeper", tree_add(tree, TREE_DEPTH_MAX, TREE_DEPTH_MAX - 1, 0, 1, &err), err, "tree_depth");
    EXPECT_REFUSED("deeper from above", tree_add(tree, 0, 500, 5, 6, &err), err, "tree_depth");
    tree_destroy(&tree);
}

enum { UNITS = 24, DAYS = 60, RELATIONS = 200 };
struct relation {
    uint32_t unit, parent;
    int32_t from, until;
};

static uint32_t naive_parent(const struct relation *r, size_t count, uint32_t unit, int32_t day)
{
    for (size_t i = 0; i < count; i++)
        if (r[i].unit == unit && r[i].from <= day && day < r[i].until)
            return r[i].parent;
    return TREE_NONE;
}

/* Whether the relation may be added, found by looking at every day. */
static bool naive_allows(const struct relation *r, size_t count, struct relation next)
{
    for (int32_t day = next.from; day < next.until; day++) {
        if (naive_parent(r, count, next.unit, day) != TREE_NONE)
            return false;
        for (uint32_t u = next.parent; u != TREE_NONE; u = naive_parent(r, count, u, day))
            if (u == next.unit)
                return false;
    }
    return true;
}

static size_t grow_tree(struct tree *tree, struct relation *relations)
{
    size_t count = 0;

    for (int n = 0; n < RELATIONS; n++) {
        int32_t from = (int32_t)draw_int(0, DAYS - 1);
        struct relation r = { (uint32_t)draw_int(0, UNITS - 1), (uint32_t)draw_int(0, UNITS - 1), from,
                              from + (int32_t)draw_int(1, 40) };
        bool allowed = naive_allows(relations, count, r);

        assert_int_equal(tree_add(tree, r.unit, r.parent, r.from, r.until, NULL), allowed ? 0 : -1);
        if (allowed)
            relations[count++] = r;
    }
    return count;
}

/* Every accepted relation and no other; both ways of rolling up = walking each contribution up on its own day. */
static void properties(void **state)
{
    static int64_t sold[UNITS][DAYS];
    struct arena arena;
    (void)state;
    arena_init(&arena);
    for (int n = 0; n < 100; n++) {
        struct relation relations[RELATIONS];
        struct tree *tree = tree_new();
        size_t count = grow_tree(tree, relations);
        int64_t want[UNITS] = { 0 }, got[UNITS], going_on[UNITS], one;
        int64_t by_day[DAYS];
        int32_t from = (int32_t)draw_int(0, DAYS - 1), to = (int32_t)draw_int(0, DAYS - 1);
        struct cube *cube;

        assert_int_equal(cube_new(&cube, 0, DAYS, NULL), 0);
        for (uint32_t u = 0; u < UNITS; u++)
            for (int32_t day = 0; day < DAYS; day++) {
                sold[u][day] = draw() % 3 ? draw_int(-50, 100) : 0;
                assert_int_equal(cube_add(cube, u, 1, 0, 0, day, sold[u][day], NULL), 0);
                assert_int_equal(tree_parent(tree, u, day), naive_parent(relations, count, u, day));
                for (uint32_t a = u; day >= from && day <= to && a != TREE_NONE;
                     a = naive_parent(relations, count, a, day))
                    want[a] += sold[u][day];
            }
        assert_int_equal(tree_roll_up_all(tree, cube, 1, from, to, &arena, got, UNITS, NULL), 0);
        for (int32_t until = from; until <= to; until++) /* day after day, as it is judged */
            assert_int_equal(tree_roll_up_on(tree, cube, 1, from, until, &arena, going_on, UNITS, NULL), 0);
        if (from <= to)
            assert_memory_equal(going_on, got, sizeof got);
        for (uint32_t u = 0; u < UNITS; u++) {
            assert_int_equal(tree_roll_up(tree, cube, u, 1, from, to, &one, NULL), 0);
            assert_int_equal(one, want[u]);
            assert_int_equal(got[u], want[u]);
            assert_int_equal(tree_roll_up_days(tree, cube, u, 1, from, to, by_day, NULL), 0);
            for (int32_t day = from; day <= to; day++)
                want[u] -= by_day[day - from];
            assert_int_equal(want[u], 0);
            for (int32_t day = from; day <= to; day += 7) {
                assert_int_equal(tree_roll_up(tree, cube, u, 1, day, day, &one, NULL), 0);
                assert_int_equal(by_day[day - from], one);
            }
        }
        arena_reset(&arena);
        cube_destroy(&cube);
        tree_destroy(&tree);
    }
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(knows_the_tree_of_the_day),
                                        cmocka_unit_test(gives_results_to_the_parent_of_the_day),
                                        cmocka_unit_test(takes_a_level_along), cmocka_unit_test(refuses),
                                        cmocka_unit_test(properties) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
