/* highest: see highest.h. */
#include "monitoring/feeds/highest.h"

static bool all_down(const struct tree *tree, int32_t day, const struct highest_part *parts, size_t count,
                     uint32_t unit)
{
    for (size_t i = 0; i < count; i++)
        if (!parts[i].down && tree_is_under(tree, parts[i].unit, unit, day))
            return false;
    return true;
}

/* From the part upwards as long as all is down; TREE_NONE where the rule is about none of these. */
static uint32_t climb(const struct tree *tree, int32_t day, const struct highest_part *parts, size_t count,
                      uint32_t unit, highest_covers_fn *covers, const void *arg)
{
    uint32_t best = TREE_NONE;

    for (; unit != TREE_NONE && all_down(tree, day, parts, count, unit); unit = tree_parent(tree, unit, day))
        if (!covers || covers(arg, unit))
            best = unit;
    return best;
}

size_t highest_find(const struct tree *tree, int32_t day, const struct highest_part *parts, size_t count,
                    highest_covers_fn *covers, const void *arg, uint32_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t unit = parts[i].down ? climb(tree, day, parts, count, parts[i].unit, covers, arg) : TREE_NONE;
        size_t k = 0;

        while (k < n && out[k] != unit)
            k++;
        if (k == n && unit != TREE_NONE)
            out[n++] = unit;
    }
    return n;
}
