/* The filter of known records: whatever was put in is "perhaps", of what wasn't few are, however it has grown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/hash.h"
#include "feedback/facts/filter.h"

#include <stdio.h>

#define BUCKETS 16
#define KEYS    100000

/* Hashes of the records of one bucket, as recording sees them: the bits that choose the bucket are all the same. */
static uint64_t next_hash(long *number)
{
    char key[32];

    for (;;) {
        int len = snprintf(key, sizeof key, "ORD%012ld", (*number)++);
        uint64_t hash = hash_record("boss", key, (size_t)len);

        if (hash_bucket(hash, BUCKETS) == 3)
            return hash;
    }
}

static void check(size_t room, size_t least_layers)
{
    struct filter *filter = filter_new(room);
    long number = 0, perhaps = 0;

    for (int i = 0; i < KEYS; i++)
        filter_add(filter, next_hash(&number));
    assert_true(filter_layers(filter) >= least_layers);
    for (int i = 0; i < KEYS; i++)
        perhaps += filter_perhaps(filter, next_hash(&number));
    number = 0;
    for (int i = 0; i < KEYS; i++)
        if (!filter_perhaps(filter, next_hash(&number)))
            fail_msg("key %d is forgotten", i);
    print_message("room for %zu, %zu layers: %.2f in 1,000 false\n", room, filter_layers(filter),
                  (double)perhaps * 1000 / KEYS);
    assert_true(perhaps < KEYS * 4 / 1000);
    filter_destroy(&filter);
    assert_null(filter);
}

static void grown_from_nothing(void **state)
{
    (void)state;
    check(0, 3);
}

static void made_large_enough(void **state)
{
    (void)state;
    check(KEYS, 1);
}

static void empty_knows_nothing(void **state)
{
    struct filter *filter = filter_new(0);
    long number = 0;

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_false(filter_perhaps(filter, next_hash(&number)));
    filter_destroy(&filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_knows_nothing),
        cmocka_unit_test(grown_from_nothing),
        cmocka_unit_test(made_large_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
