/* scene: what the benches measure on: real daemons with an organisation, a plan, measures and a feed of orders; files
 * of made orders, and raw binary COPY of the same rows into a twin of the table of facts as the yardstick. */
#ifndef BIHUAN_TESTS_BENCH_SCENE_H
#define BIHUAN_TESTS_BENCH_SCENE_H

#include "support/stack.h"

#include <libpq-fe.h>

#define SCENE_UNITS    3000 /* outlets */
#define SCENE_PRODUCTS 40
#define SCENE_ROUNDS   9                                 /* at most */
#define SCENE_HEADER   "id,when,shop,what,n,money,who\n" /* of its feed's files */

struct scene {
    struct stack stack;
    PGconn *conn; /* superuser; kept open, so that looking costs little */
    const char *const *services;
    bool smoke;
    bool shuffled;    /* random keys instead of ascending ones */
    bool distinct;    /* one more measure: each customer once a month in a city */
    int repeated_ppm; /* of the rows of a file: records that came before */
    long next;        /* number of the next new order */
    int missed;       /* targets, so far */
};

/* Takes --smoke, --random and --distinct from the arguments; returns the first number among them, else `rows` or
 * `smoke_rows`. */
long scene_arguments(struct scene *scene, int argc, char **argv, long rows, long smoke_rows);

/* Starts planning, feedback and the further services (NULL-terminated), and applies everything. */
void scene_start(struct scene *scene, const char *const *further);
void scene_stop(struct scene *scene);

long scene_number(struct scene *scene, const char *sql);
void scene_run(struct scene *scene, const char *sql);

/* Writes one CSV line of order `number` into `out`; returns its length. Off price when `off`. */
int scene_order(char *out, size_t cap, const struct scene *scene, long number, long outlet, bool off);

/* A file of `rows` orders through the inbox until feedback says it's loaded: seconds. */
double scene_load(struct scene *scene, const char *name, long rows);
/* Until every stream of feedback is applied by the service: seconds since the call. */
double scene_catch_up(struct scene *scene, const char *service);
/* The same rows by raw binary COPY into the twin table, in transactions of the same size: seconds. */
double scene_copy(struct scene *scene, const char *name, long rows);
/* Small transactions of the superuser's, one committed after another: the seconds of each. */
void scene_commits(struct scene *scene, double *seconds, size_t count);

long scene_resident_mb(struct scene *scene, const char *service);
long scene_peak_mb(struct scene *scene, const char *service); /* the most it ever had resident */
double scene_load_average(void);

/* A figure beside its target. One that misses it is told on stderr and makes scene_verdict() the exit code 1; a smoke
 * run, whose figures mean nothing, misses none. */
void scene_at_least(struct scene *scene, const char *what, double is, double target);
void scene_at_most(struct scene *scene, const char *what, double is, double target);
int scene_verdict(const struct scene *scene);

double scene_median(double *values, size_t count);
double scene_quantile(double *values, size_t count, double q);

#endif
