/* code_map_store: the SQL of code maps that all feeds of a sender share. */
#ifndef BIHUAN_FEEDBACK_CODE_MAP_STORE_H
#define BIHUAN_FEEDBACK_CODE_MAP_STORE_H

#include "runtime/runtime.h"

#include "bihuan/feedback.pb-c.h"

#define CODE_MAPS_ALL INT32_MAX

/* Ordered by sender and name, from behind (after_sender, after_name) on, at most `limit`; sender, name: "" all. Into
 * the arena. */
int code_map_store_list(struct tx *tx, const char *sender, const char *name, const char *after_sender,
                        const char *after_name, uint32_t limit, struct arena *arena, Bihuan__SenderCodeMap ***out,
                        size_t *count, struct err *err);
int code_map_store_put(struct tx *tx, const Bihuan__SenderCodeMap *map, struct err *err);

#endif
