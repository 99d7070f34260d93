/* pay_calc: see pay_calc.h. */
#include "incentive/ledger/pay_calc.h"

#include "base/hash.h"
#include "incentive/ledger/pay_cost.h"
#include "incentive/ledger/pay_period.h"
#include "incentive/ledger/pay_store.h"
#include "incentive/scoring/scoring.h"
#include "text/dates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_BACK_DAYS 400 /* closed periods that ended longer ago aren't looked at any more */

/* --- booking ---------------------------------------------------------------------------------------------------------
 */

struct booking {
    struct incentive *state;
    struct tx *tx;
    const struct ref_period *period;  /* it is for */
    const struct ref_period *open_in; /* it is booked in */
    uint32_t run_id;
    uint64_t next_entry;
    uint32_t entries, changed; /* changed: payees */
    uint32_t last_unit;
    const char *by;
    struct copy_in copy;
    bool copying;
    struct pay_packer packer;
    struct buf lines;
    struct pay_ledger ledger;
    struct copy_in parts; /* used for its buffer only */
    uint64_t part_count;
    Bihuan__PayCost **costs; /* by plan; NULL: not reckoned */
    const struct pay_plans *plans;
    struct phasing_point at;
    uint32_t crediting;
    uint64_t basis;                /* hash of what the parts go by */
    struct pay_period_row *looked; /* closed periods that were looked at */
    size_t looked_count;
};

static const char *cause_of(const struct booking *booking, const struct pay_difference *difference)
{
    bool late = booking->period != booking->open_in;

    switch (difference->group) {
    case GROUP_HELD:
        return "held_back";
    case GROUP_RELEASED:
        return difference->amount < 0 ? "taken_back" : "in_service";
    case GROUP_CARRIED:
        return "above_cap";
    case GROUP_DRAW:
        return "below_least";
    case GROUP_RECOVERY:
        return "draw_recovered";
    default:
        return late ? "late" : difference->first ? "calculated" : "changed";
    }
}

static int book(void *arg, const struct pay_difference *difference, struct err *err)
{
    struct booking *booking = arg;
    struct pay_entry_row row = { .entry_id = booking->next_entry++,
                                 .run_id = booking->run_id,
                                 .period_id = booking->period->id,
                                 .booked_in = booking->open_in->id,
                                 .unit_id = difference->unit_id,
                                 .plan_id = difference->plan_id,
                                 .plan_version = difference->plan_version,
                                 .component = difference->component,
                                 .kind = pay_kind_for(difference->group, booking->period != booking->open_in,
                                                      difference->amount < 0),
                                 .amount = difference->amount,
                                 .digits = difference->digits,
                                 .cause = cause_of(booking, difference),
                                 .at = tx_now(booking->tx),
                                 .by = booking->by };

    if (!booking->copying && pay_store_begin_entries(booking->tx, &booking->copy, err) != 0)
        return -1;
    booking->copying = true;
    buf_reset(&booking->lines);
    pay_lines_pack(&booking->packer, difference->lines, difference->line_count, &booking->lines);
    row.lines = booking->lines.data;
    row.lines_len = booking->lines.len;
    booking->entries++;
    booking->changed += booking->last_unit != difference->unit_id;
    booking->last_unit = difference->unit_id;
    return pay_store_copy_entry(&booking->copy, &row, err);
}

static int end_copy(struct booking *booking, struct err *err)
{
    if (!booking->copying)
        return 0;
    booking->copying = false;
    return copy_in_end(&booking->copy, err);
}

/* Fields one by one: padding has no value of its own. */
static void add_to_basis(struct booking *booking, const struct pay_part_row *row, size_t component)
{
    const struct payplan_input *in = &row->basis.in;
    const int64_t fields[] = { row->unit_id,    row->plan_id, row->plan_version, (int64_t)component,
                               in->target,      in->days,     in->days_in_force, in->has_score,
                               in->score_milli, in->rank,     in->carried_in,    row->basis.gate_shut };

    booking->basis = hash_bytes(fields, sizeof fields, booking->basis);
}

static void keep_parts(struct booking *booking, const struct pay_slot *slot, const struct pay_result *results)
{
    for (size_t c = 0; c < slot->plan->component_count; c++) {
        struct pay_part_row row = { .unit_id = slot->unit_id,
                                    .plan_id = slot->plan->doc->id,
                                    .plan_version = slot->plan->doc->version,
                                    .component = slot->plan->components[c].doc->code,
                                    .basis = slot->basis[c],
                                    .out = results[c].out,
                                    .lines = (uint32_t)results[c].line_count };

        add_to_basis(booking, &row, c);
        pay_store_encode_part(&booking->parts, booking->run_id, &row);
        booking->part_count++;
    }
}

static int take_slot(void *arg, const struct pay_slot *slot, const struct pay_result *results, struct arena *scratch,
                     struct err *err)
{
    struct booking *booking = arg;

    if (booking->period == booking->open_in) {
        keep_parts(booking, slot, results);
        if (pay_cost_add(booking->costs, booking->plans, slot, results, booking->at, scratch, err) != 0)
            return -1;
    }
    return pay_ledger_slot(&booking->ledger, slot, results, scratch, book, booking, NULL, err);
}

/* One period's differences; `run_id` 0: by what is known now. */
static int book_period(struct booking *booking, const struct ref_period *period, const struct pay_plans *plans,
                       uint32_t run_id, int32_t as_of, struct err *err)
{
    struct pay_eval eval = {
        .state = booking->state, .tx = booking->tx, .period = period, .plans = plans, .run_id = run_id
    };
    int rc;

    booking->period = period;
    booking->plans = plans;
    rc = pay_ledger_load(&booking->ledger, booking->tx, period, UINT32_MAX >> 1, NULL, 0, period == booking->open_in,
                         as_of, err);
    if (rc == 0)
        rc = pay_eval_prepare(&eval, err);
    if (rc == 0 && period == booking->open_in)
        booking->costs = pay_cost_new(plans, tx_arena(booking->tx));
    if (rc == 0)
        rc = pay_eval_run(&eval, take_slot, booking, err);
    if (rc == 0)
        rc = pay_ledger_rest(&booking->ledger, book, booking, err);
    pay_ledger_fini(&booking->ledger);
    return rc == 0 ? end_copy(booking, err) : -1;
}

/* --- a calculation ---------------------------------------------------------------------------------------------------
 */

int pay_period_by_code(struct incentive *state, const char *code, const struct ref_period **out, struct err *err)
{
    const struct ref_period *period = refdata_period_by_code(state->refdata, code);

    if (!period)
        return err_fail(err, ERR_NOT_FOUND, "no_such_period", "there is no period \"%s\"", code);
    *out = period;
    return 0;
}

static int check(struct incentive *state, struct tx *tx, const Bihuan__CalculatePayRequest *request,
                 const struct ref_period **period, struct pay_period_row *row, struct err *err)
{
    const Bihuan__Principal *principal = tx_principal(tx);

    if (principal && principal->subtree[0])
        return err_fail(err, ERR_FORBIDDEN, "whole_only",
                        "pay is calculated for all units: ask someone whose rights aren't limited to a subtree");
    if (pay_period_by_code(state, request->period, period, err) != 0 ||
        pay_period_store_get(tx, (*period)->id, row, err) != 0)
        return -1;
    if (pay_period_is_closed(row))
        return err_fail(err, ERR_CONFLICT, "already_closed",
                        "the pay of period %s is closed and never changes: what came late is booked by the "
                        "calculation of the next one",
                        (*period)->code);
    return 0;
}

/* Closed periods of the same kind before the open one, the earliest first. */
static int by_from_day(const void *pa, const void *pb)
{
    const struct ref_period *const *a = pa, *const *b = pb;

    return (*a)->from_day < (*b)->from_day ? -1 : (*a)->from_day > (*b)->from_day;
}

static int book_late(struct booking *booking, int32_t as_of, struct err *err)
{
    const struct ref_period *open = booking->open_in, **late;
    const struct refdata *refdata = booking->state->refdata;
    enum period_kind kind = period_kind_of(open->from_day, open->until_day);
    struct pay_period_row *rows;
    size_t count, n = 0;

    if (pay_period_store_all(booking->tx, &rows, &count, err) != 0)
        return -1;
    late = arena_array(tx_arena(booking->tx), const struct ref_period *, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct ref_period *period = refdata_period(refdata, rows[i].period_id);

        if (period && pay_period_is_closed(&rows[i]) && period->until_day <= open->from_day &&
            period->until_day > open->from_day - LOOK_BACK_DAYS &&
            period_kind_of(period->from_day, period->until_day) == kind)
            late[n++] = period;
    }
    booking->looked = arena_array(tx_arena(booking->tx), struct pay_period_row, n + 1);
    if (n)
        qsort(late, n, sizeof(const struct ref_period *), by_from_day);
    for (size_t i = 0; i < n; i++) {
        struct pay_plans plans = { 0 };
        struct pay_period_row row;
        int rc;

        if (pay_period_store_get(booking->tx, late[i]->id, &row, err) != 0)
            return -1;
        rc = pay_plans_load_run(&plans, booking->state, booking->tx, row.run_id, err);
        if (rc == 0)
            rc = book_period(booking, late[i], &plans, row.run_id, as_of, err);
        pay_plans_fini(&plans);
        if (rc != 0)
            return -1;
        row.looked_run = booking->run_id;
        booking->looked[booking->looked_count++] = row;
    }
    return 0;
}

static int put_run(struct booking *booking, int32_t as_of, struct err *err)
{
    uint32_t buckets = runtime_bucket_count(tx_runtime(booking->tx));
    uint64_t seq[BUCKETS_MAX];
    struct pay_run_row row = { .run_id = booking->run_id,
                               .period_id = booking->open_in->id,
                               .at = tx_now(booking->tx),
                               .by = booking->by,
                               .as_of = as_of == NO_DAY ? 0 : as_of,
                               .seq = seq,
                               .buckets = buckets,
                               .crediting = booking->crediting,
                               .basis = booking->basis,
                               .entries = booking->entries };

    for (uint32_t b = 0; b < buckets; b++)
        seq[b] = tx_position(booking->tx, "feedback", (uint16_t)b);
    return pay_store_put_run(booking->tx, &row, err);
}

static int calculate(struct booking *booking, const struct pay_plans *plans, struct pay_period_row *row,
                     struct err *err)
{
    int32_t as_of = scoring_complete_day(booking->state, booking->tx);
    struct pay_run_row before;
    uint64_t last_entry;
    bool found;

    if (credit_rows_write(&booking->state->rows, booking->tx, err) != 0 ||
        pay_store_last(booking->tx, &booking->run_id, &last_entry, err) != 0)
        return -1;
    booking->run_id++;
    booking->next_entry = last_entry + 1;
    booking->at = pay_progress_at(booking->open_in, as_of);
    if (book_late(booking, as_of, err) != 0 || book_period(booking, booking->open_in, plans, 0, as_of, err) != 0)
        return -1;
    if (!booking->entries && row->run_id) {
        if (pay_store_run(booking->tx, row->run_id, &before, &found, err) != 0)
            return -1;
        if (found && before.basis == booking->basis)
            return 0; /* nothing new: what stands was reckoned by the same */
    }
    *row = (struct pay_period_row) { row->period_id, "calculated", booking->run_id, booking->run_id, "" };
    if (pay_store_put_parts(booking->tx, &booking->parts, booking->part_count, err) != 0 ||
        put_run(booking, as_of, err) != 0 || pay_period_store_put(booking->tx, row, err) != 0)
        return -1;
    for (size_t i = 0; i < booking->looked_count; i++)
        if (pay_period_store_put(booking->tx, &booking->looked[i], err) != 0)
            return -1;
    return pay_period_step(booking->tx, booking->open_in, row, "calculated", "", err);
}

static int has_plans(const struct pay_plans *plans, const struct ref_period *period, struct err *err)
{
    for (size_t p = 0; p < plans->count; p++)
        if (pay_plan_pays(plans->list[p], period))
            return 0;
    return err_fail(err, ERR_CONFLICT, "no_plan",
                    "no pay plan pays period %s: apply one whose cadence and days match it", period->code);
}

static int calculate_and_reply(struct tx *tx, struct pay_plans *plans, const Bihuan__CalculatePayRequest *request,
                               struct err *err)
{
    Bihuan__CalculatePayReply reply = BIHUAN__CALCULATE_PAY_REPLY__INIT;
    struct booking booking = { .state = state_of(tx),
                               .tx = tx,
                               .by = tx_principal(tx) ? tx_principal(tx)->person : "" };
    struct pay_period_row row;
    bool crediting;
    int rc;

    if (check(booking.state, tx, request, &booking.open_in, &row, err) != 0 ||
        pay_plans_load(plans, booking.state, tx, err) != 0 || has_plans(plans, booking.open_in, err) != 0)
        return -1;
    if (pay_store_crediting(tx, &booking.crediting, &crediting, err) != 0)
        return -1;
    if (crediting)
        return err_fail(err, ERR_BUSY, "wait", "credits are being worked out anew by changed rules: try again");
    state_write(booking.state);
    rc = calculate(&booking, plans, &row, err);
    if (rc == 0) {
        reply.entries = booking.entries;
        reply.changed = booking.changed;
        reply.costs = booking.costs;
        reply.n_costs = pay_cost_count(booking.costs, plans);
        rc = pay_period_message(tx, booking.open_in, &row, &reply.period, err);
    }
    buf_fini(&booking.lines);
    pay_packer_fini(&booking.packer);
    buf_fini(&booking.parts.buf);
    if (rc == 0)
        return tx_reply(tx, &reply.base, err);
    if (err->cls != ERR_UNAVAILABLE && err->cls != ERR_FENCED)
        err->cls = ERR_INTERNAL; /* credits of other events are written by now: nothing may roll back alone */
    return -1;
}

int pay_calculate(struct tx *tx, const void *message, struct err *err)
{
    struct pay_plans plans = { 0 };
    int rc = calculate_and_reply(tx, &plans, message, err);

    pay_plans_fini(&plans);
    return rc;
}
