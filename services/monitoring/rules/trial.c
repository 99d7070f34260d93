/* trial: see trial.h. */
#include "monitoring/rules/trial.h"

#include <string.h>

bool trial_can(const struct rule *rule)
{
    const struct kind *kind = kind_of(rule->kind);

    return kind && kind->decide;
}

int32_t trial_last_day(struct tx *tx)
{
    int64_t through = marks_through(monitoring_of(tx));
    int32_t day;

    if (!through)
        return INT32_MIN;
    day = clock_day(runtime_clock(tx_runtime(tx)), through) - 1;
    return day < today(tx) ? day : today(tx) - 1;
}

static void moved(void *arg, const struct judgement *j, const struct alert *alert, enum alert_state to,
                  const char *note)
{
    (void)arg;
    (void)j;
    (void)alert;
    (void)to;
    (void)note; /* states alone matter; what is told is looked at behind the day */
}

static void judged(void *arg, const struct judgement *j, const struct node *node, const struct verdict *verdict,
                   const struct alert *alert)
{
    const struct trial *trial = arg;

    trial->judged(trial->arg, j, node, verdict, alert);
}

/* --- who would have been told --- */

struct announcing {
    struct trial *trial;
    int32_t day;
    const char *id; /* counting those that are gathered under it */
    uint32_t gathered;
};

static int count_gathered(void *arg, struct alert *alert, struct err *err)
{
    struct announcing *announcing = arg;

    (void)err;
    announcing->gathered += alert_state_is_open(alert->state) && strcmp(alert->inhibited_by, announcing->id) == 0;
    return 0;
}

/* As of recorded alerts: that it fired, that it got worse, that it is over. */
static int tell(void *arg, struct alert *alert, struct err *err)
{
    struct announcing *announcing = arg;
    struct trial *trial = announcing->trial;
    struct tried_notice notices[TRIED_NOTICES_MAX];
    size_t count;

    if (tried_tell(&trial->tried, trial->tx, &trial->rule, announcing->day, alert, notices, &count, err) != 0)
        return -1;
    announcing->id = alert->id;
    announcing->gathered = 0;
    if (count && alert_state_is_open(alert->state) && alerts_each_in(trial->book, count_gathered, announcing, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        trial->told(trial->arg, announcing->day, alert, &notices[i], announcing->gathered);
    return 0;
}

int trial_tell(struct trial *trial, int32_t day, struct err *err)
{
    struct announcing announcing = { .trial = trial, .day = day };

    return trial->told ? alerts_each_in(trial->book, tell, &announcing, err) : 0;
}

static int expire(void *arg, struct alert *alert, struct err *err)
{
    (void)arg;
    (void)err;
    if (alert_state_is_open(alert->state) || alert->state == ALERT_PENDING)
        alert->state = ALERT_EXPIRED;
    return 0;
}

/* --- days --- */

struct day_end {
    struct trial *trial;
    uint32_t period_id;
};

/* As of recorded alerts (alerts/days.c). */
static int end_day(void *arg, struct alert *alert, struct err *err)
{
    const struct day_end *end = arg;
    struct tx *tx = end->trial->tx;

    (void)err;
    if (alert->period_id == end->period_id && alert->state != ALERT_EXPIRED && !alert->nodata &&
        life_day(&alert->life, alert_state_is_open(alert->state), &monitoring_of(tx)->limits.flap, tx_now(tx)))
        end->trial->flapping += alert->life.flap.on;
    return 0;
}

static int run_day(struct trial *trial, uint32_t period_id, int32_t day, struct err *err)
{
    struct monitoring *m = monitoring_of(trial->tx);
    struct judge_trial how = {
        .book = trial->book, .only = trial->only, .moved = moved, .judged = trial->judged ? judged : NULL, .arg = trial
    };
    struct judgement j = { .tx = trial->tx, .m = m, .rule = &trial->rule, .day = day, .trial = &how };
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    j.period = refdata_period(m->refdata, period_id);
    if (trial->slice)
        j.series = (struct node_series) { trial->slice, 1 };
    rc = j.period ? judge_rule(&j, err) : 0;
    if (rc == 0)
        rc = alerts_each_in(trial->book, end_day, &(struct day_end) { trial, period_id }, err);
    if (rc == 0 && j.period && day == j.period->until_day - 1)
        rc = alerts_each_in(trial->book, expire, NULL, err);
    if (rc == 0)
        rc = trial_tell(trial, day, err);
    pthread_rwlock_unlock(&m->lock);
    trial->days++;
    return rc;
}

static int run_period(struct trial *trial, uint32_t period_id, int32_t from, int32_t until, struct err *err)
{
    struct monitoring *m = monitoring_of(trial->tx);
    const struct ref_period *period;
    int32_t first = 0, last = -1;

    pthread_rwlock_rdlock(&m->lock);
    period = refdata_period(m->refdata, period_id);
    if (period && period->has_curve && period->plan_version && period->until_day > from && period->from_day <= until) {
        first = period->from_day;
        last = until < period->until_day ? until : period->until_day - 1;
    }
    pthread_rwlock_unlock(&m->lock);
    for (int32_t day = first; day <= last; day++)
        if (run_day(trial, period_id, day, err) != 0)
            return -1;
    return 0;
}

int trial_run(struct trial *trial, int32_t from, int32_t until, struct err *err)
{
    struct monitoring *m = monitoring_of(trial->tx);
    uint32_t limit;
    int rc;

    trial->book = alerts_new();
    pthread_rwlock_rdlock(&m->lock);
    limit = refdata_period_limit(m->refdata);
    rc = slices_try(trial->tx, &trial->rule, &trial->slice, err);
    pthread_rwlock_unlock(&m->lock);
    for (uint32_t id = 1; rc == 0 && id < limit; id++)
        rc = run_period(trial, id, from, until, err);
    return rc;
}

void trial_fini(struct trial *trial)
{
    alerts_destroy(&trial->book);
    cube_destroy(&trial->slice);
    tried_fini(&trial->tried);
}
