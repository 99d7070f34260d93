/* calendars: see calendars.h. */
#include "refdata/calendars.h"

#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

static int32_t day_of(const char *text)
{
    int32_t day;

    return date_parse(text, strlen(text), &day, NULL) == 0 ? day : 0;
}

static enum day_class class_of(const char *word)
{
    static const char *const words[DAY_CLASS_COUNT] = {
        "", "working", "weekend", "holiday", "makeup", "eve", "campaign"
    };

    for (int i = 1; i < DAY_CLASS_COUNT; i++)
        if (strcmp(words[i], word) == 0)
            return (enum day_class)i;
    return DAY_UNSET;
}

/* Factors of the last days of months and quarters. */
static void take_ends(struct calendar_profile *profile, const Bihuan__Calendar *item)
{
    profile->month_tail_count = profile->quarter_tail_count = 0;
    for (size_t i = 0; i < item->n_month_end_ppm && i < CALENDAR_TAIL_MAX; i++)
        profile->month_tail_ppm[profile->month_tail_count++] = item->month_end_ppm[i];
    for (size_t i = 0; i < item->n_quarter_end_ppm && i < CALENDAR_TAIL_MAX; i++)
        profile->quarter_tail_ppm[profile->quarter_tail_count++] = item->quarter_end_ppm[i];
}

static void take_hours(struct ref_calendar *calendar, const Bihuan__Calendar *item)
{
    calendar->has_hours = item->n_hour_ppm == PHASING_HOURS;
    for (size_t i = 0; calendar->has_hours && i < PHASING_HOURS; i++)
        calendar->hours[i] = (int32_t)item->hour_ppm[i];
}

void ref_calendar_take(struct ref_calendar *calendar, const Bihuan__Calendar *item)
{
    calendar->version = item->version;
    calendar->estimated = item->estimated;
    for (int i = 0; i < DAY_CLASS_COUNT; i++)
        calendar->profile.class_weight[i] = CALENDAR_WEIGHT_MISSING;
    for (size_t i = 0; i < item->n_classes; i++)
        calendar->profile.class_weight[class_of(item->classes[i]->class_)] = item->classes[i]->weight;
    take_ends(&calendar->profile, item);
    take_hours(calendar, item);
    free(calendar->overrides);
    calendar->overrides = calloc(item->n_days ? item->n_days : 1, sizeof *calendar->overrides);
    if (!calendar->overrides)
        abort();
    calendar->override_count = item->n_days;
    for (size_t i = 0; i < item->n_days; i++)
        calendar->overrides[i] = (struct calendar_override) { day_of(item->days[i]->date),
                                                              class_of(item->days[i]->class_) };
}

void ref_calendar_fini(struct ref_calendar *calendar)
{
    free(calendar->code);
    free(calendar->overrides);
}

void ref_curve_fini(struct ref_curve *curve)
{
    free((void *)(uintptr_t)curve->phasing.cumulative);
    free(curve->classes);
    *curve = (struct ref_curve) { 0 };
}

int ref_curve_make(struct ref_curve *out, const struct ref_calendar *calendar, int32_t from_day, int32_t until_day,
                   struct err *err)
{
    size_t count = (size_t)(until_day - from_day);
    int64_t *weights = calloc(count, sizeof *weights);
    int64_t *cumulative = calloc(count + 1, sizeof *cumulative);
    int rc;

    *out = (struct ref_curve) { .classes = calloc(count, sizeof *out->classes) };
    if (!weights || !cumulative || !out->classes)
        abort();
    rc = calendar_classify(from_day, count, calendar->overrides, calendar->override_count, out->classes, err);
    if (rc == 0)
        rc = calendar_weights(&calendar->profile, from_day, out->classes, count, weights, err);
    if (rc == 0)
        rc = phasing_curve_init(&out->phasing, from_day, weights, count, cumulative, err);
    free(weights);
    if (rc != 0) {
        free(cumulative);
        out->phasing.cumulative = NULL;
        ref_curve_fini(out);
    }
    return rc;
}
