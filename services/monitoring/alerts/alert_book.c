/* alert_book: see alert_book.h. */
#include "monitoring/alerts/alert_book.h"

#include "monitoring/actions/actions.h"
#include "monitoring/alerts/alert_store.h"
#include "monitoring/delivery/told_ahead.h"
#include "monitoring/telling/telling.h"

#include "base/hash.h"
#include "bus/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct stmt ALL = { "alert_all", "SELECT rule_id, unit_id, body FROM alert" };

/* What alerts are looked through by, without touching each of them. */
struct entry {
    struct alert *alert;
    uint32_t rule_id, unit_id, measure_id, period_id;
};

struct alerts {
    struct alert *by_id;
    struct entry *entries; /* in the order in which they were made */
    size_t count, cap;
    bool *units; /* that have one: most facts concern others, and an id costs more to make than they to judge */
    size_t unit_cap;
    struct alert_rows rows;
};

struct alerts *alerts_new(void)
{
    struct alerts *alerts = calloc(1, sizeof *alerts);

    if (!alerts)
        abort();
    alert_rows_init(&alerts->rows);
    return alerts;
}

static void clear(struct alerts *alerts)
{
    struct alert *alert;
    struct alert *next;

    HASH_ITER(hh, alerts->by_id, alert, next)
    {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the analyser can't follow uthash */
        HASH_DEL(alerts->by_id, alert);
        free(alert);
    }
    alerts->count = 0;
    if (alerts->unit_cap)
        memset(alerts->units, 0, alerts->unit_cap * sizeof *alerts->units);
    alert_rows_clear(&alerts->rows);
}

void alerts_destroy(struct alerts **alerts)
{
    if (!*alerts)
        return;
    clear(*alerts);
    alert_rows_fini(&(*alerts)->rows);
    free((*alerts)->entries);
    free((*alerts)->units);
    free(*alerts);
    *alerts = NULL;
}

static struct alert *find_in(const struct alerts *book, const char *id)
{
    struct alert *alert;

    HASH_FIND_STR(book->by_id, id, alert);
    return alert;
}

struct alert *alerts_find(struct monitoring *m, const char *id)
{
    return find_in(m->alerts, id);
}

void make_id(char out[ALERT_ID_LEN], const char *a, const char *b, const char *c, const char *d)
{
    const char *const words[] = { a, b, c, d };
    uint64_t h = 0;

    for (int i = 0; i < 4; i++)
        h = hash_bytes(words[i], strlen(words[i]), h + (uint64_t)i + 1);
    snprintf(out, ALERT_ID_LEN, "%016" PRIx64, h);
}

/* A slice is part of what an alert is; without one the id is as it was before there were slices. */
static void id_of(char out[ALERT_ID_LEN], const struct rule *rule, const char *unit, const char *measure,
                  const char *period)
{
    char slice[ALERT_ID_LEN];

    if (rule->channel[0] || rule->product[0]) {
        make_id(slice, period, "slice", rule->channel, rule->product);
        period = slice;
    }
    make_id(out, rule->code, unit, measure, period);
}

static bool has_unit(const struct alerts *book, uint32_t unit_id)
{
    return unit_id < book->unit_cap && book->units[unit_id];
}

static void note_unit(struct alerts *book, uint32_t unit_id)
{
    size_t cap = book->unit_cap;

    if (unit_id >= cap) {
        book->unit_cap = unit_id < 2 * cap ? 2 * cap : (size_t)unit_id + 64;
        book->units = realloc(book->units, book->unit_cap * sizeof *book->units);
        if (!book->units)
            abort();
        memset(book->units + cap, 0, (book->unit_cap - cap) * sizeof *book->units);
    }
    book->units[unit_id] = true;
}

static void enter(struct alerts *book, struct alert *alert)
{
    note_unit(book, alert->unit_id);
    if (book->count == book->cap) {
        book->cap = book->cap ? 2 * book->cap : 64;
        book->entries = realloc(book->entries, book->cap * sizeof *book->entries);
        if (!book->entries)
            abort();
    }
    book->entries[book->count++] = (struct entry) { alert, alert->rule_id, alert->unit_id, alert->measure_id,
                                                    alert->period_id };
}

/* `of`: of which rule, unit, measure and period. */
static struct alert *add(struct alerts *book, const char *id, const struct entry *of)
{
    struct alert *alert = calloc(1, sizeof *alert);

    if (!alert)
        abort();
    snprintf(alert->id, sizeof alert->id, "%.16s", id);
    alert->rule_id = of->rule_id;
    alert->unit_id = of->unit_id;
    alert->measure_id = of->measure_id;
    alert->period_id = of->period_id;
    HASH_ADD_STR(book->by_id, id, alert);
    enter(book, alert);
    return alert;
}

struct alert *alerts_get_about_in(struct alerts *book, const struct monitoring *m, const struct rule *rule,
                                  uint32_t unit_id, const char *subject, bool make)
{
    const struct ref_unit *unit = refdata_unit(m->refdata, unit_id);
    char id[ALERT_ID_LEN];
    struct alert *alert;

    if (!unit)
        return NULL;
    make_id(id, rule->code, unit->code, "about", subject);
    alert = find_in(book, id);
    if (alert || !make)
        return alert;
    alert = add(book, id, &(struct entry) { .rule_id = rule->id, .unit_id = unit_id });
    snprintf(alert->subject, sizeof alert->subject, "%s", subject);
    return alert;
}

struct alert *alerts_get_about(struct monitoring *m, const struct rule *rule, uint32_t unit_id, const char *subject,
                               bool make)
{
    return alerts_get_about_in(m->alerts, m, rule, unit_id, subject, make);
}

static bool find_id(const struct monitoring *m, const struct rule *rule, const struct entry *of, char id[ALERT_ID_LEN])
{
    const struct ref_unit *unit = refdata_unit(m->refdata, of->unit_id);
    const struct ref_measure *measure = refdata_measure(m->refdata, of->measure_id);
    const struct ref_period *period = refdata_period(m->refdata, of->period_id);

    if (!unit || !measure || !period)
        return false;
    id_of(id, rule, unit->code, measure->code, period->code);
    return true;
}

struct alert *alerts_get_in(struct alerts *book, const struct monitoring *m, const struct rule *rule, uint32_t unit_id,
                            uint32_t measure_id, uint32_t period_id, bool make)
{
    const struct entry of = { NULL, rule->id, unit_id, measure_id, period_id };
    char id[ALERT_ID_LEN];
    struct alert *alert;

    if ((!make && !has_unit(book, unit_id)) || !find_id(m, rule, &of, id))
        return NULL;
    alert = find_in(book, id);
    return alert || !make ? alert : add(book, id, &of);
}

struct alert *alerts_get(struct monitoring *m, const struct rule *rule, uint32_t unit_id, uint32_t measure_id,
                         uint32_t period_id, bool make)
{
    return alerts_get_in(m->alerts, m, rule, unit_id, measure_id, period_id, make);
}

/* Those that are made meanwhile are looked at as well. */
int alerts_each_in(struct alerts *book, alerts_each_fn *each, void *arg, struct err *err)
{
    for (size_t i = 0; i < book->count; i++)
        if (each(arg, book->entries[i].alert, err) != 0)
            return -1;
    return 0;
}

int alerts_each_of(struct alerts *book, const struct monitoring *m, const struct rule *rule, uint32_t measure_id,
                   uint32_t period_id, alerts_each_fn *each, void *arg, struct err *err)
{
    char id[ALERT_ID_LEN];

    for (size_t i = 0; i < book->count; i++) {
        const struct entry *e = &book->entries[i];

        if (e->rule_id != rule->id || e->measure_id != measure_id || e->period_id != period_id ||
            !find_id(m, rule, e, id) || memcmp(id, e->alert->id, sizeof id) != 0)
            continue;
        if (each(arg, e->alert, err) != 0)
            return -1;
    }
    return 0;
}

int alerts_each(struct monitoring *m, alerts_each_fn *each, void *arg, struct err *err)
{
    return alerts_each_in(m->alerts, each, arg, err);
}

/* --- loading --- */

static int load_row(struct tx *tx, const struct db_rows *rows, int row, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    size_t len;
    const uint8_t *bytes = db_bytes(rows, row, 2, &len);
    const struct rule *rule = rule_by_id(m, (uint32_t)db_i32(rows, row, 0));
    const struct ref_measure *measure;
    const struct ref_period *period;
    Bihuan__Alert *body;
    struct alert *alert;
    struct entry of;

    if (message_unpack(&bihuan__alert__descriptor, bytes, len, tx_arena(tx), (ProtobufCMessage **)&body, err) != 0)
        return -1;
    measure = refdata_measure_by_code(m->refdata, body->measure);
    period = refdata_period_by_code(m->refdata, body->period);
    if (!rule || (!body->subject[0] && (!measure || !period)))
        return 0;
    of = (struct entry) { .rule_id = rule->id, .unit_id = (uint32_t)db_i32(rows, row, 1) };
    if (!body->subject[0]) {
        of.measure_id = measure->id;
        of.period_id = period->id;
    }
    if (!refdata_unit(m->refdata, of.unit_id))
        return 0;
    alert = find_in(m->alerts, body->id); /* as it was named: its rule may have been about another slice */
    if (!alert)
        alert = add(m->alerts, body->id, &of);
    snprintf(alert->subject, sizeof alert->subject, "%s", body->subject);
    alert_take(m, alert, body);
    return 0;
}

int alerts_load(struct tx *tx, struct err *err)
{
    struct db_rows rows;
    int rc = 0;

    clear(monitoring_of(tx)->alerts);
    if (db_query(tx_db(tx), &ALL, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; rc == 0 && i < rows.count; i++)
        rc = load_row(tx, &rows, i, err);
    db_rows_fini(&rows);
    return rc;
}

/* --- moving --- */

static int write_transition(struct tx *tx, const struct alert *alert, Bihuan__AlertTransition *transition,
                            struct err *err)
{
    struct buf body = { 0 };
    int rc;

    wire_pack(&transition->base, &body);
    rc = alert_store_transition(tx, &monitoring_of(tx)->alerts->rows, alert, &body, err);
    buf_fini(&body);
    return rc;
}

static bool target_reached(const struct alert *alert)
{
    return alert->inputs.ratio ? alert->inputs.gap_bp >= 0 : alert->inputs.actual >= alert->inputs.target;
}

/* What it was judged by then. */
static void note_judgement(const Bihuan__Alert *body, Bihuan__AlertTransition *out)
{
    out->inputs = body->inputs;
    out->conditions = body->conditions;
    out->n_conditions = body->n_conditions;
    out->clears = body->clears;
    out->n_clears = body->n_clears;
    out->contributors = body->contributors;
    out->n_contributors = body->n_contributors;
    out->contributors_of = body->contributors_of;
    out->inhibited_by = body->inhibited_by;
    out->severity = body->severity;
}

int alert_move(struct tx *tx, struct alert *alert, enum alert_state to, const char *actor, const char *note,
               struct err *err)
{
    Bihuan__AlertTransition transition = BIHUAN__ALERT_TRANSITION__INIT;
    Bihuan__AlertChanged event = BIHUAN__ALERT_CHANGED__INIT;
    enum alert_state from = alert->written;

    if (to != from)
        alert->since_us = tx_now(tx);
    if (to == ALERT_FIRING && !alert_state_is_open(from)) {
        alert->fired_us = tx_now(tx);
        alert->resolved_us = 0;
        alert->taken_by[0] = alert->note[0] = 0;
    }
    if (to == ALERT_RESOLVED || to == ALERT_EXPIRED)
        alert->resolved_us = tx_now(tx);
    alert->inputs.unwatched = alert->inputs.unwatched && !alert_state_is_open(to) && to != ALERT_PENDING;
    alert->fired_now = alert->fired_now || (to == ALERT_FIRING && !alert_state_is_open(from));
    life_move(&alert->life, from, to, target_reached(alert), tx_now(tx));
    alert->state = alert->written = to;
    alert->version++;
    alert->dirty = true;
    transition.known_at = tx_now(tx);
    transition.as_of = alert_day_text(tx, alert->inputs.as_of);
    transition.from = (char *)(uintptr_t)alert_state_word(from);
    transition.to = (char *)(uintptr_t)alert_state_word(to);
    transition.actor = (char *)(uintptr_t)actor;
    transition.note = (char *)(uintptr_t)note;
    event.alert = alert_body(tx, alert);
    note_judgement(event.alert, &transition);
    if (write_transition(tx, alert, &transition, err) != 0)
        return -1;
    event.transition = &transition;
    return tx_publish(tx, 0, MSG(ALERT_CHANGED), alert->id, &event.base, err);
}

static int write_alert(struct tx *tx, const struct alert *alert, struct err *err)
{
    struct buf body = { 0 };
    Bihuan__Alert *message = alert_body(tx, alert);
    int rc;

    wire_pack(&message->base, &body);
    rc = alert_store_put(tx, &monitoring_of(tx)->alerts->rows, alert, &body, err);
    buf_fini(&body);
    return rc;
}

static int settle_one(void *arg, struct alert *alert, struct err *err)
{
    struct tx *tx = arg;

    if (alert->fired_now && alert->state == ALERT_FIRING && !alert->action[0] && actions_rebreach(tx, alert, err) != 0)
        return -1;
    alert->fired_now = false;
    if (alert->dirty && telling_settle(tx, alert, err) != 0)
        return -1;
    if (!alert->dirty)
        return 0;
    alert->dirty = false;
    return write_alert(tx, alert, err);
}

int alert_remark(struct tx *tx, struct alert *alert, const char *actor, const char *note, struct err *err)
{
    return alert_move(tx, alert, alert->state, actor, note, err);
}

void alerts_gather(struct monitoring *m)
{
    alert_store_gather(&m->alerts->rows);
}

int alerts_settle(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int rc;

    if (telling_begin(tx, err) != 0)
        return -1;
    alerts_gather(m);
    rc = told_ahead_begin(tx, err);
    if (rc == 0)
        rc = alerts_each(m, settle_one, tx, err);
    told_ahead_end(m);
    return rc != 0 ? -1 : alert_store_flush(tx, &m->alerts->rows, err);
}
