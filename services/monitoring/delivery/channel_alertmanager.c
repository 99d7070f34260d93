/* channel_alertmanager: Prometheus Alertmanager, API v2. It is told no messages but what is true now: all alerts that
 * fire, again and again, each with an end a few minutes ahead, so that it resolves them by itself when nobody says so
 * any more; and for a while those that are over, with their end. The set of labels is an alert's identity, so what
 * changes (figures, severity) is an annotation.
 *
 * Names of labels are letters, digits and _; values are free, but an empty one is as good as none. */
#include "monitoring/delivery/channel.h"

#include "text/dates.h"
#include "text/json_out.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LABEL_NAME_MAX 48
#define LABELS_MAX     24

struct labels {
    char names[LABELS_MAX][LABEL_NAME_MAX];
    size_t count;
};

static bool is_taken(const struct labels *labels, const char *name)
{
    for (size_t i = 0; i < labels->count; i++)
        if (strcmp(labels->names[i], name) == 0)
            return true;
    return false;
}

/* A valid name that isn't taken yet: what isn't allowed becomes _, a second one of the same name gets a _ behind it. */
static const char *label_name(struct labels *labels, const char *raw)
{
    char *name = labels->names[labels->count];
    size_t len = 0;

    if (isdigit((unsigned char)*raw))
        name[len++] = '_';
    for (; *raw && len < LABEL_NAME_MAX - LABELS_MAX; raw++)
        name[len++] = (char)(isalnum((unsigned char)*raw) && (unsigned char)*raw < 0x80 ? *raw : '_');
    if (!len)
        name[len++] = '_';
    name[len] = 0;
    while (is_taken(labels, name)) {
        name[len++] = '_';
        name[len] = 0;
    }
    labels->count++;
    return name;
}

static void put_label(struct json_out *json, struct labels *labels, const char *name, const char *value)
{
    if (*value && labels->count < LABELS_MAX)
        json_out_field_text(json, label_name(labels, name), value);
}

/* "zero_sales" is SalesZeroSales, without an alert BihuanTest. */
static void alert_name(const Bihuan__Alert *alert, char *out, size_t cap)
{
    size_t len = (size_t)snprintf(out, cap, "Sales");
    bool upper = true;

    for (const char *p = alert->kind; *p && len + 1 < cap; p++) {
        if (!isalnum((unsigned char)*p)) {
            upper = true;
            continue;
        }
        out[len++] = (char)(upper ? toupper((unsigned char)*p) : *p);
        upper = false;
    }
    out[len] = 0;
}

static void put_labels(struct json_out *json, const Bihuan__Notice *notice)
{
    const Bihuan__Alert *alert = notice->data;
    struct labels labels = { .count = 0 };
    char name[64] = "BihuanTest";

    if (alert)
        alert_name(alert, name, sizeof name);
    json_out_key(json, "labels");
    json_out_object(json);
    put_label(json, &labels, "alertname", name);
    put_label(json, &labels, "bihuan", alert ? alert->id : notice->id);
    if (alert) {
        put_label(json, &labels, "unit", alert->unit);
        put_label(json, &labels, "org_level", alert->unit_type);
        put_label(json, &labels, "measure", alert->measure);
        put_label(json, &labels, "period", alert->period);
        put_label(json, &labels, "rule", alert->rule);
    }
    for (size_t i = 0; i < notice->n_labels; i++)
        put_label(json, &labels, notice->labels[i]->name, notice->labels[i]->value);
    json_out_object_end(json);
}

static void put_annotations(struct json_out *json, const Bihuan__Notice *notice)
{
    struct buf text = { 0 };
    const Bihuan__Alert *alert = notice->data;

    channel_text(notice, false, 4000, &text);
    json_out_key(json, "annotations");
    json_out_object(json);
    json_out_field_text(json, "summary", notice->title);
    json_out_field_text(json, "description", buf_text(&text));
    if (notice->severity[0])
        json_out_field_text(json, "severity", notice->severity);
    if (alert)
        json_out_field_text(json, "unit_name", alert->unit_name);
    if (alert && alert->inputs) {
        int points = alert->inputs->gap_bp < 0 ? -alert->inputs->gap_bp : alert->inputs->gap_bp;
        char gap[32];

        snprintf(gap, sizeof gap, "%s%d.%02d", alert->inputs->gap_bp < 0 ? "-" : "", points / 100, points % 100);
        json_out_field_text(json, "gap", gap);
        json_out_field_text(json, "as_of", alert->inputs->as_of);
    }
    json_out_object_end(json);
    buf_fini(&text);
}

void alertmanager_put(struct json_out *json, const Bihuan__Notice *notice, int64_t starts_us, int64_t ends_us)
{
    struct zone utc = { "UTC", 0 };
    char starts[TIME_TEXT_MAX], ends[TIME_TEXT_MAX];

    if (starts_us > ends_us)
        starts_us = ends_us; /* a start behind the end is refused */
    time_print(starts, starts_us, &utc);
    time_print(ends, ends_us, &utc);
    json_out_object(json);
    put_labels(json, notice);
    put_annotations(json, notice);
    json_out_field_text(json, "startsAt", starts);
    json_out_field_text(json, "endsAt", ends);
    if (strncmp(notice->url, "http://", 7) == 0 || strncmp(notice->url, "https://", 8) == 0)
        json_out_field_text(json, "generatorURL", notice->url);
    json_out_object_end(json);
}

/* One message on its own: a test. */
static int make(const struct channel_job *job, struct channel_bytes *out, char error[CHANNEL_ERROR_MAX])
{
    struct json_out json;

    (void)error;
    buf_printf(&out->url, "%s/api/v2/alerts", channel_address(job));
    channel_header(out, "Content-Type: application/json");
    json_out_init(&json, &out->body);
    json_out_array(&json);
    alertmanager_put(&json, job->notice, job->now_us, job->now_us + 60 * US_PER_SECOND);
    json_out_array_end(&json);
    return 0;
}

const struct channel channel_alertmanager = {
    .name = "alertmanager",
    .schemes = "http https",
    .state = true,
    .make = make,
    .judge = channel_judge_http,
};
