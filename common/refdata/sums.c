/* sums: see sums.h. */
#include "refdata/sums.h"

int measure_sum(const struct refdata *refdata, const struct cube *cube, const struct ref_measure *part, uint32_t unit,
                int32_t from_day, int32_t to_day, int64_t *sum, struct err *err)
{
    const struct tree *tree = refdata_tree(refdata);

    if (part && part->level)
        return tree_level(tree, cube, unit, part->id, to_day, to_day, sum, err);
    if (part)
        return tree_roll_up(tree, cube, unit, part->id, from_day, to_day, sum, err);
    *sum = 1;
    return 0;
}

int measure_sum_all(const struct refdata *refdata, const struct cube *cube, const struct ref_measure *part,
                    int32_t from_day, int32_t to_day, struct arena *scratch, int64_t *sums, uint32_t unit_limit,
                    struct err *err)
{
    const struct tree *tree = refdata_tree(refdata);

    if (part && part->level)
        return tree_level_all(tree, cube, part->id, to_day, to_day, scratch, sums, unit_limit, err);
    if (part)
        return tree_roll_up_all(tree, cube, part->id, from_day, to_day, scratch, sums, unit_limit, err);
    for (uint32_t u = 0; u < unit_limit; u++)
        sums[u] = 1;
    return 0;
}
