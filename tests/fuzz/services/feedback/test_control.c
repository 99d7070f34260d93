/* Companions, headers and trailers of any bytes: the corpus as it stands, then mutations of it. What must hold stands
 * in control_case.h. */
#include "fuzz/corpus.h"
#include "fuzz/services/feedback/control_case.h"

static int load(void **state)
{
    (void)state;
    return corpus_load("control");
}

static void the_corpus_holds(void **state)
{
    (void)state;
    corpus_run(control_case_run, CONTROL_FEEDS);
}

static void mutations_hold(void **state)
{
    static const char *const words[] = {
        "\x1E", "|",      "\t",         "\nT|", "\nH|",  "\nT,",         "\nD,", "9223372036854775807",
        "-",    "0.0001", "99999999.9", "\r\n", "2026-", "\xEF\xBB\xBF", NULL
    };
    struct fuzz fuzz;

    (void)state;
    fuzz_begin_for(&fuzz, 1);
    corpus_mutate(&fuzz, control_case_run, words);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_corpus_holds), cmocka_unit_test(mutations_hold) };

    return cmocka_run_group_tests(tests, load, corpus_unload);
}
