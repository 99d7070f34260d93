/* archive: old rows of a service's streams, from the table to files, and out of them again.
 *
 * Order of things: rows are written to a file, the file is read back and checked, recorded in bus_archive, and only
 * then may its rows leave the table, a few at a time. Killed in between, the next run writes the same file again or
 * goes on pruning: a row is always in the table or in a recorded file, and replay takes it from where it is.
 *
 * Threads: an `archive` is used by one thread at a time; files that are there are never changed, so any number may
 * read.
 */
#ifndef BIHUAN_ARCHIVE_ARCHIVE_H
#define BIHUAN_ARCHIVE_ARCHIVE_H

#include "archive/archive_disk.h"
#include "archive/archive_store.h"

struct archive {
    struct db *db;       /* borrowed */
    const char *root;    /* folder of all services' files */
    const char *service; /* whose streams they are */
    uint32_t buckets;
};

/* Rows published before this have been kept for so many days: the beginning of a day (UTC), so that a bucket gets a
 * file a day at most that isn't full. 0 days: for ever, INT64_MIN. */
int64_t archive_before(int64_t now_us, int64_t days);

/* --- writing and pruning (archive_write.c) ---------------------------------------------------------------------------
 */

/* Writes the next file of a bucket: rows behind the last file that were published before before_us, at most a file
 * full. *rows: how many, 0 when there is nothing to write. `epoch` is the lease's: another instance's writer isn't
 * disturbed. ERR_FENCED, ERR_UNAVAILABLE (disk, data base), or the stream isn't as it should be. */
int archive_write(const struct archive *archive, uint16_t bucket, int64_t before_us, uint64_t epoch, uint64_t *rows,
                  struct err *err);

/* At most so many rows leave the table in one statement: some milliseconds. */
#define ARCHIVE_BITE 256
/* Called between two bites, and may wait there; false stops. */
typedef bool archive_pause_fn(void *arg);

/* Prunes the first file whose rows are still in the table, were published before before_us and read by all (see
 * archive_store_read_up_to). The file is read and checked first: "archive_missing" or "archive_damaged" else, and
 * nothing is pruned. *rows: how many went, 0 when there is nothing to prune. */
int archive_prune(const struct archive *archive, uint16_t bucket, int64_t before_us, uint64_t read_up_to,
                  archive_pause_fn *pause, void *arg, uint64_t *rows, struct err *err);

/* --- reading (archive_read.c) ----------------------------------------------------------------------------------------
 */

/* One file in memory, kept for the next question. Zeroed is empty. */
struct archive_contents {
    bool loaded;
    struct archive_header header;
    struct buf records;
    size_t *offsets; /* of its records, by seq - from */
};
void archive_contents_fini(struct archive_contents *contents);

/* Loads the file that holds the sequence, unless *contents has it. *found false where no file does. A file that is
 * missing or isn't the one that was recorded: ERR_UNAVAILABLE, "archive_missing" or "archive_damaged", naming it and
 * the remedy. */
int archive_load(const struct archive *archive, struct arena *arena, uint16_t bucket, uint64_t seq,
                 struct archive_contents *contents, bool *found, struct err *err);
/* A row of what is loaded, header.from <= seq <= header.to; bytes are borrowed from *contents. */
struct stream_row archive_row(const struct archive_contents *contents, uint64_t seq);

/* Reads a recorded file and compares it with its record; *contents is loaded with it. Errors as above. */
int archive_open_entry(const struct archive *archive, const struct archive_entry *entry,
                       struct archive_contents *contents, struct err *err);

/* --- all of it (archive_verify.c) ------------------------------------------------------------------------------------
 */

/* Called with one sentence each: what is wrong, and the remedy. */
typedef void archive_difference_fn(void *arg, const char *text);
struct archive_checked {
    uint64_t files, rows;
    uint16_t bucket; /* where to go on */
    uint64_t from;
    bool done;
};
/* Reads recorded files from checked->(bucket, from) on, at most about bytes_max: each as it was recorded, each behind
 * the one before, in number and in chain; no row missing between the last file and the table; no file that isn't
 * recorded, unless all its rows stand elsewhere as well (a crash leaves such). -1 where the data base can't be asked;
 * what is wrong with files goes to `tell`. */
int archive_verify(const struct archive *archive, struct arena *arena, uint64_t bytes_max,
                   struct archive_checked *checked, archive_difference_fn *tell, void *arg, struct err *err);

/* Takes the streams over from the files into a schema in which nothing was written yet: heads, incarnation, records of
 * the files. All or nothing, in a transaction of its own; every file is checked first. *taken false where the schema
 * isn't new (then nothing is done). "archive_incomplete" where files are missing. */
int archive_adopt(const struct archive *archive, int64_t now_us, bool *taken, struct err *err);

#endif
