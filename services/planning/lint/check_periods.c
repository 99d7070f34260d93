/* check_periods: whether shorter periods that follow each other through a longer one add up to it, each kind for
 * itself: months, and weeks beside them, which must be what their days have by the months. See check.h. */
#include "planning/lint/check.h"

#include "calc/fixed.h"
#include "calc/periods.h"
#include "planning/records/cut_laws.h"
#include "planning/axes/mapped.h"
#include "planning/axes/reach.h"
#include "planning/ledger/cell_store.h"

#include <string.h>

#define PARTS_MAX 120

/* A period with the slices that count: those of the version at hand or of its set, else of the one in force. */
struct part {
    const struct ref_period *period;
    const struct slice *slices;
    size_t count;
    uint32_t *parent;     /* by unit, on its first day */
    struct cut_row *cuts; /* what is said of the version */
    size_t cut_count;
};

/* What was read of a period. */
enum known { UNREAD = 0, NOTHING, READ };

struct cover {
    struct tx *tx;
    struct part *periods; /* by id, with what is known of each */
    enum known *known;
    const struct check *check;
    struct part whole, parts[PARTS_MAX];
    size_t count;
    int kind;                          /* of the parts; PERIOD_KINDS: any */
    uint32_t limit;                    /* of unit ids */
    int64_t *amount, *of, *own, *sums; /* by unit: of the whole, of a part, scratch, of the parts together */
};

static uint32_t *parents_of(const struct cover *cover, const struct ref_period *period)
{
    uint32_t *parent = arena_array(tx_arena(cover->tx), uint32_t, cover->limit);

    for (uint32_t u = 0; u < cover->limit; u++)
        parent[u] = tree_parent(refdata_tree(refdata_of(cover->tx)), u, period->from_day);
    return parent;
}

static int read_part(struct cover *cover, const struct ref_period *period, struct part *read, struct err *err)
{
    const struct check *member = check_member(cover->check, period);
    struct version_row works, in_force;
    struct slice *slices = NULL;

    *read = (struct part) { .period = period };
    if (member) {
        read->slices = member->slices;
        read->count = member->slice_count;
    } else {
        if (version_store_current(cover->tx, period->id, &works, &in_force, err) != 0 ||
            (in_force.version &&
             cell_store_slices(cover->tx, period->id, in_force.version, NULL, true, &slices, &read->count, err) != 0))
            return -1;
        read->slices = slices;
    }
    cover->known[period->id] = member || in_force.version ? READ : NOTHING;
    if (cover->known[period->id] != READ)
        return 0;
    read->parent = parents_of(cover, period);
    return cut_store_load(cover->tx, period->id, member ? member->version->version : in_force.version, 0, &read->cuts,
                          &read->cut_count, err);
}

/* *found false: nothing of the period counts. */
static int load_part(struct cover *cover, const struct ref_period *period, struct part *part, bool *found,
                     struct err *err)
{
    if (cover->known[period->id] == UNREAD && read_part(cover, period, &cover->periods[period->id], err) != 0)
        return -1;
    *part = cover->periods[period->id];
    *found = cover->known[period->id] == READ;
    return 0;
}

static bool lies_within(const struct ref_period *inner, const struct ref_period *outer)
{
    return period_lies_within(inner->from_day, inner->until_day, outer->from_day, outer->until_day);
}

static bool is_of_kind(const struct cover *cover, const struct ref_period *period)
{
    return cover->kind == PERIOD_KINDS || (int)period_kind_of(period->from_day, period->until_day) == cover->kind;
}

/* The longest period of the kind within the whole that begins on the day and counts. */
static int next_part(struct cover *cover, int32_t day, bool *found, struct err *err)
{
    const struct refdata *refdata = refdata_of(cover->tx);
    int32_t until = 0;

    *found = false;
    for (uint32_t id = 1; id < refdata_period_limit(refdata); id++) {
        const struct ref_period *period = refdata_period(refdata, id);
        struct part part;
        bool counts;

        if (!period || period->from_day != day || period->until_day <= until ||
            !lies_within(period, cover->whole.period) || !is_of_kind(cover, period))
            continue;
        if (load_part(cover, period, &part, &counts, err) != 0)
            return -1;
        if (!counts)
            continue;
        cover->parts[cover->count] = part;
        until = period->until_day;
        *found = true;
    }
    cover->count += *found;
    return 0;
}

/* By unit. */
static void lay_out(const struct cover *cover, const struct slice *slice, int64_t *amount)
{
    for (uint32_t u = 0; u < cover->limit; u++)
        amount[u] = MAPPED_NONE;
    for (size_t i = 0; i < slice->count; i++)
        if (slice->cells[i].unit_id < cover->limit)
            amount[slice->cells[i].unit_id] = slice->cells[i].amount;
}

static bool is_closed_by(const struct cover *cover, uint32_t unit, const struct ref_period *period)
{
    const struct ref_unit *entry = refdata_unit(refdata_of(cover->tx), unit);

    return entry && entry->closed_day <= period->from_day;
}

/* It isn't there in one of the periods, and needn't have there what the longer one has of it. */
static bool is_away(const struct cover *cover, uint32_t unit)
{
    if (is_closed_by(cover, unit, cover->whole.period))
        return true;
    for (size_t p = 0; p < cover->count; p++)
        if (is_closed_by(cover, unit, cover->parts[p].period) ||
            (cover->parts[p].parent[unit] == TREE_NONE) != (cover->whole.parent[unit] == TREE_NONE))
            return true;
    return false;
}

/* The period was cut into the slice among others, over channels or products. */
static bool is_cut_into(const struct cover *cover, const struct part *part, const struct slice_key *key)
{
    for (size_t i = 0; i < part->cut_count; i++)
        if (cut_row_holds(cover->tx, &part->cuts[i], key))
            return true;
    return false;
}

/* A total that was cut over channels and over products can't be cut over periods together with both: the parts of each
 * period are rounded for themselves. Whoever cut them over periods said that they add up. */
static enum lint_code code_of(const struct cover *cover, const struct slice_key *key)
{
    bool for_itself = is_cut_into(cover, &cover->whole, key);

    for (size_t i = 0; i < cover->whole.cut_count; i++)
        if (cover->whole.cuts[i].axis == AXIS_PERIODS && slice_key_compare(&cover->whole.cuts[i].key, key) == 0)
            return LINT_PERIODS_DIFFER;
    for (size_t p = 0; p < cover->count && !for_itself; p++)
        for_itself = is_cut_into(cover, &cover->parts[p], key);
    return for_itself ? LINT_SLICES_DIFFER : LINT_PERIODS_DIFFER;
}

/* The unit has a target of its own in all shorter periods. */
static bool has_all(const struct cover *cover, const struct slice *const *of, uint32_t unit)
{
    for (size_t p = 0; p < cover->count; p++)
        if (!of[p] || !slice_find(of[p], unit))
            return false;
    return true;
}

/* Where a unit has targets in all shorter periods they are what it has in the longer one; where it has some, or those
 * below it have, they are no more. */
static void compare_slice(struct cover *cover, const struct slice *whole, const struct slice *const *of,
                          lint_report *report, void *arg)
{
    enum lint_code code = code_of(cover, &whole->key);

    memset(cover->sums, 0, cover->limit * sizeof *cover->sums);
    lay_out(cover, whole, cover->amount);
    for (size_t p = 0; p < cover->count; p++) {
        if (!of[p])
            continue;
        lay_out(cover, of[p], cover->of);
        mapped_add((struct mapped_side) { cover->parts[p].parent, cover->of },
                   (struct mapped_side) { cover->whole.parent, cover->amount }, cover->limit, cover->own, cover->sums);
    }
    for (size_t i = 0; i < whole->count; i++) {
        uint32_t unit = whole->cells[i].unit_id;
        struct lint_finding finding = { .code = code,
                                        .unit_id = unit,
                                        .key = whole->key,
                                        .have = unit < cover->limit ? cover->sums[unit] : 0,
                                        .want = whole->cells[i].amount,
                                        .period_id = cover->whole.period->id };

        if (finding.have != finding.want && !is_away(cover, unit) &&
            (finding.have > finding.want || has_all(cover, of, unit)))
            report(arg, &finding);
    }
}

/* Slices that no shorter period has are not cut over them. */
static void compare(struct cover *cover, lint_report *report, void *arg)
{
    for (size_t s = 0; s < cover->whole.count; s++) {
        const struct slice *whole = &cover->whole.slices[s], *of[PARTS_MAX] = { NULL };
        bool any = false;

        if (!adds_up(cover->tx, whole->key.measure_id, AXIS_PERIODS))
            continue;
        for (size_t p = 0; p < cover->count; p++) {
            of[p] = slices_find((struct slice *)(uintptr_t)cover->parts[p].slices, cover->parts[p].count, &whole->key);
            any = any || of[p];
        }
        if (any)
            compare_slice(cover, whole, of, report, arg);
    }
}

/* --- weeks against months --- */

/* What a unit has of the slice in each part. False: it hasn't all. */
static bool take_amounts(const struct part *parts, size_t count, const struct slice_key *key, uint32_t unit,
                         int64_t *amounts)
{
    for (size_t p = 0; p < count; p++) {
        const struct slice *slice = slices_find((struct slice *)(uintptr_t)parts[p].slices, parts[p].count, key);
        const struct cell *cell = slice_find(slice, unit);

        if (!cell)
            return false;
        amounts[p] = cell->amount;
    }
    return true;
}

static int64_t sum_of(const int64_t *amounts, size_t count)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum = fixed_add_saturated(sum, amounts[i]);
    return sum;
}

/* Weeks (the cover's parts) that months beside them leave no days for. */
static void compare_weeks(const struct cover *cover, const struct part *months, size_t month_count,
                          const struct reach *reach, const bool *moved, const struct slice *whole, lint_report *report,
                          void *arg)
{
    int64_t of_week[PARTS_MAX], of_month[PARTS_MAX];

    for (size_t i = 0; i < whole->count; i++) {
        uint32_t unit = whole->cells[i].unit_id;
        struct lint_finding finding = { .code = LINT_WEEKS_DIFFER, .unit_id = unit, .key = whole->key };
        size_t w;

        if ((unit < cover->limit && moved[unit]) || !take_amounts(months, month_count, &whole->key, unit, of_month) ||
            !take_amounts(cover->parts, cover->count, &whole->key, unit, of_week) ||
            sum_of(of_month, month_count) != sum_of(of_week, cover->count))
            continue;
        w = reach_broken(reach, of_week, cover->count, of_month, &finding.want);
        if (w == cover->count)
            continue;
        finding.have = of_week[w];
        finding.period_id = cover->parts[w].period->id;
        report(arg, &finding);
    }
}

/* The months, which count, beside the weeks; 0: not all of them do. */
static int load_months(struct cover *cover, const struct ref_period *period, struct part *months, size_t *count,
                       struct err *err)
{
    const struct ref_period **found = arena_array(tx_arena(cover->tx), const struct ref_period *,
                                                  period->inner_count + 1);
    size_t wanted = reach_months(period, found);
    bool counts = wanted > 0 && wanted <= PARTS_MAX;

    for (size_t m = 0; m < wanted && counts; m++)
        if (load_part(cover, found[m], &months[m], &counts, err) != 0)
            return -1;
    *count = counts ? wanted : 0;
    return 0;
}

static int check_weeks(struct cover *cover, const struct ref_period *period, lint_report *report, void *arg,
                       struct err *err)
{
    struct part *months = arena_array(tx_arena(cover->tx), struct part, PARTS_MAX);
    const struct ref_period *of_week[PARTS_MAX], *of_month[PARTS_MAX];
    bool *moved = arena_array(tx_arena(cover->tx), bool, cover->limit);
    struct reach reach[PARTS_MAX];
    size_t count;

    if (load_months(cover, period, months, &count, err) != 0)
        return -1;
    for (size_t w = 0; w < cover->count; w++)
        of_week[w] = cover->parts[w].period;
    for (size_t m = 0; m < count; m++)
        of_month[m] = months[m].period;
    reach_find(of_week, cover->count, of_month, count, reach);
    for (size_t w = 0; w < cover->count; w++)
        reach_moved(cover->whole.parent, cover->parts[w].parent, cover->limit, moved);
    for (size_t m = 0; m < count; m++)
        reach_moved(cover->whole.parent, months[m].parent, cover->limit, moved);
    for (size_t s = 0; s < cover->whole.count && count; s++)
        if (adds_up(cover->tx, cover->whole.slices[s].key.measure_id, AXIS_PERIODS))
            compare_weeks(cover, months, count, reach, moved, &cover->whole.slices[s], report, arg);
    return 0;
}

/* --- one longer period --- */

/* Whether parts of the kind tile the whole; whether the version at hand, or one of its set, is the whole or a part. */
static int find_parts(struct cover *cover, const struct ref_period *period, int kind, bool *tiled, bool *concerned,
                      struct err *err)
{
    int32_t day = period->from_day;
    bool found = true;

    *concerned = check_member(cover->check, period) != NULL;
    cover->count = 0;
    cover->kind = kind;
    while (found && day < period->until_day && cover->count < PARTS_MAX) {
        if (next_part(cover, day, &found, err) != 0)
            return -1;
        if (found) {
            day = cover->parts[cover->count - 1].period->until_day;
            *concerned = *concerned || check_member(cover->check, cover->parts[cover->count - 1].period);
        }
    }
    *tiled = found && day == period->until_day;
    return 0;
}

static int check_whole(struct cover *cover, const struct ref_period *period, lint_report *report, void *arg,
                       struct err *err)
{
    bool found, tiled = false, concerned = false, before = false, any = false;

    if (load_part(cover, period, &cover->whole, &found, err) != 0)
        return -1;
    for (int kind = PERIOD_HALF; found && (kind < PERIOD_KINDS || (kind == PERIOD_KINDS && !any)); kind++) {
        if (find_parts(cover, period, kind, &tiled, &concerned, err) != 0)
            return -1;
        if (!tiled)
            continue;
        before = before || concerned;
        if (concerned)
            compare(cover, report, arg);
        if (before && any && kind == PERIOD_WEEK) {
            if (check_weeks(cover, period, report, arg, err) != 0)
                return -1;
        }
        any = true;
    }
    return 0;
}

int check_periods(struct tx *tx, const struct check *check, lint_report *report, void *arg, struct err *err)
{
    const struct refdata *refdata = refdata_of(tx);
    struct cover *cover = arena_new(tx_arena(tx), struct cover);
    uint32_t units = refdata_unit_limit(refdata), placed = tree_unit_limit(refdata_tree(refdata));

    if (check->behind)
        return 0;
    cover->tx = tx;
    cover->check = check;
    cover->limit = units > placed ? units : placed;
    cover->amount = arena_array(tx_arena(tx), int64_t, cover->limit);
    cover->of = arena_array(tx_arena(tx), int64_t, cover->limit);
    cover->own = arena_array(tx_arena(tx), int64_t, cover->limit);
    cover->sums = arena_array(tx_arena(tx), int64_t, cover->limit);
    cover->periods = arena_array(tx_arena(tx), struct part, refdata_period_limit(refdata));
    cover->known = arena_array(tx_arena(tx), enum known, refdata_period_limit(refdata));
    for (uint32_t id = 1; id < refdata_period_limit(refdata); id++) {
        const struct ref_period *period = refdata_period(refdata, id);

        if (period && (period == check->period || lies_within(check->period, period)) &&
            check_speaks_for(check, period, NULL, 0) && check_whole(cover, period, report, arg, err) != 0)
            return -1;
    }
    return 0;
}
