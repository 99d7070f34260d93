/* pay_plan_store: see pay_plan_store.h. */
#include "incentive/plans/pay_plan_store.h"

static const struct stmt PUT = { "pay_plan_put", "INSERT INTO pay_plan_version (plan_id, version, code, applied_at, "
                                                 "applied_by, body) VALUES ($1, $2, $3, $4, $5, $6)" };
static const struct stmt GET = { "pay_plan_get", "SELECT body FROM pay_plan_version WHERE code = $1 AND version = $2" };
static const struct stmt OF_RUN = { "pay_plan_of_run",
                                    "SELECT v.body FROM pay_plan_version v WHERE (v.plan_id, v.version) IN (SELECT"
                                    " p.plan_id, p.plan_version FROM pay_run r JOIN pay_run b USING (base_run) JOIN"
                                    " pay_part p ON p.run_id = b.run_id WHERE r.run_id = $1 AND b.run_id <= $1)"
                                    " ORDER BY v.plan_id" };

int pay_plan_store_put(struct tx *tx, const Bihuan__PayPlan *plan, struct err *err)
{
    size_t len = bihuan__pay_plan__get_packed_size(plan);
    uint8_t *body = arena_alloc(tx_arena(tx), len + 1);
    struct db_args args;

    bihuan__pay_plan__pack(plan, body);
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)plan->id);
    db_arg_i32(&args, (int32_t)plan->version);
    db_arg_text(&args, plan->code);
    db_arg_time(&args, tx_now(tx));
    db_arg_text(&args, tx_principal(tx) ? tx_principal(tx)->person : "");
    db_arg_bytes(&args, body, len);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

static int unpack(struct tx *tx, const struct db_rows *rows, int row, Bihuan__PayPlan **out, struct err *err)
{
    size_t len;
    const uint8_t *body = db_bytes(rows, row, 0, &len);
    ProtobufCMessage *message = NULL;

    if (message_unpack(&bihuan__pay_plan__descriptor, arena_memdup(tx_arena(tx), body, len), len, tx_arena(tx),
                       &message, err) != 0)
        return -1;
    *out = (Bihuan__PayPlan *)message;
    return 0;
}

int pay_plan_store_get(struct tx *tx, const char *code, uint32_t version, Bihuan__PayPlan **out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    *out = NULL;
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code);
    db_arg_i32(&args, (int32_t)version);
    if (db_query(tx_db(tx), &GET, &args, &rows, err) != 0)
        return -1;
    if (rows.count)
        rc = unpack(tx, &rows, 0, out, err);
    db_rows_fini(&rows);
    return rc;
}

int pay_plan_store_of_run(struct tx *tx, uint32_t run_id, Bihuan__PayPlan ***plans, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)run_id);
    if (db_query(tx_db(tx), &OF_RUN, &args, &rows, err) != 0)
        return -1;
    *plans = arena_array(tx_arena(tx), Bihuan__PayPlan *, rows.count + 1);
    *count = (size_t)rows.count;
    for (int r = 0; rc == 0 && r < rows.count; r++)
        rc = unpack(tx, &rows, r, &(*plans)[r], err);
    db_rows_fini(&rows);
    return rc;
}
