/* lag: behind the phased target, beyond noise; see verdict.h and calc/breach.h. Major with a trajectory that misses the
 * target, critical where that is all but certain or the pace needed isn't to be had. */
#include "monitoring/kinds/verdict.h"

static struct breach_rule limits_of(const struct rule *rule)
{
    struct breach_rule limits = breach_rule_default(1);

    limits.gap_enter_bp = rule->enter_gap_bp;
    limits.gap_clear_bp = rule->clear_gap_bp;
    limits.sv_floor = rule->min_shortfall;
    limits.hit_limit = rule->hit_below_ppm / 1e6;
    limits.landing_limit_ppm = rule->landing_below_ppm;
    limits.hit_critical = rule->hit_critical_ppm / 1e6;
    limits.catch_up_critical = rule->catch_up_critical_milli / 1e3;
    return limits;
}

void lag_decide(const struct verdict_case *in, struct verdict *out)
{
    const struct node *node = in->node;
    struct breach_rule limits = limits_of(in->rule);
    struct breach_significance chance = verdict_chance(in);
    struct breach breach = breach_decide(node->bac, &node->pace, &chance, node->forecast ? &node->landing : NULL, false,
                                         &limits);

    out->breach = breach.lag;
    out->clear = verdict_clear(out, "gap", node->pace.gap_bp, ABOVE, in->rule->clear_gap_bp, IN_POINTS);
    out->critical = breach.severity == BREACH_CRITICAL;
    out->severity = breach.lag ? (int)breach.severity - 1 : 0;
    out->chance = chance.test == BREACH_TEST_NONE && rule_has_chance(in->rule) ? 1 : chance.p;
    (void)verdict_add(out, "gap", node->pace.gap_bp, AT_MOST, in->rule->enter_gap_bp, IN_POINTS);
    if (in->rule->min_shortfall > 0)
        (void)verdict_add(out, "shortfall", -node->pace.sv_shown, AT_LEAST, in->rule->min_shortfall, IN_AMOUNT);
    if (rule_has_chance(in->rule))
        (void)verdict_add(out, "chance", verdict_ppm(out->chance), BELOW, in->rule->significance_ppm, IN_SHARE);
}
