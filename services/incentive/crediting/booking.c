/* booking: see booking.h. */
#include "incentive/crediting/booking.h"

#include <string.h>

/* --- as a fact comes -------------------------------------------------------------------------------------------------
 */

/* A late reversal takes back what its record was credited, whatever rules and tree say by now. */
static int take_back(struct incentive *state, struct tx *tx, const struct credit_world *world,
                     const struct recorded_row *row, uint32_t measure, int64_t value, struct credit_entries *out,
                     struct err *err)
{
    struct credit_entry *entries;
    size_t count, first = out->count;

    /* what it takes back may have come in this very transaction */
    if (credit_rows_write(&state->rows, tx, err) != 0 || entry_rows_write(&state->crediting.rows, tx, err) != 0 ||
        entry_store_net(tx, row, measure, &entries, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        entries[i].value = -entries[i].value;
        if (entries[i].value)
            entries_add(out, entries[i]);
    }
    return assign_eliminations(world, &row->fact, value, out->list + first, out->count - first, out, err);
}

static int make_entries(struct incentive *state, struct tx *tx, const struct recorded_row *row,
                        const uint32_t *measures, const int64_t *values, size_t count, struct err *err)
{
    struct credit_world world = crediting_world(&state->crediting, state->refdata);
    struct credit_entries *entries = &state->crediting.entries;

    entries->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!rules_touch(world.rules, measures[i]))
            continue;
        if ((row->late_for && row->taken_back
                 ? take_back(state, tx, &world, row, measures[i], values[i], entries, err)
                 : assign_entries(&world, &row->fact, measures[i], values[i], entries, err)) != 0)
            return -1;
    }
    return 0;
}

int booking_sum(struct incentive *state, const struct recorded_row *row, const struct credit_entry *entry,
                struct err *err)
{
    pay_memory_mark(&state->pay, entry->unit_id);
    if (cube_add(state->cube, entry->unit_id, entry->measure, 0, 0, row->fact.counts_day, entry->value, err) != 0)
        return -1;
    return slices_add(&state->slices, state->slices.cube, state->refdata, entry->unit_id, entry->measure,
                      row->fact.channel_id, row->fact.product_id, row->fact.counts_day, entry->value, err);
}

int booking_add(struct incentive *state, struct tx *tx, const struct recorded_row *row, const uint32_t *measures,
                const int64_t *values, size_t count, struct err *err)
{
    const struct credit_entries *entries = &state->crediting.entries;

    if (!credit_in_window(row->fact.counts_day))
        return 0;
    if (make_entries(state, tx, row, measures, values, count, err) != 0)
        return -1;
    for (size_t i = 0; i < entries->count; i++) {
        const struct credit_entry *entry = &entries->list[i];

        entry_rows_add(&state->crediting.rows, row, entry, (int32_t)i + 1, 0);
        if (assign_is_awaiting(entry->reason))
            joins_note(state, row);
        if (booking_sum(state, row, entry, err) != 0)
            return -1;
    }
    return 0;
}

/* --- what should be --------------------------------------------------------------------------------------------------
 */

static bool same_place(const struct credit_entry *a, const struct credit_entry *b)
{
    return a->kind == b->kind && a->measure == b->measure && a->unit_id == b->unit_id && a->rule_id == b->rule_id &&
           a->rule_version == b->rule_version && strcmp(a->reason, b->reason) == 0;
}

static void add_to(struct credit_entries *sums, const struct credit_entry *entry, int64_t value)
{
    for (size_t i = 0; i < sums->count; i++)
        if (same_place(&sums->list[i], entry)) {
            sums->list[i].value += value;
            return;
        }
    entries_add(sums, *entry);
    sums->list[sums->count - 1].value = value;
}

/* What entries of one measure come to, eliminations left out. */
static void net_of(const struct stored_entry *entries, size_t count, uint16_t measure, struct credit_entries *out)
{
    for (size_t i = 0; i < count; i++)
        if (entries[i].entry.measure == measure && entries[i].entry.kind != ENTRY_ELIMINATION)
            add_to(out, &entries[i].entry, entries[i].entry.value);
}

static int wanted_of(const struct credit_world *world, const struct recorded_row *row, uint16_t measure, int64_t value,
                     const struct stored_entry *entries, size_t count, struct credit_entries *out, struct err *err)
{
    size_t first = out->count;
    struct credit_entries kept = { 0 };

    if (!credit_in_window(row->fact.counts_day))
        return 0;
    if (!row->late_for)
        return assign_entries(world, &row->fact, measure, value, out, err);
    net_of(entries, count, measure, &kept);
    for (size_t i = 0; i < kept.count; i++)
        if (kept.list[i].value)
            entries_add(out, kept.list[i]);
    entries_fini(&kept);
    return assign_eliminations(world, &row->fact, value, out->list + first, out->count - first, out, err);
}

int booking_compare(const struct credit_world *world, const struct recorded_row *row, const uint8_t *pairs,
                    size_t pairs_len, const struct stored_entry *entries, size_t count, struct credit_entries *out,
                    struct err *err)
{
    struct credit_entries wanted = { 0 }, sums = { 0 };
    int rc = 0;

    for (size_t at = 0; rc == 0 && at + CREDIT_PAIR_LEN <= pairs_len; at += CREDIT_PAIR_LEN) {
        uint16_t measure;
        int64_t value;

        credit_read_pair(pairs + at, &measure, &value);
        rc = wanted_of(world, row, measure, value, entries, count, &wanted, err);
    }
    for (size_t i = 0; i < wanted.count; i++)
        add_to(&sums, &wanted.list[i], wanted.list[i].value);
    for (size_t i = 0; i < count; i++)
        add_to(&sums, &entries[i].entry, -entries[i].entry.value);
    for (size_t i = 0; rc == 0 && i < sums.count; i++)
        if (sums.list[i].value)
            entries_add(out, sums.list[i]);
    entries_fini(&wanted);
    entries_fini(&sums);
    return rc;
}
