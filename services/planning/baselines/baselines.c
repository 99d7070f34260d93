/* baselines: see baselines.h. */
#include "planning/baselines/baselines.h"

#include "planning/baselines/calendar_store.h"

#include <string.h>

/* Of one version alone; *out NULL: nothing is said of it. */
static int said_of(struct tx *tx, uint32_t period_id, uint32_t version, Bihuan__Calendar **out, struct err *err)
{
    const char *code;
    uint32_t calendar_version;

    *out = NULL;
    if (!version)
        return 0;
    if (calendar_store_of_plan(tx, period_id, version, &code, &calendar_version, err) != 0)
        return -1;
    return code ? calendar_store_get(tx, code, calendar_version, out, err) : 0;
}

int baseline_calendar(struct tx *tx, const struct ref_period *period, const struct version_row *row,
                      Bihuan__Calendar **out, struct err *err)
{
    ProtobufCMessage *newest = NULL;

    if (said_of(tx, period->id, row->version, out, err) != 0 ||
        (!*out && said_of(tx, period->id, row->base, out, err) != 0))
        return -1;
    if (*out)
        return 0;
    if (documents_get(tx, "calendar", &bihuan__calendar__descriptor, period->calendar, &newest, err) != 0)
        return -1;
    *out = (Bihuan__Calendar *)newest;
    return 0;
}

int baseline_moves(struct tx *tx, const struct ref_period *period, const struct version_row *row, bool *moves,
                   struct err *err)
{
    const struct version_row base = { .period_id = period->id, .version = row->base };
    Bihuan__Calendar *now, *before;

    *moves = false;
    if (!row->base)
        return 0;
    if (baseline_calendar(tx, period, row, &now, err) != 0 || baseline_calendar(tx, period, &base, &before, err) != 0)
        return -1;
    *moves = now && before && (now->version != before->version || strcmp(now->code, before->code) != 0);
    return 0;
}

static int keep_in_memory(struct tx *tx, uint32_t period_id, uint32_t version, const Bihuan__Calendar *calendar,
                          struct err *err)
{
    struct planning *planning = tx_state(tx);
    int rc;

    pthread_rwlock_wrlock(&planning->lock);
    rc = refdata_keep_baseline(planning->refdata, tx, period_id, version, calendar, err);
    pthread_rwlock_unlock(&planning->lock);
    return rc;
}

int baseline_fix(struct tx *tx, const struct ref_period *period, const struct version_row *row, Bihuan__Calendar **out,
                 struct err *err)
{
    if (baseline_calendar(tx, period, row, out, err) != 0)
        return -1;
    if (!*out)
        return 0;
    if (calendar_store_keep(tx, *out, err) != 0 ||
        calendar_store_set_plan(tx, period->id, row->version, (*out)->code, (*out)->version, err) != 0)
        return -1;
    return keep_in_memory(tx, period->id, row->version, *out, err);
}

int baseline_fix_unsaid(struct tx *tx, const char *calendar, struct err *err)
{
    struct plan_row *rows;
    size_t count;

    if (calendar_store_unsaid(tx, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct ref_period *period = refdata_period(refdata_of(tx), rows[i].period_id);
        const struct version_row row = { .period_id = rows[i].period_id, .version = rows[i].version };
        Bihuan__Calendar *kept;

        if (period && strcmp(period->calendar, calendar) == 0 && baseline_fix(tx, period, &row, &kept, err) != 0)
            return -1;
    }
    return 0;
}

/* A copy whose arrays live in the call's arena. */
static int with_curve(struct tx *tx, const struct ref_period *period, const Bihuan__Calendar *item,
                      const struct ref_period **out, struct err *err)
{
    struct ref_period *copy = arena_memdup(tx_arena(tx), period, sizeof *period);
    size_t days = (size_t)(period->until_day - period->from_day);
    struct ref_calendar calendar = { 0 };
    struct ref_curve curve;
    int rc;

    ref_calendar_take(&calendar, item);
    rc = ref_curve_make(&curve, &calendar, period->from_day, period->until_day, err);
    if (rc == 0) {
        copy->curve = curve.phasing;
        copy->curve.cumulative = arena_memdup(tx_arena(tx), curve.phasing.cumulative, (days + 1) * sizeof(int64_t));
        copy->has_curve = true;
        copy->estimated = calendar.estimated;
        copy->calendar_version = calendar.version;
        copy->days = (struct ref_curve) { 0 };
        ref_curve_fini(&curve);
        *out = copy;
    }
    ref_calendar_fini(&calendar);
    return rc;
}

int baseline_period(struct tx *tx, const struct ref_period *period, const struct version_row *row,
                    const struct ref_period **out, struct err *err)
{
    Bihuan__Calendar *calendar;

    *out = period;
    if (baseline_calendar(tx, period, row, &calendar, err) != 0)
        return -1;
    return !calendar || (period->has_curve && calendar->version == period->calendar_version)
               ? 0
               : with_curve(tx, period, calendar, out, err);
}

int baseline_describe(struct tx *tx, const struct ref_period *period, const struct version_row *row,
                      Bihuan__PlanVersion *out, struct err *err)
{
    Bihuan__Calendar *calendar = NULL;

    if (period && baseline_calendar(tx, period, row, &calendar, err) != 0)
        return -1;
    if (!calendar)
        return 0;
    out->calendar = calendar->code;
    out->calendar_version = calendar->version;
    out->calendar_estimated = calendar->estimated;
    return 0;
}
