/* rule_store: see rule_store.h. */
#include "incentive/crediting/rule_store.h"

#include "incentive/crediting/rule.h"

#include <stdio.h>

static const struct stmt PUT = { "crediting_version_put",
                                 "INSERT INTO crediting_version (rule_id, version, from_day, body, applied_at,"
                                 " applied_by) VALUES ($1, $2, $3, $4, $5, $6)" };
static const struct stmt ALL = { "crediting_version_all", "SELECT body, applied_at, applied_by FROM crediting_version"
                                                          " ORDER BY rule_id, version" };
static const struct stmt NEXT_RUN = { "crediting_run_next", "SELECT coalesce(max(id), 0) + 1 FROM crediting_run" };
static const struct stmt PUT_RUN = {
    "crediting_run_put",
    "INSERT INTO crediting_run (id, at, by_whom, cause, from_day, next_day, until_day, looked, changed, entries, kept,"
    " done) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO UPDATE SET"
    " cause = excluded.cause, from_day = excluded.from_day, next_day = excluded.next_day, until_day ="
    " excluded.until_day, looked = excluded.looked, changed = excluded.changed, entries = excluded.entries, kept ="
    " excluded.kept, done = excluded.done"
};
#define RUN_COLUMNS "id, at, by_whom, cause, from_day, next_day, until_day, looked, changed, entries, kept, done"
static const struct stmt OPEN_RUN = { "crediting_run_open",
                                      "SELECT " RUN_COLUMNS " FROM crediting_run WHERE NOT done ORDER BY id LIMIT 1" };
static const struct stmt PAGE = { "crediting_run_page", "SELECT " RUN_COLUMNS " FROM crediting_run WHERE ($1 = 0 OR id"
                                                        " < $1) ORDER BY id DESC LIMIT $2::int" };

int rule_store_put(struct tx *tx, const Bihuan__CreditingRule *rule, const char *by, struct err *err)
{
    size_t len = bihuan__crediting_rule__get_packed_size(rule);
    uint8_t *body = arena_alloc(tx_arena(tx), len + 1);
    int32_t from_day, until_day;
    struct db_args args;

    bihuan__crediting_rule__pack(rule, body);
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)rule->id);
    db_arg_i32(&args, (int32_t)rule->version);
    if (rule_days(rule, &from_day, &until_day) == 0 && from_day != RULE_FIRST_DAY)
        db_arg_date(&args, from_day);
    else
        db_arg_null(&args);
    db_arg_bytes(&args, body, len);
    db_arg_time(&args, tx_now(tx));
    db_arg_text(&args, by);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

int rule_store_each(struct tx *tx, rule_version_fn *each, void *arg, struct err *err)
{
    struct db_rows rows;
    int rc = 0;

    if (db_query(tx_db(tx), &ALL, NULL, &rows, err) != 0)
        return -1;
    for (int r = 0; rc == 0 && r < rows.count; r++) {
        ProtobufCMessage *message = NULL;
        size_t len;
        const uint8_t *body = db_bytes(&rows, r, 0, &len);

        rc = message_unpack(&bihuan__crediting_rule__descriptor, arena_memdup(tx_arena(tx), body, len), len,
                            tx_arena(tx), &message, err);
        if (rc == 0)
            rc = each(arg, (const Bihuan__CreditingRule *)message, db_time(&rows, r, 1), db_text(&rows, r, 2), err);
    }
    db_rows_fini(&rows);
    return rc;
}

/* --- runs ------------------------------------------------------------------------------------------------------------
 */

static int next_id(struct tx *tx, uint32_t *id, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &NEXT_RUN, NULL, &rows, err) != 0)
        return -1;
    *id = (uint32_t)db_i32(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int run_store_put(struct tx *tx, struct credit_run *run, struct err *err)
{
    struct db_args args;

    if (!run->id && next_id(tx, &run->id, err) != 0)
        return -1;
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)run->id);
    db_arg_time(&args, run->at);
    db_arg_text(&args, run->by);
    db_arg_text(&args, run->cause);
    db_arg_date(&args, run->from_day);
    db_arg_date(&args, run->next_day);
    db_arg_date(&args, run->until_day);
    db_arg_i64(&args, (int64_t)run->looked);
    db_arg_i64(&args, (int64_t)run->changed);
    db_arg_i64(&args, (int64_t)run->entries);
    db_arg_i64(&args, (int64_t)run->kept);
    db_arg_bool(&args, run->done);
    return db_exec(tx_db(tx), &PUT_RUN, &args, NULL, err);
}

static void read_run(const struct db_rows *rows, int r, struct credit_run *out)
{
    *out = (struct credit_run) { .id = (uint32_t)db_i32(rows, r, 0),
                                 .at = db_time(rows, r, 1),
                                 .from_day = db_date(rows, r, 4),
                                 .next_day = db_date(rows, r, 5),
                                 .until_day = db_date(rows, r, 6),
                                 .looked = (uint64_t)db_i64(rows, r, 7),
                                 .changed = (uint64_t)db_i64(rows, r, 8),
                                 .entries = (uint64_t)db_i64(rows, r, 9),
                                 .kept = (uint64_t)db_i64(rows, r, 10),
                                 .done = db_bool(rows, r, 11) };
    snprintf(out->by, sizeof out->by, "%s", db_text(rows, r, 2));
    snprintf(out->cause, sizeof out->cause, "%s", db_text(rows, r, 3));
}

int run_store_open(struct tx *tx, struct credit_run *out, struct err *err)
{
    struct db_rows rows;

    *out = (struct credit_run) { 0 };
    if (db_query(tx_db(tx), &OPEN_RUN, NULL, &rows, err) != 0)
        return -1;
    if (rows.count)
        read_run(&rows, 0, out);
    db_rows_fini(&rows);
    return 0;
}

int run_store_page(struct tx *tx, uint32_t before, uint32_t limit, struct credit_run **runs, size_t *count,
                   struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)before);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &PAGE, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *runs = arena_array(tx_arena(tx), struct credit_run, rows.count + 1);
    for (int r = 0; r < rows.count; r++)
        read_run(&rows, r, &(*runs)[r]);
    db_rows_fini(&rows);
    return 0;
}
