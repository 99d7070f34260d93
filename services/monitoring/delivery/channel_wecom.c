/* channel_wecom: a robot of a WeCom (企业微信) group. The key in its address is its only secret. Markdown of at most
 * 4,096 bytes; markdown calls nobody, so a second message, plain text of at most 2,048 bytes, calls those mentioned.
 * What came of it stands in `errcode` of an HTTP 200. */
#include "monitoring/delivery/channel.h"

#include "text/json_out.h"

#include <stdio.h>
#include <string.h>

#define MARKDOWN_MAX 4096
#define TEXT_MAX     2048

static int parts(const struct channel_job *job)
{
    return job->notice->n_mentions ? 2 : 1;
}

static void put_markdown(struct json_out *json, const Bihuan__Notice *notice)
{
    struct buf text = { 0 };

    channel_text(notice, true, MARKDOWN_MAX, &text);
    json_out_field_text(json, "msgtype", "markdown");
    json_out_key(json, "markdown");
    json_out_object(json);
    json_out_field_text(json, "content", buf_text(&text));
    json_out_object_end(json);
    buf_fini(&text);
}

static void put_mentions(struct json_out *json, const Bihuan__Notice *notice)
{
    struct buf text = { 0 };

    channel_append_cut(&text, notice->title, TEXT_MAX);
    json_out_field_text(json, "msgtype", "text");
    json_out_key(json, "text");
    json_out_object(json);
    json_out_field_text(json, "content", buf_text(&text));
    json_out_key(json, "mentioned_list");
    json_out_array(json);
    for (size_t i = 0; i < notice->n_mentions; i++)
        json_out_text(json, strcmp(notice->mentions[i], "all") == 0 ? "@all" : notice->mentions[i]);
    json_out_array_end(json);
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
    if (job->part == 0)
        put_markdown(&json, job->notice);
    else
        put_mentions(&json, job->notice);
    json_out_object_end(&json);
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
    else if (code == 45009) /* more than 20 in a minute */
        channel_verdict_set(out, SAID_THROTTLED, 60, "errcode 45009: too many messages");
    else if (code == -1) /* busy, by its own account */
        channel_verdict_set(out, SAID_RETRY, 0, "errcode -1: %s", words);
    else if (code != 0)
        channel_verdict_set(out, SAID_REFUSED, 0, "errcode %ld: %s", code, words);
}

const struct channel channel_wecom = {
    .name = "wecom",
    .schemes = "http https",
    .per_minute = 20,
    .at_once = 4,
    .chat = true,
    .busy_every_s = 3600,
    .parts = parts,
    .make = make,
    .judge = judge,
};
