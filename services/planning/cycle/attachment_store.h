/* attachment_store: the SQL of files and their pieces. Results in the call's arena; -1 loses the transaction. */
#ifndef BIHUAN_SERVICES_PLANNING_ATTACHMENT_STORE_H
#define BIHUAN_SERVICES_PLANNING_ATTACHMENT_STORE_H

#include "planning/cycle/cycle.h"

struct attachment {
    int64_t id;
    enum attachment_owner kind;
    int64_t owner;
    const char *name;
    int64_t size;
    const char *hash;
    bool complete;
    const char *added_by;
    int64_t added_at;
};

/* The one of that name that isn't replaced, complete or not as asked; *out NULL where there is none. */
int attachment_store_find(struct tx *tx, enum attachment_owner kind, int64_t owner, const char *name, bool complete,
                          struct attachment **out, struct err *err);
int attachment_store_get(struct tx *tx, int64_t id, struct attachment **out, struct err *err);
/* Complete and not replaced, by name. */
int attachment_store_list(struct tx *tx, enum attachment_owner kind, int64_t owner, struct attachment **rows,
                          size_t *count, struct err *err);
/* Bytes of those that aren't replaced, complete or not, but the ones of that name. */
int attachment_store_others_size(struct tx *tx, enum attachment_owner kind, int64_t owner, const char *name,
                                 int64_t *size, struct err *err);
/* A new, empty one; sets its id. */
int attachment_store_begin(struct tx *tx, struct attachment *attachment, struct err *err);
/* Drops an incomplete one. */
int attachment_store_drop(struct tx *tx, int64_t id, struct err *err);
/* Appends at attachment->size, which grows. */
int attachment_store_append(struct tx *tx, struct attachment *attachment, const void *data, size_t len,
                            struct err *err);
/* Works out the hash; those of the same name before are replaced. Replaced ones keep their bytes, the newest first,
 * while all files of the owner have at most `keep` bytes. */
int attachment_store_finish(struct tx *tx, struct attachment *attachment, int64_t keep, struct err *err);
/* At most `limit` bytes from `offset` on. */
int attachment_store_read(struct tx *tx, int64_t id, int64_t offset, int32_t limit, ProtobufCBinaryData *out,
                          struct err *err);

#endif
