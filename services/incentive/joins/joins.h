/* joins: what the streams say of other records' worth, brought to them: payments, bills and activations to the orders
 * that they name, registrations to their customers. A part of the service's state, under its lock.
 *
 * Facts only note what came in; they have their effect in steps of a timer, each kept as an act of the own stream. So
 * what is booked doesn't depend on how the buckets' streams lay beside each other, and can be made anew (acts/acts.h).
 */
#ifndef BIHUAN_INCENTIVE_JOINS_H
#define BIHUAN_INCENTIVE_JOINS_H

#include "incentive/joins/release.h"
#include "incentive/joins/registration_store.h"
#include "refdata/fact_rows.h"

struct incentive;

#define JOINS_A_STEP 5000 /* records of one step */

struct joins {
    struct receipt_rows rows; /* the writer's alone, as the next */
    struct registration_rows registrations;
    bool due;        /* some record is to be joined */
    bool registered; /* some registration isn't in effect yet */
};

int joins_load(struct incentive *state, struct tx *tx, struct err *err);
void joins_drop(struct joins *joins);
/* Takes in what a row of facts says of other records, or of a deal. */
void joins_take(struct incentive *state, uint16_t bucket, uint64_t source_seq, const struct fact_rows *rows,
                const struct fact_row *row);
/* The record of a row has something that waits, or no longer does. */
void joins_note(struct incentive *state, const struct recorded_row *row);
/* All records with something released on a day are looked at again. */
int joins_note_day(struct incentive *state, struct tx *tx, int32_t counts_day, struct err *err);
/* What was noted, into its tables: before the commit. */
int joins_write(struct joins *joins, struct tx *tx, struct err *err);

/* Whether steps are to be done: closes and verifying wait for them. */
static inline bool joins_under_way(const struct joins *joins)
{
    return joins->due || joins->registered;
}
/* One step, as the act that was kept says it: registrations take effect, else at most `limit` records are joined. */
int joins_step(struct tx *tx, uint32_t limit, struct err *err);
/* All records that are due, within a request that is an act itself. */
int joins_finish(struct tx *tx, struct err *err);
int joins_timer(struct tx *tx, const void *unused, struct err *err);

/* For verifying: what is booked of these records by receipts against what should be; the first difference of each is
 * reported. The caller holds the lock. */
typedef void joins_differ_fn(void *arg, const struct record_name *name, const struct release *release);
int joins_check(struct incentive *state, struct tx *tx, const struct record_name *names, size_t count,
                joins_differ_fn *differ, void *arg, struct err *err);

#endif
