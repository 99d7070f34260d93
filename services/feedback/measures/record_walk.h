/* record_walk: all records of a bucket, one after another with all of their rows, in pieces of bounded memory. */
#ifndef BIHUAN_FEEDBACK_RECORD_WALK_H
#define BIHUAN_FEEDBACK_RECORD_WALK_H

#include "feedback/facts/order_line.h"
#include "runtime/runtime.h"

#define RECORD_KEY_CAP 256

struct record_walk {
    uint16_t bucket;
    int16_t sender; /* of the last record seen; 0 at the start */
    char key[RECORD_KEY_CAP];
    bool ended;
};

/* The rows of one record; they may be changed and live as long as the arena. */
typedef int record_walk_fn(void *arg, struct order_line *rows, size_t count, struct err *err);

/* Goes on from where the walk stands by about `rows` rows. */
int record_walk_next(struct tx *tx, struct record_walk *walk, uint32_t rows, struct arena *arena, record_walk_fn *fn,
                     void *arg, struct err *err);

#endif
