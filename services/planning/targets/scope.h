/* scope: what a token that sees one subtree may read and change of targets.
 *
 * It reads what stands at the subtree's top and below: the top's own targets are what was given to it. It changes only
 * what stands below the top, in a draft that is there; what would change anything else is refused as a whole.
 */
#ifndef BIHUAN_SERVICES_PLANNING_SCOPE_H
#define BIHUAN_SERVICES_PLANNING_SCOPE_H

#include "planning/targets/targets.h"

/* Units that may be read. */
struct scope {
    bool whole;  /* everything */
    bool *holds; /* by unit id, below `limit` */
    uint32_t limit;
    uint32_t *units; /* the same as a list */
    size_t count;
};
/* By the tree of the period's first day, as its plan goes; NULL: today's. In the call's arena. */
struct scope scope_of(struct tx *tx, const struct ref_period *period);
bool scope_holds(const struct scope *scope, uint32_t unit_id);
/* Takes cells of other units out of the slices. */
void scope_filter(const struct scope *scope, struct slice *slices, size_t count);

/* As find_unit; a unit outside (by the tree of the period's first day, NULL: today's) is as unknown as one that isn't
 * there. */
int scope_find_unit(struct tx *tx, const struct ref_period *period, const char *code, const struct ref_unit **out,
                    struct err *err);

/* ERR_FORBIDDEN "not_yours" where the asker can't change targets of the unit in the period (NULL: as it stands today);
 * `strictly`: not those of the top. */
int scope_check_unit(struct tx *tx, const struct ref_period *period, const struct ref_unit *unit, bool strictly,
                     struct err *err);
/* The same of all that an act changes in a period, hedges too: refused as a whole, naming what is given to the asker
 * and how many units outside it would be reached. book_act() asks, so that nothing is booked without. */
int scope_check_changes(struct tx *tx, const struct ref_period *period, const struct slice_change *changes,
                        size_t count, struct err *err);
/* The same of saying that the target of a unit is cut completely, or isn't. `first`: by the first
 * cut of it over channels or products, of which scope_check_changes() saw that it leaves the top what it was given; so
 * it may be said of the top, too. */
int scope_check_record(struct tx *tx, const struct ref_period *period, uint32_t unit_id, const char *over, bool first,
                       bool draft, struct err *err);
/* Opening a version is for those who see everything. */
int scope_check_open(struct tx *tx, const struct ref_period *period, struct err *err);

#endif
