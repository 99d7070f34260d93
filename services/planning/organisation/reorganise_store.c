/* reorganise_store: see reorganise_store.h. */
#include "planning/organisation/reorganise_store.h"

#include "bus/message.h"

static const struct stmt NEXT = { "reorganisation_next", "SELECT coalesce(max(id), 0) + 1 FROM reorganisation" };
static const struct stmt ADD = {
    "reorganisation_add",
    "INSERT INTO reorganisation (id, kind, unit, other, person, body) VALUES ($1, $2, $3, $4, $5, $6)"
};
static const struct stmt LIST = { "reorganisation_list",
                                  "SELECT body FROM reorganisation WHERE ($1 = '' OR unit = $1 OR other = $1)"
                                  " AND ($2 = '' OR person = $2) AND ($3::int = 0 OR id < $3::int)"
                                  " ORDER BY id DESC LIMIT $4::int" };
/* A period's cells have no key by unit; this is asked once in a blue moon. */
static const struct stmt TARGETS = {
    "reorganisation_targets",
    "SELECT c.period_id, c.unit_id, (count(*) FILTER (WHERE v.state <> 'published'))::int,"
    " (count(*) FILTER (WHERE v.state = 'published'))::int FROM plan_version v JOIN target_cell c"
    " ON c.period_id = v.period_id AND c.version = v.version"
    " WHERE v.period_id = ANY($1::int[]) AND v.state <> 'superseded' AND c.unit_id = ANY($2::int[])"
    " GROUP BY c.period_id, c.unit_id ORDER BY c.period_id, c.unit_id"
};

int reorganise_store_add(struct tx *tx, Bihuan__Reorganisation *change, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    uint8_t *body;
    size_t len;

    if (db_query(tx_db(tx), &NEXT, NULL, &rows, err) != 0)
        return -1;
    change->id = (uint32_t)db_i32(&rows, 0, 0);
    db_rows_fini(&rows);
    len = bihuan__reorganisation__get_packed_size(change);
    body = arena_alloc(tx_arena(tx), len + 1);
    bihuan__reorganisation__pack(change, body);
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)change->id);
    db_arg_text(&args, change->kind);
    db_arg_text(&args, change->unit);
    db_arg_text(&args, change->other);
    db_arg_text(&args, change->person);
    db_arg_bytes(&args, body, len);
    return db_exec(tx_db(tx), &ADD, &args, NULL, err);
}

int reorganise_store_list(struct tx *tx, const char *unit, const char *person, uint32_t before, uint32_t limit,
                          Bihuan__Reorganisation ***items, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, unit);
    db_arg_text(&args, person);
    db_arg_i32(&args, (int32_t)before);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &LIST, &args, &rows, err) != 0)
        return -1;
    *items = arena_array(tx_arena(tx), Bihuan__Reorganisation *, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        ProtobufCMessage *message;
        size_t len;
        const uint8_t *body = db_bytes(&rows, i, 0, &len);

        rc = message_unpack(&bihuan__reorganisation__descriptor, arena_memdup(tx_arena(tx), body, len), len,
                            tx_arena(tx), &message, err);
        if (rc == 0)
            (*items)[i] = (Bihuan__Reorganisation *)message;
    }
    db_rows_fini(&rows);
    return rc;
}

int reorganise_store_targets(struct tx *tx, const int32_t *periods, size_t period_count, const int32_t *units,
                             size_t unit_count, struct touched **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32_array(&args, periods, period_count);
    db_arg_i32_array(&args, units, unit_count);
    if (db_query(tx_db(tx), &TARGETS, &args, &found, err) != 0)
        return -1;
    *rows = arena_array(tx_arena(tx), struct touched, found.count);
    *count = (size_t)found.count;
    for (int i = 0; i < found.count; i++)
        (*rows)[i] = (struct touched) { (uint32_t)db_i32(&found, i, 0), (uint32_t)db_i32(&found, i, 1),
                                        (uint32_t)db_i32(&found, i, 2), (uint32_t)db_i32(&found, i, 3) };
    db_rows_fini(&found);
    return 0;
}
