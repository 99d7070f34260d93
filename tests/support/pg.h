/* pg: a PostgreSQL of the test's own: temporary folder, Unix socket only, run as a non-root user. */
#ifndef BIHUAN_TESTS_SUPPORT_PG_H
#define BIHUAN_TESTS_SUPPORT_PG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct pg {
    char dir[64];  /* temporary folder; "data" and the socket below */
    char url[256]; /* superuser, data base bihuan */
    pid_t pid;
    bool measured; /* see pg_start_measured */
};

/* Makes a cluster with the data base "bihuan", the services' roles and schemas and nothing else, and starts it. Ends
 * the test program with a message when PostgreSQL isn't installed or doesn't start. Nothing is translated
 * by LLVM (jit=off), which takes longer than it saves with a test's few rows; the daemons refuse fsync=off. */
void pg_start(struct pg *pg);
/* measured: for what is timed, with the settings of an installation. */
void pg_start_measured(struct pg *pg, bool measured);
void pg_stop(struct pg *pg);      /* and removes the folder */
void pg_kill(struct pg *pg);      /* kill -9 of the postmaster and its children, as a crash */
void pg_run_again(struct pg *pg); /* after pg_kill */
/* Connection of a service's role; "" is the superuser. Returns out. */
const char *pg_url(const struct pg *pg, const char *service, char *out, size_t cap);
/* Runs SQL as superuser; the first column of the first row as text (caller frees), NULL where there is none. */
char *pg_value(const struct pg *pg, const char *sql);
long pg_number(const struct pg *pg, const char *sql);

#endif
