/* holds: see holds.h. */
#include "feedback/files/holds.h"

#include "feedback/files/end_marks.h"
#include "feedback/files/inbox.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool holds_apply(const struct mapping *mapping)
{
    return mapping->has_pattern &&
           (mapping->watermark == WATERMARK_FILE_DATE || mapping->watermark == WATERMARK_CONTROL);
}

void holds_add(struct holds *holds, uint32_t city, int32_t day)
{
    for (size_t i = 0; i < holds->count; i++)
        if (holds->items[i].city == city) {
            if (day < holds->items[i].day)
                holds->items[i].day = day;
            return;
        }
    if (holds->count == holds->cap) {
        holds->cap = holds->cap ? 2 * holds->cap : 16;
        holds->items = realloc(holds->items, holds->cap * sizeof holds->items[0]);
        if (!holds->items)
            abort();
    }
    holds->items[holds->count++] = (struct hold) { city, day };
}

/* Whether it is a data file whose name says a day, and of which city it is: 0 of none, or of one that nobody knows, for
 * which all wait. */
static bool is_dated(const struct mapping *mapping, const struct reference *reference, const char *name, uint32_t *city,
                     int32_t *day)
{
    struct pattern_match match;

    *city = 0;
    if (!inbox_name_ok(name) || control_is_companion(&mapping->control, name) || end_marks_is(mapping, name) ||
        pattern_match(&mapping->pattern, name, &mapping->zone, &match, NULL) != 0 || !match.has_date)
        return false;
    (void)mapping_city(mapping, reference, name, city, NULL);
    *day = match.moment.day;
    return true;
}

static void look_at(struct holds *holds, const struct mapping *mapping, const struct reference *reference,
                    const char *name)
{
    uint32_t city;
    int32_t day;

    if (is_dated(mapping, reference, name, &city, &day))
        holds_add(holds, city, day);
}

void holds_look(struct holds *holds, struct runtime *rt, const struct mapping *mapping,
                const struct reference *reference, bool (*skip)(void *arg, const char *name), void *arg)
{
    char path[INBOX_PATH_MAX];
    struct dirent *entry;
    DIR *folder;

    holds->count = 0;
    if (!holds_apply(mapping))
        return;
    inbox_path(rt, mapping->feed->code, "", path);
    folder = opendir(path);
    while (folder && (entry = readdir(folder)) != NULL)
        if (!skip || !skip(arg, entry->d_name))
            look_at(holds, mapping, reference, entry->d_name);
    if (folder)
        closedir(folder);
}

int32_t holds_day(const struct holds *holds, uint32_t city)
{
    int32_t day = HOLD_NONE;

    for (size_t i = 0; i < holds->count; i++) {
        const struct hold *hold = &holds->items[i];

        if ((!city || !hold->city || hold->city == city) && hold->day < day)
            day = hold->day;
    }
    return day;
}

void holds_fini(struct holds *holds)
{
    free(holds->items);
    *holds = (struct holds) { 0 };
}

static bool is_name(void *arg, const char *name)
{
    return strcmp(arg, name) == 0;
}

int32_t holds_first(struct runtime *rt, const struct mapping *mapping, const struct reference *reference, uint32_t city,
                    const char *but)
{
    struct holds holds = { 0 };
    int32_t day;

    holds_look(&holds, rt, mapping, reference, is_name, (void *)(uintptr_t)but);
    day = holds_day(&holds, city);
    holds_fini(&holds);
    return day;
}

bool holds_file(struct runtime *rt, const struct mapping *mapping, const struct reference *reference, uint32_t city,
                int32_t *day, char name[256])
{
    char path[INBOX_PATH_MAX];
    struct dirent *entry;
    uint32_t of;
    int32_t at;
    DIR *folder;

    *day = HOLD_NONE;
    name[0] = 0;
    if (!holds_apply(mapping))
        return false;
    inbox_path(rt, mapping->feed->code, "", path);
    folder = opendir(path);
    while (folder && (entry = readdir(folder)) != NULL) {
        if (!is_dated(mapping, reference, entry->d_name, &of, &at) || (city && of && of != city) || at > *day ||
            (at == *day && strcmp(entry->d_name, name) > 0))
            continue;
        *day = at;
        snprintf(name, 256, "%s", entry->d_name);
    }
    if (folder)
        closedir(folder);
    return *name != 0;
}
