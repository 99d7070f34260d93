/* source_store: the SQL of how asking the senders goes. */
#ifndef BIHUAN_FEEDBACK_TMF_SOURCE_STORE_H
#define BIHUAN_FEEDBACK_TMF_SOURCE_STORE_H

#include "runtime/runtime.h"

/* A row of tmf_source; texts in an arena. */
struct source_row {
    uint32_t feed_id;
    const char *feed; /* its code */
    const char *url;
    int64_t through;  /* 0 never yet */
    int64_t asked_at; /* 0: it is due */
    uint64_t seen, missed;
    uint32_t failures;
    const char *error;
    const char *hub, *hub_for, *hub_id, *hub_error;
    int64_t hub_at;           /* 0 never */
    bool referred;            /* an event only referred to something, which wasn't asked for yet */
    uint64_t hurried, served; /* wishes to ask at once: all, and those that were heard; putting keeps `hurried` */
};

/* All sources, by feed; code "": of all feeds. */
int source_store_list(struct db *db, struct arena *arena, const char *code, struct source_row **out, size_t *count,
                      struct err *err);
int source_store_put(struct tx *tx, const struct source_row *row, struct err *err);
/* The feed is to be asked now, or once more where it is being asked. */
int source_store_hurry(struct tx *tx, uint32_t feed_id, struct err *err);

/* Resources of which only events are known that don't tell what they are, received before `before`, and those that an
 * event has named since they were last told; first those that were tried longest ago. */
struct source_held {
    const char *kind, *id;
    int64_t referred_at; /* 0 not */
};
int source_store_held(struct db *db, struct arena *arena, uint32_t feed_id, int64_t before, uint32_t limit,
                      struct source_held **out, size_t *count, struct err *err);
/* Orders that aren't at their end, known since `not_before`, asked for by id before `before` or never: those that were
 * looked at longest ago first. */
int source_store_open(struct db *db, struct arena *arena, uint32_t feed_id, int64_t before, int64_t not_before,
                      uint32_t limit, struct source_held **out, size_t *count, struct err *err);
/* Of what is held or referred to, what an event only referred to since they were asked for last: those that wait
 * longest first. */
int source_store_referred(struct db *db, struct arena *arena, uint32_t feed_id, uint32_t limit,
                          struct source_held **out, size_t *count, struct err *err);

#endif
