/* outlook: see outlook.h. */
#include "monitoring/judging/outlook.h"

#include <stdlib.h>

#define ALIKE_DAYS 4 /* months and quarters differ by less */
#define WEEK       7

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
    *outlook = (struct outlook) { .monitoring = monitoring, .measure = measure, .series = series, .day = day };
    outlook->own = (struct outlook_shelf) { .limit = refdata_unit_limit(monitoring->refdata), .arena = arena };
    outlook->shelf = &outlook->own;
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

static int read_days(const struct outlook *o, uint32_t unit, int32_t from, int32_t count, struct arena *arena,
                     const int64_t **out, struct err *err)
{
    int64_t *days = arena_array(arena, int64_t, count + 1);

    *out = days;
    return count <= 0 ? 0
                      : tree_roll_up_days(refdata_tree(o->monitoring->refdata), o->series.cube, unit, o->series.number,
                                          from, from + count - 1, days, err);
}

/* *has is false where the unit had no target then. `spread` is of this period; NULL: not read yet. */
static int read_past(const struct outlook *o, uint32_t unit, int at, const struct node_spread *spread,
                     struct arena *arena, struct past *out, bool *has, struct err *err)
{
    const struct ref_period *period = o->periods[at];
    const struct ref_key key = { unit, o->measure->id, o->slice.channel_id, o->slice.product_id };
    int32_t count = (o->day < period->until_day ? o->day + 1 : period->until_day) - period->from_day;
    struct phased plan;

    *has = node_plan_of(o->monitoring, period, &key, arena, &plan);
    if (!*has)
        return 0;
    out->series = (struct forecast_series) { .curve = &out->curve,
                                             .bac = plan.target,
                                             .day_count = count > 0 ? count : 0,
                                             .count_unit = o->measure->money ? 0 : 1,
                                             .dispersion_most = o->monitoring->limits.dispersion_most };
    if (at == 0 && spread && spread->day_count == out->series.day_count) {
        out->curve = spread->curve;
        out->series.days = spread->days;
        return 0;
    }
    out->curve = phased_curve(&plan, plan.part_count ? arena_array(arena, int64_t, plan.curve->day_count + 1) : NULL);
    return read_days(o, unit, period->from_day, out->series.day_count, arena, &out->series.days, err);
}

/* Lays the days of the period before over it, where it has sold anything. */
static int lay_shape(const struct outlook *o, uint32_t unit, int at, struct arena *arena, struct past *past,
                     struct err *err)
{
    const struct ref_period *before = at + 1 < o->period_count ? o->periods[at + 1] : NULL;
    const int64_t *days;
    int32_t count;

    if (!before)
        return 0;
    count = before->until_day - before->from_day;
    if (read_days(o, unit, before->from_day, count, arena, &days, err) != 0)
        return -1;
    if (forecast_shape(&past->curve, days, count, arena_array(arena, int64_t, past->curve.day_count + 1), &past->shape))
        past->series.shape = &past->shape;
    return 0;
}

/* This period in pasts[0]; *count is 0 where it has no target. */
static int read_pasts(const struct outlook *o, uint32_t unit, const struct node_spread *spread, struct arena *arena,
                      struct past *pasts, int *count, struct err *err)
{
    int most = o->period_count < OUTLOOK_PERIODS + 1 ? o->period_count : OUTLOOK_PERIODS + 1;

    for (*count = 0; *count < most; (*count)++) {
        bool has;

        if (read_past(o, unit, *count, spread, arena, &pasts[*count], &has, err) != 0)
            return -1;
        if (!has)
            return 0;
        if (lay_shape(o, unit, *count, arena, &pasts[*count], err) != 0)
            return -1;
    }
    return 0;
}

/* What is known of a period's good and bad days before it begins: those of the period before it. */
static void note_before(struct past *pasts, int count)
{
    for (int at = 0; at + 1 < count; at++) {
        const struct forecast_series *before = &pasts[at + 1].series;

        if (before->count_unit)
            dispersion_add(&pasts[at].series.before, before->curve, before->days, before->day_count,
                           before->count_unit);
    }
}

static void review(const struct past *pasts, int count, const struct forecast_record *parent, bool bands,
                   struct forecast_record *out)
{
    *out = (struct forecast_record) { .trials = 0 };
    while (count-- > 0)
        forecast_review(&pasts[count].series, parent, bands, out);
}

/* --- who is above --- */

static int record_of(const struct outlook *o, uint32_t unit, struct forecast_record *out, struct err *err)
{
    struct past pasts[OUTLOOK_PERIODS + 1];
    struct arena arena;
    int count, rc;

    arena_init(&arena);
    rc = read_pasts(o, unit, NULL, &arena, pasts, &count, err);
    if (rc == 0)
        review(pasts, count, NULL, false, out);
    arena_fini(&arena);
    return rc;
}

/* NULL: nothing is above it, or has shown nothing. */
static int parent_of(const struct outlook *o, uint32_t unit, const struct forecast_record **out, struct err *err)
{
    uint32_t parent = tree_parent(refdata_tree(o->monitoring->refdata), unit, o->day);
    struct outlook_shelf *shelf = o->shelf;

    *out = NULL;
    if (parent == TREE_NONE || parent >= shelf->limit)
        return 0;
    if (!shelf->above)
        shelf->above = arena_array(shelf->arena, struct forecast_record *, shelf->limit);
    if (!shelf->above[parent]) {
        struct forecast_record *record = arena_new(shelf->arena, struct forecast_record);

        if (record_of(o, parent, record, err) != 0)
            return -1;
        shelf->above[parent] = record;
    }
    *out = shelf->above[parent]->trials ? shelf->above[parent] : NULL;
    return 0;
}

/* --- from day to day --- */

struct kept_shelf {
    struct outlook_shelf shelf;
    struct arena arena;
};

struct outlook_book {
    struct kept_shelf **items;
    size_t count;
};

struct outlook_book *outlook_book_new(void)
{
    struct outlook_book *book = calloc(1, sizeof *book);

    if (!book)
        abort();
    return book;
}

void outlook_book_clear(struct outlook_book *book)
{
    for (size_t i = 0; i < book->count; i++) {
        arena_fini(&book->items[i]->arena);
        free(book->items[i]);
    }
    free(book->items);
    *book = (struct outlook_book) { NULL, 0 };
}

void outlook_book_destroy(struct outlook_book **book)
{
    if (!*book)
        return;
    outlook_book_clear(*book);
    free(*book);
    *book = NULL;
}

static struct kept_shelf *shelf_of(struct outlook_book *book, const struct outlook_shelf *like)
{
    for (size_t i = 0; i < book->count; i++) {
        const struct outlook_shelf *s = &book->items[i]->shelf;

        if (s->period_id == like->period_id && s->slice.measure_id == like->slice.measure_id &&
            s->slice.channel_id == like->slice.channel_id && s->slice.product_id == like->slice.product_id)
            return book->items[i];
    }
    book->items = realloc(book->items, (book->count + 1) * sizeof(struct kept_shelf *));
    if (!book->items || !(book->items[book->count] = calloc(1, sizeof **book->items)))
        abort();
    arena_init(&book->items[book->count]->arena);
    return book->items[book->count++];
}

void outlook_keep(struct outlook *outlook, struct outlook_book *book)
{
    const struct ref_period *period = outlook->periods[0];
    struct outlook_shelf now = { .period_id = period->id,
                                 .plan_version = period->plan_version,
                                 .slice = { 0, outlook->measure->id, outlook->slice.channel_id,
                                            outlook->slice.product_id },
                                 .weeks = (outlook->day - period->from_day + 1) / WEEK,
                                 .limit = outlook->own.limit };
    struct kept_shelf *kept = shelf_of(book, &now);

    now.weeks += outlook->day >= period->until_day - 1;
    now.arena = &kept->arena;
    outlook->shelf = &kept->shelf;
    if (kept->shelf.arena && kept->shelf.plan_version == now.plan_version && kept->shelf.weeks == now.weeks &&
        kept->shelf.limit == now.limit)
        return;
    arena_reset(&kept->arena);
    kept->shelf = now;
}

/* --- good and bad days --- */

int outlook_dispersion(const struct outlook *o, const struct node_spread *spread, struct node *node, struct err *err)
{
    int most = o->period_count < 2 ? o->period_count : 2, count = 0, rc = 0;
    struct past pasts[2];
    struct arena arena;
    bool has = true;

    arena_init(&arena);
    while (rc == 0 && has && count < most) {
        rc = read_past(o, node->unit_id, count, spread, &arena, &pasts[count], &has, err);
        count += rc == 0 && has;
    }
    if (rc == 0 && count) {
        note_before(pasts, count);
        node->dispersion = forecast_dispersion(&pasts[0].series, pasts[0].series.day_count);
    }
    arena_fini(&arena);
    return rc;
}

/* --- the landing --- */

static void note(const struct forecast_record *record, enum forecast_method used, struct node *node)
{
    node->forecast = true;
    node->method = (uint8_t)used;
    node->tried = record->trials;
    node->banded = record->banded;
    node->inside = record->inside;
    node->error_ppm = forecast_error_ppm(record);
}

int outlook_land(struct outlook *outlook, const struct node_spread *spread, bool bands, struct node *node,
                 struct err *err)
{
    struct past pasts[OUTLOOK_PERIODS + 1];
    const struct forecast_record *parent = NULL;
    struct forecast_record record;
    enum forecast_method used;
    struct arena arena;
    int count, rc;

    arena_init(&arena);
    rc = read_pasts(outlook, node->unit_id, spread, &arena, pasts, &count, err);
    if (rc == 0 && (count > 1 || (count && pasts[0].series.day_count >= FORECAST_TRIED_FROM)))
        rc = parent_of(outlook, node->unit_id, &parent, err);
    if (rc == 0 && count > 0) {
        note_before(pasts, bands || count < 2 ? count : 2);
        review(pasts, count, parent, bands, &record);
        node->landing = forecast_land(&pasts[0].series, record.method, pasts[0].series.day_count, &used);
        note(&record, used, node);
        node->dispersion = forecast_dispersion(&pasts[0].series, pasts[0].series.day_count);
    }
    arena_fini(&arena);
    return rc;
}
