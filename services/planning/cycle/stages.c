/* stages: opened by approvals, or by an authorised person with a reason that is kept. */
#include "planning/cycle/cycle.h"

#include <string.h>

static size_t gates_left(const Bihuan__CycleStage *stage, const struct deliverable *rows, size_t count)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t g = 0; rows[i].state != WORK_APPROVED && g < stage->n_gates; g++)
            left += strcmp(stage->gates[g], rows[i].code) == 0;
    return left;
}

static int put_moved(struct tx *tx, struct cycle *cycle, size_t stage, enum stage_state next,
                     const struct deliverable *rows, size_t count, struct err *err)
{
    Bihuan__StageMoved event = BIHUAN__STAGE_MOVED__INIT;
    struct cycle_stage *state = &cycle->stages[stage];

    if (!state->opened_at)
        state->opened_at = tx_now(tx);
    state->state = next;
    if (cycle_store_put_stage(tx, cycle->id, (int)stage, state, err) != 0)
        return -1;
    event.cycle = (char *)(uintptr_t)cycle->code;
    event.stage = stage_view(tx, cycle, stage, rows, count);
    event.at = tx_now(tx);
    return tx_publish(tx, 0, MSG(STAGE_MOVED), cycle->code, &event.base, err);
}

int stages_advance(struct tx *tx, struct cycle *cycle, struct err *err)
{
    size_t n = cycle->template->n_stages;
    struct stage_case *cases = arena_array(tx_arena(tx), struct stage_case, n);
    struct deliverable *rows;
    size_t count;

    if (cycle_deliverables(tx, cycle, &rows, &count, err) != 0)
        return -1;
    for (size_t s = 0; s < n; s++) {
        cases[s].state = cycle->stages[s].state;
        cases[s].gates_left = gates_left(cycle->template->stages[s], rows, count);
        for (size_t i = 0; i < count; i++)
            cases[s].left += rows[i].stage == (int)s && rows[i].state != WORK_APPROVED;
    }
    (void)stages_settle(cases, n);
    cycle->done = true;
    for (size_t s = 0; s < n; s++) {
        if (cases[s].state != cycle->stages[s].state && put_moved(tx, cycle, s, cases[s].state, rows, count, err) != 0)
            return -1;
        cycle->done = cycle->done && cycle->stages[s].state == STAGE_DONE;
    }
    return cycle->done ? cycle_store_set_done(tx, cycle->id, err) : 0;
}

/* --- override --- */

static int find_stage(const struct cycle *cycle, const char *code)
{
    for (size_t i = 0; i < cycle->template->n_stages; i++)
        if (strcmp(cycle->template->stages[i]->code, code) == 0)
            return (int)i;
    return -1;
}

int on_override_stage(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__OverrideStageRequest *request = message;
    Bihuan__OverrideStageReply reply = BIHUAN__OVERRIDE_STAGE_REPLY__INIT;
    struct deliverable *rows;
    struct cycle *cycle;
    size_t count;
    int stage;

    if (cycle_store_get(tx, request->cycle, 0, &cycle, err) != 0)
        return -1;
    stage = cycle ? find_stage(cycle, request->stage) : -1;
    if (stage < 0)
        return err_fail(err, ERR_NOT_FOUND, cycle ? "unknown_stage" : "unknown_cycle", "%s \"%s\" is not known",
                        cycle ? "stage" : "cycle", cycle ? request->stage : request->cycle);
    if (!request->reason[0]) {
        tx_problem(tx, "/reason", "reason_needed", "opening a stage before its gates needs a reason; it is kept");
        return tx_refuse(tx, err);
    }
    if (cycle->stages[stage].state != STAGE_WAITING)
        return err_fail(err, ERR_CONFLICT, "stage_open", "stage \"%s\" is %s already", request->stage,
                        stage_word(cycle->stages[stage].state));
    cycle->stages[stage].overridden_by = tx_principal(tx)->person;
    cycle->stages[stage].reason = request->reason;
    if (cycle_deliverables(tx, cycle, &rows, &count, err) != 0 ||
        put_moved(tx, cycle, (size_t)stage, STAGE_OPEN, rows, count, err) != 0 || stages_advance(tx, cycle, err) != 0)
        return -1;
    reply.cycle = cycle_view(tx, cycle, rows, count);
    return tx_reply(tx, &reply.base, err);
}
