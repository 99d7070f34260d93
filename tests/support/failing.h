/* failing: receivers that fail in each way there is, beside whatever else a flow tests: too many requests (429), an
 * error (500), no answer until the time is out, an error inside a 200, a redirect, a slow one, a closed port, a
 * connection cut after the message was taken. Whatever the flow tells, at its end each of them must have been told the
 * same. */
#ifndef BIHUAN_TESTS_SUPPORT_FAILING_H
#define BIHUAN_TESTS_SUPPORT_FAILING_H

#include "support/fake_receiver.h"
#include "support/stack.h"

struct failing {
    struct fake_receiver fake;
    struct fake_receiver late; /* on the port that is closed at first */
    int late_port;
    bool opened;
};

/* The receivers "f-429", "f-500", "f-hangs", "f-inside" (a robot), "f-moved", "f-slow", "f-closed" and "f-cut", of
 * all warnings and worse below `subtree` ("" all). Before the first alert. */
void failing_apply(struct failing *failing, struct stack *stack, const char *subtree);
/* "'f-429','f-500', ...": for a route. */
extern const char FAILING_CODES[];

/* Once something was refused by the closed port, opens it: behind the first alert, lest its next try be half a minute
 * away.
 */
void failing_open(struct failing *failing, struct stack *stack);

/* All work from now on, what was closed is open, what was refused for good is sent again. Then: nothing is lost (what
 * was decided to be told was taken), nothing is wrong (what was taken is what was decided, under its id), what comes
 * twice has the same id, nobody hears a beginning twice without an end between, or an end without a beginning, and the
 * ledger says of each what it took last. Ends the test otherwise; `least` messages each at least, so that it isn't
 * empty. */
void failing_agree(struct failing *failing, struct stack *stack, int least);
void failing_stop(struct failing *failing);

#endif
