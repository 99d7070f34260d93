/* contract_store: the SQL of internal orders and their steps. */
#ifndef BIHUAN_INCENTIVE_CONTRACT_STORE_H
#define BIHUAN_INCENTIVE_CONTRACT_STORE_H

#include "incentive/contracts/contract.h"
#include "runtime/runtime.h"

#include "bihuan/incentive_contracts.pb-c.h"

/* A new order; contract->id is allotted. */
int contract_store_put(struct tx *tx, struct contract *contract, struct err *err);
/* State, day, delivery, demands and settlement as they are in the contract. */
int contract_store_move(struct tx *tx, const struct contract *contract, struct err *err);
/* A step that led to contract->state; `by` "" the clock. */
int contract_store_add_step(struct tx *tx, const struct contract *contract, const char *step, const char *by,
                            const struct contract_demand *demand, const char *words, const char *evidence,
                            struct err *err);
int contract_store_steps(struct tx *tx, uint64_t id, int money_scale, Bihuan__InternalOrderStep ***steps, size_t *count,
                         struct err *err);

struct contract_page {
    uint64_t id;           /* 0 any */
    const uint32_t *units; /* those who have a side that may be seen; NULL all */
    size_t unit_count;
    bool as_buyer, as_seller, as_arbiter; /* on which side they stand */
    const char *state;                    /* "" any */
    uint64_t after;
    uint32_t limit;
};
/* In order of id; texts in the call's arena. */
int contract_store_list(struct tx *tx, const struct contract_page *page, struct contract **rows, size_t *count,
                        struct err *err);
/* Orders in which the clock may have a step to take, by id. */
int contract_store_running(struct tx *tx, struct contract **rows, size_t *count, struct err *err);

/* What units have settled with each other, from day on and before until, as `unit_id` sees it; behind (after_unit,
 * after_partner). */
struct contract_balance {
    uint32_t unit_id, partner_id;
    int64_t orders, earned, compensated, paid, owed;
};
int contract_store_balances(struct tx *tx, const uint32_t *units, size_t unit_count, int32_t from, int32_t until,
                            uint32_t after_unit, uint32_t after_partner, uint32_t limit, struct contract_balance **rows,
                            size_t *count, struct err *err);

#endif
