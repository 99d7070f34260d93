/* card_axes: further dimensions of a line's table: the attainments of other lines of its card choose the row whose
 * points hold (calc/rate_grid.h). Pure. */
#ifndef BIHUAN_INCENTIVE_CARD_AXES_H
#define BIHUAN_INCENTIVE_CARD_AXES_H

#include "calc/rate_grid.h"
#include "incentive/cards/card.h"

struct card_axes {
    struct rate_grid grid;
    size_t lines[RATE_GRID_AXES_MAX]; /* of the card: whose attainment each axis goes by */
    struct rate_table *rows;          /* ready to be used, with the line's threshold and floor */
};

/* Reports what is wrong with the axes and rows of the document's line `at`. */
void card_axes_check(const Bihuan__Scorecard *doc, size_t at, card_report_fn *report, void *check);

/* For a card whose lines are made, but for their axes; in the card's arena. */
int card_axes_make(struct card *card, struct err *err);

/* The table of the row that the attainments (by line of the card) reach; *row says which. NULL: an axis has no
 * attainment, so that there is no row. Of a line without axes its own. */
typedef struct attainment card_attainment_fn(const void *lines, size_t line);
const struct rate_table *card_axes_table(const struct card_line *line, card_attainment_fn *of, const void *lines,
                                         size_t *row);

#endif
