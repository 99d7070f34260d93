/* http: see http.h. */
#include "net/http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_S 10L
#define CONNECT_S 3L

struct http {
    CURL *curl;
    _Atomic bool stopping;
};

static void init_once(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct http *http_new(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct http *http = calloc(1, sizeof *http);

    pthread_once(&once, init_once);
    if (http)
        http->curl = curl_easy_init();
    if (http && !http->curl)
        http_free(&http);
    return http;
}

void http_free(struct http **http)
{
    if (!*http)
        return;
    curl_easy_cleanup((*http)->curl);
    free(*http);
    *http = NULL;
}

void http_stop(struct http *http)
{
    atomic_store(&http->stopping, true);
}

/* --- one call ------------------------------------------------------------------------------------------------------
 */

struct taking {
    struct buf *body;
    size_t max;
    bool too_long;
};

static size_t take_bytes(char *data, size_t size, size_t count, void *arg)
{
    struct taking *taking = arg;

    if (!taking->max)
        return size * count;
    if (taking->body->len + size * count > taking->max) {
        taking->too_long = true;
        return 0;
    }
    buf_append(taking->body, data, size * count);
    return size * count;
}

static int is_stopped(void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
    struct http *http = arg;

    (void)total, (void)now, (void)up_total, (void)up_now;
    return atomic_load(&http->stopping);
}

static struct curl_slist *make_headers(const struct http_ask *ask)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    for (const char *const *header = ask->headers; header && *header; header++)
        list = curl_slist_append(list, *header);
    return list;
}

static void prepare(struct http *http, const struct http_ask *ask, struct curl_slist *headers, struct taking *taking)
{
    CURL *curl = http->curl;

    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, ask->url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, ask->method);
    if (ask->body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, ask->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->len);
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, ask->timeout_s ? ask->timeout_s : TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "bihuan/" BIHUAN_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, taking);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_stopped);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, http);
}

static const char *header_of(CURL *curl, const char *name)
{
    struct curl_header *header;

    return curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value : "";
}

static void read_headers(CURL *curl, struct http_answer *answer)
{
    const char *date = header_of(curl, "Date"), *total = header_of(curl, "X-Total-Count");
    time_t at = *date ? curl_getdate(date, NULL) : -1;
    curl_off_t retry_after = 0;
    char *end;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
    answer->retry_after_s = retry_after;
    answer->date_us = at > 0 ? (int64_t)at * 1000000 : 0;
    answer->total = isdigit((unsigned char)*total) ? strtoll(total, &end, 10) : -1;
}

int http_call(struct http *http, const struct http_ask *ask, struct http_answer *answer)
{
    struct curl_slist *headers = make_headers(ask);
    struct taking taking = { .body = &answer->body, .max = ask->body_max };
    CURLcode code;

    *answer = (struct http_answer) { .total = -1 };
    prepare(http, ask, headers, &taking);
    code = curl_easy_perform(http->curl);
    curl_slist_free_all(headers);
    if (code != CURLE_OK) {
        buf_fini(&answer->body);
        if (taking.too_long)
            snprintf(answer->error, sizeof answer->error, "the answer is longer than %zu bytes", ask->body_max);
        else
            snprintf(answer->error, sizeof answer->error, "%s", curl_easy_strerror(code));
        return -1;
    }
    read_headers(http->curl, answer);
    return 0;
}

/* --- URLs ----------------------------------------------------------------------------------------------------------
 */

bool http_url_host(const char *url, char *out, size_t cap)
{
    size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
    size_t len = strcspn(url + scheme, "/?#");

    if (!scheme || !len || len >= cap || memchr(url + scheme, '@', len))
        return false;
    for (const char *p = url; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == '\\')
            return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)tolower((unsigned char)url[scheme + i]);
    out[len] = 0;
    return true;
}

void http_put_escaped(struct buf *out, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (isalnum(*p) || strchr("-._~", *p))
            buf_put_u8(out, *p);
        else
            buf_printf(out, "%%%02X", *p);
}
