/* payplan: see payplan.h. */
#include "payplan/payplan.h"

#include "bus/message.h"
#include "calc/apportion.h"
#include "payplan/payplan_axes.h"
#include "payplan/payplan_words.h"

#include <stdlib.h>
#include <string.h>

#define POINTS_PPM 10 /* 100 points are 100,000 milli-points and pay 1,000,000 ppm */

static int read_limit(const char *text, int scale, bool *has, int64_t *out, struct err *err)
{
    return payplan_decimal(text, scale, has, out, err);
}

/* Bands as declared, the last one open; between two of an interpolated table the rate goes straight. */
static int make_bands(struct payplan *plan, struct payplan_component *component, struct err *err)
{
    const Bihuan__PayComponent *doc = component->doc;
    struct rate_band *bands = arena_array(&plan->arena, struct rate_band, doc->n_bands + 1);
    bool given;

    for (size_t i = 0; i < doc->n_bands; i++) {
        const Bihuan__PayBand *band = doc->bands[i];

        bands[i].lo = band->from_ppm;
        if ((!component->over_attainment &&
             payplan_decimal(band->from, component->measure.scale, &given, &bands[i].lo, err) != 0) ||
            (!doc->n_axes && payplan_band_rate(band, component->table.kind, &component->measure, plan->digits,
                                               &bands[i].rate, err) != 0))
            return -1;
        bands[i].hi = RATE_OPEN;
        if (i > 0) {
            bands[i - 1].hi = bands[i].lo;
            bands[i - 1].rate_hi = bands[i].rate;
        }
    }
    component->table.bands = bands;
    component->table.band_count = doc->n_bands;
    return 0;
}

static int make_spiff(struct payplan *plan, struct payplan_component *component, struct err *err)
{
    struct rate_band *band = arena_new(&plan->arena, struct rate_band);
    bool given;

    component->table.kind = RATE_SLAB;
    band->hi = RATE_OPEN;
    component->table.bands = band;
    component->table.band_count = 1;
    return payplan_decimal(component->doc->amount, plan->digits + 6, &given, &band->rate, err);
}

static int make_measured(struct payplan *plan, struct payplan_component *component, struct err *err)
{
    const Bihuan__PayComponent *doc = component->doc;
    struct rate_table *table = &component->table;

    component->over_attainment = component->kind == PAY_RATE && strcmp(doc->over, "volume") != 0;
    table->kind = payplan_rate_of(doc->rate);
    table->per = payplan_per(&component->measure, plan->digits);
    if ((component->kind == PAY_SPIFF ? make_spiff(plan, component, err) : make_bands(plan, component, err)) != 0 ||
        read_limit(doc->floor, plan->digits, &table->has_floor, &table->floor, err) != 0 ||
        read_limit(doc->cap, plan->digits, &table->has_cap, &table->cap, err) != 0 ||
        read_limit(doc->threshold, component->measure.scale, &table->has_threshold, &table->threshold, err) != 0)
        return -1;
    if (component->over_attainment && doc->threshold_ppm) {
        table->has_threshold = true;
        table->threshold = doc->threshold_ppm;
    }
    component->carries = strcmp(doc->excess, "carried") == 0;
    return component->axis_count ? payplan_axes_make(plan, component, err) : rate_table_check(table, err);
}

static int make_factors(struct payplan *plan, struct payplan_component *component, struct err *err)
{
    const Bihuan__PayComponent *doc = component->doc;
    size_t count = doc->n_factors ? doc->n_factors : 2;
    struct rate_band *bands = arena_array(&plan->arena, struct rate_band, count);

    for (size_t i = 0; i < count; i++) {
        /* without factors straight through 0 and on: a score has no upper end of its own */
        bands[i].lo = doc->n_factors ? doc->factors[i]->score_milli : (int64_t)i * 1000000;
        bands[i].rate = doc->n_factors ? (int64_t)doc->factors[i]->factor_ppm : (int64_t)i * 1000000 * POINTS_PPM;
        bands[i].hi = RATE_OPEN;
        if (i > 0) {
            bands[i - 1].hi = bands[i].lo;
            bands[i - 1].rate_hi = bands[i].rate;
        }
    }
    component->factors = (struct rate_table) { .kind = RATE_LINEAR, .bands = bands, .band_count = count };
    return rate_table_check(&component->factors, err);
}

static int make_rewards(struct payplan *plan, struct payplan_component *component, struct err *err)
{
    const Bihuan__PayComponent *doc = component->doc;
    bool given;

    component->reward = arena_array(&plan->arena, int64_t, doc->n_rewards + 1);
    for (size_t i = 0; i < doc->n_rewards; i++)
        if (payplan_decimal(doc->rewards[i]->amount, plan->digits, &given, &component->reward[i], err) != 0)
            return -1;
    return 0;
}

static int make_contest(struct payplan *plan, struct payplan_component *component, struct err *err)
{
    const Bihuan__PayComponent *doc = component->doc;

    if (read_limit(doc->threshold, component->measure.scale, &component->table.has_threshold,
                   &component->table.threshold, err) != 0)
        return -1;
    return make_rewards(plan, component, err);
}

static int make_component(struct payplan *plan, size_t i, payplan_measure_fn *measure, void *arg, struct err *err)
{
    struct payplan_component *component = &plan->components[i];
    const Bihuan__PayComponent *doc = plan->doc->components[i];
    bool given;

    *component = (struct payplan_component) { .doc = doc,
                                              .kind = payplan_kind_of(doc->kind),
                                              .own = strcmp(doc->of, "own") == 0,
                                              .axis_count = doc->n_axes,
                                              .feed = plan->feed_count,
                                              .lift = payplan_lift_of(doc->lift),
                                              .clawback = payplan_clawback_of(doc->clawback) };
    plan->feed_count += 1 + doc->n_axes;
    if (component->kind == PAY_KIND_NONE)
        return err_fail(err, ERR_INVALID, "bad_kind", "component %s has no kind", doc->code);
    if (doc->hold_measure[0] &&
        (!measure(arg, doc->hold_measure, &component->hold_measure) ||
         payplan_decimal(doc->hold_limit, component->hold_measure.scale, &given, &component->hold_limit, err) != 0))
        return err_fail(err, ERR_INVALID, "unknown_measure", "the gate of component %s can't be read", doc->code);
    component->fed = doc->measure[0] || component->kind == PAY_RATE || component->kind == PAY_SPIFF ||
                     component->kind == PAY_CONTEST;
    if (component->fed && !measure(arg, doc->measure, &component->measure))
        return err_fail(err, ERR_INVALID, "unknown_measure", "measure \"%s\" isn't known", doc->measure);
    if (component->kind == PAY_RATE || component->kind == PAY_SPIFF) {
        if (payplan_axes_read(component, measure, arg, err) != 0)
            return -1;
        return make_measured(plan, component, err);
    }
    if (component->kind == PAY_RANK)
        return make_rewards(plan, component, err);
    if (component->kind == PAY_CONTEST)
        return make_contest(plan, component, err);
    if (payplan_decimal(doc->amount, plan->digits, &given, &component->amount, err) != 0)
        return -1;
    return component->kind == PAY_SCORE ? make_factors(plan, component, err) : 0;
}

static int copy_doc(struct payplan *plan, const Bihuan__PayPlan *doc, struct err *err)
{
    size_t len = bihuan__pay_plan__get_packed_size(doc);
    uint8_t *bytes = arena_alloc(&plan->arena, len + 1);
    ProtobufCMessage *copy = NULL;

    bihuan__pay_plan__pack(doc, bytes);
    if (message_unpack(&bihuan__pay_plan__descriptor, bytes, len, &plan->arena, &copy, err) != 0)
        return -1;
    plan->doc = (const Bihuan__PayPlan *)copy;
    return 0;
}

static int make_head(struct payplan *plan, int money_scale, struct err *err)
{
    const Bihuan__PayPlan *doc = plan->doc;
    bool given;

    plan->digits = payplan_digits_of(doc->smallest);
    plan->rounding = payplan_rounding_of(doc->rounding);
    plan->cadence = payplan_cadence_of(doc->cadence);
    plan->prorated = strcmp(doc->prorate, "none") != 0;
    plan->capped = strcmp(doc->over_budget, "refused") == 0;
    if (plan->digits < 0 || plan->digits > money_scale || plan->rounding == ROUND_UNSET ||
        plan->cadence == PERIOD_KINDS)
        return err_fail(err, ERR_INVALID, "bad_plan", "plan %s has words that aren't known", doc->code);
    if (payplan_day(doc->from, INT32_MIN, &plan->from_day, err) != 0 ||
        payplan_day(doc->until, INT32_MAX, &plan->until_day, err) != 0 ||
        payplan_decimal(doc->budget, plan->digits, &given, &plan->budget, err) != 0)
        return -1;
    if (!doc->draw)
        return 0;
    plan->has_draw = true;
    plan->draw_owed = !doc->draw->kept;
    plan->draw_recovery_ppm = doc->draw->recovery_ppm ? doc->draw->recovery_ppm : FIXED_PPM;
    return payplan_decimal(doc->draw->least, plan->digits, &given, &plan->draw_least, err);
}

int payplan_new(struct payplan **out, const Bihuan__PayPlan *doc, payplan_measure_fn *measure, void *measure_arg,
                int money_scale, struct err *err)
{
    struct payplan *plan = calloc(1, sizeof *plan);
    int rc;

    if (!plan)
        abort();
    arena_init(&plan->arena);
    rc = copy_doc(plan, doc, err) != 0 || make_head(plan, money_scale, err) != 0 ? -1 : 0;
    if (rc == 0) {
        plan->component_count = plan->doc->n_components;
        plan->components = arena_array(&plan->arena, struct payplan_component, plan->component_count + 1);
    }
    for (size_t i = 0; rc == 0 && i < plan->component_count; i++)
        rc = make_component(plan, i, measure, measure_arg, err);
    if (rc != 0) {
        err_prefix(err, "pay plan %s", doc->code);
        payplan_destroy(&plan);
        return -1;
    }
    *out = plan;
    return 0;
}

void payplan_destroy(struct payplan **plan)
{
    if (!*plan)
        return;
    arena_fini(&(*plan)->arena);
    free(*plan);
    *plan = NULL;
}

int32_t payplan_days(const struct payplan *plan, int32_t from_day, int32_t until_day)
{
    return apportion_days_in_force(from_day, until_day, plan->from_day,
                                   plan->until_day == INT32_MAX ? INT32_MAX : plan->until_day - 1);
}

/* First whole unit at or above ppm of target * in_force / days. */
static int begin_of(int64_t ppm, int64_t target, int32_t in_force, int32_t days, int64_t *out, struct err *err)
{
    __int128 num;

    if (fixed_mul128((__int128)ppm * target, in_force, &num, err) != 0)
        return -1;
    return fixed_div_round(num, (__int128)FIXED_PPM * days, ROUND_UP, out, err);
}

int payplan_table(const struct payplan_component *component, size_t row, int64_t target, int32_t days_in_force,
                  int32_t days, struct arena *arena, struct rate_table *out, bool *empty, struct err *err)
{
    const struct rate_table *table = &component->table;
    struct rate_table slice;
    struct rate_band *bands;
    size_t n = 0;

    if (component->grid) {
        rate_grid_slice(component->grid, row, arena, &slice);
        table = &slice;
    }
    *out = *table;
    *empty = component->over_attainment && (target <= 0 || days_in_force <= 0);
    if (!component->over_attainment || *empty)
        return 0;
    bands = arena_array(arena, struct rate_band, table->band_count);
    for (size_t i = 0; i < table->band_count; i++) {
        struct rate_band band = table->bands[i];

        if (begin_of(band.lo, target, days_in_force, days, &band.lo, err) != 0 ||
            (band.hi != RATE_OPEN && begin_of(band.hi, target, days_in_force, days, &band.hi, err) != 0))
            return -1;
        if (band.lo < band.hi)
            bands[n++] = band;
    }
    out->bands = bands;
    out->band_count = n;
    return table->has_threshold ? begin_of(table->threshold, target, days_in_force, days, &out->threshold, err) : 0;
}
