/* feed_store: the SQL of feeds, senders, watermarks, and of numbers allotted. */
#ifndef BIHUAN_FEEDBACK_FEED_STORE_H
#define BIHUAN_FEEDBACK_FEED_STORE_H

#include "feedback/snapshot.h"
#include "runtime/runtime.h"

/* The next number of its kind ("feed", "sender"), from 1, without gaps. */
int feed_store_allot(struct tx *tx, const char *what, uint64_t *out, struct err *err);
/* The next file's number, from 1; one may be left out when a request is refused after it. */
int feed_store_allot_file(struct tx *tx, uint64_t *out, struct err *err);

/* Compiles all feeds into the snapshot. */
int feed_store_load(struct tx *tx, struct snapshot *snapshot, struct err *err);
/* The feed of that code as it is stored, in the call's arena; NULL where there is none. */
int feed_store_get(struct tx *tx, const char *code, Bihuan__Feed **out, struct err *err);
/* Allots the id where feed->id is 0, and the sender's. */
int feed_store_put(struct tx *tx, Bihuan__Feed *feed, struct err *err);

struct feed_mark {
    uint32_t feed_id;
    const char *code; /* in the call's arena */
    bool has_mark;
    int64_t through;
    int64_t spoke_at;
    bool silent;
};
int feed_store_mark(struct tx *tx, uint32_t feed_id, struct feed_mark *out, struct err *err);
/* The same on the way with the next question (db_query_later): once that is answered, take it, which frees the rows. */
int feed_store_ask_mark(struct tx *tx, uint32_t feed_id, struct db_rows *rows, struct err *err);
void feed_store_take_mark(struct tx *tx, uint32_t feed_id, struct db_rows *rows, struct feed_mark *out);
/* Under which name the feed's facts are announced, in the call's arena, and their kind's word. */
int feed_store_sender(struct tx *tx, uint32_t feed_id, char **sender, const char **fact, struct err *err);
int feed_store_set_mark(struct tx *tx, const struct feed_mark *mark, struct err *err);

/* Columns: id, body, through, silent, files, accepted, waiting; ordered by code, from behind `after` on. */
int feed_store_list(struct tx *tx, const char *code, const char *after, uint32_t limit, struct db_rows *rows,
                    struct err *err);

/* The same in every field, its number included. */
bool feed_equal(struct arena *arena, const Bihuan__Feed *a, const Bihuan__Feed *b);

#endif
