/* db_internal: what the files of this room share. */
#ifndef BIHUAN_DB_DB_INTERNAL_H
#define BIHUAN_DB_DB_INTERNAL_H

#include "db/db.h"

/* PostgreSQL counts days and microseconds from 2000-01-01. */
#define PG_EPOCH_DAYS 10957
#define PG_EPOCH_US   (INT64_C(946684800) * 1000000)

#define DB_PREPARED_MAX 1024
#define DB_LATER_MAX    64 /* statements that wait to be sent */
#define DB_INSERTS_MAX  16 /* tables that take a handful of rows */
#define DB_INSERT_ROWS  31 /* ... that many, by one statement for each number of rows */

/* A statement that was queued. */
struct db_queued {
    const char *name;     /* NULL: a sync point (db_push) */
    const char *fence;    /* what has moved where it divides by zero; NULL: it's no fence */
    struct db_rows *into; /* where its rows go; NULL: it has none that matter */
};

/* INSERTs made from a COPY's text, by the number of rows. */
struct db_insert {
    const char *copy_sql;
    int columns;
    struct stmt stmts[DB_INSERT_ROWS + 1]; /* by number of rows; made when first needed */
};

struct db {
    PGconn *conn;
    char *url;
    char *schema;
    bool read_only;
    bool broken;              /* libpq lost its place in a pipeline: open again */
    bool savepoint;           /* one is set */
    int savepoint_at;         /* where in the queue; -1: the server has it already */
    bool lost;                /* something queued before the savepoint failed: nothing of the transaction may be kept */
    bool spoiled;             /* ... behind it: nothing may be kept before it is rolled back to */
    bool copying;             /* a COPY in is open */
    const struct stmt *begin; /* a transaction was begun, and nothing has followed yet */
    const struct stmt *prepared[DB_PREPARED_MAX]; /* open addressing by pointer */
    struct db_queued queued[DB_LATER_MAX];        /* sent, not answered yet */
    int queued_count;
    size_t queued_len; /* bytes of their parameters */
    struct db_insert inserts[DB_INSERTS_MAX];
    int insert_count;
    uint64_t writes; /* statements that may have written */
    struct db_work work;
};

/* Fills *err from a failed result (or from the connection when result is NULL). Returns -1. */
int db_fail(struct db *db, const PGresult *result, const char *what, struct err *err);

bool db_writes_nothing(const struct stmt *stmt);

/* Prepares the statement on first use of the connection; flushes the queue before it does. */
int db_prepare(struct db *db, const struct stmt *stmt, int arg_count, struct err *err);

/* later.c. Nothing else can be sent while a COPY is open. */
int db_check_free(const struct db *db, const char *what, struct err *err);
/* Into the pipeline, and into the queue of what waits for an answer; the BEGIN that was kept back. */
int db_send(struct db *db, const struct stmt *stmt, int count, const char *const *values, const int *lengths,
            const int *formats, struct err *err);
int db_queue(struct db *db, const struct stmt *stmt, const struct db_queued *queued, int count,
             const char *const *values, const int *lengths, const int *formats, struct err *err);
int db_queue_plain(struct db *db, const struct stmt *stmt, struct err *err);
int db_queue_begin(struct db *db, struct err *err);
/* After PQpipelineSync: the answers of the queue, and, where `own` names a statement sent behind it, its result. Leaves
 * pipeline mode. */
int db_collect(struct db *db, const char *own, PGresult **out, struct err *err);
/* As db_later(), with parameters in binary format. */
int db_later_raw(struct db *db, const struct stmt *stmt, int count, const char *const *values, const int *lengths,
                 const int *formats, struct err *err);
/* The INSERT of `rows` rows that does what `copy_sql` does, as long-lived as the connection; NULL: too many
 * tables. */
const struct stmt *db_insert_stmt(struct db *db, const char *copy_sql, int columns, int rows);
void db_inserts_free(struct db *db);

/* A wait for the server: from db_wait_begin(), the time, to db_wait_end(), which adds it to the connection's work. */
int64_t db_wait_begin(void);
void db_wait_end(struct db *db, const char *name, int64_t begin_us);

#endif
