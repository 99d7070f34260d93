/* yardstick: what PostgreSQL alone takes for the same, measured in the same run: a figure as a ratio to it holds on any
 * machine. Each ends the bench where the data base refuses. */
#ifndef BIHUAN_TESTS_BENCH_YARDSTICK_H
#define BIHUAN_TESTS_BENCH_YARDSTICK_H

#include <libpq-fe.h>

/* Seconds of raw binary COPY of a table's rows, made before, into an empty twin with the same keys; `dir`: a folder
 * that the server may write to. */
double yardstick_copy(PGconn *conn, const char *dir, const char *table);
/* Seconds of a query that comes to the same by plain SQL. */
double yardstick_query(PGconn *conn, const char *sql);
/* Milliseconds of an insert of one row with its commit, the median of some hundred. */
double yardstick_commit_ms(PGconn *conn);

#endif
