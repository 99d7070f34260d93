/* contract_list: internal orders and balances as they are listed; see contracts.h. */
#include "incentive/contracts/contract_store.h"
#include "incentive/contracts/contracts.h"
#include "incentive/ledger/pay_query.h"
#include "refdata/documents.h"
#include "text/dates.h"
#include "text/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *unit_code(struct tx *tx, uint32_t unit_id)
{
    const struct ref_unit *unit = refdata_unit(state_of(tx)->refdata, unit_id);

    return arena_strdup(tx_arena(tx), unit ? unit->code : "");
}

static char *day_text(struct tx *tx, int32_t day)
{
    char *out = arena_alloc(tx_arena(tx), DATE_TEXT_MAX);

    out[0] = 0;
    if (day != CONTRACT_NO_DAY)
        date_print(out, day);
    return out;
}

static char *amount_text(struct tx *tx, int64_t amount)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_print(text, amount, runtime_money_scale(tx_runtime(tx)), 0);
    return arena_strdup(tx_arena(tx), text);
}

static Bihuan__InternalDemand *demand_message(struct tx *tx, const struct contract_demand *demand)
{
    Bihuan__InternalDemand *out = arena_new(tx_arena(tx), Bihuan__InternalDemand);

    bihuan__internal_demand__init(out);
    out->kind = (char *)(uintptr_t)demand->kind;
    out->amount = amount_text(tx, demand->amount);
    out->by = (char *)(uintptr_t)demand->by;
    return out;
}

static Bihuan__InternalSettlement *settlement_message(struct tx *tx, const struct contract *contract)
{
    Bihuan__InternalSettlement *out = arena_new(tx_arena(tx), Bihuan__InternalSettlement);

    bihuan__internal_settlement__init(out);
    out->kind = (char *)(uintptr_t)contract->settled.kind;
    out->from = unit_code(tx, contract->settled_from);
    out->to = unit_code(tx, contract->settled_to);
    out->amount = amount_text(tx, contract->settled.amount);
    out->day = day_text(tx, contract->settled_on);
    return out;
}

Bihuan__InternalOrder *contracts_message(struct tx *tx, const struct contract *contract)
{
    Bihuan__InternalOrder *out = arena_new(tx_arena(tx), Bihuan__InternalOrder);

    bihuan__internal_order__init(out);
    out->id = contract->id;
    out->title = (char *)(uintptr_t)contract->title;
    out->buyer = unit_code(tx, contract->buyer_id);
    out->seller = unit_code(tx, contract->seller_id);
    out->arbiter = unit_code(tx, contract->arbiter_id);
    out->quality = (char *)(uintptr_t)contract->quality;
    out->amount = amount_text(tx, contract->amount);
    out->damages = amount_text(tx, contract->damages);
    out->due = day_text(tx, contract->due);
    out->claim_days = (uint32_t)contract->claim_days;
    out->answer_days = (uint32_t)contract->answer_days;
    out->pay_plan = (char *)(uintptr_t)contract->pay_plan;
    out->state = (char *)(uintptr_t)contract->state;
    out->since = day_text(tx, contract->since);
    out->deadline = day_text(tx, contract_deadline(contract));
    out->delivered = day_text(tx, contract->delivered);
    if (contract->claim.kind[0])
        out->claim = demand_message(tx, &contract->claim);
    if (contract->counter.kind[0])
        out->counter = demand_message(tx, &contract->counter);
    if (contract->settled_on != CONTRACT_NO_DAY)
        out->settlement = settlement_message(tx, contract);
    return out;
}

/* --- orders ----------------------------------------------------------------------------------------------------------
 */

static int choose_side(const char *side, struct contract_page *page, struct err *err)
{
    page->as_buyer = !side[0] || strcmp(side, "buyer") == 0;
    page->as_seller = !side[0] || strcmp(side, "seller") == 0;
    page->as_arbiter = !side[0] || strcmp(side, "arbiter") == 0;
    if (page->as_buyer || page->as_seller || page->as_arbiter)
        return 0;
    return err_fail(err, ERR_INVALID, "bad_side", "\"%s\" isn't known: use buyer, seller or arbiter", side);
}

static int list(struct tx *tx, const Bihuan__ListInternalOrdersRequest *request, Bihuan__ListInternalOrdersReply *reply,
                struct err *err)
{
    struct contract_page page = { .id = request->id,
                                  .state = request->state,
                                  .limit = page_limit(request->page),
                                  .after = request->page ? strtoull(request->page->cursor, NULL, 10) : 0 };
    struct contract *rows;
    size_t count;

    if (choose_side(request->side, &page, err) != 0 ||
        pay_visible_units(state_of(tx), tx, request->unit, "", NULL, &page.units, &page.unit_count, err) != 0 ||
        contract_store_list(tx, &page, &rows, &count, err) != 0)
        return -1;
    reply->items = arena_array(tx_arena(tx), Bihuan__InternalOrder *, count + 1);
    for (size_t i = 0; i < count; i++)
        reply->items[reply->n_items++] = contracts_message(tx, &rows[i]);
    if (count == page.limit)
        reply->next = arena_printf(tx_arena(tx), "%llu", (unsigned long long)rows[count - 1].id);
    if (request->id && count)
        return contract_store_steps(tx, request->id, runtime_money_scale(tx_runtime(tx)), &reply->items[0]->steps,
                                    &reply->items[0]->n_steps, err);
    return 0;
}

int contracts_list(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__ListInternalOrdersReply reply = BIHUAN__LIST_INTERNAL_ORDERS_REPLY__INIT;
    struct incentive *state = state_of(tx);
    int rc;

    if (state_read(state, err) != 0)
        return -1;
    rc = list(tx, message, &reply, err);
    state_read_done(state);
    return rc == 0 ? tx_reply(tx, &reply.base, err) : -1;
}

/* --- balances --------------------------------------------------------------------------------------------------------
 */

static Bihuan__ContractBalance *balance_message(struct tx *tx, const struct contract_balance *row)
{
    const struct ref_unit *unit = refdata_unit(state_of(tx)->refdata, row->unit_id);
    Bihuan__ContractBalance *out = arena_new(tx_arena(tx), Bihuan__ContractBalance);

    bihuan__contract_balance__init(out);
    out->unit = unit_code(tx, row->unit_id);
    out->unit_name = arena_strdup(tx_arena(tx), unit ? unit->name : "");
    out->partner = unit_code(tx, row->partner_id);
    out->orders = (uint32_t)row->orders;
    out->earned = amount_text(tx, row->earned);
    out->compensated = amount_text(tx, row->compensated);
    out->paid = amount_text(tx, row->paid);
    out->owed = amount_text(tx, row->owed);
    out->balance = amount_text(tx, row->earned + row->compensated - row->paid - row->owed);
    return out;
}

static int day_or(const char *text, int32_t none, int32_t *day, struct err *err)
{
    *day = none;
    return text[0] ? date_parse(text, strlen(text), day, err) : 0;
}

static int balances(struct tx *tx, const Bihuan__ListContractBalancesRequest *request,
                    Bihuan__ListContractBalancesReply *reply, struct err *err)
{
    uint32_t limit = page_limit(request->page), after_unit = 0, after_partner = 0;
    struct contract_balance *rows;
    const uint32_t *units;
    size_t count, unit_count;
    int32_t from, until;

    if (request->page && request->page->cursor[0] &&
        sscanf(request->page->cursor, "%u.%u", &after_unit, &after_partner) != 2)
        return err_fail(err, ERR_INVALID, "bad_cursor", "this cursor isn't ours");
    if (day_or(request->from, date_of(1970, 1, 1), &from, err) != 0 ||
        day_or(request->until, date_of(9999, 1, 1), &until, err) != 0 ||
        pay_visible_units(state_of(tx), tx, request->unit, "", NULL, &units, &unit_count, err) != 0 ||
        contract_store_balances(tx, units, unit_count, from, until, after_unit, after_partner, limit, &rows, &count,
                                err) != 0)
        return -1;
    reply->items = arena_array(tx_arena(tx), Bihuan__ContractBalance *, count + 1);
    for (size_t i = 0; i < count; i++)
        reply->items[reply->n_items++] = balance_message(tx, &rows[i]);
    if (count == limit)
        reply->next = arena_printf(tx_arena(tx), "%u.%u", rows[count - 1].unit_id, rows[count - 1].partner_id);
    return 0;
}

int contracts_balances(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__ListContractBalancesReply reply = BIHUAN__LIST_CONTRACT_BALANCES_REPLY__INIT;
    struct incentive *state = state_of(tx);
    int rc;

    if (state_read(state, err) != 0)
        return -1;
    rc = balances(tx, message, &reply, err);
    state_read_done(state);
    return rc == 0 ? tx_reply(tx, &reply.base, err) : -1;
}
