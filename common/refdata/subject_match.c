/* subject_match: see subject_match.h. */
#include "refdata/subject_match.h"

#include <string.h>

#define SUBJECT_MAX 120 /* bytes, as feedback reads them */

static size_t fixed_part(const char *pattern, bool *begins)
{
    size_t len = strlen(pattern);

    *begins = len && pattern[len - 1] == '*';
    return len - *begins;
}

bool subject_pattern_fits(const char *pattern)
{
    bool begins;
    size_t len = fixed_part(pattern, &begins);

    return len >= 1 && len <= SUBJECT_MAX;
}

bool subject_matches(const char *pattern, const char *subject, size_t len)
{
    bool begins;
    size_t fixed = fixed_part(pattern, &begins);

    return (begins ? len >= fixed : len == fixed) && memcmp(pattern, subject, fixed) == 0;
}
