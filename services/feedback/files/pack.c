/* pack: see pack.h. */
#include "feedback/files/pack.h"

#include "feedback/feeds/watermark.h"
#include "feedback/files/archived.h"
#include "feedback/files/inbox.h"
#include "feedback/files/known_store.h"
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
    struct file_open open;
    struct row_batch batch;
    bool fresh;          /* its content was never seen */
    struct file_row row; /* ... then what is stored of it */
};

struct pack {
    struct packed files[PACK_FILES];
    size_t count;
    struct holds holds; /* beside the pack */
    size_t recorded;    /* of them, from the front: less than all where one was begun before, which file_reader goes on
                           with */
};

/* --- the writer's half -----------------------------------------------------------------------------------------------
 */

/* The first day that waits for a city beside the pack, or in it from `first` on. */
static int32_t hold_of(const struct pack *pack, uint32_t city, size_t first)
{
    int32_t day = holds_day(&pack->holds, city);

    for (size_t i = first; i < pack->count; i++) {
        const struct file_number *number = &pack->files[i].open.number;

        if (number->has_day && (!city || !number->city || number->city == city) && number->day < day)
            day = number->day;
    }
    return day;
}

/* The steps of one file, as intake takes them. *begun: it was read in part before the daemon stopped. */
static int record_file(struct tx *tx, struct pack *pack, size_t at, bool *begun, struct err *err)
{
    struct packed *packed = &pack->files[at];
    struct file_open *open = &packed->open;
    struct file_finish finish = { .hold_day = hold_of(pack, open->number.city, at + 1) };

    *begun = false;
    open->hold_day = finish.hold_day;
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

static int find_mapping(struct tx *tx, uint32_t feed_id, const struct mapping **out, struct err *err)
{
    const struct snapshot *snapshot;

    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    *out = snapshot_feed_by_id(snapshot, feed_id);
    return 0;
}

static bool is_before(const struct pack *pack, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (memcmp(pack->files[i].open.sha256, pack->files[at].open.sha256, SHA256_LEN) == 0)
            return true;
    return false;
}

/* Finds out whose content was never seen: these need no step of their own for each thing that may have become of a
 * file before. Where the feed's numbers or days depend on other files each takes all steps. */
static int find_fresh(struct tx *tx, struct pack *pack, const struct mapping *mapping, struct err *err)
{
    uint8_t sha256[PACK_FILES][SHA256_LEN];
    const char *names[PACK_FILES];
    bool known[PACK_FILES];

    for (size_t i = 0; i < pack->count; i++) {
        pack->files[i].fresh = false;
        names[i] = pack->files[i].open.name;
        memcpy(sha256[i], pack->files[i].open.sha256, SHA256_LEN);
    }
    if (!mapping || mapping->sequence.declared || mapping->replaces_day)
        return 0;
    if (known_store_contents(tx, mapping->feed_id, (const uint8_t(*)[SHA256_LEN])sha256, names, pack->count, known,
                             err) != 0)
        return -1;
    for (size_t i = 0; i < pack->count; i++)
        pack->files[i].fresh = !known[i] && !is_before(pack, i);
    return 0;
}

static int record_fresh(struct tx *tx, const struct mapping *mapping, struct packed *packed, struct err *err)
{
    struct file_open *open = &packed->open;
    struct file_row *row = &packed->row;

    *row = (struct file_row) {
        .feed_id = open->feed_id, .feed = mapping->feed->code, .name = open->name, .bytes = open->bytes
    };
    memcpy(row->sha256, open->sha256, SHA256_LEN);
    if (file_store_allot(tx, row, err) != 0 || intake_store(tx, &packed->batch, row, &open->number, err) != 0)
        return -1;
    open->id = row->id;
    open->outcome = OPEN_LOAD;
    return 0;
}

/* Of the fresh files from `first` on, the one that says most of how far its city is complete. */
static const struct file_row *furthest(struct tx *tx, const struct mapping *mapping, const struct pack *pack,
                                       size_t first)
{
    const struct file_row *best = NULL;
    int64_t most = 0, through = 0;

    for (size_t i = first; i < pack->recorded; i++) {
        const struct file_row *row = &pack->files[i].row;
        bool says;

        if (!pack->files[i].fresh || row->city != pack->files[first].row.city)
            continue;
        says = watermark_of_file(mapping, row->name, row->has_event, row->last_event, tx_now(tx), &through);
        if (!best || (says && through > most)) {
            best = row;
            most = says ? through : INT64_MIN;
        }
    }
    return best;
}

/* All are recorded at one moment, so a city's watermark moves once. */
static int mark_fresh(struct tx *tx, const struct mapping *mapping, const struct pack *pack, struct err *err)
{
    for (size_t i = 0; i < pack->recorded; i++) {
        bool done = !pack->files[i].fresh;

        for (size_t before = 0; before < i && !done; before++)
            done = pack->files[before].fresh && pack->files[before].row.city == pack->files[i].row.city;
        if (!done && intake_mark(tx, furthest(tx, mapping, pack, i), NULL,
                                 hold_of(pack, pack->files[i].row.city, pack->recorded), err) != 0)
            return -1;
    }
    for (size_t i = 0; i < pack->recorded; i++)
        if (pack->files[i].fresh && intake_tell(tx, &pack->files[i].row, err) != 0)
            return -1;
    return 0;
}

int intake_pack(struct tx *tx, const void *message, struct err *err)
{
    struct pack *pack = (struct pack *)(uintptr_t)message;
    const struct mapping *mapping;
    bool begun = false;

    if (find_mapping(tx, pack->files[0].open.feed_id, &mapping, err) != 0 || find_fresh(tx, pack, mapping, err) != 0)
        return -1;
    for (pack->recorded = 0; pack->recorded < pack->count; pack->recorded++) {
        struct packed *packed = &pack->files[pack->recorded];
        int rc = packed->fresh ? record_fresh(tx, mapping, packed, err)
                               : record_file(tx, pack, pack->recorded, &begun, err);

        if (rc != 0)
            return -1;
        if (begun)
            break;
    }
    return mark_fresh(tx, mapping, pack, err);
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

static void archive(struct loader *loader, const struct mapping *mapping, struct packed *packed)
{
    const struct file_open *open = &packed->open;
    struct err err;

    if (inbox_archive(loader->rt, mapping->feed->code, open->id, open->name, &packed->file, NULL, &err) != 0)
        log_warn("archive", "file=\"%s\" error=\"%s\"", open->name, err.text);
    else
        archived_note(loader, mapping, open->id, open->name, &packed->file, open->sha256);
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
    holds_look(&pack->holds, loader->rt, mapping, snapshot->reference, is_packed, pack);
    err_clear(&err);
    if (pack->count && post(loader, pack, &err) == 0)
        done = pack->recorded;
    else if (pack->count && !runtime_stopping(loader->rt))
        log_info("pack_fails", "feed=%s files=%zu error=\"%s\"", mapping->feed->code, pack->count, err.text);
    for (size_t i = 0; i < pack->count; i++) {
        struct packed *packed = &pack->files[i];

        if (i < done)
            archive(loader, mapping, packed);
        inbox_close(&packed->file);
    }
    if (done)
        inbox_sync_archive(loader->rt, mapping->feed->code);
    return done;
}
