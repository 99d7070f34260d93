/* nth: how often each key has come in one file, so that rows which are equal and both real are told apart. Keys are
 * kept as 64-bit hashes, 12 bytes a slot and at most three slots in four taken: a file of ten million different keys
 * costs 192 MB while it is read, and half as much again while the table grows. Two keys of one hash share a count:
 * their numbers have gaps, and are the same whenever the file is read.
 */
#ifndef BIHUAN_FEEDBACK_NTH_H
#define BIHUAN_FEEDBACK_NTH_H

#include <stddef.h>
#include <stdint.h>

#define NTH_KEYS_MAX 12000000 /* different keys of one file */

struct nth {
    uint64_t *hashes; /* 0: the slot is free */
    uint32_t *counts;
    size_t slots, used;
};

/* Counts a key; how often it has come by now. 0: the table holds NTH_KEYS_MAX others. */
uint32_t nth_count(struct nth *nth, uint64_t hash);
/* Forgets everything. A zeroed one is empty too. */
void nth_reset(struct nth *nth);

#endif
