/* pay_statement: statements of pay asked for: frozen ones as they are, of an open period a draft. See pay_close.h. */
#include "incentive/ledger/pay_calc.h"
#include "incentive/ledger/pay_ledger.h"
#include "incentive/ledger/pay_store.h"
#include "incentive/paysheets/pay_close.h"
#include "incentive/paysheets/pay_keys.h"
#include "incentive/paysheets/pay_sheet.h"
#include "incentive/paysheets/pay_statement_store.h"

#include <sodium.h>
#include <string.h>

struct drafting {
    struct pay_eval *eval;
    struct pay_sheet *sheet;
    struct pay_ledger ledger; /* of a past calculation alone */
    bool past;
};

/* Products, or what is above whom on past days, aren't kept as they were. */
static int refuse_difference(void *arg, const struct pay_difference *difference, struct err *err)
{
    const struct drafting *drafting = arg;

    return err_fail(err, ERR_CONFLICT, "moved",
                    "component %s can't be worked out any more as it was after calculation %u, since products or the "
                    "tree have changed: what it came to stands in the list of results of that calculation",
                    difference->component, drafting->eval->run_id);
}

static int take_slot(void *arg, const struct pay_slot *slot, const struct pay_result *results, struct arena *scratch,
                     struct err *err)
{
    struct drafting *drafting = arg;

    if (drafting->past &&
        pay_ledger_slot(&drafting->ledger, slot, results, scratch, refuse_difference, drafting, NULL, err) != 0)
        return -1;
    pay_sheet_plan(drafting->sheet, slot, results, scratch);
    return 0;
}

/* As a calculation left it, which is what its entries are: credits that came since aren't in it. until_run 0: the last
 * one. */
static int write_draft(struct pay_eval *eval, struct pay_sheet *sheet, uint32_t until_run, int32_t as_of,
                       struct err *err)
{
    struct drafting drafting = { .eval = eval, .sheet = sheet, .past = until_run != 0 };
    struct pay_sheet_entries entries;
    int rc;

    pay_sheet_begin(sheet, eval->only_unit);
    rc = pay_sheet_entries_load(&entries, eval->tx, eval->period->id, until_run ? until_run : UINT32_MAX >> 1,
                                eval->only_unit, err);
    if (rc == 0 && drafting.past)
        rc = pay_ledger_load(&drafting.ledger, eval->tx, eval->period, eval->run_id, eval->plans, &eval->only_unit, 1,
                             true, as_of, err);
    if (rc == 0 && drafting.past)
        rc = pay_ledger_cash(&drafting.ledger, eval->tx, eval->plans, eval->seq, eval->buckets, err);
    if (rc == 0)
        rc = pay_eval_prepare(eval, err) != 0 || pay_eval_run(eval, take_slot, &drafting, err) != 0 ? -1 : 0;
    if (rc == 0)
        rc = pay_sheet_end(sheet, entries.rows, entries.count, tx_arena(eval->tx), err);
    pay_sheet_entries_fini(&entries);
    pay_ledger_fini(&drafting.ledger);
    return rc;
}

/* Of the period's calculation `run_id`, with entries up to `until_run`; 0: it is the last one. */
static int draft(struct incentive *state, struct tx *tx, const struct ref_period *period, uint32_t unit_id,
                 uint32_t run_id, uint32_t until_run, char **file, struct err *err)
{
    struct pay_plans plans = { 0 };
    struct pay_eval eval = {
        .state = state, .tx = tx, .period = period, .plans = &plans, .run_id = run_id, .only_unit = unit_id
    };
    struct pay_sheet sheet = { .state = state,
                               .period = period,
                               .plans = &plans,
                               .run_id = run_id,
                               .money_scale = runtime_money_scale(tx_runtime(tx)) };
    struct pay_run_row run = { 0 };
    struct buf sealed = { 0 };
    char hash[PAYSHEET_HASH_TEXT];
    bool found = false;
    int rc = pay_store_run(tx, run_id, &run, &found, err);

    if (rc == 0 && !found)
        return err_fail(err, ERR_NOT_FOUND, "not_calculated", "the pay of period %s wasn't calculated yet",
                        period->code);
    eval.seq = run.seq;
    eval.buckets = run.buckets;
    eval.crediting = run.crediting;
    if (rc == 0)
        rc = pay_plans_load_run(&plans, state, tx, run_id, err);
    if (rc == 0)
        rc = write_draft(&eval, &sheet, until_run, run.as_of, err);
    if (rc == 0) {
        paysheet_seal(&sheet.body, sheet.format, NULL, &sealed, hash);
        *file = arena_strndup(tx_arena(tx), (const char *)sealed.data, sealed.len);
    }
    buf_fini(&sealed);
    pay_sheet_fini(&sheet);
    pay_plans_fini(&plans);
    return rc;
}

static int get(struct incentive *state, struct tx *tx, const Bihuan__GetPayStatementRequest *request,
               Bihuan__GetPayStatementReply *reply, struct err *err)
{
    const struct ref_period *period;
    const struct ref_unit *unit;
    struct pay_period_row row;
    uint32_t run_id;

    if (state_visible_unit(state, tx, request->unit, &unit, err) != 0 ||
        pay_period_by_code(state, request->period, &period, err) != 0 ||
        pay_period_store_get(tx, period->id, &row, err) != 0)
        return -1;
    reply->unit = arena_strdup(tx_arena(tx), unit->code);
    reply->period = arena_strdup(tx_arena(tx), period->code);
    reply->draft = !pay_period_is_closed(&row) || request->run;
    if (request->run && pay_store_run_of(tx, period->id, request->run, &run_id, err) != 0)
        return -1;
    if (request->run)
        return draft(state, tx, period, unit->id, run_id, request->run, &reply->file, err);
    if (reply->draft)
        return draft(state, tx, period, unit->id, row.run_id, 0, &reply->file, err);
    if (pay_statement_store_get(tx, period->id, unit->id, &reply->file, err) != 0)
        return -1;
    return reply->file ? 0
                       : err_fail(err, ERR_NOT_FOUND, "no_statement", "unit %s has no pay in period %s", unit->code,
                                  period->code);
}

int pay_statement_get(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__GetPayStatementReply reply = BIHUAN__GET_PAY_STATEMENT_REPLY__INIT;
    struct incentive *state = state_of(tx);
    int rc;

    if (state_read(state, err) != 0)
        return -1;
    rc = get(state, tx, message, &reply, err);
    state_read_done(state);
    return rc == 0 ? tx_reply(tx, &reply.base, err) : -1;
}

int pay_statement_key(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__GetStatementKeyReply reply = BIHUAN__GET_STATEMENT_KEY_REPLY__INIT;
    struct principal_public key;

    (void)message;
    if (pay_keys_public(tx_runtime(tx), &key, err) != 0)
        return -1;
    reply.key = arena_alloc(tx_arena(tx), PAYSHEET_KEY_TEXT);
    sodium_bin2hex(reply.key, PAYSHEET_KEY_TEXT, key.bytes, sizeof key.bytes);
    return tx_reply(tx, &reply.base, err);
}
