/* flap: whether an alert comes and goes. Pure.
 *
 * Of the last judged days (21), each change between open and not open counts, the newest for 1.25, the oldest for 0.75;
 * flapping begins when the changes come to a share (30 %) of all there could be and ends below another (25 %). Days
 * that weren't judged don't count, neither as a change nor as a day.
 */
#ifndef BIHUAN_SERVICES_MONITORING_FLAP_H
#define BIHUAN_SERVICES_MONITORING_FLAP_H

#include <stdbool.h>
#include <stdint.h>

struct flap_limits {
    int days; /* looked at, 3..31 */
    uint32_t on_ppm, off_ppm;
};

/* Zero-initialised: nothing judged yet, taken as if it had always been not open. */
struct flap {
    uint32_t bits; /* bit 0 is the last judged day, 1 open; as many low ones as days are looked at */
    bool on;
    uint32_t share_ppm; /* weighted share of changes, 0..1,000,000 */
};

/* One judged day; true when `on` changed with it. */
bool flap_push(struct flap *flap, bool open, const struct flap_limits *limits);

/* An alert about a feed or a duty has no judged days: its changes themselves are counted, those within the last days.
 * Flapping begins with so many and ends when fewer than half of them are left. */
#define FLAP_TURNS_MAX 16

struct flap_span {
    int turns; /* 2..FLAP_TURNS_MAX */
    int days;
};

struct flap_turns {
    int64_t at_us[FLAP_TURNS_MAX]; /* the latest changes, the oldest first */
    int count;
};

/* It came or went; true where it flaps from now on. */
bool flap_turn(struct flap *flap, struct flap_turns *turns, int64_t now_us, const struct flap_span *span);
/* When it ceases to flap unless it changes before; INT64_MAX where it doesn't flap. */
int64_t flap_rests_us(const struct flap *flap, const struct flap_turns *turns, const struct flap_span *span);

#endif
