/* fact_kinds: what a fact can tell of: a table of kinds with their states, shared by whoever defines measures
 * (planning) and whoever records facts (feedback).
 *
 * Facts of the loop itself (guides acknowledged, deliverables approved) come from planning's events, under senders that
 * no feed can have; all others come from feeds. The number of a kind and the rank of a state are part of the stored
 * data: never change them.
 */
#ifndef BIHUAN_REFDATA_FACT_KINDS_H
#define BIHUAN_REFDATA_FACT_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fact_kind {
    FACT_ORDER_LINE = 0,

    FACT_GUIDE = 1,         /* placed: a unit is asked to acknowledge; completed: it has */
    FACT_TRAINING = 2,      /* the same for training held */
    FACT_MATERIAL = 3,      /* ... and materials there */
    FACT_DELIVERABLE = 4,   /* placed: it was owed; completed: approved */
    FACT_CERTIFICATE = 5,   /* completed: issued; cancelled: ended without another */
    FACT_REPORT = 6,        /* placed: it was owed; completed: submitted */
    FACT_REPORT_RATING = 7, /* completed: an office rated a report */
    FACT_CLAIM = 8,         /* what an internal order settled, at both units; amounts owed are negative */

    FACT_REGISTRATION = 9, /* a dealer or seller registers a customer (for a product) before the deal is made */

    FACT_BILL = 10,
    FACT_BILL_LINE = 11,
    FACT_PAYMENT = 12,
    FACT_ACTIVATION = 13,
    FACT_STOCK_IN = 14,
    FACT_STOCK_OUT = 15,
    FACT_VISIT = 16,
    FACT_OPPORTUNITY = 17,
    FACT_OPPORTUNITY_MOVE = 18,
    FACT_QUOTE = 19,
    FACT_CONTRACT = 20,
    FACT_EXPENSE = 21,
    FACT_CHECK = 22,
    FACT_SURVEY = 23,
    FACT_RATING = 24,

    FACT_STOCK_ON_HAND = 25, /* levels, these three: a row is a reading, which holds until the next of its series */
    FACT_ARREARS = 26,
    FACT_MARKET_SIZE = 27,

    FACT_ACTION = 28, /* the loop's: a corrective action opened, due, claimed done, verified or failed by data */
    FACT_KIND_LIMIT = 32
};

#define FACT_NONE FACT_KIND_LIMIT

/* States have ranks 1..7: of two rows of one version that of higher rank counts, whichever came first. The rank of
 * "cancelled" is the same for all kinds: such a row takes the record back. */
#define FACT_STATE_LIMIT     8
#define FACT_STATE_CANCELLED 5

/* Which facts are told to other services (FACTS_RECORDED). */
enum fact_telling {
    TELL_COUNTED = 0, /* those that contribute to a measure */
    TELL_REFERRING,   /* besides those that name another record */
    TELL_ALL          /* all */
};

struct fact_kind_info {
    const char *word; /* "order_line"; NULL: there is no such kind */
    const char *title_zh, *title_en;
    const char *loop_sender;              /* of the loop's own facts: who sends them; NULL a feed's */
    const char *amount, *quantity;        /* what they mean, in English; amount NULL: it has none */
    const char *states[FACT_STATE_LIMIT]; /* by rank; NULL: no such state */
    uint8_t usual;                        /* rank of a row whose feed says no state */
    uint8_t counts;                       /* bit set of the ranks that a measure counts unless it says which */
    bool level;                           /* a row says how much there is, not how much came: days don't add up */
    enum fact_telling telling;
    enum fact_kind refers; /* of which kind the record is that its subject names, unless the feed says it */
};

/* NULL where the number is no kind's. */
const struct fact_kind_info *fact_kind_info(enum fact_kind kind);
/* FACT_NONE where the word isn't one. */
enum fact_kind fact_kind_parse(const char *word);
/* True for kinds that come from feeds. */
bool fact_kind_is_fed(enum fact_kind kind);
/* True for readings of levels. */
bool fact_kind_is_level(enum fact_kind kind);
/* Rank of a state; 0 where the kind has no such state. */
uint8_t fact_state_parse(enum fact_kind kind, const char *text, size_t len);
/* "" where the kind has no state of that rank. */
const char *fact_state_name(enum fact_kind kind, uint8_t rank);
/* "placed, accepted, completed": for messages; at most `cap` bytes with the 0. Returns out. */
const char *fact_kind_words(char *out, size_t cap);
const char *fact_state_words(enum fact_kind kind, char *out, size_t cap);

/* --- senders ---------------------------------------------------------------------------------------------------------
 * Records are known by (sender, key). A system that sends several kinds of facts counts as a sender for each, since its
 * bill 17 isn't its order 17: "boss" for order lines, "boss/bill" for bills. Numbers of senders tell the kind. */
#define FACT_SENDERS_MAX 999   /* of a kind */
#define LOOP_SENDER_BASE 32000 /* the loop's own: the kind's number above this */

/* Under which name a system's facts of the kind are known; in `out` of FACT_SENDER_MAX bytes, which it returns. */
#define FACT_SENDER_MAX 100
const char *fact_sender_name(char *out, const char *system, enum fact_kind kind);
enum fact_kind fact_kind_of_sender(int16_t sender);
/* Number of the first sender of a fed kind; FACT_SENDERS_MAX follow. Of a loop's kind its only one. */
int16_t fact_kind_sender(enum fact_kind kind);

#endif
