/* views: cycles and deliverables as messages. */
#include "planning/cycle/cycle.h"
#include "planning/planning.h"

#include "text/dates.h"

#include <string.h>

static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text; /* generated messages have no const; nothing writes to them */
}

static char *date_text(struct tx *tx, int32_t day)
{
    char text[DATE_TEXT_MAX];

    date_print(text, day);
    return arena_strdup(tx_arena(tx), text);
}

static char *deliverable_id(struct tx *tx, const struct cycle *cycle, const struct deliverable *row)
{
    return arena_printf(tx_arena(tx), "%s:%s:%s", cycle->code, row->code, unit_code(tx, row->unit_id));
}

static enum shown_state shown(struct tx *tx, const struct deliverable *row)
{
    return due_shown(row->state, row->due_day, cycle_lead_days(tx), cycle_today(tx));
}

static void add_template(Bihuan__Deliverable *out, const Bihuan__DeliverableTemplate *of)
{
    out->title_zh = of->title_zh;
    out->title_en = of->title_en;
    out->role = of->role;
    out->attachment = of->attachment;
    out->responsibilities = of->responsibilities;
    out->n_responsibilities = of->n_responsibilities;
    out->what_zh = of->what_zh;
    out->what_en = of->what_en;
}

Bihuan__Deliverable *deliverable_view(struct tx *tx, const struct cycle *cycle, const struct deliverable *row)
{
    const Bihuan__DeliverableTemplate *of = template_deliverable(cycle->template, row->code, NULL);
    const struct ref_unit *unit = refdata_unit(refdata_of(tx), row->unit_id);
    Bihuan__Deliverable *out = arena_new(tx_arena(tx), Bihuan__Deliverable);

    bihuan__deliverable__init(out);
    if (of)
        add_template(out, of);
    out->id = deliverable_id(tx, cycle, row);
    out->cycle = text_of(cycle->code);
    out->code = text_of(row->code);
    out->stage = cycle->template->stages[row->stage]->code;
    out->stage_state = text_of(stage_word(cycle->stages[row->stage].state));
    out->unit = arena_strdup(tx_arena(tx), unit ? unit->code : "");
    out->unit_name = arena_strdup(tx_arena(tx), unit ? unit->name : "");
    out->unit_id = row->unit_id;
    out->due = date_text(tx, row->due_day);
    out->state = text_of(due_word(shown(tx, row)));
    out->revision = row->revision;
    out->text = text_of(row->body);
    out->plan = text_of(row->plan);
    out->submitted_by = text_of(row->submitted_by);
    out->submitted_at = row->submitted_at;
    out->late = row->late;
    out->returns = row->returns;
    out->reason = text_of(row->reason);
    out->approved_by = text_of(row->approved_by);
    out->approved_at = row->approved_at;
    return out;
}

static bool is_gate(const Bihuan__CycleStage *stage, const char *code)
{
    for (size_t i = 0; i < stage->n_gates; i++)
        if (strcmp(stage->gates[i], code) == 0)
            return true;
    return false;
}

Bihuan__StageState *stage_view(struct tx *tx, const struct cycle *cycle, size_t stage, const struct deliverable *rows,
                               size_t count)
{
    const Bihuan__CycleStage *of = cycle->template->stages[stage];
    const struct cycle_stage *state = &cycle->stages[stage];
    Bihuan__StageState *out = arena_new(tx_arena(tx), Bihuan__StageState);

    bihuan__stage_state__init(out);
    out->code = of->code;
    out->title_zh = of->title_zh;
    out->title_en = of->title_en;
    out->state = text_of(stage_word(state->state));
    out->opened_at = state->opened_at;
    out->overridden_by = text_of(state->overridden_by);
    out->reason = text_of(state->reason);
    out->waits_for = arena_array(tx_arena(tx), char *, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (state->state == STAGE_WAITING && rows[i].state != WORK_APPROVED && is_gate(of, rows[i].code))
            out->waits_for[out->n_waits_for++] = deliverable_id(tx, cycle, &rows[i]);
        if (rows[i].stage != (int)stage)
            continue;
        out->deliverables++;
        out->approved += rows[i].state == WORK_APPROVED;
        out->overdue += shown(tx, &rows[i]) == SHOWN_OVERDUE;
    }
    return out;
}

/* Seats are in order of role. */
static void add_seats(struct tx *tx, const struct cycle *cycle, Bihuan__Cycle *out)
{
    out->seats = arena_array(tx_arena(tx), Bihuan__CycleSeat *, cycle->seat_count + 1);
    for (size_t i = 0; i < cycle->seat_count; i++) {
        Bihuan__CycleSeat *seat = out->n_seats ? out->seats[out->n_seats - 1] : NULL;

        if (!seat || strcmp(seat->role, cycle->seats[i].role) != 0) {
            seat = arena_new(tx_arena(tx), Bihuan__CycleSeat);
            bihuan__cycle_seat__init(seat);
            seat->role = text_of(cycle->seats[i].role);
            seat->units = arena_array(tx_arena(tx), char *, cycle->seat_count + 1);
            out->seats[out->n_seats++] = seat;
        }
        seat->units[seat->n_units++] = arena_strdup(tx_arena(tx), unit_code(tx, cycle->seats[i].unit_id));
    }
}

Bihuan__Cycle *cycle_view(struct tx *tx, const struct cycle *cycle, const struct deliverable *rows, size_t count)
{
    const struct ref_period *period = refdata_period(refdata_of(tx), cycle->period_id);
    Bihuan__Cycle *out = arena_new(tx_arena(tx), Bihuan__Cycle);

    bihuan__cycle__init(out);
    out->code = text_of(cycle->code);
    out->template_ = cycle->template->code;
    out->title_zh = cycle->template->title_zh;
    out->title_en = cycle->template->title_en;
    out->period = arena_strdup(tx_arena(tx), period ? period->code : "");
    out->from = period ? date_text(tx, period->from_day) : text_of("");
    out->until = period ? date_text(tx, period->until_day) : text_of("");
    out->state = text_of(cycle->done ? "done" : "open");
    out->opened_by = text_of(cycle->opened_by);
    out->opened_at = cycle->opened_at;
    out->n_stages = cycle->template->n_stages;
    out->stages = arena_array(tx_arena(tx), Bihuan__StageState *, out->n_stages);
    for (size_t i = 0; i < out->n_stages; i++)
        out->stages[i] = stage_view(tx, cycle, i, rows, count);
    add_seats(tx, cycle, out);
    return out;
}

int cycle_deliverables(struct tx *tx, const struct cycle *cycle, struct deliverable **rows, size_t *count,
                       struct err *err)
{
    return deliverable_store_page(tx, cycle->id, 0, 0, INT32_MAX, rows, count, err);
}
