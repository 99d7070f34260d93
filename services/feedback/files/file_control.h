/* file_control: whether a file in the inbox is what its companion or its own lines say: read through once before any of
 * its rows counts. On the loader's thread. */
#ifndef BIHUAN_FEEDBACK_FILE_CONTROL_H
#define BIHUAN_FEEDBACK_FILE_CONTROL_H

#include "feedback/files/inbox.h"
#include "feedback/files/loader_internal.h"
#include "feedback/mapping/mapping.h"

struct file_check {
    struct runtime *rt;
    const struct mapping *mapping;
    const struct inbox_file *file;
    const char *name;
    const uint8_t *sha256; /* of the file, 32 bytes */
    uint64_t bytes;
};

/* Ready: it's there and rests, or the feed has none. */
enum companion { COMPANION_READY, COMPANION_MOVES, COMPANION_MISSING };
enum companion file_control_companion(struct loader *loader, const struct mapping *mapping, const char *name);
/* 0 with what the control says in *said; ERR_INVALID where the file isn't so (control.h), or can't be read. */
int file_control_check(const struct file_check *check, struct control_said *said, struct err *err);

#endif
