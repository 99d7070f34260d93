/* http_internal: what http.c and courier.c share: a curl handle set up for one bounded call. */
#ifndef BIHUAN_NET_HTTP_INTERNAL_H
#define BIHUAN_NET_HTTP_INTERNAL_H

#include "net/http.h"

#include <curl/curl.h>

#define HTTP_TIMEOUT_S 10L
#define HTTP_CONNECT_S 3L

struct taking {
    struct buf *body;
    size_t max;
    bool too_long;
};

/* Once a process, from any thread. */
void http_init(void);
/* Sets up a handle that was reset. All pointers must stay until the call is over. */
void http_prepare(CURL *curl, const struct http_ask *ask, struct curl_slist *headers, struct taking *taking);
struct curl_slist *http_make_headers(const struct http_ask *ask); /* curl_slist_free_all() */
void http_read_headers(CURL *curl, struct http_answer *answer);

#endif
