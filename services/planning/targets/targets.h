/* targets: what the handlers of this room share: codes and ids, amounts and texts, the version in the works, acts. */
#ifndef BIHUAN_SERVICES_PLANNING_TARGETS_H
#define BIHUAN_SERVICES_PLANNING_TARGETS_H

#include "planning/planning.h"
#include "planning/ledger/cells.h"
#include "planning/targets/outline.h"
#include "planning/versions/version_store.h"

#include "bihuan/planning_targets.pb-c.h"

/* A query's body with the lock held: what it reads of memory stays as it is. */
#define read_locked(tx, fn, message, err)                                                                              \
    (pthread_rwlock_rdlock(&planning_of(tx)->lock), read_unlock(tx, fn(tx, message, err)))
static inline struct planning *planning_of(struct tx *tx);
static inline int read_unlock(struct tx *tx, int rc)
{
    pthread_rwlock_unlock(&planning_of(tx)->lock);
    return rc;
}

/* --- codes and ids --- */
static inline struct planning *planning_of(struct tx *tx)
{
    return tx_state(tx);
}
/* A cell as a request names it. */
struct cell_name {
    const char *period, *unit, *channel, *product, *measure;
};
struct cell_ref {
    const struct ref_period *period;
    const struct ref_unit *unit;
    const struct ref_measure *measure;
    struct slice_key key;
};
/* Unknown codes become problems below `pointer`, whose fields begin with `prefix` ("from_"); members are then NULL.
 * A name's period or unit may be NULL: it isn't looked up. */
void read_cell_name(struct tx *tx, const char *pointer, const char *prefix, const struct cell_name *name,
                    struct cell_ref *out);

/* ERR_NOT_FOUND, or 0. code "": *out NULL. */
int find_period(struct tx *tx, const char *code, const struct ref_period **out, struct err *err);
int find_unit(struct tx *tx, const char *code, const struct ref_unit **out, struct err *err);
int find_measure(struct tx *tx, const char *code, const struct ref_measure **out, struct err *err);

/* In the call's arena; "" for unknown ids and 0. */
char *code_of_unit(struct tx *tx, uint32_t id);
char *code_of_channel(struct tx *tx, uint32_t id);
char *code_of_product(struct tx *tx, uint32_t id);
char *code_of_measure(struct tx *tx, uint32_t id);
char *code_of_period(struct tx *tx, uint32_t id);

int scale_of(struct tx *tx, uint32_t measure_id);
/* Whether what parts have over the axis is what the whole has: of a ratio over none, of what shows the end of a period
 * over all but periods. Where not, a target is a level: the same for a part as for the whole; nothing is summed, shared
 * out, or moved from one to another. measure 0: yes. */
bool adds_up(struct tx *tx, uint32_t measure_id, enum axis over);
/* Decimal text of an amount; signed: with + too. */
/* "measure ..., channel ..., product ... in period ...", for refusals. */
char *slice_words(struct tx *tx, const struct slice_key *key, const struct ref_period *period);
char *amount_text(struct tx *tx, uint32_t measure_id, int64_t amount);
char *signed_text(struct tx *tx, uint32_t measure_id, int64_t amount);
/* The most that is taken as an amount, in stored units (10^-scale): 100 thousand million at scale 4, far above what one
 * row of facts may say (2^44). A double and a sheet's cell have it exactly, and 9,000 of them add up within 64 bits. */
#define AMOUNT_MAX INT64_C(1000000000000000)
/* A problem, and false, unless the text is an amount of at least `least` and at most AMOUNT_MAX. */
bool read_amount(struct tx *tx, const char *pointer, uint32_t measure_id, const char *text, int64_t least,
                 int64_t *out);

/* --- who sees what --- */
/* The asker's subtree holds the unit today (`strictly`: a unit above it). */
bool in_scope(struct tx *tx, uint32_t unit_id, bool strictly);
/* The same by the tree of the period's first day, as its plan goes: whose unit it is for what concerns that plan. NULL:
 * no plan is concerned, today's. */
bool in_scope_of(struct tx *tx, const struct ref_period *period, uint32_t unit_id, bool strictly);

/* --- versions --- */
/* The draft that may be changed. Where nothing is in the works one is opened that begins as the published version;
 * with dry_run it isn't, and works->version is 0. ERR_CONFLICT where a submitted or approved version waits. *begins_as:
 * the version whose cells it has (the published one where it wasn't opened). */
int works_for_change(struct tx *tx, const struct ref_period *period, const char *reason, bool dry_run,
                     struct version_row *works, uint32_t *begins_as, struct err *err);
/* The same before these are booked in it, as they will be: of slices that they write anew a draft that is opened begins
 * with nothing. */
int works_for_changes(struct tx *tx, const struct ref_period *period, const char *reason, struct slice_change *changes,
                      size_t count, struct version_row *works, struct err *err);
/* The version asked for; 0: in the works, else the last published. ERR_NOT_FOUND where there is none. */
int version_to_read(struct tx *tx, const struct ref_period *period, uint32_t version, struct version_row *out,
                    struct err *err);
/* The installation publishes approved versions only, by others than who had a part in them. */
bool version_needs_approval(struct tx *tx);
/* ERR_FORBIDDEN where the asker ever submitted the version or changed a target in it; `verb`: what they can't. */
int version_by_another(struct tx *tx, const struct version_row *works, const char *verb, struct err *err);
/* The version as it is shown, with its steps, consents and calendar. */
int version_message(struct tx *tx, const struct version_row *row, Bihuan__PlanVersion **out, struct err *err);
/* Takes a step: writes the version and the step, publishes it. */
int version_step(struct tx *tx, struct version_row *row, const char *to, const char *reason, struct err *err);

/* --- acts --- */
struct act {
    uint32_t period_id, version;
    const char *kind, *reason;
    const ProtobufCMessage *spec;
};
/* How many cells would change. */
uint32_t act_changes(struct slice_change *changes, size_t count);
/* Writes what changed of the slices, and who did it why. Slices without changes are left out; *number 0: nothing
 * changed. */
int book_act(struct tx *tx, const struct act *act, struct slice_change *changes, size_t count, uint64_t *number,
             uint32_t *changed, struct err *err);

/* An act that changes no cell, but the plan. */
int book_note(struct tx *tx, const struct act *act, struct err *err);

/* By unit id: closed on the day. */
bool *closed_units(struct tx *tx, int32_t day);
/* The tree of the period's first day, all units that are open then. Made for each call. */
void period_outline(struct tx *tx, const struct ref_period *period, struct outline *out);

/* A page's cursor of up to 6 numbers with dots between; NULL page or "" leaves them 0. */
int read_cursor(const Bihuan__Page *page, uint32_t *numbers, size_t count, struct err *err);
char *make_cursor(struct tx *tx, const uint32_t *numbers, size_t count);

#endif
