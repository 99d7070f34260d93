/* judge: how the benches of incentive hold what they measured against the targets, and what they ask of processes.
 *
 * A target holds for a machine like the one it was set on, with nothing else to do. So beside the figures a plain SQL
 * sum over the same credits is measured, by the clock: as many times longer as it takes than it does there, so much
 * slower is the machine now, and so much later a time is judged as missed. What it takes there was measured once for
 * each bench: its seconds of a processor, which are those of the clock where nothing else runs.
 */
#ifndef BIHUAN_TESTS_BENCH_JUDGE_H
#define BIHUAN_TESTS_BENCH_JUDGE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#define JUDGE_CLEARLY 1.25 /* a target is missed when it is exceeded by more than a quarter */

struct judge {
    bool smoke;    /* times and memory aren't judged, what came out is */
    double sum;    /* seconds of the plain sum */
    double slower; /* than the machine of the targets; at least 1 */
    int missed;
};

/* Seconds since a moment of clock_monotonic_us(). */
double judge_seconds(int64_t begin);
/* Measures the plain sum over the credits that are there, and how slow the machine is; `there`: the seconds that it
 * takes on the machine of the targets. */
void judge_machine(struct judge *judge, PGconn *conn, double there);

/* What must be just so. */
void judge_exact(struct judge *judge, const char *what, uint64_t is, uint64_t want);
/* A time against its target; on a slower machine later. */
void judge_time(struct judge *judge, const char *what, double is, double target);
/* The most memory that a process ever had resident, told and judged. */
void judge_memory(struct judge *judge, const char *when, int pid, double target_mb);

/* What a process has worked so far, in seconds of a processor. */
double judge_worked(int pid);
/* A figure of /proc/PID/status ("VmRSS:") in MB. */
long judge_status_mb(int pid, const char *field);

#endif
