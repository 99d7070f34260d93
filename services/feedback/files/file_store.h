/* file_store: the SQL of files and of rows in quarantine. */
#ifndef BIHUAN_FEEDBACK_FILE_STORE_H
#define BIHUAN_FEEDBACK_FILE_STORE_H

#include "feedback/files/row_batch.h"
#include "runtime/runtime.h"

#define SHA256_LEN 32

struct file_row {
    uint64_t id;
    uint32_t feed_id;
    const char *feed; /* texts in the arena given */
    const char *name;
    const char *state;
    const char *error;
    uint8_t sha256[SHA256_LEN];
    uint64_t bytes;
    struct record_counts counts;
    struct csv_pos done;
    bool has_event;
    int64_t last_event;
    const uint8_t *header;
    size_t header_len;
    int64_t seen_at, done_at; /* done_at 0: not yet */
    bool released;            /* read it whatever its control says */
    bool again;               /* its rows were counted before, so its control agreed then */
    uint64_t from_row;        /* rows before it are passed over */
    uint64_t written_off;
    uint32_t city;    /* whose file it is, 0 nobody's */
    const char *note; /* an operator's; NULL as "" */
};

struct file_number;

/* The file with that content that isn't a duplicate itself, and that its name makes the same thing; *found. replaces:
 * files of the feed replace days. A refused one may have any day and number: it's read under its new name. */
int file_store_by_content(struct tx *tx, uint32_t feed_id, const uint8_t sha256[SHA256_LEN], const char *name,
                          const struct file_number *number, bool replaces, bool *found, struct file_row *out,
                          struct err *err);
/* The one with that content which deletes or doesn't, or else the last file of that name: asked for now
 * (db_query_later), taken once something was waited for. True where there is one; frees *rows. */
int file_store_ask_known(struct tx *tx, uint32_t feed_id, const uint8_t sha256[SHA256_LEN], const char *name,
                         bool deletes, struct db_rows *rows, struct err *err);
bool file_store_take_known(struct tx *tx, struct db_rows *rows, struct file_row *out);
int file_store_get(struct tx *tx, uint64_t id, bool *found, struct file_row *out, struct err *err);
int file_store_by_name(struct tx *tx, uint32_t feed_id, const char *name, bool *found, struct file_row *out,
                       struct err *err);
/* Gives a new row its id, its place (the beginning) and seen_at. */
int file_store_allot(struct tx *tx, struct file_row *row, struct err *err);
int file_store_insert(struct tx *tx, const struct file_row *row, struct err *err);
int file_store_set_state(struct tx *tx, uint64_t id, const char *state, const char *error, int64_t done_at,
                         struct err *err);
/* A copy by which its own day came. */
int file_store_mark_day(struct tx *tx, uint64_t id, struct err *err);
/* A refused file came again, perhaps under another name: that is its name from now on. */
int file_store_reopen(struct tx *tx, uint64_t id, const char *name, struct err *err);
/* An operator wants it read whatever its control says. */
int file_store_release_file(struct tx *tx, uint64_t id, const char *state, const char *note, struct err *err);
/* It is read again from row `row` on: counts begin anew, rows before it that wait go on waiting. What it stored before
 * is kept apart, so that its totals are still compared with the ledger. */
int file_store_retry(struct tx *tx, uint64_t id, uint64_t row, const char *note, struct err *err);
int file_store_write_off(struct tx *tx, uint64_t id, const char *note, struct err *err);
enum response_state { RESPONSE_NONE, RESPONSE_DUE, RESPONSE_WRITTEN };
int file_store_set_response(struct tx *tx, uint64_t id, enum response_state state, struct err *err);
/* Finished files whose response isn't written, oldest first, in the call's arena. */
int file_store_due_responses(struct tx *tx, uint64_t after, uint32_t limit, struct file_row **out, size_t *count,
                             struct err *err);
/* Moves the file on from `from` to `to` and adds the counts. *moved false: it doesn't stand at `from`. */
int file_store_advance(struct tx *tx, const struct row_batch *batch, const struct record_counts *counts, bool *moved,
                       struct err *err);
/* So many rows left quarantine, of that amount when they went in; counts: what they are now. */
int file_store_release(struct tx *tx, uint64_t id, const struct record_counts *counts, uint64_t released,
                       int64_t amount, struct err *err);

struct file_filter {
    const char *feed, *name, *state; /* "" all */
    uint64_t id, before;             /* 0 all */
    uint32_t limit;
};
/* Newest first, in the call's arena. */
int file_store_list(struct tx *tx, const struct file_filter *filter, struct file_row **out, size_t *count,
                    struct err *err);
void file_row_to_message(const struct file_row *row, struct arena *arena, Bihuan__FeedFile *out);

int reject_store_add(struct tx *tx, uint64_t file_id, uint32_t feed_id, const struct reject_row *rejects, size_t count,
                     struct err *err);

/* Columns: file_id, row_no, line_no, file_offset, reason, column_name, value, message, raw, released, feed, file,
 * amount, written_off; waiting rows in the order of (file, row) behind `after_file`, `after_row`. */
struct reject_filter {
    const char *feed, *reason, *value; /* "" all; value NULL as well */
    uint64_t file_id;                  /* 0 all */
    uint64_t after_file, after_row;
    uint32_t limit;
};
int reject_store_list(struct tx *tx, const struct reject_filter *filter, struct db_rows *rows, struct err *err);
/* The first of those whose originals changed since they were read; they count as read from now on. Columns and order of
 * reject_store_list(). */
int reject_store_due(struct tx *tx, uint32_t limit, struct db_rows *rows, struct err *err);
/* Columns: feed, reason, column, value, rows, amount, files, message of one; the most frequent first. */
int reject_store_summary(struct tx *tx, const char *feed, const char *reason, uint32_t limit, struct db_rows *rows,
                         struct err *err);
/* Gives the filter's rows up: their files count them as written off. */
int reject_store_write_off(struct tx *tx, const struct reject_filter *filter, const char *note, const char *who,
                           uint64_t *count, struct err *err);
/* The row is read so from now on; what came stays. *found false: no such row waits. */
int reject_store_mend(struct tx *tx, uint64_t file_id, uint64_t row, const char *data, const char *who,
                      const char *note, bool *found, struct err *err);
int reject_store_released(struct tx *tx, uint64_t file_id, const int64_t *rows, size_t count, struct err *err);
/* A row that still can't be read, for another reason perhaps. */
int reject_store_again(struct tx *tx, uint64_t file_id, const struct reject_row *reject, struct err *err);
int reject_store_count(struct tx *tx, const char *feed, const char *reason, uint64_t *out, struct err *err);

#endif
