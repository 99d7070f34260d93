/* pg: see pg.h. */
#include "support/pg.h"

#include <errno.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>
#include <grp.h>

#define BIN "/usr/lib/postgresql/15/bin/"

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

/* In a child: becomes the user postgres when we are root, since PostgreSQL refuses to run as root. */
static void drop_rights(void)
{
    const struct passwd *user;

    if (geteuid() != 0)
        return;
    user = getpwnam("postgres");
    if (!user || initgroups("postgres", user->pw_gid) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
        _exit(126);
}

static pid_t spawn(const char *log, char *const *argv)
{
    pid_t pid = fork();

    if (pid < 0)
        die("could not fork: %s", strerror(errno));
    if (pid == 0) {
        int fd;

        drop_rights();
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that is ended leaves nothing behind */
        fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (fd >= 0) {
            dup2(fd, 1);
            dup2(fd, 2);
        }
        setpgid(0, 0);
        execv(argv[0], argv);
        _exit(127);
    }
    return pid;
}

/* True when it accepts connections; false when it ended at once, as it does while children of a killed predecessor
 * still hold the shared memory. */
static bool try_postmaster(struct pg *pg)
{
    static const char *const measured[] = { "wal_compression=on", NULL };
    static const char *const quick[] = { "jit=off", NULL };
    const char *const *more = pg->measured ? measured : quick;
    char data[128];
    char log[128];
    char *argv[20] = { (char *)(uintptr_t)BIN "postgres",
                       (char *)(uintptr_t) "-D",
                       data,
                       (char *)(uintptr_t) "-k",
                       pg->dir,
                       (char *)(uintptr_t) "-c",
                       (char *)(uintptr_t) "listen_addresses=",
                       (char *)(uintptr_t) "-c",
                       (char *)(uintptr_t) "shared_buffers=256MB",
                       (char *)(uintptr_t) "-c",
                       (char *)(uintptr_t) "max_wal_size=4GB" };
    char url[256];

    for (int i = 11; *more; more++) {
        argv[i++] = (char *)(uintptr_t) "-c";
        argv[i++] = (char *)(uintptr_t)*more;
    }
    snprintf(data, sizeof data, "%s/data", pg->dir);
    snprintf(log, sizeof log, "%s/postgres.log", pg->dir);
    pg->pid = spawn(log, argv);
    snprintf(url, sizeof url, "host=%s user=postgres dbname=bihuan connect_timeout=2", pg->dir);
    for (int i = 0; i < 600; i++) {
        PGPing state = PQping(url);

        if (state == PQPING_OK)
            return true;
        if (waitpid(pg->pid, NULL, WNOHANG) == pg->pid)
            return false;
        usleep(50000);
    }
    die("PostgreSQL did not start in 30 s; see %s", log);
    return false;
}

static void start_postmaster(struct pg *pg)
{
    char lock[128];

    snprintf(lock, sizeof lock, "%s/data/postmaster.pid", pg->dir);
    for (int i = 0; i < 100; i++) {
        if (try_postmaster(pg))
            return;
        usleep(100000);
        unlink(lock);
    }
    die("PostgreSQL ends at its start; see %s/postgres.log", pg->dir);
}

static void run_sql(const char *url, const char *sql)
{
    PGconn *conn = PQconnectdb(url);
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        die("SQL failed: %s%s", PQerrorMessage(conn), sql);
    PQclear(result);
    PQfinish(conn);
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 65536);

    if (!file || !text)
        die("could not read %s", path);
    if (fread(text, 1, 65535, file) == 0)
        die("%s is empty", path);
    fclose(file);
    return text;
}

/* A cluster that was made before, kept for the tests that follow: a copy takes a tenth of the time. */
static bool copy_cluster(const char *from, const char *to)
{
    char command[1200];

    snprintf(command, sizeof command, "cp -a '%s' '%s' 2>/dev/null", from, to);
    return system(command) == 0;
}

/* For those who come later; several may do so at once, and one wins. */
static void keep_cluster(const char *data, const char *kept)
{
    char mine[600];
    char command[700];

    snprintf(mine, sizeof mine, "%s.%d", kept, (int)getpid());
    if (copy_cluster(data, mine) && rename(mine, kept) == 0)
        return;
    snprintf(command, sizeof command, "rm -rf '%s'", mine);
    if (system(command) != 0)
        fprintf(stderr, "could not remove %s\n", mine);
}

static void init_cluster(struct pg *pg, char *data)
{
    char log[128];
    char *argv[] = { (char *)(uintptr_t)BIN "initdb",
                     (char *)(uintptr_t) "-D",
                     data,
                     (char *)(uintptr_t) "-U",
                     (char *)(uintptr_t) "postgres",
                     (char *)(uintptr_t) "--no-sync",
                     (char *)(uintptr_t) "--locale=C.UTF-8",
                     (char *)(uintptr_t) "-E",
                     (char *)(uintptr_t) "UTF8",
                     (char *)(uintptr_t) "-A",
                     (char *)(uintptr_t) "trust",
                     NULL };
    int status;

    snprintf(log, sizeof log, "%s/initdb.log", pg->dir);
    if (waitpid(spawn(log, argv), &status, 0) < 0 || status != 0)
        die("initdb failed; see %s", log);
}

static void make_roles(const struct pg *pg)
{
    const char *source = getenv("BIHUAN_SOURCE");
    char path[512];
    char *roles;

    snprintf(path, sizeof path, "%s/deploy/roles.sql", source ? source : ".");
    roles = read_text(path);
    run_sql(pg->url, roles);
    free(roles);
}

/* The others are copies of the same catalogue, which nobody reads: three quarters of what would be copied each time. */
static void drop_others(const struct pg *pg)
{
    run_sql(pg->url, "UPDATE pg_database SET datistemplate = false");
    run_sql(pg->url, "DROP DATABASE postgres");
    run_sql(pg->url, "DROP DATABASE template0");
    run_sql(pg->url, "DROP DATABASE template1");
}

/* Leaves a running cluster with the data base bihuan alone, and roles and schemas in it. */
static void make_cluster(struct pg *pg, char *data, const char *kept)
{
    char url[256];

    init_cluster(pg, data);
    start_postmaster(pg);
    snprintf(url, sizeof url, "host=%s user=postgres dbname=postgres", pg->dir);
    run_sql(url, "CREATE DATABASE bihuan STRATEGY file_copy");
    make_roles(pg);
    drop_others(pg);
    if (!kept)
        return;
    kill(pg->pid, SIGINT); /* ends in order: a copy of files that are written to would be worth nothing */
    waitpid(pg->pid, NULL, 0);
    keep_cluster(data, kept);
    start_postmaster(pg);
}

void pg_start_measured(struct pg *pg, bool measured)
{
    const char *kept = getenv("BIHUAN_TEST_CLUSTER");
    char data[128];

    pg->measured = measured;
    snprintf(pg->dir, sizeof pg->dir, "/tmp/bihuan-test-XXXXXX");
    if (!mkdtemp(pg->dir))
        die("could not make a temporary folder: %s", strerror(errno));
    if (geteuid() == 0) {
        const struct passwd *user = getpwnam("postgres");

        if (!user || chown(pg->dir, user->pw_uid, user->pw_gid) != 0)
            die("there is no user postgres: install postgresql-15");
    }
    snprintf(data, sizeof data, "%s/data", pg->dir);
    snprintf(pg->url, sizeof pg->url, "host=%s user=postgres dbname=bihuan", pg->dir);
    if (!kept || access(kept, F_OK) != 0) {
        make_cluster(pg, data, kept);
        return;
    }
    if (!copy_cluster(kept, data))
        die("could not copy %s to %s", kept, data);
    start_postmaster(pg);
}

void pg_start(struct pg *pg)
{
    pg_start_measured(pg, false);
}

/* --- asking ----------------------------------------------------------------------------------------------------------
 * Tests ask again and again until something came, and a new connection costs PostgreSQL more than most questions: one
 * stays open, for one cluster and one thread at a time. Others, and a child after fork, open their own. */

static struct {
    pthread_mutex_t lock;
    PGconn *conn;
    char dir[64];
    pid_t owner;
} kept_conn = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* With the lock. */
static void drop_kept_conn(void)
{
    if (kept_conn.owner == getpid()) /* of a parent's connection nothing may be touched */
        PQfinish(kept_conn.conn);
    kept_conn.conn = NULL;
}

static PGconn *take_conn(const struct pg *pg, bool *kept)
{
    *kept = pthread_mutex_trylock(&kept_conn.lock) == 0;
    if (!*kept)
        return PQconnectdb(pg->url);
    if (kept_conn.conn && (kept_conn.owner != getpid() || strcmp(kept_conn.dir, pg->dir) != 0))
        drop_kept_conn();
    if (!kept_conn.conn) {
        kept_conn.conn = PQconnectdb(pg->url);
        kept_conn.owner = getpid();
        snprintf(kept_conn.dir, sizeof kept_conn.dir, "%s", pg->dir);
    }
    return kept_conn.conn;
}

/* What a statement set or left open doesn't reach the next one. */
static void give_conn(PGconn *conn, bool kept, const char *sql)
{
    if (!kept) {
        PQfinish(conn);
        return;
    }
    if (strstr(sql, "SET ") || PQtransactionStatus(conn) != PQTRANS_IDLE)
        drop_kept_conn();
    pthread_mutex_unlock(&kept_conn.lock);
}

static void forget_conn(const struct pg *pg)
{
    pthread_mutex_lock(&kept_conn.lock);
    if (kept_conn.conn && strcmp(kept_conn.dir, pg->dir) == 0)
        drop_kept_conn();
    pthread_mutex_unlock(&kept_conn.lock);
}

/* --- ending and coming back -------------------------------------------------------------------------------------- */

void pg_kill(struct pg *pg)
{
    forget_conn(pg);
    kill(pg->pid, SIGKILL);
    waitpid(pg->pid, NULL, 0);
    /* The backends notice that the postmaster died and end by themselves; a new one waits for them. */
}

void pg_run_again(struct pg *pg)
{
    char lock[128];

    /* A crashed postmaster leaves its lock file; the next one takes it over unless the pid was reused meanwhile. */
    snprintf(lock, sizeof lock, "%s/data/postmaster.pid", pg->dir);
    unlink(lock);
    start_postmaster(pg);
}

void pg_stop(struct pg *pg)
{
    char command[256];

    forget_conn(pg);
    kill(pg->pid, SIGQUIT);
    waitpid(pg->pid, NULL, 0);
    if (getenv("BIHUAN_TEST_KEEP")) { /* to look at the log afterwards */
        fprintf(stderr, "kept: %s\n", pg->dir);
        return;
    }
    snprintf(command, sizeof command, "rm -rf '%s'", pg->dir);
    if (system(command) != 0)
        fprintf(stderr, "could not remove %s\n", pg->dir);
}

const char *pg_url(const struct pg *pg, const char *service, char *out, size_t cap)
{
    if (service[0])
        snprintf(out, cap, "host=%s user=bihuan_%s dbname=bihuan", pg->dir, service);
    else
        snprintf(out, cap, "%s", pg->url);
    return out;
}

char *pg_value(const struct pg *pg, const char *sql)
{
    bool kept;
    PGconn *conn = take_conn(pg, &kept);
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    char *out = NULL;

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        die("SQL failed: %s%s", PQerrorMessage(conn), sql);
    if (PQntuples(result) > 0 && !PQgetisnull(result, 0, 0))
        out = strdup(PQgetvalue(result, 0, 0));
    PQclear(result);
    give_conn(conn, kept, sql);
    return out;
}

long pg_number(const struct pg *pg, const char *sql)
{
    char *text = pg_value(pg, sql);
    long out = text ? strtol(text, NULL, 10) : 0;

    free(text);
    return out;
}
