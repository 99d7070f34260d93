/* manifests: the demo's reference data as the command line takes it: YAML documents and CSV tables. */
#ifndef BIHUAN_DEMO_MANIFESTS_H
#define BIHUAN_DEMO_MANIFESTS_H

#include "province.h"

/* Writes DIR/manifests and DIR/stories.json; `seed` is the one that made the province. 0, or -1 with a message on
 * stderr. */
int manifests_write(const struct province *province, uint64_t seed, const char *dir, int scale);

/* The province's system names places by area code: "09nn" of a city. */
void area_code(const struct province *province, int city, char out[8]);

#endif
