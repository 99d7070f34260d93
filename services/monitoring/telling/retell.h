/* retell: what one receiver is to be told of an alert, going by what it was told last. Pure.
 *
 * Nobody is told the same twice: after an alert was announced only a step for the worse, a higher severity than was
 * told since it fired, flapping, or its end is worth a word. That it is a little better is none: a severity that goes
 * down and up again is not announced again. But who takes state must have it as it is. Its end is told to whoever was
 * told of it, silenced or not; who never heard that it fired doesn't hear that it is over.
 */
#ifndef BIHUAN_SERVICES_MONITORING_RETELL_H
#define BIHUAN_SERVICES_MONITORING_RETELL_H

#include <stdbool.h>
#include <stdint.h>

/* What was told last. */
struct retell_told {
    bool open;     /* told that it fired and not yet that it is over; false: never, or over */
    bool flapping; /* told that it comes and goes */
    int severity;  /* by retell_severity() */
    int32_t gap_bp;
    uint32_t hit_ppm;
};

#define RETELL_HIT_UNKNOWN UINT32_MAX /* nobody could say: no news */

/* How it stands. */
struct retell_now {
    bool open;     /* firing, taken, acting */
    bool expired;  /* over with its period: there is nothing more to come */
    bool quieted;  /* silenced, or gathered under another */
    bool flapping; /* comes and goes */
    bool lag;      /* it has a gap and a chance to reach its target */
    bool state;    /* it is for who takes no messages but what is true */
    int severity;
    int32_t gap_bp;
    uint32_t hit_ppm;       /* or RETELL_HIT_UNKNOWN */
    int32_t step_bp;        /* of the gap, > 0 */
    uint32_t hit_least_ppm; /* from which on half of a chance is news */
};

enum retell {
    RETELL_NOTHING = 0,
    RETELL_FIRED,
    RETELL_WORSE,
    RETELL_SEVERITY, /* a higher one */
    RETELL_EASED,    /* a lower one, to who takes state */
    RETELL_FLAPPING,
    RETELL_OVER,
};

enum retell retell_next(const struct retell_told *told, const struct retell_now *now);
/* The severity that counts as told once `now` is: the highest while the alert is open at the receiver, for who takes
 * state the last. */
int retell_severity(bool open, int told, int now, bool state);

#endif
