/* archivist: see archivist.h. */
#include "runtime/archivist.h"

#include "obs/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_US        (86400 * SECOND)
#define FIRST_US      (2 * SECOND)  /* after the start: others come first */
#define AGAIN_US      (60 * SECOND) /* after a run that failed */
#define FLUSH_US      (10 * SECOND) /* what readers said is stored so often */
#define LOOK_US       (SECOND / 2)
#define REST_MAX_US   (50 * INT64_C(1000))
#define READERS_KNOWN 16

/* What a reader said last. */
struct told {
    char reader[ARCHIVE_NAME_MAX];
    uint64_t seq[BUCKETS_MAX];
    bool changed;
};

struct archivist {
    struct runtime *rt;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopped;
    struct archivist_state state;
    struct archive_order order; /* of run number state.runs */
    struct told told[READERS_KNOWN];
    int told_count;
    /* the thread's own */
    struct db *db;
    int64_t next_us, flush_us; /* monotonic */
    int64_t rested_us;
};

struct archive archivist_archive(struct runtime *rt, struct db *db, struct arena *arena)
{
    return (struct archive) { .db = db,
                              .root = arena_printf(arena, "%s/" ARCHIVE_FOLDER, runtime_setting(rt, "data_dir")),
                              .service = rt->service->name,
                              .buckets = rt->buckets };
}

static bool goes_on(struct archivist *archivist)
{
    return !atomic_load(&archivist->rt->stopping) && atomic_load(&archivist->rt->active);
}

/* --- readers ---------------------------------------------------------------------------------------------------------
 */

void archivist_told(struct runtime *rt, const Bihuan__ReadUpToRequest *request)
{
    struct archivist *archivist = rt->archivist;
    struct told *told = NULL;

    if (!archivist || !request->reader[0] || strlen(request->reader) >= sizeof told->reader ||
        request->n_seq != rt->buckets)
        return;
    pthread_mutex_lock(&archivist->lock);
    for (int i = 0; i < archivist->told_count; i++)
        if (strcmp(archivist->told[i].reader, request->reader) == 0)
            told = &archivist->told[i];
    if (!told && archivist->told_count < READERS_KNOWN) {
        told = &archivist->told[archivist->told_count++];
        memcpy(told->reader, request->reader, strlen(request->reader) + 1);
    }
    if (told) {
        memcpy(told->seq, request->seq, rt->buckets * sizeof *told->seq);
        told->changed = true;
    }
    pthread_mutex_unlock(&archivist->lock);
}

/* Stores what was said since. Not in a transaction with anything. */
static int flush(struct archivist *archivist, struct arena *arena, struct err *err)
{
    struct runtime *rt = archivist->rt;
    int rc = 0;

    archivist->flush_us = clock_monotonic_us() + FLUSH_US;
    for (int i = 0; i < READERS_KNOWN && rc == 0; i++) {
        struct told told = { 0 };

        pthread_mutex_lock(&archivist->lock);
        if (i < archivist->told_count) {
            told = archivist->told[i];
            archivist->told[i].changed = false;
        }
        pthread_mutex_unlock(&archivist->lock);
        if (told.changed)
            rc = archive_store_put_reader(archivist->db, arena, told.reader, told.seq, rt->buckets, clock_real_us(),
                                          err);
    }
    return rc;
}

/* --- runs ------------------------------------------------------------------------------------------------------------
 */

static int connect_db(struct archivist *archivist, struct err *err)
{
    struct runtime *rt = archivist->rt;

    if (archivist->db && db_alive(archivist->db))
        return 0;
    return archivist->db ? db_reopen(archivist->db, err)
                         : db_open(&archivist->db, runtime_setting(rt, "database_url"), rt->service->name, false, err);
}

/* Rests as long as it has worked since the last rest: half of the time belongs to the writer. */
static bool rest(void *arg)
{
    struct archivist *archivist = arg;
    int64_t worked = clock_monotonic_us() - archivist->rested_us;
    struct timespec nap = { 0, (long)(worked < REST_MAX_US ? worked : REST_MAX_US) * 1000 };

    nanosleep(&nap, NULL);
    archivist->rested_us = clock_monotonic_us();
    return goes_on(archivist);
}

static int write_files(struct archivist *archivist, const struct archive *archive, uint16_t bucket,
                       const struct archive_order *order, struct err *err)
{
    struct runtime *rt = archivist->rt;
    uint64_t rows = 1;

    while (rows && rest(archivist)) {
        if (archive_write(archive, bucket, order->before_us, atomic_load(&rt->epoch), &rows, err) != 0)
            return -1;
        metrics_count(rt->metrics, "stream_rows_archived_total", "Rows of the own streams written to files.", "", rows);
    }
    return 0;
}

static int prune(struct archivist *archivist, const struct archive *archive, struct arena *arena, uint16_t bucket,
                 const struct archive_order *order, struct err *err)
{
    struct runtime *rt = archivist->rt;
    int64_t since_us = clock_real_us() - runtime_setting_int(rt, "stream_reader_days") * DAY_US;
    uint64_t read_up_to = 0, rows = 1;

    if (archive_store_read_up_to(archive->db, arena, bucket, since_us, &read_up_to, err) != 0)
        return -1;
    while (rows && rest(archivist)) {
        if (archive_prune(archive, bucket, order->before_us, read_up_to, rest, archivist, &rows, err) != 0)
            return -1;
        metrics_count(rt->metrics, "stream_rows_pruned_total", "Archived rows taken out of the own streams' table.", "",
                      rows);
    }
    return 0;
}

static int show(struct archivist *archivist, const struct archive *archive, struct arena *arena, struct err *err)
{
    struct metrics *metrics = archivist->rt->metrics;
    double rows_kept = 0, archived = 0, files = 0, bytes = 0;
    struct db_rows rows;

    if (archive_store_summary(archive->db, arena, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++) {
        char label[32];

        snprintf(label, sizeof label, "bucket=\"%d\"", db_i32(&rows, i, 0));
        metrics_gauge(metrics, "stream_oldest_sequence", "First sequence that is still in the table.", label,
                      (double)db_i64(&rows, i, 2));
        rows_kept += (double)(db_i64(&rows, i, 1) + 1 - db_i64(&rows, i, 2));
        archived += (double)db_i64(&rows, i, 3);
        files += (double)db_i64(&rows, i, 4);
        bytes += (double)db_i64(&rows, i, 5);
    }
    db_rows_fini(&rows);
    metrics_gauge(metrics, "stream_rows", "Rows of the own streams in the table.", "", rows_kept);
    metrics_gauge(metrics, "stream_archived_rows", "Rows of the own streams in archived files.", "", archived);
    metrics_gauge(metrics, "stream_archive_files", "Archived files.", "", files);
    metrics_gauge(metrics, "stream_archive_bytes", "Bytes of the archived files.", "", bytes);
    return 0;
}

/* All buckets, also where one fails: the first failure is told of. */
static int run_buckets(struct archivist *archivist, const struct archive *archive, const struct archive_order *order,
                       struct err *err)
{
    struct err *to = err;
    struct arena arena;
    int rc = 0;

    for (uint32_t b = 0; b < archive->buckets && goes_on(archivist) && db_alive(archive->db); b++) {
        arena_init(&arena);
        if (write_files(archivist, archive, (uint16_t)b, order, to) != 0 ||
            (!order->keep_rows && prune(archivist, archive, &arena, (uint16_t)b, order, to) != 0)) {
            rc = -1;
            to = NULL;
        }
        arena_fini(&arena);
    }
    if (rc == 0 && !goes_on(archivist))
        return err_fail(err, ERR_UNAVAILABLE, "not_active", "the daemon stopped or lost its buckets meanwhile");
    return rc;
}

static int run_all(struct archivist *archivist, const struct archive_order *order, struct err *err)
{
    struct archive archive;
    struct arena arena;
    int rc;

    arena_init(&arena);
    archivist->rested_us = clock_monotonic_us();
    rc = connect_db(archivist, err);
    archive = archivist_archive(archivist->rt, archivist->db, &arena);
    if (rc == 0)
        rc = flush(archivist, &arena, err);
    if (rc == 0 && order->before_us != INT64_MIN)
        rc = run_buckets(archivist, &archive, order, err);
    if (rc == 0)
        rc = show(archivist, &archive, &arena, err);
    arena_fini(&arena);
    return rc;
}

static struct archive_order by_setting(const struct archivist *archivist)
{
    int64_t days = runtime_setting_int(archivist->rt, "stream_keep_days");

    return (struct archive_order) { .before_us = archive_before(clock_real_us(), days) };
}

/* With the lock held; gives it away meanwhile. */
static void turn(struct archivist *archivist)
{
    struct runtime *rt = archivist->rt;
    uint64_t number = archivist->state.runs;
    bool ordered = number > archivist->state.runs_done;
    struct archive_order order = ordered ? archivist->order : by_setting(archivist);
    struct err err;
    int rc;

    pthread_mutex_unlock(&archivist->lock);
    err_clear(&err);
    rc = run_all(archivist, &order, &err);
    metrics_gauge(rt->metrics, "stream_archive_failing", "1 while old rows can't be archived or pruned.", "", rc != 0);
    if (rc != 0)
        log_error("archive_failed", "error=\"%s\"", err.text);
    archivist->next_us = clock_monotonic_us() +
                         (rc == 0 ? runtime_setting_int(rt, "stream_archive_minutes") * 60 * SECOND : AGAIN_US);
    pthread_mutex_lock(&archivist->lock);
    if (ordered)
        archivist->state.runs_done = number;
    archivist->state.last_us = clock_real_us();
    snprintf(archivist->state.error, sizeof archivist->state.error, "%s", rc != 0 ? err.text : "");
}

static void keep_readers(struct archivist *archivist)
{
    struct arena arena;
    struct err err;

    pthread_mutex_unlock(&archivist->lock);
    arena_init(&arena);
    err_clear(&err);
    if (connect_db(archivist, &err) != 0 || flush(archivist, &arena, &err) != 0)
        log_warn("readers_not_kept", "error=\"%s\"", err.text);
    archivist->flush_us = clock_monotonic_us() + FLUSH_US;
    arena_fini(&arena);
    pthread_mutex_lock(&archivist->lock);
}

static void wait_a_little(struct archivist *archivist)
{
    int64_t until = clock_monotonic_us() + LOOK_US;
    struct timespec at = { .tv_sec = until / 1000000, .tv_nsec = (until % 1000000) * 1000 };

    pthread_cond_timedwait(&archivist->changed, &archivist->lock, &at);
}

static void *archivist_main(void *arg)
{
    struct archivist *archivist = arg;

    pthread_mutex_lock(&archivist->lock);
    while (!archivist->stopped) {
        if (!goes_on(archivist))
            wait_a_little(archivist);
        else if (archivist->state.runs > archivist->state.runs_done || clock_monotonic_us() >= archivist->next_us)
            turn(archivist);
        else if (clock_monotonic_us() >= archivist->flush_us)
            keep_readers(archivist);
        else
            wait_a_little(archivist);
    }
    pthread_mutex_unlock(&archivist->lock);
    db_close(&archivist->db);
    return NULL;
}

/* --- from elsewhere --------------------------------------------------------------------------------------------------
 */

uint64_t archivist_order(struct runtime *rt, const struct archive_order *order)
{
    struct archivist *archivist = rt->archivist;
    uint64_t number;

    pthread_mutex_lock(&archivist->lock);
    archivist->order = *order;
    number = ++archivist->state.runs;
    pthread_cond_signal(&archivist->changed);
    pthread_mutex_unlock(&archivist->lock);
    return number;
}

void archivist_state(struct runtime *rt, struct archivist_state *out)
{
    pthread_mutex_lock(&rt->archivist->lock);
    *out = rt->archivist->state;
    pthread_mutex_unlock(&rt->archivist->lock);
}

int archivist_restore(struct runtime *rt, struct db *db, struct err *err)
{
    struct archive archive;
    struct arena arena;
    bool taken = false;
    int rc;

    if (!runtime_setting_int(rt, "restore_streams"))
        return 0;
    arena_init(&arena);
    archive = archivist_archive(rt, db, &arena);
    rc = archive_adopt(&archive, clock_real_us(), &taken, err);
    if (rc != 0)
        err_prefix(err, "restore_streams");
    else if (taken)
        log_info("streams_restored", "folder=\"%s/%s\"", archive.root, archive.service);
    else
        log_warn("streams_not_restored", "reason=\"this schema has streams already: take the setting away\"");
    arena_fini(&arena);
    return rc;
}

int archivist_start(struct runtime *rt, struct err *err)
{
    struct archivist *archivist = calloc(1, sizeof *archivist);
    pthread_condattr_t attr;

    if (!archivist)
        abort();
    archivist->rt = rt;
    archivist->next_us = clock_monotonic_us() + FIRST_US;
    pthread_mutex_init(&archivist->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&archivist->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&archivist->thread, NULL, archivist_main, archivist) != 0) {
        free(archivist);
        return err_set(err, "could not start the archivist's thread");
    }
    rt->archivist = archivist;
    return 0;
}

void archivist_join(struct runtime *rt)
{
    struct archivist *archivist = rt->archivist;

    if (!archivist)
        return;
    pthread_mutex_lock(&archivist->lock);
    archivist->stopped = true;
    pthread_cond_signal(&archivist->changed);
    pthread_mutex_unlock(&archivist->lock);
    pthread_join(archivist->thread, NULL);
    pthread_mutex_destroy(&archivist->lock);
    pthread_cond_destroy(&archivist->changed);
    free(archivist);
    rt->archivist = NULL;
}
