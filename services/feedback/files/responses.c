/* responses: see responses.h. */
#include "feedback/files/responses.h"

#include "feedback/files/inbox.h"
#include "obs/log.h"

#include <inttypes.h>
#include <string.h>

#define FILES_MAX 50   /* at once */
#define PAGES_MAX 20   /* in one go, where some feeds can't be answered */
#define STUCK_MAX 64   /* feeds that can't */
#define ROWS_MAX  2000 /* read from quarantine at once */

int response_note(struct tx *tx, uint64_t file_id, struct err *err)
{
    return file_store_set_response(tx, file_id, RESPONSE_DUE, err);
}

static void add_rejects(const struct db_rows *rows, struct buf *out)
{
    for (int i = 0; i < rows->count; i++) {
        size_t len;
        const uint8_t *raw = db_bytes(rows, i, 8, &len);

        buf_append(out, raw, len);
        buf_printf(out, "^%s^%s\n", db_text(rows, i, 4), db_text(rows, i, 5));
    }
}

static int add_waiting(struct tx *tx, const struct file_row *file, struct buf *out, struct err *err)
{
    struct reject_filter filter = { .feed = "", .reason = "", .file_id = file->id, .limit = ROWS_MAX };
    bool more = file->counts.suspended > 0;

    while (more) {
        struct db_rows rows;

        if (reject_store_list(tx, &filter, &rows, err) != 0)
            return -1;
        add_rejects(&rows, out);
        more = rows.count == ROWS_MAX;
        if (rows.count) {
            filter.after_file = (uint64_t)db_i64(&rows, rows.count - 1, 0);
            filter.after_row = (uint64_t)db_i64(&rows, rows.count - 1, 1);
        }
        db_rows_fini(&rows);
    }
    return 0;
}

static int write_one(struct tx *tx, const struct file_row *file, struct err *err)
{
    bool refused = strcmp(file->state, "refused") == 0;
    const char *kind = refused ? "bad" : file->counts.suspended ? "wrong" : "right";
    const struct record_counts *c = &file->counts;
    struct buf text = { 0 };
    int rc = 0;

    if (refused)
        buf_printf(&text, "%s^%s\n", file->name, file->error);
    else
        buf_printf(&text, "%s^%" PRIu64 "^%" PRIu64 "^%" PRIu64 "^%" PRIu64 "^%" PRIu64 "^%" PRIu64 "\n", file->name,
                   c->read, c->accepted, c->duplicate, c->superseded, c->suspended, c->filtered);
    if (!refused)
        rc = add_waiting(tx, file, &text, err);
    if (rc == 0)
        rc = outbox_put(tx_runtime(tx), file->feed, file->name, kind, text.data, text.len, err);
    buf_fini(&text);
    return rc == 0 ? file_store_set_response(tx, file->id, RESPONSE_WRITTEN, err) : rc;
}

/* Feeds whose folder can't be written to just now: their responses wait, nobody else's. */
struct stuck {
    uint32_t feeds[STUCK_MAX];
    size_t count;
};

static bool is_stuck(const struct stuck *stuck, uint32_t feed_id)
{
    for (size_t i = 0; i < stuck->count; i++)
        if (stuck->feeds[i] == feed_id)
            return true;
    return stuck->count == STUCK_MAX;
}

static int write_page(struct tx *tx, const struct file_row *files, size_t count, struct stuck *stuck, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (is_stuck(stuck, files[i].feed_id) || write_one(tx, &files[i], err) == 0)
            continue;
        if (!inbox_is_trouble(err))
            return -1;
        log_warn("response_waits", "feed=%s file=\"%s\" error=\"%s\"", files[i].feed, files[i].name, err->text);
        err_clear(err);
        stuck->feeds[stuck->count++] = files[i].feed_id;
    }
    return 0;
}

int responses_write(struct tx *tx, const void *message, struct err *err)
{
    struct stuck stuck = { .count = 0 };
    struct file_row *files;
    size_t count = FILES_MAX;
    uint64_t after = 0;

    (void)message;
    for (int page = 0; count == FILES_MAX && page < PAGES_MAX && (page == 0 || stuck.count); page++) {
        if (file_store_due_responses(tx, after, FILES_MAX, &files, &count, err) != 0 ||
            write_page(tx, files, count, &stuck, err) != 0)
            return -1;
        after = count ? files[count - 1].id : after;
    }
    return 0;
}
