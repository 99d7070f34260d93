/* effect: what a record counts for: a pure function of the set of its rows, whatever their order of arrival.
 *
 * The record row of the highest version counts, at its own day. Where there is a cancel row as well, the one of the
 * highest version takes the same contributions back at the cancel's own day. A cancel whose original isn't there yet
 * counts for nothing. A reversal that says how much it takes back is no row of the record unless that is what the
 * highest version is (effect_differs()): it waits in quarantine. A reading of a level counts by itself for nothing
 * either: what it does depends on the readings before and after it (measures/level.h). So a file that comes twice,
 * late, in pieces or in another order leaves the same sums.
 */
#ifndef BIHUAN_FEEDBACK_EFFECT_H
#define BIHUAN_FEEDBACK_EFFECT_H

#include "feedback/facts/order_line.h"

/* One line of an effect: borrowed rows. */
struct effect_line {
    const struct order_line *line; /* whose unit, product, ... and contributions they are */
    int32_t day;
    int64_t occurred_at;
    int32_t version;
    bool negative; /* the contributions count with the sign turned */
};

struct effect {
    struct effect_line lines[2];
    int count;
};

/* Whether a line is told to other services though it contributes to nothing: by its kind (fact_telling). */
bool effect_is_told(const struct order_line *line);

struct effect effect_of(const struct order_line *const *rows, size_t count);

/* The row that counts where nothing takes it back: the record's highest version, NULL where there is none. */
const struct order_line *effect_record(const struct order_line *const *rows, size_t count);
/* What of the record is another than the reversal says, whatever its sign: "amount"; NULL: nothing that it gives. */
const char *effect_differs(const struct order_line *reversal, const struct order_line *record);

/* The row whose line holds now: the record's highest version, NULL where there is none or a cancel beside it. */
const struct order_line *effect_live(const struct order_line *const *rows, size_t count);

/* The same lines with the same contributions to the same units, which say the same of customer, subject, quantity and
 * amount; of kinds that are told by themselves also of the state. */
bool effect_equal(const struct effect *a, const struct effect *b);

/* What a new row of a record is beside the rows that are there. */
enum arrival {
    ARRIVAL_NEW,        /* to be stored; it may change the effect */
    ARRIVAL_DUPLICATE,  /* the same version with the same content is there: nothing to store */
    ARRIVAL_CONFLICT,   /* the same version says something else */
    ARRIVAL_SUPERSEDED, /* to be stored; a higher version is there, so it changes nothing */
};
/* Whether `next` is the very row of a file that `was` came from, read again, and says the same but for whom and what
 * its codes mean now: a map changed. Then it takes the place of `was`. */
bool effect_is_reread(const struct order_line *was, const struct order_line *next);
enum arrival effect_arrival(const struct order_line *const *rows, size_t count, const struct order_line *next);

#endif
