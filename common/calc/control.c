/* control: see control.h. */
#include "calc/control.h"

#include <math.h>

struct control_rule control_rule_default(void)
{
    return (struct control_rule) { .ewma_weight = 0.2, .ewma_limit = 2.7, .cusum_slack = 0.5, .cusum_limit = 5 };
}

double control_ewma_deviation(int64_t n, const struct control_rule *rule)
{
    return sqrt(rule->ewma_weight / (2 - rule->ewma_weight) * (1 - pow(1 - rule->ewma_weight, 2.0 * (double)n)));
}

void control_add(struct control *control, double z, const struct control_rule *rule)
{
    if (!isfinite(z))
        return;
    control->n += 1;
    control->ewma = rule->ewma_weight * z + (1 - rule->ewma_weight) * control->ewma;
    control->cusum = fmax(0, control->cusum - z - rule->cusum_slack);
    control->ewma_alarm = control->ewma < -rule->ewma_limit * control_ewma_deviation(control->n, rule);
    control->cusum_alarm = control->cusum > rule->cusum_limit;
}
