/* registrations: see registrations.h. */
#include "incentive/joins/registrations.h"

#include <stdlib.h>
#include <string.h>

void registrations_add(struct registrations *registrations, const struct registration *registration)
{
    struct registration *at;

    if (!registrations->started)
        arena_init(&registrations->texts);
    registrations->started = true;
    if (registrations->count == registrations->cap) {
        registrations->cap = registrations->cap ? registrations->cap * 2 : 256;
        registrations->list = realloc(registrations->list, registrations->cap * sizeof *registrations->list);
        if (!registrations->list)
            abort();
    }
    at = &registrations->list[registrations->count++];
    *at = *registration;
    at->customer = arena_strdup(&registrations->texts, registration->customer);
}

void registrations_clear(struct registrations *registrations)
{
    free(registrations->list);
    if (registrations->started)
        arena_fini(&registrations->texts);
    *registrations = (struct registrations) { 0 };
}

int32_t registration_until(const struct registration *registration, int32_t days)
{
    int32_t lapses = registration->from_day + (registration->days ? registration->days : days);

    return registration->ended_day < lapses ? registration->ended_day : lapses;
}

static int compare(const char *name, const char *text, size_t len)
{
    int order = strncmp(name, text, len);

    return order ? order : name[len] != 0;
}

static size_t first_of(const struct registrations *registrations, const char *customer, size_t len)
{
    size_t low = 0, high = registrations->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (compare(registrations->list[mid].customer, customer, len) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool is_for(const struct registration *registration, const struct refdata *refdata, uint32_t product_id)
{
    for (int depth = 0; registration->product_id && depth < TREE_DEPTH_MAX; depth++) {
        const struct ref_product *product = product_id ? refdata_product(refdata, product_id) : NULL;

        if (product_id == registration->product_id)
            return true;
        if (!product)
            return false;
        product_id = product->parent_id;
    }
    return !registration->product_id;
}

uint32_t registrations_unit(const struct registrations *registrations, const struct refdata *refdata,
                            const char *customer, size_t len, uint32_t product_id, int32_t day, int32_t days,
                            bool *lapsed)
{
    *lapsed = false;
    for (size_t i = len ? first_of(registrations, customer, len) : registrations->count;
         i < registrations->count && compare(registrations->list[i].customer, customer, len) == 0; i++) {
        const struct registration *at = &registrations->list[i];

        if (at->from_day > day || !is_for(at, refdata, product_id))
            continue;
        if (day < registration_until(at, days))
            return at->unit_id;
        *lapsed = true;
    }
    return 0;
}
