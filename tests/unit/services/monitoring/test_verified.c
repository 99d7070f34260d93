/* For what actions were verified: everything that was added is known, and hardly anything else. */
#include "support/check.h"
#include "support/seed.h"

#include "monitoring/actions/verified.h"

enum { MANY = 3000 };

static void what_was_added_is_known(void **state)
{
    uint64_t random = test_seed();
    struct verified verified = { 0 };
    uint32_t ids[MANY][3];
    int others = 0;

    (void)state;
    assert_false(verified_has(&verified, 1, 2, 3));
    for (int i = 0; i < MANY; i++) {
        for (int k = 0; k < 3; k++)
            ids[i][k] = (uint32_t)random_below(&random, 50);
        verified_add(&verified, ids[i][0], ids[i][1], ids[i][2]);
        verified_add(&verified, ids[i][0], ids[i][1], ids[i][2]);
    }
    for (int i = 0; i < MANY; i++) {
        assert_true(verified_has(&verified, ids[i][0], ids[i][1], ids[i][2]));
        others += verified_has(&verified, ids[i][0] + 1000, ids[i][1], ids[i][2]);
    }
    assert_true(verified.count <= MANY);
    assert_int_equal(others, 0); /* of 64 bits */
    verified_clear(&verified);
    assert_false(verified_has(&verified, ids[0][0], ids[0][1], ids[0][2]));
    verified_fini(&verified);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_was_added_is_known) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
