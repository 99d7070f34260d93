/* age_range: see age_range.h. */
#include "refdata/age_range.h"

#include <stdlib.h>
#include <string.h>

/* `len` bytes of an optional sign and digits; nothing at all is `fallback`. */
static bool parse_days(const char *text, size_t len, int32_t fallback, int32_t *out)
{
    size_t sign = len && text[0] == '-';

    *out = fallback;
    if (!len)
        return true;
    if (len == sign || len - sign > 5 || strspn(text + sign, "0123456789") < len - sign)
        return false;
    *out = (int32_t)strtol(text, NULL, 10);
    return *out >= -AGE_DAYS_MAX && *out <= AGE_DAYS_MAX;
}

bool age_range_parse(const char *text, struct age_range *out)
{
    const char *dots = strstr(text, "..");

    if (!dots || strcmp(text, "..") == 0)
        return false;
    return parse_days(text, (size_t)(dots - text), INT32_MIN, &out->from) &&
           parse_days(dots + 2, strlen(dots + 2), INT32_MAX, &out->to) && out->from <= out->to;
}
