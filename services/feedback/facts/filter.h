/* filter: "have we seen this record?" answered "certainly not" or "perhaps", from memory: a Bloom filter of a bucket.
 *
 * 16 bits a key or more and 6 probes in one cache line: at most some 4 in 1,000 false "perhaps", which cost a look-up
 * and nothing else. Grows by layers, each twice as large as the one before, so it never has to be filled again. One
 * thread.
 */
#ifndef BIHUAN_FEEDBACK_FILTER_H
#define BIHUAN_FEEDBACK_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct filter;

struct filter *filter_new(size_t keys); /* room for about that many in the first layer */
void filter_destroy(struct filter **filter);
bool filter_perhaps(const struct filter *filter, uint64_t hash);
/* Begins to fetch from memory what the next two would look at: a hash that is asked soon. */
void filter_fetch(const struct filter *filter, uint64_t hash);
void filter_add(struct filter *filter, uint64_t hash);
size_t filter_layers(const struct filter *filter);

#endif
