/* view_row: the figures of one row. See view.h. */
#include "monitoring/progress/view.h"

#include "text/dates.h"

static char *day_text(struct tx *tx, int32_t day)
{
    char text[DATE_TEXT_MAX];

    date_print(text, day);
    return arena_strdup(tx_arena(tx), text);
}

Bihuan__Progress *view_row_new(struct view *view, const struct ref_unit *unit, int depth)
{
    struct arena *arena = tx_arena(view->tx);
    Bihuan__Progress *row = arena_new(arena, Bihuan__Progress);

    bihuan__progress__init(row);
    row->unit = arena_strdup(arena, unit->code);
    row->unit_name = arena_strdup(arena, unit->name);
    row->unit_type = arena_strdup(arena, unit->type);
    row->measure = arena_strdup(arena, view->measure->code);
    row->period = arena_strdup(arena, view->period->code);
    row->as_of = day_text(view->tx, view->day);
    row->depth = depth;
    row->measure_scale = (uint32_t)measure_scale(view->tx, view->measure);
    return row;
}

static const char *status_of(const struct node *node)
{
    return node->pace.gap_bp <= -500 ? "lag" : node->pace.gap_bp >= 500 ? "ahead" : "ok";
}

static void fill(Bihuan__Progress *row, const struct node *node)
{
    row->target = node->bac;
    row->planned = node->pace.pv_shown;
    row->actual = node->ev;
    row->attainment_ppm = node_attainment_ppm(node);
    row->curve_ppm = (uint32_t)node->pace.curve_ppm;
    row->gap_bp = (int32_t)node->pace.gap_bp;
    row->spi_ppm = node->pace.spi.defined ? (uint32_t)node->pace.spi.ppm : 0;
    row->days_behind_milli = node->pace.behind_millidays;
    row->required_ppm = node->pace.tspi.defined && node->pace.tspi.ppm > 0 ? (uint32_t)node->pace.tspi.ppm : 0;
    row->landing = node->forecast ? node->landing.value : node->pace.landing_run_rate;
    if (node->forecast && node->landing.band_defined) {
        row->landing_low = node->landing.low;
        row->landing_high = node->landing.high;
        row->hit_ppm = (uint32_t)(node->landing.hit_probability * 1e6 + 0.5);
    }
    if (node->forecast) {
        row->forecast = (char *)(uintptr_t)forecast_word((enum forecast_method)node->method);
        row->forecasts = node->tried;
        row->forecasts_banded = node->banded;
        row->forecasts_inside = node->inside;
        row->forecast_error_ppm = node->error_ppm;
    }
    row->status = (char *)(uintptr_t)status_of(node);
}

bool view_push(struct view *view, Bihuan__Progress *row)
{
    if (view->reply.n_items == view->limit) {
        view->reply.truncated = true;
        return false;
    }
    view->reply.items[view->reply.n_items++] = row;
    return true;
}

/* How far the period's calendar has gone where it is judged: time goes on for ratios too. */
static int view_point(const struct view *view, struct phasing_point *at, struct err *err)
{
    *at = phasing_at_day_end(&view->period->curve, view->day);
    return view->second ? phasing_at_time(&view->period->curve, view->day, view->second, view->period->hours, at, err)
                        : 0;
}

/* The plan up to there. */
static int view_plan(const struct view *view, const struct phased *plan, struct phased_point *at, struct err *err)
{
    *at = phased_at_day_end(plan, view->day);
    return view->second ? phased_at_time(plan, view->day, view->second, view->period->hours, at, err) : 0;
}

static int fill_ratio(const struct view *view, Bihuan__Progress *row, int64_t level, const int64_t sums[2],
                      struct err *err)
{
    struct node node;

    node_ratio(&view->ratio, view->measure->lower_is_better, level > 0 ? level : 1, sums, &node);
    row->level = view->measure->level;
    row->ratio = !row->level;
    row->no_value = node.no_value;
    if (row->ratio) {
        row->of = sums[0];
        row->over = sums[1];
        row->of_scale = (uint32_t)view->ratio.unit.of_scale;
        row->over_scale = (uint32_t)view->ratio.unit.over_scale;
    }
    row->actual = node.ev;
    if (level <= 0)
        return 0;
    fill(row, &node);
    if (view->period->has_curve) {
        struct phasing_point at;
        int64_t share = 0;

        if (view_point(view, &at, err) != 0)
            return -1;
        (void)fixed_ratio_ppm(at.num, at.den, ROUND_FLOOR, &share, NULL);
        row->curve_ppm = (uint32_t)share; /* time goes on for it as for others */
    }
    if (node.no_value)
        row->status = (char *)(uintptr_t) "no_data";
    return 0;
}

/* Beside the plan in force: what was published first, where that is another. */
static int fill_first(const struct view *view, Bihuan__Progress *row, const struct ref_key *key, struct err *err)
{
    const struct ref_period *period = view->period;
    struct phased_point at;
    struct phased plan;

    row->plan_version = period->plan_version;
    row->first_version = period->first_version;
    row->estimated = period->estimated;
    if (!view->measure->additive) {
        row->first_target = row->first_planned = refdata_first_target(
            view->m->refdata, period->id, key->unit_id, key->measure_id, key->channel_id, key->product_id);
        return 0;
    }
    if (!refdata_phase(view->m->refdata, period, key, REF_FIRST, tx_arena(view->tx), &plan))
        return 0;
    if (view_plan(view, &plan, &at, err) != 0)
        return -1;
    row->first_target = plan.target;
    row->first_planned = at.shown;
    return 0;
}

int view_row_fill(struct view *view, Bihuan__Progress *row, const struct ref_key *key, const int64_t sums[2],
                  bool forecast, struct err *err)
{
    struct arena *arena = tx_arena(view->tx);
    struct phased_point at;
    struct phased plan;
    struct node node;

    row->actual = sums[0];
    row->status = (char *)(uintptr_t) "no_target";
    if (fill_first(view, row, key, err) != 0)
        return -1;
    if (!view->measure->additive)
        return fill_ratio(view, row,
                          refdata_target(view->m->refdata, view->period->id, key->unit_id, key->measure_id,
                                         key->channel_id, key->product_id),
                          sums, err);
    if (!refdata_phase(view->m->refdata, view->period, key, REF_IN_FORCE, arena, &plan))
        return 0;
    if (view_plan(view, &plan, &at, err) != 0 ||
        node_pace_at(&plan, at, sums[0], view->measure->money, &node, err) != 0)
        return -1;
    node.unit_id = key->unit_id;
    if (forecast && !view->second && !view->late && outlook_land(&view->outlook, NULL, true, &node, err) != 0)
        return -1;
    fill(row, &node);
    return 0;
}
