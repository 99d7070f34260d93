/* alerts: what people ask of alerts: taking, silencing, listing, explaining. An alert closes by measurement alone. */
#include "monitoring/alerts/alert_work.h"
#include "monitoring/alerts/alert_book.h"
#include "monitoring/gaps/by_slice.h"
#include "monitoring/rules/rules.h"
#include "text/dates.h"

#include <stdio.h>
#include <string.h>

#define HOURS_MAX 720

static const struct stmt PAGE = { "alert_page", "SELECT id, rule_id, unit_id, body FROM alert WHERE id > $1"
                                                " AND ($2 = 'all' OR state = $2 OR ($2 = '' AND state IN ('firing',"
                                                " 'taken', 'acting'))) ORDER BY id LIMIT 2000" };
static const struct stmt BY_ID = { "alert_by_id", "SELECT id, rule_id, unit_id, body FROM alert WHERE id = $1" };
static const struct stmt HISTORY = {
    "alert_history", "SELECT body FROM alert_transition WHERE alert_id = $1 ORDER BY number DESC LIMIT 200"
};
/* --- taking and silencing --- */

static int take(struct tx *tx, const Bihuan__TakeAlertRequest *request, struct err *err)
{
    Bihuan__TakeAlertReply reply = BIHUAN__TAKE_ALERT_REPLY__INIT;
    struct alert *alert;

    if (alert_find_open(tx, request->id, &alert, err) != 0)
        return -1;
    snprintf(alert->taken_by, sizeof alert->taken_by, "%.64s", tx_principal(tx)->person);
    snprintf(alert->note, sizeof alert->note, "%.290s", request->note);
    /* where an action is open on it, taking it in hand is going on with that */
    if (alert_move(tx, alert, alert->action[0] ? ALERT_ACTING : ALERT_TAKEN, tx_principal(tx)->person, request->note,
                   err) != 0)
        return -1;
    alert->life.taken_us = tx_now(tx);
    alert_touch(tx, alert);
    if (alerts_settle(tx, err) != 0)
        return -1;
    reply.alert = alert_message(tx, alert);
    return tx_reply(tx, &reply.base, err);
}

int on_take_alert(struct tx *tx, const void *message, struct err *err)
{
    (void)monitoring_write(tx);
    return take(tx, message, err);
}

static int silence(struct tx *tx, const Bihuan__SilenceAlertRequest *request, struct err *err)
{
    Bihuan__SilenceAlertReply reply = BIHUAN__SILENCE_ALERT_REPLY__INIT;
    struct alert *alert;

    if (!request->hours || request->hours > HOURS_MAX)
        return err_fail(err, ERR_INVALID, "bad_hours", "a silence has an end: hours must be 1 to %d", HOURS_MAX);
    if (!request->reason[0])
        return err_fail(err, ERR_INVALID, "reason_needed", "a silence needs a reason");
    if (alert_find_open(tx, request->id, &alert, err) != 0)
        return -1;
    alert->silenced_until_us = tx_now(tx) + request->hours * 3600 * SECOND;
    snprintf(alert->note, sizeof alert->note, "%.290s", request->reason);
    if (alert_move(tx, alert, alert->state, tx_principal(tx)->person, request->reason, err) != 0 ||
        alerts_settle(tx, err) != 0)
        return -1;
    reply.alert = alert_message(tx, alert);
    return tx_reply(tx, &reply.base, err);
}

int on_silence_alert(struct tx *tx, const void *message, struct err *err)
{
    (void)monitoring_write(tx);
    return silence(tx, message, err);
}

/* --- listing --- */

/* The stored alert; names and titles as they are now and in the asked language. */
static int unpack(struct tx *tx, const struct db_rows *rows, int row, Bihuan__Alert **out, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_measure *measure;
    size_t len;
    const uint8_t *bytes = db_bytes(rows, row, 3, &len);

    if (message_unpack(&bihuan__alert__descriptor, bytes, len, tx_arena(tx), (ProtobufCMessage **)out, err) != 0)
        return -1;
    measure = refdata_measure_by_code(m->refdata, (*out)->measure);
    if (measure)
        (*out)->measure_title = arena_strdup(tx_arena(tx), strcmp(tx_language(tx), "zh") == 0 ? measure->title_zh
                                                                                              : measure->title_en);
    if ((*out)->inputs && !(*out)->inputs->reason_zh[0])
        (*out)->inputs->reason_zh = alert_reason_zh(tx_arena(tx), *out);
    return 0;
}

static bool keep(struct tx *tx, const Bihuan__ListAlertsRequest *request, const Bihuan__Alert *alert, uint32_t unit_id)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_unit *under = refdata_unit_by_code(m->refdata, request->unit);

    if (alert->inhibited_by[0] && !request->inhibited && strcmp(request->state, "all") != 0)
        return false;
    if (request->measure[0] && strcmp(request->measure, alert->measure) != 0)
        return false;
    if (request->rule[0] && strcmp(request->rule, alert->rule) != 0)
        return false;
    if (request->unit[0] && (!under || !tree_is_under(refdata_tree(m->refdata), unit_id, under->id, today(tx))))
        return false;
    return check_scope(tx, unit_id, NULL) == 0;
}

static int list_alerts(struct tx *tx, const Bihuan__ListAlertsRequest *request, struct err *err)
{
    Bihuan__ListAlertsReply reply = BIHUAN__LIST_ALERTS_REPLY__INIT;
    uint32_t limit = page_limit(request->page);
    struct db_args args;
    struct db_rows rows;
    int rc = 0;
    int i;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, request->page ? request->page->cursor : "");
    db_arg_text(&args, request->state);
    if (db_query(tx_db(tx), &PAGE, &args, &rows, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Alert *, limit);
    for (i = 0; rc == 0 && i < rows.count && reply.n_items < limit; i++) {
        Bihuan__Alert *alert;

        rc = unpack(tx, &rows, i, &alert, err);
        if (rc == 0 && keep(tx, request, alert, (uint32_t)db_i32(&rows, i, 2)))
            reply.items[reply.n_items++] = alert;
    }
    if (i > 0 && (i < rows.count || rows.count == 2000))
        reply.next = arena_strdup(tx_arena(tx), db_text(&rows, i - 1, 0));
    db_rows_fini(&rows);
    return rc != 0 ? -1 : tx_reply(tx, &reply.base, err);
}

int on_list_alerts(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = list_alerts(tx, message, err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}

/* --- explaining --- */

static int add_history(struct tx *tx, const char *id, Bihuan__ExplainAlertReply *reply, struct err *err)
{
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, id);
    if (db_query(tx_db(tx), &HISTORY, &args, &rows, err) != 0)
        return -1;
    reply->history = arena_array(tx_arena(tx), Bihuan__AlertTransition *, rows.count);
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        size_t len;
        const uint8_t *bytes = db_bytes(&rows, i, 0, &len);

        rc = message_unpack(&bihuan__alert_transition__descriptor, bytes, len, tx_arena(tx),
                            (ProtobufCMessage **)&reply->history[reply->n_history], err);
        reply->n_history += rc == 0;
    }
    db_rows_fini(&rows);
    return rc;
}

static int add_slices(struct tx *tx, Bihuan__ExplainAlertReply *reply, struct err *err)
{
    const struct refdata *refdata = monitoring_of(tx)->refdata;
    const struct ref_unit *unit = refdata_unit_by_code(refdata, reply->alert->unit);
    struct by_slice of = { .measure = refdata_measure_by_code(refdata, reply->alert->measure),
                           .period = refdata_period_by_code(refdata, reply->alert->period) };

    if (!unit || !of.measure || !of.measure->additive || !of.period || !of.period->has_curve || !reply->alert->inputs ||
        date_parse(reply->alert->inputs->as_of, strlen(reply->alert->inputs->as_of), &of.day, NULL) != 0)
        return 0;
    of.unit_id = unit->id;
    if (by_slice(tx, &of, &reply->by_channel, &reply->n_by_channel, err) != 0)
        return -1;
    of.by_product = true;
    return by_slice(tx, &of, &reply->by_product, &reply->n_by_product, err) != 0
               ? -1
               : by_child(tx, &of, &reply->by_child, &reply->n_by_child, err);
}

static int explain(struct tx *tx, const Bihuan__ExplainAlertRequest *request, struct err *err)
{
    Bihuan__ExplainAlertReply reply = BIHUAN__EXPLAIN_ALERT_REPLY__INIT;
    struct db_args args;
    struct db_rows rows;
    ProtobufCMessage *rule = NULL;
    int rc;

    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, request->id);
    if (db_query(tx_db(tx), &BY_ID, &args, &rows, err) != 0)
        return -1;
    rc = rows.count == 0 || check_scope(tx, (uint32_t)db_i32(&rows, 0, 2), err) != 0
             ? err_fail(err, ERR_NOT_FOUND, "unknown_alert", "there is no alert \"%s\"", request->id)
             : unpack(tx, &rows, 0, &reply.alert, err);
    db_rows_fini(&rows);
    if (rc != 0 || documents_get(tx, "rule", &bihuan__rule__descriptor, reply.alert->rule, &rule, err) != 0 ||
        add_history(tx, request->id, &reply, err) != 0 ||
        deliveries_of(tx, request->id, &reply.deliveries, &reply.n_deliveries, err) != 0)
        return -1;
    reply.rule = (Bihuan__Rule *)rule;
    reply.clears_when = rule_clears_when(tx, reply.rule, reply.alert);
    return add_slices(tx, &reply, err) != 0 ? -1 : tx_reply(tx, &reply.base, err);
}

int on_explain_alert(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = explain(tx, message, err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}
