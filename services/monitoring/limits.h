/* limits: numbers of the design that an operator may set, as rules and judgements are given them; see settings.c. */
#ifndef BIHUAN_SERVICES_MONITORING_LIMITS_H
#define BIHUAN_SERVICES_MONITORING_LIMITS_H

#include <stdint.h>

struct runtime;

struct limits {
    double dispersion_most; /* counts vary by at most so many times what chance has */
};

/* From the settings. */
struct limits limits_read(struct runtime *rt);

#endif
