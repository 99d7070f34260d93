/* calendar_store: see calendar_store.h. */
#include "planning/baselines/calendar_store.h"

static const struct stmt KEEP = { "calendar_keep",
                                  "INSERT INTO calendar_version (code, version, body, person, at)"
                                  " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (code, version) DO NOTHING" };
static const struct stmt GET = { "calendar_get", "SELECT body FROM calendar_version WHERE code = $1 AND version = $2" };
static const struct stmt LIST = { "calendar_versions", "SELECT body FROM calendar_version WHERE code = $1"
                                                       " AND ($3::int = 0 OR version < $3::int)"
                                                       " ORDER BY version DESC LIMIT $2::int" };
static const struct stmt OF_PLAN = { "calendar_of_plan", "SELECT code, calendar_version FROM plan_calendar"
                                                         " WHERE period_id = $1 AND version = $2" };
static const struct stmt SET_PLAN = {
    "calendar_set_plan", "INSERT INTO plan_calendar (period_id, version, code, calendar_version)"
                         " VALUES ($1, $2, $3, $4) ON CONFLICT (period_id, version)"
                         " DO UPDATE SET code = excluded.code, calendar_version = excluded.calendar_version"
};
static const struct stmt UNSAID = { "calendar_unsaid",
                                    "SELECT v.period_id, v.version FROM plan_version v WHERE v.state = 'published'"
                                    " AND NOT EXISTS (SELECT FROM plan_calendar c WHERE c.period_id = v.period_id"
                                    " AND c.version = v.version) ORDER BY 1" };

int calendar_store_keep(struct tx *tx, const Bihuan__Calendar *calendar, struct err *err)
{
    size_t len = protobuf_c_message_get_packed_size(&calendar->base);
    uint8_t *body = arena_alloc(tx_arena(tx), len + 1);
    struct db_args args;

    protobuf_c_message_pack(&calendar->base, body);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, calendar->code);
    db_arg_i32(&args, (int32_t)calendar->version);
    db_arg_bytes(&args, body, len);
    db_arg_text(&args, tx_principal(tx)->person);
    db_arg_time(&args, tx_now(tx));
    return db_exec(tx_db(tx), &KEEP, &args, NULL, err);
}

static int take(struct tx *tx, const struct db_rows *rows, int row, Bihuan__Calendar **out, struct err *err)
{
    size_t len;
    const uint8_t *body = db_bytes(rows, row, 0, &len);

    return message_unpack(&bihuan__calendar__descriptor, arena_memdup(tx_arena(tx), body, len), len, tx_arena(tx),
                          (ProtobufCMessage **)out, err);
}

int calendar_store_get(struct tx *tx, const char *code, uint32_t version, Bihuan__Calendar **out, struct err *err)
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
        rc = take(tx, &rows, 0, out, err);
    db_rows_fini(&rows);
    return rc;
}

int calendar_store_list(struct tx *tx, const char *code, uint32_t before, uint32_t limit, Bihuan__Calendar ***out,
                        size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code);
    db_arg_i32(&args, (int32_t)limit);
    db_arg_i32(&args, (int32_t)before);
    if (db_query(tx_db(tx), &LIST, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), Bihuan__Calendar *, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count && rc == 0; i++)
        rc = take(tx, &rows, i, &(*out)[i], err);
    db_rows_fini(&rows);
    return rc;
}

int calendar_store_of_plan(struct tx *tx, uint32_t period_id, uint32_t version, const char **code,
                           uint32_t *calendar_version, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    *code = NULL;
    *calendar_version = 0;
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)version);
    if (db_query(tx_db(tx), &OF_PLAN, &args, &rows, err) != 0)
        return -1;
    if (rows.count) {
        *code = arena_strdup(tx_arena(tx), db_text(&rows, 0, 0));
        *calendar_version = (uint32_t)db_i32(&rows, 0, 1);
    }
    db_rows_fini(&rows);
    return 0;
}

int calendar_store_set_plan(struct tx *tx, uint32_t period_id, uint32_t version, const char *code,
                            uint32_t calendar_version, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)version);
    db_arg_text(&args, code);
    db_arg_i32(&args, (int32_t)calendar_version);
    return db_exec(tx_db(tx), &SET_PLAN, &args, NULL, err);
}

int calendar_store_unsaid(struct tx *tx, struct plan_row **out, size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &UNSAID, NULL, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct plan_row, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct plan_row) { (uint32_t)db_i32(&rows, i, 0), (uint32_t)db_i32(&rows, i, 1) };
    db_rows_fini(&rows);
    return 0;
}
