/* cell_store: the SQL of target cells. A slice is read as a row of arrays and written by COPY: a version may have a
 * million cells. */
#ifndef BIHUAN_SERVICES_PLANNING_CELL_STORE_H
#define BIHUAN_SERVICES_PLANNING_CELL_STORE_H

#include "planning/ledger/cells.h"
#include "runtime/runtime.h"

/* Which cells; all of a version where everything is 0 and false. */
struct cell_filter {
    uint32_t measure_id;
    bool one_slice; /* channel and product count, 0 too */
    uint32_t channel_id, product_id;
    uint32_t unit_id;
    const uint32_t *units; /* NULL: all */
    size_t unit_count;
    struct arena *arena; /* that the slices go to; NULL: the call's */
};

/* Slices by key. `lean`: without hedge and revision. */
int cell_store_slices(struct tx *tx, uint32_t period_id, uint32_t version, const struct cell_filter *filter, bool lean,
                      struct slice **slices, size_t *count, struct err *err);

/* Keeps the slices of a version that is published, for quick comparing: lean reading takes them from there. */
int cell_store_keep(struct tx *tx, uint32_t period_id, uint32_t version, const struct slice *slices, size_t count,
                    struct err *err);

/* Cells by key: fills those of `rows` that are there; others get revision 0. */
struct cell_row {
    struct slice_key key;
    struct cell cell;
};
int cell_store_find(struct tx *tx, uint32_t period_id, uint32_t version, struct cell_row *rows, size_t count,
                    struct err *err);

/* Writes what changed: after, hedge, revision + 1, and the act. */
int cell_store_write(struct tx *tx, uint32_t period_id, uint32_t version, uint64_t act,
                     const struct slice_change *changes, size_t count, struct err *err);

/* While on, cells are read in the order of their key: a planner that takes the table for small would rather gather and
 * sort them. For this transaction. */
int cell_store_in_order(struct tx *tx, bool on, struct err *err);

/* All cells of a version once more, under another, with what is known of how they were cut; not those of slices of
 * which `changes` will write every cell. */
int cell_store_copy(struct tx *tx, uint32_t period_id, uint32_t from, uint32_t to, const struct slice_change *changes,
                    size_t count, struct err *err);

/* Of these units; NULL: of all. */
int cell_store_count(struct tx *tx, uint32_t period_id, uint32_t version, const uint32_t *units, size_t unit_count,
                     int64_t *count, struct err *err);

/* One page in order of keys behind `after_*`; unit, measure 0, units NULL: all. */
int cell_store_page(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t unit_id, uint32_t measure_id,
                    const struct cell_row *after, const uint32_t *units, size_t unit_count, uint32_t limit,
                    struct cell_row **rows, size_t *count, struct err *err);

#endif
