/* corpus: the cases of tests/fuzz/corpus/<name>.txt, a line each in base64, and mutations of them. A case is run on a
 * copy of its own length, so that a read behind the end is seen. Grown by tests/fuzz/grow. */
#ifndef BIHUAN_TESTS_FUZZ_CORPUS_H
#define BIHUAN_TESTS_FUZZ_CORPUS_H

#include "support/check.h"

#include "fuzz/fuzz.h"

#include <sodium.h>

#define CORPUS_MAX      4000
#define CORPUS_CASE_MAX 65536

/* Runs one case. Returns "" or what was found; `made` counts what came out of it. */
typedef const char *corpus_case_fn(const uint8_t *data, size_t size, size_t *made);

static struct buf corpus[CORPUS_MAX];
static size_t corpus_count;

static inline void corpus_add(const char *line)
{
    struct buf *into = &corpus[corpus_count++];

    buf_reserve(into, CORPUS_CASE_MAX);
    if (sodium_base642bin(into->data, CORPUS_CASE_MAX, line, strlen(line), "\n", &into->len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        fail_msg("line %zu of the corpus is not base64", corpus_count);
}

static inline int corpus_load(const char *name)
{
    const char *source = getenv("BIHUAN_SOURCE");
    size_t cap = 0;
    char *line = NULL, path[400];
    FILE *file;

    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s.txt", source ? source : ".", name);
    file = fopen(path, "r");
    if (!file) {
        perror(path);
        return -1;
    }
    while (corpus_count < CORPUS_MAX && getline(&line, &cap, file) > 0)
        corpus_add(line);
    free(line);
    fclose(file);
    return 0;
}

static inline int corpus_unload(void **state)
{
    (void)state;
    for (size_t i = 0; i < corpus_count; i++)
        buf_fini(&corpus[i]);
    return 0;
}

static inline const char *corpus_run_one(const struct buf *bytes, corpus_case_fn *run, size_t *made)
{
    uint8_t *copy = malloc(bytes->len ? bytes->len : 1);
    const char *fault;

    assert_non_null(copy);
    if (bytes->len)
        memcpy(copy, bytes->data, bytes->len);
    fault = run(copy, bytes->len, made);
    free(copy);
    return fault;
}

/* All cases as they stand; of each of the `kinds` that a case's first byte may choose something must come out. */
static inline void corpus_run(corpus_case_fn *run, size_t kinds)
{
    bool *seen = calloc(kinds, sizeof *seen);
    size_t made = 0;

    assert_non_null(seen);
    for (size_t i = 0; i < corpus_count; i++) {
        size_t before = made;
        const char *fault = corpus_run_one(&corpus[i], run, &made);

        if (fault[0])
            fail_msg("case %zu of the corpus: %s", i, fault);
        if (made > before)
            seen[corpus[i].data[0] % kinds] = true;
    }
    printf("%zu cases, %zu made\n", corpus_count, made);
    for (size_t i = 0; i < kinds; i++)
        if (!seen[i])
            fail_msg("no case of the corpus makes something of kind %zu", i);
    free(seen);
}

/* Mutations of them, for as long as `fuzz` says. `words` as for fuzz_break(). */
static inline void corpus_mutate(struct fuzz *fuzz, corpus_case_fn *run, const char *const *words)
{
    size_t made = 0;

    while (fuzz_more(fuzz)) {
        const struct buf *from = &corpus[fuzz_below(fuzz, corpus_count)];
        struct buf bytes = { 0 };
        const char *fault;

        buf_append(&bytes, from->data, from->len);
        buf_reserve(&bytes, 1);
        if (fuzz_below(fuzz, 4) == 0) { /* the end of another behind it */
            const struct buf *other = &corpus[fuzz_below(fuzz, corpus_count)];
            size_t at = fuzz_below(fuzz, other->len + 1);

            buf_append(&bytes, other->data + at, other->len - at);
        }
        for (size_t i = 1 + fuzz_below(fuzz, 4); i > 0; i--)
            fuzz_break(fuzz, &bytes, words);
        fault = corpus_run_one(&bytes, run, &made);
        if (fault[0]) {
            for (size_t i = 0; i < bytes.len; i++)
                printf("%02x%s", bytes.data[i], i + 1 < bytes.len ? "" : "\n");
            fail_msg("%s", fault);
        }
        buf_fini(&bytes);
    }
    printf("%llu rounds, %zu made\n", (unsigned long long)fuzz->rounds, made);
}

#endif
