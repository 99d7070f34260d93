/* state: what the daemon keeps in memory: a cache of its tables, dropped when a transaction is lost.
 *
 * Threads: the writer takes the lock at its first change in a transaction (state_write) and keeps it until the commit
 * or the loss, so that a reader who holds it sees what is committed, and a snapshot it begins then shows the same.
 */
#ifndef BIHUAN_INCENTIVE_STATE_H
#define BIHUAN_INCENTIVE_STATE_H

#include "calc/cube.h"
#include "incentive/acts/acts.h"
#include "incentive/cards/card.h"
#include "incentive/crediting/crediting.h"
#include "incentive/crediting/credit_store.h"
#include "incentive/crediting/mark.h"
#include "incentive/crediting/slices.h"
#include "incentive/joins/joins.h"
#include "incentive/ledger/pay_memory.h"
#include "incentive/scoring/carry.h"

#include <pthread.h>
#include <stdatomic.h>

#define NO_DAY INT32_MIN

/* Hashes of the stored scores of an open period, by unit; 0 none. */
struct standing {
    uint32_t period_id;
    uint64_t *by_unit;
    uint32_t unit_limit;
};

struct incentive {
    pthread_rwlock_t lock;
    bool held;   /* the writer holds the lock */
    bool loaded; /* else nothing below is to be trusted */
    struct refdata *refdata;
    struct cube *cube; /* by the day that counts */
    struct slices slices;
    struct marks marks;
    struct closed_period *closed;
    size_t closed_count;
    const Bihuan__ApplyScorecardsRequest *applying; /* while it is checked */
    struct card **cards;                            /* all versions, by card and version */
    size_t card_count;
    struct standing *standings;
    size_t standing_count;
    struct credit_rows rows; /* the writer's alone */
    struct crediting crediting;
    struct joins joins;
    struct acts acts;
    struct carries carries; /* from closed periods into the open ones behind them */
    int32_t as_of;          /* last complete business day, NO_DAY none */
    bool dirty;             /* scores are behind what is booked */
    int64_t scored_at_us;   /* monotonic */
    struct pay_memory pay;  /* the writer's alone */
    atomic_bool verifying_pay;
};

struct incentive *state_of(struct tx *tx);

/* Before the first change of memory in a transaction. */
void state_write(struct incentive *state);
/* After commit or loss. */
void state_done(struct incentive *state);
/* For queries: takes the lock for reading; ERR_UNAVAILABLE (without the lock) while nothing is loaded. */
int state_read(struct incentive *state, struct err *err);
void state_read_done(struct incentive *state);

void state_init(struct incentive *state);
void state_fini(struct incentive *state);
/* Fills memory from the tables. */
int state_load(struct incentive *state, struct tx *tx, struct err *err);
void state_drop(struct incentive *state);

/* Fills the slices' sums from the table, where they aren't its. */
int state_fill_slices(struct incentive *state, struct tx *tx, struct err *err);
/* What closed periods carry, from their stored scores. */
int state_load_carries(struct incentive *state, struct tx *tx, struct err *err);
/* state_cards.c */
void state_drop_cards(struct incentive *state);
/* Makes all cards anew from their versions. */
int state_load_cards(struct incentive *state, struct tx *tx, struct err *err);
/* The newest version of the card of a type of unit, refinements left out; NULL none. */
const struct card *state_card(const struct incentive *state, const char *unit_type);
/* Whether no later version of the same card is kept. */
bool state_is_newest(const struct incentive *state, const Bihuan__Scorecard *card);
/* The cards that score a period: of each code the newest version whose day isn't behind the period's first. In the
 * arena. */
struct card_choice {
    struct card **cards;
    size_t count;
};
struct card_choice state_cards_of(const struct incentive *state, const struct ref_period *period, struct arena *arena);
/* The one of a unit in a period that runs; NULL none. */
const struct card *state_card_of(const struct incentive *state, struct tx *tx, const struct ref_period *period,
                                 const struct ref_unit *unit);
bool state_is_closed(const struct incentive *state, uint32_t period_id);
void state_add_closed(struct incentive *state, uint32_t period_id, int32_t from_day, int32_t until_day);
struct standing *state_standing(struct incentive *state, uint32_t period_id);
/* Adds one pair list to a cube; passes over what lies outside the window. */
int state_add_pairs(struct cube *cube, uint32_t unit_id, int32_t day, const uint8_t *pairs, size_t len,
                    struct err *err);

/* A period whose scores run: begun, not closed, with targets and a curve. */
bool state_period_runs(const struct incentive *state, const struct ref_period *period);

/* The unit by code if the principal may see it today; else ERR_NOT_FOUND. Needs the lock. */
int state_visible_unit(struct incentive *state, struct tx *tx, const char *code, const struct ref_unit **out,
                       struct err *err);
/* The unit itself and all that were under it on any of the days from_day..to_day; in the call's arena. */
struct subtree {
    uint32_t *units;
    size_t count;
    int32_t from_day, to_day;
    uint32_t unit_limit;
    bool *member; /* by day, then unit */
};
void state_subtree(const struct incentive *state, struct tx *tx, uint32_t unit, int32_t from_day, int32_t to_day,
                   struct subtree *out);
static inline bool subtree_has(const struct subtree *subtree, uint32_t unit, int32_t day)
{
    return day >= subtree->from_day && day <= subtree->to_day && unit < subtree->unit_limit &&
           subtree->member[(size_t)(day - subtree->from_day) * subtree->unit_limit + unit];
}

#endif
