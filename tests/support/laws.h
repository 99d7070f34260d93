/* laws: what always holds of targets, asked in SQL over the ledger and the cells alone. Trees, products and days come
 * from what the test says it did, not from the service. */
#ifndef BIHUAN_TESTS_SUPPORT_LAWS_H
#define BIHUAN_TESTS_SUPPORT_LAWS_H

#include "support/plans.h"

/* Makes the tables and the function. */
void laws_prepare(void);
/* Said by the test, by codes. `until` "" for ever; a parent that follows ends the one before. */
void laws_period(const char *period, const char *from, const char *until);
void laws_parent(const char *unit, const char *parent, const char *from);
void laws_gone(const char *unit, const char *from);
void laws_product(const char *product, const char *parent);
/* After any of these. */
void laws_rebuild(void);

/* What doesn't hold of the measure, in words; "" where all does. In the latest version of each period: children are
 * their parent where all have a target, and never more; what was cut over channels or products is what these have
 * together, and what was cut over periods what the latest versions of those have. In every version a cell is what its
 * entries in the ledger come to. The entries that a transfer is about come to nothing together. Free it. */
char *laws_broken(const char *measure);
/* The same of the versions in force, which is what everybody else counts by, but of those that were so when units moved
 * or went (what that unbalances is consented to, and stays a task until they are revised): over periods what was said
 * to be cut before these came into force, and totals that all months have; quarter and months by the names of
 * random_plan.h. Free it. */
char *laws_broken_in_force(const char *measure);
/* Weeks that no days make up together with the months, in the latest versions: of each target that has a cell in all
 * weeks and in all months, which both come to what the quarter has. Free it. */
char *laws_broken_days(const char *measure);
/* In those in force. Free it. */
char *laws_broken_days_in_force(const char *measure);

#endif
