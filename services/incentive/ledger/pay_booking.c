/* pay_booking: see pay_booking.h. */
#include "incentive/ledger/pay_booking.h"

#include "incentive/ledger/pay_cost.h"

static const char *cause_of(const struct pay_booking *booking, const struct pay_difference *difference)
{
    bool late = booking->period != booking->open_in;

    switch (difference->group) {
    case GROUP_HELD:
        return "held_back";
    case GROUP_RELEASED:
        return difference->amount < 0 ? "taken_back" : difference->by_cash ? "collected" : "in_service";
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
    struct pay_booking *booking = arg;
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
    pay_memory_mark(&booking->state->pay, difference->unit_id); /* other periods' advances lean on it */
    return pay_store_copy_entry(&booking->copy, &row, err);
}

static int end_copy(void *arg, struct err *err)
{
    struct pay_booking *booking = arg;

    if (!booking->copying)
        return 0;
    booking->copying = false;
    return copy_in_end(&booking->copy, err);
}

static void keep_parts(struct pay_booking *booking, const struct pay_slot *slot, const struct pay_result *results)
{
    for (size_t c = 0; c < slot->plan->component_count; c++) {
        struct pay_part_row row = { .unit_id = slot->unit_id,
                                    .plan_id = slot->plan->doc->id,
                                    .plan_version = slot->plan->doc->version,
                                    .component = slot->plan->components[c].doc->code,
                                    .basis = slot->basis[c],
                                    .axis_count = payplan_place_count(&slot->plan->components[c]),
                                    .out = results[c].out,
                                    .lines = (uint32_t)results[c].line_count };

        pay_store_encode_part(&booking->parts, booking->run_id, &row);
        booking->part_count++;
    }
}

static int take_slot(void *arg, const struct pay_slot *slot, const struct pay_result *results, struct arena *scratch,
                     struct err *err)
{
    struct pay_booking *booking = arg;

    pay_due_take(pay_booking_due(booking), slot, results);
    if (booking->period == booking->open_in) {
        keep_parts(booking, slot, results);
        booking->worked_out += booking->last_worked != slot->unit_id;
        booking->last_worked = slot->unit_id;
    }
    return pay_ledger_slot(&booking->ledger, slot, results, scratch, book, booking, NULL, err);
}

int pay_booking_costs(struct pay_booking *booking, const struct pay_plans *plans, struct phasing_point at,
                      struct err *err)
{
    const struct pay_due *due = pay_booking_due(booking);
    struct arena scratch;
    int rc = 0;

    booking->costs = pay_cost_new(plans, tx_arena(booking->tx));
    arena_init(&scratch);
    for (size_t s = 0; rc == 0 && s < due->next.slot_count; s++) {
        const struct pay_known_slot *slot = &due->next.slots[s];

        arena_reset(&scratch);
        rc = pay_cost_add(booking->costs, plans, &due->slots[s], due->next.volume + slot->first_feed,
                          due->next.earned + slot->first, at, &scratch, err);
    }
    arena_fini(&scratch);
    return rc;
}

static int book_slots(struct pay_booking *booking, struct pay_eval *eval, int32_t as_of, struct err *err)
{
    uint32_t *units = arena_array(tx_arena(booking->tx), uint32_t, eval->slot_count + 1);
    bool drawn = eval->period == booking->open_in;
    size_t count = 0;
    int rc;

    for (size_t s = 0; s < eval->slot_count; s++)
        if (!count || units[count - 1] != eval->slots[s].unit_id)
            units[count++] = eval->slots[s].unit_id;
    rc = pay_ledger_load(&booking->ledger, booking->tx, eval->period, UINT32_MAX >> 1, eval->plans,
                         eval->few ? units : NULL, count, drawn, as_of, err);
    if (rc == 0)
        rc = pay_ledger_cash(&booking->ledger, booking->tx, eval->plans, NULL, 0, err);
    if (rc == 0)
        rc = pay_eval_run(eval, take_slot, booking, err);
    if (rc == 0)
        rc = pay_ledger_rest(&booking->ledger, book, booking, err);
    pay_ledger_fini(&booking->ledger);
    return rc == 0 ? end_copy(booking, err) : -1;
}

int pay_booking_period(struct pay_booking *booking, const struct ref_period *period, const struct pay_plans *plans,
                       uint32_t run_id, int32_t as_of, struct err *err)
{
    struct pay_eval eval = { .state = booking->state,
                             .tx = booking->tx,
                             .period = period,
                             .plans = plans,
                             .run_id = run_id,
                             .between = end_copy };

    booking->period = period;
    if (pay_eval_prepare(&eval, err) != 0)
        return -1;
    booking->due_count++;
    pay_due_begin(pay_booking_due(booking), &booking->state->pay, &eval, as_of, booking->full);
    return eval.slot_count || !eval.few ? book_slots(booking, &eval, as_of, err) : 0;
}

void pay_booking_fini(struct pay_booking *booking)
{
    buf_fini(&booking->lines);
    pay_packer_fini(&booking->packer);
    buf_fini(&booking->parts.buf);
    for (size_t i = 0; i < booking->due_count; i++)
        pay_due_fini(&booking->due[i]);
}
