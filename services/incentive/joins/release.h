/* release: what of one record's contributions is released by what came in for it, against what is booked. No I/O.
 *
 * A contribution that waits was excluded when it was booked (crediting/assign.h). Each receipt takes back the part of
 * the exclusion that it collects, and credits that part as the rule says, on the receipt's day, or the record's own
 * where that is later: so a payment may come before its order. A row that takes a contribution back has its own wait
 * and its own releases, with the signs turned; together they come to nothing.
 */
#ifndef BIHUAN_INCENTIVE_RELEASE_H
#define BIHUAN_INCENTIVE_RELEASE_H

#include "incentive/crediting/credit.h"
#include "incentive/joins/receipt_store.h"

/* Entries of receipts are numbered from here, those of their row below. */
#define RELEASE_FIRST_NO (1 << 20)

struct release_world {
    const struct credit_world *credit;
    const struct closed_period *closed;
    size_t closed_count;
};

/* Something to be booked: an entry of a row by a receipt. */
struct release {
    struct recorded_row row; /* fact.day: on which it is released; counts_day and late_for by the closed periods */
    struct credit_entry entry;
    const char *receipt; /* "sender|key" */
};

/* `entries` of one record, `receipts` of the same as they came (they are put into order). *out is in the arena; nothing
 * where all is as it should be. Of a record whose day is closed nothing goes to other units as long as all its receipts
 * release what they did. */
int release_compare(const struct release_world *world, const struct joined_entry *entries, size_t count,
                    struct receipt *receipts, size_t receipt_count, struct arena *arena, struct release **out,
                    size_t *out_count, struct err *err);

/* The kind of fact that comes in for a rule; FACT_NONE. */
int release_kind(enum rule_earns earns);

#endif
