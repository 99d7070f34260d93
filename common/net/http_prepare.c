/* http_prepare: one bounded call: no redirects, no proxy from the environment, only http and https. See
 * http_internal.h. */
#include "net/http_internal.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>

static void init_once(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

void http_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, init_once);
}

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

struct curl_slist *http_make_headers(const struct http_ask *ask)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    for (const char *const *header = ask->headers; header && *header; header++)
        list = curl_slist_append(list, *header);
    return list;
}

void http_prepare(CURL *curl, const struct http_ask *ask, struct curl_slist *headers, struct taking *taking)
{
    curl_easy_setopt(curl, CURLOPT_URL, ask->url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, ask->method);
    if (ask->body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, ask->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->len);
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, ask->timeout_s ? ask->timeout_s : HTTP_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, HTTP_CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "bihuan/" BIHUAN_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, taking);
}

static const char *header_of(CURL *curl, const char *name)
{
    struct curl_header *header;

    return curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value : "";
}

void http_read_headers(CURL *curl, struct http_answer *answer)
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
