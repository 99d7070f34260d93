/* edit: slices as grids, changed by hand, and back as what an act books. */
#ifndef BIHUAN_SERVICES_PLANNING_EDIT_H
#define BIHUAN_SERVICES_PLANNING_EDIT_H

#include "planning/edits/grid.h"
#include "planning/targets/targets.h"

struct booked; /* axes/book.h */

/* One slice of one period's present version. */
struct edit {
    const struct ref_period *period;
    uint32_t version; /* whose cells are read: in the works, else in force; 0 none */
    struct slice_key key;
    struct outline *outline;
    struct slice slice;
    struct grid grid;
    uint32_t fresh; /* unit of a cell that is new; 0 none */
    int64_t fresh_hedge;
};

/* Reads the slice with its bounds. The outline may be another edit's of the same period (NULL: made). */
int edit_open(struct tx *tx, const struct ref_period *period, const struct slice_key *key, struct outline *outline,
              struct edit *out, struct err *err);
/* A refusal of the grid, with the unit that it is about. Returns -1. */
int edit_refuse(struct tx *tx, const struct edit *edit, struct err *err);

/* The unit's node, closed units that still have a cell too; OUTLINE_NONE: none. */
uint32_t edit_node(const struct edit *edit, uint32_t unit_id);
bool edit_is_closed(const struct edit *edit, uint32_t node);
int edit_refuse_closed(struct tx *tx, uint32_t unit_id, struct err *err);

/* Brings all that the edits reach over every axis into agreement (axes/settle.h), opens drafts where need be, and books
 * what changed. The edits are of one measure and different slices. */
int edit_book(struct tx *tx, struct edit *edits, size_t count, const char *kind, const char *reason,
              const ProtobufCMessage *spec, struct booked *out, struct err *err);
int edit_reply(struct tx *tx, const struct ref_period *period, const struct booked *booked, struct err *err);

/* Sets one cell, siblings giving or taking; for requests that were granted. */
int edit_set(struct tx *tx, struct edit *edit, uint32_t unit_id, int64_t amount, bool keep_parent, struct err *err);

#endif
