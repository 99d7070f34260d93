/* decompose: see decompose.h. */
#include "calc/decompose.h"

#include "calc/fixed.h"

#include <stdlib.h>

/* --- one level ----------------------------------------------------------------------------------------------------
 */
struct cut {
    struct decompose_part *parts;
    uint32_t *free; /* parts that stand on no bound */
    size_t free_count;
    __int128 rest;   /* for the free ones */
    __int128 weight; /* of the free ones */
    bool equal;
    int64_t *remainders; /* by part, for sorting */
};

static __int128 weight_of(const struct cut *cut, const struct decompose_part *part)
{
    return cut->equal ? 1 : part->weight;
}

static void weigh(struct cut *cut)
{
    cut->equal = false;
    cut->weight = 0;
    for (size_t k = 0; k < cut->free_count; k++)
        cut->weight += cut->parts[cut->free[k]].weight;
    if (cut->weight == 0 && cut->free_count > 0) {
        cut->equal = true;
        cut->weight = (__int128)cut->free_count;
    }
}

/* How far the exact share lies below the floor (first) or above the ceiling (second), times the weight of all. */
static __int128 below(const struct cut *cut, const struct decompose_part *part)
{
    return part->lower * cut->weight - cut->rest * weight_of(cut, part);
}

static __int128 above(const struct cut *cut, const struct decompose_part *part)
{
    return part->upper == DECOMPOSE_FREE ? -1 : cut->rest * weight_of(cut, part) - part->upper * cut->weight;
}

/* Puts those that leave their bounds on the side that outweighs on them. False: nobody does. */
static bool clamp_side(struct cut *cut)
{
    __int128 low = 0, high = 0;
    size_t kept = 0;
    bool floors;

    for (size_t k = 0; k < cut->free_count; k++) {
        __int128 under = below(cut, &cut->parts[cut->free[k]]), over = above(cut, &cut->parts[cut->free[k]]);

        low += under > 0 ? under : 0;
        high += over > 0 ? over : 0;
    }
    if (low == 0 && high == 0)
        return false;
    floors = low >= high;
    /* all are judged by the same level, so the rest changes behind the loop only */
    __int128 taken = 0;
    for (size_t k = 0; k < cut->free_count; k++) {
        struct decompose_part *part = &cut->parts[cut->free[k]];

        if (floors ? below(cut, part) > 0 : above(cut, part) > 0) {
            part->share = floors ? part->lower : part->upper;
            part->how = floors ? DECOMPOSE_AT_LOWER : DECOMPOSE_AT_UPPER;
            taken += part->share;
        } else {
            cut->free[kept++] = cut->free[k];
        }
    }
    cut->rest -= taken;
    cut->free_count = kept;
    return true;
}

static int by_remainder(const void *a, const void *b, void *arg)
{
    const struct cut *cut = arg;
    uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;

    if (cut->remainders[i] != cut->remainders[j])
        return cut->remainders[i] > cut->remainders[j] ? -1 : 1;
    if (cut->parts[i].id != cut->parts[j].id)
        return cut->parts[i].id < cut->parts[j].id ? -1 : 1;
    return 0;
}

/* Whoever is free gets its quotient; the largest remainders get one more. */
static void round_free(struct cut *cut)
{
    __int128 rest = cut->rest;

    for (size_t k = 0; k < cut->free_count; k++) {
        struct decompose_part *part = &cut->parts[cut->free[k]];
        __int128 product = cut->rest * weight_of(cut, part), remainder = product % cut->weight;

        part->share = (int64_t)(product / cut->weight);
        part->remainder_ppm = (int32_t)(remainder * FIXED_PPM / cut->weight);
        part->how = cut->equal ? DECOMPOSE_EQUAL : 0;
        cut->remainders[cut->free[k]] = (int64_t)remainder; /* below the weight, which fits */
        rest -= part->share;
    }
    if (rest > 0)
        qsort_r(cut->free, cut->free_count, sizeof *cut->free, by_remainder, cut);
    for (size_t k = 0; k < (size_t)rest; k++) {
        cut->parts[cut->free[k]].share += 1;
        cut->parts[cut->free[k]].how |= DECOMPOSE_EXTRA;
    }
}

static int check_parts(int64_t total, const struct decompose_part *parts, size_t count, struct err *err)
{
    __int128 weight = 0, lower = 0, upper = 0;

    if (total < 0)
        return err_fail(err, ERR_INVALID, "negative_total", "could not decompose a total below 0");
    for (size_t i = 0; i < count; i++) {
        if (parts[i].weight < 0)
            return err_fail(err, ERR_INVALID, "negative_weight", "could not decompose: part %llu has a weight below 0",
                            (unsigned long long)parts[i].id);
        weight += parts[i].weight;
        lower += parts[i].lower;
        upper += parts[i].upper;
        if (parts[i].lower < 0 || parts[i].lower > parts[i].upper)
            upper = -1; /* never enough */
        if (upper < 0)
            break;
    }
    if (weight > DECOMPOSE_WEIGHT_MAX)
        return err_fail(err, ERR_INVALID, "overflow", "could not decompose: the weights sum to more than 2^62");
    if (lower > total || upper < total)
        return err_fail(err, ERR_INVALID, "bounds_conflict",
                        "could not decompose: the floors, ceilings and locks leave no way to reach the total");
    return 0;
}

int decompose_split(int64_t total, struct decompose_part *parts, size_t count, struct arena *scratch, struct err *err)
{
    struct cut cut = { .parts = parts, .free_count = count, .rest = total };

    if (check_parts(total, parts, count, err) != 0)
        return -1;
    cut.free = arena_array(scratch, uint32_t, count);
    cut.remainders = arena_array(scratch, int64_t, count);
    for (size_t i = 0; i < count; i++) {
        cut.free[i] = (uint32_t)i;
        parts[i].remainder_ppm = 0;
    }
    do
        weigh(&cut);
    while (clamp_side(&cut));
    if (cut.free_count > 0)
        round_free(&cut);
    return 0;
}

/* --- trees ---------------------------------------------------------------------------------------------------------
 */
/* A node's bounds with those beneath it, kept aside from its own. */
struct range {
    int64_t lower, upper;
};

static int64_t add_held(int64_t a, int64_t b)
{
    return a == DECOMPOSE_FREE || b == DECOMPOSE_FREE ? DECOMPOSE_FREE : fixed_add_saturated(a, b);
}

static struct range *ranges_of(const struct decompose_node *nodes, size_t count, struct arena *scratch)
{
    struct range *ranges = arena_array(scratch, struct range, count);

    for (size_t n = count; n-- > 0;) {
        struct range own = { nodes[n].part.lower, nodes[n].part.upper }, sum = { 0, 0 };

        for (uint32_t c = 0; c < nodes[n].child_count; c++) {
            sum.lower = fixed_add_saturated(sum.lower, ranges[nodes[n].first_child + c].lower);
            sum.upper = add_held(sum.upper, ranges[nodes[n].first_child + c].upper);
        }
        if (nodes[n].child_count) {
            own.lower = own.lower > sum.lower ? own.lower : sum.lower;
            own.upper = own.upper < sum.upper ? own.upper : sum.upper;
        }
        ranges[n] = own;
    }
    return ranges;
}

static int split_children(struct decompose_node *nodes, const struct decompose_node *node, const struct range *ranges,
                          struct decompose_part *parts, struct arena *scratch, struct err *err)
{
    for (uint32_t c = 0; c < node->child_count; c++) {
        parts[c] = nodes[node->first_child + c].part;
        parts[c].lower = ranges[node->first_child + c].lower;
        parts[c].upper = ranges[node->first_child + c].upper;
    }
    if (decompose_split(node->part.share, parts, node->child_count, scratch, err) != 0)
        return -1;
    for (uint32_t c = 0; c < node->child_count; c++) {
        struct decompose_part *part = &nodes[node->first_child + c].part;

        part->share = parts[c].share;
        part->how = parts[c].how;
        part->remainder_ppm = parts[c].remainder_ppm;
    }
    return 0;
}

int decompose_tree(int64_t total, struct decompose_node *nodes, size_t count, struct arena *scratch, struct err *err)
{
    const struct range *ranges;
    struct decompose_part *parts;

    if (count == 0)
        return 0;
    ranges = ranges_of(nodes, count, scratch);
    parts = arena_array(scratch, struct decompose_part, count);
    if (ranges[0].lower > total || ranges[0].upper < total)
        return err_fail(err, ERR_INVALID, "bounds_conflict",
                        "could not decompose: the floors, ceilings and locks leave no way to reach the total");
    nodes[0].part.share = total;
    nodes[0].part.how = 0;
    nodes[0].part.remainder_ppm = 0;
    for (size_t n = 0; n < count; n++)
        if (nodes[n].child_count && split_children(nodes, &nodes[n], ranges, parts, scratch, err) != 0)
            return -1;
    for (size_t n = 0; n < count; n++) {
        nodes[n].part.lower = ranges[n].lower;
        nodes[n].part.upper = ranges[n].upper;
    }
    return 0;
}

int decompose_leaves(int64_t total, struct decompose_node *nodes, size_t count, struct arena *scratch, struct err *err)
{
    struct decompose_part *parts = arena_array(scratch, struct decompose_part, count);
    uint32_t *leaf = arena_array(scratch, uint32_t, count);
    size_t leaves = 0;

    for (size_t n = 0; n < count; n++) {
        nodes[n].part.share = 0;
        nodes[n].part.how = 0;
        nodes[n].part.remainder_ppm = 0;
        if (!nodes[n].child_count) {
            leaf[leaves] = (uint32_t)n;
            parts[leaves++] = nodes[n].part;
        }
    }
    if (decompose_split(total, parts, leaves, scratch, err) != 0)
        return -1;
    for (size_t i = 0; i < leaves; i++)
        nodes[leaf[i]].part = parts[i];
    for (size_t n = count; n-- > 1;)
        nodes[nodes[n].parent].part.share += nodes[n].part.share;
    return 0;
}

/* --- weights -------------------------------------------------------------------------------------------------------
 */
/* Weights of one mix with nodes that have none summed from their children. */
static int roll_weights(const struct decompose_node *nodes, size_t count, const struct decompose_mix *mix, int64_t *out,
                        struct err *err)
{
    for (size_t n = count; n-- > 0;) {
        int64_t sum = 0;

        for (uint32_t c = 0; c < nodes[n].child_count; c++)
            if (fixed_add(sum, out[nodes[n].first_child + c], &sum, err) != 0)
                return err_prefix(err, "could not sum the weights");
        out[n] = mix->weights[n] >= 0 ? mix->weights[n] : sum;
    }
    return 0;
}

/* Adds share * normalised weight to the nodes [first, first + count) that `leaves` asks for. */
static void add_normalised(struct decompose_node *nodes, size_t first, size_t count, const int64_t *weights,
                           uint32_t share, bool leaves)
{
    __int128 sum = 0;

    for (size_t n = first; n < first + count; n++)
        if (!leaves || !nodes[n].child_count)
            sum += weights[n];
    for (size_t n = first; sum > 0 && n < first + count; n++)
        if (!leaves || !nodes[n].child_count)
            nodes[n].part.weight += (int64_t)((__int128)weights[n] * DECOMPOSE_UNIT / sum) * share;
}

int decompose_weigh(struct decompose_node *nodes, size_t count, const struct decompose_mix *mixes, size_t mix_count,
                    bool straight, struct arena *scratch, struct err *err)
{
    int64_t *weights = arena_array(scratch, int64_t, count);

    if (mix_count > DECOMPOSE_MIXES_MAX)
        return err_fail(err, ERR_INVALID, "too_many", "at most %d weights can be mixed", DECOMPOSE_MIXES_MAX);
    for (size_t n = 0; n < count; n++)
        nodes[n].part.weight = 0;
    for (size_t m = 0; m < mix_count; m++) {
        if (roll_weights(nodes, count, &mixes[m], weights, err) != 0)
            return -1;
        if (straight)
            add_normalised(nodes, 0, count, weights, mixes[m].share, true);
        for (size_t n = 0; n < count && !straight; n++)
            add_normalised(nodes, nodes[n].first_child, nodes[n].child_count, weights, mixes[m].share, false);
    }
    return 0;
}
