/* release: rows in quarantine are read again with the feed as it is now. */
#include "feedback/control/sum_store.h"
#include "feedback/handlers.h"
#include "feedback/files/release.h"
#include "feedback/files/intake.h"
#include "feedback/mapping/reasons.h"
#include "feedback/state.h"

#include <string.h>

#define PAGE_ROWS 2000
#define ROWS_MAX  50000 /* in one request; the answer says how many still wait */

/* One page of waiting rows of one file. */
struct page {
    struct tx *tx;
    const struct db_rows *rows;
    int from, to; /* rows of the file */
    struct file_row file;
    const struct snapshot *snapshot;
    const struct mapping *mapping;
    struct row_format format; /* as the kept bytes are written */
    struct binding binding;
    struct row_batch batch;
    bool *read; /* by row of the page: it can be read now */
};

struct memory {
    const uint8_t *bytes;
    size_t len;
};

static int once(void *arg, void *buf, size_t cap, size_t *got, struct err *err)
{
    struct memory *memory = arg;

    (void)err;
    *got = memory->len < cap ? memory->len : cap;
    memcpy(buf, memory->bytes, *got);
    memory->bytes += *got;
    memory->len -= *got;
    return 0;
}

/* Reads one record out of bytes that are kept: of a UTF-16 feed they are UTF-8. The record lives until csv_close(). */
static int read_one(struct page *page, struct memory *memory, bool mended, struct rows **rows,
                    struct csv_record *record, struct err *err)
{
    page->format = page->mapping->rows;
    page->format.csv.header = false;
    page->format.csv.skip_lines = 0;
    if (mended || page->format.csv.encoding >= ENCODING_UTF16)
        page->format.csv.encoding = ENCODING_UTF8;
    if (rows_open(rows, &page->format, once, memory, err) != 0)
        return -1;
    return rows_next(*rows, record, err);
}

static int bind(struct page *page, struct err *err)
{
    struct memory memory = { page->file.header, page->file.header_len };
    struct csv_record record;
    struct rows *rows = NULL;
    int rc;

    if (!page->mapping->rows.csv.header)
        return mapping_bind_file(page->mapping, page->file.name, NULL, &page->binding, err);
    rc = read_one(page, &memory, false, &rows, &record, err);
    if (rc == 1)
        rc = mapping_bind_file(page->mapping, page->file.name, &record, &page->binding, err);
    else if (rc == 0)
        rc = err_fail(err, ERR_INVALID, "no_header", "the header of file \"%s\" is not known", page->file.name);
    rows_close(&rows);
    return rc;
}

static bool key_hash(struct page *page, int i, bool mended, uint64_t *hash)
{
    struct csv_record record;
    struct rows *rows = NULL;
    struct memory memory;
    bool found;

    memory.bytes = db_bytes(page->rows, i, mended ? 14 : 8, &memory.len);
    found = read_one(page, &memory, mended, &rows, &record, NULL) == 1 &&
            mapping_key_hash(page->mapping, &page->binding, &record, hash);
    rows_close(&rows);
    return found;
}

/* Which of its like the row was in its file; a row that was mended to be of other likes is none of theirs: 0. */
static uint32_t nth_of(struct page *page, int i, bool mended)
{
    uint64_t came, is;

    if (page->mapping->counts_equal && mended &&
        (!key_hash(page, i, false, &came) || !key_hash(page, i, true, &is) || came != is))
        return 0;
    return (uint32_t)db_i32(page->rows, i, 15);
}

/* Whether something stands behind the record that was read: it would be dropped in silence. */
static bool has_more(const struct rows *rows, const struct row_place *place)
{
    for (uint64_t at = rows_tell(rows).offset; at < place->raw_len; at++)
        if (!memchr("\r\n\t ", place->raw[at], 4))
            return true;
    return false;
}

/* The row goes on waiting for what it waited for, and says why it wasn't read. */
static void refuse(struct page *page, int i, struct row_place place, const char *reason, const char *message)
{
    struct arena *arena = &page->batch.arena;
    const struct reject_reason why = { .reason = arena_strdup(arena, *reason ? reason : db_text(page->rows, i, 4)),
                                       .column = arena_strdup(arena, db_text(page->rows, i, 5)),
                                       .value = arena_strdup(arena, db_text(page->rows, i, 6)),
                                       .message = message };

    row_batch_refuse(&page->batch, place, &why);
}

/* Only its beginning was kept. What was too long for the reader is told by its reason. */
static void refuse_cut(struct page *page, int i, struct row_place place)
{
    Bihuan__RejectReason reason = reason_parse(db_text(page->rows, i, 4));
    const char *message = db_text(page->rows, i, 7);

    if (reason != REASON(RECORD_TOO_LONG) && reason != REASON(TOO_MANY_FIELDS) && !strstr(message, REJECT_IS_CUT))
        refuse(page, i, place, "", arena_printf(&page->batch.arena, "%s; " REJECT_IS_CUT, message));
}

static void read_row(struct page *page, int i)
{
    struct row_place place = { .row = (uint64_t)db_i64(page->rows, i, 1),
                               .line = (uint64_t)db_i64(page->rows, i, 2),
                               .offset = (uint64_t)db_i64(page->rows, i, 3) };
    size_t rejected = page->batch.reject_count;
    struct csv_record record;
    struct rows *rows = NULL;
    struct memory memory;
    bool mended = !db_is_null(page->rows, i, 14);
    int rc;

    place.raw = db_bytes(page->rows, i, mended ? 14 : 8, &place.raw_len);
    if (place.raw_len == REJECT_RAW_MAX) {
        refuse_cut(page, i, place);
        return;
    }
    place.nth = nth_of(page, i, mended);
    memory = (struct memory) { place.raw, place.raw_len };
    rc = read_one(page, &memory, mended, &rows, &record, NULL);
    if (rc == 1 && !record.why && has_more(rows, &place)) {
        refuse(page, i, place, mended ? "several_rows" : "",
               mended
                   ? "it is more than one row: mend each waiting row by one, and have the sender deliver the others"
                   : "the feed as it is now reads more than one row in what was kept of it: mend it, or have its file"
                     " read again (bihuan feed file ID --retry)");
    } else if (rc == 1) {
        row_batch_add(&page->batch, page->mapping, &page->binding, &record, place);
        page->read[i - page->from] = page->batch.reject_count == rejected;
    }
    rows_close(&rows);
}

static bool is_rejected(const struct row_batch *batch, uint64_t row)
{
    for (size_t i = 0; i < batch->reject_count; i++)
        if (batch->rejects[i].place.row == row)
            return true;
    return false;
}

/* Rows that were recorded leave quarantine; the others get the reason that holds now. */
static int settle(struct page *page, const struct record_counts *counts, uint64_t *released, struct err *err)
{
    struct row_batch *batch = &page->batch;
    int64_t *rows = arena_array(&batch->arena, int64_t, page->to - page->from + 1), amount = 0;
    size_t count = 0;

    for (int i = page->from; i < page->to; i++) {
        int64_t row = db_i64(page->rows, i, 1);

        if (!page->read[i - page->from] || is_rejected(batch, (uint64_t)row))
            continue;
        rows[count++] = row;
        amount += db_i64(page->rows, i, 12);
    }
    for (size_t i = 0; i < batch->reject_count; i++)
        if (reject_store_again(page->tx, page->file.id, &batch->rejects[i], err) != 0)
            return -1;
    *released += count;
    if (!count)
        return 0;
    if (sum_store_release(page->tx, page->mapping, page->file.id, counts, rows, count, err) != 0 ||
        reject_store_released(page->tx, page->file.id, rows, count, err) != 0)
        return -1;
    return file_store_release(page->tx, page->file.id, counts, count, amount, err);
}

static int release_page(struct page *page, uint64_t *released, struct err *err)
{
    struct record_counts counts = { 0 };
    struct err why;

    err_clear(&why);
    if (bind(page, &why) != 0) { /* this file's rows can't be read with the feed as it is: they go on waiting */
        if (why.cls == ERR_INVALID)
            return 0;
        *err = why;
        return -1;
    }
    for (int i = page->from; i < page->to; i++)
        read_row(page, i);
    row_batch_seal(&page->batch, page->file.id);
    page->batch.city = page->file.city;
    if (intake_record(page->tx, &page->batch, &counts, err) != 0)
        return -1;
    return settle(page, &counts, released, err);
}

static int release_file(struct tx *tx, const struct db_rows *rows, int from, int to, uint64_t *released,
                        struct err *err)
{
    struct page page = { .tx = tx, .rows = rows, .from = from, .to = to };
    bool found;
    int rc;

    if (state_snapshot(tx, &page.snapshot, err) != 0 ||
        file_store_get(tx, (uint64_t)db_i64(rows, from, 0), &found, &page.file, err) != 0)
        return -1;
    page.mapping = found ? snapshot_feed_by_id(page.snapshot, page.file.feed_id) : NULL;
    if (!page.mapping)
        return 0;
    page.read = arena_array(tx_arena(tx), bool, to - from);
    row_batch_init(&page.batch);
    row_batch_reset(&page.batch, (struct snapshot *)(uintptr_t)page.snapshot, page.file.feed_id, tx_now(tx),
                    (size_t)(to - from));
    page.batch.file_id = page.file.id;
    rc = release_page(&page, released, err);
    row_batch_fini(&page.batch);
    return rc;
}

int release_rows(struct tx *tx, struct reject_filter *filter, const struct db_rows *rows, uint64_t *released,
                 struct err *err)
{
    for (int from = 0, to; from < rows->count; from = to) {
        for (to = from + 1; to < rows->count && db_i64(rows, to, 0) == db_i64(rows, from, 0);)
            to++;
        if (release_file(tx, rows, from, to, released, err) != 0)
            return -1;
    }
    if (rows->count) {
        filter->after_file = (uint64_t)db_i64(rows, rows->count - 1, 0);
        filter->after_row = (uint64_t)db_i64(rows, rows->count - 1, 1);
    }
    return 0;
}

int on_release_rejects(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ReleaseRejectsRequest *request = message;
    Bihuan__ReleaseRejectsReply reply = BIHUAN__RELEASE_REJECTS_REPLY__INIT;
    struct reject_filter filter = { .feed = request->feed,
                                    .reason = request->reason,
                                    .value = request->value,
                                    .file_id = request->file_id,
                                    .limit = PAGE_ROWS };
    bool more = true;

    for (int done = 0; more && done < ROWS_MAX; done += PAGE_ROWS) {
        struct db_rows rows;
        int rc;

        if (reject_store_list(tx, &filter, &rows, err) != 0)
            return -1;
        more = rows.count == PAGE_ROWS;
        rc = release_rows(tx, &filter, &rows, &reply.released, err);
        db_rows_fini(&rows);
        if (rc != 0)
            return -1;
    }
    if (reject_store_count(tx, request->feed, request->reason, &reply.still_waiting, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}
