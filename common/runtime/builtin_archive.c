/* builtin_archive: requests about archived rows that every daemon answers; see proto/bihuan/archive.proto. */
#include "runtime/archivist.h"
#include "runtime/builtin_archive.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DAY_US         (86400 * SECOND)
#define FILES_DEFAULT  100
#define FILES_MAX      500
#define VERIFY_BYTES   ((uint64_t)32 << 20) /* of files, for one answer */
#define DIFFERENCE_MAX 200

/* --- what there is ---------------------------------------------------------------------------------------------------
 */

static int list_readers(struct tx *tx, Bihuan__ListArchiveReply *reply, struct err *err)
{
    int64_t since_us = clock_real_us() - runtime_setting_int(tx->rt, "stream_reader_days") * DAY_US;
    struct db_rows rows;

    if (archive_store_readers(tx->db, &tx->arena, &rows, err) != 0)
        return -1;
    reply->readers = arena_array(&tx->arena, Bihuan__StreamReader *, rows.count ? rows.count : 1);
    reply->n_readers = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++) {
        Bihuan__StreamReader *reader = arena_new(&tx->arena, Bihuan__StreamReader);

        bihuan__stream_reader__init(reader);
        reader->reader = arena_strdup(&tx->arena, db_text(&rows, i, 0));
        reader->bucket = (uint32_t)db_i32(&rows, i, 1);
        reader->seq = (uint64_t)db_i64(&rows, i, 2);
        reader->heard_at = db_time(&rows, i, 3);
        reader->waited_for = reader->heard_at >= since_us;
        reply->readers[i] = reader;
    }
    db_rows_fini(&rows);
    return 0;
}

static uint64_t read_up_to(const Bihuan__ListArchiveReply *reply, uint32_t bucket, uint64_t head)
{
    uint64_t least = head;

    for (size_t i = 0; i < reply->n_readers; i++)
        if (reply->readers[i]->bucket == bucket && reply->readers[i]->waited_for && reply->readers[i]->seq < least)
            least = reply->readers[i]->seq;
    return least;
}

static int list_streams(struct tx *tx, Bihuan__ListArchiveReply *reply, struct err *err)
{
    struct db_rows rows;

    if (archive_store_summary(tx->db, &tx->arena, &rows, err) != 0)
        return -1;
    reply->items = arena_array(&tx->arena, Bihuan__ArchivedStream *, rows.count ? rows.count : 1);
    reply->n_items = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++) {
        Bihuan__ArchivedStream *item = arena_new(&tx->arena, Bihuan__ArchivedStream);

        bihuan__archived_stream__init(item);
        item->bucket = (uint32_t)db_i32(&rows, i, 0);
        item->head = (uint64_t)db_i64(&rows, i, 1);
        item->horizon = (uint64_t)db_i64(&rows, i, 2);
        item->rows = item->head + 1 - item->horizon;
        item->archived_up_to = (uint64_t)db_i64(&rows, i, 3);
        item->files = (uint64_t)db_i64(&rows, i, 4);
        item->bytes = (uint64_t)db_i64(&rows, i, 5);
        item->archived_at = db_is_null(&rows, i, 6) ? 0 : db_time(&rows, i, 6);
        item->read_up_to = read_up_to(reply, item->bucket, item->head);
        reply->items[i] = item;
    }
    db_rows_fini(&rows);
    return 0;
}

int builtin_list_archive(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__ListArchiveReply reply = BIHUAN__LIST_ARCHIVE_REPLY__INIT;
    struct archive archive = archivist_archive(tx->rt, tx->db, &tx->arena);
    struct archivist_state state;

    (void)message;
    archivist_state(tx->rt, &state);
    if (list_readers(tx, &reply, err) != 0 || list_streams(tx, &reply, err) != 0)
        return -1;
    reply.keep_days = (uint32_t)runtime_setting_int(tx->rt, "stream_keep_days");
    reply.folder = arena_printf(&tx->arena, "%s/%s", archive.root, archive.service);
    reply.runs = state.runs;
    reply.runs_done = state.runs_done;
    reply.last_run_at = state.last_us;
    reply.error = state.error;
    return tx_reply(tx, &reply.base, err);
}

/* --- files -----------------------------------------------------------------------------------------------------------
 */

/* "3.4097": where a list goes on; "" at the beginning. */
static int read_cursor(struct tx *tx, const char *pointer, const char *cursor, uint16_t *bucket, uint64_t *from,
                       struct err *err)
{
    unsigned number = 0;
    char end;

    *bucket = 0;
    *from = 1;
    if (!cursor[0])
        return 0;
    if (sscanf(cursor, "%3u.%" SCNu64 "%c", &number, from, &end) != 2 || number >= BUCKETS_MAX || *from > INT64_MAX) {
        tx_problem(tx, pointer, "bad_cursor", "give the `next` of the answer before");
        return tx_refuse(tx, err);
    }
    *bucket = (uint16_t)number;
    return 0;
}

/* First sequences in the table, by bucket. */
static int read_horizons(struct tx *tx, uint64_t *horizons, struct err *err)
{
    struct db_rows rows;

    if (archive_store_summary(tx->db, &tx->arena, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++)
        if (db_i32(&rows, i, 0) < BUCKETS_MAX)
            horizons[db_i32(&rows, i, 0)] = (uint64_t)db_i64(&rows, i, 2);
    db_rows_fini(&rows);
    return 0;
}

static Bihuan__ArchivedFile *file_of(struct arena *arena, const struct archive_entry *entry, const uint64_t *horizons)
{
    Bihuan__ArchivedFile *file = arena_new(arena, Bihuan__ArchivedFile);
    char hex[ARCHIVE_HEX_LEN], name[ARCHIVE_PATH_MAX];

    bihuan__archived_file__init(file);
    archive_hex(entry->chain, hex);
    archive_disk_name(entry->bucket, entry->from, entry->to, name);
    file->bucket = entry->bucket;
    file->from_seq = entry->from;
    file->to_seq = entry->to;
    file->first_at = entry->first_us;
    file->last_at = entry->last_us;
    file->bytes = entry->bytes;
    file->chain = arena_strdup(arena, hex);
    file->name = arena_strdup(arena, name);
    file->pruned = entry->bucket < BUCKETS_MAX && entry->to < horizons[entry->bucket];
    return file;
}

int builtin_list_archive_files(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListArchiveFilesRequest *request = message;
    Bihuan__ListArchiveFilesReply reply = BIHUAN__LIST_ARCHIVE_FILES_REPLY__INIT;
    uint32_t limit = request->page && request->page->limit ? request->page->limit : FILES_DEFAULT;
    uint64_t horizons[BUCKETS_MAX] = { 0 };
    struct archive_entry *entries;
    uint16_t bucket;
    uint64_t from;
    size_t count;

    if (limit > FILES_MAX)
        limit = FILES_MAX;
    if (read_cursor(tx, "/page/cursor", request->page ? request->page->cursor : "", &bucket, &from, err) != 0 ||
        read_horizons(tx, horizons, err) != 0 ||
        archive_store_from(tx->db, &tx->arena, bucket, from, limit, &entries, &count, err) != 0)
        return -1;
    reply.items = arena_array(&tx->arena, Bihuan__ArchivedFile *, count + 1);
    reply.n_items = count;
    for (size_t i = 0; i < count; i++)
        reply.items[i] = file_of(&tx->arena, &entries[i], horizons);
    if (count == limit)
        reply.next = arena_printf(&tx->arena, "%u.%" PRIu64, entries[count - 1].bucket, entries[count - 1].to + 1);
    return tx_reply(tx, &reply.base, err);
}

/* --- verifying -------------------------------------------------------------------------------------------------------
 */

struct told {
    struct arena *arena;
    Bihuan__VerifyArchiveReply *reply;
};

static void tell(void *arg, const char *text)
{
    struct told *told = arg;

    if (told->reply->n_differences < DIFFERENCE_MAX)
        told->reply->differences[told->reply->n_differences++] = arena_strdup(told->arena, text);
}

int builtin_verify_archive(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__VerifyArchiveRequest *request = message;
    Bihuan__VerifyArchiveReply reply = BIHUAN__VERIFY_ARCHIVE_REPLY__INIT;
    struct archive archive = archivist_archive(tx->rt, tx->db, &tx->arena);
    struct told told = { &tx->arena, &reply };
    struct archive_checked checked = { 0 };

    reply.differences = arena_array(&tx->arena, char *, DIFFERENCE_MAX);
    if (read_cursor(tx, "/cursor", request->cursor, &checked.bucket, &checked.from, err) != 0 ||
        archive_verify(&archive, &tx->arena, VERIFY_BYTES, &checked, tell, &told, err) != 0)
        return -1;
    reply.files = checked.files;
    reply.rows = checked.rows;
    if (!checked.done)
        reply.next = arena_printf(&tx->arena, "%u.%" PRIu64, checked.bucket, checked.from);
    return tx_reply(tx, &reply.base, err);
}

/* --- now -------------------------------------------------------------------------------------------------------------
 */

int builtin_run_archive(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__RunArchiveRequest *request = message;
    Bihuan__RunArchiveReply reply = BIHUAN__RUN_ARCHIVE_REPLY__INIT;
    int64_t days = request->days ? request->days : runtime_setting_int(tx->rt, "stream_keep_days");
    struct archive_order order = { .keep_rows = request->keep_rows };

    if (request->days && request->all)
        tx_problem(tx, "/days", "days_and_all", "rows of any age, or those of some days: give one of both");
    else if (!days && !request->all)
        tx_problem(tx, "/days", "required",
                   "stream_keep_days is 0: rows stay for ever; say from how many days on they are to go, or all");
    else if (days > 36500)
        tx_problem(tx, "/days", "out_of_range", "%" PRId64 " days are more than 36500", days);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    order.before_us = request->all ? INT64_MAX / 2 : clock_real_us() - days * DAY_US;
    reply.run = archivist_order(tx->rt, &order);
    return tx_reply(tx, &reply.base, err);
}
