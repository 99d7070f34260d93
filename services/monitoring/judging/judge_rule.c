/* judge_rule: every unit of a rule on one day: figures, verdict, state. See judge.h. */
#include "monitoring/judging/judge.h"

#include "monitoring/alerts/unwatched.h"
#include "monitoring/feeds/standing.h"
#include "text/decimal.h"

#include <math.h>
#include <stdio.h>

int judge_move(struct judgement *j, struct alert *alert, enum alert_state to, const char *note, struct err *err)
{
    if (!j->trial)
        return alert_move(j->tx, alert, to, "system", note, err);
    j->trial->moved(j->trial->arg, j, alert, to, note);
    alert->state = alert->written = to;
    return 0;
}

int judge_write_moves(struct judgement *j, struct err *err)
{
    for (size_t i = 0; i < j->count; i++)
        if (j->moves[i] && judge_move(j, j->alerts[i], j->alerts[i]->state, j->moves[i], err) != 0)
            return -1;
    return 0;
}

/* --- what is noted with an alert --- */

/* The words of a lag, which people know. */
static void lag_words(const struct judgement *j, struct alert_inputs *in)
{
    char actual[DECIMAL_TEXT_MAX], planned[DECIMAL_TEXT_MAX];
    size_t len;

    decimal_print(actual, in->actual, measure_scale(j->tx, j->measure), 0);
    decimal_print(planned, in->planned, measure_scale(j->tx, j->measure), 0);
    len = (size_t)snprintf(
        in->reason, sizeof in->reason,
        "gap %.2f points (enters at %.2f, clears above %.2f); actual %s of %s planned to date; probability by"
        " chance %.4f",
        (double)in->gap_bp / 100, (double)j->rule->enter_gap_bp / 100, (double)j->rule->clear_gap_bp / 100, actual,
        planned, in->probability_ppm / 1e6);
    if (in->dispersion_milli > DISPERSED_MILLI && len < sizeof in->reason)
        snprintf(in->reason + len, sizeof in->reason - len, "; its days vary %.2f times as much as chance has them",
                 in->dispersion_milli / 1e3);
}

static void note_inputs(const struct judgement *j, const struct node *node, const struct verdict *verdict,
                        struct alert *alert)
{
    struct alert_inputs *in = &alert->inputs;

    *in = (struct alert_inputs) {
        .as_of = j->day,
        .target = node->bac,
        .planned = node->pace.pv_shown,
        .actual = node->ev,
        .gap_bp = (int32_t)node->pace.gap_bp,
        .curve_ppm = (uint32_t)node->pace.curve_ppm,
        .spi_ppm = node->pace.spi.defined ? (uint32_t)node->pace.spi.ppm : 0,
        .days_behind_milli = node->pace.behind_millidays,
        .probability_ppm = verdict_ppm(verdict->chance),
        .landing = node->forecast ? node->landing.value : node->pace.landing_run_rate,
        .hit_ppm = node->forecast && node->landing.band_defined ? verdict_ppm(node->landing.hit_probability) : 0,
        .plan_version = j->period->plan_version,
        .dispersion_milli = (uint32_t)llround(node->dispersion * 1000),
        .landing_banded = node->forecast && node->landing.band_defined,
    };
    if (in->landing_banded) {
        in->landing_low = node->landing.low;
        in->landing_high = node->landing.high;
    }
    if (j->rule->kind == RULE_LAG)
        lag_words(j, in);
    else
        verdict_words(verdict, measure_scale(j->tx, j->measure), in->reason, sizeof in->reason);
}

void judge_note(const struct judgement *j, const struct node *node, const struct verdict *verdict, struct alert *alert)
{
    if (node->ratio)
        judge_ratio_inputs(j, node, alert);
    else
        note_inputs(j, node, verdict, alert);
    alert->condition_count = verdict->count;
    for (int i = 0; i < verdict->count; i++)
        alert->conditions[i] = verdict->conditions[i];
    alert->clear_count = verdict->clear_count;
    for (int i = 0; i < verdict->clear_count; i++)
        alert->clears[i] = verdict->clears[i];
    alert->provisional = j->standing && j->standing[node->unit_id] == STANDING_PROVISIONAL;
    alert->dirty = true;
}

/* --- one unit --- */

static struct alerts *book_of(const struct judgement *j)
{
    return j->trial ? j->trial->book : j->m->alerts;
}

/* Whether the rule cannot be in breach, at a glance: most units cost no forecast. */
static bool is_fine(const struct judgement *j, const struct node *node)
{
    return j->rule->kind == RULE_LAG && node->pace.gap_bp > j->rule->enter_gap_bp;
}

/* What a glance left out. */
static int complete(const struct judgement *j, const struct phased *plan, struct node *node, struct err *err)
{
    uint32_t unit_id = node->unit_id;

    if (j->kind->peers) /* it was needed to compare units */
        return 0;
    if (node_pace(plan, j->day, node->ev, j->measure->money, node, err) != 0)
        return -1;
    node->unit_id = unit_id;
    return 0;
}

static void ask(const struct judgement *j, const struct verdict_case *input, struct verdict *verdict)
{
    if (input->node->ratio && j->kind->by == KIND_BY_DAY)
        ratio_decide(input, verdict);
    else
        j->kind->decide(input, verdict);
}

/* A lag is found without a forecast, which says how bad it is: most that are behind on a day aren't lagging. */
static bool needs_landing(const struct judgement *j, size_t i, const struct verdict_case *input)
{
    struct verdict first = { .chance = 1 };

    if (!j->kind->forecast)
        return false;
    if (j->rule->kind != RULE_LAG || (j->alerts[i] && alert_state_is_open(j->alerts[i]->state)) ||
        (j->trial && j->trial->judged)) /* an alert looked at anew, in breach or not: its chance is asked too */
        return true;
    ask(j, input, &first);
    return first.breach;
}

/* A lag of counted things shows at a glance: all that it is tested by is there without its days. Most units that are
 * behind on a day are so by chance, have no alert, and are done with. */
static bool is_chance(const struct judgement *j, size_t i)
{
    const struct verdict_case input = { .rule = j->rule, .node = &j->nodes[i] };
    struct verdict first = { .chance = 1 };

    if (j->rule->kind != RULE_LAG || j->measure->money || j->nodes[i].ratio || j->alerts[i] || j->trial)
        return false;
    ask(j, &input, &first);
    return !first.breach;
}

/* Whether it has to be known how good and bad its days are: of counts that chance is asked about, where the answer can
 * change anything. More dispersion only makes a result likelier by accident. */
static bool needs_dispersion(const struct judgement *j, size_t i, const struct verdict_case *input)
{
    struct verdict first = { .chance = 1 };

    if (j->measure->money || (j->rule->kind != RULE_LAG && j->rule->kind != RULE_OUTLIER))
        return false;
    if (j->rule->kind == RULE_LAG && !rule_has_chance(j->rule))
        return false;
    if ((j->alerts[i] && alert_state_is_open(j->alerts[i]->state)) || (j->trial && j->trial->judged))
        return true;
    ask(j, input, &first);
    return first.breach;
}

/* What was done by day, and where it will land, for what adds up. */
static int look_closer(struct judgement *j, size_t i, struct node_spread *spread, struct verdict_case *input,
                       struct err *err)
{
    struct node *node = &j->nodes[i];
    const struct ref_key key = { node->unit_id, j->measure->id, j->channel_id, j->product_id };
    struct phased plan;

    if (!node_plan_of(j->m, j->period, &key, &j->scratch, &plan))
        return 0; /* it had one when it was collected */
    if (complete(j, &plan, node, err) != 0)
        return -1;
    if (!j->kind->days)
        return 0;
    if (node_days(j->m, &plan, j->series, j->day, &j->scratch, node, spread, err) != 0)
        return -1;
    input->curve = &spread->curve;
    input->days = spread->days;
    input->day_count = spread->day_count;
    input->sigma = spread->sigma;
    if (needs_dispersion(j, i, input) && outlook_dispersion(&j->outlook, spread, node, err) != 0)
        return -1;
    return needs_landing(j, i, input) ? outlook_land(&j->outlook, spread, false, node, err) : 0;
}

static int decide(struct judgement *j, size_t i, struct verdict *verdict, struct err *err)
{
    struct node_spread spread = { .sigma = 0 };
    struct verdict_case input = { .rule = j->rule,
                                  .node = &j->nodes[i],
                                  .money = j->measure->money,
                                  .curve = &spread.curve,
                                  .peers = j->peers ? &j->peers[j->peers_of[i]] : NULL,
                                  .against = j->against && j->against[i].bac > 0 ? &j->against[i] : NULL };

    if (!input.node->ratio && j->kind->by == KIND_BY_DAY && look_closer(j, i, &spread, &input, err) != 0)
        return -1;
    ask(j, &input, verdict);
    return 0;
}

static void apply(struct judgement *j, size_t i, struct alert *alert, const struct verdict *verdict)
{
    const struct node *node = &j->nodes[i];
    int severity = severity_rank(j->rule->severity);
    enum alert_state next;

    j->alerts[i] = alert;
    if (verdict->not_judged || (!alert && !verdict->breach))
        return;
    if (!alert)
        alert = j->alerts[i] = alerts_get_in(book_of(j), j->m, j->rule, node->unit_id, j->measure->id, j->period->id,
                                             true);
    next = alert_state_next(alert->state, &alert->dwell, verdict->breach, verdict->clear, verdict->critical,
                            j->rule->dwell_days, j->rule->clear_days);
    judge_note(j, node, verdict, alert);
    if (verdict->breach)
        alert->severity = verdict->severity > severity ? verdict->severity : severity;
    if (next != alert->state)
        j->moves[i] = "";
    alert->state = next;
}

static const struct words NO_DATA = { "no data: the feeds that bring most of it are behind",
                                      "无数据：提供其大部分数据的数据源滞后" };

/* Nobody knows what was sold: neither fires nor resolves, and no day is counted. */
static int freeze(struct judgement *j, size_t i, struct alert *alert, struct err *err)
{
    j->alerts[i] = alert;
    if (!alert || alert->nodata || (alert->state != ALERT_PENDING && !alert_state_is_open(alert->state)))
        return 0;
    alert->nodata = true;
    return judge_move(j, alert, alert->state, NO_DATA.en, err);
}

static int thaw(struct judgement *j, struct alert *alert, struct err *err)
{
    if (!alert || !alert->nodata)
        return 0;
    alert->nodata = false;
    return judge_move(j, alert, alert->state, "its feeds are complete again", err);
}

static enum standing standing_of(const struct judgement *j, uint32_t unit)
{
    return j->standing ? (enum standing)j->standing[unit] : STANDING_LIVE;
}

/* One pass over the book: most units have no alert, and to look for each by its id would cost more than to judge it. */
static int take_alert(void *arg, struct alert *alert, struct err *err)
{
    const struct judgement *j = arg;
    uint32_t index = alert->unit_id < j->unit_limit ? j->index_of[alert->unit_id] : 0;

    if (index)
        j->alerts[index - 1] = alert;
    else if (!j->trial)
        return alert_unwatched(j->tx, alert, "system", "the unit has no target for it any more", err);
    return 0;
}

static int step(struct judgement *j, size_t i, struct err *err)
{
    const struct node *node = &j->nodes[i];
    struct alert *alert = j->alerts[i];
    struct verdict verdict = { .chance = 1 };

    if (j->trial && j->trial->only && j->trial->only != node->unit_id)
        return 0;
    if (standing_of(j, node->unit_id) == STANDING_FROZEN) {
        verdict.not_judged = &NO_DATA;
        if (j->trial && j->trial->judged)
            j->trial->judged(j->trial->arg, j, node, &verdict, alert);
        return freeze(j, i, alert, err);
    }
    if (thaw(j, alert, err) != 0)
        return -1;
    if (is_fine(j, node) && (!alert || alert->state == ALERT_RESOLVED) && !(j->trial && j->trial->judged))
        return 0;
    if (is_chance(j, i))
        return 0;
    if (decide(j, i, &verdict, err) != 0)
        return -1;
    apply(j, i, alert, &verdict);
    if (j->trial && j->trial->judged)
        j->trial->judged(j->trial->arg, j, node, &verdict, j->alerts[i]);
    return 0;
}

/* False: a name of the slice isn't known (any more). */
static bool find_series(struct judgement *j)
{
    struct ref_key key;

    if (!slices_key(j->m, j->rule, 0, j->measure->id, &key))
        return false;
    j->channel_id = key.channel_id;
    j->product_id = key.product_id;
    if (!j->series.cube)
        j->series = slices_series(j->m, j->rule, j->measure->id);
    return true;
}

int judge_rule(struct judgement *j, struct err *err)
{
    int rc;

    j->measure = refdata_measure_by_code(j->m->refdata, j->rule->measure);
    j->kind = kind_of(j->rule->kind);
    if (!j->measure || !j->kind->decide || (!j->measure->additive && !j->kind->ratios))
        return 0;
    if (!find_series(j))
        return 0;
    arena_init(&j->scratch);
    outlook_init(&j->outlook, j->m, j->period, j->measure, j->series, j->day, &j->scratch);
    j->outlook.slice.channel_id = j->channel_id;
    j->outlook.slice.product_id = j->product_id;
    if (!j->trial)
        outlook_keep(&j->outlook, j->m->outlooks);
    rc = judge_collect(j, err);
    if (rc == 0)
        rc = alerts_each_of(book_of(j), j->m, j->rule, j->measure->id, j->period->id, take_alert, j, err);
    for (size_t i = 0; rc == 0 && i < j->count; i++)
        rc = step(j, i, err);
    if (rc == 0 && !j->kind->no_roots)
        rc = judge_gather(j, err);
    if (rc == 0)
        rc = judge_write_moves(j, err);
    arena_fini(&j->scratch);
    return rc;
}
