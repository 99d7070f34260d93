/* grow: a case as a target of the fuzzer that grows a corpus; built by tests/fuzz/grow alone, with a compiler that
 * knows how. */
#ifndef BIHUAN_TESTS_FUZZ_GROW_H
#define BIHUAN_TESTS_FUZZ_GROW_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define GROW(run)                                                                                                      \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                                                       \
    {                                                                                                                  \
        const char *fault = run(data, size, NULL);                                                                     \
                                                                                                                       \
        if (fault[0]) {                                                                                                \
            fprintf(stderr, "%s\n", fault);                                                                            \
            abort();                                                                                                   \
        }                                                                                                              \
        return 0;                                                                                                      \
    }

#endif
