/* Decomposition: exact at every level, within bounds, near the water level; conflicts named by an irreducible set. */
#include "calc_test.h"

#include "calc/decompose.h"
#include "calc/phasing.h"

#define NODES_MAX 400
#define FREE      DECOMPOSE_FREE

static const struct {
    const char *why;
    int64_t total;
    size_t count;
    int64_t weight[4], lower[4], upper[4], want[4];
    uint32_t how[4];
} WORKED[] = {
    { "no bounds: largest remainder, 10 among 6, 6, 2",
      10,
      3,
      { 6, 6, 2 },
      { 0 },
      { FREE, FREE, FREE },
      { 4, 4, 2 },
      { 0, 0, DECOMPOSE_EXTRA } },
    { "a floor takes its part first: 40 stand, 60 among 1, 2",
      100,
      3,
      { 1, 1, 2 },
      { 40, 0, 0 },
      { FREE, FREE, FREE },
      { 40, 20, 40 },
      { DECOMPOSE_AT_LOWER, 0, 0 } },
    { "a ceiling gives its rest to the others",
      100,
      3,
      { 8, 1, 1 },
      { 0 },
      { 30, FREE, FREE },
      { 30, 35, 35 },
      { DECOMPOSE_AT_UPPER, 0, 0 } },
    { "a lock is both",
      10,
      3,
      { 1, 1, 1 },
      { 0, 7, 0 },
      { FREE, 7, FREE },
      { 2, 7, 1 },
      { DECOMPOSE_EXTRA, DECOMPOSE_AT_LOWER, 0 } },
    { "floor and ceiling against each other: shares 60 30 10 of 100; the last is raised to 25, then the first "
      "would "
      "have 50 of the 75 and is held to 45",
      100,
      3,
      { 6, 3, 1 },
      { 0, 0, 25 },
      { 45, FREE, FREE },
      { 45, 30, 25 },
      { DECOMPOSE_AT_UPPER, 0, DECOMPOSE_AT_LOWER } },
    { "without weights equally, told so",
      5,
      2,
      { 0, 0 },
      { 0 },
      { FREE, FREE },
      { 3, 2 },
      { DECOMPOSE_EQUAL | DECOMPOSE_EXTRA, DECOMPOSE_EQUAL } },
    { "who has weight is full: the rest goes to those without",
      10,
      3,
      { 5, 0, 0 },
      { 0 },
      { 4, FREE, FREE },
      { 4, 3, 3 },
      { DECOMPOSE_AT_UPPER, DECOMPOSE_EQUAL, DECOMPOSE_EQUAL } },
};

static void worked_examples(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT_OF(WORKED); i++) {
        struct decompose_part parts[4] = { 0 };
        struct err err;

        for (size_t k = 0; k < WORKED[i].count; k++)
            parts[k] = (struct decompose_part) {
                .id = 10 + k, .weight = WORKED[i].weight[k], .lower = WORKED[i].lower[k], .upper = WORKED[i].upper[k]
            };
        EXPECT_OK(WORKED[i].why, decompose_split(WORKED[i].total, parts, WORKED[i].count, &arena, &err), err);
        for (size_t k = 0; k < WORKED[i].count; k++) {
            EXPECT_INT(WORKED[i].why, parts[k].share, WORKED[i].want[k]);
            EXPECT_INT(WORKED[i].why, parts[k].how, WORKED[i].how[k]);
        }
    }
    arena_fini(&arena);
}

static void mixes_are_normalised(void **state)
{
    /* last year 100 : 300, capacity 9 : 1; 60 % and 40 %: 0.6/4 + 0.4*0.9 = 51 %, so 510 of 1000 */
    static const int64_t history[] = { -1, 100, 300 }, capacity[] = { -1, 9, 1 }, nothing[] = { -1, 0, 0 };
    const struct decompose_mix mixes[] = { { history, 60 }, { capacity, 40 }, { nothing, 50 } };
    struct decompose_node nodes[3] = { { .parent = DECOMPOSE_NONE, .first_child = 1, .child_count = 2 } };
    struct arena arena;
    struct err err;

    (void)state;
    arena_init(&arena);
    for (size_t n = 0; n < 3; n++)
        nodes[n].part.upper = FREE;
    EXPECT_OK("mixed", decompose_weigh(nodes, 3, mixes, 3, false, &arena, &err), err);
    EXPECT_OK("cut", decompose_tree(1000, nodes, 3, &arena, &err), err);
    EXPECT_INT("first", nodes[1].part.share, 510);
    EXPECT_INT("second", nodes[2].part.share, 490);
    EXPECT_INT("what has no weight at all drops out", nodes[1].part.weight,
               DECOMPOSE_UNIT / 4 * 60 + DECOMPOSE_UNIT / 10 * 9 * 40);
    arena_fini(&arena);
}

/* --- random trees --- */

struct scene {
    struct decompose_node nodes[NODES_MAX];
    int64_t weights[2][NODES_MAX];
    size_t count;
};

/* Breadth first, up to 5 levels and 9 children; the ids in no order. */
static void draw_tree(struct scene *scene)
{
    size_t level_end = 1;

    scene->count = 1;
    scene->nodes[0] = (struct decompose_node) { .parent = DECOMPOSE_NONE };
    for (size_t n = 0, depth = 0; n < scene->count; n++) {
        struct decompose_node *node = &scene->nodes[n];
        size_t children = depth < 5 ? (size_t)draw_int(n == 0 ? 1 : 0, 9) : 0;

        if (scene->count + children > NODES_MAX)
            children = 0;
        node->first_child = (uint32_t)scene->count;
        node->child_count = (uint32_t)children;
        for (size_t c = 0; c < children; c++)
            scene->nodes[scene->count++] = (struct decompose_node) { .parent = (uint32_t)n };
        node->part = (struct decompose_part) { .id = hash_mix(n), .upper = FREE };
        if (n + 1 == level_end) {
            level_end = scene->count;
            depth++;
        }
    }
    for (size_t n = 0; n < scene->count; n++)
        for (size_t m = 0; m < 2; m++)
            scene->weights[m][n] = draw_int(0, 3) == 0 && scene->nodes[n].child_count ? -1
                                   : draw_int(0, 4) == 0                              ? 0
                                                                                      : draw_int(1, 1000000);
}

/* Bounds around a decomposition that exists, so that there is a way; or wild ones. */
static void draw_bounds(struct scene *scene, bool wild)
{
    for (size_t n = 1; n < scene->count; n++) {
        struct decompose_part *part = &scene->nodes[n].part;
        int64_t share = part->share;

        part->lower = 0;
        part->upper = FREE;
        switch (draw_int(0, 7)) {
        case 0:
            part->lower = part->upper = share; /* a lock */
            break;
        case 1:
            part->lower = wild ? draw_int(0, 2 * share + 10) : draw_int(0, share);
            break;
        case 2:
            part->upper = wild ? draw_int(0, 2 * share + 10) : draw_int(share, 2 * share + 10);
            break;
        default:
            break;
        }
        if (part->lower > part->upper)
            part->upper = part->lower;
    }
}

/* The level that fits, found by halving: an independent way to the exact shares. */
static double level_of(const struct scene *scene, const struct decompose_node *node, const int64_t *lower,
                       const int64_t *upper)
{
    double low = 0, high = 1e30;

    for (int step = 0; step < 400; step++) {
        double level = (low + high) / 2, sum = 0;

        for (uint32_t c = 0; c < node->child_count; c++) {
            uint32_t n = node->first_child + c;
            double x = level * (double)scene->nodes[n].part.weight;
            double u = upper[n] == FREE ? 1e300 : (double)upper[n];

            sum += x < (double)lower[n] ? (double)lower[n] : x > u ? u : x;
        }
        if (sum < (double)node->part.share)
            low = level;
        else
            high = level;
    }
    return high;
}

static void check_node(const struct scene *scene, const struct decompose_node *node, const int64_t *lower,
                       const int64_t *upper)
{
    double level = level_of(scene, node, lower, upper);
    int64_t sum = 0;
    bool weighed = false;

    for (uint32_t c = 0; c < node->child_count; c++) {
        const struct decompose_part *part = &scene->nodes[node->first_child + c].part;
        uint32_t n = node->first_child + c;

        sum += part->share;
        if (part->share < lower[n] || part->share > upper[n])
            fail_msg("node %u: %" PRId64 " leaves %" PRId64 "..%" PRId64, n, part->share, lower[n], upper[n]);
        weighed = weighed || (part->weight > 0 && !(part->how & (DECOMPOSE_AT_LOWER | DECOMPOSE_AT_UPPER)));
    }
    EXPECT_INT("children = parent", sum, node->part.share);
    for (uint32_t c = 0; weighed && c < node->child_count; c++) {
        uint32_t n = node->first_child + c;
        double x = level * (double)scene->nodes[n].part.weight, u = upper[n] == FREE ? 1e300 : (double)upper[n];

        x = x < (double)lower[n] ? (double)lower[n] : x > u ? u : x;
        EXPECT_NEAR("less than one off its exact share", (double)scene->nodes[n].part.share, x, 1 + 1e-6 * x + 1e-3);
    }
}

/* Bounds with those beneath, worked out once more from the definition. */
static void ranges(const struct scene *scene, int64_t *lower, int64_t *upper)
{
    for (size_t n = scene->count; n-- > 0;) {
        int64_t l = 0, u = 0;

        for (uint32_t c = 0; c < scene->nodes[n].child_count; c++) {
            uint32_t k = scene->nodes[n].first_child + c;
            l += lower[k];
            u = u == FREE || upper[k] == FREE ? FREE : u + upper[k];
        }
        lower[n] = scene->nodes[n].part.lower > l ? scene->nodes[n].part.lower : l;
        upper[n] = scene->nodes[n].child_count == 0 || scene->nodes[n].part.upper < u ? scene->nodes[n].part.upper : u;
    }
}

static void conserves(void **state)
{
    static struct scene scene;
    static int64_t lower[NODES_MAX], upper[NODES_MAX];
    size_t conflicts = 0, solved = 0;

    (void)state;
    (void)draw();
    for (int round = 0; round < 1500; round++) {
        struct decompose_mix mixes[2] = { { scene.weights[0], (uint32_t)draw_int(1, 100) },
                                          { scene.weights[1], (uint32_t)draw_int(1, 100) } };
        int64_t total = draw_int(0, 5) == 0 ? draw_int(0, 50) : draw_int(0, 1000000000000);
        bool wild = draw_int(0, 2) == 0;
        struct arena arena;
        struct err err;

        arena_init(&arena);
        draw_tree(&scene);
        EXPECT_OK("weighs", decompose_weigh(scene.nodes, scene.count, mixes, 2, false, &arena, &err), err);
        EXPECT_OK("free", decompose_tree(total, scene.nodes, scene.count, &arena, &err), err);
        draw_bounds(&scene, wild);
        EXPECT_OK("weighs anew", decompose_weigh(scene.nodes, scene.count, mixes, 1, false, &arena, &err), err);
        if (decompose_tree(total, scene.nodes, scene.count, &arena, &err) == 0) {
            ranges(&scene, lower, upper);
            for (size_t n = 0; n < scene.count; n++)
                if (scene.nodes[n].child_count)
                    check_node(&scene, &scene.nodes[n], lower, upper);
            solved++;
        } else {
            assert_true(wild);
            assert_string_equal(err.code, "bounds_conflict");
            conflicts++;
        }
        arena_fini(&arena);
    }
    printf("%zu solved, %zu refused\n", solved, conflicts);
    assert_true(solved > 500 && conflicts > 50);
}

/* Straight to the leaves: leaves sum to the total, and every node to its leaves. */
static void straight(void **state)
{
    static struct scene scene;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct decompose_mix mix = { scene.weights[0], 1 };
        int64_t total = draw_int(0, 1000000);
        struct arena arena;
        struct err err;

        arena_init(&arena);
        draw_tree(&scene);
        EXPECT_OK("weighs", decompose_weigh(scene.nodes, scene.count, &mix, 1, true, &arena, &err), err);
        EXPECT_OK("cuts", decompose_leaves(total, scene.nodes, scene.count, &arena, &err), err);
        EXPECT_INT("root", scene.nodes[0].part.share, total);
        for (size_t n = 0; n < scene.count; n++) {
            int64_t sum = 0;
            for (uint32_t c = 0; c < scene.nodes[n].child_count; c++)
                sum += scene.nodes[scene.nodes[n].first_child + c].part.share;
            if (scene.nodes[n].child_count)
                EXPECT_INT("children = parent", sum, scene.nodes[n].part.share);
        }
        arena_fini(&arena);
    }
}

/* --- conflicts --- */

/* Whether these bounds but `skip` leave a way for the total (-1: for some total), by the definition. */
static bool has_way(const struct scene *scene, int64_t total, const struct decompose_bound *bounds, size_t count,
                    size_t skip)
{
    static int64_t lower[NODES_MAX], upper[NODES_MAX];
    static struct scene trial;

    trial = *scene;
    for (size_t n = 0; n < trial.count; n++) {
        trial.nodes[n].part.lower = 0;
        trial.nodes[n].part.upper = FREE;
    }
    for (size_t i = 0; i < count; i++)
        if (i != skip) {
            if (bounds[i].is_upper)
                trial.nodes[bounds[i].node].part.upper = bounds[i].value;
            else
                trial.nodes[bounds[i].node].part.lower = bounds[i].value;
        }
    ranges(&trial, lower, upper);
    for (size_t n = 0; n < trial.count; n++)
        if (lower[n] > upper[n])
            return false;
    return total < 0 || (lower[0] <= total && total <= upper[0]);
}

static void names_an_irreducible_set(void **state)
{
    static struct scene scene;
    size_t seen = 0;

    (void)state;
    for (int round = 0; round < 400; round++) {
        int64_t total = draw_int(0, 10000);
        struct decompose_mix mix = { scene.weights[0], 1 };
        struct decompose_bound *bounds;
        bool total_counts;
        struct arena arena;
        struct err err;
        size_t count;

        arena_init(&arena);
        draw_tree(&scene);
        EXPECT_OK("weighs", decompose_weigh(scene.nodes, scene.count, &mix, 1, false, &arena, &err), err);
        EXPECT_OK("free", decompose_tree(total, scene.nodes, scene.count, &arena, &err), err);
        draw_bounds(&scene, true);
        count = decompose_conflict(total, scene.nodes, scene.count, false, &arena, &bounds, &total_counts);
        EXPECT_INT("named when refused", count > 0, decompose_tree(total, scene.nodes, scene.count, &arena, &err) != 0);
        seen += count > 0;
        if (count > 0)
            assert_false(has_way(&scene, total_counts ? total : -1, bounds, count, SIZE_MAX));
        for (size_t i = 0; i < count; i++)
            assert_true(has_way(&scene, total_counts ? total : -1, bounds, count, i));
        arena_fini(&arena);
    }
    assert_true(seen > 20);
}

static void names_the_smallest(void **state)
{
    /* floors 5, 3, 3 and a total of 7: the first two are enough to contradict it */
    struct decompose_node nodes[4] = { { .parent = DECOMPOSE_NONE, .first_child = 1, .child_count = 3 } };
    static const int64_t floors[] = { 0, 5, 3, 3 };
    struct decompose_bound *bounds;
    bool total_counts;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t n = 0; n < 4; n++) {
        nodes[n].part = (struct decompose_part) { .id = n, .weight = 1, .lower = floors[n], .upper = FREE };
        nodes[n].parent = n ? 0 : DECOMPOSE_NONE;
    }
    EXPECT_INT("two", decompose_conflict(7, nodes, 4, false, &arena, &bounds, &total_counts), 2);
    EXPECT_INT("the total is one side", total_counts, true);
    EXPECT_INT("five", bounds[0].value, 5);
    EXPECT_INT("three", bounds[1].value, 3);
    EXPECT_INT("11 fit", decompose_conflict(11, nodes, 4, false, &arena, &bounds, &total_counts), 0);
    nodes[0].part.upper = 10; /* 5 + 3 + 3 don't fit under the ceiling, whatever the total */
    EXPECT_INT("four", decompose_conflict(10, nodes, 4, false, &arena, &bounds, &total_counts), 4);
    EXPECT_INT("without the total", total_counts, false);
    arena_fini(&arena);
}

/* What is decomposed over units is phased over days: days = weeks across month ends = months = quarter at every leaf,
 * and a parent's day is the sum of its leaves'. */
static void phases_without_loss(void **state)
{
    static struct scene scene;
    enum { DAYS = 92 };
    static const int32_t months[] = { 0, 31, 61, 92 };

    (void)state;
    for (int round = 0; round < 60; round++) {
        struct decompose_mix mix = { scene.weights[0], 1 };
        int64_t weights[DAYS], cumulative[DAYS + 1], total = draw_int(0, 100000), days = 0;
        struct phasing_curve curve;
        struct arena arena;
        struct err err;

        arena_init(&arena);
        draw_tree(&scene);
        for (size_t d = 0; d < DAYS; d++)
            weights[d] = draw_int(d == 0, 1000);
        EXPECT_OK("curve", phasing_curve_init(&curve, 1000, weights, DAYS, cumulative, &err), err);
        EXPECT_OK("weighs", decompose_weigh(scene.nodes, scene.count, &mix, 1, false, &arena, &err), err);
        EXPECT_OK("cuts", decompose_tree(total, scene.nodes, scene.count, &arena, &err), err);
        for (size_t n = 0; n < scene.count; n++) {
            int64_t share = scene.nodes[n].part.share, by_day = 0, by_week = 0, by_month = 0;
            if (scene.nodes[n].child_count)
                continue;
            for (int32_t d = 0; d < DAYS; d++)
                by_day += phasing_plan_day(&curve, share, 1000 + d);
            for (int32_t d = 0; d < DAYS; d += 7)
                by_week += phasing_plan_range(&curve, share, 1000 + d, 1000 + (d + 6 < DAYS ? d + 6 : DAYS - 1));
            for (int m = 0; m < 3; m++)
                by_month += phasing_plan_range(&curve, share, 1000 + months[m], 1000 + months[m + 1] - 1);
            EXPECT_INT("days", by_day, share);
            EXPECT_INT("weeks", by_week, share);
            EXPECT_INT("months", by_month, share);
            days += by_day;
        }
        EXPECT_INT("all leaves' days are the root's quarter", days, total);
        arena_fini(&arena);
    }
}

static void refuses(void **state)
{
    struct decompose_part parts[2] = { { .id = 1, .weight = -1, .upper = FREE }, { .id = 2, .upper = FREE } };
    struct arena arena;
    struct err err;

    (void)state;
    arena_init(&arena);
    EXPECT_REFUSED("negative", decompose_split(5, parts, 2, &arena, &err), err, "negative_weight");
    EXPECT_REFUSED("below 0", decompose_split(-5, parts, 2, &arena, &err), err, "negative_total");
    parts[0].weight = INT64_MAX;
    EXPECT_REFUSED("too heavy", decompose_split(5, parts, 2, &arena, &err), err, "overflow");
    parts[0] = (struct decompose_part) { .id = 1, .weight = 1, .lower = 3, .upper = 2 };
    EXPECT_REFUSED("floor above ceiling", decompose_split(5, parts, 2, &arena, &err), err, "bounds_conflict");
    EXPECT_REFUSED("nobody", decompose_split(5, parts, 0, &arena, &err), err, "bounds_conflict");
    EXPECT_OK("nothing to nobody", decompose_split(0, parts, 0, &arena, &err), err);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_examples),
        cmocka_unit_test(mixes_are_normalised),
        cmocka_unit_test(conserves),
        cmocka_unit_test(straight),
        cmocka_unit_test(names_an_irreducible_set),
        cmocka_unit_test(names_the_smallest),
        cmocka_unit_test(phases_without_loss),
        cmocka_unit_test(refuses),
    };

    return cmocka_run_group_tests_name("decompose", tests, NULL, NULL);
}
