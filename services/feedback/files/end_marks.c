/* end_marks: see end_marks.h. */
#include "feedback/files/end_marks.h"

#include "feedback/feeds/complete.h"
#include "feedback/files/inbox.h"
#include "obs/log.h"

#include <dirent.h>
#include <stdlib.h>

/* *day: complete to its end. */
static bool is_mark(const struct mapping *mapping, const char *name, int32_t *day)
{
    struct pattern_match match;

    if (!mapping->has_end_mark || pattern_match(&mapping->end_mark, name, &mapping->zone, &match, NULL) != 0)
        return false;
    *day = match.moment.day;
    return true;
}

size_t end_marks_last(const struct mapping *mapping, char **names, size_t count)
{
    char **marks = calloc(count + 1, sizeof *marks);
    size_t data = 0, found = 0;
    int32_t day;

    if (!marks)
        abort();
    for (size_t i = 0; i < count; i++) {
        if (is_mark(mapping, names[i], &day))
            marks[found++] = names[i];
        else
            names[data++] = names[i];
    }
    for (size_t i = 0; i < found; i++)
        names[data + i] = marks[i];
    free(marks);
    return data;
}

/* Rows that are yet to be read aren't complete. */
static bool data_waits(struct loader *loader, const struct mapping *mapping)
{
    char path[INBOX_PATH_MAX];
    struct dirent *entry;
    bool waits = false;
    int32_t day;
    DIR *folder;

    inbox_path(loader->rt, mapping->feed->code, "", path);
    folder = opendir(path);
    while (folder && !waits && (entry = readdir(folder)) != NULL)
        waits = inbox_name_ok(entry->d_name) && !is_mark(mapping, entry->d_name, &day);
    if (folder)
        closedir(folder);
    return waits || !folder;
}

static int take(struct loader *loader, const struct mapping *mapping, const char *name, int32_t day, struct err *err)
{
    struct end_mark *mark = &loader->end_mark;

    *mark = (struct end_mark) { mapping->feed_id, day };
    if (loader_post(loader, &loader->step, complete_by_mark, mark) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon does not take files now");
    if (loader_wait(loader, &loader->step, err) != 0)
        return -1;
    log_info("end_mark", "feed=%s file=\"%s\"", mapping->feed->code, name);
    return inbox_put_away(loader->rt, mapping->feed->code, 0, name, err);
}

int end_marks_take(struct loader *loader, const struct mapping *mapping, char *const *marks, size_t count,
                   struct err *err)
{
    int32_t day, today = zone_day(&mapping->zone, clock_business_us(runtime_clock(loader->rt)));

    if (!count || data_waits(loader, mapping))
        return 0;
    for (size_t i = 0; i < count; i++) /* one of a day to come waits for its day */
        if (is_mark(mapping, marks[i], &day) && day <= today && take(loader, mapping, marks[i], day, err) != 0)
            return -1;
    return 0;
}
