/* asker_internal: asker.c keeps the threads and the pace, ask_source.c asks one sender, ask_hub.c registers there. */
#ifndef BIHUAN_FEEDBACK_TMF_ASKER_INTERNAL_H
#define BIHUAN_FEEDBACK_TMF_ASKER_INTERNAL_H

#include "feedback/mapping/mapping.h"
#include "feedback/state.h"
#include "feedback/tmf/answers.h"
#include "feedback/tmf/asker.h"
#include "net/http.h"

#include <pthread.h>

#define ASKING_MAX 128 /* bytes of a sender's name */

/* One thread. */
struct asker {
    struct askers *all;
    char serving[ASKING_MAX]; /* the sender that it asks now, "" none; under the lock of all */
    struct runtime *rt;
    struct feedback *feedback;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t settled;
    bool busy; /* the writer has, or had, `page` or `note`; under the lock, as are the next two */
    int rc;
    struct err err;
    struct http *http;
    struct db *db; /* read only; NULL before the first use */
    struct arena arena;
    struct tmf_page_answer page;
    struct source_row note;
};

/* Hands `message` to the writer and waits until it is done with it: its result, or -1 when the daemon stops. */
int asker_post(struct asker *asker, handler_fn *fn, void *message, struct err *err);

/* Notes how a source stands; false: it couldn't. */
bool asker_note(struct asker *asker, const struct source_row *row);

/* Asks the sender of the feed; `source` says how it went before, and after how it went now. Never fails: what goes
 * wrong stands in the source. */
void ask_source(struct asker *asker, const struct mapping *mapping, struct source_row *source);
/* Asks it only for what events referred to since; that it did changes nothing of when its turn comes, unless it fails.
 */
void ask_source_referred(struct asker *asker, const struct mapping *mapping, struct source_row *source);
/* Takes a registration back that is no longer wanted. */
void ask_source_leave(struct asker *asker, const Bihuan__TmfSource *asks, struct source_row *source);

/* --- between ask_source.c and ask_hub.c ----------------------------------------------------------------------------
 */

struct asking {
    struct asker *asker;
    const struct mapping *mapping; /* NULL where it only leaves */
    const Bihuan__TmfSource *asks;
    struct source_row *source;
    int64_t now;  /* business time */
    bool at_once; /* out of turn */
    uint64_t seen, missed;
    long status;       /* of the last call; 0 there was no answer */
    struct buf bearer; /* the header line; empty none */
};

/* 0 and an answer of the 200s, whose body the caller frees. */
int asking_call(struct asking *a, const char *method, const char *url, struct buf *body, struct http_answer *answer,
                struct err *err);
/* Brings the registration to what the feed says; what goes wrong stands in the source. */
void ask_hub_tend(struct asking *a);
/* Takes it back. */
void ask_hub_leave(struct asking *a);

#endif
