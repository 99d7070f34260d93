/* age_range: a range of days since a fact's own date, as measures' filters write it: "1..30", "..0", "91..". Pure. */
#ifndef BIHUAN_REFDATA_AGE_RANGE_H
#define BIHUAN_REFDATA_AGE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#define AGE_DAYS_MAX 36500

/* Both are counted; INT32_MIN and INT32_MAX where they are left out. Negative ages lie before the date. */
struct age_range {
    int32_t from, to;
};

/* False where it isn't one: both left out, out of +-AGE_DAYS_MAX, or the wrong way round. */
bool age_range_parse(const char *text, struct age_range *out);

#endif
