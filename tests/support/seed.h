/* seed: where a test's random draws begin. Printed, so that what failed can be repeated: BIHUAN_SEED of the environment
 * (tests/run sets it, from the commit, so that a tree is always judged by the same draws), else the time. */
#ifndef BIHUAN_TESTS_SEED_H
#define BIHUAN_TESTS_SEED_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t test_seed(void)
{
    const char *given = getenv("BIHUAN_SEED");
    struct timespec now = { 0 };
    uint64_t seed;

    timespec_get(&now, TIME_UTC);
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
    printf("BIHUAN_SEED=%llu\n", (unsigned long long)seed);
    fflush(stdout);
    return seed;
}

/* The next draw (splitmix64). */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0..n-1 */
static inline int random_below(uint64_t *state, int n)
{
    return (int)(random_next(state) % (uint64_t)n);
}

#endif
