/* batch: one transaction of the writer: inputs in, effects and events out, one commit. See writer_internal.h. */
#include "runtime/writer_internal.h"

#include "bus/wire.h"
#include "base/hash.h"
#include "obs/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLD_US      (50 * INT64_C(1000))  /* an event that waits for another stream is tried again after this */
#define BLOCKED_US   (5 * SECOND)          /* ... and one that fails after this */
#define PATIENCE_US  (250 * INT64_C(1000)) /* so much later than due a timer runs even where inputs wait */
#define TRIES        2                     /* alone, before an event is parked or its stream blocked */
#define SCHEMA_MAJOR 1

/* What one run of a batch leaves behind, besides the data base. */
struct run {
    struct writer *writer;
    struct output *first, *last; /* replies, sent after the commit */
    struct output *resets;       /* streams that must be read on from their positions, sent whatever becomes of us */
    struct input *guilty;        /* the input that failed for good */
    bool reload;                 /* committed, but memory may be half-changed: an event was parked */
    bool refresh; /* ... by a request that was refused, of a service whose load() may be called at any time */
};

static struct batch *batch_of(struct run *run)
{
    return &run->writer->batch;
}

static void add_output(struct run *run, struct output *output)
{
    if (run->last)
        run->last->next = output;
    else
        run->first = output;
    run->last = output;
}

/* The stream is read on from its position, after `delay_us`. source -1: all streams. */
static void want_reset(struct run *run, int source, uint16_t bucket, int64_t delay_us)
{
    struct output *output;

    for (output = run->resets; output; output = output->next)
        if (output->source == source && output->bucket == bucket && output->delay_us >= delay_us)
            return;
    output = calloc(1, sizeof *output);
    if (!output)
        abort();
    *output = (struct output) { .kind = OUTPUT_RESET, .source = source, .bucket = bucket, .delay_us = delay_us };
    /* behind those that are there: a later one of the same stream is the one that holds */
    if (run->resets) {
        struct output *last = run->resets;

        while (last->next)
            last = last->next;
        last->next = output;
    } else {
        run->resets = output;
    }
}

/* --- loading ---------------------------------------------------------------------------------------------------------
 */

static void set_position(void *arg, uint16_t bucket, const char *source, uint64_t seq, uint64_t incarnation)
{
    struct writer *writer = arg;
    int index = runtime_source_index(writer->rt, source);

    if (index < 0 || bucket >= writer->rt->buckets)
        return;
    writer->batch.positions[index][bucket] = seq;
    writer->batch.incarnations[index][bucket] = incarnation;
}

static void show_positions(struct writer *writer)
{
    struct runtime *rt = writer->rt;

    for (uint32_t b = 0; b < rt->buckets; b++) {
        atomic_store(&rt->heads[b], writer->batch.heads[b]);
        for (int s = 0; s < rt->source_count; s++)
            atomic_store(&rt->positions[s][b], writer->batch.positions[s][b]);
    }
}

int batch_load(struct writer *writer, struct err *err)
{
    uint64_t parked = 0;

    memset(writer->batch.positions, 0, sizeof writer->batch.positions);
    memset(writer->batch.touched, 0, sizeof writer->batch.touched);
    if (stream_store_heads(writer->db, writer->batch.heads, writer->rt->buckets, err) != 0 ||
        stream_store_positions(writer->db, set_position, writer, err) != 0 ||
        stream_store_parked_count(writer->db, &parked, err) != 0)
        return -1;
    atomic_store(&writer->rt->parked, parked);
    show_positions(writer);
    return 0;
}

int batch_call(struct writer *writer, int (*fn)(struct tx *tx, struct err *err), struct err *err)
{
    struct tx tx;
    int rc;

    tx_init(&tx, writer->rt, writer->db, &writer->batch);
    rc = fn(&tx, err);
    tx_fini(&tx);
    return rc;
}

/* --- events ----------------------------------------------------------------------------------------------------------
 */

/* Writes may still wait to be sent when a handler is through; after a loss they are looked at for each input. */
static int settle(const struct tx *tx, int rc, struct err *err)
{
    return rc == 0 && tx->rt->writer->careful ? db_flush(tx->db, err) : rc;
}

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
    return settle(tx, input->handler->fn(tx, message, err), err);
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
                runtime_set_reason(writer->rt, "%s", "");
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
    runtime_set_reason(writer->rt, "stream %s/%u waits at %" PRIu64 ": %s", writer->rt->sources[input->source],
                       input->bucket, input->seq, why->text);
    log_error("stream_blocked", "stream=%s bucket=%u seq=%" PRIu64 " error=\"%s\"", writer->rt->sources[input->source],
              input->bucket, input->seq, why->text);
    want_reset(run, input->source, input->bucket, BLOCKED_US);
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

/* 0: applied, skipped or held; -1: the transaction is lost. */
static int run_event(struct run *run, struct tx *tx, struct input *input, struct err *err)
{
    struct writer *writer = run->writer;
    struct batch *batch = batch_of(run);
    uint64_t position = batch->positions[input->source][input->bucket];

    if (input->seq <= position)
        return 0;
    if (input->seq > position + 1) {
        want_reset(run, input->source, input->bucket, 0);
        return 0;
    }
    if (writer->blocked_until_us[input->source][input->bucket] > clock_monotonic_us()) {
        want_reset(run, input->source, input->bucket, BLOCKED_US);
        return 0;
    }
    if ((input->handler && input->handler->loose ? run_loose(run, tx, input, err) : call_event(tx, input, err)) != 0) {
        if (err->cls == ERR_BUSY) { /* waits for another stream; nothing was changed */
            want_reset(run, input->source, input->bucket, HOLD_US);
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

/* --- requests --- */

static uint64_t hash_of(const struct input *input, const Bihuan__RequestEnvelope *envelope)
{
    return hash_bytes(input->payload.data, input->payload.len, envelope->type);
}

/* The answer that was kept for the same request, if any, into tx->reply. */
static int find_answer(struct tx *tx, const struct input *input, const Bihuan__RequestEnvelope *envelope, bool *found,
                       struct err *err)
{
    uint64_t known_hash = 0;
    uint32_t status = 0;
    const uint8_t *reply = NULL;
    size_t reply_len = 0;

    *found = false;
    if (!envelope->idempotency_key[0])
        return 0;
    if (stream_store_answer(tx->db, &tx->arena, tx->principal->person, envelope->idempotency_key, found, &known_hash,
                            &status, &reply, &reply_len, err) != 0)
        return -1;
    if (*found && known_hash != hash_of(input, envelope))
        return err_fail(err, ERR_INVALID, "idempotency_key_reused",
                        "this Idempotency-Key was used for another request; use a new one");
    buf_reset(&tx->reply);
    if (*found)
        buf_append(&tx->reply, reply, reply_len);
    return 0;
}

/* Whether it was answered before: asked now, or, of one that `asks` by itself, together with what it asks; then the
 * transaction fails where there is an answer. */
static int meet_answer(struct tx *tx, const struct input *input, const Bihuan__RequestEnvelope *envelope, bool asks,
                       bool *found, struct err *err)
{
    *found = false;
    if (!asks)
        return find_answer(tx, input, envelope, found, err);
    return stream_store_expect_unanswered(tx->db, &tx->arena, tx->principal->person, envelope->idempotency_key, err);
}

/* Answers from memory of the same request, or runs it. tx->reply is the answer. *asks becomes false where it doesn't
 * come to that: who may not ask isn't told what others were answered either. */
static int answer_request(struct tx *tx, const struct input *input, const Bihuan__RequestEnvelope *envelope, bool *asks,
                          struct err *err)
{
    bool found, wanted = *asks;

    *asks = false;
    if (tx_check_asker(tx, input->handler, envelope, err) != 0)
        return -1;
    *asks = wanted;
    if (meet_answer(tx, input, envelope, wanted, &found, err) != 0)
        return -1;
    if (found)
        return 0;
    if (tx_call(tx, input->handler, input->payload.data, input->payload.len, err) != 0)
        return -1;
    tx->batch->touched[0] = true;
    if (envelope->idempotency_key[0] &&
        stream_store_keep_answer(tx->db, &tx->arena, tx->principal->person, envelope->idempotency_key,
                                 hash_of(input, envelope), 200, tx->reply.data, tx->reply.len, clock_real_us(),
                                 err) != 0)
        return -1;
    return settle(tx, 0, err);
}

static bool is_refusal(const struct err *err)
{
    switch (err->cls) {
    case ERR_INVALID:
    case ERR_NOT_FOUND:
    case ERR_CONFLICT:
    case ERR_FORBIDDEN:
    case ERR_UNAUTHORIZED:
    case ERR_TOO_LARGE:
    case ERR_BUSY:
        return true;
    default:
        return false;
    }
}

static void reply_problem(struct run *run, const struct tx *tx, const struct input *input, const char *id,
                          const struct err *err)
{
    struct buf out = { 0 };

    tx_pack_problem(tx, err, &out);
    add_output(run, output_reply(&input->identity, input->reply, input->reply_arg, id,
                                 (uint32_t)err_http_status(err->cls), out.data, out.len));
    buf_fini(&out);
}

static void reply_answer(struct run *run, const struct tx *tx, const struct input *input, const char *id)
{
    add_output(run,
               output_reply(&input->identity, input->reply, input->reply_arg, id, 200, tx->reply.data, tx->reply.len));
}

/* What failed is undone; it may have failed because it was answered before. */
static int answer_failed(struct run *run, struct tx *tx, const struct input *input,
                         const Bihuan__RequestEnvelope *envelope, bool asks, struct err *why, struct err *err)
{
    bool found = false;
    struct err none;

    if (!db_alive(tx->db) || (!asks && !is_refusal(why))) {
        *err = *why;
        return -1;
    }
    if (db_savepoint_rollback(tx->db, err) != 0) {
        if (db_alive(tx->db))
            *err = *why; /* what was lost before is the cause */
        return -1;
    }
    err_clear(&none);
    if (asks && find_answer(tx, input, envelope, &found, &none) != 0) {
        *why = none;
        tx->problem_count = 0;
    }
    if (found && none.cls == ERR_NONE) {
        reply_answer(run, tx, input, envelope->id);
        return 0;
    }
    if (!is_refusal(why)) {
        *err = *why;
        return -1;
    }
    reply_problem(run, tx, input, envelope->id, why);
    return 0;
}

static int run_request(struct run *run, struct tx *tx, struct input *input, struct err *err)
{
    struct batch *batch = batch_of(run);
    size_t rows = batch->row_count;
    uint64_t heads[BUCKETS_MAX];
    Bihuan__RequestEnvelope *envelope = bihuan__request_envelope__unpack(&tx->arena.allocator, input->envelope.len,
                                                                         input->envelope.data);
    uint64_t writes = db_writes(tx->db);
    bool asks;
    struct err why;

    if (!envelope)
        return 0; /* checked on arrival */
    err_clear(&why);
    memcpy(heads, batch->heads, sizeof heads);
    if (input->due_us < clock_monotonic_us()) {
        err_fail(&why, ERR_DEADLINE, "deadline", "the request waited longer than its deadline");
        reply_problem(run, tx, input, envelope->id, &why);
        return 0;
    }
    if (db_savepoint(tx->db, err) != 0)
        return -1;
    asks = input->handler->asks_first && envelope->idempotency_key[0] && !run->writer->careful;
    if (answer_request(tx, input, envelope, &asks, &why) == 0) {
        reply_answer(run, tx, input, envelope->id);
        return 0;
    }
    batch->row_count = rows;
    memcpy(batch->heads, heads, sizeof heads);
    if (answer_failed(run, tx, input, envelope, asks, &why, err) != 0)
        return -1;
    if (tx->rt->service->memory_follows && db_writes(tx->db) != writes)
        run->refresh = true;
    return 0;
}

/* --- one input after another --- */

static int run_input(struct run *run, struct input *input, struct err *err)
{
    struct tx tx;
    int rc;

    tx_init(&tx, run->writer->rt, run->writer->db, batch_of(run));
    switch (input->kind) {
    case INPUT_EVENT:
        rc = run_event(run, &tx, input, err);
        break;
    case INPUT_REQUEST:
        rc = run_request(run, &tx, input, err);
        break;
    case INPUT_LOCAL:
    default:
        batch_of(run)->touched[0] = true;
        rc = settle(&tx, input->handler->fn(&tx, input->message, err), err);
        break;
    }
    if (rc != 0)
        run->guilty = input;
    tx_fini(&tx);
    return rc;
}

/* Behind inputs a timer waits for a transaction of its own: nobody waits for it, and somebody for them. */
static int run_timers(struct run *run, bool inputs, struct err *err)
{
    struct writer *writer = run->writer;
    int64_t now = clock_monotonic_us();

    for (int i = 0; i < writer->timer_count; i++) {
        struct tx tx;
        int rc;

        if (writer->timer_due_us[i] + (inputs ? PATIENCE_US : 0) > now)
            continue;
        writer->timer_due_us[i] = now + writer->timers[i]->period_us;
        tx_init(&tx, writer->rt, writer->db, &writer->batch);
        rc = writer->timers[i]->fn(&tx, NULL, err);
        tx_fini(&tx);
        if (rc != 0) {
            log_error("timer_failed", "timer=%s error=\"%s\"", writer->timers[i]->name, err->text);
            return -1;
        }
    }
    return 0;
}

/* Moves heads and positions, appends the stream rows. */
static int write_streams(struct writer *writer, struct err *err)
{
    struct runtime *rt = writer->rt;
    struct batch *batch = &writer->batch;
    struct head_move *heads = arena_array(&batch->arena, struct head_move, rt->buckets);
    struct position_move *positions = arena_array(&batch->arena, struct position_move,
                                                  (size_t)rt->buckets * SOURCES_MAX);
    size_t head_count = 0;
    size_t position_count = 0;

    for (uint16_t b = 0; b < rt->buckets; b++)
        if (batch->touched[b])
            heads[head_count++] = (struct head_move) { b, atomic_load(&rt->heads[b]), batch->heads[b] };
    for (int s = 0; s < rt->source_count; s++)
        for (uint16_t b = 0; b < rt->buckets; b++) {
            uint64_t from = atomic_load(&rt->positions[s][b]);

            if (batch->positions[s][b] != from)
                positions[position_count++] = (struct position_move) { b, rt->sources[s], from, batch->positions[s][b],
                                                                       batch->incarnations[s][b] };
        }
    if (stream_store_move_heads(writer->db, &batch->arena, heads, head_count, writer->epoch, err) != 0 ||
        stream_store_move_positions(writer->db, &batch->arena, positions, position_count, err) != 0)
        return -1;
    return stream_store_append(writer->db, batch->rows, batch->row_count, err);
}

/* Whatever is written passes a fence: by the bucket that it belongs to, else by the first. (A timer that found nothing
 * to do writes nothing, so its transaction costs no commit record.) */
static void fence_writes(struct writer *writer, uint64_t writes)
{
    if (db_writes(writer->db) != writes)
        writer->batch.touched[0] = true;
}

static int run_all(struct run *run, struct input *list, struct err *err)
{
    struct writer *writer = run->writer;
    uint64_t writes = db_writes(writer->db);
    struct tx tx;
    int rc = 0;

    if (db_begin(writer->db, err) != 0)
        return -1;
    for (struct input *input = list; input; input = input->next)
        if (run_input(run, input, err) != 0)
            return -1;
    if (run_timers(run, list != NULL, err) != 0)
        return -1;
    if (writer->rt->service->before_commit) {
        tx_init(&tx, writer->rt, writer->db, &writer->batch);
        rc = writer->rt->service->before_commit(&tx, err);
        tx_fini(&tx);
    }
    fence_writes(writer, writes);
    if (rc != 0 || write_streams(writer, err) != 0)
        return -1;
    return db_commit(writer->db, err);
}

/* --- afterwards --- */

static void publish_rows(struct run *run)
{
    struct batch *batch = batch_of(run);

    for (size_t i = 0; i < batch->row_count; i++) {
        struct output *output = calloc(1, sizeof *output);

        if (!output)
            abort();
        output->kind = OUTPUT_PUBLISH;
        output->bucket = batch->rows[i].bucket;
        output->envelope = frame_copy(batch->rows[i].envelope, batch->rows[i].envelope_len);
        output->payload = frame_copy(batch->rows[i].payload, batch->rows[i].payload_len);
        add_output(run, output);
    }
}

static void free_outputs(struct run *run)
{
    for (struct output *output = run->first; output;) {
        struct output *next = output->next;

        output_free(output);
        output = next;
    }
    run->first = run->last = NULL;
}

static void finish(struct input *list, int rc, const struct err *err)
{
    while (list) {
        struct input *next = list->next;

        if (list->kind == INPUT_LOCAL && list->done)
            list->done(list->done_arg, rc, err);
        input_free(list);
        list = next;
    }
}

static void send_resets(struct run *run)
{
    runtime_output(run->writer->rt, run->resets);
    run->resets = NULL;
}

/* Events go (replay brings them again from the positions); requests and local inputs are tried again. */
static size_t put_back(struct run *run, struct input *list)
{
    struct input *keep = NULL;
    struct input **tail = &keep;
    size_t count = 0;

    while (list) {
        struct input *next = list->next;

        count++;
        list->next = NULL;
        if (list->kind == INPUT_EVENT) {
            input_free(list);
        } else {
            *tail = list;
            tail = &list->next;
        }
        list = next;
    }
    inputs_unget(run->writer->rt->inputs, keep);
    return count;
}

static struct input *unlink_input(struct input *list, const struct input *what)
{
    struct input **at = &list;

    while (*at && *at != what)
        at = &(*at)->next;
    if (*at)
        *at = (*at)->next;
    return list;
}

/* The input that failed for good, alone in its batch: answer it; an event counts its tries. */
static struct input *settle_guilty(struct run *run, struct input *list, const struct err *err)
{
    struct input *guilty = run->guilty;

    if (guilty->kind == INPUT_EVENT) {
        run->writer->failed_times[guilty->source][guilty->bucket]++;
        log_warn("event_failed", "stream=%s bucket=%u seq=%" PRIu64 " error=\"%s\"",
                 run->writer->rt->sources[guilty->source], guilty->bucket, guilty->seq, err->text);
        return list;
    }
    list = unlink_input(list, guilty);
    guilty->next = NULL;
    if (guilty->kind == INPUT_REQUEST) {
        Bihuan__RequestEnvelope *envelope = bihuan__request_envelope__unpack(NULL, guilty->envelope.len,
                                                                             guilty->envelope.data);

        log_error("request_failed", "request=%s error=\"%s\"", guilty->handler->name, err->text);
        reply_problem(run, NULL, guilty, envelope ? envelope->id : "", err);
        if (envelope)
            bihuan__request_envelope__free_unpacked(envelope, NULL);
        runtime_output(run->writer->rt, run->first);
        run->first = run->last = NULL;
        input_free(guilty);
    } else {
        log_error("input_failed", "input=%s error=\"%s\"", guilty->handler->name, err->text);
        finish(guilty, -1, err);
    }
    return list;
}

static enum batch_result lost(struct run *run, struct input *list, const struct err *err)
{
    struct writer *writer = run->writer;
    bool alone = list && !list->next;
    size_t count;

    free_outputs(run);
    db_rollback(writer->db);
    /* Not at the first loss: it may be that another instance holds the buckets, which the next claim finds out. */
    if (run->guilty && err->cls != ERR_UNAVAILABLE && err->cls != ERR_FENCED && alone && writer->careful)
        list = settle_guilty(run, list, err);
    else
        log_warn("transaction_lost", "error=\"%s\"", err->text);
    metrics_count(writer->rt->metrics, "transactions_lost_total", "Transactions rolled back.", "", 1);
    count = put_back(run, list);
    if (err->cls != ERR_UNAVAILABLE && err->cls != ERR_FENCED && (!alone || !writer->careful)) {
        writer->solo = count; /* find the one that fails */
        writer->careful = true;
    }
    send_resets(run);
    return err->cls == ERR_FENCED ? BATCH_FENCED : BATCH_LOST;
}

/* A transaction that holds the others up is told of: what was in it and where its time went. */
static void tell_slow(const struct writer *writer, const struct input *list, int64_t us)
{
    const struct db_work *work = db_work(writer->db);
    size_t count = 0;

    if (us < writer->rt->slow_us)
        return;
    for (; list; list = list->next)
        count++;
    log_warn("slow_transaction",
             "ms=%.1f inputs=%zu events=%zu statements=%u database_ms=%.1f slowest=%s slowest_ms=%.1f",
             (double)us / 1e3, count, writer->batch.row_count, work->statements, (double)work->waited_us / 1e3,
             work->slowest, (double)work->slowest_us / 1e3);
}

/* Memory from the tables, without ceasing to serve. */
static int refresh(struct writer *writer, struct err *err)
{
    int rc = db_begin(writer->db, err);

    if (rc == 0)
        rc = batch_call(writer, writer->rt->service->load, err);
    db_rollback(writer->db);
    return rc;
}

enum batch_result batch_run(struct writer *writer, struct input *list)
{
    struct run run = { .writer = writer };
    int64_t begin = clock_monotonic_us();
    struct err err;

    err_clear(&err);
    arena_reset(&writer->batch.arena);
    memset(writer->batch.touched, 0, sizeof writer->batch.touched);
    writer->batch.row_count = 0;
    db_work_begin(writer->db);
    if (run_all(&run, list, &err) != 0)
        return lost(&run, list, &err);
    tell_slow(writer, list, clock_monotonic_us() - begin);
    writer->careful = writer->solo > 0;
    show_positions(writer);
    publish_rows(&run);
    if (writer->rt->service->after_commit)
        writer->rt->service->after_commit(writer->rt);
    runtime_output(writer->rt, run.first);
    send_resets(&run);
    finish(list, 0, NULL);
    metrics_observe(writer->rt->metrics, "transaction_seconds", "Duration of the writer's transactions.", "",
                    (double)(clock_monotonic_us() - begin) / 1e6);
    return run.reload || (run.refresh && refresh(writer, &err) != 0) ? BATCH_LOST : BATCH_DONE;
}
