/* level_check: the readings kept for levels against those that the facts say, and what is told for them against what
 * must be, in constant memory. */
#ifndef BIHUAN_FEEDBACK_LEVEL_CHECK_H
#define BIHUAN_FEEDBACK_LEVEL_CHECK_H

#include "feedback/levels/level.h"
#include "feedback/measures/record_walk.h"

#define LEVEL_CHECK_SHOWN 50

/* A change as it must be told. */
typedef void level_change_fn(void *arg, const struct level_line *line, const struct level_change *change);

struct level_check {
    struct tx *tx;
    const struct reference *reference;
    level_change_fn *each;
    void *arg;
    char *differences[LEVEL_CHECK_SHOWN]; /* in the call's arena */
    size_t difference_count;
    /* of the piece under way */
    struct level_line *wanted;
    size_t wanted_count, wanted_cap;
};

/* A record's row that holds now, NULL none; records in the order of the walk. Those of other kinds are left alone. */
void level_check_add(struct level_check *check, const struct order_line *live, struct arena *arena);
/* At the end of a piece: `from` is where the walk stood before it. */
int level_check_piece(struct level_check *check, const struct record_walk *from, const struct record_walk *now,
                      struct arena *arena, struct err *err);

#endif
