/* customers: see customers.h. */
#include "incentive/joins/customers.h"

#include <stdlib.h>
#include <string.h>

void customers_add(struct customers *customers, const struct customer_holding *holding)
{
    if (!customers->started)
        arena_init(&customers->texts);
    customers->started = true;
    if (customers->count == customers->cap) {
        customers->cap = customers->cap ? customers->cap * 2 : 256;
        customers->list = realloc(customers->list, customers->cap * sizeof *customers->list);
        if (!customers->list)
            abort();
    }
    customers->list[customers->count++] = (struct customer_holding) {
        arena_strdup(&customers->texts, holding->customer), arena_strdup(&customers->texts, holding->holder),
        holding->from_day, holding->until_day
    };
}

void customers_clear(struct customers *customers)
{
    free(customers->list);
    if (customers->started)
        arena_fini(&customers->texts);
    *customers = (struct customers) { 0 };
}

static int compare(const char *name, const char *text, size_t len)
{
    int order = strncmp(name, text, len);

    return order ? order : name[len] != 0;
}

const char *customers_holder(const struct customers *customers, const char *customer, size_t len, int32_t day)
{
    size_t low = 0, high = len ? customers->count : 0;

    while (low < high) { /* the first that is behind (customer, day) */
        size_t mid = low + (high - low) / 2;
        const struct customer_holding *at = &customers->list[mid];
        int order = compare(at->customer, customer, len);

        if (order < 0 || (order == 0 && at->from_day <= day))
            low = mid + 1;
        else
            high = mid;
    }
    if (!low || !len || compare(customers->list[low - 1].customer, customer, len) != 0 ||
        customers->list[low - 1].until_day <= day)
        return "";
    return customers->list[low - 1].holder;
}
