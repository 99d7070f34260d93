/* slices: see slices.h. */
#include "incentive/crediting/slices.h"

#include <stdlib.h>
#include <string.h>

void slices_init(struct slices *slices, int32_t first_day, int32_t last_day)
{
    memset(slices, 0, sizeof *slices);
    if (cube_new(&slices->cube, first_day, last_day, NULL) != 0)
        abort();
}

void slices_fini(struct slices *slices)
{
    cube_destroy(&slices->cube);
}

void slices_clear(struct slices *slices)
{
    cube_clear(slices->cube);
    slices->count = 0;
    slices->stale = false;
    memset(slices->touched, 0, sizeof slices->touched);
}

uint32_t slices_find(const struct slices *slices, uint32_t measure_id, uint32_t channel_id, uint32_t product_id)
{
    for (uint32_t i = 0; i < slices->count; i++)
        if (slices->list[i].measure_id == measure_id && slices->list[i].channel_id == channel_id &&
            slices->list[i].product_id == product_id)
            return i + 1;
    return 0;
}

uint32_t slices_number(struct slices *slices, uint32_t measure_id, uint32_t channel_id, uint32_t product_id)
{
    uint32_t number = slices_find(slices, measure_id, channel_id, product_id);

    if (number)
        return number;
    if (slices->count == SLICES_MAX || measure_id >= CUBE_MEASURE_MAX)
        return 0;
    slices->list[slices->count++] = (struct slice) { measure_id, channel_id, product_id };
    slices->touched[measure_id] = true;
    slices->stale = true;
    return slices->count;
}

bool slice_has(const struct refdata *refdata, const struct slice *slice, uint32_t channel_id, uint32_t product_id)
{
    if (slice->channel_id && slice->channel_id != channel_id)
        return false;
    if (!slice->product_id)
        return true;
    for (int depth = 0; product_id && depth < TREE_DEPTH_MAX; depth++) {
        const struct ref_product *at = refdata_product(refdata, product_id);

        if (product_id == slice->product_id)
            return true;
        product_id = at ? at->parent_id : 0;
    }
    return false;
}

int slices_add(const struct slices *slices, struct cube *cube, const struct refdata *refdata, uint32_t unit_id,
               uint32_t measure_id, uint32_t channel_id, uint32_t product_id, int32_t day, int64_t value,
               struct err *err)
{
    if (!slices->count || measure_id >= CUBE_MEASURE_MAX || !slices->touched[measure_id])
        return 0;
    for (uint32_t i = 0; i < slices->count; i++)
        if (slices->list[i].measure_id == measure_id && slice_has(refdata, &slices->list[i], channel_id, product_id) &&
            cube_add(cube, unit_id, i + 1, 0, 0, day, value, err) != 0)
            return -1;
    return 0;
}
