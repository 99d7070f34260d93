/* receipts: see receipts.h. */
#include "incentive/joins/receipts.h"

#include "calc/fixed.h"

#include <stdlib.h>
#include <string.h>

static int same_receipt(const struct receipt *a, const struct receipt *b)
{
    int order = a->day < b->day ? -1 : a->day > b->day;

    if (!order)
        order = strcmp(a->sender, b->sender);
    return order ? order : strcmp(a->key, b->key);
}

static int by_day(const void *a, const void *b)
{
    return same_receipt(a, b);
}

size_t receipts_net(struct receipt *list, size_t count)
{
    size_t kept = 0;

    if (count)
        qsort(list, count, sizeof *list, by_day);
    for (size_t from = 0, to; from < count; from = to) {
        struct receipt sum = list[from];

        for (to = from + 1; to < count && same_receipt(&list[from], &list[to]) == 0; to++) {
            sum.amount += list[to].amount;
            sum.undoes = sum.undoes && list[to].undoes;
        }
        if (sum.amount)
            list[kept++] = sum;
    }
    return kept;
}

static int64_t held(int64_t sum, int64_t due)
{
    int64_t low = due < 0 ? due : 0, high = due < 0 ? 0 : due;

    return sum < low ? low : sum > high ? high : sum;
}

int receipts_apply(const struct receipt *list, size_t count, int64_t due, struct receipt_part *parts, struct err *err)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        parts[i].before = held(sum, due);
        if (fixed_add(sum, list[i].amount, &sum, err) != 0)
            return -1;
        parts[i].after = held(sum, due);
        parts[i].excess = list[i].amount - (parts[i].after - parts[i].before);
    }
    return 0;
}

int receipts_released(int64_t value, int64_t collected, int64_t due, int64_t *out, struct err *err)
{
    bool negative = value < 0;

    /* with all signs out of the way, what takes a value back takes back its parts as well */
    if (fixed_mul_div(negative ? -value : value, collected < 0 ? -collected : collected, due < 0 ? -due : due,
                      ROUND_HALF_UP, out, err) != 0)
        return -1;
    *out = negative ? -*out : *out;
    return 0;
}
