/* holdings: who holds which opportunity and customer: what opportunities' records come to, and hand-overs from one
 * sales person's unit to another.
 *
 * An opportunity is held by its seller, or by who took over from them. What is dated on the day of a hand-over or later
 * and names who left counts for who took over (contribution_compute); what is dated before stays. So whatever comes
 * when, the sums are the same.
 */
#ifndef BIHUAN_FEEDBACK_HOLDINGS_H
#define BIHUAN_FEEDBACK_HOLDINGS_H

#include "feedback/measures/distinct_book.h"
#include "feedback/snapshot.h"
#include "runtime/runtime.h"

/* Whether records of the sender are opportunities. */
bool holdings_follow(int16_t sender);
/* Takes in what holds now of records of such senders; passes over others. */
int holdings_book(struct tx *tx, const struct snapshot *snapshot, const struct live_record *records, size_t count,
                  struct err *err);

/* --- handlers --- */
int on_person_handed_over(struct tx *tx, const void *message, struct err *err);
/* Hands over what is due today, and publishes opportunities that changed. */
int holdings_timer(struct tx *tx, const void *message, struct err *err);
int on_list_holdings(struct tx *tx, const void *message, struct err *err);

#endif
