/* money: see money.h. */
#include "feedback/tmf/money.h"

#include "text/decimal.h"

#include <string.h>
#include <strings.h>

static void add_unit(struct tmf_sum *sum, const char *unit)
{
    if (!sum->unit || !*sum->unit)
        sum->unit = unit;
    else if (*unit && strcmp(sum->unit, unit) != 0)
        sum->unit = "mixed";
}

void tmf_sum_money(struct tmf_sum *sum, const json_t *money, enum tmf_sign sign)
{
    static const char *const names[] = { "value", "amount", NULL };
    const char *text = json_is_object(money) ? json_text_first(money, names) : json_text_of(money, "");
    int64_t units;

    if (!*text)
        return;
    add_unit(sum, json_text_of(money, "unit"));
    sum->any = true;
    if (decimal_parse(text, strlen(text), TMF_MONEY_SCALE, 0, &units, NULL) != 0 || units == INT64_MIN) {
        sum->unread = sum->unread ? sum->unread : text;
        return;
    }
    if (sign == TMF_LESS)
        units = units < 0 ? units : -units;
    if (__builtin_add_overflow(sum->units, units, &sum->units))
        sum->unread = sum->unread ? sum->unread : text;
}

/* What a Price comes to: {taxIncludedAmount, dutyFreeAmount}, either a Money. */
static const json_t *money_of(const json_t *price)
{
    const json_t *inner = json_text_at(price, "price");
    const json_t *money = json_text_at(inner, "taxIncludedAmount");

    if (!*json_text_of(money, "value"))
        money = json_text_at(inner, "dutyFreeAmount");
    return *json_text_of(money, "value") ? money : NULL;
}

static bool subtracts(const json_t *price)
{
    const char *type = json_text_of(price, "priceType");

    return strcasecmp(type, "discount") == 0 || strcasecmp(type, "allowance") == 0;
}

static void add_alterations(struct tmf_sum *sum, const json_t *price)
{
    const json_t *list = json_text_at(price, "priceAlteration");
    size_t i;
    json_t *alteration;

    json_array_foreach((json_t *)(uintptr_t)list, i, alteration)
    {
        const json_t *money = money_of(alteration);

        if (money && (subtracts(alteration) || *json_text_of(money, "value") == '-'))
            tmf_sum_money(sum, money, TMF_LESS);
    }
}

void tmf_sum_prices(struct tmf_sum *sum, const json_t *prices, const char *type)
{
    size_t i;
    json_t *price;

    json_array_foreach((json_t *)(uintptr_t)prices, i, price)
    {
        if (type && strcasecmp(json_text_of(price, "priceType"), type) != 0)
            continue;
        tmf_sum_money(sum, money_of(price), subtracts(price) ? TMF_LESS : TMF_AS_IT_IS);
        add_alterations(sum, price);
    }
}

const char *tmf_sum_text(const struct tmf_sum *sum, bool negative, struct arena *arena)
{
    char text[DECIMAL_TEXT_MAX];
    size_t len;

    if (sum->unread)
        return sum->unread;
    if (!sum->any)
        return "";
    len = decimal_print(text, negative ? -sum->units : sum->units, TMF_MONEY_SCALE, 0);
    while (len && text[len - 1] == '0')
        len--;
    if (len && text[len - 1] == '.')
        len--;
    return arena_strndup(arena, text, len);
}
