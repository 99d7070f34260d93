/* control_pass: a file read through before any of its rows counts: what its own lines say, and what it is. */
#ifndef BIHUAN_FEEDBACK_CONTROL_PASS_H
#define BIHUAN_FEEDBACK_CONTROL_PASS_H

#include "feedback/mapping/mapping.h"

/* Rows that the sums don't hold. A sum that differs may only mean that amounts can't be read, since the file isn't as
 * the feed says. */
struct control_unread {
    int64_t rows;
    char because[200]; /* of the first */
};

/* Header and trailer lines say their values into *said; rows and sums of what was read stand in *found. -1: the file,
 * or a line of its control, can't be read. */
int control_pass(const struct mapping *mapping, const char *name, byte_source_fn *source, void *arg,
                 struct control_said *said, struct control_said *found, struct control_unread *unread, struct err *err);

#endif
