/* Compressed files of any bytes: the corpus as it stands, then mutations of it. What must hold stands
 * in packed_case.h. */
#include "fuzz/corpus.h"
#include "fuzz/services/feedback/packed_case.h"

static int load(void **state)
{
    (void)state;
    return corpus_load("packed");
}

static void the_corpus_holds(void **state)
{
    (void)state;
    corpus_run(packed_case_run, PACKED_KINDS);
}

static void mutations_hold(void **state)
{
    static const char *const words[] = { "\x1f\x8b\x08", "\x1f", "\x28\xb5\x2f\xfd", "\x03\x02\x01", NULL };
    struct fuzz fuzz;

    (void)state;
    fuzz_begin_for(&fuzz, 1);
    corpus_mutate(&fuzz, packed_case_run, words);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_corpus_holds), cmocka_unit_test(mutations_hold) };

    return cmocka_run_group_tests(tests, load, corpus_unload);
}
