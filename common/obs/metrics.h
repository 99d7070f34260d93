/* metrics: counters, gauges and histograms in Prometheus' text format. Thread-safe.
 *
 * Names: bihuan_<service>_<what>_<base unit>, counters end in _total. Labels are one fixed text such as
 * `feed="orders"` ("" none), few and bounded: by city and state, never by outlet.
 */
#ifndef BIHUAN_OBS_METRICS_H
#define BIHUAN_OBS_METRICS_H

#include "base/buf.h"

#include <stdint.h>

struct metrics;

struct metrics *metrics_new(const char *service);
void metrics_destroy(struct metrics **metrics);

/* `name` without the prefix "bihuan_<service>_". `help` is used the first time. */
void metrics_count(struct metrics *metrics, const char *name, const char *help, const char *labels, uint64_t add);
void metrics_gauge(struct metrics *metrics, const char *name, const char *help, const char *labels, double value);
/* Histogram of seconds, buckets 1 ms to 60 s. */
void metrics_observe(struct metrics *metrics, const char *name, const char *help, const char *labels, double seconds);
void metrics_write(struct metrics *metrics, struct buf *out);

#endif
