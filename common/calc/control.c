/* control: see control.h. */
#include "calc/control.h"

#include <math.h>

void control_add(struct control *control, double z)
{
    double keep = 1 - CONTROL_EWMA_LAMBDA, sigma;

    if (!isfinite(z))
        return;
    control->n += 1;
    control->ewma = CONTROL_EWMA_LAMBDA * z + keep * control->ewma;
    control->cusum = fmax(0, control->cusum - z - CONTROL_CUSUM_SLACK);
    sigma = sqrt(CONTROL_EWMA_LAMBDA / (2 - CONTROL_EWMA_LAMBDA) * (1 - pow(keep, 2.0 * (double)control->n)));
    control->ewma_alarm = control->ewma < -CONTROL_EWMA_LIMIT * sigma;
    control->cusum_alarm = control->cusum > CONTROL_CUSUM_LIMIT;
}
