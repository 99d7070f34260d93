/* bench_judge: how long it takes from a watermark's move until every unit is judged anew, and what memory that takes:
 * 20,000 units in four levels with ten measures, one lag rule each, in the middle of a quarter, and a receiver that is
 * told. Real planning and monitoring, facts and marks in feedback's place. Judges itself at length: 300 ms, and 300 MB
 * at the most that it ever had (a smoke run prints alone). Beside it what plain SQL takes to sum the same progress: as
 * a multiple of that the figure holds on other machines. Usage: bench_judge [--smoke] */
#include "support/check.h"
#include "support/fake_receiver.h"
#include "support/loop.h"

#include "base/buf.h"
#include "base/hash.h"

#include "bench/facts_scene.h"
#include "bench/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bihuan/common.pb-c.h"

#define MEASURES  10
#define CITIES    14
#define COUNTIES  10    /* of a city */
#define FIRST_DAY 20727 /* 2026-10-01 */
#define HISTORY   45
#define MOVES     3   /* the first day judged is at most four days before today */
#define TARGET    180 /* of an outlet and measure, in 92 days */

static struct facts_scene scene;
static struct fake_receiver receiver;
static int outlets = 19844; /* with 14 cities, 140 counties, an office and the province 20,000 */
static bool smoke;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- organisation and plan --- */

static void send(struct buf *json, int *count, uint32_t type)
{
    if (!*count)
        return;
    buf_append_text(json, "]}");
    stack_apply(&scene.stack, type, buf_text(json));
    buf_reset(json);
    *count = 0;
}

static void make_units(void)
{
    struct facts_units units = { .count = 0 };
    char code[32], parent[32];

    facts_unit(&scene, &units, "P", "province", "");
    for (int c = 0; c < CITIES; c++) {
        snprintf(code, sizeof code, "C%d", c);
        facts_unit(&scene, &units, code, "city", "P");
    }
    for (int c = 0; c < CITIES * COUNTIES; c++) {
        snprintf(code, sizeof code, "K%d", c);
        snprintf(parent, sizeof parent, "C%d", c / COUNTIES);
        facts_unit(&scene, &units, code, "county", parent);
    }
    for (int i = 0; i < outlets; i++) {
        snprintf(code, sizeof code, "S%d", i);
        snprintf(parent, sizeof parent, "K%d", i % (CITIES * COUNTIES));
        facts_unit(&scene, &units, code, "outlet", parent);
    }
    facts_units_end(&scene, &units);
}

static void add_target(struct buf *json, int *count, const char *unit, int measure, int64_t amount)
{
    buf_printf(json, "%s{\"period\":\"2026Q4\",\"unit\":\"%s\",\"measure\":\"m%d\",\"amount\":\"%lld\"}",
               *count ? "," : "{\"items\":[", unit, measure, (long long)amount);
    if (++*count == 4000)
        send(json, count, MSG(APPLY_TARGETS));
}

static void make_targets(void)
{
    struct buf json = { 0 };
    char code[32];
    int count = 0;

    for (int m = 0; m < MEASURES; m++) {
        int64_t county[CITIES * COUNTIES] = { 0 }, city[CITIES] = { 0 };

        for (int i = 0; i < outlets; i++)
            county[i % (CITIES * COUNTIES)] += TARGET;
        add_target(&json, &count, "P", m, (int64_t)outlets * TARGET);
        for (int c = 0; c < CITIES * COUNTIES; c++)
            city[c / COUNTIES] += county[c];
        for (int c = 0; c < CITIES; c++) {
            snprintf(code, sizeof code, "C%d", c);
            add_target(&json, &count, code, m, city[c]);
        }
        for (int c = 0; c < CITIES * COUNTIES; c++) {
            snprintf(code, sizeof code, "K%d", c);
            add_target(&json, &count, code, m, county[c]);
        }
        for (int i = 0; i < outlets; i++) {
            snprintf(code, sizeof code, "S%d", i);
            add_target(&json, &count, code, m, TARGET);
        }
    }
    send(&json, &count, MSG(APPLY_TARGETS));
    buf_fini(&json);
    loop_publish(&scene.stack, "2026Q4");
}

static void make_plan(void)
{
    facts_flat_period(&scene, "2026Q4", "2026-10-01", "2027-01-01");
    for (int m = 0; m < MEASURES; m++)
        loop_apply(&scene.stack, MSG(APPLY_MEASURES),
                   "{'items':[{'code':'m%d','title_zh':'m','title_en':'m','value':'count'}]}", m);
    make_units();
    make_targets();
}

static void make_rules(void)
{
    for (int m = 0; m < MEASURES; m++)
        loop_apply_soon(&scene.stack, MSG(APPLY_RULES),
                        "{'items':[{'code':'r%d','kind':'lag','measure':'m%d','min_shortfall':'3'}]}", m, m);
}

static void make_receiver(void)
{
    fake_receiver_start(&receiver);
    loop_apply_soon(&scene.stack, MSG(APPLY_RECEIVERS),
                    "{'items':[{'code':'ops','url':'http://127.0.0.1:%d/ops','secret':"
                    "'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw','language':'en','min_severity':'warning'}]}",
                    receiver.port);
}

/* --- facts --- */

/* Two a day more or less; one outlet in two hundred, and on one measure all of city C3, do less. */
static int64_t sold(int outlet, int day, int measure)
{
    uint64_t z = hash_mix((uint64_t)outlet * 1000003 + (uint64_t)day * 101 + (uint64_t)measure);
    int64_t value = (int64_t)(z % 5); /* 0 .. 4, 2 in the middle */
    bool lags = outlet % 200 == 7 || (measure == 0 && outlet % (CITIES * COUNTIES) / COUNTIES == 3);

    return lags && z >> 32 & 1 ? value / 2 : value;
}

static void day_of_facts(int day, const uint32_t *units, const uint32_t *measures)
{
    for (int i = 0; i < outlets; i++) {
        facts_row(&scene, units[i], FIRST_DAY + day);
        for (int m = 0; m < MEASURES; m++)
            facts_value(&scene, measures[m], sold(i, day, m));
        if (i % FACTS_ROWS == FACTS_ROWS - 1 || i == outlets - 1)
            facts_end(&scene, (uint16_t)(i / FACTS_ROWS % FACTS_BUCKETS));
    }
}

static long judged(PGconn *conn)
{
    PGresult *result = PQexec(conn, "SELECT coalesce(max(day) - date '2026-10-01', -1) FROM monitoring.judged");
    long day = PQntuples(result) ? strtol(PQgetvalue(result, 0, 0), NULL, 10) : -1;

    PQclear(result);
    return day;
}

static void wait_judged(PGconn *conn, int day, double seconds)
{
    double until = now() + seconds;

    while (judged(conn) < day) {
        if (now() > until) {
            fprintf(stderr, "day %d isn't judged after %.0f s\n", day, seconds);
            exit(1);
        }
        usleep(500);
    }
}

static void learn_ids(uint32_t *units, uint32_t *measures)
{
    for (int m = 0; m < MEASURES; m++) {
        char code[16];

        snprintf(code, sizeof code, "m%d", m);
        measures[m] = loop_measure(&scene.stack, code);
    }
    units[0] = loop_unit(&scene.stack, "S0");
    for (int i = 1; i < outlets; i++) /* ids are allotted in order */
        units[i] = units[0] + (uint32_t)i;
}

static void begin(void)
{
    facts_start(&scene, smoke ? "2026-10-12T10:00:00" : "2026-11-18T10:00:00");
    make_plan();
    make_receiver();
    make_rules();
}

/* From a watermark's move, all facts being there, to the day being judged. */
static double move(PGconn *conn, int day, const uint32_t *units, const uint32_t *measures, double *work)
{
    double from;

    day_of_facts(day, units, measures);
    facts_send(&scene);
    facts_wait_read(&scene, 60);
    facts_mark(&scene, FIRST_DAY + day);
    *work = -facts_worked(&scene);
    from = now();
    facts_send(&scene);
    wait_judged(conn, day, 60);
    from = now() - from;
    *work += facts_worked(&scene);
    return from;
}

static bool all_told(void *arg)
{
    struct scene *seen = arg;

    return scene_number(seen, "SELECT count(*) FROM monitoring.delivery WHERE state = 'waiting'") == 0;
}

/* History, judged and told. */
static void load(struct scene *seen, int history, const uint32_t *units, const uint32_t *measures)
{
    for (int day = 0; day < history; day++)
        day_of_facts(day, units, measures);
    facts_send(&scene);
    facts_wait_read(&scene, 600);
    facts_mark(&scene, FIRST_DAY + history - 1);
    facts_send(&scene);
    wait_judged(seen->conn, history - 1, 600);
    if (!stack_until(all_told, seen, 300)) {
        fprintf(stderr, "the receiver wasn't told of all in 300 s\n");
        exit(1);
    }
}

/* Seconds of a plain sum of the same progress by unit and measure. */
static double plain_sum(struct scene *seen)
{
    double seconds[MOVES];

    scene_run(seen, "SET max_parallel_workers_per_gather = 0");
    for (int i = 0; i < MOVES; i++) {
        seconds[i] = -now();
        (void)scene_number(seen, "SELECT count(*) FROM (SELECT unit_id, m, sum(v) FROM monitoring.progress,"
                                 " unnest(measures, sums) u(m, v) GROUP BY 1, 2) x");
        seconds[i] += now();
    }
    return scene_median(seconds, MOVES);
}

int main(int argc, char **argv)
{
    struct scene seen = { .smoke = false };
    double seconds[MOVES], work[MOVES], median, plain;
    uint32_t *units, measures[MEASURES];
    char url[256];
    int history;
    long peak;

    smoke = argc > 1 && strcmp(argv[1], "--smoke") == 0;
    outlets = smoke ? 300 : outlets;
    history = smoke ? 8 : HISTORY;
    begin();
    facts_wait_read(&scene, 300);
    units = calloc((size_t)outlets, sizeof *units);
    learn_ids(units, measures);
    seen.conn = PQconnectdb(pg_url(&scene.stack.pg, "", url, sizeof url));
    seen.stack = scene.stack;
    load(&seen, history, units, measures);
    for (int i = 0; i < MOVES; i++)
        seconds[i] = move(seen.conn, history + i, units, measures, &work[i]);
    peak = scene_peak_mb(&seen, "monitoring");
    median = scene_median(seconds, MOVES);
    plain = plain_sum(&seen);
    printf("units=%d measures=%d alerts=%ld told=%d median_ms=%.0f worst_ms=%.0f work_ms=%.0f resident_mb=%ld"
           " peak_mb=%ld plain_sum_ms=%.0f of_plain_sum=%.2f\n",
           outlets + CITIES * COUNTIES + CITIES + 1, MEASURES,
           scene_number(&seen, "SELECT count(*) FROM monitoring.alert WHERE state = 'firing'"),
           fake_receiver_took(&receiver, "/ops"), median * 1e3, scene_quantile(seconds, MOVES, 1) * 1e3,
           scene_median(work, MOVES) * 1e3, scene_resident_mb(&seen, "monitoring"), peak, plain * 1e3, median / plain);
    PQfinish(seen.conn);
    facts_stop(&scene);
    fake_receiver_stop(&receiver);
    free(units);
    if (!smoke && (median > 0.3 || peak > 300)) {
        fprintf(stderr, "more than 300 ms or 300 MB\n");
        return 1;
    }
    return 0;
}
