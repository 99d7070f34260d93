/* places: see places.h. */
#include "monitoring/duties/places.h"

/* The lowest unit that both are at or below; TREE_NONE where they are in different trees. */
static uint32_t above_both(const struct tree *tree, int32_t day, uint32_t a, uint32_t b)
{
    while (a != TREE_NONE && !tree_is_under(tree, b, a, day))
        a = tree_parent(tree, a, day);
    return a;
}

static void add(struct place *out, size_t *n, uint32_t unit, size_t index)
{
    for (size_t i = 0; i < *n; i++)
        if (out[i].unit == unit) {
            out[i].count++;
            return;
        }
    out[(*n)++] = (struct place) { unit, 1, index };
}

size_t places_find(const struct tree *tree, int32_t day, const uint32_t *units, size_t count, places_covers_fn *covers,
                   const void *arg, struct place *out)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t unit = units[i];

        if (!covers) {
            uint32_t above = n ? above_both(tree, day, out[0].unit, unit) : unit;

            if (above == TREE_NONE)
                continue;
            if (!n)
                out[n++] = (struct place) { above, 0, i };
            out[0].unit = above;
            out[0].count++;
            continue;
        }
        while (unit != TREE_NONE && !covers(arg, unit))
            unit = tree_parent(tree, unit, day);
        if (unit != TREE_NONE)
            add(out, &n, unit, i);
    }
    return n;
}
