/* judge: after a watermark moved, every node is judged for every complete day in turn, in one snapshot; threshold rules
 * are judged at once, in the transaction that books the facts. */
#include "monitoring/judging/judge.h"
#include "monitoring/judging/roots.h"

#include "text/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_A_TURN 100 /* judged in one transaction */
#define TELL_DAYS   4   /* notices only for days this recent: history that is loaded late is recorded, not announced */

static const struct stmt PUT_JUDGED = { "judged_put", "INSERT INTO judged (period_id, day) VALUES ($1, $2)"
                                                      " ON CONFLICT (period_id) DO UPDATE SET day = excluded.day" };
static const struct stmt JUDGED = { "judged_all", "SELECT period_id, day FROM judged" };

/* --- nodes --- */

bool judge_covers(const struct rule *rule, const struct ref_unit *unit)
{
    char word[68];

    snprintf(word, sizeof word, ",%.64s,", unit->type);
    return !rule->unit_types[0] || strstr(rule->unit_types, word);
}

static int collect(struct judgement *j, struct err *err)
{
    uint32_t limit = refdata_unit_limit(j->m->refdata);
    const struct tree *tree = refdata_tree(j->m->refdata);
    uint32_t tree_limit = tree_unit_limit(tree);
    struct arena *arena = &j->scratch;
    int64_t *sums;

    if (limit < tree_limit)
        limit = tree_limit;
    j->nodes = arena_array(arena, struct node, limit);
    j->alerts = arena_array(arena, struct alert *, limit);
    j->index_of = arena_array(arena, uint32_t, limit);
    if (!j->measure->additive)
        return judge_ratio_collect(j, limit, err);
    sums = arena_array(arena, int64_t, limit);
    if (tree_roll_up_all(tree, j->m->cube, j->measure->id, j->period->from_day, j->day, arena, sums, limit, err) != 0)
        return -1;
    for (uint32_t u = 1; u < limit; u++) {
        const struct ref_unit *unit = refdata_unit(j->m->refdata, u);
        struct phased plan;

        if (!unit || !judge_covers(j->rule, unit) || !node_plan(j->m, j->period, u, j->measure->id, arena, &plan))
            continue;
        if (node_pace(&plan, j->day, sums[u], j->measure->money, &j->nodes[j->count], err) != 0)
            return -1;
        j->nodes[j->count].unit_id = u;
        j->index_of[u] = (uint32_t)++j->count;
    }
    return 0;
}

/* --- one node --- */

static struct breach_rule limits_of(const struct rule *rule)
{
    struct breach_rule limits = breach_rule_default(1);

    limits.gap_enter_bp = rule->enter_gap_bp;
    limits.gap_clear_bp = rule->clear_gap_bp;
    limits.sv_floor = rule->min_shortfall;
    if (rule->significance_ppm)
        limits.p_limit = rule->significance_ppm / 1e6;
    return limits;
}

static struct breach_significance significance_of(const struct judgement *j, const struct node *node,
                                                  const struct node_spread *spread, const struct breach_rule *limits)
{
    if (!j->rule->significance_ppm)
        return (struct breach_significance) { .p = 0, .significant = true };
    if (j->measure->money)
        return breach_test_money(&spread->curve, phasing_at_day_end(&spread->curve, j->day), node->bac, &node->pace,
                                 spread->sigma, limits->z_limit);
    return breach_test_count(node->pace.pv, node->ev, 1, 1, limits->p_limit);
}

static uint32_t ppm_of(double p)
{
    return p <= 0 ? 0 : p >= 1 ? 1000000 : (uint32_t)(p * 1e6 + 0.5);
}

static void note_inputs(const struct judgement *j, const struct node *node, const struct breach_significance *s,
                        struct alert *alert)
{
    struct alert_inputs *in = &alert->inputs;
    char actual[DECIMAL_TEXT_MAX];
    char planned[DECIMAL_TEXT_MAX];

    *in = (struct alert_inputs) {
        .as_of = j->day,
        .target = node->bac,
        .planned = node->pace.pv_shown,
        .actual = node->ev,
        .gap_bp = (int32_t)node->pace.gap_bp,
        .curve_ppm = (uint32_t)node->pace.curve_ppm,
        .spi_ppm = node->pace.spi.defined ? (uint32_t)node->pace.spi.ppm : 0,
        .days_behind_milli = node->pace.behind_millidays,
        .probability_ppm = s->test == BREACH_TEST_NONE && j->rule->significance_ppm ? 1000000 : ppm_of(s->p),
        .landing = node->forecast ? node->landing.value : node->pace.landing_run_rate,
        .hit_ppm = node->forecast && node->landing.band_defined ? ppm_of(node->landing.hit_probability) : 0,
        .plan_version = j->period->plan_version,
    };
    decimal_print(actual, in->actual, measure_scale(j->tx, j->measure), 0);
    decimal_print(planned, in->planned, measure_scale(j->tx, j->measure), 0);
    snprintf(
        in->reason, sizeof in->reason,
        "gap %.2f points (enters at %.2f, clears above %.2f); actual %s of %s planned to date; probability by chance"
        " %.4f",
        (double)in->gap_bp / 100, (double)j->rule->enter_gap_bp / 100, (double)j->rule->clear_gap_bp / 100, actual,
        planned, in->probability_ppm / 1e6);
}

static int step(struct judgement *j, size_t i, struct err *err)
{
    struct node *node = &j->nodes[i];
    struct breach_rule limits = limits_of(j->rule);
    struct alert *alert = alerts_get(j->m, j->rule, node->unit_id, j->measure->id, j->period->id, false);
    struct breach_significance s = { .significant = false };
    struct breach breach;
    enum alert_state next;
    struct node_spread spread;
    struct phased plan;
    int severity = severity_rank(j->rule->severity);

    if (node->ratio)
        return judge_ratio_step(j, i, alert, err);
    if (node->pace.gap_bp > limits.gap_enter_bp && (!alert || alert->state == ALERT_RESOLVED))
        return 0; /* the common case costs no forecast */
    if (!node_plan(j->m, j->period, node->unit_id, j->measure->id, &j->scratch, &plan))
        return 0; /* it had one when it was collected */
    if (node_forecast(j->m, &plan, j->measure->id, j->measure->money, j->day, &j->scratch, node, &spread, err) != 0)
        return -1;
    s = significance_of(j, node, &spread, &limits);
    breach = breach_decide(node->bac, &node->pace, &s, &node->landing, false, &limits);
    if (!alert && !breach.lag)
        return 0;
    alert = alerts_get(j->m, j->rule, node->unit_id, j->measure->id, j->period->id, true);
    j->alerts[i] = alert;
    next = alert_state_next(alert->state, &alert->dwell, breach.lag, breach.clear, breach.severity == BREACH_CRITICAL,
                            j->rule->dwell_days, j->rule->clear_days);
    note_inputs(j, node, &s, alert);
    alert->dirty = true;
    if (breach.lag)
        alert->severity = (int)breach.severity - 1 > severity ? (int)breach.severity - 1 : severity;
    if (next == alert->state)
        return 0;
    return alert_move(j->tx, alert, next, "system", "", err);
}

/* --- roots --- */

static uint32_t parent_index(const struct judgement *j, uint32_t unit)
{
    const struct tree *tree = refdata_tree(j->m->refdata);

    for (uint32_t up = tree_parent(tree, unit, j->day); up != TREE_NONE; up = tree_parent(tree, up, j->day))
        if (j->index_of[up])
            return j->index_of[up] - 1;
    return ROOTS_NONE;
}

static bool is_open(const struct judgement *j, size_t i)
{
    return j->alerts[i] && alert_state_is_open(j->alerts[i]->state);
}

/* The five children that hold most of the node's deficit. */
static void find_contributors(const struct judgement *j, const struct roots_node *nodes, size_t at, struct alert *alert)
{
    alert->contributor_count = 0;
    for (size_t i = 0; i < j->count; i++) {
        struct contributor c = { j->nodes[i].unit_id, nodes[i].deficit, 0 };
        size_t k = alert->contributor_count;

        if (nodes[i].parent != at || nodes[i].deficit <= 0)
            continue;
        if (nodes[at].deficit > 0)
            c.share_ppm = (uint32_t)((__int128)c.deficit * 1000000 / nodes[at].deficit);
        if (k < CONTRIBUTORS_MAX)
            alert->contributor_count++;
        else if (alert->contributors[--k].deficit >= c.deficit)
            continue;
        while (k > 0 && alert->contributors[k - 1].deficit < c.deficit) {
            alert->contributors[k] = alert->contributors[k - 1];
            k--;
        }
        alert->contributors[k] = c;
    }
}

static int gather_one(struct judgement *j, const struct roots_node *nodes, size_t i, struct err *err)
{
    struct alert *alert = j->alerts[i];
    char under[ALERT_ID_LEN] = "";

    if (nodes[i].gathered != ROOTS_NONE)
        memcpy(under, j->alerts[nodes[i].gathered]->id, sizeof under);
    else if (nodes[i].mention)
        memcpy(under, "children", sizeof "children");
    if (strcmp(under, alert->inhibited_by) == 0)
        return 0;
    if (!under[0] && !alert->told && alert->state == ALERT_FIRING) {
        /* Its root is over: the dwell begins again, so that what is left comes out together. */
        alert->inhibited_by[0] = 0;
        alert->dwell = (struct alert_dwell) { 0, 0 };
        return alert_move(j->tx, alert, ALERT_PENDING, "system", "the alert it was gathered under is over", err);
    }
    memcpy(alert->inhibited_by, under, sizeof under);
    alert->dirty = true;
    return 0;
}

static int gather(struct judgement *j, struct err *err)
{
    struct arena *arena = &j->scratch;
    struct roots_node *nodes = arena_array(arena, struct roots_node, j->count);
    uint32_t *children_at = arena_array(arena, uint32_t, j->count + 2);
    uint32_t *child = arena_array(arena, uint32_t, j->count + 1);

    for (size_t i = 0; i < j->count; i++) {
        nodes[i] = (struct roots_node) { .parent = parent_index(j, j->nodes[i].unit_id),
                                         .breach = is_open(j, i),
                                         .deficit = node_deficit(&j->nodes[i]) };
    }
    roots_find(nodes, j->count, children_at, child);
    for (size_t i = 0; i < j->count; i++) {
        if (!is_open(j, i))
            continue;
        find_contributors(j, nodes, i, j->alerts[i]);
        if (!j->rule->every_node && gather_one(j, nodes, i, err) != 0)
            return -1;
    }
    return 0;
}

/* --- days --- */

static int judge_rule(struct tx *tx, const struct rule *rule, const struct ref_period *period, int32_t day,
                      struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    struct judgement j = { .tx = tx,
                           .m = m,
                           .rule = rule,
                           .period = period,
                           .day = day,
                           .measure = refdata_measure_by_code(m->refdata, rule->measure) };

    int rc;

    if (!j.measure)
        return 0;
    arena_init(&j.scratch);
    rc = collect(&j, err);
    for (size_t i = 0; rc == 0 && i < j.count; i++)
        rc = step(&j, i, err);
    if (rc == 0)
        rc = gather(&j, err);
    arena_fini(&j.scratch);
    return rc;
}

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

static int expire_one(void *arg, struct alert *alert, struct err *err)
{
    const struct expiry *expiry = arg;
    bool hit = alert->inputs.ratio ? alert->inputs.gap_bp >= 0 : alert->inputs.actual >= alert->inputs.target;

    if (alert->period_id != expiry->period->id || (!alert_state_is_open(alert->state) && alert->state != ALERT_PENDING))
        return 0;
    if (!expiry->all && is_threshold(monitoring_of(expiry->tx), alert))
        return 0; /* more may be sold until the last day is over */
    return alert_move(expiry->tx, alert, ALERT_EXPIRED, "system",
                      hit ? "the period ended, target reached" : "the period ended, target missed", err);
}

static int judge_day(struct tx *tx, const struct ref_period *period, int32_t day, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);

    for (size_t i = 0; i < m->rule_count; i++)
        if (!m->rules[i].off && m->rules[i].kind == RULE_LAG && judge_rule(tx, &m->rules[i], period, day, err) != 0)
            return -1;
    for (size_t i = 0; m->threshold_rules && i < m->rule_count; i++)
        if (!m->rules[i].off && m->rules[i].kind == RULE_THRESHOLD &&
            judge_level_limits(tx, &m->rules[i], period, day, err) != 0)
            return -1;
    if (actions_verify(tx, day, err) != 0)
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

    if (*judged_of(monitoring_of(tx), period->id))
        return true;
    return day >= last - TELL_DAYS && today(tx) < period->until_day + TELL_DAYS;
}

/* What a period that is over and judged to its end still has open. */
static int expire_rest(struct tx *tx, const struct ref_period *period, struct err *err)
{
    struct expiry expiry = { tx, period, true };

    if (today(tx) < period->until_day || *judged_of(monitoring_of(tx), period->id) < period->until_day - 1)
        return 0;
    if (alerts_each(monitoring_of(tx), expire_one, &expiry, err) != 0)
        return -1;
    return alerts_settle(tx, err);
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
    return 0;
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
    for (int i = 0; i < rows.count; i++)
        *judged_of(m, (uint32_t)db_i32(&rows, i, 0)) = db_date(&rows, i, 1);
    db_rows_fini(&rows);
    return 0;
}

/* --- thresholds --- */

struct touch {
    struct tx *tx;
    struct monitoring *m;
    const struct ref_period *period;
    const struct rule *rule;
    const struct ref_measure *measure;
    uint8_t *seen; /* by unit */
    bool moved;
};

static int judge_threshold(struct touch *touch, uint32_t unit_id, struct err *err)
{
    const struct monitoring *m = touch->m;
    const struct limit_rule at = { touch->tx, touch->rule, touch->period, touch->measure };
    int64_t value;

    if (tree_roll_up(refdata_tree(m->refdata), m->cube, unit_id, touch->measure->id, touch->period->from_day,
                     touch->period->until_day - 1, &value, err) != 0)
        return -1;
    return judge_limit(&at, unit_id, value, today(touch->tx), &touch->moved, err);
}

static int touch_unit(void *arg, uint32_t unit_id, uint32_t measure_id, struct err *err)
{
    struct touch *touch = arg;
    const struct tree *tree = refdata_tree(touch->m->refdata);
    int32_t day = today(touch->tx);

    if (measure_id != touch->measure->id)
        return 0;
    for (uint32_t up = unit_id; up != TREE_NONE; up = tree_parent(tree, up, day)) {
        const struct ref_unit *unit = refdata_unit(touch->m->refdata, up);

        if (!unit || touch->seen[up])
            break;
        touch->seen[up] = 1;
        if (judge_covers(touch->rule, unit) && judge_threshold(touch, up, err) != 0)
            return -1;
    }
    return 0;
}

static int judge_threshold_rules(struct tx *tx, struct err *err)
{
    struct monitoring *m = monitoring_of(tx);
    struct touch touch = { .tx = tx, .m = m, .period = refdata_period_of(m->refdata, today(tx)) };

    for (size_t i = 0; touch.period && i < m->rule_count; i++) {
        if (m->rules[i].off || m->rules[i].kind != RULE_THRESHOLD)
            continue;
        touch.rule = &m->rules[i];
        touch.measure = refdata_measure_by_code(m->refdata, touch.rule->measure);
        if (!touch.measure || touch.measure->level) /* levels: judge_level_limits() */
            continue;
        touch.seen = arena_array(tx_arena(tx), uint8_t, refdata_unit_limit(m->refdata) + 1);
        if (pending_each(m->pending, touch_unit, &touch, err) != 0)
            return -1;
    }
    return touch.moved ? alerts_settle(tx, err) : 0;
}

int judge_thresholds(struct tx *tx, struct err *err)
{
    (void)monitoring_write(tx);
    return judge_threshold_rules(tx, err);
}
