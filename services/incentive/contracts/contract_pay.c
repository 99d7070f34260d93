/* contract_pay: see contract_pay.h. */
#include "incentive/contracts/contract_pay.h"

#include "incentive/disputes/adjust.h"
#include "incentive/ledger/pay_eval.h"
#include "incentive/ledger/pay_period_store.h"
#include "incentive/plans/pay_plans.h"

#include <string.h>

#define CAUSE "contract"

/* An amount of money in a plan's digits; false where it has more. */
static bool in_digits(int64_t amount, int money_scale, int digits, int64_t *out)
{
    for (; money_scale > digits; money_scale--) {
        if (amount % 10)
            return false;
        amount /= 10;
    }
    for (; money_scale < digits; digits--)
        if (__builtin_mul_overflow(amount, (int64_t)10, &amount))
            return false;
    *out = amount;
    return true;
}

static void check_amount(struct tx *tx, const struct payplan *plan, const char *pointer, int64_t amount)
{
    int64_t out;

    if (!in_digits(amount, runtime_money_scale(tx_runtime(tx)), plan->digits, &out))
        tx_problem(tx, pointer, "bad_amount", "pay plan %s pays in %d decimals", plan->doc->code, plan->digits);
}

int contract_pay_check(struct tx *tx, const struct contract *contract, struct err *err)
{
    struct pay_plans plans = { 0 };
    const struct payplan *plan;

    if (!contract->pay_plan[0])
        return 0;
    if (pay_plans_load(&plans, state_of(tx), tx, err) != 0) {
        pay_plans_fini(&plans);
        return -1;
    }
    plan = pay_plans_by_code(&plans, contract->pay_plan);
    if (!plan) {
        tx_problem(tx, "/order/pay_plan", "unknown_plan", "there is no pay plan \"%s\"", contract->pay_plan);
    } else {
        check_amount(tx, plan, "/order/amount", contract->amount);
        check_amount(tx, plan, "/order/damages", contract->damages);
    }
    pay_plans_fini(&plans);
    return 0;
}

static bool is_open(struct tx *tx, const struct ref_period *period, bool *open, struct err *err)
{
    struct pay_period_row at;

    if (pay_period_store_get(tx, period->id, &at, err) != 0)
        return false;
    *open = !pay_period_is_closed(&at);
    return true;
}

/* The earliest that the plan pays, ends behind the day, and is open. */
static int find_period(struct tx *tx, const struct payplan *plan, int32_t day, const struct ref_period **out,
                       struct err *err)
{
    const struct refdata *refdata = state_of(tx)->refdata;

    *out = NULL;
    for (uint32_t i = 1; i < refdata_period_limit(refdata); i++) {
        const struct ref_period *period = refdata_period(refdata, i);
        bool open = false;

        if (!period || period->until_day <= day || !pay_plan_pays(plan, period) ||
            (*out && (*out)->from_day <= period->from_day))
            continue;
        if (!is_open(tx, period, &open, err))
            return -1;
        if (open)
            *out = period;
    }
    return *out ? 0
                : err_fail(err, ERR_CONFLICT, "no_open_period",
                           "pay plan %s pays no period from that day on whose pay is open: open one first",
                           plan->doc->code);
}

static int book_both(struct tx *tx, const struct contract *contract, const struct payplan *plan, struct err *err)
{
    struct pay_entry_row entry = { .plan_id = plan->doc->id,
                                   .plan_version = plan->doc->version,
                                   .digits = plan->digits,
                                   .cause = CAUSE,
                                   .reference = contract->id };
    const char *reason = arena_printf(tx_arena(tx), "internal order %llu", (unsigned long long)contract->id);
    const struct ref_period *period;
    int64_t amount = 0;

    if (!in_digits(contract->settled.amount, runtime_money_scale(tx_runtime(tx)), plan->digits, &amount))
        return err_fail(err, ERR_INVALID, "bad_amount", "pay plan %s pays in %d decimals", plan->doc->code,
                        plan->digits);
    if (find_period(tx, plan, contract->settled_on, &period, err) != 0)
        return -1;
    entry.unit_id = contract->settled_from;
    entry.amount = -amount;
    if (adjust_book(tx, &entry, period, reason, err) != 0)
        return -1;
    entry.unit_id = contract->settled_to;
    entry.amount = amount;
    return adjust_book(tx, &entry, period, reason, err);
}

int contract_pay_book(struct tx *tx, const struct contract *contract, struct err *err)
{
    struct pay_plans plans = { 0 };
    const struct payplan *plan;
    int rc;

    if (!contract->pay_plan[0] || !contract->settled.kind[0])
        return 0;
    rc = pay_plans_load(&plans, state_of(tx), tx, err);
    plan = pay_plans_by_code(&plans, contract->pay_plan);
    if (rc == 0)
        rc = plan ? book_both(tx, contract, plan, err)
                  : err_fail(err, ERR_CONFLICT, "no_plan", "pay plan %s isn't in force any more", contract->pay_plan);
    pay_plans_fini(&plans);
    return rc;
}
