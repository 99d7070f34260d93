/* rest: see rest.h. */
#include "feedback/control/rest.h"

#include "runtime/clock.h"

#include <unistd.h>

#define RESTS  10    /* times as long as it works: pages that come from the disk are somebody else's time, too */
#define NAP_US 50000 /* so soon it sees that the daemon stops */

void rest_after(const struct rest *rest, int64_t began_us)
{
    int64_t now = clock_monotonic_us(), wanted = RESTS * (now - began_us), until;

    until = now + (wanted > rest->least_us ? wanted : rest->least_us);
    while (!runtime_stopping(rest->rt) && (now = clock_monotonic_us()) < until)
        usleep((useconds_t)(until - now < NAP_US ? until - now : NAP_US));
}
