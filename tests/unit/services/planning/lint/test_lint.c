/* The check before publishing: each finding on a small plan that has it, and nothing on one that is sound. */
#include "../../../common/calc/calc_test.h"

#include "planning/lint/lint.h"
#include "planning/talks/negotiation.h"

#define UNITS 6 /* 1 over 2 and 3, 2 over 4 and 5; unit ids are one more than indexes */

struct found {
    size_t count[LINT_CODES];
    struct lint_finding last[LINT_CODES];
};

static void note(void *arg, const struct lint_finding *finding)
{
    struct found *found = arg;

    found->count[finding->code]++;
    found->last[finding->code] = *finding;
}

/* amounts[measure][unit - 1], 0..; -1: no target. Two measures. */
struct plan {
    const char *why;
    int64_t now[2][5], past[2][5];
    uint32_t closed, closes; /* unit, 0 none */
    struct {
        enum lint_code code;
        size_t count;
        uint32_t unit;
    } want[3];
};

static size_t make_slices(const int64_t amounts[2][5], struct slice *slices, struct cell cells[2][5])
{
    size_t count = 0;

    for (uint32_t m = 0; m < 2; m++) {
        struct slice *slice = &slices[count];

        *slice = (struct slice) { .key = { .measure_id = m + 1 }, .cells = cells[m] };
        for (uint32_t u = 0; u < 5; u++)
            if (amounts[m][u] >= 0)
                slice->cells[slice->count++] = (struct cell) { .unit_id = u + 1, .amount = amounts[m][u] };
        count += slice->count > 0;
    }
    return count;
}

static const bool *levels; /* by measure id; NULL: all add up */

static void run(const struct plan *plan, struct found *found)
{
    static const uint32_t parents[][2] = { { 2, 1 }, { 3, 1 }, { 4, 2 }, { 5, 2 } };
    struct slice now[2], past[2];
    struct cell now_cells[2][5], past_cells[2][5];
    bool closed[UNITS] = { false }, closes[UNITS] = { false };
    struct tree *tree = tree_new();
    struct outline outline;
    struct lint_input input = { .outline = &outline, .closed = closed, .closes = closes };
    struct arena arena;
    struct err err;

    arena_init(&arena);
    for (size_t i = 0; i < COUNT_OF(parents); i++)
        EXPECT_OK("relation", tree_add(tree, parents[i][0], parents[i][1], 0, TREE_OPEN, &err), err);
    closed[plan->closed] = plan->closed != 0;
    closes[plan->closes] = plan->closes != 0;
    outline_all(&outline, tree, 10, (const uint32_t[]) { 1, 2, 3, 4, 5 }, 5, closed, &arena);
    input.level = levels;
    input.slices = now;
    input.slice_count = make_slices(plan->now, now, now_cells);
    input.history = past;
    input.history_count = make_slices(plan->past, past, past_cells);
    memset(found, 0, sizeof *found);
    lint_cells(&input, &arena, note, found);
    tree_destroy(&tree);
    arena_fini(&arena);
}

#define NONE                                                                                                           \
    {                                                                                                                  \
        -1, -1, -1, -1, -1                                                                                             \
    }
#define SOUND                                                                                                          \
    {                                                                                                                  \
        100, 60, 40, 35, 25                                                                                            \
    }

static const struct plan SUMS[] = {
    { "a sound plan", { SOUND, SOUND }, { SOUND, SOUND }, 0, 0, { { 0, 0, 0 } } },
    { "children that are more",
      { { 100, 60, 41, 35, 25 }, NONE },
      { NONE, NONE },
      0,
      0,
      { { LINT_SUM_DIFFERS, 1, 1 } } },
    { "children that are less",
      { { 100, 60, 40, 35, 24 }, NONE },
      { NONE, NONE },
      0,
      0,
      { { LINT_SUM_DIFFERS, 1, 2 } } },
    { "no target of their parent's: what is below it counts",
      { { 100, -1, 40, 35, 26 }, NONE },
      { NONE, NONE },
      0,
      0,
      { { LINT_SUM_DIFFERS, 1, 1 }, { LINT_EMPTY_LEAF, 1, 2 } } },
    { "so too where they are not more",
      { { 100, -1, 40, 35, 25 }, NONE },
      { NONE, NONE },
      0,
      0,
      { { LINT_EMPTY_LEAF, 1, 2 } } },
};

static const struct plan STANDING_OUT[] = {
    { "some children have none: less is right, but they stand out",
      { { 100, 60, 40, 35, -1 }, NONE },
      { NONE, NONE },
      0,
      0,
      { { LINT_EMPTY_LEAF, 1, 5 } } },
    { "some children have none, the others more",
      { { 100, 60, 40, 61, -1 }, NONE },
      { NONE, NONE },
      0,
      0,
      { { LINT_SUM_DIFFERS, 1, 2 }, { LINT_EMPTY_LEAF, 1, 5 } } },
    { "a measure is missing",
      { SOUND, { 100, 60, 40, 60, -1 } },
      { NONE, NONE },
      0,
      0,
      { { LINT_MISSING_MEASURE, 1, 5 } } },
    { "a target of nothing", { { 100, 60, 40, 60, 0 }, NONE }, { NONE, NONE }, 0, 0, { { LINT_ZERO, 1, 5 } } },
    { "a closed unit: its part is nobody's",
      { SOUND, NONE },
      { NONE, NONE },
      5,
      0,
      { { LINT_UNIT_CLOSED, 1, 5 }, { LINT_SUM_DIFFERS, 1, 2 } } },
    { "a unit that goes", { SOUND, NONE }, { NONE, NONE }, 0, 5, { { LINT_UNIT_CLOSES, 1, 5 } } },
};

static const struct plan AGAINST_HISTORY[] = {
    { "half as much again is no jump; a bit more is",
      { SOUND, { 100, 60, 40, 35, 25 } },
      { SOUND, { 100, 40, 40, 23, 25 } },
      0,
      0,
      { { LINT_JUMP, 1, 4 } } },
    { "down by more than half", { SOUND, NONE }, { { 100, 60, 81, 35, 25 }, NONE }, 0, 0, { { LINT_JUMP, 1, 3 } } },
    { "three times is a jump, more is out of reach",
      { SOUND, SOUND },
      { { 100, 20, 40, 35, 25 }, { 100, 60, 13, 35, 25 } },
      0,
      0,
      { { LINT_JUMP, 1, 2 }, { LINT_UNREACHABLE, 1, 3 } } },
};

static void expect_found(const struct plan *plan)
{
    struct found found;
    size_t want = 0, have = 0;

    run(plan, &found);
    for (size_t w = 0; w < 3; w++) {
        enum lint_code code = plan->want[w].code;

        if (!plan->want[w].count)
            continue;
        want += plan->want[w].count;
        EXPECT_INT(plan->why, found.count[code], plan->want[w].count);
        EXPECT_INT(plan->why, found.last[code].unit_id, plan->want[w].unit);
    }
    for (int code = 0; code < LINT_CODES; code++)
        have += found.count[code];
    EXPECT_INT(plan->why, have, want);
}

static void finds(void **state)
{
    (void)state;
    for (size_t p = 0; p < COUNT_OF(SUMS); p++)
        expect_found(&SUMS[p]);
    for (size_t p = 0; p < COUNT_OF(STANDING_OUT); p++)
        expect_found(&STANDING_OUT[p]);
    for (size_t p = 0; p < COUNT_OF(AGAINST_HISTORY); p++)
        expect_found(&AGAINST_HISTORY[p]);
}

/* --- products and channels ------------------------------------------------------------------------------------------
 */
/* One unit. Product 1 is over 2 and 3, 2 over 4; 5 stands alone. amount[product], 0: for all of them; -1: none. */
struct mix {
    const char *why;
    int64_t amount[6];
    size_t count;     /* of findings */
    uint32_t product; /* of the last one: whose parts are more */
    int64_t have;     /* what they are together */
};

static const struct mix MIXES[] = {
    { "the whole and its parts", { 100, 60, 35, 25, 35, 40 }, 0, 0, 0 },
    { "parts may leave something open", { 100, 60, 30, 25, 10, 10 }, 0, 0, 0 },
    { "60 and 41 are more than 100", { 100, 60, -1, -1, -1, 41 }, 1, 0, 101 },
    { "35 and 26 are more than 60", { 100, 60, 35, 26, -1, 40 }, 1, 1, 61 },
    { "what has none between counts for it: 35 and 26 of product 1's 60", { -1, 60, -1, 26, 35, -1 }, 1, 1, 61 },
    { "and for all of them: 26, 35 and 40", { 100, -1, -1, 26, 35, 40 }, 1, 0, 101 },
    { "a part isn't counted beside its whole", { 100, 60, 60, -1, 60, 40 }, 0, 0, 0 },
    { "without a whole there is nothing to compare with", { -1, -1, 35, 26, -1, 40 }, 0, 0, 0 },
    { "at each level", { 100, 110, 120, -1, 130, -1 }, 3, 0, 110 },
};

static void compares_products(void **state)
{
    static const uint32_t parents[] = { 0, 0, 1, 1, 2, 0 };
    bool none[3] = { false };

    (void)state;
    for (size_t m = 0; m < COUNT_OF(MIXES); m++) {
        struct slice slices[6];
        struct cell cells[6];
        struct tree *tree = tree_new();
        struct outline outline;
        struct lint_input input = { .outline = &outline,
                                    .slices = slices,
                                    .closed = none,
                                    .closes = none,
                                    .product_parent = parents,
                                    .product_limit = 6 };
        struct found found = { 0 };
        struct arena arena;

        arena_init(&arena);
        outline_all(&outline, tree, 10, (const uint32_t[]) { 1 }, 1, none, &arena);
        for (uint32_t p = 0; p < 6; p++) {
            cells[input.slice_count] = (struct cell) { .unit_id = 1, .amount = MIXES[m].amount[p] };
            slices[input.slice_count] = (struct slice) { { 1, 0, p }, &cells[input.slice_count], 1 };
            input.slice_count += MIXES[m].amount[p] >= 0;
        }
        lint_cells(&input, &arena, note, &found);
        EXPECT_INT(MIXES[m].why, found.count[LINT_PRODUCTS_DIFFER], MIXES[m].count);
        EXPECT_INT(MIXES[m].why, found.last[LINT_PRODUCTS_DIFFER].key.product_id, MIXES[m].product);
        EXPECT_INT(MIXES[m].why, found.last[LINT_PRODUCTS_DIFFER].have, MIXES[m].have);
        tree_destroy(&tree);
        arena_fini(&arena);
    }
}

/* --- parts where their whole isn't ---------------------------------------------------------------------------------
 */
/* Unit 1 over 2 and 3, 2 over 4 and 5; unit 6 isn't there that day. Product 1 over 2 and 3. Channels 1 and 2. */
struct placed {
    uint32_t channel, product, unit;
    int64_t amount;
};

struct scattered {
    const char *why;
    struct placed cells[6];                /* by channel, product, unit */
    size_t cell_count, channels, products; /* findings */
    struct lint_finding last;
};

#define AT(u, c, p, h, w)                                                                                              \
    {                                                                                                                  \
        .unit_id = u, .key = { 1, c, p }, .have = h, .want = w                                                         \
    }

static const struct scattered SCATTERED[] = {
    { "a product and a channel two levels below the total",
      { { 0, 0, 1, 100 }, { 0, 1, 4, 1000 }, { 1, 0, 4, 5000 } },
      3,
      1,
      1,
      AT(1, 0, 0, 1000, 100) },
    { "as much as the total", { { 0, 0, 1, 100 }, { 0, 1, 4, 60 }, { 0, 1, 5, 40 } }, 3, 0, 0, AT(0, 0, 0, 0, 0) },
    { "one more than it", { { 0, 0, 1, 100 }, { 0, 1, 4, 60 }, { 0, 1, 5, 41 } }, 3, 0, 1, AT(1, 0, 0, 101, 100) },
    { "the next unit that has the whole, and not those above where it counts for itself",
      { { 0, 0, 1, 100 }, { 0, 0, 2, 50 }, { 0, 1, 4, 51 } },
      3,
      0,
      1,
      AT(2, 0, 0, 51, 50) },
    { "a product's own target counts for those of the units below it",
      { { 0, 0, 1, 100 }, { 0, 1, 2, 90 }, { 0, 1, 4, 110 } },
      3,
      0,
      0,
      AT(0, 0, 0, 0, 0) },
    { "60 at one unit, 50 of a product below it at another",
      { { 0, 0, 1, 100 }, { 0, 1, 4, 60 }, { 0, 2, 5, 50 } },
      3,
      0,
      1,
      AT(1, 0, 0, 110, 100) },
    { "60 at one unit may be within the 70 of a product below it above",
      { { 0, 0, 1, 100 }, { 0, 1, 4, 60 }, { 0, 2, 2, 70 } },
      3,
      0,
      0,
      AT(0, 0, 0, 0, 0) },
    { "channels of products: both ways they are more",
      { { 0, 0, 1, 100 }, { 1, 2, 4, 70 }, { 2, 3, 5, 31 } },
      3,
      1,
      1,
      AT(1, 0, 0, 101, 100) },
    { "channels below a product's target",
      { { 0, 1, 1, 100 }, { 1, 2, 4, 70 }, { 2, 1, 5, 31 } },
      3,
      1,
      0,
      AT(1, 0, 1, 101, 100) },
    { "a unit that isn't there stands for itself",
      { { 0, 0, 1, 100 }, { 0, 0, 6, 5 }, { 0, 1, 6, 500 } },
      3,
      0,
      1,
      AT(6, 0, 0, 500, 5) },
    { "no total anywhere above", { { 0, 0, 3, 10 }, { 0, 1, 4, 1000 } }, 2, 0, 0, AT(0, 0, 0, 0, 0) },
};

static void note_parts(void *arg, const struct lint_finding *finding)
{
    if (finding->code == LINT_CHANNELS_DIFFER || finding->code == LINT_PRODUCTS_DIFFER)
        note(arg, finding);
}

static size_t place_cells(const struct scattered *row, struct slice *slices, struct cell *cells)
{
    size_t count = 0;

    for (size_t i = 0; i < row->cell_count; i++) {
        const struct placed *at = &row->cells[i];
        const struct slice_key key = { 1, at->channel, at->product };

        cells[i] = (struct cell) { .unit_id = at->unit, .amount = at->amount };
        if (!count || slice_key_compare(&slices[count - 1].key, &key) != 0)
            slices[count++] = (struct slice) { key, &cells[i], 0 };
        slices[count - 1].count++;
    }
    return count;
}

static void counts_parts_above(void **state)
{
    static const uint32_t relations[][2] = { { 2, 1 }, { 3, 1 }, { 4, 2 }, { 5, 2 } }, products[] = { 0, 0, 1, 1 };
    static const bool closed[8] = { [6] = true }, none[8];
    struct tree *tree = tree_new();
    struct outline outline;
    struct arena arena;
    struct err err;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT_OF(relations); i++)
        EXPECT_OK("relation", tree_add(tree, relations[i][0], relations[i][1], 0, TREE_OPEN, &err), err);
    outline_all(&outline, tree, 10, (const uint32_t[]) { 1, 2, 3, 4, 5, 6 }, 6, closed, &arena);
    for (size_t i = 0; i < COUNT_OF(SCATTERED); i++) {
        const struct scattered *row = &SCATTERED[i];
        struct slice slices[6];
        struct cell cells[6];
        struct lint_input input = { .outline = &outline,
                                    .slices = slices,
                                    .slice_count = place_cells(row, slices, cells),
                                    .closed = closed,
                                    .closes = none,
                                    .product_parent = products,
                                    .product_limit = COUNT_OF(products) };
        struct found found = { 0 };
        const struct lint_finding *last = &found.last[row->products ? LINT_PRODUCTS_DIFFER : LINT_CHANNELS_DIFFER];

        lint_cells(&input, &arena, note_parts, &found);
        EXPECT_INT(row->why, found.count[LINT_CHANNELS_DIFFER], row->channels);
        EXPECT_INT(row->why, found.count[LINT_PRODUCTS_DIFFER], row->products);
        EXPECT_INT(row->why, last->unit_id, row->last.unit_id);
        EXPECT_INT(row->why, last->key.channel_id, row->last.key.channel_id);
        EXPECT_INT(row->why, last->key.product_id, row->last.key.product_id);
        EXPECT_INT(row->why, last->have, row->last.have);
        EXPECT_INT(row->why, last->want, row->last.want);
    }
    tree_destroy(&tree);
    arena_fini(&arena);
}

static void talks(void **state)
{
    static const struct {
        const char *answer;
        enum talk_state from;
        int to; /* -1: refused */
    } rows[] = {
        { "propose", TALK_OPEN, TALK_PROPOSED },
        { "accept", TALK_OPEN, -1 },
        { "accept", TALK_PROPOSED, TALK_ACCEPTED },
        { "ask", TALK_PROPOSED, TALK_ASKED },
        { "ask", TALK_ACCEPTED, -1 },
        { "grant", TALK_ASKED, TALK_PROPOSED },
        { "grant", TALK_PROPOSED, -1 },
        { "decline", TALK_ASKED, TALK_PROPOSED },
        { "recall", TALK_ACCEPTED, TALK_RECALLED },
        { "accept", TALK_RECALLED, -1 },
        { "propose", TALK_RECALLED, TALK_PROPOSED },
        { "propose", TALK_ACCEPTED, TALK_ACCEPTED },
        { "remind", TALK_PROPOSED, TALK_PROPOSED },
        { "remind", TALK_ACCEPTED, -1 },
        { "shout", TALK_OPEN, -1 },
    };
    bool known;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct talk_step *step = talk_find(rows[i].answer, rows[i].from, &known);

        EXPECT_INT(rows[i].answer, step ? (int)step->to : -1, rows[i].to);
        EXPECT_INT(rows[i].answer, known, strcmp(rows[i].answer, "shout") != 0);
    }
    assert_true(talk_is_from_above("grant") && !talk_is_from_above("accept"));
}

/* Measure 1 is a ratio: its children are what they are; jumps and zeros are still seen, and measure 2 still adds up. */
static void levels_dont_add_up(void **state)
{
    static const bool level[] = { false, true, false };
    static const struct plan plan = { .why = "levels",
                                      .now = { { 50, 50, 90, 45, 0 }, { 100, 60, 41, 35, 25 } },
                                      .past = { { 50, 50, 50, 45, 45 }, SOUND } };
    struct found found;

    (void)state;
    levels = level;
    run(&plan, &found);
    levels = NULL;
    assert_int_equal(found.count[LINT_SUM_DIFFERS], 1);
    assert_int_equal(found.last[LINT_SUM_DIFFERS].key.measure_id, 2);
    assert_int_equal(found.count[LINT_JUMP], 2); /* 90 where 50 was, 0 where 45 was */
    assert_int_equal(found.count[LINT_ZERO], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(finds), cmocka_unit_test(compares_products),
                                        cmocka_unit_test(counts_parts_above), cmocka_unit_test(levels_dont_add_up),
                                        cmocka_unit_test(talks) };

    return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}
