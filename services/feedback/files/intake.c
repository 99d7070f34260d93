/* intake: see intake.h. */
#include "feedback/files/intake.h"

#include "feedback/conditions/volume.h"
#include "feedback/control/sum_store.h"
#include "feedback/facts/replace.h"
#include "feedback/facts/reversal_store.h"
#include "feedback/files/inbox.h"
#include "feedback/files/known_store.h"
#include "feedback/files/read_again.h"
#include "feedback/files/reopen.h"
#include "feedback/files/responses.h"
#include "feedback/mapping/reasons.h"
#include "feedback/state.h"
#include "feedback/feeds/watermark.h"
#include "obs/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- opening -------------------------------------------------------------------------------------------------------
 */

void intake_read_number(const struct mapping *mapping, const struct reference *reference, const char *name,
                        struct file_number *out)
{
    struct pattern_match match;

    (void)mapping_city(mapping, reference, name, &out->city, NULL); /* who reads the file asks why not */
    out->deletes = mapping_deletes(mapping, name);
    if (!mapping->has_pattern || pattern_match(&mapping->pattern, name, &mapping->zone, &match, NULL) != 0)
        return;
    out->has_day = match.has_date;
    out->has_number = match.has_sequence && match.sequence <= INT64_MAX;
    out->day = match.has_date ? match.moment.day : 0;
    out->number = (int64_t)match.sequence;
}

static bool has_number(const struct file_number *number)
{
    return number->has_day || number->has_number || number->city || number->deletes;
}

static int tag(struct tx *tx, const struct file_open *open, struct err *err)
{
    return has_number(&open->number) ? control_store_tag(tx, open->id, &open->number, "", err) : 0;
}

/* A file that waited has a row already. */
static int adopt(struct tx *tx, struct file_open *open, uint64_t id, const char *state, struct err *err)
{
    open->id = id;
    open->done = (struct csv_pos) { 0, 1, 1 };
    if (control_store_adopt(tx, id, open->sha256, open->bytes, state, strcmp(state, "duplicate") == 0 ? tx_now(tx) : 0,
                            err) != 0)
        return -1;
    return tag(tx, open, err);
}

static int insert(struct tx *tx, struct file_open *open, const char *state, uint64_t waiting, struct err *err)
{
    struct file_row row = { .feed_id = open->feed_id, .name = open->name, .state = state, .bytes = open->bytes };

    if (waiting)
        return adopt(tx, open, waiting, state, err);
    memcpy(row.sha256, open->sha256, SHA256_LEN);
    if (strcmp(state, "duplicate") == 0)
        row.done_at = tx_now(tx);
    if (file_store_allot(tx, &row, err) != 0 || file_store_insert(tx, &row, err) != 0)
        return -1;
    open->id = row.id;
    open->done = row.done;
    return tag(tx, open, err);
}

/* A file that was read to its end but hasn't been moved: the daemon stopped in between. One that was disturbed while it
 * was read lies there too, and is to be read again, also where its bytes are the same after all, and where somebody
 * wrote it off meanwhile. */
static bool is_unmoved(struct tx *tx, const struct file_open *open, const struct file_row *row)
{
    char path[INBOX_PATH_MAX];

    if ((strcmp(row->state, "refused") == 0 || strcmp(row->state, "written_off") == 0) &&
        strstr(row->error, INBOX_WRITTEN_TO))
        return false;
    inbox_archive_path(tx_runtime(tx), row->feed, row->id, row->name, path);
    return strcmp(row->name, open->name) == 0 && access(path, F_OK) != 0;
}

static bool is_open(const char *state)
{
    return strcmp(state, "loading") == 0 || strcmp(state, "seen") == 0 || strcmp(state, "verified") == 0;
}

/* Whoever sent a file again, perhaps by another name, sees as what it's known. */
static int say_known_as(struct tx *tx, const struct file_open *open, const struct file_row *row, struct err *err)
{
    char text[400];

    snprintf(text, sizeof text, "the same bytes as file %llu, \"%.300s\"", (unsigned long long)row->id, row->name);
    return file_store_set_state(tx, open->id, "duplicate", text, tx_now(tx), err);
}

/* Whether a copy is of another day or city than the file that it's known as: its day came by it, since what its rows
 * say, they say of their own days. What its control says of it nobody compared; and a name that is refused says
 * nothing. */
static bool marks_day(struct tx *tx, const struct mapping *mapping, const struct snapshot *snapshot,
                      const struct file_open *open, const struct file_row *row)
{
    struct file_number twin = { .has_day = false };
    uint32_t city;

    if (!mapping || !open->number.has_day || open->number.deletes || mapping->replaces_day || mapping->control.by ||
        (strcmp(row->state, "loaded") != 0 && strcmp(row->state, "partial") != 0) ||
        mapping_city(mapping, snapshot->reference, open->name, &city, NULL) != 0 ||
        watermark_check_name(mapping, open->name, tx_now(tx), NULL) != 0)
        return false;
    intake_read_number(mapping, snapshot->reference, row->name, &twin);
    return !twin.has_day || twin.day != open->number.day || twin.city != open->number.city;
}

static int mark_day(struct tx *tx, const struct mapping *mapping, const struct file_open *open, struct err *err)
{
    const struct file_row copy = { .id = open->id,
                                   .feed_id = open->feed_id,
                                   .feed = mapping->feed->code,
                                   .name = open->name,
                                   .error = "",
                                   .city = open->number.city };

    return file_store_mark_day(tx, open->id, err) != 0 ? -1 : intake_mark(tx, &copy, NULL, open->hold_day, err);
}

static int open_known(struct tx *tx, struct file_open *open, const struct file_row *row, uint64_t waiting,
                      struct err *err)
{
    const struct snapshot *snapshot;
    const struct mapping *mapping;
    bool refused = strcmp(row->state, "refused") == 0 || strcmp(row->state, "written_off") == 0;

    open->id = row->id;
    open->done = row->done;
    open->released = open->released || row->released || row->again;
    open->from_row = row->from_row;
    if (is_open(row->state)) {
        open->outcome = OPEN_LOAD;
        return 0;
    }
    open->outcome = OPEN_MOVED;
    if (is_unmoved(tx, open, row))
        return 0;
    if (refused) { /* the feed may have been mended since, or the file's name; or it came after all */
        open->outcome = OPEN_LOAD;
        if (file_store_reopen(tx, row->id, open->name, err) != 0)
            return -1;
        return tag(tx, open, err);
    }
    if (insert(tx, open, "duplicate", waiting, err) != 0 || say_known_as(tx, open, row, err) != 0 ||
        state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    mapping = snapshot_feed_by_id(snapshot, open->feed_id);
    return marks_day(tx, mapping, snapshot, open, row) ? mark_day(tx, mapping, open, err) : 0;
}

/* Where numbers begin anew after a last one they are counted on: the one meant is the nearest to the newest. */
static int count_on(struct tx *tx, const struct sequence_plan *plan, struct file_open *open, struct err *err)
{
    int64_t span = plan->last - plan->first + 1, last = 0, *number = &open->number.number;
    bool found;

    if (!plan->last || plan->daily || !open->number.has_number || *number < plan->first || *number > plan->last)
        return 0;
    if (control_store_last_number(tx, open->feed_id, open->number.city, &found, &last, err) != 0)
        return -1;
    if (!found)
        return 0;
    *number += (last - plan->first) / span * span;
    if (*number - last > span / 2 && *number - span >= plan->first)
        *number -= span;
    else if (last - *number > span / 2)
        *number += span;
    return 0;
}

/* A number belongs to one content. */
static int check_number(struct tx *tx, const struct mapping *mapping, struct file_open *open, struct err *err)
{
    const char *holder;

    if (!mapping || !mapping->sequence.declared || !open->number.has_number || open->released)
        return 0;
    if (control_store_holder(tx, open->feed_id, open->id, mapping->sequence.daily, &open->number, &holder, err) != 0)
        return -1;
    if (!*holder)
        return 0;
    open->outcome = OPEN_REFUSED;
    err_fail(&open->refusal, ERR_INVALID, "sequence_reused",
             "number %" PRId64 " came before with other content, as file \"%.120s\": a resend keeps content and number;"
             " ask the sender, then release this file or write off that one",
             open->number.number, holder);
    return 0;
}

static int find_mapping(struct tx *tx, uint32_t feed_id, const struct mapping **out, struct err *err)
{
    const struct snapshot *snapshot;

    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    *out = snapshot_feed_by_id(snapshot, feed_id);
    return 0;
}

/* The row of a file that waited: for its companion, or since it couldn't be read. */
static int find_waiting(struct tx *tx, const struct mapping *mapping, struct file_open *open, uint64_t *id,
                        struct err *err)
{
    char companion[INBOX_PATH_MAX];

    if (mapping && mapping->control.by == CONTROL_COMPANION) {
        control_companion(&mapping->control, open->name, companion, sizeof companion);
        if (known_store_forget_waiting(tx, open->feed_id, companion, err) != 0)
            return -1;
        return control_store_waiting(tx, open->feed_id, open->name, id, &open->released, err);
    }
    return known_store_waiting(tx, open->feed_id, open->name, id, err);
}

int intake_open(struct tx *tx, const void *message, struct err *err)
{
    struct file_open *open = (struct file_open *)(uintptr_t)message;
    const struct mapping *mapping;
    struct file_row row;
    uint64_t waiting = 0;
    bool found;
    int rc;

    if (find_mapping(tx, open->feed_id, &mapping, err) != 0)
        return -1;
    if (find_waiting(tx, mapping, open, &waiting, err) != 0)
        return -1;
    if (mapping && count_on(tx, &mapping->sequence, open, err) != 0)
        return -1;
    if (file_store_by_content(tx, open->feed_id, open->sha256, open->name, &open->number,
                              mapping && mapping->replaces_day, &found, &row, err) != 0)
        return -1;
    open->outcome = OPEN_LOAD;
    open->from_row = 1;
    if (found)
        rc = open_known(tx, open, &row, waiting, err);
    else
        rc = insert(tx, open, mapping && mapping->control.by ? "seen" : "loading", waiting, err);
    if (rc == 0 && waiting && waiting != open->id) /* it's known as another row */
        rc = known_store_drop_waiting(tx, waiting, err);
    return rc == 0 && open->outcome == OPEN_LOAD ? check_number(tx, mapping, open, err) : rc;
}

int intake_wait(struct tx *tx, const void *message, struct err *err)
{
    struct file_wait *wait = (struct file_wait *)(uintptr_t)message;
    struct file_row row = { .feed_id = wait->feed_id, .name = wait->name, .state = "waiting" };
    struct file_number none = { .has_day = false };
    uint64_t id;

    if (control_store_waiting(tx, wait->feed_id, wait->name, &id, &wait->released, err) != 0)
        return -1;
    if (id)
        return 0;
    row.error = arena_printf(tx_arena(tx), "its companion \"%s\" is not there yet", wait->companion);
    if (file_store_allot(tx, &row, err) != 0 || file_store_insert(tx, &row, err) != 0)
        return -1;
    return control_store_tag(tx, row.id, &none, wait->companion, err);
}

/* So that people see that it's there, and why it isn't taken. */
int intake_trouble(struct tx *tx, const void *message, struct err *err)
{
    const struct file_trouble *trouble = message;
    struct file_row row = { .feed_id = trouble->feed_id, .name = trouble->name, .state = "waiting" };
    uint64_t id = trouble->id;

    if (!id && known_store_waiting(tx, trouble->feed_id, trouble->name, &id, err) != 0)
        return -1;
    if (id)
        return known_store_say_why(tx, id, trouble->why, err);
    row.error = trouble->why;
    return file_store_allot(tx, &row, err) != 0 ? -1 : file_store_insert(tx, &row, err);
}

int intake_verified(struct tx *tx, const void *message, struct err *err)
{
    const struct file_verified *verified = message;
    const struct mapping *mapping;

    if (find_mapping(tx, verified->feed_id, &mapping, err) != 0 ||
        control_store_verified(tx, verified->id, &verified->said, err) != 0)
        return -1;
    return sum_store_control(tx, mapping, verified->id, &verified->said, err);
}

/* --- batches -------------------------------------------------------------------------------------------------------
 */

static int add_conflict(void *arg, const struct order_line *line, const char *differs, struct err *err)
{
    (void)err;
    row_batch_conflict(arg, line, differs);
    return 0;
}

static bool is_refused(const struct row_batch *batch, const struct order_line *line)
{
    for (size_t i = batch->unread_count; i < batch->reject_count; i++)
        if (batch->rejects[i].place.row == line->row)
            return true;
    return false;
}

/* Recorded reversals that say how much they take back are kept as they came: see reversal_store.h. */
static int keep_reversals(struct tx *tx, const struct row_batch *batch, struct err *err)
{
    for (size_t i = 0; i < batch->line_count; i++)
        if (batch->lines[i].gives && !is_refused(batch, &batch->lines[i]) &&
            reversal_store_keep(tx, batch->file_id, batch->feed_id, &batch->places[i], err) != 0)
            return -1;
    return 0;
}

/* Rows whose codes meant something else when they were read aren't recorded: they are read once more. */
static int check_codes(const struct row_batch *batch, const struct snapshot *snapshot, struct err *err)
{
    const struct mapping *was = snapshot_feed_by_id(batch->snapshot, batch->feed_id);
    const struct mapping *now = snapshot_feed_by_id(snapshot, batch->feed_id);

    if (!was || !now || !feed_codes_differ(was->feed, now->feed))
        return 0;
    return err_fail(err, ERR_CONFLICT, "codes_changed",
                    "codes of feed \"%s\" mean something else now; it is read again", now->feed->code);
}

/* Rows that were found to be of a closed unit by planning's data as they were before: it may be open by now, and what
 * waited for that may be released already. */
static int ask_closed(struct tx *tx, const struct row_batch *batch, struct err *err)
{
    for (size_t i = 0; i < batch->reject_count; i++)
        if (strcmp(batch->rejects[i].why.reason, reason_word(REASON(UNIT_CLOSED))) == 0)
            return reopen_ask(tx, err);
    return 0;
}

int intake_record(struct tx *tx, struct row_batch *batch, struct record_counts *counts, struct err *err)
{
    const struct snapshot *snapshot;

    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    if (batch->snapshot->generation != snapshot->generation) {
        if (check_codes(batch, snapshot, err) != 0 || ask_closed(tx, batch, err) != 0)
            return -1;
        row_batch_recompute(batch, snapshot);
    }
    counts->read += batch->rows_read;
    counts->read_amount += batch->read_amount;
    counts->filtered += batch->filtered;
    counts->filtered_amount += batch->filtered_amount;
    if (recording_apply(tx, snapshot, &batch->order, counts, add_conflict, batch, err) != 0 ||
        keep_reversals(tx, batch, err) != 0 || volume_note(tx, snapshot, batch, counts, err) != 0)
        return -1;
    for (size_t k = 0; k < SUMS_MAX; k++)
        counts->sums[k].filtered += batch->filtered_sums[k];
    counts->suspended += batch->reject_count;
    for (size_t i = 0; i < batch->reject_count; i++) {
        counts->suspended_amount += batch->rejects[i].amount;
        for (uint8_t k = 0; k < batch->rejects[i].sum_count; k++)
            counts->sums[k].suspended += batch->rejects[i].sums[k];
    }
    return 0;
}

static void count_rows(struct tx *tx, const struct record_counts *counts)
{
    struct metrics *metrics = runtime_metrics(tx_runtime(tx));

    metrics_count(metrics, "rows_total", "Rows read from files.", "", counts->read);
    metrics_count(metrics, "rows_suspended_total", "Rows put in quarantine.", "", counts->suspended);
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
    if (!found || row.done.offset != batch->from.offset || !is_open(row.state))
        return judge_stale(tx, batch, err);
    if (intake_record(tx, batch, &counts, err) != 0 ||
        reject_store_add(tx, batch->file_id, batch->feed_id, batch->rejects, batch->reject_count, err) != 0 ||
        file_store_advance(tx, batch, &counts, &moved, err) != 0 ||
        sum_store_add(tx, snapshot_feed_by_id(batch->snapshot, batch->feed_id), batch->file_id, &counts, err) != 0)
        return -1;
    count_rows(tx, &counts);
    return moved ? 0 : err_set(err, "file %" PRIu64 " moved while a batch was recorded", batch->file_id);
}

/* --- the end -------------------------------------------------------------------------------------------------------
 */

static void settle(struct tx *tx, struct file_row *row, const char *error)
{
    row->state = *error ? "refused" : row->counts.suspended ? "partial" : "loaded";
    row->error = error;
    row->done_at = tx_now(tx);
}

int intake_store(struct tx *tx, struct row_batch *batch, struct file_row *row, const struct file_number *number,
                 struct err *err)
{
    row_batch_seal(batch, row->id);
    row_batch_begin(batch);
    if (intake_record(tx, batch, &row->counts, err) != 0 ||
        reject_store_add(tx, row->id, row->feed_id, batch->rejects, batch->reject_count, err) != 0 ||
        db_push(tx_db(tx), err) != 0) /* a handful of rows: the server stores them while the rest is made */
        return -1;
    row->done = batch->to;
    row->has_event = batch->has_event;
    row->last_event = batch->last_event;
    row->header = arena_memdup(tx_arena(tx), batch->header, batch->header ? batch->header_len : 0);
    row->header_len = batch->header ? batch->header_len : 0;
    row->city = number->city;
    settle(tx, row, "");
    count_rows(tx, &row->counts);
    if (file_store_insert(tx, row, err) != 0 ||
        sum_store_add(tx, snapshot_feed_by_id(batch->snapshot, row->feed_id), row->id, &row->counts, err) != 0)
        return -1;
    return has_number(number) ? control_store_tag(tx, row->id, number, "", err) : 0;
}

int intake_mark(struct tx *tx, const struct file_row *row, const struct feed_mark *mark, int32_t hold_day,
                struct err *err)
{
    const struct mapping *mapping;

    if (find_mapping(tx, row->feed_id, &mapping, err) != 0)
        return -1;
    return *row->error || !mapping ? 0 : watermark_after_file(tx, mapping, row, mark, hold_day, err);
}

int intake_tell(struct tx *tx, const struct file_row *row, struct err *err)
{
    Bihuan__FileFinished finished = BIHUAN__FILE_FINISHED__INIT;
    Bihuan__FeedFile file;
    const struct mapping *mapping;

    if (find_mapping(tx, row->feed_id, &mapping, err) != 0)
        return -1;
    if (mapping && mapping->responds && response_note(tx, row->id, err) != 0)
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

int intake_end(struct tx *tx, const struct file_finish *finish, struct err *err)
{
    const struct mapping *mapping;
    struct file_row row;
    bool found;

    if (file_store_get(tx, finish->id, &found, &row, err) != 0)
        return -1;
    settle(tx, &row, finish->error);
    if (file_store_set_state(tx, finish->id, row.state, finish->error, row.done_at, err) != 0 ||
        find_mapping(tx, row.feed_id, &mapping, err) != 0)
        return -1;
    if (mapping && mapping->replaces_day && !*finish->error && replace_settle(tx, mapping, &row, err) != 0)
        return -1;
    return intake_mark(tx, &row, NULL, finish->hold_day, err) != 0 ? -1 : intake_tell(tx, &row, err);
}

int intake_finish(struct tx *tx, const void *message, struct err *err)
{
    const struct file_finish *finish = message;
    struct file_row row;
    bool found;

    if (file_store_get(tx, finish->id, &found, &row, err) != 0)
        return -1;
    if (!found || !is_open(row.state))
        return 0; /* went through before */
    if (row.done.offset != finish->done_offset)
        return err_set(err, "file %" PRIu64 " stands at byte %" PRIu64 ", not %" PRIu64, finish->id, row.done.offset,
                       finish->done_offset);
    return intake_end(tx, finish, err);
}
