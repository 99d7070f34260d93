/* known: see known.h. */
#include "monitoring/progress/known.h"

#include "monitoring/rules/turns.h"
#include "text/dates.h"

static const struct stmt LATE = { "progress_late",
                                  "SELECT l.unit_id, l.day, u.m, sum(u.v)::bigint FROM progress_late l,"
                                  " unnest(l.measures, l.sums) u(m, v) WHERE l.known_day > $1 AND"
                                  " l.day <= $2 GROUP BY 1, 2, 3" };
static const struct stmt FORGET = { "progress_late_forget", "DELETE FROM progress_late WHERE known_day < $1" };

int known_check(struct tx *tx, int32_t known_day, struct err *err)
{
    int32_t first = today(tx) - TURNS_KEEP_DAYS, since;
    char text[DATE_TEXT_MAX];

    if (turns_first_day(tx, &since, err) != 0)
        return -1;
    first = since > first ? since : first;
    if (known_day >= first)
        return 0;
    date_print(text, first);
    return err_fail(err, ERR_CONFLICT, "not_recorded",
                    "what came late is recorded since %s: what was known before that day isn't", text);
}

int known_load(struct tx *tx, int32_t known_day, int32_t to_day, struct cube **out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, known_day);
    db_arg_date(&args, to_day);
    if (db_query(tx_db(tx), &LATE, &args, &rows, err) != 0)
        return -1;
    rc = cube_new(out, to_day, to_day, err);
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        int32_t day = db_date(&rows, i, 1);

        rc = cube_grow(*out, day, day, err);
        if (rc == 0)
            rc = cube_add(*out, (uint32_t)db_i32(&rows, i, 0), (uint32_t)db_i16(&rows, i, 2), 0, 0, day,
                          db_i64(&rows, i, 3), err);
    }
    db_rows_fini(&rows);
    return rc;
}

int known_take_out(const struct monitoring *m, const struct cube *late, const struct ref_measure *part,
                   uint32_t unit_id, int32_t from_day, int32_t to_day, int64_t *sum, struct err *err)
{
    int64_t came = 0;

    if (!late || !part)
        return 0;
    if (measure_sum(m->refdata, late, part, unit_id, from_day, to_day, &came, err) != 0)
        return -1;
    *sum -= came;
    return 0;
}

int known_forget(struct tx *tx, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, today(tx) - TURNS_KEEP_DAYS);
    return db_exec(tx_db(tx), &FORGET, &args, NULL, err);
}
