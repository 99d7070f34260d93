/* brief_measures: the measures of a brief: the pace, the span beside the one before and last year's, the days, and who
 * of the children is behind or ahead; see brief.h. */
#include "monitoring/briefs/brief.h"
#include "monitoring/judging/outlook.h"

#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define YEAR_DAYS  364 /* whole weeks, so that weekdays fall on weekdays */
#define BEHIND_MAX 5
#define AHEAD_MAX  3

struct gathering {
    struct tx *tx;
    const struct monitoring *m;
    const struct brief_span *span;
    const struct ref_period *period;
    const struct ref_measure *measure;
    struct ref_ratio ratio;
    uint32_t root; /* of the tree: whether there is anything at all */
};

static char *day_text(struct tx *tx, int32_t day)
{
    char text[DATE_TEXT_MAX];

    date_print(text, day);
    return arena_strdup(tx_arena(tx), text);
}

/* Pace of a unit; false: it has no target. */
static int pace_of(const struct gathering *g, uint32_t unit, bool forecast, struct node *node, bool *has,
                   struct err *err)
{
    struct arena *arena = tx_arena(g->tx);
    int64_t sums[2] = { 0, 0 };
    struct outlook outlook;
    struct phased plan;

    *has = false;
    if (!g->measure->additive) {
        int64_t level = refdata_target(g->m->refdata, g->period->id, unit, g->measure->id, 0, 0);

        if (level <= 0)
            return 0;
        if (node_ratio_sums(g->m, &g->ratio, unit, g->period, g->span->as_of, sums, err) != 0)
            return -1;
        node_ratio(&g->ratio, g->measure->lower_is_better, level, sums, node);
        *has = !node->no_value;
        return 0;
    }
    if (!node_plan(g->m, g->period, unit, g->measure->id, arena, &plan))
        return 0;
    if (tree_roll_up(refdata_tree(g->m->refdata), g->m->cube, unit, g->measure->id, g->period->from_day, g->span->as_of,
                     &sums[0], err) != 0 ||
        node_pace(&plan, g->span->as_of, sums[0], g->measure->money, node, err) != 0)
        return -1;
    *has = true;
    node->unit_id = unit;
    outlook_init(&outlook, g->m, g->period, g->measure, (struct node_series) { g->m->cube, g->measure->id },
                 g->span->as_of, arena);
    return forecast ? outlook_land(&outlook, NULL, true, node, err) : 0;
}

static int sum_of(const struct gathering *g, uint32_t unit, int32_t from, int32_t to, int64_t *out, struct err *err)
{
    return tree_roll_up(refdata_tree(g->m->refdata), g->m->cube, unit, g->measure->id, from, to, out, err);
}

/* Sums of other days beside the span's; `known`: anybody has anything then. */
static int compare(const struct gathering *g, uint32_t unit, int32_t from, int32_t to, int64_t *out,
                   protobuf_c_boolean *known, struct err *err)
{
    int64_t all;

    if (sum_of(g, unit, from, to, out, err) != 0 || sum_of(g, g->root, from, to, &all, err) != 0)
        return -1;
    *known = all != 0;
    return 0;
}

static int add_days(const struct gathering *g, uint32_t unit, Bihuan__BriefMeasure *out, struct err *err)
{
    int32_t count = g->span->as_of - g->span->chart_from + 1;
    struct phased plan;
    bool planned = node_plan(g->m, g->period, unit, g->measure->id, tx_arena(g->tx), &plan);

    out->days = arena_array(tx_arena(g->tx), Bihuan__BriefDay *, count);
    for (int32_t day = g->span->chart_from; day <= g->span->as_of; day++) {
        Bihuan__BriefDay *row = arena_new(tx_arena(g->tx), Bihuan__BriefDay);

        bihuan__brief_day__init(row);
        row->day = day_text(g->tx, day);
        if (sum_of(g, unit, day, day, &row->done, err) != 0)
            return -1;
        if (planned && day >= g->period->from_day)
            row->planned = phased_range(&plan, day, day);
        out->days[out->n_days++] = row;
    }
    return 0;
}

static int add_spans(const struct gathering *g, uint32_t unit, Bihuan__BriefMeasure *out, struct err *err)
{
    int32_t from = g->span->from, to = g->span->as_of, len = to - from + 1;

    if (sum_of(g, unit, from, to, &out->done, err) != 0 ||
        compare(g, unit, from - len, from - 1, &out->before, &out->before_known, err) != 0 ||
        compare(g, unit, from - YEAR_DAYS, to - YEAR_DAYS, &out->last_year, &out->last_year_known, err) != 0)
        return -1;
    return add_days(g, unit, out, err);
}

/* --- children --- */

struct place {
    const struct ref_unit *unit;
    struct node node;
    int64_t deficit;
};

static int by_deficit(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->deficit != y->deficit)
        return x->deficit > y->deficit ? -1 : 1;
    return strcmp(x->unit->code, y->unit->code);
}

static int by_gap(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->node.pace.gap_bp != y->node.pace.gap_bp)
        return x->node.pace.gap_bp > y->node.pace.gap_bp ? -1 : 1;
    return strcmp(x->unit->code, y->unit->code);
}

static Bihuan__BriefPlace *place_message(struct tx *tx, const struct place *place, int64_t total)
{
    Bihuan__BriefPlace *out = arena_new(tx_arena(tx), Bihuan__BriefPlace);

    bihuan__brief_place__init(out);
    out->unit = arena_strdup(tx_arena(tx), place->unit->code);
    out->name = arena_strdup(tx_arena(tx), place->unit->name);
    out->planned = place->node.pace.pv_shown;
    out->actual = place->node.ev;
    out->gap_bp = (int32_t)place->node.pace.gap_bp;
    if (total > 0)
        out->share_ppm = (uint32_t)((__int128)place->deficit * 1000000 / total);
    return out;
}

static void pick_places(struct tx *tx, struct place *places, size_t count, Bihuan__BriefMeasure *out)
{
    int64_t total = 0;

    out->behind = arena_array(tx_arena(tx), Bihuan__BriefPlace *, BEHIND_MAX);
    out->ahead = arena_array(tx_arena(tx), Bihuan__BriefPlace *, AHEAD_MAX);
    if (!count)
        return;
    for (size_t i = 0; i < count; i++)
        total = fixed_add_saturated(total, places[i].deficit);
    qsort(places, count, sizeof *places, by_deficit);
    for (size_t i = 0; i < count && i < BEHIND_MAX && places[i].deficit > 0; i++)
        out->behind[out->n_behind++] = place_message(tx, &places[i], total);
    qsort(places, count, sizeof *places, by_gap);
    for (size_t i = 0; i < count && i < AHEAD_MAX && places[i].node.pace.gap_bp > 0; i++)
        out->ahead[out->n_ahead++] = place_message(tx, &places[i], 0);
}

static int add_places(const struct gathering *g, uint32_t unit, Bihuan__BriefMeasure *out, struct err *err)
{
    const struct tree *tree = refdata_tree(g->m->refdata);
    size_t count = tree_children(tree, unit, g->span->as_of, NULL, 0), found = 0;
    uint32_t *children = arena_array(tx_arena(g->tx), uint32_t, count + 1);
    struct place *places = arena_array(tx_arena(g->tx), struct place, count + 1);

    tree_children(tree, unit, g->span->as_of, children, count);
    for (size_t i = 0; i < count; i++) {
        struct place *place = &places[found];
        bool has;

        place->unit = refdata_unit(g->m->refdata, children[i]);
        if (!place->unit)
            continue;
        if (pace_of(g, children[i], false, &place->node, &has, err) != 0)
            return -1;
        place->deficit = has ? node_deficit(&place->node) : 0;
        found += has;
    }
    pick_places(g->tx, places, found, out);
    return 0;
}

/* --- all of them --- */

static void fill_forecast(const struct node *node, Bihuan__BriefMeasure *out)
{
    out->forecast = (char *)(uintptr_t)forecast_word((enum forecast_method)node->method);
    out->forecasts_banded = node->banded;
    out->forecasts_inside = node->inside;
    out->forecast_error_ppm = node->error_ppm;
    out->landing_banded = node->landing.band_defined;
    if (!out->landing_banded)
        return;
    out->landing_low = node->landing.low;
    out->landing_high = node->landing.high;
    out->hit_ppm = (uint32_t)(node->landing.hit_probability * 1e6 + 0.5);
}

static int add_measure(struct gathering *g, uint32_t unit, Bihuan__Brief *brief, struct err *err)
{
    Bihuan__BriefMeasure *out = arena_new(tx_arena(g->tx), Bihuan__BriefMeasure);
    bool zh = strcmp(tx_language(g->tx), "zh") == 0;
    struct node node;
    bool has;

    if (pace_of(g, unit, true, &node, &has, err) != 0)
        return -1;
    if (!has)
        return 0;
    bihuan__brief_measure__init(out);
    out->measure = arena_strdup(tx_arena(g->tx), g->measure->code);
    out->title = arena_strdup(tx_arena(g->tx), zh ? g->measure->title_zh : g->measure->title_en);
    out->scale = (uint32_t)measure_scale(g->tx, g->measure);
    out->level = !g->measure->additive;
    out->period = arena_strdup(tx_arena(g->tx), g->period->code);
    out->target = node.bac;
    out->planned = node.pace.pv_shown;
    out->actual = node.ev;
    out->gap_bp = (int32_t)node.pace.gap_bp;
    out->attainment_ppm = node_attainment_ppm(&node);
    out->landing = node.forecast ? node.landing.value : node.pace.landing_run_rate;
    if (node.forecast)
        fill_forecast(&node, out);
    if ((g->measure->additive && add_spans(g, unit, out, err) != 0) || add_places(g, unit, out, err) != 0)
        return -1;
    brief->measures[brief->n_measures++] = out;
    return 0;
}

static int worst_first(const void *a, const void *b)
{
    const Bihuan__BriefMeasure *const *x = a, *const *y = b;

    if ((*x)->gap_bp != (*y)->gap_bp)
        return (*x)->gap_bp < (*y)->gap_bp ? -1 : 1;
    return strcmp((*x)->measure, (*y)->measure);
}

int brief_measures(struct tx *tx, const struct ref_unit *unit, const struct brief_span *span, Bihuan__Brief *brief,
                   struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_unit *root = refdata_root(m->refdata, span->as_of);
    struct gathering g = { .tx = tx,
                           .m = m,
                           .span = span,
                           .period = refdata_period_of(m->refdata, span->as_of),
                           .root = root ? root->id : unit->id };

    if (!g.period)
        return 0;
    brief->measures = arena_array(tx_arena(tx), Bihuan__BriefMeasure *, refdata_measure_limit(m->refdata));
    for (uint32_t id = 1; id < refdata_measure_limit(m->refdata); id++) {
        g.measure = refdata_measure(m->refdata, id);
        if (!g.measure || (!g.measure->additive && !measure_ratio(tx, g.measure, &g.ratio)))
            continue;
        if (add_measure(&g, unit->id, brief, err) != 0)
            return -1;
    }
    if (brief->n_measures)
        qsort(brief->measures, brief->n_measures, sizeof *brief->measures, worst_first);
    return 0;
}
