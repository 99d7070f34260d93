/* set_store: the SQL of which periods recorded cuts tie together, and of their versions in the works. */
#ifndef BIHUAN_SERVICES_PLANNING_SET_STORE_H
#define BIHUAN_SERVICES_PLANNING_SET_STORE_H

#include "runtime/runtime.h"

/* A period that is tied to another one: whole and one of its parts, by some cut over periods. In the call's arena. */
struct set_tie {
    uint32_t whole, part;
};
int set_store_ties(struct tx *tx, struct set_tie **ties, size_t *count, struct err *err);

/* Periods that have a version in the works (draft, submitted, approved), ascending. In the call's arena. */
int set_store_open(struct tx *tx, uint32_t **periods, size_t *count, struct err *err);

#endif
