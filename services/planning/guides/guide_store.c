/* guide_store: see guide_store.h. */
#include "planning/guides/guide_store.h"

#include "bus/message.h"

#define COLUMNS "g.id, g.unit_id, g.due_day, g.body, g.superseded"

static const struct stmt GET = { "guide_get", "SELECT " COLUMNS " FROM guide g WHERE g.code = $1"
                                              " AND ($2::int = 0 OR g.version = $2::int)"
                                              " ORDER BY g.version DESC LIMIT 1" };
static const struct stmt GET_ID = { "guide_get_id", "SELECT " COLUMNS " FROM guide g WHERE g.id = $1" };
static const struct stmt NEXT_ID = { "guide_next_id", "SELECT coalesce(max(id), 0) + 1 FROM guide" };
static const struct stmt SUPERSEDE = { "guide_supersede", "UPDATE guide SET superseded = true WHERE code = $1" };
static const struct stmt INSERT = { "guide_insert",
                                    "INSERT INTO guide (id, code, version, kind, unit_id, due_day, superseded, body,"
                                    " issued_by, issued_at) VALUES ($1, $2, $3, $4, $5, $6, false, $7, $8, $9)" };
static const struct stmt INSERT_UNITS = { "guide_insert_units", "INSERT INTO guide_unit (guide_id, unit_id)"
                                                                " SELECT $1::bigint, unnest($2::int[])" };
#define UNIT_COLUMNS "unit_id, acknowledged_by, acknowledged_at, trained_by, trained_at, supplied_by, supplied_at"
static const struct stmt UNITS = { "guide_units", "SELECT " UNIT_COLUMNS " FROM guide_unit WHERE guide_id = $1"
                                                  " AND ($2::int[] IS NULL OR unit_id = ANY($2::int[]))"
                                                  " ORDER BY unit_id" };
static const struct stmt MARK[] = {
    { "guide_mark_acknowledged", "UPDATE guide_unit SET acknowledged_by = $3, acknowledged_at = $4"
                                 " WHERE guide_id = $1 AND unit_id = $2" },
    { "guide_mark_trained", "UPDATE guide_unit SET trained_by = $3, trained_at = $4"
                            " WHERE guide_id = $1 AND unit_id = $2" },
    { "guide_mark_supplied", "UPDATE guide_unit SET supplied_by = $3, supplied_at = $4"
                             " WHERE guide_id = $1 AND unit_id = $2" },
};
static const struct stmt PAGE = {
    "guide_page",
    "SELECT " COLUMNS ", count(u.unit_id), count(u.acknowledged_at), count(u.trained_at), count(u.supplied_at)"
    " FROM guide g JOIN guide_unit u ON u.guide_id = g.id AND ($5::int[] IS NULL OR u.unit_id = ANY($5::int[])"
    "  OR g.unit_id = ANY($5::int[]))"
    " WHERE ($1 = '' OR g.code = $1) AND ($2 = '' OR g.kind = $2) AND ($4 OR NOT g.superseded)"
    " AND ($3::int = 0 OR EXISTS (SELECT 1 FROM guide_unit o WHERE o.guide_id = g.id AND o.unit_id = $3::int))"
    " AND g.id < $6 GROUP BY g.id ORDER BY g.id DESC LIMIT $7::int"
};
static const struct stmt OVERDUE = { "guide_overdue",
                                     "SELECT " COLUMNS " FROM guide g WHERE g.due_day < $1 AND NOT g.superseded"
                                     " AND NOT g.overdue_announced ORDER BY g.due_day, g.id LIMIT $2::int" };
static const struct stmt ANNOUNCE = { "guide_announce", "UPDATE guide SET overdue_announced = true WHERE id = $1" };
static const struct stmt WAITING = {
    "guide_waiting", "SELECT " COLUMNS ", u.unit_id FROM guide_unit u JOIN guide g ON g.id = u.guide_id"
                     " WHERE u.unit_id = ANY($1::int[]) AND u.acknowledged_at IS NULL AND NOT g.superseded"
                     " ORDER BY g.due_day, g.id, u.unit_id LIMIT 1000"
};

static int take_guide(struct tx *tx, const struct db_rows *rows, int row, struct guide *out, struct err *err)
{
    ProtobufCMessage *body;
    size_t len;
    const uint8_t *bytes = db_bytes(rows, row, 3, &len);

    out->id = db_i64(rows, row, 0);
    out->unit_id = (uint32_t)db_i32(rows, row, 1);
    out->due_day = db_date(rows, row, 2);
    if (message_unpack(&bihuan__guide__descriptor, arena_memdup(tx_arena(tx), bytes, len), len, tx_arena(tx), &body,
                       err) != 0)
        return -1;
    out->body = (Bihuan__Guide *)body;
    out->body->superseded = db_bool(rows, row, 4);
    return 0;
}

static int take_one(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct guide **out,
                    struct err *err)
{
    struct db_rows rows;
    int rc = 0;

    *out = NULL;
    if (db_query(tx_db(tx), stmt, args, &rows, err) != 0)
        return -1;
    if (rows.count) {
        *out = arena_new(tx_arena(tx), struct guide);
        rc = take_guide(tx, &rows, 0, *out, err);
    }
    db_rows_fini(&rows);
    return rc;
}

int guide_store_get(struct tx *tx, const char *code, uint32_t version, struct guide **out, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code);
    db_arg_i32(&args, (int32_t)version);
    return take_one(tx, &GET, &args, out, err);
}

int guide_store_get_id(struct tx *tx, int64_t id, struct guide **out, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, id);
    return take_one(tx, &GET_ID, &args, out, err);
}

static void arg_units(struct db_args *args, struct tx *tx, const uint32_t *units, size_t count)
{
    int32_t *ids = arena_array(tx_arena(tx), int32_t, count + 1);

    for (size_t i = 0; i < count; i++)
        ids[i] = (int32_t)units[i];
    if (units)
        db_arg_i32_array(args, ids, count);
    else
        db_arg_null(args);
}

static int insert_units(struct tx *tx, int64_t guide_id, const uint32_t *units, size_t count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, guide_id);
    arg_units(&args, tx, units, count);
    return db_exec(tx_db(tx), &INSERT_UNITS, &args, NULL, err);
}

static int supersede(struct tx *tx, const char *code, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code);
    return db_exec(tx_db(tx), &SUPERSEDE, &args, NULL, err);
}

int guide_store_insert(struct tx *tx, struct guide *guide, const uint32_t *units, size_t count, struct err *err)
{
    size_t len = protobuf_c_message_get_packed_size(&guide->body->base);
    uint8_t *body = arena_alloc(tx_arena(tx), len + 1);
    struct db_args args;
    struct db_rows rows;

    if (db_query(tx_db(tx), &NEXT_ID, NULL, &rows, err) != 0)
        return -1;
    guide->id = db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    protobuf_c_message_pack(&guide->body->base, body);
    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, guide->id);
    db_arg_text(&args, guide->body->code);
    db_arg_i32(&args, (int32_t)guide->body->version);
    db_arg_text(&args, guide->body->kind);
    db_arg_i32(&args, (int32_t)guide->unit_id);
    db_arg_date(&args, guide->due_day);
    db_arg_bytes(&args, body, len);
    db_arg_text(&args, guide->body->issued_by);
    db_arg_time(&args, guide->body->issued_at);
    if (supersede(tx, guide->body->code, err) != 0 || db_exec(tx_db(tx), &INSERT, &args, NULL, err) != 0)
        return -1;
    return insert_units(tx, guide->id, units, count, err);
}

int guide_store_units(struct tx *tx, int64_t guide_id, const uint32_t *scope, size_t scope_count,
                      struct guide_unit **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, guide_id);
    arg_units(&args, tx, scope, scope_count);
    if (db_query(tx_db(tx), &UNITS, &args, &found, err) != 0)
        return -1;
    *count = (size_t)found.count;
    *rows = arena_array(tx_arena(tx), struct guide_unit, found.count + 1);
    for (int i = 0; i < found.count; i++) {
        struct guide_unit *row = &(*rows)[i];

        row->unit_id = (uint32_t)db_i32(&found, i, 0);
        for (int mark = MARK_ACKNOWLEDGED; mark <= MARK_SUPPLIED; mark++) {
            row->by[mark] = arena_strdup(tx_arena(tx), db_text(&found, i, 1 + 2 * mark));
            row->at[mark] = db_is_null(&found, i, 2 + 2 * mark) ? 0 : db_time(&found, i, 2 + 2 * mark);
        }
    }
    db_rows_fini(&found);
    return 0;
}

int guide_store_unit(struct tx *tx, int64_t guide_id, uint32_t unit_id, struct guide_unit **out, struct err *err)
{
    size_t count;

    if (guide_store_units(tx, guide_id, &unit_id, 1, out, &count, err) != 0)
        return -1;
    if (!count)
        *out = NULL;
    return 0;
}

int guide_store_mark(struct tx *tx, int64_t guide_id, uint32_t unit_id, enum guide_mark mark, const char *person,
                     int64_t at, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, guide_id);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_text(&args, person);
    db_arg_time(&args, at);
    return db_exec(tx_db(tx), &MARK[mark], &args, NULL, err);
}

int guide_store_page(struct tx *tx, const char *code, const char *kind, uint32_t unit_id, bool all,
                     const uint32_t *scope, size_t scope_count, int64_t before, uint32_t limit, struct guide **rows,
                     size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, code);
    db_arg_text(&args, kind);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_bool(&args, all);
    arg_units(&args, tx, scope, scope_count);
    db_arg_i64(&args, before);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &PAGE, &args, &found, err) != 0)
        return -1;
    *count = (size_t)found.count;
    *rows = arena_array(tx_arena(tx), struct guide, found.count + 1);
    for (int i = 0; rc == 0 && i < found.count; i++) {
        struct guide *guide = &(*rows)[i];

        rc = take_guide(tx, &found, i, guide, err);
        if (rc != 0)
            break;
        guide->body->addressed = (uint32_t)db_i64(&found, i, 5);
        guide->body->acknowledged = (uint32_t)db_i64(&found, i, 6);
        guide->body->trained = (uint32_t)db_i64(&found, i, 7);
        guide->body->supplied = (uint32_t)db_i64(&found, i, 8);
    }
    db_rows_fini(&found);
    return rc;
}

int guide_store_overdue(struct tx *tx, int32_t day, uint32_t limit, struct guide **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, day);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &OVERDUE, &args, &found, err) != 0)
        return -1;
    *count = (size_t)found.count;
    *rows = arena_array(tx_arena(tx), struct guide, found.count + 1);
    for (int i = 0; rc == 0 && i < found.count; i++)
        rc = take_guide(tx, &found, i, &(*rows)[i], err);
    db_rows_fini(&found);
    return rc;
}

int guide_store_announce(struct tx *tx, int64_t guide_id, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i64(&args, guide_id);
    return db_exec(tx_db(tx), &ANNOUNCE, &args, NULL, err);
}

int guide_store_waiting(struct tx *tx, const uint32_t *units, size_t unit_count, struct guide **rows,
                        uint32_t **unit_ids, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    arg_units(&args, tx, units, unit_count);
    if (db_query(tx_db(tx), &WAITING, &args, &found, err) != 0)
        return -1;
    *count = (size_t)found.count;
    *rows = arena_array(tx_arena(tx), struct guide, found.count + 1);
    *unit_ids = arena_array(tx_arena(tx), uint32_t, found.count + 1);
    for (int i = 0; rc == 0 && i < found.count; i++) {
        rc = take_guide(tx, &found, i, &(*rows)[i], err);
        (*unit_ids)[i] = (uint32_t)db_i32(&found, i, 5);
    }
    db_rows_fini(&found);
    return rc;
}
