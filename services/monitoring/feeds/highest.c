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

size_t highest_find(const struct tree *tree, int32_t day, const struct highest_part *parts, size_t count, uint32_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t unit = parts[i].unit;
        size_t k = 0;

        if (!parts[i].down || !all_down(tree, day, parts, count, unit))
            continue;
        for (uint32_t up = tree_parent(tree, unit, day); up != TREE_NONE && all_down(tree, day, parts, count, up);
             up = tree_parent(tree, up, day))
            unit = up;
        while (k < n && out[k] != unit)
            k++;
        if (k == n)
            out[n++] = unit;
    }
    return n;
}
