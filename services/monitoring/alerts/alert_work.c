/* alert_work: see alert_work.h. */
#include "monitoring/alerts/alert_work.h"

#include "monitoring/telling/held_store.h"
#include "monitoring/telling/telling.h"

#include <stdio.h>
#include <string.h>

#include "bihuan/monitoring_desk.pb-c.h"

static const struct stmt PAGE = { "alert_history_page",
                                  "SELECT number, body FROM alert_transition WHERE alert_id = $1 AND number < $2"
                                  " ORDER BY number DESC LIMIT $3::int" };

int alert_find_open(struct tx *tx, const char *id, struct alert **out, struct err *err)
{
    struct alert *alert = alerts_find(monitoring_of(tx), id);

    if (!alert || alert->state == ALERT_OK)
        return err_fail(err, ERR_NOT_FOUND, "unknown_alert", "there is no alert \"%s\"", id);
    if (check_scope(tx, alert->unit_id, err) != 0)
        return -1;
    if (!alert_state_is_open(alert->state))
        return err_fail(err, ERR_CONFLICT, "alert_not_open", "alert \"%s\" is %s; only an open one can be worked on",
                        id, alert_state_word(alert->state));
    *out = alert;
    return 0;
}

void alert_touch(struct tx *tx, struct alert *alert)
{
    const struct worktime worktime = worktime_of(tx);

    alert->life.touched_us = tx_now(tx);
    alert->life.lapses_us = alert->state == ALERT_TAKEN ? worktime_add(&worktime, tx_now(tx), lapse_days_of(tx, alert))
                                                        : 0;
    alert->dirty = true;
}

/* --- notes --- */

static int note(struct tx *tx, const Bihuan__NoteAlertRequest *request, struct err *err)
{
    Bihuan__NoteAlertReply reply = BIHUAN__NOTE_ALERT_REPLY__INIT;
    struct alert *alert;

    if (!request->note[0])
        return err_fail(err, ERR_INVALID, "missing_value", "a note needs words");
    if (alert_find_open(tx, request->id, &alert, err) != 0)
        return -1;
    snprintf(alert->note, sizeof alert->note, "%.290s", request->note);
    alert_touch(tx, alert);
    if (alert_remark(tx, alert, tx_principal(tx)->person, request->note, err) != 0 || alerts_settle(tx, err) != 0)
        return -1;
    reply.alert = alert_message(tx, alert);
    return tx_reply(tx, &reply.base, err);
}

int on_note_alert(struct tx *tx, const void *message, struct err *err)
{
    (void)monitoring_write(tx);
    return note(tx, message, err);
}

/* --- whose it is --- */

static int tell_person(struct tx *tx, struct alert *alert, const char *person, struct err *err)
{
    static const struct tell tell = { .event = NOTICE_REMINDED,
                                      .note_zh = "该预警已指派给您。",
                                      .note_en = "It was assigned to you." };
    struct addressees list;
    struct addressees one = { 0 };
    bool went;

    addressees_routes(tx, alert, &list);
    (void)addressees_add_person(tx, &one, person, list.route_count ? list.routes[0] : SIZE_MAX);
    for (size_t i = 0; i < one.count; i++) {
        if (tell_or_hold(tx, alert, &one.items[i], &tell, &went, err) != 0)
            return -1;
        alert->told = alert->told || went;
    }
    return 0;
}

static int assign(struct tx *tx, const Bihuan__AssignAlertRequest *request, struct err *err)
{
    Bihuan__AssignAlertReply reply = BIHUAN__ASSIGN_ALERT_REPLY__INIT;
    struct alert *alert;
    char *words;

    if (alert_find_open(tx, request->id, &alert, err) != 0)
        return -1;
    words = arena_printf(tx_arena(tx), "%s%s%s%s", request->person[0] ? "assigned to " : "no longer assigned",
                         request->person, request->note[0] ? ": " : "", request->note);
    snprintf(alert->life.assigned_to, sizeof alert->life.assigned_to, "%.64s", request->person);
    alert_touch(tx, alert);
    if (alert_remark(tx, alert, tx_principal(tx)->person, words, err) != 0 ||
        (request->person[0] && tell_person(tx, alert, request->person, err) != 0) || alerts_settle(tx, err) != 0)
        return -1;
    reply.alert = alert_message(tx, alert);
    return tx_reply(tx, &reply.base, err);
}

int on_assign_alert(struct tx *tx, const void *message, struct err *err)
{
    (void)monitoring_write(tx);
    return assign(tx, message, err);
}

/* --- history --- */

static int add_turns(struct tx *tx, const Bihuan__GetAlertHistoryRequest *request, Bihuan__GetAlertHistoryReply *reply,
                     struct err *err)
{
    uint32_t limit = page_limit(request->page);
    int32_t before = INT32_MAX;
    struct db_args args;
    struct db_rows rows;
    int rc = 0;

    if (request->page && request->page->cursor[0])
        before = (int32_t)strtol(request->page->cursor, NULL, 10);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, request->id);
    db_arg_i32(&args, before);
    db_arg_i32(&args, (int32_t)limit);
    if (db_query(tx_db(tx), &PAGE, &args, &rows, err) != 0)
        return -1;
    reply->items = arena_array(tx_arena(tx), Bihuan__AlertTransition *, rows.count);
    for (int i = 0; rc == 0 && i < rows.count; i++) {
        size_t len;
        const uint8_t *bytes = db_bytes(&rows, i, 1, &len);

        rc = message_unpack(&bihuan__alert_transition__descriptor, bytes, len, tx_arena(tx),
                            (ProtobufCMessage **)&reply->items[reply->n_items], err);
        reply->n_items += rc == 0;
    }
    if (rows.count == (int)limit)
        reply->next = arena_printf(tx_arena(tx), "%d", db_i32(&rows, rows.count - 1, 0));
    db_rows_fini(&rows);
    return rc;
}

static int add_told(struct tx *tx, const char *id, Bihuan__GetAlertHistoryReply *reply, struct err *err)
{
    static const char *const severities[] = { "info", "warning", "major", "critical" };
    struct held *held;
    struct told *told;
    size_t held_count, count;

    if (delivery_told_all(tx, id, &told, &count, err) != 0 || held_store_all(tx, id, &held, &held_count, err) != 0)
        return -1;
    reply->told = arena_array(tx_arena(tx), Bihuan__Told *, count + held_count);
    for (size_t i = 0; i < count + held_count; i++) {
        Bihuan__Told *out = arena_new(tx_arena(tx), Bihuan__Told);

        bihuan__told__init(out);
        if (i >= count) {
            out->receiver = (char *)(uintptr_t)held[i - count].receiver;
            out->held = (char *)(uintptr_t)held[i - count].reason;
        } else {
            out->receiver = arena_strdup(tx_arena(tx), told[i].receiver);
            out->event = (char *)(uintptr_t)notice_event_word(told[i].event);
            out->open = told[i].open;
            out->severity = (char *)(uintptr_t)severities[told[i].severity & 3];
            out->gap_bp = told[i].gap_bp;
            out->told_at = told[i].told_us;
        }
        reply->told[reply->n_told++] = out;
    }
    return 0;
}

static int history(struct tx *tx, const Bihuan__GetAlertHistoryRequest *request, struct err *err)
{
    Bihuan__GetAlertHistoryReply reply = BIHUAN__GET_ALERT_HISTORY_REPLY__INIT;
    const struct alert *alert = alerts_find(monitoring_of(tx), request->id);

    if (!alert || check_scope(tx, alert->unit_id, NULL) != 0)
        return err_fail(err, ERR_NOT_FOUND, "unknown_alert", "there is no alert \"%s\"", request->id);
    reply.alert = alert_message(tx, alert);
    if (add_turns(tx, request, &reply, err) != 0 || add_told(tx, request->id, &reply, err) != 0)
        return -1;
    return tx_reply(tx, &reply.base, err);
}

int on_get_alert_history(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = history(tx, message, err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}
