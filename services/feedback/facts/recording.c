/* recording: see recording.h. */
#include "feedback/facts/recording.h"

#include "feedback/facts/announce.h"
#include "feedback/facts/effect.h"
#include "feedback/facts/fact_store.h"
#include "feedback/holdings/holdings.h"
#include "feedback/levels/level_book.h"
#include "feedback/measures/distinct_book.h"
#include "feedback/state.h"

#include <stdlib.h>
#include <string.h>

/* One record of the batch: its lines are sorted[from..to), its stored rows found[..]. */
struct group {
    size_t from, to;
    const struct order_line *found;
    size_t found_count;
    bool look_up;
};

struct recording {
    struct tx *tx;
    const struct snapshot *snapshot;
    struct order_line *const *sorted;
    size_t count; /* of sorted */
    struct group *groups;
    size_t group_count;
    struct record_counts *counts;
    record_conflict_fn *conflict;
    void *arg;
    struct copy_in copy;
    bool copying;
    struct announce *announce;
    struct live_record *moved; /* whose live row is another now; NULL where nobody asks */
    size_t moved_count;
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
void recording_sort(struct order_line *lines, size_t count, struct order_line **sorted)
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

/* Lines lie in the order in which they came: what is looked at soon is fetched before. */
#define AHEAD 8

static void fetch_line(struct order_line *const *sorted, size_t count, size_t at)
{
    if (at + 2 * AHEAD < count)
        for (size_t part = 0; part < sizeof **sorted; part += 64)
            __builtin_prefetch((const char *)sorted[at + 2 * AHEAD] + part);
    if (at + AHEAD < count)
        __builtin_prefetch(sorted[at + AHEAD]->key);
}

/* Cuts the batch into records and asks the filters. */
static int find_groups(struct recording *r, struct err *err)
{
    struct filter *filter = NULL;
    const struct order_line *last = NULL;

    r->groups = arena_array(tx_arena(r->tx), struct group, r->count + 1);
    for (size_t i = 0; i < r->count; i++) {
        const struct order_line *line = r->sorted[i];

        fetch_line(r->sorted, r->count, i);
        if (last && same_key(last, line)) {
            r->groups[r->group_count - 1].to = i + 1;
            continue;
        }
        if ((!last || last->bucket != line->bucket) && state_filter(r->tx, line->bucket, &filter, err) != 0)
            return -1;
        r->groups[r->group_count++] =
            (struct group) { .from = i, .to = i + 1, .look_up = filter_perhaps(filter, line->record_hash) };
        if (!r->groups[r->group_count - 1].look_up)
            filter_add(filter, line->record_hash);
        last = line;
    }
    return 0;
}

static const struct order_line *first_of(const struct recording *r, const struct group *group)
{
    return r->sorted[group->from];
}

/* Gives each record that was looked up its rows; both are in the order of keys. */
static void match(struct recording *r, size_t from, size_t to, const struct order_line *found, size_t found_count)
{
    size_t at = 0;

    for (size_t g = from; g < to; g++) {
        struct group *group = &r->groups[g];

        if (!group->look_up)
            continue;
        if (at < found_count && strcmp(found[at].key, first_of(r, group)->key) == 0)
            group->found = &found[at];
        while (at < found_count && strcmp(found[at].key, first_of(r, group)->key) == 0) {
            group->found_count++;
            at++;
        }
    }
}

/* What is asked of one bucket. */
struct look_up {
    size_t from, to; /* its groups */
    struct db_rows rows;
};

/* Asks for the records of one bucket that may be known. */
static int ask(struct recording *r, struct look_up *look, bool *asked, struct err *err)
{
    const struct order_line *first = first_of(r, &r->groups[look->from]);
    const char **keys = NULL;
    size_t key_count = 0;

    for (size_t g = look->from; g < look->to; g++) {
        if (!r->groups[g].look_up)
            continue;
        if (!keys)
            keys = arena_array(tx_arena(r->tx), const char *, look->to - g);
        keys[key_count++] = first_of(r, &r->groups[g])->key;
    }
    *asked = key_count > 0;
    return key_count ? fact_store_ask(r->tx, first->bucket, first->sender, keys, key_count, &look->rows, err) : 0;
}

static int ask_all(struct recording *r, struct look_up *looks, size_t *count, struct err *err)
{
    for (size_t from = 0, to; from < r->group_count; from = to) {
        bool asked;

        for (to = from + 1;
             to < r->group_count && first_of(r, &r->groups[to])->bucket == first_of(r, &r->groups[from])->bucket;)
            to++;
        looks[*count] = (struct look_up) { .from = from, .to = to };
        if (ask(r, &looks[*count], &asked, err) != 0)
            return -1;
        *count += asked;
    }
    return 0;
}

/* All buckets in one round trip: some records of each are nearly always perhaps known. */
static int look_up_all(struct recording *r, struct err *err)
{
    struct look_up *looks = arena_array(tx_arena(r->tx), struct look_up,
                                        r->group_count < BUCKETS_MAX ? r->group_count : BUCKETS_MAX);
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

/* A record with rows that are stored, or several new ones: each row is judged beside those before it. */
static int record_group(struct recording *r, const struct group *group, struct err *err)
{
    size_t count = group->found_count;
    const struct order_line **rows = arena_array(tx_arena(r->tx), const struct order_line *,
                                                 count + group->to - group->from);
    const struct order_line *was;
    struct effect old, now;

    for (size_t i = 0; i < count; i++)
        rows[i] = &group->found[i];
    old = effect_of(rows, count);
    was = effect_live(rows, count);
    for (size_t i = group->from; i < group->to; i++) {
        const struct order_line *line = r->sorted[i];
        enum arrival arrival = effect_arrival(rows, count, line);

        r->counts->superseded += arrival == ARRIVAL_SUPERSEDED;
        r->counts->accepted += arrival == ARRIVAL_NEW;
        if (arrival == ARRIVAL_DUPLICATE)
            count_duplicate(r->counts, line);
        if (arrival == ARRIVAL_CONFLICT && r->conflict(r->arg, line, err) != 0)
            return -1;
        if (arrival != ARRIVAL_NEW && arrival != ARRIVAL_SUPERSEDED)
            continue;
        count_stored(r->counts, line);
        rows[count++] = line;
        if (store(r, line, err) != 0)
            return -1;
    }
    now = effect_of(rows, count);
    if (!group->found_count && count)
        note_fresh(r, rows[0]);
    note_live(r, first_of(r, group), was, effect_live(rows, count));
    return announce_change(r->announce, &old, &now, err);
}

static int record_all(struct recording *r, struct err *err)
{
    uint16_t bucket = 0;

    for (size_t g = 0; g < r->group_count; g++) {
        const struct group *group = &r->groups[g];
        const struct order_line *first = first_of(r, group);
        int rc;

        fetch_line(r->sorted, r->count, group->from);
        if (g == 0 || first->bucket != bucket) {
            if (announce_flush(r->announce, err) != 0)
                return -1;
            bucket = first->bucket;
            announce_to(r->announce, bucket, snapshot_sender_name(r->snapshot, first->sender));
        }
        rc = !group->look_up && group->to == group->from + 1 ? record_single(r, first, err)
                                                             : record_group(r, group, err);
        if (rc != 0)
            return -1;
    }
    return announce_flush(r->announce, err);
}

/* Whether what is counted for a record depends on others: then it's noted which rows hold. */
static bool depends_on_others(const struct snapshot *snapshot, struct order_line *const *sorted, size_t count)
{
    bool depends = reference_has_distinct(snapshot->reference);
    int16_t sender = sorted[0]->sender;

    for (size_t i = 0; i < count && !depends; i++) {
        depends = (i == 0 || sorted[i]->sender != sender) &&
                  (fact_kind_is_level(fact_kind_of_sender(sorted[i]->sender)) || holdings_follow(sorted[i]->sender));
        sender = sorted[i]->sender;
    }
    return depends;
}

int recording_apply(struct tx *tx, const struct snapshot *snapshot, struct order_line *const *sorted, size_t count,
                    struct record_counts *counts, record_conflict_fn *conflict, void *arg, struct err *err)
{
    struct recording r = { .tx = tx,
                           .snapshot = snapshot,
                           .sorted = sorted,
                           .count = count,
                           .counts = counts,
                           .conflict = conflict,
                           .arg = arg };
    int rc;

    counts->fresh_count = 0;
    if (!count)
        return 0;
    r.announce = announce_new(tx, snapshot);
    if (find_groups(&r, err) != 0 || look_up_all(&r, err) != 0)
        return -1;
    counts->fresh = arena_array(tx_arena(tx), const struct order_line *, r.group_count);
    if (depends_on_others(snapshot, sorted, count))
        r.moved = arena_array(tx_arena(tx), struct live_record, r.group_count);
    rc = record_all(&r, err);
    if (r.copying && rc != 0)
        copy_in_abort(&r.copy);
    else if (r.copying)
        rc = copy_in_end(&r.copy, err);
    if (rc != 0 || distinct_book(tx, snapshot, r.moved, r.moved_count, tx_arena(tx), err) != 0)
        return -1;
    if (r.moved_count && level_book(tx, snapshot, r.moved, r.moved_count, false, tx_arena(tx), err) != 0)
        return -1;
    return holdings_book(tx, snapshot, r.moved, r.moved_count, err);
}
