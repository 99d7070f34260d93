/* alert_book: see alert_book.h. */
#include "monitoring/alerts/alert_book.h"

#include "monitoring/actions/actions.h"
#include "monitoring/telling/telling.h"

#include "base/hash.h"
#include "bus/wire.h"
#include "monitoring/kinds/kind.h"
#include "text/dates.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const SEVERITIES[] = { "info", "warning", "major", "critical" };

static const struct stmt PUT = {
    "alert_put", "INSERT INTO alert (id, state, rule_id, unit_id, fired, body) VALUES ($1, $2, $3, $4, $5, $6)"
                 " ON CONFLICT (id) DO UPDATE SET state = excluded.state, fired = excluded.fired, body = excluded.body"
};
static const struct stmt TRANSITION = { "alert_transition",
                                        "INSERT INTO alert_transition (alert_id, number, body) VALUES ($1, $2, $3)" };
static const struct stmt ALL = { "alert_all", "SELECT rule_id, unit_id, body FROM alert" };

struct alerts {
    struct alert *by_id;
};

struct alerts *alerts_new(void)
{
    struct alerts *alerts = calloc(1, sizeof *alerts);

    if (!alerts)
        abort();
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
}

void alerts_destroy(struct alerts **alerts)
{
    if (!*alerts)
        return;
    clear(*alerts);
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

static struct alert *add(struct alerts *book, const char *id, const struct rule *rule, uint32_t unit_id)
{
    struct alert *alert = calloc(1, sizeof *alert);

    if (!alert)
        abort();
    snprintf(alert->id, sizeof alert->id, "%.16s", id);
    alert->rule_id = rule->id;
    alert->unit_id = unit_id;
    HASH_ADD_STR(book->by_id, id, alert);
    return alert;
}

struct alert *alerts_get_about(struct monitoring *m, const struct rule *rule, uint32_t unit_id, const char *subject,
                               bool make)
{
    const struct ref_unit *unit = refdata_unit(m->refdata, unit_id);
    char id[ALERT_ID_LEN];
    struct alert *alert;

    if (!unit)
        return NULL;
    make_id(id, rule->code, unit->code, "about", subject);
    alert = find_in(m->alerts, id);
    if (alert || !make)
        return alert;
    alert = add(m->alerts, id, rule, unit_id);
    snprintf(alert->subject, sizeof alert->subject, "%.129s", subject);
    return alert;
}

struct alert *alerts_get_in(struct alerts *book, const struct monitoring *m, const struct rule *rule, uint32_t unit_id,
                            uint32_t measure_id, uint32_t period_id, bool make)
{
    const struct ref_unit *unit = refdata_unit(m->refdata, unit_id);
    const struct ref_measure *measure = refdata_measure(m->refdata, measure_id);
    const struct ref_period *period = refdata_period(m->refdata, period_id);
    char id[ALERT_ID_LEN];
    struct alert *alert;

    if (!unit || !measure || !period)
        return NULL;
    id_of(id, rule, unit->code, measure->code, period->code);
    alert = find_in(book, id);
    if (alert || !make)
        return alert;
    alert = add(book, id, rule, unit_id);
    alert->measure_id = measure_id;
    alert->period_id = period_id;
    return alert;
}

struct alert *alerts_get(struct monitoring *m, const struct rule *rule, uint32_t unit_id, uint32_t measure_id,
                         uint32_t period_id, bool make)
{
    return alerts_get_in(m->alerts, m, rule, unit_id, measure_id, period_id, make);
}

int alerts_each_in(struct alerts *book, alerts_each_fn *each, void *arg, struct err *err)
{
    struct alert *alert;
    struct alert *next;

    HASH_ITER(hh, book->by_id, alert, next)
    {
        if (each(arg, alert, err) != 0)
            return -1;
    }
    return 0;
}

int alerts_each(struct monitoring *m, alerts_each_fn *each, void *arg, struct err *err)
{
    return alerts_each_in(m->alerts, each, arg, err);
}

/* --- messages --- */

static char *day_text(struct tx *tx, int32_t day)
{
    char text[DATE_TEXT_MAX];

    if (!day)
        return (char *)(uintptr_t) "";
    date_print(text, day);
    return arena_strdup(tx_arena(tx), text);
}

static Bihuan__AlertInputs *inputs_message(struct tx *tx, const struct alert *alert)
{
    const struct alert_inputs *in = &alert->inputs;
    Bihuan__AlertInputs *out = arena_new(tx_arena(tx), Bihuan__AlertInputs);

    bihuan__alert_inputs__init(out);
    out->as_of = day_text(tx, in->as_of);
    out->target = in->target;
    out->planned = in->planned;
    out->actual = in->actual;
    out->gap_bp = in->gap_bp;
    out->curve_ppm = in->curve_ppm;
    out->spi_ppm = in->spi_ppm;
    out->days_behind_milli = in->days_behind_milli;
    out->probability_ppm = in->probability_ppm;
    out->landing = in->landing;
    out->hit_ppm = in->hit_ppm;
    out->breach_days = alert->dwell.breach_days;
    out->clear_days = alert->dwell.clear_days;
    out->reason = arena_strdup(tx_arena(tx), in->reason);
    out->reason_zh = arena_strdup(tx_arena(tx), in->reason_zh);
    out->plan_version = in->plan_version;
    out->ratio = in->ratio && !in->level;
    out->level = in->level;
    out->of = in->of;
    out->over = in->over;
    out->of_scale = (uint32_t)in->of_scale;
    out->over_scale = (uint32_t)in->over_scale;
    out->scale = (uint32_t)measure_scale(tx, refdata_measure(monitoring_of(tx)->refdata, alert->measure_id));
    return out;
}

static void add_contributors(struct tx *tx, const struct alert *alert, Bihuan__Alert *out)
{
    const struct monitoring *m = monitoring_of(tx);

    out->contributors = arena_array(tx_arena(tx), Bihuan__Contributor *, CONTRIBUTORS_MAX);
    for (size_t i = 0; i < alert->contributor_count; i++) {
        const struct ref_unit *unit = refdata_unit(m->refdata, alert->contributors[i].unit_id);
        Bihuan__Contributor *c = arena_new(tx_arena(tx), Bihuan__Contributor);

        if (!unit)
            continue;
        bihuan__contributor__init(c);
        c->unit = arena_strdup(tx_arena(tx), unit->code);
        c->name = arena_strdup(tx_arena(tx), unit->name);
        c->deficit = alert->contributors[i].deficit;
        c->share_ppm = alert->contributors[i].share_ppm;
        c->scale = alert->inputs.ratio ? (uint32_t)alert->inputs.of_scale
                                       : (uint32_t)measure_scale(tx, refdata_measure(m->refdata, alert->measure_id));
        out->contributors[out->n_contributors++] = c;
    }
}

/* As it is kept and published. */
static Bihuan__Alert *body_of(struct tx *tx, const struct alert *alert)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct rule *rule = rule_by_id(m, alert->rule_id);
    const struct ref_unit *unit = refdata_unit(m->refdata, alert->unit_id);
    const struct ref_measure *measure = refdata_measure(m->refdata, alert->measure_id);
    const struct ref_period *period = refdata_period(m->refdata, alert->period_id);
    struct arena *arena = tx_arena(tx);
    Bihuan__Alert *out = arena_new(arena, Bihuan__Alert);

    bihuan__alert__init(out);
    out->id = arena_strdup(arena, alert->id);
    out->rule = arena_strdup(arena, rule ? rule->code : "");
    out->kind = (char *)(uintptr_t)(rule ? kind_of(rule->kind)->word : "lag");
    out->channel = arena_strdup(arena, rule ? rule->channel : "");
    out->product = arena_strdup(arena, rule ? rule->product : "");
    out->conditions = conditions_message(tx, alert->conditions, alert->condition_count, measure_scale(tx, measure));
    out->n_conditions = (size_t)alert->condition_count;
    out->subject = arena_strdup(arena, alert->subject);
    out->nodata = alert->nodata;
    out->provisional = alert->provisional;
    out->late_corrected = alert->late_corrected;
    out->unit = arena_strdup(arena, unit ? unit->code : "");
    out->unit_name = arena_strdup(arena, unit ? unit->name : "");
    out->unit_type = arena_strdup(arena, unit ? unit->type : "");
    out->measure = arena_strdup(arena, measure ? measure->code : "");
    out->measure_title = arena_strdup(arena, !measure                             ? ""
                                             : strcmp(tx_language(tx), "zh") == 0 ? measure->title_zh
                                                                                  : measure->title_en);
    out->period = arena_strdup(arena, period ? period->code : "");
    out->state = (char *)(uintptr_t)alert_state_word(alert->state);
    out->severity = (char *)(uintptr_t)SEVERITIES[alert->severity];
    out->since = alert->since_us;
    out->fired_at = alert->fired_us;
    out->resolved_at = alert->resolved_us;
    out->inhibited_by = arena_strdup(arena, alert->inhibited_by);
    out->taken_by = arena_strdup(arena, alert->taken_by);
    out->note = arena_strdup(arena, alert->note);
    out->silenced_until = alert->silenced_until_us;
    out->inputs = inputs_message(tx, alert);
    add_contributors(tx, alert, out);
    out->action = arena_strdup(arena, alert->action);
    out->version = alert->version;
    out->told = alert->told;
    out->life = life_message(&alert->life, arena);
    return out;
}

Bihuan__Alert *alert_message(struct tx *tx, const struct alert *alert)
{
    Bihuan__Alert *out = body_of(tx, alert);

    if (!out->inputs->reason_zh[0])
        out->inputs->reason_zh = alert_reason_zh(tx_arena(tx), out);
    return out;
}

/* --- loading --- */

static void take_inputs(struct alert *alert, const Bihuan__AlertInputs *in)
{
    int32_t day = 0;

    if (!in)
        return;
    if (in->as_of[0])
        (void)date_parse(in->as_of, strlen(in->as_of), &day, NULL);
    alert->inputs = (struct alert_inputs) { .as_of = day,
                                            .target = in->target,
                                            .planned = in->planned,
                                            .actual = in->actual,
                                            .gap_bp = in->gap_bp,
                                            .curve_ppm = in->curve_ppm,
                                            .spi_ppm = in->spi_ppm,
                                            .days_behind_milli = in->days_behind_milli,
                                            .probability_ppm = in->probability_ppm,
                                            .landing = in->landing,
                                            .hit_ppm = in->hit_ppm,
                                            .plan_version = in->plan_version,
                                            .ratio = in->ratio || in->level,
                                            .level = in->level,
                                            .of = in->of,
                                            .over = in->over,
                                            .of_scale = (int)in->of_scale,
                                            .over_scale = (int)in->over_scale };
    snprintf(alert->inputs.reason, sizeof alert->inputs.reason, "%s", in->reason);
    snprintf(alert->inputs.reason_zh, sizeof alert->inputs.reason_zh, "%s", in->reason_zh);
    alert->dwell = (struct alert_dwell) { in->breach_days, in->clear_days };
}

static void take_body(struct monitoring *m, struct alert *alert, const Bihuan__Alert *body)
{
    alert->state = alert->written = alert_state_parse(body->state);
    alert->severity = severity_rank(body->severity);
    alert->since_us = body->since;
    alert->fired_us = body->fired_at;
    alert->resolved_us = body->resolved_at;
    alert->silenced_until_us = body->silenced_until;
    alert->version = body->version;
    alert->told = body->told;
    snprintf(alert->inhibited_by, sizeof alert->inhibited_by, "%.16s", body->inhibited_by);
    snprintf(alert->taken_by, sizeof alert->taken_by, "%.64s", body->taken_by);
    snprintf(alert->note, sizeof alert->note, "%.290s", body->note);
    snprintf(alert->action, sizeof alert->action, "%.16s", body->action);
    life_take(&alert->life, body->life);
    take_inputs(alert, body->inputs);
    conditions_take(alert, body->conditions, body->n_conditions);
    alert->nodata = body->nodata;
    alert->provisional = body->provisional;
    alert->late_corrected = body->late_corrected;
    for (size_t i = 0; i < body->n_contributors && i < CONTRIBUTORS_MAX; i++) {
        const struct ref_unit *unit = refdata_unit_by_code(m->refdata, body->contributors[i]->unit);

        if (unit)
            alert->contributors[alert->contributor_count++] =
                (struct contributor) { unit->id, body->contributors[i]->deficit, body->contributors[i]->share_ppm };
    }
}

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

    if (message_unpack(&bihuan__alert__descriptor, bytes, len, tx_arena(tx), (ProtobufCMessage **)&body, err) != 0)
        return -1;
    measure = refdata_measure_by_code(m->refdata, body->measure);
    period = refdata_period_by_code(m->refdata, body->period);
    if (!rule || (!body->subject[0] && (!measure || !period)))
        return 0;
    alert = body->subject[0] ? alerts_get_about(m, rule, (uint32_t)db_i32(rows, row, 1), body->subject, true)
                             : alerts_get(m, rule, (uint32_t)db_i32(rows, row, 1), measure->id, period->id, true);
    if (!alert)
        return 0;
    take_body(m, alert, body);
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

/* --- moving
 * ----------------------------------------------------------------------------------------------------------------------
 */

static int write_transition(struct tx *tx, const struct alert *alert, Bihuan__AlertTransition *transition,
                            struct err *err)
{
    struct db_args args;
    struct buf body = { 0 };
    int rc;

    wire_pack(&transition->base, &body);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, alert->id);
    db_arg_i32(&args, (int32_t)alert->version);
    db_arg_bytes(&args, body.data, body.len);
    rc = db_later(tx_db(tx), &TRANSITION, &args, NULL, err);
    buf_fini(&body);
    return rc;
}

static bool target_reached(const struct alert *alert)
{
    return alert->inputs.ratio ? alert->inputs.gap_bp >= 0 : alert->inputs.actual >= alert->inputs.target;
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
    alert->fired_now = alert->fired_now || (to == ALERT_FIRING && !alert_state_is_open(from));
    life_move(&alert->life, from, to, target_reached(alert), tx_now(tx));
    alert->state = alert->written = to;
    alert->version++;
    alert->dirty = true;
    transition.known_at = tx_now(tx);
    transition.as_of = day_text(tx, alert->inputs.as_of);
    transition.from = (char *)(uintptr_t)alert_state_word(from);
    transition.to = (char *)(uintptr_t)alert_state_word(to);
    transition.actor = (char *)(uintptr_t)actor;
    transition.note = (char *)(uintptr_t)note;
    transition.inputs = inputs_message(tx, alert);
    if (write_transition(tx, alert, &transition, err) != 0)
        return -1;
    event.alert = body_of(tx, alert);
    event.transition = &transition;
    return tx_publish(tx, 0, MSG(ALERT_CHANGED), alert->id, &event.base, err);
}

static int write_alert(struct tx *tx, const struct alert *alert, struct err *err)
{
    struct db_args args;
    struct buf body = { 0 };
    Bihuan__Alert *message = body_of(tx, alert);
    int rc;

    wire_pack(&message->base, &body);
    db_args_init(&args, tx_arena(tx));
    db_arg_text(&args, alert->id);
    db_arg_text(&args, alert_state_word(alert->state));
    db_arg_i32(&args, (int32_t)alert->rule_id);
    db_arg_i32(&args, (int32_t)alert->unit_id);
    if (alert->fired_us)
        db_arg_time(&args, alert->fired_us);
    else
        db_arg_null(&args);
    db_arg_bytes(&args, body.data, body.len);
    rc = db_later(tx_db(tx), &PUT, &args, NULL, err); /* thousands in a judgement: nobody waits for each */
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

int alerts_settle(struct tx *tx, struct err *err)
{
    if (telling_begin(tx, err) != 0)
        return -1;
    return alerts_each(monitoring_of(tx), settle_one, tx, err);
}
