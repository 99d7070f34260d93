/* phases: published targets with their curves. See refdata.h. */
#include "calc/periods.h"
#include "refdata/crossing.h"

static const struct phasing_curve *curve_of(const struct ref_period *period, enum ref_baseline baseline)
{
    bool first = baseline == REF_FIRST && period->first_version != period->plan_version;

    return first && period->first_days.phasing.day_count ? &period->first_days.phasing : &period->curve;
}

static bool overlaps(const struct phased_part *parts, size_t count, int32_t from, int32_t until)
{
    for (size_t i = 0; i < count; i++) {
        const struct phasing_curve *curve = parts[i].plan.curve;

        if (from < curve->first_day + curve->day_count && curve->first_day < until)
            return true;
    }
    return false;
}

/* In order of days. */
static void insert(struct phased_part *parts, size_t count, const struct phased *plan)
{
    for (; count > 0 && parts[count - 1].plan.curve->first_day > plan->curve->first_day; count--)
        parts[count] = parts[count - 1];
    parts[count].plan = *plan;
}

/* The curve of some of its days; where these weigh nothing they weigh the same. */
static const struct phasing_curve *stretch_of(const struct phasing_curve *curve, int32_t from, int32_t until,
                                              struct arena *scratch)
{
    struct phasing_curve *stretch = arena_new(scratch, struct phasing_curve);
    int32_t days = until - from, first = from - curve->first_day;
    int64_t *cumulative = arena_array(scratch, int64_t, (size_t)days + 1);
    bool any = curve->cumulative[first + days] > curve->cumulative[first];

    for (int32_t i = 1; i <= days; i++)
        cumulative[i] = any ? curve->cumulative[first + i] - curve->cumulative[first] : i;
    *stretch = (struct phasing_curve) { from, days, cumulative };
    return stretch;
}

/* One target with its curve in the making. */
struct making {
    const struct ref_period *period;
    int64_t target;
    ref_amount_fn *amount;
    const void *arg;
    enum ref_baseline baseline;
    struct arena *scratch;
    struct phased_part *parts;
    size_t count;
};

/* `all`: those of weeks that have nothing, too. */
static void add_inner(struct making *m, bool all)
{
    for (uint32_t i = 0; i < m->period->inner_count; i++) {
        const struct ref_period *inner = m->period->inner[i];
        struct phased plan;
        int64_t own;

        if (!inner->has_curve || overlaps(m->parts, m->count, inner->from_day, inner->until_day))
            continue;
        own = m->amount(m->arg, inner);
        if (own <= 0 && !(all && own == 0 && period_kind_of(inner->from_day, inner->until_day) == PERIOD_WEEK))
            continue;
        refdata_phase_by(inner, own, m->amount, m->arg, m->baseline, m->scratch, &plan);
        insert(m->parts, m->count++, &plan);
    }
}

/* The days of a week that crosses the beginning of a month: one part from the month's first day on, in the month as in
 * the week, so that a day has the same figure in both. */
static void add_crossing(struct making *m, int64_t behind)
{
    const struct ref_crossing *crossing = &m->period->crossing;
    int64_t of_week = crossing->week ? m->amount(m->arg, crossing->week) : 0;
    struct phased plan;

    if (!crossing->week || behind < 0 || behind > of_week || behind > m->target ||
        overlaps(m->parts, m->count, crossing->from, crossing->until))
        return;
    plan = phased_plain(stretch_of(curve_of(m->period, m->baseline), crossing->from, crossing->until, m->scratch),
                        behind);
    insert(m->parts, m->count++, &plan);
}

void refdata_phase_by(const struct ref_period *period, int64_t target, ref_amount_fn *amount, const void *arg,
                      enum ref_baseline baseline, struct arena *scratch, struct phased *out)
{
    struct making m = { period, target, amount, arg, baseline, scratch, NULL, 0 };
    int64_t behind = 0;
    bool agrees = target > 0 && period->crossing.weeks && ref_crossing_agrees(&period->crossing, amount, arg, &behind);

    if (period->inner_count || agrees)
        m.parts = arena_array(scratch, struct phased_part, period->inner_count + 1);
    add_inner(&m, agrees);
    if (agrees)
        add_crossing(&m, behind);
    (void)phased_init(out, curve_of(period, baseline), target, m.parts, m.count);
}

struct published {
    const struct refdata *refdata;
    const struct ref_key *key;
    enum ref_baseline baseline;
};

static int64_t amount_of(const void *arg, const struct ref_period *period)
{
    const struct published *p = arg;
    const struct ref_key *k = p->key;

    if (!period->plan_version)
        return 0;
    return p->baseline == REF_FIRST
               ? refdata_first_target(p->refdata, period->id, k->unit_id, k->measure_id, k->channel_id, k->product_id)
               : refdata_target(p->refdata, period->id, k->unit_id, k->measure_id, k->channel_id, k->product_id);
}

bool refdata_phase(const struct refdata *refdata, const struct ref_period *period, const struct ref_key *key,
                   enum ref_baseline baseline, struct arena *scratch, struct phased *out)
{
    struct published published = { refdata, key, baseline };
    int64_t target = period->has_curve ? amount_of(&published, period) : 0;

    if (target <= 0)
        return false;
    refdata_phase_by(period, target, amount_of, &published, baseline, scratch, out);
    return true;
}
