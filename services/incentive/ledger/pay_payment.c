/* pay_payment: see pay_payment.h. What was taken back beyond what was earned stays owed, and is netted before anything
 * is paid again. */
#include "incentive/ledger/pay_payment.h"

#include "incentive/ledger/pay_calc.h"
#include "incentive/ledger/pay_payment_store.h"
#include "incentive/ledger/pay_query.h"
#include "incentive/ledger/pay_store.h"
#include "refdata/documents.h"
#include "text/decimal.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 500

static const char *who(struct tx *tx)
{
    return tx_principal(tx) ? tx_principal(tx)->person : "";
}

static int whole_only(struct tx *tx, struct err *err)
{
    const Bihuan__Principal *principal = tx_principal(tx);

    return principal && principal->subtree && principal->subtree[0]
               ? err_fail(err, ERR_FORBIDDEN, "whole_only", "payments are made for all units")
               : 0;
}

static Bihuan__Payment *as_message(struct tx *tx, const struct pay_plans *plans, const struct pay_payment_row *row)
{
    const struct refdata *refdata = state_of(tx)->refdata;
    const struct ref_unit *unit = refdata_unit(refdata, row->unit_id);
    const struct ref_period *period = refdata_period(refdata, row->period_id);
    const struct payplan *plan = pay_plans_find(plans, row->plan_id);
    struct arena *arena = tx_arena(tx);
    Bihuan__Payment *out = arena_new(arena, Bihuan__Payment);
    char amount[DECIMAL_TEXT_MAX];

    bihuan__payment__init(out);
    decimal_print(amount, row->amount, row->digits, 0);
    out->batch = row->batch_id;
    out->unit = arena_strdup(arena, unit ? unit->code : "");
    out->unit_name = arena_strdup(arena, unit ? unit->name : "");
    out->plan = arena_strdup(arena, plan ? plan->doc->code : "");
    out->period = arena_strdup(arena, period ? period->code : "");
    out->currency = (char *)(uintptr_t)row->currency;
    out->amount = arena_strdup(arena, amount);
    out->state = (char *)(uintptr_t)row->state;
    out->at = row->at;
    out->reference = (char *)(uintptr_t)row->reference;
    return out;
}

/* --- exporting -------------------------------------------------------------------------------------------------------
 */

static int book_payments(struct tx *tx, uint32_t period_id, uint64_t batch_id, const struct pay_payment_row *rows,
                         size_t count, struct err *err)
{
    uint64_t entry_id;
    uint32_t run_id;
    struct copy_in copy;

    if (pay_store_last(tx, &run_id, &entry_id, err) != 0 || pay_store_begin_entries(tx, &copy, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct pay_entry_row entry = { .entry_id = ++entry_id,
                                       .run_id = run_id,
                                       .period_id = period_id,
                                       .booked_in = period_id,
                                       .unit_id = rows[i].unit_id,
                                       .plan_id = rows[i].plan_id,
                                       .component = "",
                                       .kind = PAY_PAYMENT,
                                       .amount = -rows[i].amount,
                                       .digits = rows[i].digits,
                                       .cause = "exported",
                                       .at = tx_now(tx),
                                       .by = who(tx),
                                       .reference = batch_id };

        if (pay_store_copy_entry(&copy, &entry, err) != 0)
            return -1;
    }
    return copy_in_end(&copy, err);
}

static int export(struct tx *tx, const struct ref_period *period, struct pay_plans *plans,
                  Bihuan__ExportPaymentsReply *reply, struct err *err)
{
    struct pay_period_row row;
    struct pay_payment_row *rows;
    size_t count;

    if (pay_period_store_get(tx, period->id, &row, err) != 0 || pay_plans_load(plans, state_of(tx), tx, err) != 0)
        return -1;
    if (!pay_period_is_closed(&row))
        return err_fail(err, ERR_CONFLICT, "not_closed", "the pay of period %s is %s: close it first", period->code,
                        row.state);
    if (pay_payment_store_due(tx, &rows, &count, err) != 0)
        return -1;
    if (!count)
        return err_fail(err, ERR_CONFLICT, "nothing_due", "nothing is due: all of it was exported before");
    reply->items = arena_array(tx_arena(tx), Bihuan__Payment *, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct payplan *plan = pay_plans_find(plans, rows[i].plan_id);

        rows[i].currency = plan && plan->doc->currency[0] ? plan->doc->currency : "CNY";
        rows[i].state = "exported";
        rows[i].reference = "";
        rows[i].period_id = period->id;
        rows[i].at = tx_now(tx);
    }
    if (pay_payment_store_put(tx, period->id, who(tx), rows, count, &reply->batch, err) != 0 ||
        book_payments(tx, period->id, reply->batch, rows, count, err) != 0)
        return -1;
    for (size_t i = 0; i < count && i < SHOWN_MAX; i++) { /* LIST_PAYMENTS has all of them */
        rows[i].batch_id = reply->batch;
        reply->items[reply->n_items++] = as_message(tx, plans, &rows[i]);
    }
    return 0;
}

int pay_payment_export(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ExportPaymentsRequest *request = message;
    Bihuan__ExportPaymentsReply reply = BIHUAN__EXPORT_PAYMENTS_REPLY__INIT;
    const struct ref_period *period;
    struct pay_plans plans = { 0 };
    int rc;

    if (whole_only(tx, err) != 0 || pay_period_by_code(state_of(tx), request->period, &period, err) != 0)
        return -1;
    rc = export(tx, period, &plans, &reply, err);
    pay_plans_fini(&plans);
    return rc == 0 ? tx_reply(tx, &reply.base, err) : -1;
}

int pay_payment_acknowledge(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__AcknowledgePaymentsRequest *request = message;
    Bihuan__AcknowledgePaymentsReply reply = BIHUAN__ACKNOWLEDGE_PAYMENTS_REPLY__INIT;
    bool done;

    if (whole_only(tx, err) != 0)
        return -1;
    if (!request->reference[0])
        return err_fail(err, ERR_INVALID, "missing_value", "give payroll's reference");
    if (pay_payment_store_acknowledge(tx, request->batch, who(tx), request->reference, &reply.payments, &done, err) !=
        0)
        return -1;
    if (!reply.payments)
        return err_fail(err, ERR_NOT_FOUND, "no_such_batch", "there is no batch %llu",
                        (unsigned long long)request->batch);
    if (!done)
        return err_fail(err, ERR_CONFLICT, "acknowledged", "batch %llu was acknowledged before",
                        (unsigned long long)request->batch);
    reply.batch = request->batch;
    return tx_reply(tx, &reply.base, err);
}

/* --- listing ---------------------------------------------------------------------------------------------------------
 */

static int list(struct tx *tx, const Bihuan__ListPaymentsRequest *request, struct pay_plans *plans,
                Bihuan__ListPaymentsReply *reply, struct err *err)
{
    struct incentive *state = state_of(tx);
    struct pay_payment_page page = { .batch_id = request->batch, .limit = page_limit(request->page) };
    unsigned long long batch = 0;
    const struct ref_period *period;
    struct pay_payment_row *rows;
    size_t count;

    if (request->period[0]) {
        if (pay_period_by_code(state, request->period, &period, err) != 0)
            return -1;
        page.period_id = period->id;
    }
    if (request->page && request->page->cursor[0] &&
        sscanf(request->page->cursor, "%llu.%u.%u", &batch, &page.after_unit, &page.after_plan) != 3)
        return err_fail(err, ERR_INVALID, "bad_cursor", "the cursor isn't one that was given: begin without one");
    page.after_batch = batch;
    if (pay_visible_units(state, tx, "", "", NULL, &page.units, &page.unit_count, err) != 0 ||
        pay_plans_load(plans, state, tx, err) != 0 || pay_payment_store_list(tx, &page, &rows, &count, err) != 0)
        return -1;
    reply->items = arena_array(tx_arena(tx), Bihuan__Payment *, count + 1);
    for (size_t i = 0; i < count; i++)
        reply->items[reply->n_items++] = as_message(tx, plans, &rows[i]);
    if (count == page.limit)
        reply->next = arena_printf(tx_arena(tx), "%llu.%u.%u", (unsigned long long)rows[count - 1].batch_id,
                                   rows[count - 1].unit_id, rows[count - 1].plan_id);
    return 0;
}

int pay_payment_list(struct tx *tx, const void *message, struct err *err)
{
    Bihuan__ListPaymentsReply reply = BIHUAN__LIST_PAYMENTS_REPLY__INIT;
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
