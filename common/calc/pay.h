/* pay: from a score to money: mix, linked pay, draw and recovery, hold-back.
 *
 * Money in int64 units; shares and payout factors in ppm. Each function rounds once, by the plan's named rule.
 * Errors: -1 with *err ("bad_share", "overflow", ...). Pure functions.
 */
#ifndef BIHUAN_CALC_PAY_H
#define BIHUAN_CALC_PAY_H

#include "calc/fixed.h"

/* base + variable: the two parts sum to `amount` at a payout factor of 100 %. */
struct pay_mix {
    int64_t fixed;    /* amount * base_ppm */
    int64_t variable; /* the rest of amount, times the payout factor */
    int64_t total;
};

/* pay = amount * base share + (amount - that) * payout. 60/40: base_ppm 600,000. payout_ppm >= 0 is payout(S). */
int pay_mix_compute(int64_t amount, int64_t base_ppm, int64_t payout_ppm, enum rounding mode, struct pay_mix *out,
                    struct err *err);

/* base * ((1 - linked) + linked * S): with linked_ppm 100,000 it is base * (0.90 + 0.10 * S). */
int pay_linked(int64_t base, int64_t linked_ppm, int64_t score_ppm, enum rounding mode, int64_t *out, struct err *err);

struct pay_draw_rule {
    int64_t pay_min;      /* what an advance tops the earning up to, >= 0 */
    int64_t recovery_ppm; /* share of the excess over pay_min that goes to recovery, 0..1,000,000 */
    bool recoverable;     /* false: advances are not owed back */
};

struct pay_draw {
    int64_t draw;          /* max(0, pay_min - earned) */
    int64_t recovery;      /* min(balance, share * max(0, earned - pay_min)) */
    int64_t balance_after; /* owed by the payee */
    int64_t paid;          /* earned + draw - recovery */
};

/* One period. balance >= 0 is what is owed from before. */
int pay_draw_compute(const struct pay_draw_rule *rule, int64_t earned, int64_t balance, enum rounding mode,
                     struct pay_draw *out, struct err *err);

/* Hold-back: `held` is kept for later, `released` paid now; they sum to amount. */
int pay_hold_back(int64_t amount, int64_t held_ppm, enum rounding mode, int64_t *held, int64_t *released,
                  struct err *err);

#endif
