/* reference_prices: prices by policy, and what a contribution comes to where cancels are counted. See reference.h. */
#include "feedback/reference/reference_internal.h"

#include "text/dates.h"
#include "text/decimal.h"

#include <string.h>

int reference_add_price(struct reference *reference, uint32_t product, const char *channel, int32_t from_day,
                        int32_t until_day, const char *price, struct err *err)
{
    struct ref_product *at = &reference->products[product];
    struct ref_price *entry;
    int64_t amount;

    if (decimal_parse(price, strlen(price), reference->money_scale, 0, &amount, err) != 0)
        return err_prefix(err, "policy price of product \"%s\"", at->code);
    if (at->policy_count == at->policy_cap) {
        struct ref_price *more;

        at->policy_cap = at->policy_cap ? at->policy_cap * 2 : 4;
        more = arena_array(&reference->arena, struct ref_price, at->policy_cap);
        if (at->policy_count)
            memcpy(more, at->policy, at->policy_count * sizeof *more);
        at->policy = more;
    }
    entry = &at->policy[at->policy_count++];
    *entry = (struct ref_price) { arena_strdup(&reference->arena, channel), 0, from_day, until_day, amount };
    return 0;
}

/* First day behind the window that holds the day. */
static int32_t window_end(enum cancel_window window, int32_t day)
{
    switch (window) {
    case CANCEL_AFTER_DAY:
        return day + 1;
    case CANCEL_AFTER_WEEK:
        return day - date_weekday(day) + 8;
    case CANCEL_AFTER_MONTH:
        return date_month_last(day) + 1;
    case CANCEL_AFTER_QUARTER:
        return date_quarter_last(day) + 1;
    case CANCEL_AFTER_YEAR:
        return date_year_last(day) + 1;
    case CANCEL_ANY:
    case CANCEL_NONE:
    default:
        return day;
    }
}

int64_t reference_effect(const struct reference *reference, uint32_t measure, int64_t value,
                         const struct order_line *line, int32_t day, bool cancel)
{
    const struct ref_measure *at;
    int32_t end;

    if (!(reference->of_cancels[measure / 64] >> (measure % 64) & 1))
        return cancel ? -value : value;
    at = reference_measure(reference, measure);
    if (!cancel || !at)
        return 0;
    end = window_end(at->cancelled, line->day);
    if (at->cancelled != CANCEL_ANY && day < end)
        return 0;
    return at->cancelled_days && day >= end + at->cancelled_days ? 0 : value;
}

bool reference_price(const struct reference *reference, uint32_t product, uint32_t channel, int32_t day, int64_t *price)
{
    const struct ref_product *at = reference_product(reference, product);
    const struct ref_price *best = NULL;

    for (uint32_t i = 0; at && i < at->policy_count; i++) {
        const struct ref_price *entry = &at->policy[i];

        if (entry->from_day <= day && day < entry->until_day && (!entry->channel || entry->channel == channel) &&
            (!best || entry->channel))
            best = entry;
    }
    if (!at || (!best && !at->has_price))
        return false;
    *price = best ? best->price : at->price;
    return true;
}
