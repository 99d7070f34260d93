/* tasks: one list of what a person has to do, worked out from what waits for the person's roles. */
#include "planning/tasks/tasks.h"

#include "planning/guides/guide_store.h"
#include "planning/guides/material_store.h"
#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 200
#define LIMIT_MAX     1000

const char *in_language(struct tx *tx, const char *en, const char *zh)
{
    return strcmp(tx_language(tx), "zh") == 0 ? zh : en;
}

void tasks_add(struct tx *tx, struct tasks *tasks, const char *kind, const char *id, const char *title_zh,
               const char *title_en, uint32_t unit_id, int32_t due_day, const char *what)
{
    const struct planning *planning = tx_state(tx);
    const struct ref_unit *unit = refdata_unit(planning->refdata, unit_id);
    Bihuan__Task *view = arena_new(tx_arena(tx), Bihuan__Task);
    char day[DATE_TEXT_MAX] = "";

    if (tasks->count == tasks->cap) {
        struct task *more = arena_array(tx_arena(tx), struct task, tasks->cap * 2 + 64);

        if (tasks->count)
            memcpy(more, tasks->items, tasks->count * sizeof *more);
        tasks->items = more;
        tasks->cap = tasks->cap * 2 + 64;
    }
    if (due_day != TASK_NO_DUE)
        date_print(day, due_day);
    bihuan__task__init(view);
    view->kind = (char *)(uintptr_t)kind;
    view->id = (char *)(uintptr_t)id;
    view->title_zh = (char *)(uintptr_t)title_zh;
    view->title_en = (char *)(uintptr_t)title_en;
    view->unit = arena_strdup(tx_arena(tx), unit ? unit->code : "");
    view->unit_name = arena_strdup(tx_arena(tx), unit ? unit->name : "");
    view->due = arena_strdup(tx_arena(tx), day);
    view->overdue = tasks->today > due_day;
    view->what = (char *)(uintptr_t)what;
    tasks->items[tasks->count++] = (struct task) { view, due_day };
}

bool tasks_owned(const struct tasks *tasks, const char *owner)
{
    for (size_t i = 0; i < tasks->people_count; i++)
        if (strcmp(tasks->people[i], owner) == 0)
            return true;
    return false;
}

bool tasks_at(const struct tasks *tasks, uint32_t unit_id)
{
    for (size_t i = 0; i < tasks->held.count; i++)
        if (tasks->held.roles[i].unit_id == unit_id)
            return true;
    return false;
}

/* --- deliverables --- */

static int add_submitted(struct tx *tx, struct tasks *tasks, const struct deliverable *row, unsigned here,
                         const Bihuan__Deliverable *view, struct err *err)
{
    bool wrote;

    if (!(here & DUTY_RETURNS))
        return 0;
    if (deliverable_store_wrote(tx, row->id, tasks->person, &wrote, err) != 0)
        return -1;
    if ((here & DUTY_APPROVE) && !wrote)
        tasks_add(tx, tasks, "approve", view->id, view->title_zh, view->title_en, row->unit_id, row->due_day,
                  in_language(tx, "approve it or return it with a reason", "批准，或说明原因退回"));
    else if (here & DUTY_REVIEW)
        tasks_add(tx, tasks, "review", view->id, view->title_zh, view->title_en, row->unit_id, row->due_day,
                  in_language(tx, "review it; return it with a reason where it isn't right",
                              "审核；不符合要求的说明原因退回"));
    return 0;
}

static int add_deliverable(struct tx *tx, struct tasks *tasks, const struct cycle *cycle, const struct deliverable *row,
                           struct err *err)
{
    struct duties duties = duties_of(tx, cycle, row, &tasks->held, DUTY_ANY, NULL);
    const Bihuan__Deliverable *view;
    const char *what;

    if (!duties.here || cycle->stages[row->stage].state == STAGE_WAITING)
        return 0;
    view = deliverable_view(tx, cycle, row);
    if (row->state == WORK_SUBMITTED)
        return add_submitted(tx, tasks, row, duties.here, view, err);
    if (!(duties.here & DUTY_WRITES))
        return 0;
    what = in_language(tx, view->what_en, view->what_zh);
    if (row->state == WORK_RETURNED)
        what = arena_printf(tx_arena(tx), "%s%s", in_language(tx, "mend it and submit it again: ", "修改后重新提交："),
                            row->reason);
    else if (!what[0])
        what = in_language(tx, "submit it", "提交");
    tasks_add(tx, tasks, "submit", view->id, view->title_zh, view->title_en, row->unit_id, row->due_day, what);
    return 0;
}

static int from_deliverables(struct tx *tx, struct tasks *tasks, struct err *err)
{
    struct cycle *cycle = NULL, **seen;
    struct deliverable *rows;
    size_t count, seen_count = 0;

    if (deliverable_store_unfinished(tx, &rows, &count, err) != 0)
        return -1;
    seen = arena_array(tx_arena(tx), struct cycle *, count + 1);
    for (size_t i = 0; i < count; i++) {
        cycle = NULL;
        for (size_t k = 0; k < seen_count && !cycle; k++)
            cycle = seen[k]->id == rows[i].cycle_id ? seen[k] : NULL;
        if (!cycle) {
            if (cycle_store_get(tx, NULL, rows[i].cycle_id, &cycle, err) != 0)
                return -1;
            if (!cycle)
                return err_set(err, "a deliverable of cycle %u has no cycle", rows[i].cycle_id);
            seen[seen_count++] = cycle;
        }
        if (add_deliverable(tx, tasks, cycle, &rows[i], err) != 0)
            return -1;
    }
    return 0;
}

/* --- guides --- */

static int from_guides(struct tx *tx, struct tasks *tasks, struct err *err)
{
    uint32_t *units = arena_array(tx_arena(tx), uint32_t, tasks->held.count + 1), *of;
    struct guide *guides;
    size_t count;

    for (size_t i = 0; i < tasks->held.count; i++)
        units[i] = tasks->held.roles[i].unit_id;
    if (guide_store_waiting(tx, units, tasks->held.count, &guides, &of, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        tasks_add(tx, tasks, "acknowledge", guides[i].body->code, guides[i].body->title_zh, guides[i].body->title_en,
                  of[i], guides[i].due_day,
                  guides[i].body->question
                      ? in_language(tx, "read it, answer its question and acknowledge it", "阅读、回答问题并确认")
                      : in_language(tx, "read it and acknowledge it", "阅读并确认"));
    return 0;
}

/* --- materials --- */

static int from_materials(struct tx *tx, struct tasks *tasks, struct err *err)
{
    uint32_t *units = arena_array(tx_arena(tx), uint32_t, tasks->held.count + 1), *confirm_at;
    struct material *rows;
    size_t count;

    for (size_t i = 0; i < tasks->held.count; i++)
        units[i] = tasks->held.roles[i].unit_id;
    if (material_store_waiting(tx, units, tasks->held.count, &rows, &confirm_at, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        static const char *const en[] = { "design it", "localise or ship it", "ship it", "confirm its arrival" };
        static const char *const zh[] = { "完成设计", "本地化或配送", "配送", "确认到货" };

        tasks_add(tx, tasks, "material", rows[i].body->code, rows[i].body->title_zh, rows[i].body->title_en,
                  confirm_at[i] ? confirm_at[i] : rows[i].step_unit, rows[i].needed_day,
                  in_language(tx, en[rows[i].state], zh[rows[i].state]));
    }
    return 0;
}

/* --- the list --- */

static int by_due(const void *a, const void *b)
{
    const struct task *x = a, *y = b;
    int order;

    if (x->due_day != y->due_day)
        return x->due_day < y->due_day ? -1 : 1;
    order = strcmp(x->view->kind, y->view->kind);
    if (!order)
        order = strcmp(x->view->id, y->view->id);
    return order ? order : strcmp(x->view->unit, y->view->unit);
}

typedef int source_fn(struct tx *tx, struct tasks *tasks, struct err *err);
static source_fn *const sources[] = {
    from_deliverables,   from_guides,      from_materials,          tasks_from_plans,     tasks_from_outside,
    tasks_from_versions, tasks_from_talks, tasks_from_certificates, tasks_from_unbalanced
};

static int count_reminders(struct tx *tx, struct tasks *tasks, struct err *err)
{
    const char **kinds = arena_array(tx_arena(tx), const char *, tasks->count);
    const char **ids = arena_array(tx_arena(tx), const char *, tasks->count);
    uint32_t *reminders = arena_array(tx_arena(tx), uint32_t, tasks->count);

    for (size_t i = 0; i < tasks->count; i++) {
        kinds[i] = tasks->items[i].view->kind;
        ids[i] = tasks->items[i].view->id;
    }
    if (task_store_reminders(tx, tasks->person, kinds, ids, tasks->count, reminders, err) != 0)
        return -1;
    for (size_t i = 0; i < tasks->count; i++)
        tasks->items[i].view->reminders = reminders[i];
    return 0;
}

int tasks_gather(struct tx *tx, const char *person, struct tasks *tasks, struct err *err)
{
    *tasks = (struct tasks) { .person = person, .today = cycle_today(tx) };
    tasks->held.person = person;
    if (people_roles(tx, person, tasks->today, &tasks->held.roles, &tasks->held.count, err) != 0 ||
        task_store_heirs(tx, person, tasks->today, &tasks->people, &tasks->people_count, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (sources[i](tx, tasks, err) != 0)
            return -1;
    if (tasks->count == 0)
        return 0;
    qsort(tasks->items, tasks->count, sizeof *tasks->items, by_due);
    return count_reminders(tx, tasks, err);
}

static int list_tasks(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListTasksRequest *request = message;
    Bihuan__ListTasksReply reply = BIHUAN__LIST_TASKS_REPLY__INIT;
    const char *asker = tx_principal(tx)->person;
    const char *person = request->person[0] ? request->person : asker;
    size_t limit = request->limit ? request->limit : LIMIT_DEFAULT;
    struct tasks tasks;

    if (strcmp(person, asker) != 0 && (!tx_may(tx, "plan.write") || tx_principal(tx)->subtree[0]))
        return err_fail(err, ERR_FORBIDDEN, "permission", "\"%s\" may see the own tasks only; others' need plan.write",
                        asker);
    if (tasks_gather(tx, person, &tasks, err) != 0)
        return -1;
    limit = limit < LIMIT_MAX ? limit : LIMIT_MAX;
    reply.total = (uint32_t)tasks.count;
    reply.items = arena_array(tx_arena(tx), Bihuan__Task *, limit + 1);
    for (size_t i = 0; i < tasks.count; i++) {
        reply.overdue += tasks.items[i].view->overdue;
        if (reply.n_items < limit)
            reply.items[reply.n_items++] = tasks.items[i].view;
    }
    return tx_reply(tx, &reply.base, err);
}

int on_list_tasks(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, list_tasks, message, err);
}
