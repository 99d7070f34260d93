/* closing_store: see closing_store.h. */
#include "incentive/closing/closing_store.h"

#include <stdio.h>
#include <string.h>

static const struct stmt PUT = { "closing_put",
                                 "INSERT INTO closing (period_id, period, from_day, until_day, closed_at, closed_by,"
                                 " statements, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)" };
static const struct stmt ALL = { "closing_all",
                                 "SELECT period_id, period, from_day, until_day, closed_at, closed_by, statements, hash"
                                 " FROM closing ORDER BY period_id" };
static const char COPY_SQL[] =
    "COPY statement (period_id, unit_id, credit_count, digest, body_zh, body_en, hash) FROM STDIN (FORMAT binary)";
static const struct stmt STATEMENT = { "closing_statement",
                                       "SELECT credit_count, hash, CASE WHEN $3 THEN body_zh ELSE body_en END"
                                       " FROM statement WHERE period_id = $1 AND unit_id = $2" };

static int copy_statements(struct tx *tx, uint32_t period_id, const struct statement_row *rows, size_t count,
                           struct err *err)
{
    struct copy_in copy;

    if (copy_in_begin(&copy, tx_db(tx), COPY_SQL, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (copy_row(&copy, 7, err) != 0)
            return -1;
        copy_i32(&copy, (int32_t)period_id);
        copy_i32(&copy, (int32_t)rows[i].unit_id);
        copy_i64(&copy, (int64_t)rows[i].credit_count);
        copy_bytes(&copy, rows[i].digest, DIGEST_LEN);
        copy_bytes(&copy, rows[i].body[0], rows[i].body_len[0]);
        copy_bytes(&copy, rows[i].body[1], rows[i].body_len[1]);
        copy_text(&copy, rows[i].hash, strlen(rows[i].hash));
    }
    return copy_in_end(&copy, err);
}

int closing_store_put(struct tx *tx, const struct closing_row *closing, const struct statement_row *statements,
                      struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)closing->period_id);
    db_arg_text(&args, closing->period);
    db_arg_date(&args, closing->from_day);
    db_arg_date(&args, closing->until_day);
    db_arg_time(&args, closing->closed_at);
    db_arg_text(&args, closing->closed_by);
    db_arg_i32(&args, (int32_t)closing->statements);
    db_arg_text(&args, closing->hash);
    if (db_exec(tx_db(tx), &PUT, &args, NULL, err) != 0)
        return -1;
    return copy_statements(tx, closing->period_id, statements, closing->statements, err);
}

int closing_store_each(struct tx *tx, closing_fn *each, void *arg, struct err *err)
{
    struct db_rows rows;
    int rc = 0;

    if (db_query(tx_db(tx), &ALL, NULL, &rows, err) != 0)
        return -1;
    for (int r = 0; rc == 0 && r < rows.count; r++) {
        struct closing_row row = { .period_id = (uint32_t)db_i32(&rows, r, 0),
                                   .period = db_text(&rows, r, 1),
                                   .from_day = db_date(&rows, r, 2),
                                   .until_day = db_date(&rows, r, 3),
                                   .closed_at = db_time(&rows, r, 4),
                                   .closed_by = db_text(&rows, r, 5),
                                   .statements = (uint32_t)db_i32(&rows, r, 6),
                                   .hash = db_text(&rows, r, 7) };

        rc = each(arg, &row, err);
    }
    db_rows_fini(&rows);
    return rc;
}

int closing_store_statement(struct tx *tx, uint32_t period_id, uint32_t unit_id, bool zh, struct statement_row *out,
                            const uint8_t **body, size_t *body_len, bool *found, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_bool(&args, zh);
    if (db_query(tx_db(tx), &STATEMENT, &args, &rows, err) != 0)
        return -1;
    *found = rows.count > 0;
    *out = (struct statement_row) { .unit_id = unit_id };
    if (*found) {
        const uint8_t *bytes = db_bytes(&rows, 0, 2, body_len);

        out->credit_count = (uint64_t)db_i64(&rows, 0, 0);
        snprintf(out->hash, sizeof out->hash, "%s", db_text(&rows, 0, 1));
        *body = arena_memdup(tx_arena(tx), bytes, *body_len);
    }
    db_rows_fini(&rows);
    return 0;
}
