/* offices: the province's own offices, and the people who answer for offices, cities, counties and shops: they work the
 * cycle, acknowledge guides and approve; none of them sells. */
#ifndef BIHUAN_DEMO_OFFICES_H
#define BIHUAN_DEMO_OFFICES_H

#include "province.h"

#include "base/buf.h"

/* Rows of the table of units: code, name, type, parent, channel, from, until. */
void offices_write_units(const struct province *province, struct buf *out);

/* The table of people: code, name, role, unit, from, until. Their names follow from the seed. */
void offices_write_people(const struct province *province, uint64_t seed, struct buf *out);

#endif
