/* builtin: requests that every daemon answers by itself: which events are parked, and trying one again; the archive
 * (builtin_archive). */
#include "runtime/builtin_archive.h"
#include "runtime/runtime_internal.h"

#include "bus/wire.h"

#include <string.h>

#define PARKED_DEFAULT 100 /* of a page, and the most of it: as everywhere */
#define PARKED_MAX     500

static int on_parked(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ParkedRequest *request = message;
    Bihuan__ParkedReply reply = BIHUAN__PARKED_REPLY__INIT;
    uint32_t limit = request->limit ? request->limit : PARKED_DEFAULT;
    struct db_rows rows;

    if (limit > PARKED_MAX)
        limit = PARKED_MAX;
    if (stream_store_parked(tx->db, &tx->arena, limit, &rows, err) != 0)
        return -1;
    reply.items = arena_array(&tx->arena, Bihuan__ParkedEvent *, rows.count);
    reply.n_items = (size_t)rows.count;
    for (int i = 0; i < rows.count; i++) {
        Bihuan__ParkedEvent *item = arena_new(&tx->arena, Bihuan__ParkedEvent);

        bihuan__parked_event__init(item);
        item->bucket = (uint32_t)db_i32(&rows, i, 0);
        item->stream = arena_strdup(&tx->arena, db_text(&rows, i, 1));
        item->seq = (uint64_t)db_i64(&rows, i, 2);
        item->type = (uint32_t)db_i32(&rows, i, 3);
        item->error = arena_strdup(&tx->arena, db_text(&rows, i, 4));
        item->parked_at = db_time(&rows, i, 5);
        reply.items[i] = item;
    }
    db_rows_fini(&rows);
    return tx_reply(tx, &reply.base, err);
}

/* Runs the handler of a parked event, and says in *reply what came of it. */
static int apply_parked(struct tx *tx, const struct db_rows *rows, const Bihuan__RetryParkedRequest *request,
                        Bihuan__RetryParkedReply *reply, struct err *err)
{
    size_t len;
    const uint8_t *bytes = db_bytes(rows, 0, 0, &len);
    Bihuan__Envelope *envelope = bihuan__envelope__unpack(&tx->arena.allocator, len, bytes);
    const struct handler *handler;
    const struct message_type *type;
    ProtobufCMessage *message = NULL;
    const uint8_t *payload;

    if (!envelope)
        return err_fail(err, ERR_INVALID, "bad_envelope", "could not decode the parked envelope");
    handler = runtime_handler(tx->rt, HANDLER_EVENT, envelope->type, request->stream);
    type = message_type_find(envelope->type);
    reply->type = envelope->type;
    reply->applied = handler && type;
    if (!reply->applied) { /* it was parked by a daemon of before: as in a stream, what nobody reads is passed over */
        reply->error = arena_printf(&tx->arena,
                                    "nothing here reads events of type %u of %s: it was let go without effect",
                                    envelope->type, request->stream);
        return 0;
    }
    bytes = db_bytes(rows, 0, 1, &len);
    if (wire_open_payload(envelope, bytes, len, &tx->arena, &payload, &len, err) != 0 ||
        message_unpack(type->payload, payload, len, &tx->arena, &message, err) != 0)
        return -1;
    tx->event = envelope;
    tx->bucket = (uint16_t)request->bucket;
    return handler->fn(tx, message, err);
}

static int on_retry_parked(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__RetryParkedRequest *request = message;
    Bihuan__RetryParkedReply reply = BIHUAN__RETRY_PARKED_REPLY__INIT;
    struct db_rows rows;
    uint64_t left;
    int rc;

    if (request->bucket >= tx->rt->buckets)
        return err_fail(err, ERR_NOT_FOUND, "no_such_bucket", "there is no bucket %u", request->bucket);
    if (stream_store_parked_get(tx->db, &tx->arena, (uint16_t)request->bucket, request->stream, request->seq, &rows,
                                err) != 0)
        return -1;
    if (rows.count == 0)
        rc = err_fail(err, ERR_NOT_FOUND, "not_parked", "no event %s/%u/%lu is parked", request->stream,
                      request->bucket, (unsigned long)request->seq);
    else
        rc = apply_parked(tx, &rows, request, &reply, err);
    db_rows_fini(&rows);
    if (rc != 0 ||
        stream_store_unpark(tx->db, &tx->arena, (uint16_t)request->bucket, request->stream, request->seq, err) != 0 ||
        stream_store_parked_count(tx->db, &left, err) != 0)
        return -1;
    atomic_store(&tx->rt->parked, left);
    reply.remaining = left;
    return tx_reply(tx, &reply.base, err);
}

const struct handler builtin_handlers[] = {
    HANDLE_QUERY(PARKED, "status.read", on_parked),
    HANDLE_REQUEST(RETRY_PARKED, "admin", on_retry_parked),
    HANDLE_QUERY(LIST_ARCHIVE, "status.read", builtin_list_archive),
    HANDLE_QUERY(LIST_ARCHIVE_FILES, "status.read", builtin_list_archive_files),
    HANDLE_QUERY(VERIFY_ARCHIVE, "status.read", builtin_verify_archive),
    HANDLE_REQUEST(RUN_ARCHIVE, "admin", builtin_run_archive),
    HANDLERS_END,
};
