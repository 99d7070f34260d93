/* held: see held.h. */
#include "planning/edits/held.h"

#include "planning/cuts/cut.h"

#include <stdlib.h>

#define PROBLEMS_MAX 50

/* Bounds as a decomposition reads them, by slice and unit. */
static int load(struct tx *tx, const struct ref_period *period, struct cut *bounds, struct err *err)
{
    *bounds = (struct cut) { .tx = tx, .period = period };
    return bound_store_load(tx, period->id, 0, 0, NULL, 0, &bounds->bounds, &bounds->bound_count, err);
}

static bool is_closed(struct tx *tx, const struct ref_period *period, uint32_t unit_id)
{
    const struct ref_unit *unit = refdata_unit(refdata_of(tx), unit_id);

    return unit && unit->closed_day <= period->from_day;
}

static int by_unit(const void *a, const void *b)
{
    const struct cell_change *x = a, *y = b;

    return x->unit_id < y->unit_id ? -1 : x->unit_id > y->unit_id;
}

static void refuse_change(struct tx *tx, const struct slice_key *key, const struct cell_change *change, int64_t lower,
                          int64_t upper)
{
    const char *unit = code_of_unit(tx, change->unit_id), *measure = code_of_measure(tx, key->measure_id);
    const char *amount = amount_text(tx, key->measure_id, change->after);

    if (lower == upper)
        tx_problem(tx, "/unit", "out_of_bounds", "unit \"%s\", \"%s\": it is held at %s and can't become %s", unit,
                   measure, amount_text(tx, key->measure_id, lower), amount);
    else
        tx_problem(tx, "/unit", "out_of_bounds", "unit \"%s\", \"%s\": %s is not %s %s", unit, measure, amount,
                   change->after < lower ? "at least" : "at most",
                   amount_text(tx, key->measure_id, change->after < lower ? lower : upper));
}

static int check_slice(struct cut *bounds, const struct slice_change *change, struct err *err)
{
    struct tx *tx = bounds->tx;
    size_t count;
    const struct bound_row *rows = cut_bounds_of(bounds, &change->key, &count);

    for (size_t i = 0; i < count && tx_problem_count(tx) < PROBLEMS_MAX; i++) {
        const struct cell_change key = { .unit_id = rows[i].unit_id };
        const struct cell_change *to = bsearch(&key, change->cells, change->count, sizeof key, by_unit);
        int64_t lower, upper;

        if (!to || (to->revision && to->after == to->before) || is_closed(tx, bounds->period, to->unit_id))
            continue;
        if (cut_bounds(bounds, &rows[i], to->revision ? &(struct cell) { .amount = to->before } : NULL, &lower, &upper,
                       err) != 0)
            return -1;
        if (to->after < lower || to->after > upper)
            refuse_change(tx, &change->key, to, lower, upper);
    }
    return 0;
}

int held_check(struct tx *tx, const struct ref_period *period, const struct slice_change *changes, size_t count,
               struct err *err)
{
    struct cut bounds;

    if (load(tx, period, &bounds, err) != 0)
        return -1;
    for (size_t s = 0; s < count && bounds.bound_count; s++)
        if (check_slice(&bounds, &changes[s], err) != 0)
            return -1;
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

int held_outside(struct tx *tx, const struct ref_period *period, const struct slice *slices, size_t count,
                 held_found *found, void *arg, struct err *err)
{
    struct cut bounds;

    if (load(tx, period, &bounds, err) != 0)
        return -1;
    for (size_t s = 0; s < count && bounds.bound_count; s++) {
        size_t row_count;
        const struct bound_row *rows = cut_bounds_of(&bounds, &slices[s].key, &row_count);

        for (size_t i = 0; i < row_count; i++) {
            const struct cell *cell = slice_find(&slices[s], rows[i].unit_id);
            int64_t lower, upper;

            if (!cell || is_closed(tx, period, cell->unit_id))
                continue;
            if (cut_bounds(&bounds, &rows[i], NULL, &lower, &upper, err) != 0) /* a lock keeps itself */
                return -1;
            if (cell->amount < lower || cell->amount > upper)
                found(arg, &slices[s].key, cell, lower, upper);
        }
    }
    return 0;
}
