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

#endif
