/* replay: see replay.h. */
#include "monitoring/rules/replay.h"

#include "monitoring/duties/duty.h"
#include "monitoring/feeds/feed_alerts.h"
#include "monitoring/rules/turns.h"

#include "text/dates.h"

#include <string.h>

#define MOMENTS_MAX 5000
#define UNKNOWN_MAX 4
#define RUN_IN_DAYS 31 /* before the days asked for: where alerts stand then depends on how they came about */

bool replay_can(const struct rule *rule)
{
    const struct kind *kind = kind_of(rule->kind);

    return kind && (kind->by == KIND_BY_FEED || kind->by == KIND_BY_EVENT);
}

struct replay {
    struct trial *trial;
    const struct kind *kind;
    struct parts parts; /* of the moment */
    int64_t at_us;      /* up to which it was looked at */
};

static struct about about_at(const struct replay *replay, int64_t at_us)
{
    return (struct about) {
        .tx = replay->trial->tx, .book = replay->trial->book, .at_us = at_us, .flapping = &replay->trial->flapping
    };
}

/* What time alone brings to alerts. */
struct passing {
    struct about about;
    int64_t next_us;
    bool moved;
};

static int pass_one(void *arg, struct alert *alert, struct err *err)
{
    struct passing *passing = arg;

    return about_look(&passing->about, alert, &passing->next_us, &passing->moved, err);
}

/* Up to the moment. Under the lock. */
static int pass_time(struct replay *replay, int64_t until_us, struct err *err)
{
    struct passing passing = { .next_us = replay->at_us };

    while (passing.next_us <= until_us) {
        passing = (struct passing) { .about = about_at(replay, passing.next_us), .next_us = INT64_MAX };
        if (alerts_each_in(replay->trial->book, pass_one, &passing, err) != 0 ||
            (passing.moved && trial_tell(replay->trial, about_day(&passing.about), err) != 0))
            return -1;
    }
    replay->at_us = until_us;
    return 0;
}

static int judge(struct replay *replay, const struct about *about, const char *subject, struct err *err)
{
    bool moved = false;

    if (replay->kind->by == KIND_BY_EVENT)
        return duty_replay(about, &replay->trial->rule, subject, err);
    if (parts_at(about->tx, about->at_us, &replay->parts, err) != 0)
        return -1;
    return feeds_judge_rule(about, &replay->trial->rule, &replay->parts, &moved, err);
}

/* subject NULL: all there is. */
static int look_at(struct replay *replay, int64_t at_us, const char *subject, struct err *err)
{
    struct trial *trial = replay->trial;
    struct monitoring *m = monitoring_of(trial->tx);
    const struct about about = about_at(replay, at_us);
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = pass_time(replay, at_us, err);
    if (rc == 0)
        rc = judge(replay, &about, subject, err);
    if (rc == 0)
        rc = trial_tell(trial, about_day(&about), err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}

/* Up to the end of the day, or to now. */
static int look_on(struct replay *replay, int32_t day, struct err *err)
{
    struct monitoring *m = monitoring_of(replay->trial->tx);
    int64_t until_us = clock_day_start(runtime_clock(tx_runtime(replay->trial->tx)), day + 1) - 1;
    int rc;

    pthread_rwlock_rdlock(&m->lock);
    rc = pass_time(replay, until_us < tx_now(replay->trial->tx) ? until_us : tx_now(replay->trial->tx), err);
    pthread_rwlock_unlock(&m->lock);
    return rc;
}

/* A day begins, and goes on from moment to moment. */
static int run_days(struct replay *replay, int32_t from, int32_t until, const struct turns_moment *moments,
                    size_t count, struct err *err)
{
    struct trial *trial = replay->trial;
    const struct clock *clock = runtime_clock(tx_runtime(trial->tx));
    size_t next = 0;

    if (look_at(replay, clock_day_start(clock, from) - 1, NULL, err) != 0)
        return -1;
    for (int32_t day = from; day <= until; day++) {
        if (look_at(replay, clock_day_start(clock, day), NULL, err) != 0)
            return -1;
        for (; next < count && moments[next].at_us < clock_day_start(clock, day + 1); next++)
            if (look_at(replay, moments[next].at_us, moments[next].subject, err) != 0)
                return -1;
        trial->days++;
        if (next == MOMENTS_MAX)
            return 0;
    }
    return look_on(replay, until, err);
}

int replay_run(struct trial *trial, int32_t from, int32_t until, int64_t *cut_us, struct err *err)
{
    const struct clock *clock = runtime_clock(tx_runtime(trial->tx));
    struct replay replay = { .trial = trial, .kind = kind_of(trial->rule.kind) };
    struct turns_moment *moments = NULL;
    size_t count;
    int rc;

    from -= RUN_IN_DAYS;
    trial->book = alerts_new();
    rc = turns_moments(trial->tx, replay.kind, clock_day_start(clock, from) - 1, tx_now(trial->tx), MOMENTS_MAX,
                       &moments, &count, err);
    if (rc == 0)
        rc = run_days(&replay, from, until, moments, count, err);
    *cut_us = rc == 0 && count == MOMENTS_MAX ? moments[count - 1].at_us : 0;
    parts_fini(&replay.parts);
    return rc;
}

/* --- what isn't known --- */

static const char *what_of(const struct kind *kind, bool zh)
{
    if (kind->by == KIND_BY_FEED)
        return zh ? "数据源的状况" : "how feeds stood";
    if (kind->kind == RULE_OPPORTUNITY_STILL || kind->kind == RULE_SHARED_CUSTOMER)
        return zh ? "商机的变化" : "what became of opportunities";
    return zh ? "任务与文件的变化" : "what became of duties and files";
}

static const char *day_words(struct tx *tx, int64_t at_us)
{
    char text[DATE_TEXT_MAX];

    date_print(text, clock_day(runtime_clock(tx_runtime(tx)), at_us));
    return arena_strdup(tx_arena(tx), text);
}

int replay_unknown(struct tx *tx, const struct rule *rule, int32_t from, int64_t cut_us, char ***out, size_t *count,
                   struct err *err)
{
    const struct kind *kind = kind_of(rule->kind);
    bool zh = strcmp(tx_language(tx), "zh") == 0;
    struct arena *arena = tx_arena(tx);
    int64_t since;

    *out = arena_array(arena, char *, UNKNOWN_MAX);
    *count = 0;
    if (turns_since(tx, kind, &since, err) != 0)
        return -1;
    if (since && clock_day(runtime_clock(tx_runtime(tx)), since) >= from)
        (*out)[(*count)++] = arena_printf(arena,
                                          zh ? "%s自%s起才有记录，此前的无从得知"
                                             : "%s is recorded since %s alone: nothing is known of before",
                                          what_of(kind, zh), day_words(tx, since));
    if (kind->kind == RULE_QUOTE_SHARED || kind->kind == RULE_QUOTE_UNDERCUT)
        (*out)[(*count)++] = arena_strdup(
            arena, zh ? "报价按其日期计，而非收到的时间；此后撤回的报价不在其中"
                      : "quotes count by their days, not by when they came; those withdrawn since aren't known");
    if (cut_us)
        (*out)[(*count)++] = arena_printf(
            arena, zh ? "记录过多，只回放到%s" : "there is too much to look at: it was replayed up to %s alone",
            day_words(tx, cut_us));
    (*out)[(*count)++] = arena_strdup(arena, zh ? "单元、路由和接收方以现在为准"
                                                : "units, routes and receivers are those of now");
    return 0;
}
