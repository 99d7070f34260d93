/* fact_kind: what a fact tells of. Order lines come from feeds; facts of the loop itself (guides acknowledged,
 * deliverables approved) come from planning's events, under senders that no feed can have, so that they are counted,
 * alerted on and paid by the same measures. */
#ifndef BIHUAN_FEEDBACK_FACT_KIND_H
#define BIHUAN_FEEDBACK_FACT_KIND_H

#include <stdint.h>

enum fact_kind {
    FACT_ORDER_LINE,
    FACT_GUIDE,       /* placed: a unit is asked to acknowledge; completed: it has */
    FACT_TRAINING,    /* the same for training held */
    FACT_MATERIAL,    /* ... and materials there */
    FACT_DELIVERABLE, /* placed: it was owed; completed: approved */
    FACT_KIND_COUNT
};

/* Sender ids of the loop's own facts: the kind's number above this. Part of the stored data: never change it. */
#define LOOP_SENDER_BASE 32000

static inline enum fact_kind fact_kind_of_sender(int16_t sender)
{
    return sender > LOOP_SENDER_BASE && sender < LOOP_SENDER_BASE + FACT_KIND_COUNT
               ? (enum fact_kind)(sender - LOOP_SENDER_BASE)
               : FACT_ORDER_LINE;
}
static inline int16_t fact_kind_sender(enum fact_kind kind)
{
    return (int16_t)(LOOP_SENDER_BASE + (int16_t)kind);
}

/* "order_line", "guide" ... ; FACT_KIND_COUNT where the word isn't one. */
enum fact_kind fact_kind_parse(const char *word);
/* Name of the sender, "planning/guide"; a feed's can't have a "/". "" for order lines. */
const char *fact_kind_sender_name(enum fact_kind kind);

#endif
