/* check_periods: whether shorter periods in force that follow each other through a longer one add up to it, each kind
 * for itself: months, and weeks beside them, which must be what their days have by the months. See check.h. */
#include "planning/targets/check.h"

#include "calc/fixed.h"
#include "calc/periods.h"
#include "planning/targets/cell_store.h"

#include <string.h>

#define PARTS_MAX 120

/* A period with the slices that count: those of the version at hand, else of the one in force. */
struct part {
    const struct ref_period *period;
    struct slice *slices;
    size_t count;
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
    int kind;                      /* of the parts; PERIOD_KINDS: any */
    struct part before[PARTS_MAX]; /* of the first kind that made it up */
    size_t before_count;
    struct outline outline;        /* of the whole's first day */
    int64_t *amount, *below, *sum; /* by node; so too; by unit */
};

/* *found false: nothing of the period is in force. */
static int load_part(struct cover *cover, const struct ref_period *period, struct part *part, bool *found,
                     struct err *err)
{
    struct part *read = &cover->periods[period->id];
    struct version_row works, in_force;

    if (cover->known[period->id] == UNREAD) {
        *read = (struct part) { .period = period };
        if (version_store_current(cover->tx, period->id, &works, &in_force, err) != 0 ||
            (in_force.version && cell_store_slices(cover->tx, period->id, in_force.version, NULL, true, &read->slices,
                                                   &read->count, err) != 0))
            return -1;
        cover->known[period->id] = in_force.version ? READ : NOTHING;
    }
    *part = *read;
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

/* Adds what a part has of the slice to the sums by unit; where it has nothing of a unit those below it count. */
static void add_part(struct cover *cover, const struct slice *of)
{
    const struct outline *o = &cover->outline;

    for (uint32_t node = 0; node < o->count; node++)
        cover->amount[node] = LINT_NO_CELL;
    for (size_t i = 0; i < of->count; i++) {
        uint32_t unit = of->cells[i].unit_id, node = outline_node(o, unit);

        if (node != OUTLINE_NONE)
            cover->amount[node] = of->cells[i].amount;
        else if (unit < o->unit_limit) /* isn't there on the first day */
            cover->sum[unit] = fixed_add_saturated(cover->sum[unit], of->cells[i].amount);
    }
    lint_below(o, cover->amount, cover->below);
    for (uint32_t node = 0; node < o->count; node++)
        if (cover->below[node] != LINT_NO_CELL)
            cover->sum[o->unit[node]] = fixed_add_saturated(cover->sum[o->unit[node]], cover->below[node]);
}

static void compare_slice(struct cover *cover, const struct slice *whole, const struct slice *const *of,
                          lint_report *report, void *arg)
{
    memset(cover->sum, 0, cover->outline.unit_limit * sizeof *cover->sum);
    for (size_t p = 0; p < cover->count; p++)
        if (of[p])
            add_part(cover, of[p]);
    for (size_t i = 0; i < whole->count; i++) {
        uint32_t unit = whole->cells[i].unit_id;
        struct lint_finding finding = { .code = LINT_PERIODS_DIFFER,
                                        .unit_id = unit,
                                        .key = whole->key,
                                        .have = unit < cover->outline.unit_limit ? cover->sum[unit] : 0,
                                        .want = whole->cells[i].amount,
                                        .period_id = cover->whole.period->id };

        if (finding.have != finding.want)
            report(arg, &finding);
    }
}

/* Slices that no shorter period has are not cut over them. */
static void compare(struct cover *cover, lint_report *report, void *arg)
{
    uint32_t limit;

    period_outline(cover->tx, cover->whole.period, &cover->outline);
    limit = cover->outline.unit_limit;
    cover->amount = arena_array(tx_arena(cover->tx), int64_t, limit);
    cover->below = arena_array(tx_arena(cover->tx), int64_t, limit);
    cover->sum = arena_array(tx_arena(cover->tx), int64_t, limit);
    for (size_t s = 0; s < cover->whole.count; s++) {
        const struct slice *whole = &cover->whole.slices[s], *of[PARTS_MAX] = { NULL };
        bool any = false;

        if (!adds_up_over_time(cover->tx, whole->key.measure_id))
            continue;
        for (size_t p = 0; p < cover->count; p++) {
            of[p] = slices_find(cover->parts[p].slices, cover->parts[p].count, &whole->key);
            any = any || of[p];
        }
        if (any)
            compare_slice(cover, whole, of, report, arg);
    }
}

/* --- weeks against the days of months --- */

struct days_of {
    const struct cover *cover;
    const struct slice_key *key;
    uint32_t unit_id;
};

static int64_t amount_of(const void *arg, const struct ref_period *period)
{
    const struct days_of *of = arg;

    for (size_t p = 0; p < of->cover->before_count; p++)
        if (of->cover->before[p].period == period) {
            const struct slice *slice = slices_find(of->cover->before[p].slices, of->cover->before[p].count, of->key);
            const struct cell *cell = slice_find(slice, of->unit_id);

            return cell ? cell->amount : 0;
        }
    return 0;
}

/* Units are cut so that they add up in each week, so one may be a unit off its own days. */
static void compare_weeks(const struct cover *cover, const struct slice *whole, lint_report *report, void *arg,
                          struct arena *scratch)
{
    for (size_t i = 0; i < whole->count; i++) {
        const struct days_of of = { cover, &whole->key, whole->cells[i].unit_id };
        struct phased plan;

        if (whole->cells[i].amount <= 0)
            continue;
        refdata_phase_by(cover->whole.period, whole->cells[i].amount, amount_of, &of, REF_IN_FORCE, scratch, &plan);
        for (size_t p = 0; p < cover->count && plan.part_count; p++) {
            const struct ref_period *week = cover->parts[p].period;
            const struct cell *cell = slice_find(
                slices_find(cover->parts[p].slices, cover->parts[p].count, &whole->key), of.unit_id);
            struct lint_finding finding = { .code = LINT_WEEKS_DIFFER,
                                            .unit_id = of.unit_id,
                                            .key = whole->key,
                                            .have = cell ? cell->amount : 0,
                                            .want = phased_range(&plan, week->from_day, week->until_day - 1),
                                            .period_id = week->id };

            if (finding.have > finding.want + 1 || finding.have < finding.want - 1)
                report(arg, &finding);
        }
        arena_reset(scratch);
    }
}

static void check_weeks(const struct cover *cover, lint_report *report, void *arg)
{
    struct arena scratch;

    arena_init(&scratch);
    for (size_t s = 0; s < cover->whole.count; s++) {
        const struct slice *whole = &cover->whole.slices[s];
        bool any = false;

        for (size_t p = 0; p < cover->count && !any; p++)
            any = slices_find(cover->parts[p].slices, cover->parts[p].count, &whole->key) != NULL;
        if (any && adds_up_over_time(cover->tx, whole->key.measure_id))
            compare_weeks(cover, whole, report, arg, &scratch);
    }
    arena_fini(&scratch);
}

/* --- one longer period --- */

/* Whether parts of the kind tile the whole; whether the version at hand is the whole, or one of them or of those
 * before.
 */
static int find_parts(struct cover *cover, const struct ref_period *period, int kind, bool *tiled, bool *concerned,
                      struct err *err)
{
    int32_t day = period->from_day;
    bool found = true, has_it = period == cover->check->period;

    cover->count = 0;
    cover->kind = kind;
    for (size_t p = 0; p < cover->before_count; p++)
        has_it = has_it || cover->before[p].period == cover->check->period;
    while (found && day < period->until_day && cover->count < PARTS_MAX) {
        if (next_part(cover, day, &found, err) != 0)
            return -1;
        if (found) {
            day = cover->parts[cover->count - 1].period->until_day;
            has_it = has_it || cover->parts[cover->count - 1].period == cover->check->period;
        }
    }
    *tiled = found && day == period->until_day;
    *concerned = has_it;
    return 0;
}

static int check_whole(struct cover *cover, const struct ref_period *period, lint_report *report, void *arg,
                       struct err *err)
{
    bool found, tiled = false, concerned = false, any = false;

    cover->before_count = 0;
    if (load_part(cover, period, &cover->whole, &found, err) != 0)
        return -1;
    for (int kind = PERIOD_HALF; found && (kind < PERIOD_KINDS || (kind == PERIOD_KINDS && !any)); kind++) {
        if (find_parts(cover, period, kind, &tiled, &concerned, err) != 0)
            return -1;
        if (!tiled)
            continue;
        if (concerned)
            compare(cover, report, arg);
        if (concerned && kind == PERIOD_WEEK && cover->before_count)
            check_weeks(cover, report, arg);
        if (!any) {
            memcpy(cover->before, cover->parts, cover->count * sizeof cover->parts[0]);
            cover->before_count = cover->count;
        }
        any = true;
    }
    return 0;
}

int check_periods(struct tx *tx, const struct check *check, lint_report *report, void *arg, struct err *err)
{
    const struct refdata *refdata = refdata_of(tx);
    struct cover *cover = arena_new(tx_arena(tx), struct cover);

    cover->tx = tx;
    cover->check = check;
    cover->periods = arena_array(tx_arena(tx), struct part, refdata_period_limit(refdata));
    cover->known = arena_array(tx_arena(tx), enum known, refdata_period_limit(refdata));
    cover->periods[check->period->id] = (struct part) { check->period, (struct slice *)(uintptr_t)check->slices,
                                                        check->slice_count };
    cover->known[check->period->id] = READ;
    for (uint32_t id = 1; id < refdata_period_limit(refdata); id++) {
        const struct ref_period *period = refdata_period(refdata, id);

        if (period && (period == check->period || lies_within(check->period, period)) &&
            check_whole(cover, period, report, arg, err) != 0)
            return -1;
    }
    return 0;
}
