/* phases: published targets with their curves. See refdata.h. */
#include "refdata/refdata.h"

static const struct phasing_curve *curve_of(const struct ref_period *period, enum ref_baseline baseline)
{
    bool first = baseline == REF_FIRST && period->first_version != period->plan_version;

    return first && period->first_days.phasing.day_count ? &period->first_days.phasing : &period->curve;
}

static bool overlaps(const struct phased_part *parts, size_t count, const struct ref_period *period)
{
    for (size_t i = 0; i < count; i++) {
        const struct phasing_curve *curve = parts[i].plan.curve;

        if (period->from_day < curve->first_day + curve->day_count && curve->first_day < period->until_day)
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

void refdata_phase_by(const struct ref_period *period, int64_t target, ref_amount_fn *amount, const void *arg,
                      enum ref_baseline baseline, struct arena *scratch, struct phased *out)
{
    struct phased_part *parts = NULL;
    size_t count = 0;

    for (uint32_t i = 0; i < period->inner_count; i++) {
        const struct ref_period *inner = period->inner[i];
        int64_t own = inner->has_curve && !overlaps(parts, count, inner) ? amount(arg, inner) : 0;
        struct phased plan;

        if (own <= 0)
            continue;
        if (!parts)
            parts = arena_array(scratch, struct phased_part, period->inner_count);
        refdata_phase_by(inner, own, amount, arg, baseline, scratch, &plan);
        insert(parts, count++, &plan);
    }
    (void)phased_init(out, curve_of(period, baseline), target, parts, count);
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
