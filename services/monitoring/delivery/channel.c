/* channel: the table of kinds, and what they share. See channel.h. */
#include "monitoring/delivery/channel.h"

#include "text/base64.h"
#include "text/utf8.h"

#include <jansson.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char CHANNEL_NAMES[] = "webhook, wecom, dingtalk, feishu, smtp, alertmanager";

static const struct channel *const channels[] = { &channel_webhook, &channel_wecom, &channel_dingtalk,
                                                  &channel_feishu,  &channel_smtp,  &channel_alertmanager };

const struct channel *channel_find(const char *name)
{
    if (!*name)
        return &channel_webhook;
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++)
        if (strcmp(channels[i]->name, name) == 0)
            return channels[i];
    return NULL;
}

/* --- bytes ---------------------------------------------------------------------------------------------------------
 */

void channel_bytes_fini(struct channel_bytes *bytes)
{
    buf_fini(&bytes->url);
    for (size_t i = 0; i < bytes->header_count; i++)
        buf_fini(&bytes->headers[i]);
    buf_fini(&bytes->body);
    bytes->header_count = 0;
}

void channel_header(struct channel_bytes *bytes, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    if (bytes->header_count == CHANNEL_HEADERS_MAX)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    buf_append_text(&bytes->headers[bytes->header_count], text);
    (void)buf_text(&bytes->headers[bytes->header_count++]);
}

const char *channel_address(const struct channel_job *job)
{
    return job->secret->address[0] ? job->secret->address : job->receiver->url;
}

void channel_hmac(const void *key, size_t key_len, const void *data, size_t len, struct buf *out)
{
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key, key_len);
    crypto_auth_hmacsha256_update(&state, data, len);
    crypto_auth_hmacsha256_final(&state, mac);
    base64_encode(mac, sizeof mac, out);
    sodium_memzero(&state, sizeof state);
}

/* --- verdicts ------------------------------------------------------------------------------------------------------
 */

void channel_verdict_set(struct channel_verdict *out, enum channel_said verdict, int64_t after_s, const char *fmt, ...)
{
    va_list args;
    size_t len;

    out->verdict = verdict;
    out->after_s = after_s;
    va_start(args, fmt);
    vsnprintf(out->error, sizeof out->error, fmt, args);
    va_end(args);
    len = utf8_valid_len(out->error, strlen(out->error));
    out->error[len] = 0;
}

void channel_judge_http(const struct channel_answer *answer, struct channel_verdict *out)
{
    long status = answer->status;

    if (status >= 200 && status < 300)
        channel_verdict_set(out, SAID_DELIVERED, 0, "%s", "");
    else if (status == 429)
        channel_verdict_set(out, SAID_THROTTLED, answer->retry_after_s, "HTTP status 429");
    else if (status == 408 || status == 425 || status >= 500)
        channel_verdict_set(out, SAID_RETRY, answer->retry_after_s, "HTTP status %ld", status);
    else
        channel_verdict_set(out, SAID_REFUSED, 0, "HTTP status %ld%s", status,
                            status >= 300 && status < 400 ? " (redirects are not followed)" : "");
}

bool channel_json_code(const struct channel_answer *answer, const char *name, long *code, char *words, size_t cap)
{
    json_t *root = json_loadb((const char *)answer->body, answer->len, 0, NULL);
    const json_t *value = json_object_get(root, name);
    const char *text = json_string_value(json_object_get(root, "errmsg"));
    bool found = json_is_integer(value);

    if (!text)
        text = json_string_value(json_object_get(root, "msg"));
    if (found)
        *code = (long)json_integer_value(value);
    snprintf(words, cap, "%.80s", text ? text : "");
    words[utf8_valid_len(words, strlen(words))] = 0;
    json_decref(root);
    return found;
}

/* --- text ----------------------------------------------------------------------------------------------------------
 */

void channel_append_cut(struct buf *out, const char *text, size_t max)
{
    size_t len = strlen(text);

    if (len > max) {
        len = max;
        while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
    buf_append(out, text, len);
}

/* "and 3 more" and the link: what stands at the end whatever is left out. */
static void put_end(const Bihuan__Notice *notice, bool markdown, size_t more, struct buf *out)
{
    bool zh = strcmp(notice->language, "zh") == 0;

    if (more)
        buf_printf(out, zh ? "\n另有 %zu 项" : "\nand %zu more", more);
    if (notice->url[0] && markdown)
        buf_printf(out, "\n[%s](%s)", zh ? "查看" : "open", notice->url);
    else if (notice->url[0])
        buf_printf(out, "\n%s", notice->url);
}

static void put_head(const Bihuan__Notice *notice, bool markdown, size_t max, struct buf *out)
{
    struct buf head = { 0 };

    buf_printf(&head, markdown ? "**%s**" : "%s", notice->title);
    if (notice->text[0])
        buf_printf(&head, "\n%s", notice->text);
    channel_append_cut(out, buf_text(&head), max);
    buf_fini(&head);
}

void channel_text(const Bihuan__Notice *notice, bool markdown, size_t max, struct buf *out)
{
    struct buf end = { 0 };
    size_t start = out->len, taken = 0, room;

    /* room for the longest end there may be */
    put_end(notice, markdown, notice->n_items + notice->more, &end);
    room = max && max > end.len ? max - end.len : max ? 0 : SIZE_MAX;
    put_head(notice, markdown, room, out);
    for (; taken < notice->n_items; taken++) {
        size_t len = strlen(notice->items[taken]) + (markdown ? 3 : 4);

        if (out->len - start + len > room)
            break;
        buf_printf(out, markdown ? "\n- %s" : "\n· %s", notice->items[taken]);
    }
    buf_reset(&end);
    put_end(notice, markdown, notice->n_items - taken + notice->more, &end);
    if (!max || out->len - start + end.len <= max)
        buf_append(out, end.data, end.len);
    buf_fini(&end);
}
