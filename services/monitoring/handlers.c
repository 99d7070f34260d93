/* handlers: what monitoring answers to. */
#include "monitoring/actions/actions.h"
#include "monitoring/alerts/alert_work.h"
#include "monitoring/alerts/silences.h"
#include "monitoring/alerts/alert_book.h"
#include "monitoring/delivery/outbox.h"
#include "monitoring/duties/duties.h"
#include "monitoring/feeds/feed_alerts.h"
#include "monitoring/briefs/brief.h"
#include "monitoring/judging/outlook.h"
#include "monitoring/monitoring.h"
#include "monitoring/service.h"
#include "monitoring/practice/practice.h"
#include "monitoring/rules/turns.h"
#include "monitoring/telling/telling.h"

#include <stdlib.h>
#include <string.h>

extern const struct migration monitoring_migrations[];

/* Planning's events: stored and taken over under the lock. */
#define REFERENCE(function, take, Message)                                                                             \
    static int function(struct tx *tx, const void *message, struct err *err)                                           \
    {                                                                                                                  \
        struct monitoring *m = monitoring_write(tx);                                                                   \
                                                                                                                       \
        m->watch_marks = true;                                                                                         \
        outlook_book_clear(m->outlooks);                                                                               \
        return take(m->refdata, tx, (const Message *)message, err);                                                    \
    }

REFERENCE(on_units, refdata_on_units, Bihuan__UnitsChanged)
REFERENCE(on_channels, refdata_on_channels, Bihuan__ChannelsChanged)
REFERENCE(on_measures, refdata_on_measures, Bihuan__MeasuresDefined)
REFERENCE(on_calendar, refdata_on_calendar, Bihuan__CalendarPublished)
REFERENCE(on_periods, refdata_on_periods, Bihuan__PeriodsOpened)

/* A slice of a product has all beneath it. */
static int on_products(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_write(tx);

    m->watch_marks = m->slices.stale = true;
    return refdata_on_products(m->refdata, tx, (const Bihuan__ProductsChanged *)message, err);
}

static int on_plan(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_write(tx);
    bool in_force;

    m->watch_marks = true;
    return refdata_on_plan(m->refdata, tx, message, &in_force, err);
}

/* Counts files by what became of them; order doesn't matter, so one that cannot be read is set aside. */
static int on_file_finished(struct tx *tx, const void *message, struct err *err)
{
    static const struct {
        const char *state, *label;
    } known[] = {
        { "loaded", "state=\"loaded\"" },         { "partial", "state=\"partial\"" },
        { "refused", "state=\"refused\"" },       { "duplicate", "state=\"duplicate\"" },
        { "superseded", "state=\"superseded\"" },
    };
    const Bihuan__FileFinished *event = message;
    const char *state = event->file ? event->file->state : "";

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(state, known[i].state) != 0)
            continue;
        metrics_count(runtime_metrics(tx_runtime(tx)), "files_total", "Files of feeds that were finished, by state.",
                      known[i].label, 1);
        return duties_file(tx, event, err);
    }
    return err_fail(err, ERR_INVALID, "bad_state", "a file cannot have finished in state \"%s\"", state);
}

/* Files that should have come and didn't, or came after all. */
static int on_file_missing(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__FileMissing *event = message;

    metrics_count(runtime_metrics(tx_runtime(tx)), "files_missing_total", "Files that were late, and that came late.",
                  event->missing ? "event=\"missing\"" : "event=\"came\"", 1);
    return duties_missing(tx, event, err);
}

static int on_totals_differ(struct tx *tx, const void *message, struct err *err)
{
    metrics_count(runtime_metrics(tx_runtime(tx)), "totals_differ_total",
                  "Files whose totals are not what the ledger of facts has.", "", 1);
    return duties_totals(tx, message, err);
}

/* before_commit looks whether days wait; rules over events are looked at again with each day, and when told to. */
static int on_tick(struct tx *tx, const void *message, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);

    (void)message;
    if (!m->turns_kept && turns_begin(tx, err) != 0)
        return -1;
    m->turns_kept = true;
    if (m->duties_day != today(tx) && duties_judge(tx, err) != 0)
        return -1;
    return late_correct(tx, err);
}

static const struct handler handlers[] = {
    HANDLE_EVENT("feedback", FACTS_RECORDED, on_facts),
    HANDLE_EVENT("feedback", WATERMARK_MOVED, on_watermark),
    HANDLE_EVENT("feedback", FEED_CONDITION, on_feed_condition),
    HANDLE_EVENT_LOOSE("feedback", FILE_FINISHED, on_file_finished),
    HANDLE_EVENT_LOOSE("feedback", FILE_MISSING, on_file_missing),
    HANDLE_EVENT_LOOSE("feedback", TOTALS_DIFFER, on_totals_differ),
    HANDLE_EVENT("planning", UNITS_CHANGED, on_units),
    HANDLE_EVENT("planning", CHANNELS_CHANGED, on_channels),
    HANDLE_EVENT("planning", PRODUCTS_CHANGED, on_products),
    HANDLE_EVENT("planning", MEASURES_DEFINED, on_measures),
    HANDLE_EVENT("planning", CALENDAR_PUBLISHED, on_calendar),
    HANDLE_EVENT("planning", PERIODS_OPENED, on_periods),
    HANDLE_EVENT("planning", PLAN_PUBLISHED, on_plan),
    HANDLE_EVENT("planning", GUIDE_ISSUED, on_practice_issued),
    HANDLE_EVENT_LOOSE("planning", DELIVERABLE_MOVED, on_deliverable),
    HANDLE_EVENT_LOOSE("planning", GUIDE_OVERDUE, on_guide_overdue),
    HANDLE_EVENT_LOOSE("planning", GUIDE_ACKNOWLEDGED, on_guide_acknowledged),
    HANDLE_EVENT_LOOSE("planning", TASK_REMINDED, on_task_reminded),
    HANDLE_EVENT_LOOSE("planning", CERTIFICATE_EXPIRED, on_certificate_expired),
    HANDLE_EVENT_LOOSE("planning", CERTIFICATE_ISSUED, on_certificate_issued),
    HANDLE_EVENT_LOOSE("feedback", REPORT_OVERDUE, on_report_overdue),
    HANDLE_EVENT_LOOSE("feedback", REPORT_SUBMITTED, on_report_submitted),
    HANDLE_EVENT_LOOSE("feedback", OPPORTUNITY_CHANGED, on_opportunity),
    HANDLE_EVENT("feedback", QUOTES_RECORDED, on_quotes),
    HANDLE_EVENT("planning", PERSON_HANDED_OVER, on_person_handed_over),
    HANDLE_EVENT("planning", PEOPLE_CHANGED, on_people),
    HANDLE_REQUEST(APPLY_RULES, "rule.write", on_apply_rules),
    HANDLE_REQUEST(APPLY_RECEIVERS, "rule.write", on_apply_receivers),
    HANDLE_REQUEST_IN_SCOPE(TAKE_ALERT, "alert.ack", on_take_alert),
    HANDLE_REQUEST_IN_SCOPE(SILENCE_ALERT, "alert.ack", on_silence_alert),
    HANDLE_REQUEST_IN_SCOPE(OPEN_ACTION, "alert.ack", on_open_action),
    HANDLE_REQUEST_IN_SCOPE(DONE_ACTION, "alert.ack", on_done_action),
    HANDLE_REQUEST_IN_SCOPE(NOTE_ALERT, "alert.ack", on_note_alert),
    HANDLE_REQUEST_IN_SCOPE(ASSIGN_ALERT, "alert.ack", on_assign_alert),
    HANDLE_REQUEST_IN_SCOPE(ADD_SILENCE, "alert.ack", on_add_silence),
    HANDLE_REQUEST_IN_SCOPE(END_SILENCE, "alert.ack", on_end_silence),
    HANDLE_REQUEST_IN_SCOPE(STEP_ACTION, "alert.ack", on_step_action),
    HANDLE_REQUEST(APPLY_ROUTES, "rule.write", on_apply_routes),
    HANDLE_REQUEST(APPLY_LADDERS, "rule.write", on_apply_ladders),
    HANDLE_REQUEST(APPLY_CONTACTS, "rule.write", on_apply_contacts),
    HANDLE_QUERY_IN_SCOPE(COMPARE_PROGRESS, "plan.read", on_compare_progress),
    HANDLE_QUERY_IN_SCOPE(GET_BRIEF, "plan.read", on_get_brief),
    HANDLE_QUERY_IN_SCOPE(GET_ALERT_HISTORY, "alert.read", on_get_alert_history),
    HANDLE_QUERY_IN_SCOPE(LIST_SILENCES, "alert.read", on_list_silences),
    HANDLE_QUERY_IN_SCOPE(GET_ACTION, "alert.read", on_get_action),
    HANDLE_QUERY_IN_SCOPE(LIST_ACTION_FIGURES, "alert.read", on_list_action_figures),
    HANDLE_QUERY_IN_SCOPE(TRY_ROUTE, "alert.read", on_try_route),
    HANDLE_QUERY(LIST_ROUTES, "alert.read", on_list_routes),
    HANDLE_QUERY(LIST_LADDERS, "alert.read", on_list_ladders),
    HANDLE_QUERY(LIST_CONTACTS, "alert.read", on_list_contacts),
    HANDLE_QUERY_IN_SCOPE(LIST_RULES, "alert.read", on_list_rules),
    HANDLE_QUERY(LIST_RECEIVERS, "alert.read", on_list_receivers),
    HANDLE_QUERY_IN_SCOPE(LIST_ALERTS, "alert.read", on_list_alerts),
    HANDLE_QUERY_IN_SCOPE(EXPLAIN_ALERT, "alert.read", on_explain_alert),
    HANDLE_QUERY_IN_SCOPE(EXPLAIN_RULE, "alert.read", on_explain_rule),
    HANDLE_QUERY(TRY_RULE, "rule.write", on_try_rule),
    HANDLE_QUERY_IN_SCOPE(LIST_ACTIONS, "alert.read", on_list_actions),
    HANDLE_QUERY_IN_SCOPE(GET_PROGRESS, "plan.read", on_get_progress),
    HANDLE_QUERY_IN_SCOPE(GET_PRACTICE_EFFECT, "plan.read", on_get_practice_effect),
    HANDLE_QUERY(LIST_DELIVERIES, "alert.read", on_list_deliveries),
    HANDLE_QUERY(GET_DELIVERY, "alert.read", on_get_delivery),
    HANDLE_REQUEST(SEND_AGAIN, "rule.write", on_send_again),
    HANDLE_REQUEST(TEST_RECEIVER, "rule.write", on_test_receiver),
    HANDLE_QUERY(VERIFY_PROGRESS, "status.read", on_verify_progress),
    HANDLE_TIMER(SECOND, on_tick),
    HANDLE_TIMER(10 * SECOND, hand_overs_due),
    HANDLE_TIMER(10 * SECOND, heartbeat_due),
    HANDLE_TIMER(10 * SECOND, delivery_prune),
    HANDLE_TIMER(2 * SECOND, gauges_due),
    HANDLE_TIMER(SECOND, on_desk),
    HANDLE_LOCAL(on_delivered),
    HANDLE_LOCAL(on_state_told),
    HANDLE_LOCAL(on_merge),
    HANDLERS_END,
};

static int64_t setting(void *rt, const char *key)
{
    return runtime_setting_int(rt, key);
}

static int start(struct runtime *rt, struct err *err)
{
    struct monitoring *m = runtime_state(rt);

    m->rt = rt;
    m->limits = limits_read(setting, rt);
    pthread_rwlock_init(&m->lock, NULL);
    m->refdata = refdata_new();
    m->pending = pending_new();
    m->alerts = alerts_new();
    m->silences = silences_new();
    m->telling = telling_new();
    m->coverage = coverage_new();
    m->outlooks = outlook_book_new();
    return sender_start(m, err);
}

static void stop(struct runtime *rt)
{
    struct monitoring *m = runtime_state(rt);

    if (!m->rt)
        return;
    sender_stop(m);
    receivers_clear(m);
    refdata_destroy(&m->refdata);
    cube_destroy(&m->cube);
    pending_destroy(&m->pending);
    alerts_destroy(&m->alerts);
    silences_destroy(&m->silences);
    telling_destroy(&m->telling);
    coverage_destroy(&m->coverage);
    outlook_book_destroy(&m->outlooks);
    slices_fini(&m->slices);
    verified_fini(&m->verified);
    parts_fini(&m->parts);
    free(m->judged);
    pthread_rwlock_destroy(&m->lock);
}

struct monitoring *monitoring_write(struct tx *tx)
{
    struct monitoring *m = monitoring_of(tx);

    if (!m->writing)
        pthread_rwlock_wrlock(&m->lock);
    m->writing = true;
    return m;
}

static void release(struct monitoring *m)
{
    if (m->writing)
        pthread_rwlock_unlock(&m->lock);
    m->writing = false;
}

static int load_locked(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);

    pending_clear(m->pending);
    outlook_book_clear(m->outlooks);
    if (refdata_load(m->refdata, tx, err) != 0 || rules_load(tx, err) != 0 || receivers_load(tx, err) != 0 ||
        outbox_load(tx, err) != 0 || marks_load(tx, err) != 0 || judged_load(tx, err) != 0 ||
        alerts_load(tx, err) != 0 || silences_load(tx, err) != 0 || routes_load(tx, err) != 0 ||
        parts_load(m, tx, err) != 0 || coverage_load(m->coverage, tx, err) != 0 || actions_load(tx, err) != 0)
        return -1;
    return progress_load(tx, err);
}

static int load(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_write(tx);
    int rc = load_locked(tx, err);

    release(m); /* loading only reads: no commit follows that would do it */
    m->watch_marks = m->watch_feeds = m->slices.stale = true;
    m->telling->held_none = false;
    m->duties_day = 0;
    m->new_deliveries = true;
    return rc;
}

static int before_commit(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);

    if (m->threshold_rules && judge_thresholds(tx, err) != 0)
        return -1;
    if (pending_write(tx, err) != 0 || coverage_write(m->coverage, tx, err) != 0 || db_push(tx_db(tx), err) != 0)
        return -1;
    if (m->watch_feeds && feeds_judge(tx, err) != 0)
        return -1;
    return m->watch_marks ? judge_days(tx, err) : 0;
}

static void after_commit(struct runtime *rt)
{
    struct monitoring *m = runtime_state(rt);

    pending_clear(m->pending);
    release(m);
    if (m->new_deliveries)
        sender_wake(m);
    m->new_deliveries = false;
}

static void drop(struct runtime *rt)
{
    struct monitoring *m = runtime_state(rt);

    pending_clear(m->pending);
    m->turns_kept = false; /* look again */
    release(m);
}

int check_scope(struct tx *tx, uint32_t unit_id, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const char *subtree = tx_principal(tx)->subtree;
    const struct ref_unit *root = refdata_unit_by_code(m->refdata, subtree);

    if (subtree[0] && (!root || !tree_is_under(refdata_tree(m->refdata), unit_id, root->id, today(tx))))
        return err_fail(err, ERR_NOT_FOUND, "not_found", "there is no such thing in your part of the organisation");
    return 0;
}

int measure_scale(struct tx *tx, const struct ref_measure *measure)
{
    return ref_measure_scale(measure, runtime_money_scale(tx_runtime(tx)));
}

bool measure_ratio(struct tx *tx, const struct ref_measure *measure, struct ref_ratio *out)
{
    return refdata_ratio(monitoring_of(tx)->refdata, measure, runtime_money_scale(tx_runtime(tx)), out);
}

int32_t today(struct tx *tx)
{
    return clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
}

const struct service monitoring_service = {
    .name = "monitoring",
    .gather_us = 200, /* what one commit of feedback publishes, and no longer: alerts are waited for */
    .reads = (const char *const[]) { "planning", "feedback", NULL },
    .handlers = handlers,
    .migrations = monitoring_migrations,
    .settings = monitoring_settings,
    .state_size = sizeof(struct monitoring),
    .start = start,
    .stop = stop,
    .load = load,
    .drop = drop,
    .before_commit = before_commit,
    .after_commit = after_commit,
};
