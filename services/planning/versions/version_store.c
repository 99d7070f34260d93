/* version_store: see version_store.h. */
#include "planning/versions/version_store.h"

#include <string.h>

#define COLUMNS                                                                                                        \
    "period_id, version, base, state, reason, lines, opened_by, opened_at, submitted_by, submitted_at, approved_by,"   \
    " approved_at, published_by, published_at, revision"

static const struct stmt CURRENT = { "version_current", "SELECT " COLUMNS " FROM plan_version WHERE period_id = $1"
                                                        " AND state <> 'superseded' ORDER BY version" };
static const struct stmt GET = { "version_get",
                                 "SELECT " COLUMNS " FROM plan_version WHERE period_id = $1 AND version = $2" };
static const struct stmt LIST = { "version_list",
                                  "SELECT " COLUMNS " FROM plan_version WHERE ($1::int = 0 OR period_id = $1::int)"
                                  " AND (NOT $2::bool OR published_at IS NOT NULL)"
                                  " AND ($3::int = 0 OR (period_id, version) < ($3::int, $4::int))"
                                  " AND ($6::int = 0 OR version = $6::int)"
                                  " ORDER BY period_id DESC, version DESC LIMIT $5::int" };
static const struct stmt ADD = { "version_add",
                                 "INSERT INTO plan_version (period_id, version, base, state, reason,"
                                 " lines, opened_by, opened_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7)" };
static const struct stmt CHANGE = {
    "version_change",
    "UPDATE plan_version SET state = $3, reason = $4, lines = $5, submitted_by = $6, submitted_at = $7,"
    " approved_by = $8, approved_at = $9, published_by = $10, published_at = $11, revision = revision + 1"
    " WHERE period_id = $1 AND version = $2 RETURNING revision"
};
static const struct stmt BUMP = { "version_bump", "UPDATE plan_version SET revision = revision + 1"
                                                  " WHERE period_id = $1 AND version = $2 RETURNING revision" };
static const struct stmt SUPERSEDE = {
    "version_supersede", "UPDATE plan_version SET state = 'superseded' WHERE period_id = $1 AND version = $2"
};
static const struct stmt ADD_MOVE = {
    "version_add_move",
    "INSERT INTO plan_move (period_id, version, no, from_state, to_state, person, at, reason, revision)"
    " SELECT $1::int, $2::int, coalesce(max(no), 0) + 1, $3::text, $4::text, $5::text,"
    " $6::timestamptz, $7::text, $8::int FROM plan_move WHERE period_id = $1::int AND version = $2::int"
};
static const struct stmt SINCE = {
    "version_since", "SELECT kind, person, reason FROM (SELECT revision, kind, person, reason FROM ledger_act"
                     " WHERE period_id = $1 AND version = $2 AND revision > $3::int UNION ALL"
                     " SELECT revision, to_state, person, reason FROM plan_move WHERE period_id = $1 AND version = $2"
                     " AND revision > $3::int) s ORDER BY revision LIMIT 6"
};
static const struct stmt SINCE_OF = {
    "version_since_of",
    "SELECT kind, person, reason FROM (SELECT a.revision, kind, person, reason FROM ledger_act a WHERE a.period_id = $1"
    " AND a.version = $2 AND a.revision > $3::int AND EXISTS (SELECT FROM ledger_block b WHERE b.period_id = $1"
    " AND b.act = a.act AND b.unit_id && $4::bigint[]) UNION ALL SELECT revision, state, '', '' FROM negotiation"
    " WHERE period_id = $1 AND version = $2 AND revision > $3::int AND unit_id = ANY($4::bigint[])) s"
    " ORDER BY revision LIMIT 6"
};
static const struct stmt MOVES = { "version_moves", "SELECT from_state, to_state, person, at, reason FROM plan_move"
                                                    " WHERE period_id = $1 AND version = $2 ORDER BY no" };
/* What stands for something else ends; what stands for the same stays. */
static const struct stmt CONSENT_OVER = {
    "version_consent_over", "UPDATE plan_consent p SET ended_at = $5::timestamptz"
                            " FROM unnest($3::text[], $4::bigint[]) t(c, f) WHERE p.period_id = $1 AND p.version = $2"
                            " AND p.code = t.c AND p.findings <> t.f AND p.ended_at IS NULL"
};
static const struct stmt CONSENT = {
    "version_consent", "INSERT INTO plan_consent (period_id, version, code, no, findings, person, at)"
                       " SELECT $1::int, $2::int, c, (SELECT coalesce(max(no), 0) + 1 FROM plan_consent"
                       " WHERE period_id = $1 AND version = $2 AND code = c), f, $6::text, $5::timestamptz"
                       " FROM unnest($3::text[], $4::bigint[]) t(c, f)"
                       " ON CONFLICT (period_id, version, code) WHERE ended_at IS NULL DO NOTHING"
};
static const struct stmt END_CONSENTS = {
    "version_end_consents", "UPDATE plan_consent SET ended_at = $3::timestamptz WHERE period_id = $1 AND version = $2"
                            " AND ended_at IS NULL"
};
static const struct stmt CONSENTS = { "version_consents",
                                      "SELECT code, person, at, ended_at, findings FROM plan_consent"
                                      " WHERE period_id = $1 AND version = $2 ORDER BY code, no" };

static const struct stmt WROTE = {
    "version_wrote", "SELECT EXISTS (SELECT FROM plan_move WHERE period_id = $1 AND version = $2 AND person = $3"
                     " AND to_state = 'submitted'), EXISTS (SELECT FROM ledger_act WHERE period_id = $1 AND version = "
                     "$2 AND person = $3) OR EXISTS (SELECT FROM plan_move WHERE period_id = $1 AND version = $2"
                     " AND person = $3 AND from_state = 'draft' AND to_state = 'draft')" /* moved to a calendar */
};

static const char *text_of(struct tx *tx, const struct db_rows *rows, int row, int col)
{
    return arena_strdup(tx_arena(tx), db_text(rows, row, col));
}

static int64_t time_of(const struct db_rows *rows, int row, int col)
{
    return db_is_null(rows, row, col) ? 0 : db_time(rows, row, col);
}

static void take_row(struct tx *tx, const struct db_rows *rows, int i, struct version_row *row)
{
    *row = (struct version_row) { .period_id = (uint32_t)db_i32(rows, i, 0),
                                  .version = (uint32_t)db_i32(rows, i, 1),
                                  .base = (uint32_t)db_i32(rows, i, 2),
                                  .state = text_of(tx, rows, i, 3),
                                  .reason = text_of(tx, rows, i, 4),
                                  .lines = db_i32(rows, i, 5),
                                  .opened_by = text_of(tx, rows, i, 6),
                                  .opened_at = time_of(rows, i, 7),
                                  .submitted_by = text_of(tx, rows, i, 8),
                                  .submitted_at = time_of(rows, i, 9),
                                  .approved_by = text_of(tx, rows, i, 10),
                                  .approved_at = time_of(rows, i, 11),
                                  .published_by = text_of(tx, rows, i, 12),
                                  .published_at = time_of(rows, i, 13),
                                  .revision = (uint32_t)db_i32(rows, i, 14) };
}

static void version_args(struct tx *tx, struct db_args *args, uint32_t period_id, uint32_t version)
{
    db_args_init(args, tx_arena(tx));
    db_arg_i32(args, (int32_t)period_id);
    db_arg_i32(args, (int32_t)version);
}

int version_store_current(struct tx *tx, uint32_t period_id, struct version_row *works, struct version_row *in_force,
                          struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    *works = *in_force = (struct version_row) { .period_id = period_id, .state = "", .reason = "" };
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    if (db_query(tx_db(tx), &CURRENT, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++)
        take_row(tx, &rows, i, strcmp(db_text(&rows, i, 3), "published") == 0 ? in_force : works);
    db_rows_fini(&rows);
    return 0;
}

int version_store_get(struct tx *tx, uint32_t period_id, uint32_t version, struct version_row *row, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    *row = (struct version_row) { .period_id = period_id, .state = "", .reason = "" };
    version_args(tx, &args, period_id, version);
    if (db_query(tx_db(tx), &GET, &args, &rows, err) != 0)
        return -1;
    if (rows.count)
        take_row(tx, &rows, 0, row);
    db_rows_fini(&rows);
    return 0;
}

int version_store_list(struct tx *tx, uint32_t period_id, uint32_t version, bool published, const uint32_t after[2],
                       uint32_t limit, struct version_row **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_bool(&args, published);
    db_arg_i32(&args, (int32_t)after[0]);
    db_arg_i32(&args, (int32_t)after[1]);
    db_arg_i32(&args, (int32_t)limit);
    db_arg_i32(&args, (int32_t)version);
    if (db_query(tx_db(tx), &LIST, &args, &found, err) != 0)
        return -1;
    *rows = arena_array(tx_arena(tx), struct version_row, found.count);
    *count = (size_t)found.count;
    for (int i = 0; i < found.count; i++)
        take_row(tx, &found, i, &(*rows)[i]);
    db_rows_fini(&found);
    return 0;
}

int version_store_add(struct tx *tx, const struct version_row *row, struct err *err)
{
    struct db_args args;

    version_args(tx, &args, row->period_id, row->version);
    db_arg_i32(&args, (int32_t)row->base);
    db_arg_text(&args, row->state);
    db_arg_text(&args, row->reason);
    db_arg_text(&args, row->opened_by);
    db_arg_time(&args, row->opened_at);
    return db_exec(tx_db(tx), &ADD, &args, NULL, err);
}

static void who_and_when(struct db_args *args, const char *person, int64_t at)
{
    db_arg_text(args, at ? person : NULL);
    if (at)
        db_arg_time(args, at);
    else
        db_arg_null(args);
}

/* A statement that gives the new revision. */
static int next_revision(struct tx *tx, const struct stmt *stmt, const struct db_args *args, uint32_t *revision,
                         struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), stmt, args, &rows, err) != 0)
        return -1;
    *revision = rows.count ? (uint32_t)db_i32(&rows, 0, 0) : 0;
    db_rows_fini(&rows);
    return 0;
}

int version_store_bump(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t *revision, struct err *err)
{
    struct db_args args;

    version_args(tx, &args, period_id, version);
    return next_revision(tx, &BUMP, &args, revision, err);
}

int version_store_change(struct tx *tx, struct version_row *row, struct err *err)
{
    struct db_args args;

    version_args(tx, &args, row->period_id, row->version);
    db_arg_text(&args, row->state);
    db_arg_text(&args, row->reason);
    db_arg_i32(&args, row->lines);
    who_and_when(&args, row->submitted_by, row->submitted_at);
    who_and_when(&args, row->approved_by, row->approved_at);
    who_and_when(&args, row->published_by, row->published_at);
    return next_revision(tx, &CHANGE, &args, &row->revision, err);
}

int version_store_supersede(struct tx *tx, uint32_t period_id, uint32_t version, struct err *err)
{
    struct db_args args;

    version_args(tx, &args, period_id, version);
    return db_exec(tx_db(tx), &SUPERSEDE, &args, NULL, err);
}

int version_store_add_move(struct tx *tx, const struct version_row *row, const char *from, const char *reason,
                           const char *person, struct err *err)
{
    struct db_args args;

    version_args(tx, &args, row->period_id, row->version);
    db_arg_text(&args, from);
    db_arg_text(&args, row->state);
    db_arg_text(&args, person);
    db_arg_time(&args, tx_now(tx));
    db_arg_text(&args, reason);
    db_arg_i32(&args, (int32_t)row->revision);
    return db_exec(tx_db(tx), &ADD_MOVE, &args, NULL, err);
}

int version_store_moves(struct tx *tx, uint32_t period_id, uint32_t version, Bihuan__PlanMove ***moves, size_t *count,
                        struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    version_args(tx, &args, period_id, version);
    if (db_query(tx_db(tx), &MOVES, &args, &rows, err) != 0)
        return -1;
    *moves = arena_array(tx_arena(tx), Bihuan__PlanMove *, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++) {
        Bihuan__PlanMove *move = (*moves)[i] = arena_new(tx_arena(tx), Bihuan__PlanMove);

        bihuan__plan_move__init(move);
        move->from = arena_strdup(tx_arena(tx), db_text(&rows, i, 0));
        move->to = arena_strdup(tx_arena(tx), db_text(&rows, i, 1));
        move->person = arena_strdup(tx_arena(tx), db_text(&rows, i, 2));
        move->at = db_time(&rows, i, 3);
        move->reason = arena_strdup(tx_arena(tx), db_text(&rows, i, 4));
    }
    db_rows_fini(&rows);
    return 0;
}

int version_store_wrote(struct tx *tx, uint32_t period_id, uint32_t version, const char *person, bool *submitted,
                        bool *changed, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    version_args(tx, &args, period_id, version);
    db_arg_text(&args, person);
    if (db_query(tx_db(tx), &WROTE, &args, &rows, err) != 0)
        return -1;
    *submitted = db_bool(&rows, 0, 0);
    *changed = db_bool(&rows, 0, 1);
    db_rows_fini(&rows);
    return 0;
}

static int events_of(struct tx *tx, const struct stmt *stmt, const struct db_args *args, struct version_event **events,
                     size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), stmt, args, &rows, err) != 0)
        return -1;
    *events = arena_array(tx_arena(tx), struct version_event, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*events)[i] = (struct version_event) { text_of(tx, &rows, i, 0), text_of(tx, &rows, i, 1),
                                                text_of(tx, &rows, i, 2) };
    db_rows_fini(&rows);
    return 0;
}

int version_store_since(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t revision,
                        struct version_event **events, size_t *count, struct err *err)
{
    struct db_args args;

    version_args(tx, &args, period_id, version);
    db_arg_i32(&args, (int32_t)revision);
    return events_of(tx, &SINCE, &args, events, count, err);
}

int version_store_since_of(struct tx *tx, uint32_t period_id, uint32_t version, uint32_t revision,
                           const uint32_t *units, size_t unit_count, struct version_event **events, size_t *count,
                           struct err *err)
{
    int64_t *ids = arena_array(tx_arena(tx), int64_t, unit_count);
    struct db_args args;

    for (size_t i = 0; i < unit_count; i++)
        ids[i] = units[i];
    version_args(tx, &args, period_id, version);
    db_arg_i32(&args, (int32_t)revision);
    db_arg_i64_array(&args, ids, unit_count);
    return events_of(tx, &SINCE_OF, &args, events, count, err);
}

/* --- consents ------------------------------------------------------------------------------------------------------
 */
int version_store_consent(struct tx *tx, uint32_t period_id, uint32_t version, char *const *codes,
                          const int64_t *findings, size_t count, const char *person, struct err *err)
{
    struct db_args args;

    if (count == 0)
        return 0;
    version_args(tx, &args, period_id, version);
    db_arg_text_array(&args, (const char *const *)codes, count);
    db_arg_i64_array(&args, findings, count);
    db_arg_time(&args, tx_now(tx));
    if (db_exec(tx_db(tx), &CONSENT_OVER, &args, NULL, err) != 0)
        return -1;
    db_arg_text(&args, person);
    return db_exec(tx_db(tx), &CONSENT, &args, NULL, err);
}

int version_store_end_consents(struct tx *tx, uint32_t period_id, uint32_t version, struct err *err)
{
    struct db_args args;

    version_args(tx, &args, period_id, version);
    db_arg_time(&args, tx_now(tx));
    return db_exec(tx_db(tx), &END_CONSENTS, &args, NULL, err);
}

int version_store_consents(struct tx *tx, uint32_t period_id, uint32_t version, Bihuan__PlanConsent ***consents,
                           int64_t **findings, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    version_args(tx, &args, period_id, version);
    if (db_query(tx_db(tx), &CONSENTS, &args, &rows, err) != 0)
        return -1;
    *consents = arena_array(tx_arena(tx), Bihuan__PlanConsent *, rows.count);
    if (findings)
        *findings = arena_array(tx_arena(tx), int64_t, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++) {
        Bihuan__PlanConsent *consent = (*consents)[i] = arena_new(tx_arena(tx), Bihuan__PlanConsent);

        bihuan__plan_consent__init(consent);
        consent->code = arena_strdup(tx_arena(tx), db_text(&rows, i, 0));
        consent->person = arena_strdup(tx_arena(tx), db_text(&rows, i, 1));
        consent->at = db_time(&rows, i, 2);
        consent->ended_at = time_of(&rows, i, 3);
        if (findings)
            (*findings)[i] = db_i64(&rows, i, 4);
    }
    db_rows_fini(&rows);
    return 0;
}
