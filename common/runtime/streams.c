/* streams: rows of the own streams, out of the table or out of archived files, wherever they are: for whoever missed
 * them (replay), and for the service itself (tx_own_event). */
#include "runtime/archivist.h"
#include "runtime/streams.h"

#include "bus/wire.h"

#include <inttypes.h>

#define REPLAY_ROWS_MAX 512

/* Rows that neither the table nor a file has. */
static int gone(const struct tx *tx, uint16_t bucket, uint64_t seq, struct err *err)
{
    return err_fail(err, ERR_UNAVAILABLE, "archive_missing",
                    "row %" PRIu64 " of stream %s/%u is neither in the table nor in an archived file: restore the data"
                    " base and the data folder from backups of the same time",
                    seq, tx->rt->service->name, bucket);
}

static int load(struct tx *tx, uint16_t bucket, uint64_t seq, struct err *err)
{
    struct archive archive = archivist_archive(tx->rt, tx->db, &tx->arena);
    bool found = false;

    if (archive_load(&archive, &tx->arena, bucket, seq, tx->archived, &found, err) != 0)
        return -1;
    return found ? 0 : gone(tx, bucket, seq, err);
}

/* --- replay ----------------------------------------------------------------------------------------------------------
 */

/* An answer in the making. */
struct answer {
    struct tx *tx;
    Bihuan__ReplayReply reply;
    uint32_t rows_max;
    size_t len, len_max;
};

/* False where the answer is full; the first row always has room. */
static bool add(struct answer *answer, const struct stream_row *row)
{
    Bihuan__ReplayReply *reply = &answer->reply;
    size_t i = reply->n_envelope;

    if (i == answer->rows_max || (i && answer->len >= answer->len_max))
        return false;
    reply->envelope[i] = (ProtobufCBinaryData) { row->envelope_len, (uint8_t *)(uintptr_t)row->envelope };
    reply->payload[i] = (ProtobufCBinaryData) { row->payload_len, (uint8_t *)(uintptr_t)row->payload };
    reply->n_envelope = reply->n_payload = i + 1;
    answer->len += row->envelope_len + row->payload_len;
    return true;
}

static int from_files(struct answer *answer, uint16_t bucket, uint64_t from, struct err *err)
{
    if (load(answer->tx, bucket, from, err) != 0)
        return -1;
    for (uint64_t seq = from; seq <= answer->tx->archived->header.to; seq++) {
        struct stream_row row = archive_row(answer->tx->archived, seq);

        if (!add(answer, &row))
            break;
    }
    answer->reply.horizon = from; /* it is there, and so is what comes behind it */
    return 0;
}

static int from_table(struct answer *answer, uint16_t bucket, uint64_t from, struct db_rows *rows, struct err *err)
{
    bool room = true;

    if (stream_store_read(answer->tx->db, &answer->tx->arena, bucket, from, answer->rows_max, rows, err) != 0)
        return -1;
    for (int i = 0; room && i < rows->count; i++) {
        struct stream_row row = { .seq = (uint64_t)db_i64(rows, i, 0) };

        row.envelope = db_bytes(rows, i, 1, &row.envelope_len);
        row.payload = db_bytes(rows, i, 2, &row.payload_len);
        room = add(answer, &row);
    }
    return 0;
}

int streams_replay(struct tx *tx, const uint8_t *payload, size_t len, struct err *err)
{
    struct answer answer = { .tx = tx, .reply = BIHUAN__REPLAY_REPLY__INIT };
    Bihuan__ReplayReply *reply = &answer.reply;
    ProtobufCMessage *message = NULL;
    const Bihuan__ReplayRequest *request;
    struct db_rows rows = { 0 };
    uint16_t bucket;
    int rc;

    if (message_unpack(&bihuan__replay_request__descriptor, payload, len, &tx->arena, &message, err) != 0)
        return -1;
    request = (const Bihuan__ReplayRequest *)message;
    if (request->bucket >= tx->rt->buckets)
        return err_fail(err, ERR_NOT_FOUND, "no_such_bucket", "there is no bucket %u", request->bucket);
    bucket = (uint16_t)request->bucket;
    answer.rows_max = request->max_rows && request->max_rows < REPLAY_ROWS_MAX ? request->max_rows : REPLAY_ROWS_MAX;
    answer.len_max = request->max_bytes < MESSAGE_MAX_LEN / 2 ? request->max_bytes : MESSAGE_MAX_LEN / 2;
    reply->bucket = bucket;
    reply->incarnation = atomic_load(&tx->rt->incarnation);
    reply->envelope = arena_array(&tx->arena, ProtobufCBinaryData, answer.rows_max);
    reply->payload = arena_array(&tx->arena, ProtobufCBinaryData, answer.rows_max);
    if (stream_store_extent(tx->db, &tx->arena, bucket, &reply->head, &reply->horizon, err) != 0)
        return -1;
    if (request->from_seq && request->from_seq < reply->horizon && request->from_seq <= reply->head)
        rc = from_files(&answer, bucket, request->from_seq, err);
    else
        rc = from_table(&answer, bucket, request->from_seq, &rows, err);
    if (rc == 0) {
        buf_reset(&tx->reply);
        wire_pack(&reply->base, &tx->reply);
    }
    db_rows_fini(&rows);
    return rc;
}

/* --- own events ------------------------------------------------------------------------------------------------------
 */

static int open_event(const struct stream_row *row, struct arena *arena, struct own_event *out, struct err *err)
{
    const uint8_t *payload;
    size_t len;

    out->seq = row->seq;
    out->envelope = bihuan__envelope__unpack(&arena->allocator, row->envelope_len, row->envelope);
    if (!out->envelope)
        return err_set(err, "could not decode the envelope of own row %" PRIu64, row->seq);
    if (wire_open_payload(out->envelope, row->payload, row->payload_len, arena, &payload, &len, err) != 0)
        return -1;
    out->payload = arena_memdup(arena, payload, len);
    out->payload_len = len;
    return 0;
}

/* The first one in the files below `horizon`; *from moves behind what was looked at. */
static int find_in_files(struct tx *tx, uint16_t bucket, uint64_t *from, uint64_t to, uint64_t horizon, uint32_t type,
                         struct stream_row *row, bool *found, struct err *err)
{
    while (!*found && *from <= to && *from < horizon) {
        if (load(tx, bucket, *from, err) != 0)
            return -1;
        for (; !*found && *from <= to && *from <= tx->archived->header.to; ++*from) {
            *row = archive_row(tx->archived, *from);
            *found = row->type == type;
        }
    }
    return 0;
}

int tx_own_event(struct tx *tx, uint16_t bucket, uint64_t from, uint64_t to, uint32_t type, struct arena *arena,
                 struct own_event *out, bool *found, struct err *err)
{
    struct stream_row row = { 0 };
    struct db_rows rows = { 0 };
    uint64_t head, horizon;
    int rc;

    *found = false;
    if (stream_store_extent(tx->db, &tx->arena, bucket, &head, &horizon, err) != 0 ||
        find_in_files(tx, bucket, &from, to < head ? to : head, horizon, type, &row, found, err) != 0)
        return -1;
    if (*found)
        return open_event(&row, arena, out, err);
    if (from > to)
        return 0;
    if (stream_store_next(tx->db, &tx->arena, bucket, from, to, type, &rows, err) != 0)
        return -1;
    *found = rows.count == 1;
    if (*found) {
        row.seq = (uint64_t)db_i64(&rows, 0, 0);
        row.envelope = db_bytes(&rows, 0, 1, &row.envelope_len);
        row.payload = db_bytes(&rows, 0, 2, &row.payload_len);
    }
    rc = *found ? open_event(&row, arena, out, err) : 0;
    db_rows_fini(&rows);
    return rc;
}
