/* actions: corrective actions: opened on an alert, claimed done by their owner, verified by data.
 *
 * Verified at due + 2 feed days: the gap is above the rule's clear limit, or the gain against the counterfactual
 * EV0 = EV_base + BAC * (C - C_base) * pace_base (a ratio: its value then) is at least 80 % of the promise. Otherwise
 * failed.
 */
#include "monitoring/alerts/alert_book.h"
#include "monitoring/judging/node.h"

#include "bus/wire.h"
#include "text/dates.h"
#include "text/decimal.h"

#include <stdio.h>
#include <string.h>

#define VERIFY_AFTER_DAYS 2
#define KEPT_PPM          800000 /* of the promised gain */

static const struct stmt PUT = {
    "action_put", "INSERT INTO action (id, alert_id, state, rule_id, unit_id, measure_id, period_id, due,"
                  " baseline_pace_ppm, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
                  " ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body"
};
static const struct stmt GET = { "action_get", "SELECT body, rule_id, unit_id, measure_id, period_id, due,"
                                               " baseline_pace_ppm FROM action WHERE id = $1" };
static const struct stmt DUE = { "action_due", "SELECT body, rule_id, unit_id, measure_id, period_id, due,"
                                               " baseline_pace_ppm FROM action WHERE state IN ('open', 'done')"
                                               " AND due <= $1" };
static const struct stmt UNFINISHED = { "action_unfinished",
                                        "SELECT body, rule_id, unit_id, measure_id, period_id, due, baseline_pace_ppm"
                                        " FROM action WHERE state IN ('open', 'done')" };
static const struct stmt LIST = { "action_list",
                                  "SELECT body, unit_id FROM action WHERE ($1 = '' OR state = $1)"
                                  " AND ($2 = '' OR alert_id = $2) AND id > $3 ORDER BY id LIMIT $4::int" };
static const struct stmt COUNT = { "action_count", "SELECT count(*) FROM action WHERE alert_id = $1" };

/* Columns beside the body. */
struct action_keys {
    uint32_t rule_id, unit_id, measure_id, period_id;
    int32_t due;
    int64_t pace_ppm;
};

static int store(struct tx *tx, const Bihuan__Action *action, const struct action_keys *keys, struct err *err)
{
    Bihuan__ActionChanged event = BIHUAN__ACTION_CHANGED__INIT;
    struct db_args args;
    struct buf body = { 0 };
    int rc;

    wire_pack(&action->base, &body);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, action->id);
    db_arg_text(&args, action->alert);
    db_arg_text(&args, action->state);
    db_arg_i32(&args, (int32_t)keys->rule_id);
    db_arg_i32(&args, (int32_t)keys->unit_id);
    db_arg_i32(&args, (int32_t)keys->measure_id);
    db_arg_i32(&args, (int32_t)keys->period_id);
    db_arg_date(&args, keys->due);
    db_arg_i64(&args, keys->pace_ppm);
    db_arg_bytes(&args, body.data, body.len);
    rc = db_exec(tx_db(tx), &PUT, &args, NULL, err);
    buf_fini(&body);
    event.action = (Bihuan__Action *)(uintptr_t)action;
    return rc != 0 ? -1 : tx_publish(tx, 0, MSG(ACTION_CHANGED), action->id, &event.base, err);
}

static int take_row(struct tx *tx, const struct db_rows *rows, int row, Bihuan__Action **action,
                    struct action_keys *keys, struct err *err)
{
    size_t len;
    const uint8_t *bytes = db_bytes(rows, row, 0, &len);

    *keys = (struct action_keys) { (uint32_t)db_i32(rows, row, 1), (uint32_t)db_i32(rows, row, 2),
                                   (uint32_t)db_i32(rows, row, 3), (uint32_t)db_i32(rows, row, 4),
                                   db_date(rows, row, 5),          db_i64(rows, row, 6) };
    return message_unpack(&bihuan__action__descriptor, arena_memdup(tx_arena(tx), bytes, len), len, tx_arena(tx),
                          (ProtobufCMessage **)action, err);
}

/* --- opening --- */

static int check_request(struct tx *tx, const Bihuan__OpenActionRequest *request, const struct ref_measure *measure,
                         int32_t *due, int64_t *gain)
{
    struct err why;

    if (!request->cause[0])
        tx_problem(tx, "/cause", "missing_value", "an action names the cause it removes");
    if (!request->owner[0])
        tx_problem(tx, "/owner", "missing_value", "an action has one owner");
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

static int count_of(struct tx *tx, const char *alert, int64_t *out, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, alert);
    if (db_query(tx_db(tx), &COUNT, &args, &rows, err) != 0)
        return -1;
    *out = db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    return 0;
}

static int open_on(struct tx *tx, struct alert *alert, const Bihuan__OpenActionRequest *request, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_measure *measure = refdata_measure(m->refdata, alert->measure_id);
    Bihuan__OpenActionReply reply = BIHUAN__OPEN_ACTION_REPLY__INIT;
    Bihuan__Action action = BIHUAN__ACTION__INIT;
    struct action_keys keys = { alert->rule_id, alert->unit_id, alert->measure_id, alert->period_id, 0, 1000000 };
    char id[ALERT_ID_LEN];
    char number[24];
    int64_t count;

    if (check_request(tx, request, measure, &keys.due, &action.promised_gain) != 0)
        return tx_refuse(tx, err);
    if (count_of(tx, alert->id, &count, err) != 0)
        return -1;
    snprintf(number, sizeof number, "%ld", (long)count);
    make_id(id, "action", alert->id, number, "");
    if (alert->inputs.planned > 0)
        keys.pace_ppm = (int64_t)((__int128)alert->inputs.actual * 1000000 / alert->inputs.planned);
    action.id = id;
    action.alert = alert->id;
    action.unit = refdata_unit(m->refdata, alert->unit_id)->code;
    action.measure = measure->code;
    action.cause = request->cause;
    action.steps = request->steps;
    action.owner = request->owner;
    action.due = request->due;
    action.state = (char *)(uintptr_t) "open";
    action.baseline_actual = alert->inputs.actual;
    action.baseline_curve_ppm = alert->inputs.curve_ppm;
    action.opened_at = tx_now(tx);
    snprintf(alert->action, sizeof alert->action, "%s", id);
    if (store(tx, &action, &keys, err) != 0 ||
        alert_move(tx, alert, ALERT_ACTING, tx_principal(tx)->person, request->cause, err) != 0 ||
        alerts_settle(tx, err) != 0)
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
    if (alert->state == ALERT_ACTING && alert->action[0])
        return err_fail(err, ERR_CONFLICT, "action_open", "alert \"%s\" has the open action \"%s\"", request->alert,
                        alert->action);
    return open_on(tx, alert, request, err);
}

int on_open_action(struct tx *tx, const void *message, struct err *err)
{
    (void)monitoring_write(tx);
    return open_action(tx, message, err);
}

/* --- done
 * ----------------------------------------------------------------------------------------------------------------------
 */

int on_done_action(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__DoneActionRequest *request = message;
    Bihuan__DoneActionReply reply = BIHUAN__DONE_ACTION_REPLY__INIT;
    struct action_keys keys;
    struct db_args args;
    struct db_rows rows;
    int rc;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, request->id);
    if (db_query(tx_db(tx), &GET, &args, &rows, err) != 0)
        return -1;
    rc = rows.count ? take_row(tx, &rows, 0, &reply.action, &keys, err)
                    : err_fail(err, ERR_NOT_FOUND, "unknown_action", "there is no action \"%s\"", request->id);
    db_rows_fini(&rows);
    if (rc != 0 || check_scope(tx, keys.unit_id, err) != 0)
        return -1;
    if (strcmp(reply.action->state, "open") != 0)
        return err_fail(err, ERR_CONFLICT, "action_not_open", "action \"%s\" is %s already", request->id,
                        reply.action->state);
    reply.action->state = (char *)(uintptr_t) "done";
    reply.action->done_at = tx_now(tx);
    if (request->note[0])
        reply.action->result = request->note;
    return store(tx, reply.action, &keys, err) != 0 ? -1 : tx_reply(tx, &reply.base, err);
}

/* --- verifying
 * --------------------------------------------------------------------------------------------------------------------
 */

static int close_alert_of(struct tx *tx, const Bihuan__Action *action, bool kept, struct err *err)
{
    struct alert *alert = alerts_find(monitoring_of(tx), action->alert);

    if (!alert || alert->state != ALERT_ACTING)
        return 0;
    alert->action[0] = 0;
    return alert_move(tx, alert, kept ? ALERT_TAKEN : ALERT_FIRING, "system",
                      kept ? "the action's gain is verified; the alert goes on until the gap is closed"
                           : "the action failed: the alert waits for somebody again",
                      err);
}

/* What was gained, and the gap, at the day; *known false: nothing can be said yet. */
static int measure_gain(struct tx *tx, const Bihuan__Action *action, const struct action_keys *keys,
                        const struct ref_period *period, int32_t day, int64_t bac, int64_t *gain, int64_t *gap_bp,
                        bool *known, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_measure *measure = refdata_measure(m->refdata, keys->measure_id);
    struct ref_ratio ratio;
    int64_t sums[2];
    struct phased plan;
    struct node node;

    if (measure && !measure->additive) { /* without the action the value would have stayed */
        *known = measure_ratio(tx, measure, &ratio);
        if (!*known || node_ratio_sums(m, &ratio, keys->unit_id, period, day, sums, err) != 0)
            return *known ? -1 : 0;
        node_ratio(&ratio, measure->lower_is_better, bac, sums, &node);
        *known = !node.no_value;
        *gain = measure->lower_is_better ? action->baseline_actual - node.ev : node.ev - action->baseline_actual;
        *gap_bp = node.pace.gap_bp;
        return 0;
    }
    *known = node_plan(m, period, keys->unit_id, keys->measure_id, tx_arena(tx), &plan);
    if (!*known)
        return 0;
    if (tree_roll_up(refdata_tree(m->refdata), m->cube, keys->unit_id, keys->measure_id, period->from_day, day,
                     &sums[0], err) != 0 ||
        node_pace(&plan, day, sums[0], false, &node, err) != 0)
        return -1;
    *gain = sums[0] - action->baseline_actual -
            (int64_t)((__int128)bac * (node.pace.curve_ppm - action->baseline_curve_ppm) * keys->pace_ppm /
                      ((__int128)1000000 * 1000000));
    *gap_bp = node.pace.gap_bp;
    return 0;
}

static int verify(struct tx *tx, Bihuan__Action *action, const struct action_keys *keys, int32_t day, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_period *period = refdata_period(m->refdata, keys->period_id);
    const struct rule *rule = rule_by_id(m, keys->rule_id);
    int64_t bac = refdata_target(m->refdata, keys->period_id, keys->unit_id, keys->measure_id, 0, 0);
    int64_t gap_bp;
    bool kept, known;

    if (!period || !rule || bac <= 0 || !period->has_curve)
        return 0;
    if (day >= period->until_day)
        day = period->until_day - 1; /* the action belongs to its period */
    if (measure_gain(tx, action, keys, period, day, bac, &action->measured_gain, &gap_bp, &known, err) != 0)
        return -1;
    if (!known)
        return 0;
    kept = gap_bp > rule->clear_gap_bp || (action->promised_gain > 0 && (__int128)action->measured_gain * 1000000 >=
                                                                            (__int128)action->promised_gain * KEPT_PPM);
    action->state = (char *)(uintptr_t)(kept ? "verified" : "failed");
    action->result = arena_printf(tx_arena(tx), "gain %ld of %ld promised; gap %.2f points",
                                  (long)action->measured_gain, (long)action->promised_gain, (double)gap_bp / 100);
    return store(tx, action, keys, err) != 0 ? -1 : close_alert_of(tx, action, kept, err);
}

int actions_verify(struct tx *tx, int32_t day, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_date(&args, day - VERIFY_AFTER_DAYS);
    if (db_query(tx_db(tx), &DUE, &args, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        struct action_keys keys;
        Bihuan__Action *action;

        rc = take_row(tx, &rows, i, &action, &keys, err);
        if (rc == 0)
            rc = verify(tx, action, &keys, day, err);
    }
    db_rows_fini(&rows);
    return rc;
}

/* --- hand-over -----------------------------------------------------------------------------------------------------
 */
int actions_hand_over(struct tx *tx, const char *person, const char *successor, struct err *err)
{
    struct db_rows rows;
    int rc = 0;

    if (db_query(tx_db(tx), &UNFINISHED, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        struct action_keys keys;
        Bihuan__Action *action;

        rc = take_row(tx, &rows, i, &action, &keys, err);
        if (rc != 0 || strcmp(action->owner, person) != 0)
            continue;
        action->owner = arena_strdup(tx_arena(tx), successor);
        rc = store(tx, action, &keys, err);
    }
    db_rows_fini(&rows);
    return rc;
}

/* --- listing
 * ----------------------------------------------------------------------------------------------------------------------
 */

static int list_actions(struct tx *tx, const Bihuan__ListActionsRequest *request, struct err *err)
{
    Bihuan__ListActionsReply reply = BIHUAN__LIST_ACTIONS_REPLY__INIT;
    uint32_t limit = page_limit(request->page);
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, request->state);
    db_arg_text(&args, request->alert);
    db_arg_text(&args, request->page ? request->page->cursor : "");
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &LIST, &args, &rows, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Action *, rows.count);
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        size_t len;
        const uint8_t *bytes = db_bytes(&rows, i, 0, &len);
        Bihuan__Action *action;

        rc = message_unpack(&bihuan__action__descriptor, bytes, len, tx_arena(tx), (ProtobufCMessage **)&action, err);
        if (rc == 0 && i == rows.count - 1 && rows.count == (int)limit)
            reply.next = action->id;
        if (rc == 0 && check_scope(tx, (uint32_t)db_i32(&rows, i, 1), NULL) == 0)
            reply.items[reply.n_items++] = action;
    }
    db_rows_fini(&rows);
    return rc != 0 ? -1 : tx_reply(tx, &reply.base, err);
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
