/* control: control charts on standardised daily results, lower side: an early warning (info), never alone a lag.
 *
 * z_d = (x_d - mu_d) / sigma_d, mu_d = BAC * w_d * R0. IEEE double statistics; they enter no sum.
 */
#ifndef BIHUAN_CALC_CONTROL_H
#define BIHUAN_CALC_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

struct control_rule {
    double ewma_weight; /* of the newest day, 0.2 */
    double ewma_limit;  /* in deviations of the average, 2.7 */
    double cusum_slack; /* 0.5 */
    double cusum_limit; /* 5 */
};
struct control_rule control_rule_default(void);

/* Zero-initialised is the start of a period. */
struct control {
    int64_t n;        /* days taken in */
    double ewma;      /* z' = 0.2 z + 0.8 z'_prev */
    double cusum;     /* S = max(0, S - z - 0.5) */
    bool ewma_alarm;  /* z' < -2.7 * sqrt(0.2/1.8 * (1 - 0.8^(2n))) */
    bool cusum_alarm; /* S > 5 */
};

/* Takes in one day. A z that isn't finite (no data, no expectation) is passed over. */
void control_add(struct control *control, double z, const struct control_rule *rule);
/* The deviation of the moving average after n days. */
double control_ewma_deviation(int64_t n, const struct control_rule *rule);

#endif
