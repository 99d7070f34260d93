/* judge: see judge.h. */
#include "bench/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/clock.h"

double judge_seconds(int64_t begin)
{
    return (double)(clock_monotonic_us() - begin) / 1e6;
}

static void run(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);

    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
        fprintf(stderr, "%s: %s\n", sql, PQerrorMessage(conn));
        exit(1);
    }
    PQclear(result);
}

void judge_machine(struct judge *judge, PGconn *conn, double there)
{
    double worked;
    int64_t begin;

    run(conn, "SET max_parallel_workers_per_gather = 0");
    worked = judge_worked(PQbackendPID(conn));
    begin = clock_monotonic_us();
    run(conn, "SELECT count(*) FROM (SELECT unit_id, sender, record_key, sum(octet_length(contributions))"
              " FROM incentive.credit GROUP BY 1, 2, 3) x");
    judge->sum = judge_seconds(begin);
    worked = judge_worked(PQbackendPID(conn)) - worked;
    judge->slower = judge->sum > there ? judge->sum / there : 1;
    printf(
        "plain SQL sum of the same credits by payee and record: %.2f s by the clock, %.2f s of a processor; %.2f s on "
        "the machine of the targets\n",
        judge->sum, worked, there);
}

void judge_exact(struct judge *judge, const char *what, uint64_t is, uint64_t want)
{
    if (is == want)
        return;
    printf("WRONG: %s: %llu, not %llu\n", what, (unsigned long long)is, (unsigned long long)want);
    judge->missed++;
}

static void judge_at(struct judge *judge, const char *what, double is, double target, double limit)
{
    if (judge->smoke || is <= limit)
        return;
    printf("MISSED: %s: %.2f, target %.2f (judged at %.2f)\n", what, is, target, limit);
    judge->missed++;
}

void judge_time(struct judge *judge, const char *what, double is, double target)
{
    judge_at(judge, what, is, target, target * JUDGE_CLEARLY * judge->slower);
}

double judge_worked(int pid)
{
    char path[64], line[1024] = "", *rest;
    unsigned long user = 0, kernel = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    file = fopen(path, "r");
    if (file && fgets(line, sizeof line, file) && (rest = strrchr(line, ')')))
        (void)sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel);
    if (file)
        fclose(file);
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

long judge_status_mb(int pid, const char *field)
{
    char path[64], line[256];
    long kb = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", pid);
    file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0)
            kb = strtol(line + strlen(field), NULL, 10);
    if (file)
        fclose(file);
    return kb / 1024;
}

void judge_memory(struct judge *judge, const char *when, int pid, double target_mb)
{
    long most = judge_status_mb(pid, "VmHWM:");

    printf("memory %s: %ld MB, at most so far %ld MB (target below %.0f)\n", when, judge_status_mb(pid, "VmRSS:"), most,
           target_mb);
    judge_at(judge, "memory, MB", (double)most, target_mb, target_mb);
}
