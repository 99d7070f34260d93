/* plans: targets in force, from and to the tables, and plans that are published. */
#include "refdata/refdata_internal.h"

/* The version in force, and the first of those that were revised. */
static const char TARGETS[] =
    "COPY (SELECT t.period_id, t.unit_id, t.measure_id, t.channel_id, t.product_id, t.amount,"
    " (t.version = v.version)::int"
    " FROM target t JOIN (SELECT period_id, version, (SELECT min(version) FROM target f"
    " WHERE f.period_id = w.period_id) AS first FROM target_version w) v"
    " ON v.period_id = t.period_id AND t.version IN (v.version, v.first)) TO STDOUT (FORMAT binary)";
static const struct stmt VERSIONS = { "ref_versions",
                                      "SELECT period_id, version, coalesce((SELECT min(version) FROM target f"
                                      " WHERE f.period_id = v.period_id), version) FROM target_version v" };
static const struct stmt ADD_TARGETS = {
    "ref_add_targets",
    "INSERT INTO target (period_id, version, unit_id, channel_id, product_id, measure_id, amount)"
    " SELECT $1::int, $2::int, u, c, p, m, a FROM unnest($3::int[], $4::int[], $5::int[], $6::int[], $7::bigint[])"
    " t(u, c, p, m, a) ON CONFLICT DO NOTHING"
};
static const struct stmt SET_VERSION = { "ref_set_version",
                                         "INSERT INTO target_version (period_id, version) VALUES ($1, $2)"
                                         " ON CONFLICT (period_id) DO UPDATE SET version = excluded.version" };
static const struct stmt DROP_OLD = { "ref_drop_old",
                                      "DELETE FROM target WHERE period_id = $1 AND version < $2"
                                      " AND version > (SELECT min(version) FROM target WHERE period_id = $1)" };

static uint32_t cell_id(const struct copy_cell *cell)
{
    return (uint32_t)copy_cell_int(cell);
}

/* Row after row: a plan may have a million targets. */
static int take_target(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    struct refdata *refdata = arg;
    struct target_key key;

    if (count != 7)
        return err_set(err, "could not read targets: %d columns", count);
    key = (struct target_key) { cell_id(&cells[0]), cell_id(&cells[1]), cell_id(&cells[2]), cell_id(&cells[3]),
                                cell_id(&cells[4]) };
    target_map_put(copy_cell_int(&cells[6]) ? &refdata->targets : &refdata->firsts, &key, copy_cell_int(&cells[5]));
    return 0;
}

int refdata_load_targets(struct refdata *refdata, struct tx *tx, struct err *err)
{
    struct db_rows rows;

    target_map_fini(&refdata->targets);
    target_map_fini(&refdata->firsts);
    if (copy_out(tx_db(tx), TARGETS, take_target, refdata, NULL, err) != 0)
        return -1;
    if (db_query(tx_db(tx), &VERSIONS, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++) {
        struct ref_period *period = code_table_at(&refdata->periods, (uint32_t)db_i32(&rows, i, 0));

        if (!period)
            continue;
        period->plan_version = (uint32_t)db_i32(&rows, i, 1);
        period->first_version = (uint32_t)db_i32(&rows, i, 2);
    }
    db_rows_fini(&rows);
    return 0;
}

static int add_part(struct tx *tx, const Bihuan__PlanPublished *event, struct err *err)
{
    struct db_args args;

    if (event->n_channel_id != event->n_unit_id || event->n_product_id != event->n_unit_id ||
        event->n_measure_id != event->n_unit_id || event->n_amount != event->n_unit_id)
        return err_fail(err, ERR_INVALID, "bad_columns", "the columns of a plan's part differ in length");
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)event->period_id);
    db_arg_i32(&args, (int32_t)event->version);
    db_arg_i32_array(&args, (const int32_t *)event->unit_id, event->n_unit_id);
    db_arg_i32_array(&args, (const int32_t *)event->channel_id, event->n_channel_id);
    db_arg_i32_array(&args, (const int32_t *)event->product_id, event->n_product_id);
    db_arg_i32_array(&args, (const int32_t *)event->measure_id, event->n_measure_id);
    db_arg_i64_array(&args, event->amount, event->n_amount);
    return db_exec(tx_db(tx), &ADD_TARGETS, &args, NULL, err);
}

static int bring_into_force(struct refdata *refdata, struct tx *tx, uint32_t period_id, uint32_t version,
                            const Bihuan__Calendar *calendar, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)version);
    if (db_exec(tx_db(tx), &SET_VERSION, &args, NULL, err) != 0 || db_exec(tx_db(tx), &DROP_OLD, &args, NULL, err) != 0)
        return -1;
    return refdata_keep_baseline(refdata, tx, period_id, version, calendar, err);
}

int refdata_on_plan(struct refdata *refdata, struct tx *tx, const Bihuan__PlanPublished *event, bool *in_force,
                    struct err *err)
{
    *in_force = event->part == event->parts && !event->waits;
    if (add_part(tx, event, err) != 0)
        return -1;
    if (!*in_force)
        return 0;
    for (size_t i = 0; i < event->n_set; i++)
        if (bring_into_force(refdata, tx, event->set[i]->id, event->set[i]->version,
                             event->set[i]->calendar ? event->set[i]->calendar : event->calendar, err) != 0)
            return -1;
    if (bring_into_force(refdata, tx, event->period_id, event->version, event->calendar, err) != 0)
        return -1;
    return refdata_load_targets(refdata, tx, err);
}
