/* Log lines and metrics, the latter checked by promtool where it is installed. */
#include "obs/log.h"
#include "obs/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Runs `act` with standard error going to a file and returns what it wrote. */
static char *capture(void (*act)(void))
{
    static char text[8192];
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    size_t len;

    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
    act();
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    len = fread(text, 1, sizeof text - 1, file);
    text[len] = '\0';
    fclose(file);
    return text;
}

static void write_lines(void)
{
    log_init("feedback", LOG_INFO);
    log_debug("hidden", "a=%d", 1);
    log_info("file_loaded", "feed=%s rows=%d", "orders", 5000);
    log_warn("odd", "name=%s", "two\nlines\x01");
    log_error("bare", "%s", "");
}

static void log_writes_one_line_a_fact(void **state)
{
    char *text = capture(write_lines), *line;

    (void)state;
    assert_null(strstr(text, "hidden"));
    line = strtok(text, "\n");
    assert_string_equal(line + strlen("2026-11-26T10:00:00.123Z"), " info feedback file_loaded feed=orders rows=5000");
    assert_int_equal(line[10], 'T');
    line = strtok(NULL, "\n");
    assert_string_equal(line + 24, " warn feedback odd name=two lines");
    line = strtok(NULL, "\n");
    assert_string_equal(line + 24, " error feedback bare");
    assert_null(strtok(NULL, "\n"));
}

static void write_long(void)
{
    char text[6000];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_info("long", "text=%s", text);
}

static void log_cuts_a_long_line(void **state)
{
    char *text = capture(write_long);

    (void)state;
    assert_true(strlen(text) < 4096);
    assert_int_equal(text[strlen(text) - 1], '\n');
}

static void level_names(void **state)
{
    enum log_level level = LOG_ERROR;

    (void)state;
    assert_int_equal(log_level_parse("debug", &level), 0);
    assert_int_equal(level, LOG_DEBUG);
    assert_int_equal(log_level_parse("loud", &level), -1);
}

static struct metrics *some_metrics(void)
{
    struct metrics *metrics = metrics_new("feedback");

    metrics_count(metrics, "rows_total", "Rows read.", "feed=\"orders\"", 5);
    metrics_gauge(metrics, "queue_depth", "Inputs\nthat wait.", "", 3);
    metrics_count(metrics, "rows_total", "Rows read.", "feed=\"bills\"", 1);
    metrics_count(metrics, "rows_total", "Rows read.", "feed=\"orders\"", 2);
    metrics_observe(metrics, "commit_duration_seconds", "Time of a commit.", "", 0.0007);
    metrics_observe(metrics, "commit_duration_seconds", "Time of a commit.", "", 0.3);
    metrics_observe(metrics, "commit_duration_seconds", "Time of a commit.", "", 100);
    metrics_observe(metrics, "request_duration_seconds", "Time of a request.", "type=\"LIST\"", 2);
    return metrics;
}

static void metrics_text(void **state)
{
    struct metrics *metrics = some_metrics();
    struct buf out = { 0 };
    const char *text;

    (void)state;
    metrics_write(metrics, &out);
    text = buf_text(&out);
    assert_non_null(strstr(text,
                           "# HELP bihuan_feedback_rows_total Rows read.\n# TYPE bihuan_feedback_rows_total counter\n"
                           "bihuan_feedback_rows_total{feed=\"orders\"} 7\n"
                           "bihuan_feedback_rows_total{feed=\"bills\"} 1\n"));
    assert_non_null(strstr(text, "Inputs\\nthat wait."));
    assert_non_null(strstr(text, "bihuan_feedback_queue_depth 3\n"));
    assert_non_null(strstr(text, "commit_duration_seconds_bucket{le=\"0.001\"} 1\n"));
    assert_non_null(strstr(text, "commit_duration_seconds_bucket{le=\"60\"} 2\n"));
    assert_non_null(strstr(text, "commit_duration_seconds_bucket{le=\"+Inf\"} 3\n"));
    assert_non_null(strstr(text, "request_duration_seconds_bucket{type=\"LIST\",le=\"2.5\"} 1\n"));
    assert_non_null(strstr(text, "request_duration_seconds_count{type=\"LIST\"} 1\n"));
    buf_fini(&out);
    metrics_destroy(&metrics);
    metrics_destroy(&metrics);
}

static void metrics_pass_promtool(void **state)
{
    struct metrics *metrics = some_metrics();
    struct buf out = { 0 };
    FILE *tool;

    (void)state;
    metrics_write(metrics, &out);
    metrics_destroy(&metrics);
    if (system("command -v promtool >/dev/null") != 0) {
        buf_fini(&out);
        skip();
    }
    tool = popen("promtool check metrics", "w");
    assert_non_null(tool);
    fwrite(out.data, 1, out.len, tool);
    assert_int_equal(pclose(tool), 0);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_writes_one_line_a_fact),
        cmocka_unit_test(log_cuts_a_long_line),
        cmocka_unit_test(level_names),
        cmocka_unit_test(metrics_text),
        cmocka_unit_test(metrics_pass_promtool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
