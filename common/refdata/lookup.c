/* lookup: what is known, by id, code or day. */
#include "refdata/refdata_internal.h"

const struct tree *refdata_tree(const struct refdata *refdata)
{
    return refdata->tree;
}

#define LOOKUPS(type, word, table)                                                                                     \
    const struct type *refdata_##word(const struct refdata *refdata, uint32_t id)                                      \
    {                                                                                                                  \
        return code_table_at(&refdata->table, id);                                                                     \
    }                                                                                                                  \
    const struct type *refdata_##word##_by_code(const struct refdata *refdata, const char *code)                       \
    {                                                                                                                  \
        return code_table_by_code(&refdata->table, code);                                                              \
    }                                                                                                                  \
    uint32_t refdata_##word##_limit(const struct refdata *refdata)                                                     \
    {                                                                                                                  \
        return refdata->table.limit;                                                                                   \
    }

LOOKUPS(ref_unit, unit, units)
LOOKUPS(ref_channel, channel, channels)
LOOKUPS(ref_product, product, products)
LOOKUPS(ref_measure, measure, measures)
LOOKUPS(ref_period, period, periods)

int ref_measure_scale(const struct ref_measure *measure, int money_scale)
{
    if (!measure)
        return 0;
    return !measure->additive && !measure->level ? measure->decimals : measure->money ? money_scale : 0;
}

bool refdata_ratio(const struct refdata *refdata, const struct ref_measure *measure, int money_scale,
                   struct ref_ratio *out)
{
    if (!measure || measure->additive)
        return false;
    if (measure->level) {
        int scale = ref_measure_scale(measure, money_scale);

        *out = (struct ref_ratio) { measure, NULL, { 1, scale, scale, 0 } };
        return true;
    }
    *out = (struct ref_ratio) { .of = refdata_measure_by_code(refdata, measure->of),
                                .over = refdata_measure_by_code(refdata, measure->over) };
    out->unit = (struct ratio_unit) { measure->times, measure->decimals, ref_measure_scale(out->of, money_scale),
                                      ref_measure_scale(out->over, money_scale) };
    return out->of && out->over;
}

const struct ref_period *refdata_period_of(const struct refdata *refdata, int32_t day)
{
    const struct ref_period *best = NULL;

    for (uint32_t i = 0; i < refdata->periods.limit; i++) {
        const struct ref_period *period = refdata->periods.by_id[i];

        if (period && day >= period->from_day && day < period->until_day &&
            (!best || period->until_day - period->from_day < best->until_day - best->from_day))
            best = period;
    }
    return best;
}

static bool class_works(enum day_class day_class)
{
    return day_class == DAY_WORKING || day_class == DAY_MAKEUP || day_class == DAY_EVE || day_class == DAY_CAMPAIGN;
}

/* Of the calendars that name the day the first one. */
static enum day_class named_class(const struct refdata *refdata, int32_t day)
{
    for (uint32_t i = 0; i < refdata->calendars.limit; i++) {
        const struct ref_calendar *calendar = refdata->calendars.by_id[i];

        for (size_t k = 0; calendar && k < calendar->override_count; k++)
            if (calendar->overrides[k].day == day)
                return calendar->overrides[k].day_class;
    }
    return DAY_UNSET;
}

bool refdata_works(const struct refdata *refdata, int32_t day)
{
    const struct ref_period *period = refdata_period_of(refdata, day);
    enum day_class day_class = period && period->has_curve && period->days.classes
                                   ? period->days.classes[day - period->from_day]
                                   : named_class(refdata, day);

    if (day_class == DAY_UNSET)
        return calendar_weekday(day) != 0 && calendar_weekday(day) != 6;
    return class_works(day_class);
}

const struct ref_unit *refdata_root(const struct refdata *refdata, int32_t day)
{
    for (uint32_t i = 1; i < refdata->units.limit; i++)
        if (refdata->units.by_id[i] && tree_parent(refdata->tree, i, day) == TREE_NONE)
            return refdata->units.by_id[i];
    return NULL;
}
void refdata_target_soon(const struct refdata *refdata, uint32_t period, struct ref_key key)
{
    const struct target_key of = { period, key.unit_id, key.measure_id, key.channel_id, key.product_id };

    target_map_fetch(&refdata->targets, &of);
}

int64_t refdata_target(const struct refdata *refdata, uint32_t period, uint32_t unit, uint32_t measure,
                       uint32_t channel, uint32_t product)
{
    const struct target_key key = { period, unit, measure, channel, product };

    return target_map_get(&refdata->targets, &key);
}

int64_t refdata_first_target(const struct refdata *refdata, uint32_t period, uint32_t unit, uint32_t measure,
                             uint32_t channel, uint32_t product)
{
    const struct target_key key = { period, unit, measure, channel, product };
    const struct ref_period *entry = code_table_at(&refdata->periods, period);
    bool revised = entry && entry->first_version != entry->plan_version;

    return target_map_get(revised ? &refdata->firsts : &refdata->targets, &key);
}
