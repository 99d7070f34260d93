/* joins: see joins.h. */
#include "incentive/joins/joins.h"

#include "incentive/crediting/booking.h"
#include "incentive/crediting/recredit.h"
#include "incentive/state.h"
#include "obs/log.h"

#include <string.h>

#define AT_ONCE 500 /* records that are read in one go */

int joins_load(struct incentive *state, struct tx *tx, struct err *err)
{
    struct joins *joins = &state->joins;

    if (receipt_store_any_due(tx, &joins->due, err) != 0 ||
        registration_store_any_new(tx, &joins->registered, err) != 0 ||
        holding_store_load(tx, &state->crediting.customers, err) != 0)
        return -1;
    return registration_store_load(tx, &state->crediting.registrations, err);
}

void joins_drop(struct joins *joins)
{
    receipt_rows_drop(&joins->rows);
    registration_rows_drop(&joins->registrations);
    *joins = (struct joins) { 0 };
}

int joins_write(struct joins *joins, struct tx *tx, struct err *err)
{
    return receipt_rows_write(&joins->rows, tx, err) != 0 ? -1
                                                          : registration_rows_write(&joins->registrations, tx, err);
}

/* --- noting ----------------------------------------------------------------------------------------------------------
 */

static void note_receipt(struct incentive *state, uint16_t bucket, uint64_t source_seq, const struct fact_rows *rows,
                         const struct fact_row *row)
{
    const Bihuan__FactsRecorded *batch = rows->batch;
    int64_t amount = rows->kind == FACT_ACTIVATION ? row->quantity : row->amount;
    const struct receipt_row receipt = { .bucket = bucket,
                                         .source_seq = source_seq,
                                         .source_row = (int16_t)row->index,
                                         .kind = (int)rows->kind,
                                         .sender = batch->sender,
                                         .key = batch->record_key[row->index],
                                         .of_sender = batch->reference_sender,
                                         .of_key = row->reference,
                                         .of_key_len = row->reference_len,
                                         .day = batch->day[row->index],
                                         .undoes = row->undoes,
                                         .amount = row->undoes ? -amount : amount };

    receipt_rows_add(&state->joins.rows, &receipt);
    if (!state->crediting.rules.joined)
        return;
    receipt_rows_due(&state->joins.rows, bucket, receipt.of_sender, strlen(receipt.of_sender), row->reference,
                     row->reference_len);
    state->joins.due = true;
}

static void note_registration(struct incentive *state, uint16_t bucket, uint64_t source_seq,
                              const struct fact_rows *rows, const struct fact_row *row)
{
    const Bihuan__FactsRecorded *batch = rows->batch;
    size_t i = row->index;
    const struct registration_row registration = { .bucket = bucket,
                                                   .source_seq = source_seq,
                                                   .source_row = (int16_t)i,
                                                   .sender = batch->sender,
                                                   .key = batch->record_key[i],
                                                   .customer = row->customer,
                                                   .customer_len = row->customer_len,
                                                   .product_id = batch->product_id[i],
                                                   .unit_id = batch->unit_id[i],
                                                   .day = batch->day[i],
                                                   .days = row->quantity > 0 && row->quantity < 3660
                                                               ? (int32_t)row->quantity
                                                               : 0,
                                                   .occurred_at = batch->n_occurred_at ? batch->occurred_at[i] : 0,
                                                   .undoes = row->undoes };

    registration_rows_add(&state->joins.registrations, &registration);
    state->joins.registered = true;
}

/* Whether the record is in a state that counts: received, not pending. */
static bool counts(const struct fact_rows *rows, const struct fact_row *row)
{
    const struct fact_kind_info *kind = fact_kind_info(rows->kind);

    return kind && (kind->counts >> row->state & 1);
}

void joins_take(struct incentive *state, uint16_t bucket, uint64_t source_seq, const struct fact_rows *rows,
                const struct fact_row *row)
{
    switch (rows->kind) {
    case FACT_PAYMENT:
    case FACT_BILL:
    case FACT_ACTIVATION:
        if (row->reference_len && counts(rows, row))
            note_receipt(state, bucket, source_seq, rows, row);
        break;
    case FACT_REGISTRATION:
        if (row->customer_len && counts(rows, row))
            note_registration(state, bucket, source_seq, rows, row);
        break;
    default:
        break;
    }
}

void joins_note(struct incentive *state, const struct recorded_row *row)
{
    receipt_rows_due(&state->joins.rows, row->bucket, row->sender, row->sender_len, row->record_key, row->key_len);
    state->joins.due = true;
}

int joins_note_day(struct incentive *state, struct tx *tx, int32_t counts_day, struct err *err)
{
    if (receipt_store_due_of_day(tx, counts_day, err) != 0)
        return -1;
    return receipt_store_any_due(tx, &state->joins.due, err);
}

/* --- joining ---------------------------------------------------------------------------------------------------------
 */

/* What was read of some records. */
struct read {
    struct joined_entry *entries;
    struct record_receipt *receipts;
    size_t entry_count, receipt_count;
    size_t entry_at, receipt_at; /* of the next record */
};

static int read_some(struct tx *tx, const struct record_name *names, size_t count, struct read *out, struct err *err)
{
    *out = (struct read) { 0 };
    if (receipt_store_entries(tx, names, count, &out->entries, &out->entry_count, err) != 0)
        return -1;
    return out->entry_count ? receipt_store_receipts(tx, names, count, &out->receipts, &out->receipt_count, err) : 0;
}

/* Releases of the record with that index; records are asked for in their order. */
static int compare_one(struct incentive *state, struct tx *tx, struct read *read, size_t record,
                       const struct joined_entry **entries, size_t *entry_count, struct release **out, size_t *count,
                       struct err *err)
{
    struct credit_world credit = crediting_world(&state->crediting, state->refdata);
    struct release_world world = { &credit, state->closed, state->closed_count };
    struct receipt *receipts;
    size_t first = read->receipt_at, receipt_count;

    *entries = &read->entries[read->entry_at];
    *entry_count = 0;
    for (; read->entry_at < read->entry_count && read->entries[read->entry_at].record == record; read->entry_at++)
        ++*entry_count;
    while (read->receipt_at < read->receipt_count && read->receipts[read->receipt_at].record == record)
        read->receipt_at++;
    receipt_count = read->receipt_at - first;
    receipts = arena_array(tx_arena(tx), struct receipt, receipt_count + 1);
    for (size_t i = 0; i < receipt_count; i++)
        receipts[i] = read->receipts[first + i].receipt;
    *count = 0;
    return *entry_count
               ? release_compare(&world, *entries, *entry_count, receipts, receipt_count, tx_arena(tx), out, count, err)
               : 0;
}

/* The number behind those that the row has from receipts. */
static int32_t next_no(const struct joined_entry *entries, size_t count, const struct release *releases, size_t booked,
                       const struct recorded_row *row)
{
    int32_t no = RELEASE_FIRST_NO;

    for (size_t i = 0; i < count; i++)
        if (entries[i].receipt[0] && entries[i].row.source_seq == row->source_seq &&
            entries[i].row.source_row == row->source_row && entries[i].row.bucket == row->bucket &&
            entries[i].stored.no >= no)
            no = entries[i].stored.no + 1;
    for (size_t i = 0; i < booked; i++)
        no += releases[i].row.source_seq == row->source_seq && releases[i].row.source_row == row->source_row &&
              releases[i].row.bucket == row->bucket;
    return no;
}

static int book(struct incentive *state, struct credit_run *run, const struct joined_entry *entries, size_t count,
                const struct release *releases, size_t release_count, struct err *err)
{
    for (size_t i = 0; i < release_count; i++) {
        struct recorded_row row = releases[i].row;

        row.receipt = releases[i].receipt;
        if (!credit_in_window(row.fact.counts_day))
            continue;
        entry_rows_add(&state->crediting.rows, &row, &releases[i].entry,
                       next_no(entries, count, releases, i, &releases[i].row), run->id);
        if (booking_sum(state, &row, &releases[i].entry, err) != 0)
            return -1;
        run->from_day = row.fact.counts_day < run->from_day ? row.fact.counts_day : run->from_day;
        run->until_day = row.fact.counts_day >= run->until_day ? row.fact.counts_day + 1 : run->until_day;
    }
    run->looked += count;
    run->changed += release_count != 0;
    run->entries += release_count;
    return 0;
}

static int join_some(struct incentive *state, struct tx *tx, struct credit_run *run, const struct record_name *names,
                     size_t count, struct err *err)
{
    struct read read;

    if (read_some(tx, names, count, &read, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct joined_entry *entries;
        struct release *releases;
        size_t entry_count, release_count;

        if (compare_one(state, tx, &read, i, &entries, &entry_count, &releases, &release_count, err) != 0)
            return err_prefix(err, "record %s", names[i].key);
        if (release_count && !run->id) {
            *run =
                (struct credit_run) { .at = tx_now(tx), .from_day = INT32_MAX, .until_day = INT32_MIN, .done = true };
            strcpy(run->cause, "receipts");
            if (run_store_put(tx, run, err) != 0)
                return -1;
        }
        if (release_count && book(state, run, entries, entry_count, releases, release_count, err) != 0)
            return err_prefix(err, "record %s", names[i].key);
    }
    return 0;
}

static int end_run(struct incentive *state, struct tx *tx, struct credit_run *run, struct err *err)
{
    if (!run->id)
        return 0;
    if (run->until_day < run->from_day) /* all of it lay outside the days that are summed */
        run->from_day = run->until_day = CREDIT_FIRST_DAY;
    run->next_day = run->until_day;
    state->dirty = true;
    return run_store_put(tx, run, err) != 0 ? -1 : entry_rows_write(&state->crediting.rows, tx, err);
}

static int join(struct incentive *state, struct tx *tx, uint32_t limit, struct err *err)
{
    struct credit_run run = { 0 };
    struct record_name *names;
    size_t count;

    if (receipt_store_take_due(tx, limit, &names, &count, err) != 0)
        return -1;
    for (size_t at = 0; at < count; at += AT_ONCE)
        if (join_some(state, tx, &run, names + at, count - at < AT_ONCE ? count - at : AT_ONCE, err) != 0)
            return -1;
    return end_run(state, tx, &run, err) != 0 ? -1 : receipt_store_any_due(tx, &state->joins.due, err);
}

/* Credits of the days from the earliest of them on are worked out anew. */
static int take_registrations(struct incentive *state, struct tx *tx, struct err *err)
{
    int32_t first_day;
    bool any;

    state->joins.registered = false;
    if (registration_store_take(tx, &first_day, &any, err) != 0)
        return -1;
    if (!any)
        return 0;
    if (registration_store_load(tx, &state->crediting.registrations, err) != 0)
        return -1;
    return state->crediting.rules.registered ? recredit_want(state, tx, first_day, "registrations", err) : 0;
}

/* Rows of this transaction's facts are looked at as well, so they must be in the tables. */
static int write_all(struct incentive *state, struct tx *tx, struct err *err)
{
    state_write(state);
    return credit_rows_write(&state->rows, tx, err) != 0 || entry_rows_write(&state->crediting.rows, tx, err) != 0
               ? -1
               : joins_write(&state->joins, tx, err);
}

int joins_step(struct tx *tx, uint32_t limit, struct err *err)
{
    struct incentive *state = state_of(tx);

    if (write_all(state, tx, err) != 0)
        return -1;
    return state->joins.registered ? take_registrations(state, tx, err) : join(state, tx, limit, err);
}

int joins_finish(struct tx *tx, struct err *err)
{
    struct incentive *state = state_of(tx);

    while (state->joins.due)
        if (write_all(state, tx, err) != 0 || join(state, tx, JOINS_A_STEP, err) != 0)
            return -1;
    return 0;
}

int joins_timer(struct tx *tx, const void *unused, struct err *err)
{
    struct incentive *state = state_of(tx);

    (void)unused;
    if (!joins_under_way(&state->joins) || recredit_under_way(state) || acts_hold(&state->acts))
        return 0;
    return joins_step(tx, JOINS_A_STEP, err) != 0 ? -1 : acts_note(tx, "join", JOINS_A_STEP, err);
}

/* --- verifying -------------------------------------------------------------------------------------------------------
 */

int joins_check(struct incentive *state, struct tx *tx, const struct record_name *names, size_t count,
                joins_differ_fn *differ, void *arg, struct err *err)
{
    for (size_t at = 0; at < count; at += AT_ONCE) {
        size_t some = count - at < AT_ONCE ? count - at : AT_ONCE;
        struct read read;

        if (read_some(tx, names + at, some, &read, err) != 0)
            return -1;
        for (size_t i = 0; i < some; i++) {
            const struct joined_entry *entries;
            struct release *releases;
            size_t entry_count, release_count;

            if (compare_one(state, tx, &read, i, &entries, &entry_count, &releases, &release_count, err) != 0)
                return -1;
            if (release_count)
                differ(arg, &names[at + i], &releases[0]);
        }
    }
    return 0;
}
