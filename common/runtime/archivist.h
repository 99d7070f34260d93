/* archivist: the thread that archives and prunes old rows of the own streams, while this instance holds the buckets. It
 * has a connection of its own and never more than a few rows in hand, so that the writer isn't held up. Not for
 * services. */
#ifndef BIHUAN_RUNTIME_ARCHIVIST_H
#define BIHUAN_RUNTIME_ARCHIVIST_H

#include "archive/archive.h"
#include "runtime/runtime_internal.h"

#define ARCHIVE_FOLDER "streams" /* below data_dir */

int archivist_start(struct runtime *rt, struct err *err);
void archivist_join(struct runtime *rt);

/* Streams of this service on a connection. The texts live in the arena. */
struct archive archivist_archive(struct runtime *rt, struct db *db, struct arena *arena);

/* What a reader said; any thread. */
void archivist_told(struct runtime *rt, const Bihuan__ReadUpToRequest *request);

/* Wants a run; returns its number. Any thread. */
struct archive_order {
    int64_t before_us; /* rows published before, real clock */
    bool keep_rows;    /* writes files only */
};
uint64_t archivist_order(struct runtime *rt, const struct archive_order *order);

struct archivist_state {
    uint64_t runs, runs_done;
    int64_t last_us; /* end of the last run, real clock; 0 none */
    char error[ERR_TEXT_MAX];
};
void archivist_state(struct runtime *rt, struct archivist_state *out);

/* Writer, before it loads: with the setting restore_streams, takes a new schema's streams over from the files. */
int archivist_restore(struct runtime *rt, struct db *db, struct err *err);

#endif
