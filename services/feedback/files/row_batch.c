/* row_batch: see row_batch.h. */
#include "feedback/files/row_batch.h"

#include "feedback/mapping/reasons.h"
#include "feedback/measures/contribution.h"

#include <inttypes.h>
#include <string.h>

void row_batch_init(struct row_batch *batch)
{
    *batch = (struct row_batch) { .lines = NULL };
    arena_init(&batch->arena);
}

void row_batch_fini(struct row_batch *batch)
{
    snapshot_drop(&batch->snapshot);
    nth_reset(&batch->own);
    arena_fini(&batch->arena);
}

void row_batch_reset(struct row_batch *batch, struct snapshot *snapshot, uint32_t feed_id, int64_t now, size_t row_cap)
{
    struct arena arena = batch->arena;

    snapshot_hold(snapshot);
    snapshot_drop(&batch->snapshot);
    nth_reset(&batch->own);
    *batch = (struct row_batch) { .arena = arena, .snapshot = snapshot, .feed_id = feed_id, .now = now };
    batch->nth = &batch->own;
    arena_reset(&batch->arena);
    batch->lines = arena_array(&batch->arena, struct order_line, row_cap);
    batch->places = arena_array(&batch->arena, struct row_place, row_cap);
    batch->rejects = arena_array(&batch->arena, struct reject_row, row_cap);
}

static void add_sums(int64_t sums[SUMS_MAX], const struct order_line *line)
{
    for (uint8_t i = 0; i < line->sum_count; i++)
        sums[i] += line->sums[i];
}

/* A number that nothing else in the file has; a row whose own isn't known is told apart by where it stands. */
static const char *nth_text(struct row_batch *batch, const struct mapping *mapping, const struct row_place *place)
{
    if (!mapping->counts_equal || (!place->nth && !batch->file_id))
        return NULL;
    return place->nth ? arena_printf(&batch->arena, "%" PRIu32, place->nth)
                      : arena_printf(&batch->arena, "%" PRIu64 ":%" PRIu64, batch->file_id, place->row);
}

/* What the reader gave up is too long for it the next time as well. */
static const char *add_cut(struct row_batch *batch, const struct row_place *place, const char *message)
{
    return place->raw_len < REJECT_RAW_MAX ? message : arena_printf(&batch->arena, "%s; " REJECT_IS_CUT, message);
}

void row_batch_refuse(struct row_batch *batch, struct row_place place, const struct reject_reason *why)
{
    batch->rejects[batch->reject_count++] = (struct reject_row) { .place = place, .why = *why };
}

void row_batch_add(struct row_batch *batch, const struct mapping *mapping, const struct binding *binding,
                   const struct csv_record *record, struct row_place place)
{
    struct order_line *line = &batch->lines[batch->line_count];
    struct reject_row *reject = &batch->rejects[batch->reject_count];
    int rc;

    if (place.raw_len > REJECT_RAW_MAX)
        place.raw_len = REJECT_RAW_MAX;
    place.raw = arena_memdup(&batch->arena, place.raw, place.raw_len);
    batch->rows_read++;
    rc = mapping_read(mapping, binding, record, nth_text(batch, mapping, &place), batch->snapshot->reference,
                      batch->now, &batch->arena, line, &reject->why);
    batch->read_amount += line->amount;
    add_sums(batch->read_sums, line);
    if (rc > 0) {
        batch->filtered++;
        batch->filtered_amount += line->amount;
        add_sums(batch->filtered_sums, line);
        return;
    }
    if (rc < 0) {
        reject->place = place;
        if (!record->why)
            reject->why.message = add_cut(batch, &place, reject->why.message);
        reject->amount = line->amount;
        reject->sums = line->sums;
        reject->sum_count = line->sum_count;
        batch->reject_count++;
        return;
    }
    line->row = place.row;
    contribution_compute(batch->snapshot->reference, line, &batch->arena);
    if (!batch->has_event || line->occurred_at > batch->last_event)
        batch->last_event = line->occurred_at;
    batch->has_event = true;
    batch->places[batch->line_count++] = place;
}

int row_batch_header(struct row_batch *batch, struct rows *rows, const struct mapping *mapping, const char *name,
                     struct binding *binding, struct err *err)
{
    struct csv_record record;
    int rc;

    if (!mapping->rows.csv.header)
        return mapping_bind_file(mapping, name, NULL, binding, err);
    rc = rows_next(rows, &record, err);
    if (rc < 0)
        return -1;
    if (rc == 0 || record.why)
        return err_fail(err, ERR_INVALID, "no_header", "the rows do not begin with a header line");
    batch->header = arena_memdup(&batch->arena, record.raw, record.raw_len);
    batch->header_len = record.raw_len;
    return mapping_bind_file(mapping, name, &record, binding, err);
}

/* Every row counts, filtered or waiting as it may be: its number doesn't change when maps and filters do. */
static int count_row(struct nth *nth, const struct mapping *mapping, const struct binding *binding,
                     const struct csv_record *record, uint32_t *out, struct err *err)
{
    uint64_t hash;

    *out = 0;
    if (!mapping->counts_equal || !mapping_key_hash(mapping, binding, record, &hash))
        return 0;
    *out = nth_count(nth, hash);
    return *out ? 0
                : err_fail(err, ERR_TOO_LARGE, "too_many_keys",
                           "the file has more than %d different keys, so that equal rows can't be counted; ask the"
                           " sender to split it",
                           NTH_KEYS_MAX);
}

int row_batch_count(struct nth *nth, struct rows *rows, const struct mapping *mapping, const struct binding *binding,
                    uint64_t until, struct err *err)
{
    struct csv_record record;
    uint32_t ignored;
    int rc = 1;

    while (mapping->counts_equal && rows_tell(rows).offset < until && (rc = rows_next(rows, &record, err)) > 0)
        if (count_row(nth, mapping, binding, &record, &ignored, err) != 0)
            return -1;
    return rc < 0 ? -1 : 0;
}

int row_batch_read(struct row_batch *batch, struct rows *rows, const struct mapping *mapping,
                   const struct binding *binding, size_t row_cap, struct err *err)
{
    struct csv_record record;
    int rc = 1;

    batch->from = batch->to = rows_tell(rows);
    while (batch->rows_read < row_cap && (rc = rows_next(rows, &record, err)) > 0) {
        struct row_place place = { record.pos.row, record.pos.line, record.pos.offset, record.raw, record.raw_len, 0 };

        if (count_row(batch->nth, mapping, binding, &record, &place.nth, err) != 0)
            return -1;
        if (record.pos.row >= batch->from_row && (record.why || record.field_count > 0)) /* an empty line is no row */
            row_batch_add(batch, mapping, binding, &record, place);
        batch->to = rows_tell(rows);
    }
    return rc;
}

void row_batch_seal(struct row_batch *batch, uint64_t file_id)
{
    batch->file_id = file_id;
    batch->unread_count = batch->reject_count;
    for (size_t i = 0; i < batch->line_count; i++)
        batch->lines[i].file_id = file_id;
    batch->order = recording_order(batch->lines, batch->line_count, &batch->arena);
}

void row_batch_begin(struct row_batch *batch)
{
    batch->stale = false;
    batch->reject_count = batch->unread_count;
}

static const char *message_of_conflict(struct row_batch *batch, const struct order_line *line)
{
    return arena_printf(&batch->arena,
                        "record \"%s\" is known in version %d with other content; a correction needs a higher version",
                        line->key, order_version_own(line->version));
}

void row_batch_conflict(struct row_batch *batch, const struct order_line *line, const char *differs)
{
    const struct row_place *place = &batch->places[line - batch->lines];
    const char *message = differs ? reason_of_reversal(&batch->arena, line->key, differs)
                                  : message_of_conflict(batch, line);

    batch->rejects[batch->reject_count++] =
        (struct reject_row) { .place = *place,
                              .amount = line->amount,
                              .sums = line->sums,
                              .sum_count = line->sum_count,
                              .record_hash = line->gives ? line->record_hash : 0,
                              .why = { reason_word(differs ? REASON(REVERSAL_DIFFERS) : REASON(VERSION_CONFLICT)), "",
                                       "", add_cut(batch, place, message) } };
}

void row_batch_recompute(struct row_batch *batch, const struct snapshot *snapshot)
{
    for (size_t i = 0; i < batch->line_count; i++)
        contribution_compute(snapshot->reference, &batch->lines[i], &batch->arena);
}
