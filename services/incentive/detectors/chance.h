/* chance: how likely a count is by accident. Pure; double arithmetic for a report, which enters no sum. */
#ifndef BIHUAN_INCENTIVE_CHANCE_H
#define BIHUAN_INCENTIVE_CHANCE_H

#include <stdint.h>

/* P(X >= hits), X of `n` fair coins: what lies just above a point as often as just below it. ppm, 0..1,000,000. */
uint32_t chance_of_half(uint64_t hits, uint64_t n);

/* P(X >= marked), X marked ones among `drawn` of drawn + rest, of which marked + rest_marked are marked in all
 * (Fisher's exact test, one side). marked <= drawn, rest_marked <= rest. ppm. */
uint32_t chance_of_more(uint64_t marked, uint64_t drawn, uint64_t rest_marked, uint64_t rest);

#endif
