/* try_rule: what a rule would have sent, when, about whom and to whom, before it is switched on. See trial.h. */
#include "monitoring/rules/replay.h"
#include "monitoring/rules/rules.h"
#include "monitoring/rules/trial.h"

#include "text/dates.h"

#include <string.h>

#define DAYS_DEFAULT 90
#define DAYS_MAX     366
#define ITEMS_MAX    1000

struct trying {
    struct tx *tx;
    const struct rule *rule;
    int32_t from;
    int32_t day; /* of the notices counted in `today` */
    uint32_t of_day;
    Bihuan__TryRuleReply reply;
};

static char *day_text(struct tx *tx, int32_t day)
{
    char text[DATE_TEXT_MAX];

    date_print(text, day);
    return arena_strdup(tx_arena(tx), text);
}

static void count_day(struct trying *trying, int32_t day)
{
    if (day != trying->day)
        trying->of_day = 0;
    trying->day = day;
    if (++trying->of_day > trying->reply.busiest) {
        trying->reply.busiest = trying->of_day;
        trying->reply.busiest_day = day_text(trying->tx, day);
    }
}

static void count_notice(struct trying *trying, int32_t day, const struct tried_notice *notice)
{
    Bihuan__TryRuleReply *reply = &trying->reply;

    reply->fired += notice->event == NOTICE_FIRED;
    reply->worsened += notice->event == NOTICE_WORSENED;
    reply->worsened_gap += notice->news == TRIED_GAP;
    reply->worsened_hit += notice->news == TRIED_HIT;
    reply->worsened_severity += notice->news == TRIED_SEVERITY;
    reply->over += notice_event_closes(notice->event);
    reply->messages += (uint32_t)notice->receiver_count;
    reply->held += (uint32_t)notice->held;
    count_day(trying, day);
}

static void told(void *arg, int32_t day, const struct alert *alert, const struct tried_notice *notice,
                 uint32_t gathered)
{
    static const char *const severities[] = { "info", "warning", "major", "critical" };
    struct trying *trying = arg;
    const struct ref_unit *unit = refdata_unit(monitoring_of(trying->tx)->refdata, alert->unit_id);
    bool zh = strcmp(tx_language(trying->tx), "zh") == 0;
    Bihuan__TriedNotice *item;

    if (day < trying->from || !unit)
        return;
    count_notice(trying, day, notice);
    if (trying->reply.n_items == ITEMS_MAX) {
        trying->reply.truncated = true;
        return;
    }
    item = trying->reply.items[trying->reply.n_items++] = arena_new(tx_arena(trying->tx), Bihuan__TriedNotice);
    bihuan__tried_notice__init(item);
    item->day = day_text(trying->tx, day);
    item->event = (char *)(uintptr_t)notice_event_word(notice->event);
    item->news = (char *)(uintptr_t)tried_news_word(notice->news);
    item->unit = arena_strdup(tx_arena(trying->tx), unit->code);
    item->unit_name = arena_strdup(tx_arena(trying->tx), unit->name);
    item->subject = arena_strdup(tx_arena(trying->tx), alert->subject);
    item->severity = (char *)(uintptr_t)severities[alert->severity];
    item->reason = arena_strdup(tx_arena(trying->tx),
                                zh && alert->inputs.reason_zh[0] ? alert->inputs.reason_zh : alert->inputs.reason);
    item->gathered = gathered;
    item->receivers = (char **)(uintptr_t)notice->receivers;
    item->n_receivers = notice->receiver_count;
}

/* What these numbers don't know. */
static void say_rest(struct trying *trying)
{
    static const char *const rest[][2] = {
        { "messages up the ladders: nobody knows what would have been taken in hand",
          "升级通知：无从得知哪些会被认领" },
        { "quiet hours: at what hour of the next day it would have been told", "静默时段：次日何时通知" },
        { "silences, digests, and the rule of one message a day for some", "静默设置、摘要，以及每日一条的限制" },
    };
    bool zh = strcmp(tx_language(trying->tx), "zh") == 0;
    size_t count = sizeof rest / sizeof rest[0];

    trying->reply.not_counted = arena_array(tx_arena(trying->tx), char *, count);
    for (size_t i = 0; i < count; i++)
        trying->reply.not_counted[trying->reply.n_not_counted++] = (char *)(uintptr_t)rest[i][zh];
}

/* What is left in the book at the end. */
static int count_units(void *arg, struct alert *alert, struct err *err)
{
    struct trying *trying = arg;

    (void)err;
    trying->reply.units += alert->inputs.as_of >= trying->from && alert->severity >= 0 && alert->version >= 0 &&
                           (alert->state != ALERT_OK && alert->state != ALERT_PENDING);
    trying->reply.still_open += alert->told && alert_state_is_open(alert->state);
    return 0;
}

/* The last day that is replayed: the one that is judged, of what is at once today. */
static int find_until(struct trying *trying, int32_t *until, struct err *err)
{
    struct monitoring *m = monitoring_of(trying->tx);

    *until = today(trying->tx);
    if (replay_can(trying->rule))
        return 0;
    pthread_rwlock_rdlock(&m->lock);
    *until = trial_last_day(trying->tx);
    pthread_rwlock_unlock(&m->lock);
    if (*until == INT32_MIN)
        return err_fail(err, ERR_CONFLICT, "nothing_judged",
                        "no day is complete yet: there is nothing to replay the rule over");
    return 0;
}

static int replay(struct trying *trying, struct trial *trial, int32_t until, struct err *err)
{
    int64_t cut_us;

    if (!replay_can(trying->rule))
        return trial_run(trial, trying->from, until, err);
    if (replay_run(trial, trying->from, until, &cut_us, err) != 0)
        return -1;
    return replay_unknown(trying->tx, trying->rule, trying->from, cut_us, &trying->reply.unknown,
                          &trying->reply.n_unknown, err);
}

static int run(struct trying *trying, struct trial *trial, uint32_t days, struct err *err)
{
    int32_t until;
    int rc;

    if (find_until(trying, &until, err) != 0)
        return -1;
    trying->from = until - (int32_t)days + 1;
    trying->reply.from = day_text(trying->tx, trying->from);
    trying->reply.until = day_text(trying->tx, until);
    trying->reply.days = days;
    trying->reply.items = arena_array(tx_arena(trying->tx), Bihuan__TriedNotice *, ITEMS_MAX);
    rc = replay(trying, trial, until, err);
    if (rc == 0)
        rc = alerts_each_in(trial->book, count_units, trying, err);
    trying->reply.flapping = trial->flapping;
    say_rest(trying);
    return rc != 0 ? -1 : tx_reply(trying->tx, &trying->reply.base, err);
}

/* The rule as it would be applied, its problems told. */
static int read_rule(struct tx *tx, Bihuan__Rule *item, struct rule *out, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = rule_check(tx, &item->base, NULL, "/rule", err);
    if (rc == 0 && !tx_problem_count(tx))
        rule_take(tx, item, out);
    pthread_rwlock_unlock(&m->lock);
    return rc != 0 || tx_problem_count(tx) ? -1 : 0;
}

int on_try_rule(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__TryRuleRequest *request = message;
    uint32_t days = request->days ? request->days : DAYS_DEFAULT;
    struct trying trying = { .tx = tx, .day = INT32_MIN };
    struct trial trial = { .tx = tx, .told = told, .arg = &trying };
    int rc;

    bihuan__try_rule_reply__init(&trying.reply);
    if (!request->rule)
        return err_fail(err, ERR_INVALID, "missing_value", "give the rule that is to be tried");
    if (days > DAYS_MAX)
        tx_problem(tx, "/days", "out_of_range", "a rule is tried over at most %d days", DAYS_MAX);
    if (read_rule(tx, request->rule, &trial.rule, err) != 0 || tx_problem_count(tx))
        return tx_refuse(tx, err);
    trying.rule = &trial.rule;
    trial.rule.id = UINT32_MAX;
    rc = run(&trying, &trial, days, err);
    trial_fini(&trial);
    return rc;
}
