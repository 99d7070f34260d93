/* feed_alerts: see feed_alerts.h. */
#include "monitoring/feeds/feed_alerts.h"

#include "monitoring/alerts/about.h"
#include "monitoring/feeds/highest.h"
#include "monitoring/judging/judge.h"
#include "text/dates.h"

#include <stdio.h>
#include <string.h>

/* One rule and one feed. */
struct watch {
    const struct about *about;
    struct tx *tx;
    const struct monitoring *m;
    const struct parts *parts; /* as they stand, or stood */
    const struct rule *rule;
    const struct feed_part *whole; /* its first part: the whole feed, where it is known */
    uint32_t *units;               /* where an alert has to be */
    size_t count;
    bool moved;
};

static bool is_so(const struct rule *rule, const struct feed_part *part)
{
    switch (rule->kind) {
    case RULE_FEED_SILENT:
        return part->condition == BIHUAN__FEED_CONDITION_KIND__FEED_CONDITION_KIND_SILENT;
    case RULE_FEED_LATE:
        return part->condition == BIHUAN__FEED_CONDITION_KIND__FEED_CONDITION_KIND_LATE;
    case RULE_FEED_SUSPECT:
        return part->condition == BIHUAN__FEED_CONDITION_KIND__FEED_CONDITION_KIND_SUSPECT;
    default:
        return false;
    }
}

static bool covers(const void *arg, uint32_t unit_id)
{
    const struct watch *w = arg;
    const struct ref_unit *unit = refdata_unit(w->m->refdata, unit_id);

    return unit && judge_covers(w->m, w->rule, unit, about_day(w->about));
}

/* Units of which all parts are so: of a feed without parts the root, for the whole of it. A condition of the whole
 * beside parts counts as well: where it is suspect, no part is. */
static void find_units(struct watch *w, size_t from, size_t until)
{
    const struct tree *tree = refdata_tree(w->m->refdata);
    int32_t day = about_day(w->about);
    const struct ref_unit *root = refdata_root(w->m->refdata, day);
    struct highest_part *parts = arena_array(tx_arena(w->tx), struct highest_part, until - from + 1);
    size_t count = 0;

    w->units = arena_array(tx_arena(w->tx), uint32_t, until - from + 1);
    for (size_t i = from; i < until; i++)
        if (w->parts->items[i].unit_id)
            parts[count++] = (struct highest_part) { w->parts->items[i].unit_id, is_so(w->rule, &w->parts->items[i]) };
    w->count = highest_find(tree, day, parts, count, covers, w, w->units);
    if (!w->count && !w->whole->unit_id && is_so(w->rule, w->whole) && root)
        w->units[w->count++] = root->id;
}

/* The earliest that a part at or below the unit which is so is complete to; 0 never. */
static int64_t through_of(const struct watch *w, uint32_t unit_id)
{
    const struct tree *tree = refdata_tree(w->m->refdata);
    int64_t least = INT64_MAX;

    for (size_t i = 0; i < w->parts->count; i++) {
        const struct feed_part *part = &w->parts->items[i];

        if (part->feed_id == w->whole->feed_id && is_so(w->rule, part) && part->through_us < least &&
            (!part->unit_id || tree_is_under(tree, part->unit_id, unit_id, about_day(w->about))))
            least = part->through_us;
    }
    return least == INT64_MAX ? w->whole->through_us : least;
}

static void note(const struct watch *w, struct alert *alert)
{
    const struct clock *clock = runtime_clock(tx_runtime(w->tx));
    char through[DATE_TEXT_MAX] = "";
    int64_t through_us = through_of(w, alert->unit_id);

    alert->severity = severity_rank(w->rule->severity);
    alert->inputs = (struct alert_inputs) { .as_of = about_day(w->about),
                                            .target = w->whole->expected,
                                            .actual = w->whole->volume };
    if (through_us)
        date_print(through, clock_day(clock, through_us) - 1);
    snprintf(alert->inputs.reason, sizeof alert->inputs.reason, "feed %s is %s; it is complete to the end of %s",
             w->whole->feed, kind_of(w->rule->kind)->word + strlen("feed_"), through[0] ? through : "no day yet");
    snprintf(alert->inputs.reason_zh, sizeof alert->inputs.reason_zh, "数据源%s%s，数据完整至%s%s", w->whole->feed,
             w->rule->kind == RULE_FEED_LATE ? "数据迟到" : "已中断", through[0] ? through : "（尚无完整日）",
             through[0] ? "日末" : "");
    if (w->rule->kind == RULE_FEED_SUSPECT) {
        snprintf(alert->inputs.reason, sizeof alert->inputs.reason,
                 "feed %s is suspect: %lld records on its last complete day, %lld are usual", w->whole->feed,
                 (long long)w->whole->volume, (long long)w->whole->expected);
        snprintf(alert->inputs.reason_zh, sizeof alert->inputs.reason_zh,
                 "数据源%s数据可疑：最近完整日%lld条，通常约%lld条", w->whole->feed, (long long)w->whole->volume,
                 (long long)w->whole->expected);
    }
}

static int raise(struct watch *w, uint32_t unit_id, struct err *err)
{
    struct alert *alert;

    if (!covers(w, unit_id)) /* the root, where the feed has no parts */
        return 0;
    alert = about_get(w->about, w->rule, unit_id, w->whole->feed, true);
    if (alert->inhibited_by[0] || alert->life.back_us) {
        alert->inhibited_by[0] = 0;
        alert->life.back_us = 0; /* gone again before it was back for good */
        alert->dirty = w->moved = true;
    }
    if (alert_state_is_open(alert->state))
        return 0;
    note(w, alert);
    w->moved = true;
    return about_move(w->about, alert, ALERT_FIRING, err);
}

/* An alert that has its place no more: under another now, or over. */
static int look_again(void *arg, struct alert *alert, struct err *err)
{
    struct watch *w = arg;
    const struct tree *tree = refdata_tree(w->m->refdata);

    if (alert->rule_id != w->rule->id || !alert_state_is_open(alert->state) ||
        strcmp(alert->subject, w->whole->feed) != 0)
        return 0;
    for (size_t i = 0; i < w->count; i++) {
        const struct alert *root;

        if (w->units[i] == alert->unit_id)
            return 0;
        root = about_get(w->about, w->rule, w->units[i], w->whole->feed, false);
        if (root && tree_is_under(tree, alert->unit_id, w->units[i], about_day(w->about))) {
            memcpy(alert->inhibited_by, root->id, sizeof alert->inhibited_by);
            alert->life.back_us = 0;
            alert->dirty = w->moved = true;
            return 0;
        }
    }
    if (alert->life.back_us)
        return 0;
    w->moved = true;
    return about_back(w->about, alert, err);
}

static int judge_feed(struct watch *w, size_t from, size_t until, struct err *err)
{
    w->whole = &w->parts->items[from];
    find_units(w, from, until);
    for (size_t i = 0; i < w->count; i++)
        if (raise(w, w->units[i], err) != 0)
            return -1;
    return alerts_each_in(about_book(w->about), look_again, w, err);
}

/* parts are by feed. */
int feeds_judge_rule(const struct about *about, const struct rule *rule, const struct parts *parts, bool *moved,
                     struct err *err)
{
    struct watch w = { .about = about, .tx = about->tx, .m = monitoring_of(about->tx), .parts = parts, .rule = rule };
    size_t until;

    for (size_t from = 0; from < parts->count; from = until) {
        for (until = from + 1; until < parts->count; until++)
            if (parts->items[until].feed_id != parts->items[from].feed_id)
                break;
        if (judge_feed(&w, from, until, err) != 0)
            return -1;
    }
    *moved = *moved || w.moved;
    return 0;
}

int feeds_judge(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_write(tx);
    const struct about about = { .tx = tx };
    bool moved = false;

    for (size_t r = 0; r < m->rule_count; r++)
        if (!m->rules[r].off && kind_of(m->rules[r].kind)->by == KIND_BY_FEED &&
            feeds_judge_rule(&about, &m->rules[r], &m->parts, &moved, err) != 0)
            return -1;
    m->watch_feeds = false;
    return moved ? alerts_settle(tx, err) : 0;
}
