/* cycle: what the files of this room share, and its handlers. See cycle_store.h for the structures.
 *
 * Queries hold planning's lock for reading while they use units and periods; handlers that write need none.
 */
#ifndef BIHUAN_SERVICES_PLANNING_CYCLE_H
#define BIHUAN_SERVICES_PLANNING_CYCLE_H

#include "planning/cycle/cycle_store.h"
#include "planning/organisation/people.h"
#include "planning/planning.h"

/* --- handlers --- */
int on_apply_cycle_templates(struct tx *tx, const void *message, struct err *err);
int on_list_cycle_templates(struct tx *tx, const void *message, struct err *err);
int on_open_cycle(struct tx *tx, const void *message, struct err *err);
int on_override_stage(struct tx *tx, const void *message, struct err *err);
int on_list_cycles(struct tx *tx, const void *message, struct err *err);
int on_get_cycle(struct tx *tx, const void *message, struct err *err);
int on_list_deliverables(struct tx *tx, const void *message, struct err *err);
int on_get_deliverable(struct tx *tx, const void *message, struct err *err);
int on_submit_deliverable(struct tx *tx, const void *message, struct err *err);
int on_return_deliverable(struct tx *tx, const void *message, struct err *err);
int on_approve_deliverable(struct tx *tx, const void *message, struct err *err);
int on_note_deliverable(struct tx *tx, const void *message, struct err *err);
int on_attach_file(struct tx *tx, const void *message, struct err *err);
int on_attach_guide_file(struct tx *tx, const void *message, struct err *err);
int on_get_attachment(struct tx *tx, const void *message, struct err *err);
int deliverables_timer(struct tx *tx, const void *message, struct err *err);

/* --- small things --- */
/* The business day of the handler. */
int32_t cycle_today(struct tx *tx);
/* Days before the due day from which on a thing counts as due: setting due_soon_days. */
int32_t cycle_lead_days(struct tx *tx);
/* The unit is in the asker's subtree today (everything is, for an asker without one). */
bool cycle_in_scope(struct tx *tx, uint32_t unit_id);
/* Runs a query with planning's lock held for reading. */
int cycle_read(struct tx *tx, handler_fn *query, const void *message, struct err *err);
const char *unit_code(struct tx *tx, uint32_t unit_id); /* "" unknown */

/* --- template.c --- */
/* NULL where there is none. *stage may be NULL. */
const Bihuan__DeliverableTemplate *template_deliverable(const Bihuan__CycleTemplate *template, const char *code,
                                                        int *stage);
const Bihuan__CycleRole *template_role(const Bihuan__CycleTemplate *template, const char *code);
/* The responsibilities of a role for a deliverable, as bits of enum duty. */
unsigned template_duties(const Bihuan__DeliverableTemplate *of, const char *role);

/* --- duties.c: what a person may --- */
struct held {
    struct role_at *roles; /* of the person, today */
    size_t count;
    const char *person;
};
/* The asker's roles. */
int duties_held(struct tx *tx, struct held *out, struct err *err);
/* The units where holding `role` counts for the deliverable: its own unit for the accountable role, else the role's
 * seats on its line of the tree, else all the role's seats. In the call's arena. */
size_t duties_units(struct tx *tx, const struct cycle *cycle, const struct deliverable *row, const char *role,
                    uint32_t **units);
struct duties {
    unsigned here, elsewhere;
};
/* *role (may be NULL): the role that gives one of `need`, "" none. */
struct duties duties_of(struct tx *tx, const struct cycle *cycle, const struct deliverable *row,
                        const struct held *held, unsigned need, const char **role);
/* "channel_office at O-CH (li, wang)": who has one of `need`; in the call's arena. */
int duties_who(struct tx *tx, const struct cycle *cycle, const struct deliverable *row, unsigned need, const char **out,
               struct err *err);

/* --- views.c: messages, in the call's arena --- */
Bihuan__Deliverable *deliverable_view(struct tx *tx, const struct cycle *cycle, const struct deliverable *row);
Bihuan__Cycle *cycle_view(struct tx *tx, const struct cycle *cycle, const struct deliverable *rows, size_t count);
Bihuan__StageState *stage_view(struct tx *tx, const struct cycle *cycle, size_t stage, const struct deliverable *rows,
                               size_t count);
/* All of a cycle's. */
int cycle_deliverables(struct tx *tx, const struct cycle *cycle, struct deliverable **rows, size_t *count,
                       struct err *err);

/* --- stages.c --- */
/* Opens and finishes stages as far as approvals go; publishes what moved. */
int stages_advance(struct tx *tx, struct cycle *cycle, struct err *err);

/* --- moves of one deliverable: deliver.c --- */
/* By its id "CYCLE:CODE:UNIT"; ERR_NOT_FOUND where there is none or it is out of the asker's scope. */
int deliverable_find(struct tx *tx, const char *id, struct cycle **cycle, struct deliverable **row, struct err *err);
/* Decides and writes one move; `body` is the text, reason, note or name of a file. The row is the new one behind it. */
int deliverable_do(struct tx *tx, struct cycle *cycle, struct deliverable *row, enum move move, uint32_t expected,
                   const char *body, const char *plan, struct err *err);
/* Only decides. */
int deliverable_may(struct tx *tx, const struct cycle *cycle, const struct deliverable *row, enum move move,
                    uint32_t expected, const char **role, enum work_state *next, struct err *err);

/* --- attachments.c --- */
enum attachment_owner { OWNER_DELIVERABLE = 0, OWNER_GUIDE };
/* Complete and not replaced, by name. */
int attachments_of(struct tx *tx, enum attachment_owner kind, int64_t owner, Bihuan__Attachment ***items, size_t *count,
                   struct err *err);

#endif
