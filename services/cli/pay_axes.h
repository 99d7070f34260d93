/* pay_axes: the cell of a rate table with axes that a payee has reached, told from a statement's own contents. */
#ifndef BIHUAN_CLI_PAY_AXES_H
#define BIHUAN_CLI_PAY_AXES_H

#include <jansson.h>
#include <stdbool.h>

#define PAY_AXIS_TEXT_MAX 200

struct pay_axis_text {
    char name[PAY_AXIS_TEXT_MAX];  /* what it goes by */
    char stood[PAY_AXIS_TEXT_MAX]; /* what that came to */
    char band[PAY_AXIS_TEXT_MAX];  /* and the band that holds it */
};

/* `doc` is the plan's component, `component` what the statement says of it. */
void pay_axis_tell(const json_t *doc, const json_t *component, size_t a, bool zh, struct pay_axis_text *out);
/* All axes in one line: "revenue 93.2000 % (90.0000 % to below 100.0000 %); ..."; "" without axes. */
void pay_axes_line(const json_t *doc, const json_t *component, bool zh, char *out, size_t cap);
/* The row of the plan that the bands name; NULL without axes. */
const json_t *pay_axes_row(const json_t *doc, const json_t *component);
/* Its rate in the k-th band as it was written: "6.0000 %" or an amount. */
void pay_axes_rate(const json_t *row, size_t k, char out[PAY_AXIS_TEXT_MAX]);

#endif
