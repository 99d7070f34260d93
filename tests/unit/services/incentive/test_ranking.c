/* Indexes, quotas of grades and medians: by hand, and laws over random ones (BIHUAN_SEED, printed). */
#include "support/check.h"
#include "support/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "incentive/scoring/ranking.h"
#include "incentive/scoring/top.h"

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

/* --- indexes ---------------------------------------------------------------------------------------------------------
 */

struct index {
    struct card_line line;
    Bihuan__ScorecardLine doc;
    Bihuan__ScorecardPart parts[3];
    Bihuan__ScorecardPart *part_list[3];
    struct score_line lines[3];
};

static void make_index(struct index *index, enum index_join join, const int64_t ppm[3], const uint32_t weights[3])
{
    bihuan__scorecard_line__init(&index->doc);
    for (int i = 0; i < 3; i++) {
        bihuan__scorecard_part__init(&index->parts[i]);
        index->parts[i].weight_bp = weights[i];
        index->part_list[i] = &index->parts[i];
        index->lines[i] = (struct score_line) { .attainment = { ppm[i] >= 0, ATTAINMENT_OK,
                                                                ppm[i] >= 0 ? ppm[i] : 0 } };
    }
    index->doc.parts = index->part_list;
    index->doc.n_parts = 3;
    index->line = (struct card_line) { .doc = &index->doc, .join = join, .part_count = 3 };
}

static void test_indexes_by_hand(void **state)
{
    static const struct {
        const char *why;
        enum index_join join;
        int64_t ppm[3]; /* -1: undefined */
        bool defined;
        int64_t want;
    } rows[] = {
        { "the weakest", JOIN_LEAST, { 900000, 1200000, 700000 }, true, 700000 },
        { "none above 100 %", JOIN_LEAST, { 1100000, 1200000, 1300000 }, true, 1000000 },
        { "what has none is left out", JOIN_LEAST, { -1, 800000, -1 }, true, 800000 },
        { ".9 * 1 * .7", JOIN_PRODUCT, { 900000, 1200000, 700000 }, true, 630000 },
        { "a third of a third", JOIN_PRODUCT, { 333333, 333333, 1000000 }, true, 111110 },
        { ".5 * .9 + .3 * 1 + .2 * .7", JOIN_MEAN, { 900000, 1200000, 700000 }, true, 890000 },
        { "of what is there: (.5 * .9 + .2 * .7) / .7", JOIN_MEAN, { 900000, -1, 700000 }, true, 842857 },
        { "nothing is there", JOIN_MEAN, { -1, -1, -1 }, false, 0 },
    };
    static const uint32_t weights[3] = { 5000, 3000, 2000 };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct index index;
        struct attainment have;

        make_index(&index, rows[i].join, rows[i].ppm, weights);
        have = score_join(&index.line, index.lines);
        if (have.defined != rows[i].defined || have.ppm != rows[i].want)
            fail_msg("%s: %ld, want %ld", rows[i].why, (long)have.ppm, (long)rows[i].want);
    }
}

/* product <= least <= mean, all within 0 and 100 %. */
static void test_index_order(void **state)
{
    (void)state;
    for (int round = 0; round < 2000; round++) {
        const int64_t ppm[3] = { draw(1500000), draw(1500000), draw(1500000) };
        const uint32_t a = draw(9000), b = draw(10000 - a);
        const uint32_t weights[3] = { a, b, 10000 - a - b };
        int64_t joined[4] = { 0 };

        for (int join = JOIN_LEAST; join <= JOIN_MEAN; join++) {
            struct index index;

            make_index(&index, (enum index_join)join, ppm, weights);
            joined[join] = score_join(&index.line, index.lines).ppm;
        }
        assert_true(joined[JOIN_PRODUCT] <= joined[JOIN_LEAST]);
        assert_true(joined[JOIN_LEAST] <= joined[JOIN_MEAN]);
        assert_true(joined[JOIN_MEAN] <= FIXED_PPM);
    }
}

/* --- grades ----------------------------------------------------------------------------------------------------------
 */

static void quotas_of(const uint32_t *shares, size_t count, uint32_t ranked, uint32_t *quotas)
{
    Bihuan__ScorecardRanking ranking = BIHUAN__SCORECARD_RANKING__INIT;
    Bihuan__ScorecardGrade grades[8], *list[8];

    for (size_t g = 0; g < count; g++) {
        bihuan__scorecard_grade__init(&grades[g]);
        grades[g].share_ppm = shares[g];
        list[g] = &grades[g];
        quotas[g] = 0;
    }
    ranking.grades = list;
    ranking.n_grades = count;
    rank_quotas(&ranking, ranked, quotas);
}

static void test_quotas_by_hand(void **state)
{
    static const uint32_t shares[] = { 200000, 600000, 200000 };
    static const struct {
        uint32_t ranked, quotas[3];
    } rows[] = {
        { 10, { 2, 6, 2 } },
        { 7, { 2, 4, 1 } }, /* 1.4, 4.2, 1.4: the one that is left goes to the first of the larger remainders */
        { 1, { 0, 1, 0 } },
        { 0, { 0, 0, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t have[3];

        quotas_of(shares, 3, rows[i].ranked, have);
        for (int g = 0; g < 3; g++)
            CHECK_INT(have[g], rows[i].quotas[g]);
    }
}

static void test_quotas_sum(void **state)
{
    (void)state;
    for (int round = 0; round < 2000; round++) {
        uint32_t shares[8], quotas[8], left = 1000000, ranked = draw(12000), sum = 0;
        size_t count = 1 + draw(8);

        for (size_t g = 0; g < count; g++) {
            shares[g] = g + 1 == count ? left : draw(left);
            left -= shares[g];
        }
        quotas_of(shares, count, ranked, quotas);
        for (size_t g = 0; g < count; g++) {
            int64_t exact = (int64_t)ranked * shares[g];

            sum += quotas[g];
            assert_true(llabs((int64_t)quotas[g] * 1000000 - exact) < 1000000);
        }
        CHECK_INT(sum, ranked);
    }
}

static void test_median(void **state)
{
    int64_t odd[] = { 5, 1, 3 }, even[] = { 4, 1, 3, 2 }, one[] = { 7 };

    (void)state;
    CHECK_INT(top_median(odd, 3), 3);
    CHECK_INT(top_median(even, 4), 2); /* the lower of 2 and 3 */
    CHECK_INT(top_median(one, 1), 7);
    CHECK_INT(top_median(one, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_indexes_by_hand), cmocka_unit_test(test_index_order),
        cmocka_unit_test(test_quotas_by_hand),  cmocka_unit_test(test_quotas_sum),
        cmocka_unit_test(test_median),
    };

    seed = test_seed();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
