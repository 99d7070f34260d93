/* delivery: files put into a feedback daemon's inbox, and what becomes of them. */
#ifndef BIHUAN_TESTS_SUPPORT_DELIVERY_H
#define BIHUAN_TESTS_SUPPORT_DELIVERY_H

#include "support/stack.h"

/* Written aside and renamed in: complete at once. */
void delivery_put(struct stack *stack, const char *feed, const char *name, const char *text);
/* Waits, at most 20 s, until a query answers that; ends the test otherwise. */
void delivery_await(struct stack *stack, const char *sql, const char *want);
/* The same for the newest file of a name: "state read accepted duplicate error". */
void delivery_await_file(struct stack *stack, const char *name, const char *want);

#endif
