/* event_archive: events that came long ago leave the table for files in the archive.
 *
 * They are kept so that the same event again changes nothing. What is known of a resource says that as well, as long as
 * events tell their time; so after tmf_keep_days an event that comes again is merged once more, without effect.
 */
#include "feedback/files/inbox.h"
#include "feedback/tmf/listener.h"
#include "feedback/tmf/tmf_store.h"
#include "obs/log.h"
#include "text/dates.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EVENTS_MAX 1000 /* in one go */

static void add_event(struct buf *out, const struct db_rows *rows, int i)
{
    size_t digest_len, len;
    const uint8_t *digest = db_bytes(rows, i, 1, &digest_len), *body = db_bytes(rows, i, 5, &len);

    buf_append_text(out, "# ");
    for (size_t b = 0; b < digest_len; b++)
        buf_printf(out, "%02x", digest[b]);
    buf_printf(out, " %" PRId64 " %zu %s %s\n", db_time(rows, i, 4), len, db_text(rows, i, 2), db_text(rows, i, 3));
    buf_append(out, body, len);
    buf_append_text(out, "\n");
}

/* "events-2026-11": of the month in which it came. */
static void file_of(struct tx *tx, const struct db_rows *rows, int i, char out[32])
{
    char day[DATE_TEXT_MAX];

    date_print(day, clock_day(runtime_clock(tx_runtime(tx)), db_time(rows, i, 4)));
    snprintf(out, 32, "events-%.7s", day);
}

/* Rows are ordered by feed and time: those of one file stand together. */
static int write_all(struct tx *tx, const struct db_rows *rows, struct err *err)
{
    struct buf text = { 0 };
    char file[32], next[32];
    int rc = 0;

    for (int i = 0; rc == 0 && i < rows->count; i++) {
        bool last = i + 1 == rows->count;

        file_of(tx, rows, i, file);
        add_event(&text, rows, i);
        if (!last)
            file_of(tx, rows, i + 1, next);
        if (!last && strcmp(file, next) == 0 && strcmp(db_text(rows, i, 0), db_text(rows, i + 1, 0)) == 0)
            continue;
        rc = inbox_append(tx_runtime(tx), db_text(rows, i, 0), file, text.data, text.len, err);
        buf_reset(&text);
    }
    buf_fini(&text);
    return rc;
}

int tmf_archive_events(struct tx *tx, const void *message, struct err *err)
{
    int64_t keep_days = runtime_setting_int(tx_runtime(tx), "tmf_keep_days");
    struct db_rows rows;
    int rc;

    (void)message;
    if (!keep_days)
        return 0;
    if (tmf_store_take_old(tx, tx_now(tx) - keep_days * US_PER_DAY, EVENTS_MAX, &rows, err) != 0)
        return -1;
    rc = write_all(tx, &rows, err); /* before they are gone; should the commit fail they are written once more */
    if (rc == 0 && rows.count)
        log_info("tmf_events_archived", "count=%d", rows.count);
    db_rows_fini(&rows);
    return rc;
}
