/* courier: delivers to many at once from one thread: HTTP posts, and mail by SMTP. Nobody waits for another.
 *
 * Bounded as http.h: time, bytes, no redirects, no proxy from the environment. An address that isn't public is reached
 * only where the host is in a list; what is checked is the very address that is connected to, so that no name can point
 * elsewhere in between.
 *
 * Threads: one owns it; courier_wake() alone may be called from others.
 */
#ifndef BIHUAN_NET_COURIER_H
#define BIHUAN_NET_COURIER_H

#include "net/http.h"

struct courier;

struct courier *courier_new(void); /* NULL when the machine has no memory */
/* What is on its way is given up; nobody is told. */
void courier_free(struct courier **courier);

/* Everything is copied. */
struct courier_parcel {
    const char *url;            /* http, https, smtp, smtps */
    const char *const *headers; /* of HTTP; "Name: value", NULL-terminated; NULL none */
    const void *body;
    size_t len;
    long timeout_s;            /* of the whole; 0: 10 */
    size_t body_max;           /* of the answer that are wanted; the rest is an error */
    const char *private_hosts; /* list of hosts that may have private addresses, see http_host_listed */
    const char *ca_file;       /* certificates of authorities in place of the system's; NULL or "": the system's */
    /* of mail */
    const char *from;
    const char *const *to; /* NULL-terminated */
    const char *user, *password;
    bool tls; /* nothing is said without it */
};

/* answer->status is that of HTTP or SMTP. answered false: not reached, too slow, too long: why is in answer->error;
 * `barred`: the address is private, and that wasn't allowed. The body is the caller's to free. Called by courier_wait.
 */
typedef void courier_done_fn(void *arg, bool answered, bool barred, struct http_answer *answer);
/* 0 and `done` will be called once, or -1 when the machine has no memory. */
int courier_start(struct courier *courier, const struct courier_parcel *parcel, courier_done_fn *done, void *arg);

/* Works until something was done, somebody woke it, or the time is over. */
void courier_wait(struct courier *courier, int timeout_ms);
void courier_wake(struct courier *courier);

#endif
