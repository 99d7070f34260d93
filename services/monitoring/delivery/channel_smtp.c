/* channel_smtp: mail: text and HTML, one thread for each alert. Everything that isn't ASCII is encoded (RFC 2047 in
 * headers, base64 in bodies), so any server takes it. */
#include "monitoring/delivery/channel.h"

#include "text/base64.h"
#include "text/dates.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WORD_BYTES 39 /* of text in one encoded word: with "Subject: " before it a line of at most 76 */
#define LINE_BYTES 57 /* 76 characters of base64 */

/* --- headers -------------------------------------------------------------------------------------------------------
 */

static bool is_plain(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p < ' ' || *p > '~')
            return false;
    return strstr(text, "=?") == NULL && strlen(text) < 70;
}

/* Encoded words, cut between characters, folded. */
static void put_words(struct buf *out, const char *text)
{
    struct buf word = { 0 };

    if (is_plain(text)) {
        buf_append_text(out, text);
        return;
    }
    for (bool first = true; *text; first = false) {
        buf_reset(&word);
        channel_append_cut(&word, text, WORD_BYTES);
        buf_append_text(out, first ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
        base64_encode(word.data, word.len, out);
        buf_append_text(out, "?=");
        text += word.len;
    }
    buf_fini(&word);
}

/* What stands behind the @ of the sender: ids of messages end with it. */
static const char *domain_of(const char *from)
{
    const char *at = strrchr(from, '@');

    return at ? at + 1 : "bihuan.invalid";
}

static void put_date(struct buf *out, int64_t now_us)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t seconds = (time_t)(now_us / US_PER_SECOND);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
               tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void put_headers(const struct channel_job *job, struct buf *out)
{
    const Bihuan__Notice *notice = job->notice;
    const Bihuan__Receiver *receiver = job->receiver;
    const char *domain = domain_of(receiver->from);

    buf_printf(out, "From: %s\r\nTo: ", receiver->from);
    for (size_t i = 0; i < receiver->n_to; i++)
        buf_printf(out, "%s%s", i ? ",\r\n " : "", receiver->to[i]);
    buf_append_text(out, "\r\nSubject: ");
    put_words(out, notice->title);
    buf_append_text(out, "\r\n");
    put_date(out, job->now_us);
    buf_printf(out, "Message-ID: <%s@%s>\r\n", notice->id, domain);
    if (notice->thread[0] && strcmp(notice->thread, notice->id) != 0)
        buf_printf(out, "In-Reply-To: <%s@%s>\r\nReferences: <%s@%s>\r\n", notice->thread, domain, notice->thread,
                   domain);
    buf_append_text(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
    if (strcmp(notice->severity, "critical") == 0)
        buf_append_text(out, "Importance: high\r\n");
    buf_printf(out, "Content-Language: %s\r\n", strcmp(notice->language, "zh") == 0 ? "zh-CN" : "en");
}

/* --- bodies --------------------------------------------------------------------------------------------------------
 */

static void put_escaped(struct buf *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<':
            buf_append_text(out, "&lt;");
            break;
        case '>':
            buf_append_text(out, "&gt;");
            break;
        case '&':
            buf_append_text(out, "&amp;");
            break;
        case '"':
            buf_append_text(out, "&quot;");
            break;
        case '\n':
            buf_append_text(out, "<br>\n");
            break;
        default:
            buf_put_u8(out, (uint8_t)*text);
        }
}

static void put_html(const Bihuan__Notice *notice, struct buf *out)
{
    bool zh = strcmp(notice->language, "zh") == 0;

    buf_append_text(out, "<!doctype html><html><body><h3>");
    put_escaped(out, notice->title);
    buf_append_text(out, "</h3>\n");
    if (notice->text[0]) {
        buf_append_text(out, "<p>");
        put_escaped(out, notice->text);
        buf_append_text(out, "</p>\n");
    }
    if (notice->n_items)
        buf_append_text(out, "<ul>\n");
    for (size_t i = 0; i < notice->n_items; i++) {
        buf_append_text(out, "<li>");
        put_escaped(out, notice->items[i]);
        buf_append_text(out, "</li>\n");
    }
    if (notice->n_items)
        buf_append_text(out, "</ul>\n");
    if (notice->more)
        buf_printf(out, zh ? "<p>另有 %u 项</p>\n" : "<p>and %u more</p>\n", notice->more);
    if (notice->url[0]) {
        buf_append_text(out, "<p><a href=\"");
        put_escaped(out, notice->url);
        buf_printf(out, "\">%s</a></p>\n", zh ? "查看" : "open");
    }
    buf_append_text(out, "</body></html>\n");
}

static void put_part(struct buf *out, const char *boundary, const char *type, const struct buf *body)
{
    buf_printf(out, "--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", boundary,
               type);
    for (size_t at = 0; at < body->len; at += LINE_BYTES) {
        size_t len = body->len - at < LINE_BYTES ? body->len - at : LINE_BYTES;

        base64_encode(body->data + at, len, out);
        buf_append_text(out, "\r\n");
    }
}

static int make(const struct channel_job *job, struct channel_bytes *out, char error[CHANNEL_ERROR_MAX])
{
    struct buf text = { 0 }, html = { 0 };
    char boundary[64];

    (void)error;
    snprintf(boundary, sizeof boundary, "=_%.40s", job->notice->id);
    buf_append_text(&out->url, channel_address(job));
    channel_text(job->notice, false, 0, &text);
    buf_append_text(&text, "\n");
    put_html(job->notice, &html);
    put_headers(job, &out->body);
    buf_printf(&out->body, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", boundary);
    put_part(&out->body, boundary, "text/plain", &text);
    put_part(&out->body, boundary, "text/html", &html);
    buf_printf(&out->body, "--%s--\r\n", boundary);
    buf_fini(&text);
    buf_fini(&html);
    return 0;
}

static void judge(const struct channel_answer *answer, struct channel_verdict *out)
{
    long status = answer->status;

    if (status >= 200 && status < 300)
        channel_verdict_set(out, SAID_DELIVERED, 0, "%s", "");
    else if (status == 421) /* it takes nothing from anybody just now */
        channel_verdict_set(out, SAID_THROTTLED, 60, "SMTP status %ld", status);
    else if (status < 500)
        channel_verdict_set(out, SAID_RETRY, 0, "SMTP status %ld", status);
    else if (status == 530 || status == 534 || status == 535) /* a password that changed: once it is right all go out */
        channel_verdict_set(out, SAID_RETRY, 0, "SMTP status %ld: the login was refused", status);
    else
        channel_verdict_set(out, SAID_REFUSED, 0, "SMTP status %ld", status);
}

const struct channel channel_smtp = {
    .name = "smtp",
    .schemes = "smtp smtps",
    .per_minute = 60,
    .at_once = 10,
    .make = make,
    .judge = judge,
};
