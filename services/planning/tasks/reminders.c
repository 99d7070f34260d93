/* reminders: tasks that become due soon or overdue are published once each; people remind each other by hand. */
#include "planning/tasks/tasks.h"

#include "planning/planning.h"
#include "text/dates.h"

#include <string.h>

#define A_TURN 200

static char *borrow(const char *text)
{
    return (char *)(uintptr_t)text;
}

static int publish(struct tx *tx, const struct task_reminder *reminder, const char *title_zh, const char *title_en,
                   uint32_t unit_id, struct err *err)
{
    Bihuan__TaskReminded event = BIHUAN__TASK_REMINDED__INIT;
    char day[DATE_TEXT_MAX] = "";

    if (reminder->due_day != TASK_NO_DUE)
        date_print(day, reminder->due_day);
    event.kind = borrow(reminder->kind);
    event.id = borrow(reminder->id);
    event.title_zh = borrow(title_zh);
    event.title_en = borrow(title_en);
    event.unit_id = unit_id;
    event.person = borrow(reminder->person);
    event.due = day;
    event.stage = borrow(reminder->stage);
    event.by = borrow(reminder->by);
    event.note = borrow(reminder->note);
    return tx_publish(tx, 0, MSG(TASK_REMINDED), reminder->id, &event.base, err);
}

/* --- by time -------------------------------------------------------------------------------------------------------
 */
/* Nothing happens where it was published before. */
static int remind_once(struct tx *tx, const char *kind, const char *id, const char *person, const char *title,
                       uint32_t unit_id, int32_t due_day, bool overdue, struct err *err)
{
    const struct task_reminder reminder = { kind, id, person,  overdue ? "overdue" : "due_soon",
                                            "",   "", due_day, tx_now(tx) };
    bool is_new;

    if (task_store_remind(tx, &reminder, &is_new, err) != 0)
        return -1;
    return is_new ? publish(tx, &reminder, title, title, unit_id, err) : 0;
}

static int remind_outside(struct tx *tx, int32_t today, struct err *err)
{
    struct outside_task *rows;
    bool *overdue;
    size_t count;

    if (task_store_due(tx, today, today + cycle_lead_days(tx), A_TURN, &rows, &overdue, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (remind_once(tx, rows[i].kind, rows[i].id, rows[i].owner, rows[i].title, rows[i].unit_id, rows[i].due_day,
                        overdue[i], err) != 0)
            return -1;
    return 0;
}

static int remind_steps_of(struct tx *tx, const struct work_plan *plan, int32_t today, struct err *err)
{
    for (size_t i = 0; i < plan->body->n_steps; i++) {
        const Bihuan__PlanStep *step = plan->body->steps[i];
        struct err why;
        int32_t due;

        if (strcmp(step->state, "open") != 0 || date_parse(step->due, strlen(step->due), &due, &why) != 0 ||
            due > today + cycle_lead_days(tx))
            continue;
        if (remind_once(tx, "step", arena_printf(tx_arena(tx), "%s/%u", plan->body->code, step->number), step->owner,
                        plan->body->title, plan->unit_id, due, today > due, err) != 0)
            return -1;
    }
    return 0;
}

static int remind_steps(struct tx *tx, int32_t today, struct err *err)
{
    struct work_plan *rows;
    size_t count;

    if (plan_store_active(tx, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (rows[i].state == PLAN_APPROVED && remind_steps_of(tx, &rows[i], today, err) != 0)
            return -1;
    return 0;
}

/* That one has ended is published by guides' own timer. */
static int remind_certificates(struct tx *tx, int32_t today, struct err *err)
{
    struct ending_certificate *rows;
    size_t count;

    if (task_store_certificates(tx, "", today + 1, today + CERTIFICATE_SOON_DAYS, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct ref_product *product = refdata_product(refdata_of(tx), rows[i].product_id);

        if (remind_once(tx, "certificate", certificate_task_id(tx, &rows[i]), rows[i].person,
                        product ? product->name : "", rows[i].unit_id, rows[i].until_day, false, err) != 0)
            return -1;
    }
    return 0;
}

int tasks_timer(struct tx *tx, const void *message, struct err *err)
{
    int32_t today = cycle_today(tx);

    (void)message;
    return remind_outside(tx, today, err) != 0 || remind_steps(tx, today, err) != 0 ||
                   remind_certificates(tx, today, err) != 0
               ? -1
               : 0;
}

/* --- by hand -------------------------------------------------------------------------------------------------------
 */
/* Whoever plans everywhere, or holds a role at a unit above the task's. */
static int require_above(struct tx *tx, uint32_t unit_id, struct err *err)
{
    const struct tree *tree = refdata_tree(refdata_of(tx));
    const char *asker = tx_principal(tx)->person;
    int32_t today = cycle_today(tx);
    struct role_at *roles;
    size_t count;

    if (tx_may(tx, "plan.write") && !tx_principal(tx)->subtree[0])
        return 0;
    if (people_roles(tx, asker, today, &roles, &count, err) != 0)
        return -1;
    for (size_t i = 0; unit_id && i < count; i++)
        if (roles[i].unit_id != unit_id && tree_is_under(tree, unit_id, roles[i].unit_id, today))
            return 0;
    return err_fail(err, ERR_FORBIDDEN, "not_above", "\"%s\" holds no role above the task's unit, and lacks plan.write",
                    asker);
}

static const struct task *find_task(const struct tasks *tasks, const Bihuan__RemindTaskRequest *request)
{
    for (size_t i = 0; i < tasks->count; i++) {
        const Bihuan__Task *view = tasks->items[i].view;

        if (strcmp(view->kind, request->kind) == 0 && strcmp(view->id, request->id) == 0 &&
            (!request->unit[0] || strcmp(view->unit, request->unit) == 0))
            return &tasks->items[i];
    }
    return NULL;
}

int on_remind_task(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__RemindTaskRequest *request = message;
    Bihuan__RemindTaskReply reply = BIHUAN__REMIND_TASK_REPLY__INIT;
    const char *asker = tx_principal(tx)->person;
    const struct ref_unit *unit;
    const struct task *task;
    struct task_reminder reminder;
    struct tasks tasks;
    bool is_new;

    if (strcmp(request->person, asker) == 0)
        return err_fail(err, ERR_INVALID, "same_person", "nobody reminds themselves");
    if (tasks_gather(tx, request->person, &tasks, err) != 0)
        return -1;
    task = find_task(&tasks, request);
    unit = task ? refdata_unit_by_code(refdata_of(tx), task->view->unit) : NULL;
    if (require_above(tx, unit ? unit->id : 0, err) != 0)
        return -1;
    if (!task)
        return err_fail(err, ERR_NOT_FOUND, "no_task", "\"%s\" has no task \"%s\" of kind \"%s\"; see their list",
                        request->person, request->id, request->kind);
    reminder = (struct task_reminder) { request->kind, request->id,   request->person, "by_hand",
                                        asker,         request->note, task->due_day,   tx_now(tx) };
    if (task_store_remind(tx, &reminder, &is_new, err) != 0 ||
        publish(tx, &reminder, task->view->title_zh, task->view->title_en, unit ? unit->id : 0, err) != 0)
        return -1;
    task->view->reminders++;
    reply.task = task->view;
    return tx_reply(tx, &reply.base, err);
}
