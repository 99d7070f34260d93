/* judge: after a watermark moved, every node is judged for every complete day in turn, in one snapshot. */
#include "monitoring/alerts/days.h"
#include "monitoring/judging/judge.h"

#include "monitoring/alerts/unwatched.h"
#include "monitoring/kinds/kind.h"

#include <stdlib.h>
#include <string.h>

#define DAYS_A_TURN 100 /* judged in one transaction */

static const struct stmt PUT_JUDGED = { "judged_put", "INSERT INTO judged (period_id, day) VALUES ($1, $2)"
                                                      " ON CONFLICT (period_id) DO UPDATE SET day = excluded.day" };
static const struct stmt JUDGED = { "judged_all", "SELECT period_id, day FROM judged" };

/* --- days --- */

struct expiry {
    struct tx *tx;
    const struct ref_period *period;
    bool all;
};

static bool is_threshold(const struct monitoring *m, const struct alert *alert)
{
    const struct rule *rule = rule_by_id(m, alert->rule_id);

    return rule && rule->kind == RULE_THRESHOLD;
}

/* What came and went has come to rest with its period: now it is told how it ended. */
static int settle_one(const struct expiry *expiry, struct alert *alert, struct err *err)
{
    if (alert->state != ALERT_RESOLVED || !alert->life.flap.on)
        return 0;
    alert->life.flap.on = false;
    alert->life.flap_since_us = 0;
    return alert_remark(expiry->tx, alert, "system", "no longer comes and goes: the period ended", err);
}

static int expire_one(void *arg, struct alert *alert, struct err *err)
{
    const struct expiry *expiry = arg;
    bool hit = alert->inputs.ratio ? alert->inputs.gap_bp >= 0 : alert->inputs.actual >= alert->inputs.target;

    if (alert->period_id != expiry->period->id)
        return 0;
    if (!alert_state_is_open(alert->state) && alert->state != ALERT_PENDING)
        return settle_one(expiry, alert, err);
    if (!expiry->all && is_threshold(monitoring_of(expiry->tx), alert))
        return 0; /* more may be sold until the last day is over */
    return alert_move(expiry->tx, alert, ALERT_EXPIRED, "system",
                      hit ? "the period ended, target reached" : "the period ended, target missed", err);
}

static int judge_day(struct tx *tx, const struct ref_period *period, int32_t day, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);

    for (size_t i = 0; i < m->rule_count; i++) {
        struct judgement j = { .tx = tx, .m = m, .rule = &m->rules[i], .period = period, .day = day };

        if (!j.rule->off && kind_of(j.rule->kind)->by == KIND_BY_DAY && judge_rule(&j, err) != 0)
            return -1;
    }
    for (size_t i = 0; m->threshold_rules && i < m->rule_count; i++)
        if (!m->rules[i].off && m->rules[i].kind == RULE_THRESHOLD &&
            judge_level_limits(tx, &m->rules[i], period, day, err) != 0)
            return -1;
    if (alerts_after_day(tx, period, err) != 0 || actions_verify(tx, day, err) != 0)
        return -1;
    if (day == period->until_day - 1) {
        struct expiry expiry = { tx, period, false };

        return alerts_each(m, expire_one, &expiry, err);
    }
    return 0;
}

static int32_t *judged_of(struct monitoring *m, uint32_t period_id)
{
    if (period_id >= m->judged_count) {
        m->judged = realloc(m->judged, (period_id + 16) * sizeof *m->judged);
        if (!m->judged)
            abort();
        memset(m->judged + m->judged_count, 0, (period_id + 16 - m->judged_count) * sizeof *m->judged);
        m->judged_count = period_id + 16;
    }
    return &m->judged[period_id];
}

static int remember(struct tx *tx, uint32_t period_id, int32_t day, struct err *err)
{
    struct db_args args;

    *judged_of(monitoring_of(tx), period_id) = day;
    if (day > monitoring_of(tx)->judged_until)
        monitoring_of(tx)->judged_until = day;
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_date(&args, day);
    return db_exec(tx_db(tx), &PUT_JUDGED, &args, NULL, err);
}

/* Judges a period's days up to `day`; *left when some remain for the next turn. */
static int judge_period(struct tx *tx, const struct ref_period *period, int32_t day, bool *left, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int32_t last = day < period->until_day - 1 ? day : period->until_day - 1;
    int32_t from = *judged_of(m, period->id) + 1;
    int32_t until;

    if (from < period->from_day)
        from = period->from_day;
    if (from > last)
        return 0;
    until = last - from >= DAYS_A_TURN ? from + DAYS_A_TURN - 1 : last;
    *left = until < last;
    alerts_gather(m);
    for (int32_t d = from; d <= until; d++)
        if (judge_day(tx, period, d, err) != 0)
            return -1;
    if (remember(tx, period->id, until, err) != 0)
        return -1;
    /* States are kept for every day; people are told of what is still true. */
    return alerts_settle(tx, err);
}

/* A period that was judged before goes on to its end, however late its data. One that wasn't is begun when its data is
 * recent: while history is still coming in, we wait until the feeds have caught up. */
static bool may_judge(struct tx *tx, const struct ref_period *period, int32_t day)
{
    int32_t last = today(tx) < period->until_day ? today(tx) : period->until_day - 1;
    int32_t recent = monitoring_of(tx)->limits.tell_days;

    if (*judged_of(monitoring_of(tx), period->id))
        return true;
    return day >= last - recent && today(tx) < period->until_day + recent;
}

/* What a period that is over and judged to its end still has open. */
static int expire_rest(struct tx *tx, const struct ref_period *period, struct err *err)
{
    struct expiry expiry = { tx, period, true };

    if (today(tx) < period->until_day || *judged_of(monitoring_of(tx), period->id) < period->until_day - 1)
        return 0;
    alerts_gather(monitoring_of(tx));
    if (alerts_each(monitoring_of(tx), expire_one, &expiry, err) != 0)
        return -1;
    return alerts_settle(tx, err);
}

/* Its days are judged, or will be: they end its alerts. */
static bool is_judged(struct tx *tx, const struct ref_period *period)
{
    struct monitoring *m = monitoring_of(tx);

    return period->has_curve && period->plan_version &&
           (*judged_of(m, period->id) || today(tx) < period->until_day + m->limits.tell_days);
}

/* A limit is watched by the shortest period there is, planned or not; days of one without a plan aren't judged, and no
 * day asks after a unit that was moved out of the rule's reach. */
static int tidy_limit(void *arg, struct alert *alert, struct err *err)
{
    struct tx *tx = arg;
    const struct ref_period *period = refdata_period(monitoring_of(tx)->refdata, alert->period_id);
    struct expiry expiry = { tx, period, true };

    if (!period || !is_threshold(monitoring_of(tx), alert))
        return 0;
    if (today(tx) >= period->until_day && !is_judged(tx, period))
        return expire_one(&expiry, alert, err);
    return alert_end_unwatched(tx, alert, err);
}

static int judge_all(struct tx *tx, int32_t day, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    bool left = false;

    for (uint32_t id = 1; id < refdata_period_limit(m->refdata); id++) {
        const struct ref_period *period = refdata_period(m->refdata, id);

        if (!period || !period->has_curve || !period->plan_version || today(tx) < period->from_day ||
            !may_judge(tx, period, day))
            continue;
        if (judge_period(tx, period, day, &left, err) != 0 || expire_rest(tx, period, err) != 0)
            return -1;
    }
    m->watch_marks = left;
    if (!m->threshold_rules)
        return 0;
    alerts_gather(m);
    return alerts_each(m, tidy_limit, tx, err) != 0 ? -1 : alerts_settle(tx, err);
}

int judge_days(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int32_t day = marks_day(tx);
    int64_t begin = clock_monotonic_us();
    int rc;

    if (day == INT32_MIN)
        return 0;
    (void)monitoring_write(tx);
    rc = slices_load(tx, err);
    if (rc == 0)
        rc = judge_all(tx, day, err);
    metrics_observe(runtime_metrics(m->rt), "judgement_seconds", "Duration of one judgement after a watermark moved.",
                    "", (double)(clock_monotonic_us() - begin) / 1e6);
    return rc;
}

int judged_load(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    struct db_rows rows;

    if (m->judged_count)
        memset(m->judged, 0, m->judged_count * sizeof *m->judged);
    if (db_query(tx_db(tx), &JUDGED, NULL, &rows, err) != 0)
        return -1;
    m->judged_until = 0;
    for (int i = 0; i < rows.count; i++) {
        int32_t day = db_date(&rows, i, 1);

        *judged_of(m, (uint32_t)db_i32(&rows, i, 0)) = day;
        m->judged_until = day > m->judged_until ? day : m->judged_until;
    }
    m->late_from = 0; /* nobody knows what came while we were away: all alerts are looked at once */
    db_rows_fini(&rows);
    return 0;
}
