/* hand_over: corrective actions of people who left go to who took over, on the day on which they left. */
#include "monitoring/monitoring.h"

#include "bihuan/planning_organisation.pb-c.h"

static const struct stmt ADD = {
    "hand_over_add", "INSERT INTO hand_over (person, from_day, successor, applied) VALUES ($1, $2, $3, false)"
                     " ON CONFLICT (person, from_day) DO UPDATE SET successor = excluded.successor,"
                     " applied = false"
};
static const struct stmt DUE = { "hand_over_due", "SELECT person, successor FROM hand_over WHERE NOT applied"
                                                  " AND from_day <= $1 ORDER BY from_day, person" };
static const struct stmt APPLIED = { "hand_over_applied", "UPDATE hand_over SET applied = true WHERE NOT applied"
                                                          " AND from_day <= $1" };

int hand_overs_due(struct tx *tx, const void *message, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    (void)message;
    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, today(tx));
    if (db_query(tx_db(tx), &DUE, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && i < rows.count; i++)
        rc = actions_hand_over(tx, arena_strdup(tx_arena(tx), db_text(&rows, i, 0)),
                               arena_strdup(tx_arena(tx), db_text(&rows, i, 1)), err);
    if (rc == 0 && rows.count)
        rc = db_exec(tx_db(tx), &APPLIED, &args, NULL, err);
    db_rows_fini(&rows);
    return rc;
}

int on_person_handed_over(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__PersonHandedOver *event = message;
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, event->person);
    db_arg_date(&args, event->from_day);
    db_arg_text(&args, event->successor);
    return db_exec(tx_db(tx), &ADD, &args, NULL, err) != 0 ? -1 : hand_overs_due(tx, NULL, err);
}
