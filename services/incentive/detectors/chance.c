/* chance: see chance.h. */
#include "incentive/detectors/chance.h"

#include <math.h>

static double log_choose(uint64_t n, uint64_t k)
{
    return lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1);
}

static uint32_t as_ppm(double p)
{
    return p >= 1 ? 1000000 : (uint32_t)(p * 1e6 + 0.5);
}

uint32_t chance_of_half(uint64_t hits, uint64_t n)
{
    double p = 0;

    if (!hits)
        return 1000000;
    for (uint64_t k = hits; k <= n; k++)
        p += exp(log_choose(n, k) - (double)n * M_LN2);
    return as_ppm(p);
}

uint32_t chance_of_more(uint64_t marked, uint64_t drawn, uint64_t rest_marked, uint64_t rest)
{
    uint64_t all = drawn + rest, all_marked = marked + rest_marked;
    uint64_t most = all_marked < drawn ? all_marked : drawn;
    double p = 0;

    if (!marked)
        return 1000000;
    for (uint64_t k = marked; k <= most; k++)
        if (drawn - k <= all - all_marked)
            p += exp(log_choose(all_marked, k) + log_choose(all - all_marked, drawn - k) - log_choose(all, drawn));
    return as_ppm(p);
}
