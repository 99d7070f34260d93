/* work: what people have to do: tasks, local and account plans, requests for materials; the handlers of this room. */
#ifndef BIHUAN_SERVICES_PLANNING_WORK_H
#define BIHUAN_SERVICES_PLANNING_WORK_H

#include "planning/cycle/cycle.h"

/* --- handlers --- */
int on_list_tasks(struct tx *tx, const void *message, struct err *err);

/* --- tasks/tasks.c: a list that sources add to --- */
struct task {
    Bihuan__Task *view;
    int32_t due_day;
};
struct tasks {
    const char *person;
    const char **people; /* the person, and those from whom they took over */
    size_t people_count;
    struct held held; /* the person's roles today */
    int32_t today;
    struct task *items;
    size_t count, cap;
};
#define TASK_NO_DUE INT32_MAX
/* Adds one; texts are borrowed for the call. due_day TASK_NO_DUE: none. `what` is in the asker's language. */
void tasks_add(struct tx *tx, struct tasks *tasks, const char *kind, const char *id, const char *title_zh,
               const char *title_en, uint32_t unit_id, int32_t due_day, const char *what);
/* Whether what the owner has to do is the person's: they are it, or took over from them. */
bool tasks_owned(const struct tasks *tasks, const char *owner);
/* Whether the person holds a role at exactly this unit. */
bool tasks_at(const struct tasks *tasks, uint32_t unit_id);
/* The text in the language of the request. */
const char *in_language(struct tx *tx, const char *en, const char *zh);

#endif
