/* clock: the business clock: real time, or a set time that goes on from there (replays, demo, tests).
 *
 * Business time = base_business + (real now - base_real). All daemons of an installation must share the setting
 * `clock`: "real" or "2026-11-26T10:00:00+08:00@1763956800" (business time @ the real Unix second at which it stood so).
 * Time zone: one fixed UTC offset for the installation.
 */
#ifndef BIHUAN_RUNTIME_CLOCK_H
#define BIHUAN_RUNTIME_CLOCK_H

#include "base/err.h"

#include <stdint.h>

struct clock {
    int64_t shift_us;      /* business minus real */
    int32_t utc_offset_s;  /* of the installation's zone */
};

int clock_parse(struct clock *clock, const char *setting, const char *utc_offset, struct err *err);
int64_t clock_real_us(void);
int64_t clock_monotonic_us(void);
int64_t clock_business_us(const struct clock *clock);
/* Business day (days since 1970-01-01) of a moment. */
int32_t clock_day(const struct clock *clock, int64_t time_us);
/* First moment of a business day. */
int64_t clock_day_start(const struct clock *clock, int32_t day);

#endif
