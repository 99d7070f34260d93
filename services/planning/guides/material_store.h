/* material_store: the SQL of materials. Results in the call's arena; -1 loses the transaction. */
#ifndef BIHUAN_SERVICES_PLANNING_MATERIAL_STORE_H
#define BIHUAN_SERVICES_PLANNING_MATERIAL_STORE_H

#include "planning/guides/material_steps.h"
#include "runtime/runtime.h"

#include "bihuan/planning_cycle.pb-c.h"

struct material {
    int64_t id;
    enum material_state state;
    uint32_t revision, unit_id, step_unit;
    int32_t needed_day;
    Bihuan__Material *body; /* as requested; addressed and confirmed as they are */
};

struct material_move {
    uint32_t revision;
    enum material_state state;
    const char *person;
    uint32_t unit_id;
    int64_t at;
    const char *note;
};

/* Inserts with its addressees; sets the id. */
int material_store_insert(struct tx *tx, struct material *material, const uint32_t *units, size_t count,
                          struct err *err);
/* *out NULL where there is none. */
int material_store_get(struct tx *tx, const char *code, struct material **out, struct err *err);
/* State, revision and step_unit. */
int material_store_update(struct tx *tx, const struct material *material, struct err *err);
/* By id downwards, below `before`; state -1 and unit 0: any; of those with an addressee, asking or stepping unit in
 * scope (NULL: all). */
int material_store_page(struct tx *tx, int state, uint32_t unit_id, const uint32_t *scope, size_t scope_count,
                        int64_t before, uint32_t limit, struct material **rows, size_t *count, struct err *err);
/* An addressee, or the unit that asked or whose step is next, is in scope (NULL: all). */
int material_store_in_scope(struct tx *tx, int64_t material_id, const uint32_t *scope, size_t scope_count, bool *yes,
                            struct err *err);
int material_store_add_move(struct tx *tx, int64_t material_id, const struct material_move *move, struct err *err);
int material_store_moves(struct tx *tx, int64_t material_id, struct material_move **rows, size_t *count,
                         struct err *err);
/* Marks an addressee. *was: 0 it is none, 1 marked now, 2 it was marked before. */
int material_store_confirm(struct tx *tx, int64_t material_id, uint32_t unit_id, const char *person, int64_t at,
                           const char *note, int *was, struct err *err);
/* Addressees that haven't confirmed. */
int material_store_missing(struct tx *tx, int64_t material_id, uint32_t **units, size_t *count, struct err *err);
/* Whose next step is one of the units'; and shipped ones that one of them hasn't confirmed: its unit, else 0. */
int material_store_waiting(struct tx *tx, const uint32_t *units, size_t unit_count, struct material **rows,
                           uint32_t **confirm_at, size_t *count, struct err *err);

#endif
