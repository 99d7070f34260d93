/* control: control charts on standardised daily results, lower side: an early warning (info), never alone a lag.
 *
 * z_d = (x_d - mu_d) / sigma_d, mu_d = BAC * w_d * R0. IEEE double statistics; they enter no sum.
 */
#ifndef BIHUAN_CALC_CONTROL_H
#define BIHUAN_CALC_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#define CONTROL_EWMA_LAMBDA 0.2
#define CONTROL_EWMA_LIMIT  2.7
#define CONTROL_CUSUM_SLACK 0.5
#define CONTROL_CUSUM_LIMIT 5.0

/* Zero-initialised is the start of a period. */
struct control {
    int64_t n;        /* days taken in */
    double ewma;      /* z' = 0.2 z + 0.8 z'_prev */
    double cusum;     /* S = max(0, S - z - 0.5) */
    bool ewma_alarm;  /* z' < -2.7 * sqrt(0.2/1.8 * (1 - 0.8^(2n))) */
    bool cusum_alarm; /* S > 5 */
};

/* Takes in one day. A z that isn't finite (no data, no expectation) is passed over. */
void control_add(struct control *control, double z);

#endif
