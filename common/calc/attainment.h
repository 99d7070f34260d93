/* attainment: credited actual against target, in ppm (1,000,000 = 100 %).
 *
 * A target of zero (or below) has no attainment: the result is undefined with its reason, never 100 % and never 0.
 * Rounded toward minus infinity, so that 99.99999 % never reads, ranks or pays as 100 %. Pure; cannot fail.
 */
#ifndef BIHUAN_CALC_ATTAINMENT_H
#define BIHUAN_CALC_ATTAINMENT_H

#include <stdbool.h>
#include <stdint.h>

/* How a measure reads; the measure's definition names one. */
enum attainment_kind {
    ATTAINMENT_UNSET = 0,
    ATTAINMENT_HIGHER,       /* higher is better: actual / target */
    ATTAINMENT_LOWER_RATIO,  /* lower is better: target / actual */
    ATTAINMENT_LOWER_LINEAR, /* lower is better: 2 - actual / target; for measures that can be 0 or below */
};

enum attainment_reason {
    ATTAINMENT_OK = 0,
    ATTAINMENT_NO_TARGET, /* undefined: target 0 or below */
    ATTAINMENT_NO_DATA,   /* undefined: set by a caller that has no data to judge by */
    ATTAINMENT_BAD_KIND,  /* undefined: no kind named */
    ATTAINMENT_SATURATED, /* defined, held at the limit below; LOWER_RATIO with actual <= 0 is the common case */
};

#define ATTAINMENT_PPM_MAX INT64_C(1000000000000) /* a million times the target */

struct attainment {
    bool defined;
    enum attainment_reason reason;
    int64_t ppm; /* 0 when undefined */
};

struct attainment attainment_of(enum attainment_kind kind, int64_t actual, int64_t target);

/* A stable word for statements: "ok", "no_target", ... */
const char *attainment_reason_name(enum attainment_reason reason);

#endif
