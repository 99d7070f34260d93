/* Edits of a slice keep sums: after any sequence of them children = parent, transfers sum to zero, bounds hold. */
#include "../../../common/calc/calc_test.h"

#include "calc/decompose.h"
#include "calc/phasing.h"
#include "planning/edits/fresh.h"
#include "planning/edits/grid.h"

#define UNITS_MAX 300
#define FREE      DECOMPOSE_FREE

struct scene {
    struct arena arena;
    struct tree *tree;
    struct outline outline;
    struct grid grid;
    int64_t locked[UNITS_MAX]; /* by node; -1 not */
};

/* A random tree of units 1..n below unit 1, with ids in the order of their parents. */
static void draw_tree(struct scene *scene)
{
    uint32_t units = (uint32_t)draw_int(2, UNITS_MAX - 1);
    struct err err;

    scene->tree = tree_new();
    for (uint32_t unit = 2; unit <= units; unit++)
        EXPECT_OK("relation",
                  tree_add(scene->tree, unit, (uint32_t)draw_int(unit > 12 ? (unit - 1) / 4 : 1, unit - 1), 0,
                           TREE_OPEN, &err),
                  err);
    outline_below(&scene->outline, scene->tree, 10, 1, 0, NULL, &scene->arena);
    EXPECT_INT("all units", scene->outline.count, units);
}

static void draw_amounts(struct scene *scene, struct grid *grid)
{
    const struct outline *o = &scene->outline;
    struct decompose_node *nodes = arena_array(&scene->arena, struct decompose_node, o->count);
    struct err err;

    *grid = (struct grid) { .outline = o,
                            .amount = arena_array(&scene->arena, int64_t, o->count),
                            .lower = arena_array(&scene->arena, int64_t, o->count),
                            .upper = arena_array(&scene->arena, int64_t, o->count),
                            .meant = arena_array(&scene->arena, bool, o->count) };
    for (uint32_t n = 0; n < o->count; n++)
        nodes[n] = (struct decompose_node) { .part = { .id = o->unit[n], .weight = draw_int(0, 1000), .upper = FREE },
                                             .parent = o->parent[n] == OUTLINE_NONE ? DECOMPOSE_NONE : o->parent[n],
                                             .first_child = o->first_child[n],
                                             .child_count = o->child_count[n] };
    EXPECT_OK("cut", decompose_tree(draw_int(0, 1000000), nodes, o->count, &scene->arena, &err), err);
    for (uint32_t n = 0; n < o->count; n++) {
        grid->amount[n] = nodes[n].part.share;
        grid->upper[n] = FREE;
    }
}

static void draw_locks(struct scene *scene)
{
    for (uint32_t n = 0; n < scene->outline.count; n++) {
        scene->locked[n] = -1;
        if (n == 0 || draw_int(0, 15) != 0)
            continue;
        scene->locked[n] = scene->grid.amount[n];
        scene->grid.lower[n] = scene->grid.upper[n] = scene->grid.amount[n];
    }
}

static void check_sums(const struct outline *o, const int64_t *amounts)
{
    for (uint32_t n = 0; n < o->count; n++) {
        int64_t sum = 0;

        for (uint32_t c = 0; c < o->child_count[n]; c++)
            sum += amounts[o->first_child[n] + c];
        if (o->child_count[n])
            EXPECT_INT("children = parent", sum, amounts[n]);
        assert_true(amounts[n] >= 0);
    }
}

/* One random edit; a refused one is taken back, as the caller throws the grid away. */
static bool edit(struct scene *scene, struct grid *other, int64_t *moved)
{
    const struct outline *o = &scene->outline;
    size_t size = o->count * sizeof(int64_t);
    int64_t *before = arena_alloc(&scene->arena, size), *other_before = arena_alloc(&scene->arena, size);
    uint32_t a = (uint32_t)draw_int(0, o->count - 1), b = (uint32_t)draw_int(0, o->count - 1);
    int64_t amount = draw_int(0, 5) ? draw_int(1, 1 + scene->grid.amount[a] / 2) : draw_int(0, 1000000);
    struct err err;
    int rc;

    memcpy(before, scene->grid.amount, size);
    memcpy(other_before, other->amount, size);
    *moved = 0;
    switch (draw_int(0, 3)) {
    case 0:
        rc = grid_set(&scene->grid, a, amount, true, &scene->arena, &err);
        break;
    case 1:
        rc = grid_set(&scene->grid, a, amount, false, &scene->arena, &err);
        break;
    case 2:
        rc = grid_move(&scene->grid, a, &scene->grid, b, amount, &scene->arena, &err);
        break;
    default:
        rc = grid_move(&scene->grid, a, other, b, amount, &scene->arena, &err);
        *moved = rc == 0 ? amount : 0;
        break;
    }
    if (rc == 0)
        return true;
    assert_true(err.cls == ERR_CONFLICT || strcmp(err.code, "bounds_conflict") == 0);
    memcpy(scene->grid.amount, before, size);
    memcpy(other->amount, other_before, size);
    return false;
}

static void edits_keep_sums(void **state)
{
    size_t done = 0, refused = 0;

    (void)state;
    (void)draw();
    for (int round = 0; round < 120; round++) {
        struct scene scene = { 0 };
        struct grid other;

        arena_init(&scene.arena);
        draw_tree(&scene);
        draw_amounts(&scene, &scene.grid);
        draw_amounts(&scene, &other);
        draw_locks(&scene);
        for (int step = 0; step < 25; step++) {
            int64_t both = scene.grid.amount[0] + other.amount[0], root = scene.grid.amount[0], moved;
            bool good = edit(&scene, &other, &moved);

            done += good;
            refused += !good;
            check_sums(&scene.outline, scene.grid.amount);
            check_sums(&scene.outline, other.amount);
            if (moved) {
                EXPECT_INT("a transfer sums to zero", scene.grid.amount[0] + other.amount[0], both);
                EXPECT_INT("what one loses", scene.grid.amount[0], root - moved);
            }
            for (uint32_t n = 0; n < scene.outline.count; n++)
                if (scene.locked[n] >= 0)
                    EXPECT_INT("a lock holds", scene.grid.amount[n], scene.locked[n]);
        }
        tree_destroy(&scene.tree);
        arena_fini(&scene.arena);
    }
    printf("%zu edits done, %zu refused\n", done, refused);
    assert_true(done > 500 && refused > 100);
}

/* --- by hand --- */

/* 1 over 2 (over 4, 5) and 3: 100 = 60 (40, 20) + 40. */
static void open_small(struct scene *scene)
{
    static const int64_t amounts[] = { 100, 60, 40, 40, 20 };
    static const uint32_t parents[][2] = { { 2, 1 }, { 3, 1 }, { 4, 2 }, { 5, 2 } };
    struct err err;

    *scene = (struct scene) { 0 };
    arena_init(&scene->arena);
    scene->tree = tree_new();
    for (size_t i = 0; i < COUNT_OF(parents); i++)
        EXPECT_OK("relation", tree_add(scene->tree, parents[i][0], parents[i][1], 0, TREE_OPEN, &err), err);
    outline_below(&scene->outline, scene->tree, 10, 1, 0, NULL, &scene->arena);
    draw_amounts(scene, &scene->grid);
    for (size_t n = 0; n < 5; n++)
        scene->grid.amount[n] = amounts[n];
}

static void close_small(struct scene *scene)
{
    tree_destroy(&scene->tree);
    arena_fini(&scene->arena);
}

static void expect(const struct scene *scene, const char *why, const int64_t *want)
{
    for (uint32_t n = 0; n < 5; n++)
        EXPECT_INT(why, scene->grid.amount[n], want[n]);
}

static void by_hand(void **state)
{
    struct scene scene;
    struct err err;

    (void)state;
    open_small(&scene);
    EXPECT_OK("unit 3 to 50", grid_set(&scene.grid, 2, 50, true, &scene.arena, &err), err);
    /* 2 gives 10; 50 over 40 : 20 is 33.3 and 16.7 */
    expect(&scene, "siblings give, and what is below them", (int64_t[]) { 100, 50, 50, 33, 17 });
    EXPECT_OK("unit 4 to 40, those above follow", grid_set(&scene.grid, 3, 40, false, &scene.arena, &err), err);
    expect(&scene, "up to the root", (int64_t[]) { 107, 57, 50, 40, 17 });
    EXPECT_OK("7 from 4 to 3", grid_move(&scene.grid, 3, &scene.grid, 2, 7, &scene.arena, &err), err);
    expect(&scene, "the root stays, the one between loses", (int64_t[]) { 107, 50, 57, 33, 17 });
    EXPECT_REFUSED("part of the other", grid_move(&scene.grid, 3, &scene.grid, 1, 1, &scene.arena, &err), err,
                   "one_above_other");
    EXPECT_REFUSED("more than it has", grid_move(&scene.grid, 3, &scene.grid, 2, 34, &scene.arena, &err), err,
                   "below_zero");
    close_small(&scene);
    open_small(&scene);
    scene.grid.lower[2] = scene.grid.upper[2] = 40;
    EXPECT_REFUSED("unit 3 is locked", grid_set(&scene.grid, 2, 50, true, &scene.arena, &err), err, "out_of_bounds");
    EXPECT_REFUSED("its only sibling can't give", grid_set(&scene.grid, 1, 70, true, &scene.arena, &err), err,
                   "bounds_conflict");
    close_small(&scene);
    open_small(&scene);
    scene.grid.amount[4] = GRID_NONE; /* 5 has none: what is below 2 doesn't add up to it */
    EXPECT_OK("unit 2 to 70", grid_set(&scene.grid, 1, 70, true, &scene.arena, &err), err);
    expect(&scene, "what doesn't add up stays", (int64_t[]) { 100, 70, 30, 40, GRID_NONE });
    EXPECT_REFUSED("no cell", grid_set(&scene.grid, 4, 5, true, &scene.arena, &err), err, "no_cell");
    close_small(&scene);
}

/* 5 and 3 are new, then 2 is taken out from between. */
static void new_cells_find_their_room(void **state)
{
    struct scene scene;
    struct err err;

    (void)state;
    open_small(&scene);
    scene.grid.amount[4] = scene.grid.amount[2] = GRID_NONE;
    EXPECT_REFUSED("2 has 20 left", grid_add(&scene.grid, 4, 21, true, &err), err, "above_parent");
    EXPECT_OK("all of it", grid_add(&scene.grid, 4, 20, true, &err), err);
    expect(&scene, "nothing else changes", (int64_t[]) { 100, 60, GRID_NONE, 40, 20 });
    EXPECT_REFUSED("the last one takes the rest", grid_add(&scene.grid, 2, 39, true, &err), err, "below_parent");
    EXPECT_OK("those above follow", grid_add(&scene.grid, 2, 55, false, &err), err);
    expect(&scene, "60 and 55", (int64_t[]) { 115, 60, 55, 40, 20 });
    close_small(&scene);
    open_small(&scene);
    scene.grid.amount[1] = GRID_NONE; /* 1 has 100, below it 3 has 40, 4 and 5 have 40 and 20 */
    EXPECT_REFUSED("4 and 5 have 60", grid_add(&scene.grid, 1, 59, true, &err), err, "below_children");
    EXPECT_REFUSED("and they are all", grid_add(&scene.grid, 1, 61, false, &err), err, "below_children");
    scene.grid.amount[4] = GRID_NONE; /* 4 alone has 40 */
    EXPECT_REFUSED("3 has 40", grid_add(&scene.grid, 1, 61, true, &err), err, "above_parent");
    EXPECT_OK("those above follow", grid_add(&scene.grid, 1, 65, false, &err), err);
    expect(&scene, "65 and 40", (int64_t[]) { 105, 65, 40, 40, GRID_NONE });
    close_small(&scene);
    open_small(&scene);
    scene.grid.amount[1] = scene.grid.amount[4] = GRID_NONE;
    EXPECT_REFUSED("5 under 1, with nothing between: 3 and 4 have 80 of 100", grid_add(&scene.grid, 4, 21, true, &err),
                   err, "above_parent");
    scene.grid.amount[0] = GRID_NONE;
    EXPECT_OK("nothing above", grid_add(&scene.grid, 4, 1000, true, &err), err);
    EXPECT_OK("at the top", grid_add(&scene.grid, 0, 2000, true, &err), err);
    EXPECT_REFUSED("3, 4 and 5 have 1080", grid_set(&scene.grid, 0, 1079, true, &scene.arena, &err), err,
                   "below_children");
    EXPECT_OK("as much", grid_set(&scene.grid, 0, 1080, true, &scene.arena, &err), err);
    close_small(&scene);
    open_small(&scene);
    scene.grid.amount[4] = GRID_NONE; /* 2 has 60, 4 below it 40 */
    EXPECT_REFUSED("2 gives no more than 20", grid_set(&scene.grid, 2, 61, true, &scene.arena, &err), err,
                   "bounds_conflict");
    EXPECT_OK("20", grid_set(&scene.grid, 2, 60, true, &scene.arena, &err), err);
    expect(&scene, "4 stays", (int64_t[]) { 100, 40, 60, 40, GRID_NONE });
    close_small(&scene);
}

static void new_cells_take_their_part_of_the_hedge(void **state)
{
    static const struct {
        const char *why;
        int64_t amount[5], hedge[5];
        bool fresh[5];
        int64_t want[5];
    } rows[] = {
        { "half of what is left: 2 has 6 of 10, 3 the half of 40",
          { 100, 60, 20, -1, -1 },
          { 10, 6, 0, 0, 0 },
          { [2] = true },
          { 10, 6, 2, 0, 0 } },
        { "the last one takes the rest",
          { 100, 60, 40, -1, -1 },
          { 10, 7, 0, 0, 0 },
          { [2] = true },
          { 10, 7, 3, 0, 0 } },
        { "several at once: 35 of 60 is 3.5 of 6, the rest is 3",
          { 100, 60, 40, 35, 25 },
          { 10, 6, 4, 0, 0 },
          { [3] = true, [4] = true },
          { 10, 6, 4, 3, 3 } },
        { "one between: what those below it have at least",
          { 100, 60, 40, 40, 20 },
          { 10, 0, 4, 4, 2 },
          { [1] = true },
          { 10, 6, 4, 4, 2 } },
        { "at the top: the sum", { 100, 60, 40, -1, -1 }, { 0, 6, 4, 0, 0 }, { [0] = true }, { 10, 6, 4, 0, 0 } },
        { "no target, no hedge", { 100, 60, 0, -1, -1 }, { 10, 6, 0, 0, 0 }, { [2] = true }, { 10, 6, 0, 0, 0 } },
    };
    struct scene scene;

    (void)state;
    open_small(&scene);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t hedge[5];

        memcpy(hedge, rows[i].hedge, sizeof hedge);
        fresh_hedges(&scene.outline, rows[i].amount, hedge, rows[i].fresh, &scene.arena);
        for (size_t n = 0; n < 5; n++)
            EXPECT_INT(rows[i].why, hedge[n], rows[i].want[n]);
    }
    close_small(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(by_hand), cmocka_unit_test(new_cells_find_their_room),
                                        cmocka_unit_test(new_cells_take_their_part_of_the_hedge),
                                        cmocka_unit_test(edits_keep_sums) };

    return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
