/* rate: how fast and when: token bucket, retries, the minutes around full hours. Pure: time and chance are handed in.
 * Times are microseconds. */
#ifndef BIHUAN_SERVICES_MONITORING_RATE_H
#define BIHUAN_SERVICES_MONITORING_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* What is left of a receiver's rate. Holds `at_once` messages at most and gains so many a minute that no 60 seconds see
 * more than 80 % of what the vendor takes, whatever the pattern. */
struct rate {
    int64_t tokens_milli;
    int64_t filled_us; /* when it was so */
};
/* Adds what was gained since; a clock that went back gains nothing. per_minute 0: no limit. */
void rate_fill(struct rate *rate, int per_minute, int at_once, int64_t now_us);
/* After rate_fill: takes one, or says no. */
bool rate_take(struct rate *rate, int per_minute);
/* When there will be one; now where there is. */
int64_t rate_ready_us(const struct rate *rate, int per_minute, int at_once, int64_t now_us);

#define RETRY_DAY_US      (INT64_C(86400) * 1000000)
#define RETRY_LEAST       8 /* tries: the last is an hour and three quarters after the first */
#define RETRY_AFTER_MAX_S 3600
/* Whether it's given up after `failed` failed tries: it waits for a day, and was really tried. What waited while its
 * receiver was off, or nothing ran, hasn't had its chances yet. */
bool retry_is_over(int64_t waited_us, int failed);
/* Pause before the next try after `failed` failed ones (1 ...): where the first is 1 s that is 1 s, 5 s, 30 s, 2 min,
 * 10 min, 30 min, then an hour; with 20 % up or down by chance (0 to 999), at least what the receiver asked for
 * (after_s, at most an hour; 0 nothing). Another first pause has the others in proportion, an hour at most. */
int64_t retry_pause_us(int64_t first_us, int failed, int64_t after_s, unsigned chance);
/* Pause of a whole receiver after `failed` failures in a row: half the first pause, doubled up to a minute. */
int64_t lane_pause_us(int64_t first_us, int failed);

/* When a message of a chat robot that is ready at `ready_us` is sent: within `spread_s` of a moment when everybody
 * sends (each `every_s`: full hours, half hours), at the receiver's own place (by `place`, a hash) in that span, though
 * never earlier than now. spread_s 0: at once; more than half of every_s counts as half. offset_s: of the zone, for
 * zones whose hours aren't those of UTC. */
int64_t spread_us(int64_t ready_us, int64_t every_s, int64_t spread_s, uint64_t place, int32_t offset_s);

#endif
