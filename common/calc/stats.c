/* stats: see stats.h. Series and continued fractions (modified Lentz); near the mean of a distribution with mean m they
 * need some multiple of sqrt(m) steps, so the limit leaves room for m = 1e9. */
#include "calc/stats.h"

#include <math.h>

#define STEPS_MAX 1000000
#define EPSILON   1e-16
#define TINY      1e-300

static double log_gamma(double a)
{
    int sign;

    return lgamma_r(a, &sign); /* lgamma() would write a global */
}

static double not_zero(double v)
{
    return fabs(v) < TINY ? TINY : v;
}

/* P(a, x) by its series; good for x < a + 1. */
static double gamma_series(double a, double x)
{
    double term = 1 / a, sum = term;

    for (int n = 1; n < STEPS_MAX && term > sum * EPSILON; n++) {
        term *= x / (a + n);
        sum += term;
    }
    return sum * exp(-x + a * log(x) - log_gamma(a));
}

/* Q(a, x) by its continued fraction; good for x >= a + 1. */
static double gamma_fraction(double a, double x)
{
    double b = x + 1 - a, c = 1 / TINY, d = 1 / not_zero(b), h = d;

    for (int n = 1; n < STEPS_MAX; n++) {
        double an = -n * (n - a);

        b += 2;
        d = 1 / not_zero(an * d + b);
        c = not_zero(b + an / c);
        h *= d * c;
        if (fabs(d * c - 1) < EPSILON * 4)
            break;
    }
    return h * exp(-x + a * log(x) - log_gamma(a));
}

double stats_gamma_upper(double a, double x)
{
    if (isnan(a) || isnan(x) || a <= 0 || x < 0)
        return NAN;
    if (x == 0)
        return 1;
    return x < a + 1 ? fmax(0, 1 - gamma_series(a, x)) : fmin(1, gamma_fraction(a, x));
}

/* One double step of the continued fraction for I_x(a, b). */
static double beta_step(double numerator, double *c, double *d)
{
    *d = 1 / not_zero(1 + numerator * *d);
    *c = not_zero(1 + numerator / *c);
    return *c * *d;
}

static double beta_fraction(double a, double b, double x)
{
    double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), h = d;

    for (int m = 1; m < STEPS_MAX; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double step;

        h *= beta_step(even, &c, &d);
        step = beta_step(odd, &c, &d);
        h *= step;
        if (fabs(step - 1) < EPSILON * 4)
            break;
    }
    return h;
}

double stats_beta_lower(double a, double b, double x)
{
    double front;

    if (isnan(a) || isnan(b) || isnan(x) || a <= 0 || b <= 0)
        return NAN;
    if (x <= 0)
        return 0;
    if (x >= 1)
        return 1;
    front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return fmin(1, front * beta_fraction(a, b, x) / a);
    return fmax(0, 1 - front * beta_fraction(b, a, 1 - x) / b);
}

double stats_poisson_lower(double mean, int64_t x)
{
    if (isnan(mean))
        return NAN;
    if (x < 0)
        return 0;
    return mean <= 0 ? 1 : stats_gamma_upper((double)x + 1, mean);
}

double stats_negbin_lower(double mean, double dispersion, int64_t x)
{
    if (isnan(dispersion) || dispersion <= 1 || mean <= 0 || x < 0)
        return isnan(dispersion) ? NAN : stats_poisson_lower(mean, x);
    return stats_beta_lower(mean / (dispersion - 1), (double)x + 1, 1 / dispersion);
}

double stats_count_lower(double mean, double dispersion, int64_t x)
{
    return dispersion > STATS_DISPERSION_LIMIT ? stats_negbin_lower(mean, dispersion, x) : stats_poisson_lower(mean, x);
}

static double count_mid(double mean, double dispersion, int64_t x)
{
    return (stats_count_lower(mean, dispersion, x - 1) + stats_count_lower(mean, dispersion, x)) / 2;
}

int64_t stats_count_mid_quantile(double mean, double dispersion, double p)
{
    int64_t lo = -1, hi = 1; /* the mid-probability of lo is below p, that of hi isn't */

    while (hi < INT64_MAX / 4 && count_mid(mean, dispersion, hi) < p) {
        lo = hi;
        hi *= 2;
    }
    while (hi - lo > 1) {
        int64_t mid = lo + (hi - lo) / 2;

        if (count_mid(mean, dispersion, mid) < p)
            lo = mid;
        else
            hi = mid;
    }
    return hi;
}

double stats_normal_lower(double z)
{
    return 0.5 * erfc(-z / M_SQRT2);
}

double stats_student_lower(double t, int64_t degrees_of_freedom)
{
    double n = (double)degrees_of_freedom;
    double tail = 0.5 * stats_beta_lower(n / 2, 0.5, n / (n + t * t));

    return t < 0 ? tail : 1 - tail;
}

double stats_band80(int64_t degrees_of_freedom)
{
    static const double t90[] = { 3.0777, 1.8856, 1.6377, 1.5332, 1.4759, 1.4398, 1.4149, 1.3968, 1.3830, 1.3722,
                                  1.3634, 1.3562, 1.3502, 1.3450, 1.3406, 1.3368, 1.3334, 1.3304, 1.3277 };

    if (degrees_of_freedom < 1)
        return INFINITY;
    return degrees_of_freedom <= (int64_t)(sizeof t90 / sizeof t90[0]) ? t90[degrees_of_freedom - 1] : 1.2816;
}
