/* rule_check: what a rule has to say, by its kind; and the defaults. See rules.h. */
#include "monitoring/kinds/kind.h"
#include "monitoring/rules/rules.h"

#include "text/decimal.h"

#include <string.h>

#define LEAST_DEFAULT  "30"
#define QUOTE_DAYS     30
#define QUOTE_DAYS_MAX 400

/* One rule that is being checked. */
struct check {
    struct tx *tx;
    const char *pointer;
    Bihuan__Rule *rule;
    const struct kind *kind;
    const struct ref_measure *measure; /* NULL: unknown */
};

static const char *at(const struct check *check, const char *field)
{
    return arena_printf(tx_arena(check->tx), "%s/%s", check->pointer, field);
}

static int64_t read_amount(const struct check *check, const char *field, const char *text,
                           const struct ref_measure *measure)
{
    struct err why;
    int64_t value = 0;

    if (text[0] && decimal_parse(text, strlen(text), measure_scale(check->tx, measure), 0, &value, &why) != 0)
        tx_problem(check->tx, at(check, field), why.code, "%s", why.text);
    return value;
}

static void set(uint32_t *field, uint32_t value)
{
    if (!*field)
        *field = value;
}

/* --- by kind --- */

static void check_gap(const struct check *check)
{
    Bihuan__Rule *rule = check->rule;

    if (!rule->enter_gap_bp)
        rule->enter_gap_bp = -500;
    if (!rule->clear_gap_bp)
        rule->clear_gap_bp = -300;
    if (rule->enter_gap_bp >= 0)
        tx_problem(check->tx, at(check, "enter_gap_bp"), "not_negative",
                   "a lag begins below 0, e.g. -500 for 5 points");
    if (rule->clear_gap_bp < rule->enter_gap_bp)
        tx_problem(check->tx, at(check, "clear_gap_bp"), "below_enter",
                   "the clear limit %d must not lie below the enter limit %d", rule->clear_gap_bp, rule->enter_gap_bp);
    (void)read_amount(check, "min_shortfall", rule->min_shortfall, check->measure);
}

/* Of what adds up; a ratio has `least` in its place. */
static void check_significance(const struct check *check)
{
    Bihuan__Rule *rule = check->rule;

    if (!check->measure || !check->measure->additive)
        return;
    set(&rule->significance_ppm, RULE_SIGNIFICANCE_PPM);
    if (rule->significance_ppm > RULE_NO_GATE_PPM)
        tx_problem(check->tx, at(check, "significance_ppm"), "not_a_share",
                   "significance_ppm is a chance in ppm; %d turns the gate off", RULE_NO_GATE_PPM);
}

static void check_limit(const struct check *check)
{
    if (!check->rule->limit[0])
        tx_problem(check->tx, at(check, "limit"), "missing_value", "a threshold rule needs a limit");
    (void)read_amount(check, "limit", check->rule->limit, check->measure);
}

static void check_against(const struct check *check)
{
    const struct ref_measure *other = refdata_measure_by_code(monitoring_of(check->tx)->refdata, check->rule->against);

    if (!other)
        tx_problem(check->tx, at(check, "against"), "unknown_measure",
                   "measure \"%s\" is not known: name what should keep up with \"%s\"", check->rule->against,
                   check->rule->measure);
    else if (!other->additive)
        tx_problem(check->tx, at(check, "against"), "not_additive", "measure \"%s\" doesn't add up to a target",
                   other->code);
}

static void check_share(const struct check *check, const char *field, uint32_t ppm)
{
    if (ppm >= 1000000)
        tx_problem(check->tx, at(check, field), "not_a_share", "%s is a share in ppm, below 1000000", field);
}

/* How bad a lag is by where it will land; of what adds up. */
static void check_landing(const struct check *check)
{
    Bihuan__Rule *rule = check->rule;

    if (!check->measure || !check->measure->additive)
        return;
    set(&rule->hit_below_ppm, RULE_HIT_BELOW_PPM);
    set(&rule->landing_below_ppm, RULE_LANDING_BELOW_PPM);
    set(&rule->hit_critical_ppm, RULE_HIT_CRITICAL_PPM);
    set(&rule->catch_up_critical_milli, RULE_CATCH_UP_MILLI);
    check_share(check, "hit_below_ppm", rule->hit_below_ppm);
    check_share(check, "hit_critical_ppm", rule->hit_critical_ppm);
}

static void check_quotes(const struct check *check)
{
    Bihuan__Rule *rule = check->rule;

    set(&rule->days, QUOTE_DAYS);
    if (rule->days > QUOTE_DAYS_MAX)
        tx_problem(check->tx, at(check, "days"), "too_long", "quotes are kept for %d days; name at most that many",
                   QUOTE_DAYS_MAX);
    if (check->kind->kind == RULE_QUOTE_UNDERCUT)
        set(&rule->undercut_bp, 1);
    if (rule->undercut_bp > 10000)
        tx_problem(check->tx, at(check, "undercut_bp"), "not_a_share", "undercut_bp is at most 10000, the whole price");
}

static void check_kind(const struct check *check)
{
    Bihuan__Rule *rule = check->rule;

    switch (check->kind->kind) {
    case RULE_LAG:
        check_gap(check);
        check_significance(check);
        check_landing(check);
        return;
    case RULE_THRESHOLD:
        check_limit(check);
        return;
    case RULE_TRAJECTORY:
        check_landing(check);
        set(&rule->hit_back_ppm, RULE_HIT_BACK_PPM);
        set(&rule->landing_back_ppm, RULE_LANDING_BACK_PPM);
        return;
    case RULE_ZERO_SALES:
        set(&rule->significance_ppm, 1000);
        check_share(check, "significance_ppm", rule->significance_ppm);
        return;
    case RULE_OUTLIER:
        set(&rule->deviations_milli, 3000);
        set(&rule->peers_least, 8);
        set(&rule->attainment_least_ppm, RULE_ATTAINMENT_LEAST_PPM);
        return;
    case RULE_AHEAD:
        set(&rule->ahead_bp, 1000);
        check_against(check);
        return;
    case RULE_QUOTE_SHARED:
    case RULE_QUOTE_UNDERCUT:
        check_quotes(check);
        return;
    case RULE_EARLY_WARNING:
        set(&rule->ewma_weight_ppm, RULE_EWMA_WEIGHT_PPM);
        set(&rule->ewma_limit_milli, RULE_EWMA_LIMIT_MILLI);
        check_share(check, "ewma_weight_ppm", rule->ewma_weight_ppm);
        return;
    case RULE_NONE:
    case RULE_FEED_SILENT:
    case RULE_FEED_LATE:
    case RULE_FEED_SUSPECT:
    case RULE_DELIVERABLE_OVERDUE:
    case RULE_GUIDE_UNACKNOWLEDGED:
    case RULE_TASK_OVERDUE:
    case RULE_REPORT_OVERDUE:
    case RULE_CERTIFICATE_EXPIRED:
    case RULE_FILE_MISSING:
    case RULE_TOTALS_DIFFER:
    case RULE_OPPORTUNITY_STILL:
    case RULE_SHARED_CUSTOMER:
    case RULE_DELIVERABLE_DUE:
        return;
    }
}

/* --- by measure --- */

static void check_least(const struct check *check)
{
    Bihuan__Rule *rule = check->rule;
    const struct ref_measure *measure = check->measure;
    struct ref_ratio ratio;

    if (measure->additive || measure->level) {
        if (rule->least[0] && measure->level)
            tx_problem(check->tx, at(check, "least"), "not_used",
                       "least belongs to rules over ratios; measure \"%s\" isn't divided by anything", measure->code);
        else if (rule->least[0])
            tx_problem(check->tx, at(check, "least"), "not_used",
                       "least belongs to rules over ratios; measure \"%s\" adds up", measure->code);
        return;
    }
    if (!rule->least[0])
        rule->least = (char *)(uintptr_t)LEAST_DEFAULT;
    if (measure_ratio(check->tx, measure, &ratio) && ratio.over &&
        read_amount(check, "least", rule->least, ratio.over) < 0)
        tx_problem(check->tx, at(check, "least"), "below_zero", "least must not be below 0");
}

static void check_measure(const struct check *check)
{
    const struct ref_measure *measure = check->measure;

    check_least(check);
    if (!measure->additive && !check->kind->ratios)
        tx_problem(check->tx, at(check, "kind"), "not_additive",
                   "measure \"%s\" doesn't add up day by day; %s rules are for measures that do", measure->code,
                   check->kind->word);
    if (check->kind->kind == RULE_THRESHOLD && !measure->additive && !measure->level)
        tx_problem(check->tx, at(check, "kind"), "not_additive",
                   "measure \"%s\" is a ratio and has no sum that reaches a limit; make it a lag rule, or watch one of"
                   " its parts",
                   measure->code);
    if (check->kind->counts && measure->money)
        tx_problem(check->tx, at(check, "measure"), "not_counted",
                   "measure \"%s\" is an amount of money; %s rules are for what is counted", measure->code,
                   check->kind->word);
    if (!measure->additive && check->rule->significance_ppm)
        tx_problem(check->tx, at(check, "significance_ppm"), "not_used",
                   "a ratio is judged from `least` on; leave significance_ppm out");
}

/* --- where --- */

static void check_scope_of(const struct check *check)
{
    const struct refdata *refdata = monitoring_of(check->tx)->refdata;
    const Bihuan__Rule *rule = check->rule;
    bool sliced = rule->channel[0] || rule->product[0];

    if (rule->subtree[0] && !refdata_unit_by_code(refdata, rule->subtree))
        tx_problem(check->tx, at(check, "subtree"), "unknown_unit", "unit \"%s\" is not known", rule->subtree);
    if (rule->channel[0] && !refdata_channel_by_code(refdata, rule->channel))
        tx_problem(check->tx, at(check, "channel"), "unknown_channel", "channel \"%s\" is not known", rule->channel);
    if (rule->product[0] && !refdata_product_by_code(refdata, rule->product))
        tx_problem(check->tx, at(check, "product"), "unknown_product", "product \"%s\" is not known", rule->product);
    if (sliced && !(check->kind->products && !rule->channel[0]) &&
        ((check->measure && !check->measure->additive) || check->kind->by != KIND_BY_DAY || check->kind->against))
        tx_problem(check->tx, at(check, rule->channel[0] ? "channel" : "product"), "not_sliced",
                   "%s rules over \"%s\" are judged over all channels and products", check->kind->word, rule->measure);
    for (size_t i = 0; i < rule->n_unit_channels; i++)
        if (!refdata_channel_by_code(refdata, rule->unit_channels[i]))
            tx_problem(check->tx, at(check, "unit_channels"), "unknown_channel", "channel \"%s\" is not known",
                       rule->unit_channels[i]);
    for (size_t i = 0; i < rule->n_levels; i++)
        if (rule->levels[i] >= RULE_LEVELS_MAX)
            tx_problem(check->tx, at(check, "levels"), "too_deep", "levels are 0 (the root) to %d",
                       RULE_LEVELS_MAX - 1);
}

int rule_check(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
               struct err *err)
{
    Bihuan__Rule *rule = (Bihuan__Rule *)item;
    struct check check = { tx, pointer, rule, kind_parse(rule->kind),
                           refdata_measure_by_code(monitoring_of(tx)->refdata, rule->measure) };
    char words[512];

    (void)existing;
    (void)err;
    if (!check.kind) {
        tx_problem(tx, at(&check, "kind"), "unknown_word", "kind \"%s\" is none of %s", rule->kind,
                   kind_words(words, sizeof words));
        return 0;
    }
    if (check.kind->by == KIND_BY_FEED || check.kind->by == KIND_BY_EVENT) {
        if (rule->measure[0])
            tx_problem(tx, at(&check, "measure"), "not_used", "%s rules watch what happens, not a measure", rule->kind);
    } else if (!check.measure)
        tx_problem(tx, at(&check, "measure"), "unknown_measure", "measure \"%s\" is not known; apply it first",
                   rule->measure);
    else
        check_measure(&check);
    if (!rule->severity[0])
        rule->severity = (char *)(uintptr_t)check.kind->severity;
    if (severity_rank(rule->severity) < 0)
        tx_problem(tx, at(&check, "severity"), "unknown_word",
                   "severity \"%s\" is none of info, warning, major, critical", rule->severity);
    set(&rule->dwell_days, check.kind->dwell_days);
    set(&rule->clear_days, check.kind->clear_days);
    check_kind(&check);
    check_scope_of(&check);
    return 0;
}
