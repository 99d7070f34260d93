/* cycle_store: the SQL of cycles, stages, deliverables and their moves. All results are in the call's arena.
 *
 * Days are days since 1970-01-01, times microseconds UTC, 0 for none. Texts are never NULL. Errors: -1 with *err, the
 * transaction is then lost.
 */
#ifndef BIHUAN_SERVICES_PLANNING_CYCLE_STORE_H
#define BIHUAN_SERVICES_PLANNING_CYCLE_STORE_H

#include "planning/cycle/moves.h"
#include "runtime/runtime.h"

#include "bihuan/planning_cycle.pb-c.h"

struct cycle_stage {
    enum stage_state state;
    int64_t opened_at;
    const char *overridden_by, *reason;
};

struct cycle_seat {
    const char *role;
    uint32_t unit_id;
};

struct cycle {
    uint32_t id;
    const char *code;
    uint32_t period_id;
    Bihuan__CycleTemplate *template;
    bool done;
    const char *opened_by;
    int64_t opened_at;
    struct cycle_stage *stages; /* one for each of the template's */
    struct cycle_seat *seats;   /* by role and unit */
    size_t seat_count;
};

struct deliverable {
    int64_t id;
    uint32_t cycle_id;
    int stage; /* place in the template */
    const char *code;
    uint32_t unit_id;
    int32_t due_day;
    enum work_state state;
    enum shown_state announced;
    int32_t next_day;
    uint32_t revision;
    const char *body, *plan;
    const char *submitted_by;
    int64_t submitted_at;
    bool late;
    uint32_t returns;
    const char *reason;
    const char *approved_by;
    int64_t approved_at;
};

struct deliverable_move {
    uint32_t revision;
    enum move move;
    const char *person, *role;
    int64_t at;
    const char *body;
};

/* Inserts cycle, seats and stages; sets cycle->id. */
int cycle_store_insert(struct tx *tx, struct cycle *cycle, struct err *err);
/* By code, or by id where code is NULL; *out NULL where there is none. */
int cycle_store_get(struct tx *tx, const char *code, uint32_t id, struct cycle **out, struct err *err);
/* Codes behind `after`, in order; state -1 any, 0 open, 1 done; period_id 0 any. */
int cycle_store_codes(struct tx *tx, int done, uint32_t period_id, const char *after, uint32_t limit,
                      const char ***codes, size_t *count, struct err *err);
int cycle_store_put_stage(struct tx *tx, uint32_t cycle_id, int ordinal, const struct cycle_stage *stage,
                          struct err *err);
int cycle_store_set_done(struct tx *tx, uint32_t cycle_id, struct err *err);

/* Inserts; sets their ids. */
int deliverable_store_insert(struct tx *tx, struct deliverable *rows, size_t count, struct err *err);
int deliverable_store_update(struct tx *tx, const struct deliverable *row, struct err *err);
int deliverable_store_get(struct tx *tx, uint32_t cycle_id, const char *code, uint32_t unit_id,
                          struct deliverable **out, struct err *err);
/* By id behind `after`; cycle_id or unit_id 0: any. */
int deliverable_store_page(struct tx *tx, uint32_t cycle_id, uint32_t unit_id, int64_t after, uint32_t limit,
                           struct deliverable **rows, size_t *count, struct err *err);
/* Whose it is; 0 where there is none of that id. */
int deliverable_store_unit(struct tx *tx, int64_t id, uint32_t *unit_id, struct err *err);
/* Those of open cycles that aren't approved. */
int deliverable_store_unfinished(struct tx *tx, struct deliverable **rows, size_t *count, struct err *err);
/* Those that time moves on `day` or has moved before. */
int deliverable_store_moving(struct tx *tx, int32_t day, uint32_t limit, struct deliverable **rows, size_t *count,
                             struct err *err);

int deliverable_store_add_move(struct tx *tx, int64_t deliverable_id, const struct deliverable_move *move,
                               struct err *err);
int deliverable_store_moves(struct tx *tx, int64_t deliverable_id, struct deliverable_move **rows, size_t *count,
                            struct err *err);
/* The person has submitted it at any time. */
int deliverable_store_wrote(struct tx *tx, int64_t deliverable_id, const char *person, bool *wrote, struct err *err);

#endif
