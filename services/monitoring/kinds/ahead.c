/* ahead: one measure (a budget that is spent) runs ahead of another (what it is spent for); see verdict.h. Both as
 * shares of their own targets, so that neither has to be planned in the other's unit. */
#include "monitoring/kinds/verdict.h"

/* Done of the target in basis points. */
static int64_t done_bp(const struct node *node)
{
    int64_t share;

    if (fixed_mul_div(node->ev, 10000, node->bac, ROUND_DOWN, &share, NULL) != 0)
        return node->ev > 0 ? INT32_MAX : INT32_MIN;
    return fixed_clamp(share, INT32_MIN, INT32_MAX);
}

static const struct words NO_TARGET = { "the other measure has no target here", "对照指标在此无目标" };

void ahead_decide(const struct verdict_case *in, struct verdict *out)
{
    int64_t ahead;

    if (!in->against) {
        out->not_judged = &NO_TARGET;
        return;
    }
    ahead = done_bp(in->node) - done_bp(in->against);
    out->breach = verdict_add(out, "ahead", ahead, AT_LEAST, in->rule->ahead_bp, IN_POINTS);
    out->clear = verdict_clear(out, "ahead", ahead, BELOW, (in->rule->ahead_bp + 1) / 2, IN_POINTS);
    out->severity = 0;
}
