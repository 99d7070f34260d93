/* channel_feishu: a robot of a Feishu (飞书) group. With a key the body carries the time in seconds and a signature:
 * base64 of HMAC-SHA256 over nothing, the key being the time, a line feed and the secret. 100 a minute, 5 a second,
 * bodies of at most 20 kB; at full and half hours it answers 11232. */
#include "monitoring/delivery/channel.h"

#include "text/dates.h"
#include "text/json_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX_BYTES 15000 /* leaves room for quoting within 20 kB */

static void put_signature(const struct channel_job *job, struct json_out *json)
{
    struct buf key = { 0 }, signature = { 0 };
    char time[24];

    snprintf(time, sizeof time, "%" PRId64, job->now_us / US_PER_SECOND);
    buf_printf(&key, "%s\n%s", time, job->secret->keys[0]);
    channel_hmac(key.data, key.len, "", 0, &signature);
    json_out_field_text(json, "timestamp", time);
    json_out_field_text(json, "sign", buf_text(&signature));
    buf_fini(&key);
    buf_fini(&signature);
}

/* A name with <at ...> in it must call nobody. */
static void put_harmless(const Bihuan__Notice *notice, struct buf *out)
{
    struct buf text = { 0 };

    channel_text(notice, false, TEXT_MAX_BYTES, &text);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '<')
            buf_append_text(out, "＜");
        else
            buf_put_u8(out, text.data[i]);
    buf_fini(&text);
}

static void put_text(struct json_out *json, const Bihuan__Notice *notice)
{
    struct buf text = { 0 };

    put_harmless(notice, &text);
    for (size_t i = 0; i < notice->n_mentions; i++)
        buf_printf(&text, "%s<at user_id=\"%s\"></at>", i ? " " : "\n", notice->mentions[i]);
    json_out_field_text(json, "msg_type", "text");
    json_out_key(json, "content");
    json_out_object(json);
    json_out_field_text(json, "text", buf_text(&text));
    json_out_object_end(json);
    buf_fini(&text);
}

static int make(const struct channel_job *job, struct channel_bytes *out, char error[CHANNEL_ERROR_MAX])
{
    struct json_out json;

    (void)error;
    buf_append_text(&out->url, channel_address(job));
    channel_header(out, "Content-Type: application/json; charset=utf-8");
    json_out_init(&json, &out->body);
    json_out_object(&json);
    if (job->secret->key_count)
        put_signature(job, &json);
    put_text(&json, job->notice);
    json_out_object_end(&json);
    return 0;
}

static void judge(const struct channel_answer *answer, struct channel_verdict *out)
{
    char words[96];
    long code;

    channel_judge_http(answer, out);
    if (out->verdict == SAID_REFUSED && channel_json_code(answer, "code", &code, words, sizeof words) &&
        (code == 11232 || code == 9499))
        out->verdict = SAID_DELIVERED; /* told below: the code says more than the status */
    if (out->verdict != SAID_DELIVERED)
        return;
    if (!channel_json_code(answer, "code", &code, words, sizeof words) &&
        !channel_json_code(answer, "StatusCode", &code, words, sizeof words))
        channel_verdict_set(out, SAID_RETRY, 0, "the answer has no code");
    else if (code == 11232 || code == 9499) /* too many, of it or of everybody */
        channel_verdict_set(out, SAID_THROTTLED, 60, "code %ld: too many messages", code);
    else if (code != 0)
        channel_verdict_set(out, SAID_REFUSED, 0, "code %ld: %s", code, words);
    else
        channel_verdict_set(out, SAID_DELIVERED, 0, "%s", "");
}

const struct channel channel_feishu = {
    .name = "feishu",
    .schemes = "http https",
    .per_minute = 100,
    .at_once = 2,
    .chat = true,
    .busy_every_s = 1800, /* its makers ask for half hours too (error 11232) */
    .make = make,
    .judge = judge,
};
