/* forecast: see forecast.h. */
#include "calc/forecast.h"

#include <string.h>

#define WEEK          7
#define BILLION       INT64_C(1000000000)
#define FADE_BITS     30
#define FADE_ONE      (INT64_C(1) << FADE_BITS)
#define FADE          INT64_C(1001836546) /* half in ten days: 0.5^(1/10) of one */
#define LEAN_PPM      150000              /* the plan's own weight, in parts of a period */
#define FINE_BELOW    INT64_C(100000000000)
#define WORST_PPM     10000000 /* an error ten times the first method's is as bad as any */
#define SHAPE_OWN     3
#define SHAPE_OF_PLAN 1

const char *forecast_word(enum forecast_method method)
{
    static const char *const words[FORECAST_METHODS] = { "leaning", "phased", "recent", "last_period" };

    return words[method];
}

/* --- what each method says --- */

/* What was done and the weight of the days it was done on: a part of the curve brings done * times / weight of it. */
struct seen {
    int64_t done, weight, times;
};

static int64_t sum_of(const struct forecast_series *s, int32_t from, int32_t until)
{
    int64_t sum = 0;

    for (int32_t i = from; i < until; i++)
        sum = fixed_add_saturated(sum, s->days[i]);
    return sum;
}

static int64_t part(int64_t value, int64_t of, int64_t whole)
{
    int64_t out;

    return fixed_mul_div(value, of, whole, ROUND_HALF_UP, &out, NULL) == 0 ? out : value < 0 ? INT64_MIN : INT64_MAX;
}

static int64_t faded(int64_t value)
{
    return (int64_t)(((__int128)value * FADE + FADE_ONE / 2) >> FADE_BITS); /* halves up */
}

/* As landing's R, in integers: days fade. Weights are kept in millionths, and so is what was done where it has room:
 * days that fade lose no more than that to rounding. */
static void fade(const struct forecast_series *s, int32_t from, int32_t until, struct seen *out)
{
    const int64_t *cumulative = s->curve->cumulative;
    int64_t fine = s->bac < FINE_BELOW ? FIXED_PPM : 1;

    for (int32_t i = from; i < until; i++) {
        out->done = fixed_add_saturated(faded(out->done), fine == 1 ? s->days[i] : part(s->days[i], fine, 1));
        out->weight = faded(out->weight) + (cumulative[i + 1] - cumulative[i]) * FIXED_PPM;
    }
    out->times = FIXED_PPM / fine;
}

/* Part of a period that went as planned is put beside them. */
static struct seen lean(const struct forecast_series *s, struct seen seen)
{
    seen.done = fixed_add_saturated(seen.done, part(s->bac, LEAN_PPM, seen.times));
    seen.weight += part(phasing_total(s->curve), LEAN_PPM, 1);
    return seen;
}

static const struct phasing_curve *curve_of(const struct forecast_series *s, enum forecast_method method)
{
    return method == FORECAST_SHAPE ? s->shape : s->curve;
}

static bool rest_of(const struct phasing_curve *curve, struct seen seen, int32_t origin, int32_t until, int64_t *out)
{
    if (!curve || seen.weight <= 0)
        return false;
    *out = part(seen.done, (curve->cumulative[until] - curve->cumulative[origin]) * seen.times, seen.weight);
    return true;
}

static struct seen seen_by(const struct forecast_series *s, enum forecast_method method, int32_t origin)
{
    const struct phasing_curve *curve = curve_of(s, method);
    int32_t from = method == FORECAST_RECENT && origin > FORECAST_WINDOW ? origin - FORECAST_WINDOW : 0;

    if (method == FORECAST_LEANING) {
        struct seen days = { .times = 1 };

        fade(s, 0, origin, &days);
        return lean(s, days);
    }
    if (!curve)
        return (struct seen) { .times = 1 };
    return (struct seen) { sum_of(s, from, origin), curve->cumulative[origin] - curve->cumulative[from], 1 };
}

bool forecast_rest(const struct forecast_series *series, enum forecast_method method, int32_t origin, int32_t until,
                   int64_t *out)
{
    return rest_of(curve_of(series, method), seen_by(series, method, origin), origin, until, out);
}

/* --- trials --- */

/* The ends of weeks, with what each method had seen by then. */
struct origins {
    int32_t count, days[FORECAST_WEEKS_MAX];
    int64_t done[FORECAST_WEEKS_MAX]; /* up to there */
    struct seen seen[FORECAST_WEEKS_MAX][FORECAST_METHODS];
};

static void find_origins(const struct forecast_series *s, struct origins *out)
{
    struct seen days = { .times = 1 };
    int64_t done = 0;

    out->count = 0;
    for (int32_t day = WEEK; day <= s->day_count && out->count < FORECAST_WEEKS_MAX; day += WEEK) {
        int i = out->count++;

        done = fixed_add_saturated(done, sum_of(s, day - WEEK, day));
        out->days[i] = day;
        out->done[i] = done;
        fade(s, day - WEEK, day, &days);
        out->seen[i][FORECAST_LEANING] = lean(s, days);
        for (int m = FORECAST_LEANING + 1; m < FORECAST_METHODS; m++)
            out->seen[i][m] = seen_by(s, (enum forecast_method)m, day);
    }
}

/* Errors of a method in ppm of the first one's. */
static int64_t relative(const struct forecast_record *record, int method)
{
    int64_t first = record->errors[FORECAST_LEANING], own = record->errors[method];
    int64_t out = WORST_PPM;

    if (own == first)
        return FIXED_PPM;
    if (!first || fixed_mul_div(own, FIXED_PPM, first, ROUND_HALF_UP, &out, NULL) != 0)
        return WORST_PPM;
    return out < WORST_PPM ? out : WORST_PPM;
}

/* Without a parent all methods are alike until they have shown otherwise. */
static int64_t shrunk(const struct forecast_record *record, const struct forecast_record *parent, int method)
{
    int64_t above = parent ? relative(parent, method) : FIXED_PPM;

    return (record->trials * relative(record, method) + FORECAST_LEAN * above) / (record->trials + FORECAST_LEAN);
}

static void choose(struct forecast_record *record, const struct forecast_record *parent)
{
    int best = FORECAST_LEANING;

    if (record->trials < FORECAST_LEAST)
        return;
    for (int m = 1; m < FORECAST_METHODS; m++)
        if (shrunk(record, parent, m) < shrunk(record, parent, best))
            best = m;
    if (shrunk(record, parent, best) < part(shrunk(record, parent, (int)record->method), FORECAST_KEEP_PPM, FIXED_PPM))
        record->method = (enum forecast_method)best;
}

/* Up to `until` the period is one of its own, with its part of the target. */
static void try_band(const struct forecast_series *s, int32_t origin, int32_t until, int64_t actual,
                     struct forecast_record *record)
{
    struct phasing_curve curve = *s->curve, shape;
    struct forecast_series part_of = *s;
    struct landing landing;

    curve.day_count = until;
    part_of.curve = &curve;
    part_of.bac = part(s->bac, curve.cumulative[until], phasing_total(s->curve));
    if (s->shape) {
        shape = *s->shape;
        shape.day_count = until;
        part_of.shape = &shape;
    }
    if (part_of.bac <= 0)
        return;
    landing = forecast_land(&part_of, record->method, origin, NULL);
    if (!landing.band_defined)
        return;
    record->banded++;
    record->inside += landing.low <= actual && actual <= landing.high;
}

static void try_one(const struct forecast_series *s, const struct origins *at, int i, int32_t until, int64_t actual,
                    bool bands, struct forecast_record *record)
{
    int64_t first = 0;

    for (int m = 0; m < FORECAST_METHODS; m++) {
        int64_t rest, off = first;

        if (rest_of(curve_of(s, (enum forecast_method)m), at->seen[i][m], at->days[i], until, &rest)) {
            off = fixed_add_saturated(at->done[i], rest);
            off = off > actual ? off - actual : actual - off;
        }
        first = m == 0 ? off : first;
        record->errors[m] = fixed_add_saturated(record->errors[m], off);
        if (m == (int)record->method)
            record->missed = fixed_add_saturated(record->missed, off);
    }
    record->actual = fixed_add_saturated(record->actual, actual < 0 ? -actual : actual);
    if (bands)
        try_band(s, at->days[i], until, actual, record);
    record->trials++;
}

/* A forecast that was made one, two, four ... weeks before; at the period's end any. */
static bool is_tried(int32_t weeks, bool at_end)
{
    return at_end || (weeks & (weeks - 1)) == 0;
}

static void try_until(const struct forecast_series *s, const struct origins *at, int32_t until, int64_t actual,
                      const struct forecast_record *parent, bool bands, struct forecast_record *record)
{
    bool at_end = until == s->curve->day_count;
    struct forecast_record before = *record;

    for (int i = at->count - 1; i >= 0; i--)
        if (at->days[i] < until && is_tried((until - at->days[i]) / WEEK, at_end))
            try_one(s, at, i, until, actual, bands, record);
    if (record->trials > before.trials)
        choose(record, parent);
}

void forecast_review(const struct forecast_series *series, const struct forecast_record *parent, bool bands,
                     struct forecast_record *record)
{
    struct origins at;
    int32_t days = series->curve->day_count;

    find_origins(series, &at);
    for (int i = 1; i < at.count; i++)
        try_until(series, &at, at.days[i], at.done[i], parent, bands, record);
    if (series->day_count == days && at.count && at.days[at.count - 1] < days)
        try_until(series, &at, days,
                  fixed_add_saturated(at.done[at.count - 1], sum_of(series, at.days[at.count - 1], days)), parent,
                  bands, record);
}

uint32_t forecast_error_ppm(const struct forecast_record *record)
{
    int64_t out = 0;

    if (record->actual <= 0 || fixed_ratio_ppm(record->missed, record->actual, ROUND_HALF_UP, &out, NULL) != 0)
        return 0;
    return (uint32_t)fixed_clamp(out, 0, UINT32_MAX);
}

/* --- the landing --- */

static struct landing_rule rule_of(enum forecast_method method)
{
    struct landing_rule rule = landing_rule_default();

    if (method != FORECAST_LEANING) {
        rule.half_life_days = 0;
        rule.kappa = 0;
        rule.prior_spread = 0;
        rule.window_days = method == FORECAST_RECENT ? FORECAST_WINDOW : 0;
    }
    return rule;
}

double forecast_dispersion(const struct forecast_series *series, int32_t origin)
{
    struct dispersion seen = series->before;

    if (!(series->dispersion_most > 1) || !series->count_unit)
        return 1;
    dispersion_add(&seen, series->curve, series->days, origin, series->count_unit);
    return dispersion_of(&seen, series->dispersion_most);
}

struct landing forecast_land(const struct forecast_series *series, enum forecast_method method, int32_t origin,
                             enum forecast_method *used)
{
    struct landing_rule rule;
    struct landing_input in = { .bac = series->bac,
                                .actual_by_day = series->days,
                                .complete_days = origin,
                                .count_unit = series->count_unit,
                                .dispersion = forecast_dispersion(series, origin) };
    int64_t rest = 0;

    /* Nothing seen is no promise that nothing comes. */
    if (method != FORECAST_LEANING &&
        (!forecast_rest(series, method, origin, series->curve->day_count, &rest) || rest <= 0))
        method = FORECAST_LEANING;
    rule = rule_of(method);
    in.curve = curve_of(series, method);
    in.at = phasing_at_day_end(in.curve, in.curve->first_day + origin - 1);
    in.ev = sum_of(series, 0, origin);
    if (used)
        *used = method;
    return landing_forecast(&in, &rule);
}

/* --- the last period's shape --- */

bool forecast_shape(const struct phasing_curve *curve, const int64_t *last, int32_t last_count, int64_t *cumulative,
                    struct phasing_curve *out)
{
    int64_t total = 0;

    for (int32_t i = 0; i < last_count; i++)
        total += last[i] > 0 ? last[i] : 0;
    if (total <= 0 || last_count < curve->day_count / 2)
        return false;
    cumulative[0] = 0;
    for (int32_t i = 0; i < curve->day_count; i++) {
        int32_t at = i < curve->day_count / 2 ? i : last_count - (curve->day_count - i);
        int64_t own = at >= 0 && last[at] > 0 ? part(last[at], BILLION, total) : 0;
        int64_t planned = part(curve->cumulative[i + 1] - curve->cumulative[i], BILLION, phasing_total(curve));

        cumulative[i + 1] = cumulative[i] + SHAPE_OWN * own + SHAPE_OF_PLAN * planned;
    }
    *out = (struct phasing_curve) { curve->first_day, curve->day_count, cumulative };
    return cumulative[curve->day_count] > 0;
}
