/* stats: the few distribution functions that significance and intervals need.
 *
 * IEEE double, for decisions about noise only; nothing here enters a sum of money, counts or scores. Accurate to about
 * 1e-7 relative for means up to 1e7; tails underflow to 0. A NaN argument gives NaN. Pure functions, thread-safe.
 */
#ifndef BIHUAN_CALC_STATS_H
#define BIHUAN_CALC_STATS_H

#include <stdint.h>

/* P(X <= x), X ~ Poisson(mean); mean >= 0. x < 0 gives 0. By the regularised incomplete gamma function Q(x + 1, mean).
 */
double stats_poisson_lower(double mean, int64_t x);

/* P(X <= x), X negative binomial with this mean and variance dispersion * mean. dispersion <= 1 is taken as Poisson. By
 * the regularised incomplete beta function I_{1/dispersion}(mean / (dispersion - 1), x + 1). */
double stats_negbin_lower(double mean, double dispersion, int64_t x);

/* Negative binomial when dispersion is above STATS_DISPERSION_LIMIT, else Poisson. */
#define STATS_DISPERSION_LIMIT 1.2
double stats_count_lower(double mean, double dispersion, int64_t x);
/* Smallest x with P(X < x) + P(X = x) / 2 >= p, 0 < p < 1, by bisection: of the mid-probability, with which both ends
 * of an interval of whole numbers are right on average. */
int64_t stats_count_mid_quantile(double mean, double dispersion, double p);

/* P(Z <= z), standard normal. */
double stats_normal_lower(double z);

/* P(T <= t), Student's t with `degrees_of_freedom` >= 1. */
double stats_student_lower(double t, int64_t degrees_of_freedom);

/* Half-width of a two-sided 80 % band in standard deviations: Student's t for 1..19 degrees of freedom, else 1.2816. */
double stats_band80(int64_t degrees_of_freedom);

/* Regularised upper incomplete gamma Q(a, x), a > 0, x >= 0; regularised incomplete beta I_x(a, b). */
double stats_gamma_upper(double a, double x);
double stats_beta_lower(double a, double b, double x);

#endif
