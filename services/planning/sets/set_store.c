/* set_store: see set_store.h. */
#include "planning/sets/set_store.h"

static const struct stmt TIES = { "set_ties", "SELECT DISTINCT period_id, unnest(into_id) FROM plan_cut"
                                              " WHERE version = 0 AND axis = 'periods' ORDER BY 1, 2" };
static const struct stmt OPEN = { "set_open", "SELECT DISTINCT period_id FROM plan_version"
                                              " WHERE state IN ('draft', 'submitted', 'approved') ORDER BY 1" };

int set_store_ties(struct tx *tx, struct set_tie **ties, size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &TIES, NULL, &rows, err) != 0)
        return -1;
    *ties = arena_array(tx_arena(tx), struct set_tie, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*ties)[i] = (struct set_tie) { (uint32_t)db_i32(&rows, i, 0), (uint32_t)db_i32(&rows, i, 1) };
    db_rows_fini(&rows);
    return 0;
}

int set_store_open(struct tx *tx, uint32_t **periods, size_t *count, struct err *err)
{
    struct db_rows rows;

    if (db_query(tx_db(tx), &OPEN, NULL, &rows, err) != 0)
        return -1;
    *periods = arena_array(tx_arena(tx), uint32_t, rows.count);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*periods)[i] = (uint32_t)db_i32(&rows, i, 0);
    db_rows_fini(&rows);
    return 0;
}
