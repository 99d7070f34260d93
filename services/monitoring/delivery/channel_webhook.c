/* channel_webhook: CloudEvents 1.0 in structured form, signed as Standard Webhooks says: HMAC-SHA256 over
 * "id.timestamp.body", one signature for each key, so that a key can be changed while both sides know both. */
#include "monitoring/delivery/channel.h"

#include "text/base64.h"
#include "text/dates.h"
#include "text/json_out.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define KEY_PREFIX "whsec_"

static void put_contributors(struct json_out *json, const Bihuan__Alert *alert)
{
    json_out_key(json, "contributors");
    json_out_array(json);
    for (size_t i = 0; i < alert->n_contributors; i++) {
        json_out_object(json);
        json_out_field_text(json, "unit", alert->contributors[i]->unit);
        json_out_field_text(json, "name", alert->contributors[i]->name);
        json_out_field_int(json, "deficit", alert->contributors[i]->deficit);
        json_out_field_int(json, "share_ppm", alert->contributors[i]->share_ppm);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void put_alert(struct json_out *json, const Bihuan__Alert *alert)
{
    const Bihuan__AlertInputs *inputs = alert->inputs;

    json_out_field_text(json, "state", alert->state);
    json_out_field_text(json, "severity", alert->severity);
    json_out_field_text(json, "rule", alert->rule);
    json_out_field_text(json, "unit", alert->unit);
    json_out_field_text(json, "unit_name", alert->unit_name);
    json_out_field_text(json, "measure", alert->measure);
    json_out_field_text(json, "period", alert->period);
    if (inputs) {
        json_out_field_text(json, "as_of", inputs->as_of);
        json_out_field_int(json, "target", inputs->target);
        json_out_field_int(json, "planned", inputs->planned);
        json_out_field_int(json, "actual", inputs->actual);
        json_out_field_int(json, "gap_bp", inputs->gap_bp);
        json_out_field_int(json, "days_behind_milli", inputs->days_behind_milli);
        json_out_field_int(json, "landing", inputs->landing);
    }
    put_contributors(json, alert);
}

static void put_list(struct json_out *json, const char *key, char *const *texts, size_t count)
{
    json_out_key(json, key);
    json_out_array(json);
    for (size_t i = 0; i < count; i++)
        json_out_text(json, texts[i]);
    json_out_array_end(json);
}

/* What one message for several tells: whoever follows alerts by their ids finds them here. */
static void put_parts(struct json_out *json, const Bihuan__Notice *notice)
{
    if (!notice->n_parts)
        return;
    json_out_key(json, "parts");
    json_out_array(json);
    for (size_t i = 0; i < notice->n_parts; i++) {
        json_out_object(json);
        json_out_field_text(json, "alert", notice->parts[i]->alert);
        json_out_field_text(json, "event", notice->parts[i]->event);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void put_data(struct json_out *json, const Bihuan__Notice *notice)
{
    json_out_key(json, "data");
    json_out_object(json);
    json_out_field_text(json, "alert", notice->alert);
    json_out_field_text(json, "summary", notice->title);
    json_out_field_text(json, "text", notice->text);
    if (notice->data)
        put_alert(json, notice->data);
    put_list(json, "items", notice->items, notice->n_items);
    json_out_field_int(json, "more", notice->more);
    put_parts(json, notice);
    json_out_field_text(json, "url", notice->url);
    json_out_object_end(json);
}

static void put_event(const Bihuan__Notice *notice, struct buf *out)
{
    struct zone utc = { "UTC", 0 };
    struct json_out json;
    char time[TIME_TEXT_MAX], type[64];

    time_print(time, notice->at, &utc);
    snprintf(type, sizeof type, "bihuan.%s.%s", notice->data ? "alert" : "notice", notice->event);
    json_out_init(&json, out);
    json_out_object(&json);
    json_out_field_text(&json, "specversion", "1.0");
    json_out_field_text(&json, "id", notice->id);
    json_out_field_text(&json, "source", "/bihuan/monitoring");
    json_out_field_text(&json, "type", type);
    json_out_field_text(&json, "subject", notice->alert[0] ? notice->alert : notice->event);
    json_out_field_text(&json, "time", time);
    json_out_field_text(&json, "datacontenttype", "application/json");
    put_data(&json, notice);
    json_out_object_end(&json);
}

/* " v1,<signature>" for one key; false where it isn't whsec_ and base64. */
static bool put_signature(const char *key, const char *id, int64_t now_s, const struct buf *body, struct buf *out)
{
    struct buf text = { 0 }, raw = { 0 };
    bool good = strncmp(key, KEY_PREFIX, strlen(KEY_PREFIX)) == 0 &&
                base64_decode(key + strlen(KEY_PREFIX), strlen(key) - strlen(KEY_PREFIX), &raw) == 0 && raw.len;

    if (good) {
        buf_printf(&text, "%s.%" PRId64 ".", id, now_s);
        buf_append(&text, body->data, body->len);
        buf_append_text(out, " v1,");
        channel_hmac(raw.data, raw.len, text.data, text.len, out);
        sodium_memzero(raw.data, raw.len);
    }
    buf_fini(&raw);
    buf_fini(&text);
    return good;
}

static int make(const struct channel_job *job, struct channel_bytes *out, char error[CHANNEL_ERROR_MAX])
{
    int64_t now_s = job->now_us / US_PER_SECOND;
    struct buf signatures = { 0 };
    int rc = 0;

    if (!out->body.len)
        put_event(job->notice, &out->body);
    buf_append_text(&out->url, channel_address(job));
    for (size_t i = 0; rc == 0 && i < job->secret->key_count; i++)
        if (!put_signature(job->secret->keys[i], job->notice->id, now_s, &out->body, &signatures))
            rc = -1;
    if (rc != 0 || !signatures.len) {
        snprintf(error, CHANNEL_ERROR_MAX, "a key of the receiver is not whsec_ and base64");
        rc = -1;
    } else {
        channel_header(out, "Content-Type: application/cloudevents+json; charset=utf-8");
        channel_header(out, "webhook-id: %s", job->notice->id);
        channel_header(out, "webhook-timestamp: %" PRId64, now_s);
        channel_header(out, "webhook-signature:%s", buf_text(&signatures));
    }
    buf_fini(&signatures);
    return rc;
}

const struct channel channel_webhook = {
    .name = "webhook",
    .schemes = "http https",
    .needs_key = true,
    .make = make,
    .judge = channel_judge_http,
};
