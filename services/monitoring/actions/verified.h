/* verified: for what an action was ever verified, so that an alert that fires need not ask the tables: nearly none has
 * one. Says yes too often at most (an action that was reopened, a key that meets another's), never no too often.
 */
#ifndef BIHUAN_SERVICES_MONITORING_VERIFIED_H
#define BIHUAN_SERVICES_MONITORING_VERIFIED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed is empty. */
struct verified {
    uint64_t *keys; /* ascending */
    size_t count, cap;
};

void verified_add(struct verified *verified, uint32_t rule_id, uint32_t unit_id, uint32_t measure_id);
bool verified_has(const struct verified *verified, uint32_t rule_id, uint32_t unit_id, uint32_t measure_id);
void verified_clear(struct verified *verified);
void verified_fini(struct verified *verified);

#endif
