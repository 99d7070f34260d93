/* release: see release.h. */
#include "incentive/joins/release.h"

#include "refdata/fact_kinds.h"

#include <string.h>

int release_kind(enum rule_earns earns)
{
    static const int kinds[] = { [EARNS_ORDER] = FACT_NONE,
                                 [EARNS_ACTIVATION] = FACT_ACTIVATION,
                                 [EARNS_BILL] = FACT_BILL,
                                 [EARNS_CASH] = FACT_PAYMENT };

    return kinds[earns];
}

/* What is wanted (above 0) less what is booked, of places that may come to nothing. */
struct sums {
    struct arena *arena;
    struct release *list;
    size_t count, cap;
};

static bool same_row(const struct recorded_row *a, const struct recorded_row *b)
{
    return a->source_seq == b->source_seq && a->source_row == b->source_row && a->bucket == b->bucket;
}

static bool same_group(const struct release *a, const struct release *b)
{
    return a->row.fact.day == b->row.fact.day && same_row(&a->row, &b->row) && strcmp(a->receipt, b->receipt) == 0 &&
           a->entry.measure == b->entry.measure;
}

static bool same_place(const struct release *a, const struct release *b)
{
    return a->entry.kind == b->entry.kind && a->entry.unit_id == b->entry.unit_id &&
           a->entry.rule_id == b->entry.rule_id && a->entry.rule_version == b->entry.rule_version && same_group(a, b) &&
           strcmp(a->entry.reason, b->entry.reason) == 0;
}

static void add(struct sums *sums, const struct release *release)
{
    for (size_t i = 0; i < sums->count; i++)
        if (same_place(&sums->list[i], release)) {
            sums->list[i].entry.value += release->entry.value;
            return;
        }
    if (sums->count == sums->cap) {
        struct release *old = sums->list;

        sums->cap = sums->cap ? sums->cap * 2 : 16;
        sums->list = arena_array(sums->arena, struct release, sums->cap);
        for (size_t i = 0; i < sums->count; i++)
            sums->list[i] = old[i];
    }
    sums->list[sums->count++] = *release;
}

/* --- what is wanted --------------------------------------------------------------------------------------------------
 */

/* One contribution that waits. */
struct waiting {
    const struct recorded_row *row;
    uint16_t measure;
    int64_t value;
    const struct rule *rule;
};

static int32_t later(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int release_part(const struct release_world *world, const struct waiting *of, const struct receipt *receipt,
                        int64_t before, int64_t after, struct sums *sums, struct err *err)
{
    struct credit_entries entries = { 0 };
    struct release release = { .row = *of->row,
                               .receipt = arena_printf(sums->arena, "%s|%s", receipt->sender, receipt->key) };
    struct credit_fact fact = of->row->fact;
    size_t first;
    int rc;

    release.row.fact.day = later(fact.day, receipt->day);
    release.row.taken_back = of->row->taken_back || receipt->undoes;
    fact.counts_day = credit_counts_day(world->closed, world->closed_count, release.row.fact.day,
                                        &release.row.late_for);
    release.row.fact.counts_day = fact.counts_day;
    entries_add(&entries, (struct credit_entry) { ENTRY_EXCLUDED, of->measure, fact.unit_id, of->rule->id,
                                                  of->rule->version, assign_awaits(of->rule->earns), after - before });
    rc = assign_part(world->credit, &fact, of->measure, of->value, after, &entries, err);
    first = entries.count;
    if (rc == 0)
        rc = assign_part(world->credit, &fact, of->measure, of->value, before, &entries, err);
    for (size_t i = 0; rc == 0 && i < entries.count; i++) {
        release.entry = entries.list[i];
        release.entry.value = i < first ? release.entry.value : -release.entry.value;
        add(sums, &release);
    }
    entries_fini(&entries);
    return rc;
}

static int want(const struct release_world *world, const struct waiting *of, const struct receipt *receipts,
                size_t count, struct sums *sums, struct err *err)
{
    int64_t due = assign_due(of->rule, &of->row->fact);
    struct receipt *mine = arena_array(sums->arena, struct receipt, count + 1);
    struct receipt_part *parts = arena_array(sums->arena, struct receipt_part, count + 1);
    size_t own = 0;

    for (size_t i = 0; i < count; i++)
        if (receipts[i].kind == release_kind(of->rule->earns))
            mine[own++] = receipts[i];
    if (!due || receipts_apply(mine, own, due, parts, err) != 0)
        return due ? -1 : 0;
    for (size_t i = 0; i < own; i++) {
        int64_t before, after;

        if (receipts_released(of->value, parts[i].before, due, &before, err) != 0 ||
            receipts_released(of->value, parts[i].after, due, &after, err) != 0)
            return -1;
        if (before != after && release_part(world, of, &mine[i], before, after, sums, err) != 0)
            return -1;
    }
    return 0;
}

/* What a row's entries that wait come to for a measure, rules that no longer hold being taken back among them. */
static int64_t waits_for(const struct joined_entry *entries, size_t count, const struct joined_entry *first)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        if (!entries[i].receipt[0] && same_row(&entries[i].row, &first->row) &&
            entries[i].stored.entry.measure == first->stored.entry.measure)
            sum -= entries[i].stored.entry.value;
    return sum;
}

static bool seen_before(const struct joined_entry *entries, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (!entries[i].receipt[0] && same_row(&entries[i].row, &entries[at].row) &&
            entries[i].stored.entry.measure == entries[at].stored.entry.measure)
            return true;
    return false;
}

static int want_all(const struct release_world *world, const struct joined_entry *entries, size_t count,
                    const struct receipt *receipts, size_t receipt_count, struct sums *sums, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct waiting of = { .row = &entries[i].row, .measure = entries[i].stored.entry.measure };

        if (entries[i].receipt[0] || seen_before(entries, i))
            continue;
        of.value = waits_for(entries, count, &entries[i]);
        of.rule = of.value ? assign_rule(world->credit, &of.row->fact, of.measure, of.value) : NULL;
        if (of.rule && of.rule->earns && want(world, &of, receipts, receipt_count, sums, err) != 0)
            return -1;
    }
    return 0;
}

/* --- what is booked --------------------------------------------------------------------------------------------------
 */

static void take_off(const struct release_world *world, const struct joined_entry *entries, size_t count,
                     struct sums *sums)
{
    for (size_t i = 0; i < count; i++) {
        struct release release = { .row = entries[i].row,
                                   .entry = entries[i].stored.entry,
                                   .receipt = entries[i].receipt };

        if (!release.receipt[0])
            continue;
        release.entry.value = -release.entry.value;
        release.row.fact.counts_day = credit_counts_day(world->closed, world->closed_count, release.row.fact.day,
                                                        &release.row.late_for);
        add(sums, &release);
    }
}

static bool is_closed(const struct release_world *world, int32_t day)
{
    uint32_t late_for;

    return credit_counts_day(world->closed, world->closed_count, day, &late_for) != day;
}

/* The record's own day; of a row that no longer waits that of its release, which is no earlier. */
static int32_t day_of(const struct joined_entry *entries, size_t count, const struct release *release)
{
    int32_t day = release->row.fact.day;

    for (size_t i = 0; i < count; i++)
        if (same_row(&entries[i].row, &release->row) && entries[i].row.fact.day < day)
            day = entries[i].row.fact.day;
    return day;
}

/* Whether any receipt of the row's contribution releases another amount than it did. Then all of them are looked at:
 * parts are cut off the sum so far, and only together they come to the whole. */
static bool is_moved(const struct sums *sums, const struct release *release)
{
    for (size_t i = 0; i < sums->count; i++) {
        const struct release *at = &sums->list[i];

        if (at->entry.value && at->entry.kind == ENTRY_EXCLUDED && assign_is_awaiting(at->entry.reason) &&
            same_row(&at->row, &release->row) && at->entry.measure == release->entry.measure)
            return true;
    }
    return false;
}

int release_compare(const struct release_world *world, const struct joined_entry *entries, size_t count,
                    struct receipt *receipts, size_t receipt_count, struct arena *arena, struct release **out,
                    size_t *out_count, struct err *err)
{
    struct sums sums = { .arena = arena };

    receipt_count = receipts_net(receipts, receipt_count);
    *out_count = 0;
    if (want_all(world, entries, count, receipts, receipt_count, &sums, err) != 0)
        return -1;
    take_off(world, entries, count, &sums);
    *out = arena_array(arena, struct release, sums.count + 1);
    for (size_t i = 0; i < sums.count; i++) {
        const struct release *release = &sums.list[i];

        if (release->entry.value && (!is_closed(world, day_of(entries, count, release)) || is_moved(&sums, release)))
            (*out)[(*out_count)++] = *release;
    }
    return 0;
}
