/* requests: feeds are applied, files uploaded, rows appended. */
#include "feedback/feeds/requests.h"

#include "feedback/conditions/parts.h"
#include "feedback/control/control_store.h"
#include "feedback/control/sum_store.h"
#include "feedback/feeds/feed_store.h"
#include "feedback/handlers.h"
#include "feedback/files/read_again.h"
#include "feedback/files/inbox.h"
#include "feedback/files/intake.h"
#include "feedback/files/loader.h"
#include "feedback/state.h"
#include "feedback/feeds/watermark.h"
#include "feedback/measures/reissue.h"
#include "feedback/tmf/retake.h"

#include "bihuan/common.pb-c.h"
#include "text/dates.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define PIECE_MAX   ((size_t)512 << 10)
#define CHANGES_MAX 200

/* --- feeds ---------------------------------------------------------------------------------------------------------
 */

struct apply {
    struct tx *tx;
    size_t item;
};

static void add_problem(void *arg, const char *pointer, const char *code, const char *message)
{
    struct apply *apply = arg;
    char full[200];

    snprintf(full, sizeof full, "/items/%zu%s", apply->item, pointer);
    tx_problem(apply->tx, full, code, "%s", message);
}

static int check_feeds(struct tx *tx, const Bihuan__ApplyFeedsRequest *request, struct err *err)
{
    const struct snapshot *snapshot;
    struct zone zone;

    if (state_snapshot(tx, &snapshot, err) != 0 ||
        zone_parse(runtime_setting(tx_runtime(tx), "utc_offset"), &zone, err) != 0)
        return -1;
    for (size_t i = 0; i < request->n_items; i++) {
        struct apply apply = { tx, i };
        struct mapping mapping;

        mapping_compile(&mapping, snapshot_with_maps(snapshot, request->items[i], tx_arena(tx)), &zone,
                        runtime_money_scale(tx_runtime(tx)), runtime_bucket_count(tx_runtime(tx)), tx_arena(tx),
                        add_problem, &apply);
        mapping_fini(&mapping);
        for (size_t j = 0; j < i; j++)
            if (strcmp(request->items[i]->code, request->items[j]->code) == 0)
                add_problem(&apply, "/code", "twice", "the same feed stands twice in the request");
    }
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

static void add_change(struct arena *arena, Bihuan__ApplyReply *reply, const char *code, const char *action,
                       const char *difference)
{
    Bihuan__Change *change = arena_new(arena, Bihuan__Change);

    if (reply->n_changes == CHANGES_MAX)
        return;
    bihuan__change__init(change);
    change->code = (char *)(uintptr_t)code;
    change->action = (char *)(uintptr_t)action;
    change->difference = (char *)(uintptr_t)difference;
    reply->changes[reply->n_changes++] = change;
}

/* What is stored knows the further money columns by their place. */
static int check_sums(struct tx *tx, const Bihuan__Feed *old, const Bihuan__Feed *feed, size_t item, struct err *err)
{
    for (size_t i = 0; i < old->n_sums; i++) {
        char pointer[64];

        if (i < feed->n_sums && strcmp(feed->sums[i]->name, old->sums[i]->name) == 0)
            continue;
        snprintf(pointer, sizeof pointer, "/items/%zu/sums/%zu", item, i);
        tx_problem(tx, pointer, "sum_is_set",
                   "money column %zu of feed \"%s\" is \"%s\", as what came is stored: keep it, add others behind it",
                   i + 1, feed->code, old->sums[i]->name);
        return tx_refuse(tx, err);
    }
    return 0;
}

static int apply_feed(struct tx *tx, const struct reference *units, const Bihuan__ApplyFeedsRequest *request,
                      size_t item, Bihuan__ApplyReply *reply, struct err *err)
{
    Bihuan__Feed *feed = request->items[item];
    struct feedback *feedback = tx_state(tx);
    Bihuan__Feed *old;
    uint32_t again = 0;

    if (feed_store_get(tx, feed->code, &old, err) != 0)
        return -1;
    feed->id = old ? old->id : 0;
    if (old && feed_equal(tx_arena(tx), old, feed)) {
        reply->unchanged++;
        return 0;
    }
    if (old && strcmp(old->fact, feed->fact) != 0)
        return err_fail(err, ERR_CONFLICT, "fact_is_set",
                        "feed \"%s\" brings facts \"%s\"; what came stays that: define another feed for \"%s\"",
                        feed->code, old->fact, feed->fact);
    if (old && strcmp(old->subject_of, feed->subject_of) != 0)
        return err_fail(err, ERR_CONFLICT, "subject_of_is_set",
                        "subjects of feed \"%s\" are keys of \"%s\"; what came refers to those: define another feed for"
                        " \"%s\"",
                        feed->code, old->subject_of, feed->subject_of);
    if (old && check_sums(tx, old, feed, item, err) != 0)
        return -1;
    if (old && feed_codes_differ(old, feed) && read_again(tx, feed, request->dry_run, &again, err) != 0)
        return -1;
    reply->created += !old;
    reply->changed += old != NULL;
    add_change(tx_arena(tx), reply, feed->code, old ? "changed" : "created",
               again ? arena_printf(tx_arena(tx), "%u files are read again: codes mean something else", again) : "");
    if (request->dry_run)
        return 0;
    feedback->dirty = true;
    if ((old ? old->witness : false) != feed->witness && reissue_ask(tx, err) != 0)
        return -1; /* what its sender brought counts from now on, or no longer */
    if (old && tmf_retake_feed(tx, feed->id, err) != 0)
        return -1;
    if (feed_store_put(tx, feed, err) != 0 || parts_begin(tx, feed->id, feed->cities, NULL, 0, units, err) != 0 ||
        (!old && watermark_announce(tx, feed, err) != 0))
        return -1;
    return inbox_make(tx_runtime(tx), feed->code, err);
}

int on_apply_feeds(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyFeedsRequest *request = message;
    Bihuan__ApplyReply reply = BIHUAN__APPLY_REPLY__INIT;
    const struct snapshot *snapshot;

    if (check_feeds(tx, request, err) != 0 || state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    reply.dry_run = request->dry_run;
    reply.changes = arena_array(tx_arena(tx), Bihuan__Change *, CHANGES_MAX);
    for (size_t i = 0; i < request->n_items; i++)
        if (apply_feed(tx, snapshot->reference, request, i, &reply, err) != 0)
            return -1;
    return tx_reply(tx, &reply.base, err);
}

/* --- files by request ----------------------------------------------------------------------------------------------
 */

static int find_feed(struct tx *tx, const char *code, const struct snapshot **snapshot, const struct mapping **out,
                     struct err *err)
{
    if (state_snapshot(tx, snapshot, err) != 0)
        return -1;
    *out = snapshot_feed(*snapshot, code);
    return *out ? 0 : err_fail(err, ERR_NOT_FOUND, "unknown_feed", "there is no feed \"%s\"", code);
}

static int check_file(struct tx *tx, const char *name, size_t len, struct err *err)
{
    if (!inbox_name_ok(name))
        tx_problem(tx, "/name", "bad_name",
                   "a file name is 1 to %d bytes without / or control characters, not first a dot, and does not end in"
                   " .tmp or .part",
                   INBOX_NAME_MAX);
    if (len > PIECE_MAX)
        tx_problem(tx, "/data", "too_large", "a piece is at most %zu bytes", PIECE_MAX);
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

/* The last piece may be asked for again after its file was read and moved away. */
static int is_received(struct tx *tx, const struct mapping *mapping, const Bihuan__UploadChunkRequest *request,
                       bool *received, struct err *err)
{
    char path[INBOX_PATH_MAX];
    struct file_row row;
    bool found;

    *received = false;
    if (!request->last)
        return 0;
    if (file_store_by_name(tx, mapping->feed_id, request->name, &found, &row, err) != 0)
        return -1;
    if (!found || request->offset == 0)
        return 0;
    inbox_archive_path(tx_runtime(tx), request->feed, row.id, row.name, path);
    *received = inbox_ends_with(path, request->offset, request->data.data, request->data.len);
    return 0;
}

int on_upload_chunk(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__UploadChunkRequest *request = message;
    Bihuan__UploadChunkReply reply = BIHUAN__UPLOAD_CHUNK_REPLY__INIT;
    struct feedback *feedback = tx_state(tx);
    const struct snapshot *snapshot;
    const struct mapping *mapping;
    bool received;
    struct err why;

    if (find_feed(tx, request->feed, &snapshot, &mapping, err) != 0 ||
        check_file(tx, request->name, request->data.len, err) != 0)
        return -1;
    reply.complete = request->last;
    if (inbox_upload(tx_runtime(tx), request->feed, request->name, request->offset, request->data.data,
                     request->data.len, request->last, &reply.offset, &why) != 0) {
        if (is_received(tx, mapping, request, &received, err) != 0)
            return -1;
        if (!received) {
            *err = why;
            return -1;
        }
        reply.offset = request->offset + request->data.len;
    }
    if (request->last)
        loader_wake(feedback->loader);
    return tx_reply(tx, &reply.base, err);
}

/* --- rows by request -----------------------------------------------------------------------------------------------
 */

struct memory {
    const uint8_t *bytes;
    size_t len, at;
};

static int memory_source(void *arg, void *buf, size_t cap, size_t *got, struct err *err)
{
    struct memory *memory = arg;

    (void)err;
    *got = memory->len - memory->at < cap ? memory->len - memory->at : cap;
    memcpy(buf, memory->bytes + memory->at, *got);
    memory->at += *got;
    return 0;
}

static size_t count_lines(const uint8_t *bytes, size_t len)
{
    size_t count = 2;

    for (size_t i = 0; i < len; i++)
        count += bytes[i] == '\n' || bytes[i] == '\r';
    return count;
}

static int read_rows(struct row_batch *batch, const struct mapping *mapping,
                     const Bihuan__AppendRecordsRequest *request, size_t row_cap, struct err *err)
{
    struct memory memory = { request->data.data, request->data.len, 0 };
    struct binding binding;
    struct rows *rows = NULL;
    int rc = rows_open(&rows, &mapping->rows, memory_source, &memory, err);

    if (rc == 0)
        rc = row_batch_header(batch, rows, mapping, request->name, &binding, err);
    if (rc == 0)
        rc = row_batch_read(batch, rows, mapping, &binding, row_cap, err) < 0 ? -1 : 0;
    rows_close(&rows);
    batch->from.offset = 0;
    return rc;
}

static int record_rows(struct tx *tx, struct row_batch *batch, struct file_row *row, bool deletes,
                       const struct feed_mark *mark, const Bihuan__AppendRecordsRequest *request, struct err *err)
{
    const struct file_number number = { .city = row->city, .deletes = deletes };
    char day[DATE_TEXT_MAX];

    date_print(day, clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx)));
    if (file_store_allot(tx, row, err) != 0 || inbox_note_rows(tx_runtime(tx), request->feed, row->id, row->name, day,
                                                               request->data.data, request->data.len, err) != 0)
        return -1;
    if (intake_store(tx, batch, row, &number, err) != 0 || intake_mark(tx, row, mark, HOLD_NONE, err) != 0)
        return -1;
    return intake_tell(tx, row, err);
}

/* What is known of a file that is about to come: asked for before its rows are read, which takes as long. */
struct known {
    struct db_rows mark_rows, file_rows;
    struct feed_mark mark;
    struct file_row file;
    bool found;
};

static int ask_known(struct tx *tx, const struct file_row *row, bool deletes, struct known *known, struct err *err)
{
    *known = (struct known) { .found = false };
    if (feed_store_ask_mark(tx, row->feed_id, &known->mark_rows, err) == 0 &&
        file_store_ask_known(tx, row->feed_id, row->sha256, row->name, deletes, &known->file_rows, err) == 0 &&
        db_push(tx_db(tx), err) == 0)
        return 0;
    (void)db_flush(tx_db(tx), NULL); /* answers to what was asked have no place to go once this returns */
    return -1;
}

static int take_known(struct tx *tx, const struct file_row *row, struct known *known, struct err *err)
{
    if (db_flush(tx_db(tx), err) != 0) {
        db_rows_fini(&known->mark_rows);
        db_rows_fini(&known->file_rows);
        return -1;
    }
    feed_store_take_mark(tx, row->feed_id, &known->mark_rows, &known->mark);
    known->found = file_store_take_known(tx, &known->file_rows, &known->file);
    if (known->found && memcmp(known->file.sha256, row->sha256, SHA256_LEN) != 0)
        return err_fail(err, ERR_CONFLICT, "name_in_use",
                        "a file \"%s\" with other content was received before; new content needs a new name",
                        row->name);
    return 0;
}

int append_read(struct tx *tx, const struct mapping *mapping, const Bihuan__AppendRecordsRequest *request,
                struct file_row *row, struct row_batch *batch, struct err *err)
{
    const struct snapshot *snapshot;
    size_t row_cap = count_lines(request->data.data, request->data.len);
    int rc;

    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    row_batch_reset(batch, (struct snapshot *)(uintptr_t)snapshot, mapping->feed_id, tx_now(tx), row_cap);
    rc = mapping_city(mapping, snapshot->reference, request->name, &row->city, err);
    batch->city = row->city;
    return rc == 0 ? read_rows(batch, mapping, request, row_cap, err) : -1;
}

/* The rows are read while the server looks whether it knows them; a file that is known needs no readable rows. */
static int append(struct tx *tx, const struct mapping *mapping, struct file_row *row,
                  const Bihuan__AppendRecordsRequest *request, struct file_row *out, struct err *err)
{
    struct err unread = { 0 };
    struct row_batch batch;
    struct known known;
    bool deletes = mapping_deletes(mapping, row->name);
    int rc, read;

    if (ask_known(tx, row, deletes, &known, err) != 0)
        return -1;
    row_batch_init(&batch);
    read = append_read(tx, mapping, request, row, &batch, &unread);
    rc = take_known(tx, row, &known, err);
    if (rc == 0 && !known.found && read != 0) {
        *err = unread;
        rc = -1;
    } else if (rc == 0 && !known.found) {
        rc = record_rows(tx, &batch, row, deletes, &known.mark, request, err);
    }
    row_batch_fini(&batch);
    *out = known.found ? known.file : *row;
    return rc;
}

int append_records(struct tx *tx, const Bihuan__AppendRecordsRequest *request, struct file_row *out, struct err *err)
{
    const struct snapshot *snapshot;
    const struct mapping *mapping;
    struct file_row row;

    if (find_feed(tx, request->feed, &snapshot, &mapping, err) != 0 ||
        check_file(tx, request->name, request->data.len, err) != 0 ||
        watermark_check_name(mapping, request->name, tx_now(tx), err) != 0)
        return -1;
    if (mapping->control.by || mapping->sequence.declared)
        return err_fail(err, ERR_CONFLICT, "controlled",
                        "files of feed \"%s\" are controlled or numbered: upload them as files", request->feed);
    row = (struct file_row) {
        .feed_id = mapping->feed_id, .feed = request->feed, .name = request->name, .bytes = request->data.len
    };
    crypto_hash_sha256(row.sha256, request->data.data, request->data.len);
    return append(tx, mapping, &row, request, out, err);
}

int on_append_records(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__AppendRecordsReply reply = BIHUAN__APPEND_RECORDS_REPLY__INIT;
    Bihuan__FeedFile file;
    struct file_row row;

    if (append_records(tx, message, &row, err) != 0)
        return -1;
    file_row_to_message(&row, tx_arena(tx), &file);
    reply.file = &file;
    return tx_reply(tx, &reply.base, err);
}
