/* inbox: folders of files that arrive and that were read.
 *
 *   <data_dir>/inbox/<feed>/<name>            waits or is being read
 *   <data_dir>/inbox/<feed>/.<name>.part      an upload that isn't complete
 *   <data_dir>/archive/<feed>/<id>-<name>     was read
 *   <data_dir>/outbox/<feed>/<name>.<kind>    a response for the sender
 */
#ifndef BIHUAN_FEEDBACK_INBOX_H
#define BIHUAN_FEEDBACK_INBOX_H

#include "base/err.h"
#include "runtime/runtime.h"
#include "text/encoding.h"

#include <stdbool.h>
#include <sys/stat.h>

#define INBOX_PATH_MAX 1024
#define INBOX_NAME_MAX 180 /* bytes of a file name */
#define UPLOAD_REST_S  120

/* Of a file that isn't looked at: first a dot, or .tmp or .part at the end. */
bool inbox_name_left_alone(const char *name);
/* Usable as a name: not one of these, no slash, no control characters, UTF-8, and no longer than INBOX_NAME_MAX. */
bool inbox_name_ok(const char *name);
/* Makes a usable name of another. One that isn't UTF-8 is read as GBK where files are so (`encoding`); bytes that are
 * no characters become \xNN; it's cut, with a hash, where it's too long. */
void inbox_name_mend(const char *name, enum encoding encoding, char out[INBOX_NAME_MAX + 1]);

void inbox_path(struct runtime *rt, const char *feed, const char *name, char out[INBOX_PATH_MAX]);
void inbox_part_path(struct runtime *rt, const char *feed, const char *name, char out[INBOX_PATH_MAX]);
void inbox_archive_path(struct runtime *rt, const char *feed, uint64_t id, const char *name, char out[INBOX_PATH_MAX]);
/* Makes inbox/<feed> and archive/<feed>. */
int inbox_make(struct runtime *rt, const char *feed, struct err *err);

/* A piece of an upload at `offset`, at most where the part ends. *size is where the next piece goes. What is there
 * already must be the same bytes: so a piece may come twice, but of two uploads under one name the second is refused
 * (upload_under_way) until the first has rested for UPLOAD_REST_S; then it may begin again at 0. With `last` the file
 * is complete: synced and renamed into the inbox, unless a file of that name with other content waits there
 * (name_waits).
 */
int inbox_upload(struct runtime *rt, const char *feed, const char *name, uint64_t offset, const uint8_t *data,
                 size_t len, bool last, uint64_t *size, struct err *err);

/* Adds a piece to the end of archive/<feed>/<file>, durably. */
int inbox_append(struct runtime *rt, const char *feed, const char *file, const uint8_t *data, size_t len,
                 struct err *err);
/* Notes rows that came by request at the end of archive/<feed>/appended-<day>: a line "# id bytes name", then the
 * bytes. Where an id stands twice, the first try was rolled back. Not synced: these are copies, for people and to be
 * read again (appended.h), of rows that are durable as facts or in quarantine; a file or a sync of its own would cost a
 * small request more than all the rest. */
int inbox_note_rows(struct runtime *rt, const char *feed, uint64_t id, const char *name, const char *day,
                    const uint8_t *data, size_t len, struct err *err);
/* Whether those bytes stand at `offset` of the file at `path`, as its last ones. */
bool inbox_ends_with(const char *path, uint64_t offset, const uint8_t *data, size_t len);

/* A file of the inbox, opened once: what is hashed, read and archived is the same file, whatever becomes of its name.
 */
struct inbox_file {
    int fd; /* -1 none */
    struct stat at;
    char path[INBOX_PATH_MAX];
};
int inbox_open(struct runtime *rt, const char *feed, const char *name, struct inbox_file *out, struct err *err);
void inbox_close(struct inbox_file *file);
/* Gives a waiting file another name, unless one has it already. */
int inbox_rename(struct runtime *rt, const char *feed, const char *name, const char *to, struct err *err);
/* Hash and length of all of it. ERR_UNAVAILABLE where the daemon stops meanwhile. */
int inbox_hash(struct runtime *rt, const struct inbox_file *file, uint8_t sha256[32], uint64_t *len, struct err *err);
/* A folder or disk that fails, and neither the data base nor what was asked. */
bool inbox_is_trouble(const struct err *err);

#define INBOX_WRITTEN_TO "the file was written to while it was read; it is read again"

/* Somebody has written to it since it was opened. */
bool inbox_written(const struct inbox_file *file);
/* Moves it into the archive. A file that is there no longer counts as moved; another one that has taken its name, or
 * one that was written to, stays and is looked at again: *stays (may be NULL). */
int inbox_archive(struct runtime *rt, const char *feed, uint64_t id, const char *name, const struct inbox_file *file,
                  bool *stays, struct err *err);
/* Makes durable what was moved there so far. Nothing depends on it: a read file that is found in the inbox again is
 * known by its content. */
void inbox_sync_archive(struct runtime *rt, const char *feed);

/* Moves a read file back into the inbox, to be read again. ERR_CONFLICT: it isn't in the archive (no_file), or a file
 * of its name waits (name_waits). */
int inbox_bring_back(struct runtime *rt, const char *feed, uint64_t id, const char *name, struct err *err);
/* A file of the archive was written to: moves it into the inbox, and leaves in its place the `len` bytes that were
 * read, where they are still those of that hash. *touched: they are, and nothing is behind them; then it stays. */
int inbox_take_back(struct runtime *rt, const char *feed, uint64_t id, const char *name, uint64_t len,
                    const uint8_t sha256[32], bool *touched, struct err *err);
/* Moves a file that isn't to be read into the archive; nothing when it's not there. */
int inbox_put_away(struct runtime *rt, const char *feed, uint64_t id, const char *name, struct err *err);

/* Puts outbox/<feed>/<name>.<kind> in place, whole and durable; one that is there is replaced. */
int outbox_put(struct runtime *rt, const char *feed, const char *name, const char *kind, const uint8_t *data,
               size_t len, struct err *err);

#endif
