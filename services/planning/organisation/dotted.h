/* dotted: functional guidance beside the tree: dated lines from a unit to those that guide it. */
#ifndef BIHUAN_SERVICES_PLANNING_DOTTED_H
#define BIHUAN_SERVICES_PLANNING_DOTTED_H

#include "runtime/runtime.h"

#include "bihuan/planning.pb-c.h"

/* Adds problems about the lines of a request but for units that are not known yet. */
void dotted_check(struct tx *tx, const char *pointer, const Bihuan__Unit *unit);
/* Brings the unit's lines together with those of `old` (NULL none): by to, kind, from. */
void dotted_merge(struct tx *tx, Bihuan__Unit *unit, const Bihuan__Unit *old);
/* A line to `to` holds on `day` (yyyy-MM-dd). */
bool dotted_holds(const Bihuan__Unit *unit, const char *to, const char *day);

#endif
