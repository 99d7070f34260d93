/* db: connection, transactions, statements. See db.h. */
#include "db/db.h"

#include "db/db_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* SQLSTATEs after which the same work may succeed later: connection lost, shutting down, read-only standby,
 * serialization failure, deadlock, lock or statement timeout, object in use. */
static bool is_transient(const char *sqlstate)
{
    static const char *const prefixes[] = { "08", "57P0", "25006", "25P03", "40001", "40P01", "55P03", "57014", "53" };

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(sqlstate, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

int db_fail(struct db *db, const PGresult *result, const char *what, struct err *err)
{
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *message = result ? PQresultErrorMessage(result) : PQerrorMessage(db->conn);
    char line[300];
    size_t n;

    snprintf(line, sizeof line, "%s", message ? message : "");
    for (n = strlen(line); n > 0 && (line[n - 1] == '\n' || line[n - 1] == ' '); n--)
        line[n - 1] = 0;
    for (char *p = line; *p; p++)
        if (*p == '\n')
            *p = ' ';
    if (PQstatus(db->conn) == CONNECTION_BAD || (sqlstate && is_transient(sqlstate)) || (!sqlstate && result))
        return err_fail(err, ERR_UNAVAILABLE, "database", "%s: %s", what, line[0] ? line : "connection lost");
    if (sqlstate && strcmp(sqlstate, "23505") == 0)
        return err_fail(err, ERR_CONFLICT, "unique", "%s: %s", what, line);
    return err_fail(err, ERR_INTERNAL, sqlstate ? sqlstate : "database", "%s: %s", what, line);
}

static int check_durability(struct db *db, struct err *err)
{
    static const char SQL[] = "SELECT current_setting('fsync'), current_setting('full_page_writes'),"
                              " current_setting('synchronous_commit')";
    static const char *const names[] = { "fsync", "full_page_writes", "synchronous_commit" };
    PGresult *result = PQexec(db->conn, SQL);
    int rc = 0;

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        rc = db_fail(db, result, "could not read the durability settings", err);
    for (int i = 0; rc == 0 && i < 3; i++)
        if (strcmp(PQgetvalue(result, 0, i), "off") == 0)
            rc = err_set(err, "PostgreSQL runs with %s = off, which can lose what was acknowledged; turn it on",
                         names[i]);
    PQclear(result);
    return rc;
}

/* A writer that stands still in the middle of a transaction keeps its locks from whoever takes over: for little longer
 * than its lease. */
static int session_init(struct db *db, struct err *err)
{
    char sql[512];

    snprintf(sql, sizeof sql,
             "SET search_path TO %s; SET timezone TO 'UTC'; SET datestyle TO 'ISO';"
             " SET idle_in_transaction_session_timeout TO '12s'; SET client_min_messages TO warning;"
             " SET tcp_keepalives_idle TO 5; SET tcp_keepalives_interval TO 2; SET tcp_keepalives_count TO 3;"
             " SET default_transaction_read_only TO %s; SET jit TO off; SET enable_seqscan TO off",
             db->schema, db->read_only ? "on" : "off");
    if (db_run(db, sql, err) != 0)
        return -1;
    return db->read_only ? 0 : check_durability(db, err);
}

static void forget_transaction(struct db *db)
{
    db->savepoint = false;
    db->savepoint_at = -1;
    db->lost = false;
    db->spoiled = false;
}

static int connect_now(struct db *db, struct err *err)
{
    /* The url comes last, so that what it says overrides these. */
    const char *const keys[] = {
        "connect_timeout",      "keepalives_idle", "keepalives_interval",       "keepalives_count", "tcp_user_timeout",
        "target_session_attrs", "client_encoding", "fallback_application_name", "dbname",           NULL
    };
    const char *const values[] = { "2",    "5",      "2",     "3", "9000", db->read_only ? "any" : "read-write",
                                   "UTF8", "bihuan", db->url, NULL };

    db->conn = PQconnectdbParams(keys, values, 1);
    if (!db->conn)
        abort();
    memset(db->prepared, 0, sizeof db->prepared);
    db->queued_count = 0;
    db->queued_len = 0;
    db->begin = NULL;
    db->broken = false;
    db->copying = false;
    forget_transaction(db);
    if (PQstatus(db->conn) != CONNECTION_OK)
        return db_fail(db, NULL, "could not connect to PostgreSQL", err);
    return session_init(db, err);
}

int db_open(struct db **out, const char *url, const char *schema, bool read_only, struct err *err)
{
    struct db *db = calloc(1, sizeof *db);

    if (!db || !(db->url = strdup(url)) || !(db->schema = strdup(schema)))
        abort();
    db->read_only = read_only;
    if (connect_now(db, err) != 0) {
        db_close(&db);
        return -1;
    }
    *out = db;
    return 0;
}

int db_reopen(struct db *db, struct err *err)
{
    PQfinish(db->conn);
    db->conn = NULL;
    return connect_now(db, err);
}

void db_close(struct db **db)
{
    if (!db || !*db)
        return;
    PQfinish((*db)->conn);
    db_inserts_free(*db);
    free((*db)->url);
    free((*db)->schema);
    free(*db);
    *db = NULL;
}

bool db_alive(const struct db *db)
{
    return db->conn && !db->broken && PQstatus(db->conn) == CONNECTION_OK;
}

const char *db_schema(const struct db *db)
{
    return db->schema;
}

PGconn *db_raw(struct db *db)
{
    return db->conn;
}

int64_t db_wait_begin(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

void db_wait_end(struct db *db, const char *name, int64_t begin_us)
{
    struct db_work *work = &db->work;
    int64_t us = db_wait_begin() - begin_us;

    work->statements++;
    work->waited_us += us;
    if (us >= work->slowest_us) {
        work->slowest_us = us;
        work->slowest = name;
    }
}

void db_work_begin(struct db *db)
{
    db->work = (struct db_work) { .slowest = "" };
}

const struct db_work *db_work(const struct db *db)
{
    return &db->work;
}

static int run_named(struct db *db, const char *name, const char *sql, struct err *err)
{
    int64_t begin = db_wait_begin();
    PGresult *result = PQexec(db->conn, sql);
    ExecStatusType status = PQresultStatus(result);
    int rc = 0;

    db_wait_end(db, name, begin);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        rc = db_fail(db, result, "could not run SQL", err);
    PQclear(result);
    return rc;
}

int db_run(struct db *db, const char *sql, struct err *err)
{
    return db_flush(db, err) != 0 ? -1 : run_named(db, "sql", sql, err);
}

/* --- transactions ----------------------------------------------------------------------------------------------------
 */

static const struct stmt BEGIN = { "begin", "BEGIN" };
static const struct stmt BEGIN_READ = { "begin_read", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" };
static const struct stmt COMMIT = { "commit", "COMMIT" };
static const struct stmt SCAN = { "scan", "SET LOCAL enable_seqscan = on" };
static const struct stmt NO_SCAN = { "no_scan", "SET LOCAL enable_seqscan = off" };
static const struct stmt SAVEPOINT = { "savepoint", "SAVEPOINT s" };
static const struct stmt RELEASE = { "release", "RELEASE SAVEPOINT s" };

static int begin(struct db *db, const struct stmt *stmt, struct err *err)
{
    if (db_flush(db, err) != 0)
        return -1;
    forget_transaction(db);
    db->begin = stmt;
    return 0;
}

int db_begin(struct db *db, struct err *err)
{
    return begin(db, &BEGIN, err);
}

int db_begin_read(struct db *db, struct err *err)
{
    return begin(db, &BEGIN_READ, err);
}

bool db_writes_nothing(const struct stmt *stmt)
{
    return strncmp(stmt->sql, "SELECT", 6) == 0;
}

uint64_t db_writes(const struct db *db)
{
    return db->writes;
}

int db_scan(struct db *db, bool on, struct err *err)
{
    return db_queue_plain(db, on ? &SCAN : &NO_SCAN, err);
}

/* A failure that was told once may have been passed over: it isn't kept all the same. */
static int check_whole(const struct db *db, struct err *err)
{
    return db->lost || db->spoiled ? err_set(err, "the transaction is lost: a statement in it failed before") : 0;
}

void db_rollback(struct db *db)
{
    db->begin = NULL;
    if (!db_alive(db))
        return;
    (void)db_flush(db, NULL); /* whatever waits ends with the rest */
    if (PQpipelineStatus(db->conn) != PQ_PIPELINE_OFF)
        db->broken = true;
    if (db_alive(db) && PQtransactionStatus(db->conn) != PQTRANS_IDLE)
        (void)run_named(db, "rollback", "ROLLBACK", NULL);
    forget_transaction(db);
}

int db_savepoint(struct db *db, struct err *err)
{
    if (check_whole(db, err) != 0 || (db->savepoint && db_queue_plain(db, &RELEASE, err) != 0) ||
        db_queue_plain(db, &SAVEPOINT, err) != 0)
        return -1;
    db->savepoint = true;
    db->savepoint_at = db->queued_count - 1; /* -1 where the queue was flushed behind it */
    return 0;
}

int db_savepoint_rollback(struct db *db, struct err *err)
{
    /* What waits behind the savepoint is undone whether it failed or not. */
    if (PQtransactionStatus(db->conn) != PQTRANS_INERROR && db_flush(db, err) != 0 && (db->lost || !db_alive(db)))
        return -1;
    if (db->lost)
        return check_whole(db, err);
    err_clear(err);
    db->savepoint = false;
    db->spoiled = false;
    return run_named(db, "savepoint", "ROLLBACK TO SAVEPOINT s; RELEASE SAVEPOINT s", err);
}

int db_prepare(struct db *db, const struct stmt *stmt, int arg_count, struct err *err)
{
    size_t slot = ((uintptr_t)stmt >> 4) % DB_PREPARED_MAX;
    PGresult *result;
    int rc = 0;

    for (size_t n = 0; db->prepared[slot]; n++) {
        if (db->prepared[slot] == stmt)
            return 0;
        if (n == DB_PREPARED_MAX)
            return err_set(err, "more than %d prepared statements", DB_PREPARED_MAX);
        slot = (slot + 1) % DB_PREPARED_MAX;
    }
    if (db->queued_count && db_flush(db, err) != 0)
        return -1;
    result = PQprepare(db->conn, stmt->name, stmt->sql, arg_count, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        rc = db_fail(db, result, stmt->name, err);
    else
        db->prepared[slot] = stmt;
    PQclear(result);
    return rc;
}

/* With what waits in the queue, in one round trip. */
static PGresult *run_queued(struct db *db, const struct stmt *stmt, const struct db_args *args, struct err *err)
{
    PGresult *result = NULL;

    if (db_send(db, stmt, args ? args->count : 0, args ? args->values : NULL, args ? args->lengths : NULL,
                args ? args->formats : NULL, err) != 0)
        return NULL;
    if (!PQpipelineSync(db->conn)) {
        db->broken = true;
        db_fail(db, NULL, stmt->name, err);
        return NULL;
    }
    return db_collect(db, stmt->name, &result, err) == 0 ? result : NULL;
}

static PGresult *run_alone(struct db *db, const struct stmt *stmt, const struct db_args *args, struct err *err)
{
    PGresult *result = PQexecPrepared(db->conn, stmt->name, args ? args->count : 0, args ? args->values : NULL,
                                      args ? args->lengths : NULL, args ? args->formats : NULL, 1);
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return result;
    db_fail(db, result, stmt->name, err);
    PQclear(result);
    return NULL;
}

int db_commit(struct db *db, struct err *err)
{
    PGresult *result;
    int64_t begin_us;
    int rc;

    if (db->begin) { /* nothing followed it */
        db->begin = NULL;
        return 0;
    }
    if (check_whole(db, err) != 0 || db_prepare(db, &COMMIT, 0, err) != 0)
        return -1;
    begin_us = db_wait_begin();
    result = db->queued_count ? run_queued(db, &COMMIT, NULL, err) : run_alone(db, &COMMIT, NULL, err);
    db_wait_end(db, "commit", begin_us);
    if (!result)
        return err_prefix(err, "could not commit");
    rc = strcmp(PQcmdStatus(result), "COMMIT") == 0 /* else the transaction had failed: PostgreSQL answers ROLLBACK */
             ? 0
             : err_set(err, "could not commit: the transaction had failed before");
    PQclear(result);
    return rc;
}

static PGresult *run_prepared(struct db *db, const struct stmt *stmt, const struct db_args *args, struct err *err)
{
    PGresult *result;
    int64_t begin_us;

    if (db_check_free(db, stmt->name, err) != 0 || db_queue_begin(db, err) != 0 ||
        db_prepare(db, stmt, args ? args->count : 0, err) != 0)
        return NULL;
    db->writes += !db_writes_nothing(stmt);
    begin_us = db_wait_begin();
    result = db->queued_count ? run_queued(db, stmt, args, err) : run_alone(db, stmt, args, err);
    db_wait_end(db, stmt->name, begin_us);
    return result;
}

int db_exec(struct db *db, const struct stmt *stmt, const struct db_args *args, int64_t *affected, struct err *err)
{
    PGresult *result = run_prepared(db, stmt, args, err);

    if (!result)
        return -1;
    if (affected)
        *affected = strtoll(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return 0;
}

int db_query(struct db *db, const struct stmt *stmt, const struct db_args *args, struct db_rows *rows, struct err *err)
{
    PGresult *result = run_prepared(db, stmt, args, err);

    *rows = (struct db_rows) { .result = NULL };
    if (!result)
        return -1;
    *rows = (struct db_rows) { .result = result, .count = PQntuples(result) };
    return 0;
}

void db_rows_fini(struct db_rows *rows)
{
    PQclear(rows->result);
    *rows = (struct db_rows) { .result = NULL };
}
