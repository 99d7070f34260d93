/* material_steps: the way of a tool or material from its request to the outlets. Pure. */
#ifndef BIHUAN_SERVICES_PLANNING_MATERIAL_STEPS_H
#define BIHUAN_SERVICES_PLANNING_MATERIAL_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum material_state {
    MATERIAL_REQUESTED = 0,
    MATERIAL_DESIGNED,
    MATERIAL_LOCALISED,
    MATERIAL_SHIPPED,
    MATERIAL_CONFIRMED, /* by every addressee */
};

/* "requested" ...; -1 for an unknown word. */
const char *material_word(enum material_state state);
int material_state_of(const char *word);

/* Whose people take each step; localise 0: nothing to localise, that step is left out. */
struct material_units {
    uint32_t design, localise, ship;
};
/* The unit whose people take the step that is next in `state`; 0 from MATERIAL_SHIPPED on. */
uint32_t material_step_unit(enum material_state state, const struct material_units *units);
/* The state behind that step, or with `back` the one before. False where there is none: shipped ones are confirmed, not
 * moved, and a request that goes back goes back to nowhere. */
bool material_step(enum material_state state, const struct material_units *units, bool back, enum material_state *next);

#endif
