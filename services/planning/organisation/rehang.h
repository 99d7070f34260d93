/* rehang: what a merger, closure or hand-over changes about one unit or one person. Pure: no I/O, no clock.
 *
 * Results are items as a request would bring them (see Unit and Person in the contract): only the relations, dotted
 * lines and roles that change, to be joined with what is kept; a line or role whose until is its from is taken away.
 * Days:      texts yyyy-MM-dd, which sort as they are; until is exclusive, "" open.
 * Memory:    results are in the arena and borrow texts of their inputs.
 */
#ifndef BIHUAN_SERVICES_PLANNING_REHANG_H
#define BIHUAN_SERVICES_PLANNING_REHANG_H

#include "base/arena.h"

#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_organisation.pb-c.h"

/* What changes about `unit` when `gone` gives its children and those it guides to `heir` from a day on: relations to it
 * that hold on that day or later go to the heir; the same for dotted lines, which only end where the heir is NULL or
 * the unit itself. NULL: nothing changes. */
Bihuan__Unit *rehang_unit(struct arena *arena, const Bihuan__Unit *unit, const char *gone, const char *heir,
                          const char *from);

/* A copy of `unit` that stands under `parent` from that day on for good: later relations go there too. */
Bihuan__Unit *rehang_under(struct arena *arena, const Bihuan__Unit *unit, const char *parent, const char *from);

/* What changes about `person` when the roles at `gone` (NULL: at any unit) end on a day; with an heir they go on there,
 * unless the person holds that role there at that time anyway. NULL: nothing changes. */
Bihuan__Person *rehang_roles(struct arena *arena, const Bihuan__Person *person, const char *gone, const char *heir,
                             const char *from);

/* What changes about `successor` who takes over every role that `leaver` would have held from that day on. */
Bihuan__Person *rehang_take_over(struct arena *arena, const Bihuan__Person *successor, const Bihuan__Person *leaver,
                                 const char *from);

#endif
