/* zone: see zone.h. */
#include "cli/zone.h"

#include "text/dates.h"

#include <stdlib.h>
#include <time.h>

static struct zone learnt = { "+08:00", 8 * 3600 };

void zone_learn(const char *offset)
{
    struct zone zone;
    struct err err;

    if (offset && zone_parse(offset, &zone, &err) == 0)
        learnt = zone;
}

static struct zone zone_now(void)
{
    const char *own = getenv("BIHUAN_UTC_OFFSET");
    struct zone zone;
    struct err err;

    return own && *own && zone_parse(own, &zone, &err) == 0 ? zone : learnt;
}

static size_t print(char out[ZONE_TEXT_MAX], int64_t us, const char *format)
{
    time_t seconds = (time_t)(us / US_PER_SECOND) + zone_now().offset_s;
    struct tm tm;

    gmtime_r(&seconds, &tm);
    return strftime(out, ZONE_TEXT_MAX, format, &tm);
}

size_t zone_print_minute(char out[ZONE_TEXT_MAX], int64_t us)
{
    return print(out, us, "%Y-%m-%d %H:%M");
}

size_t zone_print_clock(char out[ZONE_TEXT_MAX], int64_t us)
{
    return print(out, us, "%H:%M:%S");
}
