/* again_store: what is to be read again: files of feeds, rows that came by request, and rows that wait for units that
 * were closed. On the writer. */
#ifndef BIHUAN_FEEDBACK_AGAIN_STORE_H
#define BIHUAN_FEEDBACK_AGAIN_STORE_H

#include "feedback/files/file_store.h"
#include "text/dates.h"

int again_store_note(struct tx *tx, const char *feed, struct err *err);
/* Their ids, in the call's arena; they are noted no more. */
int again_store_take(struct tx *tx, uint32_t **feeds, size_t *count, struct err *err);

/* How far a feed's rows that came by request are read again. */
struct appended_place {
    uint32_t feed_id;
    uint64_t until;          /* the last file; requests that came later were read by the codes as they are */
    char day[DATE_TEXT_MAX]; /* "" before the first */
    uint64_t at;             /* in its file */
};
/* One of the feeds where there is something to read; *found. */
int again_store_appended(struct tx *tx, struct appended_place *out, bool *found, struct err *err);
/* They are to be read, from the first to the last that is there. */
int again_store_appended_begin(struct tx *tx, uint32_t feed_id, struct err *err);
int again_store_appended_move(struct tx *tx, const struct appended_place *place, struct err *err);
int again_store_appended_end(struct tx *tx, uint32_t feed_id, struct err *err);

/* Rows that wait for closed units are to be read, from the first one on. */
int again_store_reopen(struct tx *tx, struct err *err);
/* *due: they are, and that was last said at `before` or earlier; the filter stands where they are read to. */
int again_store_reopening(struct tx *tx, int64_t before, struct reject_filter *filter, bool *due, struct err *err);
/* They are read up to where the filter stands; ended: to the last. */
int again_store_reopened(struct tx *tx, const struct reject_filter *filter, bool ended, struct err *err);

#endif
