/* db: one PostgreSQL connection with named statements, binary parameters and COPY. Blocking; one thread at a time.
 *
 * Errors carry a class: ERR_UNAVAILABLE (connection gone, or SQLSTATE 08/57P0x/25006/40001/40P01/55P03/57014: roll
 * back, and try again; the outcome of a COMMIT is then unknown), ERR_CONFLICT with code "unique" (23505), ERR_INTERNAL
 * else. After any error inside a transaction the transaction is lost (or rolled back to a savepoint by the caller).
 */
#ifndef BIHUAN_DB_DB_H
#define BIHUAN_DB_DB_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

struct db;

/* A statement with a name: prepared on first use of each connection. Lives for ever (static). */
struct stmt {
    const char *name;
    const char *sql;
};

/* Opens a connection to `url` (libpq URI or keywords), with the failover settings (read-write target, keepalives,
 * tcp_user_timeout), search_path set to `schema`, and durability asserted: fsync, full_page_writes and
 * synchronous_commit must be on. */
int db_open(struct db **out, const char *url, const char *schema, bool read_only, struct err *err);
/* Closes and opens again with the same settings; prepared statements are forgotten. */
int db_reopen(struct db *db, struct err *err);
void db_close(struct db **db);
bool db_alive(const struct db *db);
const char *db_schema(const struct db *db);
PGconn *db_raw(struct db *db);

/* A transaction. Rows are found by index: statements are planned once, perhaps while a table is empty, and a plan that
 * reads all of it would stay for ever. db_scan() lifts that for one that does read a whole table. */
int db_begin(struct db *db, struct err *err);
int db_begin_read(struct db *db, struct err *err); /* repeatable read, read only */
int db_scan(struct db *db, bool on, struct err *err);
/* Counts the statements run so far that may have written: all prepared ones but SELECT, and every COPY in. */
uint64_t db_writes(const struct db *db);
/* What this connection has waited for since db_work_begin(): for the log of slow transactions. */
struct db_work {
    uint32_t statements;
    int64_t waited_us;
    int64_t slowest_us;
    const char *slowest; /* name of the statement that took longest, "begin", "commit", "copy" or "sql" */
};
void db_work_begin(struct db *db);
const struct db_work *db_work(const struct db *db);
/* With what still waits to be sent, in one round trip: the server commits only where all of that went well.
 * ERR_UNAVAILABLE: outcome unknown. */
int db_commit(struct db *db, struct err *err);
void db_rollback(struct db *db);
/* Sets the one savepoint here; the one before is given up with it, so that a run of them costs a round trip each. */
int db_savepoint(struct db *db, struct err *err);
int db_savepoint_rollback(struct db *db, struct err *err);

/* --- parameters ---------------------------------------------------------------------------------------------------
 * Built in order; texts, bytes and arrays are copied into the arena. At most DB_ARGS_MAX. */
#define DB_ARGS_MAX 24
struct db_args {
    struct arena *arena;
    int count;
    const char *values[DB_ARGS_MAX];
    int lengths[DB_ARGS_MAX];
    int formats[DB_ARGS_MAX];
};

void db_args_init(struct db_args *args, struct arena *arena);
void db_arg_bool(struct db_args *args, bool v);
void db_arg_i16(struct db_args *args, int16_t v);
void db_arg_i32(struct db_args *args, int32_t v);
void db_arg_i64(struct db_args *args, int64_t v);
void db_arg_date(struct db_args *args, int32_t day);      /* days since 1970-01-01; INT32_MAX is 'infinity' */
void db_arg_time(struct db_args *args, int64_t time_us);  /* microseconds since 1970-01-01 UTC; timestamptz */
void db_arg_text(struct db_args *args, const char *text); /* NULL is NULL */
void db_arg_bytes(struct db_args *args, const void *bytes, size_t len);
void db_arg_null(struct db_args *args);
void db_arg_i16_array(struct db_args *args, const int16_t *v, size_t count);
void db_arg_i32_array(struct db_args *args, const int32_t *v, size_t count);
void db_arg_i64_array(struct db_args *args, const int64_t *v, size_t count);
void db_arg_text_array(struct db_args *args, const char *const *v, size_t count);
void db_arg_date_array(struct db_args *args, const int32_t *v, size_t count);
void db_arg_time_array(struct db_args *args, const int64_t *v, size_t count); /* as db_arg_time(); 0 is NULL */
void db_arg_bytes_array(struct db_args *args, const struct buf *v, size_t count);

/* --- running ------------------------------------------------------------------------------------------------------
 * db_exec: for effect; *affected may be NULL. db_query: rows, in binary format; the result is freed by db_rows_fini.
 * args may be NULL. */
struct db_rows {
    PGresult *result;
    int count;
};
int db_exec(struct db *db, const struct stmt *stmt, const struct db_args *args, int64_t *affected, struct err *err);
/* For effect, later: the statement is sent with the next one that somebody waits for, so a row of writes costs one
 * round trip. What goes wrong is reported then (db_flush, or any other call), never as ERR_CONFLICT. Unless it is
 * rolled back to a savepoint before it, the transaction is lost and can't be committed, even where the error is passed
 * over. `fence` names what has moved where the statement divides by zero, which it does by design where it meets
 * another number than it should ("CASE WHEN seq = $2 THEN $3 ELSE $3 / (seq - seq) END"): that is ERR_FENCED. It is the
 * server that must find this out, since a COMMIT may travel right behind; and it can't be left to a condition, which
 * would touch no row in silence. NULL: no fence. */
int db_later(struct db *db, const struct stmt *stmt, const struct db_args *args, const char *fence, struct err *err);
/* Rows, later: they are in *rows once something was waited for (db_flush, or any other call that went well), and until
 * then it holds none. *rows must stay where it is until then; freed by db_rows_fini. */
int db_query_later(struct db *db, const struct stmt *stmt, const struct db_args *args, struct db_rows *rows,
                   struct err *err);
/* Sends what waits, and doesn't wait itself: the server works while the caller does. The answers come as if nothing had
 * been sent yet. */
int db_push(struct db *db, struct err *err);
/* Sends what waits, and looks at the answers. */
int db_flush(struct db *db, struct err *err);
int db_query(struct db *db, const struct stmt *stmt, const struct db_args *args, struct db_rows *rows, struct err *err);
void db_rows_fini(struct db_rows *rows);
/* Plain text SQL without parameters (migrations, session set-up). Several statements allowed. */
int db_run(struct db *db, const char *sql, struct err *err);

bool db_is_null(const struct db_rows *rows, int row, int col);
bool db_bool(const struct db_rows *rows, int row, int col);
int16_t db_i16(const struct db_rows *rows, int row, int col);
int32_t db_i32(const struct db_rows *rows, int row, int col); /* also reads int2 */
int64_t db_i64(const struct db_rows *rows, int row, int col); /* also reads int2 and int4 */
int32_t db_date(const struct db_rows *rows, int row, int col);
int64_t db_time(const struct db_rows *rows, int row, int col);
/* Borrowed until db_rows_fini; "" for NULL. */
const char *db_text(const struct db_rows *rows, int row, int col);
const uint8_t *db_bytes(const struct db_rows *rows, int row, int col, size_t *len);

/* --- COPY ... (FORMAT binary) -------------------------------------------------------------------------------------
 * In: copy_in_begin, then for each row copy_row and one copy_* per column in order, then copy_in_end. Rows are sent to
 * the server in pieces of about 64 kB while the caller encodes on. A handful of rows goes as an INSERT with db_later()
 * instead, which saves two round trips and the parsing: what is wrong with them shows with the next flush. */
struct copy_in {
    struct db *db;
    const char *sql;
    struct buf buf;
    uint64_t rows; /* as encoded so far */
    bool open;     /* COPY was begun on the server */
};
/* sql: "COPY fact (a, b) FROM STDIN (FORMAT binary)", a text that lives for ever. */
int copy_in_begin(struct copy_in *copy, struct db *db, const char *sql, struct err *err);
int copy_row(struct copy_in *copy, int columns, struct err *err); /* flushes now and then */
void copy_bool(struct copy_in *copy, bool v);
void copy_i16(struct copy_in *copy, int16_t v);
void copy_i32(struct copy_in *copy, int32_t v);
void copy_i64(struct copy_in *copy, int64_t v);
void copy_date(struct copy_in *copy, int32_t day);
void copy_time(struct copy_in *copy, int64_t time_us);
void copy_text(struct copy_in *copy, const char *text, size_t len);
void copy_bytes(struct copy_in *copy, const void *bytes, size_t len);
void copy_null(struct copy_in *copy);
void copy_i16_array(struct copy_in *copy, const int16_t *v, size_t count);
void copy_i64_array(struct copy_in *copy, const int64_t *v, size_t count);
/* Appends `count` rows that were encoded before, into the buf of a copy_in that was never begun: a row is
 * buf_put_be16(columns) and a copy_* per column. */
int copy_encoded(struct copy_in *copy, const struct buf *rows, uint64_t count, struct err *err);
/* Ends the COPY and checks its result; on error the transaction is lost. */
int copy_in_end(struct copy_in *copy, struct err *err);
/* Gives up (after a failure elsewhere); the transaction is lost. */
void copy_in_abort(struct copy_in *copy);

/* Out: calls row_cb for each row of "COPY (SELECT ...) TO STDOUT (FORMAT binary)". A negative return stops with -1. */
struct copy_cell {
    const uint8_t *bytes; /* NULL for NULL */
    int32_t len;
};
typedef int copy_row_cb(void *arg, const struct copy_cell *cells, int count, struct err *err);
int copy_out(struct db *db, const char *sql, copy_row_cb *row_cb, void *arg, uint64_t *rows, struct err *err);
int64_t copy_cell_int(const struct copy_cell *cell); /* int2, int4, int8 */
int32_t copy_cell_date(const struct copy_cell *cell);
int64_t copy_cell_time(const struct copy_cell *cell);
/* Elements of a one-dimensional int2/int8 array without NULLs: writes at most cap, returns the count, -1 if malformed.
 */
int copy_cell_ints(const struct copy_cell *cell, int64_t *out, int cap);

#endif
