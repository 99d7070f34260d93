/* slices: sums of a measure in one channel, or of one product and all below it, for the lines of scorecards that ask
 * for it. Kept only for those; filled from the table when a new one is asked for, or the tree of products changed. */
#ifndef BIHUAN_INCENTIVE_SLICES_H
#define BIHUAN_INCENTIVE_SLICES_H

#include "calc/cube.h"
#include "refdata/refdata.h"

#define SLICES_MAX (CUBE_MEASURE_MAX - 1)

struct slice {
    uint32_t measure_id, channel_id, product_id; /* channel, product 0: all */
};

struct slices {
    struct slice list[SLICES_MAX]; /* number i + 1; they stay where they are */
    uint32_t count;
    bool touched[CUBE_MEASURE_MAX]; /* by measure */
    bool stale;                     /* the sums aren't those of the table */
    struct cube *cube;              /* measure: number of the slice; by the day that counts */
};

/* The window is that of the sums. */
void slices_init(struct slices *slices, int32_t first_day, int32_t last_day);
void slices_fini(struct slices *slices);
void slices_clear(struct slices *slices); /* forgets all of them */

/* The number of a slice; asks for it where it is new. 0: there are too many. */
uint32_t slices_number(struct slices *slices, uint32_t measure_id, uint32_t channel_id, uint32_t product_id);

/* The number of one that is kept; 0 none. */
uint32_t slices_find(const struct slices *slices, uint32_t measure_id, uint32_t channel_id, uint32_t product_id);

/* Whether a row's channel and product are the slice's. */
bool slice_has(const struct refdata *refdata, const struct slice *slice, uint32_t channel_id, uint32_t product_id);

/* Adds a value to all slices of `list` that have it, in `cube`. */
int slices_add(const struct slices *slices, struct cube *cube, const struct refdata *refdata, uint32_t unit_id,
               uint32_t measure_id, uint32_t channel_id, uint32_t product_id, int32_t day, int64_t value,
               struct err *err);

#endif
