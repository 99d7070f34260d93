/* appended: see appended.h. */
#include "feedback/files/appended.h"

#include "feedback/control/sum_store.h"
#include "feedback/feeds/requests.h"
#include "feedback/files/again_store.h"
#include "feedback/files/holds.h"
#include "feedback/files/inbox.h"
#include "feedback/files/intake.h"
#include "feedback/state.h"
#include "obs/log.h"
#include "text/dates.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TURN_US    (400 * INT64_C(1000)) /* of the writer's time, once a second */
#define WINDOW     ((size_t)2 << 20)     /* of a file at once: more than two pieces */
#define PIECE_ROOM ((size_t)600 << 10)   /* a piece with its line */
#define HEAD_MAX   300                   /* bytes of that line */
#define PREFIX     "appended-"
#define NOTE       "its codes mean something else"

/* One day's file, read through a window. */
struct day_file {
    int fd;
    struct buf window;
    uint64_t base; /* of the window in the file */
    bool ended;    /* the window reaches to the file's end */
};

/* What came with one request. */
struct piece {
    uint64_t id;
    char name[HEAD_MAX];
    const uint8_t *data;
    size_t len;
    uint64_t end; /* in the file */
    bool framed;  /* behind it stands what stands behind a piece */
};

/* --- the file ------------------------------------------------------------------------------------------------------
 */

static int fill(struct day_file *file, uint64_t at, struct err *err)
{
    if (at >= file->base && (file->ended || file->base + file->window.len >= at + PIECE_ROOM))
        return 0;
    file->base = at;
    file->ended = false;
    buf_reset(&file->window);
    while (file->window.len < WINDOW && !file->ended) {
        uint8_t *room = buf_reserve(&file->window, WINDOW - file->window.len);
        ssize_t got = pread(file->fd, room, WINDOW - file->window.len, (off_t)(at + file->window.len));

        if (got < 0)
            return err_fail(err, ERR_UNAVAILABLE, "file_io", "could not read appended rows");
        file->window.len += (size_t)got;
        file->ended = got == 0;
    }
    return 0;
}

/* "# id bytes name". Its length with the newline; 0: it isn't one. */
static size_t read_line(const uint8_t *text, size_t len, struct piece *piece)
{
    char line[HEAD_MAX];
    const uint8_t *end = memchr(text, '\n', len < HEAD_MAX ? len : HEAD_MAX);
    int name = 0;

    if (!end || end == text)
        return 0;
    memcpy(line, text, (size_t)(end - text));
    line[end - text] = 0;
    if (sscanf(line, "# %19" SCNu64 " %19zu%n", &piece->id, &piece->len, &name) < 2 || line[name] != ' ')
        return 0;
    snprintf(piece->name, sizeof piece->name, "%s", line + name + 1);
    return (size_t)(end - text) + 1;
}

/* The next piece at `*at` or behind it; *found false: there is none more. */
static int next_piece(struct day_file *file, uint64_t *at, struct piece *piece, bool *found, struct err *err)
{
    for (;;) {
        const uint8_t *text, *next;
        size_t len, line;

        if (fill(file, *at, err) != 0)
            return -1;
        text = file->window.data + (*at - file->base);
        len = file->window.len - (size_t)(*at - file->base);
        *found = len > 0;
        if (!len)
            return 0;
        line = read_line(text, len, piece);
        if (line && piece->len < PIECE_ROOM - HEAD_MAX && line + piece->len < len) {
            piece->data = text + line;
            piece->end = *at + line + piece->len + 1;
            piece->framed = piece->data[piece->len] == '\n' &&
                            (line + piece->len + 1 == len || piece->data[piece->len + 1] == '#');
            return 0;
        }
        next = memmem(text + 1, len - 1, "# ", 2); /* what was torn has no end of its line */
        *at += next ? (size_t)(next - text) : len > 1 && !file->ended ? len - 1 : len;
    }
}

static void path_of(struct runtime *rt, const char *feed, const char *day, char out[INBOX_PATH_MAX])
{
    snprintf(out, INBOX_PATH_MAX, "%s/archive/%s/" PREFIX "%s", runtime_setting(rt, "data_dir"), feed, day);
}

/* The first day behind `day` of which there are rows; "" none. */
static void day_behind(struct runtime *rt, const char *feed, const char *day, char out[DATE_TEXT_MAX])
{
    char path[INBOX_PATH_MAX];
    struct dirent *entry;
    DIR *folder;

    *out = 0;
    snprintf(path, sizeof path, "%s/archive/%s", runtime_setting(rt, "data_dir"), feed);
    folder = opendir(path);
    while (folder && (entry = readdir(folder))) {
        const char *found = entry->d_name + strlen(PREFIX);

        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 && strlen(found) < DATE_TEXT_MAX &&
            strcmp(found, day) > 0 && (!*out || strcmp(found, out) < 0))
            snprintf(out, DATE_TEXT_MAX, "%s", found);
    }
    if (folder)
        closedir(folder);
}

bool appended_has(struct tx *tx, const struct file_row *file)
{
    char day[DATE_TEXT_MAX], path[INBOX_PATH_MAX];

    date_print(day, clock_day(runtime_clock(tx_runtime(tx)), file->seen_at));
    path_of(tx_runtime(tx), file->feed, day, path);
    return access(path, F_OK) == 0;
}

/* --- its rows ------------------------------------------------------------------------------------------------------
 */

/* As a file that is read again, all of it here. */
static int record(struct tx *tx, struct row_batch *batch, uint64_t id, struct err *err)
{
    struct file_finish finish = { .id = id, .hold_day = HOLD_NONE };

    if (file_store_retry(tx, id, 1, NOTE, err) != 0 || sum_store_retry(tx, id, err) != 0)
        return -1;
    row_batch_seal(batch, id);
    if (intake_batch(tx, batch, err) != 0)
        return -1;
    if (batch->stale)
        return err_set(err, "file %" PRIu64 " moved while it was read again", id);
    finish.done_offset = batch->to.offset;
    return intake_finish(tx, &finish, err);
}

static int read_rows(struct tx *tx, const struct mapping *mapping, const struct piece *piece, struct file_row *row,
                     struct err *err)
{
    Bihuan__AppendRecordsRequest request = BIHUAN__APPEND_RECORDS_REQUEST__INIT;
    struct row_batch batch;
    struct err why;
    int rc = 0;

    request.feed = mapping->feed->code;
    request.name = (char *)(uintptr_t)row->name;
    request.data.data = (uint8_t *)(uintptr_t)piece->data;
    request.data.len = piece->len;
    err_clear(&why);
    row_batch_init(&batch);
    if (append_read(tx, mapping, &request, row, &batch, &why) == 0) {
        rc = record(tx, &batch, row->id, err);
    } else if (why.cls == ERR_UNAVAILABLE || why.cls == ERR_FENCED) {
        *err = why;
        rc = -1;
    } else { /* the feed is another by now: what they were stands */
        log_warn("rows_not_read_again", "feed=%s file=\"%s\" error=\"%s\"", row->feed, row->name, why.text);
    }
    row_batch_fini(&batch);
    return rc;
}

/* *same: it's what is known under that id. A request that was rolled back left its id to another. */
static int take_piece(struct tx *tx, const struct mapping *mapping, const struct piece *piece, uint64_t until,
                      bool *same, struct err *err)
{
    uint8_t sha256[SHA256_LEN];
    struct file_row row;
    bool found;

    *same = false;
    if (file_store_get(tx, piece->id, &found, &row, err) != 0)
        return -1;
    if (!found || row.feed_id != mapping->feed_id || strcmp(row.name, piece->name) != 0 || row.bytes != piece->len)
        return 0;
    crypto_hash_sha256(sha256, piece->data, piece->len);
    *same = memcmp(sha256, row.sha256, SHA256_LEN) == 0;
    if (!*same || row.id > until || (strcmp(row.state, "loaded") != 0 && strcmp(row.state, "partial") != 0))
        return 0;
    return read_rows(tx, mapping, piece, &row, err);
}

/* --- the walk ------------------------------------------------------------------------------------------------------
 */

/* Reads on in one day; *ended: to its end. */
static int read_day(struct tx *tx, const struct mapping *mapping, struct appended_place *place, int64_t deadline,
                    bool *ended, struct err *err)
{
    struct day_file file = { .fd = -1 };
    char path[INBOX_PATH_MAX];
    bool found = true;
    int rc = 0;

    path_of(tx_runtime(tx), mapping->feed->code, place->day, path);
    file.fd = open(path, O_RDONLY | O_CLOEXEC);
    *ended = file.fd < 0; /* moved away in between */
    while (rc == 0 && !*ended && clock_monotonic_us() < deadline) {
        struct piece piece;
        bool same;

        rc = next_piece(&file, &place->at, &piece, &found, err);
        *ended = rc == 0 && !found;
        if (rc != 0 || !found)
            break;
        rc = take_piece(tx, mapping, &piece, place->until, &same, err);
        place->at = same || piece.framed ? piece.end : place->at + 1; /* torn: the next begins somewhere within */
    }
    if (file.fd >= 0)
        close(file.fd);
    buf_fini(&file.window);
    return rc;
}

static int read_on(struct tx *tx, const struct mapping *mapping, struct appended_place *place, bool *ended,
                   struct err *err)
{
    int64_t deadline = clock_monotonic_us() + TURN_US;
    char next[DATE_TEXT_MAX];
    bool day_ended = !place->day[0];

    for (*ended = false; clock_monotonic_us() < deadline;) {
        if (!day_ended && read_day(tx, mapping, place, deadline, &day_ended, err) != 0)
            return -1;
        if (!day_ended)
            return 0;
        day_behind(tx_runtime(tx), mapping->feed->code, place->day, next);
        *ended = !*next;
        if (*ended)
            return 0;
        memcpy(place->day, next, sizeof next);
        place->at = 0;
        day_ended = false;
    }
    return 0;
}

int appended_go_on(struct tx *tx, const void *message, struct err *err)
{
    const struct snapshot *snapshot;
    const struct mapping *mapping;
    struct appended_place place;
    bool found, ended = true;

    (void)message;
    if (again_store_appended(tx, &place, &found, err) != 0)
        return -1;
    if (!found)
        return 0;
    if (state_snapshot(tx, &snapshot, err) != 0)
        return -1;
    mapping = snapshot_feed_by_id(snapshot, place.feed_id);
    if (mapping && read_on(tx, mapping, &place, &ended, err) != 0)
        return -1;
    if (ended && mapping)
        log_info("appended_rows_read_again", "feed=%s", mapping->feed->code);
    return ended ? again_store_appended_end(tx, place.feed_id, err) : again_store_appended_move(tx, &place, err);
}
