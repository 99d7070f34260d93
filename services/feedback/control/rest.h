/* rest: what the audit's thread does between two pieces of work, to leave the machine to those who are waited for. */
#ifndef BIHUAN_FEEDBACK_REST_H
#define BIHUAN_FEEDBACK_REST_H

#include "runtime/runtime.h"

#include <stdint.h>

struct rest {
    struct runtime *rt;
    int64_t least_us;
};

/* Rests after work that began at that monotonic time; not for long where the daemon stops. */
void rest_after(const struct rest *rest, int64_t began_us);

#endif
