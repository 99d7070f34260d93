/* adjust: see adjust.h. */
#include "incentive/disputes/adjust.h"

#include "incentive/ledger/pay_calc.h"
#include "incentive/ledger/pay_period.h"
#include "incentive/ledger/pay_query.h"
#include "incentive/ledger/pay_store.h"
#include "refdata/documents.h"
#include "text/decimal.h"

#include <stdlib.h>
#include <string.h>

#define CAUSE_DISPUTE "dispute"
#define CAUSE_HAND    "adjustment"

static const char *who(struct tx *tx)
{
    return tx_principal(tx) ? tx_principal(tx)->person : "";
}

/* The period's pay must be open; what is reviewed has to be reviewed again. */
static int open_period(struct tx *tx, const struct ref_period *period, struct pay_period_row *row, struct err *err)
{
    if (pay_period_store_get(tx, period->id, row, err) != 0)
        return -1;
    return !pay_period_is_closed(row) ? 0
                                      : err_fail(err, ERR_CONFLICT, "already_closed",
                                                 "the pay of period %s is closed: name an open period", period->code);
}

int adjust_propose(struct tx *tx, const struct pay_plans *plans, const struct ref_unit *unit,
                   const struct ref_period *period, const char *plan, const char *amount, const char *reason,
                   uint64_t dispute_id, uint64_t *id, struct err *err)
{
    const struct payplan *found = pay_plans_by_code(plans, plan);
    struct adjust_row row = { .unit_id = unit->id,
                              .period_id = period->id,
                              .reason = reason,
                              .maker = who(tx),
                              .made_at = tx_now(tx),
                              .dispute_id = dispute_id };
    struct pay_period_row at;
    struct err trouble;

    if (!found)
        tx_problem(tx, "/adjustment/plan", "unknown_plan", "there is no pay plan \"%s\"", plan);
    else if (decimal_parse(amount, strlen(amount), found->digits, 0, &row.amount, &trouble) != 0)
        tx_problem(tx, "/adjustment/amount", "bad_amount", "%s", trouble.text);
    else if (row.amount == 0)
        tx_problem(tx, "/adjustment/amount", "bad_amount", "an adjustment of nothing is none");
    if (!reason[0])
        tx_problem(tx, "/adjustment/reason", "missing_value", "say why");
    if (!found || tx_problem_count(tx))
        return tx_refuse(tx, err);
    row.plan_id = found->doc->id;
    row.digits = found->digits;
    return open_period(tx, period, &at, err) != 0 ? -1 : adjust_store_put(tx, &row, id, err);
}

static Bihuan__PayAdjustment *as_message(struct tx *tx, const struct pay_plans *plans, const struct adjust_row *row)
{
    const struct refdata *refdata = state_of(tx)->refdata;
    const struct ref_unit *unit = refdata_unit(refdata, row->unit_id);
    const struct ref_period *period = refdata_period(refdata, row->period_id);
    const struct payplan *plan = pay_plans_find(plans, row->plan_id);
    struct arena *arena = tx_arena(tx);
    Bihuan__PayAdjustment *out = arena_new(arena, Bihuan__PayAdjustment);
    char amount[DECIMAL_TEXT_MAX];

    bihuan__pay_adjustment__init(out);
    decimal_print(amount, row->amount, row->digits, 0);
    out->id = row->id;
    out->unit = arena_strdup(arena, unit ? unit->code : "");
    out->period = arena_strdup(arena, period ? period->code : "");
    out->plan = arena_strdup(arena, plan ? plan->doc->code : "");
    out->amount = arena_strdup(arena, amount);
    out->reason = (char *)(uintptr_t)row->reason;
    out->state = (char *)(uintptr_t)row->state;
    out->maker = (char *)(uintptr_t)row->maker;
    out->made_at = row->made_at;
    out->checker = (char *)(uintptr_t)row->checker;
    out->checked_at = row->checked_at;
    out->dispute = row->dispute_id;
    out->decision = (char *)(uintptr_t)row->decision;
    return out;
}

static int reply_with(struct tx *tx, const struct pay_plans *plans, uint64_t id, struct err *err)
{
    Bihuan__AdjustmentReply reply = BIHUAN__ADJUSTMENT_REPLY__INIT;
    struct adjust_row *rows;
    size_t count;

    if (adjust_store_list(tx, id, NULL, 0, "", 0, 1, &rows, &count, err) != 0)
        return -1;
    if (count)
        reply.adjustment = as_message(tx, plans, &rows[0]);
    return tx_reply(tx, &reply.base, err);
}

static int propose(struct tx *tx, const Bihuan__PayAdjustment *wanted, struct pay_plans *plans, struct err *err)
{
    struct incentive *state = state_of(tx);
    const struct ref_period *period;
    const struct ref_unit *unit;
    uint64_t id = 0;

    if (!wanted)
        return err_fail(err, ERR_INVALID, "missing_value", "name the adjustment");
    if (state_visible_unit(state, tx, wanted->unit, &unit, err) != 0 ||
        pay_period_by_code(state, wanted->period, &period, err) != 0 || pay_plans_load(plans, state, tx, err) != 0 ||
        adjust_propose(tx, plans, unit, period, wanted->plan, wanted->amount, wanted->reason, 0, &id, err) != 0)
        return -1;
    return reply_with(tx, plans, id, err);
}

int adjust_on_propose(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ProposeAdjustmentRequest *request = message;
    struct pay_plans plans = { 0 };
    int rc = propose(tx, request->adjustment, &plans, err);

    pay_plans_fini(&plans);
    return rc;
}

/* --- deciding --------------------------------------------------------------------------------------------------------
 */

int adjust_book(struct tx *tx, struct pay_entry_row *entry, const struct ref_period *period, const char *reason,
                struct err *err)
{
    struct pay_period_row at;

    entry->period_id = entry->booked_in = period->id;
    entry->component = "";
    entry->kind = PAY_ADJUSTMENT;
    entry->at = tx_now(tx);
    entry->by = who(tx);
    if (open_period(tx, period, &at, err) != 0 || pay_store_last(tx, &entry->run_id, &entry->entry_id, err) != 0)
        return -1;
    entry->entry_id++;
    if (pay_store_put_entry(tx, entry, err) != 0)
        return -1;
    if (strcmp(at.state, "reviewed") != 0)
        return 0;
    at.state = "calculated";
    return pay_period_store_put(tx, &at, err) != 0 ? -1 : pay_period_step(tx, period, &at, "adjusted", reason, err);
}

static int book(struct tx *tx, const struct adjust_row *row, const struct payplan *plan,
                const struct ref_period *period, struct err *err)
{
    struct pay_entry_row entry = { .unit_id = row->unit_id,
                                   .plan_id = row->plan_id,
                                   .plan_version = plan ? plan->doc->version : 0,
                                   .amount = row->amount,
                                   .digits = row->digits,
                                   .cause = row->dispute_id ? CAUSE_DISPUTE : CAUSE_HAND,
                                   .reference = row->id };

    return adjust_book(tx, &entry, period, row->reason, err);
}

static int decide(struct tx *tx, const Bihuan__DecideAdjustmentRequest *request, struct pay_plans *plans,
                  struct err *err)
{
    struct incentive *state = state_of(tx);
    const struct ref_unit *unit;
    struct adjust_row *rows;
    size_t count;
    bool done;

    if (adjust_store_list(tx, request->id, NULL, 0, "", 0, 1, &rows, &count, err) != 0 ||
        pay_plans_load(plans, state, tx, err) != 0)
        return -1;
    unit = count && request->id ? refdata_unit(state->refdata, rows[0].unit_id) : NULL;
    if (!unit || state_visible_unit(state, tx, unit->code, &unit, err) != 0)
        return err_fail(err, ERR_NOT_FOUND, "no_such_adjustment", "there is no adjustment %llu",
                        (unsigned long long)request->id);
    if (strcmp(rows[0].maker, who(tx)) == 0)
        return err_fail(err, ERR_FORBIDDEN, "own_work", "%s proposed it: somebody else decides", rows[0].maker);
    if (adjust_store_decide(tx, request->id, request->approve ? "approved" : "refused", who(tx), request->reason, &done,
                            err) != 0)
        return -1;
    if (!done)
        return err_fail(err, ERR_CONFLICT, "decided", "adjustment %llu is %s already", (unsigned long long)request->id,
                        rows[0].state);
    if (request->approve && book(tx, &rows[0], pay_plans_find(plans, rows[0].plan_id),
                                 refdata_period(state->refdata, rows[0].period_id), err) != 0)
        return -1;
    return reply_with(tx, plans, request->id, err);
}

int adjust_on_decide(struct tx *tx, const void *message, struct err *err)
{
    struct pay_plans plans = { 0 };
    int rc = decide(tx, message, &plans, err);

    pay_plans_fini(&plans);
    return rc;
}

/* --- listing ---------------------------------------------------------------------------------------------------------
 */

static int list(struct tx *tx, const Bihuan__ListAdjustmentsRequest *request, struct pay_plans *plans,
                Bihuan__ListAdjustmentsReply *reply, struct err *err)
{
    struct incentive *state = state_of(tx);
    uint32_t limit = page_limit(request->page);
    const uint32_t *units;
    struct adjust_row *rows;
    size_t count, unit_count;

    if (pay_visible_units(state, tx, request->unit, "", NULL, &units, &unit_count, err) != 0 ||
        pay_plans_load(plans, state, tx, err) != 0 ||
        adjust_store_list(tx, 0, units, unit_count, request->state,
                          request->page ? strtoull(request->page->cursor, NULL, 10) : 0, limit, &rows, &count,
                          err) != 0)
        return -1;
    reply->items = arena_array(tx_arena(tx), Bihuan__PayAdjustment *, count + 1);
    for (size_t i = 0; i < count; i++)
        reply->items[reply->n_items++] = as_message(tx, plans, &rows[i]);
    if (count == limit)
        reply->next = arena_printf(tx_arena(tx), "%llu", (unsigned long long)rows[count - 1].id);
    return 0;
}

int adjust_list(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__ListAdjustmentsReply reply = BIHUAN__LIST_ADJUSTMENTS_REPLY__INIT;
    struct incentive *state = state_of(tx);
    struct pay_plans plans = { 0 };
    int rc;

    if (state_read(state, err) != 0)
        return -1;
    rc = list(tx, message, &plans, &reply, err);
    state_read_done(state);
    pay_plans_fini(&plans);
    return rc == 0 ? tx_reply(tx, &reply.base, err) : -1;
}
