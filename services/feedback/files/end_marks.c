/* end_marks: see end_marks.h. */
#include "feedback/files/end_marks.h"

#include "feedback/feeds/complete.h"
#include "feedback/files/inbox.h"
#include "obs/log.h"

#include <dirent.h>
#include <stdlib.h>

static bool is_mark(const struct mapping *mapping, const char *name, struct pattern_match *match)
{
    return mapping->has_end_mark && pattern_match(&mapping->end_mark, name, &mapping->zone, match, NULL) == 0;
}

bool end_marks_is(const struct mapping *mapping, const char *name)
{
    struct pattern_match match;

    return is_mark(mapping, name, &match);
}

size_t end_marks_last(const struct mapping *mapping, char **names, size_t count)
{
    char **marks = calloc(count + 1, sizeof *marks);
    struct pattern_match match;
    size_t data = 0, found = 0;

    if (!marks)
        abort();
    for (size_t i = 0; i < count; i++) {
        if (is_mark(mapping, names[i], &match))
            marks[found++] = names[i];
        else
            names[data++] = names[i];
    }
    for (size_t i = 0; i < found; i++)
        names[data + i] = marks[i];
    free(marks);
    return data;
}

/* Whose mark it is, by the name; 0 the whole feed's. */
static uint32_t city_of_mark(const struct mapping *mapping, const struct reference *reference,
                             const struct pattern_match *match)
{
    const char *text = match->city;
    uint32_t len = match->city_len;

    if (!match->has_city || (mapping->cities.map && !code_map_find(mapping->cities.map, &text, &len)))
        return 0;
    return reference_unit_id(reference, text, len);
}

struct waiting {
    const struct mapping *mapping;
    const struct reference *reference;
    uint32_t unit;    /* whose files; 0 all */
    int32_t marks_to; /* marks up to this day count as well */
};

static bool counts(const struct waiting *w, const char *name)
{
    struct pattern_match match;
    uint32_t city;

    if (!inbox_name_ok(name) || control_is_companion(&w->mapping->control, name))
        return false; /* a companion alone tells nothing new */
    if (is_mark(w->mapping, name, &match)) {
        city = city_of_mark(w->mapping, w->reference, &match);
        return match.moment.day <= w->marks_to && (!w->unit || !city || city == w->unit);
    }
    if (!w->unit || mapping_city(w->mapping, w->reference, name, &city, NULL) != 0)
        return true;
    return !city || city == w->unit;
}

static bool any_waits(struct runtime *rt, const struct waiting *w)
{
    char path[INBOX_PATH_MAX];
    struct dirent *entry;
    bool waits = false;
    DIR *folder;

    inbox_path(rt, w->mapping->feed->code, "", path);
    folder = opendir(path);
    while (folder && !waits && (entry = readdir(folder)) != NULL)
        waits = counts(w, entry->d_name);
    if (folder)
        closedir(folder);
    return waits;
}

bool end_marks_data_waits(struct runtime *rt, const struct mapping *mapping, const struct reference *reference,
                          uint32_t unit, int32_t today)
{
    const struct waiting w = { mapping, reference, unit, today };

    return any_waits(rt, &w);
}

static int take(struct loader *loader, const struct mapping *mapping, const char *name, uint32_t city, int32_t day,
                struct err *err)
{
    struct end_mark *mark = &loader->end_mark;

    *mark = (struct end_mark) { mapping->feed_id, city, day };
    if (loader_post(loader, &loader->step, complete_by_mark, mark) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon does not take files now");
    if (loader_wait(loader, &loader->step, err) != 0)
        return -1;
    log_info("end_mark", "feed=%s file=\"%s\"", mapping->feed->code, name);
    return inbox_put_away(loader->rt, mapping->feed->code, 0, name, err);
}

/* One of a day to come waits for its day; one of a city that nobody knows, for the unit; and both for rows that are yet
 * to be read. */
static bool is_due(struct loader *loader, const struct snapshot *snapshot, const struct mapping *mapping,
                   const char *name, int32_t today, uint32_t *city, int32_t *day)
{
    struct waiting rows = { mapping, snapshot->reference, 0, INT32_MIN };
    struct pattern_match match;

    if (!is_mark(mapping, name, &match) || match.moment.day > today)
        return false;
    *day = match.moment.day;
    *city = rows.unit = city_of_mark(mapping, snapshot->reference, &match);
    return (*city || !match.has_city) && !any_waits(loader->rt, &rows);
}

int end_marks_take(struct loader *loader, const struct snapshot *snapshot, const struct mapping *mapping,
                   char *const *marks, size_t count, struct err *err)
{
    int32_t day, today = zone_day(&mapping->zone, clock_business_us(runtime_clock(loader->rt)));
    uint32_t city;

    for (size_t i = 0; i < count; i++)
        if (is_due(loader, snapshot, mapping, marks[i], today, &city, &day) &&
            take(loader, mapping, marks[i], city, day, err) != 0)
            return -1;
    return 0;
}
