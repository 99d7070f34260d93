/* holders: who holds a role at a unit on a day, as the unit that they sell by: their own (its code is theirs), or a
 * sales person's unit at which they hold a role that day. No I/O. */
#ifndef BIHUAN_INCENTIVE_HOLDERS_H
#define BIHUAN_INCENTIVE_HOLDERS_H

#include "refdata/refdata.h"

#include "bihuan/planning_organisation.pb-c.h"

#define HOLDERS_MAX 8 /* of one role at one unit that share; further ones, by code, don't */

struct holder {
    char *person, *role;
    uint32_t unit_id;
    int32_t from_day, until_day;
};

struct holders {
    struct holder *list; /* by person */
    size_t count, cap;
    bool sorted;
};

/* Puts the person's roles in the place of what was known. Roles at units that aren't known are passed over. */
void holders_put(struct holders *holders, const Bihuan__Person *person, const struct refdata *refdata);
/* Brings them into order; before the first question. */
void holders_settle(struct holders *holders);
void holders_clear(struct holders *holders);

/* Units of those who hold the role at the unit that day, by the code of the person, each unit once; returns how many.
 * A holder without a unit of their own is passed over. */
size_t holders_units(const struct holders *holders, const struct refdata *refdata, const char *role, uint32_t unit_id,
                     int32_t day, uint32_t units[HOLDERS_MAX]);

/* The unit that a person sells by on a day; 0 none. */
uint32_t holders_own_unit(const struct holders *holders, const struct refdata *refdata, const char *person,
                          int32_t day);

#endif
