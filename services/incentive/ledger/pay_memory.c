/* pay_memory: see pay_memory.h. */
#include "incentive/ledger/pay_memory.h"

#include <stdlib.h>
#include <string.h>

void pay_known_fini(struct pay_known *known)
{
    free(known->slots);
    free(known->volume);
    free(known->earned);
    *known = (struct pay_known) { 0 };
}

void pay_memory_clear(struct pay_memory *memory)
{
    for (size_t i = 0; i < memory->known_count; i++)
        pay_known_fini(&memory->known[i]);
    free(memory->known);
    free(memory->by_unit);
    *memory = (struct pay_memory) { 0 };
}

void pay_memory_mark(struct pay_memory *memory, uint32_t unit_id)
{
    if (unit_id >= memory->unit_limit) {
        uint32_t limit = unit_id + unit_id / 2 + 64;

        memory->by_unit = realloc(memory->by_unit, limit * sizeof *memory->by_unit);
        if (!memory->by_unit)
            abort();
        memset(memory->by_unit + memory->unit_limit, 0, (limit - memory->unit_limit) * sizeof *memory->by_unit);
        memory->unit_limit = limit;
    }
    memory->by_unit[unit_id] = memory->now;
}

void pay_memory_mark_all(struct pay_memory *memory)
{
    memory->all = memory->now;
}

static struct pay_known *find(const struct pay_memory *memory, uint32_t period_id)
{
    for (size_t i = 0; i < memory->known_count; i++)
        if (memory->known[i].period_id == period_id)
            return &memory->known[i];
    return NULL;
}

const struct pay_known *pay_memory_find(const struct pay_memory *memory, uint32_t period_id)
{
    return find(memory, period_id);
}

void pay_memory_put(struct pay_memory *memory, const struct pay_known *known)
{
    struct pay_known *old = find(memory, known->period_id);

    if (!old) {
        memory->known = realloc(memory->known, (memory->known_count + 1) * sizeof *memory->known);
        if (!memory->known)
            abort();
        old = &memory->known[memory->known_count++];
        *old = (struct pay_known) { 0 };
    }
    pay_known_fini(old);
    *old = *known;
}
