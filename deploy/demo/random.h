/* random: the demo's own source of chance: the same seed gives the same numbers on every machine.
 *
 * xoshiro256** seeded by splitmix64; everything derived from it is integer arithmetic.
 */
#ifndef BIHUAN_DEMO_RANDOM_H
#define BIHUAN_DEMO_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state[4];
};

void random_init(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random);
uint32_t random_below(struct random *random, uint32_t limit);               /* 0..limit-1; limit > 0 */
int64_t random_between(struct random *random, int64_t least, int64_t most); /* both count */
bool random_chance(struct random *random, uint32_t ppm);                    /* true in ppm of a million */
/* Poisson with mean micro / 1,000,000. */
uint32_t random_poisson(struct random *random, int64_t micro);

#endif
