/* contracts: see contracts.h. Placing and moving; lists stand in contract_list.c. */
#include "incentive/contracts/contracts.h"

#include "incentive/contracts/contract_pay.h"
#include "incentive/contracts/contract_store.h"
#include "text/dates.h"
#include "text/decimal.h"

#include <string.h>

#define TEXT_MAX    4000
#define CLAIM_DAYS  7
#define ANSWER_DAYS 3
#define DAYS_MAX    366
#define NOTHING     ((struct contract_demand) { "", 0, "" })

static const char *who(struct tx *tx)
{
    return tx_principal(tx) ? tx_principal(tx)->person : "";
}

static int32_t today(struct tx *tx)
{
    return clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
}

/* --- telling ---------------------------------------------------------------------------------------------------------
 */

static const char *code_of(struct tx *tx, uint32_t unit_id)
{
    const struct ref_unit *unit = refdata_unit(state_of(tx)->refdata, unit_id);

    return unit ? unit->code : "";
}

static int publish(struct tx *tx, const struct contract *contract, struct err *err)
{
    Bihuan__ClaimMoved event = BIHUAN__CLAIM_MOVED__INIT;
    char *day = arena_alloc(tx_arena(tx), DATE_TEXT_MAX);

    date_print(day, contract->since);
    event.id = contract->id;
    event.buyer = (char *)(uintptr_t)code_of(tx, contract->buyer_id);
    event.seller = (char *)(uintptr_t)code_of(tx, contract->seller_id);
    event.state = (char *)(uintptr_t)contract->state;
    event.kind = (char *)(uintptr_t)contract->settled.kind;
    event.from_id = contract->settled_from;
    event.to_id = contract->settled_to;
    event.amount = contract->settled.amount;
    event.day = day;
    event.at = tx_now(tx);
    return tx_publish(tx, 0, MSG(CLAIM_MOVED), arena_printf(tx_arena(tx), "%llu", (unsigned long long)contract->id),
                      &event.base, err);
}

static int answer(struct tx *tx, const struct contract *contract, struct err *err)
{
    Bihuan__InternalOrderReply reply = BIHUAN__INTERNAL_ORDER_REPLY__INIT;

    reply.order = contracts_message(tx, contract);
    return tx_reply(tx, &reply.base, err);
}

/* --- placing ---------------------------------------------------------------------------------------------------------
 */

static int64_t amount_at(struct tx *tx, const char *text, const char *pointer)
{
    struct err trouble;
    int64_t amount = 0;

    if (decimal_parse(text, strlen(text), runtime_money_scale(tx_runtime(tx)), 0, &amount, &trouble) != 0)
        tx_problem(tx, pointer, "bad_amount", "%s", trouble.text);
    else if (amount <= 0)
        tx_problem(tx, pointer, "bad_amount", "give an amount above 0");
    return amount;
}

static uint32_t unit_at(struct tx *tx, const char *code, const char *pointer)
{
    const struct ref_unit *unit = refdata_unit_by_code(state_of(tx)->refdata, code);

    if (!unit)
        tx_problem(tx, pointer, "unknown_unit", "there is no unit \"%s\"", code);
    return unit ? unit->id : 0;
}

static int32_t days_at(struct tx *tx, uint32_t days, int32_t usual, const char *pointer)
{
    if (days > DAYS_MAX)
        tx_problem(tx, pointer, "out_of_range", "give at most %d days", DAYS_MAX);
    return days && days <= DAYS_MAX ? (int32_t)days : usual;
}

static void check_text(struct tx *tx, const char *text, bool needed, const char *pointer)
{
    if (needed && !text[0])
        tx_problem(tx, pointer, "missing_value", "say it in words");
    if (strlen(text) > TEXT_MAX)
        tx_problem(tx, pointer, "too_long", "give at most %d bytes", TEXT_MAX);
}

static void check_units(struct tx *tx, const struct contract *contract)
{
    if (contract->buyer_id && contract->buyer_id == contract->seller_id)
        tx_problem(tx, "/order/seller", "same_unit", "buyer and seller are one unit");
    if (contract->arbiter_id &&
        (contract->arbiter_id == contract->buyer_id || contract->arbiter_id == contract->seller_id))
        tx_problem(tx, "/order/arbiter", "same_unit", "the arbiter is a third party: neither buyer nor seller");
}

static void read_terms(struct tx *tx, const Bihuan__InternalOrder *order, struct contract *contract)
{
    struct err trouble;

    contract->title = order->title;
    contract->quality = order->quality;
    contract->pay_plan = order->pay_plan;
    check_text(tx, order->title, true, "/order/title");
    check_text(tx, order->quality, false, "/order/quality");
    contract->buyer_id = unit_at(tx, order->buyer, "/order/buyer");
    contract->seller_id = unit_at(tx, order->seller, "/order/seller");
    contract->arbiter_id = unit_at(tx, order->arbiter, "/order/arbiter");
    check_units(tx, contract);
    contract->amount = amount_at(tx, order->amount, "/order/amount");
    contract->damages = order->damages[0] ? amount_at(tx, order->damages, "/order/damages") : contract->amount;
    if (date_parse(order->due, strlen(order->due), &contract->due, &trouble) != 0)
        tx_problem(tx, "/order/due", "bad_date", "give the day until which it is to be delivered");
    else if (contract->due < today(tx))
        tx_problem(tx, "/order/due", "bad_date", "that day is over");
    contract->claim_days = days_at(tx, order->claim_days, CLAIM_DAYS, "/order/claim_days");
    contract->answer_days = days_at(tx, order->answer_days, ANSWER_DAYS, "/order/answer_days");
}

int contracts_place(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__InternalOrder *order = ((const Bihuan__PlaceInternalOrderRequest *)message)->order;
    struct contract contract = { .state = "offered",
                                 .since = today(tx),
                                 .delivered = CONTRACT_NO_DAY,
                                 .claim = NOTHING,
                                 .counter = NOTHING,
                                 .settled = NOTHING,
                                 .settled_on = CONTRACT_NO_DAY };
    const struct ref_unit *buyer;

    if (!order)
        return err_fail(err, ERR_INVALID, "missing_value", "name the order");
    read_terms(tx, order, &contract);
    if (contract_pay_check(tx, &contract, err) != 0)
        return -1;
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (state_visible_unit(state_of(tx), tx, order->buyer, &buyer, err) != 0 ||
        contract_store_put(tx, &contract, err) != 0 ||
        contract_store_add_step(tx, &contract, "offer", who(tx), &contract.claim, "", "", err) != 0 ||
        publish(tx, &contract, err) != 0)
        return -1;
    return answer(tx, &contract, err);
}

/* --- moving ----------------------------------------------------------------------------------------------------------
 */

static bool sees(struct tx *tx, uint32_t unit_id)
{
    const struct ref_unit *unit;
    struct err none;

    err_clear(&none);
    return state_visible_unit(state_of(tx), tx, code_of(tx, unit_id), &unit, &none) == 0;
}

/* The order, where the principal may see one of its sides. */
static int find(struct tx *tx, uint64_t id, struct contract **out, struct err *err)
{
    const struct contract_page page = { .id = id, .as_buyer = true, .state = "", .limit = 1 };
    struct contract *rows;
    size_t count;

    if (contract_store_list(tx, &page, &rows, &count, err) != 0)
        return -1;
    if (!id || !count || (!sees(tx, rows[0].buyer_id) && !sees(tx, rows[0].seller_id) && !sees(tx, rows[0].arbiter_id)))
        return err_fail(err, ERR_NOT_FOUND, "no_such_order", "there is no internal order %llu", (unsigned long long)id);
    *out = &rows[0];
    return 0;
}

/* Whether it is the principal's to take. */
static int check_right(struct tx *tx, const struct contract *contract, const struct contract_move *move,
                       struct err *err)
{
    const char *actor = code_of(tx, contract_actor(contract, move->side));
    bool arbiter = move->side == SIDE_ARBITER;
    const struct contract_demand *demands[] = { &contract->claim, &contract->counter };

    if (!sees(tx, contract_actor(contract, move->side)))
        return err_fail(err, ERR_FORBIDDEN, "not_yours", "\"%s\" is for unit %s to say", move->step, actor);
    for (int i = 0; i < 2; i++) {
        bool answers = move->side == SIDE_ANSWERER ? i == 0 : move->side == SIDE_CLAIMANT ? i == 1 : arbiter;

        if (answers && demands[i]->kind[0] && strcmp(demands[i]->by, who(tx)) == 0)
            return err_fail(err, ERR_FORBIDDEN, "own_work", "%s asked for it: somebody else %s", who(tx),
                            arbiter ? "decides" : "answers");
    }
    return 0;
}

static bool demands(const struct contract_move *move)
{
    return strcmp(move->step, "claim") == 0 || strcmp(move->step, "counter") == 0 || strcmp(move->step, "decide") == 0;
}

/* What the request asks for; without an amount all that the terms give. */
static int read_demand(struct tx *tx, const Bihuan__DecideInternalOrderRequest *request,
                       const struct contract *contract, const struct contract_move *move, struct contract_demand *out,
                       struct err *err)
{
    *out = (struct contract_demand) { move->kind ? move->kind : request->kind, 0, who(tx) };
    if (request->amount[0]) {
        if (decimal_parse(request->amount, strlen(request->amount), runtime_money_scale(tx_runtime(tx)), 0,
                          &out->amount, err) != 0)
            return -1;
    } else if (move->kind) {
        out->amount = strcmp(move->kind, "damages") == 0 ? contract->damages : contract->amount;
    } else {
        return err_fail(err, ERR_INVALID, "missing_value", "give an amount; 0 where nothing is owed");
    }
    if (!request->words[0])
        return err_fail(err, ERR_INVALID, "missing_value", "say why (words)");
    return contract_check_demand(contract, out, move->kind ? 1 : 0, err);
}

/* Among the claims of both sides the one of whoever may speak for it. */
static const struct contract_move *find_move(struct tx *tx, const Bihuan__DecideInternalOrderRequest *request,
                                             const struct contract *contract)
{
    const struct contract_move *move = contract_find(contract->state, request->step, request->kind);

    if (move && move->kind && !request->kind[0] && !sees(tx, contract_actor(contract, move->side)))
        move = contract_find(contract->state, request->step, "damages");
    return move;
}

static int check_step(struct tx *tx, const Bihuan__DecideInternalOrderRequest *request, const struct contract *contract,
                      bool arbiter, const struct contract_move **out, struct err *err)
{
    check_text(tx, request->words, false, "/words");
    check_text(tx, request->evidence, false, "/evidence");
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    *out = find_move(tx, request, contract);
    if (!*out || ((*out)->side == SIDE_ARBITER) != arbiter)
        return err_fail(err, ERR_CONFLICT, "bad_step",
                        "internal order %llu is %s: \"%s\"%s%s isn't a step of %s from there",
                        (unsigned long long)request->id, contract->state, request->step, request->kind[0] ? " " : "",
                        request->kind, arbiter ? "the arbiter" : "its sides");
    return check_right(tx, contract, *out, err) != 0 ? -1 : contract_check_day(contract, *out, today(tx), err);
}

static int take(struct tx *tx, struct contract *contract, const struct contract_move *move,
                const struct contract_demand *demand, uint32_t cause, const char *words, const char *evidence,
                struct err *err)
{
    contract_apply(contract, move, demand, cause, today(tx));
    if (contract_store_move(tx, contract, err) != 0 ||
        contract_store_add_step(tx, contract, move->step, who(tx), demand, words, evidence, err) != 0)
        return -1;
    if (strcmp(contract->state, "settled") == 0 && contract_pay_book(tx, contract, err) != 0)
        return -1;
    return publish(tx, contract, err);
}

/* The unit that a decision passes it on to; NULL the side that owes by kind. */
static int find_cause(struct tx *tx, const char *code, const struct contract *contract,
                      const struct contract_demand *demand, uint32_t *cause, struct err *err)
{
    const struct ref_unit *unit = refdata_unit_by_code(state_of(tx)->refdata, code);
    bool damages = strcmp(demand->kind, "damages") == 0;

    *cause = 0;
    if (!code[0])
        return 0;
    if (!unit)
        return err_fail(err, ERR_INVALID, "unknown_unit", "there is no unit \"%s\" (cause)", code);
    if (unit->id == (damages ? contract->buyer_id : contract->seller_id))
        return err_fail(err, ERR_INVALID, "same_unit", "unit %s would owe it to itself", code);
    *cause = unit->id;
    return 0;
}

static int move_order(struct tx *tx, const Bihuan__DecideInternalOrderRequest *request, bool arbiter, struct err *err)
{
    const struct contract_move *move = NULL;
    struct contract_demand demand = NOTHING;
    struct contract *contract = NULL;
    uint32_t cause = 0;

    if (find(tx, request->id, &contract, err) != 0 || check_step(tx, request, contract, arbiter, &move, err) != 0 ||
        !move)
        return -1;
    if (demands(move) && read_demand(tx, request, contract, move, &demand, err) != 0)
        return -1;
    if (find_cause(tx, request->cause, contract, &demand, &cause, err) != 0 ||
        take(tx, contract, move, &demand, cause, request->words, request->evidence, err) != 0)
        return -1;
    return answer(tx, contract, err);
}

int contracts_move(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__MoveInternalOrderRequest *request = message;
    Bihuan__DecideInternalOrderRequest same = BIHUAN__DECIDE_INTERNAL_ORDER_REQUEST__INIT;

    same.id = request->id;
    same.step = request->step;
    same.kind = request->kind;
    same.amount = request->amount;
    same.words = request->words;
    same.evidence = request->evidence;
    return move_order(tx, &same, false, err);
}

int contracts_decide(struct tx *tx, const void *message, struct err *err)
{
    return move_order(tx, message, true, err);
}

int contracts_trip(struct tx *tx, bool *moved, struct err *err)
{
    const struct contract_demand nothing = NOTHING;
    struct contract *rows;
    size_t count;

    if (contract_store_running(tx, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct contract_move *move = contract_overdue(rows[i].state);

        if (!move || today(tx) <= contract_deadline(&rows[i]))
            continue;
        if (take(tx, &rows[i], move, &nothing, 0, "", "", err) != 0)
            return -1;
        if (moved)
            *moved = true;
    }
    return 0;
}

int contracts_timer(struct tx *tx, const void *unused, struct err *err)
{
    bool moved = false;

    (void)unused;
    if (acts_hold(&state_of(tx)->acts))
        return 0;
    if (contracts_trip(tx, &moved, err) != 0)
        return -1;
    return moved ? acts_note(tx, "trip", 0, err) : 0;
}
