/* limit: a sum or a level that reached its limit; see verdict.h. */
#include "monitoring/kinds/verdict.h"

void limit_decide(const struct verdict_case *in, struct verdict *out)
{
    out->breach = verdict_add(out, "sum", in->node->ev, AT_LEAST, in->rule->limit, IN_AMOUNT);
    out->clear = verdict_clear(out, "sum", in->node->ev, BELOW, in->rule->limit, IN_AMOUNT);
    out->critical = true; /* at once */
    out->severity = 0;
}
