/* part_store: see part_store.h. */
#include "feedback/conditions/part_store.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                                                        \
    "p.feed_id, p.unit_id, CASE WHEN p.unit_id = 0 THEN f.through ELSE p.through END,"                                 \
    " CASE WHEN p.unit_id = 0 THEN f.spoke_at ELSE p.spoke_at END, p.last_event, p.condition, p.since, p.day,"         \
    " p.day_class, p.volume, p.expected, p.usual_age, p.missing, p.dirty"
#define FROM " FROM feed_part p JOIN feed f ON f.id = p.feed_id "

static const struct stmt LIST = { "part_list", "SELECT " COLUMNS FROM "WHERE $1::integer = 0 OR p.feed_id = $1"
                                               " ORDER BY p.feed_id, p.unit_id" };
static const struct stmt GET = { "part_get", "SELECT " COLUMNS FROM "WHERE p.feed_id = $1 AND p.unit_id = $2" };
static const struct stmt PUT = {
    "part_put",
    "INSERT INTO feed_part (feed_id, unit_id, through, spoke_at, condition, since, day, day_class, volume, expected,"
    " usual_age, missing, dirty) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    " ON CONFLICT (feed_id, unit_id) DO UPDATE SET through = excluded.through, spoke_at = excluded.spoke_at,"
    " condition = excluded.condition, since = excluded.since, day = excluded.day, day_class = excluded.day_class,"
    " volume = excluded.volume, expected = excluded.expected, usual_age = excluded.usual_age,"
    " missing = excluded.missing, dirty = excluded.dirty"
};
static const struct stmt BEGIN = { "part_begin", "INSERT INTO feed_part (feed_id, unit_id, spoke_at, since)"
                                                 " VALUES ($1, $2, $3, $3) ON CONFLICT DO NOTHING" };
static const struct stmt DROP = { "part_drop", "DELETE FROM feed_part WHERE feed_id = $1 AND unit_id = $2" };
static const struct stmt DROP_VOLUMES = { "part_drop_volumes",
                                          "DELETE FROM feed_volume WHERE feed_id = $1 AND unit_id = $2" };
static const struct stmt DROP_AGES = { "part_drop_ages", "DELETE FROM feed_age WHERE feed_id = $1 AND unit_id = $2" };
static const struct stmt EVENTS = {
    "part_events", "INSERT INTO feed_part (feed_id, unit_id, spoke_at, since, last_event)"
                   " SELECT $1, n.u, $4, $4, timestamptz 'epoch' + n.e * interval '1 microsecond'"
                   " FROM unnest($2::integer[], $3::bigint[]) n(u, e) ON CONFLICT (feed_id, unit_id) DO UPDATE"
                   " SET last_event = greatest(feed_part.last_event, excluded.last_event)"
};
static const struct stmt ADD_VOLUMES = {
    "part_add_volumes", "INSERT INTO feed_volume (feed_id, unit_id, day, records) SELECT $1, n.u, n.d, n.r"
                        " FROM unnest($2::integer[], $3::date[], $4::bigint[]) n(u, d, r)"
                        " ON CONFLICT (feed_id, unit_id, day) DO UPDATE SET records = feed_volume.records +"
                        " excluded.records"
};
static const struct stmt MAKE_DIRTY = { "part_make_dirty",
                                        "UPDATE feed_part p SET dirty = true FROM unnest($2::integer[], $3::date[])"
                                        " n(u, d) WHERE p.feed_id = $1 AND p.unit_id = n.u AND p.day = n.d"
                                        " AND NOT p.dirty" };
/* The calendar with the first code goes first, where several name a day. */
static const struct stmt VOLUMES = {
    "part_volumes",
    "SELECT s.d::date, coalesce(v.records, 0)::bigint, coalesce((SELECT r.class FROM ref_day r WHERE r.day = s.d::date"
    " ORDER BY r.calendar LIMIT 1), '') FROM generate_series(greatest($3::date, (SELECT min(day) FROM feed_volume"
    " WHERE feed_id = $1 AND unit_id = $2)), $4::date, interval '1 day') s(d) LEFT JOIN feed_volume v"
    " ON v.feed_id = $1 AND v.unit_id = $2 AND v.day = s.d::date ORDER BY 1"
};
static const struct stmt NOTE_AGE = { "part_note_age",
                                      "INSERT INTO feed_age (feed_id, unit_id, day, age) VALUES ($1, $2, $3, $4)"
                                      " ON CONFLICT (feed_id, unit_id, day) DO UPDATE SET age = greatest(feed_age.age,"
                                      " excluded.age)" };
static const struct stmt AGES = { "part_ages", "SELECT age FROM feed_age WHERE feed_id = $1 AND unit_id = $2"
                                               " AND day >= $3" };
static const struct stmt NOTE_MISSING = {
    "part_note_missing",
    "UPDATE feed_part p SET missing = NOT p.missing, dirty = true WHERE p.missing <> EXISTS (SELECT 1"
    " FROM feed_missing m WHERE m.feed_id = p.feed_id AND m.told_at IS NOT NULL AND m.since > $1"
    " AND (p.unit_id = 0 OR m.city = p.unit_id))"
};
static const struct stmt FORGET_CALENDAR = { "part_forget_calendar", "DELETE FROM ref_day WHERE calendar = $1" };
static const struct stmt PUT_CALENDAR = { "part_put_calendar",
                                          "INSERT INTO ref_day (calendar, day, class) SELECT $1, n.d, n.c"
                                          " FROM unnest($2::date[], $3::text[]) n(d, c) ON CONFLICT DO NOTHING" };
static const struct stmt SHOW = {
    "part_show",
    "SELECT f.code, f.body, coalesce(u.code, ''), p.condition, p.since,"
    " CASE WHEN p.unit_id = 0 THEN f.through ELSE p.through END, p.day, p.day_class, p.volume, p.expected, "
    "p.usual_age, EXISTS (SELECT 1 FROM feed_claim c WHERE c.feed_id = p.feed_id AND c.unit_id = p.unit_id)" FROM
    "LEFT JOIN ref_unit u ON u.id = p.unit_id WHERE ($1 = '' OR f.code = $1)"
    " AND ($2 = '' OR ($2 = '-' AND p.unit_id = 0) OR u.code = $2) AND ($3::smallint = 0 OR p.condition = $3::smallint)"
    " AND p.condition <> 0 AND (f.code, coalesce(u.code, '')) > ($4, $5) ORDER BY f.code, coalesce(u.code, '') COLLATE"
    " \"C\" LIMIT $6::int"
};

/* --- parts ---------------------------------------------------------------------------------------------------------
 */

static void read_part(const struct db_rows *rows, int i, struct part *out)
{
    *out = (struct part) { .feed_id = (uint32_t)db_i32(rows, i, 0),
                           .unit = (uint32_t)db_i32(rows, i, 1),
                           .has_mark = !db_is_null(rows, i, 2),
                           .spoke_at = db_time(rows, i, 3),
                           .has_event = !db_is_null(rows, i, 4),
                           .condition = (condition_kind)db_i16(rows, i, 5),
                           .since = db_time(rows, i, 6),
                           .day = db_is_null(rows, i, 7) ? PART_NO_DAY : db_date(rows, i, 7),
                           .volume = db_i64(rows, i, 9),
                           .expected = db_i64(rows, i, 10),
                           .usual_age = db_i64(rows, i, 11),
                           .missing = db_bool(rows, i, 12),
                           .dirty = db_bool(rows, i, 13) };
    out->through = out->has_mark ? db_time(rows, i, 2) : 0;
    out->last_event = out->has_event ? db_time(rows, i, 4) : 0;
    snprintf(out->day_class, sizeof out->day_class, "%.*s", DAY_CLASS_MAX - 1, db_text(rows, i, 8));
}

int part_store_list(struct tx *tx, uint32_t feed_id, struct part **out, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    if (db_query(tx_db(tx), &LIST, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(tx_arena(tx), struct part, *count + 1);
    for (int i = 0; i < rows.count; i++)
        read_part(&rows, i, &(*out)[i]);
    db_rows_fini(&rows);
    return 0;
}

static void arg_part(struct db_args *args, struct arena *arena, uint32_t feed_id, uint32_t unit)
{
    db_args_init(args, arena);
    db_arg_i32(args, (int32_t)feed_id);
    db_arg_i32(args, (int32_t)unit);
}

int part_store_get(struct tx *tx, uint32_t feed_id, uint32_t unit, bool *found, struct part *out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    arg_part(&args, tx_arena(tx), feed_id, unit);
    if (db_query(tx_db(tx), &GET, &args, &rows, err) != 0)
        return -1;
    *found = rows.count > 0;
    if (*found)
        read_part(&rows, 0, out);
    db_rows_fini(&rows);
    return 0;
}

int part_store_put(struct tx *tx, const struct part *part, struct err *err)
{
    struct db_args args;

    arg_part(&args, tx_arena(tx), part->feed_id, part->unit);
    if (part->unit && part->has_mark)
        db_arg_time(&args, part->through);
    else
        db_arg_null(&args);
    db_arg_time(&args, part->spoke_at);
    db_arg_i16(&args, (int16_t)part->condition);
    db_arg_time(&args, part->since);
    if (part->day == PART_NO_DAY)
        db_arg_null(&args);
    else
        db_arg_date(&args, part->day);
    db_arg_text(&args, part->day_class);
    db_arg_i64(&args, part->volume);
    db_arg_i64(&args, part->expected);
    db_arg_i64(&args, part->usual_age);
    db_arg_bool(&args, part->missing);
    db_arg_bool(&args, part->dirty);
    return db_later(tx_db(tx), &PUT, &args, NULL, err);
}

int part_store_begin(struct tx *tx, uint32_t feed_id, uint32_t unit, struct err *err)
{
    struct db_args args;

    arg_part(&args, tx_arena(tx), feed_id, unit);
    db_arg_time(&args, tx_now(tx));
    return db_later(tx_db(tx), &BEGIN, &args, NULL, err);
}

int part_store_drop(struct tx *tx, uint32_t feed_id, uint32_t unit, struct err *err)
{
    struct db_args args;

    arg_part(&args, tx_arena(tx), feed_id, unit);
    return db_later(tx_db(tx), &DROP, &args, NULL, err) != 0 ||
                   db_later(tx_db(tx), &DROP_VOLUMES, &args, NULL, err) != 0
               ? -1
               : db_later(tx_db(tx), &DROP_AGES, &args, NULL, err);
}

int part_store_events(struct tx *tx, uint32_t feed_id, const int32_t *units, const int64_t *events, size_t count,
                      struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_i32_array(&args, units, count);
    db_arg_i64_array(&args, events, count);
    db_arg_time(&args, tx_now(tx));
    return db_later(tx_db(tx), &EVENTS, &args, NULL, err);
}

/* --- volumes -------------------------------------------------------------------------------------------------------
 */

int part_store_add_volumes(struct tx *tx, uint32_t feed_id, const int32_t *units, const int32_t *days,
                           const int64_t *records, size_t count, int32_t today, struct err *err)
{
    struct db_args args;
    bool late = false;

    for (size_t i = 0; i < count && !late; i++)
        late = days[i] < today;
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)feed_id);
    db_arg_i32_array(&args, units, count);
    db_arg_date_array(&args, days, count);
    if (late && db_later(tx_db(tx), &MAKE_DIRTY, &args, NULL, err) != 0)
        return -1;
    db_arg_i64_array(&args, records, count);
    return db_later(tx_db(tx), &ADD_VOLUMES, &args, NULL, err);
}

int part_store_volumes(struct tx *tx, uint32_t feed_id, uint32_t unit, int32_t from, int32_t until,
                       struct part_volume **out, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    arg_part(&args, tx_arena(tx), feed_id, unit);
    db_arg_date(&args, from);
    db_arg_date(&args, until);
    if (db_query(tx_db(tx), &VOLUMES, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(tx_arena(tx), struct part_volume, *count + 1);
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct part_volume) { db_date(&rows, i, 0), db_i64(&rows, i, 1),
                                           arena_strdup(tx_arena(tx), db_text(&rows, i, 2)) };
    db_rows_fini(&rows);
    return 0;
}

/* --- ages ----------------------------------------------------------------------------------------------------------
 */

int part_store_note_age(struct tx *tx, uint32_t feed_id, uint32_t unit, int32_t day, int64_t age, struct err *err)
{
    struct db_args args;

    arg_part(&args, tx_arena(tx), feed_id, unit);
    db_arg_date(&args, day);
    db_arg_i64(&args, age);
    return db_later(tx_db(tx), &NOTE_AGE, &args, NULL, err);
}

int part_store_ages(struct tx *tx, uint32_t feed_id, uint32_t unit, int32_t from, int64_t **out, size_t *count,
                    struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    arg_part(&args, tx_arena(tx), feed_id, unit);
    db_arg_date(&args, from);
    if (db_query(tx_db(tx), &AGES, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(tx_arena(tx), int64_t, *count + 1);
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = db_i64(&rows, i, 0);
    db_rows_fini(&rows);
    return 0;
}

/* --- missing files, calendars ----------------------------------------------------------------------------------------
 */

int part_store_note_missing(struct tx *tx, int64_t since, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_time(&args, since);
    return db_exec(tx_db(tx), &NOTE_MISSING, &args, NULL, err);
}

int part_store_put_calendar(struct tx *tx, const char *calendar, const int32_t *days, const char *const *classes,
                            size_t count, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, calendar);
    if (db_later(tx_db(tx), &FORGET_CALENDAR, &args, NULL, err) != 0)
        return -1;
    db_arg_date_array(&args, days, count);
    db_arg_text_array(&args, classes, count);
    return db_later(tx_db(tx), &PUT_CALENDAR, &args, NULL, err);
}

int part_store_show(struct tx *tx, const struct part_filter *filter, struct db_rows *rows, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, filter->feed);
    db_arg_text(&args, filter->unit);
    db_arg_i16(&args, (int16_t)filter->condition);
    db_arg_text(&args, filter->after_feed);
    db_arg_text(&args, filter->after_unit);
    db_arg_i32(&args, (int32_t)filter->limit);
    return db_query(tx_db(tx), &SHOW, &args, rows, err);
}
