/* distinct_check: the lines kept for distinct counts against those that the facts say, in constant memory. */
#ifndef BIHUAN_FEEDBACK_DISTINCT_CHECK_H
#define BIHUAN_FEEDBACK_DISTINCT_CHECK_H

#include "feedback/measures/distinct.h"
#include "feedback/measures/record_walk.h"

#define DISTINCT_CHECK_SHOWN 50

struct distinct_check {
    struct tx *tx;
    const struct reference *reference;
    char *differences[DISTINCT_CHECK_SHOWN]; /* in the call's arena */
    size_t difference_count;
    /* of the piece under way */
    struct distinct_line *wanted;
    size_t wanted_count, wanted_cap;
};

/* A record's row that holds now, NULL none; records in the order of the walk. */
void distinct_check_add(struct distinct_check *check, const struct order_line *live, struct arena *arena);
/* At the end of a piece: `from` is where the walk stood before it. */
int distinct_check_piece(struct distinct_check *check, const struct record_walk *from, const struct record_walk *now,
                         struct arena *arena, struct err *err);

#endif
