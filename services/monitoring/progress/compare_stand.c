/* compare_stand: see compare.h. */
#include "monitoring/progress/compare.h"

#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

struct compare_standing compare_stand(const int32_t *gaps, size_t count, size_t own, int32_t *scratch)
{
    struct compare_standing out = { .rank = 1 };

    for (size_t i = 0; i < count; i++) {
        out.rank += gaps[i] > gaps[own];
        if (gaps[i] > gaps[out.best])
            out.best = i;
    }
    memcpy(scratch, gaps, count * sizeof *gaps);
    qsort(scratch, count, sizeof *scratch, ascending);
    out.median_bp = scratch[(count - 1) / 2];
    return out;
}
