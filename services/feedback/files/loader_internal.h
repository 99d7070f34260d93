/* loader_internal: loader.c watches and posts, file_reader.c reads one file. */
#ifndef BIHUAN_FEEDBACK_LOADER_INTERNAL_H
#define BIHUAN_FEEDBACK_LOADER_INTERNAL_H

#include "feedback/control/ledger.h"
#include "feedback/control/totals.h"
#include "feedback/control/totals_store.h"
#include "feedback/feeds/complete.h"
#include "feedback/files/intake.h"
#include "feedback/files/loader.h"
#include "feedback/files/sights.h"
#include "feedback/files/waits.h"
#include "feedback/state.h"

#include <pthread.h>

#define SLOTS 3 /* batches: one being read, two with the writer */

/* A message of ours that the writer has, or had. */
struct ticket {
    struct loader *loader;
    bool busy; /* under the loader's lock */
    int rc;
    struct err err;
};

struct slot {
    struct ticket ticket;
    struct row_batch batch;
};

struct reader;
struct archive;

/* A companion whose file isn't in the inbox. */
struct orphan {
    uint32_t feed_id;
    char feed[64], name[256];
    char of[256]; /* its name without the suffix: the file's, or what that begins with up to its first dot */
    bool of_base;
    const char *why;
    uint64_t id; /* filled in: of a file that was read before, whose companion it is; else 0 */
};

/* A file that the writer reads itself, in one transaction (whole.c). Under the loader's lock. */
struct whole {
    struct loader *loader;
    struct reader *reader; /* NULL: the loader waits no longer */
    bool running;
};

struct loader {
    struct runtime *rt;
    struct feedback *feedback;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int inotify_fd;
    int wake_fd; /* eventfd */
    struct slot slots[SLOTS];
    struct ticket step; /* of open and finish */
    struct file_open open;
    struct file_finish finish;
    struct file_wait wait;
    struct file_trouble trouble;
    struct file_verified verified;
    struct orphan orphan;
    int64_t orphans_due_us;
    struct end_mark end_mark;
    struct whole whole;
    struct waits *waits;
    struct sights *sights;
    struct archive *archive; /* archived.h; NULL before the first file */
    struct pack *pack;       /* of small files; NULL before the first */
    pthread_t audit_thread;  /* audit.h; what follows is its own */
    struct ticket audit_step;
    struct ledger audit_ledger; /* on a read-only connection of its own; NULL before the first audit */
    struct arena audit_arena;
    struct totals_found audit_found;
    int64_t audit_due_us;
};

/* HANDLE_LOCAL: a struct whole. */
int intake_whole(struct tx *tx, const void *message, struct err *err);

/* Hands `message` to the writer; -1 when it can't take it. */
int loader_post(struct loader *loader, struct ticket *ticket, handler_fn *fn, void *message);
/* Waits until the writer is done with it: its result, or -1 when the daemon stops. */
int loader_wait(struct loader *loader, struct ticket *ticket, struct err *err);

/* Reads one file that waits in the inbox, from hash to archive. -1: to be tried again later. */
int file_reader_run(struct loader *loader, struct snapshot *snapshot, const struct mapping *mapping, const char *name,
                    struct err *err);

#endif
