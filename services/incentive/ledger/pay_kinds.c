/* pay_kinds: see pay_kinds.h. */
#include "incentive/ledger/pay_kinds.h"

#include <string.h>

static const struct {
    const char *word;
    enum pay_group group;
} kinds[PAY_KINDS] = {
    [PAY_NONE] = { "", PAY_GROUPS },
    [PAY_EARNING] = { "earning", GROUP_EARNED },
    [PAY_LATE_EARNING] = { "late_earning", GROUP_EARNED },
    [PAY_CLAWBACK] = { "clawback", GROUP_EARNED },
    [PAY_HOLD] = { "hold", GROUP_HELD },
    [PAY_RELEASE] = { "release", GROUP_RELEASED },
    [PAY_CARRIED] = { "carried", GROUP_CARRIED },
    [PAY_DRAW] = { "draw", GROUP_DRAW },
    [PAY_RECOVERY] = { "recovery", GROUP_RECOVERY },
    [PAY_ADJUSTMENT] = { "adjustment", PAY_GROUPS },
    [PAY_PAYMENT] = { "payment", PAY_GROUPS },
};

enum pay_group pay_group_of(enum pay_kind kind)
{
    return kind > PAY_NONE && kind < PAY_KINDS ? kinds[kind].group : PAY_GROUPS;
}

const char *pay_kind_word(enum pay_kind kind)
{
    return kind > PAY_NONE && kind < PAY_KINDS ? kinds[kind].word : "";
}

enum pay_kind pay_kind_parse(const char *word)
{
    for (int kind = PAY_EARNING; kind < PAY_KINDS; kind++)
        if (strcmp(kinds[kind].word, word) == 0)
            return (enum pay_kind)kind;
    return PAY_NONE;
}

enum pay_kind pay_kind_for(enum pay_group group, bool late, bool negative)
{
    static const enum pay_kind plain[PAY_GROUPS] = { PAY_EARNING, PAY_HOLD, PAY_RELEASE,
                                                     PAY_CARRIED, PAY_DRAW, PAY_RECOVERY };

    if (group == GROUP_EARNED && late)
        return negative ? PAY_CLAWBACK : PAY_LATE_EARNING;
    return group < PAY_GROUPS ? plain[group] : PAY_NONE;
}
