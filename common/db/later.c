/* later: statements that are sent together with the next one that somebody waits for. See db_later() in db.h.
 *
 * They travel in libpq's pipeline mode. BEGIN is kept back altogether until something follows it, so that a transaction
 * in which nothing happens never reaches the server. */
#include "db/db_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int no_connection(struct db *db, const char *what, struct err *err)
{
    db->broken = true;
    return err_fail(err, ERR_UNAVAILABLE, "database", "%s: %s", what, PQerrorMessage(db->conn));
}

/* Past this libpq sends by itself, without the sync point: the server would wait for the rest with a transaction that
 * no longer counts as idle. */
#define QUEUE_LEN ((size_t)48 << 10)

#define DIVISION_BY_ZERO "22012"

int db_send(struct db *db, const struct stmt *stmt, int count, const char *const *values, const int *lengths,
            const int *formats, struct err *err)
{
    if (PQpipelineStatus(db->conn) == PQ_PIPELINE_OFF && !PQenterPipelineMode(db->conn))
        return no_connection(db, stmt->name, err);
    if (!PQsendQueryPrepared(db->conn, stmt->name, count, values, lengths, formats, 1))
        return no_connection(db, stmt->name, err);
    return 0;
}

int db_check_free(const struct db *db, const char *what, struct err *err)
{
    return db->copying ? err_set(err, "%s: a COPY is under way on this connection; end it first", what) : 0;
}

int db_queue(struct db *db, const struct stmt *stmt, const struct db_queued *queued, int count,
             const char *const *values, const int *lengths, const int *formats, struct err *err)
{
    if (db_check_free(db, stmt->name, err) != 0 || (db->queued_count == DB_LATER_MAX && db_flush(db, err) != 0))
        return -1;
    if (db_prepare(db, stmt, count, err) != 0 || db_send(db, stmt, count, values, lengths, formats, err) != 0)
        return -1;
    db->queued[db->queued_count++] = *queued;
    for (int i = 0; i < count; i++)
        db->queued_len += values[i] ? (size_t)lengths[i] : 0;
    return db->queued_len > QUEUE_LEN ? db_flush(db, err) : 0;
}

int db_queue_plain(struct db *db, const struct stmt *stmt, struct err *err)
{
    struct db_queued queued = { .name = stmt->name };

    if (db_queue_begin(db, err) != 0)
        return -1;
    return db_queue(db, stmt, &queued, 0, NULL, NULL, NULL, err);
}

int db_queue_begin(struct db *db, struct err *err)
{
    const struct stmt *begin = db->begin;

    db->begin = NULL;
    return begin ? db_queue_plain(db, begin, err) : 0;
}

/* The next result of the pipeline and the NULL behind it. The first error is kept; what follows it was not run. */
static PGresult *take(struct db *db, const char *name, bool *failed, struct err *err)
{
    PGresult *result = PQgetResult(db->conn);
    ExecStatusType status = PQresultStatus(result);
    PGresult *more;

    if (!*failed && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        *failed = true;
        db_fail(db, result, name, err);
    }
    while (result && (more = PQgetResult(db->conn)) != NULL) {
        PQclear(more);
        if (PQstatus(db->conn) != CONNECTION_OK)
            break;
    }
    return result;
}

/* A statement that is a fence divides by zero where it meets what it should not. */
static void name_fence(const struct db_queued *queued, struct err *err)
{
    if (queued->fence && err && strcmp(err->code, DIVISION_BY_ZERO) == 0)
        err_fail(err, ERR_FENCED, "fenced",
                 "%s has moved: another instance holds the bucket, or an earlier commit went through", queued->fence);
}

/* A failure before the savepoint can't be rolled back to it; one behind it can, and must be before anything is kept. */
static void mark_failure(struct db *db, int at)
{
    if (!db->savepoint || at < db->savepoint_at)
        db->lost = true;
    else
        db->spoiled = true;
}

/* The answers of what was queued. Whoever meets a failure among them is not to blame for it. */
static bool collect_queued(struct db *db, struct err *err)
{
    bool failed = false;

    for (int i = 0; i < db->queued_count; i++) {
        const struct db_queued *queued = &db->queued[i];
        bool before = failed;
        PGresult *result;

        if (!queued->name) {
            PQclear(PQgetResult(db->conn));
            continue;
        }
        result = take(db, queued->name, &failed, err);
        if (failed && !before) {
            name_fence(queued, err);
            mark_failure(db, i);
        }
        if (queued->into && !failed)
            *queued->into = (struct db_rows) { .result = result, .count = PQntuples(result) };
        else
            PQclear(result);
    }
    db->queued_count = 0;
    db->queued_len = 0;
    db->savepoint_at = -1;
    if (failed && err && err->cls == ERR_CONFLICT)
        err->cls = ERR_INTERNAL;
    return failed;
}

int db_collect(struct db *db, const char *own, PGresult **out, struct err *err)
{
    bool failed = collect_queued(db, err);
    PGresult *result = own ? take(db, own, &failed, err) : NULL;

    PQclear(PQgetResult(db->conn)); /* the sync point */
    if (!PQexitPipelineMode(db->conn)) {
        db->broken = true;
        if (!failed)
            no_connection(db, own ? own : "pipeline", err);
        failed = true;
    }
    if (failed)
        PQclear(result);
    else if (own)
        *out = result;
    return failed ? -1 : 0;
}

int db_flush(struct db *db, struct err *err)
{
    int64_t begin;
    int rc;

    if (db_queue_begin(db, err) != 0)
        return -1;
    if (!db->queued_count)
        return 0;
    begin = db_wait_begin();
    if (!PQpipelineSync(db->conn))
        return no_connection(db, "pipeline", err);
    rc = db_collect(db, NULL, NULL, err);
    db_wait_end(db, "flush", begin);
    return rc;
}

/* A sync point, not a request to flush: between the two the server's transaction counts as idle, and so ends in time
 * where this process is stopped for good. */
int db_push(struct db *db, struct err *err)
{
    if (db_queue_begin(db, err) != 0)
        return -1;
    if (!db->queued_count || !db->queued[db->queued_count - 1].name)
        return 0;
    if (db->queued_count == DB_LATER_MAX)
        return db_flush(db, err);
    if (!PQpipelineSync(db->conn))
        return no_connection(db, "pipeline", err);
    db->queued[db->queued_count++] = (struct db_queued) { .name = NULL };
    return 0;
}

int db_later_raw(struct db *db, const struct stmt *stmt, int count, const char *const *values, const int *lengths,
                 const int *formats, struct err *err)
{
    struct db_queued queued = { .name = stmt->name };

    if (db_queue_begin(db, err) != 0)
        return -1;
    db->writes++;
    return db_queue(db, stmt, &queued, count, values, lengths, formats, err);
}

static int queue_args(struct db *db, const struct stmt *stmt, const struct db_queued *queued,
                      const struct db_args *args, struct err *err)
{
    if (db_queue_begin(db, err) != 0)
        return -1;
    return db_queue(db, stmt, queued, args ? args->count : 0, args ? args->values : NULL, args ? args->lengths : NULL,
                    args ? args->formats : NULL, err);
}

int db_query_later(struct db *db, const struct stmt *stmt, const struct db_args *args, struct db_rows *rows,
                   struct err *err)
{
    struct db_queued queued = { .name = stmt->name, .into = rows };

    *rows = (struct db_rows) { .result = NULL };
    db->writes += !db_writes_nothing(stmt);
    return queue_args(db, stmt, &queued, args, err);
}

int db_later(struct db *db, const struct stmt *stmt, const struct db_args *args, const char *fence, struct err *err)
{
    struct db_queued queued = { .name = stmt->name, .fence = fence };

    db->writes += !db_writes_nothing(stmt);
    return queue_args(db, stmt, &queued, args, err);
}

/* --- INSERTs out of a COPY's text -----------------------------------------------------------------------------------
 */

/* "COPY t (a, b) FROM STDIN (FORMAT binary)" -> "INSERT INTO t (a, b) VALUES ($1,$2),($3,$4)" */
static char *insert_text(const char *copy_sql, int columns, int rows)
{
    const char *from = copy_sql + strlen("COPY ");
    const char *to = strstr(copy_sql, " FROM STDIN");
    struct buf out = { 0 };

    buf_printf(&out, "INSERT INTO %.*s VALUES ", (int)(to - from), from);
    for (int i = 0; i < rows * columns; i++)
        buf_printf(&out, "%s$%d%s", i % columns ? "," : i ? ",(" : "(", i + 1, (i + 1) % columns ? "" : ")");
    (void)buf_text(&out);
    return (char *)out.data;
}

static const struct stmt *insert_of(struct db_insert *insert, int number, int rows)
{
    struct stmt *stmt = &insert->stmts[rows];
    char name[32];

    if (stmt->name)
        return stmt;
    snprintf(name, sizeof name, "copy_%d_rows_%d", number, rows);
    *stmt = (struct stmt) { strdup(name), insert_text(insert->copy_sql, insert->columns, rows) };
    if (!stmt->name)
        abort();
    return stmt;
}

const struct stmt *db_insert_stmt(struct db *db, const char *copy_sql, int columns, int rows)
{
    int i;

    for (i = 0; i < db->insert_count; i++)
        if (db->inserts[i].copy_sql == copy_sql && db->inserts[i].columns == columns)
            return insert_of(&db->inserts[i], i, rows);
    if (i == DB_INSERTS_MAX)
        return NULL;
    db->inserts[db->insert_count++] = (struct db_insert) { .copy_sql = copy_sql, .columns = columns };
    return insert_of(&db->inserts[i], i, rows);
}

void db_inserts_free(struct db *db)
{
    for (int i = 0; i < db->insert_count; i++)
        for (int j = 0; j <= DB_INSERT_ROWS; j++) {
            free((char *)(uintptr_t)db->inserts[i].stmts[j].name);
            free((char *)(uintptr_t)db->inserts[i].stmts[j].sql);
        }
    db->insert_count = 0;
}
