/* failing: receivers that fail in each way there is, beside whatever else a flow tests: too many requests (429), an
 * error (500), no answer until the time is out, an error inside a 200, a redirect, a slow one, a closed port, a
 * connection cut after the message was taken. Each message fails at each of them when it comes first (the port
 * is closed until something was refused), so that whatever a row of a flow tells meets every way; at the row's end all
 * of them must have been told the same.
 *
 * One set of them in a test program. */
#ifndef BIHUAN_TESTS_SUPPORT_FAILING_H
#define BIHUAN_TESTS_SUPPORT_FAILING_H

#include "support/stack.h"

/* Before the stack: monitoring waits for an answer a second, and a tenth of one before it tries again. */
void failing_prepare(void);
/* The receivers "f-429", "f-500", "f-hangs", "f-slow", "f-cut", each of which goes on from its own way to the next with
 * each new message; "f-moved", which redirects each new message, and so is refused it for good; "f-closed", whose port
 * is closed whenever nothing waits; "f-inside", a robot that says that it is busy. Of all warnings and worse below
 * `subtree`
 * ("" all). Before the first alert. */
void failing_apply(struct stack *stack, const char *subtree);
/* "'f-429','f-500', ...": for a route. */
extern const char FAILING_CODES[];
/* The port on loopback that they have, for receivers that don't fail. */
int failing_port(void);
/* Before the stack ends. */
void failing_stop(void);

/* A row of a flow: at its end what was refused for good is sent again, and then: what came in this row met every way;
 * nothing is lost (what was decided to be told was taken), nothing is wrong (what was taken is what was decided, under
 * its id), what comes twice has the same id and the same bytes, nobody hears a beginning twice without an end between,
 * or an end without a beginning, and the ledger has open what its receiver knows as open, and as reached what it took
 * last. */
#define FAILING_ROW(test) cmocka_unit_test_teardown(test, failing_row)
int failing_row(void **state);
/* At the end: `least` messages came to each, so that it isn't empty. */
void failing_agree(int least);

#endif
