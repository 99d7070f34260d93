/* http: asks another machine and waits for the answer.
 *
 * Bounded in everything: time, bytes, no redirects, no proxy from the environment, only http and https. Blocking: for
 * threads of their own, never for a loop or a writer.
 */
#ifndef BIHUAN_NET_HTTP_H
#define BIHUAN_NET_HTTP_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http; /* one connection kept open between calls; for one thread */

/* NULL when the machine has no memory. */
struct http *http_new(void);
void http_free(struct http **http); /* *http may be NULL */

struct http_ask {
    const char *method; /* "GET", "POST", "DELETE" */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
    const void *body;           /* NULL: none */
    size_t len;
    long timeout_s;  /* of the whole call; 0: 10 */
    size_t body_max; /* bytes of the answer that are wanted; 0: the body is read and forgotten */
};

#define HTTP_ERROR_MAX 160
struct http_answer {
    long status;
    struct buf body;            /* the caller's to free */
    int64_t date_us;            /* the server's clock as its answer says it, microseconds UTC; 0 unknown */
    int64_t retry_after_s;      /* 0: it didn't say */
    int64_t total;              /* X-Total-Count; -1: it didn't say */
    char error[HTTP_ERROR_MAX]; /* why there is no answer */
};

/* 0 and the answer whatever its status, or -1 with `error`: not reached, too slow, more bytes than body_max. */
int http_call(struct http *http, const struct http_ask *ask, struct http_answer *answer);
/* Lets a call in progress in another thread end soon, with an error; every later one at once. */
void http_stop(struct http *http);

/* "mail.example:587" of "smtp://mail.example:587/x", in small letters; false: no URL, or one with a user in it, whose
 * host is another than it seems ("http://crm.example:x@10.0.0.1/"). */
bool http_url_authority(const char *url, char *out, size_t cap);
/* The same of http and https alone: "crm.example:8443" of "https://crm.example:8443/tmf". */
bool http_url_host(const char *url, char *out, size_t cap);
/* Whether a host "crm.example:8443" is one of a list such as "crm.example, boss.example:8443"; without a port in the
 * list any port; "*" all. */
bool http_host_listed(const char *list, const char *host);
/* Appends text as part of a query: all but letters, digits and -._~ as %XX. */
void http_put_escaped(struct buf *out, const char *text);

#endif
