/* rank: see rank.h. */
#include "calc/rank.h"

#include <assert.h>
#include <stdlib.h>

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_id(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Below 0: a is better. 0: a tie. */
static int compare_merit(const struct rank_entry *a, const struct rank_entry *b, const struct rank_rule *rule)
{
    int c = compare(b->score, a->score);

    for (uint32_t k = 0; c == 0 && k < rule->key_count; k++)
        c = rule->key_ascending[k] ? compare(a->keys[k], b->keys[k]) : compare(b->keys[k], a->keys[k]);
    return c;
}

static int by_group_and_merit(const void *pa, const void *pb, void *arg)
{
    const struct rank_entry *a = pa, *b = pb;
    int c = compare_id(a->peer_group, b->peer_group);

    if (c == 0)
        c = (int)b->eligible - (int)a->eligible;
    if (c == 0)
        c = compare_merit(a, b, arg);
    return c != 0 ? c : compare_id(a->id, b->id);
}

static size_t group_end(const struct rank_entry *entries, size_t start, size_t count)
{
    size_t end = start;

    while (end < count && entries[end].peer_group == entries[start].peer_group)
        end++;
    return end;
}

static void rank_group(struct rank_entry *group, size_t count, const struct rank_rule *rule)
{
    uint32_t size = 0;

    while (size < count && group[size].eligible)
        size++;
    for (size_t i = 0; i < count; i++) {
        group[i].group_size = size;
        if (!group[i].eligible)
            group[i].rank = 0;
        else if (i > 0 && compare_merit(&group[i - 1], &group[i], rule) == 0)
            group[i].rank = group[i - 1].rank;
        else
            group[i].rank = (uint32_t)i + 1;
    }
}

void rank_assign(struct rank_entry *entries, size_t count, const struct rank_rule *rule)
{
    assert(rule->key_count <= RANK_KEYS_MAX);
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        entries[i].eligible = !entries[i].excluded && entries[i].target >= rule->target_min;
    qsort_r(entries, count, sizeof *entries, by_group_and_merit, (void *)rule);
    for (size_t i = 0, end; i < count; i = end) {
        end = group_end(entries, i, count);
        rank_group(&entries[i], end - i, rule);
    }
}
