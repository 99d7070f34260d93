/* task_store: see task_store.h. */
#include "planning/tasks/task_store.h"

#include <string.h>

#define COLUMNS "kind, id, owner, unit_id, title, state, due_day, open"

static const struct stmt PUT = {
    "outside_put", "INSERT INTO outside_task (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
                   " ON CONFLICT (kind, id) DO UPDATE SET owner = excluded.owner, unit_id = excluded.unit_id,"
                   " title = excluded.title, state = excluded.state, due_day = excluded.due_day, open = excluded.open"
};
static const struct stmt OF = { "outside_of",
                                "SELECT " COLUMNS " FROM outside_task WHERE open AND (owner = ANY($1::text[])"
                                " OR owner = '' AND unit_id = ANY($2::int[])) ORDER BY kind, id" };
static const struct stmt VERSIONS = { "task_versions", "SELECT period_id, version, state = 'approved' FROM plan_version"
                                                       " WHERE state IN ('submitted', 'approved')"
                                                       " ORDER BY period_id" };
/* Who submits or publishes has the sums checked. */
static const struct stmt UNBALANCED = {
    "task_unbalanced",
    "SELECT v.period_id, v.version, false FROM plan_version v WHERE v.state <> 'superseded' AND EXISTS (SELECT FROM"
    " plan_move m WHERE m.period_id = v.period_id AND m.version = v.version AND m.to_state = 'unbalanced'"
    " AND NOT EXISTS (SELECT FROM plan_move l WHERE l.period_id = m.period_id AND l.version = m.version AND l.no > m.no"
    " AND l.to_state IN ('submitted', 'published', 'balanced'))) ORDER BY v.period_id, v.version"
};
static const struct stmt TALKS = {
    "task_talks", "SELECT n.period_id, n.version, n.unit_id, n.state = 'asked' FROM negotiation n JOIN plan_version v"
                  " USING (period_id, version) WHERE v.state = 'draft' AND n.state IN ('proposed', 'asked')"
                  " ORDER BY n.period_id, n.unit_id"
};
static const struct stmt CERTIFICATES = {
    "task_certificates",
    "SELECT person, product_id, unit_id, until_day FROM certificate c WHERE ($1 = '' OR person = $1)"
    " AND until_day BETWEEN $2 AND $3 AND NOT EXISTS (SELECT 1 FROM certificate o WHERE o.person = c.person"
    " AND o.product_id = c.product_id AND o.from_day <= c.until_day AND o.until_day > c.until_day)"
    " ORDER BY person, product_id"
};
static const struct stmt HEIRS = {
    "task_heirs", "WITH RECURSIVE h(person) AS (SELECT $1::text UNION SELECT p.person FROM person_heir p JOIN h"
                  " ON p.successor = h.person WHERE p.from_day <= $2) SELECT person FROM h ORDER BY person"
};
static const struct stmt ADD_HEIR = { "task_add_heir",
                                      "INSERT INTO person_heir (person, from_day, successor) VALUES ($1, $2, $3)"
                                      " ON CONFLICT (person, from_day) DO UPDATE SET successor = excluded.successor" };
static const struct stmt REMIND = {
    "task_remind",
    "INSERT INTO task_reminder (kind, id, person, due_day, stage, no, by, at, note)"
    " SELECT $1, $2, $3, $4, $5, CASE WHEN $5 = 'by_hand' THEN (SELECT coalesce(max(no), 0) + 1"
    " FROM task_reminder WHERE kind = $1 AND id = $2 AND person = $3 AND stage = $5) ELSE 0 END, $6, $7, $8"
    " ON CONFLICT DO NOTHING RETURNING no"
};
static const struct stmt DUE = { "outside_due",
                                 "SELECT " COLUMNS ", due_day < $1 FROM outside_task t WHERE open AND due_day <= $2"
                                 " AND NOT EXISTS (SELECT 1 FROM task_reminder r WHERE r.kind = t.kind AND r.id = t.id"
                                 " AND r.person = t.owner AND r.due_day = t.due_day"
                                 " AND r.stage = CASE WHEN t.due_day < $1 THEN 'overdue' ELSE 'due_soon' END)"
                                 " ORDER BY due_day, kind, id LIMIT $3::int" };
static const struct stmt REMINDERS = {
    "task_reminders", "SELECT i, count(r.no) FROM unnest($2::text[], $3::text[]) WITH ORDINALITY t(k, d, i)"
                      " JOIN task_reminder r ON r.kind = t.k AND r.id = t.d AND r.person = $1 AND r.stage = 'by_hand'"
                      " GROUP BY i"
};

static char *text_of(struct tx *tx, const struct db_rows *rows, int row, int column)
{
    return arena_strdup(tx_arena(tx), db_text(rows, row, column));
}

int task_store_put(struct tx *tx, const struct outside_task *task, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, task->kind);
    db_arg_text(&args, task->id);
    db_arg_text(&args, task->owner);
    db_arg_i32(&args, (int32_t)task->unit_id);
    db_arg_text(&args, task->title);
    db_arg_text(&args, task->state);
    db_arg_date(&args, task->due_day);
    db_arg_bool(&args, task->open);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

static struct outside_task take_task(struct tx *tx, const struct db_rows *rows, int i)
{
    return (struct outside_task) { .kind = text_of(tx, rows, i, 0),
                                   .id = text_of(tx, rows, i, 1),
                                   .owner = text_of(tx, rows, i, 2),
                                   .unit_id = (uint32_t)db_i32(rows, i, 3),
                                   .title = text_of(tx, rows, i, 4),
                                   .state = text_of(tx, rows, i, 5),
                                   .due_day = db_date(rows, i, 6),
                                   .open = db_bool(rows, i, 7) };
}

int task_store_of(struct tx *tx, const char *const *people, size_t people_count, const uint32_t *units,
                  size_t unit_count, struct outside_task **out, size_t *count, struct err *err)
{
    int32_t *ids = arena_array(tx_arena(tx), int32_t, unit_count + 1);
    struct db_args args;
    struct db_rows rows;

    for (size_t i = 0; i < unit_count; i++)
        ids[i] = (int32_t)units[i];
    db_args_init(&args, tx_arena(tx));
    db_arg_text_array(&args, people, people_count);
    db_arg_i32_array(&args, ids, unit_count);
    if (db_query(tx_db(tx), &OF, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct outside_task, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = take_task(tx, &rows, i);
    db_rows_fini(&rows);
    return 0;
}

static int versions_of(struct tx *tx, const struct stmt *stmt, struct waiting_version **out, size_t *count,
                       struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), stmt, NULL, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct waiting_version, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct waiting_version) { (uint32_t)db_i32(&rows, i, 0), (uint32_t)db_i32(&rows, i, 1),
                                               db_bool(&rows, i, 2) };
    db_rows_fini(&rows);
    return 0;
}

int task_store_versions(struct tx *tx, struct waiting_version **out, size_t *count, struct err *err)
{
    return versions_of(tx, &VERSIONS, out, count, err);
}

int task_store_unbalanced(struct tx *tx, struct waiting_version **out, size_t *count, struct err *err)
{
    return versions_of(tx, &UNBALANCED, out, count, err);
}

int task_store_talks(struct tx *tx, struct waiting_talk **out, size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &TALKS, NULL, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct waiting_talk, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct waiting_talk) { (uint32_t)db_i32(&rows, i, 0), (uint32_t)db_i32(&rows, i, 1),
                                            (uint32_t)db_i32(&rows, i, 2), db_bool(&rows, i, 3) };
    db_rows_fini(&rows);
    return 0;
}

int task_store_certificates(struct tx *tx, const char *person, int32_t first, int32_t last,
                            struct ending_certificate **out, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, person);
    db_arg_date(&args, first);
    db_arg_date(&args, last);
    if (db_query(tx_db(tx), &CERTIFICATES, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct ending_certificate, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct ending_certificate) { text_of(tx, &rows, i, 0), (uint32_t)db_i32(&rows, i, 1),
                                                  (uint32_t)db_i32(&rows, i, 2), db_date(&rows, i, 3) };
    db_rows_fini(&rows);
    return 0;
}

int task_store_heirs(struct tx *tx, const char *person, int32_t day, const char ***people, size_t *count,
                     struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, person);
    db_arg_date(&args, day);
    if (db_query(tx_db(tx), &HEIRS, &args, &rows, err) != 0)
        return -1;
    *people = arena_array(tx_arena(tx), const char *, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*people)[i] = text_of(tx, &rows, i, 0);
    db_rows_fini(&rows);
    return 0;
}

int task_store_add_heir(struct tx *tx, const char *person, const char *successor, int32_t day, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, person);
    db_arg_date(&args, day);
    db_arg_text(&args, successor);
    return db_exec(tx_db(tx), &ADD_HEIR, &args, NULL, err);
}

int task_store_remind(struct tx *tx, const struct task_reminder *reminder, bool *is_new, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, reminder->kind);
    db_arg_text(&args, reminder->id);
    db_arg_text(&args, reminder->person);
    db_arg_date(&args, reminder->due_day);
    db_arg_text(&args, reminder->stage);
    db_arg_text(&args, reminder->by);
    db_arg_time(&args, reminder->at);
    db_arg_text(&args, reminder->note);
    if (db_query(tx_db(tx), &REMIND, &args, &rows, err) != 0)
        return -1;
    *is_new = rows.count > 0;
    db_rows_fini(&rows);
    return 0;
}

int task_store_due(struct tx *tx, int32_t today, int32_t soon, uint32_t limit, struct outside_task **out,
                   bool **overdue, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, today);
    db_arg_date(&args, soon);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &DUE, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(tx_arena(tx), struct outside_task, rows.count);
    *overdue = arena_array(tx_arena(tx), bool, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++) {
        (*out)[i] = take_task(tx, &rows, i);
        (*overdue)[i] = db_bool(&rows, i, 8);
    }
    db_rows_fini(&rows);
    return 0;
}

int task_store_reminders(struct tx *tx, const char *person, const char *const *kinds, const char *const *ids,
                         size_t count, uint32_t *reminders, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    memset(reminders, 0, count * sizeof *reminders);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, person);
    db_arg_text_array(&args, kinds, count);
    db_arg_text_array(&args, ids, count);
    if (db_query(tx_db(tx), &REMINDERS, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++)
        reminders[db_i64(&rows, i, 0) - 1] = (uint32_t)db_i64(&rows, i, 1);
    db_rows_fini(&rows);
    return 0;
}
