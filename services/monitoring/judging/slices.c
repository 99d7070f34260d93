/* slices: see slices.h. */
#include "monitoring/judging/slices.h"

#include "monitoring/monitoring.h"

#include <stdlib.h>

static const struct stmt SUMS = {
    "slice_sums", "SELECT p.unit_id, p.day, sum(u.v)::bigint FROM progress p, unnest(p.measures, p.sums) u(m, v)"
                  " WHERE u.m = $1::smallint AND ($2::int = 0 OR p.channel_id = $2) AND (cardinality($3::int[]) = 0"
                  " OR p.product_id = ANY ($3)) GROUP BY 1, 2"
};

static bool is_beneath(const struct refdata *refdata, uint32_t product_id, uint32_t ancestor)
{
    for (int steps = 0; product_id && steps < 64; steps++) {
        const struct ref_product *product;

        if (product_id == ancestor)
            return true;
        product = refdata_product(refdata, product_id);
        product_id = product ? product->parent_id : 0;
    }
    return false;
}

static void drop(struct slices *slices)
{
    cube_destroy(&slices->cube);
    free(slices->items);
    slices->items = NULL;
    slices->count = 0;
}

void slices_fini(struct slices *slices)
{
    drop(slices);
}

bool slices_key(const struct monitoring *m, const struct rule *rule, uint32_t unit_id, uint32_t measure_id,
                struct ref_key *out)
{
    const struct ref_channel *channel = refdata_channel_by_code(m->refdata, rule->channel);
    const struct ref_product *product = refdata_product_by_code(m->refdata, rule->product);

    *out = (struct ref_key) { unit_id, measure_id, channel ? channel->id : 0, product ? product->id : 0 };
    return (channel || !rule->channel[0]) && (product || !rule->product[0]);
}

/* False: the rule has no slice, or a name in it isn't known. */
static bool slice_of(const struct monitoring *m, const struct rule *rule, struct slice *out)
{
    const struct ref_measure *measure = refdata_measure_by_code(m->refdata, rule->measure);
    struct ref_key key;

    if ((!rule->channel[0] && !rule->product[0]) || !measure || !slices_key(m, rule, 0, measure->id, &key))
        return false;
    *out = (struct slice) { rule->id, key.measure_id, key.channel_id, key.product_id };
    return true;
}

static int read_slice(struct tx *tx, const struct slice *slice, struct cube *cube, uint32_t number, struct err *err)
{
    const struct refdata *refdata = monitoring_of(tx)->refdata;
    uint32_t limit = refdata_product_limit(refdata);
    int32_t *products = arena_array(tx_arena(tx), int32_t, limit + 1);
    size_t count = 0;
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    for (uint32_t id = 1; slice->product_id && id < limit; id++)
        if (is_beneath(refdata, id, slice->product_id))
            products[count++] = (int32_t)id;
    db_args_init(&args, tx_arena(tx));
    db_arg_i16(&args, (int16_t)slice->measure_id);
    db_arg_i32(&args, (int32_t)slice->channel_id);
    db_arg_i32_array(&args, products, count);
    if (db_query(tx_db(tx), &SUMS, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        int32_t day = db_date(&rows, i, 1);

        if (cube_grow(cube, day, day, err) != 0 ||
            cube_add(cube, (uint32_t)db_i32(&rows, i, 0), number, 0, 0, day, db_i64(&rows, i, 2), err) != 0)
            rc = -1;
    }
    db_rows_fini(&rows);
    return rc;
}

int slices_load(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    struct slices *slices = &m->slices;

    if (!slices->stale)
        return 0;
    drop(slices);
    slices->items = calloc(RULES_MAX, sizeof *slices->items);
    if (!slices->items)
        abort();
    if (cube_new(&slices->cube, today(tx), today(tx), err) != 0)
        return -1;
    for (size_t i = 0; i < m->rule_count; i++) {
        struct slice *slice = &slices->items[slices->count];

        if (!slice_of(m, &m->rules[i], slice))
            continue;
        slices->count++;
        if (read_slice(tx, slice, slices->cube, (uint32_t)slices->count, err) != 0)
            return -1;
    }
    slices->stale = false;
    return 0;
}

int slices_add(struct monitoring *m, const struct slice_cell *cell, struct err *err)
{
    for (size_t i = 0; i < m->slices.count; i++) {
        const struct slice *slice = &m->slices.items[i];

        if (slice->measure_id != cell->measure_id || (slice->channel_id && slice->channel_id != cell->channel_id) ||
            (slice->product_id && !is_beneath(m->refdata, cell->product_id, slice->product_id)))
            continue;
        if (cube_grow(m->slices.cube, cell->day, cell->day, err) != 0 ||
            cube_add(m->slices.cube, cell->unit_id, (uint32_t)i + 1, 0, 0, cell->day, cell->value, err) != 0)
            return -1;
    }
    return 0;
}

struct node_series slices_series(const struct monitoring *m, const struct rule *rule, uint32_t measure_id)
{
    for (size_t i = 0; i < m->slices.count; i++)
        if (m->slices.items[i].rule_id == rule->id)
            return (struct node_series) { m->slices.cube, (uint32_t)i + 1 };
    return (struct node_series) { m->cube, measure_id };
}

int slices_try(struct tx *tx, const struct rule *rule, struct cube **out, struct err *err)
{
    struct slice slice;

    *out = NULL;
    if (!slice_of(monitoring_of(tx), rule, &slice))
        return 0;
    if (cube_new(out, today(tx), today(tx), err) != 0)
        return -1;
    if (read_slice(tx, &slice, *out, 1, err) == 0)
        return 0;
    cube_destroy(out);
    return -1;
}
