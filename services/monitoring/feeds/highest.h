/* highest: where one alert stands for many: the highest units of which all parts are down. Pure.
 *
 * A part stands for the unit it is of and everything below it. Of the units at or below which there are parts and all
 * of them are down, those are found whose parent isn't such a unit.
 */
#ifndef BIHUAN_SERVICES_MONITORING_HIGHEST_H
#define BIHUAN_SERVICES_MONITORING_HIGHEST_H

#include "calc/tree.h"

struct highest_part {
    uint32_t unit;
    bool down;
};

/* Whether the rule is about the unit. */
typedef bool highest_covers_fn(const void *arg, uint32_t unit);

/* Units by the tree of `day`, each once, in the order of their first part; out has room for `count`. covers NULL: about
 * all. Returns how many. */
size_t highest_find(const struct tree *tree, int32_t day, const struct highest_part *parts, size_t count,
                    highest_covers_fn *covers, const void *arg, uint32_t *out);

#endif
