/* report_store: see report_store.h. Lists and summaries are in report_list_store.c. */
#include "feedback/reports/report_store.h"

#include "feedback/reports/report_rows.h"

#include <string.h>

/* 26 columns, 24 arguments at most: whole numbers travel together. */
static const struct stmt GET = { "report_get", "SELECT " REPORT_COLUMNS " FROM report WHERE id = $1" };
static const struct stmt PUT = {
    "report_put",
    "INSERT INTO report (id, template, theme, unit_id, city_id, period, from_day, owed_day, due_day, soon_day, told,"
    " state, author, revision, submitted_at, submitted_day, submissions, returned_because, rated, rating, ratings,"
    " rating_reason, rated_by, filled, fields, body) SELECT $1, $2, $3, $4::int, $5::int, $6, $7::date, $8::date,"
    " $9::date, $10::date, ($11::int[])[1], ($11::int[])[2], $12, ($11::int[])[3], $13::timestamptz, $14::date,"
    " ($11::int[])[4], $15, $16::boolean, ($11::int[])[5], ($11::int[])[6], $17, $18, ($11::int[])[7],"
    " ($11::int[])[8], $19::bytea"
    " ON CONFLICT (id) DO UPDATE SET city_id = excluded.city_id, due_day = excluded.due_day,"
    " soon_day = excluded.soon_day, told = excluded.told, state = excluded.state, author = excluded.author,"
    " revision = excluded.revision, submitted_at = excluded.submitted_at, submitted_day = excluded.submitted_day,"
    " submissions = excluded.submissions, returned_because = excluded.returned_because, rated = excluded.rated,"
    " rating = excluded.rating, ratings = excluded.ratings, rating_reason = excluded.rating_reason,"
    " rated_by = excluded.rated_by, filled = excluded.filled, fields = excluded.fields, body = excluded.body"
};
static const struct stmt OPEN_DUTY = { "report_open_duty",
                                       "SELECT " REPORT_COLUMNS " FROM report WHERE unit_id = $1 AND template = $2"
                                       " AND owed_day IS NOT NULL AND state <> 2 ORDER BY from_day LIMIT 1" };
static const struct stmt COUNT_BEGUN = { "report_count_begun",
                                         "SELECT count(*) FROM report WHERE unit_id = $1 AND template = $2"
                                         " AND from_day = $3" };
static const struct stmt MAKE = {
    "report_make",
    "INSERT INTO report (id, template, theme, unit_id, city_id, period, from_day, owed_day, due_day, soon_day, told,"
    " state, author, revision, submissions, returned_because, rated, rating, ratings, rating_reason, rated_by, filled,"
    " fields, body) SELECT i, $4, $5, u, c, $6, $7::date, $8::date, $8::date, $9::date, 0, 0, '', 1, 0, '', false, 0,"
    " 0, '', '', 0, $10::int, ''::bytea FROM unnest($1::text[], $2::int[], $3::int[]) t(i, u, c)"
    " ON CONFLICT (id) DO NOTHING"
};
static const struct stmt ROUND = { "report_round", "SELECT last_day FROM report_round WHERE template = $1" };
static const struct stmt SET_ROUND = { "report_set_round",
                                       "INSERT INTO report_round (template, last_day) VALUES ($1, $2)"
                                       " ON CONFLICT (template) DO UPDATE SET last_day = excluded.last_day" };
static const struct stmt TELL_OVERDUE = {
    "report_tell_overdue", "UPDATE report SET told = 2 WHERE id IN (SELECT id FROM report WHERE state <> 2 AND told < 2"
                           " AND due_day < $1 ORDER BY due_day, id LIMIT $2::int) RETURNING " REPORT_COLUMNS
};
static const struct stmt TELL_SOON = {
    "report_tell_soon", "UPDATE report SET told = 1 WHERE id IN (SELECT id FROM report WHERE state <> 2 AND told < 1"
                        " AND soon_day <= $1 AND due_day >= $1 ORDER BY due_day, id LIMIT $2::int)"
                        " RETURNING " REPORT_COLUMNS
};
static const struct stmt DROP_VALUES = { "report_drop_values", "DELETE FROM report_value WHERE report_id = $1" };
static const struct stmt ADD_VALUES = {
    "report_add_values", "INSERT INTO report_value (report_id, field, kind, word, number)"
                         " SELECT $1, f, k, w, n FROM unnest($2::text[], $3::smallint[], $4::text[], $5::bigint[])"
                         " t(f, k, w, n)"
};
static const struct stmt ADD_STEP = { "report_add_step",
                                      "INSERT INTO report_step (report_id, revision, body) VALUES ($1, $2, $3)" };
static const struct stmt STEPS = { "report_steps",
                                   "SELECT body FROM report_step WHERE report_id = $1 ORDER BY revision" };

/* --- rows ----------------------------------------------------------------------------------------------------------
 */
static int32_t day_or_none(const struct db_rows *rows, int i, int col)
{
    return db_is_null(rows, i, col) ? REPORT_NO_DAY : db_date(rows, i, col);
}

static int read_values(const struct db_rows *rows, int i, struct arena *arena, struct report *out, struct err *err)
{
    size_t len;
    const uint8_t *bytes = db_bytes(rows, i, 25, &len);
    Bihuan__Report *body = bihuan__report__unpack(&arena->allocator, len, bytes);

    if (!body)
        return err_set(err, "could not read the values of report %s", out->id);
    out->values = body->values;
    out->value_count = body->n_values;
    return 0;
}

int report_read_row(const struct db_rows *rows, int i, struct arena *arena, struct report *out, struct err *err)
{
    *out = (struct report) { .id = arena_strdup(arena, db_text(rows, i, 0)),
                             .template_ = arena_strdup(arena, db_text(rows, i, 1)),
                             .theme = arena_strdup(arena, db_text(rows, i, 2)),
                             .unit = (uint32_t)db_i32(rows, i, 3),
                             .city = (uint32_t)db_i32(rows, i, 4),
                             .period = arena_strdup(arena, db_text(rows, i, 5)),
                             .from_day = db_date(rows, i, 6),
                             .owed_day = day_or_none(rows, i, 7),
                             .due_day = day_or_none(rows, i, 8),
                             .soon_day = day_or_none(rows, i, 9),
                             .told = (enum report_told)db_i16(rows, i, 10),
                             .state = (enum report_state)db_i16(rows, i, 11),
                             .author = arena_strdup(arena, db_text(rows, i, 12)),
                             .revision = (uint32_t)db_i32(rows, i, 13),
                             .submitted_at = db_is_null(rows, i, 14) ? 0 : db_time(rows, i, 14),
                             .submitted_day = day_or_none(rows, i, 15),
                             .submissions = (uint32_t)db_i32(rows, i, 16),
                             .returned_because = arena_strdup(arena, db_text(rows, i, 17)),
                             .rated = db_bool(rows, i, 18),
                             .rating = (uint32_t)db_i16(rows, i, 19),
                             .ratings = (uint32_t)db_i32(rows, i, 20),
                             .rating_reason = arena_strdup(arena, db_text(rows, i, 21)),
                             .rated_by = arena_strdup(arena, db_text(rows, i, 22)),
                             .filled = (uint32_t)db_i16(rows, i, 23),
                             .fields = (uint32_t)db_i16(rows, i, 24) };
    return read_values(rows, i, arena, out, err);
}

int report_query(struct db *db, struct arena *arena, const struct stmt *stmt, const struct db_args *args,
                 struct report **out, size_t *count, struct err *err)
{
    struct db_rows rows;
    int rc = 0;

    if (db_query(db, stmt, args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(arena, struct report, *count + 1);
    for (int i = 0; rc == 0 && i < rows.count; i++)
        rc = report_read_row(&rows, i, arena, &(*out)[i], err);
    db_rows_fini(&rows);
    return rc;
}

static int query_one(struct db *db, struct arena *arena, const struct stmt *stmt, const struct db_args *args,
                     struct report **out, struct err *err)
{
    size_t count;

    if (report_query(db, arena, stmt, args, out, &count, err) != 0)
        return -1;
    if (!count)
        *out = NULL;
    return 0;
}

/* --- one report ----------------------------------------------------------------------------------------------------
 */
int report_store_get(struct db *db, struct arena *arena, const char *id, struct report **out, struct err *err)
{
    struct db_args args;

    db_args_init(&args, arena);
    db_arg_text(&args, id);
    return query_one(db, arena, &GET, &args, out, err);
}

static void arg_day(struct db_args *args, int32_t day)
{
    if (day == REPORT_NO_DAY)
        db_arg_null(args);
    else
        db_arg_date(args, day);
}

static void arg_body(struct db_args *args, struct arena *arena, const struct report *report)
{
    Bihuan__Report body = BIHUAN__REPORT__INIT;
    uint8_t *bytes;

    body.values = report->values;
    body.n_values = report->value_count;
    bytes = arena_alloc(arena, bihuan__report__get_packed_size(&body) + 1);
    db_arg_bytes(args, bytes, bihuan__report__pack(&body, bytes));
}

int report_store_put(struct tx *tx, const struct report *report, struct err *err)
{
    int32_t numbers[] = { (int32_t)report->told,        (int32_t)report->state,  (int32_t)report->revision,
                          (int32_t)report->submissions, (int32_t)report->rating, (int32_t)report->ratings,
                          (int32_t)report->filled,      (int32_t)report->fields };
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, report->id);
    db_arg_text(&args, report->template_);
    db_arg_text(&args, report->theme);
    db_arg_i32(&args, (int32_t)report->unit);
    db_arg_i32(&args, (int32_t)report->city);
    db_arg_text(&args, report->period);
    db_arg_date(&args, report->from_day);
    arg_day(&args, report->owed_day);
    arg_day(&args, report->due_day);
    arg_day(&args, report->soon_day);
    db_arg_i32_array(&args, numbers, sizeof numbers / sizeof numbers[0]);
    db_arg_text(&args, report->author);
    if (report->submitted_at)
        db_arg_time(&args, report->submitted_at);
    else
        db_arg_null(&args);
    arg_day(&args, report->submitted_at ? report->submitted_day : REPORT_NO_DAY);
    db_arg_text(&args, report->returned_because);
    db_arg_bool(&args, report->rated);
    db_arg_text(&args, report->rating_reason);
    db_arg_text(&args, report->rated_by);
    arg_body(&args, tx_arena(tx), report);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

int report_store_open_duty(struct tx *tx, const char *template_, uint32_t unit, struct report **out, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)unit);
    db_arg_text(&args, template_);
    return query_one(tx_db(tx), tx_arena(tx), &OPEN_DUTY, &args, out, err);
}

int report_store_count_begun(struct tx *tx, const char *template_, uint32_t unit, int32_t day, uint32_t *out,
                             struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)unit);
    db_arg_text(&args, template_);
    db_arg_date(&args, day);
    if (db_query(tx_db(tx), &COUNT_BEGUN, &args, &rows, err) != 0)
        return -1;
    *out = (uint32_t)db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

/* --- duties --------------------------------------------------------------------------------------------------------
 */
int report_store_make(struct tx *tx, const struct report *like, const char *const *ids, const int32_t *units,
                      const int32_t *cities, size_t count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text_array(&args, ids, count);
    db_arg_i32_array(&args, units, count);
    db_arg_i32_array(&args, cities, count);
    db_arg_text(&args, like->template_);
    db_arg_text(&args, like->theme);
    db_arg_text(&args, like->period);
    db_arg_date(&args, like->from_day);
    db_arg_date(&args, like->due_day);
    arg_day(&args, like->soon_day);
    db_arg_i32(&args, (int32_t)like->fields);
    return db_exec(tx_db(tx), &MAKE, &args, NULL, err);
}

int report_store_round(struct tx *tx, const char *template_, int32_t *last_day, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, template_);
    if (db_query(tx_db(tx), &ROUND, &args, &rows, err) != 0)
        return -1;
    *last_day = rows.count ? db_date(&rows, 0, 0) : REPORT_NO_DAY;
    db_rows_fini(&rows);
    return 0;
}

int report_store_set_round(struct tx *tx, const char *template_, int32_t last_day, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, template_);
    db_arg_date(&args, last_day);
    return db_exec(tx_db(tx), &SET_ROUND, &args, NULL, err);
}

int report_store_tell(struct tx *tx, enum report_told what, int32_t today, uint32_t limit, struct report **rows,
                      size_t *count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, today);
    db_arg_i32(&args, (int32_t)limit);
    return report_query(tx_db(tx), tx_arena(tx), what == REPORT_TOLD_OVERDUE ? &TELL_OVERDUE : &TELL_SOON, &args, rows,
                        count, err);
}

/* --- values and steps ----------------------------------------------------------------------------------------------
 */
int report_store_set_values(struct tx *tx, const char *id, const struct report_values *values, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, id);
    if (db_exec(tx_db(tx), &DROP_VALUES, &args, NULL, err) != 0)
        return -1;
    if (!values->count)
        return 0;
    db_arg_text_array(&args, values->fields, values->count);
    db_arg_i16_array(&args, values->kinds, values->count);
    db_arg_text_array(&args, values->words, values->count);
    db_arg_i64_array(&args, values->numbers, values->count);
    return db_exec(tx_db(tx), &ADD_VALUES, &args, NULL, err);
}

int report_store_add_step(struct tx *tx, const char *id, const Bihuan__ReportStep *step, struct err *err)
{
    uint8_t *bytes = arena_alloc(tx_arena(tx), bihuan__report_step__get_packed_size(step) + 1);
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, id);
    db_arg_i32(&args, (int32_t)step->revision);
    db_arg_bytes(&args, bytes, bihuan__report_step__pack(step, bytes));
    return db_exec(tx_db(tx), &ADD_STEP, &args, NULL, err);
}

int report_store_steps(struct db *db, struct arena *arena, const char *id, Bihuan__ReportStep ***out, size_t *count,
                       struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, arena);
    db_arg_text(&args, id);
    if (db_query(db, &STEPS, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(arena, Bihuan__ReportStep *, *count + 1);
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        size_t len;
        const uint8_t *bytes = db_bytes(&rows, i, 0, &len);

        (*out)[i] = bihuan__report_step__unpack(&arena->allocator, len, bytes);
        if (!(*out)[i])
            rc = err_set(err, "could not read the history of report %s", id);
    }
    db_rows_fini(&rows);
    return rc;
}
