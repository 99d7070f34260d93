/* metrics: see metrics.h. Families in order of first use, each with its series; a small hash table finds a series. */
#include "obs/metrics.h"

#include "base/hash.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS 256

static const double bounds[] = { 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60 };
#define BOUND_COUNT (sizeof bounds / sizeof bounds[0])

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct series {
    struct series *next;  /* of the family */
    struct series *chain; /* of the hash table */
    const struct family *family;
    char *labels;
    uint64_t hash;
    uint64_t count;     /* counters, and observations of a histogram */
    double value;       /* gauges, and the sum of a histogram */
    uint64_t buckets[]; /* of a histogram: not cumulative */
};

struct family {
    struct family *next;
    enum metric_kind kind;
    char *name;
    char *help;
    struct series *first, *last;
};

struct metrics {
    pthread_mutex_t lock;
    char *service;
    struct family *first, *last;
    struct series *chains[CHAINS];
};

static void *must(void *pointer)
{
    if (!pointer)
        abort();
    return pointer;
}

struct metrics *metrics_new(const char *service)
{
    struct metrics *metrics = must(calloc(1, sizeof *metrics));

    pthread_mutex_init(&metrics->lock, NULL);
    metrics->service = must(strdup(service));
    return metrics;
}

static void family_destroy(struct family *family)
{
    for (struct series *series = family->first; series;) {
        struct series *next = series->next;
        free(series->labels);
        free(series);
        series = next;
    }
    free(family->name);
    free(family->help);
    free(family);
}

void metrics_destroy(struct metrics **metrics)
{
    if (!metrics || !*metrics)
        return;
    for (struct family *family = (*metrics)->first; family;) {
        struct family *next = family->next;
        family_destroy(family);
        family = next;
    }
    pthread_mutex_destroy(&(*metrics)->lock);
    free((*metrics)->service);
    free(*metrics);
    *metrics = NULL;
}

static struct family *family_get(struct metrics *metrics, enum metric_kind kind, const char *name, const char *help)
{
    struct family *family;

    for (family = metrics->first; family; family = family->next)
        if (strcmp(family->name, name) == 0) {
            assert(family->kind == kind);
            return family;
        }
    family = must(calloc(1, sizeof *family));
    family->kind = kind;
    family->name = must(strdup(name));
    family->help = must(strdup(help));
    if (metrics->last)
        metrics->last->next = family;
    else
        metrics->first = family;
    metrics->last = family;
    return family;
}

static struct series *series_add(struct metrics *metrics, struct family *family, const char *labels, uint64_t hash)
{
    size_t buckets = family->kind == METRIC_HISTOGRAM ? BOUND_COUNT : 0;
    struct series *series = must(calloc(1, sizeof *series + buckets * sizeof(uint64_t)));

    series->family = family;
    series->labels = must(strdup(labels));
    series->hash = hash;
    series->chain = metrics->chains[hash % CHAINS];
    metrics->chains[hash % CHAINS] = series;
    if (family->last)
        family->last->next = series;
    else
        family->first = series;
    family->last = series;
    return series;
}

/* The series, made on first use. The caller holds the lock. */
static struct series *series_get(struct metrics *metrics, enum metric_kind kind, const char *name, const char *help,
                                 const char *labels)
{
    uint64_t hash = hash_bytes(labels, strlen(labels), hash_bytes(name, strlen(name), 0));

    for (struct series *series = metrics->chains[hash % CHAINS]; series; series = series->chain)
        if (series->hash == hash && strcmp(series->family->name, name) == 0 && strcmp(series->labels, labels) == 0)
            return series;
    return series_add(metrics, family_get(metrics, kind, name, help), labels, hash);
}

void metrics_count(struct metrics *metrics, const char *name, const char *help, const char *labels, uint64_t add)
{
    pthread_mutex_lock(&metrics->lock);
    series_get(metrics, METRIC_COUNTER, name, help, labels)->count += add;
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_gauge(struct metrics *metrics, const char *name, const char *help, const char *labels, double value)
{
    pthread_mutex_lock(&metrics->lock);
    series_get(metrics, METRIC_GAUGE, name, help, labels)->value = value;
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_observe(struct metrics *metrics, const char *name, const char *help, const char *labels, double seconds)
{
    struct series *series;

    pthread_mutex_lock(&metrics->lock);
    series = series_get(metrics, METRIC_HISTOGRAM, name, help, labels);
    series->count++;
    series->value += seconds;
    for (size_t i = 0; i < BOUND_COUNT; i++)
        if (seconds <= bounds[i]) {
            series->buckets[i]++;
            break;
        }
    pthread_mutex_unlock(&metrics->lock);
}

static void write_help(struct buf *out, const char *name, const char *help)
{
    buf_printf(out, "# HELP %s ", name);
    for (const char *at = help; *at; at++) {
        if (*at == '\n')
            buf_append_text(out, "\\n");
        else if (*at == '\\')
            buf_append_text(out, "\\\\");
        else
            buf_append(out, at, 1);
    }
    buf_append_text(out, "\n");
}

/* name{labels} or name */
static void write_name(struct buf *out, const char *name, const char *suffix, const char *labels)
{
    buf_printf(out, "%s%s", name, suffix);
    if (*labels)
        buf_printf(out, "{%s}", labels);
    buf_append_text(out, " ");
}

static void write_histogram(struct buf *out, const char *name, const struct series *series)
{
    const char *comma = *series->labels ? "," : "";
    uint64_t sum = 0;

    for (size_t i = 0; i < BOUND_COUNT; i++) {
        sum += series->buckets[i];
        buf_printf(out, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", name, series->labels, comma, bounds[i], sum);
    }
    buf_printf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", name, series->labels, comma, series->count);
    write_name(out, name, "_sum", series->labels);
    buf_printf(out, "%.9g\n", series->value);
    write_name(out, name, "_count", series->labels);
    buf_printf(out, "%" PRIu64 "\n", series->count);
}

static void write_series(struct buf *out, const char *name, const struct family *family, const struct series *series)
{
    switch (family->kind) {
    case METRIC_COUNTER:
        write_name(out, name, "", series->labels);
        buf_printf(out, "%" PRIu64 "\n", series->count);
        break;
    case METRIC_GAUGE:
        write_name(out, name, "", series->labels);
        buf_printf(out, "%.15g\n", series->value);
        break;
    case METRIC_HISTOGRAM:
        write_histogram(out, name, series);
        break;
    }
}

void metrics_write(struct metrics *metrics, struct buf *out)
{
    static const char *const kinds[] = { "counter", "gauge", "histogram" };

    pthread_mutex_lock(&metrics->lock);
    for (const struct family *family = metrics->first; family; family = family->next) {
        char name[160];

        snprintf(name, sizeof name, "bihuan_%s_%s", metrics->service, family->name);
        write_help(out, name, family->help);
        buf_printf(out, "# TYPE %s %s\n", name, kinds[family->kind]);
        for (const struct series *series = family->first; series; series = series->next)
            write_series(out, name, family, series);
    }
    pthread_mutex_unlock(&metrics->lock);
}
