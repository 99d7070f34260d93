/* reopen: rows in quarantine that are read again by themselves.
 *
 * Rows that wait since their unit is closed are read again by themselves when planning closes one later, or no
 * more. They are left alone for `reopen_rest_ms`: a closing day is moved by opening the unit and closing it again, and
 * what lies behind the new day must not slip in between. Rows that take back something else than their original is are
 * read again when a version of it came.
 */
#ifndef BIHUAN_FEEDBACK_REOPEN_H
#define BIHUAN_FEEDBACK_REOPEN_H

#include "runtime/runtime.h"

/* A unit takes results that it didn't take, or its seat was handed over; or rows were judged by planning's data as they
 * were before. */
int reopen_ask(struct tx *tx, struct err *err);
/* The timer: reads some of the rows, until none is left. */
int reopen_go_on(struct tx *tx, const void *message, struct err *err);
/* The timer: reads some rows whose originals changed. */
int reopen_reversals(struct tx *tx, const void *message, struct err *err);

#endif
