/* row_batch: rows of one file read, mapped and sorted, ready for the writer. No I/O but what the CSV reader pulls.
 *
 * Lifetime: row_batch_init(), row_batch_reset() before each use, row_batch_fini(). Everything in it lives in its arena
 * and in the snapshot that it holds.
 */
#ifndef BIHUAN_FEEDBACK_ROW_BATCH_H
#define BIHUAN_FEEDBACK_ROW_BATCH_H

#include "feedback/facts/recording.h"
#include "feedback/mapping/nth.h"
#include "feedback/snapshot.h"

#define REJECT_RAW_MAX ((size_t)64 << 10) /* bytes kept of a row that is longer */
/* Behind the message of such a row. */
#define REJECT_IS_CUT                                                                                                  \
    "only the first 64 kB of the row are kept, so it can't be released: once its cause is mended, have its file read"  \
    " again (bihuan feed file ID --retry)"

/* Where a row stands in its file, and its bytes. */
struct row_place {
    uint64_t row, line, offset;
    const uint8_t *raw;
    size_t raw_len;
    uint32_t
        nth; /* which of the file's rows of its kind it is, where the feed's key counts them (KEY_NTH); 0 unknown */
};

struct reject_row {
    struct row_place place;
    struct reject_reason why;
    int64_t amount;       /* where it can be read */
    const int64_t *sums;  /* the same of the feed's further money columns; NULL none */
    uint64_t record_hash; /* of the record that it would take back, where it says how much; else 0 */
    uint8_t sum_count;
};

struct row_batch {
    struct arena arena;
    struct snapshot *snapshot;
    uint32_t feed_id;
    int64_t now; /* business time when its rows were read */
    uint64_t file_id;
    uint32_t city; /* whose file it is, 0 nobody's */
    struct order_line *lines;
    struct row_place *places; /* parallel to lines */
    size_t line_count;
    struct record_order order; /* of lines, once it's sealed */
    struct reject_row *rejects;
    size_t reject_count;
    size_t unread_count; /* of them: rows that couldn't be read, set by row_batch_seal(); conflicts stand behind them */
    uint64_t from_row;   /* rows before it are passed over unread, but counted */
    struct nth own;      /* of a file that is one batch */
    struct nth *nth;     /* counts its file's keys; by default `own` */
    uint64_t rows_read;
    uint64_t filtered;
    int64_t read_amount, filtered_amount; /* see struct record_counts */
    int64_t read_sums[SUMS_MAX], filtered_sums[SUMS_MAX];
    struct csv_pos from, to; /* of the file */
    bool has_event;
    int64_t last_event;
    const uint8_t *header; /* the first batch of a file brings the bytes of its header record; else NULL */
    size_t header_len;
    bool stale; /* set by the writer: the file has moved on without this batch */
};

void row_batch_init(struct row_batch *batch);
void row_batch_fini(struct row_batch *batch);
/* Empties it and takes a hold on the snapshot. now: business time. */
void row_batch_reset(struct row_batch *batch, struct snapshot *snapshot, uint32_t feed_id, int64_t now, size_t row_cap);

/* Reads up to row_cap rows. 1: there may be more, 0: that was the end, -1: the source failed with *err; rows before
 * the damage are in the batch. */
int row_batch_read(struct row_batch *batch, struct rows *rows, const struct mapping *mapping,
                   const struct binding *binding, size_t row_cap, struct err *err);
/* Reads the header of a file of that name, where the feed has one, and finds its columns. Its bytes stay with the
 * batch. ERR_INVALID, code no_header or missing_column. */
int row_batch_header(struct row_batch *batch, struct rows *rows, const struct mapping *mapping, const char *name,
                     struct binding *binding, struct err *err);
/* Counts the rows before `until`, where the feed's key wants it: what a batch that begins there has to know. Errors as
 * of row_batch_read(). */
int row_batch_count(struct nth *nth, struct rows *rows, const struct mapping *mapping, const struct binding *binding,
                    uint64_t until, struct err *err);
/* Maps one record that is already there. Where place.nth is unknown and the feed's key wants it, "file:row" stands for
 * it: file_id must be set before. */
void row_batch_add(struct row_batch *batch, const struct mapping *mapping, const struct binding *binding,
                   const struct csv_record *record, struct row_place place);
/* The row goes on waiting, unread. */
void row_batch_refuse(struct row_batch *batch, struct row_place place, const struct reject_reason *why);
/* Sorts, once all rows are in. */
void row_batch_seal(struct row_batch *batch, uint64_t file_id);
/* The writer begins with a sealed batch, perhaps not for the first time: conflicts found in a transaction that was lost
 * are forgotten. */
void row_batch_begin(struct row_batch *batch);
/* One of its lines contradicts what is recorded: it becomes a reject. differs: see record_conflict_fn. */
void row_batch_conflict(struct row_batch *batch, const struct order_line *line, const char *differs);
/* Works contributions out again with another snapshot's measures. */
void row_batch_recompute(struct row_batch *batch, const struct snapshot *snapshot);

#endif
