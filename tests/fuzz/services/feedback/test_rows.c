/* Files of every format, whatever their bytes: the corpus as it stands, then mutations of it. What must hold stands in
 * rows_case.h. The corpus is grown by tests/fuzz/grow. */
#include "support/check.h"

#include "fuzz/fuzz.h"
#include "fuzz/services/feedback/rows_case.h"

#include <sodium.h>

#define CORPUS_MAX 4000
#define CASE_MAX   65536

static struct buf corpus[CORPUS_MAX];
static size_t corpus_count;

static void add_case(const char *line)
{
    struct buf *into = &corpus[corpus_count++];

    buf_reserve(into, CASE_MAX);
    if (sodium_base642bin(into->data, CASE_MAX, line, strlen(line), "\n", &into->len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        fail_msg("line %zu of the corpus is not base64", corpus_count);
}

static int load(void **state)
{
    const char *source = getenv("BIHUAN_SOURCE");
    size_t cap = 0;
    char *line = NULL, path[400];
    FILE *file;

    (void)state;
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/rows.txt", source ? source : ".");
    file = fopen(path, "r");
    if (!file) {
        perror(path);
        return -1;
    }
    while (corpus_count < CORPUS_MAX && getline(&line, &cap, file) > 0)
        add_case(line);
    free(line);
    fclose(file);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    for (size_t i = 0; i < corpus_count; i++)
        buf_fini(&corpus[i]);
    return 0;
}

/* A copy of its own length, so that a read behind the end is seen. */
static const char *run(const struct buf *bytes, size_t *records)
{
    uint8_t *copy = malloc(bytes->len ? bytes->len : 1);
    const char *fault;

    assert_non_null(copy);
    if (bytes->len)
        memcpy(copy, bytes->data, bytes->len);
    fault = case_run(copy, bytes->len, records);
    free(copy);
    return fault;
}

static void the_corpus_holds(void **state)
{
    bool seen[CASE_FEEDS] = { false };
    size_t records = 0;

    (void)state;
    for (size_t i = 0; i < corpus_count; i++) {
        size_t before = records;
        const char *fault = run(&corpus[i], &records);

        if (fault[0])
            fail_msg("case %zu of the corpus: %s", i, fault);
        if (records > before)
            seen[corpus[i].data[0] % CASE_FEEDS] = true;
    }
    printf("%zu cases, %zu records\n", corpus_count, records);
    for (size_t i = 0; i < CASE_FEEDS; i++)
        if (!seen[i])
            fail_msg("no case of the corpus gives a record to feed %zu", i);
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
    size_t records = 0;

    (void)state;
    fuzz_begin(&fuzz);
    while (fuzz_more(&fuzz)) {
        const struct buf *from = &corpus[fuzz_below(&fuzz, corpus_count)];
        struct buf bytes = { 0 };
        const char *fault;

        buf_append(&bytes, from->data, from->len);
        buf_reserve(&bytes, 1);
        if (fuzz_below(&fuzz, 4) == 0) { /* the end of another behind it */
            const struct buf *other = &corpus[fuzz_below(&fuzz, corpus_count)];
            size_t at = fuzz_below(&fuzz, other->len + 1);

            buf_append(&bytes, other->data + at, other->len - at);
        }
        for (size_t i = 1 + fuzz_below(&fuzz, 4); i > 0; i--)
            fuzz_break(&fuzz, &bytes, words);
        fault = run(&bytes, &records);
        if (fault[0])
            fail_msg("%s", fault);
        buf_fini(&bytes);
    }
    printf("%llu rounds, %zu records\n", (unsigned long long)fuzz.rounds, records);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_corpus_holds), cmocka_unit_test(mutations_hold) };

    return cmocka_run_group_tests(tests, load, unload);
}
