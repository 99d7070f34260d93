/* shops: outlets that each sell one product of 100, with a rule that raises an alert at once when one is sold off the
 * list's price. The cheapest way to alerts that begin and end. */
#ifndef BIHUAN_TESTS_SUPPORT_SHOPS_H
#define BIHUAN_TESTS_SUPPORT_SHOPS_H

#include "support/stack.h"

/* Units P and O1 .. On, the feed "orders", the rule "off-list". The stack runs, its clock in October 2026. */
void shops_apply(struct stack *stack, int count);
/* One line of each outlet, dated 5 October, at a price; with a higher version it takes the place of the one before.
 * Waits until the file is read. */
void shops_sell(struct stack *stack, const char *file, int count, int version, int price);

#endif
