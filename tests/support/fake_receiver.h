/* fake_receiver: receivers of notices, served from the test's own process on loopback, with the faults that real ones
 * have. What comes is kept in order. */
#ifndef BIHUAN_TESTS_SUPPORT_FAKE_RECEIVER_H
#define BIHUAN_TESTS_SUPPORT_FAKE_RECEIVER_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum fake_answer {
    FAKE_TAKES = 0, /* 200, with the body that the path's kind answers */
    FAKE_429,       /* Retry-After: retry_after_s */
    FAKE_500,
    FAKE_HANGS,   /* no answer within what anybody waits */
    FAKE_SLOW,    /* takes it after slow_ms */
    FAKE_BUSY,    /* 200 with an error inside: try again */
    FAKE_FAST,    /* 200 with an error inside: too many */
    FAKE_FORWARD, /* 302 to /stolen */
    FAKE_PICKY,   /* 400 where "O2" stands in it */
    FAKE_CLOSES,  /* takes it, but the connection ends without an answer */
    FAKE_DENIES,  /* takes it, and says 400 */
    FAKE_ANSWERS,
};

#define FAKE_PATHS_MAX 16
struct fake_receiver {
    int port;
    int slow_ms, retry_after_s; /* 1500 and 2 unless changed before anything comes */
    void *server;               /* NULL while the port is closed */
    pthread_mutex_t lock;
    /* under the lock */
    json_t *got; /* [{path, id, body, took, half, answer}]; took: it was accepted and said so; half: accepted without an
                  * answer */
    struct {
        char path[32];
        enum fake_answer answer;
        int left;                     /* requests that get it; then FAKE_TAKES; -1 all */
        const enum fake_answer *ways; /* NULL: as above */
        int way_count, next;
        json_t *known; /* messages that came before */
    } modes[FAKE_PATHS_MAX];
    bool stopping;
};

void fake_receiver_start(struct fake_receiver *fake);
void fake_receiver_start_at(struct fake_receiver *fake, int port);
/* All but that the port is open, and the port alone; what came is kept while it is closed. */
void fake_receiver_make(struct fake_receiver *fake, int port);
void fake_receiver_open(struct fake_receiver *fake);
void fake_receiver_close(struct fake_receiver *fake);
void fake_receiver_stop(struct fake_receiver *fake);
/* The next `count` requests to the path (which begins with the kind: "/wecom") get this answer; -1 all. */
void fake_receiver_set(struct fake_receiver *fake, const char *path, enum fake_answer answer, int count);
/* Each new message to the path gets the next of these answers when it comes first, beginning with the one at `first`,
 * round and round; when it comes again it is taken. A message is known by its id, at a chat by what it says. */
void fake_receiver_fail_each(struct fake_receiver *fake, const char *path, const enum fake_answer *ways, int count,
                             int first);
/* Requests to the path so far, and those that were taken. */
int fake_receiver_asked(struct fake_receiver *fake, const char *path);
int fake_receiver_took(struct fake_receiver *fake, const char *path);

#endif
