/* task_store: the SQL of tasks that other services own, of what waits with targets, and of reminders. Results in the
 * call's arena; -1 loses the transaction. */
#ifndef BIHUAN_SERVICES_PLANNING_TASK_STORE_H
#define BIHUAN_SERVICES_PLANNING_TASK_STORE_H

#include "runtime/runtime.h"

struct outside_task {
    const char *kind, *id, *owner, *title, *state;
    uint32_t unit_id;
    int32_t due_day;
    bool open;
};
int task_store_put(struct tx *tx, const struct outside_task *task, struct err *err);
/* Open ones that belong to one of the people, or to nobody and one of the units. */
int task_store_of(struct tx *tx, const char *const *people, size_t people_count, const uint32_t *units,
                  size_t unit_count, struct outside_task **rows, size_t *count, struct err *err);

/* Versions of targets that wait to be approved or published. */
struct waiting_version {
    uint32_t period_id, version;
    bool approved;
};
int task_store_versions(struct tx *tx, struct waiting_version **rows, size_t *count, struct err *err);
/* Those that a reorganisation left unbalanced, and nothing since then balanced; none is `approved`. */
int task_store_unbalanced(struct tx *tx, struct waiting_version **rows, size_t *count, struct err *err);
/* Units whose targets of a draft wait for their answer, or for one to their request. */
struct waiting_talk {
    uint32_t period_id, version, unit_id;
    bool asked;
};
int task_store_talks(struct tx *tx, struct waiting_talk **rows, size_t *count, struct err *err);
/* The person's certificates that end on first..last, without another that goes on. */
struct ending_certificate {
    const char *person;
    uint32_t product_id, unit_id;
    int32_t until_day;
};
int task_store_certificates(struct tx *tx, const char *person, int32_t first, int32_t last,
                            struct ending_certificate **rows, size_t *count, struct err *err);

/* The person, and those from whom they took over by the day. */
int task_store_heirs(struct tx *tx, const char *person, int32_t day, const char ***people, size_t *count,
                     struct err *err);
int task_store_add_heir(struct tx *tx, const char *person, const char *successor, int32_t day, struct err *err);

struct task_reminder {
    const char *kind, *id, *person, *stage, *by, *note;
    int32_t due_day; /* INT32_MAX none */
    int64_t at;
};
/* *is_new: it wasn't there yet; by hand it always is. */
int task_store_remind(struct tx *tx, const struct task_reminder *reminder, bool *is_new, struct err *err);
/* Open tasks of other services that became due soon (on `soon` or before) or overdue (before `today`) without a
 * reminder; overdue[i]: which. */
int task_store_due(struct tx *tx, int32_t today, int32_t soon, uint32_t limit, struct outside_task **rows,
                   bool **overdue, size_t *count, struct err *err);
/* How often the person was reminded of the task by hand. */
int task_store_reminders(struct tx *tx, const char *person, const char *const *kinds, const char *const *ids,
                         size_t count, uint32_t *reminders, struct err *err);

#endif
