/* cube: see cube.h. Totals: measure -> page of 1024 units -> series, three loads and no hashing. Slices: cube_slices.h
 */
#include "calc/cube.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calc/cube_slices.h"

#define PAGE_UNITS   1024U
#define PAGE_COUNT   (CUBE_UNIT_MAX / PAGE_UNITS)
#define SERIES_AHEAD 4U
#define LINE_DAYS    8 /* of a series, in one line of a cache */
#define RUNS         4 /* of a measure: a week, a month, a quarter and a year */
#define RUNS_LEN_MAX ((size_t)16 << 20)
#define DAYS_AHEAD   12 /* units whose next day is fetched while one is added */

/* A daily series over whole chunks of days; count 0: nothing yet. */
struct series {
    int64_t *values;
    int32_t first_day; /* a multiple of CUBE_CHUNK_DAYS */
    int32_t count;
};

struct page {
    struct series series[PAGE_UNITS];
};

/* Sums of all units over from_day..until_day, kept right with every addition. */
struct run {
    int64_t *sums; /* by unit; NULL: none */
    uint32_t count;
    int32_t from_day, until_day;
    uint64_t asked; /* the larger the later */
};

struct measure_pages {
    struct page *pages[PAGE_COUNT];
    struct run runs[RUNS];
};

struct cube {
    int32_t first_day, last_day;
    size_t bytes; /* of the totals and the runs */
    size_t runs_len;
    uint64_t asked;
    struct cube_slices slices;
    struct measure_pages *measures[CUBE_MEASURE_MAX];
};

static void *must(void *memory)
{
    if (!memory) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return memory;
}

static int check_window(int64_t first_day, int64_t last_day, struct err *err)
{
    if (first_day < 0 || last_day < first_day || last_day - first_day >= CUBE_WINDOW_MAX || last_day > CUBE_DAY_MAX)
        return err_fail(err, ERR_INVALID, "cube_window", "a cube can't hold the days %lld to %lld",
                        (long long)first_day, (long long)last_day);
    return 0;
}

int cube_new(struct cube **out, int32_t first_day, int32_t last_day, struct err *err)
{
    struct cube *cube;

    if (check_window(first_day, last_day, err) != 0)
        return -1;
    cube = must(calloc(1, sizeof *cube));
    cube->first_day = first_day;
    cube->last_day = last_day;
    cube->bytes = sizeof *cube;
    *out = cube;
    return 0;
}

static void free_measure(struct measure_pages *measure)
{
    for (uint32_t p = 0; measure && p < PAGE_COUNT; p++) {
        for (uint32_t u = 0; measure->pages[p] && u < PAGE_UNITS; u++)
            free(measure->pages[p]->series[u].values);
        free(measure->pages[p]);
    }
    for (int i = 0; measure && i < RUNS; i++)
        free(measure->runs[i].sums);
    free(measure);
}

void cube_clear(struct cube *cube)
{
    for (uint32_t m = 0; m < CUBE_MEASURE_MAX; m++) {
        free_measure(cube->measures[m]);
        cube->measures[m] = NULL;
    }
    cube_slices_fini(&cube->slices);
    cube->bytes = sizeof *cube;
    cube->runs_len = 0;
}

void cube_destroy(struct cube **cube)
{
    if (!cube || !*cube)
        return;
    cube_clear(*cube);
    free(*cube);
    *cube = NULL;
}

int cube_grow(struct cube *cube, int32_t first_day, int32_t last_day, struct err *err)
{
    int32_t first = first_day < cube->first_day ? first_day : cube->first_day;
    int32_t last = last_day > cube->last_day ? last_day : cube->last_day;

    if (check_window(first, last, err) != 0)
        return -1;
    cube->first_day = first;
    cube->last_day = last;
    return 0;
}

static const struct series *find_series(const struct cube *cube, uint32_t unit, uint32_t measure)
{
    const struct measure_pages *pages = measure < CUBE_MEASURE_MAX ? cube->measures[measure] : NULL;
    const struct page *page = pages && unit < CUBE_UNIT_MAX ? pages->pages[unit / PAGE_UNITS] : NULL;

    return page ? &page->series[unit % PAGE_UNITS] : NULL;
}

static struct series *make_series(struct cube *cube, uint32_t unit, uint32_t measure)
{
    struct measure_pages *pages = cube->measures[measure];
    struct page **page;

    if (!pages) {
        pages = cube->measures[measure] = must(calloc(1, sizeof *pages));
        cube->bytes += sizeof *pages;
    }
    page = &pages->pages[unit / PAGE_UNITS];
    if (!*page) {
        *page = must(calloc(1, sizeof **page));
        cube->bytes += sizeof **page;
    }
    return &(*page)->series[unit % PAGE_UNITS];
}

/* Stretches the series to whole chunks around `day`. */
static void series_reach(struct cube *cube, struct series *s, int32_t day)
{
    int32_t chunk = day / CUBE_CHUNK_DAYS * CUBE_CHUNK_DAYS;
    int32_t first = s->count && s->first_day < chunk ? s->first_day : chunk;
    int32_t end = s->count && s->first_day + s->count > chunk + CUBE_CHUNK_DAYS ? s->first_day + s->count
                                                                                : chunk + CUBE_CHUNK_DAYS;
    int64_t *values = must(calloc((size_t)(end - first), sizeof *values));

    if (s->count)
        memcpy(values + (s->first_day - first), s->values, (size_t)s->count * sizeof *values);
    free(s->values);
    cube->bytes += (size_t)(end - first - s->count) * sizeof *values;
    *s = (struct series) { values, first, end - first };
}

static int64_t *total_cell(struct cube *cube, uint32_t unit, uint32_t measure, int32_t day)
{
    struct series *s = make_series(cube, unit, measure);

    if (s->count == 0 || day < s->first_day || day >= s->first_day + s->count)
        series_reach(cube, s, day);
    return &s->values[day - s->first_day];
}

void cube_prefetch(const struct cube *cube, uint32_t unit, uint32_t measure, int32_t day, bool value)
{
    const struct series *s = find_series(cube, unit, measure);

    if (s && !value)
        __builtin_prefetch(s);
    else if (s && day >= s->first_day && day < s->first_day + s->count)
        __builtin_prefetch(&s->values[day - s->first_day], 1);
}

static bool cell_holds(const int64_t *cell, int64_t delta)
{
    int64_t sum;

    return !cell || (!__builtin_add_overflow(*cell, delta, &sum) && sum <= CUBE_CELL_MAX && sum >= -CUBE_CELL_MAX);
}

static void runs_add(struct measure_pages *pages, uint32_t unit, int32_t day, int64_t delta)
{
    for (int i = 0; i < RUNS; i++) {
        struct run *run = &pages->runs[i];

        if (unit < run->count && day >= run->from_day && day <= run->until_day)
            run->sums[unit] += delta;
    }
}

int cube_add(struct cube *cube, uint32_t unit, uint32_t measure, uint16_t channel, uint16_t product, int32_t day,
             int64_t delta, struct err *err)
{
    int64_t *total, *by_channel = NULL, *by_product = NULL;
    uint64_t channel_key, product_key;

    if (unit >= CUBE_UNIT_MAX || measure >= CUBE_MEASURE_MAX)
        return err_fail(err, ERR_INVALID, "cube_key", "unit %u or measure %u is out of range", unit, measure);
    if (day < cube->first_day || day > cube->last_day)
        return err_fail(err, ERR_INVALID, "cube_day", "day %d isn't within %d to %d", day, cube->first_day,
                        cube->last_day);
    channel_key = cube_slices_key(unit, measure, CUBE_CHANNEL, channel, day);
    product_key = cube_slices_key(unit, measure, CUBE_PRODUCT, product, day);
    cube_slices_prefetch(&cube->slices, channel_key);
    cube_slices_prefetch(&cube->slices, product_key);
    total = total_cell(cube, unit, measure, day);
    if (channel)
        by_channel = cube_slices_cell(&cube->slices, channel_key, day);
    if (product)
        by_product = cube_slices_cell(&cube->slices, product_key, day);
    if (!cell_holds(total, delta) || !cell_holds(by_channel, delta) || !cell_holds(by_product, delta))
        return err_fail(err, ERR_INVALID, "cube_cell", "unit %u, measure %u, day %d: the sum is too large", unit,
                        measure, day);
    *total += delta;
    runs_add(cube->measures[measure], unit, day, delta);
    if (by_channel)
        *by_channel += delta;
    if (by_product)
        *by_product += delta;
    return 0;
}

static int64_t series_sum(const struct series *s, int32_t from_day, int32_t to_day)
{
    int64_t lo = (int64_t)from_day - s->first_day, hi = (int64_t)to_day - s->first_day, sum = 0;

    lo = lo < 0 ? 0 : lo;
    hi = hi >= s->count ? s->count - 1 : hi;
    for (int64_t i = lo; i <= hi; i++)
        sum += s->values[i];
    return sum;
}

int64_t cube_sum(const struct cube *cube, uint32_t unit, uint32_t measure, int32_t from_day, int32_t to_day)
{
    const struct series *s = find_series(cube, unit, measure);

    return s && s->count ? series_sum(s, from_day, to_day) : 0;
}

/* Each series lies somewhere else: those to come are fetched while one is summed up. */
static void series_soon(const struct page *page, uint32_t at, int32_t from_day, int32_t to_day)
{
    const struct series *s = &page->series[at % PAGE_UNITS];

    if (at >= PAGE_UNITS)
        return;
    for (int32_t day = from_day < s->first_day ? s->first_day : from_day;
         day <= to_day && day < s->first_day + s->count; day += LINE_DAYS)
        __builtin_prefetch(&s->values[day - s->first_day]);
}

void cube_sums(const struct cube *cube, uint32_t measure, int32_t from_day, int32_t to_day, int64_t *out,
               uint32_t count)
{
    const struct measure_pages *pages = measure < CUBE_MEASURE_MAX ? cube->measures[measure] : NULL;

    for (uint32_t unit = 0; unit < count; unit++) {
        const struct page *page = pages && unit < CUBE_UNIT_MAX ? pages->pages[unit / PAGE_UNITS] : NULL;
        const struct series *s = page ? &page->series[unit % PAGE_UNITS] : NULL;

        if (page)
            series_soon(page, unit % PAGE_UNITS + SERIES_AHEAD, from_day, to_day);
        out[unit] = s && s->count ? series_sum(s, from_day, to_day) : 0;
    }
}

/* --- sums that go on ------------------------------------------------------------------------------------------------
 */

static const struct series *series_at(const struct measure_pages *pages, uint32_t unit)
{
    const struct page *page = unit < CUBE_UNIT_MAX ? pages->pages[unit / PAGE_UNITS] : NULL;

    return page ? &page->series[unit % PAGE_UNITS] : NULL;
}

static void fetch_day(const struct measure_pages *pages, uint32_t unit, int32_t day)
{
    const struct series *s = series_at(pages, unit);

    if (s && day >= s->first_day && day < s->first_day + s->count)
        __builtin_prefetch(&s->values[day - s->first_day]);
}

/* The days behind it until `day`. */
static void run_on(const struct measure_pages *pages, struct run *run, int32_t day)
{
    for (uint32_t unit = 0; unit < run->count && run->until_day < day; unit++) {
        const struct series *s = series_at(pages, unit);

        fetch_day(pages, unit + DAYS_AHEAD, day);
        if (s && s->count)
            run->sums[unit] += series_sum(s, run->until_day + 1, day);
    }
    run->until_day = day;
}

/* Units that it doesn't have yet. False: there is no room for them. */
static bool run_widen(struct cube *cube, const struct measure_pages *pages, struct run *run, uint32_t count)
{
    size_t more = count > run->count ? (count - run->count) * sizeof *run->sums : 0;

    if (cube->runs_len + more > RUNS_LEN_MAX)
        return false;
    if (!more)
        return true;
    run->sums = must(realloc(run->sums, count * sizeof *run->sums));
    for (uint32_t unit = run->count; unit < count; unit++) {
        const struct series *s = series_at(pages, unit);

        run->sums[unit] = s && s->count ? series_sum(s, run->from_day, run->until_day) : 0;
    }
    run->count = count;
    cube->runs_len += more;
    cube->bytes += more;
    return true;
}

/* In the place of the one that wasn't asked for the longest. */
static struct run *run_begin(struct cube *cube, struct measure_pages *pages, int32_t from_day)
{
    struct run *run = &pages->runs[0];
    size_t len;

    for (int i = 1; i < RUNS; i++)
        if (pages->runs[i].asked < run->asked)
            run = &pages->runs[i];
    len = run->count * sizeof *run->sums;
    cube->runs_len -= len;
    cube->bytes -= len;
    free(run->sums);
    *run = (struct run) { .from_day = from_day, .until_day = from_day - 1 };
    return run;
}

/* NULL: one that has gone further, or no room. */
static struct run *run_of(struct cube *cube, struct measure_pages *pages, int32_t from_day, int32_t to_day,
                          uint32_t count)
{
    struct run *run = NULL;

    for (int i = 0; i < RUNS && !run; i++)
        if (pages->runs[i].sums && pages->runs[i].from_day == from_day)
            run = &pages->runs[i];
    if (run && run->until_day > to_day)
        return NULL;
    if (!run)
        run = run_begin(cube, pages, from_day);
    if (!run_widen(cube, pages, run, count))
        return NULL;
    run->asked = ++cube->asked;
    run_on(pages, run, to_day);
    return run;
}

void cube_sums_on(struct cube *cube, uint32_t measure, int32_t from_day, int32_t to_day, int64_t *out, uint32_t count)
{
    struct measure_pages *pages = measure < CUBE_MEASURE_MAX ? cube->measures[measure] : NULL;
    const struct run *run = pages && count && to_day >= from_day ? run_of(cube, pages, from_day, to_day, count) : NULL;

    if (run)
        memcpy(out, run->sums, count * sizeof *out);
    else
        cube_sums(cube, measure, from_day, to_day, out, count);
}

static size_t run_off(const struct measure_pages *pages, const struct run *run)
{
    size_t off = 0;

    for (uint32_t unit = 0; unit < run->count; unit++) {
        const struct series *s = series_at(pages, unit);

        off += run->sums[unit] != (s && s->count ? series_sum(s, run->from_day, run->until_day) : 0);
    }
    return off;
}

size_t cube_sums_off(const struct cube *cube)
{
    size_t off = 0;

    for (uint32_t m = 0; m < CUBE_MEASURE_MAX; m++)
        for (int i = 0; cube->measures[m] && i < RUNS; i++)
            off += run_off(cube->measures[m], &cube->measures[m]->runs[i]);
    return off;
}

int64_t cube_sum_slice(const struct cube *cube, uint32_t unit, uint32_t measure, enum cube_dimension dimension,
                       uint16_t member, int32_t from_day, int32_t to_day)
{
    int32_t from = from_day > cube->first_day ? from_day : cube->first_day;
    int32_t to = to_day < cube->last_day ? to_day : cube->last_day;

    if (unit >= CUBE_UNIT_MAX || measure >= CUBE_MEASURE_MAX || member == 0)
        return 0;
    return cube_slices_sum(&cube->slices, unit, measure, dimension, member, from, to);
}

void cube_days(const struct cube *cube, uint32_t unit, uint32_t measure, int32_t from_day, int32_t to_day, int64_t *out)
{
    const struct series *s = find_series(cube, unit, measure);

    for (int64_t day = from_day; day <= to_day; day++) {
        bool inside = s && s->count && day >= s->first_day && day < (int64_t)s->first_day + s->count;

        out[day - from_day] = inside ? s->values[day - s->first_day] : 0;
    }
}

static void each_of_measure(const struct measure_pages *pages, uint32_t measure, cube_series_cb *cb, void *arg)
{
    for (uint32_t p = 0; p < PAGE_COUNT; p++) {
        for (uint32_t u = 0; pages->pages[p] && u < PAGE_UNITS; u++) {
            const struct series *s = &pages->pages[p]->series[u];

            if (s->count)
                cb(p * PAGE_UNITS + u, measure, s->first_day, s->values, s->count, arg);
        }
    }
}

void cube_each(const struct cube *cube, cube_series_cb *cb, void *arg)
{
    for (uint32_t m = 0; m < CUBE_MEASURE_MAX; m++)
        if (cube->measures[m])
            each_of_measure(cube->measures[m], m, cb, arg);
}

void cube_each_slice(const struct cube *cube, cube_slice_cb *cb, void *arg)
{
    cube_slices_each(&cube->slices, cb, arg);
}

size_t cube_memory(const struct cube *cube)
{
    return cube->bytes + cube_slices_memory(&cube->slices);
}
