/* pay_memory: what pay remembers between calculations, so that the next one works out those alone whose pay may have
 * changed: which units have credits that are newer, and what each period's last calculation went by and came to. A
 * cache: without it (after a start, after a lost transaction) a calculation works out everybody. The writer's alone.
 */
#ifndef BIHUAN_INCENTIVE_PAY_MEMORY_H
#define BIHUAN_INCENTIVE_PAY_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A payee under a plan, as it was worked out last. */
struct pay_known_slot {
    uint32_t unit_id, plan_id, plan_version;
    uint64_t basis; /* hash of what it goes by */
    uint64_t parts; /* hash of that and of what its components came to */
    uint32_t first; /* of its components in earned */
    uint32_t component_count;
    uint32_t first_feed; /* of what its components take in volume (payplan.feed_count) */
    uint32_t feed_count;
};

/* A period's last calculation; of a closed one the last that looked at it. */
struct pay_known {
    uint32_t period_id;
    uint32_t base_run; /* of an open one: the full calculation whose parts hold, with those of the later ones */
    uint64_t at;       /* changes up to this one are in it */
    int32_t as_of;
    int64_t release_from, release_until; /* days by which anything held back may come free; from > until: none */
    bool cash;                           /* some component releases by cash: nobody knows whose receipts have come */
    bool beneath;                        /* some component takes what those beneath sold */
    struct pay_known_slot *slots;        /* in order of unit and plan */
    size_t slot_count;
    int64_t *volume;    /* by feed of each slot */
    int64_t *earned;    /* by component of each slot */
    size_t part_count;  /* components of all slots */
    size_t later_parts; /* kept since base_run */
};

struct pay_memory {
    uint64_t now;      /* number of the change; one more with each calculation */
    uint64_t all;      /* the last one that any pay may lean on: units, products, measures, periods */
    uint64_t *by_unit; /* the last one of the unit's own credits and entries */
    uint32_t unit_limit;
    struct pay_known *known;
    size_t known_count;
};

void pay_memory_clear(struct pay_memory *memory);
/* Credits of the unit have come or were worked out anew, or something was booked for it. */
void pay_memory_mark(struct pay_memory *memory, uint32_t unit_id);
void pay_memory_mark_all(struct pay_memory *memory);

/* NULL: nothing is known of it. */
const struct pay_known *pay_memory_find(const struct pay_memory *memory, uint32_t period_id);
/* Takes the place of what was known of its period; owns its arrays from now on. */
void pay_memory_put(struct pay_memory *memory, const struct pay_known *known);
void pay_known_fini(struct pay_known *known);

#endif
