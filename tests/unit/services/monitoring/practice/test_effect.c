/* What came of a practice card: groups summed, changes compared, rounded once. */
#include "support/check.h"

#include "monitoring/practice/effect.h"

/* Two units with 4 and 6 of 10 a day for ten days, then 9 and 8 for eight days: 100 of 200, 136 of 160. */
static void a_group_is_its_sum(void **state)
{
    struct effect_sum sum = { 0 };
    int64_t ppm;

    (void)state;
    assert_true(
        effect_add(&sum, &(struct effect_side) { 40, 100 }, &(struct effect_side) { 72, 80 }, EFFECT_ATTAINMENT));
    assert_true(
        effect_add(&sum, &(struct effect_side) { 60, 100 }, &(struct effect_side) { 64, 80 }, EFFECT_ATTAINMENT));
    assert_false(
        effect_add(&sum, &(struct effect_side) { 60, 0 }, &(struct effect_side) { 64, 80 }, EFFECT_ATTAINMENT));
    assert_false(
        effect_add(&sum, &(struct effect_side) { 60, 100 }, &(struct effect_side) { 64, 0 }, EFFECT_ATTAINMENT));
    CHECK_INT(sum.units, 2);
    CHECK_INT(effect_ppm(&sum.before), 500000);
    CHECK_INT(effect_ppm(&sum.after), 850000);
    assert_true(effect_change(&sum, EFFECT_ATTAINMENT, &ppm));
    CHECK_INT(ppm, 350000);
}

/* The same without targets: 100 in 10 days, 136 in 8: from 10 a day to 17. */
static void by_the_day(void **state)
{
    struct effect_sum sum = { 0 };
    int64_t ppm;

    (void)state;
    assert_true(effect_add(&sum, &(struct effect_side) { 40, 10 }, &(struct effect_side) { 72, 8 }, EFFECT_DAILY));
    assert_true(effect_add(&sum, &(struct effect_side) { 60, 10 }, &(struct effect_side) { 64, 8 }, EFFECT_DAILY));
    CHECK_INT(sum.before.against, 10);
    CHECK_INT(sum.after.against, 8);
    assert_true(effect_change(&sum, EFFECT_DAILY, &ppm));
    CHECK_INT(ppm, 700000);
}

/* Ratios are divided when their parts are summed: 4 of 100 and 6 of 20 are 10 of 120, then 9 of 60 and 3 of 60. */
static void of_a_ratio(void **state)
{
    struct effect_sum sum = { 0 };
    int64_t ppm;

    (void)state;
    assert_true(effect_add(&sum, &(struct effect_side) { 4, 100 }, &(struct effect_side) { 9, 60 }, EFFECT_RATIO));
    assert_true(effect_add(&sum, &(struct effect_side) { 6, 20 }, &(struct effect_side) { 3, 60 }, EFFECT_RATIO));
    CHECK_INT(sum.before.against, 120);
    assert_true(effect_change(&sum, EFFECT_RATIO, &ppm));
    CHECK_INT(ppm, 200000); /* a tenth from a twelfth */
}

static void changes(void **state)
{
    static const struct {
        const char *why;
        struct effect_sum sum;
        enum effect_basis basis;
        bool known;
        int64_t ppm;
    } rows[] = {
        { "nobody", { 0, { 0, 0 }, { 0, 0 } }, EFFECT_ATTAINMENT, false, 0 },
        { "from nothing to all of it", { 1, { 0, 10 }, { 10, 10 } }, EFFECT_ATTAINMENT, true, 1000000 },
        { "back to nothing", { 1, { 5, 10 }, { 0, 10 } }, EFFECT_ATTAINMENT, true, -500000 },
        { "two thirds less one third: a third", { 1, { 1, 3 }, { 2, 3 } }, EFFECT_ATTAINMENT, true, 333333 },
        { "a third less: half goes up, so towards what is more",
          { 1, { 2, 3 }, { 1, 3 } },
          EFFECT_ATTAINMENT,
          true,
          -333333 },
        { "exactly half a millionth", { 1, { 0, 2000000 }, { 1, 2000000 } }, EFFECT_ATTAINMENT, true, 1 },
        { "and below nothing", { 1, { 1, 2000000 }, { 0, 2000000 } }, EFFECT_ATTAINMENT, true, 0 },
        { "corrections took all of it back: nothing to compare a day with",
          { 1, { 0, 10 }, { 5, 10 } },
          EFFECT_DAILY,
          false,
          0 },
        { "half as much again", { 1, { 20, 10 }, { 15, 5 } }, EFFECT_DAILY, true, 500000 },
        { "sums of money as large as they come",
          { 1, { INT64_MAX / 4, INT64_MAX / 2 }, { INT64_MAX / 2, INT64_MAX / 2 } },
          EFFECT_ATTAINMENT,
          true,
          500000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ppm = 0;

        if (effect_change(&rows[i].sum, rows[i].basis, &ppm) != rows[i].known || ppm != rows[i].ppm)
            fail_msg("%s: %lld", rows[i].why, (long long)ppm);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_group_is_its_sum), cmocka_unit_test(by_the_day),
                                        cmocka_unit_test(of_a_ratio), cmocka_unit_test(changes) };

    return cmocka_run_group_tests_name("effect", tests, NULL, NULL);
}
