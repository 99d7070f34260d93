/* gauges: what the metrics page says of alerts and feeds: how many alerts stand how, by state, severity and type of
 * unit (never by unit: pages of a hundred thousand lines load nowhere), and to when each feed is complete. */
#include "monitoring/alerts/alert_book.h"

#include "obs/metrics.h"

#include <stdio.h>
#include <string.h>

#define TYPES_MAX  32
#define STATES     (ALERT_EXPIRED + 1)
#define SEVERITIES 4

struct counts {
    const struct monitoring *m;
    const char *types[TYPES_MAX];
    size_t type_count;
    uint32_t of[TYPES_MAX][STATES][SEVERITIES];
};

/* More types than anybody has share the last place. */
static size_t type_of(struct counts *counts, const char *type)
{
    size_t at = 0;

    while (at < counts->type_count && strcmp(counts->types[at], type) != 0)
        at++;
    if (at == TYPES_MAX)
        return TYPES_MAX - 1;
    if (at == counts->type_count)
        counts->types[counts->type_count++] = type;
    return at;
}

static int count_one(void *arg, struct alert *alert, struct err *err)
{
    struct counts *counts = arg;
    const struct ref_unit *unit = refdata_unit(counts->m->refdata, alert->unit_id);

    (void)err;
    if (unit && alert->severity >= 0 && alert->severity < SEVERITIES)
        counts->of[type_of(counts, unit->type)][alert->state][alert->severity]++;
    return 0;
}

/* What was said before is said again when it is none. */
static void say_alerts(struct tx *tx, struct counts *counts)
{
    static const char *const severities[SEVERITIES] = { "info", "warning", "major", "critical" };
    static const enum alert_state states[] = { ALERT_PENDING, ALERT_FIRING, ALERT_TAKEN, ALERT_ACTING };
    char labels[160];

    for (size_t t = 0; t < counts->type_count; t++)
        for (size_t s = 0; s < sizeof states / sizeof states[0]; s++)
            for (int v = 0; v < SEVERITIES; v++) {
                snprintf(labels, sizeof labels, "level=\"%.40s\",state=\"%s\",severity=\"%s\"", counts->types[t],
                         alert_state_word(states[s]), severities[v]);
                metrics_gauge(runtime_metrics(tx_runtime(tx)), "alerts", "Alerts by type of unit, state and severity.",
                              labels, counts->of[t][states[s]][v]);
            }
}

int gauges_due(struct tx *tx, const void *message, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    struct counts *counts = arena_new(tx_arena(tx), struct counts);

    (void)message;
    counts->m = m;
    if (alerts_each(monitoring_of(tx), count_one, counts, err) != 0)
        return -1;
    say_alerts(tx, counts);
    for (size_t i = 0; i < m->feed_count; i++) {
        char labels[100];

        snprintf(labels, sizeof labels, "feed=\"%.64s\"", m->feeds[i].feed);
        metrics_gauge(runtime_metrics(tx_runtime(tx)), "feed_watermark_timestamp_seconds",
                      "Business time to which a feed is known to be complete.", labels,
                      (double)m->feeds[i].through_us / 1e6);
    }
    return 0;
}
