/* pay_period: see pay_period.h. */
#include "incentive/ledger/pay_period.h"

#include "incentive/ledger/pay_calc.h"
#include "incentive/ledger/pay_store.h"
#include "incentive/paysheets/pay_close.h"
#include "refdata/documents.h"
#include "text/decimal.h"

#include <stdlib.h>
#include <string.h>

/* Every legal move; calculating is a request of its own. */
static const struct move {
    const char *from, *step, *to;
} moves[] = {
    { "calculated", "review", "reviewed" },
    { "reviewed", "return", "calculated" },
    { "reviewed", "close", "closed" },
    { "closed", "paid", "paid" },
};

int pay_period_step(struct tx *tx, const struct ref_period *period, const struct pay_period_row *row, const char *step,
                    const char *reason, struct err *err)
{
    Bihuan__PayPeriodMoved event = BIHUAN__PAY_PERIOD_MOVED__INIT;
    Bihuan__PayPeriod moved = BIHUAN__PAY_PERIOD__INIT;

    moved.period = period->code;
    moved.state = (char *)(uintptr_t)row->state;
    moved.run = row->run_id;
    moved.hash = (char *)(uintptr_t)row->hash;
    event.period = &moved;
    if (pay_period_store_add_step(tx, period->id, step, reason, row->run_id, err) != 0)
        return -1;
    return tx_publish(tx, 0, MSG(PAY_PERIOD_MOVED), period->code, &event.base, err);
}

/* --- as a message ----------------------------------------------------------------------------------------------------
 */

struct sum_call {
    Bihuan__PayPeriod *out;
    uint32_t last_unit;
};

static void take_sum(void *arg, const struct pay_sum_row *row)
{
    struct sum_call *call = arg;

    call->out->payees += call->last_unit != row->unit_id;
    call->last_unit = row->unit_id;
    call->out->digits = (uint32_t)row->digits > call->out->digits ? (uint32_t)row->digits : call->out->digits;
    call->out->earned += row->earned;
    call->out->payable += row->earned + row->held + row->draw + row->other;
}

int pay_period_message(struct tx *tx, const struct ref_period *period, const struct pay_period_row *row,
                       Bihuan__PayPeriod **out, struct err *err)
{
    Bihuan__PayPeriod *message = arena_new(tx_arena(tx), Bihuan__PayPeriod);
    struct sum_call call = { .out = message };
    const Bihuan__Principal *principal = tx_principal(tx);

    bihuan__pay_period__init(message);
    message->period = arena_strdup(tx_arena(tx), period->code);
    message->state = (char *)(uintptr_t)row->state;
    message->run = row->run_id;
    message->hash = (char *)(uintptr_t)row->hash;
    if (pay_period_store_steps(tx, period->id, &message->steps, &message->n_steps, err) != 0)
        return -1;
    *out = message;
    if (principal && principal->subtree && principal->subtree[0])
        return 0; /* the whole isn't theirs to see */
    return pay_store_sums(tx, period->id, 0, NULL, 0, 0, 0, 0, INT32_MAX, take_sum, &call, err);
}

/* --- moving ----------------------------------------------------------------------------------------------------------
 */

static const struct move *find_move(const char *from, const char *step)
{
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        if (strcmp(moves[i].from, from) == 0 && strcmp(moves[i].step, step) == 0)
            return &moves[i];
    return NULL;
}

/* Who calculated last doesn't review, so that two people have seen it. */
static int check_reviewer(struct tx *tx, const struct pay_period_row *row, struct err *err)
{
    struct pay_run_row run;
    bool found;

    if (pay_store_run(tx, row->run_id, &run, &found, err) != 0)
        return -1;
    if (found && tx_principal(tx) && strcmp(run.by, tx_principal(tx)->person) == 0)
        return err_fail(err, ERR_FORBIDDEN, "own_work",
                        "%s calculated this: somebody else with the permission pay.approve reviews it", run.by);
    return 0;
}

struct budget_call {
    const struct pay_plans *plans;
    int64_t *earned; /* by plan */
};

static void add_earned(void *arg, const struct pay_sum_row *row)
{
    struct budget_call *call = arg;

    for (size_t p = 0; p < call->plans->count; p++)
        if (call->plans->list[p]->doc->id == row->plan_id)
            call->earned[p] = fixed_add_saturated(call->earned[p], row->earned);
}

/* A budget with a cap isn't overspent in silence. */
static int check_budgets(const struct pay_plans *plans, struct tx *tx, const struct ref_period *period, struct err *err)
{
    struct budget_call call = { plans, arena_array(tx_arena(tx), int64_t, plans->count + 1) };

    if (pay_store_sums(tx, period->id, 0, NULL, 0, 0, 0, 0, INT32_MAX, add_earned, &call, err) != 0)
        return -1;
    for (size_t p = 0; p < plans->count; p++) {
        const struct payplan *plan = plans->list[p];
        char earned[DECIMAL_TEXT_MAX];

        if (!plan->capped || call.earned[p] <= plan->budget)
            continue;
        decimal_print(earned, call.earned[p], plan->digits, ',');
        return err_fail(err, ERR_CONFLICT, "over_budget",
                        "plan %s earned %s in %s, above its budget of %s, which it doesn't let pass: give it another "
                        "budget or rules that pay less, and calculate again",
                        plan->doc->code, earned, period->code, plan->doc->budget);
    }
    return 0;
}

/* By the plans that the calculation went by. */
static int within_budgets(struct incentive *state, struct tx *tx, const struct ref_period *period, uint32_t run_id,
                          struct err *err)
{
    struct pay_plans plans = { 0 };
    int rc = pay_plans_load_run(&plans, state, tx, run_id, err);

    if (rc == 0)
        rc = check_budgets(&plans, tx, period, err);
    pay_plans_fini(&plans);
    return rc;
}

static int check_move(struct tx *tx, const struct ref_period *period, const struct pay_period_row *row,
                      const char *step, const struct move **out, struct err *err)
{
    const Bihuan__Principal *principal = tx_principal(tx);

    if (principal && principal->subtree && principal->subtree[0])
        return err_fail(err, ERR_FORBIDDEN, "whole_only", "a period is moved for all units");
    *out = find_move(row->state, step);
    if (!*out)
        return err_fail(err, ERR_CONFLICT, "bad_step",
                        "the pay of period %s is %s; \"%s\" isn't a step from there: calculate, review, close and paid "
                        "follow each other, return leads back from reviewed",
                        period->code, row->state, step);
    return strcmp(step, "review") == 0 ? check_reviewer(tx, row, err) : 0;
}

static int move(struct incentive *state, struct tx *tx, const struct ref_period *period, struct pay_period_row *row,
                const Bihuan__MovePayPeriodRequest *request, struct err *err)
{
    const struct move *to = NULL;

    if (check_move(tx, period, row, request->step, &to, err) != 0)
        return -1;
    if ((strcmp(to->to, "closed") == 0 || strcmp(to->to, "reviewed") == 0) &&
        within_budgets(state, tx, period, row->run_id, err) != 0)
        return -1;
    if (strcmp(to->to, "closed") == 0 && pay_close(state, tx, period, row, err) != 0)
        return -1;
    row->state = to->to;
    if (pay_period_store_put(tx, row, err) != 0)
        return -1;
    return pay_period_step(tx, period, row, to->step, request->reason, err);
}

int pay_period_move(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__MovePayPeriodRequest *request = message;
    Bihuan__MovePayPeriodReply reply = BIHUAN__MOVE_PAY_PERIOD_REPLY__INIT;
    struct incentive *state = state_of(tx);
    const struct ref_period *period;
    struct pay_period_row row;

    if (pay_period_by_code(state, request->period, &period, err) != 0 ||
        pay_period_store_get(tx, period->id, &row, err) != 0 || move(state, tx, period, &row, request, err) != 0 ||
        pay_period_message(tx, period, &row, &reply.period, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}

/* --- listing ---------------------------------------------------------------------------------------------------------
 */

static int list(struct incentive *state, struct tx *tx, const Bihuan__ListPayPeriodsRequest *request,
                Bihuan__ListPayPeriodsReply *reply, struct err *err)
{
    uint32_t after = request->page ? (uint32_t)strtoul(request->page->cursor, NULL, 10) : 0;
    struct pay_period_row *rows;
    size_t count;

    if (pay_period_store_all(tx, &rows, &count, err) != 0)
        return -1;
    reply->items = arena_array(tx_arena(tx), Bihuan__PayPeriod *, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct ref_period *period = refdata_period(state->refdata, rows[i].period_id);

        if (!period || rows[i].period_id <= after || (request->period[0] && strcmp(request->period, period->code) != 0))
            continue;
        if (reply->n_items == page_limit(request->page)) {
            reply->next = arena_printf(tx_arena(tx), "%u", rows[i - 1].period_id);
            break;
        }
        if (pay_period_message(tx, period, &rows[i], &reply->items[reply->n_items++], err) != 0)
            return -1;
    }
    return 0;
}

int pay_period_list(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__ListPayPeriodsReply reply = BIHUAN__LIST_PAY_PERIODS_REPLY__INIT;
    struct incentive *state = state_of(tx);
    int rc;

    if (state_read(state, err) != 0)
        return -1;
    rc = list(state, tx, message, &reply, err);
    state_read_done(state);
    return rc == 0 ? tx_reply(tx, &reply.base, err) : -1;
}
