/* rank: competition ranking (1, 2, 2, 4) within peer groups.
 *
 * Order: higher score first, then the declared keys; equal in all of them means an equal rank. Who has a target below
 * the minimum isn't eligible (rank 0), so that tiny targets cannot win. The outcome doesn't depend on the order given.
 */
#ifndef BIHUAN_CALC_RANK_H
#define BIHUAN_CALC_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANK_KEYS_MAX 4

struct rank_rule {
    int64_t target_min;                /* eligible from this target on; INT64_MIN: all */
    uint32_t key_count;                /* tie-breaking keys in use, 0..RANK_KEYS_MAX */
    bool key_ascending[RANK_KEYS_MAX]; /* true: the lower key value wins */
};

struct rank_entry {
    uint64_t id;         /* unique; orders entries of equal rank for display only */
    uint64_t peer_group; /* ranked among those of the same group */
    int64_t target;
    int64_t score;
    bool excluded; /* in: not to be ranked for another reason, such as an undefined score */
    int64_t keys[RANK_KEYS_MAX];
    bool eligible;       /* out */
    uint32_t rank;       /* out: 1 is best; 0 when not eligible */
    uint32_t group_size; /* out: eligible entries of the group */
};

/* Sorts the entries in place by group, eligible first, rank, id; and fills the outputs. */
void rank_assign(struct rank_entry *entries, size_t count, const struct rank_rule *rule);

#endif
