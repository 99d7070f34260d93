/* inbox: folders of files that arrive and that were read.
 *
 *   <data_dir>/inbox/<feed>/<name>            waits or is being read
 *   <data_dir>/inbox/<feed>/.<name>.part      an upload that isn't complete
 *   <data_dir>/archive/<feed>/<id>-<name>     was read
 */
#ifndef BIHUAN_FEEDBACK_INBOX_H
#define BIHUAN_FEEDBACK_INBOX_H

#include "base/err.h"
#include "runtime/runtime.h"

#include <stdbool.h>

#define INBOX_PATH_MAX 1024
#define INBOX_NAME_MAX 180 /* bytes of a file name */

/* Usable as a name: no slash, not first a dot, no .tmp or .part at the end, no control characters. */
bool inbox_name_ok(const char *name);

void inbox_path(struct runtime *rt, const char *feed, const char *name, char out[INBOX_PATH_MAX]);
void inbox_part_path(struct runtime *rt, const char *feed, const char *name, char out[INBOX_PATH_MAX]);
void inbox_archive_path(struct runtime *rt, const char *feed, uint64_t id, const char *name, char out[INBOX_PATH_MAX]);
/* Whether files of the feed are there that have not been read to their end. */
bool inbox_waiting(struct runtime *rt, const char *feed);
/* Makes inbox/<feed> and archive/<feed>. */
int inbox_make(struct runtime *rt, const char *feed, struct err *err);

/* A piece of an upload at `offset` (what is there must be just as long, or the piece there already). *size is the
 * length after it. With `last` the file is complete: synced and renamed into the inbox. */
int inbox_upload(struct runtime *rt, const char *feed, const char *name, uint64_t offset, const uint8_t *data,
                 size_t len, bool last, uint64_t *size, struct err *err);

/* Notes rows that came by request at the end of archive/<feed>/appended-<day>: a line "# id bytes name", then the
 * bytes. Where an id stands twice, the first try was rolled back. Not synced: these are copies for people, of rows that
 * are durable as facts or in quarantine; a file or a sync of its own would cost a small request more than all the rest.
 */
int inbox_note_rows(struct runtime *rt, const char *feed, uint64_t id, const char *name, const char *day,
                    const uint8_t *data, size_t len, struct err *err);
/* Moves it into the archive; a file that is there no longer counts as moved. */
int inbox_archive(struct runtime *rt, const char *feed, uint64_t id, const char *name, struct err *err);
/* Hash and length of a whole file. ERR_UNAVAILABLE where the daemon stops meanwhile. */
int inbox_hash(struct runtime *rt, const char *path, uint8_t sha256[32], uint64_t *len, struct err *err);

#endif
