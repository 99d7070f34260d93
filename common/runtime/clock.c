/* clock: see clock.h. */
#include "runtime/clock.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_US ((int64_t)1000000)
#define DAY_US    (86400 * SECOND_US)

int64_t clock_real_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

int64_t clock_monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static int two_digits(const char *at)
{
    if (!isdigit((unsigned char)at[0]) || !isdigit((unsigned char)at[1]))
        return -1;
    return (at[0] - '0') * 10 + (at[1] - '0');
}

/* "Z" or "+08:00"; *end is set behind it. */
static int parse_offset(const char *at, int32_t *out, const char **end)
{
    int hours, minutes;

    if (*at == 'Z') {
        *out = 0;
        *end = at + 1;
        return 0;
    }
    if (*at != '+' && *at != '-')
        return -1;
    hours = two_digits(at + 1);
    if (hours < 0 || hours > 15 || at[3] != ':')
        return -1;
    minutes = two_digits(at + 4);
    if (minutes < 0 || minutes > 59)
        return -1;
    *out = (hours * 3600 + minutes * 60) * (*at == '-' ? -1 : 1);
    *end = at + 6;
    return 0;
}

/* "2026-11-26T10:00:00+08:00" to Unix seconds; *end is set behind it. */
static int parse_moment(const char *text, int64_t *out, const char **end)
{
    struct tm tm = { .tm_isdst = 0 };
    const char *at = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    int32_t offset;

    if (!at || parse_offset(at, &offset, end) != 0)
        return -1;
    *out = (int64_t)timegm(&tm) - offset;
    return 0;
}

static int parse_shift(const char *setting, int64_t *shift_us, struct err *err)
{
    int64_t business, real;
    const char *at;
    char *end;

    if (strcmp(setting, "real") == 0) {
        *shift_us = 0;
        return 0;
    }
    if (parse_moment(setting, &business, &at) != 0 || *at != '@' || !isdigit((unsigned char)at[1]))
        return err_fail(err, ERR_INVALID, "bad_clock",
                        "clock \"%s\" is neither \"real\" nor like 2026-11-26T10:00:00+08:00@1763956800", setting);
    errno = 0;
    real = strtoll(at + 1, &end, 10);
    if (errno || *end || real > INT64_MAX / SECOND_US)
        return err_fail(err, ERR_INVALID, "bad_clock", "clock \"%s\": what follows @ is not a Unix second", setting);
    *shift_us = (business - real) * SECOND_US;
    return 0;
}

int clock_parse(struct clock *clock, const char *setting, const char *utc_offset, struct err *err)
{
    struct clock parsed;
    const char *end;

    if (parse_offset(utc_offset, &parsed.utc_offset_s, &end) != 0 || *end)
        return err_fail(err, ERR_INVALID, "bad_utc_offset", "offset \"%s\" is not like +08:00", utc_offset);
    if (parse_shift(setting, &parsed.shift_us, err) != 0)
        return -1;
    *clock = parsed;
    return 0;
}

int64_t clock_business_us(const struct clock *clock)
{
    return clock_real_us() + clock->shift_us;
}

int32_t clock_day(const struct clock *clock, int64_t time_us)
{
    int64_t local = time_us + clock->utc_offset_s * SECOND_US;
    int64_t day = local / DAY_US;

    return (int32_t)(local % DAY_US < 0 ? day - 1 : day);
}

int64_t clock_day_start(const struct clock *clock, int32_t day)
{
    return (int64_t)day * DAY_US - clock->utc_offset_s * SECOND_US;
}
