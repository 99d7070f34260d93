/* people_store: see people_store.h. */
#include "monitoring/telling/people_store.h"

#include "text/dates.h"

#include <string.h>

static const struct stmt FORGET = { "person_role_forget", "DELETE FROM person_role WHERE person = $1" };
static const struct stmt ADD = { "person_role_add",
                                 "INSERT INTO person_role (person, name, role, unit, from_day, until_day)"
                                 " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (person, role, unit, from_day)"
                                 " DO UPDATE SET until_day = excluded.until_day, name = excluded.name" };
static const struct stmt WITH = { "person_role_with",
                                  "SELECT DISTINCT person FROM person_role WHERE role = $1 AND unit = $2"
                                  " AND from_day <= $3 AND until_day > $3 ORDER BY person LIMIT 64" };

static const struct stmt NAME = { "person_name",
                                  "SELECT name FROM person_role WHERE person = $1 AND name <> '' LIMIT 1" };

static int32_t day_of(const char *text, int32_t otherwise)
{
    int32_t day;

    return text[0] && date_parse(text, strlen(text), &day, NULL) == 0 ? day : otherwise;
}

int people_store_put(struct tx *tx, const Bihuan__Person *person, struct err *err)
{
    int32_t leaves = day_of(person->leaves, INT32_MAX);
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, person->code);
    if (db_exec(tx_db(tx), &FORGET, &args, NULL, err) != 0)
        return -1;
    for (size_t i = 0; i < person->n_roles; i++) {
        const Bihuan__PersonRole *role = person->roles[i];
        int32_t until = day_of(role->until, INT32_MAX);

        db_args_init(&args, tx_arena(tx));
        db_arg_text(&args, person->code);
        db_arg_text(&args, person->name);
        db_arg_text(&args, role->role);
        db_arg_text(&args, role->unit);
        db_arg_date(&args, day_of(role->from, 0));
        db_arg_date(&args, until < leaves ? until : leaves);
        if (db_exec(tx_db(tx), &ADD, &args, NULL, err) != 0)
            return -1;
    }
    return 0;
}

int people_store_with(struct tx *tx, const char *role, const char *unit, int32_t day, const char ***people,
                      size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, role);
    db_arg_text(&args, unit);
    db_arg_date(&args, day);
    if (db_query(tx_db(tx), &WITH, &args, &rows, err) != 0)
        return -1;
    *people = arena_array(tx_arena(tx), const char *, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*people)[i] = arena_strdup(tx_arena(tx), db_text(&rows, i, 0));
    db_rows_fini(&rows);
    return 0;
}

int people_store_name(struct tx *tx, const char *person, char **out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, person);
    if (db_query(tx_db(tx), &NAME, &args, &rows, err) != 0)
        return -1;
    *out = rows.count && strcmp(db_text(&rows, 0, 0), person) != 0
               ? arena_printf(tx_arena(tx), "%s (%s)", db_text(&rows, 0, 0), person)
               : arena_strdup(tx_arena(tx), person);
    db_rows_fini(&rows);
    return 0;
}
