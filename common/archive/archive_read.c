/* archive_read: rows out of archived files; see archive.h. */
#include "archive/archive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void archive_contents_fini(struct archive_contents *contents)
{
    buf_fini(&contents->records);
    free(contents->offsets);
    *contents = (struct archive_contents) { 0 };
}

static void index_records(struct archive_contents *contents)
{
    size_t count = (size_t)(contents->header.to - contents->header.from + 1);
    struct stream_row row;
    size_t at = 0;

    contents->offsets = realloc(contents->offsets, count * sizeof *contents->offsets);
    if (!contents->offsets)
        abort();
    for (size_t i = 0; i < count; i++) {
        contents->offsets[i] = at;
        (void)archive_record_next(&contents->records, &at, &row); /* they were checked */
    }
    contents->loaded = true;
}

static int not_as_recorded(const struct archive *archive, const char *name, const char *what, struct err *err)
{
    return err_fail(err, ERR_UNAVAILABLE, "archive_damaged",
                    "the archived file \"%s/%s/%s\" is damaged: %s; put it back from a backup of the data folder",
                    archive->root, archive->service, name, what);
}

int archive_open_entry(const struct archive *archive, const struct archive_entry *entry,
                       struct archive_contents *contents, struct err *err)
{
    char name[ARCHIVE_PATH_MAX];
    struct buf bytes = { 0 };
    struct err why;
    int rc;

    err_clear(&why);
    archive_disk_name(entry->bucket, entry->from, entry->to, name);
    contents->loaded = false;
    buf_reset(&contents->records);
    rc = archive_disk_read(archive->root, archive->service, name, &bytes, err);
    if (rc == 0 && archive_file_open(bytes.data, bytes.len, &contents->header, &contents->records, &why) != 0)
        rc = not_as_recorded(archive, name, why.text, err);
    if (rc == 0 && (memcmp(contents->header.chain, entry->chain, sizeof entry->chain) != 0 ||
                    strcmp(contents->header.stream, archive->service) != 0 ||
                    contents->header.bucket != entry->bucket || contents->header.from != entry->from ||
                    contents->header.to != entry->to || contents->header.incarnation != entry->incarnation))
        rc = not_as_recorded(archive, name, "it is whole, but not the one that was recorded", err);
    if (rc == 0)
        index_records(contents);
    buf_fini(&bytes);
    return rc;
}

int archive_load(const struct archive *archive, struct arena *arena, uint16_t bucket, uint64_t seq,
                 struct archive_contents *contents, bool *found, struct err *err)
{
    struct archive_entry entry;

    if (archive_store_holding(archive->db, arena, bucket, seq, found, &entry, err) != 0)
        return -1;
    if (!*found || (contents->loaded && memcmp(contents->header.chain, entry.chain, sizeof entry.chain) == 0))
        return 0;
    return archive_open_entry(archive, &entry, contents, err);
}

struct stream_row archive_row(const struct archive_contents *contents, uint64_t seq)
{
    size_t at = contents->offsets[seq - contents->header.from];
    struct stream_row row = { 0 };

    (void)archive_record_next(&contents->records, &at, &row);
    row.bucket = (uint16_t)contents->header.bucket;
    return row;
}
