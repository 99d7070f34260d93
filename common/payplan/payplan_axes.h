/* payplan_axes: the further dimensions of a pay plan's rate table: read, made into a grid (rate_grid.h), checked; and
 * which row a payee has reached. Pure. */
#ifndef BIHUAN_PAYPLAN_PAYPLAN_AXES_H
#define BIHUAN_PAYPLAN_PAYPLAN_AXES_H

#include "payplan/payplan_compute.h"

/* Kinds and measures of the axes; then, once the bands of the first dimension are there, the grid over them. */
int payplan_axes_read(struct payplan_component *component, payplan_measure_fn *measure, void *measure_arg,
                      struct err *err);
int payplan_axes_make(struct payplan *plan, struct payplan_component *component, struct err *err);

/* Where a band of the axis begins, in the axis's units; of classes its number. */
int payplan_axis_begin(const struct payplan_axis *axis, size_t band, int64_t *out, struct err *err);
/* The band of a type or channel that names `code`, or takes the rest; -1 none does. */
int64_t payplan_axis_class(const struct payplan_axis *axis, const char *code);
static inline bool payplan_axis_by_class(enum payplan_axis_kind kind)
{
    return kind == AXIS_TYPE || kind == AXIS_CHANNEL;
}
static inline bool payplan_axis_measured(enum payplan_axis_kind kind)
{
    return kind == AXIS_ATTAINMENT || kind == AXIS_VOLUME;
}

/* Values, bands and row of one payee, put into *out. "" or why it has no row: no_target, no_score, no_class. */
int payplan_axes_place(const struct payplan_component *component, const struct payplan_input *input,
                       struct payplan_output *out, const char **reason, struct err *err);

/* A row in words: what each axis came to and the band that holds it: "revenue 93.20 % (90 % to 100 %)"; without `out`
 * the bands alone. In the arena. */
const char *payplan_axes_words(const struct payplan_component *component, size_t row, const struct payplan_output *out,
                               bool zh, struct arena *arena);

#endif
