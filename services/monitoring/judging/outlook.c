/* outlook: see outlook.h. */
#include "monitoring/judging/outlook.h"

#include <stdlib.h>

#define ALIKE_DAYS 4 /* months and quarters differ by less */

static const struct ref_period *period_before(const struct monitoring *m, const struct ref_period *period)
{
    for (uint32_t id = 1; id < refdata_period_limit(m->refdata); id++) {
        const struct ref_period *p = refdata_period(m->refdata, id);

        if (p && p->until_day == period->from_day && p->has_curve &&
            abs((p->until_day - p->from_day) - (period->until_day - period->from_day)) <= ALIKE_DAYS)
            return p;
    }
    return NULL;
}

void outlook_init(struct outlook *outlook, const struct monitoring *monitoring, const struct ref_period *period,
                  const struct ref_measure *measure, struct node_series series, int32_t day, struct arena *arena)
{
    *outlook = (struct outlook) { .monitoring = monitoring,
                                  .measure = measure,
                                  .series = series,
                                  .day = day,
                                  .arena = arena,
                                  .limit = refdata_unit_limit(monitoring->refdata) };
    for (const struct ref_period *p = period; p && outlook->period_count < OUTLOOK_PERIODS + 2;
         p = period_before(monitoring, p))
        outlook->periods[outlook->period_count++] = p;
}

/* --- a unit's periods --- */

/* One period of a unit: what forecast_series borrows. */
struct past {
    struct phasing_curve curve, shape;
    struct forecast_series series;
};

static int days_of(const struct outlook *o, uint32_t unit, int32_t from, int32_t count, struct arena *arena,
                   int64_t **days, struct err *err)
{
    *days = arena_array(arena, int64_t, count + 1);
    return count <= 0 ? 0
                      : tree_roll_up_days(refdata_tree(o->monitoring->refdata), o->series.cube, unit, o->series.number,
                                          from, from + count - 1, *days, err);
}

/* False: the unit had no target then. */
static int read_past(const struct outlook *o, uint32_t unit, const struct ref_period *period, struct arena *arena,
                     struct past *out, bool *has, struct err *err)
{
    const struct ref_key key = { unit, o->measure->id, o->slice.channel_id, o->slice.product_id };
    int32_t count = period->until_day - period->from_day;
    struct phased plan;
    int64_t *days;

    *has = node_plan_of(o->monitoring, period, &key, arena, &plan);
    if (!*has)
        return 0;
    if (o->day < period->until_day - 1)
        count = o->day < period->from_day ? 0 : o->day - period->from_day + 1;
    if (days_of(o, unit, period->from_day, count, arena, &days, err) != 0)
        return -1;
    out->curve = phased_curve(&plan, plan.part_count ? arena_array(arena, int64_t, plan.curve->day_count + 1) : NULL);
    out->series = (struct forecast_series) { .curve = &out->curve,
                                             .bac = plan.target,
                                             .days = days,
                                             .day_count = count,
                                             .count_unit = o->measure->money ? 0 : 1 };
    return 0;
}

/* Lays the days of the period before over it, where it has sold anything. */
static int lay_shape(const struct outlook *o, uint32_t unit, int at, struct arena *arena, struct past *past,
                     struct err *err)
{
    const struct ref_period *before = at + 1 < o->period_count ? o->periods[at + 1] : NULL;
    int64_t *days;
    int32_t count;

    if (!before)
        return 0;
    count = before->until_day - before->from_day;
    if (days_of(o, unit, before->from_day, count, arena, &days, err) != 0)
        return -1;
    if (forecast_shape(&past->curve, days, count, arena_array(arena, int64_t, past->curve.day_count + 1), &past->shape))
        past->series.shape = &past->shape;
    return 0;
}

/* This period in pasts[0]; *count is 0 where it has no target. */
static int read_pasts(const struct outlook *o, uint32_t unit, struct arena *arena, struct past *pasts, int *count,
                      struct err *err)
{
    int most = o->period_count < OUTLOOK_PERIODS + 1 ? o->period_count : OUTLOOK_PERIODS + 1;

    for (*count = 0; *count < most; (*count)++) {
        bool has;

        if (read_past(o, unit, o->periods[*count], arena, &pasts[*count], &has, err) != 0)
            return -1;
        if (!has)
            return 0;
        if (lay_shape(o, unit, *count, arena, &pasts[*count], err) != 0)
            return -1;
    }
    return 0;
}

static void review(const struct past *pasts, int count, const struct forecast_record *parent, bool bands,
                   struct forecast_record *out)
{
    *out = (struct forecast_record) { .trials = 0 };
    while (count-- > 0)
        forecast_review(&pasts[count].series, parent, bands, out);
}

/* --- who is above --- */

static int record_of(struct outlook *o, uint32_t unit, struct forecast_record *out, struct err *err)
{
    struct past pasts[OUTLOOK_PERIODS + 1];
    struct arena arena;
    int count, rc;

    arena_init(&arena);
    rc = read_pasts(o, unit, &arena, pasts, &count, err);
    if (rc == 0)
        review(pasts, count, NULL, false, out);
    arena_fini(&arena);
    return rc;
}

/* NULL: nothing is above it, or has shown nothing. */
static int parent_of(struct outlook *o, uint32_t unit, const struct forecast_record **out, struct err *err)
{
    uint32_t parent = tree_parent(refdata_tree(o->monitoring->refdata), unit, o->day);

    *out = NULL;
    if (parent == TREE_NONE || parent >= o->limit)
        return 0;
    if (!o->above)
        o->above = arena_array(o->arena, struct forecast_record *, o->limit);
    if (!o->above[parent]) {
        o->above[parent] = arena_new(o->arena, struct forecast_record);
        if (record_of(o, parent, o->above[parent], err) != 0)
            return -1;
    }
    *out = o->above[parent]->trials ? o->above[parent] : NULL;
    return 0;
}

/* --- the landing --- */

static void keep(const struct forecast_record *record, enum forecast_method used, struct node *node)
{
    node->forecast = true;
    node->method = (uint8_t)used;
    node->tried = record->trials;
    node->banded = record->banded;
    node->inside = record->inside;
    node->error_ppm = forecast_error_ppm(record);
}

int outlook_land(struct outlook *outlook, bool bands, struct node *node, struct err *err)
{
    struct past pasts[OUTLOOK_PERIODS + 1];
    const struct forecast_record *parent = NULL;
    struct forecast_record record;
    enum forecast_method used;
    struct arena arena;
    int count, rc;

    arena_init(&arena);
    rc = read_pasts(outlook, node->unit_id, &arena, pasts, &count, err);
    if (rc == 0 && (count > 1 || (count && pasts[0].series.day_count >= FORECAST_TRIED_FROM)))
        rc = parent_of(outlook, node->unit_id, &parent, err);
    if (rc == 0 && count > 0) {
        review(pasts, count, parent, bands, &record);
        node->landing = forecast_land(&pasts[0].series, record.method, pasts[0].series.day_count, &used);
        keep(&record, used, node);
    }
    arena_fini(&arena);
    return rc;
}
