/* people_store: see people_store.h. */
#include "planning/organisation/people_store.h"

static const struct stmt FORGET = { "person_forget", "DELETE FROM person_role WHERE person = ANY($1::text[])" };
static const struct stmt PUT = { "person_put",
                                 "INSERT INTO person_role (person, role, unit_id, from_day, until_day)"
                                 " SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::date[], $5::date[])" };
static const struct stmt HOLDS = {
    "person_holds", "SELECT EXISTS (SELECT 1 FROM person_role WHERE person = $1 AND role = $2 AND unit_id = $3"
                    " AND from_day <= $4 AND until_day > $4)"
};
static const struct stmt OF = { "person_roles",
                                "SELECT person, role, unit_id, from_day, until_day FROM person_role"
                                " WHERE person = $1 AND from_day <= $2 AND until_day > $2 ORDER BY role, unit_id" };
static const struct stmt AT = { "person_at",
                                "SELECT person, role, unit_id, from_day, until_day FROM person_role WHERE unit_id = $1"
                                " AND ($2 = '' OR role = $2) AND until_day > $3 AND (NOT $4 OR from_day <= $3)"
                                " ORDER BY person, role, from_day" };

static void take_rows(struct tx *tx, struct db_rows *found, struct person_role **rows, size_t *count)
{
    *rows = arena_array(tx_arena(tx), struct person_role, found->count);
    *count = (size_t)found->count;
    for (int i = 0; i < found->count; i++)
        (*rows)[i] = (struct person_role) { .person = arena_strdup(tx_arena(tx), db_text(found, i, 0)),
                                            .role = arena_strdup(tx_arena(tx), db_text(found, i, 1)),
                                            .unit_id = (uint32_t)db_i32(found, i, 2),
                                            .from_day = db_date(found, i, 3),
                                            .until_day = db_date(found, i, 4) };
    db_rows_fini(found);
}

int people_store_replace(struct tx *tx, const char *const *people, size_t people_count, const struct person_role *rows,
                         size_t count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    const char **names = arena_array(arena, const char *, count);
    const char **roles = arena_array(arena, const char *, count);
    int32_t *units = arena_array(arena, int32_t, count);
    int32_t *from = arena_array(arena, int32_t, count);
    int32_t *until = arena_array(arena, int32_t, count);
    struct db_args args;

    for (size_t i = 0; i < count; i++) {
        names[i] = rows[i].person;
        roles[i] = rows[i].role;
        units[i] = (int32_t)rows[i].unit_id;
        from[i] = rows[i].from_day;
        until[i] = rows[i].until_day;
    }
    db_args_init(&args, arena);
    db_arg_text_array(&args, people, people_count);
    if (db_exec(tx_db(tx), &FORGET, &args, NULL, err) != 0)
        return -1;
    db_args_init(&args, arena);
    db_arg_text_array(&args, names, count);
    db_arg_text_array(&args, roles, count);
    db_arg_i32_array(&args, units, count);
    db_arg_date_array(&args, from, count);
    db_arg_date_array(&args, until, count);
    return db_exec(tx_db(tx), &PUT, &args, NULL, err);
}

int people_store_holds(struct tx *tx, const char *person, const char *role, uint32_t unit_id, int32_t day, bool *holds,
                       struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, person);
    db_arg_text(&args, role);
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_date(&args, day);
    if (db_query(tx_db(tx), &HOLDS, &args, &rows, err) != 0)
        return -1;
    *holds = db_bool(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

int people_store_of(struct tx *tx, const char *person, int32_t day, struct person_role **rows, size_t *count,
                    struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, person);
    db_arg_date(&args, day);
    if (db_query(tx_db(tx), &OF, &args, &found, err) != 0)
        return -1;
    take_rows(tx, &found, rows, count);
    return 0;
}

int people_store_at(struct tx *tx, uint32_t unit_id, const char *role, int32_t day, bool only_then,
                    struct person_role **rows, size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows found;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)unit_id);
    db_arg_text(&args, role);
    db_arg_date(&args, day);
    db_arg_bool(&args, only_then);
    if (db_query(tx_db(tx), &AT, &args, &found, err) != 0)
        return -1;
    take_rows(tx, &found, rows, count);
    return 0;
}
