/* route_match: see route_match.h. */
#include "monitoring/telling/route_match.h"

#include <string.h>

static bool is_any_or(const char *wanted, const char *is)
{
    return !wanted[0] || strcmp(wanted, is) == 0;
}

static bool is_among(const char *word, char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static bool is_under(const struct route_subject *subject, const char *unit)
{
    for (size_t i = 0; i < subject->unit_count; i++)
        if (strcmp(subject->units[i], unit) == 0)
            return true;
    return false;
}

bool route_fits(const Bihuan__Route *route, int min_severity, const struct route_subject *subject)
{
    return !route->off && subject->severity >= min_severity && is_any_or(route->measure, subject->measure) &&
           is_any_or(route->rule, subject->rule) && is_any_or(route->channel, subject->channel) &&
           (!route->n_unit_types || is_among(subject->unit_type, route->unit_types, route->n_unit_types)) &&
           (!route->subtree[0] || is_under(subject, route->subtree));
}

int route_order(const Bihuan__Route *a, const Bihuan__Route *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return strcmp(a->code, b->code);
}

size_t routes_pick(const Bihuan__Route *const *routes, const int *min_severities, size_t count,
                   const struct route_subject *subject, size_t *picked)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        if (!route_fits(routes[i], min_severities[i], subject))
            continue;
        picked[found++] = i;
        if (!routes[i]->go_on)
            break;
    }
    return found;
}
