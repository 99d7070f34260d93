/* pack: see pack.h. */
#include "feedback/files/pack.h"

#include "feedback/feeds/watermark.h"
#include "feedback/files/inbox.h"
#include "obs/log.h"
#include "text/inflate.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES (32 << 10)            /* of a small file, as it was delivered */
#define TEXT_BYTES (UINT64_C(512) << 10) /* ... decompressed */
#define FILE_ROWS  500

struct packed {
    struct inbox_file file;
    int32_t hold_day;
    struct file_open open;
    struct row_batch batch;
};

struct pack {
    struct packed files[PACK_FILES];
    size_t count;
    struct holds holds;
    size_t recorded; /* of them, from the front: less than all where one was begun before, which file_reader goes on
                        with */
};

/* --- the writer's half -----------------------------------------------------------------------------------------------
 */

/* The steps of one file, as intake takes them. *begun: it was read in part before the daemon stopped. */
static int record_file(struct tx *tx, struct packed *packed, bool *begun, struct err *err)
{
    struct file_open *open = &packed->open;
    struct file_finish finish = { .hold_day = packed->hold_day };

    *begun = false;
    if (intake_open(tx, open, err) != 0)
        return -1;
    if (open->outcome == OPEN_MOVED)
        return 0;
    finish.id = open->id;
    finish.done_offset = open->done.offset;
    if (open->outcome == OPEN_REFUSED) {
        snprintf(finish.error, sizeof finish.error, "%s", open->refusal.text);
        return intake_finish(tx, &finish, err);
    }
    *begun = open->done.offset || open->from_row > 1;
    if (*begun)
        return 0;
    row_batch_seal(&packed->batch, open->id);
    if (intake_batch(tx, &packed->batch, err) != 0)
        return -1;
    if (packed->batch.stale)
        return err_set(err, "file %" PRIu64 " moved while it was recorded", open->id);
    finish.done_offset = packed->batch.to.offset;
    return intake_finish(tx, &finish, err);
}

int intake_pack(struct tx *tx, const void *message, struct err *err)
{
    struct pack *pack = (struct pack *)(uintptr_t)message;
    bool begun = false;

    for (pack->recorded = 0; pack->recorded < pack->count; pack->recorded++) {
        if (record_file(tx, &pack->files[pack->recorded], &begun, err) != 0)
            return -1;
        if (begun)
            break;
    }
    return 0;
}

/* --- the loader's half -----------------------------------------------------------------------------------------------
 */

static int read_rows(struct loader *loader, struct snapshot *snapshot, const struct mapping *mapping,
                     struct packed *packed, struct in *in, struct err *err)
{
    struct row_batch *batch = &packed->batch;
    struct binding binding;
    struct rows *rows = NULL;
    int rc = rows_open(&rows, &mapping->rows, in_source, in, err);

    row_batch_reset(batch, snapshot, mapping->feed_id, clock_business_us(runtime_clock(loader->rt)), FILE_ROWS);
    batch->city = packed->open.number.city;
    if (rc == 0)
        rc = row_batch_header(batch, rows, mapping, packed->open.name, &binding, err);
    if (rc == 0)
        rc = row_batch_read(batch, rows, mapping, &binding, FILE_ROWS, err);
    rows_close(&rows);
    batch->from.offset = 0;
    return rc;
}

/* Reads one file whole; false where it isn't one for a pack. */
static bool read_file(struct loader *loader, struct snapshot *snapshot, const struct mapping *mapping,
                      struct packed *packed, const char *name)
{
    struct in *in = NULL;
    struct err err;
    bool whole = false;
    int fd;

    packed->open = (struct file_open) { .feed_id = mapping->feed_id };
    snprintf(packed->open.name, sizeof packed->open.name, "%s", name);
    intake_read_number(mapping, snapshot->reference, name, &packed->open.number);
    if (mapping_check_name(mapping, name, &err) != 0 ||
        mapping_city(mapping, snapshot->reference, name, &packed->open.number.city, &err) != 0 ||
        watermark_check_name(mapping, name, clock_business_us(runtime_clock(loader->rt)), &err) != 0 ||
        inbox_open(loader->rt, mapping->feed->code, name, &packed->file, &err) != 0)
        return false;
    if (packed->file.at.st_size <= FILE_BYTES &&
        inbox_hash(loader->rt, &packed->file, packed->open.sha256, &packed->open.bytes, &err) == 0) {
        fd = fcntl(packed->file.fd, F_DUPFD_CLOEXEC, 0);
        if (fd >= 0 && lseek(fd, 0, SEEK_SET) == 0 &&
            in_open_fd(&in, fd, packed->file.path, mapping->format, TEXT_BYTES, &err) == 0)
            whole = read_rows(loader, snapshot, mapping, packed, in, &err) == 0 && !inbox_written(&packed->file);
        in_close(&in);
    }
    if (!whole)
        inbox_close(&packed->file);
    return whole;
}

static bool is_packed(void *arg, const char *name)
{
    const struct pack *pack = arg;

    for (size_t i = 0; i < pack->count; i++)
        if (strcmp(pack->files[i].open.name, name) == 0)
            return true;
    return false;
}

/* Each waits for what lies in the inbox beside the pack, and for those behind it in the pack. */
static void find_holds(struct loader *loader, const struct snapshot *snapshot, const struct mapping *mapping,
                       struct pack *pack)
{
    holds_look(&pack->holds, loader->rt, mapping, snapshot->reference, is_packed, pack);
    for (size_t i = pack->count; i-- > 0;) {
        struct packed *packed = &pack->files[i];

        packed->hold_day = holds_day(&pack->holds, packed->open.number.city);
        if (packed->open.number.has_day)
            holds_add(&pack->holds, packed->open.number.city, packed->open.number.day);
    }
}

static int post(struct loader *loader, struct pack *pack, struct err *err)
{
    if (loader_post(loader, &loader->step, intake_pack, pack) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon does not take files now");
    return loader_wait(loader, &loader->step, err);
}

static struct pack *pack_of(struct loader *loader)
{
    if (loader->pack)
        return loader->pack;
    loader->pack = calloc(1, sizeof *loader->pack);
    if (!loader->pack)
        abort();
    for (size_t i = 0; i < PACK_FILES; i++)
        row_batch_init(&loader->pack->files[i].batch);
    return loader->pack;
}

void pack_destroy(struct pack **pack)
{
    for (size_t i = 0; *pack && i < PACK_FILES; i++)
        row_batch_fini(&(*pack)->files[i].batch);
    if (*pack)
        holds_fini(&(*pack)->holds);
    free(*pack);
    *pack = NULL;
}

size_t pack_run(struct loader *loader, struct snapshot *snapshot, const struct mapping *mapping, char *const *names,
                size_t count)
{
    struct pack *pack = pack_of(loader);
    struct err err;
    size_t done = 0;

    pack->count = 0;
    if (mapping->control.by != CONTROL_NONE || count < 2)
        return 0;
    while (pack->count < count && pack->count < PACK_FILES && !runtime_stopping(loader->rt) &&
           read_file(loader, snapshot, mapping, &pack->files[pack->count], names[pack->count]))
        pack->count++;
    find_holds(loader, snapshot, mapping, pack);
    err_clear(&err);
    if (pack->count && post(loader, pack, &err) == 0)
        done = pack->recorded;
    else if (pack->count && !runtime_stopping(loader->rt))
        log_info("pack_fails", "feed=%s files=%zu error=\"%s\"", mapping->feed->code, pack->count, err.text);
    for (size_t i = 0; i < pack->count; i++) {
        struct packed *packed = &pack->files[i];

        if (i < done && inbox_archive(loader->rt, mapping->feed->code, packed->open.id, packed->open.name,
                                      &packed->file, &err) != 0)
            log_warn("archive", "file=\"%s\" error=\"%s\"", packed->open.name, err.text);
        inbox_close(&packed->file);
    }
    return done;
}
