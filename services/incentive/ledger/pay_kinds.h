/* pay_kinds: kinds of entries in the ledger of pay, and which of them answer for the same thing. Their numbers are
 * stored: never change them. */
#ifndef BIHUAN_INCENTIVE_PAY_KINDS_H
#define BIHUAN_INCENTIVE_PAY_KINDS_H

#include <stdbool.h>

enum pay_kind {
    PAY_NONE = 0,
    PAY_EARNING = 1,      /* of the period in which it is booked */
    PAY_LATE_EARNING = 2, /* for a closed period: more */
    PAY_CLAWBACK = 3,     /* for a closed period: less */
    PAY_HOLD = 4,         /* negative: held back */
    PAY_RELEASE = 5,
    PAY_CARRIED = 6, /* above a cap, for the next period; isn't paid */
    PAY_DRAW = 7,
    PAY_RECOVERY = 8, /* negative */
    PAY_ADJUSTMENT = 9,
    PAY_PAYMENT = 10, /* negative: exported to payroll */
    PAY_KINDS
};

/* What a calculation wants, each kept by entries of one or more kinds. */
enum pay_group { GROUP_EARNED = 0, GROUP_HELD, GROUP_RELEASED, GROUP_CARRIED, GROUP_DRAW, GROUP_RECOVERY, PAY_GROUPS };

/* PAY_GROUPS for kinds that no calculation keeps. */
enum pay_group pay_group_of(enum pay_kind kind);
const char *pay_kind_word(enum pay_kind kind);
/* PAY_NONE where it isn't one. */
enum pay_kind pay_kind_parse(const char *word);
/* The kind in which a difference is booked: of the period it is for, or late. */
enum pay_kind pay_kind_for(enum pay_group group, bool late, bool negative);

#endif
