/* route_match: which routes an alert takes. Pure. */
#ifndef BIHUAN_SERVICES_MONITORING_ROUTE_MATCH_H
#define BIHUAN_SERVICES_MONITORING_ROUTE_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "bihuan/monitoring_life.pb-c.h"

/* What a route asks of an alert. Texts are borrowed. */
struct route_subject {
    const char *const *units; /* codes: its unit, then those above it up to the root */
    size_t unit_count;
    const char *unit_type, *measure, *rule, *channel;
    int severity; /* info 0 .. critical 3 */
};

/* `min_severity` is the route's, as a rank. */
bool route_fits(const Bihuan__Route *route, int min_severity, const struct route_subject *subject);

/* Before or behind in the order in which routes are asked. */
int route_order(const Bihuan__Route *a, const Bihuan__Route *b);

/* The routes that the alert takes, of those in order: up to and with the first that fits and doesn't go on. Returns how
 * many; `picked` has room for `count` indices. */
size_t routes_pick(const Bihuan__Route *const *routes, const int *min_severities, size_t count,
                   const struct route_subject *subject, size_t *picked);

#endif
