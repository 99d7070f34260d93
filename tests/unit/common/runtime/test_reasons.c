/* test_reasons: a daemon that isn't ready says every reason, and each place takes back its own alone. */

#include "runtime/runtime_internal.h"
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

static void says(struct runtime *rt, const char *expected)
{
    char text[RUNTIME_REASONS_MAX];

    runtime_get_reason(rt, text, sizeof text);
    assert_string_equal(text, expected);
}

static void test_each_its_own(void **state)
{
    struct runtime *rt = calloc(1, sizeof *rt);

    (void)state;
    assert_non_null(rt);
    pthread_mutex_init(&rt->reason_lock, NULL);
    says(rt, "");
    runtime_set_reason(rt, REASON_STREAMS, "a file is %s", "missing");
    runtime_set_reason(rt, REASON_EVENTS, "an event fails");
    says(rt, "an event fails; a file is missing");
    runtime_set_reason(rt, REASON_EVENTS, "%s", "");
    says(rt, "a file is missing");
    runtime_set_reason(rt, REASON_STATE, "no data base");
    runtime_set_reason(rt, REASON_STREAMS, "%s", "");
    says(rt, "no data base");
    pthread_mutex_destroy(&rt->reason_lock);
    free(rt);
}

static void test_room_for_all(void **state)
{
    struct runtime *rt = calloc(1, sizeof *rt);
    char text[RUNTIME_REASONS_MAX];
    char small[8];
    char word[RUNTIME_REASON_MAX * 2];

    (void)state;
    assert_non_null(rt);
    pthread_mutex_init(&rt->reason_lock, NULL);
    memset(word, 'x', sizeof word);
    word[sizeof word - 1] = '\0';
    for (int i = 0; i < REASONS; i++)
        runtime_set_reason(rt, (enum runtime_reason)i, "%s", word);
    runtime_get_reason(rt, text, sizeof text);
    assert_int_equal(strlen(text), REASONS * (RUNTIME_REASON_MAX - 1) + (REASONS - 1) * 2);
    runtime_get_reason(rt, small, sizeof small);
    assert_string_equal(small, "xxxxxxx");
    pthread_mutex_destroy(&rt->reason_lock);
    free(rt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_its_own),
        cmocka_unit_test(test_room_for_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
