/* pay_close: see pay_close.h. */
#include "incentive/paysheets/pay_close.h"

#include "incentive/closing/closing.h"
#include "incentive/ledger/pay_basis.h"
#include "incentive/ledger/pay_calc.h"
#include "incentive/paysheets/pay_keys.h"
#include "incentive/paysheets/pay_sheet.h"
#include "incentive/paysheets/pay_statement_store.h"

#include <sodium.h>
#include <string.h>

/* --- nothing moved since it was calculated ---------------------------------------------------------------------------
 */

static int moved(const struct ref_period *period, const char *what, struct err *err)
{
    return err_fail(err, ERR_CONFLICT, "moved",
                    "%s since the pay of period %s was calculated: calculate and review it again", what, period->code);
}

static bool same_basis(const struct pay_slot *a, const struct pay_slot *b)
{
    if (a->unit_id != b->unit_id || a->plan->doc->id != b->plan->doc->id ||
        a->plan->doc->version != b->plan->doc->version)
        return false;
    for (size_t c = 0; c < a->plan->component_count; c++) {
        const struct payplan_input *x = &a->basis[c].in, *y = &b->basis[c].in;

        if (x->target != y->target || x->days_in_force != y->days_in_force || x->has_score != y->has_score ||
            x->score_milli != y->score_milli || x->rank != y->rank || x->carried_in != y->carried_in)
            return false;
        for (size_t axis = 0; axis < payplan_place_count(&a->plan->components[c]); axis++)
            if (x->places[axis].known != y->places[axis].known || x->places[axis].given != y->places[axis].given)
                return false;
    }
    return true;
}

/* Targets, scores and payees as they are now against those of the calculation. */
static int check_basis(struct pay_eval *eval, struct err *err)
{
    struct pay_plans plans = { 0 };
    struct pay_eval live = { .state = eval->state, .tx = eval->tx, .period = eval->period, .plans = &plans };
    int rc = pay_plans_load(&plans, eval->state, eval->tx, err);

    if (rc == 0)
        rc = pay_basis_live(&live, err);
    if (rc == 0 && live.slot_count != eval->slot_count)
        rc = moved(eval->period, "payees or plans have changed", err);
    for (size_t s = 0; rc == 0 && s < live.slot_count; s++)
        if (!same_basis(&live.slots[s], &eval->slots[s]))
            rc = moved(eval->period, "targets, scores or plans have changed", err);
    pay_plans_fini(&plans);
    return rc;
}

static int refuse_difference(void *arg, const struct pay_difference *difference, struct err *err)
{
    (void)difference;
    return moved(arg, "facts have come", err);
}

/* --- statements ------------------------------------------------------------------------------------------------------
 */

struct closing {
    struct pay_eval *eval;
    struct pay_ledger ledger;
    struct pay_sheet_entries entries;
    size_t next_entry;
    struct pay_sheet sheet;
    struct buf file;
    struct principal_secret secret;
    uint32_t unit_id; /* whose statement is in the making; 0 none */
    struct copy_in copy;
    bool copying;
    crypto_hash_sha256_state hashing;
};

static int finish_unit(struct closing *c, struct arena *scratch, struct err *err)
{
    const struct pay_entry_row *rows = c->entries.rows + c->next_entry;
    char hash[PAYSHEET_HASH_TEXT];
    size_t count = 0;

    while (c->next_entry + count < c->entries.count && rows[count].unit_id == c->unit_id)
        count++;
    c->next_entry += count;
    if (pay_sheet_end(&c->sheet, rows, count, scratch, err) != 0)
        return -1;
    buf_reset(&c->file);
    paysheet_seal(&c->sheet.body, c->sheet.format, c->secret.bytes, &c->file, hash);
    crypto_hash_sha256_update(&c->hashing, (const uint8_t *)hash, PAYSHEET_HASH_TEXT - 1);
    if (!c->copying && pay_statement_store_begin(c->eval->tx, &c->copy, err) != 0)
        return -1;
    c->copying = true;
    return pay_statement_store_copy(&c->copy, c->eval->period->id, c->unit_id, hash, &c->file, err) != 0
               ? -1
               : closing_publish_statement(c->eval->state, c->eval->tx, c->eval->period->code, c->unit_id, hash, true,
                                           err);
}

static int begin_unit(struct closing *c, uint32_t unit_id)
{
    c->unit_id = unit_id;
    pay_sheet_begin(&c->sheet, unit_id);
    return 0;
}

/* Statements up to `unit_id`, those included that have entries and are no longer paid. */
static int advance(struct closing *c, uint32_t unit_id, struct arena *scratch, struct err *err)
{
    if (c->unit_id == unit_id)
        return 0;
    if (c->unit_id && finish_unit(c, scratch, err) != 0)
        return -1;
    while (c->next_entry < c->entries.count && c->entries.rows[c->next_entry].unit_id < unit_id)
        if (begin_unit(c, c->entries.rows[c->next_entry].unit_id) != 0 || finish_unit(c, scratch, err) != 0)
            return -1;
    c->unit_id = 0;
    return unit_id == UINT32_MAX ? 0 : begin_unit(c, unit_id);
}

static int take_slot(void *arg, const struct pay_slot *slot, const struct pay_result *results, struct arena *scratch,
                     struct err *err)
{
    struct closing *c = arg;

    if (pay_ledger_slot(&c->ledger, slot, results, scratch, refuse_difference, (void *)(uintptr_t)c->eval->period, NULL,
                        err) != 0 ||
        advance(c, slot->unit_id, scratch, err) != 0)
        return -1;
    pay_sheet_plan(&c->sheet, slot, results, scratch);
    return 0;
}

static int end_copy(void *arg, struct err *err)
{
    struct closing *c = arg;

    if (!c->copying)
        return 0;
    c->copying = false;
    return copy_in_end(&c->copy, err);
}

static int write_statements(struct closing *c, const struct pay_run_row *run, struct err *err)
{
    struct pay_eval *eval = c->eval;
    struct arena scratch;
    int rc;

    arena_init(&scratch);
    crypto_hash_sha256_init(&c->hashing);
    rc = pay_ledger_load(&c->ledger, eval->tx, eval->period, UINT32_MAX >> 1, eval->plans, NULL, 0, true, run->as_of,
                         err);
    if (rc == 0)
        rc = pay_ledger_cash(&c->ledger, eval->tx, eval->plans, NULL, 0, err);
    if (rc == 0)
        rc = pay_sheet_entries_load(&c->entries, eval->tx, eval->period->id, UINT32_MAX >> 1, 0, err);
    if (rc == 0)
        rc = pay_eval_run(eval, take_slot, c, err);
    if (rc == 0)
        rc = pay_ledger_rest(&c->ledger, refuse_difference, (void *)(uintptr_t)eval->period, err);
    if (rc == 0)
        rc = advance(c, UINT32_MAX, &scratch, err);
    if (rc == 0)
        rc = end_copy(c, err);
    else if (c->copying)
        copy_in_abort(&c->copy);
    arena_fini(&scratch);
    pay_ledger_fini(&c->ledger);
    pay_sheet_entries_fini(&c->entries);
    return rc;
}

static int close_with(struct incentive *state, struct tx *tx, const struct ref_period *period,
                      struct pay_period_row *row, const struct pay_plans *plans, struct err *err)
{
    struct pay_eval eval = {
        .state = state, .tx = tx, .period = period, .plans = plans, .run_id = row->run_id, .between = end_copy
    };
    struct closing c = { .eval = &eval,
                         .sheet = { .state = state,
                                    .period = period,
                                    .plans = plans,
                                    .run_id = row->run_id,
                                    .money_scale = runtime_money_scale(tx_runtime(tx)) } };
    uint8_t digest[crypto_hash_sha256_BYTES];
    char *text = arena_alloc(tx_arena(tx), PAYSHEET_HASH_TEXT);
    struct pay_run_row run;
    bool found;
    int rc;

    if (pay_store_run(tx, row->run_id, &run, &found, err) != 0 || pay_keys_secret(tx_runtime(tx), &c.secret, err) != 0)
        return -1;
    rc = pay_eval_prepare(&eval, err) != 0 || check_basis(&eval, err) != 0 ? -1 : write_statements(&c, &run, err);
    crypto_hash_sha256_final(&c.hashing, digest);
    sodium_bin2hex(text, PAYSHEET_HASH_TEXT, digest, sizeof digest);
    row->hash = text;
    pay_sheet_fini(&c.sheet);
    buf_fini(&c.file);
    sodium_memzero(&c.secret, sizeof c.secret);
    return rc;
}

int pay_close(struct incentive *state, struct tx *tx, const struct ref_period *period, struct pay_period_row *row,
              struct err *err)
{
    struct pay_plans plans = { 0 };
    int rc;

    if (!state_is_closed(state, period->id))
        return err_fail(err, ERR_CONFLICT, "scores_open",
                        "the scores of period %s aren't closed: close the period first, so that its facts stand",
                        period->code);
    if (state->rows.count || state->crediting.rows.count || state->joins.rows.receipt_count)
        return err_fail(err, ERR_BUSY, "wait", "facts are being booked: try again");
    rc = pay_plans_load_run(&plans, state, tx, row->run_id, err);
    if (rc == 0)
        rc = close_with(state, tx, period, row, &plans, err);
    pay_plans_fini(&plans);
    return rc;
}
