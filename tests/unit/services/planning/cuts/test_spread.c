/* Spreading over columns, on random trees with rests: every unit's columns are what it has, in every column children
 * are no more than their parent and are it where they were, and nobody is far from its exact share. */
#include "../../../common/calc/calc_test.h"

#include "calc/decompose.h"
#include "planning/axes/reach.h"
#include "planning/cuts/spread.h"

#define UNITS_MAX 200
#define COLUMNS   4
#define PARTS     1024

/* `anew`: another tree, too. */
static void draw_scene(struct outline *o, int64_t *amount, struct arena *arena, bool anew)
{
    uint32_t units = (uint32_t)draw_int(2, UNITS_MAX - 1);
    struct tree *tree = tree_new();
    struct err err;

    for (uint32_t unit = 2; unit <= units; unit++)
        EXPECT_OK(
            "relation",
            tree_add(tree, unit, (uint32_t)draw_int(unit > 12 ? (unit - 1) / 4 : 1, unit - 1), 0, TREE_OPEN, &err),
            err);
    if (anew)
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
                                                           .lower = s->trace->rest_least[own],
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
        rest_room[UNITS_MAX * COLUMNS], rest_least[UNITS_MAX * COLUMNS];
    static uint8_t by[UNITS_MAX * COLUMNS];

    (void)state;
    for (int round = 0; round < 300; round++) {
        int64_t weight[COLUMNS];
        struct outline o;
        struct spread_trace trace = { by, weights, lowers, uppers, rest, rest_weight, rest_room, rest_least };
        struct spread spread = { .outline = &o,
                                 .columns = COLUMNS,
                                 .amount = amount,
                                 .ideal = ideal,
                                 .lower = lower,
                                 .upper = upper,
                                 .out = out,
                                 .trace = &trace };
        struct arena arena;
        struct err err;

        arena_init(&arena);
        draw_scene(&o, amount, &arena, true);
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

/* --- weeks under months ----------------------------------------------------------------------------------------------
 * A quarter of random months, cut over its weeks by the days of what each month has: every unit's weeks fit its months,
 * on any tree and however small the amounts are, whatever the tops were given before.
 */
#define WEEKS 14

static struct ref_period of_week[WEEKS], of_month[3];

static void draw_days(const struct ref_period **weeks, const struct ref_period **months)
{
    int32_t first = draw_int(1, 7), day = 0;

    for (int w = 0; w < WEEKS; w++) {
        of_week[w] = (struct ref_period) { .from_day = w ? first + 7 * (w - 1) : 0, .until_day = first + 7 * w };
        weeks[w] = &of_week[w];
    }
    for (int m = 0; m < 3; m++) {
        of_month[m] = (struct ref_period) { .from_day = day, .until_day = day + draw_int(28, 31) };
        day = m == 2 ? of_week[WEEKS - 1].until_day : of_month[m].until_day;
        of_month[m].until_day = day;
        months[m] = &of_month[m];
    }
}

/* By hand: 9 in a month of three weeks and a half, 4 in the next; the week between has four days of one, three of the
 * other. */
static void fits_by_hand(const struct reach *reach)
{
    static const struct {
        const char *why;
        int64_t weeks[4], months[2];
        size_t broken;
        int64_t nearest;
    } rows[] = {
        { "all of the week is the first month's", { 3, 3, 3, 4 }, { 9, 4 }, 4, 0 },
        { "all of it is the second's", { 4, 5, 4, 0 }, { 9, 4 }, 4, 0 },
        { "the month is over and has more", { 3, 3, 2, 5 }, { 9, 4 }, 2, 3 },
        { "the month hasn't as much", { 5, 5, 0, 3 }, { 9, 4 }, 1, 4 },
        { "nothing at all", { 0, 0, 0, 0 }, { 0, 0 }, 4, 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t nearest = 0;

        EXPECT_INT(rows[i].why, reach_broken(reach, rows[i].weeks, 4, rows[i].months, &nearest), rows[i].broken);
        EXPECT_INT(rows[i].why, nearest, rows[i].nearest);
    }
}

static void check_fits(const struct outline *o, int64_t (*month)[UNITS_MAX], const int64_t *out,
                       const struct reach *reach)
{
    for (uint32_t n = 0; n < o->count; n++) {
        int64_t months[3] = { month[0][n], month[1][n], month[2][n] }, nearest;

        EXPECT_INT("weeks fit", reach_broken(reach, &out[n * WEEKS], WEEKS, months, &nearest), WEEKS);
        for (size_t k = 0; k < WEEKS; k++) {
            int64_t below = 0;

            for (uint32_t c = 0; c < o->child_count[n]; c++)
                below += out[(o->first_child[n] + c) * WEEKS + k];
            assert_true(out[n * WEEKS + k] >= below);
        }
    }
}

static void weeks_fit_months(void **state)
{
    static int64_t month[3][UNITS_MAX], amount[UNITS_MAX], ideal[UNITS_MAX * WEEKS], lower[UNITS_MAX * WEEKS],
        upper[UNITS_MAX * WEEKS], least[UNITS_MAX * WEEKS], most[UNITS_MAX * WEEKS], out[UNITS_MAX * WEEKS];
    const struct ref_period *weeks[WEEKS], *months[3];
    struct reach reach[WEEKS];

    (void)state;
    of_month[0] = (struct ref_period) { .from_day = 0, .until_day = 18 };
    of_month[1] = (struct ref_period) { .from_day = 18, .until_day = 28 };
    for (int i = 0; i < 4; i++) {
        of_week[i] = (struct ref_period) { .from_day = 7 * i, .until_day = 7 * i + 7 };
        weeks[i] = &of_week[i];
        months[i / 2] = &of_month[i / 2];
    }
    reach_find(weeks, 4, months, 2, reach);
    fits_by_hand(reach);
    for (int round = 0; round < 400; round++) {
        struct outline o;
        struct spread spread = { &o, WEEKS, amount, ideal, lower, upper, least, most, out, false, NULL };
        struct arena arena;
        struct err err;

        arena_init(&arena);
        draw_days(weeks, months);
        reach_find(weeks, WEEKS, months, 3, reach);
        for (int m = 0; m < 3; m++)
            draw_scene(&o, month[m], &arena, m == 0);
        for (uint32_t n = 0; n < o.count; n++) {
            amount[n] = month[0][n] + month[1][n] + month[2][n];
            for (size_t k = 0; k < WEEKS; k++) {
                size_t at = n * WEEKS + k;

                lower[at] = ideal[at] = least[at] = most[at] = 0;
                upper[at] = DECOMPOSE_FREE;
                for (uint32_t m = 0; m < 3; m++) {
                    int32_t from = months[m]->from_day > weeks[k]->from_day ? months[m]->from_day : weeks[k]->from_day,
                            until = months[m]->until_day < weeks[k]->until_day ? months[m]->until_day
                                                                               : weeks[k]->until_day;
                    int64_t own = month[m][n];

                    for (uint32_t c = 0; c < o.child_count[n]; c++)
                        own -= month[m][o.first_child[n] + c];
                    ideal[at] += from < until
                                     ? own * PARTS * (until - from) / (months[m]->until_day - months[m]->from_day)
                                     : 0;
                    least[at] += m < reach[k].over ? month[m][n] : 0;
                    most[at] += m < reach[k].begun ? month[m][n] : 0;
                }
            }
        }
        EXPECT_OK("there is always a way", spread_down(&spread, &arena, &err), err);
        check_fits(&o, month, out, reach);
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_and_children_add_up),
        cmocka_unit_test(weeks_fit_months),
    };

    return cmocka_run_group_tests_name("spread", tests, NULL, NULL);
}
