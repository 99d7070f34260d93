/* explain_rule: why a rule is silent about a unit on a day, or isn't: every condition with what is lacking. See
 * trial.h. */
#include "monitoring/rules/replay.h"
#include "monitoring/rules/rules.h"
#include "monitoring/rules/trial.h"

#include "text/dates.h"

#include <stdio.h>
#include <string.h>

/* What the last day said. */
struct explaining {
    struct tx *tx;
    int32_t day;
    bool reached; /* the day was judged for the unit */
    Bihuan__ExplainRuleReply reply;
};

static bool in_chinese(struct tx *tx)
{
    return strcmp(tx_language(tx), "zh") == 0;
}

const char *rule_not_about(bool zh)
{
    return zh ? "规则不适用于该单元：见其类型、层级、渠道与范围"
              : "the rule isn't about this unit: see its types, levels, channels and subtree";
}

const char *rule_is_off(bool zh)
{
    return zh ? "规则已停用" : "the rule is switched off";
}

static char *gathered_words(struct tx *tx, const struct alert *alert)
{
    if (strcmp(alert->inhibited_by, ALERT_MENTIONED) == 0)
        return arena_strdup(tx_arena(tx), in_chinese(tx) ? "缺口集中于少数下级，由其告警"
                                                         : "few units below lack most of it: they are told instead");
    return arena_printf(tx_arena(tx), in_chinese(tx) ? "已归并于预警%s" : "it is gathered under alert %s",
                        alert->inhibited_by);
}

static const char *const SEVERITIES[] = { "info", "warning", "major", "critical" };

static void judged(void *arg, const struct judgement *j, const struct node *node, const struct verdict *verdict,
                   const struct alert *alert)
{
    struct explaining *e = arg;
    Bihuan__ExplainRuleReply *reply = &e->reply;
    int severity = severity_rank(j->rule->severity);
    char words[480];

    (void)node;
    if (j->day != e->day)
        return;
    e->reached = true;
    reply->judged = !verdict->not_judged;
    reply->breach = verdict->breach;
    reply->clear = verdict->clear;
    reply->conditions = conditions_message(e->tx, verdict->conditions, verdict->count,
                                           measure_scale(e->tx, j->measure));
    reply->n_conditions = (size_t)verdict->count;
    reply->severity = (char *)(uintptr_t)SEVERITIES[verdict->severity > severity ? verdict->severity : severity];
    reply->state = (char *)(uintptr_t)alert_state_word(alert ? alert->state : ALERT_OK);
    reply->breach_days = alert ? alert->dwell.breach_days : 0;
    reply->clear_days = alert ? alert->dwell.clear_days : 0;
    reply->period = arena_strdup(tx_arena(e->tx), j->period->code);
    verdict_lacking(verdict, measure_scale(e->tx, j->measure), in_chinese(e->tx), words, sizeof words);
    reply->why_not = arena_strdup(tx_arena(e->tx), words);
    if (verdict->breach && !alert_state_is_open(alert ? alert->state : ALERT_OK))
        reply->why_not = arena_printf(
            tx_arena(e->tx), in_chinese(e->tx) ? "已越限%u天，需连续%u天" : "in breach for %u of %u days that it takes",
            reply->breach_days, j->rule->dwell_days);
}

/* Why the day's judgement didn't come to the unit at all. */
static const char *not_reached(const struct explaining *e, const struct rule *rule, const struct ref_unit *unit)
{
    const struct monitoring *m = monitoring_of(e->tx);
    const struct ref_measure *measure = refdata_measure_by_code(m->refdata, rule->measure);
    const struct ref_period *period = refdata_period_of(m->refdata, e->day);
    bool zh = in_chinese(e->tx);

    if (!judge_covers(m, rule, unit, e->day))
        return rule_not_about(zh);
    if (!measure)
        return zh ? "规则的指标未定义" : "the rule's measure isn't known";
    if (!period || !period->has_curve || !period->plan_version)
        return zh ? "该日不在任何已发布计划的周期内" : "no period with a published plan holds the day";
    return zh ? "该单元在本周期没有此指标的目标" : "the unit has no target of this measure in the period";
}

static int find(struct tx *tx, const Bihuan__ExplainRuleRequest *request, struct rule *rule, uint32_t *unit_id,
                Bihuan__ExplainRuleReply *reply, struct err *err)
{
    const struct monitoring *m = monitoring_of(tx);
    const struct ref_unit *unit = refdata_unit_by_code(m->refdata, request->unit);
    ProtobufCMessage *item = NULL;

    if (!unit || check_scope(tx, unit->id, err) != 0)
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "there is no unit \"%s\"", request->unit);
    if (documents_get(tx, "rule", &bihuan__rule__descriptor, request->rule, &item, err) != 0)
        return -1;
    if (!item)
        return err_fail(err, ERR_NOT_FOUND, "unknown_rule", "there is no rule \"%s\"", request->rule);
    reply->rule = (Bihuan__Rule *)item;
    rule_take(tx, reply->rule, rule);
    reply->unit = arena_strdup(tx_arena(tx), unit->code);
    reply->unit_name = arena_strdup(tx_arena(tx), unit->name);
    *unit_id = unit->id;
    return 0;
}

/* What is at once can be asked of today. */
static int find_day(struct tx *tx, const struct rule *rule, const char *text, int32_t *day, struct err *err)
{
    int32_t last = replay_can(rule) ? today(tx) : trial_last_day(tx);

    *day = last;
    if (text[0] && date_parse(text, strlen(text), day, err) != 0)
        return -1;
    if (last == INT32_MIN)
        return err_fail(err, ERR_CONFLICT, "nothing_judged", "no day is complete yet");
    if (*day > last)
        return err_fail(err, ERR_INVALID, "not_complete", "%s isn't complete yet: nothing is judged on it", text);
    return 0;
}

static void add_words(struct explaining *e, const struct rule *rule, uint32_t unit_id, struct alert *alert)
{
    const struct ref_unit *unit = refdata_unit(monitoring_of(e->tx)->refdata, unit_id);

    if (!e->reached && unit)
        e->reply.why_not = (char *)(uintptr_t)not_reached(e, rule, unit);
    if (rule->off)
        e->reply.why_not = (char *)(uintptr_t)rule_is_off(in_chinese(e->tx));
    if (alert) {
        e->reply.alert = alert_message(e->tx, alert);
        if (alert->inhibited_by[0])
            e->reply.why_not = gathered_words(e->tx, alert);
    }
    e->reply.clears_when = rule_clears_when(e->tx, e->reply.rule, e->reply.alert);
}

static int explain(struct explaining *e, struct trial *trial, struct err *err)
{
    struct monitoring *m = monitoring_of(e->tx);
    const struct ref_measure *measure;
    const struct ref_period *period;
    struct alert *alert = NULL;
    char text[DATE_TEXT_MAX];

    if (trial_can(&trial->rule) && trial_run(trial, e->day, e->day, err) != 0)
        return -1;
    date_print(text, e->day);
    e->reply.as_of = arena_strdup(tx_arena(e->tx), text);
    pthread_rwlock_rdlock(&m->lock);
    measure = refdata_measure_by_code(m->refdata, trial->rule.measure);
    period = refdata_period_by_code(m->refdata, e->reply.period);
    if (measure && period)
        alert = alerts_get_in(m->alerts, m, &trial->rule, trial->only, measure->id, period->id, false);
    add_words(e, &trial->rule, trial->only, alert);
    pthread_rwlock_unlock(&m->lock);
    return tx_reply(e->tx, &e->reply.base, err);
}

int on_explain_rule(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ExplainRuleRequest *request = message;
    struct monitoring *m = monitoring_of(tx);
    struct explaining e = { .tx = tx };
    struct trial trial = { .tx = tx, .judged = judged, .arg = &e };
    int rc;

    bihuan__explain_rule_reply__init(&e.reply);
    pthread_rwlock_rdlock(&m->lock);
    rc = find(tx, request, &trial.rule, &trial.only, &e.reply, err);
    if (rc == 0)
        rc = find_day(tx, &trial.rule, request->day, &e.day, err);
    pthread_rwlock_unlock(&m->lock);
    if (rc == 0 && replay_can(&trial.rule)) {
        trial.judged = NULL;
        rc = explain_turns(&trial, e.day, &e.reply, err);
    } else if (rc == 0) {
        rc = explain(&e, &trial, err);
    }
    trial_fini(&trial);
    return rc;
}
