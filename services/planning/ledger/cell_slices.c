/* cell_slices: slices of cells as rows of arrays, in and out. See cell_store.h. */
#include "planning/ledger/cell_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- reading -------------------------------------------------------------------------------------------------------
 */
struct reading {
    struct arena *arena;
    struct slice *slices;
    size_t count, cap;
    bool lean;
};

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* One dimension of int4 or int8 without NULLs: dimensions, flags, type, length, first index, then length and value of
 * each. */
struct int_array {
    const uint8_t *at;
    size_t count;
    uint32_t width;
};

static int open_array(struct int_array *array, const struct copy_cell *cell, struct err *err)
{
    if (!cell->bytes || cell->len < 24 || be32(cell->bytes) != 1)
        return err_set(err, "could not read an array of target cells");
    array->count = be32(cell->bytes + 12);
    array->width = be32(cell->bytes + 20);
    array->at = cell->bytes + 20;
    if ((array->width != 4 && array->width != 8) || (size_t)cell->len != 20 + array->count * (4 + (size_t)array->width))
        return err_set(err, "could not read an array of target cells");
    return 0;
}

static int64_t array_value(const struct int_array *array, size_t i)
{
    const uint8_t *at = array->at + i * (4 + (size_t)array->width) + 4;

    return array->width == 4 ? (int32_t)be32(at) : (int64_t)((uint64_t)be32(at) << 32 | be32(at + 4));
}

static int by_unit(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;

    return x->unit_id < y->unit_id ? -1 : x->unit_id > y->unit_id;
}

static struct slice *push_slice(struct reading *reading)
{
    if (reading->count == reading->cap) {
        size_t cap = reading->cap ? reading->cap * 2 : 32;
        struct slice *more = arena_array(reading->arena, struct slice, cap);

        if (reading->count)
            memcpy(more, reading->slices, reading->count * sizeof *more);
        reading->slices = more;
        reading->cap = cap;
    }
    return &reading->slices[reading->count++];
}

static int take_slice(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    struct reading *reading = arg;
    struct int_array columns[4];
    int arrays = reading->lean ? 2 : 4;
    struct slice *slice;
    bool sorted = true;

    if (count != 3 + arrays)
        return err_set(err, "could not read target cells: %d columns", count);
    for (int c = 0; c < arrays; c++)
        if (open_array(&columns[c], &cells[3 + c], err) != 0 || columns[c].count != columns[0].count)
            return err_set(err, "could not read target cells: the columns differ");
    slice = push_slice(reading);
    slice->key = (struct slice_key) { (uint32_t)copy_cell_int(&cells[0]), (uint32_t)copy_cell_int(&cells[1]),
                                      (uint32_t)copy_cell_int(&cells[2]) };
    slice->count = columns[0].count;
    slice->cells = arena_array(reading->arena, struct cell, slice->count);
    for (size_t i = 0; i < slice->count; i++) {
        struct cell *cell = &slice->cells[i];

        cell->unit_id = (uint32_t)array_value(&columns[0], i);
        cell->amount = array_value(&columns[1], i);
        cell->hedge = reading->lean ? 0 : array_value(&columns[2], i);
        cell->revision = reading->lean ? 0 : (uint32_t)array_value(&columns[3], i);
        sorted = sorted && (i == 0 || cell[-1].unit_id < cell->unit_id);
    }
    if (!sorted) /* the rows come in order, but no rule promises it */
        qsort(slice->cells, slice->count, sizeof *slice->cells, by_unit);
    return 0;
}

static void add_filter(struct buf *sql, uint32_t period_id, uint32_t version, const struct cell_filter *filter)
{
    buf_printf(sql, " WHERE period_id = %" PRIu32 " AND version = %" PRIu32, period_id, version);
    if (filter && filter->measure_id)
        buf_printf(sql, " AND measure_id = %" PRIu32, filter->measure_id);
    if (filter && filter->one_slice)
        buf_printf(sql, " AND channel_id = %" PRIu32 " AND product_id = %" PRIu32, filter->channel_id,
                   filter->product_id);
    if (filter && filter->unit_id)
        buf_printf(sql, " AND unit_id = %" PRIu32, filter->unit_id);
    for (size_t i = 0; filter && filter->units && i < filter->unit_count; i++)
        buf_printf(sql, "%s%" PRIu32, i ? "," : " AND unit_id = ANY('{", filter->units[i]);
    if (filter && filter->units)
        buf_append_text(sql, filter->unit_count ? "}')" : " AND false");
}

int cell_store_in_order(struct tx *tx, bool on, struct err *err)
{
    return db_run(tx_db(tx),
                  on ? "SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
                     : "SET LOCAL enable_bitmapscan = on; SET LOCAL enable_sort = on",
                  err);
}

static int read_cells(struct tx *tx, uint32_t period_id, uint32_t version, const struct cell_filter *filter,
                      struct reading *reading, struct err *err)
{
    struct buf sql = { 0 };
    int rc;

    if (cell_store_in_order(tx, true, err) != 0)
        return -1;

    buf_printf(&sql,
               "COPY (SELECT measure_id, channel_id, product_id, array_agg(unit_id), array_agg(amount)%s FROM ("
               "SELECT * FROM target_cell",
               reading->lean ? "" : ", array_agg(hedge), array_agg(revision)");
    add_filter(&sql, period_id, version, filter);
    buf_append_text(&sql, " ORDER BY measure_id, channel_id, product_id, unit_id) s"
                          " GROUP BY measure_id, channel_id, product_id ORDER BY measure_id, channel_id, product_id)"
                          " TO STDOUT (FORMAT binary)");
    rc = copy_out(tx_db(tx), buf_text(&sql), take_slice, reading, NULL, err);
    buf_fini(&sql);
    return rc == 0 ? cell_store_in_order(tx, false, err) : -1;
}

/* Of a published version; nothing of others. */
static int read_kept(struct tx *tx, uint32_t period_id, uint32_t version, const struct cell_filter *filter,
                     struct reading *reading, struct err *err)
{
    struct buf sql = { 0 };
    int rc;

    buf_append_text(&sql, "COPY (SELECT measure_id, channel_id, product_id, unit_id, amount FROM plan_slice");
    add_filter(&sql, period_id, version, filter);
    buf_append_text(&sql, " ORDER BY measure_id, channel_id, product_id) TO STDOUT (FORMAT binary)");
    rc = copy_out(tx_db(tx), buf_text(&sql), take_slice, reading, NULL, err);
    buf_fini(&sql);
    return rc;
}

int cell_store_slices(struct tx *tx, uint32_t period_id, uint32_t version, const struct cell_filter *filter, bool lean,
                      struct slice **slices, size_t *count, struct err *err)
{
    struct reading reading = { .arena = filter && filter->arena ? filter->arena : tx_arena(tx), .lean = lean };
    bool some = filter && (filter->unit_id || filter->units);

    if (lean && !some && read_kept(tx, period_id, version, filter, &reading, err) != 0)
        return -1;
    if (!reading.count && read_cells(tx, period_id, version, filter, &reading, err) != 0)
        return -1;
    *slices = reading.slices;
    *count = reading.count;
    return 0;
}

/* --- keeping -------------------------------------------------------------------------------------------------------
 */
static int keep_slice(struct copy_in *copy, uint32_t period_id, uint32_t version, const struct slice *slice,
                      int64_t *units, int64_t *amounts, struct err *err)
{
    for (size_t i = 0; i < slice->count; i++) {
        units[i] = slice->cells[i].unit_id;
        amounts[i] = slice->cells[i].amount;
    }
    if (copy_row(copy, 7, err) != 0)
        return -1;
    copy_i32(copy, (int32_t)period_id);
    copy_i32(copy, (int32_t)version);
    copy_i32(copy, (int32_t)slice->key.measure_id);
    copy_i32(copy, (int32_t)slice->key.channel_id);
    copy_i32(copy, (int32_t)slice->key.product_id);
    copy_i64_array(copy, units, slice->count);
    copy_i64_array(copy, amounts, slice->count);
    return 0;
}

int cell_store_keep(struct tx *tx, uint32_t period_id, uint32_t version, const struct slice *slices, size_t count,
                    struct err *err)
{
    struct copy_in copy;
    size_t most = 0;
    int64_t *units, *amounts;

    for (size_t s = 0; s < count; s++)
        most = slices[s].count > most ? slices[s].count : most;
    units = arena_array(tx_arena(tx), int64_t, most);
    amounts = arena_array(tx_arena(tx), int64_t, most);
    if (copy_in_begin(&copy, tx_db(tx),
                      "COPY plan_slice (period_id, version, measure_id, channel_id, product_id, unit_id, amount)"
                      " FROM STDIN (FORMAT binary)",
                      err) != 0)
        return -1;
    for (size_t s = 0; s < count; s++)
        if (keep_slice(&copy, period_id, version, &slices[s], units, amounts, err) != 0) {
            copy_in_abort(&copy);
            return -1;
        }
    return copy_in_end(&copy, err);
}
