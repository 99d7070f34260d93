/* recording: see recording.h. */
#include "feedback/facts/recording.h"

#include "feedback/facts/announce.h"
#include "feedback/facts/effect.h"
#include "feedback/facts/fact_store.h"
#include "feedback/facts/reversal_store.h"
#include "feedback/holdings/holdings.h"
#include "feedback/holdings/quotes.h"
#include "feedback/levels/level_book.h"
#include "feedback/mapping/reasons.h"
#include "feedback/measures/distinct_book.h"
#include "feedback/state.h"

#include <stdlib.h>
#include <string.h>

/* A record that may be known, and its stored rows. */
struct asked {
    size_t record; /* of the order */
    const struct order_line *found;
    size_t found_count;
};

struct recording {
    struct tx *tx;
    const struct snapshot *snapshot;
    const struct record_order *order;
    struct asked *asked; /* in the order's order */
    size_t asked_count;
    struct record_counts *counts;
    record_conflict_fn *conflict;
    void *arg;
    struct copy_in copy;
    bool copying;
    struct announce *announce;
    struct live_record *moved; /* whose live row is another now; NULL where nobody asks */
    size_t moved_count;
    const struct order_line **reread; /* rows of files that were read again and mean something else now */
    size_t reread_count;
    const struct order_line **withdrawn; /* stored reversals that are no more what their original is */
    const char **differing;              /* parallel: what of them; NULL: their reader says it */
    size_t withdrawn_count;
    int64_t *changed; /* records known before of which a version came: who waits to take them back is read again */
    size_t changed_count;
};

static int compare(const void *a, const void *b)
{
    const struct order_line *x = *(const struct order_line *const *)a;
    const struct order_line *y = *(const struct order_line *const *)b;
    size_t len = x->key_len < y->key_len ? x->key_len : y->key_len;
    int order;

    if (x->bucket != y->bucket)
        return x->bucket < y->bucket ? -1 : 1;
    order = memcmp(x->key, y->key, len);
    if (order)
        return order;
    if (x->key_len != y->key_len)
        return x->key_len < y->key_len ? -1 : 1;
    return x < y ? -1 : x > y; /* arrival */
}

static bool in_order(struct order_line *const *sorted, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (compare(&sorted[i - 1], &sorted[i]) > 0)
            return false;
    return true;
}

/* Dealt out to their buckets; senders deliver mostly in the order of keys, and so they are then in order already. */
static void sort(struct order_line *lines, size_t count, struct order_line **sorted)
{
    size_t ends[BUCKETS_MAX] = { 0 }, at = 0;

    for (size_t i = 0; i < count; i++)
        ends[lines[i].bucket]++;
    for (size_t b = 0; b < BUCKETS_MAX; b++) {
        at += ends[b];
        ends[b] = at - ends[b];
    }
    for (size_t i = 0; i < count; i++)
        sorted[ends[lines[i].bucket]++] = &lines[i];
    for (size_t b = 0, from = 0; b < BUCKETS_MAX; from = ends[b++])
        if (!in_order(sorted + from, ends[b] - from))
            qsort(sorted + from, ends[b] - from, sizeof sorted[0], compare);
}

static bool same_key(const struct order_line *a, const struct order_line *b)
{
    return a->bucket == b->bucket && a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

struct record_order recording_order(struct order_line *lines, size_t count, struct arena *arena)
{
    struct record_order order = { .lines = arena_array(arena, struct order_line *, count + 1),
                                  .count = count,
                                  .records = arena_array(arena, struct record_span, count + 1) };

    sort(lines, count, order.lines);
    for (size_t i = 0; i < count; i++) {
        const struct order_line *line = order.lines[i];

        if (i == 0 || !same_key(order.lines[i - 1], line))
            order.records[order.record_count++] =
                (struct record_span) { .hash = line->record_hash, .from = (uint32_t)i, .bucket = line->bucket };
        order.records[order.record_count - 1].to = (uint32_t)i + 1;
    }
    return order;
}

/* --- what is known ---------------------------------------------------------------------------------------------------
 */

#define AHEAD 8 /* what is looked at soon is fetched from memory before: it lies in no order */

/* Behind the last record of the bucket of record `from`. */
static size_t bucket_end(const struct record_order *order, size_t from)
{
    size_t to = from + 1;

    while (to < order->record_count && order->records[to].bucket == order->records[from].bucket)
        to++;
    return to;
}

static const struct order_line *first_of(const struct recording *r, size_t record)
{
    return r->order->lines[r->order->records[record].from];
}

/* Asks the filters, and puts what they don't know into them. */
static int filter_records(struct recording *r, struct err *err)
{
    const struct record_order *order = r->order;

    r->asked = arena_array(tx_arena(r->tx), struct asked, order->record_count);
    for (size_t from = 0, to; from < order->record_count; from = to) {
        struct filter *filter;

        if (state_filter(r->tx, order->records[from].bucket, &filter, err) != 0)
            return -1;
        to = bucket_end(order, from);
        for (size_t i = from; i < to; i++) {
            uint64_t hash = order->records[i].hash;

            if (i + AHEAD < to)
                filter_fetch(filter, order->records[i + AHEAD].hash);
            if (filter_perhaps(filter, hash))
                r->asked[r->asked_count++].record = i;
            else
                filter_add(filter, hash);
        }
    }
    return 0;
}

/* Gives each record of one bucket that was looked up its rows; both are in the order of keys. */
static void match(struct recording *r, size_t from, size_t to, const struct order_line *found, size_t found_count)
{
    size_t at = 0;

    for (size_t i = from; i < to; i++) {
        const char *key = first_of(r, r->asked[i].record)->key;

        r->asked[i].found = &found[at];
        while (at < found_count && strcmp(found[at].key, key) == 0) {
            r->asked[i].found_count++;
            at++;
        }
    }
}

/* What is asked of one bucket: asked[from..to). */
struct look_up {
    size_t from, to;
    struct db_rows rows;
};

static int ask(struct recording *r, struct look_up *look, struct err *err)
{
    const struct order_line *first = first_of(r, r->asked[look->from].record);
    const char **keys = arena_array(tx_arena(r->tx), const char *, look->to - look->from);

    for (size_t i = look->from; i < look->to; i++)
        keys[i - look->from] = first_of(r, r->asked[i].record)->key;
    return fact_store_ask(r->tx, first->bucket, first->sender, keys, look->to - look->from, &look->rows, err);
}

static int ask_all(struct recording *r, struct look_up *looks, size_t *count, struct err *err)
{
    for (size_t from = 0, to; from < r->asked_count; from = to) {
        uint16_t bucket = first_of(r, r->asked[from].record)->bucket;

        for (to = from + 1; to < r->asked_count && first_of(r, r->asked[to].record)->bucket == bucket;)
            to++;
        looks[*count] = (struct look_up) { .from = from, .to = to };
        if (ask(r, &looks[*count], err) != 0)
            return -1;
        ++*count;
    }
    return 0;
}

/* All buckets in one round trip: some records of each are nearly always perhaps known. */
static int look_up(struct recording *r, struct err *err)
{
    struct look_up *looks = arena_array(tx_arena(r->tx), struct look_up,
                                        r->asked_count < BUCKETS_MAX ? r->asked_count : BUCKETS_MAX);
    size_t count = 0, taken = 0;
    int rc = ask_all(r, looks, &count, err);

    if (rc == 0 && count)
        rc = db_flush(tx_db(r->tx), err);
    while (rc == 0 && taken < count) {
        struct look_up *look = &looks[taken++];
        struct order_line *found;
        size_t found_count;

        rc = fact_store_take(r->tx, &look->rows, &found, &found_count, err);
        if (rc == 0)
            match(r, look->from, look->to, found, found_count);
    }
    for (; taken < count; taken++)
        db_rows_fini(&looks[taken].rows);
    return rc;
}

/* --- what becomes of it ----------------------------------------------------------------------------------------------
 */

static int store(struct recording *r, const struct order_line *line, struct err *err)
{
    if (!r->copying && fact_store_copy_begin(&r->copy, r->tx, err) != 0)
        return -1;
    r->copying = true;
    return fact_store_copy(&r->copy, line, err);
}

static void note_live(struct recording *r, const struct order_line *row, const struct order_line *was,
                      const struct order_line *live)
{
    if (r->moved && was != live)
        r->moved[r->moved_count++] = (struct live_record) { row, live, was != NULL };
}

/* A cancel that waits for its original is no record yet. */
static void note_fresh(struct recording *r, const struct order_line *line)
{
    if (line->operation == OPERATION_RECORD)
        r->counts->fresh[r->counts->fresh_count++] = line;
}

static void count_stored(struct record_counts *counts, const struct order_line *line)
{
    counts->stored_amount += line->amount;
    for (uint8_t i = 0; i < line->sum_count; i++)
        counts->sums[i].stored += line->sums[i];
}

static void count_duplicate(struct record_counts *counts, const struct order_line *line)
{
    counts->duplicate++;
    counts->duplicate_amount += line->amount;
    for (uint8_t i = 0; i < line->sum_count; i++)
        counts->sums[i].duplicate += line->sums[i];
}

/* A record never seen, with one row: nearly all of them. */
static int record_single(struct recording *r, const struct order_line *line, struct err *err)
{
    struct effect none = { .count = 0 }, now = effect_of(&line, 1);

    r->counts->accepted++;
    count_stored(r->counts, line);
    note_live(r, line, NULL, effect_live(&line, 1));
    note_fresh(r, line);
    if (store(r, line, err) != 0)
        return -1;
    return announce_change(r->announce, &none, &now, err);
}

/* The place of the row that it was when its file was read before, `count` none. */
static size_t place_of_reread(const struct order_line *const *rows, size_t count, const struct order_line *line)
{
    size_t i = 0;

    while (i < count && !effect_is_reread(rows[i], line))
        i++;
    return i;
}

static void add_reread(struct recording *r, const struct order_line *line)
{
    if (!r->reread)
        r->reread = arena_array(tx_arena(r->tx), const struct order_line *, r->order->count);
    r->reread[r->reread_count++] = line;
}

/* What a map meant before is told as taken back; the row stays what it was, and says whom it counts for now. */
static void take_reread(struct recording *r, const struct order_line **place, const struct order_line *line)
{
    add_reread(r, line);
    *place = line;
    count_duplicate(r->counts, line);
}

/* The rows of one record, known and new. */
struct group {
    const struct order_line **rows;
    size_t count;
    bool withdrew; /* a stored reversal: its place in the table is free at the end only */
};

static int store_new(struct recording *r, struct group *g, const struct order_line *line, struct err *err)
{
    count_stored(r->counts, line);
    g->rows[g->count++] = line;
    if (!g->withdrew)
        return store(r, line, err);
    add_reread(r, line);
    return 0;
}

static void note_withdrawn(struct recording *r, const struct order_line *line, uint64_t hash, const char *differs)
{
    struct order_line *copy = arena_memdup(tx_arena(r->tx), line, sizeof *line);
    size_t known = 0;

    if (!r->withdrawn) {
        for (size_t i = 0; i < r->asked_count; i++)
            known += r->asked[i].found_count;
        r->withdrawn = arena_array(tx_arena(r->tx), const struct order_line *, known);
        r->differing = arena_array(tx_arena(r->tx), const char *, known);
    }
    copy->record_hash = hash; /* stored rows don't have it */
    r->differing[r->withdrawn_count] = differs;
    r->withdrawn[r->withdrawn_count++] = copy;
}

/* The stored row of the same version, `count` none. */
static size_t place_of_version(const struct group *g, const struct order_line *line)
{
    size_t i = 0;

    while (i < g->count && (g->rows[i]->operation != line->operation || g->rows[i]->version != line->version))
        i++;
    return i;
}

/* A reversal isn't what its original is: it waits. One that is recorded all the same was so before such rows were
 * compared: read again it is taken out; in another file it's known, and that file says no more than its own does. */
static int judge_differing(struct recording *r, struct group *g, const struct order_line *line, const char *differs,
                           struct err *err)
{
    size_t place = place_of_version(g, line);
    const struct order_line *was = place < g->count ? g->rows[place] : NULL;

    if (was && was->file_id == line->file_id && was->row == line->row) {
        note_withdrawn(r, was, line->record_hash, NULL);
        g->withdrew = true;
        g->rows[place] = g->rows[--g->count];
    } else if (was && was->content_hash == line->content_hash) {
        count_duplicate(r->counts, line);
        return 0;
    }
    return r->conflict(r->arg, line, differs, err);
}

/* Judges one new row beside those that are there. */
static int judge(struct recording *r, struct group *g, const struct order_line *line, struct err *err)
{
    enum arrival arrival = effect_arrival(g->rows, g->count, line);
    size_t place = arrival == ARRIVAL_CONFLICT ? place_of_reread(g->rows, g->count, line) : g->count;
    const struct order_line *original = line->gives ? effect_record(g->rows, g->count) : NULL;
    const char *differs = original ? effect_differs(line, original) : NULL;

    if (differs)
        return judge_differing(r, g, line, differs, err);
    if (place < g->count) {
        take_reread(r, &g->rows[place], line);
        return 0;
    }
    r->counts->superseded += arrival == ARRIVAL_SUPERSEDED;
    r->counts->accepted += arrival == ARRIVAL_NEW;
    if (arrival == ARRIVAL_DUPLICATE)
        count_duplicate(r->counts, line);
    if (arrival == ARRIVAL_CONFLICT)
        return r->conflict(r->arg, line, NULL, err);
    return arrival == ARRIVAL_DUPLICATE ? 0 : store_new(r, g, line, err);
}

static void note_changed(struct recording *r, uint64_t hash)
{
    if (!r->changed)
        r->changed = arena_array(tx_arena(r->tx), int64_t, r->order->record_count);
    r->changed[r->changed_count++] = (int64_t)hash;
}

/* A version of the record came: reversals that are recorded must be what it is now. */
static void withdraw(struct recording *r, struct group *g, uint64_t hash)
{
    const struct order_line *record = effect_record(g->rows, g->count);
    size_t kept = 0;

    for (size_t i = 0; i < g->count; i++) {
        const char *differs = g->rows[i]->gives ? effect_differs(g->rows[i], record) : NULL;

        if (differs) {
            note_withdrawn(r, g->rows[i], hash, differs);
            g->withdrew = true;
        } else
            g->rows[kept++] = g->rows[i];
    }
    g->count = kept;
}

static int judge_all(struct recording *r, struct group *g, const struct record_span *span, enum operation operation,
                     struct err *err)
{
    for (size_t i = span->from; i < span->to; i++)
        if (r->order->lines[i]->operation == operation && judge(r, g, r->order->lines[i], err) != 0)
            return -1;
    return 0;
}

/* A record with rows that are stored, or several new ones: each row is judged beside those before it, what takes back
 * beside all that it may take back. */
static int record_group(struct recording *r, const struct record_span *span, const struct asked *known, struct err *err)
{
    size_t count = known ? known->found_count : 0;
    struct group g = { .rows = arena_array(tx_arena(r->tx), const struct order_line *, count + span->to - span->from),
                       .count = count };
    const struct order_line *was;
    struct effect old, now;

    for (size_t i = 0; i < count; i++)
        g.rows[i] = &known->found[i];
    old = effect_of(g.rows, count);
    was = effect_live(g.rows, count);
    if (judge_all(r, &g, span, OPERATION_RECORD, err) != 0)
        return -1;
    if (count && g.count > count) {
        note_changed(r, span->hash);
        withdraw(r, &g, span->hash);
    }
    if (judge_all(r, &g, span, OPERATION_CANCEL, err) != 0)
        return -1;
    now = effect_of(g.rows, g.count);
    if (!count && g.count)
        note_fresh(r, g.rows[0]);
    note_live(r, r->order->lines[span->from], was, effect_live(g.rows, g.count));
    return announce_change(r->announce, &old, &now, err);
}

static void fetch_lines(const struct record_order *order, size_t at)
{
    if (at + 2 * AHEAD < order->count)
        for (size_t part = 0; part < sizeof(struct order_line); part += 64)
            __builtin_prefetch((const char *)order->lines[at + 2 * AHEAD] + part, 1);
    if (at + AHEAD < order->count)
        __builtin_prefetch(order->lines[at + AHEAD]->key);
}

static int record(struct recording *r, const struct record_span *span, const struct asked *known, struct err *err)
{
    for (uint32_t i = span->from; i < span->to; i++) {
        fetch_lines(r->order, i);
        r->order->lines[i]->known_at = tx_now(r->tx);
    }
    return !known && span->to == span->from + 1 ? record_single(r, r->order->lines[span->from], err)
                                                : record_group(r, span, known, err);
}

static int record_all(struct recording *r, struct err *err)
{
    const struct record_order *order = r->order;
    size_t asked = 0;

    for (size_t i = 0; i < order->record_count; i++) {
        const struct record_span *span = &order->records[i];
        const struct asked *known = NULL;

        if (i == 0 || span->bucket != span[-1].bucket) {
            if (announce_flush(r->announce, err) != 0)
                return -1;
            announce_to(r->announce, span->bucket, first_of(r, i)->sender);
        }
        if (asked < r->asked_count && r->asked[asked].record == i)
            known = &r->asked[asked++];
        if (record(r, span, known, err) != 0)
            return -1;
    }
    return announce_flush(r->announce, err);
}

/* Whether what is counted for a record depends on others: then it's noted which rows hold. */
static bool depends_on_others(const struct snapshot *snapshot, int16_t sender)
{
    return reference_has_distinct(snapshot->reference) || fact_kind_is_level(fact_kind_of_sender(sender)) ||
           holdings_follow(sender) || quotes_follow(sender);
}

/* Rows in the order of buckets. */
static int drop(struct recording *r, const struct order_line *const *rows, size_t count, struct err *err)
{
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && rows[to]->bucket == rows[from]->bucket;)
            to++;
        if (fact_store_drop(r->tx, rows[from]->bucket, rows + from, to - from, err) != 0)
            return -1;
    }
    return 0;
}

/* They go back to quarantine; a row that waits since one of them was recorded is read again, as what waits for a new
 * version is. */
static int settle_reversals(struct recording *r, struct err *err)
{
    for (size_t i = 0; i < r->withdrawn_count; i++) {
        const struct order_line *line = r->withdrawn[i];

        if (!r->differing[i] && reversal_store_reread(r->tx, line, err) != 0)
            return -1;
        if (r->differing[i] &&
            reversal_store_withdraw(r->tx, line, reason_word(REASON(REVERSAL_DIFFERS)),
                                    reason_of_reversal(tx_arena(r->tx), line->key, r->differing[i]), err) != 0)
            return -1;
    }
    return drop(r, r->withdrawn, r->withdrawn_count, err) != 0
               ? -1
               : reversal_store_wake(r->tx, r->changed, r->changed_count, err);
}

/* Rows that were read again take the place of what they were. */
static int store_reread(struct recording *r, struct err *err)
{
    if (drop(r, r->reread, r->reread_count, err) != 0)
        return -1;
    for (size_t i = 0; i < r->reread_count; i++) {
        if (store(r, r->reread[i], err) != 0) {
            if (r->copying)
                copy_in_abort(&r->copy);
            return -1;
        }
    }
    return r->copying ? copy_in_end(&r->copy, err) : 0;
}

int recording_apply(struct tx *tx, const struct snapshot *snapshot, const struct record_order *order,
                    struct record_counts *counts, record_conflict_fn *conflict, void *arg, struct err *err)
{
    struct recording r = {
        .tx = tx, .snapshot = snapshot, .order = order, .counts = counts, .conflict = conflict, .arg = arg
    };
    int rc;

    counts->fresh_count = 0;
    if (!order->count)
        return 0;
    r.announce = announce_new(tx, snapshot);
    if (filter_records(&r, err) != 0 || look_up(&r, err) != 0)
        return -1;
    counts->fresh = arena_array(tx_arena(tx), const struct order_line *, order->record_count);
    if (depends_on_others(snapshot, order->lines[0]->sender))
        r.moved = arena_array(tx_arena(tx), struct live_record, order->record_count);
    rc = record_all(&r, err);
    if (r.copying && rc != 0)
        copy_in_abort(&r.copy);
    else if (r.copying)
        rc = copy_in_end(&r.copy, err);
    r.copying = false;
    if (rc == 0)
        rc = settle_reversals(&r, err);
    if (rc == 0)
        rc = store_reread(&r, err);
    if (rc != 0 || distinct_book(tx, snapshot, r.moved, r.moved_count, tx_arena(tx), err) != 0)
        return -1;
    if (r.moved_count && level_book(tx, snapshot, r.moved, r.moved_count, false, tx_arena(tx), err) != 0)
        return -1;
    return holdings_book(tx, snapshot, r.moved, r.moved_count, err) != 0
               ? -1
               : quotes_announce(tx, snapshot, r.moved, r.moved_count, err);
}
