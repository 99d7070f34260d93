/* space: the slices that one edit may reach, over units, channels, products and periods, and the laws between them.
 *
 * A law says that a target (the whole), and those of all units below it, are what its parts have together: it is there
 * because the target was cut completely (plan_cut). It relates the latest versions of the periods: the one in the
 * works, else the one in force. Slices and laws are read when an edit first reaches them; without laws nothing is.
 * Laws that didn't hold before the edit are left alone: the check says so.
 *
 * Everything lives in the space's arena. Amounts by unit id; AXES_NONE: no cell.
 */
#ifndef BIHUAN_SERVICES_PLANNING_SPACE_H
#define BIHUAN_SERVICES_PLANNING_SPACE_H

#include "planning/records/cut_store.h"
#include "planning/lint/check.h"
#include "planning/edits/edit.h"

#define AXES_NONE INT64_C(-1)

/* What happened to a slice in the present step. */
enum sheet_role {
    SHEET_FREE,   /* nothing: it may follow, or take up what others leave */
    SHEET_ROSE,   /* it follows its parts, by one law */
    SHEET_SHARED, /* it took its part of a whole */
    SHEET_MEANT   /* the edit was about it, or it is what is cut */
};

struct law;

struct sheet {
    const struct ref_period *period;
    const uint32_t *parent; /* by unit, on the period's first day; TREE_NONE: none */
    struct slice_key key;
    struct slice slice; /* as it is stored */
    int64_t *was, *now;
    int64_t *led; /* of a week: what it had when the step began; NULL: `was` */
    bool *meant;  /* by unit; NULL: none */
    bool *deeper; /* by unit: below what a cut said anew, with its hedge; NULL: none */
    enum sheet_role role;
    const struct law *by;           /* that it rose by */
    uint32_t depth;                 /* over how many axes it is a part */
    uint32_t changes;               /* how often `now` became something else */
    bool known;                     /* its laws are among the space's */
    int64_t *hedge;                 /* by unit, what it becomes; AXES_NONE: it stays. NULL: all stay */
    const struct slice_change *cut; /* of a decomposition: booked as it is, with what explains it */
};

struct law {
    const struct cut_row *row;
    struct sheet *whole, **parts;
    size_t part_count;
    bool *covers;              /* by unit: its target is one that the law is about */
    bool broken;               /* it didn't hold before */
    bool by_days;              /* its weeks were shared once more by what months have in the end */
    int64_t *sums;             /* by unit: law_now() */
    uint32_t summed, compared; /* changes of its parts, and of the whole too, that this and `differs` are of */
    uint32_t differs;
    int again; /* how often slices that other laws had changed were changed by it once more */
};

/* One period's latest version. */
struct view {
    const struct ref_period *period;
    uint32_t *parent; /* by unit */
    uint32_t version;
    struct cut_row *rows;
    size_t row_count;
    struct cut_row *longer; /* cuts of longer periods over this one */
    size_t longer_count;
    bool longer_read;
    struct slice_key *keys; /* slices there are */
    size_t key_count;
    const struct slice *slices; /* of the measure at least, by key, where all are at hand */
    size_t slice_count;
    bool read;               /* they are */
    struct outline *outline; /* of all units on the first day; NULL: nobody asked yet */
};

struct space {
    struct tx *tx;
    struct arena *arena; /* where it lives */
    int64_t *own;        /* by unit: of one sum; all 0 between them */
    uint32_t measure_id;
    uint32_t limit;            /* of unit ids */
    const struct check *check; /* only looked at: the periods of its set have these slices; NULL: an edit */
    uint32_t top;              /* only what stands at and below this unit is there; TREE_NONE: all units are */
    uint32_t *units;           /* those; ascending */
    size_t unit_count;
    bool beyond; /* that isn't enough to tell what follows */
    struct sheet **sheets;
    size_t sheet_count, sheet_cap;
    struct view **views;
    size_t view_count, view_cap;
    struct law **laws;
    size_t law_count, law_cap;
};

/* The arena holds all of it: the call's, or one that is given back before the call ends. */
void space_init(struct space *space, struct tx *tx, uint32_t measure_id, struct arena *arena);
/* Before anything is read: what lies below the unit will do. An edit that leaves the unit as it is, in its slice, can
 * be settled there: what stands above and beside follows nothing. Where that isn't so after all space_stays_below()
 * says so: such a space is thrown away. */
void space_below(struct space *space, const struct ref_period *period, uint32_t unit);
bool space_stays_below(const struct space *space);
/* Somebody has read all slices of the period's latest version already (of the measure at least, by key); they live as
 * long as the space. */
int space_know(struct space *space, const struct ref_period *period, const struct slice *slices, size_t count,
               struct err *err);
/* All units on the period's first day. */
const struct outline *space_outline(struct space *space, const struct ref_period *period);

/* The slice, read where it isn't there yet. */
int space_sheet(struct space *space, const struct ref_period *period, const struct slice_key *key, struct sheet **out,
                struct err *err);
/* NULL: nothing reached it yet. */
struct sheet *space_find(const struct space *space, const struct ref_period *period, const struct slice_key *key);

/* What an edit made of a slice, and which of its cells it meant: the sheet is then MEANT. */
int space_take(struct space *space, const struct edit *edit, struct err *err);
/* What a decomposition makes of a slice, hedges too; more than one part of it may be taken. */
int space_take_cut(struct space *space, const struct ref_period *period, const struct slice_change *change,
                   struct err *err);
/* Below the root: cells that aren't given (by unit) share what the next one above has beside the given ones (refit.h).
 */
int sheet_refit(struct space *space, struct sheet *sheet, uint32_t root, const bool *given, struct err *err);
/* Cells that are new by what followed take their part of the hedge that the next one above has left (fresh.h). */
void sheet_fresh_hedges(struct space *space, struct sheet *sheet);
void sheet_set_hedge(struct space *space, struct sheet *sheet, uint32_t unit, int64_t hedge);
/* The other way: an edit just opened goes on from what the space has of its slice. */
void space_give(const struct space *space, struct edit *edit);

/* Reads the laws that the sheet is whole or part of. */
int space_laws(struct space *space, struct sheet *sheet, struct err *err);
/* What a law would be about that isn't on record: for looking at its sums. */
int space_law(struct space *space, const struct ref_period *period, const struct cut_row *row, struct law **out,
              struct err *err);
/* All that the period's targets are wholes or parts of. */
int space_all_laws(struct space *space, const struct ref_period *period, struct err *err);

/* By unit: what the parts have (`was`: had) at and below it, in the tree of the whole's first day. A unit that isn't
 * there yet counts for who stands above it. */
void law_sums(const struct space *space, const struct law *law, bool was, int64_t *sums);
/* The same of what they have now, kept until one of them changes; *differs: the first unit where the whole has
 * something else, TREE_NONE: none. */
const int64_t *law_now(const struct space *space, struct law *law, uint32_t *differs);
void law_sums_of(const struct space *space, const struct law *law, const struct sheet *part, bool was, int64_t *sums);

/* The unit has a target of the whole, and the law is about it: below the law's root. Not where a unit is gone, and left
 * something behind that isn't what the parts have. */
static inline bool law_covers(const struct law *law, uint32_t unit)
{
    return law->covers[unit] && law->whole->now[unit] != AXES_NONE;
}

/* The unit is the other one, or below it. */
bool sheet_is_under(const struct sheet *sheet, uint32_t unit, uint32_t above);

#endif
