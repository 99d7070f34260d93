/* waits: files of which the loader has told the writer already that they wait for their companion, so that it doesn't
 * tell again with every look. Forgotten as a whole when an operator releases one. The loader's thread only. */
#ifndef BIHUAN_FEEDBACK_WAITS_H
#define BIHUAN_FEEDBACK_WAITS_H

#include <stdbool.h>
#include <stdint.h>

struct waits;

/* Whether it was put in since `releases` last changed. */
bool waits_has(struct waits **waits, uint64_t releases, const char *feed, const char *name);
void waits_put(struct waits **waits, uint64_t releases, const char *feed, const char *name);
void waits_drop(struct waits **waits, const char *feed, const char *name);
void waits_clear(struct waits **waits);

#endif
