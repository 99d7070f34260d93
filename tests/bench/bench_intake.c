/* bench_intake: a file of orders through a real feedback daemon, beside raw binary COPY of the same rows into a table
 * of the same shape, in transactions of the same size, on the same PostgreSQL.
 *
 *   bench_intake [rows] [ascending|random]
 */
#include "base/buf.h"
#include "runtime/clock.h"
#include "support/stack.h"

#include "bihuan/feedback.pb-c.h"
#include "bihuan/planning.pb-c.h"

#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNITS      2000
#define BATCH_ROWS 16384

static struct stack stack;
static long row_count = 500000;
static bool shuffled;

static void sql(const char *text)
{
    free(pg_value(&stack.pg, text));
}

static void put_reference(void)
{
    char text[400];

    snprintf(text, sizeof text,
             "INSERT INTO feedback.ref_unit SELECT i, 'S' || i, CASE WHEN i < 22 THEN 'city' ELSE 'outlet' END,"
             " CASE WHEN i < 22 THEN '' ELSE 'store' END FROM generate_series(1, %d) i",
             UNITS);
    sql(text);
    sql("INSERT INTO feedback.ref_relation (unit_id, parent, from_day, until_day)"
        " SELECT id, 'S' || (id % 20 + 1), '2000-01-01', 'infinity' FROM feedback.ref_unit WHERE id > 21");
    sql("INSERT INTO feedback.ref_channel VALUES (1, 'store')");
    sql("INSERT INTO feedback.ref_product SELECT i, 'p' || i, CASE WHEN i > 4 THEN 'p' || (i % 4 + 1) ELSE '' END,"
        " '100' FROM generate_series(1, 40) i");
}

static void put_measure(uint32_t id, const char *value, const char *product)
{
    Bihuan__Measure measure = BIHUAN__MEASURE__INIT;
    Bihuan__MeasureFilter filter = BIHUAN__MEASURE_FILTER__INIT;
    char *products[] = { (char *)(uintptr_t)product };
    char code[20], text[1200];
    uint8_t bytes[300];
    size_t len;
    int at;

    snprintf(code, sizeof code, "m%u", id);
    measure.id = id;
    measure.code = code;
    measure.fact = (char *)(uintptr_t) "order_line";
    measure.value = (char *)(uintptr_t)value;
    measure.filter = &filter;
    if (product) {
        filter.n_products = 1;
        filter.products = products;
    }
    len = bihuan__measure__pack(&measure, bytes);
    at = snprintf(text, sizeof text, "INSERT INTO feedback.ref_measure VALUES (%u, '\\x", id);
    for (size_t i = 0; i < len; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%02x", bytes[i]);
    snprintf(text + at, sizeof text - (size_t)at, "')");
    sql(text);
}

static const char FEED[] =
    "{\"items\":[{\"code\":\"orders\",\"title\":\"Orders\",\"sender\":\"boss\",\"fact\":\"order_line\","
    "\"watermark\":\"last_event\",\"key\":[\"id\"],\"columns\":["
    "{\"field\":\"time\",\"column\":\"when\",\"format\":\"yyyy-MM-dd HH:mm:ss\"},"
    "{\"field\":\"unit\",\"column\":\"shop\"},{\"field\":\"product\",\"column\":\"what\"},"
    "{\"field\":\"quantity\",\"column\":\"n\"},{\"field\":\"amount\",\"column\":\"money\"},"
    "{\"field\":\"customer\",\"column\":\"who\"}]}]}";

static void write_file(const char *path)
{
    FILE *file = fopen(path, "w");

    if (!file)
        abort();
    fputs("id,when,shop,what,n,money,who\n", file);
    for (long i = 0; i < row_count; i++) {
        unsigned long id = shuffled ? (unsigned long)i * 2654435761UL % 10000000019UL : (unsigned long)i;

        fprintf(file, "ORD%012lu,2026-11-%02ld %02ld:%02ld:%02ld,S%ld,p%ld,%ld,%ld.%02ld,c%ld\n", id,
                1 + i / 20000 % 28, i / 3600 % 24, i / 60 % 60, i % 60, 22 + i * 7919 % (UNITS - 22), 1 + i % 40,
                1 + i % 3, 50 + i % 400, i % 100, i % 100000);
    }
    fclose(file);
}

static bool is_finished(void *arg)
{
    char text[200];

    snprintf(text, sizeof text,
             "SELECT count(*) FROM feedback.feed_file WHERE name = '%s' AND state IN ('loaded',"
             " 'partial', 'refused', 'duplicate')",
             (const char *)arg);
    return pg_number(&stack.pg, text) > 0;
}

static double load(const char *name)
{
    char aside[200], path[200];
    int64_t begin;

    snprintf(aside, sizeof aside, "%s/data/inbox/orders/.aside", stack.dir);
    snprintf(path, sizeof path, "%s/data/inbox/orders/%s", stack.dir, name);
    write_file(aside);
    begin = clock_monotonic_us();
    if (rename(aside, path) != 0 || !stack_until(is_finished, (void *)(uintptr_t)name, 300))
        abort();
    return (double)(clock_monotonic_us() - begin) / 1e6;
}

/* --- raw COPY ------------------------------------------------------------------------------------------------------
 */

static void take_out(PGconn *conn, long from, struct buf *out)
{
    char text[300];
    PGresult *result;
    char *piece;
    int len;

    snprintf(text, sizeof text,
             "COPY (SELECT * FROM feedback.order_line WHERE row_no > %ld AND row_no <= %ld ORDER BY"
             " row_no) TO STDOUT (FORMAT binary)",
             from, from + BATCH_ROWS);
    PQclear(PQexec(conn, text));
    while ((len = PQgetCopyData(conn, &piece, 0)) > 0) {
        buf_append(out, piece, (size_t)len);
        PQfreemem(piece);
    }
    while ((result = PQgetResult(conn)) != NULL)
        PQclear(result);
}

static void put_in(PGconn *conn, const struct buf *rows)
{
    PGresult *result;

    PQclear(PQexec(conn, "COPY raw FROM STDIN (FORMAT binary)"));
    for (size_t at = 0; at < rows->len; at += 65536)
        PQputCopyData(conn, (const char *)rows->data + at, (int)(rows->len - at < 65536 ? rows->len - at : 65536));
    PQputCopyEnd(conn, NULL);
    while ((result = PQgetResult(conn)) != NULL) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            fprintf(stderr, "%s", PQresultErrorMessage(result));
        PQclear(result);
    }
}

static double raw_copy(void)
{
    PGconn *conn = PQconnectdb(stack.pg.url);
    long count = (row_count + BATCH_ROWS - 1) / BATCH_ROWS;
    struct buf *batches = calloc((size_t)count, sizeof *batches);
    int64_t begin;
    double seconds;

    PQclear(PQexec(conn, "DROP TABLE IF EXISTS raw"));
    PQclear(PQexec(conn, "CREATE TABLE raw (LIKE feedback.order_line INCLUDING ALL)"));
    PQclear(PQexec(conn, "CREATE INDEX ON feedback.order_line (row_no)"));
    for (long i = 0; i < count; i++)
        take_out(conn, i * BATCH_ROWS, &batches[i]);
    PQclear(PQexec(conn, "CHECKPOINT"));
    begin = clock_monotonic_us();
    for (long i = 0; i < count; i++)
        put_in(conn, &batches[i]);
    seconds = (double)(clock_monotonic_us() - begin) / 1e6;
    for (long i = 0; i < count; i++)
        buf_fini(&batches[i]);
    free(batches);
    PQfinish(conn);
    return seconds;
}

/* CPU seconds of the daemon's threads so far. */
static void show_threads(void)
{
    char command[200];

    snprintf(
        command, sizeof command,
        "for t in /proc/%d/task/*; do awk '{print \"thread\", $1, \"user\", $14/100, \"system\", $15/100}' $t/stat;"
        " done",
        (int)stack_pid(&stack, "feedback", "a"));
    if (system(command) != 0)
        fprintf(stderr, "no threads\n");
}

int main(int argc, char **argv)
{
    double loaded, again, raw;

    if (argc > 1)
        row_count = atol(argv[1]);
    shuffled = argc > 2 && strcmp(argv[2], "random") == 0;
    stack_new(&stack);
    stack.extra[0] = "--quiet-ms=0";
    stack.extra[1] = "--scan-ms=50";
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
    put_reference();
    put_measure(1, "amount", NULL);
    put_measure(2, "count", NULL);
    put_measure(3, "quantity", "p1");
    put_measure(4, "amount", "p2");
    stack_kill(&stack, "feedback", "a", SIGKILL);
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "feedback");
    stack_apply(&stack, MSG(APPLY_FEEDS), FEED);
    sql("CHECKPOINT");
    loaded = load("first.csv");
    show_threads();
    raw = raw_copy();
    sql("DROP INDEX feedback.order_line_row_no_idx");
    printf("%ld rows, %s keys\n", row_count, shuffled ? "random" : "ascending");
    printf("file to facts, streams and position  %6.2f s  %8.0f rows/s\n", loaded, (double)row_count / loaded);
    printf("raw binary COPY of the same rows     %6.2f s  %8.0f rows/s\n", raw, (double)row_count / raw);
    printf("ratio                                %6.2f\n", raw / loaded);
    row_count += 1; /* other content, the same records */
    again = load("second.csv");
    printf("delivered again, all but one known   %6.2f s  %8.0f rows/s\n", again, (double)row_count / again);
    stack_free(&stack);
    return 0;
}
