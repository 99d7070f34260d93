/* mapping_cities: whose part of a feed a file or a row is. See mapping.h. */
#include "feedback/mapping/mapping_internal.h"

#include <string.h>

#define DEFAULT_TYPE "city"

static void check_units(struct compile *c, const Bihuan__FeedCities *cities)
{
    for (size_t i = 0; i < cities->n_units; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(cities->units[i], cities->units[j]) == 0)
                fault(c, arena_printf(c->arena, "/cities/units/%zu", i), "twice", "unit \"%.80s\" stands twice",
                      cities->units[i]);
}

static void compile_by_name(struct compile *c, const Bihuan__FeedCities *cities, struct city_plan *plan)
{
    const struct mapping *m = c->mapping;

    plan->by = CITIES_BY_NAME;
    if (!m->has_pattern || !m->pattern.has_city)
        fault(c, "/files", "no_city", "cities by name need {city} in the file names: orders_{city}_{yyyyMMdd}.csv");
    plan->map = cities->map[0] ? find_map(c, cities->map) : NULL;
    if (cities->map[0] && !plan->map)
        fault(c, "/cities/map", "unknown_map", "the feed has no map \"%.80s\"", cities->map);
}

static void check_patterns(struct compile *c)
{
    const struct mapping *m = c->mapping;
    bool by_name = m->cities.by == CITIES_BY_NAME;

    if (!by_name && m->has_pattern && m->pattern.has_city)
        fault(c, "/cities/by", "missing", "the file names have {city}: say cities.by name");
    if (!by_name && m->has_end_mark && m->end_mark.has_city)
        fault(c, "/end_mark", "no_city", "end marks have {city} only where cities.by is name");
    if (by_name && m->has_deletes && !m->deletes.has_city)
        fault(c, "/deletes", "no_city", "delete files are a city's as well: {city} in their names");
}

void compile_cities(struct compile *c)
{
    const Bihuan__FeedCities *cities = c->feed->cities;
    struct city_plan *plan = &c->mapping->cities;

    if (cities) {
        plan->type = cities->type[0] ? cities->type : DEFAULT_TYPE;
        plan->units = cities->units;
        plan->unit_count = cities->n_units;
        if (strcmp(cities->by, "name") == 0)
            compile_by_name(c, cities, plan);
        else if (strcmp(cities->by, "unit") == 0)
            plan->by = CITIES_BY_UNIT;
        else
            fault(c, "/cities/by", "unknown_by", "by \"%.20s\" is neither name nor unit", cities->by);
        if (plan->by == CITIES_BY_UNIT && cities->map[0])
            fault(c, "/cities/map", "not_by_name", "a map is for cities by name");
        check_units(c, cities);
    }
    if (c->feed->suspect_drop_percent > 100)
        fault(c, "/suspect_drop_percent", "out_of_range", "1 to 99 per cent, or 100 for never");
    check_patterns(c);
}

/* What stands in a file's name, or in that of a delete file. */
static bool find_text(const struct mapping *mapping, const char *name, struct pattern_match *out)
{
    if (pattern_match(&mapping->pattern, name, &mapping->zone, out, NULL) == 0)
        return out->has_city;
    return mapping->has_deletes && pattern_match(&mapping->deletes, name, &mapping->zone, out, NULL) == 0 &&
           out->has_city;
}

int mapping_city(const struct mapping *mapping, const struct reference *reference, const char *name, uint32_t *unit,
                 struct err *err)
{
    struct pattern_match match;
    const struct ref_unit *found;
    const char *text;
    uint32_t len;

    *unit = 0;
    if (mapping->cities.by != CITIES_BY_NAME || !find_text(mapping, name, &match))
        return 0;
    text = match.city;
    len = match.city_len;
    if (!mapping->cities.map || code_map_find(mapping->cities.map, &text, &len))
        *unit = reference_unit_id(reference, text, len);
    found = reference_unit(reference, *unit);
    if (found && strcmp(found->type, mapping->cities.type) == 0)
        return 0;
    *unit = 0;
    return err_fail(err, ERR_INVALID, "unknown_city",
                    "\"%.*s\" in the name is no unit of type %s: add it to the map of cities, or apply the unit, and"
                    " deliver the file again",
                    (int)match.city_len, match.city, mapping->cities.type);
}

uint32_t mapping_part_of(const struct mapping *mapping, const struct reference *reference, uint32_t file_city,
                         uint32_t unit, int32_t day)
{
    if (mapping->cities.by == CITIES_BY_UNIT)
        return reference_above(reference, unit, mapping->cities.type, day);
    return mapping->cities.by == CITIES_BY_NAME ? file_city : 0;
}
