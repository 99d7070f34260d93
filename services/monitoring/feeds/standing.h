/* standing: what may be believed of each unit's figures on a day, by how the feeds stand that bring them.
 *
 * A feed, or a part of it, that is silent or late and isn't complete to the end of the day is behind. A unit is frozen
 * where feeds that are behind bring a share of its records (a tenth) or more (coverage.h; of a unit without records
 * yet: where all feeds of that kind of fact are behind): it neither fires nor resolves. It is provisional where they
 * bring less, or where a feed that brings any of its records is suspect.
 */
#ifndef BIHUAN_SERVICES_MONITORING_STANDING_H
#define BIHUAN_SERVICES_MONITORING_STANDING_H

#include "monitoring/monitoring.h"

enum standing { STANDING_LIVE = 0, STANDING_PROVISIONAL, STANDING_FROZEN };

/* Raises out[unit] for unit < limit by what feeds of this kind of fact say; `out` begins as zeros, so that several
 * kinds can be put together. Returns whether any unit isn't live. */
bool standing_find(const struct monitoring *monitoring, const struct clock *clock, const char *fact, int32_t day,
                   struct arena *scratch, uint8_t *out, uint32_t limit);

#endif
