/* Files of every format, whatever their bytes: the corpus as it stands, then mutations of it. What must hold stands in
 * rows_case.h. The corpus is grown by tests/fuzz/grow. */
#include "fuzz/corpus.h"
#include "fuzz/services/feedback/rows_case.h"

static int load(void **state)
{
    (void)state;
    return corpus_load("rows");
}

static void the_corpus_holds(void **state)
{
    (void)state;
    corpus_run(case_run, CASE_FEEDS);
}

static void mutations_hold(void **state)
{
    static const char *const words[] = { "\"",
                                         "\"\"",
                                         "\r\n",
                                         "|",
                                         "\\",
                                         ";",
                                         "\t",
                                         "\xD5\x5C",
                                         "\xAC\x7C",
                                         "\x81\x30\x81\x30",
                                         "H|",
                                         "T|",
                                         "{\"k\":",
                                         "\\ud83d",
                                         "null",
                                         "-1e3",
                                         "99999999999999999999",
                                         NULL };
    struct fuzz fuzz;

    (void)state;
    fuzz_begin(&fuzz);
    corpus_mutate(&fuzz, case_run, words);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_corpus_holds), cmocka_unit_test(mutations_hold) };

    return cmocka_run_group_tests(tests, load, corpus_unload);
}
