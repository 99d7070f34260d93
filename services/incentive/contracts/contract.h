/* contract: the rules of an internal order: which steps there are and whose they are, until when, what may be asked
 * for, and what is owed in the end. Pure: no I/O, no clock.
 *
 *   offered -> agreed -> delivered -> claimed -> countered -> settled      (accepted on the way, or decided)
 *      |          \__________\___________\__________\______-> tripped -> settled
 *      declined, withdrawn, lapsed                (too late, contested, or by the arbiter)
 *
 * Amounts are units of 10^-scale of money, days count from 1970-01-01.
 */
#ifndef BIHUAN_INCENTIVE_CONTRACT_H
#define BIHUAN_INCENTIVE_CONTRACT_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define CONTRACT_NO_DAY INT32_MIN

/* Whose step it is. The claimant is who raised the claim: of payment the seller, of damages the buyer. */
enum contract_side { SIDE_BUYER, SIDE_SELLER, SIDE_CLAIMANT, SIDE_ANSWERER, SIDE_ARBITER, SIDE_CLOCK };

struct contract_demand {
    const char *kind; /* "payment", "damages"; "" none */
    int64_t amount;
    const char *by; /* person */
};

struct contract {
    uint64_t id;
    const char *title, *quality, *pay_plan;
    uint32_t buyer_id, seller_id, arbiter_id;
    int64_t amount, damages;
    int32_t due, claim_days, answer_days;
    const char *state;
    int32_t since;     /* day of the last step */
    int32_t delivered; /* CONTRACT_NO_DAY: not yet */
    struct contract_demand claim, counter;
    struct contract_demand settled; /* `by` is of no use; kind "" while it isn't, or where nothing is owed */
    uint32_t settled_from, settled_to;
    int32_t settled_on; /* CONTRACT_NO_DAY: not yet */
};

struct contract_move {
    const char *from, *step;
    enum contract_side side;
    const char *to;
    const char *kind; /* of a claim: what it is for; NULL else */
};

/* Every legal move; *count of them. */
const struct contract_move *contract_moves(int *count);
/* The move of a step by people from the contract's state; `kind` chooses among claims ("" takes the first). NULL: none.
 */
const struct contract_move *contract_find(const char *state, const char *step, const char *kind);
/* What the clock does behind the deadline; NULL where nothing waits. */
const struct contract_move *contract_overdue(const char *state);

/* The unit that takes a step; 0 the clock's. */
uint32_t contract_actor(const struct contract *contract, enum contract_side side);

/* Last day on which somebody may still act before the clock does; CONTRACT_NO_DAY where nothing waits. */
int32_t contract_deadline(const struct contract *contract);

/* Whether the step can be taken on the day: damages without a delivery, and tripping an order on which nobody is late,
 * can't before the due day is over. ERR_CONFLICT "not_due". */
int contract_check_day(const struct contract *contract, const struct contract_move *move, int32_t today,
                       struct err *err);

/* Whether so much may be asked for or decided: a known kind, not below 0, at most what the terms say. `least` is 0 or 1
 * (a claim is for something). ERR_INVALID "bad_kind", "bad_amount". */
int contract_check_demand(const struct contract *contract, const struct contract_demand *demand, int64_t least,
                          struct err *err);

/* Applies a move: its state, day and demand; of one that settles what is owed by whom. `demand` is the request's
 * (claim, counter, decide), `cause` the unit that a decision passes it on to, 0 the side that owes by kind. */
void contract_apply(struct contract *contract, const struct contract_move *move, const struct contract_demand *demand,
                    uint32_t cause, int32_t today);

#endif
