/* product_moves: see product_moves.h. */
#include "planning/catalog/product_moves.h"

#include "planning/catalog/product_store.h"

#include <string.h>

#define NAMED_MAX   10 /* plans in one problem */
#define LEVELS_MAX  64
#define LIMIT_PLANS 200

static bool is_below(const struct refdata *refdata, uint32_t id, uint32_t above)
{
    for (int level = 0; id && level < LEVELS_MAX; level++) {
        const struct ref_product *product = refdata_product(refdata, id);

        if (id == above)
            return true;
        id = product ? product->parent_id : 0;
    }
    return false;
}

/* Families from `id` up, which the other line doesn't have as well: they keep what they have. */
static void add_families(const struct refdata *refdata, uint32_t id, uint32_t other, int32_t *ids, size_t *count)
{
    for (int level = 0; id && level < LEVELS_MAX; level++) {
        const struct ref_product *product = refdata_product(refdata, id);

        if (!is_below(refdata, other, id))
            ids[(*count)++] = (int32_t)id;
        id = product ? product->parent_id : 0;
    }
}

/* Periods that go on today or begin later. */
static size_t open_periods(struct tx *tx, int32_t *ids)
{
    const struct refdata *refdata = refdata_of(tx);
    int32_t today = clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
    size_t count = 0;

    for (uint32_t id = 1; id < refdata_period_limit(refdata); id++)
        if (refdata_period(refdata, id) && refdata_period(refdata, id)->until_day > today)
            ids[count++] = (int32_t)id;
    return count;
}

static void report(struct tx *tx, const char *pointer, const Bihuan__Product *item, const char *before,
                   const struct product_plan *rows, size_t count)
{
    const struct refdata *refdata = refdata_of(tx);
    struct buf plans = { 0 };
    size_t named = 0, all = 0;

    for (size_t i = 0; i < count; i++) {
        const struct ref_period *period = refdata_period(refdata, rows[i].period_id);

        if (i && rows[i - 1].period_id == rows[i].period_id && rows[i - 1].version == rows[i].version)
            continue;
        if (all++ < NAMED_MAX)
            buf_printf(&plans, "%s%s version %u (%s, \"%s\")", named++ ? ", " : "", period ? period->code : "?",
                       rows[i].version, rows[i].state, refdata_product(refdata, rows[i].product_id)->code);
    }
    tx_problem(tx, place(tx, pointer, "parent"), "has_targets",
               "\"%s\" can't go from \"%s\" to \"%s\": plans have targets of it or of a family that it leaves or comes"
               " to, in %s%s; make a new product there, or take these targets away by a revision first",
               item->code, before, item->parent, buf_text(&plans), all > named ? " and others" : "");
    buf_fini(&plans);
}

static int check_move(struct tx *tx, const Bihuan__Product *item, const struct ref_product *known, const char *pointer,
                      struct err *err)
{
    const struct refdata *refdata = refdata_of(tx);
    const struct ref_product *before = refdata_product(refdata, known->parent_id);
    const struct ref_product *after = item->parent[0] ? refdata_product_by_code(refdata, item->parent) : NULL;
    uint32_t limit = refdata_product_limit(refdata);
    int32_t *products = arena_array(tx_arena(tx), int32_t, limit + 2 * LEVELS_MAX);
    int32_t *periods = arena_array(tx_arena(tx), int32_t, refdata_period_limit(refdata) + 1);
    size_t count = 0, period_count = open_periods(tx, periods), found;
    struct product_plan *rows;

    for (uint32_t id = 1; id < limit; id++)
        if (refdata_product(refdata, id) && is_below(refdata, id, known->id))
            products[count++] = (int32_t)id;
    add_families(refdata, known->parent_id, after ? after->id : 0, products, &count);
    add_families(refdata, after ? after->id : 0, known->parent_id, products, &count);
    if (product_store_plans(tx, periods, period_count, products, count, LIMIT_PLANS, &rows, &found, err) != 0)
        return -1;
    if (found)
        report(tx, pointer, item, before ? before->code : "", rows, found);
    return 0;
}

int product_moves_check(struct tx *tx, const Bihuan__ApplyProductsRequest *request, struct err *err)
{
    const struct refdata *refdata = refdata_of(tx);

    for (size_t i = 0; i < request->n_items; i++) {
        const Bihuan__Product *item = request->items[i];
        const struct ref_product *known = refdata_product_by_code(refdata, item->code);
        const struct ref_product *before = known ? refdata_product(refdata, known->parent_id) : NULL;

        if (known && strcmp(before ? before->code : "", item->parent) != 0 &&
            check_move(tx, item, known, arena_printf(tx_arena(tx), "/items/%zu", i), err) != 0)
            return -1;
    }
    return 0;
}
