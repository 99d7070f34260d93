/* people: who holds which role at which unit on a day.
 *
 * A role is any code; a unit is planning's id. Days are days since 1970-01-01; a role holds in [from, until) and never
 * from the day on that the person leaves. Both may be asked in handlers and in queries; they read the tables of the
 * transaction. Errors: -1 with *err only where the data base fails; an unknown person holds nothing.
 */
#ifndef BIHUAN_SERVICES_PLANNING_PEOPLE_H
#define BIHUAN_SERVICES_PLANNING_PEOPLE_H

#include "runtime/runtime.h"

#include "bihuan/planning_organisation.pb-c.h"

/* *holds: `person` holds `role` at exactly this unit on that day. */
int people_holds(struct tx *tx, const char *person, const char *role, uint32_t unit_id, int32_t day, bool *holds,
                 struct err *err);

struct role_at {
    const char *role;
    uint32_t unit_id;
};
/* Every role that the person holds on that day, by role and unit; in the call's arena. */
int people_roles(struct tx *tx, const char *person, int32_t day, struct role_at **list, size_t *count, struct err *err);

/* Codes of those who hold `role` at exactly this unit on that day, in order; in the call's arena. */
int people_with(struct tx *tx, const char *role, uint32_t unit_id, int32_t day, const char ***people, size_t *count,
                struct err *err);

/* Adds problems about one person's roles and leave; brings `person->roles` together with those of `old` (NULL none). */
void people_complete(struct tx *tx, Bihuan__Person *person, const Bihuan__Person *old, const char *pointer);

/* Applies people as on_apply_people does, without answering: stored, published unless dry_run. */
struct documents_result;
int people_apply(struct tx *tx, bool dry_run, Bihuan__Person **items, size_t count, struct documents_result *result,
                 struct err *err);

#endif
