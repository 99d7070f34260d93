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

void ahead_decide(const struct verdict_case *in, struct verdict *out)
{
    int64_t ahead;

    if (!in->against) {
        out->not_judged = "the other measure has no target here";
        return;
    }
    ahead = done_bp(in->node) - done_bp(in->against);
    out->breach = verdict_add(out, "ahead", ahead, AT_LEAST, in->rule->ahead_bp, IN_POINTS);
    out->clear = ahead * 2 < in->rule->ahead_bp;
    out->severity = 0;
}
