/* duties: see duties.h. */
#include "monitoring/duties/duties.h"

#include "monitoring/duties/duty.h"
#include "monitoring/duties/quote_store.h"
#include "monitoring/judging/judge.h"
#include "monitoring/progress/known.h"
#include "monitoring/rules/turns.h"
#include "text/utf8.h"

#include <stdio.h>
#include <string.h>

#define STILL_SUBJECT "opportunities"
#define STILL_DAYS    14
#define DUE_DAYS      3

/* --- alerts --- */

static bool covers(const void *arg, uint32_t unit_id)
{
    const struct duty *duty = arg;
    const struct ref_unit *unit = refdata_unit(duty->m->refdata, unit_id);

    return unit && judge_covers(duty->m, duty->rule, unit, about_day(&duty->about));
}

static bool is_filtered(const struct rule *rule)
{
    return rule->unit_types[0] || rule->unit_channels[0] || rule->levels;
}

static void note(const struct duty *duty, const struct place *place, const struct duty_row *rows, struct alert *alert)
{
    struct alert_inputs *in = &alert->inputs;
    const struct duty_row *row = &rows[place->first];
    bool one = place->count == 1 || duty->whole;

    alert->severity = severity_rank(duty->rule->severity);
    *in = (struct alert_inputs) { .as_of = about_day(&duty->about), .actual = place->count };
    if (one)
        snprintf(in->reason, sizeof in->reason, "%s", row->detail);
    else
        snprintf(in->reason, sizeof in->reason, "%u units; %s", place->count, row->detail);
    if (row->detail_zh[0] && one)
        snprintf(in->reason_zh, sizeof in->reason_zh, "%s", row->detail_zh);
    else if (row->detail_zh[0])
        snprintf(in->reason_zh, sizeof in->reason_zh, "%u个单元；%s", place->count, row->detail_zh);
    utf8_mend(in->reason);
    utf8_mend(in->reason_zh);
}

/* Whether there is more to say than was said: other units, or other words where these tell all. */
static bool differs(const struct duty *duty, const struct place *place, const struct duty_row *rows,
                    const struct alert *alert)
{
    struct alert now = *alert;

    note(duty, place, rows, &now);
    return alert->inputs.actual != place->count ||
           (duty->whole && strcmp(now.inputs.reason, alert->inputs.reason) != 0);
}

static int raise(struct duty *duty, const struct place *place, const struct duty_row *rows, struct err *err)
{
    struct alert *alert;

    if (duty->rule->subtree[0] && !covers(duty, place->unit))
        return 0;
    alert = about_get(&duty->about, duty->rule, place->unit, duty->subject, true);
    if (!alert)
        return 0;
    if (alert_state_is_open(alert->state)) {
        if (differs(duty, place, rows, alert)) {
            note(duty, place, rows, alert);
            alert->dirty = duty->moved = true;
        }
        return 0;
    }
    note(duty, place, rows, alert);
    duty->moved = true;
    return about_move(&duty->about, alert, ALERT_FIRING, err);
}

static int end_elsewhere(void *arg, struct alert *alert, struct err *err)
{
    struct duty *duty = arg;

    if (alert->rule_id != duty->rule->id || !alert_state_is_open(alert->state) ||
        (duty->subject && strcmp(alert->subject, duty->subject) != 0))
        return 0;
    for (size_t i = 0; i < duty->count; i++)
        if (duty->places[i].unit == alert->unit_id)
            return 0;
    duty->moved = true;
    return about_move(&duty->about, alert, ALERT_RESOLVED, err);
}

/* Unit 0 stands for the root. Units that aren't known (any more) are left out. */
static size_t units_of(const struct duty *duty, struct duty_row *rows, size_t count, uint32_t *units)
{
    const struct ref_unit *root = refdata_root(duty->m->refdata, about_day(&duty->about));
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t unit = rows[i].unit_id ? rows[i].unit_id : root ? root->id : 0;

        if (!refdata_unit(duty->m->refdata, unit))
            continue;
        rows[n] = rows[i];
        units[n++] = unit;
    }
    return n;
}

int duty_settle(struct duty *duty, struct duty_row *rows, size_t count, struct err *err)
{
    uint32_t *units = arena_array(tx_arena(duty->tx), uint32_t, count + 1);

    count = units_of(duty, rows, count, units);
    duty->places = arena_array(tx_arena(duty->tx), struct place, count + 1);
    duty->count = places_find(refdata_tree(duty->m->refdata), about_day(&duty->about), units, count,
                              is_filtered(duty->rule) ? covers : NULL, duty, duty->places);
    for (size_t i = 0; i < duty->count; i++)
        if (raise(duty, &duty->places[i], rows, err) != 0)
            return -1;
    return alerts_each_in(about_book(&duty->about), end_elsewhere, duty, err);
}

static int look(struct duty *duty, struct err *err)
{
    const char *kind = kind_of(duty->rule->kind)->word;
    bool due = duty->rule->kind == RULE_DELIVERABLE_DUE;
    uint32_t days = duty->rule->days ? duty->rule->days : due ? DUE_DAYS : STILL_DAYS;
    struct duty_row *rows;
    size_t count;
    int rc;

    if (duty->rule->kind == RULE_OPPORTUNITY_STILL)
        rc = duty_store_still(duty->tx, about_day(&duty->about) - (int32_t)days, duty->about.at_us, &rows, &count, err);
    else if (duty->rule->kind == RULE_SHARED_CUSTOMER)
        rc = duty_store_sellers(duty->tx, duty->subject, duty->about.at_us, &rows, &count, err);
    else
        rc = duty_store_rows(duty->tx, kind, duty->subject, due ? about_day(&duty->about) + (int32_t)days : INT32_MAX,
                             duty->about.at_us, &rows, &count, err);
    return rc != 0 ? -1 : duty_settle(duty, rows, count, err);
}

/* --- which rules --- */

/* All rules of a kind, about one subject. */
static int look_at(struct tx *tx, enum rule_kind kind, const char *subject, struct err *err)
{
    struct monitoring *m = monitoring_write(tx);
    bool moved = false;

    for (size_t i = 0; i < m->rule_count; i++) {
        struct duty duty = { .about = { .tx = tx }, .tx = tx, .m = m, .rule = &m->rules[i], .subject = subject };

        if (m->rules[i].kind != kind || m->rules[i].off)
            continue;
        if (look(&duty, err) != 0)
            return -1;
        moved = moved || duty.moved;
    }
    return moved ? alerts_settle(tx, err) : 0;
}

static int subjects_of(const struct duty *duty, char ***out, size_t *count, struct err *err)
{
    if (duty->rule->kind == RULE_SHARED_CUSTOMER)
        return duty_store_shared(duty->tx, duty->about.at_us, out, count, err);
    if (duty->rule->kind != RULE_OPPORTUNITY_STILL)
        return duty_store_subjects(duty->tx, kind_of(duty->rule->kind)->word, duty->about.at_us, out, count, err);
    *out = arena_array(tx_arena(duty->tx), char *, 1);
    (*out)[0] = (char *)(uintptr_t)STILL_SUBJECT;
    *count = 1;
    return 0;
}

struct sweep {
    struct duty duty;
    char **subjects;
    size_t count;
};

/* An open alert about something that is nowhere so any more. */
static int end_unnamed(void *arg, struct alert *alert, struct err *err)
{
    struct sweep *sweep = arg;

    if (alert->rule_id != sweep->duty.rule->id || !alert_state_is_open(alert->state))
        return 0;
    for (size_t i = 0; i < sweep->count; i++)
        if (strcmp(sweep->subjects[i], alert->subject) == 0)
            return 0;
    sweep->duty.moved = true;
    return about_move(&sweep->duty.about, alert, ALERT_RESOLVED, err);
}

static int sweep_rule(struct sweep *sweep, struct err *err)
{
    enum rule_kind kind = sweep->duty.rule->kind;

    if (kind == RULE_QUOTE_SHARED || kind == RULE_QUOTE_UNDERCUT)
        return quotes_settle(&sweep->duty, &sweep->subjects, &sweep->count, err) != 0
                   ? -1
                   : alerts_each_in(about_book(&sweep->duty.about), end_unnamed, sweep, err);
    if (subjects_of(&sweep->duty, &sweep->subjects, &sweep->count, err) != 0)
        return -1;
    for (size_t i = 0; i < sweep->count; i++) {
        sweep->duty.subject = sweep->subjects[i];
        if (look(&sweep->duty, err) != 0)
            return -1;
    }
    return alerts_each_in(about_book(&sweep->duty.about), end_unnamed, sweep, err);
}

int duty_replay(const struct about *about, const struct rule *rule, const char *subject, struct err *err)
{
    struct sweep sweep = {
        .duty = { .about = *about, .tx = about->tx, .m = monitoring_of(about->tx), .rule = rule, .subject = subject },
    };

    return subject ? look(&sweep.duty, err) : sweep_rule(&sweep, err);
}

int duties_judge(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_write(tx);
    bool moved = false;

    if (duty_store_forget(tx, today(tx), err) != 0 || turns_forget(tx, err) != 0 || known_forget(tx, err) != 0 ||
        quote_store_forget(tx, today(tx) - QUOTE_KEEP_DAYS, err) != 0)
        return -1;
    for (size_t i = 0; i < m->rule_count; i++) {
        struct sweep sweep = { .duty = { .about = { .tx = tx }, .tx = tx, .m = m, .rule = &m->rules[i] } };

        if (m->rules[i].off || kind_of(m->rules[i].kind)->by != KIND_BY_EVENT)
            continue;
        if (sweep_rule(&sweep, err) != 0)
            return -1;
        moved = moved || sweep.duty.moved;
    }
    m->duties_day = today(tx);
    return moved ? alerts_settle(tx, err) : 0;
}

/* --- events --- */

static int take(struct tx *tx, const struct happening *h, struct err *err)
{
    const struct kind *kind = kind_of(h->kind);

    if (!kind)
        return 0;
    if ((!h->begins || h->since) && duty_store_end(tx, h, kind->word, err) != 0) /* its day may be another one now */
        return -1;
    for (size_t i = 0; h->begins && i < h->unit_count; i++)
        if (duty_store_begin(tx, h, h->units[i], kind->word, today(tx), err) != 0)
            return -1;
    return look_at(tx, h->kind, h->subject, err);
}

#define EVENT(function, of, Message)                                                                                   \
    int function(struct tx *tx, const void *message, struct err *err)                                                  \
    {                                                                                                                  \
        struct happening happening;                                                                                    \
                                                                                                                       \
        of((const Message *)message, &happening);                                                                      \
        return take(tx, &happening, err);                                                                              \
    }

static EVENT(take_overdue, happening_of_deliverable, Bihuan__DeliverableMoved) static EVENT(take_due, happening_of_due,
                                                                                            Bihuan__DeliverableMoved)
    EVENT(on_guide_overdue, happening_of_guide, Bihuan__GuideOverdue)
        EVENT(on_guide_acknowledged, happening_of_acknowledged, Bihuan__GuideAcknowledged)
            EVENT(on_task_reminded, happening_of_task, Bihuan__TaskReminded)
                EVENT(on_report_overdue, happening_of_report, Bihuan__ReportDue)
                    EVENT(on_report_submitted, happening_of_submitted, Bihuan__ReportSubmitted)
                        EVENT(on_certificate_expired, happening_of_expired, Bihuan__CertificateExpired)
                            EVENT(on_certificate_issued, happening_of_issued, Bihuan__CertificateIssued)

                                int on_deliverable(struct tx *tx, const void *message, struct err *err)
{
    return take_due(tx, message, err) != 0 ? -1 : take_overdue(tx, message, err);
}

int duties_missing(struct tx *tx, const Bihuan__FileMissing *event, struct err *err)
{
    struct happening happening;

    happening_of_missing(event, &happening);
    return take(tx, &happening, err);
}

int duties_totals(struct tx *tx, const Bihuan__TotalsDiffer *event, struct err *err)
{
    struct happening happening;

    happening_of_totals(event, &happening);
    return take(tx, &happening, err);
}

int duties_file(struct tx *tx, const Bihuan__FileFinished *event, struct err *err)
{
    struct happening happening;

    happening_of_file(event, &happening);
    return take(tx, &happening, err);
}

/* What it was about before may be over: its customer may have changed, so all shared ones are looked at. */
int on_opportunity(struct tx *tx, const void *message, struct err *err)
{
    if (duty_store_opportunity(tx, message, err) != 0)
        return -1;
    monitoring_write(tx)->duties_day = 0;
    return 0;
}
