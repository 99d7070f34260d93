/* ratio: a ratio or a level against its level, where there is enough to divide by; see verdict.h. */
#include "monitoring/kinds/verdict.h"

#include <stdlib.h>

void ratio_decide(const struct verdict_case *in, struct verdict *out)
{
    const struct node *node = in->node;
    bool far;

    if (node->no_value) {
        out->not_judged = "there is nothing to divide by";
        return;
    }
    if (!node->level && !verdict_add(out, "divided_by", node->over, AT_LEAST, in->rule->least, IN_AMOUNT)) {
        out->not_judged = "there is too little to divide by";
        return;
    }
    out->breach = verdict_add(out, "gap", node->pace.gap_bp, AT_MOST, in->rule->enter_gap_bp, IN_POINTS);
    far = in->rule->min_shortfall <= 0 ||
          verdict_add(out, "shortfall", llabs(node->pace.sv_shown), AT_LEAST, in->rule->min_shortfall, IN_AMOUNT);
    out->breach = out->breach && far;
    out->clear = node->pace.gap_bp > in->rule->clear_gap_bp;
    out->severity = 0;
}
