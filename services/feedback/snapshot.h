/* snapshot: reference data and compiled feeds as one immutable thing that any thread may hold on to.
 *
 * The writer builds one from the tables when something changed, and shows it when the change is committed. The loader
 * takes the one shown for each batch; the batch carries it, so what a row was resolved against is never in doubt.
 */
#ifndef BIHUAN_FEEDBACK_SNAPSHOT_H
#define BIHUAN_FEEDBACK_SNAPSHOT_H

#include "feedback/mapping/mapping.h"
#include "feedback/reference/reference.h"

#include <stdatomic.h>

struct snapshot_sender {
    int16_t id;
    const char *name;
    const char *subject_of; /* sender of the records that its subjects name */
};

struct snapshot {
    _Atomic int refs;
    uint64_t generation;   /* higher is newer, within this process */
    uint64_t planning_seq; /* planning's stream as far as it is in here */
    struct arena arena;
    struct reference *reference;
    struct mapping *mappings;
    size_t mapping_count;
    Bihuan__SenderCodeMap **code_maps; /* that all feeds of a sender share */
    size_t code_map_count;
    struct snapshot_sender *senders;
    size_t sender_count;
};

struct snapshot *snapshot_new(int money_scale); /* one reference, the caller's */
struct snapshot *snapshot_hold(struct snapshot *snapshot);
void snapshot_drop(struct snapshot **snapshot); /* NULL or *NULL: nothing to do */

/* The feed with those code maps of its sender that it doesn't have itself: `feed`, or a copy in the arena. */
const Bihuan__Feed *snapshot_with_maps(const struct snapshot *snapshot, const Bihuan__Feed *feed, struct arena *arena);

/* NULL where there is none. */
const struct mapping *snapshot_feed(const struct snapshot *snapshot, const char *code);
const struct mapping *snapshot_feed_by_id(const struct snapshot *snapshot, uint32_t id);
const char *snapshot_sender_name(const struct snapshot *snapshot, int16_t id); /* "" none */
/* Under which sender the records are known that subjects of this sender's records name; in the snapshot's arena. */
const char *snapshot_subject_sender(const struct snapshot *snapshot, int16_t id);
int16_t snapshot_sender_id(const struct snapshot *snapshot, const char *name); /* 0 none */

#endif
