/* programme_rules: who must say yes to a cross-sell programme, and where it stands. Pure. */
#ifndef BIHUAN_SERVICES_PLANNING_PROGRAMME_RULES_H
#define BIHUAN_SERVICES_PLANNING_PROGRAMME_RULES_H

#include "base/err.h"

#include "bihuan/planning_programmes.pb-c.h"

#include <stdbool.h>

/* The consent of a unit in a part ("seller", "office", "budget"); NULL while it has given none. */
const Bihuan__ProgrammeConsent *programme_consent(const Bihuan__Programme *programme, const char *unit,
                                                  const char *part);

/* offered, agreed (sellers and office said yes), approved (the budget too) or refused, by the consents alone. */
const char *programme_state(const Bihuan__Programme *programme);

/* The part that `unit` has; `part` "" finds the only one. ERR_INVALID with code no_part, several_parts or other_part.
 */
int programme_part(const Bihuan__Programme *programme, const char *unit, const char *part, const char **out,
                   struct err *err);

/* Whether `person` may say yes or no now, in that part, having read `revision`. ERR_CONFLICT: stale_version,
 * closed_stage, consent_given, waits_for; ERR_FORBIDDEN: own_offer. */
int programme_may_consent(const Bihuan__Programme *programme, const char *unit, const char *part, const char *person,
                          uint32_t revision, struct err *err);

/* The offer itself is the same: everything but what planning keeps about it. */
bool programme_same_offer(const Bihuan__Programme *a, const Bihuan__Programme *b);

#endif
