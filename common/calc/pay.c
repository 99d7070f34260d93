/* pay: see pay.h. */
#include "calc/pay.h"

static int check_share(int64_t ppm, const char *what, struct err *err)
{
    if (ppm < 0 || ppm > FIXED_PPM)
        return err_fail(err, ERR_INVALID, "bad_share", "%s of %lld ppm isn't between 0 and 1000000", what,
                        (long long)ppm);
    return 0;
}

int pay_mix_compute(int64_t amount, int64_t base_ppm, int64_t payout_ppm, enum rounding mode, struct pay_mix *out,
                    struct err *err)
{
    struct pay_mix mix;

    if (check_share(base_ppm, "base share", err) != 0)
        return -1;
    if (payout_ppm < 0)
        return err_fail(err, ERR_INVALID, "bad_share", "a payout factor of %lld ppm is below 0", (long long)payout_ppm);
    if (fixed_mul_ppm(amount, base_ppm, mode, &mix.fixed, err) != 0 ||
        fixed_mul_ppm(amount - mix.fixed, payout_ppm, mode, &mix.variable, err) != 0 ||
        fixed_add(mix.fixed, mix.variable, &mix.total, err) != 0)
        return -1;
    *out = mix;
    return 0;
}

int pay_linked(int64_t base, int64_t linked_ppm, int64_t score_ppm, enum rounding mode, int64_t *out, struct err *err)
{
    __int128 factor, num; /* ppm^2 */

    if (check_share(linked_ppm, "linked share", err) != 0)
        return -1;
    factor = (__int128)(FIXED_PPM - linked_ppm) * FIXED_PPM + (__int128)linked_ppm * score_ppm;
    if (fixed_mul128(base, factor, &num, err) != 0)
        return -1;
    return fixed_div_round(num, (__int128)FIXED_PPM * FIXED_PPM, mode, out, err);
}

static int recover(const struct pay_draw_rule *rule, int64_t earned, int64_t balance, enum rounding mode,
                   int64_t *recovery, struct err *err)
{
    int64_t excess = 0, share;

    if (earned > rule->pay_min && fixed_sub(earned, rule->pay_min, &excess, err) != 0)
        return -1;
    if (fixed_mul_ppm(excess, rule->recovery_ppm, mode, &share, err) != 0)
        return -1;
    *recovery = balance < share ? balance : share;
    return 0;
}

int pay_draw_compute(const struct pay_draw_rule *rule, int64_t earned, int64_t balance, enum rounding mode,
                     struct pay_draw *out, struct err *err)
{
    struct pay_draw d = { 0 };

    if (check_share(rule->recovery_ppm, "recovery share", err) != 0)
        return -1;
    if (rule->pay_min < 0 || balance < 0)
        return err_fail(err, ERR_INVALID, "bad_draw", "a draw needs a least pay and a balance of 0 or more");
    if (earned < rule->pay_min && fixed_sub(rule->pay_min, earned, &d.draw, err) != 0)
        return -1;
    if (fixed_add(balance, rule->recoverable ? d.draw : 0, &d.balance_after, err) != 0 ||
        recover(rule, earned, d.balance_after, mode, &d.recovery, err) != 0)
        return -1;
    d.balance_after -= d.recovery;
    d.paid = earned + d.draw - d.recovery; /* draw and recovery are never both above 0, and each stays within earned */
    *out = d;
    return 0;
}

int pay_hold_back(int64_t amount, int64_t held_ppm, enum rounding mode, int64_t *held, int64_t *released,
                  struct err *err)
{
    int64_t kept;

    if (check_share(held_ppm, "held share", err) != 0 || fixed_mul_ppm(amount, held_ppm, mode, &kept, err) != 0)
        return -1;
    *held = kept;
    *released = amount - kept; /* same sign, smaller: no overflow */
    return 0;
}
