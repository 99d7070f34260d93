/* contract: see contract.h. */
#include "incentive/contracts/contract.h"

#include <stddef.h>
#include <string.h>

static const struct contract_move moves[] = {
    { "offered", "agree", SIDE_SELLER, "agreed", NULL },
    { "offered", "decline", SIDE_SELLER, "declined", NULL },
    { "offered", "withdraw", SIDE_BUYER, "withdrawn", NULL },
    { "offered", "lapse", SIDE_CLOCK, "lapsed", NULL },

    { "agreed", "deliver", SIDE_SELLER, "delivered", NULL },
    { "agreed", "claim", SIDE_BUYER, "claimed", "damages" },
    { "agreed", "trip", SIDE_ARBITER, "tripped", NULL },
    { "agreed", "trip", SIDE_CLOCK, "tripped", NULL },

    { "delivered", "claim", SIDE_SELLER, "claimed", "payment" },
    { "delivered", "claim", SIDE_BUYER, "claimed", "damages" },
    { "delivered", "trip", SIDE_ARBITER, "tripped", NULL },
    { "delivered", "trip", SIDE_CLOCK, "tripped", NULL },

    { "claimed", "accept", SIDE_ANSWERER, "settled", NULL },
    { "claimed", "counter", SIDE_ANSWERER, "countered", NULL },
    { "claimed", "trip", SIDE_ARBITER, "tripped", NULL },
    { "claimed", "trip", SIDE_CLOCK, "tripped", NULL },

    { "countered", "accept", SIDE_CLAIMANT, "settled", NULL },
    { "countered", "contest", SIDE_CLAIMANT, "tripped", NULL },
    { "countered", "trip", SIDE_ARBITER, "tripped", NULL },
    { "countered", "trip", SIDE_CLOCK, "tripped", NULL },

    { "tripped", "decide", SIDE_ARBITER, "settled", NULL },
};

const struct contract_move *contract_moves(int *count)
{
    *count = (int)(sizeof moves / sizeof moves[0]);
    return moves;
}

const struct contract_move *contract_find(const char *state, const char *step, const char *kind)
{
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        if (moves[i].side != SIDE_CLOCK && strcmp(moves[i].from, state) == 0 && strcmp(moves[i].step, step) == 0 &&
            (!moves[i].kind || !kind[0] || strcmp(moves[i].kind, kind) == 0))
            return &moves[i];
    return NULL;
}

const struct contract_move *contract_overdue(const char *state)
{
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        if (moves[i].side == SIDE_CLOCK && strcmp(moves[i].from, state) == 0)
            return &moves[i];
    return NULL;
}

static bool is_damages(const struct contract_demand *demand)
{
    return strcmp(demand->kind, "damages") == 0;
}

uint32_t contract_actor(const struct contract *contract, enum contract_side side)
{
    bool buyer_claims = is_damages(&contract->claim);

    switch (side) {
    case SIDE_BUYER:
        return contract->buyer_id;
    case SIDE_SELLER:
        return contract->seller_id;
    case SIDE_CLAIMANT:
        return buyer_claims ? contract->buyer_id : contract->seller_id;
    case SIDE_ANSWERER:
        return buyer_claims ? contract->seller_id : contract->buyer_id;
    case SIDE_ARBITER:
        return contract->arbiter_id;
    case SIDE_CLOCK:
    default:
        return 0;
    }
}

int32_t contract_deadline(const struct contract *contract)
{
    const char *state = contract->state;

    if (!contract_overdue(state))
        return CONTRACT_NO_DAY;
    if (strcmp(state, "offered") == 0)
        return contract->due;
    if (strcmp(state, "agreed") == 0)
        return contract->due + contract->claim_days;
    return contract->since + (strcmp(state, "delivered") == 0 ? contract->claim_days : contract->answer_days);
}

int contract_check_day(const struct contract *contract, const struct contract_move *move, int32_t today,
                       struct err *err)
{
    bool waits = strcmp(contract->state, "agreed") == 0 &&
                 (strcmp(move->step, "claim") == 0 || strcmp(move->step, "trip") == 0);

    if (!waits || today > contract->due)
        return 0;
    return err_fail(err, ERR_CONFLICT, "not_due", "the order isn't delivered, but its due day isn't over either");
}

int contract_check_demand(const struct contract *contract, const struct contract_demand *demand, int64_t least,
                          struct err *err)
{
    bool damages = is_damages(demand);
    int64_t most = damages ? contract->damages : contract->amount;

    if (!damages && strcmp(demand->kind, "payment") != 0)
        return err_fail(err, ERR_INVALID, "bad_kind", "\"%s\" isn't known: use payment or damages", demand->kind);
    if (demand->amount < least)
        return err_fail(err, ERR_INVALID, "bad_amount", "give an amount %s", least ? "above 0" : "of 0 or more");
    if (demand->amount > most)
        return err_fail(err, ERR_INVALID, "bad_amount", "the terms of the order say less: at most its \"%s\"",
                        damages ? "damages" : "amount");
    return 0;
}

static void settle(struct contract *contract, const struct contract_demand *owed, uint32_t cause, int32_t today)
{
    bool damages = is_damages(owed);

    contract->settled_on = today;
    if (!owed->amount)
        return;
    contract->settled = *owed;
    contract->settled_to = damages ? contract->buyer_id : contract->seller_id;
    contract->settled_from = cause ? cause : damages ? contract->seller_id : contract->buyer_id;
}

void contract_apply(struct contract *contract, const struct contract_move *move, const struct contract_demand *demand,
                    uint32_t cause, int32_t today)
{
    bool decides = strcmp(move->step, "decide") == 0;

    if (strcmp(move->step, "deliver") == 0)
        contract->delivered = today;
    else if (strcmp(move->step, "claim") == 0)
        contract->claim = *demand;
    else if (strcmp(move->step, "counter") == 0)
        contract->counter = *demand;
    else if (strcmp(move->to, "settled") == 0)
        settle(contract,
               decides                                     ? demand
               : strcmp(contract->state, "countered") == 0 ? &contract->counter
                                                           : &contract->claim,
               decides ? cause : 0, today);
    contract->state = move->to;
    contract->since = today;
}
