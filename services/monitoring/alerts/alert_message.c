/* alert_message: an alert as others see it, and as its row keeps it. See alert_book.h. */
#include "monitoring/alerts/alert_book.h"
#include "monitoring/kinds/kind.h"

#include "text/dates.h"

#include <stdio.h>
#include <string.h>

static const char *const SEVERITIES[] = { "info", "warning", "major", "critical" };

char *alert_day_text(struct tx *tx, int32_t day)
{
    char text[DATE_TEXT_MAX];

    if (!day)
        return (char *)(uintptr_t) "";
    date_print(text, day);
    return arena_strdup(tx_arena(tx), text);
}

Bihuan__AlertInputs *alert_inputs_message(struct tx *tx, const struct alert *alert)
{
    const struct alert_inputs *in = &alert->inputs;
    Bihuan__AlertInputs *out = arena_new(tx_arena(tx), Bihuan__AlertInputs);

    bihuan__alert_inputs__init(out);
    out->as_of = alert_day_text(tx, in->as_of);
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
    out->dispersion_milli = in->dispersion_milli;
    out->landing_banded = in->landing_banded;
    out->unwatched = in->unwatched;
    out->landing_low = in->landing_low;
    out->landing_high = in->landing_high;
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

Bihuan__Alert *alert_body(struct tx *tx, const struct alert *alert)
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
    out->clears = conditions_message(tx, alert->clears, alert->clear_count, measure_scale(tx, measure));
    out->n_clears = (size_t)alert->clear_count;
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
    out->inputs = alert_inputs_message(tx, alert);
    add_contributors(tx, alert, out);
    out->contributors_of = alert->contributors_of;
    out->action = arena_strdup(arena, alert->action);
    out->version = alert->version;
    out->told = alert->told;
    out->life = life_message(&alert->life, arena);
    return out;
}

Bihuan__Alert *alert_message(struct tx *tx, const struct alert *alert)
{
    Bihuan__Alert *out = alert_body(tx, alert);

    if (!out->inputs->reason_zh[0])
        out->inputs->reason_zh = alert_reason_zh(tx_arena(tx), out);
    return out;
}

/* --- and back --- */

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
                                            .over_scale = (int)in->over_scale,
                                            .dispersion_milli = in->dispersion_milli,
                                            .landing_banded = in->landing_banded,
                                            .unwatched = in->unwatched,
                                            .landing_low = in->landing_low,
                                            .landing_high = in->landing_high };
    snprintf(alert->inputs.reason, sizeof alert->inputs.reason, "%s", in->reason);
    snprintf(alert->inputs.reason_zh, sizeof alert->inputs.reason_zh, "%s", in->reason_zh);
    alert->dwell = (struct alert_dwell) { in->breach_days, in->clear_days };
}

void alert_take(struct monitoring *m, struct alert *alert, const Bihuan__Alert *body)
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
    alert->condition_count = conditions_take(alert->conditions, CONDITIONS_MAX, body->conditions, body->n_conditions);
    alert->clear_count = conditions_take(alert->clears, CLEARS_MAX, body->clears, body->n_clears);
    alert->nodata = body->nodata;
    alert->provisional = body->provisional;
    alert->late_corrected = body->late_corrected;
    alert->contributors_of = body->contributors_of;
    alert->contributor_count = 0;
    for (size_t i = 0; i < body->n_contributors && i < CONTRIBUTORS_MAX; i++) {
        const struct ref_unit *unit = refdata_unit_by_code(m->refdata, body->contributors[i]->unit);

        if (unit)
            alert->contributors[alert->contributor_count++] =
                (struct contributor) { unit->id, body->contributors[i]->deficit, body->contributors[i]->share_ppm };
    }
}
