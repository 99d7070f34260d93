/* Grows the corpus of rows_case.h by coverage: built by tests/fuzz/grow alone, with a compiler that knows how. */
#include "fuzz/services/feedback/rows_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *fault = case_run(data, size, NULL);

    if (fault[0]) {
        fprintf(stderr, "%s\n", fault);
        abort();
    }
    return 0;
}
