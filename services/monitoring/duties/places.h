/* places: where an alert about something stands that is so at several units. Pure.
 *
 * A rule that names types, levels or channels of units has one alert at each such unit at or above a place; one that
 * doesn't has a single alert, at the lowest unit above all of them (or at the one where it is so).
 */
#ifndef BIHUAN_SERVICES_MONITORING_PLACES_H
#define BIHUAN_SERVICES_MONITORING_PLACES_H

#include "calc/tree.h"

/* Whether the rule is about the unit. */
typedef bool places_covers_fn(const void *arg, uint32_t unit);

struct place {
    uint32_t unit;
    uint32_t count; /* units at or below it where it is so */
    size_t first;   /* of these, by index */
};

/* `units` without duplicates; out has room for `count`. Units beneath none that is covered are left out. Returns how
 * many places. covers NULL: a single one. */
size_t places_find(const struct tree *tree, int32_t day, const uint32_t *units, size_t count, places_covers_fn *covers,
                   const void *arg, struct place *out);

#endif
