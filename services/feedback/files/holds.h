/* holds: how far a loaded file may be believed while others wait. A dated file says that its feed is complete to the
 * end of its day, or to a moment of its own; that isn't so where the file of an earlier day, or another of the same
 * day, still lies in the inbox. */
#ifndef BIHUAN_FEEDBACK_HOLDS_H
#define BIHUAN_FEEDBACK_HOLDS_H

#include "feedback/mapping/mapping.h"
#include "feedback/reference/reference.h"
#include "runtime/runtime.h"

#define HOLD_NONE INT32_MAX

/* The first day that waits, by city (0: files of no city, which every city waits for). Zeroed before first use; free
 * with holds_fini. */
struct holds {
    struct hold {
        uint32_t city;
        int32_t day;
    } * items;
    size_t count, cap;
};

/* Whether the feed's mark comes from files whose names may say a day. Pure. */
bool holds_apply(const struct mapping *mapping);
/* Begins anew with the data files that wait in the feed's inbox, but those that `skip` (may be NULL) picks. On any
 * thread. */
void holds_look(struct holds *holds, struct runtime *rt, const struct mapping *mapping,
                const struct reference *reference, bool (*skip)(void *arg, const char *name), void *arg);
void holds_add(struct holds *holds, uint32_t city, int32_t day);
/* The first day that waits for a city's part, 0: for the whole feed; HOLD_NONE. */
int32_t holds_day(const struct holds *holds, uint32_t city);
void holds_fini(struct holds *holds);

/* The file that waits for that day, of several the first by name: how it is called (256 bytes). False: none does. */
bool holds_file(struct runtime *rt, const struct mapping *mapping, const struct reference *reference, uint32_t city,
                int32_t *day, char name[256]);
/* Only that: the first day that waits, of a feed or its city. */
int32_t holds_first(struct runtime *rt, const struct mapping *mapping, const struct reference *reference, uint32_t city,
                    const char *but);

#endif
