/* intake: the writer's half of reading files: each message of the loader is one step of a file, in one transaction.
 *
 * Messages belong to the loader and are filled in by the handler; every step may run again after a transaction was lost
 * and then finds by the file's row whether it went through already.
 */
#ifndef BIHUAN_FEEDBACK_INTAKE_H
#define BIHUAN_FEEDBACK_INTAKE_H

#include "feedback/feeds/feed_store.h"
#include "feedback/files/file_store.h"
#include "feedback/files/row_batch.h"

#include "feedback/control/control_store.h"

enum open_outcome {
    OPEN_LOAD,    /* read it from `done` on */
    OPEN_REFUSED, /* not to be read: `refusal` says why; finish it with that */
    OPEN_MOVED,   /* nothing to read: known content, or finished before; move the file into the archive under `id` */
};

struct file_open {
    uint32_t feed_id;
    char name[256];
    uint8_t sha256[SHA256_LEN];
    uint64_t bytes;
    struct file_number number; /* as it stands in the name */
    int32_t hold_day;          /* the first day that waits, see holds.h */
    /* filled in */
    enum open_outcome outcome;
    bool released;     /* an operator wants it read whatever its control says */
    uint64_t from_row; /* rows before it are passed over */
    struct err refusal;
    uint64_t id;
    struct csv_pos done;
};

struct file_finish {
    uint64_t id;
    uint64_t done_offset;     /* where the file must stand */
    char error[ERR_TEXT_MAX]; /* "" read to its end; else refused */
    int32_t hold_day;         /* the first day that waits, see holds.h */
};

/* A file whose companion isn't there. */
struct file_wait {
    uint32_t feed_id;
    char name[256], companion[256];
    bool released; /* filled in: read it all the same */
};

/* A file that can't be taken for now. */
struct file_trouble {
    uint32_t feed_id;
    uint64_t id; /* where it was known already by its content; else 0 */
    char name[256];
    char why[ERR_TEXT_MAX];
};

/* A file's control agrees. */
struct file_verified {
    uint64_t id;
    uint32_t feed_id;
    struct control_said said;
};

/* Day, number and city as they stand in a file's name; *out is empty before. */
void intake_read_number(const struct mapping *mapping, const struct reference *reference, const char *name,
                        struct file_number *out);
int intake_wait(struct tx *tx, const void *message, struct err *err);     /* struct file_wait */
int intake_trouble(struct tx *tx, const void *message, struct err *err);  /* struct file_trouble */
int intake_verified(struct tx *tx, const void *message, struct err *err); /* struct file_verified */
int intake_open(struct tx *tx, const void *message, struct err *err);     /* struct file_open */
int intake_batch(struct tx *tx, const void *message, struct err *err);    /* struct row_batch */
int intake_finish(struct tx *tx, const void *message, struct err *err);   /* struct file_finish */

/* Records a sealed batch and adds its counts to *counts; conflicts become rejects of the batch. Stores no rejects. */
int intake_record(struct tx *tx, struct row_batch *batch, struct record_counts *counts, struct err *err);
/* Records a new file all of whose rows are in the batch and stores it in its final state; row->id is allotted. number:
 * what its name says. It is yet to be announced. */
int intake_store(struct tx *tx, struct row_batch *batch, struct file_row *row, const struct file_number *number,
                 struct err *err);
/* The end of a file: state, watermark, FILE_FINISHED. */
int intake_end(struct tx *tx, const struct file_finish *finish, struct err *err);
/* The same in two steps, of a file whose row is or will be stored as it ended: the feed's watermark (`mark` may be
 * NULL), and who is told. Nothing where the feed is no more. */
int intake_mark(struct tx *tx, const struct file_row *row, const struct feed_mark *mark, int32_t hold_day,
                struct err *err);
int intake_tell(struct tx *tx, const struct file_row *row, struct err *err);

#endif
