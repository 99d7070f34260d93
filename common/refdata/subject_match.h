/* subject_match: what subjects of facts a measure's filter takes: "satisfaction", or with "home/" and a star all that
 * begin so. */
#ifndef BIHUAN_REFDATA_SUBJECT_MATCH_H
#define BIHUAN_REFDATA_SUBJECT_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a fact's subject could be so: 1 to 120 bytes, and not the star alone. */
bool subject_pattern_fits(const char *pattern);
bool subject_matches(const char *pattern, const char *subject, size_t len);

#endif
