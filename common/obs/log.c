/* log: see log.h. A line is built on the stack and written by one write(), so lines of several threads never mix. */
#include "obs/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_LEN 4096
#define PROGRAM_MAX  32

static char program_name[PROGRAM_MAX] = "bihuan";
static _Atomic int least_level = LOG_INFO;

static const char *const level_names[] = { "debug", "info", "warn", "error" };

void log_init(const char *program, enum log_level least)
{
    snprintf(program_name, sizeof program_name, "%s", program);
    atomic_store(&least_level, (int)least);
}

int log_level_parse(const char *text, enum log_level *out)
{
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *out = (enum log_level)i;
            return 0;
        }
    }
    return -1;
}

/* "2026-11-26T10:00:00.123Z info feedback file_loaded " */
static size_t write_head(char *line, size_t cap, enum log_level level, const char *event)
{
    struct timespec now;
    struct tm tm;
    char stamp[32];
    int len;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);
    len = snprintf(line, cap, "%s.%03ldZ %s %s %s ", stamp, now.tv_nsec / 1000000, level_names[level], program_name,
                   event);
    return len < 0 ? 0 : (size_t)len < cap ? (size_t)len : cap - 1;
}

/* A value from outside must not be able to forge a line. */
static void flatten(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            text[i] = ' ';
}

void log_write(enum log_level level, const char *event, const char *fmt, ...)
{
    char line[LINE_MAX_LEN];
    size_t len;
    int more;
    va_list ap;
    ssize_t ignored;

    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed))
        return;
    len = write_head(line, sizeof line - 1, level, event);
    va_start(ap, fmt);
    more = vsnprintf(line + len, sizeof line - 1 - len, fmt, ap);
    va_end(ap);
    if (more > 0)
        len = len + (size_t)more < sizeof line - 1 ? len + (size_t)more : sizeof line - 2;
    flatten(line, len);
    while (len > 0 && line[len - 1] == ' ')
        len--;
    line[len++] = '\n';
    ignored = write(STDERR_FILENO, line, len);
    (void)ignored;
}
