/* level_book: see level_book.h. */
#include "feedback/levels/level_book.h"

#include "feedback/facts/announce.h"
#include "feedback/levels/level_store.h"

#include <stdlib.h>
#include <string.h>

struct lines {
    struct level_line *list;
    size_t count, cap;
};

/* A change to be published for a reading. Of one record what goes is published before what comes. */
struct told {
    const struct level_line *line;
    struct level_change change;
    enum { TOLD_GONE, TOLD_COME } phase;
};

/* One transaction's change. */
struct book {
    struct tx *tx;
    const struct snapshot *snapshot;
    struct arena *arena;
    struct lines stored, wanted; /* of the records: before and now; in order of place */
    struct lines gone, come;
    struct lines points; /* readings at whose day something changes; in order of series and reading once sorted */
    struct level_span *spans;
    size_t span_count;
    const struct level_line **dropped, **added; /* gone or told otherwise; come or told otherwise */
    size_t dropped_count, added_count;
    struct told *told;
    size_t told_count, told_cap;
};

static void add(struct arena *arena, struct lines *lines, const struct level_line *line)
{
    if (lines->count == lines->cap) {
        struct level_line *more;

        lines->cap = lines->cap ? lines->cap * 2 : 64;
        more = arena_array(arena, struct level_line, lines->cap);
        if (lines->count)
            memcpy(more, lines->list, lines->count * sizeof *more);
        lines->list = more;
    }
    lines->list[lines->count++] = *line;
}

static const struct level_line *line_at(const struct lines *lines, size_t i)
{
    return i < lines->count ? &lines->list[i] : NULL;
}

static int by_place(const void *a, const void *b)
{
    return level_compare_places(a, b);
}

static int by_series(const void *a, const void *b)
{
    int order = level_compare_series(a, b);

    return order ? order : level_compare_readings(a, b);
}

static void sort(struct lines *lines, int (*compare)(const void *, const void *))
{
    if (lines->count)
        qsort(lines->list, lines->count, sizeof *lines->list, compare);
}

/* --- what differs --------------------------------------------------------------------------------------------------
 */

static int find_lines(struct book *b, const struct live_record *records, size_t count, struct err *err)
{
    struct lines known = { 0 };

    for (size_t i = 0; i < count; i++) {
        const struct order_line *row = records[i].row;
        struct level_line line = { .bucket = row->bucket, .sender = row->sender, .record_key = row->key };

        if (!fact_kind_is_level(fact_kind_of_sender(row->sender)))
            continue;
        if (records[i].known)
            add(b->arena, &known, &line);
        if (records[i].live && level_line_of(records[i].live, b->arena, &line))
            add(b->arena, &b->wanted, &line);
    }
    sort(&b->wanted, by_place);
    if (!known.count)
        return 0;
    return level_store_of(b->tx, known.list, known.count, b->arena, &b->stored.list, &b->stored.count, err);
}

static void go(struct book *b, const struct level_line *line)
{
    add(b->arena, &b->gone, line);
    add(b->arena, &b->points, line);
}

static void come(struct book *b, const struct level_line *line)
{
    add(b->arena, &b->come, line);
    add(b->arena, &b->points, line);
}

static void compare(struct book *b, bool again)
{
    size_t s = 0, w = 0;

    while (s < b->stored.count || w < b->wanted.count) {
        const struct level_line *old = line_at(&b->stored, s), *now = line_at(&b->wanted, w);
        int order = !old ? 1 : !now ? -1 : level_compare_places(old, now);
        bool same = order == 0 && level_equal(old, now);

        if (same && again)
            add(b->arena, &b->points, old);
        if (order <= 0 && !same)
            go(b, old);
        if (order >= 0 && !same)
            come(b, now);
        s += order <= 0;
        w += order >= 0;
    }
}

static void find_spans(struct book *b)
{
    sort(&b->points, by_series);
    b->spans = arena_array(b->arena, struct level_span, b->points.count + 1);
    for (size_t i = 0; i < b->points.count; i++) {
        const struct level_line *at = &b->points.list[i];

        if (!i || level_compare_series(at, &b->points.list[i - 1]) != 0)
            b->spans[b->span_count++] = (struct level_span) { at, at->day, at->day };
        b->spans[b->span_count - 1].high = at->day;
    }
}

/* --- what is told --------------------------------------------------------------------------------------------------
 */

static void tell(struct book *b, const struct level_line *line, const struct level_change *changes, size_t count,
                 bool take_back)
{
    if (b->told_count + count > b->told_cap) {
        struct told *more;

        b->told_cap = (b->told_count + count) * 2;
        more = arena_array(b->arena, struct told, b->told_cap);
        if (b->told_count)
            memcpy(more, b->told, b->told_count * sizeof *more);
        b->told = more;
    }
    for (size_t i = 0; i < count; i++) {
        struct told *told = &b->told[b->told_count++];

        *told = (struct told) { line, changes[i], take_back ? TOLD_GONE : TOLD_COME };
        if (take_back)
            told->change.value = -told->change.value;
    }
}

/* A reading beside the one that follows it. */
static void settle(struct book *b, struct level_line *line, bool is_new, int32_t next_day)
{
    const struct reference *reference = b->snapshot->reference;
    struct level_change *now, *difference;
    size_t count = level_tell(reference, line, next_day, b->arena, &now);
    size_t different = level_difference(line->told, line->told_count, now, count, b->arena, &difference);

    if (!is_new && !different)
        return;
    if (!is_new)
        b->dropped[b->dropped_count++] = line;
    line->told = now;
    line->told_count = count;
    tell(b, line, difference, different, false);
    b->added[b->added_count++] = line;
}

/* Readings of one span, those that stay and those that come, both in their order. One behind the span's last day stays
 * as it is: what follows it hasn't been read. */
static void settle_span(struct book *b, const struct level_span *span, struct level_line *kept, size_t kept_count,
                        struct level_line *fresh, size_t fresh_count)
{
    size_t k = 0, f = 0;

    while (k < kept_count || f < fresh_count) {
        bool is_new = k == kept_count || (f < fresh_count && level_compare_readings(&fresh[f], &kept[k]) < 0);
        struct level_line *line = is_new ? &fresh[f++] : &kept[k++];
        int32_t next = LEVEL_OPEN;

        if (k < kept_count)
            next = kept[k].day;
        if (f < fresh_count && fresh[f].day < next)
            next = fresh[f].day;
        if (is_new || line->day <= span->high)
            settle(b, line, is_new, next);
    }
}

static int settle_all(struct book *b, struct err *err)
{
    struct level_line *kept;
    uint32_t *spans;
    size_t kept_count, k = 0, f = 0;

    if (level_store_near(b->tx, b->spans, b->span_count, b->arena, &kept, &spans, &kept_count, err) != 0)
        return -1;
    sort(&b->come, by_series);
    b->added = arena_array(b->arena, const struct level_line *, kept_count + b->come.count + 1);
    b->dropped = arena_array(b->arena, const struct level_line *, kept_count + 1);
    for (size_t i = 0; i < b->span_count; i++) {
        size_t kept_from = k, fresh_from = f;

        while (k < kept_count && spans[k] == i)
            k++;
        while (f < b->come.count && level_compare_series(&b->come.list[f], b->spans[i].of) == 0)
            f++;
        settle_span(b, &b->spans[i], kept + kept_from, k - kept_from, f > fresh_from ? &b->come.list[fresh_from] : NULL,
                    f - fresh_from);
    }
    return 0;
}

/* --- effects -------------------------------------------------------------------------------------------------------
 */

/* By stream; of one record what goes first, then by day, and of one day what ends first. */
static int by_stream(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    int order = level_compare_places(x->line, y->line);

    if (order)
        return order;
    if (x->phase != y->phase)
        return x->phase < y->phase ? -1 : 1;
    if (x->change.day != y->change.day)
        return x->change.day < y->change.day ? -1 : 1;
    if ((x->change.value < 0) != (y->change.value < 0))
        return x->change.value < 0 ? -1 : 1;
    return (x->change.measure > y->change.measure) - (x->change.measure < y->change.measure);
}

static bool same_row(const struct told *a, const struct told *b)
{
    return a->line == b->line && a->phase == b->phase && a->change.day == b->change.day &&
           (a->change.value < 0) == (b->change.value < 0);
}

/* Changes of one reading, day and sign as one line. */
static int announce_row(struct announce *announce, const struct told *told, size_t count, struct err *err)
{
    int16_t measures[REFERENCE_MEASURES];
    int64_t values[REFERENCE_MEASURES];
    const struct level_line *at = told->line;
    const struct order_line line = { .key = at->record_key,
                                     .sender = at->sender,
                                     .unit = at->unit,
                                     .site = at->site,
                                     .seller = at->seller,
                                     .channel = at->channel,
                                     .product = at->product,
                                     .contributions = { measures, values, (uint16_t)count } };
    const bool ends = told->change.value < 0;
    const struct effect_line effect = { &line, told->change.day, at->occurred_at, at->version, ends };

    for (size_t i = 0; i < count; i++) {
        measures[i] = told[i].change.measure;
        values[i] = ends ? -told[i].change.value : told[i].change.value;
    }
    return announce_line(announce, &effect, false, err);
}

/* Bucket by bucket, a sender at a time. */
static int announce_all(struct book *b, struct err *err)
{
    struct announce *announce = announce_new(b->tx, b->snapshot);
    const struct level_line *last = NULL;

    if (b->told_count)
        qsort(b->told, b->told_count, sizeof *b->told, by_stream);
    for (size_t i = 0, to; i < b->told_count; i = to) {
        const struct level_line *line = b->told[i].line;

        for (to = i + 1; to < b->told_count && same_row(&b->told[i], &b->told[to]);)
            to++;
        if (!last || last->bucket != line->bucket || last->sender != line->sender) {
            if (announce_flush(announce, err) != 0)
                return -1;
            announce_to(announce, line->bucket, line->sender);
            last = line;
        }
        if (announce_row(announce, &b->told[i], to - i, err) != 0)
            return -1;
    }
    return announce_flush(announce, err);
}

static int drop_gone(struct book *b, struct err *err)
{
    const struct level_line **gone = arena_array(b->arena, const struct level_line *, b->gone.count + 1);

    for (size_t i = 0; i < b->gone.count; i++) {
        const struct level_line *line = gone[i] = &b->gone.list[i];

        tell(b, line, line->told, line->told_count, true);
    }
    return level_store_drop(b->tx, gone, b->gone.count, b->arena, err);
}

int level_book(struct tx *tx, const struct snapshot *snapshot, const struct live_record *records, size_t count,
               bool again, struct arena *scratch, struct err *err)
{
    struct book b = { .tx = tx, .snapshot = snapshot, .arena = scratch };

    if (find_lines(&b, records, count, err) != 0)
        return -1;
    compare(&b, again);
    find_spans(&b);
    if (!b.span_count)
        return 0;
    if (drop_gone(&b, err) != 0 || settle_all(&b, err) != 0 ||
        level_store_drop(tx, b.dropped, b.dropped_count, b.arena, err) != 0 ||
        (b.added_count && level_store_add(tx, b.added, b.added_count, err) != 0))
        return -1;
    return announce_all(&b, err);
}
