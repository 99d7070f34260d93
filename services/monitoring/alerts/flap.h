/* flap: whether an alert comes and goes. Pure.
 *
 * Of the last FLAP_CHECKS judged days, each change between open and not open counts, the newest for 1.25, the oldest
 * for 0.75; flapping begins when the changes come to 30 % of all there could be and ends below 25 %. Days that weren't
 * judged don't count, neither as a change nor as a day.
 */
#ifndef BIHUAN_SERVICES_MONITORING_FLAP_H
#define BIHUAN_SERVICES_MONITORING_FLAP_H

#include <stdbool.h>
#include <stdint.h>

#define FLAP_CHECKS  21
#define FLAP_ON_PPM  300000
#define FLAP_OFF_PPM 250000

/* Zero-initialised: nothing judged yet, taken as if it had always been not open. */
struct flap {
    uint32_t bits; /* bit 0 is the last judged day, 1 open; the FLAP_CHECKS low ones */
    bool on;
};

/* Weighted share of changes, 0..1,000,000. */
uint32_t flap_share_ppm(const struct flap *flap);
/* One judged day; true when `on` changed with it. */
bool flap_push(struct flap *flap, bool open);

#endif
