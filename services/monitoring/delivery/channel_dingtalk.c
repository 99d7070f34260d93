/* channel_dingtalk: a robot of a DingTalk (钉钉) group. With a key the address carries the time in milliseconds and a
 * signature: base64 of HMAC-SHA256, the key being the secret and the data the time, a line feed and the secret. Bodies
 * of at most 20,000 bytes, 20 a minute; above that it takes nothing for ten minutes. */
#include "monitoring/delivery/channel.h"

#include "net/http.h"
#include "text/json_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX_BYTES 15000 /* leaves room for quoting within 20,000 */
#define BLOCKED_S      600

static void put_signature(const struct channel_job *job, struct buf *url)
{
    const char *key = job->secret->keys[0];
    int64_t now_ms = job->now_us / 1000;
    struct buf text = { 0 }, signature = { 0 };

    buf_printf(&text, "%" PRId64 "\n%s", now_ms, key);
    channel_hmac(key, strlen(key), text.data, text.len, &signature);
    buf_printf(url, "%stimestamp=%" PRId64 "&sign=", strchr(buf_text(url), '?') ? "&" : "?", now_ms);
    http_put_escaped(url, buf_text(&signature));
    buf_fini(&text);
    buf_fini(&signature);
}

static void put_at(struct json_out *json, const Bihuan__Notice *notice)
{
    bool all = false;

    json_out_key(json, "at");
    json_out_object(json);
    json_out_key(json, "atMobiles");
    json_out_array(json);
    for (size_t i = 0; i < notice->n_mentions; i++) {
        if (strcmp(notice->mentions[i], "all") == 0)
            all = true;
        else
            json_out_text(json, notice->mentions[i]);
    }
    json_out_array_end(json);
    json_out_field_bool(json, "isAtAll", all);
    json_out_object_end(json);
}

/* Whom it calls must also stand in the text. */
static void put_names(const Bihuan__Notice *notice, struct buf *text)
{
    for (size_t i = 0; i < notice->n_mentions; i++)
        if (strcmp(notice->mentions[i], "all") != 0)
            buf_printf(text, "%s@%s", i ? " " : "\n", notice->mentions[i]);
}

static int make(const struct channel_job *job, struct channel_bytes *out, char error[CHANNEL_ERROR_MAX])
{
    struct buf text = { 0 }, title = { 0 };
    struct json_out json;

    (void)error;
    buf_append_text(&out->url, channel_address(job));
    if (job->secret->key_count)
        put_signature(job, &out->url);
    channel_header(out, "Content-Type: application/json; charset=utf-8");
    channel_text(job->notice, true, TEXT_MAX_BYTES, &text);
    put_names(job->notice, &text);
    channel_append_cut(&title, job->notice->title, 200);
    json_out_init(&json, &out->body);
    json_out_object(&json);
    json_out_field_text(&json, "msgtype", "markdown");
    json_out_key(&json, "markdown");
    json_out_object(&json);
    json_out_field_text(&json, "title", buf_text(&title));
    json_out_field_text(&json, "text", buf_text(&text));
    json_out_object_end(&json);
    put_at(&json, job->notice);
    json_out_object_end(&json);
    buf_fini(&text);
    buf_fini(&title);
    return 0;
}

static void judge(const struct channel_answer *answer, struct channel_verdict *out)
{
    char words[96];
    long code;

    channel_judge_http(answer, out);
    if (out->verdict != SAID_DELIVERED)
        return;
    if (!channel_json_code(answer, "errcode", &code, words, sizeof words))
        channel_verdict_set(out, SAID_RETRY, 0, "the answer has no errcode");
    else if (code == 130101 || code == 410100) /* sending too fast, flow control */
        channel_verdict_set(out, SAID_THROTTLED, BLOCKED_S, "errcode %ld: too many messages", code);
    else if (code == -1)
        channel_verdict_set(out, SAID_RETRY, 0, "errcode -1: %s", words);
    else if (code != 0)
        channel_verdict_set(out, SAID_REFUSED, 0, "errcode %ld: %s", code, words);
}

const struct channel channel_dingtalk = {
    .name = "dingtalk",
    .schemes = "http https",
    .per_minute = 20,
    .at_once = 4,
    .chat = true,
    .busy_every_s = 3600,
    .make = make,
    .judge = judge,
};
