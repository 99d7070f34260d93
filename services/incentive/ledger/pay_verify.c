/* pay_verify: the ledger against a full recomputation from the credits: each period by the inputs that its calculation
 * kept and the credits that had been read by then, entry for entry and line for line. */
#include "incentive/ledger/pay_calc.h"
#include "incentive/ledger/pay_store.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 50

struct verifying {
    struct incentive *state;
    struct tx *tx;
    Bihuan__VerifyPayReply *reply;
    struct pay_ledger ledger;
    uint32_t last_unit;
};

static int differs(void *arg, const struct pay_difference *difference, struct err *err)
{
    static const char *const words[PAY_GROUPS] = { "earned", "held", "released", "carried", "draw", "recovery" };
    struct verifying *v = arg;
    const struct ref_unit *unit = refdata_unit(v->state->refdata, difference->unit_id);

    (void)err;
    v->reply->different++;
    if (v->reply->n_differences < SHOWN_MAX)
        v->reply->differences[v->reply->n_differences++] = arena_printf(
            tx_arena(v->tx), "pay of %s in %s, component %s, %s: the ledger is %lld off in %zu lines, first \"%s\"",
            unit ? unit->code : "?", v->ledger.period->code, difference->component, words[difference->group],
            (long long)-difference->amount, difference->line_count, difference->lines[0].id);
    return 0;
}

static int take_slot(void *arg, const struct pay_slot *slot, const struct pay_result *results, struct arena *scratch,
                     struct err *err)
{
    struct verifying *v = arg;

    v->reply->payees += v->last_unit != slot->unit_id;
    v->last_unit = slot->unit_id;
    return pay_ledger_slot(&v->ledger, slot, results, scratch, differs, v, NULL, err);
}

static int verify_with(struct verifying *v, const struct ref_period *period, const struct pay_period_row *row,
                       const struct pay_run_row *run, const struct pay_plans *plans, struct err *err)
{
    struct pay_eval eval = { .state = v->state,
                             .tx = v->tx,
                             .period = period,
                             .plans = plans,
                             .run_id = row->run_id,
                             .seq = run->seq,
                             .buckets = run->buckets,
                             .crediting = run->crediting };
    int rc;

    v->last_unit = 0;
    rc = pay_ledger_load(&v->ledger, v->tx, period, row->looked_run, plans, NULL, 0, row->looked_run == row->run_id,
                         run->as_of, err);
    if (rc == 0)
        rc = pay_ledger_cash(&v->ledger, v->tx, plans, run->seq, run->buckets, err);
    if (rc == 0)
        rc = pay_eval_prepare(&eval, err) != 0 || pay_eval_run(&eval, take_slot, v, err) != 0 ? -1 : 0;
    if (rc == 0)
        rc = pay_ledger_rest(&v->ledger, differs, v, err);
    pay_ledger_fini(&v->ledger);
    v->reply->lines += eval.line_count;
    return rc;
}

static int verify_period(struct verifying *v, const struct pay_period_row *row, struct err *err)
{
    const struct ref_period *period = refdata_period(v->state->refdata, row->period_id);
    struct pay_plans plans = { 0 };
    struct pay_run_row run;
    bool found;
    int rc;

    if (!period || pay_store_run(v->tx, row->looked_run, &run, &found, err) != 0)
        return period ? -1 : 0;
    if (!found)
        return err_set(err, "calculation %u of period %s isn't there", row->looked_run, period->code);
    rc = pay_plans_load_run(&plans, v->state, v->tx, row->run_id, err);
    if (rc == 0)
        rc = verify_with(v, period, row, &run, &plans, err);
    pay_plans_fini(&plans);
    return rc;
}

static int verify(struct verifying *v, const char *only, struct err *err)
{
    struct pay_period_row *rows;
    size_t count;

    if (pay_period_store_all(v->tx, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct ref_period *period = refdata_period(v->state->refdata, rows[i].period_id);

        if (only[0] && (!period || strcmp(period->code, only) != 0))
            continue;
        if (verify_period(v, &rows[i], err) != 0)
            return -1;
    }
    return 0;
}

int pay_verify(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__VerifyPayRequest *request = message;
    Bihuan__VerifyPayReply reply = BIHUAN__VERIFY_PAY_REPLY__INIT;
    struct verifying v = { .state = state_of(tx), .tx = tx, .reply = &reply };
    int rc;

    reply.differences = arena_array(tx_arena(tx), char *, SHOWN_MAX);
    /* it holds a period's credits in memory, and who has waited too long asks again */
    if (atomic_exchange(&v.state->verifying_pay, true))
        return err_fail(err, ERR_BUSY, "wait", "pay is being verified already: try again");
    rc = state_read(v.state, err);
    if (rc == 0) {
        rc = verify(&v, request->period, err);
        state_read_done(v.state);
    }
    atomic_store(&v.state->verifying_pay, false);
    return rc == 0 ? tx_reply(tx, &reply.base, err) : -1;
}
