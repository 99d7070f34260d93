/* yardstick: see yardstick.h. */
#include "bench/yardstick.h"

#include "bench/judge.h"
#include "bench/scene.h"
#include "runtime/clock.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define COMMITS 300

static void run(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);

    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
        fprintf(stderr, "%s: %s\n", sql, PQerrorMessage(conn));
        exit(1);
    }
    PQclear(result);
}

double yardstick_query(PGconn *conn, const char *sql)
{
    int64_t begin = clock_monotonic_us();

    run(conn, sql);
    return judge_seconds(begin);
}

double yardstick_copy(PGconn *conn, const char *dir, const char *table)
{
    char sql[400];
    double seconds;

    snprintf(sql, sizeof sql, "COPY (SELECT * FROM %s) TO '%s/rows' (FORMAT binary)", table, dir);
    run(conn, sql);
    snprintf(sql, sizeof sql, "CREATE TABLE twin (LIKE %s INCLUDING ALL)", table);
    run(conn, sql);
    snprintf(sql, sizeof sql, "COPY twin FROM '%s/rows' (FORMAT binary)", dir);
    seconds = yardstick_query(conn, sql);
    run(conn, "DROP TABLE twin");
    return seconds;
}

double yardstick_commit_ms(PGconn *conn)
{
    static double ms[COMMITS];

    run(conn, "CREATE TABLE IF NOT EXISTS small (n integer)");
    for (int i = 0; i < COMMITS; i++)
        ms[i] = yardstick_query(conn, "INSERT INTO small VALUES (1)") * 1e3;
    return scene_median(ms, COMMITS);
}
