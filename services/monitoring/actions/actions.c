/* actions: requests about corrective actions: opening, steps, claims, lists; see actions.h. */
#include "monitoring/actions/actions.h"

#include "text/dates.h"
#include "text/decimal.h"

#include <stdio.h>
#include <string.h>

#define STEPS_MAX 50

/* --- opening --- */

static int check_request(struct tx *tx, const Bihuan__OpenActionRequest *request, const struct ref_measure *measure,
                         int32_t *due, int64_t *gain)
{
    struct err why;

    if (!request->cause[0])
        tx_problem(tx, "/cause", "missing_value", "an action names the cause it removes");
    if (!request->owner[0])
        tx_problem(tx, "/owner", "missing_value", "an action has one owner");
    if (request->n_step_list > STEPS_MAX)
        tx_problem(tx, "/step_list", "too_many", "an action has at most %d steps", STEPS_MAX);
    if (date_parse(request->due, strlen(request->due), due, &why) != 0)
        tx_problem(tx, "/due", "bad_date", "due \"%s\" is not a date as yyyy-MM-dd", request->due);
    else if (*due < today(tx))
        tx_problem(tx, "/due", "past_date", "due %s has passed", request->due);
    *gain = 0;
    if (request->promised_gain[0] && decimal_parse(request->promised_gain, strlen(request->promised_gain),
                                                   measure_scale(tx, measure), 0, gain, &why) != 0)
        tx_problem(tx, "/promised_gain", why.code, "%s", why.text);
    return tx_problem_count(tx) ? -1 : 0;
}

static void take_steps(struct tx *tx, const Bihuan__OpenActionRequest *request, Bihuan__Action *action)
{
    action->step_list = arena_array(tx_arena(tx), Bihuan__ActionStep *, request->n_step_list);
    for (size_t i = 0; i < request->n_step_list; i++) {
        Bihuan__ActionStep *step = arena_new(tx_arena(tx), Bihuan__ActionStep);

        bihuan__action_step__init(step);
        step->text = request->step_list[i];
        action->step_list[action->n_step_list++] = step;
    }
}

/* What the alert says: where it stood when the action began. */
static void take_base(struct tx *tx, const struct alert *alert, Bihuan__Action *action, struct action_keys *keys)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct rule *rule = rule_by_id(m, alert->rule_id);
    const struct ref_unit *unit = refdata_unit(m->refdata, alert->unit_id);
    const struct ref_measure *measure = refdata_measure(m->refdata, alert->measure_id);
    const struct ref_period *period = refdata_period(m->refdata, alert->period_id);

    if (alert->inputs.planned > 0)
        keys->pace_ppm = (int64_t)((__int128)alert->inputs.actual * 1000000 / alert->inputs.planned);
    action->alert = (char *)(uintptr_t)alert->id;
    action->rule = (char *)(uintptr_t)(rule ? rule->code : "");
    action->unit = (char *)(uintptr_t)(unit ? unit->code : "");
    action->measure = (char *)(uintptr_t)(measure ? measure->code : "");
    action->period = (char *)(uintptr_t)(period ? period->code : "");
    action->baseline_actual = alert->inputs.actual;
    action->baseline_curve_ppm = alert->inputs.curve_ppm;
    action->baseline_pace_ppm = keys->pace_ppm;
    action->base_day = alert->inputs.as_of;
}

static int open_on(struct tx *tx, struct alert *alert, const Bihuan__OpenActionRequest *request, struct err *err)
{
    const struct ref_measure *measure = refdata_measure(monitoring_of(tx)->refdata, alert->measure_id);
    Bihuan__OpenActionReply reply = BIHUAN__OPEN_ACTION_REPLY__INIT;
    Bihuan__Action action = BIHUAN__ACTION__INIT;
    struct action_keys keys = { alert->rule_id, alert->unit_id, alert->measure_id, alert->period_id, 0, 1000000 };
    const char *person = tx_principal(tx)->person;
    char id[ALERT_ID_LEN];
    char number[24];
    int64_t count;

    if (check_request(tx, request, measure, &keys.due, &action.promised_gain) != 0)
        return tx_refuse(tx, err);
    if (action_store_count(tx, alert->id, &count, err) != 0)
        return -1;
    snprintf(number, sizeof number, "%ld", (long)count);
    make_id(id, "action", alert->id, number, "");
    take_base(tx, alert, &action, &keys);
    take_steps(tx, request, &action);
    action.id = id;
    action.cause = request->cause;
    action.measures = request->measures;
    action.steps = request->steps;
    action.owner = request->owner;
    action.due = request->due;
    action.state = (char *)(uintptr_t) "open";
    action.round = 1;
    action.opened_at = tx_now(tx);
    snprintf(alert->action, sizeof alert->action, "%s", id);
    if (!alert->taken_by[0])
        snprintf(alert->taken_by, sizeof alert->taken_by, "%.64s", person);
    alert->life.touched_us = tx_now(tx);
    if (action_turn(tx, &action, &keys, ACTION_OPENED, person, request->cause, err) != 0 ||
        alert_move(tx, alert, ALERT_ACTING, person, request->cause, err) != 0 || alerts_settle(tx, err) != 0)
        return -1;
    reply.action = &action;
    return tx_reply(tx, &reply.base, err);
}

static int open_action(struct tx *tx, const Bihuan__OpenActionRequest *request, struct err *err)
{
    struct alert *alert = alerts_find(monitoring_of(tx), request->alert);

    if (!alert || check_scope(tx, alert->unit_id, err) != 0)
        return err_fail(err, ERR_NOT_FOUND, "unknown_alert", "there is no alert \"%s\"", request->alert);
    if (!alert_state_is_open(alert->state))
        return err_fail(err, ERR_CONFLICT, "alert_not_open", "alert \"%s\" is %s; an action answers an open one",
                        request->alert, alert_state_word(alert->state));
    if (alert->subject[0])
        return err_fail(err, ERR_CONFLICT, "not_measured",
                        "alert \"%s\" is about %s, not about a measure: nothing would show that an action helped",
                        request->alert, alert->subject);
    if (alert->action[0])
        return err_fail(err, ERR_CONFLICT, "action_open", "alert \"%s\" has the open action \"%s\"", request->alert,
                        alert->action);
    return open_on(tx, alert, request, err);
}

int on_open_action(struct tx *tx, const void *message, struct err *err)
{
    (void)monitoring_write(tx);
    return open_action(tx, message, err);
}

/* --- working on it --- */

static int check_open(const Bihuan__Action *action, struct err *err)
{
    if (strcmp(action->state, "open") == 0)
        return 0;
    return err_fail(err, ERR_CONFLICT, "action_not_open", "action \"%s\" is %s already", action->id, action->state);
}

int on_done_action(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__DoneActionRequest *request = message;
    Bihuan__DoneActionReply reply = BIHUAN__DONE_ACTION_REPLY__INIT;
    struct action_row row;

    if (action_store_get(tx, request->id, &row, err) != 0 || check_open(row.action, err) != 0)
        return -1;
    reply.action = row.action;
    row.action->state = (char *)(uintptr_t) "done";
    row.action->done_at = tx_now(tx);
    if (request->note[0])
        row.action->result = request->note;
    if (action_turn(tx, row.action, &row.keys, ACTION_DONE, tx_principal(tx)->person, request->note, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}

int on_step_action(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__StepActionRequest *request = message;
    Bihuan__StepActionReply reply = BIHUAN__STEP_ACTION_REPLY__INIT;
    struct action_row row;
    Bihuan__ActionStep *step;

    if (action_store_get(tx, request->id, &row, err) != 0 || check_open(row.action, err) != 0)
        return -1;
    if (!request->number || request->number > row.action->n_step_list)
        return err_fail(err, ERR_INVALID, "unknown_step", "action \"%s\" has steps 1 to %zu", request->id,
                        row.action->n_step_list);
    step = row.action->step_list[request->number - 1];
    step->done = !request->undo;
    step->by = request->undo ? (char *)(uintptr_t) "" : tx_principal(tx)->person;
    step->at = request->undo ? 0 : tx_now(tx);
    reply.action = row.action;
    if (action_turn(
            tx, row.action, &row.keys, ACTION_STEP, tx_principal(tx)->person,
            arena_printf(tx_arena(tx), "%u %s: %s", request->number, request->undo ? "undone" : "done", step->text),
            err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}

/* --- hand-over --- */

int actions_hand_over(struct tx *tx, const char *person, const char *successor, struct err *err)
{
    struct action_row *rows;
    size_t count;

    if (action_store_due(tx, INT32_MAX, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].action->owner, person) != 0)
            continue;
        rows[i].action->owner = arena_strdup(tx_arena(tx), successor);
        if (action_turn(tx, rows[i].action, &rows[i].keys, ACTION_HANDED_OVER, "system",
                        arena_printf(tx_arena(tx), "from %s to %s", person, successor), err) != 0)
            return -1;
    }
    return 0;
}

/* --- asking --- */

static bool keep(struct tx *tx, const Bihuan__ListActionsRequest *request, const struct action_row *row)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_unit *under = refdata_unit_by_code(m->refdata, request->unit);

    if (request->owner[0] && strcmp(request->owner, row->action->owner) != 0)
        return false;
    if (request->unit[0] &&
        (!under || !tree_is_under(refdata_tree(m->refdata), row->keys.unit_id, under->id, today(tx))))
        return false;
    return check_scope(tx, row->keys.unit_id, NULL) == 0;
}

static int list_actions(struct tx *tx, const Bihuan__ListActionsRequest *request, struct err *err)
{
    Bihuan__ListActionsReply reply = BIHUAN__LIST_ACTIONS_REPLY__INIT;
    uint32_t limit = page_limit(request->page);
    struct action_row *rows;
    size_t count;

    if (action_store_page(tx, request, limit, &rows, &count, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Action *, count);
    for (size_t i = 0; i < count; i++)
        if (keep(tx, request, &rows[i]))
            reply.items[reply.n_items++] = rows[i].action;
    if (count == limit)
        reply.next = rows[count - 1].action->id;
    return tx_reply(tx, &reply.base, err);
}

int on_list_actions(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = list_actions(tx, message, err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}

static int get_action(struct tx *tx, const Bihuan__GetActionRequest *request, struct err *err)
{
    Bihuan__GetActionReply reply = BIHUAN__GET_ACTION_REPLY__INIT;
    struct action_row row;

    if (action_store_get(tx, request->id, &row, err) != 0 ||
        action_store_turns(tx, request->id, &reply.turns, &reply.n_turns, err) != 0)
        return -1;
    reply.action = row.action;
    return tx_reply(tx, &reply.base, err);
}

int on_get_action(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = get_action(tx, message, err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}
