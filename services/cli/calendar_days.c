/* calendar_days: see calendar_days.h. */
#include "cli/calendar_days.h"

#include "cli/output.h"
#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[DAY_CLASS_COUNT] = { "", "working", "weekend", "holiday", "makeup", "eve", "campaign" };

const char *calendar_class_name(enum day_class day_class)
{
    return names[day_class];
}

enum day_class calendar_class_of(const char *name)
{
    for (int i = 1; i < DAY_CLASS_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return (enum day_class)i;
    return DAY_UNSET;
}

bool calendar_read_day(const char *text, int32_t *day)
{
    return date_parse(text, strlen(text), day, NULL) == 0;
}

static int32_t take_ends(const json_t *factors, int64_t *out)
{
    int32_t count = 0;
    const json_t *factor;
    size_t i;

    json_array_foreach(factors, i, factor) if (count < CALENDAR_TAIL_MAX) out[count++] = json_integer_value(factor);
    return count;
}

void calendar_profile_of(const json_t *calendar, struct calendar_profile *out)
{
    const json_t *item;
    size_t i;

    *out = (struct calendar_profile) { .month_tail_count = 0 };
    for (int c = 0; c < DAY_CLASS_COUNT; c++)
        out->class_weight[c] = CALENDAR_WEIGHT_MISSING;
    json_array_foreach(json_object_get(calendar, "classes"), i, item)
        out->class_weight[calendar_class_of(output_text(item, "class"))] = output_int(item, "weight");
    out->month_tail_count = take_ends(json_object_get(calendar, "month_end_ppm"), out->month_tail_ppm);
    out->quarter_tail_count = take_ends(json_object_get(calendar, "quarter_end_ppm"), out->quarter_tail_ppm);
}

/* A day that is named already stays. */
static void add_override(struct calendar_override *list, size_t *count, int32_t day, enum day_class class)
{
    for (size_t i = 0; i < *count; i++)
        if (list[i].day == day)
            return;
    list[(*count)++] = (struct calendar_override) { day, class };
}

int calendar_classes_of(const json_t *calendars, int32_t first_day, size_t count, enum day_class *classes,
                        struct err *err)
{
    struct calendar_override *list;
    const json_t *calendar, *day;
    size_t listed = 0, all = 1, i, k;
    int rc;

    json_array_foreach(calendars, i, calendar) all += json_array_size(json_object_get(calendar, "days"));
    list = calloc(all, sizeof *list);
    if (!list)
        abort();
    json_array_foreach(calendars, i, calendar)
    {
        json_array_foreach(json_object_get(calendar, "days"), k, day)
        {
            int32_t number;

            if (calendar_read_day(output_text(day, "date"), &number))
                add_override(list, &listed, number, calendar_class_of(output_text(day, "class")));
        }
    }
    rc = calendar_classify(first_day, count, list, listed, classes, err);
    free(list);
    return rc;
}
