/* Spreading over columns, on random trees with rests: every unit's columns are what it has, in every column children
 * are no more than their parent and are it where they were, and nobody is far from its exact share. */
#include "../../common/calc/calc_test.h"

#include "calc/decompose.h"
#include "planning/targets/spread.h"

#define UNITS_MAX 200
#define COLUMNS   4
#define PARTS     1024

static void draw_scene(struct outline *o, int64_t *amount, struct arena *arena)
{
    uint32_t units = (uint32_t)draw_int(2, UNITS_MAX - 1);
    struct tree *tree = tree_new();
    struct err err;

    for (uint32_t unit = 2; unit <= units; unit++)
        EXPECT_OK(
            "relation",
            tree_add(tree, unit, (uint32_t)draw_int(unit > 12 ? (unit - 1) / 4 : 1, unit - 1), 0, TREE_OPEN, &err),
            err);
    outline_below(o, tree, 10, 1, 0, NULL, arena);
    for (uint32_t n = o->count; n-- > 0;) {
        amount[n] = o->child_count[n] && draw_int(0, 3) ? 0 : draw_int(0, 5);
        for (uint32_t c = 0; c < o->child_count[n]; c++)
            amount[n] += amount[o->first_child[n] + c];
    }
    tree_destroy(&tree);
}

static void check(const struct spread *s, const struct outline *o)
{
    for (uint32_t n = 0; n < o->count; n++) {
        int64_t sum = 0, below[COLUMNS] = { 0 }, all = 0;

        for (size_t k = 0; k < COLUMNS; k++)
            sum += s->out[n * COLUMNS + k];
        EXPECT_INT("the columns of a unit", sum, s->amount[n]);
        for (uint32_t c = 0; c < o->child_count[n]; c++) {
            all += s->amount[o->first_child[n] + c];
            for (size_t k = 0; k < COLUMNS; k++)
                below[k] += s->out[(o->first_child[n] + c) * COLUMNS + k];
        }
        for (size_t k = 0; k < COLUMNS && o->child_count[n]; k++) {
            assert_true(below[k] <= s->out[n * COLUMNS + k]);
            if (all == s->amount[n])
                EXPECT_INT("children in a column", below[k], s->out[n * COLUMNS + k]);
        }
    }
}

/* What was kept of how, split once more, gives the same. */
static void check_trace(const struct spread *s, const struct outline *o, struct arena *arena)
{
    struct decompose_part *parts = arena_array(arena, struct decompose_part, UNITS_MAX + 1);
    struct err err;

    for (uint32_t n = 0; n < o->count; n++)
        for (size_t k = 0; k < COLUMNS && o->child_count[n]; k++) {
            size_t count = 0, own = n * COLUMNS + k;

            for (; count < o->child_count[n]; count++) {
                uint32_t child = o->first_child[n] + (uint32_t)count;
                size_t at = child * COLUMNS + k;

                EXPECT_INT("cut below its parent", s->trace->by[at], SPREAD_BELOW);
                parts[count] = (struct decompose_part) {
                    child, s->trace->weight[at], s->trace->lower[at], s->trace->upper[at], 0, 0, 0
                };
            }
            if (s->trace->rest_weight[own] >= 0)
                parts[count++] = (struct decompose_part) { .id = UINT32_MAX,
                                                           .weight = s->trace->rest_weight[own],
                                                           .lower = k + 1 == COLUMNS ? s->trace->rest[own] : 0,
                                                           .upper = s->trace->rest_room[own] };
            EXPECT_OK("once more", decompose_split(s->out[own], parts, count, arena, &err), err);
            for (size_t c = 0; c < count; c++)
                EXPECT_INT("the same share", parts[c].share,
                           c < o->child_count[n] ? s->out[(o->first_child[n] + c) * COLUMNS + k] : s->trace->rest[own]);
        }
}

static void columns_and_children_add_up(void **state)
{
    static int64_t amount[UNITS_MAX], own[UNITS_MAX], ideal[UNITS_MAX * COLUMNS], lower[UNITS_MAX * COLUMNS],
        upper[UNITS_MAX * COLUMNS], out[UNITS_MAX * COLUMNS], weights[UNITS_MAX * COLUMNS], lowers[UNITS_MAX * COLUMNS],
        uppers[UNITS_MAX * COLUMNS], rest[UNITS_MAX * COLUMNS], rest_weight[UNITS_MAX * COLUMNS],
        rest_room[UNITS_MAX * COLUMNS];
    static uint8_t by[UNITS_MAX * COLUMNS];

    (void)state;
    for (int round = 0; round < 300; round++) {
        int64_t weight[COLUMNS];
        struct outline o;
        struct spread_trace trace = { by, weights, lowers, uppers, rest, rest_weight, rest_room };
        struct spread spread = { &o, COLUMNS, amount, ideal, lower, upper, out, false, &trace };
        struct arena arena;
        struct err err;

        arena_init(&arena);
        draw_scene(&o, amount, &arena);
        spread_own(&o, amount, own);
        for (size_t k = 0; k < COLUMNS; k++)
            weight[k] = draw_int(1, 9);
        for (uint32_t n = 0; n < o.count; n++)
            for (size_t k = 0; k < COLUMNS; k++) {
                ideal[n * COLUMNS + k] = own[n] * PARTS * weight[k] / (weight[0] + weight[1] + weight[2] + weight[3]);
                lower[n * COLUMNS + k] = 0;
                upper[n * COLUMNS + k] = DECOMPOSE_FREE;
            }
        for (size_t i = 0; i < UNITS_MAX * COLUMNS; i++)
            rest_weight[i] = -1;
        EXPECT_OK("spread", spread_down(&spread, &arena, &err), err);
        check(&spread, &o);
        check_trace(&spread, &o, &arena);
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(columns_and_children_add_up) };

    return cmocka_run_group_tests_name("spread", tests, NULL, NULL);
}
