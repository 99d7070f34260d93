/* people_store: who holds which role at which unit, as planning published it. */
#ifndef BIHUAN_SERVICES_MONITORING_PEOPLE_STORE_H
#define BIHUAN_SERVICES_MONITORING_PEOPLE_STORE_H

#include "runtime/runtime.h"

#include "bihuan/planning_organisation.pb-c.h"

/* Replaces all roles of a person. */
int people_store_put(struct tx *tx, const Bihuan__Person *person, struct err *err);
/* Codes of those who hold the role at the unit on a day, in order; in the call's arena. */
int people_store_with(struct tx *tx, const char *role, const char *unit, int32_t day, const char ***people,
                      size_t *count, struct err *err);
/* "name (code)", or the code alone where no name is known; in the call's arena. */
int people_store_name(struct tx *tx, const char *person, char **out, struct err *err);

#endif
