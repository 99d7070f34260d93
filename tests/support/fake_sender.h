/* fake_sender: a TM Forum API of a sender, served from the test's own process on loopback: resources by window and
 * page, one by id, and a hub; with the faults that real ones have. */
#ifndef BIHUAN_TESTS_SUPPORT_FAKE_SENDER_H
#define BIHUAN_TESTS_SUPPORT_FAKE_SENDER_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>

enum fake_fault {
    FAKE_NONE = 0,
    FAKE_STATUS,   /* 503 */
    FAKE_REDIRECT, /* 302 to itself */
    FAKE_GARBAGE,  /* 200, no JSON */
    FAKE_CUT,      /* the connection ends in the middle of the body */
    FAKE_SECOND,   /* 503 for every page but the first */
};

struct fake_sender {
    int port;
    char url[96]; /* http://127.0.0.1:port/api/v4 */
    pthread_mutex_t lock;
    /* under the lock */
    json_t *resources; /* {kind: [resource]} */
    const char *token; /* asked for where not NULL */
    enum fake_fault fault;
    const char *bad_id; /* asked for by this id it answers 500 */
    int page_max;       /* never more in a page, whatever is asked for; 0 no limit */
    bool tells_total;   /* X-Total-Count */
    bool ignores_times; /* gives everything whatever window is asked for */
    int asked;          /* pages */
    int unauthorized;
    char hub_body[512]; /* of the last registration */
    int hub_count;      /* registrations made */
    int hub_left;       /* taken back */
    bool hub_taken;     /* answers 409 */
    bool hub_lists;     /* tells its registrations; else 405 */
    bool hub_holds;     /* registers, and doesn't answer until this is taken away */
    json_t *hubs;       /* [{id, callback, query}] */
    int delay_ms;       /* before each page; taken away, it goes on */
    int total_off;      /* taken from X-Total-Count */
    void *server;
};

void fake_sender_start(struct fake_sender *sender);
void fake_sender_stop(struct fake_sender *sender);
/* Adds a resource, or puts it in the place of that with its id. In `json` ' stands for ". */
void fake_sender_put(struct fake_sender *sender, const char *kind, const char *json);
void fake_sender_break(struct fake_sender *sender, enum fake_fault fault);

#endif
