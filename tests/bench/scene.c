/* scene: see scene.h. */
#include "bench/scene.h"

#include "base/buf.h"
#include "runtime/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH_ROWS     16384 /* of feedback's transactions */
#define SLOWEST_ROWS_S 20000 /* a file that is read at less than this has failed */

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

long scene_arguments(struct scene *scene, int argc, char **argv, long rows, long smoke_rows)
{
    long given = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--smoke") == 0)
            scene->smoke = true;
        else if (strcmp(argv[i], "--random") == 0)
            scene->shuffled = true;
        else if (strcmp(argv[i], "--distinct") == 0)
            scene->distinct = true;
        else if (!given && atol(argv[i]) > 0)
            given = atol(argv[i]);
        else
            die(argv[i], "unknown argument; usage: [rows] [--smoke] [--random] [--distinct]");
    }
    return given ? given : scene->smoke ? smoke_rows : rows;
}

/* --- SQL -------------------------------------------------------------------------------------------------------------
 */

void scene_run(struct scene *scene, const char *sql)
{
    PGresult *result = PQexec(scene->conn, sql);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        die(sql, PQerrorMessage(scene->conn));
    PQclear(result);
}

long scene_number(struct scene *scene, const char *sql)
{
    PGresult *result = PQexec(scene->conn, sql);
    long value;

    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1)
        die(sql, PQerrorMessage(scene->conn));
    value = atol(PQgetvalue(result, 0, 0));
    PQclear(result);
    return value;
}

/* --- the plan --------------------------------------------------------------------------------------------------------
 */

static void apply_products(struct stack *stack)
{
    struct buf json = { 0 };

    buf_append_text(&json, "{\"items\":[");
    for (int i = 1; i <= SCENE_PRODUCTS; i++)
        buf_printf(&json, "%s{\"code\":\"p%d\",\"name\":\"p\",\"list_price\":\"100\"}", i > 1 ? "," : "", i);
    buf_append_text(&json, "]}");
    stack_apply(stack, MSG(APPLY_PRODUCTS), buf_text(&json));
    buf_fini(&json);
}

/* A province, 20 cities, outlets. */
static void apply_units(struct stack *stack)
{
    struct buf json = { 0 };

    buf_append_text(&json, "{\"items\":[{\"code\":\"P\",\"name\":\"p\",\"type\":\"province\"}");
    for (int i = 0; i < 20; i++)
        buf_printf(&json,
                   ",{\"code\":\"C%d\",\"name\":\"c\",\"type\":\"city\",\"relations\":[{\"parent\":\"P\",\"from\":"
                   "\"2026-01-01\"}]}",
                   i);
    for (int i = 0; i < SCENE_UNITS; i++) {
        if (i % 1000 == 0) {
            buf_append_text(&json, "]}");
            stack_apply(stack, MSG(APPLY_UNITS), buf_text(&json));
            buf_reset(&json);
            buf_append_text(&json, "{\"items\":[");
        }
        buf_printf(&json,
                   "%s{\"code\":\"S%d\",\"name\":\"s\",\"type\":\"outlet\",\"channel\":\"hall\",\"relations\":[{"
                   "\"parent\":\"C%d\",\"from\":\"2026-01-01\"}]}",
                   i % 1000 ? "," : "", i, i % 20);
    }
    buf_append_text(&json, "]}");
    stack_apply(stack, MSG(APPLY_UNITS), buf_text(&json));
    buf_fini(&json);
}

static void apply_all(struct stack *stack)
{
    stack_apply(stack, MSG(APPLY_CHANNELS), "{\"items\":[{\"code\":\"hall\",\"name\":\"h\"}]}");
    apply_products(stack);
    stack_apply(
        stack, MSG(APPLY_MEASURES),
        "{\"items\":[{\"code\":\"rev\",\"title_zh\":\"收入\",\"title_en\":\"r\",\"value\":\"amount\"},"
        "{\"code\":\"new\",\"title_zh\":\"新增\",\"title_en\":\"n\",\"value\":\"count\"},"
        "{\"code\":\"q1\",\"title_zh\":\"量\",\"title_en\":\"q\",\"value\":\"quantity\",\"filter\":"
        "{\"products\":[\"p1\"]}},"
        "{\"code\":\"off\",\"title_zh\":\"异价\",\"title_en\":\"o\",\"value\":\"count\",\"direction\":\"lower\","
        "\"filter\":{\"price\":\"off_list\",\"price_band_ppm\":50000}}]}");
    stack_apply(stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"flat\",\"classes\":[{\"class\":\"working\",\"weight\":1},"
                "{\"class\":\"weekend\",\"weight\":1}]}]}");
    stack_apply(stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"2026Q4\",\"from\":\"2026-10-01\",\"until\":\"2027-01-01\",\"calendar\":"
                "\"flat\"}]}");
    apply_units(stack);
    stack_apply(stack, MSG(APPLY_TARGETS),
                "{\"items\":[{\"period\":\"2026Q4\",\"unit\":\"P\",\"measure\":\"new\",\"amount\":\"100\"}]}");
    stack_apply(stack, MSG(PUBLISH_PLAN), "{\"period\":\"2026Q4\"}");
    stack_apply(stack, MSG(APPLY_FEEDS),
                "{\"items\":[{\"code\":\"orders\",\"title\":\"Orders\",\"sender\":\"boss\",\"fact\":\"order_line\","
                "\"watermark\":\"last_event\",\"key\":[\"id\"],\"columns\":["
                "{\"field\":\"time\",\"column\":\"when\",\"format\":\"yyyy-MM-dd HH:mm:ss\"},"
                "{\"field\":\"unit\",\"column\":\"shop\"},{\"field\":\"product\",\"column\":\"what\"},"
                "{\"field\":\"quantity\",\"column\":\"n\"},{\"field\":\"amount\",\"column\":\"money\"},"
                "{\"field\":\"customer\",\"column\":\"who\"}]}]}");
}

static void wait_for_reference(struct scene *scene)
{
    char sql[300];

    for (const char *const *service = scene->services; *service; service++) {
        if (strcmp(*service, "planning") == 0)
            continue;
        snprintf(sql, sizeof sql,
                 "SELECT (SELECT seq FROM planning.bus_head WHERE bucket = 0) - coalesce((SELECT seq FROM"
                 " %s.bus_position WHERE source = 'planning' AND bucket = 0), 0)",
                 *service);
        for (int i = 0; scene_number(scene, sql) != 0; i++) {
            if (i == 3000)
                die(*service, "does not read planning");
            usleep(10000);
        }
    }
}

void scene_start(struct scene *scene, const char *const *further)
{
    static const char *services[8] = { "planning", "feedback" };

    for (int i = 0; further[i]; i++)
        services[2 + i] = further[i];
    scene->services = services;
    stack_new_measured(&scene->stack);
    snprintf(scene->stack.clock, sizeof scene->stack.clock, "2026-11-30T10:00:00+08:00@%ld",
             (long)(clock_real_us() / 1000000));
    scene->conn = PQconnectdb(scene->stack.pg.url);
    for (int i = 0; services[i]; i++) {
        bool reads_files = strcmp(services[i], "feedback") == 0;

        scene->stack.extra[0] = reads_files ? "--quiet-ms=0" : NULL;
        scene->stack.extra[1] = reads_files ? "--scan-ms=50" : NULL;
        stack_start(&scene->stack, services[i], "a");
    }
    scene->stack.extra[0] = NULL;
    for (int i = 0; services[i]; i++)
        stack_wait_ready(&scene->stack, services[i]);
    apply_all(&scene->stack);
    if (scene->distinct)
        stack_apply(&scene->stack, MSG(APPLY_MEASURES),
                    "{\"items\":[{\"code\":\"buyers\",\"title_zh\":\"客户\",\"title_en\":\"b\",\"value\":\"distinct\","
                    "\"distinct\":{\"key\":\"customer\",\"window\":\"month\",\"within\":\"city\"}}]}");
    wait_for_reference(scene);
    scene_run(scene, "CREATE TABLE raw (LIKE feedback.order_line INCLUDING ALL)");
    scene_run(scene, "CHECKPOINT");
}

void scene_stop(struct scene *scene)
{
    PQfinish(scene->conn);
    stack_free(&scene->stack);
}

/* --- orders ----------------------------------------------------------------------------------------------------------
 */

int scene_order(char *out, size_t cap, const struct scene *scene, long number, long outlet, bool off)
{
    unsigned long id = scene->shuffled ? (unsigned long)number * 2654435761UL % 10000000019UL : (unsigned long)number;
    long quantity = 1 + number % 3;

    return snprintf(out, cap, "ORD%012lu,2026-11-%02ld %02ld:%02ld:%02ld,S%ld,p%ld,%ld,%ld.00,c%ld\n", id,
                    1 + number / 40000 % 28, number / 3600 % 24, number / 60 % 60, number % 60, outlet,
                    1 + number % SCENE_PRODUCTS, quantity, (off ? 33 : 100) * quantity, number % 100000);
}

static void write_file(struct scene *scene, const char *path, long rows)
{
    FILE *file = fopen(path, "w");
    long first = scene->next;
    char line[256];

    if (!file)
        die(path, "could not be written");
    fputs(SCENE_HEADER, file);
    for (long i = 0; i < rows; i++) {
        bool again = scene->repeated_ppm && first > 0 && i % (1000000 / scene->repeated_ppm) == 0;
        long number = again ? i * 7919 % first : scene->next++;

        scene_order(line, sizeof line, scene, number, number * 7919 % SCENE_UNITS, false);
        fputs(line, file);
    }
    fclose(file);
}

double scene_load(struct scene *scene, const char *name, long rows)
{
    char aside[200], path[200], sql[200];
    int64_t begin;

    snprintf(aside, sizeof aside, "%s/data/inbox/orders/.aside", scene->stack.dir);
    snprintf(path, sizeof path, "%s/data/inbox/orders/%s", scene->stack.dir, name);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM feedback.feed_file WHERE name = '%s' AND state IN ('loaded')",
             name);
    write_file(scene, aside, rows);
    begin = clock_monotonic_us();
    if (rename(aside, path) != 0)
        die(path, "could not be put there");
    while (scene_number(scene, sql) == 0) {
        if (clock_monotonic_us() - begin > (110 + rows / SLOWEST_ROWS_S) * INT64_C(1000000))
            die(name, "was not loaded in time");
        usleep(10000);
    }
    return (double)(clock_monotonic_us() - begin) / 1e6;
}

double scene_catch_up(struct scene *scene, const char *service)
{
    int64_t begin = clock_monotonic_us();
    char sql[300];

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM feedback.bus_head h WHERE h.seq > coalesce((SELECT seq FROM %s.bus_position p"
             " WHERE p.bucket = h.bucket AND p.source = 'feedback'), 0)",
             service);
    while (scene_number(scene, sql) != 0) {
        if (clock_monotonic_us() - begin > 110 * INT64_C(1000000))
            die(service, "did not catch up in time");
        usleep(10000);
    }
    return (double)(clock_monotonic_us() - begin) / 1e6;
}

/* --- the yardstick ---------------------------------------------------------------------------------------------------
 */

static void take_out(struct scene *scene, const char *name, long from, struct buf *out)
{
    char sql[400];
    PGresult *result;
    char *piece;
    int len;

    snprintf(sql, sizeof sql,
             "COPY (SELECT * FROM sample WHERE file_id = (SELECT id FROM feedback.feed_file WHERE"
             " name = '%s') AND row_no > %ld AND row_no <= %ld ORDER BY row_no) TO STDOUT (FORMAT binary)",
             name, from + 1, from + 1 + BATCH_ROWS);
    PQclear(PQexec(scene->conn, sql));
    while ((len = PQgetCopyData(scene->conn, &piece, 0)) > 0) {
        buf_append(out, piece, (size_t)len);
        PQfreemem(piece);
    }
    while ((result = PQgetResult(scene->conn)) != NULL) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            die(sql, PQresultErrorMessage(result));
        PQclear(result);
    }
}

static void put_in(struct scene *scene, const struct buf *rows)
{
    PGresult *result;

    PQclear(PQexec(scene->conn, "COPY raw FROM STDIN (FORMAT binary)"));
    for (size_t at = 0; at < rows->len; at += 65536)
        PQputCopyData(scene->conn, (const char *)rows->data + at,
                      (int)(rows->len - at < 65536 ? rows->len - at : 65536));
    PQputCopyEnd(scene->conn, NULL);
    while ((result = PQgetResult(scene->conn)) != NULL) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            die("raw COPY", PQresultErrorMessage(result));
        PQclear(result);
    }
}

double scene_copy(struct scene *scene, const char *name, long rows)
{
    size_t count = (size_t)((rows + BATCH_ROWS - 1) / BATCH_ROWS);
    struct buf *batches = calloc(count, sizeof *batches);
    char sql[300];
    int64_t begin;
    double seconds;

    if (!batches)
        abort();
    snprintf(sql, sizeof sql,
             "CREATE TEMP TABLE sample AS SELECT * FROM feedback.order_line WHERE file_id = (SELECT id FROM"
             " feedback.feed_file WHERE name = '%s'); CREATE INDEX ON sample (row_no)",
             name);
    scene_run(scene, sql);
    for (size_t i = 0; i < count; i++)
        take_out(scene, name, (long)i * BATCH_ROWS, &batches[i]);
    scene_run(scene, "DROP TABLE sample");
    begin = clock_monotonic_us();
    for (size_t i = 0; i < count; i++)
        put_in(scene, &batches[i]);
    seconds = (double)(clock_monotonic_us() - begin) / 1e6;
    for (size_t i = 0; i < count; i++)
        buf_fini(&batches[i]);
    free(batches);
    return seconds;
}

void scene_commits(struct scene *scene, double *seconds, size_t count)
{
    scene_run(scene, "CREATE TABLE IF NOT EXISTS small (n integer)");
    for (size_t i = 0; i < count; i++) {
        int64_t begin = clock_monotonic_us();

        scene_run(scene, "INSERT INTO small VALUES (1)");
        seconds[i] = (double)(clock_monotonic_us() - begin) / 1e6;
    }
}

/* --- figures ---------------------------------------------------------------------------------------------------------
 */

static long memory_mb(struct scene *scene, const char *service, const char *field)
{
    char path[64], line[256];
    long kb = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", (int)stack_pid(&scene->stack, service, "a"));
    file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0)
            kb = atol(line + strlen(field));
    if (file)
        fclose(file);
    return kb / 1024;
}

long scene_resident_mb(struct scene *scene, const char *service)
{
    return memory_mb(scene, service, "VmRSS:");
}

long scene_peak_mb(struct scene *scene, const char *service)
{
    return memory_mb(scene, service, "VmHWM:");
}

double scene_load_average(void)
{
    double load[1] = { 0 };

    return getloadavg(load, 1) == 1 ? load[0] : 0;
}

static void judge(struct scene *scene, const char *what, double is, double target, bool holds)
{
    if (holds || scene->smoke)
        return;
    fprintf(stderr, "MISSED: %s: %.2f, target %.2f\n", what, is, target);
    scene->missed++;
}

void scene_at_least(struct scene *scene, const char *what, double is, double target)
{
    judge(scene, what, is, target, is >= target);
}

void scene_at_most(struct scene *scene, const char *what, double is, double target)
{
    judge(scene, what, is, target, is <= target);
}

int scene_verdict(const struct scene *scene)
{
    return scene->missed ? 1 : 0;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return x < y ? -1 : x > y;
}

double scene_quantile(double *values, size_t count, double q)
{
    qsort(values, count, sizeof values[0], compare);
    return count ? values[(size_t)(q * (double)(count - 1) + 0.5)] : 0;
}

double scene_median(double *values, size_t count)
{
    return scene_quantile(values, count, 0.5);
}
