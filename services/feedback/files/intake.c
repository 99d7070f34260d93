/* intake: see intake.h. */
#include "feedback/files/intake.h"

#include "feedback/files/inbox.h"
#include "feedback/state.h"
#include "feedback/feeds/watermark.h"
#include "obs/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- opening -------------------------------------------------------------------------------------------------------
 */

static int insert(struct tx *tx, struct file_open *open, const char *state, struct err *err)
{
    struct file_row row = { .feed_id = open->feed_id, .name = open->name, .state = state, .bytes = open->bytes };

    memcpy(row.sha256, open->sha256, SHA256_LEN);
    if (strcmp(state, "duplicate") == 0)
        row.done_at = tx_now(tx);
    if (file_store_allot(tx, &row, err) != 0 || file_store_insert(tx, &row, err) != 0)
        return -1;
    open->id = row.id;
    open->done = row.done;
    return 0;
}

/* A file that was read to its end but hasn't been moved: the daemon stopped in between. */
static bool is_unmoved(struct tx *tx, const struct file_open *open, const struct file_row *row)
{
    char path[INBOX_PATH_MAX];

    inbox_archive_path(tx_runtime(tx), row->feed, row->id, row->name, path);
    return strcmp(row->name, open->name) == 0 && access(path, F_OK) != 0;
}

static int open_known(struct tx *tx, struct file_open *open, const struct file_row *row, struct err *err)
{
    bool refused = strcmp(row->state, "refused") == 0;

    open->id = row->id;
    open->done = row->done;
    if (strcmp(row->state, "loading") == 0 || strcmp(row->state, "waiting") == 0) {
        open->outcome = OPEN_LOAD;
        return file_store_set_state(tx, row->id, "loading", "", 0, err);
    }
    open->outcome = OPEN_MOVED;
    if (is_unmoved(tx, open, row))
        return 0;
    if (refused) { /* the feed may have been mended since, or the file's name */
        open->outcome = OPEN_LOAD;
        return file_store_reopen(tx, row->id, open->name, err);
    }
    return insert(tx, open, "duplicate", err);
}

int intake_open(struct tx *tx, const void *message, struct err *err)
{
    struct file_open *open = (struct file_open *)(uintptr_t)message;
    struct file_row row;
    bool found;

    if (file_store_by_content(tx, open->feed_id, open->sha256, &found, &row, err) != 0)
        return -1;
    if (found)
        return open_known(tx, open, &row, err);
    open->outcome = OPEN_LOAD;
    return insert(tx, open, "loading", err);
}

/* --- batches -------------------------------------------------------------------------------------------------------
 */

static int add_conflict(void *arg, const struct order_line *line, struct err *err)
{
    (void)err;
    row_batch_conflict(arg, line);
    return 0;
}

int intake_record(struct tx *tx, struct row_batch *batch, struct record_counts *counts, struct err *err)
{
    const struct snapshot *snapshot;

    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    if (batch->snapshot->generation != snapshot->generation)
        row_batch_recompute(batch, snapshot);
    for (size_t i = 0; i < batch->line_count; i++)
        batch->lines[i].known_at = tx_now(tx);
    counts->read += batch->rows_read;
    counts->read_amount += batch->read_amount;
    counts->filtered += batch->filtered;
    counts->filtered_amount += batch->filtered_amount;
    if (recording_apply(tx, snapshot, batch->sorted, batch->line_count, counts, add_conflict, batch, err) != 0)
        return -1;
    counts->suspended += batch->reject_count;
    for (size_t i = 0; i < batch->reject_count; i++)
        counts->suspended_amount += batch->rejects[i].amount;
    return 0;
}

/* The batch didn't fit: either it went through before (its commit's outcome was unknown), or it's out of date. */
static int judge_stale(struct tx *tx, struct row_batch *batch, struct err *err)
{
    struct file_row row;
    bool found;

    if (file_store_get(tx, batch->file_id, &found, &row, err) != 0)
        return -1;
    batch->stale = !found || row.done.offset != batch->to.offset;
    return 0;
}

int intake_batch(struct tx *tx, const void *message, struct err *err)
{
    struct row_batch *batch = (struct row_batch *)(uintptr_t)message;
    struct record_counts counts = { 0 };
    struct file_row row;
    bool found, moved;

    row_batch_begin(batch);
    if (file_store_get(tx, batch->file_id, &found, &row, err) != 0)
        return -1;
    if (!found || row.done.offset != batch->from.offset || strcmp(row.state, "loading") != 0)
        return judge_stale(tx, batch, err);
    if (intake_record(tx, batch, &counts, err) != 0 ||
        reject_store_add(tx, batch->file_id, batch->feed_id, batch->rejects, batch->reject_count, err) != 0 ||
        file_store_advance(tx, batch, &counts, &moved, err) != 0)
        return -1;
    metrics_count(runtime_metrics(tx_runtime(tx)), "rows_total", "Rows read from files.", "", counts.read);
    metrics_count(runtime_metrics(tx_runtime(tx)), "rows_suspended_total", "Rows put in quarantine.", "",
                  counts.suspended);
    return moved ? 0 : err_set(err, "file %" PRIu64 " moved while a batch was recorded", batch->file_id);
}

/* --- the end -------------------------------------------------------------------------------------------------------
 */

void intake_settle(struct tx *tx, struct file_row *row, const char *error)
{
    row->state = *error ? "refused" : row->counts.suspended ? "partial" : "loaded";
    row->error = error;
    row->done_at = tx_now(tx);
}

int intake_announce(struct tx *tx, const struct file_row *row, const struct feed_mark *mark, struct err *err)
{
    Bihuan__FileFinished finished = BIHUAN__FILE_FINISHED__INIT;
    Bihuan__FeedFile file;
    const struct snapshot *snapshot;
    const struct mapping *mapping;

    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    mapping = snapshot_feed_by_id(snapshot, row->feed_id);
    if (!*row->error && mapping && watermark_after_file(tx, mapping, row, mark, err) != 0)
        return -1;
    file_row_to_message(row, tx_arena(tx), &file);
    finished.file = &file;
    log_info("file_finished",
             "feed=%s file=\"%s\" state=%s read=%" PRIu64 " accepted=%" PRIu64 " duplicate=%" PRIu64
             " superseded=%" PRIu64 " suspended=%" PRIu64 " filtered=%" PRIu64 " error=\"%s\"",
             row->feed, row->name, row->state, row->counts.read, row->counts.accepted, row->counts.duplicate,
             row->counts.superseded, row->counts.suspended, row->counts.filtered, row->error);
    return tx_publish(tx, 0, MSG(FILE_FINISHED), row->name, &finished.base, err);
}

int intake_end(struct tx *tx, uint64_t id, const char *error, struct err *err)
{
    struct file_row row;
    bool found;

    if (file_store_get(tx, id, &found, &row, err) != 0)
        return -1;
    intake_settle(tx, &row, error);
    if (file_store_set_state(tx, id, row.state, error, row.done_at, err) != 0)
        return -1;
    return intake_announce(tx, &row, NULL, err);
}

int intake_finish(struct tx *tx, const void *message, struct err *err)
{
    const struct file_finish *finish = message;
    struct file_row row;
    bool found;

    if (file_store_get(tx, finish->id, &found, &row, err) != 0)
        return -1;
    if (!found || strcmp(row.state, "loading") != 0)
        return 0; /* went through before */
    if (row.done.offset != finish->done_offset)
        return err_set(err, "file %" PRIu64 " stands at byte %" PRIu64 ", not %" PRIu64, finish->id, row.done.offset,
                       finish->done_offset);
    return intake_end(tx, finish->id, finish->error, err);
}
