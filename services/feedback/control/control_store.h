/* control_store: the SQL of files' numbers, of files that wait for their companion, and of files that should have come.
 */
#ifndef BIHUAN_FEEDBACK_CONTROL_STORE_H
#define BIHUAN_FEEDBACK_CONTROL_STORE_H

#include "feedback/control/missing.h"
#include "feedback/files/file_store.h"

#define NO_FILE_DAY (-25567) /* 1900-01-01 stands in the tables where a number has no day */

/* What a file's name says; day and number are set where the name has them. */
struct file_number {
    bool has_day, has_number;
    int32_t day;
    int64_t number; /* counted on where numbers begin anew after a last one */
    uint32_t city;  /* whose file it is, 0 nobody's; numbers and days are counted city by city */
    bool deletes;   /* it takes back what its rows name */
};

int control_store_tag(struct tx *tx, uint64_t id, const struct file_number *number, const char *companion,
                      struct err *err);
/* The number of the feed's newest file that has one; *found. */
int control_store_last_number(struct tx *tx, uint32_t feed_id, uint32_t city, bool *found, int64_t *number,
                              struct err *err);
/* Name of another file that holds the number, "" none; in the arena. Refused, written off and known files hold none. */
int control_store_holder(struct tx *tx, uint32_t feed_id, uint64_t id, bool daily, const struct file_number *number,
                         const char **name, struct err *err);

/* The row of a file that waits for its companion; *id 0 where there is none. */
int control_store_waiting(struct tx *tx, uint32_t feed_id, const char *name, uint64_t *id, bool *released,
                          struct err *err);
/* It waits no more: this is its content. */
int control_store_adopt(struct tx *tx, uint64_t id, const uint8_t sha256[SHA256_LEN], uint64_t bytes, const char *state,
                        int64_t done_at, struct err *err);
/* The control agrees. */
int control_store_verified(struct tx *tx, uint64_t id, const struct control_said *said, struct err *err);
/* To when the file says that its feed is complete; *has false: it doesn't. */
int control_store_through(struct tx *tx, uint64_t id, bool *has, int64_t *through, struct err *err);
/* The first day of which a file was read to its end; *has. */
int control_store_first_day(struct tx *tx, uint32_t feed_id, uint32_t city, bool *has, int32_t *day, struct err *err);
/* Days from `from` on of which files were read to their end, in order; in the arena. */
int control_store_done_days(struct tx *tx, uint32_t feed_id, uint32_t city, int32_t from, int32_t **out, size_t *count,
                            struct err *err);

/* Numbers and days that the feed's files hold, in the arena: what missing.h wants to know. */
int control_store_held(struct tx *tx, uint32_t feed_id, uint32_t city, bool daily, struct held_number **out,
                       size_t *count, struct err *err);
/* The same of days, their numbers 0. */
int control_store_held_days(struct tx *tx, uint32_t feed_id, uint32_t city, struct held_number **out, size_t *count,
                            struct err *err);
/* What the table says to be missing, in order. */
int control_store_open_gaps(struct tx *tx, uint32_t feed_id, uint32_t city, const char *what, struct held_number **out,
                            size_t *count, struct err *err);
/* *came: those of `gaps` that a file has brought, however long ago; *closing: these, and numbers above which none is
 * held any more. */
int control_store_came(struct tx *tx, uint32_t feed_id, uint32_t city, const char *what, const struct held_number *gaps,
                       size_t count, struct held_number **closing, size_t *closing_count, struct held_number **came,
                       size_t *came_count, struct err *err);
/* Makes the table say what is missing now. *opened: those that have been missing since `before` or longer and weren't
 * told yet, told from now on; *closed: told ones that are no longer missing. */
int control_store_missing(struct tx *tx, uint32_t feed_id, uint32_t city, const char *what,
                          const struct held_number *now, size_t count, int64_t before, struct held_number **opened,
                          size_t *opened_count, struct held_number **closed, size_t *closed_count, struct err *err);
/* Rows: feed, what, file_day, number, since, told_at, code of the city. */
int control_store_list_missing(struct tx *tx, const char *feed, uint32_t limit, struct db_rows *rows, struct err *err);

#endif
