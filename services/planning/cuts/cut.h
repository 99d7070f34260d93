/* cut: one decomposition: what it needs, gathered; and what it comes to, without anything being written. */
#ifndef BIHUAN_SERVICES_PLANNING_CUT_H
#define BIHUAN_SERVICES_PLANNING_CUT_H

#include "calc/decompose.h"
#include "planning/records/cut_store.h"
#include "planning/weights/fits.h"
#include "planning/ledger/ledger_detail.h"
#include "planning/cuts/spread.h"
#include "planning/weights/weights.h"

enum mix_kind { MIX_SET, MIX_DRAFTS, MIX_PLAN, MIX_EQUAL, MIX_HAND };

struct mix_source {
    enum mix_kind kind;
    uint32_t share;
    struct weight_set set; /* SET and HAND */
};

enum cut_over { CUT_UNITS, CUT_LEAVES, CUT_CHANNELS, CUT_PRODUCTS, CUT_PERIODS };

/* What changes in one period. */
struct cut_out {
    const struct ref_period *period;
    struct slice_change *changes; /* room for two of each slice */
    size_t count;
    struct slice *present; /* over periods: what the shorter one has, by key */
    size_t present_count;
};

struct cut {
    struct tx *tx;
    const Bihuan__DecomposeRequest *request;
    enum cut_over over;
    const struct ref_period *period; /* refdata's */
    const struct ref_period *phased; /* over periods: the same, by the calendar of the version that is cut */
    const struct ref_unit *unit;
    struct slice_key key;   /* measure 0: all of the unit */
    int64_t total;          /* -1: what the cells hold */
    struct outline outline; /* at and below the unit */
    uint32_t version;       /* whose cells are cut; 0 none */
    uint32_t *order;        /* its nodes by unit */
    struct mix_source mixes[DECOMPOSE_MIXES_MAX];
    size_t mix_count;
    struct weight_set *against; /* of bounds, as they are used */
    size_t against_count;
    struct bound_row *bounds; /* by slice, unit */
    size_t bound_count;
    struct draft_row *drafts; /* by slice, unit; loaded where the mix asks for them */
    size_t draft_count;
    struct slice *slices; /* of the version that is changed; by key */
    size_t slice_count;
    struct cut_row *laws; /* what the version says was cut completely, of the measure */
    size_t law_count;
    struct slice **sources; /* the slices that are cut */
    size_t source_count;
    struct arena *scratch;          /* of one slice; views of the cut share it */
    struct ledger_columns *columns; /* of the block that is being kept; NULL: nothing is */
    /* out: */
    struct cut_out *outs;
    size_t out_count;
};

/* Reads and checks the request, and works everything out for the cells of `version` (0: there are none yet). Problems
 * name what contradicts what. `keeps`: how it comes about is kept too, for booking it. cut_fini() in any case. */
int cut_run(struct tx *tx, const Bihuan__DecomposeRequest *request, uint32_t version, bool keeps, struct cut *cut,
            struct err *err);
void cut_fini(struct cut *cut);

/* --- for the parts of it --- */
/* NULL: no such slice. */
struct slice *cut_slice(const struct cut *cut, const struct slice_key *key);
/* Own bounds of a cell; 0 and DECOMPOSE_FREE where there are none. */
int cut_bounds(struct cut *cut, const struct bound_row *bound, const struct cell *cell, int64_t *lower, int64_t *upper,
               struct err *err);
/* Levels by node, from node `first` on, held within their own bounds. */
int cut_hold(struct cut *cut, const struct slice_key *key, const struct slice *present, uint32_t first,
             int64_t *amounts, struct err *err);
const struct bound_row *cut_bounds_of(const struct cut *cut, const struct slice_key *key, size_t *count);
/* What units handed in for a slice: by node, -1 nothing. */
void cut_drafts(const struct cut *cut, const struct slice_key *key, int64_t *by_node);
/* How the amounts of one slice came about, by node; NULL what doesn't apply. */
struct cut_how {
    struct slice_trace head; /* without figures and ideals: */
    const uint8_t *how;      /* NULL: all CELL_SHARED */
    const uint32_t *parent;  /* units */
    const int64_t *weight, *lower, *upper, *ideal;
    const int64_t *figures[DECOMPOSE_MIXES_MAX + 1]; /* head.figure_count of them */
};

/* Adds the change of one slice from amounts by node (-1: no cell) and, where the hedge of the whole changes, that of
 * those above it. Closed units of the outline give up what they have; other cells that are not part of it stay. `how`
 * (may be NULL) says how each came about, for who asks later. */
int cut_add_change(struct cut *cut, struct cut_out *out, const struct slice_key *key, const struct slice *present,
                   const int64_t *amounts, const struct cut_how *how, struct err *err);
/* By node; a token for a subtree that names no hedge keeps the unit's, shared out by amounts. Else at leaves, and of
 * what a unit has beyond those below it, the part of the amount, rounded half up; above them the sum. A leaf of fewer
 * levels keeps the hedges of what lies deeper. */
void cut_hedges(const struct cut *cut, const struct slice *present, const int64_t *amounts, int64_t *hedges);
/* The hedges of those above the unit follow its own. False: nothing follows. */
bool cut_hedges_above(const struct cut *cut, const struct slice *present, const struct slice_change *change,
                      struct slice_change *above);
/* Problems for each bound of the set, at most 50. */
void cut_report(struct cut *cut, const struct slice_key *key, const uint32_t *units, int64_t total,
                const struct decompose_bound *bounds, size_t count, bool total_counts);

/* Parts of a unit that ideal shares are counted in, where the largest amount is `most`. */
static inline int64_t cut_parts(int64_t most)
{
    int64_t parts = INT64_C(1) << 20;

    while (parts > 1 && most > (INT64_C(1) << 60) / parts)
        parts /= 2;
    return parts;
}
/* After a spread of the slice was refused ("bounds_conflict"): problems for each bound of the smallest set that no
 * spread can hold, with what its column is ("channel \"hall\"", by column). 0: no such set was found. */
int cut_refuse_columns(struct cut *cut, const struct slice_key *key, const struct spread *spread, char *const *columns,
                       struct err *err);
/* The outline at and below the unit on the period's first day, with the closed units that have cells in the slices. */
void cut_outline(struct cut *cut, const struct ref_period *period, const struct slice *slices, size_t count);

/* The shorter periods that make it up: of the kind that the word names (calc/periods.h), "" the longest that does.
 * `tiles` has room for period->inner_count. Refused with what is missing. */
int cut_find_tiles(const struct ref_period *period, const char *kind, const struct ref_period **tiles, size_t *count,
                   struct err *err);

/* --- what is kept of how (cut_how.c) --- */
/* Units without an own weight have the sum of those below them. */
int cut_roll(const struct cut *cut, int64_t *by_node, struct err *err);
/* Of a split over units: parents, weights and bounds as the nodes have them. */
void cut_how_shared(struct cut *cut, const struct decompose_node *nodes, struct cut_how *how);
/* Room for what spread_down() tells of. */
struct spread_trace *cut_spread_trace(struct cut *cut, size_t columns);
/* Column k of a spread. */
void cut_how_spread(struct cut *cut, const struct spread *spread, size_t k, struct cut_how *how);
/* The same for the shorter period's own outline `m`: amounts by its nodes. */
void cut_how_phased(struct cut *cut, const struct spread *spread, size_t k, const struct outline *m,
                    const int64_t *amounts, struct cut_how *how);
/* All cells alike: a level that was handed on as it is, a sum of other slices. */
void cut_how_all(const struct outline *outline, struct arena *arena, enum cell_how what, struct cut_how *how);

int cut_units(struct cut *cut, struct err *err);
int cut_across(struct cut *cut, struct err *err);
int cut_periods(struct cut *cut, struct err *err);

#endif
