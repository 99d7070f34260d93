/* space_inner: what the files of a space share, for nobody else. */
#ifndef BIHUAN_SERVICES_PLANNING_SPACE_INNER_H
#define BIHUAN_SERVICES_PLANNING_SPACE_INNER_H

#include "planning/axes/space.h"

#include <string.h>

/* Room for one more in an array of the arena's. */
#define SPACE_GROW(arena, array, count, cap)                                                                           \
    do {                                                                                                               \
        if ((count) == (cap)) {                                                                                        \
            size_t more_cap = (cap) ? (cap)*2 : 16;                                                                    \
            void *more = arena_alloc(arena, more_cap * sizeof *(array));                                               \
                                                                                                                       \
            if (count)                                                                                                 \
                memcpy(more, array, (count) * sizeof *(array));                                                        \
            (array) = more;                                                                                            \
            (cap) = more_cap;                                                                                          \
        }                                                                                                              \
    } while (0)

/* The period's latest version with its cuts, read where nothing reached it yet. */
int space_view(struct space *space, const struct ref_period *period, struct view **out, struct err *err);

#endif
