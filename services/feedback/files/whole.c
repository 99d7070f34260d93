/* whole: a file that is recorded in one transaction, see reader_internal.h.
 *
 * The writer reads the file itself while the loader waits: batch by batch in the memory of one, so that what has to be
 * kept until the commit is only what was recorded. Should the transaction be lost, it begins at the file's start again.
 */
#include "feedback/files/reader_internal.h"

#include <inttypes.h>
#include <stdio.h>

static int read_batches(struct tx *tx, struct reader *reader, struct err *err)
{
    struct loader *loader = reader->loader;
    struct row_batch *batch = &loader->slots[0].batch;
    int more = 1;

    while (more == 1) {
        struct err broken;

        if (runtime_stopping(loader->rt))
            return err_fail(err, ERR_UNAVAILABLE, "stopping", "the daemon stops");
        row_batch_reset(batch, reader->snapshot, reader->mapping->feed_id, tx_now(tx), reader->row_cap);
        batch->nth = &reader->nth;
        batch->from_row = loader->open.from_row;
        batch->city = loader->open.number.city;
        more = row_batch_read(batch, reader->rows, reader->mapping, &reader->binding, reader->row_cap, &broken);
        if (more < 0) {
            *err = broken;
            return err_prefix(err, "after byte %" PRIu64 " (row %" PRIu64 ")", batch->to.offset, batch->to.row - 1);
        }
        batch->from.offset = reader->posted;
        if (reader->header.len) {
            batch->header = arena_memdup(&batch->arena, reader->header.data, reader->header.len);
            batch->header_len = reader->header.len;
            buf_reset(&reader->header);
        }
        row_batch_seal(batch, loader->open.id);
        reader->posted = batch->to.offset;
        if (intake_batch(tx, batch, err) != 0)
            return -1;
        if (batch->stale)
            return err_fail(err, ERR_CONFLICT, "stale", "another reading of the file went on; it is looked at again");
    }
    return 0;
}

static int record_whole(struct tx *tx, struct reader *reader, struct err *err)
{
    struct file_finish finish = { .id = reader->loader->open.id, .hold_day = reader_hold(reader) };

    if (reader_prepare(reader, &reader->loader->open.done, err) != 0 || read_batches(tx, reader, err) != 0)
        return -1;
    if (inbox_written(&reader->file))
        return err_fail(err, ERR_INVALID, "written_to", INBOX_WRITTEN_TO);
    finish.done_offset = reader->posted;
    return intake_finish(tx, &finish, err);
}

/* Whether the loader still waits; then it does until leave(). */
static bool enter(struct loader *loader)
{
    bool wanted;

    pthread_mutex_lock(&loader->lock);
    wanted = loader->whole.reader != NULL;
    loader->whole.running = wanted;
    pthread_mutex_unlock(&loader->lock);
    return wanted;
}

static void leave(struct loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    loader->whole.running = false;
    pthread_cond_broadcast(&loader->changed);
    pthread_mutex_unlock(&loader->lock);
}

int intake_whole(struct tx *tx, const void *message, struct err *err)
{
    struct loader *loader = ((const struct whole *)message)->loader;
    int rc;

    if (!enter(loader))
        return err_fail(err, ERR_UNAVAILABLE, "stopping", "the daemon stops");
    rc = record_whole(tx, loader->whole.reader, err);
    leave(loader);
    return rc;
}

/* When the daemon stops the writer may be about to begin, or in the midst of it. */
static void give_up(struct loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    loader->whole.reader = NULL;
    while (loader->whole.running)
        pthread_cond_wait(&loader->changed, &loader->lock);
    pthread_mutex_unlock(&loader->lock);
}

int whole_read(struct reader *reader, struct err *err)
{
    struct loader *loader = reader->loader;
    struct err why;
    int rc;

    loader->whole = (struct whole) { .loader = loader, .reader = reader };
    if (loader_post(loader, &loader->step, intake_whole, &loader->whole) != 0)
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon does not take files now");
    err_clear(&why);
    rc = loader_wait(loader, &loader->step, &why);
    give_up(loader);
    if (rc == 0)
        return 0;
    *err = why;
    if (!reader_is_files_own(&why))
        return -1;
    reader->posted = loader->open.done.offset;
    return reader_finish(reader, why.text, err);
}
