/* bench_plan: a million leaf targets decomposed, checked and published; the difference of two such versions; the check
 * of a quarter beside its months; what the daemon holds. Beside raw binary COPY of the same rows into a twin of their
 * table, in the same run.
 *
 *   bench_plan [slices, 100] [outlets, 10000] [--smoke]
 */
#include "bench/scene.h"

#include "runtime/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

#define CITIES   20
#define COUNTIES 10 /* each */
#define MEASURES 10
#define PIECE    2000

static struct stack stack;

static double seconds_since(int64_t begin)
{
    return (double)(clock_monotonic_us() - begin) / 1e6;
}

static void add_unit(struct buf *json, long *count, const char *code, const char *type, const char *parent)
{
    buf_printf(json, "%s{\"code\":\"%s\",\"name\":\"%s\",\"type\":\"%s\"", *count % PIECE ? "," : "{\"items\":[", code,
               code, type);
    if (parent)
        buf_printf(json, ",\"relations\":[{\"parent\":\"%s\",\"from\":\"2026-01-01\"}]", parent);
    buf_append_text(json, "}");
    if (++*count % PIECE == 0) {
        buf_append_text(json, "]}");
        stack_apply(&stack, MSG(APPLY_UNITS), buf_text(json));
        buf_reset(json);
    }
}

static void apply_units(long outlets)
{
    struct buf json = { 0 };
    char code[32], parent[32];
    long count = 0;

    add_unit(&json, &count, "P", "province", NULL);
    for (long c = 0; c < CITIES; c++) {
        snprintf(code, sizeof code, "C%ld", c);
        add_unit(&json, &count, code, "city", "P");
    }
    for (long c = 0; c < CITIES * COUNTIES; c++) {
        snprintf(code, sizeof code, "D%ld", c);
        snprintf(parent, sizeof parent, "C%ld", c / COUNTIES);
        add_unit(&json, &count, code, "county", parent);
    }
    for (long i = 0; i < outlets; i++) {
        snprintf(code, sizeof code, "S%ld", i);
        snprintf(parent, sizeof parent, "D%ld", i % (CITIES * COUNTIES));
        add_unit(&json, &count, code, "outlet", parent);
    }
    if (count % PIECE) {
        buf_append_text(&json, "]}");
        stack_apply(&stack, MSG(APPLY_UNITS), buf_text(&json));
    }
    buf_fini(&json);
}

static void apply_list(uint32_t type, long count, const char *format)
{
    struct buf json = { 0 };

    buf_append_text(&json, "{\"items\":[");
    for (long i = 0; i < count; i++) {
        buf_append_text(&json, i ? "," : "");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        buf_printf(&json, format, i, i, i);
#pragma GCC diagnostic pop
    }
    buf_append_text(&json, "]}");
    stack_apply(&stack, type, buf_text(&json));
    buf_fini(&json);
}

static void apply_weights(long outlets)
{
    struct buf json = { 0 };

    stack_apply(&stack, MSG(APPLY_WEIGHT_SETS),
                "{\"items\":[{\"code\":\"last\",\"title\":\"last year\",\"kind\":\"history\"},"
                "{\"code\":\"skill\",\"title\":\"skill\",\"kind\":\"skill\"}]}");
    for (long at = 0; at < outlets; at += PIECE) {
        buf_append_text(&json, "{\"items\":[");
        for (long i = at; i < at + PIECE && i < outlets; i++)
            buf_printf(&json,
                       "%s{\"set\":\"last\",\"unit\":\"S%ld\",\"value\":\"%ld\"},"
                       "{\"set\":\"skill\",\"unit\":\"S%ld\",\"value\":\"%ld.5\"}",
                       i > at ? "," : "", i, 1 + i * 7919 % 1000, i, i * 31 % 7);
        buf_append_text(&json, "]}");
        stack_apply(&stack, MSG(APPLY_WEIGHTS), buf_text(&json));
        buf_reset(&json);
    }
    buf_fini(&json);
}

static void apply_totals(long slices, long factor)
{
    struct buf json = { 0 };

    buf_append_text(&json, "{\"items\":[");
    for (long s = 0; s < slices; s++)
        buf_printf(&json,
                   "%s{\"period\":\"2026Q4\",\"unit\":\"P\",\"measure\":\"m%ld\",\"product\":\"p%ld\",\"amount\":"
                   "\"%ld\"}",
                   s ? "," : "", s % MEASURES, s / MEASURES, (1000003 + s) * factor);
    buf_append_text(&json, "]}");
    stack_apply(&stack, MSG(APPLY_TARGETS), buf_text(&json));
    buf_fini(&json);
}

static void prepare(long slices, long outlets)
{
    apply_list(MSG(APPLY_PRODUCTS), (slices + MEASURES - 1) / MEASURES, "{\"code\":\"p%ld\",\"name\":\"p%ld\"}");
    apply_list(MSG(APPLY_MEASURES), MEASURES,
               "{\"code\":\"m%ld\",\"title_zh\":\"m%ld\",\"title_en\":\"m%ld\",\"value\":\"count\"}");
    stack_apply(&stack, MSG(APPLY_CALENDARS),
                "{\"items\":[{\"code\":\"flat\",\"classes\":[{\"class\":\"working\","
                "\"weight\":1},{\"class\":\"weekend\",\"weight\":1}]}]}");
    stack_apply(&stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"2026Q4\",\"from\":\"2026-10-01\",\"until\":"
                "\"2027-01-01\",\"calendar\":\"flat\"}]}");
    apply_units(outlets);
    apply_weights(outlets);
    apply_totals(slices, 1);
}

static long status_mb(const char *field)
{
    char path[64], line[256];
    long kb = 0;
    size_t len = strlen(field);
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", (int)stack_pid(&stack, "planning", "a"));
    file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, field, len) == 0)
            kb = strtol(line + len, NULL, 10);
    if (file)
        fclose(file);
    return kb / 1024;
}

/* Processor seconds of the daemon so far. */
static double cpu_seconds(void)
{
    unsigned long user = 0, kernel = 0;
    char path[64];
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)stack_pid(&stack, "planning", "a"));
    file = fopen(path, "r");
    if (!file || fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
        user = kernel = 0;
    if (file)
        fclose(file);
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

/* The yardstick: the same rows, made before, into an empty twin with the same key. */
static double raw_copy(void)
{
    char sql[256];
    int64_t begin;
    double seconds;

    snprintf(sql, sizeof sql,
             "COPY (SELECT * FROM planning.target_cell WHERE version = 1) TO '%s/cells' (FORMAT binary)", stack.pg.dir);
    free(pg_value(&stack.pg, sql));
    free(pg_value(&stack.pg, "CREATE TABLE twin (LIKE planning.target_cell INCLUDING ALL)"));
    snprintf(sql, sizeof sql, "COPY twin FROM '%s/cells' (FORMAT binary)", stack.pg.dir);
    begin = clock_monotonic_us();
    free(pg_value(&stack.pg, sql));
    seconds = seconds_since(begin);
    free(pg_value(&stack.pg, "DROP TABLE twin"));
    return seconds;
}

static double timed(uint32_t type, const char *json, ProtobufCMessage **reply)
{
    int64_t begin = clock_monotonic_us();

    *reply = stack_apply(&stack, type, json);
    return seconds_since(begin);
}

#define DECOMPOSE_ALL                                                                                                  \
    "{\"period\":\"2026Q4\",\"unit\":\"P\",\"every_slice\":true,\"mix\":[{\"kind\":\"set\",\"set\":\"last\","          \
    "\"share\":70},{\"kind\":\"set\",\"set\":\"skill\",\"share\":30}],\"hedge_ppm\":30000,\"reason\":\"bench\"}"

static void measure_plan(void)
{
    const Bihuan__DecomposeReply *decomposed;
    const Bihuan__PublishPlanReply *published;
    ProtobufCMessage *reply;
    double cpu = cpu_seconds(), cut = timed(MSG(DECOMPOSE), DECOMPOSE_ALL, &reply), publish, copy;

    decomposed = (const Bihuan__DecomposeReply *)reply;
    printf("the daemon's own work in decomposing: %.2f s\n", cpu_seconds() - cpu);
    publish = timed(MSG(PUBLISH_PLAN), "{\"period\":\"2026Q4\"}", &reply);
    published = (const Bihuan__PublishPlanReply *)reply;
    copy = raw_copy();
    printf(
        "%u cells in %u slices: decomposed %.2f s, checked and published %u lines %.2f s; together %.2f s (target 10)"
        "\n",
        decomposed->cells, decomposed->slices, cut, published->plan->lines, publish, cut + publish);
    printf("raw COPY of the same rows %.2f s; decomposing and publishing is %.2f of it\n", copy,
           (cut + publish) / copy);
    printf("%ld events, %ld kB of stream\n",
           pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 7"),
           pg_number(&stack.pg, "SELECT sum(length(payload)) / 1024 FROM planning.bus_stream WHERE type = 7"));
    printf("memory %ld MB, at most %ld MB (target below 500)\n", status_mb("VmRSS:"), status_mb("VmHWM:"));
}

static void measure_difference(long slices)
{
    const Bihuan__DiffPlansReply *diff;
    ProtobufCMessage *reply;
    double revise = timed(MSG(REVISE_PLAN), "{\"period\":\"2026Q4\",\"reason\":\"more\"}", &reply), again, difference,
           cpu;

    apply_totals(slices, 2);
    again = timed(MSG(DECOMPOSE), DECOMPOSE_ALL, &reply);
    cpu = cpu_seconds();
    difference = timed(MSG(DIFF_PLANS), "{\"period\":\"2026Q4\",\"unit\":\"P\",\"page\":{\"limit\":500}}", &reply);
    diff = (const Bihuan__DiffPlansReply *)reply;
    printf("the daemon's own work in the difference: %.2f s\n", cpu_seconds() - cpu);
    printf(
        "revision opened %.2f s, decomposed anew %.2f s; difference of the two versions %.2f s (target 2): %u changed,"
        " %u added, %u removed; %zu lines shown\n",
        revise, again, difference, diff->changed, diff->added, diff->removed, diff->n_items);
    printf("explain one cell %.3f s\n", timed(MSG(EXPLAIN_TARGET),
                                              "{\"period\":\"2026Q4\",\"unit\":\"S7\",\"measure\":\"m1\",\"product\":"
                                              "\"p0\"}",
                                              &reply));
    printf("memory %ld MB, at most %ld MB (target below 500)\n", status_mb("VmRSS:"), status_mb("VmHWM:"));
}

/* The check reads four periods then, and compares each cell of the quarter with its three months. */
static void measure_periods(void)
{
    const Bihuan__LintPlanReply *lint;
    ProtobufCMessage *reply;
    double alone = timed(MSG(LINT_PLAN), "{\"period\":\"2026Q4\"}", &reply), cut, publish = 0, cpu, checked;

    stack_apply(&stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"M10\",\"from\":\"2026-10-01\",\"until\":\"2026-11-01\",\"calendar\":\"flat\"},"
                "{\"code\":\"M11\",\"from\":\"2026-11-01\",\"until\":\"2026-12-01\",\"calendar\":\"flat\"},"
                "{\"code\":\"M12\",\"from\":\"2026-12-01\",\"until\":\"2027-01-01\",\"calendar\":\"flat\"}]}");
    cut = timed(MSG(DECOMPOSE),
                "{\"period\":\"2026Q4\",\"unit\":\"P\",\"every_slice\":true,\"over\":\"periods\",\"reason\":\"bench\"}",
                &reply);
    publish += timed(MSG(PUBLISH_PLAN), "{\"period\":\"M10\"}", &reply);
    publish += timed(MSG(PUBLISH_PLAN), "{\"period\":\"M11\"}", &reply);
    publish += timed(MSG(PUBLISH_PLAN), "{\"period\":\"M12\"}", &reply);
    cpu = cpu_seconds();
    checked = timed(MSG(LINT_PLAN), "{\"period\":\"2026Q4\"}", &reply);
    lint = (const Bihuan__LintPlanReply *)reply;
    printf("the quarter cut into three months %.2f s, these published %.2f s\n", cut, publish);
    printf("the quarter checked %.2f s; beside its months %.2f s (the daemon's own work %.2f s), so these cost %.2f s: "
           "%u errors, %u warnings\n",
           alone, checked, cpu_seconds() - cpu, checked - alone, lint->errors, lint->warnings);
    printf("memory %ld MB, at most %ld MB\n", status_mb("VmRSS:"), status_mb("VmHWM:"));
}

int main(int argc, char **argv)
{
    bool smoke = argc > 1 && strcmp(argv[argc - 1], "--smoke") == 0;
    long slices = smoke ? 10 : argc > 1 ? strtol(argv[1], NULL, 10) : 100;
    long outlets = smoke ? 300 : argc > 2 ? strtol(argv[2], NULL, 10) : 10000;

    stack_new(&stack);
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    prepare(slices, outlets);
    printf("load average %.2f\n", scene_load_average());
    measure_plan();
    measure_difference(slices);
    measure_periods();
    stack_free(&stack);
    return 0;
}
