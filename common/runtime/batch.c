/* batch: one transaction of the writer: inputs in, effects and events out, one commit. See writer_internal.h,
 * batch_internal.h. */
#include "runtime/batch_internal.h"

#include "obs/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_US (250 * INT64_C(1000)) /* so much later than due a timer runs even where inputs wait */

void batch_add_output(struct run *run, struct output *output)
{
    if (run->last)
        run->last->next = output;
    else
        run->first = output;
    run->last = output;
}

void batch_want_reset(struct run *run, int source, uint16_t bucket, int64_t delay_us)
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

/* Writes may still wait to be sent when a handler is through; after a loss they are looked at for each input. */
int batch_settle(const struct tx *tx, int rc, struct err *err)
{
    return rc == 0 && tx->rt->writer->careful ? db_flush(tx->db, err) : rc;
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

/* --- one input after another --- */

static int run_input(struct run *run, struct input *input, struct err *err)
{
    struct tx tx;
    int rc;

    tx_init(&tx, run->writer->rt, run->writer->db, batch_of(run));
    switch (input->kind) {
    case INPUT_EVENT:
        rc = batch_run_event(run, &tx, input, err);
        break;
    case INPUT_REQUEST:
        rc = batch_run_request(run, &tx, input, err);
        break;
    case INPUT_LOCAL:
    default:
        batch_of(run)->touched[0] = true;
        rc = batch_settle(&tx, input->handler->fn(&tx, input->message, err), err);
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
        batch_add_output(run, output);
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
        batch_reply_problem(run, NULL, guilty, envelope ? envelope->id : "", err);
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
