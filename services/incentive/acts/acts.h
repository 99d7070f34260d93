/* acts: what is decided here, kept on the own stream as ACT_TAKEN, and done again when the state is made anew.
 *
 * State is a function of planning's events, feedback's events, and the acts between them. Each act says at which
 * positions of both streams it met them. With the setting `rebuild` and an empty schema that has its own stream (and
 * nothing else), events are held back until the acts before them are done, and acts until the events before them are
 * there; requests wait. What comes out is what there was, hash for hash.
 *
 * Threads: the writer's alone.
 */
#ifndef BIHUAN_INCENTIVE_ACTS_H
#define BIHUAN_INCENTIVE_ACTS_H

#include "runtime/runtime.h"

#include "bihuan/incentive_acts.pb-c.h"

struct incentive;

struct acts {
    bool wanted;  /* to be made anew, but not begun: everything waits */
    bool running; /* being made anew */
    uint64_t next, last;
    uint64_t act_seq; /* of the next act */
    const Bihuan__ActTaken *act;
    struct arena arena; /* owns it */
};

void acts_init(struct acts *acts);
void acts_drop(struct acts *acts);
/* From the table and the setting. */
int acts_load(struct acts *acts, struct tx *tx, struct err *err);
static inline bool acts_hold(const struct acts *acts)
{
    return acts->wanted || acts->running;
}

/* First in each handler of an event: ERR_BUSY while an act has to be done before it. */
int acts_before_facts(struct tx *tx, struct err *err);
/* The same for planning's; else keeps at which of feedback's positions it came. */
int acts_before_planning(struct tx *tx, struct err *err);

/* Runs the handler of a request and keeps it as an act; ERR_BUSY while state is made anew. */
int acts_do(struct tx *tx, uint32_t type, const void *message, handler_fn *fn, struct err *err);
/* Keeps what a timer did. `day` of recredit. */
int acts_note(struct tx *tx, const char *kind, int32_t day, struct err *err);

/* The handler that stands behind a request; NULL none. (act_table.c) */
handler_fn *acts_handler(uint32_t type);

/* Begins, and does the acts whose time has come. (rebuild.c) */
int acts_timer(struct tx *tx, const void *unused, struct err *err);
/* Whether streams have reached the positions of the next act. */
bool acts_reached(const struct acts *acts, struct tx *tx);
/* On to the next act; the one before is done in this transaction. */
int acts_advance(struct acts *acts, struct tx *tx, struct err *err);

#endif
