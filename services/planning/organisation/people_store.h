/* people_store: the SQL of the roles that people hold. Days as in people.h; texts of results are in the call's arena.
 */
#ifndef BIHUAN_SERVICES_PLANNING_PEOPLE_STORE_H
#define BIHUAN_SERVICES_PLANNING_PEOPLE_STORE_H

#include "runtime/runtime.h"

struct person_role {
    const char *person, *role;
    uint32_t unit_id;
    int32_t from_day, until_day; /* until is exclusive, INT32_MAX open */
};

/* The roles of these people are now `rows`, and no others. */
int people_store_replace(struct tx *tx, const char *const *people, size_t people_count, const struct person_role *rows,
                         size_t count, struct err *err);
int people_store_holds(struct tx *tx, const char *person, const char *role, uint32_t unit_id, int32_t day, bool *holds,
                       struct err *err);
/* Of one person on a day, by role and unit. */
int people_store_of(struct tx *tx, const char *person, int32_t day, struct person_role **rows, size_t *count,
                    struct err *err);
/* At a unit: that hold on `day` or later, by person; role "" is any. With `only_then`: on that day alone. */
int people_store_at(struct tx *tx, uint32_t unit_id, const char *role, int32_t day, bool only_then,
                    struct person_role **rows, size_t *count, struct err *err);

#endif
