/* cut_store: see cut_store.h. */
#include "planning/records/cut_store.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                                                        \
    "period_id, axis, measure_id, channel_id, product_id, unit_id, array_to_string(into_id, ','), person, at, reason"

const char *const axis_words[] = { "channels", "products", "periods", NULL };

static const struct stmt LOAD = { "cut_load", "SELECT " COLUMNS " FROM plan_cut WHERE period_id = $1"
                                              " AND version IN (0, $2) AND ($3::int = 0 OR measure_id = $3::int)"
                                              " ORDER BY measure_id, axis, channel_id, product_id, unit_id, into_id" };
static const struct stmt LONGER = { "cut_longer",
                                    "SELECT " COLUMNS " FROM plan_cut WHERE version = 0 AND into_id @> ARRAY[$1::int]"
                                    " AND ($2::int = 0 OR measure_id = $2::int)"
                                    " ORDER BY period_id, measure_id, axis, channel_id, product_id, unit_id, into_id" };
static const struct stmt PUT = {
    "cut_put", "INSERT INTO plan_cut (period_id, version, axis, measure_id, channel_id, product_id, unit_id, into_id,"
               " person, at, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING"
};
static const struct stmt REMOVE = {
    "cut_remove", "DELETE FROM plan_cut WHERE period_id = $1 AND version = $2 AND axis = $3 AND measure_id = $4"
                  " AND channel_id = $5 AND product_id = $6 AND unit_id = $7 AND into_id = $8::int[]"
};
static const struct stmt COPY_CUTS = {
    "cut_copy", "INSERT INTO plan_cut (period_id, version, axis, measure_id, channel_id, product_id, unit_id, into_id,"
                " person, at, reason) SELECT period_id, $3::int, axis, measure_id, channel_id, product_id, unit_id,"
                " into_id, person, at, reason FROM plan_cut WHERE period_id = $1 AND version = $2"
};
/* From one slice to the next by the index: there are few, of many cells. */
#define NEXT_KEY(more)                                                                                                 \
    "(SELECT channel_id, product_id FROM target_cell WHERE period_id = $1 AND version = $2 AND measure_id = $3" more   \
    " ORDER BY period_id, version, measure_id, channel_id, product_id, unit_id LIMIT 1)"
static const struct stmt KEYS = {
    "cut_keys",
    "WITH RECURSIVE k AS (" NEXT_KEY("") " UNION ALL SELECT n.channel_id, n.product_id FROM k, LATERAL " NEXT_KEY(
        " AND (channel_id, product_id) > (k.channel_id, k.product_id)") " n) SELECT channel_id, product_id FROM k"
};

static enum axis read_axis(const char *word)
{
    for (int i = 0; axis_words[i]; i++)
        if (strcmp(axis_words[i], word) == 0)
            return (enum axis)i;
    return AXIS_CHANNELS; /* the table has no other word */
}

static void read_into(struct arena *arena, const char *text, struct cut_row *row)
{
    size_t most = strlen(text) / 2 + 1;

    row->into = arena_array(arena, uint32_t, most);
    while (*text) {
        char *end;

        row->into[row->into_count++] = (uint32_t)strtoul(text, &end, 10);
        text = *end ? end + 1 : end;
    }
}

static int read_rows(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct cut_row **rows,
                     size_t *count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_rows found;

    if (db_query(tx_db(tx), stmt, args, &found, err) != 0)
        return -1;
    *rows = arena_array(arena, struct cut_row, found.count);
    *count = (size_t)found.count;
    for (int i = 0; i < found.count; i++) {
        struct cut_row *row = &(*rows)[i];

        *row = (struct cut_row) { .period_id = (uint32_t)db_i32(&found, i, 0),
                                  .axis = read_axis(db_text(&found, i, 1)),
                                  .key = { (uint32_t)db_i32(&found, i, 2), (uint32_t)db_i32(&found, i, 3),
                                           (uint32_t)db_i32(&found, i, 4) },
                                  .unit_id = (uint32_t)db_i32(&found, i, 5),
                                  .person = arena_strdup(arena, db_text(&found, i, 7)),
                                  .at = db_time(&found, i, 8),
                                  .reason = arena_strdup(arena, db_text(&found, i, 9)) };
        read_into(arena, db_text(&found, i, 6), row);
    }
    db_rows_fini(&found);
    return 0;
}

int cut_store_load(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t measure_id, struct cut_row **rows,
                   size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)version);
    db_arg_i32(&args, (int32_t)measure_id);
    return read_rows(tx, &LOAD, &args, rows, count, err);
}

int cut_store_longer(struct tx *tx, uint32_t period_id, uint32_t measure_id, struct cut_row **rows, size_t *count,
                     struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)measure_id);
    return read_rows(tx, &LONGER, &args, rows, count, err);
}

static void key_args(struct tx *tx, struct db_args *args, const struct cut_row *row, uint32_t version)
{
    db_args_init(args, tx_arena(tx));
    db_arg_i32(args, (int32_t)row->period_id);
    db_arg_i32(args, row->axis == AXIS_PERIODS ? 0 : (int32_t)version);
    db_arg_text(args, axis_words[row->axis]);
    db_arg_i32(args, (int32_t)row->key.measure_id);
    db_arg_i32(args, (int32_t)row->key.channel_id);
    db_arg_i32(args, (int32_t)row->key.product_id);
    db_arg_i32(args, (int32_t)row->unit_id);
    db_arg_i32_array(args, (const int32_t *)row->into, row->into_count);
}

int cut_store_put(struct tx *tx, const struct cut_row *row, uint32_t version, struct err *err)
{
    struct db_args args;

    key_args(tx, &args, row, version);
    db_arg_text(&args, row->person);
    db_arg_time(&args, row->at);
    db_arg_text(&args, row->reason);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

int cut_store_remove(struct tx *tx, const struct cut_row *row, uint32_t version, struct err *err)
{
    struct db_args args;

    key_args(tx, &args, row, version);
    return db_exec(tx_db(tx), &REMOVE, &args, NULL, err);
}

int cut_store_copy(struct tx *tx, uint32_t period_id, uint32_t from, uint32_t to, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)from);
    db_arg_i32(&args, (int32_t)to);
    return db_exec(tx_db(tx), &COPY_CUTS, &args, NULL, err);
}

int cut_store_keys(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t measure_id, struct slice_key **keys,
                   size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)version);
    db_arg_i32(&args, (int32_t)measure_id);
    if (db_query(tx_db(tx), &KEYS, &args, &found, err) != 0)
        return -1;
    *keys = arena_array(tx_arena(tx), struct slice_key, found.count);
    *count = (size_t)found.count;
    for (int i = 0; i < found.count; i++)
        (*keys)[i] = (struct slice_key) { measure_id, (uint32_t)db_i32(&found, i, 0), (uint32_t)db_i32(&found, i, 1) };
    db_rows_fini(&found);
    return 0;
}
