/* views: where units stand: the unit alone, its children, or cut by channel or product. */
#include "monitoring/progress/known.h"
#include "monitoring/progress/slice_sums.h"
#include "monitoring/progress/view.h"

#include "refdata/sums.h"
#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_DEFAULT 200
#define ROWS_MAX     1000
#define DEPTH_MAX    6
#define SECOND_US    INT64_C(1000000)

/* --- units --- */

/* Of a measure that adds up, or of both parts of a ratio. */
static int take_out_late(const struct view *view, uint32_t unit_id, int64_t sums[2], struct err *err)
{
    const struct ref_measure *parts[2] = { view->measure, NULL };

    if (!view->measure->additive) {
        parts[0] = view->ratio.of;
        parts[1] = view->ratio.over;
    }
    for (int i = 0; i < 2; i++)
        if (known_take_out(view->m, view->late, parts[i], unit_id, view->period->from_day, view->day, &sums[i], err) !=
            0)
            return -1;
    return 0;
}

static int add_unit(struct view *view, uint32_t unit_id, int depth, struct err *err)
{
    const struct ref_unit *unit = refdata_unit(view->m->refdata, unit_id);
    const struct ref_key key = { unit_id, view->measure->id, 0, 0 };
    Bihuan__Progress *row;
    int64_t sums[2] = { 0, 0 };
    int rc;

    if (!unit)
        return 0;
    row = view_row_new(view, unit, depth);
    rc = view->measure->additive ? tree_roll_up(refdata_tree(view->m->refdata), view->m->cube, unit_id,
                                                view->measure->id, view->period->from_day, view->day, &sums[0], err)
                                 : node_ratio_sums(view->m, &view->ratio, unit_id, view->period, view->day, sums, err);
    if (rc == 0 && view->late)
        rc = take_out_late(view, unit_id, sums, err);
    if (rc != 0 || view_row_fill(view, row, &key, sums, depth == 0 || view->forecast, err) != 0)
        return -1;
    (void)view_push(view, row);
    return 0;
}

static int64_t lack_of(const Bihuan__Progress *row)
{
    return row->target && row->planned > row->actual ? row->planned - row->actual : 0;
}

/* Who of the rows from `first` on lacks what part of all that is lacking. */
static void fill_shares(struct view *view, size_t first)
{
    __int128 total = 0;

    for (size_t i = first; view->measure->additive && i < view->reply.n_items; i++)
        total += lack_of(view->reply.items[i]);
    for (size_t i = first; total > 0 && i < view->reply.n_items; i++)
        view->reply.items[i]->share_ppm = (uint32_t)((__int128)lack_of(view->reply.items[i]) * 1000000 / total);
}

static int by_gap(const void *a, const void *b)
{
    const Bihuan__Progress *const *x = a;
    const Bihuan__Progress *const *y = b;

    if ((*x)->gap_bp != (*y)->gap_bp)
        return (*x)->gap_bp < (*y)->gap_bp ? -1 : 1;
    return strcmp((*x)->unit, (*y)->unit);
}

static int add_children(struct view *view, uint32_t unit_id, int depth, int deepest, struct err *err)
{
    const struct tree *tree = refdata_tree(view->m->refdata);
    size_t count = tree_children(tree, unit_id, view->day, NULL, 0);
    uint32_t *children = arena_array(tx_arena(view->tx), uint32_t, count + 1);
    size_t first = view->reply.n_items;

    tree_children(tree, unit_id, view->day, children, count);
    for (size_t i = 0; i < count && !view->reply.truncated; i++)
        if (add_unit(view, children[i], depth, err) != 0)
            return -1;
    fill_shares(view, first);
    if (depth == deepest) {
        if (view->reply.n_items > first)
            qsort(view->reply.items + first, view->reply.n_items - first, sizeof *view->reply.items, by_gap);
        return 0;
    }
    for (size_t i = 0; i < count && !view->reply.truncated; i++)
        if (add_children(view, children[i], depth + 1, deepest, err) != 0)
            return -1;
    return 0;
}

/* --- slices --- */

static int read_slices(struct view *view, uint32_t unit_id, const struct ref_measure *measure, bool by_product,
                       int64_t *sums, uint32_t limit, struct err *err)
{
    const struct slice_range range = { unit_id, measure, view->period->from_day, view->day, by_product, view->known };

    return slice_sums(view->tx, &range, sums, limit, err);
}

/* The measure's own sums by member, or those of a ratio's two parts. */
static int read_parts(struct view *view, uint32_t unit_id, bool by_product, int64_t *parts[2], uint32_t limit,
                      struct err *err)
{
    const struct ref_measure *measures[2] = { view->measure, NULL };

    if (!view->measure->additive) {
        measures[0] = view->ratio.of;
        measures[1] = view->ratio.over;
    }
    for (int p = 0; p < 2; p++) {
        parts[p] = arena_array(tx_arena(view->tx), int64_t, limit + 1);
        for (uint32_t id = 0; p == 1 && view->measure->level && id <= limit; id++)
            parts[p][id] = 1;
        if (measures[p] && read_slices(view, unit_id, measures[p], by_product, parts[p], limit, err) != 0)
            return -1;
    }
    return 0;
}

static int add_slice(struct view *view, const struct ref_unit *unit, bool by_product, uint32_t id,
                     const int64_t sums[2], bool *full, struct err *err)
{
    const struct refdata *refdata = view->m->refdata;
    const struct ref_product *product = by_product ? refdata_product(refdata, id) : NULL;
    const struct ref_channel *channel = by_product ? NULL : refdata_channel(refdata, id);
    const struct ref_key key = { unit->id, view->measure->id, by_product ? 0 : id, by_product ? id : 0 };
    Bihuan__Progress *row;

    if ((!product && !channel) ||
        (!sums[0] && (!sums[1] || view->measure->level) &&
         !refdata_target(refdata, view->period->id, unit->id, key.measure_id, key.channel_id, key.product_id)))
        return 0;
    row = view_row_new(view, unit, 0);
    row->channel = arena_strdup(tx_arena(view->tx), channel ? channel->code : "");
    row->product = arena_strdup(tx_arena(view->tx), product ? product->code : "");
    if (view_row_fill(view, row, &key, sums, false, err) != 0)
        return -1;
    *full = !view_push(view, row);
    return 0;
}

static int add_slices(struct view *view, uint32_t unit_id, bool by_product, struct err *err)
{
    const struct refdata *refdata = view->m->refdata;
    const struct ref_unit *unit = refdata_unit(refdata, unit_id);
    uint32_t limit = by_product ? refdata_product_limit(refdata) : refdata_channel_limit(refdata);
    size_t first = view->reply.n_items;
    int64_t *parts[2];
    bool full = false;

    if (read_parts(view, unit_id, by_product, parts, limit, err) != 0)
        return -1;
    for (uint32_t id = 1; id < limit && !full; id++) {
        const int64_t sums[2] = { parts[0][id], parts[1][id] };

        if (add_slice(view, unit, by_product, id, sums, &full, err) != 0)
            return -1;
    }
    fill_shares(view, first);
    return 0;
}

/* --- the query --- */

/* On to the watermark, where it lies within the next day of the period, and the calendar says how that goes by. */
static void go_into_the_day(struct view *view, int64_t through)
{
    const struct clock *clock = runtime_clock(view->m->rt);
    int32_t day = view->day + 1, second;

    if (!through || !view->period->has_hours || day >= view->period->until_day)
        return;
    second = (int32_t)((through - clock_day_start(clock, day)) / SECOND_US);
    if (second <= 0)
        return;
    view->day = day;
    view->second = second;
}

/* As it was known on a day: nothing of later days was. */
static int find_known(struct view *view, const Bihuan__GetProgressRequest *request, struct err *err)
{
    if (!request->known[0])
        return 0;
    if (request->now)
        return err_fail(err, ERR_INVALID, "known_and_now",
                        "known names a past day, now the one that goes by: give one");
    if (date_parse(request->known, strlen(request->known), &view->known, err) != 0 ||
        known_check(view->tx, view->known, err) != 0)
        return -1;
    view->day = view->known < view->day ? view->known : view->day;
    return 0;
}

static int find_period(struct view *view, const Bihuan__GetProgressRequest *request, struct err *err)
{
    const struct refdata *refdata = view->m->refdata;
    const struct clock *clock = runtime_clock(view->m->rt);
    int64_t through = marks_through(view->m);
    int32_t asked;

    view->day = through ? clock_day(clock, through) - 1 : today(view->tx) - 1;
    if (request->as_of[0] && request->now)
        return err_fail(err, ERR_INVALID, "as_of_and_now",
                        "as_of names a whole day, now the one that goes by: give one");
    if (request->as_of[0]) {
        if (date_parse(request->as_of, strlen(request->as_of), &asked, err) != 0)
            return -1;
        view->day = asked < view->day ? asked : view->day;
    }
    if (find_known(view, request, err) != 0)
        return -1;
    view->reply.watermark = through;
    view->period = request->period[0] ? refdata_period_by_code(refdata, request->period)
                                      : refdata_period_of(refdata, view->day);
    if (!view->period)
        return err_fail(err, ERR_NOT_FOUND, "unknown_period", "period \"%s\" is not known",
                        request->period[0] ? request->period : "of the last complete day");
    if (view->day >= view->period->until_day)
        view->day = view->period->until_day - 1;
    else if (request->now)
        go_into_the_day(view, through);
    return 0;
}

/* Each measure in turn where none is named. */
static int view_measure(struct view *view, const Bihuan__GetProgressRequest *request, uint32_t unit_id,
                        const struct ref_measure *measure, struct err *err)
{
    int depth = request->depth ? (int)request->depth : 1;

    view->measure = measure;
    if (!measure->additive && !measure_ratio(view->tx, measure, &view->ratio))
        return 0; /* a part isn't known yet */
    outlook_init(&view->outlook, view->m, view->period, measure, (struct node_series) { view->m->cube, measure->id },
                 view->day, tx_arena(view->tx));
    if (strcmp(request->by, "channel") == 0 || strcmp(request->by, "product") == 0)
        return add_slices(view, unit_id, request->by[0] == 'p', err);
    if (strcmp(request->by, "children") == 0)
        return add_children(view, unit_id, 1, depth < DEPTH_MAX ? depth : DEPTH_MAX, err);
    if (request->by[0])
        return err_fail(err, ERR_INVALID, "unknown_word", "by \"%s\" is none of children, channel, product",
                        request->by);
    return add_unit(view, unit_id, 0, err);
}

static int view_measures(struct view *view, const Bihuan__GetProgressRequest *request, uint32_t unit_id,
                         const struct ref_measure *only, struct err *err)
{
    const struct refdata *refdata = view->m->refdata;
    int rc = !view->known ? 0 : known_load(view->tx, view->known, view->day, &view->late, err);

    for (uint32_t id = 1; rc == 0 && id < refdata_measure_limit(refdata); id++) {
        const struct ref_measure *measure = refdata_measure(refdata, id);

        if (measure && (!only || measure == only))
            rc = view_measure(view, request, unit_id, measure, err);
    }
    cube_destroy(&view->late);
    return rc;
}

static int get_progress(struct tx *tx, const Bihuan__GetProgressRequest *request, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    struct view view = {
        .tx = tx, .m = m, .limit = request->limit ? request->limit : ROWS_DEFAULT, .forecast = request->forecast
    };
    const char *subtree = tx_principal(tx)->subtree;
    const char *code = request->unit[0] ? request->unit : subtree;
    const struct ref_unit *unit;
    const struct ref_measure *only = refdata_measure_by_code(m->refdata, request->measure);

    bihuan__get_progress_reply__init(&view.reply);
    if (find_period(&view, request, err) != 0)
        return -1;
    unit = code[0] ? refdata_unit_by_code(m->refdata, code) : refdata_root(m->refdata, view.day);
    if (!unit || check_scope(tx, unit->id, err) != 0)
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", code);
    if (request->measure[0] && !only)
        return err_fail(err, ERR_NOT_FOUND, "unknown_measure", "measure \"%s\" is not known", request->measure);
    if (view.limit > ROWS_MAX)
        view.limit = ROWS_MAX;
    view.reply.items = arena_array(tx_arena(tx), Bihuan__Progress *, view.limit);
    return view_measures(&view, request, unit->id, only, err) != 0 ? -1 : tx_reply(tx, &view.reply.base, err);
}

int on_get_progress(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = get_progress(tx, message, err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}
