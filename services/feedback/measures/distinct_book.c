/* distinct_book: see distinct_book.h. */
#include "feedback/measures/distinct_book.h"

#include "feedback/facts/announce.h"
#include "feedback/measures/distinct_store.h"

#include <stdlib.h>
#include <string.h>

struct lines {
    struct distinct_line *list;
    size_t count, cap;
};

/* A line that counts from now on, or no more. */
struct told {
    const struct distinct_line *line;
    bool take_back;
};

/* One transaction's change. */
struct book {
    struct tx *tx;
    const struct snapshot *snapshot;
    struct arena *arena;
    struct lines stored, wanted; /* of the records: before and now; in order of place */
    struct lines gone, come;     /* what differs; in order of group once sorted */
    struct lines groups;         /* each touched group once */
    struct distinct_line *kept;  /* by group: first of those that stay, measure 0 none */
    const struct distinct_line **marked;
    size_t marked_count;
    struct told *told;
    size_t told_count;
};

static void add(struct arena *arena, struct lines *lines, const struct distinct_line *line)
{
    if (lines->count == lines->cap) {
        struct distinct_line *more;

        lines->cap = lines->cap ? lines->cap * 2 : 64;
        more = arena_array(arena, struct distinct_line, lines->cap);
        if (lines->count)
            memcpy(more, lines->list, lines->count * sizeof *more);
        lines->list = more;
    }
    lines->list[lines->count++] = *line;
}

static const struct distinct_line *line_at(const struct lines *lines, size_t i)
{
    return i < lines->count ? &lines->list[i] : NULL;
}

static int by_place(const void *a, const void *b)
{
    return distinct_compare_places(a, b);
}

/* Within a group the first line comes first. */
static int by_group(const void *a, const void *b)
{
    int order = distinct_compare_groups(a, b);

    return order ? order : distinct_compare_lines(a, b);
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
    struct distinct_record *known = arena_array(b->arena, struct distinct_record, count);
    size_t known_count = 0;

    for (size_t i = 0; i < count; i++) {
        const struct order_line *row = records[i].row;
        struct distinct_line *groups;
        size_t n = 0;

        if (records[i].known)
            known[known_count++] = (struct distinct_record) { row->bucket, row->sender, row->key };
        if (records[i].live)
            n = distinct_groups(b->snapshot->reference, records[i].live, b->arena, &groups, NULL);
        for (size_t g = 0; g < n; g++)
            add(b->arena, &b->wanted, &groups[g]);
    }
    sort(&b->wanted, by_place);
    if (!known_count)
        return 0;
    return distinct_store_of(b->tx, known, known_count, b->arena, &b->stored.list, &b->stored.count, err);
}

static void compare(struct book *b)
{
    size_t s = 0, w = 0;

    for (;;) {
        const struct distinct_line *old = line_at(&b->stored, s), *now = line_at(&b->wanted, w);
        int order = old && now ? distinct_compare_places(old, now) : 0;

        if (!old && !now)
            break;
        if (old && (!now || order < 0)) {
            add(b->arena, &b->gone, old);
            s++;
        } else if (now && (!old || order > 0)) {
            add(b->arena, &b->come, now);
            w++;
        } else {
            if (!distinct_equal(old, now)) {
                add(b->arena, &b->gone, old);
                add(b->arena, &b->come, now);
            }
            s++;
            w++;
        }
    }
    sort(&b->gone, by_group);
    sort(&b->come, by_group);
}

static void find_groups(struct book *b)
{
    size_t g = 0, c = 0;

    for (;;) {
        const struct distinct_line *old = line_at(&b->gone, g), *now = line_at(&b->come, c);
        const struct distinct_line *group = old && (!now || distinct_compare_groups(old, now) <= 0) ? old : now;

        if (!group)
            break;
        add(b->arena, &b->groups, group);
        while (g < b->gone.count && distinct_compare_groups(&b->gone.list[g], group) == 0)
            g++;
        while (c < b->come.count && distinct_compare_groups(&b->come.list[c], group) == 0)
            c++;
    }
}

/* --- who counts ----------------------------------------------------------------------------------------------------
 */

static void tell(struct book *b, const struct distinct_line *line, bool take_back)
{
    b->told[b->told_count++] = (struct told) { line, take_back };
}

static void mark(struct book *b, struct distinct_line *line, bool first)
{
    line->first = first;
    b->marked[b->marked_count++] = line;
}

/* One group: gone[from..], come[from..] are its own. */
static void decide(struct book *b, const struct distinct_line *gone, size_t gone_count, struct distinct_line *come,
                   struct distinct_line *kept)
{
    const struct distinct_line *before = kept && kept->first ? kept : NULL;
    struct distinct_line *after = kept;

    for (size_t i = 0; i < gone_count; i++)
        if (gone[i].first)
            before = &gone[i];
    if (come && (!kept || distinct_compare_lines(come, kept) < 0))
        after = come;
    if (after == before)
        return;
    if (before)
        tell(b, before, true);
    if (after)
        tell(b, after, false);
    if (kept && kept->first != (kept == after))
        mark(b, kept, kept == after);
    if (after == come && come)
        come->first = true;
}

static void decide_all(struct book *b)
{
    size_t g = 0, c = 0;

    b->marked = arena_array(b->arena, const struct distinct_line *, b->groups.count);
    b->told = arena_array(b->arena, struct told, b->groups.count * 2);
    for (size_t i = 0; i < b->groups.count; i++) {
        const struct distinct_line *group = &b->groups.list[i];
        size_t gone = g, come = c;

        while (g < b->gone.count && distinct_compare_groups(&b->gone.list[g], group) == 0)
            g++;
        while (c < b->come.count && distinct_compare_groups(&b->come.list[c], group) == 0)
            c++;
        decide(b, &b->gone.list[gone], g - gone, c > come ? &b->come.list[come] : NULL,
               b->kept[i].measure ? &b->kept[i] : NULL);
    }
}

/* --- effects -------------------------------------------------------------------------------------------------------
 */

static int announce_one(struct announce *announce, const struct told *told, struct err *err)
{
    const struct distinct_line *at = told->line;
    int16_t measure = (int16_t)at->measure;
    int64_t one = 1;
    const struct order_line line = { .key = at->record_key,
                                     .unit = at->unit,
                                     .site = at->unit,
                                     .seller = at->seller,
                                     .channel = at->channel,
                                     .product = at->product,
                                     .contributions = { &measure, &one, 1 } };
    const struct effect_line effect = { &line, at->day, at->occurred_at, at->version, false };

    return announce_line(announce, &effect, told->take_back, err);
}

/* By stream; of one record what is taken back goes first. */
static int by_stream(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    int order = distinct_compare_places(x->line, y->line);

    return order ? order : (int)y->take_back - (int)x->take_back;
}

/* Bucket by bucket, a sender at a time. */
static int announce_all(struct book *b, struct err *err)
{
    struct announce *announce = announce_new(b->tx, b->snapshot);
    const struct distinct_line *last = NULL;

    if (b->told_count)
        qsort(b->told, b->told_count, sizeof *b->told, by_stream);
    for (size_t i = 0; i < b->told_count; i++) {
        const struct distinct_line *line = b->told[i].line;

        if (!last || last->bucket != line->bucket || last->sender != line->sender) {
            if (announce_flush(announce, err) != 0)
                return -1;
            announce_to(announce, line->bucket, line->sender);
            last = line;
        }
        if (announce_one(announce, &b->told[i], err) != 0)
            return -1;
    }
    return announce_flush(announce, err);
}

static int drop_gone(struct book *b, struct err *err)
{
    const struct distinct_line **gone = arena_array(b->arena, const struct distinct_line *, b->gone.count + 1);

    for (size_t i = 0; i < b->gone.count; i++)
        gone[i] = &b->gone.list[i];
    return distinct_store_drop(b->tx, gone, b->gone.count, b->arena, err);
}

int distinct_book(struct tx *tx, const struct snapshot *snapshot, const struct live_record *records, size_t count,
                  struct arena *scratch, struct err *err)
{
    struct book b = { .tx = tx, .snapshot = snapshot, .arena = scratch };

    if (!count || !reference_has_distinct(snapshot->reference))
        return 0;
    if (find_lines(&b, records, count, err) != 0)
        return -1;
    compare(&b);
    find_groups(&b);
    if (!b.groups.count)
        return 0;
    b.kept = arena_array(b.arena, struct distinct_line, b.groups.count);
    if (drop_gone(&b, err) != 0 || distinct_store_first(tx, b.groups.list, b.groups.count, b.arena, b.kept, err) != 0)
        return -1;
    decide_all(&b);
    if (distinct_store_mark(tx, b.marked, b.marked_count, b.arena, err) != 0 ||
        (b.come.count && distinct_store_add(tx, b.come.list, b.come.count, err) != 0))
        return -1;
    return announce_all(&b, err);
}
