/* heard: what receivers heard, beside what was decided that they are told and what the ledger says, all of one moment
 * at which nothing waits. Of the receivers whose codes begin with "f-" (failing.h). */
#ifndef BIHUAN_TESTS_SUPPORT_HEARD_H
#define BIHUAN_TESTS_SUPPORT_HEARD_H

#include "support/fake_receiver.h"
#include "support/stack.h"

struct heard {
    json_t *rows; /* [{id, receiver, event, alert, state, title, attempts, carrier}] of the outbox, in its order */
    json_t *told; /* [{receiver, alert, open, reached}] of the ledger */
    json_t *got;  /* what came, see fake_receiver.h */
    json_t *late; /* at the second one */
};

/* Ends the test where something still waits after 40 s. */
void heard_take(struct heard *heard, struct stack *stack, struct fake_receiver *fake, struct fake_receiver *late);
void heard_free(struct heard *heard);
/* Rows of the receiver in that state. */
size_t heard_count(const struct heard *heard, const char *receiver, const char *state);
/* Whether a message that it has by now was tried more often than it came. */
bool heard_refused(const struct heard *heard, const char *receiver);

/* The receiver, at the path of its code, took what was sent, once or again under the same id with the same bytes, and
 * the ledger has as open what it knows so, and as reached what it took last. in_order: it heard each beginning before
 * what goes on from there. Returns how many messages it took. */
size_t heard_check(const struct heard *heard, const char *receiver, bool in_order);
/* A chat, which takes several at once and has no ids: every row's title was said, as often as there are rows of it, a
 * merged one within its carrier, and those of one alert in their order. Where monitoring was killed one may have come
 * twice. */
void heard_check_robot(const struct heard *heard, const char *receiver, const char *path);

#endif
