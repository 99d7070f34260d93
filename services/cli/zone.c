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

static struct tm local(int64_t us)
{
    time_t seconds = (time_t)(us / US_PER_SECOND) + zone_now().offset_s;
    struct tm tm;

    gmtime_r(&seconds, &tm);
    return tm;
}

size_t zone_print_minute(char out[ZONE_TEXT_MAX], int64_t us)
{
    struct tm tm = local(us);

    return strftime(out, ZONE_TEXT_MAX, "%Y-%m-%d %H:%M", &tm);
}

size_t zone_print_clock(char out[ZONE_TEXT_MAX], int64_t us)
{
    struct tm tm = local(us);

    return strftime(out, ZONE_TEXT_MAX, "%H:%M:%S", &tm);
}
