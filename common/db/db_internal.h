/* db_internal: what the files of this room share. */
#ifndef BIHUAN_DB_DB_INTERNAL_H
#define BIHUAN_DB_DB_INTERNAL_H

#include "db/db.h"

/* PostgreSQL counts days and microseconds from 2000-01-01. */
#define PG_EPOCH_DAYS 10957
#define PG_EPOCH_US   (INT64_C(946684800) * 1000000)

#define DB_PREPARED_MAX 512

struct db {
    PGconn *conn;
    char *url;
    char *schema;
    bool read_only;
    const struct stmt *prepared[DB_PREPARED_MAX]; /* open addressing by pointer */
    bool savepoint;                               /* one is set */
    uint64_t writes;                              /* statements that may have written */
    struct db_work work;
};

/* Fills *err from a failed result (or from the connection when result is NULL). Returns -1. */
int db_fail(struct db *db, const PGresult *result, const char *what, struct err *err);

/* A wait for the server: from db_wait_begin(), the time, to db_wait_end(), which adds it to the connection's work. */
int64_t db_wait_begin(void);
void db_wait_end(struct db *db, const char *name, int64_t begin_us);

#endif
