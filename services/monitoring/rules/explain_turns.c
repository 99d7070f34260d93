/* explain_turns: why a rule over feeds or over what happens has an alert at a unit or not: what the turns up to the end
 * of a day lead to, and where what it watches is so instead. See replay.h. */
#include "monitoring/rules/replay.h"

#include "monitoring/rules/rules.h"
#include "text/dates.h"

#include <string.h>

struct explained {
    struct tx *tx;
    const struct trial *trial;
    int32_t day;
    const struct alert *here, *above, *below; /* open ones of the trial */
    uint32_t below_count;
    Bihuan__ExplainRuleReply *reply;
};

static int sort_alert(void *arg, struct alert *alert, struct err *err)
{
    struct explained *e = arg;
    const struct tree *tree = refdata_tree(monitoring_of(e->tx)->refdata);

    (void)err;
    if (!alert_state_is_open(alert->state) || alert->inhibited_by[0])
        return 0;
    if (alert->unit_id == e->trial->only) {
        e->here = e->here ? e->here : alert;
    } else if (tree_is_under(tree, e->trial->only, alert->unit_id, e->day)) {
        e->above = e->above ? e->above : alert;
    } else if (tree_is_under(tree, alert->unit_id, e->trial->only, e->day)) {
        e->below = e->below ? e->below : alert;
        e->below_count++;
    }
    return 0;
}

static const char *reason_of(const struct explained *e, const struct alert *alert)
{
    bool zh = strcmp(tx_language(e->tx), "zh") == 0;

    return zh && alert->inputs.reason_zh[0] ? alert->inputs.reason_zh : alert->inputs.reason;
}

/* Words for people; "" where there is an alert at the unit. */
static char *why_not(const struct explained *e)
{
    const struct monitoring *m = monitoring_of(e->tx);
    const struct ref_unit *unit = refdata_unit(m->refdata, e->trial->only);
    const struct alert *other = e->above ? e->above : e->below;
    const struct ref_unit *at = other ? refdata_unit(m->refdata, other->unit_id) : NULL;
    struct arena *arena = tx_arena(e->tx);
    bool zh = strcmp(tx_language(e->tx), "zh") == 0;

    if (e->trial->rule.off)
        return arena_strdup(arena, rule_is_off(zh));
    if (e->here)
        return arena_strdup(arena, "");
    if (!judge_covers(m, &e->trial->rule, unit, e->day))
        return arena_strdup(arena, rule_not_about(zh));
    if (e->above)
        return arena_printf(
            arena, zh ? "该单元之上已有一条预警，位于%s：%s" : "one alert stands for more than this unit, at %s: %s",
            at->code, reason_of(e, e->above));
    if (e->below)
        return arena_printf(arena,
                            zh ? "并非整个单元如此，而是其下%u处，如%s：%s"
                               : "it isn't so at the whole of the unit, but at %u below, such as %s: %s",
                            e->below_count, at->code, reason_of(e, e->below));
    return arena_strdup(arena, zh ? "该单元及其上下均无规则所关注的情形"
                                  : "nothing that the rule watches was so at the unit, above or below it");
}

static void fill(struct explained *e)
{
    static const char *const severities[] = { "info", "warning", "major", "critical" };
    struct monitoring *m = monitoring_of(e->tx);
    const struct alert *recorded = NULL;
    char text[DATE_TEXT_MAX];

    date_print(text, e->day);
    e->reply->as_of = arena_strdup(tx_arena(e->tx), text);
    e->reply->judged = true;
    e->reply->breach = e->here != NULL;
    e->reply->clear = !e->here;
    e->reply->state = (char *)(uintptr_t)alert_state_word(e->here ? ALERT_FIRING : ALERT_OK);
    e->reply->severity = (char *)(uintptr_t)severities[severity_rank(e->trial->rule.severity)];
    e->reply->why_not = why_not(e);
    if (e->here)
        recorded = alerts_get_about(m, &e->trial->rule, e->trial->only, e->here->subject, false);
    if (recorded)
        e->reply->alert = alert_message(e->tx, recorded);
    e->reply->clears_when = rule_clears_when(e->tx, e->reply->rule, e->reply->alert);
}

int explain_turns(struct trial *trial, int32_t day, Bihuan__ExplainRuleReply *reply, struct err *err)
{
    struct monitoring *m = monitoring_of(trial->tx);
    struct explained e = { .tx = trial->tx, .trial = trial, .day = day, .reply = reply };
    int64_t cut_us;
    int rc;

    if (replay_run(trial, day, day, &cut_us, err) != 0)
        return -1;
    if (cut_us)
        return err_fail(err, ERR_CONFLICT, "too_much",
                        "more was said in the month before that day than can be looked at");
    pthread_rwlock_rdlock(&m->lock);
    rc = alerts_each_in(trial->book, sort_alert, &e, err);
    if (rc == 0)
        fill(&e);
    pthread_rwlock_unlock(&m->lock);
    return rc != 0 ? -1 : tx_reply(trial->tx, &reply->base, err);
}
