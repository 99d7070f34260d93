/* file_reader: one file from the inbox: known by its content, read batch by batch from its committed place, finished,
 * archived. Part of the loader. */
#include "feedback/files/reader_internal.h"

#include "feedback/feeds/feed_store.h"
#include "feedback/files/archived.h"
#include "feedback/files/file_control.h"
#include "feedback/files/inbox.h"
#include "feedback/feeds/watermark.h"
#include "obs/log.h"
#include "text/inflate.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_LEN_MAX (UINT64_C(1) << 38) /* decompressed */

/* Whether an error is the file's own: then the file is refused, and it isn't tried again. */
bool reader_is_files_own(const struct err *err)
{
    return err->cls == ERR_INVALID || err->cls == ERR_TOO_LARGE;
}

static int source(void *arg, void *buf, size_t cap, size_t *got, struct err *err)
{
    struct reader *reader = arg;

    return in_read(reader->in, buf, cap, got, err);
}

static int open_in(struct reader *reader, struct err *err)
{
    int fd;

    in_close(&reader->in);
    fd = fcntl(reader->file.fd, F_DUPFD_CLOEXEC, 0); /* one `in` at a time: that they share a place does no harm */
    if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0) {
        if (fd >= 0)
            close(fd);
        return err_fail(err, ERR_UNAVAILABLE, "file_io", "could not read \"%s\": %s", reader->file.path,
                        strerror(errno));
    }
    return in_open_fd(&reader->in, fd, reader->file.path, reader->mapping->format, FILE_LEN_MAX, err);
}

static void keep_names(struct reader *reader, const struct csv_record *header)
{
    struct csv_field *fields = arena_array(&reader->arena, struct csv_field, header->field_count);

    for (uint32_t i = 0; i < header->field_count; i++) {
        fields[i] = header->fields[i];
        fields[i].text = arena_strndup(&reader->arena, fields[i].text, fields[i].len);
    }
    reader->names = (struct csv_record) { .fields = fields, .field_count = header->field_count };
}

/* The header says where the columns stand. */
static int read_header(struct reader *reader, struct err *err)
{
    struct csv_record record;
    int rc;

    if (!reader->mapping->rows.csv.header)
        return mapping_bind_file(reader->mapping, reader->loader->open.name, NULL, &reader->binding, err);
    rc = rows_next(reader->rows, &record, err);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return err_fail(err, ERR_INVALID, "empty_file", "the file is empty: it has no header");
    if (record.why) {
        *err = *record.why;
        return err_prefix(err, "header");
    }
    buf_append(&reader->header, record.raw, record.raw_len);
    keep_names(reader, &record);
    return mapping_bind_file(reader->mapping, reader->loader->open.name, &reader->names, &reader->binding, err);
}

/* Moves to where the file was durable when it was last read. */
static int go_on(struct reader *reader, const struct csv_pos *done, struct err *err)
{
    reader->posted = done->offset;
    if (!done->offset)
        return 0;
    if (row_batch_count(&reader->nth, reader->rows, reader->mapping, &reader->binding, done->offset, err) != 0)
        return -1;
    if (open_in(reader, err) != 0 || in_skip_to(reader->in, done->offset, err) != 0)
        return -1;
    rows_restart(reader->rows, done);
    buf_reset(&reader->header);
    return 0;
}

int reader_prepare(struct reader *reader, const struct csv_pos *done, struct err *err)
{
    rows_close(&reader->rows);
    buf_reset(&reader->header);
    nth_reset(&reader->nth);
    if (open_in(reader, err) != 0 || rows_open(&reader->rows, &reader->format, source, reader, err) != 0)
        return -1;
    if (read_header(reader, err) != 0)
        return -1;
    return go_on(reader, done, err);
}

/* A slot that the writer is done with; the result of what it held is looked at now. */
static int take_slot(struct reader *reader, struct slot **out, struct err *err)
{
    struct slot *slot = &reader->loader->slots[reader->slot];

    reader->slot = (reader->slot + 1) % SLOTS;
    if (loader_wait(reader->loader, &slot->ticket, err) != 0)
        return -1;
    if (slot->batch.stale)
        return err_fail(err, ERR_CONFLICT, "stale", "another reading of the file went on; it is looked at again");
    *out = slot;
    return 0;
}

/* All slots come back, whatever became of them. */
static int settle(struct reader *reader, struct err *err)
{
    struct err ignored;
    struct err *into = err;
    int rc = 0;

    for (int i = 0; i < SLOTS; i++) {
        struct slot *slot;

        if (take_slot(reader, &slot, into) != 0) {
            rc = -1;
            into = &ignored;
        }
    }
    return rc;
}

static int post_batch(struct reader *reader, struct slot *slot, struct err *err)
{
    struct row_batch *batch = &slot->batch;

    batch->from.offset = reader->posted;
    if (reader->header.len) {
        batch->header = arena_memdup(&batch->arena, reader->header.data, reader->header.len);
        batch->header_len = reader->header.len;
        buf_reset(&reader->header);
    }
    row_batch_seal(batch, reader->loader->open.id);
    reader->posted = batch->to.offset;
    if (loader_post(reader->loader, &slot->ticket, intake_batch, batch) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon does not take rows now");
    return 0;
}

/* Takes what units, products and feeds are now for the next batch. */
static int refresh(struct reader *reader, struct err *err)
{
    struct snapshot *now = state_shown(reader->loader->feedback);
    const struct mapping *mapping = now ? snapshot_feed_by_id(now, reader->mapping->feed_id) : NULL;
    bool bound;

    if (!mapping || now->generation == reader->snapshot->generation) {
        snapshot_drop(&now);
        return mapping ? 0 : err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon does not take rows now");
    }
    /* what was counted, and where columns stand without a header, is the feed's as it was */
    bound = !reader->format.csv.header || reader->mapping->counts_equal || mapping->counts_equal;
    snapshot_drop(&reader->snapshot);
    reader->snapshot = now;
    reader->mapping = mapping;
    if (bound && !feed_equal(&reader->arena, reader->feed, mapping->feed))
        return err_fail(err, ERR_UNAVAILABLE, "feed_changed", "the feed was changed; the file is read on with it");
    return mapping_bind_file(mapping, reader->loader->open.name, mapping->rows.csv.header ? &reader->names : NULL,
                             &reader->binding, err);
}

/* Reads to the end. 0, or -1; *damage: the file itself is bad (*err says how), and what came before it is handed over.
 */
static int read_rows(struct reader *reader, bool *damage, struct err *err)
{
    int more = 1;

    while (more == 1) {
        struct slot *slot;
        struct err broken;
        int rc;

        if (refresh(reader, err) != 0) {
            *damage = reader_is_files_own(err);
            return -1;
        }
        if (take_slot(reader, &slot, err) != 0)
            return -1;
        row_batch_reset(&slot->batch, reader->snapshot, reader->mapping->feed_id,
                        clock_business_us(runtime_clock(reader->loader->rt)), reader->row_cap);
        slot->batch.nth = &reader->nth;
        slot->batch.from_row = reader->loader->open.from_row;
        slot->batch.city = reader->loader->open.number.city;
        more = row_batch_read(&slot->batch, reader->rows, reader->mapping, &reader->binding, reader->row_cap, &broken);
        rc = slot->batch.rows_read || slot->batch.to.offset != reader->posted ? post_batch(reader, slot, err) : 0;
        if (rc != 0)
            return -1;
        if (more < 0) {
            *damage = reader_is_files_own(&broken);
            *err = broken;
            return err_prefix(err, "after byte %" PRIu64 " (row %" PRIu64 ")", slot->batch.to.offset,
                              slot->batch.to.row - 1);
        }
    }
    return 0;
}

int32_t reader_hold(const struct reader *reader)
{
    const struct loader *loader = reader->loader;

    return holds_first(loader->rt, reader->mapping, reader->snapshot->reference, loader->open.number.city,
                       loader->open.name);
}

int reader_finish(struct reader *reader, const char *error, struct err *err)
{
    struct loader *loader = reader->loader;

    loader->finish =
        (struct file_finish) { .id = loader->open.id, .done_offset = reader->posted, .hold_day = reader_hold(reader) };
    snprintf(loader->finish.error, sizeof loader->finish.error, "%s", error);
    if (loader_post(loader, &loader->step, intake_finish, &loader->finish) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon does not take files now");
    return loader_wait(loader, &loader->step, err);
}

/* A file is looked through before its first row counts. */
static int check_control(struct reader *reader, const char *name, struct err *err)
{
    struct loader *loader = reader->loader;
    const struct file_check check = { .rt = loader->rt,
                                      .mapping = reader->mapping,
                                      .file = &reader->file,
                                      .name = name,
                                      .sha256 = loader->open.sha256,
                                      .bytes = loader->open.bytes };

    if (!reader->mapping->control.by || loader->open.done.offset || loader->open.released)
        return 0;
    loader->verified.id = loader->open.id;
    loader->verified.feed_id = loader->open.feed_id;
    if (file_control_check(&check, &loader->verified.said, err) != 0)
        return -1;
    if (loader_post(loader, &loader->step, intake_verified, &loader->verified) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon does not take files now");
    return loader_wait(loader, &loader->step, err);
}

static int check_name(const struct reader *reader, const char *name, struct err *err)
{
    uint32_t city;

    if (mapping_check_name(reader->mapping, name, err) != 0 ||
        mapping_city(reader->mapping, reader->snapshot->reference, name, &city, err) != 0)
        return -1;
    return watermark_check_name(reader->mapping, name, clock_business_us(runtime_clock(reader->loader->rt)), err);
}

static int read_file(struct reader *reader, const char *name, struct err *err)
{
    bool damage = false;
    struct err why;
    int rc;

    reader->posted = reader->loader->open.done.offset;
    rc = check_name(reader, name, &why);
    if (rc == 0)
        rc = check_control(reader, name, &why);
    if (rc == 0)
        rc = reader_prepare(reader, &reader->loader->open.done, &why);
    if (rc != 0)
        damage = reader_is_files_own(&why);
    else if (reader->mapping->replaces_day)
        return whole_read(reader, err);
    else
        rc = read_rows(reader, &damage, &why);
    if (settle(reader, err) != 0)
        return -1;
    if (rc != 0 && !damage) {
        *err = why;
        return -1;
    }
    if (inbox_written(&reader->file)) /* it is no longer what its hash says; what it is now comes next */
        rc = err_fail(&why, ERR_INVALID, "written_to", INBOX_WRITTEN_TO);
    return reader_finish(reader, rc == 0 ? "" : why.text, err);
}

/* Tells once that the file waits for its companion; *go: it's to be read without. */
static int wait_for_companion(struct loader *loader, const struct mapping *mapping, const char *name, bool *go,
                              struct err *err)
{
    struct file_wait *wait = &loader->wait;
    uint64_t releases = atomic_load(&loader->feedback->releases);

    *go = false;
    if (waits_has(&loader->waits, releases, mapping->feed->code, name))
        return 0;
    *wait = (struct file_wait) { .feed_id = mapping->feed_id };
    snprintf(wait->name, sizeof wait->name, "%s", name);
    control_companion(&mapping->control, name, wait->companion, sizeof wait->companion);
    if (loader_post(loader, &loader->step, intake_wait, wait) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon does not take files now");
    if (loader_wait(loader, &loader->step, err) != 0)
        return -1;
    waits_put(&loader->waits, releases, mapping->feed->code, name);
    *go = wait->released;
    return 0;
}

/* The companion goes where its file went. */
static int archive_companion(struct loader *loader, const struct mapping *mapping, const char *name, struct err *err)
{
    char companion[256];

    if (mapping->control.by != CONTROL_COMPANION)
        return 0;
    waits_drop(&loader->waits, mapping->feed->code, name);
    control_companion(&mapping->control, name, companion, sizeof companion);
    sights_forget(&loader->sights, mapping->feed->code, companion);
    return inbox_put_away(loader->rt, mapping->feed->code, loader->open.id, companion, err);
}

/* Finds out what the file is, by its content. */
static int open_file(struct reader *reader, const char *name, struct err *err)
{
    struct loader *loader = reader->loader;
    struct file_open *open = &loader->open;

    *open = (struct file_open) { .feed_id = reader->mapping->feed_id };
    snprintf(open->name, sizeof open->name, "%s", name);
    intake_read_number(reader->mapping, reader->snapshot->reference, name, &open->number);
    open->hold_day = reader_hold(reader);
    if (inbox_hash(loader->rt, &reader->file, open->sha256, &open->bytes, err) != 0)
        return -1;
    if (loader_post(loader, &loader->step, intake_open, open) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon does not take files now");
    return loader_wait(loader, &loader->step, err);
}

static int refuse(struct reader *reader, struct err *err)
{
    reader->posted = reader->loader->open.done.offset;
    return reader_finish(reader, reader->loader->open.refusal.text, err);
}

int file_reader_run(struct loader *loader, struct snapshot *snapshot, const struct mapping *mapping, const char *name,
                    struct err *err)
{
    struct reader reader = {
        .loader = loader, .snapshot = snapshot_hold(snapshot), .mapping = mapping, .file = { .fd = -1 }
    };
    const char *feed = mapping->feed->code; /* of the caller's snapshot */
    enum companion companion;
    bool go = true, stays = false;
    int rc = 0;

    loader->open.id = 0; /* that of a file before it */
    if (control_is_companion(&mapping->control, name)) {
        snapshot_drop(&reader.snapshot);
        return 0;
    }
    companion = file_control_companion(loader, mapping, name);
    if (companion == COMPANION_MOVES || /* looked at again soon, as whatever moves */
        (companion == COMPANION_MISSING && ((rc = wait_for_companion(loader, mapping, name, &go, err)) != 0 || !go))) {
        snapshot_drop(&reader.snapshot);
        return rc;
    }
    for (int i = 0; i < SLOTS; i++) {
        loader->slots[i].ticket.rc = 0;
        loader->slots[i].batch.stale = false;
    }
    reader.opened = snapshot_hold(snapshot);
    reader.format = mapping->rows;
    reader.feed = mapping->feed;
    arena_init(&reader.arena);
    reader.row_cap = (size_t)runtime_setting_int(loader->rt, "batch_rows");
    rc = inbox_open(loader->rt, feed, name, &reader.file, err);
    if (rc == 0)
        rc = open_file(&reader, name, err);
    if (rc == 0 && loader->open.outcome == OPEN_LOAD)
        rc = read_file(&reader, name, err);
    else if (rc == 0 && loader->open.outcome == OPEN_REFUSED)
        rc = refuse(&reader, err);
    rows_close(&reader.rows);
    in_close(&reader.in);
    buf_fini(&reader.header);
    nth_reset(&reader.nth);
    arena_fini(&reader.arena);
    snapshot_drop(&reader.snapshot);
    snapshot_drop(&reader.opened);
    if (rc == 0)
        rc = inbox_archive(loader->rt, feed, loader->open.id, name, &reader.file, &stays, err);
    if (rc == 0) {
        archived_note(loader, mapping, loader->open.id, name, &reader.file, loader->open.sha256);
        inbox_sync_archive(loader->rt, feed);
        sights_forget(&loader->sights, feed, name);
    }
    if (rc == 0 && !stays) /* what came instead has a companion of its own, perhaps this one */
        rc = archive_companion(loader, mapping, name, err);
    inbox_close(&reader.file);
    return rc;
}
