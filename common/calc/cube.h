/* cube: sums of contributions in memory by unit, measure and day, and by channel or product beneath.
 *
 * Two families: the total of (unit, measure) is a dense daily series that grows with the days it holds; a slice (unit,
 * measure, channel) or (unit, measure, product) is kept in chunks of 32 days in one hash table, only where it has
 * values. A unit's sums are its own contributions; trees are rolled up by tree.h.
 *
 * Limits:    unit < 2^20, measure < 1024, channel and product < 65,536; 0 is "none" and has no slice. Days lie in the
 *            window, at most CUBE_WINDOW_MAX days long. No cell leaves +-CUBE_CELL_MAX, so that no sum over days can
 *            overflow.
 * Lifetime:  cube_new() to cube_destroy(); it owns its memory and aborts when the machine has none.
 * Threads:   one writer or many readers.
 * Errors:    -1 with *err: "cube_key", "cube_day", "cube_cell", "cube_window"; a failed add changes nothing.
 */
#ifndef BIHUAN_CALC_CUBE_H
#define BIHUAN_CALC_CUBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CUBE_UNIT_MAX    (1U << 20)
#define CUBE_MEASURE_MAX 1024U
#define CUBE_WINDOW_MAX  16384
#define CUBE_DAY_MAX     4000000 /* the year 12,900 */
#define CUBE_CELL_MAX    (INT64_C(1) << 48)
#define CUBE_CHUNK_DAYS  32

struct cube;

enum cube_dimension {
    CUBE_CHANNEL = 0,
    CUBE_PRODUCT = 1,
};

/* 0 <= first_day <= last_day <= CUBE_DAY_MAX; both days are in the window. */
int cube_new(struct cube **out, int32_t first_day, int32_t last_day, struct err *err);
void cube_destroy(struct cube **cube);
/* Forgets all values; keeps the window. */
void cube_clear(struct cube *cube);

/* Widens the window so that it holds both days; it never shrinks. Costs nothing. */
int cube_grow(struct cube *cube, int32_t first_day, int32_t last_day, struct err *err);

/* Asks the processor for a total that is soon added to: its series some additions before, `value` false, and its value
 * a few before, `value` true. Nothing but time depends on it. */
void cube_prefetch(const struct cube *cube, uint32_t unit, uint32_t measure, int32_t day, bool value);

/* Adds delta (of either sign) to the total and to the slices of channel and product that aren't 0. */
int cube_add(struct cube *cube, uint32_t unit, uint32_t measure, uint16_t channel, uint16_t product, int32_t day,
             int64_t delta, struct err *err);

/* Sums over from_day..to_day, both counted; days outside the window, unknown keys and empty ranges give 0. */
int64_t cube_sum(const struct cube *cube, uint32_t unit, uint32_t measure, int32_t from_day, int32_t to_day);
/* The same of units 0..count - 1 at once: out[unit]. */
void cube_sums(const struct cube *cube, uint32_t measure, int32_t from_day, int32_t to_day, int64_t *out,
               uint32_t count);
/* The same, for a caller that asks day after day from the same day on: what it was told last is kept, brought on by the
 * days since, and kept right by what is added meanwhile, at any day. At most some periods of a measure are kept, and
 * 16 MB in all; the rest is summed up anew. The writer's alone, as it changes the cube. */
void cube_sums_on(struct cube *cube, uint32_t measure, int32_t from_day, int32_t to_day, int64_t *out, uint32_t count);
/* How many of the sums so kept aren't what their days add up to: 0, or the cube is at fault. For verify. */
size_t cube_sums_off(const struct cube *cube);
int64_t cube_sum_slice(const struct cube *cube, uint32_t unit, uint32_t measure, enum cube_dimension dimension,
                       uint16_t member, int32_t from_day, int32_t to_day);

/* Daily values of a total, copied to out[0 .. to_day - from_day]. */
void cube_days(const struct cube *cube, uint32_t unit, uint32_t measure, int32_t from_day, int32_t to_day,
               int64_t *out);

/* Called for each total series, by measure, then unit. `values` is borrowed, day_count values from first_day on. */
typedef void cube_series_cb(uint32_t unit, uint32_t measure, int32_t first_day, const int64_t *values,
                            int32_t day_count, void *arg);
void cube_each(const struct cube *cube, cube_series_cb *cb, void *arg);

/* Called for each chunk of 32 days of each slice, in the order of first use. */
typedef void cube_slice_cb(uint32_t unit, uint32_t measure, enum cube_dimension dimension, uint16_t member,
                           int32_t first_day, const int64_t *values, void *arg);
void cube_each_slice(const struct cube *cube, cube_slice_cb *cb, void *arg);

/* Bytes held. */
size_t cube_memory(const struct cube *cube);

#endif
