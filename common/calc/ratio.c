/* ratio: see ratio.h. */
#include "calc/ratio.h"

#include "calc/fixed.h"

static __int128 power_of_ten(int exponent)
{
    __int128 power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* value = of * num / (over * den) */
static void factors(const struct ratio_unit *unit, __int128 *num, __int128 *den)
{
    *num = unit->times * power_of_ten(unit->decimals + unit->over_scale);
    *den = power_of_ten(unit->of_scale);
}

struct ratio_value ratio_of(const struct ratio_unit *unit, int64_t of, int64_t over)
{
    struct ratio_value out = { false, 0 };
    __int128 num, den;

    factors(unit, &num, &den);
    if (over > 0 && fixed_mul128(num, of, &num, NULL) == 0 && fixed_mul128(den, over, &den, NULL) == 0)
        out.defined = fixed_div_round(num, den, ROUND_HALF_UP, &out.value, NULL) == 0;
    return out;
}

int64_t ratio_missing(const struct ratio_unit *unit, int64_t of, int64_t over, int64_t level, bool lower_is_better)
{
    __int128 num, den, wanted;
    int64_t missing;

    factors(unit, &num, &den);
    if (over <= 0 || fixed_mul128(den, over, &wanted, NULL) != 0 || fixed_mul128(wanted, level, &wanted, NULL) != 0)
        return 0;
    if (fixed_mul128(num, of, &den, NULL) != 0)
        return 0;
    wanted = lower_is_better ? den - wanted : wanted - den;
    if (wanted <= 0 || fixed_div_round(wanted, num, ROUND_UP, &missing, NULL) != 0)
        return 0;
    return missing;
}
