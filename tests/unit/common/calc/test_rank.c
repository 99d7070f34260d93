/* Competition ranking. */
#include "calc_test.h"

#include "calc/rank.h"

static void ranks_by_competition(void **state)
{
    /* 90, 80, 80, 70 -> 1, 2, 2, 4; a tiny target isn't eligible, another group starts at 1 */
    struct rank_entry e[7] = { 0 };
    static const int64_t scores[] = { 70, 80, 80, 90, 500, 5, 99 };
    static const uint64_t want_id[] = { 4, 2, 3, 1, 5, 7, 6 };
    static const uint32_t want_rank[] = { 1, 2, 2, 4, 0, 0, 1 };
    struct rank_rule rule = { .target_min = 10 };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(e); i++)
        e[i] = (struct rank_entry) { .id = i + 1, .target = 100, .score = scores[i] };
    e[4].target = 9;
    e[5].peer_group = 1;
    e[6].excluded = true;
    rank_assign(e, COUNT_OF(e), &rule);
    for (size_t i = 0; i < COUNT_OF(e); i++) {
        EXPECT_INT("order", e[i].id, want_id[i]);
        EXPECT_INT("rank", e[i].rank, want_rank[i]);
        EXPECT_INT("size", e[i].group_size, i < 6 ? 4 : 1);
    }
}

static void breaks_ties_by_declared_keys(void **state)
{
    struct rank_entry e[3] = { 0 };
    static const int64_t keys[3][2] = { { 5, 3 }, { 5, 2 }, { 6, 9 } };
    struct rank_rule rule = { .target_min = INT64_MIN, .key_count = 2, .key_ascending = { false, true } };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        e[i].id = i + 1;
        memcpy(e[i].keys, keys[i], sizeof keys[i]);
    }
    rank_assign(e, 3, &rule);
    EXPECT_INT("the higher first key", e[0].id == 3 && e[0].rank == 1, 1);
    EXPECT_INT("then the lower second key", e[1].id == 2 && e[1].rank == 2, 1);
    rule.key_count = 1;
    rank_assign(e, 3, &rule);
    EXPECT_INT("without it a tie", e[1].rank == 2 && e[2].rank == 2, 1);
    rank_assign(e, 0, &rule);
}

/* Rank = 1 + how many are better, whatever order they come in. */
static void properties(void **state)
{
    struct rank_rule rule = { .target_min = 5 };
    (void)state;
    for (int n = 0; n < 500; n++) {
        struct rank_entry e[40], shuffled[40];
        size_t count = (size_t)draw_int(1, 40);

        for (size_t i = 0; i < count; i++) {
            e[i] = (struct rank_entry) {
                .id = i, .peer_group = draw() % 3, .target = draw_int(0, 20), .score = draw_int(0, 8)
            };
            shuffled[i] = e[i];
        }
        for (size_t i = count - 1; i > 0; i--) {
            size_t j = draw() % (i + 1);
            struct rank_entry t = shuffled[i];

            shuffled[i] = shuffled[j];
            shuffled[j] = t;
        }
        rank_assign(e, count, &rule);
        rank_assign(shuffled, count, &rule);
        for (size_t i = 0; i < count; i++) {
            uint32_t better = 0;

            for (size_t j = 0; j < count; j++)
                better += e[j].peer_group == e[i].peer_group && e[j].target >= 5 && e[j].score > e[i].score;
            assert_int_equal(e[i].rank, e[i].target >= 5 ? better + 1 : 0);
            assert_int_equal(e[i].id, shuffled[i].id);
            assert_int_equal(e[i].rank, shuffled[i].rank);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_by_competition),
        cmocka_unit_test(breaks_ties_by_declared_keys),
        cmocka_unit_test(properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
