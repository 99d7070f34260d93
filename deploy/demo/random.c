/* random: see random.h. */
#include "random.h"

#define MICRO       1000000
#define CHUNK_MICRO (4 * MICRO) /* a larger mean is the sum of several */
#define ONE         ((uint64_t)1 << 60)

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void random_init(struct random *random, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        random->state[i] = splitmix(&seed);
}

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

uint64_t random_next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

uint32_t random_below(struct random *random, uint32_t limit)
{
    return (uint32_t)(((random_next(random) >> 32) * limit) >> 32);
}

int64_t random_between(struct random *random, int64_t least, int64_t most)
{
    return least + random_below(random, (uint32_t)(most - least + 1));
}

bool random_chance(struct random *random, uint32_t ppm)
{
    return random_below(random, MICRO) < ppm;
}

/* e^-x in units of 2^-60 by its series; x in 0..4 keeps the terms within 128 bits. */
static uint64_t exp_minus(int64_t micro)
{
    __int128 term = ONE;
    __int128 sum = ONE;

    for (int k = 1; k < 40; k++) {
        term = -term * micro / MICRO / k;
        sum += term;
    }
    return (uint64_t)sum;
}

/* Inverts the distribution: the first count whose cumulative probability exceeds a uniform number. */
static uint32_t poisson_small(struct random *random, int64_t micro)
{
    uint64_t uniform = random_next(random) >> 4;
    uint64_t term = exp_minus(micro);
    uint64_t sum = term;
    uint32_t count = 0;

    while (uniform >= sum && count < 64) {
        count++;
        term = (uint64_t)((unsigned __int128)term * (uint64_t)micro / MICRO / count);
        sum += term;
    }
    return count;
}

uint32_t random_poisson(struct random *random, int64_t micro)
{
    uint32_t count = 0;

    for (; micro > CHUNK_MICRO; micro -= CHUNK_MICRO)
        count += poisson_small(random, CHUNK_MICRO);
    return micro > 0 ? count + poisson_small(random, micro) : count;
}
