/* tasks: what the files of this room share: sources of a person's list, reminders; and its handlers.
 *
 * A list is worked out when it is asked for. What other services own (monitoring's corrective actions, feedback's
 * opportunities) is kept here as their events say it.
 */
#ifndef BIHUAN_SERVICES_PLANNING_TASKS_H
#define BIHUAN_SERVICES_PLANNING_TASKS_H

#include "planning/plans/plans.h"
#include "planning/tasks/task_store.h"

#include "bihuan/planning_cycle.pb-c.h"

#define CERTIFICATE_SOON_DAYS 30 /* before it ends, training is a task */

/* --- handlers --- */
int on_remind_task(struct tx *tx, const void *message, struct err *err);
int on_action_changed(struct tx *tx, const void *message, struct err *err);
int on_opportunity_changed(struct tx *tx, const void *message, struct err *err);
/* Publishes what became due soon or overdue, each once. */
int tasks_timer(struct tx *tx, const void *message, struct err *err);

/* --- sources, beside those of work.h --- */
int tasks_from_outside(struct tx *tx, struct tasks *tasks, struct err *err);
int tasks_from_versions(struct tx *tx, struct tasks *tasks, struct err *err);
int tasks_from_unbalanced(struct tx *tx, struct tasks *tasks, struct err *err);
int tasks_from_talks(struct tx *tx, struct tasks *tasks, struct err *err);
int tasks_from_certificates(struct tx *tx, struct tasks *tasks, struct err *err);

/* The whole list of a person, by due day. */
int tasks_gather(struct tx *tx, const char *person, struct tasks *tasks, struct err *err);

/* A certificate's name among tasks: product and the day on which it ends. */
const char *certificate_task_id(struct tx *tx, const struct ending_certificate *of);

#endif
