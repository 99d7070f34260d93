/* verify: the sums of progress as the tables hold them, for whoever recomputes them from the facts; and beside them
 * what memory holds, which must be the same: its days, and the sums that judging goes on from. */
#include "monitoring/monitoring.h"

#include "bus/stream_store.h"
#include "text/dates.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DIFFERENCES_MAX 100

static const struct stmt TABLE_SUMS = {
    "progress_sums", "SELECT p.unit_id, u.m, sum(u.v)::bigint FROM progress p, unnest(p.measures, p.sums) u(m, v)"
                     " WHERE p.day BETWEEN $1 AND $2 GROUP BY 1, 2"
};
static const struct stmt BUCKET_SUMS = {
    "progress_bucket_sums",
    "SELECT p.unit_id, u.m, sum(u.v)::bigint FROM progress p, unnest(p.measures, p.sums) u(m, v)"
    " WHERE p.bucket = $3 AND p.day BETWEEN $1 AND $2 GROUP BY 1, 2 HAVING sum(u.v) <> 0 ORDER BY 1, 2"
};

struct verifying {
    struct tx *tx;
    struct monitoring *m;
    int32_t from, until;
    uint32_t bucket;
    int64_t *table; /* by unit, then measure: sums of all buckets; NULL when memory isn't compared */
    uint32_t units, measures;
    Bihuan__VerifyProgressReply reply;
};

static void add_dates(struct verifying *v, struct db_args *args)
{
    db_args_init(args, tx_arena(v->tx));
    db_arg_date(args, v->from);
    db_arg_date(args, v->until - 1);
}

static void __attribute__((format(printf, 2, 3))) differ(struct verifying *v, const char *fmt, ...)
{
    char text[300];
    va_list ap;

    if (v->reply.n_differences == DIFFERENCES_MAX)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    v->reply.differences[v->reply.n_differences++] = arena_strdup(tx_arena(v->tx), text);
}

static void compare_cell(struct verifying *v, uint32_t unit_id, uint32_t measure_id)
{
    const struct ref_unit *unit = refdata_unit(v->m->refdata, unit_id);
    const struct ref_measure *measure = refdata_measure(v->m->refdata, measure_id);
    int64_t table = v->table[(size_t)unit_id * v->measures + measure_id];
    int64_t memory = cube_sum(v->m->cube, unit_id, measure_id, v->from, v->until - 1);

    if (memory != table)
        differ(v, "%s %s: the table holds %" PRId64 ", memory %" PRId64, unit ? unit->code : "",
               measure ? measure->code : "", table, memory);
}

/* Facts of units and measures that planning hasn't announced can't be booked. */
static int compare_memory(struct verifying *v, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    size_t off;

    v->units = refdata_unit_limit(v->m->refdata);
    v->measures = refdata_measure_limit(v->m->refdata);
    v->table = arena_array(tx_arena(v->tx), int64_t, (size_t)v->units * v->measures + 1);
    add_dates(v, &args);
    if (db_query(tx_db(v->tx), &TABLE_SUMS, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++) {
        uint32_t unit = (uint32_t)db_i32(&rows, i, 0);
        uint32_t measure = (uint32_t)db_i32(&rows, i, 1);

        if (unit < v->units && measure < v->measures)
            v->table[(size_t)unit * v->measures + measure] = db_i64(&rows, i, 2);
        else
            differ(v, "the table holds sums of unit %u, measure %u, which planning didn't announce", unit, measure);
    }
    db_rows_fini(&rows);
    for (uint32_t unit = 0; unit < v->units; unit++)
        for (uint32_t measure = 0; measure < v->measures; measure++)
            compare_cell(v, unit, measure);
    if ((off = cube_sums_off(v->m->cube)) != 0)
        differ(v, "%zu sums that judging goes on from aren't what their days add up to", off);
    return 0;
}

/* Positions out of the snapshot that the sums are read from. */
static void take_position(void *arg, uint16_t bucket, const char *source, uint64_t seq, uint64_t incarnation)
{
    Bihuan__VerifyProgressReply *reply = arg;

    (void)incarnation;
    if (strcmp(source, "feedback") == 0 && bucket < reply->n_seq)
        reply->seq[bucket] = seq;
}

/* The writer holds the lock until its transaction is committed or lost, so the snapshot that the first query under it
 * begins is as memory is. */
static int look(struct verifying *v, struct err *err)
{
    int rc = 0;

    v->reply.differences = arena_array(tx_arena(v->tx), char *, DIFFERENCES_MAX);
    v->reply.n_seq = runtime_bucket_count(v->m->rt);
    v->reply.seq = arena_array(tx_arena(v->tx), uint64_t, v->reply.n_seq);
    if (v->bucket == 0) {
        pthread_rwlock_rdlock(&v->m->lock);
        rc = v->m->cube ? compare_memory(v, err)
                        : err_fail(err, ERR_UNAVAILABLE, "loading", "monitoring has just started: ask again");
        pthread_rwlock_unlock(&v->m->lock);
    }
    return rc != 0 ? -1 : stream_store_positions(tx_db(v->tx), take_position, &v->reply, err);
}

static int fill_sums(struct verifying *v, struct err *err)
{
    struct arena *arena = tx_arena(v->tx);
    struct db_args args;
    struct db_rows rows;

    add_dates(v, &args);
    db_arg_i16(&args, (int16_t)v->bucket);
    if (db_query(tx_db(v->tx), &BUCKET_SUMS, &args, &rows, err) != 0)
        return -1;
    v->reply.unit_id = arena_array(arena, uint32_t, rows.count + 1);
    v->reply.measure_id = arena_array(arena, uint32_t, rows.count + 1);
    v->reply.value = arena_array(arena, int64_t, rows.count + 1);
    for (int i = 0; i < rows.count; i++) {
        v->reply.unit_id[i] = (uint32_t)db_i32(&rows, i, 0);
        v->reply.measure_id[i] = (uint32_t)db_i32(&rows, i, 1);
        v->reply.value[i] = db_i64(&rows, i, 2);
    }
    v->reply.n_unit_id = v->reply.n_measure_id = v->reply.n_value = (size_t)rows.count;
    db_rows_fini(&rows);
    return 0;
}

int on_verify_progress(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__VerifyProgressRequest *request = message;
    struct monitoring *m = monitoring_of(tx);
    struct verifying v = { .tx = tx, .m = m, .until = today(tx) + 3660, .bucket = request->bucket };

    bihuan__verify_progress_reply__init(&v.reply);
    if (request->bucket >= runtime_bucket_count(m->rt))
        return err_fail(err, ERR_NOT_FOUND, "no_such_bucket", "there is no bucket %u", request->bucket);
    if (request->from[0] && date_parse(request->from, strlen(request->from), &v.from, err) != 0)
        return -1;
    if (request->until[0] && date_parse(request->until, strlen(request->until), &v.until, err) != 0)
        return -1;
    if (look(&v, err) != 0 || fill_sums(&v, err) != 0)
        return -1;
    return tx_reply(tx, &v.reply.base, err);
}
