/* ratio: a ratio or a level against its level, where there is enough to divide by; see verdict.h. */
#include "monitoring/kinds/verdict.h"

#include <stdlib.h>

static const struct words NOTHING = { "there is nothing to divide by", "没有可作分母的数据" };
static const struct words TOO_LITTLE = { "there is too little to divide by", "分母过小" };

void ratio_decide(const struct verdict_case *in, struct verdict *out)
{
    const struct node *node = in->node;
    bool far;

    if (node->no_value) {
        out->not_judged = &NOTHING;
        return;
    }
    if (!node->level && !verdict_add(out, "divided_by", node->over, AT_LEAST, in->rule->least, IN_AMOUNT)) {
        out->not_judged = &TOO_LITTLE;
        return;
    }
    out->breach = verdict_add(out, "gap", node->pace.gap_bp, AT_MOST, in->rule->enter_gap_bp, IN_POINTS);
    far = in->rule->min_shortfall <= 0 ||
          verdict_add(out, "shortfall", llabs(node->pace.sv_shown), AT_LEAST, in->rule->min_shortfall, IN_AMOUNT);
    out->breach = out->breach && far;
    out->clear = verdict_clear(out, "gap", node->pace.gap_bp, ABOVE, in->rule->clear_gap_bp, IN_POINTS);
    out->severity = 0;
}
