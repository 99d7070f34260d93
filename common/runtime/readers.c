/* readers: threads that answer queries and replay, each with a read-only connection. */
#include "obs/log.h"
#include "runtime/runtime_internal.h"
#include "runtime/streams.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define QUESTIONS_MAX 1000
#define RECONNECT_US  (200 * INT64_C(1000))

struct readers {
    struct runtime *rt;
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct question *first, *last;
    int waiting;
    bool stopped;
    pthread_t threads[READERS_MAX];
    int thread_count;
};

void question_free(struct question *question)
{
    if (!question)
        return;
    free(question->identity.data);
    free(question->envelope.data);
    free(question->payload.data);
    free(question);
}

bool readers_offer(struct runtime *rt, struct question *question)
{
    struct readers *readers = rt->readers;
    bool ok;

    pthread_mutex_lock(&readers->lock);
    ok = !readers->stopped && readers->waiting < QUESTIONS_MAX;
    if (ok) {
        question->next = NULL;
        if (readers->last)
            readers->last->next = question;
        else
            readers->first = question;
        readers->last = question;
        readers->waiting++;
        pthread_cond_signal(&readers->some);
    }
    pthread_mutex_unlock(&readers->lock);
    return ok;
}

static struct question *take(struct readers *readers)
{
    struct question *question;

    pthread_mutex_lock(&readers->lock);
    while (!readers->first && !readers->stopped)
        pthread_cond_wait(&readers->some, &readers->lock);
    question = readers->stopped ? NULL : readers->first;
    if (question) {
        readers->first = question->next;
        if (!readers->first)
            readers->last = NULL;
        readers->waiting--;
    }
    pthread_mutex_unlock(&readers->lock);
    return question;
}

static int run(struct tx *tx, const struct question *question, const Bihuan__RequestEnvelope *envelope, struct err *err)
{
    if (!question->handler)
        return streams_replay(tx, question->payload.data, question->payload.len, err);
    if (tx_check_asker(tx, question->handler, envelope, err) != 0)
        return -1;
    return tx_call(tx, question->handler, question->payload.data, question->payload.len, err);
}

static int in_transaction(struct tx *tx, const struct question *question, const Bihuan__RequestEnvelope *envelope,
                          struct err *err)
{
    int rc;

    if (!db_alive(tx->db) && db_reopen(tx->db, err) != 0)
        return -1;
    if (db_begin_read(tx->db, err) != 0)
        return -1;
    rc = run(tx, question, envelope, err);
    db_rollback(tx->db);
    return rc;
}

static void answer(struct runtime *rt, struct db *db, struct archive_contents *archived, struct question *question)
{
    Bihuan__RequestEnvelope *envelope = bihuan__request_envelope__unpack(NULL, question->envelope.len,
                                                                         question->envelope.data);
    int64_t begin = clock_monotonic_us();
    struct buf problem = { 0 };
    struct output *output;
    struct tx tx;
    struct err err;
    int rc;

    err_clear(&err);
    tx_init(&tx, rt, db, NULL);
    tx.archived = archived;
    if (question->due_us < begin)
        rc = err_fail(&err, ERR_DEADLINE, "deadline", "the request waited longer than its deadline");
    else
        rc = in_transaction(&tx, question, envelope, &err);
    if (rc == 0) {
        output = output_reply(&question->identity, question->reply, question->reply_arg, envelope->id, 200,
                              tx.reply.data, tx.reply.len);
    } else {
        if (err.cls == ERR_INTERNAL)
            log_error("query_failed", "query=%s error=\"%s\"", question->handler ? question->handler->name : "REPLAY",
                      err.text);
        tx_pack_problem(&tx, &err, &problem);
        output = output_reply(&question->identity, question->reply, question->reply_arg, envelope->id,
                              (uint32_t)err_http_status(err.cls), problem.data, problem.len);
        buf_fini(&problem);
    }
    tx_fini(&tx);
    runtime_output(rt, output);
    metrics_observe(rt->metrics, "query_seconds", "Duration of queries.", "",
                    (double)(clock_monotonic_us() - begin) / 1e6);
    bihuan__request_envelope__free_unpacked(envelope, NULL);
    question_free(question);
}

static void *reader_main(void *arg)
{
    struct readers *readers = arg;
    struct runtime *rt = readers->rt;
    struct archive_contents archived = { 0 };
    struct db *db = NULL;
    struct question *question;

    /* A first connection can wait for PostgreSQL; db_reopen() serves from then on. */
    while (!db && !atomic_load(&rt->stopping))
        if (db_open(&db, runtime_setting(rt, "database_url"), rt->service->name, true, NULL) != 0) {
            struct timespec nap = { 0, RECONNECT_US * 1000 };

            nanosleep(&nap, NULL);
        }
    while (db && (question = take(readers)) != NULL)
        answer(rt, db, &archived, question);
    archive_contents_fini(&archived);
    db_close(&db);
    return NULL;
}

int readers_start(struct runtime *rt, int count, struct err *err)
{
    struct readers *readers = calloc(1, sizeof *readers);

    if (!readers)
        abort();
    readers->rt = rt;
    pthread_mutex_init(&readers->lock, NULL);
    pthread_cond_init(&readers->some, NULL);
    rt->readers = readers;
    for (int i = 0; i < count && i < READERS_MAX; i++) {
        if (pthread_create(&readers->threads[i], NULL, reader_main, readers) != 0)
            return err_set(err, "could not start a reader thread");
        readers->thread_count++;
    }
    return 0;
}

void readers_join(struct runtime *rt)
{
    struct readers *readers = rt->readers;

    if (!readers)
        return;
    pthread_mutex_lock(&readers->lock);
    readers->stopped = true;
    pthread_cond_broadcast(&readers->some);
    pthread_mutex_unlock(&readers->lock);
    for (int i = 0; i < readers->thread_count; i++)
        pthread_join(readers->threads[i], NULL);
    while (readers->first) {
        struct question *next = readers->first->next;

        question_free(readers->first);
        readers->first = next;
    }
    pthread_mutex_destroy(&readers->lock);
    pthread_cond_destroy(&readers->some);
    free(readers);
    rt->readers = NULL;
}
