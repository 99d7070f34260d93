/* cell_store: see cell_store.h. */
#include "planning/ledger/cell_store.h"

#include "planning/records/cut_store.h"

/* A slice of which more cells change is written anew by COPY. */
#define ANEW_ABOVE 1000

/* Cell by cell: left to itself, a server without statistics reads the version whole for each of a few lines. */
static const struct stmt FIND = {
    "cell_find", "SELECT v.i, t.amount, t.hedge, t.revision FROM unnest($3::int[], $4::int[], $5::int[], $6::int[])"
                 " WITH ORDINALITY v(m, c, p, u, i) CROSS JOIN LATERAL (SELECT amount, hedge, revision FROM target_cell"
                 " WHERE period_id = $1 AND version = $2 AND measure_id = v.m AND channel_id = v.c"
                 " AND product_id = v.p AND unit_id = v.u LIMIT 1) t"
};
static const struct stmt UPSERT = {
    "cell_upsert",
    "INSERT INTO target_cell (period_id, version, measure_id, channel_id, product_id, unit_id, amount, hedge, revision,"
    " act) SELECT $1::int, $2::int, m, c, p, u, a, h, r, $3::bigint"
    " FROM unnest($4::int[], $5::int[], $6::int[], $7::int[], $8::bigint[], $9::bigint[], $10::int[])"
    " t(m, c, p, u, a, h, r) ON CONFLICT (period_id, version, measure_id, channel_id, product_id, unit_id)"
    " DO UPDATE SET amount = excluded.amount, hedge = excluded.hedge, revision = excluded.revision, act = excluded.act"
};
static const struct stmt DROP_CELLS = {
    "cell_drop", "DELETE FROM target_cell WHERE period_id = $1 AND version = $2 AND measure_id = $3 AND channel_id = $4"
                 " AND product_id = $5 AND unit_id = ANY($6::int[])"
};
/* The same from the other side, where few stay. */
static const struct stmt DROP_OTHERS = {
    "cell_drop_others", "DELETE FROM target_cell WHERE period_id = $1 AND version = $2 AND measure_id = $3"
                        " AND channel_id = $4 AND product_id = $5 AND unit_id <> ALL($6::int[])"
};
static const struct stmt DROP_SLICE = {
    "cell_drop_slice", "DELETE FROM target_cell WHERE period_id = $1 AND version = $2 AND measure_id = $3"
                       " AND channel_id = $4 AND product_id = $5"
};
static const struct stmt COPY_VERSION = {
    "cell_copy",
    "INSERT INTO target_cell (period_id, version, measure_id, channel_id, product_id, unit_id, amount, hedge, revision,"
    " act) SELECT period_id, $3::int, measure_id, channel_id, product_id, unit_id, amount, hedge, revision, act"
    " FROM target_cell WHERE period_id = $1 AND version = $2 AND (measure_id, channel_id, product_id) NOT IN"
    " (SELECT * FROM unnest($4::int[], $5::int[], $6::int[]))"
    " ORDER BY measure_id, channel_id, product_id, unit_id"
};
static const struct stmt COUNT = { "cell_count",
                                   "SELECT count(*) FROM target_cell WHERE period_id = $1 AND version = $2"
                                   " AND ($3::int[] IS NULL OR unit_id = ANY($3::int[]))" };
static const struct stmt PAGE = {
    "cell_page", "SELECT measure_id, channel_id, product_id, unit_id, amount, hedge, revision FROM target_cell"
                 " WHERE period_id = $1 AND version = $2 AND ($3::int = 0 OR unit_id = $3::int)"
                 " AND ($4::int = 0 OR measure_id = $4::int)"
                 " AND (measure_id, channel_id, product_id, unit_id) > ($5::int, $6::int, $7::int, $8::int)"
                 " AND ($9::int[] IS NULL OR unit_id = ANY($9::int[]))"
                 " ORDER BY measure_id, channel_id, product_id, unit_id LIMIT $10::int"
};

/* --- writing -------------------------------------------------------------------------------------------------------
 */
static size_t count_written(const struct slice_change *change)
{
    size_t count = 0;

    for (size_t i = 0; i < change->count; i++)
        count += !change->cells[i].same;
    return count;
}

static bool is_anew(const struct slice_change *change)
{
    return count_written(change) > ANEW_ABOVE;
}

static void slice_args(struct db_args *args, uint32_t period_id, uint32_t version, const struct slice_key *key,
                       struct arena *scratch)
{
    db_args_init(args, scratch);
    db_arg_i32(args, (int32_t)period_id);
    db_arg_i32(args, (int32_t)version);
    db_arg_i32(args, (int32_t)key->measure_id);
    db_arg_i32(args, (int32_t)key->channel_id);
    db_arg_i32(args, (int32_t)key->product_id);
}

/* Units of cells that are there and will be written anew, and of those that stay. */
static void find_present(const struct slice_change *change, int32_t *units, size_t *count, int32_t *stay,
                         size_t *staying)
{
    size_t at = 0;

    for (size_t i = 0; i < change->count; i++) {
        const struct cell_change *cell = &change->cells[i];

        for (; change->was && at < change->was->count && change->was->cells[at].unit_id < cell->unit_id; at++)
            stay[(*staying)++] = (int32_t)change->was->cells[at].unit_id;
        if (cell->same)
            stay[(*staying)++] = (int32_t)cell->unit_id;
        else if (cell->revision)
            units[(*count)++] = (int32_t)cell->unit_id;
        at += change->was && at < change->was->count && change->was->cells[at].unit_id == cell->unit_id;
    }
    for (; change->was && at < change->was->count; at++)
        stay[(*staying)++] = (int32_t)change->was->cells[at].unit_id;
}

/* Plans that are kept don't know how long a list of units is, and compare each cell with all of them. */
static int plan_anew(struct tx *tx, bool on, struct err *err)
{
    return db_run(tx_db(tx), on ? "SET LOCAL plan_cache_mode = force_custom_plan" : "SET LOCAL plan_cache_mode = auto",
                  err);
}

/* Cells of a slice that will be copied must not be there. */
static int drop_present(struct tx *tx, uint32_t period_id, uint32_t version, const struct slice_change *change,
                        struct arena *scratch, struct err *err)
{
    size_t count = 0, staying = 0, room = change->count + (change->was ? change->was->count : 0);
    int32_t *units = arena_array(scratch, int32_t, room), *stay = arena_array(scratch, int32_t, room);
    struct db_args args;

    find_present(change, units, &count, stay, &staying);
    if (count == 0)
        return 0;
    slice_args(&args, period_id, version, &change->key, scratch);
    if (change->was && staying == 0)
        return db_exec(tx_db(tx), &DROP_SLICE, &args, NULL, err);
    if (change->was && staying < count / 8) {
        db_arg_i32_array(&args, stay, staying);
        return db_exec(tx_db(tx), &DROP_OTHERS, &args, NULL, err);
    }
    db_arg_i32_array(&args, units, count);
    return db_exec(tx_db(tx), &DROP_CELLS, &args, NULL, err);
}

static int drop_all(struct tx *tx, uint32_t period_id, uint32_t version, const struct slice_change *changes,
                    size_t count, struct arena *scratch, struct err *err)
{
    if (plan_anew(tx, true, err) != 0)
        return -1;
    for (size_t s = 0; s < count; s++) {
        if (is_anew(&changes[s]) && drop_present(tx, period_id, version, &changes[s], scratch, err) != 0)
            return -1;
        arena_reset(scratch);
    }
    return plan_anew(tx, false, err);
}

static int copy_slice(struct copy_in *copy, uint32_t period_id, uint32_t version, uint64_t act,
                      const struct slice_change *change, struct err *err)
{
    for (size_t i = 0; i < change->count; i++) {
        const struct cell_change *cell = &change->cells[i];

        if (cell->same)
            continue;
        if (copy_row(copy, 10, err) != 0)
            return -1;
        copy_i32(copy, (int32_t)period_id);
        copy_i32(copy, (int32_t)version);
        copy_i32(copy, (int32_t)change->key.measure_id);
        copy_i32(copy, (int32_t)change->key.channel_id);
        copy_i32(copy, (int32_t)change->key.product_id);
        copy_i32(copy, (int32_t)cell->unit_id);
        copy_i64(copy, cell->after);
        copy_i64(copy, cell->hedge);
        copy_i32(copy, (int32_t)cell->revision + 1);
        copy_i64(copy, (int64_t)act);
    }
    return 0;
}

static int copy_all(struct tx *tx, uint32_t period_id, uint32_t version, uint64_t act,
                    const struct slice_change *changes, size_t count, struct err *err)
{
    struct copy_in copy;

    if (copy_in_begin(&copy, tx_db(tx),
                      "COPY target_cell (period_id, version, measure_id, channel_id, product_id, unit_id, amount,"
                      " hedge, revision, act) FROM STDIN (FORMAT binary)",
                      err) != 0)
        return -1;
    for (size_t s = 0; s < count; s++)
        if (is_anew(&changes[s]) && copy_slice(&copy, period_id, version, act, &changes[s], err) != 0) {
            copy_in_abort(&copy);
            return -1;
        }
    return copy_in_end(&copy, err);
}

static int upsert_few(struct tx *tx, uint32_t period_id, uint32_t version, uint64_t act,
                      const struct slice_change *changes, size_t count, size_t cells, struct arena *arena,
                      struct err *err)
{
    int32_t *columns[5];
    int64_t *amounts = arena_array(arena, int64_t, cells), *hedges = arena_array(arena, int64_t, cells);
    struct db_args args;
    size_t n = 0;

    for (int c = 0; c < 5; c++)
        columns[c] = arena_array(arena, int32_t, cells);
    for (size_t s = 0; s < count; s++) {
        bool anew = is_anew(&changes[s]);

        for (size_t i = 0; !anew && i < changes[s].count; i++) {
            const struct cell_change *cell = &changes[s].cells[i];

            if (cell->same)
                continue;
            columns[0][n] = (int32_t)changes[s].key.measure_id;
            columns[1][n] = (int32_t)changes[s].key.channel_id;
            columns[2][n] = (int32_t)changes[s].key.product_id;
            columns[3][n] = (int32_t)cell->unit_id;
            columns[4][n] = (int32_t)cell->revision + 1;
            amounts[n] = cell->after;
            hedges[n++] = cell->hedge;
        }
    }
    db_args_init(&args, arena);
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)version);
    db_arg_i64(&args, (int64_t)act);
    for (int c = 0; c < 4; c++)
        db_arg_i32_array(&args, columns[c], n);
    db_arg_i64_array(&args, amounts, n);
    db_arg_i64_array(&args, hedges, n);
    db_arg_i32_array(&args, columns[4], n);
    return db_exec(tx_db(tx), &UPSERT, &args, NULL, err);
}

static int write_cells(struct tx *tx, uint32_t period_id, uint32_t version, uint64_t act,
                       const struct slice_change *changes, size_t count, struct arena *scratch, struct err *err)
{
    bool anew = false;
    size_t few = 0;

    for (size_t s = 0; s < count; s++)
        if (is_anew(&changes[s]))
            anew = true;
        else
            few += count_written(&changes[s]);
    if (anew && drop_all(tx, period_id, version, changes, count, scratch, err) != 0)
        return -1;
    if (anew && copy_all(tx, period_id, version, act, changes, count, err) != 0)
        return -1;
    return few ? upsert_few(tx, period_id, version, act, changes, count, few, scratch, err) : 0;
}

int cell_store_write(struct tx *tx, uint32_t period_id, uint32_t version, uint64_t act,
                     const struct slice_change *changes, size_t count, struct err *err)
{
    struct arena scratch;
    int rc;

    arena_init(&scratch);
    rc = write_cells(tx, period_id, version, act, changes, count, &scratch, err);
    arena_fini(&scratch);
    return rc;
}

static void period_args(struct tx *tx, struct db_args *args, uint32_t period_id, uint32_t version)
{
    db_args_init(args, tx_arena(tx));
    db_arg_i32(args, (int32_t)period_id);
    db_arg_i32(args, (int32_t)version);
}

int cell_store_find(struct tx *tx, uint32_t period_id, uint32_t version, struct cell_row *rows, size_t count,
                    struct err *err)
{
    int32_t *columns[4];
    struct db_args args;
    struct db_rows found;

    for (int c = 0; c < 4; c++)
        columns[c] = arena_array(tx_arena(tx), int32_t, count);
    for (size_t i = 0; i < count; i++) {
        columns[0][i] = (int32_t)rows[i].key.measure_id;
        columns[1][i] = (int32_t)rows[i].key.channel_id;
        columns[2][i] = (int32_t)rows[i].key.product_id;
        columns[3][i] = (int32_t)rows[i].cell.unit_id;
        rows[i].cell.revision = 0;
    }
    period_args(tx, &args, period_id, version);
    for (int c = 0; c < 4; c++)
        db_arg_i32_array(&args, columns[c], count);
    if (db_query(tx_db(tx), &FIND, &args, &found, err) != 0)
        return -1;
    for (int i = 0; i < found.count; i++) {
        struct cell *cell = &rows[db_i64(&found, i, 0) - 1].cell;

        cell->amount = db_i64(&found, i, 1);
        cell->hedge = db_i64(&found, i, 2);
        cell->revision = (uint32_t)db_i32(&found, i, 3);
    }
    db_rows_fini(&found);
    return 0;
}

/* All cells of the slice become others by it. */
static bool is_whole(const struct slice_change *change)
{
    size_t over = 0;

    for (size_t i = 0; i < change->count; i++)
        over += !change->cells[i].same && change->cells[i].revision != 0;
    return is_anew(change) && change->was && over == change->was->count;
}

static void keys_args(struct tx *tx, struct db_args *args, const struct slice_change *changes, size_t count)
{
    int32_t *keys[3];
    size_t n = 0;

    for (int c = 0; c < 3; c++)
        keys[c] = arena_array(tx_arena(tx), int32_t, count);
    for (size_t s = 0; s < count; s++) {
        if (!is_whole(&changes[s]))
            continue;
        keys[0][n] = (int32_t)changes[s].key.measure_id;
        keys[1][n] = (int32_t)changes[s].key.channel_id;
        keys[2][n++] = (int32_t)changes[s].key.product_id;
    }
    for (int c = 0; c < 3; c++)
        db_arg_i32_array(args, keys[c], n);
}

int cell_store_copy(struct tx *tx, uint32_t period_id, uint32_t from, uint32_t to, const struct slice_change *changes,
                    size_t count, struct err *err)
{
    struct db_args args;

    period_args(tx, &args, period_id, from);
    db_arg_i32(&args, (int32_t)to);
    keys_args(tx, &args, changes, count);
    if (cell_store_in_order(tx, true, err) != 0 || db_exec(tx_db(tx), &COPY_VERSION, &args, NULL, err) != 0)
        return -1;
    return cut_store_copy(tx, period_id, from, to, err) != 0 ? -1 : cell_store_in_order(tx, false, err);
}

static void units_arg(struct tx *tx, struct db_args *args, const uint32_t *units, size_t count)
{
    int32_t *ids = arena_array(tx_arena(tx), int32_t, count);

    for (size_t i = 0; i < count; i++)
        ids[i] = (int32_t)units[i];
    if (units)
        db_arg_i32_array(args, ids, count);
    else
        db_arg_null(args);
}

int cell_store_count(struct tx *tx, uint32_t period_id, uint32_t version, const uint32_t *units, size_t unit_count,
                     int64_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    period_args(tx, &args, period_id, version);
    units_arg(tx, &args, units, unit_count);
    if (db_query(tx_db(tx), &COUNT, &args, &rows, err) != 0)
        return -1;
    *count = db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int cell_store_page(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t unit_id, uint32_t measure_id,
                    const struct cell_row *after, const uint32_t *units, size_t unit_count, uint32_t limit,
                    struct cell_row **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    period_args(tx, &args, period_id, version);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_i32(&args, (int32_t)measure_id);
    db_arg_i32(&args, (int32_t)after->key.measure_id);
    db_arg_i32(&args, (int32_t)after->key.channel_id);
    db_arg_i32(&args, (int32_t)after->key.product_id);
    db_arg_i32(&args, (int32_t)after->cell.unit_id);
    units_arg(tx, &args, units, unit_count);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &PAGE, &args, &found, err) != 0)
        return -1;
    *rows = arena_array(tx_arena(tx), struct cell_row, found.count);
    *count = (size_t)found.count;
    for (int i = 0; i < found.count; i++)
        (*rows)[i] = (struct cell_row) { .key = { (uint32_t)db_i32(&found, i, 0), (uint32_t)db_i32(&found, i, 1),
                                                  (uint32_t)db_i32(&found, i, 2) },
                                         .cell = { .unit_id = (uint32_t)db_i32(&found, i, 3),
                                                   .amount = db_i64(&found, i, 4),
                                                   .hedge = db_i64(&found, i, 5),
                                                   .revision = (uint32_t)db_i32(&found, i, 6) } };
    db_rows_fini(&found);
    return 0;
}
