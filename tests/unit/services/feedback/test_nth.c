/* Keys counted: each from 1, whatever came between, up to a cap that is said. */
#include "support/check.h"

#include "base/hash.h"
#include "feedback/mapping/nth.h"

static void keys_are_counted_from_1(void **state)
{
    struct nth nth = { 0 };

    (void)state;
    for (uint32_t time = 1; time <= 3; time++)
        for (uint64_t key = 0; key < 5000; key++) /* 0 is a hash like any other */
            CHECK_INT(nth_count(&nth, key * 64), time);
    nth_reset(&nth);
    CHECK_INT(nth_count(&nth, 64), 1);
    nth_reset(&nth);
}

static void more_keys_than_memory_is_for_are_refused(void **state)
{
    struct nth nth = { 0 };

    (void)state;
    for (uint64_t key = 1; key <= NTH_KEYS_MAX; key++)
        if (nth_count(&nth, hash_mix(key)) != 1)
            fail_msg("key %llu", (unsigned long long)key);
    CHECK_INT(nth.slots, 1 << 24); /* 192 MB */
    CHECK_INT(nth_count(&nth, hash_mix(NTH_KEYS_MAX + 1)), 0);
    CHECK_INT(nth_count(&nth, hash_mix(1)), 2); /* what it knows it counts on */
    nth_reset(&nth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_counted_from_1),
        cmocka_unit_test(more_keys_than_memory_is_for_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
