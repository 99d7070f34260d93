/* pay_calc: see pay_calc.h. */
#include "incentive/ledger/pay_calc.h"

#include "incentive/ledger/pay_booking.h"
#include "incentive/ledger/pay_cost.h"
#include "incentive/ledger/pay_period.h"
#include "incentive/ledger/pay_store.h"
#include "incentive/scoring/scoring.h"
#include "text/dates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_BACK_DAYS 400 /* closed periods that ended longer ago aren't looked at any more */

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

static int look_at(struct pay_booking *booking, const struct ref_period *closed, int32_t as_of, struct err *err)
{
    struct pay_plans plans = { 0 };
    struct pay_period_row row;
    int rc = 0;

    if (pay_period_store_get(booking->tx, closed->id, &row, err) != 0)
        return -1;
    if (booking->full || !pay_due_nothing(&booking->state->pay, closed->id, as_of)) {
        rc = pay_plans_load_run(&plans, booking->state, booking->tx, row.run_id, err);
        if (rc == 0)
            rc = pay_booking_period(booking, closed, &plans, row.run_id, as_of, err);
        pay_plans_fini(&plans);
    }
    row.looked_run = booking->run_id;
    booking->looked[booking->looked_count++] = row;
    return rc;
}

static int book_late(struct pay_booking *booking, int32_t as_of, struct err *err)
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
    booking->due = arena_array(tx_arena(booking->tx), struct pay_due, n + 1);
    if (n)
        qsort(late, n, sizeof(const struct ref_period *), by_from_day);
    for (size_t i = 0; i < n; i++)
        if (look_at(booking, late[i], as_of, err) != 0)
            return -1;
    return 0;
}

static int put_run(struct pay_booking *booking, int32_t as_of, struct err *err)
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
                               .base_run = booking->base_run,
                               .basis = pay_due_hash(pay_booking_due(booking)),
                               .entries = booking->entries };

    for (uint32_t b = 0; b < buckets; b++)
        seq[b] = tx_position(booking->tx, "feedback", (uint16_t)b);
    return pay_store_put_run(booking->tx, &row, err);
}

/* What was found out holds for the next calculation. What was known is looked at before any of it is moved. */
static void remember(struct pay_booking *booking)
{
    struct pay_memory *memory = &booking->state->pay;
    size_t parts = booking->kept ? (size_t)booking->part_count : 0;

    for (size_t i = 0; i < booking->due_count; i++) {
        struct pay_due *due = &booking->due[i];

        due->next.base_run = booking->base_run;
        due->next.later_parts = due->known ? due->known->later_parts + parts : 0;
        due->known = NULL;
    }
    for (size_t i = 0; i < booking->due_count; i++) {
        pay_memory_put(memory, &booking->due[i].next);
        booking->due[i].next = (struct pay_known) { 0 };
    }
    memory->now++;
}

static int calculate(struct pay_booking *booking, const struct pay_plans *plans, struct pay_period_row *row,
                     struct err *err)
{
    int32_t as_of = scoring_complete_day(booking->state, booking->tx);
    struct pay_run_row before;
    uint64_t last_entry;
    bool found;

    if (credit_rows_write(&booking->state->rows, booking->tx, err) != 0 ||
        entry_rows_write(&booking->state->crediting.rows, booking->tx, err) != 0 ||
        joins_write(&booking->state->joins, booking->tx, err) != 0 ||
        pay_store_last(booking->tx, &booking->run_id, &last_entry, err) != 0)
        return -1;
    booking->run_id++;
    booking->next_entry = last_entry + 1;
    if (book_late(booking, as_of, err) != 0 ||
        pay_booking_period(booking, booking->open_in, plans, 0, as_of, err) != 0 ||
        pay_booking_costs(booking, plans, pay_progress_at(booking->open_in, as_of), err) != 0)
        return -1;
    booking->base_run = pay_booking_due(booking)->known ? pay_booking_due(booking)->known->base_run : booking->run_id;
    if (!booking->entries && row->run_id) {
        if (pay_store_run(booking->tx, row->run_id, &before, &found, err) != 0)
            return -1;
        if (found && before.basis == pay_due_hash(pay_booking_due(booking))) {
            booking->base_run = before.base_run;
            return 0; /* nothing new: what stands was reckoned by the same */
        }
    }
    *row = (struct pay_period_row) { row->period_id, "calculated", booking->run_id, booking->run_id, "" };
    if (pay_store_put_parts(booking->tx, &booking->parts, booking->part_count, err) != 0 ||
        put_run(booking, as_of, err) != 0 || pay_period_store_put(booking->tx, row, err) != 0)
        return -1;
    for (size_t i = 0; i < booking->looked_count; i++)
        if (pay_period_store_put(booking->tx, &booking->looked[i], err) != 0)
            return -1;
    booking->kept = true;
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
    struct pay_booking booking = {
        .state = state_of(tx), .tx = tx, .full = request->full, .by = tx_principal(tx) ? tx_principal(tx)->person : ""
    };
    struct pay_period_row row;
    bool crediting;
    int rc;

    if (check(booking.state, tx, request, &booking.open_in, &row, err) != 0 ||
        pay_plans_load(plans, booking.state, tx, err) != 0 || has_plans(plans, booking.open_in, err) != 0)
        return -1;
    if (pay_store_crediting(tx, &booking.crediting, &crediting, err) != 0)
        return -1;
    if (crediting || booking.state->joins.registered)
        return err_fail(err, ERR_BUSY, "wait", "credits are being worked out anew by changed rules: try again");
    state_write(booking.state);
    rc = joins_finish(tx, err);
    if (rc == 0)
        rc = pay_store_crediting(tx, &booking.crediting, &crediting, err);
    if (rc == 0)
        rc = scoring_bring_up(booking.state, tx, err); /* what is paid by scores goes by those of this moment */
    if (rc == 0)
        rc = calculate(&booking, plans, &row, err);
    if (rc == 0) {
        reply.entries = booking.entries;
        reply.changed = booking.changed;
        reply.worked_out = booking.worked_out;
        reply.costs = booking.costs;
        reply.n_costs = pay_cost_count(booking.costs, plans);
        rc = pay_period_message(tx, booking.open_in, &row, &reply.period, err);
    }
    if (rc == 0)
        rc = tx_reply(tx, &reply.base, err);
    if (rc == 0)
        remember(&booking);
    pay_booking_fini(&booking);
    if (rc == 0)
        return 0;
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
