/* score_store: see score_store.h. */
#include "incentive/scoring/score_store.h"

#include "base/hash.h"

#include <string.h>

static const struct stmt DROP = { "score_drop", "DELETE FROM score WHERE period_id = $1 AND unit_id = ANY($2::int[])" };
static const char COPY_SQL[] = "COPY score (period_id, unit_id, unit_type, score_milli, rank, as_of, body)"
                               " FROM STDIN (FORMAT binary)";
static const struct stmt HASHES = { "score_hashes", "SELECT period_id, unit_id, body FROM score s WHERE NOT EXISTS"
                                                    " (SELECT FROM closing c WHERE c.period_id = s.period_id)" };
static const struct stmt HASHES_OF = { "score_hashes_of",
                                       "SELECT period_id, unit_id, body FROM score WHERE period_id = $1" };
static const struct stmt PAGE = {
    "score_page", "SELECT unit_id, sort, body FROM (SELECT unit_id, body, CASE WHEN $4 THEN 0 WHEN rank = 0 THEN"
                  " 2147483647 ELSE rank END AS sort FROM score WHERE period_id = $1 AND ($2 = '' OR unit_type = $2)"
                  " AND ($3::int[] IS NULL OR unit_id = ANY($3::int[]))) s WHERE (sort, unit_id) > ($5::int, $6::int)"
                  " ORDER BY sort, unit_id LIMIT $7::int"
};
static const struct stmt GET = { "score_get", "SELECT body FROM score WHERE period_id = $1 AND unit_id = $2" };

uint64_t score_hash(const uint8_t *body, size_t len)
{
    uint64_t hash = hash_bytes(body, len, 0);

    return hash ? hash : 1;
}

static int copy_rows(struct tx *tx, uint32_t period_id, const struct score_row *rows, size_t count, struct err *err)
{
    struct copy_in copy;

    if (copy_in_begin(&copy, tx_db(tx), COPY_SQL, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (copy_row(&copy, 7, err) != 0)
            return -1;
        copy_i32(&copy, (int32_t)period_id);
        copy_i32(&copy, (int32_t)rows[i].unit_id);
        copy_text(&copy, rows[i].unit_type, strlen(rows[i].unit_type));
        copy_i64(&copy, rows[i].score_milli);
        copy_i32(&copy, (int32_t)rows[i].rank);
        copy_date(&copy, rows[i].as_of);
        copy_bytes(&copy, rows[i].body, rows[i].body_len);
    }
    return copy_in_end(&copy, err);
}

int score_store_drop(struct tx *tx, uint32_t period_id, const uint32_t *units, size_t count, struct err *err)
{
    struct db_args args;

    if (!count)
        return 0;
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32_array(&args, (const int32_t *)units, count);
    return db_exec(tx_db(tx), &DROP, &args, NULL, err);
}

int score_store_put(struct tx *tx, uint32_t period_id, const struct score_row *rows, size_t count, struct err *err)
{
    uint32_t *units = arena_array(tx_arena(tx), uint32_t, count + 1);

    if (!count)
        return 0;
    for (size_t i = 0; i < count; i++)
        units[i] = rows[i].unit_id;
    if (score_store_drop(tx, period_id, units, count, err) != 0)
        return -1;
    return copy_rows(tx, period_id, rows, count, err);
}

static int each_hash(struct tx *tx, const struct stmt *stmt, const struct db_args *args, score_hash_fn *each, void *arg,
                     struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), stmt, args, &rows, err) != 0)
        return -1;
    for (int r = 0; r < rows.count; r++) {
        size_t len;
        const uint8_t *body = db_bytes(&rows, r, 2, &len);

        each(arg, (uint32_t)db_i32(&rows, r, 0), (uint32_t)db_i32(&rows, r, 1), score_hash(body, len));
    }
    db_rows_fini(&rows);
    return 0;
}

int score_store_hashes(struct tx *tx, score_hash_fn *each, void *arg, struct err *err)
{
    return each_hash(tx, &HASHES, NULL, each, arg, err);
}

int score_store_hashes_of(struct tx *tx, uint32_t period_id, score_hash_fn *each, void *arg, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    return each_hash(tx, &HASHES_OF, &args, each, arg, err);
}

static int unpack(struct tx *tx, const struct db_rows *rows, int row, int col, Bihuan__Score **out, struct err *err)
{
    size_t len;
    const uint8_t *body = db_bytes(rows, row, col, &len);
    ProtobufCMessage *message = NULL;

    if (message_unpack(&bihuan__score__descriptor, arena_memdup(tx_arena(tx), body, len), len, tx_arena(tx), &message,
                       err) != 0)
        return -1;
    *out = (Bihuan__Score *)message;
    return 0;
}

int score_store_page(struct tx *tx, const struct score_page *page, Bihuan__Score ***scores, uint32_t **unit_ids,
                     uint32_t **sort_ranks, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)page->period_id);
    db_arg_text(&args, page->unit_type);
    if (page->units)
        db_arg_i32_array(&args, (const int32_t *)page->units, page->unit_count);
    else
        db_arg_null(&args);
    db_arg_bool(&args, page->by_unit);
    db_arg_i32(&args, (int32_t)page->after_rank);
    db_arg_i32(&args, (int32_t)page->after_unit);
    db_arg_i32(&args, (int32_t)page->limit);
    if (db_query(tx_db(tx), &PAGE, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *scores = arena_array(tx_arena(tx), Bihuan__Score *, rows.count + 1);
    *unit_ids = arena_array(tx_arena(tx), uint32_t, rows.count + 1);
    *sort_ranks = arena_array(tx_arena(tx), uint32_t, rows.count + 1);
    for (int r = 0; rc == 0 && r < rows.count; r++) {
        (*unit_ids)[r] = (uint32_t)db_i32(&rows, r, 0);
        (*sort_ranks)[r] = (uint32_t)db_i32(&rows, r, 1);
        rc = unpack(tx, &rows, r, 2, &(*scores)[r], err);
    }
    db_rows_fini(&rows);
    return rc;
}

int score_store_get(struct tx *tx, uint32_t period_id, uint32_t unit_id, Bihuan__Score **out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    *out = NULL;
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)unit_id);
    if (db_query(tx_db(tx), &GET, &args, &rows, err) != 0)
        return -1;
    if (rows.count)
        rc = unpack(tx, &rows, 0, 0, out, err);
    db_rows_fini(&rows);
    return rc;
}
