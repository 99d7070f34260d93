/* slices: daily sums of what rules over one channel or product watch, by unit, beside the cube of totals.
 *
 * Only slices that some rule names are kept, of one that is off as well: its alerts and actions go on. They are read
 * from the progress table when rules, products or memory changed, and added to as facts come. A product's slice has
 * everything beneath it.
 */
#ifndef BIHUAN_SERVICES_MONITORING_SLICES_H
#define BIHUAN_SERVICES_MONITORING_SLICES_H

#include "calc/cube.h"
#include "monitoring/rules/rule.h"
#include "refdata/refdata.h"
#include "runtime/runtime.h"

struct monitoring;

/* Where the sums of a series are: in `cube` under the number of a measure, or of a slice. */
struct node_series {
    struct cube *cube;
    uint32_t number;
};

struct slice {
    uint32_t rule_id, measure_id, channel_id, product_id; /* channel or product 0: all */
};

struct slices {
    struct cube *cube; /* the number of a slice is its place + 1 */
    struct slice *items;
    size_t count;
    bool stale;
};

struct slice_cell {
    uint32_t unit_id, measure_id, channel_id, product_id;
    int32_t day;
    int64_t value;
};

void slices_fini(struct slices *slices);
/* Reads them anew where they are stale. */
int slices_load(struct tx *tx, struct err *err);
int slices_add(struct monitoring *monitoring, const struct slice_cell *cell, struct err *err);
/* What the rule is about at the unit, whose target has this key: channel or product 0 is all. False: a name of its
 * slice isn't known (any more). */
bool slices_key(const struct monitoring *monitoring, const struct rule *rule, uint32_t unit_id, uint32_t measure_id,
                struct ref_key *out);
/* Of the rule's slice, or of the measure where the rule has none. */
struct node_series slices_series(const struct monitoring *monitoring, const struct rule *rule, uint32_t measure_id);
/* One slice alone into a cube of the caller's, for a rule that is only tried; NULL where the rule has none. */
int slices_try(struct tx *tx, const struct rule *rule, struct cube **out, struct err *err);

#endif
