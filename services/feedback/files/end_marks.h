/* end_marks: files that say how far a feed is complete, by their names. On the loader's thread. */
#ifndef BIHUAN_FEEDBACK_END_MARKS_H
#define BIHUAN_FEEDBACK_END_MARKS_H

#include "feedback/files/loader_internal.h"

/* Puts the marks behind the other names, each in their order; how many others there are. */
size_t end_marks_last(const struct mapping *mapping, char **names, size_t count);
/* Takes the marks once no data waits in the inbox any more. -1: to be tried again later. */
int end_marks_take(struct loader *loader, const struct snapshot *snapshot, const struct mapping *mapping,
                   char *const *marks, size_t count, struct err *err);

/* Whether a name is that of a mark. Pure. */
bool end_marks_is(const struct mapping *mapping, const char *name);

/* Whether files wait in the inbox that may tell something new of the feed, or of a city's part of it (unit not 0), on
 * `today`: all but marks of days to come, and files of other cities. On any thread. */
bool end_marks_data_waits(struct runtime *rt, const struct mapping *mapping, const struct reference *reference,
                          uint32_t unit, int32_t today);

#endif
