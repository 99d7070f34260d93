/* batch_events: one event of a peer in the writer's transaction: applied, held, set aside or its stream blocked. See
 * batch_internal.h. */
#include "runtime/batch_internal.h"

#include "bus/wire.h"
#include "obs/log.h"

#include <inttypes.h>
#include <string.h>

#define HOLD_US      (50 * INT64_C(1000)) /* an event that waits for another stream is tried again after this */
#define BLOCKED_US   (5 * SECOND)         /* ... and one that fails after this */
#define TRIES        2                    /* alone, before an event is parked or its stream blocked */
#define SCHEMA_MAJOR 1

/* Decodes the event and calls its handler. */
static int call_event(struct tx *tx, const struct input *input, struct err *err)
{
    Bihuan__Envelope *envelope;
    ProtobufCMessage *message = NULL;
    const struct message_type *type;
    const uint8_t *payload;
    size_t len;

    envelope = bihuan__envelope__unpack(&tx->arena.allocator, input->envelope.len, input->envelope.data);
    if (!envelope)
        return err_fail(err, ERR_INVALID, "bad_envelope", "could not decode the envelope");
    if (envelope->schema_version / 1000 != SCHEMA_MAJOR)
        return err_fail(err, ERR_INVALID, "schema_version", "schema version %u is not ours: upgrade this daemon",
                        envelope->schema_version);
    if (tx->batch->incarnations[input->source][input->bucket] &&
        tx->batch->incarnations[input->source][input->bucket] != envelope->incarnation)
        return err_fail(err, ERR_INVALID, "incarnation",
                        "the stream was restored or begun anew since we read it: rebuild this reader from its archive");
    tx->event = envelope;
    tx->bucket = input->bucket;
    tx->trace = envelope->trace;
    if (!input->handler)
        return 0;
    type = message_type_find(envelope->type);
    if (wire_open_payload(envelope, input->payload.data, input->payload.len, &tx->arena, &payload, &len, err) != 0 ||
        message_unpack(type->payload, payload, len, &tx->arena, &message, err) != 0)
        return -1;
    return batch_settle(tx, input->handler->fn(tx, message, err), err);
}

static void advance(struct run *run, const struct input *input, uint64_t incarnation)
{
    struct batch *batch = batch_of(run);
    struct writer *writer = run->writer;

    batch->positions[input->source][input->bucket] = input->seq;
    batch->incarnations[input->source][input->bucket] = incarnation;
    batch->touched[input->bucket] = true;
    if (writer->failed_seq[input->source][input->bucket]) {
        writer->failed_seq[input->source][input->bucket] = 0;
        writer->failed_times[input->source][input->bucket] = 0;
        if (writer->blocked_until_us[input->source][input->bucket]) {
            writer->blocked_until_us[input->source][input->bucket] = 0;
            if (--writer->blocked_count == 0)
                runtime_set_reason(writer->rt, REASON_EVENTS, "%s", "");
        }
    }
}

static int park(struct run *run, struct tx *tx, const struct input *input, const struct err *why, struct err *err)
{
    struct runtime *rt = run->writer->rt;

    log_error("event_parked", "stream=%s bucket=%u seq=%" PRIu64 " error=\"%s\"", rt->sources[input->source],
              input->bucket, input->seq, why->text);
    metrics_count(rt->metrics, "events_parked_total", "Events set aside because they could not be applied.", "", 1);
    if (stream_store_park(tx->db, &tx->arena, input->bucket, rt->sources[input->source], input->seq,
                          input->handler ? input->handler->type : 0, input->envelope.data, input->envelope.len,
                          input->payload.data, input->payload.len, why->text, clock_real_us(), err) != 0)
        return -1;
    atomic_fetch_add(&rt->parked, 1);
    return 0;
}

/* A failing event, tried alone often enough: the stream waits and says why. */
static void block(struct run *run, const struct input *input, const struct err *why)
{
    struct writer *writer = run->writer;
    int64_t *until = &writer->blocked_until_us[input->source][input->bucket];

    if (!*until)
        writer->blocked_count++;
    *until = clock_monotonic_us() + BLOCKED_US;
    runtime_set_reason(writer->rt, REASON_EVENTS, "stream %s/%u waits at %" PRIu64 ": %s",
                       writer->rt->sources[input->source], input->bucket, input->seq, why->text);
    log_error("stream_blocked", "stream=%s bucket=%u seq=%" PRIu64 " error=\"%s\"", writer->rt->sources[input->source],
              input->bucket, input->seq, why->text);
    batch_want_reset(run, input->source, input->bucket, BLOCKED_US);
}

/* Counts a failure of this event when it ran alone. True when its tries are used up. */
static bool is_hopeless(struct writer *writer, const struct input *input)
{
    if (writer->failed_seq[input->source][input->bucket] != input->seq) {
        writer->failed_seq[input->source][input->bucket] = input->seq;
        writer->failed_times[input->source][input->bucket] = 0;
    }
    return writer->failed_times[input->source][input->bucket] >= TRIES;
}

/* An event whose order doesn't matter: when it fails for good it is set aside with its error, and what its handler did
 * to the tables is taken back. What it may have done to memory is loaded again after the commit. */
static int run_loose(struct run *run, struct tx *tx, const struct input *input, struct err *err)
{
    struct batch *batch = batch_of(run);
    size_t rows = batch->row_count;
    uint64_t heads[BUCKETS_MAX];
    struct err why;

    err_clear(&why);
    memcpy(heads, batch->heads, sizeof heads);
    if (db_savepoint(tx->db, err) != 0)
        return -1;
    if (call_event(tx, input, &why) == 0)
        return 0;
    if (why.cls == ERR_UNAVAILABLE || why.cls == ERR_FENCED || !db_alive(tx->db)) {
        *err = why;
        return -1;
    }
    batch->row_count = rows;
    memcpy(batch->heads, heads, sizeof heads);
    if (db_savepoint_rollback(tx->db, err) != 0)
        return -1;
    if (why.cls == ERR_BUSY) {
        *err = why;
        return -1;
    }
    run->reload = true;
    return park(run, tx, input, &why, err);
}

int batch_run_event(struct run *run, struct tx *tx, struct input *input, struct err *err)
{
    struct writer *writer = run->writer;
    struct batch *batch = batch_of(run);
    uint64_t position = batch->positions[input->source][input->bucket];

    if (input->seq <= position)
        return 0;
    if (input->seq > position + 1) {
        batch_want_reset(run, input->source, input->bucket, 0);
        return 0;
    }
    if (writer->blocked_until_us[input->source][input->bucket] > clock_monotonic_us()) {
        batch_want_reset(run, input->source, input->bucket, BLOCKED_US);
        return 0;
    }
    if ((input->handler && input->handler->loose ? run_loose(run, tx, input, err) : call_event(tx, input, err)) != 0) {
        if (err->cls == ERR_BUSY) { /* waits for another stream; nothing was changed */
            batch_want_reset(run, input->source, input->bucket, HOLD_US);
            return 0;
        }
        if (err->cls != ERR_UNAVAILABLE && is_hopeless(writer, input))
            block(run, input, err);
        return -1;
    }
    advance(run, input, tx->event ? tx->event->incarnation : 0);
    metrics_count(writer->rt->metrics, "events_total", "Events applied.", "", 1);
    return 0;
}
