/* writer: the one thread that writes: connection, migrations, lease, then batch after batch. */
#include "bus/lease_store.h"
#include "obs/log.h"
#include "runtime/archivist.h"
#include "runtime/writer_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define BATCH_INPUTS    512
#define BATCH_LEN       ((size_t)3 << 20) /* of events, as they came over the wire */
#define IDLE_US         (100 * INT64_C(1000))
#define BACKOFF_MIN_US  (100 * INT64_C(1000))
#define LOSSES_SHOWN    5
#define BACKOFF_MAX_US  (2 * SECOND)
#define FORGET_EVERY_US (3600 * SECOND)
#define TIMER_SLACK_NS                                                                                                 \
    5000UL /* what comes together is waited for less long than the 50 us that a wait may last too long */
#define ANSWER_KEPT_US (24 * 3600 * SECOND)

/* Waits, but not longer than until the daemon stops. */
static void pause_us(struct runtime *rt, int64_t us)
{
    int64_t until = clock_monotonic_us() + us;

    while (!atomic_load(&rt->stopping) && clock_monotonic_us() < until) {
        struct timespec nap = { 0, 20 * 1000 * 1000 };

        nanosleep(&nap, NULL);
    }
}

static int check_installation(struct writer *writer, struct err *err)
{
    struct runtime *rt = writer->rt;
    const char *utc_offset = runtime_setting(rt, "utc_offset");
    struct installation made;

    if (stream_store_installation(writer->db, rt->money_scale, utc_offset, &made, err) != 0)
        return -1;
    if (made.buckets != rt->buckets)
        return err_set(err, "this installation was made with buckets = %u, the setting says %u; the number is fixed",
                       made.buckets, rt->buckets);
    if (made.money_scale != rt->money_scale)
        return err_set(err,
                       "this installation was made with money_scale = %d, the setting says %d; the number is fixed",
                       made.money_scale, rt->money_scale);
    if (strcmp(made.utc_offset, utc_offset) != 0)
        return err_set(err, "this installation was made with utc_offset = %s, the setting says %s; the zone is fixed",
                       made.utc_offset, utc_offset);
    atomic_store(&rt->incarnation, made.incarnation);
    return 0;
}

static int connect_writer(struct writer *writer, struct err *err)
{
    struct runtime *rt = writer->rt;
    int applied = 0;

    if (writer->db && db_alive(writer->db))
        return 0;
    if (writer->db ? db_reopen(writer->db, err)
                   : db_open(&writer->db, runtime_setting(rt, "database_url"), rt->service->name, false, err))
        return -1;
    if (!writer->migrated && migrate_apply(writer->db, rt->service->migrations, rt->buckets, &applied, err) != 0)
        return -1;
    writer->migrated = true;
    return check_installation(writer, err);
}

static int load_all(struct writer *writer, struct err *err)
{
    int rc;

    rc = db_begin(writer->db, err);
    if (rc == 0)
        rc = db_scan(writer->db, true, err);
    if (rc == 0)
        rc = batch_load(writer, err);
    if (rc == 0 && writer->rt->service->load)
        rc = batch_call(writer, writer->rt->service->load, err);
    db_rollback(writer->db); /* loading only reads */
    return rc;
}

static void drop_all(struct writer *writer)
{
    struct runtime *rt = writer->rt;

    atomic_store(&rt->active, false);
    keeper_let_go(rt);
    if (rt->service->drop) /* also after a load that failed half-way */
        rt->service->drop(rt);
}

static void send_reset(struct runtime *rt)
{
    struct output *output = calloc(1, sizeof *output);

    if (!output)
        abort();
    output->kind = OUTPUT_RESET;
    output->source = -1;
    runtime_output(rt, output);
}

/* What failed here may have been applied by another instance since; what still fails says so again. */
static void forget_blocked(struct writer *writer)
{
    memset(writer->blocked_until_us, 0, sizeof writer->blocked_until_us);
    memset(writer->failed_seq, 0, sizeof writer->failed_seq);
    memset(writer->failed_times, 0, sizeof writer->failed_times);
    writer->blocked_count = 0;
    runtime_set_reason(writer->rt, REASON_EVENTS, "%s", "");
}

/* Takes the buckets and loads. 0 and active, or 0 and standing by, or -1. */
static int become_active(struct writer *writer, struct err *err)
{
    struct runtime *rt = writer->rt;
    int64_t begin = clock_monotonic_us();
    uint64_t before = writer->epoch;
    bool held = false;

    if (lease_store_claim(writer->db, rt->instance, KEEPER_TTL_S, rt->buckets, &held, &writer->epoch, err) != 0)
        return -1;
    if (!held) {
        runtime_set_reason(rt, REASON_STATE, "standing by: another instance holds the buckets");
        return 0;
    }
    atomic_store(&rt->epoch, writer->epoch);
    keeper_hold(rt, writer->epoch, begin);
    if (archivist_restore(rt, writer->db, err) != 0 || check_installation(writer, err) != 0 ||
        load_all(writer, err) != 0)
        return -1;
    log_info("active", "instance=%s epoch=%lu load_ms=%ld", rt->instance, (unsigned long)writer->epoch,
             (long)((clock_monotonic_us() - begin) / 1000));
    if (writer->epoch != before + 1) /* somebody else held them in between */
        forget_blocked(writer);
    runtime_set_reason(rt, REASON_STATE, "%s", "");
    atomic_store(&rt->active, true);
    inputs_open(rt->inputs, true);
    send_reset(rt);
    return 0;
}

static void forget_answers(struct writer *writer)
{
    struct arena arena;

    if (clock_monotonic_us() < writer->forget_at_us)
        return;
    writer->forget_at_us = clock_monotonic_us() + FORGET_EVERY_US;
    arena_init(&arena);
    (void)stream_store_forget_answers(writer->db, &arena, clock_real_us() - ANSWER_KEPT_US, NULL);
    arena_fini(&arena);
}

static int64_t next_due(const struct writer *writer)
{
    int64_t due = clock_monotonic_us() + IDLE_US;

    for (int i = 0; i < writer->timer_count; i++)
        if (writer->timer_due_us[i] < due)
            due = writer->timer_due_us[i];
    return due;
}

static bool is_timer_due(const struct writer *writer)
{
    return next_due(writer) <= clock_monotonic_us();
}

/* One turn while active. -1: no longer active. */
static int turn(struct writer *writer, struct err *err)
{
    struct runtime *rt = writer->rt;
    size_t count = writer->solo ? 1 : BATCH_INPUTS;
    struct input *list;

    if (keeper_lost(rt))
        return err_fail(err, ERR_FENCED, "lease_lost", "the lease went to another instance or could not be renewed");
    forget_answers(writer);
    list = inputs_take(rt->inputs, next_due(writer), count, BATCH_LEN);
    if (!list && !is_timer_due(writer))
        return 0;
    if (writer->solo && list)
        writer->solo--;
    switch (batch_run(writer, list)) {
    case BATCH_DONE:
        links_room(rt);
        return 0;
    case BATCH_FENCED:
        return err_fail(err, ERR_FENCED, "fenced", "a write was refused: another instance holds the buckets");
    case BATCH_LOST:
    default:
        return err_fail(err, ERR_UNAVAILABLE, "lost", "a transaction was lost");
    }
}

static void answer_standby(struct runtime *rt)
{
    struct input *list = inputs_take(rt->inputs, 0, BATCH_INPUTS, BATCH_LEN);
    struct err why;

    err_fail(&why, ERR_UNAVAILABLE, "not_active", "this instance does not hold the buckets; try again");
    while (list) {
        struct input *next = list->next;

        if (list->kind == INPUT_REQUEST) {
            Bihuan__RequestEnvelope *envelope = bihuan__request_envelope__unpack(NULL, list->envelope.len,
                                                                                 list->envelope.data);
            struct buf out = { 0 };

            tx_pack_problem(NULL, &why, &out);
            runtime_output(rt, output_reply(&list->identity, list->reply, list->reply_arg, envelope ? envelope->id : "",
                                            503, out.data, out.len));
            buf_fini(&out);
            if (envelope)
                bihuan__request_envelope__free_unpacked(envelope, NULL);
        } else if (list->kind == INPUT_LOCAL && list->done) {
            list->done(list->done_arg, -1, &why);
        }
        input_free(list);
        list = next;
    }
}

/* A transaction that is lost once is tried again at once; one that is lost again and again (a full disk, a sum that
 * overflows) must neither spin nor hide. */
static void slow_down(struct runtime *rt, int losses, const struct err *err)
{
    int64_t wait = losses < 2 ? 0 : BACKOFF_MIN_US << (losses < 7 ? losses - 2 : 5);

    if (losses >= LOSSES_SHOWN)
        runtime_set_reason(rt, REASON_STATE, "transactions are lost again and again: %s", err->text);
    pause_us(rt, wait < BACKOFF_MAX_US ? wait : BACKOFF_MAX_US);
}

static void *writer_main(void *arg)
{
    struct writer *writer = arg;
    struct runtime *rt = writer->rt;
    int64_t backoff = BACKOFF_MIN_US;
    int losses = 0; /* transactions lost one after another */
    struct err err;

    (void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
    while (!atomic_load(&rt->stopping)) {
        err_clear(&err);
        if (connect_writer(writer, &err) == 0 && (atomic_load(&rt->active) || become_active(writer, &err) == 0)) {
            backoff = BACKOFF_MIN_US;
            if (!atomic_load(&rt->active)) {
                inputs_open(rt->inputs, false);
                answer_standby(rt);
                pause_us(rt, SECOND / 2);
                continue;
            }
            if (turn(writer, &err) == 0) {
                losses = 0;
                continue;
            }
            slow_down(rt, ++losses, &err);
        } else {
            runtime_set_reason(rt, REASON_STATE, "%s", err.text);
            log_warn("writer_waits", "error=\"%s\"", err.text);
            pause_us(rt, backoff + rand() % backoff);
            backoff = backoff * 2 < BACKOFF_MAX_US ? backoff * 2 : BACKOFF_MAX_US;
        }
        drop_all(writer);
        if (err.cls == ERR_FENCED) {
            log_warn("standing_by", "reason=\"%s\"", err.text);
            inputs_open(rt->inputs, false);
            answer_standby(rt);
        }
    }
    drop_all(writer);
    if (writer->db && db_alive(writer->db))
        (void)lease_store_release(writer->db, rt->instance, writer->epoch, NULL);
    db_close(&writer->db);
    atomic_store(&rt->writer_done, true);
    uv_async_send(&rt->wake);
    return NULL;
}

int writer_start(struct runtime *rt, struct err *err)
{
    struct writer *writer = calloc(1, sizeof *writer);

    if (!writer)
        abort();
    writer->rt = rt;
    arena_init(&writer->batch.arena);
    for (const struct handler *h = rt->service->handlers; h->kind != HANDLER_END; h++) {
        if (h->kind != HANDLER_TIMER)
            continue;
        if (writer->timer_count == TIMERS_MAX)
            return err_set(err, "more than %d timers", TIMERS_MAX);
        writer->timer_due_us[writer->timer_count] = clock_monotonic_us() + h->period_us;
        writer->timers[writer->timer_count++] = h;
    }
    rt->writer = writer;
    if (pthread_create(&writer->thread, NULL, writer_main, writer) != 0)
        return err_set(err, "could not start the writer thread");
    return 0;
}

void writer_join(struct runtime *rt)
{
    if (!rt->writer)
        return;
    pthread_join(rt->writer->thread, NULL);
    arena_fini(&rt->writer->batch.arena);
    free(rt->writer->batch.rows);
    archive_contents_fini(&rt->writer->batch.archived);
    free(rt->writer);
    rt->writer = NULL;
}
