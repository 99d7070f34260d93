/* periods: calendars, periods with their curves, and baselines: what a plan was published with. */
#include "calc/periods.h"
#include "refdata/crossing.h"
#include "refdata/refdata_internal.h"

#include <stdlib.h>
#include <string.h>

void refdata_fini_calendar(void *entry)
{
    ref_calendar_fini(entry);
}

static void drop_curve(struct ref_period *period)
{
    ref_curve_fini(&period->days);
    period->curve = (struct phasing_curve) { 0 };
    period->has_curve = false;
}

void refdata_fini_period(void *entry)
{
    struct ref_period *period = entry;

    drop_curve(period);
    ref_curve_fini(&period->first_days);
    free(period->inner);
    ref_crossing_fini(&period->crossing);
    free(period->code);
    free(period->calendar);
}

static int make_curve(struct ref_period *period, const struct ref_calendar *calendar, struct err *err)
{
    drop_curve(period);
    if (ref_curve_make(&period->days, calendar, period->from_day, period->until_day, err) != 0)
        return err_prefix(err, "curve of period %s", period->code);
    period->curve = period->days.phasing;
    period->has_curve = true;
    period->estimated = calendar->estimated;
    period->calendar_version = calendar->version;
    period->has_hours = calendar->has_hours;
    memcpy(period->hours, calendar->hours, sizeof period->hours);
    return 0;
}

/* Of periods that a plan was published for the baseline speaks. */
static int make_curves(struct refdata *refdata, const char *calendar, struct err *err)
{
    const struct ref_calendar *entry = code_table_by_code(&refdata->calendars, calendar);

    for (uint32_t i = 0; entry && i < refdata->periods.limit; i++) {
        struct ref_period *period = refdata->periods.by_id[i];

        if (period && !period->baseline && strcmp(period->calendar, calendar) == 0 &&
            make_curve(period, entry, err) != 0)
            return -1;
    }
    return 0;
}

int refdata_each_calendar(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Calendar *item = (const Bihuan__Calendar *)message;
    struct ref_calendar *calendar = code_table_by_code(&refdata->calendars, item->code);

    if (!calendar)
        calendar = code_table_entry(&refdata->calendars, refdata->calendars.limit ? refdata->calendars.limit : 1,
                                    item->code, sizeof *calendar);
    ref_calendar_take(calendar, item);
    return make_curves(refdata, item->code, err);
}

/* The shorter periods within each, those first that speak for their days. */
void refdata_link_periods(struct refdata *refdata)
{
    for (uint32_t i = 0; i < refdata->periods.limit; i++) {
        struct ref_period *outer = refdata->periods.by_id[i];

        if (!outer)
            continue;
        free(outer->inner);
        outer->inner = calloc(refdata->periods.limit, sizeof *outer->inner);
        if (!outer->inner)
            abort();
        outer->inner_count = 0;
        for (uint32_t k = 0; k < refdata->periods.limit; k++) {
            const struct ref_period *inner = refdata->periods.by_id[k];
            uint32_t at = outer->inner_count;

            if (!inner || !period_lies_within(inner->from_day, inner->until_day, outer->from_day, outer->until_day))
                continue;
            for (; at > 0 && period_goes_before(inner->from_day, inner->until_day, outer->inner[at - 1]->from_day,
                                                outer->inner[at - 1]->until_day);
                 at--)
                outer->inner[at] = outer->inner[at - 1];
            outer->inner[at] = inner;
            outer->inner_count++;
        }
    }
    for (uint32_t i = 0; i < refdata->periods.limit; i++)
        if (refdata->periods.by_id[i])
            ref_crossing_find(refdata->periods.by_id[i], refdata->periods.by_id, refdata->periods.limit);
}

int refdata_each_period(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Period *item = (const Bihuan__Period *)message;
    struct ref_period *period = code_table_entry(&refdata->periods, item->id, item->code, sizeof *period);
    int32_t from = refdata_day_of(item->from, 0), until = refdata_day_of(item->until, 0);

    code_table_set_text(&period->calendar, item->calendar);
    if (period->baseline && from == period->from_day && until == period->until_day)
        return 0;
    drop_curve(period);
    period->from_day = from;
    period->until_day = until;
    return make_curves(refdata, item->calendar, err);
}

/* --- baselines: what a plan was published with --- */

int refdata_each_baseline(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Baseline *item = (const Bihuan__Baseline *)message;
    struct ref_period *period = code_table_at(&refdata->periods, item->id);
    struct ref_calendar calendar = { 0 };
    int rc;

    if (!period || !item->calendar)
        return 0;
    ref_calendar_take(&calendar, item->calendar);
    rc = make_curve(period, &calendar, err);
    ref_calendar_fini(&calendar);
    period->baseline = item->version;
    return rc;
}

int refdata_each_first(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Baseline *item = (const Bihuan__Baseline *)message;
    struct ref_period *period = code_table_at(&refdata->periods, item->id);
    struct ref_calendar calendar = { 0 };
    int rc;

    if (!period || !item->calendar)
        return 0;
    ref_calendar_take(&calendar, item->calendar);
    ref_curve_fini(&period->first_days);
    rc = ref_curve_make(&period->first_days, &calendar, period->from_day, period->until_day, err);
    ref_calendar_fini(&calendar);
    return rc;
}

int refdata_keep_baseline(struct refdata *refdata, struct tx *tx, uint32_t period_id, uint32_t version,
                          const Bihuan__Calendar *calendar, struct err *err)
{
    struct ref_period *period = code_table_at(&refdata->periods, period_id);
    Bihuan__Baseline baseline = BIHUAN__BASELINE__INIT;
    ProtobufCMessage *known = NULL, *first = NULL;

    if (!period)
        return 0;
    if (!calendar) {
        if (documents_get(tx, "calendar", &bihuan__calendar__descriptor, period->calendar, &known, err) != 0)
            return -1;
        calendar = (const Bihuan__Calendar *)known;
    }
    if (!calendar)
        return 0;
    baseline.id = period_id;
    baseline.code = period->code;
    baseline.version = version;
    baseline.calendar = (Bihuan__Calendar *)(uintptr_t)calendar;
    if (documents_get(tx, "baseline_first", &bihuan__baseline__descriptor, period->code, &first, err) != 0)
        return -1;
    if (!first && (documents_put(tx, "baseline_first", &baseline.base, err) != 0 ||
                   refdata_each_first(refdata, &baseline.base, err) != 0))
        return -1;
    return documents_put(tx, "baseline", &baseline.base, err) != 0
               ? -1
               : refdata_each_baseline(refdata, &baseline.base, err);
}

/* Plans that were published before their calendar was kept with them keep the one that they had until now. */
int refdata_keep_calendar(struct refdata *refdata, struct tx *tx, const char *code, struct err *err)
{
    for (uint32_t i = 0; i < refdata->periods.limit; i++) {
        const struct ref_period *period = refdata->periods.by_id[i];

        if (period && period->plan_version && !period->baseline && strcmp(period->calendar, code) == 0 &&
            refdata_keep_baseline(refdata, tx, period->id, period->plan_version, NULL, err) != 0)
            return -1;
    }
    return 0;
}
