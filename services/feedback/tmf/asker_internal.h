/* asker_internal: asker.c keeps the thread and the pace, ask_source.c asks one sender. */
#ifndef BIHUAN_FEEDBACK_TMF_ASKER_INTERNAL_H
#define BIHUAN_FEEDBACK_TMF_ASKER_INTERNAL_H

#include "feedback/mapping/mapping.h"
#include "feedback/state.h"
#include "feedback/tmf/answers.h"
#include "feedback/tmf/asker.h"
#include "net/http.h"

#include <pthread.h>

struct asker {
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

/* Asks the sender of the feed; `source` says how it went before, and after how it went now. Never fails: what goes
 * wrong stands in the source. */
void ask_source(struct asker *asker, const struct mapping *mapping, struct source_row *source);
/* Takes a registration back that is no longer wanted. */
void ask_source_leave(struct asker *asker, const Bihuan__TmfSource *asks, struct source_row *source);

#endif
