/* progress: facts into sums: gathered by cell over a transaction, appended with one COPY, added to the cube. */
#include "monitoring/judging/outlook.h"
#include "monitoring/monitoring.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define CELL_MEASURES 12 /* more measures than this on one line open a second cell of the same key */
#define MOVED_MAX     4096

struct cell {
    uint16_t bucket;
    uint8_t count;
    int32_t day;
    uint32_t unit, channel, product;
    int16_t measures[CELL_MEASURES];
    int64_t sums[CELL_MEASURES];
};

/* Open addressing over an array of cells; emptied after each transaction. */
struct pending {
    struct cell *cells;
    size_t count, cap;
    uint32_t *slots; /* index + 1 */
    size_t slot_count;
};

struct pending *pending_new(void)
{
    struct pending *pending = calloc(1, sizeof *pending);

    if (!pending)
        abort();
    return pending;
}

void pending_destroy(struct pending **pending)
{
    if (!*pending)
        return;
    free((*pending)->cells);
    free((*pending)->slots);
    free(*pending);
    *pending = NULL;
}

void pending_clear(struct pending *pending)
{
    if (!pending->count)
        return;
    pending->count = 0;
    memset(pending->slots, 0, pending->slot_count * sizeof *pending->slots);
}

static size_t slot_of(const struct pending *pending, const struct cell *key)
{
    uint64_t a = (uint64_t)key->unit << 32 | (uint32_t)key->day;
    uint64_t b = (uint64_t)key->bucket << 48 | (uint64_t)key->channel << 24 | key->product;

    return hash_mix(a ^ hash_mix(b)) & (pending->slot_count - 1);
}

static bool same_key(const struct cell *a, const struct cell *b)
{
    return a->unit == b->unit && a->day == b->day && a->product == b->product && a->channel == b->channel &&
           a->bucket == b->bucket;
}

static void rehash(struct pending *pending)
{
    free(pending->slots);
    pending->slot_count = pending->slot_count ? pending->slot_count * 2 : 4096;
    pending->slots = calloc(pending->slot_count, sizeof *pending->slots);
    if (!pending->slots)
        abort();
    for (size_t i = 0; i < pending->count; i++) {
        size_t slot = slot_of(pending, &pending->cells[i]);

        while (pending->slots[slot])
            slot = (slot + 1) & (pending->slot_count - 1);
        pending->slots[slot] = (uint32_t)i + 1;
    }
}

static struct cell *cell_of(struct pending *pending, const struct cell *key)
{
    size_t slot;

    if (pending->count * 2 >= pending->slot_count)
        rehash(pending);
    for (slot = slot_of(pending, key); pending->slots[slot]; slot = (slot + 1) & (pending->slot_count - 1)) {
        struct cell *cell = &pending->cells[pending->slots[slot] - 1];

        if (same_key(cell, key) && cell->count < CELL_MEASURES)
            return cell;
    }
    if (pending->count == pending->cap) {
        pending->cap = pending->cap ? pending->cap * 2 : 2048;
        pending->cells = realloc(pending->cells, pending->cap * sizeof *pending->cells);
        if (!pending->cells)
            abort();
    }
    pending->cells[pending->count] = *key;
    pending->slots[slot] = (uint32_t)++pending->count;
    return &pending->cells[pending->count - 1];
}

static void add_value(struct pending *pending, const struct cell *key, uint32_t measure, int64_t value)
{
    struct cell *cell = cell_of(pending, key);
    int i = 0;

    while (i < cell->count && cell->measures[i] != (int16_t)measure)
        i++;
    if (i == cell->count) {
        cell->measures[cell->count] = (int16_t)measure;
        cell->sums[cell->count++] = 0;
    }
    cell->sums[i] += value;
}

/* --- facts --- */

static int check_columns(const Bihuan__FactsRecorded *batch, struct err *err)
{
    size_t rows = batch->n_record_key;
    size_t total = 0;

    for (size_t i = 0; i < batch->n_contributions; i++)
        total += batch->contributions[i];
    if (batch->n_unit_id != rows || batch->n_taken_back != rows || batch->n_channel_id != rows ||
        batch->n_product_id != rows || batch->n_day != rows || batch->n_contributions != rows ||
        batch->n_measure_id != total || batch->n_value != total)
        return err_fail(err, ERR_INVALID, "bad_columns", "the columns of a batch of facts differ in length");
    return 0;
}

static int book_row(struct monitoring *m, const Bihuan__FactsRecorded *batch, size_t row, size_t *at, uint16_t bucket,
                    struct err *err)
{
    struct cell key = { .bucket = bucket,
                        .day = batch->day[row],
                        .unit = batch->unit_id[row],
                        .channel = batch->channel_id[row],
                        .product = batch->product_id[row] };

    if (key.day <= m->judged_until && batch->contributions[row]) {
        m->late_coming = true;
        outlook_book_clear(m->outlooks);
        if (key.day < m->late_from)
            m->late_from = key.day;
    }
    for (uint32_t i = 0; i < batch->contributions[row]; i++, (*at)++) {
        if (cube_add(m->cube, key.unit, batch->measure_id[*at], 0, 0, key.day, batch->value[*at], err) != 0)
            return -1;
        if (m->slices.count && slices_add(m,
                                          &(struct slice_cell) { key.unit, batch->measure_id[*at], key.channel,
                                                                 key.product, key.day, batch->value[*at] },
                                          err) != 0)
            return -1;
        add_value(m->pending, &key, batch->measure_id[*at], batch->value[*at]);
    }
    return 0;
}

static int book(struct monitoring *m, const Bihuan__FactsRecorded *batch, uint16_t bucket, struct err *err)
{
    int32_t first = INT32_MAX;
    int32_t last = INT32_MIN;
    size_t at = 0;

    for (size_t i = 0; i < batch->n_day; i++) {
        first = batch->day[i] < first ? batch->day[i] : first;
        last = batch->day[i] > last ? batch->day[i] : last;
    }
    if (batch->n_day && cube_grow(m->cube, first, last, err) != 0)
        return -1;
    for (size_t i = 0; i < batch->n_record_key; i++)
        if (book_row(m, batch, i, &at, bucket, err) != 0)
            return -1;
    for (size_t i = 0; i < batch->n_record_key; i++)
        if (!batch->taken_back[i] && batch->contributions[i])
            coverage_add(m->coverage, batch->sender, batch->unit_id[i]);
    return 0;
}

/* Books one batch of facts into the sums of every unit it touches. */
int on_facts(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__FactsRecorded *batch = message;

    if (tx_position(tx, "planning", 0) < batch->planning_seq)
        return err_fail(err, ERR_BUSY, "wait", "planning's stream is not read up to %lu yet",
                        (unsigned long)batch->planning_seq);
    if (check_columns(batch, err) != 0)
        return -1;
    return book(monitoring_write(tx), batch, tx_bucket(tx), err);
}

/* --- what a transaction leaves --- */

static void copy_cell(struct copy_in *copy, const struct cell *cell)
{
    copy_date(copy, cell->day);
    copy_i32(copy, (int32_t)cell->unit);
    copy_i32(copy, (int32_t)cell->channel);
    copy_i32(copy, (int32_t)cell->product);
    copy_i16_array(copy, cell->measures, cell->count);
    copy_i64_array(copy, cell->sums, cell->count);
}

static int copy_cells(struct tx *tx, const struct pending *pending, struct err *err)
{
    struct copy_in copy;

    if (copy_in_begin(&copy, tx_db(tx),
                      "COPY progress (bucket, day, unit_id, channel_id, product_id, measures, sums) FROM STDIN"
                      " (FORMAT binary)",
                      err) != 0)
        return -1;
    for (size_t i = 0; i < pending->count; i++) {
        const struct cell *cell = &pending->cells[i];

        if (copy_row(&copy, 7, err) != 0)
            return -1;
        copy_i16(&copy, (int16_t)cell->bucket);
        copy_cell(&copy, cell);
    }
    return copy_in_end(&copy, err);
}

/* What came of days that were judged already, with the day on which it came: see known.h. */
static int copy_late(struct tx *tx, const struct pending *pending, int32_t judged_until, struct err *err)
{
    struct copy_in copy;
    size_t first = 0;

    while (first < pending->count && pending->cells[first].day > judged_until)
        first++;
    if (first == pending->count)
        return 0;
    if (copy_in_begin(&copy, tx_db(tx),
                      "COPY progress_late (bucket, known_day, day, unit_id, channel_id, product_id, measures, sums)"
                      " FROM STDIN (FORMAT binary)",
                      err) != 0)
        return -1;
    for (size_t i = first; i < pending->count; i++) {
        if (pending->cells[i].day > judged_until)
            continue;
        if (copy_row(&copy, 8, err) != 0)
            return -1;
        copy_i16(&copy, (int16_t)pending->cells[i].bucket);
        copy_date(&copy, today(tx));
        copy_cell(&copy, &pending->cells[i]);
    }
    return copy_in_end(&copy, err);
}

/* A hint for live listeners; nobody adds it up, so it is bounded. */
static int publish_moved(struct tx *tx, const struct pending *pending, struct err *err)
{
    Bihuan__ProgressMoved event = BIHUAN__PROGRESS_MOVED__INIT;
    size_t cap = pending->count < MOVED_MAX ? pending->count : MOVED_MAX;
    struct arena *arena = tx_arena(tx);

    event.unit_id = arena_array(arena, uint32_t, cap);
    event.measure_id = arena_array(arena, uint32_t, cap);
    event.delta = arena_array(arena, int64_t, cap);
    for (size_t i = 0; i < cap; i++) {
        event.unit_id[i] = pending->cells[i].unit;
        event.measure_id[i] = (uint32_t)pending->cells[i].measures[0];
        event.delta[i] = pending->cells[i].sums[0];
    }
    event.n_unit_id = event.n_measure_id = event.n_delta = cap;
    event.day = pending->cells[0].day;
    return tx_publish(tx, 0, MSG(PROGRESS_MOVED), "", &event.base, err);
}

int pending_write(struct tx *tx, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct pending *pending = m->pending;

    if (!pending->count)
        return 0;
    if (copy_cells(tx, pending, err) != 0 ||
        (m->late_from <= m->judged_until && copy_late(tx, pending, m->judged_until, err) != 0))
        return -1;
    return publish_moved(tx, pending, err);
}

static int by_unit_measure(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

int pending_each(const struct pending *pending, pending_each_fn *each, void *arg, struct err *err)
{
    size_t cap = 0;
    size_t n = 0;
    uint64_t *keys;
    int rc = 0;

    for (size_t i = 0; i < pending->count; i++)
        cap += pending->cells[i].count;
    keys = calloc(cap ? cap : 1, sizeof *keys);
    if (!keys)
        abort();
    for (size_t i = 0; i < pending->count; i++)
        for (int k = 0; k < pending->cells[i].count; k++)
            keys[n++] = (uint64_t)pending->cells[i].unit << 32 | (uint16_t)pending->cells[i].measures[k];
    qsort(keys, n, sizeof *keys, by_unit_measure);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (i == 0 || keys[i] != keys[i - 1])
            rc = each(arg, (uint32_t)(keys[i] >> 32), (uint32_t)keys[i], err);
    free(keys);
    return rc;
}

/* --- loading --- */

static int take_sum(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    struct cube *cube = arg;
    int64_t measures[64];
    int64_t sums[64];
    int32_t day = copy_cell_date(&cells[1]);
    int n = count == 4 ? copy_cell_ints(&cells[2], measures, 64) : -1;

    if (n < 0 || n > 64 || copy_cell_ints(&cells[3], sums, 64) != n)
        return err_set(err, "malformed row in progress");
    if (cube_grow(cube, day, day, err) != 0)
        return -1;
    for (int i = 0; i < n; i++)
        if (cube_add(cube, (uint32_t)copy_cell_int(&cells[0]), (uint32_t)measures[i], 0, 0, day, sums[i], err) != 0)
            return -1;
    return 0;
}

int progress_load(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int32_t day = today(tx);

    cube_destroy(&m->cube);
    if (cube_new(&m->cube, day, day, err) != 0)
        return -1;
    return copy_out(tx_db(tx), "COPY (SELECT unit_id, day, measures, sums FROM progress) TO STDOUT (FORMAT binary)",
                    take_sum, m->cube, NULL, err);
}
