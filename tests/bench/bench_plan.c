/* bench_plan: a million leaf targets decomposed by two histories under floors, ceilings and locks, checked and
 * published, twice; the difference of the two published versions; the check of a quarter beside its months; both anew,
 * in force with one step; single targets set where all else follows; what the daemon holds. Beside raw binary COPY of
 * the same rows into a twin of their table, and plain SQL that compares the same versions, in the same run.
 *
 *   bench_plan [slices, 100] [outlets, 10000] [--smoke]
 *
 * It pins itself, and what it starts, to two processors, and says so where it can't. Fails where a target is clearly
 * missed: by more than a quarter, after what the machine itself is slower than COPY_SECONDS for a million rows. With
 * --smoke times aren't judged, what came out is, and what the check warns of.
 */
#include "bench/plan_codes.h"
#include "bench/plan_edits.h"
#include "bench/plan_scene.h"
#include "bench/scene.h"

#include "runtime/clock.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

/* Targets for a million leaf cells on two processors. */
#define PUBLISH_SECONDS    10.0
#define DIFFERENCE_SECONDS 2.0
#define MEMORY_MB          500
#define CLEARLY            1.25
#define ANEW_COPIES        10.0 /* what is decomposed over cells that are there may cost, in raw COPYs of the same run */
/* Of hundreds of thousands of cells that hang together, in raw COPYs of all of them in the same minute: a total that
 * all follow (2 s where such a COPY takes 0.7 s), an outlet's target (0.1 s there). */
#define TOP_COPIES   3.0
#define LEAF_COPIES  0.2
#define COPY_SECONDS 3.5 /* raw COPY of a million rows where these targets were set */

static struct stack stack;
static bool smoke;
static int missed;

/* --- judging -------------------------------------------------------------------------------------------------------
 */

static void expect_count(const char *what, long is, long want)
{
    if (is == want)
        return;
    printf("WRONG: %s: %ld, not %ld\n", what, is, want);
    missed++;
}

/* slower: how much the machine is, 1 or more. */
static void judge(const char *what, double is, double target, double slower)
{
    double limit = target * CLEARLY * slower;

    if (smoke || is <= limit)
        return;
    printf("MISSED: %s: %.2f, target %.2f (judged at %.2f)\n", what, is, target, limit);
    missed++;
}

/* The first two processors that it may run on; what it starts inherits them. */
static void pin(void)
{
    cpu_set_t may, two;
    int found = 0;

    CPU_ZERO(&two);
    if (sched_getaffinity(0, sizeof may, &may) != 0) {
        printf("not pinned to two processors: %s\n", strerror(errno));
        return;
    }
    for (int cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++)
        if (CPU_ISSET(cpu, &may)) {
            CPU_SET(cpu, &two);
            found++;
        }
    if (found < 2 || sched_setaffinity(0, sizeof two, &two) != 0)
        printf("not pinned to two processors: %s\n", found < 2 ? "there is one" : strerror(errno));
    else
        printf("pinned to two processors\n");
}

/* --- measuring ------------------------------------------------------------------------------------------------------
 */

static double seconds_since(int64_t begin)
{
    return (double)(clock_monotonic_us() - begin) / 1e6;
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

/* The yardstick: the same cells, made before, into an empty twin with the same key. */
static double raw_copy(const char *which)
{
    char sql[300];
    int64_t begin;
    double seconds;

    snprintf(sql, sizeof sql, "COPY (SELECT * FROM planning.target_cell WHERE %s) TO '%s/cells' (FORMAT binary)", which,
             stack.pg.dir);
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
    "\"share\":50},{\"kind\":\"set\",\"set\":\"before\",\"share\":20},"                                                \
    "{\"kind\":\"set\",\"set\":\"skill\",\"share\":30}],\"history\":[\"last\",\"before\"],\"hedge_ppm\":30000,"        \
    "\"reason\":\"bench\"}"

/* What came out beside plain SQL over the same cells, which is the yardstick of what took `seconds`. */
static void expect_as_sql(const char *what, long is, const char *sql, double seconds)
{
    int64_t begin = clock_monotonic_us();
    long want = pg_number(&stack.pg, sql);
    double plain = seconds_since(begin);

    printf("  plain SQL finds %s in %.2f s: %.2f of it\n", what, plain, seconds / plain);
    expect_count(what, is, want);
}

static long held(const char *what)
{
    char sql[500];

    snprintf(
        sql, sizeof sql,
        "SELECT count(*) FROM planning.target_bound b JOIN planning.target_cell c USING (period_id, measure_id,"
        " channel_id, product_id, unit_id) WHERE c.version = (SELECT max(version) FROM planning.plan_version) AND %s",
        what);
    return pg_number(&stack.pg, sql);
}

/* Decomposed and published; which of the versions. */
static double cut_and_publish(long version, long slices, uint32_t *cells)
{
    static const char *const quarter[] = { "2026Q4", NULL };
    const Bihuan__DecomposeReply *decomposed;
    const Bihuan__PublishPlanReply *published;
    ProtobufCMessage *reply;
    char sql[200];
    double cpu = cpu_seconds(), cut = timed(MSG(DECOMPOSE), DECOMPOSE_ALL, &reply), publish;

    decomposed = (const Bihuan__DecomposeReply *)reply;
    *cells = decomposed->cells;
    printf("version %ld: %u cells in %u slices decomposed in %.2f s, the daemon's own work %.2f s\n", version,
           decomposed->cells, decomposed->slices, cut, cpu_seconds() - cpu);
    expect_count("slices", decomposed->slices, slices);
    publish = timed(MSG(PUBLISH_PLAN), plan_consents(&stack, quarter, &missed), &reply);
    published = (const Bihuan__PublishPlanReply *)reply;
    expect_count("the version published", published->plan->version, version);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM planning.target_cell WHERE version = %ld AND amount > 0", version);
    expect_count("its lines", published->plan->lines, pg_number(&stack.pg, sql));
    printf("version %ld: checked and published %u lines in %.2f s; together %.2f s%s\n", version,
           published->plan->lines, publish, cut + publish, version == 1 ? " (target 10)" : "");
    return cut + publish;
}

static void judge_memory(void)
{
    long most = status_mb("VmHWM:");

    printf("memory %ld MB, at most %ld MB (target below %d)\n", status_mb("VmRSS:"), most, MEMORY_MB);
    judge("memory, MB", (double)most, MEMORY_MB, 1);
}

/* How much slower the machine is than where the targets were set. */
static double measure_plan(long slices, double *raw)
{
    uint32_t cells;
    double both = cut_and_publish(1, slices, &cells), copy = raw_copy("version = 1"), slower = copy / COPY_SECONDS;

    expect_count("cells that leave a floor or ceiling", held("(c.amount < b.floor OR c.amount > b.ceiling)"), 0);
    printf("raw COPY of the same rows %.2f s; decomposing and publishing is %.2f of it\n", copy, both / copy);
    printf("%ld events, %ld kB of stream; the ledger %ld MB beside %ld MB of cells\n",
           pg_number(&stack.pg, "SELECT count(*) FROM planning.bus_stream WHERE type = 7"),
           pg_number(&stack.pg, "SELECT sum(length(payload)) / 1024 FROM planning.bus_stream WHERE type = 7"),
           pg_number(&stack.pg, "SELECT pg_total_relation_size('planning.ledger_block') / 1048576"),
           pg_number(&stack.pg, "SELECT pg_total_relation_size('planning.target_cell') / 1048576"));
    *raw = copy;
    slower = slower > 1 ? slower : 1;
    judge("decomposing, checking and publishing, s", both, PUBLISH_SECONDS, slower);
    judge_memory();
    return slower;
}

/* A second version beside the first, under locks. */
static void measure_difference(long slices, long outlets, double copy, double slower)
{
    const Bihuan__DiffPlansReply *diff;
    ProtobufCMessage *reply;
    double revise = timed(MSG(REVISE_PLAN), "{\"period\":\"2026Q4\",\"reason\":\"more\"}", &reply), difference, cpu;
    uint32_t cells;

    printf("revision opened in %.2f s\n", revise);
    plan_scene_locks(&stack, slices, outlets);
    plan_scene_totals(&stack, slices, 2);
    judge("decomposing anew, checking and publishing, in raw COPYs", cut_and_publish(2, slices, &cells) / copy,
          ANEW_COPIES, 1);
    expect_count("locked cells that moved",
                 held("b.locked AND c.amount <> (SELECT amount FROM planning.target_cell o WHERE o.version = 1 AND"
                      " o.period_id = c.period_id AND o.measure_id = c.measure_id AND o.channel_id = c.channel_id AND"
                      " o.product_id = c.product_id AND o.unit_id = c.unit_id)"),
                 0);
    cpu = cpu_seconds();
    difference = timed(MSG(DIFF_PLANS),
                       "{\"period\":\"2026Q4\",\"from_version\":1,\"to_version\":2,\"unit\":\"P\","
                       "\"page\":{\"limit\":500}}",
                       &reply);
    diff = (const Bihuan__DiffPlansReply *)reply;
    printf(
        "the difference of the two published versions %.2f s (target %.0f), the daemon's own work %.2f s: %u changed,"
        " %u added, %u removed; %zu lines shown\n",
        difference, DIFFERENCE_SECONDS, cpu_seconds() - cpu, diff->changed, diff->added, diff->removed, diff->n_items);
    expect_as_sql("cells that differ", diff->changed,
                  "SELECT count(*) FROM planning.target_cell a JOIN planning.target_cell b USING"
                  " (period_id, measure_id, channel_id, product_id, unit_id) WHERE a.version = 1 AND"
                  " b.version = 2 AND a.amount <> b.amount",
                  difference);
    judge("the difference, s", difference, DIFFERENCE_SECONDS, slower);
    printf("explain one cell %.3f s\n", timed(MSG(EXPLAIN_TARGET),
                                              "{\"period\":\"2026Q4\",\"unit\":\"S7\",\"measure\":\"m1\",\"product\":"
                                              "\"p0\"}",
                                              &reply));
    expect_count("links of its chain", (long)((const Bihuan__ExplainTargetReply *)reply)->n_chain, 4);
    judge_memory();
}

#define OVER_MONTHS                                                                                                    \
    "{\"period\":\"2026Q4\",\"unit\":\"P\",\"every_slice\":true,\"over\":\"periods\",\"reason\":\"bench\"}"

/* Versions that a cut over periods ties together; all come into force at once. */
static double publish_set(const char *const *periods, size_t others)
{
    ProtobufCMessage *reply;
    double seconds = timed(MSG(PUBLISH_PLAN), plan_consents(&stack, periods, &missed), &reply);

    expect_count("periods published beside it", (long)((const Bihuan__PublishPlanReply *)reply)->n_set, (long)others);
    return seconds;
}

/* What isn't the sum of its months, of versions in force. */
static const char APART[] =
    "SET enable_nestloop = off; WITH d AS (SELECT id, code FROM planning.document WHERE kind = 'period' AND code IN"
    " ('2026Q4', 'M10', 'M11', 'M12')), v AS (SELECT v.period_id, v.version, d.code FROM planning.plan_version v JOIN d"
    " ON d.id = v.period_id WHERE v.state = 'published') SELECT count(*) FROM (SELECT 1 FROM planning.target_cell c "
    "JOIN"
    " v USING (period_id, version) GROUP BY c.measure_id, c.channel_id, c.product_id, c.unit_id HAVING sum(amount) "
    "FILTER"
    " (WHERE code = '2026Q4') IS DISTINCT FROM sum(amount) FILTER (WHERE code <> '2026Q4')) s";

/* The check reads four periods then, and compares each cell of the quarter with its three months. */
static void measure_periods(void)
{
    static const char *const months[] = { "M10", "M11", "M12", NULL };
    const Bihuan__LintPlanReply *lint;
    ProtobufCMessage *reply;
    double alone = timed(MSG(LINT_PLAN), "{\"period\":\"2026Q4\"}", &reply), cut, publish, cpu, checked;

    stack_apply(&stack, MSG(APPLY_PERIODS),
                "{\"items\":[{\"code\":\"M10\",\"from\":\"2026-10-01\",\"until\":\"2026-11-01\",\"calendar\":\"flat\"},"
                "{\"code\":\"M11\",\"from\":\"2026-11-01\",\"until\":\"2026-12-01\",\"calendar\":\"flat\"},"
                "{\"code\":\"M12\",\"from\":\"2026-12-01\",\"until\":\"2027-01-01\",\"calendar\":\"flat\"}]}");
    cut = timed(MSG(DECOMPOSE), OVER_MONTHS, &reply);
    publish = publish_set(months, 2);
    cpu = cpu_seconds();
    checked = timed(MSG(LINT_PLAN), "{\"period\":\"2026Q4\"}", &reply);
    lint = (const Bihuan__LintPlanReply *)reply;
    printf("the quarter cut into three months %.2f s, these published %.2f s\n", cut, publish);
    printf("the quarter checked %.2f s; beside its months %.2f s (the daemon's own work %.2f s), so these cost %.2f s: "
           "%u errors, %u warnings\n",
           alone, checked, cpu_seconds() - cpu, checked - alone, lint->errors, lint->warnings);
    (void)plan_codes(&stack, "2026Q4", lint, &missed); /* so it differs from its months nowhere */
    expect_as_sql("cells that aren't what their months have", 0, APART, checked);
    judge_memory();
}

/* The quarter and its months once more, four million cells over those that are there, in force with one step. */
static void measure_set(long slices)
{
    static const char *const all[] = { "2026Q4", "M10", "M11", "M12", NULL };
    ProtobufCMessage *reply;
    double units, months, publish;

    stack_apply(&stack, MSG(REVISE_PLAN), "{\"period\":\"2026Q4\",\"reason\":\"still more\"}");
    plan_scene_totals(&stack, slices, 4);
    units = timed(MSG(DECOMPOSE), DECOMPOSE_ALL, &reply);
    months = timed(MSG(DECOMPOSE), OVER_MONTHS, &reply);
    publish = publish_set(all, 3);
    printf("the quarter cut anew %.2f s, its months %.2f s, all four published with one step %.2f s\n", units, months,
           publish);
    expect_count("cells in force that aren't what their months have", pg_number(&stack.pg, APART), 0);
    judge_memory();
}

/* Whoever plans waits for these: planning has one writer. The yardstick is taken anew: a machine's load changes. */
static void measure_edits(long outlets)
{
    struct plan_edits edits;
    double copy;

    plan_edits_run(&stack, outlets, &edits);
    copy = raw_copy("measure_id = (SELECT id FROM planning.document WHERE kind = 'measure' AND code = 'e')");
    printf("of %ld cells over units, channels and months: the total set %.2f s (%ld cells, %.2f of raw COPY of all), a"
           " month's %.2f s, an outlet's %.3f s (%.3f of it)\n",
           edits.cells, edits.top, edits.top_changed, edits.top / copy, edits.month, edits.leaf, edits.leaf / copy);
    expect_count("sums that edits left wrong", edits.broken, 0);
    judge("a total set, in raw COPYs", edits.top / copy, TOP_COPIES, 1);
    judge("a month's total set, in raw COPYs", edits.month / copy, TOP_COPIES, 1);
    judge("an outlet's target set, in raw COPYs", edits.leaf / copy, LEAF_COPIES, 1);
    judge_memory();
}

int main(int argc, char **argv)
{
    long slices, outlets;
    double slower, copy;

    smoke = argc > 1 && strcmp(argv[argc - 1], "--smoke") == 0;
    slices = smoke ? 10 : argc > 1 ? strtol(argv[1], NULL, 10) : 100;
    outlets = smoke ? 300 : argc > 2 ? strtol(argv[2], NULL, 10) : 10000;
    pin();
    stack_new_measured(&stack);
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    plan_scene_prepare(&stack, slices, outlets);
    printf("load average %.2f\n", scene_load_average());
    slower = measure_plan(slices, &copy);
    measure_difference(slices, outlets, copy, slower);
    measure_periods();
    measure_set(slices);
    measure_edits(outlets);
    stack_free(&stack);
    printf(missed ? "%d of the figures were missed\n" : "every figure is met\n", missed);
    return missed ? 1 : 0;
}
