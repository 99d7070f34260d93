/* report_cycles: see report_cycles.h. */
#include "feedback/reports/report_cycles.h"

#include "bihuan/planning_cycle.pb-c.h"
#include "text/dates.h"

#include <string.h>

#define CYCLES_A_TURN 20

static const struct stmt ADD = { "report_cycle_add",
                                 "INSERT INTO ref_cycle (code, template, from_day, opened_day) VALUES ($1, $2, $3, $4)"
                                 " ON CONFLICT (code) DO NOTHING" };
static const struct stmt TO_MAKE = {
    "report_cycle_to_make",
    "SELECT c.code, c.template, c.from_day, c.opened_day FROM ref_cycle c WHERE c.opened_day >= $2"
    " AND c.opened_day < $3 AND NOT EXISTS (SELECT 1 FROM report_cycle m WHERE m.template = $1 AND m.cycle = c.code)"
    " ORDER BY c.opened_day, c.code LIMIT $4::int"
};
static const struct stmt MADE = { "report_cycle_made", "INSERT INTO report_cycle (template, cycle) VALUES ($1, $2)"
                                                       " ON CONFLICT DO NOTHING" };

int on_cycle_opened(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__Cycle *cycle = ((const Bihuan__CycleOpened *)message)->cycle;
    struct db_args args;
    int32_t from;

    if (!cycle)
        return err_set(err, "CycleOpened without its cycle");
    if (date_parse(cycle->from, strlen(cycle->from), &from, err) != 0)
        return err_prefix(err, "cycle \"%s\"", cycle->code);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, cycle->code);
    db_arg_text(&args, cycle->template_);
    db_arg_date(&args, from);
    db_arg_date(&args, clock_day(runtime_clock(tx_runtime(tx)), cycle->opened_at));
    return db_exec(tx_db(tx), &ADD, &args, NULL, err);
}

int report_cycles_to_make(struct tx *tx, const char *report_template, int32_t from, int32_t until,
                          struct report_cycle **out, size_t *count, struct err *err)
{
    struct arena *arena = tx_arena(tx);
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, arena);
    db_arg_text(&args, report_template);
    db_arg_date(&args, from);
    db_arg_date(&args, until); /* INT32_MAX is infinity */
    db_arg_i32(&args, CYCLES_A_TURN);
    if (db_query(tx_db(tx), &TO_MAKE, &args, &rows, err) != 0)
        return -1;
    *out = arena_array(arena, struct report_cycle, rows.count + 1);
    *count = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++)
        (*out)[i] = (struct report_cycle) { arena_strdup(arena, db_text(&rows, i, 0)),
                                            arena_strdup(arena, db_text(&rows, i, 1)), db_date(&rows, i, 2),
                                            db_date(&rows, i, 3) };
    db_rows_fini(&rows);
    return 0;
}

int report_cycles_made(struct tx *tx, const char *report_template, const char *cycle, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, report_template);
    db_arg_text(&args, cycle);
    return db_exec(tx_db(tx), &MADE, &args, NULL, err);
}
