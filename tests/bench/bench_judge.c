/* bench_judge: how long it takes from a watermark's move until every unit is judged anew, and what memory that takes:
 * 20,000 units in four levels with ten measures, one lag rule each, in the middle of a quarter. Real planning and
 * monitoring, facts and marks in feedback's place. Judges itself at length: 300 ms and 300 MB (a smoke run prints
 * alone). Usage: bench_judge [--smoke] */
#include "support/check.h"
#include "support/fake_feedback.h"
#include "support/loop.h"

#include "base/buf.h"
#include "base/hash.h"
#include "runtime/clock.h"

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
#define MOVES     3 /* the first day judged is at most four days before today */
#define BUCKETS   16
#define ROWS      256
#define TARGET    180 /* of an outlet and measure, in 92 days */

static struct stack stack;
static uint64_t published[BUCKETS];
static int outlets = 19844; /* with 14 cities, 140 counties, an office and the province 20,000 */
static bool smoke;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- organisation and plan --- */

static void add_unit(struct buf *json, int *count, const char *code, const char *type, const char *parent)
{
    buf_printf(json, "%s{\"code\":\"%s\",\"name\":\"u\",\"type\":\"%s\"", *count ? "," : "{\"items\":[", code, type);
    if (parent[0])
        buf_printf(json, ",\"relations\":[{\"parent\":\"%s\",\"from\":\"2026-01-01\"}]", parent);
    buf_append_text(json, "}");
    (*count)++;
}

static void send(struct buf *json, int *count, uint32_t type)
{
    if (!*count)
        return;
    buf_append_text(json, "]}");
    stack_apply(&stack, type, buf_text(json));
    buf_reset(json);
    *count = 0;
}

static void make_units(void)
{
    struct buf json = { 0 };
    char code[32], parent[32];
    int count = 0;

    add_unit(&json, &count, "P", "province", "");
    for (int c = 0; c < CITIES; c++) {
        snprintf(code, sizeof code, "C%d", c);
        add_unit(&json, &count, code, "city", "P");
    }
    for (int c = 0; c < CITIES * COUNTIES; c++) {
        snprintf(code, sizeof code, "K%d", c);
        snprintf(parent, sizeof parent, "C%d", c / COUNTIES);
        add_unit(&json, &count, code, "county", parent);
    }
    send(&json, &count, MSG(APPLY_UNITS));
    for (int i = 0; i < outlets; i++) {
        snprintf(code, sizeof code, "S%d", i);
        snprintf(parent, sizeof parent, "K%d", i % (CITIES * COUNTIES));
        add_unit(&json, &count, code, "outlet", parent);
        if (count == 2000)
            send(&json, &count, MSG(APPLY_UNITS));
    }
    send(&json, &count, MSG(APPLY_UNITS));
    buf_fini(&json);
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
    loop_publish(&stack, "2026Q4");
}

static void make_plan(void)
{
    loop_apply(&stack, MSG(APPLY_CALENDARS),
               "{'items':[{'code':'flat','classes':[{'class':'working','weight':1},{'class':'weekend','weight':1}]}]}");
    loop_apply(&stack, MSG(APPLY_PERIODS),
               "{'items':[{'code':'2026Q4','from':'2026-10-01','until':'2027-01-01','calendar':'flat'}]}");
    for (int m = 0; m < MEASURES; m++)
        loop_apply(&stack, MSG(APPLY_MEASURES),
                   "{'items':[{'code':'m%d','title_zh':'m','title_en':'m','value':'count'}]}", m);
    make_units();
    make_targets();
}

static bool has_read(void *arg)
{
    (void)arg;
    return pg_number(
               &stack.pg,
               "SELECT count(*) FROM (SELECT 'feedback' source, bucket, seq FROM feedback.bus_head"
               " UNION ALL SELECT 'planning', bucket, seq FROM planning.bus_head) h WHERE h.seq > coalesce((SELECT"
               " p.seq FROM monitoring.bus_position p WHERE p.bucket = h.bucket AND p.source = h.source), 0)") == 0;
}

static void make_rules(void)
{
    for (int m = 0; m < MEASURES; m++)
        loop_apply_soon(&stack, MSG(APPLY_RULES),
                        "{'items':[{'code':'r%d','kind':'lag','measure':'m%d','min_shortfall':'3'}]}", m, m);
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

static void day_of_facts(struct fake_events *events, int day, const uint32_t *units, const uint32_t *measures)
{
    static uint32_t one[ROWS], none[ROWS], unit[ROWS], contributions[ROWS], measure[ROWS * MEASURES];
    static char *keys[ROWS];
    static protobuf_c_boolean back[ROWS];
    static int32_t days[ROWS];
    static int64_t at[ROWS], value[ROWS * MEASURES];

    for (int from = 0; from < outlets; from += ROWS) {
        Bihuan__FactsRecorded facts = BIHUAN__FACTS_RECORDED__INIT;
        uint16_t bucket = (uint16_t)(from / ROWS % BUCKETS);
        size_t n = (size_t)(outlets - from < ROWS ? outlets - from : ROWS);

        for (size_t i = 0; i < n; i++) {
            keys[i] = (char *)(uintptr_t) "k";
            one[i] = 1;
            unit[i] = units[from + (int)i];
            contributions[i] = MEASURES;
            days[i] = FIRST_DAY + day;
            for (int m = 0; m < MEASURES; m++) {
                measure[i * MEASURES + (size_t)m] = measures[m];
                value[i * MEASURES + (size_t)m] = sold(from + (int)i, day, m);
            }
        }
        facts.sender = (char *)(uintptr_t) "bss";
        facts.n_record_key = facts.n_version = facts.n_taken_back = facts.n_unit_id = facts.n_seller_id = n;
        facts.n_channel_id = facts.n_product_id = facts.n_day = facts.n_contributions = facts.n_occurred_at = n;
        facts.n_measure_id = facts.n_value = n * MEASURES;
        facts.record_key = keys;
        facts.version = one;
        facts.taken_back = back;
        facts.unit_id = unit;
        facts.seller_id = facts.channel_id = facts.product_id = none;
        facts.day = days;
        facts.contributions = contributions;
        facts.measure_id = measure;
        facts.value = value;
        facts.occurred_at = at;
        fake_feedback_add(events, bucket, MSG(FACTS_RECORDED), &facts.base);
        published[bucket]++;
        if (events->packed.len > (3U << 20))
            fake_feedback_send(&stack, events);
    }
}

static void mark(struct fake_events *events, int day)
{
    Bihuan__WatermarkMoved event = BIHUAN__WATERMARK_MOVED__INIT;
    struct clock clock;

    if (clock_parse(&clock, "real", "+08:00", NULL) != 0)
        abort();
    event.feed_id = 1;
    event.feed = event.sender = (char *)(uintptr_t) "bss";
    event.fact = (char *)(uintptr_t) "order_line";
    event.through = clock_day_start(&clock, FIRST_DAY + day + 1);
    event.n_seq = BUCKETS;
    event.seq = published;
    fake_feedback_add(events, 0, MSG(WATERMARK_MOVED), &event.base);
    published[0]++;
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
        measures[m] = loop_measure(&stack, code);
    }
    units[0] = loop_unit(&stack, "S0");
    for (int i = 1; i < outlets; i++) /* ids are allotted in order */
        units[i] = units[0] + (uint32_t)i;
}

static void begin(void)
{
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-%sT10:00:00+08:00@%lld", smoke ? "10-12" : "11-18",
             (long long)time(NULL));
    fake_feedback_start(&stack);
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "monitoring", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "monitoring");
    make_plan();
    make_rules();
}

static void wait_read(double seconds)
{
    if (stack_until(has_read, NULL, (int)seconds))
        return;
    fprintf(stderr, "monitoring doesn't read its streams\n");
    exit(1);
}

/* What the daemon has worked so far, in seconds of a processor: says what a move costs where others keep the machine
 * busy. */
static double worked(void)
{
    char path[64], line[1024] = "", *rest;
    unsigned long user = 0, kernel = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)stack_pid(&stack, "monitoring", "a"));
    file = fopen(path, "r");
    if (file && fgets(line, sizeof line, file) && (rest = strrchr(line, ')')))
        (void)sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel);
    if (file)
        fclose(file);
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

/* From a watermark's move, all facts being there, to the day being judged. */
static double move(PGconn *conn, int day, const uint32_t *units, const uint32_t *measures, double *work)
{
    struct fake_events events = { 0 };
    double from;

    day_of_facts(&events, day, units, measures);
    fake_feedback_send(&stack, &events);
    wait_read(60);
    mark(&events, day);
    *work = -worked();
    from = now();
    fake_feedback_send(&stack, &events);
    wait_judged(conn, day, 60);
    from = now() - from;
    *work += worked();
    return from;
}

int main(int argc, char **argv)
{
    struct scene scene = { .smoke = false };
    struct fake_events events = { 0 };
    double seconds[MOVES], work[MOVES], worst = 0, median;
    uint32_t *units, measures[MEASURES];
    char url[256];
    int history = HISTORY;
    long memory;

    smoke = argc > 1 && strcmp(argv[1], "--smoke") == 0;
    outlets = smoke ? 300 : outlets;
    history = smoke ? 8 : history;
    begin();
    wait_read(300);
    units = calloc((size_t)outlets, sizeof *units);
    learn_ids(units, measures);
    for (int day = 0; day < history; day++)
        day_of_facts(&events, day, units, measures);
    fake_feedback_send(&stack, &events);
    wait_read(600);
    scene.conn = PQconnectdb(pg_url(&stack.pg, "", url, sizeof url));
    mark(&events, history - 1);
    fake_feedback_send(&stack, &events);
    wait_judged(scene.conn, history - 1, 600);
    for (int i = 0; i < MOVES; i++) {
        seconds[i] = move(scene.conn, history + i, units, measures, &work[i]);
        worst = seconds[i] > worst ? seconds[i] : worst;
    }
    scene.stack = stack;
    memory = scene_resident_mb(&scene, "monitoring");
    median = scene_median(seconds, MOVES);
    printf("units=%d measures=%d alerts=%ld median_ms=%.0f worst_ms=%.0f work_ms=%.0f resident_mb=%ld\n",
           outlets + CITIES * COUNTIES + CITIES + 1, MEASURES,
           scene_number(&scene, "SELECT count(*) FROM monitoring.alert WHERE state = 'firing'"), median * 1e3,
           worst * 1e3, scene_median(work, MOVES) * 1e3, memory);
    PQfinish(scene.conn);
    stack_free(&stack);
    free(units);
    if (!smoke && (median > 0.3 || memory > 300)) {
        fprintf(stderr, "more than 300 ms or 300 MB\n");
        return 1;
    }
    return 0;
}
