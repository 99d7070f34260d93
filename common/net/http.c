/* http: see http.h. */
#include "net/http.h"

#include "net/http_internal.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct http {
    CURL *curl;
    _Atomic bool stopping;
};

struct http *http_new(void)
{
    struct http *http = calloc(1, sizeof *http);

    http_init();
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

static int is_stopped(void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
    struct http *http = arg;

    (void)total, (void)now, (void)up_total, (void)up_now;
    return atomic_load(&http->stopping);
}

static void prepare(struct http *http, const struct http_ask *ask, struct curl_slist *headers, struct taking *taking)
{
    curl_easy_reset(http->curl);
    http_prepare(http->curl, ask, headers, taking);
    curl_easy_setopt(http->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(http->curl, CURLOPT_XFERINFOFUNCTION, is_stopped);
    curl_easy_setopt(http->curl, CURLOPT_XFERINFODATA, http);
}

int http_call(struct http *http, const struct http_ask *ask, struct http_answer *answer)
{
    struct curl_slist *headers = http_make_headers(ask);
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
    http_read_headers(http->curl, answer);
    return 0;
}

/* --- URLs ----------------------------------------------------------------------------------------------------------
 */

bool http_url_authority(const char *url, char *out, size_t cap)
{
    const char *from = strstr(url, "://");
    size_t len = from ? strcspn(from + 3, "/?#") : 0;

    if (!len || len >= cap || memchr(from + 3, '@', len))
        return false;
    for (const char *p = url; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == '\\')
            return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)tolower((unsigned char)from[3 + i]);
    out[len] = 0;
    return true;
}

bool http_url_host(const char *url, char *out, size_t cap)
{
    return (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0) && http_url_authority(url, out, cap);
}

/* Is the entry `list` of `len` bytes this host? Without a port it is the host at any port; "*" is every host. */
static bool is_host(const char *list, size_t len, const char *host)
{
    size_t name = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");

    if (len == 1 && *list == '*')
        return true;
    if (strlen(host) == len && strncasecmp(list, host, len) == 0)
        return true;
    return name == len && strncasecmp(list, host, len) == 0;
}

bool http_host_listed(const char *list, const char *host)
{
    while (*list) {
        size_t skip = strspn(list, ", "), len = strcspn(list + skip, ", ");

        if (len && is_host(list + skip, len, host))
            return true;
        list += skip + len;
    }
    return false;
}

void http_put_escaped(struct buf *out, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (isalnum(*p) || strchr("-._~", *p))
            buf_put_u8(out, *p);
        else
            buf_printf(out, "%%%02X", *p);
}
