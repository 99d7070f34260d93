/* material_steps: see material_steps.h. */
#include "planning/guides/material_steps.h"

#include <string.h>

static const char *const words[] = { "requested", "designed", "localised", "shipped", "confirmed" };

const char *material_word(enum material_state state)
{
    return words[state];
}

int material_state_of(const char *word)
{
    for (int i = MATERIAL_REQUESTED; i <= MATERIAL_CONFIRMED; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

uint32_t material_step_unit(enum material_state state, const struct material_units *units)
{
    switch (state) {
    case MATERIAL_REQUESTED:
        return units->design;
    case MATERIAL_DESIGNED:
        return units->localise ? units->localise : units->ship;
    case MATERIAL_LOCALISED:
        return units->ship;
    case MATERIAL_SHIPPED:
    case MATERIAL_CONFIRMED:
        break;
    }
    return 0;
}

bool material_step(enum material_state state, const struct material_units *units, bool back, enum material_state *next)
{
    if (state >= MATERIAL_SHIPPED || (back && state == MATERIAL_REQUESTED))
        return false;
    if (back)
        *next = state == MATERIAL_LOCALISED ? MATERIAL_DESIGNED : MATERIAL_REQUESTED;
    else if (state == MATERIAL_REQUESTED)
        *next = MATERIAL_DESIGNED;
    else
        *next = state == MATERIAL_DESIGNED && units->localise ? MATERIAL_LOCALISED : MATERIAL_SHIPPED;
    return true;
}
