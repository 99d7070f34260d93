/* rate_table: tiers: what is paid (or how many points are given) for a volume or an attainment.
 *
 * F(x) for x in band k, bands half-open [lo, hi), the last one open (hi = RATE_OPEN):
 *   RATE_GRADUATED     sum over bands of rate_k * max(0, min(x, hi_k) - lo_k)  each rate only for the part inside
 *   RATE_SLAB          rate_k * x                                              retroactive, makes cliffs
 *   RATE_INTERPOLATED  r(x) * x, r(x) = rate + (rate_hi - rate)(x - lo)/(hi - lo)
 *   RATE_FLAT          amount rate_k, whatever x is inside the band
 *   RATE_LINEAR        amount r(x), interpolated as above: a points function
 * Rates are ppm for the first three, amounts in result units for the last two. F is 0 below the first band. Where the
 * result's units are coarser than those of x, `per` says how many of x make one: rates are then paid for x / per.
 * Limits: below `threshold` (in x) nothing is payable, not even the floor; then floor, then cap (in result units).
 * F is exact; the one rounding is the caller's last step. The table borrows its bands. Pure functions.
 * Errors: "rate_empty", "rate_kind", "rate_empty_band", "rate_unsorted", "rate_gap", "rate_overlap",
 * "rate_last_closed", "rate_limits", "overflow".
 */
#ifndef BIHUAN_CALC_RATE_TABLE_H
#define BIHUAN_CALC_RATE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calc/fixed.h"

#define RATE_OPEN INT64_MAX

enum rate_kind {
    RATE_UNSET = 0,
    RATE_GRADUATED,
    RATE_SLAB,
    RATE_INTERPOLATED,
    RATE_FLAT,
    RATE_LINEAR,
};

struct rate_band {
    int64_t lo;      /* reached from here on */
    int64_t hi;      /* up to, without; RATE_OPEN for the last */
    int64_t rate;    /* ppm, or an amount */
    int64_t rate_hi; /* at hi, for INTERPOLATED and LINEAR; not read in the open band and by other kinds */
};

struct rate_table {
    enum rate_kind kind;
    const struct rate_band *bands;
    size_t band_count;
    bool has_threshold, has_floor, has_cap;
    int64_t threshold;
    int64_t floor;
    int64_t cap;
    int64_t per; /* 0: 1; not read by FLAT and LINEAR */
};

#define RATE_NO_BAND SIZE_MAX

/* 0 when the table may be published. Every other function expects a table that passed. */
int rate_table_check(const struct rate_table *table, struct err *err);

/* The band of x, RATE_NO_BAND below the first. */
size_t rate_table_band(const struct rate_table *table, int64_t x);

/* F(x) exactly, and rounded once. */
int rate_table_exact(const struct rate_table *table, int64_t x, struct fixed_ratio *out, struct err *err);
int rate_table_payout(const struct rate_table *table, int64_t x, enum rounding mode, int64_t *out, struct err *err);

/* The rate of the band that `position` reaches (an attainment, say), paid on another base: r(position) * base, with
 * threshold on position, floor and cap on the result. For SLAB and INTERPOLATED; FLAT and LINEAR tables are taken as
 * rates in ppm; GRADUATED has no single rate and is refused ("rate_kind"). */
int rate_table_payout_on(const struct rate_table *table, int64_t position, int64_t base, enum rounding mode,
                         int64_t *out, struct err *err);

/* A jump of F: one unit more of x changes the payout at once. */
struct rate_cliff {
    int64_t at;     /* where */
    int64_t before; /* limit from below, rounded half up */
    int64_t after;  /* F(at), rounded half up */
    int64_t jump;   /* exact difference, rounded half up; negative: the payout falls */
};

/* All jumps in order of `at` (at > 0 only: nobody is below the start). At most max are written; *count says how many
 * there are. band_count + 1 always suffices. */
int rate_table_cliffs(const struct rate_table *table, struct rate_cliff *cliffs, size_t max, size_t *count,
                      struct err *err);

#endif
