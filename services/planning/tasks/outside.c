/* outside: tasks that other services own: corrective actions of monitoring, opportunities of feedback. */
#include "planning/tasks/tasks.h"

#include "planning/planning.h"
#include "text/dates.h"

#include "bihuan/feedback.pb-c.h"
#include "bihuan/monitoring.pb-c.h"

#include <string.h>

static const char ACTION[] = "action", OPPORTUNITY[] = "opportunity";

/* --- events --------------------------------------------------------------------------------------------------------
 */
int on_action_changed(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__Action *action = ((const Bihuan__ActionChanged *)message)->action;
    const struct ref_unit *unit;
    struct outside_task task;
    struct err why;

    if (!action)
        return err_set(err, "ActionChanged without its action");
    unit = refdata_unit_by_code(refdata_of(tx), action->unit);
    task = (struct outside_task) { .kind = ACTION,
                                   .id = action->id,
                                   .owner = action->owner,
                                   .title = action->cause,
                                   .state = action->state,
                                   .unit_id = unit ? unit->id : 0,
                                   .due_day = TASK_NO_DUE,
                                   .open = strcmp(action->state, "open") == 0 };
    (void)date_parse(action->due, strlen(action->due), &task.due_day, &why);
    return task_store_put(tx, &task, err);
}

/* Every week an opportunity moves or it doesn't. */
int on_opportunity_changed(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__OpportunityChanged *event = message;
    const struct outside_task task = {
        .kind = OPPORTUNITY,
        .id = arena_printf(tx_arena(tx), "%s/%s", event->sender, event->key),
        .owner = "",
        .title = event->customer[0] ? event->customer : event->key,
        .state = event->state,
        .unit_id = event->seller_id ? event->seller_id : event->unit_id,
        .due_day = event->moved_day + (int32_t)runtime_setting_int(tx_runtime(tx), "opportunity_idle_days"),
        .open = event->open,
    };

    return task_store_put(tx, &task, err);
}

/* --- the list ------------------------------------------------------------------------------------------------------
 */
static const char *what_of(struct tx *tx, const struct outside_task *task, bool overdue)
{
    if (strcmp(task->kind, ACTION) == 0)
        return in_language(tx, "carry it out and report it as done", "实施整改并报告完成");
    return overdue ? in_language(tx, "it hasn't moved: take its next step, or walk away from it",
                                 "商机长期未推进：推进下一步，或放弃")
                   : in_language(tx, "take its next step", "推进下一步");
}

int tasks_from_outside(struct tx *tx, struct tasks *tasks, struct err *err)
{
    uint32_t *units = arena_array(tx_arena(tx), uint32_t, tasks->held.count + 1);
    struct outside_task *rows;
    size_t count;

    for (size_t i = 0; i < tasks->held.count; i++)
        units[i] = tasks->held.roles[i].unit_id;
    if (task_store_of(tx, tasks->people, tasks->people_count, units, tasks->held.count, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        tasks_add(tx, tasks, rows[i].kind, rows[i].id, rows[i].title, rows[i].title, rows[i].unit_id, rows[i].due_day,
                  what_of(tx, &rows[i], tasks->today > rows[i].due_day));
        if (rows[i].owner[0] && strcmp(rows[i].owner, tasks->person) != 0)
            tasks->items[tasks->count - 1].view->from = (char *)(uintptr_t)rows[i].owner;
    }
    return 0;
}
